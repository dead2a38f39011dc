/* sse.h: a viewer without a browser: one room's live stream, read over a plain socket.
 *
 * For the demo, tests and measurements; speaks HTTP/1.1 without TLS. Never blocks but to look a host's name up. When the
 * connection breaks or falls silent it comes back by itself, after 0.25 s doubling to 5 s, and says in Last-Event-ID what
 * it has, so that what it takes is each event once, in order. The caller owns the loop: sse_poll says what to wait for,
 * sse_wait_ms how long at most, sse_step does what is due.
 */
#ifndef REGIE_NET_CLIENT_SSE_H
#define REGIE_NET_CLIENT_SSE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/base/clock.h"
#include "src/base/error.h"

/* Strings are the reader's, valid during the call. */
struct sse_event {
	const char *id;   /* the stream's last id: of this event, or of one before; "" = none yet */
	const char *name; /* "message" when the stream does not say */
	const char *data; /* lines joined by LF */
};

struct sse_options {
	const char *base;    /* "http://HOST:PORT"; copied */
	const char *path;    /* "/v1/rooms/ROOM/live"; copied */
	const char *last_id; /* where to go on from; NULL or "": from the start */
	const struct clock *clock;
	void (*take)(void *ctx, const struct sse_event *event);
	void *ctx;
};

enum sse_phase {
	SSE_WAITING /* for the next try */,
	SSE_CONNECTING,
	SSE_ASKING,
	SSE_OPEN,
	SSE_REFUSED /* 4xx: for good */
};

struct sse;
struct sse *sse_new(const struct sse_options *o, struct error *e); /* ERR_USAGE: not a http address */
void sse_free(struct sse *s);                                      /* accepts NULL */

void sse_poll(const struct sse *s, struct pollfd *p); /* fd -1: only time is waited for */
int64_t sse_wait_ms(const struct sse *s);             /* until sse_step is due even if nothing comes; -1: never */
void sse_step(struct sse *s, short revents);

void sse_cut(struct sse *s); /* drops the connection, as a bad line would; it comes back */
enum sse_phase sse_phase(const struct sse *s);
const char *sse_last_id(const struct sse *s);
int64_t sse_times(const struct sse *s);   /* how often the stream was opened so far */
const char *sse_why(const struct sse *s); /* why it was not open the last time it was not; "" = never */

#endif
