/* replica_titles.h: what filters look in, and what puts themes in their place, kept in memory. Seen by data/replica*.c only.
 *
 * Titles, typical messages and key words are folded once: some five megabytes for 50,000 themes, brought up to date by version
 * at most once a second.
 */
#ifndef REGIE_DATA_REPLICA_TITLES_H
#define REGIE_DATA_REPLICA_TITLES_H

#include "data/replica_own.h"

struct title {
	int64_t id, into;        /* into: the theme it was merged into; 0: it stands by itself */
	size_t at;               /* in text */
	int64_t people, people_web, people_sms;
	bool pinned, answered, dismissed, asks_nothing, gone, web, sms;
};
struct titles {
	struct buf text;         /* NUL after each */
	struct title *v;         /* by id */
	size_t n, cap;
	int64_t generation, seq, version, counted; /* the highest of themes and of counts */
	bool whole;
	int64_t read_ms;
	size_t fresh;            /* how long the text was when all of it was read */
};

/* Up to date, or at most a second behind; NULL: interrupted, or it failed. Valid until the next call. */
const struct titles *titles_now(struct replica *r, struct error *e);
const struct title *title_find(const struct titles *t, int64_t id);   /* NULL: there is none */
const struct title *title_root(const struct titles *t, int64_t id);   /* what it was merged into, by whatever chain */
bool title_holds(const struct titles *t, const struct title *x, const struct folded *words);

#endif
