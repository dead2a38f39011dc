/* data/replica.h: pages applied whole or not at all, and what the queues see of them. */
#include "data/replica.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

#define LAST(next, more) "{\"next\":\"" next "\",\"more\":" more ",\"time\":1088000000000,\"ready\":true,\"whole\":true," \
	"\"event\":\"ev\",\"seat\":\"2\"}\n"

struct fixture {
	char dir[200];
	struct replica *r;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	snprintf(f->dir, sizeof f->dir, "%s/replica-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	f->r = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	if (f->r == NULL)
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static void remove_files(const char *dir)
{
	static const char *const names[] = { "replica.db", "replica.db-wal", "replica.db-shm" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(dir, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	replica_close(f->r);
	remove_files(f->dir);
	free(f);
	return 0;
}

static void apply(struct replica *r, const char *page)
{
	struct error e = { 0 };
	struct page_info info;
	if (!replica_apply(r, page, strlen(page), &info, &e))
		fail_msg("%s", e.text);
	free(info.presence);
}

static void refuse(struct replica *r, const char *page, const char *why)
{
	struct error e = { 0 };
	struct page_info info;
	assert_false(replica_apply(r, page, strlen(page), &info, &e));
	if (why != NULL)
		assert_string_equal(e.text, why);
	assert_null(info.presence);
}

/* What a query gave, as words: "3:text 2:text ". */
struct seen {
	struct buf text;
	size_t n, stop_at;
};

static bool see_message(void *arg, const struct message *m)
{
	struct seen *s = arg;
	buf_addf(&s->text, "%s ", m->r.id);
	return ++s->n != s->stop_at;
}

static bool see_theme(void *arg, const struct theme_row *row)
{
	struct seen *s = arg;
	buf_addf(&s->text, "%s:%lld ", row->theme.r.id, (long long)row->count.people);
	return ++s->n != s->stop_at;
}

static void messages_are(struct replica *r, const struct message_query *q, const char *want)
{
	struct seen s = { .text = BUF_INIT };
	struct error e = { 0 };
	if (!replica_messages(r, q, see_message, &s, &e))
		fail_msg("%s", e.text);
	assert_string_equal(s.text.data, want);
	buf_release(&s.text);
}

static void themes_are(struct replica *r, const struct theme_query *q, const char *want)
{
	struct seen s = { .text = BUF_INIT };
	struct error e = { 0 };
	if (!replica_themes(r, q, see_theme, &s, &e))
		fail_msg("%s", e.text);
	assert_string_equal(s.text.data, want);
	buf_release(&s.text);
}

static void index_all(struct replica *r, size_t rows)
{
	bool done = false;
	int64_t indexed;
	while (!done)
		assert_true(replica_index_step(r, rows, &indexed, &done, NULL));
}

/* ---- pages ----------------------------------------------------------------------------------------------------- */

static void a_fresh_one_has_nothing(void **state)
{
	struct fixture *f = *state;
	struct replica_totals t;
	assert_string_equal(replica_cursor(f->r), "");
	assert_false(replica_ready(f->r));
	assert_false(replica_whole(f->r));
	assert_int_equal(replica_version(f->r), 0);
	assert_true(replica_totals(f->r, &t, NULL));
	assert_int_equal(t.messages, 0);
	assert_null(world_event(replica_world(f->r)));
	messages_are(f->r, &(struct message_query){ .state = -1 }, "");
	themes_are(f->r, &(struct theme_query){ 0 }, "");
}

static void a_page_brings_rows_cursor_and_info(void **state)
{
	struct fixture *f = *state;
	static const char page[] =
		"{\"kind\":\"event\",\"id\":\"event\",\"version\":3,\"title\":\"Le chat\",\"state\":\"open\"}\n"
		"{\"kind\":\"message\",\"id\":\"1\",\"version\":4,\"channel\":\"sms\",\"text\":\"Ke KonT vou fer\",\"cluster\":7,\"participant\":9,"
		"\"hold\":\"legal\",\"hold_why\":\"nom\",\"alert\":true,\"rev\":2,\"by\":\"3\",\"did\":\"hold\",\"when\":5}\n"
		"\n"
		"{\"next\":\"c:1/2\",\"more\":true,\"time\":1088000000123,\"ready\":true,\"whole\":false,\"event\":\"ev\",\"seat\":\"2\","
		"\"presence\": [{\"seat\":\"1\",\"line\":\"a]\\\"}b\"}] }\n";
	struct page_info info;
	assert_true(replica_apply(f->r, page, strlen(page), &info, NULL));
	assert_int_equal(info.rows, 2);
	assert_true(info.more);
	assert_true(info.ready);
	assert_false(info.whole);
	assert_int_equal(info.time_ms, 1088000000123);
	assert_string_equal(info.event, "ev");
	assert_string_equal(info.seat, "2");
	assert_string_equal(info.presence, "[{\"seat\":\"1\",\"line\":\"a]\\\"}b\"}]");
	free(info.presence);
	assert_string_equal(replica_cursor(f->r), "c:1/2");
	assert_true(replica_ready(f->r));
	assert_false(replica_whole(f->r));
	assert_int_equal(replica_version(f->r), 4);
	const struct world *w = replica_world(f->r);
	assert_string_equal(world_event(w)->title, "Le chat");
	const struct message *m = (const struct message *)world_get(w, K_MESSAGE, "1");
	assert_string_equal(m->text, "Ke KonT vou fer");
	assert_int_equal(m->channel, CH_SMS);
	assert_int_equal(m->cluster, 7);
	assert_int_equal(m->hold, HOLD_LEGAL);
	assert_true(m->alert);
	assert_string_equal(m->hold_why, "nom");
	assert_int_equal(m->r.rev, 2);
	assert_string_equal(m->r.by, "3");
	assert_string_equal(m->r.did, "hold");
	assert_int_equal(m->r.when, 5);
	assert_ptr_equal(world_get(w, K_MESSAGE, "1"), m);
	assert_null(world_get(w, K_MESSAGE, "2"));
}

static void every_field_comes_back(void **state)
{
	struct fixture *f = *state;
	for (size_t k = K_PARTICIPANT; k < KIND_COUNT; k++) {
		struct record *x = record_new((enum kind)k, "12");
		struct buf page = BUF_INIT;
		x->version = 5;
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			const struct field *d = &kinds[k].fields[i];
			char *p = (char *)x + d->offset;
			if (d->type == F_TEXT)
				text_set((char **)p, d->name);
			else if (d->type == F_ID)
				snprintf(p, ID_MAX, "4%zu", i);
			else if (d->type == F_BOOL)
				*(bool *)p = true;
			else if (d->type == F_ENUM)
				*(unsigned *)p = 1;
			else
				*(int64_t *)p = 1000 + (int64_t)i;
		}
		wire_record(&page, x, WIRE_STORE, "fr");
		buf_adds(&page, "\n" LAST("x", "false"));
		apply(f->r, page.data);
		const struct record *y = world_get(replica_world(f->r), (enum kind)k, "12");
		assert_non_null(y);
		assert_true(record_same(x, y));
		record_free(x);
		buf_release(&page);
	}
}

static void an_older_row_is_passed_over(void **state)
{
	struct fixture *f = *state;
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"5\",\"version\":10,\"title\":\"new\"}\n"
		"{\"kind\":\"seat\",\"id\":\"1\",\"version\":10,\"name\":\"new\"}\n" LAST("a", "false"));
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"5\",\"version\":9,\"title\":\"old\"}\n"
		"{\"kind\":\"seat\",\"id\":\"1\",\"version\":9,\"name\":\"old\"}\n" LAST("b", "false"));
	const struct world *w = replica_world(f->r);
	assert_string_equal(((const struct theme *)world_get(w, K_THEME, "5"))->title, "new");
	assert_string_equal(world_seat(w, "1")->name, "new");
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"5\",\"version\":11,\"title\":\"newer\"}\n"
		"{\"kind\":\"seat\",\"id\":\"1\",\"version\":11,\"name\":\"newer\"}\n" LAST("c", "false"));
	w = replica_world(f->r);
	assert_string_equal(((const struct theme *)world_get(w, K_THEME, "5"))->title, "newer");
	assert_string_equal(world_seat(w, "1")->name, "newer");
}

static void a_page_that_is_not_whole_changes_nothing(void **state)
{
	struct fixture *f = *state;
	static const char broke_off[] = "the answer of the backend broke off before its end";
	apply(f->r, LAST("a", "false"));
	refuse(f->r, "", broke_off);
	refuse(f->r, "\n\n", broke_off);
	refuse(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1}\n", broke_off);
	refuse(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1}\n{\"next\":\"b\",\"mo", broke_off);
	refuse(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"sea\n" LAST("b", "false"), NULL);
	refuse(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"theme\",\"id\":\"x\",\"version\":1}\n" LAST("b", "false"),
		"the backend sent a theme whose id is no number");
	assert_string_equal(replica_cursor(f->r), "a");
	assert_null(world_seat(replica_world(f->r), "1"));
}

static void an_unknown_kind_is_passed_over(void **state)
{
	struct fixture *f = *state;
	apply(f->r, "{\"kind\":\"hologram\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"seat\",\"id\":\"1\",\"version\":1,\"name\":\"Claire\"}\n"
		LAST("a", "false"));
	assert_string_equal(world_seat(replica_world(f->r), "1")->name, "Claire");
}

static void a_restart_empties(void **state)
{
	struct fixture *f = *state;
	struct replica_totals t;
	apply(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"theme\",\"id\":\"1\",\"version\":2,\"title\":\"smic\"}\n"
		"{\"kind\":\"message\",\"id\":\"1\",\"version\":3,\"channel\":\"web\",\"text\":\"smic\",\"cluster\":1}\n" LAST("a", "false"));
	index_all(f->r, 10);
	assert_non_null(world_seat(replica_world(f->r), "1"));
	int64_t stamp = replica_stamp(f->r);
	assert_true(replica_restart(f->r, NULL));
	assert_int_not_equal(replica_stamp(f->r), stamp);
	assert_string_equal(replica_cursor(f->r), "");
	assert_false(replica_whole(f->r));
	assert_null(world_seat(replica_world(f->r), "1"));
	assert_true(replica_totals(f->r, &t, NULL));
	assert_int_equal(t.messages + t.themes, 0);
	apply(f->r, "{\"kind\":\"message\",\"id\":\"1\",\"version\":1,\"channel\":\"sms\",\"text\":\"chômage\",\"cluster\":1}\n" LAST("a", "false"));
	index_all(f->r, 10);
	messages_are(f->r, &(struct message_query){ .state = -1, .words = "smic" }, "");
	messages_are(f->r, &(struct message_query){ .state = -1, .words = "chomage" }, "1 ");
}

static void totals_are_kept(void **state)
{
	struct fixture *f = *state;
	struct replica_totals t;
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"theme\",\"id\":\"2\",\"version\":2}\n"
		"{\"kind\":\"theme\",\"id\":\"3\",\"version\":3,\"into\":\"1\"}\n"
		"{\"kind\":\"message\",\"id\":\"1\",\"version\":4,\"channel\":\"web\",\"cluster\":1}\n"
		"{\"kind\":\"message\",\"id\":\"2\",\"version\":5,\"channel\":\"sms\",\"cluster\":1}\n"
		"{\"kind\":\"message\",\"id\":\"3\",\"version\":6,\"channel\":\"sms\",\"cluster\":1}\n" LAST("a", "false"));
	assert_true(replica_totals(f->r, &t, NULL));
	assert_int_equal(t.messages, 3);
	assert_int_equal(t.web, 1);
	assert_int_equal(t.sms, 2);
	assert_int_equal(t.themes, 2);
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"2\",\"version\":7,\"into\":\"1\"}\n{\"kind\":\"theme\",\"id\":\"3\",\"version\":8}\n"
		"{\"kind\":\"theme\",\"id\":\"1\",\"version\":0}\n{\"kind\":\"theme\",\"id\":\"1\",\"version\":9,\"gone\":true}\n"
		"{\"kind\":\"message\",\"id\":\"2\",\"version\":9,\"channel\":\"sms\",\"cluster\":2}\n" LAST("b", "false"));
	assert_true(replica_totals(f->r, &t, NULL));
	assert_int_equal(t.messages, 3);
	assert_int_equal(t.themes, 1);
}

static void another_connection_sees_it(void **state)
{
	struct fixture *f = *state;
	struct replica *other = replica_open(&(struct replica_options){ .dir = f->dir, .read_only = true }, NULL);
	assert_non_null(other);
	assert_null(world_seat(replica_world(other), "1"));
	apply(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":1,\"name\":\"Paul\"}\n" LAST("a", "false"));
	assert_string_equal(world_seat(replica_world(other), "1")->name, "Paul");
	assert_string_equal(replica_cursor(other), "a");
	apply(f->r, "{\"kind\":\"seat\",\"id\":\"1\",\"version\":2,\"name\":\"Claire\"}\n" LAST("b", "false"));
	assert_string_equal(world_seat(replica_world(other), "1")->name, "Claire");
	assert_true(replica_restart(f->r, NULL));
	assert_null(world_seat(replica_world(other), "1"));
	replica_close(other);
}

/* ---- queues ---------------------------------------------------------------------------------------------------- */

static void load_queues(struct replica *r)
{
	apply(r,
		"{\"kind\":\"theme\",\"id\":\"1\",\"version\":1,\"title\":\"Smic : de combien ?\"}\n"
		"{\"kind\":\"theme\",\"id\":\"2\",\"version\":1,\"title\":\"Le chômage\",\"label\":\"Emploi des jeunes\"}\n"
		"{\"kind\":\"theme\",\"id\":\"3\",\"version\":1,\"title\":\"augmenter le smic\",\"into\":\"1\"}\n"
		"{\"kind\":\"theme\",\"id\":\"4\",\"version\":1,\"title\":\"insultes\",\"dismissed\":true}\n"
		"{\"kind\":\"theme\",\"id\":\"5\",\"version\":1,\"title\":\"seul au monde\"}\n"
		"{\"kind\":\"theme\",\"id\":\"6\",\"version\":1,\"title\":\"préparé\",\"name\":\"prep\"}\n"
		"{\"kind\":\"count\",\"id\":\"1\",\"version\":1,\"web\":3,\"sms\":9,\"people_web\":2,\"people_sms\":8,\"people\":10,"
		"\"last_at\":600000,\"rise\":\"0,0,0,0,0,0,0,0,0,4\"}\n"
		"{\"kind\":\"count\",\"id\":\"2\",\"version\":1,\"web\":5,\"people_web\":4,\"people\":4,\"last_at\":900000,\"rise\":\"1,2,3\"}\n"
		"{\"kind\":\"count\",\"id\":\"3\",\"version\":1,\"sms\":4,\"people_sms\":3,\"people\":3,\"last_at\":60000,\"rise\":\"9\"}\n"
		"{\"kind\":\"count\",\"id\":\"4\",\"version\":1,\"sms\":50,\"people_sms\":49,\"people\":49,\"last_at\":60000,\"rise\":\"9\"}\n"
		"{\"kind\":\"count\",\"id\":\"5\",\"version\":1,\"sms\":1,\"people_sms\":1,\"people\":1,\"last_at\":60000,\"rise\":\"1\"}\n"
		LAST("a", "false"));
}

static void themes_come_in_order(void **state)
{
	struct fixture *f = *state;
	load_queues(f->r);
	themes_are(f->r, &(struct theme_query){ 0 }, "1:10 2:4 6:0 5:1 ");
	themes_are(f->r, &(struct theme_query){ .channel = CH_SMS }, "1:10 5:1 ");
	themes_are(f->r, &(struct theme_query){ .channel = CH_WEB }, "2:4 1:10 ");
	themes_are(f->r, &(struct theme_query){ .channel = CH_SMS, .dismissed = true }, "4:49 1:10 5:1 ");
	themes_are(f->r, &(struct theme_query){ .channel = CH_SMS, .merged = true }, "1:10 3:3 5:1 ");
	themes_are(f->r, &(struct theme_query){ .order = BY_AGE }, "1:10 2:4 5:1 6:0 ");
	themes_are(f->r, &(struct theme_query){ .order = BY_ARRIVAL }, "6:0 5:1 2:4 1:10 ");
	themes_are(f->r, &(struct theme_query){ .order = BY_ARRIVAL, .channel = CH_WEB }, "2:4 1:10 ");
	themes_are(f->r, &(struct theme_query){ .limit = 1 }, "1:10 ");
	themes_are(f->r, &(struct theme_query){ .limit = 2, .offset = 1 }, "2:4 6:0 ");
	themes_are(f->r, &(struct theme_query){ .offset = 9 }, "");
}

static void rise_counts_the_last_minutes(void **state)
{
	struct fixture *f = *state;
	load_queues(f->r);
	/* The newest message is of minute 15: theme 2's bins end then (6), theme 1's five minutes before (4). */
	themes_are(f->r, &(struct theme_query){ .order = BY_RISE, .merged = true, .dismissed = true }, "2:4 1:10 ");
	themes_are(f->r, &(struct theme_query){ .order = BY_RISE, .channel = CH_SMS }, "1:10 ");
	apply(f->r, "{\"kind\":\"count\",\"id\":\"2\",\"version\":2,\"web\":5,\"people_web\":4,\"people\":4,\"last_at\":1140000,\"rise\":\"1\"}\n"
		LAST("b", "false"));
	themes_are(f->r, &(struct theme_query){ .order = BY_RISE }, "1:10 2:4 ");
	apply(f->r, "{\"kind\":\"count\",\"id\":\"2\",\"version\":3,\"web\":5,\"people_web\":4,\"people\":4,\"last_at\":1200000,\"rise\":\"1\"}\n"
		LAST("c", "false"));
	themes_are(f->r, &(struct theme_query){ .order = BY_RISE }, "2:4 ");
}

static void filters_are_folded(void **state)
{
	struct fixture *f = *state;
	load_queues(f->r);
	themes_are(f->r, &(struct theme_query){ .filter = "SMÌC combien" }, "1:10 ");
	themes_are(f->r, &(struct theme_query){ .filter = "chomage" }, "2:4 ");
	themes_are(f->r, &(struct theme_query){ .filter = "emploi" }, "2:4 ");
	themes_are(f->r, &(struct theme_query){ .filter = "inconnu" }, "");
	themes_are(f->r, &(struct theme_query){ .filter = "" }, "1:10 2:4 6:0 5:1 ");
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"5\",\"version\":2,\"title\":\"seul\",\"typical\":\"Qui est seul ?\",\"key_words\":\"solitude, âge\"}\n"
		LAST("b", "false"));
	themes_are(f->r, &(struct theme_query){ .filter = "age qui" }, "5:1 ");
}

static void load_messages(struct replica *r)
{
	apply(r,
		"{\"kind\":\"theme\",\"id\":\"1\",\"version\":1}\n{\"kind\":\"theme\",\"id\":\"2\",\"version\":1,\"into\":\"1\"}\n"
		"{\"kind\":\"theme\",\"id\":\"3\",\"version\":1,\"into\":\"2\"}\n{\"kind\":\"theme\",\"id\":\"4\",\"version\":1}\n"
		"{\"kind\":\"cluster\",\"id\":\"9\",\"version\":1,\"theme\":\"3\"}\n{\"kind\":\"cluster\",\"id\":\"2\",\"version\":1,\"theme\":\"4\"}\n"
		"{\"kind\":\"message\",\"id\":\"1\",\"version\":1,\"channel\":\"web\",\"text\":\"L'École, quand ?\",\"cluster\":1}\n"
		"{\"kind\":\"message\",\"id\":\"2\",\"version\":1,\"channel\":\"sms\",\"text\":\"ecole pk\",\"cluster\":2}\n"
		"{\"kind\":\"message\",\"id\":\"3\",\"version\":1,\"channel\":\"sms\",\"text\":\"le kolège 2 france\",\"cluster\":3}\n"
		"{\"kind\":\"message\",\"id\":\"4\",\"version\":1,\"channel\":\"sms\",\"text\":\"les écoles de demain\",\"cluster\":9,\"state\":\"dismissed\"}\n"
		"{\"kind\":\"message\",\"id\":\"5\",\"version\":1,\"channel\":\"sms\",\"text\":\"\",\"cluster\":1,\"gone\":true}\n"
		"{\"kind\":\"message\",\"id\":\"6\",\"version\":1,\"channel\":\"web\",\"text\":\"DEMAIN l ÉCOLE\",\"cluster\":4}\n" LAST("a", "false"));
}

static void messages_come_by_id(void **state)
{
	struct fixture *f = *state;
	load_messages(f->r);
	messages_are(f->r, &(struct message_query){ .state = -1 }, "6 4 3 2 1 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .oldest_first = true }, "1 2 3 4 6 ");
	messages_are(f->r, &(struct message_query){ .state = MS_WAITING, .channel = CH_SMS }, "3 2 ");
	messages_are(f->r, &(struct message_query){ .state = MS_DISMISSED }, "4 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .before = 4, .limit = 2 }, "3 2 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .after = 2, .before = 6 }, "4 3 ");
}

static void a_theme_has_what_was_merged_into_it(void **state)
{
	struct fixture *f = *state;
	load_messages(f->r);
	/* 3 into 2 into 1; cluster 9 was put into theme 3, cluster 2 into theme 4. */
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1 }, "4 3 1 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 2 }, "4 3 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 4 }, "6 2 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 4, .oldest_first = true, .limit = 1 }, "2 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1, .words = "ecole" }, "4 1 ");
	apply(f->r, "{\"kind\":\"cluster\",\"id\":\"2\",\"version\":2,\"gone\":true}\n" LAST("b", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1 }, "4 3 2 1 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 4 }, "6 ");
	/* A cycle ends. */
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"1\",\"version\":3,\"into\":\"3\"}\n" LAST("c", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 2 }, "4 3 2 1 ");
	/* A message that was refiled is found where it now is. */
	apply(f->r, "{\"kind\":\"message\",\"id\":\"1\",\"version\":4,\"channel\":\"web\",\"cluster\":4}\n" LAST("d", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 4 }, "6 1 ");
}

/* A count that says the theme is large sends the query the other ways round. */
static void a_large_theme_is_scanned_for(void **state)
{
	struct fixture *f = *state;
	load_messages(f->r);
	apply(f->r, "{\"kind\":\"count\",\"id\":\"1\",\"version\":2,\"sms\":60000,\"people\":9}\n" LAST("b", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1 }, "4 3 1 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1, .oldest_first = true, .limit = 2 }, "1 3 ");
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1, .words = "ecole" }, "4 1 ");
	index_all(f->r, 10);
	messages_are(f->r, &(struct message_query){ .state = -1, .theme = 1, .words = "ecole" }, "4 1 ");
}

static bool see_brief(void *arg, const struct theme_brief *t)
{
	buf_addf(arg, "%lld%s ", (long long)t->id, t->asks_nothing ? "-" : "");
	return true;
}

static bool see_fine(void *arg, const struct fine_row *row)
{
	buf_addf(arg, "%lld@%lld:%lld first %lld", (long long)row->id, (long long)row->theme, (long long)row->messages,
		(long long)row->first);
	if (row->counted)
		buf_addf(arg, " by %lld, now %d", (long long)row->count.people, (int)row->count.rise[RISE_BINS - 1]);
	buf_addf(arg, " %s; ", row->text);
	return true;
}

static void order_is(struct replica *r, const struct theme_query *q, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_true(replica_cluster_order(r, q, see_brief, &b, NULL));
	assert_string_equal(b.data == NULL ? "" : b.data, expected);
	buf_release(&b);
}

static void fine_rows_are(struct replica *r, enum channel channel, const int64_t *ids, size_t n, bool count, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_true(replica_clusters_by(r, channel, ids, n, count, see_fine, &b, NULL));
	assert_string_equal(b.data == NULL ? "" : b.data, expected);
	buf_release(&b);
}

/* The same clusters in the orders of the queues, by channel. */
static void clusters_stand_in_order(void **state)
{
	struct fixture *f = *state;
	load_messages(f->r);
	apply(f->r,
		"{\"kind\":\"message\",\"id\":\"7\",\"version\":1,\"channel\":\"sms\",\"text\":\"b\",\"cluster\":9,\"participant\":3}\n"
		"{\"kind\":\"message\",\"id\":\"8\",\"version\":1,\"channel\":\"web\",\"text\":\"c\",\"cluster\":9,\"participant\":3}\n"
		"{\"kind\":\"theme\",\"id\":\"2\",\"version\":2,\"title\":\"Les écoles\",\"into\":\"1\"}\n"
		"{\"kind\":\"theme\",\"id\":\"4\",\"version\":2,\"title\":\"La dictée\",\"asks_nothing\":true}\n" LAST("b", "false"));
	order_is(f->r, &(struct theme_query){ .order = BY_PEOPLE }, "9 1 4- 3 2- ");
	order_is(f->r, &(struct theme_query){ .order = BY_AGE }, "1 2- 3 4- 9 ");
	order_is(f->r, &(struct theme_query){ .order = BY_ARRIVAL, .limit = 2 }, "9 4- ");
	order_is(f->r, &(struct theme_query){ .order = BY_PEOPLE, .channel = CH_WEB }, "9 4- 1 ");
	order_is(f->r, &(struct theme_query){ .order = BY_PEOPLE, .channel = CH_SMS }, "9 3 2- 1 ");
	order_is(f->r, &(struct theme_query){ .order = BY_AGE, .within = 4 }, "2- 4- ");
	order_is(f->r, &(struct theme_query){ .order = BY_AGE, .filter = "ecoles" }, "2- ");
	order_is(f->r, &(struct theme_query){ .order = BY_AGE, .filter = "DICTÉE" }, "2- 4- ");
	order_is(f->r, &(struct theme_query){ .order = BY_RISE, .limit = 1 }, "9 ");
	int64_t highest, fresh;
	assert_true(replica_clusters_since(f->r, CH_SMS, 2, 100, &highest, &fresh, NULL));
	assert_true(highest == 9 && fresh == 3);
	assert_true(replica_clusters_since(f->r, CH_WEB, 4, 100, &highest, &fresh, NULL));
	assert_true(highest == 9 && fresh == 1);
	const int64_t ids[] = { 9, 1, 2 };
	fine_rows_are(f->r, CH_NONE, ids, 1, false, "9@1:3 first 4 les écoles de demain; ");
	fine_rows_are(f->r, CH_SMS, ids, 3, true,
		"9@1:2 first 4 by 2, now 2 les écoles de demain; 1@1:1 first 1 by 1, now 1 L'École, quand ?; "
		"2@4:1 first 2 by 1, now 1 ecole pk; ");
	fine_rows_are(f->r, CH_WEB, ids, 1, true, "9@1:1 first 8 by 1, now 1 c; ");
	fine_rows_are(f->r, CH_SMS, ids, 1, false, "9@1:2 first 4 les écoles de demain; ");
}

static void what_asks_nothing_is_marked(void **state)
{
	struct fixture *f = *state;
	int64_t theme = -1;
	load_queues(f->r);
	assert_true(replica_asks_nothing(f->r, &theme, NULL));
	assert_int_equal(theme, 0);
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"9999\",\"version\":2,\"title\":\"(rien)\",\"asks_nothing\":true}\n" LAST("b", "false"));
	assert_true(replica_asks_nothing(f->r, &theme, NULL));
	assert_int_equal(theme, 9999);
}

static void prepared_themes_are_found_by_name(void **state)
{
	struct fixture *f = *state;
	load_queues(f->r);
	const struct theme *t = world_prepared(replica_world(f->r), "prep");
	assert_non_null(t);
	assert_string_equal(t->r.id, "6");
	assert_null(world_prepared(replica_world(f->r), ""));
	assert_null(world_prepared(replica_world(f->r), "other"));
	apply(f->r, "{\"kind\":\"theme\",\"id\":\"6\",\"version\":2,\"name\":\"prep\",\"gone\":true}\n" LAST("b", "false"));
	assert_null(world_prepared(replica_world(f->r), "prep"));
}

static void words_are_found(struct replica *r)
{
	messages_are(r, &(struct message_query){ .state = -1, .words = "ecole" }, "6 4 2 1 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "ÉCOLE demain" }, "6 4 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "ecole", .oldest_first = true, .limit = 2 }, "1 2 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "ecole", .before = 4, .after = 1 }, "2 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "olege" }, "3 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "pk" }, "2 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "pk ecole" }, "2 ");
	messages_are(r, &(struct message_query){ .state = MS_WAITING, .channel = CH_SMS, .words = "ecole" }, "2 ");
	messages_are(r, &(struct message_query){ .state = -1, .words = "absent" }, "");
	messages_are(r, &(struct message_query){ .state = -1, .words = "\" OR \"ecole" }, "");
	messages_are(r, &(struct message_query){ .state = -1, .words = "  " }, "6 4 3 2 1 ");
}

static void words_are_found_whatever_is_indexed(void **state)
{
	struct fixture *f = *state;
	int64_t indexed;
	bool done = false;
	load_messages(f->r);
	words_are_found(f->r);
	for (int n = 0; !done; n++) { /* two rows at a time: every boundary between index and tail */
		assert_true(replica_index_step(f->r, 2, &indexed, &done, NULL));
		words_are_found(f->r);
		assert_true(n < 10);
	}
	assert_int_equal(indexed, 6);
	apply(f->r, "{\"kind\":\"message\",\"id\":\"8\",\"version\":2,\"text\":\"école à l'heure\",\"cluster\":1}\n" LAST("b", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .words = "ecole", .limit = 2 }, "8 6 ");
	index_all(f->r, 1);
	/* One that comes late, below what is indexed, is indexed at once. */
	apply(f->r, "{\"kind\":\"message\",\"id\":\"7\",\"version\":3,\"text\":\"école buissonnière\",\"cluster\":1}\n" LAST("c", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .words = "ecole", .limit = 3 }, "8 7 6 ");
	/* An erased one is not found by the words it had. */
	apply(f->r, "{\"kind\":\"message\",\"id\":\"6\",\"version\":4,\"gone\":true,\"cluster\":4}\n" LAST("d", "false"));
	messages_are(f->r, &(struct message_query){ .state = -1, .words = "demain" }, "4 ");
}

/* Words of one and two letters, far from either end of more messages than are scanned for them. */
static void short_words_are_found_far_away(void **state)
{
	enum { MANY = 50000 };
	struct fixture *f = *state;
	struct buf page = BUF_INIT;
	for (int id = 1; id <= MANY; id++)
		buf_addf(&page, "{\"kind\":\"message\",\"id\":\"%d\",\"version\":1,\"channel\":\"sms\",\"text\":\"le smic%s\",\"cluster\":1,"
				"\"participant\":3}\n",
			id,
			id == 25000 ? " qz" : id == 25002 ? " qzen" : id == 25004 ? " aqz" : id == 25006 ? " y" : id == 25008 ? " l'qz" : "");
	buf_adds(&page, LAST("a", "false"));
	apply(f->r, page.data);
	buf_release(&page);
	for (int indexed = 0; indexed < 2; indexed++) {
		messages_are(f->r, &(struct message_query){ .state = -1, .words = "qz" }, "25008 25004 25002 25000 ");
		messages_are(f->r, &(struct message_query){ .state = -1, .words = "qz", .oldest_first = true, .limit = 2 }, "25000 25002 ");
		messages_are(f->r, &(struct message_query){ .state = -1, .words = "y" }, "25006 ");
		messages_are(f->r, &(struct message_query){ .state = -1, .words = "zz" }, "");
		messages_are(f->r, &(struct message_query){ .state = -1, .words = "le", .limit = 2 }, "50000 49999 ");
		messages_are(f->r, &(struct message_query){ .state = -1, .cluster = 1, .words = "qz", .before = 25004 }, "25002 25000 ");
		messages_are(f->r, &(struct message_query){ .state = -1, .cluster = 2, .words = "qz" }, "");
		index_all(f->r, 20000);
	}
}

static void samples_are_the_same_for_a_seed(void **state)
{
	struct fixture *f = *state;
	struct buf page = BUF_INIT, seen_of[2] = { BUF_INIT, BUF_INIT };
	for (int i = 1; i <= 200; i++)
		buf_addf(&page, "{\"kind\":\"message\",\"id\":\"%d\",\"version\":1,\"cluster\":%d,\"text\":\"x\"}\n", i, 1 + i % 2);
	buf_adds(&page, LAST("a", "false"));
	apply(f->r, page.data);
	buf_release(&page);
	for (int i = 0; i < 2; i++) {
		struct seen s = { .text = BUF_INIT };
		assert_true(replica_sample(f->r, &(struct message_query){ .theme = 1, .limit = 5 }, 77, see_message, &s, NULL));
		assert_int_equal(s.n, 5);
		buf_adds(&seen_of[i], s.text.data);
		buf_release(&s.text);
	}
	assert_string_equal(seen_of[0].data, seen_of[1].data);
	struct seen other = { .text = BUF_INIT };
	assert_true(replica_sample(f->r, &(struct message_query){ .theme = 1, .limit = 5 }, 78, see_message, &other, NULL));
	assert_string_not_equal(other.text.data, seen_of[0].data);
	buf_reset(&other.text);
	other.n = 0;
	assert_true(replica_sample(f->r, &(struct message_query){ .theme = 1, .limit = 500 }, 78, see_message, &other, NULL));
	assert_int_equal(other.n, 100);
	buf_release(&other.text);
	buf_release(&seen_of[0]);
	buf_release(&seen_of[1]);
}

static bool interrupt_at_once(void *arg, const struct message *m)
{
	(void)m;
	replica_interrupt(arg);
	return true;
}

static void a_query_can_be_interrupted(void **state)
{
	struct fixture *f = *state;
	struct error e = { 0 };
	load_messages(f->r);
	assert_false(replica_messages(f->r, &(struct message_query){ .state = -1 }, interrupt_at_once, f->r, &e));
	assert_int_equal(e.code, ERR_BUSY);
	assert_string_equal(e.text, "the query was interrupted");
	messages_are(f->r, &(struct message_query){ .state = -1, .limit = 1 }, "6 ");
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static void reopen(struct fixture *f)
{
	struct error e = { 0 };
	f->r = replica_open(&(struct replica_options){ .dir = f->dir }, &e);
	if (f->r == NULL)
		fail_msg("%s", e.text);
}

static void a_damaged_file_is_begun_anew(void **state)
{
	struct fixture *f = *state;
	apply(f->r, LAST("a", "false"));
	replica_close(f->r);
	char *path = path_join(f->dir, "replica.db");
	char rubbish[8192];
	memset(rubbish, 'x', sizeof rubbish);
	assert_true(file_replace(path, rubbish, sizeof rubbish, 0600, NULL));
	free(path);
	reopen(f);
	assert_string_equal(replica_cursor(f->r), "");
	apply(f->r, LAST("a", "false"));
	assert_string_equal(replica_cursor(f->r), "a");
}

static void a_file_that_was_taken_away_is_noticed(void **state)
{
	struct fixture *f = *state;
	apply(f->r, LAST("a", "false"));
	remove_files(f->dir);
	mkdir(f->dir, 0700);
	assert_string_equal(replica_cursor(f->r), "");
	apply(f->r, LAST("b", "false"));
	assert_string_equal(replica_cursor(f->r), "b");
}

static void a_missing_file_cannot_be_read(void **state)
{
	struct error e = { 0 };
	(void)state;
	assert_null(replica_open(&(struct replica_options){ .dir = "/nowhere", .read_only = true }, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void add_page(struct buf *page, int from, int n)
{
	buf_reset(page);
	for (int i = from; i < from + n; i++)
		buf_addf(page, "{\"kind\":\"message\",\"id\":\"%d\",\"version\":%d,\"cluster\":1,\"text\":\"message %d\"}\n", i, i, i);
	buf_addf(page, "{\"next\":\"%d\",\"more\":true,\"time\":1,\"ready\":true,\"whole\":false,\"event\":\"e\",\"seat\":\"1\"}\n",
		from + n - 1);
}

static void load_until_killed(const char *dir, int signal_fd)
{
	struct replica *r = replica_open(&(struct replica_options){ .dir = dir }, NULL);
	struct page_info info;
	struct buf page = BUF_INIT;
	for (int from = (int)strtol(replica_cursor(r), NULL, 10) + 1; r != NULL; from += 100) {
		add_page(&page, from, 100);
		if (!replica_apply(r, page.data, page.len, &info, NULL) || write(signal_fd, "x", 1) != 1)
			break;
	}
	_exit(1);
}

/* Killed at any moment of a first load: rows and cursor agree. */
static void a_killed_load_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	replica_close(f->r);
	for (int round = 0; round < 6; round++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			load_until_killed(f->dir, fds[1]);
		char c;
		for (int i = 0; i <= round; i++)
			assert_int_equal(read(fds[0], &c, 1), 1);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		close(fds[0]);
		close(fds[1]);
		struct replica_totals t;
		reopen(f);
		int64_t cursor = strtol(replica_cursor(f->r), NULL, 10);
		assert_true(cursor > 0);
		assert_true(replica_totals(f->r, &t, NULL));
		assert_int_equal(t.messages, cursor);
		struct seen s = { .text = BUF_INIT };
		assert_true(replica_messages(f->r, &(struct message_query){ .state = -1 }, see_message, &s, NULL));
		assert_int_equal(s.n, cursor);
		buf_release(&s.text);
		replica_close(f->r);
	}
	reopen(f);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_fresh_one_has_nothing), WITH(a_page_brings_rows_cursor_and_info), WITH(every_field_comes_back),
		WITH(an_older_row_is_passed_over), WITH(a_page_that_is_not_whole_changes_nothing),
		WITH(an_unknown_kind_is_passed_over), WITH(a_restart_empties), WITH(totals_are_kept),
		WITH(another_connection_sees_it), WITH(themes_come_in_order), WITH(rise_counts_the_last_minutes),
		WITH(filters_are_folded), WITH(messages_come_by_id), WITH(a_theme_has_what_was_merged_into_it),
		WITH(what_asks_nothing_is_marked), WITH(prepared_themes_are_found_by_name),
		WITH(a_large_theme_is_scanned_for), WITH(words_are_found_whatever_is_indexed), WITH(short_words_are_found_far_away), WITH(clusters_stand_in_order),
		WITH(samples_are_the_same_for_a_seed), WITH(a_query_can_be_interrupted), WITH(a_damaged_file_is_begun_anew),
		WITH(a_file_that_was_taken_away_is_noticed), WITH(a_missing_file_cannot_be_read),
		WITH(a_killed_load_goes_on_where_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
