/* ui_key.c: where a key goes: the prompt, then letters to who types, then the keymap from the nearest context outwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

enum { FITTING = 8 };

void ui_contexts(struct ui *ui, const char *out[8])
{
	struct view *v = ui_focused(ui);
	const char *const *c = v->class->contexts ? v->class->contexts(v) : NULL;
	int n = 0;
	for (; c && *c && n < 6; c++)
		out[n++] = *c;
	if (!n || strcmp(out[n - 1], "global") != 0)
		out[n++] = "global";
	out[n] = NULL;
}

struct wanted {
	const char *action;
	bool typed;
	struct buf *out;
};

static bool key_for(void *arg, const struct binding *b)
{
	const struct wanted *w = arg;
	if (!b->action || strcmp(b->action->name, w->action) != 0 || (w->typed && key_is_text(&b->keys[0])))
		return true;
	for (int i = 0; i < b->n; i++) {
		buf_adds(w->out, i ? " " : "");
		key_show(&b->keys[i], w->out);
	}
	return false;
}

void ui_key_for(struct ui *ui, const char *action, struct buf *out)
{
	const char *contexts[8];
	const size_t had = out->len;
	struct wanted w = { action, ui_typed(ui), out };
	ui_contexts(ui, contexts);
	for (int i = 0; contexts[i] && out->len == had; i++)
		keymap_each(ui->config->keys, contexts[i], key_for, &w);
}

bool ui_typed(struct ui *ui)
{
	struct view *v = ui_focused(ui);
	return ui->prompt ? prompt_typing(ui) : !ui->locked && v->class->typing && v->class->typing(v);
}

bool ui_act(struct ui *ui, const struct action *a, const char *arg)
{
	struct view *v = ui_focused(ui);
	return (!a->can || a->can(v, ui)) && a->run(v, ui, arg);
}

/* ---- the lock ---------------------------------------------------------------------------------------------------- */

/* What is typed must end in the word; a held key or a sleeve never writes it. */
static void locked_key(struct ui *ui, const struct key *k)
{
	struct buf *b = &ui->loop->lock_typed;
	const char *word = _("unlock");
	const size_t n = strlen(word);
	ui->dirty = true;
	if (!key_is_text(k) || k->code > 127) {
		if (k->code == UK_ENTER && b->len >= n && !strcmp(b->data + b->len - n, word)) {
			ui->locked = false;
			ui->loop->presence = true;
			ui_meanwhile(ui);
		}
		buf_reset(b);
		return;
	}
	if (b->len > 60)
		buf_drop_front(b, 40);
	buf_addc(b, (char)(k->code | (k->code >= 'A' && k->code <= 'Z' ? 0x20 : 0)));
}

/* ---- held keys --------------------------------------------------------------------------------------------------- */

static bool is_held(struct ui *ui, const struct key *k)
{
	struct ui_loop *l = ui->loop;
	const int64_t now = clock_mono(ui->o.clock) + l->skew;
	const bool held = key_same(&l->last, k) && now - l->last_at < HELD_MS;
	l->last = *k;
	l->last.paste = NULL;
	l->last_at = now;
	if (!held)
		l->last_held_said = false;
	return held;
}

static void say_held(struct ui *ui)
{
	if (!ui->loop->last_held_said)
		ui_say(ui, true, "%s", _("held key ignored: let go first"));
	ui->loop->last_held_said = true;
}

/* ---- bindings ---------------------------------------------------------------------------------------------------- */

/* "ack!" is done at once when that is harmless and complete; anything else is put on the line. */
static bool run_line(struct ui *ui, const char *line)
{
	const size_t n = strlen(line);
	struct error e = { 0 };
	struct words w = { 0 };
	char *whole = n && line[n - 1] == '!' ? xstrndup(line, n - 1) : NULL;
	const bool ready = whole && words_parse(whole, &w, NULL) && !(w.op->flags & OP_PUBLIC);
	if (!ready)
		prompt_colon(ui, whole ? whole : line);
	else if (!prompt_run(ui, whole, &e))
		ui_say(ui, true, "%s", e.text);
	words_release(&w);
	free(whole);
	return true;
}

static bool run_one(struct ui *ui, const struct binding *b, bool held)
{
	struct view *v = ui_focused(ui);
	if (!b->action) {
		if (held)
			say_held(ui);
		return held || run_line(ui, b->arg);
	}
	if (b->action->can && !b->action->can(v, ui))
		return false;
	if (held && !(b->action->flags & ACT_REPEAT)) {
		say_held(ui);
		return true;
	}
	return b->action->run(v, ui, b->arg);
}

static void caps(struct ui *ui, const struct key *k, bool done)
{
	if (done || !key_is_text(k) || k->code < 'A' || k->code > 'Z')
		ui->loop->caps = 0;
	else if (++ui->loop->caps >= CAPS_KEYS)
		ui_say(ui, true, "%s", _("Caps Lock? Capital letters came, and meant nothing here"));
}

static bool bound(struct ui *ui, const struct key *k, bool held)
{
	const char *contexts[8];
	const struct binding *fit[FITTING];
	int n = 0;
	ui_contexts(ui, contexts);
	if (ui->n_chord == CHORD_MAX)
		ui->n_chord = 0;
	ui->chord[ui->n_chord] = *k;
	ui->chord[ui->n_chord].paste = NULL;
	ui->n_chord++;
	enum key_match match = keymap_find(ui->config->keys, contexts, ui->chord, ui->n_chord, fit, FITTING, &n);
	if (match == MATCH_PART)
		return true;
	const bool chord = ui->n_chord > 1;
	ui->n_chord = 0;
	for (int i = 0; match == MATCH_WHOLE && i < n; i++)
		if (run_one(ui, fit[i], held))
			return true;
	if (chord && match == MATCH_NONE && k->code != UK_ESC)
		ui_say(ui, false, "%s", _("these keys mean nothing here; ? shows what does"));
	if (match == MATCH_WHOLE && fit[0]->action)
		ui_say(ui, false, _("nothing to do here now: %s"), _(fit[0]->action->help));
	return chord;
}

static void pasted(struct ui *ui, const struct key *k)
{
	struct view *v = ui_focused(ui);
	if (!ui_typed(ui) || !v->class->key || !v->class->key(v, ui, k))
		ui_say(ui, true, "%s", _("pasted text ignored: no line is open to take it"));
}

/* The keys of a screen that is too small to work, or of who reads only, are the global ones. */
static void view_key(struct ui *ui, const struct key *k)
{
	struct view *v = ui_focused(ui);
	const bool held = is_held(ui, k);
	struct key key = *k;
	key.held = held;
	const bool types = ui_typed(ui);
	if (k->code == UK_PASTE) {
		pasted(ui, k);
		return;
	}
	if (types && !ui->n_chord && key_is_text(k) && v->class->key && v->class->key(v, ui, &key))
		return;
	bool done = bound(ui, k, held);
	if (!done && v->class->key)
		done = v->class->key(v, ui, &key);
	if (!types)
		caps(ui, k, done);
}

void ui_key(struct ui *ui, const struct key *k)
{
	ui->mono = clock_mono(ui->o.clock);
	ui->loop->keyed_at = ui->mono;
	ui->dirty = true;
	if (k->code == UK_RESIZE || k->code == KEY_NONE)
		return;
	if (ui->locked)
		locked_key(ui, k);
	else if (ui->prompt) {
		is_held(ui, k);
		prompt_key(ui, k);
	} else
		view_key(ui, k);
	ui->loop->presence = true;
	ui_place_moved(ui);
}

/* ---- many keys at once ------------------------------------------------------------------------------------------- */

static size_t printable(const struct key *v, size_t n, bool *alike)
{
	size_t many = 0;
	const struct key *first = NULL;
	*alike = true;
	for (size_t i = 0; i < n; i++) {
		if (!key_is_text(&v[i]))
			continue;
		many++;
		if (first && !key_same(first, &v[i]))
			*alike = false;
		first = &v[i];
	}
	return many;
}

/* A paste without brackets looks like very fast typing: letters are only taken where text is typed. */
void ui_burst(struct ui *ui, const struct key *v, size_t n)
{
	bool alike;
	const bool burst = printable(v, n, &alike) >= BURST_KEYS && !alike && !ui_typed(ui);
	for (size_t i = 0; i < n && !ui->quit; i++)
		if (!burst || !(key_is_text(&v[i]) || v[i].code == UK_ENTER))
			ui_key(ui, &v[i]);
	if (burst)
		ui_say(ui, true, "%s", _("pasted keys ignored: no line is open to take them"));
}
