/* ui_call.c: what views may call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

enum { TITLE_COLS = 40 };

const struct world *ui_world(struct ui *ui)
{
	return acts_world(ui->acts);
}

int64_t ui_now(const struct ui *ui)
{
	return clock_now(ui->o.clock) + ui->link.clock_offset_ms;
}

void ui_dirty(struct ui *ui)
{
	ui->dirty = true;
}

void ui_presence(struct ui *ui)
{
	ui->loop->presence = true;
}

void ui_say(struct ui *ui, bool bad, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	notes_add(ui->notes, ui->mono, ui_now(ui), bad, b.data);
	buf_release(&b);
	ui->dirty = true;
}

/* ---- what things are called -------------------------------------------------------------------------------------- */

static void add_title(struct buf *out, const char *s)
{
	const size_t n = text_fit(s, TITLE_COLS);
	buf_addf(out, "%s%.*s%s%s", ui_sign(SIGN_OPEN_QUOTE), (int)n, s, s[n] ? ui_sign(SIGN_MORE) : "",
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
	enum kind kind = K_QUESTION;
	const char *colon = strchr(target, ':');
	snprintf(name, sizeof name, "%.*s", (int)(colon ? colon - target : 0), target);
	if (colon && kind_by_name(name, &kind))
		ui_call(ui, kind, colon + 1, out);
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
	case A_SEGMENT: return K_SEGMENT;
	case A_SEAT: return K_SEAT;
	case A_PERSON: return K_PARTICIPANT;
	default: return KIND_COUNT;
	}
}

/* The first thing an operation is about, as people call it; `text`: and the words it carries. */
static void call_args(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], bool text, struct buf *out)
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
	buf_adds(out, a->op);
	const size_t n = strlen(a->op);
	const bool whole = !strncmp(a->words, a->op, n) && (!a->words[n] || a->words[n] == ' ');
	buf_addf(&line, "%s%s%s", whole ? "" : a->op, whole ? "" : " ", a->words);
	if (op && words_parse(line.data, &w, NULL)) {
		buf_addc(out, ' ');
		call_args(ui, op, (const char *const *)w.arg, true, out);
	} else if (*a->subject) {
		buf_addc(out, ' ');
		ui_call_target(ui, a->subject, out);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	words_release(&w);
	buf_release(&line);
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

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

static const char *done_word(const char *op)
{
	for (size_t i = 0; i < COUNT_OF(done_words); i++)
		if (!strcmp(done_words[i].op, op))
			return _(done_words[i].done);
	return op;
}

static void tell_done(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX])
{
	struct buf b = BUF_INIT, key = BUF_INIT;
	if (!strcmp(op->name, "publish"))
		return; /* the transcript shows it */
	buf_addf(&b, "%s ", done_word(op->name));
	call_args(ui, op, arg, false, &b);
	while (b.len && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	keymap_key_of(ui->config->keys, "global", "undo", &key);
	if ((op->flags & OP_UNDO) && strcmp(op->name, "undo") != 0 && key.len)
		buf_addf(&b, _(" · %s undo"), key.data);
	if (ui->link.is != LINK_IS_UP && !ui->link.by_other)
		buf_adds(&b, _(" · kept here until the link is back"));
	ui_say(ui, false, "%s", b.data);
	buf_release(&b);
	buf_release(&key);
}

static bool over_with(struct ui *ui, int64_t n, const struct error *e)
{
	ui->moved |= VIEW_WORLD | VIEW_ROWS | VIEW_VERDICTS;
	ui->loop->presence = true;
	if (!n) {
		ui_say(ui, true, "%s", e->text);
		ui_bell(ui);
	}
	return n != 0;
}

bool ui_do_args(struct ui *ui, const char *op, const char *const arg[OP_ARGS_MAX], int64_t rev)
{
	struct error e = { 0 };
	const struct op *found = op_by_name(op);
	if (!found)
		return over_with(ui, 0, (error_set(&e, ERR_USAGE, _("there is no operation \"%s\""), op), &e));
	const int64_t n = acts_do(ui->acts, found, arg, rev, &e);
	if (n)
		tell_done(ui, found, arg);
	return over_with(ui, n, &e);
}

bool ui_do(struct ui *ui, const char *op, const char *arg1, const char *arg2, const char *arg3)
{
	return ui_do_args(ui, op, (const char *const[OP_ARGS_MAX]){ arg1, arg2, arg3 }, -1);
}

/* What the public will see, when the view has not said: the question's words and credit, or the words themselves. */
static char *public_words(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX])
{
	struct buf b = BUF_INIT;
	char *plain[OP_ARGS_MAX] = { 0 };
	struct words w = { .op = op };
	for (size_t i = 0; i < op_arg_count(op); i++)
		w.arg[i] = (char *)(uintptr_t)arg[i];
	const struct record *r = NULL;
	if (words_resolve(ui_world(ui), &w, ui->seat, ui_now(ui), plain, NULL))
		r = acts_subject(ui->acts, op, (const char *const *)plain);
	if (r && r->kind == K_QUESTION)
		buf_addf(&b, "q%lld  %s\n%s", (long long)((const struct question *)r)->number, ((const struct question *)r)->wording,
			((const struct question *)r)->credit);
	else if (r && r->kind == K_SEGMENT)
		buf_adds(&b, ((const struct segment *)r)->text);
	for (size_t i = 0; i < op_arg_count(op); i++)
		if (plain[i] && (op->args[i].type == A_TEXT || op->args[i].type == A_CHOICE))
			buf_addf(&b, "%s%s", b.len ? "\n" : "", plain[i]);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(plain[i]);
	if (!b.len)
		buf_adds(&b, op->help);
	return buf_detach(&b);
}

bool ui_arm(struct ui *ui, const char *op, const char *const arg[OP_ARGS_MAX], const char *shows)
{
	struct error e = { 0 };
	const struct op *found = op_by_name(op);
	char *own = found && !shows ? public_words(ui, found, arg) : NULL;
	const bool armed = found && acts_arm(ui->acts, found, arg, shows ? shows : own, &e);
	free(own);
	ui->dirty = true;
	if (!armed) {
		ui_say(ui, true, "%s", found ? e.text : op);
		ui_bell(ui);
	} else {
		notes_hush(ui->notes);
	}
	return armed;
}

bool ui_fire(struct ui *ui)
{
	struct error e = { 0 };
	const struct armed *a = acts_armed(ui->acts);
	if (!a)
		return false;
	const struct op *op = a->op;
	char *arg[OP_ARGS_MAX] = { 0 };
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		arg[i] = a->arg[i] ? xstrdup(a->arg[i]) : NULL;
	const int64_t n = acts_fire(ui->acts, &e);
	if (n)
		tell_done(ui, op, (const char *const *)arg);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(arg[i]);
	over_with(ui, n, &e);
	return true;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

void ui_ask(struct ui *ui, const char *label, const char *text, void *ctx, void (*typed)(void *ctx, const char *text),
	void (*taken)(void *ctx, const char *text))
{
	prompt_line(ui, label, text, ctx, typed, taken);
}

void ui_choose(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*taken)(void *ctx, const char *value))
{
	prompt_choice(ui, label, rows, n, ctx, taken);
}

/* ---- others ------------------------------------------------------------------------------------------------------ */

const char *ui_name_of(struct ui *ui, const char *seat)
{
	const struct seat *s = seat && *seat ? world_seat(ui_world(ui), seat) : NULL;
	return s ? s->name : "?";
}

const char *ui_claimed(const struct ui *ui, const char *what)
{
	const struct mate *m = crew_claims(ui->crew, what, ui->seat);
	return m ? ui_name_of((struct ui *)(uintptr_t)ui, m->seat) : NULL;
}

static bool is_scribe(const struct ui *ui, const char *seat)
{
	const struct seat *s = world_seat(acts_world(ui->acts), seat);
	return s && (s->role == R_SCRIBE || s->role == R_PRODUCER);
}

/* Of the scribes that say something, the one heard last. */
static const struct mate *scribe(const struct ui *ui, bool choice)
{
	const struct mate *found = NULL;
	for (size_t i = 0; i < crew_count(ui->crew); i++) {
		const struct mate *m = crew_at(ui->crew, i);
		const bool says = choice ? m->choice[0] != '\0' : m->typing[0] != '\0';
		if (says && strcmp(m->seat, ui->seat) != 0 && is_scribe(ui, m->seat) && (!found || m->at > found->at))
			found = m;
	}
	return found;
}

const char *ui_typing(const struct ui *ui)
{
	const struct mate *m = scribe(ui, false);
	return m ? m->typing : "";
}

const char *ui_choice(const struct ui *ui)
{
	const struct mate *m = scribe(ui, true);
	return m ? m->choice : "";
}

void ui_show_typing(struct ui *ui, const char *text)
{
	snprintf(ui->loop->typing, sizeof ui->loop->typing, "%.*s", (int)text_fit(text, 600), text);
	ui->loop->presence = true;
}

void ui_show_choice(struct ui *ui, const char *question)
{
	snprintf(ui->loop->choice, sizeof ui->loop->choice, "%s", question);
	ui->loop->presence = true;
}

/* ---- panes ------------------------------------------------------------------------------------------------------- */

void ui_focus(struct ui *ui, enum pane p)
{
	if (p >= PANES)
		return;
	if (p != ui->focus)
		ui->moved |= VIEW_FOCUS | VIEW_SIZE;
	ui->focus = p;
	ui->over = -1;
	ui->n_chord = 0;
	ui->dirty = true;
	ui_presence(ui);
	ui_place_moved(ui);
}

void ui_over(struct ui *ui, int view)
{
	ui->over = view >= 0 && view < VIEWS ? view : -1;
	ui->n_chord = 0;
	ui->moved |= VIEW_FOCUS | VIEW_SIZE;
	ui->dirty = true;
	if (ui->over >= 0) {
		struct view *v = ui_view(ui, ui->over);
		v->class->changed(v, ui, VIEW_ALL);
	}
}
