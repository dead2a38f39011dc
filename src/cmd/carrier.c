#include "src/cmd/carrier.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"

enum {
	STEP_MS = 60000, /* what wakes it otherwise: the link, the desk's folder, a wake */
	FIRST_MS = 80,   /* at most so long the first screen has the processors to itself */
};

struct carrier {
	struct open_seat *seat;
	const struct cli *c;
	struct link link;
	pthread_t thread;
	pthread_cond_t first; /* the interface has something to say: its first screen is as good as drawn */
	pthread_mutex_t lock; /* of all down to `presence` */
	struct sync *sync;    /* NULL until the thread has connected */
	struct link_state shown;
	char *others, *status, *presence;
	atomic_bool stop;
	/* the thread's own */
	int64_t stamp;
	bool ever;
};

/* ---- what the interface calls -------------------------------------------------------------------------------------- */

static void tell(struct carrier *k)
{
	const uint64_t one = 1;
	if (write(k->link.fd, &one, sizeof one) < 0)
		return; /* full: it is readable already */
}

static void link_heard(void *ctx)
{
	struct carrier *k = ctx;
	uint64_t n;
	if (read(k->link.fd, &n, sizeof n) < 0)
		return; /* nothing new */
}

static void link_state(void *ctx, struct link_state *out)
{
	struct carrier *k = ctx;
	pthread_mutex_lock(&k->lock);
	*out = k->shown;
	pthread_mutex_unlock(&k->lock);
}

static void link_wake(void *ctx)
{
	struct carrier *k = ctx;
	pthread_mutex_lock(&k->lock);
	if (k->sync)
		sync_wake(k->sync);
	pthread_mutex_unlock(&k->lock);
}

static void link_presence(void *ctx, const char *json)
{
	struct carrier *k = ctx;
	pthread_mutex_lock(&k->lock);
	if (k->sync) {
		sync_presence(k->sync, json);
	} else {
		free(k->presence);
		k->presence = xstrdup(json);
		pthread_cond_signal(&k->first);
	}
	pthread_mutex_unlock(&k->lock);
}

static char *copy_of(struct carrier *k, char *const *text)
{
	pthread_mutex_lock(&k->lock);
	char *copy = *text ? xstrdup(*text) : NULL;
	pthread_mutex_unlock(&k->lock);
	return copy;
}

static char *link_others(void *ctx)
{
	struct carrier *k = ctx;
	char *others = copy_of(k, &k->others);
	return others ? others : xstrdup("[]");
}

static char *link_status(void *ctx)
{
	struct carrier *k = ctx;
	return copy_of(k, &k->status);
}

const struct link *carrier_link(struct carrier *k)
{
	return &k->link;
}

/* ---- the thread ---------------------------------------------------------------------------------------------------- */

/* Which of the seat's addresses that is, from 1. */
static int way_of(const struct open_seat *s, const char *address)
{
	for (size_t i = 0; i < s->n_backends; i++) {
		const size_t n = strlen(address);
		if (n && !strncmp(s->backends[i], address, n) && strspn(s->backends[i] + n, "/") == strlen(s->backends[i] + n))
			return (int)i + 1;
	}
	return 1;
}

static void translate(const struct open_seat *seat, const struct sync_state *now, struct link_state *out)
{
	static const enum link_is is[] = { [LINK_TRYING] = LINK_IS_TRYING,
		[LINK_UP] = LINK_IS_UP,
		[LINK_DOWN] = LINK_IS_DOWN,
		[LINK_REFUSED] = LINK_IS_REFUSED };
	*out = (struct link_state){ .is = is[now->link],
		.since = now->since,
		.lag_ms = now->lag_ms,
		.unsent = now->unsent,
		.clock_offset_ms = now->clock_offset_ms,
		.ready = now->ready,
		.whole = now->whole,
		.by_other = now->by_other,
		.begun = now->begun,
		.answered = now->answered,
		.caught_up = now->caught_up,
		.way = way_of(seat, now->address),
		.ways = (int)seat->n_backends,
		.disk_left = now->disk_left,
		.disk_stopped = now->disk_stopped };
	snprintf(out->backend, sizeof out->backend, "%s", now->address);
	snprintf(out->why, sizeof out->why, "%s", now->why);
	snprintf(out->seat, sizeof out->seat, "%s", now->seat);
	snprintf(out->seat_name, sizeof out->seat_name, "%s", now->seat_name);
	snprintf(out->role, sizeof out->role, "%s", now->role);
}

/* What the screen would show otherwise. How old the replica is does not count: the screen asks when it draws. */
static bool shows_alike(const struct link_state *a, const struct link_state *b)
{
	return a->is == b->is && !strcmp(a->why, b->why) && a->unsent == b->unsent && a->ready == b->ready &&
		a->whole == b->whole && a->by_other == b->by_other && a->way == b->way && a->disk_stopped == b->disk_stopped &&
		(a->disk_left < 0) == (b->disk_left < 0) && a->disk_left / DISK_STEP == b->disk_left / DISK_STEP && !strcmp(a->seat, b->seat) &&
		!strcmp(a->role, b->role) && !strcmp(a->seat_name, b->seat_name);
}

/* Under the lock; true when it is another. */
static bool renew(char **kept, const char *text)
{
	if (!text || (*kept && !strcmp(*kept, text)))
		return false;
	free(*kept);
	*kept = xstrdup(text);
	return true;
}

static void publish(struct carrier *k)
{
	struct sync_state now;
	struct link_state next;
	sync_state(k->sync, &now);
	translate(k->seat, &now, &next);
	const int64_t stamp = replica_stamp(k->seat->replica);
	const char *others = sync_others(k->sync), *status = sync_status(k->sync);
	pthread_mutex_lock(&k->lock);
	bool news = !k->ever || !shows_alike(&next, &k->shown) || stamp != k->stamp ||
		(next.unsent > 0 && next.answered != k->shown.answered);
	news |= renew(&k->others, others);
	news |= renew(&k->status, status);
	k->shown = next;
	k->stamp = stamp;
	k->ever = true;
	pthread_mutex_unlock(&k->lock);
	if (news)
		tell(k);
}

static bool connect_seat(struct carrier *k)
{
	struct error e = { 0 };
	const bool good = seat_connect(k->seat, k->c, false, &e);
	pthread_mutex_lock(&k->lock);
	if (good) {
		k->sync = k->seat->sync;
		if (k->presence)
			sync_presence(k->sync, k->presence);
	} else {
		k->shown.is = LINK_IS_REFUSED;
		k->shown.since = clock_now(clock_system());
		snprintf(k->shown.why, sizeof k->shown.why, "%.*s", (int)sizeof k->shown.why - 1, e.text);
	}
	pthread_mutex_unlock(&k->lock);
	tell(k);
	return good;
}

/* Loading what speaks to the backend takes longer than drawing does. */
static void wait_for_the_screen(struct carrier *k)
{
	struct timespec end;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += FIRST_MS * 1000000L;
	end.tv_sec += end.tv_nsec / 1000000000L;
	end.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&k->lock);
	while (!k->presence && !atomic_load(&k->stop) && pthread_cond_timedwait(&k->first, &k->lock, &end) == 0)
		continue;
	pthread_mutex_unlock(&k->lock);
}

static void *carry(void *arg)
{
	struct carrier *k = arg;
	wait_for_the_screen(k);
	if (!connect_seat(k))
		return NULL;
	while (!atomic_load(&k->stop)) {
		sync_step(k->sync, STEP_MS);
		publish(k);
	}
	return NULL;
}

struct carrier *carrier_new(struct open_seat *seat, const struct cli *c, struct error *e)
{
	struct carrier *k = xcalloc(1, sizeof *k);
	sigset_t all, was;
	k->seat = seat;
	k->c = c;
	k->shown.lag_ms = k->shown.disk_left = -1;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->first, NULL);
	k->link = (struct link){ .ctx = k,
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.heard = link_heard,
		.state = link_state,
		.wake = link_wake,
		.presence = link_presence,
		.others = link_others,
		.status = link_status };
	sigfillset(&all); /* signals are the interface's */
	pthread_sigmask(SIG_SETMASK, &all, &was);
	const int failed = k->link.fd < 0 ? -1 : pthread_create(&k->thread, NULL, carry, k);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (failed) {
		if (k->link.fd >= 0)
			close(k->link.fd);
		pthread_mutex_destroy(&k->lock);
		free(k);
		error_set(e, ERR_IO, "no thread can be started for the link; end other programs and try again");
		return NULL;
	}
	return k;
}

void carrier_free(struct carrier *k, int64_t patience_ms)
{
	if (!k)
		return;
	const int64_t end = clock_mono(clock_system()) + patience_ms;
	struct link_state now;
	for (link_state(k, &now); now.unsent > 0 && now.is == LINK_IS_UP && clock_mono(clock_system()) < end;
		link_state(k, &now)) {
		fd_set in;
		struct timeval brief = { .tv_usec = 20000 };
		FD_ZERO(&in);
		FD_SET(k->link.fd, &in);
		if (select(k->link.fd + 1, &in, NULL, NULL, &brief) > 0)
			link_heard(k);
	}
	atomic_store(&k->stop, true);
	pthread_cond_signal(&k->first);
	link_wake(k);
	pthread_join(k->thread, NULL);
	pthread_cond_destroy(&k->first);
	close(k->link.fd);
	pthread_mutex_destroy(&k->lock);
	free(k->others);
	free(k->status);
	free(k->presence);
	free(k);
}
