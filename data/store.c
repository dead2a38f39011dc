/* store.c: opening, batches, and what is held in memory.
 *
 *   closed --store_open--> idle --store_begin--> batch --store_commit--> idle
 *                                                batch --store_rollback, or a failure at store_commit--> reloaded, idle
 *
 * A batch that wrote and does not commit leaves memory behind the disk; the simplest right way back is to drop everything
 * and read the file again, which costs seconds on an evening's worth and happens when the disk is full.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/store_private.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum { WAL_DUE = 4000, WAL_LARGE = 16000 }; /* pages of 4 KiB: when a checkpoint is due, when the log must begin anew */
enum { SLOT_BYTES = 24 /* map.h */ };

static const char SQL_STATE[] = "SELECT event, epoch, version, number, duplicates, not_kept, restored FROM state";
static const char SQL_STATE_MAKE[] = "INSERT INTO state(one, event, epoch, version, number) VALUES(1, ?, 1, 0, 0)";
static const char SQL_STATE_SET[] = "UPDATE state SET version=?, number=?, duplicates=?, not_kept=?";
static const char SQL_EPOCH_SET[] = "UPDATE state SET epoch=?, number=0, restored=0";
static const char SQL_META_SET[] = "INSERT INTO meta(name, value) VALUES(?, ?)"
				   " ON CONFLICT DO UPDATE SET value=excluded.value";
static const char SQL_META_GET[] = "SELECT value FROM meta WHERE name=?";
static const char SQL_META_INT[] = "SELECT CAST(value AS INTEGER) FROM meta WHERE name=?";
static const char EPOCH_BEGUN[] = "epoch-begun";
static const char SQL_DEED[] = "SELECT body FROM deed WHERE act=?";
static const char SQL_CASTS[] = "SELECT count(*) FROM live WHERE number IS NOT NULL";
static const char PRAGMAS[] = "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-131072;";

/* ---- files of the directory ------------------------------------------------------------------------------------ */

char *store_file(const char *dir)
{
	return path_join(dir, "event.db");
}

bool store_read_key(const char *dir, uint8_t key[static STORE_KEY], struct error *e)
{
	struct buf b;
	buf_init(&b, 0);
	char *path = path_join(dir, "key");
	bool done = file_exists(path) ? file_read(path, STORE_KEY, &b, e)
				      : error_set(e, ERR_NOT_FOUND, "\"%s\" does not exist", path);
	if (done && b.len != STORE_KEY)
		done = error_set(e, ERR_FORMAT, "\"%s\" is not a key of %d bytes; put back the one that init made",
			path, STORE_KEY);
	if (done)
		memcpy(key, b.data, STORE_KEY);
	explicit_bzero(b.data, b.len);
	buf_release(&b);
	free(path);
	return done;
}

static bool make_key(struct store *s, struct error *e)
{
	char *path = path_join(s->dir, "key");
	randomness_fill(s->random, s->key, sizeof s->key);
	bool done = file_replace(path, s->key, sizeof s->key, 0600, e);
	free(path);
	return done;
}

static bool take_key(struct store *s, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	if (store_read_key(s->dir, s->key, &why))
		return true;
	if (why.code != ERR_NOT_FOUND) {
		if (e != NULL)
			*e = why;
		return false;
	}
	log_line(LOG_WARNING, "the key is missing: a new one is made, people who wrote before cannot be matched");
	return make_key(s, e);
}

static bool take_lock(struct store *s, struct error *e)
{
	char *path = path_join(s->dir, "lock");
	struct error why = { .code = ERR_NONE };
	bool done = file_lock(path, &s->lock, &why);
	if (!done && why.code == ERR_BUSY)
		error_set(e, ERR_BUSY, "another process serves or writes \"%s\"; stop it first", s->dir);
	else if (!done && e != NULL)
		*e = why;
	free(path);
	return done;
}

/* ---- the world ------------------------------------------------------------------------------------------------- */

static const struct record *look(void *ctx, enum kind kind, const char *id)
{
	struct store *s = ctx;
	struct error why = { .code = ERR_NONE };
	bool failed;
	const struct record *r = store_get(s, kind, id, &failed, &why);
	if (failed)
		batch_fail(s, &why);
	return r;
}

static void walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(((struct store *)ctx)->records, kind, visit, arg);
}

static const struct deed *recall(void *ctx, const char *act_id)
{
	struct store *s = ctx;
	int64_t number;
	char *body = NULL;
	struct error why = { .code = ERR_NONE };
	deed_release(&s->deed);
	if (!id_number(act_id, &number))
		return NULL;
	if (!db_text(&s->db, &why, &body, SQL_DEED, "i", number))
		batch_fail(s, &why);
	bool done = body != NULL && wire_read_deed(body, &s->deed, &why);
	free(body);
	const struct act *a = (const struct act *)memory_world_get(s->records, K_ACT, act_id);
	if (!done || a == NULL)
		return NULL;
	s->deed.undone = a->undone;
	return &s->deed;
}

static const char SQL_PREPARED[] = "SELECT id FROM theme WHERE name=?1 AND name<>'' ORDER BY id LIMIT 1";

static const struct theme *prepared(void *ctx, const char *name)
{
	struct store *s = ctx;
	int64_t number;
	char id[ID_MAX];
	struct error why = { .code = ERR_NONE };
	if (!db_int(&s->db, &why, &number, 0, SQL_PREPARED, "s", name))
		batch_fail(s, &why);
	if (why.code != ERR_NONE || number == 0)
		return NULL;
	id_from_number(id, number);
	return (const struct theme *)look(s, K_THEME, id);
}

const struct world *store_world(struct store *s)
{
	return &s->world;
}

/* ---- what is in memory ----------------------------------------------------------------------------------------- */

static void forget(struct store *s)
{
	memory_world_free(s->records);
	memory_world_free(s->scratch);
	deed_release(&s->deed);
	map128_release(&s->sources);
	map128_release(&s->pseudonyms);
	tallies_free(s->tallies);
	engine_free(s->engine);
	s->records = s->scratch = NULL;
	s->tallies = NULL;
	s->engine = NULL;
	s->messages = s->people = s->acts = s->themes = s->last_theme = s->last_cluster = 0;
}

static bool load_state(struct store *s, bool *restored, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_STATE, "");
	bool failed = q == NULL, found = q != NULL && db_row(&s->db, q, &failed, e);
	if (found) {
		snprintf(s->event, sizeof s->event, "%s", col_text(q, 0));
		s->epoch = col_int(q, 1);
		s->version = col_int(q, 2);
		s->number = col_int(q, 3);
		s->duplicates = col_int(q, 4);
		s->not_kept = col_int(q, 5);
		*restored = col_int(q, 6) != 0;
	}
	db_end(q);
	return found || (!failed && error_set(e, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", s->dir));
}

/* A backup that is opened begins an epoch that none before it had, so that no console mistakes it for what it knew. */
static bool begin_epoch(struct store *s, struct error *e)
{
	int64_t now = store_now(s) / 1000;
	char begun[24];
	s->epoch = now > s->epoch ? now : s->epoch + 1;
	snprintf(begun, sizeof begun, "%lld", (long long)store_now(s));
	s->number = 0;
	log_line(LOG_INFO, "this event was put back from a backup: epoch %lld begins", (long long)s->epoch);
	return db_do(&s->db, e, SQL_META_SET, "ss", EPOCH_BEGUN, begun) && db_do(&s->db, e, SQL_EPOCH_SET, "i", s->epoch);
}

static bool load(struct store *s, struct error *e)
{
	bool restored = false;
	s->records = memory_world_new();
	s->scratch = memory_world_new();
	s->tallies = tallies_new();
	s->stamp++;
	return load_state(s, &restored, e) && (!restored || begin_epoch(s, e)) &&
		db_int(&s->db, e, &s->epoch_begun, 0, SQL_META_INT, "s", EPOCH_BEGUN) && store_scan(s, e) &&
		db_int(&s->db, e, &s->casts, 0, SQL_CASTS, "");
}

bool store_reload(struct store *s)
{
	struct error why = { .code = ERR_NONE };
	forget(s);
	s->broken = !load(s, &why);
	if (!s->broken)
		return true;
	s->batch.why = why;
	log_line(LOG_ERROR, "the event cannot be read again: %s", why.text);
	return false;
}

/* ---- open and close -------------------------------------------------------------------------------------------- */

static struct store *store_new(const struct store_options *o)
{
	struct store *s = xcalloc(1, sizeof *s);
	s->dir = xstrdup(o->dir);
	s->path = store_file(o->dir);
	s->vfs = o->vfs == NULL ? NULL : xstrdup(o->vfs);
	s->clock = o->clock == NULL ? clock_system() : o->clock;
	s->random = o->random == NULL ? randomness_system() : o->random;
	s->lock = -1;
	s->world = (struct world){ .ctx = s, .get = look, .each = walk, .deed = recall, .prepared = prepared };
	buf_init(&s->json, 0);
	buf_init(&s->batch.bytes, 0);
	return s;
}

static int count_pages(void *ctx, sqlite3 *handle, const char *name, int pages)
{
	(void)handle;
	(void)name;
	((struct store *)ctx)->wal_pages = pages;
	return SQLITE_OK;
}

static bool open_db(struct store *s, bool make, struct error *e)
{
	struct db_options o = { .path = s->path, .vfs = s->vfs, .make = make, .pragmas = PRAGMAS };
	if (!db_open(&s->db, &o, e) || !db_migrate(&s->db, store_migrations, store_migrations_n, e))
		return false;
	sqlite3_wal_hook(s->db.handle, count_pages, s);
	return true;
}

/* What the last process committed is told to consoles and viewers from now on. */
static bool make_durable(struct store *s, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	if (db_make_durable(&s->db, &why))
		return true;
	if (why.code == ERR_BUSY)
		return store_meta_set(s, "opened", "", e);
	if (e != NULL)
		*e = why;
	return false;
}

struct store *store_open(const struct store_options *o, struct error *e)
{
	struct store *s = store_new(o);
	bool done = file_exists(s->path) || errno == EACCES || /* whose it is, the lock tells */
		error_set(e, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", o->dir);
	done = done && (o->no_lock || take_lock(s, e)) && open_db(s, false, e) && make_durable(s, e) && take_key(s, e) &&
		load(s, e);
	if (done && purge_pending(s))
		purge_finish(s);
	if (done)
		return s;
	store_close(s);
	return NULL;
}

/* Everything but `why`, which outlives the batch that failed, and the memory. */
static void batch_clear(struct batch *b)
{
	*b = (struct batch){ .why = b->why,
		.events = b->events,
		.offsets = b->offsets,
		.cap_events = b->cap_events,
		.cap_offsets = b->cap_offsets,
		.bytes = b->bytes };
	buf_reset(&b->bytes);
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->batch.open)
		db_run(&s->db, "ROLLBACK", NULL);
	forget(s);
	db_close(&s->db); /* the last connection checkpoints */
	file_unlock(&s->lock);
	buf_release(&s->json);
	buf_release(&s->batch.bytes);
	free(s->batch.events);
	free(s->batch.offsets);
	explicit_bzero(s->key, sizeof s->key);
	free(s->dir);
	free(s->path);
	free(s->vfs);
	free(s);
}

/* ---- a new event ----------------------------------------------------------------------------------------------- */

static const char SQL_EVENTS[] = "SELECT count(*) FROM state";

static bool has_event(struct store *s, bool *there, struct error *e)
{
	int64_t rows = 0;
	bool done = db_int(&s->db, e, &rows, 0, SQL_EVENTS, "");
	*there = rows > 0;
	return done;
}

static bool write_event(struct store *s, const char *title, const char *lang, bool rehearsal, struct error *e)
{
	char event[ID_MAX];
	struct committed made;
	id_uuid7(event, store_now(s), s->random);
	if (!store_begin(s, e))
		return false;
	struct event *ev = record_new(K_EVENT, "event");
	text_set(&ev->title, title);
	text_set(&ev->lang, lang);
	ev->rehearsal = rehearsal;
	ev->r.rev = 1;
	ev->r.when = store_now(s);
	snprintf(ev->r.by, sizeof ev->r.by, "0");
	snprintf(ev->r.did, sizeof ev->r.did, "init");
	bool done = db_do(&s->db, e, SQL_STATE_MAKE, "s", event) && store_put(s, &ev->r, e);
	record_free(ev);
	if (done && store_commit(s, &made, e))
		return true;
	if (s->batch.open)
		db_run(&s->db, "ROLLBACK", NULL);
	s->batch.open = false;
	return false;
}

static bool check_words(const char *title, const char *lang, struct error *e)
{
	if (title[0] == '\0' || !text_is_utf8(title, strlen(title)) || text_points(title) > 200)
		return error_set(e, ERR_USAGE, "a title has 1 to 200 characters");
	if (strcmp(lang, "fr") != 0 && strcmp(lang, "en") != 0)
		return error_set(e, ERR_USAGE, "the language \"%s\" is neither fr nor en", lang);
	return true;
}

static bool init(struct store *s, const struct store_options *o, const char *title, const char *lang, bool rehearsal,
	struct error *e)
{
	bool there = false;
	if (!file_make_dirs(s->dir, 0700, e) || (!o->no_lock && !take_lock(s, e)))
		return false;
	if (!open_db(s, true, e) || !has_event(s, &there, e))
		return false;
	if (there)
		return error_set(e, ERR_REFUSED, "\"%s\" holds an event already; choose another directory", s->dir);
	s->records = memory_world_new();
	s->scratch = memory_world_new();
	s->tallies = tallies_new();
	return make_key(s, e) && write_event(s, title, lang, rehearsal, e);
}

bool store_init(const struct store_options *o, const char *title, const char *lang, bool rehearsal, struct error *e)
{
	if (!check_words(title, lang, e))
		return false;
	struct store *s = store_new(o);
	bool done = init(s, o, title, lang, rehearsal, e);
	store_close(s);
	return done;
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

bool batch_usable(struct store *s, struct error *e)
{
	assert(s->batch.open);
	if (!s->batch.failed)
		return true;
	if (e != NULL)
		*e = s->batch.why;
	return false;
}

bool batch_fail(struct store *s, const struct error *e)
{
	if (!s->batch.failed)
		s->batch.why = *e;
	s->batch.failed = true;
	return false;
}

bool store_begin(struct store *s, struct error *e)
{
	assert(!s->batch.open);
	if (s->broken && !store_reload(s)) { /* the disk may answer again */
		if (e != NULL)
			*e = s->batch.why;
		return false;
	}
	if (!db_run(&s->db, "BEGIN IMMEDIATE", e))
		return false;
	batch_clear(&s->batch);
	s->batch.open = true;
	s->batch.begun_version = s->version;
	return true;
}

void store_rollback(struct store *s)
{
	if (!s->batch.open)
		return;
	db_run(&s->db, "ROLLBACK", NULL);
	bool wrote = s->batch.wrote;
	batch_clear(&s->batch);
	if (wrote)
		store_reload(s);
}

static int64_t monotonic_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool write_batch(struct store *s, struct error *e)
{
	if (!batch_usable(s, e))
		return false;
	if (!s->batch.wrote)
		return db_run(&s->db, "COMMIT", e);
	if (!counts_write(s, e) ||
		!db_do(&s->db, e, SQL_STATE_SET, "iiii", s->version, s->number, s->duplicates, s->not_kept))
		return false;
	int64_t begun = monotonic_us();
	if (!db_run(&s->db, "COMMIT", e))
		return false;
	s->syncs[s->n_syncs++ % SYNCS_KEPT] = monotonic_us() - begun;
	return true;
}

/* Walks all themes: now and then only. */
static void measure(struct store *s)
{
	if (s->messages < s->measure_at)
		return;
	s->memory_themes = tallies_memory_themes(s->tallies);
	s->measure_at = s->messages + s->messages / 16 + 1000;
}

bool store_commit(struct store *s, struct committed *out, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	struct batch *b = &s->batch;
	assert(b->open);
	if (!write_batch(s, &why)) {
		if (e != NULL)
			*e = why;
		b->wrote = true; /* counters in memory ran ahead as well */
		store_rollback(s);
		*out = (struct committed){ .version = s->version };
		return false;
	}
	b->open = false;
	for (size_t i = 0; i < b->n_events; i++)
		b->events[i].sse = b->bytes.data + b->offsets[i];
	*out = (struct committed){ .version = s->version,
		.changed = s->version != b->begun_version,
		.events = b->events,
		.n_events = b->n_events,
		.purged = b->purged };
	memory_world_free(s->scratch);
	s->scratch = memory_world_new();
	measure(s);
	if (b->purged)
		purge_finish(s);
	return true;
}

/* ---- checkpoints ----------------------------------------------------------------------------------------------- */

bool store_checkpoint_due(struct store *s)
{
	if (s->wal_pages < s->wal_asked)
		s->wal_asked = 0; /* the log began anew */
	if (s->wal_pages - s->wal_asked < WAL_DUE)
		return false;
	s->wal_asked = s->wal_pages;
	return true;
}

bool store_checkpoint(const char *dir, const char *vfs, struct error *e)
{
	char *path = store_file(dir);
	bool done = db_checkpoint(path, vfs, WAL_LARGE, e);
	free(path);
	return done;
}

/* ---- small things ---------------------------------------------------------------------------------------------- */

int64_t store_now(const struct store *s)
{
	return clock_now(s->clock);
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

int64_t store_epoch(const struct store *s)
{
	return s->epoch;
}

const char *store_event_id(const struct store *s)
{
	return s->event;
}

bool store_meta_set(struct store *s, const char *name, const char *value, struct error *e)
{
	if (s->batch.open && !batch_usable(s, e))
		return false;
	s->batch.wrote = s->batch.wrote || s->batch.open;
	return db_do(&s->db, e, SQL_META_SET, "ss", name, value);
}

char *store_meta_get(struct store *s, const char *name)
{
	char *value = NULL;
	db_text(&s->db, NULL, &value, SQL_META_GET, "s", name);
	return value;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

struct aired {
	uint32_t *v;
	size_t n, cap;
};

static bool take_aired(void *arg, const struct record *r)
{
	struct aired *a = arg;
	const struct question *q = (const struct question *)r;
	int64_t theme;
	if (r->gone || q->times == 0 || q->struck || !id_number(q->theme, &theme))
		return true;
	grow(&a->v, &a->cap, a->n + 1, sizeof *a->v);
	a->v[a->n++] = (uint32_t)theme;
	return true;
}

/* The union of some large sets: counted anew after an act, else every few seconds. */
static int64_t people_aired(struct store *s)
{
	int64_t now = store_now(s);
	bool acted = s->aired.acts != s->acts;
	if (!acted && (s->aired.messages == s->messages || (now >= s->aired.at && now - s->aired.at < AIRED_MS)))
		return s->aired.people;
	struct aired a = { 0 };
	memory_world_each(s->records, K_QUESTION, take_aired, &a);
	s->aired.people = tallies_people_of(s->tallies, a.v, a.n);
	s->aired.at = now;
	s->aired.acts = s->acts;
	s->aired.messages = s->messages;
	free(a.v);
	return s->aired.people;
}

void store_figures(struct store *s, struct store_figures *out)
{
	size_t n = s->n_syncs < SYNCS_KEPT ? s->n_syncs : SYNCS_KEPT;
	int64_t sorted[SYNCS_KEPT];
	memcpy(sorted, s->syncs, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, ascending);
	*out = (struct store_figures){ .messages = s->messages,
		.people = s->people,
		.themes = s->themes,
		.duplicates = s->duplicates,
		.not_kept = s->not_kept,
		.version = s->version,
		.acts = s->acts,
		.casts = s->casts,
		.sync_us_last = n == 0 ? 0 : s->syncs[(s->n_syncs - 1) % SYNCS_KEPT],
		.sync_us_median = n == 0 ? 0 : sorted[n / 2],
		.people_aired = s->broken ? 0 : people_aired(s),
		.memory_themes = s->broken ? 0 : s->memory_themes + engine_memory(s->engine),
		.memory_people = s->broken ? 0
					   : tallies_memory_people(s->tallies) +
				(s->pseudonyms.cap + s->sources.cap) * SLOT_BYTES };
}
