#include "src/themes/vector.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

/* Where the word is, or would be. */
static uint32_t place_of(const struct vector *a, uint32_t word)
{
	uint32_t low = 0, high = a->n;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (a->v[mid].word < word)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

float vector_get(const struct vector *a, uint32_t word)
{
	uint32_t at = place_of(a, word);
	return at < a->n && a->v[at].word == word ? a->v[at].w : 0;
}

static void make_room(struct vector *a)
{
	if (a->n < a->cap)
		return;
	a->cap = a->cap == 0 ? 12 : a->cap + a->cap / 2;
	a->v = xrealloc(a->v, a->cap, sizeof *a->v);
}

float vector_add(struct vector *a, uint32_t word, float w)
{
	uint32_t at = place_of(a, word);
	float was = 0;
	if (at < a->n && a->v[at].word == word) {
		was = a->v[at].w;
	} else {
		make_room(a);
		memmove(a->v + at + 1, a->v + at, (a->n - at) * sizeof *a->v);
		a->v[at].word = word;
		a->n++;
	}
	a->v[at].w = was + w;
	a->square += w * (2 * was + w);
	if (a->square < 0)
		a->square = 0;
	return was;
}

float vector_dot(const struct vector *a, const struct item *v, size_t n)
{
	float dot = 0;
	for (size_t i = 0; i < n; i++)
		dot += v[i].w * vector_get(a, v[i].word);
	return dot;
}

static int heavier(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->w > y->w || x->w < y->w)
		return x->w > y->w ? -1 : 1;
	return (x->word > y->word) - (x->word < y->word);
}

void vector_trim(struct vector *a, uint32_t most, void (*dropped)(void *arg, uint32_t word, float w), void *arg)
{
	if (a->n <= most)
		return;
	struct item *order = xmalloc(a->n * sizeof *order);
	memcpy(order, a->v, a->n * sizeof *order);
	qsort(order, a->n, sizeof *order, heavier);
	struct item last = order[most - 1];
	free(order);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		if (heavier(&a->v[i], &last) <= 0) {
			a->v[kept++] = a->v[i];
			continue;
		}
		a->square -= a->v[i].w * a->v[i].w;
		if (dropped != NULL)
			dropped(arg, a->v[i].word, a->v[i].w);
	}
	a->n = kept;
}

size_t vector_heaviest(const struct vector *a, struct item *out, size_t most)
{
	size_t n = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		if (n == most && heavier(&a->v[i], &out[n - 1]) > 0)
			continue;
		size_t at = n < most ? n++ : n - 1;
		for (; at > 0 && heavier(&a->v[i], &out[at - 1]) < 0; at--)
			out[at] = out[at - 1];
		out[at] = a->v[i];
	}
	return n;
}

void vector_release(struct vector *a)
{
	free(a->v);
	*a = (struct vector){ 0 };
}

size_t vector_memory(const struct vector *a)
{
	return a->cap * sizeof *a->v;
}
