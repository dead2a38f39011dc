/* apply.c: operations, each decided once.
 *
 *   offered --known number, same content--> the stored verdict again, `seen`
 *           --known number, other content--> refused, nothing stored
 *           --last + 1--> op_decide --refused, expired--> verdict stored
 *                                   --applied--> records, log, deed, casts, seals, verdict: one transaction with the batch
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const char SQL_DESK[] = "SELECT last FROM desk WHERE client=?";
static const char SQL_DESK_SEAT[] = "SELECT seat FROM desk WHERE client=?";
static const char SQL_DESK_SET[] = "INSERT INTO desk(client, seat, last) VALUES(?, ?, ?)"
				   " ON CONFLICT DO UPDATE SET seat=excluded.seat, last=excluded.last";
static const char SQL_VERDICT[] = "SELECT hi, lo, body FROM verdict WHERE client=? AND n=?";
static const char SQL_VERDICT_MAKE[] = "INSERT INTO verdict(client, n, hi, lo, subject, body) VALUES(?, ?, ?, ?, ?, ?)";
static const char SQL_VERDICTS_OF[] = "SELECT client, n, body FROM verdict WHERE subject=?";
static const char SQL_VERDICT_SET[] = "UPDATE verdict SET body=? WHERE client=? AND n=?";
static const char SQL_DEED_MAKE[] = "INSERT INTO deed(act, body) VALUES(?, ?)";
static const char SQL_DEEDS_WITH[] = "SELECT act FROM deed WHERE instr(body, ?) > 0";

/* ---- the log --------------------------------------------------------------------------------------------------- */

static void add_word(struct buf *b, const struct arg *a, const char *value)
{
	if (b->len > 0)
		buf_addc(b, ' ');
	if (a->flags & ARG_OPTIONAL && a->type != A_TEXT)
		buf_addf(b, "%s=", a->name);
	bool quote = a->type != A_TEXT && !(a->flags & ARG_MANY) && strpbrk(value, " \"") != NULL;
	if (quote)
		buf_addc(b, '"');
	for (const char *p = value; *p != '\0'; p++) {
		if (quote && (*p == '"' || *p == '\\'))
			buf_addc(b, '\\');
		buf_addc(b, a->flags & ARG_MANY && *p == ' ' ? ',' : *p);
	}
	if (quote)
		buf_addc(b, '"');
}

/* Arguments as on the `:` line, texts as the door leaves them: the log is shown like everything else. */
static void words_of(const struct wire_op *op, struct buf *b)
{
	struct buf clean = BUF_INIT;
	bool changed;
	for (size_t i = 0; i < op_arg_count(op->op); i++)
		if (op->arg[i] != NULL && op->arg[i][0] != '\0' &&
			text_clean(op->arg[i], strlen(op->arg[i]), strlen(op->arg[i]), &clean, &changed, NULL))
			add_word(b, &op->op->args[i], clean.data);
	buf_release(&clean);
}

struct deciding {
	const char *seat, *client;
	const struct wire_op *op; /* NULL: the backend's own act */
	const char *name;
	int64_t n, now;
	struct outcome out;
	char act[ID_MAX];
};

static bool log_act(struct store *s, struct deciding *d, struct error *e)
{
	struct buf words = BUF_INIT;
	id_from_number(d->act, ++s->acts);
	struct act *a = record_new(K_ACT, d->act);
	if (d->op != NULL)
		words_of(d->op, &words);
	snprintf(a->seat, sizeof a->seat, "%s", d->seat);
	text_set(&a->op, d->name);
	text_set(&a->words, words.data);
	text_set(&a->subject, d->out.subject);
	a->at = d->now;
	snprintf(a->client, sizeof a->client, "%s", d->client);
	a->n = d->n;
	snprintf(a->undo_of, sizeof a->undo_of, "%s", d->out.undo_of);
	a->r.rev = 1;
	a->r.when = d->now;
	snprintf(a->r.by, sizeof a->r.by, "%s", d->seat);
	snprintf(a->r.did, sizeof a->r.did, "%s", d->name);
	bool done = store_put(s, &a->r, e);
	record_free(a);
	buf_release(&words);
	return done;
}

static bool keep_deed(struct store *s, const struct deciding *d, struct error *e)
{
	if (d->op == NULL)
		return true; /* the backend's own acts are not undone */
	struct deed deed = { .op = d->op->op, .n = d->out.n };
	snprintf(deed.act, sizeof deed.act, "%s", d->act);
	snprintf(deed.seat, sizeof deed.seat, "%s", d->seat);
	deed.v = xcalloc(deed.n, sizeof *deed.v);
	for (size_t i = 0; i < deed.n; i++) {
		const struct change *c = &d->out.changes[i];
		deed.v[i].before = c->before; /* lent */
		deed.v[i].kind = c->after->kind;
		memcpy(deed.v[i].id, c->after->id, sizeof deed.v[i].id);
		deed.v[i].rev_after = c->after->rev;
	}
	buf_reset(&s->json);
	wire_deed(&s->json, &deed);
	free(deed.v);
	int64_t act = s->acts;
	return db_do(&s->db, e, SQL_DEED_MAKE, "is", act, s->json.data);
}

/* ---- sealing --------------------------------------------------------------------------------------------------- */

static bool seal_act(struct store *s, const char *id, struct error *e)
{
	const struct act *a = (const struct act *)memory_world_get(s->records, K_ACT, id);
	if (a == NULL || a->sealed)
		return true;
	struct act *sealed = record_copy(a);
	sealed->sealed = true;
	bool done = store_put(s, &sealed->r, e);
	record_free(sealed);
	return done;
}

struct concerned {
	const char *id;
	struct ids acts;
};

static bool concerns(void *arg, const struct record *r)
{
	struct concerned *c = arg;
	const struct act *a = (const struct act *)r;
	if (!a->sealed && (strstr(a->subject, c->id) != NULL || strstr(a->words, c->id) != NULL))
		ids_add(&c->acts, r->id);
	return true;
}

static bool concerned_deeds(struct store *s, struct concerned *c, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_DEEDS_WITH, "s", c->id);
	bool failed = q == NULL;
	while (q != NULL && db_row(&s->db, q, &failed, e)) {
		char id[ID_MAX];
		id_from_number(id, col_int(q, 0));
		ids_add(&c->acts, id);
	}
	db_end(q);
	return !failed;
}

/* A refusal may quote what the record said then. */
static bool hush_verdict(struct store *s, sqlite3_stmt *q, struct error *e)
{
	struct wire_verdict v = { .n = 0 };
	struct json *j = json_parse(col_text(q, 2), col_bytes(q, 2), e);
	bool done = j != NULL && wire_read_verdict(j, &v, e);
	json_free(j);
	if (done && v.verdict != V_APPLIED) {
		struct buf b = BUF_INIT;
		text_set(&v.text, "refused then; what it was about has been taken back since");
		wire_verdict(&b, &v);
		done = db_do(&s->db, e, SQL_VERDICT_SET, "ssi", b.data, col_text(q, 0), col_int(q, 1));
		buf_release(&b);
	}
	wire_verdict_release(&v);
	return done;
}

static bool hush_verdicts(struct store *s, const char *subject, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_VERDICTS_OF, "s", subject);
	bool failed = q == NULL, done = q != NULL;
	while (done && db_row(&s->db, q, &failed, e))
		done = hush_verdict(s, q, e);
	db_end(q);
	return done && !failed;
}

/* Every act that touched or named the record: its words are for producer and adviser from now on. */
static bool seal(struct store *s, const struct deciding *d, struct error *e)
{
	struct concerned c = { .id = d->out.seals };
	if (c.id[0] == '\0')
		return true;
	memory_world_each(s->records, K_ACT, concerns, &c);
	bool done = concerned_deeds(s, &c, e);
	for (size_t i = 0; done && i < c.acts.n; i++)
		done = seal_act(s, c.acts.v[i], e);
	ids_clear(&c.acts);
	for (int kind = 0; done && kind < K_PARTICIPANT; kind++) {
		char subject[ID_MAX + 12];
		snprintf(subject, sizeof subject, "%s:%s", kinds[kind].name, d->out.seals);
		done = memory_world_get(s->records, (enum kind)kind, d->out.seals) == NULL ||
			hush_verdicts(s, subject, e);
	}
	return done;
}

/* ---- carrying out ---------------------------------------------------------------------------------------------- */

/* What was decided, in the order: records, log, deed, casts, seals. */
static bool carry_out(struct store *s, struct deciding *d, struct error *e)
{
	for (size_t i = 0; i < d->out.n; i++) {
		const struct record *after = d->out.changes[i].after;
		int64_t number;
		if (after->kind == K_THEME && id_number(after->id, &number))
			engine_reserved(s->engine, (uint32_t)number);
		if (!store_put(s, after, e))
			return false;
	}
	return log_act(s, d, e) && keep_deed(s, d, e) && casts_emit(s, &d->out, d->now, e) && seal(s, d, e);
}

/* ---- deciding -------------------------------------------------------------------------------------------------- */

/* Operations that make a theme, whose number is the engine's to give. */
static bool makes_theme(const struct op *op)
{
	static const char *const makers[] = { "prepare", "split" };
	for (size_t i = 0; i < COUNT_OF(makers); i++)
		if (strcmp(op->name, makers[i]) == 0)
			return true;
	return false;
}

static struct offer offer_of(struct store *s, const char *seat, const struct wire_op *op)
{
	const struct seat *who = world_seat(&s->world, seat);
	struct offer o = { .op = op->op,
		.role = who == NULL ? R_NONE : who->role,
		.now = store_now(s),
		.rev = op->rev,
		.until = op->until };
	snprintf(o.seat, sizeof o.seat, "%s", seat);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		o.arg[i] = op->arg[i];
	id_uuid7(o.fresh2, o.now, s->random);
	id_uuid7(o.fresh, o.now, s->random);
	if (makes_theme(op->op)) /* taken only when it is applied: a refusal leaves no trace in the engine, as after a restart */
		id_from_number(o.fresh, engine_next(s->engine));
	return o;
}

static const struct record *record_named(struct store *s, const char *subject)
{
	char kind_name[16];
	const char *colon = strchr(subject, ':');
	enum kind kind;
	if (colon == NULL || (size_t)(colon - subject) >= sizeof kind_name)
		return NULL;
	snprintf(kind_name, sizeof kind_name, "%.*s", (int)(colon - subject), subject);
	return kind_by_name(kind_name, &kind) ? world_get(&s->world, kind, colon + 1) : NULL;
}

/* What a refused operation was about, as far as its words tell. */
static void subject_of(const struct wire_op *op, char *out, size_t size)
{
	const struct op *row = op->op;
	const char *arg = row->subject_arg < 0 ? NULL : op->arg[row->subject_arg];
	out[0] = '\0';
	if (row->subject == K_EVENT)
		snprintf(out, size, "event:event");
	else if (arg != NULL && strlen(arg) < ID_MAX && strchr(arg, ' ') == NULL && row->subject < KIND_COUNT)
		snprintf(out, size, "%s:%s", kinds[row->subject].name, arg);
	else if (arg != NULL && strlen(arg) < size && strchr(arg, ' ') == NULL && strchr(arg, ':') != NULL)
		snprintf(out, size, "%s", arg);
}

/* The counters of the record it was about, as they stand now. */
static void tell_subject(struct store *s, struct wire_verdict *v)
{
	const struct record *r = record_named(s, v->subject);
	v->rev = r == NULL ? 0 : r->rev;
	const struct question *q = world_question(&s->world, v->made);
	if (q == NULL && r != NULL && r->kind == K_QUESTION)
		q = (const struct question *)r;
	v->number = q == NULL ? 0 : q->number;
}

/* ---- names of an epoch before ------------------------------------------------------------------------------------- */

/* Messages, themes and acts are numbered by the backend: after a backup was put back the same number may be another one's.
 * What was decided before cannot have been about what came after. */
static bool came_later(struct store *s, enum kind kind, const char *id, int64_t begun)
{
	const struct record *r = world_get(&s->world, kind, id);
	if (r == NULL)
		return false;
	return kind == K_MESSAGE ? ((const struct message *)r)->at >= begun
		: kind == K_THEME ? ((const struct theme *)r)->first_at >= begun
				  : ((const struct act *)r)->at >= begun;
}

static bool names_later(struct store *s, enum arg_type type, const char *word, int64_t begun)
{
	/* a cluster came with the theme of its number, or into one that was there */
	enum kind kind = type == A_ACT ? K_ACT : type == A_THEME || word[0] == 't' || word[0] == 'c' ? K_THEME : K_MESSAGE;
	const char *colon = strchr(word, ':');
	const char *id = colon != NULL ? colon + 1 : word + (word[0] == 't' || word[0] == 'm' || word[0] == 'c');
	int64_t number;
	bool numbered = type == A_THEME || type == A_MESSAGE || type == A_PART || type == A_TARGET || type == A_ACT;
	return numbered && id_number(id, &number) && came_later(s, kind, id, begun);
}

/* What had its moment before the backup was put back is not done a second time: the public may have seen it then, and
 * nobody is put on the air by a console that offers again what it did. */
static bool had_its_moment(const struct wire_op *op, struct error *why)
{
	char at[25];
	if (!(op->op->flags & OP_EXPIRES))
		return false;
	time_rfc3339(op->at, at);
	return !error_set(why, ERR_GONE,
		"\"%s\" was decided at %.8s UTC, before the backup was put back; it is not done again by itself: decide anew",
		op->op->name, at + 11);
}

static bool of_another_epoch(struct store *s, const struct wire_op *op, struct error *why)
{
	int64_t begun = s->epoch_begun;
	if (op->at <= 0 || op->at >= begun)
		return false;
	if (had_its_moment(op, why))
		return true;
	for (size_t i = 0; i < op_arg_count(op->op); i++) {
		const char *at = op->arg[i] == NULL ? "" : op->arg[i];
		char word[ID_MAX + 12];
		for (; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
			snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
			if (names_later(s, op->op->args[i].type, word, begun)) {
				error_set(why, ERR_REFUSED,
					"\"%s\" was decided before the backup was put back; that number is another one's now",
					word);
				return true;
			}
		}
	}
	return false;
}

static bool decide(struct store *s, const char *seat, const char *client, const struct wire_op *op,
	struct wire_verdict *v, struct error *e)
{
	struct offer o = offer_of(s, seat, op);
	struct deciding d = {
		.seat = seat, .client = client, .op = op, .name = op->op->name, .n = op->n, .now = o.now
	};
	struct error why = { .code = ERR_NONE };
	enum err code = of_another_epoch(s, op, &why) ? why.code : op_decide(&s->world, &o, &d.out, &why);
	bool done = batch_usable(s, e); /* a record that could not be read is no refusal */
	if (done && code == ERR_NONE) {
		done = carry_out(s, &d, e);
		v->verdict = V_APPLIED;
		text_set(&v->text, "applied");
		snprintf(v->made, sizeof v->made, "%s", d.out.made);
		snprintf(v->subject, sizeof v->subject, "%s", d.out.subject);
		snprintf(v->act, sizeof v->act, "%s", d.act);
	} else {
		v->verdict = code == ERR_GONE ? V_EXPIRED : V_REFUSED;
		text_set(&v->text, why.text);
		subject_of(op, v->subject, sizeof v->subject);
	}
	v->at = o.now;
	if (done)
		tell_subject(s, v);
	outcome_release(&d.out);
	return done;
}

/* ---- exactly once ---------------------------------------------------------------------------------------------- */

/* What makes two offers of one number the same: everything the console wrote, or why it could not be read. */
static struct key128 content_of(const struct wire_op *op, const struct error *bad)
{
	struct buf b = BUF_INIT;
	if (op->op != NULL && bad->code == ERR_NONE)
		wire_op(&b, op);
	else
		buf_adds(&b, bad->text);
	struct key128 k = key128_of(b.data, b.len);
	buf_release(&b);
	return k;
}

static bool recall_verdict(
	struct store *s, const char *client, int64_t n, struct key128 content, struct wire_verdict *v, struct error *e)
{
	sqlite3_stmt *q = db_query(&s->db, e, SQL_VERDICT, "si", client, n);
	bool failed = q == NULL, found = q != NULL && db_row(&s->db, q, &failed, e), done = !failed;
	bool same = found && col_int(q, 0) == (int64_t)content.hi && col_int(q, 1) == (int64_t)content.lo;
	if (same) {
		struct json *j = json_parse(col_text(q, 2), col_bytes(q, 2), e);
		done = j != NULL && wire_read_verdict(j, v, e);
		json_free(j);
		v->seen = true;
	}
	db_end(q);
	if (done && !same) {
		char text[96];
		snprintf(text, sizeof text, "number %lld was already used for another operation", (long long)n);
		*v = (struct wire_verdict){ .n = n, .verdict = V_REFUSED, .at = store_now(s) };
		text_set(&v->text, text);
	}
	return done;
}

static bool keep_verdict(struct store *s, const char *seat, const char *client, struct key128 content,
	const struct wire_verdict *v, struct error *e)
{
	buf_reset(&s->json);
	wire_verdict(&s->json, v);
	s->batch.wrote = true;
	return db_do(&s->db, e, SQL_VERDICT_MAKE, "siiiss", client, v->n, (int64_t)content.hi, (int64_t)content.lo,
		       v->subject, s->json.data) &&
		db_do(&s->db, e, SQL_DESK_SET, "ssi", client, seat, v->n);
}

static bool settle(struct store *s, const char *seat, const char *client, const struct wire_op *op,
	const struct error *bad, int64_t last, struct wire_verdict *v, struct error *e)
{
	struct key128 content = content_of(op, bad);
	if (op->n <= last)
		return recall_verdict(s, client, op->n, content, v, e);
	*v = (struct wire_verdict){ .n = op->n };
	bool done = true;
	if (op->op == NULL || bad->code != ERR_NONE) {
		v->verdict = V_REFUSED;
		v->at = store_now(s);
		text_set(&v->text, bad->text);
	} else {
		done = decide(s, seat, client, op, v, e);
	}
	return done && keep_verdict(s, seat, client, content, v, e);
}

static bool desk_of(struct store *s, const char *client, const char *seat, int64_t *last, struct error *e)
{
	char *known = NULL;
	if (!db_int(&s->db, e, last, 0, SQL_DESK, "s", client) ||
		!db_text(&s->db, e, &known, SQL_DESK_SEAT, "s", client))
		return false;
	bool same = known == NULL || strcmp(known, seat) == 0;
	free(known);
	return same ||
		error_set(e, ERR_REFUSED,
			"this desk belongs to another seat; log in as that seat or use another directory");
}

/* Numbers follow each other, and begin within what is known or right after it. */
static bool in_order(const struct wire_ops *offered, int64_t last, struct error *e)
{
	for (size_t i = 0; i < offered->n; i++) {
		int64_t want = i == 0 ? last + 1 : offered->v[i - 1].n + 1;
		if (offered->v[i].n < 1 || offered->v[i].n > want || (i > 0 && offered->v[i].n != want))
			return error_set(e, ERR_USAGE, "operation %lld does not follow %lld; go on from there",
				(long long)offered->v[i].n, (long long)(want - 1));
	}
	return true;
}

bool store_apply(struct store *s, const char *seat, const struct wire_ops *offered, struct wire_verdict *verdicts,
	int64_t *last, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	memset(verdicts, 0, offered->n * sizeof *verdicts);
	*last = 0;
	if (!batch_usable(s, e))
		return false;
	if (!desk_of(s, offered->client, seat, last, &why)) {
		if (e != NULL)
			*e = why;
		return why.code == ERR_REFUSED ? false : batch_fail(s, &why);
	}
	if (!in_order(offered, *last, e))
		return false;
	for (size_t i = 0; i < offered->n; i++) {
		if (!settle(s, seat, offered->client, &offered->v[i], &offered->bad[i], *last, &verdicts[i], &why)) {
			if (e != NULL)
				*e = why;
			return batch_fail(s, &why);
		}
		if (offered->v[i].n > *last)
			*last = offered->v[i].n;
	}
	return true;
}

/* ---- the backend's own ------------------------------------------------------------------------------------------- */

static bool own_act(struct store *s, const char *name,
	void (*decided)(const struct world *w, int64_t now, struct outcome *out))
{
	if (s->batch.failed)
		return false;
	struct deciding d = { .seat = "0", .client = "", .name = name, .now = store_now(s) };
	struct error why = { .code = ERR_NONE };
	decided(&s->world, d.now, &d.out);
	bool did = d.out.n > 0;
	if (did && !carry_out(s, &d, &why))
		batch_fail(s, &why);
	outcome_release(&d.out);
	return did;
}

bool store_prepare(struct store *s, const struct prepared *p, enum prepared_as *as, struct error *e)
{
	struct wire_op op = { .op = op_by_name("prepare"), .at = store_now(s), .rev = -1 };
	const struct { const char *name, *value; } given[] = {
		{ "name", p->name }, { "title", p->title }, { "words", p->words }, { "examples", p->examples }
	};
	struct error why = { .code = ERR_NONE };
	if (!batch_usable(s, e))
		return false;
	for (size_t i = 0; i < op_arg_count(op.op); i++)
		for (size_t k = 0; k < COUNT_OF(given); k++)
			if (strcmp(op.op->args[i].name, given[k].name) == 0 && given[k].value != NULL)
				op.arg[i] = xstrdup(given[k].value);
	for (size_t i = 0; i < op_arg_count(op.op); i++) /* an argument is a line */
		for (char *c = op.arg[i]; c != NULL && *c != '\0'; c++)
			*c = *c == '\n' ? '|' : *c;
	struct offer o = offer_of(s, "0", &op);
	o.role = R_BACKEND;
	struct deciding d = { .seat = "0", .client = "", .op = &op, .name = op.op->name, .now = o.now };
	bool done = op_decide(&s->world, &o, &d.out, &why) == ERR_NONE && batch_usable(s, &why);
	*as = d.out.n == 0 ? PREPARED_BEFORE : d.out.made[0] != '\0' ? PREPARED_NEW : PREPARED_ANEW;
	if (done && d.out.n > 0 && !carry_out(s, &d, &why))
		done = batch_fail(s, &why);
	if (!done && e != NULL)
		*e = why;
	outcome_release(&d.out);
	wire_op_release(&op);
	return done;
}

bool store_finish(struct store *s, bool scribe_busy)
{
	const struct event *ev = world_event(&s->world);
	return !scribe_busy && ev != NULL && ev->ending && own_act(s, "ended", event_finish);
}

bool store_interrupt(struct store *s)
{
	return own_act(s, "interrupted", event_interrupt);
}
