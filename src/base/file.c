/* file.c: files are replaced by rename, never edited in place. */
#include "src/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/mem.h"

enum { READ_CHUNK = 65536 };

static bool read_all(int fd, const char *path, size_t max, struct buf *out, struct error *e)
{
	size_t had = 0;

	for (;;) {
		/* One byte past the bound tells a full file from one that is too long. */
		const size_t left = max - had;
		const size_t want = left < READ_CHUNK ? left + 1 : READ_CHUNK;
		const ssize_t n = read(fd, buf_room(out, want), want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, ERR_IO, "cannot read \"%s\"", path);
		if (n == 0)
			return true;
		had += (size_t)n;
		if (had <= max)
			buf_grown(out, (size_t)n);
		if (had > max || out->over) {
			buf_reset(out);
			return error_set(e, ERR_TOO_BIG, "\"%s\" is longer than %zu bytes", path, max);
		}
	}
}

bool file_read(const char *path, size_t max, struct buf *out, struct error *e)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool done;

	buf_reset(out);
	if (fd < 0)
		return error_errno(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open \"%s\"", path);
	done = read_all(fd, is_stdin ? "standard input" : path, max < SIZE_MAX ? max : SIZE_MAX - 1, out, e);
	if (!is_stdin)
		close(fd);
	return done;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		const ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* The folder that holds `path`; the caller frees. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A rename is on the platter once its folder is. */
static bool sync_folder(const char *path, struct error *e)
{
	char *folder = folder_of(path);
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL); /* EINVAL: no syncing of folders there */

	if (!synced)
		error_errno(e, ERR_IO, "cannot sync the folder \"%s\"", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return synced;
}

/* Fills the fresh file behind fd and closes it; errno tells why not. */
static bool fill_and_close(int fd, const void *data, size_t len, mode_t mode)
{
	const bool written = fchmod(fd, mode) == 0 && write_all(fd, data, len) && fsync(fd) == 0;
	const int why = errno;
	const bool closed = close(fd) == 0;

	if (!written)
		errno = why;
	return written && closed;
}

bool file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *e)
{
	struct buf temp = BUF_INIT;
	int fd;
	bool done = false;

	buf_addf(&temp, "%s.XXXXXX", path);
	fd = mkostemp(temp.data, O_CLOEXEC);
	if (fd < 0) {
		error_errno(e, ERR_IO, "cannot make a file beside \"%s\"", path);
		goto out;
	}
	if (!fill_and_close(fd, data, len, mode)) {
		error_errno(e, ERR_IO, "cannot write \"%s\"", path);
		unlink(temp.data);
		goto out;
	}
	if (rename(temp.data, path) < 0) {
		error_errno(e, ERR_IO, "cannot replace \"%s\"", path);
		unlink(temp.data);
		goto out;
	}
	done = sync_folder(path, e);
out:
	buf_release(&temp);
	return done;
}

static bool make_dir(const char *path, mode_t mode, struct error *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return true;
	if (errno != EEXIST)
		return error_errno(e, ERR_IO, "cannot make the folder \"%s\"", path);
	if (stat(path, &st) < 0)
		return error_errno(e, ERR_IO, "cannot look at \"%s\"", path);
	if (!S_ISDIR(st.st_mode))
		return error_set(e, ERR_IO, "\"%s\" is there and is not a folder", path);
	return true;
}

bool file_make_dirs(const char *path, mode_t mode, struct error *e)
{
	char *part = xstrdup(path);
	bool done = true;

	for (char *p = part; done && *p; p++) {
		if (*p != '/' || p == part || p[-1] == '/')
			continue;
		*p = '\0';
		done = make_dir(part, mode, e);
		*p = '/';
	}
	if (done)
		done = make_dir(part, mode, e);
	free(part);
	return done;
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool file_lock(const char *path, int *fd, struct error *e)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return error_errno(e, ERR_IO, "cannot open the lock \"%s\"", path);
	/* flock belongs to this descriptor: no other open and close of the file in this process can drop it. */
	while (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK)
			error_set(e, ERR_BUSY, "\"%s\" is held by another process", path);
		else
			error_errno(e, ERR_IO, "cannot lock \"%s\"", path);
		file_unlock(fd);
		return false;
	}
	return true;
}

void file_unlock(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

char *path_join(const char *dir, const char *name)
{
	const size_t len = strlen(dir);
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s%s%s", dir, len == 0 || dir[len - 1] == '/' ? "" : "/", name);
	return buf_detach(&path);
}
