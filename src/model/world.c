/* world.c: views of records, and the world in memory: a sorted array of pointers a kind. */
#include "src/model/world.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

const struct record *world_get(const struct world *w, enum kind kind, const char *id)
{
	const struct record *r = id == NULL || id[0] == '\0' ? NULL : w->get(w->ctx, kind, id);
	return r == NULL || r->gone ? NULL : r;
}

const struct event *world_event(const struct world *w)
{
	return (const struct event *)world_get(w, K_EVENT, "event");
}

const struct question *world_question(const struct world *w, const char *id)
{
	return (const struct question *)world_get(w, K_QUESTION, id);
}

const struct theme *world_prepared(const struct world *w, const char *name)
{
	return w->prepared == NULL || name[0] == '\0' ? NULL : w->prepared(w->ctx, name);
}

const struct seat *world_seat(const struct world *w, const char *id)
{
	return (const struct seat *)world_get(w, K_SEAT, id);
}

void world_each(const struct world *w, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	w->each(w->ctx, kind, visit, arg);
}

/* ---- in memory ------------------------------------------------------------------------------------------------- */

/* Invariant: v[0 … n) ascends strictly by record_order. */
struct shelf {
	struct record **v;
	size_t n, cap;
};

struct memory_world {
	struct shelf shelves[KIND_COUNT];
};

/* Kinds whose ids are dense integers; the others order by bytes, which for UUIDv7 is the order of their making. */
static bool numbered(enum kind kind)
{
	static const bool table[KIND_COUNT] = { [K_SEAT] = true,
		[K_ACT] = true,
		[K_PARTICIPANT] = true,
		[K_THEME] = true,
		[K_CLUSTER] = true,
		[K_COUNT] = true,
		[K_MESSAGE] = true };
	return table[kind];
}

/* Decimals without leading zeros are in the order of their values when the shorter comes first. */
int record_order(enum kind kind, const char *a, const char *b)
{
	if (numbered(kind)) {
		size_t x = strlen(a), y = strlen(b);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return strcmp(a, b);
}

/* The place of `id`, or where it would go; most new ids are the largest yet, so the end is tried first. */
static size_t place_of(const struct shelf *s, enum kind kind, const char *id, bool *there)
{
	*there = false;
	if (s->n == 0 || record_order(kind, s->v[s->n - 1]->id, id) < 0)
		return s->n;
	size_t low = 0, high = s->n - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (record_order(kind, s->v[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*there = record_order(kind, s->v[low]->id, id) == 0;
	return low;
}

struct memory_world *memory_world_new(void)
{
	return xcalloc(1, sizeof(struct memory_world));
}

void memory_world_free(struct memory_world *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < KIND_COUNT; i++)
		memory_world_clear(m, (enum kind)i);
	free(m);
}

struct record *memory_world_get(const struct memory_world *m, enum kind kind, const char *id)
{
	const struct shelf *s = &m->shelves[kind];
	bool there;
	size_t i = place_of(s, kind, id, &there);
	return there ? s->v[i] : NULL;
}

void memory_world_put(struct memory_world *m, void *record)
{
	struct record *r = record;
	struct shelf *s = &m->shelves[r->kind];
	bool there;
	size_t i = place_of(s, r->kind, r->id, &there);
	if (there) {
		if (s->v[i] != r)
			record_free(s->v[i]);
		s->v[i] = r;
		return;
	}
	grow(&s->v, &s->cap, s->n + 1, sizeof(struct record *));
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(struct record *));
	s->v[i] = r;
	s->n++;
}

size_t memory_world_count(const struct memory_world *m, enum kind kind)
{
	return m->shelves[kind].n;
}

void memory_world_each(
	const struct memory_world *m, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	const struct shelf *s = &m->shelves[kind];
	for (size_t i = 0; i < s->n; i++)
		if (!visit(arg, s->v[i]))
			return;
}

void memory_world_clear(struct memory_world *m, enum kind kind)
{
	struct shelf *s = &m->shelves[kind];
	for (size_t i = 0; i < s->n; i++)
		record_free(s->v[i]);
	free(s->v);
	*s = (struct shelf){ 0 };
}
