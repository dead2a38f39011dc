/* grid.h: a screen as cells, drawn without a terminal.
 *
 * Views draw into a grid; term.h puts a grid on the real screen. Rows and columns count from 0, at the top left. A cell
 * holds one grapheme (a base and its marks) and a role; a wide grapheme takes two cells, of which the second is a
 * continuation. Everything written is clipped to the area given, and nothing a text holds can leave it: control
 * characters, escape sequences, bidirectional and invisible characters become one visible "·" a piece, whatever came
 * through the door. Half a wide character never stays: what is cut becomes a space.
 */
#ifndef REGIE_UI_GRID_H
#define REGIE_UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "ui/role.h"

enum { CELL_BYTES = 22 };            /* a base and TEXT_MARKS_MAX marks; what is longer loses its last marks */
struct cell {
	char text[CELL_BYTES];       /* UTF-8, NUL-terminated; "" = continuation of a wide one */
	uint8_t wide;                /* 1 or 2; 0: continuation */
	uint8_t role;                /* enum ui_role */
};
struct grid {
	int rows, cols;
	struct cell *cells;          /* rows * cols, row by row */
	int cursor_row, cursor_col;  /* where the hardware cursor sits; row -1: out of the way */
	bool cursor_shown;           /* false: placed (braille, screen readers) but not blinking loudly: see term.h */
};
struct area {
	int row, col, rows, cols;
};

void grid_init(struct grid *g, int rows, int cols);
void grid_release(struct grid *g);
void grid_resize(struct grid *g, int rows, int cols); /* blank afterwards */
void grid_clear(struct grid *g);                       /* spaces, UI_TEXT, no cursor */
struct area grid_area(const struct grid *g);           /* all of it */

/* Writes at (row, col) of the area, in its coordinates, at most `cols` columns; returns the columns taken. Line ends and
 * tabs in `s` are shown as a space. Out of the area: nothing. */
int grid_text(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s);
int grid_textn(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s, size_t n);
int grid_textf(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
/* The same, ending at column `end` (exclusive), cut on the left with "…" when it is wider than `cols`. Returns columns. */
int grid_right(struct grid *g, struct area a, int row, int end, int cols, enum ui_role role, const char *s);
/* As grid_text, but what does not fit ends in "…". */
int grid_cut(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *s);
/* Fills with one character ("─", " "). */
void grid_fill(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role, const char *ch);
/* Changes the role of cells that are there (the selection bar). */
void grid_paint(struct grid *g, struct area a, int row, int col, int cols, enum ui_role role);
void grid_cursor(struct grid *g, struct area a, int row, int col, bool shown);

/* The columns a text takes when it is drawn. */
int text_columns(const char *s, size_t n);
/* Text in lines of at most `cols` columns, broken at spaces, words that are too long cut; LF begins a line. Calls `line`
 * with byte offsets until it returns false. At least one line, also for "". Returns the number of lines. */
int text_wrap(const char *s, int cols, bool (*line)(void *arg, size_t from, size_t len), void *arg);
/* Draws wrapped text into the area from `row`, at most `rows` lines (the last ends in "…" when more follow). Returns the
 * lines used. */
int grid_wrap(struct grid *g, struct area a, int row, int col, int cols, int rows, enum ui_role role, const char *s);

bool grid_same(const struct grid *a, const struct grid *b);
/* The screen as text, a line a row, trailing spaces gone; with `roles` a second block: one letter a cell (role.h). For
 * tests, saved screens and the manual. Appended. */
void grid_dump(const struct grid *g, bool roles, struct buf *out);

/* Numbers as people read them: 1 324 085 with no-break thin spaces in French (ASCII screens: plain spaces), 1,324,085 in
 * English. Appended; ui_ascii and the language from ui/intl.h. */
void add_number(struct buf *b, int64_t n);
/* mm:ss, or h:mm:ss from an hour on; "-" before negative ones. Appended. */
void add_span(struct buf *b, int64_t ms);
/* "19:42" and "19:42:07", local time. Appended. */
void add_hour(struct buf *b, int64_t utc_ms, bool seconds);

#endif
