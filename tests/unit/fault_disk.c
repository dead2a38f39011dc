#include "tests/unit/fault_disk.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/mem.h"

enum { SECTOR = 512, PATH_ROOM = 512, SHM_REGIONS = 64, IMAGE_FIRST = 1 << 16 };

struct image {
	uint8_t *p;
	size_t len, cap;
	bool lent; /* `p` is a kept image's, until the first write */
};

/* A write, or with bytes NULL a truncation to `at`, that was not synced. */
struct pending {
	struct pending *next;
	size_t at, len;
	uint8_t *bytes;
};

/* What processes open. One that was deleted, or whose process is gone, lives as long as it is open. */
struct content {
	size_t refs;
	struct image written, synced;
	struct pending *first, **last;
	int shared, reserved, pending, exclusive; /* locks: holders of the first; whether there is one of the others */
	void *shm[SHM_REGIONS];
	int shm_shared[SQLITE_SHM_NLOCK];
	bool shm_exclusive[SQLITE_SHM_NLOCK];
};

/* A real file. While it is held its number is given to no other, whoever deletes it: most file systems give a number
 * again at once. Held by O_PATH, as only such a descriptor is closed without giving up this process's locks on it. */
struct real {
	int fd; /* -1: there is none */
	dev_t device;
	ino_t inode;
};

struct file {
	struct file *next;
	char *path;
	struct real real; /* the one that stands for it */
	struct content *content;
	struct image kept[DISK_SLOTS];
	bool was_kept[DISK_SLOTS];
};

struct disk {
	sqlite3_vfs vfs; /* first */
	sqlite3_vfs *system;
	struct dice dice;
	struct file *files;
	uint64_t life; /* of the process: handles of an earlier one are dead */
	bool died;
	int64_t die_at, die_at_sync;
	struct disk_faults faults;
	struct disk_counts counts;
	uint64_t trace, bytes; /* of where something was written, and of what, in order */
	struct {
		enum disk_call call;
		int64_t n;
		bool ever_after, came;
	} nth;
};

struct handle {
	sqlite3_file base; /* first */
	struct disk *disk;
	struct content *content;
	uint64_t life;
	int lock;
	unsigned shm_shared, shm_exclusive;
};

/* ---- dice ------------------------------------------------------------------------------------------------------------ */

static bool chance(struct disk *d, int in_thousand)
{
	return in_thousand > 0 && d->dice.draw(d->dice.ctx) % 1000 < (uint64_t)in_thousand;
}

static size_t below(struct disk *d, size_t n)
{
	return n == 0 ? 0 : (size_t)(d->dice.draw(d->dice.ctx) % n);
}

static void note(struct disk *d, uint64_t word)
{
	d->trace = (d->trace ^ word) * 0x9e3779b97f4a7c15u;
	d->trace ^= d->trace >> 29;
}

static void note_write(struct disk *d, size_t at, const void *p, size_t n)
{
	const uint8_t *bytes = p;
	uint64_t word = 0;
	note(d, at);
	note(d, n);
	for (size_t i = 0; i < n; i += sizeof word) {
		memcpy(&word, bytes + i, n - i < sizeof word ? n - i : sizeof word);
		d->bytes = (d->bytes ^ word) * 0x9e3779b97f4a7c15u;
		d->bytes ^= d->bytes >> 29;
	}
}

/* ---- images ---------------------------------------------------------------------------------------------------------- */

/* Its own, with room for so much. */
static void image_room(struct image *i, size_t len)
{
	if (i->lent) {
		const uint8_t *kept = i->p;
		*i = (struct image){.len = i->len};
		grow(&i->p, &i->cap, len > i->len + IMAGE_FIRST ? len : i->len + IMAGE_FIRST, 1);
		memcpy(i->p, kept, i->len);
	}
	grow(&i->p, &i->cap, len < IMAGE_FIRST ? IMAGE_FIRST : len, 1);
}

static void image_size(struct image *i, size_t len)
{
	if (len > i->len) {
		image_room(i, len);
		memset(i->p + i->len, 0, len - i->len);
	}
	i->len = len;
}

static void image_write(struct image *i, size_t at, const void *p, size_t n)
{
	if (at > i->len)
		image_size(i, at);
	if (n == 0)
		return;
	image_room(i, at + n);
	memcpy(i->p + at, p, n);
	if (at + n > i->len)
		i->len = at + n;
}

static void image_free(struct image *i)
{
	if (!i->lent)
		free(i->p);
	*i = (struct image){.len = 0};
}

static void image_lend(struct image *to, const struct image *kept)
{
	image_free(to);
	*to = (struct image){.p = kept->p, .len = kept->len, .lent = kept->len > 0};
}

static void image_keep(struct image *kept, const struct image *from)
{
	kept->len = 0;
	image_write(kept, 0, from->p, from->len);
}

static void image_copy(struct image *to, const struct image *from)
{
	if (from->lent) {
		image_lend(to, from);
		return;
	}
	if (to->lent)
		image_free(to);
	to->len = 0;
	image_write(to, 0, from->p, from->len);
}

/* ---- contents -------------------------------------------------------------------------------------------------------- */

static struct content *content_new(void)
{
	struct content *c = xcalloc(1, sizeof *c);
	c->refs = 1;
	c->last = &c->first;
	return c;
}

static void forget_pending(struct content *c)
{
	for (struct pending *w; (w = c->first);) {
		c->first = w->next;
		free(w->bytes);
		free(w);
	}
	c->last = &c->first;
}

static void drop_shm(struct content *c)
{
	for (size_t i = 0; i < SHM_REGIONS; i++) {
		free(c->shm[i]);
		c->shm[i] = NULL;
	}
}

static void content_release(struct content *c)
{
	if (--c->refs > 0)
		return;
	forget_pending(c);
	drop_shm(c);
	image_free(&c->written);
	image_free(&c->synced);
	free(c);
}

static void keep_pending(struct content *c, size_t at, const void *p, size_t n)
{
	struct pending *w = xcalloc(1, sizeof *w);
	w->at = at;
	w->len = n;
	if (p != NULL) {
		w->bytes = xmalloc(n + 1);
		memcpy(w->bytes, p, n);
	}
	*c->last = w;
	c->last = &w->next;
}

static void carry_out(struct image *i, const struct pending *w, size_t n)
{
	if (w->bytes == NULL)
		image_size(i, w->at);
	else
		image_write(i, w->at, w->bytes, n);
}

static void content_sync(struct content *c)
{
	for (struct pending *w = c->first; w != NULL; w = w->next)
		carry_out(&c->synced, w, w->len);
	forget_pending(c);
}

/* The power goes: of what was not synced some came to the platter, in whatever order the disk liked. */
static void content_lose(struct disk *d, struct content *c)
{
	int kept = (int)below(d, 3) * 500; /* nothing, half of it, everything */
	for (struct pending *w = c->first; w != NULL; w = w->next) {
		bool whole = chance(d, kept);
		if (whole || chance(d, kept / 4))
			carry_out(&c->synced, w, whole ? w->len : below(d, w->len / SECTOR + 1) * SECTOR);
		d->counts.lost += !whole;
	}
	forget_pending(c);
	image_copy(&c->written, &c->synced);
}

/* ---- files by name --------------------------------------------------------------------------------------------------- */

static struct file *file_find(struct disk *d, const char *path)
{
	for (struct file *f = d->files; f != NULL; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}

static struct file *file_make(struct disk *d, const char *path)
{
	struct file *f = xcalloc(1, sizeof *f);
	f->path = xstrdup(path);
	f->real.fd = -1;
	f->next = d->files;
	d->files = f;
	return f;
}

static void file_empty(struct file *f)
{
	if (f != NULL && f->content != NULL) {
		content_release(f->content);
		f->content = NULL;
	}
}

static struct real real_hold(const char *path)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) != 0)
		return (struct real){.fd = -1};
	return (struct real){.fd = fd, .device = st.st_dev, .inode = st.st_ino};
}

static void real_let_go(struct real *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

static bool is_same(const struct real *a, const struct real *b)
{
	if (a->fd == -1 || b->fd == -1)
		return a->fd == b->fd;
	return a->device == b->device && a->inode == b->inode;
}

/* A database that was deleted and made anew by name is another one, and so is its log; one that was renamed is itself. */
static void follow_name(struct disk *d, struct file *f)
{
	struct real now = real_hold(f->path);
	char log[PATH_ROOM];
	if (is_same(&now, &f->real)) {
		real_let_go(&now);
		return;
	}
	file_empty(f);
	for (struct file *was = d->files; was != NULL && now.fd != -1; was = was->next)
		if (was != f && is_same(&was->real, &now)) {
			f->content = was->content;
			was->content = NULL;
			real_let_go(&was->real);
		}
	snprintf(log, sizeof log, "%s-wal", f->path);
	file_empty(file_find(d, log));
	real_let_go(&f->real);
	f->real = now;
}

/* ---- whether a call is let through ----------------------------------------------------------------------------------- */

static bool is_gone(const struct handle *h)
{
	return h->life != h->disk->life || h->disk->died;
}

static bool fails_nth(struct disk *d, enum disk_call call)
{
	if (d->nth.n == 0 || d->nth.call != call)
		return false;
	if (d->nth.n > 1) {
		d->nth.n--;
		return false;
	}
	if (!d->nth.ever_after)
		d->nth.n = 0;
	d->nth.came = true;
	return true;
}

/* Counts down to the process's end. */
static bool dies_now(struct disk *d)
{
	if (d->die_at == 0 || --d->die_at > 0)
		return false;
	d->died = true;
	return true;
}

/* ---- a file's methods ------------------------------------------------------------------------------------------------ */

static int h_close(sqlite3_file *file)
{
	struct handle *h = (struct handle *)file;
	content_release(h->content);
	return SQLITE_OK;
}

static int h_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	struct handle *h = (struct handle *)file;
	const struct image *i = &h->content->written;
	size_t from = (size_t)at, want = (size_t)n, there = from >= i->len ? 0 : i->len - from;
	if (is_gone(h) || fails_nth(h->disk, DISK_READ))
		return SQLITE_IOERR_READ;
	if (chance(h->disk, h->disk->faults.read_fails)) {
		h->disk->counts.failed++;
		return SQLITE_IOERR_READ;
	}
	if (there > want)
		there = want;
	if (there > 0)
		memcpy(to, i->p + from, there);
	memset((uint8_t *)to + there, 0, want - there);
	return there == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static void write_some(struct handle *h, const void *p, size_t n, size_t at)
{
	image_write(&h->content->written, at, p, n);
	keep_pending(h->content, at, p, n);
	note_write(h->disk, at, p, n);
	h->disk->counts.writes++;
}

static bool is_full(const struct handle *h, size_t end)
{
	struct disk *d = h->disk;
	size_t len = h->content->written.len;
	return d->faults.room > 0 && end > len && disk_used(d) + (int64_t)(end - len) > d->faults.room;
}

static int h_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct handle *h = (struct handle *)file;
	struct disk *d = h->disk;
	size_t len = (size_t)n;
	if (is_gone(h))
		return SQLITE_IOERR_WRITE;
	if (dies_now(d)) {
		write_some(h, p, below(d, len / SECTOR + 1) * SECTOR, (size_t)at);
		return SQLITE_IOERR_WRITE;
	}
	if (is_full(h, (size_t)at + len)) {
		d->counts.full++;
		return SQLITE_FULL;
	}
	if (fails_nth(d, DISK_WRITE) || chance(d, d->faults.write_fails)) {
		d->counts.failed++;
		return SQLITE_IOERR_WRITE;
	}
	if (chance(d, d->faults.write_short)) {
		d->counts.short_writes++;
		write_some(h, p, below(d, len), (size_t)at);
		return SQLITE_IOERR_WRITE;
	}
	write_some(h, p, len, (size_t)at);
	return SQLITE_OK;
}

static int h_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct handle *h = (struct handle *)file;
	if (is_gone(h) || dies_now(h->disk) || fails_nth(h->disk, DISK_WRITE))
		return SQLITE_IOERR_TRUNCATE;
	image_size(&h->content->written, (size_t)size);
	keep_pending(h->content, (size_t)size, NULL, 0);
	return SQLITE_OK;
}

static int h_sync(sqlite3_file *file, int flags)
{
	struct handle *h = (struct handle *)file;
	(void)flags;
	if (is_gone(h) || dies_now(h->disk))
		return SQLITE_IOERR_FSYNC;
	if (h->disk->die_at_sync > 0 && --h->disk->die_at_sync == 0) {
		h->disk->died = true;
		return SQLITE_IOERR_FSYNC;
	}
	if (fails_nth(h->disk, DISK_SYNC) || chance(h->disk, h->disk->faults.sync_fails)) {
		h->disk->counts.failed++;
		return SQLITE_IOERR_FSYNC;
	}
	content_sync(h->content);
	note(h->disk, 1);
	h->disk->counts.syncs++;
	return SQLITE_OK;
}

static int h_size(sqlite3_file *file, sqlite3_int64 *out)
{
	struct handle *h = (struct handle *)file;
	*out = (sqlite3_int64)h->content->written.len;
	return is_gone(h) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

/* ---- locks: those of lockingv3.html, between the handles of one process ---------------------------------------------- */

static int take_shared(struct handle *h)
{
	struct content *c = h->content;
	if (c->exclusive || c->pending)
		return SQLITE_BUSY;
	c->shared++;
	h->lock = SQLITE_LOCK_SHARED;
	return SQLITE_OK;
}

static int take_exclusive(struct handle *h)
{
	struct content *c = h->content;
	if (h->lock < SQLITE_LOCK_PENDING) {
		if (c->pending || (c->reserved && h->lock < SQLITE_LOCK_RESERVED))
			return SQLITE_BUSY;
		if (h->lock < SQLITE_LOCK_RESERVED)
			c->reserved = 1;
		c->pending = 1;
		h->lock = SQLITE_LOCK_PENDING;
	}
	if (c->shared > 1)
		return SQLITE_BUSY;
	c->exclusive = 1;
	h->lock = SQLITE_LOCK_EXCLUSIVE;
	return SQLITE_OK;
}

static int h_lock(sqlite3_file *file, int level)
{
	struct handle *h = (struct handle *)file;
	if (is_gone(h))
		return SQLITE_IOERR_LOCK;
	if (level <= h->lock)
		return SQLITE_OK;
	if (level == SQLITE_LOCK_SHARED)
		return take_shared(h);
	if (level == SQLITE_LOCK_EXCLUSIVE)
		return take_exclusive(h);
	if (h->content->reserved)
		return SQLITE_BUSY;
	h->content->reserved = 1;
	h->lock = SQLITE_LOCK_RESERVED;
	return SQLITE_OK;
}

static int h_unlock(sqlite3_file *file, int level)
{
	struct handle *h = (struct handle *)file;
	struct content *c = h->content;
	if (h->life != h->disk->life || level >= h->lock)
		return SQLITE_OK;
	if (h->lock == SQLITE_LOCK_EXCLUSIVE)
		c->exclusive = 0;
	if (h->lock >= SQLITE_LOCK_PENDING)
		c->pending = 0;
	if (h->lock >= SQLITE_LOCK_RESERVED)
		c->reserved = 0;
	if (level == SQLITE_LOCK_NONE)
		c->shared--;
	h->lock = level;
	return SQLITE_OK;
}

static int h_check_lock(sqlite3_file *file, int *out)
{
	*out = ((struct handle *)file)->content->reserved;
	return SQLITE_OK;
}

static int h_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int h_sector(sqlite3_file *file)
{
	(void)file;
	return 4096;
}

static int h_traits(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the system's VFS says */
}

/* ---- shared memory of the log ---------------------------------------------------------------------------------------- */

static int h_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
	struct handle *h = (struct handle *)file;
	*out = NULL;
	if (is_gone(h) || region >= SHM_REGIONS)
		return SQLITE_IOERR_SHMMAP;
	if (h->content->shm[region] == NULL && extend)
		h->content->shm[region] = xcalloc(1, (size_t)size);
	*out = h->content->shm[region];
	return SQLITE_OK;
}

static int shm_unlock(struct handle *h, int at, int n)
{
	for (int i = at; i < at + n; i++) {
		unsigned bit = 1u << i;
		if (h->shm_shared & bit)
			h->content->shm_shared[i]--;
		if (h->shm_exclusive & bit)
			h->content->shm_exclusive[i] = false;
		h->shm_shared &= ~bit;
		h->shm_exclusive &= ~bit;
	}
	return SQLITE_OK;
}

static int h_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
	struct handle *h = (struct handle *)file;
	struct content *c = h->content;
	if (flags & SQLITE_SHM_UNLOCK)
		return h->life == h->disk->life ? shm_unlock(h, at, n) : SQLITE_OK;
	if (is_gone(h))
		return SQLITE_IOERR_SHMLOCK;
	for (int i = at; i < at + n; i++) {
		int others = c->shm_shared[i] - ((h->shm_shared >> i) & 1u ? 1 : 0);
		if (c->shm_exclusive[i] || (flags & SQLITE_SHM_EXCLUSIVE && others > 0))
			return SQLITE_BUSY;
	}
	for (int i = at; i < at + n; i++) {
		unsigned bit = 1u << i;
		if (flags & SQLITE_SHM_EXCLUSIVE) {
			c->shm_exclusive[i] = true;
			h->shm_exclusive |= bit;
		} else if (!(h->shm_shared & bit)) {
			c->shm_shared[i]++;
			h->shm_shared |= bit;
		}
	}
	return SQLITE_OK;
}

static void h_shm_barrier(sqlite3_file *file)
{
	(void)file;
}

/* The memory itself stays until the last handle is closed with its file, or a restart: as on a file system whose -shm
 * file is deleted by name only. */
static int h_shm_unmap(sqlite3_file *file, int delete_it)
{
	struct handle *h = (struct handle *)file;
	if (h->life == h->disk->life)
		shm_unlock(h, 0, SQLITE_SHM_NLOCK);
	if (delete_it)
		drop_shm(h->content);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = h_close,
	.xRead = h_read,
	.xWrite = h_write,
	.xTruncate = h_truncate,
	.xSync = h_sync,
	.xFileSize = h_size,
	.xLock = h_lock,
	.xUnlock = h_unlock,
	.xCheckReservedLock = h_check_lock,
	.xFileControl = h_control,
	.xSectorSize = h_sector,
	.xDeviceCharacteristics = h_traits,
	.xShmMap = h_shm_map,
	.xShmLock = h_shm_lock,
	.xShmBarrier = h_shm_barrier,
	.xShmUnmap = h_shm_unmap,
};

/* ---- the VFS's methods ----------------------------------------------------------------------------------------------- */

static int v_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
	struct disk *d = (struct disk *)vfs;
	struct handle *h = (struct handle *)file;
	struct file *f = path == NULL ? NULL : file_find(d, path);
	*h = (struct handle){.disk = d, .life = d->life};
	if (d->died)
		return SQLITE_CANTOPEN;
	if (path != NULL && f == NULL)
		f = file_make(d, path);
	if (f != NULL && flags & SQLITE_OPEN_MAIN_DB)
		follow_name(d, f);
	if (f != NULL && f->content == NULL && !(flags & SQLITE_OPEN_CREATE) && f->real.fd == -1)
		return SQLITE_CANTOPEN;
	if (f != NULL && f->content == NULL)
		f->content = content_new();
	h->content = f == NULL ? content_new() : f->content;
	if (f != NULL)
		h->content->refs++;
	h->base.pMethods = &methods;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	struct disk *d = (struct disk *)vfs;
	struct file *f = file_find(d, path);
	(void)sync_folder;
	if (d->died || dies_now(d))
		return SQLITE_IOERR_DELETE;
	if (f == NULL || f->content == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	file_empty(f);
	return SQLITE_OK;
}

static int v_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	struct disk *d = (struct disk *)vfs;
	struct file *f = file_find(d, path);
	(void)flags;
	*out = f != NULL && f->content != NULL && f->content->written.len > 0;
	return d->died ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int v_full_path(sqlite3_vfs *vfs, const char *path, int n, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)n, "%s", path) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int v_randomness(sqlite3_vfs *vfs, int n, char *out)
{
	struct disk *d = (struct disk *)vfs;
	for (int i = 0; i < n; i++)
		out[i] = (char)d->dice.draw(d->dice.ctx);
	return n;
}

static int v_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us; /* whoever is waited for is on this thread: the time is over at once */
}

static int v_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	struct disk *d = (struct disk *)vfs;
	return d->system->xCurrentTimeInt64(d->system, out);
}

static int v_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	(void)n;
	(void)out;
	return 0;
}

/* ---- the disk -------------------------------------------------------------------------------------------------------- */

void disk_alone(void)
{
	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
		abort();
}

void disk_chance(uint32_t seed)
{
	sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(seed % INT32_MAX + 1), NULL);
}

struct disk *disk_new(const char *name, struct dice dice)
{
	struct disk *d = xcalloc(1, sizeof *d);
	d->system = sqlite3_vfs_find(NULL);
	d->dice = dice;
	d->life = 1;
	d->vfs = (sqlite3_vfs){.iVersion = 2,
		.szOsFile = sizeof(struct handle),
		.mxPathname = PATH_ROOM - 8,
		.zName = name,
		.xOpen = v_open,
		.xDelete = v_delete,
		.xAccess = v_access,
		.xFullPathname = v_full_path,
		.xRandomness = v_randomness,
		.xSleep = v_sleep,
		.xGetLastError = v_last_error,
		.xCurrentTimeInt64 = v_time};
	if (sqlite3_vfs_register(&d->vfs, 0) != SQLITE_OK)
		abort();
	return d;
}

void disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	sqlite3_vfs_unregister(&d->vfs);
	for (struct file *f; (f = d->files);) {
		d->files = f->next;
		file_empty(f);
		real_let_go(&f->real);
		for (size_t i = 0; i < DISK_SLOTS; i++)
			image_free(&f->kept[i]);
		free(f->path);
		free(f);
	}
	free(d);
}

void disk_fail(struct disk *d, const struct disk_faults *faults)
{
	d->faults = *faults;
}

int64_t disk_used(const struct disk *d)
{
	size_t n = 0;
	for (const struct file *f = d->files; f != NULL; f = f->next)
		if (f->content != NULL)
			n += f->content->written.len;
	return (int64_t)n;
}

void disk_die_at(struct disk *d, int64_t n)
{
	d->die_at = n;
}

void disk_die_at_sync(struct disk *d, int64_t n)
{
	d->die_at_sync = n;
}

void disk_die(struct disk *d)
{
	d->died = true;
}

bool disk_died(const struct disk *d)
{
	return d->died;
}

/* What is still open keeps the old content, of which it sees nothing any more. */
static void succeed(struct file *f)
{
	struct content *old = f->content, *c = content_new();
	c->written = old->written;
	c->synced = old->synced;
	old->written = old->synced = (struct image){.len = 0};
	c->first = old->first;
	c->last = old->first == NULL ? &c->first : old->last;
	old->first = NULL;
	old->last = &old->first;
	f->content = c;
	content_release(old);
}

void disk_restart(struct disk *d, bool power)
{
	for (struct file *f = d->files; f != NULL; f = f->next)
		if (f->content != NULL) {
			if (power)
				content_lose(d, f->content);
			succeed(f);
		}
	d->life++;
	d->died = false;
	d->die_at = d->die_at_sync = 0;
	note(d, d->dice.draw(d->dice.ctx));
	d->counts.deaths++;
	d->counts.power_cuts += power;
}

void disk_fail_nth(struct disk *d, enum disk_call call, int64_t n, bool ever_after)
{
	d->nth.call = call;
	d->nth.n = n;
	d->nth.ever_after = ever_after;
	d->nth.came = false;
}

bool disk_failed_nth(const struct disk *d)
{
	return d->nth.came;
}

void disk_keep(struct disk *d, int slot)
{
	for (struct file *f = d->files; f != NULL; f = f->next) {
		f->was_kept[slot] = f->content != NULL;
		if (f->was_kept[slot])
			image_keep(&f->kept[slot], &f->content->written);
	}
}

void disk_rewind(struct disk *d, int slot)
{
	for (struct file *f = d->files; f != NULL; f = f->next) {
		file_empty(f);
		real_let_go(&f->real);
		f->real = real_hold(f->path);
		if (f->was_kept[slot]) {
			f->content = content_new();
			image_lend(&f->content->written, &f->kept[slot]);
			image_lend(&f->content->synced, &f->kept[slot]);
		}
	}
	d->life++;
	d->died = false;
	d->die_at = d->die_at_sync = 0;
	d->faults = (struct disk_faults){.room = 0};
	d->nth.n = 0;
	d->trace = d->bytes = 0;
}

uint64_t disk_trace(const struct disk *d, bool bytes)
{
	return bytes ? d->trace ^ d->bytes : d->trace;
}

static bool holds(const struct image *i, const char *text)
{
	return i->len > 0 && memmem(i->p, i->len, text, strlen(text)) != NULL;
}

const char *disk_find(const struct disk *d, const char *name, const char *text)
{
	for (const struct file *f = d->files; f != NULL; f = f->next)
		if (strstr(f->path, name) != NULL && f->content != NULL &&
			(holds(&f->content->written, text) || holds(&f->content->synced, text)))
			return f->path;
	return NULL;
}

struct disk_counts disk_counts(const struct disk *d)
{
	return d->counts;
}
