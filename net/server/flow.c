/* flow.c: gathers, sorts, and cuts into turns. */
#include "net/server/flow.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

static bool take_question(void *arg, const struct record *r)
{
	struct flow *f = arg;
	const struct question *q = (const struct question *)r;
	if (!r->gone && q->aired_at != 0) {
		grow(&f->questions, &f->cap_questions, f->n_questions + 1, sizeof *f->questions);
		f->questions[f->n_questions++] = q;
	}
	return true;
}

static bool take_segment(void *arg, const struct record *r)
{
	struct flow *f = arg;
	const struct segment *s = (const struct segment *)r;
	if (!r->gone && s->state == SG_LIVE && !s->unsent) {
		grow(&f->segments, &f->cap_segments, f->n_segments + 1, sizeof *f->segments);
		f->segments[f->n_segments++] = s;
	}
	return true;
}

static bool take_notice(void *arg, const struct record *r)
{
	struct flow *f = arg;
	if (!r->gone) {
		grow(&f->notices, &f->cap_notices, f->n_notices + 1, sizeof *f->notices);
		f->notices[f->n_notices++] = (const struct notice *)r;
	}
	return true;
}

static int by_order(int64_t a, int64_t b, const char *id_a, const char *id_b)
{
	return a != b ? (a > b) - (a < b) : strcmp(id_a, id_b);
}

static int by_position(const void *a, const void *b)
{
	const struct segment *const *x = a, *const *y = b;
	return by_order((*x)->position, (*y)->position, (*x)->r.id, (*y)->r.id);
}

static int by_airing(const void *a, const void *b)
{
	const struct question *const *x = a, *const *y = b;
	return by_order((*x)->aired_at, (*y)->aired_at, (*x)->r.id, (*y)->r.id);
}

static int by_time(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	if (x->at != y->at)
		return (x->at > y->at) - (x->at < y->at);
	return (x->made > y->made) - (x->made < y->made);
}

static const struct question *aired(const struct flow *f, const char *id)
{
	for (size_t i = 0; i < f->n_questions; i++)
		if (strcmp(f->questions[i]->r.id, id) == 0)
			return f->questions[i];
	return NULL;
}

static bool was_shown(const struct flow *f, const struct question *q)
{
	for (size_t i = 0; i < f->n_shown; i++)
		if (f->shown[i] == q)
			return true;
	return false;
}

static struct turn *turn_add(struct flow *f, int64_t at)
{
	grow(&f->v, &f->cap, f->n + 1, sizeof *f->v);
	f->v[f->n] = (struct turn){ .at = at, .made = f->n };
	return &f->v[f->n++];
}

static void turn_head(struct flow *f, struct turn *t)
{
	t->fresh = f->shown + f->n_shown;
	for (size_t i = 0; t->answer && i < t->answer->questions.n; i++) {
		const struct question *q = aired(f, t->answer->questions.v[i]);
		if (!q)
			continue;
		if (!was_shown(f, q))
			f->shown[f->n_shown++] = q;
		else if (!t->again)
			t->again = q;
	}
	t->n_fresh = (size_t)(f->shown + f->n_shown - t->fresh);
	if (t->n_fresh) {
		t->again = NULL;
		if (t->fresh[0]->aired_at < t->at)
			t->at = t->fresh[0]->aired_at;
	}
}

static void turns_of_segments(struct flow *f, const struct world *w)
{
	int64_t before = 0;
	for (size_t i = 0, end; i < f->n_segments; i = end) {
		const char *id = f->segments[i]->answer;
		for (end = i + 1; end < f->n_segments && strcmp(f->segments[end]->answer, id) == 0;)
			end++;
		struct turn *t = turn_add(f, f->segments[i]->at);
		t->answer = (const struct answer *)world_get(w, K_ANSWER, id);
		t->said = f->segments + i;
		t->n_said = end - i;
		turn_head(f, t);
		if (t->at < before)
			t->at = before;
		before = t->at;
	}
}

void flow_make(struct flow *f, const struct world *w)
{
	*f = (struct flow){ 0 };
	world_each(w, K_QUESTION, take_question, f);
	world_each(w, K_SEGMENT, take_segment, f);
	world_each(w, K_NOTICE, take_notice, f);
	if (f->n_segments)
		qsort(f->segments, f->n_segments, sizeof *f->segments, by_position);
	if (f->n_questions)
		qsort(f->questions, f->n_questions, sizeof *f->questions, by_airing);
	f->shown = xcalloc(f->n_questions + 1, sizeof *f->shown);
	turns_of_segments(f, w);
	for (size_t i = 0; i < f->n_questions; i++)
		if (!was_shown(f, f->questions[i])) {
			struct turn *t = turn_add(f, f->questions[i]->aired_at);
			t->fresh = f->shown + f->n_shown;
			t->n_fresh = 1;
			f->shown[f->n_shown++] = f->questions[i];
		}
	for (size_t i = 0; i < f->n_notices; i++)
		turn_add(f, f->notices[i]->at)->notice = f->notices[i];
	if (f->n)
		qsort(f->v, f->n, sizeof *f->v, by_time);
}

void flow_release(struct flow *f)
{
	free(f->v);
	free(f->segments);
	free(f->questions);
	free(f->shown);
	free(f->notices);
	*f = (struct flow){ 0 };
}
