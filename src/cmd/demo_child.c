/* demo_child.c: fork, exec, one pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/cmd/demo.h"

enum { STOP_MS = 10000, LOOK_MS = 20, NOT_STARTED = 127 };

/* Between fork and exec: only what is safe there. */
static _Noreturn void become(const char *const argv[], int out, int log, pid_t parent)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || null < 0)
		_exit(NOT_STARTED);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(NOT_STARTED);
}

bool child_start(struct child *c, const char *const argv[], const char *log, struct error *e)
{
	int pipes[2];
	int err = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	*c = (struct child){ .out = -1 };
	buf_init(&c->text, 0);
	if (err < 0)
		return error_errno(e, ERR_IO, "\"%s\" cannot be written", log);
	if (pipe2(pipes, O_CLOEXEC) < 0) {
		close(err);
		return error_errno(e, ERR_IO, "there is no pipe to \"%s\"", argv[0]);
	}
	pid_t us = getpid(), pid = fork();
	if (pid == 0)
		become(argv, pipes[1], err, us);
	close(pipes[1]);
	close(err);
	if (pid < 0) {
		close(pipes[0]);
		return error_errno(e, ERR_IO, "\"%s\" cannot be started", argv[0]);
	}
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	c->pid = pid;
	c->out = pipes[0];
	return true;
}

bool child_read(struct child *c)
{
	char bytes[65536];
	ssize_t n;
	while ((n = read(c->out, bytes, sizeof bytes)) > 0)
		buf_add(&c->text, bytes, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

bool child_line(struct child *c, struct buf *line)
{
	const char *end = c->text.len > 0 ? memchr(c->text.data, '\n', c->text.len) : NULL;
	if (end == NULL)
		return false;
	size_t len = (size_t)(end - c->text.data);
	buf_reset(line);
	buf_add(line, c->text.data, len);
	buf_drop_front(&c->text, len + 1);
	return true;
}

static int child_over(struct child *c, int status)
{
	if (c->out >= 0)
		close(c->out);
	buf_release(&c->text);
	*c = (struct child){ .out = -1 };
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_wait(struct child *c)
{
	int status = 0;
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return child_over(c, status);
}

int child_stop(struct child *c)
{
	const struct clock *clock = clock_system();
	const int64_t end = clock_mono(clock) + STOP_MS;
	int status = 0;
	if (c->pid <= 0)
		return 0;
	kill(c->pid, SIGTERM);
	/* Its output is read on, so that a full pipe keeps nobody; closed, it is about to end. */
	struct pollfd p = { .fd = c->out, .events = POLLIN };
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (clock_mono(clock) >= end)
			kill(c->pid, SIGKILL);
		poll(&p, 1, LOOK_MS);
		if (p.fd >= 0 && !child_read(c))
			p.fd = -1;
	}
	return child_over(c, status);
}

bool child_run(const char *const argv[], const char *log, struct buf *out, struct error *e)
{
	struct child c;
	if (!child_start(&c, argv, log, e))
		return false;
	struct pollfd p = { .fd = c.out, .events = POLLIN };
	while (child_read(&c))
		poll(&p, 1, -1);
	buf_reset(out);
	buf_add(out, c.text.data, c.text.len);
	int code = child_wait(&c);
	if (code == NOT_STARTED)
		return error_set(e, ERR_IO, "\"%s\" cannot be started", argv[0]);
	return code == 0 ||
		error_set(e, ERR_IO, "\"%s %s\" ended with code %d; \"%s\" says why", argv[0], argv[1], code, log);
}
