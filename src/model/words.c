/* words.c: the `:` line: from what people type to an operation, and back for the log. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/model/rules.h"

void words_release(struct words *w)
{
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(w->arg[i]);
	*w = (struct words){ 0 };
}

void op_usage(const struct op *op, struct buf *out)
{
	buf_adds(out, op->name);
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const struct arg *a = &op->args[i];
		bool optional = a->flags & ARG_OPTIONAL;
		buf_adds(out, optional ? " [" : " ");
		if (a->flags & ARG_NAMED)
			buf_addf(out, "%s=", a->name);
		for (const char *p = a->name; *p; p++)
			buf_addc(out, (char)toupper((unsigned char)*p));
		buf_addf(out, "%s%s", a->flags & ARG_MANY ? "…" : "", optional ? "]" : "");
	}
}

static bool usage_error(const struct op *op, struct error *e, const char *what)
{
	struct buf usage = BUF_INIT;
	op_usage(op, &usage);
	error_set(e, ERR_USAGE, "%s; usage: %s", what, usage.data);
	buf_release(&usage);
	return false;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* One token from *p into out: a word, or a "quoted one" with \" and \\ inside. False at the end. */
static bool token(const char **p, struct buf *out)
{
	const char *s = *p + strspn(*p, " \t");
	buf_reset(out);
	if (!*s)
		return false;
	bool quoted = false;
	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == '\\' && quoted && (s[1] == '"' || s[1] == '\\'))
			buf_addc(out, *++s);
		else
			buf_addc(out, *s);
	}
	*p = s;
	return true;
}

/* The rest of the line as a text: without the quotes when it is quoted as a whole. */
static char *rest_text(const char *s)
{
	s += strspn(s, " \t");
	size_t len = strlen(s);
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len >= 2 && s[0] == '"' && s[len - 1] == '"' && !memchr(s + 1, '"', len - 2))
		return xstrndup(s + 1, len - 2);
	return xstrndup(s, len);
}

static bool digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* "q7", or "Q7" when Caps Lock is on. */
static bool lettered(const char *s, char letter)
{
	return tolower((unsigned char)s[0]) == letter && digits(s + 1);
}

static bool is_word(const char *s, const char *word)
{
	return !strcasecmp(s, word);
}

/* "last": 0, "last-2": 2, else -1. */
static long last_but(const char *s)
{
	if (strncasecmp(s, "last", 4) != 0)
		return -1;
	if (!s[4])
		return 0;
	return s[4] == '-' && digits(s + 5) && strlen(s) < 9 ? strtol(s + 5, NULL, 10) : -1;
}

/* UTC milliseconds, and no small number: "plan 50" is about questions. 0 takes a time away. */
static bool is_ms(const char *s)
{
	int64_t n;
	return !strcmp(s, "0") || (id_number(s, &n) && n >= INT64_C(946684800000));
}

static bool one_looks(const struct arg *a, const char *s, bool before_text)
{
	int64_t n;
	switch (a->type) {
	case A_QUESTION:
		return lettered(s, 'q') || id_is_uuid(s) || !strncmp(s, "question:", 9) ||
			(!before_text && (is_word(s, "next") || is_word(s, "air") || digits(s)));
	case A_ANSWER:
		return lettered(s, 'q') || id_is_uuid(s);
	case A_THEME:
		return lettered(s, 't') || digits(s) || !strncmp(s, "theme:", 6);
	case A_MESSAGE:
		return lettered(s, 'm') || digits(s) || !strncmp(s, "message:", 8);
	case A_PERSON:
		return lettered(s, 'p') || lettered(s, 'm') || digits(s);
	case A_TARGET:
		return lettered(s, 't') || lettered(s, 'm') || lettered(s, 'q') || id_is_uuid(s) ||
			!strncmp(s, "theme:", 6) || !strncmp(s, "message:", 8) || !strncmp(s, "question:", 9) ||
			!strncmp(s, "segment:", 8) || (!before_text && (is_word(s, "next") || is_word(s, "air")));
	case A_SEGMENT:
		return last_but(s) >= 0 || id_is_uuid(s);
	case A_NUMBER:
		return digits(s);
	case A_TIME:
		return is_ms(s) || (strchr(s, ':') && isdigit((unsigned char)s[0]));
	case A_CHOICE:
		for (const char *const *c = a->choices; *c; c++)
			if (is_word(s, *c))
				return true;
		return false;
	case A_ACT:
		return digits(s) || act_name(s, &n);
	default:
		return true;
	}
}

/* Does this token look like the argument's type? "m1,m2" does when each part does. */
static bool looks(const struct arg *a, const char *s, bool before_text)
{
	if (!(a->flags & ARG_MANY) || !strchr(s, ','))
		return one_looks(a, s, before_text);
	char *copy = xstrdup(s), *save = NULL;
	bool all = true;
	for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(NULL, ",", &save))
		all = all && one_looks(a, part, before_text);
	free(copy);
	return all;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static const struct op *find_op(const char *name, struct error *e)
{
	const struct op *found = op_by_name(name);
	if (found)
		return found;
	size_t n = strlen(name), hits = 0;
	for (size_t i = 0; i < ops_n; i++)
		if (n && !strncasecmp(ops[i].name, name, n)) {
			if (!ops[i].name[n])
				return &ops[i];
			found = &ops[i];
			hits++;
		}
	if (hits == 1)
		return found;
	struct buf could = BUF_INIT;
	for (size_t i = 0; i < ops_n && hits; i++)
		if (!strncasecmp(ops[i].name, name, n))
			buf_addf(&could, "%s%s", could.len ? ", " : "", ops[i].name);
	if (hits)
		error_set(e, ERR_USAGE, "\"%s\" could be %s; write more of it", brief(name).s, could.data);
	else
		error_set(e, ERR_USAGE, "there is no operation \"%s\"; see regie do --help", brief(name).s);
	buf_release(&could);
	return NULL;
}

static int named_arg(const struct op *op, const char *tok, const char **value)
{
	const char *eq = strchr(tok, '=');
	for (int i = 0; eq && i < (int)op_arg_count(op); i++)
		if (strlen(op->args[i].name) == (size_t)(eq - tok) &&
			!strncmp(op->args[i].name, tok, (size_t)(eq - tok))) {
			*value = eq + 1;
			return i;
		}
	return -1;
}

static size_t needed_after(const struct words *w, size_t i)
{
	size_t n = 0;
	for (size_t j = i + 1; j < op_arg_count(w->op); j++)
		n += !(w->op->args[j].flags & ARG_OPTIONAL) && !w->arg[j];
	return n;
}

static size_t tokens_left(const char *p)
{
	struct buf t = BUF_INIT;
	size_t n = 0;
	while (token(&p, &t))
		n++;
	buf_release(&t);
	return n;
}

static void add_value(char **slot, const char *v)
{
	struct buf joined = BUF_INIT;
	if (*slot)
		buf_addf(&joined, "%s ", *slot);
	buf_adds(&joined, v);
	free(*slot);
	*slot = buf_detach(&joined);
}

/* NAME=VALUE arguments that stand here; stops at the first token that is none. */
static bool take_named(struct words *w, const char **p, struct buf *t, struct error *e)
{
	for (;;) {
		const char *after = *p, *value;
		if (!token(&after, t))
			return true;
		int i = named_arg(w->op, t->data, &value);
		if (i < 0)
			return true;
		if (w->arg[i])
			return usage_error(w->op, e, "an argument is given twice");
		const char *raw = strchr(*p, '=');
		if (w->op->args[i].type == A_TEXT && raw && raw[1] != '"') {
			w->arg[i] = rest_text(raw + 1);
			*p += strlen(*p);
			return true;
		}
		w->arg[i] = xstrdup(value);
		*p = after;
	}
}

static bool text_follows(const struct op *op, size_t i)
{
	const struct arg *last = &op->args[op_arg_count(op) - 1];
	return i + 1 < op_arg_count(op) && last->type == A_TEXT && !(last->flags & ARG_NAMED);
}

static bool take_positional(struct words *w, size_t i, const char **p, struct buf *t)
{
	const struct arg *a = &w->op->args[i];
	if (a->type == A_TEXT) {
		char *text = rest_text(*p);
		*p += strlen(*p);
		if (*text)
			w->arg[i] = text;
		else
			free(text);
		return true;
	}
	bool first = true;
	for (;;) {
		const char *after = *p;
		if (!token(&after, t))
			return true;
		bool fits = looks(a, t->data, text_follows(w->op, i));
		if (first && fits && text_follows(w->op, i) && (a->type == A_QUESTION || a->type == A_TARGET) &&
			tokens_left(*p) == 1) {
			add_value(&w->arg[i], t->data); /* "publish q1" lacks its text; "q1" is nothing anybody says */
			*p = after;
			return true;
		}
		if ((!first || (a->flags & ARG_OPTIONAL)) && (!fits || tokens_left(*p) <= needed_after(w, i)))
			return true;
		add_value(&w->arg[i], t->data);
		*p = after;
		first = false;
		if (!(a->flags & ARG_MANY))
			return true;
	}
}

/* speeker="X" in front of a text is a slip, not what somebody said. */
static bool stray_name(const char *p)
{
	p += strspn(p, " \t");
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
	return len && p[len] == '=' && p[len + 1] == '"';
}

/* A word too many is mostly a choice that was not known: say what there is. */
static bool surplus(const struct words *w, const char *word, struct error *e)
{
	for (size_t i = 0; i < op_arg_count(w->op); i++) {
		const struct arg *a = &w->op->args[i];
		if (a->type == A_CHOICE && !w->arg[i])
			return error_set(e, ERR_USAGE, "\"%s\" is no %s for \"%s\"; it is %s", brief(word).s, a->name, w->op->name, a->help);
	}
	return usage_error(w->op, e, "there is more on the line than it takes");
}

static bool all_given(struct words *w, struct error *e)
{
	for (size_t i = 0; i < op_arg_count(w->op); i++) {
		if (w->arg[i] && !w->arg[i][strspn(w->arg[i], " \t")]) {
			free(w->arg[i]); /* "" is as good as not given */
			w->arg[i] = NULL;
		}
		if (!w->arg[i] && !(w->op->args[i].flags & ARG_OPTIONAL))
			return usage_error(w->op, e, "an argument is missing");
	}
	return true;
}

bool words_parse(const char *line, struct words *out, struct error *e)
{
	*out = (struct words){ 0 };
	struct buf t = BUF_INIT;
	const char *p = line;
	bool good = token(&p, &t) ? (out->op = find_op(t.data, e)) != NULL
				  : error_set(e, ERR_USAGE, "no operation was given; see regie do --help");
	for (size_t i = 0; good && i < op_arg_count(out->op); i++) {
		good = take_named(out, &p, &t, e);
		if (good && !out->arg[i] && !(out->op->args[i].flags & ARG_NAMED))
			good = out->op->args[i].type == A_TEXT && stray_name(p)
				? usage_error(out->op, e, "it has no argument by that name")
				: take_positional(out, i, &p, &t);
	}
	good = good && take_named(out, &p, &t, e);
	if (good && token(&p, &t))
		good = surplus(out, t.data, e);
	good = good && all_given(out, e);
	buf_release(&t);
	if (!good)
		words_release(out);
	return good;
}

/* ---- resolving --------------------------------------------------------------------------------------------------- */

struct search {
	const char *want;
	int64_t number;
	const struct record *found;
};

static bool by_number(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && ((const struct question *)r)->number == s->number)
		s->found = r;
	return !s->found;
}

static bool by_next(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && ((const struct question *)r)->state == Q_NEXT)
		s->found = r;
	return !s->found;
}

static bool by_name(void *arg, const struct record *r)
{
	struct search *s = arg;
	if (!r->gone && !strcasecmp(((const struct seat *)r)->name, s->want))
		s->found = r;
	return !s->found;
}

static bool newest_answer(void *arg, const struct record *r)
{
	struct search *s = arg;
	const struct answer *a = (const void *)r;
	if (!r->gone && ids_have(&a->questions, s->want) &&
		(!s->found || a->begun_at >= ((const struct answer *)s->found)->begun_at))
		s->found = r;
	return true;
}

/* Who published a segment: who last touched it when nobody else did, else as the log has it. */
struct publisher_search {
	const char *subject, *seat;
	bool found;
};
static bool find_publisher(void *arg, const struct record *r)
{
	struct publisher_search *s = arg;
	const struct act *a = (const void *)r;
	s->found = !strcmp(a->op, "publish") && !strcmp(a->subject, s->subject) && !strcmp(a->seat, s->seat);
	return !s->found;
}

static bool published_by(const struct world *w, const struct segment *s, const char *seat)
{
	char subject[ID_MAX + 12];
	if (s->r.rev <= 1)
		return !strcmp(s->r.by, seat);
	snprintf(subject, sizeof subject, "segment:%s", s->r.id);
	struct publisher_search p = { .subject = subject, .seat = seat };
	world_each(w, K_ACT, find_publisher, &p);
	return p.found;
}

/* The segments of a seat that stand, from the newest back. */
struct recent {
	const struct world *w;
	const char *seat;
	const struct segment *v[64];
	size_t n;
};
static bool into_recent(void *arg, const struct record *r)
{
	struct recent *l = arg;
	const struct segment *s = (const void *)r;
	if (r->gone || s->state == SG_RETRACTED || !published_by(l->w, s, l->seat))
		return true;
	size_t i = l->n < COUNT_OF(l->v) ? l->n++ : l->n - 1;
	if (i == COUNT_OF(l->v) - 1 && l->v[i] && l->v[i]->position > s->position)
		return true;
	for (; i && l->v[i - 1]->position < s->position; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = s;
	return true;
}

static char *question_ref(const struct world *w, const char *v, struct error *e)
{
	struct search s = { .want = v };
	if (!strncmp(v, "question:", 9))
		v += 9;
	if (id_is_uuid(v))
		return xstrdup(v);
	if (is_word(v, "air")) {
		const struct event *ev = world_event(w);
		if (ev && ev->air[0])
			return xstrdup(ev->air);
		error_set(e, ERR_REFUSED, "no question is on the air");
		return NULL;
	}
	if (is_word(v, "next")) {
		world_each(w, K_QUESTION, by_next, &s);
		if (!s.found)
			error_set(e, ERR_REFUSED, "no question is next; name one, or choose it with next");
	} else if (id_number(lettered(v, 'q') ? v + 1 : v, &s.number)) {
		world_each(w, K_QUESTION, by_number, &s);
		if (!s.found)
			error_set(e, ERR_REFUSED, "there is no question q%lld; see the rundown", (long long)s.number);
	} else {
		error_set(e, ERR_USAGE, "\"%s\" is no question; give q7, next, air or an id", brief(v).s);
	}
	return s.found ? xstrdup(s.found->id) : NULL;
}

static char *numbered(const char *v, char letter, const char *prefix, const char *what, struct error *e)
{
	int64_t n;
	size_t p = strlen(prefix);
	const char *number = lettered(v, letter) ? v + 1 : !strncmp(v, prefix, p) ? v + p : v;
	if (id_number(number, &n))
		return xstrdup(number);
	error_set(e, ERR_USAGE, "\"%s\" is no %s; give %c12 or its number", brief(v).s, what, letter);
	return NULL;
}

static char *person_ref(const struct world *w, const char *v, struct error *e)
{
	if (!lettered(v, 'm'))
		return numbered(v, 'p', "participant:", "participant", e);
	const struct message *m = strlen(v) < ID_MAX ? (const void *)world_get(w, K_MESSAGE, v + 1) : NULL;
	if (!m || !m->participant) {
		error_set(e, ERR_REFUSED, "there is no message \"%s\" whose sender is known", brief(v).s);
		return NULL;
	}
	char id[ID_MAX];
	id_from_number(id, m->participant);
	return xstrdup(id);
}

static char *prefixed(const char *prefix, char *id)
{
	if (!id)
		return NULL;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s:%s", prefix, id);
	free(id);
	return buf_detach(&b);
}

static char *segment_ref(const struct world *w, const char *v, const char *seat, struct error *e)
{
	if (id_is_uuid(v))
		return xstrdup(v);
	struct recent l = { .w = w, .seat = seat };
	long back = last_but(v);
	world_each(w, K_SEGMENT, into_recent, &l);
	if (back >= 0 && (size_t)back < l.n)
		return xstrdup(l.v[back]->r.id);
	error_set(e, back < 0 ? ERR_USAGE : ERR_REFUSED,
		back < 0 ? "\"%s\" is no segment; give last, last-1 or an id" : "there is no segment \"%s\" of yours",
		brief(v).s);
	return NULL;
}

static char *target_ref(const struct world *w, const char *v, const char *seat, struct error *e)
{
	if (!strncmp(v, "theme:", 6) || lettered(v, 't'))
		return prefixed("theme", numbered(v, 't', "theme:", "theme", e));
	if (!strncmp(v, "message:", 8) || lettered(v, 'm'))
		return prefixed("message", numbered(v, 'm', "message:", "message", e));
	if (!strncmp(v, "segment:", 8) || last_but(v) >= 0)
		return prefixed("segment", segment_ref(w, !strncmp(v, "segment:", 8) ? v + 8 : v, seat, e));
	if (id_is_uuid(v) && !world_question(w, v) && world_get(w, K_SEGMENT, v))
		return prefixed("segment", xstrdup(v));
	return prefixed("question", question_ref(w, v, e));
}

static char *answer_ref(const struct world *w, const char *v, struct error *e)
{
	if (id_is_uuid(v) && !world_question(w, v))
		return xstrdup(v);
	char *question = question_ref(w, v, e);
	if (!question)
		return NULL;
	struct search s = { .want = question };
	world_each(w, K_ANSWER, newest_answer, &s);
	free(question);
	if (!s.found)
		error_set(e, ERR_REFUSED, "nothing was published for \"%s\" yet", brief(v).s);
	return s.found ? xstrdup(s.found->id) : NULL;
}

/* "20:45" is when the console's clock shows that, from twelve hours ago to twelve hours ahead. */
static char *time_ref(const char *v, int64_t now, struct error *e)
{
	int hour, minute;
	char end, id[ID_MAX];
	int64_t at = -1;
	if (is_ms(v))
		return xstrdup(v);
	if (isdigit((unsigned char)*v) && sscanf(v, "%2d:%2d%c", &hour, &minute, &end) == 2 && hour < 24 &&
		minute >= 0 && minute < 60) {
		time_t s = (time_t)(now / 1000);
		struct tm tm;
		localtime_r(&s, &tm);
		tm.tm_hour = hour;
		tm.tm_min = minute;
		tm.tm_sec = 0;
		for (int day = 0; day < 2 && at < now - 12 * 3600 * INT64_C(1000); day++) {
			tm.tm_mday += day;
			tm.tm_isdst = -1;
			at = (int64_t)mktime(&tm) * 1000;
		}
	} else {
		at = time_parse(v);
	}
	if (at <= 0) {
		error_set(e, ERR_USAGE, "\"%s\" is no time; give HH:MM or 2004-06-24T20:45:00Z", brief(v).s);
		return NULL;
	}
	id_from_number(id, at);
	return xstrdup(id);
}

static char *seat_ref(const struct world *w, const char *v)
{
	struct search s = { .want = v };
	if (!world_seat(w, v))
		world_each(w, K_SEAT, by_name, &s);
	return xstrdup(s.found ? s.found->id : v);
}

static char *choice_ref(const struct arg *a, const char *v)
{
	for (const char *const *c = a->choices; *c; c++)
		if (is_word(v, *c))
			return xstrdup(*c);
	return xstrdup(v);
}

static char *resolve_one(
	const struct world *w, const struct arg *a, const char *v, const char *seat, int64_t now, struct error *e)
{
	switch (a->type) {
	case A_QUESTION:
		return question_ref(w, v, e);
	case A_THEME:
		return numbered(v, 't', "theme:", "theme", e);
	case A_MESSAGE:
		return numbered(v, 'm', "message:", "message", e);
	case A_PERSON:
		return person_ref(w, v, e);
	case A_TARGET:
		return target_ref(w, v, seat, e);
	case A_SEGMENT:
		return segment_ref(w, v, seat, e);
	case A_CHOICE:
		return choice_ref(a, v);
	case A_ANSWER:
		return answer_ref(w, v, e);
	case A_SEAT:
		return seat_ref(w, v);
	case A_TIME:
		return time_ref(v, now, e);
	default:
		return xstrdup(v);
	}
}

char *arg_resolve(
	const struct world *w, const struct arg *a, const char *v, const char *seat, int64_t now, struct error *e)
{
	if (!(a->flags & ARG_MANY))
		return resolve_one(w, a, v, seat, now, e);
	struct buf all = BUF_INIT;
	char *copy = xstrdup(v), *save = NULL;
	bool good = true;
	for (char *part = strtok_r(copy, ", ", &save); part && good; part = strtok_r(NULL, ", ", &save)) {
		char *one = resolve_one(w, a, part, seat, now, e);
		good = one != NULL;
		if (one)
			buf_addf(&all, "%s%s", all.len ? " " : "", one);
		free(one);
	}
	free(copy);
	if (good && all.len)
		return buf_detach(&all);
	if (good)
		error_set(e, ERR_USAGE, "\"%s\" names nothing; it wants %s", brief(v).s, a->help);
	buf_release(&all);
	return NULL;
}

/* What an absent question means at the moment of the decision, so that a late operation still means the same. */
static const char *bound_question(const struct world *w, const struct op *op)
{
	if (op->apply == do_air)
		return "next";
	const struct question *last = op->apply == do_outcome || op->apply == do_publish ? last_aired(w) : NULL;
	if (last)
		return last->r.id;
	bool to_air = op->apply == do_close;
	const struct event *ev = world_event(w);
	return to_air && ev && ev->air[0] ? "air" : NULL;
}

bool words_resolve(const struct world *w, const struct words *in, const char *seat, int64_t now, char *v[OP_ARGS_MAX],
	struct error *e)
{
	bool good = true;
	memset(v, 0, OP_ARGS_MAX * sizeof *v);
	for (size_t i = 0; i < op_arg_count(in->op) && good; i++) {
		const struct arg *a = &in->op->args[i];
		const char *given = in->arg[i];
		if (!given && a->type == A_QUESTION && (a->flags & ARG_OPTIONAL) &&
			!(i + 1 < OP_ARGS_MAX && in->op->args[i + 1].type == A_ANSWER && in->arg[i + 1]))
			given = bound_question(w, in->op);
		if (given)
			good = (v[i] = arg_resolve(w, a, given, seat, now, e)) != NULL;
	}
	for (size_t i = 0; i < OP_ARGS_MAX && !good; i++) {
		free(v[i]);
		v[i] = NULL;
	}
	return good;
}

static void add_quoted(struct buf *out, const char *v)
{
	buf_addc(out, '"');
	for (; *v; v++) {
		if (*v == '"' || *v == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *v);
	}
	buf_addc(out, '"');
}

static void add_arg(struct buf *out, const struct arg *a, const char *v, bool by_name)
{
	buf_addc(out, ' ');
	if (by_name || strchr(v, '='))
		buf_addf(out, "%s=", a->name);
	if (strpbrk(v, " \t\"\\") || a->type == A_TEXT)
		add_quoted(out, v);
	else
		buf_adds(out, v);
}

/* Would the text at the end of the line be read as itself there? */
static bool reads_as_text(const char *line, const struct op *op, size_t i, const char *text)
{
	struct words w;
	bool same = words_parse(line, &w, NULL) && w.op == op && w.arg[i] && !strcmp(w.arg[i], text);
	words_release(&w);
	return same;
}

void words_line(const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out)
{
	size_t from = out->len;
	buf_adds(out, op->name);
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const struct arg *a = &op->args[i];
		if (!arg[i] || !*arg[i])
			continue;
		size_t here = out->len;
		bool last = a->type == A_TEXT && i + 1 == op_arg_count(op);
		if (last)
			buf_addf(out, " %s", arg[i]);
		if (last && reads_as_text(out->data + from, op, i, arg[i]))
			continue;
		out->len = here;
		out->data[here] = '\0';
		add_arg(out, a, arg[i], last || a->flags & (ARG_NAMED | ARG_OPTIONAL));
	}
}
