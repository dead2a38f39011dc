/* map.c: linear probing in a power of two of slots, at most three quarters full. */
#include "src/base/map.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "src/base/clock.h"
#include "src/base/mem.h"

enum { MAP_FIRST = 16 };

struct slot128 {
	struct key128 key;
	uint32_t value; /* 0: free */
};

struct strslot {
	char *key; /* NULL: free */
	void *value;
	uint64_t hash;
};

static bool needs_room(size_t n, size_t cap)
{
	return (n + 1) * 4 > cap * 3;
}

/* The slot that holds k, or the free one where it belongs; there is always a free one. */
static struct slot128 *find128(const struct map128 *m, struct key128 k)
{
	size_t i = (size_t)k.lo & (m->cap - 1);

	while (m->slots[i].value && (m->slots[i].key.lo != k.lo || m->slots[i].key.hi != k.hi))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

uint32_t map128_get(const struct map128 *m, struct key128 k)
{
	return m->cap ? find128(m, k)->value : 0;
}

static void enlarge128(struct map128 *m)
{
	struct map128 big = { .n = m->n, .cap = m->cap ? m->cap * 2 : MAP_FIRST };

	big.slots = xcalloc(big.cap, sizeof *big.slots);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value)
			*find128(&big, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = big;
}

void map128_put(struct map128 *m, struct key128 k, uint32_t v)
{
	struct slot128 *slot;

	assert(v != 0);
	if (needs_room(m->n, m->cap))
		enlarge128(m);
	slot = find128(m, k);
	m->n += slot->value == 0;
	*slot = (struct slot128){ .key = k, .value = v };
}

void map128_release(struct map128 *m)
{
	if (!m)
		return;
	free(m->slots);
	*m = (struct map128){ 0 };
}

/* Bytes to numbers in one order whatever the machine's: pseudonyms are stored and must move between machines. */
static struct key128 key_from(const uint8_t h[static 16])
{
	struct key128 k = { 0 };

	for (size_t i = 0; i < 8; i++) {
		k.hi = k.hi << 8 | h[i];
		k.lo = k.lo << 8 | h[i + 8];
	}
	return k;
}

struct key128 key128_of(const void *p, size_t n)
{
	uint8_t h[16];

	crypto_generichash(h, sizeof h, p, n, NULL, 0);
	return key_from(h);
}

struct key128 key128_keyed(const uint8_t key[static 32], const void *p, size_t n)
{
	uint8_t h[16];

	crypto_generichash(h, sizeof h, p, n, key, 32);
	return key_from(h);
}

/* Strings come from outside: a hash that outsiders cannot aim (SipHash under a key of this process). */
static uint8_t hash_key[crypto_shorthash_KEYBYTES];

static void draw_hash_key(void)
{
	randomness_fill(randomness_system(), hash_key, sizeof hash_key);
}

static uint64_t hash_string(const char *k)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint8_t h[crypto_shorthash_BYTES];
	uint64_t hash;

	pthread_once(&once, draw_hash_key);
	crypto_shorthash(h, (const unsigned char *)k, strlen(k), hash_key);
	memcpy(&hash, h, sizeof hash);
	return hash;
}

static struct strslot *find_string(const struct strmap *m, const char *k, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->slots[i].key && (m->slots[i].hash != hash || strcmp(m->slots[i].key, k) != 0))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void *strmap_get(const struct strmap *m, const char *k)
{
	return m->cap ? find_string(m, k, hash_string(k))->value : NULL;
}

static void enlarge_strings(struct strmap *m)
{
	struct strmap big = { .n = m->n, .cap = m->cap ? m->cap * 2 : MAP_FIRST };

	big.slots = xcalloc(big.cap, sizeof *big.slots);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*find_string(&big, m->slots[i].key, m->slots[i].hash) = m->slots[i];
	free(m->slots);
	*m = big;
}

void *strmap_put(struct strmap *m, const char *k, void *v)
{
	const uint64_t hash = hash_string(k);
	struct strslot *slot;
	void *before;

	if (needs_room(m->n, m->cap))
		enlarge_strings(m);
	slot = find_string(m, k, hash);
	before = slot->value;
	if (!slot->key) {
		slot->key = xstrdup(k);
		slot->hash = hash;
		m->n++;
	}
	slot->value = v;
	return before;
}

void strmap_release(struct strmap *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	*m = (struct strmap){ 0 };
}
