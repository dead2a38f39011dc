/* src/model/world.h: records in memory, found and walked in the order of their ids. */
#include "src/model/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/buf.h"

static const struct record *get(void *ctx, enum kind kind, const char *id)
{
	return memory_world_get(ctx, kind, id);
}

static void each(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(ctx, kind, visit, arg);
}

static struct world view(struct memory_world *m)
{
	return (struct world){ .ctx = m, .get = get, .each = each };
}

static bool note_id(void *arg, const struct record *r)
{
	buf_addf(arg, "%s ", r->id);
	return strcmp(r->id, "stop") != 0;
}

static void assert_order(const struct memory_world *m, enum kind kind, const char *want)
{
	struct buf b = BUF_INIT;
	memory_world_each(m, kind, note_id, &b);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void numbers_walk_by_value(void **state)
{
	(void)state;
	static const char *const ids[] = { "10", "9", "100", "1", "2", "99", "11" };
	struct memory_world *m = memory_world_new();
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		memory_world_put(m, record_new(K_THEME, ids[i]));
	assert_order(m, K_THEME, "1 2 9 10 11 99 100 ");
	assert_int_equal(memory_world_count(m, K_THEME), 7);
	assert_int_equal(memory_world_count(m, K_SEAT), 0);
	memory_world_free(m);
}

static void names_walk_by_bytes(void **state)
{
	(void)state;
	struct memory_world *m = memory_world_new();
	memory_world_put(m, record_new(K_ROOM, "wanadoo"));
	memory_world_put(m, record_new(K_ROOM, "9-tele"));
	memory_world_put(m, record_new(K_ROOM, "10-tele"));
	memory_world_put(m, record_new(K_ROOM, "aol"));
	memory_world_put(m, record_new(K_ROOM, "le-monde"));
	assert_order(m, K_ROOM, "10-tele 9-tele aol le-monde wanadoo ");
	memory_world_put(m, record_new(K_ROOM, "stop"));
	assert_order(m, K_ROOM, "10-tele 9-tele aol le-monde stop ");
	memory_world_free(m);
}

static void ten_thousand_are_found_in_any_order(void **state)
{
	(void)state;
	struct memory_world *m = memory_world_new();
	char id[ID_MAX];
	for (int64_t i = 0; i < 10007; i++) {
		id_from_number(id, i * 5003 % 10007 + 1); /* every number once, far from each other */
		memory_world_put(m, record_new(K_CLUSTER, id));
	}
	assert_int_equal(memory_world_count(m, K_CLUSTER), 10007);
	for (int64_t i = 1; i <= 10007; i++) {
		id_from_number(id, i);
		const struct record *r = memory_world_get(m, K_CLUSTER, id);
		assert_non_null(r);
		assert_string_equal(r->id, id);
	}
	assert_null(memory_world_get(m, K_CLUSTER, "0"));
	assert_null(memory_world_get(m, K_CLUSTER, "10008"));
	assert_null(memory_world_get(m, K_CLUSTER, ""));
	memory_world_free(m);
}

static void putting_replaces(void **state)
{
	(void)state;
	struct memory_world *m = memory_world_new();
	struct seat *old = record_new(K_SEAT, "3"), *fresh = record_new(K_SEAT, "3");
	text_set(&fresh->name, "scripte");
	memory_world_put(m, old);
	memory_world_put(m, fresh);
	memory_world_put(m, fresh); /* the same again: nothing is freed */
	assert_int_equal(memory_world_count(m, K_SEAT), 1);
	assert_string_equal(((struct seat *)memory_world_get(m, K_SEAT, "3"))->name, "scripte");
	memory_world_clear(m, K_SEAT);
	assert_null(memory_world_get(m, K_SEAT, "3"));
	memory_world_free(m);
	memory_world_free(NULL);
}

static void the_view_hides_what_is_gone(void **state)
{
	(void)state;
	struct memory_world *m = memory_world_new();
	const struct world w = view(m);
	assert_null(world_event(&w));
	memory_world_put(m, record_new(K_EVENT, "event"));
	memory_world_put(m, record_new(K_QUESTION, "q"));
	memory_world_put(m, record_new(K_SEAT, "1"));
	assert_non_null(world_event(&w));
	assert_non_null(world_question(&w, "q"));
	assert_non_null(world_seat(&w, "1"));
	assert_null(world_seat(&w, "2"));
	assert_null(world_question(&w, ""));
	assert_null(world_question(&w, NULL));
	memory_world_get(m, K_QUESTION, "q")->gone = true;
	assert_null(world_question(&w, "q"));
	assert_non_null(w.get(w.ctx, K_QUESTION, "q"));
	struct buf b = BUF_INIT;
	world_each(&w, K_QUESTION, note_id, &b);
	assert_string_equal(b.data, "q ");
	buf_release(&b);
	memory_world_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_walk_by_value),
		cmocka_unit_test(names_walk_by_bytes),
		cmocka_unit_test(ten_thousand_are_found_in_any_order),
		cmocka_unit_test(putting_replaces),
		cmocka_unit_test(the_view_hides_what_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
