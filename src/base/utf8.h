/* utf8.h: code points in and out of bytes, for the modules of this folder that read text (text*.c, phone.c). */
#ifndef REGIE_BASE_UTF8_H
#define REGIE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Reads the code point at s[0], n > 0 bytes being there, and returns how many bytes it took. What is ill-formed takes
 * its maximal subpart (Unicode 15 §3.9) and gives U+FFFD with *bad set; *bad is never cleared. */
size_t utf8_next(const char *s, size_t n, uint32_t *point, bool *bad);

/* Where the code point before s[at] starts, at > 0, in valid UTF-8 (never before 0, whatever the bytes). */
size_t utf8_before(const char *s, size_t at);

/* Writes a code point to `to` (room for 4 bytes) and returns how many bytes it took. */
size_t utf8_write(char to[static 4], uint32_t point);
void utf8_add(struct buf *b, uint32_t point);

bool utf8_is_blank(uint32_t c);  /* white space, visible or not: LF and all of Zs */
bool utf8_is_hidden(uint32_t c); /* controls, format characters, default ignorables: what nobody sees */
bool utf8_is_word(uint32_t c);   /* letters, marks and numbers */

#endif
