#include "ui/question_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

enum question_part question_part_of(const struct question *q)
{
	static const enum question_part parts[Q_STATES] = { [Q_RESERVE] = PART_RESERVE, [Q_NEXT] = PART_NEXT, [Q_AIR] = PART_AIR,
		[Q_CLOSED] = PART_CLOSED, [Q_DROPPED] = PART_GONE, [Q_RETURNED] = PART_GONE };
	return parts[q->state];
}

struct sorted {
	const struct question **v;
	size_t n, cap;
	struct rundown *r;
};

static bool take(void *arg, const struct record *rec)
{
	struct sorted *s = arg;
	const struct question *q = (const void *)rec;
	if (rec->gone)
		return true;
	enum question_part part = question_part_of(q);
	s->r->count[part]++;
	if (part == PART_AIR)
		memcpy(s->r->air, rec->id, sizeof s->r->air);
	if (part == PART_NEXT)
		memcpy(s->r->next, rec->id, sizeof s->r->next);
	if (q->times && !q->struck) {
		s->r->aired++;
		s->r->people += q->people;
		s->r->by[q->channel]++;
	}
	grow(&s->v, &s->cap, s->n + 1, sizeof(const struct question *));
	s->v[s->n++] = q;
	return true;
}

static int in_order(const void *x, const void *y)
{
	const struct question *a = *(const struct question *const *)x, *b = *(const struct question *const *)y;
	enum question_part pa = question_part_of(a), pb = question_part_of(b);
	if (pa != pb)
		return pa < pb ? -1 : 1;
	int64_t ka = pa == PART_CLOSED ? -a->closed_at : pa == PART_GONE ? -a->r.when : a->position;
	int64_t kb = pb == PART_CLOSED ? -b->closed_at : pb == PART_GONE ? -b->r.when : b->position;
	if (ka != kb)
		return ka < kb ? -1 : 1;
	return strcmp(a->r.id, b->r.id);
}

void rundown_release(struct rundown *r)
{
	free(r->v);
	*r = (struct rundown){ 0 };
}

size_t rundown_find(const struct rundown *r, const char *id)
{
	size_t i = 0;
	while (i < r->n && strcmp(r->v[i].id, id))
		i++;
	return i;
}

enum hold question_hold(const struct world *w, const struct question *q, const char **why)
{
	*why = q->hold_why;
	if (q->hold != HOLD_NONE || !q->theme[0])
		return q->hold;
	const struct theme *t = theme_root(w, q->theme);
	*why = t ? t->hold_why : "";
	return t ? t->hold : HOLD_NONE;
}

enum question_needs question_needs(const struct world *w, const struct question *q)
{
	const char *why;
	if (question_part_of(q) > PART_RESERVE)
		return NEEDS_NOTHING;
	if (question_hold(w, q, &why) != HOLD_NONE)
		return NEEDS_RELEASE;
	if (q->suggestion[0])
		return NEEDS_DECISION;
	if (q->state != Q_AIR && q->channel != CH_ROOM && (!strcmp(q->r.did, "accept") || !strcmp(q->wording, q->original)))
		return NEEDS_REREADING;
	return NEEDS_NOTHING;
}

static void keep_text(char *to, size_t size, const char *s)
{
	size_t n = strlen(s);
	if (n >= size)
		n = utf8_before(s, size - 1);
	memcpy(to, s, n);
	to[n] = '\0';
}

static void look_up(const struct world *w, const struct question *q, struct question_row *row)
{
	const struct theme *t = q->theme[0] ? theme_root(w, q->theme) : NULL;
	const char *why;
	keep_text(row->title, sizeof row->title, t && t->label[0] ? t->label : t && t->name[0] ? t->title : q->wording);
	const struct count *c = t && !q->people ? (const void *)world_get(w, K_COUNT, t->r.id) : NULL;
	row->people = c ? c->people : q->people;
	row->hold = question_hold(w, q, &why);
	keep_text(row->why, sizeof row->why, why);
	row->needs = question_needs(w, q);
}

void rundown_build(struct rundown *r, const struct world *w, bool closed, bool gone)
{
	struct question_row *rows = r->v;
	size_t cap = r->cap;
	*r = (struct rundown){ .v = rows, .cap = cap };
	struct sorted s = { .r = r };
	world_each(w, K_QUESTION, take, &s);
	if (s.n)
		qsort(s.v, s.n, sizeof *s.v, in_order);
	grow(&r->v, &r->cap, s.n, sizeof *r->v);
	int place = 0;
	for (size_t i = 0; i < s.n; i++) {
		enum question_part part = question_part_of(s.v[i]);
		place += part == PART_RESERVE;
		if ((part == PART_CLOSED && !closed) || (part == PART_GONE && !gone))
			continue;
		struct question_row *row = &r->v[r->n++];
		*row = (struct question_row){ .part = part, .place = part == PART_RESERVE ? place : 0 };
		memcpy(row->id, s.v[i]->r.id, sizeof row->id);
		look_up(w, s.v[i], row);
	}
	free(s.v);
}

struct to_end rundown_to_end(const struct world *w, int64_t now)
{
	const struct event *ev = world_event(w);
	struct to_end t = { 0 };
	if (!ev)
		return t;
	t.timed = ev->plan_end != 0;
	t.ms = ev->plan_end - now;
	t.counted = ev->plan_questions > 0;
	t.questions = ev->plan_questions > ev->aired ? ev->plan_questions - ev->aired : 0;
	return t;
}
