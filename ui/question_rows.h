/* question_rows.h: the rundown as rows: what is on the air, what comes next, the reserve in order, what was closed, what left.
 *
 * Pure: from a world to rows of ids and a few sums. Rows name questions, they do not point to them; they keep what is looked
 * up in the replica one by one (the theme, its people), so that drawing looks nothing up.
 */
#ifndef REGIE_UI_QUESTION_ROWS_H
#define REGIE_UI_QUESTION_ROWS_H

#include "src/model/world.h"

enum question_part { PART_AIR, PART_NEXT, PART_RESERVE, PART_CLOSED /* the latest first */, PART_GONE /* dropped, returned */, PARTS };
/* What a person should know of a question that waits, the gravest first. */
enum question_needs { NEEDS_NOTHING, NEEDS_REREADING /* stands as it came */, NEEDS_DECISION /* a suggestion waits */,
	NEEDS_RELEASE /* held, or its theme */ };
struct question_row {
	char id[ID_MAX];
	enum question_part part;
	int64_t people;          /* who asked it: as it was aired, else of its theme now */
	enum question_needs needs;
	enum hold hold;          /* its own, else its theme's */
	char why[96];            /* of the hold */
	char title[160];         /* the name people gave its theme, else its wording; cut */
	int place;               /* in the reserve, from 1, as `move` counts; 0 elsewhere */
};
struct rundown {
	struct question_row *v;
	size_t n, cap;
	size_t count[PARTS];     /* also of parts that are folded */
	char air[ID_MAX], next[ID_MAX];
	int64_t aired, people;   /* questions that were on the air and stand, and the people they stood for */
	int64_t by[CHANNELS];    /* of those aired, by channel */
};
/* Anew. Closed and gone ones are rows only when asked for; counted always. */
void rundown_build(struct rundown *r, const struct world *w, bool closed, bool gone);
void rundown_release(struct rundown *r);
size_t rundown_find(const struct rundown *r, const char *id); /* its row, r->n when there is none */
enum question_part question_part_of(const struct question *q);

enum question_needs question_needs(const struct world *w, const struct question *q);
/* The hold that keeps it from the air: its own, else its theme's; *why in either case. */
enum hold question_hold(const struct world *w, const struct question *q, const char **why);

/* Minutes and questions to the planned end. */
struct to_end {
	bool timed, counted;
	int64_t ms;              /* negative: past it */
	int64_t questions;       /* planned less aired, at least 0 */
};
struct to_end rundown_to_end(const struct world *w, int64_t now);

#endif
