/* text_show.c: text as data in a page, a table, a log line, and on the columns of a terminal. */
#include "src/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unigbrk.h>
#include <uniwidth.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

void text_html(const char *s, struct buf *out)
{
	static const char *const names[128] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\''] = "&#39;",
	};

	while (*s) {
		const size_t n = strcspn(s, "&<>\"'");

		buf_add(out, s, n);
		s += n;
		if (*s)
			buf_adds(out, names[(uint8_t)*s++]);
	}
}

void text_csv(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	if (*s && strchr("=+-@\t\r", *s)) /* what spreadsheets take for a formula */
		buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

void text_log(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		bool bad = false;
		uint32_t c;
		const size_t n = utf8_next(s + i, len - i, &c, &bad);

		if (c == '\n' || c == '\t')
			buf_adds(out, c == '\n' ? "\\n" : "\\t");
		else if (!bad && !utf8_is_hidden(c))
			buf_add(out, s + i, n);
		else
			for (size_t k = i; k < i + n; k++)
				buf_addf(out, "\\x%02X", (uint8_t)s[k]);
		i += n;
	}
}

size_t text_width(const char *s)
{
	size_t ascii = 0;

	while (s[ascii] >= 0x20 && s[ascii] < 0x7F)
		ascii++;
	return ascii + (s[ascii] ? (size_t)u8_strwidth((const uint8_t *)s + ascii, "UTF-8") : 0);
}

/* The last place in s[0..end] that lies between graphemes; s[end] belongs to what is looked at. */
static size_t last_break(const char *s, size_t end, size_t after)
{
	char few[512];
	char *breaks = after <= sizeof few ? few : xmalloc(after);

	u8_grapheme_breaks((const uint8_t *)s, after, breaks);
	while (end > 0 && !breaks[end])
		end--;
	if (breaks != few)
		free(breaks);
	return end;
}

size_t text_fit(const char *s, size_t columns)
{
	const size_t len = strlen(s);
	size_t width = 0;
	bool bad = false;

	for (size_t i = 0; i < len;) {
		uint32_t c;
		const size_t n = utf8_next(s + i, len - i, &c, &bad);
		const int w = uc_width(c, "UTF-8");

		width += w > 0 ? (size_t)w : 0;
		if (width > columns) /* a break is decided by what stands before it and the one character after it */
			return last_break(s, i, i + n);
		i += n;
	}
	return len;
}
