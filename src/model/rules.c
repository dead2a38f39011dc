#include "src/model/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"

bool refuse(struct error *why, const char *fmt, ...)
{
	char text[sizeof why->text];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(why, ERR_REFUSED, "%s", text);
}

static struct change *change_of(struct outcome *out, enum kind kind, const char *id)
{
	for (size_t i = 0; i < out->n; i++)
		if (out->changes[i].after->kind == kind && !strcmp(out->changes[i].after->id, id))
			return &out->changes[i];
	return NULL;
}

static void *change_add(struct outcome *out, const struct record *before, struct record *after)
{
	grow(&out->changes, &out->cap, out->n + 1, sizeof *out->changes);
	out->changes[out->n++] = (struct change){ .before = before ? record_copy(before) : NULL, .after = after };
	if (!out->subject[0])
		snprintf(out->subject, sizeof out->subject, "%s:%s", kinds[after->kind].name, after->id);
	return after;
}

void *edit(const struct world *w, struct outcome *out, enum kind kind, const char *id)
{
	struct change *c = change_of(out, kind, id);
	if (c)
		return c->after;
	const struct record *r = world_get(w, kind, id);
	return r ? change_add(out, r, record_copy(r)) : NULL;
}

void *edit_or_make(const struct world *w, struct outcome *out, enum kind kind, const char *id)
{
	void *r = edit(w, out, kind, id);
	if (r)
		return r;
	const struct record *ghost = w->get(w->ctx, kind, id);
	if (!ghost)
		return make(out, kind, id);
	struct record *after = record_copy(ghost);
	after->gone = false;
	return change_add(out, ghost, after);
}

void *make(struct outcome *out, enum kind kind, const char *id)
{
	void *r = change_add(out, NULL, record_new(kind, id));
	if (!out->made[0])
		snprintf(out->made, sizeof out->made, "%s", id);
	return r;
}

struct cast *cast_add(struct outcome *out, enum cast_type type, enum kind kind, const char *id)
{
	grow(&out->casts, &out->cap_casts, out->n_casts + 1, sizeof *out->casts);
	struct cast *c = &out->casts[out->n_casts++];
	*c = (struct cast){ .type = type,
		.kind = kind,
		.at_once = type == CAST_RETRACTION || type == CAST_STATE,
		.erase = type == CAST_RETRACTION };
	snprintf(c->id, sizeof c->id, "%s", id);
	return c;
}

void cast_state(struct outcome *out, const char *word)
{
	cast_add(out, CAST_STATE, K_EVENT, "event")->word = word;
}

bool id_is_free(const struct world *w, enum kind kind, const char *id, struct error *why)
{
	if (!id_is_uuid(id))
		return error_set(why, ERR_USAGE, "\"%s\" is no id for a new %s; give a UUIDv7 or none", brief(id).s,
			kinds[kind].name);
	return !w->get(w->ctx, kind, id) ||
		refuse(why, "the id \"%s\" is taken by another %s; give another", id, kinds[kind].name);
}

bool may_reword(const struct world *w, struct error *why)
{
	const struct event *ev = world_event(w);
	if (ev->state != EV_INTERRUPTED || ev->interruption != IN_EDITORIAL)
		return true;
	return refuse(why,
		"the broadcast is interrupted to be looked at; words that are out can be retracted now, or changed "
		"once it is resumed");
}

bool new_id(const struct world *w, const struct offer *o, enum kind kind, const char **id, struct error *why)
{
	const char *given = offer_arg(o, "id");
	*id = *given ? given : o->fresh;
	return id_is_free(w, kind, *id, why);
}

const char *next_id(const char *list, char out[static ID_MAX])
{
	while (*list == ' ')
		list++;
	size_t n = strcspn(list, " ");
	if (!n)
		return NULL;
	snprintf(out, ID_MAX, "%.*s", (int)n, list);
	return list + n;
}

bool target_parse(const char *target, enum kind *kind, const char **id)
{
	const char *colon = strchr(target, ':');
	char name[16];
	if (!colon || (size_t)(colon - target) >= sizeof name)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)(colon - target), target);
	*id = colon + 1;
	return kind_by_name(name, kind) && **id;
}

const char *seat_name(const struct world *w, const char *id)
{
	const struct record *r = w->get(w->ctx, K_SEAT, id);
	return r ? ((const struct seat *)r)->name : !strcmp(id, "0") ? "the backend" : "somebody";
}

struct who last_act(const struct world *w, const struct record *r)
{
	struct who who;
	char at[9];
	time_of_day(r->when, at);
	if (r->rev)
		snprintf(who.text, sizeof who.text, "by %s (%s) at %s", brief(seat_name(w, r->by)).s, r->did, at);
	else
		snprintf(who.text, sizeof who.text, "by the backend");
	return who;
}

struct brief brief(const char *v)
{
	struct brief b;
	struct buf line = BUF_INIT;
	text_clean_line(v, strlen(v), BRIEF_POINTS + 1, &line);
	bool longer = text_points(line.data) > BRIEF_POINTS;
	if (longer)
		text_clean_line(v, strlen(v), BRIEF_POINTS, &line);
	snprintf(b.s, sizeof b.s, "%s%s", line.data, longer ? "…" : "");
	buf_release(&line);
	return b;
}

const char *question_is(const struct question *q)
{
	static const char *const words[] = { [Q_RESERVE] = "in the reserve",
		[Q_NEXT] = "the next one",
		[Q_AIR] = "on the air",
		[Q_CLOSED] = "closed",
		[Q_DROPPED] = "dropped",
		[Q_RETURNED] = "returned to the moderators" };
	return q->struck ? "struck" : words[q->state];
}

const char *hold_is(enum hold h)
{
	static const char *const words[] = { [HOLD_NONE] = "not held",
		[HOLD_LEGAL] = "held for legal advice",
		[HOLD_OPINION] = "held for a second opinion",
		[HOLD_FACT] = "held for a fact check",
		[HOLD_BLOCKED] = "blocked" };
	return words[h];
}

const struct theme *theme_root(const struct world *w, const char *id)
{
	const struct theme *t = (const void *)world_get(w, K_THEME, id);
	for (int steps = 0; t && t->into[0] && steps < 1000; steps++) {
		char into[ID_MAX];
		memcpy(into, t->into, sizeof into);
		const struct theme *up = (const void *)world_get(w, K_THEME, into);
		if (!up)
			break;
		t = up;
	}
	return t;
}

const struct question *question_need(const struct world *w, const char *id, struct error *why)
{
	const struct question *q = *id ? world_question(w, id) : NULL;
	if (!q)
		refuse(why,
			*id ? "there is no question \"%s\"; see the rundown"
			    : "no question was named; name one, such as q7%s",
			id);
	return q;
}

void cluster_theme(const struct world *w, const char *cluster, char out[static ID_MAX])
{
	const struct cluster *c = (const void *)world_get(w, K_CLUSTER, cluster);
	const struct record *own = world_get(w, K_THEME, cluster);
	snprintf(out, ID_MAX, "%s", c && c->theme[0] ? c->theme : own ? cluster : "");
}

bool cluster_put(const struct world *w, struct outcome *out, const char *cluster, const char *theme, struct error *why)
{
	char now[ID_MAX];
	cluster_theme(w, cluster, now);
	const struct theme *own = (const void *)world_get(w, K_THEME, cluster);
	if (!now[0])
		return refuse(why, "there is no cluster \"%s\"", brief(cluster).s);
	if (own && own->asks_nothing)
		return refuse(why, "cluster %s holds what asks nothing and has nothing in common; move its messages", cluster);
	if (!strcmp(now, theme))
		return true;
	struct cluster *c = edit_or_make(w, out, K_CLUSTER, cluster);
	snprintf(c->theme, sizeof c->theme, "%s", theme);
	return true;
}

/* The theme a message was filed in, whatever that was joined to since. */
static void own_theme(const struct world *w, const struct message *m, char out[static ID_MAX])
{
	id_from_number(out, m->cluster);
	const struct cluster *c = (const void *)world_get(w, K_CLUSTER, out);
	if (c)
		memcpy(out, c->theme, ID_MAX);
}

const struct theme *theme_of(const struct world *w, const struct message *m)
{
	char theme[ID_MAX];
	own_theme(w, m, theme);
	return theme_root(w, theme);
}

static bool held(enum hold h, const char *what, const char *note, struct error *why)
{
	if (h == HOLD_NONE)
		return true;
	return refuse(why, "the %s is %s%s%s%s; it cannot be aired until it is cleared", what, hold_is(h),
		*note ? " (" : "", brief(note).s, *note ? ")" : "");
}

/* A theme and all it was joined to. */
static bool theme_clear(const struct world *w, const char *id, struct error *why)
{
	char next[ID_MAX];
	const struct theme *t = (const void *)world_get(w, K_THEME, id);
	for (int steps = 0; t && steps < 1000; steps++) {
		if (!held(t->hold, "theme it comes from", t->hold_why, why))
			return false;
		memcpy(next, t->into, sizeof next);
		t = (const void *)world_get(w, K_THEME, next);
	}
	return true;
}

bool question_clear(const struct world *w, const struct question *q, struct error *why)
{
	if (!held(q->hold, "question", q->hold_why, why))
		return false;
	if (!theme_clear(w, q->theme, why))
		return false;
	for (size_t i = 0; i < q->messages.n; i++) {
		const struct message *m = (const void *)world_get(w, K_MESSAGE, q->messages.v[i]);
		if (!m)
			continue;
		if (m->alert)
			return refuse(why,
				"message %s it comes from is marked as from someone in danger; it cannot be aired "
				"until that is "
				"cleared",
				m->r.id);
		char theme[ID_MAX];
		own_theme(w, m, theme);
		if (!held(m->hold, "message it comes from", m->hold_why, why) || !theme_clear(w, theme, why))
			return false;
	}
	return true;
}

/* ---- off the air ------------------------------------------------------------------------------------------------- */

static bool latest_closed(void *arg, const struct record *r)
{
	const struct question **last = arg;
	const struct question *q = (const void *)r;
	if (!r->gone && q->state == Q_CLOSED && !q->struck && (!*last || q->closed_at >= (*last)->closed_at))
		*last = q;
	return true;
}

const struct question *last_aired(const struct world *w)
{
	const struct event *ev = world_event(w);
	const struct question *last = ev ? world_question(w, ev->air) : NULL;
	if (!last)
		world_each(w, K_QUESTION, latest_closed, &last);
	return last;
}

/* When a theme was last answered: by the questions of what is in it, as they will stand, the one given (in the outcome)
 * included; what was merged into it is in it, but for what leaves it (`without`). */
struct answered_search {
	const struct world *w;
	const struct question *changed; /* NULL: none changes */
	const char *theme, *without;
	int64_t at;
};

static bool is_in(const struct answered_search *s, const char *id)
{
	char at[ID_MAX];
	const struct theme *t;
	snprintf(at, sizeof at, "%s", id);
	for (int steps = 0; at[0] && strcmp(at, s->without) != 0 && steps < 1000; steps++) {
		if (!strcmp(at, s->theme))
			return true;
		t = (const void *)world_get(s->w, K_THEME, at);
		snprintf(at, sizeof at, "%s", t ? t->into : "");
	}
	return false;
}

static bool asks_in(const struct answered_search *s, const struct question *q)
{
	char theme[ID_MAX];
	bool in = is_in(s, q->theme);
	for (size_t i = 0; !in && i < q->messages.n; i++) {
		const struct message *m = (const void *)world_get(s->w, K_MESSAGE, q->messages.v[i]);
		if (!m)
			continue;
		own_theme(s->w, m, theme);
		in = is_in(s, theme);
	}
	return in;
}

static bool latest_answer(void *arg, const struct record *r)
{
	struct answered_search *s = arg;
	const struct question *q = s->changed && !strcmp(r->id, s->changed->r.id) ? s->changed : (const void *)r;
	bool answered = q->outcome == OUT_ANSWERED || q->outcome == OUT_PARTLY;
	if (!q->r.gone && answered && !q->struck && q->state == Q_CLOSED && q->closed_at > s->at && asks_in(s, q))
		s->at = q->closed_at;
	return true;
}

/* A theme, and those it was merged into, get the time of their last answer. */
static void answer_up(const struct world *w, struct outcome *out, const char *id, const struct question *changed,
	const char *without)
{
	char at[ID_MAX];
	snprintf(at, sizeof at, "%s", id);
	for (int steps = 0; at[0] && steps < 1000; steps++) {
		struct answered_search s = { .w = w, .changed = changed, .theme = at, .without = without };
		const struct theme *was = (const void *)world_get(w, K_THEME, at);
		if (!was)
			return;
		char into[ID_MAX];
		memcpy(into, was->into, sizeof into);
		world_each(w, K_QUESTION, latest_answer, &s);
		struct theme *t = edit(w, out, K_THEME, at);
		t->answered_at = s.at;
		memcpy(at, into, sizeof at);
	}
}

void theme_answered(const struct world *w, struct outcome *out, const struct question *q)
{
	char theme[ID_MAX];
	answer_up(w, out, q->theme, q, "");
	for (size_t i = 0; i < q->messages.n; i++) {
		const struct message *m = (const void *)world_get(w, K_MESSAGE, q->messages.v[i]);
		if (!m)
			continue;
		own_theme(w, m, theme);
		answer_up(w, out, theme, q, "");
	}
}

void theme_left(const struct world *w, struct outcome *out, const char *from, const char *theme)
{
	answer_up(w, out, from, NULL, theme);
}

int64_t message_answered(const struct world *w, const struct message *m)
{
	const struct theme *t = m->service == SV_NONE && m->cluster ? theme_of(w, m) : NULL;
	return t ? t->answered_at : 0;
}

struct question *leave_air(const struct world *w, struct outcome *out, enum result result, int64_t now)
{
	struct event *ev = edit(w, out, K_EVENT, "event");
	struct question *q = ev->air[0] ? edit(w, out, K_QUESTION, ev->air) : NULL;
	ev->air[0] = '\0';
	if (!q)
		return NULL;
	q->state = Q_CLOSED;
	q->outcome = result != OUT_NONE ? result : q->outcome != OUT_NONE ? q->outcome : OUT_ANSWERED;
	q->closed_at = now;
	theme_answered(w, out, q);
	if (!q->struck)
		cast_add(out, CAST_ANSWER, K_QUESTION, q->r.id);
	return q;
}

/* ---- the crew ---------------------------------------------------------------------------------------------------- */

struct role_search {
	enum role role;
	bool found;
};
static bool has_role(void *arg, const struct record *r)
{
	struct role_search *s = arg;
	s->found = s->found || (!r->gone && ((const struct seat *)r)->role == s->role);
	return !s->found;
}

bool role_absent(const struct world *w, enum role role)
{
	struct role_search s = { .role = role };
	world_each(w, K_SEAT, has_role, &s);
	return !s.found;
}

static bool highest(void *arg, const struct record *r)
{
	int64_t *top = arg;
	int64_t p =
		r->kind == K_QUESTION ? ((const struct question *)r)->position : ((const struct segment *)r)->position;
	if (p > *top)
		*top = p;
	return true;
}

int64_t position_after_all(const struct world *w, enum kind kind)
{
	int64_t top = 0;
	world_each(w, kind, highest, &top);
	return top + POSITION_STEP;
}

bool crew_word(const struct world *w, const char *fr, const char *en, const char **out)
{
	const struct event *ev = world_event(w);
	bool french = !ev || strcmp(ev->lang, "en") != 0;
	*out = french ? fr : en;
	return french;
}
