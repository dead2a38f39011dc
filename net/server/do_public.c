/* do_public.c: what the public sends: a question, and the question where it has got to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/server/routes.h"
#include "net/server/say.h"
#include "net/server/take.h"
#include "net/server/view.h"
#include "net/server/viewers.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"

/* ---- what was sent ----------------------------------------------------------------------------------------------- */

enum { F_TEXT_FIELD, F_NAME_FIELD, F_ROOM_FIELD, F_ID_FIELD, F_FROM_FIELD, FIELDS };
static const char *const field_names[FIELDS] = { "text", "name", "room", "id", "from" };
struct sent {
	struct buf v[FIELDS];
	bool given[FIELDS];
};

static void sent_release(struct sent *s)
{
	for (size_t i = 0; i < FIELDS; i++)
		buf_release(&s->v[i]);
}

static bool read_json(struct sent *s, const struct http_request *req, struct error *e)
{
	struct json *j = json_parse(req->body, req->body_len, e);
	bool good = j && (json_is_object(j) || error_set(e, ERR_FORMAT, "send a JSON object with a member \"text\""));
	for (size_t i = 0; good && i < FIELDS; i++) {
		const char *v = json_text(j, field_names[i]);
		if (!v && json_has(j, field_names[i]))
			good = error_set(e, ERR_FORMAT, "\"%s\" is a string", field_names[i]);
		s->given[i] = v != NULL;
		if (v)
			buf_adds(&s->v[i], v);
	}
	json_free(j);
	return good;
}

static void read_form(struct sent *s, const struct http_request *req)
{
	struct form_field v[FIELDS];
	for (size_t i = 0; i < FIELDS; i++)
		v[i] = (struct form_field){ field_names[i], &s->v[i], s->given[i] };
	form_read(req, v, FIELDS);
	for (size_t i = 0; i < FIELDS; i++)
		s->given[i] = v[i].given;
}

static bool is_json(const struct http_request *req)
{
	const char *type = request_header(req, "Content-Type");
	return type && !strncasecmp(type, "application/json", 16);
}

/* ---- who sent it ------------------------------------------------------------------------------------------------- */

bool visitor(const struct http_request *req, char out[static 65])
{
	const char *p = request_header(req, "Cookie");
	while (p && *p) {
		p += strspn(p, " ;");
		size_t len = strcspn(p, ";");
		size_t value =
			len > 6 ? strspn(p + 6, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") : 0;
		if (!strncmp(p, "regie=", 6) && value >= 8 && value <= 64 && value == len - 6) {
			memcpy(out, p + 6, value);
			out[value] = '\0';
			return true;
		}
		p += len;
	}
	return false;
}

/* A partner's own key lets it name its people. */
static const char *partner(const struct backend *b, const struct http_request *req)
{
	const char *key = request_bearer(req);
	char hash[33];
	if (!key)
		return NULL;
	id_token_hash(hash, key);
	for (size_t i = 0; i < b->directory->n_gateways; i++)
		if (!strcmp(b->directory->gateways[i].type, "partner") &&
			id_same_secret(b->directory->gateways[i].hash, hash))
			return b->directory->gateways[i].name;
	return NULL;
}

static struct key128 person_of(const struct backend *b, const char *space, const char *who)
{
	struct buf sender = BUF_INIT;
	buf_addf(&sender, "%s:%s", space, who);
	struct key128 k = store_pseudonym(b->store, sender.data);
	buf_release(&sender);
	return k;
}

/* An `id` given twice by one participant is one message. Who cannot be told apart by a cookie is known by address and
 * words for this alone. */
static struct key128 source_of(
	const struct backend *b, const struct take *t, const struct http_request *req, const char *id)
{
	struct buf source = BUF_INIT;
	bool known = t->arrival.person.hi || t->arrival.person.lo;
	buf_addf(&source, "web:%016llx%016llx:%s", (unsigned long long)t->arrival.person.hi,
		(unsigned long long)t->arrival.person.lo, id);
	if (!known)
		buf_addf(&source, ":%s:%s", req->client, t->text.data);
	struct key128 k = store_pseudonym(b->store, source.data);
	buf_release(&source);
	return k;
}

static bool own_origin(const struct http_request *req, const char *origin)
{
	const char *host = request_header(req, "Host"), *name = strstr(origin, "://");
	return name && host && !strcasecmp(name + 3, host);
}

static bool lists_origin(const char *origins, const char *origin)
{
	size_t len = strlen(origin);
	for (const char *o = origins; *o; o += strcspn(o, " "), o += strspn(o, " "))
		if (strcspn(o, " ") == len && !strncasecmp(o, origin, len))
			return true;
	return false;
}

/* A browser may post from our own page or from an origin that a room lists; programs that name no origin may post. */
static bool origin_allowed(const struct backend *b, struct exchange *x)
{
	const char *origin = request_header(&x->req, "Origin");
	if (!origin || own_origin(&x->req, origin))
		return true;
	for (size_t i = 0; i < b->directory->n_rooms; i++)
		if (lists_origin(b->directory->rooms[i].origins, origin)) {
			response_header(&x->res, "Access-Control-Allow-Origin", "%s", origin);
			response_header(&x->res, "Vary", "Origin");
			return true;
		}
	return false;
}

/* The same of the room that a question names. */
static bool origin_allowed_in(const struct backend *b, const struct http_request *req, int room)
{
	const char *origin = request_header(req, "Origin");
	return !origin || own_origin(req, origin) || lists_origin(b->directory->rooms[room].origins, origin);
}

/* ---- POST /v1/messages ------------------------------------------------------------------------------------------- */

#define WRONG_ORIGIN \
	"questions from this origin are not taken here; the operator can list it with regied room add --origin"

static void message_page(struct take *t)
{
	int room = backend_room(t->b, t->room);
	struct view_receipt v = { .event = &t->b->directory->event,
		.slug = t->room,
		.name = room < 0 ? "" : t->b->directory->rooms[room].name,
		.receipt = t->receipt.receipt };
	t->x->res.status = 202;
	t->x->res.type = "text/html; charset=utf-8";
	page_headers(t->b, &t->x->res, room);
	view_receipt(&t->x->res.body, &v);
}

static void message_answer(struct take *t, const struct error *failed)
{
	struct http_response *res = &t->x->res;
	int status = failed ? 503 : t->receipt.taken == TAKEN_NOT ? 409 : 202;
	const char *why = failed ? "your question cannot be kept at the moment; send it again in a minute"
		: status == 409  ? t->error.text
				 : NULL;
	if (status == 503)
		response_header(res, "Retry-After", "30");
	if (why) {
		response_problem(res, status, "%s", why);
		return;
	}
	if (say_wants_page(&t->x->req)) {
		message_page(t);
		return;
	}
	char id[ID_MAX];
	id_from_number(id, t->receipt.id);
	res->status = 202;
	res->type = "application/json";
	buf_addc(&res->body, '{');
	json_member(&res->body, "id", id);
	json_member(&res->body, "receipt", t->receipt.receipt);
	buf_adds(&res->body, "}\n");
}

/* The status that goes with a refusal is in *status. */
static bool forbidden(int *status, struct error *e, const char *sentence)
{
	*status = 403;
	return error_set(e, ERR_REFUSED, "%s", sentence);
}

static bool message_fill(struct backend *b, struct take *t, const struct sent *s, int *status, struct error *e)
{
	const struct http_request *req = &t->x->req;
	char who[65];
	const char *from = partner(b, req);
	if (!s->given[F_TEXT_FIELD])
		return error_set(e, ERR_FORMAT, "the question's text is missing: give \"text\"");
	const int room = s->v[F_ROOM_FIELD].len ? backend_room(b, s->v[F_ROOM_FIELD].data) : -1;
	if (s->v[F_ROOM_FIELD].len && room < 0)
		return error_set(e, ERR_FORMAT, "there is no room \"%.32s\"",
			id_is_slug(s->v[F_ROOM_FIELD].data) ? s->v[F_ROOM_FIELD].data : "?");
	if (room >= 0 && !origin_allowed_in(b, req, room))
		return forbidden(status, e, WRONG_ORIGIN);
	if (s->v[F_ID_FIELD].len > 128)
		return error_set(e, ERR_FORMAT, "an id is at most 128 bytes");
	if (s->given[F_FROM_FIELD] && !from)
		return forbidden(status, e, "\"from\" wants a partner's key: Authorization: Bearer KEY");
	if (!take_text(t, s->v[F_TEXT_FIELD].data, s->v[F_TEXT_FIELD].len, e))
		return false;
	text_clean_line(s->v[F_NAME_FIELD].data,
		s->v[F_NAME_FIELD].len < TEXT_RAW_MAX ? s->v[F_NAME_FIELD].len : TEXT_RAW_MAX, TEXT_NAME_MAX, &t->name);
	snprintf(t->room, sizeof t->room, "%s", s->v[F_ROOM_FIELD].data);
	t->arrival.channel = CH_WEB;
	if (s->v[F_FROM_FIELD].len)
		t->arrival.person = person_of(b, from, s->v[F_FROM_FIELD].data);
	else if (visitor(req, who))
		t->arrival.person = person_of(b, "web", who);
	if (s->v[F_ID_FIELD].len)
		t->arrival.source = source_of(b, t, req, s->v[F_ID_FIELD].data);
	return true;
}

static void refuse_message(struct take *t, int status, const struct error *e)
{
	t->b->tally.refused++;
	response_problem(&t->x->res, status, "%s", e->text);
	exchange_done(t->x);
	take_free(t);
}

HANDLER(handle_message)
{
	(void)part;
	if (request_bearer(&x->req) && !partner(b, &x->req)) {
		response_problem(&x->res, 401,
			"this key is not known here; ask the operator for a new one (regied gateway renew)");
		response_header(&x->res, "WWW-Authenticate", "Bearer");
		exchange_done(x);
		return;
	}
	struct sent s = { .v = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT } };
	struct error e = { 0 };
	int wait_s = 0;
	if (!origin_allowed(b, x)) {
		response_problem(&x->res, 403, WRONG_ORIGIN);
		exchange_done(x);
		return;
	}
	bool bounded = (!x->req.local || b->limit_local_posts) && !partner(b, &x->req);
	if (bounded && !limits_take(b->posts, x->req.net, clock_mono(b->clock), &wait_s)) {
		b->tally.too_many++;
		response_problem(&x->res, 429, "too many questions from this address; try again in %d s", wait_s);
		response_header(&x->res, "Retry-After", "%d", wait_s);
		exchange_done(x);
		return;
	}
	if (!backend_ready(b, x))
		return;
	struct take *t = take_new(b, x, message_answer);
	bool good = true;
	if (is_json(&x->req))
		good = read_json(&s, &x->req, &e);
	else
		read_form(&s, &x->req);
	int status = 400;
	good = good && message_fill(b, t, &s, &status, &e);
	sent_release(&s);
	if (good)
		take_put(t);
	else
		refuse_message(t, e.code == ERR_TOO_BIG ? 413 : status, &e);
}

/* ---- GET /v1/messages/{receipt} ---------------------------------------------------------------------------------- */

struct fate {
	struct reading q;
	struct exchange *x;
	char receipt[65], question[ID_MAX];
	const char *word;
	struct error e;
};

static void fate_work(struct reading *q, struct reader *r)
{
	struct fate *f = (struct fate *)q;
	f->word = reader_fate(r, f->receipt, f->question, &f->e);
}

static void fate_over(struct reading *q)
{
	struct fate *f = (struct fate *)q;
	struct http_response *res = &f->x->res;
	if (f->word) {
		backend_ok_json(f->x);
		response_header(res, "Cache-Control", "no-store");
		response_header(res, "Access-Control-Allow-Origin", "*");
		buf_addc(&res->body, '{');
		json_member(&res->body, "receipt", f->receipt);
		json_member(&res->body, "fate", f->word);
		if (f->question[0])
			json_member(&res->body, "question", f->question);
		buf_adds(&res->body, "}\n");
	} else if (f->e.code == ERR_NOT_FOUND || f->e.code == ERR_NONE) {
		response_problem(res, 404, "no question has this receipt; look at it again");
	} else {
		response_problem(res, 503, "this cannot be read at the moment; try again in a minute");
	}
	exchange_done(f->x);
	free(f);
}

HANDLER(handle_fate)
{
	struct fate *f = xcalloc(1, sizeof *f);
	*f = (struct fate){ .q = { .work = fate_work, .over = fate_over }, .x = x };
	snprintf(f->receipt, sizeof f->receipt, "%s", part[0]);
	readers_put(b->readers, &f->q);
}
