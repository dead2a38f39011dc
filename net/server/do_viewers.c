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

/* One rendering of one room, good until page_stamp moves: 20,000 people who come at once cost one. */
struct cached {
	char slug[ID_MAX];
	int64_t page_stamp, transcript_stamp;
	struct buf page, transcript;
	int64_t epoch, number;     /* of the transcript */
};

void viewers_forget(struct backend *b)
{
	for (size_t i = 0; i < b->n_cached; i++) {
		buf_release(&b->cached[i].page);
		buf_release(&b->cached[i].transcript);
	}
	free(b->cached);
	b->cached = NULL;
	b->n_cached = 0;
}

static struct cached *cached_room(struct backend *b, const char *slug)
{
	for (size_t i = 0; i < b->n_cached; i++)
		if (!strcmp(b->cached[i].slug, slug))
			return &b->cached[i];
	b->cached = xrealloc(b->cached, b->n_cached + 1, sizeof *b->cached);
	struct cached *c = &b->cached[b->n_cached++];
	*c = (struct cached){.page = BUF_INIT, .transcript = BUF_INIT, .page_stamp = -1, .transcript_stamp = -1};
	snprintf(c->slug, sizeof c->slug, "%s", slug);
	return c;
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
struct counted { struct stream st; struct stream *inner; struct backend *b; char address[64]; };

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
	*c = (struct counted){.st = {counted_ready, counted_writable, counted_gone}, .inner = inner, .b = b};
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
		response_problem(&x->res, 410, "this broadcast does not go on from there; read the transcript and start from its since");
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
	if (bounded && !limits_hold(b->viewers, x->req.client)) {
		x->res.type = NULL;
		response_problem(&x->res, 429, "too many viewers from this address");
		response_header(&x->res, "Retry-After", "60");
		exchange_done(x);
		return;
	}
	response_header(&x->res, "X-Accel-Buffering", "no");
	struct stream *viewer = hub_viewer(b->hub, (unsigned)room, since, "retry: 2000\n\n");
	exchange_stream(x, bounded ? counted_new(b, x->req.client, viewer) : viewer);
	exchange_done(x);
}

/* ---- transcript and page ----------------------------------------------------------------------------------------- */

struct viewing {
	struct reading q;
	struct backend *b;
	struct exchange *x;
	int room;
	bool page, done;
	int64_t stamp, epoch, number;
	char slug[ID_MAX], receipt[65];
	char *name;
	struct buf body;
	struct error error;
};

static void viewing_work(struct reading *q, struct reader *r)
{
	struct viewing *v = (struct viewing *)q;
	char question[ID_MAX] = "";
	if (!v->page) {
		v->done = reader_transcript(r, v->name, &v->body, &v->epoch, &v->number, &v->error);
		return;
	}
	const char *fate = v->receipt[0] ? reader_fate(r, v->receipt, question, &v->error) : NULL;
	const struct world *w = reader_world(r, &v->epoch, &v->number, &v->error);
	v->done = w != NULL;
	if (!w)
		return;
	view_room(&v->body, &(struct view_room){.world = w, .slug = v->slug, .name = v->name, .epoch = v->epoch, .number = v->number,
		.receipt = v->receipt[0] ? v->receipt : NULL, .fate = fate, .question = question});
}

static bool fresh(struct exchange *x, int64_t epoch, int64_t number, int64_t stamp)
{
	char tag[80];
	snprintf(tag, sizeof tag, "\"%lld-%lld-%lld\"", (long long)epoch, (long long)number, (long long)stamp);
	response_header(&x->res, "ETag", "%s", tag);
	const char *have = request_header(&x->req, "If-None-Match");
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
	const char *have = request_header(&x->req, "Cookie");
	char token[33];
	if (have && strstr(have, "regie="))
		return;
	id_token(token, b->random);
	response_header(&x->res, "Set-Cookie", "regie=%s; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax%s", token, x->req.secure ? "; Secure" : "");
}

static void viewing_send(struct backend *b, struct exchange *x, const struct cached *c, int room, bool page, const struct buf *body)
{
	if (page) {
		x->res.type = "text/html; charset=utf-8";
		page_headers(b, &x->res, room);
		give_cookie(b, x);
		x->res.status = 200;
		buf_add(&x->res.body, body->data, body->len);
	} else {
		response_header(&x->res, "Access-Control-Allow-Origin", "*");
		response_header(&x->res, "Access-Control-Expose-Headers", "ETag");
		response_header(&x->res, "Cache-Control", "no-cache");
		if (fresh(x, c->epoch, c->number, c->transcript_stamp)) {
			backend_ok_json(x);
			buf_add(&x->res.body, body->data, body->len);
		}
	}
	exchange_done(x);
}

static void viewing_over(struct reading *q)
{
	struct viewing *v = (struct viewing *)q;
	if (!v->done) {
		log_line(LOG_ERROR, "a page was not made: %s", v->error.text);
		response_problem(&v->x->res, 503, "this cannot be read at the moment; try again in a minute");
		exchange_done(v->x);
	} else {
		struct cached *c = cached_room(v->b, v->slug);
		struct buf *slot = v->page ? &c->page : &c->transcript;
		struct buf body = v->body;
		if (!v->receipt[0]) {
			buf_release(slot);
			*slot = v->body;
			v->body = (struct buf)BUF_INIT;
			*(v->page ? &c->page_stamp : &c->transcript_stamp) = v->stamp;
			if (!v->page) {
				c->epoch = v->epoch;
				c->number = v->number;
			}
		}
		viewing_send(v->b, v->x, c, v->room, v->page, &body);
	}
	buf_release(&v->body);
	free(v->name);
	free(v);
}

static void view(struct backend *b, struct exchange *x, const char *slug, bool page)
{
	int room;
	if (!room_of(b, x, slug, &room))
		return;
	const char *receipt = page ? request_arg(&x->req, "receipt") : NULL;
	struct cached *c = cached_room(b, slug);
	if ((!receipt || !*receipt) && (page ? c->page_stamp : c->transcript_stamp) == b->page_stamp) {
		viewing_send(b, x, c, room, page, page ? &c->page : &c->transcript);
		return;
	}
	struct viewing *v = xcalloc(1, sizeof *v);
	*v = (struct viewing){.q = {.work = viewing_work, .over = viewing_over}, .b = b, .x = x, .room = room, .page = page,
		.stamp = b->page_stamp, .name = xstrdup(b->directory->rooms[room].name), .body = BUF_INIT};
	snprintf(v->slug, sizeof v->slug, "%s", slug);
	if (receipt && id_is_slug(receipt)) /* the page repeats it */
		snprintf(v->receipt, sizeof v->receipt, "%s", receipt);
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
		struct key128 k = key128_of(a->data, a->len);
		response_header(&x->res, "Cache-Control", "public, max-age=300");
		response_header(&x->res, "X-Content-Type-Options", "nosniff");
		if (fresh(x, (int64_t)(k.hi >> 1), (int64_t)a->len, 0)) {
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
