/* file.h: files we own: read whole, replaced whole, locked. */
#ifndef REGIE_BASE_FILE_H
#define REGIE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "src/base/buf.h"
#include "src/base/error.h"

/* Reads at most `max` bytes; more is ERR_TOO_BIG. "-" is standard input. */
bool file_read(const char *path, size_t max, struct buf *out, struct error *e);
/* Temp file beside it, write, fsync, rename, fsync of the folder. Never leaves half a file. */
bool file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *e);
/* mkdir -p with that mode for what it makes. */
bool file_make_dirs(const char *path, mode_t mode, struct error *e);
bool file_exists(const char *path);
/* Takes an exclusive fcntl/flock lock on `path` (made if missing, mode 0600) without waiting: *fd stays open as long as
 * the lock is held. ERR_BUSY when another process holds it. */
bool file_lock(const char *path, int *fd, struct error *e);
void file_unlock(int *fd);
/* "DIR/NAME" in a fresh string; the caller frees. */
char *path_join(const char *dir, const char *name);

#endif
