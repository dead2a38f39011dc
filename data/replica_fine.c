/* replica_fine.c: clusters in the orders of the queues, and the counts of those that are shown.
 *
 * Sizes come from the indexes by cluster alone, some 100 ms for 1.3 million messages, and are kept for as long as a letter
 * of a filter or a page needs them. Who wrote a cluster's messages is a look at each of them: that is read for few clusters
 * at a time, and kept until there are more messages.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/replica_titles.h"
#include "src/base/mem.h"

enum {
	SIZES_MS = 2000,
	KEPT = 1024,         /* counts of clusters kept, each in the place of its number */
	LARGE = 2000,        /* so many messages are not counted anew… */
	LARGE_MS = 5000,     /* …more often than this */
	BUDGET_MS = 200,     /* so long one call counts; the next goes on, since what was counted is kept */
	MINUTE_MS = 60000,
};

struct sized {
	int64_t id, messages, theme;
};
struct counted {
	int64_t id, messages, read_ms;
	enum channel channel;
	struct fine_count count;
};
struct fine {
	struct sized *v; /* by id */
	size_t n, cap;
	enum channel channel;
	int64_t generation, seq, read_ms;
	struct counted counted[KEPT];
};

void fine_free(struct fine *f)
{
	if (f != NULL)
		free(f->v);
	free(f);
}

static int64_t mono_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

static_assert(CH_WEB == 1, "the statements say so");
static const char SQL_ALL[] =
	"SELECT cluster, count(*) FROM message INDEXED BY message_cluster WHERE cluster > 0 GROUP BY cluster";
static const char SQL_WEB[] =
	"SELECT cluster, count(*) FROM message INDEXED BY message_web WHERE cluster > 0 AND channel = 1 GROUP BY cluster";
static const char SQL_PUT[] = "SELECT id, theme FROM cluster WHERE NOT gone AND theme <> '' ORDER BY id";

static bool read_sizes(struct replica *r, struct fine *f, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, f->channel == CH_WEB ? SQL_WEB : SQL_ALL, "");
	bool failed = q == NULL;
	f->n = 0;
	while (!failed && replica_next(r, q, &failed, e)) {
		grow(&f->v, &f->cap, f->n + 1, sizeof *f->v);
		f->v[f->n++] = (struct sized){ .id = col_int(q, 0), .messages = col_int(q, 1), .theme = col_int(q, 0) };
	}
	db_end(q);
	return !failed;
}

/* By SMS came what did not come by the web. */
static bool take_web_away(struct replica *r, struct fine *f, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_WEB, "");
	bool failed = q == NULL;
	size_t i = 0, n = 0;
	while (!failed && replica_next(r, q, &failed, e)) {
		while (i < f->n && f->v[i].id < col_int(q, 0))
			i++;
		if (i < f->n && f->v[i].id == col_int(q, 0))
			f->v[i].messages -= col_int(q, 1);
	}
	db_end(q);
	for (i = 0; i < f->n; i++)
		if (f->v[i].messages > 0)
			f->v[n++] = f->v[i];
	f->n = n;
	return !failed;
}

static bool read_themes(struct replica *r, struct fine *f, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_PUT, "");
	bool failed = q == NULL;
	size_t i = 0;
	while (!failed && replica_next(r, q, &failed, e)) {
		while (i < f->n && f->v[i].id < col_int(q, 0))
			i++;
		if (i < f->n && f->v[i].id == col_int(q, 0))
			f->v[i].theme = col_int(q, 1);
	}
	db_end(q);
	return !failed;
}

static const struct fine *fine_now(struct replica *r, enum channel channel, struct error *e)
{
	if (r->fine == NULL)
		r->fine = xcalloc(1, sizeof *r->fine);
	struct fine *f = r->fine;
	if (f->generation == r->state.generation && f->channel == channel &&
		(f->seq == r->state.seq || mono_ms() - f->read_ms < SIZES_MS))
		return f;
	f->generation = 0;
	f->channel = channel;
	if (!read_sizes(r, f, e) || (channel == CH_SMS && !take_web_away(r, f, e)) || !read_themes(r, f, e))
		return NULL;
	f->generation = r->state.generation;
	f->seq = r->state.seq;
	f->read_ms = mono_ms();
	return f;
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

struct placed {
	struct theme_brief brief;
	int64_t messages;
};
struct order {
	struct placed *v;
	size_t n, cap;
};

static int larger(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return x->brief.id > y->brief.id ? -1 : x->brief.id < y->brief.id;
}

static int by_number(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	return x->brief.id < y->brief.id ? -1 : x->brief.id > y->brief.id;
}

static void place(struct order *o, const struct title *theme, const struct sized *s)
{
	grow(&o->v, &o->cap, o->n + 1, sizeof *o->v);
	o->v[o->n++] = (struct placed){
		.brief = { .id = s->id, .answered = theme->answered, .asks_nothing = theme->asks_nothing }, .messages = s->messages
	};
}

/* The words may be the cluster's own, when it once was a theme by itself, or those of its theme. */
static bool holds(const struct titles *t, const struct sized *s, const struct title *root, const struct folded *words)
{
	const struct title *own = words->n == 0 ? NULL : title_find(t, s->id);
	return words->n == 0 || title_holds(t, root, words) || (own != NULL && title_holds(t, own, words));
}

static void fill(const struct titles *t, const struct fine *f, const struct theme_query *q, const struct folded *words,
	struct order *o)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct title *root = title_root(t, f->v[i].theme);
		if (root == NULL || root->gone || (root->dismissed && !q->dismissed) || (q->within != 0 && root->id != q->within))
			continue;
		if (holds(t, &f->v[i], root, words))
			place(o, root, &f->v[i]);
	}
}

static const char SQL_LAST_AT[] = "SELECT at FROM message ORDER BY id DESC LIMIT 1";
static const char SQL_HIGHEST[] = "SELECT coalesce(max(id), 0) FROM message";
static const char SQL_AT[] = "SELECT at FROM message WHERE id >= ? ORDER BY id LIMIT 1";
static const char SQL_RECENT[] = "SELECT cluster, count(*) FROM message WHERE id >= ?1 AND cluster > 0 AND"
				 " (?2 = 0 OR channel = ?2) GROUP BY cluster";

/* The first message of the last minutes: numbers rise with time. */
static bool recent_from(struct replica *r, int64_t *from, struct error *e)
{
	int64_t last, high, low = 1;
	if (!db_int(&r->db, e, &last, 0, SQL_LAST_AT, "") || !db_int(&r->db, e, &high, 0, SQL_HIGHEST, ""))
		return false;
	while (low < high) {
		int64_t middle = low + (high - low) / 2, at;
		if (!db_int(&r->db, e, &at, 0, SQL_AT, "i", middle))
			return false;
		if (at < last - RISE_BINS * MINUTE_MS)
			low = middle + 1;
		else
			high = middle;
	}
	*from = low;
	return true;
}

/* Sizes become those of the last minutes; what has none then goes. */
static bool only_recent(struct replica *r, enum channel channel, struct order *o, struct error *e)
{
	int64_t from;
	size_t n = 0;
	if (!recent_from(r, &from, e))
		return false;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_RECENT, "ii", from, (int64_t)channel);
	bool failed = q == NULL;
	for (size_t i = 0; i < o->n; i++)
		o->v[i].messages = 0;
	while (!failed && replica_next(r, q, &failed, e)) {
		const struct placed key = { .brief.id = col_int(q, 0) };
		struct placed *p = o->n == 0 ? NULL : bsearch(&key, o->v, o->n, sizeof key, by_number);
		if (p != NULL)
			p->messages = col_int(q, 1);
	}
	db_end(q);
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].messages > 0)
			o->v[n++] = o->v[i];
	o->n = n;
	return !failed;
}

static void give(const struct theme_query *q, const struct order *o, bool (*take)(void *arg, const struct theme_brief *t), void *arg)
{
	for (size_t i = 0; i < o->n; i++)
		if (!take(arg, &o->v[q->order == BY_ARRIVAL ? o->n - 1 - i : i].brief) || i + 1 == q->limit)
			return;
}

bool replica_cluster_order(struct replica *r, const struct theme_query *q, bool (*take)(void *arg, const struct theme_brief *t),
	void *arg, struct error *e)
{
	struct order o = { 0 };
	struct folded words;
	if (!replica_start(r, e))
		return false;
	const struct fine *f = fine_now(r, q->channel, e);
	const struct titles *t = f == NULL ? NULL : titles_now(r, e);
	if (t == NULL)
		return false;
	folded_words(&words, q->filter);
	fill(t, f, q, &words, &o);
	bool done = q->order != BY_RISE || only_recent(r, q->channel, &o, e);
	if (done && o.n > 0 && (q->order == BY_PEOPLE || q->order == BY_RISE))
		qsort(o.v, o.n, sizeof *o.v, larger);
	if (done)
		give(q, &o, take, arg);
	folded_release(&words);
	free(o.v);
	return done;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static const char SQL_SIZE[] = "SELECT count(*) FROM message INDEXED BY message_cluster WHERE cluster = ?1";
static const char SQL_SIZE_WEB[] = "SELECT count(*) FROM message INDEXED BY message_web WHERE cluster = ?1 AND channel = 1";
static const char SQL_LEAST[] = "SELECT coalesce(min(id), 0) FROM message INDEXED BY message_cluster WHERE cluster = ?1";
static const char SQL_LEAST_WEB[] =
	"SELECT coalesce(min(id), 0) FROM message INDEXED BY message_web WHERE cluster = ?1 AND channel = 1";
static const char SQL_MESSAGES[] = "SELECT participant, at FROM message INDEXED BY message_cluster WHERE cluster = ?1 AND channel = ?2";
static const char SQL_MESSAGES_WEB[] =
	"SELECT participant, at FROM message INDEXED BY message_web WHERE cluster = ?1 AND channel = 1 AND ?2 > 0";
static const char SQL_FIRST[] = "SELECT text FROM message WHERE id = ?";
static const char SQL_THEME_OF[] = "SELECT theme FROM cluster WHERE id = ? AND NOT gone AND theme <> ''";
static const char SQL_INTO[] = "SELECT \"into\" FROM theme WHERE id = ?";

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* Minutes are those up to the newest message's. */
static void add_minute(struct fine_count *c, int64_t at)
{
	int64_t ago = at / MINUTE_MS - c->last_at / MINUTE_MS;
	if (ago > 0) {
		for (int i = 0; i < RISE_BINS; i++)
			c->rise[i] = i + ago < RISE_BINS ? c->rise[i + ago] : 0;
		ago = 0;
	}
	c->last_at = at > c->last_at ? at : c->last_at;
	if (-ago < RISE_BINS)
		c->rise[RISE_BINS - 1 + ago]++;
}

static bool count_people(struct replica *r, int64_t id, enum channel channel, struct fine_count *out, struct error *e)
{
	struct numbers people = { 0 };
	sqlite3_stmt *q = db_query(&r->db, e, channel == CH_WEB ? SQL_MESSAGES_WEB : SQL_MESSAGES, "ii", id, (int64_t)channel);
	bool failed = q == NULL;
	*out = (struct fine_count){ 0 };
	while (!failed && replica_next(r, q, &failed, e)) {
		numbers_add(&people, col_int(q, 0));
		add_minute(out, col_int(q, 1));
	}
	db_end(q);
	if (people.n > 0)
		qsort(people.v, people.n, sizeof *people.v, compare);
	for (size_t i = 0; i < people.n; i++)
		out->people += i == 0 || people.v[i] != people.v[i - 1];
	free(people.v);
	return !failed;
}

/* Its size when sizes were read last; -1: not known. */
static int64_t size_of(const struct fine *f, int64_t id, enum channel channel)
{
	size_t low = 0, high = f->channel == channel && f->generation != 0 ? f->n : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->v[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return f->channel == channel && f->generation != 0 && low < f->n && f->v[low].id == id ? f->v[low].messages : -1;
}

static bool count_messages(struct replica *r, int64_t id, enum channel channel, int64_t *n, struct error *e)
{
	int64_t web = 0;
	if (channel != CH_WEB && !db_int(&r->db, e, n, 0, SQL_SIZE, "i", id))
		return false;
	if (channel != CH_NONE && !db_int(&r->db, e, &web, 0, SQL_SIZE_WEB, "i", id))
		return false;
	*n = channel == CH_WEB ? web : *n - web;
	return true;
}

/* What is known of it; with `count` what is so now, or, of a large one, was so some seconds ago. */
static bool row_count(struct replica *r, struct fine_row *row, enum channel channel, bool count, struct error *e)
{
	struct counted *k = &r->fine->counted[row->id % KEPT];
	bool known = k->id == row->id && k->channel == channel;
	bool recent = known && k->messages >= LARGE && mono_ms() - k->read_ms < LARGE_MS;
	row->messages = recent ? k->messages : count ? -1 : size_of(r->fine, row->id, channel);
	if (row->messages < 0 && !count_messages(r, row->id, channel, &row->messages, e))
		return false;
	if (count && !recent && (!known || k->messages != row->messages)) {
		struct counted fresh = { .id = row->id, .messages = row->messages, .channel = channel, .read_ms = mono_ms() };
		if (!count_people(r, row->id, channel, &fresh.count, e))
			return false;
		*k = fresh;
		known = true;
	}
	row->counted = known;
	if (known)
		row->count = k->count;
	return true;
}

/* By SMS came nearly all: what came by the web alone is counted too. */
static const char SQL_LAST[] = "SELECT coalesce(max(cluster), 0) FROM message INDEXED BY message_cluster";
static const char SQL_LAST_WEB[] = "SELECT coalesce(max(cluster), 0) FROM message INDEXED BY message_web WHERE channel = 1";
static const char SQL_SINCE[] = "SELECT count(*) FROM (SELECT DISTINCT cluster FROM message INDEXED BY message_cluster"
				" WHERE cluster > ?1 LIMIT ?2)";
static const char SQL_SINCE_WEB[] = "SELECT count(*) FROM (SELECT DISTINCT cluster FROM message INDEXED BY message_web"
				    " WHERE cluster > ?1 AND channel = 1 LIMIT ?2)";

bool replica_clusters_since(struct replica *r, enum channel channel, int64_t after, size_t most, int64_t *highest, int64_t *fresh,
	struct error *e)
{
	bool web = channel == CH_WEB;
	return replica_start(r, e) && db_int(&r->db, e, highest, 0, web ? SQL_LAST_WEB : SQL_LAST, "") &&
		db_int(&r->db, e, fresh, 0, web ? SQL_SINCE_WEB : SQL_SINCE, "ii", after, (int64_t)most);
}

bool replica_root_of(struct replica *r, int64_t cluster, int64_t *root, struct error *e)
{
	int64_t into = 0;
	*root = cluster;
	if (!db_int(&r->db, e, root, cluster, SQL_THEME_OF, "i", cluster))
		return false;
	for (int up = 0; up < 1000; up++, *root = into)
		if (!db_int(&r->db, e, &into, 0, SQL_INTO, "i", *root))
			return false;
		else if (into == 0)
			break;
	return true;
}

static bool read_row(struct replica *r, int64_t id, enum channel channel, bool count, struct fine_row *row, struct error *e)
{
	*row = (struct fine_row){ .id = id };
	return db_int(&r->db, e, &row->first, 0, channel == CH_WEB ? SQL_LEAST_WEB : SQL_LEAST, "i", id) &&
		replica_root_of(r, id, &row->theme, e) && row_count(r, row, channel, count, e);
}

bool replica_clusters_by(struct replica *r, enum channel channel, const int64_t *ids, size_t n, bool count,
	bool (*take)(void *arg, const struct fine_row *row), void *arg, struct error *e)
{
	struct fine_row row;
	bool done = replica_start(r, e), over = false;
	int64_t until = mono_ms() + BUDGET_MS;
	if (r->fine == NULL)
		r->fine = xcalloc(1, sizeof *r->fine);
	for (size_t i = 0; done && !over && i < n; i++) {
		char *text = NULL;
		done = read_row(r, ids[i], channel, count && mono_ms() < until, &row, e) && db_text(&r->db, e, &text, SQL_FIRST, "i", row.first);
		row.text = text == NULL ? "" : text;
		over = done && !take(arg, &row);
		free(text);
	}
	return done;
}
