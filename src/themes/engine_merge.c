/* engine_merge.c: themes' mean messages compared, and pointers set. */
#include "src/themes/engine_own.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"

enum {
	PROBE = 16, /* words of a theme by which others like it are looked for */
	NEIGHBOURS = 7, /* of a theme: the likest, */
	NEXT = 2,       /* of which the first may be parts of it */
	TURNS = 4,  /* numbers that a step passes on its round */
};

bool engine_merge(struct engine *g, uint32_t theme, uint32_t into, enum by by)
{
	engine_node(g, theme > into ? theme : into);
	theme = engine_root(g, theme);
	into = engine_root(g, into);
	if (theme == into || theme == 0 || into == 0 || !(node_at(g, theme)->flags & IS_CLUSTER))
		return false;
	if (!(node_at(g, into)->flags & IS_CLUSTER))
		engine_found(g, into, into);
	engine_spread_all(g, engine_sum(g, theme), -1);
	node_at(g, theme)->into = into;
	engine_move_sum(g, engine_sum(g, theme), node_at(g, theme)->all, into, 1);
	g->themes--;
	if (by == BY_PEOPLE || node_at(g, theme)->flags & IS_VOUCHED)
		node_at(g, into)->flags |= IS_VOUCHED;
	return true;
}

/* The cosine of two themes' mean messages, each less what all messages have in common: among messages of one world all themes
 * are alike a little, and that says nothing. */
static float alike(const struct engine *g, uint32_t a, uint32_t b, float dot)
{
	float n = (float)node_at(g, a)->all, m = (float)node_at(g, b)->all, all = (float)g->messages;
	if (n <= 0 || m <= 0 || all <= 0)
		return 0;
	float common = g->set.centre * (float)g->square / (all * all);
	float x = engine_sum(g, a)->square / (n * n) - common, y = engine_sum(g, b)->square / (m * m) - common;
	return x <= 0 || y <= 0 ? 0 : (dot / (n * m) - common) / sqrtf(x * y);
}

struct nearest {
	uint32_t theme;     /* 0: none */
	float like, around; /* around: how like the next neighbours are */
};

static void rank(float *top, float like)
{
	for (size_t k = 0; k < NEIGHBOURS; k++)
		if (like > top[k]) {
			memmove(top + k + 1, top + k, (NEIGHBOURS - 1 - k) * sizeof *top);
			top[k] = like;
			return;
		}
}

/* The root most like another, by the words that weigh most in it. */
static struct nearest nearest_to(struct engine *g, uint32_t root)
{
	struct item probe[PROBE];
	uint32_t roots[256];
	size_t n_roots = 0;
	bool hurry = g->messages >= UNHURRIED;
	size_t n = vector_heaviest(engine_sum(g, root), probe, hurry ? PROBE / 2 : PROBE);
	engine_search(g, probe, n, hurry ? LOOKED_AT / 4 : LOOKED_AT);
	for (size_t i = 0; i < g->n_touched; i++) {
		uint32_t t = engine_theme(g, g->touched[i]);
		if (t == root || t == 0)
			continue;
		struct mark *m = mark_at(g, t);
		if (m->theme_dot <= 0) {
			if (n_roots == COUNT_OF(roots))
				continue;
			roots[n_roots++] = t;
		}
		m->theme_dot += mark_at(g, g->touched[i])->dot;
	}
	struct nearest best = { 0 };
	float top[NEIGHBOURS] = { 0 };
	for (size_t i = 0; i < n_roots; i++) {
		struct mark *m = mark_at(g, roots[i]);
		float like = alike(g, root, roots[i], m->theme_dot);
		m->theme_dot = 0;
		rank(top, like);
		if (like > best.like) {
			best.like = like;
			best.theme = roots[i];
		}
	}
	engine_forget_search(g);
	for (size_t k = NEXT; k < NEIGHBOURS; k++)
		best.around += top[k] / (NEIGHBOURS - NEXT);
	return best;
}

static bool held_apart(const struct engine *g, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < g->n_apart; i++) {
		uint32_t x = engine_root(g, g->apart[i].theme), y = engine_root(g, g->apart[i].into);
		if ((x == a && y == b) || (x == b && y == a))
			return true;
	}
	return false;
}

void engine_hold_apart(struct engine *g, uint32_t a, uint32_t b)
{
	if (a == b)
		return;
	grow(&g->apart, &g->cap_apart, g->n_apart + 1, sizeof *g->apart);
	g->apart[g->n_apart++] = (struct merging){ .theme = a, .into = b };
}

static bool may_merge(const struct engine *g, uint32_t a, uint32_t b, float cosine)
{
	const struct node *x = node_at(g, a), *y = node_at(g, b);
	bool known = ((x->flags | y->flags) & (IS_PREPARED | IS_VOUCHED)) != 0;
	if (x->flags & (IS_PREPARED | IS_SETTLED) && y->flags & (IS_PREPARED | IS_SETTLED))
		return false;
	float small = (float)(x->all < y->all ? x->all : y->all);
	if (small >= g->set.merge_most)
		return false;
	float bar = (known ? g->set.merge_prepared : g->set.merge * powf(engine_strictness(g), g->set.adapt_merge)) + g->set.merge_slope * log2f(small + 1);
	return cosine >= bar && !held_apart(g, a, b);
}

/* Two themes belong together that stand out for each other from their neighbours. */
static bool propose(struct engine *g, uint32_t root, struct merging *out)
{
	struct nearest there = nearest_to(g, root);
	uint32_t other = there.theme;
	if (other == 0 || !may_merge(g, root, other, there.like - g->set.around * there.around))
		return false;
	struct nearest back = nearest_to(g, other);
	if (back.theme != root && back.like * g->set.mutual > there.like)
		return false;
	if (!may_merge(g, root, other, there.like - g->set.around * (there.around + back.around) / 2))
		return false;
	unsigned kept = IS_PREPARED | IS_SETTLED;
	bool keep = node_at(g, root)->flags & kept || (!(node_at(g, other)->flags & kept) && node_at(g, root)->all > node_at(g, other)->all);
	*out = keep ? (struct merging){ .theme = other, .into = root }
		    : (struct merging){ .theme = root, .into = other };
	return true;
}

static bool is_root(const struct engine *g, uint32_t theme)
{
	const struct node *t = node_at(g, theme);
	return t->flags & IS_CLUSTER && !(t->flags & IS_BUCKET) && t->into == 0 && t->theme == theme;
}

void engine_unmerge(struct engine *g, uint32_t theme)
{
	if (theme >= g->n || node_at(g, theme)->into == 0)
		return;
	uint32_t from = node_at(g, theme)->into;
	engine_move_sum(g, engine_sum(g, theme), node_at(g, theme)->all, from, -1);
	node_at(g, theme)->into = 0;
	g->parted++;
	engine_spread_all(g, engine_sum(g, theme), 1);
	g->themes++;
	engine_hold_apart(g, theme, from);
}

/* A look every so many messages: the more there are, the less each one tells. */
static uint32_t pace(const struct engine *g, uint32_t at_first)
{
	uint32_t every = at_first;
	for (uint32_t n = g->messages / UNHURRIED; n > 0 && every < 128; n /= 2)
		every *= 2;
	return every;
}

/* The other theme is whose turn it is: a matter of how many messages there were, so that a restart need not repeat this. */
bool engine_step(struct engine *g, struct merging *out)
{
	if (g->hit == 0 || g->messages % pace(g, 1) != 0)
		return false;
	if (propose(g, g->hit, out))
		return true;
	if (g->messages % pace(g, 4) != 0)
		return false;
	for (uint32_t i = 0; i < TURNS; i++) {
		uint32_t theme = (uint32_t)(((uint64_t)g->messages * TURNS + i) % (g->last + 1));
		if (theme < g->n && is_root(g, theme))
			return theme != g->hit && propose(g, theme, out);
	}
	return false;
}
