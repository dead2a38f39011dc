/* db.h: the little that everything in data/ needs of SQLite. Seen by data/ only.
 *
 * One `struct db` is one connection, owned by one thread. Its statements are prepared once and kept under the address of
 * their SQL constant; a statement is taken with db_query (which binds), stepped with db_row or db_done, and given back
 * with db_end on every path. Times are UTC milliseconds, texts UTF-8 and never NULL unless the schema says so.
 *
 * Open → db_migrate → use → db_close. Transactions are the caller's: db_run(d, "BEGIN", e) … "COMMIT" / "ROLLBACK". SQLite
 * ends one by itself when the disk fails under any of its statements, a read included, and what follows would be committed
 * piece by piece: here it is ERR_IO until the ROLLBACK.
 */
#ifndef REGIE_DATA_DB_H
#define REGIE_DATA_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

struct db {
	sqlite3 *handle;
	char *path;
	struct db_slot *slots;  /* statements by the address of their SQL: open addressing, at most half full */
	size_t n, cap;
	bool begun;             /* between BEGIN and its COMMIT or ROLLBACK */
};

struct db_options {
	const char *path;
	const char *vfs;        /* by name; NULL: the system's */
	bool make;              /* a missing file is made (0600); otherwise it is ERR_NOT_FOUND */
	bool read_only;
	const char *pragmas;    /* run after the connection's own; NULL: none */
};

/* Opens in WAL, synchronous=FULL, busy_timeout 5 s, no trusted schema; `pragmas` may say otherwise. */
bool db_open(struct db *d, const struct db_options *o, struct error *e);
void db_close(struct db *d);  /* finalises everything; accepts a zeroed or closed one */

/* The schema's history: append-only, versions ascending from 1. A fresh file runs the same table. */
struct migration {
	int version;
	const char *name;       /* for the error sentence */
	const char *sql;
};
/* Brings the file up to the table's last version, one transaction a migration, user_version set inside it. ERR_NEWER
 * when a newer version of Régie made it. */
bool db_migrate(struct db *d, const struct migration *table, size_t n, struct error *e);
bool db_version(struct db *d, int *out, struct error *e);

/* One or several statements without parameters or rows; not kept. */
bool db_run(struct db *d, const char *sql, struct error *e);

/* Takes the kept statement of `sql` (a constant: its address is its name) and binds its parameters in order, one letter of
 * `types` each: i int64_t, s text (NULL binds NULL), b bytes (const void *, size_t; NULL binds NULL), d double. Texts and
 * bytes must stay until db_end. NULL on failure. A statement cannot be taken again before db_end. */
sqlite3_stmt *db_query(struct db *d, struct error *e, const char *sql, const char *types, ...);
/* true: a row stands in q. false: no more rows (*failed false), or it failed (*failed true, sentence in e). */
bool db_row(struct db *d, sqlite3_stmt *q, bool *failed, struct error *e);
void db_end(sqlite3_stmt *q); /* resets and unbinds; accepts NULL */

/* Whole statements that return no row: take, bind, step, end. */
bool db_do(struct db *d, struct error *e, const char *sql, const char *types, ...);
/* The first column of the first row: `absent` when there is none. */
bool db_int(struct db *d, struct error *e, int64_t *out, int64_t absent, const char *sql, const char *types, ...);
/* The same as a text the caller frees; NULL in *out when there is no row. */
bool db_text(struct db *d, struct error *e, char **out, const char *sql, const char *types, ...);

/* Columns. col_text is never NULL; it lives until the next step. */
int64_t col_int(sqlite3_stmt *q, int column);
const char *col_text(sqlite3_stmt *q, int column);
size_t col_bytes(sqlite3_stmt *q, int column); /* of the text or blob of that column, asked for before */

/* Says what went wrong on this connection; returns false. A full disk is ERR_FULL with what to do about it. */
bool db_error(struct db *d, struct error *e);

/* After the death of a process its last commits may stand in the log and not yet on the platter: whoever reads them and
 * tells others builds on sand. Afterwards they are on the platter, whatever else the answer says: ERR_BUSY that readers
 * stood in the way and a commit must do it. */
bool db_make_durable(struct db *d, struct error *e);

/* Moves the log into the file, on a connection of its own (never the writer's): first what can be moved without holding
 * anybody up; then, when the log is longer than `large` pages, what is left, holding writers up for those few pages, so
 * that the log begins anew. */
bool db_checkpoint(const char *path, const char *vfs, int large, struct error *e);

#endif
