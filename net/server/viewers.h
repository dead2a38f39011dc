/* viewers.h: what do_viewers.c and do_public.c share. Private to net/server. */
#ifndef REGIE_NET_SERVER_VIEWERS_H
#define REGIE_NET_SERVER_VIEWERS_H

#include "net/server/backend.h"

/* Content policy, referrer and type headers of every page of the public; `room` an index or -1: only its origins may
 * frame the page. */
void page_headers(const struct backend *b, struct http_response *res, int room);
/* A room's number in the hub, for as long as this process lives: its place in the directory moves when others come or go. */
unsigned viewers_room(struct backend *b, const char *slug);
/* The random name that a browser was given as the cookie "regie"; false when it has none. */
bool visitor(const struct http_request *req, char out[static 65]);
void viewers_forget(struct backend *b); /* the cache, at the end */

#endif
