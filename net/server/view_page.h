/* view_page.h: what a page is written with: for view*.c only.
 *
 * page_put() takes our own HTML; every other text goes through page_words() or page_masked(): there is no other way
 * into the document.
 */
#ifndef REGIE_NET_SERVER_VIEW_PAGE_H
#define REGIE_NET_SERVER_VIEW_PAGE_H

#include <stdint.h>

#include "net/server/view_words.h"
#include "src/base/buf.h"
#include "src/model/record.h"

struct flow;

struct page {
	struct buf *out;
	const struct event *event; /* or NULL */
	const char *lang;
	const char *slug, *name;   /* of the room */
};

void page_put(const struct page *p, const char *html);
void page_words(const struct page *p, const char *s);         /* of the room, or an id: escaped; NULL is "" */
void page_masked(const struct page *p, const char *s);        /* of the public: masked, then escaped; NULL is "" */
void page_say(const struct page *p, enum view_word w);
void page_say_with(const struct page *p, enum view_word w, const char *value);
void page_say_number(const struct page *p, enum view_word w, int64_t n);
void page_attribute(const struct page *p, const char *name, const char *value); /* name="value"; the name is ours */
void page_time(const struct page *p, int64_t ms);
void page_date(const struct page *p, int64_t ms);
void page_address(const struct page *p, const char *receipt); /* NULL: none */
enum event_state page_state(const struct event *ev);          /* NULL: preparing */

/* view_flow.c: the question on the air, and all questions and answers. */
void page_air(const struct page *p, const struct flow *f);
void page_flow(const struct page *p, const struct flow *f);

#endif
