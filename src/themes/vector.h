/* vector.h: sparse vectors of words, small and sorted by word; private to src/themes. */
#ifndef REGIE_THEMES_VECTOR_H
#define REGIE_THEMES_VECTOR_H

#include <stddef.h>
#include <stdint.h>

struct item {
	uint32_t word;
	float w;
};
/* Ascending by word. Zeroed is empty. `square`: of the length, kept as items change. */
struct vector {
	struct item *v;
	uint32_t n, cap;
	float square;
};

float vector_get(const struct vector *a, uint32_t word);
/* Adds `w` to a word's weight and returns what it was. */
float vector_add(struct vector *a, uint32_t word, float w);
float vector_dot(const struct vector *a, const struct item *v, size_t n); /* v: in any order */
/* Keeps the `most` heaviest words; `dropped`, when given, is told each that goes. */
void vector_trim(struct vector *a, uint32_t most, void (*dropped)(void *arg, uint32_t word, float w), void *arg);
/* The `most` heaviest into out, heaviest first; returns how many. */
size_t vector_heaviest(const struct vector *a, struct item *out, size_t most);
void vector_release(struct vector *a);
size_t vector_memory(const struct vector *a);

#endif
