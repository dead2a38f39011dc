/* http.c: requests and answers as handlers see them; see http.h. */
#include "net/server/http.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "net/server/http_parts.h"
#include "src/base/mem.h"

void exchange_done(struct exchange *x)
{
	if (x->polish)
		x->polish(x->polish_ctx, x);
	x->done(x);
}

void exchange_stream(struct exchange *x, struct stream *st)
{
	x->stream = st;
}

const char *request_header(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (!strcasecmp(r->headers[i].name, name))
			return r->headers[i].value;
	return NULL;
}

const char *request_arg(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_args; i++)
		if (!strcmp(r->args[i].name, name))
			return r->args[i].value;
	return NULL;
}

const char *request_bearer(const struct http_request *r)
{
	const char *given = request_header(r, "Authorization");
	if (!given || strncasecmp(given, "Bearer ", 7) != 0)
		return NULL;
	return given + 7 + strspn(given + 7, " ");
}

/* A line break in a value would be a header of its own, or worse. */
static void flatten(char *value)
{
	for (char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

void response_header(struct http_response *r, const char *name, const char *fmt, ...)
{
	struct buf value = BUF_INIT;
	va_list ap;

	assert(r->n_headers < HTTP_HEADERS_MAX);
	if (r->n_headers == HTTP_HEADERS_MAX)
		return;
	va_start(ap, fmt);
	buf_vaddf(&value, fmt, ap);
	va_end(ap);
	char *text = buf_detach(&value);
	flatten(text);
	r->headers[r->n_headers].name = name;
	r->headers[r->n_headers++].value = text;
}

void response_release(struct http_response *r)
{
	for (size_t i = 0; i < r->n_headers; i++)
		free(r->headers[i].value);
	r->n_headers = 0;
	free(r->problem);
	r->problem = NULL;
	buf_release(&r->body);
}

/* RFC 8259 §7. Only src/wire knows the JSON library, and a problem must be tellable without it. */
static void add_json_string(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(b, '\\');
		if ((unsigned char)*s < 0x20)
			buf_addf(b, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

void response_problem(struct http_response *r, int status, const char *fmt, ...)
{
	struct buf detail = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&detail, fmt, ap);
	va_end(ap);
	char *said = xstrdup(detail.data); /* the sentence may be the one before */
	free(r->problem);
	r->problem = said;
	r->status = status;
	r->type = "application/problem+json";
	buf_reset(&r->body);
	buf_adds(&r->body, "{\"type\":\"about:blank\",\"title\":");
	add_json_string(&r->body, http_reason(status));
	buf_addf(&r->body, ",\"status\":%d,\"detail\":", status);
	add_json_string(&r->body, detail.data);
	buf_adds(&r->body, "}\n");
	buf_release(&detail);
}

/* RFC 9110 §15, RFC 6585: those that this program or a proxy's manual speaks of. */
const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 423, "Locked" },
		{ 426, "Upgrade Required" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* RFC 9110 §5.6.7; strftime would ask the locale for the names. */
static void add_date(struct buf *out, int64_t now_ms)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const time_t t = (time_t)(now_ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_addf(out, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d GMT\r\n", days + 3 * tm.tm_wday, tm.tm_mday,
		months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void response_head(const struct http_response *r, int64_t now_ms, int64_t length, bool chunked, struct buf *out)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n", r->status, http_reason(r->status));
	add_date(out, now_ms);
	if (r->close)
		buf_adds(out, "Connection: close\r\n");
	if (r->type)
		buf_addf(out, "Content-Type: %s\r\n", r->type);
	for (size_t i = 0; i < r->n_headers; i++)
		buf_addf(out, "%s: %s\r\n", r->headers[i].name, r->headers[i].value);
	if (chunked)
		buf_adds(out, "Transfer-Encoding: chunked\r\n");
	else if (length >= 0)
		buf_addf(out, "Content-Length: %lld\r\n", (long long)length);
	buf_adds(out, "\r\n");
}
