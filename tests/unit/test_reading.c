/* src/themes/reading.h: SMS become sentences, sentences stay, and nothing that comes in makes it stumble. */
#include "src/themes/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/text.h"

enum { FILE_MAX = 16 << 20 };
static struct reading_model *model;
static struct buf counts = BUF_INIT;

static struct reading_model *new_model(const char *lang, struct buf *words)
{
	char name[64];
	struct buf text = BUF_INIT;
	struct error e = { 0 };
	struct lexicon *l = lexicon_new();
	snprintf(name, sizeof name, "data/lexicon-%s.tsv", lang);
	if (!file_read(name, FILE_MAX, &text, &e) || !lexicon_read(l, text.data, text.len, &e))
		fail_msg("%s", e.text);
	snprintf(name, sizeof name, "data/words-%s.tsv", lang);
	if (!file_read(name, FILE_MAX, words, &e))
		fail_msg("%s", e.text);
	struct reading_model *m = reading_model_new(lang, l, words->data, words->len, &e);
	if (!m)
		fail_msg("%s", e.text);
	lexicon_free(l);
	buf_release(&text);
	return m;
}

static int open_model(void **state)
{
	(void)state;
	model = new_model("fr", &counts);
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	reading_model_free(model);
	buf_release(&counts);
	return 0;
}

static void sms_become_sentences(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{ "Ke KonT vou fer pour kil i é moin 2 violence dans lé kolège 2 france",
			"Que comptez-vous faire pour qu'il y ait moins de violence dans les collèges de France ?" },
		{ "c koi le smic", "C'est quoi le Smic ?" },
		{ "g pa de travail", "J'ai pas de travail." },
		{ "vs alé fair koi pr lé jeunes???", "Vous allez faire quoi pour les jeunes ?" },
		{ "jveu travaillé", "Je veux travailler." },
		{ "POURKOI VS FETE RIEN", "Pourquoi vous faites rien ?" },
		{ "jai perdu mon emplois a coz de la crise", "J'ai perdu mon emploi à cause de la crise." },
		{ "", "" },
	};
	struct reading r = { 0 };
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		assert_int_equal(reading_of(model, pairs[i][0], &r), *pairs[i][0] != '\0');
		assert_string_equal(r.text.data, pairs[i][1]);
	}
	reading_release(&r);
}

static void sentences_stay(void **state)
{
	(void)state;
	static const char *const same[] = {
		"Que comptez-vous faire pour l'école ?", "Y a-t-il des aides pour les familles ?",
		"Voir https://exemple.fr/a_b?c=d ou écrire à x@y.fr", "12 %", "😀 !!!", "Bonjour  madame,\nmerci.", "...", "-", "+",
		"Monsieur le Premier ministre, pourquoi supprimer 4 000 postes d'enseignants ?",
	};
	struct reading r = { 0 };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		bool changed = reading_of(model, same[i], &r);
		assert_string_equal(r.text.data, same[i]);
		assert_false(changed);
		for (size_t k = 0; k < r.n; k++)
			assert_false(r.words[k].changed);
	}
	reading_release(&r);
}

static void changed_words_are_told(void **state)
{
	(void)state;
	struct reading r = { 0 };
	assert_true(reading_of(model, "les jeunes veule du travail", &r));
	assert_string_equal(r.text.data, "Les jeunes veulent du travail.");
	assert_int_equal(r.n, 5);
	for (size_t i = 0; i < r.n; i++)
		assert_int_equal(r.words[i].changed, i == 2);
	assert_memory_equal(r.text.data + r.words[2].at, "veulent", r.words[2].len);
	assert_true(reading_of(model, "jai le droit", &r));
	assert_int_equal(r.n, 3);
	assert_int_equal(r.words[0].at, 0);
	assert_int_equal(r.words[0].len, strlen("J'ai"));
	assert_true(r.words[0].changed);
	reading_release(&r);
}

/* The words lie in the text in their order, and the text is UTF-8 and bounded. */
static void check_sound(const char *text)
{
	struct reading r = { 0 };
	reading_of(model, text, &r);
	assert_true(text_is_utf8(r.text.data, r.text.len));
	assert_true(r.text.len <= 6 * strlen(text) + 64);
	size_t end = 0;
	for (size_t i = 0; i < r.n; i++) {
		assert_true(r.words[i].at >= end && r.words[i].len > 0);
		end = r.words[i].at + r.words[i].len;
	}
	assert_true(end <= r.text.len);
	reading_release(&r);
}

static void odd_texts_are_bounded(void **state)
{
	(void)state;
	static const char *const pieces[] = { "k", "2", "é", "'", "’", "-", "?", ".", " ", "\n", "1", "ke ", "j'", "-t-il", "œ", "漢", "😀",
		"c ", "+", "@", "qu'", "A", "É", "www.", "ı", "ß", "İ" };
	char text[1200];
	unsigned seed = 1;
	for (int round = 0; round < 300; round++) {
		size_t n = 0, want = (seed >> 8) % 1000;
		while (n < want) {
			seed = seed * 1103515245u + 12345u;
			const char *p = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
			memcpy(text + n, p, strlen(p));
			n += strlen(p);
		}
		text[n] = '\0';
		check_sound(text);
	}
	char *lengthy = malloc(100001);
	assert_non_null(lengthy);
	memset(lengthy, 'k', 100000);
	lengthy[100000] = '\0';
	check_sound(lengthy);
	for (size_t i = 0; i + 1 < 100000; i += 2)
		lengthy[i] = ' ';
	check_sound(lengthy);
	free(lengthy);
}

static void english_is_read(void **state)
{
	(void)state;
	struct buf words = BUF_INIT;
	struct reading r = { 0 };
	struct reading_model *m = new_model("en", &words);
	assert_true(reading_of(m, "y dont u do sumthing 4 the skool", &r));
	assert_string_equal(r.text.data, "Why don't you do something for the school?");
	assert_false(reading_of(m, "Why don't you do something?", &r));
	reading_model_free(m);
	reading_release(&r);
	buf_release(&words);
}

static void wrong_counts_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{ "le 3\n", "line 1: it stands in no part" },
		{ "@class\nle 3\n@words\n", "line 3: there is no such part" },
		{ "@class\nle 3\n@pair\nla\tle 3\n", "line 4: a pair begins with a word of those above and a TAB" },
		{ "@class\nle 3\n@class2\n7\t0 3\n", "line 4: a row begins with classes' numbers and a TAB" },
		{ "@class2\n@class\nle 3\n", "line 2: the words come first" },
	};
	struct lexicon *l = lexicon_new();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error e = { 0 };
		assert_null(reading_model_new("fr", l, wrong[i][0], strlen(wrong[i][0]), &e));
		assert_int_equal(e.code, ERR_FORMAT);
		assert_string_equal(e.text, wrong[i][1]);
	}
	struct reading r = { 0 };
	struct reading_model *m = reading_model_new("fr", l, "", 0, NULL);
	assert_non_null(m);
	assert_false(reading_of(m, "rien du tout", &r));
	assert_string_equal(r.text.data, "rien du tout");
	reading_release(&r);
	reading_model_free(m);
	lexicon_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sms_become_sentences),
		cmocka_unit_test(sentences_stay),
		cmocka_unit_test(changed_words_are_told),
		cmocka_unit_test(odd_texts_are_bounded),
		cmocka_unit_test(english_is_read),
		cmocka_unit_test(wrong_counts_are_refused),
	};
	return cmocka_run_group_tests(tests, open_model, close_model);
}
