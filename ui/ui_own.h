/* ui_own.h: what the files of the console's loop (ui*.c, prompt.c, status.c, act_global.c) share. Seen by them only. */
#ifndef REGIE_UI_UI_OWN_H
#define REGIE_UI_UI_OWN_H

#include "ui/crew.h"
#include "ui/notes.h"
#include "ui/prompt.h"
#include "ui/status.h"
#include "ui/ui.h"

enum {
	HELD_MS = 700,         /* the same key again within this is a finger that rests on it */
	BURST_KEYS = 8,        /* so many different letters in one go are a paste, not typing */
	CAPS_KEYS = 3,
	ABSENT_MS = 60000,     /* a decision that is older when it is first seen: this seat was not here, or cut off */
	CATCH_UP_MS = 30000,   /* what comes within is of the same absence */
	TAKE_MS = 100,         /* what moved is taken in at most ten times a second */
	PLACE_MS = 3000,
	ARMED_LINES = 5,
	BAND_ROOM = 24,        /* rows of a screen that can spare two for what is abnormal */
};

/* The loop's own state. */
struct ui_loop {
	int64_t skew;          /* added to the clock for keys: scripts have no fingers */
	struct key last;       /* key before, and when, for held ones */
	int64_t last_at;
	bool last_held_said;
	int caps;              /* capitals in a row that meant nothing */
	bool heard;            /* the link or the worker has something */
	int64_t taken_at;      /* mono: the world was last taken in */
	int64_t keyed_at;      /* mono: last key, for the lock */
	bool presence;         /* ours may have changed */
	int64_t presence_due;
	char typing[2600], choice[ID_MAX];
	char *place;           /* as the desk has it */
	int64_t place_due;     /* -1: nothing to save */
	struct status status;
	int64_t seen_act;      /* acts up to this one were before this seat's eyes */
	int64_t meanwhile_at;  /* mono: when it was last told what happened meanwhile; 0: never */
	int64_t left_act;      /* the last one before it last left: the log's "meanwhile" begins there; 0: none */
	int64_t away_at;       /* server ms when it left; 0: here */
	struct buf lock_typed;
	int64_t locked_at;
	char say_to[ID_MAX];
	char word_seen[ID_MAX];/* the last word the bell was rung for */
	char alert_seen[84];
	int64_t words;         /* words to this seat that wait for an acknowledgement */
	char word[ID_MAX];     /* the newest of them */
	bool small;            /* the screen is too small to work */
	bool worded;           /* the event's place was put back */
	int64_t redraw_at;     /* mono: what is shown changes by itself then; -1 */
	bool said_down;        /* the sentence shown says that the link is down */
	bool bell_rung;        /* headless: a bell was due */
	struct layout drawn;
};

void ui_draw(struct ui *ui);                                /* all of it into the grid */
struct view *ui_view(struct ui *ui, int id);                /* makes it when it is not there yet */
enum view_id ui_view_of(const struct ui *ui, enum pane p);
void ui_place_restore(struct ui *ui);
void ui_place_save(struct ui *ui);
void ui_place_moved(struct ui *ui);                         /* save soon */
int64_t ui_take(struct ui *ui);                             /* what moved; when more is due */
void ui_bell(struct ui *ui);
void ui_meanwhile(struct ui *ui);                           /* says how many decisions others took */
/* The first key that does that action here and now, as people read it: no letter where letters are text. Appended. */
void ui_key_for(struct ui *ui, const char *action, struct buf *out);
void ui_contexts(struct ui *ui, const char *out[8]);        /* of the keys now, "global" last, NULL-ended */
bool ui_act(struct ui *ui, const struct action *a, const char *arg);
bool ui_typed(struct ui *ui);                               /* letters are text now */
void ui_role_is(struct ui *ui, enum role role);
void ui_resize(struct ui *ui, int rows, int cols);
void ui_burst(struct ui *ui, const struct key *v, size_t n);/* keys that were read in one go */
/* What people call it: a theme's title, "q7 its wording", a segment's words; appended. `what`: "theme:12", or an id of
 * that kind. */
void ui_call(struct ui *ui, enum kind kind, const char *id, struct buf *out);
void ui_call_target(struct ui *ui, const char *target, struct buf *out);
/* "web: accepted Prix des textos": what an operation did; and as an order, "accept Prix des textos". In the screen's language. */
const char *ui_done_word(const char *op);
const char *ui_op_word(const char *op);
/* The first thing an operation is about, as people call it; `text`: and the words it carries. Appended. */
void ui_call_args(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], bool text, struct buf *out);
void ui_call_op(struct ui *ui, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out);
/* The log's line of an act: "accepted Prix des textos". */
void ui_call_act(struct ui *ui, const struct act *a, struct buf *out);

extern const struct action_set actions_global;

#endif
