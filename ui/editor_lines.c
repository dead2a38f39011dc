/* editor_lines.c: graphemes, the lines a text takes at a width, and how they are drawn. */
#include "ui/editor_own.h"

#include <stdint.h>
#include <string.h>

#include <unigbrk.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

/* ---- graphemes --------------------------------------------------------------------------------------------------- */

static const uint8_t *bytes(const char *s)
{
	return (const uint8_t *)s;
}

/* Breaks depend on what stands before (flags, joined emoji), so both ways look at a stretch that begins where one surely
 * is: at the place itself, or at a letter of ASCII. A grapheme longer than the stretch is cut in it. */
enum { STRETCH = 256 };

static size_t grapheme_after(const char *s, size_t len, size_t at)
{
	char breaks[STRETCH];
	size_t n, i = 1;
	if (at >= len)
		return len;
	if (at + 1 == len || ((uint8_t)s[at] < 0x80 && (uint8_t)s[at + 1] < 0x80)) /* CR never stands in a text */
		return at + 1;
	n = len - at < STRETCH ? len - at : STRETCH;
	while (i < n && (uint8_t)s[at + i] >= 0x80)
		i++;
	n = i;
	while (n > 1 && at + n < len && ((uint8_t)s[at + n] & 0xC0) == 0x80)
		n--;
	u8_grapheme_breaks(bytes(s) + at, n, breaks);
	for (i = 1; i < n && !breaks[i];)
		i++;
	return at + i;
}

static size_t grapheme_before(const char *s, size_t at)
{
	if (at == 0)
		return 0;
	if (at == 1 || ((uint8_t)s[at - 1] < 0x80 && (uint8_t)s[at - 2] < 0x80))
		return at - 1;
	char breaks[STRETCH];
	size_t from = at - 1;
	while (from > 0 && (uint8_t)s[from] >= 0x80 && at - from < STRETCH)
		from--;
	while (((uint8_t)s[from] & 0xC0) == 0x80)
		from++;
	u8_grapheme_breaks(bytes(s) + from, at - from, breaks);
	size_t i = at - from - 1;
	while (i > 0 && !breaks[i])
		i--;
	return from + i;
}

size_t editor_next(const struct editor *ed, size_t at)
{
	return grapheme_after(ed->text.data, ed->text.len, at);
}

size_t editor_prev(const struct editor *ed, size_t at)
{
	return grapheme_before(ed->text.data, at);
}

uint32_t editor_point(const struct editor *ed, size_t at)
{
	uint32_t c = 0;
	bool bad = false;
	if (at < ed->text.len)
		utf8_next(ed->text.data + at, ed->text.len - at, &c, &bad);
	return c;
}

static int grapheme_width(const char *s, size_t from, size_t to)
{
	if (to == from + 1)
		return 1;
	return text_columns(s + from, to - from);
}

/* The nearest place between graphemes at or before `at`. */
size_t editor_settle(const struct editor *ed, size_t at)
{
	size_t i = 0;
	if (at >= ed->text.len)
		return ed->text.len;
	while (i < at) {
		size_t next = editor_next(ed, i);
		if (next > at)
			break;
		i = next;
	}
	return i;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void add_line(struct editor *ed, size_t from, size_t to)
{
	grow(&ed->lines, &ed->cap_lines, ed->n_lines + 1, sizeof *ed->lines);
	ed->lines[ed->n_lines++] = (struct line){ from, to - from };
}

/* One drawn line from `from`; returns where the next begins, or SIZE_MAX when this one is the last. */
static size_t wrap_line(struct editor *ed, size_t from, int cols)
{
	const char *s = ed->text.data;
	size_t len = ed->text.len, at = from, brk = 0, brk_end = 0;
	int width = 0;

	while (at < len && s[at] != '\n') {
		size_t next = grapheme_after(s, len, at);
		int w = grapheme_width(s, at, next);
		if (s[at] == ' ') {
			brk = brk_end && brk_end == at ? brk : at;
			brk_end = next;
		}
		if (width + w > cols && (s[at] != ' ' || next == len)) {
			if (s[at] == ' ') { /* the last one hangs, the cursor goes to a line of its own */
				add_line(ed, from, brk);
				return next;
			}
			if (brk_end > from && brk >= from && brk_end <= at) {
				add_line(ed, from, brk);
				return brk_end;
			}
			add_line(ed, from, at > from ? at : next);
			return at > from ? at : next;
		}
		width += w;
		at = next;
	}
	add_line(ed, from, at);
	if (at < len)
		return at + 1;
	return width >= cols && !ed->one_line ? len : SIZE_MAX;
}

static void wrap(struct editor *ed, int cols)
{
	ed->n_lines = 0;
	for (size_t from = 0; from != SIZE_MAX;) {
		if (from == ed->text.len && ed->n_lines) {
			add_line(ed, from, from);
			break;
		}
		from = wrap_line(ed, from, cols < 1 ? 1 : cols);
	}
}

/* The drawn line that holds `at`. */
static size_t line_of(const struct editor *ed, size_t at)
{
	size_t i = ed->n_lines;
	while (i > 1 && ed->lines[i - 1].from > at)
		i--;
	return i - 1;
}

static int columns(const struct editor *ed, size_t from, size_t to)
{
	int w = 0;
	while (from < to) {
		size_t next = editor_next(ed, from);
		w += grapheme_width(ed->text.data, from, next);
		from = next;
	}
	return w;
}

static size_t at_column(const struct editor *ed, const struct line *l, int col)
{
	size_t at = l->from;
	int w = 0;
	while (at < l->from + l->len) {
		size_t next = editor_next(ed, at);
		w += grapheme_width(ed->text.data, at, next);
		if (w > col)
			break;
		at = next;
	}
	return at;
}

int editor_lines(struct editor *ed, int cols)
{
	wrap(ed, cols);
	return (int)ed->n_lines;
}

bool editor_move_lines(struct editor *ed, long step)
{
	if (ed->one_line)
		return false;
	wrap(ed, ed->cols);
	long here = (long)line_of(ed, ed->at), to = here + step, last = (long)ed->n_lines - 1;
	to = to < 0 ? 0 : to > last ? last : to;
	if (to == here)
		return false;
	int goal = ed->goal >= 0 ? ed->goal : columns(ed, ed->lines[here].from, ed->at);
	ed->at = at_column(ed, &ed->lines[to], goal);
	editor_act(ed, LAST_OTHER);
	ed->goal = goal;
	return true;
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

struct pen {
	struct grid *g;
	struct area a;
	enum ui_role role;
	enum ui_role (*role_at)(void *arg, size_t at);
	void *arg;
};

/* Runs of one role, a call each. */
static void draw_run(const struct editor *ed, const struct pen *p, int row, size_t from, size_t to, int cols)
{
	const char *s = ed->text.data;
	int col = 0;
	while (from < to && col < cols) {
		enum ui_role role = p->role_at ? p->role_at(p->arg, from) : p->role;
		size_t end = editor_next(ed, from);
		while (end < to && (!p->role_at || p->role_at(p->arg, end) == role))
			end = editor_next(ed, end);
		grid_textn(p->g, p->a, row, col, cols - col, role, s + from, end - from);
		col += columns(ed, from, end);
		from = end;
	}
}

static void draw_sideways(struct editor *ed, const struct pen *p, int row, bool focused)
{
	if (ed->left > ed->text.len || ed->at < ed->left)
		ed->left = ed->at;
	ed->left = editor_settle(ed, ed->left);
	while (columns(ed, ed->left, ed->at) >= p->a.cols && ed->left < ed->at)
		ed->left = editor_next(ed, ed->left);
	while (ed->left > 0 && columns(ed, editor_prev(ed, ed->left), ed->text.len) < p->a.cols) /* shows what fits again */
		ed->left = editor_prev(ed, ed->left);
	draw_run(ed, p, row, ed->left, ed->text.len, p->a.cols);
	if (focused)
		grid_cursor(p->g, p->a, row, columns(ed, ed->left, ed->at), true);
}

int editor_draw(struct editor *ed, struct grid *g, struct area a, int row, int rows, bool focused, enum ui_role role,
	enum ui_role (*role_at)(void *arg, size_t at), void *arg)
{
	const struct pen pen = { g, a, role, role_at, arg };
	if (a.cols < 1 || rows < 1)
		return 0;
	ed->cols = a.cols;
	ed->rows = rows;
	if (ed->one_line) {
		draw_sideways(ed, &pen, row, focused);
		return 1;
	}
	wrap(ed, a.cols);
	size_t here = line_of(ed, ed->at), room = (size_t)rows;
	if (ed->top + room > ed->n_lines)
		ed->top = ed->n_lines > room ? ed->n_lines - room : 0;
	if (here < ed->top)
		ed->top = here;
	if (here >= ed->top + room)
		ed->top = here - room + 1;
	int used = 0;
	for (size_t i = ed->top; i < ed->n_lines && used < rows; i++, used++)
		draw_run(ed, &pen, row + used, ed->lines[i].from, ed->lines[i].from + ed->lines[i].len, a.cols);
	int col = columns(ed, ed->lines[here].from, ed->at);
	if (focused)
		grid_cursor(g, a, row + (int)(here - ed->top), col < a.cols ? col : a.cols - 1, true);
	return used;
}
