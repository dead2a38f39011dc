/* data/seen.c, by data/store.h: what the engine sees in a theme is in its record, and follows what is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/store_bed.h"

static int set_up(void **state)
{
	*state = store_bed_new();
	return 0;
}

static int tear_down(void **state)
{
	store_bed_free(*state);
	return 0;
}

static const char *const smic[] = {
	"smic", "De combien le Smic va-t-il augmenter en juillet ?", "le smic va augmenter de combien en juillet svp",
	"Le Smic augmente en juillet, mais de combien ?", "smic ?",
};

static int64_t smic_comes(struct store_bed *b)
{
	int64_t first = store_bed_takes(b, smic[0]);
	for (size_t i = 1; i < COUNT_OF(smic); i++) {
		store_bed_takes(b, smic[i]);
		store_bed_takes(b, "Quand aura-t-on le haut débit au village ?");
	}
	return first;
}

static void a_theme_shows_its_most_typical_message(void **state)
{
	struct store_bed *b = *state;
	int64_t first = smic_comes(b);
	const struct theme *t = store_bed_theme_of(b, first);
	assert_string_equal(t->title, "smic");
	assert_non_null(strstr(t->typical, "juillet"));
	assert_string_equal(theme_title(t), t->typical);
	assert_non_null(strstr(t->key_words, "smic"));
	assert_int_equal(t->r.rev, 0); /* no act: it makes nobody's decision stale */
	char typical[200], words[200];
	snprintf(typical, sizeof typical, "%s", t->typical);
	snprintf(words, sizeof words, "%s", t->key_words);
	store_bed_reopen(b);
	t = store_bed_theme_of(b, first);
	assert_string_equal(t->typical, typical);
	assert_string_equal(t->key_words, words);
	assert_true(t->typical_id > first);
}

static void what_is_set_aside_is_not_shown(void **state)
{
	struct store_bed *b = *state;
	int64_t first = smic_comes(b), shown = store_bed_theme_of(b, first)->typical_id;
	char args[80];
	snprintf(args, sizeof args, "\"target\":[\"message:%lld\"]", (long long)shown);
	store_bed_does(b, "dismiss", args);
	const struct theme *t = store_bed_theme_of(b, first);
	assert_int_not_equal(t->typical_id, shown);
	assert_int_not_equal(t->typical_id, 0);
	for (int64_t id = 1; id <= 9; id++) { /* all of them: nothing is left to be shown */
		snprintf(args, sizeof args, "\"target\":[\"message:%lld\"]", (long long)id);
		if (id != shown)
			store_bed_does(b, "dismiss", args);
	}
	t = store_bed_theme_of(b, first);
	assert_int_equal(t->typical_id, 0);
	assert_string_equal(theme_title(t), "smic");
}

static void people_have_the_last_word(void **state)
{
	struct store_bed *b = *state;
	int64_t first = smic_comes(b);
	char args[80];
	snprintf(args, sizeof args, "\"theme\":\"%s\",\"text\":\"Le Smic\"", store_bed_theme_of(b, first)->r.id);
	store_bed_does(b, "label", args);
	const struct theme *t = store_bed_theme_of(b, first);
	assert_string_equal(theme_title(t), "Le Smic");
	assert_non_null(strstr(theme_asks(t), "juillet"));
	store_bed_does(b, "prepare", "\"name\":\"net\",\"title\":\"Et le haut débit ?\",\"words\":\"haut débit, ADSL\"");
	for (int i = 0; i < 4; i++)
		store_bed_takes(b, i % 2 ? "le haut débit ADSL chez nous" : "ADSL haut débit en zone blanche");
	t = world_prepared(store_world(b->s), "net");
	assert_string_equal(theme_title(t), "Et le haut débit ?");
	assert_string_not_equal(t->typical, "");
	assert_true(t->typical_id > 0);
}

static void a_merged_theme_shows_for_both(void **state)
{
	struct store_bed *b = *state;
	int64_t a = store_bed_takes(b, "retraites"), other = store_bed_takes(b, "police");
	char args[40 + 2 * ID_MAX];
	for (int i = 0; i < 3; i++)
		store_bed_takes(b, "Combien de policiers dans les rues de Marseille ?");
	int64_t police = store_bed_theme_of(b, other + 1)->first;
	char root[ID_MAX];
	snprintf(root, sizeof root, "%s", store_bed_theme_of(b, a)->r.id);
	snprintf(args, sizeof args, "\"theme\":\"%s\",\"others\":[\"%s\"]", root, store_bed_theme_of(b, police)->r.id);
	store_bed_does(b, "merge", args);
	const struct theme *t = store_bed_theme_of(b, a);
	assert_string_equal(t->r.id, root);
	assert_string_equal(t->typical, "Combien de policiers dans les rues de Marseille ?");
	assert_true(t->typical_id > 0);
}

static void what_asks_nothing_has_a_mark(void **state)
{
	struct store_bed *b = *state;
	int64_t first = store_bed_takes(b, "bonjour");
	store_bed_takes(b, "salut");
	store_bed_takes(b, "coucou");
	store_bed_takes(b, "bonsoir");
	const struct theme *t = store_bed_theme_of(b, first);
	assert_true(t->asks_nothing);
	assert_string_equal(t->typical, "");
	assert_string_equal(theme_title(t), theme_asks_nothing[0]);
	store_bed_reopen(b);
	assert_true(store_bed_theme_of(b, first)->asks_nothing);
	assert_false(store_bed_theme_of(b, store_bed_takes(b, "De combien augmente le Smic ?"))->asks_nothing);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_theme_shows_its_most_typical_message), WITH(what_is_set_aside_is_not_shown),
		WITH(people_have_the_last_word), WITH(a_merged_theme_shows_for_both), WITH(what_asks_nothing_has_a_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
