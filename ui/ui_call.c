/* ui_call.c: what views may call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/ui_own.h"

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

void ui_key_of(const struct ui *ui, const char *context, const char *action, struct buf *out)
{
	const size_t had = out->len;
	keymap_key_of(ui->config->keys, context, action, out);
	if (out->len == had)
		buf_addf(out, ":%s", action);
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
	char *text = bad ? intl_said(b.data) : NULL; /* most are refusals, as they were made */
	notes_add(ui->notes, ui->mono, ui_now(ui), bad, text ? text : b.data);
	free(text);
	ui->loop->said_down = false;
	buf_release(&b);
	ui->dirty = true;
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

/* `about`: what it was about as people called it before: a retracted segment has no words any more. */
static void tell_done(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], const char *about)
{
	struct buf b = BUF_INIT, key = BUF_INIT;
	if (!strcmp(op->name, "publish"))
		return; /* the transcript shows it */
	buf_addf(&b, "%s %s", ui_done_word(op->name), about);
	while (b.len && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	keymap_key_of(ui->config->keys, "global", "undo", &key);
	if ((op->flags & OP_UNDO) && strcmp(op->name, "undo") != 0 && key.len)
		buf_addf(&b, _(" · %s undo"), key.data);
	const bool down = ui->link.is != LINK_IS_UP && !ui->link.by_other;
	if (down && (op->flags & OP_EXPIRES)) { /* nothing that may not happen is said to have happened */
		buf_reset(&b);
		buf_addf(&b, _("not sent yet, and given up after %d s: "), OP_UNTIL_MS / 1000);
		ui_call_op(ui, op, arg, &b);
	} else if (down)
		buf_adds(&b, _(" · kept here until the link is back"));
	ui_say(ui, false, "%s", b.data);
	ui->loop->said_down = down;
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
	struct buf about = BUF_INIT;
	ui_call_args(ui, found, arg, false, &about);
	const int64_t n = acts_do(ui->acts, found, arg, rev, &e);
	if (n)
		tell_done(ui, found, arg, about.data ? about.data : "");
	buf_release(&about);
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
	bool armed = found && acts_arm(ui->acts, found, arg, shows ? shows : own, &e);
	struct buf warned = BUF_INIT;
	if (armed && !strcmp(op, "air") && question_unkept(ui, acts_armed(ui->acts)->arg[0], &warned)) {
		buf_addf(&warned, "\n%s", shows ? shows : own);
		armed = acts_arm(ui->acts, found, arg, warned.data, &e);
	}
	buf_release(&warned);
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

void ui_fire(struct ui *ui)
{
	struct error e = { 0 };
	const struct armed *a = acts_armed(ui->acts);
	if (!a) {
		const char *why = acts_lapsed(ui->acts);
		ui_say(ui, why != NULL, "%s", why ? why : _("nothing is armed"));
		return;
	}
	const struct op *op = a->op;
	char *arg[OP_ARGS_MAX] = { 0 };
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		arg[i] = a->arg[i] ? xstrdup(a->arg[i]) : NULL;
	struct buf about = BUF_INIT;
	ui_call_args(ui, op, (const char *const *)arg, false, &about);
	const int64_t n = acts_fire(ui->acts, &e);
	if (n)
		tell_done(ui, op, (const char *const *)arg, about.data ? about.data : "");
	buf_release(&about);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(arg[i]);
	over_with(ui, n, &e);
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
