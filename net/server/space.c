#include "net/server/space.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/log.h"

static const int64_t MB = INT64_C(1) << 20;
enum { LOW_MB = 1024, LOW_PART = 20, STOP_MB = 256, STOP_PART = 8, RELEASE_MB = 16 };

static bool measure_disk(void *ctx, const char *dir, int64_t *left, int64_t *total)
{
	struct statvfs disk;
	(void)ctx;
	if (statvfs(dir, &disk))
		return false;
	*left = (int64_t)(disk.f_bavail * disk.f_frsize);
	*total = (int64_t)(disk.f_blocks * disk.f_frsize);
	return true;
}

static int64_t bound_low(const struct space *s)
{
	int64_t part = s->total / LOW_PART;
	return s->o.low ? s->o.low : part > LOW_MB * MB ? part : LOW_MB * MB;
}

static int64_t bound_stop(const struct space *s)
{
	int64_t part = s->total / STOP_PART;
	return s->o.stop ? s->o.stop : part < STOP_MB * MB ? part : STOP_MB * MB;
}

/* What is below a bound stays there until there is an eighth more: a disk at the edge does not flicker. */
static bool below(const struct space *s, int64_t bound, bool was)
{
	return s->left < (was ? bound + bound / 8 : bound);
}

static void reserve_take(struct space *s)
{
	char *path = path_join(s->dir, "reserve");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	s->reserved = fd >= 0 && fallocate(fd, 0, 0, s->o.reserve) == 0;
	if (fd >= 0)
		close(fd);
	if (!s->reserved) {
		unlink(path);
		s->o.reserve = 0; /* this file system cannot: not tried each second */
	}
	free(path);
}

static void reserve_release(struct space *s)
{
	char *path = path_join(s->dir, "reserve");
	if (unlink(path) == 0)
		log_line(LOG_WARNING, "the disk is full: the space kept for seats and scribe is used now");
	s->reserved = false;
	free(path);
}

void space_begin(struct space *s, const struct space_options *o, const char *dir)
{
	*s = (struct space){ .o = *o, .dir = dir, .left = -1, .total = -1 };
	if (!s->o.measure)
		s->o.measure = measure_disk;
	char *path = path_join(dir, "reserve");
	s->reserved = file_exists(path);
	free(path);
}

static void say(const struct space *s)
{
	static const char *const words[] = { [SPACE_ENOUGH] = "there is space on the disk again: %lld MB",
		[SPACE_LOW] = "the disk is nearly full: %lld MB left; free some space",
		[SPACE_STOPPED] = "the disk is almost full, %lld MB left: nothing more is taken from the public until there is more" };
	log_line(s->level == SPACE_ENOUGH ? LOG_INFO : LOG_WARNING, words[s->level], (long long)(s->left / MB));
}

bool space_look(struct space *s, bool full)
{
	enum space_level was = s->level;
	if (!s->o.measure(s->o.ctx, s->dir, &s->left, &s->total))
		return false;
	s->level = below(s, bound_stop(s), was == SPACE_STOPPED) ? SPACE_STOPPED
		: below(s, bound_low(s), was != SPACE_ENOUGH)    ? SPACE_LOW
								 : SPACE_ENOUGH;
	if (s->reserved && (full || s->left < RELEASE_MB * MB))
		reserve_release(s);
	else if (!s->reserved && s->o.reserve && s->level == SPACE_ENOUGH)
		reserve_take(s);
	if (s->level != was)
		say(s);
	return s->level != was;
}
