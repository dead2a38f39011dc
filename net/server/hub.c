/* hub.c: how hub.h does it.
 *
 * A viewer is up to date, or late (its sink took less than it was offered; it waits for writable()). A flush walks the
 * viewers that are not late, a few hundred a turn of the loop, so that nobody else waits for twenty thousand system
 * calls; a viewer that comes or moves in the list meanwhile is served at once. The invariant: whoever is not late has
 * everything up to `settled`, the goal of the last walk that came to its end.
 */
#include "net/server/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

enum {
	WALK = 256,     /* viewers a turn: some 2 ms */
	BATCH = 64,     /* pieces a system call */
	VISITS = 4,     /* looks at a viewer in the shorter of ping and lag time */
	TICKS = 64,     /* in that time */
	FRAME_MAX = 12, /* "ffffffff\r\n" and NUL */
};

/* Ready-made bytes, shared by all who have still to send them: chunk size line, text, CR LF. */
struct piece {
	unsigned refs;
	uint32_t frame; /* bytes of the chunk size line */
	uint32_t text;
	char bytes[];
};

struct viewer {
	struct stream stream; /* first: the server's pointer to it is one to us */
	struct hub *hub;      /* NULL: the hub is gone, end at the first chance */
	struct sink *sink;    /* NULL: not ready yet */
	struct piece *now;    /* being sent, `sent` bytes of it are out; or NULL */
	int64_t taken_ms;     /* when it last took bytes, or became late */
	uint32_t sent;
	uint32_t has;        /* everything up to this number, whole */
	uint32_t place;      /* index in hub->viewers */
	uint32_t late_place; /* index in hub->late, when late */
	uint32_t room;
	bool now_is_event; /* `now` is event has + 1, not a prelude or a ping */
	bool late;
	bool dead; /* will hear gone(), takes nothing */
};

struct room {
	uint64_t viewers, sent;
	int64_t last_ms;
};

/* The pieces after `from`, as one or the other kind of sink wants them. */
struct batch {
	bool good;
	uint32_t from;
	int n;
	struct iovec v[BATCH];
};

struct hub {
	struct loop *loop;
	int64_t ping_ms, lag_ms;
	struct piece **events; /* number n is at n - 1 */
	size_t n_events, cap_events;
	uint32_t goal; /* flushed up to here */
	uint32_t settled;
	struct viewer **viewers, **late;
	size_t n_viewers, cap_viewers, n_late, cap_late, n_ready;
	struct room *rooms;
	size_t n_rooms, cap_rooms;
	struct batch batches[2]; /* by sink->framed */
	struct piece *ping, *prelude;
	size_t walk_at, walk_left, visit_at;
	struct timer *walk, *tick;
};

/* ---- pieces --------------------------------------------------------------------------------------------------------- */

static struct piece *piece_new(const char *text, size_t len)
{
	char frame[FRAME_MAX];

	if (len == 0) { /* a chunk of no bytes would end the stream: a comment instead */
		text = ":\n\n";
		len = 3;
	}
	const size_t n = (size_t)snprintf(frame, sizeof frame, "%x\r\n", (unsigned)len);
	struct piece *p = xmalloc(sizeof *p + n + len + 2);

	*p = (struct piece){ .refs = 1, .frame = (uint32_t)n, .text = (uint32_t)len };
	memcpy(p->bytes, frame, n);
	memcpy(p->bytes + n, text, len);
	memcpy(p->bytes + n + len, "\r\n", 2);
	return p;
}

static struct piece *piece_ref(struct piece *p)
{
	p->refs++;
	return p;
}

static void piece_unref(struct piece *p)
{
	if (p && --p->refs == 0)
		free(p);
}

static struct iovec piece_bytes(struct piece *p, bool framed)
{
	return framed ? (struct iovec){ p->bytes, p->frame + p->text + 2u }
		      : (struct iovec){ p->bytes + p->frame, p->text };
}

/* ---- sending -------------------------------------------------------------------------------------------------------- */

static void set_late(struct viewer *v, bool late)
{
	struct hub *h = v->hub;

	if (v->late == late)
		return;
	v->late = late;
	if (late) {
		grow(&h->late, &h->cap_late, h->n_late + 1, sizeof *h->late);
		v->late_place = (uint32_t)h->n_late;
		h->late[h->n_late++] = v;
	} else {
		struct viewer *last = h->late[--h->n_late];

		last->late_place = v->late_place;
		h->late[v->late_place] = last;
	}
}

static void set_dead(struct viewer *v)
{
	set_late(v, false);
	v->dead = true;
}

static const struct batch *batch_after(struct hub *h, bool framed, uint32_t from)
{
	struct batch *b = &h->batches[framed];

	if (b->good && b->from == from)
		return b;
	b->good = true;
	b->from = from;
	b->n = 0;
	for (uint32_t i = from; i < h->goal && b->n < BATCH; i++)
		b->v[b->n++] = piece_bytes(h->events[i], framed);
	return b;
}

static void forget_batches(struct hub *h)
{
	h->batches[0].good = h->batches[1].good = false;
}

/* What the viewer is to be sent next; `own` has room for one more than a batch. */
static int next_bytes(struct viewer *v, struct iovec *own, const struct iovec **out)
{
	const struct batch *b = batch_after(v->hub, v->sink->framed, v->has + (v->now && v->now_is_event));

	*out = b->v;
	if (!v->now)
		return b->n;
	own[0] = piece_bytes(v->now, v->sink->framed);
	own[0].iov_base = (char *)own[0].iov_base + v->sent;
	own[0].iov_len -= v->sent;
	memcpy(own + 1, b->v, (size_t)b->n * sizeof *own);
	*out = own;
	return b->n + 1;
}

/* Moves on by what was taken of v[0..n]; true when it was all. */
static bool advance(struct viewer *v, const struct iovec *bytes, int n, size_t taken)
{
	int i = 0;

	for (; i < n && taken >= bytes[i].iov_len; i++) {
		taken -= bytes[i].iov_len;
		if (!v->now || v->now_is_event)
			v->has++;
		piece_unref(v->now);
		v->now = NULL;
		v->sent = 0;
	}
	if (i < n && taken > 0) {
		if (!v->now) {
			v->now = piece_ref(v->hub->events[v->has]);
			v->now_is_event = true;
		}
		v->sent += (uint32_t)taken;
	}
	return i == n;
}

static void note_taken(struct viewer *v, int64_t now_ms)
{
	struct room *r = &v->hub->rooms[v->room];

	v->taken_ms = now_ms;
	r->last_ms = now_ms;
	if (v->has > r->sent)
		r->sent = v->has;
}

static void send_to(struct viewer *v, int64_t now_ms)
{
	struct iovec own[BATCH + 1];
	const struct iovec *bytes;

	while (v->now || v->has < v->hub->goal) {
		const int n = next_bytes(v, own, &bytes);
		const ssize_t taken = v->sink->send(v->sink, bytes, n);

		if (taken < 0) {
			set_dead(v);
			return;
		}
		const bool all = advance(v, bytes, n, (size_t)taken);
		if (taken > 0)
			note_taken(v, now_ms);
		if (!all) {
			if (!v->late)
				v->taken_ms = now_ms;
			set_late(v, true);
			return;
		}
	}
	set_late(v, false);
}

static bool is_served(const struct viewer *v)
{
	return v->sink && !v->dead && !v->late;
}

/* ---- walks ---------------------------------------------------------------------------------------------------------- */

static void on_walk(void *arg)
{
	struct hub *h = arg;
	const int64_t now = loop_mono(h->loop);

	for (int i = 0; i < WALK && h->walk_left > 0 && h->n_viewers > 0; i++, h->walk_left--) {
		if (h->walk_at >= h->n_viewers)
			h->walk_at = 0;
		struct viewer *v = h->viewers[h->walk_at++];
		if (is_served(v))
			send_to(v, now);
	}
	if (h->n_viewers == 0)
		h->walk_left = 0;
	if (h->walk_left == 0)
		h->settled = h->goal;
	else if (!h->walk)
		loop_after(h->loop, 0, on_walk, h, &h->walk);
}

void hub_flush(struct hub *h)
{
	if (h->goal == h->n_events)
		return;
	h->goal = (uint32_t)h->n_events;
	forget_batches(h);
	h->walk_left = h->n_viewers;
	if (!h->walk)
		on_walk(h);
}

/* Pings whoever was sent nothing for long, closes whoever takes nothing. */
static void visit(struct viewer *v, int64_t now)
{
	const struct hub *h = v->hub;
	const int64_t idle = now - v->taken_ms;

	if (!v->sink || v->dead)
		return;
	if (v->late && h->lag_ms > 0 && idle >= h->lag_ms) {
		set_dead(v);
		v->sink->close(v->sink);
	} else if (!v->late && h->ping_ms > 0 && idle >= h->ping_ms - h->ping_ms / VISITS) {
		v->now = piece_ref(h->ping);
		v->now_is_event = false;
		send_to(v, now);
	}
}

static int64_t period(const struct hub *h)
{
	return h->ping_ms > 0 && (h->lag_ms <= 0 || h->ping_ms < h->lag_ms) ? h->ping_ms : h->lag_ms;
}

static int64_t tick_ms(const struct hub *h)
{
	return period(h) > TICKS ? period(h) / TICKS : 1;
}

/* A part of the viewers at a time, so that pings do not come in one burst. */
static void on_tick(void *arg)
{
	struct hub *h = arg;
	const int64_t now = loop_mono(h->loop);
	size_t n = h->n_viewers * VISITS * (size_t)tick_ms(h) / (size_t)period(h) + 1;

	if (n > h->n_viewers)
		n = h->n_viewers;
	for (; n > 0; n--) {
		if (h->visit_at >= h->n_viewers)
			h->visit_at = 0;
		visit(h->viewers[h->visit_at++], now);
	}
	if (h->n_viewers > 0)
		loop_after(h->loop, tick_ms(h), on_tick, h, &h->tick);
}

/* ---- viewers -------------------------------------------------------------------------------------------------------- */

static void viewer_ready(struct stream *st, struct sink *sink)
{
	struct viewer *v = (struct viewer *)(void *)st;

	v->sink = sink;
	if (!v->hub) {
		sink->close(sink);
		return;
	}
	v->taken_ms = loop_mono(v->hub->loop);
	v->hub->n_ready++;
	v->hub->rooms[v->room].viewers++;
	send_to(v, v->taken_ms);
	if (!v->hub->tick && period(v->hub) > 0)
		loop_after(v->hub->loop, tick_ms(v->hub), on_tick, v->hub, &v->hub->tick);
}

static void viewer_writable(struct stream *st)
{
	struct viewer *v = (struct viewer *)(void *)st;

	if (v->hub && !v->dead)
		send_to(v, loop_mono(v->hub->loop));
}

static void leave(struct viewer *v)
{
	struct hub *h = v->hub;
	struct viewer *last = h->viewers[--h->n_viewers];

	set_dead(v);
	if (v->sink) {
		h->n_ready--;
		h->rooms[v->room].viewers--;
	}
	h->viewers[v->place] = last;
	last->place = v->place;
	if (last != v && h->walk_left > 0 && is_served(last))
		send_to(last, loop_mono(h->loop)); /* the walk may have passed that place */
}

static void viewer_gone(struct stream *st)
{
	struct viewer *v = (struct viewer *)(void *)st;

	if (v->hub)
		leave(v);
	piece_unref(v->now);
	free(v);
}

static struct piece *prelude_piece(struct hub *h, const char *text)
{
	const size_t len = strlen(text);

	if (!h->prelude || h->prelude->text != len || memcmp(h->prelude->bytes + h->prelude->frame, text, len) != 0) {
		piece_unref(h->prelude);
		h->prelude = piece_new(text, len);
	}
	return piece_ref(h->prelude);
}

static void reach_room(struct hub *h, size_t room)
{
	if (room < h->n_rooms)
		return;
	grow(&h->rooms, &h->cap_rooms, room + 1, sizeof *h->rooms);
	memset(h->rooms + h->n_rooms, 0, (room + 1 - h->n_rooms) * sizeof *h->rooms);
	h->n_rooms = room + 1;
}

struct stream *hub_viewer(struct hub *h, unsigned room, uint64_t since, const char *prelude)
{
	struct viewer *v = xmalloc(sizeof *v);

	*v = (struct viewer){ .stream = { viewer_ready, viewer_writable, viewer_gone }, .hub = h, .room = room };
	v->has = (uint32_t)(since < h->n_events ? since : h->n_events);
	if (prelude && *prelude)
		v->now = prelude_piece(h, prelude);
	reach_room(h, room);
	grow(&h->viewers, &h->cap_viewers, h->n_viewers + 1, sizeof *h->viewers);
	v->place = (uint32_t)h->n_viewers;
	h->viewers[h->n_viewers++] = v;
	return &v->stream;
}

/* ---- the hub -------------------------------------------------------------------------------------------------------- */

struct hub *hub_new(struct loop *l, int ping_ms, int64_t lag_ms)
{
	struct hub *h = xcalloc(1, sizeof *h);

	h->loop = l;
	h->ping_ms = ping_ms;
	h->lag_ms = lag_ms;
	h->ping = piece_new(":\n\n", 3);
	return h;
}

void hub_free(struct hub *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n_viewers; i++) {
		struct viewer *v = h->viewers[i];

		v->hub = NULL;
		if (v->sink && !v->dead)
			v->sink->close(v->sink);
	}
	timer_cancel(&h->walk);
	timer_cancel(&h->tick);
	for (size_t i = 0; i < h->n_events; i++)
		piece_unref(h->events[i]);
	piece_unref(h->ping);
	piece_unref(h->prelude);
	free(h->events);
	free(h->viewers);
	free(h->late);
	free(h->rooms);
	free(h);
}

uint64_t hub_append(struct hub *h, const char *text, size_t len)
{
	grow(&h->events, &h->cap_events, h->n_events + 1, sizeof *h->events);
	h->events[h->n_events++] = piece_new(text, len);
	return h->n_events;
}

void hub_replace(struct hub *h, uint64_t number, const char *text, size_t len)
{
	if (number == 0 || number > h->n_events)
		return;
	piece_unref(h->events[number - 1]);
	h->events[number - 1] = piece_new(text, len);
	forget_batches(h);
}

uint64_t hub_last(const struct hub *h)
{
	return h->n_events;
}

struct hub_room hub_room(const struct hub *h, unsigned room)
{
	if (room >= h->n_rooms)
		return (struct hub_room){ .delivered = h->n_events };
	const struct room *r = &h->rooms[room];
	struct hub_room out = { .viewers = r->viewers, .sent = r->sent, .last_ms = r->last_ms };
	out.delivered = r->viewers ? h->settled : h->n_events;
	for (size_t i = 0; i < h->n_late; i++)
		if (h->late[i]->room == room && h->late[i]->has < out.delivered)
			out.delivered = h->late[i]->has;
	return out;
}

uint64_t hub_viewers(const struct hub *h)
{
	return h->n_ready;
}
