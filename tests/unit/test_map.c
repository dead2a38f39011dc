/* The maps of src/base/map.h. */
#include "src/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_empty_map_holds_nothing(void **state)
{
	struct map128 m = { 0 };

	(void)state;
	assert_int_equal(map128_get(&m, (struct key128){ 1, 2 }), 0);
	map128_release(&m);
	map128_release(NULL);
}

static void test_map_keeps_and_replaces(void **state)
{
	struct map128 m = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 20000; i++)
		map128_put(&m, key128_of(&i, sizeof i), i);
	assert_int_equal(m.n, 20000);
	for (uint32_t i = 1; i <= 20000; i += 2)
		map128_put(&m, key128_of(&i, sizeof i), i + 1);
	assert_int_equal(m.n, 20000);
	for (uint32_t i = 1; i <= 20000; i++)
		assert_int_equal(map128_get(&m, key128_of(&i, sizeof i)), i % 2 ? i + 1 : i);
	for (uint32_t i = 20001; i <= 21000; i++)
		assert_int_equal(map128_get(&m, key128_of(&i, sizeof i)), 0);
	map128_release(&m);
	assert_int_equal(m.n, 0);
}

static void test_map_tells_keys_with_one_slot_apart(void **state)
{
	struct map128 m = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 100; i++)
		map128_put(&m, (struct key128){ .hi = i, .lo = 7 }, i);
	for (uint32_t i = 1; i <= 100; i++)
		assert_int_equal(map128_get(&m, (struct key128){ .hi = i, .lo = 7 }), i);
	map128_release(&m);
}

static void test_hashes_are_blake2b_128(void **state)
{
	static const uint8_t key_a[32] = { 1 }, key_b[32] = { 2 };
	/* BLAKE2b (RFC 7693) with 16 bytes; the value is python3's hashlib.blake2b(b"abc", digest_size=16). */
	const struct key128 abc = key128_of("abc", 3);
	const struct key128 a = key128_keyed(key_a, "33612345678", 11), b = key128_keyed(key_b, "33612345678", 11);

	(void)state;
	assert_true(abc.hi == UINT64_C(0xcf4ab791c62b8d2b) && abc.lo == UINT64_C(0x2109c90275287816));
	assert_true(a.hi != b.hi && a.lo != b.lo);
}

static void test_strings_are_copied_and_found(void **state)
{
	struct strmap m = { 0 };
	char key[16];
	int things[500];

	(void)state;
	assert_null(strmap_get(&m, "nothing"));
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof key, "key %d", i);
		assert_null(strmap_put(&m, key, &things[i]));
	}
	memset(key, 'x', sizeof key - 1);
	assert_int_equal(m.n, 500);
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof key, "key %d", i);
		assert_ptr_equal(strmap_get(&m, key), &things[i]);
	}
	assert_ptr_equal(strmap_put(&m, "key 7", &things[8]), &things[7]);
	assert_ptr_equal(strmap_get(&m, "key 7"), &things[8]);
	assert_null(strmap_get(&m, "key 500"));
	assert_null(strmap_get(&m, ""));
	strmap_release(&m);
	strmap_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_map_holds_nothing),
		cmocka_unit_test(test_map_keeps_and_replaces),
		cmocka_unit_test(test_map_tells_keys_with_one_slot_apart),
		cmocka_unit_test(test_hashes_are_blake2b_128),
		cmocka_unit_test(test_strings_are_copied_and_found),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
