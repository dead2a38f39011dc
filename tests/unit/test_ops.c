/* src/model/op.h: every operation of the table: who may, what it changes, what the public hears, what it refuses and how it
 * says so, and how it is taken back. Played as `:` lines in a memory_room. */
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

/* The crew: a seat a role. */
#define WANDA  "1" /* web */
#define SAM    "2" /* sms */
#define HUGO   "3" /* host */
#define CLARA  "4" /* scribe */
#define PIERRE "5" /* producer */
#define ANNE   "6" /* adviser */
#define OLGA   "7" /* observer */
#define PAUL   "8" /* prompter */

static size_t heard_before, acts_before;

static struct memory_room *room_with(bool producer, bool adviser)
{
	static const struct {
		const char *name;
		enum role role;
	} crew[] = { { "Wanda", R_WEB }, { "Sam", R_SMS }, { "Hugo", R_HOST }, { "Clara", R_SCRIBE },
		{ "Pierre", R_PRODUCER }, { "Anne", R_ADVISER }, { "Olga", R_OBSERVER }, { "Paul", R_PROMPTER } };
	struct memory_room *m = memory_room_new(1);
	for (size_t i = 0; i < COUNT_OF(crew); i++) {
		const char *id = memory_room_seat(m, crew[i].name, crew[i].role);
		struct record *seat = memory_world_get(m->records, K_SEAT, id);
		seat->gone = (crew[i].role == R_PRODUCER && !producer) || (crew[i].role == R_ADVISER && !adviser);
	}
	heard_before = acts_before = 0;
	return m;
}

static struct memory_room *room(void)
{
	return room_with(true, true);
}

/* It is applied. */
static void yes(struct memory_room *m, const char *seat, const char *line)
{
	struct error e = { 0 };
	acts_before = m->n_deeds;
	if (memory_room_do(m, seat, line, &e) != ERR_NONE)
		fail_msg("%s: %s", line, e.text);
}

static void no_with(struct memory_room *m, const char *seat, const char *line, enum err code, const char *sentence)
{
	struct error e = { 0 };
	struct buf before = BUF_INIT, after = BUF_INIT;
	memory_room_dump(m, &before);
	enum err got = memory_room_do(m, seat, line, &e);
	memory_room_dump(m, &after);
	assert_string_equal(e.text, sentence);
	assert_int_equal(got, code);
	assert_string_equal(before.data, after.data);
	buf_release(&before);
	buf_release(&after);
}

/* It is refused, with this sentence, and nothing changed. */
static void no(struct memory_room *m, const char *seat, const char *line, const char *sentence)
{
	no_with(m, seat, line, ERR_REFUSED, sentence);
}

/* What viewers were told since the last call: "question state:opened …". */
static void heard(struct memory_room *m, const char *expected)
{
	struct buf b = BUF_INIT;
	for (size_t i = heard_before; i < m->n_told; i++) {
		buf_addf(&b, "%s%s", b.len ? " " : "", cast_names[m->told[i].cast.type]);
		if (m->told[i].cast.word)
			buf_addf(&b, ":%s", m->told[i].cast.word);
	}
	heard_before = m->n_told;
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

/* The kinds of records that the last act changed, in order. */
static void touched(struct memory_room *m, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_int_equal(m->n_deeds, acts_before + 1);
	const struct deed *d = &m->deeds[m->n_deeds - 1];
	for (size_t i = 0; i < d->n; i++)
		buf_addf(&b, "%s%s", b.len ? " " : "", kinds[d->v[i].kind].name);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void *numbered(struct memory_room *m, enum kind kind, int64_t n)
{
	char id[ID_MAX];
	id_from_number(id, n);
	void *r = memory_world_get(m->records, kind, id);
	assert_non_null(r);
	return r;
}

static const struct event *event(struct memory_room *m)
{
	return (const void *)memory_world_get(m->records, K_EVENT, "event");
}
static const struct message *message(struct memory_room *m, int64_t n)
{
	return numbered(m, K_MESSAGE, n);
}
static const struct theme *theme(struct memory_room *m, int64_t n)
{
	return numbered(m, K_THEME, n);
}
static const struct seat *seat(struct memory_room *m, const char *id)
{
	return (const void *)memory_world_get(m->records, K_SEAT, id);
}

struct by_number {
	int64_t n;
	const struct question *found;
};
static bool find_question(void *arg, const struct record *r)
{
	struct by_number *s = arg;
	if (((const struct question *)r)->number == s->n)
		s->found = (const void *)r;
	return true;
}

static const struct question *question(struct memory_room *m, int64_t n)
{
	struct by_number s = { .n = n };
	memory_world_each(m->records, K_QUESTION, find_question, &s);
	assert_non_null(s.found);
	return s.found;
}

struct by_place {
	size_t n;
	const struct record *found;
};
static bool find_place(void *arg, const struct record *r)
{
	struct by_place *s = arg;
	if (!s->n--)
		s->found = r;
	return !s->found;
}

static const void *nth(struct memory_room *m, enum kind kind, size_t n)
{
	struct by_place s = { .n = n - 1 };
	memory_world_each(m->records, kind, find_place, &s);
	assert_non_null(s.found);
	return s.found;
}

static const struct segment *segment(struct memory_room *m, size_t n)
{
	return nth(m, K_SEGMENT, n);
}
static const struct answer *answer(struct memory_room *m, size_t n)
{
	return nth(m, K_ANSWER, n);
}

/* An open event with q1 on the air and q2, q3 in the reserve. */
static struct memory_room *open_room(void)
{
	struct memory_room *m = room();
	memory_room_message(m, CH_SMS, 1, 0, "Le smic va-t-il monter ?");
	memory_room_message(m, CH_WEB, 2, 0, "Et les retraites ?");
	memory_room_message(m, CH_WEB, 3, 0, "Et l'Europe ?");
	yes(m, HUGO, "open");
	yes(m, WANDA, "accept t1");
	yes(m, WANDA, "accept m2");
	yes(m, SAM, "accept m3");
	yes(m, HUGO, "air q1");
	heard_before = m->n_told;
	return m;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

#define ALL "web sms host scribe producer adviser"
static const struct {
	const char *op, *roles;
} grammar[] = {
	{ "dismiss", "web sms producer" },
	{ "restore", "web sms host producer" },
	{ "refile", "web sms producer" },
	{ "mute", "web sms producer" },
	{ "unmute", "web sms producer" },
	{ "hold", ALL },
	{ "clear", "producer adviser" },
	{ "block", "producer adviser" },
	{ "alert", ALL },
	{ "merge", "web sms producer" },
	{ "unmerge", "web sms producer" },
	{ "split", "web sms producer" },
	{ "label", "web sms producer" },
	{ "pin", "web sms producer" },
	{ "prepare", "web sms producer" },
	{ "accept", "web sms host producer" },
	{ "compose", "host producer" },
	{ "edit", "web sms host producer" },
	{ "credit", "host producer" },
	{ "suggest", ALL },
	{ "combine", "web sms host producer" },
	{ "return", "host producer" },
	{ "move", "host producer" },
	{ "next", "host producer" },
	{ "drop", "host producer" },
	{ "air", "host producer" },
	{ "ask", "host scribe producer" },
	{ "reword", "host producer" },
	{ "close", "host producer" },
	{ "strike", "host producer adviser" },
	{ "publish", "scribe producer" },
	{ "speaker", "scribe producer" },
	{ "attach", "scribe producer" },
	{ "reassign", "scribe producer" },
	{ "correct", "scribe producer" },
	{ "retract", "scribe producer adviser" },
	{ "outcome", "host scribe producer" },
	{ "release", "host producer adviser" },
	{ "collect", "host producer" },
	{ "open", "host producer" },
	{ "notice", "host scribe producer" },
	{ "interrupt", "host scribe producer" },
	{ "resume", "host producer" },
	{ "end", "host producer" },
	{ "reopen", "host producer" },
	{ "seal", "host producer" },
	{ "intake", "host producer" },
	{ "plan", "host producer" },
	{ "say", ALL },
	{ "ack", ALL },
	{ "away", ALL },
	{ "back", ALL },
	{ "baton", ALL },
	{ "undo", ALL },
	{ "redo", ALL },
};

static void the_table_is_the_contract(void **state)
{
	(void)state;
	assert_int_equal(ops_n, COUNT_OF(grammar));
	for (size_t i = 0; i < ops_n; i++) {
		const struct op *op = &ops[i];
		struct buf roles = BUF_INIT;
		for (int r = 0; r < ROLES; r++)
			if (op->roles & (1u << r))
				buf_addf(&roles, "%s%s", roles.len ? " " : "", role_names[r]);
		assert_string_equal(op->name, grammar[i].op);
		assert_string_equal(roles.data, grammar[i].roles);
		assert_ptr_equal(op_by_name(op->name), op);
		assert_true(op->help && *op->help && op->apply);
		assert_false((op->flags & OP_UNDO) && (op->flags & OP_PUBLIC)); /* what the public saw is not undone */
		assert_true(!(op->flags & OP_EXPIRES) || (op->flags & OP_PUBLIC));
		assert_true(!op->back || op_by_name(op->back));
		assert_true((op->flags & (OP_UNDO | OP_TAKES | OP_SEND)) || op->back || !strcmp(op->name, "seal"));
		assert_true(op->subject_arg < (int)op_arg_count(op));
		for (size_t a = 0; a < op_arg_count(op); a++) {
			assert_true(op->args[a].help && *op->args[a].help);
			assert_int_equal(op->args[a].type == A_CHOICE, op->args[a].choices != NULL);
			bool last = a + 1 == op_arg_count(op);
			assert_true(op->args[a].type != A_TEXT || last || (op->args[a].flags & ARG_NAMED));
		}
		buf_release(&roles);
	}
	assert_null(op_by_name("do"));
	assert_null(op_by_name(""));
}

static void what_expires_and_what_takes_away(void **state)
{
	(void)state;
	static const char *const expire[] = { "air", "ask", "open", "resume", "interrupt" };
	static const char *const take[] = { "strike", "retract" };
	for (size_t i = 0; i < ops_n; i++) {
		bool expires = false, takes = false;
		for (size_t j = 0; j < COUNT_OF(expire); j++)
			expires = expires || !strcmp(ops[i].name, expire[j]);
		for (size_t j = 0; j < COUNT_OF(take); j++)
			takes = takes || !strcmp(ops[i].name, take[j]);
		assert_int_equal(expires, (ops[i].flags & OP_EXPIRES) != 0);
		assert_int_equal(takes, (ops[i].flags & OP_TAKES) != 0);
	}
}

static enum err bare_offer(struct memory_room *m, const char *id, const struct op *op, struct error *e)
{
	struct offer o = memory_room_ask(m, id, op);
	struct outcome out;
	enum err got = op_decide(&m->world, &o, &out, e);
	outcome_release(&out);
	return got;
}

static void every_role_and_every_operation(void **state)
{
	(void)state;
	struct memory_room *m = room();
	static const char *const seats[] = { WANDA, SAM, HUGO, CLARA, PIERRE, ANNE, OLGA, PAUL };
	for (size_t i = 0; i < ops_n; i++)
		for (size_t s = 0; s < COUNT_OF(seats); s++) {
			enum role role = seat(m, seats[s])->role;
			bool may = ops[i].roles & (1u << role);
			struct error e = { 0 };
			assert_int_equal(op_allowed(&m->world, &ops[i], role), may);
			enum err got = bare_offer(m, seats[s], &ops[i], &e);
			char start[80];
			snprintf(start, sizeof start, "\"%s\" is not for the role %s; it is for ", ops[i].name,
				role_names[role]);
			assert_int_equal(!strncmp(e.text, start, strlen(start)), !may);
			assert_true(may || got == ERR_REFUSED);
		}
	no(m, OLGA, "say all bonjour",
		"\"say\" is not for the role observer; it is for web, sms, host, scribe, producer, adviser");
	no(m, PAUL, "undo",
		"\"undo\" is not for the role prompter; it is for web, sms, host, scribe, producer, adviser");
	no(m, WANDA, "air", "no question is next; name one, or choose it with next");
	no(m, CLARA, "clear m1", "\"clear\" is not for the role scribe; it is for producer, adviser");
	no(m, "99", "undo", "seat \"99\" is not of this event");
	memory_room_free(m);
}

static void the_host_stands_in(void **state)
{
	(void)state;
	struct memory_room *with = room_with(false, true), *without = room_with(false, false);
	for (size_t i = 0; i < ops_n; i++) {
		bool advisers = !strcmp(ops[i].name, "clear") || !strcmp(ops[i].name, "block");
		assert_int_equal(op_allowed(&with->world, &ops[i], R_HOST), !advisers);
		assert_true(op_allowed(&without->world, &ops[i], R_HOST));
		assert_int_equal(
			op_allowed(&without->world, &ops[i], R_SCRIBE), (ops[i].roles & (1u << R_SCRIBE)) != 0);
		assert_false(op_allowed(&without->world, &ops[i], R_OBSERVER));
		assert_false(op_allowed(&without->world, &ops[i], R_PROMPTER));
	}
	memory_room_free(with);
	memory_room_free(without);
}

static void four_people_carry_an_evening(void **state)
{
	(void)state;
	struct memory_room *m = room_with(false, false);
	memory_room_message(m, CH_SMS, 1, 0, "Le smic ?");
	yes(m, HUGO, "collect");
	yes(m, SAM, "accept t1");
	yes(m, HUGO, "open");
	yes(m, CLARA, "hold q1 fact");
	yes(m, HUGO, "clear q1");
	yes(m, HUGO, "air q1");
	yes(m, CLARA, "publish Nous y travaillons.");
	yes(m, CLARA, "interrupt");
	yes(m, HUGO, "resume");
	yes(m, HUGO, "close");
	yes(m, HUGO, "end");
	memory_room_finish(m);
	yes(m, HUGO, "seal");
	heard(m,
		"state:collecting state:opened question answer segment state:interrupted state:resumed answer "
		"state:ended");
	memory_room_free(m);
}

/* ---- what holds for all ------------------------------------------------------------------------------------------ */

static void late_comes_nothing_on_the_air(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	static const struct {
		const char *op;
		const char *arg;
	} late[] = { { "air", "q2" }, { "ask", NULL }, { "open", NULL }, { "resume", NULL },
		{ "interrupt", "technical" } };
	for (size_t i = 0; i < COUNT_OF(late); i++) {
		struct offer o = memory_room_ask(m, HUGO, op_by_name(late[i].op));
		struct error e = { 0 };
		char expected[160];
		o.arg[0] = late[i].arg;
		if (!strcmp(late[i].op, "ask"))
			o.arg[2] = "Une question ?";
		o.now = o.until + 2500;
		assert_int_equal(memory_room_offer(m, &o, NULL, &e), ERR_GONE);
		snprintf(expected, sizeof expected,
			"\"%s\" was not done: it came 3 s too late to be put before the public; decide anew",
			late[i].op);
		assert_string_equal(e.text, expected);
		o.now = o.until; /* at the last moment */
		assert_int_not_equal(memory_room_offer(m, &o, NULL, &e), ERR_GONE);
	}
	struct offer o = memory_room_ask(m, HUGO, op_by_name("close"));
	o.until = 1; /* taking away never expires */
	assert_int_not_equal(memory_room_offer(m, &o, NULL, NULL), ERR_GONE);
	memory_room_free(m);
}

static enum err offer_on(struct memory_room *m, const char *id, const char *op, const char *a, const char *b,
	int64_t rev, struct error *e)
{
	struct offer o = memory_room_ask(m, id, op_by_name(op));
	o.arg[0] = a;
	o.arg[1] = b;
	o.rev = rev;
	return memory_room_offer(m, &o, NULL, e);
}

static void stale_decisions_name_who_what_when(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	struct error e;
	int64_t rev = question(m, 2)->r.rev;
	m->now += 65000;
	yes(m, PIERRE, "edit q2 Les retraites, combien ?");
	assert_int_equal(offer_on(m, WANDA, "edit", "q2", "La retraite, quand ?", rev, &e), ERR_REFUSED);
	assert_string_equal(e.text,
		"the question was changed since you looked, by Pierre (edit) at 18:01:05; look again and decide anew");
	assert_string_equal(question(m, 2)->wording, "Les retraites, combien ?");
	assert_int_equal(offer_on(m, WANDA, "edit", "q2", "La retraite, quand ?", rev + 1, &e), ERR_NONE);
	assert_int_equal(offer_on(m, WANDA, "label", "1", "Le smic", 5, &e), ERR_REFUSED);
	assert_int_equal(offer_on(m, WANDA, "suggest", question(m, 3)->r.id, "Autrement", 9, &e), ERR_REFUSED);
	assert_string_equal(e.text,
		"the question was changed since you looked, by Sam (accept) at 18:00:00; look again and decide anew");
	assert_int_equal(offer_on(m, WANDA, "suggest", question(m, 3)->r.id, "Autrement", -1, &e), ERR_NONE);
	/* traffic makes no decision stale */
	rev = theme(m, 2)->r.rev;
	memory_room_message(m, CH_SMS, 5, 2, "et lé retrete");
	assert_int_equal(offer_on(m, WANDA, "label", "2", "Les retraites", rev, &e), ERR_NONE);
	memory_room_free(m);
}

static void arguments_are_checked(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	struct error e;
	char longer[2002];
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	static const struct {
		const char *op, *a, *b, *sentence;
	} bad[] = {
		{ "edit", "q2", NULL, "\"edit\" needs its text: the new wording" },
		{ "edit", NULL, "x", "\"edit\" needs its question: the question: its id, q7, next or air" },
		{ "edit", "zut", "x", "\"zut\" is no question; give q7, next, air or an id" },
		{ "edit", "q2", "\xe2\x80\x8b \n", "the text of \"edit\" has nothing in it that can be seen" },
		{ "pin", "t0", NULL, "\"t0\" is no theme; give t12 or its number" },
		{ "pin", "1", "perhaps", "\"perhaps\" is no state for \"pin\"; it wants on (default) or off" },
		{ "intake", "fax", "on", "\"fax\" is no channel for \"intake\"; it wants web, sms or all" },
		{ "plan", "25:61", NULL, "\"25:61\" is no time; give HH:MM or 2004-06-24T20:45:00Z" },
		{ "plan", "50", NULL, "\"50\" is no time; give HH:MM or 2004-06-24T20:45:00Z" },
		{ "mute", "m99", NULL, "there is no message \"m99\" whose sender is known" },
		{ "retract", "nothing", NULL, "\"nothing\" is no segment; give last, last-1 or an id" },
		{ "undo", "yesterday", NULL,
			"\"yesterday\" is no act for \"undo\"; it wants the act, by its number in the log; absent: "
			"this seat's last" },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		enum err got = offer_on(m, PIERRE, bad[i].op, bad[i].a, bad[i].b, -1, &e);
		assert_string_equal(e.text, bad[i].sentence);
		assert_int_equal(got, strstr(bad[i].sentence, "there is no") ? ERR_REFUSED : ERR_USAGE);
	}
	assert_int_equal(offer_on(m, PIERRE, "edit", "q2", longer, -1, &e), ERR_USAGE);
	assert_string_equal(e.text, "the text of \"edit\" is too long; at most 2000 characters are taken");
	/* texts are cleaned as at the door; a word is one line */
	assert_int_equal(offer_on(m, PIERRE, "edit", "q2", " Les\r\nretraites\x1b ? ", -1, &e), ERR_NONE);
	assert_string_equal(question(m, 2)->wording, "Les\nretraites ?");
	yes(m, PIERRE, "publish speaker=\"L'in\nvité\" Oui.");
	assert_string_equal(segment(m, 1)->speaker, "L'in vité");
	memory_room_free(m);
}

static void ids_are_given_once(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	char line[200];
	snprintf(line, sizeof line, "compose id=%s Encore", question(m, 1)->r.id);
	char expected[160];
	snprintf(expected, sizeof expected, "the id \"%s\" is taken by another question; give another",
		question(m, 1)->r.id);
	no(m, HUGO, line, expected);
	no_with(m, HUGO, "compose id=7 Encore", ERR_USAGE, "\"7\" is no id for a new question; give a UUIDv7 or none");
	yes(m, HUGO, "compose id=00000000-0000-7000-8000-0000000000aa Encore");
	assert_int_equal(world_question(&m->world, "00000000-0000-7000-8000-0000000000aa")->number, 4);
	yes(m, CLARA, "publish Oui.");
	yes(m, HUGO, "close");
	yes(m, HUGO, "air q2");
	snprintf(line, sizeof line, "reassign last q2 id=%s",
		answer(m, 1)->r.id); /* must not replace somebody's answer */
	snprintf(expected, sizeof expected, "the id \"%s\" is taken by another answer; give another",
		answer(m, 1)->r.id);
	no(m, CLARA, line, expected);
	memory_room_free(m);
}

static void a_sealed_event_refuses_everything(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "end");
	memory_room_finish(m);
	yes(m, PIERRE, "seal");
	struct error e;
	for (size_t i = 0; i < ops_n; i++)
		for (int s = 1; s <= 8; s++) {
			char id[ID_MAX];
			id_from_number(id, s);
			assert_int_equal(bare_offer(m, id, &ops[i], &e), ERR_REFUSED);
			assert_string_equal(
				e.text, "the event is sealed by Pierre (seal) at 18:00:00; nothing changes any more");
		}
	struct outcome out;
	event_finish(&m->world, m->now, &out);
	assert_int_equal(out.n + out.n_casts, 0);
	outcome_release(&out);
	memory_room_free(m);
}

static void no_event_no_operation(void **state)
{
	(void)state;
	struct memory_room *m = room();
	memory_world_clear(m->records, K_EVENT);
	no(m, HUGO, "collect", "there is no event here yet; make one with regied init");
	memory_room_free(m);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void messages_are_set_aside_and_brought_back(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "dismiss m2,t3 hors sujet");
	touched(m, "message theme");
	assert_int_equal(message(m, 2)->state, MS_DISMISSED);
	assert_string_equal(message(m, 2)->reason, "hors sujet");
	assert_true(theme(m, 3)->dismissed);
	assert_string_equal(theme(m, 3)->reason, "hors sujet");
	assert_string_equal(message(m, 2)->text, "Et les retraites ?"); /* never altered */
	yes(m, SAM, "restore m2 t3");
	assert_int_equal(message(m, 2)->state, MS_WAITING);
	assert_string_equal(message(m, 2)->reason, "");
	assert_false(theme(m, 3)->dismissed);
	yes(m, HUGO, "drop q2 trop long");
	yes(m, HUGO, "return q3");
	yes(m, WANDA, "restore q2 q3");
	assert_int_equal(question(m, 2)->state, Q_RESERVE);
	assert_string_equal(question(m, 2)->reason, "");
	assert_int_equal(question(m, 3)->state, Q_RESERVE);
	no(m, WANDA, "restore q1", "question q1 was neither dropped nor returned");
	no(m, WANDA, "dismiss q2", "a question is not dismissed but dropped or returned, by the host");
	no(m, WANDA, "dismiss m77", "there is no message \"77\"");
	no(m, WANDA, "dismiss m2 t77", "there is no theme \"77\""); /* all or nothing */
	no(m, WANDA, "dismiss segment:00000000-0000-7000-8000-0000000000aa",
		"\"dismiss\" works on messages, themes and questions, not on "
		"\"segment:00000000-0000-7000-8000-0000000000aa\"");
	heard(m, "");
	memory_room_free(m);
}

static void messages_are_refiled(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "refile m2 m3 t1");
	touched(m, "message message");
	assert_int_equal(message(m, 2)->cluster, 1);
	assert_int_equal(message(m, 3)->cluster, 1);
	no(m, WANDA, "refile m2 t9", "there is no theme \"9\"");
	no(m, WANDA, "refile m9 t2", "there is no message \"9\"");
	((struct message *)numbered(m, K_MESSAGE, 3))->service = SV_STOP;
	no(m, WANDA, "refile m3 t2", "message 3 speaks to the service and asks nothing; it has no theme");
	yes(m, WANDA, "undo");
	assert_int_equal(message(m, 2)->cluster, 2);
	memory_room_free(m);
}

static const char *cluster_in(struct memory_room *m, const char *id)
{
	const struct cluster *c = (const void *)world_get(&m->world, K_CLUSTER, id);
	return c == NULL ? "" : c->theme;
}

static void clusters_are_moved_whole(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "refile C2 t1");
	touched(m, "cluster");
	assert_string_equal(cluster_in(m, "2"), "1");
	no(m, WANDA, "refile c9 t1", "there is no cluster \"9\"");
	no(m, WANDA, "split t2 c2 Non", "cluster 2 is not in theme 2");
	char made[ID_MAX];
	id_from_number(made, m->themes + 1);
	yes(m, WANDA, "split t1 c2 Les stages");
	assert_string_equal(cluster_in(m, "2"), made);
	yes(m, WANDA, "undo");
	assert_string_equal(cluster_in(m, "2"), "1");
	assert_string_equal(theme(m, m->themes)->into, "1"); /* what came into it meanwhile goes along */
	yes(m, WANDA, "redo");
	assert_string_equal(cluster_in(m, "2"), made);
	yes(m, WANDA, "undo");
	((struct theme *)numbered(m, K_THEME, 1))->asks_nothing = true;
	no(m, WANDA, "refile c1 t2", "cluster 1 holds what asks nothing and has nothing in common; move its messages");
	memory_room_free(m);
}

static void people_are_muted(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, SAM, "mute m1");
	touched(m, "participant");
	const struct participant *p = numbered(m, K_PARTICIPANT, 1);
	assert_true(p->muted);
	yes(m, SAM, "unmute p1");
	p = numbered(m, K_PARTICIPANT, 1);
	assert_false(p->muted);
	/* who was never heard of may be muted; undoing it hides no STOP that came meanwhile */
	yes(m, WANDA, "mute p7");
	memory_room_stop(m, 7);
	yes(m, WANDA, "undo");
	p = numbered(m, K_PARTICIPANT, 7);
	assert_false(p->muted);
	assert_false(p->r.gone);
	assert_true(p->stopped);
	yes(m, WANDA, "redo");
	p = numbered(m, K_PARTICIPANT, 7);
	assert_true(p->muted && p->stopped);
	memory_room_free(m);
}

/* ---- holds ------------------------------------------------------------------------------------------------------- */

static void a_hold_anywhere_keeps_it_off_the_air(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "hold q2 legal host note=\"un procès court\"");
	touched(m, "question");
	assert_int_equal(question(m, 2)->hold, HOLD_LEGAL);
	assert_string_equal(question(m, 2)->hold_for, "host");
	no(m, HUGO, "air q2",
		"the question is held for legal advice (un procès court); it cannot be aired until it is cleared");
	yes(m, ANNE, "clear q2");
	yes(m, SAM, "hold m2 opinion");
	no(m, HUGO, "air q2",
		"the message it comes from is held for a second opinion; it cannot be aired until it is cleared");
	yes(m, PIERRE, "clear m2");
	yes(m, SAM, "hold t2 fact");
	no(m, HUGO, "air q2",
		"the theme it comes from is held for a fact check; it cannot be aired until it is cleared");
	yes(m, SAM, "undo"); /* one's own hold */
	yes(m, ANNE, "block q2 diffamation");
	no(m, HUGO, "air q2", "the question is blocked (diffamation); it cannot be aired until it is cleared");
	yes(m, ANNE, "clear q2");
	yes(m, CLARA, "alert m2 parle de se tuer");
	no(m, HUGO, "air q2",
		"message 2 it comes from is marked as from someone in danger; it cannot be aired until that is "
		"cleared");
	yes(m, ANNE, "clear q2"); /* about the words: the alert is about the person */
	no(m, HUGO, "air q2",
		"message 2 it comes from is marked as from someone in danger; it cannot be aired until that is "
		"cleared");
	yes(m, ANNE, "clear m2");
	assert_string_equal(message(m, 2)->hold_why, "");
	yes(m, HUGO, "air q2");
	no(m, ANNE, "hold q2 legal", "question q2 is on the air; strike it or close it");
	no(m, ANNE, "block q2", "question q2 is on the air; strike it or close it");
	memory_room_free(m);
}

static void holds_go_with_what_is_made(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, SAM, "hold m2 legal note=\"à voir\"");
	yes(m, SAM, "accept m2");
	assert_int_equal(question(m, 4)->hold, HOLD_LEGAL);
	assert_string_equal(question(m, 4)->hold_why, "à voir");
	no(m, HUGO, "air q4", "the question is held for legal advice (à voir); it cannot be aired until it is cleared");
	/* who clears the question has judged its words: one act, not two */
	yes(m, ANNE, "clear q4");
	touched(m, "question message");
	yes(m, HUGO, "air q4");
	/* a theme's too, and that of a theme it was joined to */
	yes(m, PIERRE, "block t3 non");
	yes(m, SAM, "accept m3");
	assert_int_equal(question(m, 5)->hold, HOLD_BLOCKED);
	yes(m, SAM, "merge t3 t2");
	no(m, HUGO, "air q2", "the theme it comes from is blocked (non); it cannot be aired until it is cleared");
	memory_room_free(m);
}

static void one_hold_does_not_hide_another(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, ANNE, "block q2 jamais");
	no(m, WANDA, "hold q2 fact", "the question is blocked already; that must be cleared first");
	yes(m, WANDA, "hold q3 legal");
	no(m, WANDA, "hold q3 fact", "the question is held for legal advice already; that must be cleared first");
	yes(m, WANDA, "hold q3 legal whom=adviser note=urgent"); /* the same, said better */
	yes(m, ANNE, "block q3 non");
	assert_int_equal(question(m, 3)->hold, HOLD_BLOCKED);
	no(m, WANDA, "undo",
		"the question was changed again since, by Anne (block) at 18:00:00; undo that first or change it anew");
	/* a block goes with what is combined, whatever else holds it */
	yes(m, HUGO, "compose Autre chose");
	yes(m, WANDA, "hold q4 fact");
	yes(m, WANDA, "combine q4 q3");
	assert_int_equal(question(m, 4)->hold, HOLD_BLOCKED);
	/* nor is a hold lost by joining themes, or shed by splitting them */
	memory_room_message(m, CH_WEB, 4, 2, "Les retraites, quand ?");
	yes(m, WANDA, "hold t2 legal");
	no(m, WANDA, "merge t1 t2",
		"theme 2 is held for legal advice and theme 1 is not; that must be cleared before they are joined");
	yes(m, WANDA, "split t2 m4 Quand");
	assert_int_equal(theme(m, 4)->hold, HOLD_LEGAL);
	memory_room_free(m);
}

static void an_alert_keeps_the_note_of_a_hold(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "hold m3 legal note=procès");
	yes(m, SAM, "alert m3 danger");
	assert_true(message(m, 3)->alert);
	assert_string_equal(message(m, 3)->hold_why, "procès; danger");
	yes(m, SAM, "undo");
	assert_false(message(m, 3)->alert);
	assert_string_equal(message(m, 3)->hold_why, "procès");
	no(m, SAM, "alert m99", "there is no message \"99\"");
	memory_room_free(m);
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

static void themes_are_joined_and_parted(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "merge t1 t2 t3");
	touched(m, "theme theme");
	assert_string_equal(theme(m, 2)->into, "1");
	assert_string_equal(theme(m, 3)->into, "1");
	assert_int_equal(message(m, 2)->cluster, 2); /* one pointer, no message */
	no(m, SAM, "merge t1 t2", "theme 1 and theme 2 are one already");
	no(m, SAM, "merge t2 t1", "theme 2 and theme 1 are one already");
	no(m, SAM, "merge t1 t9", "there is no theme \"9\"");
	yes(m, WANDA, "unmerge t2");
	assert_string_equal(theme(m, 2)->into, "");
	no(m, WANDA, "unmerge t2", "theme 2 is not merged into another");
	no(m, WANDA, "unmerge t9", "there is no theme \"9\"");
	/* undo and redo never make a ring of them */
	yes(m, SAM, "merge t2 t1");
	no(m, WANDA, "undo", "theme 1 was joined to theme 2 since; unmerge it first");
	memory_room_free(m);
}

static void themes_are_split_named_pinned_prepared(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	memory_room_message(m, CH_SMS, 4, 1, "Le smic et les stages ?");
	yes(m, WANDA, "split t1 m4 Les stages");
	touched(m, "theme message");
	assert_string_equal(theme(m, 4)->label, "Les stages");
	assert_string_equal(theme(m, 4)->title, "Le smic et les stages ?");
	assert_int_equal(message(m, 4)->cluster, 4);
	no(m, WANDA, "split t1 m4", "message 4 is not in theme 1");
	no(m, WANDA, "split t9 m4", "there is no theme \"9\"");
	no(m, WANDA, "split t1 m9", "there is no message \"9\" in a theme");
	yes(m, WANDA, "undo");
	assert_int_equal(message(m, 4)->cluster, 1);
	assert_true(theme(m, 4)->r.gone);
	yes(m, WANDA, "redo");
	assert_int_equal(message(m, 4)->cluster, 4);
	memory_room_message(m, CH_SMS, 5, 4, "et lé stage");
	no(m, WANDA, "undo", "theme 4 has other messages by now; merge it into another instead");
	yes(m, SAM, "label t1 Le smic");
	assert_string_equal(theme_title(theme(m, 1)), "Le smic");
	yes(m, SAM, "label t1");
	assert_string_equal(theme_title(theme(m, 1)), "Le smic va-t-il monter ?");
	yes(m, SAM, "pin t1");
	assert_true(theme(m, 1)->pinned);
	yes(m, SAM, "pin t1 off");
	assert_false(theme(m, 1)->pinned);
	no(m, SAM, "pin t9", "there is no theme \"9\"");
	yes(m, SAM, "prepare europe words=ue,bruxelles L'Europe");
	assert_string_equal(theme(m, 5)->name, "europe");
	assert_string_equal(theme(m, 5)->title, "L'Europe");
	assert_string_equal(theme(m, 5)->words, "ue,bruxelles");
	memory_room_message(m, CH_SMS, 6, 5, "et bruxelles");
	no(m, SAM, "undo", "theme 5 has other messages by now; merge it into another instead");
	struct offer o = memory_room_ask(m, SAM, op_by_name("prepare"));
	struct error e;
	o.arg[0] = o.arg[3] = "x";
	memcpy(o.fresh, "1", 2); /* taken */
	assert_int_equal(memory_room_offer(m, &o, NULL, &e), ERR_REFUSED);
	assert_string_equal(e.text, "a new theme gets its number from the backend");
	heard(m, "");
	memory_room_free(m);
}

static void prepared_themes_are_edited_by_name(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	no(m, SAM, "prepare europe words=ue", "there is no prepared theme \"europe\" yet; give a new one its title");
	yes(m, SAM, "prepare europe words=ue,bruxelles examples=\"Et l'Europe ? | | Quitter l'UE ?\" L'Europe");
	const int64_t made = m->themes;
	assert_string_equal(theme(m, made)->examples, "Et l'Europe ?\nQuitter l'UE ?");
	memory_room_message(m, CH_SMS, 6, made, "et bruxelles");
	yes(m, WANDA, "prepare europe words=ue");
	assert_int_equal(m->themes, made);
	assert_string_equal(theme(m, made)->words, "ue");
	assert_string_equal(theme(m, made)->title, "L'Europe");
	assert_string_equal(theme(m, made)->examples, "Et l'Europe ?\nQuitter l'UE ?");
	yes(m, WANDA, "prepare europe L'Union");
	assert_string_equal(theme(m, made)->title, "L'Union");
	yes(m, WANDA, "undo");
	assert_string_equal(theme(m, made)->title, "L'Europe");
	yes(m, SAM, "prepare turquie words=ankara La Turquie");
	assert_int_equal(m->themes, made + 1);
	yes(m, SAM, "undo"); /* nothing in it yet: it goes, and its name is free */
	yes(m, SAM, "prepare turquie La Turquie encore");
	assert_int_equal(m->themes, made + 2);
	memory_room_free(m);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

static void questions_are_accepted(void **state)
{
	(void)state;
	struct memory_room *m = room();
	int64_t n = memory_room_message(m, CH_SMS, 1, 0, "Appelez moi au 06 12 34 56 78, le smic ?");
	struct message *from = numbered(m, K_MESSAGE, n);
	text_set(&from->name, "Momi543");
	memory_room_message(m, CH_WEB, 2, 0, "Le smic");
	yes(m, SAM, "accept m1");
	touched(m, "question message");
	const struct question *q = question(m, 1);
	assert_string_equal(q->credit, "Momi543, par SMS");
	assert_string_equal(
		q->wording, "Appelez moi au [numéro masqué], le smic ?"); /* never aired with the number in it */
	assert_string_equal(q->original, "Appelez moi au 06 12 34 56 78, le smic ?");
	assert_string_equal(q->theme, "1");
	assert_int_equal(q->channel, CH_SMS);
	assert_string_equal(message(m, 1)->question, q->r.id);
	yes(m, WANDA, "accept t2 m1 credit=\"Deux personnes\" Le smic, quand ?");
	q = question(m, 2);
	assert_string_equal(q->wording, "Le smic, quand ?");
	assert_string_equal(q->credit, "Deux personnes");
	assert_int_equal(q->messages.n, 2);
	assert_string_equal(theme(m, 2)->question, q->r.id);
	assert_true(q->position > question(m, 1)->position);
	no(m, WANDA, "accept t9", "there is no theme \"9\"");
	no(m, WANDA, "accept m9", "there is no message \"9\"");
	char expected[160];
	snprintf(expected, sizeof expected,
		"a question is made of a theme (t12) or messages (m12), not of \"question:%s\"", q->r.id);
	no(m, WANDA, "accept q2", expected);
	text_set(&((struct message *)numbered(m, K_MESSAGE, 2))->text, "");
	no(m, WANDA, "accept m2", "message 2 was erased");
	no(m, CLARA, "accept m1", "\"accept\" is not for the role scribe; it is for web, sms, host, producer");
	heard(m, "");
	memory_room_free(m);
}

static void questions_are_composed_and_written(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "compose Pourquoi ce soir ?");
	touched(m, "question");
	assert_string_equal(question(m, 4)->credit, "La rédaction");
	assert_int_equal(question(m, 4)->channel, CH_ROOM);
	no(m, HUGO, "credit q4 Momi543", "question q4 is the room's own and is never credited to the public");
	yes(m, HUGO, "credit q2 Jeanne, de Lyon");
	assert_string_equal(question(m, 2)->credit, "Jeanne, de Lyon");
	yes(m, WANDA, "suggest q2 Les retraites, quand ?");
	assert_string_equal(question(m, 2)->suggestion, "Les retraites, quand ?");
	assert_string_equal(question(m, 2)->suggested_by, WANDA);
	yes(m, HUGO, "edit q2 Quand les retraites ?");
	assert_string_equal(question(m, 2)->wording, "Quand les retraites ?");
	assert_string_equal(question(m, 2)->suggestion, "");
	yes(m, HUGO, "next q2");
	no(m, WANDA, "edit q2 Non", "question q2 is the next one, its words are the host's; use suggest");
	no(m, WANDA, "combine q2 q3", "question q2 is the next one, its words are the host's; use suggest");
	no(m, WANDA, "combine q3 q2", "question q2 is the next one, its words are the host's; use suggest");
	yes(m, PIERRE, "edit q2 Les retraites ?");
	no(m, HUGO, "edit q1 Non", "question q1 was aired; its credit stays, its words change by the host's reword, which viewers see");
	no(m, HUGO, "credit q1 Non", "question q1 was aired; its credit stays, its words change by the host's reword, which viewers see");
	no(m, HUGO, "edit q9 Non", "there is no question q9; see the rundown");
	no(m, HUGO, "edit 00000000-0000-7000-8000-0000000000aa Non",
		"there is no question \"00000000-0000-7000-8000-0000000000aa\"; see the rundown");
	no(m, WANDA, "suggest m1 Non", "a suggestion is for a question or a segment, not for \"message:1\"");
	no(m, WANDA, "suggest segment:00000000-0000-7000-8000-0000000000aa Non",
		"there is no segment \"00000000-0000-7000-8000-0000000000aa\"");
	heard(m, "");
	memory_room_free(m);
}

static void questions_are_combined(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "combine q2 q3 Les retraites et l'Europe ?");
	touched(m, "question question message theme");
	assert_string_equal(question(m, 2)->wording, "Les retraites et l'Europe ?");
	assert_int_equal(question(m, 2)->messages.n, 2);
	assert_int_equal(question(m, 3)->state, Q_DROPPED);
	assert_string_equal(question(m, 3)->reason, "combined into q2");
	assert_string_equal(message(m, 3)->question, question(m, 2)->r.id); /* who asked follows the one that lives */
	no(m, WANDA, "combine q2 q1", "question q1 is on the air and cannot join q2");
	no(m, WANDA, "combine q2 q2", "question q2 is the same and cannot join q2");
	no(m, WANDA, "combine q2 q3", "question q3 is dropped and cannot join q2");
	no(m, WANDA, "combine q3 q2", "question q3 is dropped; restore it before others join it");
	yes(m, WANDA, "undo");
	assert_int_equal(question(m, 3)->state, Q_RESERVE);
	assert_int_equal(question(m, 2)->messages.n, 1);
	memory_room_free(m);
}

/* The reserve by position: "2 3 4". */
struct order {
	const struct question *v[16];
	size_t n;
};
static bool into_order(void *arg, const struct record *r)
{
	struct order *o = arg;
	const struct question *q = (const void *)r;
	if (r->gone || q->state != Q_RESERVE)
		return true;
	size_t i = o->n++;
	for (; i && o->v[i - 1]->position > q->position; i--)
		o->v[i] = o->v[i - 1];
	o->v[i] = q;
	return true;
}

static void reserve_is(struct memory_room *m, const char *expected)
{
	struct order o = { .n = 0 };
	struct buf b = BUF_INIT;
	memory_world_each(m->records, K_QUESTION, into_order, &o);
	for (size_t i = 0; i < o.n; i++)
		buf_addf(&b, "%s%lld", i ? " " : "", (long long)o.v[i]->number);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void the_reserve_is_ordered(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "compose Quatre");
	yes(m, HUGO, "compose Cinq");
	reserve_is(m, "2 3 4 5");
	yes(m, HUGO, "move q5 first");
	touched(m, "question");
	reserve_is(m, "5 2 3 4");
	yes(m, HUGO, "move q5 2");
	reserve_is(m, "2 5 3 4");
	yes(m, HUGO, "move q5 down");
	reserve_is(m, "2 3 5 4");
	yes(m, HUGO, "move q4 up");
	reserve_is(m, "2 3 4 5");
	yes(m, HUGO, "move q2 last");
	reserve_is(m, "3 4 5 2");
	yes(m, HUGO, "move q2 99");
	touched(m, ""); /* it is there */
	yes(m, HUGO, "move q2 down");
	reserve_is(m, "3 4 5 2");
	for (int i = 0; i < 100; i++) { /* the gaps close, and are opened anew */
		yes(m, HUGO, "move q5 first");
		yes(m, HUGO, "move q4 first");
		reserve_is(m, "4 5 3 2");
	}
	no_with(m, HUGO, "move q5 middle", ERR_USAGE,
		"\"middle\" is no place; give a number from 1, first, last, up or down");
	no_with(m, HUGO, "move q5 0", ERR_USAGE, "\"0\" is no place; give a number from 1, first, last, up or down");
	no(m, HUGO, "move q1 first", "question q1 is not in the reserve, it is on the air");
	memory_room_free(m);
}

static void one_question_is_next(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, ANNE, "hold q2 legal");
	yes(m, HUGO, "next"); /* the first that may be aired */
	touched(m, "question");
	assert_int_equal(question(m, 3)->state, Q_NEXT);
	no(m, HUGO, "next q3", "question q3 is the next one, not in the reserve");
	no(m, HUGO, "next q1", "question q1 is on the air, not in the reserve");
	yes(m, PIERRE, "next q2");
	touched(m, "question question");
	assert_int_equal(question(m, 2)->state, Q_NEXT);
	assert_int_equal(question(m, 3)->state, Q_RESERVE);
	yes(m, HUGO, "drop q3");
	no(m, HUGO, "next", "the reserve holds no question that may be aired");
	yes(m, HUGO, "return q2 trop long");
	assert_int_equal(question(m, 2)->state, Q_RETURNED);
	no(m, HUGO, "return q1",
		"question q1 is on the air, by Hugo (air) at 18:00:00; only one that waits can be returned");
	no(m, HUGO, "drop q3",
		"question q3 is dropped, by Hugo (drop) at 18:00:00; only one that waits can be dropped");
	yes(m, HUGO, "drop q2 trop long");
	assert_string_equal(question(m, 2)->reason, "trop long");
	/* undo and redo never make two of them */
	yes(m, WANDA, "restore q2 q3");
	yes(m, ANNE, "clear q2");
	yes(m, HUGO, "next q2");
	yes(m, HUGO, "undo");
	yes(m, PIERRE, "next q3");
	no(m, HUGO, "redo", "question q3 is the next one now, by Pierre (next) at 18:00:00; q2 cannot be that too");
	heard(m, "");
	memory_room_free(m);
}

/* ---- answered ---------------------------------------------------------------------------------------------------- */

static void what_joins_an_answered_theme_is_answered(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	m->now += 60000;
	yes(m, HUGO, "close");
	int64_t then = m->now;
	assert_int_equal(theme(m, 1)->answered_at, then);
	assert_int_equal(message_answered(&m->world, message(m, 1)), then);
	assert_int_equal(message_answered(&m->world, message(m, 3)), 0);
	m->now += 60000;
	int64_t later = memory_room_message(m, CH_WEB, 9, 1, "Et le smic, alors ?");
	assert_int_equal(message_answered(&m->world, message(m, later)), then);
	/* the answered one joins another: what comes to either is answered */
	yes(m, SAM, "merge t3 t1");
	assert_int_equal(theme(m, 3)->answered_at, then);
	assert_int_equal(message_answered(&m->world, message(m, 3)), then);
	later = memory_room_message(m, CH_WEB, 10, 1, "Le smic, encore");
	assert_int_equal(message_answered(&m->world, message(m, later)), then);
	/* and no more when it leaves it */
	yes(m, SAM, "unmerge t1");
	assert_int_equal(theme(m, 3)->answered_at, 0);
	assert_int_equal(theme(m, 1)->answered_at, then);
	assert_int_equal(message_answered(&m->world, message(m, later)), then);
	yes(m, SAM, "merge t3 t1");
	yes(m, SAM, "undo");
	assert_int_equal(theme(m, 3)->answered_at, 0);
	/* an answer given after the merge is one of both, and is taken back from both */
	yes(m, SAM, "merge t3 t1");
	m->now += 60000;
	yes(m, HUGO, "air q1");
	yes(m, HUGO, "close answered");
	assert_int_equal(theme(m, 1)->answered_at, m->now);
	assert_int_equal(theme(m, 3)->answered_at, m->now);
	yes(m, HUGO, "outcome q1 declined");
	assert_int_equal(theme(m, 1)->answered_at, 0);
	assert_int_equal(theme(m, 3)->answered_at, 0);
	memory_room_free(m);
}

static void a_combined_question_answers_both_themes(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, SAM, "combine q2 q3");
	yes(m, HUGO, "air q2");
	m->now += 1000;
	yes(m, HUGO, "close");
	assert_int_equal(theme(m, 2)->answered_at, m->now);
	assert_int_equal(theme(m, 3)->answered_at, m->now);
	yes(m, HUGO, "strike q2");
	assert_int_equal(theme(m, 3)->answered_at, 0);
	memory_room_free(m);
}

/* ---- the air ----------------------------------------------------------------------------------------------------- */

static void air_closes_the_one_before(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	m->now += 1000;
	yes(m, HUGO, "next q2");
	yes(m, HUGO, "air");
	touched(m, "question event question theme");
	heard(m, "answer question");
	assert_int_equal(question(m, 1)->state, Q_CLOSED);
	assert_int_equal(question(m, 1)->outcome, OUT_ANSWERED);
	assert_int_equal(question(m, 1)->closed_at, m->now);
	assert_int_equal(theme(m, 1)->answered_at, m->now);
	assert_int_equal(question(m, 2)->state, Q_AIR);
	assert_int_equal(question(m, 2)->people, 1);
	assert_string_equal(event(m)->air, question(m, 2)->r.id);
	assert_int_equal(event(m)->aired, 2);
	no(m, PIERRE, "air q2", "question q2 is on the air already, put there by Hugo (air) at 18:00:01");
	yes(m, HUGO, "air q1"); /* the guest goes back to it */
	assert_int_equal(question(m, 1)->times, 2);
	assert_int_equal(question(m, 1)->outcome, OUT_NONE);
	assert_int_equal(event(m)->aired, 2);
	yes(m, HUGO, "drop q3");
	no(m, HUGO, "air q3", "question q3 was dropped by Hugo (drop) at 18:00:01; it cannot be aired");
	no(m, HUGO, "undo 7", "\"air\" cannot be undone; \"strike\" takes it back");
	heard(m, "answer question");
	memory_room_free(m);
}

static void only_an_open_event_airs(void **state)
{
	(void)state;
	struct memory_room *m = room();
	memory_room_message(m, CH_SMS, 1, 0, "Le smic ?");
	yes(m, WANDA, "accept t1");
	no(m, HUGO, "air q1", "the event is preparing; \"air\" wants it open");
	no(m, HUGO, "ask Bonsoir ?", "the event is preparing; \"ask\" wants it open");
	yes(m, HUGO, "collect");
	no(m, HUGO, "air q1", "the event is collecting; \"air\" wants it open");
	yes(m, HUGO, "open");
	yes(m, HUGO, "interrupt");
	no(m, HUGO, "air q1", "the broadcast is interrupted; resume before you air");
	yes(m, HUGO, "resume");
	text_set(&((struct question *)memory_world_get(m->records, K_QUESTION, question(m, 1)->r.id))->wording, "");
	no(m, HUGO, "air q1", "question q1 has no words; edit it first");
	yes(m, HUGO, "end");
	no(m, HUGO, "air q1", "the event is ending; \"air\" wants it open");
	memory_room_finish(m);
	no(m, HUGO, "air q1", "the event is ended; \"air\" wants it open");
	memory_room_free(m);
}

static void a_late_close_is_harmless(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	m->now += 5000;
	yes(m, PIERRE, "air q2");
	no(m, HUGO, "close q1", "question q1 is not on the air; it is closed, by Pierre (air) at 18:00:05");
	assert_int_equal(question(m, 2)->state, Q_AIR);
	yes(m, HUGO, "close outcome=declined");
	touched(m, "question event");
	assert_int_equal(question(m, 2)->outcome, OUT_DECLINED);
	assert_int_equal(theme(m, 2)->answered_at, 0);
	assert_string_equal(event(m)->air, "");
	no(m, HUGO, "close", "no question is on the air");
	no(m, HUGO, "close q3", "question q3 is not on the air; it is in the reserve, by Sam (accept) at 18:00:00");
	no(m, HUGO, "undo 7", "\"close\" cannot be undone; \"air\" takes it back");
	heard(m, "answer question answer");
	memory_room_free(m);
}

static void an_outcome_given_on_the_air_stays(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "outcome q1 declined");
	heard(m, "answer");
	yes(m, HUGO, "air q2");
	assert_int_equal(question(m, 1)->outcome, OUT_DECLINED);
	yes(m, CLARA, "outcome air partly");
	yes(m, HUGO, "close outcome=cut");
	assert_int_equal(question(m, 2)->outcome, OUT_CUT);
	yes(m, CLARA, "outcome q2 written");
	assert_int_equal(question(m, 2)->outcome, OUT_WRITTEN);
	no(m, CLARA, "outcome q3 partly", "question q3 was not aired, it is in the reserve");
	yes(m, CLARA, "outcome partly"); /* the one closed last */
	assert_int_equal(question(m, 2)->outcome, OUT_PARTLY);
	/* a theme is answered as long as one of its questions is */
	yes(m, WANDA, "accept t1");
	yes(m, HUGO, "air q4");
	yes(m, HUGO, "close");
	yes(m, CLARA, "outcome q1 answered");
	assert_int_not_equal(theme(m, 1)->answered_at, 0);
	yes(m, CLARA, "outcome q1 declined");
	assert_int_not_equal(theme(m, 1)->answered_at, 0);
	yes(m, CLARA, "outcome q4 declined");
	assert_int_equal(theme(m, 1)->answered_at, 0);
	memory_room_free(m);
}

static void improvised_questions_go_out_at_once(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "ask credit=\"Un spectateur\" Et maintenant ?");
	touched(m, "question event question theme");
	heard(m, "answer question");
	assert_true(question(m, 4)->improvised);
	assert_string_equal(question(m, 4)->credit, "Un spectateur");
	assert_int_equal(question(m, 4)->channel, CH_ROOM);
	assert_int_equal(question(m, 4)->state, Q_AIR);
	yes(m, HUGO, "ask Et alors ?");
	assert_string_equal(question(m, 5)->credit, "La rédaction");
	memory_room_free(m);
}

static void the_baton_is_one_seats(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	no(m, WANDA, "baton Hugo", "the baton is passed by host, producer or who has it");
	no(m, HUGO, "baton Clara", "the baton is for a seat that may air, and Clara is scribe");
	no(m, HUGO, "baton 99", "there is no seat \"99\"");
	yes(m, HUGO, "baton pierre");
	touched(m, "event");
	assert_string_equal(event(m)->baton, PIERRE);
	no(m, HUGO, "air q2", "the baton is with Pierre; ask for it before you air");
	no(m, CLARA, "ask Et ?", "the baton is with Pierre; ask for it before you air");
	yes(m, PIERRE, "air q2");
	yes(m, HUGO, "close"); /* taking away needs no baton */
	yes(m, HUGO, "baton");
	yes(m, HUGO, "air q3");
	yes(m, PIERRE, "baton Pierre");
	((struct record *)memory_world_get(m->records, K_SEAT, PIERRE))->gone = true;
	yes(m, HUGO, "air q2"); /* who left holds nothing */
	memory_room_free(m);
}

static void aired_questions_are_reworded_and_struck(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "suggest q1 Le smic montera-t-il ?");
	yes(m, HUGO, "reword q1 Le smic montera-t-il ?");
	heard(m, "reword");
	assert_string_equal(question(m, 1)->suggestion, "");
	no(m, HUGO, "reword q2 Non", "question q2 was not aired, it is in the reserve");
	no(m, HUGO, "strike q2", "question q2 was not aired, it is in the reserve");
	yes(m, ANNE, "strike q1");
	touched(m, "question event");
	heard(m, "retraction");
	assert_true(question(m, 1)->struck);
	assert_int_equal(question(m, 1)->outcome, OUT_CUT);
	assert_string_equal(event(m)->air, "");
	for (size_t i = 0; i < m->n_told; i++)
		assert_true(strcmp(m->told[i].cast.id, question(m, 1)->r.id) || m->told[i].tombstone ||
			m->told[i].cast.type == CAST_RETRACTION);
	no(m, HUGO, "air q1", "question q1 was struck by Anne (strike) at 18:00:00; it cannot be aired");
	no(m, HUGO, "reword q1 Non", "question q1 was struck");
	no(m, CLARA, "outcome q1 partly", "question q1 was struck");
	no(m, HUGO, "strike q1", "question q1 was struck");
	no(m, CLARA, "publish question=q1 Oui", "question q1 was struck; choose another");
	no(m, ANNE, "undo 8", "\"strike\" cannot be undone");
	no(m, WANDA, "undo 6",
		"the question was changed again since, by Anne (strike) at 18:00:00; undo that first or change it "
		"anew");
	/* the log keeps the evidence, sealed */
	assert_true(((const struct act *)numbered(m, K_ACT, 7))->sealed);  /* the reword */
	assert_true(((const struct act *)numbered(m, K_ACT, 6))->sealed);  /* the suggestion */
	assert_false(((const struct act *)numbered(m, K_ACT, 3))->sealed); /* q2's */
	/* an answer that was given is not answered any more */
	yes(m, HUGO, "air q2");
	yes(m, HUGO, "close");
	assert_int_not_equal(theme(m, 2)->answered_at, 0);
	yes(m, HUGO, "strike q2");
	assert_int_equal(theme(m, 2)->answered_at, 0);
	memory_room_free(m);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void answers_do_not_follow_the_air(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "speaker Le Premier ministre");
	touched(m, "seat");
	yes(m, CLARA, "publish q1 Nous mettons mille cinq cents euros.");
	touched(m, "answer segment");
	heard(m, "answer segment");
	assert_string_equal(segment(m, 1)->speaker, "Le Premier ministre");
	assert_string_equal(segment(m, 1)->answer, answer(m, 1)->r.id);
	assert_true(ids_have(&answer(m, 1)->questions, question(m, 1)->r.id));
	yes(m, HUGO, "air q2");
	touched(m, "question event question theme");
	yes(m, CLARA, "publish question=q1 speaker=Ministre Et encore.");
	touched(m, "segment"); /* the same answer goes on, though it is closed */
	assert_string_equal(segment(m, 2)->answer, answer(m, 1)->r.id);
	assert_string_equal(segment(m, 2)->speaker, "Ministre");
	assert_true(segment(m, 2)->position > segment(m, 1)->position);
	yes(m, CLARA, "publish Sur les retraites, oui."); /* none chosen: the one on the air */
	assert_true(ids_have(&answer(m, 2)->questions, question(m, 2)->r.id));
	char line[100];
	snprintf(line, sizeof line, "publish answer=%s Toujours la première.", answer(m, 1)->r.id);
	yes(m, CLARA, line);
	assert_string_equal(segment(m, 4)->answer, answer(m, 1)->r.id);
	yes(m, CLARA, "publish answer=q2 Et la seconde.");
	assert_string_equal(segment(m, 5)->answer, answer(m, 2)->r.id);
	no(m, CLARA, "publish question=q3 Non",
		"question q3 was not aired yet; what is said of it is published once it was");
	no(m, CLARA, "publish answer=q3 Non", "nothing was published for \"q3\" yet");
	no(m, CLARA, "publish answer=00000000-0000-7000-8000-0000000000aa Non",
		"there is no answer \"00000000-0000-7000-8000-0000000000aa\"");
	yes(m, HUGO, "close");
	yes(m, CLARA, "publish Et j'ajoute ceci."); /* late: to the one closed last */
	assert_string_equal(segment(m, 6)->answer, answer(m, 2)->r.id);
	yes(m, CLARA, "speaker");
	assert_string_equal(seat(m, CLARA)->speaker, "");
	yes(m, CLARA, "undo");
	assert_string_equal(seat(m, CLARA)->speaker, "Le Premier ministre");
	memory_room_free(m);
}

static void answers_want_an_event_that_was_opened(void **state)
{
	(void)state;
	struct memory_room *m = room();
	no(m, CLARA, "publish Bonsoir", "the event is preparing; answers are published once it is open");
	yes(m, HUGO, "collect");
	no(m, CLARA, "publish Bonsoir", "the event is collecting; answers are published once it is open");
	yes(m, HUGO, "open");
	yes(m, CLARA, "publish Bonsoir");
	yes(m, HUGO, "end");
	yes(m, CLARA, "publish Au revoir");
	memory_room_finish(m);
	yes(m, CLARA, "publish Un mot encore"); /* until it is sealed */
	memory_room_free(m);
}

static void segments_are_corrected_moved_retracted(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "publish mille euro");
	yes(m, PIERRE, "publish deux mille euros");
	heard(m, "answer segment segment");
	char line[120];
	snprintf(line, sizeof line, "suggest segment:%s mille cinq cents euros", segment(m, 1)->r.id);
	yes(m, WANDA, line);
	touched(m, "segment");
	assert_string_equal(segment(m, 1)->suggestion, "mille cinq cents euros");
	heard(m, "");
	snprintf(line, sizeof line, "suggest segment:%s trois", segment(m, 2)->r.id);
	yes(m, CLARA, "correct last mille cinq cents euros"); /* hers, not the newest of all */
	heard(m, "correction");
	assert_string_equal(segment(m, 1)->text, "mille cinq cents euros");
	assert_string_equal(segment(m, 1)->suggestion, "");
	assert_int_equal(segment(m, 1)->revision, 2);
	assert_string_equal(segment(m, 2)->text, "deux mille euros");
	yes(m, PIERRE, "correct last speaker=Invité trois mille");
	yes(m, WANDA, line);
	assert_string_equal(segment(m, 2)->speaker, "Invité");
	no(m, CLARA, "correct last-1 non", "there is no segment \"last-1\" of yours");
	no(m, CLARA, "undo 10", "\"correct\" was done by Pierre; only they can undo it");
	heard(m, "correction");
	/* moved to the answer of another question */
	yes(m, HUGO, "air q2");
	heard(m, "answer question");
	yes(m, CLARA, "reassign last q2");
	touched(m, "answer segment");
	heard(m, "answer correction");
	assert_int_equal(segment(m, 1)->revision, 3);
	yes(m, CLARA, "reassign last q2");
	touched(m, ""); /* it is there */
	yes(m, CLARA, "attach q1 q2");
	touched(m, "answer");
	heard(m, "answer");
	no(m, CLARA, "attach q1 q2", "that answer is linked to q2 already");
	no(m, CLARA, "attach q1 q3", "question q3 was not aired yet; what is said of it is published once it was");
	no(m, CLARA, "attach q3 q2", "nothing was published for \"q3\" yet");
	no(m, CLARA, "reassign last q3", "question q3 was not aired yet; what is said of it is published once it was");
	/* taken back */
	snprintf(line, sizeof line, "retract %s", segment(m, 2)->r.id);
	yes(m, ANNE, line);
	touched(m, "segment");
	heard(m, "retraction");
	assert_string_equal(segment(m, 2)->suggestion, "");
	assert_string_equal(segment(m, 2)->text, "");
	assert_string_equal(segment(m, 2)->speaker, "");
	assert_int_equal(segment(m, 2)->state, SG_RETRACTED);
	assert_true(((const struct act *)numbered(m, K_ACT, 7))->sealed); /* Pierre's publish */
	assert_false(((const struct act *)numbered(m, K_ACT, 6))->sealed);
	no(m, ANNE, line, "that segment was retracted by Anne (retract) at 18:00:00");
	snprintf(line, sizeof line, "correct %s encore", segment(m, 2)->r.id);
	no(m, CLARA, line, "that segment was retracted by Anne (retract) at 18:00:00");
	snprintf(line, sizeof line, "suggest segment:%s encore", segment(m, 2)->r.id);
	no(m, CLARA, line, "that segment was retracted by Anne (retract) at 18:00:00");
	no(m, PIERRE, "retract last", "there is no segment \"last\" of yours");
	memory_room_free(m);
}

/* ---- interruptions ----------------------------------------------------------------------------------------------- */

static void a_technical_interruption_flows_on_resume(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "interrupt");
	touched(m, "event");
	heard(m, "state:interrupted");
	assert_int_equal(event(m)->interruption, IN_TECHNICAL);
	yes(m, CLARA, "publish un");
	yes(m, CLARA, "publish deux");
	yes(m, CLARA, "publish trois");
	yes(m, CLARA, "correct last-1 deux, corrigé");
	yes(m, CLARA, "retract last");
	yes(m, HUGO, "close");
	heard(m, "");
	assert_true(segment(m, 1)->unsent);
	yes(m, CLARA, "notice Nous revenons.");
	heard(m, "notice");
	no(m, HUGO, "interrupt", "the event is interrupted; \"interrupt\" wants it open");
	yes(m, HUGO, "resume");
	touched(m, "event");
	heard(m, "state:resumed answer segment segment answer"); /* in order, as they stand; the third nobody saw */
	assert_int_equal(event(m)->interruption, IN_NONE);
	assert_false(segment(m, 1)->unsent);
	assert_int_equal(segment(m, 1)->state, SG_LIVE);
	assert_string_equal(m->told[m->n_told - 2].text, " : deux, corrigé");
	no(m, HUGO, "resume", "the event is open, by Hugo (resume) at 18:00:00; \"resume\" wants it interrupted");
	memory_room_free(m);
}

static void an_editorial_interruption_is_reviewed(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "interrupt editorial");
	yes(m, CLARA, "publish un");
	yes(m, CLARA, "publish deux");
	yes(m, CLARA, "publish trois");
	assert_int_equal(segment(m, 1)->state, SG_REVIEW);
	yes(m, CLARA, "correct last-2 un, corrigé");
	yes(m, HUGO, "resume");
	heard(m, "state:interrupted state:resumed answer");
	yes(m, CLARA, "publish quatre"); /* what is said now flows */
	heard(m, "segment");
	char line[120];
	snprintf(line, sizeof line, "release %s", segment(m, 1)->r.id);
	yes(m, ANNE, line);
	touched(m, "segment");
	heard(m, "segment");
	assert_string_equal(m->told[m->n_told - 1].text, " : un, corrigé"); /* as it stands, once */
	no(m, HUGO, line, "that segment does not wait for review");
	snprintf(line, sizeof line, "retract %s", segment(m, 2)->r.id);
	yes(m, ANNE, line); /* nobody saw it: no retraction is told */
	heard(m, "");
	yes(m, HUGO, "release");
	touched(m, "segment");
	heard(m, "segment");
	assert_string_equal(m->told[m->n_told - 1].text, " : trois");
	no(m, HUGO, "release", "no segment waits for review");
	no(m, HUGO, "release last", "there is no segment \"last\" of yours");
	memory_room_free(m);
}

static void a_technical_interruption_may_become_an_editorial_one(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "interrupt technical");
	yes(m, CLARA, "publish un mot de trop");
	yes(m, HUGO, "interrupt editorial");
	touched(m, "event segment");
	assert_int_equal(segment(m, 1)->state, SG_REVIEW);
	no(m, HUGO, "interrupt editorial",
		"the event is interrupted, by Hugo (interrupt) at 18:00:00; \"interrupt\" wants it open");
	no(m, HUGO, "interrupt technical",
		"the event is interrupted, by Hugo (interrupt) at 18:00:00; \"interrupt\" wants it open");
	yes(m, HUGO, "resume");
	heard(m, "state:interrupted state:interrupted state:resumed answer");
	memory_room_free(m);
}

static void words_that_are_out_change_at_once_or_not_at_all(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "publish deux pour cent");
	yes(m, CLARA, "interrupt technical");
	heard_before = m->n_told;
	yes(m, CLARA, "correct last trois pour cent"); /* the transcript shows it as it stands */
	heard(m, "correction");
	yes(m, HUGO, "interrupt editorial");
	no(m, CLARA, "correct last quatre pour cent",
		"the broadcast is interrupted to be looked at; words that are out can be retracted now, or changed once it is resumed");
	yes(m, CLARA, "retract last");
	yes(m, HUGO, "resume");
	memory_room_free(m);
}

static void an_undone_suggestion_does_not_withhold_again(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, CLARA, "interrupt");
	yes(m, CLARA, "publish un");
	char line[120];
	snprintf(line, sizeof line, "suggest segment:%s autre", segment(m, 1)->r.id);
	yes(m, WANDA, line);
	yes(m, HUGO, "resume");
	yes(m, WANDA, "undo");
	assert_false(segment(m, 1)->unsent);
	heard_before = m->n_told;
	yes(m, CLARA, "correct last un, corrigé");
	heard(m, "correction");
	memory_room_free(m);
}

/* ---- the evening's states ---------------------------------------------------------------------------------------- */

static void an_evening_goes_through_its_states(void **state)
{
	(void)state;
	struct memory_room *m = room();
	no(m, HUGO, "end", "the event is preparing; \"end\" wants it collecting or open or interrupted");
	no(m, HUGO, "resume", "the event is preparing; \"resume\" wants it interrupted");
	yes(m, HUGO, "collect");
	assert_true(event(m)->intake_web && event(m)->intake_sms);
	no(m, PIERRE, "collect",
		"the event is collecting, by Hugo (collect) at 18:00:00; \"collect\" wants it preparing");
	m->now += 60000;
	yes(m, PIERRE, "open");
	assert_int_equal(event(m)->opened_at, m->now);
	yes(m, PIERRE, "intake web off");
	no(m, HUGO, "open", "the event is open; \"open\" wants it preparing or collecting"); /* the intake is not what opened it */
	no(m, HUGO, "seal", "the event is open; \"seal\" wants it ended");
	no(m, HUGO, "reopen", "the event is open; \"reopen\" wants it ended");
	yes(m, HUGO, "end");
	assert_true(event(m)->ending);
	assert_int_equal(event(m)->state, EV_OPEN);
	assert_true(event(m)->intake_sms); /* not shut before it has ended */
	no(m, PIERRE, "end", "the event is ending already, by Hugo (end) at 18:01:00; the scribe is being waited for");
	memory_room_finish(m);
	assert_int_equal(event(m)->state, EV_ENDED);
	assert_false(event(m)->intake_web || event(m)->intake_sms || event(m)->ending);
	assert_string_equal(event(m)->r.by, "0");
	no(m, HUGO, "end", "the event is ended, by the backend (ended) at 18:01:00; \"end\" wants it collecting or open or interrupted");
	heard(m, "state:collecting state:opened state:ended");
	memory_room_finish(m); /* once */
	heard(m, "");
	yes(m, HUGO, "reopen");
	assert_int_equal(event(m)->state, EV_OPEN);
	assert_int_equal(event(m)->ended_at, 0);
	heard(m, "state:opened");
	memory_room_free(m);
}

static void an_end_waits_and_can_be_called_off(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "end");
	yes(m, CLARA, "publish La fin de la phrase.");
	yes(m, PIERRE, "reopen");
	assert_false(event(m)->ending);
	assert_true(event(m)->intake_web && event(m)->intake_sms);
	memory_room_finish(m);
	assert_int_equal(event(m)->state, EV_OPEN);
	heard(m, "answer segment");
	yes(m, HUGO, "air q2");
	yes(m, CLARA, "outcome q2 partly");
	yes(m, HUGO, "end");
	heard_before = m->n_told;
	memory_room_finish(m);
	heard(m, "answer state:ended");
	assert_int_equal(question(m, 2)->state, Q_CLOSED);
	assert_int_equal(question(m, 2)->outcome, OUT_PARTLY);
	assert_int_equal(theme(m, 2)->answered_at, m->now);
	assert_string_equal(event(m)->air, "");
	memory_room_free(m);
}

static void an_end_during_an_interruption_lets_out_what_it_held(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "interrupt");
	yes(m, CLARA, "publish Au revoir.");
	yes(m, HUGO, "end");
	heard_before = m->n_told;
	memory_room_finish(m);
	heard(m, "answer segment answer state:ended");
	assert_int_equal(event(m)->interruption, IN_NONE);
	memory_room_free(m);
}

static void nothing_is_sealed_that_waits_for_review(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, HUGO, "interrupt editorial");
	yes(m, CLARA, "publish un");
	yes(m, CLARA, "publish deux");
	yes(m, HUGO, "end");
	memory_room_finish(m);
	no(m, HUGO, "seal", "2 segments wait for review; release or retract before you seal");
	yes(m, CLARA, "retract last");
	no(m, HUGO, "seal", "1 segment waits for review; release or retract before you seal");
	yes(m, HUGO, "release");
	yes(m, HUGO, "seal");
	memory_room_free(m);
}

static void what_never_was_open_reopens_as_it_was(void **state)
{
	(void)state;
	struct memory_room *m = room();
	yes(m, HUGO, "collect");
	yes(m, HUGO, "end");
	memory_room_finish(m);
	yes(m, HUGO, "reopen");
	assert_int_equal(event(m)->state, EV_COLLECTING);
	heard(m, "state:collecting state:ended state:collecting");
	memory_room_free(m);
}

static void notices_intake_and_plan(void **state)
{
	(void)state;
	struct memory_room *m = room();
	yes(m, CLARA, "notice Le chat commence à 20 h.");
	touched(m, "notice");
	heard(m, "notice");
	assert_string_equal(((const struct notice *)nth(m, K_NOTICE, 1))->text, "Le chat commence à 20 h.");
	no(m, CLARA, "undo", "nothing of yours is left to undo");
	no(m, CLARA, "undo 1", "\"notice\" cannot be undone; \"notice\" takes it back");
	yes(m, HUGO, "intake all on");
	touched(m, "event");
	yes(m, HUGO, "intake sms off");
	assert_true(event(m)->intake_web);
	assert_false(event(m)->intake_sms);
	yes(m, HUGO, "undo");
	assert_true(event(m)->intake_sms);
	yes(m, HUGO, "plan 20:45 50");
	assert_int_equal(event(m)->plan_end, INT64_C(1088109900000));
	assert_int_equal(event(m)->plan_questions, 50);
	yes(m, HUGO, "plan 40");
	assert_int_equal(event(m)->plan_end, INT64_C(1088109900000));
	assert_int_equal(event(m)->plan_questions, 40);
	yes(m, HUGO, "plan end=0");
	assert_int_equal(event(m)->plan_end, 0);
	no_with(m, HUGO, "plan", ERR_USAGE, "\"plan\" needs end=HH:MM, questions=N, or both");
	heard(m, "");
	memory_room_free(m);
}

/* ---- the crew ---------------------------------------------------------------------------------------------------- */

static void seats_speak_to_each_other(void **state)
{
	(void)state;
	struct memory_room *m = room();
	yes(m, CLARA, "say host Deux minutes de retard");
	touched(m, "word");
	const struct word *w = nth(m, K_WORD, 1);
	assert_string_equal(w->from, CLARA);
	assert_string_equal(w->to, "host");
	no(m, WANDA, "ack", "no word to this seat waits for an answer");
	no(m, CLARA, "ack", "no word to this seat waits for an answer"); /* one's own */
	yes(m, HUGO, "ack");
	touched(m, "word");
	assert_true(ids_have(&((const struct word *)nth(m, K_WORD, 1))->acks, HUGO));
	no(m, HUGO, "ack", "no word to this seat waits for an answer");
	m->now += 10;
	yes(m, HUGO, "say clara Merci");
	assert_string_equal(((const struct word *)nth(m, K_WORD, 2))->to, CLARA);
	yes(m, CLARA, "ack last");
	yes(m, HUGO, "say all Prêts ?");
	no(m, HUGO, "say personne Bonjour", "\"personne\" is no seat of this event, no role, and not all");
	no(m, HUGO, "ack nothing", "there is no word \"nothing\"");
	no(m, HUGO, "undo", "nothing of yours is left to undo");
	yes(m, WANDA, "away");
	touched(m, "seat");
	assert_true(seat(m, WANDA)->away);
	yes(m, WANDA, "back");
	assert_false(seat(m, WANDA)->away);
	heard(m, "");
	memory_room_free(m);
}

/* ---- undo -------------------------------------------------------------------------------------------------------- */

static void undo_goes_back_and_redo_forth(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "edit q2 un");
	yes(m, WANDA, "edit q2 deux");
	yes(m, WANDA, "edit q2 trois");
	static const char *const walk[] = { "undo", "deux", "undo", "un", "redo", "deux", "undo", "un", "undo",
		"Et les retraites ?", "redo", "un", "redo", "deux", "redo", "trois", "undo", "deux", "redo", "trois",
		"undo", "deux", "undo", "un" };
	for (size_t i = 0; i < COUNT_OF(walk); i += 2) {
		int64_t rev = question(m, 2)->r.rev;
		yes(m, WANDA, walk[i]);
		assert_string_equal(question(m, 2)->wording, walk[i + 1]);
		assert_int_equal(question(m, 2)->r.rev, rev + 1);
		assert_string_equal(question(m, 2)->r.did, walk[i]);
	}
	yes(m, WANDA, "pin t2"); /* what is done since ends what can be redone */
	no(m, WANDA, "redo", "nothing of yours waits to be redone");
	yes(m, WANDA, "undo");
	assert_false(theme(m, 2)->pinned);
	yes(m, WANDA, "redo");
	assert_true(theme(m, 2)->pinned);
	heard(m, "");
	memory_room_free(m);
}

static void undo_takes_back_what_was_made(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "accept m3 m2");
	char id[ID_MAX];
	memcpy(id, question(m, 4)->r.id, sizeof id);
	yes(m, WANDA, "undo");
	touched(m, "question message message act");
	assert_true(question(m, 4)->r.gone);
	assert_string_equal(message(m, 2)->question, question(m, 2)->r.id); /* as before */
	no(m, HUGO, "edit q4 x", "there is no question q4; see the rundown");
	yes(m, HUGO, "compose Autre");
	assert_int_equal(question(m, 5)->state, Q_RESERVE); /* q4 never means two things */
	yes(m, WANDA, "redo");
	assert_false(question(m, 4)->r.gone);
	assert_string_equal(question(m, 4)->r.id, id);
	assert_string_equal(message(m, 2)->question, id);
	yes(m, WANDA, "undo");
	yes(m, WANDA, "redo");
	yes(m, HUGO, "next q4");
	no(m, WANDA, "undo",
		"the question was changed again since, by Hugo (next) at 18:00:00; undo that first or change it anew");
	yes(m, HUGO, "undo");
	yes(m, WANDA, "undo"); /* that was undone: nothing stands in the way */
	assert_true(question(m, 4)->r.gone);
	memory_room_free(m);
}

static void undo_names_the_later_act(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "edit q2 un");
	m->now += 1000;
	yes(m, SAM, "edit q2 deux");
	no(m, WANDA, "undo",
		"the question was changed again since, by Sam (edit) at 18:00:01; undo that first or change it anew");
	yes(m, SAM, "edit q2 un"); /* the same words, and yet somebody else's */
	no(m, WANDA, "undo",
		"the question was changed again since, by Sam (edit) at 18:00:01; undo that first or change it anew");
	yes(m, SAM, "undo");
	no(m, WANDA, "undo",
		"the question was changed again since, by Sam (undo) at 18:00:01; undo that first or change it anew");
	yes(m, SAM, "undo");
	yes(m, WANDA, "undo");
	assert_string_equal(question(m, 2)->wording, "Et les retraites ?");
	memory_room_free(m);
}

static void only_ones_own_act_once(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	no(m, CLARA, "undo", "nothing of yours is left to undo");
	yes(m, WANDA, "pin t1");
	char by_number[40], by_desk[80], expected[200];
	snprintf(by_number, sizeof by_number, "undo %zu", m->n_deeds);
	no(m, HUGO, by_number, "\"pin\" was done by Wanda; only they can undo it");
	const struct act *a = numbered(m, K_ACT, (int64_t)m->n_deeds);
	long long n = (long long)a->n;
	snprintf(by_desk, sizeof by_desk, "undo %s:%lld", a->client, n);
	no(m, HUGO, by_desk, "\"pin\" was done by Wanda; only they can undo it");
	yes(m, WANDA, by_desk);
	assert_false(theme(m, 1)->pinned);
	no(m, WANDA, by_number, "\"pin\" was undone already, by Wanda (undo) at 18:00:00");
	/* an undo named by its number is undone, by redo or undo */
	snprintf(by_number, sizeof by_number, "redo %zu", m->n_deeds);
	yes(m, WANDA, by_number);
	assert_true(theme(m, 1)->pinned);
	no(m, WANDA, "redo 2", "\"accept\" is no undo; redo wants one");
	no(m, WANDA, "undo 999", "there is no act \"999\" in the log");
	/* a desk's name is longer than an id once it counts to a thousand, and never only the beginning of one */
	no(m, WANDA, "undo 00000000-0000-7000-8000-000000000001:1234",
		"there is no act \"00000000-0000-7000-8000-000000000001:1234\" in the log");
	static const char *const partly[] = { "0000", "" };
	for (size_t i = 0; i < COUNT_OF(partly); i++) {
		struct error e;
		snprintf(by_desk, sizeof by_desk, "%s:%lld", partly[i], n);
		snprintf(expected, sizeof expected,
			"\"%s\" is no act for \"undo\"; it wants the act, by its number in the log; absent: this "
			"seat's last",
			by_desk);
		assert_int_equal(offer_on(m, WANDA, "undo", by_desk, NULL, -1, &e), ERR_USAGE);
		assert_string_equal(e.text, expected);
	}
	memory_room_free(m);
}

static void the_public_acts_name_their_compensation(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	static const struct {
		const char *seat, *line, *back;
	} public[] = { { HUGO, "air q2", "strike" }, { HUGO, "reword q2 Autrement", "reword" },
		{ CLARA, "publish Oui", "retract" }, { CLARA, "attach q2 q1", "reassign" },
		{ CLARA, "correct last Non", "correct" }, { CLARA, "reassign last q1", "reassign" },
		{ CLARA, "outcome q1 partly", "outcome" }, { HUGO, "close", "air" }, { HUGO, "ask Et ?", "strike" },
		{ CLARA, "notice Un mot", "notice" }, { HUGO, "interrupt editorial", "resume" },
		{ CLARA, "publish Encore", "retract" }, { HUGO, "resume", "interrupt" }, { HUGO, "release", "retract" },
		{ HUGO, "end", "reopen" }, { HUGO, "reopen", "end" }, { HUGO, "strike q2", NULL },
		{ CLARA, "retract last", NULL } };
	for (size_t i = 0; i < COUNT_OF(public); i++) {
		yes(m, public[i].seat, public[i].line);
		char undo[40], expected[120];
		int name = (int)strcspn(public[i].line, " ");
		snprintf(undo, sizeof undo, "undo %zu", m->n_deeds);
		if (public[i].back)
			snprintf(expected, sizeof expected, "\"%.*s\" cannot be undone; \"%s\" takes it back", name,
				public[i].line, public[i].back);
		else
			snprintf(expected, sizeof expected, "\"%.*s\" cannot be undone", name, public[i].line);
		no(m, public[i].seat, undo, expected);
	}
	memory_room_free(m);
}

static void a_console_that_knows_no_deeds_says_so(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "pin t1");
	m->world.deed = NULL;
	no(m, WANDA, "undo", "what \"pin\" changed is not known here");
	memory_room_free(m);
}

static void undone_seals_stay_sealed(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, WANDA, "suggest q1 Le smic ?");
	yes(m, WANDA, "undo");
	struct act *a = numbered(m, K_ACT, 6);
	assert_true(a->undone);
	a->sealed = true;
	yes(m, WANDA, "redo");
	a = numbered(m, K_ACT, 6);
	assert_true(a->sealed && !a->undone);
	memory_room_free(m);
}

/* A message that was put into a theme that is gone must not be put there again. */
static void nothing_is_put_back_into_what_is_gone(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	yes(m, SAM, "prepare europe L'Europe");
	yes(m, WANDA, "refile m3 t4");
	no(m, SAM, "undo", "theme 4 has other messages by now; merge it into another instead");
	yes(m, WANDA, "undo");
	yes(m, SAM, "undo");
	no(m, WANDA, "redo", "the theme that message 3 was in is no longer there");
	yes(m, SAM, "redo");
	yes(m, WANDA, "redo");
	assert_int_equal(message(m, 3)->cluster, 4);
	memory_room_free(m);
}

/* Clusters that are not in the theme of their own number (cluster records). */
static void a_message_is_in_its_clusters_theme(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	memory_room_message(m, CH_SMS, 4, 2, "é lé retrete");
	struct cluster *c = record_new(K_CLUSTER, "9");
	snprintf(c->theme, sizeof c->theme, "3");
	memory_world_put(m->records, c);
	((struct message *)numbered(m, K_MESSAGE, 4))->cluster = 9;
	yes(m, WANDA, "accept m4");
	assert_string_equal(question(m, 4)->theme, "3");
	yes(m, WANDA, "hold t3 legal");
	no(m, HUGO, "air q4",
		"the theme it comes from is held for legal advice; it cannot be aired until it is cleared");
	memory_room_free(m);
}

static void corners(void **state)
{
	(void)state;
	struct memory_room *m = open_room();
	struct error e;
	struct buf many = BUF_INIT;
	/* an event that moved on makes a decision about it stale, when one says what it was made on */
	int64_t rev = event(m)->r.rev;
	yes(m, HUGO, "plan 50");
	assert_int_equal(offer_on(m, HUGO, "end", NULL, NULL, rev, &e), ERR_REFUSED);
	assert_string_equal(e.text,
		"the event was changed since you looked, by Hugo (plan) at 18:00:00; look again and decide anew");
	/* many are many, and no more */
	for (int i = 0; i < 501; i++)
		buf_adds(&many, "m1 ");
	assert_int_equal(offer_on(m, WANDA, "dismiss", many.data, NULL, -1, &e), ERR_USAGE);
	assert_string_equal(e.text, "\"dismiss\" takes at most 500 of target, each a short name");
	many.data[3 * 500] = '\0';
	assert_int_equal(offer_on(m, WANDA, "dismiss", many.data, NULL, -1, &e), ERR_NONE);
	/* a theme that nobody wrote in yet */
	yes(m, SAM, "prepare europe L'Europe, appelez le 06 12 34 56 78");
	yes(m, SAM, "accept t4");
	assert_string_equal(question(m, 4)->wording, "L'Europe, appelez le [numéro masqué]");
	yes(m, SAM, "split t1 m1,m1 Autre"); /* named twice is named once */
	assert_int_equal(message(m, 1)->cluster, 5);
	/* what a console did not bind */
	assert_int_equal(offer_on(m, HUGO, "air", NULL, NULL, -1, &e), ERR_REFUSED);
	assert_string_equal(e.text, "no question is next; name one, or choose it with next");
	yes(m, HUGO, "next q2");
	assert_int_equal(offer_on(m, HUGO, "air", NULL, NULL, -1, &e), ERR_NONE);
	assert_int_equal(question(m, 2)->state, Q_AIR);
	assert_int_equal(offer_on(m, HUGO, "close", NULL, "partly", -1, &e), ERR_NONE);
	no(m, HUGO, "close air", "no question is on the air");
	no(m, CLARA, "retract 00000000-0000-7000-8000-00000000000a",
		"there is no segment \"00000000-0000-7000-8000-00000000000a\"");
	no(m, CLARA, "attach 00000000-0000-7000-8000-00000000000a q1",
		"there is no answer \"00000000-0000-7000-8000-00000000000a\" yet");
	no(m, WANDA, "label t9 x", "there is no theme \"9\"");
	no(m, WANDA, "merge t9 t1", "there is no theme \"9\"");
	/* its place was given to somebody else, and its theme is gone: nothing dangles */
	yes(m, WANDA, "prepare a A");
	yes(m, WANDA, "prepare b B");
	yes(m, WANDA, "merge t6 t7");
	yes(m, SAM, "unmerge t7");
	yes(m, WANDA, "undo 14");
	no(m, SAM, "undo", "theme 6, which it was joined to, is no longer there");
	buf_release(&many);
	memory_room_free(m);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
#define T(name) cmocka_unit_test(name)
	const struct CMUnitTest tests[] = {
		T(the_table_is_the_contract),
		T(what_expires_and_what_takes_away),
		T(every_role_and_every_operation),
		T(the_host_stands_in),
		T(four_people_carry_an_evening),
		T(late_comes_nothing_on_the_air),
		T(stale_decisions_name_who_what_when),
		T(arguments_are_checked),
		T(ids_are_given_once),
		T(a_sealed_event_refuses_everything),
		T(no_event_no_operation),
		T(messages_are_set_aside_and_brought_back),
		T(messages_are_refiled),
		T(clusters_are_moved_whole),
		T(people_are_muted),
		T(a_hold_anywhere_keeps_it_off_the_air),
		T(holds_go_with_what_is_made),
		T(one_hold_does_not_hide_another),
		T(an_alert_keeps_the_note_of_a_hold),
		T(themes_are_joined_and_parted),
		T(themes_are_split_named_pinned_prepared),
		T(prepared_themes_are_edited_by_name),
		T(questions_are_accepted),
		T(questions_are_composed_and_written),
		T(questions_are_combined),
		T(the_reserve_is_ordered),
		T(one_question_is_next),
		T(what_joins_an_answered_theme_is_answered),
		T(a_combined_question_answers_both_themes),
		T(air_closes_the_one_before),
		T(only_an_open_event_airs),
		T(a_late_close_is_harmless),
		T(an_outcome_given_on_the_air_stays),
		T(improvised_questions_go_out_at_once),
		T(the_baton_is_one_seats),
		T(aired_questions_are_reworded_and_struck),
		T(answers_do_not_follow_the_air),
		T(answers_want_an_event_that_was_opened),
		T(segments_are_corrected_moved_retracted),
		T(a_technical_interruption_flows_on_resume),
		T(an_editorial_interruption_is_reviewed),
		T(words_that_are_out_change_at_once_or_not_at_all),
		T(a_technical_interruption_may_become_an_editorial_one),
		T(an_undone_suggestion_does_not_withhold_again),
		T(an_evening_goes_through_its_states),
		T(an_end_waits_and_can_be_called_off),
		T(an_end_during_an_interruption_lets_out_what_it_held),
		T(nothing_is_sealed_that_waits_for_review),
		T(what_never_was_open_reopens_as_it_was),
		T(notices_intake_and_plan),
		T(seats_speak_to_each_other),
		T(undo_goes_back_and_redo_forth),
		T(undo_takes_back_what_was_made),
		T(undo_names_the_later_act),
		T(only_ones_own_act_once),
		T(the_public_acts_name_their_compensation),
		T(a_console_that_knows_no_deeds_says_so),
		T(undone_seals_stay_sealed),
		T(nothing_is_put_back_into_what_is_gone),
		T(a_message_is_in_its_clusters_theme),
		T(corners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
