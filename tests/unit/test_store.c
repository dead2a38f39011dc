/* data/store.h: what was committed is there, once, whatever happens; and everybody who follows sees the same. */
#include "data/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/db.h"
#include "data/store_private.h"
#include "src/base/file.h"
#include "src/base/mem.h"

/* ---- an engine of our own, so that grouping is no matter here ------------------------------------------------------ */

/* Stands in for src/themes at the link. The same text is the same cluster; a text that begins with a small q joins the theme
 * that the first of its kind founded. */
struct engine {
	struct strmap clusters;
	uint32_t last, q_theme;
};

struct engine *engine_new(const char *lang)
{
	(void)lang;
	return xcalloc(1, sizeof(struct engine));
}

void engine_free(struct engine *g)
{
	if (g != NULL)
		strmap_release(&g->clusters);
	free(g);
}

struct placing engine_place(struct engine *g, const char *text, int64_t at_ms)
{
	(void)at_ms;
	uint32_t cluster = (uint32_t)(uintptr_t)strmap_get(&g->clusters, text), theme = 0;
	if (cluster != 0)
		return (struct placing){ .cluster = cluster, .theme = text[0] == 'q' ? g->q_theme : cluster };
	cluster = engine_reserve(g);
	strmap_put(&g->clusters, text, (void *)(uintptr_t)cluster);
	if (text[0] == 'q')
		theme = g->q_theme = g->q_theme == 0 ? cluster : g->q_theme;
	return (struct placing){ .cluster = cluster, .theme = theme == 0 ? cluster : theme, .fresh = true };
}

void engine_restore(struct engine *g, const char *text, int64_t at_ms, uint32_t cluster, uint32_t theme)
{
	(void)at_ms;
	(void)theme;
	assert_true(cluster != 0);
	void *was = strmap_put(&g->clusters, text, (void *)(uintptr_t)cluster);
	assert_true(was == NULL || (uintptr_t)was == cluster);
	if (text[0] == 'q' && g->q_theme == 0)
		g->q_theme = cluster;
	engine_reserved(g, cluster);
}

uint32_t engine_reserve(struct engine *g)
{
	return ++g->last;
}

uint32_t engine_next(const struct engine *g)
{
	return g->last + 1;
}

void engine_reserved(struct engine *g, uint32_t number)
{
	g->last = number > g->last ? number : g->last;
}

size_t engine_memory(const struct engine *g)
{
	return sizeof *g;
}

void engine_set_bucket(struct engine *g, uint32_t number)
{
	engine_reserved(g, number);
}

bool engine_step(struct engine *g, struct merging *out)
{
	(void)g;
	(void)out;
	return false;
}

bool engine_merge(struct engine *g, uint32_t theme, uint32_t into, enum by by)
{
	(void)g;
	(void)by;
	return theme != into;
}

void engine_unmerge(struct engine *g, uint32_t theme)
{
	(void)g;
	(void)theme;
}

void engine_refile(struct engine *g, const char *text, uint32_t from, uint32_t to)
{
	(void)g;
	(void)text;
	(void)from;
	(void)to;
}

void engine_point(struct engine *g, uint32_t cluster, uint32_t theme)
{
	(void)g;
	(void)cluster;
	(void)theme;
}

void engine_prepare(struct engine *g, uint32_t theme, const char *title, const char *words, const char *examples)
{
	(void)g;
	(void)theme;
	(void)title;
	(void)words;
	(void)examples;
}

void engine_close(struct engine *g, uint32_t theme)
{
	(void)g;
	(void)theme;
}

void engine_settle(struct engine *g, uint32_t theme, bool settled)
{
	(void)g;
	(void)theme;
	(void)settled;
}

bool engine_lexicon(struct engine *g, const char *text, size_t len, struct error *e)
{
	(void)g;
	(void)text;
	(void)len;
	(void)e;
	return true;
}

/* The longer, the more typical. */
float engine_likeness(struct engine *g, uint32_t theme, const char *text)
{
	(void)g;
	(void)theme;
	return (float)strlen(text);
}

void engine_words(const struct engine *g, uint32_t theme, size_t most, struct buf *out)
{
	(void)g;
	(void)most;
	buf_addf(out, "w%u", theme);
}

/* ---- an event under a seed ------------------------------------------------------------------------------------- */

enum { CLIENTS = 6, EVENTS_KEPT = 400 };
static const char *const clients[CLIENTS] = { "0189f7e2-0000-7000-8000-000000000001",
	"0189f7e2-0000-7000-8000-000000000002", "0189f7e2-0000-7000-8000-000000000003",
	"0189f7e2-0000-7000-8000-000000000004", "0189f7e2-0000-7000-8000-000000000005",
	"0189f7e2-0000-7000-8000-000000000006" };
enum { PRODUCER = 1, SCRIBE, HOST, WEB, OBSERVER }; /* seats, each with the client of its number */

struct bed {
	char dir[40];
	struct store *s;
	struct store_options o;
	struct clock clock;
	struct randomness random;
	uint64_t seed;
	int64_t now;
	int64_t n[CLIENTS + 1];
	struct error e;
	struct wire_verdict v; /* of the last operation */
	struct committed c;
	char *told[EVENTS_KEPT]; /* the broadcast as a hub holds it: [number], replaced by tombstones */
	int64_t last_told;
	size_t new_told; /* by the last commit */
};

static int64_t bed_now(void *ctx)
{
	return ((struct bed *)ctx)->now;
}

static uint64_t draw(struct bed *b)
{
	uint64_t z = b->seed += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void bed_fill(void *ctx, void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)bytes)[i] = (uint8_t)draw(ctx);
}

static void good(const struct bed *b, bool done)
{
	if (!done)
		fail_msg("%s", b->e.text);
}

/* Without fdatasync: nobody pulls the plug here, and a test takes hundreds of commits. */
static void open_store(struct bed *b)
{
	b->s = store_open(&b->o, &b->e);
	good(b, b->s != NULL && db_run(&b->s->db, "PRAGMA synchronous=OFF", &b->e));
}

static void reopen(struct bed *b)
{
	store_close(b->s);
	open_store(b);
}

static void begin(struct bed *b)
{
	good(b, store_begin(b->s, &b->e));
}

static void hear(struct bed *b, const struct live_event *ev)
{
	assert_in_range(ev->number, 1, EVENTS_KEPT - 1);
	if (!ev->tombstone)
		assert_int_equal(ev->number, ++b->last_told);
	b->new_told += !ev->tombstone;
	free(b->told[ev->number]);
	b->told[ev->number] = xstrndup(ev->sse, ev->len);
}

static void commit(struct bed *b)
{
	good(b, store_commit(b->s, &b->c, &b->e));
	b->new_told = 0;
	for (size_t i = 0; i < b->c.n_events; i++)
		hear(b, &b->c.events[i]);
}

static void add_seats(struct bed *b)
{
	char token[33];
	begin(b);
	good(b,
		store_seat_add(b->s, "Anne", R_PRODUCER, token, &b->e) &&
			store_seat_add(b->s, "Paul", R_SCRIBE, token, &b->e) &&
			store_seat_add(b->s, "Hélène", R_HOST, token, &b->e) &&
			store_seat_add(b->s, "Wim", R_WEB, token, &b->e) &&
			store_seat_add(b->s, "Olga", R_OBSERVER, token, &b->e));
	commit(b);
}

static void bed_make(struct bed *b, uint64_t seed)
{
	*b = (struct bed){ .seed = seed, .now = 1088100000000 };
	b->clock = (struct clock){ .now_ms = bed_now, .mono_ms = bed_now, .ctx = b };
	b->random = (struct randomness){ .fill = bed_fill, .ctx = b };
	snprintf(b->dir, sizeof b->dir, "/tmp/regie-store-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->o = (struct store_options){ .dir = b->dir, .clock = &b->clock, .random = &b->random };
	good(b, store_init(&b->o, "Une heure", "fr", false, &b->e));
	open_store(b);
	add_seats(b);
}

static void remove_dir(const char *dir)
{
	static const char *const names[] = { "event.db", "event.db-wal", "event.db-shm", "key", "lock", "copy.db",
		"copy.db.part" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(dir, names[i]);
		unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void bed_clear(struct bed *b)
{
	store_close(b->s);
	wire_verdict_release(&b->v);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(b->told[i]);
	remove_dir(b->dir);
}

/* Offers one operation of a seat under number n; b->v is its verdict. */
static bool offer(struct bed *b, int seat, int64_t n, const char *op, const char *args, int64_t *last)
{
	struct buf body = BUF_INIT;
	struct wire_ops offered;
	char id[ID_MAX];
	id_from_number(id, seat);
	buf_addf(&body, "{\"client\":\"%s\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}",
		clients[seat - 1], (long long)n, op, (long long)b->now, args);
	good(b, wire_read_ops(body.data, body.len, &offered, &b->e));
	wire_verdict_release(&b->v);
	bool done = store_apply(b->s, id, &offered, &b->v, last, &b->e);
	wire_ops_release(&offered);
	buf_release(&body);
	return done;
}

/* One operation within an open batch. */
static enum verdict act(struct bed *b, int seat, const char *op, const char *args)
{
	int64_t last;
	b->now += 700;
	good(b, offer(b, seat, ++b->n[seat], op, args, &last));
	return b->v.verdict;
}

/* One operation as a batch of its own, which must be applied. */
static void does(struct bed *b, int seat, const char *op, const char *args)
{
	begin(b);
	if (act(b, seat, op, args) != V_APPLIED)
		fail_msg("%s: %s", op, b->v.text);
	commit(b);
}

static void is_refused(struct bed *b, int seat, const char *op, const char *args, const char *text)
{
	begin(b);
	assert_int_equal(act(b, seat, op, args), V_REFUSED);
	if (text != NULL)
		assert_string_equal(b->v.text, text);
	commit(b);
}

static struct arrival sms(uint64_t person, uint64_t source, const char *text)
{
	return (struct arrival){ .channel = CH_SMS,
		.person = { person == 0 ? 0 : 7, person },
		.source = { source == 0 ? 0 : 9, source },
		.text = text,
		.name = "",
		.room = "",
		.gateway = "orange",
		.gateway_id = "" };
}

static int64_t takes(struct bed *b, uint64_t person, uint64_t source, const char *text)
{
	struct arrival a = sms(person, source, text);
	struct receipt r;
	begin(b);
	good(b, store_append(b->s, &a, &r, &b->e));
	commit(b);
	return r.id;
}

/* ---- what a console knows -------------------------------------------------------------------------------------- */

struct console {
	struct reader *r;
	struct memory_world *known;
	char cursor[CURSOR_MAX];
	bool unsealed;
	struct changes_page page;
};

static void console_open(struct bed *b, struct console *k)
{
	*k = (struct console){ .r = reader_open(&b->o, &b->e), .known = memory_world_new() };
	good(b, k->r != NULL);
}

static void console_close(struct console *k)
{
	reader_close(k->r);
	memory_world_free(k->known);
}

static void console_page(struct bed *b, struct console *k, size_t limit)
{
	struct buf out = BUF_INIT;
	good(b, reader_changes(k->r, k->cursor, limit, k->unsealed, &out, &k->page, &b->e));
	assert_true(k->page.rows <= limit);
	size_t rows = 0;
	for (char *line = out.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, rows++) {
		struct record *r = wire_read_record(line, (size_t)(end - line), &b->e);
		good(b, r != NULL);
		memory_world_put(k->known, r);
	}
	assert_int_equal(rows, k->page.rows);
	memcpy(k->cursor, k->page.next, sizeof k->cursor);
	buf_release(&out);
}

static void console_pull(struct bed *b, struct console *k, size_t limit)
{
	do
		console_page(b, k, limit);
	while (k->page.more);
	assert_true(k->page.whole);
}

static bool write_line(void *arg, const struct record *r)
{
	wire_record(arg, r, WIRE_STORE, "fr");
	buf_addc(arg, '\n');
	return true;
}

static void console_dump(const struct console *k, struct buf *out)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		memory_world_each(k->known, (enum kind)kind, write_line, out);
}

static void same_knowledge(const struct console *a, const struct console *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	console_dump(a, &x);
	console_dump(b, &y);
	assert_string_equal(x.data, y.data);
	buf_release(&x);
	buf_release(&y);
}

/* ---- counts by brute force ------------------------------------------------------------------------------------- */

struct recount {
	const struct memory_world *known;
	const char *theme;
	int64_t web, sms, last_at;
	struct ids people_web, people_sms;
	int64_t times[4000];
	size_t n;
};

static bool is_under(const struct recount *c, const char *theme)
{
	char at[ID_MAX];
	for (snprintf(at, sizeof at, "%s", theme); at[0] != '\0';) {
		if (strcmp(at, c->theme) == 0)
			return true;
		const struct theme *t = (const struct theme *)memory_world_get(c->known, K_THEME, at);
		snprintf(at, sizeof at, "%s", t == NULL || t->r.gone ? "" : t->into);
	}
	return false;
}

static bool recount_message(void *arg, const struct record *r)
{
	struct recount *c = arg;
	const struct message *m = (const struct message *)r;
	char cluster[ID_MAX], person[ID_MAX];
	if (m->cluster == 0)
		return true;
	id_from_number(cluster, m->cluster);
	const struct cluster *p = (const struct cluster *)memory_world_get(c->known, K_CLUSTER, cluster);
	if (!is_under(c, p == NULL || p->r.gone ? cluster : p->theme))
		return true;
	id_from_number(person, m->participant);
	ids_add(m->channel == CH_WEB ? &c->people_web : &c->people_sms, person);
	*(m->channel == CH_WEB ? &c->web : &c->sms) += 1;
	c->last_at = m->at > c->last_at ? m->at : c->last_at;
	c->times[c->n++] = m->at;
	return true;
}

static void recount_rise(const struct recount *c, struct buf *out)
{
	for (int i = 0; i < RISE_BINS; i++) {
		int64_t minute = c->last_at / 60000 - (RISE_BINS - 1 - i), n = 0;
		for (size_t j = 0; j < c->n; j++)
			n += c->times[j] / 60000 == minute;
		buf_addf(out, i == 0 ? "%lld" : ",%lld", (long long)n);
	}
}

static bool check_theme(void *arg, const struct record *r)
{
	const struct memory_world *known = arg;
	struct recount *c = xcalloc(1, sizeof *c);
	struct buf rise = BUF_INIT;
	c->known = known;
	c->theme = r->id;
	memory_world_each(known, K_MESSAGE, recount_message, c);
	const struct count *said = (const struct count *)memory_world_get(known, K_COUNT, r->id);
	if (said == NULL) { /* prepared, nothing in it yet */
		assert_int_equal(c->n, 0);
	} else {
		recount_rise(c, &rise);
		assert_int_equal(said->web, c->web);
		assert_int_equal(said->sms, c->sms);
		assert_int_equal(said->people_web, (int64_t)c->people_web.n);
		assert_int_equal(said->people_sms, (int64_t)c->people_sms.n);
		assert_int_equal(said->people, (int64_t)(c->people_web.n + c->people_sms.n));
		assert_int_equal(said->last_at, c->last_at);
		assert_string_equal(said->rise, rise.data);
	}
	ids_clear(&c->people_web);
	ids_clear(&c->people_sms);
	buf_release(&rise);
	free(c);
	return true;
}

static void check_counts(const struct console *k)
{
	memory_world_each(k->known, K_THEME, check_theme, k->known);
}

/* ---- making and opening ---------------------------------------------------------------------------------------- */

static void an_event_is_made_once(void **state)
{
	(void)state;
	struct bed b;
	struct stat st;
	bed_make(&b, 1);
	char *key = path_join(b.dir, "key"), want[200];
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(key);
	store_close(b.s);
	b.s = NULL;
	assert_false(store_init(&b.o, "Autre", "fr", false, &b.e));
	assert_int_equal(b.e.code, ERR_REFUSED);
	snprintf(want, sizeof want, "\"%s\" holds an event already; choose another directory", b.dir);
	assert_string_equal(b.e.text, want);
	assert_false(store_init(&b.o, "", "fr", false, &b.e));
	assert_int_equal(b.e.code, ERR_USAGE);
	bed_clear(&b);
}

static void no_event_is_said_so(void **state)
{
	(void)state;
	struct error e;
	struct store_options o = { .dir = "/tmp/regie-no-such-event" };
	assert_null(store_open(&o, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "\"/tmp/regie-no-such-event\" holds no event; make one with init");
	assert_null(reader_open(&o, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* Another process: locks belong to processes. */
static void one_process_writes(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 2);
	pid_t child = fork();
	if (child == 0) {
		struct error e = { .code = ERR_NONE };
		struct store *s = store_open(&b.o, &e);
		_exit(s == NULL && e.code == ERR_BUSY && strstr(e.text, "another process serves or writes") != NULL
				? 0
				: 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	bed_clear(&b);
}

static void a_newer_schema_is_refused_politely(void **state)
{
	(void)state;
	struct bed b;
	struct db d;
	char want[300];
	bed_make(&b, 3);
	store_close(b.s);
	b.s = NULL;
	char *path = store_file(b.dir);
	good(&b, db_open(&d, &(struct db_options){ .path = path }, &b.e) && db_run(&d, "PRAGMA user_version=99", &b.e));
	db_close(&d);
	assert_null(store_open(&b.o, &b.e));
	assert_int_equal(b.e.code, ERR_NEWER);
	snprintf(want, sizeof want,
		"\"%s\" was made by a newer version of Régie (schema 99, this one knows %d); use that version", path,
		store_migrations[store_migrations_n - 1].version);
	assert_string_equal(b.e.text, want);
	free(path);
	bed_clear(&b);
}

static void schema_of(struct bed *b, struct db *d, struct buf *out)
{
	bool failed;
	sqlite3_stmt *q = db_query(d, &b->e, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", "");
	good(b, q != NULL);
	while (db_row(d, q, &failed, &b->e))
		buf_addf(out, "%s\n", col_text(q, 0));
	good(b, !failed);
	db_end(q);
}

/* From every version to the newest gives the schema of a fresh file; a migration that fails leaves nothing of it. */
static void migrations_lead_to_one_schema(void **state)
{
	(void)state;
	static const struct migration later[] = { { 1, "a", "CREATE TABLE a(x)" },
		{ 2, "b", "CREATE TABLE b(x); CREATE INDEX c ON b(x)" }, { 3, "c", "ALTER TABLE a ADD COLUMN y" } };
	static const struct migration wrong[] = { { 1, "a", "CREATE TABLE a(x)" },
		{ 2, "b", "CREATE TABLE b(x); CREATE TABLE a(x)" } };
	struct bed b = { .seed = 1 };
	struct buf fresh = BUF_INIT, risen = BUF_INIT;
	struct db d, f;
	int version;
	char dir[] = "/tmp/regie-store-XXXXXX";
	assert_non_null(mkdtemp(dir));
	char *one = path_join(dir, "event.db"), *two = path_join(dir, "copy.db");
	good(&b,
		db_open(&f, &(struct db_options){ .path = one, .make = true }, &b.e) && db_migrate(&f, later, 3, &b.e));
	good(&b,
		db_open(&d, &(struct db_options){ .path = two, .make = true }, &b.e) && db_migrate(&d, later, 1, &b.e));
	assert_false(db_migrate(&d, wrong, 2, &b.e));
	assert_non_null(strstr(b.e.text, "the change \"b\" of the schema could not be made: "));
	good(&b, db_version(&d, &version, &b.e));
	assert_int_equal(version, 1);
	good(&b, db_migrate(&d, later, 2, &b.e) && db_migrate(&d, later, 3, &b.e) && db_migrate(&d, later, 3, &b.e));
	schema_of(&b, &f, &fresh);
	schema_of(&b, &d, &risen);
	assert_string_equal(fresh.data, risen.data);
	db_close(&d);
	db_close(&f);
	unlink(one);
	unlink(two);
	free(one);
	free(two);
	assert_int_equal(rmdir(dir), 0);
	buf_release(&fresh);
	buf_release(&risen);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static void a_shut_intake_answers_and_keeps_nothing(void **state)
{
	(void)state;
	struct bed b;
	struct receipt r;
	struct arrival a = sms(1, 1, "Pourquoi ?"), early = a;
	early.advance = true;
	bed_make(&b, 4);
	begin(&b);
	assert_false(store_append(b.s, &a, &r, &b.e));
	assert_int_equal(b.e.code, ERR_REFUSED);
	assert_string_equal(b.e.text, "questions are not being taken yet");
	commit(&b);
	assert_false(b.c.changed);
	begin(&b);
	good(&b, store_append(b.s, &early, &r, &b.e));
	commit(&b);
	does(&b, PRODUCER, "collect", "");
	does(&b, PRODUCER, "intake", "\"channel\":\"sms\",\"state\":\"off\"");
	begin(&b);
	a.source.lo = 2;
	assert_false(store_append(b.s, &a, &r, &b.e));
	assert_int_equal(r.taken, TAKEN_NOT);
	assert_string_equal(b.e.text, "questions are not being taken by SMS at the moment");
	a.channel = CH_WEB;
	good(&b, store_append(b.s, &a, &r, &b.e));
	assert_int_equal(r.taken, TAKEN);
	assert_int_equal(r.id, 2);
	commit(&b);
	struct store_figures f;
	store_figures(b.s, &f);
	assert_int_equal(f.messages, 2);
	assert_int_equal(f.not_kept, 2);
	bed_clear(&b);
}

static void a_repeat_is_stored_once_across_restarts(void **state)
{
	(void)state;
	struct bed b;
	struct receipt first, again;
	struct arrival a = sms(5, 77, "Et l'école ?");
	bed_make(&b, 5);
	does(&b, PRODUCER, "collect", "");
	begin(&b);
	good(&b, store_append(b.s, &a, &first, &b.e) && store_append(b.s, &a, &again, &b.e));
	commit(&b);
	assert_int_equal(again.taken, TAKEN_BEFORE);
	assert_int_equal(again.id, first.id);
	assert_string_equal(again.receipt, first.receipt);
	reopen(&b);
	begin(&b);
	good(&b, store_append(b.s, &a, &again, &b.e));
	commit(&b);
	assert_int_equal(again.taken, TAKEN_BEFORE);
	assert_string_equal(again.receipt, first.receipt);
	struct store_figures f;
	store_figures(b.s, &f);
	assert_int_equal(f.messages, 1);
	assert_int_equal(f.people, 1);
	bed_clear(&b);
}

static void stop_is_obeyed_whatever_the_intake_says(void **state)
{
	(void)state;
	struct bed b;
	struct receipt r;
	struct arrival a = sms(3, 0, "STOP");
	a.service = SV_STOP;
	bed_make(&b, 6);
	begin(&b);
	good(&b, store_append(b.s, &a, &r, &b.e) && store_append(b.s, &a, &r, &b.e));
	commit(&b);
	reopen(&b);
	const struct world *w = store_world(b.s);
	assert_true(((const struct participant *)world_get(w, K_PARTICIPANT, "1"))->stopped);
	assert_int_equal(((const struct message *)world_get(w, K_MESSAGE, "1"))->cluster, 0);
	assert_null(world_get(w, K_PARTICIPANT, "2"));
	bed_clear(&b);
}

static void a_muted_participant_is_set_aside(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 7);
	does(&b, PRODUCER, "collect", "");
	takes(&b, 1, 0, "Publicité");
	does(&b, WEB, "mute", "\"person\":\"1\"");
	reopen(&b);
	assert_int_equal(takes(&b, 1, 0, "Publicité !"), 2);
	const struct world *w = store_world(b.s);
	assert_false(((const struct message *)world_get(w, K_MESSAGE, "1"))->muted);
	assert_true(((const struct message *)world_get(w, K_MESSAGE, "2"))->muted);
	does(&b, WEB, "undo", "");
	takes(&b, 1, 0, "Vraie question ?");
	assert_false(((const struct message *)world_get(store_world(b.s), K_MESSAGE, "3"))->muted);
	bed_clear(&b);
}

/* ---- operations ------------------------------------------------------------------------------------------------ */

static void an_operation_is_applied_once(void **state)
{
	(void)state;
	struct bed b;
	int64_t last;
	bed_make(&b, 8);
	does(&b, PRODUCER, "collect", "");
	char act_id[ID_MAX];
	memcpy(act_id, b.v.act, sizeof act_id);
	int64_t version = b.c.version, at = b.now;
	for (int round = 0; round < 2; round++) {
		begin(&b);
		b.now = at;
		good(&b, offer(&b, PRODUCER, 1, "collect", "", &last));
		commit(&b);
		assert_int_equal(b.v.verdict, V_APPLIED);
		assert_true(b.v.seen);
		assert_string_equal(b.v.act, act_id);
		assert_int_equal(b.c.version, version);
		reopen(&b);
	}
	begin(&b);
	good(&b, offer(&b, PRODUCER, 1, "open", "", &last));
	assert_int_equal(b.v.verdict, V_REFUSED);
	assert_string_equal(b.v.text, "number 1 was already used for another operation");
	assert_false(offer(&b, PRODUCER, 3, "open", "", &last));
	assert_int_equal(b.e.code, ERR_USAGE);
	assert_int_equal(last, 1);
	commit(&b);
	assert_int_equal(b.c.version, version);
	bed_clear(&b);
}

static void refusals_and_the_unreadable_consume_their_number(void **state)
{
	(void)state;
	struct bed b;
	int64_t last;
	bed_make(&b, 9);
	is_refused(&b, OBSERVER, "collect", "", NULL);
	begin(&b);
	good(&b, offer(&b, OBSERVER, 2, "frobnicate", "", &last));
	assert_int_equal(b.v.verdict, V_REFUSED);
	good(&b, offer(&b, OBSERVER, 2, "frobnicate", "", &last));
	assert_true(b.v.seen);
	good(&b, offer(&b, OBSERVER, 3, "collect", "", &last));
	commit(&b);
	assert_false(b.c.changed);
	begin(&b);
	assert_false(offer(&b, OBSERVER, 5, "collect", "", &last));
	assert_int_equal(last, 3);
	commit(&b);
	reopen(&b); /* refusals are kept although no row changed */
	begin(&b);
	good(&b, offer(&b, OBSERVER, 3, "collect", "", &last));
	assert_true(b.v.seen);
	commit(&b);
	bed_clear(&b);
}

static void a_desk_belongs_to_one_seat(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 10);
	does(&b, PRODUCER, "collect", "");
	struct wire_ops offered;
	struct wire_verdict v;
	int64_t last;
	char body[200];
	snprintf(body, sizeof body, "{\"client\":\"%s\",\"ops\":[{\"n\":2,\"op\":\"open\",\"at\":1,\"args\":{}}]}",
		clients[PRODUCER - 1]);
	good(&b, wire_read_ops(body, strlen(body), &offered, &b.e));
	begin(&b);
	assert_false(store_apply(b.s, "3", &offered, &v, &last, &b.e));
	assert_int_equal(b.e.code, ERR_REFUSED);
	commit(&b);
	wire_ops_release(&offered);
	bed_clear(&b);
}

static void a_theme_that_people_make_has_its_own_number(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 11);
	does(&b, PRODUCER, "collect", "");
	takes(&b, 1, 0, "Le smic ?");
	is_refused(&b, WEB, "split", "\"theme\":\"99\",\"messages\":[\"1\"]", NULL);
	does(&b, WEB, "prepare", "\"name\":\"ecole\",\"title\":\"L'école\"");
	char made[ID_MAX];
	memcpy(made, b.v.made, sizeof made);
	reopen(&b);
	takes(&b, 2, 0, "Les retraites ?");
	const struct world *w = store_world(b.s);
	const struct theme *prepared = (const struct theme *)world_get(w, K_THEME, made);
	assert_string_equal(prepared->name, "ecole");
	const struct message *m = (const struct message *)world_get(w, K_MESSAGE, "2");
	char theme[ID_MAX];
	id_from_number(theme, m->cluster);
	assert_string_not_equal(theme, made);
	bed_clear(&b);
}

/* ---- the public ------------------------------------------------------------------------------------------------ */

static void open_with_question(struct bed *b)
{
	does(b, PRODUCER, "open", "");
	takes(b, 1, 0, "Et l'école ?");
	does(b, WEB, "accept", "\"source\":\"t1\"");
	does(b, HOST, "air", "\"question\":\"q1\"");
}

static void publish(struct bed *b, const char *id, const char *text)
{
	char args[300];
	snprintf(args, sizeof args, "\"id\":\"%s\",\"text\":\"%s\"", id, text);
	does(b, SCRIBE, "publish", args);
}

static bool told(const struct bed *b, const char *words)
{
	for (int64_t i = 1; i <= b->last_told; i++)
		if (strstr(b->told[i], words) != NULL)
			return true;
	return false;
}

#define S1 "0189f7e2-1111-7000-8000-000000000001"
#define S2 "0189f7e2-1111-7000-8000-000000000002"
#define S3 "0189f7e2-1111-7000-8000-000000000003"

static const struct segment *segment(struct bed *b, const char *id)
{
	return (const struct segment *)world_get(store_world(b->s), K_SEGMENT, id);
}

static void an_interruption_withholds_until_it_is_over(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 12);
	open_with_question(&b);
	publish(&b, S1, "Avant.");
	assert_true(told(&b, "Avant."));
	assert_false(segment(&b, S1)->unsent);
	does(&b, PRODUCER, "interrupt", "\"kind\":\"technical\"");
	assert_int_equal(b.new_told, 1);
	publish(&b, S2, "Pendant.");
	publish(&b, S3, "Retenu.");
	assert_int_equal(b.new_told, 0);
	assert_true(segment(&b, S2)->unsent);
	does(&b, SCRIBE, "correct", "\"segment\":\"" S2 "\",\"text\":\"Pendant, juste.\"");
	does(&b, SCRIBE, "retract", "\"segment\":\"" S3 "\"");
	assert_int_equal(b.new_told, 0);
	reopen(&b);
	does(&b, PRODUCER, "resume", "");
	assert_int_equal(b.new_told, 2);
	assert_non_null(strstr(b.told[b.last_told - 1], "\"resumed\""));
	assert_non_null(strstr(b.told[b.last_told], "Pendant, juste."));
	assert_false(told(&b, "Retenu."));
	assert_false(segment(&b, S2)->unsent);
	bed_clear(&b);
}

/* With no question on the air nothing else stands before "ended". */
static void what_an_interruption_withheld_goes_out_before_the_end(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 21);
	open_with_question(&b);
	does(&b, HOST, "close", "");
	does(&b, PRODUCER, "interrupt", "");
	does(&b, SCRIBE, "publish", "\"id\":\"" S1 "\",\"question\":\"q1\",\"text\":\"Pour finir.\"");
	does(&b, PRODUCER, "end", "");
	begin(&b);
	assert_true(store_finish(b.s, false));
	commit(&b);
	assert_non_null(strstr(b.told[b.last_told], "\"ended\""));
	assert_non_null(strstr(b.told[b.last_told - 1], "event: segment"));
	bed_clear(&b);
}

static void an_editorial_interruption_is_reviewed_first(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 13);
	open_with_question(&b);
	does(&b, PRODUCER, "interrupt", "\"kind\":\"editorial\"");
	publish(&b, S1, "Un.");
	publish(&b, S2, "Deux.");
	does(&b, PRODUCER, "resume", "");
	assert_false(told(&b, "Un."));
	does(&b, HOST, "release", "\"segments\":[\"" S2 "\"]");
	assert_true(told(&b, "Deux."));
	assert_false(told(&b, "Un."));
	does(&b, PRODUCER, "interrupt", "");
	does(&b, HOST, "release", "");
	assert_false(told(&b, "Un."));
	does(&b, PRODUCER, "resume", "");
	assert_true(told(&b, "Un."));
	bed_clear(&b);
}

static bool take_live(void *arg, const struct live_event *ev)
{
	const struct bed *b = arg;
	assert_int_equal(strlen(b->told[ev->number]), ev->len);
	assert_memory_equal(b->told[ev->number], ev->sse, ev->len);
	return true;
}

static void a_retraction_erases_everywhere(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 14);
	open_with_question(&b);
	publish(&b, S1, "Des mots de trop.");
	does(&b, SCRIBE, "correct", "\"segment\":\"" S1 "\",\"text\":\"Encore des mots de trop.\"");
	int64_t before = b.last_told;
	does(&b, PRODUCER, "retract", "\"segment\":\"" S1 "\"");
	assert_int_equal(b.last_told, before + 1);
	assert_false(told(&b, "mots de trop"));
	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	good(&b, reader_live(r, take_live, &b, &b.e));
	struct buf out = BUF_INIT;
	int64_t epoch, number;
	good(&b, reader_transcript(r, "salon", &out, &epoch, &number, &b.e));
	assert_null(strstr(out.data, "mots de trop"));
	assert_int_equal(number, b.last_told);
	buf_release(&out);
	reader_close(r);
	struct console host, adviser; /* the log is sealed to those who may see it */
	console_open(&b, &host);
	console_open(&b, &adviser);
	adviser.unsealed = true;
	console_pull(&b, &host, 50);
	console_pull(&b, &adviser, 50);
	struct buf x = BUF_INIT, y = BUF_INIT;
	console_dump(&host, &x);
	console_dump(&adviser, &y);
	assert_null(strstr(x.data, "mots de trop"));
	assert_non_null(strstr(y.data, "mots de trop"));
	buf_release(&x);
	buf_release(&y);
	console_close(&host);
	console_close(&adviser);
	bed_clear(&b);
}

/* A console that knew the words forgets them: the sealed acts come again. */
static void sealing_reaches_who_knew(void **state)
{
	(void)state;
	struct bed b;
	struct console k;
	bed_make(&b, 15);
	open_with_question(&b);
	publish(&b, S1, "Des mots de trop.");
	console_open(&b, &k);
	console_pull(&b, &k, 3);
	does(&b, SCRIBE, "retract", "\"segment\":\"" S1 "\"");
	console_pull(&b, &k, 3);
	struct buf x = BUF_INIT;
	console_dump(&k, &x);
	assert_null(strstr(x.data, "mots de trop"));
	buf_release(&x);
	console_close(&k);
	bed_clear(&b);
}

static void the_end_waits_for_the_scribe(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 16);
	open_with_question(&b);
	does(&b, PRODUCER, "end", "");
	begin(&b);
	assert_false(store_finish(b.s, true));
	assert_true(store_finish(b.s, false));
	assert_false(store_finish(b.s, false));
	commit(&b);
	assert_int_equal(world_event(store_world(b.s))->state, EV_ENDED);
	assert_non_null(strstr(b.told[b.last_told], "\"ended\""));
	struct receipt r;
	struct arrival a = sms(1, 0, "Trop tard ?");
	begin(&b);
	assert_false(store_append(b.s, &a, &r, &b.e));
	assert_string_equal(b.e.text, "the event is over; questions are no longer taken");
	commit(&b);
	reopen(&b);
	bed_clear(&b);
}

static void a_sender_hears_what_became_of_it(void **state)
{
	(void)state;
	struct bed b;
	struct receipt first, second;
	char question[ID_MAX];
	bed_make(&b, 17);
	does(&b, PRODUCER, "open", "");
	struct arrival a = sms(1, 0, "Et l'école ?"), c = sms(2, 0, "Achetez chez moi");
	begin(&b);
	good(&b, store_append(b.s, &a, &first, &b.e) && store_append(b.s, &c, &second, &b.e));
	commit(&b);
	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	assert_string_equal(reader_fate(r, first.receipt, question, &b.e), "waiting");
	does(&b, WEB, "dismiss", "\"target\":\"m2\",\"reason\":\"réclame\"");
	assert_string_equal(reader_fate(r, second.receipt, question, &b.e), "not kept");
	does(&b, WEB, "label", "\"theme\":\"1\",\"text\":\"École\"");
	assert_string_equal(reader_fate(r, first.receipt, question, &b.e), "being read");
	does(&b, WEB, "accept", "\"source\":\"t1\"");
	assert_string_equal(reader_fate(r, first.receipt, question, &b.e), "in the rundown");
	assert_string_equal(question, "");
	does(&b, HOST, "air", "\"question\":\"q1\"");
	assert_string_equal(reader_fate(r, first.receipt, question, &b.e), "aired");
	assert_int_equal(strlen(question), 36);
	does(&b, HOST, "close", "");
	assert_string_equal(reader_fate(r, first.receipt, question, &b.e), "answered");
	first.receipt[31] = first.receipt[31] == '0' ? '1' : '0';
	assert_null(reader_fate(r, first.receipt, question, &b.e));
	assert_int_equal(b.e.code, ERR_NOT_FOUND);
	assert_null(reader_fate(r, "", question, &b.e));
	reader_close(r);
	bed_clear(&b);
}

/* ---- seats, rooms, gateways ------------------------------------------------------------------------------------ */

static void the_directory_follows_the_operator(void **state)
{
	(void)state;
	struct bed b;
	char token[33], other[33], hash[33];
	bed_make(&b, 18);
	int64_t stamp = store_directory_stamp(b.s);
	begin(&b);
	assert_false(store_seat_add(b.s, "Anne", R_WEB, token, &b.e));
	assert_string_equal(b.e.text, "there is a seat \"Anne\" already; choose another name or renew its token");
	good(&b,
		store_seat_renew(b.s, "Anne", token, &b.e) &&
			store_room_add(b.s, "radio-bleue", "Radio Bleue", "https://b.fr", &b.e));
	good(&b, store_gateway_add(b.s, "orange", "kannel", other, &b.e) && store_seat_remove(b.s, "Olga", &b.e));
	assert_false(store_room_add(b.s, "Radio", "x", "", &b.e));
	assert_int_equal(b.e.code, ERR_USAGE);
	commit(&b);
	assert_true(store_directory_stamp(b.s) != stamp);
	reopen(&b);
	struct directory *d = store_directory(b.s, &b.e);
	assert_int_equal(d->n_seats, 4);
	id_token_hash(hash, token);
	assert_string_equal(d->seats[0].hash, hash);
	id_token_hash(hash, other);
	assert_string_equal(d->gateways[0].hash, hash);
	assert_string_equal(d->rooms[0].slug, "radio-bleue");
	assert_string_equal(d->event.title, "Une heure");
	directory_free(d);
	begin(&b);
	good(&b, store_room_remove(b.s, "radio-bleue", &b.e) && store_room_add(b.s, "radio-bleue", "Bleue", "", &b.e));
	good(&b, store_gateway_remove(b.s, "orange", &b.e));
	assert_false(store_gateway_renew(b.s, "orange", other, &b.e));
	commit(&b);
	bed_clear(&b);
}

/* ---- following, and counts --------------------------------------------------------------------------------------- */

static const char *const texts[] = { "Le smic ?", "le SMIC", "Et l'école ?", "Les retraites", "Pourquoi ?",
	"Le prix de l'essence", "L'emploi des jeunes", "La Turquie", "Les impôts", "Le bac", "les 35 heures", "STOP" };

static void random_messages(struct bed *b)
{
	for (uint64_t i = 0, n = draw(b) % 9; i < n; i++) {
		struct receipt r;
		char own[40];
		snprintf(own, sizeof own, "question %llx", (unsigned long long)draw(b) >> 40);
		const char *text = draw(b) % 4 == 0 ? own : texts[draw(b) % COUNT_OF(texts)];
		struct arrival a = sms(draw(b) % 13, draw(b) % 300, text);
		a.channel = draw(b) % 2 == 0 ? CH_WEB : CH_SMS;
		a.service = strcmp(text, "STOP") == 0 ? SV_STOP : SV_NONE;
		if (draw(b) % 5 == 0)
			a.at = b->now - (int64_t)(draw(b) % 900000);
		b->now += (int64_t)(draw(b) % 20000);
		good(b, store_append(b->s, &a, &r, &b->e));
	}
}

static void random_act(struct bed *b, int64_t messages)
{
	char args[200];
	uint64_t x = draw(b) % 40 + 1, y = draw(b) % 40 + 1, m = draw(b) % (uint64_t)(messages + 1) + 1;
	switch (draw(b) % 12) {
	case 0:
	case 1:
		snprintf(args, sizeof args, "\"theme\":\"%d\",\"others\":[\"%d\"]", (int)x, (int)y);
		act(b, WEB, "merge", args);
		break;
	case 2:
	case 3:
		snprintf(args, sizeof args, "\"theme\":\"%d\"", (int)x);
		act(b, WEB, "unmerge", args);
		break;
	case 4:
	case 5:
		snprintf(args, sizeof args, "\"theme\":\"%d\",\"message\":[\"%d\",\"%d\"]", (int)x, (int)m,
			(int)(m / 2 + 1));
		act(b, WEB, "refile", args);
		break;
	case 6: {
		char id[ID_MAX], theme[ID_MAX];
		id_from_number(id, (int64_t)m);
		const struct message *of = (const struct message *)world_get(store_world(b->s), K_MESSAGE, id);
		id_from_number(theme, of == NULL || of->cluster == 0 ? 1 : of->cluster);
		snprintf(args, sizeof args, "\"theme\":\"%s\",\"messages\":[\"%s\"]", theme, id);
		act(b, WEB, "split", args);
		break;
	}
	case 7:
		act(b, WEB, "undo", "");
		break;
	case 8:
		act(b, WEB, "redo", "");
		break;
	case 9:
		snprintf(args, sizeof args, "\"person\":\"%d\"", (int)(x % 13 + 1));
		act(b, WEB, draw(b) % 2 == 0 ? "mute" : "unmute", args);
		break;
	case 10:
		snprintf(args, sizeof args, "\"target\":\"m%d\",\"reason\":\"non\"", (int)m);
		act(b, WEB, "dismiss", args);
		break;
	default:
		snprintf(args, sizeof args, "\"source\":\"t%d\"", (int)x);
		act(b, WEB, "accept", args);
	}
}

/* Any console, with any page size, joined at any time, ends up with what a first load gives; counts are exact. */
static void all_who_follow_agree(void **state)
{
	(void)state;
	enum { CONSOLES = 4 };
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct bed b;
		struct console k[CONSOLES], fresh;
		size_t open = 0;
		bed_make(&b, seed);
		does(&b, PRODUCER, "collect", "");
		for (int round = 0; round < 220; round++) {
			begin(&b);
			random_messages(&b);
			for (uint64_t i = 0, n = draw(&b) % 3; i < n; i++)
				random_act(&b, b.s->messages);
			commit(&b);
			if (open < CONSOLES && draw(&b) % 40 == 0)
				console_open(&b, &k[open++]);
			for (size_t i = 0; i < open; i++)
				if (draw(&b) % 3 == 0)
					console_page(&b, &k[i], 1 + draw(&b) % 12);
			if (round == 100)
				reopen(&b);
		}
		console_open(&b, &fresh);
		console_pull(&b, &fresh, 1000);
		check_counts(&fresh);
		for (size_t i = 0; i < open; i++) {
			console_pull(&b, &k[i], 1 + i * 7);
			same_knowledge(&k[i], &fresh);
			console_close(&k[i]);
		}
		struct console after; /* and a restart changes nothing */
		reopen(&b);
		does(&b, HOST, "away", "");
		console_pull(&b, &fresh, 5);
		console_open(&b, &after);
		console_pull(&b, &after, 3);
		same_knowledge(&after, &fresh);
		console_close(&after);
		console_close(&fresh);
		bed_clear(&b);
	}
}

static void a_cluster_that_moves_takes_its_counts_along(void **state)
{
	(void)state;
	struct bed b;
	struct console k;
	bed_make(&b, 28);
	does(&b, PRODUCER, "collect", "");
	for (int i = 0; i < 40; i++) {
		char text[20];
		snprintf(text, sizeof text, i % 4 == 0 ? "Le bac" : "question %d", i % 5);
		takes(&b, (uint64_t)(i % 9) + 1, 0, text);
	}
	does(&b, WEB, "refile", "\"message\":[\"2\",\"3\"],\"theme\":\"1\"");
	console_open(&b, &k);
	console_pull(&b, &k, 10);
	check_counts(&k);
	for (int to = 0; to < 2; to++) { /* to the first theme, and back on its own feet */
		does(&b, WEB, "refile", to == 0 ? "\"message\":[\"c4\"],\"theme\":\"1\"" : "\"message\":[\"c4\"],\"theme\":\"2\"");
		takes(&b, 77, 0, "question 3");
		console_pull(&b, &k, 10);
		check_counts(&k);
		reopen(&b);
		does(&b, WEB, "refile",
			to == 0 ? "\"message\":[\"4\"],\"theme\":\"2\"" : "\"message\":[\"8\"],\"theme\":\"1\"");
		console_pull(&b, &k, 10);
		check_counts(&k);
	}
	console_close(&k);
	bed_clear(&b);
}

struct follower {
	struct reader *r;
	const char *dir;
	atomic_bool over;
	char cursor[CURSOR_MAX];
	size_t messages;
	const char *wrong; /* threads do not fail tests */
};

static size_t count_messages(const char *ndjson)
{
	size_t n = 0;
	for (const char *p = ndjson; (p = strstr(p, "{\"kind\":\"message\"")) != NULL; p++)
		n++;
	return n;
}

static void *follow(void *arg)
{
	struct follower *f = arg;
	struct buf out = BUF_INIT;
	struct changes_page page = { .more = true };
	for (bool over = false; f->wrong == NULL && (page.more || !over);) {
		over = atomic_load(&f->over); /* before the page: what was written until then is in it */
		buf_reset(&out);
		if (!reader_changes(f->r, f->cursor, 300, false, &out, &page, NULL))
			f->wrong = "a page could not be read";
		memcpy(f->cursor, page.next, sizeof f->cursor);
		f->messages += count_messages(out.data);
	}
	buf_release(&out);
	return NULL;
}

static void *checkpoint(void *arg)
{
	struct follower *f = arg;
	while (f->wrong == NULL && !atomic_load(&f->over))
		if (!store_checkpoint(f->dir, NULL, NULL))
			f->wrong = "a checkpoint failed";
	return NULL;
}

/* Threads of their own for writer, readers and checkpoints: every untouched message comes exactly once. */
static void readers_follow_while_it_is_written(void **state)
{
	(void)state;
	enum { READERS = 2, BATCHES = 150, BATCH = 40 };
	struct bed b;
	struct follower f[READERS + 1];
	pthread_t threads[READERS + 1];
	bed_make(&b, 29);
	does(&b, PRODUCER, "collect", "");
	for (size_t i = 0; i <= READERS; i++) {
		f[i] = (struct follower){ .r = reader_open(&b.o, &b.e), .dir = b.dir };
		good(&b, f[i].r != NULL);
		assert_int_equal(pthread_create(&threads[i], NULL, i < READERS ? follow : checkpoint, &f[i]), 0);
	}
	for (int batch = 0; batch < BATCHES; batch++) {
		begin(&b);
		for (uint64_t i = 0; i < BATCH; i++) {
			struct receipt r;
			struct arrival a = sms(draw(&b) % 500 + 1, 0, texts[draw(&b) % 11]);
			good(&b, store_append(b.s, &a, &r, &b.e));
		}
		commit(&b);
	}
	for (size_t i = 0; i <= READERS; i++) {
		atomic_store(&f[i].over, true);
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_null(f[i].wrong);
		reader_close(f[i].r);
		if (i < READERS)
			assert_int_equal(f[i].messages, BATCHES * BATCH);
	}
	bed_clear(&b);
}

/* A reader that stays (a backup) must not make the checkpoint hold the writer up. */
static void a_checkpoint_does_not_wait_for_readers(void **state)
{
	(void)state;
	struct bed b;
	struct db d;
	bed_make(&b, 30);
	does(&b, PRODUCER, "collect", "");
	char *path = store_file(b.dir);
	int64_t n;
	good(&b, db_open(&d, &(struct db_options){ .path = path }, &b.e) && db_run(&d, "BEGIN", &b.e));
	good(&b, db_int(&d, &b.e, &n, 0, "SELECT count(*) FROM record", ""));
	takes(&b, 1, 0, "Le bac");
	int64_t begun = clock_mono(clock_system());
	good(&b, db_checkpoint(path, NULL, 0, &b.e));
	assert_true(clock_mono(clock_system()) - begun < 2000); /* the store's own patience is 5000 */
	takes(&b, 1, 0, "Le bac");
	db_close(&d);
	good(&b, db_checkpoint(path, NULL, 0, &b.e));
	free(path);
	bed_clear(&b);
}

static void a_first_load_is_ready_before_it_is_whole(void **state)
{
	(void)state;
	struct bed b;
	struct console k;
	bed_make(&b, 21);
	does(&b, PRODUCER, "collect", "");
	for (int i = 0; i < 20; i++)
		takes(&b, (uint64_t)i + 1, 0, texts[i % 10]);
	console_open(&b, &k);
	bool ready = false;
	do {
		console_page(&b, &k, 3);
		if (k.page.ready && !ready)
			assert_true(memory_world_count(k.known, K_MESSAGE) < 4);
		ready = k.page.ready;
	} while (!k.page.ready);
	assert_false(k.page.whole);
	assert_int_equal(memory_world_count(k.known, K_THEME), memory_world_count(k.known, K_COUNT));
	console_pull(&b, &k, 3);
	assert_int_equal(memory_world_count(k.known, K_MESSAGE), 20);
	console_page(&b, &k, 3);
	assert_int_equal(k.page.rows, 0);
	assert_false(k.page.more);
	console_close(&k);
	bed_clear(&b);
}

static void a_cursor_that_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "x", "a.b", "....", "\"",
		"0189f7e2-0000-7000-8000-000000000001.1.9.0.0.0.0.0.",
		"0189f7e2-0000-7000-8000-000000000001.1.0.0.0.0.0.0.<",
		"0189f7e2-0000-7000-8000-000000000001.-1.0.0.0.0.0.0." };
	struct bed b;
	struct buf out = BUF_INIT;
	struct changes_page p;
	bed_make(&b, 22);
	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(reader_changes(r, bad[i], 10, false, &out, &p, &b.e));
		assert_int_equal(b.e.code, ERR_FORMAT);
	}
	assert_false(
		reader_changes(r, "0189f7e2-0000-7000-8000-000000000001.1.6.0.0.0.0.0.", 10, false, &out, &p, &b.e));
	assert_int_equal(b.e.code, ERR_GONE);
	char ahead[CURSOR_MAX];
	snprintf(ahead, sizeof ahead, "%s.1.6.999999.0.0.0.0.", store_event_id(b.s));
	assert_false(reader_changes(r, ahead, 10, false, &out, &p, &b.e));
	assert_int_equal(b.e.code, ERR_GONE);
	reader_close(r);
	buf_release(&out);
	bed_clear(&b);
}

static size_t lines_with(const char *s, const char *word, bool *descending)
{
	size_t n = 0;
	long long before = 1LL << 60;
	*descending = true;
	for (const char *p = strstr(s, "\"id\":\""); p != NULL; p = strstr(p + 1, "\"id\":\"")) {
		long long id = strtoll(p + 6, NULL, 10);
		*descending = *descending && id < before;
		before = id;
	}
	for (const char *p = strstr(s, word); p != NULL; p = strstr(p + 1, word))
		n++;
	return n;
}

static void messages_are_asked_for_by_theme_and_words(void **state)
{
	(void)state;
	struct bed b;
	struct buf out = BUF_INIT, again = BUF_INIT;
	bool descending;
	bed_make(&b, 23);
	does(&b, PRODUCER, "collect", "");
	for (int i = 0; i < 30; i++)
		takes(&b, (uint64_t)i + 1, 0, i % 3 == 0 ? "Et l'école ?" : i % 3 == 1 ? "Le smic !" : "Le bac");
	does(&b, WEB, "merge", "\"theme\":\"1\",\"others\":[\"2\"]");         /* school and wage */
	does(&b, WEB, "refile", "\"message\":[\"3\",\"6\"],\"theme\":\"1\""); /* two of the third in */
	does(&b, WEB, "refile", "\"message\":[\"1\"],\"theme\":\"3\"");       /* one of the first out */
	struct reader *r = reader_open(&b.o, &b.e);
	good(&b, r != NULL);
	good(&b, reader_messages(r, 1, NULL, 0, 100, &out, &b.e));
	assert_int_equal(lines_with(out.data, "\"kind\":\"message\"", &descending), 21);
	assert_true(descending);
	assert_int_equal(lines_with(out.data, "Le bac", &descending), 2);
	buf_reset(&out);
	good(&b, reader_messages(r, 1, "ECOLE", 28, 4, &out, &b.e));
	assert_int_equal(lines_with(out.data, "cole", &descending), 4);
	assert_true(descending);
	buf_reset(&out);
	good(&b, reader_messages(r, 0, "smic", 0, 100, &out, &b.e));
	assert_int_equal(lines_with(out.data, "smic", &descending), 10);
	buf_reset(&out);
	good(&b, reader_sample(r, 1, 42, 5, &out, &b.e) && reader_sample(r, 1, 42, 5, &again, &b.e));
	assert_string_equal(out.data, again.data);
	assert_int_equal(lines_with(out.data, "\"kind\":\"message\"", &descending), 5);
	reader_close(r);
	buf_release(&out);
	buf_release(&again);
	bed_clear(&b);
}

/* ---- backups --------------------------------------------------------------------------------------------------- */

static void a_backup_begins_a_new_epoch(void **state)
{
	(void)state;
	struct bed b;
	struct console k;
	bed_make(&b, 24);
	open_with_question(&b);
	publish(&b, S1, "Avant.");
	console_open(&b, &k);
	console_pull(&b, &k, 100);
	char *copy = path_join(b.dir, "copy.db"), *main_file = store_file(b.dir);
	good(&b, store_backup(b.s, copy, &b.e));
	assert_false(store_backup(b.s, copy, &b.e));
	assert_int_equal(b.e.code, ERR_REFUSED);
	takes(&b, 9, 0, "Perdue");
	reader_close(k.r);
	store_close(b.s);
	assert_int_equal(rename(copy, main_file), 0);
	b.s = NULL;
	reopen(&b);
	assert_true(store_epoch(b.s) > 1);
	int64_t epoch = store_epoch(b.s);
	k.r = reader_open(&b.o, &b.e);
	struct buf out = BUF_INIT;
	assert_false(reader_changes(k.r, k.cursor, 10, false, &out, &k.page, &b.e));
	assert_int_equal(b.e.code, ERR_GONE);
	struct store_figures f;
	store_figures(b.s, &f);
	assert_int_equal(f.messages, 1);
	b.last_told = 0;
	does(&b, HOST, "close", "");
	assert_int_equal(b.c.events[0].number, 1);
	reopen(&b);
	assert_int_equal(store_epoch(b.s), epoch);
	buf_release(&out);
	console_close(&k);
	free(copy);
	free(main_file);
	bed_clear(&b);
}

/* ---- disks and kills --------------------------------------------------------------------------------------------- */

/* A VFS over the system's whose disk is full once `left` more bytes were written. */
static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	sqlite3_io_methods methods;
	int64_t left; /* -1: no bound */
} full;

struct full_file {
	sqlite3_file file;
	sqlite3_file *real; /* follows in memory */
};

#define REAL(f) (((struct full_file *)(f))->real)
#define FORWARD(name, params, ...) \
	static int full_##name params \
	{ \
		return REAL(f)->pMethods->x##name(__VA_ARGS__); \
	}
FORWARD(Close, (sqlite3_file * f), REAL(f))
FORWARD(Read, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), REAL(f), p, n, at)
FORWARD(Truncate, (sqlite3_file * f, sqlite3_int64 size), REAL(f), size)
FORWARD(Sync, (sqlite3_file * f, int flags), REAL(f), flags)
FORWARD(FileSize, (sqlite3_file * f, sqlite3_int64 *size), REAL(f), size)
FORWARD(Lock, (sqlite3_file * f, int lock), REAL(f), lock)
FORWARD(Unlock, (sqlite3_file * f, int lock), REAL(f), lock)
FORWARD(CheckReservedLock, (sqlite3_file * f, int *out), REAL(f), out)
FORWARD(FileControl, (sqlite3_file * f, int op, void *arg), REAL(f), op, arg)
FORWARD(SectorSize, (sqlite3_file * f), REAL(f))
FORWARD(DeviceCharacteristics, (sqlite3_file * f), REAL(f))
FORWARD(ShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **p), REAL(f), page, size, extend, p)
FORWARD(ShmLock, (sqlite3_file * f, int at, int n, int flags), REAL(f), at, n, flags)
FORWARD(ShmUnmap, (sqlite3_file * f, int drop), REAL(f), drop)

static void full_ShmBarrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int full_Write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (full.left >= 0 && full.left < n)
		return SQLITE_FULL;
	full.left -= full.left < 0 ? 0 : n;
	return REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}

static int full_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	struct full_file *x = (struct full_file *)f;
	x->real = (sqlite3_file *)(void *)(x + 1);
	x->file.pMethods = NULL;
	int code = full.real->xOpen(full.real, name, x->real, flags, out);
	if (x->real->pMethods != NULL)
		x->file.pMethods = &full.methods;
	return code;
}

static void full_register(void)
{
	full.real = sqlite3_vfs_find(NULL);
	full.vfs = *full.real;
	full.vfs.zName = "full";
	full.vfs.szOsFile += (int)sizeof(struct full_file);
	full.vfs.xOpen = full_open;
	full.left = -1;
	full.methods = (sqlite3_io_methods){ .iVersion = 2,
		.xClose = full_Close,
		.xRead = full_Read,
		.xWrite = full_Write,
		.xTruncate = full_Truncate,
		.xSync = full_Sync,
		.xFileSize = full_FileSize,
		.xLock = full_Lock,
		.xUnlock = full_Unlock,
		.xCheckReservedLock = full_CheckReservedLock,
		.xFileControl = full_FileControl,
		.xSectorSize = full_SectorSize,
		.xDeviceCharacteristics = full_DeviceCharacteristics,
		.xShmMap = full_ShmMap,
		.xShmLock = full_ShmLock,
		.xShmBarrier = full_ShmBarrier,
		.xShmUnmap = full_ShmUnmap };
	sqlite3_vfs_register(&full.vfs, 0);
}

static void fill_batch(struct bed *b, bool *taken)
{
	char long_text[1500];
	memset(long_text, 'a', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	*taken = true;
	for (uint64_t i = 0; *taken && i < 30; i++) {
		struct receipt r;
		struct arrival a = sms(100 + i, 5000 + i, i % 2 == 0 ? long_text : "Et l'école ?");
		*taken = store_append(b->s, &a, &r, &b->e);
	}
}

/* At every size of the disk: all or nothing, said in words, and the store goes on when there is room again. */
static void a_full_disk_takes_all_or_nothing(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 25);
	does(&b, PRODUCER, "collect", "");
	takes(&b, 1, 1, "Avant");
	store_close(b.s);
	full_register();
	b.o.vfs = "full";
	b.s = NULL;
	reopen(&b);
	struct console k;
	console_open(&b, &k);
	int failures = 0;
	for (int64_t room = 0; room < 400000; room += room < 20000 ? 1500 : 9000) {
		struct store_figures before, after;
		bool taken;
		store_figures(b.s, &before);
		begin(&b);
		full.left = room;
		fill_batch(&b, &taken);
		b.e = (struct error){ .code = ERR_NONE };
		bool done = store_commit(b.s, &b.c, &b.e);
		full.left = -1;
		if (done)
			break;
		failures++;
		assert_int_equal(b.e.code, ERR_FULL);
		assert_non_null(strstr(b.e.text, "is full; free some space on it and try again"));
		store_figures(b.s, &after);
		assert_int_equal(after.messages, before.messages);
		assert_int_equal(after.people, before.people);
		assert_int_equal(after.version, before.version);
		does(&b, HOST, room % 1000 == 0 ? "away" : "back", "");
		console_pull(&b, &k, 7);
		assert_int_equal(memory_world_count(k.known, K_MESSAGE), 1);
	}
	assert_true(failures > 5);
	store_figures(b.s, &(struct store_figures){ 0 });
	console_pull(&b, &k, 7);
	assert_int_equal(memory_world_count(k.known, K_MESSAGE), 31);
	check_counts(&k);
	reopen(&b);
	console_close(&k);
	bed_clear(&b);
	sqlite3_vfs_unregister(&full.vfs);
}

static void a_rollback_leaves_no_trace(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 26);
	does(&b, PRODUCER, "collect", "");
	takes(&b, 1, 1, "Avant");
	begin(&b);
	struct receipt r;
	struct arrival a = sms(2, 2, "Pendant");
	good(&b, store_append(b.s, &a, &r, &b.e));
	act(&b, PRODUCER, "open", "");
	store_rollback(b.s);
	b.n[PRODUCER]--;
	assert_int_equal(world_event(store_world(b.s))->state, EV_COLLECTING);
	assert_int_equal(takes(&b, 2, 2, "Pendant"), 2);
	does(&b, PRODUCER, "open", "");
	bed_clear(&b);
}

/* Writes batches for ever, and says after each commit how far it came. */
static _Noreturn void write_until_killed(struct bed *b, int out)
{
	for (uint32_t source = 1;;) {
		struct receipt r = { .id = 0 };
		begin(b);
		for (int i = 0; i < 20; i++, source++) {
			struct arrival a = sms(source % 50 + 1, source, texts[source % 11]);
			good(b, store_append(b->s, &a, &r, &b->e));
		}
		commit(b);
		if (write(out, &r.id, sizeof r.id) != sizeof r.id)
			_exit(1);
	}
}

static int64_t kill_after(struct bed *b, int reports)
{
	int ends[2], status;
	assert_int_equal(pipe(ends), 0);
	store_close(b->s);
	b->s = NULL;
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		b->s = store_open(&b->o, &b->e);
		if (b->s == NULL)
			_exit(1);
		write_until_killed(b, ends[1]);
	}
	close(ends[1]);
	int64_t id = 0, last = 0;
	for (int i = 0; i < reports; i++)
		if (read(ends[0], &id, sizeof id) == sizeof id)
			last = id;
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	while (read(ends[0], &id, sizeof id) == sizeof id)
		last = id;
	close(ends[0]);
	return last;
}

static void what_was_reported_survives_kill(void **state)
{
	(void)state;
	struct bed b;
	bed_make(&b, 27);
	does(&b, PRODUCER, "collect", "");
	int64_t reported = 0;
	for (int round = 0; round < 4; round++) {
		int64_t last = kill_after(&b, 3 + round * 5);
		reported = last > reported ? last : reported;
		b.s = store_open(&b.o, &b.e);
		good(&b, b.s != NULL);
		struct store_figures f;
		store_figures(b.s, &f);
		assert_true(f.messages >= reported);
		assert_int_equal(f.messages % 20, 0);
		begin(&b);
		for (uint64_t source = 1; source <= (uint64_t)f.messages; source++) {
			struct receipt r;
			struct arrival a = sms(source % 50 + 1, source, "autre");
			good(&b, store_append(b.s, &a, &r, &b.e));
			assert_int_equal(r.taken, TAKEN_BEFORE);
			assert_int_equal(r.id, source);
		}
		commit(&b);
	}
	assert_true(reported > 0);
	struct console k;
	console_open(&b, &k);
	console_pull(&b, &k, 5000);
	if (memory_world_count(k.known, K_MESSAGE) < 4000)
		check_counts(&k);
	console_close(&k);
	bed_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_made_once),
		cmocka_unit_test(no_event_is_said_so),
		cmocka_unit_test(one_process_writes),
		cmocka_unit_test(a_newer_schema_is_refused_politely),
		cmocka_unit_test(migrations_lead_to_one_schema),
		cmocka_unit_test(a_shut_intake_answers_and_keeps_nothing),
		cmocka_unit_test(a_repeat_is_stored_once_across_restarts),
		cmocka_unit_test(stop_is_obeyed_whatever_the_intake_says),
		cmocka_unit_test(a_muted_participant_is_set_aside),
		cmocka_unit_test(an_operation_is_applied_once),
		cmocka_unit_test(refusals_and_the_unreadable_consume_their_number),
		cmocka_unit_test(a_desk_belongs_to_one_seat),
		cmocka_unit_test(a_theme_that_people_make_has_its_own_number),
		cmocka_unit_test(an_interruption_withholds_until_it_is_over),
		cmocka_unit_test(what_an_interruption_withheld_goes_out_before_the_end),
		cmocka_unit_test(an_editorial_interruption_is_reviewed_first),
		cmocka_unit_test(a_retraction_erases_everywhere),
		cmocka_unit_test(sealing_reaches_who_knew),
		cmocka_unit_test(the_end_waits_for_the_scribe),
		cmocka_unit_test(a_sender_hears_what_became_of_it),
		cmocka_unit_test(the_directory_follows_the_operator),
		cmocka_unit_test(all_who_follow_agree),
		cmocka_unit_test(a_cluster_that_moves_takes_its_counts_along),
		cmocka_unit_test(readers_follow_while_it_is_written),
		cmocka_unit_test(a_checkpoint_does_not_wait_for_readers),
		cmocka_unit_test(a_first_load_is_ready_before_it_is_whole),
		cmocka_unit_test(a_cursor_that_is_none_is_refused),
		cmocka_unit_test(messages_are_asked_for_by_theme_and_words),
		cmocka_unit_test(a_backup_begins_a_new_epoch),
		cmocka_unit_test(a_full_disk_takes_all_or_nothing),
		cmocka_unit_test(a_rollback_leaves_no_trace),
		cmocka_unit_test(what_was_reported_survives_kill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
