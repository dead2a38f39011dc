/* routes.h: every resource of the backend as a row: who may, what it takes, how large, which function.
 *
 * The 404, 405, 413 and 415 answers and /openapi.json come from the same rows.
 * Recipe: to add a route: a handler in the net/server/do_*.c it belongs to, its declaration and row here.
 */
#ifndef REGIE_NET_SERVER_ROUTES_H
#define REGIE_NET_SERVER_ROUTES_H

#include "net/server/backend.h"

enum accepts { TAKES_NOTHING = 0, TAKES_JSON = 1, TAKES_FORM = 2, TAKES_ANY = 4 };
enum who { WHO_ANYONE, WHO_SEAT, WHO_GATEWAY, WHO_PUBLIC, WHO_VIEWER };

#define ROUTE_PARTS 2
struct route {
	unsigned method;          /* one of HTTP_*; GET also answers HEAD */
	const char *path;         /* "/v1/rooms/{room}/live" */
	unsigned listeners;       /* ON_* bits */
	enum who who;
	unsigned takes;           /* enum accepts */
	size_t body_max;          /* bytes */
	void (*handle)(struct backend *b, struct exchange *x, const char *const part[ROUTE_PARTS]);
	const char *summary;      /* one line for people */
	const char *query;        /* "since wait limit": parameters, for the API document */
	const char *answers;      /* "202 400 403 409 413 415 429 503" */
};
extern const struct route routes[];
extern const size_t routes_n;

#define HANDLER(name) void name(struct backend *b, struct exchange *x, const char *const part[ROUTE_PARTS])
HANDLER(handle_message); HANDLER(handle_fate); HANDLER(handle_messages); HANDLER(handle_sms);
HANDLER(handle_live); HANDLER(handle_transcript); HANDLER(handle_page); HANDLER(handle_asset);
HANDLER(handle_changes); HANDLER(handle_ops); HANDLER(handle_presence); HANDLER(handle_sample); HANDLER(handle_status);
HANDLER(handle_health); HANDLER(handle_ready); HANDLER(handle_metrics); HANDLER(handle_openapi);

/* Finds the row for a request. NULL: *status is 404 or 405 and `allow` lists the methods of the path. */
const struct route *route_find(const struct http_request *req, char part[ROUTE_PARTS][ID_MAX + 24], int *status, char allow[64]);
void openapi(struct buf *out);

#endif
