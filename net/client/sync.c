/* sync.c: three lanes, each with at most one call under way: pull, push, presence.
 *
 * A lane is idle until its time comes (`due`), busy while its call is under way, and puts its time off when it failed.
 * Everything happens in sync_step: calls end inside transport->run, on the stepping thread.
 *
 *           due                answered                   more, or a verdict
 *   idle ---------> busy -------------------> idle ------------------------------> due at once
 *     ^               | failed
 *     +-- back-off ---+   (a wake makes it due at once)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/client/sync_own.h"
#include "src/base/mem.h"

enum {
	PAGE_ROWS = 20000,
	PRESENCE_MS = 5000,
	LOCK_AGAIN_MS = 1000,
	OTHERS_LOOK_MS = 100, /* how often the lock is tried and verdicts are looked for while something is unsent */
	TICK_MS = 500,        /* how often other processes' operations are looked for without a watch */
	FLUSH_MS = 1000,      /* drafts reach the platter within */
	PRESENCE_AGAIN_MS = 20000,
	PRESENCE_LEAST_MS = 200, /* between two, while someone types */
};

/* ---- the link -------------------------------------------------------------------------------------------------- */

static void set_link(struct sync *s, enum sync_link link, const char *why)
{
	if (link != s->now.link)
		s->now.since = clock_now(s->o.clock);
	s->now.link = link;
	snprintf(s->now.why, sizeof s->now.why, "%.255s", why);
}

/* What the sender knows of the link, kept in the desk for the processes that are not. */
static const char LINK_VALUE[] = "sync.link";

static void say_link(struct sync *s)
{
	char said[sizeof s->link_said];
	snprintf(said, sizeof said, "%d %" PRId64 " %s", (int)s->now.link, s->now.since, s->now.why);
	if (strcmp(said, s->link_said) == 0)
		return;
	memcpy(s->link_said, said, sizeof said);
	desk_set(s->o.desk, LINK_VALUE, said, NULL);
}

static void hear_link(struct sync *s)
{
	char *said = desk_get(s->o.desk, LINK_VALUE), *end = said;
	long link = said == NULL ? (long)LINK_TRYING : strtol(said, &end, 10);
	s->now.link = link < LINK_TRYING || link > LINK_REFUSED ? LINK_TRYING : (enum sync_link)link;
	s->now.since = end == NULL ? 0 : strtoll(end, &end, 10);
	snprintf(s->now.why, sizeof s->now.why, "%.255s", end == NULL || *end != ' ' ? "" : end + 1);
	free(said);
}

static void judge_link(struct sync *s)
{
	const struct lane *bad = s->pull.failing ? &s->pull : s->push.failing ? &s->push : NULL;
	if (s->refused)
		set_link(s, LINK_REFUSED, s->refused_why);
	else if (bad != NULL)
		set_link(s, LINK_DOWN, bad->why);
	else
		set_link(s, s->answered_once ? LINK_UP : LINK_TRYING, "");
	say_link(s);
}

/* ---- presence -------------------------------------------------------------------------------------------------- */

static void presence_over(struct call *c)
{
	struct sync *s = c->ctx;
	if (!lane_answered(s, &s->presence))
		return;
	sync_learn_way(s, sync_mono(s) - s->presence.began);
	lane_done(s, &s->presence, sync_mono(s) + PRESENCE_AGAIN_MS);
}

/* Takes over what was set since; something new goes out soon, but not at every letter. */
static void look_at_presence(struct sync *s)
{
	pthread_mutex_lock(&s->shared->lock);
	bool fresh = s->shared->presence_new && !s->presence.busy;
	if (fresh) {
		s->shared->presence_new = false;
		buf_reset(&s->presence.body);
		buf_adds(&s->presence.body, s->shared->presence);
	}
	pthread_mutex_unlock(&s->shared->lock);
	int64_t soon = s->presence.began + PRESENCE_LEAST_MS;
	if (fresh && !s->presence.failing && !s->refused && soon < s->presence.due)
		s->presence.due = soon;
}

static void start_presence(struct sync *s)
{
	if (s->presence.body.len == 0) {
		s->presence.due = SYNC_NEVER;
		return;
	}
	buf_reset(&s->presence.path);
	buf_adds(&s->presence.path, "/v1/presence");
	lane_start(s, &s->presence, "PUT", PRESENCE_MS, presence_over);
}

void sync_presence(struct sync *s, const char *json)
{
	pthread_mutex_lock(&s->shared->lock);
	bool same = s->shared->presence != NULL && strcmp(s->shared->presence, json) == 0;
	if (!same) {
		free(s->shared->presence);
		s->shared->presence = xstrdup(json);
		s->shared->presence_new = true;
	}
	pthread_mutex_unlock(&s->shared->lock);
	if (!same)
		s->o.transport->wake(s->o.transport);
}

const char *sync_others(const struct sync *s)
{
	return s->others == NULL ? "[]" : s->others;
}

const char *sync_status(const struct sync *s)
{
	return s->status;
}

/* ---- a step ---------------------------------------------------------------------------------------------------- */

static void make_due(struct lane *l, int64_t now)
{
	if (!l->busy && l->due > now)
		l->due = now;
}

static void take_lock(struct sync *s, int64_t now)
{
	if (s->sender || now < s->lock_due)
		return;
	s->sender = desk_take_sender(s->o.desk);
	s->lock_due = now + LOCK_AGAIN_MS;
	s->now.by_other = !s->sender;
	if (s->sender) {
		s->pull.due = s->push.due = now;
		s->now.caught_up = false;
		s->now.since = clock_now(s->o.clock);
		s->link_said[0] = '\0';
	}
}

/* A wake, or a new operation of whatever process, tries at once, back-off or not. */
static void look_for_work(struct sync *s, int64_t now)
{
	bool woken = atomic_exchange(&s->woken, false);
	s->now.unsent = desk_unsent_count(s->o.desk);
	if (s->now.unsent > s->unsent_seen || woken) {
		make_due(&s->push, now);
		if (s->pull.failing || s->refused || woken)
			make_due(&s->pull, now);
	}
	if (s->now.unsent == 0)
		s->push.failing = false;
	s->unsent_seen = s->now.unsent;
}

static bool has_to_send(const struct sync *s)
{
	return s->bound && (s->now.unsent > 0 || s->recount);
}

static void start_due(struct sync *s)
{
	int64_t now = sync_mono(s);
	look_for_work(s, now);
	look_at_presence(s);
	if (!s->push.busy && s->push.due <= now && has_to_send(s))
		sync_start_push(s);
	if (!s->pull.busy && s->pull.due <= now)
		sync_start_pull(s);
	if (!s->presence.busy && s->presence.due <= now && s->bound)
		start_presence(s);
}

/* Drafts reach the platter here, off the interface thread. */
static void flush_desk(struct sync *s)
{
	int64_t now = sync_mono(s);
	if (s->flush_due == SYNC_NEVER)
		s->flush_due = now + FLUSH_MS;
	if (now < s->flush_due)
		return;
	desk_flush(s->o.desk, NULL);
	s->flush_due = SYNC_NEVER;
}

static void earlier(int64_t *t, int64_t other)
{
	if (other < *t)
		*t = other;
}

/* When something is due next, whatever comes in meanwhile. */
static int64_t next_due(const struct sync *s)
{
	int64_t t = s->flush_due, now = sync_mono(s);
	if (!s->sender) {
		earlier(&t, s->lock_due);
		return t;
	}
	if (!s->pull.busy)
		earlier(&t, s->pull.due);
	if (!s->presence.busy && s->bound)
		earlier(&t, s->presence.due);
	if (!s->push.busy && has_to_send(s))
		earlier(&t, s->push.due);
	if (!s->watch.running)
		earlier(&t, now + TICK_MS);
	return t;
}

static void publish_state(struct sync *s)
{
	int64_t age = s->answered_at == 0 ? -1 : sync_mono(s) - s->answered_at;
	bool held_open = s->held && s->pull.busy && s->now.link == LINK_UP;
	s->now.lag_ms = held_open && s->way_ms >= 0 ? s->way_ms : age;
	const char *address = s->o.transport->address == NULL ? NULL : s->o.transport->address(s->o.transport);
	snprintf(s->now.address, sizeof s->now.address, "%s", address == NULL ? "" : address);
	s->now.ready = replica_ready(s->o.replica);
	s->now.whole = replica_whole(s->o.replica);
	pthread_mutex_lock(&s->shared->lock);
	s->shared->state = s->now;
	pthread_mutex_unlock(&s->shared->lock);
}

/* Another process sends: its word on the link, and who we are as the desk and the replica know it. */
static void follow_other(struct sync *s)
{
	hear_link(s);
	s->now.unsent = desk_unsent_count(s->o.desk);
	snprintf(s->now.seat, sizeof s->now.seat, "%s", desk_seat(s->o.desk));
	if (s->now.seat[0] != '\0')
		sync_learn_seat(s);
}

/* Before waiting for another process: it may end, a command does, while something is still to be sent. */
static void look_as_other(struct sync *s)
{
	s->now.unsent = desk_unsent_count(s->o.desk);
	if (s->now.unsent > 0)
		earlier(&s->lock_due, sync_mono(s) + OTHERS_LOOK_MS);
}

void sync_step(struct sync *s, int64_t wait_ms)
{
	take_lock(s, sync_mono(s));
	if (s->sender)
		start_due(s);
	else
		look_as_other(s);
	int64_t left = next_due(s) - sync_mono(s);
	s->o.transport->run(s->o.transport, left < 0 ? 0 : left < wait_ms ? left : wait_ms);
	if (s->sender) {
		start_due(s);
		judge_link(s);
		flush_desk(s);
	} else {
		follow_other(s);
	}
	publish_state(s);
}

void sync_wake(struct sync *s)
{
	atomic_store(&s->woken, true);
	s->o.transport->wake(s->o.transport);
}

void sync_state(const struct sync *s, struct sync_state *out)
{
	pthread_mutex_lock(&s->shared->lock);
	*out = s->shared->state;
	pthread_mutex_unlock(&s->shared->lock);
}

struct sync *sync_new(const struct sync_options *o)
{
	struct sync *s = xcalloc(1, sizeof *s);
	s->o = *o;
	if (s->o.page == 0)
		s->o.page = PAGE_ROWS;
	if (s->o.clock == NULL)
		s->o.clock = clock_system();
	if (s->o.random == NULL)
		s->o.random = randomness_system();
	s->way_ms = -1;
	s->presence.due = s->flush_due = SYNC_NEVER;
	s->now.since = clock_now(s->o.clock);
	s->now.lag_ms = s->now.disk_left = -1;
	s->shared = xcalloc(1, sizeof *s->shared);
	pthread_mutex_init(&s->shared->lock, NULL);
	s->shared->state = s->now;
	sync_watch(s);
	return s;
}


void sync_free(struct sync *s)
{
	if (s == NULL)
		return;
	sync_watch_end(s);
	lane_end(s, &s->pull);
	lane_end(s, &s->push);
	lane_end(s, &s->presence);
	pthread_mutex_destroy(&s->shared->lock);
	free(s->shared->presence);
	free(s->shared);
	free(s->counts);
	free(s->others);
	free(s->status);
	free(s);
}
