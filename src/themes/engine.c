/* engine.c: clusters in postings, themes as sums of clusters, merges as pointers. */
#include "src/themes/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/themes/builtin.h"
#include "src/themes/exact.h"
#include "src/themes/settings.h"
#include "src/themes/vector.h"
#include "src/themes/vocabulary.h"

enum {
	REFILED = 2,       /* messages that one moved by people counts as */
	CANDIDATES = 8,    /* clusters that a message is compared with in full */
	PROBE = 16,        /* words of a theme by which others like it are looked for */
	UNHURRIED = 20000, /* messages until which there is time for more: */
	TELLING_FEW = 28,  /* words of a message that count then, */
	TELLING_MANY = 12, /* and later */
	LIST_MAX = 192,    /* clusters in a word's list */
	LOOKED_AT = 800,   /* postings a search */
	THEME_WORDS = 768,
	CLUSTER_WORDS = 96,
	LARGE = 32, /* messages of a cluster from which one in SAMPLED is weighed */
	SAMPLED = 4,
	TURNS = 4, /* numbers that a step passes on its round */
};
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

struct engine {
	struct settings set;
	char lang[8];
	struct lexicon *lexicon;
	struct tongue *tongue;
	struct exact exact; /* folded words to cluster */
	struct vocabulary words;
	struct node *v;
	size_t n, cap;
	uint32_t last; /* highest number given or reserved */
	uint32_t bucket;
	double square;     /* of the sum of all messages */
	uint32_t messages; /* different ones that ask something */
	uint32_t themes;   /* roots */
	uint32_t hit;      /* root of the last different message, 0: none */
	float *dot;        /* by cluster: of the search at hand */
	size_t cap_dot;
	uint32_t *touched;
	size_t n_touched, cap_touched;
	float *shrink; /* by cluster: one over its length */
	float *theme_dot;
	size_t cap_theme_dot;
	struct heard heard;
	struct item d[SIGNS_MAX];           /* the message at hand */
	const struct sign *sign[SIGNS_MAX]; /* what each of them is */
	size_t n_d;
	struct merging *apart; /* what people hold apart */
	size_t n_apart, cap_apart;
	struct buf folded;
};

/* Found by a random search over all the sets of `make bench-themes`, then frozen: settings of one set alone differ. */
static const struct settings french = {
	.kind = { [SIGN_WORD] = 1, [SIGN_WEAK] = .55f, [SIGN_FIGURE] = .5f, [SIGN_PAIR] = .45f, [SIGN_MATTER] = .6f },
	.ecf_after = 500,
	.join = .287f,
	.vouched_join = .09f,
	.prepared_join = .13f,
	.doubt = .9f,
	.doubtful = 3,
	.length = .7f,
	.fine = .485f,
	.of_theme = .73f,
	.merge = .185f,
	.merge_slope = .07f,
	.merge_prepared = .1f,
	.centre = 1.55f,
	.mutual = .63f,
	.lead = 1,
	.merge_most = 400,
	.prepared_weight = 2.75f,
};
static const struct settings english = {
	.kind = { [SIGN_WORD] = 1,
		[SIGN_WEAK] = .47f,
		[SIGN_FUNCTION] = .085f,
		[SIGN_FIGURE] = .37f,
		[SIGN_PAIR] = .54f,
		[SIGN_MATTER] = .41f },
	.ecf_after = 1760,
	.join = .256f,
	.vouched_join = .09f,
	.prepared_join = .13f,
	.doubt = .9f,
	.doubtful = 3,
	.fine = .55f,
	.of_theme = .88f,
	.merge = .32f,
	.merge_slope = .025f,
	.merge_prepared = .2f,
	.centre = 1,
	.mutual = 1,
	.merge_most = 400,
	.prepared_weight = 2.75f,
};

struct settings *engine_settings(struct engine *g)
{
	return &g->set;
}

static void read_builtin(struct lexicon *l, const char *lang)
{
	for (const struct builtin *b = builtin_lexicons; b->lang != NULL; b++)
		if (strcmp(b->lang, lang) == 0)
			lexicon_read(l, b->text, b->len, NULL);
}

struct engine *engine_new(const char *lang)
{
	struct engine *g = xcalloc(1, sizeof *g);
	bool fr = strcmp(lang, "fr") == 0;
	g->set = fr ? french : english;
	snprintf(g->lang, sizeof g->lang, "%s", lang);
	g->lexicon = lexicon_new();
	read_builtin(g->lexicon, lang);
	g->tongue = tongue_new(lang, g->lexicon);
	buf_init(&g->folded, 0);
	return g;
}

bool engine_speaks(const char *lang)
{
	return tongue_speaks(lang);
}

void engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n; i++) {
		vector_release(&g->v[i].own);
		if (g->v[i].sum != NULL)
			vector_release(g->v[i].sum);
		free(g->v[i].sum);
		if (g->v[i].taught != NULL)
			vector_release(g->v[i].taught);
		free(g->v[i].taught);
	}
	free(g->v);
	free(g->dot);
	free(g->theme_dot);
	free(g->shrink);
	free(g->touched);
	free(g->apart);
	vocabulary_release(&g->words);
	exact_release(&g->exact);
	tongue_free(g->tongue);
	lexicon_free(g->lexicon);
	buf_release(&g->folded);
	free(g);
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

/* What is new is cleared one by one: all of it at once would take a millisecond in a large evening. */
static struct node *node_of(struct engine *g, uint32_t number)
{
	if (number < g->n)
		return &g->v[number];
	grow(&g->v, &g->cap, (size_t)number + 1, sizeof *g->v);
	if (g->cap_dot < g->cap) {
		g->dot = xrealloc(g->dot, g->cap, sizeof *g->dot);
		g->shrink = xrealloc(g->shrink, g->cap, sizeof *g->shrink);
		g->theme_dot = xrealloc(g->theme_dot, g->cap, sizeof *g->theme_dot);
		g->cap_dot = g->cap;
	}
	for (; g->n <= number; g->n++) {
		g->v[g->n] = (struct node){ 0 };
		g->dot[g->n] = g->shrink[g->n] = g->theme_dot[g->n] = 0;
	}
	return &g->v[number];
}

uint32_t engine_reserve(struct engine *g)
{
	return ++g->last;
}

void engine_reserved(struct engine *g, uint32_t number)
{
	if (number > g->last)
		g->last = number;
}

uint32_t engine_root(const struct engine *g, uint32_t theme)
{
	while (theme < g->n && g->v[theme].into != 0)
		theme = g->v[theme].into;
	return theme;
}

uint32_t engine_theme(const struct engine *g, uint32_t cluster)
{
	return cluster < g->n && g->v[cluster].theme != 0 ? engine_root(g, g->v[cluster].theme)
							  : engine_root(g, cluster);
}

uint32_t engine_bucket(const struct engine *g)
{
	return g->bucket;
}

void engine_set_bucket(struct engine *g, uint32_t number)
{
	g->bucket = number;
	engine_reserved(g, number);
	struct node *b = node_of(g, number);
	b->flags |= IS_CLUSTER | IS_BUCKET;
	b->theme = number;
}

static const struct vector *sum_of(const struct engine *g, uint32_t theme)
{
	return g->v[theme].sum != NULL ? g->v[theme].sum : &g->v[theme].own;
}

/* ---- a message as a vector ------------------------------------------------------------------------------------- */

static uint32_t how_known(const void *ctx, uint64_t key)
{
	const struct engine *g = ctx;
	uint32_t word = vocabulary_find(&g->words, key);
	return word == 0 ? 0 : g->words.v[word].messages;
}

static float telling(const struct engine *g, const struct word *x)
{
	float n = (float)g->messages, k = (float)g->themes;
	float idf = logf((n + 20) / ((float)x->messages + 1)) / logf(n + 20);
	float share = n / (n + g->set.ecf_after);
	if (idf < .02f)
		idf = .02f;
	if (x->squares <= 0)
		return idf;
	float ecf = x->sum * x->sum / x->squares;
	float spread = logf((k + 2) / (ecf + 1)) / logf(k + 2);
	if (spread < .02f)
		spread = .02f;
	return (1 - share) * idf + share * spread;
}

static bool tells_more(const struct item *x, const struct item *y)
{
	return x->w > y->w; /* else in the order of the message */
}

/* g->heard into g->d: a unit vector, the most telling words first. Changes nothing else: words that never came have no number
 * yet, and get it when the message is counted in. */
static void weigh(struct engine *g)
{
	static const struct word unknown = { 0 };
	float square = 0;
	g->n_d = 0;
	for (size_t i = 0; i < g->heard.n; i++) {
		const struct sign *s = &g->heard.v[i];
		float w = g->set.kind[s->kind];
		if (w <= 0)
			continue;
		uint32_t word = vocabulary_find(&g->words, s->key);
		w *= telling(g, word == 0 ? &unknown : &g->words.v[word]);
		struct item it = { .word = word, .w = w };
		size_t at = g->n_d++;
		for (; at > 0 && tells_more(&it, &g->d[at - 1]); at--) {
			g->d[at] = g->d[at - 1];
			g->sign[at] = g->sign[at - 1];
		}
		g->d[at] = it;
		g->sign[at] = s;
		square += w * w;
	}
	float by = square > 0 ? 1 / sqrtf(square) : 0;
	size_t most = g->messages < UNHURRIED ? TELLING_FEW : TELLING_MANY;
	if (g->n_d > most)
		g->n_d = most;
	for (size_t i = 0; i < g->n_d; i++)
		g->d[i].w *= by;
}

/* Words that never came get their numbers; those that are not taken in drop out. */
static void take_words_in(struct engine *g)
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
	if (g->dot[cluster] <= 0) {
		if (g->n_touched == g->cap_touched)
			grow(&g->touched, &g->cap_touched, g->n_touched + 1, sizeof *g->touched);
		g->touched[g->n_touched++] = cluster;
	}
	g->dot[cluster] += by;
}

/* The words that come first matter most; `most` postings are looked at, or a list more. */
static void search(struct engine *g, const struct item *d, size_t n, size_t most)
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

static void forget_search(struct engine *g)
{
	for (size_t i = 0; i < g->n_touched; i++)
		g->dot[g->touched[i]] = 0;
	g->n_touched = 0;
}

struct candidate {
	uint32_t cluster, theme;
	float cosine, score;
};

static size_t best_clusters(const struct engine *g, struct candidate *out, size_t most)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n_touched; i++) {
		uint32_t c = g->touched[i];
		float cosine = g->dot[c] * g->shrink[c];
		if (n == most && cosine <= out[n - 1].cosine)
			continue;
		size_t at = n < most ? n++ : n - 1;
		for (; at > 0 && cosine > out[at - 1].cosine; at--)
			out[at] = out[at - 1];
		out[at] = (struct candidate){ .cluster = c, .cosine = cosine };
	}
	return n;
}

static float cosine_to_theme(const struct engine *g, uint32_t root)
{
	const struct vector *sum = sum_of(g, root);
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

/* Where g->d goes: the best theme, and the nearest cluster in it. */
static struct candidate choose(struct engine *g)
{
	struct candidate near[CANDIDATES], best = { 0 };
	float mild = leniency(g);
	float second = 0, best_bar = 0;
	bool hurry = g->messages >= UNHURRIED;
	search(g, g->d, g->n_d, hurry ? LOOKED_AT / 2 : 2 * LOOKED_AT);
	size_t n = best_clusters(g, near, hurry ? CANDIDATES / 2 : CANDIDATES);
	for (size_t i = 0; i < n; i++) {
		near[i].theme = engine_theme(g, near[i].cluster);
		bool seen = false;
		for (size_t j = 0; j < i; j++)
			seen |= near[j].theme == near[i].theme;
		if (seen)
			continue;
		float whole = cosine_to_theme(g, near[i].theme);
		near[i].score = g->set.of_theme * whole + (1 - g->set.of_theme) * near[i].cosine;
		unsigned flags = g->v[near[i].theme].flags;
		if (flags & IS_VOUCHED && near[i].score < near[i].cosine)
			near[i].score = near[i].cosine; /* wide on purpose: one of its clusters is enough */
		float bar = flags & IS_PREPARED ? g->set.prepared_join
			: flags & IS_VOUCHED    ? g->set.vouched_join
						: g->set.join;
		bar *= mild;
		if (near[i].score > best.score) {
			second = best.score;
			best = near[i];
			best_bar = bar;
		} else if (near[i].score > second) {
			second = near[i].score;
		}
	}
	if (best.theme != 0 && g->v[best.theme].flags & IS_PREPARED && second > best.score * g->set.doubt)
		best_bar *= g->set.doubtful;
	if (best.score < best_bar)
		best = (struct candidate){ 0 };
	forget_search(g);
	return best;
}

/* ---- counting in ----------------------------------------------------------------------------------------------- */

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
	for (; theme != 0; theme = g->v[theme].into) {
		struct node *t = &g->v[theme];
		bool root = t->into == 0;
		t->all = by > 0 ? t->all + 1 : t->all - (t->all > 0);
		if (t->sum == NULL)
			continue; /* its cluster has them */
		for (size_t i = 0; i < g->n_d; i++)
			add_to_sum(g, t->sum, g->d[i].word, by * g->d[i].w, root);
		trim_sum(g, t->sum, root);
	}
}

/* The theme gets a sum of its own: it is more than one cluster now. */
static void own_sum(struct engine *g, uint32_t theme)
{
	struct node *t = &g->v[theme];
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
			if (i >= old || g->v[x->v[i].cluster].n > small || g->v[x->v[i].cluster].taught != NULL)
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
	if (g->v[cluster].own.n > CLUSTER_WORDS)
		vector_trim(&g->v[cluster].own, CLUSTER_WORDS * 3 / 4, dropped,
			&(struct trimming){ .g = g, .cluster = cluster, .root = root });
}

static void count_in(struct engine *g, uint32_t cluster, float by)
{
	struct node *c = &g->v[cluster];
	bool alone = c->theme == cluster && c->sum == NULL, root = alone && c->into == 0;
	c->n = by > 0 ? c->n + 1 : c->n - (c->n > 0);
	for (size_t i = 0; i < g->n_d; i++) {
		float w = by * g->d[i].w, was = vector_get(&c->own, g->d[i].word);
		if (w < -was)
			w = -was;
		vector_add(&c->own, g->d[i].word, w);
		post(g, g->d[i].word, cluster, was + w);
		if (root)
			spread(g, g->d[i].word, was, w);
	}
	trim_cluster(g, cluster, root);
	g->shrink[cluster] = 1 / sqrtf(g->v[cluster].own.square + 1e-9f);
	add_to_theme(g, c->theme, by);
}

static void found(struct engine *g, uint32_t cluster, uint32_t theme)
{
	struct node *c = node_of(g, cluster);
	c->flags |= IS_CLUSTER;
	c->theme = theme;
	if (theme == cluster) {
		g->themes++;
		return;
	}
	node_of(g, theme);
	own_sum(g, theme);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static uint64_t key_of(struct engine *g, const char *text)
{
	buf_reset(&g->folded);
	text_fold(text, &g->folded);
	if (g->folded.len == 0)
		buf_adds(&g->folded, text);
	return exact_key(g->folded.data, g->folded.len);
}

/* Of a large cluster every fourth message is weighed, for four: what it is about is known. */
static bool is_weighed(const struct engine *g, uint32_t cluster)
{
	uint32_t n = cluster < g->n ? g->v[cluster].n : 0;
	return n < LARGE || n % SAMPLED == 0;
}

static void count_only(struct engine *g, uint32_t cluster)
{
	g->v[cluster].n++;
	for (uint32_t theme = g->v[cluster].theme; theme != 0; theme = g->v[theme].into) {
		g->v[theme].all++;
	}
}

/* g->d is the message's where it is weighed. */
static void commit(struct engine *g, uint64_t key, uint32_t cluster, uint32_t theme)
{
	bool fresh = cluster >= g->n || !(g->v[cluster].flags & IS_CLUSTER);
	engine_reserved(g, cluster);
	if (fresh)
		found(g, cluster, theme);
	exact_put(&g->exact, key, cluster);
	if (g->v[cluster].flags & IS_BUCKET) {
		g->v[cluster].n++;
		return;
	}
	g->messages++;
	g->hit = engine_theme(g, cluster);
	if (!is_weighed(g, cluster)) {
		count_only(g, cluster);
		return;
	}
	uint32_t for_others = g->v[cluster].n < LARGE ? 0 : SAMPLED - 1;
	take_words_in(g);
	count_in(g, cluster, (float)(1 + for_others));
	for (size_t i = 0; i < g->n_d; i++)
		g->words.v[g->d[i].word].messages += 1 + for_others;
}

struct placing engine_place(struct engine *g, const char *text, int64_t at_ms)
{
	(void)at_ms;
	uint64_t key = key_of(g, text);
	uint32_t known = exact_get(&g->exact, key);
	g->hit = 0;
	if (known != 0)
		return (struct placing){
			.cluster = known, .theme = engine_theme(g, known), .asks_nothing = known == g->bucket
		};
	tongue_hear(g->tongue, text, how_known, g, &g->heard);
	struct placing p = { .cluster = 0 };
	if (g->heard.asks_nothing) {
		p.fresh = g->bucket == 0;
		if (p.fresh)
			engine_set_bucket(g, engine_reserve(g));
		p.cluster = p.theme = g->bucket;
		p.asks_nothing = true;
		commit(g, key, p.cluster, p.theme);
		return p;
	}
	weigh(g);
	struct candidate c = choose(g);
	p.cluster = c.score > 0 && c.cosine >= g->set.fine ? c.cluster : engine_reserve(g);
	p.fresh = p.cluster != c.cluster;
	p.theme = c.score > 0 ? c.theme : p.cluster;
	commit(g, key, p.cluster, p.theme);
	return p;
}

void engine_restore(struct engine *g, const char *text, int64_t at_ms, uint32_t cluster, uint32_t theme)
{
	(void)at_ms;
	if (cluster == 0)
		return;
	uint64_t key = key_of(g, text);
	g->hit = 0;
	if (exact_get(&g->exact, key) != 0)
		return;
	if (cluster == g->bucket) {
		commit(g, key, cluster, theme);
		return;
	}
	if (is_weighed(g, cluster)) {
		tongue_hear(g->tongue, text, how_known, g, &g->heard);
		weigh(g);
	}
	commit(g, key, cluster, theme);
}

/* ---- merges ---------------------------------------------------------------------------------------------------- */

/* What `from` weighs comes to `into` and those above it, or goes. */
static void move_sum(struct engine *g, const struct vector *from, uint32_t n, uint32_t into, float sign)
{
	for (; into != 0; into = g->v[into].into) {
		struct node *t = &g->v[into];
		own_sum(g, into);
		t->all = sign > 0 ? t->all + n : t->all - n;
		bool root = t->into == 0;
		for (uint32_t i = 0; i < from->n; i++)
			add_to_sum(g, t->sum, from->v[i].word, sign * from->v[i].w, root);
		trim_sum(g, t->sum, root);
	}
}

static void spread_all(struct engine *g, const struct vector *a, float sign)
{
	for (uint32_t i = 0; i < a->n; i++) {
		struct word *x = &g->words.v[a->v[i].word];
		double by = (double)sign * (double)a->v[i].w;
		g->square += by * (2 * (double)x->sum + by);
		x->sum += sign * a->v[i].w;
		x->squares += sign * a->v[i].w * a->v[i].w;
	}
}

bool engine_merge(struct engine *g, uint32_t theme, uint32_t into, enum by by)
{
	node_of(g, theme > into ? theme : into);
	theme = engine_root(g, theme);
	into = engine_root(g, into);
	if (theme == into || theme == 0 || into == 0 || !(g->v[theme].flags & IS_CLUSTER))
		return false;
	if (!(g->v[into].flags & IS_CLUSTER))
		found(g, into, into);
	spread_all(g, sum_of(g, theme), -1);
	g->v[theme].into = into;
	move_sum(g, sum_of(g, theme), g->v[theme].all, into, 1);
	g->themes--;
	if (by == BY_PEOPLE || g->v[theme].flags & IS_VOUCHED)
		g->v[into].flags |= IS_VOUCHED;
	return true;
}

/* The cosine of two themes' mean messages, each less what all messages have in common: among messages of one world all themes
 * are alike a little, and that says nothing. */
static float alike(const struct engine *g, uint32_t a, uint32_t b, float dot)
{
	float n = (float)g->v[a].all, m = (float)g->v[b].all, all = (float)g->messages;
	if (n <= 0 || m <= 0 || all <= 0)
		return 0;
	float common = g->set.centre * (float)g->square / (all * all);
	float x = sum_of(g, a)->square / (n * n) - common, y = sum_of(g, b)->square / (m * m) - common;
	return x <= 0 || y <= 0 ? 0 : (dot / (n * m) - common) / sqrtf(x * y);
}

/* The root most like another, by the words that weigh most in it. */
static uint32_t likest(struct engine *g, uint32_t root, float *cosine)
{
	struct item probe[PROBE];
	const struct vector *sum = sum_of(g, root);
	size_t n = vector_heaviest(sum, probe, PROBE);
	uint32_t best = 0, roots[256];
	size_t n_roots = 0;
	search(g, probe, n, g->messages < UNHURRIED ? LOOKED_AT : LOOKED_AT / 2);
	for (size_t i = 0; i < g->n_touched; i++) {
		uint32_t t = engine_theme(g, g->touched[i]);
		if (t == root || t == 0)
			continue;
		if (g->theme_dot[t] <= 0) {
			if (n_roots == COUNT_OF(roots))
				continue;
			roots[n_roots++] = t;
		}
		g->theme_dot[t] += g->dot[g->touched[i]];
	}
	float second = 0;
	*cosine = 0;
	for (size_t i = 0; i < n_roots; i++) {
		float c = alike(g, root, roots[i], g->theme_dot[roots[i]]);
		if (c > *cosine) {
			second = *cosine;
			*cosine = c;
			best = roots[i];
		} else if (c > second) {
			second = c;
		}
		g->theme_dot[roots[i]] = 0;
	}
	forget_search(g);
	if (second * g->set.lead > *cosine)
		*cosine = 0;
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

static void hold_apart(struct engine *g, uint32_t a, uint32_t b)
{
	if (a == b)
		return;
	grow(&g->apart, &g->cap_apart, g->n_apart + 1, sizeof *g->apart);
	g->apart[g->n_apart++] = (struct merging){ .theme = a, .into = b };
}

void engine_unmerge(struct engine *g, uint32_t theme)
{
	if (theme >= g->n || g->v[theme].into == 0)
		return;
	uint32_t from = g->v[theme].into;
	move_sum(g, sum_of(g, theme), g->v[theme].all, from, -1);
	g->v[theme].into = 0;
	spread_all(g, sum_of(g, theme), 1);
	g->themes++;
	hold_apart(g, theme, from);
}

void engine_refile(struct engine *g, const char *text, uint32_t from, uint32_t to)
{
	uint64_t key = key_of(g, text);
	if (from == to || to == 0)
		return;
	engine_reserved(g, to);
	node_of(g, to > from ? to : from);
	exact_put(&g->exact, key, to);
	if (!(g->v[to].flags & IS_CLUSTER))
		found(g, to, to);
	tongue_hear(g->tongue, text, how_known, g, &g->heard);
	weigh(g);
	take_words_in(g);
	if (from != 0 && g->v[from].flags & IS_CLUSTER && !(g->v[from].flags & IS_BUCKET)) {
		count_in(g, from, -1);
		hold_apart(g, g->v[from].theme, to);
	}
	if (!(g->v[to].flags & IS_BUCKET))
		count_in(g, to, REFILED);
}

static bool may_merge(const struct engine *g, uint32_t a, uint32_t b, float cosine)
{
	const struct node *x = &g->v[a], *y = &g->v[b];
	bool known = ((x->flags | y->flags) & (IS_PREPARED | IS_VOUCHED)) != 0;
	if (x->flags & (IS_PREPARED | IS_SETTLED) && y->flags & (IS_PREPARED | IS_SETTLED))
		return false;
	float small = (float)(x->all < y->all ? x->all : y->all);
	if (small >= g->set.merge_most)
		return false;
	float bar = (known ? g->set.merge_prepared : g->set.merge) + g->set.merge_slope * log2f(small + 1);
	return cosine >= bar && !held_apart(g, a, b);
}

static bool propose(struct engine *g, uint32_t root, struct merging *out)
{
	float cosine, back;
	uint32_t other = likest(g, root, &cosine);
	if (other == 0 || !may_merge(g, root, other, cosine))
		return false;
	if (likest(g, other, &back) != root && back * g->set.mutual > cosine)
		return false;
	unsigned kept = IS_PREPARED | IS_SETTLED;
	bool keep = g->v[root].flags & kept || (!(g->v[other].flags & kept) && g->v[root].all > g->v[other].all);
	*out = keep ? (struct merging){ .theme = other, .into = root }
		    : (struct merging){ .theme = root, .into = other };
	return true;
}

static bool is_root(const struct engine *g, uint32_t theme)
{
	const struct node *t = &g->v[theme];
	return t->flags & IS_CLUSTER && !(t->flags & IS_BUCKET) && t->into == 0 && t->theme == theme;
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

/* ---- prepared -------------------------------------------------------------------------------------------------- */

static void teach(struct engine *g, uint32_t theme, const char *text, size_t len, float by)
{
	char *one = xstrndup(text, len);
	tongue_hear(g->tongue, one, how_known, g, &g->heard);
	free(one);
	weigh(g);
	take_words_in(g);
	if (g->n_d == 0)
		return;
	count_in(g, theme, by);
	for (size_t i = 0; i < g->n_d; i++)
		vector_add(g->v[theme].taught, g->d[i].word, by * g->d[i].w);
}

static void teach_each(struct engine *g, uint32_t theme, const char *list, const char *separator, float by)
{
	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, separator);
		teach(g, theme, p, n, by);
		p += n + (p[n] != '\0');
	}
}

static void unteach(struct engine *g, uint32_t theme)
{
	struct vector *was = g->v[theme].taught;
	if (was == NULL)
		return;
	for (uint32_t i = 0; i < was->n; i++) {
		g->d[0] = (struct item){ .word = was->v[i].word, .w = was->v[i].w };
		g->n_d = 1;
		count_in(g, theme, -1);
	}
	vector_release(was);
}

void engine_prepare(struct engine *g, uint32_t theme, const char *title, const char *words, const char *examples)
{
	engine_reserved(g, theme);
	node_of(g, theme);
	if (!(g->v[theme].flags & IS_CLUSTER))
		found(g, theme, theme);
	unteach(g, theme);
	if (g->v[theme].taught == NULL)
		g->v[theme].taught = xcalloc(1, sizeof(struct vector));
	g->v[theme].flags |= IS_PREPARED;
	teach_each(g, theme, title, "\n", g->set.prepared_weight * .5f);
	teach_each(g, theme, words, ",", g->set.prepared_weight);
	teach_each(g, theme, examples, "\n", 1);
}

void engine_settle(struct engine *g, uint32_t theme, bool settled)
{
	struct node *t = node_of(g, theme);
	t->flags = (uint8_t)(settled ? t->flags | IS_SETTLED : t->flags & ~(unsigned)IS_SETTLED);
}

bool engine_lexicon(struct engine *g, const char *text, size_t len, struct error *e)
{
	struct lexicon *trial = lexicon_new();
	bool good = lexicon_read(trial, text, len, e);
	lexicon_free(trial);
	if (!good || !lexicon_read(g->lexicon, text, len, e))
		return false;
	tongue_free(g->tongue);
	g->tongue = tongue_new(g->lang, g->lexicon);
	return true;
}

/* ---- what a theme is about ------------------------------------------------------------------------------------- */

void engine_words(const struct engine *g, uint32_t theme, size_t most, struct buf *out)
{
	struct item top[PROBE];
	theme = engine_root(g, theme);
	if (theme >= g->n)
		return;
	size_t n = vector_heaviest(sum_of(g, theme), top, PROBE), said = 0;
	for (size_t i = 0; i < n && said < most; i++) {
		const char *spelt = vocabulary_spelling(&g->words, top[i].word);
		if (spelt[0] == '\0')
			continue;
		buf_adds(out, said++ > 0 ? ", " : "");
		buf_adds(out, spelt);
	}
}

float engine_likeness(struct engine *g, uint32_t theme, const char *text)
{
	theme = engine_root(g, theme);
	if (theme >= g->n)
		return 0;
	tongue_hear(g->tongue, text, how_known, g, &g->heard);
	weigh(g);
	return cosine_to_theme(g, theme);
}

size_t engine_memory(const struct engine *g)
{
	size_t bytes = sizeof *g + exact_memory(&g->exact) + vocabulary_memory(&g->words) + g->cap * sizeof *g->v +
		tongue_memory(g->tongue) + lexicon_memory(g->lexicon) + 3 * g->cap_dot * sizeof(float);
	for (size_t i = 0; i < g->n; i++)
		bytes += vector_memory(&g->v[i].own) +
			(g->v[i].sum == NULL ? 0 : vector_memory(g->v[i].sum) + sizeof(struct vector));
	return bytes;
}
