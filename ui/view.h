/* view.h: what fills a pane. A view is private data and a row of functions; lists, editors and the prompter are views.
 *
 * Model → view → cells: `changed` takes in what moved and recomputes rows, `draw` only reads and draws, both on the
 * interface thread and neither waits for anything. The selection is an id, never an index.
 */
#ifndef REGIE_UI_VIEW_H
#define REGIE_UI_VIEW_H

#include "src/base/buf.h"
#include "src/model/record.h"
#include "ui/action.h"
#include "ui/grid.h"

struct ui;
struct view;

/* What moved, for `changed`; the first two as acts.h has them. */
enum { VIEW_WORLD = 1, VIEW_ROWS = 2, VIEW_VERDICTS = 4, VIEW_LINK = 8, VIEW_OTHERS = 16 /* presence, claims */, VIEW_SIZE = 32,
	VIEW_FOCUS = 64, VIEW_SETTINGS = 128 /* `:set` */, VIEW_ALL = 255 };

struct view_class {
	const char *name;                      /* "sms": named in regie.conf, the desk and tests */
	const char *const *(*contexts)(const struct view *v); /* of its keys now, nearest first, NULL-ended ("messages", "list") */
	struct view *(*make)(struct ui *ui);   /* allocates; never NULL */
	void (*free)(struct view *v);
	void (*changed)(struct view *v, struct ui *ui, unsigned what);
	/* The words on the rule above it: left (its title) and right (counts). */
	void (*title)(struct view *v, struct ui *ui, struct buf *left, struct buf *right);
	/* All of itself folded into one line, for narrow screens; appended. */
	void (*strip)(struct view *v, struct ui *ui, struct buf *out);
	/* Draws into the area. When `focused` it places the hardware cursor: on the selection, or in the text. */
	void (*draw)(struct view *v, struct ui *ui, struct area a, bool focused);
	/* A key that no binding took, or, when `typing` says so, a letter before bindings without modifiers are looked at.
	 * False: not for it. May be NULL. */
	bool (*key)(struct view *v, struct ui *ui, const struct key *k);
	bool (*typing)(const struct view *v);  /* letters are text now (scribe's line, wording, filter); NULL: never */
	/* When it wants `changed` called again by itself, mono ms, or -1 (clocks, held-back segments). May be NULL. */
	int64_t (*due)(const struct view *v, const struct ui *ui);
	/* Its place as one line of JSON for the desk (selection, order, filter), and back. May be NULL. */
	void (*save)(const struct view *v, struct buf *out);
	void (*restore)(struct view *v, struct ui *ui, const char *saved);
	/* What this seat is on, for its presence: "theme:12", "question:ID"; "" = nothing. Appended. May be NULL. */
	void (*claim)(const struct view *v, struct buf *out);
	/* Nothing is under way that would still change what it shows. May be NULL: always settled. */
	bool (*settled)(const struct view *v, const struct ui *ui);
};
struct view {                                  /* first member of each view's own struct */
	const struct view_class *class;
};

extern const struct view_class view_web, view_sms, view_question, view_transcript, view_prompter, view_log, view_help, view_seats;

#endif
