/* phrase.h: a finished sentence in another language, found again by the template that it was made from.
 *
 * Refusals are made once, in English, deep below whoever shows them; they are logged, kept with verdicts, and sent as they
 * are. Who shows one knows the templates ("question q%lld was struck; choose another") and their translations: the template
 * that fits with the most words of its own is taken, and what stood in the place of each directive is put into the
 * translation, itself translated when it fits a template or a word of the table ("by %s (%s) at %s", "closed").
 */
#ifndef REGIE_BASE_PHRASE_H
#define REGIE_BASE_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"

struct phrase {
	const char *from, *to; /* printf templates with the same directives in the same order; neither is ever run */
};
/* Appends the sentence in the other language, or as it is when no template fits. Says which. */
bool phrase_say(const struct phrase *table, size_t n, const char *sentence, struct buf *out);

#endif
