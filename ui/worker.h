/* worker.h: the query worker: a thread with a replica of its own, so that no query ever holds up a key.
 *
 * Threads: worker_put, worker_deliver, worker_wait, worker_idle are the interface's; a job's `work` runs on the worker, its
 * `over` on the interface within worker_deliver. One queue in, ordered by slot (a lower slot goes first); one list out. A
 * job put into a slot replaces the one waiting there and interrupts the one running there (replica_interrupt): its `over` is
 * not called, only `drop`. A job in a more urgent slot interrupts a less urgent one, which starts again later: `work` begins
 * from nothing each time, and asks job_stopped between its queries and in its loops. When nothing waits and the replica is
 * whole, the worker fills the search index in small steps, which end early for any job.
 */
#ifndef REGIE_UI_WORKER_H
#define REGIE_UI_WORKER_H

#include <stdatomic.h>

#include "data/replica.h"
#include "src/base/error.h"

enum worker_slot { /* in order of urgency */
	SLOT_LIST_1, SLOT_LIST_2, SLOT_LIST_3, SLOT_LIST_4, /* rows that are on the screen */
	SLOT_PREVIEW_1, SLOT_PREVIEW_2, SLOT_ORDER_1, SLOT_ORDER_2, /* whole orders of queues */
	SLOT_COUNT_1, SLOT_COUNT_2, SLOT_WORDS_1, SLOT_WORDS_2 /* what filters look in */, SLOT_TOTALS, SLOT_MORE, WORKER_SLOTS
};
struct job {
	/* On the worker's thread. False with ERR_BUSY: it was interrupted. */
	bool (*work)(struct job *j, struct replica *r, struct error *e);
	/* On the interface's thread; `failed` NULL: done. The job is dropped right after. */
	void (*over)(struct job *j, const struct error *failed);
	void (*drop)(struct job *j);     /* frees it, whatever became of it; on the interface's thread */
	struct job *next;                /* these are the worker's */
	int slot, pushed_back;
	bool cancelled;
	bool done;
	atomic_bool stop;
	struct error why;
};
bool job_stopped(const struct job *j); /* it need not go on; on the worker's thread */

struct worker;
struct worker *worker_new(const char *dir, struct error *e); /* starts the thread; opens the replica there */
void worker_free(struct worker *w);                  /* interrupts, joins, drops what is left */
void worker_put(struct worker *w, enum worker_slot slot, struct job *j); /* takes it */
void worker_cancel(struct worker *w, enum worker_slot slot);
int worker_fd(const struct worker *w);               /* readable when something is to be delivered */
bool worker_deliver(struct worker *w);               /* true when anything was */
/* Waits at most `ms` for what runs in that slot, then delivers: so that a quick answer makes the same frame. */
void worker_wait(struct worker *w, enum worker_slot slot, int ms);
bool worker_idle(const struct worker *w);            /* nothing queued, running or undelivered (indexing does not count) */
bool worker_busy(const struct worker *w, enum worker_slot slot);
/* How far the search index is: *done when whole. Any time. */
void worker_indexed(const struct worker *w, int64_t *rows, bool *done);

#endif
