/* terminals: several terminals at once, worked by lines on standard input, for tests and measurements.
 *
 *   NUMBER VERB [WORDS]    one terminal's: all but the last line of an answer wait until the verb is done
 *
 *   env NAME=VALUE                 of the next start of that number
 *   start ROWSxCOLS TERM utf8|latin1 COMMAND [WORD…]
 *   key NAME[*TIMES]…              all in one write
 *   type TEXT    raw HEX    paste TEXT    resize ROWSxCOLS
 *   wait MS TEXT                   until the screen holds the text; says ns since the last send (or start) to then
 *   more MS                        until output came since the last dump or cells
 *   quiet MS LIMIT                 until no output for MS, all typed is read and the command rests; says ns to the first and
 *                                  to the last byte, and bytes
 *   pause MS                       takes MS of output, whatever comes; says its bytes
 *   heard                          bytes since the last send, bytes since the start, ns from the last send to its first byte
 *   dump    cells    state    stty
 *   tee FILE                       also writes the output there
 *   pid    signal NUMBER    ended MS    close
 *
 * An answer is "ok N WORDS" and N lines, or "no SENTENCE". Words hold \s \n \t \\ \e \xHH. Waiting, it takes the output of all
 * terminals; an end of input ends it and kills what it started.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/term/terminal.h"

enum { TERMINALS = 32, WORDS = 64, ENVS = 32, LINE = 1 << 16, REST_MS = 10, LOOK_MS = 3 };

static struct {
	struct terminal *t;
	char *env[ENVS];
	int n_env;
	uint64_t seen;                 /* changes as of the last dump */
	FILE *tee;
} slot[TERMINALS];

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Takes output, of one terminal before all others, for at most `ms`; true when that one had some. */
static bool turn(int of, int64_t ms)
{
	struct pollfd p[TERMINALS + 1];
	int which[TERMINALS + 1], n = 0;
	for (int i = 0; i < TERMINALS; i++) {
		if (!slot[i].t)
			continue;
		which[n] = i;
		p[n++] = (struct pollfd){ .fd = terminal_fd(slot[i].t), .events = POLLIN };
	}
	if (of >= 0 && slot[of].t)
		p[n++] = (struct pollfd){ .fd = terminal_pidfd(slot[of].t), .events = POLLIN };
	poll(p, (nfds_t)n, ms > 0 ? (int)ms : 0);
	bool had = of >= 0 && slot[of].t && terminal_read(slot[of].t);
	for (int i = 0; i < n && i < TERMINALS; i++)
		if (p[i].revents && p[i].fd != (of >= 0 && slot[of].t ? terminal_pidfd(slot[of].t) : -1) && which[i] != of)
			terminal_read(slot[which[i]].t);
	return had;
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* In place. */
static char *plain(char *s)
{
	char *out = s;
	for (const char *p = s; *p; p++) {
		if (*p != '\\' || !p[1]) {
			*out++ = *p;
			continue;
		}
		static const char from[] = "sntre\\", to[] = " \n\t\r\033\\";
		const char *at = strchr(from, *++p);
		if (at && *at)
			*out++ = to[at - from];
		else if (*p == 'x' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			*out++ = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 2;
		}
	}
	*out = '\0';
	return s;
}

static char *word(char **rest)
{
	char *s = *rest + strspn(*rest, " "), *end = s + strcspn(s, " ");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return s;
}

static long number(char **rest)
{
	return strtol(word(rest), NULL, 10);
}

static bool size_of(const char *s, int *rows, int *cols)
{
	return sscanf(s, "%dx%d", rows, cols) == 2 && *rows > 0 && *cols > 0 && *rows < 1000 && *cols < 1000;
}

static void forget(int i)
{
	if (slot[i].t)
		terminal_free(slot[i].t);
	if (slot[i].tee)
		fclose(slot[i].tee);
	slot[i].t = NULL;
	slot[i].tee = NULL;
	slot[i].seen = 0;
}

static const char *do_env(int i, char *rest)
{
	if (slot[i].n_env == ENVS - 1)
		return "too many of env";
	slot[i].env[slot[i].n_env++] = strdup(plain(rest));
	printf("ok 0\n");
	return NULL;
}

static const char *do_start(int i, char *rest)
{
	struct terminal_options o = { .env = slot[i].env };
	char *argv[WORDS + 1];
	int n = 0;
	if (!size_of(word(&rest), &o.rows, &o.cols))
		return "the size is ROWSxCOLS";
	o.name = word(&rest);
	o.latin1 = !strcmp(word(&rest), "latin1");
	while (n < WORDS && *(argv[n] = word(&rest)))
		plain(argv[n++]);
	argv[n] = NULL;
	o.argv = argv;
	if (!n)
		return "a command is wanted";
	forget(i);
	const char *why = "";
	slot[i].t = terminal_start(&o, &why);
	while (slot[i].n_env)
		free(slot[i].env[--slot[i].n_env]);
	memset(slot[i].env, 0, sizeof slot[i].env);
	if (!slot[i].t)
		return why;
	printf("ok 0 %d\n", (int)terminal_pid(slot[i].t));
	return NULL;
}

static const char *do_key(int i, char *rest)
{
	static char all[LINE];
	size_t n = 0;
	for (char *name = word(&rest); *name; name = word(&rest)) {
		char *star = strlen(name) > 2 ? strchr(name + 1, '*') : NULL, one[32];
		long times = star ? strtol(star + 1, NULL, 10) : 1;
		if (star)
			*star = '\0';
		size_t len = terminal_key(slot[i].t, plain(name), one, sizeof one);
		if (!len)
			return "no such key";
		for (; times > 0 && n + len <= sizeof all; times--, n += len)
			memcpy(all + n, one, len);
	}
	terminal_send(slot[i].t, all, n);
	printf("ok 0\n");
	return NULL;
}

static const char *do_raw(int i, char *rest)
{
	size_t n = 0;
	for (const char *p = rest; hex(p[0]) >= 0 && hex(p[1]) >= 0; p += 2)
		rest[n++] = (char)(hex(p[0]) << 4 | hex(p[1]));
	terminal_send(slot[i].t, rest, n);
	printf("ok 0\n");
	return NULL;
}

static const char *do_type(int i, char *rest)
{
	plain(rest);
	terminal_send(slot[i].t, rest, strlen(rest));
	printf("ok 0\n");
	return NULL;
}

static const char *do_paste(int i, char *rest)
{
	terminal_paste(slot[i].t, plain(rest));
	printf("ok 0\n");
	return NULL;
}

static const char *do_resize(int i, char *rest)
{
	int rows, cols;
	if (!size_of(word(&rest), &rows, &cols))
		return "the size is ROWSxCOLS";
	terminal_resize(slot[i].t, rows, cols);
	printf("ok 0\n");
	return NULL;
}

static const char *do_wait(int i, char *rest)
{
	int64_t until = now_ms() + number(&rest);
	plain(rest);
	for (;;) {
		char *text = terminal_text(slot[i].t);
		bool found = strstr(text, rest);
		free(text);
		struct terminal_heard h;
		terminal_heard(slot[i].t, &h);
		if (found) {
			printf("ok 0 %llu\n", (unsigned long long)h.last_ns);
			return NULL;
		}
		int64_t left = until - now_ms();
		int status;
		bool came = false;
		while (left > 0 && !(came = turn(i, left)) && !terminal_ended(slot[i].t, &status))
			left = until - now_ms();
		if (left <= 0 || (!came && !terminal_read(slot[i].t)))
			return came ? "it did not come" : "it did not come, and the command ended";
	}
}

static const char *do_more(int i, char *rest)
{
	int64_t until = now_ms() + number(&rest);
	while (terminal_changes(slot[i].t) == slot[i].seen) {
		int64_t left = until - now_ms();
		if (left <= 0)
			return "nothing more came";
		turn(i, left);
	}
	printf("ok 0\n");
	return NULL;
}

static const char *do_quiet(int i, char *rest)
{
	int64_t ms = number(&rest), until = now_ms() + number(&rest), rests_from = -1;
	for (;;) {
		struct terminal_heard h;
		terminal_heard(slot[i].t, &h);
		int64_t now = now_ms(), left = ms - (int64_t)(h.since_last_ns / 1000000);
		if (!terminal_rests(slot[i].t))
			rests_from = -1;
		else if (rests_from < 0)
			rests_from = now;
		if (left <= 0 && rests_from >= 0 && now - rests_from >= REST_MS && !turn(i, 0)) {
			printf("ok 0 %llu %llu %llu\n", (unsigned long long)h.first_ns, (unsigned long long)h.last_ns,
				(unsigned long long)h.bytes);
			return NULL;
		}
		if (now >= until)
			return "it never was quiet";
		if (turn(i, left > REST_MS ? left - REST_MS : LOOK_MS))
			rests_from = -1;
	}
}

static const char *do_pause(int i, char *rest)
{
	int64_t until = now_ms() + number(&rest);
	struct terminal_heard before, after;
	terminal_heard(slot[i].t, &before);
	for (int64_t left = until - now_ms(); left > 0; left = until - now_ms())
		turn(i, left);
	terminal_heard(slot[i].t, &after);
	printf("ok 0 %llu\n", (unsigned long long)(after.all_bytes - before.all_bytes));
	return NULL;
}

static const char *do_heard(int i, char *rest)
{
	(void)rest;
	struct terminal_heard h;
	turn(i, 0);
	terminal_heard(slot[i].t, &h);
	printf("ok 0 %llu %llu %llu\n", (unsigned long long)h.bytes, (unsigned long long)h.all_bytes,
		(unsigned long long)h.first_ns);
	return NULL;
}

static const char *do_dump(int i, char *rest)
{
	(void)rest;
	int rows, cols;
	turn(i, 0);
	slot[i].seen = terminal_changes(slot[i].t);
	terminal_size(slot[i].t, &rows, &cols);
	char *text = terminal_text(slot[i].t);
	printf("ok %d\n%s", rows, text);
	free(text);
	return NULL;
}

static const char *do_cells(int i, char *rest)
{
	(void)rest;
	int rows, cols;
	turn(i, 0);
	slot[i].seen = terminal_changes(slot[i].t);
	terminal_size(slot[i].t, &rows, &cols);
	printf("ok %d\n", rows);
	terminal_cells(slot[i].t, stdout);
	return NULL;
}

static const char *do_state(int i, char *rest)
{
	(void)rest;
	turn(i, 0);
	printf("ok 0 ");
	terminal_state(slot[i].t, stdout);
	printf("\n");
	return NULL;
}

static const char *do_stty(int i, char *rest)
{
	(void)rest;
	printf("ok 0 ");
	terminal_stty(slot[i].t, stdout);
	printf("\n");
	return NULL;
}

static const char *do_tee(int i, char *rest)
{
	slot[i].tee = fopen(plain(rest), "we");
	if (!slot[i].tee)
		return strerror(errno);
	terminal_tee(slot[i].t, slot[i].tee);
	printf("ok 0\n");
	return NULL;
}

static const char *do_pid(int i, char *rest)
{
	(void)rest;
	printf("ok 0 %d\n", (int)terminal_pid(slot[i].t));
	return NULL;
}

static const char *do_signal(int i, char *rest)
{
	if (kill(terminal_pid(slot[i].t), (int)number(&rest)))
		return strerror(errno);
	printf("ok 0\n");
	return NULL;
}

static const char *do_ended(int i, char *rest)
{
	int64_t until = now_ms() + number(&rest);
	int status;
	while (!terminal_ended(slot[i].t, &status)) {
		int64_t left = until - now_ms();
		if (left <= 0)
			return "it still runs";
		turn(i, left);
	}
	while (terminal_read(slot[i].t))
		;
	if (WIFSIGNALED(status))
		printf("ok 0 signal %d\n", WTERMSIG(status));
	else
		printf("ok 0 exit %d\n", WEXITSTATUS(status));
	return NULL;
}

static const char *do_close(int i, char *rest)
{
	(void)rest;
	forget(i);
	printf("ok 0\n");
	return NULL;
}

static const struct { const char *name; const char *(*run)(int i, char *rest); bool before /* start */; } verbs[] = {
	{ "env", do_env, true }, { "start", do_start, true }, { "key", do_key, false }, { "type", do_type, false },
	{ "raw", do_raw, false }, { "paste", do_paste, false }, { "resize", do_resize, false }, { "wait", do_wait, false },
	{ "more", do_more, false }, { "quiet", do_quiet, false }, { "pause", do_pause, false }, { "heard", do_heard, false },
	{ "dump", do_dump, false }, { "cells", do_cells, false }, { "state", do_state, false }, { "stty", do_stty, false },
	{ "tee", do_tee, false }, { "pid", do_pid, false }, { "signal", do_signal, false }, { "ended", do_ended, false },
	{ "close", do_close, true },
};

/* What was wrong with it, or NULL. */
static const char *obey(char *line)
{
	char *rest = line;
	long i = number(&rest);
	const char *verb = word(&rest);
	if (i < 0 || i >= TERMINALS)
		return "the terminals are 0 to 31";
	for (size_t k = 0; k < sizeof verbs / sizeof *verbs; k++) {
		if (strcmp(verb, verbs[k].name))
			continue;
		if (!slot[i].t && !verbs[k].before)
			return "nothing was started there";
		return verbs[k].run((int)i, rest);
	}
	return "no such verb";
}

int main(void)
{
	static char line[LINE];
	size_t n = 0;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (;;) {
		char *end;
		while ((end = memchr(line, '\n', n))) {
			*end = '\0';
			const char *wrong = obey(line);
			if (wrong)
				printf("no %s\n", wrong);
			fflush(stdout);
			n -= (size_t)(end + 1 - line);
			memmove(line, end + 1, n);
		}
		/* keep every terminal's output flowing while nobody asks */
		struct pollfd p[TERMINALS + 1] = { { .fd = STDIN_FILENO, .events = POLLIN } };
		int k = 1;
		for (int i = 0; i < TERMINALS; i++)
			if (slot[i].t)
				p[k++] = (struct pollfd){ .fd = terminal_fd(slot[i].t), .events = POLLIN };
		if (poll(p, (nfds_t)k, -1) < 0)
			continue;
		if (p[0].revents) {
			ssize_t got = n < sizeof line ? read(STDIN_FILENO, line + n, sizeof line - n) : 0;
			if (got <= 0)
				break;
			n += (size_t)got;
		}
		turn(-1, 0);
	}
	for (int i = 0; i < TERMINALS; i++)
		forget(i);
	return 0;
}
