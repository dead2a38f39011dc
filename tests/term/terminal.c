#include "tests/term/terminal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "tests/term/terminfo.h"

enum { ESCAPE_MAX = 64, MODES_MAX = 64, KEY_BYTES = 24, F_KEYS = 20 };

static const struct { const char *name, *cap, *xterm; } specials[] = {
	{ "Up", "kcuu1", "\033OA" }, { "Down", "kcud1", "\033OB" }, { "Right", "kcuf1", "\033OC" }, { "Left", "kcub1", "\033OD" },
	{ "Home", "khome", "\033OH" }, { "End", "kend", "\033OF" }, { "PageUp", "kpp", "\033[5~" },
	{ "PageDown", "knp", "\033[6~" }, { "Insert", "kich1", "\033[2~" }, { "Delete", "kdch1", "\033[3~" },
	{ "BackTab", "kcbt", "\033[Z" }, { "Backspace", "kbs", "\177" }, { "Enter", NULL, "\r" }, { "Tab", NULL, "\t" },
	{ "Esc", NULL, "\033" }, { "Space", NULL, " " }, { "Less", NULL, "<" },
};
enum { SPECIALS = sizeof specials / sizeof *specials };

struct terminal {
	int master, slave, pidfd;
	pid_t pid;
	int status;
	bool ended, latin1, shown, alternate;
	VTerm *vt;
	VTermScreen *screen;
	int rows, cols, bells;
	char keys[SPECIALS][KEY_BYTES], f_keys[F_KEYS][KEY_BYTES];
	char escape[ESCAPE_MAX], last[8];     /* a sequence that has begun; the last character shown */
	size_t n_escape, n_last;
	int modes[MODES_MAX], n_modes;
	uint64_t sent_ns, first_ns, last_ns, bytes, all_bytes, changes;
	FILE *tee;
};

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- what the emulator says ---- */

static int on_property(VTermProp prop, VTermValue *value, void *arg)
{
	struct terminal *t = arg;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		t->shown = value->boolean;
	else if (prop == VTERM_PROP_ALTSCREEN)
		t->alternate = value->boolean;
	return 1;
}

static int on_bell(void *arg)
{
	((struct terminal *)arg)->bells++;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property, .bell = on_bell };

static void on_answer(const char *s, size_t n, void *arg)
{
	const struct terminal *t = arg;
	(void)!write(t->master, s, n);
}

/* ---- from the command to the emulator ---- */

static void set_mode(struct terminal *t, int mode, bool on)
{
	int i = 0;
	while (i < t->n_modes && t->modes[i] != mode)
		i++;
	if (on && i == t->n_modes && t->n_modes < MODES_MAX)
		t->modes[t->n_modes++] = mode;
	else if (!on && i < t->n_modes)
		t->modes[i] = t->modes[--t->n_modes];
}

/* ESC [ ? 1 ; 2 h */
static void note_modes(struct terminal *t, bool on)
{
	const char *p = t->escape + 3, *end = t->escape + t->n_escape - 1;
	while (p < end) {
		char *after;
		long mode = strtol(p, &after, 10);
		if (after == p)
			return;
		set_mode(t, (int)mode, on);
		p = after + (*after == ';');
	}
}

static void show(struct terminal *t, const char *s, size_t n)
{
	vterm_input_write(t->vt, s, n);
}

static void show_escape(struct terminal *t)
{
	const char *s = t->escape;
	char final = s[t->n_escape - 1];
	t->escape[t->n_escape < ESCAPE_MAX ? t->n_escape : ESCAPE_MAX - 1] = '\0';
	if (t->n_escape > 3 && s[1] == '[' && s[2] == '?' && (final == 'h' || final == 'l'))
		note_modes(t, final == 'h');
	if (t->n_escape > 2 && s[1] == '[' && final == 'b') {
		for (long n = strtol(s + 2, NULL, 10); n > 0; n--)
			show(t, t->last, t->n_last);
	} else {
		show(t, s, t->n_escape);
	}
	t->n_escape = 0;
}

static bool escape_over(const struct terminal *t)
{
	char c = t->escape[t->n_escape - 1];
	if (t->n_escape == 1)
		return false;
	if (t->n_escape == 2)
		return c != '[' && c != ']' && (c < ' ' || c > '/');
	if (t->escape[1] == '[')
		return c >= '@' && c <= '~';
	if (t->escape[1] == ']')
		return true; /* the rest is the emulator's */
	return c > '/';
}

static void take(struct terminal *t, char c)
{
	if (!t->n_escape && c != '\033') {
		if ((unsigned char)c >= ' ') {
			if (((unsigned char)c & 0xC0) != 0x80 || t->n_last >= sizeof t->last)
				t->n_last = 0;
			t->last[t->n_last++] = c;
		}
		show(t, &c, 1);
		return;
	}
	if (t->n_escape && c == '\033')
		show_escape(t);
	t->escape[t->n_escape++] = c;
	/* the Linux console's own: the palette as it was */
	if (t->n_escape == 3 && !memcmp(t->escape, "\033]R", 3))
		t->n_escape = 0;
	else if (t->n_escape == ESCAPE_MAX || escape_over(t))
		show_escape(t);
}

static void take_latin1(struct terminal *t, unsigned char c)
{
	if (c < 0x80) {
		take(t, (char)c);
	} else if (c < 0xA0) { /* C1: such a terminal obeys them */
		take(t, '\033');
		take(t, (char)(c - 0x40));
	} else {
		take(t, (char)(0xC0 | c >> 6));
		take(t, (char)(0x80 | (c & 0x3F)));
	}
}

bool terminal_read(struct terminal *t)
{
	char buf[65536];
	ssize_t n = read(t->master, buf, sizeof buf);
	if (n <= 0)
		return false;
	t->last_ns = now_ns();
	if (!t->first_ns)
		t->first_ns = t->last_ns;
	t->bytes += (uint64_t)n;
	t->all_bytes += (uint64_t)n;
	t->changes++;
	if (t->tee) {
		fwrite(buf, 1, (size_t)n, t->tee);
		fflush(t->tee);
	}
	for (ssize_t i = 0; i < n; i++) {
		if (t->latin1)
			take_latin1(t, (unsigned char)buf[i]);
		else
			take(t, buf[i]);
	}
	return true;
}

/* ---- starting and ending ---- */

static void learn_key(char *out, const char *cap, const char *otherwise)
{
	const char *s = cap ? terminfo_text(cap) : NULL;
	snprintf(out, KEY_BYTES, "%s", s ? s : otherwise);
}

static void learn_keys(struct terminal *t, const char *name)
{
	bool known = terminfo_open(name, t->slave);
	for (size_t i = 0; i < SPECIALS; i++)
		learn_key(t->keys[i], known ? specials[i].cap : NULL, specials[i].xterm);
	for (int i = 0; i < F_KEYS; i++) {
		static const char *const xterm[] = { "\033OP", "\033OQ", "\033OR", "\033OS", "\033[15~", "\033[17~", "\033[18~", "\033[19~",
			"\033[20~", "\033[21~", "\033[23~", "\033[24~" };
		char cap[8];
		snprintf(cap, sizeof cap, "kf%d", i + 1);
		learn_key(t->f_keys[i], known ? cap : NULL, i < 12 ? xterm[i] : "");
	}
	if (known)
		terminfo_close();
}

static _Noreturn void be_command(const struct terminal *t, const struct terminal_options *o)
{
	setsid();
	ioctl(t->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(t->slave, fd);
	syscall(SYS_close_range, 3u, ~0u, 0u);
	setenv("TERM", o->name, 1);
	for (char *const *e = o->env; e && *e; e++)
		putenv(*e);
	for (int s = 1; s < 32; s++)
		signal(s, SIG_DFL);
	execvp(o->argv[0], o->argv);
	dprintf(2, "%s: %s\n", o->argv[0], strerror(errno));
	_exit(127);
}

struct terminal *terminal_start(const struct terminal_options *o, const char **why)
{
	struct terminal *t = calloc(1, sizeof *t);
	struct winsize size = { .ws_row = (unsigned short)o->rows, .ws_col = (unsigned short)o->cols };
	if (!t || openpty(&t->master, &t->slave, NULL, NULL, &size)) {
		*why = strerror(errno);
		free(t);
		return NULL;
	}
	t->rows = o->rows;
	t->cols = o->cols;
	t->latin1 = o->latin1;
	t->shown = true;
	set_mode(t, 7, true);
	set_mode(t, 25, true);
	fcntl(t->master, F_SETFL, O_NONBLOCK);
	fcntl(t->master, F_SETFD, FD_CLOEXEC);
	fcntl(t->slave, F_SETFD, FD_CLOEXEC);
	learn_keys(t, o->name);
	t->vt = vterm_new(o->rows, o->cols);
	vterm_set_utf8(t->vt, 1);
	vterm_output_set_callback(t->vt, on_answer, t);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_reset(t->screen, 1);
	t->sent_ns = now_ns();
	t->pid = fork();
	if (t->pid == 0)
		be_command(t, o);
	t->pidfd = (int)syscall(SYS_pidfd_open, t->pid, 0);
	return t;
}

bool terminal_ended(struct terminal *t, int *status)
{
	if (!t->ended && waitpid(t->pid, &t->status, WNOHANG) == t->pid) {
		t->ended = true;
		close(t->pidfd);
		t->pidfd = -1;
	}
	*status = t->status;
	return t->ended;
}

void terminal_free(struct terminal *t)
{
	int status;
	if (!terminal_ended(t, &status)) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, &status, 0);
		close(t->pidfd);
	}
	close(t->master);
	close(t->slave);
	vterm_free(t->vt);
	free(t);
}

int terminal_fd(const struct terminal *t)
{
	return t->master;
}

int terminal_pidfd(const struct terminal *t)
{
	return t->pidfd;
}

pid_t terminal_pid(const struct terminal *t)
{
	return t->pid;
}

void terminal_tee(struct terminal *t, FILE *f)
{
	t->tee = f;
}

/* ---- from the person to the command ---- */

void terminal_send(struct terminal *t, const char *s, size_t n)
{
	char *recoded = NULL;
	if (t->latin1) { /* only what the set has is ever sent */
		recoded = malloc(n + 1);
		size_t k = 0;
		for (size_t i = 0; recoded && i < n; i++) {
			unsigned char c = (unsigned char)s[i];
			if (c < 0x80)
				recoded[k++] = (char)c;
			else if ((c & 0xFC) == 0xC0 && i + 1 < n)
				recoded[k++] = (char)((c & 3) << 6 | ((unsigned char)s[++i] & 0x3F));
		}
		s = recoded;
		n = k;
	}
	while (terminal_read(t)) /* what came before does not count */
		;
	t->bytes = t->first_ns = t->last_ns = 0;
	t->sent_ns = now_ns();
	while (n) {
		ssize_t k = write(t->master, s, n);
		if (k > 0) {
			s += k;
			n -= (size_t)k;
			continue;
		}
		struct pollfd p = { .fd = t->master, .events = POLLIN | POLLOUT };
		if (errno != EAGAIN || poll(&p, 1, 5000) <= 0)
			break;
		terminal_read(t);
	}
	free(recoded);
}

static size_t put(char *out, size_t max, const char *before, const char *s)
{
	int n = snprintf(out, max, "%s%s", before, s);
	return n > 0 && (size_t)n < max ? (size_t)n : 0;
}

size_t terminal_key(const struct terminal *t, const char *name, char *out, size_t max)
{
	const char *before = "";
	if (!strncmp(name, "M-", 2) && name[2]) {
		before = "\033";
		name += 2;
	}
	if (name[0] == '^' && name[1]) {
		out[0] = '\033';
		size_t n = *before ? 1 : 0;
		out[n] = (char)(name[1] == '?' ? 0x7F : name[1] & 0x1F);
		return n + 1;
	}
	for (size_t i = 0; i < SPECIALS; i++)
		if (!strcmp(name, specials[i].name))
			return put(out, max, before, t->keys[i]);
	long f = name[0] == 'F' && name[1] ? strtol(name + 1, NULL, 10) : 0;
	if (f >= 1 && f <= F_KEYS)
		return put(out, max, before, t->f_keys[f - 1]);
	/* a character by itself */
	size_t len = strlen(name);
	if (!len || (len > 1 && !((unsigned char)name[0] & 0x80)) || len > 4)
		return 0;
	return put(out, max, before, name);
}

void terminal_paste(struct terminal *t, const char *s)
{
	bool bracketed = false;
	for (int i = 0; i < t->n_modes; i++)
		bracketed |= t->modes[i] == 2004;
	size_t n = strlen(s), size = n + 16;
	char *all = malloc(size);
	if (!all)
		return;
	int k = snprintf(all, size, "%s%s%s", bracketed ? "\033[200~" : "", s, bracketed ? "\033[201~" : "");
	terminal_send(t, all, (size_t)k);
	free(all);
}

void terminal_resize(struct terminal *t, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	while (terminal_read(t))
		;
	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vt, rows, cols);
	t->bytes = t->first_ns = t->last_ns = 0;
	t->sent_ns = now_ns();
	ioctl(t->master, TIOCSWINSZ, &size);
}

/* ---- what is seen ---- */

void terminal_heard(const struct terminal *t, struct terminal_heard *out)
{
	uint64_t latest = t->last_ns > t->sent_ns ? t->last_ns : t->sent_ns;
	*out = (struct terminal_heard){
		.bytes = t->bytes,
		.all_bytes = t->all_bytes,
		.first_ns = t->first_ns ? t->first_ns - t->sent_ns : 0,
		.last_ns = t->last_ns ? t->last_ns - t->sent_ns : 0,
		.since_last_ns = now_ns() - latest,
	};
}

/* The state is the letter after the name, which is in parentheses and may hold anything. */
static bool is_asleep(const char *task)
{
	char path[128], line[512];
	snprintf(path, sizeof path, "%s/stat", task);
	FILE *in = fopen(path, "re");
	if (!in)
		return true; /* it ended */
	size_t n = fread(line, 1, sizeof line - 1, in);
	fclose(in);
	line[n] = '\0';
	const char *name_ends = strrchr(line, ')');
	return !name_ends || !strchr("RD", name_ends[2]);
}

bool terminal_rests(const struct terminal *t)
{
	char folder[64], task[96];
	int unread = 0;
	pid_t front = tcgetpgrp(t->master);
	if (front <= 0)
		return true;
	if (!ioctl(t->slave, FIONREAD, &unread) && unread > 0)
		return false;
	snprintf(folder, sizeof folder, "/proc/%d/task", (int)front);
	DIR *tasks = opendir(folder);
	bool rests = true;
	for (struct dirent *e; tasks && rests && (e = readdir(tasks));) {
		snprintf(task, sizeof task, "%s/%.16s", folder, e->d_name);
		rests = e->d_name[0] == '.' || is_asleep(task);
	}
	if (tasks)
		closedir(tasks);
	return rests;
}

uint64_t terminal_changes(const struct terminal *t)
{
	return t->changes;
}

void terminal_size(const struct terminal *t, int *rows, int *cols)
{
	*rows = t->rows;
	*cols = t->cols;
}

static void put_utf8(FILE *out, uint32_t c)
{
	if (c < 0x80)
		fputc((int)c, out);
	else if (c < 0x800)
		fprintf(out, "%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 0x3F)));
	else if (c < 0x10000)
		fprintf(out, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3F)), (int)(0x80 | (c & 0x3F)));
	else
		fprintf(out, "%c%c%c%c", (int)(0xF0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3F)), (int)(0x80 | (c >> 6 & 0x3F)),
			(int)(0x80 | (c & 0x3F)));
}

static bool cell_at(const struct terminal *t, int row, int col, VTermScreenCell *cell)
{
	return vterm_screen_get_cell(t->screen, (VTermPos){ .row = row, .col = col }, cell);
}

static void put_chars(FILE *out, const VTermScreenCell *cell)
{
	if (!cell->chars[0])
		fputc(' ', out);
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
		if (cell->chars[i] != UINT32_MAX)
			put_utf8(out, cell->chars[i]);
}

char *terminal_text(const struct terminal *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	for (int row = 0; row < t->rows; row++) {
		int end = t->cols;
		VTermScreenCell cell;
		while (end > 0 && cell_at(t, row, end - 1, &cell) && (!cell.chars[0] || cell.chars[0] == ' '))
			end--;
		for (int col = 0; col < end; col++)
			if (cell_at(t, row, col, &cell) && cell.chars[0] != UINT32_MAX)
				put_chars(out, &cell);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static void put_colour(FILE *out, const VTermColor *c, bool is_default)
{
	if (is_default)
		fputc('-', out);
	else if (VTERM_COLOR_IS_INDEXED(c))
		fprintf(out, "%d", c->indexed.idx);
	else
		fprintf(out, "#%02x%02x%02x", c->rgb.red, c->rgb.green, c->rgb.blue);
}

void terminal_cells(const struct terminal *t, FILE *out)
{
	for (int row = 0; row < t->rows; row++) {
		for (int col = 0; col < t->cols; col++) {
			VTermScreenCell c;
			if (!cell_at(t, row, col, &c))
				continue;
			unsigned attrs = c.attrs.bold | (unsigned)!!c.attrs.underline << 1 | (unsigned)c.attrs.italic << 2 |
				(unsigned)c.attrs.blink << 3 | (unsigned)c.attrs.reverse << 4;
			fprintf(out, "%s%x;", col ? "\t" : "", attrs);
			put_colour(out, &c.fg, VTERM_COLOR_IS_DEFAULT_FG(&c.fg));
			fputc(';', out);
			put_colour(out, &c.bg, VTERM_COLOR_IS_DEFAULT_BG(&c.bg));
			fprintf(out, ";%d;", c.width);
			if (c.chars[0] != UINT32_MAX)
				put_chars(out, &c);
		}
		fputc('\n', out);
	}
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void terminal_state(const struct terminal *t, FILE *out)
{
	VTermPos at;
	int modes[MODES_MAX];
	vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &at);
	memcpy(modes, t->modes, sizeof modes);
	qsort(modes, (size_t)t->n_modes, sizeof *modes, by_number);
	fprintf(out, "cursor %d %d %s %s bells %d modes ", at.row, at.col, t->shown ? "shown" : "hidden",
		t->alternate ? "alternate" : "main", t->bells);
	for (int i = 0; i < t->n_modes; i++)
		fprintf(out, "%s%d", i ? "," : "", modes[i]);
	if (!t->n_modes)
		fputc('-', out);
}

void terminal_stty(const struct terminal *t, FILE *out)
{
	struct termios s;
	if (tcgetattr(t->slave, &s)) {
		fputs(strerror(errno), out);
		return;
	}
	fprintf(out, "i%x o%x c%x l%x cc", s.c_iflag, s.c_oflag, s.c_cflag, s.c_lflag);
	for (int i = 0; i < NCCS; i++)
		fprintf(out, "%s%x", i ? "," : " ", s.c_cc[i]);
}
