/* spell.h: the scribe's spelling, by hunspell and the dictionaries people have.
 *
 * A dictionary takes a tenth of a second to load, so a thread loads it; until it is there, and when there is none, every word
 * is fine. Nothing here ever waits.
 */
#ifndef REGIE_UI_SPELL_H
#define REGIE_UI_SPELL_H

#include <stdbool.h>
#include <stddef.h>

struct spell;
/* `dictionary`: "fr", "en_US", or a path without ".dic". Begins to load. */
struct spell *spell_new(const char *dictionary);
void spell_free(struct spell *s);                        /* joins the thread; accepts NULL */
bool spell_loading(const struct spell *s);               /* NULL: false */
bool spell_missing(const struct spell *s);               /* loaded, and there was none */
/* Whether that word is known, or not to be judged: with figures, all capitals, one letter. Remembered. */
bool spell_knows(struct spell *s, const char *word, size_t n);
/* Walks the words of a text that are not known, but for the one that ends at `at` (it is being typed). */
void spell_check(struct spell *s, const char *text, size_t at, void (*take)(void *arg, size_t from, size_t to), void *arg);

#endif
