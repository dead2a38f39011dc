/* themes_moderator.c: what people's merges are worth. usage: themes_moderator FILE.jsonl [LANG]
 *
 * Half of the file comes. Then a moderator merges the two largest themes that belong together (their messages are mostly of the
 * same true theme), again and again, 0, 30 or 100 times. Then the other half comes. Of the 20 largest true themes: the share of
 * the later messages that fell into the row which held most of that theme when the moderator stopped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/themes/engine.h"
#include "src/wire/wire.h"

enum { LARGEST = 20, TRUE_MAX = 1000 };

struct said {
	char *text;
	int truth; /* -1: chatter */
	uint32_t cluster;
};
struct file {
	struct said *v;
	size_t n, cap;
	char *names[TRUE_MAX];
	int n_names, size[TRUE_MAX];
};

static int number_of(struct file *f, const char *name)
{
	if (name == NULL || name[0] == '\0')
		return -1;
	for (int i = 0; i < f->n_names; i++)
		if (strcmp(f->names[i], name) == 0)
			return i;
	if (f->n_names == TRUE_MAX)
		return -1;
	f->names[f->n_names] = xstrdup(name);
	return f->n_names++;
}

static bool read_file(struct file *f, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	struct buf clean = BUF_INIT;
	while (in != NULL && getline(&line, &room, in) > 0) {
		struct json *j = json_parse(line, strlen(line), NULL);
		const char *text = j == NULL ? NULL : json_text(j, "text"),
			   *name = j == NULL ? NULL : json_text(j, "theme");
		bool changed;
		if (j != NULL && name == NULL)
			name = json_text(j, "label");
		if (text != NULL && text_clean(text, strlen(text), TEXT_MESSAGE_MAX, &clean, &changed, NULL)) {
			grow(&f->v, &f->cap, f->n + 1, sizeof *f->v);
			f->v[f->n++] = (struct said){ .text = xstrdup(clean.data), .truth = number_of(f, name) };
		}
		json_free(j);
	}
	buf_release(&clean);
	free(line);
	if (in != NULL)
		fclose(in);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].truth >= 0)
			f->size[f->v[i].truth]++;
	return f->n > 1;
}

static void come(struct engine *g, struct file *f, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct merging m;
		f->v[i].cluster = engine_place(g, f->v[i].text, 0).cluster;
		if (engine_step(g, &m))
			engine_merge(g, m.theme, m.into, BY_ENGINE);
	}
}

struct row {
	uint32_t theme;
	int size, truth; /* of most of its messages */
};

static int larger(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return x->size != y->size ? y->size - x->size : (x->theme > y->theme) - (x->theme < y->theme);
}

/* The rows as they stand after n messages, the largest first. count: [row's theme][truth], made by the call. */
static struct row *rows_of(struct engine *g, const struct file *f, size_t n, size_t *n_rows)
{
	uint32_t last = 0;
	for (size_t i = 0; i < n; i++)
		last = engine_theme(g, f->v[i].cluster) > last ? engine_theme(g, f->v[i].cluster) : last;
	int *count = xcalloc(((size_t)last + 1) * TRUE_MAX, sizeof *count);
	struct row *rows = xcalloc((size_t)last + 1, sizeof *rows);
	for (size_t i = 0; i < n; i++)
		if (f->v[i].truth >= 0)
			count[(size_t)engine_theme(g, f->v[i].cluster) * TRUE_MAX + (size_t)f->v[i].truth]++;
	*n_rows = 0;
	for (uint32_t t = 1; t <= last; t++) {
		struct row r = { .theme = t };
		int best = 0;
		for (int k = 0; k < f->n_names; k++) {
			int c = count[(size_t)t * TRUE_MAX + (size_t)k];
			r.size += c;
			if (c > best) {
				best = c;
				r.truth = k;
			}
		}
		if (r.size > 0)
			rows[(*n_rows)++] = r;
	}
	free(count);
	if (*n_rows > 1)
		qsort(rows, *n_rows, sizeof *rows, larger);
	return rows;
}

static bool act(struct engine *g, const struct file *f, size_t half)
{
	size_t n;
	struct row *rows = rows_of(g, f, half, &n);
	bool done = false;
	for (size_t b = 1; b < n && !done; b++)
		for (size_t a = 0; a < b && !done; a++)
			if (rows[a].truth == rows[b].truth)
				done = engine_merge(g, rows[b].theme, rows[a].theme, BY_PEOPLE);
	free(rows);
	return done;
}

static double captured(struct engine *g, const struct file *f, size_t half, const uint32_t *row)
{
	bool used[TRUE_MAX] = { false };
	double share = 0;
	int n = 0;
	for (; n < LARGEST && n < f->n_names; n++) {
		int truth = -1, later = 0, got = 0;
		for (int k = 0; k < f->n_names; k++)
			if (!used[k] && (truth < 0 || f->size[k] > f->size[truth]))
				truth = k;
		used[truth] = true;
		for (size_t i = half; i < f->n; i++)
			if (f->v[i].truth == truth) {
				later++;
				got += engine_theme(g, f->v[i].cluster) == engine_root(g, row[truth]);
			}
		share += later == 0 ? 0 : (double)got / later;
	}
	return n == 0 ? 0 : share / n;
}

int main(int argc, char **argv)
{
	static const int acts[] = { 0, 30, 100 };
	static struct file f;
	if (argc < 2 || !read_file(&f, argv[1])) {
		fprintf(stderr, "usage: themes_moderator FILE.jsonl [LANG]\n");
		return 2;
	}
	printf("simulated moderator:");
	for (size_t a = 0; a < COUNT_OF(acts); a++) {
		struct engine *g = engine_new(argc > 2 ? argv[2] : "fr");
		size_t half = f.n / 2, n;
		int done = 0;
		come(g, &f, 0, half);
		while (done < acts[a] && act(g, &f, half))
			done++;
		uint32_t row[TRUE_MAX] = { 0 };
		int best[TRUE_MAX] = { 0 };
		struct row *rows = rows_of(g, &f, half, &n);
		for (size_t i = 0; i < n; i++)
			if (rows[i].size > best[rows[i].truth]) {
				best[rows[i].truth] = rows[i].size;
				row[rows[i].truth] = rows[i].theme;
			}
		free(rows);
		come(g, &f, half, f.n);
		printf("  %d acts (%d to do): %.3f", acts[a], done, captured(g, &f, half, row));
		engine_free(g);
	}
	printf("  of the later messages of the 20 largest themes captured\n");
	return 0;
}
