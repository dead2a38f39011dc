/* queue_fine.c: rows of clusters, and what the theme of a row says of it; on the worker's thread. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue_query.h"

static bool take_cluster(void *arg, const struct fine_row *row)
{
	struct query *a = arg;
	struct queue_row *r = query_row(a);
	r->id = row->id;
	r->cluster = row->id;
	r->theme = row->theme;
	r->first = row->first;
	r->messages = row->messages;
	r->people = row->counted ? row->count.people : -1;
	r->at = row->count.last_at;
	memcpy(r->rise, row->count.rise, sizeof r->rise);
	queue_set(&r->text, row->text);
	return !job_stopped(&a->job);
}

bool query_clusters(struct query *a, struct replica *r, const int64_t *ids, size_t n, bool count, struct error *e)
{
	return replica_clusters_by(r, a->channel, ids, n, count, take_cluster, a, e) && query_fill_themes(a, r, e);
}

static int compare(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return a < b ? -1 : a > b;
}

/* A row that is a cluster is in the state of its theme; a message only knows where it fell, and whether that had been
 * answered when it came. */
static bool take_theme(void *arg, const struct theme_row *row)
{
	struct query *a = arg;
	int64_t id;
	id_number(row->theme.r.id, &id);
	for (size_t i = 0; i < a->n; i++) {
		struct queue_row *r = &a->v[i];
		if (r->theme != id)
			continue;
		if (r->first != 0)
			queue_row_state(r, &row->theme);
		else if (row->theme.answered_at != 0 && r->at > row->theme.answered_at)
			r->answered_at = row->theme.answered_at;
		const char *title = theme_title(&row->theme);
		queue_set(&r->words, r->text != NULL && strcmp(r->text, title) == 0 ? NULL : title);
	}
	return !job_stopped(&a->job);
}

/* Messages of a channel: the theme of each, through all merges. Neighbours often share one. */
static bool find_roots(struct query *a, struct replica *r, struct error *e)
{
	for (size_t i = 0; i < a->n; i++) {
		struct queue_row *row = &a->v[i];
		if (row->theme != 0 || row->cluster == 0)
			continue;
		if (!replica_root_of(r, row->cluster, &row->theme, e))
			return false;
		for (size_t k = i + 1; k < a->n; k++)
			if (a->v[k].cluster == row->cluster)
				a->v[k].theme = row->theme;
	}
	return true;
}

bool query_fill_themes(struct query *a, struct replica *r, struct error *e)
{
	if (a->n == 0)
		return true;
	if (!find_roots(a, r, e))
		return false;
	int64_t *ids = xcalloc(a->n, sizeof *ids);
	size_t n = 0;
	for (size_t i = 0; i < a->n; i++)
		ids[i] = a->v[i].theme;
	qsort(ids, a->n, sizeof *ids, compare);
	for (size_t i = 0; i < a->n; i++)
		if (ids[i] != 0 && (n == 0 || ids[n - 1] != ids[i]))
			ids[n++] = ids[i];
	bool done = replica_themes_of(r, ids, n, take_theme, a, e);
	free(ids);
	return done;
}
