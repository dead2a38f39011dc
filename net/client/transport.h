/* transport.h: how a console reaches the backend: a struct of functions, not a library.
 *
 * The programs use curl_transport (curl.c, the only file that includes curl); tests and the simulation give their own,
 * which may be a backend in the same process.
 */
#ifndef REGIE_NET_CLIENT_TRANSPORT_H
#define REGIE_NET_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"

struct call {
	const char *method;        /* "GET", "POST", "PUT" */
	const char *path;          /* "/v1/changes?since=…"; or a whole URL, which is asked in place of the backend, without
	                            * its token */
	const char *body;          /* NULL: none */
	size_t body_len;
	const char *type;          /* Content-Type of the body; NULL: application/json */
	const char *cookie;        /* "name=value"; NULL: none */
	int64_t timeout_ms;        /* for the whole call */
	bool held;                 /* the backend may hold it: that it says nothing means little */
	size_t answer_max;         /* bytes; more is an error */
	/* filled in: */
	int status;                /* 0: no answer; `error` says why */
	struct buf answer;
	char answer_type[64];
	int64_t retry_after_ms;    /* what the answer asked for, 0: nothing */
	struct error error;
	/* called on the caller's thread, from run, when it is over */
	void (*over)(struct call *c);
	void *ctx;
};

struct transport {
	/* Starts a call; `c` must stay until over() was called. */
	void (*start)(struct transport *t, struct call *c);
	/* Lets calls under way proceed, at most wait_ms; calls over() of those that end. */
	void (*run)(struct transport *t, int64_t wait_ms);
	/* Ends run() early, from any thread (a new operation was put). */
	void (*wake)(struct transport *t);
	/* Ends a call early: over() is called from the next run with status 0 and ERR_NET. A call that is not under way is
	 * left alone. */
	void (*cancel)(struct transport *t, struct call *c);
	/* The address in use; NULL: there is no such thing. The caller's thread, until the next call. */
	const char *(*address)(struct transport *t);
	void (*free)(struct transport *t);
};

struct transport_options {
	const char *const *backends;   /* URLs; the first that answers is used, the next is tried when one fails */
	size_t n_backends;
	int64_t again_ms;              /* how often the first is tried while another is used; 0: 10 s */
	const char *token;             /* NULL: none */
	const char *ca_file;           /* NULL: the system's */
	size_t connections;            /* kept open at most; 0: 8 */
	const char *pin;               /* "sha256//…" of the public key, or NULL; without a ca_file it stands in for one */
};
/* Speaks HTTP/1.1 over http and https, keeps connections, follows no redirect, asks for gzip except on this machine. An
 * address that cannot be connected to costs at most 2 s, then the next is tried within the same call. With several, a call
 * that breaks off is made again at the next, and so are those under way at an address that answers nothing any more: 1 s after
 * its last word when another answers, else 1.7 s: give several only for calls that may come twice, as all of sync's may.
 * Once the first answers again, what is under way and was not begun to be answered is asked there. ERR_USAGE for an
 * address that is none. Strings are copied. One thread's, but for wake. */
struct transport *curl_transport_new(const struct transport_options *o, struct error *e);

/* Whether a call that is over was answered with a status under 400; else why not, in one sentence: what the transport
 * said, or the problem's `detail`, or the status. 401 and 403 are ERR_REFUSED, 404 ERR_NOT_FOUND, 410 ERR_GONE, others
 * ERR_NET from 500 on and ERR_REFUSED below. */
bool call_answered(const struct call *c, struct error *e);

/* One call, waited for, at most 30 s: for commands. False with a sentence when there was no answer or its status is 400 or more (the
 * sentence is then the problem's `detail`); the answer's bytes are in `out`. */
bool transport_ask(struct transport *t, const char *method, const char *path, const char *body, struct buf *out, int *status,
	struct error *e);

#endif
