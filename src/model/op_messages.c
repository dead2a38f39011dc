/* op_messages.c: what moderators do with what came in. */
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/model/rules.h"

/* Calls one for each target; stops at the first refusal. */
typedef bool target_fn(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind,
	const char *id, struct error *why);

static bool each_target(const struct world *w, const struct offer *o, struct outcome *out, const char *list,
	target_fn *one, struct error *why)
{
	while (*list) {
		char target[ID_MAX + 12];
		size_t len = strcspn(list, " ");
		snprintf(target, sizeof target, "%.*s", (int)len, list);
		list += len + strspn(list + len, " ");
		enum kind kind;
		const char *id;
		if (!target_parse(target, &kind, &id) || (kind != K_MESSAGE && kind != K_THEME && kind != K_QUESTION))
			return refuse(why, "\"%s\" works on messages, themes and questions, not on \"%s\"", o->op->name,
				brief(target).s);
		if (!world_get(w, kind, id))
			return refuse(why, "there is no %s \"%s\"", kinds[kind].name, id);
		if (!one(w, o, out, kind, id, why))
			return false;
	}
	return true;
}

static bool dismiss_one(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind,
	const char *id, struct error *why)
{
	const char *reason = offer_arg(o, "reason");
	if (kind == K_MESSAGE) {
		struct message *m = edit(w, out, kind, id);
		m->state = MS_DISMISSED;
		text_set(&m->reason, reason);
		return true;
	}
	if (kind == K_THEME) {
		struct theme *t = edit(w, out, kind, id);
		t->dismissed = true;
		text_set(&t->reason, reason);
		return true;
	}
	return refuse(why, "a question is not dismissed but dropped or returned, by the host");
}

TRANSITION(do_dismiss)
{
	return each_target(w, o, out, offer_arg(o, "target"), dismiss_one, why);
}

static bool restore_one(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind,
	const char *id, struct error *why)
{
	(void)o;
	if (kind == K_MESSAGE) {
		struct message *m = edit(w, out, kind, id);
		m->state = MS_WAITING;
		m->muted = false;
		text_set(&m->reason, "");
	} else if (kind == K_THEME) {
		struct theme *t = edit(w, out, kind, id);
		t->dismissed = false;
		text_set(&t->reason, "");
	} else {
		struct question *q = edit(w, out, kind, id);
		if (q->state != Q_DROPPED && q->state != Q_RETURNED)
			return refuse(why, "question q%lld was neither dropped nor returned", (long long)q->number);
		q->state = Q_RESERVE;
		text_set(&q->reason, "");
	}
	return true;
}

TRANSITION(do_restore)
{
	return each_target(w, o, out, offer_arg(o, "target"), restore_one, why);
}

TRANSITION(do_refile)
{
	const struct theme *t = (const void *)world_get(w, K_THEME, offer_arg(o, "theme"));
	int64_t number;
	if (!t || !id_number(t->r.id, &number))
		return refuse(why, "there is no theme \"%s\"", offer_arg(o, "theme"));
	char id[ID_MAX];
	for (const char *p = offer_arg(o, "message"); (p = next_id(p, id));) {
		if (id[0] == 'c') {
			if (!cluster_put(w, out, id + 1, t->r.id, why))
				return false;
			continue;
		}
		struct message *m = edit(w, out, K_MESSAGE, id);
		if (!m)
			return refuse(why, "there is no message \"%s\"", id);
		if (m->service != SV_NONE)
			return refuse(why, "message %s speaks to the service and asks nothing; it has no theme", id);
		m->cluster = number;
	}
	return true;
}

static bool mute(const struct world *w, const struct offer *o, struct outcome *out, bool muted)
{
	struct participant *p = edit_or_make(w, out, K_PARTICIPANT, offer_arg(o, "person"));
	p->muted = muted;
	return true;
}

TRANSITION(do_mute)
{
	(void)why;
	return mute(w, o, out, true);
}
TRANSITION(do_unmute)
{
	(void)why;
	return mute(w, o, out, false);
}

/* Where a record keeps its hold. */
struct holding {
	enum hold *hold;
	char **note, **whom;
};

static struct holding holding_of(void *r)
{
	enum kind kind = ((struct record *)r)->kind;
	struct message *m = r;
	struct question *q = r;
	struct theme *t = r;
	if (kind == K_MESSAGE)
		return (struct holding){ &m->hold, &m->hold_why, &m->hold_for };
	if (kind == K_QUESTION)
		return (struct holding){ &q->hold, &q->hold_why, &q->hold_for };
	return (struct holding){ &t->hold, &t->hold_why, NULL };
}

static void set_hold(void *r, enum hold hold, const char *note, const char *whom)
{
	struct holding h = holding_of(r);
	*h.hold = hold;
	text_set(h.note, note);
	if (h.whom)
		text_set(h.whom, whom);
}

/* What is on the air is past holding. */
static void *may_hold(const struct world *w, struct outcome *out, enum kind kind, const char *id, struct error *why)
{
	void *r = edit(w, out, kind, id);
	const struct question *q = r;
	if (kind == K_QUESTION && q->state == Q_AIR)
		return refuse(why, "question q%lld is on the air; strike it or close it", (long long)q->number), NULL;
	return r;
}

/* One hold at a time: a second one would hide the first, and clearing it would let through what the first was for. */
static bool hold_one(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind, const char *id,
	struct error *why)
{
	const char *word = offer_arg(o, "why");
	enum hold hold = !strcmp(word, "legal") ? HOLD_LEGAL : !strcmp(word, "opinion") ? HOLD_OPINION : HOLD_FACT;
	void *r = may_hold(w, out, kind, id, why);
	if (!r)
		return false;
	enum hold now = *holding_of(r).hold;
	if (now != HOLD_NONE && now != hold)
		return refuse(why, "the %s is %s already; that must be cleared first", kinds[kind].name, hold_is(now));
	set_hold(r, hold, offer_arg(o, "note"), offer_arg(o, "whom"));
	return true;
}

/* Who clears a question has judged its words: what held the messages it comes from no longer holds it. An alert stays: it
 * is about the person. */
static bool clear_one(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind, const char *id,
	struct error *why)
{
	(void)o;
	(void)why;
	void *r = edit(w, out, kind, id);
	set_hold(r, HOLD_NONE, "", "");
	if (kind == K_MESSAGE)
		((struct message *)r)->alert = false;
	const struct question *q = r;
	for (size_t i = 0; kind == K_QUESTION && i < q->messages.n; i++) {
		struct message *m = edit(w, out, K_MESSAGE, q->messages.v[i]);
		if (m && m->hold != HOLD_NONE)
			set_hold(m, HOLD_NONE, m->alert ? m->hold_why : "", "");
	}
	return true;
}

static bool block_one(const struct world *w, const struct offer *o, struct outcome *out, enum kind kind, const char *id,
	struct error *why)
{
	void *r = may_hold(w, out, kind, id, why);
	if (r)
		set_hold(r, HOLD_BLOCKED, offer_arg(o, "reason"), "");
	return r != NULL;
}

TRANSITION(do_hold)
{
	return each_target(w, o, out, offer_arg(o, "target"), hold_one, why);
}
TRANSITION(do_clear)
{
	return each_target(w, o, out, offer_arg(o, "target"), clear_one, why);
}
TRANSITION(do_block)
{
	return each_target(w, o, out, offer_arg(o, "target"), block_one, why);
}

TRANSITION(do_alert)
{
	struct message *m = edit(w, out, K_MESSAGE, offer_arg(o, "message"));
	if (!m)
		return refuse(why, "there is no message \"%s\"", offer_arg(o, "message"));
	const char *note = offer_arg(o, "note");
	struct buf both = BUF_INIT;
	m->alert = true;
	if (*note)
		buf_addf(&both, "%s%s%s", m->hold_why, m->hold_why[0] ? "; " : "", note);
	if (*note && !strstr(m->hold_why, note))
		text_set(&m->hold_why, both.data);
	buf_release(&both);
	return true;
}
