/* demo_stage.c: a fresh directory, an event in it, its crew, and the programs that serve it. */
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/demo.h"
#include "src/cmd/share.h"

enum { SERVE_MS = 20000 };

static const struct {
	const char *name, *role;
} crew[CREW] = {
	[CLAIRE] = { "Claire", "web" },
	[PAUL] = { "Paul", "sms" },
	[MARC] = { "Marc", "host" },
	[ANNE] = { "Anne", "scribe" },
};
const char *const stage_rooms[2] = { "matignon", "lycees" };
static const char *const room_names[2] = { "Le salon de Matignon", "Le salon des lycées" };

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return buf_detach(&b);
}

/* ---- what we use ------------------------------------------------------------------------------------------------- */

/* Beside us, else by PATH. */
static char *find_program(const char *folder, const char *name)
{
	char *path = path_join(folder, name);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return xstrdup(name);
}

static bool find_all(struct stage *s, struct error *e)
{
	char *folder = own_folder();
	s->regie = find_program(folder, "regie");
	s->regied = find_program(folder, "regied");
	s->rehearse = find_program(folder, "regie-rehearse");
	s->evening = share_file("evening.jsonl", e);
	s->answers = s->evening == NULL ? NULL : share_file("evening-answers.jsonl", e);
	free(folder);
	return s->answers != NULL;
}

static bool make_dir(struct stage *s, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = text("%s/regie-demo-XXXXXX", tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL) {
		error_errno(e, ERR_IO, "no directory can be made like \"%s\"", dir);
		free(dir);
		return false;
	}
	s->dir = dir;
	s->data = path_join(dir, "event");
	s->log = path_join(dir, "log");
	return true;
}

/* ---- the event --------------------------------------------------------------------------------------------------- */

/* The first line that a command printed. */
static bool ask_line(const struct stage *s, const char *const argv[], char **line, struct error *e)
{
	struct buf out = BUF_INIT;
	bool good = child_run(argv, s->log, &out, e);
	if (good)
		*line = xstrndup(out.data, strcspn(out.data, "\n"));
	buf_release(&out);
	return good;
}

static bool run(const struct stage *s, const char *const argv[], struct error *e)
{
	char *line = NULL;
	bool good = ask_line(s, argv, &line, e);
	free(line);
	return good;
}

static bool add_seat(struct stage *s, enum crew who, struct error *e)
{
	char *token = NULL;
	const char *argv[] = { s->regied, "seat", "--data", s->data, "add", "--name", crew[who].name, "--role",
		crew[who].role, NULL };
	s->token_file[who] = text("%s/%s.token", s->dir, crew[who].name);
	s->desk[who] = text("%s/%s", s->dir, crew[who].name);
	bool good = ask_line(s, argv, &token, e) && file_replace(s->token_file[who], token, strlen(token), 0600, e);
	if (good && who == MARC)
		s->token = token;
	else
		free(token);
	return good;
}

static bool add_producer(struct stage *s, struct error *e)
{
	char *token = NULL;
	const char *argv[] = { s->regied, "seat", "--data", s->data, "add", "--name", "Régie", "--role", "producer",
		NULL };
	s->producer_token_file = text("%s/producer.token", s->dir);
	s->producer_desk = text("%s/producer", s->dir);
	bool good = ask_line(s, argv, &token, e) && file_replace(s->producer_token_file, token, strlen(token), 0600, e);
	free(token);
	return good;
}

static bool add_room(struct stage *s, size_t i, struct error *e)
{
	const char *argv[] = { s->regied, "room", "--data", s->data, "add", "--slug", stage_rooms[i], "--name",
		room_names[i], NULL };
	return run(s, argv, e);
}

static bool make_event(struct stage *s, struct error *e)
{
	const char *init[] = { s->regied, "init", "--data", s->data, "--title",
		"Le chat du Premier ministre (démonstration)", "--rehearsal", NULL };
	const char *gateway[] = { s->regied, "gateway", "--data", s->data, "add", "--name", "demo", "--kind", "generic",
		NULL };
	bool good = run(s, init, e);
	for (int who = 0; good && who < CREW; who++)
		good = add_seat(s, (enum crew)who, e);
	for (size_t i = 0; good && i < COUNT_OF(stage_rooms); i++)
		good = add_room(s, i, e);
	return good && ask_line(s, gateway, &s->gateway, e);
}

bool stage_build(struct stage *s, bool producer, struct error *e)
{
	*s = (struct stage){ .backend = { .out = -1 }, .traffic = { .out = -1 } };
	return find_all(s, e) && make_dir(s, e) && make_event(s, e) && (!producer || add_producer(s, e));
}

/* ---- the programs ------------------------------------------------------------------------------------------------ */

bool stage_serve(struct stage *s, struct error *e)
{
	static const char told[] = "listening on ";
	const char *argv[] = { s->regied, "serve", "--data", s->data, "--listen", "127.0.0.1:0", NULL };
	const int64_t end = clock_mono(clock_system()) + SERVE_MS;
	struct buf line = BUF_INIT;
	if (!child_start(&s->backend, argv, s->log, e))
		return false;
	struct pollfd p = { .fd = s->backend.out, .events = POLLIN };
	bool there = true;
	while (there && s->base == NULL && clock_mono(clock_system()) < end) {
		poll(&p, 1, (int)(end - clock_mono(clock_system())));
		there = child_read(&s->backend);
		if (child_line(&s->backend, &line) && strncmp(line.data, told, sizeof told - 1) == 0) {
			const char *url = strstr(line.data, "http");
			s->base = url == NULL ? NULL : xstrdup(url);
		}
	}
	buf_release(&line);
	if (s->base == NULL)
		return error_set(e, ERR_IO, "the backend does not serve; \"%s\" says why", s->log);
	const char *path = strstr(s->gateway, "/v1/sms/");
	char *gateway = path == NULL ? NULL : text("%s%s", s->base, path);
	free(s->gateway);
	s->gateway = gateway;
	return gateway != NULL || error_set(e, ERR_FORMAT, "\"regied gateway add\" printed no URL");
}

bool stage_traffic(struct stage *s, double speed, struct error *e)
{
	enum { MINUTES = 42 }; /* of the hour: the last questions are asked with the intake shut */
	char *factor = text("%.6g", speed * EVENING_SPEED), *minutes = text("%d", MINUTES);
	const char *argv[] = { s->rehearse, "--backend", s->base, "--evening", s->evening, "--gateway", s->gateway,
		"--speed", factor, "--minutes", minutes, NULL };
	bool good = child_start(&s->traffic, argv, s->log, e);
	free(factor);
	free(minutes);
	return good;
}

bool stage_stop(struct stage *s, struct error *e)
{
	child_stop(&s->traffic);
	const bool served = s->backend.pid > 0;
	const int code = child_stop(&s->backend);
	return !served || code == 0 ||
		error_set(e, ERR_IO, "the backend ended with code %d; \"%s\" says why", code, s->log);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void stage_release(struct stage *s, bool keep_dir)
{
	enum { FOLDERS_OPEN = 16 };
	if (s->dir != NULL && !keep_dir)
		nftw(s->dir, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
	char *owned[] = { s->regie, s->regied, s->rehearse, s->evening, s->answers, s->dir, s->data, s->log, s->token,
		s->gateway, s->base, s->producer_token_file, s->producer_desk };
	for (size_t i = 0; i < COUNT_OF(owned); i++)
		free(owned[i]);
	for (size_t i = 0; i < CREW; i++) {
		free(s->token_file[i]);
		free(s->desk[i]);
	}
	*s = (struct stage){ .backend = { .out = -1 }, .traffic = { .out = -1 } };
}
