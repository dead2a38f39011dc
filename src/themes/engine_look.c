/* engine_look.c: one search finds the clusters; the best few are compared in full. */
#include "src/themes/engine_own.h"

#include <math.h>

#include "src/base/mem.h"

enum {
	CANDIDATES = 8,    /* clusters that a message is compared with in full */
	TELLING_FEW = 28,  /* words of a message that count at first, */
	TELLING_MANY = 12, /* and when there are many messages */
};

/* ---- a message as a vector ------------------------------------------------------------------------------------- */

static uint32_t how_known(const void *ctx, uint64_t key)
{
	const struct engine *g = ctx;
	uint32_t word = vocabulary_find(&g->words, key);
	return word == 0 ? 0 : g->words.v[word].messages;
}

bool engine_hear(struct engine *g, const char *text)
{
	tongue_hear(g->tongue, text, &g->folded, how_known, g, &g->heard);
	return !g->heard.asks_nothing;
}

/* What does not change from one word of a message to the next. */
struct scale {
	float n, log_n, k, log_k, share;
};

static float telling(const struct scale *c, const struct word *x)
{
	float idf = logf((c->n + 20) / ((float)x->messages + 1)) / c->log_n;
	if (idf < .02f)
		idf = .02f;
	if (x->squares <= 0)
		return idf;
	float ecf = x->sum * x->sum / x->squares;
	float spread = logf((c->k + 2) / (ecf + 1)) / c->log_k;
	if (spread < .02f)
		spread = .02f;
	return (1 - c->share) * idf + c->share * spread;
}

/* What a sign weighs before the others are known. A matter said twice weighs twice; whether it is rare matters little: one that
 * is heard once in an evening was more often misunderstood than meant. */
static float weight_of(const struct engine *g, const struct scale *c, const struct sign *s, uint32_t word)
{
	static const struct word unknown = { 0 };
	float told = telling(c, word == 0 ? &unknown : &g->words.v[word]);
	return s->kind == SIGN_MATTER ? (float)s->times * sqrtf(sqrtf(told)) : g->set.kind[s->kind] * told;
}

static void keep_heaviest(struct engine *g, struct item it, const struct sign *s, size_t most)
{
	if (g->n_d == most && g->d[most - 1].w >= it.w)
		return; /* equal ones in the order of the message */
	size_t at = g->n_d < most ? g->n_d++ : most - 1;
	for (; at > 0 && it.w > g->d[at - 1].w; at--) {
		g->d[at] = g->d[at - 1];
		g->sign[at] = g->sign[at - 1];
	}
	g->d[at] = it;
	g->sign[at] = s;
}

/* The words' part and the matters' part of a message are in a fixed proportion: how many words are of known matters says
 * nothing of how alike two messages are. */
void engine_weigh(struct engine *g)
{
	const struct sign *v = g->heard.v;
	struct item all[SIGNS_MAX];
	float n = (float)g->messages, k = (float)g->themes, words = 0, matters = 0;
	struct scale c = { n, logf(n + 20), k, logf(k + 2), n / (n + g->set.ecf_after) };
	for (size_t i = 0; i < g->heard.n; i++)
		if (g->set.kind[v[i].kind] > 0)
			vocabulary_expect(&g->words, v[i].key);
	for (size_t i = 0; i < g->heard.n; i++) {
		all[i] = (struct item){ 0 };
		if (g->set.kind[v[i].kind] <= 0)
			continue;
		all[i].word = vocabulary_find(&g->words, v[i].key);
		all[i].w = weight_of(g, &c, &v[i], all[i].word);
		*(v[i].kind == SIGN_MATTER ? &matters : &words) += all[i].w * all[i].w;
	}
	float share = words > 0 && matters > 0 ? g->set.matters : matters > 0;
	float by_word = words > 0 ? sqrtf((1 - share) / words) : 0, by_matter = matters > 0 ? sqrtf(share / matters) : 0;
	g->n_d = 0;
	for (size_t i = 0; i < g->heard.n; i++) {
		all[i].w *= v[i].kind == SIGN_MATTER ? by_matter : by_word;
		if (all[i].w > 0)
			keep_heaviest(g, all[i], &v[i], g->messages < UNHURRIED ? TELLING_FEW : TELLING_MANY);
	}
}

void engine_take_in(struct engine *g)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n_d; i++) {
		const struct sign *s = g->sign[i];
		struct item it = g->d[i];
		if (it.word == 0)
			it.word = vocabulary_make(&g->words, s->key);
		if (it.word == 0)
			continue;
		if (s->len > 0)
			vocabulary_spell(&g->words, it.word, g->heard.folded + s->at, s->len);
		g->d[n++] = it;
	}
	g->n_d = n;
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

static void touch(struct engine *g, uint32_t cluster, float by)
{
	struct mark *m = mark_at(g, cluster);
	if (m->dot <= 0) {
		if (g->n_touched == g->cap_touched)
			grow(&g->touched, &g->cap_touched, g->n_touched + 1, sizeof *g->touched);
		g->touched[g->n_touched++] = cluster;
	}
	m->dot += by;
}

void engine_search(struct engine *g, const struct item *d, size_t n, size_t most)
{
	size_t looked = 0;
	g->n_touched = 0;
	for (size_t i = 0; i < n && looked < most; i++) {
		if (d[i].word == 0)
			continue;
		const struct word *x = &g->words.v[d[i].word];
		for (uint32_t p = 0; p < x->n; p++)
			touch(g, x->v[p].cluster, d[i].w * x->v[p].w);
		looked += x->n;
	}
}

void engine_forget_search(struct engine *g)
{
	for (size_t i = 0; i < g->n_touched; i++)
		mark_at(g, g->touched[i])->dot = 0;
	g->n_touched = 0;
}

static size_t best_clusters(const struct engine *g, struct candidate *out, size_t most)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n_touched; i++) {
		uint32_t c = g->touched[i];
		const struct mark *m = mark_at(g, c);
		float cosine = m->dot * m->shrink;
		if (n == most && cosine <= out[n - 1].cosine)
			continue;
		size_t at = n < most ? n++ : n - 1;
		for (; at > 0 && cosine > out[at - 1].cosine; at--)
			out[at] = out[at - 1];
		out[at] = (struct candidate){ .cluster = c, .cosine = cosine };
	}
	return n;
}

float engine_cosine(const struct engine *g, uint32_t root)
{
	const struct vector *sum = engine_sum(g, root);
	return vector_dot(sum, g->d, g->n_d) / sqrtf(sum->square + 1e-9f);
}

/* How much of a bar is asked of the message at hand: in a long one, much stands beside what it asks. */
static float leniency(const struct engine *g)
{
	float content = 0;
	for (size_t i = 0; i < g->heard.n; i++)
		content += g->heard.v[i].kind == SIGN_WORD ? 1 : g->heard.v[i].kind == SIGN_WEAK ? .4f : 0;
	return powf(5 / fminf(fmaxf(content, 4), 15), g->set.length);
}

/* Where all messages are of one world, more is asked of two that belong together. What they have in common is the mean likeness
 * of two of them; a few that are as usual come first. */
float engine_strictness(const struct engine *g)
{
	double n = (double)g->messages, first = 900;
	double common = fmax(0, g->square - n + first * (double)g->set.usual) / (n * n + first);
	return fminf(fmaxf(powf((float)common / g->set.usual, g->set.adapt), .5f), 2);
}

struct candidate engine_choose(struct engine *g)
{
	struct candidate near[CANDIDATES], best = { 0 };
	float mild = leniency(g), strict = engine_strictness(g);
	float second = 0, best_bar = 0;
	bool hurry = g->messages >= UNHURRIED;
	engine_search(g, g->d, g->n_d, hurry ? LOOKED_AT / 2 : 2 * LOOKED_AT);
	size_t n = best_clusters(g, near, hurry ? CANDIDATES / 2 : CANDIDATES);
	for (size_t i = 0; i < n; i++) {
		near[i].theme = engine_theme(g, near[i].cluster);
		bool seen = false;
		for (size_t j = 0; j < i; j++)
			seen |= near[j].theme == near[i].theme;
		if (seen)
			continue;
		float whole = engine_cosine(g, near[i].theme);
		near[i].score = g->set.of_theme * whole + (1 - g->set.of_theme) * near[i].cosine;
		unsigned flags = node_at(g, near[i].theme)->flags;
		if (flags & IS_VOUCHED && near[i].score < near[i].cosine)
			near[i].score = near[i].cosine; /* wide on purpose: one of its clusters is enough */
		float bar = flags & IS_PREPARED ? g->set.prepared_join
			: flags & IS_VOUCHED    ? g->set.vouched_join
						: g->set.join * strict;
		bar *= mild;
		if (near[i].score > best.score) {
			second = best.score;
			best = near[i];
			best_bar = bar;
		} else if (near[i].score > second) {
			second = near[i].score;
		}
	}
	if (best.theme != 0 && node_at(g, best.theme)->flags & IS_PREPARED && second > best.score * g->set.doubt)
		best_bar *= g->set.doubtful;
	if (best.score < best_bar)
		best = (struct candidate){ 0 };
	engine_forget_search(g);
	return best;
}
