/* queue.c: the queue on a large replica, without a terminal: from a key to the cells, in milliseconds.
 *
 * usage: bench-queue DIR (made by make bench-replica)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/queue.h"

enum { ROUNDS = 100 };

static struct replica *replica;
static void (*typed)(void *ctx, const char *text);
static void (*taken)(void *ctx, const char *text);
static void *asker;

void ui_say(struct ui *ui, bool bad, const char *fmt, ...)
{
	(void)ui;
	if (bad)
		fprintf(stderr, "%s\n", fmt);
}
bool ui_do(struct ui *ui, const char *op, const char *arg1, const char *arg2, const char *arg3)
{
	(void)ui, (void)op, (void)arg1, (void)arg2, (void)arg3;
	return true;
}
void ui_ask(struct ui *ui, const char *label, const char *text, void *ctx, void (*on_typed)(void *ctx, const char *text),
	void (*on_taken)(void *ctx, const char *text))
{
	(void)ui, (void)label, (void)text;
	typed = on_typed;
	taken = on_taken;
	asker = ctx;
}
void ui_choose(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*on_taken)(void *ctx, const char *value))
{
	(void)ui, (void)label, (void)rows, (void)n, (void)ctx, (void)on_taken;
}
const struct world *ui_world(struct ui *ui)
{
	(void)ui;
	return replica_world(replica);
}
void ui_dirty(struct ui *ui)
{
	ui->dirty = true;
}
void ui_key_of(const struct ui *ui, const char *context, const char *action, struct buf *out)
{
	(void)ui;
	(void)context;
	buf_adds(out, action);
}

void ui_presence(struct ui *ui)
{
	(void)ui;
}
const char *ui_claimed(const struct ui *ui, const char *what)
{
	(void)ui, (void)what;
	return NULL;
}
bool question_open(struct ui *u, const char *id)
{
	(void)u, (void)id;
	return false;
}
int64_t acts_unsettled(struct acts *a)
{
	(void)a;
	return 0;
}
bool acts_unsent(struct acts *a, enum kind kind, const char *id)
{
	(void)a, (void)kind, (void)id;
	return false;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct config config;
static struct ui ui;
static struct view *v;

static void draw(void)
{
	grid_clear(&ui.grid);
	v->class->draw(v, &ui, grid_area(&ui.grid), true);
}

/* Draws until the rows on the screen are the last ones. */
static void finish(void)
{
	struct queue *q = (struct queue *)v;
	draw();
	while (worker_busy(ui.worker, (enum worker_slot)(SLOT_LIST_1 + q->index))) {
		worker_wait(ui.worker, (enum worker_slot)(SLOT_LIST_1 + q->index), 1000);
		draw();
	}
}

static void settle(void)
{
	finish();
	while (!worker_idle(ui.worker))
		for (int s = 0; s < WORKER_SLOTS; s++)
			worker_wait(ui.worker, (enum worker_slot)s, 1000);
	draw();
}

static void act(const char *name)
{
	const struct action_set *const sets[] = { &actions_messages, &actions_queue, &actions_list };
	for (size_t i = 0; i < COUNT_OF(sets); i++)
		for (const struct action *a = sets[i]->actions; a->name != NULL; a++)
			if (strcmp(a->name, name) == 0 && a->run(v, &ui, ""))
				return;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void report(const char *what, double *ms, size_t n)
{
	qsort(ms, n, sizeof *ms, by_size);
	printf("%-44s p50 %7.2f  p90 %7.2f  max %7.2f ms\n", what, ms[n / 2], ms[n * 9 / 10], ms[n - 1]);
}

static void keys(const char *what, const char *name, const char *other)
{
	double ms[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		double from = now();
		act(i % 2 == 1 && other != NULL ? other : name);
		finish();
		ms[i] = now() - from;
		settle();
	}
	report(what, ms, ROUNDS);
}

static void held(const char *what)
{
	double ms[5];
	for (int k = 0; k < 5; k++) {
		double from = now();
		for (int i = 0; i < 1000; i++)
			act("down");
		finish();
		ms[k] = now() - from;
		settle();
	}
	report(what, ms, 5);
}

static void filters(const char *what, const char *const *words, size_t n)
{
	double all[400], each[64];
	size_t k = 0;
	for (size_t w = 0; w < n; w++) {
		size_t m = 0;
		act("filter");
		for (size_t len = 1; len <= strlen(words[w]); len++) {
			char part[64];
			snprintf(part, sizeof part, "%.*s", (int)len, words[w]);
			double from = now();
			typed(asker, part);
			draw();
			finish();
			all[k++] = each[m++] = now() - from;
		}
		taken(asker, NULL);
		settle();
		printf("  %-12s", words[w]);
		for (size_t i = 0; i < m; i++)
			printf(" %.1f", each[i]);
		printf("\n");
	}
	report(what, all, k);
}

static void memory(const char *when)
{
	struct buf b = BUF_INIT;
	if (file_read("/proc/self/status", 65536, &b, NULL)) {
		const char *p = strstr(b.data, "RssAnon:");
		printf("anonymous memory %s: %ld kB\n", when, p == NULL ? 0 : strtol(p + 8, NULL, 10));
	}
	buf_release(&b);
}

int main(int argc, char **argv)
{
	static const char *const words[] = { "smic", "pourquoi", "ecole", "qzjxw", "violence", "abcde", "le prix", "ministre" };
	struct error e = { 0 };
	double from = now();
	intl_open("fr", NULL);
	replica = argc < 2 ? NULL
			   : replica_open(&(struct replica_options){ .dir = argv[1], .read_only = true, .cache_kb = 1024, .mapped = true }, &e);
	ui.worker = replica == NULL ? NULL : worker_new(argv[1], &e);
	if (ui.worker == NULL) {
		fprintf(stderr, "bench-queue: %s\n", e.text);
		return 1;
	}
	config.preview = true;
	snprintf(config.order, sizeof config.order, "people");
	ui.config = &config;
	ui.mono = 1000000;
	grid_init(&ui.grid, 40, 120);
	v = view_sms.make(&ui);
	v->class->changed(v, &ui, VIEW_ALL);
	finish();
	printf("%-44s %.2f ms\n", "first themes", now() - from);
	settle();
	printf("%-44s %.2f ms\n", "the whole order, counts", now() - from);
	memory("with a whole order");
	keys("themes: one line down", "down", NULL);
	keys("themes: page", "page-down", NULL);
	keys("themes: end, first", "last", "first");
	held("themes: 1,000 held down");
	filters("themes: filter, a letter", words, COUNT_OF(words));
	act("first");
	keys("themes: order", "order", NULL);
	act("channel");
	settle();
	keys("messages: one line down", "down", NULL);
	keys("messages: page", "page-down", NULL);
	keys("messages: end, first", "last", "first");
	act("first");
	held("messages: 1,000 held down");
	filters("messages: filter, a letter", words, COUNT_OF(words));
	act("channel");
	settle();
	act("first");
	keys("open the largest theme, back", "open", "back");
	act("open");
	act("all");
	settle();
	keys("its messages: page", "page-down", NULL);
	keys("its messages: end, first", "last", "first");
	act("back");
	act("back");
	settle();
	from = now();
	act("fine");
	finish();
	printf("%-44s %.2f ms\n", "clusters: the first", now() - from);
	ui.mono += 1000;
	v->class->changed(v, &ui, VIEW_ROWS);
	settle();
	printf("%-44s %.2f ms\n", "clusters: who wrote those on the screen", now() - from);
	keys("clusters: page", "page-down", NULL);
	keys("clusters: end, first", "last", "first");
	filters("clusters: filter, a letter", words, COUNT_OF(words));
	memory("at the end");
	v->class->free(v);
	worker_free(ui.worker);
	replica_close(replica);
	grid_release(&ui.grid);
	return 0;
}
