#include "src/themes/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

static const float *get(const struct context *c, uint32_t word)
{
	size_t k = word / CONTEXT_CHUNK;
	if (k >= c->n_chunks || c->chunk[k] == NULL)
		return NULL;
	return c->chunk[k] + (word % CONTEXT_CHUNK) * (CONTEXT_DIMS + 1);
}

static float *make(struct context *c, uint32_t word)
{
	size_t k = word / CONTEXT_CHUNK;
	if (k >= c->n_chunks) {
		c->chunk = xrealloc(c->chunk, k + 64, sizeof *c->chunk);
		for (; c->n_chunks < k + 64; c->n_chunks++)
			c->chunk[c->n_chunks] = NULL;
	}
	if (c->chunk[k] == NULL)
		c->chunk[k] = xcalloc(CONTEXT_CHUNK * (CONTEXT_DIMS + 1), sizeof(float));
	return c->chunk[k] + (word % CONTEXT_CHUNK) * (CONTEXT_DIMS + 1);
}

static void add_index(float *v, uint64_t key, float w)
{
	for (int k = 0; k < 8; k++, key >>= 7)
		v[key & 63] += key & 64 ? w : -w;
}

void context_of(const struct context *c, const struct context_word *d, size_t n, float out[CONTEXT_DIMS])
{
	memset(out, 0, CONTEXT_DIMS * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		const float *v = d[i].word == 0 ? NULL : get(c, d[i].word);
		if (v == NULL || v[CONTEXT_DIMS] <= 0)
			continue;
		float by = d[i].w / sqrtf(v[CONTEXT_DIMS]);
		for (int k = 0; k < CONTEXT_DIMS; k++)
			out[k] += by * v[k];
	}
	float square = 0;
	for (int k = 0; k < CONTEXT_DIMS; k++)
		square += out[k] * out[k];
	float by = square > 0 ? 1 / sqrtf(square) : 0;
	for (int k = 0; k < CONTEXT_DIMS; k++)
		out[k] *= by;
}

void context_learn(struct context *c, const struct context_word *d, size_t n)
{
	float all[CONTEXT_DIMS] = { 0 };
	for (size_t i = 0; i < n; i++)
		add_index(all, d[i].key, d[i].w);
	for (size_t i = 0; i < n; i++) {
		if (d[i].word == 0)
			continue;
		float *v = make(c, d[i].word);
		float square = 0;
		add_index(v, d[i].key, -d[i].w * .5f);
		for (int k = 0; k < CONTEXT_DIMS; k++) {
			v[k] += all[k];
			square += v[k] * v[k];
		}
		v[CONTEXT_DIMS] = square;
	}
}

float context_cosine(const struct context *c, const float *a, float na, const float *b, float nb)
{
	float dot = 0, x = 0, y = 0;
	if (na <= 0 || nb <= 0 || c->n <= 0)
		return 0;
	float ia = 1 / na, ib = 1 / nb, im = (float)(1 / c->n);
	for (int k = 0; k < CONTEXT_DIMS; k++) {
		float m = c->mean[k] * im, p = a[k] * ia - m, q = b[k] * ib - m;
		dot += p * q;
		x += p * p;
		y += q * q;
	}
	return x <= 0 || y <= 0 ? 0 : dot / sqrtf(x * y);
}

void context_release(struct context *c)
{
	for (size_t i = 0; i < c->n_chunks; i++)
		free(c->chunk[i]);
	free(c->chunk);
}
