/* role.c: the table of roles. */
#include "ui/role.h"

const struct role_row ui_roles[UI_ROLE_COUNT] = {
#define ROW(NAME, word, sign, front, back, attributes, without, use) \
	[UI_##NAME] = { \
		.name = word, \
		.letter = sign, \
		.colour = { .fg = front, .bg = back, .look = attributes }, \
		.mono = { .fg = -1, .bg = -1, .look = without }, \
		.help = use, \
	},
	UI_ROLES(ROW)
#undef ROW
};
