#include "net/server/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { REQUEST_MAX = 1 << 16, ARGS_MAX = 200, ANSWER_MS = 60000 };

struct control {
	struct backend *b;
	control_run *run;
	bool (*apart)(const char *name);
	int fd;
	char *path;
	struct watch *watch;
	struct caller *callers;
};

/* One connection: read a line, run it, write the answer. */
struct caller {
	struct job j;
	struct apart {
		struct reading q;
		struct caller *k;
	} apart;
	struct caller *next;
	struct control *c;
	int fd;
	struct watch *watch;
	struct buf in, out, err;
	size_t sent;
	int argc, exit_code;
	char *argv[ARGS_MAX + 1];
	bool answering; /* `in` holds the answer */
};

static bool address(const char *dir, struct sockaddr_un *a, struct error *e)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(a->sun_path, sizeof a->sun_path, "%s/control", dir);
	return (n > 0 && (size_t)n < sizeof a->sun_path) ||
		error_set(
			e, ERR_USAGE, "the path \"%s\" is too long for a control socket; use a shorter directory", dir);
}

static void caller_free(struct caller *k)
{
	for (struct caller **at = &k->c->callers; *at; at = &(*at)->next)
		if (*at == k) {
			*at = k->next;
			break;
		}
	watch_remove(&k->watch);
	close(k->fd);
	buf_release(&k->in);
	buf_release(&k->out);
	buf_release(&k->err);
	for (int i = 0; i < k->argc; i++)
		free(k->argv[i]);
	free(k);
}

static void caller_ready(void *arg, uint32_t events);

/* Nothing more is read: the watch, if there is one, is for sending. */
static void caller_send(struct caller *k)
{
	while (k->sent < k->in.len) {
		ssize_t n = send(k->fd, k->in.data + k->sent, k->in.len - k->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			if (!k->watch)
				k->watch = loop_watch(k->c->b->loop, k->fd, EPOLLOUT, caller_ready, k);
			return;
		}
		if (n <= 0)
			break;
		k->sent += (size_t)n;
	}
	caller_free(k);
}

static void command_work(struct job *j, struct store *s)
{
	struct caller *k = (struct caller *)j;
	k->exit_code = k->c->run(s, k->argc, k->argv, &k->out, &k->err);
}

static void command_over(struct job *j, const struct error *failed)
{
	struct caller *k = (struct caller *)j;
	if (failed) {
		k->exit_code = 1;
		buf_reset(&k->out);
		buf_reset(&k->err);
		buf_addf(&k->err, "%s\n", failed->text);
	}
	k->answering = true;
	buf_reset(&k->in);
	buf_addc(&k->in, '{');
	json_member_int(&k->in, "exit", k->exit_code);
	json_member(&k->in, "out", k->out.data);
	json_member(&k->in, "err", k->err.data);
	buf_adds(&k->in, "}\n");
	caller_send(k);
}

static bool command_read(struct caller *k)
{
	struct error e = { 0 };
	struct json *j = json_parse(k->in.data, k->in.len, &e);
	const struct json *argv = j ? json_get(j, "argv") : NULL;
	size_t n = json_length(argv);
	bool good = n && n <= ARGS_MAX;
	for (size_t i = 0; good && i < n; i++) {
		const char *v = json_as_text(json_at(argv, i));
		good = v != NULL;
		if (v)
			k->argv[k->argc++] = xstrdup(v);
	}
	json_free(j);
	return good;
}

static void apart_work(struct reading *q, struct reader *r)
{
	(void)r;
	struct caller *k = ((struct apart *)q)->k;
	command_work(&k->j, k->c->b->store);
}

static void apart_over(struct reading *q)
{
	command_over(&((struct apart *)q)->k->j, NULL);
}

/* Unwatched while it runs: one who leaves meanwhile would wake the loop again and again. */
static void command_put(struct caller *k)
{
	struct error stopping = { ERR_BUSY, "the backend is being stopped; try again" };
	watch_remove(&k->watch);
	k->j = (struct job){ .work = command_work, .over = command_over, .urgent = true };
	k->apart = (struct apart){ .q = { .work = apart_work, .over = apart_over }, .k = k };
	if (k->c->b->finishing)
		command_over(&k->j, &stopping);
	else if (k->c->apart && k->c->apart(k->argv[0]))
		readers_put(k->c->b->readers, &k->apart.q);
	else
		writer_put(k->c->b->writer, &k->j);
}

static void caller_ready(void *arg, uint32_t events)
{
	struct caller *k = arg;
	(void)events;
	if (k->answering) {
		caller_send(k);
		return;
	}
	char *room = buf_room(&k->in, 4096);
	ssize_t n = recv(k->fd, room, 4096, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || k->in.len + (size_t)n > REQUEST_MAX) {
		caller_free(k);
		return;
	}
	buf_grown(&k->in, (size_t)n);
	if (k->in.data[k->in.len - 1] != '\n')
		return;
	if (!command_read(k)) {
		caller_free(k);
		return;
	}
	command_put(k);
}

static void accept_caller(void *arg, uint32_t events)
{
	struct control *c = arg;
	(void)events;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct caller *k = xcalloc(1, sizeof *k);
	*k = (struct caller){ .c = c, .fd = fd, .next = c->callers, .in = BUF_INIT, .out = BUF_INIT, .err = BUF_INIT };
	c->callers = k;
	k->watch = loop_watch(c->b->loop, fd, EPOLLIN, caller_ready, k);
}

struct control *control_listen(
	struct backend *b, const char *dir, control_run *run, bool (*apart)(const char *name), struct error *e)
{
	struct sockaddr_un a;
	if (!address(dir, &a, e))
		return NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(a.sun_path); /* we hold the directory's lock: a socket there is a dead one */
	mode_t mask = umask(0177);
	bool bound = fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof a) && !listen(fd, 16);
	umask(mask);
	if (!bound) {
		error_errno(e, ERR_IO, "the control socket \"%s\" cannot be made", a.sun_path);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct control *c = xcalloc(1, sizeof *c);
	*c = (struct control){ .b = b, .run = run, .apart = apart, .fd = fd, .path = xstrdup(a.sun_path) };
	c->watch = loop_watch(b->loop, fd, EPOLLIN, accept_caller, c);
	return c;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	watch_remove(&c->watch);
	close(c->fd);
	unlink(c->path);
	while (c->callers)
		caller_free(c->callers);
	free(c->path);
	free(c);
}

/* ---- the other end ----------------------------------------------------------------------------------------------- */

static bool exchange_line(int fd, const struct buf *request, struct buf *answer)
{
	for (size_t sent = 0; sent < request->len;) {
		ssize_t n = send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, ANSWER_MS) <= 0)
			return false;
		ssize_t n = recv(fd, buf_room(answer, 4096), 4096, 0);
		if (n <= 0)
			return answer->len && answer->data[answer->len - 1] == '\n';
		buf_grown(answer, (size_t)n);
	}
}

static bool read_answer(const struct buf *answer, int *exit_code, struct buf *out, struct buf *err, struct error *e)
{
	struct json *j = json_parse(answer->data, answer->len, e);
	int64_t code;
	if (!j || !json_int(j, "exit", &code)) {
		json_free(j);
		return false;
	}
	*exit_code = (int)code;
	buf_adds(out, json_text(j, "out") ? json_text(j, "out") : "");
	buf_adds(err, json_text(j, "err") ? json_text(j, "err") : "");
	json_free(j);
	return true;
}

bool control_ask(
	const char *dir, int argc, char **argv, int *exit_code, struct buf *out, struct buf *err, struct error *e)
{
	struct sockaddr_un a;
	if (!address(dir, &a, e))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		if (fd >= 0)
			close(fd);
		return error_set(e, ERR_NOT_FOUND, "nobody serves \"%s\"", dir);
	}
	struct buf request = BUF_INIT, answer = BUF_INIT;
	buf_adds(&request, "{\"argv\":[");
	for (int i = 0; i < argc; i++) {
		if (i)
			buf_addc(&request, ',');
		json_string(&request, argv[i]);
	}
	buf_adds(&request, "]}\n");
	bool good = exchange_line(fd, &request, &answer) && read_answer(&answer, exit_code, out, err, e);
	if (!good)
		error_set(e, ERR_IO, "the backend that serves \"%s\" did not answer; look at its log", dir);
	close(fd);
	buf_release(&request);
	buf_release(&answer);
	return good;
}
