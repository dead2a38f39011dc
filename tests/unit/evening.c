#include "tests/unit/evening.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "tests/unit/in_process.h"

enum { SEATS = 5, VIEWERS = 2, TURNS = 28, POSTS_MAX = 100, PUTS_MAX = 200, DRAFT_ROOM = 64, MARK_ROOM = 16, FLUSHED_MS = 2500, LEAP_MS = 500 };
enum { COLLECTING, OPEN, STATES }; /* what evenings begin with */

/* An operation that the desk took. */
struct put {
	int64_t n;
	char mark[MARK_ROOM]; /* "«12»", which its words hold; "" none */
};
struct seat_at {
	struct console *c;
	struct put puts[PUTS_MAX];
	int n_puts;
	char client[CLIENT_MAX];
	/* Drafts are numbered as they are typed. `kept`: the last that the desk said it has; `safe`: on the platter */
	int typed, kept, safe;
	int64_t calm;                   /* ms that its console ran since then, on a disk that was well; what passed in one leap
	                                 * counts as a short time only, in which the sync loop looks at its clock once */
	bool stormy;                    /* its disk fails now and then */
	int64_t power_cuts;             /* as seen at the last look */
};
struct evening {
	struct in_process p;
	bool disks, stormy;             /* stormy: the backend's disk */
	int64_t begins[STATES];
	char token[SEATS][33];
	struct seat_at seat[SEATS];
	size_t n_seats;                 /* that are there this evening */
	struct console *fresh[2];       /* the producer's and the host's, with nothing in them; opened at the end */
	char key[33];                   /* of the SMS gateway */
	int marks, posts, kills, clocks;
	struct post *post[POSTS_MAX];
	struct evening_sum sum;
};

static const struct { const char *name; enum role role; } crew[SEATS] = {
	{"Anne", R_PRODUCER}, {"Hélène", R_HOST}, {"Paul", R_SCRIBE}, {"Wim", R_WEB}, {"Ada", R_ADVISER},
};

/* What a seat does, drawn by role; %d is a small number, %m a mark that tells these words from all others. Most are refused
 * at one time or another: that is wanted. */
static const struct { enum role role; const char *line; } deeds[] = {
	{R_PRODUCER, "collect"}, {R_PRODUCER, "open"}, {R_PRODUCER, "open"}, {R_PRODUCER, "air next"}, {R_PRODUCER, "close q%d partly"},
	{R_PRODUCER, "interrupt technical"}, {R_PRODUCER, "interrupt editorial"}, {R_PRODUCER, "resume"}, {R_PRODUCER, "resume"},
	{R_PRODUCER, "release"}, {R_PRODUCER, "strike q%d"}, {R_PRODUCER, "notice Un mot de la salle %m"}, {R_PRODUCER, "undo"},
	{R_PRODUCER, "merge t%d t%d"}, {R_PRODUCER, "hold q%d legal adviser"}, {R_PRODUCER, "end"}, {R_PRODUCER, "reopen"},
	{R_PRODUCER, "plan questions=%d"},
	{R_HOST, "compose Une question de la maison %m"}, {R_HOST, "next"}, {R_HOST, "next q%d"}, {R_HOST, "air"}, {R_HOST, "air next"},
	{R_HOST, "ask Et si je vous demande %m ?"}, {R_HOST, "ask Et encore %m ?"}, {R_HOST, "close"}, {R_HOST, "reword q%d Autrement dit %m"},
	{R_HOST, "move q%d first"}, {R_HOST, "return q%d trop long"}, {R_HOST, "outcome air declined"}, {R_HOST, "baton"}, {R_HOST, "undo"},
	{R_HOST, "redo"},
	{R_SCRIBE, "publish Nous verrons bien, numéro %m."}, {R_SCRIBE, "publish Je l'ai dit, %m."}, {R_SCRIBE, "publish q%d Plus tard %m."},
	{R_SCRIBE, "publish Voilà, %m."}, {R_SCRIBE, "correct last Je l'ai redit, %m."}, {R_SCRIBE, "retract last"}, {R_SCRIBE, "retract last-1"},
	{R_SCRIBE, "speaker Le ministre"}, {R_SCRIBE, "reassign last q%d"}, {R_SCRIBE, "attach q%d q%d"}, {R_SCRIBE, "say host Plus lentement %m"},
	{R_SCRIBE, "ack"},
	{R_WEB, "accept t%d"}, {R_WEB, "accept t%d"}, {R_WEB, "accept m%d Une autre formulation %m"}, {R_WEB, "dismiss m%d abuse"},
	{R_WEB, "restore m%d"}, {R_WEB, "refile m%d t%d"}, {R_WEB, "merge t%d t%d"}, {R_WEB, "unmerge t%d"}, {R_WEB, "label t%d Un nom %m"},
	{R_WEB, "edit q%d Mieux dit %m"}, {R_WEB, "combine q%d q%d"}, {R_WEB, "undo"}, {R_WEB, "redo"}, {R_WEB, "pin t%d"}, {R_WEB, "away"},
	{R_WEB, "back"},
	{R_ADVISER, "clear q%d"}, {R_ADVISER, "block q%d diffamation"}, {R_ADVISER, "retract last"}, {R_ADVISER, "strike q%d"},
};

static const char *const asked[] = {
	"Quand augmentez-vous le Smic ?", "Que faites-vous pour le climat ?", "Et la violence au collège ?", "Pourquoi fermer des maternités ?",
	"Le Smic, c'est pour quand ?", "Allez-vous démissionner ?",
};

/* ---- people who ask -------------------------------------------------------------------------------------------------- */

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

static void post(struct evening *v)
{
	if (v->posts == POSTS_MAX)
		return;
	if (draw(&v->p) & 1)
		post_web(v, v->posts++);
	else
		post_sms(v, v->posts++);
}

/* ---- what the seats do ----------------------------------------------------------------------------------------------- */

/* The line with numbers and a mark where it wants them; the mark, or "", into mark. */
static void fill_in(struct evening *v, const char *line, struct buf *out, char mark[static MARK_ROOM])
{
	mark[0] = '\0';
	for (const char *s = line; *s; s++)
		if (s[0] == '%' && s[1] == 'd') {
			buf_addf(out, "%zu", 1 + draw_below(&v->p, 9));
			s++;
		} else if (s[0] == '%' && s[1] == 'm') {
			snprintf(mark, MARK_ROOM, "«%d»", ++v->marks);
			buf_adds(out, mark);
			s++;
		} else {
			buf_addc(out, *s);
		}
}

/* A desk on a disk that is well takes everything that has a meaning. */
static void desk_may_say(const struct seat_at *s, const struct error *e)
{
	bool its_fault = e->code == ERR_IO || e->code == ERR_FULL || e->code == ERR_BUSY || e->code == ERR_FORMAT;
	if (its_fault && !s->stormy && !(s->c->disk && disk_died(s->c->disk)))
		fail_msg("a desk on a sound disk says: %s", e->text);
}

static void decide(struct evening *v, struct seat_at *s, const char *line)
{
	struct error e = {0};
	struct buf words = BUF_INIT;
	char mark[MARK_ROOM];
	fill_in(v, line, &words, mark);
	int64_t n = s->c->sync && s->n_puts < PUTS_MAX ? console_do(s->c, words.data, &e) : 0;
	if (n) {
		struct put *put = &s->puts[s->n_puts++];
		put->n = n;
		memcpy(put->mark, mark, sizeof put->mark);
	} else {
		desk_may_say(s, &e);
	}
	buf_release(&words);
}

/* A decision that cannot even be named yet is none. */
static void act(struct evening *v)
{
	size_t i = draw_below(&v->p, COUNT_OF(deeds));
	for (size_t s = 0; s < v->n_seats; s++)
		if (crew[s].role == deeds[i].role)
			decide(v, &v->seat[s], deeds[i].line);
}

static void type(struct evening *v)
{
	struct seat_at *s = &v->seat[2 + draw_below(&v->p, v->n_seats - 2)];
	struct error e = {0};
	char words[DRAFT_ROOM];
	if (!s->c->sync)
		return;
	snprintf(words, sizeof words, "%d Je disais donc que", ++s->typed);
	if (desk_set(s->c->desk, "draft", words, &e)) {
		s->kept = s->typed;
		s->calm = 0;
	} else {
		desk_may_say(s, &e);
	}
}

/* ---- what befalls them ----------------------------------------------------------------------------------------------- */

static void storm(struct evening *v, struct disk *d, bool *stormy)
{
	static const struct disk_faults storms[] = {
		{.write_fails = 300}, {.write_short = 300}, {.sync_fails = 500}, {.read_fails = 300}, {.room = 1},
		{.write_fails = 50, .write_short = 50, .sync_fails = 100, .read_fails = 5},
	};
	struct disk_faults f = storms[draw_below(&v->p, COUNT_OF(storms))];
	if (f.room)
		f.room = disk_used(d) + (int64_t)draw_below(&v->p, 40000);
	disk_fail(d, &f);
	*stormy = true;
}

static void jump(struct evening *v, int64_t *ahead)
{
	static const int64_t most[] = {500, 30000, 7200000};
	int64_t by = most[draw_below(&v->p, COUNT_OF(most))];
	*ahead += (int64_t)draw_below(&v->p, 2 * (size_t)by) - by;
	v->clocks++;
}

static void backend_mishap(struct evening *v)
{
	struct in_process *p = &v->p;
	struct error e = {0};
	size_t what = draw_below(p, v->disks ? 8 : 2);
	if (what == 6)
		storm(v, p->disk, &v->stormy);
	else if (what == 7)
		jump(v, &p->ahead);
	else if (!p->backend)
		return;
	else if (what == 0)
		in_process_stop(p);
	else if (what == 1)
		in_process_kill(p), v->kills++;
	else if (what == 2)
		in_process_power_cut(p);
	else if (what == 3)
		store_checkpoint(p->event, p->store.vfs, &e);
	else if (what == 4)
		disk_die_at_sync(p->disk, 1 + (int64_t)draw_below(p, 3));
	else
		disk_die_at(p->disk, 1 + (int64_t)draw_below(p, 60));
}

static void reopen(struct evening *v, struct seat_at *s);
static void step(struct evening *v, int64_t ms);

/* A replica may be deleted. */
static void sit_down_anew(struct evening *v, struct seat_at *s)
{
	console_close(s->c);
	if (v->disks && chance(&v->p, 700)) {
		char *path = path_join(s->c->dir, "replica.db");
		unlink(path);
		free(path);
		reopen(v, s);
		if (draw(&v->p) & 1) { /* an empty one is on the platter before it is filled */
			console_close(s->c);
			reopen(v, s);
		}
		for (size_t n = 1 + draw_below(&v->p, 4); n > 0; n--)
			step(v, 1 + (int64_t)draw_below(&v->p, 500));
		console_close(s->c);
	}
	if (v->disks && chance(&v->p, 500)) /* the machine is switched off at the wall */
		console_end(s->c, true);
	reopen(v, s);
}

static void seat_mishap(struct evening *v)
{
	struct in_process *p = &v->p;
	struct seat_at *s = &v->seat[draw_below(p, v->n_seats)];
	size_t what = draw_below(p, v->disks ? 9 : 3);
	if (what == 0)
		s->c->off = true;
	else if (what == 7)
		storm(v, s->c->disk, &s->stormy);
	else if (what == 8)
		jump(v, &s->c->ahead);
	else if (!s->c->sync)
		return;
	else if (what == 1)
		sit_down_anew(v, s);
	else if (what == 2)
		sync_presence(s->c->sync, draw(p) & 1 ? "{\"here\":true,\"typing\":\"je\"}" : "{\"here\":true}");
	else if (what == 3 || what == 4)
		console_end(s->c, what == 3);
	else if (what == 5)
		disk_die_at_sync(s->c->disk, 1 + (int64_t)draw_below(p, 3));
	else
		disk_die_at(s->c->disk, 1 + (int64_t)draw_below(p, 30));
}

/* ---- what comes back ------------------------------------------------------------------------------------------------- */

/* What a desk kept of a draft, by its number: 0, none. */
static int draft_in(struct desk *d)
{
	char *words = desk_get(d, "draft");
	int n = words ? (int)strtol(words, NULL, 10) : 0;
	free(words);
	return n;
}

static int64_t deaths(const struct disk *d)
{
	return d ? disk_counts(d).deaths : 0;
}

/* A seat sits down again: is what was typed still there? */
static void reopen(struct evening *v, struct seat_at *s)
{
	struct error e = {0};
	int64_t before = deaths(s->c->disk);
	if (!console_try_open(s->c, &e)) {
		if (!s->stormy && deaths(s->c->disk) == before) /* it may die while it starts */
			fail_msg("a console cannot be opened again: %s", e.text);
		return;
	}
	s->calm = 0;
	int64_t cuts = v->disks ? disk_counts(s->c->disk).power_cuts : 0;
	int least = cuts > s->power_cuts ? s->safe : s->kept, there = draft_in(s->c->desk);
	if (!s->stormy && (there < least || there > s->typed))
		fail_msg("%d drafts were typed, %d kept and %d flushed: after a %s the desk has number %d", s->typed, s->kept, s->safe,
			cuts > s->power_cuts ? "power cut" : "kill", there);
	if (cuts > s->power_cuts && !s->stormy)
		s->safe = there;
	if (!s->stormy) {
		s->kept = there;
		s->power_cuts = cuts;
	}
}

static void clear_up(struct disk *d, bool *stormy)
{
	if (*stormy)
		disk_fail(d, &(struct disk_faults){.room = 0});
	*stormy = false;
}

static void mend(struct evening *v, int in_thousand)
{
	struct in_process *p = &v->p;
	struct error e = {0};
	if (v->disks && chance(p, in_thousand))
		clear_up(p->disk, &v->stormy);
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		if (v->disks && chance(p, in_thousand))
			clear_up(s->c->disk, &s->stormy);
		if (s->c->off && chance(p, in_thousand))
			s->c->off = false;
		if (!s->c->sync && chance(p, in_thousand))
			reopen(v, s);
	}
	int64_t before = deaths(p->disk);
	if (!p->backend && chance(p, in_thousand) && !in_process_try_start(p, &e) && !v->stormy && deaths(p->disk) == before)
		fail_msg("the backend cannot be started again: %s", e.text);
}

/* The sync loop flushes drafts within a second. */
static void step(struct evening *v, int64_t ms)
{
	in_process_step(&v->p, ms);
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		s->calm = s->c->sync && !s->stormy ? s->calm + (ms < LEAP_MS ? ms : LEAP_MS) : 0;
		if (s->calm > FLUSHED_MS)
			s->safe = s->kept;
	}
}

/* Who has just come back fails again, before much else was written: what it read there and told must have been on the
 * platter. */
static void backend_fails_again(struct evening *v)
{
	struct in_process *p = &v->p;
	if (chance(p, 300)) {
		disk_fail(p->disk, &(struct disk_faults){.read_fails = 300});
		v->stormy = true;
		return;
	}
	step(v, 1 + (int64_t)draw_below(p, 500));
	if (p->backend)
		in_process_power_cut(p);
}

static void seat_fails_again(struct evening *v, struct seat_at *s)
{
	for (size_t n = 1 + draw_below(&v->p, 4); n > 0; n--)
		step(v, 1 + (int64_t)draw_below(&v->p, 900));
	if (s->c->sync)
		console_end(s->c, true);
}

/* `was_down`: bit 0 the backend, then the seats. */
static void fail_again(struct evening *v, unsigned was_down)
{
	struct in_process *p = &v->p;
	if (was_down & 1 && p->backend && chance(p, 200))
		backend_fails_again(v);
	for (size_t i = 0; i < v->n_seats; i++)
		if (was_down & 2u << i && v->seat[i].c->sync && chance(p, 250))
			seat_fails_again(v, &v->seat[i]);
}

static unsigned who_is_down(const struct evening *v)
{
	unsigned down = !v->p.backend;
	for (size_t i = 0; i < v->n_seats; i++)
		down |= (unsigned)!v->seat[i].c->sync << (i + 1);
	return down;
}

static void turn(struct evening *v)
{
	struct in_process *p = &v->p;
	for (size_t n = draw_below(p, 3); n > 0; n--)
		act(v);
	for (size_t n = draw_below(p, 2); n > 0; n--)
		post(v);
	if (chance(p, 300))
		type(v);
	if (chance(p, 150))
		backend_mishap(v);
	if (chance(p, 150))
		seat_mishap(v);
	unsigned was_down = who_is_down(v);
	mend(v, 300);
	if (v->disks)
		fail_again(v, was_down);
	step(v, 1 + (int64_t)draw_below(p, chance(p, 30) ? 20000 : 700));
}

/* ---- how an evening begins ------------------------------------------------------------------------------------------- */

static void settle(struct evening *v)
{
	if (consoles_settled(&v->p))
		return;
	struct buf b = BUF_INIT;
	for (const struct console *c = v->p.consoles; c; c = c->next) {
		struct sync_state now = {.link = LINK_DOWN};
		if (c->sync)
			sync_state(c->sync, &now);
		buf_addf(&b, "\n  %s: %s, %d unsent, link %d %s%s%s", strrchr(c->dir, '/') + 1, c->sync ? "runs" : "does not run", (int)now.unsent,
			(int)now.link, now.why, now.whole ? ", whole" : "", now.caught_up ? ", caught up" : "");
	}
	fail_msg("the consoles did not come to rest:%s\n  backend: %s", b.data, v->p.backend ? v->p.backend->trouble.text : "down");
}

static void make_crew(struct evening *v)
{
	in_process_gateway(&v->p, "orange", "generic", v->key);
	for (size_t i = 0; i < SEATS; i++) {
		in_process_seat(&v->p, crew[i].name, crew[i].role, v->token[i]);
		v->seat[i].c = console_new(&v->p, v->token[i]);
	}
	in_process_start(&v->p);
	settle(v);
}

static void do_it(struct evening *v, size_t seat, const char *line)
{
	struct error e = {0};
	if (!console_do(v->seat[seat].c, line, &e))
		fail_msg("%s: %s", line, e.text);
	settle(v);
}

static void keep(struct evening *v, int slot)
{
	in_process_clear(&v->p);
	v->begins[slot] = v->p.now;
	in_process_keep(&v->p, slot);
}

/* On disks the beginning is played once and kept. */
struct evening *evening_new(bool disks)
{
	struct evening *v = xcalloc(1, sizeof *v);
	struct error e = {0};
	v->disks = disks;
	v->sum.kinds_least = INT64_MAX;
	if (!disks)
		return v;
	in_process_new_on_disks(&v->p, 0);
	make_crew(v);
	do_it(v, 0, "collect");
	for (size_t i = 0; i < COUNT_OF(v->fresh); i++) {
		v->fresh[i] = console_new(&v->p, v->token[i]);
		v->fresh[i]->absent = true;
		console_close(v->fresh[i]);
	}
	keep(v, COLLECTING);
	in_process_start(&v->p);
	for (size_t i = 0; i < SEATS; i++)
		assert_true(console_try_open(v->seat[i].c, &e));
	do_it(v, 0, "open");
	do_it(v, 1, "ask Que ferez-vous demain ?");
	do_it(v, 2, "publish Nous verrons.");
	keep(v, OPEN);
	return v;
}

void evening_free(struct evening *v)
{
	if (v->disks)
		in_process_free(&v->p);
	free(v);
}

static void begin(struct evening *v, uint64_t seed)
{
	struct error e = {0};
	int slot = seed % 4 ? OPEN : COLLECTING;
	v->n_seats = SEATS - seed % 3;
	v->marks = v->posts = v->kills = v->clocks = 0;
	v->stormy = false;
	for (size_t i = 0; i < SEATS; i++)
		v->seat[i] = (struct seat_at){.c = v->seat[i].c};
	for (size_t i = 0; v->disks && i < SEATS; i++)
		v->seat[i].c->absent = i >= v->n_seats;
	for (size_t i = 0; v->disks && i < COUNT_OF(v->fresh); i++)
		v->fresh[i]->absent = true;
	if (!v->disks) {
		in_process_new(&v->p, seed);
		make_crew(v);
		v->n_seats = SEATS;
		do_it(v, 0, "collect");
	} else {
		in_process_rewind(&v->p, slot, seed, v->begins[slot]);
		in_process_start(&v->p);
	}
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		if (v->disks) {
			assert_true(console_try_open(s->c, &e));
			s->power_cuts = disk_counts(s->c->disk).power_cuts;
		}
		snprintf(s->client, sizeof s->client, "%s", desk_client(s->c->desk));
	}
	for (size_t i = 0; i < VIEWERS; i++)
		viewer_new(&v->p);
	if (v->disks || chance(&v->p, 800)) /* some go without */
		v->p.faults = (struct faults){.drop_before = 60, .drop_after = 60, .repeat = 60, .cut = 40,
			.delay_ms = (int)draw_below(&v->p, 1500), .viewer_gone = 30, .viewer_slow = 200, .lazy = 300};
}

/* ---- what must be true at the end: operations ------------------------------------------------------------------------ */

/* A walk over one desk's operations, with the log as the producer has it. */
struct judged {
	struct evening *v;
	struct seat_at *s;
	const struct world *w;
	int64_t applied, in_log;
	int seen;
};

static bool count_act(void *arg, const struct record *r)
{
	struct judged *j = arg;
	j->in_log += !strcmp(((const struct act *)r)->client, j->s->client);
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

static bool judge_op(void *arg, const struct wire_op *op, const struct wire_verdict *d)
{
	struct judged *j = arg;
	struct wanted f = {.client = j->s->client, .name = op->op->name, .n = op->n};
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
	j->applied += d->verdict == V_APPLIED;
	j->v->sum.applied += d->verdict == V_APPLIED;
	j->v->sum.refused += d->verdict != V_APPLIED;
	return true;
}

static void operations_are_decided(struct evening *v)
{
	struct error e = {0};
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		struct judged j = {.v = v, .s = s, .w = replica_world(v->seat[0].c->replica)};
		if (strcmp(s->client, desk_client(s->c->desk)) != 0)
			fail_msg("%s's desk had to take a new client id", crew[i].name);
		assert_true(desk_each(s->c->desk, 0, judge_op, &j, &e));
		world_each(j.w, K_ACT, count_act, &j);
		if (j.in_log != j.applied)
			fail_msg("%s's desk knows of %lld operations applied, the log of %lld", crew[i].name, (long long)j.applied, (long long)j.in_log);
		if (j.seen != s->n_puts)
			fail_msg("%s's desk took %d operations and has %d of them", crew[i].name, s->n_puts, j.seen);
	}
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

static void world_lines(const struct world *w, struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(small); i++)
		world_each(w, small[i], into_lines, out);
}

static void all_lines(struct replica *r, struct buf *out)
{
	struct error e = {0};
	world_lines(replica_world(r), out);
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
	settle(v);
}

static void replicas_are_whole(struct evening *v, const struct buf *memory)
{
	struct buf want[COUNT_OF(v->fresh)] = {BUF_INIT, BUF_INIT}, have = BUF_INIT;
	open_fresh(v);
	world_lines(replica_world(v->fresh[0]->replica), &have);
	same_lines("a fresh replica", &have, "the backend's memory", memory);
	for (size_t i = 0; i < COUNT_OF(v->fresh); i++)
		all_lines(v->fresh[i]->replica, &want[i]);
	for (size_t i = 0; i < v->n_seats; i++) {
		buf_reset(&have);
		all_lines(v->seat[i].c->replica, &have);
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

/* ---- a whole evening ------------------------------------------------------------------------------------------------- */

static void heal(struct evening *v)
{
	v->p.faults = (struct faults){0};
	if (v->disks) {
		disk_die_at(v->p.disk, 0);
		disk_die_at_sync(v->p.disk, 0);
		for (size_t i = 0; i < v->n_seats; i++) {
			disk_die_at(v->seat[i].c->disk, 0);
			disk_die_at_sync(v->seat[i].c->disk, 0);
		}
	}
	mend(v, 1000);
	for (int i = 0; i < 18; i++) { /* what was on its way arrives, and what repeats comes too late */
		step(v, 2000);
		mend(v, 1000);
	}
	settle(v);
}

/* The last word of the weather: what the backend acknowledged must have been on the platter. */
static void last_power_cut(struct evening *v)
{
	if (v->disks)
		in_process_power_cut(&v->p);
	else
		in_process_kill(&v->p);
	mend(v, 1000);
	settle(v);
}

static void count_faults(struct evening *v, const struct disk_counts *before, size_t disks)
{
	struct evening_sum *s = &v->sum;
	int64_t deaths = v->kills, cuts = 0, failed = 0;
	for (size_t i = 0; i < disks; i++) {
		struct disk_counts now = disk_counts(i == 0 ? v->p.disk : v->seat[i - 1].c->disk), was = before[i];
		deaths += now.deaths - was.deaths;
		cuts += now.power_cuts - was.power_cuts;
		failed += now.failed + now.short_writes + now.full + now.lost - was.failed - was.short_writes - was.full - was.lost;
	}
	int64_t sorts = (v->p.befell > 0) + (deaths > 0) + (failed > 0) + (v->clocks > 0);
	s->played++;
	s->links += v->p.befell;
	s->kills += deaths - cuts;
	s->power_cuts += cuts;
	s->disks += failed;
	s->clocks += v->clocks;
	if (sorts < s->kinds_least)
		s->kinds_least = sorts;
}

void evening_play(struct evening *v, uint64_t seed)
{
	struct disk_counts before[SEATS + 1];
	struct buf memory = BUF_INIT;
	begin(v, seed);
	size_t disks = v->disks ? v->n_seats + 1 : 0;
	for (size_t i = 0; i < disks; i++)
		before[i] = disk_counts(i == 0 ? v->p.disk : v->seat[i - 1].c->disk);
	for (int i = 0; i < TURNS; i++)
		turn(v);
	if (v->disks && v->clocks == 0) /* so that every evening has some of each kind */
		jump(v, &v->p.ahead);
	heal(v);
	world_lines(store_world(v->p.backend->store), &memory);
	last_power_cut(v);
	operations_are_decided(v);
	messages_are_there(v);
	replicas_are_whole(v, &memory);
	viewers_heard_all(v);
	count_faults(v, before, disks);
	buf_release(&memory);
	if (v->disks)
		in_process_clear(&v->p);
	else
		in_process_free(&v->p);
}

const char *evening_dir(const struct evening *v)
{
	return v->p.dir;
}

struct evening_sum evening_sum(const struct evening *v)
{
	return v->sum;
}
