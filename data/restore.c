/* restore.c: an event put back from a backup, and what it lacks afterwards.
 *
 * The copy is made beside the event and judged there, so that what is judged is what will be served. Then:
 *
 *   old event.db, -wal, key: linked (or moved) into before-DATE/ --synced--> event.db-wal removed --> copy renamed over
 *   event.db --synced--> opened: a new epoch
 *
 * A death at any point leaves either the old event, whole, or the new one; what was before is whole in before-DATE/ from
 * the first step on. A log of the old event never stands beside the new one: SQLite would replay it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/reader.h"
#include "data/restore.h"
#include "src/base/file.h"
#include "src/base/mem.h"

static const char SQL_STATES[] = "SELECT count(*) FROM state";
static const char SQL_MESSAGES[] = "SELECT coalesce(max(id), 0) FROM message";
static const char ASIDE[] = "restored-aside", ACTS[] = "restored-acts", MESSAGES[] = "restored-messages";

/* ---- copying and judging ----------------------------------------------------------------------------------------- */

static bool copy_bytes(int from, int to, const char *file, struct error *e)
{
	enum { CHUNK = 1 << 20 };
	char *bytes = xmalloc(CHUNK);
	ssize_t n, done = 0;
	while ((n = read(from, bytes, CHUNK)) > 0 || (n < 0 && errno == EINTR))
		for (ssize_t at = 0; at < n; at += done)
			if ((done = write(to, bytes + at, (size_t)(n - at))) < 0 && errno != EINTR) {
				free(bytes);
				return error_errno(e, ERR_IO, "\"%s\" cannot be copied", file);
			} else if (done < 0) {
				done = 0;
			}
	free(bytes);
	return (n == 0 && fsync(to) == 0) || error_errno(e, ERR_IO, "\"%s\" cannot be copied", file);
}

static bool copy_file(const char *file, const char *to, struct error *e)
{
	int in = open(file, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return error_errno(
			e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "the backup \"%s\" cannot be read", file);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done = out >= 0 ? copy_bytes(in, out, file, e) : error_errno(e, ERR_IO, "\"%s\" cannot be made", to);
	close(in);
	if (out >= 0)
		close(out);
	return done;
}

static bool judge(const char *part, const char *vfs, struct error *e)
{
	struct db d;
	struct db_options o = { .path = part, .vfs = vfs, .pragmas = "PRAGMA journal_mode=DELETE;" };
	int version = 0;
	int64_t states = 0;
	if (!backup_check(part, vfs, e)) /* marks it as a backup, too */
		return false;
	bool done = db_open(&d, &o, e) && db_version(&d, &version, e) && db_int(&d, e, &states, 0, SQL_STATES, "");
	if (done && version > store_migrations[store_migrations_n - 1].version)
		done = error_set(
			e, ERR_NEWER, "it was made by a newer version of Régie (schema %d); use that version", version);
	if (done && states != 1)
		done = error_set(e, ERR_FORMAT, "it holds no event");
	db_close(&d);
	return done;
}

/* The backup's copy in the event's folder, sound; else there is none. */
static bool fetch(const struct restore_options *o, const char *file, const char *part, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	bool done = copy_file(file, part, &why) && judge(part, o->vfs, &why);
	if (done)
		return true;
	unlink(part);
	return error_set(e, why.code, "the backup \"%.200s\" is not used: %.350s", file, why.text);
}

/* ---- candidates -------------------------------------------------------------------------------------------------- */

struct candidate {
	char *file;
	struct timespec at;
};

static int newest_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? 1 : -1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? 1 : -1;
	return -strcmp(x->file, y->file);
}

static bool is_other(const char *name)
{
	static const char *const ends[] = { ".key", ".part", "-wal", "-shm", "-journal" };
	size_t len = strlen(name);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (len >= strlen(ends[i]) && strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return name[0] == '.';
}

static struct candidate *list_folder(const char *folder, size_t *n, struct error *e)
{
	DIR *d = opendir(folder);
	struct candidate *v = NULL;
	size_t cap = 0;
	*n = 0;
	if (d == NULL) {
		error_errno(e, ERR_IO, "the folder \"%s\" cannot be read", folder);
		return NULL;
	}
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		struct stat st;
		char *file = path_join(folder, entry->d_name);
		if (is_other(entry->d_name) || stat(file, &st) != 0 || !S_ISREG(st.st_mode)) {
			free(file);
			continue;
		}
		grow(&v, &cap, *n + 1, sizeof *v);
		v[(*n)++] = (struct candidate){ file, st.st_mtim };
	}
	closedir(d);
	if (*n > 0)
		qsort(v, *n, sizeof *v, newest_first);
	else
		error_set(e, ERR_NOT_FOUND, "the folder \"%s\" holds no backup", folder);
	return v;
}

/* The newest good one of a folder; the bad ones are told. */
static bool fetch_newest(const struct restore_options *o, const char *part, struct restored *out, struct error *e)
{
	size_t n;
	struct candidate *v = list_folder(o->from, &n, e);
	bool done = false;
	for (size_t i = 0; i < n; i++) {
		struct error why = { .code = ERR_NONE };
		if (!done && fetch(o, v[i].file, part, &why)) {
			done = true;
			out->file = xstrdup(v[i].file);
		} else if (!done && o->passed_over != NULL) {
			o->passed_over(o->ctx, why.text);
		}
		free(v[i].file);
	}
	free(v);
	if (!done && n > 0)
		error_set(e, ERR_NOT_FOUND, "no backup in \"%s\" is sound; nothing was changed", o->from);
	return done;
}

/* ---- changing places --------------------------------------------------------------------------------------------- */

static bool keep_one(const char *from, const char *folder, const char *name, struct error *e)
{
	char *to = path_join(folder, name);
	bool done = !file_exists(from) || link(from, to) == 0 || rename(from, to) == 0 ||
		error_errno(e, ERR_IO, "\"%s\" cannot be kept as \"%s\"", from, to);
	free(to);
	return done;
}

static bool sync_path(const char *folder, struct error *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	if (!done)
		error_errno(e, ERR_IO, "\"%s\" cannot be made durable", folder);
	if (fd >= 0)
		close(fd);
	return done;
}

static bool make_aside(const char *dir, char **out, struct error *e)
{
	char name[48];
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(name, sizeof name, "before-%Y-%m-%dT%H-%M-%SZ", &tm);
	*out = path_join(dir, name);
	for (int i = 2; mkdir(*out, 0700) != 0; i++) {
		if (errno != EEXIST || i > 99)
			return error_errno(e, ERR_IO, "\"%s\" cannot be made", *out);
		struct buf again = BUF_INIT;
		free(*out);
		buf_addf(&again, "%s/%s-%d", dir, name, i);
		*out = buf_detach(&again);
	}
	return true;
}

struct files {
	char *event, *wal, *shm, *part, *key, *backup_key;
};

/* From here on the event that was is in `aside` too, whole. */
static bool keep_before(const struct files *f, const char *dir, struct restored *out, struct error *e)
{
	if (!file_exists(f->event) && !file_exists(f->wal))
		return true;
	return make_aside(dir, &out->aside, e) && keep_one(f->event, out->aside, "event.db", e) &&
		keep_one(f->wal, out->aside, "event.db-wal", e) && keep_one(f->key, out->aside, "key", e) &&
		sync_path(out->aside, e) && sync_path(dir, e);
}

static bool put_key(const struct files *f, struct restored *out, struct error *e)
{
	struct buf key = BUF_INIT;
	if (!file_exists(f->backup_key))
		return true;
	bool done = file_read(f->backup_key, 4096, &key, e) && file_replace(f->key, key.data, key.len, 0600, e);
	explicit_bzero(key.data, key.len);
	buf_release(&key);
	out->with_key = done;
	return done;
}

static bool change_places(const struct files *f, const char *dir, struct restored *out, struct error *e)
{
	if (!keep_before(f, dir, out, e) || !put_key(f, out, e))
		return false;
	unlink(f->wal);
	unlink(f->shm);
	return sync_path(dir, e) &&
		(rename(f->part, f->event) == 0 || error_errno(e, ERR_IO, "\"%s\" cannot be put in its place", f->event)) &&
		sync_path(dir, e);
}

/* ---- the new epoch ----------------------------------------------------------------------------------------------- */

static bool note(struct store *s, const char *name, int64_t value, struct error *e)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)value);
	return store_meta_set(s, name, text, e);
}

/* How much of the event before came after the backup; nothing when it cannot be read any more. */
static void count_before(struct restored *out)
{
	struct error why = { .code = ERR_NONE };
	struct reader *r = out->aside == NULL ? NULL : reader_open(&(struct store_options){ .dir = out->aside }, &why);
	struct restore_lack all = { 0 };
	int64_t messages = 0;
	if (r != NULL && restore_acts(r, out->acts, &all, &why) && db_int(&r->db, &why, &messages, 0, SQL_MESSAGES, "")) {
		out->readable = true;
		out->acts_since = (int64_t)all.n;
		out->messages_since = messages > out->messages ? messages - out->messages : 0;
	}
	restore_lack_release(&all);
	reader_close(r);
}

static bool begin_anew(const struct restore_options *o, struct restored *out, struct error *e)
{
	struct store *s = store_open(&(struct store_options){ .dir = o->dir, .vfs = o->vfs, .clock = o->clock }, e);
	if (s == NULL)
		return false;
	out->epoch = s->epoch;
	out->messages = s->messages;
	out->acts = s->acts;
	bool done = note(s, ACTS, s->acts, e) && note(s, MESSAGES, s->messages, e) &&
		store_meta_set(s, ASIDE, out->aside == NULL ? "" : strrchr(out->aside, '/') + 1, e);
	store_close(s);
	return done;
}

static char *beside(const char *path, const char *end)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s%s", path, end);
	return buf_detach(&b);
}

static bool restore_locked(const struct restore_options *o, struct restored *out, struct error *e)
{
	struct stat st;
	struct files f = { .event = store_file(o->dir), .key = path_join(o->dir, "key") };
	f.wal = beside(f.event, "-wal");
	f.shm = beside(f.event, "-shm");
	f.part = beside(f.event, ".part");
	bool is_folder = stat(o->from, &st) == 0 && S_ISDIR(st.st_mode), done;
	if (is_folder) {
		done = fetch_newest(o, f.part, out, e);
	} else {
		out->file = xstrdup(o->from);
		done = fetch(o, o->from, f.part, e);
	}
	f.backup_key = beside(done ? out->file : "", ".key");
	done = done && change_places(&f, o->dir, out, e);
	char *const all[] = { f.event, f.wal, f.shm, f.part, f.key, f.backup_key };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		free(all[i]);
	return done;
}

bool store_restore(const struct restore_options *o, struct restored *out, struct error *e)
{
	int lock = -1;
	struct error why = { .code = ERR_NONE };
	*out = (struct restored){ 0 };
	if (!file_make_dirs(o->dir, 0700, e))
		return false;
	char *path = path_join(o->dir, "lock");
	bool done = file_lock(path, &lock, &why);
	free(path);
	if (!done)
		return why.code == ERR_BUSY
			? error_set(e, ERR_BUSY, "another process serves or writes \"%s\"; stop it first", o->dir)
			: error_set(e, why.code, "%s", why.text);
	done = restore_locked(o, out, e);
	file_unlock(&lock);
	done = done && begin_anew(o, out, e);
	if (done)
		count_before(out);
	return done;
}

void restored_release(struct restored *r)
{
	free(r->file);
	free(r->aside);
	*r = (struct restored){ 0 };
}

/* ---- what could not be had again --------------------------------------------------------------------------------- */

struct taking {
	struct restore_lack *to;
	int64_t after;
	const struct world *w;
};

static bool take_act(void *arg, const struct record *r)
{
	struct taking *t = arg;
	const struct act *a = (const struct act *)r;
	int64_t number;
	if (!id_number(r->id, &number) || number <= t->after)
		return true;
	grow(&t->to->v, &t->to->cap, t->to->n + 1, sizeof *t->to->v);
	struct restore_act *to = &t->to->v[t->to->n++];
	*to = (struct restore_act){ .number = number, .at = a->at };
	snprintf(to->seat, sizeof to->seat, "%s", a->seat);
	snprintf(to->name, sizeof to->name, "%s", seat_name(t->w, a->seat));
	to->op = xstrdup(a->op == NULL ? "" : a->op);
	to->words = xstrdup(a->words == NULL ? "" : a->words);
	return true;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = ((const struct restore_act *)a)->number, y = ((const struct restore_act *)b)->number;
	return (x > y) - (x < y);
}

bool restore_acts(struct reader *r, int64_t after, struct restore_lack *out, struct error *e)
{
	int64_t epoch, number;
	const struct world *w = reader_world(r, &epoch, &number, e);
	if (w == NULL)
		return false;
	world_each(w, K_ACT, take_act, &(struct taking){ out, after, w });
	if (out->n > 0)
		qsort(out->v, out->n, sizeof *out->v, by_number);
	return true;
}

void restore_lack_release(struct restore_lack *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].op);
		free(l->v[i].words);
	}
	free(l->v);
	*l = (struct restore_lack){ 0 };
}

static bool same_act(const struct restore_act *a, const struct restore_act *b)
{
	return strcmp(a->seat, b->seat) == 0 && strcmp(a->op, b->op) == 0 && strcmp(a->words, b->words) == 0;
}

/* Leaves in `was` what `now` has no equal of, each equal used once. */
static void strike_out(struct restore_lack *was, struct restore_lack *now)
{
	size_t kept = 0;
	for (size_t i = 0; i < was->n; i++) {
		bool found = strcmp(was->v[i].seat, "0") == 0; /* the backend's own acts are nobody's to lose */
		for (size_t k = 0; !found && k < now->n; k++)
			if (now->v[k].number != 0 && same_act(&was->v[i], &now->v[k])) {
				now->v[k].number = 0;
				found = true;
			}
		if (found) {
			free(was->v[i].op);
			free(was->v[i].words);
		} else {
			was->v[kept++] = was->v[i];
		}
	}
	was->n = kept;
}

static bool meta_of(struct reader *r, const char *name, char **out, struct error *e)
{
	static const char SQL_META[] = "SELECT value FROM meta WHERE name=?";
	return db_text(&r->db, e, out, SQL_META, "s", name);
}

static bool lacks(struct reader *now, const char *dir, struct restore_lack *out, struct error *e)
{
	char *aside = NULL, *acts = NULL, *messages = NULL;
	int64_t before = 0;
	bool done = meta_of(now, ASIDE, &aside, e) && meta_of(now, ACTS, &acts, e) && meta_of(now, MESSAGES, &messages, e);
	if (done && (aside == NULL || acts == NULL || messages == NULL))
		done = error_set(e, ERR_NOT_FOUND, "the event in \"%s\" was not put back from a backup", dir);
	else if (done && aside[0] == '\0')
		done = error_set(e, ERR_NOT_FOUND, "there was no event in \"%s\" before: nothing to compare with", dir);
	if (done) {
		char *path = path_join(dir, aside);
		struct restore_lack since = { 0 };
		int64_t after = strtoll(acts, NULL, 10);
		struct reader *was = reader_open(&(struct store_options){ .dir = path }, e);
		done = was != NULL && restore_acts(was, after, out, e) && restore_acts(now, after, &since, e) &&
			db_int(&was->db, e, &before, 0, SQL_MESSAGES, "");
		if (done) {
			strike_out(out, &since);
			before -= strtoll(messages, NULL, 10);
			out->messages = before > 0 ? before : 0;
		}
		restore_lack_release(&since);
		reader_close(was);
		free(path);
	}
	free(aside);
	free(acts);
	free(messages);
	return done;
}

bool store_lacks(const char *dir, struct restore_lack *out, struct error *e)
{
	*out = (struct restore_lack){ 0 };
	struct reader *now = reader_open(&(struct store_options){ .dir = dir }, e);
	bool done = now != NULL && lacks(now, dir, out, e);
	reader_close(now);
	if (!done)
		restore_lack_release(out);
	return done;
}
