/* replica.c: opening, applying pages, and the world of small records.
 *
 * The large kinds have tables of their own, whose columns are the record's and the kind's fields by name; their statements
 * are made from kinds[]. The small kinds share one table that keeps the line as it came.
 *
 *   empty --apply--> loading (synchronous=OFF) --apply of a whole page--> whole --checkpoint--> synced
 *     ^                  |                                                  |                    |
 *     +---- restart, damage, or the machine stopped while not synced -------+--------------------+
 */
#include "data/replica.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/replica_own.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { LINE_MAX_BYTES = 1 << 20 };

/* The layout has a number, and no way leads from an older one: the file is only a copy. The tables of the large kinds are
 * made from kinds[], and `layout` keeps their text: a file whose columns are not ours is begun anew too. */
enum { REPLICA_LAYOUT = 1 };

static const char SQL_SCHEMA[] =
	"CREATE TABLE state(one INTEGER PRIMARY KEY CHECK(one = 1), cursor TEXT NOT NULL, generation INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, version INTEGER NOT NULL, messages INTEGER NOT NULL, web INTEGER NOT NULL, sms INTEGER "
	"NOT NULL,"
	" themes INTEGER NOT NULL, indexed INTEGER NOT NULL, ready INTEGER NOT NULL, whole INTEGER NOT NULL,"
	" synced INTEGER NOT NULL, boot TEXT NOT NULL);"
	"INSERT INTO state VALUES(1, '', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, '');"
	"CREATE TABLE layout(tables TEXT NOT NULL);"
	"CREATE TABLE record(kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,"
	" seq INTEGER NOT NULL," /* of the page that wrote it: what a world must read again */
	" body TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;"
	"CREATE INDEX record_seq ON record(seq);"
	/* Trigrams of the folded text, without positions: which messages may hold some letters. The hits are checked. */
	"CREATE VIRTUAL TABLE find USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram "
	"case_sensitive 1');"
	"INSERT INTO find(find, rank) VALUES('hashsize', 16777216);";

/* Beside the tables of the large kinds. Most themes have one person: those are found by their number, and only the others
 * are kept in order. */
static const char SQL_INDEXES[] = "CREATE INDEX message_cluster ON message(cluster);"
				  "CREATE INDEX theme_into ON theme(\"into\") WHERE \"into\" <> '';"
				  "CREATE INDEX cluster_theme ON cluster(theme);"
				  "CREATE INDEX count_people ON count(people) WHERE people > 1;"
				  "CREATE INDEX count_people_web ON count(people_web) WHERE people_web > 1;"
				  "CREATE INDEX count_people_sms ON count(people_sms) WHERE people_sms > 1;"
				  "CREATE INDEX count_last ON count(last_at) WHERE people > 1;";

static const char PRAGMAS_NORMAL[] =
	"PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=1000;";
static const char PRAGMA_MAPPED[] = "PRAGMA mmap_size=4294967296;";
static const char PRAGMAS_LOADING[] =
	"PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=20000;";

/* ---- tables made from kinds[] ---------------------------------------------------------------------------------- */

static const char *const record_columns[] = { "id", "version", "rev", "gone", "by", "did", "when" };
enum { RECORD_WIDTH = 7 };
static_assert(COUNT_OF(record_columns) == RECORD_WIDTH, "replica_read and bind_record count on it");

bool kind_has_table(enum kind kind)
{
	static const bool table[KIND_COUNT] = {
		[K_PARTICIPANT] = true, [K_THEME] = true, [K_CLUSTER] = true, [K_COUNT] = true, [K_MESSAGE] = true
	};
	return table[kind];
}

int replica_width(enum kind kind)
{
	return RECORD_WIDTH + (int)kinds[kind].n_fields;
}

static const char *column_name(enum kind kind, int i)
{
	return i < RECORD_WIDTH ? record_columns[i] : kinds[kind].fields[i - RECORD_WIDTH].name;
}

/* Hundreds of names at each start of a console: joined, not formatted. */
static void add_column(struct buf *b, int i, const char *prefix, const char *name)
{
	if (i > 0)
		buf_addc(b, ',');
	buf_adds(b, prefix);
	buf_addc(b, '"');
	buf_adds(b, name);
	buf_addc(b, '"');
}

void replica_columns(struct buf *b, enum kind kind, const char *prefix)
{
	for (int i = 0; i < replica_width(kind); i++)
		add_column(b, i, prefix, column_name(kind, i));
}

/* What the columns of a kind's table are: numbers before texts, so that a query need not read past a long text to find
 * one. An id that names a numbered record is INTEGER, so that it joins; "" stays "" in such a column. */
static bool is_number(const struct field *f)
{
	return f->type != F_TEXT && f->type != F_ID;
}

static bool names_theme(enum kind kind, const struct field *f)
{
	return (kind == K_THEME && strcmp(f->name, "into") == 0) ||
		(kind == K_CLUSTER && strcmp(f->name, "theme") == 0);
}

static void add_table(struct buf *b, enum kind kind)
{
	const struct kind_row *row = &kinds[kind];
	buf_addf(b,
		"CREATE TABLE %s(id INTEGER PRIMARY KEY, version INTEGER NOT NULL, rev INTEGER NOT NULL,"
		" gone INTEGER NOT NULL, \"when\" INTEGER NOT NULL",
		row->name);
	for (int texts = 0; texts < 2; texts++)
		for (size_t i = 0; i < row->n_fields; i++)
			if (is_number(&row->fields[i]) == (texts == 0))
				buf_addf(b, ", \"%s\" %s NOT NULL", row->fields[i].name,
					texts == 0 || names_theme(kind, &row->fields[i]) ? "INTEGER" : "TEXT");
	buf_adds(b, ", \"by\" TEXT NOT NULL, did TEXT NOT NULL);");
}

static void add_tables(struct buf *b)
{
	for (size_t k = 0; k < KIND_COUNT; k++)
		if (kind_has_table((enum kind)k))
			add_table(b, (enum kind)k);
	buf_adds(b, SQL_INDEXES);
}

static void make_statements(struct replica *r, enum kind kind)
{
	assert(replica_width(kind) < 64); /* row_put.set has a bit a parameter */
	struct buf insert = BUF_INIT, update = BUF_INIT, get = BUF_INIT;
	buf_addf(&insert, "INSERT INTO %s(", kinds[kind].name);
	replica_columns(&insert, kind, "");
	buf_adds(&insert, ")VALUES(");
	buf_addf(&update, "UPDATE %s SET ", kinds[kind].name);
	for (int i = 0; i < replica_width(kind); i++) {
		buf_adds(&insert, i == 0 ? "?" : ",?");
		add_column(&update, i, "", column_name(kind, i));
		buf_adds(&update, "=?");
	}
	buf_adds(&insert, ")ON CONFLICT(id) DO NOTHING");
	buf_adds(&update, " WHERE id=?1 AND version<=?2");
	buf_adds(&get, "SELECT ");
	replica_columns(&get, kind, "");
	buf_addf(&get, " FROM %s WHERE id=?", kinds[kind].name);
	r->sql[kind].insert.sql = buf_detach(&insert);
	r->sql[kind].update.sql = buf_detach(&update);
	r->sql[kind].get = buf_detach(&get);
}

/* Binds one column, unless it is zero or "" and was so before (*set: which columns hold something else). */
static bool bind_int(sqlite3_stmt *q, int i, int64_t value, uint64_t *set)
{
	uint64_t bit = (uint64_t)1 << i;
	if (value == 0 && !(*set & bit))
		return true;
	*set = value == 0 ? *set & ~bit : *set | bit;
	return sqlite3_bind_int64(q, i, value) == SQLITE_OK;
}

static bool bind_text(sqlite3_stmt *q, int i, const char *text, uint64_t *set)
{
	uint64_t bit = (uint64_t)1 << i;
	if (text[0] == '\0' && !(*set & bit))
		return true;
	*set = text[0] == '\0' ? *set & ~bit : *set | bit;
	return sqlite3_bind_text(q, i, text[0] == '\0' ? "" : text, -1, SQLITE_STATIC) == SQLITE_OK;
}

static bool bind_field(sqlite3_stmt *q, int i, const void *p, enum field_type type, uint64_t *set)
{
	switch (type) {
	case F_INT:
	case F_TIME:
		return bind_int(q, i, *(const int64_t *)p, set);
	case F_BOOL:
		return bind_int(q, i, *(const bool *)p, set);
	case F_ENUM:
		return bind_int(q, i, *(const unsigned *)p, set);
	case F_TEXT:
		return bind_text(q, i, *(char *const *)p, set);
	case F_ID:
		return bind_text(q, i, p, set);
	case F_IDS:
		break; /* no kind with a table has one */
	}
	return false;
}

/* Binds a record to its insert or update statement, in the order of replica_columns. Most columns of most rows are zero or
 * "": those stay bound from row to row, so that a first load does not bind twenty million of them. */
static bool bind_record(sqlite3_stmt *q, int64_t id, const struct record *x, uint64_t *set)
{
	const struct kind_row *row = &kinds[x->kind];
	bool done = bind_int(q, 1, id, set) && bind_int(q, 2, x->version, set) && bind_int(q, 3, x->rev, set) &&
		bind_int(q, 4, x->gone, set) && bind_text(q, 5, x->by, set) && bind_text(q, 6, x->did, set) &&
		bind_int(q, 7, x->when, set);
	for (size_t i = 0; done && i < row->n_fields; i++)
		done = bind_field(q, RECORD_WIDTH + 1 + (int)i, (const char *)x + row->fields[i].offset,
			row->fields[i].type, set);
	return done;
}

static void read_field(sqlite3_stmt *q, int c, void *p, enum field_type type)
{
	switch (type) {
	case F_INT:
	case F_TIME:
		*(int64_t *)p = col_int(q, c);
		break;
	case F_BOOL:
		*(bool *)p = col_int(q, c) != 0;
		break;
	case F_ENUM:
		*(unsigned *)p = (unsigned)col_int(q, c);
		break;
	case F_TEXT: /* borrowed: nobody writes through it */
		*(const char **)p = col_text(q, c);
		break;
	case F_ID:
		snprintf(p, ID_MAX, "%s", col_text(q, c));
		break;
	case F_IDS:
		break;
	}
}

void replica_read(sqlite3_stmt *q, int c, enum kind kind, void *record)
{
	const struct kind_row *row = &kinds[kind];
	struct record *x = record;
	memset(record, 0, row->size);
	x->kind = kind;
	id_from_number(x->id, col_int(q, c));
	x->version = col_int(q, c + 1);
	x->rev = col_int(q, c + 2);
	x->gone = col_int(q, c + 3) != 0;
	snprintf(x->by, sizeof x->by, "%s", col_text(q, c + 4));
	snprintf(x->did, sizeof x->did, "%s", col_text(q, c + 5));
	x->when = col_int(q, c + 6);
	for (size_t i = 0; i < row->n_fields; i++)
		read_field(q, c + RECORD_WIDTH + (int)i, (char *)record + row->fields[i].offset, row->fields[i].type);
}

/* ---- the state row --------------------------------------------------------------------------------------------- */

static const char SQL_STATE[] =
	"SELECT cursor, generation, seq, version, messages, web, sms, themes, indexed, ready, whole,"
	" synced, boot FROM state";
static const char SQL_SAVE_STATE[] =
	"UPDATE state SET cursor=?, generation=?, seq=?, version=?, messages=?, web=?, sms=?,"
	" themes=?, indexed=?, ready=?, whole=?, synced=?, boot=?";
static const char SQL_DATA_VERSION[] = "PRAGMA data_version";

static bool read_state(struct replica *r, struct error *e)
{
	bool failed;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_STATE, "");
	if (q == NULL)
		return false;
	bool there = db_row(&r->db, q, &failed, e);
	if (there) {
		struct replica_state *s = &r->state;
		*s = (struct replica_state){ .generation = col_int(q, 1),
			.seq = col_int(q, 2),
			.version = col_int(q, 3),
			.messages = col_int(q, 4),
			.web = col_int(q, 5),
			.sms = col_int(q, 6),
			.themes = col_int(q, 7),
			.indexed = col_int(q, 8),
			.ready = col_int(q, 9) != 0,
			.whole = col_int(q, 10) != 0,
			.synced = col_int(q, 11) != 0 };
		snprintf(s->cursor, sizeof s->cursor, "%s", col_text(q, 0));
		snprintf(s->boot, sizeof s->boot, "%s", col_text(q, 12));
	}
	db_end(q);
	return there || (!failed && error_set(e, ERR_FORMAT, "\"%s\" is damaged: it has no state", r->path));
}

bool replica_save_state(struct replica *r, struct error *e)
{
	const struct replica_state *s = &r->state;
	return db_do(&r->db, e, SQL_SAVE_STATE, "siiiiiiiiiiis", s->cursor, s->generation, s->seq, s->version,
		s->messages, s->web, s->sms, s->themes, s->indexed, (int64_t)s->ready, (int64_t)s->whole,
		(int64_t)s->synced, s->boot);
}

bool replica_failed(struct replica *r, struct error *e)
{
	if (atomic_load(&r->stop) || (sqlite3_errcode(r->db.handle) & 0xff) == SQLITE_INTERRUPT)
		return error_set(e, ERR_BUSY, "the query was interrupted");
	return db_error(&r->db, e);
}

/* Commits when `done`, else rolls back. Returns whether it was committed. */
static bool finish(struct replica *r, bool done, struct error *e)
{
	if (done && db_run(&r->db, "COMMIT", e))
		return true;
	db_run(&r->db, "ROLLBACK", NULL);
	r->data_version = 0; /* `state` is what the file says, not what was tried */
	return false;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

/* Tells one start of the machine from another (random(4), proc(5)); "" where there is no such file. */
static void read_boot(char out[static 40])
{
	struct buf b = BUF_INIT;
	if (!file_read("/proc/sys/kernel/random/boot_id", 100, &b, NULL))
		buf_reset(&b);
	snprintf(out, 40, "%.*s", (int)strcspn(b.data, "\n"), b.data);
	buf_release(&b);
}

static void throw_away_file(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "%s%s", path, ends[i]);
		unlink(b.data);
		buf_release(&b);
	}
}

static void close_file(struct replica *r)
{
	pthread_mutex_lock(&r->gate);
	db_close(&r->db);
	pthread_mutex_unlock(&r->gate);
}

/* What a console can spare: its three connections together must stay small. */
static bool set_memory(struct replica *r, struct error *e)
{
	struct buf b = BUF_INIT;
	if (r->cache_kb > 0)
		buf_addf(&b, "PRAGMA cache_size=-%d;", r->cache_kb);
	if (r->mapped)
		buf_adds(&b, PRAGMA_MAPPED);
	bool done = b.len == 0 || db_run(&r->db, b.data, e);
	buf_release(&b);
	return done;
}

static bool open_connection(struct replica *r, struct error *e)
{
	const struct db_options o = { .path = r->path,
		.vfs = r->vfs,
		.make = !r->read_only,
		.read_only = r->read_only,
		.pragmas = r->read_only ? NULL : PRAGMAS_NORMAL };
	pthread_mutex_lock(&r->gate);
	bool done = db_open(&r->db, &o, e);
	pthread_mutex_unlock(&r->gate);
	if (done)
		done = set_memory(r, e);
	for (size_t k = 0; k < KIND_COUNT; k++) /* fresh statements have nothing bound */
		r->sql[k].insert.set = r->sql[k].update.set = UINT64_MAX;
	return done;
}

static const char SQL_LAYOUT[] = "SELECT tables FROM layout";
static const char SQL_LAYOUT_MADE[] = "SELECT count(*) FROM layout";
static const char SQL_SAVE_LAYOUT[] = "INSERT INTO layout VALUES(?)";

/* The tables, unless another process made them meanwhile. */
static bool make_tables(struct replica *r, const char *tables, struct error *e)
{
	int64_t made;
	return db_int(&r->db, e, &made, 0, SQL_LAYOUT_MADE, "") &&
		(made != 0 || (db_run(&r->db, tables, e) && db_do(&r->db, e, SQL_SAVE_LAYOUT, "s", tables)));
}

/* Makes what is not there yet. ERR_FORMAT: it is of another layout than ours. */
static bool settle_layout(struct replica *r, struct error *e)
{
	struct buf tables = BUF_INIT;
	char *was = NULL;
	add_tables(&tables);
	const struct migration layout = {
		.version = REPLICA_LAYOUT, .name = "rows as the backend sends them", .sql = SQL_SCHEMA
	};
	bool done = (r->read_only || db_migrate(&r->db, &layout, 1, e)) && db_text(&r->db, e, &was, SQL_LAYOUT, "");
	if (done && was == NULL && r->read_only)
		done = error_set(e, ERR_NOT_FOUND, "\"%s\" holds no replica yet", r->path);
	else if (done && was == NULL)
		done = db_run(&r->db, "BEGIN IMMEDIATE", e) && finish(r, make_tables(r, tables.data, e), e);
	else if (done && strcmp(was, tables.data) != 0)
		done = error_set(e, ERR_FORMAT, "\"%s\" is of another layout", r->path);
	free(was);
	buf_release(&tables);
	return done;
}

static bool open_file(struct replica *r, struct error *e)
{
	int version;
	struct stat st;
	if (!open_connection(r, e) || !db_version(&r->db, &version, e))
		return false;
	if (version > REPLICA_LAYOUT)
		return error_set(
			e, ERR_NEWER, "\"%s\" was made by a newer version of Régie; use that version", r->path);
	if (version != 0 && version < REPLICA_LAYOUT)
		return error_set(e, ERR_FORMAT, "\"%s\" is of an older layout", r->path);
	if (version == 0 && r->read_only)
		return error_set(e, ERR_NOT_FOUND, "\"%s\" holds no replica yet", r->path);
	if (!settle_layout(r, e))
		return false;
	r->inode = stat(r->path, &st) == 0 ? st.st_ino : 0;
	r->loading = false;
	r->data_version = 0;
	return read_state(r, e);
}

/* A first load that the machine's stop may have torn: it ran without waiting for the disk. */
static bool is_torn(const struct replica *r)
{
	return !r->state.synced && strcmp(r->boot, r->state.boot) != 0;
}

/* Opens; what is damaged, torn or of an older layout is thrown away, once. */
static bool open_or_begin(struct replica *r, struct error *e)
{
	struct error why = { 0 };
	bool done = open_file(r, &why);
	if (done && !is_torn(r))
		return true;
	close_file(r);
	if (r->read_only && done)
		return error_set(e, ERR_NOT_FOUND, "\"%s\" is incomplete; start the console once", r->path);
	if (r->read_only || (!done && why.code != ERR_FORMAT))
		return error_set(e, why.code, "%s", why.text);
	throw_away_file(r->path);
	return open_file(r, e);
}

struct replica *replica_open(const struct replica_options *o, struct error *e)
{
	if (!o->read_only && !file_make_dirs(o->dir, 0700, e))
		return NULL;
	struct replica *r = xcalloc(1, sizeof *r);
	pthread_mutex_init(&r->gate, NULL);
	r->path = path_join(o->dir, "replica.db");
	r->vfs = o->vfs == NULL ? NULL : xstrdup(o->vfs);
	if (o->boot == NULL)
		read_boot(r->boot);
	else
		snprintf(r->boot, sizeof r->boot, "%s", o->boot);
	r->read_only = o->read_only;
	r->cache_kb = o->cache_kb;
	r->mapped = o->mapped;
	for (size_t k = 0; k < KIND_COUNT; k++)
		if (kind_has_table((enum kind)k))
			make_statements(r, (enum kind)k);
	replica_make_queries(r);
	if (open_or_begin(r, e))
		return r;
	replica_close(r);
	return NULL;
}

void replica_close(struct replica *r)
{
	if (r == NULL)
		return;
	close_file(r);
	pthread_mutex_destroy(&r->gate);
	memory_world_free(r->small);
	memory_world_free(r->looked);
	for (size_t k = 0; k < KIND_COUNT; k++) {
		free(r->sql[k].insert.sql);
		free(r->sql[k].update.sql);
		free(r->sql[k].get);
	}
	for (size_t i = 0; i < COUNT_OF(r->sql_themes); i++) {
		free(r->sql_themes[i]);
		free(r->sql_order[i]);
	}
	titles_free(r->titles);
	for (size_t i = 0; i < COUNT_OF(r->sql_scan); i++)
		free(r->sql_scan[i]);
	free(r->path);
	free(r->vfs);
	free(r);
}

/* Another process may have found the file damaged and begun a new one. */
static bool follow_file(struct replica *r, struct error *e)
{
	struct stat st;
	if (r->db.handle != NULL && stat(r->path, &st) == 0 && st.st_ino == r->inode)
		return true;
	close_file(r);
	r->small_generation = -1;
	return open_file(r, e);
}

bool replica_refresh(struct replica *r, struct error *e)
{
	int64_t now;
	if (!follow_file(r, e) || !db_int(&r->db, e, &now, 0, SQL_DATA_VERSION, ""))
		return false;
	if (now == r->data_version)
		return true;
	if (!read_state(r, e)) /* the next call tries again */
		return false;
	r->data_version = now;
	return true;
}

const char *replica_cursor(struct replica *r)
{
	return replica_refresh(r, NULL) ? r->state.cursor : "";
}

bool replica_ready(struct replica *r)
{
	return replica_refresh(r, NULL) && r->state.ready;
}

bool replica_whole(struct replica *r)
{
	return replica_refresh(r, NULL) && r->state.whole;
}

int64_t replica_version(struct replica *r)
{
	return replica_refresh(r, NULL) ? r->state.version : 0;
}

int64_t replica_stamp(struct replica *r)
{
	return replica_refresh(r, NULL) ? r->state.seq : 0;
}

bool replica_totals(struct replica *r, struct replica_totals *out, struct error *e)
{
	if (!replica_refresh(r, e))
		return false;
	*out = (struct replica_totals){
		.messages = r->state.messages, .web = r->state.web, .sms = r->state.sms, .themes = r->state.themes
	};
	return true;
}

void replica_listen(struct replica *r)
{
	r->listens = true;
	atomic_store(&r->stop, false);
}

void replica_interrupt(struct replica *r)
{
	pthread_mutex_lock(&r->gate);
	atomic_store(&r->stop, true);
	if (r->db.handle != NULL)
		sqlite3_interrupt(r->db.handle);
	pthread_mutex_unlock(&r->gate);
}

/* ---- restarting ------------------------------------------------------------------------------------------------ */

static const char SQL_EMPTY[] =
	"DELETE FROM record; DELETE FROM message; DELETE FROM theme; DELETE FROM cluster;"
	"DELETE FROM count; DELETE FROM participant; INSERT INTO find(find) VALUES('delete-all');";

bool replica_restart(struct replica *r, struct error *e)
{
	if (!replica_refresh(r, e) || !db_run(&r->db, "BEGIN IMMEDIATE", e))
		return false;
	bool done = db_run(&r->db, SQL_EMPTY, e);
	r->state = (struct replica_state){
		.generation = r->state.generation + 1, .seq = r->state.seq + 1, .synced = true
	};
	return finish(r, done && replica_save_state(r, e), e);
}

/* ---- applying a page ------------------------------------------------------------------------------------------- */

static bool damaged(const struct replica *r)
{
	int code = sqlite3_errcode(r->db.handle) & 0xff;
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/* Runs an insert or update with its record bound; *changed: rows it touched. The statement is reset but keeps what is
 * bound: texts of x that it still points to are bound anew before it runs again. */
static bool put_with(
	struct replica *r, struct row_put *put, int64_t id, const struct record *x, int *changed, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, put->sql, "");
	if (q == NULL)
		return false;
	bool done = bind_record(q, id, x, &put->set) && sqlite3_step(q) == SQLITE_DONE;
	if (!done)
		db_error(&r->db, e);
	*changed = sqlite3_changes(r->db.handle);
	sqlite3_reset(q);
	return done;
}

static const char SQL_THEME_STANDS[] = "SELECT NOT gone AND \"into\" = '' FROM theme WHERE id = ?";

static bool theme_stands(const struct record *x)
{
	return !x->gone && ((const struct theme *)x)->into[0] == '\0';
}

static bool count_new(struct replica *r, int64_t id, const struct record *x, struct error *e)
{
	const struct message *m = (const struct message *)x;
	if (x->kind == K_THEME)
		r->state.themes += theme_stands(x);
	if (x->kind != K_MESSAGE)
		return true;
	r->state.messages++;
	r->state.web += m->channel == CH_WEB;
	r->state.sms += m->channel == CH_SMS;
	return id > r->state.indexed || replica_index_one(r, id, m->text, e);
}

/* A large kind: most rows are new, so that is tried first. */
static bool apply_row(struct replica *r, const struct record *x, struct error *e)
{
	int64_t id, stood = 0;
	int changed;
	if (!id_number(x->id, &id))
		return error_set(e, ERR_FORMAT, "the backend sent a %s whose id is no number", kinds[x->kind].name);
	if (!put_with(r, &r->sql[x->kind].insert, id, x, &changed, e))
		return false;
	if (changed == 1)
		return count_new(r, id, x, e);
	if (x->kind == K_THEME && !db_int(&r->db, e, &stood, 0, SQL_THEME_STANDS, "i", id))
		return false;
	if (!put_with(r, &r->sql[x->kind].update, id, x, &changed, e))
		return false;
	if (x->kind == K_THEME && changed == 1)
		r->state.themes += (theme_stands(x) ? 1 : 0) - stood;
	return true;
}

static const char SQL_PUT_RECORD[] =
	"INSERT INTO record VALUES(?, ?, ?, ?, ?) ON CONFLICT(kind, id) DO UPDATE SET"
	" version = excluded.version, seq = excluded.seq, body = excluded.body WHERE excluded.version >= version";

static bool apply_small(struct replica *r, const struct record *x, const char *line, size_t len, struct error *e)
{
	char *body = xstrndup(line, len);
	bool done = db_do(&r->db, e, SQL_PUT_RECORD, "isiis", (int64_t)x->kind, x->id, x->version, r->state.seq, body);
	free(body);
	return done;
}

/* A line that is no record that we know: of a kind that only a newer backend has? */
static bool is_of_unknown_kind(const char *line, size_t len)
{
	enum kind kind;
	struct json *j = json_parse(line, len, NULL);
	const char *name = j == NULL || !json_is_object(j) ? NULL : json_text(j, "kind");
	bool unknown = name != NULL && !kind_by_name(name, &kind);
	json_free(j);
	return unknown;
}

static bool apply_line(struct replica *r, const char *line, size_t len, struct page_info *info, struct error *e)
{
	if (len > LINE_MAX_BYTES)
		return error_set(e, ERR_TOO_BIG, "the backend sent a line of %zu bytes", len);
	struct record *x = wire_read_record(line, len, e);
	if (x == NULL)
		return is_of_unknown_kind(line, len);
	bool done = kind_has_table(x->kind) ? apply_row(r, x, e) : apply_small(r, x, line, len, e);
	if (x->version > r->state.version)
		r->state.version = x->version;
	info->rows++;
	record_free(x);
	return done;
}

static bool apply_lines(struct replica *r, const char *p, const char *end, struct page_info *info, struct error *e)
{
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop == NULL ? end : stop) - p);
		if (len > 0 && !apply_line(r, p, len, info, e))
			return false;
		p += len + 1;
	}
	return true;
}

/* The last line of an answer: what makes it whole. Returns where it begins. */
static const char *find_last_line(const char *p, size_t len, size_t *line_len)
{
	while (len > 0 && p[len - 1] == '\n')
		len--;
	const char *from = memrchr(p, '\n', len);
	from = from == NULL ? p : from + 1;
	*line_len = (size_t)(p + len - from);
	return from;
}

/* The others' presence, an array, as the text it came as: from its bracket to the one that closes it. */
static char *copy_array(const char *line, size_t len, const char *member)
{
	struct buf key = BUF_INIT;
	buf_addf(&key, "\"%s\":", member);
	const char *p = memmem(line, len, key.data, key.len), *end = line + len;
	size_t skip = key.len;
	buf_release(&key);
	if (p == NULL)
		return NULL;
	for (p += skip; p < end && *p == ' '; p++)
		;
	if (p == end || *p != '[')
		return NULL;
	const char *from = p;
	int depth = 0;
	bool quoted = false;
	for (; p < end; p++) {
		if (*p == '\\' && quoted)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '[' || *p == '{'))
			depth++;
		else if (!quoted && (*p == ']' || *p == '}') && --depth == 0)
			return xstrndup(from, (size_t)(p + 1 - from));
	}
	return NULL;
}

/* Reads the last line into info and the next cursor; an answer that broke off has none. */
static bool read_last_line(
	const char *line, size_t len, struct page_info *info, char cursor[static REPLICA_CURSOR_MAX], struct error *e)
{
	struct json *j = len > LINE_MAX_BYTES ? NULL : json_parse(line, len, NULL);
	const char *next = j == NULL || !json_is_object(j) ? NULL : json_text(j, "next");
	bool good = next != NULL && strlen(next) < REPLICA_CURSOR_MAX;
	if (good) {
		const char *event = json_text(j, "event"), *seat = json_text(j, "seat");
		snprintf(cursor, REPLICA_CURSOR_MAX, "%s", next);
		info->more = json_bool(j, "more", false);
		info->ready = json_bool(j, "ready", true);
		info->whole = json_bool(j, "whole", !info->more);
		json_int(j, "time", &info->time_ms);
		json_int(j, "epoch", &info->epoch);
		const struct json *disk = json_get(j, "disk");
		info->disk_left = -1;
		if (disk != NULL && json_is_object(disk)) {
			json_int(disk, "free", &info->disk_left);
			info->disk_stopped = json_bool(disk, "stopped", false);
		}
		snprintf(info->event, sizeof info->event, "%s", event == NULL ? "" : event);
		snprintf(info->seat, sizeof info->seat, "%s", seat == NULL ? "" : seat);
		if (json_has(j, "presence"))
			info->presence = copy_array(line, len, "presence");
	} else {
		error_set(e, ERR_FORMAT, "the answer of the backend broke off before its end");
	}
	json_free(j);
	return good;
}

/* A first load writes without waiting for the disk; the mark that it did is on the platter, in the file itself, before the
 * first row: the log goes without waiting too. While a reader keeps it from there, rows wait for the disk. */
static bool set_loading(struct replica *r, struct error *e)
{
	if (r->loading || r->state.whole)
		return true;
	if (r->state.synced) {
		r->state.synced = false;
		memcpy(r->state.boot, r->boot, sizeof r->state.boot);
		if (!replica_save_state(r, e))
			return false;
	}
	if (!db_make_durable(&r->db, NULL))
		return true;
	r->loading = db_run(&r->db, PRAGMAS_LOADING, e);
	return r->loading;
}

/* The first load is over: everything goes to the platter, then the mark is taken away. Tried again at the next page when
 * a reader stood in the way. */
static bool set_whole(struct replica *r, struct error *e)
{
	int log = 0, moved = 0;
	if (!r->state.whole || r->state.synced)
		return true;
	if (!db_run(&r->db, PRAGMAS_NORMAL, e) || !set_memory(r, e))
		return false;
	r->loading = false;
	int code = sqlite3_wal_checkpoint_v2(r->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved);
	if (code != SQLITE_OK || log != moved)
		return true;
	r->state.synced = true;
	return db_run(&r->db, "BEGIN IMMEDIATE", e) && finish(r, replica_save_state(r, e), e) &&
		db_run(&r->db, "PRAGMA shrink_memory", e);
}

/* A page without rows is not worth a write: its cursor, which may know of newer presence, is only kept in mind. */
static bool says_nothing(const struct replica *r, const struct page_info *info, const char *rows, const char *end)
{
	return rows == end && info->ready == r->state.ready && info->whole == r->state.whole;
}

static bool apply_page(struct replica *r, const char *rows, const char *end, const char *cursor, struct page_info *info,
	struct error *e)
{
	if (!set_loading(r, e) || !db_run(&r->db, "BEGIN IMMEDIATE", e))
		return false;
	bool done = read_state(r, e);
	r->state.seq++;
	done = done && apply_lines(r, rows, end, info, e);
	snprintf(r->state.cursor, sizeof r->state.cursor, "%s", cursor);
	r->state.ready = info->ready;
	r->state.whole = info->whole;
	return finish(r, done && replica_save_state(r, e), e);
}

static void begin_anew(struct replica *r)
{
	close_file(r);
	throw_away_file(r->path);
	r->small_generation = -1;
	open_file(r, NULL);
}

bool replica_apply(struct replica *r, const char *ndjson, size_t len, struct page_info *info, struct error *e)
{
	char cursor[REPLICA_CURSOR_MAX];
	size_t last_len;
	*info = (struct page_info){ 0 };
	const char *last = find_last_line(ndjson, len, &last_len);
	if (!read_last_line(last, last_len, info, cursor, e))
		return false;
	bool done = replica_refresh(r, e);
	if (done && says_nothing(r, info, ndjson, last)) {
		snprintf(r->state.cursor, sizeof r->state.cursor, "%s", cursor);
		return set_whole(r, e);
	}
	done = done && apply_page(r, ndjson, last, cursor, info, e) && set_whole(r, e);
	if (!done) {
		free(info->presence);
		info->presence = NULL;
		if (r->db.handle == NULL || damaged(r))
			begin_anew(r); /* only a copy: the next pull starts from nothing */
	}
	return done;
}

/* ---- the world ------------------------------------------------------------------------------------------------- */

static const char SQL_SMALL_SINCE[] = "SELECT body FROM record WHERE seq > ?";

static void read_small(struct replica *r)
{
	if (r->small_generation != r->state.generation) {
		for (size_t k = 0; k < KIND_COUNT; k++)
			memory_world_clear(r->small, (enum kind)k);
		r->small_stamp++;
		r->small_generation = r->state.generation;
		r->small_seq = -1;
	}
	if (r->small_seq == r->state.seq)
		return;
	sqlite3_stmt *q = db_query(&r->db, NULL, SQL_SMALL_SINCE, "i", r->small_seq);
	bool failed = q == NULL;
	while (q != NULL && db_row(&r->db, q, &failed, NULL)) {
		const char *body = col_text(q, 0);
		struct record *x = wire_read_record(body, col_bytes(q, 0), NULL);
		if (x != NULL)
			memory_world_put(r->small, x);
		r->small_stamp++;
	}
	db_end(q);
	if (!failed) /* what could not be read is read the next time */
		r->small_seq = r->state.seq;
}

static struct record *look_up(struct replica *r, enum kind kind, const char *id)
{
	int64_t number;
	bool failed;
	struct record *found = NULL;
	union any_record row;
	if (!id_number(id, &number))
		return NULL;
	sqlite3_stmt *q = db_query(&r->db, NULL, r->sql[kind].get, "i", number);
	if (q != NULL && db_row(&r->db, q, &failed, NULL)) {
		replica_read(q, 0, kind, &row);
		found = record_copy(&row);
	}
	db_end(q);
	return found;
}

static const struct record *world_look(void *ctx, enum kind kind, const char *id)
{
	struct replica *r = ctx;
	if (!kind_has_table(kind))
		return memory_world_get(r->small, kind, id);
	struct record *x = memory_world_get(r->looked, kind, id);
	if (x == NULL && (x = look_up(r, kind, id)) != NULL)
		memory_world_put(r->looked, x);
	return x;
}

static void world_walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	struct replica *r = ctx;
	memory_world_each(r->small, kind, visit, arg);
}

static const struct deed *world_no_deed(void *ctx, const char *act_id)
{
	(void)ctx;
	(void)act_id;
	return NULL; /* only the backend keeps what an act changed */
}

const struct world *replica_world(struct replica *r)
{
	if (r->small == NULL) {
		r->small = memory_world_new();
		r->looked = memory_world_new();
		r->small_generation = -1;
		r->world = (struct world){ .ctx = r, .get = world_look, .each = world_walk, .deed = world_no_deed };
	}
	if (replica_refresh(r, NULL)) /* else `state` may be that of a page that was taken back */
		read_small(r);
	for (size_t k = 0; k < KIND_COUNT; k++)
		memory_world_clear(r->looked, (enum kind)k);
	return &r->world;
}

int64_t replica_small_stamp(const struct replica *r)
{
	return r->small_stamp;
}
