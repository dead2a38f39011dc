/* src/themes/engine.h: people who wrote the same words are together, and a restart decides nothing anew. */
#include "src/themes/engine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint32_t cluster_of(struct engine *g, const char *text)
{
	return engine_place(g, text, 0).cluster;
}

static void the_same_words_are_one_cluster(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	struct placing first = engine_place(g, "Et le Smic ?", 1);
	assert_int_equal(first.cluster, 1);
	assert_int_equal(first.theme, 1);
	assert_true(first.fresh);
	struct placing again = engine_place(g, "ET  LE SMIC!!", 2);
	assert_int_equal(again.cluster, 1);
	assert_int_equal(again.theme, 1);
	assert_false(again.fresh);
	assert_int_equal(cluster_of(g, "Et le Smig ?"), 2);
	assert_int_equal(cluster_of(g, "L'École, à quelle heure ?"), 3);
	assert_int_equal(cluster_of(g, "l'ecole a quelle heure"), 3);
	engine_free(g);
	engine_free(NULL);
}

static void texts_without_words_have_clusters_too(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	assert_int_equal(cluster_of(g, "!!!"), 1);
	assert_int_equal(cluster_of(g, "???"), cluster_of(g, "???"));
	assert_int_not_equal(cluster_of(g, "\U0001F600"), cluster_of(g, "\U0001F621"));
	engine_free(g);
}

static void reserved_numbers_are_never_given(void **state)
{
	(void)state;
	struct engine *g = engine_new("en");
	assert_int_equal(cluster_of(g, "one"), 1);
	assert_int_equal(engine_reserve(g), 2);
	assert_int_equal(cluster_of(g, "two"), 3);
	engine_reserved(g, 10);
	engine_reserved(g, 4);
	assert_int_equal(cluster_of(g, "three"), 11);
	engine_free(g);
}

static void a_restart_goes_on_where_it_was(void **state)
{
	(void)state;
	static const char *const texts[] = { "un", "deux", "UN", "trois", "deux ?", "quatre" };
	enum { N = sizeof texts / sizeof *texts };
	struct engine *lived = engine_new("fr"), *back = engine_new("fr");
	for (int i = 0; i < N; i++)
		engine_restore(back, texts[i], i, cluster_of(lived, texts[i]));
	engine_restore(back, "never placed", N, 0);
	assert_int_equal(cluster_of(back, "Cinq"), cluster_of(lived, "Cinq"));
	for (int i = 0; i < N; i++)
		assert_int_equal(cluster_of(back, texts[i]), cluster_of(lived, texts[i]));
	engine_free(lived);
	engine_free(back);
}

static void memory_is_told(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	size_t empty = engine_memory(g);
	cluster_of(g, "bonjour");
	assert_true(engine_memory(g) > empty);
	engine_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_are_one_cluster),
		cmocka_unit_test(texts_without_words_have_clusters_too),
		cmocka_unit_test(reserved_numbers_are_never_given),
		cmocka_unit_test(a_restart_goes_on_where_it_was),
		cmocka_unit_test(memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
