/* check.h: the look at the event's file that a start began, gone on with while it is served.
 *
 * A start looks for a few seconds, so that a room that lost its backend does not wait; what was not seen by then is read by
 * a thread of its own, at the lowest priority of processor and disk. The verdict is told in the log, in /v1/status, to
 * every console, and as a metric. What is found damaged while it is served is served on: the room decides when to stop; a
 * start refuses it.
 */
#ifndef REGIE_NET_SERVER_CHECK_H
#define REGIE_NET_SERVER_CHECK_H

#include "data/store.h"
#include "net/server/loop.h"

struct check_thread;
struct checking {
	enum check verdict;        /* CHECK_IN_PART: it goes on */
	struct check_look look;
	int64_t took_ms;           /* so far, or in all */
	char why[600];             /* CHECK_BAD: what is wrong and the command that puts it right; else "" */
	struct check_thread *thread;
};

/* At a start, for at most `ms`. False when it is damaged, with the sentence of check_advise. */
bool check_begin(struct checking *c, const char *dir, const char *vfs, int64_t ms, struct error *e);
/* Goes on by itself; `news` on the loop when the verdict is there. Nothing to do when there is one. */
bool check_go_on(struct checking *c, const char *dir, const char *vfs, struct loop *l, void (*news)(void *ctx), void *ctx,
	struct error *e);
void check_end(struct checking *c); /* gives up what is not finished; on the loop's thread */

/* "event checked: sound, 21 tables in 0.2 s"; appended. */
void check_words(const struct checking *c, struct buf *out);
/* `,"check":{"verdict":"sound"|"going on"|"damaged","done":N,"of":N,"text":…}` */
void check_json(const struct checking *c, struct buf *out);
/* Ends a sentence about damage with the command that puts the newest backup back. */
void check_advise(const char *dir, struct error *e);

#endif
