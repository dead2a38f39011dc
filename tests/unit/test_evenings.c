/* tests/unit/evening.h on real files, where the backend is killed and started again; on disks that fail it is played by
 * `make simulate`.
 *
 * EVENING_SEED=N plays that one alone; EVENINGS=N plays so many, from the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/evening.h"
#include "tests/unit/in_process.h"

enum { EVENINGS = 60, BUDGET_S = 5 };

static int64_t setting(const char *name)
{
	const char *value = getenv(name);
	return value ? strtoll(value, NULL, 10) : 0;
}

/* Which seed it is, is said before it is played: a failure leaves by a long jump, or by a signal. */
static void test_evenings(void **state)
{
	(void)state;
	int64_t only = setting("EVENING_SEED"), most = setting("EVENINGS");
	time_t until = time(NULL) + BUDGET_S;
	int64_t seed = only ? only : 1, last = only ? only : most ? most : EVENINGS;
	struct evening *v = evening_new(false);
	for (; seed <= last && (only || most || time(NULL) < until); seed++) {
		print_message("\rEVENING_SEED=%lld ", (long long)seed);
		evening_play(v, (uint64_t)seed);
	}
	struct evening_sum s = evening_sum(v);
	print_message("\r%lld evenings: %lld operations applied, %lld refused, %lld messages, %lld events broadcast, %lld kills\n",
		(long long)s.played, (long long)s.applied, (long long)s.refused, (long long)s.messages, (long long)s.told, (long long)s.kills);
	evening_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evenings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
