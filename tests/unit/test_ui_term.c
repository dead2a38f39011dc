/* Tests of ui/term.h: a child works a pseudo-terminal by it, libvterm holds what it shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>
#include <vterm.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/intl.h"
#include "ui/term.h"

enum { ROWS = 24, COLS = 80, WAIT_MS = 20000 };

/* ---- the child: shows each key it reads; keys with a meaning of their own below ---- */

static void show_key(struct grid *g, const struct key *k, int n)
{
	struct buf b = BUF_INIT;

	if (k->code == UK_PASTE) {
		buf_addf(&b, "%zu:", strlen(k->paste));
		buf_add(&b, k->paste, strnlen(k->paste, 30));
	} else
		key_spell(k, &b);
	for (int r = 0; r < g->rows; r++)
		grid_fill(g, grid_area(g), r, 0, g->cols, UI_TEXT, " ");
	grid_textf(g, grid_area(g), 0, 0, g->cols, UI_STRONG, "%d %s", n, b.data);
	grid_text(g, grid_area(g), 1, 0, 40, UI_TEXT, "été 日本 e\u0301x");
	grid_textf(g, grid_area(g), 2, 0, 40, UI_TEXT, "%s %s", ui_sign(SIGN_MORE), ui_ascii ? "ascii" : "");
	grid_text(g, grid_area(g), g->rows - 1, 0, g->cols, UI_AIR, "bottom");
	grid_textf(g, grid_area(g), g->rows - 1, g->cols - 4, 4, UI_TEXT, "%4d", g->cols);
	grid_cursor(g, grid_area(g), 0, n % 10, true);
	buf_release(&b);
}

static void child(void)
{
	struct look looks[UI_ROLE_COUNT];
	struct error e;
	struct grid g;
	struct key k;
	bool half = false;
	int rows, cols;

	signal(SIGSEGV, SIG_DFL); /* cmocka's */
	setlocale(LC_CTYPE, "");
	for (int i = 0; i < UI_ROLE_COUNT; i++)
		looks[i] = ui_roles[i].colour;
	struct term *t = term_open(&(struct term_options){ .colours = -1, .looks = looks }, &e);
	if (!t) {
		printf("%s\n", e.text);
		fflush(stdout);
		_exit(3);
	}
	term_size(t, &rows, &cols);
	grid_init(&g, rows, cols);
	show_key(&g, &(struct key){ .code = UK_HOME }, 0);
	term_show(t, &g);
	for (int n = 1;;) {
		struct pollfd p = { .fd = term_fd(t), .events = POLLIN };

		poll(&p, 1, half ? 25 : -1);
		while (term_key(t, &k, &half)) {
			if (k.code == UK_RESIZE) {
				term_size(t, &rows, &cols);
				grid_resize(&g, rows, cols);
			}
			if (k.code == 'q')
				goto out;
			if (k.code == '!')
				abort();
			if (k.code == 'z' && k.mods == KEY_CTRL)
				term_suspend(t);
			show_key(&g, &k, n++);
			if (k.code == 'S') /* a list whose selection moves one line down */
				for (int r = 3; r < 20; r++)
					grid_textf(&g, grid_area(&g), r, 0, 60, r == 5 ? UI_SELECT : UI_TEXT, "%60d", r);
			term_show(t, &g);
			if (k.code == 'S') {
				term_show(t, &g);
				for (int r = 3; r < 20; r++)
					grid_textf(&g, grid_area(&g), r, 0, 60, r == 6 ? UI_SELECT : UI_TEXT, "%60d", r);
				if (write(STDOUT_FILENO, "\033]2;from\a", 9) != 9)
					_exit(4);
				term_show(t, &g);
				if (write(STDOUT_FILENO, "\033]2;to\a", 7) != 7)
					_exit(4);
			}
		}
	}
out:
	grid_release(&g);
	term_close(t);
	_exit(0);
}

/* ---- this side ---- */

struct screen {
	pid_t pid;
	int fd;
	VTerm *vt;
	VTermScreen *vs;
	struct buf seen; /* all bytes */
};

static struct screen begin(const char *term, const char *locale)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = COLS };
	struct screen s = { .seen = BUF_INIT };

	s.pid = forkpty(&s.fd, NULL, NULL, &size);
	assert_true(s.pid >= 0);
	if (s.pid == 0) {
		setenv("TERM", term, 1);
		setenv("LC_ALL", locale, 1);
		unsetenv("NO_COLOR");
		unsetenv("LINES");
		unsetenv("COLUMNS");
		child();
	}
	s.vt = vterm_new(ROWS, COLS);
	vterm_set_utf8(s.vt, 1);
	s.vs = vterm_obtain_screen(s.vt);
	vterm_screen_enable_altscreen(s.vs, 1);
	vterm_screen_reset(s.vs, 1);
	return s;
}

static void row_text(struct screen *s, int row, struct buf *out)
{
	int rows, cols;

	vterm_get_size(s->vt, &rows, &cols);
	buf_reset(out);
	for (int c = 0; c < cols; c++) {
		VTermScreenCell cell;

		vterm_screen_get_cell(s->vs, (VTermPos){ .row = row, .col = c }, &cell);
		if (cell.chars[0] == 0 || cell.chars[0] == (uint32_t)-1) {
			if (cell.chars[0] == 0)
				buf_addc(out, ' ');
			continue;
		}
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
			utf8_add(out, cell.chars[i]);
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

/* Takes in what comes; false at the end. */
static bool turn(struct screen *s, int ms)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char bytes[4096];

	if (poll(&p, 1, ms) <= 0)
		return true;
	const ssize_t n = read(s->fd, bytes, sizeof bytes);
	if (n <= 0)
		return false;
	vterm_input_write(s->vt, bytes, (size_t)n);
	buf_add(&s->seen, bytes, (size_t)n);
	return true;
}

static void wait_row(struct screen *s, int row, const char *want)
{
	struct buf b = BUF_INIT;

	for (int waited = 0; waited < WAIT_MS / 20; waited++) {
		row_text(s, row, &b);
		if (strcmp(b.data, want) == 0) {
			buf_release(&b);
			return;
		}
		assert_true(turn(s, 20));
	}
	fail_msg("row %d is \"%s\", not \"%s\"", row, b.data, want);
}

static void send_bytes(struct screen *s, const char *bytes, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(s->fd, bytes, n > 1000 ? 1000 : n);

		assert_true(done > 0);
		bytes += done;
		n -= (size_t)done;
		turn(s, 0);
	}
}

static int end(struct screen *s)
{
	int status = 0;

	while (turn(s, WAIT_MS))
		continue;
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	vterm_free(s->vt);
	buf_release(&s->seen);
	close(s->fd);
	return status;
}

static void reads_keys(void **state)
{
	static const struct {
		const char *bytes, *name;
	} rows[] = {
		{ "a", "a" }, { "é", "é" }, { "\r", "Enter" }, { "\t", "Tab" }, { "\033[Z", "BackTab" }, { "\033[A", "Up" }, { "\033OB", "Down" },
		{ "\033[1;5C", "^Right" }, { "\033[1;2D", "S-Left" }, { "\033[5~", "PageUp" }, { "\033[3;3~", "M-Delete" }, { "\033OP", "F1" },
		{ "\033[15~", "F5" }, { "\033[21~", "F10" }, { "\033[24;2~", "S-F12" }, { "\033[34~", "F20" }, { "\033[[C", "F3" },
		{ "\x18", "^X" }, { "\x1F", "^_" }, { "\x13", "^S" }, { "\x03", "^C" }, { "\033x", "M-x" }, { "\033é", "M-é" }, { "\x7F", "Backspace" },
		{ "\b", "Backspace" }, { "\033", "Esc" }, { "\033[97;5u", "^A" }, { "\033[27;5;13~", "^Enter" }, { "\033[H", "Home" },
		{ "\033\033", "Esc" }, { "\033[<0;3;3M\033[?1;2cw", "w" },
	};
	struct screen s = begin("xterm-256color", "C.UTF-8");
	char want[64];
	int n = 0;

	(void)state;
	wait_row(&s, 0, "0 Home");
	wait_row(&s, 1, "été 日本 e\u0301x");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		send_bytes(&s, rows[i].bytes, strlen(rows[i].bytes));
		n += strcmp(rows[i].bytes, "\033\033") == 0 ? 2 : 1;
		snprintf(want, sizeof want, "%d %s", n, rows[i].name);
		wait_row(&s, 0, want);
	}
	const char *const paste = "\033[200~a\r\nb\033[31m\tc\033[201~"; /* one key, its controls gone */
	send_bytes(&s, paste, strlen(paste));
	snprintf(want, sizeof want, "%d 9:a b[31m c", ++n);
	wait_row(&s, 0, want);
	struct buf big = BUF_INIT; /* too much of it: cut, and the next key is a key */
	buf_adds(&big, "\033[200~");
	for (int i = 0; i < 100000; i++)
		buf_addc(&big, 'p');
	buf_adds(&big, "\033[201~");
	send_bytes(&s, big.data, big.len);
	buf_release(&big);
	n++;
	send_bytes(&s, "x", 1);
	snprintf(want, sizeof want, "%d x", ++n);
	wait_row(&s, 0, want);
	send_bytes(&s, "q", 1);
	assert_int_equal(end(&s), 0);
}

static void follows_the_window(void **state)
{
	struct screen s = begin("xterm-256color", "C.UTF-8");
	const struct winsize size = { .ws_row = 40, .ws_col = 132 };

	(void)state;
	wait_row(&s, 0, "0 Home");
	vterm_set_size(s.vt, 40, 132);
	ioctl(s.fd, TIOCSWINSZ, &size);
	wait_row(&s, 0, "1 Resize");
	wait_row(&s, 39, "bottom                                                                                                                           132");
	send_bytes(&s, "q", 1);
	assert_int_equal(end(&s), 0);
}

/* What was switched on is switched off again, and the modes are as found. */
static void assert_given_back(struct screen *s, const struct termios *found)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->fd, &now), 0);
	assert_int_equal(now.c_lflag, found->c_lflag);
	assert_int_equal(now.c_iflag, found->c_iflag);
	assert_int_equal(now.c_oflag, found->c_oflag);
	assert_non_null(strstr(s->seen.data, "\033[?2004l"));
	assert_non_null(strstr(s->seen.data, "\033[?1049l"));
}

static void wait_given_back(struct screen *s)
{
	for (int i = 0; i < WAIT_MS / 20 && !strstr(s->seen.data, "\033[?1049l"); i++)
		turn(s, 20);
	assert_non_null(strstr(s->seen.data, "\033[?1049l"));
}

#ifdef __SANITIZE_ADDRESS__
/* Else it takes the signal before the console can. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_segv=0";
}
#endif

static void gives_the_terminal_back(void **state)
{
	static const int how[] = { 0, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(how); i++) {
		int slave;
		struct termios found, fresh;
		struct screen s = begin("xterm-256color", "C.UTF-8");

		/* as a new pseudo-terminal is */
		int master;
		assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
		assert_int_equal(tcgetattr(slave, &fresh), 0);
		close(master);
		close(slave);
		found = fresh;
		wait_row(&s, 0, "0 Home");
		if (how[i] == 0)
			send_bytes(&s, "q", 1);
		else if (how[i] == SIGABRT)
			send_bytes(&s, "!", 1);
		else
			kill(s.pid, how[i]);
		wait_given_back(&s);
		siginfo_t info;
		assert_int_equal(waitid(P_PID, (id_t)s.pid, &info, WEXITED | WNOWAIT), 0);
		assert_given_back(&s, &found);
		const int status = end(&s);
		if (how[i] == 0)
			assert_int_equal(status, 0);
		else {
			assert_true(WIFSIGNALED(status));
			assert_int_equal(WTERMSIG(status), how[i]);
		}
	}
}

static void one_line_down_is_cheap(void **state)
{
	struct screen s = begin("xterm-256color", "C.UTF-8");

	(void)state;
	wait_row(&s, 0, "0 Home");
	send_bytes(&s, "S", 1);
	for (int i = 0; i < WAIT_MS / 20 && !strstr(s.seen.data, "\033]2;to\a"); i++)
		turn(&s, 20);
	const char *from = strstr(s.seen.data, "\033]2;from\a"), *to = strstr(s.seen.data, "\033]2;to\a");
	assert_non_null(from);
	assert_non_null(to);
	print_message("one line down: %td bytes\n", to - from - 9);
	assert_true(to - from - 9 <= 260);
	send_bytes(&s, "q", 1);
	assert_int_equal(end(&s), 0);
}

static void does_without(void **state)
{
	struct screen s = begin("vt100", "C"); /* no colours, no letters but ASCII */

	(void)state;
	wait_row(&s, 0, "0 Home");
	wait_row(&s, 1, "ete ???? ex");
	wait_row(&s, 2, "~ ascii");
	send_bytes(&s, "\033OA", 3);
	wait_row(&s, 0, "1 Up");
	assert_null(strstr(s.seen.data, "\033[3"));
	send_bytes(&s, "q", 1);
	assert_int_equal(end(&s), 0);
	s = begin("no-such-terminal", "C.UTF-8");
	for (int i = 0; i < WAIT_MS / 20 && !strchr(s.seen.data, '\n'); i++)
		turn(&s, 20);
	assert_non_null(strstr(s.seen.data, "the terminal \"no-such-terminal\" is not known"));
	assert_int_equal(WEXITSTATUS(end(&s)), 3);
}

/* An orphan cannot be stopped: ^Z then only paints anew; it never hangs. */
static void suspends_or_goes_on(void **state)
{
	struct screen s = begin("xterm-256color", "C.UTF-8");

	(void)state;
	wait_row(&s, 0, "0 Home");
	send_bytes(&s, "\x1A", 1);
	for (int i = 0; i < WAIT_MS / 20; i++) {
		siginfo_t info = { .si_pid = 0 };
		struct buf b = BUF_INIT;

		if (waitid(P_PID, (id_t)s.pid, &info, WSTOPPED | WNOHANG | WEXITED | WNOWAIT) == 0 && info.si_pid == s.pid)
			kill(s.pid, SIGCONT);
		row_text(&s, 0, &b);
		const bool there = strstr(b.data, "Resize") != NULL;
		buf_release(&b);
		if (there)
			break;
		turn(&s, 20);
	}
	send_bytes(&s, "k", 1);
	for (int i = 0; i < WAIT_MS / 20; i++) {
		struct buf b = BUF_INIT;

		row_text(&s, 0, &b);
		const bool there = strstr(b.data, " k") != NULL;
		buf_release(&b);
		if (there)
			break;
		turn(&s, 20);
	}
	wait_row(&s, 1, "été 日本 e\u0301x");
	send_bytes(&s, "q", 1);
	assert_int_equal(end(&s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_keys),
		cmocka_unit_test(follows_the_window),
		cmocka_unit_test(gives_the_terminal_back),
		cmocka_unit_test(one_line_down_is_cheap),
		cmocka_unit_test(does_without),
		cmocka_unit_test(suspends_or_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
