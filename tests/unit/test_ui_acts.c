/* ui/acts.h and src/model/overlay.h: what a console shows of its own decisions before, while and after the backend judges them. */
#include "ui/acts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/model/overlay.h"
#include "tests/unit/memory_link.h"

/* A room in memory for a backend, and a console whose desk and replica are real. `carry` and `pull` are its sync. */
struct fixture {
	char dir[200];
	struct memory_room *room;
	struct desk *desk;
	struct replica *replica, *writer;
	struct acts *acts;
	struct link link;
	struct clock clock;
	struct randomness random;
	char seat[ID_MAX];
	char said[600];
	int64_t mono;
	int woken;
};

static int64_t utc(void *ctx)
{
	return ((struct fixture *)ctx)->room->now;
}
static int64_t mono(void *ctx)
{
	return ((struct fixture *)ctx)->mono;
}
static void state(void *ctx, struct link_state *out)
{
	(void)ctx;
	*out = (struct link_state){ .is = LINK_IS_UP };
}
static void wake(void *ctx)
{
	((struct fixture *)ctx)->woken++;
}
static void said(void *ctx, const char *sentence, bool bad)
{
	struct fixture *f = ctx;
	snprintf(f->said, sizeof f->said, "%s%s", bad ? "!" : "", sentence);
}

static struct acts *acts_of(struct fixture *f)
{
	struct acts *a = acts_new(&(struct acts_options){ .desk = f->desk, .replica = f->replica, .link = &f->link,
		.clock = &f->clock, .random = &f->random, .ctx = f, .say = said });
	acts_who(a, f->seat, R_HOST);
	return a;
}

static void pull(struct fixture *f)
{
	link_pull(f->room, f->writer, f->seat);
}

static void carry(struct fixture *f)
{
	link_carry(f->room, f->desk, f->seat);
}

static int set_up(void **state_out)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/acts-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	f->room = memory_room_new(7);
	f->clock = (struct clock){ .now_ms = utc, .mono_ms = mono, .ctx = f };
	f->random = f->room->random;
	f->link = (struct link){ .ctx = f, .fd = -1, .state = state, .wake = wake };
	f->mono = 1000;
	snprintf(f->seat, sizeof f->seat, "%s", memory_room_seat(f->room, "Paul", R_HOST));
	memory_room_seat(f->room, "Claire", R_SMS);
	f->writer = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	f->replica = replica_open(&(struct replica_options){ .dir = f->dir, .read_only = true }, &e);
	f->desk = desk_open(&(struct desk_options){ .dir = f->dir, .clock = &f->clock, .random = &f->random }, &e);
	if (!f->writer || !f->replica || !f->desk || !desk_bind(f->desk, "ev", f->seat, &e))
		fail_msg("%s", e.text);
	pull(f);
	f->acts = acts_of(f);
	*state_out = f;
	return 0;
}

static int tear_down(void **state_in)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "sender.lock", "replica.db",
		"replica.db-wal", "replica.db-shm" };
	struct fixture *f = *state_in;
	acts_free(f->acts);
	desk_close(f->desk);
	replica_close(f->replica);
	replica_close(f->writer);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(f->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(f->dir);
	memory_room_free(f->room);
	free(f);
	return 0;
}

static bool first_question(void *arg, const struct record *r)
{
	if (r->gone)
		return true;
	*(const struct question **)arg = (const void *)r;
	return false;
}

static const struct question *question_of(struct fixture *f)
{
	const struct question *q = NULL;
	acts_refresh(f->acts);
	world_each(acts_world(f->acts), K_QUESTION, first_question, &q);
	return q;
}

static void go(struct fixture *f, const char *line)
{
	struct error e = { 0 };
	if (!acts_line(f->acts, line, &e))
		fail_msg("%s: %s", line, e.text);
}

static void settle(struct fixture *f)
{
	carry(f);
	pull(f);
	acts_refresh(f->acts);
}

static void seen_at_once_and_once_it_is_there(void **state_in)
{
	struct fixture *f = *state_in;
	go(f, "compose Pourquoi ?");
	const struct question *q = question_of(f);
	assert_non_null(q);
	assert_string_equal(q->wording, "Pourquoi ?");
	assert_true(acts_unsent(f->acts, K_QUESTION, q->r.id));
	assert_int_equal(acts_unsettled(f->acts), 1);
	assert_int_equal(f->woken, 1);
	carry(f);
	assert_true(acts_refresh(f->acts) & MOVED_VERDICTS);
	assert_int_equal(acts_unsettled(f->acts), 0);
	q = question_of(f);
	assert_true(acts_unsent(f->acts, K_QUESTION, q->r.id)); /* the replica does not have it yet */
	pull(f);
	assert_true(acts_refresh(f->acts) & MOVED_WORLD);
	q = question_of(f);
	assert_string_equal(q->wording, "Pourquoi ?");
	assert_false(acts_unsent(f->acts, K_QUESTION, q->r.id));
	assert_int_equal(acts_refresh(f->acts), 0);
}

static void foreseeable_refusals_put_nothing(void **state_in)
{
	struct fixture *f = *state_in;
	struct error e = { 0 };
	assert_int_equal(acts_line(f->acts, "edit q9 Rien", &e), 0);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_int_equal(acts_go(f->acts, &e, "air", NULL, NULL, NULL), 0);
	assert_int_equal(acts_go(f->acts, &e, "nothing", NULL, NULL, NULL), 0);
	assert_int_equal(desk_unsent_count(f->desk), 0);
	assert_int_equal(acts_line(f->acts, "undo", &e), 0);
	assert_string_equal(e.text, "nothing of yours is left to undo");
}

static void a_refusal_takes_it_away_with_a_sentence(void **state_in)
{
	struct fixture *f = *state_in;
	struct error why = { 0 };
	go(f, "compose Une question");
	settle(f);
	memory_room_do(f->room, "2", "edit q1 Autrement", &why);
	int64_t n = acts_line(f->acts, "edit q1 De ma main", &why);
	assert_true(n > 0);
	assert_string_equal(question_of(f)->wording, "De ma main");
	settle(f);
	assert_string_equal(question_of(f)->wording, "Autrement");
	assert_int_equal(f->said[0], '!');
	assert_non_null(strstr(f->said, "was changed since"));
	const char *text;
	assert_int_equal(acts_verdict(f->acts, n, &text), V_REFUSED);
	assert_non_null(strstr(text, "Claire"));
}

static void undo_is_foreseen(void **state_in)
{
	struct fixture *f = *state_in;
	go(f, "compose Une question");
	settle(f);
	go(f, "edit q1 Deux");
	go(f, "edit q1 Trois");
	go(f, "undo");
	assert_string_equal(question_of(f)->wording, "Deux");
	go(f, "undo");
	assert_string_equal(question_of(f)->wording, "Une question");
	go(f, "redo");
	assert_string_equal(question_of(f)->wording, "Deux");
	settle(f);
	assert_string_equal(question_of(f)->wording, "Deux");
	assert_int_equal(acts_unsettled(f->acts), 0);
	assert_string_equal(f->said, "");
	go(f, "undo");
	go(f, "undo");
	assert_null(question_of(f));
	settle(f);
	assert_null(question_of(f));
	assert_string_equal(f->said, "");
}

static void a_new_life_shows_what_waits(void **state_in)
{
	struct fixture *f = *state_in;
	go(f, "compose Une question");
	go(f, "edit q1 Deux");
	go(f, "edit q1 Trois");
	go(f, "undo");
	acts_free(f->acts);
	f->acts = acts_of(f);
	assert_string_equal(question_of(f)->wording, "Deux");
	assert_int_equal(acts_unsettled(f->acts), 4);
	settle(f);
	assert_string_equal(question_of(f)->wording, "Deux");
	acts_free(f->acts);
	f->acts = acts_of(f);
	assert_string_equal(question_of(f)->wording, "Deux");
	assert_int_equal(acts_unsettled(f->acts), 0);
}

static void opened(struct fixture *f)
{
	struct error e = { 0 };
	assert_int_equal(memory_room_do(f->room, f->seat, "collect", &e), ERR_NONE);
	assert_int_equal(memory_room_do(f->room, f->seat, "open", &e), ERR_NONE);
	assert_int_equal(memory_room_do(f->room, f->seat, "compose Une question", &e), ERR_NONE);
	pull(f);
}

static void the_guard_binds_what_was_shown(void **state_in)
{
	struct fixture *f = *state_in;
	struct error e = { 0 };
	const char *const arg[OP_ARGS_MAX] = { "q1" };
	opened(f);
	assert_false(acts_arm(f->acts, op_by_name("air"), (const char *const[OP_ARGS_MAX]){ "q7" }, "rien", &e));
	assert_null(acts_armed(f->acts));
	assert_true(acts_arm(f->acts, op_by_name("air"), arg, "Une question", &e));
	assert_string_equal(acts_armed(f->acts)->shows, "Une question");
	assert_int_equal(desk_unsent_count(f->desk), 0);
	assert_int_equal(memory_room_do(f->room, "2", "edit q1 Une autre", &e), ERR_NONE);
	pull(f);
	acts_refresh(f->acts);
	assert_null(acts_armed(f->acts));
	assert_int_equal(acts_fire(f->acts, &e), 0);
	assert_true(acts_arm(f->acts, op_by_name("air"), arg, "Une autre", &e));
	assert_int_equal(acts_due(f->acts), f->mono + ARM_MS);
	f->mono += ARM_MS;
	assert_null(acts_armed(f->acts));
	assert_int_equal(acts_fire(f->acts, &e), 0);
	assert_true(acts_arm(f->acts, op_by_name("air"), arg, "Une autre", &e));
	assert_true(acts_fire(f->acts, &e) > 0);
	assert_int_equal(acts_fire(f->acts, &e), 0);
	assert_int_equal(question_of(f)->state, Q_AIR);
	settle(f);
	assert_int_equal(question_of(f)->state, Q_AIR);
}

static void what_expires_is_taken_away(void **state_in)
{
	struct fixture *f = *state_in;
	opened(f);
	go(f, "air q1");
	assert_int_equal(question_of(f)->state, Q_AIR);
	int64_t due = acts_due(f->acts);
	assert_int_equal(due, f->mono + OP_UNTIL_MS + 1);
	f->room->now += OP_UNTIL_MS + 1;
	f->mono = due;
	assert_true(acts_refresh(f->acts) & MOVED_WORLD);
	assert_int_equal(question_of(f)->state, Q_RESERVE);
	assert_non_null(strstr(f->said, "in time"));
	assert_int_equal(acts_due(f->acts), -1);
	settle(f);
	assert_int_equal(question_of(f)->state, Q_RESERVE);
}

static bool into_text(void *arg, const struct record *r)
{
	buf_addf(arg, "%s%s ", r->id, r->gone ? "-" : "");
	return true;
}

static void walks_merge_in_order(void **state_in)
{
	struct fixture *f = *state_in;
	struct overlay *o = overlay_new();
	struct buf b = BUF_INIT;
	overlay_base(o, &f->room->world);
	overlay_put(o, record_new(K_SEAT, "10"));
	struct record *gone = record_new(K_SEAT, "2");
	gone->gone = true;
	overlay_put(o, gone);
	world_each(overlay_world(o), K_SEAT, into_text, &b);
	assert_string_equal(b.data, "1 2- 10 ");
	assert_null(world_seat(overlay_world(o), "2"));
	overlay_clear(o);
	buf_reset(&b);
	world_each(overlay_world(o), K_SEAT, into_text, &b);
	assert_string_equal(b.data, "1 2 ");
	buf_release(&b);
	overlay_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(seen_at_once_and_once_it_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(foreseeable_refusals_put_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_takes_it_away_with_a_sentence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(undo_is_foreseen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_new_life_shows_what_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_guard_binds_what_was_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_expires_is_taken_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(walks_merge_in_order, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
