/* test_hub.c: net/server/hub.h with sinks of the test's own and time at its command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/hub.h"
#include "src/base/mem.h"

enum { PING_MS = 15000, LAG_MS = 10000 };

static int64_t fake_ms;

static int64_t fake(void *ctx)
{
	(void)ctx;
	return fake_ms;
}

static const struct clock fake_clock = { .now_ms = fake, .mono_ms = fake };

struct room_for_tests {
	struct loop *loop;
	struct hub *hub;
};

static int setup(void **state)
{
	struct room_for_tests *r = xcalloc(1, sizeof *r);

	fake_ms = 1000000;
	r->loop = loop_new(&fake_clock);
	r->hub = hub_new(r->loop, PING_MS, LAG_MS);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct room_for_tests *r = *state;

	hub_free(r->hub);
	loop_free(r->loop);
	free(r);
	return 0;
}

/* ---- a sink that takes as much as it is told to --------------------------------------------------------------------- */

struct fake_sink {
	struct sink sink; /* first */
	struct stream *stream;
	struct buf got;
	size_t takes; /* bytes it still takes */
	size_t sends;
	bool broken, closed;
};

static ssize_t fake_send(struct sink *s, const struct iovec *v, int n)
{
	struct fake_sink *f = (struct fake_sink *)(void *)s;
	size_t taken = 0;

	f->sends++;
	assert_false(f->closed);
	if (f->broken)
		return -1;
	for (int i = 0; i < n; i++) {
		const size_t some = v[i].iov_len < f->takes ? v[i].iov_len : f->takes;

		buf_add(&f->got, v[i].iov_base, some);
		f->takes -= some;
		taken += some;
	}
	return (ssize_t)taken;
}

static void fake_close(struct sink *s)
{
	((struct fake_sink *)(void *)s)->closed = true;
}

static void view(struct fake_sink *f, struct hub *h, unsigned room, uint64_t since, const char *prelude, size_t takes)
{
	*f = (struct fake_sink){ .sink = { fake_send, fake_close, false }, .got = BUF_INIT, .takes = takes };
	f->stream = hub_viewer(h, room, since, prelude);
	f->stream->ready(f->stream, &f->sink);
}

static void leave(struct fake_sink *f)
{
	f->stream->gone(f->stream);
	buf_release(&f->got);
}

static void take_more(struct fake_sink *f, size_t bytes)
{
	f->takes += bytes;
	f->stream->writable(f->stream);
}

static void append(struct hub *h, const char *text)
{
	hub_append(h, text, strlen(text));
}

static void publish(struct hub *h, const char *text)
{
	append(h, text);
	hub_flush(h);
}

static void pass(struct room_for_tests *r, int64_t ms)
{
	for (int64_t end = fake_ms + ms; fake_ms < end;) {
		fake_ms += end - fake_ms < 50 ? end - fake_ms : 50;
		loop_step(r->loop, 0);
	}
}

/* ---- tests ---------------------------------------------------------------------------------------------------------- */

static void a_viewer_gets_what_it_lacks_and_what_comes(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct fake_sink all, some, none, far;

	publish(h, "1;");
	publish(h, "2;");
	view(&all, h, 0, 0, "hello;", SIZE_MAX);
	view(&some, h, 0, 1, NULL, SIZE_MAX);
	view(&none, h, 0, 2, "", SIZE_MAX);
	view(&far, h, 0, 99, "", SIZE_MAX);
	assert_string_equal(all.got.data, "hello;1;2;");
	assert_string_equal(some.got.data, "2;");
	assert_string_equal(none.got.data, "");
	publish(h, "3;");
	assert_string_equal(all.got.data, "hello;1;2;3;");
	assert_string_equal(none.got.data, "3;");
	assert_string_equal(far.got.data, "3;");
	assert_int_equal(hub_last(h), 3);
	assert_int_equal(hub_viewers(h), 4);
	leave(&all);
	leave(&some);
	leave(&none);
	leave(&far);
	assert_int_equal(hub_viewers(h), 0);
}

static void nothing_is_sent_before_the_flush_and_then_in_one_call(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct fake_sink f;

	view(&f, h, 0, 0, NULL, SIZE_MAX);
	assert_int_equal(hub_append(h, "1;", 2), 1);
	assert_int_equal(hub_append(h, "2;", 2), 2);
	assert_int_equal(f.sends, 0);
	hub_flush(h);
	assert_int_equal(f.sends, 1);
	assert_string_equal(f.got.data, "1;2;");
	hub_flush(h);
	assert_int_equal(f.sends, 1);
	leave(&f);
}

static void framed_bytes_are_chunks(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct fake_sink f = { .sink = { fake_send, fake_close, true }, .got = BUF_INIT, .takes = SIZE_MAX };

	publish(h, "a text of 16....");
	publish(h, "");
	f.stream = hub_viewer(h, 0, 0, "pre");
	f.stream->ready(f.stream, &f.sink);
	assert_string_equal(f.got.data, "3\r\npre\r\n10\r\na text of 16....\r\n3\r\n:\n\n\r\n");
	leave(&f);
}

/* Whatever the pieces in which a sink takes its bytes, they are the same bytes. */
static void bytes_taken_in_any_pieces_are_the_same(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct fake_sink f, whole;
	char text[20];

	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof text, "event %d;", i);
		append(h, text);
	}
	hub_flush(h);
	view(&whole, h, 0, 0, "hello;", SIZE_MAX);
	for (size_t piece = 1; piece < 3000; piece = piece * 3 / 2 + 1) {
		view(&f, h, 0, 0, "hello;", 0);
		while (f.got.len < whole.got.len) {
			const size_t before = f.got.len;

			take_more(&f, piece);
			assert_true(f.got.len > before && f.got.len <= before + piece);
		}
		assert_string_equal(f.got.data, whole.got.data);
		leave(&f);
	}
	leave(&whole);
}

static void a_tombstone_replaces_what_is_not_sent_yet(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct fake_sink quick, stuck, halfway, fresh;

	view(&quick, h, 0, 0, NULL, SIZE_MAX);
	view(&stuck, h, 0, 0, NULL, 0);
	view(&halfway, h, 0, 0, NULL, 5);
	publish(h, "secret;");
	publish(h, "next;");
	hub_replace(h, 1, "tomb;", 5);
	hub_replace(h, 0, "no such;", 8);
	hub_replace(h, 9, "no such;", 8);
	view(&fresh, h, 0, 0, NULL, SIZE_MAX);
	take_more(&stuck, 100);
	take_more(&halfway, 100);
	assert_string_equal(quick.got.data, "secret;next;");
	assert_string_equal(stuck.got.data, "tomb;next;");
	assert_string_equal(halfway.got.data, "secret;next;");
	assert_string_equal(fresh.got.data, "tomb;next;");
	leave(&quick);
	leave(&stuck);
	leave(&halfway);
	leave(&fresh);
}

static void a_silent_hub_pings_in_time_and_not_too_often(void **state)
{
	struct room_for_tests *r = *state;
	struct fake_sink f[40];
	size_t bursts[600] = { 0 }, most = 0;

	for (size_t i = 0; i < COUNT_OF(f); i++)
		view(&f[i], r->hub, 0, 0, "x", SIZE_MAX);
	pass(r, PING_MS / 2);
	publish(r->hub, "e");
	for (size_t t = 0; t < 4 * PING_MS / 100; t++) {
		size_t before = 0, after = 0;

		for (size_t i = 0; i < COUNT_OF(f); i++)
			before += f[i].got.len;
		pass(r, 100);
		for (size_t i = 0; i < COUNT_OF(f); i++)
			after += f[i].got.len;
		bursts[t] = (after - before) / 3;
	}
	for (size_t i = 0; i < COUNT_OF(f); i++) {
		const size_t pings = (f[i].got.len - 2) / 3;

		assert_in_range(pings, 4, 5); /* in 60 s, one each 11.25 to 15 s */
		assert_memory_equal(f[i].got.data, "xe:\n\n:\n\n:\n\n:\n\n", 14);
		leave(&f[i]);
	}
	for (size_t t = 0; t < COUNT_OF(bursts); t++)
		most = bursts[t] > most ? bursts[t] : most;
	assert_in_range(most, 1, COUNT_OF(f) / 4);
}

static void laggards_and_the_broken_are_closed_once(void **state)
{
	struct room_for_tests *r = *state;
	struct fake_sink slow, stuck, broken, idle;

	view(&broken, r->hub, 0, 0, NULL, SIZE_MAX);
	view(&idle, r->hub, 0, 0, NULL, SIZE_MAX);
	broken.broken = true;
	pass(r, LAG_MS * 3 / 2); /* idle is not late */
	view(&slow, r->hub, 0, 0, NULL, 0);
	view(&stuck, r->hub, 0, 0, NULL, 0);
	publish(r->hub, "12345678");
	assert_int_equal(hub_viewers(r->hub), 4);
	for (int i = 0; i < 8; i++) {
		pass(r, LAG_MS / 4);
		if (i < 7)
			take_more(&slow, 1);
		if (i != 3) /* it is looked at each quarter of the time */
			assert_int_equal(stuck.closed, i > 3);
	}
	assert_false(slow.closed || broken.closed || idle.closed);
	pass(r, LAG_MS * 3 / 2);
	assert_true(slow.closed);
	assert_int_equal(broken.sends, 1);
	stuck.stream->writable(stuck.stream); /* closed: nothing more is sent */
	leave(&slow);
	leave(&stuck);
	leave(&broken);
	leave(&idle);
}

static void a_room_knows_what_it_received(void **state)
{
	struct room_for_tests *r = *state;
	struct fake_sink a, b, c;
	struct hub_room room;

	view(&a, r->hub, 1, 0, NULL, SIZE_MAX);
	view(&b, r->hub, 1, 0, NULL, 3);
	view(&c, r->hub, 3, 0, NULL, SIZE_MAX);
	assert_int_equal(hub_room(r->hub, 1).last_ms, 0);
	append(r->hub, "1;");
	append(r->hub, "2;");
	assert_int_equal(hub_room(r->hub, 1).delivered, 0);
	assert_int_equal(hub_room(r->hub, 2).delivered, 2); /* nobody there */
	assert_int_equal(hub_room(r->hub, 77).delivered, 2);
	fake_ms += 5;
	hub_flush(r->hub);
	room = hub_room(r->hub, 1);
	assert_int_equal(room.viewers, 2);
	assert_int_equal(room.delivered, 1); /* b has the first whole */
	assert_int_equal(room.sent, 2);
	assert_int_equal(room.last_ms, fake_ms);
	assert_int_equal(hub_room(r->hub, 3).delivered, 2);
	leave(&a);
	room = hub_room(r->hub, 1);
	assert_int_equal(room.viewers, 1);
	assert_int_equal(room.sent, 2);
	fake_ms += 5;
	take_more(&b, 10);
	assert_int_equal(hub_room(r->hub, 1).delivered, 2);
	assert_int_equal(hub_room(r->hub, 1).last_ms, fake_ms);
	leave(&b);
	leave(&c);
}

/* More viewers than one turn serves; some come, leave and get stuck between the turns, and events come on. */
static void a_long_walk_forgets_nobody(void **state)
{
	enum { MANY = 3000 };
	struct room_for_tests *r = *state;
	struct fake_sink *f = xcalloc(MANY, sizeof *f);
	size_t here = MANY / 2;

	for (size_t i = 0; i < here; i++)
		view(&f[i], r->hub, 0, 0, NULL, i % 10 ? SIZE_MAX : 1);
	publish(r->hub, "1;");
	assert_true(hub_room(r->hub, 0).delivered < 1);
	for (size_t i = 0; i < here; i += 7) {
		leave(&f[i]);
		view(&f[i], r->hub, 0, 0, NULL, i % 10 ? SIZE_MAX : 1);
	}
	for (; here < MANY; here += 100) {
		if (here % 300 == 0) {
			publish(r->hub, "2;");
		}
		loop_step(r->loop, 0);
		for (size_t i = here; i < here + 100; i++)
			view(&f[i], r->hub, 0, 0, NULL, SIZE_MAX);
	}
	publish(r->hub, "end;");
	for (size_t i = 100; i < MANY; i += 2) /* the last move into the places of those who leave */
		leave(&f[i]);
	for (int i = 0; i < 20; i++)
		loop_step(r->loop, 0);
	for (size_t i = 0; i < MANY; i++) {
		if (i >= 100 && i % 2 == 0)
			continue;
		if (f[i].takes < 1000)
			take_more(&f[i], SIZE_MAX / 2);
		assert_string_equal(f[i].got.data, "1;2;2;2;2;2;end;");
		leave(&f[i]);
	}
	assert_int_equal(hub_viewers(r->hub), 0);
	free(f);
}

static void a_hub_may_go_before_its_viewers(void **state)
{
	struct loop *l = ((struct room_for_tests *)*state)->loop;
	struct hub *h = hub_new(l, 0, 0);
	struct fake_sink ready, unready, halfway;

	view(&ready, h, 0, 0, NULL, SIZE_MAX);
	view(&halfway, h, 0, 0, NULL, 1);
	unready = (struct fake_sink){ .sink = { fake_send, fake_close, false }, .got = BUF_INIT };
	unready.stream = hub_viewer(h, 5, 0, "pre");
	assert_int_equal(hub_viewers(h), 2);
	publish(h, "123");
	hub_free(h);
	assert_true(ready.closed && halfway.closed);
	halfway.stream->writable(halfway.stream);
	unready.stream->ready(unready.stream, &unready.sink);
	assert_true(unready.closed);
	leave(&ready);
	leave(&halfway);
	leave(&unready);
}

static void a_viewer_may_leave_before_it_was_ready(void **state)
{
	struct hub *h = ((struct room_for_tests *)*state)->hub;
	struct stream *st = hub_viewer(h, 0, 0, "pre");

	st->gone(st);
	publish(h, "1;");
	assert_int_equal(hub_viewers(h), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_viewer_gets_what_it_lacks_and_what_comes),
		TEST(nothing_is_sent_before_the_flush_and_then_in_one_call),
		TEST(framed_bytes_are_chunks),
		TEST(bytes_taken_in_any_pieces_are_the_same),
		TEST(a_tombstone_replaces_what_is_not_sent_yet),
		TEST(a_silent_hub_pings_in_time_and_not_too_often),
		TEST(laggards_and_the_broken_are_closed_once),
		TEST(a_room_knows_what_it_received),
		TEST(a_long_walk_forgets_nobody),
		TEST(a_hub_may_go_before_its_viewers),
		TEST(a_viewer_may_leave_before_it_was_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
