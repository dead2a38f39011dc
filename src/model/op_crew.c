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
		return refuse(why, "\"%s\" is no seat of this event, no role, and not all", to);
	if (!new_id(w, o, K_WORD, &id, why))
		return false;
	struct word *said = make(out, K_WORD, id);
	snprintf(said->from, sizeof said->from, "%s", o->seat);
	text_set(&said->to, to);
	text_set(&said->text, offer_arg(o, "text"));
	said->at = o->now;
	return true;
}

struct word_search { const struct offer *o; const struct word *found; };
static bool newest_to_me(void *arg, const struct record *r)
{
	struct word_search *s = arg;
	const struct word *said = (const void *)r;
	bool mine = !strcmp(said->to, "all") || !strcmp(said->to, s->o->seat) || !strcmp(said->to, role_names[s->o->role]);
	if (!r->gone && mine && strcmp(said->from, s->o->seat) != 0 && !ids_have(&said->acks, s->o->seat))
		s->found = said;
	return true;
}

TRANSITION(do_ack)
{
	const char *id = offer_arg(o, "word");
	struct word_search s = {.o = o};
	if (!*id || !strcmp(id, "last")) {
		world_each(w, K_WORD, newest_to_me, &s);
		if (!s.found)
			return refuse(why, "no word to this seat waits for an answer");
		id = s.found->r.id;
	}
	struct word *said = edit(w, out, K_WORD, id);
	if (!said)
		return refuse(why, "there is no word \"%s\"", id);
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

TRANSITION(do_away) { return set_away(w, o, out, true, why); }
TRANSITION(do_back) { return set_away(w, o, out, false, why); }

TRANSITION(do_baton)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (o->role != R_HOST && o->role != R_PRODUCER && strcmp(ev->baton, o->seat) != 0)
		return refuse(why, "the baton is passed by host, producer or who has it");
	const char *to = offer_arg(o, "seat");
	if (*to) {
		const struct seat *s = world_seat(w, to);
		if (!s)
			return refuse(why, "there is no seat \"%s\"", to);
		if (!op_allowed(w, op_by_name("air"), s->role))
			return refuse(why, "%s is %s and may not air", s->name, role_names[s->role]);
	}
	snprintf(ev->baton, sizeof ev->baton, "%s", to);
	return true;
}

/* ---- undo -------------------------------------------------------------------------------------------------------- */

struct act_search { const struct offer *o; bool redo; const char *client; int64_t n; const struct act *found; };

static bool newest_of_mine(void *arg, const struct record *r)
{
	struct act_search *s = arg;
	const struct act *a = (const void *)r;
	const struct op *op = op_by_name(a->op);
	if (s->client) {
		if (a->n == s->n && !strncmp(a->client, s->client, strcspn(s->client, ":")))
			s->found = a;
	} else if (!strcmp(a->seat, s->o->seat) && !a->undone && op && (op->flags & OP_UNDO) && (op->apply == do_undo) == s->redo &&
		op->apply != do_redo) {
		s->found = a;
	}
	return true;
}

/* The act meant: by number, by "CLIENT:N", or this seat's newest of that sort. */
static const struct act *act_meant(const struct world *w, const struct offer *o, bool redo)
{
	const char *named = offer_arg(o, "act");
	struct act_search s = {.o = o, .redo = redo};
	const char *colon = strchr(named, ':');
	if (*named && !colon)
		return (const void *)world_get(w, K_ACT, named);
	if (colon) {
		s.client = named;
		s.n = strtoll(colon + 1, NULL, 10);
	}
	world_each(w, K_ACT, newest_of_mine, &s);
	return s.found;
}

static bool may_undo(const struct world *w, const struct offer *o, const struct act *a, const struct deed *d, struct error *why)
{
	const struct op *op = op_by_name(a->op);
	if (strcmp(a->seat, o->seat) != 0)
		return refuse(why, "\"%s\" was done by %s; only they can undo it", a->op, seat_name(w, a->seat));
	if (a->undone)
		return refuse(why, "\"%s\" was undone already", a->op);
	if (!op || !(op->flags & OP_UNDO) || !d)
		return refuse(why, op && op->back ? "\"%s\" cannot be undone; \"%s\" takes it back" : "\"%s\" cannot be undone", a->op,
			op && op->back ? op->back : "");
	return true;
}

static bool restore_one(const struct world *w, struct outcome *out, const struct deed *d, size_t i, struct error *why)
{
	enum kind kind = d->v[i].kind;
	const struct record *now = w->get(w->ctx, kind, d->v[i].id);
	if (!now)
		return refuse(why, "the %s it changed is no longer there", kinds[kind].name);
	if (now->rev != d->v[i].rev_after)
		return refuse(why, "the %s was changed again since, %s; undo that first or change it anew", kinds[kind].name,
			last_act(w, now).text);
	struct record *after = edit_or_make(w, out, kind, d->v[i].id);
	after->gone = now->gone;
	if (d->v[i].before)
		record_restore(after, d->v[i].before);
	else
		after->gone = true;
	return true;
}

static bool undo(const struct world *w, const struct offer *o, struct outcome *out, bool redo, struct error *why)
{
	const struct act *a = act_meant(w, o, redo);
	if (!a)
		return refuse(why, redo ? "nothing of yours waits to be redone" : "nothing of yours is left to undo");
	bool is_undo = !strcmp(a->op, "undo");
	if (redo && !is_undo)
		return refuse(why, "\"%s\" is no undo; redo wants one", a->op);
	const struct deed *d = w->deed ? w->deed(w->ctx, a->r.id) : NULL;
	if (!may_undo(w, o, a, d, why))
		return false;
	snprintf(out->undo_of, sizeof out->undo_of, "%s", a->r.id);
	for (size_t i = 0; i < d->n; i++)
		if (!restore_one(w, out, d, i, why))
			return false;
	((struct act *)edit(w, out, K_ACT, out->undo_of))->undone = true;
	return true;
}

TRANSITION(do_undo) { return undo(w, o, out, false, why); }
TRANSITION(do_redo) { return undo(w, o, out, true, why); }
