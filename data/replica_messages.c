/* replica_messages.c: messages by id, and samples.
 *
 * Messages are found by one of three ways, each of which gives ids in order and is checked row by row:
 *   scan    all messages by id; good when what is asked for is frequent
 *   list    the ids of a theme from the index by cluster, sorted; good when the theme is small
 *   letters the search index; its tail that is not indexed yet is scanned. A word that many messages hold has long lists
 *           there, but is found among the nearest: those are scanned first. Words of one or two letters have no trigram of
 *           their own: those that begin with them are looked up
 */
#include <assert.h>
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

static const char SQL_OF_CLUSTER_WEB[] = "SELECT id FROM message INDEXED BY message_web WHERE cluster = ?1 AND channel = 1"
					 " AND id > ?2 AND id < ?3 ORDER BY id";
static_assert(CH_WEB == 1, "the statement says so");

/* The ids of the messages of these clusters between two bounds, in no order. CH_WEB: only those; they are few. */
static bool list_ids(struct replica *r, const struct numbers *clusters, enum channel channel, int64_t after, int64_t before,
	struct numbers *out, struct error *e)
{
	const char *sql = channel == CH_WEB ? SQL_OF_CLUSTER_WEB : SQL_OF_CLUSTER;
	bool failed = false;
	for (size_t i = 0; i < clusters->n && !failed; i++) {
		sqlite3_stmt *q = db_query(&r->db, e, sql, "iii", clusters->v[i], after, before);
		failed = q == NULL;
		while (!failed && replica_next(r, q, &failed, e))
			numbers_add(out, col_int(q, 0));
		db_end(q);
	}
	return !failed;
}

/* The same, ascending. */
static bool messages_of(struct replica *r, const struct numbers *clusters, enum channel channel, int64_t after, int64_t before,
	struct numbers *out, struct error *e)
{
	bool done = list_ids(r, clusters, channel, after, before, out, e);
	if (done && clusters->n > 1 && out->n > 0) /* those of one cluster come in order */
		qsort(out->v, out->n, sizeof *out->v, compare_numbers);
	return done;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

enum {
	LIST_MAX = 20000, /* a theme of at most so many messages is listed, a larger one is scanned for */
	SCAN_MAX = 50000, /* …until so many rows went by; then it is listed after all */
	NEAR_MAX = 1500,  /* so many messages are scanned before the index is asked: some 2 ms */
	SHORT_MAX = 5000, /* …for words of one or two letters, which have many lists there */
	TERMS_MAX = 400,  /* trigrams that a short word may begin */
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
		(w->clusters.n > 0 && !numbers_have(&w->clusters, m.cluster)) ||
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
	bool done = messages_of(w->r, &w->clusters, w->q->channel, w->after, w->before, &ids, e);
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

/* ---- words ----------------------------------------------------------------------------------------------------- */

static const char SQL_HIGHEST[] = "SELECT coalesce(max(id), 0) FROM message";

/* Scans the `most` numbers nearest to where the walk begins; its bounds close in. */
static bool scan_near(struct message_walk *w, int64_t most, struct error *e)
{
	bool left;
	int64_t highest;
	if (!db_int(&w->r->db, e, &highest, 0, SQL_HIGHEST, ""))
		return false;
	if (w->before > highest + 1)
		w->before = highest + 1;
	int64_t after = w->after, before = w->before;
	if (before - after <= most) {
		w->after = w->before;
	} else if (w->q->oldest_first) {
		before = after + most;
		w->after = before - 1;
	} else {
		after = before - most;
		w->before = after + 1;
	}
	return scan_messages(w, after, before, 0, &left, e);
}

/* The trigrams that begin with the longest word (each text is indexed with two spaces after it), as an expression. *many:
 * there are too many for one. */
static bool terms_expression(struct message_walk *w, struct buf *out, bool *many, struct error *e)
{
	static const char SQL_TERMS[] = "SELECT term FROM letters WHERE term >= ?1 AND term < ?2 LIMIT ?3";
	const char *word = w->words.v[0];
	for (size_t i = 1; i < w->words.n; i++)
		word = strlen(w->words.v[i]) > strlen(word) ? w->words.v[i] : word;
	struct buf end = BUF_INIT;
	buf_addf(&end, "%s\xf4\x8f\xbf\xbf", word); /* the last code point */
	size_t n = 0;
	sqlite3_stmt *q = db_query(&w->r->db, e, SQL_TERMS, "ssi", word, end.data, (int64_t)TERMS_MAX + 1);
	bool failed = q == NULL;
	for (; !failed && replica_next(w->r, q, &failed, e); n++) {
		buf_adds(out, n == 0 ? "\"" : " OR \"");
		for (const char *p = col_text(q, 0); *p != '\0'; p++)
			buf_adds(out, *p == '"' ? "\"\"" : (const char[]){ *p, '\0' });
		buf_addc(out, '"');
	}
	db_end(q);
	buf_release(&end);
	*many = n > TERMS_MAX;
	return !failed;
}

/* What is frequent is found near; for what is not, the index has short lists. */
static bool find_words(struct message_walk *w, struct error *e)
{
	bool many = false, left;
	struct buf expression = BUF_INIT;
	bool trigrams = folded_expression(&w->words, &expression);
	bool done = scan_near(w, trigrams ? NEAR_MAX : SHORT_MAX, e);
	if (!done || w->over || w->after >= w->before - 1) {
		buf_release(&expression);
		return done;
	}
	done = trigrams || terms_expression(w, &expression, &many, e);
	if (done && many)
		done = scan_messages(w, w->after, w->before, 0, &left, e);
	else if (done && expression.len > 0)
		done = find_messages(w, expression.data, e);
	else if (done)
		done = find_tail(w, e);
	buf_release(&expression);
	return done;
}

/* ---- which way ------------------------------------------------------------------------------------------------- */

static const char SQL_THEME_SIZE[] = "SELECT web + sms FROM count WHERE id = ?";
static const char SQL_CLUSTER_SIZE[] = "SELECT count(*) FROM message INDEXED BY message_cluster WHERE cluster = ?";

static bool clusters_wanted(struct message_walk *w, int64_t *size, struct error *e)
{
	if (w->q->cluster != 0) {
		numbers_add(&w->clusters, w->q->cluster);
		return db_int(&w->r->db, e, size, 0, SQL_CLUSTER_SIZE, "i", w->q->cluster);
	}
	return replica_clusters_of(w->r, w->q->theme, &w->clusters, e) &&
		db_int(&w->r->db, e, size, 0, SQL_THEME_SIZE, "i", w->q->theme);
}

static bool walk_messages(struct message_walk *w, struct error *e)
{
	bool left, filed = w->q->theme != 0 || w->q->cluster != 0;
	int64_t size = 0;
	if (filed && !clusters_wanted(w, &size, e))
		return false;
	if (filed && size <= LIST_MAX)
		return list_messages(w, e);
	if (w->words.n > 0)
		return find_words(w, e);
	return scan_messages(w, w->after, w->before, filed ? SCAN_MAX : 0, &left, e) && (!left || list_messages(w, e));
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
static bool give_lots(struct replica *r, const struct message_query *q, struct drawn *lots, size_t n, struct sampling *s, struct error *e)
{
	struct message_query any = { .channel = q->channel, .state = -1 };
	struct message_walk w = { .r = r, .q = &any, .take = take_sample, .arg = s, .scratch = BUF_INIT };
	bool done = true;
	if (n > 0)
		qsort(lots, n, sizeof *lots, compare_lots);
	for (size_t i = 0; done && !s->over && i < n; i++)
		done = give_id(&w, lots[i].id, e);
	buf_release(&w.scratch);
	return done;
}

bool replica_sample(struct replica *r, const struct message_query *q, uint64_t seed,
	bool (*take)(void *arg, const struct message *m), void *arg, struct error *e)
{
	struct numbers clusters = { 0 }, ids = { 0 };
	struct sampling s = { .want = q->limit, .over = q->limit == 0, .take = take, .arg = arg };
	if (!replica_start(r, e))
		return false;
	bool done = true;
	if (q->cluster != 0)
		numbers_add(&clusters, q->cluster);
	else
		done = replica_clusters_of(r, q->theme, &clusters, e);
	done = done && list_ids(r, &clusters, q->channel, 0, INT64_MAX, &ids, e);
	if (done) {
		struct drawn *lots = xcalloc(ids.n + 1, sizeof *lots);
		for (size_t i = 0; i < ids.n; i++)
			lots[i] = (struct drawn){ .lot = draw(seed, ids.v[i]), .id = ids.v[i] };
		size_t low = lowest_lots(lots, ids.n, 2 * q->limit + LOTS_MORE);
		done = give_lots(r, q, lots, low, &s, e);
		if (done && !s.over && low < ids.n) /* so many are erased, or came the other way, that the rest is needed */
			done = give_lots(r, q, lots + low, ids.n - low, &s, e);
		free(lots);
	}
	free(clusters.v);
	free(ids.v);
	return done;
}
