/* loop.c: how loop.h does it.
 *
 * The order of a step, and why: hooks (they may start work or timers that bound the wait), one wait, descriptors (what
 * the outside wants, in the kernel's order), posted work (its eventfd is one of the descriptors, but it runs after all
 * of them so that a result sees the state they left), timers (last: what is late is late already), frees.
 */
#include "net/server/loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/mem.h"

enum { EVENTS_A_STEP = 256 };

/* One a viewer: kept small. A watch without fn is removed and waits for the end of the step. */
struct watch {
	struct loop *loop;
	watch_fn *fn;
	union {
		void *arg;
		struct watch *next_dead;
	};
	int fd;
	uint32_t events;
};

struct timer {
	struct loop *loop;
	int64_t due_ms;
	uint64_t serial; /* equal times run in the order they were asked for */
	size_t place;    /* index in the heap */
	timer_fn *fn;
	void *arg;
	struct timer **slot; /* may be NULL */
};

struct posted {
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	const struct clock *clock;
	int epoll_fd;
	int wake_fd;
	struct watch *wake;
	struct watch *dead; /* removed in this step */

	struct timer **timers; /* a binary heap, the earliest first */
	size_t n_timers, cap_timers;
	uint64_t serial;

	struct posted *hooks;
	size_t n_hooks, cap_hooks;

	pthread_mutex_t lock; /* of the posted work and `awake` */
	struct posted *posted;
	size_t n_posted, cap_posted;
	struct posted *spare; /* the array drained last time, to be filled next */
	size_t cap_spare;
	bool awake; /* the eventfd has been written and not read since */

	atomic_bool stop;
	struct epoll_event events[EVENTS_A_STEP];
};

/* Without an epoll or event descriptor there is no program. */
static int must_have(int fd, const char *what)
{
	if (fd < 0) {
		perror(what);
		abort();
	}
	return fd;
}

static void nothing(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
}

struct loop *loop_new(const struct clock *clock)
{
	struct loop *l = xcalloc(1, sizeof *l);

	l->clock = clock;
	l->epoll_fd = must_have(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	l->wake_fd = must_have(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
	pthread_mutex_init(&l->lock, NULL);
	atomic_init(&l->stop, false);
	l->wake = loop_watch(l, l->wake_fd, EPOLLIN, nothing, l);
	return l;
}

static void free_dead(struct loop *l)
{
	while (l->dead) {
		struct watch *w = l->dead;

		l->dead = w->next_dead;
		free(w);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	watch_remove(&l->wake);
	free_dead(l);
	for (size_t i = 0; i < l->n_timers; i++) {
		if (l->timers[i]->slot)
			*l->timers[i]->slot = NULL;
		free(l->timers[i]);
	}
	free(l->timers);
	free(l->hooks);
	free(l->posted);
	free(l->spare);
	pthread_mutex_destroy(&l->lock);
	close(l->wake_fd);
	close(l->epoll_fd);
	free(l);
}

const struct clock *loop_clock(const struct loop *l)
{
	return l->clock;
}

int64_t loop_mono(const struct loop *l)
{
	return clock_mono(l->clock);
}

/* ---- descriptors -------------------------------------------------------------------------------------------------- */

static void control(const struct watch *w, int op, struct watch *data)
{
	struct epoll_event e = { .events = w->events, .data.ptr = data };

	if (epoll_ctl(w->loop->epoll_fd, op, w->fd, &e) < 0 && op != EPOLL_CTL_DEL) {
		perror("epoll_ctl"); /* a descriptor that is not open, or watched twice: a mistake in the program */
		abort();
	}
}

struct watch *loop_watch(struct loop *l, int fd, uint32_t events, watch_fn *fn, void *arg)
{
	struct watch *w = xmalloc(sizeof *w);

	*w = (struct watch){ .loop = l, .fn = fn, .arg = arg, .fd = fd, .events = events };
	control(w, EPOLL_CTL_ADD, w);
	return w;
}

void watch_set(struct watch *w, uint32_t events)
{
	if (w->events == events)
		return;
	w->events = events;
	control(w, EPOLL_CTL_MOD, w);
}

void watch_remove(struct watch **w)
{
	struct watch *x = *w;

	if (!x)
		return;
	*w = NULL;
	control(x, EPOLL_CTL_DEL, NULL);
	x->fn = NULL;
	x->next_dead = x->loop->dead;
	x->loop->dead = x;
}

/* ---- timers ------------------------------------------------------------------------------------------------------- */

static bool earlier(const struct timer *a, const struct timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->serial < b->serial;
}

static void put(struct loop *l, size_t place, struct timer *t)
{
	l->timers[place] = t;
	t->place = place;
}

static void sift_up(struct loop *l, size_t place, struct timer *t)
{
	while (place > 0 && earlier(t, l->timers[(place - 1) / 2])) {
		put(l, place, l->timers[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(l, place, t);
}

static void sift_down(struct loop *l, size_t place, struct timer *t)
{
	for (size_t child; (child = 2 * place + 1) < l->n_timers; place = child) {
		if (child + 1 < l->n_timers && earlier(l->timers[child + 1], l->timers[child]))
			child++;
		if (!earlier(l->timers[child], t))
			break;
		put(l, place, l->timers[child]);
	}
	put(l, place, t);
}

/* Takes t out of the heap and clears its slot; the caller frees it. */
static void take_out(struct loop *l, const struct timer *t)
{
	struct timer *last = l->timers[--l->n_timers];

	if (last != t) {
		if (earlier(last, t))
			sift_up(l, t->place, last);
		else
			sift_down(l, t->place, last);
	}
	if (t->slot)
		*t->slot = NULL;
}

void loop_after(struct loop *l, int64_t delay_ms, timer_fn *fn, void *arg, struct timer **slot)
{
	struct timer *t = xmalloc(sizeof *t);

	*t = (struct timer){ .loop = l,
		.due_ms = loop_mono(l) + (delay_ms > 0 ? delay_ms : 0),
		.serial = l->serial++,
		.fn = fn,
		.arg = arg,
		.slot = slot };
	grow(&l->timers, &l->cap_timers, l->n_timers + 1, sizeof *l->timers);
	sift_up(l, l->n_timers++, t);
	if (slot)
		*slot = t;
}

void timer_cancel(struct timer **t)
{
	struct timer *x = *t;

	if (!x)
		return;
	*t = NULL;
	take_out(x->loop, x);
	free(x);
}

/* Those due now; one that a timer sets with no delay waits for the next step, so that the outside gets its turn. */
static void run_timers(struct loop *l)
{
	const int64_t now = loop_mono(l);
	const uint64_t until = l->serial;

	while (l->n_timers > 0 && l->timers[0]->due_ms <= now && l->timers[0]->serial < until) {
		struct timer *t = l->timers[0];

		take_out(l, t);
		t->fn(t->arg);
		free(t);
	}
}

/* ---- posted work --------------------------------------------------------------------------------------------------- */

static void wake(struct loop *l)
{
	const uint64_t one = 1;

	while (write(l->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

void loop_post(struct loop *l, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&l->lock);
	grow(&l->posted, &l->cap_posted, l->n_posted + 1, sizeof *l->posted);
	l->posted[l->n_posted++] = (struct posted){ fn, arg };
	const bool asleep = !l->awake;
	l->awake = true;
	pthread_mutex_unlock(&l->lock);
	if (asleep)
		wake(l);
}

/* What was there at the start; what it posts itself runs in the next step. */
static void run_posted(struct loop *l)
{
	uint64_t count;

	while (read(l->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&l->lock);
	struct posted *work = l->posted;
	const size_t n = l->n_posted, cap = l->cap_posted;
	l->posted = l->spare;
	l->cap_posted = l->cap_spare;
	l->n_posted = 0;
	l->spare = NULL;
	l->cap_spare = 0;
	l->awake = false;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < n; i++)
		work[i].fn(work[i].arg);
	l->spare = work;
	l->cap_spare = cap;
}

/* ---- the step ------------------------------------------------------------------------------------------------------ */

void loop_before_wait(struct loop *l, void (*fn)(void *arg), void *arg)
{
	grow(&l->hooks, &l->cap_hooks, l->n_hooks + 1, sizeof *l->hooks);
	l->hooks[l->n_hooks++] = (struct posted){ fn, arg };
}

void loop_before_wait_no_more(struct loop *l, void (*fn)(void *arg), void *arg)
{
	size_t i = 0;

	while (i < l->n_hooks && (l->hooks[i].fn != fn || l->hooks[i].arg != arg))
		i++;
	for (; i + 1 < l->n_hooks; i++)
		l->hooks[i] = l->hooks[i + 1];
	l->n_hooks -= i < l->n_hooks;
}

static int bounded_wait(const struct loop *l, int64_t wait_ms)
{
	if (l->n_timers > 0) {
		const int64_t left = l->timers[0]->due_ms - loop_mono(l);

		if (wait_ms < 0 || left < wait_ms)
			wait_ms = left > 0 ? left : 0;
	}
	return wait_ms < 0 ? -1 : wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

void loop_step(struct loop *l, int64_t wait_ms)
{
	bool posted = false;

	for (size_t i = 0; i < l->n_hooks; i++)
		l->hooks[i].fn(l->hooks[i].arg);
	const int n = epoll_wait(l->epoll_fd, l->events, EVENTS_A_STEP, bounded_wait(l, wait_ms));
	for (int i = 0; i < n; i++) {
		struct watch *w = l->events[i].data.ptr;

		if (w == l->wake)
			posted = true;
		else if (w->fn)
			w->fn(w->arg, l->events[i].events);
	}
	if (posted)
		run_posted(l);
	run_timers(l);
	free_dead(l);
}

void loop_run(struct loop *l)
{
	while (!atomic_exchange(&l->stop, false))
		loop_step(l, -1);
}

void loop_stop(struct loop *l)
{
	const int kept = errno; /* signal handlers call this */

	atomic_store(&l->stop, true);
	wake(l);
	errno = kept;
}
