/* src/themes/lexicon.h: rows are found, later ones win, mistakes are named by their line. */
#include "src/themes/lexicon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/file.h"

static const char *get(const struct lexicon *l, enum lexicon_kind kind, const char *form)
{
	return lexicon_get(l, kind, form, strlen(form));
}

static void rows_are_found(void **state)
{
	(void)state;
	static const char text[] = "# ours\n\nstop\tle\nspell\tKOI\tquoi\r\nspell\tc\tc'est|ces\nchatter\tbonne soir\xc3\xa9""e\nkeep\tsmic";
	struct lexicon *l = lexicon_new();
	struct error e = { 0 };
	assert_null(get(l, LEXICON_STOP, "le"));
	assert_true(lexicon_read(l, text, sizeof text - 1, &e));
	assert_string_equal(get(l, LEXICON_STOP, "le"), "");
	assert_null(get(l, LEXICON_KEEP, "le"));
	assert_null(get(l, LEXICON_STOP, "l"));
	assert_string_equal(get(l, LEXICON_SPELL, "koi"), "quoi");
	assert_string_equal(get(l, LEXICON_SPELL, "c"), "c'est|ces");
	assert_string_equal(get(l, LEXICON_CHATTER, "bonne soir\xc3\xa9""e"), "");
	assert_string_equal(get(l, LEXICON_KEEP, "smic"), "");
	assert_string_equal(lexicon_kind_name(LEXICON_SPELL), "spell");
	assert_true(lexicon_memory(l) > 0);
	lexicon_free(l);
	lexicon_free(NULL);
}

static void later_rows_win(void **state)
{
	(void)state;
	static const char ours[] = "spell\tpk\tpourquoi\nstop\tle\n", theirs[] = "spell\tPK\tparce que\nstop\tle\t-\n";
	struct lexicon *l = lexicon_new();
	size_t n = 0;
	assert_true(lexicon_read(l, ours, sizeof ours - 1, NULL));
	assert_true(lexicon_read(l, theirs, sizeof theirs - 1, NULL));
	assert_string_equal(get(l, LEXICON_SPELL, "pk"), "parce que");
	assert_null(get(l, LEXICON_STOP, "le"));
	const struct lexicon_row *rows = lexicon_rows(l, &n);
	assert_int_equal(n, 4);
	assert_null(rows[0].value);
	assert_string_equal(rows[2].form, "pk");
	lexicon_free(l);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "stop\tle\nstup\tla\n",
			"line 2: \"stup\" is no kind of row; there are stop, keep, weak, chatter, advert, spell, synonym and near, then a TAB" },
		{ "stop le\n",
			"line 1: \"stop le\" is no kind of row; there are stop, keep, weak, chatter, advert, spell, synonym and near, then a TAB" },
		{ "stop\t \n", "line 1: a row \"stop\" wants a word after the first TAB" },
		{ "#\nspell\tkoi\n", "line 2: a row \"spell\" wants a value after the second TAB" },
		{ "stop\tle\tla\n", "line 1: a row \"stop\" takes no value but \"-\"" },
		{ "spell\tkoi\tquoi\tqu'\n", "line 1: there are more than three fields" },
		{ "stop\t\xff\n", "line 1: this is not UTF-8" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lexicon *l = lexicon_new();
		struct error e = { 0 };
		assert_false(lexicon_read(l, cases[i].text, strlen(cases[i].text), &e));
		assert_int_equal(e.code, ERR_FORMAT);
		if (i != 2)
			assert_string_equal(e.text, cases[i].sentence);
		lexicon_free(l);
	}
}

static void a_line_is_bounded(void **state)
{
	(void)state;
	char text[LEXICON_LINE_MAX + 10];
	memset(text, 'a', sizeof text);
	struct lexicon *l = lexicon_new();
	struct error e = { 0 };
	assert_false(lexicon_read(l, text, sizeof text, &e));
	assert_int_equal(e.code, ERR_TOO_BIG);
	assert_false(lexicon_read(l, text, LEXICON_TEXT_MAX + 1, &e));
	lexicon_free(l);
}

/* A row for each kind in both of ours, and no row twice. */
static void our_files_are_sound(void **state)
{
	(void)state;
	static const char *const files[] = { "data/lexicon-fr.tsv", "data/lexicon-en.tsv" };
	for (size_t i = 0; i < 2; i++) {
		struct buf text = BUF_INIT;
		struct error e = { 0 };
		size_t n = 0, seen[LEXICON_KINDS] = { 0 };
		assert_true(file_read(files[i], LEXICON_TEXT_MAX, &text, &e));
		struct lexicon *l = lexicon_new();
		if (!lexicon_read(l, text.data, text.len, &e))
			fail_msg("%s: %s", files[i], e.text);
		const struct lexicon_row *rows = lexicon_rows(l, &n);
		for (size_t k = 0; k < n; k++) {
			if (!rows[k].value)
				fail_msg("%s: \"%s\" \"%s\" is there twice", files[i], lexicon_kind_name(rows[k].kind), rows[k].form);
			seen[rows[k].kind]++;
		}
		for (size_t k = 0; k < LEXICON_KINDS; k++)
			assert_true(seen[k] > 0);
		lexicon_free(l);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(later_rows_win),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(our_files_are_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
