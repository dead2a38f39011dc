/* rehearse.c: regie-rehearse: many messages under way at once, each sent until it is answered.
 *
 * A slot carries one message from its start to its verdict: under way, then, when there was no answer or one that asks to
 * come again (429, 500, 502, 503, 504), waiting for the next try with the same id, so that a backend that restarts keeps
 * it once. A slot that waits takes nothing new: with the backend away all slots wait, and nothing piles up.
 */
#include "src/cmd/rehearse.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/cmd/cmd.h"

enum {
	CONNECTIONS = 32,
	CONNECTIONS_MAX = 1000,
	CALL_MS = 30000,
	ANSWER_MAX = 65536,
	FIRST_WAIT_MS = 100,
	LAST_WAIT_MS = 5000,
	LOOK_MS = 250, /* how soon Ctrl-C is seen */
	PROGRESS_MS = 10000,
};

struct run;
struct slot {
	struct call call;
	struct run *run;
	struct buf body, cookie;
	enum { FREE, UNDER_WAY, WAITING } state;
	int64_t first_us, started_us; /* of the first try, of this one */
	int64_t again_us;             /* WAITING: when */
	int64_t wait_ms;
};

struct run {
	struct evening evening;
	struct pace pace;
	struct tally tally;
	struct transport *transport;
	const char *gateway;
	int64_t patience_us;
	struct slot *slots;
	size_t n_slots;
	size_t next, total; /* messages */
	uint64_t dice;      /* spreads the tries of many slots */
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- one message ------------------------------------------------------------------------------------------------- */

static void form_value(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			strchr("-._~", *p) != NULL)
			buf_addc(b, (char)*p);
		else
			buf_addf(b, "%%%02X", *p);
}

static void write_sms(struct slot *s, const struct line *l, const char *id)
{
	char number[11];
	evening_number(&s->run->evening, s->run->next, l, number);
	form_value(&s->body, "from", number);
	form_value(&s->body, "to", "36200");
	form_value(&s->body, "text", l->text);
	form_value(&s->body, "id", id);
	s->call.path = s->run->gateway;
	s->call.type = "application/x-www-form-urlencoded";
	s->call.cookie = NULL;
}

static void write_web(struct slot *s, const struct line *l, const char *id)
{
	char cookie[33];
	evening_cookie(&s->run->evening, s->run->next, l, cookie);
	buf_addc(&s->body, '{');
	json_member(&s->body, "text", l->text);
	if (l->name[0] != '\0')
		json_member(&s->body, "name", l->name);
	json_member(&s->body, "id", id);
	buf_addc(&s->body, '}');
	buf_reset(&s->cookie);
	buf_addf(&s->cookie, "regie=%s", cookie);
	s->call.path = "/v1/messages";
	s->call.type = "application/json";
	s->call.cookie = s->cookie.data;
}

static void send_slot(struct slot *s)
{
	s->state = UNDER_WAY;
	s->started_us = now_us();
	s->run->transport->start(s->run->transport, &s->call);
}

/* Gives a slot the next message; an SMS that no gateway can bring is passed over. */
static void load_slot(struct slot *s)
{
	struct run *r = s->run;
	struct line l;
	struct buf id = BUF_INIT;
	evening_line(&r->evening, r->next, &l);
	if (l.sms && r->gateway == NULL) {
		r->tally.skipped++;
	} else {
		evening_id(&r->evening, r->next, &l, &id);
		buf_reset(&s->body);
		(l.sms ? write_sms : write_web)(s, &l, id.data);
		*(l.sms ? &r->tally.sms : &r->tally.web) += 1;
		s->call.body = s->body.data;
		s->call.body_len = s->body.len;
		s->wait_ms = FIRST_WAIT_MS;
		s->first_us = now_us();
		send_slot(s);
	}
	r->next++;
	buf_release(&id);
	line_release(&l);
}

static bool may_come_again(int status)
{
	return status == 0 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

static void slot_wait(struct slot *s)
{
	s->run->dice = s->run->dice * 6364136223846793005u + 1442695040888963407u;
	int64_t wait = s->wait_ms / 2 + (int64_t)(s->run->dice >> 33) % s->wait_ms;
	s->wait_ms = s->wait_ms * 2 > LAST_WAIT_MS ? LAST_WAIT_MS : s->wait_ms * 2;
	/* A shorter time that it asks for is kept to; a longer one is for people, and this is to see when it is back.
	 * */
	if (s->call.retry_after_ms > 0 && wait > s->call.retry_after_ms)
		wait = s->call.retry_after_ms;
	s->again_us = now_us() + wait * 1000;
	s->state = WAITING;
}

static void slot_over(struct call *c)
{
	struct slot *s = c->ctx;
	struct tally *t = &s->run->tally;
	const int64_t now = now_us();
	s->state = FREE;
	if (c->status >= 200 && c->status < 400)
		tally_accepted(t, c, now - s->started_us);
	else if (!may_come_again(c->status))
		tally_refused(t, c);
	else if (!stopped && now - s->first_us < s->run->patience_us)
		slot_wait(s);
	else if (c->status == 0)
		tally_lost(t, c);
	else
		tally_refused(t, c);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Starts what is due; returns how many slots are taken, and in *due when there is more to start. */
static size_t start_due(struct run *r, int64_t *due)
{
	size_t busy = 0;
	const int64_t now = now_us();
	for (size_t i = 0; i < r->n_slots; i++) {
		struct slot *s = &r->slots[i];
		if (s->state == WAITING && (s->again_us <= now || stopped)) {
			r->tally.retries++;
			send_slot(s);
		}
		while (s->state == FREE && r->next < r->total && !stopped) {
			int64_t wanted = r->tally.began_us + pace_due_us(&r->pace, &r->evening, r->next);
			if (wanted > now) {
				*due = sooner(*due, wanted);
				break;
			}
			if (now - wanted > r->tally.behind_us)
				r->tally.behind_us = now - wanted;
			load_slot(s);
		}
		busy += s->state != FREE;
		if (s->state == WAITING)
			*due = sooner(*due, s->again_us);
	}
	return busy;
}

static void show_progress(const struct run *r, int64_t *shown)
{
	const int64_t now = now_us();
	if (now - *shown < PROGRESS_MS * 1000 || !isatty(STDERR_FILENO))
		return;
	*shown = now;
	fprintf(stderr, "regie-rehearse: %zu of %zu sent, %zu accepted, %zu retries\n", r->next, r->total,
		r->tally.accepted, r->tally.retries);
}

static void send_all(struct run *r)
{
	int64_t shown = r->tally.began_us = now_us();
	size_t busy;
	do {
		int64_t due = now_us() + LOOK_MS * 1000;
		busy = start_due(r, &due);
		int64_t wait = (due - now_us() + 999) / 1000;
		r->transport->run(r->transport, wait < 0 ? 0 : wait);
		show_progress(r, &shown);
	} while (busy > 0 || (r->next < r->total && !stopped));
	r->tally.ended_us = now_us();
	if (r->pace.rate <= 0 && r->pace.speed <= 0)
		r->tally.behind_us = 0; /* as fast as it goes has no pace to fall behind */
}

static void make_slots(struct run *r, size_t n)
{
	r->n_slots = n;
	r->slots = xcalloc(n, sizeof *r->slots);
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &r->slots[i];
		s->run = r;
		s->call = (struct call){
			.method = "POST", .timeout_ms = CALL_MS, .answer_max = ANSWER_MAX, .over = slot_over, .ctx = s
		};
		buf_init(&s->call.answer, 0);
		buf_init(&s->body, 0);
		buf_init(&s->cookie, 0);
	}
}

static void run_release(struct run *r)
{
	if (r->transport != NULL)
		r->transport->free(r->transport);
	for (size_t i = 0; i < r->n_slots; i++) {
		buf_release(&r->slots[i].call.answer);
		buf_release(&r->slots[i].body);
		buf_release(&r->slots[i].cookie);
	}
	free(r->slots);
	evening_release(&r->evening);
	pace_release(&r->pace);
	tally_release(&r->tally);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static const char usage[] = "regie-rehearse --backend URL --evening FILE [--gateway URL] [--speed N | --rate N]";
static const struct cli_option options[] = {
	{ "backend", "URL", "REGIE_BACKEND", "where the event is served", false },
	{ "evening", "FILE", NULL,
		"the evening: a JSON object a line, with id, channel (web or sms), name, from, text, at", false },
	{ "gateway", "URL", NULL, "a gateway of kind generic, key included; without it no SMS are sent", false },
	{ "speed", "N", NULL, "times faster than the evening was; 0: as fast as it goes; 1 when not given", false },
	{ "rate", "N", NULL, "that many a second, evenly, instead", false },
	{ "minutes", "M", NULL, "how long the evening was, when its lines have no \"at\"; 60 when not given", false },
	{ "repeat", "N", NULL, "each line from that many people; 1 when not given", false },
	{ "connections", "N", NULL, "messages under way at once, at most; 32 when not given", false },
	{ "patience", "S", NULL, "seconds that an unanswered message is sent again; 60 when not given", false },
	{ "ca", "FILE", NULL, "certificates to trust, instead of the system's", false },
	{ NULL, NULL, NULL, NULL, false },
};

static bool number(
	const struct cli *c, const char *name, double low, double high, double absent, double *out, struct error *e)
{
	const char *v = cli_get(c, name);
	char *end;
	*out = absent;
	if (v == NULL)
		return true;
	*out = strtod(v, &end);
	if (end != v && *end == '\0' && *out >= low && *out <= high)
		return true;
	return error_set(e, ERR_USAGE, "--%s is a number from %g to %g, not \"%.40s\"", name, low, high, v);
}

static bool set_up(struct run *r, const struct cli *c, struct error *e)
{
	double connections, repeat, patience;
	const char *backend = cli_get(c, "backend"), *file = cli_get(c, "evening");
	r->gateway = cli_get(c, "gateway");
	if (backend == NULL || file == NULL)
		return error_set(e, ERR_USAGE, "give --backend URL and --evening FILE");
	if (cli_has(c, "rate") && cli_has(c, "speed"))
		return error_set(e, ERR_USAGE, "give --speed or --rate, not both");
	if (r->gateway != NULL && strncmp(r->gateway, "http://", 7) != 0 && strncmp(r->gateway, "https://", 8) != 0)
		return error_set(e, ERR_USAGE,
			"--gateway is the URL that \"regied gateway add\" printed, not \"%.80s\"", r->gateway);
	if (!number(c, "speed", 0, 1e6, 1, &r->pace.speed, e) || !number(c, "rate", 0.001, 1e6, 0, &r->pace.rate, e) ||
		!number(c, "minutes", 0.01, 1e5, 60, &r->pace.minutes, e) ||
		!number(c, "repeat", 1, 1e6, 1, &repeat, e) ||
		!number(c, "connections", 1, CONNECTIONS_MAX, CONNECTIONS, &connections, e) ||
		!number(c, "patience", 0, 86400, 60, &patience, e))
		return false;
	r->patience_us = (int64_t)(patience * 1e6);
	r->transport = curl_transport_new(&(struct transport_options){ .backends = &backend,
						  .n_backends = 1,
						  .connections = (size_t)connections,
						  .ca_file = cli_get(c, "ca") },
		e);
	if (r->transport == NULL || !evening_read(&r->evening, file, (size_t)repeat, e))
		return false;
	r->total = evening_count(&r->evening);
	pace_init(&r->pace);
	make_slots(r, (size_t)connections);
	return true;
}

static int report(struct run *r)
{
	const bool whole = tally_whole(&r->tally);
	tally_print(&r->tally, stdout);
	if (r->next < r->total)
		printf("stopped     %zu were left to send\n", r->total - r->next);
	return whole && r->next == r->total ? EXIT_DONE : EXIT_REFUSED;
}

int rehearse_main(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	struct run r = { .dice = 1 };
	int code;
	if (!command_options(&c, usage,
		    "Sends a recorded or projected evening to a backend, at its own pace, and reports what broke.\n"
		    "Exit 1 when something that was sent was not accepted.",
		    options, argc, argv, &code))
		return code;
	if (!set_up(&r, &c, &e)) {
		code = command_fail("regie-rehearse", "", &e);
	} else {
		const struct sigaction act = { .sa_handler = stop };
		sigaction(SIGINT, &act, NULL);
		sigaction(SIGTERM, &act, NULL);
		signal(SIGPIPE, SIG_IGN);
		send_all(&r);
		code = report(&r);
	}
	run_release(&r);
	cli_release(&c);
	return code;
}
