/* exact.c: open addressing, and two tables while it grows: each addition moves some slots of the old one. */
#include "src/themes/exact.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

/* In chunks, which come and go one at a time: to give back 25 MB at once takes milliseconds. */
enum { CHUNK = 1 << 11, FIRST = CHUNK, MOVED_AT_ONCE = 64 };

uint64_t exact_key(const char *s, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ n;
	for (; n >= 8; s += 8, n -= 8) {
		uint64_t w;
		memcpy(&w, s, 8);
		h = (h ^ w) * 0xd6e8feb86659fd93u;
		h ^= h >> 32;
	}
	for (; n > 0; s++, n--)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	h ^= h >> 29;
	h *= 0xd6e8feb86659fd93u;
	return h ^ (h >> 32);
}

/* The slot of a key, or the free one where it would be; NULL: in a chunk that is not there. */
static struct exact_slot *slot_of(const struct exact_table *t, uint32_t low, uint32_t high)
{
	for (size_t i = low;; i++) {
		struct exact_slot *chunk = t->chunk[(i & (t->cap - 1)) / CHUNK];
		if (chunk == NULL)
			return NULL;
		struct exact_slot *slot = &chunk[i % CHUNK];
		if (slot->cluster == 0 || (slot->low == low && slot->high == high))
			return slot;
	}
}

static uint32_t get(const struct exact_table *t, uint64_t key)
{
	const struct exact_slot *slot = t->cap == 0 ? NULL : slot_of(t, (uint32_t)key, (uint32_t)(key >> 32));
	return slot == NULL ? 0 : slot->cluster;
}

uint32_t exact_get(const struct exact *x, uint64_t key)
{
	uint32_t found = get(&x->now, key);
	return found != 0 || x->moved == x->old.cap ? found : get(&x->old, key);
}

/* Where a key goes, in chunks that are there. */
static struct exact_slot *slot_for(struct exact_table *t, uint32_t low, uint32_t high)
{
	for (size_t i = low;; i++) {
		struct exact_slot **chunk = &t->chunk[(i & (t->cap - 1)) / CHUNK];
		if (*chunk == NULL)
			*chunk = xcalloc(CHUNK, sizeof **chunk);
		struct exact_slot *slot = &(*chunk)[i % CHUNK];
		if (slot->cluster == 0 || (slot->low == low && slot->high == high))
			return slot;
	}
}

static void put(struct exact_table *t, struct exact_slot s)
{
	struct exact_slot *slot = slot_for(t, s.low, s.high);
	t->n += slot->cluster == 0;
	*slot = s;
}

/* What the new table has is newer. Lookups need all of the old one until all has moved. */
static void move_some(struct exact *x)
{
	for (int i = 0; i < MOVED_AT_ONCE && x->moved < x->old.cap; i++, x->moved++) {
		const struct exact_slot *chunk = x->old.chunk[x->moved / CHUNK];
		if (chunk == NULL)
			continue;
		struct exact_slot s = chunk[x->moved % CHUNK];
		if (s.cluster != 0 && slot_for(&x->now, s.low, s.high)->cluster == 0)
			put(&x->now, s);
	}
	if (x->old.cap == 0 || x->moved < x->old.cap)
		return;
	/* all is in the new table: give one chunk back at a time */
	for (size_t i = x->old.n; i < x->old.cap / CHUNK; i++)
		if (x->old.chunk[i] != NULL) {
			free(x->old.chunk[i]);
			x->old.chunk[i] = NULL;
			x->old.n = i + 1;
			return;
		}
	free(x->old.chunk);
	x->old = (struct exact_table){ 0 };
}

static void table_release(struct exact_table *t)
{
	for (size_t i = 0; i < t->cap / CHUNK; i++)
		free(t->chunk[i]);
	free(t->chunk);
	*t = (struct exact_table){ 0 };
}

void exact_put(struct exact *x, uint64_t key, uint32_t cluster)
{
	move_some(x);
	if (x->old.cap == 0 && x->now.n * 3 >= x->now.cap * 2) {
		x->old = x->now;
		x->old.n = 0; /* chunks given back */
		x->now = (struct exact_table){ .cap = x->old.cap == 0 ? FIRST : 2 * x->old.cap };
		x->now.chunk = xcalloc(x->now.cap / CHUNK, sizeof *x->now.chunk);
		x->moved = 0;
	}
	put(&x->now, (struct exact_slot){ .low = (uint32_t)key, .high = (uint32_t)(key >> 32), .cluster = cluster });
}

void exact_release(struct exact *x)
{
	table_release(&x->now);
	table_release(&x->old);
	x->moved = 0;
}

size_t exact_memory(const struct exact *x)
{
	return (x->now.cap + x->old.cap) * sizeof(struct exact_slot);
}
