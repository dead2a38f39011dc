#include "ui/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

enum { CELLS_MAX = 1 << 20 }; /* of the table of common runs */

static void split(const char *s, struct diff_side *side)
{
	size_t n = strlen(s);
	bool in_word = false, bad = false;
	side->n = 0;
	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t len = utf8_next(s + i, n - i, &c, &bad);
		bool word = utf8_is_word(c);
		if (word && in_word) {
			side->v[side->n - 1].len += len;
		} else if (word || !utf8_is_blank(c)) {
			grow(&side->v, &side->cap, side->n + 1, sizeof *side->v);
			side->v[side->n++] = (struct diff_word){ .at = i, .len = len };
		}
		in_word = word;
		i += len;
	}
}

struct pair {
	const char *s[2];
	const struct diff_side *side[2];
	bool exact;
};

static bool alike(const struct pair *p, size_t i, size_t j)
{
	const struct diff_word *a = &p->side[0]->v[i], *b = &p->side[1]->v[j];
	const char *x = p->s[0] + a->at, *y = p->s[1] + b->at;
	if (a->len == b->len && !memcmp(x, y, a->len))
		return true;
	int order = 1;
	return !p->exact &&
		!u8_casecmp((const uint8_t *)x, a->len, (const uint8_t *)y, b->len, NULL, NULL, &order) && order == 0;
}

/* Marks as changed what is not in the longest common run of a[from, to_a) and b[from, to_b). */
static void middle(const struct pair *p, struct diff *d, size_t from, size_t to_a, size_t to_b)
{
	size_t rows = to_a - from, cols = to_b - from;
	for (size_t i = from; i < to_a; i++)
		d->a.v[i].changed = true;
	for (size_t j = from; j < to_b; j++)
		d->b.v[j].changed = true;
	if (!rows || !cols || (rows + 1) * (cols + 1) > CELLS_MAX)
		return;
	uint16_t *run = xcalloc((rows + 1) * (cols + 1), sizeof *run); /* of what follows i and j */
#define RUN(i, j) run[(i) * (cols + 1) + (j)]
	for (size_t i = rows; i-- > 0;)
		for (size_t j = cols; j-- > 0;)
			RUN(i, j) = alike(p, from + i, from + j) ? (uint16_t)(RUN(i + 1, j + 1) + 1)
				: RUN(i + 1, j) >= RUN(i, j + 1) ? RUN(i + 1, j) : RUN(i, j + 1);
	for (size_t i = 0, j = 0; i < rows && j < cols;) {
		if (alike(p, from + i, from + j)) {
			d->a.v[from + i++].changed = false;
			d->b.v[from + j++].changed = false;
		} else if (RUN(i + 1, j) >= RUN(i, j + 1)) {
			i++;
		} else {
			j++;
		}
	}
#undef RUN
	free(run);
}

void diff_words(const char *a, const char *b, bool exact, struct diff *out)
{
	split(a, &out->a);
	split(b, &out->b);
	struct pair p = { { a, b }, { &out->a, &out->b }, exact };
	size_t from = 0, to_a = out->a.n, to_b = out->b.n;
	while (from < to_a && from < to_b && alike(&p, from, from))
		from++;
	while (to_a > from && to_b > from && alike(&p, to_a - 1, to_b - 1)) {
		to_a--;
		to_b--;
	}
	middle(&p, out, from, to_a, to_b);
}

void diff_release(struct diff *d)
{
	free(d->a.v);
	free(d->b.v);
	*d = (struct diff){ 0 };
}

bool diff_changed(const struct diff_side *s, size_t at)
{
	size_t low = 0, high = s->n; /* the first word that begins behind `at` */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (s->v[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || !s->v[low - 1].changed)
		return false;
	const struct diff_word *w = &s->v[low - 1];
	return at < w->at + w->len || (low < s->n && s->v[low].changed);
}

bool diff_any(const struct diff *d)
{
	for (size_t i = 0; i < d->a.n; i++)
		if (d->a.v[i].changed)
			return true;
	for (size_t i = 0; i < d->b.n; i++)
		if (d->b.v[i].changed)
			return true;
	return false;
}
