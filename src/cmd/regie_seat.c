#include "src/cmd/regie_seat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"

/* ---- the configuration file -------------------------------------------------------------------------------------- */

char *seat_config_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct buf p = BUF_INIT;
	if (base && *base)
		buf_addf(&p, "%s/regie/regie.conf", base);
	else
		buf_addf(&p, "%s/.config/regie/regie.conf", home ? home : "");
	return buf_detach(&p);
}

/* "name = value" lines, "#" begins a comment; values point into the buffer. */
static const char *config_get(struct open_seat *s, const char *name, size_t nth)
{
	size_t len = strlen(name);
	for (char *line = s->config.data; line < s->config.data + s->config.len; line += strlen(line) + 1) {
		char *p = line + strspn(line, " \t");
		if (strncmp(p, name, len) != 0)
			continue;
		p += len + strspn(p + len, " \t");
		if (*p == '=' && nth-- == 0)
			return p + 1 + strspn(p + 1, " \t");
	}
	return NULL;
}

static void config_read(struct open_seat *s)
{
	char *path = seat_config_path();
	struct error ignore = { 0 };
	if (!file_read(path, 1 << 16, &s->config, &ignore))
		buf_reset(&s->config);
	for (size_t i = 0; i < s->config.len; i++)
		if (s->config.data[i] == '\n' || s->config.data[i] == '\r')
			s->config.data[i] = '\0';
	free(path);
}

const char *seat_setting(struct open_seat *s, const struct cli *c, const char *name)
{
	const char *v = cli_get(c, name);
	return v ? v : config_get(s, name, 0);
}

enum { CACHE_KB = 4096 }; /* of the replica that is written */

/* ---- the token --------------------------------------------------------------------------------------------------- */

static char *ask_token(void)
{
	struct termios was, quiet;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &was) < 0)
		return NULL;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs("Token of this seat: ", stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	char line[256];
	char *got = fgets(line, sizeof line, stdin);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	return got ? xstrndup(line, strcspn(line, " \r\n")) : NULL;
}

static bool find_token(struct open_seat *s, const struct cli *c, struct error *e)
{
	const char *file = seat_setting(s, c, "token-file"), *env = getenv("REGIE_TOKEN");
	struct buf text = BUF_INIT;
	if (file) {
		if (!file_read(file, 4096, &text, e))
			return false;
		s->token = xstrndup(text.data, strcspn(text.data, " \r\n"));
		buf_release(&text);
	} else {
		s->token = env && *env ? xstrdup(env) : ask_token();
	}
	return (s->token && *s->token) ||
		error_set(e, ERR_USAGE, "this seat's token is missing: give --token-file FILE or set REGIE_TOKEN");
}

/* ---- where our files are ----------------------------------------------------------------------------------------- */

/* A folder of its own for each backend and token, so that two seats on one machine do not share a desk. */
static char *default_dir(const struct open_seat *s)
{
	const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	struct buf p = BUF_INIT, who = BUF_INIT;
	buf_addf(&who, "%s %s", s->backends[0], s->token);
	struct key128 k = key128_of(who.data, who.len);
	if (base && *base)
		buf_addf(&p, "%s/regie/%016llx", base, (unsigned long long)k.hi);
	else
		buf_addf(&p, "%s/.local/share/regie/%016llx", home ? home : ".", (unsigned long long)k.hi);
	explicit_bzero(who.data, who.len);
	buf_release(&who);
	return buf_detach(&p);
}

static void find_backends(struct open_seat *s, const struct cli *c)
{
	const char *v;
	for (size_t i = 0; i < cli_count(c, "backend") && s->n_backends < COUNT_OF(s->backends); i++)
		s->backends[s->n_backends++] = cli_nth(c, "backend", i);
	for (size_t i = 0;
		!cli_count(c, "backend") && (v = config_get(s, "backend", i)) && s->n_backends < COUNT_OF(s->backends);
		i++)
		s->backends[s->n_backends++] = v;
	if (!s->n_backends)
		s->backends[s->n_backends++] = "http://127.0.0.1:8080";
}

bool seat_find(struct open_seat *s, const struct cli *c, struct error *e)
{
	*s = (struct open_seat){ .config = BUF_INIT };
	config_read(s);
	find_backends(s, c);
	if (!find_token(s, c, e))
		return false;
	const char *dir = seat_setting(s, c, "data");
	s->dir = dir ? xstrdup(dir) : default_dir(s);
	return true;
}

bool seat_connect(struct open_seat *s, const struct cli *c, bool once, struct error *e)
{
	struct transport_options t = { .backends = s->backends,
		.n_backends = s->n_backends,
		.token = s->token,
		.ca_file = seat_setting(s, c, "ca"),
		.pin = seat_setting(s, c, "pin") };
	if (!(s->desk = desk_open(&(struct desk_options){ .dir = s->dir }, e)) ||
		!(s->replica = replica_open(&(struct replica_options){ .dir = s->dir, .cache_kb = CACHE_KB, .mapped = true }, e)) ||
		!(s->transport = curl_transport_new(&t, e)))
		return false;
	s->sync = sync_new(&(struct sync_options){ .desk = s->desk,
		.replica = s->replica,
		.transport = s->transport,
		.clock = clock_system(),
		.random = randomness_system(),
		.watch = once ? NULL : s->dir,
		.once = once });
	return true;
}

bool seat_open(struct open_seat *s, const struct cli *c, struct error *e)
{
	return seat_find(s, c, e) && seat_connect(s, c, true, e);
}

void seat_close(struct open_seat *s)
{
	if (s->sync)
		sync_free(s->sync);
	if (s->transport)
		s->transport->free(s->transport);
	if (s->replica)
		replica_close(s->replica);
	if (s->desk)
		desk_close(s->desk);
	if (s->token)
		explicit_bzero(s->token, strlen(s->token));
	free(s->token);
	free(s->dir);
	buf_release(&s->config);
	*s = (struct open_seat){ 0 };
}

enum { FLUSH_MS = 3000 }; /* for what waits in the desk to be decided, before anything is shown */
enum { TRY_MS = 1000 };   /* for a first word from the backend, whatever the patience */

/* Whether what is needed is here, `waited_ms` into the pull. */
static bool is_here(const struct sync_state *now, enum need need, int64_t waited_ms)
{
	if (now->whole)
		return now->caught_up;
	return now->ready && (need == NEED_READY || (need == NEED_MOST && waited_ms >= WHOLE_MS));
}

/* The desk notes whose token it was last used with, so that a second process beside the one that sends cannot put
 * operations into another seat's desk. */
static bool token_is_the_desks(struct open_seat *s, bool answered, struct error *why)
{
	char hash[33];
	struct error ignore = { 0 };
	id_token_hash(hash, s->token);
	char *known = desk_get(s->desk, "token");
	bool same = known && id_same_secret(known, hash);
	if (answered && !same)
		desk_set(s->desk, "token", hash, &ignore);
	bool good = answered || same || !known ||
		error_set(why, ERR_REFUSED,
			"\"%s\" is in use by another seat; give this seat a folder of its own with --data", s->dir);
	free(known);
	return good;
}

bool seat_pull(struct open_seat *s, enum need need, int64_t patience_ms, struct error *why)
{
	const struct clock *clock = clock_system();
	int64_t start = clock_mono(clock);
	struct sync_state first, now;
	bool flushing = false;
	sync_state(s->sync, &first);
	for (;;) {
		sync_step(s->sync, 50);
		sync_state(s->sync, &now);
		int64_t waited = clock_mono(clock) - start;
		if (now.link == LINK_REFUSED &&
			!now.by_other) /* also when it answered: the desk may be another seat's */
			return error_set(why, ERR_REFUSED, "%s", now.why);
		if (now.answered > first.begun && is_here(&now, need, waited)) {
			if (desk_unsent_count(s->desk) > 0 && waited < FLUSH_MS) {
				flushing = true;
				continue;
			}
			if (!flushing)
				return token_is_the_desks(s, true, why);
			flushing = false; /* what waited is decided: its effects come with a pull from here on */
			first.begun = now.begun;
			sync_wake(s->sync);
			continue;
		}
		if (now.by_other && (need == NEED_WHOLE ? now.whole : now.ready))
			return token_is_the_desks(s, false, why);
		if (now.link == LINK_REFUSED)
			return error_set(why, ERR_REFUSED, "%s", now.why);
		if (now.answered == now.begun && now.caught_up)
			sync_wake(s->sync); /* the pull that ran when we came was begun too early to tell */
		bool tried = now.link == LINK_DOWN || waited >= TRY_MS;
		if (now.link != LINK_UP && tried && waited >= patience_ms)
			return error_set(why, ERR_NET, "%s", now.why[0] ? now.why : "the backend does not answer");
	}
}

int64_t seat_now(const struct open_seat *s)
{
	struct sync_state now;
	sync_state(s->sync, &now);
	return clock_now(clock_system()) + now.clock_offset_ms;
}
