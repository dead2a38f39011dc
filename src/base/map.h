/* map.h: two hash maps for what is looked up a million times: open addressing, no deletion, owner frees all at once. */
#ifndef REGIE_BASE_MAP_H
#define REGIE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 128-bit keys (already random: keyed or plain BLAKE2b hashes) to 32-bit values, value 0 = absent. 24 bytes a slot. */
struct key128 { uint64_t hi, lo; };
struct map128 { struct slot128 *slots; size_t n, cap; };

uint32_t map128_get(const struct map128 *m, struct key128 k);
void map128_put(struct map128 *m, struct key128 k, uint32_t v); /* v != 0; replaces */
void map128_release(struct map128 *m);

/* Keyless BLAKE2b-128 of some bytes. */
struct key128 key128_of(const void *p, size_t n);
/* Keyed with 32 bytes: pseudonyms. */
struct key128 key128_keyed(const uint8_t key[static 32], const void *p, size_t n);

/* Short strings to pointers (record ids to records); the key is copied. */
struct strmap { struct strslot *slots; size_t n, cap; };
void *strmap_get(const struct strmap *m, const char *k);
void *strmap_put(struct strmap *m, const char *k, void *v); /* returns what was there, or NULL */
void strmap_release(struct strmap *m);

#endif
