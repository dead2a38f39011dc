/* editor_key.c: the bindings of a line editor as people know them. */
#include "ui/editor_own.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/key.h"

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
