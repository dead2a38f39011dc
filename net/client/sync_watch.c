/* sync_watch.c: what other processes put into the desk, heard of at once. */
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "net/client/sync_own.h"
#include "src/base/file.h"
#include "src/base/mem.h"

static void *watch_run(void *arg)
{
	struct sync *s = arg;
	struct pollfd fds[] = { { .fd = s->watch.inotify, .events = POLLIN },
		{ .fd = s->watch.stop, .events = POLLIN } };
	char events[4096];
	for (;;) {
		if (poll(fds, COUNT_OF(fds), -1) < 0)
			continue; /* a signal */
		if (fds[1].revents != 0)
			return NULL;
		if (read(s->watch.inotify, events, sizeof events) > 0)
			s->o.transport->wake(s->o.transport);
	}
}

/* The desk's log is what every commit writes; it is there as long as this process has the desk open. */
void sync_watch(struct sync *s)
{
	struct watch *w = &s->watch;
	w->inotify = w->stop = -1;
	if (s->o.watch == NULL)
		return;
	char *path = path_join(s->o.watch, "desk.db-wal");
	w->inotify = inotify_init1(IN_CLOEXEC);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->running = w->inotify >= 0 && w->stop >= 0 && inotify_add_watch(w->inotify, path, IN_MODIFY) >= 0 &&
		pthread_create(&w->thread, NULL, watch_run, s) == 0;
	free(path);
}

void sync_watch_end(struct sync *s)
{
	struct watch *w = &s->watch;
	if (w->running && eventfd_write(w->stop, 1) == 0)
		pthread_join(w->thread, NULL);
	if (w->inotify >= 0)
		close(w->inotify);
	if (w->stop >= 0)
		close(w->stop);
}
