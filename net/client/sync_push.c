/* sync_push.c: the desk's operations, in order, a batch at a time; and what an event that was put back lacks of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/client/sync_own.h"
#include "src/wire/wire.h"

enum { BATCH_MAX = 50 /* operations in one POST */, PUSH_MS = 10000 };

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

void sync_know_epoch(struct sync *s, int64_t epoch)
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
		s->push.due = sync_mono(s);
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
	sync_learn_way(s, sync_mono(s) - s->push.began);
	lane_done(s, &s->push, sync_mono(s));
	if (s->counting)
		return;
	s->disagreed = false;
	s->pull_again = true;
	if (!s->pull.busy && s->pull.due > sync_mono(s))
		s->pull.due = sync_mono(s);
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
		lane_done(s, &s->push, sync_mono(s));
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
	if (s->epoch != 0)
		json_member_int(&s->push.body, "epoch", s->epoch);
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

void sync_start_push(struct sync *s)
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
