/* do_sms.c: one SMS from a gateway. The sender's number lives in this request only: it becomes a keyed pseudonym here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/gateway.h"
#include "net/server/parked.h"
#include "net/server/routes.h"
#include "net/server/take.h"
#include "src/base/log.h"
#include "src/base/mem.h"

/* An answer that no gateway takes for a text to send back: no body, text/plain (facts: JSON would be texted to the phone). */
static void sms_ok(struct http_response *res)
{
	res->status = 202;
	res->type = "text/plain; charset=utf-8";
}

static void sms_failed(struct http_response *res, const char *why)
{
	response_problem(res, 503, "%s", why);
	res->type = "text/plain; charset=utf-8";
	buf_reset(&res->body);
	response_header(res, "Retry-After", "5");
}

/* What the intake does not take is answered as taken: a gateway can do nothing about it but repeat. */
static void sms_answer(struct take *t, const struct error *failed)
{
	if (failed)
		sms_failed(&t->x->res, failed->text);
	else
		sms_ok(&t->x->res);
}

static int gateway_of(const struct backend *b, const char *name, const char *key)
{
	char hash[33];
	id_token_hash(hash, key ? key : "");
	for (size_t i = 0; i < b->directory->n_gateways; i++)
		if (!strcmp(b->directory->gateways[i].name, name))
			return id_same_secret(b->directory->gateways[i].hash, hash) ? (int)i : -1;
	return -1;
}

static struct key128 sms_person(const struct backend *b, const char *sender)
{
	char name[PHONE_MAX + 8];
	snprintf(name, sizeof name, "sms:%s", sender);
	struct key128 k = store_pseudonym(b->store, name);
	explicit_bzero(name, sizeof name);
	return k;
}

/* ---- parts of long messages ------------------------------------------------------------------------------------- */

static void parts_arm(struct backend *b);

static void whole_answer(struct take *t, const struct error *failed)
{
	size_t n = 0;
	void **waiters = parts_settle(t->b->parts, t->key, !failed, clock_mono(t->b->clock), &n);
	for (size_t i = 0; i < n; i++) {
		struct exchange *x = waiters[i];
		if (failed)
			sms_failed(&x->res, failed->text);
		else
			sms_ok(&x->res);
		exchange_done(x);
	}
	free(waiters);
	parts_arm(t->b);
}

/* Stores what the parts made, gaps and all; what the door refuses is answered all the same. */
static void whole_put(struct backend *b, struct whole *w)
{
	struct take *t = take_new(b, NULL, whole_answer);
	struct error e = { 0 };
	t->key = w->key;
	snprintf(t->gateway, sizeof t->gateway, "%s", (const char *)w->context);
	snprintf(t->gateway_id, sizeof t->gateway_id, "%s", w->id);
	t->arrival.channel = CH_SMS;
	t->arrival.person = w->person;
	t->arrival.source = w->source;
	t->arrival.at = w->at_ms;
	if (take_text(t, w->text.data, w->text.len, &e)) {
		t->arrival.service = sms_service(t->text.data);
		take_put(t);
	} else {
		b->tally.refused++;
		whole_answer(t, NULL);
		take_free(t);
	}
	whole_release(w);
}

static void parts_out(struct backend *b, int64_t now)
{
	struct whole w = { 0 };
	while (parts_due(b->parts, now, &w))
		whole_put(b, &w);
}

static void parts_time(void *arg)
{
	struct backend *b = arg;
	parts_out(b, clock_mono(b->clock));
	parts_arm(b);
}

static void parts_arm(struct backend *b)
{
	int64_t next = parts_next(b->parts), now = clock_mono(b->clock);
	timer_cancel(&b->parts_timer);
	if (next < INT64_MAX)
		loop_after(b->loop, next > now ? next - now : 0, parts_time, b, &b->parts_timer);
}

void sms_parts_flush(struct backend *b)
{
	parts_out(b, INT64_MAX);
}

/* The gateway's name in memory that stays: the directory may be replaced while parts wait. */
static char *kept_name(struct backend *b, const char *name)
{
	for (size_t i = 0; i < b->n_names; i++)
		if (!strcmp(b->names[i], name))
			return b->names[i];
	b->names = xrealloc(b->names, b->n_names + 1, sizeof *b->names);
	return b->names[b->n_names++] = xstrdup(name);
}

/* True when the request was dealt with here. */
static bool part_taken(
	struct backend *b, struct exchange *x, const char *gateway, struct key128 person, const struct sms *sms)
{
	struct whole w = { 0 };
	switch (parts_take(b->parts, gateway, person, sms, clock_mono(b->clock), x, kept_name(b, gateway), &w)) {
	case PARTS_WAIT:
		parts_arm(b);
		return true;
	case PARTS_WHOLE:
		whole_put(b, &w);
		return true;
	case PARTS_BEFORE:
		sms_ok(&x->res);
		exchange_done(x);
		return true;
	default:
		return false;
	}
}

/* ---- /v1/sms/{gateway} ------------------------------------------------------------------------------------------- */

static void sms_put(struct backend *b, struct exchange *x, const char *gateway, struct key128 person, struct sms *sms)
{
	struct take *t = take_new(b, x, sms_answer);
	struct error e = { 0 };
	if (!take_text(t, sms->text.data, sms->text.len, &e)) {
		b->tally.refused++;
		log_line(LOG_WARNING, "an SMS by gateway %s was not kept: %s", gateway, e.text);
		sms_ok(&x->res);
		exchange_done(x);
		take_free(t);
		return;
	}
	if (!t->raw.len && sms->charset != SMS_UTF8)
		buf_add(&t->raw, sms->raw.data, sms->raw.len);
	snprintf(t->gateway, sizeof t->gateway, "%s", gateway);
	snprintf(t->gateway_id, sizeof t->gateway_id, "%s", sms->id);
	t->arrival.channel = CH_SMS;
	t->arrival.person = person;
	t->arrival.source = sms_source(sms, gateway, person);
	t->arrival.at = sms->at_ms;
	t->arrival.service = sms_service(t->text.data);
	take_put(t);
}

HANDLER(handle_sms)
{
	const char *key = request_arg(&x->req, "key");
	int g = gateway_of(b, part[0], key);
	if (g < 0) {
		response_problem(&x->res, key ? 403 : 401,
			key ? "this gateway and key do not belong together; see regied gateway renew"
			    : "the gateway's key is missing: …?key=KEY");
		exchange_done(x);
		return;
	}
	if (!backend_ready(b, x))
		return;
	struct sms sms;
	struct error e = { 0 };
	int status = gateway_read(b->directory->gateways[g].type, &x->req, &sms, &e);
	if (status) {
		b->tally.refused++;
		response_problem(&x->res, status, "%s", e.text);
		exchange_done(x);
		sms_release(&sms);
		return;
	}
	const char *name = b->directory->gateways[g].name;
	struct key128 person = sms_person(b, sms.sender);
	if (sms.total < 2 || !part_taken(b, x, name, person, &sms))
		sms_put(b, x, name, person, &sms);
	sms_release(&sms);
}
