/* queue_draw.c: the queues in cells. */
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/found.h"
#include "ui/intl.h"
#include "ui/queue.h"

#define QUOTED "%s\u00a0%s\u00a0%s" /* no line breaks off a sign */

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

/* A message that came after its theme was answered. */
static int64_t answered_before(const struct queue *q, const struct queue_row *r)
{
	bool open = q->level == Q_SAMPLE || q->level == Q_ALL;
	return open && q->open_answered != 0 && r->at > q->open_answered ? q->open_answered : r->answered_at;
}

/* The word at the right end of a row; `brief` where there is no room for reasons. */
static void add_state(struct queue *q, const struct queue_row *r, bool brief, struct buf *out, enum ui_role *role)
{
	char what[ID_MAX + 8];
	const char *who = NULL;
	*role = UI_DIM;
	if (r->unsent)
		buf_addf(out, "%s ", ui_sign(SIGN_MORE));
	if (q->level == Q_THEMES) {
		snprintf(what, sizeof what, "theme:%lld", (long long)(q->fine ? r->theme : r->id));
		who = ui_claimed(q->ui, what);
	}
	if (r->alert) {
		*role = UI_WARN;
		buf_adds(out, _("in danger?"));
	} else if (r->dismissed) {
		buf_adds(out, _("dismissed"));
		if (r->why != NULL && !brief)
			buf_addf(out, ": %s", r->why);
	} else if (r->merged) {
		buf_adds(out, _("merged"));
	} else if (r->hold != HOLD_NONE) {
		*role = UI_WARN;
		buf_adds(out, hold_word(r->hold));
		if (r->why != NULL && !brief)
			buf_addf(out, " %s %s", ui_sign(SIGN_DASH), r->why);
	} else if (who != NULL) {
		*role = UI_CLAIM;
		if (brief)
			buf_addf(out, "%s %s", ui_sign(SIGN_LESS), who);
		else
			buf_addf(out, _("%s is on it"), who);
	} else if (question_state(q->ui, r->question, answered_before(q, r), out, role)) {
		return;
	} else if (r->muted) {
		buf_adds(out, _("muted"));
	} else if (r->pinned) {
		buf_adds(out, _("pinned"));
	}
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

enum { PEOPLE_COLS = 9, NAME_COLS = 14, HOUR_COLS = 5, BAR_COLS = 72, STATE_COLS = 20,
	WORDS_FROM = 82 /* columns of a pane with key words beside titles; */, WIDE = 100 /* …and states beside those */ };

/* The newest message that any row has told of: sparklines end with its minute. */
static int64_t newest(struct queue *q)
{
	const struct queue_rows *r = &q->themes;
	for (size_t i = 0; i < r->n; i++)
		q->newest = r->v[i].at > q->newest ? r->v[i].at : q->newest;
	return q->newest;
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
	int top;       /* lines before that of the columns' names: what an open theme is about */
	int text_col;
	int words_col, words_cols; /* key words, or the theme of a message, where there is room; 0: there is not */
	struct buf b;
};

/* What was looked for, in what is written there. */
static void found(struct drawing *d, int row, int col, int cols)
{
	const struct queue_rows *r = queue_rows(d->q);
	if (queue_has_filter(r))
		found_paint(&d->ui->grid, d->a, row, col, cols, r->filter);
}

/* At the right end; what is too long ends in "…". Returns the columns it takes from the text. */
static int draw_state(struct drawing *d, const struct queue_row *r, int row)
{
	enum ui_role role;
	int room = d->a.cols - d->text_col, most = room * 2 / 5 < 14 ? 14 : room * 2 / 5;
	int width = 0;
	for (int brief = 0; brief < 2 && (brief == 0 || width > most); brief++) {
		buf_reset(&d->b);
		add_state(d->q, r, brief == 1, &d->b, &role);
		width = d->b.len == 0 ? 0 : (int)text_width(d->b.data);
	}
	if (width == 0)
		return 0;
	width = width > most ? most : width;
	return grid_cut(&d->ui->grid, d->a, row, d->a.cols - 1 - width, width, role, d->b.data) + 2;
}

/* Text, key words and state share what is left of the row; the bar covers what is written, so that moving it costs
 * little. */
static void draw_text(struct drawing *d, const struct queue_row *r, int row, bool selected)
{
	struct grid *g = &d->ui->grid;
	enum ui_role text_role = r->dismissed || r->merged || r->muted ? UI_DIM : UI_TEXT;
	int state = draw_state(d, r, row), end = d->a.cols - state - 1, used = 0;
	if (d->words_col > 0 && r->words != NULL && end - d->words_col > 8) {
		int words = grid_cut(g, d->a, row, d->words_col, end - d->words_col, UI_DIM, r->words);
		found(d, row, d->words_col, words);
	}
	if (d->words_col > 0 && end > d->words_col - 2)
		end = d->words_col - 2;
	if (r->text != NULL && end > d->text_col)
		used = grid_cut(g, d->a, row, d->text_col, end - d->text_col, text_role, r->text);
	if (selected) {
		enum ui_role bar = d->focused ? UI_SELECT : UI_SELECT_OFF;
		grid_paint(g, d->a, row, d->text_col, used < 1 ? 1 : used > BAR_COLS ? BAR_COLS : used, bar);
		if (d->q->level == Q_THEMES)
			grid_paint(g, d->a, row, 1, PEOPLE_COLS, bar);
		if (d->focused)
			grid_cursor(g, d->a, row, d->text_col, true);
	}
	found(d, row, d->text_col, used);
}

static void draw_theme(struct drawing *d, const struct queue_row *r, int row)
{
	struct grid *g = &d->ui->grid;
	int per = d->text_col > PEOPLE_COLS + 10 ? 1 : 2;
	buf_reset(&d->b);
	if (r->people >= 0)
		add_number(&d->b, r->people);
	else
		buf_adds(&d->b, ui_sign(SIGN_MORE));
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
		grid_right(g, d->a, d->top, 1 + PEOPLE_COLS, PEOPLE_COLS, UI_DIM, _("people"));
		grid_text(g, d->a, d->top, PEOPLE_COLS + 2, d->text_col - PEOPLE_COLS - 3, UI_DIM, _("10 min"));
		grid_text(g, d->a, d->top, d->text_col, d->a.cols - d->text_col, UI_DIM, d->q->fine ? _("cluster") : _("theme"));
		if (d->words_col > 0)
			grid_text(g, d->a, d->top, d->words_col, d->words_cols, UI_DIM, d->q->fine ? _("theme") : _("key words"));
	} else {
		grid_text(g, d->a, d->top, 2, HOUR_COLS, UI_DIM, _("hour"));
		if (d->text_col > HOUR_COLS + 4)
			grid_text(g, d->a, d->top, HOUR_COLS + 3, NAME_COLS, UI_DIM, _("name"));
		grid_text(g, d->a, d->top, d->text_col, d->a.cols - d->text_col, UI_DIM, _("message"));
		if (d->words_col > 0 && d->q->level == Q_CHANNEL)
			grid_text(g, d->a, d->top, d->words_col, d->words_cols, UI_DIM, _("theme"));
	}
}

static int64_t messages_of(const struct queue_rows *r, int64_t id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].id == id)
			return r->v[i].messages;
	return 0;
}

static void draw_credit(struct drawing *d, const struct queue_row *r, int row)
{
	struct queue *q = d->q;
	buf_reset(&d->b);
	buf_addf(&d->b, "%s · ", r->name == NULL ? _("no name") : r->name);
	add_hour(&d->b, r->at, false);
	if (q->level == Q_THEMES) {
		struct buf n = BUF_INIT;
		add_number(&n, messages_of(&q->themes, q->preview_of));
		buf_adds(&d->b, " · ");
		buf_addf(&d->b, _("one of %s, drawn by lot"), n.data);
		buf_release(&n);
	}
	grid_cut(&d->ui->grid, d->a, row, 3, d->a.cols - 4, UI_DIM, d->b.data);
}

/* Key words of the selected theme, where its row had no room for them. Returns the lines taken. */
static int draw_words(struct drawing *d, int row)
{
	const struct queue_row *r = queue_row_of(d->q);
	bool of_theme = d->q->fine || d->q->level == Q_CHANNEL; /* these words are its title */
	if ((d->q->level != Q_THEMES && d->q->level != Q_CHANNEL) || d->words_col > 0 || (d->q->fine && d->q->within != 0) || r == NULL || r->words == NULL)
		return 0;
	int col = 1 + (of_theme ? grid_text(&d->ui->grid, d->a, row, 1, 2, UI_DIM, ui_sign(SIGN_NEXT)) + 1 : 0);
	int used = grid_cut(&d->ui->grid, d->a, row, col, d->a.cols - 1 - col, UI_DIM, r->words);
	found(d, row, col, used);
	return 1;
}

/* A message in full under the list: one drawn from the selected theme, or the selected one. It stands until the next
 * selection has rested. */
static void draw_preview(struct drawing *d, int row, int rows)
{
	const struct queue_row *r = d->q->preview.loaded ? &d->q->preview : NULL;
	if (rows >= 4) {
		int words = draw_words(d, row);
		row += words;
		rows -= words;
	}
	if (r == NULL || r->text == NULL)
		return;
	buf_reset(&d->b);
	buf_addf(&d->b, QUOTED, ui_sign(SIGN_OPEN_QUOTE), r->text, ui_sign(SIGN_CLOSE_QUOTE));
	int used = grid_wrap(&d->ui->grid, d->a, row, 1, d->a.cols - 2, rows - 1, UI_TEXT, d->b.data);
	for (int i = 0; i < used; i++)
		found(d, row + i, 1, d->a.cols - 2);
	draw_credit(d, r, row + used);
}

static int preview_rows(const struct queue *q, int rows)
{
	if (!q->ui->config->preview || rows < 9)
		return 0;
	return rows < 14 ? 3 : rows < 24 ? 4 : 5;
}

/* What an open theme is about: its title in full, its key words, its most typical message when people named it otherwise.
 * Returns the lines taken. */
static int draw_open(struct drawing *d)
{
	const struct queue *q = d->q;
	struct grid *g = &d->ui->grid;
	int row = 0;
	d->q->headed = false;
	if ((q->level != Q_SAMPLE && q->level != Q_ALL) || d->a.rows < 14)
		return 0;
	d->q->headed = q->open_title != NULL;
	if (q->open_title != NULL)
		row += grid_wrap(g, d->a, row, 1, d->a.cols - 2, d->a.rows < 24 ? 1 : 2, UI_STRONG, q->open_title);
	if (q->open_words != NULL)
		grid_cut(g, d->a, row++, 1, d->a.cols - 2, UI_DIM, q->open_words);
	if (q->open_typical != NULL && d->a.rows >= 24) {
		buf_reset(&d->b);
		buf_addf(&d->b, QUOTED, ui_sign(SIGN_OPEN_QUOTE), q->open_typical, ui_sign(SIGN_CLOSE_QUOTE));
		grid_cut(g, d->a, row++, 1, d->a.cols - 2, UI_DIM, d->b.data);
	}
	return row;
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

/* By SMS few give a name: then its column is the text's. */
static bool has_names(const struct queue_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].name != NULL)
			return true;
	return false;
}

static void lay_out(struct drawing *d)
{
	const struct area a = d->a;
	bool wide = a.cols >= 76, names = a.cols >= 50 && has_names(&d->q->messages);
	d->text_col = d->q->level == Q_THEMES ? PEOPLE_COLS + 4 + (wide ? RISE_BINS : RISE_BINS / 2 + 1)
			: names ? HOUR_COLS + NAME_COLS + 5 : HOUR_COLS + 4;
	bool of_one = queue_is_fine(d->q) && d->q->within != 0; /* all of one theme: the rule says it */
	if (a.cols >= WORDS_FROM && !of_one && (d->q->level == Q_THEMES || d->q->level == Q_CHANNEL)) {
		d->words_cols = (a.cols - d->text_col) / 4;
		d->words_col = a.cols - 1 - (a.cols >= WIDE ? STATE_COLS : 0) - d->words_cols; /* else states lie over them */
	}
}

void queue_draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	struct queue *q = (struct queue *)v;
	q->has_keys = focused;
	struct drawing d = { .q = q, .ui = ui, .a = a, .focused = focused, .b = BUF_INIT };
	struct queue_rows *rows = queue_rows(q);
	lay_out(&d);
	d.top = draw_open(&d);
	int head = d.top + (a.rows >= 6), preview = preview_rows(q, a.rows), page = a.rows - head - preview;
	q->l.page = page > 0 ? page : 1;
	q->narrow = a.cols < ui->grid.cols;
	queue_scroll(q);
	d.until = newest(q);
	if (a.rows >= 6)
		draw_head(&d);
	if (queue_high(rows) < queue_low(rows))
		draw_nothing(&d, head);
	for (int i = 0; i < page && rows->top + i <= queue_high(rows); i++)
		draw_row(&d, rows->top + i, head + i);
	if (preview > 0)
		draw_preview(&d, head + page, preview);
	buf_release(&d.b);
}
