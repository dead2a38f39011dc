/* Any bytes through src/base/text.h: the door keeps its promises, and nothing behind it crashes or leaves ill-formed
 * text. */
#include "src/base/text.h"
#include "src/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

enum { POINTS_MAX = 300, LINE_MAX = 20 };

#define PROMISE(holds) \
	do { \
		if (!(holds)) \
			broken(#holds, __LINE__); \
	} while (0)

static _Noreturn void broken(const char *promise, int line)
{
	fprintf(stderr, "line %d: broken promise: %s\n", line, promise);
	abort();
}

static bool is_blank(uint32_t c)
{
	return c == '\n' || uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z);
}

/* Joiners and their like stand behind a picture, a key or each other; the door's own rule is narrower. */
static bool stands_in_emoji(const uint32_t *at, size_t i)
{
	const uint32_t before = i ? at[i - 1] : 0;

	return i > 0 &&
		(uc_is_property_emoji(before) || uc_is_property_extended_pictographic(before) || before == 0xFE0F ||
			(before >= 0xE0020 && before <= 0xE007F));
}

static void check_point(const uint32_t *at, size_t i, bool one_line)
{
	const uint32_t c = at[i];

	if (c == '\n') {
		PROMISE(!one_line);
		return;
	}
	if (c == 0x200D || c == 0xFE0F || (c >= 0xE0020 && c <= 0xE007F)) {
		PROMISE(stands_in_emoji(at, i));
		return;
	}
	PROMISE(!uc_is_general_category_withtable(c,
		UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Zl |
			UC_CATEGORY_MASK_Zp));
	PROMISE(!uc_is_property_default_ignorable_code_point(c));
	PROMISE(!uc_is_property_bidi_control(c));
	PROMISE(!uc_is_property_not_a_character(c));
}

static void check_marks(const uint32_t *at, size_t n)
{
	size_t marks = TEXT_MARKS_MAX;

	for (size_t i = 0; i < n; i++) {
		if (at[i] == 0x200D || (at[i] >= 0xE0020 && at[i] <= 0xE007F))
			continue;
		if (at[i] >= 0x300 && uc_width(at[i], "UTF-8") == 0)
			PROMISE(++marks <= TEXT_MARKS_MAX);
		else
			marks = is_blank(at[i]) ? TEXT_MARKS_MAX : 0;
	}
}

/* Everything that text.h says of a text behind the door. */
static void check_clean(const struct buf *b, size_t max_points, bool one_line)
{
	size_t n = 0, n_composed = 0;
	uint32_t *at, *composed;

	PROMISE(strlen(b->data) == b->len);
	PROMISE(text_is_utf8(b->data, b->len));
	at = u8_to_u32((const uint8_t *)b->data, b->len, NULL, &n);
	PROMISE(n == 0 || at);
	PROMISE(n == text_points(b->data));
	PROMISE(n <= max_points);
	PROMISE(n == 0 || (!is_blank(at[0]) && !is_blank(at[n - 1])));
	for (size_t i = 0; i < n; i++)
		check_point(at, i, one_line);
	check_marks(at, n);
	composed = n ? u32_normalize(UNINORM_NFC, at, n, NULL, &n_composed) : NULL;
	PROMISE(n == n_composed && (n == 0 || memcmp(at, composed, n * sizeof *at) == 0));
	free(composed);
	free(at);
}

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* What is done with clean text everywhere else. */
static void use(const char *s)
{
	struct buf out = BUF_INIT, again = BUF_INIT;
	size_t fits;

	text_fold(s, &out);
	PROMISE(text_is_utf8(out.data, out.len));
	PROMISE(out.len > 0 || !*s);
	if (strcmp(out.data, s) != 0) /* a text without words folds to itself */
		PROMISE(out.data[0] != ' ' && out.data[out.len - 1] != ' ' && !strstr(out.data, "  "));
	buf_reset(&out);
	text_mask(s, "fr", &out);
	PROMISE(text_is_utf8(out.data, out.len));
	text_mask(out.data, "fr", &again);
	PROMISE(text_is_utf8(again.data, again.len));
	buf_reset(&out);
	text_html(s, &out);
	PROMISE(!strpbrk(out.data, "<>\"'"));
	buf_reset(&out);
	text_csv(s, &out);
	PROMISE(out.len >= 2 && out.data[0] == '"' && out.data[out.len - 1] == '"' && !strchr("=+-@", out.data[1]));
	for (size_t columns = 0; columns < 12; columns++) {
		char *part;

		fits = text_fit(s, columns);
		part = xstrndup(s, fits);
		PROMISE(part && text_is_utf8(part, fits) && text_width(part) <= columns);
		free(part);
	}
	PROMISE(text_fit(s, text_width(s)) == strlen(s));
	buf_release(&out);
	buf_release(&again);
}

static void check_message(const char *in, size_t len)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct error e = { 0 };
	bool changed, changed_again;

	if (text_clean(in, len, POINTS_MAX, &once, &changed, &e)) {
		PROMISE(e.code == ERR_NONE);
		PROMISE(once.len > 0);
		PROMISE(changed == (once.len != len || memcmp(once.data, in, len) != 0));
		check_clean(&once, POINTS_MAX, false);
		PROMISE(text_clean(once.data, once.len, POINTS_MAX, &twice, &changed_again, &e));
		PROMISE(!changed_again && is_same(&once, &twice));
		use(once.data);
	} else {
		PROMISE((e.code == ERR_TOO_BIG || e.code == ERR_REFUSED) && e.text[0]);
	}
	buf_release(&once);
	buf_release(&twice);
}

static void check_line(const char *in, size_t len)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	text_clean_line(in, len, LINE_MAX, &once);
	check_clean(&once, LINE_MAX, true);
	text_clean_line(once.data, once.len, LINE_MAX, &twice);
	PROMISE(is_same(&once, &twice));
	buf_release(&once);
	buf_release(&twice);
}

/* Nothing here may crash, whatever it is given; what is not UTF-8 is not promised to become it. */
static void check_raw(const char *in, size_t len)
{
	struct buf out = BUF_INIT;
	char *s = xstrndup(in, len);

	PROMISE(s);
	text_fold(s, &out);
	text_mask(s, "en", &out);
	text_html(s, &out);
	text_csv(s, &out);
	text_fit(s, 5);
	text_width(s);
	buf_reset(&out);
	text_log(in, len, &out);
	PROMISE(text_is_utf8(out.data, out.len));
	for (size_t i = 0; i < out.len; i++)
		PROMISE((uint8_t)out.data[i] >= 0x20);
	free(s);
	buf_release(&out);
}

/* Random bytes seldom make a joiner between two pictures: here each byte stands for a piece that matters somewhere. */
static const char *const pieces[] = { "a", "e", "E", "z", "1", "0", "6", "12", "#", "*", "+", "33", "(0)", "-", ".",
	"/", ",", "@", "fr", " ", " ", "\n", "\r", "\t", "\x1B[", "\x1B]", "\x1B\\", "\x07", "\x7F", "\xC2\x9B",
	"\xC2\x9D", "\xC2\x9C", "\xC2\x85", "m", ";", "\u0301", "\u0327", "\u0338", "\u0345", "\u20DD", "\u20E3",
	"\u034F", "\u093C", "\u0903", "\u0915", "\u3099", "\u304B", "\u1100", "\u1161", "\u11A8", "\uAC00", "\u115F",
	"\u1160", "\uD7B0", "\u09C7", "\u09BE", "\u0344", "\u0340", "\u2126", "\u200B", "\u200C", "\u200D", "\u200D",
	"\u200D", "\u200E", "\u202E", "\u2066", "\u061C", "\u2028", "\u2029", "\u2800", "\uFE0E", "\uFE0F", "\uFE0F",
	"\uFEFF", "\u00AD", "\u180E", "\uFFFC", "\uFFFD", "\uFFFE", "\u3000", "\u2000", "\u00A0", "\u202F", "\u2194",
	"\u2194", "\u00A9", "\u2764", "\u2642", "\U0001F468", "\U0001F469", "\U0001F467", "\U0001F3FD", "\U0001F1EB",
	"\U0001F1F7", "\U0001F3F4", "\U000E0067", "\U000E0062", "\U000E0065", "\U000E006E", "\U000E0067", "\U000E007F",
	"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E", "\U000E0067\U000E007F", "\U0001D15E", "\U0001D165",
	"\U0001D16E", "\U00011935", "\U00011930", "\U0001FC00", "\u0F73", "\u0F71", "\u0F72", "\u1E9B", "\u00DF",
	"\u0130", "\u0153", "\u0140", "\uFB01", "\uFDFA", "\uFF10", "\uFF16", "\u0663", "\u4E16", "\xED\xA0\x80",
	"\xC0\x80", "\xE2\x80", "\xF4\x90" };

static void check_pieces(const uint8_t *data, size_t size)
{
	struct buf in = BUF_INIT;

	for (size_t i = 0; i < size; i++)
		buf_adds(&in, pieces[data[i] % (sizeof pieces / sizeof *pieces)]);
	check_message(in.data, in.len);
	check_line(in.data, in.len);
	check_raw(in.data, in.len);
	buf_release(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char empty[] = "";
	const char *in = size ? (const char *)data : empty;

	check_message(in, size);
	check_line(in, size);
	check_raw(in, size);
	check_pieces(data, size);
	return 0;
}
