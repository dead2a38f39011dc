/* tests/unit/fault_disk.h: fails the Nth call of one kind, for N = 1, 2, … until what is done needs no Nth call; once, and
 * from then on for ever. What is done is a commit of the store, a put of the desk, a page of the replica, a backup, a
 * decision's way over the net. Each time, three things must hold: what was acknowledged is there once; what was not is not,
 * as long as the process goes on; and when the fault is gone, so is its effect. Allocations that fail end the process.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "tests/unit/fault_disk.h"
#include "tests/unit/in_process.h"

enum { CALLS_MAX = 5000 };

/* ---- a machine ------------------------------------------------------------------------------------------------------- */

struct machine {
	char dir[64];
	struct disk *disk;
	uint64_t seed;
	struct clock clock;
	struct randomness random;
	struct store_options store;
};

static uint64_t roll(void *ctx)
{
	struct machine *m = ctx;
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return m->seed >> 24;
}

static void fill(void *ctx, void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)bytes)[i] = (uint8_t)roll(ctx);
}

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1088100000000;
}

static void good(bool done, const struct error *e)
{
	if (!done)
		fail_msg("%s", e->text);
}

/* Where folders are put, if they can be: in memory, which is quick and gives no inode's number twice; or on a disk. */
static const char *const places[] = {"/dev/shm", "/tmp"};

static void machine_new_at(struct machine *m, size_t place)
{
	*m = (struct machine){.seed = 7};
	snprintf(m->dir, sizeof m->dir, "%s/regie-XXXXXX", places[place]);
	if (!mkdtemp(m->dir)) {
		snprintf(m->dir, sizeof m->dir, "/tmp/regie-XXXXXX");
		assert_non_null(mkdtemp(m->dir));
	}
	m->clock = (struct clock){.now_ms = now, .mono_ms = now, .ctx = m};
	m->random = (struct randomness){.fill = fill, .ctx = m};
	m->disk = disk_new("machine", (struct dice){.draw = roll, .ctx = m});
	m->store = (struct store_options){.dir = m->dir, .vfs = "machine", .clock = &m->clock, .random = &m->random};
	log_set_level(LOG_ERROR);
}

static void machine_new(struct machine *m)
{
	machine_new_at(m, 0);
}

static void machine_free(struct machine *m)
{
	static const char *const names[] = {"event.db", "key", "lock", "desk.db", "sender.lock", "replica.db", "copy.db", "copy.db.part"};
	disk_free(m->disk);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(m->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(m->dir);
}

/* ---- the loop -------------------------------------------------------------------------------------------------------- */

/* `play` does the thing with the fault armed by `arm`, and judges; it calls disk_failed_nth through `came`. */
struct fault { enum disk_call call; int64_t n; bool ever_after; };

static void loop(struct machine *m, const char *what, bool (*play)(struct machine *m, const struct fault *f, bool power))
{
	static const char *const names[] = {"write", "sync", "read"};
	int calls[DISK_CALLS] = {0};
	for (int call = 0; call < DISK_CALLS; call++)
		for (int way = 0; way < 4; way++) {
			struct fault f = {.call = (enum disk_call)call, .ever_after = way & 1};
			do {
				f.n++;
				assert_true(f.n < CALLS_MAX);
			} while (play(m, &f, way & 2));
			calls[call] = (int)f.n - 1;
		}
	print_message("%s: %d %ss, %d %ss, %d %ss\n", what, calls[0], names[0], calls[1], names[1], calls[2], names[2]);
}

static void arm(struct machine *m, const struct fault *f)
{
	disk_fail_nth(m->disk, f->call, f->n, f->ever_after);
}

/* Whether it came to that call; the disk is well afterwards. */
static bool disarm(struct machine *m)
{
	bool came = disk_failed_nth(m->disk);
	disk_fail_nth(m->disk, DISK_WRITE, 0, false);
	return came;
}

/* ---- the store ------------------------------------------------------------------------------------------------------- */

static bool append(struct store *s, const char *text, struct error *e)
{
	struct receipt r;
	struct committed done;
	struct arrival a = {.channel = CH_SMS, .person = key128_of(text, strlen(text)), .source = key128_of(text, strlen(text)), .text = text,
		.name = "", .room = "", .gateway = "", .gateway_id = ""};
	if (!store_begin(s, e))
		return false;
	bool taken = store_append(s, &a, &r, e); /* one that fails leaves it to the commit to say so */
	return store_commit(s, &done, e) && taken;
}

/* The first seat's nth operation. */
static void does(struct store *s, int64_t n, const char *name)
{
	struct error e = {0}, bad = {0};
	struct committed done;
	struct wire_op op = {.n = n, .op = op_by_name(name), .rev = -1};
	struct wire_ops offered = {.client = "0189f7e2-0000-7000-8000-000000000001", .v = &op, .bad = &bad, .n = 1};
	struct wire_verdict v;
	int64_t last;
	good(store_begin(s, &e) && store_apply(s, "1", &offered, &v, &last, &e), &e);
	store_finish(s, false);
	good(store_commit(s, &done, &e), &e);
	assert_int_equal(v.verdict, V_APPLIED);
	wire_verdict_release(&v);
}

static bool collect(void *arg, const struct store_options *o)
{
	struct error e = {0};
	struct committed done;
	struct store *s = store_open(o, &e);
	good(s != NULL && store_begin(s, &e), &e);
	good(store_seat_add(s, "Anne", R_PRODUCER, arg, &e) && store_commit(s, &done, &e), &e);
	does(s, 1, "collect");
	store_close(s);
	return true;
}

static int times(const char *in, const char *what)
{
	int n = 0;
	for (const char *s = in; (s = strstr(s, what)); s++)
		n++;
	return n;
}

static void messages(const struct store_options *o, struct buf *out)
{
	struct error e = {0};
	struct reader *r = reader_open(o, &e);
	good(r != NULL && reader_messages(r, 0, NULL, 0, 100, out, &e), &e);
	reader_close(r);
}

static bool play_store(struct machine *m, const struct fault *f, bool power)
{
	struct error e = {0};
	struct buf there = BUF_INIT;
	disk_rewind(m->disk, 0);
	struct store *s = store_open(&m->store, &e);
	good(s != NULL && append(s, "avant", &e), &e);
	arm(m, f);
	bool kept = append(s, "pendant", &e);
	bool came = disarm(m);
	if (!power)
		good(append(s, "ensuite", &e), &e);
	disk_die(m->disk);
	store_close(s);
	disk_restart(m->disk, true);
	messages(&m->store, &there);
	assert_int_equal(times(there.data, "avant"), 1);
	if (power)
		assert_in_range(times(there.data, "pendant"), kept, 1);
	else
		assert_int_equal(times(there.data, "pendant"), kept);
	assert_int_equal(times(there.data, "ensuite"), !power);
	s = store_open(&m->store, &e); /* and whoever sends again is known */
	good(s != NULL && append(s, "pendant", &e) && append(s, "avant", &e), &e);
	store_close(s);
	buf_reset(&there);
	messages(&m->store, &there);
	assert_int_equal(times(there.data, "pendant"), 1);
	assert_int_equal(times(there.data, "avant"), 1);
	buf_release(&there);
	return came;
}

static void test_a_commit_of_the_store(void **state)
{
	struct machine m;
	struct error e = {0};
	char token[33];
	(void)state;
	machine_new(&m);
	good(store_init(&m.store, "Une heure", "fr", false, &e) && collect(token, &m.store), &e);
	disk_keep(m.disk, 0);
	loop(&m, "a commit", play_store);
	machine_free(&m);
}

/* ---- a backup -------------------------------------------------------------------------------------------------------- */

static bool play_backup(struct machine *m, const struct fault *f, bool power)
{
	struct error e = {0};
	struct buf there = BUF_INIT;
	char *copy = path_join(m->dir, "copy.db"), *part = path_join(m->dir, "copy.db.part");
	(void)power;
	disk_rewind(m->disk, 0);
	struct store *s = store_open(&m->store, &e);
	good(s != NULL && append(s, "avant", &e), &e);
	arm(m, f);
	bool made = store_backup(s, copy, &e);
	bool came = disarm(m);
	assert_int_equal(file_exists(copy), made);
	assert_false(file_exists(part));
	good(made || store_backup(s, copy, &e), &e);
	good(append(s, "ensuite", &e), &e);
	store_close(s);
	messages(&m->store, &there);
	assert_int_equal(times(there.data, "ensuite"), 1);
	buf_release(&there);
	unlink(copy);
	free(copy);
	free(part);
	return came;
}

static void test_a_backup(void **state)
{
	(void)state;
	for (size_t place = 0; place < COUNT_OF(places); place++) {
		struct machine m;
		struct error e = {0};
		char token[33];
		machine_new_at(&m, place);
		good(store_init(&m.store, "Une heure", "fr", false, &e) && collect(token, &m.store), &e);
		disk_keep(m.disk, 0);
		loop(&m, "a backup", play_backup);
		machine_free(&m);
	}
}

/* ---- a purge --------------------------------------------------------------------------------------------------------- */

static bool purge(struct store *s, struct error *e)
{
	struct purged out;
	struct committed done;
	if (!store_begin(s, e))
		return false;
	bool taken = store_purge(s, PURGE_PEOPLE, &out, e); /* one that fails leaves it to the commit to say so */
	return store_commit(s, &done, e) && taken;
}

/* The commit may be whole and the event not to be read again after it. */
static void ask_directory(struct store *s)
{
	struct error e = {0};
	struct directory *d = store_directory(s, &e);
	if (d == NULL)
		assert_true(e.code != ERR_NONE && e.text[0] != '\0');
	else
		assert_int_equal(d->event.state, EV_ENDED);
	directory_free(d);
}

static bool play_purge(struct machine *m, const struct fault *f, bool power)
{
	struct error e = {0};
	struct committed done;
	disk_rewind(m->disk, 0);
	struct store *s = store_open(&m->store, &e);
	good(s != NULL, &e);
	assert_non_null(disk_find(m->disk, "event.db", "avant"));
	arm(m, f);
	bool purged = purge(s, &e);
	ask_directory(s);
	bool came = disarm(m);
	if (!power)
		good(store_begin(s, &e) && store_commit(s, &done, &e), &e); /* it is read again when it can be */
	disk_die(m->disk);
	store_close(s);
	disk_restart(m->disk, power);
	s = store_open(&m->store, &e); /* and who starts anew ends it */
	good(s != NULL, &e);
	assert_false(purged && disk_find(m->disk, "event.db", "avant"));
	good(purge(s, &e), &e);
	ask_directory(s);
	store_close(s);
	assert_null(disk_find(m->disk, "event.db", "avant"));
	return came;
}

static void test_a_purge(void **state)
{
	struct machine m;
	struct error e = {0};
	char token[33];
	(void)state;
	machine_new(&m);
	good(store_init(&m.store, "Une heure", "fr", false, &e) && collect(token, &m.store), &e);
	struct store *s = store_open(&m.store, &e);
	good(s != NULL && append(s, "avant", &e), &e);
	does(s, 2, "end");
	store_close(s);
	disk_keep(m.disk, 0);
	loop(&m, "a purge", play_purge);
	machine_free(&m);
}

/* ---- the desk -------------------------------------------------------------------------------------------------------- */

static bool put_by(bool (*way)(struct desk *d, struct wire_op *op, struct error *e), struct desk *d, const char *words, struct error *e)
{
	struct wire_op op = {.op = op_by_name("say"), .rev = -1};
	op.arg[0] = xstrdup("host");
	op.arg[1] = xstrdup(words);
	bool done = way(d, &op, e);
	wire_op_release(&op);
	return done;
}

static bool put(struct desk *d, const char *words, struct error *e)
{
	return put_by(desk_put, d, words, e);
}

static bool take_words(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	(void)v;
	buf_addf(arg, "%s ", op->arg[1]);
	return true;
}

static struct desk *open_desk(struct machine *m)
{
	struct error e = {0};
	struct desk *d = desk_open(&(struct desk_options){.dir = m->dir, .vfs = "machine", .clock = &m->clock, .random = &m->random}, &e);
	good(d != NULL, &e);
	return d;
}

static bool play_desk(struct machine *m, const struct fault *f, bool power)
{
	struct error e = {0};
	struct buf there = BUF_INIT;
	disk_rewind(m->disk, 0);
	struct desk *d = open_desk(m);
	good(put(d, "avant", &e), &e);
	arm(m, f);
	bool kept = put(d, "pendant", &e), soon = put_by(desk_put_soon, d, "dite", &e);
	bool flushed = desk_set(d, "draft", "un mot", &e) && desk_flush(d, &e), said = flushed;
	bool came = disarm(m);
	if (!power)
		good(put(d, "ensuite", &e), &e);
	disk_die(m->disk);
	desk_close(d);
	disk_restart(m->disk, true);
	d = open_desk(m);
	good(desk_each(d, 0, take_words, &there, &e), &e);
	assert_int_equal(times(there.data, "avant"), 1);
	assert_int_equal(times(there.data, "ensuite"), !power);
	if (power)
		assert_in_range(times(there.data, "pendant"), kept, 1);
	else
		assert_int_equal(times(there.data, "pendant"), kept);
	assert_in_range(times(there.data, "dite"), soon && flushed, power ? 1 : soon);
	char *draft = desk_get(d, "draft");
	assert_true(!said || (draft && !strcmp(draft, "un mot")));
	free(draft);
	desk_close(d);
	buf_release(&there);
	return came;
}

static void test_a_put_of_the_desk(void **state)
{
	struct machine m;
	(void)state;
	machine_new(&m);
	desk_close(open_desk(&m));
	disk_keep(m.disk, 0);
	loop(&m, "a put and a draft", play_desk);
	machine_free(&m);
}

/* ---- the replica ----------------------------------------------------------------------------------------------------- */

#define ROW(id, version) "{\"kind\":\"message\",\"id\":\"" id "\",\"version\":" version ",\"channel\":\"sms\",\"participant\":1,\"at\":1," \
	"\"cluster\":1,\"text\":\"" id "\"}\n"
#define LAST(next, whole) "{\"next\":\"" next "\",\"more\":false,\"time\":1088000000000,\"ready\":true,\"whole\":" whole ",\"event\":\"ev\",\"seat\":\"2\"}\n"
static const char *const pages[] = {ROW("1", "1") ROW("2", "2") LAST("c1", "false"), ROW("3", "3") ROW("4", "4") LAST("c2", "true"),
	ROW("5", "5") LAST("c3", "true")};

static struct replica *open_replica(struct machine *m, const char *boot)
{
	struct error e = {0};
	struct replica *r = replica_open(&(struct replica_options){.dir = m->dir, .vfs = "machine", .boot = boot}, &e);
	good(r != NULL, &e);
	return r;
}

static bool apply(struct replica *r, size_t page, struct error *e)
{
	struct page_info info;
	return replica_apply(r, pages[page], strlen(pages[page]), &info, e);
}

static bool count_message(void *arg, const struct message *m)
{
	(void)m;
	++*(int *)arg;
	return true;
}

/* As many rows as the cursor says: none, or those of the first pages. */
static size_t pages_of(struct replica *r)
{
	static const int rows[] = {0, 2, 4, 5};
	struct error e = {0};
	int n = 0;
	const char *cursor = replica_cursor(r);
	size_t page = cursor[0] == 'c' ? (size_t)(cursor[1] - '0') : 0;
	good(replica_messages(r, &(struct message_query){.state = -1}, count_message, &n, &e), &e);
	assert_int_equal(n, rows[page]);
	return page;
}

static bool play_replica(struct machine *m, const struct fault *f, bool power)
{
	struct error e = {0};
	disk_rewind(m->disk, 0);
	struct replica *r = open_replica(m, "1");
	good(apply(r, 0, &e), &e);
	arm(m, f);
	if (apply(r, 1, &e))
		apply(r, 2, &e);
	bool came = disarm(m);
	if (!power)
		for (size_t page = pages_of(r); page < COUNT_OF(pages); page++) /* as the sync loop asks again */
			good(apply(r, page, &e), &e);
	disk_die(m->disk);
	replica_close(r);
	disk_restart(m->disk, true);
	r = open_replica(m, "2");
	for (size_t page = pages_of(r); page < COUNT_OF(pages); page++)
		good(apply(r, page, &e), &e);
	assert_int_equal(pages_of(r), COUNT_OF(pages));
	replica_close(r);
	return came;
}

static void test_a_page_of_the_replica(void **state)
{
	struct machine m;
	(void)state;
	machine_new(&m);
	replica_close(open_replica(&m, "1"));
	disk_keep(m.disk, 0);
	loop(&m, "two pages", play_replica);
	machine_free(&m);
}

/* ---- twice in a row -------------------------------------------------------------------------------------------------- */

enum { CUTS = 20 }; /* a power cut takes what it likes */

/* A process is killed while its last commit is on its way to the platter; the next one reads it; the machine fails. */
static void kill_a_desk(struct machine *m)
{
	struct error e = {0};
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct desk *d = open_desk(m);
	good(put(d, "avant", &e), &e);
	disk_die_at_sync(m->disk, 1);
	assert_false(put(d, "pendant", &e));
	desk_close(d);
	disk_restart(m->disk, false);
	d = open_desk(m);
	good(desk_flush(d, &e) && desk_each(d, 0, take_words, &before, &e), &e);
	assert_int_equal(times(before.data, "pendant"), 1);
	disk_die(m->disk);
	desk_close(d);
	disk_restart(m->disk, true);
	d = open_desk(m);
	good(desk_each(d, 0, take_words, &after, &e), &e);
	assert_string_equal(after.data, before.data);
	desk_close(d);
	buf_release(&before);
	buf_release(&after);
}

static void test_a_killed_desk_and_a_power_cut(void **state)
{
	struct machine m;
	(void)state;
	machine_new(&m);
	desk_close(open_desk(&m));
	disk_keep(m.disk, 0);
	for (int i = 0; i < CUTS; i++) {
		disk_rewind(m.disk, 0);
		kill_a_desk(&m);
	}
	machine_free(&m);
}

static void kill_a_store(struct machine *m)
{
	struct error e = {0};
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct store *s = store_open(&m->store, &e);
	good(s != NULL && append(s, "avant", &e), &e);
	disk_die_at_sync(m->disk, 1);
	assert_false(append(s, "pendant", &e));
	store_close(s);
	disk_restart(m->disk, false);
	s = store_open(&m->store, &e);
	good(s != NULL, &e);
	messages(&m->store, &before);
	assert_int_equal(times(before.data, "pendant"), 1);
	disk_die(m->disk);
	store_close(s);
	disk_restart(m->disk, true);
	messages(&m->store, &after);
	assert_string_equal(after.data, before.data);
	buf_release(&before);
	buf_release(&after);
}

static void test_a_killed_store_and_a_power_cut(void **state)
{
	struct machine m;
	struct error e = {0};
	char token[33];
	(void)state;
	machine_new(&m);
	good(store_init(&m.store, "Une heure", "fr", false, &e) && collect(token, &m.store), &e);
	disk_keep(m.disk, 0);
	for (int i = 0; i < CUTS; i++) {
		disk_rewind(m.disk, 0);
		kill_a_store(&m);
	}
	machine_free(&m);
}

/* A first load does not wait for the platter: closed in the midst of it, and the power goes. */
static void test_a_torn_first_load(void **state)
{
	struct machine m;
	struct error e = {0};
	(void)state;
	machine_new(&m);
	replica_close(open_replica(&m, "1"));
	disk_keep(m.disk, 0);
	for (int i = 0; i < 300; i++) {
		disk_rewind(m.disk, 0);
		struct replica *r = open_replica(&m, "1");
		good(apply(r, 0, &e), &e);
		replica_close(r);
		disk_restart(m.disk, true);
		r = open_replica(&m, "2");
		for (size_t page = pages_of(r); page < COUNT_OF(pages); page++)
			good(apply(r, page, &e), &e);
		assert_int_equal(pages_of(r), COUNT_OF(pages));
		replica_close(r);
	}
	machine_free(&m);
}

/* ---- the net --------------------------------------------------------------------------------------------------------- */

/* Two decisions, with the nth request on its way, or its answer, lost. Whether it came to that. */
static bool play_net(uint64_t seed, int nth, bool back, bool ever_after)
{
	struct in_process p;
	struct error e = {0};
	struct wire_verdict v;
	static const char *const decisions[] = {"collect", "notice Bonsoir"};
	char token[33];
	in_process_new(&p, seed);
	in_process_seat(&p, "Anne", R_PRODUCER, token);
	in_process_start(&p);
	struct console *c = console_new(&p, token);
	p.faults = (struct faults){.nth = nth, .back = back, .ever_after = ever_after};
	for (int i = 0; i < 20; i++)
		in_process_step(&p, 100);
	int said = 0;
	while (said < 2 && console_do(c, decisions[said], &e)) {
		said++;
		for (int i = 0; i < 20; i++)
			in_process_step(&p, 500);
	}
	bool came = ever_after ? p.faults.nth == 1 : p.faults.nth == 0;
	p.faults = (struct faults){0};
	assert_true(consoles_settled(&p));
	for (; said < 2; said++)
		good(console_do(c, decisions[said], &e) && consoles_settled(&p), &e);
	for (int64_t n = 1; n <= 2; n++) {
		good(desk_verdict(c->desk, n, &v, &e), &e);
		assert_int_equal(v.verdict, V_APPLIED);
		wire_verdict_release(&v);
	}
	assert_int_equal(p.backend->figures.acts, 2);
	assert_int_equal(hub_last(p.backend->hub), 2);
	in_process_free(&p);
	return came;
}

static void test_every_request_lost(void **state)
{
	int n = 0;
	(void)state;
	for (int way = 0; way < 4; way++)
		for (n = 1; n < 200 && play_net(11, n, way & 1, way & 2); n++)
			;
	print_message("two decisions: %d requests\n", n - 1);
	assert_in_range(n, 4, 199);
}

/* ---- memory ---------------------------------------------------------------------------------------------------------- */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static int64_t allocations_left = INT64_MAX;

static bool is_refused(void)
{
	return allocations_left != INT64_MAX && --allocations_left < 0;
}

void *malloc(size_t n)
{
	static void *(*real)(size_t);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "malloc");
	return is_refused() ? NULL : real(n);
}

void *realloc(void *p, size_t n)
{
	static void *(*real)(void *, size_t);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "realloc");
	return is_refused() ? NULL : real(p, n);
}

/* Appends until memory ends; says in `told` what was acknowledged. Never returns. */
static void append_until_it_ends(const struct store_options *o, int told, int64_t allocations)
{
	struct error e = {0};
	struct store *s = store_open(o, &e);
	if (!s || !freopen("/dev/null", "w", stderr))
		_exit(3);
	allocations_left = allocations;
	for (char text = 'a'; text < 'e'; text++)
		if (append(s, (char[]){'<', text, '>', '\0'}, &e) && write(told, &text, 1) != 1)
			_exit(3);
	allocations_left = INT64_MAX;
	_exit(0);
}

/* The nth allocation fails, and all after it. Whether it came to that. */
static bool play_memory(struct machine *m, int64_t n)
{
	int fds[2], status;
	char acknowledged[8] = "";
	struct buf there = BUF_INIT;
	struct store_options o = m->store;
	o.vfs = NULL;
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		append_until_it_ends(&o, fds[1], n - 1);
	close(fds[1]);
	ssize_t len = read(fds[0], acknowledged, sizeof acknowledged - 1);
	for (ssize_t more = len; more > 0 && len < 7; len += more)
		more = read(fds[0], acknowledged + len, (size_t)(7 - len));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 70));
	messages(&o, &there);
	for (ssize_t i = 0; i < len; i++)
		assert_int_equal(times(there.data, (char[]){'<', acknowledged[i], '>', '\0'}), 1);
	buf_release(&there);
	return len < 4;
}

static void test_memory_ends(void **state)
{
	struct machine m;
	struct error e = {0};
	char token[33];
	int64_t n = 1;
	(void)state;
	machine_new(&m);
	m.store.vfs = NULL;
	for (bool goes_on = true; goes_on; n += 1 + n / 40) {
		char *path = path_join(m.dir, "event.db");
		unlink(path);
		free(path);
		good(store_init(&m.store, "Une heure", "fr", false, &e) && collect(token, &m.store), &e);
		goes_on = play_memory(&m, n);
	}
	print_message("four commits: about %lld allocations\n", (long long)n);
	machine_free(&m);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_commit_of_the_store),
		cmocka_unit_test(test_a_backup),
		cmocka_unit_test(test_a_purge),
		cmocka_unit_test(test_a_put_of_the_desk),
		cmocka_unit_test(test_a_page_of_the_replica),
		cmocka_unit_test(test_a_killed_desk_and_a_power_cut),
		cmocka_unit_test(test_a_killed_store_and_a_power_cut),
		cmocka_unit_test(test_a_torn_first_load),
		cmocka_unit_test(test_every_request_lost),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		cmocka_unit_test(test_memory_ends),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
