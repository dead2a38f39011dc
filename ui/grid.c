/* grid.c: texts into cells. */
#include "ui/grid.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uniwidth.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"
#include "ui/intl.h"

/* ---- from text to pieces ---- */

/* What one cell (or two) shows: a base and its marks. Emoji that joiners tie together are shown one by one, and without
 * shades and variations, because terminals do not agree on how wide the tied ones are. */
struct piece {
	char text[CELL_BYTES];
	int width;
};

static const char *hidden_sign(void)
{
	return ui_ascii ? "." : "·";
}

static void set_piece(struct piece *p, const char *text, size_t n, int width)
{
	memset(p->text, 0, sizeof p->text);
	memcpy(p->text, text, n);
	p->width = width;
}

/* Most of what is shown, told without asking the library. */
static bool plain(uint32_t c)
{
	return (c > 0xA0 && c < 0x300 && c != 0xAD) || (c >= 0x2500 && c < 0x25A0) || (c >= 0x2018 && c < 0x2027);
}

static bool is_tie(uint32_t c)
{
	return c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0020 && c <= 0xE007F) || (c >= 0x1F3FB && c <= 0x1F3FF);
}

/* Takes what belongs to the base before it; returns the bytes. */
static size_t take_marks(const char *s, size_t n, uint32_t base, bool keep, struct piece *p)
{
	const bool emoji = base == 0xA9 || base == 0xAE || base >= 0x203C;
	size_t at = 0, len = strlen(p->text);
	int marks = 0;

	while (at < n && (unsigned char)s[at] >= 0x80) {
		bool bad = false;
		uint32_t c;
		const size_t took = utf8_next(s + at, n - at, &c, &bad);

		if (plain(c) || bad)
			break;
		if (is_tie(c) && (emoji || (c == 0xFE0F && base < 0x80))) {
			at += took;
			continue;
		}
		if (utf8_is_hidden(c) || uc_width(c, "UTF-8") != 0)
			break;
		if (keep && marks < TEXT_MARKS_MAX && len + took < CELL_BYTES) {
			memcpy(p->text + len, s + at, took);
			len += took;
			marks++;
		}
		at += took;
	}
	return at;
}

/* The piece at s[0], n > 0; returns its bytes. */
static size_t next_piece(const char *s, size_t n, struct piece *p)
{
	const unsigned char first = (unsigned char)s[0];
	bool bad = false;
	uint32_t c;

	if (first >= 0x20 && first < 0x7F) {
		set_piece(p, s, 1, 1);
		return n == 1 || (unsigned char)s[1] < 0x80 ? 1 : 1 + take_marks(s + 1, n - 1, first, true, p);
	}
	if (first == '\n' || first == '\t') {
		set_piece(p, " ", 1, 1);
		return 1;
	}
	const size_t took = utf8_next(s, n, &c, &bad);
	int width = 1;
	bool keep = true;

	if (bad) {
		set_piece(p, ui_ascii ? "?" : "\uFFFD", ui_ascii ? 1 : 3, 1);
		return took;
	}
	if (!plain(c)) {
		width = utf8_is_hidden(c) ? 0 : uc_width(c, "UTF-8");
		keep = width > 0;
	}
	if (keep)
		set_piece(p, s, took, width);
	else
		set_piece(p, hidden_sign(), strlen(hidden_sign()), 1);
	return took + take_marks(s + took, n - took, keep ? c : 0, keep, p);
}

int text_columns(const char *s, size_t n)
{
	struct piece p;
	int width = 0;

	for (size_t i = 0; i < n && width < INT_MAX / 2; width += p.width)
		i += next_piece(s + i, n - i, &p);
	return width;
}

/* ---- the grid ---- */

static struct cell blank_cell(uint8_t role)
{
	return (struct cell){ .text = " ", .wide = 1, .role = role };
}

void grid_init(struct grid *g, int rows, int cols)
{
	*g = (struct grid){ .cells = NULL };
	grid_resize(g, rows, cols);
}

void grid_release(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){ .cells = NULL };
}

void grid_resize(struct grid *g, int rows, int cols)
{
	g->rows = rows > 0 ? rows : 0;
	g->cols = cols > 0 ? cols : 0;
	g->cells = xrealloc(g->cells, (size_t)g->rows * (size_t)g->cols + 1, sizeof *g->cells);
	grid_clear(g);
}

void grid_clear(struct grid *g)
{
	const size_t n = (size_t)g->rows * (size_t)g->cols;
	const struct cell blank = blank_cell(UI_TEXT);

	for (size_t i = 0; i < (size_t)g->cols && i < n; i++)
		g->cells[i] = blank;
	for (int r = 1; r < g->rows; r++)
		memcpy(&g->cells[(size_t)r * (size_t)g->cols], g->cells, (size_t)g->cols * sizeof blank);
	g->cursor_row = -1;
	g->cursor_col = 0;
	g->cursor_shown = false;
}

struct area grid_area(const struct grid *g)
{
	return (struct area){ .row = 0, .col = 0, .rows = g->rows, .cols = g->cols };
}

/* The cells of a row of the area from `col` on, as many as may be written (*max), NULL when none. */
static struct cell *span(const struct grid *g, struct area a, int row, int col, int cols, int *max)
{
	if (row < 0 || row >= a.rows || col < 0 || col >= a.cols || cols <= 0)
		return NULL;
	const int r = a.row + row, c = a.col + col;
	if (r < 0 || r >= g->rows || c < 0 || c >= g->cols)
		return NULL;
	int n = cols < a.cols - col ? cols : a.cols - col;
	if (n > g->cols - c)
		n = g->cols - c;
	*max = n;
	return &g->cells[(size_t)r * (size_t)g->cols + (size_t)c];
}

/* Half of a wide character on either side of [from, to) becomes a space; called before the cells are written. */
static void mend(const struct grid *g, struct cell *from, const struct cell *to)
{
	struct cell *end = from + (to - from);
	const ptrdiff_t col = (from - g->cells) % g->cols, stop = col + (end - from);

	if (from == end)
		return;
	if (from->wide == 0 && col > 0)
		from[-1] = blank_cell(from[-1].role);
	if (stop < g->cols && end->wide == 0)
		*end = blank_cell(end->role);
}

/* The cells of a piece. */
static void put(struct cell *c, const struct piece *p, uint8_t role)
{
	memcpy(c->text, p->text, sizeof c->text);
	c->wide = (uint8_t)p->width;
	c->role = role;
	if (p->width == 2)
		c[1] = (struct cell){ .text = "", .wide = 0, .role = role };
}

/* A cell of one letter of one or two bytes: most of every screen. Zeros first, then bytes: built aside and copied, it
 * would be read back before it is stored, which takes ten times as long. */
static inline void put_letter(struct cell *c, char first, char second, uint8_t role)
{
	memset(c, 0, sizeof *c);
	c->text[0] = first;
	c->text[1] = second;
	c->wide = 1;
	c->role = role;
}

/* Writes until the text or the room ends; *rest tells whether text was left over. */
static int write_cells(const struct grid *g, struct cell *at, int max, enum ui_role role, const char *s, size_t n, bool *rest)
{
	struct cell *c = at;
	const struct cell *end = at + max;
	size_t i = 0;

	if (n > 0 && at->wide == 0 && (at - g->cells) % g->cols > 0)
		at[-1] = blank_cell(at[-1].role);
	while (i < n && c < end) {
		const unsigned char ch = (unsigned char)s[i];

		if (ch >= 0x20 && ch < 0x7F && (i + 1 == n || (unsigned char)s[i + 1] < 0x80)) {
			put_letter(c++, s[i], 0, (uint8_t)role);
			i++;
			continue;
		}
		if (ch == 0xC3 && i + 1 < n && ((unsigned char)s[i + 1] & 0xC0) == 0x80 && (i + 2 == n || (unsigned char)s[i + 2] < 0x80)) {
			put_letter(c++, s[i], s[i + 1], (uint8_t)role); /* À to ÿ */
			i += 2;
			continue;
		}
		struct piece p;
		const size_t took = next_piece(s + i, n - i, &p);

		if (p.width > end - c) { /* half of it would stay out */
			*c++ = blank_cell((uint8_t)role);
			break;
		}
		put(c, &p, (uint8_t)role);
		c += p.width;
		i += took;
	}
	if (c > at && (c - g->cells) % g->cols != 0 && c->wide == 0)
		*c = blank_cell(c->role);
	*rest = i < n;
	return (int)(c - at);
}

int grid_textn(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s, size_t n)
{
	int max = 0;
	bool rest;
	struct cell *at = span(g, a, row, col, cols, &max);

	return at ? write_cells(g, at, max, role, s, n, &rest) : 0;
}

int grid_text(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s)
{
	return grid_textn(g, a, row, col, cols, role, s, strlen(s));
}

int grid_textf(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	const int n = grid_textn(g, a, row, col, cols, role, b.data, b.len);
	buf_release(&b);
	return n;
}

int grid_right(struct grid *g, struct area a, int row, int end, int cols, enum ui_role role, const char *s)
{
	size_t n = strlen(s);
	int width = text_columns(s, n);
	struct piece p;

	if (cols > end)
		cols = end;
	if (cols <= 0)
		return 0;
	if (width <= cols)
		return grid_textn(g, a, row, end - width, width, role, s, n);
	while (n > 0 && width > cols - 1) {
		const size_t took = next_piece(s, n, &p);

		s += took;
		n -= took;
		width -= p.width;
	}
	const int at = end - width - 1;
	return grid_text(g, a, row, at, 1, role, ui_sign(SIGN_MORE)) + grid_textn(g, a, row, at + 1, width, role, s, n);
}

int grid_cut(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s)
{
	int max = 0;
	bool rest;
	struct cell *at = span(g, a, row, col, cols, &max);

	if (!at)
		return 0;
	const int n = write_cells(g, at, max, role, s, strlen(s), &rest);
	if (!rest)
		return n;
	struct cell *last = at + n - 1;
	int taken = n;
	if (last->wide == 0) {
		*last = blank_cell((uint8_t)role);
		last--;
		taken--;
	}
	struct piece p;
	set_piece(&p, ui_sign(SIGN_MORE), strlen(ui_sign(SIGN_MORE)), 1);
	put(last, &p, (uint8_t)role);
	return taken;
}

void grid_fill(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *ch)
{
	int max = 0;
	struct cell *at = span(g, a, row, col, cols, &max);
	struct piece p;

	if (!at || !*ch)
		return;
	next_piece(ch, strlen(ch), &p);
	if (p.width != 1)
		set_piece(&p, " ", 1, 1);
	mend(g, at, at + max);
	for (int i = 0; i < max; i++)
		put(at + i, &p, (uint8_t)role);
}

void grid_paint(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role)
{
	int max = 0;
	struct cell *at = span(g, a, row, col, cols, &max);

	for (int i = 0; at && i < max; i++)
		at[i].role = (uint8_t)role;
}

void grid_cursor(struct grid *g, struct area a, int row, int col, bool shown)
{
	int max;

	if (col >= a.cols && a.cols > 0)
		col = a.cols - 1; /* behind the last letter of a full line */
	if (!span(g, a, row, col, 1, &max))
		return;
	g->cursor_row = a.row + row;
	g->cursor_col = a.col + col;
	g->cursor_shown = shown;
}

/* ---- lines ---- */

/* One line from s[from]: its length; *next where the following one begins, `end` when there is none. */
static size_t one_line(const char *s, size_t from, size_t end, int cols, size_t *next)
{
	size_t at = from, space = 0;
	bool spaced = false;
	int width = 0;

	while (at < end) {
		struct piece p;

		if (s[at] == '\n') {
			*next = at + 1;
			return at - from;
		}
		const size_t took = next_piece(s + at, end - at, &p);
		if (s[at] == ' ' && took == 1) {
			if (width >= cols) { /* hangs over: the line is full here */
				space = at;
				spaced = true;
				break;
			}
			space = at;
			spaced = true;
		} else if (width + p.width > cols && at > from)
			break;
		width += p.width;
		at += took;
	}
	if (at >= end) {
		*next = end + 1;
		return at - from;
	}
	size_t stop = spaced && space > from ? space : at;
	if (spaced && space == from)
		stop = at > from ? at : at + 1;
	size_t begin = stop;
	while (begin < end && s[begin] == ' ')
		begin++;
	if (begin < end && s[begin] == '\n')
		begin++;
	else if (begin >= end)
		begin = end + 1;
	while (stop > from && s[stop - 1] == ' ')
		stop--;
	*next = begin;
	return stop - from;
}

int text_wrap(const char *s, int cols, bool (*line)(void *arg, size_t from, size_t len), void *arg)
{
	const size_t end = strlen(s);
	size_t from = 0;
	int n = 0;

	if (cols < 1)
		cols = 1;
	do {
		size_t next;
		const size_t len = one_line(s, from, end, cols, &next);

		n++;
		if (line && !line(arg, from, len))
			break;
		from = next;
	} while (from <= end);
	return n;
}

struct wrapping {
	struct grid *g;
	struct area a;
	int row, col, cols, rows, used;
	enum ui_role role;
	const char *s;
};

static bool draw_line(void *arg, size_t from, size_t len)
{
	struct wrapping *w = arg;

	if (w->used == w->rows) { /* more follows: the line above says so */
		const int row = w->row + w->used - 1;
		int end = w->cols, max = 0;
		const struct cell *at = span(w->g, w->a, row, w->col, w->cols, &max);

		if (!at)
			return false;
		if (end > max)
			end = max;
		while (end > 0 && strcmp(at[end - 1].text, " ") == 0)
			end--;
		grid_text(w->g, w->a, row, w->col + (end < max ? end : max - 1), 1, w->role, ui_sign(SIGN_MORE));
		return false;
	}
	grid_textn(w->g, w->a, w->row + w->used, w->col, w->cols, w->role, w->s + from, len);
	w->used++;
	return true;
}

int grid_wrap(struct grid *g, struct area a, int row, int col, int cols, int rows, enum ui_role role, const char *s)
{
	struct wrapping w = { .g = g, .a = a, .row = row, .col = col, .cols = cols, .rows = rows, .role = role, .s = s };

	if (w.cols > a.cols - col)
		w.cols = a.cols - col;
	if (w.rows > a.rows - row)
		w.rows = a.rows - row;
	if (w.cols <= 0 || w.rows <= 0 || row < 0 || col < 0)
		return 0;
	text_wrap(s, w.cols, draw_line, &w);
	return w.used;
}

/* ---- whole screens ---- */

bool grid_same(const struct grid *a, const struct grid *b)
{
	return a->rows == b->rows && a->cols == b->cols && a->cursor_row == b->cursor_row && a->cursor_col == b->cursor_col &&
	       a->cursor_shown == b->cursor_shown &&
	       memcmp(a->cells, b->cells, (size_t)a->rows * (size_t)a->cols * sizeof *a->cells) == 0;
}

static void trim_line(struct buf *out, size_t from)
{
	while (out->len > from && out->data[out->len - 1] == ' ')
		out->len--;
	buf_addc(out, '\n');
}

void grid_dump(const struct grid *g, bool roles, struct buf *out)
{
	for (int r = 0; r < g->rows; r++) {
		const struct cell *row = &g->cells[(size_t)r * (size_t)g->cols];
		const size_t from = out->len;

		for (int c = 0; c < g->cols; c++)
			buf_adds(out, row[c].text);
		trim_line(out, from);
	}
	for (int r = 0; roles && r < g->rows; r++) {
		const struct cell *row = &g->cells[(size_t)r * (size_t)g->cols];

		for (int c = 0; c < g->cols; c++)
			buf_addc(out, ui_roles[row[c].role].letter);
		buf_addc(out, '\n');
	}
}

/* ---- numbers and hours ---- */

void add_number(struct buf *b, int64_t n)
{
	char digits[24];
	const bool minus = n < 0;
	const int len = snprintf(digits, sizeof digits, "%llu", minus ? 0ULL - (unsigned long long)n : (unsigned long long)n);
	const char *between = !intl_french() ? "," : ui_ascii ? " " : "\u202F";

	if (minus)
		buf_adds(b, ui_sign(SIGN_LESS));
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_adds(b, between);
		buf_addc(b, digits[i]);
	}
}

void add_span(struct buf *b, int64_t ms)
{
	if (ms < 0)
		buf_addc(b, '-');
	const long long s = ms < 0 ? -(ms / 1000) : ms / 1000;

	if (s >= 3600)
		buf_addf(b, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		buf_addf(b, "%02lld:%02lld", s / 60, s % 60);
}

void add_hour(struct buf *b, int64_t utc_ms, bool seconds)
{
	const time_t t = (time_t)(utc_ms / 1000);
	struct tm tm = { .tm_sec = 0 };

	localtime_r(&t, &tm);
	buf_addf(b, "%02d:%02d", tm.tm_hour, tm.tm_min);
	if (seconds)
		buf_addf(b, ":%02d", tm.tm_sec);
}
