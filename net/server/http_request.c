/* http_request.c: from a head as it came to a request that has one meaning.
 *
 * Where two readers could disagree about where a request ends or whom it is for, the stricter is right and the request is
 * refused (RFC 9112 §6.3 and §11.2; RFC 9110 §7.2): a proxy in front may have read it the other way.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "net/server/http_parts.h"
#include "src/base/text.h"

size_t request_room(const struct head *h)
{
	size_t pairs = h->n_fields + 1, bytes = strlen(h->method) + 1 + 3 * (strlen(h->target) + 1);

	for (const char *p = h->target; *p; p++)
		pairs += *p == '&';
	for (size_t i = 0; i < h->n_fields; i++)
		bytes += strlen(h->fields[i].name) + strlen(h->fields[i].value) + 2;
	return pairs * sizeof(struct http_pair) + bytes;
}

static char *copy(char **room, const char *s, size_t len)
{
	char *out = *room;

	memcpy(out, s, len);
	out[len] = '\0';
	*room += len + 1;
	return out;
}

/* ---- the target ----------------------------------------------------------------------------------------------------- */

static int hex(char c)
{
	return c >= '0' && c <= '9'    ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : -1;
}

/* Decodes in place. A "%" that is none, and the %00 that no string can hold, stay as they are and make it false. */
static bool decode(char *s, bool plus_is_space)
{
	bool whole = true;
	char *to = s;

	for (; *s; s++) {
		if (*s == '%') {
			const int high = hex(s[1]), low = high < 0 ? -1 : hex(s[2]);

			if (low >= 0 && high + low > 0) {
				*to++ = (char)(high << 4 | low);
				s += 2;
				continue;
			}
			whole = false;
		}
		*to++ = plus_is_space && *s == '+' ? ' ' : *s;
	}
	*to = '\0';
	return whole;
}

static void split_args(struct http_request *r, char **room)
{
	char *next = copy(room, r->query, strlen(r->query));

	while (next && *next) {
		char *name = next;

		next = strchr(name, '&');
		if (next)
			*next++ = '\0';
		if (!*name)
			continue;
		char *value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		else
			value = name + strlen(name);
		decode(name, true);
		decode(value, true);
		r->args[r->n_args++] = (struct http_pair){ name, value };
	}
}

/* "http://host/path" is what a proxy is sent, and must be understood (RFC 9112 §3.2.2); when its host is not the Host
 * header's, there are two. Returns where the path begins, or NULL. */
static const char *skip_authority(const struct http_request *r, const char *target)
{
	const char *host = request_header(r, "Host");
	const size_t scheme = !strncasecmp(target, "http://", 7) ? 7 : !strncasecmp(target, "https://", 8) ? 8 : 0;
	const char *authority = target + scheme;
	const size_t len = strcspn(authority, "/?");

	if (!scheme || !host || strlen(host) != len || strncasecmp(host, authority, len) != 0)
		return NULL;
	return authority + len;
}

static const char *take_target(struct http_request *r, const char *target, char **room)
{
	const char *path = *target == '/' ? target : skip_authority(r, target);

	for (const char *p = target; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#')
			return "the path must not hold spaces, control bytes or a fragment";
	if (!path)
		return "the path must begin with \"/\"";
	const size_t len = strcspn(path, "?");
	char *decoded = len ? copy(room, path, len) : copy(room, "/", 1);
	r->query = copy(room, path + len + (path[len] == '?'), strlen(path + len + (path[len] == '?')));
	r->path = decoded;
	split_args(r, room);
	if (!decode(decoded, false) || !text_is_utf8(decoded, strlen(decoded)))
		return "the path must be percent-encoded UTF-8 without NUL";
	return NULL;
}

/* ---- the fields ----------------------------------------------------------------------------------------------------- */

/* RFC 9110 §5.6.2 */
static bool is_token(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("!#$%&'*+-.^_`|~", *s))
			return false;
	return true;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

/* How many fields have this name; *value is the last one's. */
static size_t count_fields(const struct http_request *r, const char *name, const char **value)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_headers; i++)
		if (!strcasecmp(r->headers[i].name, name)) {
			*value = r->headers[i].value;
			n++;
		}
	return n;
}

static const char *host_fault(const struct http_request *r)
{
	const char *host = "";
	const size_t n = count_fields(r, "Host", &host);

	if (n > 1)
		return "there must be one Host header, not several";
	if (n == 0 && !r->http10)
		return "a request in HTTP/1.1 must have a Host header";
	if (host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]%!$&'()*+;=")])
		return "the Host header must be a host and perhaps a port";
	return NULL;
}

static const char *framing_fault(const struct http_request *r, struct framing *f)
{
	const char *coding = "", *length = "";
	const size_t n_codings = count_fields(r, "Transfer-Encoding", &coding);
	const size_t n_lengths = count_fields(r, "Content-Length", &length);

	if (n_lengths > 1)
		return "there must be one Content-Length header, not several";
	if (n_codings && n_lengths)
		return "a request must not have both a Content-Length and a Transfer-Encoding header";
	if (n_codings > 1 || (n_codings && (strcasecmp(coding, "chunked") != 0 || r->http10)))
		return "the only Transfer-Encoding taken is \"chunked\", in HTTP/1.1";
	f->chunked = n_codings;
	if (n_lengths && (!*length || strlen(length) > 18 || length[strspn(length, "0123456789")]))
		return "the Content-Length must be a number";
	for (; *length; length++)
		f->length = f->length * 10 + (uint64_t)(*length - '0');
	return NULL;
}

static const char *fields_fault(const struct http_request *r, struct framing *f)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (!is_token(r->headers[i].name))
			return "a header's name must be letters, digits and hyphens, right before its colon";
		if (has_control(r->headers[i].value))
			return "a header must not hold control bytes";
	}
	const char *fault = host_fault(r);
	return fault ? fault : framing_fault(r, f);
}

/* ---- all of it ------------------------------------------------------------------------------------------------------ */

static enum http_method method_of(const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = { { "GET", HTTP_GET }, { "HEAD", HTTP_GET }, { "POST", HTTP_POST }, { "PUT", HTTP_PUT },
		{ "DELETE", HTTP_DELETE }, { "OPTIONS", HTTP_OPTIONS } };

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (!strcmp(name, methods[i].name))
			return methods[i].method;
	return HTTP_OTHER;
}

const char *request_fill(struct http_request *r, struct framing *f, const struct head *h, void *room)
{
	struct http_pair *pairs = room;
	size_t n_args = 1;

	for (const char *p = h->target; *p; p++)
		n_args += *p == '&';
	char *text = (char *)(pairs + h->n_fields + n_args);
	*f = (struct framing){ 0 };
	r->method = method_of(h->method);
	r->method_name = copy(&text, h->method, strlen(h->method));
	r->head = !strcmp(h->method, "HEAD");
	r->http10 = !strcmp(h->version, "HTTP/1.0");
	r->path = "/";
	r->query = "";
	r->body = "";
	r->headers = pairs;
	r->n_headers = h->n_fields;
	r->args = pairs + h->n_fields;
	r->n_args = 0;
	for (size_t i = 0; i < h->n_fields; i++) {
		pairs[i].name = copy(&text, h->fields[i].name, strlen(h->fields[i].name));
		pairs[i].value = copy(&text, h->fields[i].value, strlen(h->fields[i].value));
	}
	if (!is_token(h->method))
		return "the method must be one word";
	const char *fault = fields_fault(r, f);
	return fault ? fault : take_target(r, h->target, &text);
}
