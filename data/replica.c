/* replica.c: opening, and the state row.
 *
 * The large kinds have tables of their own (replica_tables.c); the small kinds share one that keeps the line as it came.
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

/* The layout has a number, and no way leads from an older one: the file is only a copy. The tables of the large kinds are
 * made from kinds[], and `layout` keeps their text: a file whose columns are not ours is begun anew too. */
enum { REPLICA_LAYOUT = 2 };

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
	"INSERT INTO find(find, rank) VALUES('hashsize', 16777216);"
	"CREATE VIRTUAL TABLE letters USING fts5vocab('find', 'col');";

const char replica_pragmas[] =
	"PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=1000;";
static const char PRAGMA_MAPPED[] = "PRAGMA mmap_size=4294967296;";

/* ---- the state row --------------------------------------------------------------------------------------------- */

static const char SQL_STATE[] =
	"SELECT cursor, generation, seq, version, messages, web, sms, themes, indexed, ready, whole,"
	" synced, boot FROM state";
static const char SQL_SAVE_STATE[] =
	"UPDATE state SET cursor=?, generation=?, seq=?, version=?, messages=?, web=?, sms=?,"
	" themes=?, indexed=?, ready=?, whole=?, synced=?, boot=?";
static const char SQL_DATA_VERSION[] = "PRAGMA data_version";

bool replica_read_state(struct replica *r, struct error *e)
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
bool replica_finish(struct replica *r, bool done, struct error *e)
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
bool replica_set_memory(struct replica *r, struct error *e)
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
		.pragmas = r->read_only ? NULL : replica_pragmas };
	pthread_mutex_lock(&r->gate);
	bool done = db_open(&r->db, &o, e);
	pthread_mutex_unlock(&r->gate);
	if (done)
		done = replica_set_memory(r, e);
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
	replica_add_tables(&tables);
	const struct migration layout = {
		.version = REPLICA_LAYOUT, .name = "rows as the backend sends them", .sql = SQL_SCHEMA
	};
	bool done = (r->read_only || db_migrate(&r->db, &layout, 1, e)) && db_text(&r->db, e, &was, SQL_LAYOUT, "");
	if (done && was == NULL && r->read_only)
		done = error_set(e, ERR_NOT_FOUND, "\"%s\" holds no replica yet", r->path);
	else if (done && was == NULL)
		done = db_run(&r->db, "BEGIN IMMEDIATE", e) && replica_finish(r, make_tables(r, tables.data, e), e);
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
	return replica_read_state(r, e);
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
			replica_make_statements(r, (enum kind)k);
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
	fine_free(r->fine);
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
	if (!replica_read_state(r, e)) /* the next call tries again */
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
	return replica_finish(r, done && replica_save_state(r, e), e);
}

void replica_begin_anew(struct replica *r)
{
	close_file(r);
	throw_away_file(r->path);
	r->small_generation = -1;
	open_file(r, NULL);
}
