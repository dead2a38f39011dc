/* ui_words.c: what records, operations and acts are called on the screen. */
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

enum { TITLE_COLS = 40 };

/* ---- what things are called -------------------------------------------------------------------------------------- */

static void add_title(struct buf *out, const char *s)
{
	const size_t n = text_fit(s, TITLE_COLS);
	const char *gap = intl_french() ? "\u00a0" : "";
	buf_addf(out, "%s%s%.*s%s%s%s", ui_sign(SIGN_OPEN_QUOTE), gap, (int)n, s, s[n] ? ui_sign(SIGN_MORE) : "", gap,
		ui_sign(SIGN_CLOSE_QUOTE));
}

void ui_call(struct ui *ui, enum kind kind, const char *id, struct buf *out)
{
	const struct record *r = world_get(ui_world(ui), kind, id);
	if (!r)
		buf_addf(out, "%s %s", kinds[kind].name, kind < KIND_COUNT && !id_is_uuid(id) ? id : "?");
	else if (kind == K_THEME)
		add_title(out, theme_title((const void *)r));
	else if (kind == K_QUESTION && ((const struct question *)r)->number)
		buf_addf(out, "q%lld ", (long long)((const struct question *)r)->number),
			add_title(out, ((const struct question *)r)->wording);
	else if (kind == K_QUESTION)
		add_title(out, ((const struct question *)r)->wording);
	else if (kind == K_SEGMENT)
		add_title(out, ((const struct segment *)r)->text);
	else if (kind == K_MESSAGE)
		buf_addf(out, "m%s ", id), add_title(out, ((const struct message *)r)->text);
	else if (kind == K_SEAT)
		buf_adds(out, ((const struct seat *)r)->name);
	else if (kind == K_NOTICE)
		add_title(out, ((const struct notice *)r)->text);
	else if (kind == K_EVENT)
		add_title(out, ((const struct event *)r)->title);
	else
		buf_addf(out, "%s %s", kinds[kind].name, id);
}

void ui_call_target(struct ui *ui, const char *target, struct buf *out)
{
	char name[16];
	int64_t number;
	enum kind kind = K_QUESTION;
	const char *colon = strchr(target, ':');
	snprintf(name, sizeof name, "%.*s", (int)(colon ? colon - target : 0), target);
	if (colon && kind_by_name(name, &kind))
		ui_call(ui, kind, colon + 1, out);
	else if ((target[0] == 't' || target[0] == 'm') && id_number(target + 1, &number))
		ui_call(ui, target[0] == 't' ? K_THEME : K_MESSAGE, target + 1, out);
	else if (strlen(target) < ID_MAX && world_get(ui_world(ui), K_QUESTION, target))
		ui_call(ui, K_QUESTION, target, out);
	else if (strlen(target) < ID_MAX && world_get(ui_world(ui), K_SEGMENT, target))
		ui_call(ui, K_SEGMENT, target, out);
	else
		buf_adds(out, target);
}

static enum kind kind_of_arg(enum arg_type t)
{
	switch (t) {
	case A_QUESTION: return K_QUESTION;
	case A_THEME: return K_THEME;
	case A_MESSAGE: return K_MESSAGE;
	case A_PART: return K_MESSAGE;
	case A_SEGMENT: return K_SEGMENT;
	case A_SEAT: return K_SEAT;
	case A_PERSON: return K_PARTICIPANT;
	default: return KIND_COUNT;
	}
}

void ui_call_args(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], bool text, struct buf *out)
{
	bool called = false;
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const char *v = arg[i];
		char one[ID_MAX + 16];
		if (!v || !*v || op->args[i].type == A_ID || op->args[i].type == A_ACT || (op->args[i].flags & ARG_NAMED) ||
			(called && op->args[i].type != A_TEXT))
			continue;
		const size_t n = strcspn(v, " ");
		const enum kind kind = kind_of_arg(op->args[i].type);
		snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one - 1), v);
		if (op->args[i].type == A_TARGET)
			ui_call_target(ui, one, out);
		else if (kind < KIND_COUNT && (world_get(ui_world(ui), kind, one) || id_is_uuid(one)))
			ui_call(ui, kind, one, out);
		else if (op->args[i].type == A_TEXT)
			add_title(out, v);
		else
			buf_adds(out, v);
		if (kind < KIND_COUNT || op->args[i].type == A_TARGET) {
			if (v[n])
				buf_adds(out, " +");
			if (!text)
				return;
			called = true;
		}
		if (i + 1 < op_arg_count(op))
			buf_addc(out, ' ');
	}
}

void ui_call_act(struct ui *ui, const struct act *a, struct buf *out)
{
	const struct op *op = op_by_name(a->op);
	struct words w = { 0 };
	struct buf line = BUF_INIT;
	buf_adds(out, ui_done_word(a->op));
	const size_t n = strlen(a->op);
	const bool whole = !strncmp(a->words, a->op, n) && (!a->words[n] || a->words[n] == ' ');
	buf_addf(&line, "%s%s%s", whole ? "" : a->op, whole ? "" : " ", a->words);
	if (op && words_parse(line.data, &w, NULL)) {
		buf_addc(out, ' ');
		ui_call_args(ui, op, (const char *const *)w.arg, true, out);
	} else if (*a->subject) {
		buf_addc(out, ' ');
		ui_call_target(ui, a->subject, out);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	words_release(&w);
	buf_release(&line);
}

/* What came of it, in the words of the person who did it. */
static const struct {
	const char *op, *done;
} done_words[] = {
	{ "dismiss", N_("dismissed") }, { "restore", N_("restored") }, { "refile", N_("moved") }, { "mute", N_("muted") },
	{ "unmute", N_("heard again") }, { "hold", N_("held") }, { "clear", N_("cleared") }, { "block", N_("blocked") },
	{ "alert", N_("producer and adviser told") }, { "merge", N_("merged") }, { "unmerge", N_("let go") },
	{ "split", N_("split off") }, { "label", N_("named") }, { "pin", N_("pinned") }, { "prepare", N_("prepared") },
	{ "accept", N_("accepted") }, { "compose", N_("written") }, { "edit", N_("changed") }, { "credit", N_("credited") },
	{ "suggest", N_("proposed") }, { "combine", N_("combined") }, { "return", N_("sent back") }, { "move", N_("moved") },
	{ "next", N_("next") }, { "drop", N_("dropped") }, { "air", N_("on the air") }, { "ask", N_("on the air") },
	{ "reword", N_("reworded") }, { "close", N_("taken off") }, { "strike", N_("struck") }, { "outcome", N_("outcome kept") },
	{ "publish", N_("published") }, { "speaker", N_("speaking now") }, { "attach", N_("attached") },
	{ "reassign", N_("moved") }, { "correct", N_("corrected") }, { "retract", N_("retracted") },
	{ "release", N_("released") }, { "collect", N_("collecting") }, { "open", N_("opened") }, { "notice", N_("notice sent") },
	{ "interrupt", N_("interrupted") }, { "resume", N_("resumed") }, { "end", N_("ended") }, { "reopen", N_("open again") },
	{ "seal", N_("sealed") }, { "intake", N_("intake set") }, { "plan", N_("planned") }, { "say", N_("said") },
	{ "ack", N_("acknowledged") }, { "away", N_("away") }, { "back", N_("back") }, { "baton", N_("baton passed") },
	{ "undo", N_("undone") }, { "redo", N_("done again") },
};

const char *ui_done_word(const char *op)
{
	for (size_t i = 0; i < COUNT_OF(done_words); i++)
		if (!strcmp(done_words[i].op, op))
			return _(done_words[i].done);
	return op;
}

/* An operation as an order, for sentences that say what was not done: the `:` line keeps its English name. */
static const struct {
	const char *op, *word;
} op_words[] = {
	{ "dismiss", NC_("op", "dismiss") }, { "restore", NC_("op", "restore") }, { "refile", NC_("op", "refile") },
	{ "mute", NC_("op", "mute") }, { "unmute", NC_("op", "unmute") }, { "hold", NC_("op", "hold") },
	{ "clear", NC_("op", "clear") }, { "block", NC_("op", "block") }, { "alert", NC_("op", "alert") },
	{ "merge", NC_("op", "merge") }, { "unmerge", NC_("op", "unmerge") }, { "split", NC_("op", "split") },
	{ "label", NC_("op", "label") }, { "pin", NC_("op", "pin") }, { "prepare", NC_("op", "prepare") },
	{ "accept", NC_("op", "accept") }, { "compose", NC_("op", "compose") }, { "edit", NC_("op", "edit") },
	{ "credit", NC_("op", "credit") }, { "suggest", NC_("op", "suggest") }, { "combine", NC_("op", "combine") },
	{ "return", NC_("op", "return") }, { "move", NC_("op", "move") }, { "next", NC_("op", "next") },
	{ "drop", NC_("op", "drop") }, { "air", NC_("op", "air") }, { "ask", NC_("op", "ask") },
	{ "reword", NC_("op", "reword") }, { "close", NC_("op", "close") }, { "strike", NC_("op", "strike") },
	{ "publish", NC_("op", "publish") }, { "speaker", NC_("op", "speaker") }, { "attach", NC_("op", "attach") },
	{ "reassign", NC_("op", "reassign") }, { "correct", NC_("op", "correct") }, { "retract", NC_("op", "retract") },
	{ "outcome", NC_("op", "outcome") }, { "release", NC_("op", "release") }, { "collect", NC_("op", "collect") },
	{ "open", NC_("op", "open") }, { "notice", NC_("op", "notice") }, { "interrupt", NC_("op", "interrupt") },
	{ "resume", NC_("op", "resume") }, { "end", NC_("op", "end") }, { "reopen", NC_("op", "reopen") },
	{ "seal", NC_("op", "seal") }, { "intake", NC_("op", "intake") }, { "plan", NC_("op", "plan") },
	{ "say", NC_("op", "say") }, { "ack", NC_("op", "ack") }, { "away", NC_("op", "away") },
	{ "back", NC_("op", "back") }, { "baton", NC_("op", "baton") }, { "undo", NC_("op", "undo") },
	{ "redo", NC_("op", "redo") },
};

const char *ui_op_word(const char *op)
{
	for (size_t i = 0; i < COUNT_OF(op_words); i++)
		if (!strcmp(op_words[i].op, op))
			return intl_context(op_words[i].word, op);
	return op;
}

void ui_call_op(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out)
{
	buf_adds(out, ui_op_word(op->name));
	buf_addc(out, ' ');
	ui_call_args(ui, op, arg, false, out);
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}
