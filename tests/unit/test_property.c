/* src/model/op.h: evenings that nobody would plan. A seed makes a crew, a world and a thousand offers, sensible and wild,
 * from everybody; after each, what must always hold is checked, and at the end the same log is played into a fresh room.
 *
 * REGIE_SEEDS=N plays N seeds, REGIE_SEED=S only that one. A failing seed prints itself and what led there.
 */
#include "src/model/op.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "tests/unit/memory_room.h"

enum { SEEDS = 112, STEPS = 1000, CREWS = 4, TOKENS = STEPS * 4, TOLD_BEFORE = 25, SEATS = 12, WEIGHED = 125 };

/* ---- chance ------------------------------------------------------------------------------------------------------ */

struct chance {
	uint64_t s;
};

static uint64_t draw(struct chance *c)
{
	c->s ^= c->s >> 12;
	c->s ^= c->s << 25;
	c->s ^= c->s >> 27;
	return c->s * UINT64_C(2685821657736338717) >> 11;
}

static size_t below(struct chance *c, size_t n)
{
	return n ? (size_t)(draw(c) % n) : 0;
}

static bool percent(struct chance *c, unsigned n)
{
	return below(c, 100) < n;
}

/* ---- the log of one evening -------------------------------------------------------------------------------------- */

enum what { W_OFFER, W_MESSAGE, W_STOP, W_FINISH };
struct entry {
	enum what what;
	struct offer o; /* its arguments are owned */
	enum channel channel;
	int64_t person, theme, now;
	char *text;
	enum err verdict;
	char why[200];
};

struct token {
	char subject[ID_MAX + 12];
	bool taken;
};
struct evening {
	uint64_t seed;
	struct chance chance;
	struct memory_room *m;
	enum role crew[SEATS];
	size_t n_crew;
	struct entry log[STEPS];
	size_t n;
	struct token tokens[TOKENS];
	size_t n_tokens;
	size_t counts[KIND_COUNT];
	size_t told;
};

static void print_entry(const struct entry *e, size_t i)
{
	struct buf b = BUF_INIT;
	if (e->what == W_OFFER)
		words_line(e->o.op, e->o.arg, &b);
	fprintf(stderr, "  %4zu %s%s %.300s%s%s\n", i,
		e->what == W_OFFER             ? "seat "
			: e->what == W_MESSAGE ? "message"
			: e->what == W_STOP    ? "stop"
					       : "finish",
		e->o.seat, b.data, e->verdict == ERR_NONE ? "" : "  -- ", e->why);
	buf_release(&b);
}

#define HOLDS(e, condition, ...) ((condition) ? (void)0 : broken(e, #condition, __VA_ARGS__))
__attribute__((format(printf, 3, 4), noreturn)) static void broken(
	struct evening *e, const char *condition, const char *fmt, ...)
{
	va_list ap;
	fprintf(stderr, "seed %" PRIu64 " step %zu: not %s: ", e->seed, e->n, condition);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nREGIE_SEED=%" PRIu64 " plays it again; what led there:\n", e->seed);
	for (size_t i = e->n > TOLD_BEFORE ? e->n - TOLD_BEFORE : 0; i <= e->n && i < STEPS; i++)
		print_entry(&e->log[i], i);
	fail();
	abort();
}

/* ---- offers ------------------------------------------------------------------------------------------------------ */

static const char *const wild[] = { "?", "999999", "0", "q", "m0", "t", "-1", "9007199254740993",
	"theme:", "question:", "segment:last", "message:1 theme:1", "all", "event:event", "act:1",
	"00000000-0000-7000-8000-000000000000", "q1 q1", "m1 m1 m2", "\xff\xfe", "\342\200\256evil", "text=a", "\"",
	"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "last-3", "25:99", ":", "air", "next", "\t", "12:" };
static const char *const words[] = { "first", "last", "up", "down", "1", "3", "L'invité", "legal", "7", "2",
	"nulle part" };
static const char *const roles[] = { "host", "scribe", "all", "prompter" };

struct nth {
	size_t n;
	char id[ID_MAX];
};
static bool find_nth(void *arg, const struct record *r)
{
	struct nth *f = arg;
	memcpy(f->id, r->id, sizeof f->id);
	return f->n-- > 0;
}

/* One of a kind, more often a late one. */
static char *some(struct evening *e, enum kind kind)
{
	size_t n = memory_world_count(e->m->records, kind);
	struct nth f = { 0 };
	if (!n)
		return xstrdup("00000000-0000-7000-8000-00000000000a");
	f.n = percent(&e->chance, 70) && n > 6 ? n - 1 - below(&e->chance, 6) : below(&e->chance, n);
	memory_world_each(e->m->records, kind, find_nth, &f);
	return xstrdup(f.id);
}

static char *made(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *made(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return buf_detach(&b);
}

static char *prefixed(const char *prefix, char *id)
{
	char *s = made("%s%s", prefix, id);
	free(id);
	return s;
}

static char *a_question(struct evening *e)
{
	size_t n = memory_world_count(e->m->records, K_QUESTION);
	switch (below(&e->chance, 8)) {
	case 0:
		return xstrdup("next");
	case 1:
		return xstrdup("air");
	case 2:
		return made("q%zu", 1 + below(&e->chance, n));
	default:
		return some(e, K_QUESTION);
	}
}

static char *a_target(struct evening *e)
{
	switch (below(&e->chance, 5)) {
	case 0:
		return made("t%zu", 1 + below(&e->chance, (size_t)e->m->themes));
	case 1:
		return made("message:%zu", 1 + below(&e->chance, (size_t)e->m->messages));
	case 2:
		return prefixed("segment:", some(e, K_SEGMENT));
	case 3:
		return prefixed("question:", some(e, K_QUESTION));
	default:
		return made("m%zu", 1 + below(&e->chance, (size_t)e->m->messages));
	}
}

static char *an_act(struct evening *e)
{
	char *act = some(e, K_ACT);
	const struct act *a = (const void *)memory_world_get(e->m->records, K_ACT, act);
	if (!a || percent(&e->chance, 60))
		return act;
	free(act);
	return made("%s:%" PRId64, a->client, a->n);
}

static char *plausible(struct evening *e, const struct arg *a)
{
	struct chance *c = &e->chance;
	switch (a->type) {
	case A_QUESTION:
		return a_question(e);
	case A_THEME:
		return made(
			percent(c, 50) ? "t%zu" : "%zu", 1 + below(c, percent(c, 60) ? 4 : (size_t)e->m->themes + 1));
	case A_MESSAGE:
		return made("%zu", 1 + below(c, (size_t)e->m->messages + 1));
	case A_PART:
		return percent(c, 70) ? made("%zu", 1 + below(c, (size_t)e->m->messages + 1)) : made("c%zu", 1 + below(c, (size_t)e->m->themes + 1));
	case A_PERSON:
		return made(percent(c, 50) ? "p%zu" : "m%zu", 1 + below(c, 8));
	case A_TARGET:
		return a_target(e);
	case A_SEGMENT:
		return percent(c, 25) ? xstrdup("last") : some(e, K_SEGMENT);
	case A_ANSWER:
		return percent(c, 50) ? a_question(e) : some(e, K_ANSWER);
	case A_SEAT:
		return percent(c, 50) ? some(e, K_SEAT) : xstrdup(roles[below(c, COUNT_OF(roles))]);
	case A_WORD:
		return xstrdup(words[below(c, COUNT_OF(words))]);
	case A_CHOICE: {
		size_t n = 0;
		while (a->choices[n])
			n++;
		return xstrdup(a->choices[below(c, n)]);
	}
	case A_NUMBER:
		return made("%zu", below(c, 60));
	case A_TIME:
		return percent(c, 50) ? xstrdup("20:45") : made("%" PRId64, e->m->now + 60000);
	case A_ID:
		return some(e, percent(c, 40) ? K_QUESTION : percent(c, 50) ? K_SEGMENT : K_ANSWER);
	case A_TEXT:
		return made("Les mots #%zu# que voici", e->n_tokens < TOKENS - 1 ? ++e->n_tokens : e->n_tokens);
	case A_ACT:
		return an_act(e);
	}
	return xstrdup("");
}

static char *an_argument(struct evening *e, const struct arg *a)
{
	struct chance *c = &e->chance;
	if (a->type == A_ID && !percent(c, 5))
		return NULL;
	if ((a->flags & ARG_OPTIONAL) && percent(c, a->type == A_ACT ? 80 : 50))
		return NULL;
	if (percent(c, 4))
		return percent(c, 5) ? made("%09000d", 7) : xstrdup(wild[below(c, COUNT_OF(wild))]);
	char *v = plausible(e, a);
	while ((a->flags & ARG_MANY) && percent(c, 30)) {
		char *more = plausible(e, a), *both = made("%s %s", v, more);
		free(v);
		free(more);
		v = both;
	}
	return v;
}

/* How often each comes, where it is not once. */
static const struct {
	const char *op;
	unsigned times;
} often[] = { { "air", 9 }, { "publish", 10 }, { "accept", 7 }, { "next", 5 }, { "close", 3 }, { "undo", 12 },
	{ "redo", 8 }, { "resume", 5 }, { "open", 3 }, { "collect", 2 }, { "reopen", 4 }, { "compose", 3 },
	{ "edit", 4 }, { "retract", 3 }, { "correct", 4 }, { "merge", 3 }, { "unmerge", 3 }, { "clear", 3 },
	{ "hold", 2 }, { "combine", 3 }, { "move", 3 }, { "suggest", 3 }, { "restore", 2 }, { "baton", 1 },
	{ "strike", 1 }, { "release", 3 }, { "seal", 0 }, { "end", 1 }, { "interrupt", 1 }, { "reassign", 2 } };

/* What an evening is about, so that rare meetings happen: these come more often. */
static const char *const moods[][9] = {
	{ "merge", "unmerge", "undo", "redo", "prepare", "refile", "split" },
	{ "next", "drop", "restore", "return", "combine", "undo", "redo", "move" },
	{ "interrupt", "resume", "publish", "suggest", "retract", "release", "air", "undo" },
	{ "hold", "clear", "air", "close", "undo", "redo", "mute", "unmute" },
	{ NULL },
};

static unsigned times(const struct evening *e, const struct op *op)
{
	unsigned n = 1;
	for (size_t i = 0; i < COUNT_OF(often); i++)
		if (!strcmp(often[i].op, op->name))
			n = often[i].times;
	for (const char *const *mood = moods[e->seed / CREWS % COUNT_OF(moods)]; *mood; mood++)
		if (!strcmp(*mood, op->name))
			return n + 40;
	return n;
}

static const struct op *an_op(struct evening *e)
{
	unsigned all = 0;
	if (below(&e->chance, 1500) == 0)
		return op_by_name("seal");
	for (size_t i = 0; i < ops_n; i++)
		all += times(e, &ops[i]);
	size_t at = below(&e->chance, all), i = 0;
	while (at >= times(e, &ops[i]))
		at -= times(e, &ops[i++]);
	return &ops[i];
}

static void a_seat(struct evening *e, const struct op *op, char out[ID_MAX])
{
	size_t i = below(&e->chance, e->n_crew);
	for (size_t tries = 0; tries < 20 && !op_allowed(&e->m->world, op, e->crew[i]) && !percent(&e->chance, 6);
		tries++)
		i = below(&e->chance, e->n_crew);
	id_from_number(out, percent(&e->chance, 1) ? 77 : (int64_t)i + 1);
}

static int64_t a_rev(struct evening *e, const struct offer *o)
{
	if (percent(&e->chance, 80) || o->op->subject_arg != 0 || !o->arg[0])
		return -1;
	const struct record *r =
		o->op->subject < KIND_COUNT ? world_get(&e->m->world, o->op->subject, o->arg[0]) : NULL;
	return r && percent(&e->chance, 70) ? r->rev : (int64_t)below(&e->chance, 4);
}

static void an_offer(struct evening *e, struct entry *x)
{
	const struct op *op = an_op(e);
	char seat[ID_MAX];
	a_seat(e, op, seat);
	x->what = W_OFFER;
	x->o = memory_room_ask(e->m, seat, op);
	for (size_t i = 0; i < op_arg_count(op); i++)
		x->o.arg[i] = an_argument(e, &op->args[i]);
	x->o.rev = a_rev(e, &x->o);
	if (x->o.until && percent(&e->chance, 5))
		x->o.until = x->o.now - 1 - (int64_t)below(&e->chance, 60000);
	if (percent(&e->chance, 1))
		snprintf(x->o.fresh, sizeof x->o.fresh, "%s", percent(&e->chance, 50) ? "1" : "");
	if (percent(&e->chance, 1))
		x->o.fresh2[0] = '\0';
}

static void next_entry(struct evening *e)
{
	struct entry *x = &e->log[e->n];
	*x = (struct entry){ .now = e->m->now };
	if (percent(&e->chance, 6)) {
		x->what = W_MESSAGE;
		x->channel = percent(&e->chance, 50) ? CH_SMS : CH_WEB;
		x->person = 1 + (int64_t)below(&e->chance, 8);
		x->text = made("pk le smic %zu 06 12 34 56 78", e->n);
		/* as the engine does: into a theme that stands, or a new one */
		char id[ID_MAX];
		x->theme = (int64_t)below(&e->chance, (size_t)e->m->themes + 1);
		id_from_number(id, x->theme);
		if (!world_get(&e->m->world, K_THEME, id))
			x->theme = 0;
	} else if (percent(&e->chance, 1)) {
		x->what = W_STOP;
		x->person = 1 + (int64_t)below(&e->chance, 8);
	} else if (percent(&e->chance, 2)) {
		x->what = W_FINISH;
	} else {
		an_offer(e, x);
	}
}

/* ---- playing an entry -------------------------------------------------------------------------------------------- */

static enum err play(struct memory_room *m, const struct entry *x, struct outcome *out, struct error *why)
{
	m->now = x->now;
	switch (x->what) {
	case W_OFFER:
		return memory_room_offer(m, &x->o, out, why);
	case W_MESSAGE:
		memory_room_message(m, x->channel, x->person, x->theme, x->text);
		break;
	case W_STOP:
		memory_room_stop(m, x->person);
		break;
	case W_FINISH:
		memory_room_finish(m);
		break;
	}
	return ERR_NONE;
}

static struct memory_room *begin(uint64_t seed, const enum role *crew, size_t n)
{
	struct memory_room *m = memory_room_new(seed);
	for (size_t i = 0; i < n; i++) {
		char name[32];
		snprintf(name, sizeof name, "Siège %zu", i + 1);
		memory_room_seat(m, name, crew[i]);
	}
	memory_room_theme(m, "Le smic");
	memory_room_message(m, CH_SMS, 1, 1, "Ke KonT vou fer pour kil i é moin 2 violence");
	return m;
}

/* ---- what must hold ---------------------------------------------------------------------------------------------- */

struct rundown {
	struct evening *e;
	size_t air, next;
	char on_air[ID_MAX];
	uint8_t numbers[STEPS];
};
static bool look_at_question(void *arg, const struct record *r)
{
	struct rundown *d = arg;
	const struct question *q = (const void *)r;
	HOLDS(d->e, q->number > 0 && q->number < STEPS && !d->numbers[q->number], "q%" PRId64 " means one question",
		q->number);
	d->numbers[q->number] = 1;
	if (!r->gone && q->state == Q_AIR) {
		d->air++;
		memcpy(d->on_air, r->id, ID_MAX);
	}
	d->next += !r->gone && q->state == Q_NEXT;
	return true;
}

static void rundown_holds(struct evening *e)
{
	const struct event *ev = world_event(&e->m->world);
	struct rundown d = { .e = e };
	memory_world_each(e->m->records, K_QUESTION, look_at_question, &d);
	HOLDS(e, d.air <= 1, "%zu questions are on the air", d.air);
	HOLDS(e, d.next <= 1, "%zu questions are the next one", d.next);
	HOLDS(e, !strcmp(d.on_air, ev->air), "the event says %s, the rundown %s", ev->air, d.on_air);
	HOLDS(e, !d.air || ev->state == EV_OPEN || ev->state == EV_INTERRUPTED,
		"a question is on the air of an event that is %s", event_state_names[ev->state]);
}

/* The theme a message's cluster stands in. */
static void filed_in(const struct world *w, const struct message *m, char theme[static ID_MAX])
{
	id_from_number(theme, m->cluster);
	const struct cluster *c = (const void *)world_get(w, K_CLUSTER, theme);
	if (c)
		memcpy(theme, c->theme, ID_MAX);
}

static bool unheld_theme(const struct world *w, const char *id)
{
	const struct theme *t = (const void *)world_get(w, K_THEME, id);
	for (int i = 0; t && i < 100; i++) {
		if (t->hold != HOLD_NONE)
			return false;
		t = (const void *)world_get(w, K_THEME, t->into);
	}
	return true;
}

static void fit_for_air(struct evening *e, const char *id)
{
	const struct world *w = &e->m->world;
	const struct question *q = world_question(w, id);
	HOLDS(e, q && q->state == Q_AIR && !q->struck && q->wording[0], "%s", id);
	HOLDS(e, q->hold == HOLD_NONE && unheld_theme(w, q->theme), "q%" PRId64 " is held", q->number);
	for (size_t i = 0; i < q->messages.n; i++) {
		const struct message *m = (const void *)world_get(w, K_MESSAGE, q->messages.v[i]);
		char theme[ID_MAX];
		HOLDS(e, m && m->hold == HOLD_NONE && !m->alert, "message %s is held", q->messages.v[i]);
		filed_in(w, m, theme);
		HOLDS(e, unheld_theme(w, theme), "theme %s is held", theme);
	}
}

/* Calls one for each token in a text. */
static bool has_taken(const struct evening *e, const char *text, const char *kind)
{
	for (const char *p = text; (p = strchr(p, '#')); p++) {
		char *end;
		unsigned long n = strtoul(p + 1, &end, 10);
		if (end > p + 1 && *end == '#' && n <= e->n_tokens && e->tokens[n].taken &&
			!strncmp(e->tokens[n].subject, kind, strlen(kind)))
			return true;
	}
	return false;
}

/* A retracted segment's words stand in no record but sealed entries of the log; a struck question's in none the public
 * or an unsealed log shows (the control room still sees what it struck). */
static bool look_for_taken(void *arg, const struct record *r)
{
	struct evening *e = arg;
	const char *kind = r->kind == K_ACT && ((const struct act *)r)->sealed ? "none"
		: r->kind == K_ACT                                             ? ""
									       : "segment:";
	for (size_t i = 0; i < kinds[r->kind].n_fields; i++) {
		const struct field *f = &kinds[r->kind].fields[i];
		const char *text = f->type == F_TEXT ? *(char *const *)((const char *)r + f->offset) : "";
		HOLDS(e, !has_taken(e, text, kind), "%s:%s still says %s", kinds[r->kind].name, r->id, text);
	}
	return true;
}

static void public_holds(struct evening *e, size_t from)
{
	for (size_t i = from; i < e->m->n_told; i++)
		HOLDS(e, !has_taken(e, e->m->told[i].text, ""), "viewers can still read %s", e->m->told[i].text);
}

static void token_subject(struct evening *e, const struct entry *x, const struct outcome *out)
{
	const char *text = offer_arg(&x->o, "text");
	const char *p = strchr(text, '#');
	unsigned long n = p ? strtoul(p + 1, NULL, 10) : 0;
	bool has_text = false;
	for (size_t i = 0; i < op_arg_count(x->o.op); i++)
		has_text = has_text || !strcmp(x->o.op->args[i].name, "text");
	if (has_text && n && n <= e->n_tokens)
		memcpy(e->tokens[n].subject, out->subject, sizeof e->tokens[n].subject);
}

static void retraction_holds(struct evening *e, const struct op *op, const struct outcome *out)
{
	bool takes = op->flags & OP_TAKES;
	for (size_t i = 1; takes && i <= e->n_tokens; i++)
		e->tokens[i].taken = e->tokens[i].taken || !strcmp(e->tokens[i].subject, out->subject);
	if (takes) {
		for (int k = 0; k < KIND_COUNT; k++)
			memory_world_each(e->m->records, (enum kind)k, look_for_taken, e);
		public_holds(e, 0);
	}
	for (size_t i = 0; i < out->n; i++)
		look_for_taken(
			e, memory_world_get(e->m->records, out->changes[i].after->kind, out->changes[i].after->id));
	public_holds(e, e->told);
	e->told = e->m->n_told;
}

static void undo_holds(struct evening *e, const struct outcome *out)
{
	int64_t n;
	if (!id_number(out->undo_of, &n))
		return;
	const struct deed *d = &e->m->deeds[n - 1];
	for (size_t i = 0; i < d->n; i++) {
		const struct record *before = d->v[i].before,
				    *now = memory_world_get(e->m->records, d->v[i].kind, d->v[i].id);
		bool follows = now->kind == K_THEME && ((const struct theme *)now)->into[0]; /* the clusters that were split off */
		bool same = !before
			? now->gone || follows || (now->kind == K_PARTICIPANT && !((const struct participant *)now)->muted)
			: now->kind == K_ACT ? ((const struct act *)now)->undone == ((const struct act *)before)->undone
					     : record_same(now, before);
		HOLDS(e, same, "%s:%s is not as before \"%s\" (act %s)", kinds[now->kind].name, now->id, d->op->name,
			out->undo_of);
	}
}

static void change_holds(struct evening *e, const struct op *op, const struct change *c)
{
	const struct record *now = memory_world_get(e->m->records, c->after->kind, c->after->id);
	HOLDS(e, c->after->rev == (c->before ? c->before->rev : 0) + 1, "%s:%s rev %" PRId64, kinds[now->kind].name,
		now->id, c->after->rev);
	HOLDS(e, now->rev == c->after->rev && !strcmp(now->did, op->name) && now->when == e->m->now, "%s:%s by %s",
		kinds[now->kind].name, now->id, now->did);
	HOLDS(e, !now->gone || !strcmp(op->name, "undo") || !strcmp(op->name, "redo"), "%s:%s went by %s",
		kinds[now->kind].name, now->id, op->name);
	HOLDS(e, !now->gone || now->kind != K_PARTICIPANT, "participant %s went", now->id);
	bool said = now->kind == K_ANSWER || now->kind == K_SEGMENT;
	bool air = !strcmp(op->name, "air") || !strcmp(op->name, "close") || !strcmp(op->name, "ask") ||
		!strcmp(op->name, "next");
	HOLDS(e, !(said && air), "%s touched what was said", op->name);
	if (now->kind != K_THEME)
		return;
	const struct theme *t = (const void *)now;
	int steps = 0;
	for (; t && t->into[0] && steps < 100; steps++)
		t = (const void *)memory_world_get(e->m->records, K_THEME, t->into);
	HOLDS(e, steps < 100, "theme %s is joined to itself", now->id);
}

static bool message_has_theme(void *arg, const struct record *r)
{
	struct evening *e = arg;
	char theme[ID_MAX];
	filed_in(&e->m->world, (const void *)r, theme);
	HOLDS(e, world_get(&e->m->world, K_THEME, theme), "message %s is in theme %s, which is gone", r->id, theme);
	return true;
}

static bool told_once(void *arg, const struct record *r)
{
	struct evening *e = arg;
	const struct segment *s = (const void *)r;
	size_t n = 0;
	for (size_t i = 0; i < e->m->n_told; i++)
		n += e->m->told[i].cast.type == CAST_SEGMENT && !strcmp(e->m->told[i].cast.id, r->id);
	HOLDS(e, n == (s->state != SG_REVIEW) || (s->state == SG_RETRACTED && n <= 1),
		"segment %s (%s) was told %zu times", r->id, segment_state_names[s->state], n);
	HOLDS(e, s->unsent == (s->state == SG_REVIEW), "segment %s (%s) unsent", r->id, segment_state_names[s->state]);
	return true;
}

static uint64_t hash_of(const struct memory_room *m)
{
	struct buf b = BUF_INIT;
	uint64_t h = UINT64_C(14695981039346656037);
	memory_room_dump(m, &b);
	for (size_t i = 0; i < b.len; i++)
		h = (h ^ (unsigned char)b.data[i]) * UINT64_C(1099511628211);
	buf_release(&b);
	return h;
}

static void refusal_holds(struct evening *e, enum err verdict, const struct error *why)
{
	HOLDS(e, verdict == ERR_REFUSED || verdict == ERR_GONE || verdict == ERR_USAGE, "%d", verdict);
	size_t n = strlen(why->text);
	HOLDS(e, verdict == why->code && n > 10 && why->text[n - 1] != '.' && text_is_utf8(why->text, n), "\"%s\"",
		why->text);
	HOLDS(e, !(why->text[0] >= 'A' && why->text[0] <= 'Z'), "%s", why->text);
}

static void applied_holds(
	struct evening *e, const struct entry *x, const struct outcome *out, const struct event *before)
{
	const struct event *ev = world_event(&e->m->world);
	HOLDS(e, x->o.role != R_OBSERVER && x->o.role != R_PROMPTER && x->o.role != R_NONE, "%s",
		role_names[x->o.role]);
	HOLDS(e, before->state != EV_SEALED, "%s", x->o.op->name);
	HOLDS(e, !(x->o.op->flags & OP_EXPIRES) || x->o.now <= x->o.until, "it came late");
	for (size_t i = 0; i < out->n; i++)
		change_holds(e, x->o.op, &out->changes[i]);
	if (ev->air[0] && strcmp(ev->air, before->air) != 0)
		fit_for_air(e, ev->air);
	undo_holds(e, out);
	token_subject(e, x, out);
	retraction_holds(e, x->o.op, out);
}

static void whole_holds(struct evening *e)
{
	memory_world_each(e->m->records, K_MESSAGE, message_has_theme, e);
	if (world_event(&e->m->world)->state != EV_INTERRUPTED)
		memory_world_each(e->m->records, K_SEGMENT, told_once, e);
	for (int k = 0; k < KIND_COUNT; k++) {
		size_t n = memory_world_count(e->m->records, (enum kind)k);
		HOLDS(e, n >= e->counts[k], "%s", kinds[k].name);
		e->counts[k] = n;
	}
}

/* Counts aside: the room keeps those. */
static size_t all_records(const struct memory_room *m)
{
	size_t n = 0;
	for (int k = 0; k < KIND_COUNT; k++)
		n += k == K_COUNT ? 0 : memory_world_count(m->records, (enum kind)k);
	return n;
}

static void step(struct evening *e)
{
	next_entry(e);
	struct entry *x = &e->log[e->n];
	struct event *before = record_copy(world_event(&e->m->world));
	struct outcome out = { 0 };
	struct error why = { 0 };
	bool weigh = e->n % WEIGHED == 0;
	size_t records = all_records(e->m);
	uint64_t hash = weigh ? hash_of(e->m) : 0;
	size_t told = e->m->n_told;
	x->verdict = play(e->m, x, &out, &why);
	snprintf(x->why, sizeof x->why, "%.190s", why.text);
	if (x->what == W_OFFER && x->verdict == ERR_NONE) {
		applied_holds(e, x, &out, before);
		for (size_t i = 0; i < out.n; i++)
			records += !out.changes[i].before;
		HOLDS(e, all_records(e->m) == records + 1, "something new took the place of something old");
	} else if (x->what == W_OFFER) {
		refusal_holds(e, x->verdict, &why);
		HOLDS(e, !weigh || hash_of(e->m) == hash, "a refusal changed something");
		HOLDS(e, e->m->n_told == told && !out.n, "a refusal said something");
	}
	for (size_t i = told; before->state == EV_INTERRUPTED && world_event(&e->m->world)->state == EV_INTERRUPTED &&
		i < e->m->n_told;
		i++)
		HOLDS(e, e->m->told[i].cast.at_once, "%s", e->m->told[i].text);
	rundown_holds(e);
	if (weigh)
		whole_holds(e);
	outcome_release(&out);
	record_free(before);
	e->m->now += (int64_t)below(&e->chance, 4000);
}

/* ---- the evenings ------------------------------------------------------------------------------------------------ */

static void choose_crew(struct evening *e, size_t kind)
{
	static const enum role always[] = { R_WEB, R_SMS, R_HOST, R_SCRIBE };
	static const enum role also[] = { R_OBSERVER, R_PROMPTER, R_WEB, R_SCRIBE };
	for (size_t i = 0; i < COUNT_OF(always); i++)
		e->crew[e->n_crew++] = always[i];
	if (kind & 1)
		e->crew[e->n_crew++] = R_PRODUCER;
	if (kind & 2)
		e->crew[e->n_crew++] = R_ADVISER;
	for (size_t i = 0; i < COUNT_OF(also); i++)
		if (i < 2 || percent(&e->chance, 30))
			e->crew[e->n_crew++] = also[i];
}

static void play_again(struct evening *e)
{
	struct memory_room *again = begin(e->seed, e->crew, e->n_crew);
	struct buf a = BUF_INIT, b = BUF_INIT;
	for (size_t i = 0; i < e->n; i++) {
		enum err verdict = play(again, &e->log[i], NULL, NULL);
		HOLDS(e, verdict == e->log[i].verdict, "entry %zu went %d, now %d", i, e->log[i].verdict, verdict);
	}
	memory_room_dump(e->m, &a);
	memory_room_dump(again, &b);
	HOLDS(e, a.len == b.len && !memcmp(a.data, b.data, a.len), "the same log made another evening");
	buf_release(&a);
	buf_release(&b);
	memory_room_free(again);
}

static size_t play_seed(uint64_t seed)
{
	struct evening *e = xcalloc(1, sizeof *e);
	size_t applied = 0;
	e->seed = seed;
	e->chance.s = seed * UINT64_C(0x9E3779B97F4A7C15) + 7;
	choose_crew(e, seed % CREWS);
	e->m = begin(seed, e->crew, e->n_crew);
	for (; e->n < STEPS; e->n++) {
		step(e);
		applied += e->log[e->n].verdict == ERR_NONE;
	}
	whole_holds(e);
	play_again(e);
	for (size_t i = 0; i < e->n; i++) {
		for (size_t j = 0; j < OP_ARGS_MAX; j++)
			free((void *)(uintptr_t)e->log[i].o.arg[j]);
		free(e->log[i].text);
	}
	memory_room_free(e->m);
	free(e);
	return applied;
}

static void evenings_hold(void **state)
{
	(void)state;
	const char *one = getenv("REGIE_SEED"), *many = getenv("REGIE_SEEDS");
	uint64_t first = one ? strtoull(one, NULL, 10) : 1, n = one ? 1 : many ? strtoull(many, NULL, 10) : SEEDS;
	size_t applied = 0;
	for (uint64_t seed = first; seed < first + n; seed++)
		applied += play_seed(seed);
	print_message("%" PRIu64 " evenings of %d steps, %zu applied\n", n, STEPS, applied);
	assert_true(applied > n * STEPS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evenings_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
