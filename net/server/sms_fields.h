/* sms_fields.h: what the kinds of gateways share: named values gathered from a request, then made into a `struct sms`.
 *
 * Values are bytes: percent-encoded UTF-16 holds NULs. Used only by gateway_*.c and their tests.
 */
#ifndef REGIE_NET_SERVER_SMS_FIELDS_H
#define REGIE_NET_SERVER_SMS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/server/gateway.h"

enum sms_field {
	SF_SENDER,
	SF_TO,
	SF_TEXT,
	SF_ID,
	SF_AT,      /* seconds or milliseconds since 1970, RFC 3339, or "2026-11-23 19:06:56" in UTC */
	SF_CODING,  /* "0" 7 bit, "1" 8 bit, "2" UCS-2 */
	SF_CHARSET,
	SF_UDH,     /* user data header: octets, or the same in hexadecimal */
	SF_REF, SF_TOTAL, SF_PART, /* the same as plain numbers */
	SMS_FIELDS
};
struct sms_fields {
	struct buf v[SMS_FIELDS];
	bool given[SMS_FIELDS];
};
struct sms_name {
	const char *name; /* matched without regard to case; the table ends with NULL */
	enum sms_field field;
};

void sms_fields_init(struct sms_fields *f);
void sms_fields_release(struct sms_fields *f);
/* The first value stays. A second sender (as a normal form) or text that differs is ERR_FORMAT: false. NULL: not
 * given. */
bool sms_fields_put(struct sms_fields *f, enum sms_field field, const char *value, size_t len, struct error *e);
bool sms_fields_puts(struct sms_fields *f, enum sms_field field, const char *value, struct error *e);
/* Takes the pairs of "a=1&b=%00c+d" whose names the table has. */
bool sms_fields_form(struct sms_fields *f, const struct sms_name *names, const char *s, size_t len, struct error *e);
/* Makes the SMS and releases the fields. 0, or a status and a sentence. */
int sms_fields_finish(struct sms_fields *f, struct sms *out, struct error *e);

/* Percent-decoding with "+" for space; a % that begins no pair of hex digits stays. Appends. */
void sms_percent(const char *s, size_t len, struct buf *out);
/* Bytes of that charset as UTF-8 without NUL. Appends. Nothing is dropped but NULs. */
void sms_decode(enum sms_charset charset, const char *p, size_t len, struct buf *out);
/* The media type of a Content-Type header (lower case, no parameters) and its charset without quotes ("" none). */
void sms_media_type(const char *header, char type[static 64], char charset[static 32]);

#endif
