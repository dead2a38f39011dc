/* lexicon.h: what a language's words are to us: a file that people read and extend, read here from memory.
 *
 * A line is a row of two or three fields, separated by TABs: KIND, FORM, VALUE. Empty lines and lines that begin with '#'
 * are passed over; UTF-8, LF or CRLF. A later row of the same kind and form takes the earlier one's place, so an
 * operator's file read after ours corrects it; the value "-" takes a row away. Forms are lower-cased here and looked up
 * lower-cased; accents count. KIND is one of:
 *
 *   stop     a word that says nothing of the subject, in one of its spellings            no value
 *   keep     a short word or figure that does (smic, rtt, 35h): never dropped            no value
 *   weak     a word that says little: it counts a little                                 no value
 *   chatter  a word or words of those who ask nothing: greetings, insults, tests         no value
 *   advert   a word of adverts                                                           no value
 *   spell    how SMS write it; VALUE: how it is written, the likeliest first, "|" between: c -> c'est|ces|s'est
 *   synonym  VALUE: the word to compare it as, or several, "|" between: bagnole -> voiture
 *   near     VALUE: the matter that the word is a sign of, or up to four: dentiste -> health|teeth
 *
 * Nothing here does I/O or keeps a pointer into what it was given. A lexicon that is only read may be shared by threads.
 */
#ifndef REGIE_THEMES_LEXICON_H
#define REGIE_THEMES_LEXICON_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/error.h"

enum lexicon_kind {
	LEXICON_STOP,
	LEXICON_KEEP,
	LEXICON_WEAK,
	LEXICON_CHATTER,
	LEXICON_ADVERT,
	LEXICON_SPELL,
	LEXICON_SYNONYM,
	LEXICON_NEAR,
	LEXICON_KINDS
};

enum {
	LEXICON_TEXT_MAX = 4 << 20, /* bytes of one file */
	LEXICON_LINE_MAX = 1000,    /* bytes of a line */
	LEXICON_ROWS_MAX = 200000,  /* rows of all files together */
};

struct lexicon_row {
	enum lexicon_kind kind;
	const char *form;  /* lower case, never empty */
	const char *value; /* "" for the kinds without one; NULL when a later row took this one away or its place */
};

struct lexicon;
struct lexicon *lexicon_new(void); /* empty */
void lexicon_free(struct lexicon *l);

/* Reads a file's text on top of what is there. On a mistake, ERR_FORMAT with the line's number and what is wrong in it
 * ("line 12: …"), or ERR_TOO_BIG; the rows before it stay: the caller throws the lexicon away. */
bool lexicon_read(struct lexicon *l, const char *text, size_t len, struct error *e);

/* The value of a form (n bytes, lower case), "" when its kind has none; NULL when it is not there. */
const char *lexicon_get(const struct lexicon *l, enum lexicon_kind kind, const char *form, size_t n);

/* All rows in the order read, for who builds tables of his own; rows with value NULL are to be passed over. They and
 * the strings stay until the next lexicon_read or lexicon_free. */
const struct lexicon_row *lexicon_rows(const struct lexicon *l, size_t *n);

const char *lexicon_kind_name(enum lexicon_kind kind);
size_t lexicon_memory(const struct lexicon *l); /* bytes */

#endif
