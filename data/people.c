/* people.c: inline, then a sorted array, then a CRoaring bitmap. A set only ever grows into the next shape. */
#include "data/people.h"

#include <roaring/roaring.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

enum { ARRAY_FIRST = 4 };
static const uint32_t IS_BITMAP = UINT32_MAX;

static const uint32_t *members(const struct people *p)
{
	return p->cap == 0 ? p->of.few : p->of.v;
}

/* Where person is among the members, or would go. */
static uint32_t place_of(const struct people *p, uint32_t person)
{
	const uint32_t *v = members(p);
	uint32_t low = 0, high = p->n;
	if (high > 0 && v[high - 1] < person) /* new people have the highest numbers */
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (v[middle] < person)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static roaring_bitmap_t *bitmap_of(const uint32_t *v, uint32_t n)
{
	roaring_bitmap_t *many = roaring_bitmap_of_ptr(n, v);
	if (many == NULL)
		abort(); /* out of memory: fatal by design, mem.h */
	return many;
}

/* Room for one more member in the array, or the next shape. */
static void widen(struct people *p)
{
	if (p->cap == 0 && p->n == PEOPLE_INLINE) {
		uint32_t *v = xcalloc(ARRAY_FIRST, sizeof *v);
		memcpy(v, p->of.few, sizeof p->of.few);
		p->of.v = v;
		p->cap = ARRAY_FIRST;
	} else if (p->n == PEOPLE_ARRAY) {
		roaring_bitmap_t *many = bitmap_of(p->of.v, p->n);
		free(p->of.v);
		p->of.many = many;
		p->cap = IS_BITMAP;
	} else if (p->cap != 0 && p->n == p->cap) {
		p->cap *= 2;
		p->of.v = xrealloc(p->of.v, p->cap, sizeof *p->of.v);
	}
}

static bool is_bitmap(const struct people *p)
{
	return p->cap == IS_BITMAP;
}

bool people_add(struct people *p, uint32_t person)
{
	if (!is_bitmap(p)) {
		uint32_t i = place_of(p, person);
		if (i < p->n && members(p)[i] == person)
			return false;
		widen(p);
		if (!is_bitmap(p)) {
			uint32_t *v = p->cap == 0 ? p->of.few : p->of.v;
			memmove(v + i + 1, v + i, (p->n - i) * sizeof *v);
			v[i] = person;
			p->n++;
			return true;
		}
	}
	bool fresh = roaring_bitmap_add_checked(p->of.many, person);
	p->n += fresh;
	return fresh;
}

bool people_remove(struct people *p, uint32_t person)
{
	if (!people_have(p, person))
		return false;
	if (is_bitmap(p)) {
		roaring_bitmap_remove(p->of.many, person);
	} else {
		uint32_t i = place_of(p, person);
		uint32_t *v = p->cap == 0 ? p->of.few : p->of.v;
		memmove(v + i, v + i + 1, (p->n - i - 1) * sizeof *v);
	}
	p->n--;
	return true;
}

bool people_have(const struct people *p, uint32_t person)
{
	if (is_bitmap(p))
		return roaring_bitmap_contains(p->of.many, person);
	uint32_t i = place_of(p, person);
	return i < p->n && members(p)[i] == person;
}

struct visit {
	void (*visit)(void *arg, uint32_t person);
	void *arg;
};

static bool visit_one(uint32_t person, void *arg)
{
	const struct visit *v = arg;
	v->visit(v->arg, person);
	return true;
}

void people_each(const struct people *p, void (*visit)(void *arg, uint32_t person), void *arg)
{
	if (is_bitmap(p)) {
		roaring_iterate(p->of.many, visit_one, &(struct visit){ .visit = visit, .arg = arg });
		return;
	}
	for (uint32_t i = 0; i < p->n; i++)
		visit(arg, members(p)[i]);
}

static void unite_one(void *arg, uint32_t person)
{
	people_add(arg, person);
}

void people_unite(struct people *into, const struct people *from)
{
	if (is_bitmap(from) && !is_bitmap(into)) { /* the few are added to the many */
		struct people few = *into;
		*into = (struct people){ 0 };
		people_copy(into, from);
		people_each(&few, unite_one, into);
		people_clear(&few);
	} else if (is_bitmap(from)) {
		roaring_bitmap_or_inplace(into->of.many, from->of.many);
		into->n = (uint32_t)roaring_bitmap_get_cardinality(into->of.many);
	} else {
		people_each(from, unite_one, into);
	}
}

void people_copy(struct people *to, const struct people *from)
{
	people_clear(to);
	*to = *from;
	if (is_bitmap(from)) {
		to->of.many = roaring_bitmap_copy(from->of.many);
		if (to->of.many == NULL)
			abort(); /* out of memory: fatal by design, mem.h */
	} else if (from->cap != 0) {
		to->of.v = xcalloc(from->cap, sizeof *to->of.v);
		memcpy(to->of.v, from->of.v, from->n * sizeof *to->of.v);
	}
}

void people_clear(struct people *p)
{
	if (is_bitmap(p))
		roaring_bitmap_free(p->of.many);
	else if (p->cap != 0)
		free(p->of.v);
	*p = (struct people){ 0 };
}

size_t people_memory(const struct people *p)
{
	if (is_bitmap(p))
		return roaring_bitmap_size_in_bytes(p->of.many);
	return p->cap * sizeof *p->of.v;
}
