/* engine_own.h: what the engine's files share; private to src/themes.
 *
 *   engine.c         begins and ends it, gives out numbers, takes messages, says what a theme is about
 *   engine_look.c    a message as weighed words, the theme and the cluster it is nearest to
 *   engine_count.c   what a message adds to its cluster, its theme and the words
 *   engine_merge.c   which themes belong together
 *   engine_people.c  what people prepare, move, keep apart
 */
#ifndef REGIE_THEMES_ENGINE_OWN_H
#define REGIE_THEMES_ENGINE_OWN_H

#include "src/themes/engine.h"
#include "src/themes/exact.h"
#include "src/themes/settings.h"
#include "src/themes/vector.h"
#include "src/themes/vocabulary.h"

enum { UNHURRIED = 20000 /* messages until which there is time for more */ };

enum {
	IS_CLUSTER = 1,
	IS_PREPARED = 2,
	IS_SETTLED = 4,
	IS_BUCKET = 8,
	IS_VOUCHED = 16 /* people merged something into it */
};

struct node {
	struct vector own;  /* of the cluster */
	struct vector *sum; /* of the theme; NULL: as `own` */
	uint32_t theme;     /* where the cluster began */
	uint32_t into;      /* the theme's pointer, 0: a root */
	uint32_t n;         /* different messages of the cluster */
	uint32_t all;       /* of the theme with what was merged into it */
	uint8_t flags;
	struct vector *taught; /* a prepared theme's words, so that they can be taken back */
};

/* Of a number, what searches ask for of many of them. */
struct mark {
	float dot;       /* a cluster: of the search at hand */
	float shrink;    /* a cluster: one over its length */
	float theme_dot; /* a theme: of the search at hand */
	uint32_t root;   /* a cluster: a theme on the way from it to its root, the root mostly; */
	uint32_t parted; /* as long as no theme has been parted from another since */
};

/* Numbers come in chunks: to move all that there are would take a millisecond in a large evening. */
enum { CHUNK = 1024 };
struct chunk {
	struct mark mark[CHUNK];
	struct node node[CHUNK];
};

struct engine {
	struct settings set;
	char lang[8];
	struct lexicon *lexicon; /* with what an operator added; NULL: nothing */
	struct tongue *tongue;
	struct exact exact; /* folded words to cluster */
	struct vocabulary words;
	struct chunk **chunk; /* all numbers */
	size_t n, cap_chunks;
	uint32_t last; /* highest number given or reserved */
	uint32_t bucket;
	double square;     /* of the sum of all messages */
	uint32_t messages; /* different ones that ask something */
	uint32_t themes;   /* roots */
	uint32_t parted;   /* how often people parted themes */
	uint32_t hit;      /* root of the last different message, 0: none */
	uint32_t *touched;
	size_t n_touched, cap_touched;
	struct heard heard;
	struct item d[SIGNS_MAX];           /* the message at hand */
	const struct sign *sign[SIGNS_MAX]; /* what each of them is */
	size_t n_d;
	struct merging *apart; /* what people hold apart */
	size_t n_apart, cap_apart;
	struct buf folded;
};

static inline struct node *node_at(const struct engine *g, uint32_t number)
{
	return &g->chunk[number / CHUNK]->node[number % CHUNK];
}

static inline struct mark *mark_at(const struct engine *g, uint32_t number)
{
	return &g->chunk[number / CHUNK]->mark[number % CHUNK];
}

/* ---- engine.c ---------------------------------------------------------------------------------------------------- */

/* The node of a number, made when it is not there yet; valid until the next call. */
struct node *engine_node(struct engine *g, uint32_t number);
/* What a theme weighs: its cluster's words while it is no more than that. */
const struct vector *engine_sum(const struct engine *g, uint32_t theme);
/* Two texts of one key are the same to us. */
uint64_t engine_key(struct engine *g, const char *text);

/* ---- engine_look.c ----------------------------------------------------------------------------------------------- */

/* The text that engine_key was asked for last, into g->heard; false: it asks nothing. */
bool engine_hear(struct engine *g, const char *text);
/* g->heard into g->d: a unit vector, the most telling words first. Changes nothing else: words that never came have no number
 * yet, and get it when the message is counted in. */
void engine_weigh(struct engine *g);
/* Words of g->d that never came get their numbers; those that are not taken in drop out. */
void engine_take_in(struct engine *g);
float engine_cosine(const struct engine *g, uint32_t root);

/* Clusters like `d` into g->touched, with the mark's dot of each, until engine_forget_search. The words that come first matter most;
 * `most` postings are looked at, or a list more. */
enum { LOOKED_AT = 800 /* postings a search */ };
void engine_search(struct engine *g, const struct item *d, size_t n, size_t most);
void engine_forget_search(struct engine *g);

struct candidate {
	uint32_t cluster, theme;
	float cosine, score;
};
/* Where g->d goes: the best theme, and the nearest cluster in it; score 0: nowhere. */
/* How much more is asked of likeness here than elsewhere: 1 as usual. */
float engine_strictness(const struct engine *g);
struct candidate engine_choose(struct engine *g);

/* ---- engine_count.c ---------------------------------------------------------------------------------------------- */

/* A cluster begins, in a theme: its own number, or another. */
void engine_found(struct engine *g, uint32_t cluster, uint32_t theme);
/* For how many messages the next one of a cluster is weighed: of a large one every fourth is, for four, as what it is about is
 * known, and the others, 0, are counted only. */
uint32_t engine_weighs(const struct engine *g, uint32_t cluster);
/* g->d comes to the cluster and its theme so many times, or goes. */
void engine_count_in(struct engine *g, uint32_t cluster, float by);
void engine_count_only(struct engine *g, uint32_t cluster);
/* The theme gets a sum of its own: it is more than one cluster now. */
void engine_own_sum(struct engine *g, uint32_t theme);
/* What `from` weighs comes to `into` and those above it, or goes. */
void engine_move_sum(struct engine *g, const struct vector *from, uint32_t n, uint32_t into, float sign);
/* The weights of a theme's words come to those of all themes, or go. */
void engine_spread_all(struct engine *g, const struct vector *a, float sign);

/* ---- engine_merge.c ---------------------------------------------------------------------------------------------- */

void engine_hold_apart(struct engine *g, uint32_t a, uint32_t b);

#endif
