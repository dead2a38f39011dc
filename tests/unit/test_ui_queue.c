/* ui/queue.h: the queues on a screen of cells: the list never moves under the selection, and keys do what they say. The
 * console around them is played: what it was asked for is written down. */
#include "ui/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"
#include "ui/intl.h"
#include "ui/question.h"

enum { THEMES = 300, MESSAGES = 3000, COLS = 80, ROWS = 24 };
static const int64_t BEGIN_MS = 1088098200000;

/* ---- the console, played ----------------------------------------------------------------------------------------- */

static struct {
	struct replica *replica;
	struct buf done, said; /* operations, sentences: a line each */
	void (*typed)(void *ctx, const char *text);
	void (*taken)(void *ctx, const char *text);
	void (*chosen)(void *ctx, const char *value);
	void *ctx;
	int choices;
	const char *claimed;
} room;

bool question_open(struct ui *ui, const char *id)
{
	(void)ui;
	return id[0] != '\0';
}

void ui_say(struct ui *ui, bool bad, const char *fmt, ...)
{
	va_list ap;
	(void)ui;
	(void)bad;
	va_start(ap, fmt);
	buf_vaddf(&room.said, fmt, ap);
	va_end(ap);
	buf_addc(&room.said, '\n');
}

bool ui_do(struct ui *ui, const char *op, const char *arg1, const char *arg2, const char *arg3)
{
	(void)ui;
	buf_addf(&room.done, "%s %s|%s|%s\n", op, arg1 == NULL ? "" : arg1, arg2 == NULL ? "" : arg2, arg3 == NULL ? "" : arg3);
	return true;
}

void ui_ask(struct ui *ui, const char *label, const char *text, void *ctx, void (*typed)(void *ctx, const char *text),
	void (*taken)(void *ctx, const char *text))
{
	(void)ui;
	(void)label;
	(void)text;
	room.ctx = ctx;
	room.typed = typed;
	room.taken = taken;
}

void ui_choose(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*taken)(void *ctx, const char *value))
{
	(void)ui;
	(void)label;
	(void)rows;
	room.choices = (int)n;
	room.ctx = ctx;
	room.chosen = taken;
}

const struct world *ui_world(struct ui *ui)
{
	(void)ui;
	return replica_world(room.replica);
}

void ui_dirty(struct ui *ui)
{
	ui->dirty = true;
}

void ui_key_of(const struct ui *ui, const char *context, const char *action, struct buf *out)
{
	(void)ui;
	(void)context;
	buf_adds(out, action);
}

void ui_presence(struct ui *ui)
{
	(void)ui;
}

const char *ui_claimed(const struct ui *ui, const char *what)
{
	(void)ui;
	return room.claimed != NULL && strcmp(what, room.claimed) == 0 ? "Paul" : NULL;
}

int64_t acts_unsettled(struct acts *a)
{
	(void)a;
	return 0;
}

bool acts_unsent(struct acts *a, enum kind kind, const char *id)
{
	(void)a;
	(void)kind;
	(void)id;
	return false;
}

/* ---- an evening -------------------------------------------------------------------------------------------------- */

struct fixture {
	char dir[200];
	struct config config;
	struct ui ui;
	struct view *v;
	int64_t version;
	int64_t messages;
};

static void add(struct buf *page, struct fixture *f, struct record *x)
{
	x->version = ++f->version;
	wire_record(page, x, 0, "fr");
	buf_addc(page, '\n');
	record_clear(x);
}

static void send(struct fixture *f, struct buf *page)
{
	struct error e = { 0 };
	struct page_info info;
	buf_addf(page, "{\"next\":\"c%lld\",\"more\":false,\"time\":1,\"ready\":true,\"whole\":true,\"event\":\"e\",\"seat\":\"1\"}\n",
		(long long)f->version);
	if (!replica_apply(room.replica, page->data, page->len, &info, &e))
		fail_msg("%s", e.text);
	free(info.presence);
	buf_release(page);
}

/* Theme i has 2 * (THEMES - i) people by SMS, so that they stand in order. */
static void add_theme(struct buf *page, struct fixture *f, int i, int64_t people, const char *label)
{
	char id[ID_MAX], title[80];
	struct theme t = { 0 };
	id_from_number(id, i);
	record_init(&t, K_THEME, id);
	snprintf(title, sizeof title, "thème %d %s", i, i % 7 == 0 ? "école" : "prix");
	text_set(&t.title, title);
	text_set(&t.label, label);
	t.first = i;
	add(page, f, &t.r);
	struct count c = { 0 };
	record_init(&c, K_COUNT, id);
	c.sms = c.people = c.people_sms = people;
	c.last_at = BEGIN_MS + 600000;
	text_set(&c.rise, "0,0,1,0,0,2,0,0,0,9");
	add(page, f, &c.r);
}

static void add_messages(struct buf *page, struct fixture *f, int n)
{
	for (int i = 0; i < n; i++) {
		char id[ID_MAX], text[80];
		struct message m = { 0 };
		id_from_number(id, ++f->messages);
		record_init(&m, K_MESSAGE, id);
		snprintf(text, sizeof text, "message %lld %s", (long long)f->messages, f->messages % 500 == 3 ? "rarissime" : "courant");
		text_set(&m.text, text);
		text_set(&m.name, "Momi543");
		m.channel = CH_SMS;
		m.at = BEGIN_MS + f->messages * 100;
		m.cluster = 1 + f->messages % THEMES;
		add(page, f, &m.r);
	}
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	struct buf page = BUF_INIT;
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/queue-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	memset(&room, 0, sizeof room);
	room.replica = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	if (room.replica == NULL)
		fail_msg("%s", e.text);
	for (int i = 1; i <= THEMES; i++)
		add_theme(&page, f, i, 2 * (THEMES - i) + 2, "");
	add_messages(&page, f, MESSAGES);
	send(f, &page);
	f->config.preview = true;
	snprintf(f->config.order, sizeof f->config.order, "people");
	f->ui.config = &f->config;
	f->ui.mono = 100000;
	f->ui.worker = worker_new(f->dir, &e);
	if (f->ui.worker == NULL)
		fail_msg("%s", e.text);
	grid_init(&f->ui.grid, ROWS, COLS);
	f->v = view_sms.make(&f->ui);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "replica.db", "replica.db-wal", "replica.db-shm" };
	struct fixture *f = *state;
	view_sms.free(f->v);
	worker_free(f->ui.worker);
	grid_release(&f->ui.grid);
	replica_close(room.replica);
	buf_release(&room.done);
	buf_release(&room.said);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(f->dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static struct queue *queue_in(struct fixture *f)
{
	return (struct queue *)f->v;
}

static void draw(struct fixture *f)
{
	grid_clear(&f->ui.grid);
	view_sms.draw(f->v, &f->ui, grid_area(&f->ui.grid), true);
}

/* Until nothing is under way; its clock jumps to what is due. */
static void settle(struct fixture *f, unsigned moved)
{
	view_sms.changed(f->v, &f->ui, moved);
	for (int i = 0; i < 200 && !view_sms.settled(f->v, &f->ui); i++) {
		draw(f);
		for (int s = 0; s < WORKER_SLOTS; s++)
			worker_wait(f->ui.worker, (enum worker_slot)s, 5000);
		int64_t due = view_sms.due(f->v, &f->ui);
		if (due > f->ui.mono)
			f->ui.mono = due;
		view_sms.changed(f->v, &f->ui, 0);
	}
	assert_true(view_sms.settled(f->v, &f->ui));
	draw(f);
}

static char *screen(struct fixture *f)
{
	struct buf b = BUF_INIT;
	draw(f);
	grid_dump(&f->ui.grid, false, &b);
	return buf_detach(&b);
}

static void shows(struct fixture *f, const char *text, bool there)
{
	char *s = screen(f);
	if ((strstr(s, text) != NULL) != there)
		fail_msg("\"%s\" is %son the screen:\n%s", text, there ? "not " : "", s);
	free(s);
}

/* Does the action of that name in the first of its contexts that has it. */
static bool does(struct fixture *f, const char *name, const char *arg)
{
	const struct action_set *const sets[] = { &actions_messages, &actions_queue, &actions_list };
	for (const char *const *c = view_sms.contexts(f->v); *c != NULL; c++)
		for (size_t i = 0; i < COUNT_OF(sets); i++)
			for (const struct action *a = sets[i]->actions; strcmp(sets[i]->context, *c) == 0 && a->name != NULL; a++)
				if (strcmp(a->name, name) == 0 && (a->can == NULL || a->can(f->v, &f->ui)) && a->run(f->v, &f->ui, arg))
					return true;
	return false;
}

static void title_has(struct fixture *f, const char *text)
{
	struct buf left = BUF_INIT, right = BUF_INIT;
	view_sms.title(f->v, &f->ui, &left, &right);
	buf_addf(&left, "\n%s", right.data);
	if (strstr(left.data, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, left.data);
	buf_release(&left);
	buf_release(&right);
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

static void themes_stand_by_people(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	assert_int_equal(queue_selected(queue_in(f)), 1);
	shows(f, "600", true);
	shows(f, "thème 1 prix", true);
	shows(f, "drawn by lot", true);
	title_has(f, "300 themes");
	does(f, "last", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), THEMES);
	shows(f, "thème 300", true);
	does(f, "up", "");
	does(f, "page-up", "");
	does(f, "first", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 1);
	assert_int_equal(f->ui.grid.cursor_row, 1);
}

static void the_list_stands_still_while_things_move(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	for (int i = 0; i < 5; i++)
		does(f, "down", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 6);
	int row = f->ui.grid.cursor_row;
	struct buf page = BUF_INIT;
	add_theme(&page, f, 6, 9999, "");
	add_theme(&page, f, THEMES + 1, 7777, "");
	add_theme(&page, f, THEMES + 2, 7776, "");
	send(f, &page);
	f->ui.mono += 1000;
	settle(f, VIEW_ROWS);
	assert_int_equal(f->ui.grid.cursor_row, row);
	assert_int_equal(queue_selected(queue_in(f)), 6);
	shows(f, "9,999", true);
	shows(f, "7,777", false);
	title_has(f, "2 new");
	does(f, "new", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 6);
	shows(f, "7,777", true);
}

static void orders_go_round(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "order", "arrival");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), THEMES);
	does(f, "order", "");
	settle(f, 0);
	title_has(f, "never answered");
	does(f, "order", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 1);
}

static void a_filter_shows_what_matches_and_goes_back(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	for (int i = 0; i < 3; i++)
		does(f, "down", "");
	does(f, "filter", "");
	room.typed(room.ctx, "ECO");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 7);
	shows(f, "prix", false);
	room.typed(room.ctx, "nichts");
	settle(f, 0);
	shows(f, "nothing matches", true);
	room.taken(room.ctx, NULL);
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 4);
	does(f, "filter", "");
	room.typed(room.ctx, "thème 299");
	room.taken(room.ctx, "thème 299");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 299);
	does(f, "back", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 299);
	shows(f, "thème 298", true);
	assert_false(does(f, "back", ""));
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void a_theme_opens_into_a_sample_then_all(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "down", "");
	does(f, "open", "");
	settle(f, 0);
	assert_int_equal(queue_in(f)->level, Q_SAMPLE);
	assert_int_equal(queue_in(f)->messages.n, MESSAGES / THEMES);
	int64_t first = queue_selected(queue_in(f));
	does(f, "deal", "");
	settle(f, 0);
	does(f, "down", "");
	int64_t id = queue_selected(queue_in(f));
	does(f, "open", "");
	settle(f, 0);
	assert_int_equal(queue_in(f)->level, Q_ALL);
	assert_int_equal(queue_selected(queue_in(f)), id);
	assert_true(first > 0);
	does(f, "first", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES - THEMES + 1);
	does(f, "back", "");
	settle(f, 0);
	assert_int_equal(queue_in(f)->level, Q_THEMES);
	assert_int_equal(queue_selected(queue_in(f)), 2);
}

static void the_whole_channel_is_walked(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "channel", "");
	settle(f, 0);
	for (int64_t id = MESSAGES; id > 1; id--) {
		assert_int_equal(queue_selected(queue_in(f)), id);
		does(f, "down", "");
		if (queue_selected(queue_in(f)) == id) { /* the rows had not come yet */
			settle(f, 0);
			does(f, "down", "");
		}
	}
	assert_true(queue_in(f)->messages.n <= STRETCH_MAX);
	does(f, "down", "");
	assert_int_equal(queue_selected(queue_in(f)), 1);
	for (int64_t id = 1; id < MESSAGES; id++) {
		assert_int_equal(queue_selected(queue_in(f)), id);
		does(f, "up", "");
		if (queue_selected(queue_in(f)) == id) { /* the rows had not come yet */
			settle(f, 0);
			does(f, "up", "");
		}
	}
	does(f, "last", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 1);
	shows(f, "message 1 ", true);
	does(f, "page-up", "");
	settle(f, 0);
	does(f, "first", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES);
}

static void messages_that_come_are_announced(void **state)
{
	struct fixture *f = *state;
	struct buf page = BUF_INIT;
	settle(f, VIEW_ALL);
	does(f, "channel", "");
	settle(f, 0);
	does(f, "down", "");
	settle(f, 0);
	int row = f->ui.grid.cursor_row;
	add_messages(&page, f, 12);
	send(f, &page);
	f->ui.mono += 1000;
	settle(f, VIEW_ROWS);
	title_has(f, "12 new");
	assert_int_equal(f->ui.grid.cursor_row, row);
	does(f, "new", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES - 1);
	assert_int_equal(f->ui.grid.cursor_row, row);
	does(f, "first", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES + 12);
}

static void words_are_found_in_all_messages(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "channel", "");
	does(f, "filter", "");
	room.typed(room.ctx, "rar");
	room.typed(room.ctx, "rarissime");
	room.taken(room.ctx, "rarissime");
	settle(f, 0);
	assert_int_equal(queue_in(f)->messages.n, MESSAGES / 500);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES - 497);
	does(f, "match-next", "");
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES - 997);
	does(f, "back", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), MESSAGES - 997);
	shows(f, "courant", true);
}

static void did(const char *what)
{
	assert_string_equal(room.done.data == NULL ? "" : room.done.data, what);
	buf_reset(&room.done);
}

/* The roles of the row where the cursor is, a letter a cell. */
static void roles_have(struct fixture *f, const char *roles)
{
	struct buf b = BUF_INIT;
	draw(f);
	for (int c = 0; c < f->ui.grid.cols; c++)
		buf_addc(&b, ui_roles[f->ui.grid.cells[f->ui.grid.cursor_row * f->ui.grid.cols + c].role].letter);
	if (strstr(b.data, roles) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", roles, b.data);
	buf_release(&b);
}

static void what_matched_is_marked(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "filter", "");
	room.typed(room.ctx, "ECOLE them");
	settle(f, 0);
	shows(f, "thème 7 école", true);
	roles_have(f, "////SSSS/////"); /* "thèm" and "école" of "thème 7 école" */
	room.taken(room.ctx, NULL);
	does(f, "channel", "");
	does(f, "filter", "");
	room.typed(room.ctx, "rar");
	settle(f, 0);
	roles_have(f, "S///S");
}

static void a_filter_in_a_sample_gives_way_to_it_again(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "open", "");
	settle(f, 0);
	title_has(f, "drawn by lot");
	int64_t first = queue_selected(queue_in(f));
	does(f, "filter", "");
	room.typed(room.ctx, "");
	assert_int_equal(queue_in(f)->level, Q_SAMPLE);
	room.typed(room.ctx, "cour");
	settle(f, 0);
	title_has(f, "all of it");
	room.taken(room.ctx, "cour");
	does(f, "back", "");
	settle(f, 0);
	title_has(f, "drawn by lot");
	assert_int_equal(queue_selected(queue_in(f)), first);
	does(f, "filter", "");
	room.typed(room.ctx, "cour");
	room.taken(room.ctx, NULL);
	settle(f, 0);
	title_has(f, "drawn by lot");
	does(f, "leave", "");
	settle(f, 0);
	assert_int_equal(queue_in(f)->level, Q_THEMES);
	assert_false(does(f, "leave", ""));
}

static void add_question(struct buf *page, struct fixture *f, const char *theme)
{
	struct question q = { 0 };
	record_init(&q, K_QUESTION, "0189f7e2-0000-7000-8000-00000000000a");
	q.number = 7;
	q.state = Q_RESERVE;
	text_set(&q.wording, "Combien ?");
	snprintf(q.theme, sizeof q.theme, "%s", theme);
	struct theme t = { 0 };
	record_init(&t, K_THEME, theme);
	text_set(&t.title, "thème 1 prix");
	memcpy(t.question, q.r.id, sizeof t.question);
	t.answered_at = BEGIN_MS + 150000; /* between its messages */
	add(page, f, &q.r);
	add(page, f, &t.r);
}

static void what_is_in_the_rundown_is_not_dismissed_at_once(void **state)
{
	struct fixture *f = *state;
	struct buf page = BUF_INIT;
	add_question(&page, f, "1");
	send(f, &page);
	settle(f, VIEW_ALL);
	buf_reset(&room.said);
	does(f, "accept", "");
	assert_non_null(strstr(room.said.data, "accepted already, as q7; accept-again makes"));
	does(f, "dismiss", "");
	assert_int_equal(room.choices, 1);
	room.chosen(room.ctx, "");
	assert_int_equal(room.choices, 6);
	room.chosen(room.ctx, "insult");
	did("dismiss t1|insult|\n");
	does(f, "first", "");
	does(f, "dismiss", "hors sujet");
	room.chosen(room.ctx, "hors sujet");
	did("dismiss t1|hors sujet|\n");
}

static void later_messages_say_that_it_was_answered(void **state)
{
	struct fixture *f = *state;
	struct buf page = BUF_INIT;
	add_question(&page, f, "1");
	send(f, &page);
	settle(f, VIEW_ALL);
	does(f, "open", "");
	does(f, "all", "");
	settle(f, 0);
	char *s = screen(f);
	assert_non_null(strstr(s, "message 3000 "));
	int later = 0;
	for (const char *p = s; (p = strstr(p, "answered")) != NULL; p++)
		later++;
	assert_int_equal(later, 5); /* of ten messages, each 30 seconds after the other */
	free(s);
	does(f, "leave", "");
	does(f, "channel", "");
	does(f, "filter", "");
	room.typed(room.ctx, "message 2700");
	settle(f, 0);
	shows(f, "answered", true);
	room.typed(room.ctx, "message 2701");
	settle(f, 0);
	shows(f, "answered", false);
}

/* ---- acts -------------------------------------------------------------------------------------------------------- */

static void acts_are_about_marks_or_the_selection(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "accept", "");
	did("accept t1||\n");
	does(f, "mark", "");
	does(f, "mark", "");
	shows(f, "+      600", true);
	does(f, "dismiss", "");
	assert_int_equal(room.choices, 6);
	room.chosen(room.ctx, "insult");
	did("dismiss t1 t2|insult|\n");
	assert_int_equal(queue_selected(queue_in(f)), 3);
	does(f, "dismiss", "");
	does(f, "down", ""); /* it stays about what was selected */
	room.chosen(room.ctx, "insult");
	did("dismiss t3|insult|\n");
	does(f, "dismiss", "");
	room.chosen(room.ctx, NULL);
	assert_int_equal(room.done.len, 0);
	does(f, "first", "");
	does(f, "mark", "");
	does(f, "mark", "");
	does(f, "merge", "");
	did("merge 1|2|\n"); /* two marks: the selected row is not among them */
	does(f, "merge", "");
	does(f, "up", "");
	does(f, "open", "");
	did("merge 2|3|\n");
	does(f, "hold", "");
	room.chosen(room.ctx, "legal");
	did("hold t2|legal|\n");
	does(f, "pin", "");
	did("pin 2|on|\n");
}

static void acts_on_messages(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	does(f, "open", "");
	does(f, "all", "");
	does(f, "first", "");
	settle(f, 0);
	does(f, "accept", "");
	did("accept m3000 t1||\n");
	does(f, "mute", "");
	did("mute m3000||\n");
	does(f, "danger", "");
	room.chosen(room.ctx, "yes");
	did("alert m3000||\n");
	does(f, "mark", "");
	does(f, "mark", "");
	does(f, "split", "");
	room.taken(room.ctx, "Autre chose");
	did("split 1|3000 2700|Autre chose\n");
	does(f, "refile", "");
	settle(f, 0);
	does(f, "down", "");
	does(f, "open", "");
	did("refile 2400|2|\n");
}

/* ---- finely ------------------------------------------------------------------------------------------------------ */

static void clusters_are_read_and_decided_on(void **state)
{
	struct fixture *f = *state;
	struct buf page = BUF_INIT;
	struct cluster c = { 0 };
	record_init(&c, K_CLUSTER, "7"); /* what cluster 7 asks counts in theme 2 */
	memcpy(c.theme, "2", 2);
	add(&page, f, &c.r);
	send(f, &page);
	settle(f, VIEW_ALL);
	does(f, "down", "");
	does(f, "fine", "");
	settle(f, VIEW_ALL);
	title_has(f, "clusters");
	title_has(f, "300 clusters");
	assert_int_equal(queue_selected(queue_in(f)), THEMES); /* all are as large; newest first */
	shows(f, "1 ", true);
	struct message m = { 0 };
	record_init(&m, K_MESSAGE, "9000");
	text_set(&m.text, "encore autre chose");
	m.channel = CH_SMS;
	m.cluster = THEMES + 50;
	m.at = BEGIN_MS + 900000;
	add(&page, f, &m.r);
	send(f, &page);
	f->ui.mono += 1000;
	settle(f, VIEW_ROWS);
	title_has(f, "1 new");
	does(f, "filter", "");
	room.typed(room.ctx, "thème 2 prix");
	room.taken(room.ctx, "thème 2 prix");
	settle(f, 0);
	does(f, "last", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 2);
	does(f, "up", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 7);
	does(f, "accept", "");
	did("accept m6 t2||\n");
	room.chosen = NULL;
	does(f, "dismiss", ""); /* nothing of a cluster can be set aside but its messages */
	assert_null(room.chosen);
	does(f, "split", "");
	room.taken(room.ctx, "Autre");
	did("split 2|c7|Autre\n");
	does(f, "refile", "");
	does(f, "back", "");
	did("");
	does(f, "open", "");
	settle(f, 0);
	assert_int_equal(queue_in(f)->messages.n, MESSAGES / THEMES);
	assert_int_equal(queue_selected(queue_in(f)) % THEMES, 6);
	does(f, "all", "");
	settle(f, 0);
	title_has(f, "10 messages");
	does(f, "leave", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 7);
	does(f, "fine", "");
	settle(f, 0);
	assert_int_equal(queue_selected(queue_in(f)), 2); /* the theme it is in */
	does(f, "open", "");
	settle(f, 0);
	does(f, "fine", "");
	settle(f, 0);
	title_has(f, "2 clusters");
	does(f, "back", "");
	settle(f, 0);
	title_has(f, "300 themes");
	assert_int_equal(queue_selected(queue_in(f)), 2);
}

/* ---- what others do, and what is found again --------------------------------------------------------------------- */

static void others_are_seen_at_the_right(void **state)
{
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	room.claimed = "theme:2";
	shows(f, "Paul is on it", true);
}

static void a_selection_that_rests_is_claimed(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	settle(f, VIEW_ALL);
	does(f, "down", "");
	view_sms.claim(f->v, &b);
	assert_string_equal(b.data, "");
	f->ui.mono += CLAIM_MS;
	view_sms.changed(f->v, &f->ui, 0);
	view_sms.claim(f->v, &b);
	assert_string_equal(b.data, "theme:2");
	buf_release(&b);
}

static void the_place_is_found_again(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	settle(f, VIEW_ALL);
	does(f, "down", "");
	does(f, "open", "");
	does(f, "all", "");
	settle(f, 0);
	does(f, "last", "");
	settle(f, 0);
	int64_t id = queue_selected(queue_in(f));
	view_sms.save(f->v, &b);
	view_sms.free(f->v);
	f->v = view_sms.make(&f->ui);
	view_sms.restore(f->v, &f->ui, b.data);
	settle(f, VIEW_ALL);
	assert_int_equal(queue_in(f)->level, Q_ALL);
	assert_int_equal(queue_selected(queue_in(f)), id);
	does(f, "back", "");
	settle(f, VIEW_ALL);
	assert_int_equal(queue_in(f)->level, Q_THEMES);
	buf_release(&b);
}

static void it_fits_any_size(void **state)
{
	static const int sizes[][2] = { { 1, 20 }, { 3, 30 }, { 8, 40 }, { 12, 60 }, { 60, 200 }, { 2, 8 } };
	struct fixture *f = *state;
	settle(f, VIEW_ALL);
	for (int level = 0; level < 2; level++) {
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			grid_resize(&f->ui.grid, sizes[i][0], sizes[i][1]);
			does(f, "page-down", "");
			settle(f, VIEW_SIZE);
			does(f, "last", "");
			settle(f, 0);
		}
		does(f, "open", "");
	}
}

int main(void)
{
	intl_open("en", NULL);
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(themes_stand_by_people),
		TEST(the_list_stands_still_while_things_move),
		TEST(orders_go_round),
		TEST(a_filter_shows_what_matches_and_goes_back),
		TEST(a_theme_opens_into_a_sample_then_all),
		TEST(the_whole_channel_is_walked),
		TEST(messages_that_come_are_announced),
		TEST(words_are_found_in_all_messages),
		TEST(acts_are_about_marks_or_the_selection),
		TEST(acts_on_messages),
		TEST(what_matched_is_marked),
		TEST(a_filter_in_a_sample_gives_way_to_it_again),
		TEST(what_is_in_the_rundown_is_not_dismissed_at_once),
		TEST(later_messages_say_that_it_was_answered),
		TEST(clusters_are_read_and_decided_on),
		TEST(others_are_seen_at_the_right),
		TEST(a_selection_that_rests_is_claimed),
		TEST(the_place_is_found_again),
		TEST(it_fits_any_size),
	};
	return cmocka_run_group_tests_name("ui_queue", tests, NULL, NULL);
}
