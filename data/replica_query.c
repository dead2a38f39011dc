/* replica_query.c: the queues: themes in order, messages by id, samples.
 *
 * Messages are found by one of three ways, each of which gives ids in order and is checked row by row:
 *   scan    all messages by id; good when what is asked for is frequent
 *   list    the ids of a theme from the index by cluster, sorted; good when the theme is small
 *   letters the search index; its tail that is not indexed yet is scanned
 */
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "data/replica_own.h"
#include "src/base/mem.h"
#include "src/base/text.h"

bool replica_start(struct replica *r, struct error *e)
{
	if (!r->listens)
		atomic_store(&r->stop, false);
	if (!atomic_load(&r->stop) && replica_refresh(r, e))
		return true;
	return atomic_load(&r->stop) ? error_set(e, ERR_BUSY, "the query was interrupted") : false;
}

bool replica_next(struct replica *r, sqlite3_stmt *q, bool *failed, struct error *e)
{
	int code = q == NULL || atomic_load(&r->stop) ? SQLITE_INTERRUPT : sqlite3_step(q);
	*failed = code != SQLITE_ROW && code != SQLITE_DONE;
	if (*failed)
		replica_failed(r, e);
	return code == SQLITE_ROW;
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

enum { QUERY_MAX = 400, LETTERS_MAX = 16 };

void folded_words(struct folded *w, const char *query)
{
	*w = (struct folded){ .text = BUF_INIT };
	size_t cap = 0;
	if (query == NULL || query[0] == '\0')
		return;
	char *bounded = xstrndup(query, QUERY_MAX);
	size_t len = strlen(bounded);
	while (len > 0 && !text_is_utf8(bounded, len)) /* the bound may have cut a letter */
		bounded[--len] = '\0';
	text_fold(bounded, &w->text);
	free(bounded);
	for (char *p = w->text.data; *p != '\0';) {
		size_t n = strcspn(p, " ");
		bool last = p[n] == '\0';
		if (n > 0) {
			grow(&w->v, &cap, w->n + 1, sizeof *w->v);
			w->v[w->n++] = p;
		}
		p += n;
		if (!last)
			*p++ = '\0';
	}
}

void folded_release(struct folded *w)
{
	free(w->v);
	buf_release(&w->text);
	*w = (struct folded){ .text = BUF_INIT };
}

bool folded_match(const struct folded *w, const char *text, struct buf *scratch)
{
	if (w->n == 0)
		return true;
	buf_reset(scratch);
	text_fold(text, scratch);
	for (size_t i = 0; i < w->n; i++)
		if (strstr(scratch->data, w->v[i]) == NULL)
			return false;
	return true;
}

/* Bytes of the code point at p, at least 1. */
static size_t point_len(const char *p)
{
	size_t n = 1;
	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void add_letters(struct buf *out, const char *p, size_t n)
{
	buf_adds(out, out->len == 0 ? "\"" : " AND \"");
	for (size_t i = 0; i < n; i++)
		if (p[i] == '"')
			buf_adds(out, "\"\"");
		else
			buf_addc(out, p[i]);
	buf_addc(out, '"');
}

bool folded_expression(const struct folded *w, struct buf *out)
{
	size_t used = 0;
	for (size_t i = 0; i < w->n; i++)
		for (const char *p = w->v[i]; *p != '\0' && used < LETTERS_MAX; p += point_len(p)) {
			size_t n = point_len(p);
			if (p[n] == '\0')
				break;
			n += point_len(p + n);
			if (p[n] == '\0')
				break;
			n += point_len(p + n);
			add_letters(out, p, n);
			used++;
		}
	return used > 0;
}

/* ---- themes ---------------------------------------------------------------------------------------------------- */

static_assert(TS_COUNT == COUNT_OF(((struct replica *)0)->sql_themes), "room for each");

/* ?1 dismissed ones too, ?2 merged ones too, ?3 channel or the id */
#define SHOWN "(?1 OR NOT t.dismissed) AND (?2 OR t.\"into\" = '') AND NOT t.gone"
#define ORDERED(column) \
	" FROM count c INDEXED BY count_" column " CROSS JOIN theme t ON t.id = c.id WHERE c." column \
	" > 1 AND " SHOWN " AND ?3 IS NOT NULL ORDER BY c." column " DESC, c.id DESC"
#define BY_NUMBER  " FROM theme t LEFT JOIN count c ON c.id = t.id WHERE " SHOWN " AND "
#define ON_CHANNEL "CASE ?3 WHEN 1 THEN c.web > 0 WHEN 2 THEN c.sms > 0 ELSE 1 END"
static_assert(CH_NONE == 0 && CH_WEB == 1 && CH_SMS == 2, "the statements say so");

static const char *const theme_sources[TS_COUNT] = {
	[TS_PEOPLE] = ORDERED("people"),
	[TS_PEOPLE_WEB] = ORDERED("people_web"),
	[TS_PEOPLE_SMS] = ORDERED("people_sms"),
	[TS_REST] = BY_NUMBER
	"CASE ?3 WHEN 1 THEN c.web > 0 AND c.people_web <= 1 WHEN 2 THEN c.sms > 0 AND c.people_sms <= 1"
	" ELSE coalesce(c.people, 0) <= 1 END ORDER BY t.id DESC",
	[TS_AGE] = BY_NUMBER ON_CHANNEL " ORDER BY t.id",
	[TS_ARRIVAL] = BY_NUMBER ON_CHANNEL " ORDER BY t.id DESC",
	[TS_ONE] = BY_NUMBER "t.id = ?3",
};

/* As replica_order.c reads them. */
#define ORDER_COLUMNS \
	"SELECT t.id, t.pinned, t.answered_at <> 0 OR t.question <> '', c.people, c.people_web, c.people_sms, c.web > 0," \
	" c.sms > 0"

/* ?1 after, ?2 before, ?3 channel or 0, ?4 state or -1 */
static const char *const scans[] = {
	" FROM message m WHERE id > ?1 AND id < ?2 AND (?3 = 0 OR channel = ?3) AND (?4 < 0 OR state = ?4) AND NOT gone"
	" ORDER BY id DESC",
	" FROM message m WHERE id > ?1 AND id < ?2 AND (?3 = 0 OR channel = ?3) AND (?4 < 0 OR state = ?4) AND NOT gone"
	" ORDER BY id",
};

void replica_make_queries(struct replica *r)
{
	for (size_t i = 0; i < TS_COUNT; i++) {
		struct buf b = BUF_INIT;
		buf_adds(&b, "SELECT ");
		replica_columns(&b, K_THEME, "t.");
		buf_addc(&b, ',');
		replica_columns(&b, K_COUNT, "c.");
		buf_adds(&b, theme_sources[i]);
		r->sql_themes[i] = buf_detach(&b);
		buf_adds(&b, ORDER_COLUMNS);
		buf_adds(&b, theme_sources[i]);
		r->sql_order[i] = buf_detach(&b);
	}
	for (size_t i = 0; i < COUNT_OF(scans); i++) {
		struct buf b = BUF_INIT;
		buf_adds(&b, "SELECT ");
		replica_columns(&b, K_MESSAGE, "m.");
		buf_adds(&b, scans[i]);
		r->sql_scan[i] = buf_detach(&b);
	}
}

struct theme_walk {
	struct replica *r;
	const struct theme_query *q;
	bool (*take)(void *arg, const struct theme_row *row);
	void *arg;
	struct folded words;
	struct buf scratch;
	size_t skipped, taken;
	bool over; /* nothing more is wanted */
};

static void give_theme(struct theme_walk *w, sqlite3_stmt *q)
{
	struct theme_row row;
	replica_read(q, 0, K_THEME, &row.theme);
	if (w->words.n > 0) {
		struct buf both = BUF_INIT;
		buf_addf(&both, "%s\n%s", row.theme.label, row.theme.title);
		bool match = folded_match(&w->words, both.data, &w->scratch);
		buf_release(&both);
		if (!match)
			return;
	}
	if (w->skipped < w->q->offset) {
		w->skipped++;
		return;
	}
	replica_read(q, replica_width(K_THEME), K_COUNT, &row.count);
	memcpy(row.count.r.id, row.theme.r.id, sizeof row.count.r.id); /* also where no count has come yet */
	w->over = !w->take(w->arg, &row) || ++w->taken == w->q->limit;
}

static bool walk_themes(struct theme_walk *w, enum theme_source source, int64_t third, struct error *e)
{
	sqlite3_stmt *q = db_query(
		&w->r->db, e, w->r->sql_themes[source], "iii", (int64_t)w->q->dismissed, (int64_t)w->q->merged, third);
	bool failed = q == NULL;
	while (!failed && !w->over && replica_next(w->r, q, &failed, e))
		give_theme(w, q);
	db_end(q);
	return !failed;
}

/* ---- rise ------------------------------------------------------------------------------------------------------ */

enum { MINUTE_MS = 60000 };
static const char SQL_NEWEST[] =
	"SELECT last_at FROM count INDEXED BY count_last WHERE people > 1 ORDER BY last_at DESC LIMIT 1";
static const char SQL_RISING[] = "SELECT id, last_at, rise, CASE ?2 WHEN 1 THEN web > 0 WHEN 2 THEN sms > 0 ELSE 1 END "
				 "FROM count INDEXED BY count_last"
				 " WHERE people > 1 AND last_at >= ?1";

struct riser {
	int64_t id, messages;
};

/* Messages in the RISE_BINS minutes that end now, when `bins` ended `ago` minutes earlier. */
static int64_t risen(const char *bins, int64_t ago)
{
	int64_t v[RISE_BINS], sum = 0;
	int n = 0;
	for (const char *p = bins; *p != '\0' && n < RISE_BINS; n++) {
		char *end;
		v[n] = strtoll(p, &end, 10);
		p = *end == ',' ? end + 1 : end + strlen(end);
	}
	for (int i = 0; i < n; i++)
		if (RISE_BINS - n + i >= ago)
			sum += v[i];
	return sum;
}

static int more_risen(const void *a, const void *b)
{
	const struct riser *x = a, *y = b;
	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return x->id > y->id ? -1 : x->id < y->id;
}

static bool list_risers(struct replica *r, enum channel channel, struct riser **out, size_t *n, struct error *e)
{
	int64_t newest;
	size_t cap = 0;
	if (!db_int(&r->db, e, &newest, 0, SQL_NEWEST, ""))
		return false;
	int64_t now = newest / MINUTE_MS;
	sqlite3_stmt *q =
		db_query(&r->db, e, SQL_RISING, "ii", (now - RISE_BINS + 1) * MINUTE_MS, (int64_t)channel);
	bool failed = q == NULL;
	while (!failed && replica_next(r, q, &failed, e)) {
		int64_t messages = col_int(q, 3) ? risen(col_text(q, 2), now - col_int(q, 1) / MINUTE_MS) : 0;
		if (messages == 0)
			continue;
		grow(out, &cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct riser){ .id = col_int(q, 0), .messages = messages };
	}
	db_end(q);
	if (*n > 0)
		qsort(*out, *n, sizeof **out, more_risen);
	return !failed;
}

bool replica_risers(struct replica *r, enum channel channel, int64_t **ids, size_t *n, struct error *e)
{
	struct riser *v = NULL;
	*n = 0;
	bool done = list_risers(r, channel, &v, n, e);
	*ids = xcalloc(*n + 1, sizeof **ids);
	for (size_t i = 0; i < *n; i++)
		(*ids)[i] = v[i].id;
	free(v);
	return done;
}

static bool walk_rising(struct theme_walk *w, struct error *e)
{
	struct riser *v = NULL;
	size_t n = 0;
	bool done = list_risers(w->r, w->q->channel, &v, &n, e);
	for (size_t i = 0; done && !w->over && i < n; i++)
		done = walk_themes(w, TS_ONE, v[i].id, e);
	free(v);
	return done;
}

bool replica_themes(struct replica *r, const struct theme_query *q,
	bool (*take)(void *arg, const struct theme_row *row), void *arg, struct error *e)
{
	static const enum theme_source by_people[CHANNELS] = {
		[CH_NONE] = TS_PEOPLE, [CH_WEB] = TS_PEOPLE_WEB, [CH_SMS] = TS_PEOPLE_SMS, [CH_ROOM] = TS_PEOPLE
	};
	struct theme_walk w = { .r = r, .q = q, .take = take, .arg = arg, .scratch = BUF_INIT };
	int64_t channel = q->channel == CH_ROOM ? CH_NONE : (int64_t)q->channel;
	if (!replica_start(r, e))
		return false;
	folded_words(&w.words, q->filter);
	bool done;
	if (q->order == BY_RISE)
		done = walk_rising(&w, e);
	else if (q->order == BY_PEOPLE)
		done = walk_themes(&w, by_people[q->channel], channel, e) &&
			(w.over || walk_themes(&w, TS_REST, channel, e));
	else
		done = walk_themes(&w, q->order == BY_AGE ? TS_AGE : TS_ARRIVAL, channel, e);
	folded_release(&w.words);
	buf_release(&w.scratch);
	return done;
}

bool replica_themes_of(struct replica *r, const int64_t *ids, size_t n,
	bool (*take)(void *arg, const struct theme_row *row), void *arg, struct error *e)
{
	const struct theme_query q = { .dismissed = true, .merged = true };
	struct theme_walk w = { .r = r, .q = &q, .take = take, .arg = arg, .scratch = BUF_INIT };
	bool done = replica_start(r, e);
	for (size_t i = 0; done && !w.over && i < n; i++)
		done = walk_themes(&w, TS_ONE, ids[i], e);
	buf_release(&w.scratch);
	return done;
}

/* ---- what belongs to a theme ----------------------------------------------------------------------------------- */

struct numbers {
	int64_t *v;
	size_t n, cap;
};

static void numbers_add(struct numbers *l, int64_t x)
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

static bool clusters_of(struct replica *r, int64_t theme, struct numbers *out, struct error *e)
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
		if (!clusters_of(w->r, w->q->theme, &w->clusters, e) ||
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
	bool done = clusters_of(r, theme, &clusters, e) && list_ids(r, &clusters, 0, INT64_MAX, &ids, e);
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
