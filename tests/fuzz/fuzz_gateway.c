/* net/server/gateway.h: any bytes as query, headers and body of either kind; what comes out must be whole.
 *
 * Input: a choice byte, then up to four NUL-free strings ended by 0xFF (query, Content-Type, X-Kannel-From,
 * X-Kannel-UDH), then the body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/gateway.h"
#include "net/server/parts.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const struct key128 anybody = { 1, 2 };

static char *next_string(const uint8_t **p, size_t *n)
{
	const uint8_t *end = memchr(*p, 0xFF, *n);
	const size_t len = end ? (size_t)(end - *p) : *n;
	char *s = xstrndup((const char *)*p, len);
	*p += end ? len + 1 : len;
	*n -= end ? len + 1 : len;
	return s;
}

static void check(const struct sms *s)
{
	if (!s->sender[0] || !text_is_utf8(s->text.data, s->text.len))
		abort();
	if (s->total && (s->total < 2 || s->part < 1 || s->part > s->total))
		abort();
	struct buf clean = BUF_INIT;
	bool changed;
	if (text_clean(s->text.data, s->text.len, TEXT_MESSAGE_MAX, &clean, &changed, NULL))
		sms_service(clean.data);
	buf_release(&clean);
	sms_source(s, "g", anybody);
	if (!s->total)
		return;
	struct parts *p = parts_new(1, 2);
	struct whole w;
	parts_take(p, "g", anybody, s, 0, NULL, NULL, &w);
	if (!parts_due(p, 1, &w) || !text_is_utf8(w.text.data, w.text.len))
		abort();
	whole_release(&w);
	parts_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const unsigned choice = *data++;
	size--;
	char *query = next_string(&data, &size), *type = next_string(&data, &size), *from = next_string(&data, &size),
	     *udh = next_string(&data, &size);
	struct http_pair headers[] = { { "Content-Type", type }, { "X-Kannel-From", from }, { "X-Kannel-UDH", udh } };
	char *body = xcalloc(size + 1, 1);
	memcpy(body, data, size);
	struct http_request req = { .method = choice & 1 ? HTTP_GET : HTTP_POST, .path = "/v1/sms/g", .query = query,
		.headers = headers, .n_headers = *from ? 3 : 1, .body = body, .body_len = size };
	struct sms s;
	struct error e = { 0 };
	const int status = gateway_read(choice & 2 ? "kannel" : "generic", &req, &s, &e);
	if (status == 0)
		check(&s);
	else if (status < 400 || status > 499 || e.text[0] == '\0')
		abort();
	sms_release(&s);
	free(body);
	free(query);
	free(type);
	free(from);
	free(udh);
	return 0;
}
