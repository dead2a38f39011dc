/* op_crew.c: words between seats, leaving and coming back, the baton, undo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/rules.h"

TRANSITION(do_say)
{
	const char *id, *to = offer_arg(o, "to");
	bool known = !strcmp(to, "all") || world_seat(w, to);
	for (int r = R_WEB; r < R_BACKEND; r++)
		known = known || !strcmp(role_names[r], to);
	if (!known)
		return refuse(why, "\"%s\" is no seat of this event, no role, and not all", brief(to).s);
	if (!new_id(w, o, K_WORD, &id, why))
		return false;
	struct word *said = make(out, K_WORD, id);
	snprintf(said->from, sizeof said->from, "%s", o->seat);
	text_set(&said->to, to);
	text_set(&said->text, offer_arg(o, "text"));
	said->at = o->now;
	return true;
}

struct word_search {
	const struct offer *o;
	const struct word *found;
};
static bool newest_to_me(void *arg, const struct record *r)
{
	struct word_search *s = arg;
	const struct word *said = (const void *)r;
	bool mine =
		!strcmp(said->to, "all") || !strcmp(said->to, s->o->seat) || !strcmp(said->to, role_names[s->o->role]);
	if (!r->gone && mine && strcmp(said->from, s->o->seat) != 0 && !ids_have(&said->acks, s->o->seat))
		s->found = said;
	return true;
}

TRANSITION(do_ack)
{
	const char *id = offer_arg(o, "word");
	struct word_search s = { .o = o };
	if (!*id || !strcmp(id, "last")) {
		world_each(w, K_WORD, newest_to_me, &s);
		if (!s.found)
			return refuse(why, "no word to this seat waits for an answer");
		id = s.found->r.id;
	}
	struct word *said = edit(w, out, K_WORD, id);
	if (!said)
		return refuse(why, "there is no word \"%s\"", brief(id).s);
	ids_add(&said->acks, o->seat);
	return true;
}

static bool set_away(const struct world *w, const struct offer *o, struct outcome *out, bool away, struct error *why)
{
	struct seat *s = edit(w, out, K_SEAT, o->seat);
	if (!s)
		return refuse(why, "seat \"%s\" is not of this event", o->seat);
	s->away = away;
	return true;
}

TRANSITION(do_away)
{
	return set_away(w, o, out, true, why);
}
TRANSITION(do_back)
{
	return set_away(w, o, out, false, why);
}

TRANSITION(do_baton)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (o->role != R_HOST && o->role != R_PRODUCER && strcmp(ev->baton, o->seat) != 0)
		return refuse(why, "the baton is passed by host, producer or who has it");
	const char *to = offer_arg(o, "seat");
	if (*to) {
		const struct seat *s = world_seat(w, to);
		if (!s)
			return refuse(why, "there is no seat \"%s\"", brief(to).s);
		if (!op_allowed(w, op_by_name("air"), s->role))
			return refuse(why, "the baton is for a seat that may air, and %s is %s", brief(s->name).s,
				role_names[s->role]);
	}
	snprintf(ev->baton, sizeof ev->baton, "%s", to);
	return true;
}

/* ---- undo -------------------------------------------------------------------------------------------------------- */

struct act_search {
	const struct offer *o;
	bool redo;
	const char *client;
	int64_t n;
	const struct act *found;
};

static bool named_act(void *arg, const struct record *r)
{
	struct act_search *s = arg;
	const struct act *a = (const void *)r;
	size_t len = strcspn(s->client, ":");
	if (a->n == s->n && !strncmp(a->client, s->client, len) && !a->client[len])
		s->found = a;
	return !s->found;
}

/* This seat's newest that stands, redos aside: they stand for what they brought back. For a redo it must be an undo: what
 * was done since ends what can be redone. */
static bool newest_of_mine(void *arg, const struct record *r)
{
	struct act_search *s = arg;
	const struct act *a = (const void *)r;
	const struct op *op = op_by_name(a->op);
	if (strcmp(a->seat, s->o->seat) != 0 || a->undone || !op || !(op->flags & OP_UNDO) || op->apply == do_redo)
		return true;
	if (op->apply != do_undo)
		s->found = s->redo ? NULL : a;
	else if (s->redo)
		s->found = a;
	return true;
}

/* The act meant: by number, by "CLIENT:N", or this seat's newest of that sort. */
static const struct act *act_meant(const struct world *w, const struct offer *o, bool redo, struct error *why)
{
	const char *named = offer_arg(o, "act");
	struct act_search s = { .o = o, .redo = redo, .client = named };
	bool by_desk = strchr(named, ':') && act_name(named, &s.n);
	if (*named && !by_desk)
		s.found = (const void *)world_get(w, K_ACT, named);
	else
		world_each(w, K_ACT, by_desk ? named_act : newest_of_mine, &s);
	if (!s.found && *named)
		refuse(why, "there is no act \"%s\" in the log", brief(named).s);
	else if (!s.found)
		refuse(why, redo ? "nothing of yours waits to be redone" : "nothing of yours is left to undo");
	return s.found;
}

static bool may_undo(const struct world *w, const struct offer *o, const struct act *a, struct error *why)
{
	const struct op *op = op_by_name(a->op);
	if (strcmp(a->seat, o->seat) != 0)
		return refuse(
			why, "\"%s\" was done by %s; only they can undo it", a->op, brief(seat_name(w, a->seat)).s);
	if (a->undone)
		return refuse(why, "\"%s\" was undone already, %s", a->op, last_act(w, &a->r).text);
	if (op && (op->flags & OP_UNDO))
		return true;
	if (op && op->back)
		return refuse(why, "\"%s\" cannot be undone; \"%s\" takes it back", a->op, op->back);
	return refuse(why, "\"%s\" cannot be undone", a->op);
}

/* ---- what of a record's past still stands ------------------------------------------------------------------------ */

static bool change_in(const struct deed *d, enum kind kind, const char *id, int64_t *rev_after)
{
	for (size_t i = 0; d && i < d->n; i++)
		if (d->v[i].kind == kind && !strcmp(d->v[i].id, id)) {
			*rev_after = d->v[i].rev_after;
			return true;
		}
	return false;
}

/* The undo that gave a record its `rev`, and the act it undid. */
struct undo_search {
	const struct world *w;
	enum kind kind;
	const char *id;
	int64_t rev;
	char undone[ID_MAX];
};
static bool find_undo(void *arg, const struct record *r)
{
	struct undo_search *s = arg;
	const struct act *a = (const void *)r;
	int64_t rev;
	if (!a->undo_of[0] || !change_in(s->w->deed(s->w->ctx, a->r.id), s->kind, s->id, &rev) || rev != s->rev)
		return true;
	memcpy(s->undone, a->undo_of, sizeof s->undone);
	return false;
}

/* The rev of the act that made a record what it is: one that was undone, and its undo, do not count. So undos follow one
 * another back through several changes of one record, and redos forth again. */
static int64_t standing_rev(const struct world *w, enum kind kind, const char *id, int64_t rev)
{
	for (;;) {
		struct undo_search s = { .w = w, .kind = kind, .id = id, .rev = rev };
		int64_t undone;
		world_each(w, K_ACT, find_undo, &s);
		if (!s.undone[0] || !change_in(w->deed(w->ctx, s.undone), kind, id, &undone) || undone > rev)
			return rev;
		rev = undone - 1;
	}
}

/* ---- putting back ------------------------------------------------------------------------------------------------ */

static void put_back(struct record *after, const struct record *before)
{
	struct record *none = before ? NULL : record_new(after->kind, after->id);
	if (after->kind == K_ACT) {
		((struct act *)after)->undone = before && ((const struct act *)before)->undone; /* a seal stays */
	} else if (before) {
		record_restore(after, before);
	} else if (after->kind == K_PARTICIPANT) {
		record_restore(after, none); /* stays, untouched: it may have sent STOP meanwhile */
	} else {
		after->gone = true;
	}
	record_free(none);
}

/* One of the records an act changed, as the deed has it: a copy, since the world may forget a deed when asked for another. */
struct past {
	struct record *before;
	enum kind kind;
	char id[ID_MAX];
	int64_t rev_after;
};

static bool put_back_one(const struct world *w, struct outcome *out, const struct past *p, struct error *why)
{
	const struct record *now = w->get(w->ctx, p->kind, p->id);
	if (!now)
		return refuse(why, "the %s it changed is no longer there", kinds[p->kind].name);
	if (now->rev != p->rev_after &&
		standing_rev(w, p->kind, p->id, now->rev) != standing_rev(w, p->kind, p->id, p->rev_after))
		return refuse(why, "the %s was changed again since, %s; undo that first or change it anew",
			kinds[p->kind].name, last_act(w, now).text);
	now = w->get(w->ctx, p->kind, p->id);
	struct record *after = edit_or_make(w, out, p->kind, p->id);
	after->gone = now->gone;
	put_back(after, p->before);
	return true;
}

static bool put_back_all(const struct world *w, struct outcome *out, const struct act *a, struct error *why)
{
	const struct deed *d = w->deed ? w->deed(w->ctx, a->r.id) : NULL;
	if (!d)
		return refuse(why, "what \"%s\" changed is not known here", a->op);
	size_t n = d->n;
	struct past *past = xcalloc(n + 1, sizeof *past);
	for (size_t i = 0; i < n; i++) {
		past[i] = (struct past){ .before = d->v[i].before ? record_copy(d->v[i].before) : NULL,
			.kind = d->v[i].kind,
			.rev_after = d->v[i].rev_after };
		memcpy(past[i].id, d->v[i].id, sizeof past[i].id);
	}
	bool good = true;
	for (size_t i = 0; i < n && good; i++)
		good = put_back_one(w, out, &past[i], why);
	for (size_t i = 0; i < n; i++)
		record_free(past[i].before);
	free(past);
	return good;
}

/* ---- does what was put back fit what others did since? ------------------------------------------------------------ */

static const struct record *as_it_will_be(
	const struct world *w, const struct outcome *out, enum kind kind, const char *id)
{
	for (size_t i = 0; i < out->n; i++)
		if (out->changes[i].after->kind == kind && !strcmp(out->changes[i].after->id, id))
			return out->changes[i].after->gone ? NULL : out->changes[i].after;
	return world_get(w, kind, id);
}

struct rival_search {
	const struct world *w;
	const struct outcome *out;
	const char *id;
	const struct question *found;
};
static bool find_rival(void *arg, const struct record *r)
{
	struct rival_search *s = arg;
	const struct question *q = (const void *)as_it_will_be(s->w, s->out, K_QUESTION, r->id);
	if (q && q->state == Q_NEXT && strcmp(r->id, s->id) != 0)
		s->found = q;
	return !s->found;
}

static bool question_fits(const struct world *w, const struct outcome *out, const struct question *q, struct error *why)
{
	struct rival_search s = { .w = w, .out = out, .id = q->r.id };
	if (q->r.gone || q->state != Q_NEXT)
		return true;
	world_each(w, K_QUESTION, find_rival, &s);
	return !s.found ||
		refuse(why, "question q%lld is the next one now, %s; q%lld cannot be that too",
			(long long)s.found->number, last_act(w, &s.found->r).text, (long long)q->number);
}

/* A theme that goes must leave no message behind; one that is joined to another must not come back to itself. */
static bool theme_fits(const struct world *w, const struct outcome *out, const struct theme *t, struct error *why)
{
	const struct count *c = (const void *)world_get(w, K_COUNT, t->r.id);
	int64_t leave = 0;
	for (size_t i = 0; i < out->n; i++)
		leave += out->changes[i].after->kind == K_MESSAGE;
	if (t->r.gone && c && c->web + c->sms > leave)
		return refuse(why, "theme %s has other messages by now; merge it into another instead", t->r.id);
	if (t->r.gone || !t->into[0])
		return true;
	const struct theme *up = (const void *)as_it_will_be(w, out, K_THEME, t->into);
	if (!up)
		return refuse(why, "theme %s, which it was joined to, is no longer there", t->into);
	for (int steps = 0; up && steps < 1000; steps++) {
		if (!strcmp(up->r.id, t->r.id))
			return refuse(why, "theme %s was joined to theme %s since; unmerge it first", t->into, t->r.id);
		up = (const void *)as_it_will_be(w, out, K_THEME, up->into);
	}
	return true;
}

static bool message_fits(const struct world *w, const struct outcome *out, const struct message *m, struct error *why)
{
	char cluster[ID_MAX];
	id_from_number(cluster, m->cluster);
	const struct cluster *c = (const void *)world_get(w, K_CLUSTER, cluster);
	if (!m->cluster || as_it_will_be(w, out, K_THEME, c ? c->theme : cluster))
		return true;
	return refuse(why, "the theme that message %s was in is no longer there", m->r.id);
}

/* A theme that clusters were split off into does not go when they go back: what came into it meanwhile goes with them. */
static void follow_clusters(struct outcome *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct theme *t = (void *)out->changes[i].after;
		for (size_t k = 0; t->r.kind == K_THEME && t->r.gone && k < out->n; k++) {
			const struct cluster *after = (const void *)out->changes[k].after;
			const struct cluster *before = (const void *)out->changes[k].before;
			if (after->r.kind != K_CLUSTER || !before || strcmp(before->theme, t->r.id) != 0)
				continue;
			t->r.gone = false;
			snprintf(t->into, sizeof t->into, "%s", after->r.gone || !after->theme[0] ? after->r.id : after->theme);
		}
	}
}

static bool all_fits(const struct world *w, const struct outcome *out, struct error *why)
{
	bool fits = true;
	for (size_t i = 0; i < out->n && fits; i++) {
		const struct record *r = out->changes[i].after;
		if (r->kind == K_QUESTION)
			fits = question_fits(w, out, (const void *)r, why);
		else if (r->kind == K_THEME)
			fits = theme_fits(w, out, (const void *)r, why);
		else if (r->kind == K_MESSAGE)
			fits = message_fits(w, out, (const void *)r, why);
	}
	return fits;
}

static bool undo(const struct world *w, const struct offer *o, struct outcome *out, bool redo, struct error *why)
{
	const struct act *a = act_meant(w, o, redo, why);
	if (!a)
		return false;
	if (redo && strcmp(a->op, "undo") != 0)
		return refuse(why, "\"%s\" is no undo; redo wants one", a->op);
	if (!may_undo(w, o, a, why))
		return false;
	memcpy(out->undo_of, a->r.id, sizeof out->undo_of);
	if (!put_back_all(w, out, a, why))
		return false;
	follow_clusters(out);
	if (!all_fits(w, out, why))
		return false;
	((struct act *)edit(w, out, K_ACT, out->undo_of))->undone = true;
	return true;
}

TRANSITION(do_undo)
{
	return undo(w, o, out, false, why);
}
TRANSITION(do_redo)
{
	return undo(w, o, out, true, why);
}
