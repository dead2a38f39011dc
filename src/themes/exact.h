/* exact.h: which cluster the same words went to before, for a million texts at some 24 bytes each; private to src/themes.
 *
 * By a hash of 64 bits. It grows a few slots at a time, so that no message waits for it.
 */
#ifndef REGIE_THEMES_EXACT_H
#define REGIE_THEMES_EXACT_H

#include <stddef.h>
#include <stdint.h>

struct exact_slot {
	uint32_t low, high, cluster; /* the key's halves; cluster 0: free */
};
struct exact_table {
	struct exact_slot **chunk; /* NULL: nothing there yet */
	size_t n, cap;
};
/* Zeroed is empty. */
struct exact {
	struct exact_table now, old;
	size_t moved; /* slots of `old` that are in `now` already */
};

uint64_t exact_key(const char *s, size_t n);
uint32_t exact_get(const struct exact *x, uint64_t key);
void exact_put(struct exact *x, uint64_t key, uint32_t cluster); /* replaces */
void exact_release(struct exact *x);
size_t exact_memory(const struct exact *x);

#endif
