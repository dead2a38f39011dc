/* mother.h: languages whose lexicons are compiled in, learnt once in a process; private to src/themes.
 *
 * What is returned is never written again and stays as long as the process: any thread may read it, any number of engines
 * share it (tongue_like).
 */
#ifndef REGIE_THEMES_MOTHER_H
#define REGIE_THEMES_MOTHER_H

#include "src/themes/lexicon.h"
#include "src/themes/tongue.h"

struct mother {
	const struct lexicon *lexicon;
	const struct tongue *tongue;
};
/* NULL: no lexicon of that language is compiled in. Any thread. */
const struct mother *mother_of(const char *lang);
/* A lexicon of its own with the same rows, for who adds to it; empty without one compiled in. */
struct lexicon *mother_lexicon(const char *lang);

#endif
