/* question.h: the question pane: the rundown, and the editor of a wording. The parts share this header.
 *
 *   question_rows.c  what stands where          question_draw.c  the rundown on the screen
 *   question.c       the view                   question_acts.c  its keys
 *   question_edit.c  the wording's editor: drafts, conflicts          question_paint.c  the editor on the screen
 *   question_reading.c  readings of SMS
 *
 * Others need two calls of it: question_open, readings_from.
 */
#ifndef REGIE_UI_QUESTION_H
#define REGIE_UI_QUESTION_H

#include "src/themes/reading.h"
#include "ui/diff.h"
#include "ui/editor.h"
#include "ui/question_rows.h"
#include "ui/ui.h"

/* Goes to the question pane and opens the wording of that question; left or kept, the pane of before has the keys again.
 * False: there is none such. */
bool question_open(struct ui *ui, const char *id);
/* What somebody has written for that question and not kept, here or as presence tells, as a sentence for who is about to
 * air it; appended. False: nothing. */
bool question_unkept(struct ui *ui, const char *id, struct buf *out);

/* Where models of readings come from, set once before the first screen (src/cmd knows the files): NULL and *e when there
 * are none. Called on the worker's thread; the model stays for as long as the process. */
void readings_from(const struct reading_model *(*open)(const char *lang, struct error *e));
/* The reading of a text; false while there is no model (one is then being opened), or nothing would change. */
bool readings_of(struct ui *ui, const char *text, struct reading *out);

/* ---- private to ui/question*.c ---------------------------------------------------------------------------------- */

enum { DRAFT_MS = 40 /* from a key to the desk, below the 50 of DESIGN.md */, SENT_MAX = 16 };

/* A wording being written. It outlives a refusal: words stay in the desk until the backend has them. */
struct wording {
	char id[ID_MAX];         /* the question; "" none is open */
	bool suggest;            /* proposes to who decides; false: edit, or reword once it was aired */
	struct editor *ed;
	int64_t rev;             /* of the question when `base` was read */
	char *base;              /* the wording that was there */
	bool conflict;           /* somebody changed it since: `base` and `rev` are the old ones */
	bool settled;            /* there was one, and it was decided: theirs stays in sight */
	bool another;            /* another seat is editing it too, as presence tells: was said */
	int back;                /* the pane that was left for it, -1: none; left again, that one has the keys */
	int64_t save_at;         /* mono, -1: the desk has it */
	struct diff diff;        /* of what is beside it, and the text */
	char *beside;            /* what it is compared with: the original, or theirs */
	struct reading reading;
	bool read;               /* `reading` is one of the original */
};
#define ASK_DRAFT "draft/ask" /* in the desk: what was typed at the improvised question's line */
struct sent {                    /* an edit the backend has not answered */
	char id[ID_MAX];
	int64_t n;
};
struct question_view {
	struct view view;
	struct ui *ui;           /* for lines and choices that come back */
	struct rundown rundown;
	int64_t built_at;        /* mono */
	bool stale;              /* themes or counts moved since */
	char source[200];        /* where the next one's original comes from: "Ric24 · 19:35" */
	char selected[ID_MAX];
	size_t top;              /* first row drawn of those that scroll */
	int page;                /* rows drawn of those */
	bool closed, gone;       /* those are unfolded */
	struct ids marked, drafts; /* drafts: questions with words in the desk */
	char acting[ID_MAX];     /* the question a line or a choice is being asked about */
	int64_t acting_rev;
	const char *with_reason; /* "drop", "return": what a reason is being asked for */
	char *typed;             /* at the improvised question's line, kept until it was asked */
	char *find;
	int64_t second, minute;  /* last drawn */
	int64_t viewers, public_people, people_aired; /* as the backend told last; -1: not known */
	int64_t public_by[CHANNELS]; /* messages by channel */
	int64_t counted_at;      /* mono */
	struct counting *counting; /* a job under way, or NULL */
	struct wording wording;
	struct sent sent[SENT_MAX];
	size_t n_sent;
	struct diff diff;        /* scratch of drawing */
};

static inline struct question_view *question_view_of(const struct view *v)
{
	return (struct question_view *)(uintptr_t)v;
}
bool question_changed(const struct view *v, struct ui *ui); /* rebuilds rows; keeps the selection on its question */
const struct question_row *question_row(const struct question_view *v, const char *id); /* NULL: it is folded, or not there */
const char *question_channel(const struct question *q);
const char *result_word(enum result r);
const char *hold_word(enum hold h);
void question_draw(struct question_view *v, struct ui *ui, struct area a, bool focused);
void wording_draw(struct question_view *v, struct ui *ui, struct area a, bool focused);
/* Text with its changed words in another role, wrapped; returns the lines used. */
int draw_words(struct grid *g, struct area a, int row, int col, int cols, int rows, enum ui_role role, enum ui_role changed,
	const char *s, const struct diff_side *side);
/* Milliseconds on the air, in whole seconds of the server's clock, so that all that ticks ticks at once; -1: nothing is. */
int64_t question_air_ms(const struct question_view *v, struct ui *ui);

bool wording_is_open(const struct question_view *v);
bool wording_open(struct question_view *v, struct ui *ui, const char *id, bool suggest);
void wording_close(struct question_view *v, struct ui *ui);  /* the words stay in the desk when they differ */
void wording_typed(struct question_view *v, struct ui *ui);  /* after each change of the text */
void wording_keep(struct question_view *v, struct ui *ui);   /* into the desk now */
void wording_changed(struct question_view *v, struct ui *ui, unsigned what);
bool wording_save(struct question_view *v, struct ui *ui);
void drafts_load(struct question_view *v, struct ui *ui);
bool draft_is_kept(const struct question_view *v, const char *id);

extern const struct action_set actions_question, actions_wording;

#endif
