/* http.h: a request handler is a function from an exchange to its response; it does not know the HTTP library.
 *
 * The server (http_mhd.c, on libmicrohttpd; the only file that includes it) parses, bounds and checks requests, makes an
 * `exchange`, hands it to the dispatcher, and sends what the exchange holds when exchange_done is called, at once or
 * later. The simulation makes exchanges of its own. Everything here runs on the loop's thread.
 */
#ifndef REGIE_NET_SERVER_HTTP_H
#define REGIE_NET_SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "net/server/loop.h"
#include "src/base/buf.h"
#include "src/base/error.h"

enum http_method { HTTP_GET = 1, HTTP_POST = 2, HTTP_PUT = 4, HTTP_DELETE = 8, HTTP_OPTIONS = 16, HTTP_OTHER = 32 };
enum http_listener { ON_PUBLIC = 1, ON_SEATS = 2, ON_ADMIN = 4 };

struct http_pair {
	const char *name, *value; /* both NUL-terminated; value "" when there was none */
};

struct http_request {
	enum http_method method; /* HEAD arrives as HTTP_GET with `head` set; the server drops the body of the answer */
	const char *method_name; /* as it came */
	bool head;
	bool http10;
	const char *path;           /* percent-decoded, begins with "/", no query; a path that decodes to NUL or bad UTF-8 is 400 */
	const char *query;          /* as it came, without "?", or "" : for gateways that percent-encode raw UTF-16 */
	struct http_pair *headers;
	size_t n_headers;
	struct http_pair *args;     /* the query, percent-decoded, "+" is space; values may hold any bytes but NUL */
	size_t n_args;
	const char *body;           /* body_len bytes, NUL-terminated beyond; NUL bytes possible inside */
	size_t body_len;
	char client[64];            /* the client's address as text; with a trusted proxy the last untrusted X-Forwarded-For */
	char net[64];               /* what bounds count by: that address, or of IPv6 its /64, which is one subscriber's */
	bool local;                 /* that address is loopback */
	unsigned listeners;         /* which of ON_* this connection came in by (bits: one listener can serve several) */
	bool secure;                /* TLS here, or X-Forwarded-Proto: https from a trusted proxy */
};

#define HTTP_HEADERS_MAX 12
struct http_response {
	int status;                 /* 0 until the handler sets it */
	const char *type;           /* static string; NULL: no Content-Type */
	struct buf body;
	struct { const char *name; char *value; } headers[HTTP_HEADERS_MAX]; /* name static, value owned */
	size_t n_headers;
	bool close;                 /* end the connection after this answer */
	char *problem;              /* the sentence of response_problem; owned; NULL: it is none */
};

struct stream;
struct exchange {
	struct http_request req;
	struct http_response res;
	bool gone;                  /* the client left; the handler must still call exchange_done */
	struct stream *stream;      /* set by exchange_stream */
	void *state;                /* the handler's own, between now and later */
	void (*polish)(void *ctx, struct exchange *x); /* the handler's: called by exchange_done, before it leaves; or NULL */
	void *polish_ctx;
	void (*done)(struct exchange *x); /* the maker's; called through exchange_done */
	void *maker;
};

/* Answers. Call exactly once for every exchange, on the loop's thread; the exchange must not be touched afterwards. */
void exchange_done(struct exchange *x);

const char *request_header(const struct http_request *r, const char *name); /* case-insensitive, or NULL */
const char *request_arg(const struct http_request *r, const char *name);    /* or NULL */
/* The token of "Authorization: Bearer TOKEN" (RFC 6750 §2.1); NULL when there is none: another scheme is none. */
const char *request_bearer(const struct http_request *r);
void response_header(struct http_response *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void response_release(struct http_response *r);
/* An RFC 9457 problem: {"type":"about:blank","title":…,"status":…,"detail":sentence}. */
void response_problem(struct http_response *r, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- streams: answers that do not end ------------------------------------------------------------------------- */

/* Where a stream's bytes go. The server gives one; tests give another. */
struct sink {
	/* Takes what it can without waiting: bytes taken, 0 when not now (writable() will be called), -1 when it is gone. */
	ssize_t (*send)(struct sink *s, const struct iovec *v, int n);
	/* The stream wants to end: the server finishes the answer; gone() is called later. */
	void (*close)(struct sink *s);
	bool framed; /* true: bytes must come with their HTTP/1.1 chunk frames; false: without */
};

/* A stream is the receiver's side of a long answer. All three are called on the loop's thread. */
struct stream {
	void (*ready)(struct stream *st, struct sink *sink); /* headers are on their way; send from now on */
	void (*writable)(struct stream *st);                 /* after a send that returned less than asked */
	void (*gone)(struct stream *st);                     /* the viewer left or was closed; free yourself; sink is dead */
};
/* Instead of a body: status and headers as set, then the stream. Then call exchange_done. */
void exchange_stream(struct exchange *x, struct stream *st);

/* ---- the server ------------------------------------------------------------------------------------------------ */

struct http_options {
	struct {
		unsigned listeners;       /* ON_* bits served here */
		const char *host;         /* address to bind: "127.0.0.1", "::1", "0.0.0.0", "localhost" */
		int port;                 /* 0: any free one */
	} listen[6];
	size_t n_listen;
	const char *tls_cert, *tls_key;   /* PEM text, or NULL. Streams then go through the library's content reader */
	const char *trusted[8];           /* CIDRs of proxies whose X-Forwarded-For is believed */
	size_t n_trusted;
	size_t body_max;                  /* largest body any route takes: more is 413 at once, before it is read */
	/* The route's own bound, asked when the head is complete: 0 means "answer now without reading the body". */
	size_t (*body_limit)(void *ctx, const struct http_request *head);
	int deadline_ms;                  /* from accept or the last answer to a complete request; then 408/closed */
	int connections_max;              /* 0: as many as the open-file limit allows, less 200 */
	bool reader_streams;              /* force the content-reader path for streams (tests, comparison) */
	void (*handle)(void *ctx, struct exchange *x);
	void *ctx;
};

struct http_server;
/* Binds and starts serving on the loop. ERR_BUSY with the address named when a port is in use. The strings in *o must live
 * as long as the server. */
struct http_server *http_server_new(struct loop *l, const struct http_options *o, struct error *e);
/* Writes the URL of listener i ("http://127.0.0.1:8080") into out. */
void http_server_url(const struct http_server *s, size_t i, char *out, size_t size);
size_t http_server_connections(const struct http_server *s);
/* No new connections or requests from now on; exchanges under way are finished. */
void http_server_quiesce(struct http_server *s);
/* After that, and when no exchange is with a handler any more: steps the loop until what was answered is sent, at most wait_ms. */
void http_server_drain(struct http_server *s, int64_t wait_ms);
/* Ends all connections and frees. Exchanges still open get `gone`; their exchange_done stays safe. */
void http_server_free(struct http_server *s);

#endif
