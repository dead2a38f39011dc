/* acts.c: decisions kept as entries, oldest first. What is not yet in the replica is replayed over it whenever it moves;
 * what is stays a while with what it changed, so that an undo of it can be foreseen too. */
#include "ui/acts_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"

enum { KEPT = 200 /* entries kept once the replica has them */, LOAD_MAX = 1000 };

/* ---- entries ----------------------------------------------------------------------------------------------------- */

void acts_past_release(struct entry *x)
{
	for (size_t i = 0; i < x->n_past; i++)
		record_free(x->past[i].before);
	free(x->past);
	x->past = NULL;
	x->n_past = 0;
}

void acts_entry_release(struct entry *x)
{
	acts_past_release(x);
	wire_op_release(&x->op);
	free(x->text);
}

struct entry *acts_entry(struct acts *a, int64_t n)
{
	for (size_t i = a->n; n > 0 && i-- > 0;)
		if (a->v[i].op.n == n)
			return &a->v[i];
	return NULL;
}

static struct entry *entry_add(struct acts *a)
{
	grow(&a->v, &a->cap, a->n + 1, sizeof *a->v);
	struct entry *x = &a->v[a->n++];
	*x = (struct entry){ .text = xstrdup("") };
	return x;
}

static void entries_forget(struct acts *a)
{
	size_t here = 0, drop = 0;
	for (size_t i = 0; i < a->n; i++)
		here += a->v[i].here;
	while (drop < a->n && a->v[drop].here && here > KEPT) {
		acts_entry_release(&a->v[drop++]);
		here--;
	}
	if (!drop)
		return;
	memmove(a->v, a->v + drop, (a->n - drop) * sizeof *a->v);
	a->n -= drop;
}

static bool is_op(const struct op *op, const char *name)
{
	return !strcmp(op->name, name);
}

bool acts_takes_back(const struct op *op)
{
	return is_op(op, "undo") || is_op(op, "redo");
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct acts *acts_new(const struct acts_options *o)
{
	struct acts *a = xcalloc(1, sizeof *a);
	a->o = *o;
	a->over = overlay_new();
	a->stamp = a->small = -1;
	a->text = xstrdup("");
	snprintf(a->seat, sizeof a->seat, "%s", desk_seat(o->desk));
	return a;
}

void acts_free(struct acts *a)
{
	if (!a)
		return;
	acts_disarm(a);
	for (size_t i = 0; i < a->n; i++)
		acts_entry_release(&a->v[i]);
	free(a->v);
	free(a->text);
	free(a->lapsed);
	overlay_free(a->over);
	free(a);
}

void acts_who(struct acts *a, const char *seat, enum role role)
{
	if (a->role == role && !strcmp(a->seat, seat))
		return;
	snprintf(a->seat, sizeof a->seat, "%s", seat);
	a->role = role;
	if (a->base)
		acts_rebuild(a);
}

int64_t acts_now(const struct acts *a)
{
	struct link_state s = { 0 };
	if (a->o.link)
		a->o.link->state(a->o.link->ctx, &s);
	return clock_now(a->o.clock) + s.clock_offset_ms;
}

void acts_say(struct acts *a, bool bad, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (a->o.say)
		a->o.say(a->o.ctx, b.data, bad);
	buf_release(&b);
}

void acts_call(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out)
{
	if (a->o.call && a->base)
		a->o.call(a->o.ctx, op, arg, out);
	else
		buf_addf(out, "\"%s\"", op->name);
}

/* ---- what an earlier life of this desk left ---------------------------------------------------------------------- */

struct load {
	struct acts *a;
	struct entry *v;
	size_t n, cap;
};

static bool load_one(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	struct load *l = arg;
	if (v->verdict == V_APPLIED && (!v->act[0] || world_get(l->a->base, K_ACT, v->act)))
		return false; /* from here back the replica has it all */
	if (v->verdict != V_NONE && v->verdict != V_APPLIED)
		return true;
	grow(&l->v, &l->cap, l->n + 1, sizeof *l->v);
	struct entry *x = &l->v[l->n++];
	*x = (struct entry){ .op = *op, .verdict = v->verdict, .text = intl_said(v->text) };
	memcpy(x->act, v->act, sizeof x->act);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		x->op.arg[i] = op->arg[i] ? xstrdup(op->arg[i]) : NULL;
	id_uuid7(x->fresh, op->at, l->a->o.random);
	id_uuid7(x->fresh2, op->at, l->a->o.random);
	return true;
}

/* The entry that the log's number or "CLIENT:N" means, if it is of those here. */
static int64_t named(struct acts *a, const char *what)
{
	char name[DESK_NAME_MAX];
	for (size_t i = 0; what && i < a->n; i++) {
		desk_name(a->o.desk, a->v[i].op.n, name);
		if (!strcmp(name, what) || (a->v[i].act[0] && !strcmp(a->v[i].act, what)))
			return a->v[i].op.n;
	}
	return 0;
}

static void load(struct acts *a)
{
	struct load l = { .a = a };
	a->loaded = true;
	desk_each(a->o.desk, LOAD_MAX, load_one, &l, NULL);
	while (l.n > 0) {
		struct entry *x = entry_add(a);
		free(x->text);
		*x = l.v[--l.n];
	}
	for (size_t i = 0; i < a->n; i++)
		if (acts_takes_back(a->v[i].op.op))
			a->v[i].target = named(a, a->v[i].op.arg[0]);
	free(l.v);
}

/* ---- taking in what moved ---------------------------------------------------------------------------------------- */

static unsigned base_moved(struct acts *a)
{
	int64_t stamp = replica_stamp(a->o.replica);
	if (a->base && stamp == a->stamp)
		return 0;
	a->base = replica_world(a->o.replica);
	overlay_base(a->over, a->base);
	bool small = replica_small_stamp(a->o.replica) != a->small || !a->stamp;
	a->stamp = stamp;
	a->small = replica_small_stamp(a->o.replica);
	return MOVED_ROWS | (small ? MOVED_WORLD : 0u);
}

/* What a person typed for it, so that it is in the log whatever becomes of it; NULL: nothing. */
static const char *words_of(const struct wire_op *op)
{
	for (size_t i = 0; i < op_arg_count(op->op); i++)
		if (op->op->args[i].type == A_TEXT && op->arg[i] && *op->arg[i])
			return op->arg[i];
	return NULL;
}

static void tell(struct acts *a, const struct entry *x)
{
	struct buf what = BUF_INIT;
	acts_call(a, x->op.op, (const char *const *)x->op.arg, &what);
	const char *words = words_of(&x->op);
	if ((x->verdict == V_REFUSED || x->verdict == V_EXPIRED || x->verdict == V_VOID) && words)
		acts_say(a, true, _("not done: %s: %s; your words: %s"), what.data, x->text, words);
	else if (x->verdict == V_REFUSED || x->verdict == V_EXPIRED || x->verdict == V_VOID)
		acts_say(a, true, _("not done: %s: %s"), what.data, x->text);
	else if (!x->foreseen && acts_takes_back(x->op.op))
		acts_say(a, false, is_op(x->op.op, "undo") ? _("undone") : _("done again"));
	buf_release(&what);
}

/* Verdicts come in order: behind the first one that is missing there is none. */
static bool hear_verdicts(struct acts *a)
{
	bool any = false;
	for (size_t i = 0; i < a->n; i++) {
		struct wire_verdict v = { 0 };
		if (a->v[i].verdict != V_NONE)
			continue;
		bool there = desk_verdict(a->o.desk, a->v[i].op.n, &v, NULL) && v.verdict != V_NONE;
		if (there) {
			struct entry *x = &a->v[i];
			x->verdict = v.verdict;
			free(x->text);
			x->text = intl_said(v.text);
			memcpy(x->act, v.act, sizeof x->act);
			if (!(x->lapsed && v.verdict == V_EXPIRED))
				tell(a, x);
			x->lapsed = false;
			any = true;
		}
		wire_verdict_release(&v);
		if (!there)
			break;
	}
	return any;
}

static bool let_go(struct acts *a)
{
	bool any = false;
	for (size_t i = 0; i < a->n; i++) {
		struct entry *x = &a->v[i];
		bool over = x->verdict == V_APPLIED ? !x->act[0] || world_get(a->base, K_ACT, x->act) : x->verdict != V_NONE;
		if (x->here || !over)
			continue;
		x->here = any = true;
		if (x->verdict != V_APPLIED)
			acts_past_release(x);
	}
	return any;
}

static bool expire(struct acts *a)
{
	bool any = false;
	int64_t now = -1;
	for (size_t i = 0; i < a->n; i++) {
		struct entry *x = &a->v[i];
		if (!x->op.until || x->verdict != V_NONE || x->lapsed)
			continue;
		now = now < 0 ? acts_now(a) : now;
		if (now <= x->op.until)
			continue;
		x->lapsed = any = true;
		struct buf what = BUF_INIT;
		acts_call(a, x->op.op, (const char *const *)x->op.arg, &what);
		acts_say(a, true, _("not done: %s: the backend did not hear of it in time; decide anew"), what.data);
		buf_release(&what);
	}
	return any;
}

void acts_look(struct acts *a)
{
	unsigned moved = base_moved(a);
	if (!a->loaded) {
		load(a);
		moved |= MOVED_WORLD;
	}
	if (hear_verdicts(a))
		moved |= MOVED_VERDICTS;
	if ((moved & (MOVED_ROWS | MOVED_VERDICTS)) && let_go(a))
		moved |= MOVED_WORLD | MOVED_ROWS;
	if (expire(a))
		moved |= MOVED_WORLD | MOVED_VERDICTS;
	if (moved) {
		entries_forget(a);
		if (!overlay_empty(a->over) || (moved & (MOVED_WORLD | MOVED_VERDICTS)))
			acts_rebuild(a);
	}
	acts_watch_guard(a);
	a->moved |= moved;
}

unsigned acts_refresh(struct acts *a)
{
	acts_look(a);
	unsigned moved = a->moved;
	a->moved = 0;
	return moved;
}

int64_t acts_due(struct acts *a)
{
	int64_t due = a->is_armed ? a->armed.lapses : a->lapsed ? a->lapsed_at + LAPSED_MS : -1, now = 0;
	for (size_t i = 0; i < a->n; i++) {
		if (!a->v[i].op.until || a->v[i].verdict != V_NONE || a->v[i].lapsed)
			continue;
		now = now ? now : acts_now(a);
		int64_t at = clock_mono(a->o.clock) + a->v[i].op.until - now + 1;
		due = due < 0 || at < due ? at : due;
	}
	return due;
}

const struct world *acts_world(struct acts *a)
{
	if (!a->base)
		acts_look(a);
	return overlay_world(a->over);
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

const struct record *acts_subject(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX])
{
	const struct world *w = acts_world(a);
	const char *id = op->subject_arg >= 0 ? arg[op->subject_arg] : NULL;
	enum kind kind = op->subject;
	if (op->subject == K_EVENT)
		return world_get(w, K_EVENT, "event");
	if (!id || !*id || strchr(id, ' '))
		return NULL;
	const char *colon = strchr(id, ':');
	if (colon) {
		char name[16];
		snprintf(name, sizeof name, "%.*s", (int)(colon - id), id);
		if (!kind_by_name(name, &kind))
			return NULL;
		id = colon + 1;
	}
	return kind < KIND_COUNT ? world_get(w, kind, id) : NULL;
}

static bool all_foreseen(const struct acts *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (acts_is_laid(&a->v[i]) && !a->v[i].foreseen)
			return false;
	return true;
}

/* Which operation of this desk `undo` and `redo` mean, named as the backend wants it. */
static bool name_target(struct acts *a, struct entry *x, struct error *e)
{
	char name[DESK_NAME_MAX];
	bool redo = is_op(x->op.op, "redo");
	if (!x->op.arg[0]) {
		x->target = desk_last_undoable(a->o.desk, redo);
		if (!x->target)
			return error_set(e, ERR_REFUSED, "%s",
				redo ? _("nothing of yours waits to be redone") : _("nothing of yours is left to undo"));
		desk_name(a->o.desk, x->target, name);
		x->op.arg[0] = xstrdup(name);
		return true;
	}
	x->target = named(a, x->op.arg[0]);
	return true;
}

static bool fill_args(struct acts *a, struct entry *x, const char *const arg[OP_ARGS_MAX], struct error *e)
{
	struct words w = { .op = x->op.op };
	for (size_t i = 0; i < op_arg_count(w.op); i++)
		w.arg[i] = arg[i] && *arg[i] ? (char *)(uintptr_t)arg[i] : NULL;
	if (!words_resolve(overlay_world(a->over), &w, a->seat, x->op.at, x->op.arg, e))
		return false;
	for (size_t i = 0; i < op_arg_count(w.op); i++)
		if (w.op->args[i].type == A_ID && !x->op.arg[i]) {
			x->op.arg[i] = xstrdup(x->fresh);
			break;
		}
	return !acts_takes_back(w.op) || name_target(a, x, e);
}

/* A new theme gets its number from the backend, so that it cannot be shown before: but whether it may be made is known here,
 * with a number that is never given. */
static bool may_make_theme(struct acts *a, struct entry *x, struct error *e)
{
	struct outcome out = { 0 };
	char own[ID_MAX];
	memcpy(own, x->fresh, sizeof own);
	snprintf(x->fresh, sizeof x->fresh, "%lld", (long long)UINT32_MAX);
	bool may = acts_decide(a, x, &out, e);
	memcpy(x->fresh, own, sizeof own);
	outcome_release(&out);
	return may;
}

bool acts_prepare(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], int64_t rev, struct entry *x,
	struct outcome *out, struct error *e)
{
	*x = (struct entry){ .op = { .op = op, .at = acts_now(a), .rev = rev } };
	*out = (struct outcome){ 0 };
	if (!world_event(acts_world(a)) || !a->seat[0])
		return error_set(e, ERR_REFUSED, "%s", _("nothing is known of the event yet; wait for the backend's first answer"));
	id_uuid7(x->fresh, x->op.at, a->o.random);
	id_uuid7(x->fresh2, x->op.at, a->o.random);
	x->op.until = op->flags & OP_EXPIRES ? x->op.at + OP_UNTIL_MS : 0;
	if (!fill_args(a, x, arg, e))
		return false;
	const struct record *r = acts_subject(a, op, (const char *const *)x->op.arg);
	if (rev < 0 && (op->flags & OP_EDIT) && r && all_foreseen(a))
		x->op.rev = r->rev;
	const bool makes_theme = is_op(op, "split") || is_op(op, "prepare");
	x->foreseen = acts_decide(a, x, out, makes_theme ? NULL : e);
	return x->foreseen || acts_takes_back(op) || (makes_theme && may_make_theme(a, x, e));
}

int64_t acts_do(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], int64_t rev, struct error *e)
{
	struct entry x;
	struct outcome out;
	acts_look(a);
	if (!acts_prepare(a, op, arg, rev, &x, &out, e) || !(is_op(op, "publish") ? desk_put_soon : desk_put)(a->o.desk, &x.op, e)) {
		outcome_release(&out);
		acts_entry_release(&x);
		return 0;
	}
	struct entry *kept = entry_add(a);
	free(kept->text);
	*kept = x;
	kept->text = xstrdup("");
	if (x.foreseen) {
		acts_keep_past(kept, &out);
		overlay_take(a->over, &out);
	}
	outcome_release(&out);
	a->moved |= MOVED_WORLD | MOVED_ROWS;
	if (a->o.link)
		a->o.link->wake(a->o.link->ctx);
	return kept->op.n;
}

int64_t acts_go(struct acts *a, struct error *e, const char *op, const char *arg1, const char *arg2, const char *arg3)
{
	const char *const arg[OP_ARGS_MAX] = { arg1, arg2, arg3 };
	const struct op *found = op_by_name(op);
	if (!found) {
		error_set(e, ERR_USAGE, "there is no operation \"%s\"", op);
		return 0;
	}
	return acts_do(a, found, arg, -1, e);
}

int64_t acts_line(struct acts *a, const char *line, struct error *e)
{
	struct words w = { 0 };
	int64_t n = words_parse(line, &w, e) ? acts_do(a, w.op, (const char *const *)w.arg, -1, e) : 0;
	words_release(&w);
	return n;
}

enum verdict acts_verdict(struct acts *a, int64_t n, const char **text)
{
	const struct entry *x = acts_entry(a, n);
	struct wire_verdict v = { 0 };
	enum verdict found = x ? x->verdict : V_NONE;
	text_set(&a->text, x ? x->text : "");
	if (!x && desk_verdict(a->o.desk, n, &v, NULL)) {
		found = v.verdict;
		free(a->text);
		a->text = intl_said(v.text);
	}
	wire_verdict_release(&v);
	if (text)
		*text = a->text;
	return found;
}

int64_t acts_unsettled(struct acts *a)
{
	int64_t n = 0;
	for (size_t i = 0; i < a->n; i++)
		n += a->v[i].verdict == V_NONE;
	return n;
}

bool acts_confirmed_air(struct acts *a, const char *question)
{
	const struct question *q = (const void *)world_get(a->base, K_QUESTION, question);
	return q && q->state == Q_AIR;
}

bool acts_unsent(struct acts *a, enum kind kind, const char *id)
{
	return overlay_has(a->over, kind, id);
}
