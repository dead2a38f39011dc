/* ui_take.c: what moved outside: the replica, verdicts, presence, the backend's status; and what it means for this seat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/term.h"
#include "ui/ui_own.h"

void ui_bell(struct ui *ui)
{
	const char *how = ui->config->bell;
	ui->loop->bell_rung = true;
	if (!ui->o.term || !strcmp(how, "none"))
		return;
	if (!strcmp(how, "sound") || !strcmp(how, "both"))
		term_bell(ui->o.term, false);
	if (!strcmp(how, "flash") || !strcmp(how, "both"))
		term_bell(ui->o.term, true);
}

/* ---- words to this seat ------------------------------------------------------------------------------------------ */

struct to_me {
	struct ui *ui;
	const struct word *newest;
	int64_t n;
};

static bool word_to_me(void *arg, const struct record *r)
{
	struct to_me *t = arg;
	const struct word *w = (const void *)r;
	const bool mine = !strcmp(w->to, "all") || !strcmp(w->to, t->ui->seat) || !strcmp(w->to, role_names[t->ui->role]);
	if (r->gone || !mine || !strcmp(w->from, t->ui->seat) || ids_have(&w->acks, t->ui->seat))
		return true;
	t->newest = w;
	t->n++;
	return true;
}

static void hear_words(struct ui *ui)
{
	struct to_me t = { .ui = ui };
	if (!ui->seat[0])
		return;
	world_each(ui_world(ui), K_WORD, word_to_me, &t);
	ui->loop->words = t.n;
	snprintf(ui->loop->word, sizeof ui->loop->word, "%s", t.newest ? t.newest->r.id : "");
	if (!t.newest || !strcmp(ui->loop->word_seen, t.newest->r.id))
		return;
	memcpy(ui->loop->word_seen, t.newest->r.id, sizeof ui->loop->word_seen);
	ui_bell(ui);
}

/* ---- what others decided ----------------------------------------------------------------------------------------- */

struct newer {
	const char *seat;
	int64_t after, last, n;
	int64_t oldest;        /* when the first of them was taken; 0: none */
};

static bool newer_act(void *arg, const struct record *r)
{
	struct newer *s = arg;
	const struct act *a = (const void *)r;
	int64_t id = 0;
	if (!id_number(r->id, &id) || r->gone)
		return true;
	s->last = id > s->last ? id : s->last;
	if (id <= s->after || !strcmp(a->seat, s->seat))
		return true;
	s->n++;
	if (!s->oldest || a->at < s->oldest)
		s->oldest = a->at;
	return true;
}

/* The first of them was taken so long ago that nobody can have looked. */
static bool was_absent(const struct ui *ui, const struct newer *s)
{
	return s->oldest && ui_now(ui) - s->oldest >= ABSENT_MS;
}

void ui_meanwhile(struct ui *ui)
{
	struct newer s = { .seat = ui->seat, .after = ui->loop->seen_act };
	struct buf key = BUF_INIT;
	world_each(ui_world(ui), K_ACT, newer_act, &s);
	ui_key_for(ui, "log", &key);
	ui->loop->left_act = ui->loop->seen_act;
	ui->loop->meanwhile_at = ui->mono;
	if (s.n > 0 && s.after > 0)
		ui_say(ui, false, P_("%lld decision by others since you left: %s", "%lld decisions by others since you left: %s", s.n),
			(long long)s.n, key.len ? key.data : ":log");
	if (s.n > 0 && s.after > 0 && was_absent(ui, &s) && ui->over < 0 && !ui->prompt && !ui_typed(ui) && ui->role != R_PROMPTER)
		ui_over(ui, V_LOG); /* never over a line that is being typed */
	buf_release(&key);
}

static void see_acts(struct ui *ui)
{
	struct newer s = { .seat = ui->seat, .after = ui->loop->seen_act };
	if (ui->loop->away_at || ui->locked)
		return;
	world_each(ui_world(ui), K_ACT, newer_act, &s);
	const int64_t told = ui->loop->meanwhile_at;
	if (s.after && ui->loop->worded && was_absent(ui, &s) && (!told || ui->mono - told > CATCH_UP_MS))
		ui_meanwhile(ui); /* the link was down */
	if (s.last > ui->loop->seen_act && ui->loop->worded) {
		ui->loop->seen_act = s.last;
		ui_place_moved(ui);
	}
}

/* Away and back are operations, and may come from another machine of this seat. */
static void see_away(struct ui *ui)
{
	const struct seat *me = ui->seat[0] ? world_seat(ui_world(ui), ui->seat) : NULL;
	const bool away = me && me->away;
	if (away && !ui->loop->away_at) {
		ui->loop->away_at = ui_now(ui);
		ui->loop->presence = true;
	} else if (!away && ui->loop->away_at) {
		ui->loop->away_at = 0;
		ui->loop->presence = true;
		ui_meanwhile(ui);
	}
}

static void world_moved(struct ui *ui)
{
	struct ui_loop *l = ui->loop;
	hear_words(ui);
	status_world(ui, &l->status);
	see_away(ui);
	if (!l->worded && world_event(ui_world(ui))) {
		ui_meanwhile(ui); /* since this console was last closed */
		l->worded = true;
	}
	see_acts(ui);
	if (l->status.alert[0] && strcmp(l->status.alert, l->alert_seen) != 0) {
		snprintf(l->alert_seen, sizeof l->alert_seen, "%s", l->status.alert);
		ui_bell(ui);
	}
}

static void others_moved(struct ui *ui)
{
	char *json = ui->o.link && ui->o.link->others ? ui->o.link->others(ui->o.link->ctx) : NULL;
	if (crew_take(ui->crew, json))
		ui->moved |= VIEW_OTHERS;
	free(json);
	json = ui->o.link && ui->o.link->status ? ui->o.link->status(ui->o.link->ctx) : NULL;
	if (status_take(&ui->loop->status, json, ui->mono))
		ui->moved |= VIEW_OTHERS;
	free(json);
}

int64_t ui_take(struct ui *ui)
{
	const bool blind = !ui->o.link || ui->o.link->fd < 0; /* nobody tells: look at every turn */
	const int64_t due = acts_due(ui->acts);
	if (!ui->loop->heard && !blind && !(due >= 0 && due <= ui->mono))
		return -1;
	if (ui->loop->taken_at && ui->mono - ui->loop->taken_at < TAKE_MS && !(due >= 0 && due <= ui->mono))
		return ui->loop->heard ? ui->loop->taken_at + TAKE_MS : -1;
	ui->loop->taken_at = ui->mono;
	ui->loop->heard = false;
	const unsigned moved = acts_refresh(ui->acts);
	if (moved)
		ui->loop->presence = true;
	ui->moved |= (moved & MOVED_WORLD ? VIEW_WORLD : 0u) | (moved & MOVED_ROWS ? VIEW_ROWS : 0u) |
		(moved & MOVED_VERDICTS ? VIEW_VERDICTS : 0u);
	others_moved(ui);
	if (moved & MOVED_WORLD)
		world_moved(ui);
	return -1;
}
