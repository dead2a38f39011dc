/* desk.c: operations with their verdicts, and named values. Every verb is one transaction. */
#include "data/desk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/db.h"
#include "src/base/file.h"
#include "src/base/id.h"
#include "src/base/mem.h"

struct desk {
	struct db db;
	const struct clock *clock;
	const struct randomness *random;
	char *lock_path;
	int lock;    /* descriptor of the sender lock, -1: not ours */
	bool relaxed; /* commits do not wait for the platter: while a value is set */
	bool unsure; /* whether what was there at the opening is on the platter: the process before may have been killed */
	char client[CLIENT_MAX];
	char seat[ID_MAX];
};

/* n: the desk's number. client, w: whom the backend knows it by; w counts from 1 without a gap for each client id.
 * Invariant: the rows without a verdict are the last ones of the newest client. */
static const char SQL_SCHEMA[] =
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE op("
	" n INTEGER PRIMARY KEY,"
	" client TEXT NOT NULL,"
	" w INTEGER NOT NULL CHECK(w > 0),"
	" put_at INTEGER NOT NULL," /* UTC ms */
	" name TEXT NOT NULL,"
	" body TEXT NOT NULL,"                                                /* wire_op */
	" verdict INTEGER NOT NULL DEFAULT 0 CHECK(verdict BETWEEN 0 AND 4)," /* enum verdict */
	" text TEXT NOT NULL DEFAULT '',"
	" made TEXT NOT NULL DEFAULT '',"
	" subject TEXT NOT NULL DEFAULT '',"
	" act TEXT NOT NULL DEFAULT '',"
	" rev INTEGER NOT NULL DEFAULT 0,"
	" number INTEGER NOT NULL DEFAULT 0,"
	" at INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(client, w));"
	"CREATE INDEX op_unsent ON op(n) WHERE verdict = 0;"
	"CREATE TABLE value(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;";

/* was: names an operation had before it was offered again; an event put back from another backup may know it by one.
 * told: what the backend says it knows of each client id, while the two are compared. */
static const char SQL_NAMES_BEFORE[] =
	"CREATE TABLE was(client TEXT NOT NULL, w INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(client, w)) WITHOUT ROWID;"
	"CREATE INDEX was_n ON was(n);"
	"CREATE TABLE told(client TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;";

static const struct migration migrations[] = {
	{ .version = 1, .name = "operations, verdicts and values", .sql = SQL_SCHEMA },
	{ .version = 2, .name = "names before", .sql = SQL_NAMES_BEFORE },
};

/* ---- meta ------------------------------------------------------------------------------------------------------ */

static const char SQL_META_GET[] = "SELECT value FROM meta WHERE name = ?";
static const char SQL_META_SET[] =
	"INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value";

static bool meta_text(struct desk *d, const char *name, char *out, size_t size, struct error *e)
{
	char *value;
	if (!db_text(&d->db, e, &value, SQL_META_GET, "s", name))
		return false;
	snprintf(out, size, "%s", value == NULL ? "" : value);
	free(value);
	return true;
}

static bool meta_set(struct desk *d, const char *name, const char *value, struct error *e)
{
	return db_do(&d->db, e, SQL_META_SET, "ss", name, value);
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

static const char SQL_BEGIN[] = "BEGIN IMMEDIATE";

/* A disk that failed may have kept the connection from it when the value was set. */
static bool be_strict(struct desk *d, struct error *e)
{
	if (d->relaxed)
		d->relaxed = !db_run(&d->db, "PRAGMA synchronous=FULL", e);
	return !d->relaxed;
}

static bool begin(struct desk *d, struct error *e)
{
	return be_strict(d, e) && db_run(&d->db, SQL_BEGIN, e);
}

/* Commits when `done`, else rolls back. Returns whether it was committed. */
static bool finish(struct desk *d, bool done, struct error *e)
{
	if (done && db_run(&d->db, "COMMIT", e))
		return true;
	db_run(&d->db, "ROLLBACK", NULL);
	return false;
}

/* ---- which desk this is ---------------------------------------------------------------------------------------- */

/* What tells this file from a copy of it: the inode with its birth, which no copy keeps and a restart does; the device,
 * which may be numbered anew at a restart, only where the file system tells no birth. */
static bool identity(const char *path, char out[static 96], struct error *e)
{
	struct statx x;
	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &x) != 0)
		return error_errno(e, ERR_IO, "cannot look at \"%s\"", path);
	if (x.stx_mask & STATX_BTIME)
		snprintf(out, 96, "%" PRIu64 " born %" PRId64 ".%09" PRIu32, (uint64_t)x.stx_ino,
			(int64_t)x.stx_btime.tv_sec, (uint32_t)x.stx_btime.tv_nsec);
	else
		snprintf(out, 96, "%" PRIu64 " on %" PRIu32 ":%" PRIu32, (uint64_t)x.stx_ino, (uint32_t)x.stx_dev_major,
			(uint32_t)x.stx_dev_minor);
	return true;
}

static bool take_client(struct desk *d, struct error *e)
{
	char client[CLIENT_MAX];
	id_uuid7(client, clock_now(d->clock), d->random);
	if (!meta_set(d, "client", client, e))
		return false;
	memcpy(d->client, client, sizeof d->client);
	return true;
}

static const char SQL_VOID[] = "UPDATE op SET verdict = ?, text = ?, at = ? WHERE verdict = 0";
static const char SQL_NOT_OURS[] =
	"INSERT INTO meta SELECT 'not ours', coalesce(max(n), 0) FROM op WHERE true"
	" ON CONFLICT(name) DO UPDATE SET value = excluded.value";

/* A new file, or a copy of another desk's: under a client id of its own. */
static bool settle_identity(struct desk *d, struct error *e)
{
	char was[96], is[96];
	if (!identity(d->db.path, is, e) || !meta_text(d, "file", was, sizeof was, e) ||
		!meta_text(d, "client", d->client, sizeof d->client, e))
		return false;
	if (strcmp(was, is) == 0)
		return true;
	return meta_set(d, "file", is, e) && take_client(d, e) &&
		db_do(&d->db, e, SQL_VOID, "isi", (int64_t)V_VOID,
			"this desk is a copy; the original still holds this operation", clock_now(d->clock)) &&
		db_do(&d->db, e, SQL_NOT_OURS, "");
}

struct desk *desk_open(const struct desk_options *o, struct error *e)
{
	if (!file_make_dirs(o->dir, 0700, e))
		return NULL;
	struct desk *d = xcalloc(1, sizeof *d);
	char *path = path_join(o->dir, "desk.db");
	d->clock = o->clock == NULL ? clock_system() : o->clock;
	d->random = o->random == NULL ? randomness_system() : o->random;
	d->lock_path = path_join(o->dir, "sender.lock");
	d->lock = -1;
	d->unsure = true;
	bool done = db_open(&d->db, &(struct db_options){ .path = path, .vfs = o->vfs, .make = true,
		.pragmas = o->quick ? "PRAGMA wal_autocheckpoint=0" : NULL }, e) &&
		db_migrate(&d->db, migrations, COUNT_OF(migrations), e) && begin(d, e);
	done = done && finish(d, settle_identity(d, e), e);
	free(path);
	if (done)
		return d;
	desk_close(d);
	return NULL;
}

void desk_close(struct desk *d)
{
	if (d == NULL)
		return;
	desk_yield_sender(d);
	db_close(&d->db);
	free(d->lock_path);
	free(d);
}

const char *desk_client(struct desk *d)
{
	meta_text(d, "client", d->client, sizeof d->client, NULL);
	return d->client;
}

const char *desk_seat(struct desk *d)
{
	meta_text(d, "seat", d->seat, sizeof d->seat, NULL);
	return d->seat;
}

static bool bind_to(struct desk *d, const char *event_id, const char *seat, struct error *e)
{
	char event[ID_MAX * 2], own[ID_MAX];
	if (!meta_text(d, "event", event, sizeof event, e) || !meta_text(d, "seat", own, sizeof own, e))
		return false;
	if (event[0] != '\0' && strcmp(event, event_id) != 0)
		return error_set(e, ERR_REFUSED,
			"the desk \"%s\" belongs to another event; give this one a folder of its own with --data",
			d->db.path);
	if (own[0] != '\0' && strcmp(own, seat) != 0)
		return error_set(e, ERR_REFUSED,
			"the desk \"%s\" belongs to another seat of this event; give this one a folder of its own with "
			"--data",
			d->db.path);
	return meta_set(d, "event", event_id, e) && meta_set(d, "seat", seat, e);
}

bool desk_bind(struct desk *d, const char *event_id, const char *seat, struct error *e)
{
	char event[ID_MAX * 2];
	if (!meta_text(d, "event", event, sizeof event, e))
		return false;
	if (strcmp(event, event_id) == 0 && strcmp(desk_seat(d), seat) == 0)
		return true; /* the usual case writes nothing */
	return begin(d, e) && finish(d, bind_to(d, event_id, seat, e), e);
}

/* ---- operations ------------------------------------------------------------------------------------------------ */

static const char SQL_NEXT_N[] = "SELECT coalesce(max(n), 0) + 1 FROM op";
static const char SQL_NEXT_W[] = "SELECT coalesce(max(w), 0) + 1 FROM op WHERE client = ?";
static const char SQL_PUT[] = "INSERT INTO op(n, client, w, put_at, name, body) VALUES(?, ?, ?, ?, ?, ?)";

/* Reads an operation back; the number is that of the row, whatever it was when it was put. */
static bool read_op(const char *body, size_t len, int64_t n, struct wire_op *out, struct error *e)
{
	*out = (struct wire_op){ 0 };
	struct json *j = json_parse(body, len, e);
	bool done = j != NULL && wire_read_op(j, out, e);
	json_free(j);
	out->n = n;
	return done;
}

/* What could never be read back would stand before everything after it, for good. */
static bool can_be_read(const struct buf *body, int64_t n, struct error *e)
{
	struct wire_op op;
	struct error why = { .code = ERR_NONE };
	bool good = read_op(body->data, body->len, n, &op, &why);
	wire_op_release(&op);
	return good || error_set(e, ERR_REFUSED, "%s", why.text);
}

static bool put_op(struct desk *d, struct wire_op *op, struct error *e)
{
	int64_t n, w;
	if (!meta_text(d, "client", d->client, sizeof d->client, e) || !db_int(&d->db, e, &n, 1, SQL_NEXT_N, "") ||
		!db_int(&d->db, e, &w, 1, SQL_NEXT_W, "s", d->client))
		return false;
	op->n = n;
	struct buf body = BUF_INIT;
	wire_op(&body, op);
	bool done = can_be_read(&body, n, e) &&
		db_do(&d->db, e, SQL_PUT, "isiiss", n, d->client, w, clock_now(d->clock), op->op->name, body.data);
	buf_release(&body);
	return done;
}

bool desk_put(struct desk *d, struct wire_op *op, struct error *e)
{
	return begin(d, e) && finish(d, put_op(d, op, e), e);
}

static const char SQL_UNSENT[] = "SELECT w, body FROM op WHERE verdict = 0 ORDER BY n LIMIT ?";

bool desk_unsent(struct desk *d, struct wire_op *v, size_t max, size_t *n, struct error *e)
{
	*n = 0;
	sqlite3_stmt *q = db_query(&d->db, e, SQL_UNSENT, "i", (int64_t)max);
	bool failed = q == NULL;
	while (!failed && db_row(&d->db, q, &failed, e)) {
		const char *body = col_text(q, 1);
		failed = !read_op(body, col_bytes(q, 1), col_int(q, 0), &v[*n], e);
		if (!failed)
			(*n)++;
	}
	db_end(q);
	if (!failed)
		return true;
	while (*n > 0)
		wire_op_release(&v[--*n]);
	return false;
}

static const char SQL_UNSENT_COUNT[] = "SELECT count(*) FROM op WHERE verdict = 0";

int64_t desk_unsent_count(struct desk *d)
{
	int64_t n = 0;
	db_int(&d->db, NULL, &n, 0, SQL_UNSENT_COUNT, "");
	return n;
}

static const char SQL_SETTLE[] =
	"UPDATE op SET verdict = ?, text = ?, made = ?, subject = ?, act = ?, rev = ?, number = ?, at = ?"
	" WHERE verdict = 0 AND w = ? AND client = (SELECT value FROM meta WHERE name = 'client')";

bool desk_settle(struct desk *d, const struct wire_verdict *v, struct error *e)
{
	if (v->verdict == V_NONE)
		return true;
	return db_do(&d->db, e, SQL_SETTLE, "issssiiii", (int64_t)v->verdict, v->text == NULL ? "" : v->text, v->made,
		v->subject, v->act, v->rev, v->number, v->at, v->n);
}

#define VERDICT_COLUMNS "verdict, text, made, subject, act, rev, number, at"

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* From the columns as VERDICT_COLUMNS names them, from column `c` on. */
static void read_verdict(sqlite3_stmt *q, int c, int64_t n, struct wire_verdict *out)
{
	*out = (struct wire_verdict){ .n = n,
		.verdict = (enum verdict)col_int(q, c),
		.text = xstrdup(col_text(q, c + 1)),
		.rev = col_int(q, c + 5),
		.number = col_int(q, c + 6),
		.at = col_int(q, c + 7) };
	copy_text(out->made, sizeof out->made, col_text(q, c + 2));
	copy_text(out->subject, sizeof out->subject, col_text(q, c + 3));
	copy_text(out->act, sizeof out->act, col_text(q, c + 4));
}

static const char SQL_VERDICT[] = "SELECT " VERDICT_COLUMNS " FROM op WHERE n = ?";

bool desk_verdict(struct desk *d, int64_t n, struct wire_verdict *out, struct error *e)
{
	*out = (struct wire_verdict){ 0 };
	sqlite3_stmt *q = db_query(&d->db, e, SQL_VERDICT, "i", n);
	bool failed = q == NULL;
	bool there = !failed && db_row(&d->db, q, &failed, e);
	if (there)
		read_verdict(q, 0, n, out);
	db_end(q);
	return there || (!failed && error_set(e, ERR_NOT_FOUND, "the desk holds no operation \"%" PRId64 "\"", n));
}

/* ---- numbers that do not agree --------------------------------------------------------------------------------- */

/* What happened up to meta "not ours" is the original's to offer, when this desk was copied from it. */
#define OURS "n > coalesce((SELECT value FROM meta WHERE name = 'not ours'), 0)"

static const char SQL_CLIENTS[] =
	"SELECT client FROM (SELECT client, n FROM op WHERE verdict <> 0 AND " OURS
	" UNION ALL SELECT client, n FROM was WHERE " OURS ") GROUP BY client ORDER BY min(n)";

bool desk_counts(struct desk *d, struct desk_count **v, size_t *n, struct error *e)
{
	size_t cap = 0;
	bool failed;
	*v = NULL;
	*n = 0;
	sqlite3_stmt *q = db_query(&d->db, e, SQL_CLIENTS, "");
	failed = q == NULL;
	while (!failed && db_row(&d->db, q, &failed, e)) {
		grow(v, &cap, *n + 1, sizeof **v);
		(*v)[*n] = (struct desk_count){ .last = 0 };
		copy_text((*v)[(*n)++].client, sizeof (*v)->client, col_text(q, 0));
	}
	db_end(q);
	if (!failed)
		return true;
	free(*v);
	*v = NULL;
	*n = 0;
	return false;
}

static const char SQL_LAST_W[] = "SELECT coalesce(max(w), 0) FROM op WHERE client = ?";
static const char SQL_SETTLED_W[] = "SELECT coalesce(max(w), 0) FROM op WHERE client = ? AND verdict <> 0";
static const char SQL_TOLD_NONE[] = "DELETE FROM told";
static const char SQL_TOLD[] = "INSERT OR REPLACE INTO told VALUES(?, ?)";
/* Applied, and the backend knows it neither by its name nor by one that it had before. */
#define LACKED                                                                                                         \
	"verdict = ? AND " OURS " AND EXISTS(SELECT 1 FROM told WHERE told.client = op.client AND op.w > told.last)"   \
	" AND NOT EXISTS(SELECT 1 FROM was JOIN told USING(client) WHERE was.n = op.n AND was.w <= told.last)"
static const char SQL_COUNT_LACKED[] = "SELECT count(*) FROM op WHERE " LACKED;
static const char SQL_LACKED[] =
	"UPDATE op SET verdict = 0, text = '', made = '', subject = '', act = '', rev = 0, number = 0, at = 0"
	" WHERE " LACKED;
static const char SQL_KEEP_NAMES[] = "INSERT OR IGNORE INTO was SELECT client, w, n FROM op WHERE verdict = 0";
/* Window functions number what is unsent from 1 in the desk's order. */
static const char SQL_RENUMBER[] = "UPDATE op SET client = ?1, w = new.w FROM (SELECT n, row_number() OVER (ORDER BY "
				   "n) AS w FROM op WHERE verdict = 0) AS new"
				   " WHERE op.n = new.n";

static bool note_told(struct desk *d, const struct desk_count *v, size_t n, struct error *e)
{
	bool done = db_do(&d->db, e, SQL_TOLD_NONE, "");
	for (size_t i = 0; done && i < n; i++)
		done = db_do(&d->db, e, SQL_TOLD, "si", v[i].client, v[i].last);
	return done;
}

static const int64_t NOT_TOLD = -1;

static int64_t last_of(const struct desk_count *v, size_t n, const char *client)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].client, client) == 0)
			return v[i].last;
	return NOT_TOLD;
}

/* Under a new client id all that is unsent begins anew; its names are kept, unless they are another's in the log. */
static bool meet_counts(struct desk *d, const struct desk_count *v, size_t n, struct error *e)
{
	int64_t ours, settled, lacked = 0;
	if (!meta_text(d, "client", d->client, sizeof d->client, e) || !note_told(d, v, n, e) ||
		!db_int(&d->db, e, &ours, 0, SQL_LAST_W, "s", d->client) ||
		!db_int(&d->db, e, &settled, 0, SQL_SETTLED_W, "s", d->client) ||
		!db_int(&d->db, e, &lacked, 0, SQL_COUNT_LACKED, "i", (int64_t)V_APPLIED))
		return false;
	int64_t last = last_of(v, n, d->client);
	bool beyond = last > ours, behind = last != NOT_TOLD && last < settled;
	if (lacked == 0 && !beyond && !behind)
		return true;
	return (lacked == 0 || db_do(&d->db, e, SQL_LACKED, "i", (int64_t)V_APPLIED)) &&
		(beyond || db_do(&d->db, e, SQL_KEEP_NAMES, "")) && take_client(d, e) &&
		db_do(&d->db, e, SQL_RENUMBER, "s", d->client);
}

bool desk_counts_are(struct desk *d, const struct desk_count *v, size_t n, struct error *e)
{
	return begin(d, e) && finish(d, meet_counts(d, v, n, e), e);
}

bool desk_last_is(struct desk *d, int64_t last, struct error *e)
{
	struct desk_count now = { .last = last };
	copy_text(now.client, sizeof now.client, desk_client(d));
	return desk_counts_are(d, &now, 1, e);
}

/* ---- history --------------------------------------------------------------------------------------------------- */

static const char SQL_EACH[] = "SELECT n, body, " VERDICT_COLUMNS " FROM op ORDER BY n DESC LIMIT ?";

bool desk_each(struct desk *d, size_t limit,
	bool (*take)(void *arg, const struct wire_op *op, const struct wire_verdict *v), void *arg, struct error *e)
{
	sqlite3_stmt *q = db_query(&d->db, e, SQL_EACH, "i", limit == 0 ? (int64_t)-1 : (int64_t)limit);
	bool failed = q == NULL, more = true;
	while (!failed && more && db_row(&d->db, q, &failed, e)) {
		struct wire_op op;
		struct wire_verdict v;
		const char *body = col_text(q, 1);
		if (!read_op(body, col_bytes(q, 1), col_int(q, 0), &op, NULL)) {
			wire_op_release(&op);
			continue; /* an operation that only a newer or older Régie knows */
		}
		read_verdict(q, 2, op.n, &v);
		more = take(arg, &op, &v);
		wire_op_release(&op);
		wire_verdict_release(&v);
	}
	db_end(q);
	return !failed;
}

static const char SQL_NAME[] = "SELECT act, client, w FROM op WHERE n = ?";

void desk_name(struct desk *d, int64_t n, char out[static DESK_NAME_MAX])
{
	bool failed;
	out[0] = '\0';
	sqlite3_stmt *q = db_query(&d->db, NULL, SQL_NAME, "i", n);
	if (q != NULL && db_row(&d->db, q, &failed, NULL)) {
		if (col_text(q, 0)[0] != '\0')
			snprintf(out, DESK_NAME_MAX, "%s", col_text(q, 0));
		else
			snprintf(out, DESK_NAME_MAX, "%s:%" PRId64, col_text(q, 1), col_int(q, 2));
	}
	db_end(q);
}

/* What the walk from the newest operation back has seen undone: names of operations, and how many `undo` without a
 * name still wait for theirs. */
struct undone {
	char (*names)[DESK_NAME_MAX];
	size_t n, cap;
	size_t nameless;
};

static void mark(struct undone *u, const char *name)
{
	if (name == NULL || name[0] == '\0') {
		u->nameless++;
		return;
	}
	grow(&u->names, &u->cap, u->n + 1, sizeof *u->names);
	copy_text(u->names[u->n++], sizeof *u->names, name);
}

static bool marked(const struct undone *u, const char *act, const char *by_number)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->names[i], by_number) == 0 || (act[0] != '\0' && strcmp(u->names[i], act) == 0))
			return true;
	return false;
}

static const char SQL_UNDOABLE[] =
	"SELECT n, client, w, body, act FROM op WHERE verdict IN (0, 1) ORDER BY n DESC LIMIT 1000";

/* One step of the walk: 1 found, 0 go on, -1 nothing to find. */
static int consider(struct undone *u, const struct wire_op *op, const char *act, const char *by_number, bool redo)
{
	bool was = marked(u, act, by_number), undo = strcmp(op->op->name, "undo") == 0;
	if (undo || strcmp(op->op->name, "redo") == 0) {
		if (undo && redo && !was)
			return 1;
		if (!was)
			mark(u, op->arg[0]);
		return 0;
	}
	if (!(op->op->flags & OP_UNDO) || was)
		return 0;
	if (u->nameless > 0) {
		u->nameless--;
		return 0;
	}
	return redo ? -1 : 1;
}

int64_t desk_last_undoable(struct desk *d, bool redo)
{
	struct undone u = { 0 };
	sqlite3_stmt *q = db_query(&d->db, NULL, SQL_UNDOABLE, "");
	bool failed = q == NULL;
	int found = 0;
	int64_t n = 0;
	while (!failed && found == 0 && db_row(&d->db, q, &failed, NULL)) {
		struct wire_op op;
		char by_number[DESK_NAME_MAX];
		const char *body = col_text(q, 3);
		n = col_int(q, 0);
		snprintf(by_number, sizeof by_number, "%s:%" PRId64, col_text(q, 1), col_int(q, 2));
		if (read_op(body, col_bytes(q, 3), n, &op, NULL))
			found = consider(&u, &op, col_text(q, 4), by_number, redo);
		wire_op_release(&op);
	}
	db_end(q);
	free(u.names);
	return found == 1 ? n : 0;
}

/* ---- named values ---------------------------------------------------------------------------------------------- */

static const char SQL_VALUE_SET[] =
	"INSERT INTO value VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value";
static const char SQL_VALUE_DROP[] = "DELETE FROM value WHERE name = ?";
static const char SQL_VALUE_GET[] = "SELECT value FROM value WHERE name = ?";
static const char SQL_COUNT_SETS[] =
	"INSERT INTO meta VALUES('sets', 1) ON CONFLICT(name) DO UPDATE SET value = value + 1";

static bool set_value(struct desk *d, const char *name, const char *value, struct error *e)
{
	bool done = value == NULL ? db_do(&d->db, e, SQL_VALUE_DROP, "s", name)
				  : db_do(&d->db, e, SQL_VALUE_SET, "ss", name, value);
	return done && db_do(&d->db, e, SQL_COUNT_SETS, "");
}

/* A transaction that need not be on the platter when it is over. */
static bool begin_relaxed(struct desk *d, struct error *e)
{
	const bool good = db_run(&d->db, "PRAGMA synchronous=NORMAL", e);
	d->relaxed = true;
	return good && db_run(&d->db, SQL_BEGIN, e);
}

bool desk_set(struct desk *d, const char *name, const char *value, struct error *e)
{
	const bool done = begin_relaxed(d, e) && finish(d, set_value(d, name, value, e), e);
	return be_strict(d, NULL) && done;
}

bool desk_put_soon(struct desk *d, struct wire_op *op, struct error *e)
{
	const bool done = begin_relaxed(d, e) && finish(d, put_op(d, op, e) && db_do(&d->db, e, SQL_COUNT_SETS, ""), e);
	return be_strict(d, NULL) && done;
}

bool desk_flush(struct desk *d, struct error *e)
{
	char sets[24], flushed[24];
	if (!meta_text(d, "sets", sets, sizeof sets, e) || !meta_text(d, "flushed", flushed, sizeof flushed, e))
		return false;
	if (!d->unsure && strcmp(sets, flushed) == 0)
		return true;
	d->unsure = !be_strict(d, e) || !meta_set(d, "flushed", sets, e);
	return !d->unsure;
}

char *desk_get(struct desk *d, const char *name)
{
	char *value = NULL;
	db_text(&d->db, NULL, &value, SQL_VALUE_GET, "s", name);
	return value;
}

/* ---- the sender lock ------------------------------------------------------------------------------------------- */

bool desk_take_sender(struct desk *d)
{
	return d->lock >= 0 || file_lock(d->lock_path, &d->lock, NULL);
}

void desk_yield_sender(struct desk *d)
{
	file_unlock(&d->lock);
}
