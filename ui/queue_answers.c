/* queue_answers.c: the answers to the queues' queries, on the interface's thread. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue_query.h"

static void take_rows(struct query *a, struct queue_rows *rows, int64_t first)
{
	for (size_t i = 0; i < rows->n; i++)
		queue_row_release(&rows->v[i]);
	free(rows->v);
	rows->v = a->v;
	rows->n = a->n;
	rows->first = first;
	a->v = NULL;
	a->n = a->cap = 0;
}

static int compare_ids(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return a < b ? -1 : a > b;
}

static void take_ids(struct query *a, struct queue_rows *t)
{
	free(t->ids);
	t->ids = a->found != NULL ? a->found : xcalloc(1, sizeof *t->ids);
	t->n_ids = a->n_found;
	a->found = NULL;
	a->n_found = a->cap_found = 0;
}

static void over_first(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	take_ids(a, t);
	t->whole = a->words != NULL || a->fine || (a->n < a->limit && a->n_last == 0); /* what asks nothing comes with the rest */
	t->seen = a->highest;
	t->fresh = 0;
	t->loaded = true;
	t->sel = t->top = 0;
	take_rows(a, t, 0);
	for (size_t i = 0; i < t->n_ids; i++)
		if (a->id != 0 && t->ids[i] == a->id)
			t->sel = (int64_t)i;
}

/* What is not there yet comes after what is: nothing moves. */
static void append_order(struct queue_rows *t, const int64_t *ids, size_t n)
{
	size_t have = t->n_ids, cap = t->n_ids;
	int64_t *sorted = xcalloc(have + 1, sizeof *sorted);
	memcpy(sorted, t->ids, have * sizeof *sorted);
	qsort(sorted, have, sizeof *sorted, compare_ids);
	grow(&t->ids, &cap, have + n, sizeof *t->ids);
	for (size_t i = 0; i < n; i++)
		if (bsearch(&ids[i], sorted, have, sizeof *sorted, compare_ids) == NULL)
			t->ids[t->n_ids++] = ids[i];
	free(sorted);
}

static void over_rest(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	if (t->ids == NULL)
		return;
	append_order(t, a->found, a->n_found);
	t->whole = true;
	t->seen = a->highest > t->seen ? a->highest : t->seen;
	t->fresh = 0;
}

static void over_anew(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	int64_t keep = a->id, line = t->sel - t->top;
	size_t n = a->n_found;
	take_ids(a, t);
	int64_t at = t->sel < (int64_t)n ? t->sel : (int64_t)n - 1;
	for (size_t i = 0; i < n; i++)
		if (t->ids[i] == keep)
			at = (int64_t)i;
	queue_rows_clear(t); /* the rows held are of the order before */
	t->sel = at < 0 ? 0 : at;
	t->top = t->sel > line ? t->sel - line : 0;
	t->whole = t->loaded = true;
	t->seen = a->highest;
	t->fresh = 0;
}

/* Rows by number, placed where the order has them; what is gone meanwhile stays an empty row. */
static void over_rows(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	size_t k = 0;
	if (a->after < 0 || (size_t)a->after + a->n_ids > t->n_ids ||
		memcmp(t->ids + a->after, a->ids, a->n_ids * sizeof *t->ids) != 0)
		return; /* of another order */
	struct queue_row *v = xcalloc(a->n_ids + 1, sizeof *v);
	for (size_t i = 0; i < a->n_ids; i++) {
		v[i].id = a->ids[i];
		if (k < a->n && a->v[k].id == a->ids[i]) {
			v[i] = a->v[k];
			a->v[k++] = (struct queue_row){ 0 };
		}
	}
	query_forget(a);
	free(a->v);
	a->v = v;
	a->n = a->n_ids;
	take_rows(a, t, a->after);
}

static void over_stretch(struct query *a)
{
	struct queue_rows *m = &a->q->messages;
	bool ended = a->n < a->limit;
	bool oldest = a->what == W_OLDEST;
	take_rows(a, m, 0);
	m->to_top = a->what != W_OLDEST || ended;
	m->to_end = a->what != W_NEWEST || ended;
	m->sel = oldest && m->n > 0 ? (int64_t)m->n - 1 : 0;
	m->top = 0;
	m->loaded = true;
	m->fresh = 0;
}

static void over_around(struct query *a)
{
	struct queue_rows *m = &a->q->messages;
	size_t newer = a->n_found, all = a->n;
	a->n_found = 0;
	take_rows(a, m, 0);
	m->to_top = newer < a->limit;
	m->to_end = all - newer < a->limit;
	m->sel = (int64_t)(newer < all ? newer : all == 0 ? 0 : all - 1);
	m->top = m->sel;
	m->loaded = true;
}

/* Room for n more rows before or after those held; the far end is let go when there are too many. */
static void over_more(struct query *a)
{
	struct queue_rows *m = &a->q->messages;
	bool older = a->what == W_OLDER;
	bool fits = m->n > 0 && (older ? m->v[m->n - 1].id == a->before : m->v[0].id == a->after);
	if (!fits)
		return; /* the list is another one by now */
	*(older ? &m->to_end : &m->to_top) = a->n < a->limit;
	size_t n = m->n + a->n;
	struct queue_row *v = xcalloc(n + 1, sizeof *v);
	memcpy(v + (older ? 0 : a->n), m->v, m->n * sizeof *v);
	if (a->n > 0)
		memcpy(v + (older ? m->n : 0), a->v, a->n * sizeof *v);
	m->first -= older ? 0 : (int64_t)a->n;
	a->n = 0;
	size_t lost = n > STRETCH_MAX ? n - STRETCH_MAX : 0, from = older ? 0 : STRETCH_MAX;
	for (size_t i = 0; i < lost; i++)
		queue_row_release(&v[from + i]);
	if (lost > 0 && older) {
		memmove(v, v + lost, STRETCH_MAX * sizeof *v);
		m->first += (int64_t)lost;
		m->to_top = false;
	} else if (lost > 0) {
		m->to_end = false;
	}
	free(m->v);
	m->v = v;
	m->n = n - lost;
}

static void over_count(struct query *a)
{
	struct queue *q = a->q;
	struct queue_rows *r = a->ids == NULL ? &q->messages : &q->themes;
	for (size_t i = 0; i < a->n; i++)
		q->stale = q->stale || a->v[i].people < 0; /* not all could be counted in one go */
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < r->n; k++)
			if (r->v[k].id == a->v[i].id) {
				queue_row_release(&r->v[k]);
				r->v[k] = a->v[i];
				a->v[i] = (struct queue_row){ 0 };
				break;
			}
	r->fresh = a->fresh;
	q->total = q->channel == CH_WEB ? a->totals.web : a->totals.sms;
	q->total_themes = a->totals.themes;
	if (a->theme == 0 || a->theme != q->open || a->cluster != q->open_cluster)
		return;
	q->open_messages = a->open_messages;
	q->open_answered = a->about.answered_at;
	queue_set(&q->open_words, a->about.words);
	if (a->cluster == 0 && a->about.text != NULL) {
		queue_set(&q->open_title, a->about.text);
		queue_set(&q->open_typical, a->about.typical);
	}
}

static void over_preview(struct query *a)
{
	struct queue *q = a->q;
	queue_row_release(&q->preview);
	q->preview = (struct queue_row){ 0 };
	q->preview_of = a->cluster != 0 ? a->cluster : a->theme;
	if (a->n > 0) {
		q->preview = a->v[0];
		a->v[0] = (struct queue_row){ 0 };
	}
}

static void take_answer(struct query *a)
{
	switch (a->what) {
	case W_FIRST:
		over_first(a);
		break;
	case W_REST:
		over_rest(a);
		break;
	case W_ANEW:
		over_anew(a);
		break;
	case W_ROWS:
		over_rows(a);
		break;
	case W_NEWEST:
	case W_OLDEST:
	case W_SAMPLE:
		over_stretch(a);
		break;
	case W_AROUND:
		over_around(a);
		break;
	case W_OLDER:
	case W_NEWER:
		over_more(a);
		break;
	case W_COUNT:
		over_count(a);
		break;
	case W_WORDS:
		break;
	case W_PREVIEW:
		over_preview(a);
		break;
	}
}

/* Another row may be the selected one now, though nobody moved. */
static void look_anew(struct queue *q)
{
	int64_t shown = q->level == Q_THEMES ? q->preview_of : q->preview.id;
	if (!q->previewed || queue_selected(q) == shown)
		return;
	q->previewed = false;
	q->moved_at = q->ui->mono;
}

void query_over(struct job *j, const struct error *failed)
{
	struct query *a = (struct query *)j;
	struct queue *q = a->q;
	if (failed != NULL) {
		if (failed->code != ERR_BUSY)
			ui_say(q->ui, true, "%s", failed->text);
		return;
	}
	if (a->what == W_WORDS)
		return;
	const int64_t selected = queue_selected(q);
	take_answer(a);
	if (queue_selected(q) != selected) /* though nobody moved */
		q->previewed = q->claimed = false;
	queue_overlay(q);
	ui_dirty(q->ui);
	if (a->what == W_FIRST && !q->themes.whole)
		queue_load_rest(q);
	if (a->what != W_COUNT && a->what != W_PREVIEW) {
		queue_extend(q);
		look_anew(q);
	}
	if (a->what == W_FIRST || a->what == W_ANEW || a->what == W_NEWEST || (a->what == W_ROWS && a->fine))
		q->stale = true; /* totals, and what came while it was read */
}
