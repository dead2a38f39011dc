/* replica_apply.c: an answer of `changes` into the file: rows and the cursor that covers them, in one transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/replica_own.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static const char PRAGMAS_LOADING[] =
	"PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=20000;";

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
	bool done = replica_bind(q, id, x, &put->set) && sqlite3_step(q) == SQLITE_DONE;
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

/* An array or object as the text it came as: from its bracket to the one that closes it. */
static char *copy_member(const char *line, size_t len, const char *member)
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
	if (p == end || (*p != '[' && *p != '{'))
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
			info->presence = copy_member(line, len, "presence");
		if (json_int(json_get(j, "status"), "stamp", &info->status_stamp))
			info->status = copy_member(line, len, "status");
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
	if (!db_run(&r->db, replica_pragmas, e) || !replica_set_memory(r, e))
		return false;
	r->loading = false;
	int code = sqlite3_wal_checkpoint_v2(r->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved);
	if (code != SQLITE_OK || log != moved)
		return true;
	r->state.synced = true;
	return db_run(&r->db, "BEGIN IMMEDIATE", e) && replica_finish(r, replica_save_state(r, e), e) &&
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
	bool done = replica_read_state(r, e);
	r->state.seq++;
	done = done && apply_lines(r, rows, end, info, e);
	snprintf(r->state.cursor, sizeof r->state.cursor, "%s", cursor);
	r->state.ready = info->ready;
	r->state.whole = info->whole;
	return replica_finish(r, done && replica_save_state(r, e), e);
}

void page_info_release(struct page_info *info)
{
	free(info->presence);
	free(info->status);
	info->presence = info->status = NULL;
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
		page_info_release(info);
		if (r->db.handle == NULL || damaged(r))
			replica_begin_anew(r); /* only a copy: the next pull starts from nothing */
	}
	return done;
}
