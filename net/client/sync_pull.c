/* sync_pull.c: rows of the event, by a poll that the backend holds open once all is here. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/client/sync_own.h"

enum {
	HOLD_S = 25,          /* how long the backend may hold the poll open */
	PULL_MS = 60000,      /* for a page; a held poll gets HOLD_S more */
	QUICK_MS = 100,       /* a held poll that comes back empty sooner was not held… */
	NOT_HELD_MS = 250,    /* …and is asked again only after this */
	SMALL_ANSWER = 65536, /* bytes; longer ones say little about the way's length */
};

/* Everything but the unreserved characters of RFC 3986 as %XX. */
static void add_escaped(struct buf *b, const char *p)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *p != '\0'; p++)
		if (strchr(plain, *p) != NULL)
			buf_addc(b, *p);
		else
			buf_addf(b, "%%%02X", (unsigned)(unsigned char)*p);
}

void sync_learn_seat(struct sync *s)
{
	const struct world *w = replica_world(s->o.replica);
	const struct seat *seat = world_seat(w, s->now.seat);
	snprintf(s->now.seat_name, sizeof s->now.seat_name, "%.83s", seat == NULL ? "" : seat->name);
	snprintf(s->now.role, sizeof s->now.role, "%s", seat == NULL ? "" : role_names[seat->role]);
}

/* The desk is this event's and this seat's, or nothing is sent. */
static void know_us(struct sync *s, const struct page_info *info)
{
	struct error e = { 0 };
	if (info->event[0] == '\0' || info->seat[0] == '\0')
		return;
	s->bound = desk_bind(s->o.desk, info->event, info->seat, &e);
	if (!s->bound) {
		sync_refuse(s, e.text);
		return;
	}
	memcpy(s->now.event, info->event, sizeof s->now.event);
	memcpy(s->now.seat, info->seat, sizeof s->now.seat);
	if (info->rows > 0 || s->now.seat_name[0] == '\0')
		sync_learn_seat(s);
	sync_know_epoch(s, info->epoch);
}

static void take_text(char **to, char **from)
{
	if (*from == NULL)
		return;
	free(*to);
	*to = *from;
	*from = NULL;
}

static void hear_others(struct sync *s, struct page_info *info)
{
	if (info->status != NULL)
		s->status_stamp = info->status_stamp;
	take_text(&s->others, &info->presence);
	take_text(&s->status, &info->status);
}

static int64_t next_pull(const struct sync *s, const struct page_info *info, bool empty)
{
	int64_t now = sync_mono(s);
	if (info->more)
		return now;
	if (s->o.once)
		return s->pull_again ? now : SYNC_NEVER;
	return s->held && empty && now - s->pull.began < QUICK_MS ? now + NOT_HELD_MS : now;
}

static void pulled(struct sync *s)
{
	struct page_info info;
	struct error e = { 0 };
	int64_t took = sync_mono(s) - s->pull.began;
	if (!s->held && s->pull.call.answer.len < SMALL_ANSWER)
		sync_learn_way(s, took);
	if (!replica_apply(s->o.replica, s->pull.call.answer.data, s->pull.call.answer.len, &info, &e)) {
		lane_failed(s, &s->pull, e.text);
		return;
	}
	bool empty = info.rows == 0 && info.presence == NULL && info.status == NULL;
	if (info.time_ms != 0 && (!s->clock_known || s->pull.call.answer.len < SMALL_ANSWER))
		sync_learn_clock(s, info.time_ms);
	hear_others(s, &info);
	s->now.pulls++;
	s->now.answered = s->now.begun;
	s->now.caught_up = !info.more;
	s->answered_at = sync_mono(s);
	s->now.disk_left = info.disk_left;
	s->now.disk_stopped = info.disk_stopped;
	lane_done(s, &s->pull, next_pull(s, &info, empty));
	know_us(s, &info);
}

static void pull_over(struct call *c)
{
	struct sync *s = c->ctx;
	struct error e = { 0 };
	if (c->status == 410) {
		s->pull.busy = false;
		s->now.caught_up = false;
		bool done = replica_restart(s->o.replica, &e);
		lane_failed(
			s, &s->pull, done ? "the backend was put back or holds another event: starting anew" : e.text);
		if (done && s->pull.failures == 1) {
			s->pull.due = sync_mono(s); /* at once, but not again and again */
			s->pull.failing = false;
		}
		return;
	}
	if (lane_answered(s, &s->pull))
		pulled(s);
}

void sync_start_pull(struct sync *s)
{
	s->held = !s->o.once && s->now.caught_up && !s->pull.failing;
	buf_reset(&s->pull.path);
	buf_adds(&s->pull.path, "/v1/changes?since=");
	add_escaped(&s->pull.path, replica_cursor(s->o.replica));
	buf_addf(&s->pull.path, "&wait=%d&limit=%zu&status=%" PRId64, s->held ? HOLD_S : 0, s->o.page, s->status_stamp);
	s->now.begun++;
	s->pull_again = false;
	lane_start(s, &s->pull, "GET", PULL_MS + (s->held ? HOLD_S * 1000 : 0), pull_over);
}
