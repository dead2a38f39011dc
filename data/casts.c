/* casts.c: what the public is told, numbered in the order in which it goes out.
 *
 *   an operation's cast --> withheld (number NULL)   while the event is interrupted, or its segment waits for review
 *                       --> numbered                 its payload is written now
 *   withheld --flush--> numbered, as the record stands then; dropped when it was retracted meanwhile
 *   numbered --erase--> tombstone: the number stays, the words are gone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"

static const char SQL_CAST[] = "INSERT INTO live(epoch, number, type, kind, id, word, payload)"
			       " VALUES(?1, nullif(?2, 0), ?3, ?4, ?5, ?6, ?7)";
static const char SQL_WITHHELD[] = "SELECT seq, type, kind, id, word FROM live WHERE number IS NULL ORDER BY seq";
static const char SQL_NUMBER[] = "UPDATE live SET epoch=?, number=?, payload=? WHERE seq=?";
static const char SQL_DROP[] = "DELETE FROM live WHERE seq=?";
static const char SQL_DROP_WITHHELD[] = "DELETE FROM live WHERE kind=? AND id=? AND number IS NULL";
static const char SQL_SENT[] = "SELECT seq, epoch, number, type FROM live WHERE kind=? AND id=? AND number IS NOT NULL"
			       " AND NOT erased ORDER BY seq";
static const char SQL_ERASE[] = "UPDATE live SET payload=?, erased=1 WHERE seq=?";

/* ---- what the server sends on after the commit ----------------------------------------------------------------- */

static void tell(struct store *s, int64_t number, enum cast_type type, const char *payload, size_t len, bool tombstone)
{
	struct batch *b = &s->batch;
	size_t at = b->bytes.len;
	wire_sse(&b->bytes, s->epoch, number, cast_names[type], payload, len);
	grow(&b->events, &b->cap_events, b->n_events + 1, sizeof *b->events);
	grow(&b->offsets, &b->cap_offsets, b->n_events + 1, sizeof *b->offsets);
	b->events[b->n_events] =
		(struct live_event){ .number = number, .tombstone = tombstone, .len = b->bytes.len - at };
	b->offsets[b->n_events++] = at;
}

/* ---- one cast -------------------------------------------------------------------------------------------------- */

static const struct segment *segment_of(struct store *s, const struct cast *c)
{
	return c->kind != K_SEGMENT ? NULL : (const struct segment *)memory_world_get(s->records, K_SEGMENT, c->id);
}

/* Notes in the segment whether the public has it. */
static bool mark_segment(struct store *s, const struct cast *c, bool unsent, struct error *e)
{
	const struct segment *was = c->type == CAST_SEGMENT ? segment_of(s, c) : NULL;
	if (was == NULL || was->unsent == unsent)
		return true;
	struct segment *now = record_copy(was);
	now->unsent = unsent;
	bool done = store_put(s, &now->r, e);
	record_free(now);
	return done;
}

/* Writes the payload of the cast as its record stands now; s->json holds it. */
static void render(struct store *s, const struct cast *c, int64_t now)
{
	buf_reset(&s->json);
	wire_cast(&s->json, &s->world, c, now);
}

static bool send_now(struct store *s, const struct cast *c, int64_t seq, int64_t now, struct error *e)
{
	if (!mark_segment(s, c, false, e))
		return false;
	render(s, c, now);
	int64_t number = ++s->number;
	s->casts++;
	tell(s, number, c->type, s->json.data, s->json.len, false);
	if (seq != 0)
		return db_do(&s->db, e, SQL_NUMBER, "iisi", s->epoch, number, s->json.data, seq);
	return db_do(&s->db, e, SQL_CAST, "iiiisss", s->epoch, number, (int64_t)c->type, (int64_t)c->kind, c->id,
		c->word == NULL ? "" : c->word, s->json.data);
}

static bool withhold(struct store *s, const struct cast *c, struct error *e)
{
	return mark_segment(s, c, true, e) &&
		db_do(&s->db, e, SQL_CAST, "iiiisss", s->epoch, (int64_t)0, (int64_t)c->type, (int64_t)c->kind, c->id,
			c->word == NULL ? "" : c->word, "");
}

/* ---- erasing --------------------------------------------------------------------------------------------------- */

static bool erase_one(struct store *s, sqlite3_stmt *q, const struct cast *c, struct error *e)
{
	struct cast was = { .type = (enum cast_type)col_int(q, 3), .kind = c->kind };
	snprintf(was.id, sizeof was.id, "%s", c->id);
	buf_reset(&s->json);
	wire_tombstone(&s->json, &was);
	if (col_int(q, 1) == s->epoch)
		tell(s, col_int(q, 2), was.type, s->json.data, s->json.len, true);
	return db_do(&s->db, e, SQL_ERASE, "si", s->json.data, col_int(q, 0));
}

static bool erase(struct store *s, const struct cast *c, struct error *e)
{
	if (!db_do(&s->db, e, SQL_DROP_WITHHELD, "is", (int64_t)c->kind, c->id))
		return false;
	sqlite3_stmt *q = db_query(&s->db, e, SQL_SENT, "is", (int64_t)c->kind, c->id);
	bool failed = q == NULL, done = q != NULL;
	while (done && db_row(&s->db, q, &failed, e))
		done = erase_one(s, q, c, e);
	db_end(q);
	return done && !failed;
}

/* ---- purging --------------------------------------------------------------------------------------------------- */

static const char SQL_WORDS[] =
	"SELECT seq, epoch, number, type, kind, id FROM live WHERE number IS NOT NULL AND NOT erased"
	" AND kind<>0 ORDER BY seq";
static const char SQL_DROP_ALL_WITHHELD[] = "DELETE FROM live WHERE number IS NULL";
static const char SQL_CREDITED[] =
	"SELECT seq, epoch, number, type, id, payload FROM live WHERE kind=4 AND type IN (0, 1)"
	" AND number IS NOT NULL AND NOT erased ORDER BY seq";
static const char SQL_PAYLOAD[] = "UPDATE live SET payload=? WHERE seq=?";
_Static_assert(K_EVENT == 0 && K_QUESTION == 4 && CAST_QUESTION == 0 && CAST_REWORD == 1, "SQL names kinds by number");

bool casts_erase(struct store *s, struct error *e)
{
	if (!db_do(&s->db, e, SQL_DROP_ALL_WITHHELD, ""))
		return false;
	sqlite3_stmt *q = db_query(&s->db, e, SQL_WORDS, "");
	bool failed = q == NULL, done = q != NULL;
	while (done && db_row(&s->db, q, &failed, e)) {
		struct cast c = { .kind = (enum kind)col_int(q, 4) };
		snprintf(c.id, sizeof c.id, "%s", col_text(q, 5));
		done = erase_one(s, q, &c, e);
	}
	db_end(q);
	return done && !failed;
}

/* The payload in s->json with its credit replaced; false when it has none, or that one. A quote within a value is escaped,
 * so that the member's name is found nowhere else. */
static bool credit_anew(struct store *s, const char *payload, const char *credit)
{
	static const char member[] = ",\"credit\":";
	const char *at = strstr(payload, member);
	if (at == NULL)
		return false;
	const char *from = at + sizeof member - 1, *to = from + 1;
	while (*to != '"' && *to != '\0')
		to += to[0] == '\\' && to[1] != '\0' ? 2 : 1;
	buf_reset(&s->json);
	buf_add(&s->json, payload, (size_t)(from - payload));
	json_string(&s->json, credit);
	buf_adds(&s->json, *to == '"' ? to + 1 : to);
	return strcmp(s->json.data, payload) != 0;
}

bool casts_credit(struct store *s, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_CREDITED, "");
	bool failed = q == NULL, done = q != NULL;
	while (done && db_row(&s->db, q, &failed, e)) {
		const struct question *about =
			(const struct question *)memory_world_get(s->records, K_QUESTION, col_text(q, 4));
		if (about == NULL || about->channel == CH_ROOM || !credit_anew(s, col_text(q, 5), about->credit))
			continue;
		if (col_int(q, 1) == s->epoch)
			tell(s, col_int(q, 2), (enum cast_type)col_int(q, 3), s->json.data, s->json.len, true);
		done = db_do(&s->db, e, SQL_PAYLOAD, "si", s->json.data, col_int(q, 0));
	}
	db_end(q);
	return done && !failed;
}

/* ---- flushing -------------------------------------------------------------------------------------------------- */

struct waiting {
	int64_t seq;
	struct cast cast;
};

/* Words of CAST_STATE are few and static; one that was withheld is found again by its text. */
static const char *static_word(const char *word)
{
	static const char *const words[] = { "collecting", "opened", "interrupted", "resumed", "ended" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i], word) == 0)
			return words[i];
	return NULL;
}

static bool gather(struct store *s, struct waiting **v, size_t *n, struct error *e)
{
	size_t cap = 0;
	sqlite3_stmt *q = db_query(&s->db, e, SQL_WITHHELD, "");
	bool failed = q == NULL;
	while (q != NULL && db_row(&s->db, q, &failed, e)) {
		grow(v, &cap, *n + 1, sizeof **v);
		struct waiting *w = &(*v)[(*n)++];
		*w = (struct waiting){ .seq = col_int(q, 0),
			.cast = { .type = (enum cast_type)col_int(q, 1),
				.kind = (enum kind)col_int(q, 2),
				.word = static_word(col_text(q, 4)) } };
		snprintf(w->cast.id, sizeof w->cast.id, "%s", col_text(q, 3));
	}
	db_end(q);
	return !failed;
}

static bool flush_one(struct store *s, const struct waiting *w, int64_t now, struct error *e)
{
	const struct segment *g = segment_of(s, &w->cast);
	if (g != NULL && g->state == SG_REVIEW)
		return true;
	const struct record *r = world_get(&s->world, w->cast.kind, w->cast.id);
	if (r == NULL || (g != NULL && g->state == SG_RETRACTED))
		return db_do(&s->db, e, SQL_DROP, "i", w->seq);
	return send_now(s, &w->cast, w->seq, now, e);
}

static bool flush(struct store *s, int64_t now, struct error *e)
{
	struct waiting *v = NULL;
	size_t n = 0;
	bool done = gather(s, &v, &n, e);
	for (size_t i = 0; i < n && done; i++)
		done = flush_one(s, &v[i], now, e);
	free(v);
	return done;
}

/* ---- an operation's ---------------------------------------------------------------------------------------------- */

static bool interrupted(const struct store *s)
{
	const struct event *ev = (const struct event *)memory_world_get(s->records, K_EVENT, "event");
	return ev->state == EV_INTERRUPTED;
}

static bool emit(struct store *s, const struct cast *c, int64_t now, struct error *e)
{
	const struct segment *g = segment_of(s, c);
	if (c->erase && !erase(s, c, e))
		return false;
	if (!c->at_once && (interrupted(s) || (g != NULL && g->state == SG_REVIEW)))
		return withhold(s, c, e);
	return send_now(s, c, 0, now, e);
}

bool casts_emit(struct store *s, const struct outcome *out, int64_t now, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	size_t i = 0;
	bool done = true;
	while (done && i < out->n_casts && out->casts[i].type == CAST_STATE &&
		strcmp(out->casts[i].word, "resumed") == 0) /* before what was withheld; "ended" comes after it */
		done = emit(s, &out->casts[i++], now, &why);
	done = done && (!out->flush || flush(s, now, &why));
	for (; done && i < out->n_casts; i++)
		done = emit(s, &out->casts[i], now, &why);
	if (!done && e != NULL)
		*e = why;
	return done || batch_fail(s, &why);
}
