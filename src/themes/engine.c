/* engine.c: people who wrote the same words ask the same thing.
 *
 * A text is folded (case, accents, punctuation, spacing) and the hash of what is left names its cluster. Each cluster
 * begins in a theme of its own number.
 */
#include "src/themes/engine.h"

#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "src/base/text.h"

struct engine {
	struct map128 clusters; /* folded words to cluster */
	uint32_t last;          /* the highest number given or reserved */
	struct buf folded;      /* of the message at hand; kept for its memory */
};

struct engine *engine_new(const char *lang)
{
	(void)lang; /* folding is the same in every language */
	struct engine *g = xcalloc(1, sizeof *g);
	buf_init(&g->folded, 0);
	return g;
}

void engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	map128_release(&g->clusters);
	buf_release(&g->folded);
	free(g);
}

static struct key128 key_of(struct engine *g, const char *text)
{
	buf_reset(&g->folded);
	text_fold(text, &g->folded);
	if (g->folded.len == 0)
		buf_adds(&g->folded, text);
	return key128_of(g->folded.data, g->folded.len);
}

struct placing engine_place(struct engine *g, const char *text, int64_t at_ms)
{
	(void)at_ms;
	struct key128 key = key_of(g, text);
	uint32_t known = map128_get(&g->clusters, key);
	if (known != 0)
		return (struct placing){ .cluster = known, .theme = known };
	uint32_t founded = engine_reserve(g);
	map128_put(&g->clusters, key, founded);
	return (struct placing){ .cluster = founded, .theme = founded, .fresh = true };
}

/* The first message with these words decides where the next ones go: if people moved it since, they go there too. */
void engine_restore(struct engine *g, const char *text, int64_t at_ms, uint32_t cluster)
{
	(void)at_ms;
	if (cluster == 0)
		return;
	engine_reserved(g, cluster);
	struct key128 key = key_of(g, text);
	if (map128_get(&g->clusters, key) == 0)
		map128_put(&g->clusters, key, cluster);
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

size_t engine_memory(const struct engine *g)
{
	/* 24 bytes a slot: map.h */
	return sizeof *g + g->clusters.cap * 24 + g->folded.cap;
}
