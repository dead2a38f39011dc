/* net/client/transport.h: the transport of the programs, against a small server of this test's own. */
#include "net/client/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/mem.h"

/* ---- a server: answers each request with the next line of its script, then closes or keeps ----------------------- */

enum { REQUESTS_MAX = 16 };
static const char CLOSE[] = "";   /* in a script: breaks off without an answer */
static const char HOLD[] = "hold"; /* reads on, answers nothing */

struct server {
	int fd;
	char url[64];
	const char *const *script;
	char *requests[REQUESTS_MAX];
	size_t n, connections;
	pthread_t thread;
};

/* One request with its body; NULL when the connection ended. */
static char *read_request(int fd)
{
	struct buf b = BUF_INIT;
	for (;;) {
		const char *end = strstr(b.data, "\r\n\r\n"), *length = strcasestr(b.data, "content-length:");
		size_t body = end != NULL && length != NULL && length < end ? (size_t)strtoul(length + 15, NULL, 10) : 0;
		if (end != NULL && b.len >= (size_t)(end - b.data) + 4 + body)
			return buf_detach(&b);
		ssize_t n = read(fd, buf_room(&b, 4096), 4096);
		if (n <= 0) {
			buf_release(&b);
			return NULL;
		}
		buf_grown(&b, (size_t)n);
	}
}

static void serve_connection(struct server *s, int fd)
{
	char *request;
	while (s->n < REQUESTS_MAX && (request = read_request(fd)) != NULL) {
		const char *answer = s->script[s->n];
		s->requests[s->n++] = request;
		if (answer == NULL || answer == CLOSE)
			break;
		if (answer != HOLD && write(fd, answer, strlen(answer)) < 0)
			break;
		if (strstr(answer, "Connection: close") != NULL)
			break;
	}
	close(fd);
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;
	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		s->connections++;
		serve_connection(s, fd);
	}
	return NULL;
}

static void server_start(struct server *s, const char *const *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	*s = (struct server){ .fd = socket(AF_INET, SOCK_STREAM, 0), .script = script };
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	for (size_t i = 0; i < s->n; i++)
		free(s->requests[i]);
}

#define OK(body, length) "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " length "\r\n\r\n" body

/* An address where nobody listens: bound, never listened on. */
static int dead_end(char url[static 64])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(url, 64, "http://127.0.0.1:%d", ntohs(a.sin_port));
	return fd;
}

static struct transport *transport_to(const char *a, const char *b, const char *token)
{
	struct error e = { 0 };
	const char *urls[] = { a, b };
	struct transport *t = curl_transport_new(
		&(struct transport_options){ .backends = urls, .n_backends = b == NULL ? 1 : 2, .token = token }, &e);
	if (t == NULL)
		fail_msg("%s", e.text);
	return t;
}

static void note(struct call *c)
{
	++*(int *)c->ctx;
}

static void run_until(struct transport *t, const int *over, int want)
{
	for (int i = 0; *over < want && i < 1000; i++)
		t->run(t, 100);
	assert_int_equal(*over, want);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void a_call_is_answered(void **state)
{
	(void)state;
	static const char *const script[] = { OK("{\"a\":1}", "7"), OK("[]", "2") };
	struct server s;
	struct buf out = BUF_INIT;
	int status = 0;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, "SECRET");
	assert_true(transport_ask(t, "GET", "/v1/changes?since=a%2Fb", NULL, &out, &status, NULL));
	assert_int_equal(status, 200);
	assert_string_equal(out.data, "{\"a\":1}");
	assert_true(transport_ask(t, "POST", "/v1/ops", "{\"client\":1}", &out, &status, NULL));
	assert_string_equal(out.data, "[]");
	t->free(t);
	server_stop(&s);
	assert_int_equal(s.connections, 1); /* kept */
	buf_release(&out);
}

static void what_is_sent(void **state)
{
	(void)state;
	static const char *const script[] = { OK("[]", "2"), OK("[]", "2"), OK("[]", "2") };
	struct server s;
	struct buf out = BUF_INIT;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, "SECRET");
	assert_true(transport_ask(t, "GET", "/v1/changes", NULL, &out, NULL, NULL));
	assert_true(transport_ask(t, "POST", "/v1/ops", "{\"client\":1}", &out, NULL, NULL));
	assert_true(transport_ask(t, "PUT", "/v1/presence", "{}", &out, NULL, NULL));
	t->free(t);
	assert_int_equal(strncmp(s.requests[0], "GET /v1/changes HTTP/1.1\r\n", 26), 0);
	assert_non_null(strstr(s.requests[0], "\r\nAuthorization: Bearer SECRET\r\n"));
	assert_null(strstr(s.requests[0], "Accept-Encoding")); /* this machine: packing would cost more than it saves */
	assert_null(strstr(s.requests[0], "Content-Type"));
	assert_int_equal(strncmp(s.requests[1], "POST /v1/ops HTTP/1.1\r\n", 23), 0);
	assert_non_null(strstr(s.requests[1], "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(s.requests[1], "\r\n\r\n{\"client\":1}"));
	assert_null(strstr(s.requests[1], "Expect"));
	assert_int_equal(strncmp(s.requests[2], "PUT /v1/presence HTTP/1.1\r\n", 27), 0);
	server_stop(&s);
	buf_release(&out);
}

static void a_problem_speaks_for_itself(void **state)
{
	(void)state;
	static const char *const script[] = {
		"HTTP/1.1 410 Gone\r\nContent-Type: application/problem+json\r\nContent-Length: 28\r\n\r\n{\"detail\":\"another epoch\"}   ",
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	};
	struct server s;
	struct buf out = BUF_INIT;
	struct error e = { 0 };
	int status;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	assert_false(transport_ask(t, "GET", "/", NULL, &out, &status, &e));
	assert_int_equal(status, 410);
	assert_int_equal(e.code, ERR_GONE);
	assert_string_equal(e.text, "another epoch");
	assert_false(transport_ask(t, "GET", "/", NULL, &out, &status, &e));
	assert_int_equal(e.code, ERR_NET);
	assert_string_equal(e.text, "the backend answered with status 503");
	assert_true(transport_ask(t, "GET", "/", NULL, &out, &status, &e));
	assert_int_equal(status, 302); /* not followed */
	assert_null(strstr(s.requests[0], "Authorization"));
	t->free(t);
	server_stop(&s);
	buf_release(&out);
}

static void a_call_has_a_type(void **state)
{
	(void)state;
	static const char *const script[] = { OK("{}", "2") };
	struct server s;
	int over = 0;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	struct call c = { .method = "GET", .path = "/", .timeout_ms = 5000, .answer_max = 2, .over = note, .ctx = &over };
	t->start(t, &c);
	run_until(t, &over, 1);
	assert_int_equal(c.status, 200);
	assert_string_equal(c.answer_type, "application/json");
	assert_int_equal(c.answer.len, 2);
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

static void nobody_there(void **state)
{
	(void)state;
	char url[64], want[200];
	int fd = dead_end(url), status = -1;
	struct buf out = BUF_INIT;
	struct error e = { 0 };
	struct transport *t = transport_to(url, NULL, NULL);
	assert_false(transport_ask(t, "GET", "/healthz", NULL, &out, &status, &e));
	assert_int_equal(status, 0);
	assert_int_equal(e.code, ERR_NET);
	snprintf(want, sizeof want, "the backend at \"%s\" cannot be reached: connection refused", url);
	assert_string_equal(e.text, want);
	t->free(t);
	close(fd);
	buf_release(&out);
}

static void the_next_address_is_tried(void **state)
{
	(void)state;
	static const char *const script[] = { OK("[]", "2"), OK("[]", "2") };
	struct server s;
	char dead[64];
	int fd = dead_end(dead);
	struct buf out = BUF_INIT;
	server_start(&s, script);
	struct transport *t = transport_to(dead, s.url, NULL);
	assert_true(transport_ask(t, "GET", "/1", NULL, &out, NULL, NULL));
	assert_true(transport_ask(t, "GET", "/2", NULL, &out, NULL, NULL)); /* and stayed with */
	t->free(t);
	server_stop(&s);
	close(fd);
	buf_release(&out);
}

static void an_answer_that_breaks_off(void **state)
{
	(void)state;
	static const char *const script[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc", CLOSE };
	struct server s;
	struct buf out = BUF_INIT;
	struct error e = { 0 };
	int status;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	assert_false(transport_ask(t, "GET", "/", NULL, &out, &status, &e));
	assert_int_equal(status, 0);
	assert_int_equal(e.code, ERR_NET);
	assert_non_null(strstr(e.text, "cannot be reached: it broke off"));
	assert_false(transport_ask(t, "GET", "/", NULL, &out, &status, &e));
	assert_int_equal(e.code, ERR_NET);
	t->free(t);
	server_stop(&s);
	buf_release(&out);
}

static void an_answer_is_bounded(void **state)
{
	(void)state;
	static const char *const script[] = { OK("0123456789", "10") };
	struct server s;
	int over = 0;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	struct call c = { .method = "GET", .path = "/", .timeout_ms = 5000, .answer_max = 9, .over = note, .ctx = &over };
	t->start(t, &c);
	run_until(t, &over, 1);
	assert_int_equal(c.status, 0);
	assert_int_equal(c.error.code, ERR_TOO_BIG);
	assert_non_null(strstr(c.error.text, "is longer than 9 bytes"));
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
}

static void a_call_times_out(void **state)
{
	(void)state;
	static const char *const script[] = { HOLD };
	struct server s;
	int over = 0;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	struct call c = { .method = "GET", .path = "/", .timeout_ms = 50, .answer_max = 9, .over = note, .ctx = &over };
	t->start(t, &c);
	run_until(t, &over, 1);
	assert_int_equal(c.status, 0);
	assert_non_null(strstr(c.error.text, "it did not answer in time"));
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static void a_call_can_be_ended(void **state)
{
	(void)state;
	static const char *const script[] = { HOLD };
	struct server s;
	int over = 0;
	server_start(&s, script);
	struct transport *t = transport_to(s.url, NULL, NULL);
	struct call c = { .method = "GET", .path = "/", .timeout_ms = 60000, .answer_max = 9, .over = note, .ctx = &over };
	t->start(t, &c);
	t->run(t, 0);
	t->cancel(t, &c);
	assert_int_equal(over, 0);
	t->run(t, 60000);
	assert_int_equal(over, 1);
	assert_int_equal(c.status, 0);
	assert_int_equal(c.error.code, ERR_NET);
	t->cancel(t, &c); /* no longer under way */
	t->run(t, 0);
	assert_int_equal(over, 1);
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
}

static void *wake_it(void *arg)
{
	struct transport *t = arg;
	t->wake(t);
	return NULL;
}

static void a_wake_ends_the_wait(void **state)
{
	(void)state;
	char url[64];
	int fd = dead_end(url);
	struct transport *t = transport_to(url, NULL, NULL);
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;
		assert_int_equal(pthread_create(&thread, NULL, wake_it, t), 0);
		t->run(t, 20000);
		pthread_join(thread, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true(to.tv_sec - from.tv_sec < 20);
	t->free(t);
	close(fd);
}

static void addresses_are_checked(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "nonsense", "ftp://host/", "file:///etc/passwd", "http://", "http://me:secret@host/",
		"http://host/?q=1" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct error e = { 0 };
		const char *urls[] = { bad[i] };
		assert_null(curl_transport_new(&(struct transport_options){ .backends = urls, .n_backends = 1 }, &e));
		assert_int_equal(e.code, ERR_USAGE);
		assert_non_null(strstr(e.text, "is not the address of a backend"));
	}
	struct error e = { 0 };
	const char *urls[] = { "http://host" };
	assert_null(curl_transport_new(&(struct transport_options){ .n_backends = 0 }, &e));
	assert_string_equal(e.text, "no backend was named; give --backend URL");
	assert_null(curl_transport_new(&(struct transport_options){ .backends = urls, .n_backends = 1, .token = "a\r\nX: y" }, &e));
	assert_string_equal(e.text, "the token is not one: it holds spaces or control characters");
}

/* ---- two ways -------------------------------------------------------------------------------------------------- */

static struct transport *two_ways(const char *a, const char *b)
{
	const char *urls[] = { a, b };
	struct error e = { 0 };
	struct transport *t = curl_transport_new(
		&(struct transport_options){ .backends = urls, .n_backends = 2, .again_ms = 20 }, &e);
	assert_non_null(t);
	return t;
}

static void the_first_is_used_again(void **state)
{
	(void)state;
	static const char *const two[] = { OK("2", "1") };
	static const char *const one[] = { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n", OK("1", "1") };
	struct server first = { .script = one }, second;
	struct buf out = BUF_INIT;
	int status = 0;
	char url[64];
	first.fd = dead_end(url);
	server_start(&second, two);
	struct transport *t = two_ways(url, second.url);
	assert_string_equal(t->address(t), url);
	assert_true(transport_ask(t, "GET", "/v1/changes", NULL, &out, &status, NULL));
	assert_string_equal(out.data, "2");
	assert_string_equal(t->address(t), second.url);
	assert_int_equal(listen(first.fd, 8), 0);
	assert_int_equal(pthread_create(&first.thread, NULL, serve, &first), 0);
	for (int i = 0; i < 1000 && strcmp(t->address(t), url) != 0; i++)
		t->run(t, 20);
	assert_string_equal(t->address(t), url);
	assert_true(transport_ask(t, "GET", "/v1/changes", NULL, &out, &status, NULL));
	assert_string_equal(out.data, "1");
	assert_non_null(strstr(first.requests[0], "GET /healthz "));
	t->free(t);
	server_stop(&first);
	server_stop(&second);
	buf_release(&out);
}

static void what_breaks_off_is_asked_of_the_next(void **state)
{
	(void)state;
	static const char *const one[] = { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf" };
	static const char *const two[] = { OK("whole", "5") };
	struct server first, second;
	struct buf out = BUF_INIT;
	int status = 0;
	server_start(&first, one);
	server_start(&second, two);
	struct transport *t = two_ways(first.url, second.url);
	assert_true(transport_ask(t, "POST", "/v1/ops", "{\"n\":1}", &out, &status, NULL));
	assert_string_equal(out.data, "whole");
	assert_non_null(strstr(second.requests[0], "{\"n\":1}"));
	t->free(t);
	server_stop(&first);
	server_stop(&second);
	buf_release(&out);
}

/* A cable that was pulled: nothing breaks, nothing comes. */
static void what_says_nothing_is_left_in_two_seconds(void **state)
{
	(void)state;
	static const char *const one[] = { HOLD, HOLD };
	static const char *const two[] = { /* the probe, then the call */
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n", OK("2", "1") };
	struct server first, second;
	struct buf out = BUF_INIT;
	struct timespec begun, over;
	int status = 0;
	server_start(&first, one);
	server_start(&second, two);
	struct transport *t = two_ways(first.url, second.url);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	assert_true(transport_ask(t, "GET", "/v1/changes?wait=25", NULL, &out, &status, NULL));
	clock_gettime(CLOCK_MONOTONIC, &over);
	assert_string_equal(out.data, "2");
	assert_in_range(over.tv_sec - begun.tv_sec, 0, 5);
	t->free(t);
	server_stop(&first);
	server_stop(&second);
	buf_release(&out);
}

/* With one address a call that is held is given up when a probe is not answered, and only then. */
static void the_only_one_is_asked_whether_it_lives(void **state)
{
	(void)state;
	static const char *const dead[] = { HOLD, HOLD }, *const well[] = { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", OK("2", "1") };
	struct server s;
	int over = 0;
	server_start(&s, dead);
	const char *urls[] = { s.url };
	struct error e = { 0 };
	struct transport *t = curl_transport_new(&(struct transport_options){ .backends = urls, .n_backends = 1, .again_ms = 100 }, &e);
	struct call c = { .method = "GET", .path = "/v1/changes", .timeout_ms = 60000, .answer_max = 9, .over = note, .ctx = &over, .held = true };
	t->start(t, &c);
	run_until(t, &over, 1);
	assert_int_equal(c.status, 0);
	assert_non_null(strstr(c.error.text, "it did not answer in time"));
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
	server_start(&s, well);
	urls[0] = s.url;
	t = curl_transport_new(&(struct transport_options){ .backends = urls, .n_backends = 1, .again_ms = 100 }, &e);
	assert_true(transport_ask(t, "GET", "/healthz", NULL, &c.answer, &over, NULL));
	assert_int_equal(over, 200);
	buf_release(&c.answer);
	t->free(t);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_used_again),
		cmocka_unit_test(what_breaks_off_is_asked_of_the_next),
		cmocka_unit_test(what_says_nothing_is_left_in_two_seconds), cmocka_unit_test(the_only_one_is_asked_whether_it_lives),
		cmocka_unit_test(a_call_is_answered), cmocka_unit_test(what_is_sent), cmocka_unit_test(a_problem_speaks_for_itself),
		cmocka_unit_test(a_call_has_a_type), cmocka_unit_test(nobody_there), cmocka_unit_test(the_next_address_is_tried),
		cmocka_unit_test(an_answer_that_breaks_off), cmocka_unit_test(an_answer_is_bounded),
		cmocka_unit_test(a_call_times_out), cmocka_unit_test(a_call_can_be_ended), cmocka_unit_test(a_wake_ends_the_wait),
		cmocka_unit_test(addresses_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
