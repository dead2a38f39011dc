/* sync_own.h: what the files of sync.c share: its lanes, and what one tells the other. For sync*.c only.
 *
 *   sync.c        the step: what is due, the sender lock, presence, the state that others see
 *   sync_lane.c   a lane's call, its failures and back-off; what is learnt of time on the way
 *   sync_pull.c   rows of the event: `changes`
 *   sync_push.c   the desk's operations, and what a backend that was put back lacks of them
 *   sync_watch.c  a thread that hears what other processes put into the desk
 */
#ifndef REGIE_NET_CLIENT_SYNC_OWN_H
#define REGIE_NET_CLIENT_SYNC_OWN_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/client/sync.h"

static const int64_t SYNC_NEVER = INT64_MAX;

struct lane {
	struct call call;
	bool busy, failing;
	int64_t due;     /* mono ms; SYNC_NEVER: something else must happen first */
	int64_t backoff; /* the last one, 0: none */
	int failures;    /* in a row */
	int64_t began;   /* mono ms */
	char why[256];
	struct buf path, body;
};

struct watch {
	pthread_t thread;
	int inotify, stop; /* -1: none */
	bool running;
};

struct sync {
	struct sync_options o;
	struct lane pull, push, presence;
	struct watch watch;
	bool sender;
	int64_t lock_due, flush_due;
	atomic_bool woken;
	int64_t unsent_seen;

	bool refused;
	char refused_why[256];
	bool bound;              /* the desk is this event's and this seat's: before, nothing is sent */
	bool pull_again;         /* a verdict came while a pull was under way */
	bool answered_once;      /* by anything, in this life */
	bool held;               /* the pull under way may be held open */
	int64_t first_n, last_n; /* of the batch under way, as the backend counts */
	bool counting;           /* it only asks for a count */
	bool disagreed;          /* the last push was answered 409 */
	int64_t epoch;           /* of the event, as last told; 0: not known */
	bool recount;            /* it is another than the desk knew: how far do the backend's counts of it go? */
	struct desk_count *counts; /* what was told so far, while they are asked for one by one */
	size_t n_counts, counted;
	int64_t round, asked;    /* how often they were begun anew; when the one under way was asked for */
	int64_t answered_at;     /* mono ms of the last complete answer */
	int64_t way_ms;          /* how long a call takes that the backend does not hold, smoothed; -1: not known */
	bool clock_known;
	char *others, *status;
	int64_t status_stamp; /* of `status`; 0: none */
	char link_said[400]; /* what the desk holds for other processes */

	struct sync_state now; /* the stepping thread's */
	struct shared {        /* what other threads see and set */
		pthread_mutex_t lock;
		struct sync_state state;
		char *presence; /* as last set; NULL: never */
		bool presence_new;
	} * shared;
};

/* sync_lane.c */
int64_t sync_mono(const struct sync *s);
void lane_start(struct sync *s, struct lane *l, const char *method, int64_t timeout_ms, void (*over)(struct call *));
void lane_done(struct sync *s, struct lane *l, int64_t due);
/* Jitter: between three and five quarters, so that a room of consoles does not come back at one instant. */
void lane_failed(struct sync *s, struct lane *l, const char *why);
/* Whether a call that is over was answered well; otherwise its lane has been put off. */
bool lane_answered(struct sync *s, struct lane *l);
void lane_end(struct sync *s, struct lane *l); /* a call under way is ended and not heard of; frees */
/* The token or the event is not ours: nothing is tried until much later, or a wake. */
void sync_refuse(struct sync *s, const char *why);
void sync_learn_way(struct sync *s, int64_t took); /* of a call that was not held */
void sync_learn_clock(struct sync *s, int64_t server_ms);

/* sync_pull.c */
void sync_start_pull(struct sync *s);
void sync_learn_seat(struct sync *s); /* name and role of this seat, from the replica */

/* sync_push.c */
void sync_start_push(struct sync *s);
void sync_know_epoch(struct sync *s, int64_t epoch); /* as `changes` told it */

/* sync_watch.c */
void sync_watch(struct sync *s);
void sync_watch_end(struct sync *s);

#endif
