/* term.h: the real terminal. The only file of curses is term.c.
 *
 * term_open takes the terminal (alternate screen, raw keys with IXON off, bracketed paste, no mouse) and remembers how it
 * was; it is put back by term_close, at exit, and on SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGHUP and SIGQUIT
 * (only async-signal-safe calls there), so that the person's shell is as it was found. SIGTSTP by key is `term_suspend`.
 */
#ifndef REGIE_UI_TERM_H
#define REGIE_UI_TERM_H

#include "src/base/error.h"
#include "ui/grid.h"
#include "ui/key.h"
#include "ui/role.h"

struct term;
struct term_options {
	int colours;                     /* -1: as the terminal says; 0: none (NO_COLOR, `set colours off`); else at most that many */
	const struct look *looks;        /* UI_ROLE_COUNT of them (config.h), colour and mono already chosen by term_mono */
	bool mouse;                      /* the wheel is Up and Down; false: the terminal's own selection works */
};
struct term *term_open(const struct term_options *o, struct error *e); /* ERR_REFUSED: not a terminal, or TERM unknown */
void term_close(struct term *t);                                   /* leaves the terminal as found; accepts NULL */
void term_settings(struct term *t, int colours, bool mouse);       /* as in term_options, now; then term_looks */
bool term_mono(const struct term *t);
void term_looks(struct term *t, const struct look *looks);         /* another theme of colours */
void term_size(const struct term *t, int *rows, int *cols);
int term_fd(const struct term *t);                                 /* readable for keys, a new size, a stop: then term_key */
/* The next key without waiting; false: none (or half of one: ask again within 25 ms; *half then). UK_RESIZE after the
 * window changed. A paste comes as one key. */
bool term_key(struct term *t, struct key *out, bool *half);
/* Shows the grid: only what differs goes out, in one write. */
void term_show(struct term *t, const struct grid *g);
void term_redraw(struct term *t);                                  /* the next term_show paints everything (^L) */
void term_bell(struct term *t, bool flash);
void term_suspend(struct term *t);                                 /* to the shell (SIGTSTP), and back */
bool term_utf8(void);                                              /* what the locale can show */

#endif
