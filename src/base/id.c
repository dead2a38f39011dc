/* id.c: UUIDv7 (RFC 9562 §5.7), slugs, decimal ids, and secrets. */
#include "src/base/id.h"

#include <string.h>

#include <sodium.h>

enum { TOKEN_BYTES = 20, HASH_BYTES = 16, SLUG_MAX = 32 };
static const int64_t NUMBER_MAX = INT64_C(1) << 53; /* what a JSON reader that only knows doubles keeps exact */

static bool is_lower_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

void id_uuid7(char out[static ID_MAX], int64_t now_ms, const struct randomness *r)
{
	static const char hex[] = "0123456789abcdef";
	const uint64_t ms = now_ms < 0 ? 0 : (uint64_t)now_ms;
	uint8_t b[16];
	size_t at = 0;

	randomness_fill(r, b + 6, sizeof b - 6);
	for (size_t i = 0; i < 6; i++)
		b[i] = (uint8_t)(ms >> (40 - 8 * i));
	b[6] = (uint8_t)(0x70 | (b[6] & 0x0F));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3F));
	for (size_t i = 0; i < sizeof b; i++) {
		if (is_hyphen_place(at))
			out[at++] = '-';
		out[at++] = hex[b[i] >> 4];
		out[at++] = hex[b[i] & 15];
	}
	out[at] = '\0';
}

bool id_is_uuid(const char *s)
{
	if (!s)
		return false;
	for (size_t i = 0; i < 36; i++)
		if (is_hyphen_place(i) ? s[i] != '-' : !is_lower_hex(s[i]))
			return false;
	return s[36] == '\0';
}

bool id_is_slug(const char *s)
{
	size_t n = 0;

	if (!s || s[0] == '-')
		return false;
	for (; s[n]; n++)
		if (n >= SLUG_MAX || !((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '-'))
			return false;
	return n > 0;
}

bool id_number(const char *s, int64_t *out)
{
	int64_t n = 0;

	if (!s || *s < '1' || *s > '9')
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (*s - '0');
		if (n > NUMBER_MAX)
			return false;
	}
	*out = n;
	return true;
}

void id_from_number(char out[static ID_MAX], int64_t n)
{
	char digits[ID_MAX];
	size_t at = sizeof digits;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (n < 0)
		digits[--at] = '-';
	memcpy(out, digits + at, sizeof digits - at);
	out[sizeof digits - at] = '\0';
}

void id_token(char out[static 33], const struct randomness *r)
{
	static const char alphabet[] = "23456789abcdefghijkmnpqrstuvwxyz"; /* neither 0 and o, nor 1 and l */
	uint8_t b[TOKEN_BYTES];
	unsigned bits = 0, held = 0;
	size_t at = 0;

	randomness_fill(r, b, sizeof b);
	for (size_t i = 0; i < sizeof b; i++) {
		bits = (bits << 8 | b[i]) & 0xFFFF;
		for (held += 8; held >= 5; held -= 5)
			out[at++] = alphabet[bits >> (held - 5) & 31];
	}
	out[at] = '\0';
	sodium_memzero(b, sizeof b);
}

void id_token_hash(char out[static 33], const char *token)
{
	uint8_t h[HASH_BYTES];

	crypto_generichash(h, sizeof h, (const unsigned char *)token, strlen(token), NULL, 0);
	sodium_bin2hex(out, 33, h, sizeof h);
}

bool id_same_secret(const char *a, const char *b)
{
	uint8_t ha[HASH_BYTES], hb[HASH_BYTES];

	if (!a || !b)
		return false;
	/* Hashed first, so that neither length nor the first difference shows in the time taken. */
	crypto_generichash(ha, sizeof ha, (const unsigned char *)a, strlen(a), NULL, 0);
	crypto_generichash(hb, sizeof hb, (const unsigned char *)b, strlen(b), NULL, 0);
	return sodium_memcmp(ha, hb, sizeof ha) == 0;
}
