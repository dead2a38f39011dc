/* purge.c: what must not outlive the evening.
 *
 *   store_purge, in a batch:   records, rows and broadcasts get tombstones under fresh versions; meta.purging says which
 *   store_commit:              the batch is durable; then purge_finish:
 *        key --> meta.purged (readers look at it) --> empty log, VACUUM, empty log --> meta.purging = "" --> memory
 *
 * A crash anywhere after the commit is made good by the next store_open, which finds meta.purging set. Rejected: a new epoch,
 * which would have made consoles begin anew and forget at once; but it also breaks every viewer's stream, and rows that
 * change version reach a console that comes back in a week just as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/store_private.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"

static const char *const names[] = { [PURGE_PEOPLE] = "people", [PURGE_EVENT] = "event" };

static const char SQL_MESSAGES[] =
	"UPDATE message SET version=?1+id, touched=1, gone=1, text='', name='', raw=NULL, gateway_id='', source_hi=0,"
	" source_lo=0, reason='', hold_why='', hold_for='', rev=rev+1, by='0', did='purge', done_at=?2 WHERE NOT gone";
static const char SQL_PEOPLE[] = "DELETE FROM person";
static const char SQL_THEMES[] = "UPDATE theme SET version=?1+id, touched=1, title=?2 WHERE body='' AND title<>?2";
static const char SQL_TOUCHED_THEMES[] = "SELECT id FROM theme WHERE body<>''";
static const char SQL_DEEDS[] = "DELETE FROM deed";
static const char SQL_SEEN[] = "UPDATE theme SET version=?1+id, touched=1, typical='', typical_id=0, key_words=''"
			       " WHERE typical<>'' OR key_words<>''";
static const char SQL_LESSONS[] = "UPDATE lesson SET text='' WHERE what<>8"; /* a lexicon is the operator's */
static const char SQL_VERDICTS[] =
	"UPDATE verdict SET body=json_set(body, '$.text', 'refused then; what it was about has been purged since')"
	" WHERE json_extract(body, '$.verdict')<>'applied'";
static const char SQL_PURGING[] = "SELECT value FROM meta WHERE name='purging'";

/* ---- one record ------------------------------------------------------------------------------------------------ */

/* Stands where words stood and something must be read. */
static const char *tombstone(struct store *s)
{
	return strcmp(world_event(&s->world)->lang, "en") == 0 ? "[erased]" : "[effacé]";
}

/* The room's own words, and what it published of the public's; the rest of the public's goes. */
static bool keeps_wording(const struct question *q)
{
	return q->channel == CH_ROOM || (q->aired_at != 0 && !q->struck);
}

/* Credits as they are made of a message without a name. */
static const char *credit_of_nobody(struct store *s, enum channel channel)
{
	bool en = strcmp(world_event(&s->world)->lang, "en") == 0;
	if (channel == CH_SMS)
		return en ? "by SMS" : "par SMS";
	return en ? "online" : "par Internet";
}

static void strip_question(struct store *s, struct question *q)
{
	if (q->channel == CH_ROOM)
		return;
	if (!keeps_wording(q))
		text_set(&q->wording, tombstone(s));
	text_set(&q->credit, credit_of_nobody(s, q->channel));
	text_set(&q->original, "");
	text_set(&q->suggestion, "");
	text_set(&q->hold_why, "");
	text_set(&q->hold_for, "");
	text_set(&q->reason, "");
}

/* Operations whose free words are the room's own: what it published, composed or named. */
static bool is_own_words(const char *op)
{
	static const char *const own[] = { "publish", "correct", "notice", "compose", "ask", "reword", "speaker",
		"label", "prepare", "split" };
	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcmp(own[i], op) == 0)
			return true;
	return false;
}

static bool has_free_words(const struct op *op)
{
	for (size_t i = 0; i < op_arg_count(op); i++)
		if (op->args[i].type == A_TEXT || op->args[i].type == A_WORD)
			return true;
	return false;
}

static bool keeps_words(struct store *s, const struct act *a)
{
	static const char question[] = "question:";
	const struct op *op = op_by_name(a->op);
	if (op == NULL)
		return false;
	if (strncmp(a->subject, question, sizeof question - 1) == 0) {
		const struct record *r = memory_world_get(s->records, K_QUESTION, a->subject + sizeof question - 1);
		if (r == NULL || !keeps_wording((const struct question *)r))
			return false;
	}
	return !has_free_words(op) || is_own_words(op->name);
}

static void strip_theme(struct store *s, struct theme *t)
{
	if (t->name[0] == '\0')
		text_set(&t->title, tombstone(s));
	text_set(&t->reason, "");
	text_set(&t->hold_why, "");
}

static void strip_people(struct store *s, struct record *r)
{
	switch (r->kind) {
	case K_QUESTION:
		strip_question(s, (struct question *)r);
		break;
	case K_WORD:
		text_set(&((struct word *)r)->text, "");
		break;
	case K_ACT:
		if (!keeps_words(s, (struct act *)r))
			text_set(&((struct act *)r)->words, "");
		break;
	case K_THEME:
		strip_theme(s, (struct theme *)r);
		break;
	default:
		break;
	}
}

/* Without any word; what is counted later (states, times, whose act it was) stays. */
static void strip_event(struct store *s, struct record *r)
{
	if (r->kind == K_SEAT) {
		text_set(&((struct seat *)r)->speaker, "");
		return;
	}
	char *op = r->kind == K_ACT ? xstrdup(((struct act *)r)->op) : NULL;
	for (size_t i = 0; i < kinds[r->kind].n_fields; i++)
		if (kinds[r->kind].fields[i].type == F_TEXT)
			text_set((char **)((char *)r + kinds[r->kind].fields[i].offset), "");
	if (r->kind == K_THEME)
		text_set(&((struct theme *)r)->title, tombstone(s));
	else
		r->gone = true;
	if (op != NULL)
		text_set(&((struct act *)r)->op, op);
	free(op);
}

static bool strip(struct store *s, enum purge what, const struct record *was, struct error *e)
{
	struct record *r = record_copy(was);
	if (what == PURGE_EVENT)
		strip_event(s, r);
	else
		strip_people(s, r);
	bool done = true;
	if (!record_same(was, r)) {
		if (!was->gone ||
			r->kind == K_THEME) /* what was undone before the purge stays told from what it took */
			snprintf(r->did, sizeof r->did, "purge");
		snprintf(r->by, sizeof r->by, "0");
		r->rev++;
		r->when = store_now(s);
		done = store_put(s, r, e);
	}
	record_free(r);
	return done;
}

/* ---- many ------------------------------------------------------------------------------------------------------ */

static bool note_id(void *arg, const struct record *r)
{
	ids_add(arg, r->id);
	return true;
}

static bool strip_kind(struct store *s, enum purge what, enum kind kind, struct error *e)
{
	struct ids all = { 0 };
	bool done = true;
	memory_world_each(s->records, kind, note_id, &all);
	for (size_t i = 0; i < all.n && done; i++)
		done = strip(s, what, memory_world_get(s->records, kind, all.v[i]), e);
	ids_clear(&all);
	return done;
}

static bool touched_themes(struct store *s, struct ids *out, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_TOUCHED_THEMES, "");
	bool failed = q == NULL;
	while (q != NULL && db_row(&s->db, q, &failed, e)) {
		char id[ID_MAX];
		id_from_number(id, col_int(q, 0));
		ids_add(out, id);
	}
	db_end(q);
	return !failed;
}

/* Those that people touched as records; the many others, which have nothing but a title, in one go. */
static bool strip_themes(struct store *s, enum purge what, struct error *e)
{
	struct ids touched = { 0 };
	bool done = touched_themes(s, &touched, e), failed;
	for (size_t i = 0; i < touched.n && done; i++) {
		const struct record *r = store_get(s, K_THEME, touched.v[i], &failed, e);
		done = r != NULL && strip(s, what, r, e);
	}
	ids_clear(&touched);
	done = done && db_do(&s->db, e, SQL_THEMES, "is", s->version, tombstone(s)) &&
		db_do(&s->db, e, SQL_SEEN, "i", s->version);
	s->version += s->last_theme;
	return done;
}

static bool strip_messages(struct store *s, struct error *e)
{
	bool done = db_do(&s->db, e, SQL_MESSAGES, "ii", s->version, store_now(s)) && db_do(&s->db, e, SQL_PEOPLE, "");
	s->version += s->messages;
	return done;
}

/* Acts before questions: whose words an act may keep is seen from the question as it was. */
static bool strip_records(struct store *s, enum purge what, struct error *e)
{
	static const enum kind people[] = { K_ACT, K_WORD, K_QUESTION };
	static const enum kind event[] = { K_ACT, K_WORD, K_QUESTION, K_ANSWER, K_SEGMENT, K_NOTICE, K_SEAT };
	size_t n = what == PURGE_EVENT ? COUNT_OF(event) : COUNT_OF(people);
	bool done = true;
	for (size_t i = 0; i < n && done; i++)
		done = strip_kind(s, what, what == PURGE_EVENT ? event[i] : people[i], e);
	return done;
}

/* ---- the broadcast --------------------------------------------------------------------------------------------- */

/* What viewers have on their pages. */
static bool is_shown(const struct record *r)
{
	const struct question *q = (const struct question *)r;
	const struct segment *g = (const struct segment *)r;
	if (r->gone)
		return false;
	if (r->kind == K_QUESTION)
		return q->aired_at != 0 && !q->struck;
	return r->kind == K_NOTICE || (g->state == SG_LIVE && !g->unsent);
}

static bool retract(void *arg, const struct record *r)
{
	struct outcome *out = arg;
	if (!is_shown(r))
		return true;
	grow(&out->casts, &out->cap_casts, out->n_casts + 1, sizeof *out->casts);
	struct cast *c = &out->casts[out->n_casts++];
	*c = (struct cast){ .type = CAST_RETRACTION, .kind = r->kind, .at_once = true, .erase = true };
	memcpy(c->id, r->id, sizeof c->id);
	return true;
}

static bool retract_all(struct store *s, struct error *e)
{
	static const enum kind shown[] = { K_QUESTION, K_SEGMENT, K_NOTICE };
	struct outcome out = { .n = 0 };
	for (size_t i = 0; i < COUNT_OF(shown); i++)
		memory_world_each(s->records, shown[i], retract, &out);
	bool done = casts_emit(s, &out, store_now(s), e) && casts_erase(s, e);
	outcome_release(&out);
	return done;
}

/* ---- the purge ------------------------------------------------------------------------------------------------- */

static bool may_purge(const struct event *ev, struct error *e)
{
	static const char *const first[EV_STATES] = { [EV_PREPARING] = "give \"collect\" and \"end\"",
		[EV_COLLECTING] = "give \"end\"",
		[EV_OPEN] = "give \"end\"",
		[EV_INTERRUPTED] = "give \"end\"" };
	if (ev->state == EV_ENDED || ev->state == EV_SEALED)
		return true;
	if (ev->ending)
		return error_set(e, ERR_REFUSED,
			"the event is ending and waits for the scribe; nothing is purged before it has ended");
	return error_set(e, ERR_REFUSED, "the event is %s; nothing is purged before it has ended: %s first (regie do)",
		event_state_names[ev->state], first[ev->state]);
}

static bool purge(struct store *s, enum purge what, struct error *e)
{
	s->batch.wrote = true;
	if (what == PURGE_EVENT && !retract_all(s, e))
		return false;
	return strip_records(s, what, e) && strip_themes(s, what, e) && strip_messages(s, e) && casts_credit(s, e) &&
		db_do(&s->db, e, SQL_DEEDS, "") && db_do(&s->db, e, SQL_LESSONS, "") && db_do(&s->db, e, SQL_VERDICTS, "") &&
		store_meta_set(s, "purging", names[what], e);
}

bool store_purge(struct store *s, enum purge what, struct purged *out, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	if (!batch_usable(s, e) || !may_purge(world_event(&s->world), e))
		return false;
	*out = (struct purged){ .messages = s->messages,
		.people = s->people,
		.themes = s->themes,
		.questions = (int64_t)memory_world_count(s->records, K_QUESTION) };
	s->batch.purged = purge(s, what, &why);
	if (!s->batch.purged && e != NULL)
		*e = why;
	return s->batch.purged || batch_fail(s, &why);
}

/* ---- after the commit ------------------------------------------------------------------------------------------ */

/* Over the old one, in its place: a replaced file would leave the old bytes on blocks that are merely free. */
static bool write_key(const char *path, const uint8_t key[static STORE_KEY], struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool done = fd >= 0 && pwrite(fd, key, STORE_KEY, 0) == STORE_KEY && ftruncate(fd, STORE_KEY) == 0 &&
		fsync(fd) == 0;
	if (!done)
		error_errno(e, ERR_IO, "\"%s\" cannot be written over", path);
	if (fd >= 0)
		close(fd);
	return done;
}

static bool fresh_key(struct store *s, struct error *e)
{
	uint8_t key[STORE_KEY];
	char *path = path_join(s->dir, "key");
	randomness_fill(s->random, key, sizeof key);
	bool done = write_key(path, key, e);
	for (size_t i = 0; i < sizeof key; i++) /* store_pseudonym may be reading it */
		__atomic_store_n(&s->key[i], key[i], __ATOMIC_RELAXED);
	explicit_bzero(key, sizeof key);
	free(path);
	return done;
}

/* Every page of the log into the file, and the log cut to nothing. */
static bool empty_log(struct store *s, struct error *e)
{
	if (sqlite3_wal_checkpoint_v2(s->db.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
		return true;
	return db_error(&s->db, e);
}

/* What VACUUM writes is a whole new database, over all pages of the old one; fresh pages begin zeroed (secure_delete). */
static bool rewrite(struct store *s, struct error *e)
{
	return db_run(&s->db, "PRAGMA secure_delete=ON", e) && empty_log(s, e) && db_run(&s->db, "VACUUM", e) &&
		empty_log(s, e);
}

bool purge_pending(struct store *s)
{
	char *what = store_meta_get(s, "purging");
	bool pending = what != NULL && what[0] != '\0';
	free(what);
	return pending;
}

static bool finish(struct store *s, const char *what, struct error *e)
{
	char when[25], said[48];
	time_rfc3339(store_now(s), when);
	snprintf(said, sizeof said, "%s %s", what, when);
	return fresh_key(s, e) && store_meta_set(s, "purged", said, e) && rewrite(s, e) &&
		store_meta_set(s, "purging", "", e) && empty_log(s, e);
}

void purge_finish(struct store *s)
{
	struct error e = { .code = ERR_NONE };
	char *what = store_meta_get(s, "purging");
	if (finish(s, what == NULL ? "" : what, &e))
		log_line(LOG_INFO, "purged: %s", what == NULL ? "" : what);
	else
		log_line(LOG_ERROR, "bytes of what was purged are still in \"%s\": %s", s->path, e.text);
	free(what);
	sqlite3_db_release_memory(s->db.handle);
	store_reload(s);
}

bool store_purge_left(const char *dir, struct error *e)
{
	struct db d;
	char *path = store_file(dir), *what = NULL;
	bool known = db_open(&d, &(struct db_options){ .path = path }, e);
	if (known) {
		known = db_text(&d, e, &what, SQL_PURGING, "");
		db_close(&d);
	}
	bool left = !known || (what != NULL && what[0] != '\0');
	if (known && left)
		error_set(e, ERR_IO,
			"nobody is shown what was purged any more, but its bytes may still be in \"%s\" (a reader held "
			"it, or the"
			" disk failed: the log says); give the command again",
			path);
	free(what);
	free(path);
	return left;
}
