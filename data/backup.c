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

static const char SQL_QUICK[] = "PRAGMA quick_check(1)";

static int time_is_over(void *arg)
{
	struct timespec now;
	const struct timespec *end = arg;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

enum check store_check(const char *dir, const char *vfs, int seconds, struct error *e)
{
	struct db d;
	struct timespec end;
	char *said = NULL, *path = store_file(dir);
	struct error why = { .code = ERR_NONE };
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	bool done = db_open(&d, &(struct db_options){ .path = path, .vfs = vfs }, &why);
	if (done) {
		sqlite3_progress_handler(d.handle, 20000, time_is_over, &end);
		done = db_text(&d, &why, &said, SQL_QUICK, "");
	}
	bool over = !done && d.handle != NULL && (sqlite3_errcode(d.handle) & 0xff) == SQLITE_INTERRUPT;
	enum check verdict = over ? CHECK_IN_PART : done && said != NULL && strcmp(said, "ok") == 0 ? CHECK_SOUND : CHECK_BAD;
	if (verdict == CHECK_BAD && done)
		error_set(e, ERR_FORMAT, "\"%s\" is damaged (%.200s)", path, said == NULL ? "no answer" : said);
	else if (verdict == CHECK_BAD && e != NULL)
		*e = why;
	db_close(&d);
	free(said);
	free(path);
	return verdict;
}
