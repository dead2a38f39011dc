/* Tests of ui/grid.h, and of ui/role.h and ui/intl.h as far as they show in cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "ui/grid.h"
#include "ui/intl.h"

static void assert_rows(const struct grid *g, const char *want)
{
	struct buf b = BUF_INIT;

	grid_dump(g, false, &b);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

/* What must hold of any grid: every row's cells add up, no half characters, valid bases. */
static void assert_whole(const struct grid *g)
{
	for (int r = 0; r < g->rows; r++)
		for (int c = 0; c < g->cols; c++) {
			const struct cell *x = &g->cells[(size_t)r * (size_t)g->cols + (size_t)c];

			assert_true(x->wide <= 2);
			assert_true(x->role < UI_ROLE_COUNT);
			assert_non_null(memchr(x->text, 0, CELL_BYTES));
			assert_true((x->wide == 0) == (x->text[0] == '\0'));
			if (x->wide == 0)
				assert_true(c > 0 && x[-1].wide == 2);
			if (x->wide == 2)
				assert_true(c + 1 < g->cols && x[1].wide == 0);
			assert_true((unsigned char)x->text[0] >= 0x20 || x->wide == 0);
			assert_true(x->text[0] != 0x7F);
		}
}

static void writes_and_clips(void **state)
{
	struct grid g;
	const struct area in = { .row = 1, .col = 2, .rows = 2, .cols = 5 };

	(void)state;
	grid_init(&g, 4, 10);
	assert_int_equal(grid_text(&g, in, 0, 0, 99, UI_TEXT, "abcdefgh"), 5);
	assert_int_equal(grid_text(&g, in, 1, 3, 99, UI_TEXT, "été"), 2);
	assert_int_equal(grid_text(&g, in, 2, 0, 99, UI_TEXT, "out"), 0);
	assert_int_equal(grid_text(&g, in, -1, 0, 99, UI_TEXT, "out"), 0);
	assert_int_equal(grid_text(&g, in, 0, -1, 99, UI_TEXT, "out"), 0);
	assert_rows(&g, "\n  abcde\n     ét\n\n");
	grid_clear(&g);
	assert_int_equal(grid_cut(&g, in, 0, 0, 4, UI_TEXT, "abcdefgh"), 4);
	assert_int_equal(grid_cut(&g, in, 1, 0, 5, UI_TEXT, "abcde"), 5);
	assert_int_equal(grid_right(&g, grid_area(&g), 0, 10, 4, UI_TEXT, "12"), 2);
	assert_int_equal(grid_right(&g, grid_area(&g), 3, 10, 4, UI_TEXT, "123456"), 4);
	assert_rows(&g, "        12\n  abc…\n  abcde\n      …456\n");
	grid_fill(&g, in, 0, 1, 3, UI_RULE, "─");
	assert_rows(&g, "        12\n  a───\n  abcde\n      …456\n");
	assert_whole(&g);
	grid_release(&g);
}

static void keeps_wide_ones_whole(void **state)
{
	struct grid g;
	struct area a;

	(void)state;
	grid_init(&g, 1, 6);
	a = grid_area(&g);
	assert_int_equal(grid_text(&g, a, 0, 0, 6, UI_TEXT, "日本語"), 6);
	grid_text(&g, a, 0, 1, 1, UI_TEXT, "x");
	assert_rows(&g, " x本語\n");
	grid_text(&g, a, 0, 4, 1, UI_TEXT, "y");
	assert_rows(&g, " x本y\n");
	assert_whole(&g);
	assert_int_equal(grid_text(&g, a, 0, 0, 3, UI_TEXT, "日本"), 3);
	assert_rows(&g, "日  y\n");
	assert_int_equal(grid_cut(&g, a, 0, 0, 5, UI_TEXT, "日本語"), 5);
	assert_whole(&g);
	assert_int_equal(grid_cut(&g, a, 0, 0, 4, UI_TEXT, "日本語"), 3);
	assert_whole(&g);
	assert_int_equal(grid_right(&g, a, 0, 6, 5, UI_TEXT, "日本語"), 5);
	assert_whole(&g);
	grid_clear(&g);
	grid_text(&g, a, 0, 0, 6, UI_TEXT, "日本語");
	grid_fill(&g, a, 0, 1, 2, UI_RULE, "-");
	assert_rows(&g, " -- 語\n");
	assert_whole(&g);
	grid_release(&g);
}

static void shows_hostile_text_as_data(void **state)
{
	struct grid g;
	struct area a;

	(void)state;
	grid_init(&g, 1, 24);
	a = grid_area(&g);
	grid_text(&g, a, 0, 0, 24, UI_TEXT, "a\033[31mb\r\nc\td\u202Ee\u200Bf\xC2\x85g\x7F");
	assert_rows(&g, "a·[31mb· c d·e·f·g·\n");
	grid_clear(&g);
	grid_textn(&g, a, 0, 0, 24, UI_TEXT, "a\0b\xFFz", 5);
	assert_rows(&g, "a·b\uFFFDz\n");
	grid_clear(&g); /* marks: on their base, at most a few; without a base not on what stood before */
	assert_int_equal(grid_text(&g, a, 0, 0, 24, UI_TEXT, "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307x"), 2);
	grid_text(&g, a, 0, 5, 24, UI_TEXT, "\u0301y");
	assert_rows(&g, "e\u0301\u0302\u0303\u0304x   ·y\n");
	grid_clear(&g); /* tied emoji one by one, shades and variations gone */
	assert_int_equal(grid_text(&g, a, 0, 0, 24, UI_TEXT, "👩\u200D👧 👍\U0001F3FD ❤\uFE0F!"), 10);
	assert_rows(&g, "👩👧 👍 ❤!\n");
	assert_whole(&g);
	grid_release(&g);
}

static void survives_anything(void **state)
{
	struct grid g;
	uint32_t seed = 1;

	(void)state;
	grid_init(&g, 6, 13);
	for (int round = 0; round < 20000; round++) {
		char s[40];
		size_t n = 0;
		static const char *const pieces[] = { "a", "日", "é", "\u0301", "\033", "\n", "👩", "\u200D", "\uFE0F", "\xE3", "\xFF", " ",
			"\u202E", "\U0001F1EB", "ﷺ", "\u1160", "ग", "\u0940", "\U0010FFFF", "\xED\xA0\x80", "1\uFE0F\u20E3" };
		while (n < 24) {
			seed = seed * 1664525 + 1013904223;
			const char *p = pieces[(seed >> 16) % COUNT_OF(pieces)];
			memcpy(s + n, p, strlen(p));
			n += strlen(p);
		}
		s[n] = '\0';
		seed = seed * 1664525 + 1013904223;
		const int x = (int)(seed >> 8 & 15) - 1, y = (int)(seed >> 12 & 7) - 1, w = (int)(seed >> 16 & 15);
		const struct area a = { .row = (int)(seed >> 20 & 3), .col = (int)(seed >> 22 & 7), .rows = 3, .cols = 7 };

		switch (seed >> 28 & 3) {
		case 0: assert_true(grid_text(&g, a, y, x, w, UI_WARN, s) <= w); break;
		case 1: assert_true(grid_cut(&g, a, y, x, w, UI_AIR, s) <= w); break;
		case 2: assert_true(grid_right(&g, a, y, x + w, w, UI_GOOD, s) <= w); break;
		default: assert_true(grid_wrap(&g, a, y, x, w, 3, UI_SENT, s) <= 3); break;
		}
		assert_whole(&g);
	}
	grid_release(&g);
}

struct lines {
	const char *s;
	struct buf out;
};

static bool add_line(void *arg, size_t from, size_t len)
{
	struct lines *l = arg;

	buf_add(&l->out, l->s + from, len);
	buf_addc(&l->out, '|');
	return true;
}

static void wraps(void **state)
{
	static const struct {
		const char *s;
		int cols, n;
		const char *want;
	} rows[] = {
		{ "", 5, 1, "|" },
		{ "abc", 3, 1, "abc|" },
		{ "abc def", 3, 2, "abc|def|" },
		{ "abc def", 6, 2, "abc|def|" },
		{ "abc def", 7, 1, "abc def|" },
		{ "abcdefgh", 3, 3, "abc|def|gh|" },
		{ "a\n\nb", 5, 3, "a||b|" },
		{ "a b\nc", 1, 3, "a|b|c|" },
		{ "deux mots  et", 4, 3, "deux|mots|et|" },
		{ "日本語 x", 4, 2, "日本|語 x|" },
		{ "ab ", 2, 1, "ab|" },
		{ "fin\n", 5, 2, "fin||" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct lines l = { .s = rows[i].s, .out = BUF_INIT };

		assert_int_equal(text_wrap(rows[i].s, rows[i].cols, add_line, &l), rows[i].n);
		assert_string_equal(l.out.data, rows[i].want);
		buf_release(&l.out);
	}
	struct grid g;
	grid_init(&g, 3, 8);
	assert_int_equal(grid_wrap(&g, grid_area(&g), 0, 0, 8, 2, UI_TEXT, "un deux trois quatre cinq"), 2);
	assert_rows(&g, "un deux\ntrois…\n\n");
	grid_release(&g);
}

static void says_numbers_and_hours(void **state)
{
	static const struct {
		int64_t n;
		const char *fr, *en;
	} rows[] = {
		{ 0, "0", "0" },
		{ 999, "999", "999" },
		{ 1000, "1\u202F000", "1,000" },
		{ 1324085, "1\u202F324\u202F085", "1,324,085" },
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		intl_open("fr", NULL);
		buf_reset(&b);
		add_number(&b, rows[i].n);
		assert_string_equal(b.data, rows[i].fr);
		intl_open("en", NULL);
		buf_reset(&b);
		add_number(&b, rows[i].n);
		assert_string_equal(b.data, rows[i].en);
	}
	buf_reset(&b);
	add_number(&b, INT64_MIN);
	assert_string_equal(b.data, "−9,223,372,036,854,775,808");
	buf_reset(&b);
	add_span(&b, 130000);
	buf_addc(&b, ' ');
	add_span(&b, 3600000 + 125000);
	buf_addc(&b, ' ');
	add_span(&b, -5000);
	assert_string_equal(b.data, "02:10 1:02:05 -00:05");
	setenv("TZ", "UTC0", 1);
	tzset();
	buf_reset(&b);
	add_hour(&b, 1099943527000, false);
	buf_addc(&b, ' ');
	add_hour(&b, 1099943527000, true);
	assert_string_equal(b.data, "19:52 19:52:07");
	buf_release(&b);
}

static void paints_and_compares(void **state)
{
	struct grid g, h;
	struct buf b = BUF_INIT;

	(void)state;
	grid_init(&g, 1, 5);
	grid_init(&h, 1, 5);
	assert_true(grid_same(&g, &h));
	grid_text(&g, grid_area(&g), 0, 1, 3, UI_TEXT, "abc");
	grid_text(&h, grid_area(&h), 0, 0, 5, UI_TEXT, "e\u0301日x");
	grid_text(&h, grid_area(&h), 0, 0, 5, UI_TEXT, " abc ");
	assert_true(grid_same(&g, &h));
	grid_paint(&g, grid_area(&g), 0, 1, 9, UI_SELECT);
	assert_false(grid_same(&g, &h));
	grid_dump(&g, true, &b);
	assert_string_equal(b.data, " abc\n.SSSS\n");
	grid_cursor(&g, grid_area(&g), 0, 5, true);
	assert_int_equal(g.cursor_col, 4);
	grid_resize(&g, 2, 3);
	assert_int_equal(g.cursor_row, -1);
	assert_whole(&g);
	buf_release(&b);
	grid_release(&g);
	grid_release(&h);
}

/* In ASCII nothing else may come from the screen itself, and the letters of roles tell them apart. */
static void ascii_is_ascii(void **state)
{
	(void)state;
	ui_ascii = true;
	for (int s = 0; s < SIGN_COUNT; s++)
		for (const char *p = ui_sign((enum sign)s); *p; p++)
			assert_true((unsigned char)*p < 0x80);
	for (int i = 0; i <= 8; i++)
		assert_int_equal(strlen(ui_bar(i)), 1);
	ui_ascii = false;
	for (int i = 0; i < UI_ROLE_COUNT; i++)
		for (int k = 0; k < i; k++) {
			assert_int_not_equal(ui_roles[i].letter, ui_roles[k].letter);
			assert_string_not_equal(ui_roles[i].name, ui_roles[k].name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_clips),
		cmocka_unit_test(keeps_wide_ones_whole),
		cmocka_unit_test(shows_hostile_text_as_data),
		cmocka_unit_test(survives_anything),
		cmocka_unit_test(wraps),
		cmocka_unit_test(says_numbers_and_hours),
		cmocka_unit_test(paints_and_compares),
		cmocka_unit_test(ascii_is_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
