/* post_load.c: as many POSTs as a server takes: N keep-alive connections, one request each under way, bodies of 160 bytes
 * that all differ. Prints "RATE P50_US P99_US NOT_202".
 *
 *   post_load PORT CONNECTIONS SECONDS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 1 << 22 };
struct conn { int fd; int64_t sent_us; char in[2048]; size_t n; };
static uint32_t *samples;
static size_t n_samples;
static long done, bad, number;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void post(struct conn *c)
{
	char body[200], req[512];
	int n = snprintf(body, sizeof body, "{\"text\":\"Question %09ld : est-ce que le Smic va augmenter au premier juillet, et de combien "
		"exactement ?\",\"name\":\"Momi%05ld\",\"id\":\"%ld\"", number, number % 100000, number);
	while (n < 159)
		body[n++] = ' ';
	body[n++] = '}';
	number++;
	int r = snprintf(req, sizeof req, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%.*s",
		n, n, body);
	c->sent_us = now_us();
	c->n = 0;
	if (send(c->fd, req, (size_t)r, MSG_NOSIGNAL) != r)
		exit((perror("post_load: send"), 1));
}

/* True when a whole answer is there. */
static int answered(struct conn *c)
{
	char *head = memmem(c->in, c->n, "\r\n\r\n", 4);
	if (!head)
		return 0;
	char *len = strcasestr(c->in, "content-length:");
	size_t body = len && len < head ? strtoul(len + 15, NULL, 10) : 0;
	if (c->n < (size_t)(head + 4 - c->in) + body)
		return 0;
	if (strncmp(c->in + 9, "202", 3) != 0)
		bad++;
	return 1;
}

static void readable(struct conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->n, sizeof c->in - 1 - c->n, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		exit((fprintf(stderr, "post_load: the server closed a connection\n"), 1));
	c->n += (size_t)n;
	c->in[c->n] = '\0';
	if (!answered(c))
		return;
	done++;
	if (n_samples < SAMPLES)
		samples[n_samples++] = (uint32_t)(now_us() - c->sent_us);
	post(c);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return fprintf(stderr, "usage: post_load PORT CONNECTIONS SECONDS\n"), 2;
	int n = (int)strtol(argv[2], NULL, 10), ep = epoll_create1(0), one = 1;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(argv[1], NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct conn *conns = calloc((size_t)n, sizeof *conns);
	samples = malloc(SAMPLES * sizeof *samples);
	number = (long)getpid() * 10000000L;
	for (int i = 0; i < n; i++) {
		conns[i].fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(conns[i].fd, (struct sockaddr *)&a, sizeof a) < 0)
			return perror("post_load: connect"), 1;
		setsockopt(conns[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &conns[i]};
		epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, &ev);
	}
	int64_t begun = now_us(), end = begun + strtol(argv[3], NULL, 10) * 1000000;
	for (int i = 0; i < n; i++)
		post(&conns[i]);
	while (now_us() < end) {
		struct epoll_event ev[256];
		int k = epoll_wait(ep, ev, 256, 100);
		for (int i = 0; i < k; i++)
			readable(ev[i].data.ptr);
	}
	double seconds = (double)(now_us() - begun) / 1e6;
	qsort(samples, n_samples, sizeof *samples, by_size);
	printf("%.0f %u %u %ld\n", (double)done / seconds, n_samples ? samples[n_samples / 2] : 0, n_samples ? samples[n_samples * 99 / 100] : 0, bad);
	return 0;
}
