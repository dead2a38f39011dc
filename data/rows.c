/* rows.c: records to and from rows, and what a changed record moves in memory. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"

bool kind_in_records(enum kind kind)
{
	return kind <= K_PARTICIPANT;
}

/* ---- out of rows ----------------------------------------------------------------------------------------------- */

static char nothing[] = "";

static char *text_at(sqlite3_stmt *q, int column)
{
	char *s = (char *)(uintptr_t)sqlite3_column_text(q, column); /* the record only lends it */
	return s == NULL ? nothing : s;
}

static void id_at(char *to, size_t size, sqlite3_stmt *q, int column)
{
	const char *s = col_text(q, column);
	if (s[0] != '\0')
		snprintf(to, size, "%s", s);
}

static void read_theme(struct theme *t, sqlite3_stmt *q, int at)
{
	*t = (struct theme){ .first = col_int(q, at + 2),
		.first_at = col_int(q, at + 3),
		.title = text_at(q, at + 4),
		.label = nothing,
		.name = nothing,
		.words = nothing,
		.examples = nothing,
		.reason = nothing,
		.hold_why = nothing,
		.typical = text_at(q, at + 6),
		.typical_id = col_int(q, at + 7),
		.key_words = text_at(q, at + 8),
		.asks_nothing = col_int(q, at + 9) != 0 };
}

/* What the engine sees stands in the columns alone, whatever a body says. */
static void read_seen(struct theme *t, sqlite3_stmt *q, int at)
{
	text_set(&t->typical, col_text(q, at + 6));
	t->typical_id = col_int(q, at + 7);
	text_set(&t->key_words, col_text(q, at + 8));
	t->asks_nothing = col_int(q, at + 9) != 0;
}

static void read_tally(struct count *c, sqlite3_stmt *q, int at)
{
	*c = (struct count){ .web = col_int(q, at + 2),
		.sms = col_int(q, at + 3),
		.people_web = col_int(q, at + 4),
		.people_sms = col_int(q, at + 5),
		.last_at = col_int(q, at + 6),
		.rise = text_at(q, at + 7) };
	c->people = c->people_web + c->people_sms;
}

static void read_touched(struct message *m, sqlite3_stmt *q, int at)
{
	m->state = (enum message_state)col_int(q, at + 13);
	m->reason = text_at(q, at + 14);
	m->hold = (enum hold)col_int(q, at + 15);
	m->hold_why = text_at(q, at + 16);
	m->hold_for = text_at(q, at + 17);
	m->alert = col_int(q, at + 18) != 0;
	id_at(m->question, sizeof m->question, q, at + 19);
	m->r.rev = col_int(q, at + 20);
	m->r.gone = col_int(q, at + 21) != 0;
	id_at(m->r.by, sizeof m->r.by, q, at + 22);
	id_at(m->r.did, sizeof m->r.did, q, at + 23);
	m->r.when = col_int(q, at + 24);
}

static void read_message(struct message *m, sqlite3_stmt *q, int at)
{
	*m = (struct message){ .channel = (enum channel)col_int(q, at + 2),
		.participant = col_int(q, at + 3),
		.cluster = col_int(q, at + 4),
		.at = col_int(q, at + 5),
		.text = text_at(q, at + 6),
		.name = text_at(q, at + 7),
		.room = text_at(q, at + 8),
		.gateway = text_at(q, at + 9),
		.service = (enum service)col_int(q, at + 10),
		.muted = col_int(q, at + 11) != 0,
		.reason = nothing,
		.hold_why = nothing,
		.hold_for = nothing };
	if (col_int(q, at + 12) != 0)
		read_touched(m, q, at);
}

/* A record from its JSON. The version is the row's. */
static bool read_body(struct row *row, sqlite3_stmt *q, int version, int body, struct error *e)
{
	const char *text = col_text(q, body);
	row->owned = wire_read_record(text, col_bytes(q, body), e);
	if (row->owned == NULL)
		return error_context(e, "a stored record cannot be read");
	row->owned->version = col_int(q, version);
	row->r = row->owned;
	return true;
}

bool row_read(struct row *row, enum kind kind, sqlite3_stmt *q, int at, struct error *e)
{
	row->owned = NULL;
	row->r = &row->room.r;
	if (kind_in_records(kind))
		return read_body(row, q, at, at + 1, e);
	int body = kind == K_THEME ? 5 : kind == K_CLUSTER ? 3 : -1;
	if (body > 0 && sqlite3_column_bytes(q, at + body) > 0) {
		if (!read_body(row, q, at + 1, at + body, e))
			return false;
		if (kind == K_THEME)
			read_seen((struct theme *)row->owned, q, at);
		return true;
	}
	switch (kind) {
	case K_THEME:
		read_theme(&row->room.theme, q, at);
		break;
	case K_CLUSTER:
		row->room.cluster = (struct cluster){ .theme = "" };
		id_from_number(row->room.cluster.theme, col_int(q, at + 2));
		break;
	case K_COUNT:
		read_tally(&row->room.count, q, at);
		break;
	default:
		assert(kind == K_MESSAGE);
		read_message(&row->room.message, q, at);
	}
	row->room.r.kind = kind;
	id_from_number(row->room.r.id, col_int(q, at));
	row->room.r.version = col_int(q, at + 1);
	return true;
}

void row_release(struct row *row)
{
	record_free(row->owned);
	row->owned = NULL;
}

/* ---- one record ------------------------------------------------------------------------------------------------ */

static const char SQL_GET_THEME[] = "SELECT " THEME_COLUMNS " FROM theme t WHERE id=?";
static const char SQL_GET_CLUSTER[] = "SELECT " CLUSTER_COLUMNS " FROM cluster WHERE id=?";
static const char SQL_GET_MESSAGE[] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE id=?";

static struct record *read_one(
	struct store *s, enum kind kind, const char *sql, int64_t id, bool *failed, struct error *e)
{
	struct record *found = NULL;
	sqlite3_stmt *q = db_query(&s->db, e, sql, "i", id);
	*failed = q == NULL;
	struct row row;
	if (q != NULL && db_row(&s->db, q, failed, e)) {
		*failed = !row_read(&row, kind, q, 0, e);
		if (!*failed) {
			found = record_copy(row.r);
			row_release(&row);
		}
	}
	db_end(q);
	return found;
}

/* A participant or cluster that people have not touched has no record of its own, and yet exists. */
static struct record *blank_participant(const struct store *s, const char *id, int64_t number)
{
	return number <= s->people ? record_new(K_PARTICIPANT, id) : NULL;
}

static struct record *blank_cluster(const struct store *s, const char *id, int64_t number)
{
	struct count c = { .rise = NULL };
	if (number > UINT32_MAX || tallies_theme(s->tallies, (uint32_t)number) != number ||
		!tallies_count(s->tallies, (uint32_t)number, &c))
		return NULL;
	free(c.rise);
	struct cluster *made = record_new(K_CLUSTER, id);
	snprintf(made->theme, sizeof made->theme, "%s", id);
	return &made->r;
}

static struct record *counts_of(const struct store *s, const char *id, int64_t number)
{
	struct count *c = record_new(K_COUNT, id);
	if (number <= UINT32_MAX && tallies_count(s->tallies, (uint32_t)number, c))
		return &c->r;
	record_free(c);
	return NULL;
}

static struct record *look_up(struct store *s, enum kind kind, const char *id, bool *failed, struct error *e)
{
	int64_t number;
	if (!id_number(id, &number))
		return NULL;
	switch (kind) {
	case K_PARTICIPANT:
		return blank_participant(s, id, number);
	case K_COUNT:
		return counts_of(s, id, number);
	case K_THEME:
		return read_one(s, kind, SQL_GET_THEME, number, failed, e);
	case K_MESSAGE:
		return read_one(s, kind, SQL_GET_MESSAGE, number, failed, e);
	case K_CLUSTER: {
		struct record *r = read_one(s, kind, SQL_GET_CLUSTER, number, failed, e);
		return r != NULL || *failed ? r : blank_cluster(s, id, number);
	}
	default:
		return NULL;
	}
}

const struct record *store_get(struct store *s, enum kind kind, const char *id, bool *failed, struct error *e)
{
	*failed = false;
	struct record *r = memory_world_get(kind_in_records(kind) ? s->records : s->scratch, kind, id);
	if (r == NULL && kind == K_PARTICIPANT)
		r = memory_world_get(s->scratch, kind, id);
	if (r != NULL)
		return r;
	r = look_up(s, kind, id, failed, e);
	if (r != NULL)
		memory_world_put(s->scratch, r);
	return r;
}

/* ---- into rows ------------------------------------------------------------------------------------------------- */

static const char SQL_PUT_RECORD[] = "INSERT INTO record(kind, id, version, body) VALUES(?, ?, ?, ?)"
				     " ON CONFLICT DO UPDATE SET version=excluded.version, body=excluded.body";
static const char SQL_PUT_THEME[] =
	"INSERT INTO theme(id, version, touched, merged, first, first_at, title, body, name)"
	" VALUES(?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version=excluded.version, touched=1, "
	"merged=excluded.merged,"
	" first=excluded.first, first_at=excluded.first_at, title=excluded.title, body=excluded.body,"
	" name=excluded.name";
static const char SQL_PUT_CLUSTER[] =
	"INSERT INTO cluster(id, version, touched, theme, body) VALUES(?, ?, 1, ?, ?)"
	" ON CONFLICT DO UPDATE SET version=excluded.version, touched=1, theme=excluded.theme, body=excluded.body";
static const char SQL_PUT_MESSAGE[] =
	"UPDATE message SET version=?, touched=1, cluster=?,"
	" placed=CASE WHEN placed=0 AND cluster<>?2 THEN cluster ELSE placed END, muted=?, state=?, reason=?, hold=?, "
	"hold_why=?,"
	" hold_for=?, alert=?, question=?, rev=?, gone=?, by=?, did=?, done_at=?, name=?, text=? WHERE id=?";
static const char SQL_MESSAGE_PLACE[] = "SELECT cluster, participant, channel, at FROM message WHERE id=?";
/* A cluster's messages leave the chain of the theme they arrived in: from now on they count as moved. */
static const char SQL_UNCHAIN[] = "UPDATE message SET placed=cluster WHERE cluster=? AND NOT placed";

static void body_of(struct store *s, const struct record *r)
{
	buf_reset(&s->json);
	wire_record(&s->json, r, WIRE_STORE, "");
}

static bool put_small(struct store *s, struct record *r, struct error *e)
{
	body_of(s, r);
	if (!db_do(&s->db, e, SQL_PUT_RECORD, "isis", (int64_t)r->kind, r->id, r->version, s->json.data))
		return false;
	if (r->kind == K_PARTICIPANT) {
		int64_t number = 0;
		if (id_number(r->id, &number) && number <= UINT32_MAX)
			tallies_mute(s->tallies, (uint32_t)number, !r->gone && ((struct participant *)r)->muted);
	}
	s->stamp += r->kind <= K_GATEWAY;
	memory_world_put(s->records, record_copy(r));
	return true;
}

static uint32_t number_of(const char *id)
{
	int64_t n;
	return id[0] != '\0' && id_number(id, &n) && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static bool put_theme(struct store *s, const struct theme *t, struct error *e)
{
	uint32_t number = number_of(t->r.id), into = t->r.gone ? 0 : number_of(t->into);
	uint32_t was_into = tallies_into(s->tallies, number);
	bool failed;
	const struct theme *was = (const struct theme *)store_get(s, K_THEME, t->r.id, &failed, e);
	bool fresh = was == NULL;
	if (failed || !lesson_theme(s, number, was, t, e) ||
		!lesson_merge(s, number, was_into, into, e))
		return false;
	struct theme plain = *t; /* lent */
	plain.typical = plain.key_words = nothing;
	plain.typical_id = 0;
	body_of(s, &plain.r);
	if (!db_do(&s->db, e, SQL_PUT_THEME, "iiiiisss", (int64_t)number, t->r.version, (int64_t)into, t->first,
		    t->first_at, t->title, s->json.data, t->r.gone ? "" : t->name))
		return false;
	s->themes += fresh;
	if (number > s->last_theme)
		s->last_theme = number;
	tallies_merge(s->tallies, number, into);
	if (into == was_into)
		return true;
	return (was_into == 0 || seen_again(s, was_into, 0, e)) && (into == 0 || seen_merge(s, number, into, e));
}

/* Counts a theme's own messages anew. */
static bool recount(struct store *s, uint32_t theme, struct error *e)
{
	tallies_forget(s->tallies, theme);
	return tallies_load(s, theme, e);
}

static bool put_cluster(struct store *s, const struct cluster *c, struct error *e)
{
	uint32_t number = number_of(c->r.id), theme = c->r.gone ? number : number_of(c->theme);
	if (theme == 0)
		theme = number;
	uint32_t was = tallies_theme(s->tallies, number);
	if (was != theme && !db_do(&s->db, e, SQL_UNCHAIN, "i", (int64_t)number))
		return false;
	body_of(s, &c->r);
	if (!db_do(&s->db, e, SQL_PUT_CLUSTER, "iiis", (int64_t)number, c->r.version, (int64_t)theme, s->json.data))
		return false;
	if (number > s->last_cluster)
		s->last_cluster = number;
	tallies_point(s->tallies, number, theme);
	if (was == theme)
		return true;
	return lesson_point(s, number, was, theme, e) && recount(s, was, e) && recount(s, theme, e) && seen_again(s, was, 0, e) &&
		seen_again(s, theme, 0, e);
}

/* A message went from one cluster to another; its row says so already. */
static bool move_counts(
	struct store *s, uint32_t message, uint32_t from, uint32_t to, struct sighting m, struct error *e)
{
	uint32_t was = from == 0 ? 0 : tallies_theme(s->tallies, from),
		 is = to == 0 ? 0 : tallies_theme(s->tallies, to);
	tallies_move(s->tallies, message, to);
	if (was == is)
		return true;
	if (was != 0 && !tallies_remove(s->tallies, was, m, tallies_writes_in(s->tallies, m.person, was)) &&
		!recount(s, was, e))
		return false;
	if (is != 0)
		tallies_add(s->tallies, is, m);
	return true;
}

static bool place_of(struct store *s, int64_t id, uint32_t *cluster, struct sighting *m, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_MESSAGE_PLACE, "i", id);
	if (q == NULL)
		return false;
	bool failed, found = db_row(&s->db, q, &failed, e);
	if (found) {
		*cluster = (uint32_t)col_int(q, 0);
		*m = (struct sighting){
			.person = (uint32_t)col_int(q, 1), .channel = (enum channel)col_int(q, 2), .at = col_int(q, 3)
		};
	}
	db_end(q);
	return found || (!failed && error_set(e, ERR_NOT_FOUND, "there is no message %lld", (long long)id));
}

static bool put_message(struct store *s, const struct message *m, struct error *e)
{
	int64_t id = number_of(m->r.id);
	uint32_t was = 0;
	struct sighting sighting = { .person = 0 };
	if (!place_of(s, id, &was, &sighting, e))
		return false;
	if (!db_do(&s->db, e, SQL_PUT_MESSAGE,
		    "iiiisissisiississ"
		    "i",
		    m->r.version, m->cluster, (int64_t)m->muted, (int64_t)m->state, m->reason, (int64_t)m->hold,
		    m->hold_why, m->hold_for, (int64_t)m->alert, m->question, m->r.rev, (int64_t)m->r.gone, m->r.by,
		    m->r.did, m->r.when, m->name, m->text, id))
		return false;
	if (was != m->cluster && m->service == SV_NONE &&
		!lesson_refile(s, (uint32_t)id, was, (uint32_t)m->cluster, m->text, e))
		return false;
	if (was != m->cluster && !move_counts(s, (uint32_t)id, was, (uint32_t)m->cluster, sighting, e))
		return false;
	return was == 0 || seen_again(s, tallies_theme(s->tallies, was), id, e);
}

static bool put(struct store *s, struct record *r, struct error *e)
{
	if (kind_in_records(r->kind))
		return put_small(s, r, e);
	switch (r->kind) {
	case K_THEME:
		return put_theme(s, (struct theme *)r, e);
	case K_CLUSTER:
		return put_cluster(s, (struct cluster *)r, e);
	case K_MESSAGE:
		return put_message(s, (struct message *)r, e);
	default:
		return true; /* counts follow from messages */
	}
}

bool store_put(struct store *s, const struct record *after, struct error *e)
{
	struct record *r = record_copy(after); /* `after` may be the one that memory gives up */
	struct error why = { .code = ERR_NONE };
	s->batch.wrote = true;
	r->version = ++s->version;
	bool done = put(s, r, &why);
	if (!done)
		batch_fail(s, &why);
	if (!done && e != NULL)
		*e = why;
	for (int k = K_PARTICIPANT; k < KIND_COUNT; k++)
		memory_world_clear(s->scratch, (enum kind)k);
	record_free(r);
	return done;
}
