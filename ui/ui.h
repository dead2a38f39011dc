/* ui.h: the console as a whole: state of the screen, its loop, and what views may call.
 *
 *   terminal ── keys ──▶ ui_key ──▶ keymap ──▶ action ──▶ acts ──▶ desk ──▶ (sync)
 *   replica, verdicts, link ──▶ ui_turn ──▶ view.changed ──▶ view.draw ──▶ grid ──▶ term_show
 *
 * One thread. A turn drains all waiting keys, takes in what moved, then draws once. Nothing here waits for the network or
 * for a query. ui_run is the loop for a real terminal; tests call ui_key and ui_turn and read the grid.
 */
#ifndef REGIE_UI_UI_H
#define REGIE_UI_UI_H

#include "data/desk.h"
#include "data/replica.h"
#include "src/base/clock.h"
#include "ui/acts.h"
#include "ui/config.h"
#include "ui/grid.h"
#include "ui/layout.h"
#include "ui/link.h"
#include "ui/view.h"
#include "ui/worker.h"

struct term;
struct ui_options {
	const char *dir;                 /* of desk and replica */
	struct desk *desk;               /* the interface's own */
	struct replica *replica;         /* the interface's own connection, read only */
	const struct link *link;
	const struct clock *clock;
	const struct randomness *random;
	struct config *config;
	struct term *term;               /* NULL: headless (tests, --script) */
	int rows, cols;                  /* headless: the screen's size */
	enum role role;                  /* as last known, R_NONE: not yet; the link tells */
	char crew[84];                   /* the seat's name, as last known */
};

enum view_id { V_WEB, V_SMS, V_QUESTION, V_TRANSCRIPT, V_PROMPTER, V_LOG, V_HELP, V_SEATS, VIEWS };

struct ui {
	struct ui_options o;
	struct grid grid;
	struct config *config;
	struct acts *acts;
	struct worker *worker;
	struct view *views[VIEWS];
	struct layout layout;
	enum pane own, focus;            /* the seat's own pane; the one with the keys */
	bool zoom;
	int over;                        /* a view shown over the panes (log, help, seats), or -1 */
	enum role role;
	char seat[ID_MAX], seat_name[84];
	struct link_state link;          /* as of this turn */
	struct key chord[CHORD_MAX];
	int n_chord;
	bool dirty, quit, locked;
	struct prompt *prompt;           /* `:`, `/`, `\`, one-key choices; NULL: none (prompt.h) */
	struct notes *notes;             /* message line and its log (notes.h) */
	struct crew *crew;               /* who sits where and is on what (crew.h) */
	unsigned moved;                  /* VIEW_… bits not yet handed to views */
	int64_t mono;                    /* of this turn */
	struct ui_loop *loop;            /* the loop's own (ui_own.h) */
};

struct ui *ui_new(const struct ui_options *o, struct error *e);
void ui_free(struct ui *ui);                            /* saves the place; never loses a draft */
void ui_key(struct ui *ui, const struct key *k);
/* Takes in what moved and draws into ui->grid when anything is dirty. Returns when the next turn is due by itself, mono
 * ms, or -1. */
int64_t ui_turn(struct ui *ui);
/* Nothing pending: no key, no query, no frame, no act without a verdict while the link is up. */
bool ui_quiet(struct ui *ui);
int ui_run(struct ui *ui);                              /* until quit; the exit code */
/* Plays a script of keys and saves screens, without a terminal: lines "keys j j Enter", "type Bonjour", "wait TEXT",
 * "size 120x36", "screen NAME", "until quiet". Screens go to `out`. False: *e says which line. */
bool ui_script(struct ui *ui, const char *script, struct buf *out, struct error *e);

/* ---- what views call ---- */

const struct world *ui_world(struct ui *ui);            /* acts_world */
int64_t ui_now(const struct ui *ui);                    /* server time, UTC ms */
struct view *ui_focused(struct ui *ui);
void ui_say(struct ui *ui, bool bad, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Does an operation and says what came of it. False: refused at once, the sentence was said. */
bool ui_do(struct ui *ui, const char *op, const char *arg1, const char *arg2, const char *arg3);
bool ui_do_args(struct ui *ui, const char *op, const char *const arg[OP_ARGS_MAX], int64_t rev);
bool ui_arm(struct ui *ui, const char *op, const char *const arg[OP_ARGS_MAX], const char *shows);
void ui_dirty(struct ui *ui);
/* The key of an action as sentences name it: "A", or ":accept-again" when it has none. Appended. */
void ui_key_of(const struct ui *ui, const char *context, const char *action, struct buf *out);
/* Asks for a line at the foot: `label`, first text; `taken(ctx, text)` on Enter, with NULL on Esc; `typed` (may be NULL)
 * on each change. */
void ui_ask(struct ui *ui, const char *label, const char *text, void *ctx, void (*typed)(void *ctx, const char *text),
	void (*taken)(void *ctx, const char *text));
/* Asks for one key of several: rows {key, word}; Esc: none. `key` "1", "h"…: never the key that asked. */
struct choice { const char *key; const char *word; const char *value; };
void ui_choose(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*taken)(void *ctx, const char *value));
/* Who else is on that ("theme:12"): the seat's name, or NULL. */
const char *ui_claimed(const struct ui *ui, const char *what);
/* The scribe's line as presence tells it, and the question the scribe chose; "" when not known. */
const char *ui_typing(const struct ui *ui);
const char *ui_choice(const struct ui *ui);
void ui_presence(struct ui *ui);                        /* something this seat shows to others changed */
/* What others see of this seat: the scribe's line, and the question the scribe chose; "" nothing. */
void ui_show_typing(struct ui *ui, const char *text);
void ui_show_choice(struct ui *ui, const char *question);
void ui_fire(struct ui *ui);                             /* does what is armed and says what came of it, or why nothing is */
void ui_focus(struct ui *ui, enum pane p);
void ui_over(struct ui *ui, int view);                  /* shows or, -1, hides a view over the panes */
const char *ui_name_of(struct ui *ui, const char *seat); /* its name, or "?" */

#endif
