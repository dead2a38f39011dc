/* viewers.h: what do_viewers.c shares. Private to net/server. */
#ifndef REGIE_NET_SERVER_VIEWERS_H
#define REGIE_NET_SERVER_VIEWERS_H

#include "net/server/backend.h"

/* Content policy, referrer and type headers of every page of the public; `room` an index or -1: only its origins may
 * frame the page. */
void page_headers(const struct backend *b, struct http_response *res, int room);
void viewers_forget(struct backend *b); /* the cache, at the end */

#endif
