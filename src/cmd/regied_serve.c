/* regied_serve.c: regied serve: the backend of one evening. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "net/server/backend.h"
#include "net/server/check.h"
#include "net/server/control.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regied_admin.h"
#include "src/cmd/regied_lexicon.h"

enum {
	PORT = 8080,
	BODY_MAX = 2 << 20,
	DEADLINE_MS = 30000,
	POSTS_A_MINUTE = 30,
	VIEWERS_AN_ADDRESS = 200,
	PEM_MAX = 1 << 20,
	DRAIN_MS = 2000,
	RESERVE = 64 << 20, /* bytes of disk kept for seats and scribe */
	CHECK_S = 4, /* for looking at the event before it is served; the rest is looked at meanwhile */
	TRUSTED_MAX = sizeof((struct http_options *)0)->trusted / sizeof(char *)
};

static const struct cli_option options[] = {
	{ "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ "listen", "[public=|seats=|admin=]HOST:PORT", NULL,
		"where to listen; without a kind: all three, on loopback only; several times", true },
	{ "tls-cert", "FILE", NULL, "certificate chain, PEM: serve HTTPS", false },
	{ "tls-key", "FILE", NULL, "its key, PEM", false },
	{ "trust-proxy", "CIDR", NULL, "a proxy whose X-Forwarded-For is believed; several times", true },
	{ "limit-posts", "N", NULL,
		"questions one address may send a minute; 0: no bound; 30, and none on loopback, when not given",
		false },
	{ "limit-viewers", "N", NULL,
		"streams one address may hold; 0: no bound; 200, and none on loopback, when not given", false },
	{ "deadline", "SECONDS", NULL, "time a client has for a whole request; 30", false },
	{ "disk-low", "MB", NULL, "warn every seat when less is left on the disk; 1024 or a twentieth of it, 0: never", false },
	{ "disk-stop", "MB", NULL, "take nothing more from the public when less is left; 256, 0: never", false },
	{ "check", "SECONDS", NULL, "look at the event's file for so long before it is served, at the rest meanwhile; 4", false },
	{ "log", "error|warning|info|debug", NULL, "how much is said on stderr; info", false },
	{ NULL, NULL, NULL, NULL, false },
};

/* ---- where to listen --------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned bits;
} kinds_of[] = {
	{ "public", ON_PUBLIC },
	{ "seats", ON_SEATS },
	{ "admin", ON_ADMIN },
};

static bool is_loopback(const char *host)
{
	return !strncmp(host, "127.", 4) || !strcmp(host, "::1") || !strcmp(host, "localhost");
}

struct listen_text {
	char host[128];
};

static bool parse_listen(const char *word, struct http_options *o, struct listen_text *text, struct error *e)
{
	unsigned bits = ON_PUBLIC | ON_SEATS | ON_ADMIN;
	const char *where = word;
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(kinds_of[i].name);
		if (!strncmp(word, kinds_of[i].name, n) && word[n] == '=') {
			bits = kinds_of[i].bits;
			where = word + n + 1;
		}
	}
	if (where == word && strchr(word, '='))
		return error_set(e, ERR_USAGE, "\"%.*s\" is no kind of listener; public, seats and admin are",
			(int)strcspn(word, "="), word);
	const char *colon = strrchr(where, ':');
	char *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : -1;
	size_t len = colon ? (size_t)(colon - where) : 0;
	if (len > 1 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (!colon || !len || len >= sizeof text->host || !colon[1] || *end || port < 0 || port > 65535)
		return error_set(e, ERR_USAGE, "--listen wants HOST:PORT, not \"%.80s\"", word);
	snprintf(text->host, sizeof text->host, "%.*s", (int)len, where);
	if (bits == (ON_PUBLIC | ON_SEATS | ON_ADMIN) && !is_loopback(text->host))
		return error_set(e, ERR_USAGE,
			"\"%.80s\" is not loopback: give each kind a listener of its own, as public=%s "
			"seats=127.0.0.1:18081 admin=127.0.0.1:18082",
			word, word);
	if (o->n_listen == sizeof o->listen / sizeof *o->listen)
		return error_set(e, ERR_USAGE, "at most %zu listeners", sizeof o->listen / sizeof *o->listen);
	o->listen[o->n_listen].listeners = bits;
	o->listen[o->n_listen].host = text->host;
	o->listen[o->n_listen++].port = (int)port;
	return true;
}

/* ---- serving ----------------------------------------------------------------------------------------------------- */

/* For the signal handler: a signal may come before there is a loop to stop. */
static struct loop *stop_loop;
static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
	if (stop_loop)
		loop_stop(stop_loop);
}

static void raise_file_limit(void)
{
	struct rlimit r;
	if (!getrlimit(RLIMIT_NOFILE, &r) && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* What `regied gateway` prints before the first serve is a guess; from now on it is where we really are. */
struct url_job {
	struct job j;
	char url[256];
};
static void url_work(struct job *j, struct store *s)
{
	struct error e = { 0 };
	if (!store_meta_set(s, "public-url", ((struct url_job *)j)->url, &e))
		log_line(LOG_WARNING, "%s", e.text);
}
static void url_over(struct job *j, const struct error *failed)
{
	(void)failed;
	free(j);
}

static void announce(struct backend *b, struct http_server *h, const struct http_options *o)
{
	char url[256], public_url[256] = "";
	for (size_t i = 0; i < o->n_listen; i++) {
		http_server_url(h, i, url, sizeof url);
		const char *kind = "";
		for (size_t k = 0; k < 3; k++)
			if (o->listen[i].listeners == kinds_of[k].bits)
				kind = kinds_of[k].name;
		printf("listening on %s%s%s\n", kind, *kind ? "=" : "", url);
		if ((o->listen[i].listeners & ON_PUBLIC) && !public_url[0])
			snprintf(public_url, sizeof public_url, "%s", url);
	}
	fflush(stdout);
	struct url_job *j = calloc(1, sizeof *j);
	if (!j || !public_url[0]) {
		free(j);
		return;
	}
	j->j = (struct job){ .work = url_work, .over = url_over };
	snprintf(j->url, sizeof j->url, "%s", public_url);
	writer_put(b->writer, &j->j);
}

struct serving {
	struct http_options http;
	struct backend_options backend;
	struct listen_text hosts[6];
	struct buf cert, key;
	const char *dir;
	struct checking check;
	double check_s;
};

static bool number(const struct cli *c, const char *name, double absent, double *out, struct error *e)
{
	const char *v = cli_get(c, name);
	char *end;
	*out = v ? strtod(v, &end) : absent;
	if (v && (end == v || *end || *out < 0 || *out > 1e9))
		return error_set(e, ERR_USAGE, "--%s wants a number, not \"%.40s\"", name, v);
	return true;
}

/* 0 means never, not given the usual. */
static int64_t disk_bound(const struct cli *c, const char *name, double mb)
{
	return !cli_has(c, name) ? 0 : mb > 0 ? (int64_t)(mb * (1 << 20)) : -1;
}

static bool read_options(const struct cli *c, struct serving *s, struct error *e)
{
	double posts, viewers, deadline, low, stop;
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	s->dir = cli_get(c, "data");
	if (!s->dir)
		return error_set(e, ERR_USAGE, "say which event: --data DIR");
	if (!cli_count(c, "listen") && !parse_listen("127.0.0.1:8080", &s->http, &s->hosts[0], e))
		return false;
	for (size_t i = 0; i < cli_count(c, "listen"); i++)
		if (i >= 6 || !parse_listen(cli_nth(c, "listen", i), &s->http, &s->hosts[i], e))
			return e->code ? false : error_set(e, ERR_USAGE, "at most 6 listeners");
	if (cli_count(c, "trust-proxy") > TRUSTED_MAX)
		return error_set(e, ERR_USAGE, "at most %d --trust-proxy; name wider networks", TRUSTED_MAX);
	for (size_t i = 0; i < cli_count(c, "trust-proxy"); i++)
		s->http.trusted[s->http.n_trusted++] = cli_nth(c, "trust-proxy", i);
	if (!number(c, "limit-posts", POSTS_A_MINUTE, &posts, e) ||
		!number(c, "limit-viewers", VIEWERS_AN_ADDRESS, &viewers, e) ||
		!number(c, "deadline", DEADLINE_MS / 1000.0, &deadline, e) || !number(c, "check", CHECK_S, &s->check_s, e) ||
		!number(c, "disk-low", 0, &low, e) ||
		!number(c, "disk-stop", 0, &stop, e))
		return false;
	s->backend.space = (struct space_options){ .low = disk_bound(c, "disk-low", low),
		.stop = disk_bound(c, "disk-stop", stop),
		.reserve = RESERVE };
	s->backend.posts_a_minute = posts;
	s->backend.viewers_an_address = (unsigned)viewers;
	s->backend.limit_local_posts = cli_has(c, "limit-posts");
	s->backend.limit_local_viewers = cli_has(c, "limit-viewers");
	s->backend.behind_proxy = s->http.n_trusted > 0;
	s->http.deadline_ms = (int)(deadline * 1000);
	int level = 0;
	while (cli_has(c, "log") && level < 4 && strcmp(cli_get(c, "log"), levels[level]) != 0)
		level++;
	if (level == 4)
		return error_set(
			e, ERR_USAGE, "--log is error, warning, info or debug, not \"%.20s\"", cli_get(c, "log"));
	if (cli_has(c, "log"))
		log_set_level((enum log_level)level);
	const char *cert = cli_get(c, "tls-cert"), *key = cli_get(c, "tls-key");
	if (!cert != !key)
		return error_set(e, ERR_USAGE, "--tls-cert and --tls-key go together");
	if (cert && (!file_read(cert, PEM_MAX, &s->cert, e) || !file_read(key, PEM_MAX, &s->key, e)))
		return false;
	s->http.tls_cert = cert ? s->cert.data : NULL;
	s->http.tls_key = key ? s->key.data : NULL;
	return true;
}

/* What is damaged is not served: every batch would make it worse. */
/* ---- the operator's lexicon ---------------------------------------------------------------------------------------- */

/* SIGHUP comes by a descriptor of the loop; it is blocked for every thread, before there is any. */
struct hup {
	int fd;
	struct watch *watch;
	struct backend *b;
};

static void hup_work(struct job *j, struct store *s)
{
	(void)j;
	lexicon_look(s, true);
}

static void hup_over(struct job *j, const struct error *failed)
{
	if (failed)
		log_line(LOG_ERROR, "the lexicon was not taken: %s", failed->text);
	free(j);
}

static void on_hup(void *arg, uint32_t events)
{
	struct hup *h = arg;
	struct signalfd_siginfo one;
	(void)events;
	if (read(h->fd, &one, sizeof one) != (ssize_t)sizeof one)
		return;
	struct job *j = xcalloc(1, sizeof *j);
	*j = (struct job){ .work = hup_work, .over = hup_over };
	writer_put(h->b->writer, j);
}

static void hup_begin(struct hup *h, struct backend *b, struct loop *l)
{
	sigset_t hup;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	*h = (struct hup){ .fd = signalfd(-1, &hup, SFD_NONBLOCK | SFD_CLOEXEC), .b = b };
	if (h->fd >= 0)
		h->watch = loop_watch(l, h->fd, EPOLLIN, on_hup, h);
}

static void hup_end(struct hup *h)
{
	if (h->fd < 0)
		return;
	watch_remove(&h->watch);
	close(h->fd);
}

/* What the operator wrote while nobody served. */
static bool take_lexicon(struct store *s, struct error *e)
{
	struct committed done;
	if (!store_begin(s, e))
		return false;
	lexicon_look(s, false);
	return store_commit(s, &done, e);
}

static bool open_event(struct serving *s, struct error *e)
{
	s->backend.store_options = (struct store_options){ .dir = s->dir };
	s->backend.store = store_open(&s->backend.store_options, e);
	if (!s->backend.store) {
		if (e->code == ERR_FORMAT && strstr(e->text, "; put back a backup"))
			check_advise(s->dir, e);
		return false;
	}
	if (check_begin(&s->check, s->dir, NULL, (int64_t)(s->check_s * 1000), e) && take_lexicon(s->backend.store, e))
		return true;
	store_close(s->backend.store);
	return false;
}

static void say_checked(void *serving)
{
	const struct serving *s = serving;
	struct buf words = BUF_INIT;
	check_words(&s->check, &words);
	log_line(s->check.verdict == CHECK_BAD ? LOG_ERROR : LOG_INFO, "%s", words.data);
	buf_release(&words);
}

static bool serve(struct serving *s, struct error *e)
{
	if (!open_event(s, e))
		return false;
	struct loop *l = loop_new(clock_system());
	s->backend.loop = l;
	s->backend.threads = true;
	s->backend.check = &s->check;
	struct backend *b = backend_new(&s->backend, e);
	struct control *control = b ? control_listen(b, s->dir, admin_run, admin_apart, e) : NULL;
	s->http.body_max = BODY_MAX;
	s->http.body_limit = backend_body_limit;
	s->http.handle = backend_handle;
	s->http.ctx = b;
	struct http_server *h = control ? http_server_new(l, &s->http, e) : NULL;
	if (h) {
		stop_loop = l;
		say_checked(s);
		if (!check_go_on(&s->check, s->dir, NULL, l, say_checked, s, e))
			log_line(LOG_WARNING, "%s", e->text);
		announce(b, h, &s->http);
		struct hup hup;
		hup_begin(&hup, b, l);
		if (!stopping)
			loop_run(l);
		stop_loop = NULL;
		hup_end(&hup);
		http_server_quiesce(h);
		backend_finish(b);
		http_server_drain(h, DRAIN_MS);
	}
	http_server_free(h);
	check_end(&s->check);
	backend_free(b);
	control_close(control);
	loop_free(l);
	return h != NULL;
}

int cmd_serve(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	if (!command_options(&c,
		    "regied serve --data DIR [--listen [public=|seats=|admin=]HOST:PORT]... [--tls-cert FILE --tls-key "
		    "FILE] [--trust-proxy CIDR]",
		    "Serves the event. Prints one line \"listening on [KIND=]URL\" a listener when it can serve (port "
		    "0: any free one). "
		    "SIGTERM: finish, fold the log in, exit 0.",
		    options, argc, argv, &code))
		return code;
	struct sigaction stop = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigset_t hup;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	raise_file_limit();
	struct serving s = { .cert = BUF_INIT, .key = BUF_INIT };
	if (!read_options(&c, &s, &e) || !serve(&s, &e))
		code = command_fail("regied", "serve", &e);
	buf_release(&s.cert);
	buf_release(&s.key);
	cli_release(&c);
	return code;
}
