/* src/base/phone.h: every writing of a sender comes to one form. */
#include "src/base/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

static void test_writings(void **state)
{
	static const char *const rows[][2] = {
		/* one French mobile, in the ways it is written */
		{ "06 12 34 56 78", "33612345678" },
		{ "0612345678", "33612345678" },
		{ "06.12.34.56.78", "33612345678" },
		{ "06-12-34-56-78", "33612345678" },
		{ "06/12/34/56/78", "33612345678" },
		{ "06\u00A012\u00A034\u202F56\u201178", "33612345678" },
		{ "  0612345678\r\n", "33612345678" },
		{ "+33612345678", "33612345678" },
		{ "+33 (0)6 12 34 56 78", "33612345678" },
		{ "(+33) 6 12 34 56 78", "33612345678" },
		{ "+330612345678", "33612345678" },
		{ "0033612345678", "33612345678" },
		{ "00 33 6 12 34 56 78", "33612345678" },
		{ "0033 (0)6 12 34 56 78", "33612345678" },
		{ "33612345678", "33612345678" },
		{ "330612345678", "33612345678" },
		{ "tel:+33612345678", "33612345678" },
		{ "TEL:+33-6-12-34-56-78;phone-context=fr", "33612345678" },
		{ "tel:tel:+33612345678", "33612345678" },
		{ "+0612345678", "33612345678" },
		{ "\u202A+33612345678\u202C", "33612345678" },
		/* fixed lines, machines */
		{ "01 42 75 80 00", "33142758000" },
		{ "07000123456789", "337000123456789" },
		/* overseas keep their own code, also when a gateway put 33 before */
		{ "0692 12 34 56", "262692123456" },
		{ "0693123456", "262693123456" },
		{ "0639123456", "262639123456" },
		{ "0690123456", "590690123456" },
		{ "0691123456", "590691123456" },
		{ "0694123456", "594694123456" },
		{ "0696123456", "596696123456" },
		{ "0697123456", "596697123456" },
		{ "+262692123456", "262692123456" },
		{ "+33692123456", "262692123456" },
		/* abroad */
		{ "+32 475 12 34 56", "32475123456" },
		{ "0032475123456", "32475123456" },
		{ "447700900123", "447700900123" },
		/* short codes and names stay what they are */
		{ "81001", "81001" },
		{ "36200", "36200" },
		{ "33000", "33000" },
		{ "ORANGE", "orange" },
		{ "  Météo France ", "météo france" },
		{ "ÉLYSÉE", "élysée" },
		{ "Canal+", "canal+" },
		{ "3D", "3d" },
		{ "+", "+" },
		{ "\xFF\xFE", "\xFF\xFE" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char out[PHONE_MAX];

		assert_true(phone_normalise(rows[i][0], out));
		assert_string_equal(out, rows[i][1]);
	}
}

static void test_a_normal_form_stays(void **state)
{
	static const char *const rows[] = { "33612345678", "262692123456", "81001", "orange", "32475123456" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char out[PHONE_MAX];

		assert_true(phone_normalise(rows[i], out));
		assert_string_equal(out, rows[i]);
	}
}

static void test_empty_and_long_are_refused(void **state)
{
	char out[PHONE_MAX], many[200];

	(void)state;
	assert_false(phone_normalise("", out));
	assert_false(phone_normalise(NULL, out));
	assert_false(phone_normalise(" \t\r\n\u00A0\u200B", out));
	memset(many, '1', sizeof many);
	many[PHONE_MAX - 1] = '\0';
	assert_true(phone_normalise(many, out));
	assert_int_equal(strlen(out), PHONE_MAX - 1);
	many[PHONE_MAX - 1] = '1';
	many[PHONE_MAX] = '\0';
	assert_false(phone_normalise(many, out));
	memset(many, 'A', PHONE_MAX);
	assert_false(phone_normalise(many, out));
	many[PHONE_MAX - 1] = '\0';
	assert_true(phone_normalise(many, out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writings),
		cmocka_unit_test(test_a_normal_form_stays),
		cmocka_unit_test(test_empty_and_long_are_refused),
	};

	return cmocka_run_group_tests_name("phone", tests, NULL, NULL);
}
