#include "net/server/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/server/parked.h"
#include "net/server/routes.h"
#include "net/server/say.h"
#include "net/server/viewers.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum {
	PING_MS = 14000, /* the contract says: a comment at least every 15 s */
	LAG_MS = 60000,  /* a viewer who takes nothing for so long is closed; he resumes where he was */
	TICK_MS = 1000,
	WAKE_MS = 150,     /* consoles are not woken more often than this by traffic alone */
	QUEUE_MAX = 50000, /* jobs that may wait for the writer before the public is asked to come again */
	READER_THREADS = 2,
	SCRIBE_MS = 25000,     /* consoles say their presence every 20 s */
	SPACE_LEAST = 1 << 20, /* bytes free on a disk that was full, before it is written again */
};

/* ---- what a batch did ------------------------------------------------------------------------------------------- */

static void broadcast(struct backend *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n_events; i++) {
		const struct batch_event *ev = &batch->events[i];
		if (ev->tombstone)
			hub_replace(b->hub, (uint64_t)ev->number, ev->sse, ev->len);
		else
			hub_append(b->hub, ev->sse, ev->len);
	}
	if (batch->n_events) {
		hub_flush(b->hub);
		b->page_stamp++;
	}
}

struct checkpoint {
	struct reading q;
	struct backend *b;
	bool done;
	struct error e;
};

static void checkpoint_work(struct reading *q, struct reader *r)
{
	struct checkpoint *c = (struct checkpoint *)q;
	(void)r;
	c->done = store_checkpoint(c->b->store_options.dir, c->b->store_options.vfs, &c->e);
}

static void checkpoint_over(struct reading *q)
{
	struct checkpoint *c = (struct checkpoint *)q;
	c->b->checkpointing = false;
	if (!c->done)
		log_line(LOG_WARNING, "the write-ahead log was not folded in: %s", c->e.text);
	free(c);
}

static void checkpoint_begin(struct backend *b)
{
	if (b->checkpointing)
		return;
	struct checkpoint *c = xcalloc(1, sizeof *c);
	*c = (struct checkpoint){ .q = { .work = checkpoint_work, .over = checkpoint_over }, .b = b };
	b->checkpointing = true;
	readers_put(b->readers, &c->q);
}

static void batch_over(void *ctx, struct batch *batch)
{
	struct backend *b = ctx;
	b->figures = batch->figures;
	if (!batch->durable) {
		b->trouble = batch->error;
		return;
	}
	b->trouble = (struct error){ 0 };
	b->version = batch->version;
	if (batch->directory) {
		directory_free(b->directory);
		b->directory = batch->directory;
		batch->directory = NULL;
		b->page_stamp++;
	}
	broadcast(b, batch);
	if (batch->purged) {
		readers_forget(b->readers);
		viewers_forget(b);
	}
	if (batch->changed || batch->urgent)
		backend_wake(b, batch->urgent || batch->n_events);
	if (batch->checkpoint_due)
		checkpoint_begin(b);
}

/* ---- consoles that wait ------------------------------------------------------------------------------------------ */

static void wake_now(void *arg)
{
	struct backend *b = arg;
	b->woken_at = clock_mono(b->clock);
	parked_wake(b);
}

void backend_wake(struct backend *b, bool urgent)
{
	int64_t since = clock_mono(b->clock) - b->woken_at;
	if (urgent || since >= WAKE_MS)
		wake_now(b);
	else if (!b->wake_timer)
		loop_after(b->loop, WAKE_MS - since, wake_now, b, &b->wake_timer);
}

/* Makes the writer look whether an event that ends can end now; in trouble, write something, to see whether it is over. */
struct nudge {
	struct job j;
	bool tries;
};

static void nudge_work(struct job *j, struct store *s)
{
	if (((struct nudge *)j)->tries)
		store_meta_set(s, "tried", "", NULL); /* what becomes of it is the batch's to tell */
}

static void job_over(struct job *j, const struct error *failed)
{
	(void)failed;
	free(j);
}

static void nudge(struct backend *b)
{
	struct nudge *n = xcalloc(1, sizeof *n);
	*n = (struct nudge){ .j = { .work = nudge_work, .over = job_over }, .tries = b->trouble.code != ERR_NONE };
	writer_put(b->writer, &n->j);
}

/* A batch that fails costs reading the event anew: a full disk is not tried before there is space on it. */
static bool worth_trying(const struct backend *b)
{
	return b->trouble.code != ERR_FULL || b->space.left < 0 || b->space.left >= SPACE_LEAST;
}

/* After a restart in the midst of ending, presence is not known yet: the scribe's console says it again by itself. */
void backend_scribe(struct backend *b, bool heard)
{
	if (heard || clock_mono(b->clock) >= b->scribe_until)
		b->scribe_until = 0;
	writer_scribe_busy(b->writer, b->scribe_until || presence_scribe_busy(b->presence));
}

/* ---- the interruption card, put up by itself ---------------------------------------------------------------------- */

static void interrupt_work(struct job *j, struct store *s)
{
	(void)j;
	if (store_interrupt(s))
		log_line(LOG_WARNING,
			"no host and no scribe was heard for %d seconds: the event is interrupted; resume goes on",
			SILENCE_MS / 1000);
}

static void look_for_silence(struct backend *b)
{
	bool held = parked_holds(b, silence_concerns);
	if (!silence_look(&b->silence, &b->directory->event, held, clock_mono(b->clock)) || b->trouble.code)
		return;
	struct job *j = xcalloc(1, sizeof *j);
	*j = (struct job){ .work = interrupt_work, .over = job_over, .urgent = true };
	writer_put(b->writer, j);
}

static void tick(void *arg)
{
	struct backend *b = arg;
	loop_after(b->loop, TICK_MS, tick, b, &b->tick_timer);
	if (presence_expire(b->presence, clock_now(b->clock)))
		backend_wake(b, false);
	parked_expire(b);
	if (space_look(&b->space, b->trouble.code == ERR_FULL))
		backend_wake(b, true);
	if (status_look(b))
		backend_wake(b, false);
	look_for_silence(b);
	backend_scribe(b, false);
	if (b->trouble.code ? worth_trying(b) : b->directory->event.ending)
		nudge(b);
}

/* ---- dispatch ---------------------------------------------------------------------------------------------------- */

void backend_ok_json(struct exchange *x)
{
	x->res.status = 200;
	x->res.type = "application/json";
}

size_t backend_body_limit(void *backend, const struct http_request *head)
{
	(void)backend;
	char part[ROUTE_PARTS][ID_MAX + 24], allow[64];
	int status;
	const struct route *r = route_find(head, part, &status, allow);
	return r ? r->body_max : 0;
}

static bool takes(const struct route *r, const struct http_request *req)
{
	if (r->takes == TAKES_NOTHING || (r->takes & TAKES_ANY))
		return true;
	const char *type = request_header(req, "Content-Type");
	size_t len = type ? strcspn(type, "; \t") : 0;
	if ((r->takes & TAKES_JSON) && len == 16 && !strncasecmp(type, "application/json", len))
		return true;
	return (r->takes & TAKES_FORM) && len == 33 && !strncasecmp(type, "application/x-www-form-urlencoded", len);
}

/* Everybody behind a proxy on this machine looks like one neighbour: no bound holds, and seats may be reached from outside. */
static void notice_proxy(struct backend *b, const struct http_request *req)
{
	if (b->behind_proxy || !req->local || !request_header(req, "X-Forwarded-For"))
		return;
	b->behind_proxy = true;
	log_line(LOG_WARNING,
		"a proxy on this machine passes requests on, but none is trusted: give --trust-proxy 127.0.0.0/8, and "
		"let it reach the public listener only");
}

/* What a browser asks before a page of another origin posts or reads. */
static bool preflight(struct exchange *x)
{
	if (x->req.method != HTTP_OPTIONS || !(x->req.listeners & ON_PUBLIC))
		return false;
	const char *origin = request_header(&x->req, "Origin");
	if (!origin || !request_header(&x->req, "Access-Control-Request-Method"))
		return false;
	x->res.status = 204;
	response_header(&x->res, "Access-Control-Allow-Origin", "*");
	response_header(&x->res, "Access-Control-Allow-Methods", "GET, HEAD, POST");
	response_header(&x->res, "Access-Control-Allow-Headers", "Content-Type, Last-Event-ID");
	response_header(&x->res, "Access-Control-Max-Age", "600");
	exchange_done(x);
	return true;
}

/* A request whose body was still being read when the stop came. */
static bool too_late(const struct backend *b, struct exchange *x)
{
	if (!b->finishing)
		return false;
	response_problem(&x->res, 503, "the backend is being stopped; try again in a few seconds");
	response_header(&x->res, "Retry-After", "5");
	exchange_done(x);
	return true;
}

void backend_handle(void *backend, struct exchange *x)
{
	struct backend *b = backend;
	char part[ROUTE_PARTS][ID_MAX + 24], allow[64];
	int status = 404;
	b->tally.requests++;
	x->polish = say_polish;
	x->polish_ctx = b;
	notice_proxy(b, &x->req);
	if (too_late(b, x) || preflight(x))
		return;
	const struct route *r = route_find(&x->req, part, &status, allow);
	if (!r) {
		if (status == 405) {
			response_problem(&x->res, 405, "this address does not take %.20s; it takes %s",
				x->req.method_name, allow);
			response_header(&x->res, "Allow", "%s", allow);
		} else {
			response_problem(&x->res, 404, "there is nothing at this address; see /openapi.json");
		}
		exchange_done(x);
		return;
	}
	if (!takes(r, &x->req)) {
		response_problem(&x->res, 415,
			r->takes & TAKES_FORM ? "send application/json or application/x-www-form-urlencoded"
					      : "send application/json");
		exchange_done(x);
		return;
	}
	const char *const parts[ROUTE_PARTS] = { part[0], part[1] };
	r->handle(b, x, parts);
}

bool backend_seat_still(struct backend *b, struct exchange *x, struct seat_ref *out)
{
	const char *token = request_bearer(&x->req);
	char hash[33];
	if (token) {
		id_token_hash(hash, token);
		for (size_t i = 0; i < b->directory->n_seats; i++)
			if (id_same_secret(b->directory->seats[i].hash, hash)) {
				snprintf(out->id, sizeof out->id, "%s", b->directory->seats[i].id);
				snprintf(out->name, sizeof out->name, "%s", b->directory->seats[i].name);
				out->role = b->directory->seats[i].role;
				return true;
			}
	}
	response_problem(&x->res, 401,
		token ? "this token is not known here; ask the operator for a new one (regied seat renew)"
		      : "a seat's token is needed: Authorization: Bearer TOKEN");
	response_header(&x->res, "WWW-Authenticate", "Bearer");
	exchange_done(x);
	return false;
}

bool backend_seat(struct backend *b, struct exchange *x, struct seat_ref *out)
{
	if (!backend_seat_still(b, x, out))
		return false;
	silence_heard(&b->silence, out->role, clock_mono(b->clock));
	return true;
}

int backend_room(const struct backend *b, const char *slug)
{
	for (size_t i = 0; i < b->directory->n_rooms; i++)
		if (!strcmp(b->directory->rooms[i].slug, slug))
			return (int)i;
	return -1;
}

bool backend_ready(struct backend *b, struct exchange *x)
{
	bool full = writer_waiting(b->writer) > QUEUE_MAX, stopped = b->space.level == SPACE_STOPPED;
	if (!full && !b->trouble.code && !stopped)
		return true;
	if (stopped && !b->trouble.code)
		response_problem(&x->res, 503,
			"nothing more can be taken at the moment (the disk is almost full); try again in a minute");
	else if (b->trouble.code)
		response_problem(&x->res, 503, "nothing can be kept at the moment (%s); try again in a minute",
			b->trouble.code == ERR_FULL ? "the disk is full" : "the disk does not answer");
	else
		response_problem(&x->res, 503, "too many messages at once; try again in a few seconds");
	response_header(&x->res, "Retry-After", "%d", full ? 5 : stopped ? 60 : 30);
	exchange_done(x);
	return false;
}

void backend_disk_json(const struct backend *b, bool always, struct buf *out)
{
	if (!always && b->space.level == SPACE_ENOUGH)
		return;
	buf_addf(out, ",\"disk\":{\"free\":%lld", (long long)b->space.left);
	json_member_bool(out, "low", b->space.level != SPACE_ENOUGH);
	json_member_bool(out, "stopped", b->space.level == SPACE_STOPPED);
	buf_addc(out, '}');
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool take_live(void *arg, const struct live_event *ev)
{
	struct backend *b = arg;
	hub_append(b->hub, ev->sse, ev->len);
	return true;
}

static bool load_broadcast(struct backend *b, struct error *e)
{
	struct reader *r = reader_open(&b->store_options, e);
	bool done = r && reader_live(r, take_live, b, e);
	hub_flush(b->hub); /* who comes back gets what was sent before */
	reader_close(r);
	return done;
}

struct backend *backend_new(const struct backend_options *o, struct error *e)
{
	struct backend *b = xcalloc(1, sizeof *b);
	b->store = o->store;
	b->store_options = o->store_options;
	b->loop = o->loop;
	b->clock = o->clock ? o->clock : clock_system();
	b->random = o->random ? o->random : randomness_system();
	b->hub = hub_new(b->loop, PING_MS, LAG_MS);
	b->directory = store_directory(b->store, e);
	b->presence = presence_new(clock_now(b->clock));
	snprintf(b->event_id, sizeof b->event_id, "%s", store_event_id(b->store));
	b->posts = limits_new(o->posts_a_minute, o->posts_a_minute);
	b->viewers = limits_new(0, o->viewers_an_address);
	b->limit_local_posts = o->limit_local_posts;
	b->limit_local_viewers = o->limit_local_viewers;
	b->behind_proxy = o->behind_proxy;
	b->check = o->check;
	b->parts = parts_new(PARTS_HOLD_MS, PARTS_MAX);
	b->started_at = clock_now(b->clock);
	status_begin(&b->status, b->started_at);
	space_begin(&b->space, &o->space, b->store_options.dir);
	space_look(&b->space, false);
	b->writer = writer_new(b->store, b->loop, batch_over, b);
	b->scribe_until = b->directory && b->directory->event.ending ? clock_mono(b->clock) + SCRIBE_MS : 0;
	backend_scribe(b, false);
	store_figures(b->store, &b->figures);
	b->version = b->figures.version;
	b->readers = b->directory ? readers_new(&b->store_options, b->loop, o->threads ? READER_THREADS : 1, e) : NULL;
	bool good = b->readers && load_broadcast(b, e) &&
		(!o->threads || (writer_start(b->writer, e) && readers_start(b->readers, e)));
	if (good) {
		status_look(b);
		loop_after(b->loop, TICK_MS, tick, b, &b->tick_timer);
		return b;
	}
	backend_free(b);
	return NULL;
}

bool backend_step(struct backend *b)
{
	bool wrote = writer_step(b->writer), read = readers_step(b->readers);
	return wrote || read;
}

void backend_finish(struct backend *b)
{
	if (!b->writer)
		return;
	b->finishing = true;
	timer_cancel(&b->tick_timer);
	timer_cancel(&b->parts_timer);
	sms_parts_flush(b);
	writer_free(b->writer); /* first: what its last batch changed is asked of the readers */
	b->writer = NULL;
	readers_free(b->readers);
	b->readers = NULL;
	timer_cancel(&b->parts_timer);
	timer_cancel(&b->wake_timer);
	parked_free(b);
}

void backend_free(struct backend *b)
{
	if (!b)
		return;
	backend_finish(b);
	status_end(&b->status);
	hub_free(b->hub);
	viewers_forget(b);
	for (size_t i = 0; i < b->n_names; i++)
		free(b->names[i]);
	free(b->names);
	presence_free(b->presence);
	limits_free(b->posts);
	limits_free(b->viewers);
	parts_free(b->parts);
	directory_free(b->directory);
	store_close(b->store);
	free(b);
}
