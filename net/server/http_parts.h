/* http_parts.h: what the server is made of beside the HTTP library. For http*.c and their tests only; others see http.h.
 */
#ifndef REGIE_NET_SERVER_HTTP_PARTS_H
#define REGIE_NET_SERVER_HTTP_PARTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/server/http.h"

/* ---- requests and answers as text (http_request.c, http.c) -------------------------------------------------------- */

enum { HTTP_FIELDS_MAX = 100 };

/* A head as it came in; the strings belong to whoever read it. */
struct head {
	const char *method, *target, *version; /* target: path and query, undecoded */
	struct http_pair fields[HTTP_FIELDS_MAX];
	size_t n_fields;
};

struct framing {
	bool chunked;
	uint64_t length; /* of the body; 0 when chunked */
};

/* Bytes that request_fill needs at `room`, which must be aligned for pointers. */
size_t request_room(const struct head *h);
/* Copies the head into `room` and fills *r and *f from it. Returns NULL, or a sentence that says why the request could be
 * read two ways or not at all; then only the names and strings of r are good. */
const char *request_fill(struct http_request *r, struct framing *f, const struct head *h, void *room);

/* True: the HTTP library at hand refuses malformed heads itself, in words of its own (http_mhd.c). */
extern const bool http_library_judges;

/* "Not Found"; "" for a status nobody knows. */
const char *http_reason(int status);
/* Status line and headers, the empty line included. length < 0: none is told; chunked: Transfer-Encoding is. */
void response_head(const struct http_response *r, int64_t now_ms, int64_t length, bool chunked, struct buf *out);

/* ---- addresses (http_peer.c) --------------------------------------------------------------------------------------- */

struct ip {
	uint8_t b[16]; /* IPv4 as ::ffff:a.b.c.d */
};
struct cidr {
	struct ip ip;
	unsigned bits; /* of the 128 */
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80". */
bool ip_parse(const char *s, size_t len, struct ip *out);
struct ip ip_of(const struct sockaddr *a);
void ip_text(struct ip ip, char out[static INET6_ADDRSTRLEN]);
bool ip_is_loopback(struct ip ip);
/* "10.0.0.0/8", "::1/128", or an address alone. */
bool cidr_parse(const char *s, struct cidr *out, struct error *e);
bool cidr_has(const struct cidr *c, struct ip ip);
/* Fills client, local and secure from the peer and, as far as it is trusted, from what it forwards. */
void request_origin(struct http_request *r, struct ip peer, bool tls, const struct cidr *trusted, size_t n_trusted);

/* ---- listening (http_listen.c) -------------------------------------------------------------------------------------- */

struct acceptor;
/* fd is the callee's from now on: non-blocking, close-on-exec. `entry` is the index into o->listen. */
typedef void accept_fn(void *ctx, int fd, const struct sockaddr *addr, socklen_t len, size_t entry);
struct acceptor *acceptor_new(struct loop *l, const struct http_options *o, accept_fn *fn, void *ctx, struct error *e);
int acceptor_port(const struct acceptor *a, size_t entry);
void acceptor_free(struct acceptor *a);

/* ---- sockets taken over from the library (http_out.c) ---------------------------------------------------------------- */

/* Streams that we write ourselves, and sockets that were said the last word and are read empty before they are closed
 * (a socket closed on unread bytes is reset, and the reset can overtake the answer). */
struct outlets;
struct outlets *outlets_new(struct loop *l);
/* Takes fd. Sends `head`, then hands the stream its sink. */
void outlets_stream(struct outlets *o, int fd, const struct buf *head, bool framed, struct stream *st);
/* Takes fd. Sends what it can of `words` (may be NULL), then closes after the peer did, or after two seconds. */
void outlets_farewell(struct outlets *o, int fd, const struct buf *words);
/* Calls gone() for the streams that ended since; to be called between steps, when nobody is inside a stream. */
void outlets_reap(struct outlets *o);
size_t outlets_count(const struct outlets *o);
void outlets_free(struct outlets *o); /* ends all, with gone() */

#endif
