/* replica_clusters.c: the fine reading: clusters in the order of their size. The index by cluster counts them without a look
 * at the messages; who wrote them, and where, is read for those that are given. */
#include <stdlib.h>
#include <string.h>

#include "data/replica_own.h"
#include "src/base/mem.h"

struct sized {
	int64_t id, messages;
};
struct sizes {
	struct sized *v;
	size_t n, cap;
};

static void add(struct sizes *s, int64_t id, int64_t messages)
{
	if (messages == 0)
		return;
	grow(&s->v, &s->cap, s->n + 1, sizeof *s->v);
	s->v[s->n++] = (struct sized){ .id = id, .messages = messages };
}

static int larger(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;
	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static const char SQL_SIZE[] = "SELECT count(*) FROM message INDEXED BY message_cluster WHERE cluster = ?";
static const char SQL_SIZES[] =
	"SELECT cluster, count(*) FROM message INDEXED BY message_cluster WHERE cluster > 0 GROUP BY cluster";

static bool sizes_of_theme(struct replica *r, int64_t theme, struct sizes *out, struct error *e)
{
	struct numbers clusters = { 0 };
	bool done = replica_clusters_of(r, theme, &clusters, e);
	for (size_t i = 0; done && i < clusters.n; i++) {
		sqlite3_stmt *q = db_query(&r->db, e, SQL_SIZE, "i", clusters.v[i]);
		bool failed = q == NULL;
		if (!failed && replica_next(r, q, &failed, e))
			add(out, clusters.v[i], col_int(q, 0));
		db_end(q);
		done = !failed;
	}
	free(clusters.v);
	return done;
}

static bool sizes_of_all(struct replica *r, struct sizes *out, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_SIZES, "");
	bool failed = q == NULL;
	while (!failed && replica_next(r, q, &failed, e))
		add(out, col_int(q, 0), col_int(q, 1));
	db_end(q);
	return !failed;
}

static const char SQL_CLUSTER[] =
	"SELECT count(*), total(m.channel = 1), total(m.channel = 2), count(DISTINCT m.participant), max(m.at), min(m.id),"
	" coalesce((SELECT c.theme FROM cluster c WHERE c.id = ?1 AND NOT c.gone AND c.theme <> ''), ?1)"
	" FROM message m INDEXED BY message_cluster WHERE m.cluster = ?1";
static const char SQL_FIRST[] = "SELECT text FROM message WHERE id = ?";

struct cluster_walk {
	struct replica *r;
	const struct cluster_query *q;
	bool (*take)(void *arg, const struct cluster_row *row);
	void *arg;
	size_t skipped, taken;
	bool over;
};

static void give(struct cluster_walk *w, struct cluster_row *row)
{
	if ((w->q->channel == CH_WEB && row->web == 0) || (w->q->channel == CH_SMS && row->sms == 0))
		return;
	if (w->skipped < w->q->offset) {
		w->skipped++;
		return;
	}
	char *text = NULL;
	db_text(&w->r->db, NULL, &text, SQL_FIRST, "i", row->first);
	row->text = text == NULL ? "" : text;
	w->over = !w->take(w->arg, row) || ++w->taken == w->q->limit;
	free(text);
}

static bool read_cluster(struct cluster_walk *w, int64_t id, struct error *e)
{
	struct cluster_row row = { .id = id };
	sqlite3_stmt *q = db_query(&w->r->db, e, SQL_CLUSTER, "i", id);
	bool failed = q == NULL;
	if (!failed && replica_next(w->r, q, &failed, e)) {
		row.messages = col_int(q, 0);
		row.web = col_int(q, 1);
		row.sms = col_int(q, 2);
		row.people = col_int(q, 3);
		row.last_at = col_int(q, 4);
		row.first = col_int(q, 5);
		row.theme = col_int(q, 6);
	}
	db_end(q);
	if (!failed && row.messages > 0)
		give(w, &row);
	return !failed;
}

bool replica_clusters(struct replica *r, const struct cluster_query *q,
	bool (*take)(void *arg, const struct cluster_row *row), void *arg, size_t *n, struct error *e)
{
	struct cluster_walk w = { .r = r, .q = q, .take = take, .arg = arg };
	struct sizes sizes = { 0 };
	bool done = replica_start(r, e) &&
		(q->theme != 0 ? sizes_of_theme(r, q->theme, &sizes, e) : sizes_of_all(r, &sizes, e));
	if (done && sizes.n > 1)
		qsort(sizes.v, sizes.n, sizeof *sizes.v, larger);
	/* without a channel, those before the offset need not be read to be passed over */
	size_t i = q->channel == CH_NONE ? q->offset : 0;
	w.skipped = i;
	for (; done && !w.over && i < sizes.n; i++)
		done = read_cluster(&w, sizes.v[i].id, e);
	if (n != NULL)
		*n = sizes.n;
	free(sizes.v);
	return done;
}
