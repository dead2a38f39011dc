/* diff.h: what differs between two texts, by words: a wording and its original, mine and theirs.
 *
 * A word is a run of letters, marks and digits; any other visible character stands by itself; blanks never differ. The
 * longest common run of words stays; of very long texts whose middles differ all of the middle counts as changed.
 */
#ifndef REGIE_UI_DIFF_H
#define REGIE_UI_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct diff_word {
	size_t at, len;  /* bytes */
	bool changed;    /* the other text does not have it here */
};
struct diff_side {
	struct diff_word *v;
	size_t n, cap;
};
struct diff {
	struct diff_side a, b;
};
/* `out` is zeroed or was used before. Letters compare as they are when `exact`, else without regard to case. */
void diff_words(const char *a, const char *b, bool exact, struct diff *out);
void diff_release(struct diff *d);
/* Whether the byte at that offset belongs to a changed word, or to the blanks between two changed ones. */
bool diff_changed(const struct diff_side *s, size_t at);
bool diff_any(const struct diff *d);

#endif
