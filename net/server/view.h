/* view.h: the pages of the public, made whole on the server: they can be read and used without any script.
 *
 * GET /r/{room} is view_room; what a form POST to /v1/messages answers (to a browser, not to a script) is view_receipt.
 * app.js, in net/server/page/, then keeps the room's page up to date: it takes its first state from the page's own
 * elements (data-… attributes) and its sentences from the body's `data-words`. Both build the same flow (flow.h says
 * its order), so that a change here is a change there.
 *
 * Words of the public are masked (text_mask) as in the live stream; everything is escaped (text_html). Pages hold no
 * inline script or style and load nothing but /a/app.js, /a/style.css and /a/favicon.svg: VIEW_POLICY allows no more.
 * Pure functions: no clock, no I/O; times of day are those of the server's zone, app.js turns them into the reader's.
 */
#ifndef REGIE_NET_SERVER_VIEW_H
#define REGIE_NET_SERVER_VIEW_H

#include <stdint.h>

#include "src/base/buf.h"
#include "src/model/world.h"

/* The Content-Security-Policy of these pages, to be followed by the room's frame-ancestors. */
#define VIEW_POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " \
	"form-action 'self'; base-uri 'none'; frame-ancestors "

struct view_room {
	const struct world *world; /* an event without a record is shown as one that prepares */
	const char *slug;          /* the room's; goes into addresses and the form */
	const char *name;          /* the room's, for people; "" is left out */
	int64_t epoch, number;     /* of the last live event that the page includes: the stream goes on from there */
	const char *receipt;       /* of ?receipt=, or NULL */
	const char *fate;          /* what reader_fate says of it; NULL: no such receipt */
	const char *question;      /* the aired question that was made from it, or "" */
};
/* Appends the whole document. */
void view_room(struct buf *out, const struct view_room *v);

struct view_receipt {
	const struct event *event; /* or NULL */
	const char *slug, *name;   /* as in view_room; slug "": no room was named */
	const char *receipt;       /* of the question that was taken */
	const char *refusal;       /* or one sentence why it was not, or why there is no such page, in the page's language */
	const char *text, *sender; /* then what was typed, given back in the form; NULL: nothing */
};
void view_receipt(struct buf *out, const struct view_receipt *v);
void view_refusal(struct buf *out, const struct view_receipt *v, bool question); /* question: one was asked */

#endif
