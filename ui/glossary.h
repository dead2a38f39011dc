/* glossary.h: short forms that are written out while they are typed ("pm" and a blank: "Premier ministre").
 *
 * A small list comes with the program, for French and for English; a file of the scribe's own (`set glossary PATH`) is read
 * over it: "pm<TAB>Premier ministre" a line, "#" begins a comment, an empty second column takes a form out.
 */
#ifndef REGIE_UI_GLOSSARY_H
#define REGIE_UI_GLOSSARY_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/error.h"

struct glossary;
struct glossary *glossary_new(bool french);
void glossary_free(struct glossary *g);
/* Reads a text over what is there. Lines that are none are left out; false with the first of them in *e. */
bool glossary_read(struct glossary *g, const char *text, const char *name, struct error *e);
bool glossary_load(struct glossary *g, const char *path, struct error *e);
/* What a short form stands for, with the capital of a form typed with one; false: it is none. Replaces `out`. */
bool glossary_expand(const struct glossary *g, const char *form, size_t n, struct buf *out);
/* Forms, then written-out words, that begin with what was typed, at most `max`; returns how many. Pointers stay. */
struct glossary_hint { const char *form, *words; };
size_t glossary_hints(const struct glossary *g, const char *typed, size_t n, struct glossary_hint *out, size_t max);

#endif
