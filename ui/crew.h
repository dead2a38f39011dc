/* crew.h: who is here and on what, as presence tells it: the others' last words, and ours on their way out.
 *
 * Ours are kept as JSON and handed to the link when they changed, at most once in PRESENCE_MS.
 */
#ifndef REGIE_UI_CREW_H
#define REGIE_UI_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/id.h"

enum { PRESENCE_MS = 400 };

struct mate {
	char seat[ID_MAX];
	bool here;
	char *claims;            /* "theme:12 question:…", spaces between; "" none */
	char *typing;
	char choice[ID_MAX];
	int64_t unsent, at;
};
struct crew;
struct crew *crew_new(void);
void crew_free(struct crew *c);
/* Takes what link->others said (NULL: nothing yet). True when something in it changed. */
bool crew_take(struct crew *c, const char *json);
bool crew_known(const struct crew *c);                       /* something was heard */
size_t crew_count(const struct crew *c);
const struct mate *crew_at(const struct crew *c, size_t i);
const struct mate *crew_mate(const struct crew *c, const char *seat);              /* NULL: not heard of */
const struct mate *crew_claims(const struct crew *c, const char *what, const char *but); /* another than seat `but` */

/* What is ours. */
struct mine {
	bool here;
	const char *const *claims; /* ended by NULL; "" are passed over */
	const char *typing, *choice;
	int64_t unsent;
};
/* True when it is to be sent now: crew_mine then has it. `due`: when to ask again, mono, or -1. */
bool crew_put(struct crew *c, const struct mine *m, int64_t mono, int64_t *due);
const char *crew_mine(const struct crew *c);

#endif
