/* view_flow.c: the question on the air, and all questions and answers, turn by turn. app.js draws the same elements. */
#include <string.h>

#include "net/server/flow.h"
#include "net/server/view_page.h"
#include "src/base/text.h"

/* ---- the question on the air ------------------------------------------------------------------------------------- */

/* The question aired last, unless it was struck. */
static const struct question *last_aired(const struct flow *f)
{
	const struct question *q = f->n_questions ? f->questions[f->n_questions - 1] : NULL;
	return q && !q->struck ? q : NULL;
}

void page_air(const struct page *p, const struct flow *f)
{
	const struct question *q = last_aired(f);
	const enum event_state s = page_state(p->event);
	const bool shown = q && (s == EV_OPEN || s == EV_INTERRUPTED);
	page_put(p, "<section class=\"air\" id=\"air\" aria-labelledby=\"air-label\"");
	if (q)
		page_attribute(p, "data-question", q->r.id);
	if (q && q->state == Q_AIR)
		page_put(p, " data-live=\"\"");
	page_put(p, shown ? ">\n" : " hidden>\n");
	page_put(p, "<h2 class=\"eyebrow\" id=\"air-label\">");
	page_say(p, q && q->state != Q_AIR ? W_AIR_LAST : W_AIR);
	page_put(p, "</h2>\n<p class=\"wording\" id=\"air-wording\">");
	if (q)
		page_masked(p, q->wording);
	page_put(p, "</p>\n<p class=\"credit\" id=\"air-credit\">");
	if (q)
		page_masked(p, q->credit);
	page_put(p, "</p>\n<p class=\"to-newest\"><a href=\"#newest\">");
	page_say(p, W_NEWEST);
	page_put(p, " <span aria-hidden=\"true\">↓</span></a></p>\n</section>\n");
}

/* ---- the flow ---------------------------------------------------------------------------------------------------- */

static enum view_word outcome_word(enum result r)
{
	static const enum view_word of[RESULTS] = { [OUT_NONE] = VIEW_WORDS,
		[OUT_ANSWERED] = VIEW_WORDS,
		[OUT_PARTLY] = W_PARTLY,
		[OUT_DECLINED] = W_DECLINED,
		[OUT_CUT] = W_CUT,
		[OUT_WRITTEN] = W_WRITTEN };
	return of[r];
}

static void put_people(const struct page *p, const struct question *q)
{
	char digits[ID_MAX];
	struct buf grouped = BUF_INIT;
	id_from_number(digits, q->people);
	for (size_t i = 0, n = strlen(digits); i < n; i++) {
		buf_addc(&grouped, digits[i]);
		if (i + 1 < n && (n - i - 1) % 3 == 0)
			buf_adds(&grouped, strcmp(p->lang, "fr") == 0 ? "\u202f" : ",");
	}
	page_put(p, "<span class=\"people\">");
	page_say_with(p, W_PEOPLE, grouped.data);
	page_put(p, "</span>");
	buf_release(&grouped);
}

static void put_question(const struct page *p, const struct question *q)
{
	page_put(p, "<div class=\"question\"");
	buf_addf(p->out, " data-at=\"%lld\" data-number=\"%lld\"", (long long)q->aired_at, (long long)q->number);
	page_attribute(p, "data-key", q->r.id);
	if (q->struck)
		page_put(p, " data-struck=\"\"");
	if (q->outcome != OUT_NONE)
		page_attribute(p, "data-outcome", result_names[q->outcome]);
	if (q->people > 1)
		buf_addf(p->out, " data-people=\"%lld\"", (long long)q->people);
	page_put(p, " id=\"q-");
	page_words(p, q->r.id);
	page_put(p, "\">\n<p class=\"eyebrow\"><span class=\"number\">");
	page_say_number(p, W_QUESTION, q->number);
	page_put(p, "</span> ");
	page_time(p, q->aired_at);
	page_put(p, "<span class=\"outcome\">");
	if (outcome_word(q->outcome) != VIEW_WORDS && !q->struck)
		page_say(p, outcome_word(q->outcome));
	page_put(p, "</span></p>\n<h3>");
	if (q->struck)
		page_say(p, W_STRUCK);
	else
		page_masked(p, q->wording);
	page_put(p, "</h3>\n<p class=\"credit\">");
	if (!q->struck) {
		page_put(p, "<span class=\"who\">");
		page_masked(p, q->credit);
		page_put(p, "</span>");
		if (q->people > 1)
			put_people(p, q);
	}
	page_put(p, "</p>\n</div>\n");
}

static void put_again(const struct page *p, const struct question *q)
{
	page_put(p, "<p class=\"again\" data-key=\"again-");
	page_words(p, q->r.id);
	page_put(p, "\"><a href=\"#q-");
	page_words(p, q->r.id);
	page_put(p, "\">");
	page_say_number(p, W_AGAIN, q->number);
	page_put(p, "</a></p>\n");
}

/* A paragraph ends where the speaker changes, or once it is this long (code points). app.js has the same number. */
enum { PARAGRAPH = 420 };

static void put_said(const struct page *p, const struct turn *t)
{
	const char *speaker = NULL;
	size_t points = 0;
	bool open = false;
	for (size_t i = 0; i < t->n_said; i++) {
		const struct segment *s = t->said[i];
		const bool other = !speaker || strcmp(speaker, s->speaker) != 0;
		if (other || points >= PARAGRAPH) {
			page_put(p, open ? "</p>\n<p" : "<p");
			page_attribute(p, "data-key", s->r.id);
			page_attribute(p, "data-speaker", s->speaker);
			page_put(p, ">");
			if (other && s->speaker[0]) {
				page_put(p, "<b class=\"speaker\">");
				page_words(p, s->speaker);
				page_put(p, "</b> ");
			}
			points = 0;
			open = true;
		}
		speaker = s->speaker;
		points += text_points(s->text);
		page_put(p, "<span");
		page_attribute(p, "data-key", s->r.id);
		if (s->revision > 1) {
			buf_addf(p->out, " data-revision=\"%lld\"", (long long)s->revision);
			page_attribute(p, "data-mark", view_word(p->lang, W_CORRECTED));
		}
		page_put(p, ">");
		page_words(p, s->text);
		page_put(p, "</span> ");
	}
	page_put(p, open ? "</p>\n" : "");
}

static void put_turn(const struct page *p, const struct turn *t)
{
	if (t->notice) {
		page_put(p, "<section class=\"notice\"");
		page_attribute(p, "data-key", t->notice->r.id);
		buf_addf(p->out, " data-at=\"%lld\">\n<p class=\"eyebrow\"><span>", (long long)t->notice->at);
		page_say(p, W_NOTICE);
		page_put(p, "</span> ");
		page_time(p, t->notice->at);
		page_put(p, "</p>\n<p class=\"notice-text\">");
		page_words(p, t->notice->text);
		page_put(p, "</p>\n</section>\n");
		return;
	}
	page_put(p, "<section class=\"turn\"");
	page_attribute(p, "data-key", t->n_fresh ? t->fresh[0]->r.id : t->said[0]->r.id);
	buf_addf(p->out, " data-at=\"%lld\"", (long long)t->at);
	if (t->answer) {
		page_attribute(p, "data-answer", t->answer->r.id);
		page_put(p, " data-questions=\"");
		for (size_t i = 0; i < t->answer->questions.n; i++) {
			page_put(p, i ? " " : "");
			page_words(p, t->answer->questions.v[i]);
		}
		page_put(p, "\"");
	} else if (t->n_said) {
		page_attribute(p, "data-answer", t->said[0]->answer);
	}
	page_put(p, ">\n<div class=\"asked\">");
	for (size_t i = 0; i < t->n_fresh; i++)
		put_question(p, t->fresh[i]);
	if (t->again)
		put_again(p, t->again);
	page_put(p, "</div>\n<div class=\"said\">");
	put_said(p, t);
	page_put(p, "</div>\n</section>\n");
}

void page_flow(const struct page *p, const struct flow *f)
{
	const enum event_state s = page_state(p->event);
	page_put(p, "<section class=\"flow-part\" aria-labelledby=\"flow-title\">\n<h2 id=\"flow-title\">");
	page_say(p, W_FLOW);
	page_put(p, "</h2>\n<p class=\"empty\" id=\"empty\"");
	page_put(p, f->n ? " hidden>" : ">");
	page_say(p, s == EV_OPEN || s == EV_INTERRUPTED ? W_EMPTY_OPEN : W_EMPTY);
	page_put(p, "</p>\n<div id=\"flow\">\n");
	for (size_t i = 0; i < f->n; i++)
		put_turn(p, &f->v[i]);
	page_put(p, "</div>\n<p class=\"newest\" id=\"newest\" tabindex=\"-1\"><span id=\"link\"></span></p>\n");
	if (s < EV_ENDED) {
		page_put(p, "<noscript><p class=\"hint\">");
		page_say(p, W_NO_SCRIPT);
		page_put(p, " <a href=\"");
		page_address(p, NULL);
		page_put(p, "\">");
		page_say(p, W_RELOAD);
		page_put(p, "</a></p></noscript>\n");
	}
	page_put(p, "</section>\n");
}
