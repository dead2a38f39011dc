/* view.c: the pages, from bar to foot. */
#include "net/server/view.h"

#include <string.h>

#include "net/server/flow.h"
#include "net/server/view_page.h"
#include "src/base/mem.h"

/* ---- what every page has ----------------------------------------------------------------------------------------- */

static const struct {
	const char *name; /* data-state, as app.js knows it */
	enum view_word word, lead;
} states[EV_STATES] = {
	[EV_PREPARING] = { "preparing", W_PREPARING, W_LEAD_PREPARING },
	[EV_COLLECTING] = { "collecting", W_COLLECTING, W_LEAD_COLLECTING },
	[EV_OPEN] = { "open", W_OPEN, W_LEAD_OPEN },
	[EV_INTERRUPTED] = { "interrupted", W_INTERRUPTED, W_LEAD_INTERRUPTED },
	[EV_ENDED] = { "ended", W_ENDED, W_LEAD_ENDED },
	[EV_SEALED] = { "ended", W_ENDED, W_LEAD_ENDED },
};

static const char *title_of(const struct page *p)
{
	return p->event && p->event->title && p->event->title[0] ? p->event->title : "Régie";
}

static void put_head(const struct page *p, bool script)
{
	page_put(p, "<!DOCTYPE html>\n<html");
	page_attribute(p, "lang", p->lang);
	page_put(p,
		">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"format-detection\" content=\"telephone=no\">\n<title>");
	page_words(p, title_of(p));
	page_put(p,
		"</title>\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"/a/favicon.svg\">\n"
		"<link rel=\"stylesheet\" href=\"/a/style.css\">\n");
	if (script)
		page_put(p, "<script src=\"/a/app.js\" defer></script>\n");
	page_put(p, "</head>\n");
}

/* The bar that stays on the screen: state, title, the way to the form; above it the rehearsal, under it the
 * interruption. */
static void put_bar(const struct page *p, bool form)
{
	const enum event_state s = page_state(p->event);
	page_put(p, "<header class=\"bar\">\n");
	if (p->event && p->event->rehearsal) {
		page_put(p, "<p class=\"rehearsal\"><strong>");
		page_say(p, W_REHEARSAL);
		page_put(p, "</strong> <span>");
		page_say(p, W_REHEARSAL_MORE);
		page_put(p, "</span></p>\n");
	}
	page_put(p, "<div class=\"bar-line\">\n<p class=\"state\" id=\"state\" role=\"status\">");
	page_say(p, states[s].word);
	page_put(p, "</p>\n<p class=\"bar-title\" aria-hidden=\"true\">");
	page_words(p, title_of(p));
	page_put(p, "</p>\n");
	if (form) {
		page_put(p, "<p class=\"bar-link\" id=\"ask-link\"");
		page_put(p, s == EV_PREPARING || s >= EV_ENDED ? " hidden>" : ">");
		page_put(p, "<a href=\"#ask\">");
		page_say(p, W_ASK_LINK);
		page_put(p, "</a></p>\n");
	}
	page_put(p, "</div>\n<p class=\"pause\" id=\"pause\" role=\"status\"");
	page_put(p, s == EV_INTERRUPTED ? "><strong>" : " hidden><strong>");
	page_say(p, W_PAUSE);
	page_put(p, "</strong> <span>");
	page_say(p, W_PAUSE_MORE);
	page_put(p, "</span></p>\n</header>\n");
}

static void put_masthead(const struct page *p, enum view_word lead)
{
	const bool dated = p->event && p->event->opened_at > 0, named = p->name && p->name[0];
	page_put(p, "<div class=\"masthead\">\n");
	if (dated || named) {
		page_put(p, "<p class=\"dateline\">");
		if (dated)
			page_date(p, p->event->opened_at);
		if (dated && named)
			page_put(p, " · ");
		if (named)
			page_say_with(p, W_ROOM, p->name);
		page_put(p, "</p>\n");
	}
	page_put(p, "<h1>");
	page_words(p, title_of(p));
	page_put(p, "</h1>\n<p class=\"lead\" id=\"lead\">");
	page_say(p, lead);
	page_put(p, "</p>\n</div>\n");
}

static void put_foot(const struct page *p)
{
	page_put(p, "<footer class=\"foot\">\n<p>");
	page_say(p, W_FOOT);
	page_put(p, "</p>\n</footer>\n</body>\n</html>\n");
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static void put_ask_form(const struct page *p, const char *text, const char *sender)
{
	page_put(p,
		"<form id=\"ask-form\" method=\"post\" action=\"/v1/messages\" accept-charset=\"utf-8\">\n"
		"<input type=\"hidden\" name=\"room\"");
	page_attribute(p, "value", p->slug);
	page_put(p, ">\n<p><label for=\"ask-text\">");
	page_say(p, W_ASK_LABEL);
	page_put(p,
		"</label>\n<textarea id=\"ask-text\" name=\"text\" rows=\"4\" maxlength=\"2000\" required "
		"aria-describedby=\"ask-hint\">\n"); /* HTML drops one line end after the tag */
	page_words(p, text);
	page_put(p, "</textarea></p>\n<p class=\"hint\" id=\"ask-hint\">");
	page_say(p, W_ASK_HINT);
	page_put(p, "</p>\n<p><label for=\"ask-name\">");
	page_say(p, W_NAME_LABEL);
	page_put(p, " <span class=\"hint\">(");
	page_say(p, W_OPTIONAL);
	page_put(
		p, ")</span></label>\n<input id=\"ask-name\" name=\"name\" maxlength=\"80\" autocomplete=\"nickname\"");
	page_attribute(p, "value", sender ? sender : "");
	page_put(p, "></p>\n<p class=\"send\"><button type=\"submit\" id=\"ask-send\">");
	page_say(p, W_SEND);
	page_put(p, "</button></p>\n<p class=\"told\" id=\"ask-told\" role=\"status\"></p>\n</form>\n");
}

static void put_ask(const struct page *p)
{
	const enum event_state s = page_state(p->event);
	const bool taken = s == EV_COLLECTING || s == EV_OPEN || s == EV_INTERRUPTED;
	page_put(p, "<section class=\"ask\" id=\"ask\" aria-labelledby=\"ask-title\">\n<h2 id=\"ask-title\">");
	page_say(p, W_ASK);
	page_put(p, "</h2>\n<p class=\"shut\" id=\"ask-shut\"");
	page_put(p, taken ? " hidden>" : ">");
	page_say(p, s == EV_PREPARING ? W_ASK_SOON : W_ASK_CLOSED);
	page_put(p, "</p>\n<div id=\"ask-open\"");
	page_put(p, taken ? ">\n" : " hidden>\n");
	put_ask_form(p, "", "");
	page_put(p, "</div>\n</section>\n");
}

/* Fates as reader_fate names them; the steps on the way, with those passed. */
static const struct {
	const char *fate;
	enum view_word word, step;
} fates[] = {
	{ "waiting", W_FATE_WAITING, W_STEP_WAITING },
	{ "being read", W_FATE_READ, W_STEP_READ },
	{ "in the rundown", W_FATE_RUNDOWN, W_STEP_RUNDOWN },
	{ "aired", W_FATE_AIRED, W_STEP_AIRED },
	{ "answered", W_FATE_ANSWERED, W_STEP_ANSWERED },
	{ "not kept", W_FATE_NOT_KEPT, VIEW_WORDS },
};

static void put_steps(const struct page *p, size_t now)
{
	page_put(p, "<ol class=\"steps\"");
	page_attribute(p, "aria-label", view_word(p->lang, W_STEPS));
	page_put(p, ">");
	for (size_t i = 0; i < COUNT_OF(fates) && fates[i].step != VIEW_WORDS; i++) {
		page_put(p,
			i < now            ? "<li class=\"passed\">"
				: i == now ? "<li class=\"passed\" aria-current=\"step\">"
					   : "<li>");
		page_say(p, fates[i].step);
		page_put(p, "</li>");
	}
	page_put(p, "</ol>\n");
}

static void put_fate(const struct page *p, const struct view_room *v)
{
	size_t i = 0;
	while (v->fate && i < COUNT_OF(fates) && strcmp(fates[i].fate, v->fate) != 0)
		i++;
	const bool known = v->fate && i < COUNT_OF(fates);
	page_put(p, "<div class=\"fate\" id=\"fate\">\n<p class=\"fate-word\"><strong>");
	page_say(p, known ? fates[i].word : W_UNKNOWN);
	page_put(p, "</strong></p>\n");
	if (known && fates[i].step != VIEW_WORDS)
		put_steps(p, i);
	if (known && v->question && v->question[0]) {
		page_put(p, "<p><a href=\"#q-");
		page_words(p, v->question);
		page_put(p, "\">");
		page_say(p, W_SEE_ANSWER);
		page_put(p, "</a></p>\n");
	}
	page_put(p, "<p class=\"hint\">");
	page_say(p, W_RECEIPT);
	page_put(p, " <code>");
	page_words(p, v->receipt);
	page_put(p, "</code></p>\n</div>\n");
}

static void put_mine(const struct page *p, const struct view_room *v)
{
	const bool asked = v->receipt && v->receipt[0];
	page_put(p, "<section class=\"mine\" id=\"mine\" aria-labelledby=\"mine-title\"");
	if (asked && v->fate)
		page_attribute(p, "data-receipt", v->receipt);
	page_put(p, ">\n<h2 id=\"mine-title\">");
	page_say(p, W_MINE);
	page_put(p, "</h2>\n<div id=\"mine-list\" aria-live=\"polite\"></div>\n");
	if (asked)
		put_fate(p, v);
	page_put(p, "<form id=\"mine-form\" method=\"get\" action=\"");
	page_address(p, NULL);
	page_put(p, "#mine\">\n<p><label for=\"mine-receipt\">");
	page_say(p, W_MINE_HINT);
	page_put(p,
		"</label>\n<span class=\"pair\"><input id=\"mine-receipt\" name=\"receipt\" maxlength=\"40\" required "
		"autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\">\n<button type=\"submit\">");
	page_say(p, W_MINE_SHOW);
	page_put(p, "</button></span></p>\n</form>\n</section>\n");
}

/* ---- the pages --------------------------------------------------------------------------------------------------- */

static struct page page_of(struct buf *out, const struct event *ev, const char *slug, const char *name)
{
	const char *lang = ev && ev->lang && ev->lang[0] ? ev->lang : "fr";
	return (struct page){ .out = out, .event = ev, .lang = lang, .slug = slug, .name = name };
}

void view_room(struct buf *out, const struct view_room *v)
{
	const struct page page = page_of(out, world_event(v->world), v->slug, v->name), *p = &page;
	const enum event_state s = page_state(p->event);
	struct flow f;
	struct buf json = BUF_INIT;
	flow_make(&f, v->world);
	view_words_json(&json, p->lang);
	put_head(p, true);
	page_put(p, "<body");
	page_attribute(p, "data-state", states[s].name);
	page_attribute(p, "data-room", p->slug);
	if (p->event && p->event->rehearsal)
		page_put(p, " data-rehearsal=\"\"");
	buf_addf(out, " data-since=\"%lld-%lld\"", (long long)v->epoch, (long long)v->number);
	page_attribute(p, "data-words", json.data);
	page_put(p, ">\n<a class=\"skip\" href=\"#newest\">");
	page_say(p, W_NEWEST);
	page_put(p, "</a>\n");
	put_bar(p, true);
	page_put(p, "<main class=\"page\">\n");
	put_masthead(p, states[s].lead);
	page_put(p, "<div class=\"side\">\n");
	page_air(p, &f);
	put_ask(p);
	put_mine(p, v);
	page_put(p, "</div>\n");
	page_flow(p, &f);
	page_put(p, "</main>\n<p class=\"below\" id=\"below\" hidden><a href=\"#newest\">");
	page_say(p, W_BELOW);
	page_put(p,
		" <span aria-hidden=\"true\">↓</span></a></p>\n"
		"<p class=\"said-aloud\" id=\"aloud\" role=\"status\"></p>\n");
	put_foot(p);
	buf_release(&json);
	flow_release(&f);
}

static void begin_alone(const struct page *p, enum view_word lead)
{
	put_head(p, false);
	page_put(p, "<body");
	page_attribute(p, "data-state", states[page_state(p->event)].name);
	page_put(p, ">\n");
	put_bar(p, false);
	page_put(p, "<main class=\"page alone\">\n");
	put_masthead(p, lead);
}

/* The ways on, where there is a room to go to. */
static void end_alone(const struct page *p, const char *receipt)
{
	if (p->slug && p->slug[0]) {
		page_put(p, "<p class=\"ways\">");
		if (receipt) {
			page_put(p, "<a href=\"");
			page_address(p, receipt);
			page_put(p, "#mine\">");
			page_say(p, W_FOLLOW);
			page_put(p, "</a> ");
		}
		page_put(p, "<a href=\"");
		page_address(p, NULL);
		page_put(p, "\">");
		page_say(p, W_BACK);
		page_put(p, "</a></p>\n");
	}
	page_put(p, "</main>\n");
	put_foot(p);
}

void view_receipt(struct buf *out, const struct view_receipt *v)
{
	const struct page page = page_of(out, v->event, v->slug, v->name), *p = &page;
	begin_alone(p, W_SENT);
	page_put(p, "<p>");
	page_say(p, W_KEEP);
	page_put(p, "</p>\n<p class=\"receipt\">");
	page_say(p, W_RECEIPT);
	page_put(p, " <code>");
	page_words(p, v->receipt);
	page_put(p, "</code></p>\n");
	end_alone(p, v->receipt);
}

void view_refusal(struct buf *out, const struct view_receipt *v, bool question)
{
	const struct page page = page_of(out, v->event, v->slug, v->name), *p = &page;
	begin_alone(p, question ? W_NOT_SENT : W_NOT_SHOWN);
	page_put(p, "<p class=\"refusal\" role=\"alert\">");
	page_words(p, v->refusal);
	page_put(p, "</p>\n");
	if (question)
		put_ask_form(p, v->text, v->sender);
	end_alone(p, NULL);
}
