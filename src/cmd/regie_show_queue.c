/* regie_show_queue.c: regie show themes, messages, rundown: what is to be asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/cmd/regie_show.h"

/* ---- themes ------------------------------------------------------------------------------------------------------ */

static const char *theme_state(const struct showing *s, const struct theme *t)
{
	if (t->into[0])
		return "merged";
	if (t->dismissed)
		return "dismissed";
	if (t->hold != HOLD_NONE)
		return "held";
	const struct question *q = t->question[0] ? world_question(s->world, t->question) : NULL;
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
	json_member(b, "words", t->words);
	json_member(b, "examples", t->examples);
	json_member(b, "key_words", t->key_words);
	json_member(b, "typical", t->typical);
	json_member_int(b, "typical_id", t->typical_id);
	json_member_bool(b, "asks_nothing", t->asks_nothing);
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
		buf_addf(&s->line, "t%-8s %9lld %9lld  ", row->theme.r.id, (long long)row->count.people,
			(long long)(row->count.web + row->count.sms));
		show_column(&s->line, theme_title(&row->theme), 60);
		buf_addf(&s->line, "  %s", theme_state(s, &row->theme));
		if (row->theme.answered_at && !row->theme.into[0] && !row->theme.dismissed) {
			char at[9];
			time_of_day(row->theme.answered_at, at);
			buf_addf(&s->line, " at %.5s", at);
		}
	}
	show_line(s);
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

bool show_themes(struct showing *s)
{
	static const char *const orders[] = { "people", "rise", "age", "arrival", NULL };
	struct theme_query q = { .channel = channel_of(s),
		.filter = s->filter,
		.limit = s->limit,
		.dismissed = cli_has(s->c, "all"),
		.merged = cli_has(s->c, "all") };
	int order = choice(s, "order", orders, "people, rise, age or arrival");
	if (s->error.code)
		return false;
	q.order = order < 0 ? q.order : (enum theme_order)order;
	if (!s->json)
		printf("%-9s %9s %9s  %-60s  %s\n", "theme", "people", "messages", "title", "state");
	show_world(s);
	return replica_themes(s->seat->replica, &q, show_theme, s, &s->error);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static const char *message_state(const struct message *m)
{
	return m->r.gone                ? "erased"
		: m->service != SV_NONE ? service_names[m->service]
		: m->hold != HOLD_NONE  ? "held"
		: m->muted              ? "muted"
					: message_state_names[m->state];
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
	const struct theme *root = m->cluster ? theme_of(s->world, m) : NULL;
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
	json_member_int(b, "answered_at", message_answered(s->world, m));
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
		show_column(&s->line, m->name, 16);
		buf_adds(&s->line, "  ");
		show_column(&s->line, m->text, 90);
		if (message_answered(s->world, m) && m->state == MS_WAITING && !m->r.gone) {
			time_of_day(message_answered(s->world, m), at);
			buf_addf(&s->line, "  answered at %.5s", at);
		} else {
			buf_addf(&s->line, "  %s", message_state(m));
		}
	}
	show_line(s);
	return true;
}

bool show_messages(struct showing *s)
{
	const char *theme = cli_get(s->c, "theme");
	struct message_query q = {
		.channel = channel_of(s), .words = s->filter, .state = -1, .oldest_first = true, .limit = s->limit
	};
	if (theme && !id_number(*theme == 't' ? theme + 1 : theme, &q.theme))
		error_set(&s->error, ERR_USAGE, "--theme wants a theme's number");
	q.state = choice(s, "state", message_state_names, "waiting or dismissed, for messages");
	show_world(s);
	return !s->error.code && replica_messages(s->seat->replica, &q, show_message, s, &s->error);
}

/* ---- rundown ----------------------------------------------------------------------------------------------------- */

enum { QUESTIONS_MAX = 20000 };
struct questions {
	const struct question **v;
	size_t n, cap;
	const char *state;
};

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
	static const int rank[Q_STATES] = {
		[Q_AIR] = 0, [Q_NEXT] = 1, [Q_RESERVE] = 2, [Q_RETURNED] = 3, [Q_CLOSED] = 4, [Q_DROPPED] = 5
	};
	const struct question *x = *(const struct question *const *)a, *y = *(const struct question *const *)b;
	if (x->state != y->state)
		return rank[x->state] - rank[y->state];
	int64_t p = x->state == Q_CLOSED ? x->aired_at : x->position,
		q = y->state == Q_CLOSED ? y->aired_at : y->position;
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

bool show_rundown(struct showing *s)
{
	int state = choice(
		s, "state", question_state_names, "reserve, next, air, closed, dropped or returned, for the rundown");
	struct questions l = { .state = state < 0 ? NULL : question_state_names[state] };
	if (s->error.code)
		return false;
	world_each(show_world(s), K_QUESTION, into_questions, &l);
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_rundown);
	for (size_t i = 0; i < l.n && (!s->limit || s->shown < s->limit); i++) {
		const struct question *q = l.v[i];
		if (show_filtered_out(s, q->wording))
			continue;
		if (s->json) {
			question_json(s, q);
		} else {
			buf_addf(&s->line, "q%-4lld %-8s ", (long long)q->number, question_state_names[q->state]);
			show_column(&s->line, q->wording, 80);
			buf_addf(&s->line, "  %s%s%s%s", q->credit,
				q->hold != HOLD_NONE             ? "  held: "
					: q->outcome != OUT_NONE ? "  "
								 : "",
				q->hold != HOLD_NONE             ? hold_names[q->hold]
					: q->outcome != OUT_NONE ? result_names[q->outcome]
								 : "",
				q->struck ? "  struck" : "");
		}
		show_one_line(s);
	}
	free(l.v);
	return true;
}
