/* context.h: what words are used with, learnt as messages come; private to src/themes. */
#ifndef REGIE_THEMES_CONTEXT_H
#define REGIE_THEMES_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

enum { CONTEXT_DIMS = 64 };
enum { CONTEXT_CHUNK = 512 };
struct context {
	float **chunk;
	size_t n_chunks;
	float mean[CONTEXT_DIMS];
	double n;
};
struct context_word {
	uint32_t word;
	float w;
	uint64_t key;
};
void context_of(const struct context *c, const struct context_word *d, size_t n, float out[CONTEXT_DIMS]);
void context_learn(struct context *c, const struct context_word *d, size_t n);
float context_cosine(const struct context *c, const float *a, float na, const float *b, float nb);
void context_release(struct context *c);
#endif
