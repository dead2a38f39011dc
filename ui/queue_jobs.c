/* queue_jobs.c: what the queues ask of the worker, and what they do with the answers.
 *
 * A job holds copies of all it was asked for; `work` runs on the worker and touches nothing else, `over` brings the answer
 * into the view. LIST: rows on the screen; ORDER: the rest of an order; COUNT: numbers of the rows shown.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue.h"

enum what { W_FIRST, W_REST, W_ANEW, W_ROWS, W_NEWEST, W_OLDEST, W_OLDER, W_NEWER, W_AROUND, W_SAMPLE, W_COUNT, W_PREVIEW };

struct query {
	struct job job;
	struct queue *q; /* the interface's; `work` leaves it alone */
	enum what what;
	enum channel channel;
	enum queue_order order;
	bool everything;
	char *words;
	int64_t theme, before, after, id;
	uint64_t seed;
	size_t limit;
	int64_t *ids;
	size_t n_ids;
	/* the answer */
	struct queue_row *v;
	size_t n, cap;
	int64_t *found, *pinned;
	size_t n_found, cap_found, n_pinned, cap_pinned;
	int64_t highest, fresh, open_messages;
	int64_t asks_nothing; /* theme that stands last, whatever its people; 0: none, or looked for by words */
	bool has_it;
	struct replica_totals totals;
};

static void forget_answer(struct query *a)
{
	for (size_t i = 0; i < a->n; i++)
		queue_row_release(&a->v[i]);
	a->n = a->n_found = a->n_pinned = 0;
	a->highest = a->fresh = 0;
}

static void drop(struct job *j)
{
	struct query *a = (struct query *)j;
	forget_answer(a);
	free(a->v);
	free(a->found);
	free(a->pinned);
	free(a->ids);
	free(a->words);
	free(a);
}

/* ---- on the worker ----------------------------------------------------------------------------------------------- */

static void read_rise(const char *bins, int32_t out[RISE_BINS])
{
	int64_t v[RISE_BINS] = { 0 };
	int n = 0;
	for (const char *p = bins; *p != '\0' && n < RISE_BINS; n++) {
		char *end;
		v[n] = strtoll(p, &end, 10);
		p = *end == ',' ? end + 1 : end + strlen(end);
	}
	for (int i = 0; i < RISE_BINS; i++)
		out[i] = i + n < RISE_BINS ? 0 : (int32_t)v[i + n - RISE_BINS];
}

static struct queue_row *new_row(struct query *a)
{
	grow(&a->v, &a->cap, a->n + 1, sizeof *a->v);
	struct queue_row *r = &a->v[a->n++];
	*r = (struct queue_row){ .loaded = true };
	return r;
}

static void add_theme(struct query *a, const struct theme_row *row)
{
	struct queue_row *r = new_row(a);
	const struct count *c = &row->count;
	bool web = a->channel == CH_WEB;
	id_number(row->theme.r.id, &r->id);
	queue_row_theme(r, &row->theme);
	r->people = web ? c->people_web : c->people_sms;
	r->messages = web ? c->web : c->sms;
	r->at = c->last_at;
	read_rise(c->rise == NULL ? "" : c->rise, r->rise);
}

static bool take_order(void *arg, const struct theme_brief *t)
{
	struct query *a = arg;
	if (a->order == QO_NEVER && t->answered)
		return true;
	if (t->id == a->asks_nothing && !t->pinned) {
		a->has_it = true;
		return !job_stopped(&a->job);
	}
	bool top = t->pinned && a->what != W_FIRST;
	int64_t **v = top ? &a->pinned : &a->found;
	size_t *n = top ? &a->n_pinned : &a->n_found;
	grow(v, top ? &a->cap_pinned : &a->cap_found, *n + 1, sizeof **v);
	(*v)[(*n)++] = t->id;
	return a->n_found < (a->what == W_FIRST ? a->limit : ORDER_MAX) && !job_stopped(&a->job);
}

static bool take_row(void *arg, const struct theme_row *row)
{
	add_theme(arg, row);
	return !job_stopped(&((struct query *)arg)->job);
}

static bool take_highest(void *arg, const struct theme_row *row)
{
	return !id_number(row->theme.r.id, (int64_t *)arg);
}

static bool find_highest(struct query *a, struct replica *r, struct error *e)
{
	const struct theme_query q = { .order = BY_ARRIVAL, .dismissed = true, .merged = true, .limit = 1 };
	return replica_themes(r, &q, take_highest, &a->highest, e);
}

static bool work_order(struct query *a, struct replica *r, struct error *e)
{
	static const enum theme_order by[QO_COUNT] = {
		[QO_PEOPLE] = BY_PEOPLE, [QO_RISE] = BY_RISE, [QO_AGE] = BY_AGE, [QO_ARRIVAL] = BY_ARRIVAL, [QO_NEVER] = BY_PEOPLE
	};
	const struct theme_query q = { .channel = a->channel,
		.order = by[a->order],
		.filter = a->words,
		.dismissed = a->everything,
		.merged = a->everything,
		.limit = a->what == W_FIRST && a->order != QO_NEVER ? a->limit : 0 };
	const bool by_words = a->words != NULL && a->words[0] != '\0';
	a->has_it = false;
	a->asks_nothing = 0;
	if (!by_words && !replica_asks_nothing(r, &a->asks_nothing, e))
		return false;
	if (!find_highest(a, r, e) || !replica_theme_order(r, &q, take_order, a, e))
		return false;
	if (a->has_it && a->what != W_FIRST) {
		grow(&a->found, &a->cap_found, a->n_found + 1, sizeof *a->found);
		a->found[a->n_found++] = a->asks_nothing;
	}
	return a->what != W_FIRST || replica_themes_of(r, a->found, a->n_found, take_row, a, e);
}

static bool take_message(void *arg, const struct message *m)
{
	struct query *a = arg;
	queue_row_message(new_row(a), m);
	return !job_stopped(&a->job);
}

static bool work_messages(struct query *a, struct replica *r, bool oldest_first, struct error *e)
{
	const struct message_query q = { .channel = a->channel,
		.theme = a->theme,
		.words = a->words,
		.state = -1,
		.before = a->before,
		.after = a->after,
		.oldest_first = oldest_first,
		.limit = a->limit };
	size_t from = a->n;
	bool done = replica_messages(r, &q, take_message, a, e);
	for (size_t i = from, k = a->n; oldest_first && i + 1 < k; i++) {
		struct queue_row other = a->v[i];
		a->v[i] = a->v[--k];
		a->v[k] = other;
	}
	return done;
}

static bool work_around(struct query *a, struct replica *r, struct error *e)
{
	a->after = a->id;
	a->before = 0;
	bool done = work_messages(a, r, true, e);
	a->n_found = a->n; /* so many are newer */
	a->after = 0;
	a->before = a->id + 1;
	return done && work_messages(a, r, false, e);
}

static bool take_fresh(void *arg, const struct theme_row *row)
{
	struct query *a = arg;
	int64_t id;
	if (!id_number(row->theme.r.id, &id) || id <= a->id || job_stopped(&a->job))
		return false;
	return ++a->fresh < NEW_MAX;
}

static bool take_count(void *arg, const struct message *m)
{
	struct query *a = arg;
	(void)m;
	return ++a->fresh < NEW_MAX && !job_stopped(&a->job);
}

static bool take_open(void *arg, const struct theme_row *row)
{
	struct query *a = arg;
	a->open_messages = a->channel == CH_WEB ? row->count.web : row->count.sms;
	return false;
}

static bool work_count_themes(struct query *a, struct replica *r, struct error *e)
{
	const struct theme_query q = { .channel = a->channel, .order = BY_ARRIVAL };
	return replica_themes_of(r, a->ids, a->n_ids, take_row, a, e) &&
		(a->id == 0 || replica_themes(r, &q, take_fresh, a, e));
}

static bool work_count_messages(struct query *a, struct replica *r, struct error *e)
{
	const struct message_query q = {
		.channel = a->channel, .theme = a->theme, .words = a->words, .state = -1, .after = a->id, .limit = NEW_MAX
	};
	return (a->limit == 0 || work_messages(a, r, false, e)) && (a->id == 0 || replica_messages(r, &q, take_count, a, e)) &&
		(a->theme == 0 || replica_themes_of(r, &a->theme, 1, take_open, a, e));
}

static bool work(struct job *j, struct replica *r, struct error *e)
{
	struct query *a = (struct query *)j;
	forget_answer(a);
	switch (a->what) {
	case W_FIRST:
	case W_REST:
	case W_ANEW:
		return work_order(a, r, e);
	case W_ROWS:
		return replica_themes_of(r, a->ids, a->n_ids, take_row, a, e);
	case W_NEWEST:
	case W_OLDER:
		return work_messages(a, r, false, e);
	case W_OLDEST:
	case W_NEWER:
		return work_messages(a, r, true, e);
	case W_AROUND:
		return work_around(a, r, e);
	case W_SAMPLE:
	case W_PREVIEW:
		return replica_sample(r, a->theme, a->seed, a->limit, take_message, a, e);
	case W_COUNT:
		return replica_totals(r, &a->totals, e) &&
			(a->theme != 0 || a->ids == NULL ? work_count_messages(a, r, e) : work_count_themes(a, r, e));
	}
	return false;
}

/* ---- the answers, on the interface's thread ---------------------------------------------------------------------- */

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

static void over_first(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	free(t->ids);
	t->ids = xcalloc(a->n + 1, sizeof *t->ids);
	t->n_ids = a->n;
	for (size_t i = 0; i < a->n; i++)
		t->ids[i] = a->v[i].id;
	t->whole = a->n < a->limit;
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
	append_order(t, a->pinned, a->n_pinned);
	append_order(t, a->found, a->n_found);
	t->whole = true;
	t->seen = a->highest > t->seen ? a->highest : t->seen;
	t->fresh = 0;
}

static void over_anew(struct query *a)
{
	struct queue_rows *t = &a->q->themes;
	int64_t keep = a->id, line = t->sel - t->top;
	size_t n = a->n_pinned + a->n_found;
	free(t->ids);
	t->ids = xcalloc(n + 1, sizeof *t->ids);
	if (a->n_pinned > 0)
		memcpy(t->ids, a->pinned, a->n_pinned * sizeof *t->ids);
	if (a->n_found > 0)
		memcpy(t->ids + a->n_pinned, a->found, a->n_found * sizeof *t->ids);
	t->n_ids = n;
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
	forget_answer(a);
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
	if (a->theme != 0 && a->theme == q->open)
		q->open_messages = a->open_messages;
}

static void over_preview(struct query *a)
{
	struct queue *q = a->q;
	queue_row_release(&q->preview);
	q->preview = (struct queue_row){ 0 };
	q->preview_of = a->theme;
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
	case W_PREVIEW:
		over_preview(a);
		break;
	}
}

static void put(struct queue *q, enum worker_slot slot, struct query *a);

static void load_rest(struct queue *q);

static void over(struct job *j, const struct error *failed)
{
	struct query *a = (struct query *)j;
	struct queue *q = a->q;
	if (failed != NULL) {
		if (failed->code != ERR_BUSY)
			ui_say(q->ui, true, "%s", failed->text);
		return;
	}
	take_answer(a);
	queue_overlay(q);
	ui_dirty(q->ui);
	if (a->what == W_FIRST && !q->themes.whole)
		load_rest(q);
	if (a->what != W_COUNT && a->what != W_PREVIEW)
		queue_extend(q);
	if (a->what == W_FIRST || a->what == W_ANEW || a->what == W_NEWEST)
		q->stale = true; /* totals, and what came while it was read */
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static enum worker_slot own(const struct queue *q, enum worker_slot first)
{
	return (enum worker_slot)((int)first + q->index);
}

static struct query *ask(struct queue *q, enum what what)
{
	struct query *a = xcalloc(1, sizeof *a);
	bool of_themes = what == W_FIRST || what == W_REST || what == W_ANEW || what == W_ROWS;
	const struct queue_rows *r = of_themes ? &q->themes : queue_rows(q);
	a->job = (struct job){ .work = work, .over = over, .drop = drop };
	a->q = q;
	a->what = what;
	a->channel = q->channel;
	a->order = q->order;
	a->everything = q->everything;
	a->words = r->filter == NULL || r->filter[0] == '\0' ? NULL : xstrdup(r->filter);
	a->theme = q->level == Q_ALL || q->level == Q_SAMPLE ? q->open : 0;
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

static void load_rest(struct queue *q)
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
		load_rows(q, from - page / 2, to + page / 2, true);
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
		a->id = r->loaded && a->words == NULL && !q->everything ? r->seen : 0;
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
	if (q->level != Q_THEMES || id == 0)
		return;
	struct query *a = ask(q, W_PREVIEW);
	a->theme = id;
	a->limit = 1;
	put(q, SLOT_PREVIEW_1, a);
}

static const enum worker_slot slots[] = { SLOT_LIST_1, SLOT_PREVIEW_1, SLOT_ORDER_1, SLOT_COUNT_1 };

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
	id_from_number(id, r->id);
	bool was = r->unsent;
	r->unsent = acts_unsent(q->ui->acts, kind, id);
	if (!r->unsent && !was)
		return;
	const struct record *x = world_get(ui_world(q->ui), kind, id);
	if (x == NULL)
		return;
	if (kind == K_THEME)
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
