/* net/server/silence.h, and what the backend makes of it: the interruption card that it puts up by itself. The clock is the
 * test's: nothing waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/server/silence.h"
#include "src/base/mem.h"
#include "tests/unit/in_process.h"

/* ---- by itself ----------------------------------------------------------------------------------------------------- */

/* Looks each second until `until`; the first time it says so, or 0. */
static int64_t looks(struct silence *s, const struct event *ev, int64_t from, int64_t until, bool held)
{
	for (int64_t t = from; t <= until; t += 1000)
		if (silence_look(s, ev, held, t))
			return t;
	return 0;
}

static void fires_once_both_were_there(void **state)
{
	(void)state;
	struct silence s = { 0 };
	struct event ev = { .state = EV_COLLECTING };
	assert_int_equal(looks(&s, &ev, 1000, 100000, false), 0);
	silence_here(&s, R_HOST, &ev, 100000);
	silence_here(&s, R_PRODUCER, &ev, 100000);
	ev.state = EV_OPEN;
	assert_int_equal(looks(&s, &ev, 101000, 200000, false), 0);
	silence_here(&s, R_SCRIBE, &ev, 200000);
	assert_int_equal(looks(&s, &ev, 201000, 400000, false), 200000 + SILENCE_MS);
}

static void one_of_the_two_is_enough(void **state)
{
	(void)state;
	struct silence s = { 0 };
	struct event ev = { .state = EV_OPEN };
	silence_here(&s, R_HOST, &ev, 1000);
	silence_here(&s, R_SCRIBE, &ev, 1000);
	for (int64_t t = 2000; t < 600000; t += 29000) {
		assert_int_equal(looks(&s, &ev, t, t + 28000, false), 0);
		silence_heard(&s, t % 2 ? R_HOST : R_SCRIBE, t + 28000);
	}
	silence_heard(&s, R_PRODUCER, 610000); /* is not listened for */
	assert_int_equal(looks(&s, &ev, 600000, 700000, true), 0);
	assert_int_equal(looks(&s, &ev, 701000, 900000, false), 700000 + SILENCE_MS);
}

static void only_while_open(void **state)
{
	(void)state;
	static const enum event_state others[] = { EV_PREPARING, EV_COLLECTING, EV_INTERRUPTED, EV_ENDED, EV_SEALED };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct silence s = { 0 };
		struct event ev = { .state = others[i] };
		silence_here(&s, R_HOST, &ev, 1000);
		silence_here(&s, R_SCRIBE, &ev, 1000);
		assert_int_equal(looks(&s, &ev, 2000, 200000, false), 0);
		ev.state = EV_OPEN; /* the silence counts from here; armed by what was before the opening only */
		bool before = others[i] == EV_PREPARING || others[i] == EV_COLLECTING;
		assert_int_equal(looks(&s, &ev, 201000, 400000, false), before ? 200000 + SILENCE_MS : 0);
	}
	struct silence s = { 0 };
	struct event ev = { .state = EV_OPEN, .ending = true };
	silence_here(&s, R_HOST, &ev, 1000);
	silence_here(&s, R_SCRIBE, &ev, 1000);
	assert_int_equal(looks(&s, &ev, 2000, 200000, false), 0);
}

/* A machine that slept, or a loop that stood still, has no right to say that nobody was heard. */
static void a_backend_that_did_not_listen_waits(void **state)
{
	(void)state;
	struct silence s = { 0 };
	struct event ev = { .state = EV_OPEN };
	silence_here(&s, R_HOST, &ev, 1000);
	silence_here(&s, R_SCRIBE, &ev, 1000);
	assert_int_equal(looks(&s, &ev, 2000, 20000, false), 0);
	assert_false(silence_look(&s, &ev, false, 100000));
	assert_int_equal(looks(&s, &ev, 101000, 200000, false), 100000 + SILENCE_MS);
}

/* ---- in the backend ------------------------------------------------------------------------------------------------ */

struct bed {
	struct in_process p;
	char hugo[33], paul[33], wanda[33]; /* host (the producer's part too), scribe, web */
	int64_t n;
};

static int set_up(void **state)
{
	struct bed *b = xcalloc(1, sizeof *b);
	in_process_new(&b->p, 11);
	in_process_seat(&b->p, "Hugo", R_HOST, b->hugo);
	in_process_seat(&b->p, "Paul", R_SCRIBE, b->paul);
	in_process_seat(&b->p, "Wanda", R_WEB, b->wanda);
	in_process_start(&b->p);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;
	in_process_free(&b->p);
	free(b);
	return 0;
}

static void does(struct bed *b, const char *op, const char *args)
{
	struct buf body = BUF_INIT;
	struct reply a;
	buf_addf(&body, "{\"client\":\"0189f7e2-0000-7000-8000-000000000001\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}",
		(long long)++b->n, op, (long long)clock_now(&b->p.clock), args);
	assert_int_equal(ask(&b->p, &(struct request){ .method = "POST", .target = "/v1/ops", .body = body.data, .token = b->hugo }, &a), 200);
	if (!strstr(a.body.data, "\"verdict\":\"applied\""))
		fail_msg("%s: %s", op, a.body.data);
	reply_release(&a);
	buf_release(&body);
}

static void is_here(struct bed *b, const char *token, const char *body)
{
	struct reply a;
	assert_int_equal(ask(&b->p, &(struct request){ .method = "PUT", .target = "/v1/presence", .body = body, .token = token }, &a), 204);
	reply_release(&a);
}

static enum event_state state_after(struct bed *b, int seconds)
{
	for (int i = 0; i < seconds; i++)
		in_process_step(&b->p, 1000);
	in_process_settle(&b->p);
	return b->p.backend->directory->event.state;
}

static void crew_is_here(struct bed *b)
{
	is_here(b, b->hugo, "{\"here\":true}");
	is_here(b, b->paul, "{\"here\":true}");
}

/* All that a console would pull now. */
static void pull(struct bed *b, const char *token, struct reply *a)
{
	assert_int_equal(ask(&b->p, &(struct request){ .method = "GET", .target = "/v1/changes", .token = token }, a), 200);
}

static void says(const struct reply *a, const char *what)
{
	if (!strstr(a->body.data, what))
		fail_msg("\"%s\" is not in %s", what, a->body.data);
}

static void puts_up_the_card(void **state)
{
	struct bed *b = *state;
	struct viewer *v = viewer_new(&b->p);
	struct reply a;
	does(b, "collect", "");
	crew_is_here(b);
	does(b, "open", "");
	assert_int_equal(state_after(b, 28), EV_OPEN);
	is_here(b, b->paul, "{\"here\":true}");
	assert_int_equal(state_after(b, 28), EV_OPEN);
	is_here(b, b->wanda, "{\"here\":true}"); /* her word does not count */
	assert_int_equal(state_after(b, 5), EV_INTERRUPTED);
	assert_int_equal(b->p.backend->directory->event.interruption, IN_TECHNICAL);
	assert_non_null(strstr(v->heard[v->n - 1].text, "\"interrupted\""));
	pull(b, b->wanda, &a);
	says(&a, "\"seat\":\"0\",\"op\":\"interrupted\"");
	reply_release(&a);

	/* Coming back does not take it down; resume does, and then both must be there again. */
	crew_is_here(b);
	assert_int_equal(state_after(b, 60), EV_INTERRUPTED);
	does(b, "resume", "");
	assert_int_equal(state_after(b, 100), EV_OPEN);
	assert_non_null(strstr(v->heard[v->n - 1].text, "\"resumed\""));
	is_here(b, b->paul, "{\"here\":true}");
	assert_int_equal(state_after(b, 100), EV_OPEN);
	is_here(b, b->hugo, "{\"here\":true}");
	assert_int_equal(state_after(b, 35), EV_INTERRUPTED);
}

static void operations_alone_never_arm_it(void **state)
{
	struct bed *b = *state;
	does(b, "collect", "");
	does(b, "open", "");
	assert_int_equal(state_after(b, 200), EV_OPEN);
	is_here(b, b->hugo, "{\"here\":false}");
	is_here(b, b->paul, "{\"here\":true}");
	assert_int_equal(state_after(b, 200), EV_OPEN);
}

static void a_held_poll_is_heard(void **state)
{
	struct bed *b = *state;
	struct reply a, r;
	char target[300];
	does(b, "collect", "");
	does(b, "open", "");
	crew_is_here(b);
	assert_int_equal(state_after(b, 1), EV_OPEN);
	pull(b, b->paul, &a);
	const char *next = strstr(a.body.data, "{\"next\":\"");
	assert_non_null(next);
	snprintf(target, sizeof target, "/v1/changes?wait=60&since=%.*s", (int)strcspn(next + 9, "\""), next + 9);
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){ .method = "GET", .target = target, .token = b->paul }, &r), 0);
	assert_int_equal(state_after(b, 50), EV_OPEN);
	assert_false(r.over);
	reply_release(&r); /* he leaves */
	assert_int_equal(state_after(b, 28), EV_OPEN);
	assert_int_equal(state_after(b, 5), EV_INTERRUPTED);
}

static void an_event_that_ends_is_left_alone(void **state)
{
	struct bed *b = *state;
	does(b, "collect", "");
	does(b, "open", "");
	is_here(b, b->hugo, "{\"here\":true}");
	is_here(b, b->paul, "{\"here\":true,\"typing\":\"Nous\"}");
	does(b, "end", "");
	assert_int_equal(state_after(b, 50), EV_OPEN); /* the scribe is waited for */
	assert_int_equal(state_after(b, 20), EV_ENDED);
	assert_int_equal(state_after(b, 60), EV_ENDED);
}

/* What a backend knew before it was started anew arms nothing. */
static void a_restart_disarms(void **state)
{
	struct bed *b = *state;
	does(b, "collect", "");
	does(b, "open", "");
	crew_is_here(b);
	in_process_kill(&b->p);
	in_process_start(&b->p);
	assert_int_equal(state_after(b, 100), EV_OPEN);
	crew_is_here(b);
	assert_int_equal(state_after(b, 35), EV_INTERRUPTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_once_both_were_there),
		cmocka_unit_test(one_of_the_two_is_enough),
		cmocka_unit_test(only_while_open),
		cmocka_unit_test(a_backend_that_did_not_listen_waits),
		TEST(puts_up_the_card),
		TEST(operations_alone_never_arm_it),
		TEST(a_held_poll_is_heard),
		TEST(an_event_that_ends_is_left_alone),
		TEST(a_restart_disarms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
