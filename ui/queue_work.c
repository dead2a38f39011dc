/* queue_work.c: the queues' queries, on the worker's thread. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue_query.h"

void query_forget(struct query *a)
{
	for (size_t i = 0; i < a->n; i++)
		queue_row_release(&a->v[i]);
	queue_row_release(&a->about);
	a->n = a->n_found = a->n_pinned = a->n_last = 0;
	a->highest = a->fresh = 0;
}

void query_drop(struct job *j)
{
	struct query *a = (struct query *)j;
	query_forget(a);
	free(a->v);
	free(a->found);
	free(a->pinned);
	free(a->last);
	free(a->ids);
	free(a->words);
	free(a);
}

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

struct queue_row *query_row(struct query *a)
{
	grow(&a->v, &a->cap, a->n + 1, sizeof *a->v);
	struct queue_row *r = &a->v[a->n++];
	*r = (struct queue_row){ .loaded = true };
	return r;
}

static void add_theme(struct query *a, const struct theme_row *row)
{
	struct queue_row *r = query_row(a);
	const struct count *c = &row->count;
	bool web = a->channel == CH_WEB;
	id_number(row->theme.r.id, &r->id);
	queue_row_theme(r, &row->theme);
	r->people = web ? c->people_web : c->people_sms;
	r->messages = web ? c->web : c->sms;
	r->at = c->last_at;
	read_rise(c->rise == NULL ? "" : c->rise, r->rise);
}

static void add_id(int64_t **v, size_t *n, size_t *cap, int64_t id)
{
	grow(v, cap, *n + 1, sizeof **v);
	(*v)[(*n)++] = id;
}

/* All of an order comes in one answer, but for the first look at themes. */
static bool is_whole(const struct query *a)
{
	return a->what != W_FIRST || a->words != NULL || a->fine;
}

static bool take_order(void *arg, const struct theme_brief *t)
{
	struct query *a = arg;
	if (a->order == QO_NEVER && t->answered)
		return true;
	bool bucket = a->words == NULL && (a->fine ? t->asks_nothing : t->id == a->asks_nothing);
	if (bucket && !t->pinned)
		add_id(&a->last, &a->n_last, &a->cap_last, t->id);
	else if (t->pinned && is_whole(a))
		add_id(&a->pinned, &a->n_pinned, &a->cap_pinned, t->id);
	else
		add_id(&a->found, &a->n_found, &a->cap_found, t->id);
	return a->n_found < (is_whole(a) ? ORDER_MAX : a->limit) && !job_stopped(&a->job);
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
	int64_t none;
	if (a->fine)
		return replica_clusters_since(r, a->channel, INT64_MAX, 1, &a->highest, &none, e);
	const struct theme_query q = { .order = BY_ARRIVAL, .dismissed = true, .merged = true, .limit = 1 };
	return replica_themes(r, &q, take_highest, &a->highest, e);
}

static void put_in_order(struct query *a)
{
	size_t n = a->n_pinned + a->n_found + a->n_last;
	if (!is_whole(a))
		return;
	grow(&a->found, &a->cap_found, n + 1, sizeof *a->found);
	memmove(a->found + a->n_pinned, a->found, a->n_found * sizeof *a->found);
	if (a->n_pinned > 0)
		memcpy(a->found, a->pinned, a->n_pinned * sizeof *a->found);
	if (a->n_last > 0)
		memcpy(a->found + a->n_pinned + a->n_found, a->last, a->n_last * sizeof *a->found);
	a->n_found = n;
	a->n_pinned = a->n_last = 0;
}

static bool work_rows(struct query *a, struct replica *r, const int64_t *ids, size_t n, struct error *e)
{
	return a->fine ? query_clusters(a, r, ids, n, a->what == W_COUNT, e) : replica_themes_of(r, ids, n, take_row, a, e);
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
		.within = a->within,
		.limit = !is_whole(a) && a->order != QO_NEVER ? a->limit : 0 };
	if (!replica_asks_nothing(r, &a->asks_nothing, e) || !find_highest(a, r, e))
		return false;
	if (!(a->fine ? replica_cluster_order : replica_theme_order)(r, &q, take_order, a, e))
		return false;
	put_in_order(a);
	size_t n = a->n_found < a->limit ? a->n_found : a->limit;
	return a->what != W_FIRST || work_rows(a, r, a->found, n, e);
}

static bool take_message(void *arg, const struct message *m)
{
	struct query *a = arg;
	queue_row_message(query_row(a), m);
	return !job_stopped(&a->job);
}

static bool work_messages(struct query *a, struct replica *r, bool oldest_first, struct error *e)
{
	const struct message_query q = { .channel = a->channel,
		.theme = a->theme,
		.cluster = a->cluster,
		.words = a->words,
		.state = -1,
		.before = a->before,
		.after = a->after,
		.oldest_first = oldest_first,
		.limit = a->limit };
	size_t from = a->n;
	bool done = replica_messages(r, &q, take_message, a, e) && (a->theme != 0 || query_fill_themes(a, r, e));
	for (size_t i = from, k = a->n; oldest_first && i + 1 < k; i++) {
		struct queue_row other = a->v[i];
		a->v[i] = a->v[--k];
		a->v[k] = other;
	}
	return done;
}

static bool work_sample(struct query *a, struct replica *r, struct error *e)
{
	const struct message_query q = { .channel = a->channel, .theme = a->theme, .cluster = a->cluster, .limit = a->limit };
	return replica_sample(r, &q, a->seed, take_message, a, e);
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
	queue_row_theme(&a->about, &row->theme);
	return false;
}

static bool take_open_cluster(void *arg, const struct fine_row *row)
{
	((struct query *)arg)->open_messages = row->messages;
	return false;
}

static bool work_count_open(struct query *a, struct replica *r, struct error *e)
{
	return replica_themes_of(r, &a->theme, 1, take_open, a, e) &&
		(a->cluster == 0 || replica_clusters_by(r, a->channel, &a->cluster, 1, false, take_open_cluster, a, e));
}

static bool work_count_themes(struct query *a, struct replica *r, struct error *e)
{
	const struct theme_query q = { .channel = a->channel, .order = BY_ARRIVAL };
	int64_t highest;
	if (a->fine && a->id != 0 && !replica_clusters_since(r, a->channel, a->id, NEW_MAX, &highest, &a->fresh, e))
		return false;
	return work_rows(a, r, a->ids, a->n_ids, e) && (a->fine || a->id == 0 || replica_themes(r, &q, take_fresh, a, e));
}

static bool work_count_messages(struct query *a, struct replica *r, struct error *e)
{
	const struct message_query q = {
		.channel = a->channel, .theme = a->theme, .cluster = a->cluster, .words = a->words, .state = -1, .after = a->id,
		.limit = NEW_MAX
	};
	return (a->limit == 0 || work_messages(a, r, false, e)) && (a->id == 0 || replica_messages(r, &q, take_count, a, e)) &&
		(a->theme == 0 || work_count_open(a, r, e));
}

bool query_work(struct job *j, struct replica *r, struct error *e)
{
	struct query *a = (struct query *)j;
	query_forget(a);
	switch (a->what) {
	case W_FIRST:
	case W_REST:
	case W_ANEW:
		return work_order(a, r, e);
	case W_ROWS:
		return work_rows(a, r, a->ids, a->n_ids, e);
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
		return work_sample(a, r, e);
	case W_WORDS:
		return replica_theme_words(r, e);
	case W_COUNT:
		return replica_totals(r, &a->totals, e) &&
			(a->theme != 0 || a->ids == NULL ? work_count_messages(a, r, e) : work_count_themes(a, r, e));
	}
	return false;
}
