/* gateway.h: one SMS out of a gateway's HTTP request, whatever dialect the gateway speaks.
 *
 * A kind of gateway is a row of `gateway_kinds`: its name, as `regied gateway add --kind` takes it, and a pure function
 * from a request to a `struct sms` or an error. Nothing here stores, answers or logs; error sentences never hold a
 * sender's number or a text. Facts about what gateways send: what Kannel 1.4.5 was seen to send, and the providers'
 * documentation of incoming messages (names of fields).
 *
 * What the caller does with it, in order:
 *   1. the key of the URL; gateway_read: on an error, that status and sentence (Kannel repeats on anything but 200 and
 *      202, so an error means a wrong set-up, never a text that we do not like);
 *   2. person = store_pseudonym("sms:" + sender); sms_source for repeats;
 *   3. a part of a long message goes to parts.h; else text_clean on `text`: what the door refuses (empty, too long) is
 *      answered 202 all the same, for a gateway can do nothing about it;
 *   4. 202 with an empty text/plain body, only once it is on disk.
 *
 * Recipe: to add a gateway
 *   1. gateway_NAME.c: `int gateway_NAME(const struct http_request *, struct sms *, struct error *)`: a table of names
 *      for sms_fields_form, or sms_fields_put for what comes otherwise; end with `return sms_fields_finish(…)`;
 *   2. its declaration below, its row in gateway_kinds (gateway.c);
 *   3. tests/unit/test_gateway.c: the requests it really sends; a line in the manual.
 */
#ifndef REGIE_NET_SERVER_GATEWAY_H
#define REGIE_NET_SERVER_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/server/http.h"
#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/base/map.h"
#include "src/base/phone.h"
#include "src/model/record.h"

enum { SMS_ID_MAX = 128, SMS_TO_MAX = 64, SMS_REQUEST_MAX = 64 * 1024 /* bytes of a body that is looked at */ };

/* How the bytes of a message stand for characters. */
enum sms_charset {
	SMS_UTF8,    /* what is no UTF-8 in it is read as Windows-1252, byte by byte (Kannel's alt-charset mixes) */
	SMS_UTF16BE, /* "UCS-2" on the air: surrogate pairs are joined; a byte order mark is obeyed */
	SMS_UTF16LE,
	SMS_LATIN1,  /* and Windows-1252, which is what sends it means */
	SMS_LATIN9,  /* ISO-8859-15 */
	SMS_DATA,    /* eight bits of anything: text when it looks like text, else its octets in hexadecimal */
};

struct sms {
	char sender[PHONE_MAX];   /* normal form; lives only here, wiped by sms_release; never stored or shown */
	char to[SMS_TO_MAX];      /* the number it was sent to, trimmed; "" unknown */
	char id[SMS_ID_MAX];      /* the gateway's own message id, printable ASCII (an odd one is hashed); "" none */
	int64_t at_ms;            /* when the gateway took it, UTC; 0 unknown */
	enum sms_charset charset; /* of raw */
	struct buf raw;           /* the message's bytes as they came */
	struct buf text;          /* the same as UTF-8 without NUL; may be empty; not yet cleaned */
	unsigned ref, total, part; /* part `part` of `total` of the long message `ref`; total 0: a message of its own */
};
void sms_init(struct sms *s);
void sms_release(struct sms *s); /* wipes what names a person; accepts zeroed */

struct gateway_kind {
	const char *name;
	const char *help; /* one line for the manual */
	int (*read)(const struct http_request *req, struct sms *out, struct error *e);
};
extern const struct gateway_kind gateway_kinds[]; /* ended by a row with name NULL */
const struct gateway_kind *gateway_kind(const char *name); /* NULL when there is none */

/* Reads the request of a gateway of that kind into `out` (initialised here; release it also on failure). 0 when done,
 * else the HTTP status to answer (400, 405, 413, 415) with one sentence in `e`. */
int gateway_read(const char *kind, const struct http_request *req, struct sms *out, struct error *e);

int gateway_kannel(const struct http_request *req, struct sms *out, struct error *e);
int gateway_generic(const struct http_request *req, struct sms *out, struct error *e);

/* What makes a repeat a repeat: the gateway's id; without one, time of sending, person, number and text; {0,0} when
 * neither is known (two equal texts from one telephone may both be meant). The number itself does not go in: an unkeyed
 * hash of it could be searched. */
struct key128 sms_source(const struct sms *s, const char *gateway, struct key128 person);

/* Whether a clean text speaks to the service and not to the guest. SV_STOP: the whole text is STOP or ARRET, with
 * nothing but "au", "sms", politeness and a short number beside it; SV_CONTACT: CONTACT likewise (charter of SMS+, 1
 * April 2015). A question that holds such a word is a question. AIDE and INFO are left to people: "aide" may be a
 * cry. */
enum service sms_service(const char *text);

#endif
