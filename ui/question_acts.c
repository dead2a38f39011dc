/* question_acts.c: the keys of the rundown. What the public sees is only armed here; another key does it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/question.h"

#define RUN(name) static bool name(struct view *view, struct ui *ui, const char *arg)
#define BEGIN struct question_view *v = question_view_of(view); (void)arg; (void)v; (void)ui

static const struct question *question_at(struct question_view *v, struct ui *ui)
{
	return v->selected[0] ? world_question(ui_world(ui), v->selected) : NULL;
}

/* What a line or a choice is being asked about: bound now, whatever moves meanwhile. */
static const struct question *act_on(struct question_view *v, struct ui *ui)
{
	const struct question *q = question_at(v, ui);
	if (!q) {
		ui_say(ui, true, _("no question is selected"));
		return NULL;
	}
	memcpy(v->acting, q->r.id, sizeof v->acting);
	v->acting_rev = q->r.rev;
	return q;
}

/* ---- motions ------------------------------------------------------------------------------------------------------ */

static bool go(struct question_view *v, struct ui *ui, long to)
{
	long n = (long)v->rundown.n;
	if (!n)
		return true;
	to = to < 0 ? 0 : to >= n ? n - 1 : to;
	memcpy(v->selected, v->rundown.v[to].id, sizeof v->selected);
	ui_dirty(ui);
	return true;
}

static long at(const struct question_view *v)
{
	size_t i = rundown_find(&v->rundown, v->selected);
	return i < v->rundown.n ? (long)i : 0;
}

RUN(run_down) { BEGIN; return go(v, ui, at(v) + 1); }
RUN(run_up) { BEGIN; return go(v, ui, at(v) - 1); }
RUN(run_page_down) { BEGIN; return go(v, ui, at(v) + v->page); }
RUN(run_page_up) { BEGIN; return go(v, ui, at(v) - v->page); }
RUN(run_first) { BEGIN; return go(v, ui, 0); }
RUN(run_last) { BEGIN; return go(v, ui, (long)v->rundown.n); }

static bool holds(const struct question_row *row, const struct question *q, const char *folded)
{
	struct buf b = BUF_INIT, all = BUF_INIT;
	buf_addf(&all, "q%lld %s %s %s", (long long)q->number, q->wording, q->credit, row->title);
	text_fold(all.data, &b);
	bool found = strstr(b.data, folded) != NULL;
	buf_release(&b);
	buf_release(&all);
	return found;
}

/* The next row from `from` on, in steps of `step`, that holds the words. */
static void find_from(struct question_view *v, struct ui *ui, long from, long step)
{
	struct buf words = BUF_INIT;
	text_fold(v->find, &words);
	long n = (long)v->rundown.n;
	for (long i = 0; words.len && i < n; i++) {
		long row = ((from + i * step) % n + n) % n;
		const struct question *q = world_question(ui_world(ui), v->rundown.v[row].id);
		if (q && holds(&v->rundown.v[row], q, words.data)) {
			go(v, ui, row);
			break;
		}
	}
	buf_release(&words);
}

static void find_typed(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	text_set(&v->find, text);
}

static void find_taken(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	if (!text)
		return;
	text_set(&v->find, text);
	find_from(v, v->ui, at(v), 1);
}

RUN(run_find)
{
	BEGIN;
	ui_ask(ui, _("Find: "), "", v, find_typed, find_taken);
	return true;
}
RUN(run_find_next) { BEGIN; find_from(v, ui, at(v) + 1, 1); return true; }
RUN(run_find_before) { BEGIN; find_from(v, ui, at(v) - 1, -1); return true; }

/* ---- order -------------------------------------------------------------------------------------------------------- */

RUN(run_move)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	if (q)
		ui_do(ui, "move", q->r.id, arg[0] ? arg : "down", NULL);
	return q != NULL;
}

RUN(run_next)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	if (q)
		ui_do(ui, "next", q->r.id, NULL, NULL);
	return q != NULL;
}

RUN(run_mark)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	if (!q)
		return false;
	if (ids_have(&v->marked, q->r.id))
		ids_remove(&v->marked, q->r.id);
	else
		ids_add(&v->marked, q->r.id);
	return go(v, ui, at(v) + 1);
}

RUN(run_combine)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	struct buf others = BUF_INIT;
	for (size_t i = 0; q && i < v->marked.n; i++)
		if (strcmp(v->marked.v[i], q->r.id) != 0)
			buf_addf(&others, "%s%s", others.len ? " " : "", v->marked.v[i]);
	if (!others.len)
		ui_say(ui, true, _("mark with Space those that join the selected question, then combine"));
	else if (ui_do(ui, "combine", q->r.id, others.data, NULL))
		ids_clear(&v->marked);
	buf_release(&others);
	return true;
}

RUN(run_fold)
{
	BEGIN;
	bool *part = !strcmp(arg, "gone") ? &v->gone : &v->closed;
	*part = !*part;
	question_changed(view, ui);
	ui_dirty(ui);
	return true;
}

/* ---- what the public sees: armed ---------------------------------------------------------------------------------- */

static void add_quoted(struct buf *b, const char *s)
{
	buf_addf(b, "%s %s %s", ui_sign(SIGN_OPEN_QUOTE), s, ui_sign(SIGN_CLOSE_QUOTE));
}

static void add_viewers(const struct question_view *v, struct buf *b)
{
	struct buf n = BUF_INIT;
	if (v->viewers >= 0) {
		add_number(&n, v->viewers);
		buf_addf(b, P_(" · %s viewer", " · %s viewers", v->viewers), n.data);
	}
	buf_release(&n);
}

static bool arm_air(struct question_view *v, struct ui *ui, const char *id)
{
	const struct question *q = world_question(ui_world(ui), id), *before = world_question(ui_world(ui), v->rundown.air);
	const struct event *ev = world_event(ui_world(ui));
	if (!q) {
		ui_say(ui, true, _("no question is next; t makes the selected one so"));
		return true;
	}
	struct buf b = BUF_INIT;
	const char *arg[OP_ARGS_MAX] = { q->r.id };
	add_quoted(&b, q->wording);
	buf_addf(&b, "\n%s · q%lld, ", q->credit, (long long)q->number);
	buf_addf(&b, _("question %lld of the evening, version %lld"), (long long)(ev ? ev->aired : 0) + !q->times, (long long)q->r.rev);
	add_viewers(v, &b);
	if (before && before != q)
		buf_addf(&b, _(" · closes q%lld as %s"), (long long)before->number,
			before->outcome ? result_word(before->outcome) : _("answered"));
	ui_arm(ui, "air", arg, b.data);
	buf_release(&b);
	return true;
}

RUN(run_air)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	bool waits = q && q->state == Q_RESERVE;
	bool this = !strcmp(arg, "this") || !v->rundown.next[0];
	return arm_air(v, ui, !this ? v->rundown.next : waits || !strcmp(arg, "this") ? v->selected : "");
}

RUN(run_fire)
{
	BEGIN;
	ui_fire(ui);
	return true;
}

/* Closes what is on the air, or changes how a closed one ended, as `outcome`. */
static bool arm_outcome(struct question_view *v, struct ui *ui, const char *id, const char *outcome)
{
	const struct question *q = world_question(ui_world(ui), id);
	if (!q || (q->state != Q_AIR && q->state != Q_CLOSED)) {
		ui_say(ui, true, _("no question is on the air"));
		return true;
	}
	int result = OUT_ANSWERED;
	while (result + 1 < RESULTS && strcmp(result_names[result], outcome) != 0)
		result++;
	struct buf b = BUF_INIT;
	const char *arg[OP_ARGS_MAX] = { q->r.id, outcome };
	bool air = q->state == Q_AIR;
	buf_addf(&b, air ? _("Close q%lld as %s: ") : _("q%lld ended as %s: "), (long long)q->number, result_word((enum result)result));
	add_quoted(&b, q->wording);
	buf_addf(&b, "\n%s", _("1 answered  2 partly  3 declined  4 cut short  5 in writing"));
	add_viewers(v, &b);
	ui_arm(ui, air ? "close" : "outcome", arg, b.data);
	buf_release(&b);
	return true;
}

/* The question on the air; where a closed one is selected, that one's outcome. */
RUN(run_close)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	bool closed = q && q->state == Q_CLOSED && !q->struck;
	return arm_outcome(v, ui, closed ? q->r.id : v->rundown.air, "answered");
}

static bool outcome_is_armed(const struct view *view, const struct ui *ui)
{
	const struct armed *a = acts_armed(ui->acts);
	(void)view;
	return a && (!strcmp(a->op->name, "close") || !strcmp(a->op->name, "outcome"));
}

RUN(run_outcome)
{
	BEGIN;
	char id[ID_MAX];
	if (!outcome_is_armed(view, ui))
		return false;
	snprintf(id, sizeof id, "%s", acts_armed(ui->acts)->arg[0]);
	return arm_outcome(v, ui, id, arg);
}

RUN(run_strike)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	if (!q)
		return false;
	struct buf b = BUF_INIT;
	const char *args[OP_ARGS_MAX] = { q->r.id };
	buf_addf(&b, _("Take q%lld back: its words are erased everywhere: "), (long long)q->number);
	add_quoted(&b, q->wording);
	add_viewers(v, &b);
	ui_arm(ui, "strike", args, b.data);
	buf_release(&b);
	return true;
}

static bool is_asked(void *arg, const struct record *r)
{
	const char **words = arg;
	if (!r->gone && !strcmp(((const struct question *)r)->wording, *words))
		*words = "";
	return true;
}

static void ask_typed(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	text_set(&v->typed, text);
	desk_set(v->ui->o.desk, ASK_DRAFT, text, NULL);
}

static void ask_taken(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	if (!text || !text[strspn(text, " ")])
		return;
	text_set(&v->typed, text);
	struct buf b = BUF_INIT;
	const char *arg[OP_ARGS_MAX] = { NULL, NULL, v->typed };
	buf_adds(&b, _("Improvised, on the air at once: "));
	add_quoted(&b, v->typed);
	add_viewers(v, &b);
	ui_arm(v->ui, "ask", arg, b.data);
	buf_release(&b);
}

/* The words typed last are there again until they were asked. */
RUN(run_ask)
{
	BEGIN;
	const char *words = v->typed;
	world_each(ui_world(ui), K_QUESTION, is_asked, &words);
	ui_ask(ui, _("Ask: "), words, v, ask_typed, ask_taken);
	return true;
}

/* ---- with reasons ------------------------------------------------------------------------------------------------- */

static void reason_typed(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	if (text)
		ui_do(v->ui, v->with_reason, v->acting, text, NULL);
}

static void reason_taken(void *ctx, const char *value)
{
	struct question_view *v = ctx;
	if (!value)
		return;
	if (strcmp(value, "other") != 0)
		ui_do(v->ui, v->with_reason, v->acting, value, NULL);
	else
		ui_ask(v->ui, _("Reason: "), "", v, NULL, reason_typed);
}

static bool ask_reason(struct question_view *v, struct ui *ui, const char *op, const char *label, const struct choice *rows, size_t n)
{
	const struct question *q = act_on(v, ui);
	if (!q)
		return true;
	struct buf b = BUF_INIT;
	buf_addf(&b, label, (long long)q->number);
	v->with_reason = op;
	ui_choose(ui, b.data, rows, n, v, reason_taken);
	buf_release(&b);
	return true;
}

RUN(run_drop)
{
	BEGIN;
	const struct choice rows[] = { { "1", _("off topic"), _("off topic") }, { "2", _("asked already"), _("asked already") },
		{ "3", _("no time"), _("no time") }, { "4", _("not suitable"), _("not suitable") }, { "5", _("another…"), "other" } };
	return ask_reason(v, ui, "drop", "q%lld", rows, COUNT_OF(rows));
}

RUN(run_return)
{
	BEGIN;
	const struct choice rows[] = { { "1", _("unclear"), _("unclear") }, { "2", _("too long"), _("too long") },
		{ "3", _("check the facts"), _("check the facts") }, { "4", _("asked already"), _("asked already") },
		{ "5", _("another…"), "other" } };
	return ask_reason(v, ui, "return", "q%lld", rows, COUNT_OF(rows));
}

static void target_of(const char *id, char out[static ID_MAX + 12])
{
	snprintf(out, ID_MAX + 12, "question:%s", id);
}

static void hold_taken(void *ctx, const char *value)
{
	struct question_view *v = ctx;
	char target[ID_MAX + 12];
	target_of(v->acting, target);
	if (value)
		ui_do(v->ui, "hold", target, value, NULL);
}

RUN(run_hold)
{
	BEGIN;
	const struct choice rows[] = { { "1", _("legal advice"), "legal" }, { "2", _("a second opinion"), "opinion" },
		{ "3", _("a fact check"), "fact" } };
	if (act_on(v, ui))
		ui_choose(ui, _("hold for"), rows, COUNT_OF(rows), v, hold_taken);
	return true;
}

RUN(run_clear)
{
	BEGIN;
	char target[ID_MAX + 12];
	const struct question *q = question_at(v, ui);
	const char *why;
	if (!q)
		return false;
	bool theme = q->hold == HOLD_NONE && question_hold(ui_world(ui), q, &why) != HOLD_NONE;
	target_of(q->r.id, target);
	if (theme)
		snprintf(target, sizeof target, "theme:%s", theme_root(ui_world(ui), q->theme)->r.id);
	ui_do(ui, "clear", target, NULL, NULL);
	return true;
}

static void block_taken(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	char target[ID_MAX + 12];
	target_of(v->acting, target);
	if (text)
		ui_do(v->ui, "block", target, text, NULL);
}

RUN(run_block)
{
	BEGIN;
	if (act_on(v, ui))
		ui_ask(ui, _("Block, because: "), "", v, NULL, block_taken);
	return true;
}

RUN(run_restore)
{
	BEGIN;
	char target[ID_MAX + 12];
	const struct question *q = question_at(v, ui);
	if (!q)
		return false;
	target_of(q->r.id, target);
	ui_do(ui, "restore", target, NULL, NULL);
	return true;
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

RUN(run_edit)
{
	BEGIN;
	const struct question *q = question_at(v, ui);
	if (q && q->struck)
		ui_say(ui, true, _("q%lld was struck: its words are gone"), (long long)q->number);
	else if (q)
		wording_open(v, ui, q->r.id, false);
	return true;
}

static void credit_taken(void *ctx, const char *text)
{
	struct question_view *v = ctx;
	const char *arg[OP_ARGS_MAX] = { v->acting, text };
	if (text)
		ui_do_args(v->ui, "credit", arg, v->acting_rev);
}

RUN(run_credit)
{
	BEGIN;
	const struct question *q = act_on(v, ui);
	if (q)
		ui_ask(ui, _("Credit: "), q->credit, v, NULL, credit_taken);
	return true;
}

/* A suggestion taken or left. Leaving it keeps the wording: an edit to the same words clears what was proposed. */
static void suggestion_taken(void *ctx, const char *value)
{
	struct question_view *v = ctx;
	const struct question *q = value ? world_question(ui_world(v->ui), v->acting) : NULL;
	if (!q)
		return;
	if (!strcmp(value, "edit")) {
		char *text = xstrdup(q->suggestion);
		wording_open(v, v->ui, v->acting, false);
		editor_replace(v->wording.ed, 0, editor_len(v->wording.ed), text);
		wording_typed(v, v->ui);
		free(text);
		return;
	}
	bool aired = q->state == Q_AIR || q->state == Q_CLOSED;
	char *text = xstrdup(!strcmp(value, "take") ? q->suggestion : q->wording);
	const char *arg[OP_ARGS_MAX] = { v->acting, text };
	if (aired) {
		struct buf b = BUF_INIT;
		buf_addf(&b, _("Reword q%lld, which the public has seen, to:\n"), (long long)q->number);
		add_quoted(&b, text);
		ui_arm(v->ui, "reword", arg, b.data);
		buf_release(&b);
	} else {
		ui_do_args(v->ui, "edit", arg, v->acting_rev);
	}
	free(text);
}

RUN(run_suggestion)
{
	BEGIN;
	const struct question *q = act_on(v, ui);
	const struct choice rows[] = { { "1", _("take"), "take" }, { "2", _("leave"), "leave" }, { "3", _("edit it"), "edit" } };
	if (!q)
		return true;
	if (!q->suggestion[0])
		return wording_open(v, ui, q->r.id, true);
	struct buf b = BUF_INIT;
	buf_addf(&b, _("%s suggests: %s"), ui_name_of(ui, q->suggested_by), q->suggestion);
	ui_choose(ui, b.data, rows, COUNT_OF(rows), v, suggestion_taken);
	buf_release(&b);
	return true;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static bool on_a_question(const struct view *view, const struct ui *ui)
{
	(void)ui;
	return question_view_of(view)->selected[0] != '\0';
}

static bool may_run(const struct ui *ui, const char *op)
{
	return op_allowed(ui_world((struct ui *)(uintptr_t)ui), op_by_name(op), ui->role);
}

static bool may_air(const struct view *view, const struct ui *ui)
{
	return on_a_question(view, ui) && may_run(ui, "air");
}

static bool may_move(const struct view *view, const struct ui *ui)
{
	return on_a_question(view, ui) && may_run(ui, "move");
}

static bool may_close(const struct view *view, const struct ui *ui)
{
	return question_view_of(view)->rundown.air[0] && may_run(ui, "close");
}

static bool may_combine(const struct view *view, const struct ui *ui)
{
	return question_view_of(view)->marked.n && may_run(ui, "combine");
}

static bool may_ask(const struct view *view, const struct ui *ui)
{
	(void)view;
	return may_run(ui, "ask");
}

enum { MOTION = ACT_REPEAT | ACT_PASTE };
static const struct action question_rows[] = {
	{ "air", N_("arm the next question for the air"), N_("arm"), 0, run_air, may_air },
	{ "fire", N_("do what is armed: the public sees it"), NULL, 0, run_fire, NULL },
	{ "edit", N_("edit the wording; an aired one's is armed first"), N_("edit"), 0, run_edit, on_a_question },
	{ "next", N_("make it the next one"), N_("next"), 0, run_next, may_move },
	{ "move", N_("move it in the reserve"), N_("move"), ACT_REPEAT, run_move, may_move },
	{ "close", N_("arm the end of the question on the air, or another outcome of a closed one"), N_("close"), 0, run_close, may_close },
	{ "outcome", N_("while closing is armed: another outcome"), NULL, 0, run_outcome, outcome_is_armed },
	{ "ask", N_("improvise: type a question that is asked right now"), N_("improvise"), 0, run_ask, may_ask },
	{ "return", N_("send back to the moderators, with a reason"), N_("return"), 0, run_return, may_move },
	{ "drop", N_("take out of the rundown, with a reason"), NULL, 0, run_drop, may_move },
	{ "restore", N_("bring back what was dropped or returned"), NULL, 0, run_restore, NULL },
	{ "credit", N_("change the credit"), N_("credit"), 0, run_credit, may_move },
	{ "suggestion", N_("take or leave the wording proposed; propose one"), NULL, 0, run_suggestion, NULL },
	{ "hold", N_("hold: it cannot be aired until that is cleared"), NULL, 0, run_hold, NULL },
	{ "clear", N_("lift a hold or a block"), NULL, 0, run_clear, NULL },
	{ "block", N_("refuse for good"), NULL, 0, run_block, NULL },
	{ "strike", N_("arm taking an aired question back"), NULL, 0, run_strike, NULL },
	{ "mark", N_("mark for combining"), NULL, ACT_REPEAT, run_mark, NULL },
	{ "combine", N_("join the marked questions to the selected one"), N_("combine"), 0, run_combine, may_combine },
	{ "fold", N_("show or fold closed questions"), NULL, 0, run_fold, NULL },
	{ "find", N_("find in the rundown"), NULL, 0, run_find, NULL },
	{ "find-next", N_("find the next"), NULL, ACT_REPEAT, run_find_next, NULL },
	{ "find-before", N_("find the one before"), NULL, ACT_REPEAT, run_find_before, NULL },
	{ "down", N_("one down"), NULL, MOTION, run_down, NULL },
	{ "up", N_("one up"), NULL, MOTION, run_up, NULL },
	{ "page-down", N_("a page down"), NULL, MOTION, run_page_down, NULL },
	{ "page-up", N_("a page up"), NULL, MOTION, run_page_up, NULL },
	{ "first", N_("to the first"), NULL, MOTION, run_first, NULL },
	{ "last", N_("to the last"), NULL, MOTION, run_last, NULL },
	{ 0 },
};
const struct action_set actions_question = { "question", N_("Questions"), question_rows };
