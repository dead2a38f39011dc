/* http_null.c: a server that stores nothing: POST /v1/messages is 202 at once, or, with "late", in a later turn of the
 * loop, as answers are that wait for the disk. What the backend reaches is compared with this.
 *
 *   http_null PORT [late]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/http.h"

static struct loop *loop;
static bool late;

static void accept_it(void *arg)
{
	struct exchange *x = arg;

	x->res.status = 202;
	x->res.type = "application/json";
	buf_adds(&x->res.body, "{\"id\":1,\"receipt\":\"0123456789abcdef0123456789abcdef\"}\n");
	exchange_done(x);
}

static void handle(void *ctx, struct exchange *x)
{
	(void)ctx;
	if (x->req.method != HTTP_POST || strcmp(x->req.path, "/v1/messages") != 0) {
		response_problem(&x->res, 404, "only POST /v1/messages is here");
		exchange_done(x);
	} else if (late) {
		loop_post(loop, accept_it, x);
	} else {
		accept_it(x);
	}
}

int main(int argc, char **argv)
{
	const struct http_options o = {
		.listen = { { ON_PUBLIC, "127.0.0.1", argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0 } },
		.n_listen = 1,
		.body_max = 16384,
		.deadline_ms = 10000,
		.handle = handle,
	};
	struct error e = { 0 };
	char url[100];

	late = argc > 2 && !strcmp(argv[2], "late");
	loop = loop_new(clock_system());
	struct http_server *s = http_server_new(loop, &o, &e);
	if (!s) {
		fprintf(stderr, "http_null: %s\n", e.text);
		return 1;
	}
	http_server_url(s, 0, url, sizeof url);
	printf("%s\n", url);
	fflush(stdout);
	loop_run(loop);
	http_server_free(s);
	loop_free(loop);
	return 0;
}
