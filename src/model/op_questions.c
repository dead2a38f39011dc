/* op_questions.c: from what was asked to what will be asked: the rundown up to the air. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/model/rules.h"

/* "Momi543, par SMS": the name as given, or none, and the channel. */
static void credit_of(const struct world *w, const struct message *m, struct question *q)
{
	const char *by_sms, *by_web;
	crew_word(w, "par SMS", "by SMS", &by_sms);
	crew_word(w, "par Internet", "online", &by_web);
	const char *by = m->channel == CH_SMS ? by_sms : by_web;
	struct buf credit = BUF_INIT, masked = BUF_INIT;
	if (m->name[0]) {
		text_mask(m->name, world_event(w)->lang, &masked);
		buf_addf(&credit, "%s, %s", masked.data, by);
	} else {
		buf_adds(&credit, by);
	}
	text_set(&q->credit, credit.data);
	buf_release(&credit);
	buf_release(&masked);
}

static void wording_of(const struct world *w, const char *text, struct question *q)
{
	struct buf masked = BUF_INIT;
	text_mask(text, world_event(w)->lang, &masked);
	text_set(&q->wording, masked.data);
	buf_release(&masked);
}

/* Undone questions keep their numbers, so that "q7" never means two things. */
static bool highest_number(void *arg, const struct record *r)
{
	int64_t *top = arg;
	if (((const struct question *)r)->number > *top)
		*top = ((const struct question *)r)->number;
	return true;
}

static struct question *question_make(
	const struct world *w, const struct offer *o, struct outcome *out, struct error *why)
{
	const char *id;
	if (!new_id(w, o, K_QUESTION, &id, why))
		return NULL;
	struct question *q = make(out, K_QUESTION, id);
	world_each(w, K_QUESTION, highest_number, &q->number);
	q->number++;
	q->state = Q_RESERVE;
	q->accepted_at = o->now;
	q->position = position_after_all(w, K_QUESTION);
	return q;
}

/* A hold on what a question comes from goes with it; a block outweighs what else holds it. */
static void inherit_hold(struct question *q, enum hold hold, const char *note, const char *whom)
{
	if (hold == HOLD_NONE || q->hold == HOLD_BLOCKED || (q->hold != HOLD_NONE && hold != HOLD_BLOCKED))
		return;
	q->hold = hold;
	text_set(&q->hold_why, note);
	text_set(&q->hold_for, whom);
}

static void take_message(const struct world *w, struct outcome *out, struct question *q, const char *id)
{
	struct message *m = edit(w, out, K_MESSAGE, id);
	ids_add(&q->messages, id);
	memcpy(m->question, q->r.id, sizeof m->question);
	inherit_hold(q, m->hold, m->hold_why, m->hold_for);
	if (!q->original[0]) {
		text_set(&q->original, m->text);
		wording_of(w, m->text, q);
		credit_of(w, m, q);
		q->channel = m->channel;
	}
	const struct theme *t = theme_of(w, m);
	if (!t)
		return;
	if (!q->theme[0])
		memcpy(q->theme, t->r.id, sizeof q->theme);
	inherit_hold(q, t->hold, t->hold_why, "");
}

static bool take_theme(const struct world *w, struct outcome *out, struct question *q, const char *id)
{
	const struct theme *root = theme_root(w, id);
	if (!root)
		return false;
	char theme[ID_MAX], message[ID_MAX];
	memcpy(theme, root->r.id, sizeof theme);
	id_from_number(message, root->typical_id ? root->typical_id : root->first);
	if (!q->theme[0])
		memcpy(q->theme, theme, sizeof q->theme);
	inherit_hold(q, root->hold, root->hold_why, "");
	const struct message *m = root->first && !q->messages.n ? (const void *)world_get(w, K_MESSAGE, message) : NULL;
	if (m && m->text[0]) {
		take_message(w, out, q, message);
	} else if (!q->original[0]) {
		text_set(&q->original, theme_asks(root));
		wording_of(w, theme_asks(root), q);
		q->channel = CH_WEB;
	}
	struct theme *t = edit(w, out, K_THEME, theme);
	memcpy(t->question, q->r.id, sizeof t->question);
	return true;
}

TRANSITION(do_accept)
{
	struct question *q = question_make(w, o, out, why);
	if (!q)
		return false;
	char target[ID_MAX + 12];
	for (const char *p = offer_arg(o, "source"); *p;) {
		size_t len = strcspn(p, " ");
		snprintf(target, sizeof target, "%.*s", (int)len, p);
		p += len + strspn(p + len, " ");
		enum kind kind;
		const char *id;
		if (!target_parse(target, &kind, &id) || (kind != K_MESSAGE && kind != K_THEME))
			return refuse(
				why, "a question is made of a theme (t12) or messages (m12), not of \"%s\"", target);
		const struct message *m = kind == K_MESSAGE ? (const void *)world_get(w, kind, id) : NULL;
		if (m && (m->r.gone || !m->text[0]))
			return refuse(why, "message %s was erased", id);
		if (m)
			take_message(w, out, q, id);
		else if (kind == K_MESSAGE || !take_theme(w, out, q, id))
			return refuse(why, "there is no %s \"%s\"", kinds[kind].name, id);
	}
	if (*offer_arg(o, "text"))
		text_set(&q->wording, offer_arg(o, "text"));
	if (*offer_arg(o, "credit"))
		text_set(&q->credit, offer_arg(o, "credit"));
	snprintf(out->subject, sizeof out->subject, "question:%s", q->r.id);
	return true;
}

static void room_credit(const struct world *w, const struct offer *o, struct question *q)
{
	const char *credit;
	crew_word(w, "La rédaction", "The newsroom", &credit);
	text_set(&q->credit, credit);
	q->channel = CH_ROOM;
	text_set(&q->wording, offer_arg(o, "text"));
}

TRANSITION(do_compose)
{
	struct question *q = question_make(w, o, out, why);
	if (!q)
		return false;
	room_credit(w, o, q);
	return true;
}

/* Words may change until the question is aired; the next one's only by the host (and the producer). */
static bool may_edit(const struct question *q, const struct offer *o, struct error *why)
{
	long long n = (long long)q->number;
	if (q->state == Q_AIR || q->state == Q_CLOSED)
		return refuse(why,
			"question q%lld was aired; its credit stays, its words change by the host's reword, which "
			"viewers see",
			n);
	if (q->state == Q_NEXT && o->role != R_HOST && o->role != R_PRODUCER && o->role != R_BACKEND)
		return refuse(why, "question q%lld is the next one, its words are the host's; use suggest", n);
	return true;
}

static struct question *question_edit(
	const struct world *w, const struct offer *o, struct outcome *out, struct error *why)
{
	const struct question *q = question_need(w, offer_arg(o, "question"), why);
	return q ? edit(w, out, K_QUESTION, q->r.id) : NULL;
}

TRANSITION(do_edit)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q || !may_edit(q, o, why))
		return false;
	text_set(&q->wording, offer_arg(o, "text"));
	text_set(&q->suggestion, "");
	q->suggested_by[0] = '\0';
	return true;
}

TRANSITION(do_credit)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q || !may_edit(q, o, why))
		return false;
	if (q->channel == CH_ROOM)
		return refuse(why, "question q%lld is the room's own and is never credited to the public",
			(long long)q->number);
	text_set(&q->credit, offer_arg(o, "text"));
	return true;
}

TRANSITION(do_suggest)
{
	enum kind kind;
	const char *id;
	if (!target_parse(offer_arg(o, "target"), &kind, &id) || (kind != K_QUESTION && kind != K_SEGMENT))
		return refuse(
			why, "a suggestion is for a question or a segment, not for \"%s\"", offer_arg(o, "target"));
	void *r = edit(w, out, kind, id);
	if (!r)
		return refuse(why, "there is no %s \"%s\"", kinds[kind].name, id);
	if (kind == K_QUESTION) {
		struct question *q = r;
		text_set(&q->suggestion, offer_arg(o, "text"));
		snprintf(q->suggested_by, sizeof q->suggested_by, "%s", o->seat);
		return true;
	}
	struct segment *s = r;
	if (s->state == SG_RETRACTED)
		return refuse(why, "that segment was retracted %s", last_act(w, &s->r).text);
	text_set(&s->suggestion, offer_arg(o, "text"));
	snprintf(s->suggested_by, sizeof s->suggested_by, "%s", o->seat);
	return true;
}

static bool waiting(const struct question *q)
{
	return q->state == Q_RESERVE || q->state == Q_NEXT || q->state == Q_RETURNED;
}

/* What `from` was made of is in `q` now, and those who asked it follow q's fate. */
static void take_sources(const struct world *w, struct outcome *out, struct question *q, const struct question *from)
{
	for (size_t i = 0; i < from->messages.n; i++) {
		struct message *m = edit(w, out, K_MESSAGE, from->messages.v[i]);
		ids_add(&q->messages, from->messages.v[i]);
		if (m)
			memcpy(m->question, q->r.id, sizeof m->question);
	}
	struct theme *t = from->theme[0] ? edit(w, out, K_THEME, from->theme) : NULL;
	if (t) {
		inherit_hold(q, t->hold, t->hold_why, "");
		memcpy(t->question, q->r.id, sizeof t->question);
	}
	if (!q->theme[0])
		memcpy(q->theme, from->theme, sizeof q->theme);
	inherit_hold(q, from->hold, from->hold_why, from->hold_for);
}

TRANSITION(do_combine)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q || !may_edit(q, o, why))
		return false;
	if (!waiting(q))
		return refuse(why, "question q%lld is %s; restore it before others join it", (long long)q->number,
			question_is(q));
	char id[ID_MAX];
	for (const char *p = offer_arg(o, "others"); (p = next_id(p, id));) {
		const struct question *there = question_need(w, id, why);
		if (!there)
			return false;
		if (!strcmp(id, q->r.id) || !waiting(there))
			return refuse(why, "question q%lld is %s and cannot join q%lld", (long long)there->number,
				strcmp(id, q->r.id) ? question_is(there) : "the same", (long long)q->number);
		if (!may_edit(there, o, why))
			return false;
		struct question *other = edit(w, out, K_QUESTION, id);
		take_sources(w, out, q, other);
		char reason[40];
		snprintf(reason, sizeof reason, "combined into q%lld", (long long)q->number);
		other->state = Q_DROPPED;
		text_set(&other->reason, reason);
	}
	if (*offer_arg(o, "text"))
		text_set(&q->wording, offer_arg(o, "text"));
	return true;
}

static bool leave(
	const struct world *w, const struct offer *o, struct outcome *out, enum question_state to, struct error *why)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q)
		return false;
	if (!waiting(q))
		return refuse(why, "question q%lld is %s, %s; only one that waits can be %s", (long long)q->number,
			question_is(q), last_act(w, &q->r).text, question_state_names[to]);
	q->state = to;
	text_set(&q->reason, offer_arg(o, "reason"));
	return true;
}

TRANSITION(do_return)
{
	return leave(w, o, out, Q_RETURNED, why);
}
TRANSITION(do_drop)
{
	return leave(w, o, out, Q_DROPPED, why);
}

/* The reserve in order, but for one. */
struct reserve {
	const struct question **v;
	size_t n, cap;
	const char *without;
};

static bool into_reserve(void *arg, const struct record *r)
{
	struct reserve *l = arg;
	const struct question *q = (const void *)r;
	if (r->gone || q->state != Q_RESERVE || !strcmp(r->id, l->without))
		return true;
	grow(&l->v, &l->cap, l->n + 1, sizeof(const struct question *));
	size_t i = l->n++;
	for (; i && l->v[i - 1]->position > q->position; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = q;
	return true;
}

static bool place_wanted(const char *to, size_t now, size_t others, size_t *place)
{
	char *end;
	if (!strcmp(to, "first"))
		*place = 0;
	else if (!strcmp(to, "last"))
		*place = others;
	else if (!strcmp(to, "up"))
		*place = now ? now - 1 : 0;
	else if (!strcmp(to, "down"))
		*place = now + 1;
	else {
		long n = strtol(to, &end, 10);
		if (*end || end == to || n < 1)
			return false;
		*place = (size_t)n - 1;
	}
	if (*place > others)
		*place = others;
	return true;
}

/* Spaces the reserve out anew with q at its place, behind all there is; what is not in the reserve keeps its place. */
static void space_out(
	const struct world *w, struct outcome *out, const struct reserve *l, struct question *q, size_t place)
{
	int64_t position = position_after_all(w, K_QUESTION);
	for (size_t i = 0, j = 0; i <= l->n; i++, position += POSITION_STEP) {
		struct question *here = i == place ? q : edit(w, out, K_QUESTION, l->v[j++]->r.id);
		here->position = position;
	}
}

static void put_in_place(
	const struct world *w, struct outcome *out, const struct reserve *l, struct question *q, size_t place)
{
	int64_t low = place ? l->v[place - 1]->position : 0;
	int64_t high = place < l->n ? l->v[place]->position : INT64_MAX;
	if (q->position > low && q->position < high)
		return; /* it is there */
	if (place == l->n)
		q->position = position_after_all(w, K_QUESTION);
	else if (high - low > 1)
		q->position = low + (high - low) / 2;
	else
		space_out(w, out, l, q, place);
}

TRANSITION(do_move)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q)
		return false;
	if (q->state != Q_RESERVE)
		return refuse(
			why, "question q%lld is not in the reserve, it is %s", (long long)q->number, question_is(q));
	struct reserve l = { .without = q->r.id };
	world_each(w, K_QUESTION, into_reserve, &l);
	size_t now = 0, place;
	while (now < l.n && l.v[now]->position < q->position)
		now++;
	bool good = place_wanted(offer_arg(o, "to"), now, l.n, &place);
	if (good)
		put_in_place(w, out, &l, q, place);
	free(l.v);
	return good ||
		error_set(why, ERR_USAGE, "\"%s\" is no place; give a number from 1, first, last, up or down",
			brief(offer_arg(o, "to")).s);
}

struct next_search {
	const struct question *next, *first;
	const struct world *w;
};
static bool find_next(void *arg, const struct record *r)
{
	struct next_search *s = arg;
	const struct question *q = (const void *)r;
	if (r->gone)
		return true;
	if (q->state == Q_NEXT)
		s->next = q;
	if (q->state == Q_RESERVE && (!s->first || q->position < s->first->position) && question_clear(s->w, q, NULL))
		s->first = q;
	return true;
}

TRANSITION(do_next)
{
	struct next_search s = { .w = w };
	world_each(w, K_QUESTION, find_next, &s);
	const char *id = offer_arg(o, "question");
	if (!*id && !s.first)
		return refuse(why, "the reserve holds no question that may be aired");
	const struct question *there = question_need(w, *id ? id : s.first->r.id, why);
	if (!there)
		return false;
	if (there->state != Q_RESERVE)
		return refuse(
			why, "question q%lld is %s, not in the reserve", (long long)there->number, question_is(there));
	struct question *q = edit(w, out, K_QUESTION, there->r.id);
	q->state = Q_NEXT;
	if (s.next) {
		struct question *before = edit(w, out, K_QUESTION, s.next->r.id);
		before->state = Q_RESERVE;
	}
	return true;
}

/* ---- the air ---------------------------------------------------------------------------------------------------- */

static bool is_open(const struct world *w, const struct offer *o, struct error *why)
{
	const struct event *ev = world_event(w);
	if (ev->state == EV_OPEN && !ev->ending)
		return true;
	if (ev->state == EV_INTERRUPTED)
		return refuse(why, "the broadcast is interrupted; resume before you %s", o->op->name);
	return refuse(why, "the event is %s; \"%s\" wants it open",
		ev->ending ? "ending" : event_state_names[ev->state], o->op->name);
}

static void put_on_air(const struct world *w, struct outcome *out, struct question *q, int64_t now)
{
	leave_air(w, out, OUT_NONE, now);
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (!q->times)
		ev->aired++;
	memcpy(ev->air, q->r.id, sizeof ev->air);
	q->state = Q_AIR;
	q->outcome = OUT_NONE;
	q->aired_at = now;
	q->closed_at = 0;
	q->times++;
	const struct theme *t = theme_root(w, q->theme);
	const struct count *c = t ? (const void *)world_get(w, K_COUNT, t->r.id) : NULL;
	if (c)
		q->people = c->people;
	cast_add(out, CAST_QUESTION, K_QUESTION, q->r.id);
	snprintf(out->subject, sizeof out->subject, "question:%s", q->r.id);
}

TRANSITION(do_air)
{
	if (!is_open(w, o, why))
		return false;
	const char *id = offer_arg(o, "question");
	struct next_search s = { .w = w };
	if (!*id) {
		world_each(w, K_QUESTION, find_next, &s);
		if (!s.next)
			return refuse(why, "no question is next; name one, or choose it with next");
		id = s.next->r.id;
	}
	const struct question *there = question_need(w, id, why);
	if (!there)
		return false;
	long long n = (long long)there->number;
	if (there->state == Q_AIR)
		return refuse(
			why, "question q%lld is on the air already, put there %s", n, last_act(w, &there->r).text);
	if (there->state == Q_DROPPED || there->state == Q_RETURNED || there->struck)
		return refuse(why, "question q%lld was %s %s; it cannot be aired", n,
			there->struck ? "struck" : question_state_names[there->state], last_act(w, &there->r).text);
	if (!there->wording[0])
		return refuse(why, "question q%lld has no words; edit it first", n);
	if (!question_clear(w, there, why))
		return false;
	put_on_air(w, out, edit(w, out, K_QUESTION, there->r.id), o->now);
	return true;
}

TRANSITION(do_ask)
{
	if (!is_open(w, o, why))
		return false;
	struct question *q = question_make(w, o, out, why);
	if (!q)
		return false;
	room_credit(w, o, q);
	if (*offer_arg(o, "credit"))
		text_set(&q->credit, offer_arg(o, "credit"));
	q->improvised = true;
	put_on_air(w, out, q, o->now);
	return true;
}

static bool was_aired(const struct question *q, struct error *why)
{
	if (q->struck)
		return refuse(why, "question q%lld was struck", (long long)q->number);
	if (q->state == Q_AIR || q->state == Q_CLOSED)
		return true;
	return refuse(why, "question q%lld was not aired, it is %s", (long long)q->number, question_is(q));
}

TRANSITION(do_reword)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q || !was_aired(q, why) || !may_reword(w, why))
		return false;
	text_set(&q->wording, offer_arg(o, "text"));
	text_set(&q->suggestion, "");
	q->suggested_by[0] = '\0';
	cast_add(out, CAST_REWORD, K_QUESTION, q->r.id)->at_once = true;
	return true;
}

static enum result result_of(const char *word)
{
	for (int i = OUT_ANSWERED; i < RESULTS; i++)
		if (!strcmp(result_names[i], word))
			return (enum result)i;
	return OUT_NONE;
}

TRANSITION(do_close)
{
	const struct event *ev = world_event(w);
	const char *id = *offer_arg(o, "question") ? offer_arg(o, "question") : ev->air;
	if (!*id)
		return refuse(why, "no question is on the air");
	const struct question *q = question_need(w, id, why);
	if (!q)
		return false;
	if (q->state != Q_AIR)
		return refuse(why, "question q%lld is not on the air; it is %s, %s", (long long)q->number,
			question_is(q), last_act(w, &q->r).text);
	edit(w, out, K_QUESTION, q->r.id);
	leave_air(w, out, result_of(offer_arg(o, "outcome")), o->now);
	return true;
}

TRANSITION(do_outcome)
{
	const struct question *last = *offer_arg(o, "question") ? NULL : last_aired(w);
	const struct question *there = last ? last : question_need(w, offer_arg(o, "question"), why);
	if (!there || !was_aired(there, why))
		return false;
	struct question *q = edit(w, out, K_QUESTION, there->r.id);
	q->outcome = result_of(offer_arg(o, "outcome"));
	theme_answered(w, out, q);
	cast_add(out, CAST_ANSWER, K_QUESTION, q->r.id);
	return true;
}

TRANSITION(do_strike)
{
	struct question *q = question_edit(w, o, out, why);
	if (!q || !was_aired(q, why))
		return false;
	q->struck = true;
	if (q->state == Q_AIR)
		leave_air(w, out, OUT_CUT, o->now);
	theme_answered(w, out, q);
	cast_add(out, CAST_RETRACTION, K_QUESTION, q->r.id);
	snprintf(out->seals, sizeof out->seals, "%s", q->r.id);
	return true;
}
