/* replica_query.c: the queues: themes in order, and the words that rows are looked for by. */
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
		buf_addf(&both, "%s\n%s\n%s\n%s\n%s", row.theme.label, row.theme.title, row.theme.typical,
			row.theme.words, row.theme.key_words);
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
