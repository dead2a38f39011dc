/* feed_public.c: what readers answer besides `changes`: messages for a partial replica, samples, the fate of a question,
 * the transcript and the broadcast so far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/reader.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum { MESSAGES_MAX = 1000, SAMPLES_MAX = 200 };

/* The messages of theme ?1 and of the themes merged into it: those of their chains that were not moved, and those moved
 * into one of their clusters. */
#define IDS_OF_THEME \
	"WITH RECURSIVE under(id) AS (SELECT ?1 UNION SELECT t.id FROM theme t JOIN under u ON t.merged=u.id AND " \
	"t.merged)," \
	" chain(id, prev, placed) AS (SELECT m.id, m.prev, m.placed FROM under u JOIN tally y ON y.id=u.id JOIN " \
	"message m ON m.id=y.head" \
	" UNION ALL SELECT m.id, m.prev, m.placed FROM chain c JOIN message m ON m.id=c.prev)," \
	" clusters(id) AS (SELECT u.id FROM under u WHERE NOT EXISTS(SELECT 1 FROM cluster c WHERE c.id=u.id AND " \
	"c.theme<>u.id)" \
	" UNION SELECT c.id FROM cluster c JOIN under u ON c.theme=u.id)," \
	" found(id) AS (SELECT id FROM chain WHERE NOT placed" \
	" UNION ALL SELECT m.id FROM message m INDEXED BY message_moved WHERE m.placed AND m.cluster IN clusters) "

static const char SQL_OF_THEME[] =
	IDS_OF_THEME "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.id IN (SELECT id FROM found"
		     " WHERE id < ?2 ORDER BY id DESC LIMIT ?3) ORDER BY m.id DESC";
static const char SQL_NEWEST[] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE id < ? ORDER BY id DESC";
static const char SQL_IDS_OF_THEME[] = IDS_OF_THEME "SELECT id FROM found";
static const char SQL_MESSAGE[] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE id=?";

static void write_message(struct reader *r, const struct record *m, struct buf *out)
{
	wire_record(out, m, WIRE_MASK, r->lang);
	buf_addc(out, '\n');
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

/* Whether the folded text has every one of the folded words. */
static bool has_words(const char *text, const char *words, struct buf *folded)
{
	char word[128];
	buf_reset(folded);
	text_fold(text, folded);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), words);
		if (strstr(folded->data, word) == NULL)
			return false;
		words += len + (words[len] == ' ');
	}
	return true;
}

static bool write_messages(
	struct reader *r, sqlite3_stmt *q, const char *words, size_t limit, struct buf *out, struct error *e)
{
	struct buf folded = BUF_INIT;
	struct row row;
	bool failed = false, done = true;
	for (size_t n = 0; done && n < limit && db_row(&r->db, q, &failed, e);) {
		done = row_read(&row, K_MESSAGE, q, 0, e);
		if (done && has_words(row.room.message.text, words, &folded)) {
			write_message(r, row.r, out);
			n++;
		}
	}
	buf_release(&folded);
	return done && !failed;
}

bool reader_messages(
	struct reader *r, int64_t theme, const char *q, int64_t before, size_t limit, struct buf *out, struct error *e)
{
	struct buf words = BUF_INIT;
	if (limit > MESSAGES_MAX)
		limit = MESSAGES_MAX;
	if (before <= 0)
		before = INT64_MAX;
	if (q != NULL && q[0] != '\0')
		text_fold(q, &words);
	if (!reader_begin(r, e)) {
		buf_release(&words);
		return false;
	}
	sqlite3_stmt *found = theme == 0
		? db_query(&r->db, e, SQL_NEWEST, "i", before)
		: db_query(&r->db, e, SQL_OF_THEME, "iii", theme, before, words.len > 0 ? INT64_C(-1) : (int64_t)limit);
	bool done = found != NULL && write_messages(r, found, words.data, limit, out, e);
	db_end(found);
	reader_end(r);
	buf_release(&words);
	return done;
}

/* ---- samples --------------------------------------------------------------------------------------------------- */

struct draw {
	uint64_t lot;
	int64_t id;
};

/* splitmix64 (Vigna): every message draws a lot from the seed and its number; the lowest lots are the sample, so that a
 * growing theme's sample changes little. */
static uint64_t lot_of(uint64_t seed, int64_t id)
{
	uint64_t z = seed + (uint64_t)id * 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Keeps the n lowest lots, ascending. */
static void keep_lowest(struct draw *v, size_t *have, size_t n, struct draw d)
{
	if (*have == n && v[n - 1].lot <= d.lot)
		return;
	size_t i = *have < n ? (*have)++ : n - 1;
	for (; i > 0 && v[i - 1].lot > d.lot; i--)
		v[i] = v[i - 1];
	v[i] = d;
}

static bool draw_ids(
	struct reader *r, int64_t theme, uint64_t seed, struct draw *v, size_t *have, size_t n, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_IDS_OF_THEME, "i", theme);
	bool failed = q == NULL;
	while (q != NULL && db_row(&r->db, q, &failed, e)) {
		int64_t id = col_int(q, 0);
		keep_lowest(v, have, n, (struct draw){ .lot = lot_of(seed, id), .id = id });
	}
	db_end(q);
	return !failed;
}

static bool write_one(struct reader *r, int64_t id, struct buf *out, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_MESSAGE, "i", id);
	bool done = q != NULL && write_messages(r, q, "", 1, out, e);
	db_end(q);
	return done;
}

bool reader_sample(struct reader *r, int64_t theme, uint64_t seed, size_t n, struct buf *out, struct error *e)
{
	struct draw drawn[SAMPLES_MAX];
	size_t have = 0;
	if (n > SAMPLES_MAX)
		n = SAMPLES_MAX;
	if (n == 0)
		return true;
	if (!reader_begin(r, e))
		return false;
	bool done = draw_ids(r, theme, seed, drawn, &have, n, e);
	for (size_t i = 0; done && i < have; i++)
		done = write_one(r, drawn[i].id, out, e);
	reader_end(r);
	return done;
}

/* ---- the sender's own question ----------------------------------------------------------------------------------- */

static const char SQL_QUESTION[] = "SELECT " RECORD_COLUMNS " FROM record WHERE kind=4 AND id=?";
static const char SQL_CLUSTER_THEME[] = "SELECT theme FROM cluster WHERE id=?";
static const char SQL_THEME[] = "SELECT " THEME_COLUMNS ", merged FROM theme t WHERE id=?";
_Static_assert(K_QUESTION == 4, "SQL_QUESTION names the kind by its number");

struct fate {
	bool found, dismissed, read; /* the theme, or the message itself */
	int64_t cluster;
	char question[ID_MAX];
};

/* From a question to what its source is told; NULL: as if there were none. */
static const char *fate_of_question(const struct question *q, char aired[static ID_MAX])
{
	if (q->struck || q->state == Q_DROPPED)
		return "not kept";
	if (q->state == Q_RESERVE || q->state == Q_NEXT)
		return "in the rundown";
	if (q->state != Q_AIR && q->state != Q_CLOSED)
		return NULL;
	memcpy(aired, q->r.id, ID_MAX);
	bool answered = q->outcome == OUT_ANSWERED || q->outcome == OUT_PARTLY || q->outcome == OUT_WRITTEN;
	return q->state == Q_CLOSED && answered ? "answered" : "aired";
}

static bool question_fate(
	struct reader *r, const char *id, const char **fate, char aired[static ID_MAX], struct error *e)
{
	struct row row;
	*fate = NULL;
	if (id[0] == '\0')
		return true;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_QUESTION, "s", id);
	bool failed = q == NULL, done = q != NULL;
	if (done && db_row(&r->db, q, &failed, e)) {
		done = row_read(&row, K_QUESTION, q, 0, e);
		if (done && !row.r->gone)
			*fate = fate_of_question((const struct question *)row.r, aired);
		if (done)
			row_release(&row);
	}
	db_end(q);
	return done && !failed;
}

static bool message_fate(struct reader *r, int64_t id, struct fate *f, struct error *e)
{
	struct row row;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_MESSAGE, "i", id);
	bool failed = q == NULL;
	*f = (struct fate){ .found = q != NULL && db_row(&r->db, q, &failed, e) && row_read(&row, K_MESSAGE, q, 0, e) };
	if (f->found) {
		const struct message *m = &row.room.message;
		f->dismissed = m->state == MS_DISMISSED || m->muted || m->r.gone;
		f->read = m->r.rev > 0;
		f->cluster = m->cluster;
		memcpy(f->question, m->question, sizeof f->question);
	}
	db_end(q);
	return !failed;
}

/* The theme that people see the cluster in, merges followed; a question made of it before it was merged counts too. */
static bool theme_fate(struct reader *r, int64_t cluster, struct fate *f, struct error *e)
{
	struct row row;
	int64_t theme = cluster, merged = 0;
	*f = (struct fate){ .found = false };
	if (!db_int(&r->db, e, &theme, cluster, SQL_CLUSTER_THEME, "i", cluster))
		return false;
	for (int steps = 0; theme != 0 && steps < 64; steps++, theme = merged) {
		sqlite3_stmt *q = db_query(&r->db, e, SQL_THEME, "i", theme);
		bool failed = q == NULL;
		merged = 0;
		if (q != NULL && db_row(&r->db, q, &failed, e) && row_read(&row, K_THEME, q, 0, e)) {
			const struct theme *t = (const struct theme *)row.r;
			f->found = true;
			f->dismissed = t->dismissed;
			f->read = f->read || t->r.rev > (t->name[0] != '\0'); /* to prepare one is not to read it */
			if (t->question[0] != '\0')
				memcpy(f->question, t->question, sizeof f->question);
			merged = col_int(q, THEME_WIDTH);
			row_release(&row);
		}
		db_end(q);
		if (failed)
			return false;
	}
	return true;
}

static const char *fate_now(struct reader *r, int64_t id, char aired[static ID_MAX], struct error *e)
{
	struct fate own, theme;
	const char *fate;
	if (!message_fate(r, id, &own, e))
		return NULL;
	if (!own.found) {
		error_set(e, ERR_NOT_FOUND, "there is no question with this receipt");
		return NULL;
	}
	if (!question_fate(r, own.question, &fate, aired, e) || fate != NULL)
		return fate;
	if (own.dismissed)
		return "not kept";
	if (!theme_fate(r, own.cluster, &theme, e) || !question_fate(r, theme.question, &fate, aired, e))
		return NULL;
	if (fate != NULL && strcmp(fate, "not kept") != 0) /* asked with others' words, it was asked all the same */
		return fate;
	return theme.dismissed ? "not kept" : own.read || theme.read ? "being read" : "waiting";
}

const char *reader_fate(struct reader *r, const char *receipt, char question[static ID_MAX], struct error *e)
{
	int64_t id;
	memset(question, 0, ID_MAX);
	if (!r->has_key || !receipt_read(r->key, receipt, &id)) {
		error_set(e, ERR_NOT_FOUND, "there is no question with this receipt");
		return NULL;
	}
	if (!reader_begin(r, e))
		return NULL;
	const char *fate = fate_now(r, id, question, e);
	reader_end(r);
	return fate;
}

/* ---- the public ------------------------------------------------------------------------------------------------ */

static const char SQL_RECORDS_SINCE[] = "SELECT " RECORD_COLUMNS ", kind FROM record WHERE version > ?";
static const char SQL_LIVE[] = "SELECT number, type, erased, payload FROM live WHERE epoch=? AND number IS NOT NULL"
			       " ORDER BY number";

/* Brings the records in memory up to the transaction under way. */
static bool refresh(struct reader *r, struct error *e)
{
	sqlite3_stmt *q = r->records_version == r->version
		? NULL
		: db_query(&r->db, e, SQL_RECORDS_SINCE, "i", r->records_version);
	if (q == NULL)
		return r->records_version == r->version;
	struct row row;
	bool failed, done = true;
	while (done && db_row(&r->db, q, &failed, e)) {
		done = row_read(&row, (enum kind)col_int(q, 2), q, 0, e);
		if (done)
			memory_world_put(r->records, row.owned);
	}
	db_end(q);
	if (done && !failed)
		r->records_version = r->version;
	return done && !failed;
}

const struct world *reader_world(struct reader *r, int64_t *epoch, int64_t *number, struct error *e)
{
	if (!reader_begin(r, e))
		return NULL;
	bool done = refresh(r, e);
	reader_end(r);
	if (!done)
		return NULL;
	*epoch = r->epoch;
	*number = r->number;
	return &r->world;
}

bool reader_transcript(
	struct reader *r, const char *room_name, struct buf *out, int64_t *epoch, int64_t *number, struct error *e)
{
	const struct world *w = reader_world(r, epoch, number, e);
	if (w)
		wire_transcript(out, w, room_name, *epoch, *number);
	return w != NULL;
}

bool reader_live(struct reader *r, bool (*take)(void *arg, const struct live_event *ev), void *arg, struct error *e)
{
	struct buf sse = BUF_INIT;
	if (!reader_begin(r, e))
		return false;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_LIVE, "i", r->epoch);
	bool failed = q == NULL, more = q != NULL;
	while (more && db_row(&r->db, q, &failed, e)) {
		const char *payload = col_text(q, 3);
		int64_t type = col_int(q, 1);
		struct live_event ev = { .number = col_int(q, 0), .tombstone = col_int(q, 2) != 0 };
		buf_reset(&sse);
		wire_sse(&sse, r->epoch, ev.number, cast_names[type >= 0 && type < CAST_TYPES ? type : 0], payload,
			col_bytes(q, 3));
		ev.sse = sse.data;
		ev.len = sse.len;
		more = take(arg, &ev);
	}
	db_end(q);
	reader_end(r);
	buf_release(&sse);
	return !failed;
}
