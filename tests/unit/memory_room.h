/* memory_room.h: a backend in memory for tests: a world, its log with deeds, and what viewers could still read.
 *
 * It does with an outcome what DESIGN.md asks of the store: puts the records, numbers the act, keeps its deed, withholds
 * casts during an interruption, replaces what was retracted by tombstones, seals log entries. The same calls with the
 * same seed make the same records, byte for byte.
 */
#ifndef REGIE_TESTS_MEMORY_ROOM_H
#define REGIE_TESTS_MEMORY_ROOM_H

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/model/op.h"

/* One entry of the broadcast. */
struct told {
	struct cast cast;
	char *text; /* the words it carries; "" once it is a tombstone */
	bool tombstone;
};

struct memory_room {
	struct memory_world *records;
	struct world world;
	int64_t now; /* server time: the test moves it */
	int64_t version;
	uint64_t seed;
	struct randomness random;
	struct deed *deeds; /* deeds[i]: of act i + 1 */
	size_t n_deeds, cap_deeds;
	struct told *told; /* what viewers were sent, in order */
	size_t n_told, cap_told;
	struct cast *withheld;
	size_t n_withheld, cap_withheld;
	int64_t messages, themes; /* highest numbers given */
	int64_t n;                /* operations taken: the desk's number of the last one */
};

/* An event "Le chat", French, preparing, with nobody in it; now is 2004-06-24T18:00:00Z. */
struct memory_room *memory_room_new(uint64_t seed);
void memory_room_free(struct memory_room *m);

const char *memory_room_seat(
	struct memory_room *m, const char *name, enum role role); /* its id; valid until the room is freed */
/* A theme of that title, or 0: the one after the highest number. */
int64_t memory_room_theme(struct memory_room *m, const char *title);
/* A message of participant `person` in that theme (0: one of its own, which it founds). */
int64_t memory_room_message(
	struct memory_room *m, enum channel channel, int64_t person, int64_t theme, const char *text);
/* The participant sent STOP. */
void memory_room_stop(struct memory_room *m, int64_t person);

/* Decides and, when it is applied, does what a backend does. `out` (NULL: not wanted) is the caller's to release and is
 * filled when it was applied. */
enum err memory_room_offer(struct memory_room *m, const struct offer *o, struct outcome *out, struct error *why);
/* A fresh offer of that seat: role, now, ids for what it makes. */
struct offer memory_room_ask(struct memory_room *m, const char *seat, const struct op *op);
/* A `:` line, as a console would send it. */
enum err memory_room_do(struct memory_room *m, const char *seat, const char *line, struct error *why);
/* Ends the event when `end` waits. */
void memory_room_finish(struct memory_room *m);

/* All records, and what was told, as lines: for comparison and for people. */
void memory_room_dump(const struct memory_room *m, struct buf *out);

#endif
