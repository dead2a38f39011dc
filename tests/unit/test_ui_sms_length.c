/* ui/sms_length.h: lengths at the edges that 3GPP TS 23.038 and 23.040 set. */
#include "ui/sms_length.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct sms_length repeated(const char *s, int n, const char *then)
{
	char text[4000] = "";
	for (int i = 0; i < n; i++)
		memcpy(text + strlen(text), s, strlen(s) + 1);
	memcpy(text + strlen(text), then, strlen(then) + 1);
	return sms_length_of(text);
}

#define is(l, u, p, r, wide) \
	do { \
		struct sms_length is_ = (l); \
		assert_int_equal(is_.units, u); \
		assert_int_equal(is_.parts, p); \
		assert_int_equal(is_.room, r); \
		assert_int_equal(is_.ucs2, wide); \
	} while (0)

static void default_alphabet(void **state)
{
	(void)state;
	is(sms_length_of(""), 0, 0, 160, false);
	is(sms_length_of("Où allez-vous ? à, é, è, É, Ç, ñ @ £"), 36, 1, 160, false);
	is(repeated("a", 160, ""), 160, 1, 160, false);
	is(repeated("a", 161, ""), 161, 2, 306, false);
	is(repeated("a", 306, ""), 306, 2, 306, false);
	is(repeated("a", 307, ""), 307, 3, 459, false);
	is(sms_length_of("15 € [x]"), 11, 1, 160, false);
}

static void escapes_are_not_parted(void **state)
{
	(void)state;
	is(repeated("€", 80, ""), 160, 1, 160, false);
	is(repeated("€", 81, ""), 162, 2, 306, false);
	/* 76 fit a part of 153: a septet is left over in each */
	is(repeated("€", 152, ""), 304, 2, 306, false);
	is(repeated("€", 153, ""), 306, 3, 459, false);
}

static void ucs2(void **state)
{
	(void)state;
	struct sms_length l = sms_length_of("ca coûte");
	is(l, 8, 1, 70, true);
	assert_int_equal(l.forced, 5);
	is(sms_length_of("ç"), 1, 1, 70, true); /* only the capital is in the alphabet */
	is(repeated("a", 69, "ê"), 70, 1, 70, true);
	is(repeated("a", 70, "ê"), 71, 2, 134, true);
	is(repeated("a", 133, "ê"), 134, 2, 134, true);
	is(repeated("a", 134, "ê"), 135, 3, 201, true);
	is(repeated("😀", 35, ""), 70, 1, 70, true);
	/* 33 pairs fit a part of 67 */
	is(repeated("😀", 66, ""), 132, 2, 134, true);
	is(repeated("😀", 67, ""), 134, 3, 201, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(default_alphabet), cmocka_unit_test(escapes_are_not_parted),
		cmocka_unit_test(ucs2) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
