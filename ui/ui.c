/* ui.c: the console's life and its turns. */
#include "ui/ui.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/term.h"
#include "ui/ui_own.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

static enum pane own_pane(enum role role)
{
	static const enum pane panes[ROLES] = { [R_WEB] = PANE_WEB, [R_SMS] = PANE_SMS, [R_SCRIBE] = PANE_TRANSCRIPT };
	return role == R_WEB || role == R_SMS || role == R_SCRIBE ? panes[role] : PANE_QUESTION;
}

static enum role role_named(const char *name)
{
	for (int r = 0; name && r < ROLES; r++)
		if (!strcmp(role_names[r], name))
			return (enum role)r;
	return R_NONE;
}

void ui_role_is(struct ui *ui, enum role role)
{
	if (role == ui->role && ui->views[ui_view_of(ui, ui->own)])
		return;
	ui->role = role;
	ui->own = ui->focus = own_pane(role);
	acts_who(ui->acts, ui->seat, role);
	ui->moved |= VIEW_ALL;
	ui->dirty = true;
}

static void said(void *ctx, const char *sentence, bool bad)
{
	ui_say(ctx, bad, "%s", sentence);
	if (bad)
		ui_bell(ctx);
}

static void call(void *ctx, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out)
{
	ui_call_op(ctx, op, arg, out);
}

static void know_seat(struct ui *ui)
{
	char *role = desk_get(ui->o.desk, "role"), *name = desk_get(ui->o.desk, "seat-name");
	snprintf(ui->seat, sizeof ui->seat, "%s", desk_seat(ui->o.desk));
	snprintf(ui->seat_name, sizeof ui->seat_name, "%s", ui->o.crew[0] ? ui->o.crew : name ? name : "");
	enum role r = ui->o.role != R_NONE ? ui->o.role : role_named(role);
	ui->role = R_BACKEND; /* none yet: whatever comes is another */
	ui_role_is(ui, r);
	free(role);
	free(name);
}

static void tell_problems(struct ui *ui)
{
	const char *p = ui->config->problems ? ui->config->problems : "";
	while (*p) {
		size_t n = strcspn(p, "\n");
		ui_say(ui, true, "%.*s", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

struct ui *ui_new(const struct ui_options *o, struct error *e)
{
	struct worker *worker = worker_new(o->dir, e);
	if (!worker)
		return NULL;
	struct ui *ui = xcalloc(1, sizeof *ui);
	ui->o = *o;
	ui->config = o->config;
	ui->worker = worker;
	ui->loop = xcalloc(1, sizeof *ui->loop);
	ui->loop->presence = true;
	ui->loop->place_due = ui->loop->presence_due = ui->loop->redraw_at = -1;
	ui->loop->last_at = -HELD_MS;
	ui->loop->status.viewers = -1;
	ui->over = -1;
	ui->mono = clock_mono(o->clock);
	ui->loop->keyed_at = ui->mono;
	ui->notes = notes_new();
	ui->crew = crew_new();
	ui->acts = acts_new(&(struct acts_options){ .desk = o->desk, .replica = o->replica, .link = o->link, .clock = o->clock,
		.random = o->random, .ctx = ui, .say = said, .call = call });
	int rows = o->rows, cols = o->cols;
	if (o->term)
		term_size(o->term, &rows, &cols);
	grid_init(&ui->grid, rows > 0 ? rows : 24, cols > 0 ? cols : 80);
	know_seat(ui);
	ui_place_restore(ui);
	tell_problems(ui);
	ui->loop->heard = true;
	ui->moved = VIEW_ALL;
	ui->dirty = true;
	return ui;
}

void ui_free(struct ui *ui)
{
	if (!ui)
		return;
	ui_place_save(ui);
	prompt_close(ui);
	for (int i = 0; i < VIEWS; i++)
		if (ui->views[i])
			ui->views[i]->class->free(ui->views[i]);
	worker_free(ui->worker);
	acts_free(ui->acts);
	notes_free(ui->notes);
	crew_free(ui->crew);
	grid_release(&ui->grid);
	status_release(&ui->loop->status);
	buf_release(&ui->loop->lock_typed);
	free(ui->loop->place);
	free(ui->loop);
	free(ui);
}

void ui_resize(struct ui *ui, int rows, int cols)
{
	if (rows < 1 || cols < 1 || (rows == ui->grid.rows && cols == ui->grid.cols))
		return;
	grid_resize(&ui->grid, rows, cols);
	ui->moved |= VIEW_SIZE;
	ui->dirty = true;
}

/* ---- a turn ------------------------------------------------------------------------------------------------------ */

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return fd >= 0 && poll(&p, 1, 0) > 0;
}

static bool same_link(const struct link_state *a, const struct link_state *b)
{
	return a->is == b->is && a->unsent == b->unsent && a->ready == b->ready && a->whole == b->whole && a->by_other == b->by_other &&
		a->way == b->way && a->disk_stopped == b->disk_stopped && (a->disk_left < 0) == (b->disk_left < 0) &&
		a->disk_left / DISK_STEP == b->disk_left / DISK_STEP && !strcmp(a->why, b->why);
}

static void link_moved(struct ui *ui)
{
	struct link_state was = ui->link;
	if (ui->o.link)
		ui->o.link->state(ui->o.link->ctx, &ui->link);
	if (!same_link(&was, &ui->link))
		ui->moved |= VIEW_LINK;
	if (ui->loop->said_down && ui->link.is == LINK_IS_UP) { /* nothing on the screen may be of a while ago */
		ui->loop->said_down = false;
		notes_hush(ui->notes);
		ui->dirty = true;
	}
	if (ui->link.seat[0] && strcmp(ui->link.seat, ui->seat) != 0)
		snprintf(ui->seat, sizeof ui->seat, "%s", ui->link.seat);
	if (ui->link.seat_name[0] && strcmp(ui->link.seat_name, ui->seat_name) != 0) {
		snprintf(ui->seat_name, sizeof ui->seat_name, "%s", ui->link.seat_name);
		desk_set(ui->o.desk, "seat-name", ui->seat_name, NULL);
	}
	const enum role role = role_named(ui->link.role);
	if (ui->link.role[0] && role != ui->role) {
		ui_role_is(ui, role);
		ui_place_restore(ui);
		desk_set(ui->o.desk, "role", role_names[role], NULL);
	}
	acts_who(ui->acts, ui->seat, ui->role);
}

static bool view_seen(const struct ui *ui, int id)
{
	if (id == ui->over)
		return true;
	if (id > V_PROMPTER)
		return false;
	return ui->role == R_PROMPTER ? id == V_PROMPTER : id < V_PROMPTER;
}

static void tell_views(struct ui *ui)
{
	const unsigned what = ui->moved;
	ui->moved = 0;
	for (int i = 0; i < VIEWS && what; i++)
		if (view_seen(ui, i)) {
			struct view *v = ui_view(ui, i);
			v->class->changed(v, ui, what);
		}
	if (what)
		ui->dirty = true;
}

static void sooner(int64_t *due, int64_t other)
{
	if (other >= 0 && (*due < 0 || other < *due))
		*due = other;
}

/* Views whose own time has come. */
static void wake_views(struct ui *ui)
{
	for (int i = 0; i < VIEWS; i++) {
		struct view *v = ui->views[i];
		const int64_t due = v && v->class->due && view_seen(ui, i) ? v->class->due(v, ui) : -1;
		if (due >= 0 && due <= ui->mono) {
			v->class->changed(v, ui, 0);
			ui->dirty = true;
		}
	}
}

/* Locks a seat that was left alone. */
static void lock_if_left(struct ui *ui)
{
	if (ui->loop->keyed_at && ui->config->lock_min && !ui->locked &&
		ui->mono - ui->loop->keyed_at >= (int64_t)ui->config->lock_min * 60000) {
		ui->locked = true;
		ui->loop->locked_at = ui_now(ui);
		ui->loop->presence = ui->dirty = true;
	}
}

static void send_presence(struct ui *ui)
{
	struct buf claim[2] = { BUF_INIT, BUF_INIT };
	if (!ui->loop->presence || !ui->o.link || !ui->o.link->presence)
		return;
	struct view *v[2] = { ui_view(ui, (int)ui_view_of(ui, ui->own)), ui_view(ui, (int)ui_view_of(ui, ui->focus)) };
	for (int i = 0; i < 2; i++)
		if (v[i]->class->claim && (i == 0 || v[1] != v[0]))
			v[i]->class->claim(v[i], &claim[i]);
	const struct seat *me = ui->seat[0] ? world_seat(ui_world(ui), ui->seat) : NULL;
	const struct mine mine = { .here = !ui->locked && !(me && me->away),
		.claims = (const char *const[]){ claim[0].data, claim[1].data, NULL },
		.typing = ui->loop->typing,
		.choice = ui->loop->choice,
		.unsent = acts_unsettled(ui->acts) };
	if (crew_put(ui->crew, &mine, ui->mono, &ui->loop->presence_due))
		ui->o.link->presence(ui->o.link->ctx, crew_mine(ui->crew));
	ui->loop->presence = ui->loop->presence_due >= 0;
	buf_release(&claim[0]);
	buf_release(&claim[1]);
}

static int64_t next_due(struct ui *ui, int64_t due)
{
	for (int i = 0; i < VIEWS; i++)
		if (ui->views[i] && ui->views[i]->class->due && view_seen(ui, i))
			sooner(&due, ui->views[i]->class->due(ui->views[i], ui));
	sooner(&due, acts_due(ui->acts));
	sooner(&due, ui->loop->redraw_at);
	sooner(&due, ui->loop->presence_due);
	sooner(&due, ui->loop->place_due);
	if (ui->config->lock_min && !ui->locked)
		sooner(&due, ui->loop->keyed_at + (int64_t)ui->config->lock_min * 60000);
	if (ui->dirty || ui->moved)
		sooner(&due, ui->mono);
	return due;
}

int64_t ui_turn(struct ui *ui)
{
	ui->mono = clock_mono(ui->o.clock);
	if (readable(worker_fd(ui->worker)) && worker_deliver(ui->worker))
		ui->dirty = true;
	if (ui->o.link && readable(ui->o.link->fd)) {
		ui->o.link->heard(ui->o.link->ctx);
		ui->loop->heard = true;
	}
	link_moved(ui);
	const int64_t more = ui_take(ui);
	lock_if_left(ui);
	wake_views(ui);
	tell_views(ui);
	send_presence(ui);
	if (ui->loop->place_due >= 0 && ui->mono >= ui->loop->place_due)
		ui_place_save(ui);
	if (ui->dirty || (ui->loop->redraw_at >= 0 && ui->mono >= ui->loop->redraw_at)) {
		ui->dirty = false;
		ui_draw(ui);
		ui->loop->redraw_at = status_due(ui);
		sooner(&ui->loop->redraw_at, notes_due(ui->notes, ui->mono));
		if (ui->o.term)
			term_show(ui->o.term, &ui->grid);
	}
	return next_due(ui, more);
}

bool ui_quiet(struct ui *ui)
{
	if (ui->dirty || ui->moved || ui->n_chord || ui->loop->heard || ui->loop->presence || !worker_idle(ui->worker) ||
		readable(worker_fd(ui->worker)) || (ui->o.link && readable(ui->o.link->fd)))
		return false;
	if (ui->link.is == LINK_IS_UP && acts_unsettled(ui->acts))
		return false;
	for (int i = 0; i < VIEWS; i++)
		if (ui->views[i] && view_seen(ui, i) && ui->views[i]->class->settled &&
			!ui->views[i]->class->settled(ui->views[i], ui))
			return false;
	return true;
}

/* ---- a real terminal --------------------------------------------------------------------------------------------- */

enum { DRAIN_MAX = 256, HALF_KEY_MS = 25 };

/* All keys that wait; what a paste carries lives until the next key is read, so it ends a batch. True: half of one is there. */
static bool drain(struct ui *ui)
{
	struct key batch[DRAIN_MAX];
	size_t n = 0;
	bool half = false;
	while (n < DRAIN_MAX && !ui->quit) {
		struct key k = { 0 };
		half = false;
		if (!term_key(ui->o.term, &k, &half))
			break;
		if (k.code == UK_RESIZE) {
			int rows, cols;
			term_size(ui->o.term, &rows, &cols);
			ui_resize(ui, rows, cols);
			continue;
		}
		batch[n++] = k;
		if (k.code == UK_PASTE) {
			ui_burst(ui, batch, n);
			n = 0;
		}
	}
	ui_burst(ui, batch, n);
	return half;
}

static int until(const struct ui *ui, int64_t due, bool half)
{
	int64_t ms = due < 0 ? -1 : due - clock_mono(ui->o.clock);
	if (due >= 0 && ms < 0)
		ms = 0;
	if (half && (ms < 0 || ms > HALF_KEY_MS))
		ms = HALF_KEY_MS;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

int ui_run(struct ui *ui)
{
	bool half = false;
	int64_t due = ui_turn(ui);
	while (!ui->quit) {
		struct pollfd p[3] = { { .fd = term_fd(ui->o.term), .events = POLLIN },
			{ .fd = worker_fd(ui->worker), .events = POLLIN },
			{ .fd = ui->o.link ? ui->o.link->fd : -1, .events = POLLIN } };
		const int n = poll(p, 3, until(ui, due, half));
		if (n < 0 && errno != EINTR)
			return 1;
		if (n > 0 && (p[0].revents & (POLLHUP | POLLERR)) && !(p[0].revents & POLLIN))
			return 1; /* the terminal went away */
		half = drain(ui);
		due = ui_turn(ui);
	}
	return 0;
}
