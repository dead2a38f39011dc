/* settings.h: the engine's settings, one frozen set a language; private to src/themes and its measurements. */
#ifndef REGIE_THEMES_SETTINGS_H
#define REGIE_THEMES_SETTINGS_H

#include "src/themes/tongue.h"

struct settings {
	float kind[SIGN_KINDS];   /* what a sign counts, by kind; matters: whether they do */
	float matters;            /* share of a message's length that its matters have, beside words */
	float usual;              /* how alike two messages of one event mostly are; where they are more alike than that, */
	float adapt, adapt_merge; /* the bars are raised by the quotient to that power, of merges to the second, too */
	float ecf_after;          /* messages after which ECF counts as much as IDF (vocabulary.h) */

	float join;               /* score from which a message joins a theme */
	float vouched_join;       /* the same for one that people merged something into, */
	float prepared_join;      /* and for a prepared one, */
	float doubt, doubtful;    /* where a second theme comes so near must be so many times that */
	float length;             /* how much less is asked of long messages: (5 / words) to that power */
	float of_theme;           /* share of the whole theme's cosine in the score; the rest is its nearest cluster's */
	float fine;               /* cosine from which a message joins a cluster of that theme */

	float merge;              /* likeness from which two small themes are merged */
	float merge_slope;        /* more, a doubling of the smaller one's messages */
	float merge_prepared;     /* a found theme into a prepared one */
	float centre;             /* how much of what all messages have in common is taken off first */
	float around;             /* how much of the likeness to its next neighbours is taken off, too */
	float mutual;             /* how nearly the merge must be the other's best choice, too */
	float merge_most;         /* messages of the smaller theme from which only people merge */

	float prepared_weight;    /* messages that each of a prepared theme's key words counts as */
};

extern const struct settings settings_french, settings_english;

struct engine;
struct settings *engine_settings(struct engine *g);

#endif
