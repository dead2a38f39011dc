/* src/model/op.h, the `:` line: what people type, what it is taken for, and what they are told when it is off. */
#include "src/model/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/memory_room.h"

#define WANDA  "1"
#define HUGO   "2"
#define CLARA  "3"
#define PIERRE "4"

/* "air question=q3 …": the arguments by name. */
static void show(const struct op *op, char *const arg[OP_ARGS_MAX], struct buf *out)
{
	buf_adds(out, op->name);
	for (size_t i = 0; i < op_arg_count(op); i++)
		if (arg[i])
			buf_addf(out, " | %s=%s", op->args[i].name, arg[i]);
}

static void parses(const char *line, const char *expected)
{
	struct words w;
	struct error e = { 0 };
	struct buf b = BUF_INIT;
	if (!words_parse(line, &w, &e))
		fail_msg("%s: %s", line, e.text);
	show(w.op, w.arg, &b);
	assert_string_equal(b.data, expected);
	buf_release(&b);
	words_release(&w);
}

static void fails(const char *line, const char *sentence)
{
	struct words w;
	struct error e = { 0 };
	assert_false(words_parse(line, &w, &e));
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.text, sentence);
	words_release(&w); /* nothing was made */
}

static void lines_are_taken_apart(void **state)
{
	(void)state;
	static const struct {
		const char *line, *is;
	} good[] = {
		{ "air", "air" },
		{ "air q3", "air | question=q3" },
		{ "  air\tq3  ", "air | question=q3" },
		{ "air question=q3", "air | question=q3" },
		{ "accept t12", "accept | source=t12" },
		{ "accept m1 m2,m3 Le smic ?", "accept | source=m1 m2,m3 | text=Le smic ?" },
		{ "accept m1 credit=\"Jean, de Lyon\" Le smic ?",
			"accept | source=m1 | credit=Jean, de Lyon | text=Le smic ?" },
		{ "accept m1 text=m2 est mon texte", "accept | source=m1 | text=m2 est mon texte" },
		{ "edit q7 Le \"vrai\" texte = celui-ci", "edit | question=q7 | text=Le \"vrai\" texte = celui-ci" },
		{ "edit q7 \"Le texte\"", "edit | question=q7 | text=Le texte" },
		{ "edit q7 \"Le\" et \"la\"", "edit | question=q7 | text=\"Le\" et \"la\"" },
		{ "edit next Le texte", "edit | question=next | text=Le texte" },
		{ "publish Nous mettons mille cinq cents…", "publish | text=Nous mettons mille cinq cents…" },
		{ "publish q3 Oui", "publish | question=q3 | text=Oui" },
		{ "publish air est le mot", "publish | text=air est le mot" },
		{ "publish next year, maybe", "publish | text=next year, maybe" },
		{ "publish 1500 euros", "publish | text=1500 euros" },
		{ "publish speaker=\"L'invité\" question=q3 Oui",
			"publish | question=q3 | speaker=L'invité | text=Oui" },
		{ "publish answer=q2 Oui", "publish | answer=q2 | text=Oui" },
		{ "dismiss m1 m2 hors sujet", "dismiss | target=m1 m2 | reason=hors sujet" },
		{ "dismiss t3", "dismiss | target=t3" },
		{ "hold q3 legal host note=un procès est en cours",
			"hold | target=q3 | why=legal | whom=host | note=un procès est en cours" },
		{ "hold m1 m2 t3 fact", "hold | target=m1 m2 t3 | why=fact" },
		{ "refile m1 m2 t3", "refile | message=m1 m2 | theme=t3" },
		{ "refile 1 2 3", "refile | message=1 2 | theme=3" },
		{ "merge 1 2 3", "merge | theme=1 | others=2 3" },
		{ "split t1 m4,m5 Les stages", "split | theme=t1 | messages=m4,m5 | title=Les stages" },
		{ "prepare europe words=ue,bruxelles L'Europe",
			"prepare | name=europe | words=ue,bruxelles | title=L'Europe" },
		{ "combine q1 q2 q3 Les deux ?", "combine | question=q1 | others=q2 q3 | text=Les deux ?" },
		{ "close", "close" },
		{ "close cut", "close | outcome=cut" },
		{ "close q3 partly", "close | question=q3 | outcome=partly" },
		{ "outcome written", "outcome | outcome=written" },
		{ "reassign last last-1 q2", "reassign | segment=last last-1 | question=q2" },
		{ "retract last", "retract | segment=last" },
		{ "release", "release" },
		{ "interrupt", "interrupt" },
		{ "interrupt editorial", "interrupt | kind=editorial" },
		{ "plan 20:45 50", "plan | end=20:45 | questions=50" },
		{ "plan 50", "plan | questions=50" },
		{ "plan end=0", "plan | end=0" },
		{ "plan 1088109900000", "plan | end=1088109900000" },
		{ "say host Deux minutes", "say | to=host | text=Deux minutes" },
		{ "say \"Anne Martin\" oui", "say | to=Anne Martin | text=oui" },
		{ "undo", "undo" },
		{ "undo 12", "undo | act=12" },
		{ "undo 00000000-0000-7000-8000-000000000001:1234",
			"undo | act=00000000-0000-7000-8000-000000000001:1234" },
		{ "baton", "baton" },
		{ "speaker Le Premier ministre", "speaker | name=Le Premier ministre" },
		{ "speaker", "speaker" },
		{ "label t1", "label | theme=t1" },
		{ "notice Nous revenons\ndans un instant", "notice | text=Nous revenons\ndans un instant" },
		{ "prepare \"a \\\"b\\\" \\\\c\" Titre", "prepare | name=a \"b\" \\c | title=Titre" },
	};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		parses(good[i].line, good[i].is);
}

static void names_may_be_short_and_loud(void **state)
{
	(void)state;
	parses("pub Oui", "publish | text=Oui");
	parses("ai q3", "air | question=q3");
	parses("AIR Q3", "air | question=Q3"); /* Caps Lock is on */
	parses("Close CUT", "close | outcome=CUT");
	parses("resu", "resume");
}

static void errors_show_the_usage(void **state)
{
	(void)state;
	fails("", "no operation was given; see regie do --help");
	fails("   ", "no operation was given; see regie do --help");
	fails("fly q3", "there is no operation \"fly\"; see regie do --help");
	fails("re q3", "\"re\" could be restore, refile, return, reword, reassign, retract, release, resume, reopen, redo; write more of it");
	fails("edit q3", "an argument is missing; usage: edit QUESTION TEXT");
	fails("edit", "an argument is missing; usage: edit QUESTION TEXT");
	fails("edit \"\" Le texte", "an argument is missing; usage: edit QUESTION TEXT");
	fails("edit q3 \"\"", "an argument is missing; usage: edit QUESTION TEXT");
	fails("publish q1", "an argument is missing; usage: publish [QUESTION] [answer=ANSWER] [speaker=SPEAKER] [id=ID] TEXT");
	fails("publish speeker=\"X\" Bonjour",
		"it has no argument by that name; usage: publish [QUESTION] [answer=ANSWER] [speaker=SPEAKER] [id=ID] TEXT");
	fails("interrupt technique",
		"\"technique\" is no kind for \"interrupt\"; it is technical (default): what is published flows on resume; editorial: it is reviewed first");
	fails("air q3 q4", "there is more on the line than it takes; usage: air [QUESTION]");
	fails("open now", "there is more on the line than it takes; usage: open");
	fails("air question=q3 question=q4", "an argument is given twice; usage: air [QUESTION]");
	fails("hold q3", "an argument is missing; usage: hold TARGET… WHY [WHOM] [note=NOTE]");
	fails("publish",
		"an argument is missing; usage: publish [QUESTION] [answer=ANSWER] [speaker=SPEAKER] [id=ID] TEXT");
	fails("merge t1", "an argument is missing; usage: merge THEME OTHERS…");
	fails("\xff\xfe", "there is no operation \"\xef\xbf\xbd\xef\xbf\xbd\"; see regie do --help");
	char longer[400];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	struct words w;
	struct error e = { 0 };
	assert_false(words_parse(longer, &w, &e));
	assert_true(strlen(e.text) < 160);           /* cut short */
	assert_false(words_parse(longer, &w, NULL)); /* nobody cares why */
}

static void usage_is_what_the_manual_shows(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	op_usage(op_by_name("accept"), &b);
	assert_string_equal(b.data, "accept SOURCE… [credit=CREDIT] [id=ID] [TEXT]");
	buf_reset(&b);
	op_usage(op_by_name("end"), &b);
	assert_string_equal(b.data, "end");
	buf_release(&b);
}

/* ---- resolving --------------------------------------------------------------------------------------------------- */

static struct memory_room *room(void)
{
	struct memory_room *m = memory_room_new(1);
	memory_room_seat(m, "Wanda", R_WEB);
	memory_room_seat(m, "Hugo", R_HOST);
	memory_room_seat(m, "Clara", R_SCRIBE);
	memory_room_seat(m, "Pierre", R_PRODUCER);
	memory_room_message(m, CH_SMS, 7, 0, "Le smic ?");
	memory_room_message(m, CH_WEB, 8, 0, "L'Europe ?");
	assert_int_equal(memory_room_do(m, HUGO, "open", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, WANDA, "accept t1", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, WANDA, "accept t2", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, HUGO, "air q1", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, HUGO, "next q2", NULL), ERR_NONE);
	return m;
}

struct place {
	size_t n;
	const char *id;
};
static bool at_place(void *arg, const struct record *r)
{
	struct place *p = arg;
	p->id = r->id;
	return p->n-- > 1;
}

static const char *nth(const struct memory_room *m, enum kind kind, size_t n)
{
	struct place p = { .n = n };
	memory_world_each(m->records, kind, at_place, &p);
	return p.id;
}

/* `%1` and `%2` in what is expected are the ids of q1 and q2. */
static char *filled(const struct memory_room *m, const char *expected)
{
	struct buf b = BUF_INIT;
	for (const char *p = expected; *p; p++) {
		if (p[0] == '%' && (p[1] == '1' || p[1] == '2'))
			buf_adds(&b, nth(m, K_QUESTION, (size_t)(*++p - '0')));
		else
			buf_addc(&b, *p);
	}
	return buf_detach(&b);
}

static void resolves(const struct memory_room *m, const char *seat, const char *line, const char *expected)
{
	struct words w;
	struct error e = { 0 };
	struct buf b = BUF_INIT;
	char *v[OP_ARGS_MAX];
	assert_true(words_parse(line, &w, &e));
	if (!words_resolve(&m->world, &w, seat, m->now, v, &e))
		fail_msg("%s: %s", line, e.text);
	show(w.op, v, &b);
	char *want = filled(m, expected);
	assert_string_equal(b.data, want);
	/* what was resolved stays what it is */
	for (size_t i = 0; i < op_arg_count(w.op); i++) {
		char *again = v[i] ? arg_resolve(&m->world, &w.op->args[i], v[i], seat, m->now, NULL) : NULL;
		assert_true(!v[i] || (again && !strcmp(again, v[i])));
		free(again);
		free(v[i]);
	}
	free(want);
	buf_release(&b);
	words_release(&w);
}

static void names_nothing(const struct memory_room *m, const char *line, enum err code, const char *sentence)
{
	struct words w;
	struct error e = { 0 };
	char *v[OP_ARGS_MAX];
	assert_true(words_parse(line, &w, &e));
	assert_false(words_resolve(&m->world, &w, CLARA, m->now, v, &e));
	assert_string_equal(e.text, sentence);
	assert_int_equal(e.code, code);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		assert_null(v[i]);
	words_release(&w);
}

static void short_names_become_ids(void **state)
{
	(void)state;
	struct memory_room *m = room();
	resolves(m, HUGO, "air q2", "air | question=%2");
	resolves(m, HUGO, "AIR Q2", "air | question=%2");
	resolves(m, HUGO, "air 2", "air | question=%2");
	resolves(m, HUGO, "air next", "air | question=%2");
	resolves(m, HUGO, "air question:q2", "air | question=%2");
	resolves(m, HUGO, "edit NEXT Oui", "edit | question=%2 | text=Oui");
	resolves(m, HUGO, "close air", "close | question=%1");
	resolves(m, HUGO, "close AIR CUT", "close | question=%1 | outcome=cut");
	resolves(m, WANDA, "accept t2 m1,M2", "accept | source=theme:2 message:1 message:2");
	resolves(m, WANDA, "dismiss theme:1 message:2", "dismiss | target=theme:1 message:2");
	resolves(m, WANDA, "hold q1 air legal", "hold | target=question:%1 question:%1 | why=legal");
	resolves(m, WANDA, "mute m1", "mute | person=7");
	resolves(m, WANDA, "mute p12", "mute | person=12");
	resolves(m, WANDA, "mute participant:12", "mute | person=12");
	resolves(m, WANDA, "refile message:1 theme:2", "refile | message=1 | theme=2");
	resolves(m, HUGO, "say CLARA Oui", "say | to=3 | text=Oui");
	resolves(m, HUGO, "say scribe Oui", "say | to=scribe | text=Oui");
	resolves(m, HUGO, "baton pierre", "baton | seat=4");
	resolves(m, HUGO, "baton 4", "baton | seat=4");
	resolves(m, HUGO, "plan 20:45 50", "plan | end=1088109900000 | questions=50");
	resolves(m, HUGO, "plan 2004-06-24T22:45:00+02:00", "plan | end=1088109900000");
	resolves(m, HUGO, "plan 05:59", "plan | end=1088143140000"); /* tomorrow morning */
	resolves(m, HUGO, "plan 06:01", "plan | end=1088056860000"); /* this morning: within twelve hours */
	resolves(m, HUGO, "plan end=0", "plan | end=0");
	/* a plain id comes back as it is, whether or not it exists */
	resolves(m, HUGO, "air 00000000-0000-7000-8000-00000000000a",
		"air | question=00000000-0000-7000-8000-00000000000a");
	resolves(m, WANDA, "pin t99", "pin | theme=99");
	memory_room_free(m);
}

/* So that a late operation still means what it meant. */
static void an_absent_question_is_bound(void **state)
{
	(void)state;
	struct memory_room *m = room();
	resolves(m, HUGO, "air", "air | question=%2");
	resolves(m, HUGO, "close", "close | question=%1");
	resolves(m, HUGO, "close cut", "close | question=%1 | outcome=cut");
	resolves(m, CLARA, "outcome partly", "outcome | question=%1 | outcome=partly");
	resolves(m, CLARA, "publish Oui", "publish | question=%1 | text=Oui");
	resolves(m, CLARA, "publish answer=00000000-0000-7000-8000-00000000000a Oui",
		"publish | answer=00000000-0000-7000-8000-00000000000a | text=Oui");
	resolves(m, HUGO, "next", "next");
	assert_int_equal(memory_room_do(m, HUGO, "close", NULL), ERR_NONE);
	resolves(m, HUGO, "close", "close");
	resolves(m, CLARA, "outcome partly", "outcome | question=%1 | outcome=partly");
	resolves(m, CLARA, "publish Oui", "publish | question=%1 | text=Oui");
	assert_int_equal(memory_room_do(m, HUGO, "drop next", NULL), ERR_NONE);
	names_nothing(m, "air", ERR_REFUSED, "no question is next; name one, or choose it with next");
	memory_room_free(m);
}

static void last_is_the_seats_own(void **state)
{
	(void)state;
	struct memory_room *m = room();
	char want[120];
	names_nothing(m, "retract last", ERR_REFUSED, "there is no segment \"last\" of yours");
	assert_int_equal(memory_room_do(m, CLARA, "publish un", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, CLARA, "publish deux", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, PIERRE, "publish trois", NULL), ERR_NONE);
	assert_int_equal(memory_room_do(m, PIERRE, "suggest last trois !", NULL), ERR_NONE);
	snprintf(want, sizeof want, "retract | segment=%s", nth(m, K_SEGMENT, 2));
	resolves(m, CLARA, "retract last", want);
	snprintf(want, sizeof want, "suggest | target=segment:%s | text=Non", nth(m, K_SEGMENT, 1));
	resolves(m, CLARA, "suggest last-1 Non", want);
	snprintf(want, sizeof want, "retract | segment=%s", nth(m, K_SEGMENT, 3));
	resolves(m, PIERRE, "retract LAST", want); /* touched since, and still his */
	assert_int_equal(memory_room_do(m, CLARA, "retract last", NULL), ERR_NONE);
	snprintf(want, sizeof want, "correct | segment=%s | text=Non", nth(m, K_SEGMENT, 1));
	resolves(m, CLARA, "correct last Non", want);
	snprintf(want, sizeof want, "attach | answer=%s | question=%%2", nth(m, K_ANSWER, 1));
	resolves(m, CLARA, "attach q1 q2", want);
	names_nothing(m, "retract last-7", ERR_REFUSED, "there is no segment \"last-7\" of yours");
	names_nothing(m, "retract last-x", ERR_USAGE, "\"last-x\" is no segment; give last, last-1 or an id");
	names_nothing(m, "retract latest", ERR_USAGE, "\"latest\" is no segment; give last, last-1 or an id");
	memory_room_free(m);
}

static void names_that_mean_nothing(void **state)
{
	(void)state;
	struct memory_room *m = room();
	names_nothing(m, "air q9", ERR_REFUSED, "there is no question q9; see the rundown");
	names_nothing(m, "edit zut Oui", ERR_USAGE, "\"zut\" is no question; give q7, next, air or an id");
	names_nothing(m, "pin zut", ERR_USAGE, "\"zut\" is no theme; give t12 or its number");
	names_nothing(m, "alert q1", ERR_USAGE, "\"q1\" is no message; give m12 or its number");
	names_nothing(m, "mute m99", ERR_REFUSED, "there is no message \"m99\" whose sender is known");
	names_nothing(m, "mute zut", ERR_USAGE, "\"zut\" is no participant; give p12 or its number");
	names_nothing(m, "attach q2 q1", ERR_REFUSED, "nothing was published for \"q2\" yet");
	names_nothing(m, "dismiss zut", ERR_USAGE, "\"zut\" is no question; give q7, next, air or an id");
	names_nothing(m, "plan end=25:00", ERR_USAGE, "\"25:00\" is no time; give HH:MM or 2004-06-24T20:45:00Z");
	names_nothing(m, "plan end=99", ERR_USAGE, "\"99\" is no time; give HH:MM or 2004-06-24T20:45:00Z");
	names_nothing(m, "plan end=-5:30", ERR_USAGE, "\"-5:30\" is no time; give HH:MM or 2004-06-24T20:45:00Z");
	names_nothing(m, "pin 99999999999999999999", ERR_USAGE,
		"\"99999999999999999999\" is no theme; give t12 or its number");
	names_nothing(m, "dismiss ,", ERR_USAGE,
		"\",\" names nothing; it wants messages (m12), themes (t12) or questions (q7)");
	memory_room_free(m);
}

/* ---- and back, for the log --------------------------------------------------------------------------------------- */

static void writes(const char *line, const char *expected)
{
	struct words w, again;
	struct buf b = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
	assert_true(words_parse(line, &w, NULL));
	words_line(w.op, (const char *const *)w.arg, &b);
	assert_string_equal(b.data, expected);
	assert_true(words_parse(b.data, &again, NULL));
	show(w.op, w.arg, &one);
	show(again.op, again.arg, &two);
	assert_string_equal(one.data, two.data);
	buf_release(&b);
	buf_release(&one);
	buf_release(&two);
	words_release(&w);
	words_release(&again);
}

static void lines_are_written_and_read_again(void **state)
{
	(void)state;
	writes("edit q7 Le \"vrai\" texte", "edit q7 Le \"vrai\" texte");
	writes("edit q7 text=\"  Le texte  \"", "edit q7 text=\"  Le texte  \"");
	writes("edit q7 text=\"\\\"Le texte\\\"\"", "edit q7 text=\"\\\"Le texte\\\"\"");
	writes("edit q7 text=text=x", "edit q7 text=\"text=x\"");
	writes("edit q7 une ligne\net une autre", "edit q7 une ligne\net une autre");
	writes("air q3", "air question=q3");
	writes("accept m1 m2 Le smic", "accept \"m1 m2\" Le smic");
	writes("accept m1 text=m2 est mon texte", "accept m1 text=\"m2 est mon texte\""); /* or m2 would be a source */
	writes("publish text=q3 est la question", "publish text=\"q3 est la question\"");
	writes("publish q3 speaker=\"L'invité \\\"X\\\"\" Oui",
		"publish question=q3 speaker=\"L'invité \\\"X\\\"\" Oui");
	writes("hold q3 legal note=a b", "hold q3 legal note=\"a b\"");
	writes("prepare name=title=x Titre", "prepare name=title=x Titre");
	writes("dismiss m1 reason=\"m2\"", "dismiss m1 reason=\"m2\"");
	writes("label t1", "label t1");
	writes("end", "end");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_taken_apart),
		cmocka_unit_test(names_may_be_short_and_loud),
		cmocka_unit_test(errors_show_the_usage),
		cmocka_unit_test(usage_is_what_the_manual_shows),
		cmocka_unit_test(short_names_become_ids),
		cmocka_unit_test(an_absent_question_is_bound),
		cmocka_unit_test(last_is_the_seats_own),
		cmocka_unit_test(names_that_mean_nothing),
		cmocka_unit_test(lines_are_written_and_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
