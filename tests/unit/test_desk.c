/* data/desk.h: what a console alone holds, through kills, copies and two processes at once. */
#include "data/desk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"

struct fixture {
	char dir[200], copy[200];
	struct desk *d;
};

static struct desk *open_desk(const char *dir)
{
	struct error e = { 0 };
	struct desk *d = desk_open(&(struct desk_options){ .dir = dir }, &e);
	if (d == NULL)
		fail_msg("%s", e.text);
	return d;
}

static void make_dir(char dir[static 200])
{
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, 200, "%s/desk-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(dir));
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	make_dir(f->dir);
	make_dir(f->copy);
	f->d = open_desk(f->dir);
	*state = f;
	return 0;
}

static void remove_files(const char *dir)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "sender.lock" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	desk_close(f->d);
	remove_files(f->dir);
	remove_files(f->copy);
	free(f);
	return 0;
}

static int64_t put(struct desk *d, const char *name, const char *arg)
{
	struct error e = { 0 };
	struct wire_op op = { .op = op_by_name(name), .at = 1088000000000, .rev = -1 };
	assert_non_null(op.op);
	if (arg != NULL)
		op.arg[0] = xstrdup(arg);
	if (!desk_put(d, &op, &e))
		fail_msg("%s", e.text);
	int64_t n = op.n;
	wire_op_release(&op);
	return n;
}

static void settle(struct desk *d, int64_t n, enum verdict verdict, const char *act)
{
	struct wire_verdict v = { .n = n, .verdict = verdict, .text = xstrdup("done"), .rev = 4, .number = 7, .at = 99 };
	snprintf(v.act, sizeof v.act, "%s", act);
	snprintf(v.made, sizeof v.made, "made-%d", (int)n);
	snprintf(v.subject, sizeof v.subject, "question:%d", (int)n);
	assert_true(desk_settle(d, &v, NULL));
	wire_verdict_release(&v);
}

static enum verdict verdict_on(struct desk *d, int64_t n)
{
	struct wire_verdict v;
	assert_true(desk_verdict(d, n, &v, NULL));
	enum verdict verdict = v.verdict;
	wire_verdict_release(&v);
	return verdict;
}

/* "1:say:a 2:say:b ": what would be sent. */
static void unsent_are(struct desk *d, const char *want)
{
	struct wire_op v[20];
	struct buf b = BUF_INIT;
	size_t n;
	assert_true(desk_unsent(d, v, COUNT_OF(v), &n, NULL));
	for (size_t i = 0; i < n; i++) {
		buf_addf(&b, "%" PRId64 ":%s:%s ", v[i].n, v[i].op->name, v[i].arg[0] == NULL ? "" : v[i].arg[0]);
		wire_op_release(&v[i]);
	}
	assert_string_equal(b.data, want);
	buf_release(&b);
}

/* ---- operations ------------------------------------------------------------------------------------------------ */

static void operations_wait_in_order(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(desk_unsent_count(f->d), 0);
	assert_int_equal(put(f->d, "accept", "t1"), 1);
	assert_int_equal(put(f->d, "dismiss", "m2"), 2);
	assert_int_equal(put(f->d, "accept", "t3"), 3);
	unsent_are(f->d, "1:accept:t1 2:dismiss:m2 3:accept:t3 ");
	assert_int_equal(desk_unsent_count(f->d), 3);
	struct wire_op one[1];
	size_t n;
	assert_true(desk_unsent(f->d, one, 1, &n, NULL));
	assert_int_equal(n, 1);
	assert_int_equal(one[0].at, 1088000000000);
	assert_int_equal(one[0].rev, -1);
	wire_op_release(&one[0]);
}

/* It has its place among the others, and survives the death of the process that put it. */
static void what_is_put_soon_waits_in_order_too(void **state)
{
	struct fixture *f = *state;
	struct wire_op op = { .op = op_by_name("accept"), .at = 1088000000000, .rev = -1 };
	struct error e = { 0 };
	op.arg[0] = xstrdup("t2");
	put(f->d, "accept", "t1");
	assert_true(desk_put_soon(f->d, &op, &e));
	assert_int_equal(op.n, 2);
	put(f->d, "accept", "t3");
	wire_op_release(&op);
	unsent_are(f->d, "1:accept:t1 2:accept:t2 3:accept:t3 ");
	desk_close(f->d);
	f->d = open_desk(f->dir);
	unsent_are(f->d, "1:accept:t1 2:accept:t2 3:accept:t3 ");
	assert_true(desk_flush(f->d, &e));
}

static void a_verdict_is_kept_once(void **state)
{
	struct fixture *f = *state;
	struct wire_verdict v;
	struct error e = { 0 };
	put(f->d, "accept", "t1");
	put(f->d, "accept", "t2");
	assert_int_equal(verdict_on(f->d, 1), V_NONE);
	settle(f->d, 1, V_REFUSED, "");
	settle(f->d, 1, V_APPLIED, "12");
	settle(f->d, 77, V_APPLIED, "12");
	assert_true(desk_verdict(f->d, 1, &v, NULL));
	assert_int_equal(v.n, 1);
	assert_int_equal(v.verdict, V_REFUSED);
	assert_string_equal(v.text, "done");
	assert_string_equal(v.made, "made-1");
	assert_string_equal(v.subject, "question:1");
	assert_int_equal(v.rev, 4);
	assert_int_equal(v.number, 7);
	assert_int_equal(v.at, 99);
	wire_verdict_release(&v);
	unsent_are(f->d, "2:accept:t2 ");
	assert_false(desk_verdict(f->d, 77, &v, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "the desk holds no operation \"77\"");
}

static void numbers_go_on_after_a_restart(void **state)
{
	struct fixture *f = *state;
	char client[CLIENT_MAX];
	put(f->d, "accept", "t1");
	settle(f->d, 1, V_APPLIED, "5");
	snprintf(client, sizeof client, "%s", desk_client(f->d));
	assert_true(id_is_uuid(client));
	desk_close(f->d);
	f->d = open_desk(f->dir);
	assert_string_equal(desk_client(f->d), client);
	assert_int_equal(put(f->d, "accept", "t2"), 2);
	unsent_are(f->d, "2:accept:t2 ");
}

static void a_desk_belongs_to_one_event_and_seat(void **state)
{
	struct fixture *f = *state;
	struct error e = { 0 };
	assert_string_equal(desk_seat(f->d), "");
	assert_true(desk_bind(f->d, "ev", "3", NULL));
	assert_true(desk_bind(f->d, "ev", "3", NULL));
	assert_string_equal(desk_seat(f->d), "3");
	assert_false(desk_bind(f->d, "ev", "4", &e));
	assert_int_equal(e.code, ERR_REFUSED);
	assert_non_null(strstr(e.text, "belongs to another seat"));
	assert_false(desk_bind(f->d, "other", "3", &e));
	assert_non_null(strstr(e.text, "belongs to another event"));
	assert_string_equal(desk_seat(f->d), "3");
}

static bool see(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	buf_addf(arg, "%" PRId64 ":%s:%d ", op->n, op->op->name, (int)v->verdict);
	return true;
}

static void history_is_newest_first(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	put(f->d, "accept", "t1");
	put(f->d, "dismiss", "t2");
	settle(f->d, 1, V_APPLIED, "5");
	assert_true(desk_each(f->d, 0, see, &b, NULL));
	assert_string_equal(b.data, "2:dismiss:0 1:accept:1 ");
	buf_reset(&b);
	assert_true(desk_each(f->d, 1, see, &b, NULL));
	assert_string_equal(b.data, "2:dismiss:0 ");
	buf_release(&b);
}

/* ---- undo ------------------------------------------------------------------------------------------------------ */

static void undo_walks_back_and_redo_forth(void **state)
{
	struct fixture *f = *state;
	char name[DESK_NAME_MAX];
	assert_int_equal(desk_last_undoable(f->d, false), 0);
	assert_int_equal(desk_last_undoable(f->d, true), 0);
	put(f->d, "accept", "t1");
	settle(f->d, 1, V_APPLIED, "11");
	put(f->d, "accept", "t2");
	settle(f->d, 2, V_REFUSED, "");
	put(f->d, "say", "all");
	settle(f->d, 3, V_APPLIED, "12");
	put(f->d, "accept", "t3");
	assert_int_equal(desk_last_undoable(f->d, false), 4);
	desk_name(f->d, 4, name); /* not answered yet: by its number */
	assert_int_equal(strncmp(name, desk_client(f->d), 36), 0);
	assert_string_equal(name + 36, ":4");
	put(f->d, "undo", name);
	assert_int_equal(desk_last_undoable(f->d, false), 1);
	assert_int_equal(desk_last_undoable(f->d, true), 5);
	desk_name(f->d, 1, name);
	assert_string_equal(name, "11");
	put(f->d, "undo", name);
	assert_int_equal(desk_last_undoable(f->d, false), 0);
	assert_int_equal(desk_last_undoable(f->d, true), 6);
	desk_name(f->d, 6, name);
	put(f->d, "redo", name);
	assert_int_equal(desk_last_undoable(f->d, false), 1);
	assert_int_equal(desk_last_undoable(f->d, true), 5);
	put(f->d, "accept", "t4");
	assert_int_equal(desk_last_undoable(f->d, true), 0);
	assert_int_equal(desk_last_undoable(f->d, false), 8);
	put(f->d, "undo", NULL); /* the last one, whichever */
	assert_int_equal(desk_last_undoable(f->d, false), 1);
	desk_name(f->d, 99, name);
	assert_string_equal(name, "");
}

/* ---- numbers that do not agree --------------------------------------------------------------------------------- */

static void a_known_last_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char client[CLIENT_MAX];
	snprintf(client, sizeof client, "%s", desk_client(f->d));
	put(f->d, "accept", "t1");
	put(f->d, "accept", "t2");
	put(f->d, "accept", "t3");
	settle(f->d, 1, V_APPLIED, "5");
	assert_true(desk_last_is(f->d, 2, NULL)); /* the answer about 2 was lost: it is asked again */
	unsent_are(f->d, "2:accept:t2 3:accept:t3 ");
	assert_string_equal(desk_client(f->d), client);
}

static void an_old_copy_put_back_takes_a_new_client(void **state)
{
	struct fixture *f = *state;
	char client[CLIENT_MAX];
	put(f->d, "accept", "t1");
	settle(f->d, 1, V_APPLIED, "5");
	put(f->d, "accept", "t2");
	put(f->d, "accept", "t3");
	snprintf(client, sizeof client, "%s", desk_client(f->d));
	assert_true(desk_last_is(f->d, 40, NULL));
	assert_string_not_equal(desk_client(f->d), client);
	unsent_are(f->d, "1:accept:t2 2:accept:t3 ");
	settle(f->d, 1, V_APPLIED, "6");
	assert_int_equal(verdict_on(f->d, 2), V_APPLIED); /* the desk's own number stayed */
	assert_int_equal(verdict_on(f->d, 3), V_NONE);
	assert_int_equal(put(f->d, "accept", "t4"), 4);
	unsent_are(f->d, "2:accept:t3 3:accept:t4 ");
}

static void what_a_restored_backend_lacks_is_offered_again(void **state)
{
	struct fixture *f = *state;
	char client[CLIENT_MAX];
	for (int i = 0; i < 4; i++)
		put(f->d, "accept", "t1");
	put(f->d, "dismiss", "t5");
	settle(f->d, 1, V_APPLIED, "5");
	settle(f->d, 2, V_APPLIED, "6");
	settle(f->d, 3, V_REFUSED, "");
	settle(f->d, 4, V_APPLIED, "7");
	snprintf(client, sizeof client, "%s", desk_client(f->d));
	assert_true(desk_last_is(f->d, 1, NULL));
	assert_string_not_equal(desk_client(f->d), client);
	unsent_are(f->d, "1:accept:t1 2:accept:t1 3:dismiss:t5 ");
	assert_int_equal(verdict_on(f->d, 1), V_APPLIED);
	assert_int_equal(verdict_on(f->d, 2), V_NONE);
	assert_int_equal(verdict_on(f->d, 3), V_REFUSED);
}

static void told(struct desk *d, int64_t first, int64_t second)
{
	struct desk_count *v;
	size_t n;
	assert_true(desk_counts(d, &v, &n, NULL));
	assert_true(n >= 1);
	v[0].last = first;
	for (size_t i = 1; i < n; i++)
		v[i].last = i == 1 ? second : 0;
	assert_true(desk_counts_are(d, v, n, NULL));
	free(v);
}

/* An event that is put back again, from an older or a newer backup: earlier client ids count, and names of before. */
static void earlier_clients_are_compared_too(void **state)
{
	struct fixture *f = *state;
	struct desk_count *v;
	size_t n;
	char first[CLIENT_MAX], second[CLIENT_MAX];
	assert_true(desk_counts(f->d, &v, &n, NULL)); /* nothing was settled yet */
	assert_int_equal(n, 0);
	free(v);
	for (int i = 1; i <= 4; i++) {
		char theme[8];
		snprintf(theme, sizeof theme, "t%d", i);
		put(f->d, "accept", theme);
		settle(f->d, i, V_APPLIED, "5");
	}
	snprintf(first, sizeof first, "%s", desk_client(f->d));
	told(f->d, 2, 0);
	snprintf(second, sizeof second, "%s", desk_client(f->d));
	unsent_are(f->d, "1:accept:t3 2:accept:t4 ");
	settle(f->d, 1, V_APPLIED, "8");
	settle(f->d, 2, V_APPLIED, "9");
	assert_true(desk_counts(f->d, &v, &n, NULL));
	assert_int_equal(n, 2);
	assert_string_equal(v[0].client, first);
	assert_string_equal(v[1].client, second);
	free(v);
	told(f->d, 2, 2); /* all is there */
	assert_string_equal(desk_client(f->d), second);
	/* A newer backup of the time before: it knows t3 by its first name, not by its second; t4 it knows by none. */
	told(f->d, 3, 0);
	assert_string_not_equal(desk_client(f->d), second);
	unsent_are(f->d, "1:accept:t4 ");
	settle(f->d, 1, V_APPLIED, "9");
	/* An older one: all but t1 is missing, in the order it was put. */
	told(f->d, 1, 0);
	unsent_are(f->d, "1:accept:t2 2:accept:t3 3:accept:t4 ");
}

/* ---- copies ---------------------------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to, const char *name)
{
	char *source = path_join(from, name), *target = path_join(to, name);
	struct buf b = BUF_INIT;
	if (file_read(source, 1 << 24, &b, NULL))
		assert_true(file_replace(target, b.data, b.len, 0600, NULL));
	buf_release(&b);
	free(source);
	free(target);
}

static void a_copy_sends_nothing_of_the_original(void **state)
{
	struct fixture *f = *state;
	struct wire_verdict v;
	char client[CLIENT_MAX];
	put(f->d, "accept", "t1");
	settle(f->d, 1, V_APPLIED, "5");
	put(f->d, "accept", "t2");
	snprintf(client, sizeof client, "%s", desk_client(f->d));
	copy_file(f->dir, f->copy, "desk.db");
	copy_file(f->dir, f->copy, "desk.db-wal");
	struct desk *copy = open_desk(f->copy);
	assert_string_not_equal(desk_client(copy), client);
	unsent_are(copy, "");
	assert_int_equal(verdict_on(copy, 1), V_APPLIED);
	assert_true(desk_verdict(copy, 2, &v, NULL));
	assert_int_equal(v.verdict, V_VOID);
	assert_string_equal(v.text, "this desk is a copy; the original still holds this operation");
	wire_verdict_release(&v);
	assert_int_equal(put(copy, "accept", "t3"), 3);
	unsent_are(copy, "1:accept:t3 ");
	snprintf(client, sizeof client, "%s", desk_client(copy));
	desk_close(copy);
	copy = open_desk(f->copy); /* from now on it is a desk of its own */
	assert_string_equal(desk_client(copy), client);
	unsent_are(copy, "1:accept:t3 ");
	desk_close(copy);
	unsent_are(f->d, "2:accept:t2 ");
}

static void a_moved_folder_is_the_same_desk(void **state)
{
	struct fixture *f = *state;
	put(f->d, "accept", "t1");
	desk_close(f->d);
	rmdir(f->copy);
	assert_int_equal(rename(f->dir, f->copy), 0);
	f->d = open_desk(f->copy);
	unsent_are(f->d, "1:accept:t1 ");
}

/* ---- values and lock ------------------------------------------------------------------------------------------- */

static void values_are_kept(void **state)
{
	struct fixture *f = *state;
	assert_null(desk_get(f->d, "draft"));
	assert_true(desk_set(f->d, "draft", "Et je le dis aux parents", NULL));
	assert_true(desk_set(f->d, "draft", "Et je le dis aux parents :", NULL));
	assert_true(desk_flush(f->d, NULL));
	assert_true(desk_flush(f->d, NULL));
	desk_close(f->d);
	f->d = open_desk(f->dir);
	char *draft = desk_get(f->d, "draft");
	assert_string_equal(draft, "Et je le dis aux parents :");
	free(draft);
	assert_true(desk_set(f->d, "draft", NULL, NULL));
	assert_null(desk_get(f->d, "draft"));
}

static void one_process_sends(void **state)
{
	struct fixture *f = *state;
	struct desk *other = open_desk(f->dir);
	assert_true(desk_take_sender(f->d));
	assert_true(desk_take_sender(f->d));
	assert_false(desk_take_sender(other));
	desk_yield_sender(f->d);
	assert_true(desk_take_sender(other));
	assert_false(desk_take_sender(f->d));
	desk_close(other);
	assert_true(desk_take_sender(f->d));
}

/* ---- processes ------------------------------------------------------------------------------------------------- */

static void put_until_killed(const char *dir, int out)
{
	struct desk *d = desk_open(&(struct desk_options){ .dir = dir }, NULL);
	while (d != NULL) {
		struct wire_op op = { .op = op_by_name("accept"), .rev = -1 };
		char arg[32];
		op.arg[0] = arg;
		snprintf(arg, sizeof arg, "t%d", (int)getpid());
		if (!desk_put(d, &op, NULL) || write(out, &op.n, sizeof op.n) != sizeof op.n)
			break;
	}
	_exit(1);
}

static pid_t start_putting(const char *dir, int out)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		put_until_killed(dir, out);
	return child;
}

struct last {
	int64_t n;
	size_t seen;
};

static bool descend(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	struct last *l = arg;
	(void)v;
	if (l->seen++ > 0)
		assert_int_equal(op->n, l->n - 1);
	l->n = op->n;
	return true;
}

/* Two processes put, both are killed in the middle of it: what was accepted is there, each number once, without a gap. */
static void nothing_accepted_is_lost(void **state)
{
	struct fixture *f = *state;
	desk_close(f->d);
	int64_t accepted = 0;
	char seen[4096] = { 0 };
	for (int round = 0; round < 8; round++) {
		int fds[2];
		int64_t n;
		assert_int_equal(pipe(fds), 0);
		pid_t a = start_putting(f->dir, fds[1]), b = start_putting(f->dir, fds[1]);
		close(fds[1]);
		for (int i = 0; i < 5 + 7 * round; i++) {
			assert_int_equal(read(fds[0], &n, sizeof n), sizeof n);
			assert_true(n > 0 && n < (int64_t)sizeof seen);
			assert_int_equal(seen[n]++, 0);
			accepted = n > accepted ? n : accepted;
		}
		kill(a, SIGKILL);
		kill(b, SIGKILL);
		while (read(fds[0], &n, sizeof n) == sizeof n) {
			assert_int_equal(seen[n]++, 0);
			accepted = n > accepted ? n : accepted;
		}
		waitpid(a, NULL, 0);
		waitpid(b, NULL, 0);
		close(fds[0]);
		struct desk *d = open_desk(f->dir);
		struct last l = { 0 };
		assert_true(desk_each(d, 0, descend, &l, NULL));
		assert_int_equal(l.n, 1);
		assert_true((int64_t)l.seen >= accepted);
		assert_int_equal(desk_unsent_count(d), l.seen);
		for (int64_t i = 1; i <= (int64_t)l.seen; i++)
			seen[i] = 1; /* put, but killed before it could say so */
		desk_close(d);
	}
	f->d = open_desk(f->dir);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(operations_wait_in_order), WITH(a_verdict_is_kept_once), WITH(numbers_go_on_after_a_restart),
		WITH(what_is_put_soon_waits_in_order_too),
		WITH(a_desk_belongs_to_one_event_and_seat), WITH(history_is_newest_first), WITH(undo_walks_back_and_redo_forth),
		WITH(a_known_last_changes_nothing), WITH(an_old_copy_put_back_takes_a_new_client),
		WITH(what_a_restored_backend_lacks_is_offered_again), WITH(earlier_clients_are_compared_too), WITH(a_copy_sends_nothing_of_the_original),
		WITH(a_moved_folder_is_the_same_desk), WITH(values_are_kept), WITH(one_process_sends),
		WITH(nothing_accepted_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
