/* src/base/text.h: the door, folding, masking, escaping, columns. */
#include "src/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

/* A literal with its length, NUL bytes included. */
#define BYTES(s) s, sizeof(s) - 1

#define FAMILY  "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
#define ENGLAND "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"
#define FFFD    "\uFFFD"

struct door_row {
	const char *in;
	size_t len;
	const char *out;
};

static void check_door(const struct door_row *rows, size_t n)
{
	struct buf out = BUF_INIT, again = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		struct error e = { 0 };
		bool changed, changed_again;

		if (!text_clean(rows[i].in, rows[i].len, TEXT_MESSAGE_MAX, &out, &changed, &e))
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(out.data, rows[i].out);
		assert_int_equal(changed, out.len != rows[i].len || memcmp(out.data, rows[i].in, out.len) != 0);
		assert_true(text_clean(out.data, out.len, TEXT_MESSAGE_MAX, &again, &changed_again, NULL));
		assert_false(changed_again);
		assert_string_equal(again.data, out.data);
	}
	buf_release(&out);
	buf_release(&again);
}

static void test_door_keeps_what_people_write(void **state)
{
	static const struct door_row rows[] = {
		{ BYTES("Bonjour"), "Bonjour" },
		{ BYTES("À Noël, où ça ? « Là-bas » – l’œuf, 10 € !"), "À Noël, où ça ? « Là-bas » – l’œuf, 10 € !" },
		{ BYTES("Pourquoi\u00A0? Et\u202F!"), "Pourquoi\u00A0? Et\u202F!" },
		{ BYTES("un\ndeux\n\ntrois"), "un\ndeux\n\ntrois" },
		{ BYTES("Ελλάδα Россия 世界 مرحبا हिन्दी"), "Ελλάδα Россия 世界 مرحبا हिन्दी" },
		{ BYTES("Bravo \U0001F600\U0001F44F\U0001F3FD"), "Bravo \U0001F600\U0001F44F\U0001F3FD" },
		{ BYTES("famille " FAMILY "!"), "famille " FAMILY "!" },
		{ BYTES("c\u0153ur \u2764\uFE0F"), "c\u0153ur \u2764\uFE0F" },
		{ BYTES("\u2764\uFE0F\u200D\U0001F525"), "\u2764\uFE0F\u200D\U0001F525" },
		{ BYTES("\U0001F575\U0001F3FB\u200D\u2642\uFE0F"), "\U0001F575\U0001F3FB\u200D\u2642\uFE0F" },
		{ BYTES("\U0001F3F3\uFE0F\u200D\U0001F308"), "\U0001F3F3\uFE0F\u200D\U0001F308" },
		{ BYTES("\U0001F1EB\U0001F1F7"), "\U0001F1EB\U0001F1F7" },
		{ BYTES("1\uFE0F\u20E3 #\uFE0F\u20E3"), "1\uFE0F\u20E3 #\uFE0F\u20E3" },
		{ BYTES(ENGLAND), ENGLAND },
		{ BYTES("e\u0301cole"), "\u00E9cole" },
		{ BYTES("a\u0323\u0302"), "\u1EAD" },
	};

	(void)state;
	check_door(rows, COUNT_OF(rows));
}

static void test_door_turns_lines_and_spaces(void **state)
{
	static const struct door_row rows[] = {
		{ BYTES("un\r\ndeux\rtrois"), "un\ndeux\ntrois" },
		{ BYTES("un\u2028deux\u2029trois\xC2\x85"
			"quatre"),
			"un\ndeux\ntrois\nquatre" },
		{ BYTES("\xE2\x98\x83\r\n\xCC\x81un\r\n\u2060deux"), "\xE2\x98\x83\nun\ndeux" },
		{ BYTES("a\tb\u2800c"), "a b c" },
		{ BYTES(" \u00A0\r\n\tun deux\u202F \n"), "un deux" },
		{ BYTES("\u3000\u2003un\u2003\u3000"), "un" },
		{ BYTES("\u3000\u0301un"), "un" },
		{ BYTES(" \u200B\u00A0un"), "un" },
	};

	(void)state;
	check_door(rows, COUNT_OF(rows));
}

static void test_door_drops_what_nobody_sees(void **state)
{
	static const struct door_row rows[] = {
		{ BYTES("a\0b\x01\x7F"
			"c\xC2\x80"
			"\xC2\x9F"),
			"abc" },
		{ BYTES("rouge \x1B[31;1mvif\x1B[0m fin"), "rouge vif fin" },
		{ BYTES("\x1B]0;titre\x07suite"), "suite" },
		{ BYTES("\x1B]8;;http://x\x1B\\lien\x1B]8;;\x1B\\"), "lien" },
		{ BYTES("\xC2\x9B"
			"2Jsuite \xC2\x9D"
			"0;t\xC2\x9C"
			"fin"),
			"suite fin" },
		{ BYTES("\x1BPq#0\x1B\\fin"), "fin" },
		{ BYTES("\x1B]jamais fini"), "]jamais fini" },
		{ BYTES("\x1B[31"), "[31" },
		{ BYTES("un\x1B"), "un" },
		{ BYTES("\u202Eabc\u202C \u2066def\u2069 \u200Eg\u200Fh\u061Ci"), "abc def ghi" },
		{ BYTES("a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf\u00ADg\u034Fh"), "abcdefgh" },
		{ BYTES("\uFEFFdébut"), "début" },
		{ BYTES("a\uFE0Fb\uFE0E\u2764\uFE0E\U000E0100"), "ab\u2764" },
		{ BYTES("x\U000E0068\U000E0069\U000E007Fy"), "xy" },
		{ BYTES("\U0001F3F4\U000E0068\U000E0069\U000E007F"), "\U0001F3F4" },
		{ BYTES("\u3164\uFFA0\u115Fz\u180E"), "z" },
		{ BYTES("\uFFF9a\uFFFAb\uFFFB\uFFFCc"), "abc" },
		{ BYTES("\u200D\U0001F468\u200D"), "\U0001F468" },
		{ BYTES("\U0001F468\u200D\u200D\U0001F469"), "\U0001F468\u200D\U0001F469" },
		{ BYTES("\U0001F468\u200Da"), "\U0001F468a" },
		{ BYTES("\U0001F468\u200D\u2194\u200D\u0338"), "\U0001F468\u21AE" },
		{ BYTES("1\uFE0F2"), "12" },
		{ BYTES("\u0301\u0302seul \u0301ici\n\u0301la"), "seul ici\nla" },
		{ BYTES("e\u034F\u0301"), "\u00E9" },
	};

	(void)state;
	check_door(rows, COUNT_OF(rows));
}

/* Unicode 15 §3.9, table 3-8 and its neighbours. */
static void test_door_replaces_ill_formed_bytes(void **state)
{
	static const struct door_row rows[] = {
		{ BYTES("a\xF1\x80\x80\xE1\x80\xC2"
			"b\x80"
			"c\x80\xBF"
			"d"),
			"a" FFFD FFFD FFFD "b" FFFD "c" FFFD FFFD "d" },
		{ BYTES("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82"
			"A"),
			FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A" },
		{ BYTES("\xED\xA0\x80\xED\xBF\xBF\xED\xAF"
			"A"),
			FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A" },
		{ BYTES("\xF4\x91\x92\x93\xFF"
			"A\x80\xBF"
			"B"),
			FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B" },
		{ BYTES("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
			"A"),
			FFFD FFFD FFFD FFFD "A" },
		{ BYTES("\xE9t\xE9"), FFFD "t" FFFD },
		{ BYTES("fin\xC3"), "fin" FFFD },
		{ BYTES("\uFFFE\U0010FFFF\uFDD0"), FFFD FFFD FFFD },
	};

	(void)state;
	check_door(rows, COUNT_OF(rows));
}

static void test_door_limits_marks(void **state)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	bool changed;

	(void)state;
	buf_adds(&in, "z");
	for (int i = 0; i < 1000; i++)
		buf_adds(&in, "\u0353\u20DD");
	buf_adds(&in, "e");
	assert_true(text_clean(in.data, in.len, TEXT_MESSAGE_MAX, &out, &changed, NULL));
	assert_true(changed);
	assert_int_equal(text_points(out.data), 1 + TEXT_MARKS_MAX + 1);
	buf_reset(&in);
	for (int i = 0; i < 1000; i++)
		buf_adds(&in, "\u1161"); /* Hangul vowels take no column of their own */
	assert_false(text_clean(in.data, in.len, TEXT_MESSAGE_MAX, &out, &changed, NULL));
	buf_release(&in);
	buf_release(&out);
}

static void test_door_refuses_with_a_sentence(void **state)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct error e = { 0 };
	bool changed;

	(void)state;
	for (int i = 0; i < TEXT_MESSAGE_MAX; i++)
		buf_adds(&in, "é");
	assert_true(text_clean(in.data, in.len, TEXT_MESSAGE_MAX, &out, &changed, &e));
	assert_false(changed);
	buf_adds(&in, " !");
	assert_false(text_clean(in.data, in.len, TEXT_MESSAGE_MAX, &out, &changed, &e));
	assert_int_equal(e.code, ERR_TOO_BIG);
	assert_string_equal(e.text, "the message has 2002 characters and may have at most 2000");
	buf_reset(&in);
	for (int i = 0; i < 200000; i++)
		buf_addc(&in, 'x');
	assert_false(text_clean(in.data, in.len, TEXT_MESSAGE_MAX, &out, &changed, &e));
	assert_int_equal(e.code, ERR_TOO_BIG);
	assert_string_equal(e.text, "the message is longer than 2000 characters");
	assert_false(
		text_clean(BYTES(" \r\n\t\u200B\0\u3164\uFE0F\u2800\u0301"), TEXT_MESSAGE_MAX, &out, &changed, &e));
	assert_int_equal(e.code, ERR_REFUSED);
	assert_string_equal(e.text, "the message has nothing in it that can be seen");
	assert_false(text_clean("", 0, TEXT_MESSAGE_MAX, &out, &changed, &e));
	assert_int_equal(e.code, ERR_REFUSED);
	buf_release(&in);
	buf_release(&out);
}

static void test_line(void **state)
{
	static const struct {
		const char *in;
		size_t max;
		const char *out;
	} rows[] = {
		{ "Jean\r\nDupont\n", 80, "Jean Dupont" },
		{ "", 80, "" },
		{ " \u200B\n", 80, "" },
		{ "Jean Dupont", 5, "Jean" },
		{ "Jean Dupont", 6, "Jean D" },
		{ "ab\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7", 5, "ab\U0001F1EB\U0001F1F7" },
		{ "ab" FAMILY "c", 8, "ab" },
		{ "ab" FAMILY "c", 9, "ab" FAMILY },
		{ FAMILY, 4, "\U0001F468\u200D\U0001F469" },
		{ "abc", 0, "" },
	};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		text_clean_line(rows[i].in, strlen(rows[i].in), rows[i].max, &out);
		assert_string_equal(out.data, rows[i].out);
	}
	buf_release(&out);
}

static void check_pairs(void (*act)(const char *, struct buf *), const char *const rows[][2], size_t n)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_reset(&out);
		buf_adds(&out, "> ");
		act(rows[i][0], &out);
		assert_memory_equal(out.data, "> ", 2);
		assert_string_equal(out.data + 2, rows[i][1]);
	}
	buf_release(&out);
}

static void test_fold(void **state)
{
	static const char *const rows[][2] = {
		{ "École", "ecole" },
		{ "  L’ÉTÉ,   à   NOËL !!", "l ete a noel" },
		{ "l'été", "l ete" },
		{ "ŒUVRE Ætna straße Øre Łódź", "oeuvre aetna strasse ore lodz" },
		{ "cœur", "coeur" },
		{ "Ça va-t-il?", "ca va t il" },
		{ "10\u00A0000,50 €", "10 000 50" },
		{ "m² ½ ﬁn №", "m2 1 2 fin no" },
		{ "Việt Nam İstanbul", "viet nam istanbul" },
		{ "ＡＢＣ１２", "abc12" },
		{ "1\uFE0F\u20E3 idée", "1 idee" },
		{ "Россия Ёлка й", "россия ёлка й" },
		{ "ΕΛΛΆΔΑ", "ελλάδα" },
		{ "世界、こんにちは。が", "世界 こんにちは が" },
		{ "हिन्दी", "हिन्दी" },
		{ "٣٤", "34" },
		{ "\U0001F600", "\U0001F600" },
		{ FAMILY, FAMILY },
		{ "?!", "?!" },
		{ "\U0001F600 oui \U0001F44D", "oui" },
		{ "Ke KonT vou fer", "ke kont vou fer" },
	};

	(void)state;
	check_pairs(text_fold, rows, COUNT_OF(rows));
}

static void mask_french(const char *s, struct buf *out)
{
	text_mask(s, "fr", out);
}

static void mask_english(const char *s, struct buf *out)
{
	text_mask(s, "en", out);
}

#define NUMBER  "[numéro masqué]"
#define ADDRESS "[adresse masquée]"

static void test_mask_hides_numbers(void **state)
{
	static const char *const rows[][2] = {
		{ "06 12 34 56 78", NUMBER },
		{ "id=01a20aec-7b97-7b65-8712-0612345678bc, 0612345678", "id=01a20aec-7b97-7b65-8712-0612345678bc, " NUMBER },
		{ "Appelez le 0612345678.", "Appelez le " NUMBER "." },
		{ "06.12.34.56.78", NUMBER },
		{ "06-12-34-56-78", NUMBER },
		{ "06/12/34/56/78", NUMBER },
		{ "06,12,34,56,78", NUMBER },
		{ "06\u00A012\u202F34 56 78", NUMBER },
		{ "06. 12. 34. 56. 78", NUMBER },
		{ "06 - 12 - 34 - 56 - 78", NUMBER },
		{ "0612 34 56 78", NUMBER },
		{ "0612 345 678", NUMBER },
		{ "06 1234 5678", NUMBER },
		{ "0 800 123 456", NUMBER },
		{ "0 6 1 2 3 4 5 6 7 8", NUMBER },
		{ "(06) 12 34 56 78", NUMBER },
		{ "(06 12 34 56 78)", "(" NUMBER ")" },
		{ "tel:0612345678", "tel:" NUMBER },
		{ "tel0612345678ok", "tel" NUMBER "ok" },
		{ "0692 12 34 56", NUMBER },
		{ "01 42 75 80 00 poste 12", NUMBER " poste 12" },
		{ "0612345678/0698765432", NUMBER "/" NUMBER },
		{ "06 12 34 56 78 75001 Paris", NUMBER " 75001 Paris" },
		{ "le 24/06/2004 06 12 34 56 78", "le 24/06/2004 " NUMBER },
		{ "15/07-0612345678", "15/07-" NUMBER },
		{ "+33612345678", NUMBER },
		{ "+33 6 12 34 56 78", NUMBER },
		{ "+33 (0)6 12 34 56 78", NUMBER },
		{ "+33(0)612345678", NUMBER },
		{ "(+33) 6 12 34 56 78", NUMBER },
		{ "+33 06 12 34 56 78", NUMBER },
		{ "+33 612 345 678", NUMBER },
		{ "0033612345678", NUMBER },
		{ "00 33 6 12 34 56 78", NUMBER },
		{ "0033 (0) 6.12.34.56.78", NUMBER },
		{ "33612345678", NUMBER },
		{ "33 6 12 34 56 78", NUMBER },
		{ "+32 475 12 34 56", NUMBER },
		{ "+32 475/12.34.56, merci", NUMBER ", merci" },
		{ "+44 (0)20 7946 0958", NUMBER },
		{ "+1 (555) 123-4567", NUMBER },
		{ "0044 20 7946 0958", NUMBER },
		{ "０６ １２ ３４ ５６ ７８", NUMBER },
		{ "0\uFE0F\u20E36\uFE0F\u20E31\uFE0F\u20E32\uFE0F\u20E33\uFE0F\u20E34\uFE0F\u20E35\uFE0F\u20E36\uFE0F"
		  "\u20E37\uFE0F"
		  "\u20E38\uFE0F\u20E3!",
			NUMBER "!" },
	};

	(void)state;
	check_pairs(mask_french, rows, COUNT_OF(rows));
}

static void test_mask_hides_addresses(void **state)
{
	static const char *const rows[][2] = {
		{ "jean@free.fr", ADDRESS },
		{ "Écrivez à jean.dupont+chat@mail.free.fr.", "Écrivez à " ADDRESS "." },
		{ "<rené_b@wanadoo.fr>", "<" ADDRESS ">" },
		{ "«jean@free.fr»", "«" ADDRESS "»" },
		{ "mailto:j@x.info?", "mailto:" ADDRESS "?" },
		{ "suite...jean@free.fr", "suite..." ADDRESS },
		{ "jean@free.fr-merci", ADDRESS "-merci" },
		{ "0612345678@sfr.fr", ADDRESS },
		{ "a@b.fr c@d.fr", ADDRESS " " ADDRESS },
		{ "jean@élysée.fr", ADDRESS },
		{ "a@b.fr 0612345678 c@d.fr", ADDRESS " " NUMBER " " ADDRESS },
	};

	(void)state;
	check_pairs(mask_french, rows, COUNT_OF(rows));
}

static void test_mask_leaves_the_rest(void **state)
{
	static const char *const texts[] = { "", "2004", "35h", "36200", "le 3949", "1 500 000",
		"10 000 000 de Français", "24/06/2004", "06/07/2004", "06/07/2004 18h30", "06/07/2004 18 30",
		"06/07/04 18 30", "06.07.2004 à 18:30", "le 24 06 2004", "12,50 €", "0,123456789", "0.123456789",
		"1 012 345 678 €", "+10 000 000 €", "+10 000 000", "+ 12 345 678 %", "20 000 000 000",
		"012345678901234567890", "75001 Paris", "de 1995-2004 à 2005-2010", "+5 %", "00h30", "@jean", "jean@",
		"a@b", "a@b.c", "@free.fr", "à @ 5", "10@12.30", "5 001 234 567 890",
		"FR76 3000 6000 0112 3456 7890 189", "4970 1012 3456 7890", "départements 01, 02, 03, 04, 05",
		"33 612 345 678", "24/06/2004 08 09", "2004-06-07 08:09:10" };
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		buf_reset(&out);
		text_mask(texts[i], "fr", &out);
		assert_string_equal(out.data, texts[i]);
	}
	buf_release(&out);
}

static void test_mask_speaks_english(void **state)
{
	static const char *const rows[][2] = {
		{ "06 12 34 56 78 or a@b.org", "[number hidden] or [address hidden]" },
	};

	(void)state;
	check_pairs(mask_english, rows, COUNT_OF(rows));
}

static void log_whole(const char *s, struct buf *out)
{
	text_log(s, strlen(s), out);
}

static void test_escapers(void **state)
{
	static const char *const html[][2] = {
		{ "<b a=\"x\" c='y'>&amp; é", "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp; é" },
		{ "", "" },
	};
	static const char *const csv[][2] = {
		{ "simple", "\"simple\"" },
		{ "", "\"\"" },
		{ "il dit \"oui\"\n", "\"il dit \"\"oui\"\"\n\"" },
		{ "=1+1", "\"'=1+1\"" },
		{ "+33", "\"'+33\"" },
		{ "-1", "\"'-1\"" },
		{ "@x", "\"'@x\"" },
		{ "\tx", "\"'\tx\"" },
		{ "a=1", "\"a=1\"" },
	};
	static const char *const log[][2] = {
		{ "été \n\t\r\x1B[0m", "été \\n\\t\\x0D\\x1B[0m" },
		{ "\xFF\xC3 \u202E\u2028\xC2\x85", "\\xFF\\xC3 \\xE2\\x80\\xAE\\xE2\\x80\\xA8\\xC2\\x85" },
	};
	struct buf out = BUF_INIT;

	(void)state;
	check_pairs(text_html, html, COUNT_OF(html));
	check_pairs(text_csv, csv, COUNT_OF(csv));
	check_pairs(log_whole, log, COUNT_OF(log));
	text_log(BYTES("a\0b"), &out);
	assert_string_equal(out.data, "a\\x00b");
	buf_release(&out);
}

static void test_looking(void **state)
{
	(void)state;
	assert_true(text_is_utf8(BYTES("été \U0001F600")));
	assert_true(text_is_utf8("", 0));
	assert_false(text_is_utf8(BYTES("a\0b")));
	assert_false(text_is_utf8(BYTES("\xED\xA0\x80")));
	assert_false(text_is_utf8(BYTES("\xC0\x80")));
	assert_int_equal(text_points("été \U0001F600"), 5);
	assert_int_equal(text_width("été"), 3);
	assert_int_equal(text_width("e\u0301te\u0301"), 3);
	assert_int_equal(text_width("世界!"), 5);
	assert_int_equal(text_width(""), 0);
}

static void test_fit(void **state)
{
	static const struct {
		const char *s;
		size_t columns;
		const char *rest;
	} rows[] = {
		{ "Bonjour", 3, "jour" },
		{ "Bonjour", 7, "" },
		{ "Bonjour", 80, "" },
		{ "Bonjour", 0, "Bonjour" },
		{ "été", 2, "é" },
		{ "e\u0301te", 1, "te" },
		{ "世界", 3, "界" },
		{ "世界", 1, "世界" },
		{ "", 5, "" },
		{ "a" FAMILY "b", 3, FAMILY "b" },
		{ "a\U0001F1EB\U0001F1F7b", 2, "\U0001F1EB\U0001F1F7b" },
		{ "\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7", 3, "\U0001F1EB\U0001F1F7" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(rows[i].s + text_fit(rows[i].s, rows[i].columns), rows[i].rest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_door_keeps_what_people_write),
		cmocka_unit_test(test_door_turns_lines_and_spaces),
		cmocka_unit_test(test_door_drops_what_nobody_sees),
		cmocka_unit_test(test_door_replaces_ill_formed_bytes),
		cmocka_unit_test(test_door_limits_marks),
		cmocka_unit_test(test_door_refuses_with_a_sentence),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_mask_hides_numbers),
		cmocka_unit_test(test_mask_hides_addresses),
		cmocka_unit_test(test_mask_leaves_the_rest),
		cmocka_unit_test(test_mask_speaks_english),
		cmocka_unit_test(test_escapers),
		cmocka_unit_test(test_looking),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
