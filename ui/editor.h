/* editor.h: a modeless text editor: the scribe's line, the wording of a question, the `:` and `/` prompts.
 *
 * Holds one UTF-8 text, NFC as typed, LF line ends. Positions are byte offsets that always fall between graphemes
 * (Unicode 15 TR29, by libunistring). No terminal, no clock: typed groups for undo end at word ends, motions and any other
 * action. The kill ring is the editor's own, KILLS_MAX long, consecutive kills join.
 */
#ifndef REGIE_UI_EDITOR_H
#define REGIE_UI_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/grid.h"

struct editor;
enum { EDITOR_MAX = 8000 /* bytes, as an operation's argument */ };
struct editor *editor_new(bool one_line, size_t max_bytes);
void editor_free(struct editor *ed);
const char *editor_text(const struct editor *ed);          /* valid until the next change */
size_t editor_len(const struct editor *ed);
size_t editor_at(const struct editor *ed);                 /* cursor */
void editor_set(struct editor *ed, const char *text, size_t at); /* a new text: forgets undo; `at` SIZE_MAX: the end */
/* Types text at the cursor as the door would have it (control characters gone, LF a space in one_line); one undo step for
 * a paste. False when it does not fit: nothing was taken. */
bool editor_insert(struct editor *ed, const char *s, size_t n, bool paste);
/* Replaces [from, to) as one undo step, the cursor after it when it was in or behind (glossary, completion). */
void editor_replace(struct editor *ed, size_t from, size_t to, const char *s);

enum motion { MO_LEFT, MO_RIGHT, MO_WORD_LEFT, MO_WORD_RIGHT, MO_LINE_START, MO_LINE_END, MO_UP, MO_DOWN, MO_PAGE_UP, MO_PAGE_DOWN,
	MO_START, MO_END };
/* Moves; up and down go by drawn lines of the width last drawn and keep their column. False: it was at the edge. */
bool editor_move(struct editor *ed, enum motion m);
/* Deletes from the cursor to where the motion goes; `kill` keeps it for yank. */
bool editor_delete(struct editor *ed, enum motion to, bool kill);
bool editor_kill_line(struct editor *ed);                  /* ^K: to the end of the line, or the line end itself */
bool editor_yank(struct editor *ed);                       /* ^Y */
bool editor_yank_pop(struct editor *ed);                   /* M-y: the one before, right after a yank */
bool editor_transpose(struct editor *ed);                  /* ^T */
bool editor_undo(struct editor *ed);
bool editor_redo(struct editor *ed);
size_t editor_word_start(const struct editor *ed, size_t at); /* of the word that ends at or holds `at` */

/* A key with the usual bindings (arrows, ^A ^E ^F ^B M-f M-b ^W ^U ^K ^Y M-y ^T ^_ M-_ Home End Ctrl-arrows Backspace
 * Delete, letters, pastes). False: not the editor's; callers look at their own keymap first. */
struct key;
bool editor_key(struct editor *ed, const struct key *k);

/* Draws wrapped into `rows` lines of the area from `row`, scrolled so that the cursor is seen, and places the hardware
 * cursor when `focused`. `role_at` (may be NULL) gives the role of the byte at an offset (spelling, differences). One-line
 * editors scroll sideways. Returns the lines used. */
int editor_draw(struct editor *ed, struct grid *g, struct area a, int row, int rows, bool focused, enum ui_role role,
	enum ui_role (*role_at)(void *arg, size_t at), void *arg);
int editor_lines(struct editor *ed, int cols);             /* how many lines it takes at that width */

#endif
