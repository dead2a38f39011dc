/* transcript_draw.c: the question, what was said, the line up to which it was sent, and below it what was not. */
#include "ui/transcript_own.h"

#include <string.h>

#include "ui/intl.h"

enum { WIDE = 90, HINTS = 3 };

/* Where columns begin at this width. */
struct columns {
	int hour, speaker, text;
	bool seconds;
};
static struct columns columns_at(int cols)
{
	return cols >= WIDE ? (struct columns){ 3, 14, 27, true } : (struct columns){ 1, -1, 8, false };
}

/* ---- one segment ---- */

struct piece_of { /* what a row of the transcript shows */
	const char *speaker;         /* NULL: as before */
	const char *text, *note;
	int64_t at;                  /* 0: no hour */
	enum ui_role role, note_role;
};

struct last_line { const char *s; int n, width; };
static bool measure(void *arg, size_t from, size_t len)
{
	struct last_line *l = arg;
	l->width = text_columns(l->s + from, len);
	return true;
}

static void whole(const struct columns *c, const struct piece_of *p, struct buf *out)
{
	if (c->speaker < 0 && p->speaker && *p->speaker)
		buf_addf(out, intl_french() ? "%s : " : "%s: ", p->speaker);
	buf_adds(out, p->text);
}

/* Rows it takes; *note_below: the note has one of its own. */
static int height(const struct columns *c, const struct piece_of *p, int cols, bool *note_below)
{
	struct buf b = BUF_INIT;
	whole(c, p, &b);
	struct last_line l = { .s = b.data };
	int room = cols - c->text - 1;
	l.n = text_wrap(b.data, room < 1 ? 1 : room, measure, &l);
	*note_below = *p->note && l.width + 2 + text_columns(p->note, strlen(p->note)) > room;
	buf_release(&b);
	return l.n + *note_below;
}

static void draw_piece(struct grid *g, struct area a, const struct columns *c, const struct piece_of *p, int row)
{
	struct buf b = BUF_INIT;
	bool below;
	int rows = height(c, p, a.cols, &below);
	if (p->at) {
		add_hour(&b, p->at, c->seconds);
		grid_text(g, a, row, c->hour, c->text - c->hour, UI_DIM, b.data);
		buf_reset(&b);
	}
	if (c->speaker >= 0 && p->speaker)
		grid_cut(g, a, row, c->speaker, c->text - c->speaker - 1, UI_DIM, p->speaker);
	whole(c, p, &b);
	grid_wrap(g, a, row, c->text, a.cols - c->text - 1, rows - below, p->role, b.data);
	const int room = a.cols - c->text - 1;
	if (*p->note && text_columns(p->note, strlen(p->note)) > room)
		grid_cut(g, a, row + rows - 1, c->text, room, p->note_role, p->note);
	else if (*p->note)
		grid_right(g, a, row + rows - 1, a.cols - 1, room, p->note_role, p->note);
	buf_release(&b);
}

/* ---- the question on top ---- */

static int head_line(struct grid *g, struct area a, int row, const struct question *q, bool air, int rows, enum ui_role role)
{
	grid_text(g, a, row, 1, 2, air ? UI_AIR : UI_DIM, ui_sign(air ? SIGN_AIR : q->state == Q_NEXT ? SIGN_NEXT : SIGN_RESERVE));
	return row + grid_wrap(g, a, row, 3, a.cols - 4, rows, role, q->wording);
}

static bool find_next(void *arg, const struct record *r)
{
	const struct question **next = arg, *q = (const void *)r;
	if (!r->gone && q->state == Q_NEXT)
		*next = q;
	return !*next;
}

static void head_credit(struct transcript *t, struct grid *g, struct area a, int row, const struct question *q)
{
	const struct question *next = NULL;
	struct buf b = BUF_INIT;
	buf_adds(&b, q->credit);
	if (q->people > 0) {
		buf_adds(&b, " · ");
		add_number(&b, q->people);
		buf_addf(&b, " %s", P_("person", "people", q->people));
	}
	int used = 3 + grid_cut(g, a, row, 3, a.cols - 4, UI_DIM, b.data);
	buf_reset(&b);
	world_each(ui_world(t->ui), K_QUESTION, find_next, &next);
	if (next && a.cols - used > 24) {
		buf_addf(&b, _("next: %s"), next->wording);
		size_t width = (size_t)text_columns(b.data, b.len), room = (size_t)(a.cols - used - 4);
		grid_cut(g, a, row, width < room ? a.cols - 1 - (int)width : a.cols - 1 - (int)room, (int)room, UI_DIM, b.data);
	}
	buf_release(&b);
}

/* Returns the rows taken. */
static int draw_head(struct transcript *t, struct grid *g, struct area a)
{
	const struct world *w = ui_world(t->ui);
	const struct event *ev = world_event(w);
	const struct question *air = ev && *ev->air ? world_question(w, ev->air) : NULL;
	const char *choice = transcript_types(t) ? t->s.choice : ui_choice(t->ui);
	const struct question *q = *choice ? world_question(w, choice) : air;
	bool roomy = a.rows >= 12;
	int row = 0;
	if (a.rows < 6)
		return 0;
	if (!q) {
		grid_cut(g, a, row++, 1, a.cols - 2, UI_DIM,
			ev && ev->aired ? _("No question is on the air.") : _("no question was aired yet"));
	} else {
		row = head_line(g, a, row, q, q == air, roomy ? 2 : 1, UI_STRONG);
		if (roomy)
			head_credit(t, g, a, row++, q);
	}
	if (air && q != air) {
		struct buf b = BUF_INIT;
		grid_text(g, a, row, 1, 2, UI_AIR, ui_sign(SIGN_AIR));
		buf_addf(&b, _("on the air now: %s"), air->wording);
		grid_cut(g, a, row++, 3, a.cols - 4, UI_WARN, b.data);
		buf_release(&b);
	}
	if (roomy)
		grid_fill(g, a, row++, 0, a.cols, UI_RULE, ui_sign(SIGN_RULE));
	return row;
}

/* ---- what was said ---- */

static void note_of(const struct transcript *t, const struct said *s, struct buf *note)
{
	if (*s->suggestion) {
		buf_addf(note, _("%s suggests a correction"), ui_name_of(t->ui, s->suggested_by));
		return;
	}
	if (s->state == SG_REVIEW)
		buf_adds(note, _("waits for review"));
	else if (s->unsent && s->state != SG_RETRACTED)
		buf_adds(note, _("goes out when the broadcast resumes"));
	if (s->revision > 1 && s->state != SG_RETRACTED)
		buf_addf(note, _("%scorrected ×%lld"), note->len ? " · " : "", (long long)s->revision - 1);
}

static struct piece_of said_shows(const struct transcript *t, size_t i, struct buf *note)
{
	const struct said *s = &t->rows[i];
	const char *before = i ? t->rows[i - 1].speaker : "";
	buf_reset(note);
	note_of(t, s, note);
	bool gone = s->state == SG_RETRACTED, corrected = !strcmp(s->id, t->correcting);
	return (struct piece_of){ .speaker = i && !strcmp(before, s->speaker) ? NULL : s->speaker,
		.text = gone ? _("(retracted)") : s->text, .note = note->data, .at = s->at,
		.role = gone ? UI_DIM : corrected ? UI_SELECT_OFF : UI_SENT, .note_role = s->unsent || *s->suggestion ? UI_WARN : UI_DIM };
}

/* Fills rows [from, to) upwards from the newest. */
static void draw_said(struct transcript *t, struct grid *g, struct area a, int from, int to)
{
	const struct columns c = columns_at(a.cols);
	struct buf note = BUF_INIT;
	size_t skip = t->back;
	for (size_t i = t->n_rows; i-- > 0 && to > from;) {
		if (t->rows[i].ours || (skip && skip--))
			continue;
		struct piece_of p = said_shows(t, i, &note);
		bool below;
		int rows = height(&c, &p, a.cols, &below);
		if (rows > to - from) {
			grid_text(g, a, to - 1, c.text, 1, UI_DIM, ui_sign(SIGN_MORE));
			break;
		}
		to -= rows;
		draw_piece(g, a, &c, &p, to);
	}
	buf_release(&note);
}

/* ---- what was not sent ---- */

static struct piece_of piece_shows(const struct transcript *t, const struct piece *p, const char *speaker, struct buf *note)
{
	const struct link_state *l = &t->ui->link;
	struct piece_of s = { .speaker = !strcmp(p->speaker, speaker) ? NULL : p->speaker, .text = p->text };
	buf_reset(note);
	if (p->is == PIECE_HELD) {
		int64_t left = (p->leaves - t->ui->mono + 999) / 1000;
		s.role = s.note_role = UI_HELD;
		if (t->waiting && left <= 0)
			buf_adds(note, _("held until its question is aired"));
		else
			buf_addf(note, _("held %lld s"), (long long)(left < 0 ? 0 : left));
	} else if (p->is == PIECE_LEAVING) {
		s.role = s.note_role = UI_LEAVING;
		buf_adds(note, l->is == LINK_IS_UP ? _("on its way") : _("link down: kept here"));
	} else {
		s.role = s.note_role = UI_WARN;
		buf_addf(note, _("refused: %s"), p->why);
	}
	s.note = note->data;
	return s;
}

static void draw_boundary(struct transcript *t, struct grid *g, struct area a, int row)
{
	const struct link_state *l = &t->ui->link;
	struct buf b = BUF_INIT;
	int64_t behind = transcript_behind(t);
	size_t leaving = scribe_count(&t->s, PIECE_LEAVING);
	grid_fill(g, a, row, 0, a.cols, UI_RULE, ui_sign(SIGN_RULE));
	if (leaving && l->is != LINK_IS_UP) {
		buf_addf(&b, "%s ", _("kept here since"));
		add_hour(&b, l->since, true);
		buf_addf(&b, P_(", %zu waits", ", %zu wait", leaving), leaving);
		grid_textf(g, a, row, 2, a.cols - 4, UI_WARN, " %s ", b.data);
	} else if (behind) {
		add_span(&b, ui_now(t->ui) - behind > 0 ? ui_now(t->ui) - behind : 0);
		grid_textf(g, a, row, 2, a.cols - 4, UI_DIM, _(" %s behind "), b.data);
	}
	buf_reset(&b);
	if (t->back)
		buf_addf(&b, P_(" %zu newer below ", " %zu newer below ", t->back), t->back);
	else
		buf_addf(&b, " %s ", _("sent up to here"));
	grid_right(g, a, row, a.cols - 2, a.cols / 2, t->back ? UI_WARN : UI_DIM, b.data);
	buf_release(&b);
}

/* Those that fit, the newest at least; returns the row after them. */
static int draw_pieces(struct transcript *t, struct grid *g, struct area a, int from, int to)
{
	const struct columns c = columns_at(a.cols);
	struct buf note = BUF_INIT;
	size_t first = t->s.n;
	int used = 0;
	for (; first > 0; first--) {
		bool below;
		struct piece_of p = piece_shows(t, &t->s.v[first - 1], "", &note);
		int rows = height(&c, &p, a.cols, &below);
		if (used + rows > to - from)
			break;
		used += rows;
	}
	int row = from;
	for (size_t i = first; i < t->s.n; i++) {
		bool below;
		struct piece_of p = piece_shows(t, &t->s.v[i], i > first ? t->s.v[i - 1].speaker : "", &note);
		draw_piece(g, a, &c, &p, row);
		row += height(&c, &p, a.cols, &below);
	}
	buf_release(&note);
	return row;
}

static int pieces_height(struct transcript *t, int cols)
{
	const struct columns c = columns_at(cols);
	struct buf note = BUF_INIT;
	int rows = 0;
	for (size_t i = 0; i < t->s.n; i++) {
		bool below;
		struct piece_of p = piece_shows(t, &t->s.v[i], "", &note);
		rows += height(&c, &p, cols, &below);
	}
	buf_release(&note);
	return rows;
}

/* ---- the line being typed ---- */

static enum ui_role role_at(void *arg, size_t at)
{
	const struct transcript *t = arg;
	for (size_t i = 0; i < t->n_wrong; i++)
		if (at >= t->wrong[i].from && at < t->wrong[i].to)
			return UI_MISSPELT;
	return UI_TYPED;
}

static void draw_hints(struct transcript *t, struct grid *g, struct area a, int row_at)
{
	struct glossary_hint hints[HINTS];
	size_t at = editor_at(t->ed), from = editor_word_start(t->ed, at);
	size_t n = from < at ? glossary_hints(t->glossary, editor_text(t->ed) + from, at - from, hints, HINTS) : 0;
	int col = 3;
	const struct said *row = *t->correcting ? transcript_row(t, t->correcting) : NULL;
	if (row && *row->suggestion) {
		struct buf b = BUF_INIT;
		buf_addf(&b, _("Tab takes: %s"), row->suggestion);
		grid_cut(g, a, row_at, 3, a.cols - 4, UI_ADDED, b.data);
		buf_release(&b);
		return;
	}
	for (size_t i = 0; i < n && col < a.cols - 10; i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "%s %s %s", hints[i].form, ui_sign(SIGN_ARROW), hints[i].words);
		col += grid_cut(g, a, row_at, col, a.cols - col - 1, UI_DIM, b.data) + 3;
		buf_release(&b);
	}
	if (n == 0 && t->spell && spell_missing(t->spell) && editor_len(t->ed))
		grid_cut(g, a, row_at, 3, a.cols - 4, UI_DIM, _("no dictionary: `set dictionary` names one"));
}

static void draw_line(struct transcript *t, struct grid *g, struct area a, int row, int rows, bool focused)
{
	const struct columns c = columns_at(a.cols);
	struct area text = { a.row + row, a.col + c.text, rows, a.cols - c.text - 1 };
	const char *who = *t->correcting ? _("correct") : t->s.speaker;
	if (c.speaker >= 0)
		grid_cut(g, a, row, c.speaker, c.text - c.speaker - 1, *t->correcting ? UI_WARN : UI_DIM, who);
	else
		grid_cut(g, a, row, *t->correcting ? 0 : 1, c.text - 1 - !*t->correcting, *t->correcting ? UI_WARN : UI_DIM, who);
	editor_draw(t->ed, g, text, 0, rows, focused, UI_TYPED, role_at, t);
}

static void draw_reader(struct transcript *t, struct grid *g, struct area a, int head, bool focused)
{
	const struct columns c = columns_at(a.cols);
	struct piece_of p = { .speaker = NULL, .text = ui_typing(t->ui), .note = "", .role = UI_TYPED };
	bool below;
	int rows = *p.text ? height(&c, &p, a.cols, &below) : 0, most = a.rows - head - 2;
	if (rows > most)
		rows = most < 0 ? 0 : most;
	int line = a.rows - rows - 1;
	draw_said(t, g, a, head, line);
	if (line >= head)
		draw_boundary(t, g, a, line);
	if (rows > 0)
		grid_wrap(g, a, line + 1, c.text, a.cols - c.text - 1, rows, UI_TYPED, p.text);
	if (focused)
		grid_cursor(g, a, line > head ? line - 1 : a.rows - 1, 0, false);
}

void transcript_draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	struct transcript *t = transcript_of(v);
	struct grid *g = &ui->grid;
	if (a.rows < 1 || a.cols < 12)
		return;
	int head = draw_head(t, g, a);
	if (!transcript_types(t) && !t->s.n && editor_len(t->ed) == 0) {
		draw_reader(t, g, a, head, focused);
		return;
	}
	const struct columns c = columns_at(a.cols);
	int hint = a.rows >= 9, room = a.rows - head - hint;
	int line = editor_lines(t->ed, a.cols - c.text - 1), pieces = pieces_height(t, a.cols);
	if (line > room / 2)
		line = room / 2 < 1 ? 1 : room / 2;
	if (pieces > room - line - 1)
		pieces = room - line - 1 < 0 ? 0 : room - line - 1;
	int typed = a.rows - hint - line, boundary = typed - pieces - 1;
	draw_said(t, g, a, head, boundary);
	if (boundary >= head)
		draw_boundary(t, g, a, boundary);
	draw_pieces(t, g, a, boundary + 1, typed);
	draw_line(t, g, a, typed, line, focused && transcript_types(t));
	if (focused && !transcript_types(t))
		grid_cursor(g, a, typed, c.text, false);
	if (hint)
		draw_hints(t, g, a, a.rows - 1);
}
