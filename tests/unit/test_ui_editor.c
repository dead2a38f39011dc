/* ui/editor.h: typing, motions, kills, undo, wrapping and drawing, without a terminal. */
#include "ui/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "ui/key.h"

static void type(struct editor *ed, const char *s)
{
	for (; *s; s++)
		assert_true(editor_insert(ed, s, 1, false));
}

static void press(struct editor *ed, uint32_t code, unsigned mods)
{
	const struct key k = { .code = code, .mods = (uint8_t)mods };
	assert_true(editor_key(ed, &k));
}

/* The text with "|" where the cursor is. */
static void is(const struct editor *ed, const char *expected)
{
	struct buf b = BUF_INIT;
	buf_add(&b, editor_text(ed), editor_at(ed));
	buf_addc(&b, '|');
	buf_adds(&b, editor_text(ed) + editor_at(ed));
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void graphemes_are_never_cut(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	type(ed, "ete");
	assert_true(editor_insert(ed, "\xCC\x81", 2, false)); /* a combining acute: composed with the e */
	is(ed, "et\xC3\xA9|");
	editor_insert(ed, "q\xCC\xA3\xCC\x87", 5, false); /* nothing to compose it to */
	press(ed, UK_LEFT, 0);
	is(ed, "et\xC3\xA9|q\xCC\xA3\xCC\x87");
	press(ed, UK_DELETE, 0);
	is(ed, "et\xC3\xA9|");
	editor_set(ed, "a\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80z", SIZE_MAX); /* woman, joiner, rocket */
	press(ed, UK_LEFT, 0);
	press(ed, UK_BACKSPACE, 0);
	is(ed, "a|z");
	editor_set(ed, "\xE6\xBC\xA2\xE5\xAD\x97", 4); /* inside the second character: put before it */
	is(ed, "\xE6\xBC\xA2|\xE5\xAD\x97");
	editor_free(ed);
}

static void hostile_bytes_stay_out(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_insert(ed, "a\x1B[31mb\xE2\x80\xAE" "c\r\nd\x07\te\xFF", 18, true);
	is(ed, "a[31mbc\nd e\xEF\xBF\xBD|");
	editor_free(ed);
	ed = editor_new(true, 0);
	editor_insert(ed, "a\nb", 3, true);
	is(ed, "a b|");
	editor_free(ed);
}

static void it_holds_no_more_than_its_bound(void **state)
{
	(void)state;
	struct editor *ed = editor_new(true, 5);
	type(ed, "abcd");
	assert_false(editor_insert(ed, "\xC3\xA9", 2, true) && editor_insert(ed, "x", 1, false));
	assert_true(editor_len(ed) <= 5);
	editor_replace(ed, 0, 1, "much too long");
	assert_true(editor_len(ed) <= 5);
	editor_free(ed);
}

static void words(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_set(ed, "l'\xC3\xA9" "cole, c'est 1 500", SIZE_MAX);
	press(ed, UK_LEFT, KEY_CTRL);
	is(ed, "l'\xC3\xA9" "cole, c'est 1 |500");
	press(ed, 'b', KEY_ALT);
	press(ed, 'b', KEY_ALT);
	press(ed, 'b', KEY_ALT);
	press(ed, 'b', KEY_ALT);
	is(ed, "l'|\xC3\xA9" "cole, c'est 1 500");
	press(ed, 'f', KEY_ALT);
	is(ed, "l'\xC3\xA9" "cole|, c'est 1 500");
	assert_int_equal(editor_word_start(ed, editor_at(ed)), 2);
	press(ed, 'a', KEY_CTRL);
	is(ed, "|l'\xC3\xA9" "cole, c'est 1 500");
	press(ed, UK_END, 0);
	is(ed, "l'\xC3\xA9" "cole, c'est 1 500|");
	editor_free(ed);
}

static void kills_join_and_come_back(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_set(ed, "un deux trois", SIZE_MAX);
	press(ed, 'w', KEY_CTRL);
	press(ed, 'w', KEY_CTRL);
	is(ed, "un |");
	press(ed, 'y', KEY_CTRL);
	is(ed, "un deux trois|");
	press(ed, 'u', KEY_CTRL);
	is(ed, "|");
	press(ed, 'y', KEY_CTRL);
	is(ed, "un deux trois|");
	press(ed, 'y', KEY_ALT);
	is(ed, "deux trois|");
	press(ed, '_', KEY_CTRL);
	press(ed, '_', KEY_CTRL);
	press(ed, '_', KEY_CTRL);
	is(ed, "un deux trois|");
	editor_set(ed, "ligne\nautre", 2);
	press(ed, 'k', KEY_CTRL);
	press(ed, 'k', KEY_CTRL);
	is(ed, "li|autre");
	press(ed, 't', KEY_CTRL);
	is(ed, "lai|utre");
	editor_free(ed);
}

static void undo_goes_by_words(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	type(ed, "la sanction tombe");
	press(ed, '_', KEY_CTRL);
	is(ed, "la sanction |");
	press(ed, '_', KEY_CTRL);
	is(ed, "la |");
	press(ed, '_', KEY_ALT);
	is(ed, "la sanction |");
	type(ed, "x"); /* what was undone is forgotten */
	assert_false(editor_redo(ed));
	press(ed, UK_BACKSPACE, 0);
	press(ed, UK_BACKSPACE, 0);
	is(ed, "la sanction|");
	press(ed, '_', KEY_CTRL); /* both at once */
	is(ed, "la sanction x|");
	while (editor_undo(ed))
		;
	is(ed, "|");
	while (editor_redo(ed))
		;
	is(ed, "la sanction|");
	editor_free(ed);
}

static void a_paste_is_one_step(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	type(ed, "ab");
	const struct key k = { .code = UK_PASTE, .paste = "un deux\ntrois" };
	assert_true(editor_key(ed, &k));
	type(ed, "c");
	is(ed, "abun deux\ntroisc|");
	press(ed, '_', KEY_CTRL);
	is(ed, "abun deux\ntrois|");
	press(ed, '_', KEY_CTRL);
	is(ed, "ab|");
	press(ed, '_', KEY_CTRL);
	is(ed, "|");
	editor_free(ed);
}

static void a_replacement_is_one_step(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	type(ed, "le pm ");
	editor_replace(ed, 3, 5, "Premier ministre");
	is(ed, "le Premier ministre |");
	press(ed, '_', KEY_CTRL);
	is(ed, "le pm |");
	editor_free(ed);
}

/* ---- drawing ---- */

static void looks(struct editor *ed, int rows, int cols, const char *expected, int row, int col)
{
	struct grid g;
	struct buf b = BUF_INIT;
	grid_init(&g, rows, cols);
	grid_clear(&g);
	editor_draw(ed, &g, grid_area(&g), 0, rows, true, UI_TYPED, NULL, NULL);
	grid_dump(&g, false, &b);
	assert_string_equal(b.data, expected);
	assert_int_equal(g.cursor_row, row);
	assert_int_equal(g.cursor_col, col);
	buf_release(&b);
	grid_release(&g);
}

static void lines_break_at_spaces(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_set(ed, "la violence scolaire", SIZE_MAX);
	looks(ed, 3, 12, "la violence\nscolaire\n\n", 1, 8);
	assert_int_equal(editor_lines(ed, 12), 2);
	editor_set(ed, "anticonstitution", SIZE_MAX);
	looks(ed, 3, 8, "anticons\ntitution\n\n", 2, 0); /* full: the cursor has a line of its own */
	editor_set(ed, "abc def", 3);
	looks(ed, 2, 3, "abc\ndef\n", 0, 2); /* on the space that hangs over the edge */
	editor_set(ed, "abc ", SIZE_MAX);
	looks(ed, 2, 3, "abc\n\n", 1, 0);
	editor_set(ed, "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2", SIZE_MAX);
	looks(ed, 2, 5, "\xE6\xBC\xA2\xE5\xAD\x97\n\xE6\xBC\xA2\n", 1, 2);
	editor_free(ed);
}

static void up_and_down_keep_their_column(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_set(ed, "abcdefg\nab\nabcdefg", SIZE_MAX);
	looks(ed, 4, 20, "abcdefg\nab\nabcdefg\n\n", 2, 7);
	press(ed, UK_LEFT, 0);
	press(ed, UK_UP, 0);
	is(ed, "abcdefg\nab|\nabcdefg");
	press(ed, UK_UP, 0);
	is(ed, "abcdef|g\nab\nabcdefg");
	assert_false(editor_move(ed, MO_UP));
	press(ed, UK_PAGE_DOWN, 0);
	is(ed, "abcdefg\nab\nabcdef|g");
	editor_free(ed);
}

static void the_cursor_is_always_seen(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	editor_set(ed, "a\nb\nc\nd", SIZE_MAX);
	looks(ed, 2, 5, "c\nd\n", 1, 1);
	editor_move(ed, MO_START);
	looks(ed, 2, 5, "a\nb\n", 0, 0);
	editor_free(ed);
	ed = editor_new(true, 0);
	editor_set(ed, "0123456789", SIZE_MAX);
	looks(ed, 1, 5, "6789\n", 0, 4);
	editor_move(ed, MO_LEFT);
	editor_move(ed, MO_LINE_START);
	looks(ed, 1, 5, "01234\n", 0, 0);
	assert_false(editor_move(ed, MO_UP));
	editor_free(ed);
}

static enum ui_role second_is_wrong(void *arg, size_t at)
{
	(void)arg;
	return at >= 3 && at < 5 ? UI_MISSPELT : UI_TYPED;
}

static void roles_come_by_byte(void **state)
{
	(void)state;
	struct editor *ed = editor_new(false, 0);
	struct grid g;
	editor_set(ed, "un dx", SIZE_MAX);
	grid_init(&g, 1, 6);
	grid_clear(&g);
	editor_draw(ed, &g, grid_area(&g), 0, 1, false, UI_TYPED, second_is_wrong, NULL);
	assert_int_equal(g.cells[1].role, UI_TYPED);
	assert_int_equal(g.cells[3].role, UI_MISSPELT);
	assert_int_equal(g.cells[4].role, UI_MISSPELT);
	grid_release(&g);
	editor_free(ed);
}

/* Random keys: the cursor stays between graphemes, undo leads back to nothing, no line is wider than it may be. */
static void any_keys_at_all(void **state)
{
	(void)state;
	static const char *const pieces[] = { "a", " ", "\xC3\xA9", "\xCC\x81", "\xE6\xBC\xA2", "\xF0\x9F\x91\xA9", "\xE2\x80\x8D",
		"\xF0\x9F\x87\xAB", "\n", "mot " };
	uint32_t seed = 42;
	struct editor *ed = editor_new(false, 300);
	for (int i = 0; i < 6000; i++) {
		seed = seed * 1664525u + 1013904223u;
		uint32_t r = seed >> 16;
		if (r % 3) {
			const char *p = pieces[r / 3 % COUNT_OF(pieces)];
			editor_insert(ed, p, strlen(p), r % 7 == 0);
		} else {
			static const struct key keys[] = { { .code = UK_LEFT }, { .code = UK_RIGHT }, { .code = UK_BACKSPACE },
				{ .code = 'w', .mods = KEY_CTRL }, { .code = 'y', .mods = KEY_CTRL }, { .code = '_', .mods = KEY_CTRL },
				{ .code = '_', .mods = KEY_ALT }, { .code = 't', .mods = KEY_CTRL }, { .code = UK_UP }, { .code = 'k', .mods = KEY_CTRL } };
			editor_key(ed, &keys[r / 3 % COUNT_OF(keys)]);
		}
		assert_true(editor_len(ed) <= 300 && editor_at(ed) <= editor_len(ed));
		assert_true(editor_len(ed) == strlen(editor_text(ed)));
		assert_true(((uint8_t)editor_text(ed)[editor_at(ed)] & 0xC0) != 0x80);
		assert_true(editor_lines(ed, 1 + (int)(r % 40)) >= 1);
	}
	while (editor_undo(ed))
		;
	editor_free(ed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphemes_are_never_cut),
		cmocka_unit_test(hostile_bytes_stay_out),
		cmocka_unit_test(it_holds_no_more_than_its_bound),
		cmocka_unit_test(words),
		cmocka_unit_test(kills_join_and_come_back),
		cmocka_unit_test(undo_goes_by_words),
		cmocka_unit_test(a_paste_is_one_step),
		cmocka_unit_test(a_replacement_is_one_step),
		cmocka_unit_test(lines_break_at_spaces),
		cmocka_unit_test(up_and_down_keep_their_column),
		cmocka_unit_test(the_cursor_is_always_seen),
		cmocka_unit_test(roles_come_by_byte),
		cmocka_unit_test(any_keys_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
