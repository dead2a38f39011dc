/* act_global.c: what keys do everywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/term.h"
#include "ui/ui_own.h"

#define ACT(name) static bool name(struct view *v, struct ui *ui, const char *arg)
#define UNUSED (void)v, (void)ui, (void)arg

/* ---- panes ------------------------------------------------------------------------------------------------------- */

static void step(struct ui *ui, int by)
{
	const int p = layout_next(&ui->layout, ui->focus, by);
	if (p >= 0)
		ui_focus(ui, (enum pane)p);
}

ACT(pane_next)
{
	UNUSED;
	return step(ui, 1), true;
}

ACT(pane_prev)
{
	UNUSED;
	return step(ui, -1), true;
}

ACT(pane)
{
	UNUSED;
	static const char *const names[PANES] = { [PANE_WEB] = "web", [PANE_SMS] = "sms", [PANE_QUESTION] = "question",
		[PANE_TRANSCRIPT] = "transcript" };
	for (int i = 0; i < PANES; i++)
		if (!strcmp(arg, names[i]))
			return ui_focus(ui, (enum pane)i), true;
	return ui_focus(ui, ui->own), true;
}

ACT(zoom)
{
	UNUSED;
	ui->zoom = !ui->zoom;
	ui->moved |= VIEW_SIZE;
	ui_place_moved(ui);
	return true;
}

static bool has_panes(const struct view *v, const struct ui *ui)
{
	(void)v;
	return ui->role != R_PROMPTER;
}

/* ---- views over the panes ---------------------------------------------------------------------------------------- */

ACT(help)
{
	UNUSED;
	return ui_over(ui, ui->over == V_HELP ? -1 : V_HELP), true;
}

ACT(show_log)
{
	UNUSED;
	return ui_over(ui, ui->over == V_LOG ? -1 : V_LOG), true;
}

ACT(show_seats)
{
	UNUSED;
	return ui_over(ui, ui->over == V_SEATS ? -1 : V_SEATS), true;
}

ACT(close_over)
{
	UNUSED;
	if (ui->over < 0)
		return false;
	return ui_over(ui, -1), true;
}

static bool is_over(const struct view *v, const struct ui *ui)
{
	(void)v;
	return ui->over >= 0;
}

/* Lets go of the nearest thing: what is armed, a view over the panes, the zoom, a sentence. */
ACT(back)
{
	UNUSED;
	if (acts_lapsed(ui->acts)) {
		acts_disarm(ui->acts);
		notes_hush(ui->notes);
	} else if (acts_armed(ui->acts)) {
		acts_disarm(ui->acts);
		ui_say(ui, false, "%s", _("disarmed"));
	} else if (ui->over >= 0) {
		ui_over(ui, -1);
	} else if (ui->zoom) {
		zoom(v, ui, arg);
	} else {
		notes_hush(ui->notes);
	}
	return true;
}

/* ---- the line, undo, the guard ----------------------------------------------------------------------------------- */

ACT(line)
{
	UNUSED;
	return prompt_colon(ui, arg), true;
}

ACT(undo)
{
	UNUSED;
	return ui_do(ui, "undo", NULL, NULL, NULL), true;
}

ACT(redo)
{
	UNUSED;
	return ui_do(ui, "redo", NULL, NULL, NULL), true;
}

ACT(fire)
{
	UNUSED;
	ui_fire(ui);
	return true;
}

/* ---- words between seats ----------------------------------------------------------------------------------------- */

static void say_text(void *ctx, const char *text)
{
	struct ui *ui = ctx;
	if (text && *text)
		ui_do(ui, "say", ui->loop->say_to, NULL, text);
}

static void say_to(struct ui *ui, const char *seat)
{
	struct buf b = BUF_INIT;
	snprintf(ui->loop->say_to, sizeof ui->loop->say_to, "%s", seat);
	buf_addf(&b, _("to %s:"), strcmp(seat, "all") ? ui_name_of(ui, seat) : _("all"));
	ui_ask(ui, b.data, "", ui, NULL, say_text);
	buf_release(&b);
}

static void say_chosen(void *ctx, const char *seat)
{
	if (seat)
		say_to(ctx, seat);
}

enum { SEATS_MAX = 20 };
struct say_rows {
	struct ui *ui;
	struct choice rows[SEATS_MAX + 1];
	char keys[SEATS_MAX + 1][4];
	size_t n;
};

static bool say_row(void *arg, const struct record *r)
{
	static const char letters[] = "123456789bcdefghijk";
	struct say_rows *s = arg;
	const struct seat *x = (const void *)r;
	if (r->gone || !strcmp(r->id, s->ui->seat) || s->n >= sizeof letters - 1 || s->n >= SEATS_MAX)
		return true;
	snprintf(s->keys[s->n], sizeof s->keys[s->n], "%c", letters[s->n]);
	s->rows[s->n] = (struct choice){ .key = s->keys[s->n], .word = x->name, .value = r->id };
	s->n++;
	return true;
}

ACT(say)
{
	UNUSED;
	struct say_rows s = { .ui = ui };
	world_each(ui_world(ui), K_SEAT, say_row, &s);
	s.rows[s.n++] = (struct choice){ .key = "a", .word = _("all"), .value = "all" };
	ui_choose(ui, _("a word to"), s.rows, s.n, ui, say_chosen);
	return true;
}

static bool has_word(const struct view *v, const struct ui *ui)
{
	(void)v;
	return ui->loop->words > 0;
}

ACT(ack)
{
	UNUSED;
	const struct word *w = (const void *)world_get(ui_world(ui), K_WORD, ui->loop->word);
	struct error e = { 0 };
	if (!w) {
		ui_say(ui, false, "%s", _("no word to this seat waits"));
		return true;
	}
	char from[84];
	snprintf(from, sizeof from, "%s", ui_name_of(ui, w->from));
	if (acts_go(ui->acts, &e, "ack", ui->loop->word, NULL, NULL))
		ui_say(ui, false, _("%s knows that you have read it"), from);
	else
		ui_say(ui, true, "%s", e.text);
	ui->moved |= VIEW_WORLD;
	ui->loop->heard = true;
	ui->loop->word[0] = '\0';
	ui->loop->words = 0;
	return true;
}

/* ---- leaving and coming back ------------------------------------------------------------------------------------- */

ACT(away)
{
	UNUSED;
	const struct seat *me = world_seat(ui_world(ui), ui->seat);
	ui_do(ui, me && me->away ? "back" : "away", NULL, NULL, NULL);
	ui->loop->heard = true;
	return true;
}

ACT(lock)
{
	UNUSED;
	acts_disarm(ui->acts);
	prompt_close(ui);
	ui->locked = true;
	ui->loop->locked_at = ui_now(ui);
	buf_reset(&ui->loop->lock_typed);
	ui_presence(ui);
	return true;
}

static void quit_chosen(void *ctx, const char *value)
{
	struct ui *ui = ctx;
	if (value && !strcmp(value, "quit"))
		ui->quit = true;
}

ACT(quit)
{
	UNUSED;
	const struct choice rows[] = { { "y", _("yes"), "quit" }, { "n", _("no"), "no" } };
	const int64_t unsent = acts_unsettled(ui->acts);
	struct buf b = BUF_INIT;
	buf_adds(&b, _("leave the console?"));
	if (unsent)
		buf_addf(&b, P_(" %lld decision is kept here until you are back", " %lld decisions are kept here until you are back",
			unsent), (long long)unsent);
	ui_choose(ui, b.data, rows, COUNT_OF(rows), ui, quit_chosen);
	buf_release(&b);
	return true;
}

/* ---- the terminal ------------------------------------------------------------------------------------------------ */

ACT(redraw)
{
	UNUSED;
	if (ui->o.term)
		term_redraw(ui->o.term);
	return true;
}

ACT(suspend)
{
	UNUSED;
	ui_place_save(ui);
	if (ui->o.term) {
		int rows, cols;
		term_suspend(ui->o.term);
		term_size(ui->o.term, &rows, &cols);
		ui_resize(ui, rows, cols);
		ui->dirty = true;
	}
	return true;
}

ACT(reconnect)
{
	UNUSED;
	if (ui->o.link)
		ui->o.link->wake(ui->o.link->ctx);
	ui_say(ui, false, "%s", _("trying the backend now"));
	return true;
}

static bool link_is_bad(const struct view *v, const struct ui *ui)
{
	(void)v;
	return ui->link.is == LINK_IS_DOWN || ui->link.is == LINK_IS_REFUSED;
}

static const struct action actions[] = {
	{ "fire", N_("do what is armed"), NULL, 0, fire, NULL }, /* status.c has it in the foot line while something is */
	{ "ack", N_("say that the word to this seat was read"), N_("read"), 0, ack, has_word },
	{ "close", N_("close what is over the panes"), N_("close"), ACT_REPEAT, close_over, is_over },
	{ "reconnect", N_("try the backend now"), N_("try now"), 0, reconnect, link_is_bad },
	{ "undo", N_("undo this seat's last act"), N_("undo"), 0, undo, NULL },
	{ "redo", N_("redo what was undone last"), NULL, 0, redo, NULL },
	{ "pane-next", N_("go to the next pane"), N_("pane"), ACT_REPEAT, pane_next, has_panes },
	{ "pane-prev", N_("go to the pane before"), NULL, ACT_REPEAT, pane_prev, has_panes },
	{ "pane", N_("go to a pane: web, sms, question, transcript"), NULL, 0, pane, has_panes },
	{ "zoom", N_("give the pane the whole screen, or its place again"), N_("zoom"), 0, zoom, has_panes },
	{ "line", N_("type an operation, an action or set"), N_("line"), 0, line, NULL },
	{ "say", N_("a word to another seat"), N_("say"), 0, say, NULL },
	{ "log", N_("what was decided, and what was said to this seat"), N_("log"), 0, show_log, NULL },
	{ "seats", N_("who sits where and is on what, and the rooms"), N_("seats"), 0, show_seats, NULL },
	{ "help", N_("all keys and operations"), N_("help"), 0, help, NULL },
	{ "away", N_("leave the seat for a while, or be back"), NULL, 0, away, NULL },
	{ "lock", N_("hide the screen until \"unlock\" is typed"), NULL, 0, lock, NULL },
	{ "back", N_("let go: disarm, close, unzoom"), NULL, ACT_REPEAT, back, NULL },
	{ "redraw", N_("draw the screen anew"), NULL, ACT_REPEAT, redraw, NULL },
	{ "suspend", N_("to the shell; fg comes back"), NULL, 0, suspend, NULL },
	{ "quit", N_("leave the console"), NULL, 0, quit, NULL },
	{ .name = NULL },
};

const struct action_set actions_global = { "global", N_("Everywhere"), actions };
