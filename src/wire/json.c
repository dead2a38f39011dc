/* json.c: trees, by json-c. A `struct json` is a json_object under another name; JSON's null is NULL to both. */
#include "src/wire/json.h"

#include <limits.h>
#include <string.h>

#define json_bool json_c_bool /* json-c's name for int: ours is a function */
#include <json-c/json.h>
#undef json_bool

#include "src/base/text.h"
#include "src/wire/scan.h"

const char *const json_shape_names[] = { "null", "a boolean", "a whole number", "no whole number", "a text", "a list",
	"an object" };

static json_object *tree(const struct json *j)
{
	return (json_object *)(uintptr_t)j; /* json-c's getters take no const */
}

static bool check(const char *text, size_t len, struct error *e)
{
	if (!text_is_utf8(text, len))
		return error_set(e, ERR_FORMAT, "the JSON is not valid UTF-8");
	if (len > INT_MAX)
		return error_set(e, ERR_TOO_BIG, "the JSON is too long");
	struct scan s;
	scan_init(&s, text, len);
	char c = scan_peek(&s);
	bool good = c == '{' || c == '[' ? scan_skip(&s, 0) && scan_end(&s)
					 : scan_fail(&s, "an object or a list was expected");
	if (!good)
		scan_error(&s, e);
	scan_release(&s);
	return good;
}

struct json *json_parse(const char *text, size_t len, struct error *e)
{
	if (!check(text, len, e))
		return NULL;
	/* One level more than the scanner allows: json-c counts the values within the innermost list. */
	struct json_tokener *t = json_tokener_new_ex(SCAN_DEPTH_MAX + 2);
	json_object *o = NULL;
	if (t != NULL) {
		json_tokener_set_flags(t, JSON_TOKENER_STRICT);
		o = json_tokener_parse_ex(t, text, (int)len);
		if (o == NULL)
			error_set(e, ERR_FORMAT, "the JSON is broken: %s",
				json_tokener_error_desc(json_tokener_get_error(t)));
		json_tokener_free(t);
	} else
		error_set(e, ERR_TOO_BIG, "no memory is left to read JSON");
	return (struct json *)o;
}

void json_free(struct json *j)
{
	json_object_put(tree(j));
}

enum json_shape json_shape_of(const struct json *j)
{
	switch (json_object_get_type(tree(j))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_string:
		return JSON_TEXT;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_double:
		return JSON_REAL;
	case json_type_null:
		return JSON_NULL;
	case json_type_int:
		break;
	}
	/* json-c saturates what does not fit: at INT64_MIN, and at UINT64_MAX, which it keeps beside int64. */
	return json_object_get_uint64(tree(j)) > INT64_MAX || json_object_get_int64(tree(j)) == INT64_MIN ? JSON_REAL
													  : JSON_INT;
}

const struct json *json_get(const struct json *j, const char *member)
{
	json_object *o = NULL;
	if (json_is_object(j))
		json_object_object_get_ex(tree(j), member, &o);
	return (const struct json *)o;
}

const char *json_as_text(const struct json *j)
{
	return json_shape_of(j) == JSON_TEXT ? json_object_get_string(tree(j)) : NULL;
}

int64_t json_as_int(const struct json *j)
{
	return json_object_get_int64(tree(j));
}

bool json_as_bool(const struct json *j)
{
	return json_object_get_boolean(tree(j));
}

const char *json_text(const struct json *j, const char *member)
{
	return json_as_text(json_get(j, member));
}

bool json_has(const struct json *j, const char *member)
{
	return json_is_object(j) && json_object_object_get_ex(tree(j), member, NULL);
}

bool json_int(const struct json *j, const char *member, int64_t *out)
{
	const struct json *value = json_get(j, member);
	if (json_shape_of(value) != JSON_INT)
		return false;
	*out = json_as_int(value);
	return true;
}

bool json_bool(const struct json *j, const char *member, bool absent)
{
	const struct json *value = json_get(j, member);
	return json_shape_of(value) == JSON_BOOL ? json_as_bool(value) : absent;
}

size_t json_length(const struct json *array)
{
	return json_shape_of(array) == JSON_ARRAY ? json_object_array_length(tree(array)) : 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
	return i < json_length(array) ? (const struct json *)json_object_array_get_idx(tree(array), i) : NULL;
}

bool json_is_object(const struct json *j)
{
	return json_shape_of(j) == JSON_OBJECT;
}

bool json_each(
	const struct json *object, bool (*visit)(void *arg, const char *name, const struct json *value), void *arg)
{
	if (!json_is_object(object))
		return true;
	struct json_object_iterator i = json_object_iter_begin(tree(object)), end = json_object_iter_end(tree(object));
	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
		if (!visit(arg, json_object_iter_peek_name(&i), (const struct json *)json_object_iter_peek_value(&i)))
			return false;
	return true;
}

struct quoted quoted(const char *s, size_t n)
{
	struct quoted q = { "" };
	struct buf line = BUF_INIT;
	text_log(s, n, &line);
	size_t max = sizeof q.s - sizeof "…", kept = line.len;
	if (kept > max)
		for (kept = max; kept > 0 && ((unsigned char)line.data[kept] & 0xC0) == 0x80; kept--)
			; /* back to the beginning of a character */
	memcpy(q.s, line.data, kept);
	if (kept < line.len)
		memcpy(q.s + kept, "…", sizeof "…");
	buf_release(&line);
	return q;
}

bool id_is_valid(const char *s, size_t n, size_t max)
{
	if (n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] >= 127)
			return false;
	return true;
}
