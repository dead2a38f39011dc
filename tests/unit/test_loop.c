/* test_loop.c: net/server/loop.h. Time is the test's own; descriptors are pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/server/loop.h"
#include "src/base/mem.h"

static int64_t fake_ms;
static char trace[200];

static int64_t fake(void *ctx)
{
	(void)ctx;
	return fake_ms;
}

static const struct clock fake_clock = { .now_ms = fake, .mono_ms = fake };

static int setup(void **state)
{
	fake_ms = 1000;
	trace[0] = '\0';
	*state = loop_new(&fake_clock);
	return 0;
}

static int teardown(void **state)
{
	loop_free(*state);
	return 0;
}

static void note(void *arg)
{
	const size_t len = strlen(trace);

	assert_true(len + strlen(arg) < sizeof trace);
	memcpy(trace + len, arg, strlen(arg) + 1);
}

/* ---- timers --------------------------------------------------------------------------------------------------------- */

static void timers_run_in_order_of_time_then_of_asking(void **state)
{
	struct loop *l = *state;

	loop_after(l, 30, note, "d", NULL);
	loop_after(l, 10, note, "a", NULL);
	loop_after(l, 20, note, "b", NULL);
	loop_after(l, 20, note, "c", NULL);
	loop_after(l, 500, note, "never", NULL);
	loop_step(l, 0);
	assert_string_equal(trace, "");
	fake_ms += 10;
	loop_step(l, 0);
	assert_string_equal(trace, "a");
	fake_ms += 30;
	loop_step(l, 0);
	assert_string_equal(trace, "abcd");
}

static void a_slot_is_empty_after_the_timer_ran_or_was_cancelled(void **state)
{
	struct timer *ran = NULL, *cancelled = NULL;
	struct loop *l = *state;

	loop_after(l, 0, note, "a", &ran);
	loop_after(l, 0, note, "b", &cancelled);
	assert_non_null(ran);
	timer_cancel(&cancelled);
	assert_null(cancelled);
	timer_cancel(&cancelled);
	loop_step(l, -1);
	assert_null(ran);
	assert_string_equal(trace, "a");
}

static void many_timers_keep_their_order_when_some_are_cancelled(void **state)
{
	struct loop *l = *state;
	struct timer *slots[200];
	unsigned x = 1;

	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		x = x * 1103515245 + 12345;
		loop_after(l, x >> 16 & 63, note, "", &slots[i]);
	}
	for (size_t i = 0; i < COUNT_OF(slots); i += 3)
		timer_cancel(&slots[i]);
	for (int ms = 0; ms < 64; ms++) {
		loop_step(l, 0);
		fake_ms++;
	}
	loop_step(l, 0);
	for (size_t i = 0; i < COUNT_OF(slots); i++)
		assert_null(slots[i]);
}

struct chain {
	struct loop *loop;
	struct timer *other;
	int n;
};

static void chain_on(void *arg)
{
	struct chain *c = arg;

	c->n++;
	timer_cancel(&c->other);
	loop_after(c->loop, 0, chain_on, c, NULL);
}

static void a_timer_may_cancel_others_and_waits_its_turn_when_set_again(void **state)
{
	struct chain c = { .loop = *state };

	loop_after(c.loop, 0, chain_on, &c, NULL);
	loop_after(c.loop, 0, note, "cancelled", &c.other);
	loop_step(c.loop, 0);
	assert_int_equal(c.n, 1);
	loop_step(c.loop, 0);
	assert_int_equal(c.n, 2);
	assert_string_equal(trace, "");
}

/* ---- descriptors ---------------------------------------------------------------------------------------------------- */

struct ends {
	struct watch *a, *b;
	int pipe[2];
	int calls;
	uint32_t events;
};

static void on_either(void *arg, uint32_t events)
{
	struct ends *e = arg;

	e->calls++;
	e->events = events;
	watch_remove(&e->a);
	watch_remove(&e->b);
}

static void a_callback_may_remove_any_watch_its_own_included(void **state)
{
	struct ends e = { 0 };
	int other[2];

	assert_int_equal(pipe(e.pipe), 0);
	assert_int_equal(pipe(other), 0);
	assert_int_equal(write(e.pipe[1], "x", 1), 1);
	assert_int_equal(write(other[1], "x", 1), 1);
	e.a = loop_watch(*state, e.pipe[0], EPOLLIN, on_either, &e);
	e.b = loop_watch(*state, other[0], EPOLLIN, on_either, &e);
	loop_step(*state, 0);
	assert_int_equal(e.calls, 1);
	assert_int_equal(e.events, EPOLLIN);
	assert_null(e.a);
	assert_null(e.b);
	loop_step(*state, 0);
	assert_int_equal(e.calls, 1);
	close(e.pipe[0]);
	close(e.pipe[1]);
	close(other[0]);
	close(other[1]);
}

static void count(void *arg, uint32_t events)
{
	struct ends *e = arg;

	e->calls++;
	e->events = events;
}

static void interest_can_be_changed(void **state)
{
	struct ends e = { 0 };

	assert_int_equal(pipe(e.pipe), 0);
	e.a = loop_watch(*state, e.pipe[1], 0, count, &e);
	loop_step(*state, 0);
	assert_int_equal(e.calls, 0);
	watch_set(e.a, EPOLLOUT);
	loop_step(*state, 0);
	assert_int_equal(e.calls, 1);
	close(e.pipe[0]);
	loop_step(*state, 0);
	assert_true(e.events & EPOLLERR);
	watch_remove(&e.a);
	close(e.pipe[1]);
}

/* ---- posted work, hooks, stopping ----------------------------------------------------------------------------------- */

struct poster {
	struct loop *loop;
	int received[2], last[2];
	bool in_order;
	pthread_t thread;
	int number;
};

struct parcel {
	struct poster *p;
	int from, i;
};

enum { PARCELS = 5000 };
static struct parcel parcels[2][PARCELS];

static void receive(void *arg)
{
	struct parcel *x = arg;

	x->p->in_order &= x->i == x->p->last[x->from] + 1;
	x->p->last[x->from] = x->i;
	x->p->received[x->from]++;
	if (x->p->received[0] + x->p->received[1] == 2 * PARCELS)
		loop_stop(x->p->loop);
}

static void *post_many(void *arg)
{
	struct parcel *mine = arg;

	for (int i = 0; i < PARCELS; i++)
		loop_post(mine[i].p->loop, receive, &mine[i]);
	return NULL;
}

static void work_posted_by_threads_arrives_whole_and_in_order(void **state)
{
	struct poster p = { .loop = *state, .last = { -1, -1 }, .in_order = true };
	pthread_t threads[2];

	for (int t = 0; t < 2; t++)
		for (int i = 0; i < PARCELS; i++)
			parcels[t][i] = (struct parcel){ .p = &p, .from = t, .i = i };
	for (int t = 0; t < 2; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, post_many, parcels[t]), 0);
	loop_run(*state);
	for (int t = 0; t < 2; t++)
		pthread_join(threads[t], NULL);
	assert_int_equal(p.received[0] + p.received[1], 2 * PARCELS);
	assert_true(p.in_order);
}

static void post_again(void *arg)
{
	note("1");
	loop_post(arg, note, "2");
}

static void what_posted_work_posts_runs_in_the_next_step(void **state)
{
	loop_post(*state, post_again, *state);
	loop_step(*state, -1);
	assert_string_equal(trace, "1");
	loop_step(*state, -1);
	assert_string_equal(trace, "12");
}

static void hooks_run_before_each_wait_until_they_are_taken_away(void **state)
{
	loop_before_wait(*state, note, "a");
	loop_before_wait(*state, note, "b");
	loop_step(*state, 0);
	assert_string_equal(trace, "ab");
	loop_before_wait_no_more(*state, note, "a");
	loop_before_wait_no_more(*state, note, "unknown");
	loop_step(*state, 0);
	assert_string_equal(trace, "abb");
}

static struct loop *signalled;

static void on_signal(int number)
{
	(void)number;
	loop_stop(signalled);
}

static void a_signal_handler_can_stop_the_loop(void **state)
{
	signalled = *state;
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	loop_run(*state); /* stopped before it began */
	loop_post(*state, note, "after");
	loop_step(*state, -1);
	loop_step(*state, 0);
	assert_string_equal(trace, "after");
	signal(SIGUSR1, SIG_DFL);
}

static void what_was_never_run_is_freed(void **state)
{
	struct loop *l = loop_new(&fake_clock);
	struct timer *slot;

	(void)state;
	loop_after(l, 100, note, "x", &slot);
	loop_post(l, note, "y");
	loop_free(l);
	assert_null(slot);
	assert_string_equal(trace, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(timers_run_in_order_of_time_then_of_asking),
		TEST(a_slot_is_empty_after_the_timer_ran_or_was_cancelled),
		TEST(many_timers_keep_their_order_when_some_are_cancelled),
		TEST(a_timer_may_cancel_others_and_waits_its_turn_when_set_again),
		TEST(a_callback_may_remove_any_watch_its_own_included),
		TEST(interest_can_be_changed),
		TEST(work_posted_by_threads_arrives_whole_and_in_order),
		TEST(what_posted_work_posts_runs_in_the_next_step),
		TEST(hooks_run_before_each_wait_until_they_are_taken_away),
		TEST(a_signal_handler_can_stop_the_loop),
		TEST(what_was_never_run_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
