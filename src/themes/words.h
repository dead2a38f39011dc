/* words.h: which words a language has, and which follow which: counts of running text, and what they make likely.
 *
 * Reads a file like data/words-fr.tsv (its first lines explain it; tests/counts/count.py makes it) from memory that the
 * caller keeps as long as the words: mapped is best, for nothing of it is copied. Read-only after words_new, so threads
 * may share it. Numbers of words are dense from 0; WORDS_NONE is no word.
 */
#ifndef REGIE_THEMES_WORDS_H
#define REGIE_THEMES_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

enum { WORDS_NONE = 0x1ffff, WORDS_MAX = 0x1ffff, WORD_BYTES_MAX = 60 };

struct words;
/* French sounds are keyed when `sounds`; ERR_FORMAT names the line. */
struct words *words_new(const char *text, size_t len, bool sounds, struct error *e);
void words_free(struct words *w);

/* A word's spelling, with the capital it has ("France"); not NUL-terminated. */
const char *words_text(const struct words *w, uint32_t word, size_t *n);
uint32_t words_find(const struct words *w, const char *lower, size_t n); /* by its lower-case spelling */
uint32_t words_number(const struct words *w);   /* what stands for all figures */
uint32_t words_period(const struct words *w);   /* what stands for a sentence's beginning and end */
float words_rarity(const struct words *w, uint32_t word); /* -ln of its share of all text, between 0 and about 18 */
bool words_has_mark(const struct words *w, uint32_t word, const char *mark); /* its class is or holds a mark: "I", "V3p" */

/* Adds a word that the counts have not (while the words are not yet shared); returns it, or the one that is there. `text`
 * is kept, not copied. */
uint32_t words_add(struct words *w, const char *text, size_t n);

/* Words spelled alike but for accents and doubled letters, or that sound alike (a key of phonetic.h), the first of a
 * chain; then words_next_* until WORDS_NONE. */
uint32_t words_alike(const struct words *w, const char *lower, size_t n);
uint32_t words_next_alike(const struct words *w, uint32_t word);
uint32_t words_sounding(const struct words *w, const char *key, size_t n);
uint32_t words_next_sounding(const struct words *w, uint32_t word);

/* -ln of how likely `word` is after `last`, with `before` in front of that; WORDS_NONE is an unknown word. */
float words_cost(const struct words *w, uint32_t before, uint32_t last, uint32_t word);

/* The spelling without accents and with doubled letters single, as words_alike compares it. At most WORD_BYTES_MAX. */
size_t words_fold(const char *lower, size_t n, char out[static WORD_BYTES_MAX]);

size_t words_memory(const struct words *w); /* bytes, without the text */

#endif
