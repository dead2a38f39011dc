/* ingest.c: messages into the store, at the rate of an evening.
 *
 * A message costs one row, one index entry, and its theme's counts once a batch. Who sent it, whether it came before and
 * what is counted already are looked up in memory, which store_scan fills at open.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"
#include "src/base/text.h"

/* ---- receipts -------------------------------------------------------------------------------------------------- */

/* A receipt is the message's number (4 bytes) and a keyed hash of it (16), in base32: nothing is stored for it, a repeat
 * gets the same, and without the key none can be made up. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
enum { RECEIPT_BYTES = 20, RECEIPT_CHARS = 32 };

static void put_be(uint8_t *to, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

void receipt_make(const uint8_t key[static STORE_KEY], int64_t id, char out[static 33])
{
	uint8_t bytes[RECEIPT_BYTES], said[12] = "receipt:";
	put_be(said + 8, (uint64_t)id, 4);
	struct key128 mac = key128_keyed(key, said, sizeof said);
	put_be(bytes, (uint64_t)id, 4);
	put_be(bytes + 4, mac.hi, 8);
	put_be(bytes + 12, mac.lo, 8);
	for (size_t i = 0; i < RECEIPT_CHARS / 8; i++) { /* 5 bytes are 8 digits */
		uint64_t v = 0;
		for (size_t j = 0; j < 5; j++)
			v = v << 8 | bytes[i * 5 + j];
		for (size_t j = 0; j < 8; j++)
			out[i * 8 + j] = digits[v >> (35 - 5 * j) & 31];
	}
	out[RECEIPT_CHARS] = '\0';
}

bool receipt_read(const uint8_t key[static STORE_KEY], const char *receipt, int64_t *id)
{
	if (strlen(receipt) != RECEIPT_CHARS)
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < 7; i++) { /* 35 bits; the number is the first 32 */
		const char *d = strchr(digits, receipt[i]);
		if (d == NULL)
			return false;
		v = v << 5 | (uint64_t)(d - digits);
	}
	*id = (int64_t)(v >> 3);
	char right[33];
	receipt_make(key, *id, right);
	return id_same_secret(right, receipt);
}

struct key128 store_pseudonym(const struct store *s, const char *sender)
{
	size_t len = strlen(sender);
	char *said = xmalloc(len + 8);
	memcpy(said, "person:", 7);
	memcpy(said + 7, sender, len + 1);
	uint8_t key[STORE_KEY]; /* byte by byte: a purge may be changing it, and a torn one matches nobody either */
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = __atomic_load_n(&s->key[i], __ATOMIC_RELAXED);
	struct key128 k = key128_keyed(key, said, len + 7);
	explicit_bzero(key, sizeof key);
	explicit_bzero(said, len);
	free(said);
	return k;
}

/* ---- a message ------------------------------------------------------------------------------------------------- */

static const char SQL_MESSAGE[] =
	"INSERT INTO message(id, version, channel, participant, cluster, prev, at, text, name, room,"
	" gateway, service, muted, source_hi, source_lo, gateway_id, raw) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	"?, ?, ?, ?, ?)";
static const char SQL_PERSON[] = "INSERT INTO person(id, hi, lo) VALUES(?, ?, ?)";
static const char SQL_THEME[] =
	"INSERT INTO theme(id, version, touched, first, first_at, title, asks_nothing) VALUES(?, ?, ?, ?, ?, ?, ?)";
static const char SQL_CLUSTER[] = "INSERT INTO cluster(id, version, touched, theme) VALUES(?, ?, ?, ?)";

static bool is_key(struct key128 k)
{
	return (k.hi | k.lo) != 0;
}

/* One pseudonym that came by both channels is a person on each. */
struct key128 person_key(struct key128 person, enum channel channel)
{
	return (struct key128){ .hi = person.hi ^ (uint64_t)channel << 56, .lo = person.lo };
}

static bool intake_open(const struct store *s, const struct arrival *a, struct error *e)
{
	const struct event *ev = (const struct event *)memory_world_get(s->records, K_EVENT, "event");
	if (ev->state == EV_SEALED || (ev->state == EV_ENDED && !a->advance && a->service != SV_STOP))
		return error_set(e, ERR_REFUSED, "the event is over; questions are no longer taken");
	if (a->advance || a->service == SV_STOP)
		return true;
	if (a->channel == CH_WEB ? ev->intake_web : ev->intake_sms)
		return true;
	if (ev->state == EV_PREPARING)
		return error_set(e, ERR_REFUSED, "questions are not being taken yet");
	return error_set(e, ERR_REFUSED,
		a->channel == CH_WEB ? "questions are not being taken on the web at the moment"
				     : "questions are not being taken by SMS at the moment");
}

static bool person_of(struct store *s, const struct arrival *a, uint32_t *person, struct error *e)
{
	struct key128 key = person_key(a->person, a->channel);
	*person = is_key(a->person) ? map128_get(&s->pseudonyms, key) : 0;
	if (*person != 0)
		return true;
	*person = ++s->people;
	tallies_person(s->tallies, *person, a->channel);
	if (!is_key(a->person))
		return true;
	map128_put(&s->pseudonyms, key, *person);
	return db_do(&s->db, e, SQL_PERSON, "iii", (int64_t)*person, (int64_t)key.hi, (int64_t)key.lo);
}

void title_line(const char *text, struct buf *out)
{
	buf_reset(out);
	if (strlen(text) > TITLE_POINTS || strchr(text, '\n') != NULL)
		text_clean_line(text, strlen(text), TITLE_POINTS, out);
	else
		buf_adds(out, text);
}

static const char *bucket_title(const struct store *s)
{
	const struct event *ev = (const struct event *)memory_world_get(s->records, K_EVENT, "event");
	return theme_asks_nothing[strcmp(ev->lang, "fr") != 0];
}

static bool found_theme(
	struct store *s, uint32_t theme, const struct arrival *a, int64_t at, bool asks_nothing, struct error *e)
{
	title_line(asks_nothing ? bucket_title(s) : a->text, &s->json);
	if (asks_nothing && !lesson_bucket(s, theme, e))
		return false;
	if (!db_do(&s->db, e, SQL_THEME, "iiiiisi", (int64_t)theme, ++s->version, (int64_t)(theme <= s->last_theme),
		    (int64_t)s->messages, at, s->json.data, (int64_t)asks_nothing))
		return false;
	s->themes++;
	if (theme > s->last_theme)
		s->last_theme = theme;
	return true;
}

static bool point_cluster(struct store *s, struct placing p, struct error *e)
{
	if (!db_do(&s->db, e, SQL_CLUSTER, "iiii", (int64_t)p.cluster, ++s->version,
		    (int64_t)(p.cluster <= s->last_cluster), (int64_t)p.theme))
		return false;
	if (p.cluster > s->last_cluster)
		s->last_cluster = p.cluster;
	tallies_point(s->tallies, p.cluster, p.theme);
	return true;
}

/* What a prepared theme had not yet: a first message. */
static bool begin_theme(struct store *s, uint32_t theme, int64_t first, int64_t at, struct error *e)
{
	char id[ID_MAX];
	bool failed;
	id_from_number(id, theme);
	const struct theme *t = (const struct theme *)store_get(s, K_THEME, id, &failed, e);
	if (t == NULL || t->first != 0)
		return !failed;
	struct theme *begun = record_copy(&t->r);
	begun->first = first;
	begun->first_at = at;
	bool done = store_put(s, &begun->r, e);
	record_free(begun);
	return done;
}

static bool place(struct store *s, const struct arrival *a, int64_t at, uint32_t *cluster, struct error *e)
{
	*cluster = 0;
	if (a->service != SV_NONE)
		return true;
	struct placing p = engine_place(s->engine, a->text, at);
	*cluster = p.cluster;
	if (p.fresh && p.theme == p.cluster)
		return found_theme(s, p.theme, a, at, p.asks_nothing, e);
	if (p.fresh && !point_cluster(s, p, e))
		return false;
	uint32_t theme = tallies_theme(s->tallies, p.cluster);
	return tallies_head(s->tallies, theme, 0) != 0 || begin_theme(s, theme, s->messages, at, e);
}

/* Two themes that the engine finds to be one: the same pointer that people set, without an act. What is held for different
 * reasons stays apart. */
static bool merge_themes(struct store *s, struct error *e)
{
	struct merging m;
	if (!engine_step(s->engine, &m))
		return true;
	char theme[ID_MAX], into[ID_MAX];
	bool failed;
	id_from_number(theme, m.theme);
	id_from_number(into, m.into);
	const struct theme *to = (const struct theme *)store_get(s, K_THEME, into, &failed, e);
	bool empty = to != NULL && to->first == 0;
	enum hold hold = to == NULL ? HOLD_NONE : to->hold;
	const struct record *r = failed ? NULL : store_get(s, K_THEME, theme, &failed, e);
	if (failed || r == NULL || to == NULL)
		return !failed;
	struct theme *merged = record_copy(r);
	snprintf(merged->into, sizeof merged->into, "%s", into);
	s->stepping = true;
	bool done = (merged->hold != HOLD_NONE && merged->hold != hold) ||
		(store_put(s, &merged->r, e) && (!empty || begin_theme(s, m.into, merged->first, merged->first_at, e)));
	s->stepping = false;
	record_free(merged);
	return done;
}

static bool stop(struct store *s, uint32_t person, struct error *e)
{
	char id[ID_MAX];
	bool failed;
	id_from_number(id, person);
	const struct record *r = store_get(s, K_PARTICIPANT, id, &failed, e);
	if (r == NULL || ((const struct participant *)r)->stopped)
		return !failed;
	struct participant *p = record_copy(r);
	p->stopped = true;
	bool done = store_put(s, &p->r, e);
	record_free(p);
	return done;
}

static bool write_message(
	struct store *s, const struct arrival *a, struct sighting m, uint32_t cluster, struct error *e)
{
	bool muted = (tallies_person_flags(s->tallies, m.person) & PERSON_MUTED) != 0;
	int64_t prev = cluster == 0 ? 0 : tallies_head(s->tallies, tallies_theme(s->tallies, cluster), s->messages);
	tallies_message(s->tallies, s->messages, m.person, cluster);
	return db_do(&s->db, e, SQL_MESSAGE, "iiiiiiissssiiiisb", (int64_t)s->messages, ++s->version,
		(int64_t)m.channel, (int64_t)m.person, (int64_t)cluster, prev, m.at, a->text, a->name, a->room,
		a->gateway, (int64_t)a->service, (int64_t)muted, (int64_t)a->source.hi, (int64_t)a->source.lo,
		a->gateway_id, a->raw, a->raw_len);
}

static bool take(struct store *s, const struct arrival *a, struct error *e)
{
	struct sighting m = { .channel = a->channel, .at = a->at == 0 ? store_now(s) : a->at };
	uint32_t cluster;
	s->batch.wrote = true;
	s->messages++;
	if (!person_of(s, a, &m.person, e) || !place(s, a, m.at, &cluster, e) || !write_message(s, a, m, cluster, e))
		return false;
	if (is_key(a->source))
		map128_put(&s->sources, a->source, s->messages);
	if (cluster != 0)
		tallies_add(s->tallies, tallies_theme(s->tallies, cluster), m);
	if (cluster != 0 &&
		(!merge_themes(s, e) || !seen_message(s, tallies_theme(s->tallies, cluster), s->messages, e)))
		return false;
	return a->service != SV_STOP || stop(s, m.person, e);
}

bool store_append(struct store *s, const struct arrival *a, struct receipt *out, struct error *e)
{
	*out = (struct receipt){ .taken = TAKEN_NOT };
	assert(a->channel == CH_WEB || a->channel == CH_SMS);
	if (!batch_usable(s, e))
		return false;
	uint32_t known = is_key(a->source) ? map128_get(&s->sources, a->source) : 0;
	if (known != 0) {
		s->duplicates++;
		*out = (struct receipt){ .taken = TAKEN_BEFORE, .id = known };
	} else {
		if (!intake_open(s, a, e)) {
			s->not_kept++;
			return false;
		}
		struct error why = { .code = ERR_NONE };
		if (!take(s, a, &why)) {
			if (e != NULL)
				*e = why;
			return batch_fail(s, &why);
		}
		*out = (struct receipt){ .taken = TAKEN, .id = s->messages };
	}
	receipt_make(s->key, out->id, out->receipt);
	return true;
}

/* ---- counts ---------------------------------------------------------------------------------------------------- */

static const char SQL_TALLY_MAKE[] =
	"INSERT INTO tally(id, version, head, web, sms, people_web, people_sms, last_at, rise)"
	" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char SQL_TALLY_SET[] =
	"UPDATE tally SET version=?2, head=?3, web=?4, sms=?5, people_web=?6, people_sms=?7,"
	" last_at=?8, rise=?9 WHERE id=?1";
static const char SQL_TALLY_LOG[] = "INSERT INTO tally_log(version, id) VALUES(?, ?)";

bool counts_write(struct store *s, struct error *e)
{
	size_t n;
	const uint32_t *dirty = tallies_dirty(s->tallies, &n);
	struct count c = { .rise = xstrdup("") };
	bool done = true;
	for (size_t i = 0; i < n && done; i++) {
		uint32_t theme = dirty[i];
		const char *sql = tallies_stored(s->tallies, theme) ? SQL_TALLY_SET : SQL_TALLY_MAKE;
		tallies_count(s->tallies, theme, &c);
		done = db_do(&s->db, e, sql, "iiiiiiiis", (int64_t)theme, ++s->version,
			       (int64_t)tallies_head(s->tallies, theme, 0), c.web, c.sms, c.people_web, c.people_sms,
			       c.last_at, c.rise) &&
			db_do(&s->db, e, SQL_TALLY_LOG, "ii", s->version, (int64_t)theme);
		tallies_set_stored(s->tallies, theme);
	}
	tallies_clean(s->tallies);
	free(c.rise);
	return done;
}

/* ?1 the theme, ?2 its head, ?3 whether the cluster of its own number is still in it */
static const char SQL_SIGHTINGS[] =
	"WITH RECURSIVE chain(id) AS (SELECT ?2 UNION ALL"
	" SELECT m.prev FROM chain c JOIN message m ON m.id=c.id WHERE m.prev)"
	" SELECT participant, channel, at FROM chain c JOIN message m ON m.id=c.id WHERE NOT placed"
	" UNION ALL SELECT participant, channel, at FROM message WHERE placed AND cluster=?1 AND ?3"
	" UNION ALL SELECT participant, channel, at FROM message WHERE placed"
	" AND cluster IN (SELECT id FROM cluster WHERE theme=?1 AND id<>?1)";

bool tallies_load(struct store *s, uint32_t theme, struct error *e)
{
	int64_t own = tallies_theme(s->tallies, theme) == theme;
	sqlite3_stmt *q = db_query(
		&s->db, e, SQL_SIGHTINGS, "iii", (int64_t)theme, (int64_t)tallies_head(s->tallies, theme, 0), own);
	bool failed = q == NULL;
	while (q != NULL && db_row(&s->db, q, &failed, e))
		tallies_add(s->tallies, theme,
			(struct sighting){ .person = (uint32_t)col_int(q, 0),
				.channel = (enum channel)col_int(q, 1),
				.at = col_int(q, 2) });
	db_end(q);
	return !failed;
}

/* ---- at open --------------------------------------------------------------------------------------------------- */

static const char SQL_SCAN_RECORDS[] = "SELECT " RECORD_COLUMNS ", kind FROM record ORDER BY kind, id";
static const char SQL_SCAN_PEOPLE[] = "SELECT id, hi, lo FROM person";
static const char SQL_SCAN_CLUSTERS[] = "SELECT id, theme FROM cluster ORDER BY id";
static const char SQL_SCAN_MESSAGES[] = "SELECT id, channel, participant, cluster, at, text, source_hi, source_lo,"
					" CASE WHEN placed THEN placed ELSE cluster END FROM message ORDER BY id";
static const char SQL_SCAN_THEMES[] = "SELECT id, merged, first FROM theme ORDER BY id";
static const char SQL_SCAN_TALLIES[] = "SELECT id, head FROM tally";

static bool scan_record(struct store *s, sqlite3_stmt *q, struct error *e)
{
	struct row row;
	if (!row_read(&row, (enum kind)col_int(q, 2), q, 0, e))
		return false;
	if (row.owned->kind == K_PARTICIPANT) {
		int64_t number = 0;
		if (id_number(row.owned->id, &number))
			tallies_mute(s->tallies, (uint32_t)number,
				!row.owned->gone && ((struct participant *)row.owned)->muted);
	}
	s->acts += row.owned->kind == K_ACT;
	memory_world_put(s->records, row.owned);
	return true;
}

static bool scan_person(struct store *s, sqlite3_stmt *q, struct error *e)
{
	(void)e;
	struct key128 key = { .hi = (uint64_t)col_int(q, 1), .lo = (uint64_t)col_int(q, 2) };
	map128_put(&s->pseudonyms, key, (uint32_t)col_int(q, 0));
	return true;
}

static bool scan_cluster(struct store *s, sqlite3_stmt *q, struct error *e)
{
	(void)e;
	s->last_cluster = (uint32_t)col_int(q, 0);
	engine_reserved(s->engine, s->last_cluster);
	tallies_point(s->tallies, s->last_cluster, (uint32_t)col_int(q, 1));
	return true;
}

static bool scan_message(struct store *s, sqlite3_stmt *q, struct error *e)
{
	struct sighting m = {
		.person = (uint32_t)col_int(q, 2), .channel = (enum channel)col_int(q, 1), .at = col_int(q, 4)
	};
	uint32_t cluster = (uint32_t)col_int(q, 3), placed = (uint32_t)col_int(q, 8);
	struct key128 source = { .hi = (uint64_t)col_int(q, 6), .lo = (uint64_t)col_int(q, 7) };
	s->messages = (uint32_t)col_int(q, 0);
	if (!lessons_until(s, s->lessons, s->messages, e))
		return false;
	if (m.person > s->people)
		s->people = m.person;
	tallies_person(s->tallies, m.person, m.channel);
	tallies_message(s->tallies, s->messages, m.person, cluster);
	if (is_key(source))
		map128_put(&s->sources, source, s->messages);
	if (placed != 0 && col_bytes(q, 5) == 0) /* purged */
		engine_reserved(s->engine, placed);
	else if (placed != 0)
		engine_restore(s->engine, col_text(q, 5), m.at, placed,
			lessons_began(s->lessons, placed, tallies_theme(s->tallies, placed)));
	if (cluster != 0)
		tallies_add(s->tallies, tallies_theme(s->tallies, cluster), m);
	return true;
}

static bool scan_theme(struct store *s, sqlite3_stmt *q, struct error *e)
{
	(void)e;
	s->themes++;
	s->last_theme = (uint32_t)col_int(q, 0);
	engine_reserved(s->engine, s->last_theme);
	if (col_int(q, 1) != 0)
		tallies_merge(s->tallies, s->last_theme, (uint32_t)col_int(q, 1));
	return true;
}

static bool scan_tally(struct store *s, sqlite3_stmt *q, struct error *e)
{
	(void)e;
	uint32_t theme = (uint32_t)col_int(q, 0);
	tallies_set_stored(s->tallies, theme);
	tallies_head(s->tallies, theme, (uint32_t)col_int(q, 1));
	return true;
}

static bool each_row(struct store *s, const char *sql, bool (*scan)(struct store *s, sqlite3_stmt *q, struct error *e),
	struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, sql, "");
	bool failed = q == NULL, done = q != NULL;
	while (done && db_row(&s->db, q, &failed, e))
		done = scan(s, q, e);
	db_end(q);
	return done && !failed;
}

bool store_scan(struct store *s, struct error *e)
{
	if (!each_row(s, SQL_SCAN_RECORDS, scan_record, e))
		return false;
	const struct event *ev = (const struct event *)memory_world_get(s->records, K_EVENT, "event");
	if (ev == NULL)
		return error_set(e, ERR_FORMAT, "\"%s\" is damaged (no event in it); put back a backup", s->path);
	s->engine = engine_new(ev->lang);
	s->lessons = lessons_read(s, e);
	bool done = s->lessons != NULL && each_row(s, SQL_SCAN_PEOPLE, scan_person, e) &&
		each_row(s, SQL_SCAN_CLUSTERS, scan_cluster, e) && each_row(s, SQL_SCAN_MESSAGES, scan_message, e) &&
		lessons_until(s, s->lessons, UINT32_MAX, e) && each_row(s, SQL_SCAN_THEMES, scan_theme, e) &&
		each_row(s, SQL_SCAN_TALLIES, scan_tally, e);
	lessons_free(s->lessons);
	s->lessons = NULL;
	tallies_clean(s->tallies);
	return done;
}
