/* editor.c: the text is one flat buffer (a few thousand bytes at most); edits are kept as (place, gone, came). */
#include "ui/editor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/key.h"

enum { KILLS_MAX = 16, EDITS_MAX = 2000, COLS_UNTIL_DRAWN = 80 };

struct edit {
	size_t at;           /* in the text before and after alike */
	struct buf gone, came;
	size_t cursor;       /* before it */
};
/* What the last action was: actions of one kind join into one edit or one kill. */
enum last { LAST_OTHER, LAST_TYPED, LAST_ERASED, LAST_KILLED, LAST_YANKED };
struct line {
	size_t from, len;    /* without the line end and the spaces that hang over the edge */
};
struct editor {
	bool one_line;
	size_t max;
	struct buf text;
	size_t at;
	enum last last;
	struct edit *edits;
	size_t n_edits, done, cap_edits; /* those from `done` on were undone */
	char *kills[KILLS_MAX];          /* newest first */
	size_t n_kills, pop;
	size_t yank_from, yank_to;
	struct line *lines;
	size_t n_lines, cap_lines;
	int cols, rows, goal;            /* as last drawn; goal column of up and down, -1: none */
	size_t top, left;                /* first line shown; one-line: first byte shown */
};

/* ---- graphemes --------------------------------------------------------------------------------------------------- */

static const uint8_t *bytes(const char *s)
{
	return (const uint8_t *)s;
}

/* Breaks depend on what stands before (flags, joined emoji), so both ways look at a stretch that begins where one surely
 * is: at the place itself, or at a letter of ASCII. A grapheme longer than the stretch is cut in it. */
enum { STRETCH = 256 };

static size_t after(const char *s, size_t len, size_t at)
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

static size_t before(const char *s, size_t at)
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

static size_t next_at(const struct editor *ed, size_t at)
{
	return after(ed->text.data, ed->text.len, at);
}

static size_t prev_at(const struct editor *ed, size_t at)
{
	return before(ed->text.data, at);
}

static uint32_t point_at(const struct editor *ed, size_t at)
{
	uint32_t c = 0;
	bool bad = false;
	if (at < ed->text.len)
		utf8_next(ed->text.data + at, ed->text.len - at, &c, &bad);
	return c;
}

static bool word_at(const struct editor *ed, size_t at)
{
	return at < ed->text.len && utf8_is_word(point_at(ed, at));
}

static int width_of(const char *s, size_t from, size_t to)
{
	if (to == from + 1)
		return 1;
	return text_columns(s + from, to - from);
}

/* The nearest place between graphemes at or before `at`. */
static size_t settle(const struct editor *ed, size_t at)
{
	size_t i = 0;
	if (at >= ed->text.len)
		return ed->text.len;
	while (i < at) {
		size_t next = next_at(ed, i);
		if (next > at)
			break;
		i = next;
	}
	return i;
}

/* ---- making and reading ------------------------------------------------------------------------------------------ */

struct editor *editor_new(bool one_line, size_t max_bytes)
{
	struct editor *ed = xcalloc(1, sizeof *ed);
	ed->one_line = one_line;
	ed->max = max_bytes && max_bytes < EDITOR_MAX ? max_bytes : EDITOR_MAX;
	buf_init(&ed->text, 0);
	ed->cols = COLS_UNTIL_DRAWN;
	ed->rows = 1;
	ed->goal = -1;
	return ed;
}

static void edit_release(struct edit *e)
{
	buf_release(&e->gone);
	buf_release(&e->came);
}

static void forget_from(struct editor *ed, size_t from)
{
	while (ed->n_edits > from)
		edit_release(&ed->edits[--ed->n_edits]);
	if (ed->done > from)
		ed->done = from;
}

void editor_free(struct editor *ed)
{
	if (!ed)
		return;
	forget_from(ed, 0);
	free(ed->edits);
	for (size_t i = 0; i < ed->n_kills; i++)
		free(ed->kills[i]);
	free(ed->lines);
	buf_release(&ed->text);
	free(ed);
}

const char *editor_text(const struct editor *ed)
{
	return ed->text.data;
}

size_t editor_len(const struct editor *ed)
{
	return ed->text.len;
}

size_t editor_at(const struct editor *ed)
{
	return ed->at;
}

/* Any action but the one that joins with the last. */
static void act(struct editor *ed, enum last last)
{
	ed->last = last;
	ed->goal = -1;
}

/* ---- cleaning what comes in -------------------------------------------------------------------------------------- */

/* Joiners and variation selectors stay where they may belong to an emoji: behind something that is neither a letter nor
 * blank. All else that nobody sees goes. */
static bool keep_hidden(uint32_t c, uint32_t prev)
{
	bool emoji = c == 0x200D || c == 0xFE0E || c == 0xFE0F || (c >= 0xE0020 && c <= 0xE007F);
	return emoji && prev > 0x7F && !utf8_is_word(prev) && !utf8_is_blank(prev);
}

static void clean(const struct editor *ed, const char *s, size_t n, uint32_t prev, struct buf *out)
{
	for (size_t i = 0; i < n;) {
		uint32_t c;
		bool bad = false;
		i += utf8_next(s + i, n - i, &c, &bad);
		if (c == '\r') {
			if (i < n && s[i] == '\n')
				continue;
			c = '\n';
		}
		if (c == 0x2028 || c == 0x2029)
			c = '\n';
		if (c == '\t' || (c == '\n' && ed->one_line))
			c = ' ';
		if (c != '\n' && utf8_is_hidden(c) && !keep_hidden(c, prev))
			continue;
		utf8_add(out, c);
		prev = c;
	}
}

static void compose(struct buf *b)
{
	size_t n = 0;
	uint8_t *nfc = u8_normalize(UNINORM_NFC, bytes(b->data), b->len, NULL, &n);
	if (!nfc)
		return;
	buf_reset(b);
	buf_add(b, nfc, n);
	free(nfc);
}

/* ---- edits and undo ---------------------------------------------------------------------------------------------- */

static void put(struct buf *text, size_t from, size_t gone, const char *s, size_t n)
{
	struct buf tail = BUF_INIT;
	buf_add(&tail, text->data + from + gone, text->len - from - gone);
	if (text->cap) {
		text->len = from;
		text->data[from] = 0;
	}
	buf_add(text, s, n);
	buf_add(text, tail.data, tail.len);
	buf_release(&tail);
}

static bool joins(const struct editor *ed, const struct edit *e, size_t from, size_t gone, size_t n, enum last kind)
{
	if (ed->last != kind || (kind != LAST_TYPED && kind != LAST_ERASED))
		return false;
	if (kind == LAST_ERASED)
		return e->came.len == 0 && n == 0 && (from == e->at || from + gone == e->at);
	return from >= e->at && from + gone <= e->at + e->came.len;
}

static void join(const struct editor *ed, struct edit *e, size_t from, size_t gone, const char *s, size_t n, enum last kind)
{
	if (kind == LAST_TYPED) {
		put(&e->came, from - e->at, gone, s, n);
		return;
	}
	put(&e->gone, from == e->at ? e->gone.len : 0, 0, ed->text.data + from, gone);
	e->at = from;
}

static struct edit *new_edit(struct editor *ed)
{
	if (ed->n_edits == EDITS_MAX) {
		edit_release(&ed->edits[0]);
		memmove(ed->edits, ed->edits + 1, (EDITS_MAX - 1) * sizeof *ed->edits);
		ed->n_edits = ed->done = EDITS_MAX - 1;
	}
	grow(&ed->edits, &ed->cap_edits, ed->n_edits + 1, sizeof *ed->edits);
	struct edit *e = &ed->edits[ed->n_edits++];
	*e = (struct edit){ .gone = BUF_INIT, .came = BUF_INIT };
	ed->done = ed->n_edits;
	return e;
}

/* Replaces `gone` bytes from `from` on; `to`: where the cursor stands after it. */
static void change(struct editor *ed, size_t from, size_t gone, const char *s, size_t n, size_t to, enum last kind)
{
	if (gone == 0 && n == 0)
		return;
	forget_from(ed, ed->done);
	struct edit *e = ed->done ? &ed->edits[ed->done - 1] : NULL;
	if (e && joins(ed, e, from, gone, n, kind)) {
		join(ed, e, from, gone, s, n, kind);
	} else {
		e = new_edit(ed);
		e->at = from;
		e->cursor = ed->at;
		buf_add(&e->gone, ed->text.data + from, gone);
		buf_add(&e->came, s, n);
	}
	put(&ed->text, from, gone, s, n);
	ed->at = settle(ed, to);
	act(ed, kind);
}

void editor_set(struct editor *ed, const char *text, size_t at)
{
	struct buf b = BUF_INIT;
	clean(ed, text, strlen(text), 0, &b);
	if (b.len > ed->max) { /* only by a text that is not of this editor's making */
		b.len = ed->max;
		while (b.len && ((uint8_t)b.data[b.len] & 0xC0) == 0x80)
			b.len--;
		b.data[b.len] = 0;
	}
	buf_release(&ed->text);
	ed->text = b;
	forget_from(ed, 0);
	ed->at = settle(ed, at);
	ed->top = ed->left = 0;
	act(ed, LAST_OTHER);
}

/* A typed letter after a blank begins a new word, and with it a new step of undo. */
static bool begins_word(const struct editor *ed, const char *s, size_t n)
{
	bool bad = false;
	uint32_t c;
	utf8_next(s, n, &c, &bad);
	return ed->at > 0 && !utf8_is_blank(c) && utf8_is_blank(point_at(ed, prev_at(ed, ed->at)));
}

bool editor_insert(struct editor *ed, const char *s, size_t n, bool paste)
{
	struct buf b = BUF_INIT;
	size_t from = ed->at, gone = 0;
	uint32_t first = 0;
	bool bad = false, fits;

	clean(ed, s, n, ed->at ? point_at(ed, utf8_before(ed->text.data, ed->at)) : 0, &b);
	if (b.len == 0) {
		buf_release(&b);
		return true;
	}
	utf8_next(b.data, b.len, &first, &bad);
	if (first > 0x7F && uc_combining_class(first) != 0 && ed->at > 0) { /* a mark: with what it stands on */
		from = prev_at(ed, ed->at);
		gone = ed->at - from;
		struct buf whole = BUF_INIT;
		buf_add(&whole, ed->text.data + from, gone);
		buf_add(&whole, b.data, b.len);
		buf_release(&b);
		b = whole;
	}
	if (b.len > 1)
		compose(&b);
	fits = ed->text.len - gone + b.len <= ed->max;
	if (fits) {
		if (paste || (gone == 0 && begins_word(ed, b.data, b.len)))
			act(ed, LAST_OTHER);
		change(ed, from, gone, b.data, b.len, from + b.len, paste ? LAST_OTHER : LAST_TYPED);
	}
	buf_release(&b);
	return fits;
}

void editor_replace(struct editor *ed, size_t from, size_t to, const char *s)
{
	struct buf b = BUF_INIT;
	if (to > ed->text.len)
		to = ed->text.len;
	if (from > to)
		from = to;
	clean(ed, s, strlen(s), 0, &b);
	compose(&b);
	if (ed->text.len - (to - from) + b.len <= ed->max) {
		size_t at = ed->at < from ? ed->at : ed->at <= to ? from + b.len : ed->at - (to - from) + b.len;
		act(ed, LAST_OTHER);
		change(ed, from, to - from, b.data, b.len, at, LAST_OTHER);
	}
	buf_release(&b);
}

bool editor_undo(struct editor *ed)
{
	act(ed, LAST_OTHER);
	if (ed->done == 0)
		return false;
	const struct edit *e = &ed->edits[--ed->done];
	put(&ed->text, e->at, e->came.len, e->gone.data, e->gone.len);
	ed->at = settle(ed, e->cursor);
	return true;
}

bool editor_redo(struct editor *ed)
{
	act(ed, LAST_OTHER);
	if (ed->done == ed->n_edits)
		return false;
	const struct edit *e = &ed->edits[ed->done++];
	put(&ed->text, e->at, e->gone.len, e->came.data, e->came.len);
	ed->at = settle(ed, e->at + e->came.len);
	return true;
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
		size_t next = after(s, len, at);
		int w = width_of(s, at, next);
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
		size_t next = next_at(ed, from);
		w += width_of(ed->text.data, from, next);
		from = next;
	}
	return w;
}

static size_t at_column(const struct editor *ed, const struct line *l, int col)
{
	size_t at = l->from;
	int w = 0;
	while (at < l->from + l->len) {
		size_t next = next_at(ed, at);
		w += width_of(ed->text.data, at, next);
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

/* ---- motions ----------------------------------------------------------------------------------------------------- */

static bool move_lines(struct editor *ed, long step)
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
	act(ed, LAST_OTHER);
	ed->goal = goal;
	return true;
}

static size_t line_start(const struct editor *ed)
{
	size_t at = ed->at;
	while (at > 0 && ed->text.data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct editor *ed)
{
	size_t at = ed->at;
	while (at < ed->text.len && ed->text.data[at] != '\n')
		at++;
	return at;
}

static size_t word_left(const struct editor *ed, size_t at)
{
	while (at > 0 && !word_at(ed, prev_at(ed, at)))
		at = prev_at(ed, at);
	return editor_word_start(ed, at);
}

static size_t word_right(const struct editor *ed, size_t at)
{
	while (at < ed->text.len && !word_at(ed, at))
		at = next_at(ed, at);
	while (word_at(ed, at))
		at = next_at(ed, at);
	return at;
}

size_t editor_word_start(const struct editor *ed, size_t at)
{
	while (at > 0 && word_at(ed, prev_at(ed, at)))
		at = prev_at(ed, at);
	return at;
}

/* Where a motion within the text goes; those by drawn lines are move_lines's. */
static size_t target(const struct editor *ed, enum motion m)
{
	switch (m) {
	case MO_LEFT: return prev_at(ed, ed->at);
	case MO_RIGHT: return next_at(ed, ed->at);
	case MO_WORD_LEFT: return word_left(ed, ed->at);
	case MO_WORD_RIGHT: return word_right(ed, ed->at);
	case MO_LINE_START: return line_start(ed);
	case MO_LINE_END: return line_end(ed);
	case MO_START: return 0;
	case MO_END: return ed->text.len;
	default: return ed->at;
	}
}

bool editor_move(struct editor *ed, enum motion m)
{
	switch (m) {
	case MO_UP: return move_lines(ed, -1);
	case MO_DOWN: return move_lines(ed, 1);
	case MO_PAGE_UP: return move_lines(ed, -(ed->rows > 1 ? ed->rows : 1));
	case MO_PAGE_DOWN: return move_lines(ed, ed->rows > 1 ? ed->rows : 1);
	default: break;
	}
	size_t to = target(ed, m);
	bool moved = to != ed->at;
	ed->at = to;
	act(ed, LAST_OTHER);
	return moved;
}

/* ---- deleting, killing, yanking ---------------------------------------------------------------------------------- */

static void keep_kill(struct editor *ed, size_t from, size_t to, bool in_front)
{
	char *s = xstrndup(ed->text.data + from, to - from);
	if (ed->last == LAST_KILLED && ed->n_kills) { /* joins the one before */
		struct buf b = BUF_INIT;
		buf_adds(&b, in_front ? s : ed->kills[0]);
		buf_adds(&b, in_front ? ed->kills[0] : s);
		free(s);
		free(ed->kills[0]);
		ed->kills[0] = buf_detach(&b);
		return;
	}
	if (ed->n_kills == KILLS_MAX)
		free(ed->kills[--ed->n_kills]);
	memmove(ed->kills + 1, ed->kills, ed->n_kills * sizeof *ed->kills);
	ed->kills[0] = s;
	ed->n_kills++;
}

static bool take_out(struct editor *ed, size_t to, bool kill)
{
	size_t from = to < ed->at ? to : ed->at, end = to < ed->at ? ed->at : to;
	if (from == end)
		return false;
	if (kill)
		keep_kill(ed, from, end, to < ed->at);
	change(ed, from, end - from, "", 0, from, kill ? LAST_KILLED : LAST_ERASED);
	return true;
}

bool editor_delete(struct editor *ed, enum motion to, bool kill)
{
	return take_out(ed, target(ed, to), kill);
}

bool editor_kill_line(struct editor *ed)
{
	size_t end = line_end(ed);
	return take_out(ed, end == ed->at ? next_at(ed, end) : end, true);
}

static bool yank(struct editor *ed, size_t from, size_t gone, size_t which)
{
	const char *s = ed->kills[which];
	size_t n = strlen(s);
	if (ed->text.len - gone + n > ed->max)
		return false;
	change(ed, from, gone, s, n, from + n, LAST_YANKED);
	ed->yank_from = from;
	ed->yank_to = ed->at;
	ed->pop = which;
	return true;
}

bool editor_yank(struct editor *ed)
{
	return ed->n_kills && yank(ed, ed->at, 0, 0);
}

bool editor_yank_pop(struct editor *ed)
{
	if (ed->last != LAST_YANKED || !ed->n_kills)
		return false;
	return yank(ed, ed->yank_from, ed->yank_to - ed->yank_from, (ed->pop + 1) % ed->n_kills);
}

bool editor_transpose(struct editor *ed)
{
	size_t mid = ed->at == ed->text.len ? prev_at(ed, ed->at) : ed->at, from = prev_at(ed, mid), to = next_at(ed, mid);
	if (from == mid || to == mid)
		return false;
	struct buf b = BUF_INIT;
	buf_add(&b, ed->text.data + mid, to - mid);
	buf_add(&b, ed->text.data + from, mid - from);
	act(ed, LAST_OTHER);
	change(ed, from, to - from, b.data, b.len, to, LAST_OTHER);
	buf_release(&b);
	return true;
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

enum does { MOVES, ERASES, KILLS, DOES };
static bool does_newline(struct editor *ed)
{
	return !ed->one_line && editor_insert(ed, "\n", 1, true);
}

static const struct editor_binding {
	uint32_t code;
	uint8_t mods;
	enum does does;
	enum motion motion;
	bool (*run)(struct editor *ed);
} editor_bindings[] = {
	{ UK_LEFT, 0, MOVES, MO_LEFT, NULL }, { 'b', KEY_CTRL, MOVES, MO_LEFT, NULL },
	{ UK_RIGHT, 0, MOVES, MO_RIGHT, NULL }, { 'f', KEY_CTRL, MOVES, MO_RIGHT, NULL },
	{ UK_LEFT, KEY_CTRL, MOVES, MO_WORD_LEFT, NULL }, { UK_LEFT, KEY_ALT, MOVES, MO_WORD_LEFT, NULL },
	{ 'b', KEY_ALT, MOVES, MO_WORD_LEFT, NULL },
	{ UK_RIGHT, KEY_CTRL, MOVES, MO_WORD_RIGHT, NULL }, { UK_RIGHT, KEY_ALT, MOVES, MO_WORD_RIGHT, NULL },
	{ 'f', KEY_ALT, MOVES, MO_WORD_RIGHT, NULL },
	{ UK_HOME, 0, MOVES, MO_LINE_START, NULL }, { 'a', KEY_CTRL, MOVES, MO_LINE_START, NULL },
	{ UK_END, 0, MOVES, MO_LINE_END, NULL }, { 'e', KEY_CTRL, MOVES, MO_LINE_END, NULL },
	{ UK_HOME, KEY_CTRL, MOVES, MO_START, NULL }, { '<', KEY_ALT, MOVES, MO_START, NULL },
	{ UK_END, KEY_CTRL, MOVES, MO_END, NULL }, { '>', KEY_ALT, MOVES, MO_END, NULL },
	{ UK_UP, 0, MOVES, MO_UP, NULL }, { 'p', KEY_CTRL, MOVES, MO_UP, NULL },
	{ UK_DOWN, 0, MOVES, MO_DOWN, NULL }, { 'n', KEY_CTRL, MOVES, MO_DOWN, NULL },
	{ UK_PAGE_UP, 0, MOVES, MO_PAGE_UP, NULL }, { UK_PAGE_DOWN, 0, MOVES, MO_PAGE_DOWN, NULL },
	{ UK_BACKSPACE, 0, ERASES, MO_LEFT, NULL }, { 'h', KEY_CTRL, ERASES, MO_LEFT, NULL },
	{ UK_DELETE, 0, ERASES, MO_RIGHT, NULL }, { 'd', KEY_CTRL, ERASES, MO_RIGHT, NULL },
	{ 'w', KEY_CTRL, KILLS, MO_WORD_LEFT, NULL }, { UK_BACKSPACE, KEY_ALT, KILLS, MO_WORD_LEFT, NULL },
	{ UK_BACKSPACE, KEY_CTRL, KILLS, MO_WORD_LEFT, NULL },
	{ 'd', KEY_ALT, KILLS, MO_WORD_RIGHT, NULL }, { UK_DELETE, KEY_CTRL, KILLS, MO_WORD_RIGHT, NULL },
	{ 'u', KEY_CTRL, KILLS, MO_LINE_START, NULL },
	{ 'k', KEY_CTRL, DOES, MO_LEFT, editor_kill_line }, { 'y', KEY_CTRL, DOES, MO_LEFT, editor_yank },
	{ 'y', KEY_ALT, DOES, MO_LEFT, editor_yank_pop }, { 't', KEY_CTRL, DOES, MO_LEFT, editor_transpose },
	{ '_', KEY_CTRL, DOES, MO_LEFT, editor_undo }, { '/', KEY_CTRL, DOES, MO_LEFT, editor_undo },
	{ '_', KEY_ALT, DOES, MO_LEFT, editor_redo }, { UK_ENTER, KEY_ALT, DOES, MO_LEFT, does_newline },
};

static bool by_lines(enum motion m)
{
	return m == MO_UP || m == MO_DOWN || m == MO_PAGE_UP || m == MO_PAGE_DOWN;
}

static bool run_binding(struct editor *ed, const struct editor_binding *b)
{
	if (b->does == MOVES && by_lines(b->motion)) /* at the edge the caller may have a use for it */
		return editor_move(ed, b->motion);
	switch (b->does) {
	case MOVES: editor_move(ed, b->motion); break;
	case ERASES: editor_delete(ed, b->motion, false); break;
	case KILLS: editor_delete(ed, b->motion, true); break;
	case DOES: b->run(ed); break;
	}
	return b->run != does_newline || !ed->one_line;
}

bool editor_key(struct editor *ed, const struct key *k)
{
	if (k->code == UK_PASTE) {
		editor_insert(ed, k->paste, strlen(k->paste), true);
		return true;
	}
	if (key_is_text(k)) {
		char s[4];
		editor_insert(ed, s, utf8_write(s, k->code), false);
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(editor_bindings); i++)
		if (editor_bindings[i].code == k->code && editor_bindings[i].mods == k->mods)
			return run_binding(ed, &editor_bindings[i]);
	return false;
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
		size_t end = next_at(ed, from);
		while (end < to && (!p->role_at || p->role_at(p->arg, end) == role))
			end = next_at(ed, end);
		grid_textn(p->g, p->a, row, col, cols - col, role, s + from, end - from);
		col += columns(ed, from, end);
		from = end;
	}
}

static void draw_sideways(struct editor *ed, const struct pen *p, int row, bool focused)
{
	if (ed->left > ed->text.len || ed->at < ed->left)
		ed->left = ed->at;
	ed->left = settle(ed, ed->left);
	while (columns(ed, ed->left, ed->at) >= p->a.cols && ed->left < ed->at)
		ed->left = next_at(ed, ed->left);
	while (ed->left > 0 && columns(ed, prev_at(ed, ed->left), ed->text.len) < p->a.cols) /* shows what fits again */
		ed->left = prev_at(ed, ed->left);
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
