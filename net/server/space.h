/* space.h: how much room the event's disk has left, and what is done before it is full.
 *
 *   enough --free < low--> low: every seat is warned --free < stop--> stopped: the public's intake is refused, so that
 *   seats and scribe can write to what is left
 *
 * and back when there is an eighth more than the bound. Besides, a file of its own (DIR/reserve) keeps space that is given
 * free when the disk is full all the same (others write there too): enough for the rest of an evening's decisions.
 */
#ifndef REGIE_NET_SERVER_SPACE_H
#define REGIE_NET_SERVER_SPACE_H

#include <stdbool.h>
#include <stdint.h>

enum space_level { SPACE_ENOUGH, SPACE_LOW, SPACE_STOPPED };

/* All in bytes. Zero: low 1 GB or a twentieth of the disk, whichever is more; stop 256 MB, or an eighth of a small disk; no
 * reserve. Negative: never. */
struct space_options {
	int64_t low, stop, reserve;
	bool (*measure)(void *ctx, const char *dir, int64_t *left, int64_t *total); /* NULL: statvfs */
	void *ctx;
};

struct space {
	struct space_options o;
	const char *dir;
	int64_t left, total;     /* as last measured; -1: not known */
	enum space_level level;
	bool reserved;
};

void space_begin(struct space *s, const struct space_options *o, const char *dir);
/* Measures; full: a write has just failed for want of space. True when the level has changed. */
bool space_look(struct space *s, bool full);

#endif
