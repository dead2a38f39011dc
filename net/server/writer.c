#include "net/server/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "src/base/mem.h"

enum { BATCH_MAX = 4000 }; /* jobs in one transaction: bounds how long an answer waits for its neighbours */

struct writer {
	struct store *store;
	struct loop *loop;
	void (*batch_over)(void *ctx, struct batch *b);
	void *ctx;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* guards the queue and `stop` */
	pthread_cond_t more;
	struct job *first, **last;
	size_t waiting;
	bool stop;
	size_t under_way; /* jobs put and not yet back; the loop's thread */
	atomic_bool scribe_busy;
	int64_t directory_stamp; /* of the last directory handed over; the writer's thread */
};

struct writer *writer_new(struct store *s, struct loop *l, void (*batch_over)(void *ctx, struct batch *b), void *ctx)
{
	struct writer *w = xcalloc(1, sizeof *w);
	*w = (struct writer){
		.store = s, .loop = l, .batch_over = batch_over, .ctx = ctx, .directory_stamp = store_directory_stamp(s)
	};
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	return w;
}

void writer_put(struct writer *w, struct job *j)
{
	j->next = NULL;
	w->under_way++;
	pthread_mutex_lock(&w->lock);
	*w->last = j;
	w->last = &j->next;
	w->waiting++;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

size_t writer_waiting(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	size_t n = w->waiting;
	pthread_mutex_unlock(&w->lock);
	return n;
}

void writer_scribe_busy(struct writer *w, bool busy)
{
	atomic_store(&w->scribe_busy, busy);
}

/* At most BATCH_MAX jobs off the queue; waits for the first when `wait`. */
static struct job *take(struct writer *w, bool wait)
{
	pthread_mutex_lock(&w->lock);
	while (wait && !w->first && !w->stop)
		pthread_cond_wait(&w->more, &w->lock);
	struct job *list = w->first, **end = &list;
	size_t n = 0;
	while (*end && n < BATCH_MAX) {
		end = &(*end)->next;
		n++;
	}
	w->first = list ? *end : NULL;
	if (list)
		*end = NULL;
	if (!w->first)
		w->last = &w->first;
	w->waiting -= n;
	pthread_mutex_unlock(&w->lock);
	return list;
}

static void keep_events(struct batch *b, const struct committed *c)
{
	b->events = xcalloc(c->n_events + 1, sizeof *b->events);
	for (size_t i = 0; i < c->n_events; i++) {
		const struct live_event *ev = &c->events[i];
		b->events[b->n_events++] =
			(struct batch_event){ ev->number, ev->tombstone, xstrndup(ev->sse, ev->len), ev->len };
	}
}

/* On the loop: viewers first, then the answers. */
static void deliver(void *arg)
{
	struct batch *b = arg;
	struct writer *w = b->writer;
	w->batch_over(w->ctx, b);
	for (struct job *j = b->jobs, *next; j; j = next) {
		next = j->next;
		w->under_way--;
		j->over(j, b->durable ? NULL : &b->error);
	}
	for (size_t i = 0; i < b->n_events; i++)
		free(b->events[i].sse);
	free(b->events);
	directory_free(b->directory);
	free(b);
}

static void run_batch(struct writer *w, struct job *jobs)
{
	struct batch *b = xcalloc(1, sizeof *b);
	struct committed done = { 0 };
	if (store_begin(w->store, &b->error)) {
		for (struct job *j = jobs; j; j = j->next) {
			j->work(j, w->store);
			b->urgent = b->urgent || j->urgent;
		}
		if (store_finish(w->store, atomic_load(&w->scribe_busy)))
			b->urgent = true;
		b->durable = store_commit(w->store, &done, &b->error);
	}
	if (b->durable) {
		b->changed = done.changed;
		b->purged = done.purged;
		b->version = done.version;
		b->checkpoint_due = store_checkpoint_due(w->store);
		keep_events(b, &done);
		if (store_directory_stamp(w->store) != w->directory_stamp) {
			struct error why = { 0 };
			b->directory = store_directory(w->store, &why);
			if (b->directory)
				w->directory_stamp = store_directory_stamp(w->store);
			else /* the old one holds until the next batch */
				log_line(LOG_ERROR, "seats, rooms and gateways were not read: %s", why.text);
		}
	} else {
		log_line(LOG_ERROR, "a batch was not stored: %s", b->error.text);
	}
	store_figures(w->store, &b->figures);
	b->jobs = jobs;
	b->writer = w;
	loop_post(w->loop, deliver, b);
}

bool writer_step(struct writer *w)
{
	struct job *jobs = take(w, false);
	if (jobs)
		run_batch(w, jobs);
	return jobs != NULL;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	for (;;) {
		struct job *jobs = take(w, true);
		if (!jobs)
			return NULL;
		run_batch(w, jobs);
	}
}

static bool start_thread(pthread_t *t, void *(*main)(void *), void *arg, struct error *e)
{
	int failed = pthread_create(t, NULL, main, arg);
	return !failed || error_set(e, ERR_IO, "a thread could not be started: %s", strerror(failed));
}

bool writer_start(struct writer *w, struct error *e)
{
	w->started = start_thread(&w->thread, writer_main, w, e);
	return w->started;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	if (w->started)
		pthread_join(w->thread, NULL);
	while (w->under_way) {
		writer_step(w);
		loop_step(w->loop, 0);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	free(w);
}

/* ---- readers ----------------------------------------------------------------------------------------------------- */

enum { READERS_MAX = 8 };
struct readers {
	struct loop *loop;
	struct reader *reader[READERS_MAX];
	pthread_t thread[READERS_MAX];
	size_t n, started;
	size_t under_way; /* readings put and not yet back; the loop's thread */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct reading *first, **last;
	bool stop, forget[READERS_MAX];
};

struct readers *readers_new(const struct store_options *o, struct loop *l, size_t threads, struct error *e)
{
	struct readers *p = xcalloc(1, sizeof *p);
	p->loop = l;
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	while (p->n < threads && p->n < READERS_MAX && (p->reader[p->n] = reader_open(o, e)))
		p->n++;
	if (p->n == threads)
		return p;
	readers_free(p);
	return NULL;
}

void readers_put(struct readers *p, struct reading *q)
{
	q->next = NULL;
	q->pool = p;
	p->under_way++;
	pthread_mutex_lock(&p->lock);
	*p->last = q;
	p->last = &q->next;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

void readers_forget(struct readers *p)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n; i++)
		p->forget[i] = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
}

/* What waits, or NULL: reader i is to forget, or, when it would have waited, to stop. */
static struct reading *take_reading(struct readers *p, size_t i, bool wait, bool *forget)
{
	pthread_mutex_lock(&p->lock);
	while (wait && !p->first && !p->stop && !p->forget[i])
		pthread_cond_wait(&p->more, &p->lock);
	*forget = p->forget[i];
	p->forget[i] = false;
	struct reading *q = *forget ? NULL : p->first;
	if (q && !(p->first = q->next))
		p->last = &p->first;
	pthread_mutex_unlock(&p->lock);
	return q;
}

static void reading_over(void *arg)
{
	struct reading *q = arg;
	q->pool->under_way--;
	q->over(q);
}

static void run_reading(struct readers *p, struct reading *q, struct reader *r)
{
	q->work(q, r);
	loop_post(p->loop, reading_over, q);
}

bool readers_step(struct readers *p)
{
	bool forget;
	struct reading *q = take_reading(p, 0, false, &forget);
	if (forget)
		reader_forget(p->reader[0]);
	if (q)
		run_reading(p, q, p->reader[0]);
	return q || forget;
}

struct reader_thread {
	struct readers *p;
	size_t i;
};
static void *reader_main(void *arg)
{
	struct reader_thread t = *(struct reader_thread *)arg;
	free(arg);
	for (;;) {
		bool forget;
		struct reading *q = take_reading(t.p, t.i, true, &forget);
		if (forget) {
			reader_forget(t.p->reader[t.i]);
			continue;
		}
		if (!q)
			return NULL;
		run_reading(t.p, q, t.p->reader[t.i]);
	}
}

bool readers_start(struct readers *p, struct error *e)
{
	while (p->started < p->n) {
		struct reader_thread *t = xmalloc(sizeof *t);
		*t = (struct reader_thread){ p, p->started };
		if (!start_thread(&p->thread[p->started], reader_main, t, e)) {
			free(t);
			return false;
		}
		p->started++;
	}
	return true;
}

void readers_free(struct readers *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->started; i++)
		pthread_join(p->thread[i], NULL);
	while (p->under_way) {
		readers_step(p);
		loop_step(p->loop, 0);
	}
	for (size_t i = 0; i < p->n; i++)
		reader_close(p->reader[i]);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->more);
	free(p);
}
