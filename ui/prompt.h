/* prompt.h: the foot's questions: a line to type (`:`, `/`, a word to somebody) or one key of several.
 *
 * While one is open it has all keys. A line is a one-line editor with a history (`:` only), and completion by Tab. The
 * callbacks run after it has closed, and may open another.
 */
#ifndef REGIE_UI_PROMPT_H
#define REGIE_UI_PROMPT_H

#include "ui/ui.h"

struct prompt;
void prompt_line(struct ui *ui, const char *label, const char *text, void *ctx, void (*typed)(void *ctx, const char *text),
	void (*taken)(void *ctx, const char *text));
void prompt_choice(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*taken)(void *ctx, const char *value));
void prompt_colon(struct ui *ui, const char *text);      /* the `:` line */
void prompt_close(struct ui *ui);                        /* without a word to who asked */
bool prompt_typing(const struct ui *ui);                 /* letters go into a line now */
bool prompt_key(struct ui *ui, const struct key *k);     /* takes every key while it is open; false: none is open */
void prompt_draw(struct ui *ui, struct area line, struct area foot);

/* Runs a `:` line: an operation (public ones are armed), an action of this screen, `set NAME VALUE`. False: a sentence. */
bool prompt_run(struct ui *ui, const char *line, struct error *e);
/* Completions of the last word of a line: calls `take` with each whole word. For Tab, and for tests. */
void prompt_complete(struct ui *ui, const char *line, void (*take)(void *arg, const char *word, const char *help), void *arg);

#endif
