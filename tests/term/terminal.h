/* terminal.h: one terminal as a person has it: a pty with a command on it, and an emulator (libvterm) that shows it.
 *
 * The emulator speaks xterm. What other terminals have of their own is translated before it: the Linux console's palette,
 * REP, and an 8-bit character set. Private modes that were switched on stay listed until they are switched off (7 and 25 are
 * on from the start, as in all terminals), so that a test can ask whether a terminal was left as it was found. Keys send
 * what terminfo says for the terminal's name.
 */
#ifndef REGIE_TESTS_TERMINAL_H
#define REGIE_TESTS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct terminal;
struct terminal_options {
	int rows, cols;
	const char *name;      /* TERM; also set for the command */
	bool latin1;           /* the character set of the terminal; UTF-8 otherwise */
	char *const *env;      /* "NAME=VALUE" over the caller's, NULL-ended */
	char *const *argv;
};
/* Opens a pty and starts the command as the leader of its session. NULL: `why` says what failed. */
struct terminal *terminal_start(const struct terminal_options *o, const char **why);
void terminal_free(struct terminal *t);             /* kills what still runs there */

int terminal_fd(const struct terminal *t);          /* readable: terminal_read */
int terminal_pidfd(const struct terminal *t);       /* readable: the command ended; -1 once that is known */
pid_t terminal_pid(const struct terminal *t);
/* Takes what the command wrote, at most one buffer of it, without waiting. False: there was nothing. */
bool terminal_read(struct terminal *t);
/* Whether the command ended, and its wait status. */
bool terminal_ended(struct terminal *t, int *status);

/* Sends bytes as typed, taking output meanwhile; the clock of latency starts. UTF-8, recoded for an 8-bit terminal. */
void terminal_send(struct terminal *t, const char *s, size_t n);
/* The bytes of a key by name ("j", "Enter", "^A", "M-x", "F10", "PageDown"). 0: no such key. */
size_t terminal_key(const struct terminal *t, const char *name, char *out, size_t max);
void terminal_paste(struct terminal *t, const char *s); /* bracketed where the command asked for it */
void terminal_resize(struct terminal *t, int rows, int cols);

/* Output since the last terminal_send or the start: bytes; and when the first and the last came, ns after it (0: none). */
struct terminal_heard {
	uint64_t bytes, all_bytes /* since the start */, first_ns, last_ns, since_last_ns;
};
void terminal_heard(const struct terminal *t, struct terminal_heard *out);
/* Whether whoever has the terminal's foreground has read all that was typed and rests, every thread of it: what it had to
 * write is written. On a busy machine silence alone says nothing. */
bool terminal_rests(const struct terminal *t);
uint64_t terminal_changes(const struct terminal *t); /* how often output came */

/* The screen as UTF-8, a line a row, blanks at the ends gone; owned by the caller. */
char *terminal_text(const struct terminal *t);
/* One line a row, cells set apart by tabs: ATTRS;FG;BG;WIDTH;TEXT. ATTRS hexadecimal: 1 bold, 2 underline, 4 italic,
 * 8 blink, 10 reverse. A colour is "-" (default), an index or #rrggbb. */
void terminal_cells(const struct terminal *t, FILE *out);
void terminal_size(const struct terminal *t, int *rows, int *cols);
/* "cursor ROW COL shown alternate bells N modes 1,2004": each as it is. */
void terminal_state(const struct terminal *t, FILE *out);
/* The line settings of the tty as words. */
void terminal_stty(const struct terminal *t, FILE *out);
void terminal_tee(struct terminal *t, FILE *f);      /* also writes what comes in there, as it comes; not closed here */

#endif
