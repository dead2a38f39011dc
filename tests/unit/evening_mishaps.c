/* evening_mishaps.c: what befalls machines and links in a turn, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/evening_own.h"

/* Silence longer than SILENCE_MS, in leaps shorter than SILENCE_DEAF_MS. */
enum { HUSH_TURN_MS = 3000, HUSH_TURNS = 14, HUSH_SLACK_MS = 2000 /* the backend looks each second */ };

/* ---- what befalls them ----------------------------------------------------------------------------------------------- */

static void storm(struct evening *v, struct disk *d, bool *stormy)
{
	static const struct disk_faults storms[] = {
		{.write_fails = 300}, {.write_short = 300}, {.sync_fails = 500}, {.read_fails = 300}, {.room = 1},
		{.write_fails = 50, .write_short = 50, .sync_fails = 100, .read_fails = 5},
	};
	struct disk_faults f = storms[draw_below(&v->p, COUNT_OF(storms))];
	if (f.room)
		f.room = disk_used(d) + (int64_t)draw_below(&v->p, 40000);
	disk_fail(d, &f);
	*stormy = true;
}

void evening_jump(struct evening *v, int64_t *ahead)
{
	static const int64_t most[] = {500, 30000, 7200000};
	int64_t by = most[draw_below(&v->p, COUNT_OF(most))];
	*ahead += (int64_t)draw_below(&v->p, 2 * (size_t)by) - by;
	v->clocks++;
}

/* Its disk says that little is left: seats are warned, or the public is refused too. */
static void fill_up(struct evening *v)
{
	v->p.left = draw(&v->p) & 1 ? DISK_BYTES / 40 : DISK_BYTES / 1000;
	v->full++;
}

static void backend_mishap(struct evening *v)
{
	struct in_process *p = &v->p;
	struct error e = {0};
	size_t what = draw_below(p, v->disks ? 9 : 2);
	if (what == 6)
		storm(v, p->disk, &v->stormy);
	else if (what == 7)
		evening_jump(v, &p->ahead);
	else if (what == 8)
		fill_up(v);
	else if (!p->backend)
		return;
	else if (what == 0)
		in_process_stop(p);
	else if (what == 1)
		in_process_kill(p), v->kills++;
	else if (what == 2)
		in_process_power_cut(p);
	else if (what == 3)
		store_checkpoint(p->event, p->store.vfs, &e);
	else if (what == 4)
		disk_die_at_sync(p->disk, 1 + (int64_t)draw_below(p, 3));
	else
		disk_die_at(p->disk, 1 + (int64_t)draw_below(p, 60));
}

static void reopen(struct evening *v, struct seat_at *s);

/* A replica may be deleted. */
static void sit_down_anew(struct evening *v, struct seat_at *s)
{
	console_close(s->c);
	if (v->disks && chance(&v->p, 700)) {
		char *path = path_join(s->c->dir, "replica.db");
		unlink(path);
		free(path);
		reopen(v, s);
		if (draw(&v->p) & 1) { /* an empty one is on the platter before it is filled */
			console_close(s->c);
			reopen(v, s);
		}
		for (size_t n = 1 + draw_below(&v->p, 4); n > 0; n--)
			evening_step(v, 1 + (int64_t)draw_below(&v->p, 500));
		console_close(s->c);
	}
	if (v->disks && chance(&v->p, 500)) /* the machine is switched off at the wall */
		console_end(s->c, true);
	reopen(v, s);
}

static void seat_mishap(struct evening *v)
{
	struct in_process *p = &v->p;
	struct seat_at *s = &v->seat[draw_below(p, v->n_seats)];
	size_t what = draw_below(p, v->disks ? 9 : 3);
	if (what == 0)
		s->c->off = true;
	else if (what == 7)
		storm(v, s->c->disk, &s->stormy);
	else if (what == 8)
		evening_jump(v, &s->c->ahead);
	else if (!s->c->sync)
		return;
	else if (what == 1)
		sit_down_anew(v, s);
	else if (what == 2)
		sync_presence(s->c->sync, draw(p) & 1 ? "{\"here\":true,\"typing\":\"je\"}" : "{\"here\":true}");
	else if (what == 3 || what == 4)
		console_end(s->c, what == 3);
	else if (what == 5)
		disk_die_at_sync(s->c->disk, 1 + (int64_t)draw_below(p, 3));
	else
		disk_die_at(s->c->disk, 1 + (int64_t)draw_below(p, 30));
}

/* ---- what comes back ------------------------------------------------------------------------------------------------- */

/* What a desk kept of a draft, by its number: 0, none. */
static int draft_in(struct desk *d)
{
	char *words = desk_get(d, "draft");
	int n = words ? (int)strtol(words, NULL, 10) : 0;
	free(words);
	return n;
}

static int64_t deaths(const struct disk *d)
{
	return d ? disk_counts(d).deaths : 0;
}

void evening_here(struct seat_at *s)
{
	if (s->c->listened)
		sync_presence(s->c->sync, "{\"here\":true}");
}

/* A seat sits down again: is what was typed still there? */
static void reopen(struct evening *v, struct seat_at *s)
{
	struct error e = {0};
	int64_t before = deaths(s->c->disk);
	if (!console_try_open(s->c, &e)) {
		if (!s->stormy && deaths(s->c->disk) == before) /* it may die while it starts */
			fail_msg("a console cannot be opened again: %s", e.text);
		return;
	}
	s->calm = 0;
	evening_here(s);
	int64_t cuts = v->disks ? disk_counts(s->c->disk).power_cuts : 0;
	bool cut = cuts > s->power_cuts;
	s->power_cuts = cuts;
	if (s->stormy) {
		s->cut_in_storm |= cut;
		return;
	}
	int least = cut || s->cut_in_storm ? s->safe : s->kept, there = draft_in(s->c->desk);
	if (there < least || there > s->typed)
		fail_msg("%d drafts were typed, %d kept and %d flushed: after a %s the desk has number %d", s->typed, s->kept, s->safe,
			cut ? "power cut" : "kill", there);
	if (cut) /* what is there now is on the platter */
		s->safe = there;
	s->kept = there;
	s->cut_in_storm = false;
}

static void clear_up(struct disk *d, bool *stormy)
{
	if (*stormy)
		disk_fail(d, &(struct disk_faults){.room = 0});
	*stormy = false;
}

void evening_mend(struct evening *v, int in_thousand)
{
	struct in_process *p = &v->p;
	struct error e = {0};
	if (v->disks && chance(p, in_thousand))
		clear_up(p->disk, &v->stormy);
	if (p->left < DISK_BYTES / 2 && chance(p, in_thousand))
		p->left = DISK_BYTES / 2;
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		if (v->disks && chance(p, in_thousand))
			clear_up(s->c->disk, &s->stormy);
		if (s->c->off && chance(p, in_thousand))
			s->c->off = false;
		if (!s->c->sync && chance(p, in_thousand))
			reopen(v, s);
	}
	int64_t before = deaths(p->disk);
	if (!p->backend && chance(p, in_thousand) && !in_process_try_start(p, &e) && !v->stormy && deaths(p->disk) == before)
		fail_msg("the backend cannot be started again: %s", e.text);
}

static const struct event *event_of(const struct evening *v)
{
	return v->p.backend ? &v->p.backend->directory->event : NULL;
}

static bool is_open(const struct evening *v)
{
	const struct event *ev = event_of(v);
	return ev && ev->state == EV_OPEN && !ev->ending;
}

/* By the backend itself. */
static bool was_interrupted(const struct evening *v)
{
	const struct event *ev = event_of(v);
	return ev && ev->state == EV_INTERRUPTED && !strcmp(ev->r.by, "0");
}

/* The sync loop flushes drafts within a second. */
void evening_step(struct evening *v, int64_t ms)
{
	bool open = is_open(v);
	in_process_step(&v->p, ms);
	if (open && was_interrupted(v) && v->p.now - v->p.heard_at < SILENCE_MS - HUSH_SLACK_MS)
		fail_msg("the event was interrupted %lld ms after host or scribe was heard", (long long)(v->p.now - v->p.heard_at));
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		s->calm = s->c->sync && !s->stormy ? s->calm + (ms < LEAP_MS ? ms : LEAP_MS) : 0;
		if (s->calm > FLUSHED_MS)
			s->safe = s->kept;
	}
}

/* Who has just come back fails again, before much else was written: what it read there and told must have been on the
 * platter. */
static void backend_fails_again(struct evening *v)
{
	struct in_process *p = &v->p;
	if (chance(p, 300)) {
		disk_fail(p->disk, &(struct disk_faults){.read_fails = 300});
		v->stormy = true;
		return;
	}
	evening_step(v, 1 + (int64_t)draw_below(p, 500));
	if (p->backend)
		in_process_power_cut(p);
}

static void seat_fails_again(struct evening *v, struct seat_at *s)
{
	for (size_t n = 1 + draw_below(&v->p, 4); n > 0; n--)
		evening_step(v, 1 + (int64_t)draw_below(&v->p, 900));
	if (s->c->sync)
		console_end(s->c, true);
}

/* `was_down`: bit 0 the backend, then the seats. */
static void fail_again(struct evening *v, unsigned was_down)
{
	struct in_process *p = &v->p;
	if (was_down & 1 && p->backend && chance(p, 200))
		backend_fails_again(v);
	for (size_t i = 0; i < v->n_seats; i++)
		if (was_down & 2u << i && v->seat[i].c->sync && chance(p, 250))
			seat_fails_again(v, &v->seat[i]);
}

static unsigned who_is_down(const struct evening *v)
{
	unsigned down = !v->p.backend;
	for (size_t i = 0; i < v->n_seats; i++)
		down |= (unsigned)!v->seat[i].c->sync << (i + 1);
	return down;
}

void evening_settle(struct evening *v)
{
	if (consoles_settled(&v->p))
		return;
	struct buf b = BUF_INIT;
	for (const struct console *c = v->p.consoles; c; c = c->next) {
		struct sync_state now = {.link = LINK_DOWN};
		if (c->sync)
			sync_state(c->sync, &now);
		buf_addf(&b, "\n  %s: %s, %d unsent, link %d %s%s%s", strrchr(c->dir, '/') + 1, c->sync ? "runs" : "does not run", (int)now.unsent,
			(int)now.link, now.why, now.whole ? ", whole" : "", now.caught_up ? ", caught up" : "");
	}
	fail_msg("the consoles did not come to rest:%s\n  backend: %s", b.data, v->p.backend ? v->p.backend->trouble.text : "down");
}

/* Host and scribe are heard no more. Unless something else happens to the event or the backend, it must put the card up. */
static void hush(struct evening *v)
{
	struct in_process *p = &v->p;
	int lazy = p->faults.lazy;
	p->faults.lazy = 0; /* who does not listen hears nobody */
	for (int i = 1; i <= 2; i++)
		if (v->seat[i].c->sync)
			sync_presence(v->seat[i].c->sync, "{\"here\":true,\"typing\":\"et puis\"}");
	for (int i = 0; i < 5; i++)
		evening_step(v, 400);
	const struct backend *b = p->backend;
	bool armed = b && b->silence.host && b->silence.scribe && is_open(v);
	v->seat[1].c->off = v->seat[2].c->off = true;
	for (int i = 0; i < HUSH_TURNS; i++)
		evening_step(v, HUSH_TURN_MS);
	v->hushed += was_interrupted(v);
	armed = armed && !v->stormy && p->backend == b && !b->trouble.code && b->silence.host && b->silence.scribe && is_open(v);
	if (armed && p->now - p->heard_at > SILENCE_MS + 2 * HUSH_TURN_MS)
		fail_msg("host and scribe were not heard for %lld ms, and the event is not interrupted", (long long)(p->now - p->heard_at));
	v->seat[1].c->off = v->seat[2].c->off = false;
	p->faults.lazy = lazy;
}

/* ---- the operator ---------------------------------------------------------------------------------------------------- */

void evening_drop_backup(struct evening *v)
{
	if (v->backup[0])
		unlink(v->backup);
	v->backup[0] = '\0';
}

/* The answer may still be on its way. */
static bool said_yes(const struct post *o)
{
	return o->status == 202 || (o->answer.over && o->answer.status == 202);
}

static void back_up(struct evening *v)
{
	struct in_process *p = &v->p;
	struct error e = {0};
	char file[sizeof v->backup];
	bool sure[POSTS_MAX];
	snprintf(file, sizeof file, "%s/backup-%d", p->event, (int)(p->now % 100000));
	for (int i = 0; i < v->posts; i++)
		sure[i] = said_yes(v->post[i]);
	if (!store_backup(p->backend->store, file, &e)) {
		if (!v->stormy && !disk_died(p->disk))
			fail_msg("no backup can be made: %s", e.text);
		unlink(file);
		return;
	}
	evening_drop_backup(v);
	memcpy(v->backup, file, sizeof file);
	memcpy(v->in_backup, sure, (size_t)v->posts * sizeof *sure);
}

/* As data/restore.h does with the system's files: the backup takes the event's place, whose log is gone. */
static void put_back(struct evening *v)
{
	struct in_process *p = &v->p;
	char *event = path_join(p->event, "event.db");
	if (p->backend && draw(p) & 1)
		in_process_stop(p);
	else if (p->backend)
		in_process_kill(p);
	assert_int_equal(rename(v->backup, event), 0);
	v->backup[0] = '\0';
	for (int i = 0; i < v->posts; i++)
		v->gone[i] = said_yes(v->post[i]) && !v->in_backup[i];
	v->restored++;
	free(event);
}

static void operate(struct evening *v)
{
	struct in_process *p = &v->p;
	if (p->backend && !disk_died(p->disk) && v->restored == 0 && chance(p, 25))
		back_up(v);
	else if (v->backup[0] && chance(p, 60))
		put_back(v);
}

void evening_mishaps(struct evening *v)
{
	struct in_process *p = &v->p;
	if (chance(p, 150))
		backend_mishap(v);
	if (chance(p, 150))
		seat_mishap(v);
	unsigned was_down = who_is_down(v);
	evening_mend(v, 300);
	if (v->disks)
		fail_again(v, was_down);
	if (chance(p, 10))
		hush(v);
	if (v->disks)
		operate(v);
}
