/* src/base/phrase.h: sentences found again by their templates, and never at the price of a frame. */
#include "src/base/phrase.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "src/base/mem.h"

static const struct phrase table[] = {
	{ "question q%lld was struck; choose another", "la question q%lld a été retirée ; choisissez-en une autre" },
	{ "question q%lld was %s %s; it cannot be aired", "la question q%lld a été %s %s ; elle ne peut pas passer à l’antenne" },
	{ "by %s (%s) at %s", "par %s (%s) à %s" },
	{ "dropped", "abandonnée" },
	{ "the %s is %s%s%s%s; it cannot be aired until it is cleared", "(%s) %s%s%s%s : à lever avant" },
	{ "there is no %s \"%s\"", "il n’y a pas de %s « %s »" },
	{ "there is no %s", "rien de tel : %s" },
	{ "%zu %% of it", "%zu % de cela" },
	{ "%s", "!" },
};

static void says(const char *english, const char *french)
{
	struct buf b = BUF_INIT;
	assert_true(phrase_say(table, COUNT_OF(table), english, &b));
	assert_string_equal(b.data, french);
	buf_release(&b);
}

static void arguments_are_found_again(void **state)
{
	(void)state;
	says("question q12 was struck; choose another", "la question q12 a été retirée ; choisissez-en une autre");
	says("there is no seat \"L'invité \"X\"\"", "il n’y a pas de seat « L'invité \"X\" »");
	says("the theme is held (why not); it cannot be aired until it is cleared", "(theme) held (why not) : à lever avant");
}

static void arguments_are_translated_too(void **state)
{
	(void)state;
	says("question q3 was dropped by Hugo (drop) at 19:42:07; it cannot be aired",
		"la question q3 a été abandonnée par Hugo (drop) à 19:42:07 ; elle ne peut pas passer à l’antenne");
}

static void the_template_with_most_words_of_its_own_is_taken(void **state)
{
	(void)state;
	says("there is no theme \"12\"", "il n’y a pas de theme « 12 »");
	says("there is no baton", "rien de tel : baton");
	says("dropped", "abandonnée");
}

static void what_fits_nothing_stays(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	assert_false(phrase_say(table, COUNT_OF(table), "question qx was struck; choose another", &b)); /* no number */
	assert_false(phrase_say(table, COUNT_OF(table), "", &b));
	assert_false(phrase_say(table, 0, "dropped", &b));
	assert_string_equal(b.data, "question qx was struck; choose anotherdropped");
	buf_release(&b);
}

static void a_sentence_that_nearly_fits_costs_little(void **state)
{
	struct buf text = BUF_INIT, b = BUF_INIT;
	(void)state;
	buf_adds(&text, "the question is held");
	for (int i = 0; i < 100; i++)
		buf_adds(&text, " is held;");
	buf_adds(&text, " X; it cannot be aired until it is cleared!; it cannot be aired until it is cleared");
	phrase_say(table, COUNT_OF(table), text.data, &b);
	buf_release(&text);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_found_again),
		cmocka_unit_test(arguments_are_translated_too),
		cmocka_unit_test(the_template_with_most_words_of_its_own_is_taken),
		cmocka_unit_test(what_fits_nothing_stays),
		cmocka_unit_test(a_sentence_that_nearly_fits_costs_little),
	};
	return cmocka_run_group_tests_name("phrase", tests, NULL, NULL);
}
