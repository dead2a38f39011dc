#include "tests/unit/ui_seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "tests/unit/memory_link.h"

static int64_t utc(void *ctx)
{
	return ((struct ui_seat *)ctx)->room->now;
}
static int64_t mono(void *ctx)
{
	return ((struct ui_seat *)ctx)->mono;
}

static void state(void *ctx, struct link_state *out)
{
	*out = ((struct ui_seat *)ctx)->link_now;
}
static void heard(void *ctx)
{
	(void)ctx;
}
static void wake(void *ctx)
{
	((struct ui_seat *)ctx)->woken++;
}
static void presence(void *ctx, const char *json)
{
	struct ui_seat *s = ctx;
	free(s->presence);
	s->presence = xstrdup(json);
	s->shown++;
}
static char *others(void *ctx)
{
	const char *json = ((struct ui_seat *)ctx)->others;
	return json ? xstrdup(json) : NULL;
}
static char *status(void *ctx)
{
	const char *json = ((struct ui_seat *)ctx)->status;
	return json ? xstrdup(json) : NULL;
}

void seat_pull(struct ui_seat *s)
{
	link_pull(s->room, s->writer, s->seat);
	s->mono += 200; /* the console looks ten times a second */
}

void seat_carry(struct ui_seat *s)
{
	link_carry(s->room, s->desk, s->seat);
	s->mono += 200;
}

static bool named(void *arg, const struct record *r)
{
	const char **want = arg;
	if (strcmp(((const struct seat *)r)->name, want[0]) != 0)
		return true;
	want[1] = r->id;
	return false;
}

void seat_do(struct ui_seat *s, const char *name, const char *line)
{
	const char *want[2] = { name, NULL };
	struct error e = { 0 };
	memory_world_each(s->room->records, K_SEAT, named, want);
	assert_non_null(want[1]);
	if (memory_room_do(s->room, want[1], line, &e) != ERR_NONE)
		fail_msg("%s: %s: %s", name, line, e.text);
}

static void open_ui(struct ui_seat *s, int rows, int cols)
{
	struct error e = { 0 };
	s->ui = ui_new(&(struct ui_options){ .dir = s->dir, .desk = s->desk, .replica = s->replica, .link = &s->link,
			       .clock = &s->clock, .random = &s->room->random, .config = &s->config, .rows = rows, .cols = cols,
			       .role = s->role },
		&e);
	if (!s->ui)
		fail_msg("%s", e.text);
}

void seat_start(struct ui_seat *s, enum role role, int rows, int cols)
{
	static const struct { const char *name; enum role role; } crew[] = { { "Paul", R_HOST }, { "Claire", R_SMS },
		{ "Anne", R_SCRIBE }, { "Marc", R_WEB }, { "Nora", R_PRODUCER } };
	const char *tmp = getenv("TMPDIR");
	struct error e = { 0 };
	*s = (struct ui_seat){ .mono = 1000000, .role = role };
	snprintf(s->dir, sizeof s->dir, "%s/seat-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(s->dir));
	s->room = memory_room_new(3);
	s->clock = (struct clock){ .now_ms = utc, .mono_ms = mono, .ctx = s };
	s->link = (struct link){ .ctx = s, .fd = -1, .heard = heard, .state = state, .wake = wake, .presence = presence,
		.others = others, .status = status };
	for (size_t i = 0; i < COUNT_OF(crew); i++) {
		const char *id = memory_room_seat(s->room, crew[i].name, crew[i].role);
		if (crew[i].role == role) {
			snprintf(s->seat, sizeof s->seat, "%s", id);
			s->link_now = (struct link_state){ .is = LINK_IS_UP, .lag_ms = 200, .ready = true, .whole = true, .caught_up = true };
			snprintf(s->link_now.seat, sizeof s->link_now.seat, "%s", id);
			snprintf(s->link_now.seat_name, sizeof s->link_now.seat_name, "%s", crew[i].name);
			snprintf(s->link_now.role, sizeof s->link_now.role, "%s", role_names[role]);
		}
	}
	config_init(&s->config);
	s->writer = replica_open(&(struct replica_options){ .dir = s->dir }, &e);
	s->replica = s->writer ? replica_open(&(struct replica_options){ .dir = s->dir, .read_only = true }, &e) : NULL;
	s->desk = desk_open(&(struct desk_options){ .dir = s->dir, .clock = &s->clock, .random = &s->room->random }, &e);
	if (!s->replica || !s->desk || !desk_bind(s->desk, "ev", s->seat, &e))
		fail_msg("%s", e.text);
	seat_pull(s);
	open_ui(s, rows, cols);
}

void seat_again(struct ui_seat *s)
{
	const int rows = s->ui->grid.rows, cols = s->ui->grid.cols;
	ui_free(s->ui);
	open_ui(s, rows, cols);
}

void seat_stop(struct ui_seat *s)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "sender.lock", "replica.db",
		"replica.db-wal", "replica.db-shm" };
	ui_free(s->ui);
	config_release(&s->config);
	desk_close(s->desk);
	replica_close(s->replica);
	replica_close(s->writer);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(s->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(s->dir);
	memory_room_free(s->room);
	free(s->presence);
}

void seat_settle(struct ui_seat *s)
{
	for (int i = 0; i < 400; i++) {
		const int64_t due = ui_turn(s->ui);
		if (ui_quiet(s->ui) && !s->ui->dirty && (due < 0 || due > s->mono + 1000))
			return;
		if (due > s->mono && due <= s->mono + 1000)
			s->mono = due;
		else
			s->mono += 10;
		for (int slot = 0; slot < WORKER_SLOTS; slot++)
			worker_wait(s->ui->worker, (enum worker_slot)slot, 1000);
	}
}

void seat_keys(struct ui_seat *s, const char *names)
{
	struct buf script = BUF_INIT, out = BUF_INIT;
	struct error e = { 0 };
	buf_addf(&script, "keys %s\n", names);
	if (!ui_script(s->ui, script.data, &out, &e))
		fail_msg("%s", e.text);
	buf_release(&script);
	buf_release(&out);
}

void seat_type(struct ui_seat *s, const char *text)
{
	struct buf script = BUF_INIT, out = BUF_INIT;
	struct error e = { 0 };
	buf_addf(&script, "type %s\n", text);
	if (!ui_script(s->ui, script.data, &out, &e))
		fail_msg("%s", e.text);
	buf_release(&script);
	buf_release(&out);
}

char *seat_screen(struct ui_seat *s)
{
	struct buf b = BUF_INIT;
	ui_turn(s->ui);
	grid_dump(&s->ui->grid, false, &b);
	return buf_detach(&b);
}

bool seat_shows(struct ui_seat *s, const char *text)
{
	char *screen = seat_screen(s);
	const bool found = strstr(screen, text) != NULL;
	free(screen);
	return found;
}

void seat_grid_holds(const struct ui_seat *s)
{
	const struct grid *g = &s->ui->grid;
	for (int r = 0; r < g->rows; r++)
		for (int c = 0; c < g->cols; c++) {
			const struct cell *x = &g->cells[r * g->cols + c];
			if (x->role >= UI_ROLE_COUNT || (x->wide == 0 && (c == 0 || x[-1].wide != 2 || x->text[0])) || x->wide > 2 ||
				(x->wide && (!x->text[0] || !text_is_utf8(x->text, strlen(x->text)) ||
						    text_width(x->text) != x->wide)) ||
				(x->wide == 2 && (c + 1 == g->cols || x[1].wide != 0)))
				fail_msg("cell %d,%d \"%s\" wide %d is broken", r, c, x->text, x->wide);
		}
	assert_in_range(g->cursor_row + 1, 0, g->rows);
	assert_in_range(g->cursor_col, 0, g->cols > 0 ? g->cols - 1 : 0);
}
