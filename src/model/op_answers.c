/* op_answers.c: what the guest said, segment by segment. Publishing is the scribe's; nothing here moves with the air. */
#include <stdio.h>
#include <string.h>

#include "src/model/rules.h"

static bool takes_segments(const struct world *w, struct error *why)
{
	const struct event *ev = world_event(w);
	if (ev->state == EV_OPEN || ev->state == EV_INTERRUPTED || ev->state == EV_ENDED)
		return true;
	return refuse(why, "the event is %s; answers are published once it is open", event_state_names[ev->state]);
}

/* The newest answer linked to a question ("" = linked to none). */
struct answer_search {
	const char *question;
	const struct answer *found;
};
static bool find_answer(void *arg, const struct record *r)
{
	struct answer_search *s = arg;
	const struct answer *a = (const void *)r;
	bool linked = *s->question ? ids_have(&a->questions, s->question) : !a->questions.n;
	if (!r->gone && linked && (!s->found || a->begun_at >= s->found->begun_at))
		s->found = a;
	return true;
}

static const struct answer *answer_to(const struct world *w, const char *question)
{
	struct answer_search s = { .question = question };
	world_each(w, K_ANSWER, find_answer, &s);
	return s.found;
}

static const struct question *aired_question(const struct world *w, const char *id, struct error *why)
{
	const struct question *q = question_need(w, id, why);
	if (!q)
		return NULL;
	if (q->struck)
		return refuse(why, "question q%lld was struck; choose another", (long long)q->number), NULL;
	if (q->state != Q_AIR && q->state != Q_CLOSED)
		return refuse(why, "question q%lld was not aired yet; what is said of it is published once it was",
			       (long long)q->number),
		       NULL;
	return q;
}

static const char *answer_begin(const struct world *w, struct outcome *out, const char *id, const char *question,
	int64_t now, struct error *why)
{
	if (!id_is_free(w, K_ANSWER, id, why))
		return NULL;
	struct answer *a = make(out, K_ANSWER, id);
	a->begun_at = now;
	if (*question)
		ids_add(&a->questions, question);
	cast_add(out, CAST_ANSWER, K_ANSWER, id);
	return a->r.id;
}

/* The answer a segment goes to: the one named, the question's newest, or a fresh one. */
static const char *answer_for(const struct world *w, const struct offer *o, struct outcome *out, struct error *why)
{
	const char *named = offer_arg(o, "answer"), *question = offer_arg(o, "question");
	if (*named) {
		const struct record *a = world_get(w, K_ANSWER, named);
		if (!a)
			return refuse(why, "there is no answer \"%s\"", named), NULL;
		return a->id;
	}
	const struct question *late = *question ? NULL : last_aired(w);
	if (late)
		question = late->r.id;
	if (*question && !aired_question(w, question, why)) /* none yet: what the guest says before the first */
		return NULL;
	const struct answer *a = answer_to(w, question);
	return a ? a->r.id : answer_begin(w, out, o->fresh2, question, o->now, why);
}

/* What the public has seen changes at once, also during an interruption: transcripts show it as it stands. What it has
 * not seen yet will go out as it stands then. */
static bool segment_changed(const struct world *w, struct outcome *out, const struct segment *s, struct error *why)
{
	if (s->unsent)
		return true;
	if (!may_reword(w, why))
		return false;
	cast_add(out, CAST_CORRECTION, K_SEGMENT, s->r.id)->at_once = true;
	return true;
}

TRANSITION(do_publish)
{
	const char *id;
	if (!takes_segments(w, why) || !new_id(w, o, K_SEGMENT, &id, why))
		return false;
	const char *answer = answer_for(w, o, out, why);
	if (!answer)
		return false;
	const struct event *ev = world_event(w);
	struct segment *s = make(out, K_SEGMENT, id);
	snprintf(s->answer, sizeof s->answer, "%s", answer);
	s->position = position_after_all(w, K_SEGMENT);
	const struct seat *seat = world_seat(w, o->seat);
	text_set(&s->speaker, *offer_arg(o, "speaker") ? offer_arg(o, "speaker") : seat ? seat->speaker : "");
	text_set(&s->text, offer_arg(o, "text"));
	s->revision = 1;
	s->at = o->now;
	s->state = ev->interruption == IN_EDITORIAL ? SG_REVIEW : SG_LIVE;
	s->unsent = ev->state == EV_INTERRUPTED || s->state == SG_REVIEW;
	cast_add(out, CAST_SEGMENT, K_SEGMENT, id);
	snprintf(out->subject, sizeof out->subject, "segment:%s", id);
	snprintf(out->made, sizeof out->made, "%s", id);
	return true;
}

TRANSITION(do_speaker)
{
	struct seat *s = edit(w, out, K_SEAT, o->seat);
	if (!s)
		return refuse(why, "seat \"%s\" is not of this event", o->seat);
	text_set(&s->speaker, offer_arg(o, "name"));
	return true;
}

TRANSITION(do_attach)
{
	if (!takes_segments(w, why))
		return false;
	const struct question *q = aired_question(w, offer_arg(o, "question"), why);
	if (!q)
		return false;
	struct answer *a = edit(w, out, K_ANSWER, offer_arg(o, "answer"));
	if (!a)
		return refuse(why, "there is no answer \"%s\" yet", offer_arg(o, "answer"));
	if (ids_have(&a->questions, q->r.id))
		return refuse(why, "that answer is linked to q%lld already", (long long)q->number);
	ids_add(&a->questions, q->r.id);
	cast_add(out, CAST_ANSWER, K_ANSWER, a->r.id);
	return true;
}

static struct segment *segment_edit(const struct world *w, struct outcome *out, const char *id, struct error *why)
{
	struct segment *s = edit(w, out, K_SEGMENT, id);
	if (!s)
		return refuse(why, "there is no segment \"%s\"", id), NULL;
	if (s->state == SG_RETRACTED)
		return refuse(why, "that segment was retracted %s", last_act(w, &s->r).text), NULL;
	return s;
}

TRANSITION(do_reassign)
{
	const struct question *q = takes_segments(w, why) ? aired_question(w, offer_arg(o, "question"), why) : NULL;
	if (!q)
		return false;
	const struct answer *a = answer_to(w, q->r.id);
	const char *fresh = *offer_arg(o, "id") ? offer_arg(o, "id") : o->fresh2;
	char answer[ID_MAX], id[ID_MAX];
	const char *to = a ? a->r.id : answer_begin(w, out, fresh, q->r.id, o->now, why);
	if (!to)
		return false;
	snprintf(answer, sizeof answer, "%s", to);
	for (const char *p = offer_arg(o, "segment"); (p = next_id(p, id));) {
		struct segment *s = segment_edit(w, out, id, why);
		if (!s)
			return false;
		if (!strcmp(s->answer, answer))
			continue; /* it is there */
		memcpy(s->answer, answer, sizeof s->answer);
		s->revision++;
		if (!segment_changed(w, out, s, why))
			return false;
	}
	return true;
}

TRANSITION(do_correct)
{
	struct segment *s = takes_segments(w, why) ? segment_edit(w, out, offer_arg(o, "segment"), why) : NULL;
	if (!s)
		return false;
	text_set(&s->text, offer_arg(o, "text"));
	if (*offer_arg(o, "speaker"))
		text_set(&s->speaker, offer_arg(o, "speaker"));
	text_set(&s->suggestion, "");
	s->suggested_by[0] = '\0';
	s->revision++;
	return segment_changed(w, out, s, why);
}

TRANSITION(do_retract)
{
	struct segment *s = segment_edit(w, out, offer_arg(o, "segment"), why);
	if (!s)
		return false;
	bool seen = !s->unsent;
	text_set(&s->text, "");
	text_set(&s->speaker, "");
	text_set(&s->suggestion, "");
	s->suggested_by[0] = '\0';
	s->state = SG_RETRACTED;
	s->unsent = false;
	if (seen)
		cast_add(out, CAST_RETRACTION, K_SEGMENT, s->r.id);
	snprintf(out->seals, sizeof out->seals, "%s", s->r.id);
	return true;
}

/* ---- an editorial interruption's review -------------------------------------------------------------------------- */

struct review {
	const struct world *w;
	struct outcome *out;
};
static bool release_waiting(void *arg, const struct record *r)
{
	struct review *v = arg;
	const struct segment *s = (const void *)r;
	if (!r->gone && s->state == SG_REVIEW)
		((struct segment *)edit(v->w, v->out, K_SEGMENT, r->id))->state = SG_LIVE;
	return true;
}

TRANSITION(do_release)
{
	struct review v = { w, out };
	char id[ID_MAX];
	const char *p = offer_arg(o, "segments");
	if (!*p)
		world_each(w, K_SEGMENT, release_waiting, &v);
	while ((p = next_id(p, id))) {
		struct segment *s = segment_edit(w, out, id, why);
		if (!s)
			return false;
		if (s->state != SG_REVIEW)
			return refuse(why, "that segment does not wait for review");
		s->state = SG_LIVE;
	}
	if (!out->n)
		return refuse(why, "no segment waits for review");
	out->flush = world_event(w)->state != EV_INTERRUPTED;
	return true;
}
