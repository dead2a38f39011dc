/* parts.h: long SMS whose gateway delivers them part by part, put together before anything is acknowledged.
 *
 * Kannel joins parts itself; some gateways do not. Parts arrive within a second or so of each other, each in a request
 * of its own. The simplest sound way: a request that brings a part is not answered until its siblings are there; then
 * the whole is stored as one message and all of them are answered. Nothing waits on disk, so nothing has to be repaired
 * after a crash: what was not answered was not acknowledged, and the gateway repeats it as it repeats any message. A
 * part whose siblings do not come in `hold_ms` is stored with what there is, gaps shown as "[…]"; what comes later is a
 * message of its own. So a text may come in pieces, but no piece is lost and none is altered after it was stored.
 * Rejected: storing each part at once and replacing it (messages are never altered, and half sentences would be sorted
 * into themes); and holding them for the minutes that networks may take (longer than gateways wait for an answer:
 * Kannel, set as the manual says, 10 s).
 *
 * How the caller uses it:
 *   parts_take   PARTS_WAIT: keep the exchange open; PARTS_WHOLE: store `whole`, then parts_settle; PARTS_ALONE: store
 *                the part as a message of its own; PARTS_BEFORE: a repeat of what is on disk: 202
 *   parts_due    at a timer (parts_next says when) and before shutting down: as PARTS_WHOLE, until it returns false
 *   parts_settle after the commit: gives the waiters to answer, 202 when stored, 503 when not
 * A settled long message is remembered for a while, so that a repeat of one of its parts is not taken for a new one.
 * After a restart the repeat of all of them is known by `source`; that of one alone is stored as a message of its own.
 *
 * No clock, no I/O: times are monotonic milliseconds from the caller. Not thread-safe: the loop owns it.
 */
#ifndef REGIE_NET_SERVER_PARTS_H
#define REGIE_NET_SERVER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/server/gateway.h"
#include "src/base/buf.h"
#include "src/base/map.h"

enum { PARTS_HOLD_MS = 5000, PARTS_MEMORY_MS = 600000, PARTS_MAX = 20000 };

struct parts;
/* hold_ms: how long a part waits for its siblings; max: long messages known at once, waiting or remembered. */
struct parts *parts_new(int64_t hold_ms, size_t max);
void parts_free(struct parts *p); /* waiters are forgotten, not answered; accepts NULL */

enum parts_fate { PARTS_WAIT, PARTS_WHOLE, PARTS_ALONE, PARTS_BEFORE };

/* One message made of parts: store it as if it had come in one request. */
struct whole {
	struct key128 key;      /* for parts_settle */
	struct buf text;        /* UTF-8, not yet cleaned */
	struct buf raw;         /* the parts' bytes as they came, in order */
	char to[SMS_TO_MAX];
	char id[SMS_ID_MAX];    /* of its lowest part, for the carrier */
	struct key128 source;   /* what makes a repeat a repeat: all its parts and ids; {0,0} when they have none */
	int64_t at_ms;          /* the earliest known; 0 unknown */
	struct key128 person;
	void *context;          /* as given with its first part */
	bool complete;
};
void whole_release(struct whole *w); /* accepts zeroed */

/* A part (sms.total > 1) from `gateway`; `person` is the sender's pseudonym: the number itself does not stay here.
 * `waiter` is given back by parts_settle. `context`: the caller's, the same for all parts of one gateway. `out` is
 * filled only for PARTS_WHOLE; release it. */
enum parts_fate parts_take(struct parts *p, const char *gateway, struct key128 person, const struct sms *part,
	int64_t now_ms, void *waiter, void *context, struct whole *out);
/* One whole, complete or not, whose time is over; false when there is none. now_ms INT64_MAX: all that wait. */
bool parts_due(struct parts *p, int64_t now_ms, struct whole *out);
/* When parts_due will next have one; INT64_MAX: not before something is taken. */
int64_t parts_next(const struct parts *p);
/* The whole of that key is on disk, or could not be stored. Returns the waiters, owned by the caller (free). A whole
 * that was not stored is forgotten, so that the gateway's next try begins anew. */
void **parts_settle(struct parts *p, struct key128 key, bool stored, int64_t now_ms, size_t *n);

#endif
