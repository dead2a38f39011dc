/* json.h: more of a parsed JSON value than wire.h shows, for this folder only. */
#ifndef REGIE_WIRE_JSON_H
#define REGIE_WIRE_JSON_H

#include "src/wire/wire.h"

enum json_shape { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL /* a fraction, or out of range */, JSON_TEXT, JSON_ARRAY,
	JSON_OBJECT };
extern const char *const json_shape_names[]; /* "null", "a boolean", … for sentences */

enum json_shape json_shape_of(const struct json *j); /* NULL is JSON_NULL */
int64_t json_as_int(const struct json *j);         /* of a JSON_INT */
bool json_as_bool(const struct json *j);           /* of a JSON_BOOL */
/* Walks an object's members until visit returns false; returns whether it never did. */
bool json_each(const struct json *object, bool (*visit)(void *arg, const char *name, const struct json *value), void *arg);

/* For error sentences: outside bytes as one short printable line. */
struct quoted { char s[68]; };
struct quoted quoted(const char *s, size_t n);

/* An id, or another name of ours: at most `max` bytes of printable ASCII without spaces; may be empty. */
bool id_is_valid(const char *s, size_t n, size_t max);

#endif
