/* term.c: curses for what goes out, keyboard.h for what comes in.
 *
 * Curses' drawing sends the least a terminal can do with. term_fd is an epoll of the keyboard, of a pipe into which signal
 * handlers write (the window's size, a stop, a return), and of a clock that ends a flash.
 */
#include "ui/term.h"

#define NCURSES_NOMACROS
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <uninorm.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/intl.h"
#include "ui/keyboard.h"

enum { FLASH_MS = 100 };

struct term {
	SCREEN *screen;
	struct look looks[UI_ROLE_COUNT];
	attr_t attr[UI_ROLE_COUNT];
	short pair[UI_ROLE_COUNT];
	int colours;                     /* 0: none */
	bool own_colours;                /* -1 in a pair is the terminal's own */
	bool utf8, mouse, ended;
	int epoll, timer;
	struct grid last;                /* as on the screen; rows 0: unknown */
	bool all;                        /* paint everything */
	cchar_t *line;                   /* one row */
	int line_cols;
	struct keyboard keyboard;
	char flash_end[64];
};

/* ---- giving the terminal back, whatever happens: only async-signal-safe calls ---- */

static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGHUP, SIGQUIT, SIGINT };
static const int noticed[] = { SIGWINCH, SIGTSTP, SIGCONT };
enum { SIGNALS = (int)(COUNT_OF(fatal) + COUNT_OF(noticed)) };

static struct {
	volatile sig_atomic_t taken;
	struct termios found;
	char bytes[512];
	size_t n;
	struct sigaction before[SIGNALS];
	int pipe[2];
	bool at_exit;
} saved = { .pipe = { -1, -1 } };
static volatile sig_atomic_t resized, stop, returned;

static void write_all(const char *p, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(STDOUT_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static void give_back(void)
{
	if (!saved.taken)
		return;
	saved.taken = 0;
	write_all(saved.bytes, saved.n);
	tcsetattr(STDIN_FILENO, TCSANOW, &saved.found);
}

static void on_fatal(int sig)
{
	sigset_t just;

	give_back();
	signal(sig, SIG_DFL);
	sigemptyset(&just);
	sigaddset(&just, sig);
	sigprocmask(SIG_UNBLOCK, &just, NULL);
	raise(sig);
}

static void on_noticed(int sig)
{
	const int kept = errno;

	if (sig == SIGWINCH)
		resized = 1;
	else if (sig == SIGTSTP)
		stop = 1;
	else
		returned = 1;
	if (write(saved.pipe[1], "", 1) < 0)
		errno = 0; /* full: there is enough in it to wake us */
	errno = kept;
}

/* What curses does not know. */
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h", mouse_off[] = "\033[?1006l\033[?1000l";

static void modes_on(const struct term *t)
{
	write_all(paste_on, sizeof paste_on - 1);
	if (t->mouse)
		write_all(mouse_on, sizeof mouse_on - 1);
}

static void modes_off(const struct term *t)
{
	write_all(paste_off, sizeof paste_off - 1);
	if (t->mouse)
		write_all(mouse_off, sizeof mouse_off - 1);
}

static void store(const char *s)
{
	/* what terminfo writes may hold delays, which terminals of today do not need */
	while (s && s != (char *)-1 && *s && saved.n < sizeof saved.bytes) {
		if (s[0] == '$' && s[1] == '<') {
			s += strcspn(s, ">");
			s += *s == '>';
			continue;
		}
		saved.bytes[saved.n++] = *s++;
	}
}

static void store_way_back(const struct term *t)
{
	static const char *const ends[] = { "rmkx", "op", "sgr0", "cnorm", "rmcup" };

	saved.n = 0;
	store(paste_off);
	if (t->mouse)
		store(mouse_off);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		store(tigetstr(ends[i]));
}

static int signal_of(size_t i)
{
	return i < COUNT_OF(fatal) ? fatal[i] : noticed[i - COUNT_OF(fatal)];
}

/* Before curses puts its own there. */
static void note_signals(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signal_of(i), NULL, &saved.before[i]);
}

static void take_signals(void)
{
	static char room[32768]; /* to give the terminal back when the stack is what failed */
	const stack_t own = { .ss_sp = room, .ss_size = sizeof room };
	stack_t now_there;

	if (sigaltstack(NULL, &now_there) == 0 && (now_there.ss_flags & SS_DISABLE))
		sigaltstack(&own, NULL);
	for (size_t i = 0; i < SIGNALS; i++) {
		struct sigaction now = { .sa_flags = SA_RESTART | (i < COUNT_OF(fatal) ? (int)SA_RESETHAND | SA_ONSTACK : 0) };

		now.sa_handler = i < COUNT_OF(fatal) ? on_fatal : on_noticed;
		sigemptyset(&now.sa_mask);
		/* who has asked to be told of the end gives the terminal back by term_close */
		if (i < COUNT_OF(fatal) && saved.before[i].sa_handler != SIG_DFL)
			now = saved.before[i];
		sigaction(signal_of(i), &now, NULL);
	}
}

static void leave_signals(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signal_of(i), &saved.before[i], NULL);
}

/* ---- looks ---- */

/* A colour of 256 among the first eight: the nearest corner of the cube. */
static int of_eight(int c)
{
	if (c < 16)
		return c & 7;
	if (c >= 232)
		return c >= 244 ? 7 : 0;
	const int r = (c - 16) / 36, g = (c - 16) / 6 % 6, b = (c - 16) % 6;
	return (r > 2) | (g > 2) << 1 | (b > 2) << 2;
}

static short limited(const struct term *t, int c, bool back)
{
	if (c < 0)
		return t->own_colours ? -1 : back ? COLOR_BLACK : COLOR_WHITE;
	return (short)(c < t->colours ? c : of_eight(c) % t->colours);
}

static void make_pairs(struct term *t)
{
	short pairs = 0;

	for (int i = 0; i < UI_ROLE_COUNT; i++) {
		const struct look *l = &t->looks[i];

		t->attr[i] = ((l->look & LOOK_BOLD) ? A_BOLD : 0) | ((l->look & LOOK_DIM) ? A_DIM : 0) |
		             ((l->look & LOOK_REVERSE) ? A_REVERSE : 0) | ((l->look & LOOK_UNDERLINE) ? A_UNDERLINE : 0);
		t->pair[i] = 0;
		if (!t->colours || (l->fg < 0 && l->bg < 0))
			continue;
		const short fg = limited(t, l->fg, false), bg = limited(t, l->bg, true);
		for (int k = 0; k < i && !t->pair[i]; k++)
			if (t->pair[k] && limited(t, t->looks[k].fg, false) == fg && limited(t, t->looks[k].bg, true) == bg)
				t->pair[i] = t->pair[k];
		if (!t->pair[i] && pairs + 1 < COLOR_PAIRS && init_pair((short)(pairs + 1), fg, bg) == OK)
			t->pair[i] = ++pairs;
	}
}

void term_looks(struct term *t, const struct look *looks)
{
	memcpy(t->looks, looks, sizeof t->looks);
	make_pairs(t);
	t->all = true;
}

bool term_mono(const struct term *t)
{
	return t->colours == 0;
}

static void take_colours(struct term *t, int most)
{
	const char *no = getenv("NO_COLOR");

	t->colours = 0;
	if (most < 0)
		most = no && *no ? 0 : 256;
	if (most == 0 || !has_colors() || start_color() == ERR)
		return;
	t->own_colours = use_default_colors() == OK;
	t->colours = COLORS < most ? COLORS : most;
	if (t->colours < 8)
		t->colours = 0;
}

/* ---- opening and closing ---- */

static void learn_key(struct term *t, const char *cap, uint32_t code, uint8_t mods)
{
	const char *s = tigetstr(cap);

	if (s && s != (char *)-1)
		keyboard_learn(&t->keyboard, s, code, mods);
}

static void learn_keys(struct term *t)
{
	static const struct {
		const char *cap;
		uint32_t code;
		uint8_t mods;
	} keys[] = {
		{ "kcuu1", UK_UP, 0 }, { "kcud1", UK_DOWN, 0 }, { "kcub1", UK_LEFT, 0 }, { "kcuf1", UK_RIGHT, 0 }, { "khome", UK_HOME, 0 },
		{ "kend", UK_END, 0 }, { "kpp", UK_PAGE_UP, 0 }, { "knp", UK_PAGE_DOWN, 0 }, { "kich1", UK_INSERT, 0 },
		{ "kdch1", UK_DELETE, 0 }, { "kbs", UK_BACKSPACE, 0 }, { "kcbt", UK_BACKTAB, 0 }, { "kent", UK_ENTER, 0 },
		{ "kLFT", UK_LEFT, KEY_SHIFT }, { "kRIT", UK_RIGHT, KEY_SHIFT }, { "kri", UK_UP, KEY_SHIFT }, { "kind", UK_DOWN, KEY_SHIFT },
	};
	char cap[8];

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		learn_key(t, keys[i].cap, keys[i].code, keys[i].mods);
	for (uint32_t f = 1; f <= 12; f++) { /* xterm's kf13 and on are shifted ones, read below */
		snprintf(cap, sizeof cap, "kf%u", f);
		learn_key(t, cap, (uint32_t)UK_F1 + f - 1, 0);
	}
}

static bool watch(const struct term *t, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data = { .fd = fd } };

	return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static void release(struct term *t)
{
	keyboard_release(&t->keyboard);
	if (t->epoll >= 0)
		close(t->epoll);
	if (t->timer >= 0)
		close(t->timer);
	for (int i = 0; i < 2; i++)
		if (saved.pipe[i] >= 0) {
			close(saved.pipe[i]);
			saved.pipe[i] = -1;
		}
	grid_release(&t->last);
	free(t->line);
	free(t);
}

struct term *term_open(const struct term_options *o, struct error *e)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &saved.found) < 0) {
		error_set(e, ERR_REFUSED, "this is not a terminal; run it in one, or use `regie do' and `regie show'");
		return NULL;
	}
	struct term *t = xcalloc(1, sizeof *t);
	t->mouse = o->mouse;
	t->utf8 = term_utf8();
	t->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	keyboard_init(&t->keyboard, t->utf8);
	if (t->timer < 0 || t->epoll < 0 || pipe2(saved.pipe, O_CLOEXEC | O_NONBLOCK) < 0 || !watch(t, STDIN_FILENO) ||
		!watch(t, t->timer) || !watch(t, saved.pipe[0])) {
		error_errno(e, ERR_IO, "cannot wait for this terminal's keys");
		release(t);
		return NULL;
	}
	note_signals();
	use_env(TRUE);
	use_tioctl(TRUE); /* the window's size, whatever the environment remembers */
	t->screen = newterm(NULL, stdout, stdin);
	const char *move_to = t->screen ? tigetstr("cup") : NULL;
	if (!move_to || move_to == (char *)-1) {
		error_set(e, ERR_REFUSED, "the terminal \"%.60s\" is not known or cannot place its cursor; set TERM to what it is, such as "
			"xterm-256color", name ? name : "");
		if (t->screen) {
			endwin();
			delscreen(t->screen);
		}
		leave_signals();
		release(t);
		return NULL;
	}
	intl_terminal(t->utf8);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	typeahead(-1); /* a key that waits is no reason to draw less */
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	def_prog_mode();
	learn_keys(t);
	take_colours(t, o->colours);
	if (o->looks)
		term_looks(t, o->looks);
	store_way_back(t);
	saved.taken = 1;
	if (!saved.at_exit)
		saved.at_exit = atexit(give_back) == 0;
	take_signals();
	resized = stop = returned = 0;
	modes_on(t);
	t->all = true;
	return t;
}

/* In good order: curses knows most of the way back. */
static void leave(const struct term *t)
{
	modes_off(t);
	curs_set(1);
	endwin();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved.found);
	saved.taken = 0;
}

void term_settings(struct term *t, int colours, bool mouse)
{
	take_colours(t, colours);
	if (mouse != t->mouse)
		write_all(mouse ? mouse_on : mouse_off, (mouse ? sizeof mouse_on : sizeof mouse_off) - 1);
	t->mouse = mouse;
	store_way_back(t);
	t->all = true;
}

void term_close(struct term *t)
{
	if (!t)
		return;
	leave(t);
	leave_signals();
	delscreen(t->screen);
	release(t);
}

void term_size(const struct term *t, int *rows, int *cols)
{
	(void)t;
	*rows = LINES;
	*cols = COLS;
}

int term_fd(const struct term *t)
{
	return t->epoll;
}

bool term_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- keys ---- */

/* Reads what is there, without waiting. */
static void take_in(struct term *t)
{
	if (t->ended || keyboard_take(&t->keyboard, STDIN_FILENO))
		return;
	t->ended = true; /* the terminal is gone: as if its line had been cut */
	epoll_ctl(t->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
	kill(getpid(), SIGHUP);
}

static void take_size(struct term *t)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0 && (w.ws_row != LINES || w.ws_col != COLS))
		resize_term(w.ws_row, w.ws_col);
	t->all = true;
}

static void come_back(struct term *t)
{
	reset_prog_mode();
	modes_on(t);
	saved.taken = 1;
	take_signals();
	take_size(t);
	resized = 1; /* it may have changed while we were away */
}

void term_suspend(struct term *t)
{
	stop = 0;
	leave(t);
	/* the whole job, as the terminal would: a shell waits for what started us */
	signal(SIGTSTP, SIG_IGN);
	kill(0, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	refresh(); /* out of endwin */
	come_back(t);
	returned = 0;
}

static void take_signs(struct term *t)
{
	char junk[64];
	uint64_t expired;

	while (read(saved.pipe[0], junk, sizeof junk) > 0)
		continue;
	if (t->flash_end[0] && read(t->timer, &expired, sizeof expired) > 0) {
		write_all(t->flash_end, strlen(t->flash_end));
		t->flash_end[0] = '\0';
	}
	if (stop)
		term_suspend(t);
	if (returned) { /* stopped by someone else: the shell has had the terminal */
		returned = 0;
		come_back(t);
	}
}

bool term_key(struct term *t, struct key *out, bool *half)
{
	enum keyboard_got got;

	*half = false;
	take_signs(t);
	if (resized) {
		resized = 0;
		take_size(t);
		*out = (struct key){ .code = UK_RESIZE };
		return true;
	}
	do {
		take_in(t);
		got = keyboard_next(&t->keyboard, out);
	} while (got == KEYBOARD_MORE);
	*half = got == KEYBOARD_HALF;
	return got == KEYBOARD_KEY;
}

/* ---- drawing ---- */

/* What stands for a sign that the character set lacks. */
static wchar_t in_ascii(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		char as;
	} rows[] = {
		{ 0xA0, 0xA0, ' ' }, { 0xAB, 0xAB, '"' }, { 0xBB, 0xBB, '"' }, { 0xB7, 0xB7, '.' }, { 0xB0, 0xB0, 'o' }, { 0xD7, 0xD7, 'x' },
		{ 0xC6, 0xC6, 'A' }, { 0xE6, 0xE6, 'a' }, { 0x152, 0x152, 'O' }, { 0x153, 0x153, 'o' }, { 0xD8, 0xD8, 'O' },
		{ 0xF8, 0xF8, 'o' }, { 0xDF, 0xDF, 's' }, { 0x2000, 0x200A, ' ' }, { 0x202F, 0x202F, ' ' }, { 0x2010, 0x2015, '-' },
		{ 0x2018, 0x201B, '\'' }, { 0x201C, 0x201F, '"' }, { 0x2022, 0x2022, '*' }, { 0x2026, 0x2026, '~' }, { 0x20AC, 0x20AC, 'E' },
		{ 0x2190, 0x2190, '<' }, { 0x2191, 0x2191, '^' }, { 0x2192, 0x2192, '>' }, { 0x2193, 0x2193, 'v' }, { 0x2212, 0x2212, '-' },
		{ 0x2500, 0x2501, '-' }, { 0x2502, 0x2503, '|' }, { 0x2504, 0x257F, '+' }, { 0x2581, 0x2582, '_' }, { 0x2583, 0x2584, '-' },
		{ 0x2585, 0x2586, '=' }, { 0x2587, 0x2588, '#' }, { 0x2589, 0x259F, '_' }, { 0x25CF, 0x25CF, '*' }, { 0x2713, 0x2714, 'v' },
	};
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (c >= rows[i].from && c <= rows[i].to)
			return (wchar_t)rows[i].as;
	if (uc_canonical_decomposition(c, parts) > 0 && parts[0] < 0x80) /* é: e */
		return (wchar_t)parts[0];
	return L'?';
}

static bool showable(const struct term *t, uint32_t c, int width)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };

	if (wcwidth((wchar_t)c) != width)
		return false;
	return t->utf8 || wcrtomb(bytes, (wchar_t)c, &state) != (size_t)-1;
}

/* The cell as curses wants it, at `to`; returns how many curses cells it is given as. */
static int to_curses(const struct term *t, const struct cell *x, cchar_t *to)
{
	wchar_t text[CCHARW_MAX + 1] = { 0 };
	const attr_t attr = t->attr[x->role];
	const short pair = t->pair[x->role];
	int n = 0;

	if ((unsigned char)x->text[0] < 0x80 && x->text[1] == '\0') {
		text[0] = (wchar_t)(unsigned char)x->text[0];
		setcchar(to, text, attr, pair, NULL);
		return 1;
	}
	const size_t len = strlen(x->text);
	for (size_t i = 0; i < len && n < CCHARW_MAX - 1;) {
		bool bad = false;
		uint32_t c;

		i += utf8_next(x->text + i, len - i, &c, &bad);
		if (n > 0 ? showable(t, c, 0) : showable(t, c, x->wide))
			text[n++] = (wchar_t)c;
		else if (n == 0) {
			text[0] = x->wide == 1 ? in_ascii(c) : L'?';
			setcchar(to, text, attr, pair, NULL);
			if (x->wide == 2)
				to[1] = to[0];
			return x->wide;
		}
	}
	setcchar(to, text, attr, pair, NULL);
	return 1;
}

static void draw_row(struct term *t, const struct grid *g, int row)
{
	const struct cell *cells = &g->cells[(size_t)row * (size_t)g->cols];
	int n = 0;

	for (int c = 0; c < g->cols; c++)
		if (cells[c].wide > 0)
			n += to_curses(t, &cells[c], &t->line[n]);
	mvadd_wchnstr(row, 0, t->line, n);
}

void term_show(struct term *t, const struct grid *g)
{
	const bool all = t->all || t->last.rows != g->rows || t->last.cols != g->cols;

	if (!all && grid_same(&t->last, g))
		return;
	if (t->line_cols < g->cols) {
		t->line = xrealloc(t->line, (size_t)g->cols + 1, sizeof *t->line);
		t->line_cols = g->cols;
	}
	if (all) {
		erase();
		if (t->all)
			clearok(curscr, TRUE); /* what is on the screen may not be what we think */
		grid_resize(&t->last, g->rows, g->cols);
	}
	for (int r = 0; r < g->rows && r < LINES; r++) {
		const size_t at = (size_t)r * (size_t)g->cols, bytes = (size_t)g->cols * sizeof *g->cells;

		if (!all && memcmp(&t->last.cells[at], &g->cells[at], bytes) == 0)
			continue;
		draw_row(t, g, r);
		memcpy(&t->last.cells[at], &g->cells[at], bytes);
	}
	if (all || (t->last.cursor_row >= 0) != (g->cursor_row >= 0))
		curs_set(g->cursor_row >= 0 ? 1 : 0);
	t->last.cursor_row = g->cursor_row;
	t->last.cursor_col = g->cursor_col;
	t->last.cursor_shown = g->cursor_shown;
	t->all = false;
	wnoutrefresh(stdscr);
	if (g->cursor_row >= 0 && g->cursor_row < LINES && g->cursor_col < COLS) {
		wmove(stdscr, g->cursor_row, g->cursor_col);
		wnoutrefresh(stdscr);
	}
	doupdate();
}

void term_redraw(struct term *t)
{
	t->all = true;
}

void term_bell(struct term *t, bool flash_too)
{
	const char *s = flash_too ? tigetstr("flash") : NULL;
	const char *wait = s && s != (char *)-1 ? strstr(s, "$<") : NULL, *end = wait ? strchr(wait, '>') : NULL;

	if (!flash_too) {
		write_all("\a", 1);
		return;
	}
	if (!end || strlen(end + 1) >= sizeof t->flash_end || t->flash_end[0])
		return;
	const struct itimerspec in = { .it_value = { .tv_nsec = FLASH_MS * 1000000L } };
	write_all(s, (size_t)(wait - s)); /* curses would sleep between */
	memcpy(t->flash_end, end + 1, strlen(end + 1) + 1);
	timerfd_settime(t->timer, 0, &in, NULL);
}
