/* in_process_seats.c: consoles, and the cables they hang on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/in_process_own.h"

/* ---- a cable: a transport that ends in backend_handle -------------------------------------------------------------- */

/* One request on its way. Its own copies: a repeat outlives the call. */
struct flight {
	struct flight *next;
	struct call *call;               /* NULL: a repeat, or given up: nobody waits */
	char *method, *path, *body;
	struct reply answer;
	enum { OUT, THERE, HOME, LANDED } place;
	int64_t due, give_up;
	bool before, after;              /* what befalls it */
	int kept;                        /* thousandths of the answer that come through */
	bool cancelled;
};

struct cable {
	struct transport t; /* first */
	struct console *c;
	struct flight *flights;
};

/* Counts down to the request that is to be lost. */
static bool is_nth(struct faults *f)
{
	if (f->nth == 0 || (f->nth > 1 && f->nth--))
		return false;
	if (!f->ever_after)
		f->nth = 0;
	return true;
}

static struct flight *flight_new(struct cable *b, struct call *call, const char *method, const char *path, const char *body)
{
	struct in_process *p = b->c->p;
	struct flight *f = xcalloc(1, sizeof *f), **end = &b->flights;
	*f = (struct flight){.call = call, .method = xstrdup(method), .path = xstrdup(path), .body = body ? xstrdup(body) : NULL,
		.answer = {.body = BUF_INIT}, .due = p->now + (int64_t)draw_below(p, (size_t)p->faults.delay_ms + 1)};
	f->before = befalls(p, p->faults.drop_before) || (b->c->disk && disk_died(b->c->disk));
	f->after = befalls(p, p->faults.drop_after);
	if (is_nth(&p->faults))
		*(p->faults.back ? &f->after : &f->before) = true;
	f->kept = befalls(p, p->faults.cut) ? (int)draw_below(p, 1000) : 1000;
	while (*end)
		end = &(*end)->next;
	*end = f;
	return f;
}

static void flight_free(struct cable *b, struct flight *f)
{
	for (struct flight **at = &b->flights; *at; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			break;
		}
	reply_release(&f->answer);
	free(f->method);
	free(f->path);
	free(f->body);
	free(f);
}

static void cable_start(struct transport *t, struct call *c)
{
	struct cable *b = (struct cable *)t;
	struct in_process *p = b->c->p;
	struct flight *f = flight_new(b, c, c->method, c->path, c->body);
	f->give_up = p->now + c->timeout_ms;
	if (befalls(p, p->faults.repeat) && strcmp(c->method, "GET") != 0) {
		struct flight *again = flight_new(b, NULL, c->method, c->path, c->body);
		again->due += (int64_t)draw_below(p, REPEAT_MS);
		again->give_up = again->due + LOST_MS;
	}
}

/* Its end, as the caller sees it: the answer, or none. */
static void land(struct flight *f, bool answered)
{
	struct call *c = f->call;
	f->call = NULL;
	f->place = LANDED;
	c->status = answered ? f->answer.status : 0;
	if (answered) {
		size_t len = f->answer.body.len;
		buf_add(&c->answer, f->answer.body.data, len * (size_t)f->kept / 1000);
		snprintf(c->answer_type, sizeof c->answer_type, "%s", f->answer.type ? f->answer.type : "");
		const char *again = reply_header(&f->answer, "Retry-After");
		c->retry_after_ms = again ? strtoll(again, NULL, 10) * 1000 : 0;
	} else {
		error_set(&c->error, ERR_NET, "the backend cannot be reached");
	}
	c->over(c);
}

/* Who asked gives up, or dies; what was sent arrives all the same. */
static void leave_on_its_way(struct cable *b, const struct flight *f)
{
	struct flight *again = flight_new(b, NULL, f->method, f->path, f->body);
	again->due = f->due;
	again->give_up = again->due + LOST_MS;
}

static void cable_run(struct transport *t, int64_t wait_ms)
{
	struct cable *b = (struct cable *)t;
	struct flight *next;
	(void)wait_ms;
	for (struct flight *f = b->flights; f; f = next) {
		next = f->next;
		bool lost = f->cancelled || b->c->p->now >= f->give_up || (f->place == HOME && !f->answer.over);
		if (f->call && f->cancelled && f->place == OUT && !f->before && chance(b->c->p, 500))
			leave_on_its_way(b, f);
		if (f->call && (lost || (f->place == HOME && f->due <= b->c->p->now)))
			land(f, !lost && f->answer.over && !f->after);
		if (!f->call && f->place == LANDED)
			flight_free(b, f);
	}
}

static void cable_wake(struct transport *t)
{
	(void)t;
}

static void cable_cancel(struct transport *t, struct call *c)
{
	for (struct flight *f = ((struct cable *)t)->flights; f; f = f->next)
		if (f->call == c)
			f->cancelled = true;
}

static void flight_step(struct cable *b, struct flight *f)
{
	struct in_process *p = b->c->p;
	if (f->place == OUT && f->due <= p->now) {
		if (f->before || b->c->off || !p->backend) {
			f->place = HOME;
			f->due = p->now;
		} else {
			f->place = THERE;
			if (b->c->listened)
				p->heard_at = p->now;
			ask_begin(p, &(struct request){.method = f->method, .target = f->path, .body = f->body, .token = b->c->token,
				.client = "127.0.0.1"}, &f->answer);
		}
	}
	if (f->place == THERE && (f->answer.over || b->c->off)) {
		f->place = HOME;
		f->due = p->now + (int64_t)draw_below(p, (size_t)p->faults.delay_ms + 1);
	}
	if (!f->call && (f->place == HOME || p->now >= f->give_up))
		flight_free(b, f);
}

/* ---- consoles ------------------------------------------------------------------------------------------------------ */

static int64_t its_utc(void *ctx)
{
	const struct console *c = ctx;
	return EVENING_MS + c->p->now + c->ahead;
}

static int64_t its_mono(void *ctx)
{
	return 1000 + ((const struct console *)ctx)->p->now;
}

static uint64_t its_draw(void *ctx)
{
	return draw(((const struct console *)ctx)->p);
}

static void close_all(struct console *c)
{
	sync_free(c->sync);
	replica_close(c->replica);
	desk_close(c->desk);
	c->sync = NULL;
	c->replica = NULL;
	c->desk = NULL;
}

void console_end(struct console *c, bool power)
{
	disk_die(c->disk);
	close_all(c);
	disk_restart(c->disk, power);
	c->boots += power;
}

void console_close(struct console *c)
{
	close_all(c);
	if (c->disk && disk_died(c->disk)) /* in its last second */
		console_end(c, draw(c->p) & 1);
}

bool console_try_open(struct console *c, struct error *e)
{
	struct in_process *p = c->p;
	const char *vfs = c->disk ? c->vfs : NULL;
	char boot[16];
	snprintf(boot, sizeof boot, "%d", c->boots);
	c->desk = desk_open(&(struct desk_options){.dir = c->dir, .vfs = vfs, .clock = &c->clock, .random = &p->random}, e);
	c->replica = c->desk ? replica_open(&(struct replica_options){.dir = c->dir, .vfs = vfs, .boot = c->disk ? boot : NULL}, e) : NULL;
	if (!c->replica || (c->disk && disk_died(c->disk))) {
		console_close(c);
		return false;
	}
	c->sync = sync_new(&(struct sync_options){.desk = c->desk, .replica = c->replica, .transport = &c->cable->t,
		.clock = &c->clock, .random = &p->random, .page = 1 + draw_below(p, chance(p, 500) ? 20 : 400)});
	return true;
}

static void console_open(struct console *c)
{
	struct error e = {0};
	if (!console_try_open(c, &e))
		fail_msg("%s", e.text);
}

struct console *console_new(struct in_process *p, const char *token)
{
	static const struct transport functions = {.start = cable_start, .run = cable_run, .wake = cable_wake, .cancel = cable_cancel};
	struct console *c = xcalloc(1, sizeof *c), **end = &p->consoles;
	int n = 0;
	for (; *end; end = &(*end)->next)
		n++;
	*end = c;
	c->p = p;
	c->cable = xcalloc(1, sizeof *c->cable);
	*c->cable = (struct cable){.t = functions, .c = c};
	snprintf(c->token, sizeof c->token, "%s", token);
	snprintf(c->dir, sizeof c->dir, "%s/console-%d", p->dir, n);
	snprintf(c->vfs, sizeof c->vfs, "console-%d", n);
	c->clock = (struct clock){.now_ms = its_utc, .mono_ms = its_mono, .ctx = c};
	c->disk = p->disk ? disk_new(c->vfs, (struct dice){.draw = its_draw, .ctx = c}) : NULL;
	console_open(c);
	return c;
}

void console_reopen(struct console *c)
{
	console_close(c);
	console_open(c);
}

void console_backend_gone(struct console *c)
{
	for (struct flight *f = c->cable->flights; f; f = f->next)
		if (f->place == THERE && !f->answer.over) {
			reply_release(&f->answer);
			f->place = HOME;
			f->due = c->p->now;
		}
}

void console_step(struct console *c)
{
	struct flight *next;
	for (struct flight *f = c->cable->flights; f; f = next) {
		next = f->next;
		flight_step(c->cable, f);
	}
	for (const struct flight *f = c->cable->flights; f && c->listened; f = f->next)
		if (f->place == THERE)
			c->p->heard_at = c->p->now;
	if (c->sync)
		sync_step(c->sync, 0);
}

void console_unplug(struct console *c)
{
	while (c->cable->flights)
		flight_free(c->cable, c->cable->flights);
}

void console_free(struct console *c)
{
	static const char *const names[] = {"desk.db", "desk.db-wal", "desk.db-shm", "replica.db", "replica.db-wal", "replica.db-shm",
		"sender.lock"};
	console_close(c);
	for (struct console **at = &c->p->consoles; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	console_unplug(c);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(c->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(c->dir);
	disk_free(c->disk);
	free(c->cable);
	free(c);
}

static void new_id(struct in_process *p, struct wire_op *op)
{
	for (size_t i = 0; i < op_arg_count(op->op); i++)
		if (op->op->args[i].type == A_ID && !op->arg[i]) {
			op->arg[i] = xcalloc(1, ID_MAX);
			id_uuid7(op->arg[i], op->at, &p->random);
		}
}

/* What words are edited of: consoles say which revision they saw. */
static const struct record *subject_of(const struct world *w, const struct op *op, char *const arg[OP_ARGS_MAX])
{
	const char *id = op->subject_arg >= 0 ? arg[op->subject_arg] : NULL;
	return id && op->subject < KIND_COUNT ? world_get(w, op->subject, id) : NULL;
}

int64_t console_do(struct console *c, const char *line, struct error *e)
{
	struct sync_state now;
	struct words w = {0};
	sync_state(c->sync, &now);
	struct wire_op op = {.at = clock_now(&c->clock) + now.clock_offset_ms, .rev = -1};
	bool done = words_parse(line, &w, e) && words_resolve(replica_world(c->replica), &w, desk_seat(c->desk), op.at, op.arg, e);
	if (done) {
		const struct record *on = subject_of(replica_world(c->replica), w.op, op.arg);
		op.op = w.op;
		op.rev = on && w.op->flags & OP_EDIT ? on->rev : -1;
		op.until = w.op->flags & OP_EXPIRES ? op.at + OP_UNTIL_MS : 0;
		new_id(c->p, &op);
		done = desk_put(c->desk, &op, e);
	}
	int64_t n = done ? op.n : 0;
	words_release(&w);
	wire_op_release(&op);
	return n;
}

static bool settled(const struct in_process *p)
{
	struct sync_state now;
	for (const struct console *c = p->consoles; c; c = c->next) {
		if (c->absent)
			continue;
		if (!c->sync)
			return false;
		sync_state(c->sync, &now);
		if (desk_unsent_count(c->desk) || !now.caught_up || !now.whole || c->cable->flights == NULL ||
			c->cable->flights->next || c->cable->flights->place != THERE)
			return false;
	}
	return true;
}

bool consoles_settled(struct in_process *p)
{
	for (int turns = 0; turns < 3000; turns++) {
		if (turns > 5 && settled(p))
			return true;
		in_process_step(p, 100);
	}
	return false;
}
