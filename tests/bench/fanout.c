/* fanout.c: how long one event takes to the last of many viewers, what it costs, and what a viewer costs.
 *
 *   fanout serve PORT                     our server: GET /live, POST /publish
 *   fanout measure PORT LIVE PUBLISH N EVENTS BYTES PID...
 *                                         N viewers of LIVE (processes of at most 9,000), EVENTS times POST to PUBLISH;
 *                                         prints: last_ms p50_ms cpu_ms bytes_per_viewer (medians; PIDs are the server's)
 *
 * last and p50 are when the bytes reached the viewers' sockets, as the kernel notes it. Our few processes, which stand for
 * thousands of machines but share the server's cores, sleep until the server has been quiet for a while and read then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/server/http.h"
#include "net/server/hub.h"
#include "src/base/mem.h"

/* ---- our server ----------------------------------------------------------------------------------------------------- */

static void handle(void *ctx, struct exchange *x)
{
	struct hub *h = ctx;

	if (!strcmp(x->req.path, "/live")) {
		x->res.status = 200;
		x->res.type = "text/event-stream";
		response_header(&x->res, "Cache-Control", "no-store");
		exchange_stream(x, hub_viewer(h, 0, 0, "retry: 2000\n\n"));
	} else {
		struct buf event = BUF_INIT;

		buf_addf(&event, "id: %llu\ndata: %s\n\n", (unsigned long long)hub_last(h) + 1, x->req.body);
		hub_append(h, event.data, event.len);
		buf_release(&event);
		hub_flush(h);
		x->res.status = 202;
	}
	exchange_done(x);
}

static int serve(int port)
{
	struct loop *l = loop_new(clock_system());
	struct hub *h = hub_new(l, 60000, 30000);
	struct http_options o = { .listen = { { ON_PUBLIC, "127.0.0.1", port } },
		.n_listen = 1,
		.body_max = 16384,
		.deadline_ms = 60000,
		.handle = handle,
		.ctx = h };
	struct error e = { 0 };

	o.reader_streams = getenv("FANOUT_READER") != NULL;
	if (!http_server_new(l, &o, &e)) {
		fprintf(stderr, "fanout: %s\n", e.text);
		return 1;
	}
	loop_run(l);
	return 0;
}

/* ---- viewers -------------------------------------------------------------------------------------------------------- */

enum { A_PROCESS = 9000, EVENTS_MAX = 100, MARK = '~', VIEWERS_MAX = 40000 };

struct result {
	_Atomic unsigned connected;
	_Atomic unsigned arrived[EVENTS_MAX];
	_Atomic int64_t times_us[EVENTS_MAX][VIEWERS_MAX];
	_Atomic unsigned to_read; /* events that the viewers are to read by now */
};
static struct result *result;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t); /* that of the kernel's notes */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void pause_ms(int ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000L };

	nanosleep(&t, NULL); /* banned-ok: it looks rarely, not to disturb what it measures */
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Every process comes from an address of its own, for there are 28,000 ports an address. */
static int dial(int port, unsigned from)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + from) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		die("connect");
	return fd;
}

/* When the kernel received what recvmsg gave; 0 when it does not say. */
static int64_t arrival_us(struct msghdr *m)
{
	struct timespec t;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof t);
			return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
		}
	return 0;
}

/* Returns how many events it read. */
static unsigned on_bytes(int fd, uint16_t *seen)
{
	char bytes[8192], control[100];
	struct msghdr m = { .msg_iov = &(struct iovec){ bytes, sizeof bytes },
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control };
	const ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

	if (n <= 0) {
		if (n < 0 && errno == EAGAIN)
			return 0;
		fprintf(stderr, "fanout: a viewer was disconnected\n");
		exit(1);
	}
	const uint16_t before = *seen;
	const int64_t now = now_us(), arrival = arrival_us(&m);
	for (const char *p = bytes; (p = memchr(p, MARK, (size_t)(bytes + n - p))); p++) {
		const unsigned event = (*seen)++;

		if (event >= EVENTS_MAX)
			exit(1);
		const unsigned place = atomic_fetch_add(&result->arrived[event], 1);
		atomic_store(&result->times_us[event][place], arrival ? arrival : now);
	}
	return *seen - before;
}

static void view(int port, const char *path, unsigned n, unsigned from)
{
	const int epoll = epoll_create1(0);
	uint16_t *seen = calloc(n + 1000, sizeof *seen);
	struct epoll_event events[512];
	char request[300];

	const int len = snprintf(request, sizeof request,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nUser-Agent: Mozilla/5.0 (X11; "
		"Linux x86_64; "
		"rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept-Language: fr\r\nCache-Control: no-cache\r\n\r\n",
		path);
	for (unsigned i = 0; i < n; i++) {
		const int fd = dial(port, from);
		char head[2000];

		if (send(fd, request, (size_t)len, 0) != len || recv(fd, head, sizeof head, 0) <= 0)
			die("head");
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
		if ((unsigned)fd >= n + 1000)
			exit(1);
		atomic_fetch_add(&result->connected, 1);
	}
	for (uint64_t read = 0;; pause_ms(1)) {
		if (read >= (uint64_t)n * atomic_load(&result->to_read))
			continue;
		const int ready = epoll_wait(epoll, events, 512, 0);
		for (int i = 0; i < ready; i++)
			read += on_bytes(events[i].data.fd, &seen[events[i].data.fd]);
	}
}

/* ---- figures -------------------------------------------------------------------------------------------------------- */

static double read_number(const char *pid, const char *file, const char *format)
{
	char path[100], line[300];
	double value = 0;

	snprintf(path, sizeof path, "/proc/%s/%s", pid, file);
	FILE *f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, format, &value) == 1)
			break;
	fclose(f);
	return value;
}

static double cpu_ms(char **pids)
{
	double sum = 0;

	for (; *pids; pids++)
		sum += read_number(*pids, "schedstat", "%lf") / 1e6;
	return sum;
}

static double memory(char **pids)
{
	double sum = 0;

	for (; *pids; pids++)
		sum += read_number(*pids, "smaps_rollup", "Pss: %lf") * 1024;
	return sum;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, compare);
	return v[n / 2];
}

static void publish(int fd, const char *path, const char *body, size_t len)
{
	char request[4000], answer[2000];
	const int n = snprintf(request, sizeof request,
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
		path, len, body);

	if (send(fd, request, (size_t)n, 0) != n)
		die("publish");
	if (recv(fd, answer, sizeof answer, 0) <= 12 || answer[9] != '2')
		die("publish: not accepted");
}

/* Until the server used no CPU for 60 ms; returns what it used since `before`. */
static double wait_for_quiet(char **pids, double before)
{
	double used = 0, now;

	for (int quiet = 0; quiet < 6; used = now) {
		pause_ms(10);
		now = cpu_ms(pids) - before;
		quiet = now - used < .1 ? quiet + 1 : 0;
	}
	return used;
}

static double wait_for_all(unsigned event, unsigned n, int64_t begun, double *p50)
{
	atomic_store(&result->to_read, event + 1);
	while (atomic_load(&result->arrived[event]) < n)
		pause_ms(1);
	double *times = calloc(n, sizeof *times);
	for (unsigned i = 0; i < n; i++) {
		int64_t t;

		while ((t = atomic_load(&result->times_us[event][i])) == 0)
			;
		times[i] = (double)(t - begun) / 1000;
	}
	*p50 = median(times, n);
	const double last = times[n - 1];
	free(times);
	return last;
}

static int measure(int port, const char *live, const char *pub, unsigned n, unsigned events, size_t bytes, char **pids)
{
	double last[EVENTS_MAX], p50[EVENTS_MAX], cpu[EVENTS_MAX];
	pid_t children[10];
	unsigned n_children = 0;

	if (n > VIEWERS_MAX || events > EVENTS_MAX || bytes > 3000)
		return 2;
	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *body = xcalloc(1, bytes + 1);
	memset(body, 'x', bytes);
	body[bytes - 1] = MARK;
	const double before = memory(pids);
	for (unsigned at = 0; at < n; at += A_PROCESS, n_children++) {
		children[n_children] = fork();
		if (children[n_children] == 0)
			view(port, live, n - at < A_PROCESS ? n - at : A_PROCESS, (unsigned)getpid() % 60000 + 1);
	}
	while (atomic_load(&result->connected) < n) {
		int status;

		if (waitpid(-1, &status, WNOHANG) > 0)
			return 1;
		pause_ms(20);
	}
	pause_ms(500);
	const double after = memory(pids);
	const int fd = dial(port, 0);
	for (unsigned i = 0; i < events; i++) {
		const double c = cpu_ms(pids);
		const int64_t begun = now_us();

		publish(fd, pub, body, bytes);
		cpu[i] = wait_for_quiet(pids, c);
		last[i] = wait_for_all(i, n, begun, &p50[i]);
	}
	printf("%.1f %.1f %.1f %.0f\n", median(last, events), median(p50, events), median(cpu, events),
		(after - before) / n);
	for (unsigned i = 0; i < n_children; i++)
		kill(children[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve((int)strtol(argv[2], NULL, 10));
	if (argc >= 9 && !strcmp(argv[1], "measure"))
		return measure((int)strtol(argv[2], NULL, 10), argv[3], argv[4], (unsigned)strtoul(argv[5], NULL, 10),
			(unsigned)strtoul(argv[6], NULL, 10), strtoul(argv[7], NULL, 10), argv + 8);
	fprintf(stderr, "usage: fanout serve PORT | fanout measure PORT LIVE PUBLISH N EVENTS BYTES PID...\n");
	return 2;
}
