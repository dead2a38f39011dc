/* http_out.c: sockets taken over from the library; see http_parts.h.
 *
 * A viewer costs a `struct out`, a watch and the hub's struct, nothing of the library: measured in tests/bench/fanout.sh.
 * An outlet that failed or was closed goes to the dead list at once (its descriptor is closed then) and hears gone() from
 * outlets_reap, so that nobody inside a walk over viewers loses one under his feet.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/server/http_parts.h"
#include "src/base/mem.h"

enum {
	SEND_BUFFER = 32 * 1024, /* the kernel doubles it: bounds what a viewer who takes nothing can pile up */
	UNHEARD_MS = 60000,      /* a phone that vanished without a word is dropped by the kernel after this */
	FAREWELL_MS = 2000,
	FAREWELL_BYTES = 1 << 20, /* read and thrown away at most */
	FAREWELLS_MAX = 64,
};

struct link {
	struct link *prev, *next;
};

struct out {
	struct sink sink; /* first: the hub's pointer to it is one to us */
	struct link link; /* in `live`, or in `dead` */
	struct outlets *all;
	struct stream *stream;
	struct watch *watch;
	struct buf *head; /* what the socket would not take of the head; mostly NULL */
	int fd;
	bool dead;
};

struct farewell {
	struct link link;
	struct outlets *all;
	struct watch *watch;
	int64_t until_ms;
	size_t read;
	int fd;
};

struct outlets {
	struct loop *loop;
	struct link live, dead, farewells; /* rings */
	size_t n_live, n_farewells;
	struct timer *timer; /* of the farewells */
};

static void ring_init(struct link *ring)
{
	ring->prev = ring->next = ring;
}

static void ring_add(struct link *ring, struct link *x)
{
	*x = (struct link){ .prev = ring->prev, .next = ring };
	ring->prev->next = x;
	ring->prev = x;
}

static void ring_remove(struct link *x)
{
	x->prev->next = x->next;
	x->next->prev = x->prev;
}

#define OWNER(type, link_) ((type *)(void *)((char *)(link_)-offsetof(type, link)))

struct outlets *outlets_new(struct loop *l)
{
	struct outlets *o = xcalloc(1, sizeof *o);

	o->loop = l;
	ring_init(&o->live);
	ring_init(&o->dead);
	ring_init(&o->farewells);
	return o;
}

size_t outlets_count(const struct outlets *o)
{
	return o->n_live + o->n_farewells;
}

/* ---- streams -------------------------------------------------------------------------------------------------------- */

static void end(struct out *x)
{
	if (x->dead)
		return;
	x->dead = true;
	watch_remove(&x->watch);
	close(x->fd);
	ring_remove(&x->link);
	ring_add(&x->all->dead, &x->link);
	x->all->n_live--;
}

static ssize_t put(struct out *x, const struct iovec *v, int n)
{
	const struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v, .msg_iovlen = (size_t)n };
	ssize_t taken;

	do
		taken = sendmsg(x->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (taken < 0 && errno == EINTR);
	if (taken >= 0)
		return taken;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
		return 0;
	end(x);
	return -1;
}

/* True when nothing of the head is left. */
static bool head_is_out(struct out *x)
{
	if (!x->head)
		return true;
	const ssize_t taken = put(x, &(struct iovec){ x->head->data, x->head->len }, 1);
	if (taken > 0)
		buf_drop_front(x->head, (size_t)taken);
	if (x->head->len > 0)
		return false;
	buf_release(x->head);
	free(x->head);
	x->head = NULL;
	return true;
}

static ssize_t out_send(struct sink *s, const struct iovec *v, int n)
{
	struct out *x = (struct out *)(void *)s;
	size_t asked = 0;

	if (x->dead)
		return -1;
	const ssize_t taken = head_is_out(x) ? put(x, v, n) : x->dead ? -1 : 0;
	if (taken < 0)
		return -1;
	for (int i = 0; i < n; i++)
		asked += v[i].iov_len;
	if ((size_t)taken < asked)
		watch_set(x->watch, EPOLLRDHUP | EPOLLOUT);
	return taken;
}

/* The last chunk, when it can be had now; a viewer so late that it cannot will ask again. */
static void out_close(struct sink *s)
{
	static const char last[] = "0\r\n\r\n";
	struct out *x = (struct out *)(void *)s;

	if (!x->dead && s->framed && head_is_out(x))
		put(x, &(struct iovec){ (void *)(uintptr_t)last, sizeof last - 1 }, 1);
	end(x);
}

static void on_out(void *arg, uint32_t events)
{
	struct out *x = arg;

	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		end(x);
		return;
	}
	watch_set(x->watch, EPOLLRDHUP);
	if (head_is_out(x))
		x->stream->writable(x->stream);
	else if (!x->dead)
		watch_set(x->watch, EPOLLRDHUP | EPOLLOUT);
}

static void set_options(int fd)
{
	const int yes = 1, no = 0, send_buffer = SEND_BUFFER;
	const unsigned unheard = UNHEARD_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &no, sizeof no);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof unheard);
}

void outlets_stream(struct outlets *o, int fd, const struct buf *head, bool framed, struct stream *st)
{
	struct out *x = xmalloc(sizeof *x);

	*x = (struct out){ .sink = { out_send, out_close, framed }, .all = o, .stream = st, .fd = fd };
	x->head = xcalloc(1, sizeof *x->head);
	buf_add(x->head, head->data, head->len);
	ring_add(&o->live, &x->link);
	o->n_live++;
	set_options(fd);
	x->watch = loop_watch(o->loop, fd, EPOLLRDHUP, on_out, x);
	if (!head_is_out(x) && !x->dead)
		watch_set(x->watch, EPOLLRDHUP | EPOLLOUT);
	st->ready(st, &x->sink);
}

void outlets_reap(struct outlets *o)
{
	while (o->dead.next != &o->dead) {
		struct out *x = OWNER(struct out, o->dead.next);

		ring_remove(&x->link);
		x->stream->gone(x->stream);
		if (x->head)
			buf_release(x->head);
		free(x->head);
		free(x);
	}
}

/* ---- farewells ------------------------------------------------------------------------------------------------------ */

static void farewell_end(struct farewell *f)
{
	watch_remove(&f->watch);
	close(f->fd);
	ring_remove(&f->link);
	f->all->n_farewells--;
	free(f);
}

static void on_farewell(void *arg, uint32_t events)
{
	struct farewell *f = arg;
	char waste[16384];
	ssize_t n;

	while ((n = recv(f->fd, waste, sizeof waste, MSG_DONTWAIT)) > 0 && f->read < FAREWELL_BYTES)
		f->read += (size_t)n;
	if (n >= 0 || (errno != EAGAIN && errno != EINTR) || (events & (EPOLLERR | EPOLLHUP)))
		farewell_end(f);
}

/* The ring is in the order of its ends, for all last equally long. */
static void on_farewell_time(void *arg)
{
	struct outlets *o = arg;
	const int64_t now = loop_mono(o->loop);

	while (o->farewells.next != &o->farewells) {
		struct farewell *f = OWNER(struct farewell, o->farewells.next);

		if (f->until_ms > now) {
			loop_after(o->loop, f->until_ms - now, on_farewell_time, o, &o->timer);
			return;
		}
		farewell_end(f);
	}
}

void outlets_farewell(struct outlets *o, int fd, const struct buf *words)
{
	if (words && send(fd, words->data, words->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		close(fd);
		return;
	}
	shutdown(fd, SHUT_WR);
	if (o->n_farewells >= FAREWELLS_MAX) {
		close(fd);
		return;
	}
	struct farewell *f = xmalloc(sizeof *f);
	*f = (struct farewell){ .all = o, .until_ms = loop_mono(o->loop) + FAREWELL_MS, .fd = fd };
	ring_add(&o->farewells, &f->link);
	o->n_farewells++;
	f->watch = loop_watch(o->loop, fd, EPOLLIN, on_farewell, f);
	if (!o->timer)
		loop_after(o->loop, FAREWELL_MS, on_farewell_time, o, &o->timer);
}

void outlets_free(struct outlets *o)
{
	if (!o)
		return;
	while (o->live.next != &o->live)
		end(OWNER(struct out, o->live.next));
	outlets_reap(o);
	while (o->farewells.next != &o->farewells)
		farewell_end(OWNER(struct farewell, o->farewells.next));
	timer_cancel(&o->timer);
	free(o);
}
