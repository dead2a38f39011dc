/* sync.h: the loop that carries decisions to the backend and the event to the replica.
 *
 * Knows the desk, the replica and a transport; owns none of them. One `struct sync` is stepped by one thread, which owns
 * that desk, replica and transport too: pull by long poll (`changes`), push of the desk's unsent operations in order, one
 * batch at a time, presence. A new operation wakes it at once (sync_wake); one that another process put is seen within
 * half a second, or at once with `watch`. After a failure it waits 0.25 s, doubling to 5 s, with jitter, and tries the next
 * address; a wake tries at once.
 *
 * Only the holder of the desk's sender lock sends and pulls. Where another process has it, sync_step tries for the lock
 * each second, ten times a second while something is unsent; `by_other` is set, and `link`, `why` and `since` are what
 * that process last said.
 */
#ifndef REGIE_NET_CLIENT_SYNC_H
#define REGIE_NET_CLIENT_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "data/desk.h"
#include "data/replica.h"
#include "net/client/transport.h"
#include "src/base/clock.h"

struct sync;
struct sync_options {
	struct desk *desk;
	struct replica *replica;
	struct transport *transport;
	const struct clock *clock;
	const struct randomness *random;
	size_t page;                  /* rows asked for at a time; 0: 20,000 */
	bool once;                    /* for commands: do not hold the poll open; once caught up, pull again only after a
	                               * verdict or a wake */
	const char *watch;            /* the desk's folder: a thread of its own watches it for what other processes put, so
	                               * that they leave at once and an idle console does not wake; NULL: looked at twice a
	                               * second */
};
struct sync *sync_new(const struct sync_options *o);
void sync_free(struct sync *s);

/* Runs what is due, waits at most wait_ms for something. */
void sync_step(struct sync *s, int64_t wait_ms);
void sync_wake(struct sync *s); /* any thread */

enum sync_link { LINK_TRYING, LINK_UP, LINK_DOWN, LINK_REFUSED /* token or event: will not heal by itself */ };
struct sync_state {
	enum sync_link link;
	char why[256];                /* a sentence when down or refused */
	int64_t since;                /* when `link` became so, UTC ms */
	int64_t lag_ms;               /* how old the replica may be: while the poll is held open on a link that is up, how long
	                               * its last answer took; else the time since the last complete answer; -1: none yet */
	int64_t unsent;
	int64_t clock_offset_ms;      /* server time less ours, smoothed */
	bool ready, whole;            /* of the replica */
	int64_t pulls;                /* complete answers so far */
	bool caught_up;               /* the last answer said there was no more */
	int64_t begun;                /* pulls begun so far; they are numbered from 1 */
	int64_t answered;             /* the number of the last pull that was answered whole. To see the effects of a verdict in
	                               * the replica: remember `begun` when the verdict is there, then wait for
	                               * `answered > begun as remembered && caught_up`; or for the record of its `act` */
	int64_t disk_left;            /* bytes on the backend's disk when that is little: a warning to everybody; else -1 */
	bool disk_stopped;            /* so little that nothing more is taken from the public */
	bool by_other;                /* another process sends and pulls */
	char address[128];            /* of the backend, in use; "" when the transport has none */
	char event[ID_MAX];           /* the event's id, once known */
	char seat[ID_MAX];            /* who the token is, once known */
	char seat_name[84];
	char role[16];
};
void sync_state(const struct sync *s, struct sync_state *out); /* any thread */

/* What this seat claims, types, and whether it is here: sent when it changed and every 20 s. JSON object, copied. Any
 * thread; wakes. */
void sync_presence(struct sync *s, const char *json);
/* The others' presence as last heard: a JSON array, "[]" before; for the stepping thread, valid until the next step. */
const char *sync_others(const struct sync *s);
/* The backend's status as last told (net/server/status.h), a JSON object, or NULL; likewise. */
const char *sync_status(const struct sync *s);

#endif
