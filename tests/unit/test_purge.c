/* data/store.h: what was purged is in no record, no row, no broadcast, no file and no memory; what is counted stays. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/db.h"
#include "data/store.h"
#include "data/store_private.h"
#include "src/base/file.h"
#include "src/base/mem.h"

/* ---- an evening -------------------------------------------------------------------------------------------------- */

enum { HOST = 1, WEB, SCRIBE };
static const char CLIENT[] = "0189f7e2-0000-7000-8000-00000000000";

struct bed {
	char dir[40];
	struct store *s;
	struct store_options o;
	struct clock clock;
	int64_t now, n[4];
	struct error e;
	struct committed c;
	char receipt[33];
};

static int64_t bed_now(void *ctx)
{
	return ((struct bed *)ctx)->now;
}

static void good(const struct bed *b, bool done)
{
	if (!done)
		fail_msg("%s", b->e.text);
}

static void begin(struct bed *b)
{
	good(b, store_begin(b->s, &b->e));
}

static void commit(struct bed *b)
{
	good(b, store_commit(b->s, &b->c, &b->e));
}

/* One operation as a batch of its own; the verdict's sentence, owned by the caller. */
static char *offer(struct bed *b, int seat, const char *op, const char *args, enum verdict *verdict)
{
	struct buf body = BUF_INIT;
	struct wire_ops offered;
	struct wire_verdict v;
	char id[ID_MAX];
	int64_t last;
	b->now += 1000;
	id_from_number(id, seat);
	buf_addf(&body, "{\"client\":\"%s%d\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}", CLIENT, seat,
		(long long)++b->n[seat], op, (long long)b->now, args);
	good(b, wire_read_ops(body.data, body.len, &offered, &b->e));
	begin(b);
	good(b, store_apply(b->s, id, &offered, &v, &last, &b->e));
	store_finish(b->s, false);
	commit(b);
	*verdict = v.verdict;
	char *text = xstrdup(v.text);
	wire_verdict_release(&v);
	wire_ops_release(&offered);
	buf_release(&body);
	return text;
}

static void does(struct bed *b, int seat, const char *op, const char *args)
{
	enum verdict v;
	char *text = offer(b, seat, op, args, &v);
	if (v != V_APPLIED)
		fail_msg("%s: %s", op, text);
	free(text);
}

static void takes(struct bed *b, enum channel channel, uint64_t person, const char *name, const char *text, const char *raw)
{
	struct receipt r;
	struct arrival a = { .channel = channel,
		.person = { 7, person },
		.source = { 9, person },
		.text = text,
		.name = name,
		.room = "",
		.gateway = channel == CH_SMS ? "orange" : "",
		.gateway_id = channel == CH_SMS ? "SECRET-gateway-id" : "",
		.raw = raw,
		.raw_len = raw == NULL ? 0 : strlen(raw) };
	b->now += 1000;
	begin(b);
	good(b, store_append(b->s, &a, &r, &b->e));
	commit(b);
	memcpy(b->receipt, r.receipt, sizeof b->receipt);
}

/* What must go with the people says SECRET, what the room wrote says OURS, what it published of the public's says AIRED. */
static void play(struct bed *b)
{
	does(b, HOST, "collect", "");
	takes(b, CH_WEB, 1, "SECRET-bob", "AIRED le smic ?", "SECRET raw \x01");
	takes(b, CH_WEB, 2, "SECRET-ann", "SECRET de la retraite ?", NULL);
	takes(b, CH_SMS, 3, "", "SECRET par sms", "SECRET raw sms");
	takes(b, CH_WEB, 4, "SECRET-tim", "SECRET jamais lu", NULL);
	does(b, WEB, "prepare", "\"name\":\"smic\",\"title\":\"OURS prepared\",\"words\":\"smic\"");
	does(b, WEB, "label", "\"theme\":\"2\",\"text\":\"OURS label\"");
	does(b, WEB, "accept", "\"source\":[\"message:1\"]");
	does(b, WEB, "accept", "\"source\":[\"theme:2\"]");
	does(b, WEB, "accept", "\"source\":[\"message:3\"],\"text\":\"SECRET reworded\",\"credit\":\"SECRET-credit\"");
	does(b, WEB, "dismiss", "\"target\":[\"message:4\"],\"reason\":\"SECRET insult\"");
	does(b, WEB, "say", "\"to\":\"all\",\"text\":\"SECRET look at bob\"");
	does(b, WEB, "hold", "\"target\":[\"q2\"],\"why\":\"legal\",\"note\":\"SECRET note\"");
	does(b, HOST, "compose", "\"text\":\"OURS composed\"");
	does(b, HOST, "open", "");
	does(b, HOST, "air", "\"question\":\"q1\"");
	does(b, SCRIBE, "publish", "\"text\":\"OURS answer\"");
	does(b, SCRIBE, "publish", "\"text\":\"OURS second\"");
	does(b, HOST, "notice", "\"text\":\"OURS notice\"");
	does(b, HOST, "close", "");
	does(b, HOST, "air", "\"question\":\"q3\"");
	does(b, HOST, "strike", "\"question\":\"q3\"");
}

static void open_store(struct bed *b)
{
	b->s = store_open(&b->o, &b->e);
	good(b, b->s != NULL);
}

static void bed_make(struct bed *b)
{
	char token[33];
	*b = (struct bed){ .now = 1088100000000 };
	b->clock = (struct clock){ .now_ms = bed_now, .mono_ms = bed_now, .ctx = b };
	snprintf(b->dir, sizeof b->dir, "/tmp/regie-purge-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->o = (struct store_options){ .dir = b->dir, .clock = &b->clock };
	good(b, store_init(&b->o, "Une heure", "fr", false, &b->e));
	open_store(b);
	begin(b);
	good(b,
		store_seat_add(b->s, "Hélène", R_HOST, token, &b->e) && store_seat_add(b->s, "Wim", R_WEB, token, &b->e) &&
			store_seat_add(b->s, "Paul", R_SCRIBE, token, &b->e));
	commit(b);
	play(b);
}

static void bed_clear(struct bed *b)
{
	static const char *const names[] = { "event.db", "event.db-wal", "event.db-shm", "key", "lock" };
	store_close(b->s);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(b->dir, names[i]);
		unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(b->dir), 0);
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

static bool in_file(const struct bed *b, const char *name, const char *word)
{
	struct buf all = BUF_INIT;
	char *path = path_join(b->dir, name);
	bool found = file_exists(path) && file_read(path, 1 << 26, &all, NULL) && all.len > 0 &&
		memmem(all.data, all.len, word, strlen(word)) != NULL;
	buf_release(&all);
	free(path);
	return found;
}

static bool on_disk(const struct bed *b, const char *word)
{
	return in_file(b, "event.db", word) || in_file(b, "event.db-wal", word);
}

static bool write_line(void *arg, const struct record *r)
{
	wire_record(arg, r, WIRE_STORE, "fr");
	buf_addc(arg, '\n');
	return true;
}

/* All that the store has in memory of the small kinds. */
static void memory_of(const struct bed *b, struct buf *out)
{
	buf_reset(out);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		memory_world_each(b->s->records, (enum kind)kind, write_line, out);
}

static void pull(struct bed *b, struct reader *r, char cursor[static CURSOR_MAX], struct buf *out)
{
	struct changes_page page;
	buf_reset(out);
	do {
		good(b, reader_changes(r, cursor, 1000, true, out, &page, &b->e));
		memcpy(cursor, page.next, CURSOR_MAX);
	} while (page.more);
}

static bool add_sse(void *arg, const struct live_event *ev)
{
	buf_add(arg, ev->sse, ev->len);
	return true;
}

static void broadcast_of(struct bed *b, struct reader *r, struct buf *out)
{
	buf_reset(out);
	good(b, reader_live(r, add_sse, out, &b->e));
}

static bool purges(struct bed *b, enum purge what)
{
	struct purged p;
	begin(b);
	bool done = store_purge(b->s, what, &p, &b->e);
	if (done) {
		assert_int_equal(p.messages, 4);
		assert_int_equal(p.people, 4);
	}
	commit(b);
	return done;
}

struct find { int64_t number; char id[ID_MAX]; };
static bool find(void *arg, const struct record *r)
{
	struct find *f = arg;
	if (((const struct question *)r)->number == f->number)
		memcpy(f->id, r->id, sizeof f->id);
	return true;
}

static const struct question *question(const struct bed *b, int64_t number)
{
	struct find f = { .number = number };
	memory_world_each(b->s->records, K_QUESTION, find, &f);
	return (const struct question *)memory_world_get(b->s->records, K_QUESTION, f.id);
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void refused_before_the_end(void **state)
{
	struct bed b;
	(void)state;
	bed_make(&b);
	assert_false(purges(&b, PURGE_PEOPLE));
	assert_int_equal(b.e.code, ERR_REFUSED);
	assert_non_null(strstr(b.e.text, "the event is open"));
	assert_non_null(strstr(b.e.text, "\"end\""));
	assert_true(on_disk(&b, "SECRET"));
	does(&b, HOST, "interrupt", "");
	assert_false(purges(&b, PURGE_EVENT));
	assert_non_null(strstr(b.e.text, "interrupted"));
	does(&b, HOST, "resume", "");
	does(&b, HOST, "end", "");
	assert_true(purges(&b, PURGE_PEOPLE));
	bed_clear(&b);
}

static void people_go(void **state)
{
	struct bed b;
	struct buf seen = BUF_INIT;
	char cursor[CURSOR_MAX] = "", question_of[ID_MAX];
	(void)state;
	bed_make(&b);
	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	pull(&b, r, cursor, &seen);
	assert_non_null(strstr(seen.data, "SECRET"));
	assert_non_null(reader_fate(r, b.receipt, question_of, &b.e));
	does(&b, HOST, "end", "");
	struct key128 before = store_pseudonym(b.s, "sms:1");
	int64_t epoch = store_epoch(b.s);
	assert_true(purges(&b, PURGE_PEOPLE));
	assert_true(b.c.purged && b.c.changed);

	assert_false(on_disk(&b, "SECRET"));
	assert_false(store_purge_left(b.dir, &b.e));
	memory_of(&b, &seen);
	assert_null(strstr(seen.data, "SECRET"));
	assert_non_null(strstr(seen.data, "OURS answer"));
	assert_int_equal(b.s->pseudonyms.n, 0);
	assert_int_equal(b.s->sources.n, 0);

	pull(&b, r, cursor, &seen); /* a console that knew it all hears that each is gone */
	assert_null(strstr(seen.data, "SECRET"));
	for (int64_t i = 1; i <= 4; i++) {
		char line[80];
		snprintf(line, sizeof line, "{\"kind\":\"message\",\"id\":\"%lld\"", (long long)i);
		const char *at = strstr(seen.data, line);
		assert_non_null(at);
		assert_non_null(strstr(at, "\"gone\":true"));
	}
	assert_non_null(strstr(seen.data, "[effacé]"));
	assert_int_equal(store_epoch(b.s), epoch);

	broadcast_of(&b, r, &seen);
	assert_null(strstr(seen.data, "SECRET"));
	assert_non_null(strstr(seen.data, "AIRED le smic ?"));
	assert_non_null(strstr(seen.data, "\"credit\":\"par Internet\""));
	assert_non_null(strstr(seen.data, "OURS answer"));
	assert_string_equal(question(&b, 1)->wording, "AIRED le smic ?");
	assert_string_equal(question(&b, 2)->wording, "[effacé]");
	assert_string_equal(question(&b, 3)->wording, "[effacé]"); /* aired and struck */
	assert_string_equal(question(&b, 4)->wording, "OURS composed");

	struct key128 after = store_pseudonym(b.s, "sms:1");
	assert_true(before.hi != after.hi || before.lo != after.lo);
	assert_null(reader_fate(r, b.receipt, question_of, &b.e));
	assert_int_equal(b.e.code, ERR_NOT_FOUND);
	reader_close(r);
	buf_release(&seen);
	bed_clear(&b);
}

static void nothing_brings_them_back(void **state)
{
	static const char *const acts[] = { "4", "6", "7", "9" };
	struct bed b;
	struct buf seen = BUF_INIT;
	(void)state;
	bed_make(&b);
	does(&b, HOST, "end", "");
	assert_true(purges(&b, PURGE_PEOPLE));
	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		enum verdict v;
		char args[32];
		snprintf(args, sizeof args, "\"act\":\"%s\"", acts[i]);
		char *text = offer(&b, WEB, "undo", args, &v);
		assert_int_equal(v, V_REFUSED);
		assert_non_null(strstr(text, "is not known here"));
		free(text);
	}
	store_close(b.s);
	open_store(&b);
	memory_of(&b, &seen);
	assert_null(strstr(seen.data, "SECRET"));
	assert_false(on_disk(&b, "SECRET"));
	does(&b, HOST, "reopen", ""); /* and the event goes on */
	does(&b, HOST, "intake", "\"channel\":\"web\",\"state\":\"on\"");
	takes(&b, CH_WEB, 1, "Bob", "AIRED le smic ?", NULL);
	assert_int_equal(b.s->people, 5);
	assert_int_equal(b.s->messages, 5);
	buf_release(&seen);
	bed_clear(&b);
}

static void all_goes(void **state)
{
	struct bed b;
	struct buf seen = BUF_INIT;
	char cursor[CURSOR_MAX] = "";
	int64_t epoch, number;
	(void)state;
	bed_make(&b);
	does(&b, HOST, "end", "");
	does(&b, HOST, "seal", "");
	assert_true(purges(&b, PURGE_EVENT));
	assert_false(on_disk(&b, "SECRET"));
	assert_false(on_disk(&b, "OURS"));
	assert_false(on_disk(&b, "AIRED"));
	assert_true(on_disk(&b, "Une heure"));
	for (size_t i = 0; i < b.c.n_events; i++)
		assert_null(memmem(b.c.events[i].sse, b.c.events[i].len, "OURS", 4));

	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	pull(&b, r, cursor, &seen);
	assert_null(strstr(seen.data, "OURS"));
	broadcast_of(&b, r, &seen);
	assert_null(strstr(seen.data, "OURS"));
	assert_null(strstr(seen.data, "AIRED"));
	assert_non_null(strstr(seen.data, "event: retraction"));
	buf_reset(&seen);
	good(&b, reader_transcript(r, "Main", &seen, &epoch, &number, &b.e));
	assert_non_null(strstr(seen.data, "\"questions\":[],\"answers\":[],\"segments\":[],\"notices\":[]"));
	memory_of(&b, &seen);
	assert_null(strstr(seen.data, "OURS"));
	assert_int_equal(question(&b, 1)->outcome, OUT_ANSWERED); /* counts stay */
	assert_string_equal(question(&b, 1)->r.did, "purge");
	assert_int_equal(b.s->messages, 4);
	assert_int_equal(b.s->people, 4);
	reader_close(r);
	buf_release(&seen);
	bed_clear(&b);
}

/* What changed by a purge has numbers in the broadcast already: a hub replaces them, and none is skipped. */
static void broadcast_has_no_gap(void **state)
{
	struct bed b;
	(void)state;
	bed_make(&b);
	does(&b, HOST, "end", "");
	int64_t before = b.s->number;
	assert_true(purges(&b, PURGE_PEOPLE));
	assert_int_equal(b.s->number, before);
	assert_true(b.c.n_events > 0);
	for (size_t i = 0; i < b.c.n_events; i++)
		assert_true(b.c.events[i].tombstone && b.c.events[i].number <= before);
	assert_true(purges(&b, PURGE_EVENT));
	for (size_t i = 0; i < b.c.n_events; i++)
		if (!b.c.events[i].tombstone)
			assert_int_equal(b.c.events[i].number, ++before);
	assert_int_equal(b.s->number, before);
	bed_clear(&b);
}

/* A second time changes nothing that consoles would pull but the log's own. */
static void twice_is_once(void **state)
{
	struct bed b;
	(void)state;
	bed_make(&b);
	does(&b, HOST, "end", "");
	assert_true(purges(&b, PURGE_PEOPLE));
	int64_t rev = question(&b, 2)->r.rev, version = question(&b, 2)->r.version;
	assert_true(purges(&b, PURGE_PEOPLE));
	assert_int_equal(question(&b, 2)->r.rev, rev);
	assert_int_equal(question(&b, 2)->r.version, version);
	bed_clear(&b);
}

/* A reader in the midst of something keeps old pages in the log: it is said, and made good at the next chance. */
static void a_reader_in_the_way_is_told(void **state)
{
	struct bed b;
	struct db d = { 0 };
	int64_t n;
	(void)state;
	bed_make(&b);
	does(&b, HOST, "end", "");
	char *path = path_join(b.dir, "event.db");
	good(&b,
		db_open(&d, &(struct db_options){ .path = path }, &b.e) && db_run(&d, "BEGIN", &b.e) &&
			db_int(&d, &b.e, &n, 0, "SELECT count(*) FROM message", ""));
	sqlite3_busy_timeout(b.s->db.handle, 10);
	assert_true(purges(&b, PURGE_PEOPLE));
	assert_true(store_purge_left(b.dir, &b.e));
	assert_non_null(strstr(b.e.text, "again"));
	db_close(&d);
	store_close(b.s);
	open_store(&b);
	assert_false(store_purge_left(b.dir, &b.e));
	assert_false(on_disk(&b, "SECRET"));
	free(path);
	bed_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_before_the_end),
		cmocka_unit_test(people_go),
		cmocka_unit_test(nothing_brings_them_back),
		cmocka_unit_test(all_goes),
		cmocka_unit_test(broadcast_has_no_gap),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(a_reader_in_the_way_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
