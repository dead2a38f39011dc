/* evening.c: how an evening begins, goes on and ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/evening_own.h"

const struct member crew[SEATS] = {
	{"Anne", R_PRODUCER}, {"Hélène", R_HOST}, {"Paul", R_SCRIBE}, {"Wim", R_WEB}, {"Ada", R_ADVISER},
};

/* ---- how an evening begins ------------------------------------------------------------------------------------------- */

static void make_crew(struct evening *v)
{
	in_process_gateway(&v->p, "orange", "generic", v->key);
	for (size_t i = 0; i < SEATS; i++) {
		in_process_seat(&v->p, crew[i].name, crew[i].role, v->token[i]);
		v->seat[i].c = console_new(&v->p, v->token[i]);
	}
	in_process_start(&v->p);
	evening_settle(v);
}

static void do_it(struct evening *v, size_t seat, const char *line)
{
	struct error e = {0};
	if (!console_do(v->seat[seat].c, line, &e))
		fail_msg("%s: %s", line, e.text);
	evening_settle(v);
}

static void keep(struct evening *v, int slot)
{
	in_process_clear(&v->p);
	v->begins[slot] = v->p.now;
	in_process_keep(&v->p, slot);
}

/* On disks the beginning is played once and kept. */
struct evening *evening_new(bool disks)
{
	struct evening *v = xcalloc(1, sizeof *v);
	struct error e = {0};
	v->disks = disks;
	v->sum.kinds_least = INT64_MAX;
	if (!disks)
		return v;
	in_process_new_on_disks(&v->p, 0);
	make_crew(v);
	do_it(v, 0, "collect");
	for (size_t i = 0; i < COUNT_OF(v->fresh); i++) {
		v->fresh[i] = console_new(&v->p, v->token[i]);
		v->fresh[i]->absent = true;
		console_close(v->fresh[i]);
	}
	keep(v, COLLECTING);
	in_process_start(&v->p);
	for (size_t i = 0; i < SEATS; i++)
		assert_true(console_try_open(v->seat[i].c, &e));
	do_it(v, 0, "open");
	do_it(v, 1, "ask Que ferez-vous demain ?");
	do_it(v, 2, "publish Nous verrons.");
	keep(v, OPEN);
	return v;
}

void evening_free(struct evening *v)
{
	if (v->disks)
		in_process_free(&v->p);
	free(v);
}

static void begin(struct evening *v, uint64_t seed)
{
	struct error e = {0};
	int slot = seed % 4 ? OPEN : COLLECTING;
	v->n_seats = SEATS - seed % 3;
	v->marks = v->posts = v->kills = v->clocks = v->full = v->hushed = v->restored = v->purged = 0;
	v->backup[0] = '\0';
	memset(v->in_backup, 0, sizeof v->in_backup);
	memset(v->gone, 0, sizeof v->gone);
	v->stormy = false;
	for (size_t i = 0; i < SEATS; i++)
		v->seat[i] = (struct seat_at){.c = v->seat[i].c};
	for (size_t i = 0; v->disks && i < SEATS; i++)
		v->seat[i].c->absent = i >= v->n_seats;
	for (size_t i = 0; v->disks && i < COUNT_OF(v->fresh); i++)
		v->fresh[i]->absent = true;
	if (!v->disks) {
		in_process_new(&v->p, seed);
		make_crew(v);
		v->n_seats = SEATS;
		do_it(v, 0, "collect");
	} else {
		in_process_rewind(&v->p, slot, seed, v->begins[slot]);
		in_process_start(&v->p);
	}
	for (size_t i = 0; i < v->n_seats; i++) {
		struct seat_at *s = &v->seat[i];
		if (v->disks) {
			assert_true(console_try_open(s->c, &e));
			s->power_cuts = disk_counts(s->c->disk).power_cuts;
		}
		snprintf(s->client, sizeof s->client, "%s", desk_client(s->c->desk));
		s->c->listened = silence_concerns(crew[i].role);
		evening_here(s);
	}
	for (size_t i = 0; i < VIEWERS; i++)
		viewer_new(&v->p);
	if (v->disks || chance(&v->p, 800)) /* some go without */
		v->p.faults = (struct faults){.drop_before = 60, .drop_after = 60, .repeat = 60, .cut = 40,
			.delay_ms = (int)draw_below(&v->p, 1500), .viewer_gone = 30, .viewer_slow = 200, .lazy = 300, .acked = 20};
}

enum { KINDS_LEAST = 3, PURGED_OF = 6 };

/* ---- a whole evening ------------------------------------------------------------------------------------------------- */

static void turn(struct evening *v)
{
	evening_deeds(v);
	evening_mishaps(v);
	evening_step(v, 1 + (int64_t)draw_below(&v->p, chance(&v->p, 30) ? 20000 : 700));
}

static void heal(struct evening *v)
{
	v->p.faults = (struct faults){0};
	if (v->disks) {
		disk_die_at(v->p.disk, 0);
		disk_die_at_sync(v->p.disk, 0);
		for (size_t i = 0; i < v->n_seats; i++) {
			disk_die_at(v->seat[i].c->disk, 0);
			disk_die_at_sync(v->seat[i].c->disk, 0);
		}
	}
	evening_mend(v, 1000);
	for (int i = 0; i < 18; i++) { /* what was on its way arrives, and what repeats comes too late */
		evening_step(v, 2000);
		evening_mend(v, 1000);
	}
	evening_settle(v);
}

/* The last word of the weather: what the backend acknowledged must have been on the platter. */
static void last_power_cut(struct evening *v)
{
	if (v->disks)
		in_process_power_cut(&v->p);
	else
		in_process_kill(&v->p);
	evening_mend(v, 1000);
	evening_settle(v);
}

static void count_faults(struct evening *v, const struct disk_counts *before, size_t disks)
{
	struct evening_sum *s = &v->sum;
	int64_t deaths = v->kills, cuts = 0, failed = 0;
	for (size_t i = 0; i < disks; i++) {
		struct disk_counts now = disk_counts(i == 0 ? v->p.disk : v->seat[i - 1].c->disk), was = before[i];
		deaths += now.deaths - was.deaths;
		cuts += now.power_cuts - was.power_cuts;
		failed += now.failed + now.short_writes + now.full + now.lost - was.failed - was.short_writes - was.full - was.lost;
	}
	int64_t sorts = (v->p.befell > 0) + (deaths > 0) + (failed > 0) + (v->clocks > 0);
	s->played++;
	s->links += v->p.befell;
	s->kills += deaths - cuts;
	s->power_cuts += cuts;
	s->disks += failed;
	s->clocks += v->clocks;
	s->full += v->full;
	s->hushed += v->hushed;
	s->restored += v->restored;
	s->purged += v->purged;
	if (sorts < s->kinds_least)
		s->kinds_least = sorts;
	if (v->disks && sorts < KINDS_LEAST)
		fail_msg("there were faults of %d kinds only", (int)sorts);
}

void evening_play(struct evening *v, uint64_t seed)
{
	struct disk_counts before[SEATS + 1];
	struct buf memory = BUF_INIT;
	begin(v, seed);
	size_t disks = v->disks ? v->n_seats + 1 : 0;
	for (size_t i = 0; i < disks; i++)
		before[i] = disk_counts(i == 0 ? v->p.disk : v->seat[i - 1].c->disk);
	for (int i = 0; i < TURNS; i++)
		turn(v);
	if (v->disks && v->clocks == 0) /* so that every evening has some of each kind */
		evening_jump(v, &v->p.ahead);
	heal(v);
	evening_world(store_world(v->p.backend->store), &memory);
	last_power_cut(v);
	evening_judge(v, &memory);
	if (v->disks && seed % PURGED_OF == 0)
		evening_purge(v);
	count_faults(v, before, disks);
	buf_release(&memory);
	evening_drop_backup(v);
	v->trace[false] = in_process_trace(&v->p, false);
	v->trace[true] = in_process_trace(&v->p, true);
	if (v->disks)
		in_process_clear(&v->p);
	else
		in_process_free(&v->p);
}

uint64_t evening_trace(const struct evening *v, bool bytes)
{
	return v->trace[bytes];
}

const char *evening_dir(const struct evening *v)
{
	return v->p.dir;
}

struct evening_sum evening_sum(const struct evening *v)
{
	return v->sum;
}
