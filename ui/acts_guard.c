/* acts_guard.c: one public act at a time is armed, bound to its records and their rev; it lapses, and says so. */
#include "ui/acts_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"

static void let_go(struct acts *a)
{
	if (!a->is_armed)
		return;
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(a->armed.arg[i]);
	free(a->armed.shows);
	a->armed = (struct armed){ 0 };
	a->is_armed = false;
}

void acts_disarm(struct acts *a)
{
	let_go(a);
	free(a->lapsed);
	a->lapsed = NULL;
}

/* Not by this seat's wish: that is told where it was armed, for a while. */
static void lapse(struct acts *a, bool bad, const char *why_not)
{
	struct buf what = BUF_INIT, why = BUF_INIT;
	acts_call(a, a->armed.op, (const char *const *)a->armed.arg, &what);
	buf_addf(&why, _("disarmed: %s · not done: %s"), why_not, what.data);
	acts_disarm(a);
	a->lapsed = buf_detach(&why);
	a->lapsed_at = clock_mono(a->o.clock);
	acts_say(a, bad, "%s", a->lapsed);
	buf_release(&what);
}

const char *acts_lapsed(struct acts *a)
{
	return a->lapsed && clock_mono(a->o.clock) < a->lapsed_at + LAPSED_MS ? a->lapsed : NULL;
}

static void bind_armed(struct acts *a, struct entry *x, const char *shows)
{
	const struct record *r = acts_subject(a, x->op.op, (const char *const *)x->op.arg);
	a->armed = (struct armed){ .op = x->op.op, .rev = r ? r->rev : -1, .shows = xstrdup(shows) };
	snprintf(a->armed.subject, sizeof a->armed.subject, "%s", r && r->kind != K_EVENT ? r->id : "");
	for (size_t i = 0; i < OP_ARGS_MAX; i++) {
		a->armed.arg[i] = x->op.arg[i];
		x->op.arg[i] = NULL;
	}
	a->armed.lapses = clock_mono(a->o.clock) + ARM_MS;
	a->is_armed = true;
}

bool acts_arm(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], const char *shows, struct error *e)
{
	struct entry x;
	struct outcome out;
	acts_look(a);
	acts_disarm(a);
	bool good = acts_prepare(a, op, arg, -1, &x, &out, e);
	if (good)
		bind_armed(a, &x, shows);
	outcome_release(&out);
	acts_entry_release(&x);
	return good;
}

void acts_watch_guard(struct acts *a)
{
	if (a->lapsed && !acts_lapsed(a)) {
		free(a->lapsed);
		a->lapsed = NULL;
	}
	if (!a->is_armed)
		return;
	const struct record *r = acts_subject(a, a->armed.op, (const char *const *)a->armed.arg);
	if ((r ? r->rev : -1) != a->armed.rev) {
		lapse(a, true, _("what it is about was changed; look again"));
	} else if (clock_mono(a->o.clock) >= a->armed.lapses) {
		lapse(a, true, _("the second key did not come in time; arm it again"));
	}
}

const struct armed *acts_armed(struct acts *a)
{
	return a->is_armed && clock_mono(a->o.clock) < a->armed.lapses ? &a->armed : NULL;
}

int64_t acts_fire(struct acts *a, struct error *e)
{
	acts_look(a);
	if (!acts_armed(a)) {
		error_set(e, ERR_REFUSED, "%s", acts_lapsed(a) ? acts_lapsed(a) : _("nothing is armed"));
		return 0;
	}
	struct armed now = a->armed;
	a->armed = (struct armed){ 0 };
	a->is_armed = false;
	int64_t n = acts_do(a, now.op, (const char *const *)now.arg, now.rev, e);
	a->armed = now;
	a->is_armed = true;
	acts_disarm(a);
	return n;
}

bool acts_foresee(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], struct outcome *out, struct error *e)
{
	struct entry x;
	acts_look(a);
	bool good = acts_prepare(a, op, arg, -1, &x, out, e);
	acts_entry_release(&x);
	return good;
}
