#include "tests/unit/in_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/server/http_parts.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/in_process_own.h"

enum { FILE_MAX = 256 << 20, TURNS_MAX = 10000 };

/* ---- dice and time ------------------------------------------------------------------------------------------------- */

uint64_t draw(struct in_process *p)
{
	uint64_t z = p->seed += 0x9e3779b97f4a7c15u; /* splitmix64 */
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A fault of a link, counted. */
bool befalls(struct in_process *p, int in_thousand)
{
	bool it = chance(p, in_thousand);
	p->befell += it;
	return it;
}

bool chance(struct in_process *p, int in_thousand)
{
	return in_thousand > 0 && draw(p) % 1000 < (uint64_t)in_thousand;
}

size_t draw_below(struct in_process *p, size_t n)
{
	return n ? (size_t)(draw(p) % n) : 0;
}

static uint64_t draw_for(void *ctx)
{
	return draw(ctx);
}

bool in_process_died(const struct in_process *p)
{
	return p->disk && disk_died(p->disk);
}

static void fill(void *ctx, void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)bytes)[i] = (uint8_t)draw(ctx);
}

static int64_t utc(void *ctx)
{
	const struct in_process *p = ctx;
	return EVENING_MS + p->now + p->ahead;
}

static int64_t mono(void *ctx)
{
	return 1000 + ((struct in_process *)ctx)->now;
}

static void good(bool done, const struct error *e)
{
	if (!done)
		fail_msg("%s", e->text);
}

/* ---- files --------------------------------------------------------------------------------------------------------- */

static const char *const event_files[] = {"event.db", "event.db-wal", "key", "event.db-shm", "lock", "control"};

static void remove_event(const char *dir)
{
	for (size_t i = 0; i < COUNT_OF(event_files); i++) {
		char *path = path_join(dir, event_files[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

/* What a process that is killed leaves behind: the system has its writes, its locks and its shared memory are gone. */
static void copy_event(const char *from, const char *to)
{
	struct error e = {0};
	struct buf bytes = BUF_INIT;
	good(file_make_dirs(to, 0700, &e), &e);
	for (size_t i = 0; i < 3; i++) {
		char *a = path_join(from, event_files[i]), *b = path_join(to, event_files[i]);
		buf_reset(&bytes);
		if (file_exists(a))
			good(file_read(a, FILE_MAX, &bytes, &e) && file_replace(b, bytes.data, bytes.len, 0600, &e), &e);
		free(a);
		free(b);
	}
	buf_release(&bytes);
}

static void next_folder(struct in_process *p)
{
	snprintf(p->event, sizeof p->event, "%s/event-%d", p->dir, p->lives++);
}

/* Where a synchronous write costs nothing, when there is such a place. */
static void make_folder(struct in_process *p)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(p->dir, sizeof p->dir, "/dev/shm/regie-XXXXXX");
	if (mkdtemp(p->dir))
		return;
	assert_true(snprintf(p->dir, sizeof p->dir, "%s/regie-XXXXXX", tmp ? tmp : "/tmp") < (int)sizeof p->dir);
	assert_non_null(mkdtemp(p->dir));
}

/* ---- the backend's lives -------------------------------------------------------------------------------------------- */

static void add_room(struct store *s, void *arg)
{
	struct error e = {0};
	(void)arg;
	good(store_room_add(s, "salle", "La salle", "https://partner.example", &e), &e);
}

static bool measure(void *ctx, const char *dir, int64_t *left, int64_t *total)
{
	(void)dir;
	*left = ((struct in_process *)ctx)->left;
	*total = DISK_BYTES;
	return true;
}

static void make(struct in_process *p, uint64_t seed, bool disks)
{
	struct error e = {0};
	*p = (struct in_process){.seed = seed};
	disk_chance((uint32_t)seed);
	p->disk = disks ? disk_new("backend", (struct dice){.draw = draw_for, .ctx = p}) : NULL;
	p->clock = (struct clock){.now_ms = utc, .mono_ms = mono, .ctx = p};
	p->random = (struct randomness){.fill = fill, .ctx = p};
	p->left = DISK_BYTES / 2;
	p->options.space = (struct space_options){.measure = measure, .ctx = p};
	p->loop = loop_new(&p->clock);
	make_folder(p);
	next_folder(p);
	p->store = (struct store_options){.dir = p->event, .vfs = disks ? "backend" : NULL, .clock = &p->clock, .random = &p->random};
	good(store_init(&p->store, "Une heure", "fr", false, &e), &e);
	in_process_admin(p, add_room, NULL);
}

void in_process_new(struct in_process *p, uint64_t seed)
{
	make(p, seed, false);
}

void in_process_new_on_disks(struct in_process *p, uint64_t seed)
{
	make(p, seed, true);
}

/* Streams end before the hub does: so does the server. */
static void disconnect_viewers(struct in_process *p)
{
	for (struct viewer *v = p->viewers; v; v = v->next)
		viewer_disconnect(v);
}

/* Nobody hears of it again. */
static struct backend *cut_off(struct in_process *p)
{
	struct backend *dead = p->backend;
	p->backend = NULL;
	disconnect_viewers(p);
	for (struct console *c = p->consoles; c; c = c->next)
		console_backend_gone(c);
	for (struct post *o = p->posts; o; o = o->next)
		if (!o->answer.over)
			reply_release(&o->answer);
	return dead;
}

static void end_on_disk(struct in_process *p, bool power)
{
	disk_die(p->disk);
	backend_free(cut_off(p));
	assert_null(p->talks);
	disk_restart(p->disk, power);
	p->power = false;
}

/* Whoever died in the midst of a step. */
static void bury(struct in_process *p)
{
	if (in_process_died(p))
		end_on_disk(p, p->power || draw(p) & 1);
	for (struct console *c = p->consoles; c; c = c->next)
		if (c->disk && disk_died(c->disk))
			console_end(c, draw(p) & 1);
}

bool in_process_try_start(struct in_process *p, struct error *e)
{
	assert_null(p->backend);
	p->options.store = store_open(&p->store, e);
	p->options.store_options = p->store;
	p->options.loop = p->loop;
	p->options.clock = &p->clock;
	p->options.random = &p->random;
	p->backend = p->options.store ? backend_new(&p->options, e) : NULL;
	bury(p); /* it may die in its first second */
	return p->backend != NULL;
}

void in_process_start(struct in_process *p)
{
	struct error e = {0};
	good(in_process_try_start(p, &e), &e);
}

void in_process_stop(struct in_process *p)
{
	if (!p->backend)
		return;
	backend_finish(p->backend);
	assert_null(p->talks); /* everything was answered */
	disconnect_viewers(p);
	backend_free(p->backend);
	p->backend = NULL;
	for (struct console *c = p->consoles; c; c = c->next)
		console_backend_gone(c);
	bury(p);
}


void in_process_kill(struct in_process *p)
{
	char old[sizeof p->event];
	if (p->disk) {
		end_on_disk(p, false);
		return;
	}
	memcpy(old, p->event, sizeof old);
	next_folder(p);
	copy_event(old, p->event);
	backend_free(cut_off(p)); /* what it still does, it does to files that nobody looks at */
	assert_null(p->talks);
	remove_event(old);
}

void in_process_power_cut(struct in_process *p)
{
	end_on_disk(p, true);
}


void in_process_settle(struct in_process *p)
{
	int turns = 0;
	bool moved = p->backend != NULL;
	while (moved && !in_process_died(p)) {
		loop_step(p->loop, 0);
		moved = backend_step(p->backend);
		assert_true(turns++ < TURNS_MAX);
	}
	loop_step(p->loop, 0);
}

/* A part of what waits: the writer or the readers may be behind, or what they did not yet told to the loop. */
static void settle_lazily(struct in_process *p)
{
	for (size_t n = draw_below(p, 4); n > 0; n--)
		if (draw(p) & 1)
			backend_step(p->backend);
		else
			loop_step(p->loop, 0);
}

void in_process_step(struct in_process *p, int64_t ms)
{
	p->now += ms;
	if (p->backend && chance(p, p->faults.lazy))
		settle_lazily(p);
	else
		in_process_settle(p);
	for (struct console *c = p->consoles; c; c = c->next)
		console_step(c);
	for (struct post *o = p->posts; o; o = o->next)
		post_step(p, o);
	for (struct viewer *v = p->viewers; v; v = v->next)
		viewer_step(v);
	bury(p);
}

void in_process_rewind(struct in_process *p, int slot, uint64_t seed, int64_t now)
{
	disk_chance((uint32_t)seed);
	disk_rewind(p->disk, slot);
	for (struct console *c = p->consoles; c; c = c->next) {
		disk_rewind(c->disk, slot);
		c->ahead = 0;
		c->boots = 0;
		c->off = false;
	}
	loop_free(p->loop);
	p->loop = loop_new(&p->clock);
	p->seed = seed;
	p->now = now;
	p->ahead = p->befell = 0;
	p->heard_at = now;
	p->left = DISK_BYTES / 2;
	p->trace = 0;
	p->power = false;
	p->faults = (struct faults){0};
}

uint64_t in_process_trace(const struct in_process *p, bool bytes)
{
	uint64_t h = p->trace ^ p->seed ^ (p->disk ? disk_trace(p->disk, bytes) : 0);
	for (const struct console *c = p->consoles; c; c = c->next)
		h = (h ^ (c->disk ? disk_trace(c->disk, bytes) : 0)) * 0x9e3779b97f4a7c15u;
	return h;
}

void in_process_keep(struct in_process *p, int slot)
{
	disk_keep(p->disk, slot);
	for (struct console *c = p->consoles; c; c = c->next)
		disk_keep(c->disk, slot);
}

void in_process_clear(struct in_process *p)
{
	in_process_stop(p);
	for (struct console *c = p->consoles; c; c = c->next) {
		console_close(c);
		console_unplug(c);
	}
	for (struct post *o; (o = p->posts);) {
		p->posts = o->next;
		post_free(o);
	}
	for (struct viewer *v; (v = p->viewers);) {
		p->viewers = v->next;
		viewer_free(v);
	}
}

void in_process_free(struct in_process *p)
{
	in_process_clear(p);
	for (struct console *c; (c = p->consoles);)
		console_free(c);
	loop_free(p->loop);
	disk_free(p->disk);
	remove_event(p->event);
	rmdir(p->dir);
}

/* ---- the operator --------------------------------------------------------------------------------------------------- */

struct admin_job { struct job j; void (*work)(struct store *s, void *arg); void *arg; bool over; };

static void admin_work(struct job *j, struct store *s)
{
	struct admin_job *a = (struct admin_job *)j;
	a->work(s, a->arg);
}

static void admin_over(struct job *j, const struct error *failed)
{
	good(!failed, failed);
	((struct admin_job *)j)->over = true;
}

void in_process_admin(struct in_process *p, void (*work)(struct store *s, void *arg), void *arg)
{
	struct error e = {0};
	struct committed done;
	if (p->backend) {
		struct admin_job a = {.j = {.work = admin_work, .over = admin_over, .urgent = true}, .work = work, .arg = arg};
		writer_put(p->backend->writer, &a.j);
		in_process_settle(p);
		assert_true(a.over);
		return;
	}
	struct store *s = store_open(&p->store, &e);
	good(s != NULL && store_begin(s, &e), &e);
	work(s, arg);
	good(store_commit(s, &done, &e), &e);
	store_close(s);
}

struct made { const char *name, *kind; enum role role; char *secret; };

static void add_seat(struct store *s, void *arg)
{
	struct made *m = arg;
	struct error e = {0};
	good(store_seat_add(s, m->name, m->role, m->secret, &e), &e);
}

static void add_gateway(struct store *s, void *arg)
{
	struct made *m = arg;
	struct error e = {0};
	good(store_gateway_add(s, m->name, m->kind, m->secret, &e), &e);
}

void in_process_seat(struct in_process *p, const char *name, enum role role, char token[static 33])
{
	in_process_admin(p, add_seat, &(struct made){.name = name, .role = role, .secret = token});
}

void in_process_gateway(struct in_process *p, const char *name, const char *kind, char key[static 33])
{
	in_process_admin(p, add_gateway, &(struct made){.name = name, .kind = kind, .secret = key});
}

/* ---- one request ---------------------------------------------------------------------------------------------------- */

/* An exchange and the memory its request stands in: freed when it is done, so that who touches it later is found out. */
struct talk {
	struct exchange x; /* first */
	struct in_process *p;
	struct talk *next;
	struct reply *answer; /* NULL: nobody waits any more */
	void *room;
	char *body;
};

static void note_answer(struct in_process *p, const struct http_response *r)
{
	uint64_t h = p->trace ^ (uint64_t)r->status;
	for (size_t i = 0; r->status < 500 && i < r->body.len; i++) /* failures may name this run's folder */
		h = (h ^ (uint8_t)r->body.data[i]) * 0x100000001b3u;
	p->trace = h * 0x9e3779b97f4a7c15u;
}

/* What was said yes to must be on the platter now. */
static void cut_at_yes(struct in_process *p, const struct exchange *x)
{
	bool yes = x->res.status == 202 || (x->res.status == 200 && x->req.method != HTTP_GET);
	if (p->disk && yes && chance(p, p->faults.acked)) {
		disk_die(p->disk);
		p->power = true;
	}
}

static void talk_done(struct exchange *x)
{
	struct talk *t = (struct talk *)x, **at = &t->p->talks;
	struct reply *a = t->answer;
	while (*at && *at != t)
		at = &(*at)->next;
	assert_non_null(*at); /* done twice otherwise */
	*at = t->next;
	assert_in_range(x->res.status, 200, 599);
	bool told = !in_process_died(t->p);
	note_answer(t->p, &x->res);
	if (told)
		cut_at_yes(t->p, x);
	if (a)
		a->talk = NULL;
	if (a && told) {
		a->over = true;
		a->status = x->res.status;
		a->type = x->res.type;
		a->body = x->res.body;
		a->stream = x->stream;
		a->n_headers = x->res.n_headers;
		for (size_t i = 0; i < a->n_headers; i++) {
			a->headers[i].name = x->res.headers[i].name;
			a->headers[i].value = x->res.headers[i].value;
		}
	} else {
		if (x->stream)
			x->stream->gone(x->stream);
		response_release(&x->res);
	}
	free(t->room);
	free(t->body);
	free(t);
}

static void add_field(struct head *h, const char *name, const char *value)
{
	if (value)
		h->fields[h->n_fields++] = (struct http_pair){name, value};
}

static struct talk *talk_new(struct in_process *p, const struct request *r, struct reply *a)
{
	struct head h = {.method = r->method, .target = r->target, .version = "HTTP/1.1"};
	struct framing framing;
	struct ip peer;
	char bearer[80], length[24];
	const char *client = r->client ? r->client : "192.0.2.1";
	struct talk *t = xcalloc(1, sizeof *t);
	snprintf(bearer, sizeof bearer, "Bearer %.64s", r->token ? r->token : "");
	snprintf(length, sizeof length, "%zu", r->body ? strlen(r->body) : 0);
	add_field(&h, "Host", "regie.example");
	add_field(&h, "Authorization", r->token ? bearer : NULL);
	add_field(&h, "Content-Type", r->type ? r->type : r->body ? "application/json" : NULL);
	add_field(&h, "Content-Length", r->body ? length : NULL);
	if (r->name)
		add_field(&h, r->name, r->value);
	*t = (struct talk){.p = p, .answer = a, .room = xmalloc(request_room(&h)), .body = xstrdup(r->body)};
	const char *why = request_fill(&t->x.req, &framing, &h, t->room);
	if (why)
		fail_msg("%s: %s", r->target, why);
	t->x.req.body = t->body;
	t->x.req.body_len = strlen(t->body);
	t->x.req.listeners = r->listeners ? r->listeners : ON_PUBLIC | ON_SEATS | ON_ADMIN;
	assert_true(ip_parse(client, strlen(client), &peer));
	request_origin(&t->x.req, peer, false, NULL, 0);
	t->x.res.body = (struct buf)BUF_INIT;
	t->x.done = talk_done;
	return t;
}

void ask_begin(struct in_process *p, const struct request *r, struct reply *a)
{
	*a = (struct reply){.body = BUF_INIT};
	struct talk *t = talk_new(p, r, a);
	a->talk = t;
	t->next = p->talks;
	p->talks = t;
	/* as the server does with a body larger than the route takes */
	if (t->x.req.body_len > backend_body_limit(p->backend, &t->x.req) && backend_body_limit(p->backend, &t->x.req) > 0) {
		response_problem(&t->x.res, 413, "the body is larger than this address takes");
		exchange_done(&t->x);
	} else {
		backend_handle(p->backend, &t->x);
	}
}

int ask(struct in_process *p, const struct request *r, struct reply *a)
{
	ask_begin(p, r, a);
	in_process_settle(p);
	return a->over ? a->status : 0;
}

const char *reply_header(const struct reply *a, const char *name)
{
	for (size_t i = 0; i < a->n_headers; i++)
		if (!strcasecmp(a->headers[i].name, name))
			return a->headers[i].value;
	return NULL;
}

void reply_release(struct reply *a)
{
	if (a->talk) {
		a->talk->x.gone = true;
		a->talk->answer = NULL;
	}
	if (a->stream)
		a->stream->gone(a->stream);
	for (size_t i = 0; i < a->n_headers; i++)
		free(a->headers[i].value);
	buf_release(&a->body);
	*a = (struct reply){.body = BUF_INIT};
}
