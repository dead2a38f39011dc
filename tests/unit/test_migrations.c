/* data/migrations_store.c: an event that an older version made is opened, whole, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/db.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/store_bed.h"

/* The event of tests/unit/event-2.sql, changed by `sql`, in the place of the bed's own; not opened yet. */
static struct store_bed *old_event(const char *sql)
{
	struct store_bed *b = store_bed_new();
	struct buf dump = BUF_INIT;
	struct db d;
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[80];
	store_close(b->s);
	b->s = NULL;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		snprintf(path, sizeof path, "%s/event.db%s", b->dir, ends[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/event.db", b->dir);
	b->now = 1795500000000;
	if (!file_read("tests/unit/event-2.sql", 1 << 20, &dump, &b->e) ||
		!db_open(&d, &(struct db_options){ .path = path, .make = true }, &b->e) || !db_run(&d, dump.data, &b->e) ||
		!db_run(&d, sql, &b->e))
		fail_msg("%s", b->e.text);
	db_close(&d);
	buf_release(&dump);
	return b;
}

static int version_of(const struct store_bed *b)
{
	struct db d;
	int version;
	char path[80];
	snprintf(path, sizeof path, "%s/event.db", b->dir);
	assert_true(db_open(&d, &(struct db_options){ .path = path }, NULL));
	assert_true(db_version(&d, &version, NULL));
	db_close(&d);
	return version;
}

static const struct theme *theme(struct store_bed *b, const char *id)
{
	const struct theme *t = (const struct theme *)world_get(store_world(b->s), K_THEME, id);
	assert_non_null(t);
	return t;
}

static size_t rows_pulled(struct store_bed *b)
{
	struct reader *r = reader_open(&b->o, &b->e);
	struct changes_page p = { .more = true };
	char cursor[CURSOR_MAX] = "";
	struct buf out = BUF_INIT;
	size_t rows = 0;
	assert_non_null(r);
	while (p.more) {
		buf_reset(&out);
		assert_true(reader_changes(r, cursor, 7, false, &out, &p, &b->e));
		memcpy(cursor, p.next, sizeof cursor);
		rows += p.rows;
	}
	reader_close(r);
	buf_release(&out);
	return rows;
}

static void everything_is_there(struct store_bed *b)
{
	static const char *const themes[] = { "1", "2", "3", "3", "2", "5", "5", "5", "3", "1" };
	struct store_figures f;
	store_figures(b->s, &f);
	assert_int_equal(f.messages, 10);
	assert_int_equal(f.people, 10);
	for (size_t i = 0; i < COUNT_OF(themes); i++)
		assert_string_equal(store_bed_theme_of(b, (int64_t)i + 1)->r.id, themes[i]);
	assert_string_equal(theme_title(theme(b, "3")), "Internet au village");
	assert_string_equal(theme(b, "1")->words, "smic,salaire");
	assert_string_equal(theme(b, "6")->into, "5");
	const struct event *ev = world_event(store_world(b->s));
	assert_string_equal(ev->title, "Une heure d'avant");
	assert_int_equal(ev->state, EV_COLLECTING);
}

static void schema_2_goes_on(void **state)
{
	(void)state;
	struct store_bed *b = old_event("");
	assert_int_equal(version_of(b), 2);
	store_bed_reopen(b);
	everything_is_there(b);
	/* what schema 3 knows is known of what came before */
	assert_true(theme(b, "2")->asks_nothing);
	assert_false(theme(b, "1")->asks_nothing);
	const struct theme *t = world_prepared(store_world(b->s), "smic");
	assert_non_null(t);
	assert_string_equal(t->r.id, "1");
	assert_true(rows_pulled(b) >= 30);
	/* and the evening goes on: the engine knows what it knew */
	assert_string_equal(store_bed_theme_of(b, store_bed_takes(b, "et le salaire, le smic ?"))->r.id, "1");
	assert_string_equal(store_bed_theme_of(b, store_bed_takes(b, "bonsoir"))->r.id, "2");
	assert_string_equal(store_bed_theme_of(b, store_bed_takes(b, "Le prix du gazole : va-t-il baisser ?"))->r.id, "5");
	store_bed_takes(b, "Le smic et le salaire des jeunes ?");
	assert_string_not_equal(theme(b, "1")->typical, "");
	store_bed_does(b, "prepare", "\"name\":\"smic\",\"title\":\"Le Smic, encore\"");
	assert_string_equal(theme(b, "1")->title, "Le Smic, encore");
	store_bed_reopen(b); /* a second time nothing is changed */
	assert_string_equal(theme(b, "1")->title, "Le Smic, encore");
	assert_int_equal(version_of(b), 3);
	store_bed_free(b);
}

static void schema_1_goes_on(void **state)
{
	(void)state;
	struct store_bed *b = old_event("DROP TABLE lesson; PRAGMA user_version=1;");
	store_bed_reopen(b);
	everything_is_there(b);
	assert_non_null(world_prepared(store_world(b->s), "smic"));
	store_bed_takes(b, "et le salaire, le smic ?");
	store_bed_reopen(b);
	assert_int_equal(version_of(b), 3);
	store_bed_free(b);
}

static void a_change_that_cannot_be_made_changes_nothing(void **state)
{
	(void)state;
	struct store_bed *b = old_event("ALTER TABLE theme ADD COLUMN key_words TEXT;"); /* the third statement of schema 3 */
	assert_null(store_open(&b->o, &b->e));
	assert_non_null(strstr(b->e.text, "the change \"what the theme engine sees in a theme\" of the schema could not be made"));
	assert_int_equal(version_of(b), 2);
	struct db d;
	char path[80];
	snprintf(path, sizeof path, "%s/event.db", b->dir);
	assert_true(db_open(&d, &(struct db_options){ .path = path }, NULL));
	assert_false(db_run(&d, "SELECT typical FROM theme", NULL)); /* nor the first two */
	assert_true(db_run(&d, "ALTER TABLE theme DROP COLUMN key_words", NULL));
	db_close(&d);
	store_bed_reopen(b);
	everything_is_there(b);
	store_bed_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_2_goes_on),
		cmocka_unit_test(schema_1_goes_on),
		cmocka_unit_test(a_change_that_cannot_be_made_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
