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
	*out = (struct outcome){0};
}

const char *offer_arg(const struct offer *o, const char *name)
{
	for (size_t i = 0; i < OP_ARGS_MAX && o->op->args[i].name; i++)
		if (!strcmp(o->op->args[i].name, name))
			return o->arg[i] ? o->arg[i] : "";
	return "";
}

/* The host stands in for a producer that the crew does not have in the event's states and the air (which are the host's
 * anyway), and for the adviser's and producer's last word on holds when it has neither: somebody must be able to. */
bool op_allowed(const struct world *w, const struct op *op, enum role role)
{
	if (role == R_BACKEND || (op->roles & (1u << role)))
		return true;
	if (role != R_HOST || !(op->roles & PRODUCER) || !role_absent(w, R_PRODUCER))
		return false;
	return !(op->roles & ADVISER) || role_absent(w, R_ADVISER);
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
		if (o->op->roles & (1u << r))
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
	default:
		if (strlen(v) < ID_MAX || a->type == A_TEXT || a->type == A_WORD)
			return true;
	}
	return error_set(why, ERR_USAGE, "\"%.60s\" is no %s for \"%s\"; it wants %s", v, a->name, op->name, a->help);
}

static bool check_many(const struct op *op, const struct arg *a, const char *v, struct error *why)
{
	char one[ID_MAX + 12];
	size_t n = 0;
	while (*v) {
		size_t len = strcspn(v, " ");
		if (len >= sizeof one || ++n > 500)
			return error_set(why, ERR_USAGE, "\"%s\" takes at most 500 of %s, each a short name", op->name, a->name);
		snprintf(one, sizeof one, "%.*s", (int)len, v);
		if (!check_one(op, a, one, why))
			return false;
		v += len + strspn(v + len, " ");
	}
	return true;
}

/* Arguments present, of their type, short names resolved and texts cleaned as at the door: `texts` owns what was made. */
static bool check_args(const struct world *w, struct offer *o, char *texts[OP_ARGS_MAX], struct error *why)
{
	for (size_t i = 0; i < OP_ARGS_MAX && o->op->args[i].name; i++) {
		const struct arg *a = &o->op->args[i];
		const char *v = o->arg[i];
		if (!v || !*v) {
			if (!(a->flags & ARG_OPTIONAL))
				return error_set(why, ERR_USAGE, "\"%s\" needs its %s: %s", o->op->name, a->name, a->help);
			o->arg[i] = NULL;
			continue;
		}
		if (a->type == A_TEXT || a->type == A_WORD) {
			struct buf clean = BUF_INIT;
			bool changed;
			if (!text_clean(v, strlen(v), TEXT_MESSAGE_MAX, &clean, &changed, why)) {
				buf_release(&clean);
				error_context(why, "\"%s\" of \"%s\"", a->name, o->op->name);
				return false;
			}
			o->arg[i] = texts[i] = buf_detach(&clean);
			continue;
		}
		o->arg[i] = texts[i] = arg_resolve(w, a, v, o->seat, o->now, why);
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

static void stamp(const struct offer *o, struct outcome *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct record *r = out->changes[i].after;
		r->rev++;
		snprintf(r->by, sizeof r->by, "%s", o->seat);
		snprintf(r->did, sizeof r->did, "%s", o->op->name);
		r->when = o->now;
	}
}

/* Drops changes that change nothing, so that they do not make somebody's decision stale. */
static void drop_idle(struct outcome *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->n; i++) {
		struct change c = out->changes[i];
		if (c.before && record_same(c.before, c.after)) {
			record_free(c.before);
			record_free(c.after);
		} else {
			out->changes[kept++] = c;
		}
	}
	out->n = kept;
}

enum err op_decide(const struct world *w, const struct offer *offered, struct outcome *out, struct error *why)
{
	struct offer o = *offered;
	char *texts[OP_ARGS_MAX] = {0};
	struct error local = {0};
	struct error *e = why ? why : &local;
	*out = (struct outcome){0};
	*e = (struct error){0};
	bool done = check_event(w, e) && check_seat(w, &o, e) && check_baton(w, &o, e) && check_args(w, &o, texts, e);
	if (done && (o.op->flags & OP_EXPIRES) && o.until && o.now > o.until)
		done = error_set(e, ERR_GONE, "\"%s\" was not done: it came %lld s too late to be put before the public; decide anew",
			o.op->name, (long long)((o.now - o.until + 999) / 1000));
	done = done && check_rev(w, &o, e) && o.op->apply(w, &o, out, e);
	if (done) {
		drop_idle(out);
		stamp(&o, out);
	} else {
		outcome_release(out);
	}
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(texts[i]);
	return done ? ERR_NONE : e->code;
}
