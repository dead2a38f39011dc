/* feed.c: what consoles pull.
 *
 *   ""  --> RECORDS --> LARGEST --> THEMES --> CLUSTERS --> COUNTS --> MESSAGES --> FOLLOW
 *           \_____________ the first load, of version H _____________/            from H on, for ever
 *
 * A cursor holds the version up to which everything is known, and for the tables whose untouched rows ascend in version
 * with their id, the highest id known. Following merges the sources by version: for each such table its new rows (by id)
 * and its touched rows (by version), the counts (by their log) and the records. What a first load sent may have changed meanwhile: it comes again
 * after H. Rows that are touched are passed over by the source of new ones: they come by their version, which is higher.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/reader.h"
#include "src/base/file.h"
#include "src/base/mem.h"

enum phase { RECORDS, LARGEST, THEMES, CLUSTERS, COUNTS, MESSAGES, FOLLOW };
enum { LARGEST_THEMES = 500, PAGE_BYTES = 4 << 20 };

struct cursor {
	char event[ID_MAX];
	int64_t epoch, phase, version;
	int64_t message, theme, cluster, count; /* highest ids known */
	char place[ID_MAX + 8];                 /* RECORDS: "KIND-ID" of the last one; LARGEST: how many rows */
};

struct page {
	struct reader *r;
	struct cursor c;
	size_t limit, begun, rows;
	unsigned flags;
	struct buf *out;
	struct error *e;
};

/* ---- cursors --------------------------------------------------------------------------------------------------- */

/* "EVENT.EPOCH.PHASE.VERSION.MESSAGE.THEME.CLUSTER.COUNT.PLACE" */
static void cursor_write(const struct cursor *c, char out[static CURSOR_MAX])
{
	int n = snprintf(out, CURSOR_MAX,
		"%s.%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%s", c->event,
		c->epoch, c->phase, c->version, c->message, c->theme, c->cluster, c->count, c->place);
	assert(n > 0 && n < CURSOR_MAX);
	(void)n;
}

static bool cursor_number(const char **p, int64_t *out)
{
	if (*p == NULL || **p < '0' || **p > '9')
		return false;
	char *end;
	*out = strtoll(*p, &end, 10);
	bool good = *end == '.' && end - *p <= 16;
	*p = end + 1;
	return good;
}

static bool cursor_parse(const char *text, struct cursor *c)
{
	size_t len = strlen(text), event = strcspn(text, ".");
	if (len >= CURSOR_MAX || event >= sizeof c->event || text[event] != '.')
		return false;
	snprintf(c->event, sizeof c->event, "%.*s", (int)event, text);
	const char *p = text + event + 1;
	int64_t *numbers[] = { &c->epoch, &c->phase, &c->version, &c->message, &c->theme, &c->cluster, &c->count };
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (!cursor_number(&p, numbers[i]))
			return false;
	size_t place = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (p[place] != '\0' || place >= sizeof c->place || c->phase > FOLLOW)
		return false;
	snprintf(c->place, sizeof c->place, "%s", p);
	return true;
}

static bool cursor_read(struct page *g, const char *text)
{
	const struct reader *r = g->r;
	g->c = (struct cursor){ .epoch = r->epoch, .version = r->version };
	memcpy(g->c.event, r->event, sizeof g->c.event);
	if (text[0] == '\0')
		return true;
	g->c = (struct cursor){ .epoch = 0 };
	if (!cursor_parse(text, &g->c))
		return error_set(g->e, ERR_FORMAT, "this is no cursor; begin without one");
	if (strcmp(g->c.event, r->event) != 0)
		return error_set(g->e, ERR_GONE, "this cursor is of another event; begin without one");
	if (g->c.epoch != r->epoch || g->c.version > r->version)
		return error_set(g->e, ERR_GONE, "the event was put back from a backup since; begin without a cursor");
	return true;
}

/* ---- rows out -------------------------------------------------------------------------------------------------- */

static bool page_full(const struct page *g)
{
	return g->rows >= g->limit || g->out->len - g->begun >= PAGE_BYTES;
}

static void write_row(struct page *g, const struct record *r)
{
	wire_record(g->out, r, g->flags, g->r->lang);
	buf_addc(g->out, '\n');
	g->rows++;
}

static bool write_from(struct page *g, enum kind kind, sqlite3_stmt *q, int at)
{
	struct row row;
	if (!row_read(&row, kind, q, at, g->e))
		return false;
	write_row(g, row.r);
	row_release(&row);
	return true;
}

/* ---- the first load -------------------------------------------------------------------------------------------- */

static const char SQL_RECORDS[] = "SELECT " RECORD_COLUMNS ", kind, id FROM record WHERE (kind, id) > (?, ?)"
				  " ORDER BY kind, id";
static const char SQL_LARGEST[] =
	"SELECT " THEME_COLUMNS ", " TALLY_COLUMNS " FROM tally y JOIN theme t ON t.id=y.id"
	" WHERE NOT t.merged ORDER BY y.people_web + y.people_sms DESC, y.id LIMIT ? OFFSET ?";
static const char SQL_THEMES[] = "SELECT " THEME_COLUMNS " FROM theme t WHERE id > ? ORDER BY id";
static const char SQL_CLUSTERS[] = "SELECT " CLUSTER_COLUMNS " FROM cluster WHERE id > ? ORDER BY id";
static const char SQL_COUNTS[] = "SELECT " TALLY_COLUMNS " FROM tally y WHERE id > ? ORDER BY id";
static const char SQL_MESSAGES[] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE id > ? ORDER BY id";

static bool load_records(struct page *g, bool *all)
{
	int64_t kind = -1;
	char id[ID_MAX] = "", *dash = strchr(g->c.place, '-');
	if (dash != NULL) {
		kind = strtoll(g->c.place, NULL, 10);
		snprintf(id, sizeof id, "%s", dash + 1);
	}
	sqlite3_stmt *q = db_query(&g->r->db, g->e, SQL_RECORDS, "is", kind, id);
	bool failed = q == NULL, done = q != NULL;
	*all = false;
	while (done && !page_full(g) && !(*all = !db_row(&g->r->db, q, &failed, g->e))) {
		done = write_from(g, (enum kind)col_int(q, 2), q, 0);
		snprintf(g->c.place, sizeof g->c.place, "%d-%s", (int)col_int(q, 2), col_text(q, 3));
	}
	db_end(q);
	return done && !failed;
}

/* A theme and its counts are two rows; a page may end between them. */
static bool load_largest(struct page *g, bool *all)
{
	int64_t sent = strtoll(g->c.place, NULL, 10);
	if (sent < 0 || sent > 2 * LARGEST_THEMES)
		sent = 0;
	int64_t offset = sent / 2, left = LARGEST_THEMES - offset;
	sqlite3_stmt *q = db_query(&g->r->db, g->e, SQL_LARGEST, "ii", left, offset);
	bool failed = q == NULL, done = q != NULL;
	*all = false;
	while (done && !page_full(g) && !(*all = !db_row(&g->r->db, q, &failed, g->e))) {
		if (sent % 2 == 0) {
			done = write_from(g, K_THEME, q, 0);
			sent++;
		}
		if (!page_full(g)) {
			done = done && write_from(g, K_COUNT, q, THEME_WIDTH);
			sent++;
		}
	}
	db_end(q);
	snprintf(g->c.place, sizeof g->c.place, "%" PRId64, sent);
	return done && !failed;
}

/* Rows of one table by ascending id. */
static bool load_by_id(struct page *g, enum kind kind, const char *sql, int64_t *last, bool *all)
{
	sqlite3_stmt *q = db_query(&g->r->db, g->e, sql, "i", *last);
	bool failed = q == NULL, done = q != NULL;
	*all = false;
	while (done && !page_full(g) && !(*all = !db_row(&g->r->db, q, &failed, g->e))) {
		done = write_from(g, kind, q, 0);
		*last = col_int(q, 0);
	}
	db_end(q);
	return done && !failed;
}

static bool load_phase(struct page *g, bool *all)
{
	struct cursor *c = &g->c;
	switch ((enum phase)c->phase) {
	case RECORDS:
		return load_records(g, all);
	case LARGEST:
		return load_largest(g, all);
	case THEMES:
		return load_by_id(g, K_THEME, SQL_THEMES, &c->theme, all);
	case CLUSTERS:
		return load_by_id(g, K_CLUSTER, SQL_CLUSTERS, &c->cluster, all);
	case COUNTS:
		return load_by_id(g, K_COUNT, SQL_COUNTS, &c->count, all);
	case MESSAGES:
		return load_by_id(g, K_MESSAGE, SQL_MESSAGES, &c->message, all);
	case FOLLOW:
		break;
	}
	return true;
}

static bool load(struct page *g)
{
	while (g->c.phase < FOLLOW && !page_full(g)) {
		bool all;
		if (!load_phase(g, &all))
			return false;
		if (all) {
			g->c.phase++;
			g->c.place[0] = '\0';
		}
	}
	return true;
}

/* ---- following ------------------------------------------------------------------------------------------------- */

static const char SQL_RECORDS_SINCE[] =
	"SELECT " RECORD_COLUMNS ", kind FROM record WHERE version > ? ORDER BY version";
static const char SQL_THEMES_NEW[] = "SELECT " THEME_COLUMNS " FROM theme t WHERE id > ? AND NOT touched ORDER BY id";
static const char SQL_THEMES_SINCE[] =
	"SELECT " THEME_COLUMNS " FROM theme t WHERE touched AND version > ? ORDER BY version";
static const char SQL_CLUSTERS_NEW[] =
	"SELECT " CLUSTER_COLUMNS " FROM cluster WHERE id > ? AND NOT touched ORDER BY id";
static const char SQL_CLUSTERS_SINCE[] = "SELECT " CLUSTER_COLUMNS " FROM cluster WHERE touched AND version > ?"
					 " ORDER BY version";
static const char SQL_COUNTS_SINCE[] = "SELECT " TALLY_COLUMNS " FROM tally_log l JOIN tally y ON y.id=l.id AND"
				       " y.version=l.version WHERE l.version > ? ORDER BY l.version";
static const char SQL_MESSAGES_NEW[] =
	"SELECT " MESSAGE_COLUMNS " FROM message m WHERE id > ? AND NOT touched ORDER BY id";
static const char SQL_MESSAGES_SINCE[] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE touched AND version > ?"
					 " ORDER BY version";

/* Where the highest id known of a table stands in the cursor. */
static int64_t *known_of(struct cursor *c, enum kind kind)
{
	return kind == K_THEME ? &c->theme : kind == K_CLUSTER ? &c->cluster : &c->message;
}

static const struct {
	const char *sql;
	enum kind kind; /* KIND_COUNT: the row says */
	bool fresh;     /* new rows by id; otherwise by version */
} SOURCES[] = {
	{ SQL_RECORDS_SINCE, KIND_COUNT, false },
	{ SQL_THEMES_NEW, K_THEME, true },
	{ SQL_THEMES_SINCE, K_THEME, false },
	{ SQL_CLUSTERS_NEW, K_CLUSTER, true },
	{ SQL_CLUSTERS_SINCE, K_CLUSTER, false },
	{ SQL_COUNTS_SINCE, K_COUNT, false },
	{ SQL_MESSAGES_NEW, K_MESSAGE, true },
	{ SQL_MESSAGES_SINCE, K_MESSAGE, false },
};

struct merge {
	sqlite3_stmt *q[COUNT_OF(SOURCES)];
	int64_t version[COUNT_OF(SOURCES)]; /* of the row each stands on; INT64_MAX: no more */
};

static bool merge_step(struct page *g, struct merge *m, size_t i)
{
	bool failed;
	m->version[i] = INT64_MAX;
	if (db_row(&g->r->db, m->q[i], &failed, g->e))
		m->version[i] = col_int(m->q[i], SOURCES[i].kind == KIND_COUNT ? 0 : 1);
	return !failed;
}

static bool merge_begin(struct page *g, struct merge *m)
{
	for (size_t i = 0; i < COUNT_OF(SOURCES); i++) {
		int64_t from = SOURCES[i].fresh ? *known_of(&g->c, SOURCES[i].kind) : g->c.version;
		m->q[i] = db_query(&g->r->db, g->e, SOURCES[i].sql, "i", from);
		if (m->q[i] == NULL || !merge_step(g, m, i))
			return false;
	}
	return true;
}

static size_t merge_lowest(const struct merge *m)
{
	size_t low = 0;
	for (size_t i = 1; i < COUNT_OF(SOURCES); i++)
		if (m->version[i] < m->version[low])
			low = i;
	return low;
}

static bool merge_write(struct page *g, struct merge *m, size_t i)
{
	enum kind kind = SOURCES[i].kind == KIND_COUNT ? (enum kind)col_int(m->q[i], 2) : SOURCES[i].kind;
	if (!write_from(g, kind, m->q[i], 0))
		return false;
	if (SOURCES[i].fresh)
		*known_of(&g->c, kind) = col_int(m->q[i], 0);
	if (m->version[i] > g->c.version)
		g->c.version = m->version[i];
	return merge_step(g, m, i);
}

static bool follow(struct page *g)
{
	struct merge m = { .q = { NULL } };
	bool done = merge_begin(g, &m);
	size_t low = merge_lowest(&m);
	while (done && !page_full(g) && m.version[low] != INT64_MAX) {
		done = merge_write(g, &m, low);
		low = merge_lowest(&m);
	}
	if (done && m.version[low] == INT64_MAX)
		g->c.version = g->r->version;
	for (size_t i = 0; i < COUNT_OF(SOURCES); i++)
		db_end(m.q[i]);
	return done;
}

bool reader_changes(struct reader *r, const char *cursor, size_t limit, bool unsealed, struct buf *out,
	struct changes_page *page, struct error *e)
{
	struct page g = { .r = r,
		.limit = limit == 0 ? 1 : limit,
		.begun = out->len,
		.out = out,
		.e = e,
		.flags = WIRE_MASK | (unsealed ? (unsigned)WIRE_UNSEAL : 0u) };
	*page = (struct changes_page){ .rows = 0 };
	if (!reader_begin(r, e))
		return false;
	bool done = cursor_read(&g, cursor) && (g.c.phase == FOLLOW ? follow(&g) : load(&g));
	reader_end(r);
	page->rows = g.rows;
	page->whole = g.c.phase == FOLLOW;
	page->ready = g.c.phase >= THEMES;
	page->more = !page->whole || g.c.version < r->version;
	cursor_write(&g.c, page->next);
	return done;
}

/* ---- readers --------------------------------------------------------------------------------------------------- */

static const char SQL_COUNTERS[] = "SELECT event, epoch, version, number,"
				   " (SELECT value FROM meta WHERE name='purged') FROM state";
static const char SQL_EVENT[] = "SELECT " RECORD_COLUMNS " FROM record WHERE kind=0 AND id='event'";

/* A purge made another key, and took back the words that were kept here. */
static void notice_purge(struct reader *r, const char *purged)
{
	if (strcmp(r->purged, purged) == 0)
		return;
	snprintf(r->purged, sizeof r->purged, "%s", purged);
	r->has_key = store_read_key(r->dir, r->key, NULL);
	for (int k = 0; k < KIND_COUNT; k++)
		memory_world_clear(r->records, (enum kind)k);
	r->records_version = 0;
}

bool reader_begin(struct reader *r, struct error *e)
{
	if (!db_run(&r->db, "BEGIN", e))
		return false;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_COUNTERS, "");
	bool failed = q == NULL, found = q != NULL && db_row(&r->db, q, &failed, e);
	if (found) {
		snprintf(r->event, sizeof r->event, "%s", col_text(q, 0));
		r->epoch = col_int(q, 1);
		r->version = col_int(q, 2);
		r->number = col_int(q, 3);
		notice_purge(r, col_text(q, 4));
	}
	db_end(q);
	if (!found && !failed)
		error_set(e, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", r->dir);
	if (!found)
		reader_end(r);
	return found;
}

void reader_end(struct reader *r)
{
	db_run(&r->db, "COMMIT", NULL);
}

static bool read_lang(struct reader *r, struct error *e)
{
	struct row row;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_EVENT, "");
	bool failed = q == NULL;
	bool found = q != NULL && db_row(&r->db, q, &failed, e) && row_read(&row, K_EVENT, q, 0, e);
	if (found) {
		snprintf(r->lang, sizeof r->lang, "%s", ((const struct event *)row.r)->lang);
		row_release(&row);
	}
	db_end(q);
	return found || failed || error_set(e, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", r->dir);
}

static const struct record *look(void *ctx, enum kind kind, const char *id)
{
	return memory_world_get(((struct reader *)ctx)->records, kind, id);
}

static void walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(((struct reader *)ctx)->records, kind, visit, arg);
}

struct reader *reader_open(const struct store_options *o, struct error *e)
{
	struct reader *r = xcalloc(1, sizeof *r);
	struct error why = { .code = ERR_NONE };
	char *path = store_file(o->dir);
	r->dir = xstrdup(o->dir);
	r->records = memory_world_new();
	r->world = (struct world){ .ctx = r, .get = look, .each = walk };
	r->has_key = store_read_key(o->dir, r->key, NULL);
	bool done = file_exists(path) ||
		error_set(&why, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", o->dir);
	done = done && db_open(&r->db, &(struct db_options){ .path = path, .vfs = o->vfs }, &why) &&
		db_migrate(&r->db, store_migrations, store_migrations_n, &why) &&
		db_run(&r->db, "PRAGMA query_only=ON", &why) && read_lang(r, &why);
	free(path);
	if (done)
		return r;
	if (e != NULL)
		*e = why;
	reader_close(r);
	return NULL;
}

void reader_forget(struct reader *r)
{
	if (reader_begin(r, NULL))
		reader_end(r);
	sqlite3_db_release_memory(r->db.handle); /* pages as they were */
}

void reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	db_close(&r->db);
	memory_world_free(r->records);
	explicit_bzero(r->key, sizeof r->key);
	free(r->dir);
	free(r);
}
