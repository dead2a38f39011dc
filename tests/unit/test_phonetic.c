/* src/themes/phonetic.h: what sounds alike has one key. */
#include "src/themes/phonetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *key(const char *word, int flags)
{
	static char keys[2][PHONETIC_MAX];
	static int at;
	at = !at;
	size_t n = phonetic_key(word, strlen(word), flags, keys[at]);
	assert_int_equal(n, strlen(keys[at]));
	return keys[at];
}

static void what_sounds_alike_is_alike(void **state)
{
	(void)state;
	static const char *const alike[][2] = {
		{ "chômage", "chomaj" }, { "compte", "konte" }, { "moins", "moin" }, { "bien", "bi1" }, { "demain", "2m1" },
		{ "nation", "nasion" }, { "maison", "maizon" }, { "parler", "parlé" }, { "parlez", "parlait" }, { "travail", "travay" },
		{ "temps", "tan" }, { "photo", "foto" }, { "eau", "o" }, { "collège", "kolège" }, { "jeune", "jeun" },
		{ "gagne", "gagn" }, { "qui", "ki" }, { "ces", "sé" }, { "chercher", "cherché" }, { "impôts", "1po" },
	};
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		if (strcmp(key(alike[i][0], 0), key(alike[i][1], 0)) != 0)
			fail_msg("%s is %s, %s is %s", alike[i][0], key(alike[i][0], 0), alike[i][1], key(alike[i][1], 0));
}

static void what_differs_differs(void **state)
{
	(void)state;
	static const char *const apart[][2] = { { "bon", "bain" }, { "rue", "roue" }, { "pain", "pont" } };
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		assert_string_not_equal(key(apart[i][0], 0), key(apart[i][1], 0));
}

static void endings_are_heard_when_asked(void **state)
{
	(void)state;
	assert_string_equal(key("parlent", PHONETIC_MUTE_ENT), key("parle", 0));
	assert_string_not_equal(key("moment", 0), key("mome", 0));
	assert_string_equal(key("clas", PHONETIC_FULL_END), key("classe", 0));
	assert_string_equal(key("metie", PHONETIC_FULL_E), key("métie", 0));
}

static void keys_are_bounded(void **state)
{
	(void)state;
	char word[5000];
	memset(word, 'x', sizeof word);
	word[sizeof word - 1] = '\0';
	assert_true(strlen(key(word, 0)) < PHONETIC_MAX);
	assert_int_equal(strlen(key("", 0)), 0);
	assert_int_equal(strlen(key("漢字", 0)), 0);
	assert_true(strlen(key("\xff\xc3", 0)) < 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_sounds_alike_is_alike),
		cmocka_unit_test(what_differs_differs),
		cmocka_unit_test(endings_are_heard_when_asked),
		cmocka_unit_test(keys_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
