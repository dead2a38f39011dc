/* ui/question.h, view_prompter: the question pane worked by keys, without a terminal; the room judges what the desk sends. */
#include "ui/question.h"

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

#define HUGO  "1" /* the seat at this console: host */
#define WANDA "2"

struct fixture {
	char dir[200];
	struct memory_room *room;
	struct desk *desk;
	struct replica *replica, *writer;
	struct config config;
	struct ui *ui;
	struct link link;
	struct clock clock;
	int64_t mono;
	enum role role;
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
	struct fixture *f = ctx;
	*out = (struct link_state){ .is = LINK_IS_UP, .ready = true, .whole = true, .seat = HUGO, .seat_name = "Hugo" };
	snprintf(out->role, sizeof out->role, "%s", role_names[f->role]);
}
static void nothing(void *ctx)
{
	(void)ctx;
}
static void presence(void *ctx, const char *json)
{
	(void)ctx;
	(void)json;
}
static char *status(void *ctx)
{
	(void)ctx;
	return xstrdup("{\"viewers\":20013,\"people\":1000}");
}
static char *others(void *ctx)
{
	(void)ctx;
	return xstrdup("[]");
}

static void pull(struct fixture *f)
{
	link_pull(f->room, f->writer, HUGO);
}

/* Time passes, what was decided is judged, and all is drawn. */
static void settle(struct fixture *f)
{
	link_carry(f->room, f->desk, HUGO);
	pull(f);
	for (int i = 0; i < 8; i++) {
		f->mono += 200;
		f->room->now += 200;
		ui_turn(f->ui);
	}
}

static void start(struct fixture *f, int rows, int cols)
{
	struct error e = { 0 };
	config_init(&f->config);
	f->desk = desk_open(&(struct desk_options){ .dir = f->dir, .clock = &f->clock, .random = &f->room->random }, &e);
	if (!f->desk || !desk_bind(f->desk, "ev", HUGO, &e))
		fail_msg("%s", e.text);
	f->ui = ui_new(&(struct ui_options){ .dir = f->dir, .desk = f->desk, .replica = f->replica, .link = &f->link, .clock = &f->clock,
		.random = &f->room->random, .config = &f->config, .rows = rows, .cols = cols, .role = f->role, .crew = "Hugo" }, &e);
	if (!f->ui)
		fail_msg("%s", e.text);
	settle(f);
}

static void stop(struct fixture *f)
{
	ui_free(f->ui);
	desk_close(f->desk);
	config_release(&f->config);
}

static void room_does(struct fixture *f, const char *seat, const char *line)
{
	struct error e = { 0 };
	if (memory_room_do(f->room, seat, line, &e) != ERR_NONE)
		fail_msg("%s: %s", line, e.text);
	f->room->now += 1000;
}

static int set_up(void **state_out)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/question-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	intl_open("en", NULL);
	f->room = memory_room_new(7);
	f->role = R_HOST;
	f->mono = 100000;
	f->clock = (struct clock){ .now_ms = utc, .mono_ms = mono, .ctx = f };
	f->link = (struct link){ .ctx = f, .fd = -1, .heard = nothing, .state = state, .wake = nothing, .presence = presence,
		.others = others, .status = status };
	memory_room_seat(f->room, "Hugo", R_HOST);
	memory_room_seat(f->room, "Wanda", R_WEB);
	memory_room_message(f->room, CH_SMS, 1, 0, "Ke KonT vou fer pour lé kolège");
	memory_room_message(f->room, CH_WEB, 2, 0, "Et la Turquie ?");
	memory_room_message(f->room, CH_WEB, 3, 0, "Pourquoi le lundi ?");
	room_does(f, WANDA, "accept t1");
	room_does(f, WANDA, "accept t2");
	room_does(f, WANDA, "accept t3");
	room_does(f, HUGO, "collect");
	room_does(f, HUGO, "open");
	f->writer = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	pull(f);
	f->replica = replica_open(&(struct replica_options){ .dir = f->dir, .read_only = true }, &e);
	assert_true(f->writer && f->replica);
	*state_out = f;
	return 0;
}

static int tear_down(void **state_in)
{
	static const char *const names[] = { "desk.db", "desk.db-wal", "desk.db-shm", "sender.lock", "replica.db", "replica.db-wal",
		"replica.db-shm" };
	struct fixture *f = *state_in;
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

/* Strikes keys by name, spaces between; each as by a finger that takes its time. */
static void keys(struct fixture *f, const char *names)
{
	char copy[200];
	snprintf(copy, sizeof copy, "%s", names);
	char *rest = copy;
	for (char *name; (name = strsep(&rest, " "));) {
		struct key k = { 0 };
		if (!key_parse(name, &k))
			fail_msg("no key %s", name);
		f->mono += 1000;
		f->room->now += 1000;
		ui_key(f->ui, &k);
		ui_turn(f->ui);
	}
}

static void type(struct fixture *f, const char *text)
{
	for (; *text; text++) {
		struct key k = { .code = (unsigned char)*text };
		f->mono += 60;
		ui_key(f->ui, &k);
	}
	ui_turn(f->ui);
}

static bool on_screen(struct fixture *f, const char *words)
{
	struct buf b = BUF_INIT;
	grid_dump(&f->ui->grid, false, &b);
	bool there = strstr(b.data, words) != NULL;
	buf_release(&b);
	return there;
}

static void seen(struct fixture *f, const char *words)
{
	struct buf b = BUF_INIT;
	grid_dump(&f->ui->grid, false, &b);
	if (!strstr(b.data, words))
		fail_msg("no \"%s\" in\n%s", words, b.data);
	buf_release(&b);
}

static const struct question *numbered(struct fixture *f, int64_t number)
{
	struct rundown r = { 0 };
	const struct question *q = NULL;
	rundown_build(&r, &f->room->world, true, true);
	for (size_t i = 0; i < r.n && !(q && q->number == number); i++)
		q = world_question(&f->room->world, r.v[i].id);
	rundown_release(&r);
	return q;
}

static void airs_with_two_keys(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	seen(f, "Et la Turquie ?");
	keys(f, "t");
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_NEXT);
	keys(f, "o");
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_NEXT); /* only armed */
	seen(f, "20,013 viewers");
	keys(f, "O");
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_AIR);
	seen(f, "on air 00:0");
	/* the end: another outcome while it is armed */
	keys(f, "c 3");
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_AIR);
	keys(f, "O");
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_CLOSED);
	assert_int_equal(numbered(f, 1)->outcome, OUT_DECLINED);
	stop(f);
}

static void ordered_dropped_and_marked(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	keys(f, "g g >");
	settle(f);
	assert_true(numbered(f, 1)->position > numbered(f, 2)->position);
	assert_true(numbered(f, 1)->position < numbered(f, 3)->position);
	keys(f, "G K 1"); /* the selection went with q1; the last is q3 */
	settle(f);
	assert_int_equal(numbered(f, 3)->state, Q_DROPPED);
	assert_string_equal(numbered(f, 3)->reason, "off topic");
	keys(f, "g g Space m"); /* q2 marked, q1 selected */
	settle(f);
	assert_int_equal(numbered(f, 2)->state, Q_DROPPED);
	assert_int_equal(numbered(f, 1)->messages.n, 2);
	stop(f);
}

static void a_draft_outlives_the_console(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	keys(f, "g g e");
	seen(f, "original");
	type(f, " Et alors");
	f->mono += 60;
	ui_turn(f->ui); /* the draft's time has come */
	struct view *v = f->ui->views[V_QUESTION];
	assert_true(v->class->settled(v, f->ui));
	char name[ID_MAX + 8];
	snprintf(name, sizeof name, "draft/%s", numbered(f, 1)->r.id);
	char *kept = desk_get(f->desk, name);
	assert_non_null(kept);
	assert_non_null(strstr(kept, "Et alors"));
	free(kept);
	keys(f, "Esc");
	seen(f, "draft kept");
	stop(f);
	start(f, 36, 120);
	keys(f, "g g e");
	seen(f, "Et alors");
	keys(f, "Enter");
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "Ke KonT vou fer pour lé kolège Et alors");
	assert_null(desk_get(f->desk, name));
	stop(f);
}

static void somebody_was_quicker(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	keys(f, "g g e");
	type(f, " mine");
	room_does(f, WANDA, "edit q1 Theirs it is");
	settle(f);
	seen(f, "Wanda's, ");
	seen(f, "Theirs it is");
	seen(f, "mine");
	keys(f, "Enter"); /* overwrites nothing */
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "Theirs it is");
	keys(f, "F4 Enter");
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "Theirs it is\nKe KonT vou fer pour lé kolège mine");
	stop(f);
}

/* Both were away from each other: the edit was refused after it was put. */
static void refused_words_come_back(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	keys(f, "g g e");
	type(f, " mine");
	room_does(f, WANDA, "edit q1 Theirs it is");
	keys(f, "Enter"); /* not pulled yet: nobody here knows */
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "Theirs it is");
	keys(f, "e");
	seen(f, "Wanda's, ");
	seen(f, "mine");
	keys(f, "F2");
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "Ke KonT vou fer pour lé kolège mine");
	stop(f);
}

static void what_was_aired_is_reworded_in_two_steps(void **state_in)
{
	struct fixture *f = *state_in;
	room_does(f, HUGO, "air q2");
	pull(f);
	start(f, 36, 120);
	keys(f, "g g e");
	type(f, " Vraiment");
	keys(f, "Enter");
	settle(f);
	assert_string_equal(numbered(f, 2)->wording, "Et la Turquie ?");
	keys(f, "O");
	settle(f);
	assert_string_equal(numbered(f, 2)->wording, "Et la Turquie ? Vraiment");
	assert_false(on_screen(f, "draft kept"));
	stop(f);
}

static struct buf counts = BUF_INIT;
static struct reading_model *model;

static const struct reading_model *model_of(const char *lang, struct error *e)
{
	struct buf text = BUF_INIT;
	struct lexicon *l = lexicon_new();
	if (strcmp(lang, "fr") != 0 || !file_read("data/lexicon-fr.tsv", 1 << 24, &text, e) || !lexicon_read(l, text.data, text.len, e) ||
		!file_read("data/words-fr.tsv", 1 << 28, &counts, e))
		fail_msg("%s", e->text);
	model = reading_model_new(lang, l, counts.data, counts.len, e);
	lexicon_free(l);
	buf_release(&text);
	return model;
}

static void a_reading_is_offered_and_taken(void **state_in)
{
	struct fixture *f = *state_in;
	readings_from(model_of);
	start(f, 36, 120);
	keys(f, "g g e");
	for (int i = 0; i < 1000 && !ui_quiet(f->ui); i++)
		settle(f);
	worker_wait(f->ui->worker, SLOT_MORE, 10000);
	settle(f);
	seen(f, "F5");
	keys(f, "F5");
	seen(f, "pour les coll");
	keys(f, "Enter");
	settle(f);
	assert_non_null(strstr(numbered(f, 1)->wording, "pour les coll"));
	stop(f);
	readings_from(NULL);
	reading_model_free(model);
	buf_release(&counts);
}

static void improvised(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 24, 80);
	keys(f, "i");
	type(f, "Et vous");
	keys(f, "Enter");
	seen(f, "Et vous");
	keys(f, "O");
	settle(f);
	assert_string_equal(numbered(f, 4)->wording, "Et vous");
	assert_int_equal(numbered(f, 4)->state, Q_AIR);
	stop(f);
}

static void an_improvised_line_is_kept(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 24, 80);
	keys(f, "i");
	type(f, "Et vous");
	stop(f); /* killed at the line */
	start(f, 24, 80);
	keys(f, "i");
	seen(f, "Ask:  Et vous");
	keys(f, "Esc");
	stop(f);
}

static void suggested_held_and_lifted(void **state_in)
{
	struct fixture *f = *state_in;
	room_does(f, WANDA, "suggest q1 En clair ?");
	pull(f);
	start(f, 36, 120);
	seen(f, "suggestion");
	keys(f, "g g s 1");
	settle(f);
	assert_string_equal(numbered(f, 1)->wording, "En clair ?");
	assert_string_equal(numbered(f, 1)->suggestion, "");
	keys(f, "h 3");
	settle(f);
	assert_int_equal(numbered(f, 1)->hold, HOLD_FACT);
	seen(f, "held: fact");
	keys(f, "g o O"); /* what is held is not armed, so nothing is done */
	settle(f);
	assert_int_equal(numbered(f, 1)->state, Q_RESERVE);
	stop(f);
}

/* One line a second changes on the air, and nothing wakes before. */
static void wakes_once_a_second_on_the_air(void **state_in)
{
	struct fixture *f = *state_in;
	start(f, 36, 120);
	struct view *v = f->ui->views[V_QUESTION];
	assert_int_equal(v->class->due(v, f->ui), -1);
	keys(f, "o O");
	settle(f);
	settle(f);
	int64_t due = v->class->due(v, f->ui);
	assert_in_range(due - f->ui->mono, 1, 1000);
	f->mono += due - f->ui->mono;
	f->room->now += due - f->ui->mono;
	ui_turn(f->ui);
	assert_in_range(v->class->due(v, f->ui) - f->ui->mono, 999, 1000);
	stop(f);
}

static const struct cell *cell_at(const struct grid *g, int row, int col)
{
	return &g->cells[row * g->cols + col];
}

/* Drawn into areas of any size, with hostile words in every place: no cell outside changes. */
static void stays_in_its_area(void **state_in)
{
	static const char *const hostile = "\u202eabc \u0301\u0301 \U0001F468\u200d\U0001F469 \u65e5\u672c\u8a9e\u65e5\u672c\u8a9e x\u200b y";
	struct fixture *f = *state_in;
	char line[300];
	snprintf(line, sizeof line, "edit q1 %s", hostile);
	room_does(f, WANDA, line);
	snprintf(line, sizeof line, "credit q1 %s", hostile);
	room_does(f, HUGO, line);
	snprintf(line, sizeof line, "suggest q1 %s", hostile);
	room_does(f, WANDA, line);
	room_does(f, HUGO, "air q2");
	room_does(f, HUGO, "next q1");
	pull(f);
	start(f, 60, 200);
	struct view *v = f->ui->views[V_QUESTION];
	unsigned seed = 1;
	for (int i = 0; i < 3000; i++) {
		if (i % 1000 == 500)
			keys(f, "g g j e");
		if (i % 1000 == 999)
			keys(f, "Esc v V");
		seed = seed * 1103515245 + 12345;
		struct area a = { (int)(seed >> 8) % 20, (int)(seed >> 13) % 60, (int)(seed >> 17) % 40, (int)(seed >> 20) % 140 };
		grid_clear(&f->ui->grid);
		v->class->draw(v, f->ui, a, i % 2);
		for (int row = 0; row < 60; row++)
			for (int col = 0; col < 200; col++)
				if (row < a.row || row >= a.row + a.rows || col < a.col || col >= a.col + a.cols)
					if (strcmp(cell_at(&f->ui->grid, row, col)->text, " ") != 0)
						fail_msg("%d,%d outside of %dx%d", row, col, a.rows, a.cols);
	}
	stop(f);
}

static void the_prompter(void **state_in)
{
	struct fixture *f = *state_in;
	room_does(f, HUGO, "air q2");
	room_does(f, HUGO, "next q3");
	room_does(f, WANDA, "say all Plus vite");
	pull(f);
	f->role = R_PROMPTER;
	start(f, 10, 40);
	seen(f, "Et la Turquie ?");
	seen(f, "Pourquoi le lundi ?");
	seen(f, "Wanda: Plus vite");
	stop(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = { TEST(airs_with_two_keys), TEST(ordered_dropped_and_marked), TEST(a_draft_outlives_the_console),
		TEST(somebody_was_quicker), TEST(refused_words_come_back), TEST(what_was_aired_is_reworded_in_two_steps), TEST(improvised), TEST(a_reading_is_offered_and_taken),
		TEST(an_improvised_line_is_kept), TEST(suggested_held_and_lifted), TEST(wakes_once_a_second_on_the_air), TEST(stays_in_its_area), TEST(the_prompter) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
