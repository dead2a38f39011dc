/* text_mask.c: telephone numbers and mail addresses out of sight.
 *
 * First the text is cut at mail addresses, found from their "@" outwards; then the pieces between are read for numbers.
 * A number is tried wherever a group of digits (or "+") begins, over at most DIGITS_MAX digits: the work is linear in
 * the text. Digits may be of any script and may wear keycaps; what may stand between them is in sep_of().
 *
 * Sources: ARCEP numbering plan (national numbers are 0 and nine digits, the first not 0), ITU-T E.164 (at most 15
 * digits after "+", country codes do not begin with 0).
 */
#include "src/base/text.h"

#include <stdint.h>
#include <string.h>

#include <unictype.h>

#include "src/base/id.h"
#include "src/base/utf8.h"

enum {
	DIGITS_MAX = 20, /* more than any number has, so that a longer run shows */
	SEPS_MAX = 4,    /* characters between two digits */
	NATIONAL = 10,
	E164_MIN = 8,
	E164_MAX = 15,
};

/* What stands before a digit; 0: it is glued to the one before. */
enum sep {
	SEP_SPACE = 1,
	SEP_DOT = 2,
	SEP_DASH = 4,
	SEP_SLASH = 8,
	SEP_OPEN = 16,
	SEP_CLOSE = 32,
	SEP_COMMA = 64,
	SEP_KEYCAP = 128,
};

struct digit {
	unsigned value, seps;
	size_t start, end; /* bytes */
};

/* A run of digits from a place in the text on. */
struct run {
	struct digit at[DIGITS_MAX];
	size_t n;
};

static int digit_of(uint32_t c)
{
	if (c < 0x660)
		return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
	return uc_decimal_value(c);
}

static unsigned sep_of(uint32_t c)
{
	static const uint8_t ascii[128] = {
		['.'] = SEP_DOT,
		['-'] = SEP_DASH,
		['_'] = SEP_DASH,
		['/'] = SEP_SLASH,
		['('] = SEP_OPEN,
		[')'] = SEP_CLOSE,
		[','] = SEP_COMMA,
		[' '] = SEP_SPACE,
	};

	if (c < 128)
		return ascii[c];
	if (c == 0xB7 || c == 0x2022)
		return SEP_DOT;
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return SEP_DASH;
	if (c == 0xFE0F || c == 0x20E3)
		return SEP_KEYCAP;
	return utf8_is_blank(c) ? SEP_SPACE : 0;
}

static void read_run(const char *s, size_t at, size_t end, struct run *r)
{
	unsigned seps = 0, n_seps = 0;
	bool bad = false;

	r->n = 0;
	while (at < end && r->n < DIGITS_MAX && n_seps <= SEPS_MAX) {
		uint32_t c;
		const size_t n = utf8_next(s + at, end - at, &c, &bad);
		const int value = digit_of(c);
		const unsigned sep = value < 0 ? sep_of(c) : 0;

		if (value >= 0) {
			r->at[r->n++] = (struct digit){ (unsigned)value, seps, at, at + n };
			seps = n_seps = 0;
		} else if (sep) {
			seps |= sep;
			n_seps++;
		} else {
			return;
		}
		at += n;
	}
}

/* Whether a group of digits ends before digit i. */
static bool ends_at(const struct run *r, size_t i)
{
	return i >= r->n ? r->n < DIGITS_MAX : r->at[i].seps != 0;
}

/* The length of the group of digits that starts at digit i. */
static size_t group_at(const struct run *r, size_t i)
{
	size_t n = 1;

	while (!ends_at(r, i + n) && i + n < r->n)
		n++;
	return n;
}

static unsigned two_digits(const struct run *r, size_t i)
{
	return r->at[i].value * 10 + r->at[i + 1].value;
}

/* "06/07/2004 18" and "06/07/04 18 30" are a date and something else. */
static bool is_date(const struct run *r)
{
	const unsigned first = r->at[2].seps, second = r->n > 4 ? r->at[4].seps : 0;
	size_t year;

	if (group_at(r, 0) != 2 || group_at(r, 2) != 2 || first != second)
		return false;
	if (first != SEP_SLASH && first != SEP_DOT && first != SEP_DASH)
		return false;
	if (two_digits(r, 0) > 31 || two_digits(r, 2) == 0 || two_digits(r, 2) > 12)
		return false;
	year = group_at(r, 4);
	if (year == 4)
		return two_digits(r, 4) == 19 || two_digits(r, 4) == 20;
	return year == 2 && r->n > 6 && r->at[6].seps != first;
}

/* Commas separate the digits of a number only if nothing else does; otherwise they belong to the sentence. */
static bool mixes_commas(const struct run *r, size_t n)
{
	unsigned all = 0;

	for (size_t i = 1; i < n; i++)
		all |= r->at[i].seps;
	return (all & SEP_COMMA) && all != SEP_COMMA;
}

static bool is_one_group(const struct run *r, size_t from, size_t n)
{
	for (size_t i = from + 1; i < n; i++)
		if (r->at[i].seps)
			return false;
	return true;
}

/* How many digits of r are a French national number: 10 or none. */
static size_t national(const struct run *r)
{
	if (r->n < NATIONAL || r->at[0].value != 0 || r->at[1].value == 0 || !ends_at(r, NATIONAL))
		return 0;
	if (mixes_commas(r, NATIONAL) || is_date(r))
		return 0;
	if ((r->at[1].seps == SEP_DOT || r->at[1].seps == SEP_COMMA) && is_one_group(r, 1, NATIONAL))
		return 0; /* 0.123456789 */
	return NATIONAL;
}

/* Whether n digits are written as thousands: "10 000 000". */
static bool is_thousands(const struct run *r, size_t n)
{
	size_t i = group_at(r, 0);

	if (i > 3 || i >= n)
		return false;
	for (; i < n; i += 3)
		if (group_at(r, i) != 3 || (r->at[i].seps != SEP_SPACE && r->at[i].seps != SEP_DOT))
			return false;
	return true;
}

/* After a "+", a telephone number can look like thousands too; few end in 000 or have so few digits. */
static bool is_amount(const struct run *r, size_t n)
{
	return is_thousands(r, n) &&
		(n <= 9 || (r->at[n - 1].value == 0 && r->at[n - 2].value == 0 && r->at[n - 3].value == 0));
}

/* Whether a sum of money or a percentage ends at byte `at`. */
static bool unit_follows(const char *s, size_t at, size_t end)
{
	static const char *const units[] = { "€", "$", "£", "%", "euro" };
	bool bad = false;
	uint32_t c;

	while (at < end) {
		const size_t n = utf8_next(s + at, end - at, &c, &bad);

		if (sep_of(c) != SEP_SPACE)
			break;
		at += n;
	}
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (end - at >= strlen(units[i]) && memcmp(s + at, units[i], strlen(units[i])) == 0)
			return true;
	return false;
}

/* "33", perhaps "0" or "(0)", and nine digits from digit `from` on: where they end, or 0. */
static size_t french_abroad(const struct run *r, size_t from)
{
	size_t i = from + 2;

	if (r->n < from + 11 || r->at[from].value != 3 || r->at[from + 1].value != 3)
		return 0;
	i += r->at[i].value == 0;
	if (i + 9 > r->n || r->at[i].value == 0 || !ends_at(r, i + 9))
		return 0;
	return i + 9;
}

/* Any country's number from digit `from` on: where it ends, or 0. */
static size_t foreign(const struct run *r, size_t from)
{
	size_t n = r->n, last;

	for (size_t i = from + 1; i < n; i++) {
		const unsigned seps = r->at[i].seps;

		/* ". " and "," end a sentence more often than they go on with a number of unknown length. */
		if ((seps & SEP_COMMA) || ((seps & SEP_DOT) && (seps & SEP_SPACE)))
			n = i;
	}
	last = n - from > E164_MAX ? from + E164_MAX : n;
	while (last >= from + E164_MIN && !ends_at(r, last))
		last--;
	return last >= from + E164_MIN ? last : 0;
}

/* After "+". */
static size_t international(const char *s, size_t end, const struct run *r)
{
	size_t n;

	if (r->n < E164_MIN || r->at[0].value == 0 || (r->at[0].seps & ~(unsigned)(SEP_SPACE | SEP_OPEN)))
		return 0;
	n = french_abroad(r, 0);
	if (n && !(is_amount(r, n) && unit_follows(s, r->at[n - 1].end, end)))
		return n;
	n = foreign(r, 0);
	return n && (is_amount(r, n) || unit_follows(s, r->at[n - 1].end, end)) ? 0 : n;
}

/* After "00". */
static size_t dialled(const struct run *r)
{
	size_t n;

	if (r->n < 2 + E164_MIN || r->at[0].value || r->at[1].value || r->at[2].value == 0)
		return 0;
	n = french_abroad(r, 2);
	return n ? n : foreign(r, 2);
}

/* "33612345678", as gateways write it, also in groups; not thousands. */
static size_t bare_french(const struct run *r)
{
	const size_t n = french_abroad(r, 0);

	if (n != 11 || (r->at[2].value != 6 && r->at[2].value != 7) || mixes_commas(r, n) || is_thousands(r, n))
		return 0;
	return n;
}

/* What stood before a place in the text. */
struct before {
	bool digit;    /* a digit, directly */
	unsigned seps; /* or a digit and these, at most one character of them */
};

/* Whether digits glued to an earlier number by "/", "." and the like may still be a number of their own. */
static bool stands_alone(const struct run *r, unsigned tight)
{
	const unsigned sep = r->at[2].seps;

	if (is_one_group(r, 0, NATIONAL))
		return true;
	for (size_t i = 1; i < NATIONAL; i++)
		if (r->at[i].seps != (i % 2 ? 0 : sep))
			return false;
	return sep && sep != tight;
}

/* How many digits of r are a telephone number. */
static size_t number_in(const char *s, size_t end, bool plus, struct before before, const struct run *r)
{
	const unsigned tight = before.seps & ~(unsigned)SEP_SPACE;
	size_t n;

	if (plus)
		return before.digit ? 0 : international(s, end, r);
	if (before.digit || r->n < NATIONAL)
		return 0;
	n = national(r);
	if (n)
		return tight && !stands_alone(r, tight) ? 0 : n;
	if (tight)
		return 0;
	if (!before.seps && (n = dialled(r)) > 0)
		return n;
	return bare_french(r);
}

/* Where the match starts and ends in bytes, taking along its own parenthesis and the last digit's keycap. */
static size_t match_start(const char *s, size_t from, size_t start, const struct run *r, size_t n)
{
	if (start == from || s[start - 1] != '(')
		return start;
	for (size_t i = 0; i < n; i++) {
		if (r->at[i].seps & SEP_OPEN)
			return start;
		if (r->at[i].seps & SEP_CLOSE)
			return start - 1;
	}
	return start;
}

static size_t match_end(const char *s, size_t at, size_t end)
{
	bool bad = false;

	while (at < end) {
		uint32_t c;
		const size_t n = utf8_next(s + at, end - at, &c, &bad);

		if (sep_of(c) != SEP_KEYCAP)
			break;
		at += n;
	}
	return at;
}

/* Names of records (a UUID in a line of the log) are not anybody's number, whatever digits they hold. */
static bool uuid_at(const char *s, size_t end)
{
	char id[ID_MAX];

	if (end < 36 || s[8] != '-' || s[13] != '-')
		return false;
	memcpy(id, s, 36);
	id[36] = '\0';
	return id_is_uuid(id);
}

static void mask_numbers(const char *s, size_t from, size_t end, const char *word, struct buf *out)
{
	struct before before = { 0 };
	size_t copied = from;
	bool bad = false;

	for (size_t i = from; i < end;) {
		uint32_t c;

		if (uuid_at(s + i, end - i)) {
			i += 36;
			before = (struct before){ 0 };
			continue;
		}
		const size_t step = utf8_next(s + i, end - i, &c, &bad);
		const bool plus = c == '+' || c == 0xFF0B;
		const int digit = digit_of(c);
		struct run r;
		size_t n = 0;

		if (plus || digit == 0 || digit == 3) {
			read_run(s, plus ? i + step : i, end, &r);
			n = number_in(s, end, plus, before, &r);
		}
		if (n) {
			const size_t start = match_start(s, copied, i, &r, n);

			buf_add(out, s + copied, start - copied);
			buf_adds(out, word);
			copied = i = match_end(s, r.at[n - 1].end, end);
			before = (struct before){ 0 };
			continue;
		}
		before = (struct before){ .digit = digit >= 0, .seps = before.digit && digit < 0 ? sep_of(c) : 0 };
		i += step;
	}
	buf_add(out, s + copied, end - copied);
}

/* ---- mail addresses ---------------------------------------------------------------------------------------------- */

static bool is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes of a letter (or a digit, or one of `also`) at s; 0 when it is none. */
static size_t address_point(const char *s, size_t n, bool digits, const char *also)
{
	bool bad = false;
	uint32_t c;
	size_t step;

	if (n == 0)
		return 0;
	if ((uint8_t)*s < 0x80)
		return is_ascii_letter(*s) || (digits && *s >= '0' && *s <= '9') || (*s && strchr(also, *s));
	step = utf8_next(s, n, &c, &bad);
	return !bad && utf8_is_word(c) ? step : 0;
}

/* Where the part before the "@" at `at` starts; `at` when there is none. */
static size_t local_start(const char *s, size_t from, size_t at)
{
	size_t i = at;

	while (i > from) {
		const size_t k = utf8_before(s, i);

		if (k < from || address_point(s + k, i - k, true, "._%+-") != i - k)
			break;
		if (s[k] == '.' && i < at && s[i] == '.')
			break; /* an ellipsis before the address */
		i = k;
	}
	while (i < at && (uint8_t)s[i] < 0x80 && address_point(s + i, at - i, true, "") == 0)
		i++;
	return i;
}

/* Where the domain that starts at `at` ends: after the last label, past the first, that begins with two letters. */
static size_t domain_end(const char *s, size_t at, size_t end)
{
	size_t good = at;

	for (bool first = true;; first = false) {
		size_t n, letters = 0;
		const size_t label = at;

		while ((n = address_point(s + at, end - at, false, "")) > 0) {
			at += n;
			letters++;
		}
		if (!first && letters >= 2)
			good = at;
		while ((n = address_point(s + at, end - at, true, "-")) > 0)
			at += n;
		if (at == label || at >= end || s[at] != '.')
			return good;
		at++;
	}
}

/* Finds the next address in s[from..end]; *stop is where it ends. Returns `end` when there is none. */
static size_t find_address(const char *s, size_t from, size_t end, size_t *stop)
{
	for (size_t look = from; look < end;) {
		const char *sign = memchr(s + look, '@', end - look);
		size_t at, start;

		if (!sign)
			break;
		at = (size_t)(sign - s);
		start = local_start(s, look, at);
		*stop = domain_end(s, at + 1, end);
		if (start<at && * stop> at + 1)
			return start;
		look = at + 1;
	}
	return *stop = end;
}

void text_mask(const char *s, const char *lang, struct buf *out)
{
	const bool english = lang && strncmp(lang, "en", 2) == 0;
	const char *number = english ? "[number hidden]" : "[numéro masqué]";
	const char *address = english ? "[address hidden]" : "[adresse masquée]";
	const size_t len = strlen(s);

	for (size_t at = 0; at < len;) {
		size_t stop;
		const size_t start = find_address(s, at, len, &stop);

		mask_numbers(s, at, start, number, out);
		if (start < len)
			buf_adds(out, address);
		at = stop;
	}
}
