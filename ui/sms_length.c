#include "ui/sms_length.h"

#include <stdint.h>
#include <string.h>

#include "src/base/utf8.h"

/* TS 23.038, 6.2.1: what is not ASCII of the default alphabet; then its extension table, 6.2.1.1. */
static const uint16_t beyond_ascii[] = { 0xA3, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0xD8, 0xF8, 0xC5, 0xE5, 0x394, 0x3A6,
	0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9, 0xA4, 0xA1, 0xC4, 0xD6, 0xD1, 0xDC, 0xA7,
	0xBF, 0xE4, 0xF6, 0xF1, 0xFC, 0xE0 };

/* Septets of a character; 0: it is in neither table. */
static int septets(uint32_t c)
{
	if (c == 0x20AC || c == '\f' || (c < 0x80 && c && strchr("^{}\\[~]|", (int)c)))
		return 2;
	if (c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F && c != '`'))
		return 1;
	for (size_t i = 0; i < sizeof beyond_ascii / sizeof *beyond_ascii; i++)
		if (beyond_ascii[i] == c)
			return 1;
	return 0;
}

static int units_of(uint32_t c, bool ucs2)
{
	return ucs2 ? (c > 0xFFFF ? 2 : 1) : septets(c);
}

/* How many parts of `each` units, nothing parted. */
static int parts_of(const char *s, size_t n, bool ucs2, int each)
{
	int parts = 1, used = 0;
	for (size_t i = 0; i < n;) {
		uint32_t c;
		bool bad = false;
		i += utf8_next(s + i, n - i, &c, &bad);
		int u = units_of(c, ucs2);
		if (used + u > each) {
			parts++;
			used = 0;
		}
		used += u;
	}
	return parts;
}

struct sms_length sms_length_of(const char *utf8)
{
	struct sms_length l = { 0 };
	size_t n = strlen(utf8);
	uint32_t c;
	bool bad = false;
	for (size_t i = 0; i < n && !l.ucs2;) {
		size_t len = utf8_next(utf8 + i, n - i, &c, &bad);
		l.ucs2 = !septets(c);
		l.forced = l.ucs2 ? i : 0;
		i += len;
	}
	for (size_t i = 0; i < n;) {
		i += utf8_next(utf8 + i, n - i, &c, &bad);
		l.units += units_of(c, l.ucs2);
	}
	int alone = l.ucs2 ? 70 : 160, each = l.ucs2 ? 67 : 153;
	l.parts = !n ? 0 : l.units <= alone ? 1 : parts_of(utf8, n, l.ucs2, each);
	l.room = l.parts <= 1 ? alone : l.parts * each;
	return l;
}
