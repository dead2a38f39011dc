/* net/client/sync.h: the conversation with the backend, as a script of calls expected and answers given. */
#include "net/client/sync.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"

/* ---- a transport that plays a script, and a clock that it moves -------------------------------------------------- */

/* One call expected, in order of starting. `path` must be the whole path, `body` a part of the body. */
struct line {
	const char *method, *path, *body;
	int status;             /* 0: no answer */
	const char *answer;     /* NULL: held, until the test lets go */
	int64_t after_ms;       /* how long the answer takes */
};

struct play {
	struct transport t; /* first */
	const struct line *script;
	size_t n, at;
	struct {
		struct call *c;
		const struct line *line;
		int64_t due;
		bool cancelled;
	} under_way[4];
	int64_t now;            /* ms, both clocks */
	int wakes;
};

static int64_t play_time(void *ctx)
{
	return 1000000 + ((struct play *)ctx)->now;
}

static void play_start(struct transport *t, struct call *c)
{
	struct play *p = (struct play *)t;
	if (p->at == p->n)
		fail_msg("%s %s was not expected", c->method, c->path);
	const struct line *line = &p->script[p->at++];
	assert_string_equal(c->method, line->method);
	assert_string_equal(c->path, line->path);
	if (line->body != NULL && (c->body == NULL || strstr(c->body, line->body) == NULL))
		fail_msg("%s is not in %s", line->body, c->body);
	for (size_t i = 0; i < COUNT_OF(p->under_way); i++)
		if (p->under_way[i].c == NULL) {
			p->under_way[i].c = c;
			p->under_way[i].line = line;
			p->under_way[i].due = p->now + line->after_ms;
			return;
		}
	fail();
}

static void play_end(struct play *p, size_t i, int status, const char *answer)
{
	struct call *c = p->under_way[i].c;
	p->under_way[i].c = NULL;
	p->under_way[i].cancelled = false;
	c->status = status;
	buf_adds(&c->answer, answer);
	if (status == 0)
		error_set(&c->error, ERR_NET, "the backend at \"http://b\" cannot be reached: %s", answer[0] == '\0' ? "gone" : answer);
	c->over(c);
}

static void play_run(struct transport *t, int64_t wait_ms)
{
	struct play *p = (struct play *)t;
	int64_t until = p->now + wait_ms;
	for (size_t i = 0; i < COUNT_OF(p->under_way); i++)
		if (p->under_way[i].c != NULL &&
			((p->under_way[i].line->answer != NULL && p->under_way[i].due <= until) || p->under_way[i].cancelled)) {
			if (p->under_way[i].due > p->now)
				p->now = p->under_way[i].due;
			play_end(p, i, p->under_way[i].cancelled ? 0 : p->under_way[i].line->status, p->under_way[i].line->answer == NULL ?
				"" : p->under_way[i].line->answer);
			return;
		}
	p->now = until;
}

static void play_wake(struct transport *t)
{
	__atomic_add_fetch(&((struct play *)t)->wakes, 1, __ATOMIC_SEQ_CST);
}

static void play_cancel(struct transport *t, struct call *c)
{
	struct play *p = (struct play *)t;
	for (size_t i = 0; i < COUNT_OF(p->under_way); i++)
		if (p->under_way[i].c == c)
			p->under_way[i].cancelled = true;
}

/* Answers the held call now. */
static void let_go(struct play *p, int status, const char *answer)
{
	for (size_t i = 0; i < COUNT_OF(p->under_way); i++)
		if (p->under_way[i].c != NULL && p->under_way[i].line->answer == NULL) {
			play_end(p, i, status, answer);
			return;
		}
	fail_msg("nothing is held");
}

static void no_dice(void *ctx, void *bytes, size_t n)
{
	static unsigned char next;
	(void)ctx;
	memset(bytes, 0, n);
	if (n > 2) /* ids must differ */
		((unsigned char *)bytes)[n - 1] = ++next;
}

struct fixture {
	char dir[200];
	struct play play;
	struct clock clock;
	struct randomness random;
	struct desk *desk;
	struct replica *replica;
	struct sync *sync;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/sync-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	f->play.t = (struct transport){ .start = play_start, .run = play_run, .wake = play_wake, .cancel = play_cancel };
	f->clock = (struct clock){ .now_ms = play_time, .mono_ms = play_time, .ctx = &f->play };
	f->random = (struct randomness){ .fill = no_dice };
	f->desk = desk_open(&(struct desk_options){ .dir = f->dir, .clock = &f->clock, .random = &f->random }, NULL);
	f->replica = replica_open(&(struct replica_options){ .dir = f->dir }, NULL);
	assert_true(f->desk != NULL && f->replica != NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "replica.db", "replica.db-wal",
		"replica.db-shm", "sender.lock" };
	struct fixture *f = *state;
	sync_free(f->sync);
	desk_close(f->desk);
	replica_close(f->replica);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(f->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static void begin_with(struct fixture *f, const struct line *script, size_t n, bool once)
{
	f->play.script = script;
	f->play.n = n;
	f->sync = sync_new(&(struct sync_options){ .desk = f->desk, .replica = f->replica, .transport = &f->play.t,
		.clock = &f->clock, .random = &f->random, .once = once });
}
#define BEGIN(f, script) begin_with(f, script, COUNT_OF(script), false)
#define BEGIN_ONCE(f, script) begin_with(f, script, COUNT_OF(script), true)

/* Steps without letting time pass, until nothing more happens. */
static void settle_down(struct fixture *f)
{
	size_t at;
	int idle = 0;
	do {
		at = f->play.at;
		sync_step(f->sync, 0);
		idle = at == f->play.at ? idle + 1 : 0;
	} while (idle < 3);
}

static void all_said(const struct fixture *f)
{
	if (f->play.at != f->play.n)
		fail_msg("%s %s was not called", f->play.script[f->play.at].method, f->play.script[f->play.at].path);
}

/* Lets time pass in steps as the console would. */
static void pass(struct fixture *f, int64_t ms)
{
	int64_t until = f->play.now + ms;
	while (f->play.now < until) {
		int64_t before = f->play.now;
		sync_step(f->sync, until - f->play.now);
		if (f->play.now == before)
			f->play.now++;
	}
}

static struct sync_state state_of(const struct fixture *f)
{
	struct sync_state s;
	sync_state(f->sync, &s);
	return s;
}

static int64_t put(struct fixture *f, const char *name, const char *arg)
{
	struct error e = { 0 };
	struct wire_op op = { .op = op_by_name(name), .at = 1, .rev = -1, .until = 5 };
	op.arg[0] = xstrdup(arg);
	if (!desk_put(f->desk, &op, &e))
		fail_msg("%s", e.text);
	int64_t n = op.n;
	wire_op_release(&op);
	return n;
}

static enum verdict verdict_on(struct fixture *f, int64_t n)
{
	struct wire_verdict v;
	assert_true(desk_verdict(f->desk, n, &v, NULL));
	enum verdict verdict = v.verdict;
	wire_verdict_release(&v);
	return verdict;
}

#define SEAT "{\"kind\":\"seat\",\"id\":\"2\",\"version\":1,\"name\":\"Claire\",\"role\":\"sms\"}\n"
#define END(next, more) "{\"next\":\"" next "\",\"more\":" more ",\"time\":1000500,\"ready\":true,\"whole\":true,\"event\":\"ev\",\"seat\":\"2\"}\n"
#define CHANGES "/v1/changes?since="
#define FIRST CHANGES "&wait=0&limit=20000&status=0"
#define HELD(cursor) CHANGES cursor "&wait=25&limit=20000&status=0"
#define ASKED(cursor) CHANGES cursor "&wait=0&limit=20000&status=0"
#define VERDICT(n) "{\"n\":" #n ",\"verdict\":\"applied\",\"text\":\"done\",\"act\":\"9\",\"at\":7}"

/* ---- pull ------------------------------------------------------------------------------------------------------ */

static void it_pulls_to_the_end_and_waits(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a/1", "true"), 0 },
		{ "GET", ASKED("a%2F1"), NULL, 200, END("b", "false"), 0 },
		{ "GET", HELD("b"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	assert_int_equal(state_of(f).link, LINK_TRYING);
	assert_int_equal(state_of(f).lag_ms, -1);
	settle_down(f);
	all_said(f);
	struct sync_state s = state_of(f);
	assert_int_equal(s.link, LINK_UP);
	assert_string_equal(s.why, "");
	assert_true(s.ready && s.whole && s.caught_up && !s.by_other);
	assert_int_equal(s.pulls, 2);
	assert_int_equal(s.answered, 2);
	assert_int_equal(s.begun, 3);
	assert_string_equal(s.seat, "2");
	assert_string_equal(s.seat_name, "Claire");
	assert_string_equal(s.role, "sms");
	assert_string_equal(s.event, "ev");
	assert_string_equal(replica_cursor(f->replica), "b");
	assert_string_equal(desk_seat(f->desk), "2");
	pass(f, 20000);
	assert_int_equal(state_of(f).lag_ms, 0); /* held open: as fresh as can be */
}

static void a_held_answer_is_followed_by_another(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 200, "{\"kind\":\"seat\",\"id\":\"2\",\"version\":2,\"name\":\"Anne\",\"role\":\"scribe\"}\n"
			END("b", "false"), 3000 },
		{ "GET", HELD("b"), NULL, 200, END("b", "false"), 0 }, /* not held, and empty: not asked again at once */
		{ "GET", HELD("b"), NULL, 200, NULL, 0 },
	};
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 2);
	pass(f, 3001);
	assert_int_equal(f->play.at, 3);
	assert_string_equal(state_of(f).seat_name, "Anne");
	assert_string_equal(state_of(f).role, "scribe");
	pass(f, 200);
	assert_int_equal(f->play.at, 3);
	pass(f, 60);
	all_said(f);
}

static void failures_back_off_and_a_wake_tries_at_once(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 0, "connection refused", 0 },
		{ "GET", FIRST, NULL, 503, "{\"detail\":\"the backend is starting\"}", 0 },
		{ "GET", FIRST, NULL, 200, SEAT "{\"next\":\"a\",\"mor", 0 }, /* cut */
		{ "GET", FIRST, NULL, 0, "gone", 0 },
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "GET", ASKED("a"), NULL, 200, SEAT END("a", "false"), 0 }, /* the same again */
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 1);
	struct sync_state s = state_of(f);
	assert_int_equal(s.link, LINK_DOWN);
	assert_string_equal(s.why, "the backend at \"http://b\" cannot be reached: connection refused");
	int64_t since = s.since;
	pass(f, 186); /* 0.25 s, less a quarter: the dice show zero */
	assert_int_equal(f->play.at, 1);
	pass(f, 2);
	assert_int_equal(f->play.at, 2);
	assert_string_equal(state_of(f).why, "the backend is starting");
	pass(f, 370);
	assert_int_equal(f->play.at, 2);
	pass(f, 10);
	assert_int_equal(f->play.at, 3);
	assert_string_equal(state_of(f).why, "the answer of the backend broke off before its end");
	assert_int_equal(state_of(f).since, since);
	sync_wake(f->sync);
	settle_down(f);
	assert_int_equal(f->play.at, 4);
	pass(f, 1490);
	assert_int_equal(f->play.at, 4);
	pass(f, 20);
	assert_int_equal(f->play.at, 6);
	assert_int_equal(state_of(f).link, LINK_UP);
	assert_true(state_of(f).since > since);
	let_go(&f->play, 0, "");
	settle_down(f);
	assert_int_equal(state_of(f).link, LINK_DOWN);
	pass(f, 200); /* the first pause again: an answer ends the doubling */
	all_said(f);
	assert_int_equal(state_of(f).link, LINK_UP);
}

static void another_epoch_starts_anew(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 410, "{\"detail\":\"another epoch\"}", 10 },
		{ "GET", FIRST, NULL, 410, "{\"detail\":\"another epoch\"}", 0 }, /* again: not at once */
		{ "GET", FIRST, NULL, 200, END("b", "false"), 0 },
		{ "GET", HELD("b"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 2);
	assert_non_null(world_seat(replica_world(f->replica), "2"));
	pass(f, 11);
	assert_int_equal(f->play.at, 3);
	assert_null(world_seat(replica_world(f->replica), "2"));
	pass(f, 400);
	all_said(f);
	assert_int_equal(state_of(f).link, LINK_UP);
}

static void a_refused_token_is_left_alone(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 401, "{\"detail\":\"this token was renewed; ask for the new one\"}", 0 },
		{ "GET", FIRST, NULL, 403, "", 0 },
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(state_of(f).link, LINK_REFUSED);
	assert_string_equal(state_of(f).why, "this token was renewed; ask for the new one");
	pass(f, 29000);
	assert_int_equal(f->play.at, 1);
	sync_wake(f->sync);
	settle_down(f);
	assert_int_equal(f->play.at, 2);
	assert_string_equal(state_of(f).why, "the backend answered with status 403");
	pass(f, 30001);
	all_said(f);
	assert_int_equal(state_of(f).link, LINK_UP);
}

static void another_event_gets_nothing(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
	};
	assert_true(desk_bind(f->desk, "last-year", "2", NULL));
	put(f, "accept", "t1");
	BEGIN(f, script);
	sync_presence(f->sync, "{}");
	settle_down(f);
	pass(f, 10000);
	all_said(f);
	assert_int_equal(state_of(f).link, LINK_REFUSED);
	assert_non_null(strstr(state_of(f).why, "belongs to another event"));
	assert_int_equal(state_of(f).unsent, 1);
}

static void the_clock_is_learnt(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, END("a", "true"), 100 },                  /* at 100: says 1000500 */
		{ "GET", ASKED("a"), NULL, 200, END("b", "true"), 100 },             /* at 200: 400 less than before is learnt slowly */
		{ "GET", ASKED("b"), NULL, 200,
			"{\"next\":\"c\",\"more\":false,\"time\":9000000,\"event\":\"ev\",\"seat\":\"2\"}\n", 100 }, /* set: at once */
		{ "GET", HELD("c"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	pass(f, 101);
	assert_int_equal(state_of(f).clock_offset_ms, 500 + 50 - 100);
	pass(f, 100);
	assert_int_equal(state_of(f).clock_offset_ms, 450 - 100 / 4);
	pass(f, 100);
	assert_int_equal(state_of(f).clock_offset_ms, 9000000 - 1000000 + 50 - 300);
	all_said(f);
}

/* ---- push ------------------------------------------------------------------------------------------------------ */

static void operations_go_in_order_one_batch_at_a_time(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":1,\"op\":\"accept\"", 200, "{\"verdicts\":[" VERDICT(1) "]}", 50 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":2,", 200, "{\"verdicts\":[{\"n\":2,\"verdict\":\"expired\",\"text\":\"too late\"},"
			"{\"n\":3,\"verdict\":\"refused\",\"text\":\"no\",\"seen\":true}]}", 0 },
	};
	put(f, "accept", "t1");
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 3);
	put(f, "air", "q1"); /* past its `until`: the backend says so */
	put(f, "accept", "t3");
	sync_wake(f->sync);
	settle_down(f);
	assert_int_equal(f->play.at, 3); /* the first batch is still under way */
	assert_int_equal(state_of(f).unsent, 3);
	int64_t begun = state_of(f).begun;
	pass(f, 51);
	all_said(f);
	settle_down(f);
	assert_int_equal(verdict_on(f, 1), V_APPLIED);
	assert_int_equal(verdict_on(f, 2), V_EXPIRED);
	assert_int_equal(verdict_on(f, 3), V_REFUSED);
	assert_int_equal(state_of(f).unsent, 0);
	assert_int_equal(state_of(f).begun, begun); /* the poll that is held will bring the effects */
}

static void a_lost_answer_is_asked_again(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "POST", "/v1/ops", "\"n\":1,", 0, "gone", 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", "\"n\":1,", 200, "{\"verdicts\":[" VERDICT(1), 0 }, /* cut */
		{ "POST", "/v1/ops", "\"n\":1,", 200, "{\"verdicts\":[{\"n\":8,\"verdict\":\"applied\"}]}", 0 }, /* not asked */
		{ "POST", "/v1/ops", "\"n\":1,", 200, "{\"verdicts\":[" VERDICT(1) "]}", 0 }, /* half of the batch */
		{ "POST", "/v1/ops", "[{\"n\":2,", 200, "{\"verdicts\":[" VERDICT(2) "]}", 0 },
	};
	put(f, "accept", "t1");
	put(f, "accept", "t2");
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 3);
	assert_int_equal(state_of(f).link, LINK_DOWN);
	pass(f, 190);
	assert_int_equal(f->play.at, 4);
	pass(f, 380);
	assert_int_equal(f->play.at, 5);
	assert_int_equal(verdict_on(f, 1), V_NONE);
	pass(f, 760);
	settle_down(f);
	all_said(f);
	assert_int_equal(verdict_on(f, 1), V_APPLIED);
	assert_int_equal(verdict_on(f, 2), V_APPLIED);
	assert_int_equal(state_of(f).link, LINK_UP);
}

static void a_count_that_differs_is_taken_over(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "POST", "/v1/ops", "[{\"n\":3,", 409, "{\"detail\":\"this desk's last number is 1\",\"last\":1}", 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		/* The backend was put back: what it had applied since is offered again, under a new client id. */
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":1,\"op\":\"accept\"", 409, "{\"last\":0}", 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":1,\"op\":\"accept\"", 200, "{\"verdicts\":[" VERDICT(1) "," VERDICT(2) "]}", 0 },
	};
	char client[CLIENT_MAX];
	for (int64_t n = 1; n <= 3; n++)
		put(f, "accept", "t1");
	for (int64_t n = 1; n <= 2; n++)
		assert_true(desk_settle(f->desk, &(struct wire_verdict){ .n = n, .verdict = V_APPLIED }, NULL));
	snprintf(client, sizeof client, "%s", desk_client(f->desk));
	BEGIN(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 4);
	assert_string_not_equal(desk_client(f->desk), client);
	assert_int_equal(state_of(f).unsent, 2);
	pass(f, 190); /* a second disagreement in a row waits */
	settle_down(f);
	all_said(f);
	assert_int_equal(verdict_on(f, 3), V_APPLIED);
	assert_int_equal(state_of(f).unsent, 0);
}

#define END_OF(epoch, next) "{\"next\":\"" next "\",\"more\":false,\"time\":1000500,\"ready\":true,\"whole\":true,\"event\":\"ev\",\"epoch\":" epoch ",\"seat\":\"2\"}\n"

/* The backend was put back from a backup while nobody here had anything to send: what it lacks is offered all the same. */
static void another_epoch_is_asked_what_it_has(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END_OF("1", "a"), 0 },
		{ "POST", "/v1/ops", "\"ops\":[]", 200, "{\"verdicts\":[],\"last\":2}", 0 },
		{ "GET", HELD("a"), NULL, 410, "{\"detail\":\"another epoch\"}", 10 },
		{ "GET", FIRST, NULL, 200, SEAT END_OF("1088100002", "c"), 0 },
		{ "POST", "/v1/ops", "\"ops\":[]", 200, "{\"verdicts\":[],\"last\":1}", 0 },
		{ "GET", HELD("c"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":1,\"op\":\"accept\"", 200, "{\"verdicts\":[" VERDICT(1) "]}", 0 },
	};
	for (int64_t n = 1; n <= 2; n++) {
		put(f, "accept", "t1");
		assert_true(desk_settle(f->desk, &(struct wire_verdict){ .n = n, .verdict = V_APPLIED }, NULL));
	}
	BEGIN(f, script);
	for (int i = 0; i < 60 && f->play.at < f->play.n; i++)
		pass(f, 1);
	assert_int_equal(f->play.at, f->play.n);
	char *known = desk_get(f->desk, "sync.epoch");
	assert_string_equal(known, "1088100002");
	free(known);
}

/* What an earlier client id of this desk did may be missing too: its count is asked for first. */
static void another_epoch_is_asked_of_every_client(void **state)
{
	struct fixture *f = *state;
	char first[CLIENT_MAX + 40], second[CLIENT_MAX + 40];
	for (int64_t n = 1; n <= 2; n++) {
		put(f, "accept", n == 1 ? "t1" : "t2");
		assert_true(desk_settle(f->desk, &(struct wire_verdict){ .n = n, .verdict = V_APPLIED }, NULL));
	}
	snprintf(first, sizeof first, "{\"client\":\"%s\",\"epoch\":3,\"ops\":[]", desk_client(f->desk));
	assert_true(desk_last_is(f->desk, 1, NULL));
	assert_true(desk_settle(f->desk, &(struct wire_verdict){ .n = 1, .verdict = V_APPLIED }, NULL));
	snprintf(second, sizeof second, "{\"client\":\"%s\",\"epoch\":3,\"ops\":[]", desk_client(f->desk));
	put(f, "accept", "t3");
	const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END_OF("3", "c"), 0 },
		{ "POST", "/v1/ops", first, 200, "{\"verdicts\":[],\"last\":0}", 0 },
		{ "GET", HELD("c"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", second, 200, "{\"verdicts\":[],\"last\":0}", 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":1,\"op\":\"accept\"", 200,
			"{\"verdicts\":[" VERDICT(1) "," VERDICT(2) "," VERDICT(3) "]}", 0 },
	};
	BEGIN(f, script);
	for (int i = 0; i < 60 && (f->play.at < f->play.n || state_of(f).unsent != 0); i++)
		pass(f, 1);
	assert_int_equal(f->play.at, f->play.n);
	for (int64_t n = 1; n <= 3; n++)
		assert_int_equal(verdict_on(f, n), V_APPLIED);
	sync_free(f->sync);
	f->sync = NULL;
}

static void a_batch_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct buf first = BUF_INIT;
	buf_adds(&first, "{\"verdicts\":[");
	for (int i = 1; i <= 50; i++)
		buf_addf(&first, "%s{\"n\":%d,\"verdict\":\"refused\",\"text\":\"no\"}", i == 1 ? "" : ",", i);
	buf_adds(&first, "]}");
	const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "POST", "/v1/ops", "\"n\":50,", 200, first.data, 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", "\"ops\":[{\"n\":51,", 200, "{\"verdicts\":[" VERDICT(51) "]}", 0 },
	};
	for (int i = 1; i <= 51; i++)
		put(f, "accept", "t1");
	BEGIN(f, script);
	settle_down(f);
	all_said(f);
	assert_int_equal(state_of(f).unsent, 0);
	sync_free(f->sync);
	f->sync = NULL;
	buf_release(&first);
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void a_command_pulls_again_after_a_verdict(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "POST", "/v1/ops", "\"n\":1,", 200, "{\"verdicts\":[" VERDICT(1) "]}", 20 },
		{ "GET", ASKED("a"), NULL, 200, END("b", "false"), 0 },
	};
	BEGIN_ONCE(f, script);
	settle_down(f);
	assert_int_equal(f->play.at, 1); /* caught up: nothing more is asked */
	pass(f, 60000);
	assert_int_equal(f->play.at, 1);
	int64_t n = put(f, "accept", "t1");
	settle_down(f);
	assert_int_equal(f->play.at, 2);
	while (verdict_on(f, n) == V_NONE)
		sync_step(f->sync, 10);
	settle_down(f);
	all_said(f);
	assert_int_equal(state_of(f).answered, 2);
	assert_true(state_of(f).caught_up);
}

static void who_has_the_lock_sends(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "POST", "/v1/ops", "\"n\":1,", 200, "{\"verdicts\":[" VERDICT(1) "]}", 0 },
	};
	static const struct line later[] = {
		{ "GET", ASKED("a"), NULL, 200, END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
	};
	BEGIN(f, script);
	settle_down(f);
	struct play second = { .t = f->play.t, .script = later, .n = 0 };
	struct clock clock = { .now_ms = play_time, .mono_ms = play_time, .ctx = &second };
	struct desk *desk = desk_open(&(struct desk_options){ .dir = f->dir }, NULL);
	struct replica *replica = replica_open(&(struct replica_options){ .dir = f->dir }, NULL);
	struct sync *other = sync_new(&(struct sync_options){ .desk = desk, .replica = replica, .transport = &second.t,
		.clock = &clock, .random = &f->random });
	struct sync_state s;
	sync_step(other, 0);
	sync_state(other, &s);
	assert_true(s.by_other && s.ready);
	assert_int_equal(s.link, LINK_UP);
	assert_string_equal(s.seat_name, "Claire");
	struct wire_op op = { .op = op_by_name("accept"), .rev = -1 };
	op.arg[0] = xstrdup("t1");
	assert_true(desk_put(desk, &op, NULL));
	sync_step(other, 1000);
	assert_int_equal(second.now, 100); /* it looks for the verdict now and then */
	pass(f, 600);                      /* and the sender for new operations */
	all_said(f);
	assert_int_equal(verdict_on(f, op.n), V_APPLIED);
	wire_op_release(&op);
	sync_step(other, 0);
	sync_state(other, &s);
	assert_int_equal(s.unsent, 0);
	desk_yield_sender(f->desk);
	second.n = COUNT_OF(later);
	second.now += 1001;
	for (int i = 0; i < 4; i++)
		sync_step(other, 0);
	sync_state(other, &s);
	assert_false(s.by_other);
	assert_int_equal(second.at, second.n);
	sync_free(other);
	desk_close(desk);
	replica_close(replica);
}

/* ---- presence -------------------------------------------------------------------------------------------------- */

static void presence_goes_when_it_changed_and_now_and_then(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT "{\"next\":\"a\",\"more\":false,\"time\":1,\"event\":\"ev\",\"seat\":\"2\",\"presence\":[{\"seat\":\"1\"}]}\n", 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "PUT", "/v1/presence", "{\"line\":\"Et\"}", 204, "", 0 },
		{ "PUT", "/v1/presence", "{\"line\":\"Et je\"}", 204, "", 0 },
		{ "PUT", "/v1/presence", "{\"line\":\"Et je\"}", 204, "", 0 },
	};
	BEGIN(f, script);
	assert_string_equal(sync_others(f->sync), "[]");
	settle_down(f);
	assert_int_equal(f->play.at, 2);
	assert_string_equal(sync_others(f->sync), "[{\"seat\":\"1\"}]");
	pass(f, 300);
	sync_presence(f->sync, "{\"line\":\"Et\"}");
	settle_down(f);
	assert_int_equal(f->play.at, 3);
	sync_presence(f->sync, "{\"line\":\"Et j\"}");
	sync_presence(f->sync, "{\"line\":\"Et je\"}");
	settle_down(f);
	assert_int_equal(f->play.at, 3); /* not at every letter */
	pass(f, 201);
	assert_int_equal(f->play.at, 4);
	sync_presence(f->sync, "{\"line\":\"Et je\"}");
	pass(f, 19000);
	assert_int_equal(f->play.at, 4);
	pass(f, 1100);
	all_said(f);
}

/* ---- threads --------------------------------------------------------------------------------------------------- */

static void *wake_often(void *arg)
{
	struct sync *s = arg;
	struct sync_state state;
	for (int i = 0; i < 200; i++) {
		char line[40];
		snprintf(line, sizeof line, "{\"line\":\"%d\"}", i);
		sync_wake(s);
		sync_presence(s, line);
		sync_state(s, &state);
	}
	return NULL;
}

static void others_may_wake_it(void **state)
{
	struct fixture *f = *state;
	static const struct line script[] = {
		{ "GET", FIRST, NULL, 200, SEAT END("a", "false"), 0 },
		{ "GET", HELD("a"), NULL, 0, NULL, 0 },
		{ "PUT", "/v1/presence", NULL, 204, NULL, 0 }, /* held: the rest waits behind it */
	};
	pthread_t thread;
	BEGIN(f, script);
	settle_down(f);
	pass(f, 300);
	assert_int_equal(pthread_create(&thread, NULL, wake_often, f->sync), 0);
	for (int i = 0; i < 200; i++)
		sync_step(f->sync, 0);
	pthread_join(thread, NULL);
	settle_down(f);
	all_said(f);
	assert_int_equal(f->play.wakes, 400);
}

/* What another process puts is seen at once by the watch. */
static void a_watch_wakes_it(void **state)
{
	struct fixture *f = *state;
	f->sync = sync_new(&(struct sync_options){ .desk = f->desk, .replica = f->replica, .transport = &f->play.t,
		.clock = &f->clock, .random = &f->random, .watch = f->dir });
	struct desk *other = desk_open(&(struct desk_options){ .dir = f->dir }, NULL);
	int before = __atomic_load_n(&f->play.wakes, __ATOMIC_SEQ_CST);
	assert_true(desk_set(other, "draft", "x", NULL));
	for (int i = 0; i < 5000 && __atomic_load_n(&f->play.wakes, __ATOMIC_SEQ_CST) == before; i++)
		poll(NULL, 0, 1);
	assert_true(__atomic_load_n(&f->play.wakes, __ATOMIC_SEQ_CST) > before);
	desk_close(other);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(it_pulls_to_the_end_and_waits), WITH(a_held_answer_is_followed_by_another),
		WITH(failures_back_off_and_a_wake_tries_at_once), WITH(another_epoch_starts_anew),
		WITH(a_refused_token_is_left_alone), WITH(another_event_gets_nothing), WITH(the_clock_is_learnt),
		WITH(operations_go_in_order_one_batch_at_a_time), WITH(a_lost_answer_is_asked_again),
		WITH(a_count_that_differs_is_taken_over), WITH(another_epoch_is_asked_what_it_has),
		WITH(another_epoch_is_asked_of_every_client),
		WITH(a_batch_is_bounded), WITH(a_command_pulls_again_after_a_verdict),
		WITH(who_has_the_lock_sends), WITH(presence_goes_when_it_changed_and_now_and_then), WITH(others_may_wake_it),
		WITH(a_watch_wakes_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
