/* ui/worker.h: jobs are done in order of urgency, replaced, interrupted, and delivered where they were asked for. */
#include "ui/worker.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/mem.h"

enum { PATIENCE_MS = 20000 };

struct fixture {
	char dir[200];
	struct worker *w;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/worker-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	f->w = worker_new(f->dir, &e);
	if (f->w == NULL)
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "replica.db", "replica.db-wal", "replica.db-shm" };
	struct fixture *f = *state;
	worker_free(f->w);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(f->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

/* What became of the jobs: letters, in the order in which it happened on the interface's thread. */
struct tale {
	struct buf b;
	atomic_int runs; /* times any work began */
};
struct letter {
	struct job job;
	struct tale *tale;
	char name;
	pthread_mutex_t *gate; /* work waits for it */
	bool until_stopped;
};

static bool work(struct job *j, struct replica *r, struct error *e)
{
	struct letter *l = (struct letter *)j;
	struct replica_totals t;
	atomic_fetch_add(&l->tale->runs, 1);
	if (l->gate != NULL) {
		pthread_mutex_lock(l->gate);
		pthread_mutex_unlock(l->gate);
	}
	while (l->until_stopped && !job_stopped(j))
		sched_yield();
	if (job_stopped(j))
		return error_set(e, ERR_BUSY, "the query was interrupted");
	return replica_totals(r, &t, e);
}

static void over(struct job *j, const struct error *failed)
{
	struct letter *l = (struct letter *)j;
	buf_addc(&l->tale->b, l->name);
	if (failed != NULL)
		buf_addc(&l->tale->b, '!');
}

static void drop(struct job *j)
{
	struct letter *l = (struct letter *)j;
	buf_addf(&l->tale->b, "-");
	free(l);
}

static struct letter *letter(struct tale *t, char name)
{
	struct letter *l = xcalloc(1, sizeof *l);
	l->job = (struct job){ .work = work, .over = over, .drop = drop };
	l->tale = t;
	l->name = name;
	return l;
}

static void finish_all(struct worker *w)
{
	for (int i = 0; i < PATIENCE_MS && !worker_idle(w); i += 10)
		for (int s = 0; s < WORKER_SLOTS && !worker_idle(w); s++)
			worker_wait(w, (enum worker_slot)s, 10);
	assert_true(worker_idle(w));
}

static void wait_runs(struct tale *t, int n)
{
	for (int i = 0; atomic_load(&t->runs) < n && i < PATIENCE_MS * 1000; i++)
		sched_yield();
	assert_true(atomic_load(&t->runs) >= n);
}

static void a_job_is_done_and_delivered(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	worker_put(f->w, SLOT_LIST_1, &letter(&t, 'a')->job);
	worker_wait(f->w, SLOT_LIST_1, PATIENCE_MS);
	assert_string_equal(t.b.data, "a-");
	assert_false(worker_busy(f->w, SLOT_LIST_1));
	assert_false(worker_deliver(f->w));
	buf_release(&t.b);
}

static void urgent_slots_go_first(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&gate);
	struct letter *first = letter(&t, 'a');
	first->gate = &gate;
	worker_put(f->w, SLOT_LIST_1, &first->job);
	wait_runs(&t, 1);
	worker_put(f->w, SLOT_MORE, &letter(&t, 'd')->job);
	worker_put(f->w, SLOT_TOTALS, &letter(&t, 'c')->job);
	worker_put(f->w, SLOT_PREVIEW_1, &letter(&t, 'b')->job);
	pthread_mutex_unlock(&gate);
	finish_all(f->w);
	assert_string_equal(t.b.data, "a-b-c-d-");
	buf_release(&t.b);
}

static void a_later_job_replaces_the_one_that_waits(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&gate);
	struct letter *first = letter(&t, 'a');
	first->gate = &gate;
	worker_put(f->w, SLOT_LIST_1, &first->job);
	wait_runs(&t, 1);
	worker_put(f->w, SLOT_LIST_2, &letter(&t, 'b')->job);
	worker_put(f->w, SLOT_LIST_2, &letter(&t, 'c')->job);
	assert_string_equal(t.b.data, "-"); /* b, dropped at once */
	pthread_mutex_unlock(&gate);
	finish_all(f->w);
	assert_string_equal(t.b.data, "-a-c-");
	buf_release(&t.b);
}

static void a_later_job_interrupts_the_one_that_runs(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	struct letter *first = letter(&t, 'a');
	first->until_stopped = true;
	worker_put(f->w, SLOT_LIST_1, &first->job);
	wait_runs(&t, 1);
	assert_true(worker_busy(f->w, SLOT_LIST_1));
	worker_put(f->w, SLOT_LIST_1, &letter(&t, 'b')->job);
	finish_all(f->w);
	assert_string_equal(t.b.data, "-b-");
	buf_release(&t.b);
}

static void what_is_done_but_replaced_is_not_delivered(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	worker_put(f->w, SLOT_LIST_1, &letter(&t, 'a')->job);
	wait_runs(&t, 1);
	worker_put(f->w, SLOT_LIST_1, &letter(&t, 'b')->job);
	finish_all(f->w);
	assert_string_equal(t.b.data, "-b-");
	buf_release(&t.b);
}

static void a_slow_one_gives_way_and_starts_again(void **state)
{
	struct fixture *f = *state;
	struct tale t = { .b = BUF_INIT };
	struct letter *slow = letter(&t, 's');
	slow->until_stopped = true;
	worker_put(f->w, SLOT_COUNT_1, &slow->job);
	wait_runs(&t, 1);
	worker_put(f->w, SLOT_LIST_1, &letter(&t, 'q')->job);
	worker_wait(f->w, SLOT_LIST_1, PATIENCE_MS);
	assert_string_equal(t.b.data, "q-");
	wait_runs(&t, 3); /* it runs again */
	worker_cancel(f->w, SLOT_COUNT_1);
	finish_all(f->w);
	assert_string_equal(t.b.data, "q--");
	buf_release(&t.b);
}

static void it_can_be_ended_in_the_middle(void **state)
{
	struct fixture *f = *state;
	struct error e = { 0 };
	struct tale t = { .b = BUF_INIT };
	struct letter *slow = letter(&t, 's');
	slow->until_stopped = true;
	worker_put(f->w, SLOT_LIST_1, &slow->job);
	worker_put(f->w, SLOT_LIST_2, &letter(&t, 'b')->job);
	worker_free(f->w);
	assert_string_equal(t.b.data, "--");
	f->w = worker_new(f->dir, &e);
	assert_non_null(f->w);
	buf_release(&t.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_job_is_done_and_delivered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(urgent_slots_go_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_later_job_replaces_the_one_that_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_later_job_interrupts_the_one_that_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_done_but_replaced_is_not_delivered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slow_one_gives_way_and_starts_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_can_be_ended_in_the_middle, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("ui_worker", tests, NULL, NULL);
}
