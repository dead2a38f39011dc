/* ingest_store.c: how many messages a second the store makes durable, how fast a console can pull them, how long a restart
 * takes. usage: ingest_store [MESSAGES [BATCH [DIR [TEXTS]]]]   (400000 250, a folder under TMPDIR; TEXTS: a file, one a line)
 *
 * Without a file, texts are like those of an evening: a Zipf-like share falls on a few themes, written in some variants each, and every fifth
 * message is like no other. Three in four senders are new. Checkpoints run on a thread of their own, as in the server.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "data/store.h"
#include "src/base/mem.h"

static const char *const OPENINGS[] = { "Pourquoi", "Ke pensez vs :", "Bonjour, est-ce que", "svp",
	"Monsieur le ministre," };
static const char *const THINGS[] = { "le smic", "l'école", "les retraites", "l'essence", "le chômage", "les urgences",
	"les loyers", "la Turquie", "les impôts", "le bac", "les 35 heures", "la dette" };

struct load {
	uint64_t seed;
	char text[400];
	FILE *texts;
};

static uint64_t draw(struct load *l)
{
	uint64_t z = l->seed += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	return z ^ (z >> 31);
}

static void next_text(struct load *l, size_t i)
{
	uint64_t r = draw(l);
	if (l->texts != NULL && fgets(l->text, sizeof l->text, l->texts) != NULL) {
		l->text[strcspn(l->text, "\n")] = '\0';
		return;
	}
	if (r % 5 == 0) {
		snprintf(l->text, sizeof l->text, "Je voudrais savoir %llx ce que vous ferez de %s pour le dossier %zu",
			(unsigned long long)r >> 44, THINGS[r >> 8 & 7], i);
		return;
	}
	double u = (double)(draw(l) >> 11) / 9007199254740992.0;
	unsigned theme = (unsigned)(2000.0 * u * u * u * u * u); /* most fall on the first ones */
	snprintf(l->text, sizeof l->text, "%s %s va encore baisser dans le departement numero %u ?",
		OPENINGS[r >> 16 & 3], THINGS[theme % COUNT_OF(THINGS)], theme);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void need(bool done, const struct error *e)
{
	if (!done) {
		fprintf(stderr, "%s\n", e->text);
		exit(1);
	}
}

struct checkpoints {
	const char *dir;
	atomic_bool due, over;
	int done;
};

static void *checkpoint(void *arg)
{
	struct checkpoints *c = arg;
	while (!atomic_load(&c->over)) {
		if (atomic_exchange(&c->due, false)) {
			struct error e = { .code = ERR_NONE };
			need(store_checkpoint(c->dir, NULL, &e), &e);
			c->done++;
		}
		const struct timespec look = { .tv_nsec = 1000000 };
		nanosleep(&look, NULL); /* banned-ok: because a measurement looks once a millisecond */
	}
	return NULL;
}

static void append(struct store *s, struct load *l, size_t i, struct error *e)
{
	struct receipt got;
	struct arrival a = { .channel = i % 80 == 0 ? CH_WEB : CH_SMS,
		.source = { draw(l), i + 1 },
		.text = l->text,
		.name = i % 3 == 0 ? "Momi543" : "",
		.room = "",
		.gateway = "orange",
		.gateway_id = "",
		.advance = true };
	next_text(l, i);
	uint64_t person = draw(l) % 4 == 0 ? draw(l) % (i + 1) : i;
	a.person = (struct key128){ person * 0x9e3779b97f4a7c15u + 1, person * 0xbf58476d1ce4e5b9u };
	need(store_append(s, &a, &got, e), e);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void ingest(struct store *s, size_t n, size_t batch, FILE *texts, struct checkpoints *c)
{
	struct load l = { .seed = 2004, .texts = texts };
	struct error e = { .code = ERR_NONE };
	size_t batches = (n + batch - 1) / batch, done = 0;
	double *took = xcalloc(batches, sizeof *took), begun = seconds();
	for (size_t b = 0; b < batches; b++) {
		struct committed out;
		double from = seconds();
		need(store_begin(s, &e), &e);
		for (size_t i = 0; i < batch && done < n; i++)
			append(s, &l, done++, &e);
		need(store_commit(s, &out, &e), &e);
		if (store_checkpoint_due(s))
			atomic_store(&c->due, true);
		took[b] = seconds() - from;
	}
	double all = seconds() - begun;
	qsort(took, batches, sizeof *took, by_value);
	struct store_figures f;
	store_figures(s, &f);
	printf("ingest     %zu messages in %.2f s: %.0f a second; a batch of %zu: median %.2f ms, 99 %% %.2f ms, worst "
	       "%.1f ms\n",
		n, all, (double)n / all, batch, took[batches / 2] * 1e3, took[batches * 99 / 100] * 1e3,
		took[batches - 1] * 1e3);
	printf("           %lld themes, %lld people, commit median %lld us, %d checkpoints, memory of themes %.0f MB\n",
		(long long)f.themes, (long long)f.people, (long long)f.sync_us_median, c->done,
		(double)f.memory_themes / 1e6);
	free(took);
}

static void pull(const struct store_options *o)
{
	struct error e = { .code = ERR_NONE };
	struct reader *r = reader_open(o, &e);
	need(r != NULL, &e);
	struct buf out = BUF_INIT;
	struct changes_page p = { .more = true };
	char cursor[CURSOR_MAX] = "";
	size_t rows = 0, bytes = 0, pages = 0;
	double begun = seconds(), worst = 0;
	while (p.more) {
		double from = seconds();
		buf_reset(&out);
		need(reader_changes(r, cursor, 5000, false, &out, &p, &e), &e);
		memcpy(cursor, p.next, sizeof cursor);
		rows += p.rows;
		bytes += out.len;
		pages++;
		if (seconds() - from > worst)
			worst = seconds() - from;
	}
	double all = seconds() - begun;
	printf("first load %zu rows, %.0f MB, %zu pages in %.2f s: %.0f rows a second; worst page %.0f ms\n", rows,
		(double)bytes / 1e6, pages, all, (double)rows / all, worst * 1e3);
	buf_release(&out);
	reader_close(r);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 400000,
	       batch = argc > 2 ? strtoull(argv[2], NULL, 10) : 250;
	char made[] = "/tmp/regie-bench-XXXXXX";
	struct store_options o = { .dir = argc > 3 ? argv[3] : mkdtemp(made) };
	struct error e = { .code = ERR_NONE };
	need(o.dir != NULL && n > 0 && batch > 0 && store_init(&o, "Mesure", "fr", true, &e), &e);
	struct store *s = store_open(&o, &e);
	need(s != NULL, &e);
	struct checkpoints c = { .dir = o.dir };
	pthread_t thread;
	need(pthread_create(&thread, NULL, checkpoint, &c) == 0, &e);
	ingest(s, n, batch, argc > 4 ? fopen(argv[4], "re") : NULL, &c);
	atomic_store(&c.over, true);
	pthread_join(thread, NULL);
	pull(&o);
	store_close(s);
	double begun = seconds();
	s = store_open(&o, &e);
	need(s != NULL, &e);
	printf("reopened   in %.2f s\n", seconds() - begun);
	store_close(s);
	printf("left in    %s\n", o.dir);
	return 0;
}
