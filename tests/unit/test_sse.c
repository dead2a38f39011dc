/* net/client/sse.h: a viewer's reader, against a server in the same thread that says what it wants, in any pieces. */
#include "net/client/sse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/buf.h"

enum { STEPS = 2000 };

struct scene {
	int listener, line; /* line: the connection, -1 = none */
	char base[64];
	int64_t now; /* the reader's clock */
	struct clock clock;
	struct sse *sse;
	struct buf seen;    /* "id|name|data\n" an event */
	struct buf request; /* the last one */
};

static int64_t scene_now(void *ctx)
{
	return ((struct scene *)ctx)->now;
}

static void take(void *ctx, const struct sse_event *e)
{
	struct scene *s = ctx;
	buf_addf(&s->seen, "%s|%s|%s\n", e->id, e->name, e->data);
}

static struct scene *scene_new(const char *last_id)
{
	static struct scene scene;
	struct scene *s = &scene;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	*s = (struct scene){ .line = -1,
		.clock = { .now_ms = scene_now, .mono_ms = scene_now, .ctx = s },
		.seen = BUF_INIT,
		.request = BUF_INIT };
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(0, bind(s->listener, (struct sockaddr *)&a, sizeof a));
	assert_int_equal(0, listen(s->listener, 4));
	assert_int_equal(0, getsockname(s->listener, (struct sockaddr *)&a, &size));
	snprintf(s->base, sizeof s->base, "http://127.0.0.1:%d/", ntohs(a.sin_port));
	struct error e = { 0 };
	s->sse = sse_new(&(struct sse_options){ .base = s->base,
				 .path = "/v1/rooms/a/live",
				 .last_id = last_id,
				 .clock = &s->clock,
				 .take = take,
				 .ctx = s },
		&e);
	assert_non_null(s->sse);
	return s;
}

static void scene_free(struct scene *s)
{
	sse_free(s->sse);
	if (s->line >= 0)
		close(s->line);
	close(s->listener);
	buf_release(&s->seen);
	buf_release(&s->request);
}

static void step(struct scene *s, int wait_ms)
{
	struct pollfd p;
	sse_poll(s->sse, &p);
	poll(&p, 1, p.fd < 0 ? 0 : wait_ms);
	sse_step(s->sse, p.revents);
}

/* Lets the reader connect and ask; the request is in s->request. */
static void answer_the_door(struct scene *s)
{
	struct pollfd p = { .fd = s->listener, .events = POLLIN };
	int steps = 0;
	while (poll(&p, 1, 0) == 0 && steps++ < STEPS)
		step(s, 1);
	if (s->line >= 0)
		close(s->line);
	s->line = accept(s->listener, NULL, NULL);
	assert_true(s->line >= 0);
	buf_reset(&s->request);
	while (strstr(s->request.data, "\r\n\r\n") == NULL && steps++ < STEPS) {
		step(s, 1);
		ssize_t n = recv(s->line, buf_room(&s->request, 4096), 4096, MSG_DONTWAIT);
		buf_grown(&s->request, n > 0 ? (size_t)n : 0);
	}
	assert_non_null(strstr(s->request.data, "\r\n\r\n"));
}

/* Sends it in pieces of that many bytes, the reader taking each. */
static void say(struct scene *s, const char *bytes, size_t piece)
{
	for (size_t len = strlen(bytes); len > 0;) {
		size_t n = piece < len ? piece : len;
		assert_int_equal(n, send(s->line, bytes, n, MSG_NOSIGNAL));
		step(s, 1000);
		bytes += n;
		len -= n;
	}
}

static void say_chunk(struct scene *s, const char *text, size_t piece)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%zx\r\n%s\r\n", strlen(text), text);
	say(s, b.data, piece);
	buf_release(&b);
}

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char plain_head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n";

static void test_asks(void **state)
{
	struct scene *s = scene_new("3-41");
	(void)state;
	answer_the_door(s);
	assert_int_equal(0, strncmp(s->request.data, "GET /v1/rooms/a/live HTTP/1.1\r\n", 31));
	assert_non_null(strstr(s->request.data, "\r\nLast-Event-ID: 3-41\r\n"));
	struct buf host = BUF_INIT;
	buf_addf(&host, "\r\nHost: %.*s\r\n", (int)strlen(s->base + 7) - 1, s->base + 7);
	assert_non_null(strstr(s->request.data, host.data));
	buf_release(&host);
	scene_free(s);
}

static void test_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 200; piece = piece * 3 + 1) {
		struct scene *s = scene_new(NULL);
		answer_the_door(s);
		assert_null(strstr(s->request.data, "Last-Event-ID"));
		say(s, head, piece);
		say_chunk(s, "retry: 2000\n\n", piece);
		say_chunk(s, "id: 1-1\nevent: state\ndata: {\"a\":1}\n\n", piece);
		say_chunk(s, ":\n\n", piece);
		say_chunk(s, "id: 1-2\nevent: notice\nda", piece);
		say_chunk(s, "ta: é\n\nid: 1-3\ndata:x\n\n", piece);
		assert_string_equal("1-1|state|{\"a\":1}\n1-2|notice|é\n1-3|message|x\n", s->seen.data);
		assert_string_equal("1-3", sse_last_id(s->sse));
		assert_int_equal(SSE_OPEN, sse_phase(s->sse));
		scene_free(s);
	}
}

static void test_lines(void **state)
{
	struct scene *s = scene_new(NULL);
	(void)state;
	answer_the_door(s);
	say(s, plain_head, 1000);
	say(s, "data: one\r\ndata\r\ndata:  three\r\rid: 7\nodd: field\n: comment\nevent: quiet\n\ndata: last\n\n",
		1000);
	assert_string_equal("|message|one\n\n three\n7|message|last\n", s->seen.data);
	scene_free(s);
}

/* What was half said is not taken, and is asked for again. */
static void test_comes_back(void **state)
{
	struct scene *s = scene_new(NULL);
	(void)state;
	answer_the_door(s);
	say(s, head, 1000);
	say_chunk(s, "retry: 400\n\nid: 1-1\ndata: a\n\n", 1000);
	say_chunk(s, "id: 1-2\ndata: b\n", 1000);
	shutdown(s->line, SHUT_RDWR);
	step(s, 1000);
	assert_int_equal(SSE_WAITING, sse_phase(s->sse));
	assert_int_equal(400, sse_wait_ms(s->sse));
	assert_string_equal("the stream broke off", sse_why(s->sse));
	step(s, 0);
	assert_int_equal(SSE_WAITING, sse_phase(s->sse));
	s->now += 400;
	answer_the_door(s);
	assert_non_null(strstr(s->request.data, "\r\nLast-Event-ID: 1-1\r\n"));
	say(s, head, 1000);
	say_chunk(s, "id: 1-2\ndata: b\n\n", 1000);
	assert_string_equal("1-1|message|a\n1-2|message|b\n", s->seen.data);
	assert_int_equal(2, sse_times(s->sse));
	scene_free(s);
}

static void test_waits_longer(void **state)
{
	static const int64_t waits[] = { 250, 500, 1000, 2000, 4000, 5000, 5000 };
	struct scene *s = scene_new(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		answer_the_door(s);
		say(s, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 1000);
		assert_int_equal(SSE_WAITING, sse_phase(s->sse));
		assert_int_equal(waits[i], sse_wait_ms(s->sse));
		s->now += waits[i];
	}
	scene_free(s);
}

static void test_refused(void **state)
{
	struct scene *s = scene_new("1-9");
	(void)state;
	answer_the_door(s);
	say(s, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 1000);
	assert_int_equal(SSE_REFUSED, sse_phase(s->sse));
	assert_string_equal("the backend answered with status 410", sse_why(s->sse));
	assert_int_equal(-1, sse_wait_ms(s->sse));
	s->now += 100000;
	step(s, 0);
	assert_int_equal(SSE_REFUSED, sse_phase(s->sse));
	scene_free(s);
}

static void test_silence(void **state)
{
	struct scene *s = scene_new(NULL);
	(void)state;
	answer_the_door(s);
	say(s, head, 1000);
	s->now += 40000;
	say_chunk(s, ":\n\n", 1000);
	s->now += 44999;
	step(s, 0);
	assert_int_equal(SSE_OPEN, sse_phase(s->sse));
	s->now += 1;
	step(s, 0);
	assert_int_equal(SSE_WAITING, sse_phase(s->sse));
	assert_string_equal("the stream fell silent", sse_why(s->sse));
	scene_free(s);
}

/* Bytes that are no stream end the connection, and no more. */
static void test_nonsense(void **state)
{
	static const char *const answers[] = {
		"SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct scene *s = scene_new(NULL);
		answer_the_door(s);
		say(s, answers[i], 1000);
		assert_int_equal(SSE_WAITING, sse_phase(s->sse));
		assert_int_equal(0, s->seen.len);
		scene_free(s);
	}
}

static void test_cut(void **state)
{
	struct scene *s = scene_new(NULL);
	(void)state;
	answer_the_door(s);
	say(s, head, 1000);
	sse_cut(s->sse);
	assert_int_equal(SSE_WAITING, sse_phase(s->sse));
	s->now += sse_wait_ms(s->sse);
	answer_the_door(s);
	say(s, head, 1000);
	assert_int_equal(2, sse_times(s->sse));
	scene_free(s);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "https://127.0.0.1:1", "127.0.0.1:1", "http://", "http://:80",
		"http://[]:80", "" };
	const struct clock *clock = clock_system();
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error e = { 0 };
		assert_null(sse_new(
			&(struct sse_options){ .base = bad[i], .path = "/", .clock = clock, .take = take }, &e));
		assert_int_equal(ERR_USAGE, e.code);
	}
	struct sse *six = sse_new(
		&(struct sse_options){ .base = "http://[::1]:1/", .path = "/", .clock = clock, .take = take }, NULL);
	assert_non_null(six);
	sse_free(six);
	sse_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_waits_longer),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
