/* themes_speed.c: how fast the engine groups an evening of any size, how long one message takes, what it costs in memory,
 * and how fast a restart has it back. usage: themes_speed FILE.jsonl [MESSAGES [COPIES]]   (1300000 messages, 0 in 100 copies)
 *
 * Messages are made of the file's: one is drawn, a tenth of its words goes, a tenth are those of another one, some are misspelt,
 * two neighbours may change places. COPIES in 100 are exact copies of one of the last 100000. No two of the others are alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/error.h"
#include "src/base/mem.h"
#include "src/themes/engine.h"
#include "src/wire/wire.h"

enum { TEXT = 400, RECENT = 100000, WORDS = 60 };

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t split(char *text, char **words)
{
	size_t n = 0;
	for (char *p = strtok_r(text, " ", &text); p != NULL && n < WORDS; p = strtok_r(NULL, " ", &text))
		words[n++] = p;
	return n;
}

static void misspell(char *word)
{
	size_t n = strlen(word);
	if (n > 4)
		word[1 + draw((uint32_t)n - 2)] = (char)('a' + draw(26));
}

static void vary(const char *text, const char *other, char *out)
{
	char a[2000], b[2000], *wa[WORDS], *wb[WORDS];
	snprintf(a, sizeof a, "%s", text);
	snprintf(b, sizeof b, "%s", other);
	size_t na = split(a, wa), nb = split(b, wb), len = 0;
	if (na > 3 && draw(2) == 0) {
		size_t at = draw((uint32_t)na - 1);
		char *t = wa[at];
		wa[at] = wa[at + 1];
		wa[at + 1] = t;
	}
	out[0] = '\0';
	for (size_t i = 0; i < na && len < TEXT - 60; i++) {
		uint32_t fate = draw(100);
		const char *w = wa[i];
		if (fate < 10)
			continue;
		if (fate < 20 && nb > 0)
			w = wb[draw((uint32_t)nb)];
		else if (fate < 25)
			misspell(wa[i]);
		len += (size_t)snprintf(out + len, TEXT - len, "%s%.40s", len > 0 ? " " : "", w);
	}
}

static char **read_texts(const char *path, size_t *n)
{
	char **v = NULL, *line = NULL;
	size_t cap = 0, room = 0;
	FILE *f = fopen(path, "re");
	*n = 0;
	while (f != NULL && getline(&line, &room, f) > 0) {
		struct json *j = json_parse(line, strlen(line), NULL);
		const char *text = j == NULL ? NULL : json_text(j, "text");
		if (text != NULL && strlen(text) > 3) {
			grow(&v, &cap, *n + 1, sizeof *v);
			v[(*n)++] = xstrdup(text);
		}
		json_free(j);
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return v;
}

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

struct merged {
	size_t after;
	struct merging m;
};

int main(int argc, char **argv)
{
	size_t n_texts, n = argc > 2 ? strtoul(argv[2], NULL, 10) : 1300000;
	uint32_t copies = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	char **texts = argc > 1 ? read_texts(argv[1], &n_texts) : NULL;
	if (texts == NULL || n_texts == 0 || n == 0) {
		fprintf(stderr, "usage: themes_speed FILE.jsonl [MESSAGES [COPIES]]\n");
		return 2;
	}
	char(*all)[TEXT] = xmalloc(n * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && draw(100) < copies)
			memcpy(all[i], all[i - 1 - draw(i < RECENT ? (uint32_t)i : RECENT)], TEXT);
		else
			vary(texts[draw((uint32_t)n_texts)], texts[draw((uint32_t)n_texts)], all[i]);
		if (copies == 0)
			snprintf(all[i] + strlen(all[i]), TEXT - strlen(all[i]), " %zu", i);
	}
	float *took = xmalloc(n * sizeof *took);
	struct placing *placed = xmalloc(n * sizeof *placed);
	struct merged *merges = NULL;
	size_t n_merges = 0, cap_merges = 0, themes = 0, clusters = 0;
	struct engine *g = engine_new("fr");
	double begun = seconds(CLOCK_THREAD_CPUTIME_ID), was = begun;
	for (size_t i = 0; i < n; i++) {
		struct merging m;
		placed[i] = engine_place(g, all[i], 0);
		clusters += placed[i].fresh;
		themes += placed[i].fresh && placed[i].theme == placed[i].cluster;
		if (engine_step(g, &m) && engine_merge(g, m.theme, m.into, BY_ENGINE)) {
			grow(&merges, &cap_merges, n_merges + 1, sizeof *merges);
			merges[n_merges++] = (struct merged){ .after = i, .m = m };
		}
		double now = seconds(CLOCK_THREAD_CPUTIME_ID);
		took[i] = (float)(now - was);
		was = now;
	}
	double spent = was - begun;
	size_t memory = engine_memory(g);
	qsort(took, n, sizeof *took, ascending);
	struct engine *back = engine_new("fr");
	double restart = seconds(CLOCK_THREAD_CPUTIME_ID);
	for (size_t i = 0, next = 0; i < n; i++) {
		if (placed[i].asks_nothing && placed[i].fresh)
			engine_set_bucket(back, placed[i].cluster);
		engine_restore(back, all[i], 0, placed[i].cluster, placed[i].theme);
		for (; next < n_merges && merges[next].after == i; next++)
			engine_merge(back, merges[next].m.theme, merges[next].m.into, BY_ENGINE);
	}
	restart = seconds(CLOCK_THREAD_CPUTIME_ID) - restart;
	printf("%zu messages, %u in 100 copies: %.0f a second; one takes %.1f us in the middle, p99 %.1f us, longest "
	       "%.0f us; "
	       "%zu clusters, %zu themes; %.0f MB beyond the texts; back after a restart in %.1f s\n",
		n, copies, (double)n / spent, (double)took[n / 2] * 1e6, (double)took[n - 1 - n / 100] * 1e6,
		(double)took[n - 1] * 1e6, clusters, themes - n_merges, (double)memory / 1e6, restart);
	engine_free(g);
	engine_free(back);
	return 0;
}
