/* status.c: head line, band and foot line. Words are gathered into buffers, and dropped by their weight where it is narrow. */
#include "ui/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

/* ---- what the backend says of itself ----------------------------------------------------------------------------- */

void status_release(struct status *s)
{
	free(s->json);
	s->json = NULL;
}

static int64_t number(const struct json *j, const char *name)
{
	int64_t n = 0;
	json_int(j, name, &n);
	return n;
}

static void read_room(struct status *s, const struct json *j)
{
	struct room_state *r = &s->room[s->rooms++];
	const char *slug = json_text(j, "room"), *name = json_text(j, "name");
	*r = (struct room_state){ .viewers = number(j, "viewers"), .sent = number(j, "sent"),
		.delivered = number(j, "delivered"), .quiet_ms = number(j, "last_ago_ms") };
	snprintf(r->slug, sizeof r->slug, "%s", slug ? slug : "");
	snprintf(r->name, sizeof r->name, "%s", name && *name ? name : r->slug);
}

/* A room is stuck when two readings in a row show it behind at the same number: between them it had time enough. */
static void watch_room(struct status *s, size_t i, const struct room_state *was, int64_t mono)
{
	struct room_state *r = &s->room[i];
	const bool behind = r->viewers && r->sent < s->broadcast;
	const bool same = !strcmp(was->slug, r->slug) && was->stuck_since && was->sent == r->sent;
	r->stuck_since = !behind ? 0 : same ? was->stuck_since : mono;
}

/* What the screen shows of it. */
static bool same_status(const struct status *a, const struct status *b)
{
	if (a->known != b->known || a->viewers != b->viewers || a->rooms != b->rooms || strcmp(a->trouble, b->trouble) != 0)
		return false;
	for (size_t i = 0; i < a->rooms; i++) {
		const struct room_state *x = &a->room[i], *y = &b->room[i];
		if (strcmp(x->name, y->name) != 0 || x->viewers != y->viewers || x->sent != y->sent ||
			x->delivered != y->delivered || (x->quiet_ms > ROOM_QUIET_MS) != (y->quiet_ms > ROOM_QUIET_MS) ||
			x->stuck_since || y->stuck_since)
			return false;
	}
	return a->broadcast == b->broadcast && a->people == b->people && a->people_aired == b->people_aired;
}

bool status_take(struct status *s, const char *json, int64_t mono)
{
	if (!json || (s->json && !strcmp(s->json, json)))
		return false;
	struct json *j = json_parse(json, strlen(json), NULL);
	if (!j)
		return false;
	free(s->json);
	s->json = xstrdup(json);
	const struct status was = *s;
	const struct json *rooms = json_get(j, "rooms");
	const char *trouble = json_text(j, "trouble");
	s->known = true;
	s->viewers = number(j, "viewers");
	s->broadcast = number(j, "broadcast");
	s->messages = number(j, "messages");
	s->people = number(j, "people");
	s->people_aired = number(j, "people_aired");
	snprintf(s->trouble, sizeof s->trouble, "%s", trouble ? trouble : "");
	s->rooms = 0;
	for (size_t i = 0; i < json_length(rooms) && s->rooms < ROOMS_MAX; i++)
		read_room(s, json_at(rooms, i));
	for (size_t i = 0; i < s->rooms; i++)
		watch_room(s, i, &was.room[i], mono);
	json_free(j);
	return !same_status(&was, s);
}

struct alerts {
	const struct world *w;
	struct status *s;
};

static bool find_alert(void *arg, const struct record *r)
{
	struct alerts *l = arg;
	const struct act *a = (const void *)r;
	if (r->gone || a->undone || strcmp(a->op, "alert") != 0 || strncmp(a->subject, "message:", 8) != 0)
		return true;
	const struct message *m = (const void *)world_get(l->w, K_MESSAGE, a->subject + 8);
	if (m && m->alert) {
		snprintf(l->s->alert, sizeof l->s->alert, "%s", a->subject);
		snprintf(l->s->alert_note, sizeof l->s->alert_note, "%.*s", (int)text_fit(m->hold_why, 60), m->hold_why);
	}
	return true;
}

static bool find_producer(void *arg, const struct record *r)
{
	const struct seat *s = (const void *)r;
	*(bool *)arg = *(bool *)arg || (!r->gone && (s->role == R_PRODUCER || s->role == R_ADVISER));
	return true;
}

/* Producer and adviser hear of someone in danger; without them, the host. */
void status_world(struct ui *ui, struct status *s)
{
	struct alerts l = { .w = ui_world(ui), .s = s };
	bool others = false;
	s->alert[0] = s->alert_note[0] = '\0';
	world_each(l.w, K_SEAT, find_producer, &others);
	if (ui->role == R_PRODUCER || ui->role == R_ADVISER || (ui->role == R_HOST && !others))
		world_each(l.w, K_ACT, find_alert, &l);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

const char *role_word(enum role r)
{
	static const char *const words[ROLES] = { [R_WEB] = N_("Web"), [R_SMS] = N_("SMS"), [R_HOST] = N_("Host"),
		[R_SCRIBE] = N_("Scribe"), [R_PRODUCER] = N_("Producer"), [R_ADVISER] = N_("Adviser"),
		[R_OBSERVER] = N_("Observer"), [R_PROMPTER] = N_("Prompter"), [R_BACKEND] = N_("Backend") };
	return words[r] ? _(words[r]) : "";
}

const char *state_word(const struct event *ev)
{
	static const char *const words[EV_STATES] = { [EV_PREPARING] = N_("preparing"), [EV_COLLECTING] = N_("collecting"),
		[EV_OPEN] = N_("LIVE"), [EV_INTERRUPTED] = N_("INTERRUPTED"), [EV_ENDED] = N_("ended"), [EV_SEALED] = N_("sealed") };
	return ev->ending && ev->state == EV_OPEN ? _("ending") : _(words[ev->state]);
}

void status_role(const struct ui *ui, struct buf *out)
{
	const char *role = role_word(ui->role);
	if (*role && ui->seat_name[0] && strcmp(role, ui->seat_name) != 0)
		buf_addf(out, "%s: %s", role, ui->seat_name);
	else
		buf_adds(out, *role ? role : ui->seat_name[0] ? ui->seat_name : _("connecting"));
}

static void kept(struct ui *ui, struct buf *out)
{
	const int64_t n = acts_unsettled(ui->acts);
	if (n)
		buf_addf(out, P_(", %lld kept here", ", %lld kept here", n), (long long)n);
}

bool status_link(struct ui *ui, struct buf *out)
{
	const struct link_state *l = &ui->link;
	const int64_t unsent = acts_unsettled(ui->acts);
	char since[9];
	time_of_day(l->since, since);
	if (l->is == LINK_IS_REFUSED) {
		buf_adds(out, _("refused"));
		kept(ui, out);
		return false;
	}
	if (l->is == LINK_IS_DOWN) {
		buf_addf(out, _("offline since %s"), since);
		kept(ui, out);
		return false;
	}
	if (l->by_other) {
		buf_adds(out, _("carried by another window"));
		kept(ui, out);
		return true;
	}
	if (l->is == LINK_IS_TRYING) {
		buf_adds(out, _("connecting"));
		kept(ui, out);
		return true;
	}
	if (!l->ready)
		buf_adds(out, _("loading"));
	else if (unsent)
		buf_addf(out, _("sending %lld"), (long long)unsent);
	else if (!l->whole)
		buf_adds(out, _("loading the rest"));
	else if (l->lag_ms >= 0)
		buf_addf(out, _("synced %lld.%lld s"), (long long)(l->lag_ms / 1000), (long long)(l->lag_ms % 1000 / 100));
	else
		buf_adds(out, _("synced"));
	status_way(ui, ", ", out);
	return l->way <= 1;
}

void status_way(struct ui *ui, const char *before, struct buf *out)
{
	static const char *const words[] = { "", N_("first address"), N_("second address"), N_("third address") };
	const struct link_state *l = &ui->link;
	if (l->ways < 2 || l->way < 1)
		return;
	buf_adds(out, before);
	if (l->way < (int)COUNT_OF(words))
		buf_adds(out, _(words[l->way]));
	else
		buf_addf(out, _("address %d"), l->way);
}

/* ---- the head line ----------------------------------------------------------------------------------------------- */

static void add_clock(struct buf *b, int64_t ms)
{
	const long long minutes = ms > 0 ? ms / 60000 : 0;
	buf_addf(b, "%lld:%02lld", minutes / 60, minutes % 60);
}

static int64_t open_ms(struct ui *ui, const struct event *ev)
{
	const bool runs = ev && (ev->state == EV_OPEN || ev->state == EV_INTERRUPTED) && ev->opened_at;
	return runs ? ui_now(ui) - ev->opened_at : -1;
}

static void state_words(struct ui *ui, const struct event *ev, struct buf *b)
{
	buf_addf(b, "%s %s", ui_sign(SIGN_AIR), state_word(ev));
	const int64_t ms = open_ms(ui, ev);
	if (ms >= 0) {
		buf_addc(b, ' ');
		add_clock(b, ms);
	}
}

enum { PIECES = 5 };

static int put_right(struct ui *ui, struct area a, const struct buf piece[PIECES], const enum ui_role role[PIECES], int left)
{
	int end = a.cols - 1;
	for (int i = PIECES - 1; i >= 0; i--) {
		const int need = (int)text_width(piece[i].data);
		if (!need || end - need < left + 2)
			continue;
		grid_right(&ui->grid, a, 0, end, need, role[i], piece[i].data);
		end -= need + 3;
	}
	return end;
}

void status_head(struct ui *ui, struct area a)
{
	const struct event *ev = world_event(ui_world(ui));
	struct buf piece[PIECES] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT }, who = BUF_INIT;
	enum ui_role role[PIECES] = { UI_STATUS, UI_STATUS, UI_STATUS, UI_STATUS, UI_STATUS };
	grid_fill(&ui->grid, a, 0, 0, a.cols, UI_STATUS, " ");
	status_role(ui, &who);
	int col = grid_text(&ui->grid, a, 0, 0, a.cols, UI_STRONG, "Régie") + 2;
	col += grid_cut(&ui->grid, a, 0, col, a.cols / 2 - col, UI_STATUS, who.data);
	if (ev) {
		state_words(ui, ev, &piece[0]);
		role[0] = ev->state == EV_OPEN ? UI_AIR : UI_STATUS;
		if (ev->plan_questions)
			buf_addf(&piece[1], "Q %lld/%lld", (long long)ev->aired, (long long)ev->plan_questions);
		else
			buf_addf(&piece[1], "Q %lld", (long long)ev->aired);
	}
	if (ui->loop->status.viewers >= 0 && a.cols >= 96) {
		add_number(&piece[2], ui->loop->status.viewers);
		buf_addf(&piece[2], " %s", P_("viewer", "viewers", ui->loop->status.viewers));
	}
	role[4] = status_link(ui, &piece[4]) ? UI_STATUS : UI_WARN;
	const int end = put_right(ui, a, piece, role, col);
	if (ev && end - col > 12)
		grid_cut(&ui->grid, a, 0, col + 3, end - col - 3, UI_DIM, ev->title);
	for (int i = 0; i < PIECES; i++)
		buf_release(&piece[i]);
	buf_release(&who);
}

/* ---- the band ---------------------------------------------------------------------------------------------------- */

static void join(struct buf *b)
{
	if (b->len)
		buf_adds(b, "   ");
}

static void band_link(struct ui *ui, struct buf *b)
{
	const struct link_state *l = &ui->link;
	if (l->is == LINK_IS_UP || l->is == LINK_IS_TRYING)
		return;
	if (l->is == LINK_IS_DOWN && ui_now(ui) - l->clock_offset_ms - l->since < LINK_DOWN_MS)
		return;
	char since[9];
	join(b);
	time_of_day(l->since, since);
	if (l->is == LINK_IS_REFUSED) {
		char *why = intl_said(l->why);
		buf_addf(b, _("REFUSED: %s"), why);
		free(why);
	} else {
		buf_addf(b, _("NO LINK since %s"), since);
	}
	kept(ui, b);
}

/* A long time before it is full: who can free some hears of it at once. */
static void band_disk(struct ui *ui, struct buf *b)
{
	const struct link_state *l = &ui->link;
	const double left = (double)l->disk_left / (1 << 20);
	if (l->disk_stopped) {
		join(b);
		buf_adds(b, _("THE BACKEND'S DISK IS FULL: nothing is taken from the public; seats and scribe go on"));
	} else if (l->disk_left > 0) {
		join(b);
		if (left >= 1024)
			buf_addf(b, _("DISK NEARLY FULL: the backend has %lld.%lld GB left"), (long long)(left / 1024), (long long)(left * 10 / 1024) % 10);
		else
			buf_addf(b, _("DISK NEARLY FULL: the backend has %lld MB left"), (long long)left);
	}
}

/* Who put the card up, and what takes it down. */
struct cards {
	const struct act *newest;
	int64_t n;
};

static bool see_card(void *arg, const struct record *r)
{
	struct cards *c = arg;
	const struct act *a = (const void *)r;
	int64_t n = 0;
	if (!r->gone && !strncmp(a->op, "interrupt", 9) && id_number(r->id, &n) && n >= c->n)
		*c = (struct cards){ a, n };
	return true;
}

static void band_card(struct ui *ui, const struct event *ev, struct buf *b)
{
	struct cards c = { 0 };
	char at[9];
	if (!ev || ev->state != EV_INTERRUPTED)
		return;
	world_each(ui_world(ui), K_ACT, see_card, &c);
	time_of_day(ev->interrupted_at, at);
	join(b);
	if (c.newest && !strcmp(c.newest->seat, "0"))
		buf_addf(b, _("INTERRUPTED since %s by itself, neither host nor scribe was heard"), at);
	else if (c.newest)
		buf_addf(b, _("INTERRUPTED since %s by %s"), at, ui_name_of(ui, c.newest->seat));
	else
		buf_addf(b, _("INTERRUPTED since %s"), at);
	buf_adds(b, ev->interruption == IN_EDITORIAL ? _(": what was published is reviewed") : _(": the rooms see the card"));
	buf_adds(b, op_allowed(ui_world(ui), op_by_name("resume"), ui->role) ? _("; :resume takes it down")
									     : _("; the host takes it down"));
}

static bool live(const struct event *ev)
{
	return ev && ev->state == EV_OPEN;
}

/* Rooms that had viewers and have none, or whose viewers take nothing or are behind. */
static void band_rooms(struct ui *ui, const struct event *ev, struct buf *b)
{
	const struct status *s = &ui->loop->status;
	struct buf names = BUF_INIT;
	size_t bad = 0;
	for (size_t i = 0; live(ev) && s->known && i < s->rooms; i++) {
		const struct room_state *r = &s->room[i];
		const bool left = !r->viewers && r->sent > 0;
		const bool stuck = r->stuck_since && ui->mono - r->stuck_since >= ROOM_STUCK_MS;
		const bool behind = stuck || (r->viewers && r->quiet_ms > ROOM_QUIET_MS);
		if ((left || behind) && ++bad <= 3)
			buf_addf(&names, "%s%s", names.len ? ", " : "", r->name);
	}
	if (bad) {
		join(b);
		buf_addf(b, P_("%lld ROOM RECEIVES NOTHING: %s", "%lld ROOMS RECEIVE NOTHING: %s", bad), (long long)bad, names.data);
		buf_adds(b, bad > 3 ? ui_sign(SIGN_MORE) : "");
	}
	buf_release(&names);
}

struct scribes {
	const struct ui *ui;
	bool any, here, away;
};

static bool see_scribe(void *arg, const struct record *r)
{
	struct scribes *s = arg;
	const struct seat *x = (const void *)r;
	if (r->gone || x->role != R_SCRIBE)
		return true;
	const struct mate *m = crew_mate(s->ui->crew, r->id);
	s->any = true;
	s->away = s->away || x->away;
	s->here = s->here || (!x->away && (!strcmp(r->id, s->ui->seat) || (m && m->here)));
	return true;
}

/* When the last scribe left, as far as presence tells; nothing is concluded while the link is down. */
static void watch_scribe(struct ui *ui, const struct event *ev, bool *away)
{
	struct scribes s = { .ui = ui };
	struct status *st = &ui->loop->status;
	*away = false;
	if (live(ev))
		world_each(ui_world(ui), K_SEAT, see_scribe, &s);
	if (!s.any || s.here || !crew_known(ui->crew) || ui->link.is != LINK_IS_UP)
		st->no_scribe = 0;
	else if (!st->no_scribe)
		st->no_scribe = ui->mono;
	*away = s.any && !s.here && s.away;
}

static void band_scribe(struct ui *ui, const struct event *ev, struct buf *b)
{
	bool away;
	watch_scribe(ui, ev, &away);
	const int64_t since = ui->loop->status.no_scribe;
	if (!away && !(since && ui->mono - since >= SCRIBE_MS))
		return;
	join(b);
	buf_adds(b, away ? _("THE SCRIBE IS AWAY") : _("NO SCRIBE IS HERE"));
}

bool status_band(struct ui *ui, struct buf *out)
{
	const struct status *s = &ui->loop->status;
	const struct event *ev = world_event(ui_world(ui));
	if (s->alert[0]) {
		buf_addf(out, _("SOMEONE IN DANGER: m%s"), s->alert + 8);
		buf_addf(out, "%s%s", *s->alert_note ? " " : "", s->alert_note);
	}
	band_link(ui, out);
	if (s->known && s->trouble[0]) {
		char *trouble = intl_said(s->trouble);
		join(out);
		buf_addf(out, _("BACKEND: %s"), trouble);
		free(trouble);
	}
	band_card(ui, ev, out);
	band_disk(ui, out);
	band_rooms(ui, ev, out);
	band_scribe(ui, ev, out);
	if (ui->loop->away_at) {
		join(out);
		buf_adds(out, _("YOU ARE AWAY"));
	}
	if (ev && ev->rehearsal) {
		join(out);
		buf_adds(out, _("REHEARSAL"));
	}
	return out->len > 0;
}

int64_t status_due(struct ui *ui)
{
	int64_t due = -1;
	const struct event *ev = world_event(ui_world(ui));
	const int64_t ms = open_ms(ui, ev);
	if (ms >= 0 && ev->state == EV_OPEN && ui->role != R_PROMPTER)
		due = ui->mono + 60000 - (ms > 0 ? ms % 60000 : 0);
	const int64_t down = ui_now(ui) - ui->link.clock_offset_ms - ui->link.since;
	if (ui->link.is == LINK_IS_DOWN && down < LINK_DOWN_MS && (due < 0 || ui->mono + LINK_DOWN_MS - down < due))
		due = ui->mono + LINK_DOWN_MS - down;
	const int64_t scribe = ui->loop->status.no_scribe + SCRIBE_MS;
	if (ui->loop->status.no_scribe && scribe > ui->mono && (due < 0 || scribe < due))
		due = scribe;
	return due;
}

/* ---- the foot line ----------------------------------------------------------------------------------------------- */

struct foot {
	struct ui *ui;
	struct area a;
	int col, end;
	const struct action *seen[64];
	size_t n;
	bool full, first; /* first: only those that come before all others */
};

static bool foot_one(void *arg, const struct binding *b)
{
	struct foot *f = arg;
	struct buf key = BUF_INIT;
	if (!b->action || !b->action->foot || f->full)
		return !f->full;
	if (key_is_text(&b->keys[0]) && ui_typed(f->ui)) /* a letter is text now */
		return true;
	if (f->first && !(b->action->flags & ACT_FIRST))
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (f->seen[i] == b->action)
			return true;
	if (f->n < COUNT_OF(f->seen))
		f->seen[f->n++] = b->action;
	if (b->action->can && !b->action->can(ui_focused(f->ui), f->ui))
		return true;
	for (int i = 0; i < b->n; i++) {
		buf_adds(&key, i ? " " : "");
		key_show(&b->keys[i], &key);
	}
	const char *word = _(b->action->foot);
	const int need = (int)(text_width(key.data) + text_width(word)) + 1;
	f->full = f->col + need > f->end;
	if (!f->full) {
		f->col += grid_text(&f->ui->grid, f->a, 0, f->col, f->end - f->col, UI_KEY, key.data) + 1;
		f->col += grid_text(&f->ui->grid, f->a, 0, f->col, f->end - f->col, UI_FOOT, word) + 2;
	}
	buf_release(&key);
	return !f->full;
}

/* While something is armed, the key that does it stands first. */
static void foot_armed(struct foot *f)
{
	struct buf key = BUF_INIT;
	ui_key_for(f->ui, "fire", &key);
	f->col += grid_text(&f->ui->grid, f->a, 0, f->col, f->end - f->col, UI_KEY, key.data) + 1;
	f->col += grid_text(&f->ui->grid, f->a, 0, f->col, f->end - f->col, UI_WARN, _("do it")) + 2;
	f->seen[f->n++] = action_find("global", "fire");
	buf_release(&key);
}

void status_foot(struct ui *ui, struct area a)
{
	const char *contexts[8];
	struct buf key = BUF_INIT;
	struct foot f = { .ui = ui, .a = a, .col = 1, .end = a.cols - 1 };
	ui_key_for(ui, "help", &key);
	if (key.len) {
		const int need = (int)(text_width(key.data) + text_width(_("help"))) + 1;
		const int at = a.cols - 1 - need;
		if (at > 0) {
			grid_text(&ui->grid, a, 0, at, need, UI_KEY, key.data);
			grid_text(&ui->grid, a, 0, at + (int)text_width(key.data) + 1, need, UI_FOOT, _("help"));
			f.end = at - 2;
		}
	}
	f.seen[f.n++] = action_find("global", "help");
	ui_contexts(ui, contexts);
	if (acts_armed(ui->acts))
		foot_armed(&f);
	for (int pass = 0; pass < 2; pass++) {
		f.first = pass == 0;
		for (int i = 0; contexts[i] && !f.full; i++)
			keymap_each(ui->config->keys, contexts[i], foot_one, &f);
	}
	buf_release(&key);
}
