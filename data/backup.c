/* backup.c: a whole copy of the event while it is served.
 *
 * `VACUUM INTO` on a connection of its own: one read transaction, which holds nobody up (facts: sqlite3_backup_step in
 * chunks restarted 621 times in 10 s under a writer). The copy says of itself that it is one: the store that opens it
 * begins a new epoch.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "data/store_private.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"

static const char SQL_COPY[] = "VACUUM INTO ?";
static const char SQL_CHECK[] = "PRAGMA integrity_check(1)";
static const char SQL_MARK[] = "UPDATE state SET restored=1";

static bool sync_path(const char *path, int flags, struct error *e)
{
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, ERR_IO, "\"%s\" cannot be opened", path);
	bool done = fsync(fd) == 0 || error_errno(e, ERR_IO, "\"%s\" cannot be made durable", path);
	close(fd);
	return done;
}

static bool sync_folder(const char *file, struct error *e)
{
	char *folder = xstrdup(file);
	char *slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder] = '\0';
	bool done = sync_path(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY, e);
	free(folder);
	return done;
}

static bool copy_into(const struct store *s, const char *part, struct error *e)
{
	struct db d;
	if (!db_open(&d, &(struct db_options){ .path = s->path, .vfs = s->vfs }, e))
		return false;
	bool done = db_do(&d, e, SQL_COPY, "s", part);
	db_close(&d);
	return done;
}

bool backup_check(const char *part, const char *vfs, struct error *e)
{
	struct db d;
	char *said = NULL;
	struct db_options o = { .path = part, .vfs = vfs, .pragmas = "PRAGMA journal_mode=DELETE;" };
	if (!db_open(&d, &o, e))
		return false;
	bool done = db_text(&d, e, &said, SQL_CHECK, "");
	if (done && (said == NULL || strcmp(said, "ok") != 0))
		done = error_set(e, ERR_IO, "the copy is not sound (%s); the disk may be failing",
			said == NULL ? "no answer" : said);
	done = done && db_do(&d, e, SQL_MARK, "");
	free(said);
	db_close(&d);
	return done;
}

bool store_backup(struct store *s, const char *file, struct error *e)
{
	if (file_exists(file))
		return error_set(e, ERR_REFUSED, "\"%s\" exists already; choose another name", file);
	size_t len = strlen(file);
	char *part = xmalloc(len + 6);
	memcpy(part, file, len);
	memcpy(part + len, ".part", 6);
	int fd = open(
		part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* VACUUM INTO takes an empty file with its mode */
	bool done = fd >= 0 || error_errno(e, ERR_IO, "\"%s\" cannot be made", part);
	if (fd >= 0)
		close(fd);
	done = done && copy_into(s, part, e) && backup_check(part, s->vfs, e) && sync_path(part, O_RDONLY, e);
	if (done && (file_exists(file) || rename(part, file) != 0))
		done = error_errno(e, ERR_IO, "\"%s\" cannot be put in its place", file);
	done = done && sync_folder(file, e);
	if (!done && fd >= 0)
		unlink(part);
	free(part);
	return done;
}

bool store_backup_key(struct store *s, const char *file, struct error *e)
{
	uint8_t key[STORE_KEY];
	struct buf name = BUF_INIT;
	buf_addf(&name, "%s.key", file);
	bool done = !file_exists(name.data) ||
		error_set(e, ERR_REFUSED, "\"%s\" exists already; choose another name", name.data);
	done = done && store_read_key(s->dir, key, e) && file_replace(name.data, key, sizeof key, 0600, e);
	explicit_bzero(key, sizeof key);
	buf_release(&name);
	return done;
}

static const char LAST_BACKUP[] = "last-backup";

void store_backup_note(struct store *s, const char *file)
{
	char *path = path_join(s->dir, LAST_BACKUP);
	struct error why = { .code = ERR_NONE };
	if (!file_replace(path, file, strlen(file), 0600, &why))
		log_line(LOG_WARNING, "which backup is the newest was not noted: %s", why.text);
	free(path);
}

char *store_backup_last(const char *dir)
{
	char *path = path_join(dir, LAST_BACKUP);
	struct buf b = BUF_INIT;
	bool there = file_read(path, 4096, &b, NULL) && b.len > 0 && strlen(b.data) == b.len && file_exists(b.data);
	free(path);
	if (there)
		return buf_detach(&b);
	buf_release(&b);
	return NULL;
}

/* ---- at a start -------------------------------------------------------------------------------------------------- */

/* The messages last: they are most of it. */
static const char SQL_TABLES[] = "SELECT name FROM sqlite_schema WHERE type='table' AND rootpage>0 ORDER BY name='message', name";
static const char SQL_QUICK[] = "PRAGMA quick_check(\"%w\")";
enum { CHECK_STEPS = 20000 /* of SQLite's machine, some tens of ms, between two questions whether to stop */ };

struct stopping {
	bool (*stop)(void *ctx);
	void *ctx;
	bool over;
};

static int asks_to_stop(void *arg)
{
	struct stopping *s = arg;
	s->over = s->stop != NULL && s->stop(s->ctx);
	return s->over;
}

static bool table_names(struct db *d, struct ids *out, struct error *e)
{
	bool failed;
	sqlite3_stmt *q = db_query(d, e, SQL_TABLES, "");
	for (failed = q == NULL; !failed && db_row(d, q, &failed, e);)
		ids_add(out, col_text(q, 0));
	db_end(q);
	return !failed;
}

/* "ok", or the first thing that is wrong; NULL when it could not be asked. */
static char *check_table(struct db *d, const char *table, struct error *e)
{
	char *said = NULL, *sql = sqlite3_mprintf(SQL_QUICK, table);
	sqlite3_stmt *q = NULL;
	if (sql == NULL || sqlite3_prepare_v2(d->handle, sql, -1, &q, NULL) != SQLITE_OK)
		db_error(d, e);
	else if (sqlite3_step(q) == SQLITE_ROW)
		said = xstrdup(col_text(q, 0));
	else
		db_error(d, e);
	sqlite3_finalize(q);
	sqlite3_free(sql);
	return said;
}

static enum check check_tables(struct db *d, struct check_look *l, struct stopping *s, struct error *e)
{
	struct ids tables = { 0 };
	enum check verdict = table_names(d, &tables, e) ? CHECK_SOUND : CHECK_BAD;
	l->of = tables.n;
	while (verdict == CHECK_SOUND && l->done < l->of && !asks_to_stop(s)) {
		struct error why = { .code = ERR_NONE };
		char *said = check_table(d, tables.v[l->done], &why);
		if (s->over) {
			free(said);
			break;
		}
		if (said != NULL && strcmp(said, "ok") == 0) {
			l->done++;
		} else {
			verdict = CHECK_BAD;
			error_set(e, ERR_FORMAT, "\"%s\" is damaged (table %s: %.200s)", d->path, tables.v[l->done],
				said != NULL ? said : why.text);
		}
		free(said);
	}
	ids_clear(&tables);
	return s->over ? CHECK_IN_PART : verdict;
}

enum check store_check(const char *dir, const char *vfs, struct check_look *l, bool (*stop)(void *ctx), void *ctx,
	struct error *e)
{
	struct db d;
	struct stopping s = { .stop = stop, .ctx = ctx };
	char *path = store_file(dir);
	enum check verdict = CHECK_BAD;
	if (db_open(&d, &(struct db_options){ .path = path, .vfs = vfs }, e)) {
		sqlite3_progress_handler(d.handle, CHECK_STEPS, asks_to_stop, &s);
		verdict = check_tables(&d, l, &s, e);
	}
	db_close(&d);
	free(path);
	return verdict;
}
