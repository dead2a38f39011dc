/* phone.c: national, international and gateway writings to E.164 digits. */
#include "src/base/phone.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <unicase.h>
#include <uninorm.h>

#include "src/base/text.h"
#include "src/base/utf8.h"

enum { NATIONAL = 10, MACHINE = 14 /* 0700 numbers between machines */ };

/* National prefixes that belong to another country code (ARCEP numbering plan). */
static const struct {
	char prefix[5], country[4];
} overseas[] = { { "0262", "262" }, { "0263", "262" }, { "0269", "262" }, { "0590", "590" }, { "0594", "594" },
	{ "0596", "596" }, { "0639", "262" }, { "0690", "590" }, { "0691", "590" }, { "0692", "262" },
	{ "0693", "262" }, { "0694", "594" }, { "0696", "596" }, { "0697", "596" } };

static void trim(const char **s, size_t *n)
{
	bool bad = false;
	uint32_t c;

	while (*n) {
		const size_t step = utf8_next(*s, *n, &c, &bad);

		if (!utf8_is_blank(c) && !utf8_is_hidden(c))
			break;
		*s += step;
		*n -= step;
	}
	while (*n) {
		const size_t k = utf8_before(*s, *n);

		utf8_next(*s + k, *n - k, &c, &bad);
		if (!utf8_is_blank(c) && !utf8_is_hidden(c))
			break;
		*n = k;
	}
}

/* The digits of s, a "+" before them and what people put between them dropped. False when anything else is in it. */
static bool read_digits(const char *s, size_t n, char digits[static PHONE_MAX])
{
	size_t len = 0;
	bool bad = false, plus = false;

	for (size_t i = 0; i < n;) {
		uint32_t c;
		const size_t step = utf8_next(s + i, n - i, &c, &bad);

		if (c >= '0' && c <= '9') {
			if (len + 1 >= PHONE_MAX)
				return false;
			digits[len++] = (char)c;
		} else if (c == '+' && len == 0 && !plus) {
			plus = true;
		} else if (!utf8_is_blank(c) && !utf8_is_hidden(c) && !(c >= 0x2010 && c <= 0x2015) && c != 0x2212 &&
			(c >= 0x80 || !strchr(".-/()", (int)c))) {
			return false;
		}
		i += step;
	}
	digits[len] = '\0';
	return len > 0;
}

/* "0612345678" to country code and the rest. */
static void from_national(const char *digits, char out[static PHONE_MAX])
{
	const char *country = "33";

	for (size_t i = 0; i < sizeof overseas / sizeof *overseas; i++)
		if (strlen(digits) == NATIONAL && strncmp(digits, overseas[i].prefix, 4) == 0)
			country = overseas[i].country;
	memcpy(out, country, strlen(country));
	memcpy(out + strlen(country), digits + 1, strlen(digits)); /* its NUL too */
}

static bool is_national(const char *digits)
{
	const size_t n = strlen(digits);

	return digits[0] == '0' && digits[1] != '0' &&
		(n == NATIONAL || (n == MACHINE && strncmp(digits, "0700", 4) == 0));
}

/* "33612345678" and "330612345678" to "0612345678", so that what is overseas is found there too. */
static bool to_national(const char *abroad, char digits[static PHONE_MAX])
{
	if (strncmp(abroad, "33", 2) != 0)
		return false;
	abroad += abroad[2] == '0' ? 3 : 2;
	digits[0] = '0';
	memcpy(digits + 1, abroad, strlen(abroad) + 1);
	return is_national(digits);
}

/* A "+" is not needed to tell what is meant: no short code has as many digits as a number. */
static void normalise_digits(const char *digits, char out[static PHONE_MAX])
{
	const bool dialled = strncmp(digits, "00", 2) == 0 && digits[2] != '0' && strlen(digits) > NATIONAL;
	const char *rest = dialled ? digits + 2 : digits;
	char national[PHONE_MAX + 1];

	if (is_national(rest))
		from_national(rest, out);
	else if (strlen(rest) + 1 < PHONE_MAX && to_national(rest, national))
		from_national(national, out);
	else
		memcpy(out, rest, strlen(rest) + 1);
}

/* Lower case, composed; false when that is too long. */
static bool normalise_name(const char *s, size_t n, char out[static PHONE_MAX])
{
	size_t len = 0;
	uint8_t *low;
	bool fits;

	if (n >= PHONE_MAX)
		return false;
	if (!text_is_utf8(s, n)) { /* its bytes are its name */
		memcpy(out, s, n);
		out[n] = '\0';
		return true;
	}
	low = u8_tolower((const uint8_t *)s, n, NULL, UNINORM_NFC, NULL, &len);
	if (!low)
		return false;
	fits = len < PHONE_MAX;
	if (fits) {
		memcpy(out, low, len);
		out[len] = '\0';
	}
	free(low);
	return fits;
}

bool phone_normalise(const char *in, char out[static PHONE_MAX])
{
	size_t n = in ? strlen(in) : 0;
	char digits[PHONE_MAX];

	if (n == 0)
		return false;
	trim(&in, &n);
	while (n > 4 && strncasecmp(in, "tel:", 4) == 0) {
		in += 4;
		n = strcspn(in, ";") < n - 4 ? strcspn(in, ";") : n - 4; /* RFC 3966 parameters */
		trim(&in, &n);
	}
	if (n == 0)
		return false;
	if (!read_digits(in, n, digits))
		return normalise_name(in, n, out);
	normalise_digits(digits, out);
	return true;
}
