/* desk.h: what a console alone holds and must never lose: drafts, unsent operations and their verdicts, its place.
 *
 * desk.db in the console's data directory, WAL, synchronous=FULL: an operation that desk_put accepted survives anything
 * but the disk. A desk belongs to one event and one seat; it has a random client id, new for every new, lost or copied
 * desk (a copy is known by its file's inode and birth, or device where the file system tells no birth), so that numbers
 * are never used twice for different acts. One process sends at a time: the holder of the sender lock. Others put their
 * operations in and wait for the verdict.
 *
 * Two numbers an operation: the desk's own (`n` of desk_put, desk_verdict, desk_each), which never changes; and the
 * backend's, counted from 1 under one client id (`n` of desk_unsent, desk_settle, desk_last_is: the sender's calls). They
 * are the same until the desk takes a new client id.
 *
 * A `struct desk` is one thread's; several threads and processes may each open the same folder.
 */
#ifndef REGIE_DATA_DESK_H
#define REGIE_DATA_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/clock.h"
#include "src/base/error.h"
#include "src/wire/wire.h"

struct desk;
struct desk_options {
	const char *dir;                  /* made when missing, 0700 */
	const char *vfs;
	const struct clock *clock;
	const struct randomness *random;
	bool quick;                       /* no call of it ever brings the log into the file, which may take a busy disk a second:
	                                   * the interface's; the sender's does that as it flushes */
};
struct desk *desk_open(const struct desk_options *o, struct error *e);
void desk_close(struct desk *d);
const char *desk_client(struct desk *d); /* as it is now; valid until the next call */

/* Binds the desk to an event and a seat at the first answer of the backend; ERR_REFUSED when it belongs to another. */
bool desk_bind(struct desk *d, const char *event_id, const char *seat, struct error *e);
const char *desk_seat(struct desk *d);   /* "" before it was bound */

/* Puts an operation: gives it the next number and makes it durable. op->n is set. ERR_REFUSED, and nothing is kept, when
 * the backend could not read it: an argument too long, or with control characters. */
bool desk_put(struct desk *d, struct wire_op *op, struct error *e);
/* The same without waiting for the platter, as desk_set: for what the scribe publishes, whose words are in a value already,
 * so that no key waits for a disk. The sender brings it to the platter before it sends it. */
bool desk_put_soon(struct desk *d, struct wire_op *op, struct error *e);
int64_t desk_unsent_count(struct desk *d);
/* The verdict on number n: V_NONE while there is none. ERR_NOT_FOUND when there is no such number. The caller releases. */
bool desk_verdict(struct desk *d, int64_t n, struct wire_verdict *out, struct error *e);
/* How `undo` names operation n: its number in the log once that is known, else "CLIENT:N" as the backend counts. "" when
 * there is no such operation. */
enum { DESK_NAME_MAX = 64 };
void desk_name(struct desk *d, int64_t n, char out[static DESK_NAME_MAX]);

/* ---- the sender's calls: numbers as the backend counts ----------------------------------------------------------- */

/* The oldest unsent ones, at most `max`; the caller releases each. */
bool desk_unsent(struct desk *d, struct wire_op *v, size_t max, size_t *n, struct error *e);
/* Keeps a verdict (idempotent: the first one stays; a number that is not ours is passed over). */
bool desk_settle(struct desk *d, const struct wire_verdict *v, struct error *e);
/* The backend says its last number for this client is `last` (409). Numbers up to it without a verdict are asked again.
 * When `last` is beyond ours, the desk was put back from an old copy: a new client id is taken and what was unsent is
 * renumbered under it. When `last` is before what was settled, the backend was put back: a new client id is taken and
 * what it had applied since is offered again, before what was unsent. */
bool desk_last_is(struct desk *d, int64_t last, struct error *e);
/* An event that was put back may lack what this desk did under earlier client ids too: which ones to ask the backend's
 * count of, oldest first, none when nothing was settled yet; the caller fills in `last` and frees. desk_counts_are then
 * takes a new client id and offers again, in the order they were put, all applied operations that the backend knows by
 * none of the names they ever had. What a copied desk has of its original is left to the original. */
struct desk_count {
	char client[CLIENT_MAX];
	int64_t last;
};
bool desk_counts(struct desk *d, struct desk_count **v, size_t *n, struct error *e);
bool desk_counts_are(struct desk *d, const struct desk_count *v, size_t n, struct error *e);

/* ---- history and values ------------------------------------------------------------------------------------------ */

/* Walks all operations and their verdicts, newest first. */
bool desk_each(struct desk *d, size_t limit, bool (*take)(void *arg, const struct wire_op *op, const struct wire_verdict *v),
	void *arg, struct error *e);
/* The number of this seat's newest undoable operation, applied or not yet answered, that was not undone since; 0: none.
 * `redo`: of its newest `undo` that was not redone, as long as nothing undoable came after it. */
int64_t desk_last_undoable(struct desk *d, bool redo);

/* Named values: drafts, the scribe's choice of question, the glossary's path, the place on the screen. desk_set returns
 * once the value survives the death of the process, without waiting for the platter: desk_flush does that wait, on
 * another thread's desk, and does nothing when nothing was set since (the sync loop calls it each second). The first one
 * after desk_open brings to the platter what a process that was killed may have left in the system's memory: before it,
 * nothing that was found in the desk should be told to the backend. */
bool desk_set(struct desk *d, const char *name, const char *value, struct error *e); /* value NULL: forgets it */
bool desk_flush(struct desk *d, struct error *e);
char *desk_get(struct desk *d, const char *name);  /* owned by the caller, or NULL */

/* The sender lock: true when this process is the one that sends and pulls (from now until desk_close or desk_yield). */
bool desk_take_sender(struct desk *d);
void desk_yield_sender(struct desk *d);

#endif
