/* memory_room.c: the plainest backend there can be. */
#include "tests/unit/memory_room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

/* xorshift64*, by Marsaglia and Vigna: all the chance a test needs. */
static void fill(void *ctx, void *bytes, size_t n)
{
	uint64_t *s = ctx;
	for (size_t i = 0; i < n; i++) {
		*s ^= *s >> 12;
		*s ^= *s << 25;
		*s ^= *s >> 27;
		((uint8_t *)bytes)[i] = (uint8_t)(*s * UINT64_C(2685821657736338717) >> 56);
	}
}

static const struct record *look(void *ctx, enum kind kind, const char *id)
{
	return memory_world_get(((struct memory_room *)ctx)->records, kind, id);
}

static void walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(((struct memory_room *)ctx)->records, kind, visit, arg);
}

static const struct deed *recall(void *ctx, const char *act)
{
	const struct memory_room *m = ctx;
	int64_t n;
	return id_number(act, &n) && n <= (int64_t)m->n_deeds ? &m->deeds[n - 1] : NULL;
}

struct named {
	const char *name;
	const struct theme *found;
};

static bool is_named(void *arg, const struct record *r)
{
	struct named *n = arg;
	if (!r->gone && strcmp(((const struct theme *)r)->name, n->name) == 0)
		n->found = (const void *)r;
	return n->found == NULL;
}

static const struct theme *prepared(void *ctx, const char *name)
{
	struct named n = { .name = name };
	memory_world_each(((struct memory_room *)ctx)->records, K_THEME, is_named, &n);
	return n.found;
}

static void put(struct memory_room *m, struct record *r)
{
	r->version = ++m->version;
	memory_world_put(m->records, r);
}

struct memory_room *memory_room_new(uint64_t seed)
{
	struct memory_room *m = xcalloc(1, sizeof *m);
	m->records = memory_world_new();
	m->world = (struct world){ .ctx = m, .get = look, .each = walk, .deed = recall, .prepared = prepared };
	m->now = INT64_C(1088100000000);
	m->seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	m->random = (struct randomness){ .fill = fill, .ctx = &m->seed };
	struct event *ev = record_new(K_EVENT, "event");
	text_set(&ev->title, "Le chat");
	text_set(&ev->lang, "fr");
	put(m, &ev->r);
	return m;
}

void memory_room_free(struct memory_room *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_deeds; i++) {
		for (size_t j = 0; j < m->deeds[i].n; j++)
			record_free(m->deeds[i].v[j].before);
		free(m->deeds[i].v);
	}
	for (size_t i = 0; i < m->n_told; i++)
		free(m->told[i].text);
	free(m->deeds);
	free(m->told);
	free(m->withheld);
	memory_world_free(m->records);
	free(m);
}

const char *memory_room_seat(struct memory_room *m, const char *name, enum role role)
{
	char id[ID_MAX];
	id_from_number(id, (int64_t)memory_world_count(m->records, K_SEAT) + 1);
	struct seat *s = record_new(K_SEAT, id);
	text_set(&s->name, name);
	s->role = role;
	put(m, &s->r);
	/* the record's own id moves when the seat is changed: hand out one that stays */
	static const char *const stays[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13",
		"14", "15", "16" };
	size_t n = memory_world_count(m->records, K_SEAT);
	return n < COUNT_OF(stays) ? stays[n] : NULL;
}

/* ---- traffic ----------------------------------------------------------------------------------------------------- */

static const char *root_of(const struct memory_room *m, int64_t cluster)
{
	char id[ID_MAX];
	id_from_number(id, cluster);
	const struct cluster *c = (const void *)memory_world_get(m->records, K_CLUSTER, id);
	if (c && !c->r.gone)
		memcpy(id, c->theme, sizeof id);
	const struct theme *t = (const void *)memory_world_get(m->records, K_THEME, id);
	for (int steps = 0; t && t->into[0] && steps < 100; steps++)
		t = (const void *)memory_world_get(m->records, K_THEME, t->into);
	return t ? t->r.id : "";
}

struct counting {
	struct memory_room *m;
};
static bool count_message(void *arg, const struct record *r)
{
	struct counting *c = arg;
	const struct message *msg = (const void *)r;
	struct count *count = (void *)memory_world_get(c->m->records, K_COUNT, root_of(c->m, msg->cluster));
	if (count && msg->channel == CH_SMS)
		count->sms++;
	else if (count)
		count->web++;
	if (count)
		count->people++;
	return true;
}

/* Counts all anew: a test's world is small. */
static void count_all(struct memory_room *m)
{
	char id[ID_MAX];
	for (int64_t i = 1; i <= m->themes; i++) {
		id_from_number(id, i);
		if (memory_world_get(m->records, K_THEME, id)) {
			struct count *fresh = record_new(K_COUNT, id);
			fresh->r.version = m->version;
			memory_world_put(m->records, fresh);
		}
	}
	memory_world_each(m->records, K_MESSAGE, count_message, &(struct counting){ m });
}

int64_t memory_room_theme(struct memory_room *m, const char *title)
{
	char id[ID_MAX];
	id_from_number(id, ++m->themes);
	struct theme *t = record_new(K_THEME, id);
	text_set(&t->title, title);
	t->first_at = m->now;
	put(m, &t->r);
	count_all(m);
	return m->themes;
}

int64_t memory_room_message(
	struct memory_room *m, enum channel channel, int64_t person, int64_t theme, const char *text)
{
	char id[ID_MAX], its[ID_MAX];
	if (!theme)
		theme = memory_room_theme(m, text);
	id_from_number(id, ++m->messages);
	struct message *msg = record_new(K_MESSAGE, id);
	msg->channel = channel;
	msg->participant = person;
	msg->at = m->now;
	msg->cluster = theme;
	text_set(&msg->text, text);
	put(m, &msg->r);
	id_from_number(its, theme);
	struct theme *t = (void *)memory_world_get(m->records, K_THEME, its);
	if (t && !t->first)
		t->first = m->messages;
	count_all(m);
	return m->messages;
}

void memory_room_stop(struct memory_room *m, int64_t person)
{
	char id[ID_MAX];
	id_from_number(id, person);
	struct participant *p = (void *)memory_world_get(m->records, K_PARTICIPANT, id);
	p = p ? record_copy(p) : record_new(K_PARTICIPANT, id);
	p->stopped = true;
	put(m, &p->r);
}

/* ---- telling the public ------------------------------------------------------------------------------------------ */

static bool taken_back(const struct record *r)
{
	return r->gone || (r->kind == K_QUESTION && ((const struct question *)r)->struck) ||
		(r->kind == K_SEGMENT && ((const struct segment *)r)->state == SG_RETRACTED);
}

/* The words a viewer reads in that cast, as the record stands. */
static char *words_of(const struct record *r, const struct cast *c)
{
	struct buf b = BUF_INIT;
	if (c->type == CAST_QUESTION || c->type == CAST_REWORD)
		buf_addf(&b, "%s — %s", ((const struct question *)r)->wording, ((const struct question *)r)->credit);
	else if (c->type == CAST_SEGMENT || c->type == CAST_CORRECTION)
		buf_addf(&b, "%s : %s", ((const struct segment *)r)->speaker, ((const struct segment *)r)->text);
	else if (c->type == CAST_NOTICE)
		buf_adds(&b, ((const struct notice *)r)->text);
	else if (c->type == CAST_STATE)
		buf_adds(&b, c->word);
	return buf_detach(&b);
}

static void tell(struct memory_room *m, const struct cast *c)
{
	struct record *r = memory_world_get(m->records, c->kind, c->id);
	bool stone = c->type != CAST_RETRACTION && (!r || taken_back(r));
	for (size_t i = 0; c->erase && i < m->n_told; i++)
		if (m->told[i].cast.kind == c->kind && !strcmp(m->told[i].cast.id, c->id)) {
			free(m->told[i].text);
			m->told[i].text = xstrdup("");
			m->told[i].tombstone = true;
		}
	grow(&m->told, &m->cap_told, m->n_told + 1, sizeof *m->told);
	m->told[m->n_told++] =
		(struct told){ .cast = *c, .text = stone || !r ? xstrdup("") : words_of(r, c), .tombstone = stone };
	if (r && r->kind == K_SEGMENT && ((struct segment *)r)->unsent) {
		struct segment *s = record_copy(r);
		s->unsent = false;
		put(m, &s->r);
	}
}

static bool waits(const struct memory_room *m, const struct cast *c)
{
	const struct segment *s =
		c->kind == K_SEGMENT ? (const void *)memory_world_get(m->records, K_SEGMENT, c->id) : NULL;
	return s && s->state == SG_REVIEW;
}

/* What was retracted before anybody saw it is not told at all. */
static bool came_to_nothing(const struct memory_room *m, const struct cast *c)
{
	const struct record *r = memory_world_get(m->records, c->kind, c->id);
	return !r || taken_back(r);
}

static void flush(struct memory_room *m)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->n_withheld; i++) {
		struct cast c = m->withheld[i];
		if (waits(m, &c))
			m->withheld[kept++] = c;
		else if (!came_to_nothing(m, &c))
			tell(m, &c);
	}
	m->n_withheld = kept;
}

static void tell_all(struct memory_room *m, const struct outcome *out)
{
	const struct event *ev = (const void *)memory_world_get(m->records, K_EVENT, "event");
	size_t i = 0;
	if (out->flush && out->n_casts && out->casts[0].type == CAST_STATE && !strcmp(out->casts[0].word, "resumed"))
		tell(m, &out->casts[i++]);
	if (out->flush)
		flush(m);
	for (; i < out->n_casts; i++) {
		if (out->casts[i].at_once || ev->state != EV_INTERRUPTED) {
			tell(m, &out->casts[i]);
			continue;
		}
		grow(&m->withheld, &m->cap_withheld, m->n_withheld + 1, sizeof *m->withheld);
		m->withheld[m->n_withheld++] = out->casts[i];
	}
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

struct sealing {
	const char *id;
};
static bool seal_one(void *arg, const struct record *r)
{
	const struct sealing *s = arg;
	struct act *a = (struct act *)(uintptr_t)r;
	const char *colon = strchr(a->subject, ':');
	a->sealed = a->sealed || (colon && !strcmp(colon + 1, s->id));
	return true;
}

static void keep_deed(struct memory_room *m, const struct offer *o, const struct outcome *out)
{
	grow(&m->deeds, &m->cap_deeds, m->n_deeds + 1, sizeof *m->deeds);
	struct deed *d = &m->deeds[m->n_deeds++];
	*d = (struct deed){ .op = o->op, .n = out->n, .v = xcalloc(out->n + 1, sizeof *d->v) };
	id_from_number(d->act, (int64_t)m->n_deeds);
	snprintf(d->seat, sizeof d->seat, "%s", o->seat);
	for (size_t i = 0; i < out->n; i++) {
		const struct change *c = &out->changes[i];
		d->v[i].before = c->before ? record_copy(c->before) : NULL;
		d->v[i].kind = c->after->kind;
		memcpy(d->v[i].id, c->after->id, ID_MAX);
		d->v[i].rev_after = c->after->rev;
	}
}

static void log_act(struct memory_room *m, const struct offer *o, const struct outcome *out)
{
	char id[ID_MAX];
	struct buf line = BUF_INIT;
	id_from_number(id, (int64_t)m->n_deeds);
	struct act *a = record_new(K_ACT, id);
	words_line(o->op, o->arg, &line);
	snprintf(a->seat, sizeof a->seat, "%s", o->seat);
	text_set(&a->op, o->op->name);
	text_set(&a->words, line.data);
	text_set(&a->subject, out->subject);
	a->at = o->now;
	snprintf(a->client, sizeof a->client, "00000000-0000-7000-8000-00000000000%.1s", o->seat);
	a->n = m->n;
	memcpy(a->undo_of, out->undo_of, sizeof a->undo_of);
	snprintf(a->r.by, sizeof a->r.by, "%s", o->seat);
	snprintf(a->r.did, sizeof a->r.did, "%s", o->op->name);
	a->r.when = o->now;
	a->r.rev = 1;
	put(m, &a->r);
	buf_release(&line);
}

static void take(struct memory_room *m, const struct outcome *out)
{
	bool moved = false;
	for (size_t i = 0; i < out->n; i++) {
		struct record *r = record_copy(out->changes[i].after);
		moved = moved || r->kind == K_MESSAGE || r->kind == K_THEME;
		put(m, r);
	}
	if (moved)
		count_all(m);
	tell_all(m, out);
	if (out->seals[0])
		memory_world_each(m->records, K_ACT, seal_one, &(struct sealing){ out->seals });
}

enum err memory_room_offer(struct memory_room *m, const struct offer *o, struct outcome *out, struct error *why)
{
	struct outcome made;
	int64_t number;
	m->n++;
	enum err e = op_decide(&m->world, o, &made, why);
	if (e != ERR_NONE)
		return e;
	keep_deed(m, o, &made);
	log_act(m, o, &made);
	take(m, &made);
	if (id_number(o->fresh, &number) && memory_world_get(m->records, K_THEME, o->fresh) && number > m->themes) {
		m->themes = number;
		count_all(m);
	}
	if (out)
		*out = made;
	else
		outcome_release(&made);
	return ERR_NONE;
}

struct offer memory_room_ask(struct memory_room *m, const char *seat, const struct op *op)
{
	struct offer o = { .op = op, .now = m->now, .rev = -1 };
	const struct seat *s = world_seat(&m->world, seat);
	snprintf(o.seat, sizeof o.seat, "%s", seat);
	o.role = s ? s->role : R_NONE;
	if (!strcmp(op->name, "split") || !strcmp(op->name, "prepare"))
		id_from_number(o.fresh, m->themes + 1);
	else
		id_uuid7(o.fresh, m->now + m->n,
			&m->random); /* in the order of their making also within a millisecond */
	id_uuid7(o.fresh2, m->now + m->n, &m->random);
	if (op->flags & OP_EXPIRES)
		o.until = m->now + OP_UNTIL_MS;
	return o;
}

enum err memory_room_do(struct memory_room *m, const char *seat, const char *line, struct error *why)
{
	struct error local = { 0 };
	struct error *e = why ? why : &local;
	struct words w;
	char *v[OP_ARGS_MAX];
	*e = (struct error){ 0 };
	if (!words_parse(line, &w, e))
		return e->code;
	if (words_resolve(&m->world, &w, seat, m->now, v, e)) {
		struct offer o = memory_room_ask(m, seat, w.op);
		for (size_t i = 0; i < OP_ARGS_MAX; i++)
			o.arg[i] = v[i];
		memory_room_offer(m, &o, NULL, e);
		for (size_t i = 0; i < OP_ARGS_MAX; i++)
			free(v[i]);
	}
	words_release(&w);
	return e->code;
}

void memory_room_finish(struct memory_room *m)
{
	struct outcome out;
	event_finish(&m->world, m->now, &out);
	take(m, &out);
	outcome_release(&out);
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static void dump_field(const struct record *r, const struct field *f, struct buf *b)
{
	const void *p = (const char *)r + f->offset;
	char number[ID_MAX];
	buf_addc(b, ' ');
	buf_adds(b, f->name);
	buf_addc(b, '=');
	switch (f->type) {
	case F_INT:
	case F_TIME:
		id_from_number(number, *(const int64_t *)p), buf_adds(b, number);
		break;
	case F_BOOL:
		buf_adds(b, *(const bool *)p ? "yes" : "no");
		break;
	case F_ENUM:
		buf_adds(b, f->names[*(const unsigned *)p]);
		break;
	case F_TEXT:
		buf_addc(b, '"'), buf_adds(b, *(char *const *)p), buf_addc(b, '"');
		break;
	case F_ID:
		buf_adds(b, p);
		break;
	case F_IDS:
		for (size_t i = 0; i < ((const struct ids *)p)->n; i++)
			buf_addf(b, "%s,", ((const struct ids *)p)->v[i]);
	}
}

static bool dump_record(void *arg, const struct record *r)
{
	struct buf *b = arg;
	buf_addf(b, "%s:%s v%" PRId64 " r%" PRId64 "%s by=%s did=%s when=%" PRId64, kinds[r->kind].name, r->id,
		r->version, r->rev, r->gone ? " gone" : "", r->by, r->did, r->when);
	for (size_t i = 0; i < kinds[r->kind].n_fields; i++)
		dump_field(r, &kinds[r->kind].fields[i], b);
	buf_addc(b, '\n');
	return true;
}

void memory_room_dump(const struct memory_room *m, struct buf *out)
{
	for (int k = 0; k < KIND_COUNT; k++)
		memory_world_each(m->records, (enum kind)k, dump_record, out);
	for (size_t i = 0; i < m->n_told; i++)
		buf_addf(out, "%zu %s %s:%s%s %s\n", i + 1, cast_names[m->told[i].cast.type],
			kinds[m->told[i].cast.kind].name, m->told[i].cast.id, m->told[i].tombstone ? " tombstone" : "",
			m->told[i].text);
}
