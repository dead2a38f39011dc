/* engine_people.c: what people prepare and move is counted in like messages, only more. */
#include "src/themes/engine_own.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

enum { REFILED = 2 /* messages that one moved by people counts as */ };

void engine_refile(struct engine *g, const char *text, uint32_t from, uint32_t to)
{
	uint64_t key = engine_key(g, text);
	if (from == to || to == 0)
		return;
	engine_reserved(g, to);
	engine_node(g, to > from ? to : from);
	exact_put(&g->exact, key, to);
	if (!(node_at(g, to)->flags & IS_CLUSTER))
		engine_found(g, to, to);
	engine_hear(g, text);
	engine_weigh(g);
	engine_take_in(g);
	if (from != 0 && node_at(g, from)->flags & IS_CLUSTER && !(node_at(g, from)->flags & IS_BUCKET)) {
		engine_count_in(g, from, -1);
		engine_hold_apart(g, node_at(g, from)->theme, to);
	}
	if (!(node_at(g, to)->flags & IS_BUCKET))
		engine_count_in(g, to, REFILED);
}

void engine_point(struct engine *g, uint32_t cluster, uint32_t theme)
{
	engine_reserved(g, theme);
	engine_node(g, theme > cluster ? theme : cluster);
	struct node *c = node_at(g, cluster);
	uint32_t was = c->theme;
	if (!(c->flags & IS_CLUSTER) || c->flags & IS_BUCKET || theme == 0 || was == theme)
		return;
	if (!(node_at(g, theme)->flags & IS_CLUSTER))
		engine_found(g, theme, theme);
	engine_move_sum(g, &c->own, c->n, was, -1);
	c->theme = theme;
	g->parted++;
	engine_move_sum(g, &c->own, c->n, theme, 1);
	if (engine_root(g, was) != engine_root(g, theme))
		engine_hold_apart(g, was, theme);
}

/* ---- prepared -------------------------------------------------------------------------------------------------- */

static void teach(struct engine *g, uint32_t theme, const char *text, size_t len, float by)
{
	char *one = xstrndup(text, len);
	engine_key(g, one);
	engine_hear(g, one);
	free(one);
	engine_weigh(g);
	engine_take_in(g);
	if (g->n_d == 0)
		return;
	engine_count_in(g, theme, by);
	for (size_t i = 0; i < g->n_d; i++)
		vector_add(node_at(g, theme)->taught, g->d[i].word, by * g->d[i].w);
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
	struct vector *was = node_at(g, theme)->taught;
	if (was == NULL)
		return;
	for (uint32_t i = 0; i < was->n; i++) {
		g->d[0] = (struct item){ .word = was->v[i].word, .w = was->v[i].w };
		g->n_d = 1;
		engine_count_in(g, theme, -1);
	}
	vector_release(was);
}

void engine_prepare(struct engine *g, uint32_t theme, const char *title, const char *words, const char *examples)
{
	engine_reserved(g, theme);
	engine_node(g, theme);
	if (!(node_at(g, theme)->flags & IS_CLUSTER))
		engine_found(g, theme, theme);
	unteach(g, theme);
	if (node_at(g, theme)->taught == NULL)
		node_at(g, theme)->taught = xcalloc(1, sizeof(struct vector));
	node_at(g, theme)->flags |= IS_PREPARED;
	teach_each(g, theme, title, "\n", g->set.prepared_weight * .5f);
	teach_each(g, theme, words, ",", g->set.prepared_weight);
	teach_each(g, theme, examples, "\n", 1);
}

void engine_settle(struct engine *g, uint32_t theme, bool settled)
{
	struct node *t = engine_node(g, theme);
	t->flags = (uint8_t)(settled ? t->flags | IS_SETTLED : t->flags & ~(unsigned)IS_SETTLED);
}

void engine_close(struct engine *g, uint32_t theme)
{
	if (theme >= g->n || !(node_at(g, theme)->flags & IS_CLUSTER) || node_at(g, theme)->flags & IS_BUCKET)
		return;
	struct node *t = node_at(g, theme);
	if (t->into != 0) {
		engine_move_sum(g, engine_sum(g, theme), t->all, t->into, -1);
		t->into = 0;
		g->parted++;
	} else {
		engine_spread_all(g, engine_sum(g, theme), -1);
		g->themes--;
	}
	for (uint32_t i = 0; i < t->own.n; i++)
		vocabulary_unpost(&g->words, t->own.v[i].word, theme);
	vector_release(&t->own);
	if (t->sum != NULL)
		vector_release(t->sum);
	free(t->sum);
	if (t->taught != NULL)
		vector_release(t->taught);
	free(t->taught);
	*t = (struct node){ 0 };
}
