/* http_mhd.c: the server of http.h on libmicrohttpd (0.9.75, 1.0.1), the only file that includes it.
 *
 * One daemon without sockets of its own; we accept and give it connections; its epoll descriptor is nested in our loop,
 * and everything happens on that thread. The library parses, frames and answers. What we do ourselves, and why:
 *
 * - The head is checked byte by byte (head_accounts): 0.9.75 takes two lengths, length with chunks, two hosts, folded lines
 *   and a NUL that ends a line, so a proxy in front could read another request than we do.
 * - Deadlines: the library knows only idle time, so that a head fed drop by drop never ends.
 * - Streams leave the library: their socket is duplicated, the library closes its own (with MHD_USE_TURBO it does not
 *   shut the connection down), and http_out.c writes. A viewer then costs no library memory, and the library, which
 *   walks all its suspended connections at every resume, has only the few that wait for an answer. Under TLS the bytes
 *   must go through the library: its content reader, suspended between events (`struct tap`).
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <microhttpd.h>

#include "net/server/http_own.h"
#include "src/base/mem.h"

enum {
	POOL = 8192,        /* a connection's memory in the library: the head must fit; streams give it back */
	RUNS_A_TURN = 4,
};

void library_resume(struct conn *c)
{
	MHD_resume_connection(c->mhd);
}

void library_suspend(struct conn *c)
{
	MHD_suspend_connection(c->mhd);
}

/* ---- answers -------------------------------------------------------------------------------------------------------- */

/* After a body of chunks the connection ends: the library is lenient with line ends between chunks, and a request hidden
 * behind such a body must find nobody to read it. */
static bool must_close(const struct conn *c)
{
	return c->call->x.res.close || c->call->framing.chunked || c->s->quiesced;
}

static void add_headers(struct MHD_Response *out, const struct conn *c)
{
	const struct http_response *r = &c->call->x.res;

	if (r->type)
		MHD_add_response_header(out, "Content-Type", r->type);
	for (size_t i = 0; i < r->n_headers; i++)
		MHD_add_response_header(out, r->headers[i].name, r->headers[i].value);
	if (must_close(c))
		MHD_add_response_header(out, "Connection", "close");
}

static enum MHD_Result queue(struct conn *c, struct MHD_Response *out)
{
	add_headers(out, c);
	const enum MHD_Result queued = MHD_queue_response(c->mhd, (unsigned)c->call->x.res.status, out);
	MHD_destroy_response(out);
	call_forget(c);
	return queued;
}

static enum MHD_Result answer_body(struct conn *c)
{
	struct buf *body = &c->call->x.res.body;
	const size_t len = body->len;

	return queue(c,
		len ? MHD_create_response_from_buffer(len, buf_detach(body), MHD_RESPMEM_MUST_FREE)
		    : MHD_create_response_from_buffer(0, buf_empty, MHD_RESPMEM_PERSISTENT));
}

/* For what the library cannot send: in the midst of a body it takes no answer. It closes its side of the socket. */
static enum MHD_Result answer_past_library(struct conn *c)
{
	struct http_response *r = &c->call->x.res;
	const int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	struct buf text = BUF_INIT;

	if (fd >= 0) {
		r->close = true;
		response_head(r, clock_now(loop_clock(c->s->loop)), (int64_t)r->body.len, false, &text);
		if (!c->call->x.req.head)
			buf_add(&text, r->body.data, r->body.len);
		outlets_farewell(c->s->outlets, fd, &text);
		buf_release(&text);
	}
	call_forget(c);
	return MHD_NO;
}

/* ---- streams -------------------------------------------------------------------------------------------------------- */

/* The socket leaves the library; see the top of this file. */
static enum MHD_Result take_over(struct conn *c)
{
	struct call *k = c->call;
	const bool framed = !k->x.req.http10;
	const int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	struct buf head = BUF_INIT;

	if (fd < 0) {
		k->x.stream->gone(k->x.stream);
	} else {
		response_head(&k->x.res, clock_now(loop_clock(c->s->loop)), -1, framed, &head);
		outlets_stream(c->s->outlets, fd, &head, framed, k->x.stream);
		buf_release(&head);
	}
	call_forget(c);
	return MHD_NO;
}

/* The library holds a head back until a body follows (MSG_MORE); switching delay off sends what there is. */
static void push_head(int fd)
{
	const int yes = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static ssize_t on_read(void *arg, uint64_t pos, char *out, size_t max)
{
	struct tap *t = arg;

	(void)pos;
	if (!t->started) {
		t->started = true;
		conn_set_phase(t->conn, UNTIMED);
		t->stream->ready(t->stream, &t->sink);
	} else if (t->len == 0 && t->wants && !t->dead) {
		t->wants = false;
		t->stream->writable(t->stream);
	}
	if (t->dead)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (t->len == 0 && t->closing)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (t->len == 0) {
		push_head(t->conn->fd);
		conn_suspend(t->conn);
		conn_watch_leaving(t->conn);
		return 0;
	}
	const size_t n = t->len < max ? t->len : max;
	memcpy(out, t->bytes, n);
	memmove(t->bytes, t->bytes + n, t->len - n);
	t->len -= n;
	return (ssize_t)n;
}

static void on_read_free(void *arg)
{
	struct tap *t = arg;

	t->stream->gone(t->stream);
	t->conn->tap = NULL;
	free(t->bytes);
	free(t);
}

static enum MHD_Result answer_tapped(struct conn *c)
{
	struct tap *t = xcalloc(1, sizeof *t);

	*t = (struct tap){ .sink = { tap_send, tap_close, false }, .conn = c, .stream = c->call->x.stream };
	t->bytes = xmalloc(TAP_BYTES);
	c->tap = t;
	return queue(c, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, on_read, t, on_read_free));
}

static enum MHD_Result answer(struct conn *c)
{
	struct exchange *x = &c->call->x;

	conn_set_phase(c, ANSWERING);
	if (x->res.status == 0)
		response_problem(&x->res, 500, "the server has no answer to this request");
	if (x->stream && x->req.head) {
		x->stream->gone(x->stream);
		return answer_body(c);
	}
	x->res.close |= x->stream != NULL;
	if (x->stream)
		return c->s->o.tls_cert || c->s->o.reader_streams ? answer_tapped(c) : take_over(c);
	return answer_body(c);
}

/* ---- requests ------------------------------------------------------------------------------------------------------- */

static enum MHD_Result take_field(
	void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value, size_t value_len)
{
	struct taken *t = arg;

	(void)kind;
	(void)name_len;
	if (t->head.n_fields == HTTP_FIELDS_MAX) {
		t->too_many = true;
		return MHD_NO;
	}
	t->lengths[t->head.n_fields] = value_len;
	t->head.fields[t->head.n_fields++] = (struct http_pair){ name, value };
	return MHD_YES;
}

/* From this version on the library refuses all that head_accounts() finds, in words of its own; strictness 1 is enough. */
#if MHD_VERSION >= 0x00097701
const bool http_library_judges = true;
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1
#else
const bool http_library_judges = false;
/* Its strictness answers without application/problem+json, or not at all; ours is stricter. */
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT, 0
#endif

static enum MHD_Result refuse(struct conn *c, int status, const char *why)
{
	struct call *k = c->call;

	response_problem(&k->x.res, status, "%s", why);
	k->x.res.close = true;
	c->unread = true;
	return answer(c);
}

/* The handler's turn; it may have called exchange_done before it returns. */
static enum MHD_Result dispatch(struct conn *c)
{
	struct call *k = c->call;

	k->x.req.body = k->body.data;
	k->x.req.body_len = k->body.len;
	k->dispatched = true;
	k->inside = true;
	c->s->o.handle(c->s->o.ctx, &k->x);
	k->inside = false;
	if (k->done)
		return answer(c);
	conn_set_phase(c, PENDING);
	return MHD_YES;
}

/* The head is complete: what is to become of the body? */
static enum MHD_Result judge(struct conn *c)
{
	const struct http_server *s = c->s;
	struct call *k = c->call;
	const bool bodied = k->framing.chunked || k->framing.length > 0;

	if (s->quiesced)
		return refuse(c, 503, "the server is being stopped");
	if (!bodied)
		return MHD_YES;
	size_t limit = s->o.body_limit ? s->o.body_limit(s->o.ctx, &k->x.req) : s->o.body_max;
	if (limit > s->o.body_max)
		limit = s->o.body_max;
	if (limit == 0) {
		c->unread = true;
		const enum MHD_Result going_on = dispatch(c);
		if (c->phase == PENDING)
			conn_suspend(c); /* or the library would read the body */
		return going_on;
	}
	if (k->framing.length > limit)
		return refuse(c, 413, "the body is larger than this address takes");
	k->body.max = limit;
	return MHD_YES;
}

static enum MHD_Result begin(struct conn *c, const char *path, const char *method, const char *version)
{
	struct taken t;
	struct call *k;

	t.head.method = method;
	t.head.target = c->target ? c->target : "";
	t.head.version = version;
	t.head.n_fields = 0;
	t.too_many = false;
	MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, take_field, &t);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	const bool accounted = http_library_judges || (info && !t.too_many && head_accounts(&t, path, info->header_size));
	k = call_new(c, &t.head);
	const char *fault = request_fill(&k->x.req, &k->framing, &t.head, k->room);
	request_origin(&k->x.req, c->peer, c->s->o.tls_cert != NULL, c->s->trusted, c->s->o.n_trusted);
	if (t.too_many)
		return refuse(c, 431, "there are too many headers");
	if (!accounted)
		return refuse(c, 400,
			"every line of the head must have a name and end in CR LF, and none may be folded, hold a "
			"NUL byte or have a second space between its words");
	if (fault)
		return refuse(c, 400, fault);
	return judge(c);
}

static enum MHD_Result take_body(struct conn *c, const char *data, size_t *len)
{
	struct call *k = c->call;

	if (!k->over) {
		if (k->body.len == 0 && k->framing.length > 0)
			buf_room(&k->body, (size_t)k->framing.length);
		buf_add(&k->body, data, *len);
		k->over = k->body.over;
	}
	*len = 0;
	if (!k->over)
		return MHD_YES;
	response_problem(&k->x.res, 413, "the body is larger than this address takes");
	k->x.res.close = true;
	return c->s->o.tls_cert ? MHD_YES : answer_past_library(c);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *mhd, const char *path, const char *method,
	const char *version, const char *data, size_t *len, void **ctx)
{
	struct conn *c = *ctx;

	(void)arg;
	(void)mhd;
	if (!c)
		return MHD_NO;
	if (!c->call)
		return begin(c, path, method, version);
	if (c->call->done)
		return answer(c);
	if (*len > 0)
		return take_body(c, data, len);
	if (c->call->over)
		return answer(c);
	if (!c->call->dispatched)
		return dispatch(c);
	/* Asked once more for an answer that takes its time. Suspending only now matters: at the end of the first call the
	 * library noted that it has nothing to read; otherwise it would read after the resume, find that a client who shut
	 * down its sending side sends no more, and close without the answer. */
	conn_suspend(c);
	return MHD_YES;
}

/* ---- what the library calls ----------------------------------------------------------------------------------------- */

static struct conn *conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

/* The request line is there. What we return becomes *ctx of on_request and on_completed. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *mhd)
{
	struct conn *c = conn_of(mhd);

	(void)arg;
	free(c->target);
	c->target = xstrdup(target);
	return c;
}

/* We decode; the library must not, for we account for its bytes. */
static size_t on_unescape(void *arg, struct MHD_Connection *mhd, char *s)
{
	(void)arg;
	(void)mhd;
	return strlen(s);
}

/* Answered, or broken off. */
static void on_completed(void *arg, struct MHD_Connection *mhd, void **ctx, enum MHD_RequestTerminationCode why)
{
	struct conn *c = *ctx;

	(void)arg;
	(void)mhd;
	(void)why;
	if (!c)
		return;
	if (c->call && c->call->dispatched && !c->call->done) {
		call_orphan(c->call);
		c->call = NULL;
	} else if (c->call) {
		if (c->call->done && c->call->x.stream)
			c->call->x.stream->gone(c->call->x.stream);
		call_forget(c);
	}
	free(c->target);
	c->target = NULL;
	conn_set_phase(c, READING);
}

static void on_connection(
	void *arg, struct MHD_Connection *mhd, void **socket_ctx, enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = arg;
	struct conn *c = *socket_ctx;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		c = conn_arrival(s, MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
		c->mhd = mhd;
		*socket_ctx = c;
		conn_set_phase(c, READING);
		return;
	}
	if (c->unread) {
		const int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);

		if (fd >= 0)
			outlets_farewell(s->outlets, fd, NULL);
	}
	conn_free(c);
}

/* ---- the server ------------------------------------------------------------------------------------------------------ */

static void on_soon(void *arg)
{
	(void)arg; /* that the loop does not wait is all */
}

/* Before each wait. The library is run again while it has something left, but the rest of the loop must have its turn. */
static void drive(void *arg)
{
	struct http_server *s = arg;
	MHD_UNSIGNED_LONG_LONG wait;

	for (int i = 0; s->run && i < RUNS_A_TURN; i++) {
		s->run = false;
		MHD_run(s->mhd);
		s->run |= MHD_get_timeout(s->mhd, &wait) == MHD_YES && wait == 0;
	}
	if (s->run && !s->soon)
		loop_after(s->loop, 0, on_soon, s, &s->soon);
	outlets_reap(s->outlets);
}

static void on_library(void *arg, uint32_t events)
{
	struct http_server *s = arg;

	(void)events;
	s->run = true;
}

static void on_accept(void *arg, int fd, const struct sockaddr *addr, socklen_t len, size_t entry)
{
	struct http_server *s = arg;

	if (http_server_connections(s) >= s->max) {
		server_turn_away(s, fd);
		return;
	}
	struct conn *c = xcalloc(1, sizeof *c);
	*c = (struct conn){ .s = s, .fd = fd, .peer = ip_of(addr), .listeners = s->o.listen[entry].listeners };
	conn_link(c, ARRIVING);
	s->n_conns++;
	if (MHD_add_connection(s->mhd, fd, addr, len) != MHD_YES && (c = conn_arrival(s, fd)))
		conn_free(c); /* the library has closed fd, and never took c */
	s->run = true;
}

static struct MHD_Daemon *start_daemon(struct http_server *s)
{
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)s->o.tls_cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)s->o.tls_key },
		{ MHD_OPTION_END, 0, NULL },
	};
	const unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
		(s->o.tls_cert ? MHD_USE_TLS : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, STRICTNESS, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_target,
		s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->max + SPARE_FILES, MHD_OPTION_ARRAY,
		s->o.tls_cert ? tls : tls + 2, MHD_OPTION_END);
}

struct http_server *http_server_new(struct loop *l, const struct http_options *o, struct error *e)
{
	struct http_server *s = xcalloc(1, sizeof *s);

	s->loop = l;
	s->o = *o;
	s->max = o->connections_max > 0 ? (size_t)o->connections_max : server_file_limit();
	for (size_t i = 0; i < o->n_trusted; i++)
		if (!cidr_parse(o->trusted[i], &s->trusted[i], e))
			goto free_server;
	s->mhd = start_daemon(s);
	if (!s->mhd) {
		error_set(e, ERR_IO,
			o->tls_cert ? "the HTTP server does not start: check certificate and key"
				    : "the HTTP server does not start");
		goto free_server;
	}
	s->acceptor = acceptor_new(l, o, on_accept, s, e);
	if (!s->acceptor)
		goto stop_daemon;
	for (size_t i = 0; i < o->n_listen; i++)
		s->ports[i] = acceptor_port(s->acceptor, i);
	s->outlets = outlets_new(l);
	s->watch =
		loop_watch(l, MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, on_library, s);
	loop_before_wait(l, drive, s);
	return s;

stop_daemon:
	MHD_stop_daemon(s->mhd);
free_server:
	free(s);
	return NULL;
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	acceptor_free(s->acceptor);
	watch_remove(&s->watch);
	loop_before_wait_no_more(s->loop, drive, s);
	for (enum phase p = 0; p < PHASES; p++)
		for (struct conn *c = s->phases[p].head; c; c = c->next)
			conn_resume(c); /* the library does not stop with suspended connections */
	MHD_stop_daemon(s->mhd);
	while (s->phases[ARRIVING].head)
		conn_free(s->phases[ARRIVING].head);
	outlets_free(s->outlets);
	timer_cancel(&s->sweep);
	timer_cancel(&s->soon);
	free(s);
}
