/* do_viewers.c: what viewers get: the live stream, the transcript, the page and its files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/page.h"
#include "net/server/routes.h"
#include "net/server/view.h"
#include "net/server/viewers.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"

/* A page or a transcript as made last: good until page_stamp moves. 20,000 people who come at once cost one making. */
struct made {
	int64_t stamp; /* -1: never */
	struct buf body;
	char tag[36];           /* of these bytes: another life of the backend may make others */
	struct viewing *making; /* under way, or NULL */
};

/* A room that viewers came to, kept when it is removed; its place in the list is its number in the hub. */
struct viewed {
	char slug[ID_MAX];
	struct made page, transcript;
};

void viewers_forget(struct backend *b)
{
	for (size_t i = 0; i < b->n_viewed; i++) {
		buf_release(&b->viewed[i].page.body);
		buf_release(&b->viewed[i].transcript.body);
	}
	free(b->viewed);
	b->viewed = NULL;
	b->n_viewed = 0;
}

unsigned viewers_room(struct backend *b, const char *slug)
{
	for (size_t i = 0; i < b->n_viewed; i++)
		if (!strcmp(b->viewed[i].slug, slug))
			return (unsigned)i;
	b->viewed = xrealloc(b->viewed, b->n_viewed + 1, sizeof *b->viewed);
	struct viewed *c = &b->viewed[b->n_viewed];
	*c = (struct viewed){ .page = { .stamp = -1, .body = BUF_INIT },
		.transcript = { .stamp = -1, .body = BUF_INIT } };
	snprintf(c->slug, sizeof c->slug, "%s", slug);
	return (unsigned)b->n_viewed++;
}

static struct made *made_of(struct backend *b, const char *slug, bool page)
{
	unsigned room = viewers_room(b, slug); /* which may move the list */
	struct viewed *c = &b->viewed[room];
	return page ? &c->page : &c->transcript;
}

static bool room_of(struct backend *b, struct exchange *x, const char *slug, int *room)
{
	*room = backend_room(b, slug);
	if (*room >= 0)
		return true;
	response_problem(&x->res, 404, "there is no room by this name");
	response_header(&x->res, "Access-Control-Allow-Origin", "*");
	exchange_done(x);
	return false;
}

/* ---- the live stream --------------------------------------------------------------------------------------------- */

/* "EPOCH-N" as live events carry it, or a bare number of this epoch. False: not one of this epoch. */
static bool since_of(const struct backend *b, const char *s, uint64_t *number)
{
	char *end;
	long long epoch = b->directory->epoch, n;
	const char *dash = strchr(s, '-');
	if (dash) {
		epoch = strtoll(s, &end, 10);
		if (end != dash || end == s)
			return false;
		s = dash + 1;
	}
	if (*s < '0' || *s > '9')
		return false;
	n = strtoll(s, &end, 10);
	*number = (uint64_t)n;
	return !*end && n >= 0 && epoch == b->directory->epoch && *number <= hub_last(b->hub);
}

/* Counts the viewer against its address for as long as it stays. */
struct counted {
	struct stream st;
	struct stream *inner;
	struct backend *b;
	char address[64];
};

static void counted_ready(struct stream *st, struct sink *sink)
{
	struct counted *c = (struct counted *)st;
	c->inner->ready(c->inner, sink);
}

static void counted_writable(struct stream *st)
{
	struct counted *c = (struct counted *)st;
	c->inner->writable(c->inner);
}

static void counted_gone(struct stream *st)
{
	struct counted *c = (struct counted *)st;
	c->inner->gone(c->inner);
	limits_let_go(c->b->viewers, c->address);
	free(c);
}

static struct stream *counted_new(struct backend *b, const char *address, struct stream *inner)
{
	struct counted *c = xcalloc(1, sizeof *c);
	*c = (struct counted){ .st = { counted_ready, counted_writable, counted_gone }, .inner = inner, .b = b };
	snprintf(c->address, sizeof c->address, "%s", address);
	return &c->st;
}

HANDLER(handle_live)
{
	int room;
	uint64_t since = 0;
	if (!room_of(b, x, part[0], &room))
		return;
	response_header(&x->res, "Access-Control-Allow-Origin", "*");
	response_header(&x->res, "Cache-Control", "no-store");
	const char *last = request_header(&x->req, "Last-Event-ID");
	if (!last || !*last)
		last = request_arg(&x->req, "since");
	if (last && *last && !since_of(b, last, &since)) {
		response_problem(&x->res, 410,
			"this broadcast does not go on from there; read the transcript and start from its since");
		exchange_done(x);
		return;
	}
	x->res.status = 200;
	x->res.type = "text/event-stream";
	if (x->req.head) {
		exchange_done(x);
		return;
	}
	bool bounded = !x->req.local || b->limit_local_viewers;
	if (bounded && !limits_hold(b->viewers, x->req.net)) {
		x->res.type = NULL;
		response_problem(&x->res, 429, "too many viewers from this address");
		response_header(&x->res, "Retry-After", "60");
		exchange_done(x);
		return;
	}
	response_header(&x->res, "X-Accel-Buffering", "no");
	struct stream *viewer = hub_viewer(b->hub, viewers_room(b, part[0]), since, "retry: 2000\n\n");
	exchange_stream(x, bounded ? counted_new(b, x->req.net, viewer) : viewer);
	exchange_done(x);
}

/* ---- transcript and page ----------------------------------------------------------------------------------------- */

/* One making, and all who wait for it. */
struct viewing {
	struct reading q;
	struct backend *b;
	struct exchange **waiting;
	size_t n, cap;
	bool page, done;
	int64_t stamp; /* page_stamp when it was asked for: what it shows is no older */
	char slug[ID_MAX], receipt[65];
	char *name;
	struct buf body;
	struct error error;
};

static void viewing_work(struct reading *q, struct reader *r)
{
	struct viewing *v = (struct viewing *)q;
	char question[ID_MAX] = "";
	int64_t epoch, number;
	if (!v->page) {
		v->done = reader_transcript(r, v->name, &v->body, &epoch, &number, &v->error);
		return;
	}
	const char *fate = v->receipt[0] ? reader_fate(r, v->receipt, question, &v->error) : NULL;
	const struct world *w = reader_world(r, &epoch, &number, &v->error);
	v->done = w != NULL;
	if (!w)
		return;
	view_room(&v->body,
		&(struct view_room){ .world = w,
			.slug = v->slug,
			.name = v->name,
			.epoch = epoch,
			.number = number,
			.receipt = v->receipt[0] ? v->receipt : NULL,
			.fate = fate,
			.question = question });
}

static void make_tag(char tag[static 36], const void *data, size_t len)
{
	struct key128 k = key128_of(data, len);
	snprintf(tag, 36, "\"%016llx%016llx\"", (unsigned long long)k.hi, (unsigned long long)k.lo);
}

/* False, and 304 is set, when the browser has these bytes. */
static bool fresh(struct exchange *x, const char *tag)
{
	const char *have = request_header(&x->req, "If-None-Match");
	response_header(&x->res, "ETag", "%s", tag);
	if (!have || !strstr(have, tag))
		return true;
	x->res.status = 304;
	return false;
}

void page_headers(const struct backend *b, struct http_response *res, int room)
{
	const char *origins = room >= 0 ? b->directory->rooms[room].origins : "";
	response_header(res, "Content-Security-Policy", VIEW_POLICY "'self'%s%s", *origins ? " " : "", origins);
	response_header(res, "Referrer-Policy", "no-referrer");
	response_header(res, "X-Content-Type-Options", "nosniff");
	response_header(res, "Cache-Control", "no-cache");
}

/* A random name for this browser, so that its questions count as one person's. */
static void give_cookie(struct backend *b, struct exchange *x)
{
	char token[65];
	if (visitor(&x->req, token))
		return;
	id_token(token, b->random);
	response_header(&x->res, "Set-Cookie", "regie=%s; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax%s", token,
		x->req.secure ? "; Secure" : "");
}

static void send_page(struct backend *b, struct exchange *x, int room, const struct buf *body)
{
	x->res.status = 200;
	x->res.type = "text/html; charset=utf-8";
	page_headers(b, &x->res, room);
	give_cookie(b, x);
	buf_add(&x->res.body, body->data, body->len);
}

static void send_transcript(struct exchange *x, const struct buf *body, const char *tag)
{
	response_header(&x->res, "Access-Control-Allow-Origin", "*");
	response_header(&x->res, "Access-Control-Expose-Headers", "ETag");
	response_header(&x->res, "Cache-Control", "no-cache");
	if (!fresh(x, tag))
		return;
	backend_ok_json(x);
	buf_add(&x->res.body, body->data, body->len);
}

static void send_made(struct backend *b, struct exchange *x, const char *slug, bool page, const struct made *m)
{
	int room;
	if (!room_of(b, x, slug, &room)) /* it may have been removed meanwhile */
		return;
	if (page)
		send_page(b, x, room, &m->body);
	else
		send_transcript(x, &m->body, m->tag);
	exchange_done(x);
}

/* Those who wait are answered from the bytes just made, which are then kept unless they are one person's. */
static void viewing_over(struct reading *q)
{
	struct viewing *v = (struct viewing *)q;
	struct made now = { .stamp = v->stamp, .body = v->body },
		    *kept = v->receipt[0] ? NULL : made_of(v->b, v->slug, v->page);
	make_tag(now.tag, now.body.data, now.body.len);
	if (kept && kept->making == v)
		kept->making = NULL;
	if (!v->done)
		log_line(LOG_ERROR, "a page was not made: %s", v->error.text);
	for (size_t i = 0; i < v->n; i++) {
		if (v->done) {
			send_made(v->b, v->waiting[i], v->slug, v->page, &now);
			continue;
		}
		response_problem(&v->waiting[i]->res, 503, "this cannot be read at the moment; try again in a minute");
		exchange_done(v->waiting[i]);
	}
	if (kept && v->done && v->stamp >= kept->stamp) {
		now.making = kept->making;
		buf_release(&kept->body);
		*kept = now;
	} else {
		buf_release(&now.body);
	}
	free(v->waiting);
	free(v->name);
	free(v);
}

static void viewing_join(struct viewing *v, struct exchange *x)
{
	grow(&v->waiting, &v->cap, v->n + 1, sizeof *v->waiting);
	v->waiting[v->n++] = x;
}

static void view(struct backend *b, struct exchange *x, const char *slug, bool page)
{
	int room;
	if (!room_of(b, x, slug, &room))
		return;
	const char *receipt = page ? request_arg(&x->req, "receipt") : NULL;
	struct made *m = made_of(b, slug, page);
	bool own = receipt && id_is_slug(receipt); /* the page repeats it */
	if (!own && m->stamp == b->page_stamp) {
		send_made(b, x, slug, page, m);
		return;
	}
	if (!own && m->making && m->making->stamp == b->page_stamp) {
		viewing_join(m->making, x);
		return;
	}
	struct viewing *v = xcalloc(1, sizeof *v);
	*v = (struct viewing){ .q = { .work = viewing_work, .over = viewing_over },
		.b = b,
		.page = page,
		.stamp = b->page_stamp,
		.name = xstrdup(b->directory->rooms[room].name),
		.body = BUF_INIT };
	snprintf(v->slug, sizeof v->slug, "%s", slug);
	if (own)
		snprintf(v->receipt, sizeof v->receipt, "%s", receipt);
	else
		m->making = v;
	viewing_join(v, x);
	readers_put(b->readers, &v->q);
}

HANDLER(handle_transcript)
{
	view(b, x, part[0], false);
}

HANDLER(handle_page)
{
	view(b, x, part[0], true);
}

HANDLER(handle_asset)
{
	(void)b;
	for (size_t i = 0; i < page_assets_n; i++) {
		const struct asset *a = &page_assets[i];
		if (strcmp(a->name, part[0]) != 0)
			continue;
		char tag[36];
		make_tag(tag, a->data, a->len);
		response_header(&x->res, "Cache-Control", "public, max-age=300");
		response_header(&x->res, "X-Content-Type-Options", "nosniff");
		if (fresh(x, tag)) {
			x->res.status = 200;
			x->res.type = a->type;
			buf_add(&x->res.body, a->data, a->len);
		}
		exchange_done(x);
		return;
	}
	response_problem(&x->res, 404, "there is no such file");
	exchange_done(x);
}
