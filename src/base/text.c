/* text.c: the door: what text.h promises of a text, made true.
 *
 * Two ways lead through it. The plain way takes what nearly every message is made of (Latin, Greek and Cyrillic
 * letters without loose marks, common punctuation, simple emoji), where only line ends, tabs and white space at the
 * ends can need a change. Everything else goes the long way: decode and drop; then, until nothing changes any more,
 * keep joiners only where an emoji needs them, compose (NFC), and count marks; then trim.
 */
#include "src/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

enum {
	ZWJ = 0x200D,
	VS16 = 0xFE0F,
	KEYCAP = 0x20E3,
	BLACK_FLAG = 0x1F3F4,
	TAG_FIRST = 0xE0020,
	TAG_LAST = 0xE007F,
	FLAG_TAGS = 6,       /* "gbeng" and the cancel tag */
	JOINERS_MAX = 7,     /* in one emoji; the longest in use has three */
	BYTES_A_POINT = 8,   /* raw bytes looked at for each code point allowed, beyond TEXT_RAW_MAX */
	FIRST_SHIFTY = 0x300 /* below it NFC changes nothing */
};

/* ---- the plain way ----------------------------------------------------------------------------------------------- */

/* How many bytes at s, the first of them not ASCII, make a character that may stay as it is wherever it stands, as long
 * as no mark follows; 0 when it takes a closer look. All of these are in NFC by themselves. */
static size_t plain_wide(const uint8_t *s, size_t n)
{
	const uint8_t a = s[0], b = n > 1 ? s[1] : 0, c = n > 2 ? s[2] : 0;

	if ((b & 0xC0) != 0x80)
		return 0;
	if (a >= 0xC3 && a <= 0xCB) /* U+00C0 to U+02FF */
		return 2;
	if (a == 0xC2)
		return b >= 0xA0 && b != 0xAD ? 2 : 0; /* neither C1 nor the soft hyphen */
	if (a == 0xCE)
		return b >= 0x88 ? 2 : 0;
	if (a == 0xCF || a == 0xD0 || a == 0xD1) /* Greek to U+03FF, Cyrillic to U+047F */
		return 2;
	if ((c & 0xC0) != 0x80)
		return 0;
	if (a == 0xE2 && b == 0x80)
		return (c >= 0x90 && c <= 0xA7) || c >= 0xAF ? 3 : 0; /* dashes, quotes, ellipsis, U+202F */
	if (a == 0xE2 && b == 0x82)
		return c >= 0xA0 ? 3 : 0; /* currencies */
	if (a == 0xE2 && b >= 0x98 && b <= 0x9E)
		return 3; /* U+2600 to U+27BF */
	if (a == 0xF0 && b == 0x9F && c >= 0x8C && c <= 0xAB && n > 3 && (s[3] & 0xC0) == 0x80)
		return 4; /* U+1F300 to U+1FAFF */
	return 0;
}

/* Whether the plain way is open to s; *turns: there is a CR or a TAB in it. */
static bool is_plain(const char *in, size_t n, bool *turns)
{
	const uint8_t *s = (const uint8_t *)in;
	size_t i = 0;

	*turns = false;
	while (i < n) {
		size_t step = 1;

		if (s[i] >= 0x80)
			step = plain_wide(s + i, n - i);
		else if (s[i] == '\r' || s[i] == '\t')
			*turns = true;
		else if ((s[i] < 0x20 && s[i] != '\n') || s[i] == 0x7F)
			step = 0;
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

/* The bytes of white space at s, or 0; only of the kinds that plain text can hold. */
static size_t plain_blank(const char *s, size_t n)
{
	if (n > 0 && (*s == ' ' || *s == '\n' || *s == '\t' || *s == '\r'))
		return 1;
	if (n > 1 && memcmp(s, "\u00A0", 2) == 0)
		return 2;
	if (n > 2 && memcmp(s, "\u202F", 3) == 0)
		return 3;
	return 0;
}

static void trim_plain(const char **s, size_t *n)
{
	size_t step;

	while ((step = plain_blank(*s, *n)) > 0) {
		*s += step;
		*n -= step;
	}
	for (;;) {
		const char *end = *s + *n;

		if (*n > 0 && plain_blank(end - 1, 1))
			*n -= 1;
		else if (*n > 1 && plain_blank(end - 2, 2) == 2)
			*n -= 2;
		else if (*n > 2 && plain_blank(end - 3, 3) == 3)
			*n -= 3;
		else
			return;
	}
}

static void turn_plain(const char *s, size_t n, struct buf *out)
{
	char *to = buf_room(out, n);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			continue;
		to[len++] = (char)(s[i] == '\r' ? '\n' : s[i] == '\t' ? ' ' : s[i]);
	}
	buf_grown(out, len);
}

/* ---- the long way ------------------------------------------------------------------------------------------------ */

struct points {
	uint32_t *at;
	size_t n;
	bool joins;  /* holds what is kept only inside an emoji */
	bool shifty; /* NFC could change it */
};

static bool is_tag(uint32_t c)
{
	return c >= TAG_FIRST && c <= TAG_LAST;
}

static bool is_noncharacter(uint32_t c)
{
	return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* What most characters beyond U+02FF are in our evenings, and never touched by NFC. */
static bool is_settled(uint32_t c)
{
	return c < FIRST_SHIFTY || c >= 0x1F000 || c == ZWJ || c == VS16 || (c >= 0x2010 && c <= 0x205E) ||
		(c >= 0x20A0 && c <= 0x20BF) || (c >= 0x2600 && c <= 0x27BF) || c == UTF8_REPLACEMENT;
}

static void take(struct points *p, uint32_t c)
{
	p->at[p->n++] = c;
	p->joins |= c == ZWJ || c == VS16 || is_tag(c);
	p->shifty |= !is_settled(c);
}

/* The length of the escape sequence whose introducer ends at s: `string` ones run to BEL, ST or ESC \, the others (CSI)
 * to a letter. 0 when it does not end properly: then only its control byte goes. */
static size_t sequence_length(const char *in, size_t n, bool string)
{
	const uint8_t *s = (const uint8_t *)in;

	for (size_t i = 0; i < n; i++) {
		if (!string && s[i] >= 0x40 && s[i] <= 0x7E)
			return i + 1;
		if (!string && (s[i] < 0x20 || s[i] > 0x3F))
			return 0;
		if (s[i] == 0x07)
			return i + 1;
		if (s[i] == 0x1B)
			return i + 1 < n && s[i + 1] == '\\' ? i + 2 : 0;
		if (s[i] == 0xC2 && i + 1 < n && s[i + 1] == 0x9C)
			return i + 2;
		if (s[i] < 0x20)
			return 0;
	}
	return 0;
}

/* How much to skip after a control character c, s being what follows it (ECMA-48 §8.3: CSI, OSC, DCS, SOS, PM, APC). */
static size_t after_control(uint32_t c, const char *s, size_t n)
{
	size_t length;

	if (c == 0x9B)
		return sequence_length(s, n, false);
	if (c == 0x90 || c == 0x98 || (c >= 0x9D && c <= 0x9F))
		return sequence_length(s, n, true);
	if (c != 0x1B || n == 0 || !strchr("[]PX^_", s[0]) || s[0] == '\0')
		return 0;
	length = sequence_length(s + 1, n - 1, s[0] != '[');
	return length ? length + 1 : 0;
}

/* Takes in one character: as itself, a line end, a space, or not at all. */
static void take_unless_hidden(struct points *p, uint32_t c)
{
	if (c == '\n' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 || c == 0x2029)
		take(p, '\n');
	else if (c == '\t' || c == 0x2800) /* the blank braille pattern is how braille writes a space */
		take(p, ' ');
	else if (is_noncharacter(c))
		take(p, UTF8_REPLACEMENT);
	else if (c == ZWJ || c == VS16 || is_tag(c) || !utf8_is_hidden(c))
		take(p, c);
}

static void decode(const char *in, size_t len, struct points *p)
{
	bool bad = false;

	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_next(in + i, len - i, &c, &bad);
		if (c == '\r') {
			i += i < len && in[i] == '\n';
			c = '\n';
		}
		if (c < 0xA0)
			i += after_control(c, in + i, len - i);
		take_unless_hidden(p, c);
	}
}

static bool is_picture(uint32_t c)
{
	return c >= 0xA9 && uc_is_property_extended_pictographic(c);
}

static bool is_skin_tone(uint32_t c)
{
	return c >= 0x1F3FB && c <= 0x1F3FF;
}

static bool is_key(uint32_t c)
{
	return (c >= '0' && c <= '9') || c == '#' || c == '*';
}

/* Whether the n points end in something that a joiner can join to the next picture. */
static bool ends_in_picture(const uint32_t *at, size_t n)
{
	if (n > 0 && is_picture(at[n - 1]))
		return true;
	return n > 1 && (at[n - 1] == VS16 || is_skin_tone(at[n - 1])) && is_picture(at[n - 2]);
}

/* England, Scotland and Wales are the only flags spelt in tags that are in use (Unicode RGI set). */
static bool is_flag_spelling(const uint32_t *at, size_t n)
{
	static const char *const spelt[] = { "gbeng\x7F", "gbsct\x7F", "gbwls\x7F" };

	for (size_t k = 0; n >= FLAG_TAGS && k < COUNT_OF(spelt); k++) {
		size_t i = 0;

		while (i < FLAG_TAGS && at[i] == 0xE0000u + (uint8_t)spelt[k][i])
			i++;
		if (i == FLAG_TAGS)
			return true;
	}
	return false;
}

/* Drops joiners, variation selectors and tags that no emoji needs (UTS #51 §1.4.9). Whether it dropped any. */
static bool keep_emoji_whole(struct points *p)
{
	uint32_t *at = p->at;
	size_t n = 0, joiners = 0;

	for (size_t i = 0; i < p->n; i++) {
		const uint32_t c = at[i], next = i + 1 < p->n ? at[i + 1] : 0, before = n ? at[n - 1] : 0;

		if (c == VS16) {
			if (is_picture(before) || (is_key(before) && next == KEYCAP))
				at[n++] = c;
		} else if (c == ZWJ) {
			if (is_picture(next) && ends_in_picture(at, n) && joiners < JOINERS_MAX) {
				at[n++] = c;
				joiners++;
			}
		} else if (is_tag(c)) {
			if (before == BLACK_FLAG && is_flag_spelling(at + i, p->n - i)) {
				memmove(at + n, at + i, FLAG_TAGS * sizeof *at);
				n += FLAG_TAGS;
				i += FLAG_TAGS - 1;
			}
		} else {
			if (before != ZWJ && c != 0 && !is_skin_tone(c))
				joiners = 0;
			at[n++] = c;
		}
	}
	if (n == p->n)
		return false;
	p->n = n;
	return true;
}

/* Composes; whether that changed anything. */
static bool compose(struct points *p)
{
	size_t n = 0;
	uint32_t *composed;

	if (p->n == 0)
		return false;
	composed = u32_normalize(UNINORM_NFC, p->at, p->n, NULL, &n);
	if (!composed) /* the points are valid: only memory can be wanting, and this is how we end then */
		xcalloc(SIZE_MAX, sizeof *composed);
	if (n == p->n && memcmp(composed, p->at, n * sizeof *composed) == 0) {
		free(composed);
		return false;
	}
	free(p->at);
	p->at = composed;
	p->n = n;
	return true;
}

/* Marks are what takes no column of its own: combining marks, and Hangul vowels and finals that met no initial. Joiners
 * and tags were judged before. */
static bool is_mark(uint32_t c)
{
	return c >= FIRST_SHIFTY && c != ZWJ && !is_tag(c) && uc_width(c, "UTF-8") == 0;
}

/* Drops marks beyond those a base may carry, and marks on nothing. Whether it dropped any. */
static bool limit_marks(struct points *p)
{
	size_t n = 0, marks = TEXT_MARKS_MAX;

	for (size_t i = 0; i < p->n; i++) {
		const uint32_t c = p->at[i];

		if (is_mark(c)) {
			if (marks++ >= TEXT_MARKS_MAX)
				continue;
		} else if (c != ZWJ && !is_tag(c)) {
			marks = utf8_is_blank(c) ? TEXT_MARKS_MAX : 0;
		}
		p->at[n++] = c;
	}
	if (n == p->n)
		return false;
	p->n = n;
	return true;
}

static void clean_points(struct points *p)
{
	size_t start = 0;
	bool again;

	/* What one step drops may bring together what another would have changed: on to the point where none does. */
	do {
		again = p->joins && keep_emoji_whole(p);
		if (p->shifty) {
			again |= compose(p);
			again |= limit_marks(p);
		} else if (p->joins) {
			again |= limit_marks(p);
		}
	} while (again);
	while (p->n && utf8_is_blank(p->at[p->n - 1]))
		p->n--;
	while (start < p->n && utf8_is_blank(p->at[start]))
		start++;
	p->n -= start;
	memmove(p->at, p->at + start, p->n * sizeof *p->at);
}

static void put_points(const struct points *p, bool one_line, struct buf *out)
{
	char *to = buf_room(out, p->n * 4);
	size_t len = 0;

	for (size_t i = 0; i < p->n; i++)
		len += utf8_write(to + len, one_line && p->at[i] == '\n' ? ' ' : p->at[i]);
	buf_grown(out, len);
}

static void clean_long(const char *in, size_t len, bool one_line, struct buf *out)
{
	struct points p = { .at = xmalloc((len + 1) * sizeof *p.at) };

	decode(in, len, &p);
	clean_points(&p);
	put_points(&p, one_line, out);
	free(p.at);
}

/* ---- the two doors ----------------------------------------------------------------------------------------------- */

static size_t count_points(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)s[i] & 0xC0) != 0x80;
	return n;
}

static void clean(const char *in, size_t len, bool one_line, struct buf *out)
{
	bool turns;

	if (!is_plain(in, len, &turns)) {
		clean_long(in, len, one_line, out);
		return;
	}
	trim_plain(&in, &len);
	if (turns)
		turn_plain(in, len, out);
	else
		buf_add(out, in, len);
	for (size_t i = 0; one_line && i < out->len; i++)
		if (out->data[i] == '\n')
			out->data[i] = ' ';
}

bool text_clean(const char *in, size_t len, size_t max_points, struct buf *out, bool *changed, struct error *e)
{
	size_t points;

	buf_reset(out);
	*changed = true;
	if (len > TEXT_RAW_MAX && len / BYTES_A_POINT > max_points)
		return error_set(e, ERR_TOO_BIG, "the message is longer than %zu characters", max_points);
	clean(in, len, false, out);
	*changed = out->len != len || (len && memcmp(out->data, in, len) != 0);
	if (out->len > max_points && (points = count_points(out->data, out->len)) > max_points) {
		buf_reset(out);
		return error_set(
			e, ERR_TOO_BIG, "the message has %zu characters and may have at most %zu", points, max_points);
	}
	if (out->len == 0)
		return error_set(e, ERR_REFUSED, "the message has nothing in it that can be seen");
	return true;
}

/* The bytes of the longest prefix of at most max_points that ends between graphemes; 0 when the first is longer. */
static size_t cut_at_grapheme(const char *s, size_t len, size_t max_points)
{
	char *breaks = xcalloc(len + 1, 1);
	size_t points = 0, cut = 0;

	u8_grapheme_breaks((const uint8_t *)s, len, breaks);
	for (size_t i = 0; i < len && points <= max_points; i++) {
		if (breaks[i])
			cut = i;
		points += ((uint8_t)s[i] & 0xC0) != 0x80;
	}
	free(breaks);
	return cut;
}

/* The bytes of the first max_points code points. */
static size_t cut_at_point(const char *s, size_t len, size_t max_points)
{
	size_t points = 0, i = 0;

	while (i < len && (points += ((uint8_t)s[i] & 0xC0) != 0x80) <= max_points)
		i++;
	return i;
}

void text_clean_line(const char *in, size_t len, size_t max_points, struct buf *out)
{
	buf_reset(out);
	clean(in, len, true, out);
	if (out->len > max_points && count_points(out->data, out->len) > max_points) {
		struct buf whole = *out;
		size_t cut = cut_at_grapheme(whole.data, whole.len, max_points);

		if (cut == 0) /* a grapheme longer than the field: cut it, and mend what the cut left of it */
			cut = cut_at_point(whole.data, whole.len, max_points);
		buf_init(out, whole.max);
		clean(whole.data, cut, true, out);
		buf_release(&whole);
	}
}

/* ---- looking at text --------------------------------------------------------------------------------------------- */

bool text_is_utf8(const char *s, size_t len)
{
	return !memchr(s, '\0', len) && !u8_check((const uint8_t *)s, len);
}

size_t text_points(const char *s)
{
	return count_points(s, strlen(s));
}
