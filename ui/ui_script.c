/* ui_script.c: keys from a text, screens to a text. Waits for what it names, never for a time. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/ui_own.h"

enum { WAIT_MS = 15000, STEP_MS = 20, KEY_STEP_MS = 1000 };

static void strike(struct ui *ui, const struct key *k)
{
	ui->loop->skew += KEY_STEP_MS; /* no finger rests on it */
	ui_key(ui, k);
	ui_turn(ui);
}

static bool strike_names(struct ui *ui, const char *names, struct error *e)
{
	while (*(names += strspn(names, " "))) {
		char one[40];
		struct key k = { 0 };
		const size_t n = strcspn(names, " ");
		snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one - 1), names);
		if (!key_parse(one, &k))
			return error_set(e, ERR_FORMAT, "there is no key \"%s\"", one);
		strike(ui, &k);
		names += n;
	}
	return true;
}

static void type(struct ui *ui, const char *s)
{
	size_t n = strlen(s);
	while (n > 0) {
		struct key k = { 0 };
		bool bad = false;
		const size_t took = utf8_next(s, n, &k.code, &bad);
		strike(ui, &k);
		s += took;
		n -= took;
	}
}

static bool shows(struct ui *ui, const char *text)
{
	struct buf b = BUF_INIT;
	grid_dump(&ui->grid, false, &b);
	const bool found = strstr(b.data, text) != NULL;
	buf_release(&b);
	return found;
}

/* Until the screen shows `text`, or (NULL) nothing is pending. */
static bool wait_for(struct ui *ui, const char *text, struct error *e)
{
	const int64_t end = clock_mono(ui->o.clock) + WAIT_MS;
	for (;;) {
		int64_t due = ui_turn(ui);
		if (text ? shows(ui, text) : ui_quiet(ui))
			return true;
		const int64_t now = clock_mono(ui->o.clock);
		if (now >= end)
			return error_set(e, ERR_BUSY, text ? "\"%s\" was not shown within %d s" : "%s did not get quiet within %d s",
				text ? text : "it", WAIT_MS / 1000);
		struct pollfd p[2] = { { .fd = ui->o.link ? ui->o.link->fd : -1, .events = POLLIN },
			{ .fd = worker_fd(ui->worker), .events = POLLIN } };
		int64_t ms = due < 0 || due - now > STEP_MS ? STEP_MS : due - now;
		poll(p, 2, ms > 0 ? (int)ms : 0);
	}
}

static bool screen(struct ui *ui, const char *name, struct buf *out, struct error *e)
{
	const size_t n = strlen(name);
	const bool roles = n > 6 && !strcmp(name + n - 6, " roles");
	(void)e;
	ui_turn(ui);
	buf_addf(out, "---- %s, %dx%d\n", name, ui->grid.cols, ui->grid.rows);
	grid_dump(&ui->grid, roles, out);
	return true;
}

static bool resize(struct ui *ui, const char *size, struct error *e)
{
	int cols = 0, rows = 0;
	char end;
	if (sscanf(size, "%4dx%4d%c", &cols, &rows, &end) != 2 || cols < 1 || rows < 1)
		return error_set(e, ERR_FORMAT, "size wants COLSxROWS, such as 120x36");
	ui_resize(ui, rows, cols);
	ui_turn(ui);
	return true;
}

static bool play(struct ui *ui, const char *word, const char *rest, struct buf *out, struct error *e)
{
	if (!strcmp(word, "keys"))
		return strike_names(ui, rest, e);
	if (!strcmp(word, "type"))
		return type(ui, rest), true;
	if (!strcmp(word, "paste")) {
		strike(ui, &(struct key){ .code = UK_PASTE, .paste = rest });
		return true;
	}
	if (!strcmp(word, "wait"))
		return wait_for(ui, rest, e);
	if (!strcmp(word, "until") && !strcmp(rest, "quiet"))
		return wait_for(ui, NULL, e);
	if (!strcmp(word, "size"))
		return resize(ui, rest, e);
	if (!strcmp(word, "screen"))
		return screen(ui, rest, out, e);
	return error_set(e, ERR_FORMAT, "\"%s\" is no line of a script: keys, type, paste, wait, until quiet, size, screen", word);
}

bool ui_script(struct ui *ui, const char *script, struct buf *out, struct error *e)
{
	bool good = true;
	ui_turn(ui);
	for (int line = 1; *script && good && !ui->quit; line++) {
		const size_t n = strcspn(script, "\n");
		char *own = xstrndup(script, n), word[16];
		const size_t w = strcspn(own, " ");
		snprintf(word, sizeof word, "%.*s", (int)(w < sizeof word ? w : sizeof word - 1), own);
		if (*own && *own != '#')
			good = play(ui, word, own + w + (own[w] == ' '), out, e) || error_context(e, "line %d", line);
		free(own);
		script += n + (script[n] == '\n');
	}
	return good;
}
