/* http_peer.c: who is asking: addresses, and what a trusted proxy says of them. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/server/http_parts.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 §2.5.5.2 */

static bool is_v4(struct ip ip)
{
	return !memcmp(ip.b, mapped, sizeof mapped);
}

/* Without port and brackets. */
static bool parse_bare(const char *s, size_t len, struct ip *out)
{
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof text)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	memcpy(out->b, mapped, sizeof mapped);
	return inet_pton(AF_INET, text, out->b + sizeof mapped) == 1 || inet_pton(AF_INET6, text, out->b) == 1;
}

bool ip_parse(const char *s, size_t len, struct ip *out)
{
	if (len && *s == '[') {
		const char *end = memchr(s, ']', len);

		return end && parse_bare(s + 1, (size_t)(end - s - 1), out);
	}
	const char *colon = memchr(s, ':', len);
	if (colon && memchr(s, '.', (size_t)(colon - s)))
		len = (size_t)(colon - s); /* IPv4 and a port */
	return parse_bare(s, len, out);
}

struct ip ip_of(const struct sockaddr *a)
{
	struct ip ip = { 0 };

	if (a->sa_family == AF_INET) {
		memcpy(ip.b, mapped, sizeof mapped);
		memcpy(ip.b + sizeof mapped, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	} else if (a->sa_family == AF_INET6) {
		memcpy(ip.b, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	}
	return ip;
}

void ip_text(struct ip ip, char out[static INET6_ADDRSTRLEN])
{
	if (is_v4(ip))
		inet_ntop(AF_INET, ip.b + sizeof mapped, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, ip.b, out, INET6_ADDRSTRLEN);
}

/* RFC 4291 §2.5.4: the last 64 bits are the interface's, and any one may take as many of them as it likes. */
static void net_text(struct ip ip, char out[static 64])
{
	char text[INET6_ADDRSTRLEN];

	if (!is_v4(ip))
		memset(ip.b + 8, 0, 8);
	ip_text(ip, text);
	snprintf(out, 64, "%s%s", text, is_v4(ip) ? "" : "/64");
}

bool ip_is_loopback(struct ip ip)
{
	static const uint8_t v6[16] = { [15] = 1 };

	return is_v4(ip) ? ip.b[12] == 127 : !memcmp(ip.b, v6, sizeof v6);
}

bool cidr_parse(const char *s, struct cidr *out, struct error *e)
{
	const size_t len = strcspn(s, "/");
	char *end = "";
	long bits = 0;

	if (s[len] == '/')
		bits = strtol(s + len + 1, &end, 10);
	if (!parse_bare(s, len, &out->ip) || *end || end == s + len + 1 || bits < 0 ||
		bits > (is_v4(out->ip) ? 32 : 128))
		return error_set(
			e, ERR_USAGE, "\"%s\" is not an address range; write it as 10.0.0.0/8 or 2001:db8::/32", s);
	out->bits = s[len] != '/' ? 128 : is_v4(out->ip) ? 96 + (unsigned)bits : (unsigned)bits;
	return true;
}

bool cidr_has(const struct cidr *c, struct ip ip)
{
	const unsigned whole = c->bits / 8, rest = c->bits % 8;

	return !memcmp(c->ip.b, ip.b, whole) && (!rest || (c->ip.b[whole] ^ ip.b[whole]) >> (8 - rest) == 0);
}

static bool is_trusted(struct ip ip, const struct cidr *trusted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cidr_has(&trusted[i], ip))
			return true;
	return false;
}

/* One list of addresses, from its end, as long as the one before was trusted. False: the walk is over. */
static bool walk_back(const char *list, struct ip *client, const struct cidr *trusted, size_t n)
{
	size_t end = strlen(list);

	while (is_trusted(*client, trusted, n)) {
		if (end == 0)
			return true; /* the field before may go on */
		size_t begin = end;
		while (begin > 0 && list[begin - 1] != ',')
			begin--;
		const char *word = list + begin + strspn(list + begin, " \t");
		size_t len = (size_t)(list + end - word);
		while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t'))
			len--;
		struct ip hop;
		if (!ip_parse(word, len, &hop))
			return false;
		*client = hop;
		end = begin > 0 ? begin - 1 : 0;
	}
	return false;
}

void request_origin(struct http_request *r, struct ip peer, bool tls, const struct cidr *trusted, size_t n_trusted)
{
	struct ip client = peer;

	r->secure = tls;
	if (is_trusted(peer, trusted, n_trusted)) {
		const char *proto = request_header(r, "X-Forwarded-Proto");

		r->secure |= proto && !strcasecmp(proto, "https");
		for (size_t i = r->n_headers; i-- > 0;)
			if (!strcasecmp(r->headers[i].name, "X-Forwarded-For") &&
				!walk_back(r->headers[i].value, &client, trusted, n_trusted))
				break;
	}
	ip_text(client, r->client);
	net_text(client, r->net);
	r->local = ip_is_loopback(client);
}
