/* op_event.c: the evening's own states.
 *
 *   preparing --collect--> collecting --open--> open <--resume/interrupt--> interrupted
 *   collecting, open, interrupted --end--> (ending: the scribe is waited for) --event_finish--> ended
 *   ending, ended --reopen--> where it came from: open, or collecting when it never was open
 *   ended --seal--> sealed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/rules.h"

/* ", by Paul (open) at 19:42:07" when the last act on the event was about its state: airing and the intake are not. */
static struct who who_moved(const struct world *w, const struct event *ev)
{
	static const char *const moves[] = { "collect", "open", "interrupt", "interrupted", "resume", "end",
		"ended", "reopen", "seal" };
	struct who who = { "" };
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		if (!strcmp(ev->r.did, moves[i]))
			snprintf(who.text, sizeof who.text, ", %.280s", last_act(w, &ev->r).text);
	return who;
}

static struct event *event_in(
	const struct world *w, const struct offer *o, struct outcome *out, unsigned states, struct error *why)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (states & (1u << ev->state))
		return ev;
	char wanted[80] = "";
	size_t n = 0;
	for (int s = 0; s < EV_STATES; s++)
		if (states & (1u << s))
			n += (size_t)snprintf(
				wanted + n, sizeof wanted - n, "%s%s", n ? " or " : "", event_state_names[s]);
	refuse(why, "the event is %s%s; \"%s\" wants it %s", event_state_names[ev->state], who_moved(w, ev).text,
		o->op->name, wanted);
	return NULL;
}

#define IN(state) (1u << (state))

TRANSITION(do_collect)
{
	struct event *ev = event_in(w, o, out, IN(EV_PREPARING), why);
	if (!ev)
		return false;
	ev->state = EV_COLLECTING;
	ev->intake_web = ev->intake_sms = true;
	cast_state(out, "collecting");
	return true;
}

TRANSITION(do_open)
{
	struct event *ev = event_in(w, o, out, IN(EV_PREPARING) | IN(EV_COLLECTING), why);
	if (!ev)
		return false;
	if (ev->state == EV_PREPARING)
		ev->intake_web = ev->intake_sms = true;
	ev->state = EV_OPEN;
	ev->opened_at = o->now;
	cast_state(out, "opened");
	return true;
}

TRANSITION(do_notice)
{
	const char *id;
	if (!new_id(w, o, K_NOTICE, &id, why))
		return false;
	struct notice *n = make(out, K_NOTICE, id);
	text_set(&n->text, offer_arg(o, "text"));
	n->at = o->now;
	cast_add(out, CAST_NOTICE, K_NOTICE, id)->at_once = true;
	return true;
}

struct review {
	const struct world *w;
	struct outcome *out;
};
static bool into_review(void *arg, const struct record *r)
{
	struct review *v = arg;
	const struct segment *s = (const void *)r;
	if (!r->gone && s->unsent && s->state == SG_LIVE)
		((struct segment *)edit(v->w, v->out, K_SEGMENT, r->id))->state = SG_REVIEW;
	return true;
}

/* A technical interruption may become an editorial one: what it withheld is reviewed then, instead of flowing. */
TRANSITION(do_interrupt)
{
	bool editorial = !strcmp(offer_arg(o, "kind"), "editorial");
	bool deepens = editorial && world_event(w)->interruption == IN_TECHNICAL;
	struct event *ev = event_in(w, o, out, IN(EV_OPEN) | (deepens ? IN(EV_INTERRUPTED) : 0), why);
	if (!ev)
		return false;
	if (ev->state == EV_INTERRUPTED)
		world_each(w, K_SEGMENT, into_review, &(struct review){ w, out });
	else
		ev->interrupted_at = o->now;
	ev->state = EV_INTERRUPTED;
	ev->interruption = editorial ? IN_EDITORIAL : IN_TECHNICAL;
	cast_state(out, "interrupted");
	return true;
}

TRANSITION(do_resume)
{
	struct event *ev = event_in(w, o, out, IN(EV_INTERRUPTED), why);
	if (!ev)
		return false;
	ev->state = EV_OPEN;
	ev->interruption = IN_NONE;
	out->flush = true;
	cast_state(out, "resumed");
	return true;
}

TRANSITION(do_end)
{
	struct event *ev = event_in(w, o, out, IN(EV_COLLECTING) | IN(EV_OPEN) | IN(EV_INTERRUPTED), why);
	if (!ev)
		return false;
	if (ev->ending)
		return refuse(
			why, "the event is ending already%s; the scribe is being waited for", who_moved(w, ev).text);
	ev->ending = true;
	return true;
}

TRANSITION(do_reopen)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (ev->ending && ev->state != EV_ENDED) {
		ev->ending = false;
		return true;
	}
	if (!event_in(w, o, out, IN(EV_ENDED), why))
		return false;
	ev->ended_at = 0;
	ev->state = ev->opened_at ? EV_OPEN : EV_COLLECTING;
	cast_state(out, ev->opened_at ? "opened" : "collecting");
	return true;
}

static bool count_review(void *arg, const struct record *r)
{
	*(size_t *)arg += !r->gone && ((const struct segment *)r)->state == SG_REVIEW;
	return true;
}

TRANSITION(do_seal)
{
	struct event *ev = event_in(w, o, out, IN(EV_ENDED), why);
	size_t waiting = 0;
	if (!ev)
		return false;
	world_each(w, K_SEGMENT, count_review, &waiting);
	if (waiting)
		return refuse(why, "%zu segment%s for review; release or retract before you seal", waiting,
			waiting == 1 ? " waits" : "s wait");
	ev->state = EV_SEALED;
	ev->intake_web = ev->intake_sms = false;
	return true;
}

TRANSITION(do_intake)
{
	struct event *ev = event_in(
		w, o, out, IN(EV_PREPARING) | IN(EV_COLLECTING) | IN(EV_OPEN) | IN(EV_INTERRUPTED) | IN(EV_ENDED), why);
	if (!ev)
		return false;
	const char *channel = offer_arg(o, "channel");
	bool on = !strcmp(offer_arg(o, "state"), "on");
	if (strcmp(channel, "sms") != 0)
		ev->intake_web = on;
	if (strcmp(channel, "web") != 0)
		ev->intake_sms = on;
	return true;
}

TRANSITION(do_plan)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	const char *end = offer_arg(o, "end"), *questions = offer_arg(o, "questions");
	if (!*end && !*questions)
		return error_set(why, ERR_USAGE, "\"plan\" needs end=HH:MM, questions=N, or both");
	if (*end)
		ev->plan_end = strtoll(end, NULL, 10);
	if (*questions)
		ev->plan_questions = strtoll(questions, NULL, 10);
	return true;
}

void event_finish(const struct world *w, int64_t now, struct outcome *out)
{
	*out = (struct outcome){ 0 };
	const struct event *there = world_event(w);
	if (!there || !there->ending || there->state == EV_ENDED || there->state == EV_SEALED)
		return;
	struct event *ev = edit(w, out, K_EVENT, "event");
	if (leave_air(w, out, OUT_NONE, now))
		out->casts[out->n_casts - 1].at_once = true;
	out->flush = ev->state == EV_INTERRUPTED;
	ev->state = EV_ENDED;
	ev->interruption = IN_NONE;
	ev->ending = ev->intake_web = ev->intake_sms = false;
	ev->ended_at = now;
	cast_state(out, "ended");
	outcome_stamp(out, "0", "ended", now);
}

void event_interrupt(const struct world *w, int64_t now, struct outcome *out)
{
	*out = (struct outcome){ 0 };
	const struct event *there = world_event(w);
	if (!there || there->ending || there->state != EV_OPEN)
		return;
	struct event *ev = edit(w, out, K_EVENT, "event");
	ev->state = EV_INTERRUPTED;
	ev->interruption = IN_TECHNICAL;
	ev->interrupted_at = now;
	cast_state(out, "interrupted");
	outcome_stamp(out, "0", "interrupted", now);
}
