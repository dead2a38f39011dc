/* http_conn.c: connections, each in a phase with a deadline; the calls they carry; what a stopping server still owes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server/http_own.h"

enum {
	NOTICE_MS = 200,    /* an answer that takes longer watches whether its client left */
	ANSWER_MS = 120000, /* a client that takes longer to read its answer is cut */
};

/* ---- connections and their deadlines -------------------------------------------------------------------------------- */

static void on_sweep(void *arg);

static int64_t limit_of(const struct http_server *s, enum phase phase)
{
	const int64_t limits[PHASES] = { [READING] = s->o.deadline_ms, [PENDING] = NOTICE_MS, [ANSWERING] = ANSWER_MS };

	return limits[phase];
}

/* The sweep comes in delay_ms at the latest; 0: no need. */
static void sweep_by(struct http_server *s, int64_t now_ms, int64_t delay_ms)
{
	if (delay_ms <= 0 || (s->sweep && s->sweep_ms <= now_ms + delay_ms))
		return;
	timer_cancel(&s->sweep);
	s->sweep_ms = now_ms + delay_ms;
	loop_after(s->loop, delay_ms, on_sweep, s, &s->sweep);
}

static void unlink_conn(struct conn *c)
{
	struct list *l = &c->s->phases[c->phase];

	*(c->prev ? &c->prev->next : &l->head) = c->next;
	*(c->next ? &c->next->prev : &l->tail) = c->prev;
}

void conn_link(struct conn *c, enum phase phase)
{
	struct list *l = &c->s->phases[phase];

	c->phase = phase;
	c->since_ms = loop_mono(c->s->loop);
	c->next = NULL;
	c->prev = l->tail;
	*(l->tail ? &l->tail->next : &l->head) = c;
	l->tail = c;
	sweep_by(c->s, c->since_ms, limit_of(c->s, phase));
}

void conn_set_phase(struct conn *c, enum phase phase)
{
	unlink_conn(c);
	conn_link(c, phase);
}

void conn_resume(struct conn *c)
{
	if (!c->suspended)
		return;
	watch_remove(&c->leaving);
	c->suspended = false;
	c->s->run = true;
	library_resume(c);
}

void conn_suspend(struct conn *c)
{
	c->suspended = true;
	library_suspend(c);
}

/* The client left, or will send no more, while its connection is suspended. An answer under way is still sent. */
static void on_leaving(void *arg, uint32_t events)
{
	struct conn *c = arg;

	(void)events;
	watch_remove(&c->leaving);
	if (c->tap) {
		c->tap->dead = true;
		conn_resume(c);
	} else if (c->call) {
		c->call->x.gone = true;
	}
}

void conn_watch_leaving(struct conn *c)
{
	if (!c->leaving)
		c->leaving = loop_watch(c->s->loop, c->fd, EPOLLRDHUP, on_leaving, c);
}

static void overrun(struct conn *c)
{
	const enum phase phase = c->phase;

	conn_set_phase(c, UNTIMED);
	if (phase == PENDING)
		conn_watch_leaving(c);
	else
		shutdown(c->fd, SHUT_RDWR); /* the library sees the end and closes */
}

static void on_sweep(void *arg)
{
	struct http_server *s = arg;
	const int64_t now = loop_mono(s->loop);

	for (enum phase p = 0; p < PHASES; p++) {
		const int64_t limit = limit_of(s, p);

		while (limit > 0 && s->phases[p].head && now - s->phases[p].head->since_ms >= limit)
			overrun(s->phases[p].head);
		if (limit > 0 && s->phases[p].head)
			sweep_by(s, now, s->phases[p].head->since_ms + limit - now);
	}
}

struct conn *conn_arrival(const struct http_server *s, int fd)
{
	struct conn *c = s->phases[ARRIVING].tail;

	while (c && c->fd != fd)
		c = c->prev;
	return c;
}

void conn_free(struct conn *c)
{
	watch_remove(&c->leaving);
	unlink_conn(c);
	c->s->n_conns--;
	free(c->target);
	free(c);
}

/* ---- calls ---------------------------------------------------------------------------------------------------------- */

static void call_free(struct call *k)
{
	response_release(&k->x.res);
	buf_release(&k->body);
	free(k);
}

/* exchange_done lands here. */
static void on_done(struct exchange *x)
{
	struct call *k = x->maker;

	k->done = true;
	if (!k->conn) {
		if (x->stream)
			x->stream->gone(x->stream);
		call_free(k);
	} else if (!k->inside) {
		conn_resume(k->conn);
		k->conn->s->run = true; /* the library calls on_request again, which answers */
	}
}

void call_orphan(struct call *k)
{
	k->x.gone = true;
	k->conn = NULL;
}

struct call *call_new(struct conn *c, const struct head *h)
{
	struct call *k = xcalloc(1, sizeof *k + request_room(h));

	k->x.res.body = (struct buf)BUF_INIT;
	k->x.done = on_done;
	k->x.maker = k;
	k->conn = c;
	k->body = (struct buf)BUF_INIT;
	k->x.req.listeners = c->listeners;
	c->call = k;
	return k;
}

void call_forget(struct conn *c)
{
	call_free(c->call);
	c->call = NULL;
}

/* ---- heads ---------------------------------------------------------------------------------------------------------- */

/* The older library parses a head where it lies: it writes NULs over the spaces of the first line, the colons and the
 * line ends, and gives us pointers into it. So every byte can be accounted for: when the next thing does not begin
 * exactly where the one before must end, there was something that it did not tell us of: a folded line, a NUL, a lone LF,
 * a nameless field (at which it takes the head for complete), a second space. (0.9.75: src/microhttpd/connection.c,
 * parse_initial_message_line, process_header_line, process_broken_line.) Wrong accounts refuse; they never let pass.
 * What remains: a line that ends in NUL LF looks like one that ended in CR LF, and is taken as such. */
bool head_accounts(const struct taken *t, const char *path, size_t head_len)
{
	const char *at = t->head.method + strlen(t->head.method) + 1;

	if (at != path || (at += strlen(t->head.target) + 1) != t->head.version)
		return false;
	at += strlen(t->head.version);
	for (size_t i = 0; i < t->head.n_fields; i++) {
		const struct http_pair *f = &t->head.fields[i];

		if (at[0] || at[1] || (at += 2) != f->name)
			return false;
		at += strlen(f->name) + 1;
		while (at < f->value && (*at == ' ' || *at == '\t'))
			at++;
		if (at != f->value)
			return false;
		at += t->lengths[i];
	}
	return !at[0] && !at[1] && at + 4 == t->head.method + head_len;
}

/* ---- taps ----------------------------------------------------------------------------------------------------------- */

ssize_t tap_send(struct sink *s, const struct iovec *v, int n)
{
	struct tap *t = (struct tap *)(void *)s;
	size_t taken = 0;

	if (t->dead || t->closing)
		return -1;
	for (int i = 0; i < n && !t->wants; i++) {
		size_t some = TAP_BYTES - t->len;

		if (some > v[i].iov_len)
			some = v[i].iov_len;
		memcpy(t->bytes + t->len, v[i].iov_base, some);
		t->len += some;
		taken += some;
		t->wants = some < v[i].iov_len;
	}
	conn_resume(t->conn);
	return (ssize_t)taken;
}

void tap_close(struct sink *s)
{
	struct tap *t = (struct tap *)(void *)s;

	t->closing = true;
	conn_resume(t->conn);
}

/* ---- the server ------------------------------------------------------------------------------------------------------ */

void server_turn_away(struct http_server *s, int fd)
{
	struct http_response r = { .body = BUF_INIT, .close = true };
	struct buf text = BUF_INIT;

	response_problem(&r, 503, "too many connections; try again in a moment");
	response_head(&r, clock_now(loop_clock(s->loop)), (int64_t)r.body.len, false, &text);
	buf_add(&text, r.body.data, r.body.len);
	if (s->o.tls_cert)
		close(fd);
	else
		outlets_farewell(s->outlets, fd, &text);
	buf_release(&text);
	response_release(&r);
}

size_t server_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur == RLIM_INFINITY || r.rlim_cur > 1000000)
		return 1000000;
	return r.rlim_cur > 2 * SPARE_FILES ? (size_t)r.rlim_cur - SPARE_FILES : (size_t)r.rlim_cur / 2;
}

void http_server_url(const struct http_server *s, size_t i, char *out, size_t size)
{
	const char *host = s->o.listen[i].host;

	snprintf(out, size, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", s->o.tls_cert ? "https" : "http", host,
		s->ports[i]);
}

size_t http_server_connections(const struct http_server *s)
{
	return s->n_conns + outlets_count(s->outlets);
}

void http_server_quiesce(struct http_server *s)
{
	s->quiesced = true;
	acceptor_free(s->acceptor);
	s->acceptor = NULL;
	for (struct conn *c = s->phases[READING].head; c; c = c->next)
		if (!c->target) /* idle; one whose request is under way gets an answer */
			shutdown(c->fd, SHUT_RDWR);
}

/* An answer that is not out yet. Streams are none: they are UNTIMED and have no call. */
static bool owes(const struct http_server *s)
{
	if (s->phases[ANSWERING].head)
		return true;
	for (enum phase p = PENDING; p < PHASES; p++)
		for (const struct conn *c = s->phases[p].head; c; c = c->next)
			if (c->call && c->call->done)
				return true;
	return false;
}

void http_server_drain(struct http_server *s, int64_t wait_ms)
{
	const int64_t until = loop_mono(s->loop) + wait_ms;

	for (int64_t left = wait_ms; left > 0 && owes(s); left = until - loop_mono(s->loop))
		loop_step(s->loop, left);
}
