/* utf8.c: a decoder that knows for each lead byte which second bytes may follow (Unicode 15, table 3-7). */
#include "src/base/utf8.h"

#include <unictype.h>

struct lead {
	uint8_t more;      /* bytes that follow; 0: not a lead byte */
	uint8_t low, high; /* bounds of the second byte */
	uint8_t bits;      /* of the lead byte */
};

static struct lead lead_of(uint8_t b)
{
	if (b < 0xC2 || b > 0xF4)
		return (struct lead){ 0 };
	if (b < 0xE0)
		return (struct lead){ 1, 0x80, 0xBF, b & 0x1F };
	if (b < 0xF0)
		return (struct lead){ 2, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF, b & 0x0F };
	return (struct lead){ 3, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF, b & 0x07 };
}

size_t utf8_next(const char *s, size_t n, uint32_t *point, bool *bad)
{
	const uint8_t *u = (const uint8_t *)s;
	struct lead lead;
	uint32_t c;

	if (u[0] < 0x80) {
		*point = u[0];
		return 1;
	}
	lead = lead_of(u[0]);
	c = lead.bits;
	for (size_t i = 1; i <= lead.more; i++) {
		if (i >= n || u[i] < lead.low || u[i] > lead.high) {
			lead.more = 0;
			*point = UTF8_REPLACEMENT;
			*bad = true;
			return i;
		}
		c = c << 6 | (u[i] & 0x3F);
		lead.low = 0x80;
		lead.high = 0xBF;
	}
	if (lead.more == 0) {
		*point = UTF8_REPLACEMENT;
		*bad = true;
		return 1;
	}
	*point = c;
	return (size_t)lead.more + 1;
}

size_t utf8_before(const char *s, size_t at)
{
	size_t i = at - 1;

	while (i > 0 && at - i < 4 && ((uint8_t)s[i] & 0xC0) == 0x80)
		i--;
	return i;
}

size_t utf8_write(char to[static 4], uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xC0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xE0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3F));
		to[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3F));
	to[2] = (char)(0x80 | (c >> 6 & 0x3F));
	to[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

void utf8_add(struct buf *b, uint32_t c)
{
	char bytes[4];

	buf_add(b, bytes, utf8_write(bytes, c));
}

bool utf8_is_blank(uint32_t c)
{
	return c == ' ' || c == '\n' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
		c == 0x205F || c == 0x3000;
}

bool utf8_is_hidden(uint32_t c)
{
	if (c < 0xA0)
		return c < 0x20 || c >= 0x7F;
	if (c == 0x2028 || c == 0x2029)
		return true;
	/* U+FFFC stands for an attachment that is not there; U+1D159 is a note without a head. */
	return c == 0xFFFC || c == 0x1D159 || uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf) ||
		uc_is_property_default_ignorable_code_point(c);
}

bool utf8_is_word(uint32_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N);
}
