/* scan.c: a recursive descent over bytes; the depth is bounded, so is the stack. */
#include "src/wire/scan.h"

#include <string.h>

void scan_init(struct scan *s, const char *text, size_t len)
{
	*s = (struct scan){ .start = text, .p = text, .end = text + len };
	buf_init(&s->decoded, 0);
}

void scan_release(struct scan *s)
{
	buf_release(&s->decoded);
}

bool scan_fail(struct scan *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	return false;
}

bool scan_error(const struct scan *s, struct error *e)
{
	if (s->p == s->end)
		return error_set(e, ERR_FORMAT, "the JSON ends too early, after byte %zu", (size_t)(s->end - s->start));
	return error_set(e, ERR_FORMAT, "the JSON is broken at byte %zu: %s", (size_t)(s->p - s->start) + 1, s->why);
}

char scan_peek(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
	return s->p < s->end ? *s->p : '\0';
}

bool scan_take(struct scan *s, char c)
{
	if (scan_peek(s) != c || s->p == s->end)
		return false;
	s->p++;
	return true;
}

bool scan_end(struct scan *s)
{
	scan_peek(s);
	return s->p == s->end || scan_fail(s, "something follows the end");
}

/* ---- strings --------------------------------------------------------------------------------------------------- */

/* Four hex digits at p. */
static bool hex4(struct scan *s, uint32_t *out)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++, s->p++) {
		char c = s->p < s->end ? *s->p : '\0';
		if (c >= '0' && c <= '9')
			v = v * 16 + (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + (uint32_t)((c | 32) - 'a' + 10);
		else
			return scan_fail(s, "\\u needs four hexadecimal digits");
	}
	*out = v;
	return true;
}

static void add_point(struct buf *b, uint32_t c)
{
	char u[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		u[i] = (char)(0x80 | (c & 0x3F));
	u[0] = (char)(lead[n] | c);
	buf_add(b, u, n);
}

/* After "\u". */
static bool unicode_escape(struct scan *s)
{
	uint32_t c, low;
	if (!hex4(s, &c))
		return false;
	if (c == 0)
		return scan_fail(s, "\\u0000 may not stand in a string");
	if (c >= 0xD800 && c <= 0xDFFF) {
		if (c >= 0xDC00 || s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
			return scan_fail(s, "half a surrogate pair is no character");
		s->p += 2;
		if (!hex4(s, &low))
			return false;
		if (low < 0xDC00 || low > 0xDFFF)
			return scan_fail(s, "half a surrogate pair is no character");
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	add_point(&s->decoded, c);
	return true;
}

/* At the backslash. */
static bool escape(struct scan *s)
{
	static const char meant[128] = { ['"'] = '"',
		['\\'] = '\\',
		['/'] = '/',
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t' };
	if (++s->p == s->end)
		return scan_fail(s, "it ends within a string");
	unsigned char c = (unsigned char)*s->p;
	if (c == 'u') {
		s->p++;
		return unicode_escape(s);
	}
	if (c >= sizeof meant || meant[c] == '\0')
		return scan_fail(s, "no such escape");
	buf_addc(&s->decoded, meant[c]);
	s->p++;
	return true;
}

/* The rest of a string that has escapes; `run` is where the bytes not yet decoded begin. */
static bool decode(struct scan *s, const char *run, struct slice *out)
{
	buf_reset(&s->decoded);
	for (;;) {
		while (s->p < s->end && *s->p != '"' && *s->p != '\\' && (unsigned char)*s->p >= 0x20)
			s->p++;
		buf_add(&s->decoded, run, (size_t)(s->p - run));
		if (s->p == s->end)
			return scan_fail(s, "it ends within a string");
		if (*s->p == '"')
			break;
		if (*s->p != '\\')
			return scan_fail(s, "a control character must be escaped");
		if (!escape(s))
			return false;
		run = s->p;
	}
	s->p++;
	*out = (struct slice){ s->decoded.data, s->decoded.len };
	return true;
}

bool scan_string(struct scan *s, struct slice *out)
{
	if (!scan_take(s, '"'))
		return scan_fail(s, "a string was expected");
	const char *run = s->p;
	while (s->p < s->end && *s->p != '"' && *s->p != '\\' && (unsigned char)*s->p >= 0x20)
		s->p++;
	if (s->p == s->end || *s->p != '"')
		return decode(s, run, out);
	*out = (struct slice){ run, (size_t)(s->p - run) };
	s->p++;
	return true;
}

/* ---- numbers and words ----------------------------------------------------------------------------------------- */

static bool is_digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool digits(struct scan *s)
{
	if (!is_digit(s))
		return scan_fail(s, "a digit was expected");
	while (is_digit(s))
		s->p++;
	return true;
}

/* Reads the digits from..p; false when they do not fit. */
static bool to_integer(const char *from, const char *to, bool negative, int64_t *out)
{
	int64_t v = 0;
	for (; from < to; from++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *from - '0', &v))
			return false;
	*out = negative ? -v : v;
	return true;
}

bool scan_number(struct scan *s, bool *whole, int64_t *value)
{
	scan_peek(s);
	bool negative = s->p < s->end && *s->p == '-';
	s->p += negative;
	const char *from = s->p;
	if (!digits(s))
		return false;
	if (*from == '0' && s->p - from > 1) {
		s->p = from;
		return scan_fail(s, "a number may not begin with 0");
	}
	*whole = to_integer(from, s->p, negative, value);
	if (s->p < s->end && *s->p == '.') {
		*whole = false;
		s->p++;
		if (!digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p | 32) == 'e') {
		*whole = false;
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return digits(s);
	}
	return true;
}

bool scan_literal(struct scan *s, const char *word)
{
	scan_peek(s);
	for (; *word != '\0'; word++, s->p++)
		if (s->p == s->end || *s->p != *word)
			return scan_fail(s, "a value was expected");
	return true;
}

/* ---- arrays, objects ------------------------------------------------------------------------------------------- */

bool scan_next(struct scan *s, char close, bool *first, bool *more)
{
	if (scan_take(s, close)) {
		*more = false;
		return true;
	}
	*more = true;
	if (!*first && !scan_take(s, ','))
		return scan_fail(s, close == '}' ? "\",\" or \"}\" was expected" : "\",\" or \"]\" was expected");
	if (!*first && scan_peek(s) == close)
		return scan_fail(s, "a comma stands before the end of a list");
	*first = false;
	return true;
}

static bool skip_members(struct scan *s, char close, int depth)
{
	bool first = true, more;
	struct slice name;
	if (depth > SCAN_DEPTH_MAX) {
		s->p--;
		return scan_fail(s, "it is nested too deeply");
	}
	for (;;) {
		if (!scan_next(s, close, &first, &more))
			return false;
		if (!more)
			return true;
		if (close == '}' &&
			(!scan_string(s, &name) || !(scan_take(s, ':') || scan_fail(s, "\":\" was expected"))))
			return false;
		if (!scan_skip(s, depth))
			return false;
	}
}

bool scan_skip(struct scan *s, int depth)
{
	struct slice text;
	bool whole;
	int64_t value;
	switch (scan_peek(s)) {
	case '{':
		s->p++;
		return skip_members(s, '}', depth + 1);
	case '[':
		s->p++;
		return skip_members(s, ']', depth + 1);
	case '"':
		return scan_string(s, &text);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return scan_number(s, &whole, &value);
	default:
		return scan_fail(s, "a value was expected");
	}
}
