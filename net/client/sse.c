/* sse.c: bytes → HTTP head → chunks → lines → events (WHATWG HTML, "Server-sent events", 9.2.6). */
#include "net/client/sse.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/mem.h"

enum {
	FIRST_WAIT_MS = 250,
	LAST_WAIT_MS = 5000,
	CONNECT_MS = 5000,
	SILENCE_MS = 45000, /* three of the comments that the backend sends to keep proxies awake */
	READ_MAX = 16384,
	HEAD_MAX = 2 * READ_MAX, /* it may come with the first bytes of the stream behind it */
	EVENT_MAX = 1 << 20,
};

/* What the next byte of the body belongs to, for a chunked body; an identity body is one endless chunk. */
enum chunk { CHUNK_SIZE, CHUNK_DATA, CHUNK_END };

struct sse {
	char *host, *port, *path;
	char *authority; /* host and port as the Host header wants them */
	const struct clock *clock;
	void (*take)(void *ctx, const struct sse_event *event);
	void *ctx;
	enum sse_phase phase;
	int fd;
	int64_t due;     /* mono ms: the next try, or when patience with this connection ends */
	int64_t wait_ms; /* before the next try */
	int64_t times;
	char why[200];
	struct buf out;  /* the request, as far as it is not sent */
	struct buf head; /* the answer up to its empty line, then a chunk's size line */
	struct buf line; /* of the stream, as far as it came */
	struct buf id, last_id, name, data;
	bool chunked, head_done, any_data;
	bool after_cr; /* the last line ended with CR: a LF belongs to it */
	enum chunk chunk;
	unsigned long long left; /* bytes of this chunk still to come */
};

/* ---- coming and going ------------------------------------------------------------------------------------------- */

static int64_t now(const struct sse *s)
{
	return clock_mono(s->clock);
}

static void leave(struct sse *s, enum sse_phase phase, const char *why)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->phase = phase;
	snprintf(s->why, sizeof s->why, "%s", why);
	s->due = now(s) + s->wait_ms;
	s->wait_ms = s->wait_ms * 2 > LAST_WAIT_MS ? LAST_WAIT_MS : s->wait_ms * 2;
}

static void again(struct sse *s, const char *why)
{
	leave(s, SSE_WAITING, why);
}

static void prepare(struct sse *s)
{
	buf_reset(&s->out);
	buf_reset(&s->head);
	buf_reset(&s->line);
	buf_reset(&s->data);
	buf_reset(&s->name);
	s->head_done = s->any_data = s->chunked = s->after_cr = false;
	s->chunk = CHUNK_SIZE;
	s->left = 0;
	buf_reset(&s->id);
	buf_adds(&s->id, s->last_id.data);
	buf_addf(&s->out, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nCache-Control: no-store\r\n",
		s->path, s->authority);
	if (s->last_id.len > 0)
		buf_addf(&s->out, "Last-Event-ID: %s\r\n", s->last_id.data);
	buf_adds(&s->out, "\r\n");
}

static void connect_now(struct sse *s)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int failed = getaddrinfo(s->host, s->port, &want, &found);
	prepare(s);
	if (failed != 0) {
		again(s, gai_strerror(failed));
		return;
	}
	s->fd = socket(found->ai_family, found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, found->ai_protocol);
	bool begun = s->fd >= 0 && (connect(s->fd, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS);
	freeaddrinfo(found);
	if (!begun) {
		again(s, strerror(errno));
		return;
	}
	s->phase = SSE_CONNECTING;
	s->due = now(s) + CONNECT_MS;
}

/* ---- the stream ------------------------------------------------------------------------------------------------- */

static void dispatch(struct sse *s)
{
	buf_reset(&s->last_id);
	buf_adds(&s->last_id, s->id.data);
	if (s->any_data) {
		s->data.data[--s->data.len] = '\0'; /* the LF behind the last line */
		s->take(s->ctx,
			&(struct sse_event){ .id = s->last_id.data,
				.name = s->name.len > 0 ? s->name.data : "message",
				.data = s->data.data });
	}
	buf_reset(&s->data);
	buf_reset(&s->name);
	s->any_data = false;
}

static void take_field(struct sse *s, const char *name, size_t n, const char *value)
{
	if (n == 4 && memcmp(name, "data", n) == 0) {
		buf_adds(&s->data, value);
		buf_addc(&s->data, '\n');
		s->any_data = true;
	} else if (n == 5 && memcmp(name, "event", n) == 0) {
		buf_reset(&s->name);
		buf_adds(&s->name, value);
	} else if (n == 2 && memcmp(name, "id", n) == 0) {
		buf_reset(&s->id);
		buf_adds(&s->id, value);
	} else if (n == 5 && memcmp(name, "retry", n) == 0) {
		long ms = strtol(value, NULL, 10);
		if (ms > 0 && ms <= LAST_WAIT_MS)
			s->wait_ms = ms;
	}
}

static void take_line(struct sse *s)
{
	const char *line = s->line.data, *colon = strchr(line, ':');
	if (s->line.len == 0)
		dispatch(s);
	else if (colon == NULL)
		take_field(s, line, s->line.len, "");
	else if (colon > line)
		take_field(s, line, (size_t)(colon - line), colon + 1 + (colon[1] == ' '));
	buf_reset(&s->line);
}

static bool take_text(struct sse *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n && s->phase == SSE_OPEN; i++) {
		bool twin = s->after_cr && p[i] == '\n';
		s->after_cr = p[i] == '\r';
		if (twin)
			continue;
		if (p[i] == '\n' || p[i] == '\r')
			take_line(s);
		else
			buf_addc(&s->line, p[i]);
		if (s->line.over || s->data.over)
			return false;
	}
	return true;
}

/* The size line of a chunk, byte by byte; false when it is none. */
static bool take_size(struct sse *s, char c)
{
	if (c != '\n') {
		buf_addc(&s->head, c);
		return s->head.len < 64;
	}
	char *end;
	s->left = strtoull(s->head.data, &end, 16);
	bool good = end != s->head.data && s->left > 0; /* 0: the stream was ended */
	buf_reset(&s->head);
	s->chunk = CHUNK_DATA;
	return good;
}

static bool take_body(struct sse *s, const char *p, size_t n)
{
	if (!s->chunked)
		return take_text(s, p, n);
	for (size_t i = 0; i < n && s->phase == SSE_OPEN;) {
		if (s->chunk == CHUNK_SIZE) {
			if (!take_size(s, p[i++]))
				return false;
		} else if (s->chunk == CHUNK_END) {
			if (p[i++] == '\n')
				s->chunk = CHUNK_SIZE;
		} else {
			size_t here = n - i < s->left ? n - i : (size_t)s->left;
			if (!take_text(s, p + i, here))
				return false;
			i += here;
			s->left -= here;
			if (s->left == 0)
				s->chunk = CHUNK_END;
		}
	}
	return true;
}

/* ---- the answer's head ------------------------------------------------------------------------------------------ */

/* Judges the head; false when there is no stream behind it. */
static bool take_head(struct sse *s)
{
	int status = 0;
	char why[80];
	if (sscanf(s->head.data, "HTTP/1.%*1[01] %3d", &status) != 1)
		return false;
	if (status >= 400 && status < 500 && status != 429) {
		snprintf(why, sizeof why, "the backend answered with status %d", status);
		leave(s, SSE_REFUSED, why);
		return true;
	}
	if (status != 200 || strcasestr(s->head.data, "\nContent-Type: text/event-stream") == NULL)
		return false;
	s->chunked = strcasestr(s->head.data, "\nTransfer-Encoding: chunked") != NULL;
	s->phase = SSE_OPEN;
	s->times++;
	s->wait_ms = FIRST_WAIT_MS;
	buf_reset(&s->head);
	return true;
}

static bool take_bytes(struct sse *s, const char *p, size_t n)
{
	size_t before = s->head.len;
	if (s->head_done)
		return take_body(s, p, n);
	buf_add(&s->head, p, n);
	if (s->head.over)
		return false;
	const char *end = memmem(s->head.data, s->head.len, "\r\n\r\n", 4);
	if (end == NULL)
		return true;
	size_t head = (size_t)(end - s->head.data) + 4;
	s->head_done = true;
	s->head.data[head - 2] = '\0';
	return take_head(s) && (s->phase != SSE_OPEN || take_body(s, p + (head - before), n - (head - before)));
}

/* ---- a step ------------------------------------------------------------------------------------------------------ */

static void send_request(struct sse *s)
{
	int error = 0;
	socklen_t size = sizeof error;
	if (s->phase == SSE_CONNECTING && getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) {
		again(s, strerror(error));
		return;
	}
	s->phase = SSE_ASKING;
	ssize_t n = send(s->fd, s->out.data, s->out.len, MSG_NOSIGNAL);
	if (n >= 0)
		buf_drop_front(&s->out, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		again(s, strerror(errno));
}

static void receive(struct sse *s)
{
	char bytes[READ_MAX];
	ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);
	if (n > 0) {
		s->due = now(s) + SILENCE_MS;
		if (!take_bytes(s, bytes, (size_t)n))
			again(s,
				s->phase == SSE_OPEN ? "the stream ended or is no event stream"
						     : "the answer is no event stream");
	} else if (n == 0) {
		again(s, "the stream broke off");
	} else if (errno != EAGAIN && errno != EINTR) {
		again(s, strerror(errno));
	}
}

void sse_step(struct sse *s, short revents)
{
	if (s->phase == SSE_REFUSED)
		return;
	if (s->phase == SSE_WAITING) {
		if (now(s) >= s->due)
			connect_now(s);
		return;
	}
	if (revents != 0 && s->out.len > 0)
		send_request(s);
	else if (revents != 0)
		receive(s);
	if (s->fd >= 0 && now(s) >= s->due)
		again(s, s->phase == SSE_OPEN ? "the stream fell silent" : "there was no answer in time");
}

void sse_poll(const struct sse *s, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = s->fd, .events = s->out.len > 0 ? POLLOUT : POLLIN };
}

int64_t sse_wait_ms(const struct sse *s)
{
	int64_t left = s->due - now(s);
	return s->phase == SSE_REFUSED ? -1 : left < 0 ? 0 : left;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool read_base(struct sse *s, const char *base)
{
	const char *host = strncmp(base, "http://", 7) == 0 ? base + 7 : "";
	bool bracket = host[0] == '[';
	size_t n = bracket ? strcspn(host, "]") : strcspn(host, ":/");
	const char *rest = host + n + (bracket && host[n] != '\0');
	if (n < 1u + bracket)
		return false;
	s->authority = xstrndup(host, strcspn(host, "/"));
	s->host = xstrndup(host + bracket, n - bracket);
	s->port = rest[0] == ':' ? xstrndup(rest + 1, strcspn(rest + 1, "/")) : xstrdup("80");
	return true;
}

struct sse *sse_new(const struct sse_options *o, struct error *e)
{
	struct sse *s = xcalloc(1, sizeof *s);
	s->fd = -1;
	s->clock = o->clock;
	s->take = o->take;
	s->ctx = o->ctx;
	s->wait_ms = FIRST_WAIT_MS;
	s->due = clock_mono(o->clock);
	s->path = xstrdup(o->path);
	buf_init(&s->head, HEAD_MAX);
	buf_init(&s->line, EVENT_MAX);
	buf_init(&s->data, EVENT_MAX);
	buf_init(&s->out, 0);
	buf_init(&s->id, 0);
	buf_init(&s->last_id, 0);
	buf_init(&s->name, 0);
	buf_adds(&s->id, o->last_id == NULL ? "" : o->last_id);
	buf_adds(&s->last_id, s->id.data);
	if (read_base(s, o->base))
		return s;
	error_set(e, ERR_USAGE, "\"%s\" is not an address to read a stream from; give one like \"http://HOST:PORT\"",
		o->base);
	sse_free(s);
	return NULL;
}

void sse_free(struct sse *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	buf_release(&s->out);
	buf_release(&s->head);
	buf_release(&s->line);
	buf_release(&s->data);
	buf_release(&s->id);
	buf_release(&s->last_id);
	buf_release(&s->name);
	free(s->host);
	free(s->port);
	free(s->authority);
	free(s->path);
	free(s);
}

void sse_cut(struct sse *s)
{
	if (s->fd >= 0)
		again(s, "the connection was cut");
}

enum sse_phase sse_phase(const struct sse *s)
{
	return s->phase;
}

const char *sse_last_id(const struct sse *s)
{
	return s->last_id.data;
}

int64_t sse_times(const struct sse *s)
{
	return s->times;
}

const char *sse_why(const struct sse *s)
{
	return s->why;
}
