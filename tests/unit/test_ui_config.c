/* Tests of ui/regie.conf: the shipped file binds what there is, and only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/buf.h"
#include "ui/config.h"

static void shipped_is_sound(void **state)
{
	struct config c;

	(void)state;
	config_init(&c);
	assert_string_equal(c.problems, "");
	assert_int_equal(c.hold_s, 3);
	assert_string_equal(c.order, "people");
	config_release(&c);
}

/* Every action has a key, says what it does, and no name comes twice in a context. */
static void every_action_has_a_key(void **state)
{
	struct config c;
	struct buf keys = BUF_INIT;
	int bad = 0;

	(void)state;
	config_init(&c);
	for (size_t i = 0; action_sets[i]; i++)
		for (const struct action *a = action_sets[i]->actions; a->name; a++) {
			buf_reset(&keys);
			for (size_t k = 0; action_sets[k]; k++)
				keymap_key_of(c.keys, action_sets[k]->context, a->name, &keys);
			if ((keys.len == 0 && !(a->flags & ACT_QUIET)) || !a->help || !*a->help || !a->run) {
				print_error("%s %s: %s\n", action_sets[i]->context, a->name, keys.len ? "no help" : "no key");
				bad++;
			}
			assert_ptr_equal(action_find(action_sets[i]->context, a->name), a);
		}
	assert_int_equal(bad, 0);
	buf_release(&keys);
	config_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_is_sound),
		cmocka_unit_test(every_action_has_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
