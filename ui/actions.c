/* actions.c: every set of actions there is. A view that has one adds its line here. */
#include "ui/action.h"

const struct action_set *const action_sets[] = {
	NULL,
};
