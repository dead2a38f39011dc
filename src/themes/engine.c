/* engine.c: clusters in postings, themes as sums of clusters, merges as pointers. */
#include "src/themes/engine_own.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/themes/mother.h"

enum { WORDS_LOOKED_AT = 16 /* of a theme, to say what it is about */ };

struct settings *engine_settings(struct engine *g)
{
	return &g->set;
}

struct engine *engine_new(const char *lang)
{
	struct engine *g = xcalloc(1, sizeof *g);
	bool fr = strcmp(lang, "fr") == 0;
	g->set = fr ? settings_french : settings_english;
	snprintf(g->lang, sizeof g->lang, "%s", lang);
	const struct mother *m = mother_of(lang);
	g->tongue = m == NULL ? tongue_new(lang, NULL) : tongue_like(m->tongue, lang);
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
	for (uint32_t i = 0; i < g->n; i++) {
		struct node *t = node_at(g, i);
		vector_release(&t->own);
		if (t->sum != NULL)
			vector_release(t->sum);
		free(t->sum);
		if (t->taught != NULL)
			vector_release(t->taught);
		free(t->taught);
	}
	for (size_t i = 0; i < g->n / CHUNK; i++)
		free(g->chunk[i]);
	free(g->chunk);
	free(g->touched);
	free(g->apart);
	vocabulary_release(&g->words);
	exact_release(&g->exact);
	tongue_free(g->tongue);
	lexicon_free(g->lexicon);
	buf_release(&g->folded);
	free(g);
}

bool engine_lexicon(struct engine *g, const char *text, size_t len, struct error *e)
{
	struct lexicon *l = mother_lexicon(g->lang);
	if (!lexicon_read(l, text, len, e)) {
		lexicon_free(l);
		return false;
	}
	tongue_free(g->tongue);
	lexicon_free(g->lexicon);
	g->lexicon = l;
	g->tongue = tongue_new(g->lang, l);
	return true;
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

struct node *engine_node(struct engine *g, uint32_t number)
{
	for (; g->n <= number; g->n += CHUNK) {
		grow(&g->chunk, &g->cap_chunks, g->n / CHUNK + 1, sizeof *g->chunk);
		g->chunk[g->n / CHUNK] = xcalloc(1, sizeof **g->chunk);
	}
	return node_at(g, number);
}

uint32_t engine_reserve(struct engine *g)
{
	return ++g->last;
}

uint32_t engine_next(const struct engine *g)
{
	return g->last + 1;
}

void engine_reserved(struct engine *g, uint32_t number)
{
	if (number > g->last)
		g->last = number;
}

uint32_t engine_root(const struct engine *g, uint32_t theme)
{
	while (theme < g->n && node_at(g, theme)->into != 0)
		theme = node_at(g, theme)->into;
	return theme;
}

uint32_t engine_theme(const struct engine *g, uint32_t cluster)
{
	if (cluster >= g->n)
		return cluster;
	struct mark *m = mark_at(g, cluster);
	bool known = m->root != 0 && m->parted == g->parted;
	uint32_t begin = known ? m->root : node_at(g, cluster)->theme;
	if (begin == 0)
		return engine_root(g, cluster);
	m->parted = g->parted;
	return m->root = engine_root(g, begin);
}

uint32_t engine_bucket(const struct engine *g)
{
	return g->bucket;
}

void engine_set_bucket(struct engine *g, uint32_t number)
{
	g->bucket = number;
	engine_reserved(g, number);
	struct node *b = engine_node(g, number);
	b->flags |= IS_CLUSTER | IS_BUCKET;
	b->theme = number;
}

const struct vector *engine_sum(const struct engine *g, uint32_t theme)
{
	return node_at(g, theme)->sum != NULL ? node_at(g, theme)->sum : &node_at(g, theme)->own;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

uint64_t engine_key(struct engine *g, const char *text)
{
	buf_reset(&g->folded);
	text_fold(text, &g->folded);
	if (g->folded.len == 0)
		buf_adds(&g->folded, text);
	return exact_key(g->folded.data, g->folded.len);
}

/* g->d is the message's where it is weighed. */
static void commit(struct engine *g, uint64_t key, uint32_t cluster, uint32_t theme)
{
	bool fresh = cluster >= g->n || !(node_at(g, cluster)->flags & IS_CLUSTER);
	engine_reserved(g, cluster);
	if (fresh)
		engine_found(g, cluster, theme);
	exact_put(&g->exact, key, cluster);
	if (node_at(g, cluster)->flags & IS_BUCKET) {
		node_at(g, cluster)->n++;
		return;
	}
	g->messages++;
	g->hit = engine_theme(g, cluster);
	if (engine_weighs(g, cluster) == 0) {
		engine_count_only(g, cluster);
		return;
	}
	uint32_t for_all = engine_weighs(g, cluster);
	engine_take_in(g);
	engine_count_in(g, cluster, (float)for_all);
	for (size_t i = 0; i < g->n_d; i++)
		g->words.v[g->d[i].word].messages += for_all;
}

struct placing engine_place(struct engine *g, const char *text, int64_t at_ms)
{
	(void)at_ms;
	uint64_t key = engine_key(g, text);
	uint32_t known = exact_get(&g->exact, key);
	g->hit = 0;
	if (known != 0)
		return (struct placing){
			.cluster = known, .theme = engine_theme(g, known), .asks_nothing = known == g->bucket
		};
	engine_hear(g, text);
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
	engine_weigh(g);
	struct candidate c = engine_choose(g);
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
	uint64_t key = engine_key(g, text);
	g->hit = 0;
	if (exact_get(&g->exact, key) != 0)
		return;
	if (cluster == g->bucket) {
		commit(g, key, cluster, theme);
		return;
	}
	if (engine_weighs(g, cluster) > 0) {
		engine_hear(g, text);
		engine_weigh(g);
	}
	commit(g, key, cluster, theme);
}

/* ---- what a theme is about ------------------------------------------------------------------------------------- */

void engine_words(const struct engine *g, uint32_t theme, size_t most, struct buf *out)
{
	struct item top[WORDS_LOOKED_AT];
	theme = engine_root(g, theme);
	if (theme >= g->n)
		return;
	size_t n = vector_heaviest(engine_sum(g, theme), top, WORDS_LOOKED_AT), said = 0;
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
	engine_key(g, text);
	engine_hear(g, text);
	engine_weigh(g);
	return engine_cosine(g, theme);
}

size_t engine_memory(const struct engine *g)
{
	size_t bytes = sizeof *g + exact_memory(&g->exact) + vocabulary_memory(&g->words) + tongue_memory(g->tongue) +
		(g->lexicon == NULL ? 0 : lexicon_memory(g->lexicon)) + g->n / CHUNK * sizeof **g->chunk;
	for (uint32_t i = 0; i < g->n; i++)
		bytes += vector_memory(&node_at(g, i)->own) +
			(node_at(g, i)->sum == NULL ? 0 : vector_memory(node_at(g, i)->sum) + sizeof(struct vector));
	return bytes;
}
