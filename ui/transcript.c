/* transcript.c: the transcript pane: what was said, and for a scribe the line being typed and what is on its way. */
#include "ui/transcript_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"
#include "ui/intl.h"

enum { SAVE_MS = 30, TICK_MS = 1000, SPELL_MS = 100, RETRY_MS = 1000, SHOWN_MAX = 560, LOOK_BACK = 400 };
static const char saved_as[] = "scribe";

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static void rows_release(struct transcript *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		free(t->rows[i].text);
		free(t->rows[i].speaker);
		free(t->rows[i].suggestion);
	}
	t->n_rows = 0;
}

static bool take_row(void *arg, const struct record *r)
{
	struct transcript *t = arg;
	const struct segment *s = (const void *)r;
	if (r->gone)
		return true;
	grow(&t->rows, &t->cap_rows, t->n_rows + 1, sizeof *t->rows);
	struct said *row = &t->rows[t->n_rows++];
	*row = (struct said){ .text = xstrdup(s->text), .speaker = xstrdup(s->speaker),
		.suggestion = xstrdup(s->suggestion), .at = s->at, .position = s->position,
		.revision = s->revision, .rev = r->rev, .state = s->state, .unsent = s->unsent };
	memcpy(row->id, r->id, sizeof row->id);
	memcpy(row->suggested_by, s->suggested_by, sizeof row->suggested_by);
	row->ours = scribe_find(&t->s, r->id) != NULL;
	return true;
}

static int by_position(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	return x->position < y->position ? -1 : x->position > y->position;
}

void transcript_rows(struct transcript *t)
{
	rows_release(t);
	world_each(ui_world(t->ui), K_SEGMENT, take_row, t);
	if (t->n_rows > 1)
		qsort(t->rows, t->n_rows, sizeof *t->rows, by_position);
	if (t->back >= t->n_rows)
		t->back = t->n_rows ? t->n_rows - 1 : 0;
}

const struct said *transcript_row(const struct transcript *t, const char *id)
{
	for (size_t i = t->n_rows; i-- > 0;)
		if (!strcmp(t->rows[i].id, id))
			return &t->rows[i];
	return NULL;
}

/* ---- who writes -------------------------------------------------------------------------------------------------- */

bool transcript_may_write(const struct transcript *t)
{
	return op_allowed(ui_world(t->ui), op_by_name("publish"), t->ui->role);
}

bool transcript_types(const struct transcript *t)
{
	return t->writing || (t->ui->role == R_SCRIBE && transcript_may_write(t));
}

/* Another seat that begins to write while this one does has taken over; the words typed here stay. */
static void hear_others(struct transcript *t)
{
	const char *who = ui_claimed(t->ui, "transcript");
	if (who && !t->other && t->writing) {
		struct buf key = BUF_INIT;
		t->writing = false;
		keymap_key_of(t->ui->config->keys, "transcript", "take", &key);
		ui_say(t->ui, true, _("%s writes now; your words stay here, %s takes over again"), who, key.data);
		ui_presence(t->ui);
		buf_release(&key);
	}
	t->other = who != NULL;
}

bool transcript_begin(struct transcript *t)
{
	const char *who = ui_claimed(t->ui, "transcript");
	if (t->writing)
		return true;
	if (!transcript_may_write(t))
		return false;
	if (who) {
		struct buf key = BUF_INIT;
		keymap_key_of(t->ui->config->keys, "transcript", "take", &key);
		ui_say(t->ui, true, _("%s writes; %s takes over"), who, key.data);
		buf_release(&key);
		return false;
	}
	t->writing = true;
	ui_presence(t->ui);
	return true;
}

/* ---- kept in the desk -------------------------------------------------------------------------------------------- */

static void save(struct transcript *t)
{
	struct buf b = BUF_INIT;
	struct error e;
	struct draft d = { .text = xstrdup(editor_text(t->ed)), .at = editor_at(t->ed), .rev = t->rev,
		.aside = t->aside ? xstrdup(t->aside) : NULL, .aside_at = t->aside_at };
	memcpy(d.correcting, t->correcting, sizeof d.correcting);
	scribe_save(&t->s, &d, clock_now(t->ui->o.clock), clock_mono(t->ui->o.clock), &b);
	t->save_at = -1;
	if (t->ui->o.desk && !desk_set(t->ui->o.desk, saved_as, b.data, &e)) {
		ui_say(t->ui, true, _("what you type cannot be kept: %s"), e.text);
		t->save_at = t->ui->mono + RETRY_MS;
	}
	draft_release(&d);
	buf_release(&b);
}

void transcript_typed(const struct transcript *t, struct buf *out)
{
	for (size_t i = 0; i < t->s.n; i++)
		if (t->s.v[i].is == PIECE_HELD)
			buf_addf(out, "%s ", t->s.v[i].text);
	buf_adds(out, *t->correcting ? (t->aside ? t->aside : "") : editor_text(t->ed));
}

/* The end of it is what others need. */
static void show(struct transcript *t)
{
	struct buf b = BUF_INIT;
	transcript_typed(t, &b);
	size_t from = b.len > SHOWN_MAX ? b.len - SHOWN_MAX : 0;
	while (((uint8_t)b.data[from] & 0xC0) == 0x80)
		from++;
	if (!t->shown || strcmp(t->shown, b.data + from)) {
		free(t->shown);
		t->shown = xstrdup(b.data + from);
		ui_show_typing(t->ui, t->shown);
	}
	buf_release(&b);
}

void transcript_edited(struct transcript *t)
{
	if (t->save_at < 0)
		t->save_at = t->ui->mono + SAVE_MS;
	if (editor_len(t->ed) == 0)
		t->typing_since = 0;
	else if (!t->typing_since)
		t->typing_since = ui_now(t->ui);
	t->misspelt_stale = true;
	show(t);
	ui_dirty(t->ui);
}

/* A segment that was put into the desk by a process that died before it could write that down. */
static bool offered_already(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	struct scribe *s = arg;
	(void)v;
	if (strcmp(op->op->name, "publish") || !op->arg[3])
		return true;
	struct piece *p = scribe_find(s, op->arg[3]);
	if (p && p->is == PIECE_HELD)
		scribe_left(p, op->n);
	return true;
}

static void restore(struct transcript *t)
{
	struct draft d;
	const struct clock *c = t->ui->o.clock;
	char *saved = t->ui->o.desk ? desk_get(t->ui->o.desk, saved_as) : NULL;
	scribe_restore(&t->s, &d, saved, SCRIBE_LEAST_HOLD_MS, clock_now(c), clock_mono(c));
	editor_set(t->ed, d.text, d.at);
	memcpy(t->correcting, d.correcting, sizeof t->correcting);
	t->rev = d.rev;
	t->opened = xstrdup("");
	t->aside = d.aside;
	t->aside_at = d.aside_at;
	d.aside = NULL;
	draft_release(&d);
	free(saved);
	if (t->s.n && t->ui->o.desk)
		desk_each(t->ui->o.desk, LOOK_BACK, offered_already, &t->s, NULL);
	if (editor_len(t->ed))
		t->typing_since = clock_now(c);
	if (*t->s.choice)
		ui_show_choice(t->ui, t->s.choice);
	t->misspelt_stale = true;
}

/* ---- out ----------------------------------------------------------------------------------------------------------- */

/* Not before the event is open and the question was aired: it waits here instead of being refused. */
static bool can_go(const struct transcript *t, const struct piece *p)
{
	const struct world *w = ui_world(t->ui);
	const struct event *ev = world_event(w);
	if (!ev || ev->state == EV_PREPARING || ev->state == EV_COLLECTING)
		return false;
	const struct question *q = *p->question ? world_question(w, p->question) : NULL;
	return !*p->question || (q && (q->struck || (q->state != Q_RESERVE && q->state != Q_NEXT)));
}

static bool offer(struct transcript *t, struct piece *p)
{
	const char *arg[OP_ARGS_MAX] = { *p->question ? p->question : NULL, NULL, *p->speaker ? p->speaker : NULL, p->id, p->text };
	struct error e = { 0 };
	int64_t n = acts_do(t->ui->acts, op_by_name("publish"), arg, -1, &e);
	if (n > 0) {
		scribe_left(p, n);
	} else if (e.code == ERR_IO || e.code == ERR_FULL || e.code == ERR_BUSY) {
		p->leaves = t->ui->mono + RETRY_MS;
		ui_say(t->ui, true, "%s", e.text);
		return false;
	} else {
		scribe_refuse(p, e.text);
		ui_say(t->ui, true, "%s", e.text);
	}
	save(t);
	show(t);
	ui_dirty(t->ui);
	return true;
}

static void send_ready(struct transcript *t)
{
	struct piece *p;
	while ((p = scribe_ready(&t->s, t->ui->mono))) {
		t->waiting = !can_go(t, p);
		if (t->waiting)
			return;
		if (t->save_at >= 0) /* its id is on paper before the desk has it */
			save(t);
		if (!offer(t, p))
			return;
	}
	t->waiting = false;
}

void transcript_offered(struct transcript *t, int64_t n, const char *text)
{
	if (t->n_offered == OFFERED_MAX) { /* the oldest is in the log if it is refused */
		free(t->offered[0].text);
		memmove(t->offered, t->offered + 1, (OFFERED_MAX - 1) * sizeof *t->offered);
		t->n_offered--;
	}
	t->offered[t->n_offered].n = n;
	t->offered[t->n_offered++].text = xstrdup(text);
}

/* The words of a correction that was refused stand in the pane as a segment that was; take-back brings them into the line. */
static void settle_corrections(struct transcript *t)
{
	for (size_t i = 0; i < t->n_offered;) {
		const char *why = NULL;
		const enum verdict v = acts_verdict(t->ui->acts, t->offered[i].n, &why);
		if (v == V_NONE) {
			i++;
			continue;
		}
		struct piece *p = v == V_APPLIED ? NULL : scribe_close(&t->s, t->offered[i].text, 0, ui_now(t->ui), t->ui->mono, t->ui->o.random);
		if (p) {
			scribe_refuse(p, why && *why ? why : _("refused"));
			transcript_edited(t);
		}
		free(t->offered[i].text);
		memmove(&t->offered[i], &t->offered[i + 1], (--t->n_offered - i) * sizeof *t->offered);
	}
}

static void settle_pieces(struct transcript *t)
{
	for (size_t i = t->s.n; i-- > 0;) {
		struct piece *p = &t->s.v[i];
		const char *text = NULL;
		if (p->is == PIECE_REFUSED)
			continue;
		bool there = world_get(ui_world(t->ui), K_SEGMENT, p->id) && !acts_unsent(t->ui->acts, K_SEGMENT, p->id);
		enum verdict v = p->is == PIECE_LEAVING ? acts_verdict(t->ui->acts, p->n, &text) : V_NONE;
		if (there)
			scribe_drop(&t->s, p);
		else if (v == V_REFUSED || v == V_EXPIRED || v == V_VOID)
			scribe_refuse(p, text && *text ? text : _("refused"));
		else
			continue;
		transcript_edited(t);
	}
}

/* The first question that goes on the air is the scribe's choice; from then on only the scribe changes it. */
static void first_choice(struct transcript *t)
{
	const struct event *ev = world_event(ui_world(t->ui));
	if (*t->s.choice || !ev || !*ev->air || !transcript_types(t))
		return;
	memcpy(t->s.choice, ev->air, sizeof t->s.choice);
	ui_show_choice(t->ui, t->s.choice);
	transcript_edited(t);
}

/* ---- spelling ------------------------------------------------------------------------------------------------------ */

static void take_wrong(void *arg, size_t from, size_t to)
{
	struct transcript *t = arg;
	if (t->n_wrong < WRONG_MAX)
		t->wrong[t->n_wrong++] = (struct wrong){ from, to };
}

static void check_spelling(struct transcript *t)
{
	const struct config *c = t->ui->config;
	if (!c->spelling || !transcript_types(t) || editor_len(t->ed) == 0) {
		t->n_wrong = 0;
		t->misspelt_stale = false;
		return;
	}
	if (!t->spell_begun) {
		const struct event *ev = world_event(ui_world(t->ui));
		t->spell_begun = true;
		t->spell = spell_new(*c->dictionary ? c->dictionary : ev && ev->lang && *ev->lang ? ev->lang : intl_french() ? "fr" : "en");
	}
	if (!t->misspelt_stale || spell_loading(t->spell))
		return;
	t->n_wrong = 0;
	spell_check(t->spell, editor_text(t->ed), editor_at(t->ed), take_wrong, t);
	t->misspelt_stale = false;
}

/* ---- the view ------------------------------------------------------------------------------------------------------ */

static const char *const *contexts(const struct view *v)
{
	static const char *const list[] = { "transcript", NULL };
	(void)v;
	return list;
}

/* Glossary and dictionary, as they are set. */
static void take_helps(struct transcript *t)
{
	const struct config *c = t->ui->config;
	struct error e = { 0 };
	const struct event *ev = world_event(ui_world(t->ui));
	const bool french = ev && *ev->lang ? !strncmp(ev->lang, "fr", 2) : intl_french(); /* as is spoken, not as the screen */
	if (!t->glossary || french != t->glossary_french || strcmp(t->glossary_named, c->glossary) != 0) {
		glossary_free(t->glossary);
		t->glossary = glossary_new(french);
		t->glossary_french = french;
		text_set(&t->glossary_named, c->glossary);
		if (*c->glossary && !glossary_load(t->glossary, c->glossary, &e))
			ui_say(t->ui, true, "%s", e.text);
	}
	if (strcmp(t->dictionary_named, c->dictionary) != 0) {
		text_set(&t->dictionary_named, c->dictionary);
		spell_free(t->spell);
		t->spell = NULL;
		t->spell_begun = false;
		t->misspelt_stale = true;
	}
}

static struct view *make(struct ui *ui)
{
	struct transcript *t = xcalloc(1, sizeof *t);
	t->view.class = &view_transcript;
	t->ui = ui;
	t->ed = editor_new(false, EDITOR_MAX - 200);
	t->save_at = t->tick_at = -1;
	scribe_init(&t->s);
	t->dictionary_named = xstrdup(ui->config->dictionary);
	take_helps(t);
	restore(t);
	return &t->view;
}

static void release(struct view *v)
{
	struct transcript *t = transcript_of(v);
	if (t->save_at >= 0)
		save(t);
	rows_release(t);
	free(t->rows);
	scribe_release(&t->s);
	editor_free(t->ed);
	glossary_free(t->glossary);
	spell_free(t->spell);
	while (t->n_offered > 0)
		free(t->offered[--t->n_offered].text);
	free(t->glossary_named);
	free(t->dictionary_named);
	transcript_menu_release(t);
	free(t->shown);
	free(t->opened);
	free(t->aside);
	free(t);
}

int64_t transcript_behind(const struct transcript *t)
{
	int64_t since = *t->correcting ? 0 : t->typing_since;
	for (size_t i = t->s.n; i-- > 0;)
		if (t->s.v[i].is != PIECE_REFUSED)
			since = t->s.v[i].closed_at;
	return since;
}

static void changed(struct view *v, struct ui *ui, unsigned what)
{
	struct transcript *t = transcript_of(v);
	if (what & (VIEW_SETTINGS | VIEW_WORLD))
		take_helps(t);
	if (what & VIEW_OTHERS)
		hear_others(t);
	if (what & (VIEW_WORLD | VIEW_VERDICTS)) {
		settle_pieces(t);
		settle_corrections(t);
		first_choice(t);
		t->waiting = false;
	}
	send_ready(t);
	if (what & (VIEW_WORLD | VIEW_VERDICTS) || t->s.n)
		transcript_rows(t);
	if (t->save_at >= 0 && t->save_at <= ui->mono)
		save(t);
	check_spelling(t);
	bool ticks = t->s.n || editor_len(t->ed) || pace_words(&t->pace, ui->mono) > 0;
	if (what || (t->tick_at >= 0 && t->tick_at <= ui->mono))
		ui_dirty(ui);
	t->tick_at = ticks ? ui->mono - ui->mono % TICK_MS + TICK_MS : -1;
}

static void sooner(int64_t *at, int64_t other)
{
	if (other >= 0 && (*at < 0 || other < *at))
		*at = other;
}

static int64_t due(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	int64_t at = t->save_at;
	if (!t->waiting)
		sooner(&at, scribe_due(&t->s));
	sooner(&at, t->tick_at);
	if (spell_loading(t->spell))
		sooner(&at, ui->mono + SPELL_MS);
	else if (t->misspelt_stale && editor_len(t->ed))
		sooner(&at, ui->mono);
	return at;
}

static void title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	struct transcript *t = transcript_of(v);
	const char *who = ui_claimed(ui, "transcript");
	buf_adds(left, _("Transcript"));
	if (who)
		buf_addf(left, "  %s", who);
	int words = pace_words(&t->pace, ui->mono);
	if (words > 0)
		buf_addf(right, P_("%d word/min", "%d words/min", words), words);
	if (transcript_types(t)) {
		if (right->len)
			buf_adds(right, " · ");
		buf_addf(right, _("sent %d s after the sentence"), ui->config->hold_s);
	}
}

static void strip(struct view *v, struct ui *ui, struct buf *out)
{
	struct transcript *t = transcript_of(v);
	struct buf typed = BUF_INIT;
	if (transcript_types(t))
		transcript_typed(t, &typed);
	else
		buf_adds(&typed, ui_typing(ui));
	const char *last = typed.len ? typed.data : t->n_rows ? t->rows[t->n_rows - 1].text : "";
	size_t len = strlen(last), from = len > 60 ? len - 60 : 0;
	while (from && ((uint8_t)last[from] & 0xC0) == 0x80)
		from++;
	buf_adds(out, _("Transcript"));
	if (len)
		buf_addf(out, "  %s %s%s %s", ui_sign(SIGN_OPEN_QUOTE), from ? ui_sign(SIGN_MORE) : "", last + from, ui_sign(SIGN_CLOSE_QUOTE));
	buf_release(&typed);
}

/* ---- typing -------------------------------------------------------------------------------------------------------- */

static bool ends_word(uint32_t c)
{
	return !utf8_is_word(c) && c != '\'' && c != 0x2019 && c != '-';
}

/* A short form right before what was just typed. */
static void expand(struct transcript *t, size_t typed)
{
	struct buf words = BUF_INIT;
	size_t end = editor_at(t->ed) - typed, from = editor_word_start(t->ed, end);
	if (from < end && glossary_expand(t->glossary, editor_text(t->ed) + from, end - from, &words))
		editor_replace(t->ed, from, end, words.data);
	buf_release(&words);
}

void transcript_close(struct transcript *t)
{
	const struct config *c = t->ui->config;
	const char *text = editor_text(t->ed);
	int hold = has_figures(text) ? c->hold_figures_s : c->hold_s;
	if (scribe_close(&t->s, text, (int64_t)hold * 1000, ui_now(t->ui), t->ui->mono, t->ui->o.random))
		t->back = 0;
	editor_set(t->ed, "", 0);
	transcript_edited(t);
	t->save_at = t->ui->mono;
}

static void typed_letter(struct transcript *t, uint32_t c, size_t len_before)
{
	size_t n = editor_len(t->ed) - len_before;
	pace_type(&t->pace, t->ui->mono, 1);
	if (ends_word(c) && editor_len(t->ed) > len_before && editor_at(t->ed) >= n)
		expand(t, n);
	if (utf8_is_blank(c) && !*t->correcting && t->ui->config->sentences && editor_at(t->ed) == editor_len(t->ed) &&
		sentence_ends(editor_text(t->ed), editor_len(t->ed))) {
		transcript_close(t);
		t->closed_by_space = t->ui->mono;
	}
}

static bool key(struct view *v, struct ui *ui, const struct key *k)
{
	struct transcript *t = transcript_of(v);
	(void)ui;
	bool text = key_is_text(k), edits = text || k->code == UK_PASTE;
	size_t len = editor_len(t->ed);
	if (!transcript_types(t))
		return false;
	if (edits && !transcript_begin(t))
		return true;
	if (!editor_key(t->ed, k))
		return false;
	if (text)
		typed_letter(t, k->code, len);
	if (edits && editor_len(t->ed) == len && len > EDITOR_MAX - 300)
		ui_say(t->ui, true, _("the segment is full: Enter sends it"));
	transcript_edited(t);
	return true;
}

static bool typing(const struct view *v)
{
	return transcript_types(transcript_of(v));
}

static void claim(const struct view *v, struct buf *out)
{
	if (transcript_of(v)->writing)
		buf_adds(out, "transcript");
}

static bool settled(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	(void)ui;
	return t->save_at < 0 && (scribe_due(&t->s) < 0 || t->waiting) && !spell_loading(t->spell);
}

const struct view_class view_transcript = {
	.name = "transcript", .contexts = contexts, .make = make, .free = release, .changed = changed, .title = title, .strip = strip,
	.draw = transcript_draw, .key = key, .typing = typing, .due = due, .claim = claim, .settled = settled,
};
