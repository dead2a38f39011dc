/* text.h: the public's text, from hostile bytes to data that can be shown.
 *
 * The door (DESIGN.md §10) runs once, when a message comes in; everything behind it may rely on: valid UTF-8, NFC,
 * only LF as line end, no control characters, no bidirectional overrides or isolates, nothing invisible (joiners and
 * variation selectors only inside an emoji), at most TEXT_MARKS_MAX marks on a base, at most the stated code points,
 * no white space at either end, at least one visible character.
 */
#ifndef REGIE_BASE_TEXT_H
#define REGIE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/error.h"

enum {
	TEXT_MESSAGE_MAX = 2000, /* code points of a message after cleaning */
	TEXT_NAME_MAX = 80,      /* code points of a name; a longer one is cut at a grapheme, never refused */
	TEXT_MARKS_MAX = 4,      /* combining marks kept on one base */
	TEXT_RAW_MAX = 16384,    /* bytes that the door looks at; longer is refused before */
};

/* Cleans a message of `len` bytes (NUL bytes allowed in it) into `out` (reset first). *changed tells whether out differs
 * from the input, so that the caller keeps the raw bytes. Invalid UTF-8 is replaced by U+FFFD, one a maximal subpart
 * (Unicode 15 §3.9). Refuses (ERR_TOO_BIG) more than `max_points` code points, and (ERR_REFUSED) a text with nothing
 * visible, each with a sentence for the sender. */
bool text_clean(const char *in, size_t len, size_t max_points, struct buf *out, bool *changed, struct error *e);

/* The same for a name or another one-line field: line ends become spaces, too long is cut, empty is allowed. */
void text_clean_line(const char *in, size_t len, size_t max_points, struct buf *out);

bool text_is_utf8(const char *s, size_t len);          /* valid UTF-8 without NUL */
size_t text_points(const char *s);                     /* code points of valid UTF-8 */

/* What two people wrote alike: case, accents, punctuation, spacing folded to lower-case ASCII-ish words joined by one
 * space; letters outside Latin are lower-cased and kept; digits kept. Emoji-only texts fold to themselves. Appends to
 * `out`. The result of a clean text is never empty. */
void text_fold(const char *s, struct buf *out);

/* Telephone numbers (French in every writing; international with + or 00) and mail addresses become "[numéro masqué]"
 * and "[adresse masquée]" — `lang` "en": "[number hidden]", "[address hidden]". Years, prices, dates and short codes are
 * left alone. Appends to `out`. */
void text_mask(const char *s, const char *lang, struct buf *out);

/* Escapers: append `s` as it must stand in that place. */
void text_html(const char *s, struct buf *out);        /* text and attribute values: & < > " ' */
void text_csv(const char *s, struct buf *out);         /* RFC 4180 quoted field; a leading = + - @ TAB gets a ' before it */
void text_log(const char *s, size_t len, struct buf *out); /* one printable line: \n \t \xHH; for logs and error sentences */

/* Columns of a terminal that s takes (East Asian wide = 2, marks = 0), by libunistring's u8_strwidth rules. */
size_t text_width(const char *s);

/* The longest prefix of `s`, in bytes, that is at most `columns` wide and ends between graphemes. */
size_t text_fit(const char *s, size_t columns);

#endif
