/* op.c: deciding: what holds for every operation. The transitions themselves are in op_*.c. */
#include "src/model/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/model/rules.h"

void outcome_release(struct outcome *out)
{
	for (size_t i = 0; i < out->n; i++) {
		record_free(out->changes[i].before);
		record_free(out->changes[i].after);
	}
	free(out->changes);
	free(out->casts);
	*out = (struct outcome){ 0 };
}

const char *offer_arg(const struct offer *o, const char *name)
{
	for (size_t i = 0; i < OP_ARGS_MAX && o->op->args[i].name; i++)
		if (!strcmp(o->op->args[i].name, name))
			return o->arg[i] ? o->arg[i] : "";
	return "";
}

/* The host stands in for a producer that the crew does not have, and for the last word on holds when it has neither
 * producer nor adviser: somebody must be able to. Taking something away from the public is never the adviser's alone. */
bool op_allowed(const struct world *w, const struct op *op, enum role role)
{
	if (role == R_BACKEND || (op->roles & (1u << role)))
		return true;
	if (role != R_HOST || !(op->roles & PRODUCER) || !role_absent(w, R_PRODUCER))
		return false;
	return !(op->roles & ADVISER) || (op->flags & OP_TAKES) || role_absent(w, R_ADVISER);
}

static bool check_seat(const struct world *w, const struct offer *o, struct error *why)
{
	if (o->role != R_BACKEND && !world_seat(w, o->seat))
		return refuse(why, "seat \"%s\" is not of this event", o->seat);
	if (op_allowed(w, o->op, o->role))
		return true;
	char roles[120] = "";
	size_t n = 0;
	for (int r = R_WEB; r < R_BACKEND; r++)
		if (op_allowed(w, o->op, (enum role)r))
			n += (size_t)snprintf(roles + n, sizeof roles - n, "%s%s", n ? ", " : "", role_names[r]);
	return refuse(why, "\"%s\" is not for the role %s; it is for %s", o->op->name, role_names[o->role], roles);
}

static bool check_baton(const struct world *w, const struct offer *o, struct error *why)
{
	const struct event *ev = world_event(w);
	bool airs = o->op->apply == do_air || o->op->apply == do_ask;
	if (!airs || !ev->baton[0] || !strcmp(ev->baton, o->seat) || !world_seat(w, ev->baton))
		return true;
	return refuse(why, "the baton is with %s; ask for it before you air", seat_name(w, ev->baton));
}

static bool choice_known(const struct arg *a, const char *v)
{
	for (const char *const *c = a->choices; *c; c++)
		if (!strcmp(*c, v))
			return true;
	return false;
}

/* "CLIENT:N", which is longer than an id. */
bool act_name(const char *v, int64_t *n)
{
	char client[ID_MAX];
	size_t len = strcspn(v, ":");
	snprintf(client, sizeof client, "%.*s", (int)len, v);
	return len < sizeof client && v[len] && id_is_uuid(client) && id_number(v + len + 1, n);
}

static bool check_one(const struct op *op, const struct arg *a, const char *v, struct error *why)
{
	int64_t n;
	enum kind kind;
	const char *id;
	switch (a->type) {
	case A_THEME:
	case A_MESSAGE:
	case A_PERSON:
		if (id_number(v, &n))
			return true;
		break;
	case A_PART:
		if (id_number(v[0] == 'c' ? v + 1 : v, &n))
			return true;
		break;
	case A_NUMBER:
		if ((v[0] == '0' && !v[1]) || id_number(v, &n))
			return true;
		break;
	case A_TIME:
		if (id_number(v, &n) || !strcmp(v, "0"))
			return true;
		break;
	case A_TARGET:
		if (target_parse(v, &kind, &id))
			return true;
		break;
	case A_CHOICE:
		if (choice_known(a, v))
			return true;
		break;
	case A_ACT:
		if (id_number(v, &n) || act_name(v, &n))
			return true;
		break;
	default:
		if (strlen(v) < ID_MAX || a->type == A_TEXT || a->type == A_WORD)
			return true;
	}
	return error_set(
		why, ERR_USAGE, "\"%s\" is no %s for \"%s\"; it wants %s", brief(v).s, a->name, op->name, a->help);
}

static bool check_many(const struct op *op, const struct arg *a, const char *v, struct error *why)
{
	char one[ID_MAX + 12];
	size_t n = 0;
	while (*v) {
		size_t len = strcspn(v, " ");
		if (len >= sizeof one || ++n > 500)
			return error_set(
				why, ERR_USAGE, "\"%s\" takes at most 500 of %s, each a short name", op->name, a->name);
		snprintf(one, sizeof one, "%.*s", (int)len, v);
		if (!check_one(op, a, one, why))
			return false;
		v += len + strspn(v + len, " ");
	}
	return true;
}

/* A text cleaned as at the door, a word on one line besides; NULL with a sentence. */
static char *clean_text(const struct op *op, const struct arg *a, const char *v, struct error *why)
{
	struct buf clean = BUF_INIT;
	bool changed;
	struct error e = { 0 };
	if (!text_clean(v, strlen(v), TEXT_MESSAGE_MAX, &clean, &changed, &e)) {
		buf_release(&clean);
		error_set(why, ERR_USAGE, "the %s of \"%s\" %s", a->name, op->name,
			e.code == ERR_TOO_BIG ? "is too long; at most 2000 characters are taken"
					      : "has nothing in it that can be seen");
		return NULL;
	}
	if (a->type == A_WORD) {
		struct buf line = BUF_INIT;
		text_clean_line(clean.data, clean.len, TEXT_MESSAGE_MAX, &line);
		buf_release(&clean);
		clean = line;
	}
	return buf_detach(&clean);
}

/* Arguments present, of their type, short names resolved and texts cleaned: `texts` owns what was made. */
static bool check_args(const struct world *w, struct offer *o, char *texts[OP_ARGS_MAX], struct error *why)
{
	for (size_t i = 0; i < OP_ARGS_MAX && o->op->args[i].name; i++) {
		const struct arg *a = &o->op->args[i];
		const char *v = o->arg[i];
		if (!v || !*v) {
			if (!(a->flags & ARG_OPTIONAL))
				return error_set(
					why, ERR_USAGE, "\"%s\" needs its %s: %s", o->op->name, a->name, a->help);
			o->arg[i] = NULL;
			continue;
		}
		bool text = a->type == A_TEXT || a->type == A_WORD;
		o->arg[i] = texts[i] = text ? clean_text(o->op, a, v, why) : arg_resolve(w, a, v, o->seat, o->now, why);
		if (!texts[i] || !(a->flags & ARG_MANY ? check_many : check_one)(o->op, a, texts[i], why))
			return false;
	}
	return true;
}

static const struct record *subject_of(const struct world *w, const struct offer *o)
{
	const struct op *op = o->op;
	if (op->subject == K_EVENT)
		return world_get(w, K_EVENT, "event");
	if (op->subject_arg < 0 || !o->arg[op->subject_arg])
		return NULL;
	const char *id = o->arg[op->subject_arg];
	enum kind kind = op->subject;
	if (op->args[op->subject_arg].type == A_TARGET && !target_parse(id, &kind, &id))
		return NULL;
	return kind < KIND_COUNT && !strchr(id, ' ') ? world_get(w, kind, id) : NULL;
}

static bool check_rev(const struct world *w, const struct offer *o, struct error *why)
{
	const struct record *r = o->rev >= 0 ? subject_of(w, o) : NULL;
	if (!r || r->rev == o->rev)
		return true;
	return refuse(why, "the %s was changed since you looked, %s; look again and decide anew", kinds[r->kind].name,
		last_act(w, r).text);
}

static bool check_event(const struct world *w, struct error *why)
{
	const struct event *ev = world_event(w);
	if (!ev)
		return refuse(why, "there is no event here yet; make one with regied init");
	if (ev->state == EV_SEALED)
		return refuse(why, "the event is sealed %s; nothing changes any more", last_act(w, &ev->r).text);
	return true;
}

/* Changes that change nothing are dropped, so that they do not make somebody's decision stale. */
void outcome_stamp(struct outcome *out, const char *seat, const char *did, int64_t now)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->n; i++) {
		struct change c = out->changes[i];
		struct record *r = c.after;
		if (c.before && record_same(c.before, r)) {
			record_free(c.before);
			record_free(r);
			continue;
		}
		r->rev++;
		snprintf(r->by, sizeof r->by, "%s", seat);
		snprintf(r->did, sizeof r->did, "%s", did);
		r->when = now;
		out->changes[kept++] = c;
	}
	out->n = kept;
}

enum err op_decide(const struct world *w, const struct offer *offered, struct outcome *out, struct error *why)
{
	struct offer o = *offered;
	char *texts[OP_ARGS_MAX] = { 0 };
	struct error local = { 0 };
	struct error *e = why ? why : &local;
	*out = (struct outcome){ 0 };
	*e = (struct error){ 0 };
	bool done = check_event(w, e) && check_seat(w, &o, e) && check_baton(w, &o, e) && check_args(w, &o, texts, e);
	if (done && (o.op->flags & OP_EXPIRES) && o.until && o.now > o.until)
		done = error_set(e, ERR_GONE,
			"\"%s\" was not done: it came %lld s too late to be put before the public; decide anew",
			o.op->name, (long long)((o.now - o.until + 999) / 1000));
	done = done && check_rev(w, &o, e) && o.op->apply(w, &o, out, e);
	if (done)
		outcome_stamp(out, o.seat, o.op->name, o.now);
	else
		outcome_release(out);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(texts[i]);
	return done ? ERR_NONE : e->code;
}
