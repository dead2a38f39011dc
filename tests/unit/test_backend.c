/* net/server/backend.h by its requests, in one process (tests/unit/in_process.h): what each route answers, what waits and
 * is woken, and that everything is answered once, whatever becomes of who asked, of rooms and seats, and of the backend. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/server/control.h"
#include "net/server/routes.h"
#include "src/base/mem.h"
#include "src/base/file.h"
#include "tests/unit/in_process.h"

struct bed {
	struct in_process p;
	char anne[33], paul[33], ada[33]; /* producer, scribe, adviser */
	char key[33];                     /* of gateway "orange", generic */
	int64_t n;                        /* operations of Anne's desk */
};

static int set_up(void **state)
{
	struct bed *b = xcalloc(1, sizeof *b);
	in_process_new(&b->p, 7);
	in_process_seat(&b->p, "Anne", R_PRODUCER, b->anne);
	in_process_seat(&b->p, "Paul", R_SCRIBE, b->paul);
	in_process_seat(&b->p, "Ada", R_ADVISER, b->ada);
	in_process_gateway(&b->p, "orange", "generic", b->key);
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

/* ---- asking -------------------------------------------------------------------------------------------------------- */

static int status_of(struct bed *b, const struct request *r)
{
	struct reply a;
	int status = ask(&b->p, r, &a);
	reply_release(&a);
	return status;
}
#define STATUS(b, ...) status_of(b, &(struct request){__VA_ARGS__})

static void says(const struct reply *a, const char *what)
{
	if (!strstr(a->body.data, what))
		fail_msg("\"%s\" is not in %s", what, a->body.data);
}

static void says_not(const struct reply *a, const char *what)
{
	if (strstr(a->body.data, what))
		fail_msg("\"%s\" is in %s", what, a->body.data);
}

static void header_is(const struct reply *a, const char *name, const char *value)
{
	const char *have = reply_header(a, name);
	if (!have)
		fail_msg("no %s", name);
	assert_string_equal(have, value);
}

/* One operation of Anne's; it must be applied. */
static void does(struct bed *b, const char *op, const char *args)
{
	struct buf body = BUF_INIT;
	struct reply a;
	buf_addf(&body, "{\"client\":\"0189f7e2-0000-7000-8000-000000000001\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}",
		(long long)++b->n, op, (long long)clock_now(&b->p.clock), args);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = body.data, .token = b->anne}, &a), 200);
	says(&a, "\"verdict\":\"applied\"");
	reply_release(&a);
	buf_release(&body);
}

/* The cursor after everything there is now. */
static void cursor_now(struct bed *b, const char *token, char out[400])
{
	struct reply a;
	char target[440];
	out[0] = '\0';
	for (bool more = true; more;) {
		snprintf(target, sizeof target, "/v1/changes?since=%s", out);
		assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = target, .token = token}, &a), 200);
		const char *line = strrchr(a.body.data, '{'), *next = strstr(a.body.data, "{\"next\":\"");
		assert_true(line && next);
		snprintf(out, 400, "%.*s", (int)strcspn(next + 9, "\""), next + 9);
		more = strstr(next, "\"more\":true") != NULL;
		reply_release(&a);
	}
}

static void wait_for_changes(struct bed *b, const char *token, int seconds, struct reply *a)
{
	char cursor[400], target[440];
	cursor_now(b, token, cursor);
	snprintf(target, sizeof target, "/v1/changes?since=%s&wait=%d", cursor, seconds);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = target, .token = token}, a), 0);
}

/* ---- routes -------------------------------------------------------------------------------------------------------- */

static void test_unknown(void **state)
{
	struct reply a;
	assert_int_equal(ask(&((struct bed *)*state)->p, &(struct request){.method = "GET", .target = "/v2/messages"}, &a), 404);
	assert_string_equal(a.type, "application/problem+json");
	says(&a, "\"detail\":\"there is nothing at this address; see /openapi.json\"");
	reply_release(&a);
}

static void test_method(void **state)
{
	struct reply a;
	struct bed *b = *state;
	assert_int_equal(ask(&b->p, &(struct request){.method = "DELETE", .target = "/v1/messages"}, &a), 405);
	header_is(&a, "Allow", "POST, GET, HEAD");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "DELETE", .target = "/v1/messages", .listeners = ON_PUBLIC}, &a), 405);
	header_is(&a, "Allow", "POST");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "HEAD", .target = "/v1/sms/orange?key=x"}, &a), 405);
	header_is(&a, "Allow", "POST, GET");
	reply_release(&a);
}

static void test_too_large(void **state)
{
	struct bed *b = *state;
	char *body = xmalloc((64 << 10) + 2);
	memset(body, ' ', (64 << 10) + 1);
	body[(64 << 10) + 1] = '\0';
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = body), 413);
	body[64 << 10] = '\0';
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = body), 400);
	free(body);
}

static void test_type(void **state)
{
	struct bed *b = *state;
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "x", .type = "text/plain"), 415);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "x", .type = "application/jsonp"), 415);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = "a=b", .type = "application/x-www-form-urlencoded", .token = b->anne), 415);
}

/* Every route by each kind of listener and without a token: what is not for it is not there, what is for seats says 401. */
static void test_who(void **state)
{
	struct bed *b = *state;
	static const unsigned kinds_of[] = {ON_PUBLIC, ON_SEATS, ON_ADMIN};
	for (size_t i = 0; i < routes_n * COUNT_OF(kinds_of); i++) {
		const struct route *r = &routes[i / COUNT_OF(kinds_of)];
		unsigned on = kinds_of[i % COUNT_OF(kinds_of)];
		char target[80];
		const char *brace = strchr(r->path, '{');
		snprintf(target, sizeof target, "%.*s%s%s", brace ? (int)(brace - r->path) : 80, r->path, brace ? "1" : "", brace ? strchr(brace, '}') + 1 : "");
		struct reply a;
		ask(&b->p, &(struct request){.method = r->method == HTTP_GET ? "GET" : r->method == HTTP_POST ? "POST" : "PUT", .target = target,
			.body = r->method == HTTP_GET ? NULL : "{}", .listeners = on}, &a);
		if (!(r->listeners & on) && a.status != 404 && a.status != 405)
			fail_msg("%s answers %d where it should not be", r->path, a.status);
		if ((r->listeners & on) && r->who == WHO_SEAT) {
			if (a.status != 401)
				fail_msg("%s answers %d without a token", r->path, a.status);
			header_is(&a, "WWW-Authenticate", "Bearer");
		}
		if ((r->listeners & on) && r->who == WHO_GATEWAY)
			assert_int_equal(a.status, 401);
		reply_release(&a);
	}
}

static void test_tokens(void **state)
{
	struct bed *b = *state;
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/status", .token = b->anne), 200);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/status", .token = "wrong"), 401);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/status", .token = b->key), 401);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/sms/orange?key=wrong&from=1&text=x"), 403);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/sms/bleu?key=wrong&from=1&text=x"), 403);
}

/* ---- changes ------------------------------------------------------------------------------------------------------- */

static void test_parked_and_woken(void **state)
{
	struct bed *b = *state;
	struct reply a;
	wait_for_changes(b, b->paul, 30, &a);
	in_process_step(&b->p, 10000);
	assert_false(a.over);
	does(b, "collect", "");
	assert_true(a.over);
	assert_int_equal(a.status, 200);
	says(&a, "\"state\":\"collecting\"");
	reply_release(&a);
}

static void test_parked_and_expired(void **state)
{
	struct bed *b = *state;
	struct reply a;
	wait_for_changes(b, b->paul, 30, &a);
	for (int i = 0; i < 29; i++)
		in_process_step(&b->p, 1000);
	assert_false(a.over);
	in_process_step(&b->p, 1000);
	in_process_step(&b->p, 1000);
	assert_true(a.over);
	assert_int_equal(a.status, 200);
	says(&a, "\"more\":false");
	reply_release(&a);
}

static void test_parked_and_left(void **state)
{
	struct bed *b = *state;
	struct reply a;
	wait_for_changes(b, b->paul, 60, &a);
	reply_release(&a);
	in_process_step(&b->p, 1000);
	assert_null(b->p.talks);
}

/* A token that the operator takes away gets nothing more, not even what it has been waiting for. */
static void remove_paul(struct store *s, void *arg)
{
	struct error e = {0};
	(void)arg;
	assert_true(store_seat_remove(s, "Paul", &e));
}

static void test_parked_and_removed(void **state)
{
	struct bed *b = *state;
	struct reply a;
	wait_for_changes(b, b->paul, 30, &a);
	in_process_admin(&b->p, remove_paul, NULL);
	assert_true(a.over);
	assert_int_equal(a.status, 401);
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes", .token = b->paul), 401);
}

static void test_presence(void **state)
{
	struct bed *b = *state;
	struct reply a;
	wait_for_changes(b, b->paul, 30, &a);
	assert_int_equal(STATUS(b, .method = "PUT", .target = "/v1/presence", .body = "{\"here\":true,\"typing\":\"Nous \"}", .token = b->anne), 204);
	in_process_step(&b->p, 200);
	assert_true(a.over);
	says(&a, "\"presence\":[{\"seat\":\"1\",\"here\":true,\"claims\":[],\"typing\":\"Nous");
	reply_release(&a);
	wait_for_changes(b, b->paul, 60, &a);
	for (int i = 0; i < 59 && !a.over; i++)
		in_process_step(&b->p, 1000);
	assert_false(a.over);
	in_process_step(&b->p, 1000);
	in_process_step(&b->p, 1000);
	assert_true(a.over);
	says(&a, "\"presence\":[]");
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "PUT", .target = "/v1/presence", .body = "[]", .token = b->anne), 400);
}

/* Rooms come with the rows: a console that wants them is woken when they changed, and never when nothing did. */
static void test_status_is_told(void **state)
{
	struct bed *b = *state;
	struct reply a;
	char cursor[400], target[480];
	cursor_now(b, b->paul, cursor);
	snprintf(target, sizeof target, "/v1/changes?since=%s&wait=30&status=0", cursor);
	const struct request pull = {.method = "GET", .target = target, .token = b->paul};
	assert_int_equal(ask(&b->p, &pull, &a), 200);
	says(&a, "\"viewers\":0");
	const char *stamp = strstr(a.body.data, "\"status\":{\"stamp\":");
	assert_non_null(stamp);
	snprintf(target, sizeof target, "/v1/changes?since=%s&wait=60&status=%lld", cursor, strtoll(stamp + 18, NULL, 10));
	reply_release(&a);
	assert_int_equal(ask(&b->p, &pull, &a), 0);
	for (int i = 0; i < 20; i++)
		in_process_step(&b->p, 1000);
	assert_false(a.over);
	viewer_new(&b->p);
	for (int i = 0; i < 6 && !a.over; i++)
		in_process_step(&b->p, 1000);
	assert_true(a.over);
	says(&a, "\"status\":{\"stamp\":");
	says(&a, "\"viewers\":1");
	reply_release(&a);
	wait_for_changes(b, b->paul, 10, &a); /* who asks for no status gets none */
	for (int i = 0; i < 12 && !a.over; i++)
		in_process_step(&b->p, 1000);
	assert_null(strstr(a.body.data, "\"status\""));
	reply_release(&a);
}

/* A cursor from before a restart knows another presence, however alike the two lives went. */
static void test_presence_after_restart(void **state)
{
	struct bed *b = *state;
	char cursor[400], target[440];
	struct reply a;
	STATUS(b, .method = "PUT", .target = "/v1/presence", .body = "{\"typing\":\"avant\"}", .token = b->anne);
	cursor_now(b, b->paul, cursor);
	in_process_stop(&b->p);
	b->p.now += 5000;
	in_process_start(&b->p);
	STATUS(b, .method = "PUT", .target = "/v1/presence", .body = "{\"typing\":\"après\"}", .token = b->anne);
	snprintf(target, sizeof target, "/v1/changes?since=%s&wait=30", cursor);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = target, .token = b->paul}, &a), 200);
	says(&a, "après");
	reply_release(&a);
}

static void test_changes_refused(void **state)
{
	struct bed *b = *state;
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes?since=nonsense", .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes?wait=-1", .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes?wait=1e3", .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes?limit=0", .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/changes?limit=99999999999999999999", .token = b->anne), 400);
}

static void test_compressed(void **state)
{
	struct bed *b = *state;
	struct reply plain, packed;
	for (int i = 0; i < 30; i++)
		does(b, "compose", "\"text\":\"Une question de la maison, pour que la page soit longue\"");
	ask(&b->p, &(struct request){.method = "GET", .target = "/v1/changes", .token = b->anne}, &plain);
	ask(&b->p, &(struct request){.method = "GET", .target = "/v1/changes", .token = b->anne, .name = "Accept-Encoding", .value = "gzip"}, &packed);
	assert_null(reply_header(&plain, "Content-Encoding"));
	header_is(&packed, "Content-Encoding", "gzip");
	assert_true(packed.body.len < plain.body.len / 2);
	assert_memory_equal(packed.body.data, "\x1f\x8b", 2);
	reply_release(&plain);
	reply_release(&packed);
}

/* ---- operations ---------------------------------------------------------------------------------------------------- */

#define OPS(n, op) "{\"client\":\"0189f7e2-0000-7000-8000-000000000009\",\"ops\":[{\"n\":" n ",\"op\":\"" op "\",\"at\":1,\"args\":{}}]}"

#define OPS_OF(epoch, n, op) "{\"client\":\"0189f7e2-0000-7000-8000-000000000009\",\"epoch\":" epoch ",\"ops\":[{\"n\":" n ",\"op\":\"" op "\",\"at\":1,\"args\":{}}]}"

static void test_ops(void **state)
{
	struct bed *b = *state;
	struct reply a;
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("3", "collect"), .token = b->anne}, &a), 409);
	says(&a, "\"last\":0");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("1", "collect"), .token = b->anne}, &a), 200);
	says(&a, "\"verdict\":\"applied\"");
	says_not(&a, "\"seen\"");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("1", "collect"), .token = b->anne}, &a), 200);
	says(&a, "\"verdict\":\"applied\"");
	says(&a, "\"seen\":true");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("2", "collect"), .token = b->anne}, &a), 200);
	says(&a, "\"verdict\":\"refused\"");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("3", "collect"), .token = b->paul}, &a), 409);
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = OPS_OF("7", "3", "collect"), .token = b->anne), 410);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = OPS_OF("0", "3", "collect"), .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = OPS_OF("1", "3", "collect"), .token = b->anne), 200);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = "{\"client\":7}", .token = b->anne), 400);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/ops", .body = "{", .token = b->anne), 400);
}

/* ---- the public ---------------------------------------------------------------------------------------------------- */

#define QUESTION "{\"text\":\"Quand augmentez-vous le Smic ?\",\"id\":\"1\"}"

static void test_fate(void **state)
{
	struct bed *b = *state;
	struct reply a;
	char receipt[65], target[100];
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = QUESTION), 409);
	does(b, "collect", "");
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &a), 202);
	const char *at = strstr(a.body.data, "\"receipt\":\"");
	assert_non_null(at);
	snprintf(receipt, sizeof receipt, "%.*s", (int)strcspn(at + 11, "\""), at + 11);
	reply_release(&a);
	snprintf(target, sizeof target, "/v1/messages/%s", receipt);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = target}, &a), 200);
	says(&a, "\"fate\":\"waiting\"");
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/messages/nothing"), 404);
}

static void test_limit_posts(void **state)
{
	struct bed *b = *state;
	struct reply a;
	in_process_stop(&b->p);
	b->p.options.posts_a_minute = 3;
	in_process_start(&b->p);
	does(b, "collect", "");
	for (int i = 0; i < 3; i++)
		assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Et le climat ?\"}"), 202);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Et le climat ?\"}"}, &a), 429);
	header_is(&a, "Retry-After", "21");
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Et le climat ?\"}", .client = "192.0.2.9"), 202);
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Et le climat ?\"}", .client = "127.0.0.1"), 202);
	b->p.now += 21000;
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Et le climat ?\"}"), 202);
}

static void test_limit_viewers(void **state)
{
	struct bed *b = *state;
	struct reply a[3];
	in_process_stop(&b->p);
	b->p.options.viewers_an_address = 2;
	in_process_start(&b->p);
	const struct request live = {.method = "GET", .target = "/v1/rooms/salle/live"};
	assert_int_equal(ask(&b->p, &live, &a[0]), 200);
	assert_int_equal(ask(&b->p, &live, &a[1]), 200);
	assert_int_equal(ask(&b->p, &live, &a[2]), 429);
	reply_release(&a[2]);
	reply_release(&a[0]);
	assert_int_equal(ask(&b->p, &live, &a[0]), 200);
	reply_release(&a[0]);
	reply_release(&a[1]);
}

static void test_origins(void **state)
{
	struct bed *b = *state;
	struct reply a;
	does(b, "collect", "");
	assert_int_equal(STATUS(b, .method = "POST", .target = "/v1/messages", .body = QUESTION, .name = "Origin", .value = "https://evil.example"), 403);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION, .name = "Origin",
		.value = "https://partner.example"}, &a), 202);
	header_is(&a, "Access-Control-Allow-Origin", "https://partner.example");
	reply_release(&a);
}

/* A provider's customer has a whole /64: its addresses are counted as one. */
static void test_limit_networks(void **state)
{
	struct bed *b = *state;
	struct reply a[2];
	in_process_stop(&b->p);
	b->p.options.viewers_an_address = 1;
	in_process_start(&b->p);
	struct request live = {.method = "GET", .target = "/v1/rooms/salle/live", .client = "2001:db8:1:2::3"};
	assert_int_equal(ask(&b->p, &live, &a[0]), 200);
	live.client = "2001:db8:1:2:ffff:ffff:ffff:ffff";
	assert_int_equal(ask(&b->p, &live, &a[1]), 429);
	reply_release(&a[1]);
	live.client = "2001:db8:1:3::3";
	assert_int_equal(ask(&b->p, &live, &a[1]), 200);
	reply_release(&a[1]);
	reply_release(&a[0]);
}

/* Programs get JSON, in French when they want it; a browser gets a page in the event's language, with what was typed. */
static void test_refusals_speak(void **state)
{
	struct bed *b = *state;
	struct reply a;
	const char *const path = "/r/ailleurs";
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = path}, &a), 404);
	says(&a, "\"detail\":\"there is no room by this name\"");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = path, .name = "Accept-Language", .value = "de, fr-FR;q=0.9, en;q=0.8"}, &a), 404);
	says(&a, "\"detail\":\"Il n’y a pas de salon de ce nom ici.");
	assert_string_equal(a.type, "application/problem+json");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = path, .name = "Accept-Language", .value = "en, fr"}, &a), 404);
	says(&a, "there is no room by this name");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = path, .name = "Accept", .value = "text/html,*/*"}, &a), 404);
	assert_string_equal(a.type, "text/html; charset=utf-8");
	says(&a, "Il n’y a pas de salon de ce nom ici.");
	says_not(&a, "<form");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .type = "application/x-www-form-urlencoded",
		.body = "text=Et+le+%3CSmic%3E+%3F&room=salle", .name = "Accept", .value = "text/html"}, &a), 409);
	assert_string_equal(a.type, "text/html; charset=utf-8");
	says(&a, "les questions ne sont pas encore prises");
	says(&a, "Et le &lt;Smic&gt; ?");
	says(&a, "href=\"/r/salle\"");
	reply_release(&a);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = "/v1/status", .name = "Accept", .value = "text/html"}, &a), 401);
	assert_string_equal(a.type, "application/problem+json");
	reply_release(&a);
}

/* ---- rooms --------------------------------------------------------------------------------------------------------- */

static void test_transcript(void **state)
{
	struct bed *b = *state;
	struct reply a;
	char tag[100];
	const struct request read = {.method = "GET", .target = "/v1/rooms/salle/transcript"};
	does(b, "collect", "");
	assert_int_equal(ask(&b->p, &read, &a), 200);
	snprintf(tag, sizeof tag, "%s", reply_header(&a, "ETag"));
	reply_release(&a);
	const struct request again = {.method = "GET", .target = "/v1/rooms/salle/transcript", .name = "If-None-Match", .value = tag};
	assert_int_equal(ask(&b->p, &again, &a), 304);
	assert_int_equal(a.body.len, 0);
	reply_release(&a);
	does(b, "notice", "\"text\":\"Nous commençons\"");
	assert_int_equal(ask(&b->p, &again, &a), 200);
	says(&a, "Nous commençons");
	reply_release(&a);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/rooms/autre/transcript"), 404);
}

static void rename_room(struct store *s, void *arg)
{
	struct error e = {0};
	(void)arg;
	assert_true(store_room_remove(s, "salle", &e));
	assert_true(store_room_add(s, "salle", "Le grand salon", "", &e));
}

/* What has another content has another tag, whatever the counters of two lives say. */
static void test_transcript_after_restart(void **state)
{
	struct bed *b = *state;
	struct reply a;
	char tag[100];
	in_process_stop(&b->p);
	in_process_start(&b->p);
	ask(&b->p, &(struct request){.method = "GET", .target = "/v1/rooms/salle/transcript"}, &a);
	snprintf(tag, sizeof tag, "%s", reply_header(&a, "ETag"));
	reply_release(&a);
	in_process_stop(&b->p);
	in_process_admin(&b->p, rename_room, NULL);
	in_process_start(&b->p);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = "/v1/rooms/salle/transcript", .name = "If-None-Match", .value = tag}, &a), 200);
	says(&a, "Le grand salon");
	reply_release(&a);
}

static void remove_room(struct store *s, void *arg)
{
	struct error e = {0};
	assert_true(store_room_remove(s, arg, &e));
}

/* The operator takes the room away while its page is being made. */
static void test_room_removed(void **state)
{
	struct bed *b = *state;
	struct reply page;
	ask_begin(&b->p, &(struct request){.method = "GET", .target = "/r/salle"}, &page);
	in_process_admin(&b->p, remove_room, (void *)(uintptr_t)"salle");
	assert_true(page.over);
	reply_release(&page);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/r/salle"), 404);
}

/* Many who come at once cost one making. */
static void test_made_once(void **state)
{
	struct bed *b = *state;
	struct reply a[20];
	for (size_t i = 0; i < COUNT_OF(a); i++)
		ask_begin(&b->p, &(struct request){.method = "GET", .target = i % 2 ? "/r/salle" : "/v1/rooms/salle/transcript"}, &a[i]);
	reply_release(&a[0]); /* the first leaves; the others want it still */
	int made = 0;
	while (readers_step(b->p.backend->readers))
		made++;
	assert_int_equal(made, 2);
	in_process_settle(&b->p);
	for (size_t i = 1; i < COUNT_OF(a); i++) {
		assert_int_equal(a[i].status, 200);
		assert_string_equal(a[i].body.data, a[i % 2 ? 1 : 2].body.data);
	}
	for (size_t i = 1; i < COUNT_OF(a); i++)
		reply_release(&a[i]);
}

static void add_annexe(struct store *s, void *arg)
{
	struct error e = {0};
	(void)arg;
	assert_true(store_room_add(s, "annexe", "L'annexe", "", &e));
}

/* A room that comes before another in the list does not take over its viewers. */
static void test_rooms_keep_their_viewers(void **state)
{
	struct bed *b = *state;
	struct reply a;
	viewer_new(&b->p);
	in_process_step(&b->p, 10);
	in_process_admin(&b->p, add_annexe, NULL);
	assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = "/v1/status", .token = b->anne}, &a), 200);
	says(&a, "{\"room\":\"annexe\",\"name\":\"L'annexe\",\"viewers\":0");
	says(&a, "{\"room\":\"salle\",\"name\":\"La salle\",\"viewers\":1");
	reply_release(&a);
}

static void test_live_since(void **state)
{
	struct bed *b = *state;
	static const char *const wrong[] = {"2", "1-9", "7-0", "-1", "1-", "x", "1-1x", "18446744073709551616"};
	does(b, "collect", "");
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char target[100];
		snprintf(target, sizeof target, "/v1/rooms/salle/live?since=%s", wrong[i]);
		if (STATUS(b, .method = "GET", .target = target) != 410)
			fail_msg("%s was taken", wrong[i]);
	}
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/rooms/salle/live?since=1"), 200);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/rooms/salle/live?since=1-1"), 200);
	assert_int_equal(STATUS(b, .method = "GET", .target = "/v1/rooms/autre/live"), 404);
}

static void test_cookie(void **state)
{
	struct bed *b = *state;
	struct reply a;
	static const struct { const char *cookie; bool given; } cases[] = {
		{NULL, true}, {"regie=abcdefghij", false}, {"a=b; regie=abcdefghij", false}, {"myregie=abcdefghij", true}, {"regie=short", true},
		{"regie=not what we gave", true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(ask(&b->p, &(struct request){.method = "GET", .target = "/r/salle", .name = cases[i].cookie ? "Cookie" : NULL,
			.value = cases[i].cookie}, &a), 200);
		if ((reply_header(&a, "Set-Cookie") != NULL) != cases[i].given)
			fail_msg("with %s a cookie was %sgiven", cases[i].cookie, cases[i].given ? "not " : "");
		reply_release(&a);
	}
}

/* ---- long SMS ------------------------------------------------------------------------------------------------------ */

static void part_begin(struct bed *b, int i, struct reply *a)
{
	char target[200];
	snprintf(target, sizeof target, "/v1/sms/orange?key=%s&from=%%2B33600000001&id=p%d&text=partie+%d&concat-ref=9&concat-total=2&concat-part=%d", b->key, i, i, i);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = target}, a);
	in_process_settle(&b->p);
}

static void test_parts(void **state)
{
	struct bed *b = *state;
	struct reply first, second;
	does(b, "collect", "");
	part_begin(b, 2, &second);
	assert_false(second.over);
	part_begin(b, 1, &first);
	assert_int_equal(first.status, 202);
	assert_int_equal(second.status, 202);
	assert_int_equal(b->p.backend->figures.messages, 1);
	reply_release(&first);
	reply_release(&second);
}

static void test_part_alone(void **state)
{
	struct bed *b = *state;
	struct reply a;
	does(b, "collect", "");
	part_begin(b, 1, &a);
	in_process_step(&b->p, 4000);
	assert_false(a.over);
	in_process_step(&b->p, 1100);
	in_process_settle(&b->p);
	assert_int_equal(a.status, 202);
	assert_int_equal(b->p.backend->figures.messages, 1);
	reply_release(&a);
}

/* ---- the control socket -------------------------------------------------------------------------------------------- */

static int echo(struct store *s, int argc, char **argv, struct buf *out, struct buf *err)
{
	(void)s;
	for (int i = 0; i < argc; i++)
		buf_addf(out, "[%s]", argv[i]);
	buf_adds(err, "done");
	return argc;
}

static bool is_apart(const char *name)
{
	return !strcmp(name, "backup");
}

static int control_call(struct bed *b, const char *words)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(snprintf(at.sun_path, sizeof at.sun_path, "%s/control", b->p.event) < (int)sizeof at.sun_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(send(fd, words, strlen(words), MSG_NOSIGNAL), strlen(words));
	return fd;
}

static void control_says(struct bed *b, int fd, const char *want)
{
	char got[400] = "";
	for (int i = 0; i < 3; i++)
		in_process_settle(&b->p);
	ssize_t n = recv(fd, got, sizeof got - 1, 0);
	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, want);
	close(fd);
}

static void test_control(void **state)
{
	struct bed *b = *state;
	struct error e = {0};
	struct control *c = control_listen(b->p.backend, b->p.event, echo, is_apart, &e);
	assert_non_null(c);
	control_says(b, control_call(b, "{\"argv\":[\"seat\",\"l'été\"]}\n"), "{\"exit\":2,\"out\":\"[seat][l'été]\",\"err\":\"done\"}\n");
	control_says(b, control_call(b, "{\"argv\":[]}\n"), "");
	control_says(b, control_call(b, "{\"argv\":[7]}\n"), "");
	control_says(b, control_call(b, "nonsense\n"), "");
	int slow = control_call(b, "{\"argv\":[");
	in_process_settle(&b->p);
	assert_int_equal(send(slow, "\"x\"]}\n", 6, MSG_NOSIGNAL), 6);
	control_says(b, slow, "{\"exit\":1,\"out\":\"[x]\",\"err\":\"done\"}\n");
	int apart = control_call(b, "{\"argv\":[\"backup\"]}\n");
	loop_step(b->p.loop, 0); /* accepted */
	loop_step(b->p.loop, 0); /* handed on */
	assert_int_equal(writer_waiting(b->p.backend->writer), 0);
	assert_true(readers_step(b->p.backend->readers));
	control_says(b, apart, "{\"exit\":1,\"out\":\"[backup]\",\"err\":\"done\"}\n");
	int leaves = control_call(b, "{\"argv\":[\"x\"]}\n");
	loop_step(b->p.loop, 0); /* accepted */
	loop_step(b->p.loop, 0); /* with the writer */
	close(leaves);
	for (int i = 0; i < 3; i++)
		in_process_settle(&b->p);
	control_close(c);
}

/* Whoever calls when the backend is being stopped is not left waiting, and is not run. */
static void test_control_while_stopping(void **state)
{
	struct bed *b = *state;
	struct error e = {0};
	struct control *c = control_listen(b->p.backend, b->p.event, echo, is_apart, &e);
	int before = control_call(b, "{\"argv\":[\"x\"]}\n");
	loop_step(b->p.loop, 0);
	loop_step(b->p.loop, 0);
	int late[3];
	for (size_t i = 0; i < COUNT_OF(late); i++)
		late[i] = control_call(b, "{\"argv\":[\"y\"]}\n");
	in_process_stop(&b->p);
	char got[200] = "";
	assert_true(recv(before, got, sizeof got - 1, 0) > 0);
	assert_string_equal(got, "{\"exit\":1,\"out\":\"[x]\",\"err\":\"done\"}\n");
	control_close(c);
	for (size_t i = 0; i < COUNT_OF(late); i++) {
		assert_true(recv(late[i], got, sizeof got, 0) >= 0 || errno == ECONNRESET); /* an answer or the end, not silence */
		close(late[i]);
	}
	close(before);
}

/* ---- stopping ------------------------------------------------------------------------------------------------------ */

/* Everything at once, and nothing of it has had its turn: in_process_stop asserts that all of it was answered. */
static void test_stop_in_the_midst(void **state)
{
	struct bed *b = *state;
	struct reply parked, part, post, page, fate, changes, opened, left;
	does(b, "collect", "");
	viewer_new(&b->p);
	in_process_step(&b->p, 10);
	wait_for_changes(b, b->paul, 60, &parked);
	part_begin(b, 1, &part);
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &post);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = "/r/salle"}, &page);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = "/v1/messages/nothing"}, &fate);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = "/v1/changes", .token = b->ada}, &changes);
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("1", "open"), .token = b->anne}, &opened);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = "/v1/rooms/salle/transcript"}, &left);
	reply_release(&left);
	in_process_stop(&b->p);
	assert_int_equal(parked.status, 200);
	assert_int_equal(part.status, 202);
	assert_int_equal(post.status, 202);
	assert_int_equal(page.status, 200);
	assert_int_equal(fate.status, 404);
	assert_int_equal(changes.status, 200);
	assert_int_equal(opened.status, 200);
	struct reply *all[] = {&parked, &part, &post, &page, &fate, &changes, &opened};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		reply_release(all[i]);
	in_process_start(&b->p);
	assert_int_equal(b->p.backend->figures.messages, 2);
}

/* A reader that saw nothing new comes back after the writer's last batch: there is something new now. */
static void test_stop_between_reader_and_writer(void **state)
{
	struct bed *b = *state;
	struct reply parked;
	char cursor[400], target[440];
	does(b, "collect", "");
	cursor_now(b, b->paul, cursor);
	snprintf(target, sizeof target, "/v1/changes?since=%s&wait=60", cursor);
	ask_begin(&b->p, &(struct request){.method = "GET", .target = target, .token = b->paul}, &parked);
	assert_true(readers_step(b->p.backend->readers)); /* nothing new, and not yet told to the loop */
	struct reply post;
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &post);
	in_process_stop(&b->p);
	assert_int_equal(parked.status, 200);
	assert_int_equal(post.status, 202);
	reply_release(&parked);
	reply_release(&post);
}

/* A body that was half read when the stop came is whole now: it is refused, and nothing is left waiting. */
struct late { struct bed *b; struct reply post, part, pull; };

static void ask_late(void *arg)
{
	struct late *l = arg;
	char target[200];
	ask_begin(&l->b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &l->post);
	ask_begin(&l->b->p, &(struct request){.method = "GET", .target = "/v1/changes?wait=60", .token = l->b->anne}, &l->pull);
	snprintf(target, sizeof target, "/v1/sms/orange?key=%s&from=%%2B33600000001&id=p1&text=partie&concat-ref=9&concat-total=2&concat-part=1", l->b->key);
	ask_begin(&l->b->p, &(struct request){.method = "GET", .target = target}, &l->part);
}

static void test_asked_while_stopping(void **state)
{
	struct bed *b = *state;
	struct late l = {.b = b};
	struct reply post;
	does(b, "collect", "");
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &post);
	loop_post(b->p.loop, ask_late, &l);
	in_process_stop(&b->p);
	assert_int_equal(post.status, 202);
	assert_int_equal(l.post.status, 503);
	assert_int_equal(l.part.status, 503);
	assert_int_equal(l.pull.status, 503);
	reply_release(&post);
	reply_release(&l.post);
	reply_release(&l.part);
	reply_release(&l.pull);
}

/* More descriptors are ready than one turn of the loop looks at, when the last answers come back. */
enum { BUSY = 600 };
static void never_read(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
}

static void test_stop_on_a_busy_loop(void **state)
{
	struct bed *b = *state;
	int pairs[BUSY][2];
	struct watch *watches[BUSY];
	struct reply post;
	does(b, "collect", "");
	for (size_t i = 0; i < BUSY; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]), 0);
		assert_int_equal(write(pairs[i][1], "x", 1), 1);
		watches[i] = loop_watch(b->p.loop, pairs[i][0], 1 /* EPOLLIN */, never_read, NULL);
	}
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = QUESTION}, &post);
	in_process_stop(&b->p);
	assert_int_equal(post.status, 202);
	reply_release(&post);
	for (size_t i = 0; i < BUSY; i++) {
		watch_remove(&watches[i]);
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}

/* ---- with threads -------------------------------------------------------------------------------------------------- */

enum { MANY = 200 };

static void test_threads(void **state)
{
	struct bed *b = *state;
	struct reply posts[MANY], pulls[MANY];
	char body[120];
	in_process_stop(&b->p);
	b->p.options.threads = true;
	in_process_start(&b->p);
	struct reply collect;
	ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/ops", .body = OPS("1", "collect"), .token = b->anne}, &collect);
	while (!collect.over)
		loop_step(b->p.loop, 10);
	reply_release(&collect);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(body, sizeof body, "{\"text\":\"Quand augmentez-vous le Smic, %zu fois ?\"}", i);
		ask_begin(&b->p, &(struct request){.method = "POST", .target = "/v1/messages", .body = body}, &posts[i]);
		ask_begin(&b->p, &(struct request){.method = "GET", .target = i % 3 ? "/v1/changes" : "/v1/rooms/salle/transcript", .token = b->paul}, &pulls[i]);
		if (i % 5 == 0)
			reply_release(&pulls[i]);
		if (i % 7 == 0)
			loop_step(b->p.loop, 0);
	}
	in_process_stop(&b->p);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(posts[i].status, 202);
		if (i % 5)
			assert_int_equal(pulls[i].status, 200);
		reply_release(&posts[i]);
		reply_release(&pulls[i]);
	}
	b->p.options.threads = false;
	in_process_start(&b->p);
	assert_int_equal(b->p.backend->figures.messages, MANY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(unknown), TEST(method), TEST(too_large), TEST(type), TEST(who), TEST(tokens),
		TEST(parked_and_woken), TEST(parked_and_expired), TEST(parked_and_left), TEST(parked_and_removed), TEST(status_is_told),
		TEST(presence), TEST(presence_after_restart), TEST(changes_refused), TEST(compressed), TEST(ops),
		TEST(fate), TEST(limit_posts), TEST(limit_viewers), TEST(limit_networks), TEST(refusals_speak), TEST(origins),
		TEST(transcript), TEST(transcript_after_restart), TEST(room_removed), TEST(made_once), TEST(rooms_keep_their_viewers),
		TEST(live_since), TEST(cookie), TEST(parts), TEST(part_alone),
		TEST(control), TEST(control_while_stopping),
		TEST(stop_in_the_midst), TEST(stop_between_reader_and_writer), TEST(asked_while_stopping), TEST(stop_on_a_busy_loop), TEST(threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
