/* regie_show.c: regie show: what the panes show, as text for people or a JSON object a line for scripts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regie_seat.h"
#include "src/wire/wire.h"

enum { CONNECT_MS = 3000 };

static const struct cli_option options[] = {
	SEAT_OPTIONS,
	{"json", NULL, NULL, "one JSON object a line", false},
	{"theme", "N", NULL, "messages: of this theme only", false},
	{"channel", "web|sms", NULL, "themes, messages: of this channel only", false},
	{"state", "STATE", NULL, "messages: waiting or dismissed; rundown: reserve, next, air, closed, dropped or returned", false},
	{"order", "people|rise|age|arrival", NULL, "themes: by what they are ordered; people", false},
	{"all", NULL, NULL, "themes: also dismissed and merged ones", false},
	{"limit", "N", NULL, "at most so many lines", false},
	{"index", NULL, NULL, "bring the search index up to date first", false},
	{NULL, NULL, NULL, NULL, false},
};

struct showing {
	struct open_seat *seat;
	const struct cli *c;
	bool json;
	const char *filter;      /* words, or NULL */
	size_t limit, shown;
	struct buf line;
	struct error error;
};

static void put_line(struct showing *s)
{
	puts(s->line.data);
	buf_reset(&s->line);
	s->shown++;
}

/* Texts may hold line ends; here an object is a line. */
static void put_one_line(struct showing *s)
{
	for (char *p = s->line.data; *p; p++)
		if (*p == '\n')
			*p = ' ';
	put_line(s);
}

/* One line of a column of text: line ends shown as spaces, cut to `columns`. */
static void column(struct buf *out, const char *text, size_t columns)
{
	size_t fit = text_fit(text, columns), width;
	struct buf cut = BUF_INIT;
	buf_add(&cut, text, fit);
	for (char *p = cut.data; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	buf_adds(out, cut.data);
	for (width = text_width(cut.data); width < columns; width++)
		buf_addc(out, ' ');
	buf_release(&cut);
}

static bool filtered_out(const struct showing *s, const char *text)
{
	if (!s->filter)
		return false;
	struct buf have = BUF_INIT, want = BUF_INIT;
	text_fold(text, &have);
	text_fold(s->filter, &want);
	bool out = !strstr(have.data, want.data);
	buf_release(&have);
	buf_release(&want);
	return out;
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

static const char *theme_state(const struct showing *s, const struct theme *t)
{
	if (t->into[0])
		return "merged";
	if (t->dismissed)
		return "dismissed";
	if (t->hold != HOLD_NONE)
		return "held";
	const struct question *q = t->question[0] ? world_question(replica_world(s->seat->replica), t->question) : NULL;
	if (t->answered_at)
		return "answered";
	return q ? question_state_names[q->state] : "new";
}

static void theme_json(struct showing *s, const struct theme_row *row)
{
	const struct theme *t = &row->theme;
	const struct count *n = &row->count;
	struct buf *b = &s->line;
	buf_addc(b, '{');
	json_member(b, "id", t->r.id);
	json_member(b, "title", theme_title(t));
	json_member(b, "state", theme_state(s, t));
	json_member_int(b, "people", n->people);
	json_member_int(b, "messages", n->web + n->sms);
	json_member_int(b, "web", n->web);
	json_member_int(b, "sms", n->sms);
	json_member_int(b, "people_web", n->people_web);
	json_member_int(b, "people_sms", n->people_sms);
	buf_addf(b, ",\"rise\":[%s]", n->rise);
	json_member_int(b, "last_at", n->last_at);
	json_member_bool(b, "pinned", t->pinned);
	json_member(b, "into", t->into);
	json_member(b, "name", t->name);
	json_member(b, "question", t->question);
	json_member_int(b, "answered_at", t->answered_at);
	json_member_int(b, "rev", t->r.rev);
	buf_addc(b, '}');
}

static bool show_theme(void *arg, const struct theme_row *row)
{
	struct showing *s = arg;
	if (s->json) {
		theme_json(s, row);
	} else {
		buf_addf(&s->line, "t%-8s %9lld %9lld  ", row->theme.r.id, (long long)row->count.people, (long long)(row->count.web + row->count.sms));
		column(&s->line, theme_title(&row->theme), 60);
		buf_addf(&s->line, "  %s", theme_state(s, &row->theme));
	}
	put_line(s);
	return true;
}

/* Index of an option's value among the names; -1: not given, or none of them, which is an error. */
static int choice(struct showing *s, const char *option, const char *const *names, const char *list)
{
	const char *v = cli_get(s->c, option);
	for (int i = 0; v && names[i]; i++)
		if (!strcmp(v, names[i]))
			return i;
	if (v)
		error_set(&s->error, ERR_USAGE, "--%s is %s", option, list);
	return -1;
}

static enum channel channel_of(struct showing *s)
{
	const char *v = cli_get(s->c, "channel");
	if (v && strcmp(v, "web") != 0 && strcmp(v, "sms") != 0)
		error_set(&s->error, ERR_USAGE, "--channel is web or sms");
	return !v ? CH_NONE : !strcmp(v, "web") ? CH_WEB : CH_SMS;
}

static bool show_themes(struct showing *s)
{
	static const char *const orders[] = {"people", "rise", "age", "arrival", NULL};
	struct theme_query q = {.channel = channel_of(s), .filter = s->filter, .limit = s->limit, .dismissed = cli_has(s->c, "all"), .merged = cli_has(s->c, "all")};
	int order = choice(s, "order", orders, "people, rise, age or arrival");
	if (s->error.code)
		return false;
	q.order = order < 0 ? q.order : (enum theme_order)order;
	if (!s->json)
		printf("%-9s %9s %9s  %-60s  %s\n", "theme", "people", "messages", "title", "state");
	return replica_themes(s->seat->replica, &q, show_theme, s, &s->error);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static const char *message_state(const struct message *m)
{
	return m->r.gone ? "erased" : m->service != SV_NONE ? service_names[m->service] : m->hold != HOLD_NONE ? "held" : m->muted ? "muted" :
		message_state_names[m->state];
}

static void message_json(struct showing *s, const struct message *m)
{
	struct buf *b = &s->line;
	char id[ID_MAX] = "";
	if (m->participant)
		id_from_number(id, m->participant);
	buf_addc(b, '{');
	json_member(b, "id", m->r.id);
	json_member(b, "channel", channel_names[m->channel]);
	json_member(b, "participant", id);
	json_member(b, "name", m->name);
	json_member(b, "text", m->text);
	json_member_int(b, "at", m->at);
	id[0] = '\0';
	if (m->cluster)
		id_from_number(id, m->cluster);
	const struct theme *root = theme_root(replica_world(s->seat->replica), id);
	json_member(b, "theme", root ? root->r.id : "");
	json_member(b, "cluster", id);
	json_member(b, "state", message_state(m));
	json_member(b, "reason", m->reason);
	json_member(b, "hold", hold_names[m->hold]);
	json_member(b, "hold_why", m->hold_why);
	json_member(b, "hold_for", m->hold_for);
	json_member_bool(b, "alert", m->alert);
	json_member(b, "room", m->room);
	json_member(b, "gateway", m->gateway);
	json_member(b, "question", m->question);
	json_member_int(b, "rev", m->r.rev);
	buf_addc(b, '}');
}

static bool show_message(void *arg, const struct message *m)
{
	struct showing *s = arg;
	char at[9];
	if (s->json) {
		message_json(s, m);
	} else {
		time_of_day(m->at, at);
		buf_addf(&s->line, "m%-8s %s %s  ", m->r.id, at, channel_names[m->channel]);
		column(&s->line, m->name, 16);
		buf_adds(&s->line, "  ");
		column(&s->line, m->text, 90);
		buf_addf(&s->line, "  %s", message_state(m));
	}
	put_line(s);
	return true;
}

static bool show_messages(struct showing *s)
{
	const char *theme = cli_get(s->c, "theme");
	struct message_query q = {.channel = channel_of(s), .words = s->filter, .state = -1, .oldest_first = true, .limit = s->limit};
	if (theme && !id_number(*theme == 't' ? theme + 1 : theme, &q.theme))
		error_set(&s->error, ERR_USAGE, "--theme wants a theme's number");
	q.state = choice(s, "state", message_state_names, "waiting or dismissed, for messages");
	return !s->error.code && replica_messages(s->seat->replica, &q, show_message, s, &s->error);
}

/* ---- rundown ----------------------------------------------------------------------------------------------------- */

enum { QUESTIONS_MAX = 20000 };
struct questions { const struct question **v; size_t n, cap; const char *state; };

static bool into_questions(void *arg, const struct record *r)
{
	struct questions *l = arg;
	const struct question *q = (const void *)r;
	if (r->gone || (l->state && strcmp(l->state, question_state_names[q->state]) != 0))
		return true;
	grow(&l->v, &l->cap, l->n + 1, sizeof *l->v);
	l->v[l->n++] = q;
	return l->n < QUESTIONS_MAX;
}

/* On the air, next, the reserve in its order, what came back, what was aired, what was dropped. */
static int by_rundown(const void *a, const void *b)
{
	static const int rank[Q_STATES] = {[Q_AIR] = 0, [Q_NEXT] = 1, [Q_RESERVE] = 2, [Q_RETURNED] = 3, [Q_CLOSED] = 4, [Q_DROPPED] = 5};
	const struct question *x = *(const struct question *const *)a, *y = *(const struct question *const *)b;
	if (x->state != y->state)
		return rank[x->state] - rank[y->state];
	int64_t p = x->state == Q_CLOSED ? x->aired_at : x->position, q = y->state == Q_CLOSED ? y->aired_at : y->position;
	return p < q ? -1 : p > q ? 1 : (x->number > y->number) - (x->number < y->number);
}

static void question_json(struct showing *s, const struct question *q)
{
	struct buf *b = &s->line;
	buf_addc(b, '{');
	json_member(b, "question", q->r.id);
	json_member_int(b, "number", q->number);
	json_member(b, "state", question_state_names[q->state]);
	json_member(b, "outcome", q->outcome == OUT_NONE ? "" : result_names[q->outcome]);
	json_member(b, "wording", q->wording);
	json_member(b, "credit", q->credit);
	json_member(b, "channel", channel_names[q->channel]);
	json_member(b, "theme", q->theme);
	buf_adds(b, ",\"messages\":[");
	for (size_t i = 0; i < q->messages.n; i++) {
		buf_adds(b, i ? "," : "");
		json_string(b, q->messages.v[i]);
	}
	buf_addc(b, ']');
	json_member(b, "original", q->original);
	json_member(b, "suggestion", q->suggestion);
	json_member(b, "suggested_by", q->suggested_by);
	json_member(b, "hold", hold_names[q->hold]);
	json_member(b, "hold_why", q->hold_why);
	json_member(b, "hold_for", q->hold_for);
	json_member(b, "reason", q->reason);
	json_member_int(b, "accepted_at", q->accepted_at);
	json_member_int(b, "aired_at", q->aired_at);
	json_member_int(b, "closed_at", q->closed_at);
	json_member_int(b, "people", q->people);
	json_member_bool(b, "improvised", q->improvised);
	json_member_bool(b, "struck", q->struck);
	json_member_int(b, "rev", q->r.rev);
	buf_addc(b, '}');
}

static bool show_rundown(struct showing *s)
{
	int state = choice(s, "state", question_state_names, "reserve, next, air, closed, dropped or returned, for the rundown");
	struct questions l = {.state = state < 0 ? NULL : question_state_names[state]};
	if (s->error.code)
		return false;
	world_each(replica_world(s->seat->replica), K_QUESTION, into_questions, &l);
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_rundown);
	for (size_t i = 0; i < l.n && (!s->limit || s->shown < s->limit); i++) {
		const struct question *q = l.v[i];
		if (filtered_out(s, q->wording))
			continue;
		if (s->json) {
			question_json(s, q);
		} else {
			buf_addf(&s->line, "q%-4lld %-8s ", (long long)q->number, question_state_names[q->state]);
			column(&s->line, q->wording, 80);
			buf_addf(&s->line, "  %s%s%s%s", q->credit, q->hold != HOLD_NONE ? "  held: " : q->outcome != OUT_NONE ? "  " : "",
				q->hold != HOLD_NONE ? hold_names[q->hold] : q->outcome != OUT_NONE ? result_names[q->outcome] : "", q->struck ? "  struck" : "");
		}
		put_one_line(s);
	}
	free(l.v);
	return true;
}

/* ---- transcript -------------------------------------------------------------------------------------------------- */

struct spoken { int64_t at, position; const struct record *r; };
struct speech { struct spoken *v; size_t n, cap; };

static bool into_speech(void *arg, const struct record *r)
{
	struct speech *l = arg;
	const struct question *q = (const void *)r;
	const struct segment *g = (const void *)r;
	struct spoken one = {.r = r};
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
	return g->state == SG_RETRACTED ? "retracted" : g->state == SG_REVIEW ? "waits for review" : g->unsent ? "withheld" : g->revision > 1 ? "corrected" : "";
}

static void segment_json(struct showing *s, const struct segment *g)
{
	const struct answer *a = (const void *)world_get(replica_world(s->seat->replica), K_ANSWER, g->answer);
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
	return r->kind == K_SEGMENT ? ((const struct segment *)r)->text : r->kind == K_NOTICE ? ((const struct notice *)r)->text :
		((const struct question *)r)->wording;
}

static bool show_transcript(struct showing *s)
{
	struct speech l = {NULL, 0, 0};
	const struct world *w = replica_world(s->seat->replica);
	world_each(w, K_QUESTION, into_speech, &l);
	world_each(w, K_SEGMENT, into_speech, &l);
	world_each(w, K_NOTICE, into_speech, &l);
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_time);
	for (size_t i = 0; i < l.n && (!s->limit || s->shown < s->limit); i++) {
		const struct record *r = l.v[i].r;
		char at[9];
		if (filtered_out(s, spoken_text(r)))
			continue;
		time_of_day(l.v[i].at, at);
		if (s->json)
			spoken_json(s, r);
		else if (r->kind == K_SEGMENT)
			buf_addf(&s->line, "%s    %s%s%s  %s", at, ((const struct segment *)r)->speaker, ((const struct segment *)r)->speaker[0] ? ": " : "",
				spoken_text(r), segment_word((const void *)r));
		else
			buf_addf(&s->line, "%s  %s %s%s", at, r->kind == K_NOTICE ? "—" : "●", spoken_text(r),
				r->kind == K_QUESTION && ((const struct question *)r)->struck ? "  struck" : "");
		put_one_line(s);
	}
	free(l.v);
	return true;
}

/* ---- rooms, seats, status ---------------------------------------------------------------------------------------- */

/* What only the backend knows now: who is here, what the rooms last received. NULL when it cannot be asked. */
static struct json *ask_status(struct showing *s)
{
	struct buf answer = BUF_INIT;
	struct error ignore = {0};
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

struct live { struct showing *s; struct json *status; };

static bool show_room(void *arg, const struct record *r)
{
	struct live *l = arg;
	struct showing *s = l->s;
	const struct room *m = (const void *)r;
	if (r->gone || filtered_out(s, m->name))
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
		column(&s->line, r->id, 20);
		column(&s->line, m->name, 32);
		if (now)
			buf_addf(&s->line, "%7lld viewers, received %lld of %lld", (long long)number_of(now, "viewers"), (long long)number_of(now, "delivered"),
				(long long)number_of(l->status, "broadcast"));
		else
			buf_adds(&s->line, "  not known: the backend does not answer");
	}
	put_line(s);
	return true;
}

static bool show_rooms(struct showing *s)
{
	struct live l = {s, ask_status(s)};
	world_each(replica_world(s->seat->replica), K_ROOM, show_room, &l);
	json_free(l.status);
	return true;
}

static bool show_seat(void *arg, const struct record *r)
{
	struct live *l = arg;
	struct showing *s = l->s;
	const struct seat *seat = (const void *)r;
	if (r->gone || filtered_out(s, seat->name))
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
		column(&s->line, seat->name, 24);
		buf_addf(&s->line, "  %s", seat->away ? "away" : here ? "here" : "not here");
	}
	put_line(s);
	return true;
}

static bool show_seats(struct showing *s)
{
	struct live l = {s, ask_status(s)};
	world_each(replica_world(s->seat->replica), K_SEAT, show_seat, &l);
	json_free(l.status);
	return true;
}

static bool show_act(void *arg, const struct record *r)
{
	struct showing *s = arg;
	const struct act *a = (const void *)r;
	char at[9];
	if (r->gone || (s->limit && s->shown >= s->limit) || (filtered_out(s, a->op) && filtered_out(s, a->words)))
		return true;
	if (s->json) {
		buf_addc(&s->line, '{');
		json_member(&s->line, "act", r->id);
		json_member_int(&s->line, "at", a->at);
		json_member(&s->line, "seat", a->seat);
		json_member(&s->line, "name", seat_name(replica_world(s->seat->replica), a->seat));
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
		column(&s->line, seat_name(replica_world(s->seat->replica), a->seat), 12);
		buf_addf(&s->line, "  %s %s%s%s", a->op, a->sealed && !a->words[0] ? "(sealed)" : a->words, a->undone ? "  (undone)" : "", "");
	}
	put_one_line(s);
	return true;
}

static bool show_log(struct showing *s)
{
	world_each(replica_world(s->seat->replica), K_ACT, show_act, s);
	return true;
}

static bool show_status(struct showing *s)
{
	static const char *const links[] = {"trying", "up", "down", "refused"};
	struct sync_state now;
	struct replica_totals t = {0};
	sync_state(s->seat->sync, &now);
	const struct event *ev = world_event(replica_world(s->seat->replica));
	if (!replica_totals(s->seat->replica, &t, &s->error))
		return false;
	struct json *live = now.link == LINK_UP || now.by_other ? ask_status(s) : NULL;
	int64_t unsent = desk_unsent_count(s->seat->desk);
	struct buf *b = &s->line;
	if (s->json) {
		buf_addc(b, '{');
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
		json_member(b, "link", links[now.link]);
		json_member(b, "why", now.why);
		json_member_int(b, "lag_ms", now.lag_ms);
		json_member_int(b, "unsent", unsent);
		json_member(b, "seat", now.seat[0] ? now.seat : desk_seat(s->seat->desk));
		json_member_int(b, "messages", t.messages);
		json_member_int(b, "web", t.web);
		json_member_int(b, "sms", t.sms);
		json_member_int(b, "themes", t.themes);
		json_member_int(b, "version", replica_version(s->seat->replica));
		json_member_bool(b, "whole", replica_whole(s->seat->replica));
		json_member_int(b, "people", number_of(live, "people"));
		json_member_int(b, "viewers", number_of(live, "viewers"));
		json_member_int(b, "broadcast", number_of(live, "broadcast"));
		buf_addc(b, '}');
	} else {
		buf_addf(b, "%s%s — %s%s\nlink %s%s%s, %lld unsent\n%lld messages (web %lld, SMS %lld), %lld themes, %lld questions aired, %lld viewers",
			ev ? ev->title : "no event known", ev && ev->rehearsal ? " (REHEARSAL)" : "", ev ? event_state_names[ev->state] : "",
			ev && ev->ending ? ", ending" : "", links[now.link], now.why[0] ? ": " : "", now.why, (long long)unsent, (long long)t.messages,
			(long long)t.web, (long long)t.sms, (long long)t.themes, (long long)(ev ? ev->aired : 0), (long long)number_of(live, "viewers"));
	}
	put_line(s);
	json_free(live);
	return true;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static const struct { const char *name; bool (*show)(struct showing *s); enum need need; } views[] = {
	{"themes", show_themes, NEED_MOST}, {"messages", show_messages, NEED_WHOLE}, {"rundown", show_rundown, NEED_READY},
	{"transcript", show_transcript, NEED_READY}, {"rooms", show_rooms, NEED_READY}, {"seats", show_seats, NEED_READY},
	{"log", show_log, NEED_READY}, {"status", show_status, NEED_MOST},
};

/* Brings the search index up to date; without it, searches look through every message. */
static bool index_all(struct open_seat *seat, struct error *e)
{
	int64_t indexed;
	bool done = false;
	while (!done)
		if (!replica_index_step(seat->replica, 20000, &indexed, &done, e))
			return false;
	return true;
}

static int show_view(struct open_seat *seat, const struct cli *c, size_t view)
{
	struct error why = {0};
	const char *limit = cli_get(c, "limit");
	int64_t most = 0;
	struct buf filter = BUF_INIT;
	if (limit && !id_number(limit, &most)) {
		error_set(&why, ERR_USAGE, "--limit is a number of lines, not \"%.20s\"", limit);
		return command_fail("regie", "show", &why);
	}
	for (size_t i = 1; i < c->n_words; i++)
		buf_addf(&filter, "%s%s", i > 1 ? " " : "", c->words[i]);
	if (!seat_pull(seat, views[view].need, CONNECT_MS, &why)) {
		if (!replica_ready(seat->replica)) {
			buf_release(&filter);
			error_context(&why, "nothing is known of the event yet");
			return command_fail("regie", "show", &why);
		}
		fprintf(stderr, "regie show: as of the last time the backend answered: %s\n", why.text);
	}
	if (views[view].need == NEED_MOST && !replica_whole(seat->replica))
		fprintf(stderr, "regie show: the first load is under way; the largest themes are here, the rest follows\n");
	if (cli_has(c, "index") && !index_all(seat, &why))
		return buf_release(&filter), command_fail("regie", "show", &why);
	struct showing s = {.seat = seat, .c = c, .json = cli_has(c, "json"), .filter = filter.len ? filter.data : NULL,
		.limit = (size_t)most, .line = BUF_INIT};
	bool done = views[view].show(&s);
	buf_release(&s.line);
	buf_release(&filter);
	return done ? EXIT_DONE : command_fail("regie", "show", &s.error);
}

int cmd_show(int argc, char **argv)
{
	struct cli c = {0};
	struct error e = {0};
	int code = EXIT_DONE;
	size_t view = 0;
	if (!command_options(&c, "regie show themes|messages|rundown|transcript|rooms|seats|log|status [--json] [WORDS]",
		"Shows what the panes show, from this seat's replica, brought up to date first when the backend answers.", options, argc, argv, &code))
		return code;
	while (view < COUNT_OF(views) && (!c.n_words || strcmp(views[view].name, c.words[0]) != 0))
		view++;
	struct open_seat s = {0};
	if (view == COUNT_OF(views))
		error_set(&e, ERR_USAGE, "say what: themes, messages, rundown, transcript, rooms, seats, log or status");
	if (e.code || !seat_open(&s, &c, &e))
		code = command_fail("regie", "show", &e);
	else
		code = show_view(&s, &c, view);
	seat_close(&s);
	cli_release(&c);
	return code;
}
