/* emit.c: JSON by hand: appends, no tree. */
#include <string.h>

#include "src/wire/write.h"

/* Bytes to look at: those that never stand as they are, '<' for the sake of "</" (a page may carry our JSON in a script
 * element), and the first byte of U+2028 and U+2029, which end a line in older JavaScript. */
static const bool care[256] = {
	[0] = true,
	[1] = true,
	[2] = true,
	[3] = true,
	[4] = true,
	[5] = true,
	[6] = true,
	[7] = true,
	[8] = true,
	[9] = true,
	[10] = true,
	[11] = true,
	[12] = true,
	[13] = true,
	[14] = true,
	[15] = true,
	[16] = true,
	[17] = true,
	[18] = true,
	[19] = true,
	[20] = true,
	[21] = true,
	[22] = true,
	[23] = true,
	[24] = true,
	[25] = true,
	[26] = true,
	[27] = true,
	[28] = true,
	[29] = true,
	[30] = true,
	[31] = true,
	[127] = true,
	['"'] = true,
	['\\'] = true,
	['<'] = true,
	[0xE2] = true,
};

struct escape {
	char text[6];
	size_t len;   /* of text */
	size_t taken; /* bytes it stands for; 0: they may stand as they are */
};

static struct escape escape_byte(unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[128] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	if (letters[c] != '\0')
		return (struct escape){ .text = { '\\', letters[c] }, .len = 2, .taken = 1 };
	return (struct escape){ .text = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, .len = 6, .taken = 1 };
}

/* What must be written for the first bytes of s[0 … left). */
static struct escape escape_at(const char *s, size_t left)
{
	if (s[0] == '<')
		return left > 1 && s[1] == '/' ? (struct escape){ .text = "<\\/", .len = 3, .taken = 2 }
					       : (struct escape){ 0 };
	if (s[0] != '\xE2')
		return escape_byte((unsigned char)s[0]);
	if (left < 3 || s[1] != '\x80' || (s[2] != '\xA8' && s[2] != '\xA9'))
		return (struct escape){ 0 };
	return (struct escape){
		.text = { '\\', 'u', '2', '0', '2', s[2] == '\xA8' ? '8' : '9' }, .len = 6, .taken = 3
	};
}

void json_string_n(struct buf *b, const char *s, size_t n)
{
	buf_addc(b, '"');
	size_t done = 0, i = 0;
	while (i < n) {
		if (!care[(unsigned char)s[i]]) {
			i++;
			continue;
		}
		struct escape x = escape_at(s + i, n - i);
		if (x.taken == 0) {
			i++;
			continue;
		}
		buf_add(b, s + done, i - done);
		buf_add(b, x.text, x.len);
		done = i += x.taken;
	}
	buf_add(b, s + done, n - done);
	buf_addc(b, '"');
}

void json_string(struct buf *b, const char *s)
{
	json_string_n(b, s, strlen(s));
}

void json_comma(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[')
		buf_addc(b, ',');
}

void json_name(struct buf *b, const char *name)
{
	json_comma(b);
	json_string(b, name);
	buf_addc(b, ':');
}

void json_number(struct buf *b, int64_t value)
{
	char digits[20], *end = digits + sizeof digits, *p = end;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (value < 0)
		buf_addc(b, '-');
	buf_add(b, p, (size_t)(end - p));
}

void json_member(struct buf *b, const char *name, const char *value)
{
	json_name(b, name);
	json_string(b, value);
}

void json_member_int(struct buf *b, const char *name, int64_t value)
{
	json_name(b, name);
	json_number(b, value);
}

void json_member_bool(struct buf *b, const char *name, bool value)
{
	json_name(b, name);
	buf_adds(b, value ? "true" : "false");
}

void json_member_ids(struct buf *b, const char *name, const struct ids *list)
{
	json_name(b, name);
	buf_addc(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		json_comma(b);
		json_string(b, list->v[i]);
	}
	buf_addc(b, ']');
}
