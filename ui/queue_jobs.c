/* queue_jobs.c: when the queues ask the worker for what, and this seat's own acts laid over the answers. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue_query.h"

static enum worker_slot own(const struct queue *q, enum worker_slot first)
{
	return (enum worker_slot)((int)first + q->index);
}

static struct query *ask(struct queue *q, enum query_what what)
{
	struct query *a = xcalloc(1, sizeof *a);
	bool of_themes = what == W_FIRST || what == W_REST || what == W_ANEW || what == W_ROWS;
	const struct queue_rows *r = of_themes ? &q->themes : queue_rows(q);
	a->job = (struct job){ .work = query_work, .over = query_over, .drop = query_drop };
	a->q = q;
	a->what = what;
	a->channel = q->channel;
	a->order = q->order;
	a->everything = q->everything;
	a->fine = q->fine && (of_themes || q->level == Q_THEMES);
	a->within = q->within;
	a->words = r->filter == NULL || r->filter[0] == '\0' ? NULL : xstrdup(r->filter);
	if (q->level == Q_ALL || q->level == Q_SAMPLE) {
		a->theme = q->open;
		a->cluster = q->open_cluster;
	}
	a->seed = q->seed;
	a->limit = STRETCH;
	return a;
}

static void put(struct queue *q, enum worker_slot slot, struct query *a)
{
	worker_put(q->ui->worker, own(q, slot), &a->job);
}

static void put_and_wait(struct queue *q, enum worker_slot slot, struct query *a)
{
	put(q, slot, a);
	if (!q->typing) /* a letter is echoed first */
		worker_wait(q->ui->worker, own(q, slot), WAIT_MS);
}

void queue_load_themes(struct queue *q, int64_t keep)
{
	struct query *a = ask(q, W_FIRST);
	a->limit = a->words == NULL ? FIRST_THEMES : FIRST_MATCHES;
	a->id = keep;
	worker_cancel(q->ui->worker, own(q, SLOT_ORDER_1));
	put_and_wait(q, SLOT_LIST_1, a);
}

void queue_warm(struct queue *q)
{
	if (q->level == Q_THEMES)
		put(q, SLOT_WORDS_1, ask(q, W_WORDS));
}

void queue_load_rest(struct queue *q)
{
	put(q, SLOT_ORDER_1, ask(q, W_REST));
}

void queue_refresh(struct queue *q, bool keep)
{
	struct query *a = ask(q, W_ANEW);
	a->id = keep ? queue_id_at(&q->themes, q->themes.sel) : 0;
	put_and_wait(q, SLOT_ORDER_1, a);
}

void queue_load_messages(struct queue *q, bool oldest)
{
	struct query *a = ask(q, q->level == Q_SAMPLE ? W_SAMPLE : oldest ? W_OLDEST : W_NEWEST);
	if (a->words != NULL)
		a->limit = FIRST_MATCHES;
	put_and_wait(q, SLOT_LIST_1, a);
}

void queue_load_around(struct queue *q, int64_t id)
{
	struct query *a = ask(q, W_AROUND);
	a->id = id;
	a->limit = STRETCH / 2;
	put_and_wait(q, SLOT_LIST_1, a);
}

/* Themes: rows [from, to) of the order. */
static void load_rows(struct queue *q, int64_t from, int64_t to, bool wait)
{
	struct queue_rows *t = &q->themes;
	from = from < 0 ? 0 : from;
	to = to > (int64_t)t->n_ids ? (int64_t)t->n_ids : to;
	if (from >= to)
		return;
	struct query *a = ask(q, W_ROWS);
	a->after = from;
	a->n_ids = (size_t)(to - from);
	a->ids = xcalloc(a->n_ids, sizeof *a->ids);
	memcpy(a->ids, t->ids + from, a->n_ids * sizeof *a->ids);
	if (wait)
		put_and_wait(q, SLOT_LIST_1, a);
	else
		put(q, SLOT_LIST_1, a);
}

static void extend_themes(struct queue *q)
{
	const struct queue_rows *t = &q->themes;
	int page = q->l.page > 0 ? q->l.page : 40;
	int64_t from = t->top, to = t->top + page, held = t->first + (int64_t)t->n, n = (int64_t)t->n_ids;
	to = to > n ? n : to;
	if (n == 0 || worker_busy(q->ui->worker, own(q, SLOT_LIST_1)))
		return;
	if (from < t->first || to > held)
		load_rows(q, from, to, true); /* what is seen; the rest comes after */
	else if ((t->first > 0 && from - t->first < page) || (held < n && held - to < page))
		load_rows(q, from - STRETCH, to + STRETCH, false);
}

static void extend_messages(struct queue *q)
{
	struct queue_rows *m = &q->messages;
	int64_t below = queue_high(m) - m->sel, above = m->sel - m->first;
	bool edge = (below < q->l.page && !m->to_end) || (above < q->l.page && !m->to_top);
	if (edge && !q->typing && worker_busy(q->ui->worker, own(q, SLOT_LIST_1)))
		worker_wait(q->ui->worker, own(q, SLOT_LIST_1), WAIT_MS);
	if (m->n == 0 || worker_busy(q->ui->worker, own(q, SLOT_LIST_1)))
		return;
	below = queue_high(m) - m->sel;
	above = m->sel - m->first;
	bool older = !m->to_end && below < NEAR + q->l.page, newer = !m->to_top && above < NEAR + q->l.page;
	if (!older && !newer)
		return;
	if (older && newer)
		older = below <= above;
	struct query *a = ask(q, older ? W_OLDER : W_NEWER);
	*(older ? &a->before : &a->after) = older ? m->v[m->n - 1].id : m->v[0].id;
	if ((older ? below : above) < q->l.page)
		put_and_wait(q, SLOT_LIST_1, a);
	else
		put(q, SLOT_LIST_1, a);
}

void queue_extend(struct queue *q)
{
	if (q->level == Q_THEMES)
		extend_themes(q);
	else
		extend_messages(q);
}

void queue_count(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	int page = q->l.page > 0 ? q->l.page : 40;
	if (q->level == Q_SAMPLE && q->open == 0)
		return;
	struct query *a = ask(q, W_COUNT);
	int64_t from = r->top, to = r->top + page - 1;
	from = from < queue_low(r) ? queue_low(r) : from;
	to = to > queue_high(r) ? queue_high(r) : to;
	if (q->level == Q_THEMES) {
		a->theme = 0;
		a->ids = xcalloc((size_t)page + 1, sizeof *a->ids);
		for (int64_t i = from; i <= to; i++)
			a->ids[a->n_ids++] = queue_id_at(r, i);
		a->id = r->loaded && a->words == NULL && !q->everything && !(q->fine && q->within != 0) ? r->seen : 0;
	} else {
		bool rows = to >= from && q->level != Q_SAMPLE;
		a->limit = rows ? (size_t)(to - from + 1) : 0;
		a->before = rows ? queue_id_at(r, from) + 1 : 0;
		a->after = rows ? queue_id_at(r, to) - 1 : 0;
		a->id = rows && r->to_top ? r->v[0].id : 0;
	}
	q->stale = false;
	q->counted_at = q->ui->mono;
	put(q, SLOT_COUNT_1, a);
}

void queue_preview(struct queue *q)
{
	int64_t id = queue_selected(q);
	q->previewed = true;
	if (id == 0) { /* nothing is selected: nothing is shown of it */
		queue_row_release(&q->preview);
		q->preview_of = 0;
	}
	if (q->level != Q_THEMES || id == 0)
		return;
	struct query *a = ask(q, W_PREVIEW);
	a->theme = q->fine ? 0 : id;
	a->cluster = q->fine ? id : 0;
	a->limit = 1;
	put(q, SLOT_PREVIEW_1, a);
}

static const enum worker_slot slots[] = { SLOT_LIST_1, SLOT_PREVIEW_1, SLOT_ORDER_1, SLOT_COUNT_1, SLOT_WORDS_1 };

void queue_forget_jobs(struct queue *q)
{
	for (size_t i = 0; i < COUNT_OF(slots); i++)
		worker_cancel(q->ui->worker, own(q, slots[i]));
}

bool queue_settled(const struct queue *q)
{
	for (size_t i = 0; i < COUNT_OF(slots); i++)
		if (worker_busy(q->ui->worker, own(q, slots[i])))
			return false;
	return !q->stale && (q->previewed || !q->ui->config->preview);
}

/* ---- this seat's own acts ---------------------------------------------------------------------------------------- */

static void overlay_row(struct queue *q, struct queue_row *r, enum kind kind)
{
	char id[ID_MAX];
	id_from_number(id, kind == K_THEME && q->fine ? r->theme : r->id);
	bool was = r->unsent;
	r->unsent = acts_unsent(q->ui->acts, kind, id);
	if (!r->unsent && !was)
		return;
	const struct record *x = world_get(ui_world(q->ui), kind, id);
	if (x == NULL)
		return;
	if (kind == K_THEME && q->fine)
		queue_row_state(r, (const struct theme *)x);
	else if (kind == K_THEME)
		queue_row_theme(r, (const struct theme *)x);
	else
		queue_row_message(r, (const struct message *)x);
}

void queue_overlay(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	enum kind kind = q->level == Q_THEMES ? K_THEME : K_MESSAGE;
	for (int64_t i = r->top; i < r->top + q->l.page; i++) {
		struct queue_row *row = queue_row_at(r, i);
		if (row != NULL && row->loaded && (row->unsent || acts_unsettled(q->ui->acts) > 0))
			overlay_row(q, row, kind);
	}
}
