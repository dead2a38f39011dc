/* cast.c: what a viewer's stream carries: one `data` object an event.
 *
 * A cast names a record; what is written is the record as it stands now. So what was taken back between the act and the
 * sending goes out as its tombstone, never as words.
 */
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/wire/cast.h"

const char *public_lang(const struct world *w)
{
	const struct event *ev = world_event(w);
	return ev == NULL || ev->lang == NULL ? "" : ev->lang;
}

void json_member_masked(struct buf *b, const char *name, const char *value, const char *lang)
{
	struct buf masked = BUF_INIT;
	text_mask(value, lang, &masked);
	json_member(b, name, masked.data);
	buf_release(&masked);
}

void question_words(struct buf *b, const struct question *q, const char *lang)
{
	json_member(b, "question", q->r.id);
	json_member_int(b, "number", q->number);
	json_member_masked(b, "wording", q->wording, lang);
	json_member_masked(b, "credit", q->credit, lang);
}

void question_source(struct buf *b, const struct question *q)
{
	if (q->channel != CH_NONE)
		json_member(b, "channel", channel_names[q->channel]);
	if (q->people > 0)
		json_member_int(b, "people", q->people);
	if (q->improvised)
		json_member_bool(b, "improvised", true);
}

static void answer_questions(struct buf *b, const struct world *w, const char *answer_id)
{
	static const struct ids none = { 0 };
	const struct answer *a = (const struct answer *)world_get(w, K_ANSWER, answer_id);
	json_member_ids(b, "questions", a == NULL ? &none : &a->questions);
}

void segment_members(struct buf *b, const struct world *w, const struct segment *s)
{
	json_member(b, "segment", s->r.id);
	json_member(b, "answer", s->answer);
	answer_questions(b, w, s->answer);
	json_member(b, "speaker", s->speaker);
	json_member(b, "text", s->text);
	json_member_int(b, "revision", s->revision);
	json_member_int(b, "at", s->at);
	json_member_int(b, "position", s->position);
}

void notice_members(struct buf *b, const struct notice *n)
{
	json_member(b, "notice", n->r.id);
	json_member(b, "text", n->text);
	json_member_int(b, "at", n->at);
}

/* ---- one writer a type of cast; each adds members to an open object -------------------------------------------- */

struct casting {
	struct buf *b;
	const struct world *w;
	const struct cast *c;
	const struct record *r; /* what the cast speaks of; not gone, not taken back */
	int64_t now;
};

static void cast_question(const struct casting *x)
{
	const struct question *q = (const struct question *)x->r;
	question_words(x->b, q, public_lang(x->w));
	question_source(x->b, q);
	json_member_int(x->b, "at", q->aired_at != 0 ? q->aired_at : x->now);
}

static void cast_reword(const struct casting *x)
{
	question_words(x->b, (const struct question *)x->r, public_lang(x->w));
}

/* Links of an answer, or the outcome of a question: null when it has none (any more). */
static void cast_answer(const struct casting *x)
{
	if (x->r->kind == K_ANSWER) {
		json_member(x->b, "answer", x->r->id);
		json_member_ids(x->b, "questions", &((const struct answer *)x->r)->questions);
		return;
	}
	const struct question *q = (const struct question *)x->r;
	json_member(x->b, "question", q->r.id);
	json_member_int(x->b, "number", q->number);
	json_name(x->b, "outcome");
	if (q->outcome == OUT_NONE)
		buf_adds(x->b, "null");
	else
		json_string(x->b, result_names[q->outcome]);
	json_name(x->b, "questions");
	buf_addc(x->b, '[');
	json_string(x->b, q->r.id);
	buf_addc(x->b, ']');
}

static void cast_segment(const struct casting *x)
{
	segment_members(x->b, x->w, (const struct segment *)x->r);
}

static void cast_correction(const struct casting *x)
{
	const struct segment *s = (const struct segment *)x->r;
	json_member(x->b, "segment", s->r.id);
	json_member(x->b, "answer", s->answer);
	json_member_int(x->b, "revision", s->revision);
	json_member(x->b, "speaker", s->speaker);
	json_member(x->b, "text", s->text);
}

static void cast_retraction(const struct casting *x)
{
	json_member(x->b, kinds[x->c->kind].name, x->c->id);
}

static void cast_notice(const struct casting *x)
{
	notice_members(x->b, (const struct notice *)x->r);
}

static void cast_state(const struct casting *x)
{
	const struct event *ev = (const struct event *)x->r;
	json_member(x->b, "state", x->c->word);
	json_member_int(x->b, "at", x->now);
	if (ev->state == EV_INTERRUPTED && ev->interruption != IN_NONE)
		json_member(x->b, "kind", interruption_names[ev->interruption]);
	if (ev->rehearsal)
		json_member_bool(x->b, "rehearsal", true);
}

static const struct {
	void (*write)(const struct casting *x);
	unsigned kinds; /* bits 1 << K_…: of the records it may speak of */
} casts[CAST_TYPES] = {
	[CAST_QUESTION] = { cast_question, 1u << K_QUESTION },
	[CAST_REWORD] = { cast_reword, 1u << K_QUESTION },
	[CAST_ANSWER] = { cast_answer, 1u << K_ANSWER | 1u << K_QUESTION },
	[CAST_SEGMENT] = { cast_segment, 1u << K_SEGMENT },
	[CAST_CORRECTION] = { cast_correction, 1u << K_SEGMENT },
	[CAST_RETRACTION] = { cast_retraction, 1u << K_SEGMENT | 1u << K_QUESTION | 1u << K_NOTICE | 1u << K_ANSWER },
	[CAST_NOTICE] = { cast_notice, 1u << K_NOTICE },
	[CAST_STATE] = { cast_state, 1u << K_EVENT },
};

static bool taken_back(const struct record *r)
{
	return (r->kind == K_QUESTION && ((const struct question *)r)->struck) ||
		(r->kind == K_SEGMENT && ((const struct segment *)r)->state == SG_RETRACTED);
}

void wire_cast(struct buf *b, const struct world *w, const struct cast *c, int64_t now)
{
	const struct record *r = world_get(w, c->kind, c->id);
	const bool words = c->type != CAST_RETRACTION;
	if (!(casts[c->type].kinds & (1u << c->kind)) || (words && (r == NULL || taken_back(r)))) {
		wire_tombstone(b, c);
		return;
	}
	buf_addc(b, '{');
	casts[c->type].write(&(struct casting){ b, w, c, r, now });
	buf_addc(b, '}');
}

void wire_tombstone(struct buf *b, const struct cast *c)
{
	buf_addc(b, '{');
	json_member_bool(b, "retracted", true);
	json_member(b, kinds[c->kind].name, c->id);
	buf_addc(b, '}');
}

void wire_sse(struct buf *b, int64_t epoch, int64_t number, const char *name, const char *data, size_t len)
{
	buf_adds(b, "id: ");
	json_number(b, epoch);
	buf_addc(b, '-');
	json_number(b, number);
	buf_adds(b, "\nevent: ");
	buf_adds(b, name);
	buf_adds(b, "\ndata: ");
	buf_add(b, data, len);
	buf_adds(b, "\n\n");
}
