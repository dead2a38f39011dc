#include "src/themes/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

enum { SLOTS = 1 << 20 /* twice VOCABULARY_MAX; memory that is not used yet is none */ };

/* What is not there is mostly known by the key's other half, without a look at the word. */
static struct vocabulary_slot *slot_of(const struct vocabulary *w, uint64_t key)
{
	uint32_t half = (uint32_t)(key >> 32);
	for (size_t i = (size_t)(key >> 7);; i++) {
		struct vocabulary_slot *slot = &w->slots[i & (SLOTS - 1)];
		if (slot->word == 0 || (slot->half == half && w->v[slot->word].key == key))
			return slot;
	}
}

void vocabulary_expect(const struct vocabulary *w, uint64_t key)
{
	if (w->n > 0)
		__builtin_prefetch(&w->slots[(size_t)(key >> 7) & (SLOTS - 1)]);
}

uint32_t vocabulary_find(const struct vocabulary *w, uint64_t key)
{
	return w->n == 0 ? 0 : slot_of(w, key)->word;
}

/* Whether the key came before, as far as the door remembers: a later key may have taken its place. */
static bool came_before(struct vocabulary *w, uint64_t key)
{
	uint16_t tag = (uint16_t)(key >> 48 | 1), *seen;
	if (w->door == NULL)
		w->door = xcalloc(VOCABULARY_DOOR, sizeof *w->door);
	seen = &w->door[key >> 20 & (VOCABULARY_DOOR - 1)];
	bool before = *seen == tag;
	*seen = tag;
	return before;
}

/* All the room there may ever be at once, so that no message waits while it grows. */
static void make_room(struct vocabulary *w)
{
	w->v = xcalloc(VOCABULARY_MAX + 1, sizeof *w->v);
	w->slots = xcalloc(SLOTS, sizeof *w->slots);
	w->n = 1;
}

uint32_t vocabulary_make(struct vocabulary *w, uint64_t key)
{
	if (w->n == 0)
		make_room(w);
	struct vocabulary_slot *slot = slot_of(w, key);
	if (slot->word != 0)
		return slot->word;
	if (w->n > VOCABULARY_MAX || (w->n > VOCABULARY_EASY && !came_before(w, key)))
		return 0;
	w->v[w->n] = (struct word){ .key = key };
	*slot = (struct vocabulary_slot){ .half = (uint32_t)(key >> 32), .word = (uint32_t)w->n };
	return (uint32_t)w->n++;
}

static uint32_t place_of(const struct word *x, uint32_t cluster)
{
	if (x->n > 0 && x->v[x->n - 1].cluster < cluster)
		return x->n;
	uint32_t low = 0, high = x->n;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (x->v[mid].cluster < cluster)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void vocabulary_post(struct vocabulary *w, uint32_t word, uint32_t cluster, float weight)
{
	struct word *x = &w->v[word];
	uint32_t at = place_of(x, cluster);
	if (at < x->n && x->v[at].cluster == cluster) {
		x->v[at].w = weight;
		return;
	}
	if (x->n == x->cap) {
		uint32_t cap = x->cap == 0 ? 2 : x->cap < 16 ? 2 * x->cap : x->cap + x->cap / 2;
		w->postings += cap - x->cap;
		x->cap = cap;
		x->v = xrealloc(x->v, cap, sizeof *x->v);
	}
	memmove(x->v + at + 1, x->v + at, (x->n - at) * sizeof *x->v);
	x->v[at] = (struct posting){ .cluster = cluster, .w = weight };
	x->n++;
}

void vocabulary_unpost(struct vocabulary *w, uint32_t word, uint32_t cluster)
{
	struct word *x = &w->v[word];
	uint32_t at = place_of(x, cluster);
	if (at == x->n || x->v[at].cluster != cluster)
		return;
	x->n--;
	memmove(x->v + at, x->v + at + 1, (x->n - at) * sizeof *x->v);
}

void vocabulary_spell(struct vocabulary *w, uint32_t word, const char *s, size_t n)
{
	if (w->v[word].spelling != 0)
		return;
	if (w->n_spellings == 0)
		w->n_spellings = 1;
	grow(&w->spellings, &w->cap_spellings, w->n_spellings + n + 1, 1);
	memcpy(w->spellings + w->n_spellings, s, n);
	w->spellings[w->n_spellings + n] = '\0';
	w->v[word].spelling = (uint32_t)w->n_spellings;
	w->n_spellings += n + 1;
}

const char *vocabulary_spelling(const struct vocabulary *w, uint32_t word)
{
	return w->v[word].spelling == 0 ? "" : w->spellings + w->v[word].spelling;
}

void vocabulary_release(struct vocabulary *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i].v);
	free(w->v);
	free(w->slots);
	free(w->spellings);
	free(w->door);
	*w = (struct vocabulary){ 0 };
}

size_t vocabulary_memory(const struct vocabulary *w)
{
	return w->n * (sizeof *w->v + sizeof *w->slots) + w->postings * sizeof(struct posting) + w->cap_spellings +
		(w->door == NULL ? 0 : VOCABULARY_DOOR * sizeof *w->door);
}
