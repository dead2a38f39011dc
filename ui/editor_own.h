/* editor_own.h: what the files of the editor share. Seen by them only.
 *
 *   editor.c        the text, its edits, undo, kills, motions by letters and words
 *   editor_lines.c  graphemes, drawn lines, motions by them, drawing        editor_key.c  the usual bindings
 */
#ifndef REGIE_UI_EDITOR_OWN_H
#define REGIE_UI_EDITOR_OWN_H

#include "src/base/buf.h"
#include "ui/editor.h"

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

/* Breaks between graphemes: the one after and the one before `at`, the nearest at or before it. */
size_t editor_next(const struct editor *ed, size_t at);
size_t editor_prev(const struct editor *ed, size_t at);
size_t editor_settle(const struct editor *ed, size_t at);
uint32_t editor_point(const struct editor *ed, size_t at); /* the code point there; 0 at the end */
void editor_act(struct editor *ed, enum last last);        /* any action but the one that joins with the last */
bool editor_move_lines(struct editor *ed, long step);      /* by drawn lines; false: it was at the edge */

#endif
