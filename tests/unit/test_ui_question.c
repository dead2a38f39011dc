/* ui/question_rows.h: the rundown of a room, row by row: order, places, what is folded, what a question still needs. */
#include "ui/question_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/memory_room.h"

#define WANDA "1"
#define HUGO  "2"

static void yes(struct memory_room *m, const char *seat, const char *line)
{
	struct error e = { 0 };
	if (memory_room_do(m, seat, line, &e) != ERR_NONE)
		fail_msg("%s: %s", line, e.text);
	m->now += 60000;
}

static struct memory_room *room(int questions)
{
	struct memory_room *m = memory_room_new(1);
	memory_room_seat(m, "Wanda", R_WEB);
	memory_room_seat(m, "Hugo", R_HOST);
	for (int i = 1; i <= questions; i++) {
		char line[64];
		snprintf(line, sizeof line, "question number %d", i);
		memory_room_message(m, i % 2 ? CH_SMS : CH_WEB, i, 0, line);
		snprintf(line, sizeof line, "accept t%d", i);
		yes(m, WANDA, line);
	}
	yes(m, HUGO, "collect");
	yes(m, HUGO, "open");
	return m;
}

/* "air q1, next q3, 1 q2, 2 q4" */
static void rows(struct memory_room *m, bool closed, bool gone, const char *want)
{
	static const char *const parts[PARTS] = { "air", "next", "", "closed", "gone" };
	struct rundown r = { 0 };
	struct buf b = BUF_INIT;
	rundown_build(&r, &m->world, closed, gone);
	for (size_t i = 0; i < r.n; i++) {
		const struct question *q = world_question(&m->world, r.v[i].id);
		buf_addf(&b, "%s%s", i ? ", " : "", parts[r.v[i].part]);
		if (r.v[i].place)
			buf_addf(&b, "%d", r.v[i].place);
		buf_addf(&b, " q%d", (int)q->number);
		assert_int_equal(rundown_find(&r, r.v[i].id), i);
	}
	assert_string_equal(b.data, want);
	assert_int_equal(rundown_find(&r, "none"), r.n);
	buf_release(&b);
	rundown_release(&r);
}

static void order(void **state)
{
	(void)state;
	struct memory_room *m = room(6);
	rows(m, true, true, "1 q1, 2 q2, 3 q3, 4 q4, 5 q5, 6 q6");
	yes(m, HUGO, "next q3");
	rows(m, false, false, "next q3, 1 q1, 2 q2, 3 q4, 4 q5, 5 q6");
	yes(m, HUGO, "air q3");
	yes(m, HUGO, "move q6 1");
	yes(m, HUGO, "next q2");
	rows(m, false, false, "air q3, next q2, 1 q6, 2 q1, 3 q4, 4 q5");
	yes(m, HUGO, "air q2");
	yes(m, HUGO, "drop q4 no time");
	yes(m, HUGO, "return q1 unclear");
	rows(m, false, false, "air q2, 1 q6, 2 q5");
	yes(m, HUGO, "close");
	rows(m, true, true, "1 q6, 2 q5, closed q2, closed q3, gone q1, gone q4");
	rows(m, true, false, "1 q6, 2 q5, closed q2, closed q3");
	memory_room_free(m);
}

static void sums(void **state)
{
	(void)state;
	struct memory_room *m = room(4);
	struct rundown r = { 0 };
	yes(m, HUGO, "air q1");
	yes(m, HUGO, "air q2");
	yes(m, HUGO, "ask Et vous ?");
	yes(m, HUGO, "strike q2");
	rundown_build(&r, &m->world, false, false);
	assert_int_equal(r.aired, 2); /* what was struck counts no more */
	assert_int_equal(r.by[CH_SMS], 1);
	assert_int_equal(r.by[CH_WEB], 0);
	assert_int_equal(r.by[CH_ROOM], 1);
	assert_int_equal(r.count[PART_CLOSED], 2);
	assert_int_equal(r.count[PART_RESERVE], 2);
	assert_string_equal(r.next, "");
	assert_int_equal(world_question(&m->world, r.air)->number, 5);
	rundown_release(&r);
	memory_room_free(m);
}

static const struct question *numbered(struct memory_room *m, int64_t number)
{
	struct rundown r = { 0 };
	const struct question *q = NULL;
	rundown_build(&r, &m->world, true, true);
	for (size_t i = 0; i < r.n && !(q && q->number == number); i++)
		q = world_question(&m->world, r.v[i].id);
	rundown_release(&r);
	return q;
}

static void needs(void **state)
{
	(void)state;
	struct memory_room *m = room(3);
	const char *why;
	assert_int_equal(question_needs(&m->world, numbered(m, 1)), NEEDS_REREADING);
	yes(m, WANDA, "edit q1 Une autre question ?");
	assert_int_equal(question_needs(&m->world, numbered(m, 1)), NEEDS_NOTHING);
	yes(m, WANDA, "suggest q1 Et celle-ci ?");
	assert_int_equal(question_needs(&m->world, numbered(m, 1)), NEEDS_DECISION);
	yes(m, WANDA, "hold q1 legal note=nom");
	assert_int_equal(question_needs(&m->world, numbered(m, 1)), NEEDS_RELEASE);
	assert_int_equal(question_hold(&m->world, numbered(m, 1), &why), HOLD_LEGAL);
	yes(m, WANDA, "hold t2 fact");
	assert_int_equal(question_hold(&m->world, numbered(m, 2), &why), HOLD_FACT);
	yes(m, HUGO, "drop q2");
	assert_int_equal(question_needs(&m->world, numbered(m, 2)), NEEDS_NOTHING);
	memory_room_free(m);
}

static void to_the_end(void **state)
{
	(void)state;
	struct memory_room *m = room(2);
	struct to_end t = rundown_to_end(&m->world, m->now);
	assert_false(t.timed || t.counted);
	struct event *ev = (struct event *)memory_world_get(m->records, K_EVENT, "event");
	int64_t end = ev->plan_end = m->now + 90000;
	ev->plan_questions = 3;
	yes(m, HUGO, "air q1");
	t = rundown_to_end(&m->world, end + 5000);
	assert_true(t.timed && t.counted);
	assert_int_equal(t.ms, -5000);
	assert_int_equal(t.questions, 2);
	memory_room_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(order), cmocka_unit_test(sums), cmocka_unit_test(needs),
		cmocka_unit_test(to_the_end) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
