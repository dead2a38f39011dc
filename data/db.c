/* db.c: connections, kept statements, migrations, and what SQLite's failures mean to people. */
#include "data/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/mem.h"

struct db_slot {
	const char *sql; /* NULL: free */
	sqlite3_stmt *stmt;
};

enum {
	BUSY_MS = 5000,
	RESTART_MS =
		50, /* a log that should begin anew holds writers up no longer than this for readers of what is old */
	SLOTS_FIRST = 32,
};

/* ---- failures -------------------------------------------------------------------------------------------------- */

static bool is_full(sqlite3 *handle, int code)
{
	return code == SQLITE_FULL || (code == SQLITE_IOERR && sqlite3_system_errno(handle) == ENOSPC);
}

static bool say_error(sqlite3 *handle, const char *path, struct error *e)
{
	int code = handle == NULL ? SQLITE_NOMEM : sqlite3_errcode(handle) & 0xff;
	const char *what = handle == NULL ? "no memory" : sqlite3_errmsg(handle);
	if (handle != NULL && is_full(handle, code))
		return error_set(e, ERR_FULL,
			"the disk that holds \"%s\" is full; free some space on it and try again, nothing acknowledged "
			"is lost",
			path);
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(e, ERR_BUSY, "\"%s\" is in use by another program; stop it or try again", path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return error_set(e, ERR_FORMAT, "\"%s\" is damaged (%s); put back a backup", path, what);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return error_set(e, ERR_IO, "\"%s\" cannot be written; check who may write it", path);
	case SQLITE_CANTOPEN:
		return error_set(e, ERR_IO, "\"%s\" cannot be opened; check its folder and who may read it", path);
	default:
		return error_set(e, ERR_IO, "\"%s\" failed: %s", path, what);
	}
}

bool db_error(struct db *d, struct error *e)
{
	return say_error(d->handle, d->path, e);
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

static const char SQL_CONNECTION[] = "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;";
/* secure_delete: what is erased is overwritten. Debian's SQLite does so unasked, others do not. */
static const char SQL_WRITER[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";

static int open_flags(const struct db_options *o)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (o->read_only)
		return flags | SQLITE_OPEN_READONLY;
	return flags | SQLITE_OPEN_READWRITE | (o->make ? SQLITE_OPEN_CREATE : 0);
}

/* A missing file is made here, for its mode: what is in it is nobody else's business, and the log takes after the file.
 * An existing one is not touched: closing it would drop this process's locks on it. */
static bool make_file(const struct db_options *o, struct error *e)
{
	int fd = open(o->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EEXIST || error_errno(e, ERR_IO, "\"%s\" cannot be made", o->path);
}

bool db_open(struct db *d, const struct db_options *o, struct error *e)
{
	*d = (struct db){ 0 };
	if (o->make ? !make_file(o, e) : access(o->path, F_OK) != 0 && errno == ENOENT)
		return o->make ? false : error_set(e, ERR_NOT_FOUND, "\"%s\" does not exist", o->path);
	d->path = xstrdup(o->path);
	int code = sqlite3_open_v2(o->path, &d->handle, open_flags(o), o->vfs);
	bool done = code == SQLITE_OK && sqlite3_busy_timeout(d->handle, BUSY_MS) == SQLITE_OK;
	if (!done)
		db_error(d, e);
	done = done && db_run(d, SQL_CONNECTION, e) && (o->read_only || db_run(d, SQL_WRITER, e)) &&
		(o->pragmas == NULL || db_run(d, o->pragmas, e));
	if (!done)
		db_close(d);
	return done;
}

void db_close(struct db *d)
{
	for (size_t i = 0; i < d->cap; i++)
		if (d->slots[i].sql != NULL)
			sqlite3_finalize(d->slots[i].stmt);
	free(d->slots);
	if (d->handle != NULL)
		sqlite3_close(d->handle);
	free(d->path);
	*d = (struct db){ 0 };
}

/* Whether SQLite ended the transaction by itself. */
static bool was_ended(const struct db *d)
{
	return d->begun && sqlite3_get_autocommit(d->handle);
}

bool db_run(struct db *d, const char *sql, struct error *e)
{
	bool done = sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK || db_error(d, e);
	if (done && strncmp(sql, "BEGIN", 5) == 0)
		d->begun = true;
	else if (strncmp(sql, "ROLLBACK", 8) == 0 || (strncmp(sql, "COMMIT", 6) == 0 && (done || was_ended(d))))
		d->begun = false;
	return done;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static struct db_slot *slot_of(struct db_slot *slots, size_t cap, const char *sql)
{
	size_t i = (size_t)(((uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u) >> 32) & (cap - 1);
	while (slots[i].sql != NULL && slots[i].sql != sql)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static void slots_grow(struct db *d)
{
	size_t cap = d->cap == 0 ? SLOTS_FIRST : d->cap * 2;
	struct db_slot *slots = xcalloc(cap, sizeof *slots);
	for (size_t i = 0; i < d->cap; i++)
		if (d->slots[i].sql != NULL)
			*slot_of(slots, cap, d->slots[i].sql) = d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->cap = cap;
}

static sqlite3_stmt *statement_of(struct db *d, const char *sql, struct error *e)
{
	if (d->n * 2 >= d->cap)
		slots_grow(d);
	struct db_slot *slot = slot_of(d->slots, d->cap, sql);
	if (slot->sql != NULL)
		return slot->stmt;
	sqlite3_stmt *stmt = NULL;
	if (sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
		db_error(d, e);
		return NULL;
	}
	*slot = (struct db_slot){ .sql = sql, .stmt = stmt };
	d->n++;
	return stmt;
}

static int bind_one(sqlite3_stmt *q, int i, char type, va_list *ap)
{
	if (type == 'i')
		return sqlite3_bind_int64(q, i, va_arg(*ap, int64_t));
	if (type == 'd')
		return sqlite3_bind_double(q, i, va_arg(*ap, double));
	if (type == 's')
		return sqlite3_bind_text(q, i, va_arg(*ap, const char *), -1, SQLITE_STATIC);
	assert(type == 'b');
	const void *p = va_arg(*ap, const void *);
	size_t n = va_arg(*ap, size_t);
	return sqlite3_bind_blob64(q, i, p, n, SQLITE_STATIC);
}

static sqlite3_stmt *query(struct db *d, struct error *e, const char *sql, const char *types, va_list *ap)
{
	sqlite3_stmt *q = statement_of(d, sql, e);
	if (q == NULL)
		return NULL;
	if (was_ended(d)) {
		error_set(e, ERR_IO, "\"%s\" failed in the midst of a transaction; all of it is taken back", d->path);
		return NULL;
	}
	assert(!sqlite3_stmt_busy(q));
	for (int i = 0; types[i] != '\0'; i++)
		if (bind_one(q, i + 1, types[i], ap) != SQLITE_OK) {
			db_error(d, e);
			db_end(q);
			return NULL;
		}
	return q;
}

sqlite3_stmt *db_query(struct db *d, struct error *e, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	sqlite3_stmt *q = query(d, e, sql, types, &ap);
	va_end(ap);
	return q;
}

bool db_row(struct db *d, sqlite3_stmt *q, bool *failed, struct error *e)
{
	int code = sqlite3_step(q);
	*failed = code != SQLITE_ROW && code != SQLITE_DONE;
	if (*failed)
		db_error(d, e);
	return code == SQLITE_ROW;
}

void db_end(sqlite3_stmt *q)
{
	if (q == NULL)
		return;
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

bool db_do(struct db *d, struct error *e, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	sqlite3_stmt *q = query(d, e, sql, types, &ap);
	va_end(ap);
	if (q == NULL)
		return false;
	bool failed;
	while (db_row(d, q, &failed, e))
		;
	db_end(q);
	return !failed;
}

bool db_int(struct db *d, struct error *e, int64_t *out, int64_t absent, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	sqlite3_stmt *q = query(d, e, sql, types, &ap);
	va_end(ap);
	if (q == NULL)
		return false;
	bool failed;
	*out = db_row(d, q, &failed, e) ? col_int(q, 0) : absent;
	db_end(q);
	return !failed;
}

bool db_text(struct db *d, struct error *e, char **out, const char *sql, const char *types, ...)
{
	*out = NULL;
	va_list ap;
	va_start(ap, types);
	sqlite3_stmt *q = query(d, e, sql, types, &ap);
	va_end(ap);
	if (q == NULL)
		return false;
	bool failed;
	if (db_row(d, q, &failed, e))
		*out = xstrdup(col_text(q, 0));
	db_end(q);
	return !failed;
}

int64_t col_int(sqlite3_stmt *q, int column)
{
	return sqlite3_column_int64(q, column);
}

const char *col_text(sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);
	return s == NULL ? "" : s;
}

size_t col_bytes(sqlite3_stmt *q, int column)
{
	return (size_t)sqlite3_column_bytes(q, column);
}

/* ---- migrations ------------------------------------------------------------------------------------------------ */

static const char SQL_VERSION[] = "PRAGMA user_version";

/* Not a kept statement: its value changes with the schema, and it runs once. */
bool db_version(struct db *d, int *out, struct error *e)
{
	sqlite3_stmt *q = NULL;
	bool done =
		sqlite3_prepare_v2(d->handle, SQL_VERSION, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW;
	if (done)
		*out = sqlite3_column_int(q, 0);
	else
		db_error(d, e);
	sqlite3_finalize(q);
	return done;
}

static bool run_migration(struct db *d, const struct migration *m, struct error *e)
{
	char set[64];
	snprintf(set, sizeof set, "PRAGMA user_version=%d", m->version);
	int version;
	if (!db_run(d, "BEGIN IMMEDIATE", e))
		return false;
	bool done = db_version(d, &version, e);
	if (done && version < m->version) /* another process may have come first */
		done = db_run(d, m->sql, e) && db_run(d, set, e);
	if (done && db_run(d, "COMMIT", e))
		return true;
	db_run(d, "ROLLBACK", NULL);
	return error_context(e, "the change \"%s\" of the schema could not be made", m->name);
}

bool db_migrate(struct db *d, const struct migration *table, size_t n, struct error *e)
{
	int version, newest = table[n - 1].version;
	if (!db_version(d, &version, e))
		return false;
	if (version > newest)
		return error_set(e, ERR_NEWER,
			"\"%s\" was made by a newer version of Régie (schema %d, this one knows %d); use that version",
			d->path, version, newest);
	for (size_t i = 0; i < n; i++)
		if (table[i].version > version && !run_migration(d, &table[i], e))
			return false;
	return true;
}

/* A checkpoint syncs the log before it writes a page of the file, so that a full disk comes after what is wanted. */
bool db_make_durable(struct db *d, struct error *e)
{
	int log = 0, moved = 0;
	int code = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved);
	if (code != SQLITE_OK)
		return (code & 0xff) == SQLITE_FULL || db_error(d, e);
	return log == moved || error_set(e, ERR_BUSY, "\"%s\" is being read by another program", d->path);
}

/* ---- checkpoints ----------------------------------------------------------------------------------------------- */

bool db_checkpoint(const char *path, const char *vfs, int large, struct error *e)
{
	struct db d;
	if (!db_open(&d, &(struct db_options){ .path = path, .vfs = vfs }, e))
		return false;
	int pages = 0, moved = 0;
	int code = sqlite3_wal_checkpoint_v2(d.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	if (code == SQLITE_OK && pages > large && sqlite3_busy_timeout(d.handle, RESTART_MS) == SQLITE_OK)
		code = sqlite3_wal_checkpoint_v2(d.handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	/* busy: somebody reads what is old, or checkpoints already; the next time will do */
	bool done = code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || db_error(&d, e);
	db_close(&d);
	return done;
}
