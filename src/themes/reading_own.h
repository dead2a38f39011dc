/* reading_own.h: what the files of reading share: tokens of a message, and guesses of what each may stand for. */
#ifndef REGIE_THEMES_READING_OWN_H
#define REGIE_THEMES_READING_OWN_H

#include "src/themes/reading.h"
#include "src/themes/words.h"

enum { GUESS_WORDS = 8, GUESSES = 34, SPAN = 4, TAILS = 16 };

/* A spelling of the lexicon and one of what it may stand for. */
struct spelling {
	uint32_t next;             /* of the same form, less likely; 0: none */
	uint32_t ids[GUESS_WORDS];
	uint8_t n, rank;
	char form[WORD_BYTES_MAX];
};

struct elision { uint32_t full, elided; };

struct reading_model {
	bool french;
	struct words *words;
	struct spelling *spellings; /* from 1 */
	size_t n_spellings, cap_spellings;
	uint32_t *slots;            /* by form: spelling number; open addressing */
	size_t n_slots;
	char *values;               /* the lexicon's values, for the words that the counts have not */
	struct elision elisions[16];
	size_t n_elisions;
	struct elision tails[TAILS]; /* full: "vous", elided: "-vous" */
	size_t n_tails;
};

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_VERBATIM };

struct token {
	size_t at, len;           /* in the message */
	char low[WORD_BYTES_MAX]; /* lower case, a plain apostrophe; elisions end with it, tails begin with '-' */
	size_t n_low;
	enum token_kind kind;
	bool capital, upper;      /* its first letter, all its letters (two at least) */
	bool titled;              /* its first letter and no other */
	bool begins;              /* a sentence */
	uint32_t exact;           /* the word that is spelled so, or WORDS_NONE */
};

struct tokens {
	struct token *list;
	size_t n, cap;
	bool upper;    /* the message is written in capitals */
	bool accented; /* and it has accents */
};

void reading_tokens(const struct reading_model *m, const char *text, size_t len, struct tokens *out);
size_t reading_lower(const char *s, size_t n, char out[static WORD_BYTES_MAX]); /* 0: too long to be a word */

/* What the tokens from one on may stand for. */
struct guess {
	uint32_t ids[GUESS_WORDS]; /* WORDS_NONE: the token as it is */
	uint8_t n, span;           /* words; tokens */
	bool same;                 /* as written */
	float cost;                /* -ln of how likely it is written so */
};

struct guesses {
	struct guess list[GUESSES];
	size_t n;
};

/* `strictness`: how much more a change must be worth in a message that is otherwise in standard spelling; 1 or more. */
void reading_guess(const struct reading_model *m, const struct tokens *t, size_t at, float strictness, struct guesses *out);

/* The first spelling of a form, or 0. */
uint32_t reading_spelling(const struct reading_model *m, const char *form, size_t n);

bool reading_vowel(const char *word, size_t n); /* whether it begins with one that elides */

#endif
