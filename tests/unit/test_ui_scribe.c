/* The transcript pane at work: keys into a console without a terminal, whose backend is a room in memory. */
#include "ui/ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/memory_link.h"
#include "ui/intl.h"

struct fixture {
	char dir[200];
	struct memory_room *room;
	struct desk *desk;
	struct replica *replica, *writer;
	struct config config;
	struct link link;
	struct link_state is;
	struct clock clock;
	char scribe[ID_MAX], host[ID_MAX];
	const char *others;
	char typing[3000];
	int64_t mono;
	struct ui *ui;
};

static int64_t utc(void *ctx)
{
	return ((struct fixture *)ctx)->room->now;
}
static int64_t mono(void *ctx)
{
	return ((struct fixture *)ctx)->mono;
}
static void state(void *ctx, struct link_state *out)
{
	const struct fixture *f = ctx;
	*out = f->is;
	snprintf(out->seat, sizeof out->seat, "%s", f->scribe);
	snprintf(out->seat_name, sizeof out->seat_name, "Anne");
	snprintf(out->role, sizeof out->role, "scribe");
}
static void nothing(void *ctx)
{
	(void)ctx;
}
static void presence(void *ctx, const char *json)
{
	struct fixture *f = ctx;
	snprintf(f->typing, sizeof f->typing, "%s", json);
}
static char *others(void *ctx)
{
	const struct fixture *f = ctx;
	return xstrdup(f->others ? f->others : "[]");
}
static char *status(void *ctx)
{
	(void)ctx;
	return NULL;
}

static void turn(struct fixture *f)
{
	ui_turn(f->ui);
	ui_turn(f->ui);
}

/* Time goes by, in steps such as a loop takes. */
static void wait_ms(struct fixture *f, int64_t ms)
{
	for (int64_t end = f->mono + ms; f->mono < end;) {
		int64_t step = end - f->mono > 100 ? 100 : end - f->mono;
		f->mono += step;
		f->room->now += step;
		ui_turn(f->ui);
	}
	turn(f);
}

static void pull(struct fixture *f)
{
	link_pull(f->room, f->writer, f->scribe);
}

static void sync_up(struct fixture *f)
{
	link_carry(f->room, f->desk, f->scribe);
	pull(f);
	wait_ms(f, 300);
}

static void does(struct fixture *f, const char *seat, const char *line)
{
	struct error e = { 0 };
	if (memory_room_do(f->room, seat, line, &e) != ERR_NONE)
		fail_msg("%s: %s", line, e.text);
}

static struct ui *open_ui(struct fixture *f)
{
	struct error e = { 0 };
	struct ui_options o = { .dir = f->dir, .desk = f->desk, .replica = f->replica, .link = &f->link, .clock = &f->clock,
		.random = &f->room->random, .config = &f->config, .rows = 30, .cols = 100, .role = R_SCRIBE, .crew = "Anne" };
	struct ui *ui = ui_new(&o, &e);
	if (!ui)
		fail_msg("%s", e.text);
	return ui;
}

static int set_up(void **state_out)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/scribe-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	f->room = memory_room_new(7);
	f->clock = (struct clock){ .now_ms = utc, .mono_ms = mono, .ctx = f };
	f->is = (struct link_state){ .is = LINK_IS_UP, .ready = true, .whole = true };
	f->link = (struct link){ .ctx = f, .fd = -1, .heard = nothing, .state = state, .wake = nothing, .presence = presence,
		.others = others, .status = status };
	f->mono = 100000;
	snprintf(f->host, sizeof f->host, "%s", memory_room_seat(f->room, "Paul", R_HOST));
	snprintf(f->scribe, sizeof f->scribe, "%s", memory_room_seat(f->room, "Anne", R_SCRIBE));
	for (int i = 0; i < 2; i++)
		memory_room_message(f->room, CH_WEB, i + 1, 0, i ? "Pourquoi un SMS ?" : "Que faire contre la violence ?");
	does(f, f->host, "accept t1");
	does(f, f->host, "accept t2");
	does(f, f->host, "edit q1 Que faire contre la violence ?");
	does(f, f->host, "edit q2 Pourquoi un SMS ?");
	does(f, f->host, "collect");
	does(f, f->host, "open");
	does(f, f->host, "air q1");
	f->writer = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	f->replica = replica_open(&(struct replica_options){ .dir = f->dir, .read_only = true }, &e);
	f->desk = desk_open(&(struct desk_options){ .dir = f->dir, .clock = &f->clock, .random = &f->room->random }, &e);
	if (!f->writer || !f->replica || !f->desk || !desk_bind(f->desk, "ev", f->scribe, &e))
		fail_msg("%s", e.text);
	pull(f);
	intl_open("en", NULL);
	config_init(&f->config);
	config_set(&f->config, "spelling", "off", &e);
	f->ui = open_ui(f);
	wait_ms(f, 300);
	*state_out = f;
	return 0;
}

static int tear_down(void **state_in)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "sender.lock", "replica.db", "replica.db-wal",
		"replica.db-shm" };
	struct fixture *f = *state_in;
	ui_free(f->ui);
	config_release(&f->config);
	desk_close(f->desk);
	replica_close(f->replica);
	replica_close(f->writer);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(f->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(f->dir);
	memory_room_free(f->room);
	free(f);
	return 0;
}

static void press(struct fixture *f, const char *name)
{
	struct key k;
	if (!key_parse(name, &k))
		fail_msg("no key \"%s\"", name);
	f->mono += 1000; /* no finger rests on it */
	f->room->now += 1000;
	ui_key(f->ui, &k);
	turn(f);
}

static void type(struct fixture *f, const char *s)
{
	for (; *s; s++) {
		struct key k = { .code = (uint8_t)*s };
		f->mono += 20;
		f->room->now += 20;
		ui_key(f->ui, &k);
		ui_turn(f->ui);
	}
	turn(f);
}

static bool on_screen(struct fixture *f, const char *words)
{
	struct buf b = BUF_INIT;
	turn(f);
	grid_dump(&f->ui->grid, false, &b);
	bool there = strstr(b.data, words) != NULL;
	buf_release(&b);
	return there;
}

static void sees(struct fixture *f, const char *words)
{
	if (on_screen(f, words))
		return;
	struct buf b = BUF_INIT;
	grid_dump(&f->ui->grid, false, &b);
	fputs(b.data, stderr);
	buf_release(&b);
	fail_msg("not on the screen: \"%s\"", words);
}

static void sees_not(struct fixture *f, const char *words)
{
	if (on_screen(f, words))
		fail_msg("on the screen: \"%s\"", words);
}

static bool count_segment(void *arg, const struct record *r)
{
	const struct segment *s = (const void *)r;
	*(int *)arg += s->state != SG_RETRACTED;
	return true;
}
static int segments(const struct fixture *f)
{
	int n = 0;
	memory_world_each(f->room->records, K_SEGMENT, count_segment, &n);
	return n;
}

static bool newest(void *arg, const struct record *r)
{
	*(const struct segment **)arg = (const void *)r;
	return true;
}
static const struct segment *last_segment(const struct fixture *f)
{
	const struct segment *s = NULL;
	memory_world_each(f->room->records, K_SEGMENT, newest, &s);
	assert_non_null(s);
	return s;
}

static void a_sentence_is_held_then_sent(void **state_in)
{
	struct fixture *f = *state_in;
	sees(f, "Que faire contre la violence ?");
	type(f, "M. Martin le dit. ");
	sees(f, "held 3 s");
	assert_int_equal(desk_unsent_count(f->desk), 0);
	type(f, "Et encore");
	wait_ms(f, 2000);
	assert_int_equal(desk_unsent_count(f->desk), 0);
	wait_ms(f, 1200);
	assert_int_equal(desk_unsent_count(f->desk), 1);
	sees(f, "on its way");
	sync_up(f);
	assert_int_equal(segments(f), 1);
	assert_string_equal(last_segment(f)->text, "M. Martin le dit.");
	sees_not(f, "on its way");
	sees(f, "M. Martin le dit.");
	sees(f, "Et encore");
	sees(f, "sent up to here");
	wait_ms(f, 1000);
	assert_non_null(strstr(f->typing, "Et encore"));
	assert_non_null(strstr(f->typing, "transcript"));
}

static void figures_are_held_longer_and_enter_sends(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "Cela fait 1.500 postes");
	press(f, "Enter");
	sees(f, "held 8 s");
	wait_ms(f, 4000);
	assert_int_equal(desk_unsent_count(f->desk), 0);
	press(f, "Enter"); /* on the empty line */
	assert_int_equal(desk_unsent_count(f->desk), 1);
	sync_up(f);
	assert_int_equal(segments(f), 1);
}

static void what_is_held_can_be_taken_back(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "Non. ");
	press(f, "F3");
	sees_not(f, "held");
	type(f, "Si");
	press(f, "F5");
	sync_up(f);
	assert_string_equal(last_segment(f)->text, "Non. Si");
}

static void a_correction_takes_three_keys(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "un");
	press(f, "F5");
	sync_up(f);
	type(f, "deux");
	press(f, "F5");
	sync_up(f);
	type(f, "en route");
	press(f, "F4");
	sees(f, "correct");
	type(f, "!");
	press(f, "Enter");
	sees(f, "en route"); /* what was being typed is there again */
	sync_up(f);
	assert_string_equal(last_segment(f)->text, "deux!");
	assert_int_equal(last_segment(f)->revision, 2);
	sees(f, "corrected ×1");
	press(f, "F4");
	press(f, "F4"); /* the one before */
	type(f, "e");
	press(f, "Enter");
	sync_up(f);
	sees(f, "une");
	press(f, "F4");
	press(f, "Esc");
	sees(f, "en route");
	assert_int_equal(segments(f), 2);
}

/* Somebody was quicker: what was typed stands in the pane until it is taken back into the line. */
static void a_refused_correction_is_not_lost(void **state_in)
{
	struct fixture *f = *state_in;
	char line[100];
	const char *zed = memory_room_seat(f->room, "Zed", R_SCRIBE);
	type(f, "un");
	press(f, "F5");
	sync_up(f);
	press(f, "F4");
	type(f, " mot long");
	snprintf(line, sizeof line, "correct %s deux", last_segment(f)->r.id);
	does(f, zed, line); /* not heard of yet */
	press(f, "Enter");
	sync_up(f);
	assert_string_equal(last_segment(f)->text, "deux");
	sees(f, "refused: the segment was changed since you looked, by Zed");
	sees(f, "un mot long");
	press(f, "F3");
	sees_not(f, "refused:");
	sees(f, "un mot long");
}

static void a_suggestion_is_taken_by_a_key(void **state_in)
{
	struct fixture *f = *state_in;
	char line[100];
	type(f, "l'ecole");
	press(f, "F5");
	sync_up(f);
	snprintf(line, sizeof line, "suggest %s la maison", last_segment(f)->r.id);
	does(f, f->host, line);
	pull(f);
	wait_ms(f, 300);
	sees(f, "Paul suggests a correction");
	press(f, "F4");
	sees(f, "Tab takes: la maison");
	press(f, "Tab");
	press(f, "Enter");
	sync_up(f);
	assert_string_equal(last_segment(f)->text, "la maison");
	sees_not(f, "suggests");
}

static void a_retraction_is_armed_first(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "faux");
	press(f, "F5");
	sync_up(f);
	press(f, "F8");
	sees(f, "Erased for everybody");
	assert_int_equal(desk_unsent_count(f->desk), 0);
	press(f, "F9");
	assert_int_equal(desk_unsent_count(f->desk), 1);
	sync_up(f);
	assert_int_equal(segments(f), 0);
	sees(f, "(retracted)");
}

static void the_choice_is_the_scribes(void **state_in)
{
	struct fixture *f = *state_in;
	does(f, f->host, "air q2");
	pull(f);
	wait_ms(f, 300);
	sees(f, "on the air now: Pourquoi un SMS ?");
	type(f, "suite");
	press(f, "F5");
	sync_up(f);
	const struct record *a = &memory_world_get(f->room->records, K_ANSWER, last_segment(f)->answer)[0];
	const struct question *q1 = (const void *)memory_world_get(f->room->records, K_QUESTION, ((const struct answer *)(const void *)a)->questions.v[0]);
	assert_int_equal(q1->number, 1);
	press(f, "F6");
	press(f, "1");
	sees_not(f, "on the air now");
	type(f, "autre");
	press(f, "F5");
	sync_up(f);
	const struct answer *b = (const void *)memory_world_get(f->room->records, K_ANSWER, last_segment(f)->answer);
	assert_int_equal(((const struct question *)(const void *)memory_world_get(f->room->records, K_QUESTION, b->questions.v[0]))->number, 2);
}

static void who_speaks_is_said(void **state_in)
{
	struct fixture *f = *state_in;
	press(f, "F2");
	press(f, "1");
	type(f, "bonsoir");
	press(f, "F5");
	sync_up(f);
	assert_string_equal(last_segment(f)->speaker, "The guest");
	press(f, "F2");
	press(f, "n");
	type(f, "Zoe");
	press(f, "Enter");
	type(f, "oui");
	press(f, "F5");
	sync_up(f);
	assert_string_equal(last_segment(f)->speaker, "Zoe");
	press(f, "F2"); /* each keeps its key */
	press(f, "1");
	type(f, "merci");
	press(f, "F5");
	sync_up(f);
	assert_string_equal(last_segment(f)->speaker, "The guest");
	press(f, "F2");
	press(f, "3");
	type(f, "de rien");
	press(f, "F5");
	sync_up(f);
	assert_string_equal(last_segment(f)->speaker, "Zoe");
}

/* As after kill -9: another console over the same desk, which the first never told good-bye. */
static void again(struct fixture *f)
{
	struct ui *dead = f->ui;
	f->ui = open_ui(f);
	wait_ms(f, 300);
	ui_free(dead);
}

static void all_is_there_again(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "Une phrase. la sanction");
	press(f, "Left");
	wait_ms(f, 40);
	again(f);
	sees(f, "held");
	sees(f, "la sanction");
	type(f, "X");
	sees(f, "la sanctioXn");
	wait_ms(f, 4000);
	sync_up(f);
	assert_int_equal(segments(f), 1);
}

static void nothing_is_published_twice(void **state_in)
{
	struct fixture *f = *state_in;
	struct error e;
	type(f, "Une phrase. ");
	wait_ms(f, 100);
	char *before = desk_get(f->desk, "scribe");
	assert_non_null(before);
	wait_ms(f, 4000);
	assert_int_equal(desk_unsent_count(f->desk), 1);
	assert_true(desk_set(f->desk, "scribe", before, &e)); /* it died before it could write that down */
	again(f);
	wait_ms(f, 10000);
	assert_int_equal(desk_unsent_count(f->desk), 1);
	sync_up(f);
	assert_int_equal(segments(f), 1);
	assert_true(desk_set(f->desk, "scribe", before, &e)); /* or long ago */
	again(f);
	wait_ms(f, 10000);
	sync_up(f);
	assert_int_equal(segments(f), 1);
	sees_not(f, "held");
	free(before);
}

static void a_link_that_is_down_is_said(void **state_in)
{
	struct fixture *f = *state_in;
	f->is = (struct link_state){ .is = LINK_IS_DOWN, .since = f->room->now, .ready = true, .whole = true };
	wait_ms(f, 500);
	type(f, "ici");
	press(f, "F5");
	wait_ms(f, 2000);
	sees(f, "kept here since");
	f->is = (struct link_state){ .is = LINK_IS_UP, .ready = true, .whole = true };
	sync_up(f);
	sees_not(f, "kept here");
	assert_int_equal(segments(f), 1);
}

static void a_refused_segment_stays(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "tard");
	press(f, "F5");
	does(f, f->host, "strike q1");
	sync_up(f);
	sees(f, "refused");
	sees(f, "tard");
	press(f, "F3");
	sees_not(f, "refused: ");
	sees(f, "tard");
}

static void it_is_held_until_its_question_is_aired(void **state_in)
{
	struct fixture *f = *state_in;
	does(f, f->host, "next q2");
	pull(f);
	wait_ms(f, 300);
	press(f, "F6");
	press(f, "2");
	type(f, "avant");
	press(f, "F5");
	wait_ms(f, 5000);
	sees(f, "held until its question is aired");
	assert_int_equal(desk_unsent_count(f->desk), 0);
	does(f, f->host, "air q2");
	pull(f);
	wait_ms(f, 500);
	assert_int_equal(desk_unsent_count(f->desk), 1);
}

static void another_scribe_takes_over(void **state_in)
{
	struct fixture *f = *state_in;
	memory_room_seat(f->room, "Zed", R_SCRIBE);
	pull(f);
	type(f, "je tape");
	f->others = "[{\"seat\":\"3\",\"here\":true,\"claims\":[\"transcript\"],\"typing\":\"\"}]";
	wait_ms(f, 1500);
	type(f, " encore");
	sees_not(f, "je tape encore");
	sees(f, "je tape");
	press(f, "M-t");
	type(f, " encore");
	sees(f, "je tape encore");
}

static void short_forms_are_written_out(void **state_in)
{
	struct fixture *f = *state_in;
	type(f, "the pm said");
	sees(f, "the Premier ministre said");
	press(f, "^_");
	press(f, "^_");
	sees(f, "the pm");
	type(f, "gv");
	sees(f, "gvt");
	press(f, "Tab");
	sees(f, "gouvernement");
}

/* The pane alone, in areas of any size within a marked grid: nothing outside changes. */
static void it_stays_in_its_area(void **state_in)
{
	struct fixture *f = *state_in;
	struct view *v = f->ui->views[V_TRANSCRIPT];
	type(f, "une phrase assez longue pour plusieurs lignes d'un volet etroit. ");
	press(f, "F5");
	sync_up(f);
	type(f, "partie. ");
	press(f, "F5");
	type(f, "Encore 3 mots. et la ligne");
	for (int rows = 1; rows < 20; rows++)
		for (int cols = 1; cols < 130; cols += 1 + cols / 20) {
			struct area a = { 2, 3, rows, cols };
			grid_resize(&f->ui->grid, rows + 4, cols + 6);
			struct area all = grid_area(&f->ui->grid);
			for (int r = 0; r < all.rows; r++)
				grid_fill(&f->ui->grid, all, r, 0, all.cols, UI_TEXT, "#");
			v->class->draw(v, f->ui, a, true);
			for (int r = 0; r < all.rows; r++)
				for (int c = 0; c < all.cols; c++)
					if (r < 2 || r >= rows + 2 || c < 3 || c >= cols + 3)
						assert_string_equal(f->ui->grid.cells[r * all.cols + c].text, "#");
		}
	grid_resize(&f->ui->grid, 30, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sentence_is_held_then_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(figures_are_held_longer_and_enter_sends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_held_can_be_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_correction_takes_three_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_correction_is_not_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_suggestion_is_taken_by_a_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_retraction_is_armed_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_choice_is_the_scribes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_speaks_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_is_there_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_published_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_that_is_down_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_segment_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_held_until_its_question_is_aired, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_scribe_takes_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_forms_are_written_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_stays_in_its_area, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
