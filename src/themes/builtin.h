/* builtin.h: the lexicons of data/, compiled in (embed.sh), so that an event is grouped wherever regied is installed. */
#ifndef REGIE_THEMES_BUILTIN_H
#define REGIE_THEMES_BUILTIN_H

#include <stddef.h>

struct builtin {
	const char *lang, *text;
	size_t len;
};
extern const struct builtin builtin_lexicons[]; /* ended by NULL */

#endif
