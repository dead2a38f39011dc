/* regie_show_room.c: regie show transcript, rooms, seats, log, status: what is being done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/cmd/regie_show.h"

/* ---- transcript -------------------------------------------------------------------------------------------------- */

struct spoken {
	int64_t at, position;
	const struct record *r;
};
struct speech {
	struct spoken *v;
	size_t n, cap;
};

static bool into_speech(void *arg, const struct record *r)
{
	struct speech *l = arg;
	const struct question *q = (const void *)r;
	const struct segment *g = (const void *)r;
	struct spoken one = { .r = r };
	if (r->gone)
		return true;
	if (r->kind == K_QUESTION) {
		if (!q->times)
			return true;
		one.at = q->aired_at;
	} else if (r->kind == K_SEGMENT) {
		one.at = g->at;
		one.position = g->position;
	} else {
		one.at = ((const struct notice *)r)->at;
	}
	grow(&l->v, &l->cap, l->n + 1, sizeof *l->v);
	l->v[l->n++] = one;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct spoken *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static const char *segment_word(const struct segment *g)
{
	return g->state == SG_RETRACTED ? "retracted"
		: g->state == SG_REVIEW ? "waits for review"
		: g->unsent             ? "withheld"
		: g->revision > 1       ? "corrected"
					: "";
}

static void segment_json(struct showing *s, const struct segment *g)
{
	const struct answer *a = (const void *)world_get(s->world, K_ANSWER, g->answer);
	struct buf *b = &s->line;
	json_member(b, "segment", g->r.id);
	json_member(b, "answer", g->answer);
	buf_adds(b, ",\"questions\":[");
	for (size_t i = 0; a && i < a->questions.n; i++) {
		buf_adds(b, i ? "," : "");
		json_string(b, a->questions.v[i]);
	}
	buf_addc(b, ']');
	json_member(b, "speaker", g->speaker);
	json_member(b, "text", g->text);
	json_member_int(b, "revision", g->revision);
	json_member(b, "state", segment_state_names[g->state]);
	json_member_bool(b, "unsent", g->unsent);
	json_member(b, "suggestion", g->suggestion);
	json_member_int(b, "at", g->at);
	json_member_int(b, "rev", g->r.rev);
}

static void spoken_json(struct showing *s, const struct record *r)
{
	struct buf *b = &s->line;
	buf_addc(b, '{');
	json_member(b, "type", kinds[r->kind].name);
	if (r->kind == K_SEGMENT) {
		segment_json(s, (const void *)r);
	} else if (r->kind == K_NOTICE) {
		const struct notice *n = (const void *)r;
		json_member(b, "notice", r->id);
		json_member(b, "text", n->text);
		json_member_int(b, "at", n->at);
	} else {
		const struct question *q = (const void *)r;
		json_member(b, "question", r->id);
		json_member_int(b, "number", q->number);
		json_member(b, "wording", q->wording);
		json_member(b, "credit", q->credit);
		json_member(b, "state", question_state_names[q->state]);
		json_member(b, "outcome", q->outcome == OUT_NONE ? "" : result_names[q->outcome]);
		json_member_bool(b, "struck", q->struck);
		json_member_int(b, "at", q->aired_at);
	}
	buf_addc(b, '}');
}

static const char *spoken_text(const struct record *r)
{
	return r->kind == K_SEGMENT   ? ((const struct segment *)r)->text
		: r->kind == K_NOTICE ? ((const struct notice *)r)->text
				      : ((const struct question *)r)->wording;
}

bool show_transcript(struct showing *s)
{
	struct speech l = { NULL, 0, 0 };
	const struct world *w = show_world(s);
	world_each(w, K_QUESTION, into_speech, &l);
	world_each(w, K_SEGMENT, into_speech, &l);
	world_each(w, K_NOTICE, into_speech, &l);
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_time);
	for (size_t i = 0; i < l.n && (!s->limit || s->shown < s->limit); i++) {
		const struct record *r = l.v[i].r;
		char at[9];
		if (show_filtered_out(s, spoken_text(r)))
			continue;
		time_of_day(l.v[i].at, at);
		if (s->json)
			spoken_json(s, r);
		else if (r->kind == K_SEGMENT)
			buf_addf(&s->line, "%s    %s%s%s  %s", at, ((const struct segment *)r)->speaker,
				((const struct segment *)r)->speaker[0] ? ": " : "", spoken_text(r),
				segment_word((const void *)r));
		else
			buf_addf(&s->line, "%s  %s %s%s", at, r->kind == K_NOTICE ? "—" : "●", spoken_text(r),
				r->kind == K_QUESTION && ((const struct question *)r)->struck ? "  struck" : "");
		show_one_line(s);
	}
	free(l.v);
	return true;
}

/* ---- rooms, seats, status ---------------------------------------------------------------------------------------- */

/* What only the backend knows now: who is here, what the rooms last received. NULL when it cannot be asked. */
static struct json *ask_status(struct showing *s)
{
	struct buf answer = BUF_INIT;
	struct error ignore = { 0 };
	int status;
	struct json *j = NULL;
	if (transport_ask(s->seat->transport, "GET", "/v1/status", NULL, &answer, &status, &ignore))
		j = json_parse(answer.data, answer.len, &ignore);
	buf_release(&answer);
	return j;
}

static const struct json *member_of(const struct json *list, const char *member, const char *value)
{
	for (size_t i = 0; i < json_length(list); i++) {
		const char *v = json_text(json_at(list, i), member);
		if (v && !strcmp(v, value))
			return json_at(list, i);
	}
	return NULL;
}

static int64_t number_of(const struct json *j, const char *member)
{
	int64_t n = 0;
	return j && json_int(j, member, &n) ? n : 0;
}

struct live {
	struct showing *s;
	struct json *status;
};

static bool show_room(void *arg, const struct record *r)
{
	struct live *l = arg;
	struct showing *s = l->s;
	const struct room *m = (const void *)r;
	if (r->gone || show_filtered_out(s, m->name))
		return true;
	const struct json *now = l->status ? member_of(json_get(l->status, "rooms"), "room", r->id) : NULL;
	if (s->json) {
		buf_addc(&s->line, '{');
		json_member(&s->line, "room", r->id);
		json_member(&s->line, "name", m->name);
		json_member_bool(&s->line, "known", now != NULL);
		json_member_int(&s->line, "viewers", number_of(now, "viewers"));
		json_member_int(&s->line, "sent", number_of(now, "sent"));
		json_member_int(&s->line, "delivered", number_of(now, "delivered"));
		json_member_int(&s->line, "broadcast", number_of(l->status, "broadcast"));
		buf_addc(&s->line, '}');
	} else {
		show_column(&s->line, r->id, 20);
		show_column(&s->line, m->name, 32);
		if (now)
			buf_addf(&s->line, "%7lld viewers, received %lld of %lld", (long long)number_of(now, "viewers"),
				(long long)number_of(now, "delivered"), (long long)number_of(l->status, "broadcast"));
		else
			buf_adds(&s->line, "  not known: the backend does not answer");
	}
	show_line(s);
	return true;
}

bool show_rooms(struct showing *s)
{
	struct live l = { s, ask_status(s) };
	world_each(show_world(s), K_ROOM, show_room, &l);
	json_free(l.status);
	return true;
}

static bool show_seat(void *arg, const struct record *r)
{
	struct live *l = arg;
	struct showing *s = l->s;
	const struct seat *seat = (const void *)r;
	if (r->gone || show_filtered_out(s, seat->name))
		return true;
	const struct json *now = l->status ? member_of(json_get(l->status, "presence"), "seat", r->id) : NULL;
	bool here = now && json_bool(now, "here", false);
	const char *typing = now ? json_text(now, "typing") : NULL;
	if (s->json) {
		buf_addc(&s->line, '{');
		json_member(&s->line, "seat", r->id);
		json_member(&s->line, "name", seat->name);
		json_member(&s->line, "role", role_names[seat->role]);
		json_member_bool(&s->line, "away", seat->away);
		json_member_bool(&s->line, "here", here);
		json_member(&s->line, "typing", typing ? typing : "");
		buf_addc(&s->line, '}');
	} else {
		buf_addf(&s->line, "%-4s %-10s ", r->id, role_names[seat->role]);
		show_column(&s->line, seat->name, 24);
		buf_addf(&s->line, "  %s", seat->away ? "away" : here ? "here" : "not here");
	}
	show_line(s);
	return true;
}

bool show_seats(struct showing *s)
{
	struct live l = { s, ask_status(s) };
	world_each(show_world(s), K_SEAT, show_seat, &l);
	json_free(l.status);
	return true;
}

static bool show_act(void *arg, const struct record *r)
{
	struct showing *s = arg;
	const struct act *a = (const void *)r;
	char at[9];
	if (r->gone || (s->limit && s->shown >= s->limit) ||
		(show_filtered_out(s, a->op) && show_filtered_out(s, a->words)))
		return true;
	if (s->json) {
		buf_addc(&s->line, '{');
		json_member(&s->line, "act", r->id);
		json_member_int(&s->line, "at", a->at);
		json_member(&s->line, "seat", a->seat);
		json_member(&s->line, "name", seat_name(s->world, a->seat));
		json_member(&s->line, "op", a->op);
		json_member(&s->line, "words", a->words);
		json_member(&s->line, "subject", a->subject);
		json_member(&s->line, "client", a->client);
		json_member_int(&s->line, "n", a->n);
		json_member(&s->line, "undo_of", a->undo_of);
		json_member_bool(&s->line, "undone", a->undone);
		json_member_bool(&s->line, "sealed", a->sealed);
		buf_addc(&s->line, '}');
	} else {
		time_of_day(a->at, at);
		buf_addf(&s->line, "%-5s %s  ", r->id, at);
		show_column(&s->line, seat_name(s->world, a->seat), 12);
		buf_addf(&s->line, "  %s %s%s%s", a->op, a->sealed && !a->words[0] ? "(sealed)" : a->words,
			a->undone ? "  (undone)" : "", "");
	}
	show_one_line(s);
	return true;
}

bool show_log(struct showing *s)
{
	world_each(show_world(s), K_ACT, show_act, s);
	return true;
}

/* ---- the evening at a glance --------------------------------------------------------------------------------------- */

struct glance {
	const struct event *event; /* NULL: not known yet */
	struct sync_state link;
	struct replica_totals totals;
	int64_t unsent, version;
	bool whole;
	struct json *live; /* what only the backend knows, or NULL */
};

static const char *const link_names[] = { "trying", "up", "down", "refused" };

static void event_json(struct buf *b, const struct event *ev)
{
	json_member(b, "title", ev ? ev->title : "");
	json_member(b, "state", ev ? event_state_names[ev->state] : "");
	json_member_bool(b, "ending", ev && ev->ending);
	json_member_bool(b, "rehearsal", ev && ev->rehearsal);
	json_member(b, "interruption", ev ? interruption_names[ev->interruption] : "");
	json_member_bool(b, "intake_web", ev && ev->intake_web);
	json_member_bool(b, "intake_sms", ev && ev->intake_sms);
	json_member(b, "air", ev ? ev->air : "");
	json_member_int(b, "aired", ev ? ev->aired : 0);
	json_member_int(b, "plan_end", ev ? ev->plan_end : 0);
	json_member_int(b, "plan_questions", ev ? ev->plan_questions : 0);
}

static void glance_json(const struct showing *s, const struct glance *g, struct buf *b)
{
	buf_addc(b, '{');
	event_json(b, g->event);
	json_member(b, "link", link_names[g->link.link]);
	json_member(b, "why", g->link.why);
	json_member_int(b, "lag_ms", g->link.lag_ms);
	json_member_int(b, "unsent", g->unsent);
	json_member(b, "seat", g->link.seat[0] ? g->link.seat : desk_seat(s->seat->desk));
	json_member_int(b, "messages", g->totals.messages);
	json_member_int(b, "web", g->totals.web);
	json_member_int(b, "sms", g->totals.sms);
	json_member_int(b, "themes", g->totals.themes);
	json_member_int(b, "version", g->version);
	json_member_bool(b, "whole", g->whole);
	json_member_int(b, "people", number_of(g->live, "people"));
	json_member_int(b, "viewers", number_of(g->live, "viewers"));
	json_member_int(b, "broadcast", number_of(g->live, "broadcast"));
	buf_addc(b, '}');
}

static void glance_text(const struct glance *g, struct buf *b)
{
	const struct event *ev = g->event;
	buf_addf(b, "%s%s — %s%s\n", ev ? ev->title : "no event known", ev && ev->rehearsal ? " (REHEARSAL)" : "",
		ev ? event_state_names[ev->state] : "", ev && ev->ending ? ", ending" : "");
	buf_addf(b, "link %s%s%s, %lld unsent\n", link_names[g->link.link], g->link.why[0] ? ": " : "", g->link.why,
		(long long)g->unsent);
	buf_addf(b, "%lld messages (web %lld, SMS %lld), %lld themes, %lld questions aired, %lld viewers",
		(long long)g->totals.messages, (long long)g->totals.web, (long long)g->totals.sms,
		(long long)g->totals.themes, (long long)(ev ? ev->aired : 0), (long long)number_of(g->live, "viewers"));
}

bool show_status(struct showing *s)
{
	struct glance g = { .unsent = desk_unsent_count(s->seat->desk),
		.version = replica_version(s->seat->replica),
		.whole = replica_whole(s->seat->replica) };
	if (!replica_totals(s->seat->replica, &g.totals, &s->error))
		return false;
	sync_state(s->seat->sync, &g.link);
	g.live = g.link.link == LINK_UP || g.link.by_other ? ask_status(s) : NULL;
	g.event = world_event(show_world(s));
	if (s->json)
		glance_json(s, &g, &s->line);
	else
		glance_text(&g, &s->line);
	show_line(s);
	json_free(g.live);
	return true;
}
