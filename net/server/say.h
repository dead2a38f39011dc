/* say.h: refusals in the language of who reads them.
 *
 * Sentences are made in English, wherever something is refused. Just before an answer leaves, a problem is put as its reader
 * can take it: a page in the event's language for a browser that was sent here by its person (a link, a form), which gives
 * back what was typed; for programs the same JSON, with `detail` in French when Accept-Language wants French first.
 */
#ifndef REGIE_NET_SERVER_SAY_H
#define REGIE_NET_SERVER_SAY_H

#include "net/server/backend.h"

/* For struct exchange: `polish`. */
void say_polish(void *backend, struct exchange *x);
/* The sentence in "fr", when it is one of ours; else as it is. Appended. */
void say_in(const char *lang, const char *sentence, struct buf *out);
/* The event's language, "fr" before there is one. */
const char *say_event_lang(const struct backend *b);
/* Whether a page is wanted for an answer, and not JSON. */
bool say_wants_page(const struct http_request *req);
/* The fields of a form that was posted, percent-decoded; those not given are NULL or as they were. */
struct form_field {
	const char *name;
	struct buf *value;
	bool given;
};
void form_read(const struct http_request *req, struct form_field *v, size_t n);

#endif
