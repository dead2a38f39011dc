/* store_bed.h: an event in a folder of its own, for tests of what the store makes of messages and acts with the real engine.
 * Everything that fails fails the test.
 */
#ifndef REGIE_TESTS_STORE_BED_H
#define REGIE_TESTS_STORE_BED_H

#include "data/store.h"

struct store_bed {
	char dir[40];
	struct store *s;
	struct store_options o;
	struct clock clock;
	int64_t now, n;
	uint64_t people;
	struct error e;
};

/* A French event with one seat, "1", of the role web; open. */
struct store_bed *store_bed_new(void);
void store_bed_free(struct store_bed *b); /* the folder goes with it */
void store_bed_reopen(struct store_bed *b);

int64_t store_bed_takes(struct store_bed *b, const char *text); /* an SMS of another person each time; its id */
/* One operation of the seat; its arguments as members of a JSON object. False: refused, with the sentence in b->e. */
bool store_bed_tries(struct store_bed *b, const char *op, const char *args);
void store_bed_does(struct store_bed *b, const char *op, const char *args);
bool store_bed_lexicon(struct store_bed *b, const char *text); /* whether it was another one */

const struct message *store_bed_message(struct store_bed *b, int64_t id);
/* Where a message is now. */
const struct theme *store_bed_theme_of(struct store_bed *b, int64_t message);

#endif
