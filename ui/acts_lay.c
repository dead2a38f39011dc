/* acts_lay.c: decisions laid over the replica until it has them, undo foreseen from what they changed. */
#include "ui/acts_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

void acts_keep_past(struct entry *x, struct outcome *out)
{
	acts_past_release(x);
	x->past = xcalloc(out->n + 1, sizeof *x->past);
	for (size_t i = 0; i < out->n; i++) {
		struct record *after = out->changes[i].after;
		struct past *p = &x->past[x->n_past++];
		*p = (struct past){ .before = out->changes[i].before, .kind = after->kind, .rev_after = after->rev };
		memcpy(p->id, after->id, sizeof p->id);
		out->changes[i].before = NULL;
	}
}

static struct record *put_back(const struct record *now, const struct past *p)
{
	struct record *r = record_copy(now);
	if (p->before)
		record_restore(r, p->before);
	else if (p->kind == K_PARTICIPANT) {
		struct record *none = record_new(p->kind, p->id);
		record_restore(r, none);
		record_free(none);
	} else {
		r->gone = true;
	}
	return r;
}

static const struct past *last_past(const struct entry *x, enum kind kind, const char *id)
{
	for (size_t i = 0; x && i < x->n_past; i++)
		if (x->past[i].kind == kind && !strcmp(x->past[i].id, id))
			return &x->past[i];
	return NULL;
}

/* The rev of the act that made a record what it is, as op_crew.c has it: undone ones and their undos do not count. */
static int64_t standing_rev(struct acts *a, enum kind kind, const char *id, int64_t rev)
{
	for (size_t i = a->n; i-- > 0;) {
		const struct past *p = acts_takes_back(a->v[i].op.op) ? last_past(&a->v[i], kind, id) : NULL;
		const struct past *of = p && p->rev_after == rev ? last_past(acts_entry(a, a->v[i].target), kind, id) : NULL;
		if (of)
			rev = of->rev_after - 1;
	}
	return rev;
}

/* What undoing gives, from what the entry it names has changed. False: that is not known here; the backend will say. */
static bool foresee_undo(struct acts *a, const struct entry *x, struct outcome *out)
{
	const struct entry *t = acts_entry(a, x->target);
	const struct world *w = overlay_world(a->over);
	if (!t || !t->n_past || t->verdict == V_REFUSED || t->verdict == V_EXPIRED)
		return false;
	out->changes = xcalloc(t->n_past, sizeof *out->changes);
	out->cap = t->n_past;
	for (size_t i = 0; i < t->n_past; i++) {
		const struct past *p = &t->past[i];
		const struct record *now = w->get(w->ctx, p->kind, p->id);
		if (!now || (now->rev != p->rev_after &&
			standing_rev(a, p->kind, p->id, now->rev) != standing_rev(a, p->kind, p->id, p->rev_after)))
			return outcome_release(out), false;
		struct record *r = put_back(now, p);
		r->rev = now->rev + 1;
		r->when = x->op.at;
		snprintf(r->by, sizeof r->by, "%s", a->seat);
		snprintf(r->did, sizeof r->did, "%s", x->op.op->name);
		out->changes[out->n++] = (struct change){ .before = record_copy(now), .after = r };
	}
	return true;
}

static void offer_of(const struct acts *a, const struct entry *x, struct offer *o)
{
	*o = (struct offer){ .op = x->op.op, .role = a->role, .now = x->op.at, .rev = x->op.rev, .until = x->op.until };
	memcpy(o->seat, a->seat, sizeof o->seat);
	memcpy(o->fresh, x->fresh, sizeof o->fresh);
	memcpy(o->fresh2, x->fresh2, sizeof o->fresh2);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		o->arg[i] = x->op.arg[i];
}

bool acts_decide(struct acts *a, struct entry *x, struct outcome *out, struct error *e)
{
	struct offer o;
	if (acts_takes_back(x->op.op))
		return *out = (struct outcome){ 0 }, foresee_undo(a, x, out);
	offer_of(a, x, &o);
	return op_decide(overlay_world(a->over), &o, out, e) == ERR_NONE;
}

static void lay(struct acts *a, struct entry *x)
{
	struct outcome out = { 0 };
	x->foreseen = acts_decide(a, x, &out, NULL);
	if (x->foreseen) {
		acts_keep_past(x, &out);
		overlay_take(a->over, &out);
	}
	outcome_release(&out);
}

bool acts_is_laid(const struct entry *x)
{
	return !x->here && !x->lapsed && (x->verdict == V_NONE || x->verdict == V_APPLIED);
}

void acts_rebuild(struct acts *a)
{
	overlay_clear(a->over);
	for (size_t i = 0; i < a->n; i++)
		if (acts_is_laid(&a->v[i]))
			lay(a, &a->v[i]);
}
