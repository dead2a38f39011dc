/* ui/diff.h: differences by words, as drawn: changed words in brackets. */
#include "ui/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/buf.h"
#include "src/base/mem.h"

static void drawn(const char *s, const struct diff_side *side, const char *want)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; s[i]; i++) {
		bool now = diff_changed(side, i), before = i && diff_changed(side, i - 1);
		if (now != before)
			buf_addc(&b, now ? '[' : ']');
		buf_addc(&b, s[i]);
	}
	if (s[0] && diff_changed(side, strlen(s) - 1))
		buf_addc(&b, ']');
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void differs(const char *a, const char *b, bool exact, const char *want_a, const char *want_b)
{
	struct diff d = { 0 };
	diff_words(a, b, exact, &d);
	drawn(a, &d.a, want_a);
	drawn(b, &d.b, want_b);
	assert_int_equal(diff_any(&d), !(strcmp(a, want_a) == 0 && strcmp(b, want_b) == 0));
	diff_release(&d);
}

static void words(void **state)
{
	(void)state;
	differs("", "", true, "", "");
	differs("a b", "a  b", true, "a b", "a  b");
	differs("prkoi 1 sms ca coute 15 centime", "Pourquoi un SMS coûte-t-il 15 centimes ?", false,
		"[prkoi 1] sms [ca coute] 15 [centime]", "[Pourquoi un] SMS [coûte-t-il] 15 [centimes ?]");
	differs("le chat dort", "le gros chat dort", true, "le chat dort", "le [gros] chat dort");
	differs("le gros chat dort", "le chat dort", true, "le [gros] chat dort", "le chat dort");
	differs("", "tout neuf", true, "", "[tout neuf]");
	differs("Été", "été", false, "Été", "été");
	differs("Été", "été", true, "[Été]", "[été]");
	differs("l'eau", "l’eau", true, "l[']eau", "l[’]eau");
	differs("a b a b a", "b a b a a", true, "[a] b a b a", "b a b [a] a");
}

static void used_again(void **state)
{
	(void)state;
	struct diff d = { 0 };
	diff_words("one two three four", "one two", true, &d);
	diff_words("x", "x", true, &d);
	assert_false(diff_any(&d));
	assert_int_equal(d.a.n, 1);
	diff_release(&d);
}

static void very_long(void **state)
{
	(void)state;
	size_t n = 4000;
	char *a = xcalloc(1, 2 * n + 8), *b = xcalloc(1, 2 * n + 8);
	for (size_t i = 0; i < n; i++) {
		memcpy(a + 2 * i, "x ", 3);
		memcpy(b + 2 * i, "y ", 3);
	}
	memcpy(a + 2 * n, "end", 4);
	memcpy(b + 2 * n, "end", 4);
	struct diff d = { 0 };
	diff_words(a, b, true, &d);
	assert_true(diff_changed(&d.a, 0));
	assert_true(diff_changed(&d.b, 2 * n - 2));
	assert_false(diff_changed(&d.b, 2 * n));
	diff_release(&d);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words), cmocka_unit_test(used_again), cmocka_unit_test(very_long) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
