/* net/client/library.h */
#include "net/client/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void finds_what_there_is(void **state)
{
	(void)state;
	double (*floor_of)(double) = NULL;
	const struct library_name names[] = { { "floor", &floor_of } };
	struct error e = { 0 };
	assert_true(library_load("libm.so.6", names, 1, &e));
	assert_true(library_load("libm.so.6", names, 1, &e));
	assert_true(floor_of(2.5) == 2.0);
}

static void says_what_is_missing(void **state)
{
	(void)state;
	void (*none)(void) = NULL;
	const struct library_name names[] = { { "no_such_function", &none } };
	struct error e = { 0 };
	assert_false(library_load("libm.so.6", names, 1, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "\"libm.so.6\" has no \"no_such_function\"; install a newer one");
	assert_false(library_load("libnosuch.so.9", names, 1, &e));
	assert_string_equal(e.text, "\"libnosuch.so.9\" cannot be loaded; install it and try again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_there_is),
		cmocka_unit_test(says_what_is_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
