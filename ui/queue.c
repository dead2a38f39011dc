/* queue.c: the web and the SMS queue: moving, drawing, and what a seat finds again. queue.h has the picture. */
#include "ui/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"
#include "ui/intl.h"

const char *const queue_orders[QO_COUNT] = { "people", "rise", "age", "arrival", "never" };
static const char *const order_words[QO_COUNT] = {
	N_("by people"), N_("by rise"), N_("oldest first"), N_("newest first"), N_("never answered")
};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

void queue_row_release(struct queue_row *r)
{
	free(r->text);
	free(r->name);
	free(r->why);
	*r = (struct queue_row){ 0 };
}

static void set(char **to, const char *s)
{
	char *copy = s == NULL || s[0] == '\0' ? NULL : xstrdup(s);
	free(*to);
	*to = copy;
}

void queue_row_theme(struct queue_row *out, const struct theme *t)
{
	set(&out->text, theme_title(t));
	out->dismissed = t->dismissed;
	out->merged = t->into[0] != '\0';
	out->pinned = t->pinned;
	out->hold = t->hold;
	out->answered_at = t->answered_at;
	set(&out->why, t->dismissed ? t->reason : t->hold_why);
	memcpy(out->question, t->question, sizeof out->question);
}

void queue_row_message(struct queue_row *out, const struct message *m)
{
	id_number(m->r.id, &out->id);
	out->loaded = true;
	set(&out->text, m->text);
	set(&out->name, m->name);
	out->channel = m->channel;
	out->at = m->at;
	out->dismissed = m->state == MS_DISMISSED;
	out->muted = m->muted;
	out->alert = m->alert;
	out->hold = m->hold;
	set(&out->why, m->state == MS_DISMISSED ? m->reason : m->hold_why);
	memcpy(out->question, m->question, sizeof out->question);
}

struct queue_rows *queue_rows(struct queue *q)
{
	return q->level == Q_THEMES ? &q->themes : &q->messages;
}

const struct queue_rows *queue_rows_now(const struct queue *q)
{
	return q->level == Q_THEMES ? &q->themes : &q->messages;
}

int64_t queue_low(const struct queue_rows *r)
{
	return r->ids != NULL ? 0 : r->first;
}

int64_t queue_high(const struct queue_rows *r)
{
	return r->ids != NULL ? (int64_t)r->n_ids - 1 : r->first + (int64_t)r->n - 1;
}

struct queue_row *queue_row_at(const struct queue_rows *r, int64_t index)
{
	return index < r->first || index >= r->first + (int64_t)r->n ? NULL : &r->v[index - r->first];
}

int64_t queue_id_at(const struct queue_rows *r, int64_t index)
{
	if (index < queue_low(r) || index > queue_high(r))
		return 0;
	return r->ids != NULL ? r->ids[index] : r->v[index - r->first].id;
}

int64_t queue_selected(const struct queue *q)
{
	const struct queue_rows *r = queue_rows_now(q);
	return queue_id_at(r, r->sel);
}

bool queue_marked(const struct queue_rows *r, int64_t id)
{
	for (size_t i = 0; i < r->n_marks; i++)
		if (r->marks[i] == id)
			return true;
	return false;
}

void queue_unmark(struct queue_rows *r)
{
	free(r->marks);
	r->marks = NULL;
	r->n_marks = 0;
}

void queue_rows_clear(struct queue_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		queue_row_release(&r->v[i]);
	free(r->v);
	r->v = NULL;
	r->n = 0;
	r->first = 0;
}

static void release_rows(struct queue_rows *r)
{
	queue_rows_clear(r);
	queue_unmark(r);
	free(r->ids);
	free(r->filter);
	free(r->sought);
	*r = (struct queue_rows){ 0 };
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

/* The selection is on the screen. Beside other panes a terminal cannot scroll, and every row is painted anew: then the
 * window goes on by half of itself, as mutt's does. */
static void scroll(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	int page = q->l.page > 0 ? q->l.page : 1;
	int64_t low = queue_low(r), high = queue_high(r);
	r->sel = r->sel > high ? high : r->sel;
	r->sel = r->sel < low ? low : r->sel;
	int more = q->narrow ? page / 2 : 0;
	if (r->top > r->sel)
		r->top = r->sel - more;
	if (r->top < r->sel - page + 1)
		r->top = r->sel - page + 1 + more;
	if (r->top > high - page + 1)
		r->top = high - page + 1;
	if (r->top < low)
		r->top = low;
}

void queue_moved(struct queue *q)
{
	scroll(q);
	queue_extend(q);
	scroll(q);
	queue_overlay(q);
	q->moved_at = q->ui->mono;
	q->touched = q->touched || q->has_keys;
	q->previewed = false;
	if (q->claimed)
		ui_presence(q->ui);
	q->claimed = false;
	ui_dirty(q->ui);
}

void queue_select(struct queue *q, int64_t index)
{
	queue_rows(q)->sel = index;
	queue_moved(q);
}

/* ---- words about rows -------------------------------------------------------------------------------------------- */

struct ranking {
	int64_t position, n;
};

static bool count_before(void *arg, const struct record *x)
{
	struct ranking *k = arg;
	const struct question *q = (const struct question *)x;
	k->n += !x->gone && q->state == Q_RESERVE && q->position < k->position;
	return true;
}

static void add_rank(const struct world *w, const struct question *q, struct buf *out)
{
	struct ranking k = { .position = q->position };
	world_each(w, K_QUESTION, count_before, &k);
	buf_addf(out, _("reserve %d"), (int)k.n + 1);
}

/* False: the question says nothing about the row. */
static bool question_state(struct ui *ui, const char *id, int64_t answered_at, struct buf *out, enum ui_role *role)
{
	const struct world *w = ui_world(ui);
	const struct question *q = id[0] == '\0' ? NULL : world_question(w, id);
	if (q != NULL && q->state == Q_AIR) {
		*role = UI_AIR;
		buf_adds(out, _("on air"));
	} else if (q != NULL && q->state == Q_NEXT) {
		*role = UI_NEXT;
		buf_adds(out, _("next"));
	} else if (q != NULL && q->state == Q_RESERVE) {
		*role = UI_GOOD;
		add_rank(w, q, out);
	} else if (answered_at != 0 || (q != NULL && q->state == Q_CLOSED)) {
		*role = UI_DIM;
		buf_adds(out, C_("queue", "answered"));
		buf_addc(out, ' ');
		add_hour(out, answered_at != 0 ? answered_at : q->closed_at, false);
	} else if (q != NULL && q->state == Q_RETURNED) {
		*role = UI_WARN;
		buf_adds(out, _("sent back"));
	} else {
		return false;
	}
	return true;
}

static const char *hold_word(enum hold h)
{
	static const char *const words[HOLDS] = { [HOLD_LEGAL] = N_("held: legal"),
		[HOLD_OPINION] = N_("held: opinion"),
		[HOLD_FACT] = N_("held: fact"),
		[HOLD_BLOCKED] = N_("blocked") };
	return words[h] == NULL ? "" : _(words[h]);
}

/* The word at the right end of a row. */
static void add_state(struct queue *q, const struct queue_row *r, struct buf *out, enum ui_role *role)
{
	char what[ID_MAX + 8];
	const char *who = NULL;
	*role = UI_DIM;
	if (r->unsent)
		buf_addf(out, "%s ", ui_sign(SIGN_MORE));
	if (q->level == Q_THEMES) {
		snprintf(what, sizeof what, "theme:%lld", (long long)r->id);
		who = ui_claimed(q->ui, what);
	}
	if (r->alert) {
		*role = UI_WARN;
		buf_adds(out, _("in danger?"));
	} else if (r->dismissed) {
		buf_adds(out, _("dismissed"));
		if (r->why != NULL)
			buf_addf(out, ": %s", r->why);
	} else if (r->merged) {
		buf_adds(out, _("merged"));
	} else if (r->hold != HOLD_NONE) {
		*role = UI_WARN;
		buf_adds(out, hold_word(r->hold));
		if (r->why != NULL)
			buf_addf(out, " %s %s", ui_sign(SIGN_DASH), r->why);
	} else if (who != NULL) {
		*role = UI_CLAIM;
		buf_addf(out, _("%s is on it"), who);
	} else if (question_state(q->ui, r->question, r->answered_at, out, role)) {
		return;
	} else if (r->muted) {
		buf_adds(out, _("muted"));
	} else if (r->pinned) {
		buf_adds(out, _("pinned"));
	}
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

enum { PEOPLE_COLS = 9, NAME_COLS = 14, HOUR_COLS = 5, BAR_COLS = 72 };

static int64_t newest(const struct queue_rows *r)
{
	int64_t at = 0;
	for (size_t i = 0; i < r->n; i++)
		at = r->v[i].at > at ? r->v[i].at : at;
	return at;
}

/* The minutes up to that of the newest message, `per` of them a column, each row by its own highest. */
static void add_sparkline(const struct queue_row *r, int64_t until, int per, struct buf *out)
{
	int32_t v[RISE_BINS] = { 0 }, most = 0;
	int64_t ago = until / 60000 - r->at / 60000;
	for (int i = 0; i < RISE_BINS; i++)
		if (i - ago >= 0 && ago >= 0)
			v[(i - (int)ago) / per] += r->rise[i];
	for (int i = 0; i < RISE_BINS / per; i++)
		most = v[i] > most ? v[i] : most;
	for (int i = 0; i < RISE_BINS / per; i++)
		buf_adds(out, ui_bar(v[i] == 0 ? 0 : 1 + (int)((int64_t)v[i] * 7 / most)));
}

struct drawing {
	struct queue *q;
	struct ui *ui;
	struct area a;
	bool focused;
	int64_t until; /* the newest message */
	int text_col;
	struct buf b;
};

/* Text and state share what is left of the row; the bar covers what is written, so that moving it costs little. */
static void draw_text(struct drawing *d, const struct queue_row *r, int row, bool selected)
{
	struct grid *g = &d->ui->grid;
	enum ui_role role, text_role = r->dismissed || r->merged || r->muted ? UI_DIM : UI_TEXT;
	buf_reset(&d->b);
	add_state(d->q, r, &d->b, &role);
	int state = 0, room = d->a.cols - d->text_col, most = room * 2 / 5 < 14 ? 14 : room * 2 / 5;
	if (d->b.len > 0) { /* at the right end; what is too long ends in "…" */
		int width = (int)text_width(d->b.data);
		width = width > most ? most : width;
		state = grid_cut(g, d->a, row, d->a.cols - 1 - width, width, role, d->b.data) + 2;
	}
	int cols = room - state - 1, used = 0;
	if (r->text != NULL && cols > 0)
		used = grid_cut(g, d->a, row, d->text_col, cols, text_role, r->text);
	if (!selected)
		return;
	enum ui_role bar = d->focused ? UI_SELECT : UI_SELECT_OFF;
	grid_paint(g, d->a, row, d->text_col, used < 1 ? 1 : used > BAR_COLS ? BAR_COLS : used, bar);
	if (d->q->level == Q_THEMES)
		grid_paint(g, d->a, row, 1, PEOPLE_COLS, bar);
	if (d->focused)
		grid_cursor(g, d->a, row, d->text_col, true);
}

static void draw_theme(struct drawing *d, const struct queue_row *r, int row)
{
	struct grid *g = &d->ui->grid;
	int per = d->text_col > PEOPLE_COLS + 10 ? 1 : 2;
	buf_reset(&d->b);
	add_number(&d->b, r->people);
	grid_right(g, d->a, row, 1 + PEOPLE_COLS, PEOPLE_COLS, UI_TEXT, d->b.data);
	buf_reset(&d->b);
	add_sparkline(r, d->until, per, &d->b);
	grid_text(g, d->a, row, PEOPLE_COLS + 2, RISE_BINS / per, UI_GRAPH, d->b.data);
}

static void draw_message(struct drawing *d, const struct queue_row *r, int row)
{
	struct grid *g = &d->ui->grid;
	buf_reset(&d->b);
	add_hour(&d->b, r->at, false);
	grid_text(g, d->a, row, 2, HOUR_COLS, UI_DIM, d->b.data);
	if (d->text_col > HOUR_COLS + 4)
		grid_cut(g, d->a, row, HOUR_COLS + 3, NAME_COLS, UI_DIM, r->name == NULL ? ui_sign(SIGN_DASH) : r->name);
}

static void draw_row(struct drawing *d, int64_t index, int row)
{
	const struct queue_rows *rows = queue_rows(d->q);
	const struct queue_row *r = queue_row_at(rows, index);
	bool selected = index == rows->sel;
	if (queue_marked(rows, queue_id_at(rows, index)))
		grid_text(&d->ui->grid, d->a, row, 0, 1, UI_MARK, "+");
	if (r == NULL || !r->loaded) {
		grid_text(&d->ui->grid, d->a, row, d->text_col, 1, UI_DIM, ui_sign(SIGN_MORE));
		if (selected && d->focused)
			grid_cursor(&d->ui->grid, d->a, row, d->text_col, true);
		return;
	}
	if (d->q->level == Q_THEMES)
		draw_theme(d, r, row);
	else
		draw_message(d, r, row);
	draw_text(d, r, row, selected);
}

static void draw_head(struct drawing *d)
{
	struct grid *g = &d->ui->grid;
	if (d->q->level == Q_THEMES) {
		grid_right(g, d->a, 0, 1 + PEOPLE_COLS, PEOPLE_COLS, UI_DIM, _("people"));
		grid_text(g, d->a, 0, PEOPLE_COLS + 2, d->text_col - PEOPLE_COLS - 3, UI_DIM, _("10 min"));
		grid_text(g, d->a, 0, d->text_col, d->a.cols - d->text_col, UI_DIM, _("theme"));
	} else {
		grid_text(g, d->a, 0, 2, HOUR_COLS, UI_DIM, _("hour"));
		if (d->text_col > HOUR_COLS + 4)
			grid_text(g, d->a, 0, HOUR_COLS + 3, NAME_COLS, UI_DIM, _("name"));
		grid_text(g, d->a, 0, d->text_col, d->a.cols - d->text_col, UI_DIM, _("message"));
	}
}

static int64_t messages_of(const struct queue_rows *r, int64_t id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].id == id)
			return r->v[i].messages;
	return 0;
}

/* A message in full under the list: one drawn from the selected theme, or the selected one. It stands until the next
 * selection has rested. */
static void draw_preview(struct drawing *d, int row, int rows)
{
	struct queue *q = d->q;
	const struct queue_row *r = q->preview.loaded ? &q->preview : NULL;
	struct grid *g = &d->ui->grid;
	const struct queue_rows *themes = &q->themes;
	if (r == NULL || r->text == NULL)
		return;
	buf_reset(&d->b);
	buf_addf(&d->b, "%s %s %s", ui_sign(SIGN_OPEN_QUOTE), r->text, ui_sign(SIGN_CLOSE_QUOTE));
	int used = grid_wrap(g, d->a, row, 1, d->a.cols - 2, rows - 1, UI_TEXT, d->b.data);
	buf_reset(&d->b);
	buf_addf(&d->b, "%s · ", r->name == NULL ? _("no name") : r->name);
	add_hour(&d->b, r->at, false);
	if (q->level == Q_THEMES) {
		struct buf n = BUF_INIT;
		add_number(&n, messages_of(themes, q->preview_of));
		buf_adds(&d->b, " · ");
		buf_addf(&d->b, _("one of %s, drawn by lot"), n.data);
		buf_release(&n);
	}
	grid_cut(g, d->a, row + used, 3, d->a.cols - 4, UI_DIM, d->b.data);
}

static int preview_rows(const struct queue *q, int rows)
{
	if (!q->ui->config->preview || rows < 9)
		return 0;
	return rows < 14 ? 3 : rows < 24 ? 4 : 5;
}

static void draw_nothing(struct drawing *d, int row)
{
	const struct queue_rows *r = queue_rows(d->q);
	const char *word = !r->loaded ? ui_sign(SIGN_MORE)
			: r->filter != NULL && r->filter[0] != '\0'
			? _("nothing matches")
			: d->q->level == Q_THEMES ? _("no questions yet") : _("no messages");
	grid_text(&d->ui->grid, d->a, row, 2, d->a.cols - 2, UI_DIM, word);
	if (d->focused)
		grid_cursor(&d->ui->grid, d->a, row, 0, true);
}

static void queue_draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	struct queue *q = (struct queue *)v;
	q->has_keys = focused;
	struct drawing d = { .q = q, .ui = ui, .a = a, .focused = focused, .b = BUF_INIT };
	int head = a.rows >= 6, preview = preview_rows(q, a.rows), page = a.rows - head - preview;
	struct queue_rows *rows = queue_rows(q);
	bool wide = a.cols >= 76;
	d.text_col = q->level == Q_THEMES ? PEOPLE_COLS + 4 + (wide ? RISE_BINS : RISE_BINS / 2 + 1)
			: a.cols >= 50 ? HOUR_COLS + NAME_COLS + 5 : HOUR_COLS + 4;
	q->l.page = page > 0 ? page : 1;
	q->narrow = a.cols < ui->grid.cols;
	scroll(q);
	d.until = newest(rows);
	if (head)
		draw_head(&d);
	if (queue_high(rows) < queue_low(rows))
		draw_nothing(&d, head);
	for (int i = 0; i < page && rows->top + i <= queue_high(rows); i++)
		draw_row(&d, rows->top + i, head + i);
	if (preview > 0)
		draw_preview(&d, head + page, preview);
	buf_release(&d.b);
}

/* ---- its rule and its strip -------------------------------------------------------------------------------------- */

static const char *channel_word(const struct queue *q)
{
	return q->channel == CH_WEB ? _("Web") : _("SMS");
}

static void add_count(struct buf *b, int64_t n, const char *one, const char *many)
{
	add_number(b, n);
	buf_addf(b, " %s", P_(one, many, n));
}

static void add_fresh(const struct queue_rows *r, struct buf *b)
{
	if (r->fresh <= 0)
		return;
	add_number(b, r->fresh);
	buf_addf(b, "%s %s · ", r->fresh >= NEW_MAX ? "+" : "", P_("new", "new", r->fresh));
}

static void queue_title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	struct queue *q = (struct queue *)v;
	const struct queue_rows *r = queue_rows(q);
	(void)ui;
	buf_adds(left, channel_word(q));
	if (q->level == Q_THEMES && q->order != QO_PEOPLE)
		buf_addf(left, " · %s", _(order_words[q->order]));
	if (q->level == Q_SAMPLE || q->level == Q_ALL)
		buf_addf(left, " · %s", q->open_title == NULL ? "" : q->open_title);
	if (q->level == Q_SAMPLE)
		buf_addf(left, " · %s", _("drawn by lot"));
	if (q->level == Q_CHANNEL)
		buf_addf(left, " · %s", _("all messages"));
	if (q->everything && q->level == Q_THEMES)
		buf_addf(left, " · %s", _("dismissed and merged too"));
	if (r->filter != NULL && r->filter[0] != '\0')
		buf_addf(left, " · /%s", r->filter);
	add_fresh(r, right);
	if (q->level == Q_SAMPLE || q->level == Q_ALL) {
		add_count(right, q->open_messages, N_("message"), N_("messages"));
		return;
	}
	if (q->total < 0)
		return;
	add_count(right, q->total, N_("message"), N_("messages"));
	if (q->level == Q_THEMES && r->whole) {
		buf_adds(right, " · ");
		add_count(right, (int64_t)r->n_ids, N_("theme"), N_("themes"));
	}
}

static void queue_strip(struct view *v, struct ui *ui, struct buf *out)
{
	struct queue *q = (struct queue *)v;
	(void)ui;
	buf_addf(out, "%s  ", channel_word(q));
	if (q->total >= 0)
		add_count(out, q->total, N_("message"), N_("messages"));
	if (q->themes.fresh > 0) {
		buf_adds(out, " · ");
		add_count(out, q->themes.fresh, N_("new theme"), N_("new themes"));
	}
}

/* ---- what moved -------------------------------------------------------------------------------------------------- */

/* A message's preview is the message: nothing to fetch. */
static void preview_message(struct queue *q)
{
	const struct queue_row *r = queue_row_at(&q->messages, q->messages.sel);
	queue_row_release(&q->preview);
	q->previewed = true;
	if (r == NULL)
		return;
	q->preview.loaded = true;
	q->preview.id = r->id;
	q->preview.at = r->at;
	set(&q->preview.text, r->text);
	set(&q->preview.name, r->name);
}

static void rest(struct queue *q)
{
	int64_t rested = q->ui->mono - q->moved_at;
	if (!q->previewed && rested >= REST_MS && q->ui->config->preview) {
		if (q->level == Q_THEMES)
			queue_preview(q);
		else
			preview_message(q);
		ui_dirty(q->ui);
	}
	if (!q->claimed && rested >= CLAIM_MS) {
		q->claimed = true;
		ui_presence(q->ui);
	}
}

/* Nobody works in this pane: it has not got the keys, and stands as it opened. What is new comes by itself. */
static bool is_watched_only(const struct queue *q)
{
	const struct queue_rows *t = &q->themes;
	return !q->has_keys && !q->touched && q->level == Q_THEMES && t->loaded && t->fresh > 0 &&
		(t->filter == NULL || t->filter[0] == '\0') && q->ui->mono - q->freshened_at >= FRESHEN_MS;
}

/* So few rows that more cannot move anything: they come by themselves. */
static bool has_room(const struct queue *q)
{
	const struct queue_rows *t = &q->themes;
	return q->level == Q_THEMES && t->loaded && (t->n_ids == 0 || (t->fresh > 0 && (int64_t)t->n_ids < q->l.page)) &&
		(t->filter == NULL || t->filter[0] == '\0');
}

static void queue_changed(struct view *v, struct ui *ui, unsigned what)
{
	struct queue *q = (struct queue *)v;
	struct queue_rows *t = &q->themes;
	if (!t->loaded && !worker_busy(ui->worker, (enum worker_slot)(SLOT_LIST_1 + q->index)) && q->level == Q_THEMES)
		queue_load_themes(q, 0);
	if (what & (VIEW_ROWS | VIEW_WORLD | VIEW_VERDICTS))
		q->stale = true;
	if (what & (VIEW_WORLD | VIEW_ROWS | VIEW_VERDICTS | VIEW_OTHERS)) {
		queue_overlay(q);
		ui_dirty(ui);
	}
	if (q->stale && ui->mono - q->counted_at >= COUNT_MS) {
		if (has_room(q)) {
			queue_refresh(q, q->has_keys || q->touched);
		} else if (is_watched_only(q)) {
			q->freshened_at = ui->mono;
			queue_refresh(q, false);
		}
		queue_count(q);
	}
	if (what & VIEW_SIZE)
		queue_extend(q);
	rest(q);
}

static int64_t queue_due(const struct view *v, const struct ui *ui)
{
	const struct queue *q = (const struct queue *)v;
	int64_t due = -1;
	(void)ui;
	if (q->stale)
		due = q->counted_at + COUNT_MS;
	int64_t rests = !q->previewed && q->ui->config->preview ? q->moved_at + REST_MS
			: !q->claimed				? q->moved_at + CLAIM_MS
								: -1;
	return rests >= 0 && (due < 0 || rests < due) ? rests : due;
}

/* ---- its place --------------------------------------------------------------------------------------------------- */

static void queue_save(const struct view *v, struct buf *out)
{
	const struct queue *q = (const struct queue *)v;
	const struct queue_rows *t = &q->themes, *r = queue_rows_now(q);
	buf_addc(out, '{');
	json_member(out, "order", queue_orders[q->order]);
	json_member_int(out, "theme", queue_id_at(t, t->sel));
	if (t->filter != NULL)
		json_member(out, "filter", t->filter);
	json_member_bool(out, "everything", q->everything);
	json_member_int(out, "level", q->level);
	if (q->level != Q_THEMES) {
		json_member_int(out, "open", q->open);
		json_member(out, "title", q->open_title == NULL ? "" : q->open_title);
		json_member_int(out, "message", queue_id_at(r, r->sel));
		json_member_int(out, "seed", (int64_t)(q->seed & 0xffffff));
		if (r->filter != NULL)
			json_member(out, "words", r->filter);
	}
	buf_addc(out, '}');
}

static void restore_messages(struct queue *q, const struct json *j, int64_t level)
{
	int64_t id = 0, seed = 1;
	json_int(j, "open", &q->open);
	json_int(j, "message", &id);
	json_int(j, "seed", &seed);
	set(&q->open_title, json_text(j, "title"));
	set(&q->messages.filter, json_text(j, "words"));
	q->seed = (uint64_t)seed;
	q->level = (enum queue_level)level;
	if (q->level == Q_SAMPLE || id == 0)
		queue_load_messages(q, false);
	else
		queue_load_around(q, id);
}

static void queue_restore(struct view *v, struct ui *ui, const char *saved)
{
	struct queue *q = (struct queue *)v;
	struct json *j = json_parse(saved, strlen(saved), NULL);
	int64_t theme = 0, level = 0;
	(void)ui;
	if (j == NULL || !json_is_object(j)) {
		json_free(j);
		return;
	}
	const char *order = json_text(j, "order");
	for (int i = 0; order != NULL && i < QO_COUNT; i++)
		if (strcmp(order, queue_orders[i]) == 0)
			q->order = (enum queue_order)i;
	json_int(j, "theme", &theme);
	json_int(j, "level", &level);
	q->everything = json_bool(j, "everything", false);
	set(&q->themes.filter, json_text(j, "filter"));
	q->level = Q_THEMES;
	queue_load_themes(q, theme);
	if (level > Q_THEMES && level <= Q_CHANNEL)
		restore_messages(q, j, level);
	json_free(j);
}

static void queue_claim(const struct view *v, struct buf *out)
{
	const struct queue *q = (const struct queue *)v;
	int64_t id = q->level == Q_SAMPLE || q->level == Q_ALL ? q->open
			: q->level == Q_THEMES && q->claimed	? queue_selected(q)
								: 0;
	if (id != 0)
		buf_addf(out, "theme:%lld", (long long)id);
}

static bool settled(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return queue_settled((const struct queue *)v);
}

/* ---- the class --------------------------------------------------------------------------------------------------- */

static const char *const *queue_contexts(const struct view *v)
{
	static const char *const themes[] = { "queue", "list", NULL }, *const messages[] = { "messages", "queue", "list", NULL };
	return ((const struct queue *)v)->level == Q_THEMES ? themes : messages;
}

static struct view *make_queue(struct ui *ui, enum channel channel)
{
	struct queue *q = xcalloc(1, sizeof *q);
	q->l.view.class = channel == CH_WEB ? &view_web : &view_sms;
	q->l.list = &queue_list;
	q->ui = ui;
	q->channel = channel;
	q->index = channel == CH_WEB ? 0 : 1;
	q->total = q->total_themes = -1;
	q->seed = 1;
	q->counted_at = q->moved_at = -COUNT_MS * 2;
	q->freshened_at = -FRESHEN_MS;
	for (int i = 0; i < QO_COUNT; i++)
		if (strcmp(ui->config->order, queue_orders[i]) == 0)
			q->order = (enum queue_order)i;
	return &q->l.view;
}

static struct view *make_web(struct ui *ui)
{
	return make_queue(ui, CH_WEB);
}

static struct view *make_sms(struct ui *ui)
{
	return make_queue(ui, CH_SMS);
}

static void queue_free(struct view *v)
{
	struct queue *q = (struct queue *)v;
	if (q->ui->worker != NULL)
		queue_forget_jobs(q);
	release_rows(&q->themes);
	release_rows(&q->messages);
	queue_row_release(&q->preview);
	free(q->open_title);
	free(q->picked);
	free(q->targets);
	free(q->before_filter);
	free(q->kept.ids);
	free(q);
}

#define QUEUE_CLASS(word, maker) \
	{ .name = word, .contexts = queue_contexts, .make = maker, .free = queue_free, .changed = queue_changed, \
		.title = queue_title, .strip = queue_strip, .draw = queue_draw, .due = queue_due, .save = queue_save, \
		.restore = queue_restore, .claim = queue_claim, .settled = settled }
const struct view_class view_web = QUEUE_CLASS("web", make_web);
const struct view_class view_sms = QUEUE_CLASS("sms", make_sms);
