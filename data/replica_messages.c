/* replica_messages.c: messages by id, and samples.
 *
 * Messages are found by one of three ways, each of which gives ids in order and is checked row by row:
 *   scan    all messages by id; good when what is asked for is frequent
 *   list    the ids of a theme from the index by cluster, sorted; good when the theme is small
 *   letters the search index; its tail that is not indexed yet is scanned
 */
#include <stdlib.h>
#include <string.h>

#include "data/replica_own.h"
#include "src/base/mem.h"

/* ---- what belongs to a theme ----------------------------------------------------------------------------------- */

void numbers_add(struct numbers *l, int64_t x)
{
	grow(&l->v, &l->cap, l->n + 1, sizeof *l->v);
	l->v[l->n++] = x;
}

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool numbers_have(const struct numbers *l, int64_t x)
{
	return l->n > 0 && bsearch(&x, l->v, l->n, sizeof *l->v, compare_numbers) != NULL;
}

/* The theme and all that were merged into it, by whatever chain (UNION: a cycle ends); each stands for the cluster of its
 * own number, unless that was put elsewhere, and for those that were put into it. */
static const char SQL_CLUSTERS[] =
	"WITH RECURSIVE part(id) AS (VALUES(?1) UNION SELECT t.id FROM part CROSS JOIN theme t INDEXED BY theme_into"
	" ON t.\"into\" = part.id AND t.\"into\" <> '')"
	" SELECT id FROM part WHERE NOT EXISTS (SELECT 1 FROM cluster c WHERE c.id = part.id AND NOT c.gone AND "
	"c.theme <> ''"
	" AND c.theme <> part.id)"
	" UNION SELECT c.id FROM part CROSS JOIN cluster c INDEXED BY cluster_theme ON c.theme = part.id WHERE NOT "
	"c.gone"
	" ORDER BY 1";

bool replica_clusters_of(struct replica *r, int64_t theme, struct numbers *out, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_CLUSTERS, "i", theme);
	bool failed = q == NULL;
	while (!failed && replica_next(r, q, &failed, e))
		numbers_add(out, col_int(q, 0));
	db_end(q);
	return !failed;
}

static const char SQL_OF_CLUSTER[] =
	"SELECT id FROM message INDEXED BY message_cluster WHERE cluster = ?1 AND id > ?2 AND id < ?3 ORDER BY id";

/* The ids of the messages of these clusters between two bounds, in no order. */
static bool list_ids(struct replica *r, const struct numbers *clusters, int64_t after, int64_t before,
	struct numbers *out, struct error *e)
{
	bool failed = false;
	for (size_t i = 0; i < clusters->n && !failed; i++) {
		sqlite3_stmt *q = db_query(&r->db, e, SQL_OF_CLUSTER, "iii", clusters->v[i], after, before);
		failed = q == NULL;
		while (!failed && replica_next(r, q, &failed, e))
			numbers_add(out, col_int(q, 0));
		db_end(q);
	}
	return !failed;
}

/* The same, ascending. */
static bool messages_of(struct replica *r, const struct numbers *clusters, int64_t after, int64_t before,
	struct numbers *out, struct error *e)
{
	bool done = list_ids(r, clusters, after, before, out, e);
	if (done && clusters->n > 1 && out->n > 0) /* those of one cluster come in order */
		qsort(out->v, out->n, sizeof *out->v, compare_numbers);
	return done;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

enum {
	LIST_MAX = 20000, /* a theme of at most so many messages is listed, a larger one is scanned for */
	SCAN_MAX = 50000, /* …until so many rows went by; then it is listed after all */
};

struct message_walk {
	struct replica *r;
	const struct message_query *q;
	bool (*take)(void *arg, const struct message *m);
	void *arg;
	struct folded words;
	struct buf scratch;
	struct numbers clusters; /* of the theme asked for, ascending */
	int64_t after, before;   /* bounds, not included; they close in as the walk proceeds */
	size_t taken;
	bool over;
};

/* Offers the row that stands in q, if it is what was asked for. */
static void give_message(struct message_walk *w, sqlite3_stmt *q)
{
	struct message m;
	replica_read(q, 0, K_MESSAGE, &m);
	if (m.r.gone || (w->q->channel != CH_NONE && m.channel != w->q->channel) ||
		(w->q->state >= 0 && (int)m.state != w->q->state) ||
		(w->q->theme != 0 && !numbers_have(&w->clusters, m.cluster)) ||
		!folded_match(&w->words, m.text, &w->scratch))
		return;
	w->over = !w->take(w->arg, &m) || ++w->taken == w->q->limit;
}

static bool give_id(struct message_walk *w, int64_t id, struct error *e)
{
	sqlite3_stmt *q = db_query(&w->r->db, e, w->r->sql[K_MESSAGE].get, "i", id);
	bool failed = q == NULL;
	if (!failed && replica_next(w->r, q, &failed, e))
		give_message(w, q);
	db_end(q);
	return !failed;
}

/* Scans between bounds, at most `max` rows (0: all); *left: it stopped for that, and the walk's bounds have closed in. */
static bool scan_messages(
	struct message_walk *w, int64_t after, int64_t before, size_t max, bool *left, struct error *e)
{
	sqlite3_stmt *q = db_query(&w->r->db, e, w->r->sql_scan[w->q->oldest_first ? 1 : 0], "iiii", after, before,
		(int64_t)w->q->channel, (int64_t)w->q->state);
	bool failed = q == NULL;
	*left = false;
	for (size_t rows = 0; !failed && !w->over && !*left && replica_next(w->r, q, &failed, e); rows++) {
		give_message(w, q);
		if (max == 0 || rows < max)
			continue;
		*left = true;
		*(w->q->oldest_first ? &w->after : &w->before) = col_int(q, 0);
	}
	db_end(q);
	return !failed;
}

static bool list_messages(struct message_walk *w, struct error *e)
{
	struct numbers ids = { 0 };
	bool done = messages_of(w->r, &w->clusters, w->after, w->before, &ids, e);
	for (size_t i = 0; done && !w->over && i < ids.n; i++)
		done = give_id(w, ids.v[w->q->oldest_first ? i : ids.n - 1 - i], e);
	free(ids.v);
	return done;
}

static const char SQL_FIND_DOWN[] =
	"SELECT rowid FROM find WHERE find MATCH ?1 AND rowid > ?2 AND rowid < ?3 ORDER BY rowid DESC";
static const char SQL_FIND_UP[] =
	"SELECT rowid FROM find WHERE find MATCH ?1 AND rowid > ?2 AND rowid < ?3 ORDER BY rowid";

static bool find_indexed(struct message_walk *w, const char *expression, struct error *e)
{
	int64_t before = w->before <= w->r->state.indexed ? w->before : w->r->state.indexed + 1;
	sqlite3_stmt *q = db_query(
		&w->r->db, e, w->q->oldest_first ? SQL_FIND_UP : SQL_FIND_DOWN, "sii", expression, w->after, before);
	bool failed = q == NULL;
	while (!failed && !w->over && replica_next(w->r, q, &failed, e))
		failed = !give_id(w, col_int(q, 0), e);
	db_end(q);
	return !failed;
}

static bool find_tail(struct message_walk *w, struct error *e)
{
	bool left;
	int64_t after = w->after >= w->r->state.indexed ? w->after : w->r->state.indexed;
	return scan_messages(w, after, w->before, 0, &left, e);
}

static bool find_messages(struct message_walk *w, const char *expression, struct error *e)
{
	if (w->q->oldest_first)
		return find_indexed(w, expression, e) && (w->over || find_tail(w, e));
	return find_tail(w, e) && (w->over || find_indexed(w, expression, e));
}

static const char SQL_THEME_SIZE[] = "SELECT web + sms FROM count WHERE id = ?";

static bool walk_messages(struct message_walk *w, struct error *e)
{
	bool left;
	int64_t size = 0;
	if (w->q->theme != 0) {
		if (!replica_clusters_of(w->r, w->q->theme, &w->clusters, e) ||
			!db_int(&w->r->db, e, &size, 0, SQL_THEME_SIZE, "i", w->q->theme))
			return false;
		if (size <= LIST_MAX)
			return list_messages(w, e);
	}
	struct buf expression = BUF_INIT;
	bool done;
	if (folded_expression(&w->words, &expression))
		done = find_messages(w, expression.data, e);
	else {
		done = scan_messages(w, w->after, w->before, w->q->theme == 0 ? 0 : SCAN_MAX, &left, e);
		done = done && (!left || list_messages(w, e));
	}
	buf_release(&expression);
	return done;
}

bool replica_messages(struct replica *r, const struct message_query *q,
	bool (*take)(void *arg, const struct message *m), void *arg, struct error *e)
{
	struct message_walk w = { .r = r,
		.q = q,
		.take = take,
		.arg = arg,
		.scratch = BUF_INIT,
		.after = q->after,
		.before = q->before == 0 ? INT64_MAX : q->before };
	if (!replica_start(r, e))
		return false;
	folded_words(&w.words, q->words);
	bool done = walk_messages(&w, e);
	folded_release(&w.words);
	buf_release(&w.scratch);
	free(w.clusters.v);
	return done;
}

/* ---- samples --------------------------------------------------------------------------------------------------- */

/* splitmix64's finaliser (Steele, Lea, Flood 2014): a draw for each id, so that new messages leave old draws alone. */
static uint64_t draw(uint64_t seed, int64_t id)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + (uint64_t)id;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

struct drawn {
	uint64_t lot;
	int64_t id;
};

static int compare_lots(const void *a, const void *b)
{
	const struct drawn *x = a, *y = b;
	return x->lot < y->lot ? -1 : x->lot > y->lot;
}

enum { LOTS_MORE = 50 };

/* Brings the lowest lots to the front, `want` or a few more, so that only those need be sorted: lots are spread evenly, so
 * a bound can be guessed. Returns how many. */
static size_t lowest_lots(struct drawn *lots, size_t n, size_t want)
{
	size_t low = 0;
	if (want * 4 >= n)
		return n;
	uint64_t bound = UINT64_MAX / n * want;
	for (size_t i = 0; i < n; i++)
		if (lots[i].lot <= bound) {
			struct drawn x = lots[i];
			lots[i] = lots[low];
			lots[low++] = x;
		}
	return low;
}

struct sampling {
	size_t taken, want;
	bool over;
	bool (*take)(void *arg, const struct message *m);
	void *arg;
};

static bool take_sample(void *arg, const struct message *m)
{
	struct sampling *s = arg;
	s->taken++;
	s->over = !s->take(s->arg, m) || s->taken == s->want;
	return true;
}

/* Gives the messages of lowest lots; erased ones are passed over. */
static bool give_lots(struct replica *r, struct drawn *lots, size_t n, struct sampling *s, struct error *e)
{
	struct message_query any = { .state = -1 };
	struct message_walk w = { .r = r, .q = &any, .take = take_sample, .arg = s, .scratch = BUF_INIT };
	bool done = true;
	if (n > 0)
		qsort(lots, n, sizeof *lots, compare_lots);
	for (size_t i = 0; done && !s->over && i < n; i++)
		done = give_id(&w, lots[i].id, e);
	buf_release(&w.scratch);
	return done;
}

bool replica_sample(struct replica *r, int64_t theme, uint64_t seed, size_t n,
	bool (*take)(void *arg, const struct message *m), void *arg, struct error *e)
{
	struct numbers clusters = { 0 }, ids = { 0 };
	struct sampling s = { .want = n, .over = n == 0, .take = take, .arg = arg };
	if (!replica_start(r, e))
		return false;
	bool done = replica_clusters_of(r, theme, &clusters, e) && list_ids(r, &clusters, 0, INT64_MAX, &ids, e);
	if (done) {
		struct drawn *lots = xcalloc(ids.n + 1, sizeof *lots);
		for (size_t i = 0; i < ids.n; i++)
			lots[i] = (struct drawn){ .lot = draw(seed, ids.v[i]), .id = ids.v[i] };
		size_t low = lowest_lots(lots, ids.n, 2 * n + LOTS_MORE);
		done = give_lots(r, lots, low, &s, e);
		if (done && !s.over && low < ids.n) /* so many are erased that the rest is needed */
			done = give_lots(r, lots + low, ids.n - low, &s, e);
		free(lots);
	}
	free(clusters.v);
	free(ids.v);
	return done;
}
