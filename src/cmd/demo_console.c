/* demo_console.c: the console of the demonstration's producer, on our own terminal, while the evening plays. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cmd/demo.h"

enum { NOT_STARTED = 127 };

/* Between fork and exec: only what is safe there. Unlike demo_child.c's it stays in our process group: the terminal is its. */
static _Noreturn void become(const char *const argv[], int terminal, pid_t parent)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	dup2(terminal, STDOUT_FILENO);
	dup2(terminal, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(NOT_STARTED);
}

/* What we print goes to a file while the screen is the console's. */
static bool put_output_aside(struct demo_console *s, const char *file, struct error *e)
{
	fflush(stdout);
	const int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	s->terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || s->terminal < 0) {
		if (fd >= 0)
			close(fd);
		return error_errno(e, ERR_IO, "\"%s\" cannot be written", file);
	}
	dup2(fd, STDOUT_FILENO);
	close(fd);
	return true;
}

bool demo_console_open(struct demo_console *s, const struct stage *stage, bool english, struct error *e)
{
	const char *argv[] = { stage->regie, "console", "--backend", stage->base, "--token-file",
		stage->producer_token_file, "--data", stage->producer_desk, "--lang", english ? "en" : "fr", NULL };
	if (!put_output_aside(s, stage->log, e))
		return false;
	const pid_t us = getpid();
	s->pid = fork();
	if (s->pid == 0)
		become(argv, s->terminal, us);
	if (s->pid < 0)
		return error_errno(e, ERR_IO, "\"%s\" cannot be started", argv[0]);
	s->fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	return true;
}

bool demo_console_left(struct demo_console *s)
{
	int status;
	if (s->pid <= 0)
		return true;
	if (waitpid(s->pid, &status, WNOHANG) != s->pid)
		return false;
	s->pid = 0;
	s->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

void demo_console_close(struct demo_console *s)
{
	int status;
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			continue;
		s->pid = 0;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->terminal >= 0) {
		fflush(stdout);
		dup2(s->terminal, STDOUT_FILENO);
		close(s->terminal);
	}
	s->terminal = -1;
}
