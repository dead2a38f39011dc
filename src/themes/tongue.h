/* tongue.h: a message as it is compared: which words it has, whatever their spelling, and whether it asks anything.
 *
 * text_fold → words → function words out, in every spelling → lost apostrophes found again → one name for one thing → stem
 * (French: by ear, sound.h; else Snowball) → words, pairs of neighbours, and signs of the matters that the words are of.
 * What a language's words are comes from its lexicon (lexicon.h). Pure but for its own memory; not thread-safe.
 */
#ifndef REGIE_THEMES_TONGUE_H
#define REGIE_THEMES_TONGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/themes/lexicon.h"

struct tongue;
/* `lang`: "fr", "en", or another that Snowball has a stemmer for ("de", "es"…); without one, words are compared as they
 * are. The lexicon is only read here. */
struct tongue *tongue_new(const char *lang, const struct lexicon *l);
/* One of the same language that shares what `of` learnt of its lexicon: `of` must outlive it. Any thread may make and use its
 * own. */
struct tongue *tongue_like(const struct tongue *of, const char *lang);
void tongue_free(struct tongue *t);
bool tongue_speaks(const char *lang);

enum { SIGNS_MAX = 96 };
enum sign_kind { SIGN_WORD, SIGN_WEAK, SIGN_FUNCTION, SIGN_FIGURE, SIGN_PAIR, SIGN_MATTER, SIGN_KINDS };

/* One thing that a message says. `key` names it: a hash, the same in every run. */
struct sign {
	uint64_t key;
	enum sign_kind kind;
	uint16_t at, len; /* of the word in `folded`; 0, 0: a pair or a matter */
	uint16_t times;   /* that it is said */
};
struct heard {
	struct sign v[SIGNS_MAX];
	size_t n;
	const char *folded;  /* the words: the caller's */
	size_t folded_len;
	size_t words;        /* content words, weak ones and figures apart */
	bool asks_nothing;   /* greetings, insults, tests, adverts */
};

/* How many messages had this word: tells a lost apostrophe (lessence) from a word of its own. */
typedef uint32_t known_fn(const void *ctx, uint64_t key);

/* `text`: clean (text.h); `folded`: what text_fold makes of it. `known` may be NULL. */
void tongue_hear(struct tongue *t, const char *text, const struct buf *folded, known_fn *known, const void *ctx, struct heard *out);

size_t tongue_memory(const struct tongue *t);

#endif
