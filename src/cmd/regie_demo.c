/* regie_demo.c: regie demo: the evening's loop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/cmd/cmd.h"
#include "src/cmd/demo.h"

enum {
	FIGURES_EVERY_S = 300, /* of the evening */
	SLACK_S = 60,          /* the evening's clock waits for an act that is so late */
	PATIENCE_MS = 60000,   /* without any act: something is stuck */
	DRAIN_MS = 10000,
	LOOK_MS = 100,
};

static const char usage[] = "regie demo [--speed N] [--headless] [--lang fr|en]";
static const struct cli_option options[] = {
	{ "speed", "N", NULL, "times faster than in 75 seconds; 1 when not given", false },
	{ "headless", NULL, NULL, "without the console: one line an act; so it is too without a terminal", false },
	{ "lang", "fr|en", NULL, "language of what is printed; fr when not given", false },
	{ NULL, NULL, NULL, NULL, false },
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Signals are taken only while we wait; `open` is the mask for that. */
static void hold_signals(sigset_t *open)
{
	const struct sigaction act = { .sa_handler = stop };
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < COUNT_OF(stop_signals); i++) {
		sigaddset(&held, stop_signals[i]);
		sigaction(stop_signals[i], &act, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &held, open);
	for (size_t i = 0; i < COUNT_OF(stop_signals); i++)
		sigdelset(open, stop_signals[i]);
}

/* ---- waiting for all of them ------------------------------------------------------------------------------------- */

struct wait {
	struct pollfd v[CREW + VIEWERS + 3];
	size_t n;
};

static int wait_for(struct wait *w, int64_t ms, const sigset_t *open)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	int n = ppoll(w->v, w->n, &t, open);
	for (size_t i = 0; n <= 0 && i < w->n; i++)
		w->v[i].revents = 0;
	return n;
}

/* Players, viewers, traffic, backend, console, in that order. */
static int64_t gather(struct demo *d, struct wait *w, int64_t ms)
{
	w->n = 0;
	for (size_t i = 0; i < CREW; i++)
		w->v[w->n++] = (struct pollfd){ .fd = d->players[i].child.pid > 0 ? d->players[i].child.out : -1,
			.events = POLLIN };
	for (size_t i = 0; i < VIEWERS; i++) {
		const int64_t due = sse_wait_ms(d->viewers[i].stream);
		sse_poll(d->viewers[i].stream, &w->v[w->n++]);
		ms = due >= 0 && due < ms ? due : ms;
	}
	w->v[w->n++] = (struct pollfd){ .fd = d->stage.traffic.pid > 0 ? d->stage.traffic.out : -1, .events = POLLIN };
	w->v[w->n++] = (struct pollfd){ .fd = d->stage.backend.out, .events = POLLIN };
	w->v[w->n++] = (struct pollfd){ .fd = d->console.pid > 0 ? d->console.fd : -1, .events = POLLIN };
	return ms;
}

/* Everything was answered, and nothing refused but what holds no question (400): a blank message is part of the
 * evening. */
static bool traffic_whole(const char *report, long long *refused)
{
	const char *count = strstr(report, "\nrefused"), *status = report;
	*refused = count == NULL ? 0 : strtoll(count + strcspn(count, "0123456789"), NULL, 10);
	while ((status = strstr(status, "\n  status ")) != NULL)
		if (strncmp(status += 10, "400 ", 4) != 0)
			return false;
	return count != NULL && strstr(report, "\nunanswered  0\n") != NULL && strstr(report, "\nstopped ") == NULL;
}

static bool traffic_hear(struct demo *d, struct error *e)
{
	struct child *c = &d->stage.traffic;
	if (child_read(c))
		return true;
	char *said = xstrdup(c->text.data);
	const int code = child_wait(c);
	const bool good = traffic_whole(said, &d->blank);
	if (good)
		script_mark(&d->script, "traffic");
	else
		error_set(e, ERR_IO, "the rehearsal ended with code %d: %.400s", code, said);
	free(said);
	return good;
}

static bool hear(struct demo *d, const struct wait *w, struct error *e)
{
	bool good = true;
	for (size_t i = 0; good && i < CREW; i++)
		if (w->v[i].revents != 0)
			good = player_hear(d, &d->players[i], e);
	for (size_t i = 0; i < VIEWERS; i++)
		sse_step(d->viewers[i].stream, w->v[CREW + i].revents);
	if (good && w->v[CREW + VIEWERS].revents != 0)
		good = traffic_hear(d, e);
	if (good && w->v[CREW + VIEWERS + 1].revents != 0 && !child_read(&d->stage.backend))
		good = error_set(e, ERR_IO, "the backend ended with code %d; \"%s\" may say why",
			child_wait(&d->stage.backend), d->stage.log);
	return good;
}

/* ---- the evening ------------------------------------------------------------------------------------------------- */

/* The evening's clock: it goes at its speed, but not far past an act that should have been. */
static void move_clock(struct demo *d, int64_t ms)
{
	int64_t next = d->evening_ms + (int64_t)((double)(ms * EVENING_SPEED) * d->speed);
	for (size_t i = 0; i < CREW; i++) {
		int64_t due = player_due(d, &d->players[i]);
		if (due >= 0 && next > due + SLACK_S * 1000)
			next = due + SLACK_S * 1000;
	}
	d->evening_ms = next > d->evening_ms ? next : d->evening_ms;
}

/* How long until a cue is due, in real time. */
static int64_t next_cue_ms(const struct demo *d)
{
	int64_t wait = LOOK_MS;
	for (size_t i = 0; i < CREW; i++) {
		const struct player *p = &d->players[i];
		int64_t due = player_due(d, p);
		int64_t ms = due < 0 || p->child.pid > 0
			? LOOK_MS
			: (int64_t)((double)(due - d->evening_ms) / EVENING_SPEED / d->speed) + 1;
		if (due > d->evening_ms && ms < wait)
			wait = ms;
	}
	return wait;
}

static struct json *status(struct demo *d)
{
	struct buf answer = BUF_INIT;
	struct json *j = transport_ask(d->transport, "GET", "/v1/status", NULL, &answer, NULL, NULL)
		? json_parse(answer.data, answer.len, NULL)
		: NULL;
	buf_release(&answer);
	return j;
}

static long long figure(const struct json *j, const char *name)
{
	int64_t v = 0;
	if (j != NULL)
		json_int(j, name, &v);
	return v;
}

static void say_figures(struct demo *d)
{
	struct json *j = status(d);
	struct buf text = BUF_INIT;
	buf_addf(&text, d->words->figures, figure(j, "messages"), figure(j, "people"), figure(j, "themes"),
		figure(j, "viewers"));
	demo_say(d->evening_ms, "", "—", text.data);
	buf_release(&text);
	json_free(j);
}

/* What the seats wait for and what is not a seat's doing; the third viewer loses its line when the broadcast does. */
static void note_marks(struct demo *d)
{
	struct viewer *last = &d->viewers[VIEWERS - 1];
	bool ended = true;
	for (size_t i = 0; i < VIEWERS; i++)
		ended = ended && d->viewers[i].ended;
	if (ended)
		script_mark(&d->script, "ended");
	if (last->interrupted && sse_times(last->stream) == 1 && sse_phase(last->stream) == SSE_OPEN)
		sse_cut(last->stream);
}

static bool left(const struct demo *d)
{
	bool any = d->stage.traffic.pid > 0;
	for (size_t i = 0; i < CREW; i++)
		any = any || player_left(d, &d->players[i]);
	return any;
}

static bool begin_traffic(struct demo *d, struct error *e)
{
	return d->stage.traffic.pid > 0 || script_marked(&d->script, "traffic") ||
		!script_marked(&d->script, "collecting") || stage_traffic(&d->stage, d->speed, e);
}

/* The person at the console has left it: the evening need not go on. */
static bool left_alone(struct demo *d)
{
	return d->shown && demo_console_left(&d->console);
}

static bool play(struct demo *d, const sigset_t *open, struct error *e)
{
	int64_t last = clock_mono(clock_system()), acts = 0, acted = last, figures_ms = FIGURES_EVERY_S * 1000;
	bool good = true;
	while (good && !stopped && !left_alone(d) && left(d)) {
		struct wait w;
		for (size_t i = 0; good && i < CREW; i++)
			good = player_start(d, &d->players[i], e);
		good = good && begin_traffic(d, e);
		int64_t ms = gather(d, &w, next_cue_ms(d));
		wait_for(&w, good ? ms : 0, open);
		const int64_t now = clock_mono(clock_system());
		move_clock(d, now - last);
		last = now;
		good = good && hear(d, &w, e);
		note_marks(d);
		crew_present(d);
		if (d->evening_ms >= figures_ms) {
			say_figures(d);
			figures_ms = (d->evening_ms / (FIGURES_EVERY_S * 1000) + 1) * FIGURES_EVERY_S * 1000;
		}
		acted = d->acts != acts || d->stage.traffic.pid > 0 ? now : acted;
		acts = d->acts;
		if (good && now - acted > PATIENCE_MS)
			good = error_set(e, ERR_IO, "nothing happened for %d s; \"%s\" may say why", PATIENCE_MS / 1000,
				d->stage.log);
	}
	return good;
}

/* Waits until each viewer has the last event. */
static bool drain(struct demo *d, const sigset_t *open, struct error *e)
{
	const int64_t end = clock_mono(clock_system()) + DRAIN_MS;
	struct buf answer = BUF_INIT, path = BUF_INIT;
	struct json *j = NULL;
	bool good = true;
	buf_addf(&path, "/v1/rooms/%s/transcript", stage_rooms[0]);
	good = transport_ask(d->transport, "GET", path.data, NULL, &answer, NULL, e) &&
		(j = json_parse(answer.data, answer.len, e)) != NULL;
	while (good && !stopped && !left_alone(d) &&
		!viewers_have(d->viewers, json_text(j, "since") == NULL ? "" : json_text(j, "since"))) {
		struct wait w;
		wait_for(&w, gather(d, &w, LOOK_MS), open);
		good = hear(d, &w, e);
		if (good && clock_mono(clock_system()) > end)
			good = error_set(
				e, ERR_NET, "after %d s a viewer has not received all that was aired", DRAIN_MS / 1000);
	}
	json_free(j);
	buf_release(&answer);
	buf_release(&path);
	return good;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* Messages by channel, as the web moderator's console shows them. */
static bool count_channels(struct demo *d, long long *web, long long *sms, struct error *e)
{
	const struct stage *s = &d->stage;
	const char *argv[] = { s->regie, "show", "status", "--json", "--backend", s->base, "--token-file",
		s->token_file[CLAIRE], "--data", s->desk[CLAIRE], NULL };
	struct buf out = BUF_INIT;
	struct json *j = NULL;
	bool good = child_run(argv, s->log, &out, e) && (j = json_parse(out.data, out.len, e)) != NULL;
	*web = figure(j, "web");
	*sms = figure(j, "sms");
	json_free(j);
	buf_release(&out);
	return good;
}

static bool say_end(struct demo *d, int64_t began, struct error *e)
{
	const struct demo_words *w = d->words;
	const struct viewer *v = d->viewers;
	long long web, sms;
	int64_t median, max;
	struct json *j = status(d);
	bool good = count_channels(d, &web, &sms, e);
	viewers_delays(v, &median, &max);
	printf("\n");
	printf(w->messages, figure(j, "messages"), web, sms, d->blank);
	printf(w->people, figure(j, "people"));
	printf(w->themes, figure(j, "themes"));
	printf(w->questions, viewers_count(v, "question", NULL), viewers_count(v, "question", "\"improvised\":true"));
	printf(w->segments, viewers_count(v, "segment", NULL), viewers_count(v, "correction", NULL),
		viewers_count(v, "retraction", NULL));
	printf(w->acts, (long long)d->acts);
	printf(w->viewers, VIEWERS);
	printf(w->delay, (long long)median, (long long)max);
	printf(w->took, (double)(clock_mono(clock_system()) - began) / 1000);
	json_free(j);
	good = good && viewers_check(v, d->transport, e);
	if (good)
		printf(w->all_seen, VIEWERS, v->n);
	fflush(stdout);
	return good;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static bool set_up(struct demo *d, bool english, struct error *e)
{
	if (!stage_build(&d->stage, d->shown, e) ||
		!script_read(&d->script, d->stage.evening, d->stage.answers, english, e) || !stage_serve(&d->stage, e))
		return false;
	const char *base = d->stage.base;
	d->transport = curl_transport_new(
		&(struct transport_options){ .backends = &base, .n_backends = 1, .token = d->stage.token }, e);
	for (int i = 0; i < CREW; i++)
		d->players[i] = (struct player){ .who = (enum crew)i, .child = { .out = -1 } };
	return d->transport != NULL && viewers_open(d->viewers, base, e);
}

/* Nobody closes the console but who looks at it. */
static void wait_for_console(struct demo *d, const sigset_t *open)
{
	while (!stopped && !left_alone(d)) {
		struct wait w;
		wait_for(&w, gather(d, &w, LOOK_MS), open);
		for (size_t i = 0; i < VIEWERS; i++)
			sse_step(d->viewers[i].stream, w.v[CREW + i].revents);
	}
}

/* The evening itself, to its figures; or as far as somebody wanted to see it. */
static bool run_shown(struct demo *d, int64_t began, bool english, const sigset_t *open, struct error *e)
{
	bool good = demo_console_open(&d->console, &d->stage, english, e) && play(d, open, e);
	const bool whole = good && !left_alone(d) && drain(d, open, e) && !left_alone(d);
	if (whole)
		wait_for_console(d, open);
	const int code = d->console.pid > 0 ? 0 : d->console.code;
	demo_console_close(&d->console);
	if (good && code != 0)
		return error_set(e, ERR_IO, "the console ended with code %d", code);
	if (whole && !stopped)
		return say_end(d, began, e);
	if (good && !stopped)
		printf("%s", d->words->left);
	return good;
}

static bool run(struct demo *d, bool english, const sigset_t *open, struct error *e)
{
	const int64_t began = clock_mono(clock_system());
	if (!set_up(d, english, e))
		return false;
	printf(d->words->begin, PLAYED_S / d->speed);
	printf(d->words->page, d->stage.base, stage_rooms[0]);
	d->began_ms = clock_now(clock_system());
	if (d->shown)
		return run_shown(d, began, english, open, e);
	return play(d, open, e) && (stopped || (drain(d, open, e) && (stopped || say_end(d, began, e))));
}

/* Ends all that runs; says what went wrong. Returns the exit code. */
static int finish(struct demo *d, bool good, struct error *e)
{
	const bool cut = stopped;
	int code = good && !cut ? EXIT_DONE : EXIT_REFUSED;
	demo_console_close(&d->console);
	fflush(stdout);
	for (size_t i = 0; i < CREW; i++)
		child_stop(&d->players[i].child);
	viewers_release(d->viewers);
	for (size_t i = 0; i < CREW; i++)
		if (d->presence[i] != NULL)
			d->presence[i]->free(d->presence[i]);
	if (d->transport != NULL)
		d->transport->free(d->transport);
	if (!stage_stop(&d->stage, good ? e : NULL))
		good = false;
	if (cut) {
		printf("%s", d->words->stopped);
	} else if (!good) {
		code = command_fail("regie", "demo", e);
		if (d->stage.dir != NULL)
			fprintf(stderr, d->words->kept, d->stage.dir);
	}
	stage_release(&d->stage, !good && !cut);
	script_release(&d->script);
	return code;
}

int cmd_demo(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	struct demo d = { .speed = 1, .console = { .fd = -1, .terminal = -1 } };
	sigset_t open;
	int code;
	if (!command_options(&c, usage,
		    "Plays a whole evening by itself, on this machine: a backend, the public, four seats and three "
		    "viewers, in a\n"
		    "directory that is gone afterwards. One line an act, the figures at the end, and exit 0 only when "
		    "every viewer\n"
		    "received everything. On a terminal the producer's console shows it; q leaves.",
		    options, argc, argv, &code))
		return code;
	const char *speed = cli_get(&c, "speed"), *lang = cli_get(&c, "lang");
	char *end = NULL;
	const bool english = lang != NULL && strcmp(lang, "en") == 0;
	d.speed = speed == NULL ? 1 : strtod(speed, &end);
	d.words = demo_words(english);
	if (c.n_words > 0)
		error_set(&e, ERR_USAGE, "\"%.60s\" is no option; the demonstration needs no words", c.words[0]);
	else if (speed != NULL && (end == speed || *end != '\0' || !(d.speed >= 0.01 && d.speed <= 1000)))
		error_set(&e, ERR_USAGE, "--speed is a number from 0.01 to 1000, not \"%.40s\"", speed);
	else if (lang != NULL && !english && strcmp(lang, "fr") != 0)
		error_set(&e, ERR_USAGE, "--lang is fr or en, not \"%.20s\"", lang);
	if (e.code != ERR_NONE) {
		code = command_fail("regie", "demo", &e);
	} else {
		d.shown = !cli_has(&c, "headless") && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
		hold_signals(&open);
		bool good = run(&d, english, &open, &e);
		code = finish(&d, good, &e);
	}
	cli_release(&c);
	return code;
}
