/* transcript_own.h: what the files of the transcript pane (transcript*.c) share. Seen by them only. */
#ifndef REGIE_UI_TRANSCRIPT_OWN_H
#define REGIE_UI_TRANSCRIPT_OWN_H

#include "ui/editor.h"
#include "ui/glossary.h"
#include "ui/scribe.h"
#include "ui/spell.h"
#include "ui/ui.h"

/* A segment as published, or about to be: a copy, in the order people read them. */
struct said {
	char id[ID_MAX];
	char *text, *speaker;
	char *suggestion;        /* what another seat would have it read; "" none */
	char suggested_by[ID_MAX];
	int64_t at, position, revision, rev;
	enum segment_state state;
	bool unsent;             /* withheld by an interruption */
	bool ours;               /* still among our pieces */
};
struct wrong { size_t from, to; };
enum { MENU_MAX = 9, WRONG_MAX = 64, SCRIBE_LEAST_HOLD_MS = 2000, OFFERED_MAX = 16 };

struct transcript {
	struct view view;
	struct ui *ui;
	struct editor *ed;
	struct scribe s;
	struct said *rows;
	size_t n_rows, cap_rows;
	size_t back;             /* segments scrolled back from the newest */
	/* writing */
	bool writing;            /* this seat writes, and claims it */
	bool waiting;            /* the segment whose turn it is cannot go before the event moves */
	bool other;              /* another seat claims it */
	char *shown;             /* what the others were last told */
	/* a correction */
	char correcting[ID_MAX];
	int64_t rev;
	char *opened, *aside;    /* its words as they were; what was being typed */
	size_t aside_at;
	struct {
		int64_t n;       /* the desk's number */
		char *text;
	} offered[OFFERED_MAX];  /* corrections without a verdict: what is refused comes back into the pane */
	size_t n_offered;
	/* help while typing */
	struct glossary *glossary;
	bool glossary_french;
	struct spell *spell;
	char *glossary_named, *dictionary_named; /* the settings they were made by */
	bool spell_begun, misspelt_stale;
	struct wrong wrong[WRONG_MAX];
	size_t n_wrong;
	struct pace pace;
	int64_t typing_since;    /* UTC of the first letter on the line; 0: it is empty */
	/* timers, mono; -1: none */
	int64_t closed_by_space; /* mono: when the end of a sentence closed a segment by itself; 0: not since the last Enter */
	int64_t save_at, tick_at;
	/* menus keep their words here while they are open */
	struct choice menu[SPEAKERS_MAX + 2];
	char *menu_words[SPEAKERS_MAX + 2], *menu_values[SPEAKERS_MAX + 2];
};
static inline struct transcript *transcript_of(const struct view *v)
{
	return (struct transcript *)(uintptr_t)v;
}

bool transcript_may_write(const struct transcript *t);       /* by its role */
bool transcript_types(const struct transcript *t);           /* letters go into the line */
bool transcript_begin(struct transcript *t);                 /* this seat writes now, unless another does: said */
void transcript_close(struct transcript *t);                 /* the line becomes a segment that is held back */
void transcript_edited(struct transcript *t);                /* the line, a segment or the choice changed: save, tell, draw */
void transcript_rows(struct transcript *t);                  /* reads the segments anew */
const struct said *transcript_row(const struct transcript *t, const char *id);
void transcript_correct(struct transcript *t, const struct said *row); /* opens it in the editor */
void transcript_offered(struct transcript *t, int64_t n, const char *text); /* a correction went into the desk */
void transcript_leave(struct transcript *t);                 /* ends a correction, the line put aside comes back */
bool transcript_older(struct transcript *t, int step);       /* another segment to correct; false: there is none */
/* What is typed and held, as others see it; appended. */
void transcript_typed(const struct transcript *t, struct buf *out);
/* Since when something waits that is not published, UTC; 0: nothing does. */
int64_t transcript_behind(const struct transcript *t);
void transcript_draw(struct view *v, struct ui *ui, struct area a, bool focused);
void transcript_speakers(struct transcript *t);              /* menus */
void transcript_choices(struct transcript *t);
void transcript_menu_release(struct transcript *t);

extern const struct action_set actions_transcript;

#endif
