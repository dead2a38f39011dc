/* Random evenings through the whole of it, tests/unit/in_process.h: consoles act through net/client/sync.h and data/desk.h
 * on bad links, people ask, viewers watch, and net/server/backend.h is killed and started again. At the end:
 *
 *   - what was acknowledged is there, once, and what was refused is not
 *   - every operation was applied once, or its author was told why not
 *   - every replica holds what a fresh one holds
 *   - every viewer heard the broadcast in order, from the first event to the last, without gap or repeat
 *
 * EVENING_SEED=N plays that one alone; EVENINGS=N plays so many, from the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/map.h"
#include "src/base/mem.h"
#include "tests/unit/in_process.h"

enum { EVENINGS = 200, SEATS = 5, VIEWERS = 3, TURNS = 60, POSTS_MAX = 400, BUDGET_S = 8 };

struct evening {
	struct in_process p;
	struct console *seat[SEATS];
	char key[33];                /* of the SMS gateway */
	int posts;
	struct post *post[POSTS_MAX];
};

/* Of all evenings, to see that they are worth playing. */
static struct { int64_t applied, refused, messages, told, kills; } sum;

static const struct { const char *name; enum role role; } crew[SEATS] = {
	{"Anne", R_PRODUCER}, {"Hélène", R_HOST}, {"Paul", R_SCRIBE}, {"Wim", R_WEB}, {"Ada", R_ADVISER},
};

/* What a seat does, drawn by role; %d is a small number. Most are refused at one time or another: that is wanted. */
static const struct { enum role role; const char *line; } deeds[] = {
	{R_PRODUCER, "collect"}, {R_PRODUCER, "open"}, {R_PRODUCER, "open"}, {R_PRODUCER, "air next"}, {R_PRODUCER, "close q%d partly"},
	{R_PRODUCER, "interrupt technical"}, {R_PRODUCER, "interrupt editorial"}, {R_PRODUCER, "resume"}, {R_PRODUCER, "release"},
	{R_PRODUCER, "strike q%d"}, {R_PRODUCER, "notice Un mot de la salle %d"}, {R_PRODUCER, "undo"}, {R_PRODUCER, "merge t%d t%d"},
	{R_PRODUCER, "hold q%d legal adviser"}, {R_PRODUCER, "end"}, {R_PRODUCER, "reopen"}, {R_PRODUCER, "plan questions=%d"},
	{R_HOST, "compose Une question de la maison %d"}, {R_HOST, "next"}, {R_HOST, "next q%d"}, {R_HOST, "air"}, {R_HOST, "air next"},
	{R_HOST, "ask Et si je vous demande %d ?"}, {R_HOST, "close"}, {R_HOST, "reword q%d Autrement dit %d"}, {R_HOST, "move q%d first"},
	{R_HOST, "return q%d trop long"}, {R_HOST, "outcome air declined"}, {R_HOST, "baton"}, {R_HOST, "undo"}, {R_HOST, "redo"},
	{R_SCRIBE, "publish Nous verrons bien, numéro %d."}, {R_SCRIBE, "publish Je l'ai dit %d fois."}, {R_SCRIBE, "publish q%d Plus tard %d."},
	{R_SCRIBE, "correct last Je l'ai redit %d fois."}, {R_SCRIBE, "retract last"}, {R_SCRIBE, "retract last-1"}, {R_SCRIBE, "speaker Le ministre"},
	{R_SCRIBE, "reassign last q%d"}, {R_SCRIBE, "attach q%d q%d"}, {R_SCRIBE, "say host Plus lentement %d"}, {R_SCRIBE, "ack"},
	{R_WEB, "accept t%d"}, {R_WEB, "accept t%d"}, {R_WEB, "accept m%d Une autre formulation %d"}, {R_WEB, "dismiss m%d abuse"},
	{R_WEB, "restore m%d"}, {R_WEB, "refile m%d t%d"}, {R_WEB, "merge t%d t%d"}, {R_WEB, "unmerge t%d"}, {R_WEB, "label t%d Un nom %d"},
	{R_WEB, "edit q%d Mieux dit %d"}, {R_WEB, "combine q%d q%d"}, {R_WEB, "undo"}, {R_WEB, "redo"}, {R_WEB, "pin t%d"}, {R_WEB, "away"}, {R_WEB, "back"},
	{R_ADVISER, "clear q%d"}, {R_ADVISER, "block q%d diffamation"}, {R_ADVISER, "retract last"}, {R_ADVISER, "strike q%d"},
};

static const char *const asked[] = {
	"Quand augmentez-vous le Smic ?", "Que faites-vous pour le climat ?", "Et la violence au collège ?", "Pourquoi fermer des maternités ?",
	"Le Smic, c'est pour quand ?", "Allez-vous démissionner ?",
};

/* ---- an evening ---------------------------------------------------------------------------------------------------- */

static void post_web(struct evening *v, int n)
{
	struct buf body = BUF_INIT;
	buf_addf(&body, "{\"text\":\"%s (%d)\",\"id\":\"id-%d\",\"name\":\"Zoé\",\"room\":\"salle\"}", asked[draw_below(&v->p, COUNT_OF(asked))], n, n);
	v->post[n] = post_new(&v->p, "/v1/messages", "application/json", body.data);
	buf_release(&body);
}

static void post_sms(struct evening *v, int n)
{
	struct buf target = BUF_INIT;
	buf_addf(&target, "/v1/sms/orange?key=%s&from=%%2B3360000%04d&id=sms-%d&text=c+pour+kan+le+smic+(%d)", v->key, n % 50, n, n);
	v->post[n] = post_new(&v->p, target.data, NULL, NULL);
	buf_release(&target);
}

/* Puts small numbers where the line wants some; a decision that cannot even be named yet is none. */
static void act(struct evening *v)
{
	struct error e = {0};
	struct buf line = BUF_INIT;
	size_t i = draw_below(&v->p, COUNT_OF(deeds)), seat = 0;
	while (crew[seat].role != deeds[i].role)
		seat++;
	for (const char *s = deeds[i].line; *s; s++)
		if (s[0] == '%' && s[1] == 'd') {
			buf_addf(&line, "%zu", 1 + draw_below(&v->p, 9));
			s++;
		} else {
			buf_addc(&line, *s);
		}
	console_do(v->seat[seat], line.data, &e);
	buf_release(&line);
}

static void mishap(struct evening *v)
{
	struct in_process *p = &v->p;
	struct console *c = v->seat[draw_below(p, SEATS)];
	switch (draw_below(p, 6)) {
	case 0:
		if (p->backend) {
			in_process_kill(p);
			sum.kills++;
		}
		break;
	case 1:
		in_process_stop(p);
		break;
	case 2:
		console_reopen(c);
		break;
	case 3:
		c->off = true;
		break;
	default:
		sync_presence(c->sync, draw(p) & 1 ? "{\"here\":true,\"typing\":\"je\"}" : "{\"here\":true}");
	}
}

static void mend(struct evening *v, int in_thousand)
{
	for (size_t i = 0; i < SEATS; i++)
		if (v->seat[i]->off && chance(&v->p, in_thousand))
			v->seat[i]->off = false;
	if (!v->p.backend && chance(&v->p, in_thousand))
		in_process_start(&v->p);
}

static void turn(struct evening *v)
{
	struct in_process *p = &v->p;
	for (size_t n = draw_below(p, 3); n > 0; n--)
		act(v);
	for (size_t n = draw_below(p, 3); n > 0 && v->posts < POSTS_MAX; n--)
		if (draw(p) & 1)
			post_web(v, v->posts++);
		else
			post_sms(v, v->posts++);
	if (chance(p, 60))
		mishap(v);
	mend(v, 300);
	in_process_step(p, 1 + (int64_t)draw_below(p, chance(p, 30) ? 20000 : 700));
}

static void first_evening(struct evening *v, uint64_t seed)
{
	struct error e = {0};
	*v = (struct evening){.posts = 0};
	in_process_new(&v->p, seed);
	in_process_gateway(&v->p, "orange", "generic", v->key);
	for (size_t i = 0; i < SEATS; i++) {
		char token[33];
		in_process_seat(&v->p, crew[i].name, crew[i].role, token);
		v->seat[i] = console_new(&v->p, token);
	}
	in_process_start(&v->p);
	assert_true(consoles_settled(&v->p));
	assert_true(console_do(v->seat[0], "collect", &e));
	assert_true(consoles_settled(&v->p));
	for (size_t i = 0; i < VIEWERS; i++)
		viewer_new(&v->p);
	if (chance(&v->p, 800)) /* some go without */
		v->p.faults = (struct faults){.drop_before = 60, .drop_after = 60, .repeat = 60, .cut = 40, .delay_ms = (int)draw_below(&v->p, 1500),
			.viewer_gone = 30, .viewer_slow = 200, .lazy = 300};
}

/* ---- what must be true at the end ---------------------------------------------------------------------------------- */

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

static void all_lines(struct replica *r, struct buf *out)
{
	static const enum kind small[] = {K_EVENT, K_SEAT, K_ROOM, K_GATEWAY, K_QUESTION, K_ANSWER, K_SEGMENT, K_NOTICE, K_WORD, K_ACT};
	struct error e = {0};
	for (size_t i = 0; i < COUNT_OF(small); i++)
		world_each(replica_world(r), small[i], into_lines, out);
	assert_true(replica_themes(r, &(struct theme_query){.order = BY_AGE, .dismissed = true, .merged = true}, theme_into_lines, out, &e));
	assert_true(replica_messages(r, &(struct message_query){.state = -1, .oldest_first = true}, message_into_lines, out, &e));
}

static void same_lines(const struct buf *have, const struct buf *want)
{
	const char *a = have->data, *b = want->data;
	while (*a && *b && strcspn(a, "\n") == strcspn(b, "\n") && !strncmp(a, b, strcspn(a, "\n"))) {
		a += strcspn(a, "\n") + 1;
		b += strcspn(b, "\n") + 1;
	}
	if (*a || *b)
		fail_msg("a replica has\n  %.*s\nwhere a fresh one has\n  %.*s", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

/* What a console that has nothing yet gets: one that may see what is sealed, and one that may not. */
static void replicas_are_whole(struct evening *v)
{
	struct console *fresh[2] = {console_new(&v->p, v->seat[1]->token), console_new(&v->p, v->seat[0]->token)};
	struct buf want[2] = {BUF_INIT, BUF_INIT}, have = BUF_INIT;
	assert_true(consoles_settled(&v->p));
	for (size_t i = 0; i < 2; i++) {
		all_lines(fresh[i]->replica, &want[i]);
		console_free(fresh[i]);
	}
	for (size_t i = 0; i < SEATS; i++) {
		buf_reset(&have);
		all_lines(v->seat[i]->replica, &have);
		same_lines(&have, &want[crew[i].role == R_PRODUCER || crew[i].role == R_ADVISER]);
	}
	buf_release(&have);
	buf_release(&want[0]);
	buf_release(&want[1]);
}

struct texts { struct strmap seen; };

static bool count_text(void *arg, const struct message *m)
{
	struct texts *t = arg;
	const char *number = strrchr(m->text, '(');
	assert_non_null(number);
	void *n = strmap_get(&t->seen, number);
	strmap_put(&t->seen, number, (void *)((uintptr_t)n + 1));
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
	struct error e = {0};
	struct texts t = {0};
	bool ended = false;
	world_each(replica_world(v->seat[0]->replica), K_ACT, find_end, &ended);
	assert_true(replica_messages(v->seat[0]->replica, &(struct message_query){.state = -1, .oldest_first = true}, count_text, &t, &e));
	for (int i = 0; i < v->posts; i++) {
		char number[16];
		snprintf(number, sizeof number, "(%d)", i);
		uintptr_t there = (uintptr_t)strmap_get(&t.seen, number);
		bool web = v->post[i]->body != NULL, kept = v->post[i]->status == 202;
		assert_true(v->post[i]->over);
		if (there > 1 || (web && there != kept) || (!web && !ended && there != 1))
			fail_msg("message %d (%s) was answered %d after %d tries and is there %zu times", i, web ? "web" : "sms", v->post[i]->status, v->post[i]->tries,
				(size_t)there);
	}
	strmap_release(&t.seen);
}

struct counted { const struct world *w; const char *client; int64_t applied, in_log; };

static bool count_act(void *arg, const struct record *r)
{
	struct counted *c = arg;
	c->in_log += !strcmp(((const struct act *)r)->client, c->client);
	return true;
}

struct wanted { const char *client; int64_t n; int found; };

static bool find_act(void *arg, const struct record *r)
{
	struct wanted *f = arg;
	const struct act *a = (const struct act *)r;
	f->found += a->n == f->n && !strcmp(a->client, f->client);
	return true;
}

static bool judge_op(void *arg, const struct wire_op *op, const struct wire_verdict *d)
{
	struct counted *c = arg;
	struct wanted f = {.client = c->client, .n = op->n};
	world_each(c->w, K_ACT, find_act, &f);
	if (d->verdict == V_NONE || d->verdict == V_VOID)
		fail_msg("%s was never answered", op->op->name);
	if (f.found != (d->verdict == V_APPLIED))
		fail_msg("%s was answered \"%s\" and is in the log %d times", op->op->name, verdict_names[d->verdict], f.found);
	if (d->verdict != V_APPLIED && !(d->text && *d->text))
		fail_msg("%s was refused without a word", op->op->name);
	c->applied += d->verdict == V_APPLIED;
	sum.applied += d->verdict == V_APPLIED;
	sum.refused += d->verdict != V_APPLIED;
	return true;
}

static void operations_are_decided(struct evening *v)
{
	struct error e = {0};
	for (size_t i = 0; i < SEATS; i++) {
		char client[CLIENT_MAX];
		snprintf(client, sizeof client, "%s", desk_client(v->seat[i]->desk));
		struct counted c = {.w = replica_world(v->seat[0]->replica), .client = client};
		assert_true(desk_each(v->seat[i]->desk, 0, judge_op, &c, &e));
		world_each(c.w, K_ACT, count_act, &c);
		assert_int_equal(c.in_log, c.applied);
	}
}

static void viewers_heard_all(struct evening *v)
{
	struct viewer *fresh = viewer_new(&v->p);
	for (int i = 0; i < 10; i++)
		in_process_step(&v->p, 300);
	assert_int_equal(fresh->n, hub_last(v->p.backend->hub));
	sum.told += (int64_t)fresh->n;
	sum.messages += v->p.backend->figures.messages;
	for (struct viewer *w = v->p.viewers; w; w = w->next) {
		assert_int_equal(w->n, fresh->n);
		for (size_t i = 0; i < w->n; i++) {
			assert_int_equal(w->heard[i].number, i + 1);
			if (strcmp(w->heard[i].text, fresh->heard[i].text) != 0 && !strstr(fresh->heard[i].text, "\"retracted\":true"))
				fail_msg("a viewer heard\n%swhich is now\n%s", w->heard[i].text, fresh->heard[i].text);
		}
	}
}

static void evening(uint64_t seed)
{
	static struct evening v;
	first_evening(&v, seed);
	for (int i = 0; i < TURNS; i++)
		turn(&v);
	v.p.faults = (struct faults){0};
	mend(&v, 1000);
	for (int i = 0; i < 25; i++) /* what was on its way arrives, and what repeats comes too late */
		in_process_step(&v.p, 2000);
	assert_true(consoles_settled(&v.p));
	operations_are_decided(&v);
	messages_are_there(&v);
	replicas_are_whole(&v);
	viewers_heard_all(&v);
	in_process_free(&v.p);
}

/* ---- running them -------------------------------------------------------------------------------------------------- */

static int64_t setting(const char *name)
{
	const char *value = getenv(name);
	return value ? strtoll(value, NULL, 10) : 0;
}

/* Which seed it is, is said before it is played: a failure leaves by a long jump, or by a signal. */
static void test_evenings(void **state)
{
	(void)state;
	int64_t only = setting("EVENING_SEED"), most = setting("EVENINGS");
	time_t until = time(NULL) + BUDGET_S;
	int64_t seed = only ? only : 1, last = only ? only : most ? most : EVENINGS;
	for (; seed <= last && (only || most || time(NULL) < until); seed++) {
		print_message("\rEVENING_SEED=%lld ", (long long)seed);
		evening((uint64_t)seed);
	}
	print_message("\r%lld evenings: %lld operations applied, %lld refused, %lld messages, %lld events broadcast, %lld kills\n",
		(long long)(seed - (only ? only : 1)), (long long)sum.applied, (long long)sum.refused, (long long)sum.messages, (long long)sum.told,
		(long long)sum.kills);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evenings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
