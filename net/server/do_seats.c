/* do_seats.c: what consoles ask: changes, operations, presence, and what a partial replica lacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "net/server/parked.h"
#include "net/server/routes.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { WAIT_MAX_S = 60, LIMIT_MAX = 50000, LIMIT = 5000, PACK_LEAST = 2048 /* bytes */ };

/* ---- changes ----------------------------------------------------------------------------------------------------- */

struct parked {
	struct reading q;
	struct parked *next;
	struct backend *b;
	struct exchange *x;
	struct seat_ref seat;
	char cursor[CURSOR_MAX]; /* the store's part of the console's cursor */
	int64_t presence;        /* the presence it knows */
	int64_t status;          /* the status it knows; -1: it wants none */
	enum space_level level;  /* of the disk, when it asked */
	size_t limit;
	int64_t until; /* mono; when an empty answer is due */
	bool unsealed, gzip, packed;
	int64_t read_version; /* the event's version as the loop knew it when the reading was asked for */
	struct buf body;
	struct changes_page page;
	bool done;
	struct error error;
};

static void changes_work(struct reading *q, struct reader *r)
{
	struct parked *p = (struct parked *)q;
	buf_reset(&p->body);
	p->done = reader_changes(r, p->cursor, p->limit, p->unsealed, &p->body, &p->page, &p->error);
}

/* "gzip" or "deflate, gzip;q=0.5", but not "gzip;q=0" (RFC 9110 §12.5.3). */
static bool takes_gzip(const struct http_request *req)
{
	const char *list = request_header(req, "Accept-Encoding"), *gzip = list ? strcasestr(list, "gzip") : NULL;
	if (!gzip)
		return false;
	const char *q = gzip + 4 + strspn(gzip + 4, " \t");
	if (*q != ';' || !(q = strpbrk(q, "=,")) || *q != '=')
		return true;
	return strpbrk(q, "123456789,") && *strpbrk(q, "123456789,") != ',';
}

/* As gzip, in place: for a console on a thin line. False when it is left as it is. */
static bool pack(struct buf *body)
{
	z_stream z = { 0 };
	struct buf out = BUF_INIT;
	if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t room = deflateBound(&z, body->len);
	z.next_in = (unsigned char *)body->data;
	z.avail_in = (unsigned)body->len;
	z.next_out = (unsigned char *)buf_room(&out, room);
	z.avail_out = (unsigned)room;
	bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (done) {
		buf_grown(&out, room - z.avail_out);
		buf_release(body);
		*body = out;
	} else {
		buf_release(&out);
	}
	deflateEnd(&z);
	return done;
}

static void changes_last_line(struct parked *p, struct buf *out)
{
	struct backend *b = p->b;
	int64_t presence = presence_stamp(b->presence);
	buf_adds(out, "{\"next\":\"");
	buf_addf(out, "%s/%lld\"", p->page.next, (long long)presence);
	json_member_bool(out, "more", p->page.more);
	json_member_int(out, "time", clock_now(b->clock));
	json_member_bool(out, "ready", p->page.ready);
	json_member_bool(out, "whole", p->page.whole);
	json_member(out, "event", b->event_id);
	json_member_int(out, "epoch", b->directory->epoch);
	json_member(out, "seat", p->seat.id);
	backend_disk_json(b, false, out);
	if (p->status >= 0 && p->status != b->status.stamp)
		buf_addf(out, ",\"status\":{\"stamp\":%lld,%s", (long long)b->status.stamp, b->status.text.data + 1);
	if (presence != p->presence) {
		buf_adds(out, ",\"presence\":");
		presence_json(b->presence, out);
	}
	buf_adds(out, "}\n");
}

/* The operator may have taken the token away while its console waited. */
static void changes_send(struct parked *p)
{
	struct exchange *x = p->x;
	if (backend_seat_still(p->b, x, &p->seat)) {
		x->res.status = 200;
		x->res.type = "application/x-ndjson";
		response_header(&x->res, "Cache-Control", "no-store");
		if (p->packed)
			response_header(&x->res, "Content-Encoding", "gzip");
		buf_release(&x->res.body);
		x->res.body = p->body;
		p->body = (struct buf)BUF_INIT;
		exchange_done(x);
	}
	buf_release(&p->body);
	free(p);
}

static void pack_work(struct reading *q, struct reader *r)
{
	struct parked *p = (struct parked *)q;
	(void)r;
	p->packed = pack(&p->body);
}

static void pack_over(struct reading *q)
{
	changes_send((struct parked *)q);
}

/* A page of 4 MB takes tens of milliseconds to compress: the readers do it, nobody waits for it but who asked. */
static void changes_answer(struct parked *p)
{
	changes_last_line(p, &p->body);
	if (p->gzip && p->body.len >= PACK_LEAST && p->b->readers) {
		p->q.work = pack_work;
		p->q.over = pack_over;
		readers_put(p->b->readers, &p->q);
	} else {
		changes_send(p);
	}
}

static void changes_failed(struct parked *p)
{
	response_problem(&p->x->res,
		p->error.code == ERR_GONE             ? 410
			: p->error.code == ERR_FORMAT ? 400
						      : 503,
		"%s", p->error.text);
	exchange_done(p->x);
	buf_release(&p->body);
	free(p);
}

static void changes_read(struct parked *p)
{
	p->read_version = p->b->version;
	p->error = (struct error){ 0 };
	readers_put(p->b->readers, &p->q);
}

static void park(struct parked *p)
{
	p->next = p->b->parked;
	p->b->parked = p;
}

static void changes_over(struct reading *q)
{
	struct parked *p = (struct parked *)q;
	if (!p->done) {
		changes_failed(p);
		return;
	}
	bool news = p->page.rows || p->page.more || presence_stamp(p->b->presence) != p->presence ||
		p->b->space.level != p->level || (p->status >= 0 && p->status != p->b->status.stamp);
	if (news || p->x->gone || clock_mono(p->b->clock) >= p->until)
		changes_answer(p);
	else if (p->b->version > p->read_version)
		changes_read(p);
	else
		park(p);
}

void parked_wake(struct backend *b)
{
	struct parked *p = b->parked;
	b->parked = NULL;
	while (p) {
		struct parked *next = p->next;
		changes_read(p);
		p = next;
	}
}

/* Those whose time is over, or whose console has left. */
void parked_expire(struct backend *b)
{
	int64_t now = clock_mono(b->clock);
	for (struct parked **at = &b->parked; *at;) {
		struct parked *p = *at;
		if (now < p->until && !p->x->gone) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		changes_answer(p);
	}
}

bool parked_holds(const struct backend *b, bool (*concerns)(enum role role))
{
	for (const struct parked *p = b->parked; p; p = p->next)
		if (!p->x->gone && concerns(p->seat.role))
			return true;
	return false;
}

void parked_free(struct backend *b)
{
	while (b->parked) {
		struct parked *p = b->parked;
		b->parked = p->next;
		changes_answer(p);
	}
}

static int64_t arg_int(const struct http_request *req, const char *name, int64_t absent, int64_t max)
{
	const char *v = request_arg(req, name);
	int64_t n;
	if (!v)
		return absent;
	if (!strcmp(v, "0"))
		return 0;
	return id_number(v, &n) ? (n < max ? n : max) : -1;
}

HANDLER(handle_changes)
{
	(void)part;
	struct seat_ref seat;
	if (!backend_seat(b, x, &seat))
		return;
	int64_t wait = arg_int(&x->req, "wait", 0, WAIT_MAX_S), limit = arg_int(&x->req, "limit", LIMIT, LIMIT_MAX);
	int64_t status = arg_int(&x->req, "status", -1, INT64_MAX);
	const char *since = request_arg(&x->req, "since");
	size_t len = since ? strcspn(since, "/") : 0;
	if (wait < 0 || limit < 1 || len >= CURSOR_MAX) {
		response_problem(&x->res, 400,
			"wait is a number of seconds up to %d, limit a number of rows from 1 to %d, since a cursor "
			"that this resource gave",
			WAIT_MAX_S, LIMIT_MAX);
		exchange_done(x);
		return;
	}
	struct parked *p = xcalloc(1, sizeof *p);
	*p = (struct parked){ .q = { .work = changes_work, .over = changes_over },
		.b = b,
		.x = x,
		.seat = seat,
		.limit = (size_t)limit,
		.until = clock_mono(b->clock) + wait * 1000,
		.level = b->space.level,
		.status = status,
		.unsealed = seat.role == R_PRODUCER || seat.role == R_ADVISER,
		.gzip = takes_gzip(&x->req),
		.body = BUF_INIT };
	if (since)
		snprintf(p->cursor, sizeof p->cursor, "%.*s", (int)len, since);
	p->presence = since && since[len] ? strtoll(since + len + 1, NULL, 10) : 0;
	changes_read(p);
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

struct ops_job {
	struct job j;
	struct backend *b;
	struct exchange *x;
	struct seat_ref seat;
	struct wire_ops ops;
	struct wire_verdict *verdicts;
	bool done;
	int64_t last;
	struct error error;
};

static void ops_work(struct job *j, struct store *s)
{
	struct ops_job *o = (struct ops_job *)j;
	o->done = store_apply(s, o->seat.id, &o->ops, o->verdicts, &o->last, &o->error);
}

static void ops_conflict(struct ops_job *o)
{
	struct http_response *res = &o->x->res;
	if (o->error.code != ERR_USAGE && o->error.code != ERR_REFUSED) { /* neither out of order nor another seat's */
		response_problem(res, o->error.code == ERR_FORMAT ? 400 : 503, "%s", o->error.text);
		return;
	}
	res->status = 409;
	res->type = "application/problem+json";
	buf_adds(&res->body, "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409");
	json_member(&res->body, "detail", o->error.text);
	json_member_int(&res->body, "last", o->last);
	buf_addc(&res->body, '}');
}

static void ops_answer(struct ops_job *o)
{
	struct buf *body = &o->x->res.body;
	backend_ok_json(o->x);
	buf_adds(body, "{\"verdicts\":[");
	for (size_t i = 0; i < o->ops.n; i++) {
		if (i)
			buf_addc(body, ',');
		wire_verdict(body, &o->verdicts[i]);
	}
	buf_addc(body, ']');
	json_member_int(body, "last", o->last);
	json_member_int(body, "time", clock_now(o->b->clock));
	buf_adds(body, "}\n");
}

static void ops_over(struct job *j, const struct error *failed)
{
	struct ops_job *o = (struct ops_job *)j;
	if (failed) {
		response_problem(&o->x->res, 503, "%s", failed->text);
		response_header(&o->x->res, "Retry-After", "5");
	} else if (o->done) {
		ops_answer(o);
	} else {
		ops_conflict(o);
	}
	exchange_done(o->x);
	for (size_t i = 0; i < o->ops.n; i++)
		wire_verdict_release(&o->verdicts[i]);
	free(o->verdicts);
	wire_ops_release(&o->ops);
	free(o);
}

HANDLER(handle_ops)
{
	(void)part;
	struct seat_ref seat;
	struct error e = { 0 };
	if (!backend_seat(b, x, &seat))
		return;
	if (b->trouble.code && !backend_ready(b, x))
		return;
	struct ops_job *o = xcalloc(1, sizeof *o);
	*o = (struct ops_job){
		.j = { .work = ops_work, .over = ops_over, .urgent = true }, .b = b, .x = x, .seat = seat
	};
	if (!wire_read_ops(x->req.body, x->req.body_len, &o->ops, &e)) {
		response_problem(&x->res, 400, "%s", e.text);
		exchange_done(x);
		free(o);
		return;
	}
	if (o->ops.epoch != 0 && o->ops.epoch != b->directory->epoch) { /* a late repeat, which the desk offers again otherwise */
		response_problem(&x->res, 410, "the event was put back from a backup since; ask for its changes anew");
		exchange_done(x);
		wire_ops_release(&o->ops);
		free(o);
		return;
	}
	o->verdicts = xcalloc(o->ops.n + 1, sizeof *o->verdicts);
	writer_put(b->writer, &o->j);
}

HANDLER(handle_presence)
{
	(void)part;
	struct seat_ref seat;
	struct error e = { 0 };
	if (!backend_seat(b, x, &seat))
		return;
	int64_t before = presence_stamp(b->presence);
	if (presence_put(
		    b->presence, seat.id, seat.role == R_SCRIBE, x->req.body, x->req.body_len, clock_now(b->clock), &e))
		x->res.status = 204;
	else
		response_problem(&x->res, 400, "%s", e.text);
	if (x->res.status == 204 && presence_here(b->presence, seat.id))
		silence_here(&b->silence, seat.role, &b->directory->event, clock_mono(b->clock));
	backend_scribe(b, seat.role == R_SCRIBE);
	exchange_done(x);
	if (presence_stamp(b->presence) != before)
		backend_wake(b, false);
}

/* ---- questions to the store -------------------------------------------------------------------------------------- */

struct asked {
	struct reading q;
	struct exchange *x;
	int64_t theme, before, limit;
	uint64_t seed;
	bool sample, done;
	char words[256];
	struct buf body;
	struct error error;
};

static void asked_work(struct reading *q, struct reader *r)
{
	struct asked *a = (struct asked *)q;
	a->done = a->sample ? reader_sample(r, a->theme, a->seed, (size_t)a->limit, &a->body, &a->error)
			    : reader_messages(r, a->theme, a->words[0] ? a->words : NULL, a->before, (size_t)a->limit,
				      &a->body, &a->error);
}

static void asked_over(struct reading *q)
{
	struct asked *a = (struct asked *)q;
	if (a->done) {
		a->x->res.status = 200;
		a->x->res.type = "application/x-ndjson";
		buf_release(&a->x->res.body);
		a->x->res.body = a->body;
	} else {
		response_problem(&a->x->res,
			a->error.code == ERR_NOT_FOUND    ? 404
				: a->error.code == ERR_IO ? 503
							  : 400,
			"%s", a->error.text);
		buf_release(&a->body);
	}
	exchange_done(a->x);
	free(a);
}

static void ask(struct backend *b, struct exchange *x, struct asked *a)
{
	const char *words = request_arg(&x->req, "q");
	a->q = (struct reading){ .work = asked_work, .over = asked_over };
	a->x = x;
	a->body = (struct buf)BUF_INIT;
	a->limit = arg_int(&x->req, "limit", a->sample ? 10 : 100, 1000);
	a->before = arg_int(&x->req, "before", 0, INT64_MAX);
	a->seed = (uint64_t)arg_int(&x->req, "seed", 1, INT64_MAX);
	snprintf(a->words, sizeof a->words, "%s", words ? words : "");
	if (a->theme >= 0 && a->limit > 0 && a->before >= 0 && (!words || strlen(words) < sizeof a->words)) {
		readers_put(b->readers, &a->q);
		return;
	}
	response_problem(
		&x->res, 400, "theme, before, seed and limit (up to 1000) are numbers, q is at most 255 bytes");
	exchange_done(x);
	free(a);
}

HANDLER(handle_messages)
{
	(void)part;
	struct seat_ref seat;
	if (!backend_seat(b, x, &seat))
		return;
	struct asked *a = xcalloc(1, sizeof *a);
	a->theme = arg_int(&x->req, "theme", 0, INT64_MAX);
	ask(b, x, a);
}

HANDLER(handle_sample)
{
	struct seat_ref seat;
	if (!backend_seat(b, x, &seat))
		return;
	struct asked *a = xcalloc(1, sizeof *a);
	a->sample = true;
	if (!id_number(part[0], &a->theme))
		a->theme = -1;
	ask(b, x, a);
}
