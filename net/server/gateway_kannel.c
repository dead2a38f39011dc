/* gateway_kannel.c: Kannel 1.4.5's sms-service, as it was seen to send: post-url, get-url and post-xml.
 *
 * post-url: the body is the message, in the charset of a quoted Content-Type; sender, recipient, coding, time and user
 * data header are X-Kannel-… headers; nothing carries the id, so it stands in the URL (id=%I). get-url: everything is
 * in the URL, whose escapes hold raw bytes. post-xml: everything is in elements, the text percent-encoded inside them.
 */
#include <string.h>
#include <strings.h>

#include "net/server/sms_fields.h"

static const struct sms_name in_query[] = {
	{ "from", SF_SENDER },
	{ "to", SF_TO },
	{ "id", SF_ID },
	{ "ts", SF_AT },
	{ "T", SF_AT },
	{ "coding", SF_CODING },
	{ "charset", SF_CHARSET },
	{ "udh", SF_UDH },
	{ NULL, SF_TEXT },
};
/* %b is the exact payload; %a is joined from words, and broken where UTF-16 holds a byte 0x20. */
static const struct sms_name exact_text[] = { { "text_b", SF_TEXT }, { "text", SF_TEXT }, { NULL, SF_TEXT } };
static const struct sms_name joined_text[] = { { "text_a", SF_TEXT }, { NULL, SF_TEXT } };

static bool take_headers(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	struct buf udh = BUF_INIT;
	const char *encoded = request_header(req, "X-Kannel-UDH");
	if (encoded)
		sms_percent(encoded, strlen(encoded), &udh);
	const bool fine = sms_fields_puts(f, SF_SENDER, request_header(req, "X-Kannel-From"), e) &&
		sms_fields_puts(f, SF_TO, request_header(req, "X-Kannel-To"), e) &&
		sms_fields_puts(f, SF_CODING, request_header(req, "X-Kannel-Coding"), e) &&
		sms_fields_put(f, SF_UDH, encoded ? udh.data : NULL, udh.len, e);
	buf_release(&udh);
	return fine;
}

/* ---- post-xml ---------------------------------------------------------------------------------------------------- */

enum { XML_DEPTH = 8, XML_NAME = 24 };
struct xml {
	const char *p, *end;
	char path[XML_DEPTH][XML_NAME]; /* names of the elements that are open */
	size_t depth;
};

/* An element by its own name and its parent's. */
struct xml_name {
	const char *parent, *name;
	int to; /* enum sms_field, or one of the numbers of <at> below */
};
enum { XML_YEAR = SMS_FIELDS, XML_MONTH, XML_DAY, XML_HOUR, XML_MINUTE, XML_SECOND, XML_TOS };
static const struct xml_name xml_names[] = {
	{ "oa", "number", SF_SENDER },
	{ "da", "number", SF_TO },
	{ "submit", "ud", SF_TEXT },
	{ "submit", "udh", SF_UDH },
	{ "dcs", "coding", SF_CODING },
	{ "at", "year", XML_YEAR },
	{ "at", "month", XML_MONTH },
	{ "at", "day", XML_DAY },
	{ "at", "hour", XML_HOUR },
	{ "at", "minute", XML_MINUTE },
	{ "at", "second", XML_SECOND },
};

static const struct xml_name *xml_wanted(const struct xml *x)
{
	if (x->depth < 2)
		return NULL;
	for (size_t i = 0; i < sizeof xml_names / sizeof *xml_names; i++)
		if (strcmp(xml_names[i].name, x->path[x->depth - 1]) == 0 &&
			strcmp(xml_names[i].parent, x->path[x->depth - 2]) == 0)
			return &xml_names[i];
	return NULL;
}

/* Takes the tag at x->p, whose "<" is there: opens or closes an element. Declarations and comments are not taken, but
 * for the prolog: Kannel sends none, and entities are where XML is dangerous. */
static bool xml_tag(struct xml *x)
{
	const char *close = memchr(x->p, '>', (size_t)(x->end - x->p));
	if (!close || x->p[1] == '!')
		return false;
	const char *name = x->p + 1 + (x->p[1] == '/');
	const size_t n = strcspn(name, " \t\r\n/>");
	const bool leaves = x->p[1] == '/', empty = close[-1] == '/', prolog = x->p[1] == '?';
	x->p = close + 1;
	if (prolog)
		return x->depth == 0;
	if (n == 0 || n >= XML_NAME || name + n > close)
		return false;
	if (leaves) {
		if (x->depth == 0 || strlen(x->path[x->depth - 1]) != n || memcmp(x->path[x->depth - 1], name, n) != 0)
			return false;
		x->depth--;
	} else if (!empty) {
		if (x->depth == XML_DEPTH)
			return false;
		memcpy(x->path[x->depth], name, n);
		x->path[x->depth++][n] = '\0';
	}
	return true;
}

/* The characters up to the next tag, with the five named entities. */
static void xml_text(struct xml *x, struct buf *out)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = {
		{ "&amp;", '&' },
		{ "&lt;", '<' },
		{ "&gt;", '>' },
		{ "&quot;", '"' },
		{ "&apos;", '\'' },
	};
	while (x->p < x->end && *x->p != '<') {
		char c = *x->p;
		size_t n = 1;
		for (size_t i = 0; c == '&' && i < sizeof entities / sizeof *entities; i++)
			if (strncmp(x->p, entities[i].name, strlen(entities[i].name)) == 0) {
				c = entities[i].c;
				n = strlen(entities[i].name);
				break;
			}
		buf_addc(out, c);
		x->p += n;
	}
}

static bool take_element(struct sms_fields *f, struct buf *at, int to, const struct buf *text, struct error *e)
{
	struct buf plain = BUF_INIT;
	bool fine = true;
	if (to >= SMS_FIELDS) {
		buf_reset(&at[to - SMS_FIELDS]);
		buf_add(&at[to - SMS_FIELDS], text->data, text->len);
	} else if (to == SF_TEXT || to == SF_UDH) {
		sms_percent(text->data, text->len, &plain);
		fine = sms_fields_put(f, (enum sms_field)to, plain.data, plain.len, e);
	} else {
		fine = sms_fields_put(f, (enum sms_field)to, text->data, text->len, e);
	}
	buf_release(&plain);
	return fine;
}

static bool take_elements(struct sms_fields *f, struct xml *x, struct buf *at, struct error *e)
{
	struct buf text = BUF_INIT;
	bool fine = true;
	while (fine && x->p < x->end) {
		if (*x->p == '<') {
			const struct xml_name *opened = NULL;
			const size_t before = x->depth;
			fine = xml_tag(x) || error_set(e, ERR_FORMAT, "the XML cannot be read");
			if (fine && x->depth > before)
				opened = xml_wanted(x);
			if (!opened)
				continue;
			buf_reset(&text);
			xml_text(x, &text);
			fine = take_element(f, at, opened->to, &text, e);
		} else {
			buf_reset(&text);
			xml_text(x, &text);
		}
	}
	buf_release(&text);
	if (fine && x->depth)
		return error_set(e, ERR_FORMAT, "the XML ends in the middle");
	return fine;
}

static bool take_xml(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	if (memchr(req->body, 0, req->body_len))
		return error_set(e, ERR_FORMAT, "the XML holds a NUL byte");
	struct xml x = { .p = req->body, .end = req->body + req->body_len };
	struct buf at[XML_TOS - SMS_FIELDS];
	for (size_t i = 0; i < XML_TOS - SMS_FIELDS; i++)
		buf_init(&at[i], 0);
	bool fine = take_elements(f, &x, at, e);
	struct buf time = BUF_INIT;
	for (size_t i = 0; i < XML_TOS - SMS_FIELDS; i++) {
		buf_addf(&time, "%.4s%c", at[i].data, "--T::Z"[i]);
		buf_release(&at[i]);
	}
	if (fine && time.len == strlen("2026-11-23T19:06:54Z"))
		fine = sms_fields_puts(f, SF_AT, time.data, e);
	buf_release(&time);
	return fine;
}

/* ---- the request ------------------------------------------------------------------------------------------------- */

static int take_body(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	char type[64], charset[32];
	sms_media_type(request_header(req, "Content-Type"), type, charset);
	bool fine;
	if (!type[0] || strcmp(type, "text/plain") == 0) {
		fine = sms_fields_put(f, SF_TEXT, req->body, req->body_len, e);
	} else if (strcmp(type, "application/octet-stream") == 0) {
		fine = sms_fields_put(f, SF_TEXT, req->body, req->body_len, e) && sms_fields_puts(f, SF_CODING, "1", e);
	} else if (strcmp(type, "text/xml") == 0 || strcmp(type, "application/xml") == 0) {
		fine = take_xml(f, req, e);
	} else {
		error_set(e, ERR_USAGE, "Kannel sends text/plain, application/octet-stream or text/xml");
		return 415;
	}
	/* The label of XML is that of the elements: the percent-encoded bytes inside go by <coding>, unless it says
	 * UTF-8. */
	if (fine && charset[0])
		fine = sms_fields_puts(f, SF_CHARSET, charset, e);
	return fine ? 0 : 400;
}

static bool take_query(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	const size_t n = strlen(req->query);
	if (!sms_fields_form(f, in_query, req->query, n, e))
		return false;
	if (req->method != HTTP_GET)
		return true;
	return sms_fields_form(f, exact_text, req->query, n, e) &&
		(f->given[SF_TEXT] || sms_fields_form(f, joined_text, req->query, n, e));
}

int gateway_kannel(const struct http_request *req, struct sms *out, struct error *e)
{
	struct sms_fields f;
	sms_fields_init(&f);
	int status = 400;
	if (take_headers(&f, req, e) && take_query(&f, req, e))
		status = req->method == HTTP_GET ? 0 : take_body(&f, req, e);
	if (status == 0 && !sms_fields_puts(&f, SF_AT, request_header(req, "X-Kannel-Time"), e))
		status = 400;
	if (status == 0)
		return sms_fields_finish(&f, out, e);
	sms_fields_release(&f);
	return status;
}
