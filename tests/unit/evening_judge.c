/* evening_judge.c: what must be true when all is well again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/map.h"
#include "src/base/mem.h"
#include "tests/unit/evening_own.h"

/* ---- operations ------------------------------------------------------------------------ */

/* A walk over one desk's operations, with the log as the producer has it. */
struct judged {
	struct evening *v;
	struct seat_at *s;
	const struct world *w;
	struct strmap *edits; /* "ID REV" of what was edited, to who did */
	int64_t applied, in_log;
	int seen;
};

/* A desk takes a new client id when the event was put back. */
static bool count_act(void *arg, const struct record *r)
{
	struct judged *j = arg;
	const struct act *a = (const struct act *)r;
	j->in_log += j->v->restored ? !strcmp(a->seat, desk_seat(j->s->c->desk)) : !strcmp(a->client, j->s->client);
	return true;
}

struct wanted { const char *client, *name; int64_t n, at; int found; };

static bool find_act(void *arg, const struct record *r)
{
	struct wanted *f = arg;
	const struct act *a = (const struct act *)r;
	if (a->n == f->n && !strcmp(a->client, f->client)) {
		if (strcmp(a->op, f->name) != 0)
			fail_msg("the log has %s where the desk sent %s", a->op, f->name);
		f->found++;
		f->at = a->at;
	}
	return true;
}

/* By what the desk was told of it. */
static void find_by_number(const struct judged *j, const struct wire_verdict *d, struct wanted *f)
{
	const struct act *a = d->act[0] ? (const struct act *)world_get(j->w, K_ACT, d->act) : NULL;
	f->found = a && !strcmp(a->op, f->name) && !strcmp(a->seat, desk_seat(j->s->c->desk));
	f->at = a ? a->at : 0;
}

static bool has_words(const struct wire_op *op, const char *mark)
{
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		if (op->arg[i] && strstr(op->arg[i], mark))
			return true;
	return mark[0] == '\0';
}

static void judge_put(struct judged *j, const struct wire_op *op)
{
	for (int i = 0; i < j->s->n_puts; i++)
		if (j->s->puts[i].n == op->n) {
			j->seen++;
			if (!has_words(op, j->s->puts[i].mark))
				fail_msg("operation %lld, %s, lost its words", (long long)op->n, op->op->name);
		}
}

/* Nothing is overwritten unseen: no two edits were applied to the same state of a text. */
static void judge_edit(struct judged *j, const struct wire_op *op, const struct wire_verdict *d)
{
	char state[ID_MAX + 24];
	if (op->rev < 0 || j->v->restored)
		return;
	snprintf(state, sizeof state, "%s %lld", op->arg[op->op->subject_arg], (long long)op->rev);
	if (d->verdict == V_APPLIED && strmap_get(j->edits, state))
		fail_msg("%s of %s was applied over what %s had made of it meanwhile", op->op->name, state, (char *)strmap_get(j->edits, state));
	if (d->verdict == V_APPLIED)
		strmap_put(j->edits, state, (void *)(uintptr_t)crew[j->s - j->v->seat].name);
	bool named = strstr(d->text, "by the backend") != NULL;
	for (size_t i = 0; i < SEATS; i++)
		named |= strstr(d->text, crew[i].name) != NULL;
	if (d->verdict == V_REFUSED && strstr(d->text, "since you looked") && !named)
		fail_msg("%s was refused without a name: %s", op->op->name, d->text);
}

static bool judge_op(void *arg, const struct wire_op *op, const struct wire_verdict *d)
{
	struct judged *j = arg;
	struct wanted f = {.client = j->s->client, .name = op->op->name, .n = op->n};
	if (j->v->restored)
		find_by_number(j, d, &f);
	else
		world_each(j->w, K_ACT, find_act, &f);
	judge_put(j, op);
	if (d->verdict == V_NONE || d->verdict == V_VOID)
		fail_msg("%s was never answered", op->op->name);
	if (f.found != (d->verdict == V_APPLIED))
		fail_msg("%s was answered \"%s\" and is in the log %d times", op->op->name, verdict_names[d->verdict], f.found);
	if (d->verdict != V_APPLIED && !(d->text && *d->text))
		fail_msg("%s was refused without a word", op->op->name);
	if (f.found && op->op->flags & OP_EXPIRES && f.at > op->until)
		fail_msg("%s was applied %lld ms after its time", op->op->name, (long long)(f.at - op->until));
	judge_edit(j, op, d);
	j->applied += d->verdict == V_APPLIED;
	j->v->sum.applied += d->verdict == V_APPLIED;
	j->v->sum.refused += d->verdict != V_APPLIED;
	return true;
}

static void operations_are_decided(struct evening *v)
{
	struct error e = {0};
	struct strmap edits = {0};
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		struct judged j = {.v = v, .s = s, .w = replica_world(v->seat[0].c->replica), .edits = &edits};
		if (!v->restored && strcmp(s->client, desk_client(s->c->desk)) != 0)
			fail_msg("%s's desk had to take a new client id", crew[i].name);
		assert_true(desk_each(s->c->desk, 0, judge_op, &j, &e));
		world_each(j.w, K_ACT, count_act, &j);
		if (j.in_log != j.applied)
			fail_msg("%s's desk knows of %lld operations applied, the log of %lld", crew[i].name, (long long)j.applied, (long long)j.in_log);
		if (j.seen != s->n_puts)
			fail_msg("%s's desk took %d operations and has %d of them", crew[i].name, s->n_puts, j.seen);
	}
	strmap_release(&edits);
}

/* ---- messages -------------------------------------------------------------------------------------------------------- */

static bool count_text(void *arg, const struct message *m)
{
	struct strmap *seen = arg;
	const char *number = strrchr(m->text, '(');
	assert_non_null(number);
	void *n = strmap_get(seen, number);
	strmap_put(seen, number, (void *)((uintptr_t)n + 1));
	return true;
}

static bool find_end(void *arg, const struct record *r)
{
	*(bool *)arg |= !strcmp(((const struct act *)r)->op, "end");
	return true;
}

/* An SMS that comes when the event has ended is answered as one that is kept: a gateway could only repeat it. */
static void messages_are_there(struct evening *v)
{
	struct replica *r = v->seat[0].c->replica;
	struct error e = {0};
	struct strmap seen = {0};
	bool ended = false;
	world_each(replica_world(r), K_ACT, find_end, &ended);
	assert_true(replica_messages(r, &(struct message_query){.state = -1, .oldest_first = true}, count_text, &seen, &e));
	for (int i = 0; i < v->posts; i++) {
		char number[16];
		snprintf(number, sizeof number, "(%d)", i);
		uintptr_t there = (uintptr_t)strmap_get(&seen, number);
		bool web = v->post[i]->body != NULL, kept = v->post[i]->status == 202;
		if (v->gone[i] && there == 0)
			continue;
		if (v->restored && !kept && there == 1) /* refused then; a repeat came when the event was as it had been before */
			continue;
		if (!v->post[i]->over || there > 1 || (web && there != kept) || (!web && !ended && there != 1))
			fail_msg("message %d (%s) was answered %d after %d tries and is there %zu times", i, web ? "web" : "sms", v->post[i]->status,
				v->post[i]->tries, (size_t)there);
	}
	strmap_release(&seen);
}

/* ---- replicas -------------------------------------------------------------------------------------------------------- */

static const enum kind small[] = {K_EVENT, K_SEAT, K_ROOM, K_GATEWAY, K_QUESTION, K_ANSWER, K_SEGMENT, K_NOTICE, K_WORD, K_ACT};

static bool into_lines(void *arg, const struct record *r)
{
	struct buf *b = arg;
	wire_record(b, r, WIRE_STORE, "fr");
	buf_addc(b, '\n');
	return true;
}

static bool theme_into_lines(void *arg, const struct theme_row *row)
{
	return into_lines(arg, &row->theme.r) && into_lines(arg, &row->count.r);
}

static bool message_into_lines(void *arg, const struct message *m)
{
	return into_lines(arg, &m->r);
}

void evening_world(const struct world *w, struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(small); i++)
		world_each(w, small[i], into_lines, out);
}

void evening_lines(struct replica *r, struct buf *out)
{
	struct error e = {0};
	evening_world(replica_world(r), out);
	assert_true(replica_themes(r, &(struct theme_query){.order = BY_AGE, .dismissed = true, .merged = true}, theme_into_lines, out, &e));
	assert_true(replica_messages(r, &(struct message_query){.state = -1, .oldest_first = true}, message_into_lines, out, &e));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts into lines, in the order of their text: an order of records is no part of what they are. */
static char **sorted_lines(char *text, size_t *n)
{
	char **v = NULL;
	size_t cap = 0;
	*n = 0;
	for (char *s = text; *s;) {
		char *end = strchr(s, '\n');
		*end = '\0';
		grow(&v, &cap, *n + 1, sizeof *v);
		v[(*n)++] = s;
		s = end + 1;
	}
	if (*n > 0)
		qsort(v, *n, sizeof *v, by_text);
	return v;
}

static void same_lines(const char *who, const struct buf *have, const char *as, const struct buf *want)
{
	if (have->len == want->len && !memcmp(have->data, want->data, have->len))
		return;
	size_t n, m, i = 0;
	char *a = xstrdup(have->data), *b = xstrdup(want->data), **x = sorted_lines(a, &n), **y = sorted_lines(b, &m);
	while (i < n && i < m && !strcmp(x[i], y[i]))
		i++;
	if (i < n || i < m)
		fail_msg("%s has\n  %s\nwhere %s has\n  %s", who, i < n ? x[i] : "(nothing)", as, i < m ? y[i] : "(nothing)");
	free(x);
	free(y);
	free(a);
	free(b);
}

/* Consoles that have nothing yet: one that may see what is sealed, one that may not. */
static void open_fresh(struct evening *v)
{
	struct error e = {0};
	for (size_t i = 0; i < COUNT_OF(v->fresh); i++)
		if (!v->disks)
			v->fresh[i] = console_new(&v->p, v->token[i]);
		else if ((v->fresh[i]->absent = !console_try_open(v->fresh[i], &e)))
			fail_msg("a fresh console cannot be opened: %s", e.text);
	evening_settle(v);
}

static void replicas_are_whole(struct evening *v, const struct buf *memory)
{
	struct buf have = BUF_INIT;
	open_fresh(v);
	evening_world(replica_world(v->fresh[0]->replica), &have);
	same_lines("a fresh replica", &have, "the backend's memory", memory);
	evening_replicas(v);
	buf_release(&have);
}

void evening_replicas(struct evening *v)
{
	struct buf want[COUNT_OF(v->fresh)] = {BUF_INIT, BUF_INIT}, have = BUF_INIT;
	for (size_t i = 0; i < COUNT_OF(v->fresh); i++)
		evening_lines(v->fresh[i]->replica, &want[i]);
	for (size_t i = 0; i < v->n_seats; i++) {
		buf_reset(&have);
		evening_lines(v->seat[i].c->replica, &have);
		same_lines(crew[i].name, &have, "a fresh replica", &want[crew[i].role != R_PRODUCER && crew[i].role != R_ADVISER]);
	}
	buf_release(&have);
	buf_release(&want[0]);
	buf_release(&want[1]);
}

/* ---- viewers --------------------------------------------------------------------------------------------------------- */

/* Words that were taken back: of every operation that wrote this segment. */
struct erased {
	struct evening *v;
	const char *id;
	const struct viewer *fresh;
};

static bool words_are_gone(void *arg, const struct wire_op *op, const struct wire_verdict *d)
{
	struct erased *x = arg;
	const char *subject = strchr(d->subject, ':');
	bool wrote = !strcmp(op->op->name, "publish") ? !strcmp(d->made, x->id)
		: !strcmp(op->op->name, "correct") && subject && !strcmp(subject + 1, x->id);
	for (const struct put *put = x->v->seat[2].puts; wrote && put < x->v->seat[2].puts + x->v->seat[2].n_puts; put++)
		for (size_t i = 0; put->n == op->n && put->mark[0] && i < x->fresh->n; i++)
			if (strstr(x->fresh->heard[i].text, put->mark))
				fail_msg("what was retracted is still told:\n%s", x->fresh->heard[i].text);
	return true;
}

static bool segment_is_gone(void *arg, const struct record *r)
{
	struct erased *x = arg;
	struct error e = {0};
	x->id = r->id;
	if (((const struct segment *)r)->state == SG_RETRACTED)
		assert_true(desk_each(x->v->seat[2].c->desk, 0, words_are_gone, x, &e));
	return true;
}

static void viewers_heard_all(struct evening *v)
{
	struct viewer *fresh = viewer_new(&v->p);
	for (int i = 0; i < 5; i++)
		in_process_step(&v->p, 300);
	if (fresh->n != hub_last(v->p.backend->hub))
		fail_msg("a viewer heard %zu events of %llu", fresh->n, (unsigned long long)hub_last(v->p.backend->hub));
	v->sum.told += (int64_t)fresh->n;
	v->sum.messages += v->p.backend->figures.messages;
	for (struct viewer *w = v->p.viewers; w; w = w->next) {
		if (w->n != fresh->n)
			fail_msg("a viewer heard %zu events, a fresh one %zu", w->n, fresh->n);
		for (size_t i = 0; i < w->n; i++) {
			if (w->heard[i].number != (int64_t)i + 1)
				fail_msg("a viewer heard event %lld where %zu should be", (long long)w->heard[i].number, i + 1);
			if (strcmp(w->heard[i].text, fresh->heard[i].text) != 0 && !strstr(fresh->heard[i].text, "\"retracted\":true"))
				fail_msg("a viewer heard\n%swhich is now\n%s", w->heard[i].text, fresh->heard[i].text);
		}
	}
	world_each(replica_world(v->seat[0].c->replica), K_SEGMENT, segment_is_gone, &(struct erased){.v = v, .fresh = fresh});
}

void evening_judge(struct evening *v, const struct buf *memory)
{
	operations_are_decided(v);
	messages_are_there(v);
	replicas_are_whole(v, memory);
	viewers_heard_all(v);
}
