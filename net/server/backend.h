/* backend.h: the backend put together: store, writer, readers, broadcast, presence, routes.
 *
 * Everything in here lives on the loop's thread but what writer.h says. A handler (routes.h) gets the backend and an
 * exchange; it answers at once from what the loop holds (directory, hub, presence, caches), or hands a job to the writer
 * or a question to the readers and answers when that comes back.
 */
#ifndef REGIE_NET_SERVER_BACKEND_H
#define REGIE_NET_SERVER_BACKEND_H

#include "data/store.h"
#include "net/server/check.h"
#include "net/server/http.h"
#include "net/server/hub.h"
#include "net/server/limits.h"
#include "net/server/loop.h"
#include "net/server/parts.h"
#include "net/server/presence.h"
#include "net/server/silence.h"
#include "net/server/space.h"
#include "net/server/status.h"
#include "net/server/writer.h"

struct parked;
struct backend {
	struct store *store;                /* touched by the loop only for what store.h says any thread may */
	struct store_options store_options;
	char event_id[ID_MAX];
	struct loop *loop;
	const struct clock *clock;
	const struct randomness *random;
	struct writer *writer;
	struct readers *readers;
	struct hub *hub;
	struct directory *directory;        /* seats, rooms, gateways, the event: as of the last commit that touched them */
	struct presence *presence;
	struct space space;                 /* what the disk has left */
	struct silence silence;             /* whether host and scribe are heard */
	struct status status;               /* what consoles were told of all that */
	const struct checking *check;       /* of the event's file; NULL: none */
	struct limits *posts, *viewers;     /* by client address */
	struct parts *parts;                /* long SMS that come part by part */
	struct timer *parts_timer, *tick_timer, *wake_timer;
	struct parked *parked;              /* consoles whose `changes` waits for something */
	int64_t version;                    /* of the last batch */
	int64_t woken_at;                   /* mono; when consoles were last woken */
	struct store_figures figures;
	struct viewed *viewed;              /* rooms that were viewed: their pages and transcripts, until the next change */
	size_t n_viewed;
	char **names;                       /* of gateways that sent parts of long messages */
	size_t n_names;
	int64_t page_stamp;                 /* rises whenever a public record changed */
	struct { uint64_t requests, messages, repeats, refused, not_kept, too_many; } tally;
	int64_t started_at;
	bool finishing;                     /* nothing more is taken: the backend is being stopped */
	bool checkpointing, limit_local_posts, limit_local_viewers;
	bool behind_proxy;                  /* one is trusted, or it was said that one should be */
	int64_t scribe_until;               /* mono; until then a scribe not heard of since the start is taken for busy; 0: heard */
	struct error trouble;               /* the last failed commit, until one succeeds: /readyz and every answer say it */
};

struct backend_options {
	struct store *store;                /* taken */
	struct store_options store_options;
	struct loop *loop;
	const struct clock *clock;          /* NULL: the system's */
	const struct randomness *random;    /* NULL: the system's */
	bool threads;                       /* false: stepped by backend_step */
	double posts_a_minute;              /* messages one address may send, after a burst of as many; 0: no bound */
	unsigned viewers_an_address;        /* 0: no bound */
	bool limit_local_posts, limit_local_viewers; /* bound loopback addresses too */
	bool behind_proxy;                  /* proxies are trusted: nothing to warn of */
	struct space_options space;         /* zeroed: as space.h says, without a reserve */
	const struct checking *check;       /* lent; NULL: none */
};
struct backend *backend_new(const struct backend_options *o, struct error *e);
/* Tells the writer whether the event may end: call when presence has changed. `heard`: it was a scribe's. */
void backend_scribe(struct backend *b, bool heard);
/* For http_options: the dispatcher and the bound on bodies. */
void backend_handle(void *backend, struct exchange *x);
size_t backend_body_limit(void *backend, const struct http_request *head);
/* Without threads: runs what waits for writer and readers, once. */
bool backend_step(struct backend *b);
/* Takes nothing more in, stores and answers what was taken: call before the HTTP server is freed. */
void backend_finish(struct backend *b);
/* Closes the store and frees; finishes first when that was not done. Accepts NULL. */
void backend_free(struct backend *b);

/* ---- for handlers ------------------------------------------------------------------------------------------------ */

/* The seat behind the request's bearer token, or NULL after having answered 401. */
struct seat_ref { char id[ID_MAX]; char name[84]; enum role role; };
bool backend_seat(struct backend *b, struct exchange *x, struct seat_ref *out);
/* The same for a request that has waited: it is no fresh word of that seat. */
bool backend_seat_still(struct backend *b, struct exchange *x, struct seat_ref *out);
/* Index of a room in the directory, or -1. */
int backend_room(const struct backend *b, const char *slug);
/* Answers 503 with what is wrong (disk full or nearly so, too busy) when nothing can be taken from the public now. */
bool backend_ready(struct backend *b, struct exchange *x);
/* Consoles that wait are answered: at once when `urgent`, else soon. */
void backend_wake(struct backend *b, bool urgent);
/* `,"disk":{"free":BYTES,"low":BOOL,"stopped":BOOL}` when `always`, or when it is low. */
void backend_disk_json(const struct backend *b, bool always, struct buf *out);
void backend_ok_json(struct exchange *x); /* 200, application/json */

#endif
