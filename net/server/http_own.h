/* http_own.h: the server's connections and their calls, as the two files of http_mhd.c share them.
 *
 *   http_conn.c  connections in their phases and deadlines, calls, what needs no library
 *   http_mhd.c   the library: what it asks and how it is answered
 */
#ifndef REGIE_NET_SERVER_HTTP_OWN_H
#define REGIE_NET_SERVER_HTTP_OWN_H

#include <stdalign.h>

#include "net/server/http_parts.h"
#include "src/base/mem.h"

struct MHD_Connection;
struct MHD_Daemon;

enum { TAP_BYTES = 32768, SPARE_FILES = 200 /* of the open-file limit, for everything that is no connection */ };

/* Where a connection stands: a list each, in the order of coming there, so that one timer serves all. ARRIVING: the
 * library has been given it and has not said so yet (0.9.75 does at once, 1.0 at its next run). */
enum phase { ARRIVING, READING, PENDING, ANSWERING, UNTIMED, PHASES };

struct conn {
	struct conn *prev, *next;
	struct http_server *s;
	struct MHD_Connection *mhd;
	struct call *call;     /* the request being read or answered; NULL between */
	struct tap *tap;       /* the stream in the content reader */
	struct watch *leaving; /* tells when the client leaves while suspended */
	char *target;          /* as it came; the library alters its own */
	int64_t since_ms;      /* in this phase */
	struct ip peer;
	int fd;
	unsigned listeners;
	enum phase phase;
	bool suspended;
	bool unread; /* answered before its body was read */
};

/* An exchange and the memory its request stands in. */
struct call {
	struct exchange x;
	struct conn *conn; /* NULL when the connection is gone */
	struct buf body;
	struct framing framing;
	bool over;       /* a body of chunks passed the bound */
	bool dispatched; /* the handler has it, or had it */
	bool inside;     /* the handler is running */
	bool done;
	alignas(max_align_t) char room[];
};

/* A stream through the library's content reader. */
struct tap {
	struct sink sink; /* first */
	struct conn *conn;
	struct stream *stream;
	char *bytes; /* TAP_BYTES */
	size_t len;
	bool started, wants, closing, dead;
};

struct list {
	struct conn *head, *tail;
};

struct http_server {
	struct loop *loop;
	struct http_options o;
	struct cidr trusted[COUNT_OF(((struct http_options *)0)->trusted)];
	struct acceptor *acceptor;
	struct outlets *outlets;
	struct MHD_Daemon *mhd;
	struct watch *watch; /* of the library's epoll descriptor */
	struct list phases[PHASES];
	struct timer *sweep;
	int64_t sweep_ms;   /* when it is due */
	struct timer *soon; /* set when the library wants another turn at once */
	size_t n_conns, max;
	int ports[COUNT_OF(((struct http_options *)0)->listen)];
	bool run; /* the library is to be driven before the next wait */
	bool quiesced;
};

struct taken {
	struct head head;
	size_t lengths[HTTP_FIELDS_MAX]; /* of the values */
	bool too_many;
};

/* ---- http_conn.c --------------------------------------------------------------------------------------------------- */

void conn_link(struct conn *c, enum phase phase); /* a new one */
void conn_set_phase(struct conn *c, enum phase phase);
void conn_resume(struct conn *c);
void conn_suspend(struct conn *c);
void conn_watch_leaving(struct conn *c); /* tells when the client leaves while suspended */
struct conn *conn_arrival(const struct http_server *s, int fd); /* the latest that came in with this descriptor */
void conn_free(struct conn *c);

struct call *call_new(struct conn *c, const struct head *h);
void call_forget(struct conn *c);
void call_orphan(struct call *k); /* leaves it to its handler, who still has to say exchange_done */

/* Whether every byte of a head is accounted for (the older library; see there). */
bool head_accounts(const struct taken *t, const char *path, size_t head_len);
ssize_t tap_send(struct sink *s, const struct iovec *v, int n);
void tap_close(struct sink *s);
/* Too many connections: says so, and takes fd. */
void server_turn_away(struct http_server *s, int fd);
size_t server_file_limit(void); /* connections that the open-file limit leaves room for */

/* ---- http_mhd.c ---------------------------------------------------------------------------------------------------- */

void library_resume(struct conn *c);
void library_suspend(struct conn *c);

#endif
