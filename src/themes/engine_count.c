/* engine_count.c: weights come and go in clusters, themes and words, and each list has an end. */
#include "src/themes/engine_own.h"

#include <math.h>

#include "src/base/mem.h"

enum {
	LIST_MAX = 192, /* clusters in a word's list */
	THEME_WORDS = 768,
	CLUSTER_WORDS = 96,
	LARGE = 32, /* messages of a cluster from which one in SAMPLED is weighed */
	SAMPLED = 4,
};

static void spread(struct engine *g, uint32_t word, float was, float by)
{
	struct word *x = &g->words.v[word];
	g->square += (double)by * (2 * (double)x->sum + (double)by);
	x->sum += by;
	x->squares += by * (2 * was + by);
}

struct trimming {
	struct engine *g;
	uint32_t cluster; /* 0: a theme's sum */
	bool root;
};

static void dropped(void *arg, uint32_t word, float w)
{
	struct trimming *t = arg;
	if (t->cluster != 0)
		vocabulary_unpost(&t->g->words, word, t->cluster);
	if (t->root)
		spread(t->g, word, w, -w);
}

static void trim_sum(struct engine *g, struct vector *sum, bool root)
{
	if (sum->n > THEME_WORDS)
		vector_trim(sum, THEME_WORDS * 3 / 4, dropped, &(struct trimming){ .g = g, .root = root });
}

/* A weight never falls below nothing: what is taken away was weighed at another time. */
static void add_to_sum(struct engine *g, struct vector *sum, uint32_t word, float by, bool root)
{
	float was = by < 0 ? vector_get(sum, word) : 0;
	if (by < -was && by < 0)
		by = -was;
	was = vector_add(sum, word, by);
	if (root)
		spread(g, word, was, by);
}

static void add_to_theme(struct engine *g, uint32_t theme, float by)
{
	for (; theme != 0; theme = node_at(g, theme)->into) {
		struct node *t = node_at(g, theme);
		bool root = t->into == 0;
		t->all = by > 0 ? t->all + 1 : t->all - (t->all > 0);
		if (t->sum == NULL)
			continue; /* its cluster has them */
		for (size_t i = 0; i < g->n_d; i++)
			add_to_sum(g, t->sum, g->d[i].word, by * g->d[i].w, root);
		trim_sum(g, t->sum, root);
	}
}

void engine_own_sum(struct engine *g, uint32_t theme)
{
	struct node *t = node_at(g, theme);
	if (t->sum != NULL)
		return;
	t->sum = xcalloc(1, sizeof *t->sum);
	for (uint32_t i = 0; i < t->own.n; i++)
		vector_add(t->sum, t->own.v[i].word, t->own.v[i].w);
}

/* A full list loses its old half's smallest clusters. They stay what they are, but this word finds them no more. */
static void shorten(struct engine *g, struct word *x)
{
	for (uint32_t small = 1; x->n > LIST_MAX * 3 / 4; small *= 2) {
		uint32_t kept = 0, old = x->n - LIST_MAX / 4;
		for (uint32_t i = 0; i < x->n; i++)
			if (i >= old || node_at(g, x->v[i].cluster)->n > small || node_at(g, x->v[i].cluster)->taught != NULL)
				x->v[kept++] = x->v[i];
		x->n = kept;
		if (small > 1u << 20)
			return;
	}
}

static void post(struct engine *g, uint32_t word, uint32_t cluster, float w)
{
	struct word *x = &g->words.v[word];
	if (x->n >= LIST_MAX)
		shorten(g, x);
	vocabulary_post(&g->words, word, cluster, w);
}

static void trim_cluster(struct engine *g, uint32_t cluster, bool root)
{
	if (node_at(g, cluster)->own.n > CLUSTER_WORDS)
		vector_trim(&node_at(g, cluster)->own, CLUSTER_WORDS * 3 / 4, dropped,
			&(struct trimming){ .g = g, .cluster = cluster, .root = root });
}

void engine_count_in(struct engine *g, uint32_t cluster, float by)
{
	struct node *c = node_at(g, cluster);
	bool alone = c->theme == cluster && c->sum == NULL, root = alone && c->into == 0;
	c->n = by > 0 ? c->n + 1 : c->n - (c->n > 0);
	for (size_t i = 0; i < g->n_d; i++) {
		float w = by * g->d[i].w, was = by < 0 ? vector_get(&c->own, g->d[i].word) : 0;
		if (w < -was && by < 0)
			w = -was;
		was = vector_add(&c->own, g->d[i].word, w);
		post(g, g->d[i].word, cluster, was + w);
		if (root)
			spread(g, g->d[i].word, was, w);
	}
	trim_cluster(g, cluster, root);
	mark_at(g, cluster)->shrink = 1 / sqrtf(node_at(g, cluster)->own.square + 1e-9f);
	add_to_theme(g, c->theme, by);
}

void engine_found(struct engine *g, uint32_t cluster, uint32_t theme)
{
	struct node *c = engine_node(g, cluster);
	c->flags |= IS_CLUSTER;
	c->theme = theme;
	if (theme == cluster) {
		g->themes++;
		return;
	}
	engine_node(g, theme);
	engine_own_sum(g, theme);
}

uint32_t engine_weighs(const struct engine *g, uint32_t cluster)
{
	uint32_t n = cluster < g->n ? node_at(g, cluster)->n : 0;
	return n < LARGE ? 1 : n % SAMPLED == 0 ? SAMPLED : 0;
}

void engine_count_only(struct engine *g, uint32_t cluster)
{
	node_at(g, cluster)->n++;
	for (uint32_t theme = node_at(g, cluster)->theme; theme != 0; theme = node_at(g, theme)->into) {
		node_at(g, theme)->all++;
	}
}

void engine_move_sum(struct engine *g, const struct vector *from, uint32_t n, uint32_t into, float sign)
{
	for (; into != 0; into = node_at(g, into)->into) {
		struct node *t = node_at(g, into);
		engine_own_sum(g, into);
		t->all = sign > 0 ? t->all + n : t->all - n;
		bool root = t->into == 0;
		for (uint32_t i = 0; i < from->n; i++)
			add_to_sum(g, t->sum, from->v[i].word, sign * from->v[i].w, root);
		trim_sum(g, t->sum, root);
	}
}

void engine_spread_all(struct engine *g, const struct vector *a, float sign)
{
	for (uint32_t i = 0; i < a->n; i++) {
		struct word *x = &g->words.v[a->v[i].word];
		double by = (double)sign * (double)a->v[i].w;
		g->square += by * (2 * (double)x->sum + by);
		x->sum += sign * a->v[i].w;
		x->squares += sign * a->v[i].w * a->v[i].w;
	}
}
