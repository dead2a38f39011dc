/* resolve.c: what people type for things (q7, next, t12, last, a seat's name, 20:45) to plain ids. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/model/rules.h"

/* ---- how short names are written --------------------------------------------------------------------------------- */

bool ref_digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* "q7", or "Q7" when Caps Lock is on. */
bool ref_lettered(const char *s, char letter)
{
	return tolower((unsigned char)s[0]) == letter && ref_digits(s + 1);
}

bool ref_word(const char *s, const char *word)
{
	return !strcasecmp(s, word);
}

/* "last": 0, "last-2": 2, else -1. */
long ref_last_but(const char *s)
{
	if (strncasecmp(s, "last", 4) != 0)
		return -1;
	if (!s[4])
		return 0;
	return s[4] == '-' && ref_digits(s + 5) && strlen(s) < 9 ? strtol(s + 5, NULL, 10) : -1;
}

/* UTC milliseconds, and no small number: "plan 50" is about questions. 0 takes a time away. */
bool ref_ms(const char *s)
{
	int64_t n;
	return !strcmp(s, "0") || (id_number(s, &n) && n >= INT64_C(946684800000));
}

/* ---- resolving --------------------------------------------------------------------------------------------------- */

struct search {
	const char *want;
	int64_t number;
	const struct record *found;
};

static bool by_number(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && ((const struct question *)r)->number == s->number)
		s->found = r;
	return !s->found;
}

static bool by_next(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && ((const struct question *)r)->state == Q_NEXT)
		s->found = r;
	return !s->found;
}

static bool by_name(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && !strcasecmp(((const struct seat *)r)->name, s->want))
		s->found = r;
	return !s->found;
}

static bool newest_answer(void *arg, const struct record *r)
{
	struct search *s = arg;
	const struct answer *a = (const void *)r;
	if (!r->gone && ids_have(&a->questions, s->want) &&
		(!s->found || a->begun_at >= ((const struct answer *)s->found)->begun_at))
		s->found = r;
	return true;
}

/* Who published a segment: who last touched it when nobody else did, else as the log has it. */
struct publisher_search {
	const char *subject, *seat;
	bool found;
};
static bool find_publisher(void *arg, const struct record *r)
{
	struct publisher_search *s = arg;
	const struct act *a = (const void *)r;
	s->found = !strcmp(a->op, "publish") && !strcmp(a->subject, s->subject) && !strcmp(a->seat, s->seat);
	return !s->found;
}

static bool published_by(const struct world *w, const struct segment *s, const char *seat)
{
	char subject[ID_MAX + 12];
	if (s->r.rev <= 1)
		return !strcmp(s->r.by, seat);
	snprintf(subject, sizeof subject, "segment:%s", s->r.id);
	struct publisher_search p = { .subject = subject, .seat = seat };
	world_each(w, K_ACT, find_publisher, &p);
	return p.found;
}

/* The segments of a seat that stand, from the newest back. */
struct recent {
	const struct world *w;
	const char *seat;
	const struct segment *v[64];
	size_t n;
};
static bool into_recent(void *arg, const struct record *r)
{
	struct recent *l = arg;
	const struct segment *s = (const void *)r;
	if (r->gone || s->state == SG_RETRACTED || !published_by(l->w, s, l->seat))
		return true;
	size_t i = l->n < COUNT_OF(l->v) ? l->n++ : l->n - 1;
	if (i == COUNT_OF(l->v) - 1 && l->v[i] && l->v[i]->position > s->position)
		return true;
	for (; i && l->v[i - 1]->position < s->position; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = s;
	return true;
}

static char *question_ref(const struct world *w, const char *v, struct error *e)
{
	struct search s = { .want = v };
	if (!strncmp(v, "question:", 9))
		v += 9;
	if (id_is_uuid(v))
		return xstrdup(v);
	if (ref_word(v, "air")) {
		const struct event *ev = world_event(w);
		if (ev && ev->air[0])
			return xstrdup(ev->air);
		error_set(e, ERR_REFUSED, "no question is on the air");
		return NULL;
	}
	if (ref_word(v, "next")) {
		world_each(w, K_QUESTION, by_next, &s);
		if (!s.found)
			error_set(e, ERR_REFUSED, "no question is next; name one, or choose it with next");
	} else if (id_number(ref_lettered(v, 'q') ? v + 1 : v, &s.number)) {
		world_each(w, K_QUESTION, by_number, &s);
		if (!s.found)
			error_set(e, ERR_REFUSED, "there is no question q%lld; see the rundown", (long long)s.number);
	} else {
		error_set(e, ERR_USAGE, "\"%s\" is no question; give q7, next, air or an id", brief(v).s);
	}
	return s.found ? xstrdup(s.found->id) : NULL;
}

static char *numbered(const char *v, char letter, const char *prefix, const char *what, struct error *e)
{
	int64_t n;
	size_t p = strlen(prefix);
	const char *number = ref_lettered(v, letter) ? v + 1 : !strncmp(v, prefix, p) ? v + p : v;
	if (id_number(number, &n))
		return xstrdup(number);
	error_set(e, ERR_USAGE, "\"%s\" is no %s; give %c12 or its number", brief(v).s, what, letter);
	return NULL;
}

/* A cluster keeps its letter, which tells it from a message. */
static char *part_ref(const char *v, struct error *e)
{
	int64_t n;
	char *id;
	if (!ref_lettered(v, 'c') || !id_number(v + 1, &n))
		return numbered(v, 'm', "message:", "message", e);
	id = xstrdup(v);
	id[0] = 'c';
	return id;
}

static char *person_ref(const struct world *w, const char *v, struct error *e)
{
	if (!ref_lettered(v, 'm'))
		return numbered(v, 'p', "participant:", "participant", e);
	const struct message *m = strlen(v) < ID_MAX ? (const void *)world_get(w, K_MESSAGE, v + 1) : NULL;
	if (!m || !m->participant) {
		error_set(e, ERR_REFUSED, "there is no message \"%s\" whose sender is known", brief(v).s);
		return NULL;
	}
	char id[ID_MAX];
	id_from_number(id, m->participant);
	return xstrdup(id);
}

static char *prefixed(const char *prefix, char *id)
{
	if (!id)
		return NULL;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s:%s", prefix, id);
	free(id);
	return buf_detach(&b);
}

static char *segment_ref(const struct world *w, const char *v, const char *seat, struct error *e)
{
	if (id_is_uuid(v))
		return xstrdup(v);
	struct recent l = { .w = w, .seat = seat };
	long back = ref_last_but(v);
	world_each(w, K_SEGMENT, into_recent, &l);
	if (back >= 0 && (size_t)back < l.n)
		return xstrdup(l.v[back]->r.id);
	error_set(e, back < 0 ? ERR_USAGE : ERR_REFUSED,
		back < 0 ? "\"%s\" is no segment; give last, last-1 or an id" : "there is no segment \"%s\" of yours",
		brief(v).s);
	return NULL;
}

static char *target_ref(const struct world *w, const char *v, const char *seat, struct error *e)
{
	if (!strncmp(v, "theme:", 6) || ref_lettered(v, 't'))
		return prefixed("theme", numbered(v, 't', "theme:", "theme", e));
	if (!strncmp(v, "message:", 8) || ref_lettered(v, 'm'))
		return prefixed("message", numbered(v, 'm', "message:", "message", e));
	if (!strncmp(v, "segment:", 8) || ref_last_but(v) >= 0)
		return prefixed("segment", segment_ref(w, !strncmp(v, "segment:", 8) ? v + 8 : v, seat, e));
	if (id_is_uuid(v) && !world_question(w, v) && world_get(w, K_SEGMENT, v))
		return prefixed("segment", xstrdup(v));
	return prefixed("question", question_ref(w, v, e));
}

static char *answer_ref(const struct world *w, const char *v, struct error *e)
{
	if (id_is_uuid(v) && !world_question(w, v))
		return xstrdup(v);
	char *question = question_ref(w, v, e);
	if (!question)
		return NULL;
	struct search s = { .want = question };
	world_each(w, K_ANSWER, newest_answer, &s);
	free(question);
	if (!s.found)
		error_set(e, ERR_REFUSED, "nothing was published for \"%s\" yet", brief(v).s);
	return s.found ? xstrdup(s.found->id) : NULL;
}

/* "20:45" is when the console's clock shows that, from twelve hours ago to twelve hours ahead. */
static char *time_ref(const char *v, int64_t now, struct error *e)
{
	int hour, minute;
	char end, id[ID_MAX];
	int64_t at = -1;
	if (ref_ms(v))
		return xstrdup(v);
	if (isdigit((unsigned char)*v) && sscanf(v, "%2d:%2d%c", &hour, &minute, &end) == 2 && hour < 24 &&
		minute >= 0 && minute < 60) {
		time_t s = (time_t)(now / 1000);
		struct tm tm;
		localtime_r(&s, &tm);
		tm.tm_hour = hour;
		tm.tm_min = minute;
		tm.tm_sec = 0;
		for (int day = 0; day < 2 && at < now - 12 * 3600 * INT64_C(1000); day++) {
			tm.tm_mday += day;
			tm.tm_isdst = -1;
			at = (int64_t)mktime(&tm) * 1000;
		}
	} else {
		at = time_parse(v);
	}
	if (at <= 0) {
		error_set(e, ERR_USAGE, "\"%s\" is no time; give HH:MM or 2004-06-24T20:45:00Z", brief(v).s);
		return NULL;
	}
	id_from_number(id, at);
	return xstrdup(id);
}

static char *seat_ref(const struct world *w, const char *v)
{
	struct search s = { .want = v };
	if (!world_seat(w, v))
		world_each(w, K_SEAT, by_name, &s);
	return xstrdup(s.found ? s.found->id : v);
}

static char *choice_ref(const struct arg *a, const char *v)
{
	for (const char *const *c = a->choices; *c; c++)
		if (ref_word(v, *c))
			return xstrdup(*c);
	return xstrdup(v);
}

static char *resolve_one(
	const struct world *w, const struct arg *a, const char *v, const char *seat, int64_t now, struct error *e)
{
	switch (a->type) {
	case A_QUESTION:
		return question_ref(w, v, e);
	case A_THEME:
		return numbered(v, 't', "theme:", "theme", e);
	case A_MESSAGE:
		return numbered(v, 'm', "message:", "message", e);
	case A_PART:
		return part_ref(v, e);
	case A_PERSON:
		return person_ref(w, v, e);
	case A_TARGET:
		return target_ref(w, v, seat, e);
	case A_SEGMENT:
		return segment_ref(w, v, seat, e);
	case A_CHOICE:
		return choice_ref(a, v);
	case A_ANSWER:
		return answer_ref(w, v, e);
	case A_SEAT:
		return seat_ref(w, v);
	case A_TIME:
		return time_ref(v, now, e);
	default:
		return xstrdup(v);
	}
}

char *arg_resolve(
	const struct world *w, const struct arg *a, const char *v, const char *seat, int64_t now, struct error *e)
{
	if (!(a->flags & ARG_MANY))
		return resolve_one(w, a, v, seat, now, e);
	struct buf all = BUF_INIT;
	char *copy = xstrdup(v), *save = NULL;
	bool good = true;
	for (char *part = strtok_r(copy, ", ", &save); part && good; part = strtok_r(NULL, ", ", &save)) {
		char *one = resolve_one(w, a, part, seat, now, e);
		good = one != NULL;
		if (one)
			buf_addf(&all, "%s%s", all.len ? " " : "", one);
		free(one);
	}
	free(copy);
	if (good && all.len)
		return buf_detach(&all);
	if (good)
		error_set(e, ERR_USAGE, "\"%s\" names nothing; it wants %s", brief(v).s, a->help);
	buf_release(&all);
	return NULL;
}

/* What an absent question means at the moment of the decision, so that a late operation still means the same. */
static const char *bound_question(const struct world *w, const struct op *op)
{
	if (op->apply == do_air)
		return "next";
	const struct question *last = op->apply == do_outcome || op->apply == do_publish ? last_aired(w) : NULL;
	if (last)
		return last->r.id;
	bool to_air = op->apply == do_close;
	const struct event *ev = world_event(w);
	return to_air && ev && ev->air[0] ? "air" : NULL;
}

bool words_resolve(const struct world *w, const struct words *in, const char *seat, int64_t now, char *v[OP_ARGS_MAX],
	struct error *e)
{
	bool good = true;
	memset(v, 0, OP_ARGS_MAX * sizeof *v);
	for (size_t i = 0; i < op_arg_count(in->op) && good; i++) {
		const struct arg *a = &in->op->args[i];
		const char *given = in->arg[i];
		if (!given && a->type == A_QUESTION && (a->flags & ARG_OPTIONAL) &&
			!(i + 1 < OP_ARGS_MAX && in->op->args[i + 1].type == A_ANSWER && in->arg[i + 1]))
			given = bound_question(w, in->op);
		if (given)
			good = (v[i] = arg_resolve(w, a, given, seat, now, e)) != NULL;
	}
	for (size_t i = 0; i < OP_ARGS_MAX && !good; i++) {
		free(v[i]);
		v[i] = NULL;
	}
	return good;
}
