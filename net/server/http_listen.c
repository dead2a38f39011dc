/* http_listen.c: the sockets that new connections come in by. */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/server/http_parts.h"
#include "src/base/log.h"
#include "src/base/mem.h"

enum { BACKLOG = 4096, ACCEPTS_A_TURN = 64, PAUSE_MS = 100, SOCKETS_MAX = 12 };

struct door {
	struct acceptor *a;
	struct watch *watch;
	size_t entry;
	int fd;
};

struct acceptor {
	struct loop *loop;
	accept_fn *fn;
	void *ctx;
	struct timer *pause; /* set while descriptors are short */
	struct door doors[SOCKETS_MAX];
	size_t n;
	int ports[COUNT_OF(((struct http_options *)0)->listen)];
};

static void pause_over(void *arg)
{
	struct acceptor *a = arg;

	for (size_t i = 0; i < a->n; i++)
		watch_set(a->doors[i].watch, EPOLLIN);
}

/* Out of descriptors or memory: the queue of the kernel holds them, and is asked again a little later. */
static void start_pause(struct acceptor *a)
{
	log_line(LOG_WARNING, "connections cannot be accepted for a moment: %s", strerror(errno));
	for (size_t i = 0; i < a->n; i++)
		watch_set(a->doors[i].watch, 0);
	if (!a->pause)
		loop_after(a->loop, PAUSE_MS, pause_over, a, &a->pause);
}

static void on_connection(void *arg, uint32_t events)
{
	struct door *d = arg;
	struct sockaddr_storage addr;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		socklen_t len = sizeof addr;
		const int fd = accept4(d->fd, (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			d->a->fn(d->a->ctx, fd, (struct sockaddr *)&addr, len, d->entry);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			start_pause(d->a);
			return;
		} else if (errno == EAGAIN) {
			return;
		} /* else: that one is gone, the next may be there */
	}
}

static bool failed(struct error *e, const char *host, int port)
{
	if (errno == EADDRINUSE)
		return error_set(e, ERR_BUSY,
			"cannot listen on \"%s\" port %d: another program uses it; stop it or choose "
			"another port",
			host, port);
	return error_errno(e, ERR_IO, "cannot listen on \"%s\" port %d", host, port);
}

static int bound_port(int fd)
{
	struct sockaddr_in6 addr = { 0 };
	socklen_t len = sizeof addr;

	getsockname(fd, (struct sockaddr *)&addr, &len);
	return ntohs(addr.sin6_port); /* at the same place in an IPv4 address */
}

/* -1 with errno */
static int open_door(const struct addrinfo *ai, const char *host)
{
	const int yes = 1, v6_only = strcmp(host, "::") != 0;
	const int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* inherited by what it accepts */
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	const int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* A name like "localhost" can stand for an IPv6 and an IPv4 address: both, on one port; one of them is enough. */
static bool open_entry(struct acceptor *a, size_t entry, const char *host, int port, struct error *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char service[8];
	bool any = false, good = true;

	snprintf(service, sizeof service, "%d", port);
	int code = getaddrinfo(host, service, &hints, &list);
	if (code &&
		!strcasecmp(
			host, "localhost")) /* it is loopback (RFC 6761 §6.3), also on a system without /etc/hosts */
		code = getaddrinfo("127.0.0.1", service, &hints, &list);
	if (code)
		return error_set(
			e, ERR_USAGE, "\"%s\" is not an address of this machine: %s", host, gai_strerror(code));
	for (const struct addrinfo *ai = list; ai && good && a->n < SOCKETS_MAX; ai = ai->ai_next) {
		if (any && port == 0)
			((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_port = htons((uint16_t)a->ports[entry]);
		const int fd = open_door(ai, host);
		if (fd < 0) {
			good = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
			if (!good || (!ai->ai_next && !any))
				good = failed(e, host, port);
			continue;
		}
		a->ports[entry] = bound_port(fd);
		a->doors[a->n++] = (struct door){ .a = a, .entry = entry, .fd = fd };
		any = true;
	}
	freeaddrinfo(list);
	return good;
}

struct acceptor *acceptor_new(struct loop *l, const struct http_options *o, accept_fn *fn, void *ctx, struct error *e)
{
	struct acceptor *a = xcalloc(1, sizeof *a);

	*a = (struct acceptor){ .loop = l, .fn = fn, .ctx = ctx };
	for (size_t i = 0; i < o->n_listen; i++)
		if (!open_entry(a, i, o->listen[i].host, o->listen[i].port, e)) {
			acceptor_free(a);
			return NULL;
		}
	for (size_t i = 0; i < a->n; i++)
		a->doors[i].watch = loop_watch(l, a->doors[i].fd, EPOLLIN, on_connection, &a->doors[i]);
	return a;
}

int acceptor_port(const struct acceptor *a, size_t entry)
{
	return a->ports[entry];
}

void acceptor_free(struct acceptor *a)
{
	if (!a)
		return;
	timer_cancel(&a->pause);
	for (size_t i = 0; i < a->n; i++) {
		watch_remove(&a->doors[i].watch);
		close(a->doors[i].fd);
	}
	free(a);
}
