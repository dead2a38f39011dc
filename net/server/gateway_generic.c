/* gateway_generic.c: any gateway that can be told a URL: from, to, text, id and at, under the names that are in use.
 *
 * A GET or form holds them as pairs, JSON as members of one object; a text/plain body is the text, with the rest in the
 * query. Pairs of the query count in every case. Names: Vonage, Twilio, Plivo, Sinch, 46elks and OVHcloud, from their
 * documentation of incoming messages.
 */
#include <stdio.h>
#include <string.h>

#include "net/server/sms_fields.h"
#include "src/wire/wire.h"

static const struct sms_name names[] = {
	{ "from", SF_SENDER },
	{ "sender", SF_SENDER },
	{ "senderid", SF_SENDER },
	{ "msisdn", SF_SENDER },
	{ "originator", SF_SENDER },
	{ "to", SF_TO },
	{ "recipient", SF_TO },
	{ "shortcode", SF_TO },
	{ "text", SF_TEXT },
	{ "message", SF_TEXT },
	{ "body", SF_TEXT },
	{ "id", SF_ID },
	{ "messageid", SF_ID },
	{ "message_id", SF_ID },
	{ "messagesid", SF_ID },
	{ "messageuuid", SF_ID },
	{ "message_uuid", SF_ID },
	{ "at", SF_AT },
	{ "ts", SF_AT },
	{ "created", SF_AT },
	{ "received_at", SF_AT },
	{ "message-timestamp", SF_AT },
	{ "coding", SF_CODING },
	{ "charset", SF_CHARSET },
	{ "udh", SF_UDH },
	{ "concat-ref", SF_REF },
	{ "concat-total", SF_TOTAL },
	{ "concat-part", SF_PART },
	{ NULL, SF_TEXT },
};

static bool take_json(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	struct json *j = json_parse(req->body, req->body_len, e);
	if (!j)
		return error_context(e, "the body is no JSON object");
	bool fine = true;
	for (const struct sms_name *n = names; fine && n->name; n++) {
		const char *text = json_text(j, n->name);
		int64_t number;
		char digits[24];
		if (!text && json_int(j, n->name, &number)) {
			snprintf(digits, sizeof digits, "%lld", (long long)number);
			text = digits;
		}
		fine = sms_fields_puts(f, n->field, text, e);
	}
	json_free(j);
	return fine;
}

enum body { BODY_NONE, BODY_FORM, BODY_JSON, BODY_TEXT, BODY_OTHER };

static enum body body_of(const struct http_request *req, const char *type)
{
	static const struct {
		const char *type;
		enum body body;
	} types[] = {
		{ "application/x-www-form-urlencoded", BODY_FORM },
		{ "application/json", BODY_JSON },
		{ "text/plain", BODY_TEXT },
	};
	if (req->method == HTTP_GET || (!type[0] && req->body_len == 0))
		return BODY_NONE;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].body;
	return BODY_OTHER;
}

static int take_body(struct sms_fields *f, const struct http_request *req, struct error *e)
{
	char type[64], charset[32];
	sms_media_type(request_header(req, "Content-Type"), type, charset);
	bool fine = true;
	switch (body_of(req, type)) {
	case BODY_NONE:
		return 0;
	case BODY_FORM:
		fine = sms_fields_form(f, names, req->body, req->body_len, e);
		break;
	case BODY_JSON:
		return take_json(f, req, e) ? 0 : 400; /* its charset is UTF-8 by definition */
	case BODY_TEXT:
		fine = sms_fields_put(f, SF_TEXT, req->body, req->body_len, e);
		break;
	case BODY_OTHER:
		error_set(e, ERR_USAGE, "the body must be a form, JSON or text/plain");
		return 415;
	}
	if (fine && charset[0])
		fine = sms_fields_puts(f, SF_CHARSET, charset, e);
	return fine ? 0 : 400;
}

int gateway_generic(const struct http_request *req, struct sms *out, struct error *e)
{
	struct sms_fields f;
	sms_fields_init(&f);
	int status = sms_fields_form(&f, names, req->query, strlen(req->query), e) ? 0 : 400;
	if (status == 0)
		status = take_body(&f, req, e);
	if (status == 0)
		return sms_fields_finish(&f, out, e);
	sms_fields_release(&f);
	return status;
}
