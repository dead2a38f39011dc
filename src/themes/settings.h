/* settings.h: the engine's settings, one frozen set a language; private to src/themes and its measurements. */
#ifndef REGIE_THEMES_SETTINGS_H
#define REGIE_THEMES_SETTINGS_H

#include "src/themes/tongue.h"

struct settings {
	float kind[SIGN_KINDS];   /* what a sign counts, by kind */
	float idf_power;          /* of the IDF factor once ECF counts in full */
	float ecf_after;          /* messages after which ECF counts half */
	float join;               /* score from which a message joins a theme */
	float prepared_join;      /* the same for a prepared one */
	float length;             /* how much less is asked of long messages: (8 / words) to that power */
	float fine;               /* cosine from which it joins a cluster of that theme */
	float of_theme;           /* share of the whole theme's cosine in the score; the rest is its nearest cluster's */
	float merge;              /* cosine from which two small themes are merged */
	float merge_slope;        /* more, a doubling of the smaller one's messages */
	float merge_prepared;     /* a found theme into a prepared one */
	float prepared_weight;    /* messages that a prepared theme's words count as */
	float mutual;             /* how nearly the merge must be the other's best choice, too */
	float merge_most;         /* messages of the smaller theme from which only people merge */
};

struct engine;
struct settings *engine_settings(struct engine *g);

#endif
