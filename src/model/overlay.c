#include "src/model/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

struct overlay {
	struct memory_world *over;
	size_t n;
	const struct world *base;
	struct world world;
};

static const struct record *look(void *ctx, enum kind kind, const char *id)
{
	struct overlay *o = ctx;
	const struct record *r = o->n ? memory_world_get(o->over, kind, id) : NULL;
	return r || !o->base ? r : o->base->get(o->base->ctx, kind, id);
}

/* Two ascending walks made one: what is laid over is gathered first, then handed out between what is beneath. */
struct merge {
	const struct record **v;
	size_t n, cap, at;
	bool (*visit)(void *arg, const struct record *r);
	void *arg;
	bool more;
};

static bool gather(void *arg, const struct record *r)
{
	struct merge *m = arg;
	grow(&m->v, &m->cap, m->n + 1, sizeof *m->v);
	m->v[m->n++] = r;
	return true;
}

static bool merge_one(void *arg, const struct record *r)
{
	struct merge *m = arg;
	int order = 1;
	while (m->more && m->at < m->n && (order = record_order(r->kind, m->v[m->at]->id, r->id)) < 0)
		m->more = m->visit(m->arg, m->v[m->at++]);
	if (m->more && m->at < m->n && order == 0)
		m->more = m->visit(m->arg, m->v[m->at++]);
	else if (m->more)
		m->more = m->visit(m->arg, r);
	return m->more;
}

static void walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	struct overlay *o = ctx;
	struct merge m = { .visit = visit, .arg = arg, .more = true };
	if (o->n)
		memory_world_each(o->over, kind, gather, &m);
	if (o->base && !m.n)
		o->base->each(o->base->ctx, kind, visit, arg);
	else if (o->base)
		o->base->each(o->base->ctx, kind, merge_one, &m);
	while (m.more && m.at < m.n)
		m.more = visit(arg, m.v[m.at++]);
	free(m.v);
}

static const struct deed *recall(void *ctx, const char *act)
{
	struct overlay *o = ctx;
	return o->base && o->base->deed ? o->base->deed(o->base->ctx, act) : NULL;
}

struct named {
	const char *name;
	const struct theme *found;
};

static bool is_named(void *arg, const struct record *r)
{
	struct named *n = arg;
	const struct theme *t = (const void *)r;
	if (!r->gone && !strcmp(t->name, n->name))
		n->found = t;
	return !n->found;
}

static const struct theme *prepared(void *ctx, const char *name)
{
	struct overlay *o = ctx;
	struct named n = { .name = name };
	if (o->n)
		memory_world_each(o->over, K_THEME, is_named, &n);
	return n.found || !o->base ? n.found : world_prepared(o->base, name);
}

struct overlay *overlay_new(void)
{
	struct overlay *o = xcalloc(1, sizeof *o);
	o->over = memory_world_new();
	o->world = (struct world){ .ctx = o, .get = look, .each = walk, .deed = recall, .prepared = prepared };
	return o;
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	memory_world_free(o->over);
	free(o);
}

void overlay_base(struct overlay *o, const struct world *w)
{
	o->base = w;
}

void overlay_clear(struct overlay *o)
{
	for (int k = 0; k < KIND_COUNT && o->n; k++)
		memory_world_clear(o->over, (enum kind)k);
	o->n = 0;
}

bool overlay_empty(const struct overlay *o)
{
	return o->n == 0;
}

bool overlay_has(const struct overlay *o, enum kind kind, const char *id)
{
	return o->n && memory_world_get(o->over, kind, id);
}

void overlay_put(struct overlay *o, void *record)
{
	memory_world_put(o->over, record);
	o->n++;
}

void overlay_take(struct overlay *o, struct outcome *out)
{
	for (size_t i = 0; i < out->n; i++) {
		overlay_put(o, out->changes[i].after);
		out->changes[i].after = NULL;
	}
}

const struct world *overlay_world(struct overlay *o)
{
	return &o->world;
}
