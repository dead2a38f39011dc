/* question_reading.c: the models of readings, one a language and process, opened by the query worker when first wanted. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/question.h"

static const struct reading_model *(*opener)(const char *lang, struct error *e);
static struct {
	char lang[8];
	const struct reading_model *model;
	enum { UNTRIED, OPENING, OPEN, FAILED } is;
} models[2];

struct opening {
	struct job job;
	struct ui *ui;
	size_t slot;
	const struct reading_model *model;
	bool over;
};

void readings_from(const struct reading_model *(*open)(const char *lang, struct error *e))
{
	opener = open;
}

static bool work(struct job *j, struct replica *r, struct error *e)
{
	struct opening *o = (struct opening *)j;
	(void)r;
	if (!o->model) /* it may give way to another when it was as good as done, and runs anew */
		o->model = opener(models[o->slot].lang, e);
	return o->model != NULL;
}

static void over(struct job *j, const struct error *failed)
{
	struct opening *o = (struct opening *)j;
	models[o->slot].model = o->model;
	models[o->slot].is = failed ? FAILED : OPEN;
	o->over = true;
	if (!failed)
		o->ui->moved |= VIEW_WORLD;
	ui_dirty(o->ui);
}

/* Put aside for another job of its slot: the next who wants it asks again; a model that was made stays. */
static void drop(struct job *j)
{
	struct opening *o = (struct opening *)j;
	if (!o->over) {
		models[o->slot].model = o->model;
		models[o->slot].is = o->model ? OPEN : UNTRIED;
	}
	free(o);
}

bool readings_of(struct ui *ui, const char *text, struct reading *out)
{
	const struct event *ev = world_event(ui_world(ui));
	if (!opener || !ev || !text[0])
		return false;
	size_t i = strcmp(ev->lang, "fr") ? 1 : 0;
	if (models[i].is == UNTRIED && ui->worker) {
		struct opening *o = xcalloc(1, sizeof *o);
		*o = (struct opening){ .job = { .work = work, .over = over, .drop = drop }, .ui = ui, .slot = i };
		memcpy(models[i].lang, i ? "en" : "fr", 3);
		models[i].is = OPENING;
		worker_put(ui->worker, SLOT_MORE, &o->job);
	}
	return models[i].is == OPEN && reading_of(models[i].model, text, out);
}
