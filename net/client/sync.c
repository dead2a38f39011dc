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
#include "net/client/sync.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum {
	PAGE_ROWS = 20000,
	BATCH_MAX = 50,  /* operations in one POST */
	HOLD_S = 25,     /* how long the backend may hold the poll open */
	PULL_MS = 60000, /* for a page; a held poll gets HOLD_S more */
	PUSH_MS = 10000,
	PRESENCE_MS = 5000,
	ANSWER_MAX = 64 << 20,
	BACKOFF_FIRST_MS = 250,
	BACKOFF_LAST_MS = 5000,
	REFUSED_AGAIN_MS = 30000, /* a refused token is tried again after so long: a seat may be put back */
	LOCK_AGAIN_MS = 1000,
	OTHERS_LOOK_MS = 100, /* how often the lock is tried and verdicts are looked for while something is unsent */
	TICK_MS = 500,        /* how often other processes' operations are looked for without a watch */
	FLUSH_MS = 1000,      /* drafts reach the platter within */
	PRESENCE_AGAIN_MS = 20000,
	PRESENCE_LEAST_MS = 200, /* between two, while someone types */
	QUICK_MS = 100,          /* a held poll that comes back empty sooner was not held… */
	NOT_HELD_MS = 250,       /* …and is asked again only after this */
	SMALL_ANSWER = 65536,    /* bytes; longer ones say little about the way's length */
	OFFSET_JUMP_MS = 2000,   /* a clock that is off by more than that was set, not drifting */
};
static const int64_t NEVER = INT64_MAX;

struct lane {
	struct call call;
	bool busy, failing;
	int64_t due;     /* mono ms; NEVER: something else must happen first */
	int64_t backoff; /* the last one, 0: none */
	int64_t began;   /* mono ms */
	char why[256];
	struct buf path, body;
};

struct watch {
	pthread_t thread;
	int inotify, stop; /* -1: none */
	bool running;
};

struct sync {
	struct sync_options o;
	struct lane pull, push, presence;
	struct watch watch;
	bool sender;
	int64_t lock_due, flush_due;
	atomic_bool woken;
	int64_t unsent_seen;

	bool refused;
	char refused_why[256];
	bool bound;              /* the desk is this event's and this seat's: before, nothing is sent */
	bool pull_again;         /* a verdict came while a pull was under way */
	bool answered_once;      /* by anything, in this life */
	bool held;               /* the pull under way may be held open */
	int64_t first_n, last_n; /* of the batch under way, as the backend counts */
	bool counting;           /* it only asks for a count */
	bool disagreed;          /* the last push was answered 409 */
	int64_t epoch;           /* of the event, as last told; 0: not known */
	bool recount;            /* it is another than the desk knew: how far do the backend's counts of it go? */
	struct desk_count *counts; /* what was told so far, while they are asked for one by one */
	size_t n_counts, counted;
	int64_t round, asked;    /* how often they were begun anew; when the one under way was asked for */
	int64_t answered_at;     /* mono ms of the last complete answer */
	int64_t way_ms;          /* how long a call takes that the backend does not hold, smoothed; -1: not known */
	bool clock_known;
	char *others, *status;
	int64_t status_stamp; /* of `status`; 0: none */
	char link_said[400]; /* what the desk holds for other processes */

	struct sync_state now; /* the stepping thread's */
	struct shared {        /* what other threads see and set */
		pthread_mutex_t lock;
		struct sync_state state;
		char *presence; /* as last set; NULL: never */
		bool presence_new;
	} * shared;
};

static int64_t mono(const struct sync *s)
{
	return clock_mono(s->o.clock);
}

/* ---- lanes ----------------------------------------------------------------------------------------------------- */

static void lane_release(struct lane *l)
{
	buf_release(&l->path);
	buf_release(&l->body);
	buf_release(&l->call.answer);
}

static void lane_start(
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
	l->due = NEVER;
	l->began = mono(s);
	s->o.transport->start(s->o.transport, &l->call);
}

static void lane_done(struct sync *s, struct lane *l, int64_t due)
{
	l->backoff = 0;
	l->failing = false;
	l->due = due;
	s->answered_once = true;
}

/* Jitter: between three and five quarters, so that a room of consoles does not come back at one instant. */
static void lane_failed(struct sync *s, struct lane *l, const char *why)
{
	uint16_t dice;
	randomness_fill(s->o.random, &dice, sizeof dice);
	l->backoff = l->backoff == 0               ? BACKOFF_FIRST_MS
		: l->backoff * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS
						   : l->backoff * 2;
	l->due = mono(s) + l->backoff * 3 / 4 + l->backoff * dice / 2 / 65536;
	l->failing = true;
	snprintf(l->why, sizeof l->why, "%.255s", why);
}

/* The token or the event is not ours: nothing is tried until much later, or a wake. */
static void refuse(struct sync *s, const char *why)
{
	s->refused = true;
	snprintf(s->refused_why, sizeof s->refused_why, "%.255s", why);
	s->pull.due = s->push.due = s->presence.due = mono(s) + REFUSED_AGAIN_MS;
}

/* Whether a call that is over was answered well; otherwise its lane has been put off. */
static bool lane_answered(struct sync *s, struct lane *l)
{
	struct error why = { 0 };
	l->busy = false;
	if (call_answered(&l->call, &why)) {
		s->refused = false;
		return true;
	}
	if (l->call.status == 401 || l->call.status == 403)
		refuse(s, why.text);
	else
		lane_failed(s, l, why.text);
	return false;
}

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

/* ---- time ------------------------------------------------------------------------------------------------------ */

/* `took`: of a call that was not held. */
static void learn_way(struct sync *s, int64_t took)
{
	s->way_ms = s->way_ms < 0 ? took : s->way_ms + (took - s->way_ms) / 4;
}

static void learn_clock(struct sync *s, int64_t server_ms)
{
	int64_t offset = server_ms + (s->way_ms < 0 ? 0 : s->way_ms / 2) - clock_now(s->o.clock);
	int64_t off = offset - s->now.clock_offset_ms;
	bool jump = !s->clock_known || off > OFFSET_JUMP_MS || off < -OFFSET_JUMP_MS;
	s->now.clock_offset_ms = jump ? offset : s->now.clock_offset_ms + off / 4;
	s->clock_known = true;
}

/* ---- pull ------------------------------------------------------------------------------------------------------ */

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

static void learn_seat(struct sync *s)
{
	const struct world *w = replica_world(s->o.replica);
	const struct seat *seat = world_seat(w, s->now.seat);
	snprintf(s->now.seat_name, sizeof s->now.seat_name, "%.83s", seat == NULL ? "" : seat->name);
	snprintf(s->now.role, sizeof s->now.role, "%s", seat == NULL ? "" : role_names[seat->role]);
}

/* ---- another epoch ---------------------------------------------------------------------------------------------- */

/* An event put back from a backup may lack what this desk did, under whichever client id. So the backend is asked for its
 * count of each (an empty batch is answered with `last`) before anything is sent; then the desk offers again what is
 * missing. */
static const char EPOCH_VALUE[] = "sync.epoch";

static void epoch_agreed(struct sync *s)
{
	char text[24];
	free(s->counts);
	s->counts = NULL;
	if (!s->recount)
		return;
	snprintf(text, sizeof text, "%" PRId64, s->epoch);
	s->recount = s->epoch != 0 && !desk_set(s->o.desk, EPOCH_VALUE, text, NULL);
}

static bool count_anew(struct sync *s, struct error *e)
{
	free(s->counts);
	s->counted = 0;
	s->round++;
	s->recount = true;
	if (!desk_counts(s->o.desk, &s->counts, &s->n_counts, e))
		return false;
	if (s->n_counts == 0)
		epoch_agreed(s); /* there is nothing to compare */
	return true;
}

static void know_epoch(struct sync *s, int64_t epoch)
{
	if (epoch == 0 || epoch == s->epoch)
		return;
	char *known = desk_get(s->o.desk, EPOCH_VALUE);
	bool other = known == NULL || strtoll(known, NULL, 10) != epoch;
	free(known);
	s->epoch = epoch;
	if (other)
		count_anew(s, NULL);
	if (s->recount && !s->push.busy)
		s->push.due = mono(s);
}

static bool take_count(struct sync *s, int64_t last, struct error *e)
{
	s->counts[s->counted++].last = last;
	if (s->counted < s->n_counts)
		return true;
	s->counted = 0; /* on an error they are asked for again */
	if (!desk_counts_are(s->o.desk, s->counts, s->n_counts, e))
		return false;
	epoch_agreed(s);
	return true;
}

/* The desk is this event's and this seat's, or nothing is sent. */
static void know_us(struct sync *s, const struct page_info *info)
{
	struct error e = { 0 };
	if (info->event[0] == '\0' || info->seat[0] == '\0')
		return;
	s->bound = desk_bind(s->o.desk, info->event, info->seat, &e);
	if (!s->bound) {
		refuse(s, e.text);
		return;
	}
	memcpy(s->now.event, info->event, sizeof s->now.event);
	memcpy(s->now.seat, info->seat, sizeof s->now.seat);
	if (info->rows > 0 || s->now.seat_name[0] == '\0')
		learn_seat(s);
	know_epoch(s, info->epoch);
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
	int64_t now = mono(s);
	if (info->more)
		return now;
	if (s->o.once)
		return s->pull_again ? now : NEVER;
	return s->held && empty && now - s->pull.began < QUICK_MS ? now + NOT_HELD_MS : now;
}

static void pulled(struct sync *s)
{
	struct page_info info;
	struct error e = { 0 };
	int64_t took = mono(s) - s->pull.began;
	if (!s->held && s->pull.call.answer.len < SMALL_ANSWER)
		learn_way(s, took);
	if (!replica_apply(s->o.replica, s->pull.call.answer.data, s->pull.call.answer.len, &info, &e)) {
		lane_failed(s, &s->pull, e.text);
		return;
	}
	bool empty = info.rows == 0 && info.presence == NULL && info.status == NULL;
	if (info.time_ms != 0 && (!s->clock_known || s->pull.call.answer.len < SMALL_ANSWER))
		learn_clock(s, info.time_ms);
	hear_others(s, &info);
	s->now.pulls++;
	s->now.answered = s->now.begun;
	s->now.caught_up = !info.more;
	s->answered_at = mono(s);
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
		if (done && s->pull.backoff == BACKOFF_FIRST_MS) {
			s->pull.due = mono(s); /* at once, but not again and again */
			s->pull.failing = false;
		}
		return;
	}
	if (lane_answered(s, &s->pull))
		pulled(s);
}

static void start_pull(struct sync *s)
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

/* ---- push ------------------------------------------------------------------------------------------------------ */

/* Settles what the answer says of this batch; *n: how many. */
static bool settle_all(struct sync *s, const struct json *list, size_t *n, struct error *e)
{
	for (size_t i = 0; i < json_length(list); i++) {
		struct wire_verdict v = { 0 };
		bool good = wire_read_verdict(json_at(list, i), &v, e);
		bool ours = good && v.n >= s->first_n && v.n <= s->last_n && v.verdict != V_VOID;
		if (ours)
			good = desk_settle(s->o.desk, &v, e);
		wire_verdict_release(&v);
		if (!good)
			return false;
		*n += ours;
	}
	return *n > 0 || error_set(e, ERR_FORMAT, "the backend gave no verdict");
}

static void pushed(struct sync *s)
{
	struct error e = { 0 };
	size_t n = 0;
	struct json *j = json_parse(s->push.call.answer.data, s->push.call.answer.len, &e);
	int64_t last;
	bool good = j != NULL;
	if (good && s->counting)
		good = s->asked != s->round || (json_int(j, "last", &last) && take_count(s, last, &e)) ||
			(e.code == ERR_NONE && error_set(&e, ERR_FORMAT, "the backend gave no count"));
	else if (good)
		good = settle_all(s, json_is_object(j) ? json_get(j, "verdicts") : j, &n, &e);
	json_free(j);
	if (!good) {
		lane_failed(s, &s->push, e.text);
		return;
	}
	learn_way(s, mono(s) - s->push.began);
	lane_done(s, &s->push, mono(s));
	if (s->counting)
		return;
	s->disagreed = false;
	s->pull_again = true;
	if (!s->pull.busy && s->pull.due > mono(s))
		s->pull.due = mono(s);
}

/* It was put back before its new epoch was heard of: what earlier client ids did may be missing too. */
static bool count_all(struct sync *s, int64_t last)
{
	return last < s->first_n && count_anew(s, NULL) && s->n_counts > 1;
}

/* 409: the backend counts otherwise. Once, the desk takes its word at once; then only with a pause. */
static void disagree(struct sync *s)
{
	struct error e = { 0 };
	int64_t last;
	struct json *j = json_parse(s->push.call.answer.data, s->push.call.answer.len, NULL);
	bool told = j != NULL && json_int(j, "last", &last);
	json_free(j);
	if (s->counting)
		told = false; /* the desk is another seat's there */
	if (told && !count_all(s, last)) {
		told = desk_last_is(s->o.desk, last, &e);
		if (told)
			epoch_agreed(s);
	}
	if (told && !s->disagreed)
		lane_done(s, &s->push, mono(s));
	else
		lane_failed(s, &s->push,
			e.code != ERR_NONE ? e.text : "the backend counts this desk's operations otherwise");
	s->disagreed = true;
}

static void push_over(struct call *c)
{
	struct sync *s = c->ctx;
	if (c->status == 409) {
		s->push.busy = false;
		disagree(s);
	} else if (lane_answered(s, &s->push)) {
		pushed(s);
	} else if (s->counting && c->status == 400) {
		epoch_agreed(s); /* a backend of an earlier version: the next operation tells */
	}
}

static void begin_batch(struct sync *s, const char *client)
{
	buf_reset(&s->push.path);
	buf_adds(&s->push.path, "/v1/ops");
	buf_reset(&s->push.body);
	buf_addc(&s->push.body, '{');
	json_member(&s->push.body, "client", client);
	buf_adds(&s->push.body, ",\"ops\":[");
}

static void send_batch(struct sync *s)
{
	buf_adds(&s->push.body, "]}");
	lane_start(s, &s->push, "POST", PUSH_MS, push_over);
}

static void ask_count(struct sync *s)
{
	s->counting = true;
	s->asked = s->round;
	s->first_n = s->last_n = 0;
	begin_batch(s, s->counts[s->counted].client);
	send_batch(s);
}

static void start_push(struct sync *s)
{
	struct wire_op batch[BATCH_MAX];
	struct error e = { 0 };
	size_t n = 0;
	bool good = desk_flush(s->o.desk, &e) && (!s->recount || s->counts != NULL || count_anew(s, &e));
	if (good && s->recount) {
		ask_count(s);
		return;
	}
	if (!good || !desk_unsent(s->o.desk, batch, BATCH_MAX, &n, &e)) {
		lane_failed(s, &s->push, e.text);
		return;
	}
	if (n == 0)
		return;
	if (!desk_flush(s->o.desk, &e)) { /* what was put since the first flush */
		for (size_t i = 0; i < n; i++)
			wire_op_release(&batch[i]);
		lane_failed(s, &s->push, e.text);
		return;
	}
	s->counting = false;
	s->first_n = batch[0].n;
	s->last_n = batch[n - 1].n;
	begin_batch(s, desk_client(s->o.desk));
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(&s->push.body, ',');
		wire_op(&s->push.body, &batch[i]);
		wire_op_release(&batch[i]);
	}
	send_batch(s);
}

/* ---- presence -------------------------------------------------------------------------------------------------- */

static void presence_over(struct call *c)
{
	struct sync *s = c->ctx;
	if (!lane_answered(s, &s->presence))
		return;
	learn_way(s, mono(s) - s->presence.began);
	lane_done(s, &s->presence, mono(s) + PRESENCE_AGAIN_MS);
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
		s->presence.due = NEVER;
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

/* ---- what other processes put ---------------------------------------------------------------------------------- */

static void *watch_run(void *arg)
{
	struct sync *s = arg;
	struct pollfd fds[] = { { .fd = s->watch.inotify, .events = POLLIN },
		{ .fd = s->watch.stop, .events = POLLIN } };
	char events[4096];
	for (;;) {
		if (poll(fds, COUNT_OF(fds), -1) < 0)
			continue; /* a signal */
		if (fds[1].revents != 0)
			return NULL;
		if (read(s->watch.inotify, events, sizeof events) > 0)
			s->o.transport->wake(s->o.transport);
	}
}

/* The desk's log is what every commit writes; it is there as long as this process has the desk open. */
static void watch_start(struct sync *s)
{
	struct watch *w = &s->watch;
	w->inotify = w->stop = -1;
	if (s->o.watch == NULL)
		return;
	char *path = path_join(s->o.watch, "desk.db-wal");
	w->inotify = inotify_init1(IN_CLOEXEC);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->running = w->inotify >= 0 && w->stop >= 0 && inotify_add_watch(w->inotify, path, IN_MODIFY) >= 0 &&
		pthread_create(&w->thread, NULL, watch_run, s) == 0;
	free(path);
}

static void watch_stop(struct sync *s)
{
	struct watch *w = &s->watch;
	if (w->running && eventfd_write(w->stop, 1) == 0)
		pthread_join(w->thread, NULL);
	if (w->inotify >= 0)
		close(w->inotify);
	if (w->stop >= 0)
		close(w->stop);
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
	int64_t now = mono(s);
	look_for_work(s, now);
	look_at_presence(s);
	if (!s->push.busy && s->push.due <= now && has_to_send(s))
		start_push(s);
	if (!s->pull.busy && s->pull.due <= now)
		start_pull(s);
	if (!s->presence.busy && s->presence.due <= now && s->bound)
		start_presence(s);
}

/* Drafts reach the platter here, off the interface thread. */
static void flush_desk(struct sync *s)
{
	int64_t now = mono(s);
	if (s->flush_due == NEVER)
		s->flush_due = now + FLUSH_MS;
	if (now < s->flush_due)
		return;
	desk_flush(s->o.desk, NULL);
	s->flush_due = NEVER;
}

static void earlier(int64_t *t, int64_t other)
{
	if (other < *t)
		*t = other;
}

/* When something is due next, whatever comes in meanwhile. */
static int64_t next_due(const struct sync *s)
{
	int64_t t = s->flush_due, now = mono(s);
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
	int64_t age = s->answered_at == 0 ? -1 : mono(s) - s->answered_at;
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
		learn_seat(s);
}

/* Before waiting for another process: it may end, a command does, while something is still to be sent. */
static void look_as_other(struct sync *s)
{
	s->now.unsent = desk_unsent_count(s->o.desk);
	if (s->now.unsent > 0)
		earlier(&s->lock_due, mono(s) + OTHERS_LOOK_MS);
}

void sync_step(struct sync *s, int64_t wait_ms)
{
	take_lock(s, mono(s));
	if (s->sender)
		start_due(s);
	else
		look_as_other(s);
	int64_t left = next_due(s) - mono(s);
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
	s->presence.due = s->flush_due = NEVER;
	s->now.since = clock_now(s->o.clock);
	s->now.lag_ms = s->now.disk_left = -1;
	s->shared = xcalloc(1, sizeof *s->shared);
	pthread_mutex_init(&s->shared->lock, NULL);
	s->shared->state = s->now;
	watch_start(s);
	return s;
}

/* Ends a call under way without hearing of it: its over() is run here, where nothing comes of it. */
static void ignore_call(struct call *c)
{
	*(bool *)c->ctx = false;
}

static void lane_end(struct sync *s, struct lane *l)
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

void sync_free(struct sync *s)
{
	if (s == NULL)
		return;
	watch_stop(s);
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
