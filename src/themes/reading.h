/* reading.h: what an SMS would be in standard spelling: a suggestion for a person, never a replacement.
 *
 * "Ke KonT vou fer pour kil i é moin 2 violence" reads "Que comptez-vous faire pour qu'il y ait moins de violence". A
 * model is a lexicon's `spell` rows and a language's counts (words.h); from it every message gets the likeliest sentence.
 * The same text and model give the same reading. A model is only read once made: threads may share it. Nothing here does
 * I/O: the caller maps the two files (data/lexicon-LANG.tsv, data/words-LANG.tsv).
 */
#ifndef REGIE_THEMES_READING_H
#define REGIE_THEMES_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/themes/lexicon.h"

struct reading_model;

/* `lang`: "fr" or "en" (others as "en": no sounds, no elisions). The lexicon is not kept; `counts` is, as long as the model.
 * ERR_FORMAT with the line of `counts` that is wrong. About 40 ms and 10 MB: once, when first wanted. */
struct reading_model *reading_model_new(const char *lang, const struct lexicon *l, const char *counts, size_t len,
	struct error *e);
void reading_model_free(struct reading_model *m);
size_t reading_model_memory(const struct reading_model *m); /* bytes, without the counts' text */

/* A word of a reading, punctuation apart: where it stands in the text. */
struct reading_word {
	size_t at, len; /* bytes */
	bool changed;   /* it is not what was written, beyond the capital that begins a sentence */
};

struct reading {
	struct buf text;
	struct reading_word *words;
	size_t n, cap;
};

void reading_release(struct reading *r); /* accepts zeroed; may be used again */

enum { READING_BYTES_MAX = 8192 }; /* of a text that is read; the rest of a longer one stays as it is */

/* Reads a message (valid UTF-8, NUL-terminated) into `out`, which is zeroed or was used before. The text is valid UTF-8, at
 * most six times as long and 64 bytes more. Returns whether any word was changed; if none was, the text is the message. */
bool reading_of(const struct reading_model *m, const char *text, struct reading *out);

#endif
