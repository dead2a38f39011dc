/* worker.c: one thread, one lock.
 *
 *   put ──▶ waiting[slot] ──▶ running ──▶ done ──▶ deliver
 *             ▲                  │ interrupted for a more urgent one
 *             └──────────────────┘
 *
 * Everything but the queries themselves happens under the lock. The replica listens from the moment a job is the one that
 * runs, so that no interruption is lost, even one that comes before its first query.
 */
#include "ui/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "src/base/mem.h"

enum {
	INDEX_ROWS = 500,    /* of one step: some 10 ms, one commit */
	PUSHED_BACK_MAX = 3, /* a job that gave way so often runs to its end */
	WORKER_CACHE_KB = 2048,
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work; /* something waits, or quit */
	pthread_cond_t ends; /* a job ended */
	struct job *waiting[WORKER_SLOTS];
	struct job *running;
	struct job *done, **done_end;
	bool quit, indexing; /* an index step is under way */
	int64_t indexed;
	bool indexed_all;
	int fd;
	struct replica *replica;
};

bool job_stopped(const struct job *j)
{
	return atomic_load(&j->stop);
}

/* ---- the worker's thread; the lock is held but for the queries --------------------------------------------------- */

static struct job *take_waiting(struct worker *w)
{
	for (int i = 0; i < WORKER_SLOTS; i++)
		if (w->waiting[i] != NULL) {
			struct job *j = w->waiting[i];
			w->waiting[i] = NULL;
			return j;
		}
	return NULL;
}

static void add_done(struct worker *w, struct job *j)
{
	uint64_t one = 1;
	j->next = NULL;
	*w->done_end = j;
	w->done_end = &j->next;
	pthread_cond_broadcast(&w->ends);
	while (write(w->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static void run_job(struct worker *w, struct job *j)
{
	w->running = j;
	atomic_store(&j->stop, false);
	replica_listen(w->replica);
	pthread_mutex_unlock(&w->lock);
	j->why = (struct error){ 0 };
	bool done = j->work(j, w->replica, &j->why);
	pthread_mutex_lock(&w->lock);
	w->running = NULL;
	j->done = done;
	bool gave_way = atomic_load(&j->stop) && !j->cancelled && !w->quit;
	if (gave_way && w->waiting[j->slot] == NULL) {
		j->pushed_back++;
		w->waiting[j->slot] = j;
	} else {
		add_done(w, j);
	}
}

/* False: there is nothing to index now. */
static bool index_some(struct worker *w)
{
	int64_t indexed = 0;
	bool all = false;
	w->indexing = true;
	replica_listen(w->replica);
	pthread_mutex_unlock(&w->lock);
	bool done = replica_whole(w->replica) && replica_index_step(w->replica, INDEX_ROWS, &indexed, &all, NULL);
	pthread_mutex_lock(&w->lock);
	w->indexing = false;
	if (done) {
		w->indexed = indexed;
		w->indexed_all = all;
	}
	return done && !all;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	bool index = true; /* worth a look: at the start, and when a job ran since (something moved) */
	pthread_mutex_lock(&w->lock);
	while (!w->quit) {
		struct job *j = take_waiting(w);
		if (j != NULL) {
			run_job(w, j);
			index = true;
		} else if (index) {
			index = index_some(w);
		} else {
			pthread_cond_wait(&w->work, &w->lock);
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- the interface's thread -------------------------------------------------------------------------------------- */

struct worker *worker_new(const char *dir, struct error *e)
{
	const struct replica_options o = { .dir = dir, .cache_kb = WORKER_CACHE_KB, .mapped = true };
	struct replica *r = replica_open(&o, e);
	if (r == NULL)
		return NULL;
	struct worker *w = xcalloc(1, sizeof *w);
	pthread_condattr_t attr;
	w->replica = r;
	w->done_end = &w->done;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &attr);
	pthread_cond_init(&w->ends, &attr);
	pthread_condattr_destroy(&attr);
	if (w->fd >= 0 && (errno = pthread_create(&w->thread, NULL, worker_main, w)) == 0)
		return w;
	error_errno(e, ERR_IO, "the query thread cannot be started");
	if (w->fd >= 0)
		close(w->fd);
	replica_close(r);
	free(w);
	return NULL;
}

/* The running job is not wanted any more, or not now. */
static void stop_running(struct worker *w)
{
	atomic_store(&w->running->stop, true);
	replica_interrupt(w->replica);
}

static void stop_indexing(struct worker *w)
{
	if (w->indexing)
		replica_index_yield(w->replica);
}

static void free_jobs(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;
		j->drop(j);
		j = next;
	}
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	if (w->running != NULL)
		stop_running(w);
	else
		stop_indexing(w);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	for (int i = 0; i < WORKER_SLOTS; i++)
		if (w->waiting[i] != NULL)
			w->waiting[i]->drop(w->waiting[i]);
	free_jobs(w->done);
	replica_close(w->replica);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->ends);
	close(w->fd);
	free(w);
}

/* What is in that slot is not wanted any more. Returns what waited there: for the caller to drop. */
static struct job *empty_slot(struct worker *w, enum worker_slot slot)
{
	struct job *waited = w->waiting[slot];
	w->waiting[slot] = NULL;
	if (w->running != NULL && w->running->slot == (int)slot) {
		w->running->cancelled = true;
		stop_running(w);
	}
	for (struct job *j = w->done; j != NULL; j = j->next)
		if (j->slot == (int)slot)
			j->cancelled = true;
	return waited;
}

void worker_put(struct worker *w, enum worker_slot slot, struct job *j)
{
	j->next = NULL;
	j->slot = (int)slot;
	j->pushed_back = 0;
	j->cancelled = j->done = false;
	atomic_init(&j->stop, false);
	pthread_mutex_lock(&w->lock);
	struct job *waited = empty_slot(w, slot);
	w->waiting[slot] = j;
	if (w->running != NULL && w->running->slot > (int)slot && w->running->pushed_back < PUSHED_BACK_MAX)
		stop_running(w);
	else
		stop_indexing(w);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	if (waited != NULL)
		waited->drop(waited);
}

void worker_cancel(struct worker *w, enum worker_slot slot)
{
	pthread_mutex_lock(&w->lock);
	struct job *waited = empty_slot(w, slot);
	pthread_mutex_unlock(&w->lock);
	if (waited != NULL)
		waited->drop(waited);
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

static struct job *take_done(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	struct job *j = w->done;
	if (j != NULL && (w->done = j->next) == NULL)
		w->done_end = &w->done;
	pthread_mutex_unlock(&w->lock);
	return j;
}

bool worker_deliver(struct worker *w)
{
	uint64_t count;
	bool any = false;
	while (read(w->fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	for (struct job *j; (j = take_done(w)) != NULL;) {
		if (!j->cancelled) {
			j->over(j, j->done ? NULL : &j->why);
			any = true;
		}
		j->drop(j);
	}
	return any;
}

static bool is_under_way(const struct worker *w, enum worker_slot slot)
{
	return w->waiting[slot] != NULL ||
		(w->running != NULL && w->running->slot == (int)slot && !w->running->cancelled);
}

void worker_wait(struct worker *w, enum worker_slot slot, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&w->lock);
	while (is_under_way(w, slot) && pthread_cond_timedwait(&w->ends, &w->lock, &until) == 0)
		;
	pthread_mutex_unlock(&w->lock);
	worker_deliver(w);
}

bool worker_idle(const struct worker *cw)
{
	struct worker *w = (struct worker *)cw;
	pthread_mutex_lock(&w->lock);
	bool idle = w->running == NULL && w->done == NULL;
	for (int i = 0; i < WORKER_SLOTS; i++)
		idle = idle && w->waiting[i] == NULL;
	pthread_mutex_unlock(&w->lock);
	return idle;
}

bool worker_busy(const struct worker *cw, enum worker_slot slot)
{
	struct worker *w = (struct worker *)cw;
	pthread_mutex_lock(&w->lock);
	bool busy = is_under_way(w, slot);
	for (const struct job *j = w->done; j != NULL; j = j->next)
		busy = busy || (j->slot == (int)slot && !j->cancelled);
	pthread_mutex_unlock(&w->lock);
	return busy;
}

void worker_indexed(const struct worker *cw, int64_t *rows, bool *done)
{
	struct worker *w = (struct worker *)cw;
	pthread_mutex_lock(&w->lock);
	*rows = w->indexed;
	*done = w->indexed_all;
	pthread_mutex_unlock(&w->lock);
}
