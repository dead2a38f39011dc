/* acts_guard.c: one public act at a time is armed, bound to its records and their rev; it lapses, and says so. */
#include "ui/acts_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"

void acts_disarm(struct acts *a)
{
	if (!a->is_armed)
		return;
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(a->armed.arg[i]);
	free(a->armed.shows);
	a->armed = (struct armed){ 0 };
	a->is_armed = false;
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
	if (!a->is_armed)
		return;
	const struct record *r = acts_subject(a, a->armed.op, (const char *const *)a->armed.arg);
	if ((r ? r->rev : -1) != a->armed.rev) {
		acts_say(a, true, _("disarmed: what \"%s\" is about was changed; look again"), a->armed.op->name);
		acts_disarm(a);
	} else if (clock_mono(a->o.clock) >= a->armed.lapses) {
		acts_say(a, false, _("disarmed: \"%s\" was not done within %d s"), a->armed.op->name, ARM_MS / 1000);
		acts_disarm(a);
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
		error_set(e, ERR_REFUSED, "%s", _("nothing is armed"));
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
