/* editor.c: the text is one flat buffer (a few thousand bytes at most); edits are kept as (place, gone, came). */
#include "ui/editor_own.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <uninorm.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

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

void editor_act(struct editor *ed, enum last last)
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
	uint8_t *nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)b->data, b->len, NULL, &n);
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
	ed->at = editor_settle(ed, to);
	editor_act(ed, kind);
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
	ed->at = editor_settle(ed, at);
	ed->top = ed->left = 0;
	editor_act(ed, LAST_OTHER);
}

/* A typed letter after a blank begins a new word, and with it a new step of undo. */
static bool begins_word(const struct editor *ed, const char *s, size_t n)
{
	bool bad = false;
	uint32_t c;
	utf8_next(s, n, &c, &bad);
	return ed->at > 0 && !utf8_is_blank(c) && utf8_is_blank(editor_point(ed, editor_prev(ed, ed->at)));
}

bool editor_insert(struct editor *ed, const char *s, size_t n, bool paste)
{
	struct buf b = BUF_INIT;
	size_t from = ed->at, gone = 0;
	uint32_t first = 0;
	bool bad = false, fits;

	clean(ed, s, n, ed->at ? editor_point(ed, utf8_before(ed->text.data, ed->at)) : 0, &b);
	if (b.len == 0) {
		buf_release(&b);
		return true;
	}
	utf8_next(b.data, b.len, &first, &bad);
	if (first > 0x7F && uc_combining_class(first) != 0 && ed->at > 0) { /* a mark: with what it stands on */
		from = editor_prev(ed, ed->at);
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
			editor_act(ed, LAST_OTHER);
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
		editor_act(ed, LAST_OTHER);
		change(ed, from, to - from, b.data, b.len, at, LAST_OTHER);
	}
	buf_release(&b);
}

bool editor_undo(struct editor *ed)
{
	editor_act(ed, LAST_OTHER);
	if (ed->done == 0)
		return false;
	const struct edit *e = &ed->edits[--ed->done];
	put(&ed->text, e->at, e->came.len, e->gone.data, e->gone.len);
	ed->at = editor_settle(ed, e->cursor);
	return true;
}

bool editor_redo(struct editor *ed)
{
	editor_act(ed, LAST_OTHER);
	if (ed->done == ed->n_edits)
		return false;
	const struct edit *e = &ed->edits[ed->done++];
	put(&ed->text, e->at, e->gone.len, e->came.data, e->came.len);
	ed->at = editor_settle(ed, e->at + e->came.len);
	return true;
}

/* ---- motions ----------------------------------------------------------------------------------------------------- */

static bool word_at(const struct editor *ed, size_t at)
{
	return at < ed->text.len && utf8_is_word(editor_point(ed, at));
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
	while (at > 0 && !word_at(ed, editor_prev(ed, at)))
		at = editor_prev(ed, at);
	return editor_word_start(ed, at);
}

static size_t word_right(const struct editor *ed, size_t at)
{
	while (at < ed->text.len && !word_at(ed, at))
		at = editor_next(ed, at);
	while (word_at(ed, at))
		at = editor_next(ed, at);
	return at;
}

size_t editor_word_start(const struct editor *ed, size_t at)
{
	while (at > 0 && word_at(ed, editor_prev(ed, at)))
		at = editor_prev(ed, at);
	return at;
}

/* Where a motion within the text goes; those by drawn lines are move_lines's. */
static size_t target(const struct editor *ed, enum motion m)
{
	switch (m) {
	case MO_LEFT: return editor_prev(ed, ed->at);
	case MO_RIGHT: return editor_next(ed, ed->at);
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
	case MO_UP: return editor_move_lines(ed, -1);
	case MO_DOWN: return editor_move_lines(ed, 1);
	case MO_PAGE_UP: return editor_move_lines(ed, -(ed->rows > 1 ? ed->rows : 1));
	case MO_PAGE_DOWN: return editor_move_lines(ed, ed->rows > 1 ? ed->rows : 1);
	default: break;
	}
	size_t to = target(ed, m);
	bool moved = to != ed->at;
	ed->at = to;
	editor_act(ed, LAST_OTHER);
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
	return take_out(ed, end == ed->at ? editor_next(ed, end) : end, true);
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
	size_t mid = ed->at == ed->text.len ? editor_prev(ed, ed->at) : ed->at, from = editor_prev(ed, mid), to = editor_next(ed, mid);
	if (from == mid || to == mid)
		return false;
	struct buf b = BUF_INIT;
	buf_add(&b, ed->text.data + mid, to - mid);
	buf_add(&b, ed->text.data + from, mid - from);
	editor_act(ed, LAST_OTHER);
	change(ed, from, to - from, b.data, b.len, to, LAST_OTHER);
	buf_release(&b);
	return true;
}
