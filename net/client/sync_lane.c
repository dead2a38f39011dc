/* sync_lane.c: one call at a time on each lane, put off when it failed; and how far the backend's clock is from ours. */
#include <stdio.h>

#include "net/client/sync_own.h"

enum {
	ANSWER_MAX = 64 << 20,
	BACKOFF_FIRST_MS = 250,
	BACKOFF_LAST_MS = 5000,
	REFUSED_AGAIN_MS = 30000, /* a refused token is tried again after so long: a seat may be put back */
	OFFSET_JUMP_MS = 2000,    /* a clock that is off by more than that was set, not drifting */
};

int64_t sync_mono(const struct sync *s)
{
	return clock_mono(s->o.clock);
}

static void lane_release(struct lane *l)
{
	buf_release(&l->path);
	buf_release(&l->body);
	buf_release(&l->call.answer);
}

void lane_start(
	struct sync *s, struct lane *l, const char *method, int64_t timeout_ms, void (*over)(struct call *))
{
	struct buf answer = l->call.answer; /* its memory serves again */
	l->call = (struct call){ .method = method,
		.path = l->path.data,
		.body = l->body.len == 0 ? NULL : l->body.data,
		.body_len = l->body.len,
		.timeout_ms = timeout_ms,
		.held = l == &s->pull && s->held,
		.answer_max = ANSWER_MAX,
		.answer = answer,
		.over = over,
		.ctx = s };
	buf_reset(&l->call.answer);
	l->busy = true;
	l->due = SYNC_NEVER;
	l->began = sync_mono(s);
	s->o.transport->start(s->o.transport, &l->call);
}

void lane_done(struct sync *s, struct lane *l, int64_t due)
{
	l->backoff = 0;
	l->failures = 0;
	l->failing = false;
	l->due = due;
	s->answered_once = true;
}

void lane_failed(struct sync *s, struct lane *l, const char *why)
{
	uint16_t dice;
	randomness_fill(s->o.random, &dice, sizeof dice);
	l->backoff = l->backoff == 0               ? BACKOFF_FIRST_MS
		: l->backoff * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS
						   : l->backoff * 2;
	l->due = sync_mono(s) + l->backoff * 3 / 4 + l->backoff * dice / 2 / 65536;
	l->failing = true;
	l->failures++;
	snprintf(l->why, sizeof l->why, "%.255s", why);
}

void sync_refuse(struct sync *s, const char *why)
{
	s->refused = true;
	snprintf(s->refused_why, sizeof s->refused_why, "%.255s", why);
	s->pull.due = s->push.due = s->presence.due = sync_mono(s) + REFUSED_AGAIN_MS;
}

bool lane_answered(struct sync *s, struct lane *l)
{
	struct error why = { 0 };
	l->busy = false;
	if (call_answered(&l->call, &why)) {
		s->refused = false;
		return true;
	}
	if (l->call.status == 401 || l->call.status == 403)
		sync_refuse(s, why.text);
	else
		lane_failed(s, l, why.text);
	return false;
}

/* Ends a call under way without hearing of it: its over() is run here, where nothing comes of it. */
static void ignore_call(struct call *c)
{
	*(bool *)c->ctx = false;
}

void lane_end(struct sync *s, struct lane *l)
{
	bool busy = l->busy;
	l->call.over = ignore_call;
	l->call.ctx = &busy;
	if (busy)
		s->o.transport->cancel(s->o.transport, &l->call);
	while (busy)
		s->o.transport->run(s->o.transport, 0);
	lane_release(l);
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

void sync_learn_way(struct sync *s, int64_t took)
{
	s->way_ms = s->way_ms < 0 ? took : s->way_ms + (took - s->way_ms) / 4;
}

void sync_learn_clock(struct sync *s, int64_t server_ms)
{
	int64_t offset = server_ms + (s->way_ms < 0 ? 0 : s->way_ms / 2) - clock_now(s->o.clock);
	int64_t off = offset - s->now.clock_offset_ms;
	bool jump = !s->clock_known || off > OFFSET_JUMP_MS || off < -OFFSET_JUMP_MS;
	s->now.clock_offset_ms = jump ? offset : s->now.clock_offset_ms + off / 4;
	s->clock_known = true;
}
