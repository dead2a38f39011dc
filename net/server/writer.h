/* writer.h: the one thread that changes the event, and the few that read it.
 *
 * The loop hands over jobs; the writer takes all that wait, runs them inside one batch of the store, commits, and hands
 * the whole batch back to the loop, where every job's `over` answers its exchange: so nothing is acknowledged before it
 * is on disk, and the busier it gets the more messages share one fdatasync. Readers do the same for questions, each with
 * a connection of its own. Without threads (the simulation) the same is done by writer_step and readers_step.
 *
 * Ownership: a job belongs to whoever holds it: the loop until writer_put, the writer until the batch comes back, then
 * the loop again, whose `over` frees it.
 */
#ifndef REGIE_NET_SERVER_WRITER_H
#define REGIE_NET_SERVER_WRITER_H

#include "data/store.h"
#include "net/server/loop.h"

struct job {
	struct job *next;
	void (*work)(struct job *j, struct store *s);          /* on the writer's thread, inside the batch */
	void (*over)(struct job *j, const struct error *failed); /* on the loop; failed: NULL when it is on disk */
	bool urgent;                                           /* a decision of the room: wakes the consoles at once */
};

/* What a batch did. */
struct writer;
struct batch {
	struct job *jobs;             /* in order */
	bool durable;
	struct error error;           /* when not */
	bool changed, urgent;
	bool purged;                  /* readers and caches forget what they keep */
	bool checkpoint_due;          /* a reader's thread should fold the log in */
	int64_t version;
	struct batch_event { int64_t number; bool tombstone; char *sse; size_t len; } *events;
	size_t n_events;
	struct directory *directory;  /* fresh, when seats, rooms, gateways or the event changed; taken by `batch_over` */
	struct store_figures figures;
	struct writer *writer;
};
/* batch_over: on the loop, once a batch, before the jobs' `over` (viewers first: what is acknowledged was broadcast). */
struct writer *writer_new(struct store *s, struct loop *l, void (*batch_over)(void *ctx, struct batch *b), void *ctx);
bool writer_start(struct writer *w, struct error *e); /* its thread */
void writer_put(struct writer *w, struct job *j);     /* the loop's thread */
size_t writer_waiting(struct writer *w);              /* jobs not yet taken */
/* Whether the scribe still has something to publish: an event that is ending waits for it. Any thread. */
void writer_scribe_busy(struct writer *w, bool busy);
/* Runs what waits as one batch; false when nothing did. For use without a thread. */
bool writer_step(struct writer *w);
/* Joins the thread and finishes what waits: steps the loop until every job has come back, those that are put meanwhile
 * included. Accepts NULL. */
void writer_free(struct writer *w);

struct readers;
struct reading {
	struct reading *next;
	struct readers *pool;                                /* set by readers_put */
	void (*work)(struct reading *q, struct reader *r);   /* on a reader's thread */
	void (*over)(struct reading *q);                     /* on the loop; frees it, or puts it again */
};
struct readers *readers_new(const struct store_options *o, struct loop *l, size_t threads, struct error *e);
bool readers_start(struct readers *p, struct error *e);
void readers_put(struct readers *p, struct reading *q);
void readers_forget(struct readers *p); /* each drops what it keeps, soon (reader_forget) */
bool readers_step(struct readers *p);
void readers_free(struct readers *p);                 /* as writer_free */

#endif
