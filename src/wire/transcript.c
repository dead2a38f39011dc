/* transcript.c: all that was aired, as it stands now. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/cast.h"

/* Pointers into the world, which does not change meanwhile. */
struct pile {
	const struct record **v;
	size_t n, cap;
};

struct transcript {
	struct buf *b;
	const struct world *w;
	const char *lang;
	struct pile questions, answers, segments, notices;
};

static void pile_add(struct pile *p, const struct record *r)
{
	grow(&p->v, &p->cap, p->n + 1, sizeof *p->v);
	p->v[p->n++] = r;
}

/* ---- what belongs to it ---------------------------------------------------------------------------------------- */

static bool gather_question(void *arg, const struct record *r)
{
	if (!r->gone && ((const struct question *)r)->aired_at != 0)
		pile_add(&((struct transcript *)arg)->questions, r);
	return true;
}

static bool gather_segment(void *arg, const struct record *r)
{
	const struct segment *s = (const struct segment *)r;
	if (!r->gone && s->state == SG_LIVE && !s->unsent)
		pile_add(&((struct transcript *)arg)->segments, r);
	return true;
}

static bool gather_notice(void *arg, const struct record *r)
{
	if (!r->gone)
		pile_add(&((struct transcript *)arg)->notices, r);
	return true;
}

static int by_answer(const void *a, const void *b)
{
	const struct segment *const *x = a, *const *y = b;
	return strcmp((*x)->answer, (*y)->answer);
}

/* The answers of the segments gathered, each once, by id: nothing is said of an answer that viewers have no words of. */
static void gather_answers(struct transcript *t)
{
	if (t->segments.n > 0)
		qsort(t->segments.v, t->segments.n, sizeof *t->segments.v, by_answer);
	for (size_t i = 0; i < t->segments.n; i++) {
		const char *id = ((const struct segment *)t->segments.v[i])->answer;
		const struct record *r = world_get(t->w, K_ANSWER, id);
		if (r != NULL && (t->answers.n == 0 || strcmp(t->answers.v[t->answers.n - 1]->id, id) != 0))
			pile_add(&t->answers, r);
	}
}

/* ---- order ----------------------------------------------------------------------------------------------------- */

static int64_t place_of(const struct record *r)
{
	switch (r->kind) {
	case K_QUESTION:
		return ((const struct question *)r)->aired_at;
	case K_SEGMENT:
		return ((const struct segment *)r)->position;
	case K_NOTICE:
		return ((const struct notice *)r)->at;
	default:
		return 0;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;
	int64_t p = place_of(*x), q = place_of(*y);
	return p != q ? (p > q) - (p < q) : strcmp((*x)->id, (*y)->id);
}

static void sort(struct pile *p)
{
	if (p->n > 0)
		qsort(p->v, p->n, sizeof *p->v, by_place);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void write_question(struct transcript *t, const struct record *r)
{
	const struct question *q = (const struct question *)r;
	if (q->struck) {
		json_member(t->b, "question", r->id);
		json_member_int(t->b, "number", q->number);
		json_member_bool(t->b, "retracted", true);
		return;
	}
	question_words(t->b, q, t->lang);
	question_source(t->b, q);
	json_member(t->b, "state", question_state_names[q->state]);
	if (q->outcome != OUT_NONE)
		json_member(t->b, "outcome", result_names[q->outcome]);
	json_member_int(t->b, "aired_at", q->aired_at);
	if (q->closed_at != 0)
		json_member_int(t->b, "closed_at", q->closed_at);
}

static void write_answer(struct transcript *t, const struct record *r)
{
	json_member(t->b, "answer", r->id);
	json_member_ids(t->b, "questions", &((const struct answer *)r)->questions);
}

static void write_segment(struct transcript *t, const struct record *r)
{
	segment_members(t->b, t->w, (const struct segment *)r);
}

static void write_notice(struct transcript *t, const struct record *r)
{
	notice_members(t->b, (const struct notice *)r);
}

static void write_pile(struct transcript *t, const char *name, const struct pile *p,
	void (*write)(struct transcript *t, const struct record *r))
{
	json_name(t->b, name);
	buf_addc(t->b, '[');
	for (size_t i = 0; i < p->n; i++) {
		json_comma(t->b);
		buf_addc(t->b, '{');
		write(t, p->v[i]);
		buf_addc(t->b, '}');
	}
	buf_addc(t->b, ']');
}

static void write_event(struct buf *b, const struct event *ev)
{
	json_name(b, "event");
	buf_addc(b, '{');
	if (ev != NULL) {
		json_member(b, "title", ev->title);
		json_member(b, "lang", ev->lang);
		json_member_bool(b, "rehearsal", ev->rehearsal);
		json_member(b, "state", event_state_names[ev->state]);
		if (ev->state == EV_INTERRUPTED)
			json_member(b, "kind", interruption_names[ev->interruption]);
	}
	buf_addc(b, '}');
}

void wire_transcript(struct buf *b, const struct world *w, const char *room_name, int64_t epoch, int64_t number)
{
	struct transcript t = { .b = b, .w = w, .lang = public_lang(w) };
	world_each(w, K_QUESTION, gather_question, &t);
	world_each(w, K_SEGMENT, gather_segment, &t);
	world_each(w, K_NOTICE, gather_notice, &t);
	gather_answers(&t);
	sort(&t.questions);
	sort(&t.segments);
	sort(&t.notices);
	buf_addc(b, '{');
	write_event(b, world_event(w));
	if (room_name != NULL)
		json_member(b, "room", room_name);
	json_name(b, "since");
	buf_addf(b, "\"%lld-%lld\"", (long long)epoch, (long long)number);
	write_pile(&t, "questions", &t.questions, write_question);
	write_pile(&t, "answers", &t.answers, write_answer);
	write_pile(&t, "segments", &t.segments, write_segment);
	write_pile(&t, "notices", &t.notices, write_notice);
	buf_addc(b, '}');
	free(t.questions.v);
	free(t.answers.v);
	free(t.segments.v);
	free(t.notices.v);
}
