/* gateway.c: the table of gateways, and what is true of an SMS whichever one brought it. */
#include "net/server/gateway.h"

#include <string.h>

#include "src/base/text.h"

const struct gateway_kind gateway_kinds[] = {
	{ "kannel", "Kannel's sms-service: post-url, get-url or post-xml, with id=%I in the URL", gateway_kannel },
	{ "generic", "from, to, text, id, at: in a query, a form, JSON, or a text body with the rest in the query",
		gateway_generic },
	{ NULL, NULL, NULL },
};

const struct gateway_kind *gateway_kind(const char *name)
{
	for (const struct gateway_kind *k = gateway_kinds; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

int gateway_read(const char *kind, const struct http_request *req, struct sms *out, struct error *e)
{
	sms_init(out);
	const struct gateway_kind *k = gateway_kind(kind);
	if (!k) {
		error_set(e, ERR_NOT_FOUND, "there is no kind of gateway \"%s\"", kind);
		return 404;
	}
	if (req->method != HTTP_GET && req->method != HTTP_POST) {
		error_set(e, ERR_USAGE, "a gateway delivers with GET or POST");
		return 405;
	}
	if (req->body_len > SMS_REQUEST_MAX) {
		error_set(e, ERR_TOO_BIG, "the request is longer than %d bytes", SMS_REQUEST_MAX);
		return 413;
	}
	return k->read(req, out, e);
}

void sms_init(struct sms *s)
{
	*s = (struct sms){ .charset = SMS_UTF8 };
	buf_init(&s->raw, 0);
	buf_init(&s->text, 0);
}

void sms_release(struct sms *s)
{
	explicit_bzero(s->sender, sizeof s->sender);
	buf_release(&s->raw);
	buf_release(&s->text);
}

struct key128 sms_source(const struct sms *s, const char *gateway, struct key128 person)
{
	if (!s->id[0] && !s->at_ms)
		return (struct key128){ 0, 0 };
	struct buf b = BUF_INIT;
	buf_add(&b, gateway, strlen(gateway) + 1);
	if (s->id[0]) {
		buf_adds(&b, s->id);
	} else {
		buf_addf(&b, "%lld", (long long)s->at_ms);
		buf_add(&b, "", 1);
		buf_add(&b, &person, sizeof person);
		buf_add(&b, s->to, strlen(s->to) + 1);
		buf_addf(&b, "%u/%u/%u", s->ref, s->part, s->total);
		buf_add(&b, "", 1);
		buf_add(&b, s->raw.data, s->raw.len);
	}
	const struct key128 k = key128_of(b.data, b.len);
	buf_release(&b);
	return k;
}

/* ---- words to the service ---------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum service service;
} service_words[] = {
	{ "stop", SV_STOP },
	{ "arret", SV_STOP },
	{ "stopsms", SV_STOP },
	{ "contact", SV_CONTACT },
};

/* What may stand beside such a word. */
static const char *const beside[] = { "a", "au", "il", "le", "merci", "plait", "s", "sil", "sms", "svp", "te", "vous",
	NULL };

static enum service word_service(const char *w, size_t n)
{
	for (size_t i = 0; i < sizeof service_words / sizeof *service_words; i++)
		if (strlen(service_words[i].word) == n && memcmp(service_words[i].word, w, n) == 0)
			return service_words[i].service;
	return SV_NONE;
}

static bool is_beside(const char *w, size_t n)
{
	if (n <= 6 && strspn(w, "0123456789") >= n)
		return true;
	for (const char *const *b = beside; *b; b++)
		if (strlen(*b) == n && memcmp(*b, w, n) == 0)
			return true;
	return false;
}

enum service sms_service(const char *text)
{
	struct buf folded = BUF_INIT;
	text_fold(text, &folded);
	enum service found = SV_NONE;
	int words = 0;
	for (const char *w = folded.data; *w && words <= 6; words++) {
		const size_t n = strcspn(w, " ");
		const enum service s = word_service(w, n);
		if (words == 0)
			found = s;
		else if (s != found && !is_beside(w, n))
			found = SV_NONE;
		if (found == SV_NONE)
			break;
		w += n + (w[n] == ' ');
	}
	buf_release(&folded);
	return words > 6 ? SV_NONE : found;
}
