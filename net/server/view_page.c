/* view_page.c: escaping, sentences, times and addresses. */
#include "net/server/view_page.h"

#include <string.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/base/text.h"

void page_put(const struct page *p, const char *html)
{
	buf_adds(p->out, html);
}

void page_words(const struct page *p, const char *s)
{
	text_html(s ? s : "", p->out);
}

void page_masked(const struct page *p, const char *s)
{
	struct buf b = BUF_INIT;
	text_mask(s ? s : "", p->lang, &b);
	text_html(b.data, p->out);
	buf_release(&b);
}

void page_say(const struct page *p, enum view_word w)
{
	text_html(view_word(p->lang, w), p->out);
}

void page_say_with(const struct page *p, enum view_word w, const char *value)
{
	struct buf b = BUF_INIT;
	view_say(&b, p->lang, w, value);
	text_html(b.data, p->out);
	buf_release(&b);
}

void page_say_number(const struct page *p, enum view_word w, int64_t n)
{
	char digits[ID_MAX];
	id_from_number(digits, n);
	page_say_with(p, w, digits);
}

void page_attribute(const struct page *p, const char *name, const char *value)
{
	buf_addf(p->out, " %s=\"", name);
	page_words(p, value);
	buf_addc(p->out, '"');
}

enum event_state page_state(const struct event *ev)
{
	return ev ? ev->state : EV_PREPARING;
}

void page_address(const struct page *p, const char *receipt)
{
	page_put(p, "/r/");
	page_words(p, p->slug);
	if (receipt) {
		page_put(p, "?receipt=");
		page_words(p, receipt);
	}
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

void page_time(const struct page *p, int64_t ms)
{
	char full[25], day[9];
	time_rfc3339(ms, full);
	time_of_day(ms, day);
	buf_addf(p->out, "<time datetime=\"%s\">%.5s</time>", full, day);
}

void page_date(const struct page *p, int64_t ms)
{
	static const char *const months[2][12] = {
		{ "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
			"November", "December" },
		{ "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
			"novembre", "décembre" },
	};
	static const char *const days[2][7] = {
		{ "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" },
		{ "Dimanche", "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi" },
	};
	const int french = strcmp(p->lang, "fr") == 0;
	const time_t s = (time_t)(ms / 1000);
	struct tm t;
	if (!localtime_r(&s, &t))
		return;
	buf_addf(p->out, "%s %d%s %s %d", days[french][t.tm_wday], t.tm_mday, french && t.tm_mday == 1 ? "er" : "",
		months[french][t.tm_mon], t.tm_year + 1900);
}
