/* scan.h: strict JSON (RFC 8259) read in one pass without a tree, for this folder only.
 *
 * json-c, even in its strict mode, takes NaN, "1.", "-01", control characters and lone surrogates in strings; so every
 * outside text goes through this scanner first, and what it takes, json-c takes. Records, which come by the million, are
 * read with it alone. Stricter than the RFC in two ways: no \u0000, because strings end with NUL here, and no escape of
 * half a surrogate pair, because it stands for no character.
 */
#ifndef REGIE_WIRE_SCAN_H
#define REGIE_WIRE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"

enum { SCAN_DEPTH_MAX = 16 };

struct scan {
	const char *start, *p, *end;
	const char *why;    /* what was wrong, NULL so far */
	struct buf decoded; /* of the last string that had escapes */
};

/* A string's bytes: in the text itself, or in `decoded` until the next string with escapes is read. Never holds NUL. */
struct slice {
	const char *s;
	size_t n;
};

/* `text` must be valid UTF-8 without NUL. */
void scan_init(struct scan *s, const char *text, size_t len);
void scan_release(struct scan *s);
bool scan_fail(struct scan *s, const char *why); /* notes the first reason; returns false */
/* Puts the failure into a sentence; returns false. */
bool scan_error(const struct scan *s, struct error *e);

/* White space, then the byte at hand, '\0' at the end. */
char scan_peek(struct scan *s);
bool scan_take(struct scan *s, char c);               /* that byte after white space, or false without a reason */
bool scan_string(struct scan *s, struct slice *out);  /* decoded */
/* A number; *whole tells whether it is an integer that fits -(2^63-1) … 2^63-1, *value then has it. */
bool scan_number(struct scan *s, bool *whole, int64_t *value);
bool scan_literal(struct scan *s, const char *word);  /* "true", "false", "null" */
/* Any value, checked and passed over; `depth`: arrays and objects already open around it. */
bool scan_skip(struct scan *s, int depth);
bool scan_end(struct scan *s);                        /* nothing but white space is left */

/* Walks an object or array: the opening byte was taken. *more is false once it is closed. `first` starts true. */
bool scan_next(struct scan *s, char close, bool *first, bool *more);

#endif
