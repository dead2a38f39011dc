/* curl.c: the transport of the programs: one multi handle, its connections kept. With curl_load.h the only file that knows curl.
 *
 * With several addresses one is `current`. A call that fails there is made again at the next, which is current from then
 * on. While something is asked of an address that says nothing (as "Happy Eyeballs", RFC 8305, does for connections):
 *
 *   QUIET_MS     it is probed; HELD_MS when all that is asked is held by the backend, and quiet by nature
 *   OTHERS_MS    later the others are probed too
 *   GIVE_UP_MS   after the probe began all calls go on at the first of the others that answered, as soon as one has
 *   SILENT_MS    after it none did: they go on at the next
 *
 * The first address is probed now and then while another is current; once it answers, all calls go on there. An only
 * address is probed while a call is held there, and that one is given up when no answer comes.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "net/client/curl_load.h"
#include "net/client/transport.h"
#include "src/base/cli.h"
#include "src/base/clock.h"
#include "src/base/mem.h"

enum {
	CONNECT_MS = 2000,
	SILENCE_MS = 10000, /* bytes that the other side does not acknowledge for so long end the connection */
	PROBE_S = 5,        /* an idle connection is probed after so long */
	CONNECTIONS_MAX = 8,
	/* with several addresses: */
	QUIET_MS = 600,
	HELD_MS = 1100,
	OTHERS_MS = 150,
	GIVE_UP_MS = 400,
	SILENT_MS = 1100,
	PROBE_MS = 1500,
	AGAIN_MS = 10000, /* how often the first is probed while another is used */
	/* with one: a call that is held is quiet by nature, but a backend that lives answers a probe meanwhile */
	ONLY_HELD_MS = 4000,
	ONLY_SILENT_MS = 3000,
};

struct backend {
	char *url;        /* without a slash at its end */
	bool local;       /* on this machine: no proxy, no compression */
	CURL *probe;      /* GET /healthz, while it is under way */
	int64_t asked_at; /* mono ms; when the last probe began */
	int64_t well_at;  /* when one was last answered */
};

struct curl_transport;
/* A call under way, or over and not yet reported (easy NULL). */
struct ride {
	struct ride *next;
	struct curl_transport *transport;
	struct call *call;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	size_t backend; /* index of the one being asked */
	size_t tried;   /* how many were, this one included */
	bool too_big;
};

struct curl_transport {
	struct transport t; /* first: a transport is cast to this */
	CURLM *multi;
	struct backend *backends;
	size_t n_backends;
	size_t current; /* the one that is used */
	int64_t heard_at;    /* of the current one; or since when something is asked of it */
	int64_t spoke_at;    /* of an only one: when it last said anything, or since when it holds a call */
	int64_t first_due;   /* mono ms; when the first is probed while another is current */
	int64_t again_ms;
	char *authorization, *ca_file, *pin;
	struct ride *rides;
};

static struct curl_transport *own(struct transport *t)
{
	return (struct curl_transport *)t;
}

/* ---- addresses ------------------------------------------------------------------------------------------------- */

static bool host_is_local(const char *host)
{
	struct in_addr a;
	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &a) == 1 && (ntohl(a.s_addr) >> 24) == 127;
}

static bool read_url(CURLU *u, const char *url, struct backend *out)
{
	char *scheme = NULL, *host = NULL, *user = NULL, *query = NULL;
	bool good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		(strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
		curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
		curl_url_get(u, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY;
	if (good) {
		size_t len = strlen(url);
		while (len > 0 && url[len - 1] == '/')
			len--;
		*out = (struct backend){ .url = xstrndup(url, len), .local = host_is_local(host) };
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(query);
	return good;
}

static bool add_backend(struct curl_transport *ct, const char *url, struct error *e)
{
	CURLU *u = curl_url();
	bool good = u != NULL && read_url(u, url, &ct->backends[ct->n_backends]);
	curl_url_cleanup(u);
	if (!good)
		return error_set(e, ERR_USAGE,
			"\"%s\" is not the address of a backend; give one like \"http://HOST:PORT\"", url);
	ct->n_backends++;
	return true;
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

static bool never_connected(CURLcode code, CURL *easy)
{
	curl_off_t connected = 0;
	switch (code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_SSL_CONNECT_ERROR:
		return true;
	case CURLE_OPERATION_TIMEDOUT:
		return curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected == 0;
	default:
		return false;
	}
}

/* Why, in lower case: the system's word when it said one, else curl's. */
static void say_why(CURLcode code, CURL *easy, char *out, size_t size)
{
	long number = 0;
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	if (code == CURLE_COULDNT_RESOLVE_HOST)
		snprintf(out, size, "its name is not known");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(out, size, "it did not answer in time");
	else if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		snprintf(out, size, "its key is not the one that was pinned");
	else if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR)
		snprintf(out, size, "it broke off");
	else
		snprintf(out, size, "%s",
			code == CURLE_COULDNT_CONNECT && number != 0 ? strerror((int)number)
								     : curl_easy_strerror(code));
	if (out[0] && !isupper((unsigned char)out[1])) /* "Couldn't" but not "SSL" */
		out[0] = (char)tolower((unsigned char)out[0]);
}

static void fail(struct curl_transport *ct, struct ride *r, CURLcode code)
{
	char why[200];
	r->call->status = 0;
	if (r->too_big) {
		error_set(&r->call->error, ERR_TOO_BIG, "the answer of the backend at \"%s\" is longer than %zu bytes",
			ct->backends[r->backend].url, r->call->answer_max);
		return;
	}
	say_why(code, r->easy, why, sizeof why);
	error_set(&r->call->error, ERR_NET, "the backend at \"%s\" cannot be reached: %s", ct->backends[r->backend].url,
		why);
}

/* ---- a call ---------------------------------------------------------------------------------------------------- */

static int64_t mono(void)
{
	return clock_mono(clock_system());
}

static size_t take_answer(char *data, size_t size, size_t n, void *arg)
{
	struct ride *r = arg;
	if (r->backend == r->transport->current)
		r->transport->heard_at = r->transport->spoke_at = mono();
	(void)size; /* is 1 */
	if (n > r->call->answer_max - r->call->answer.len) {
		r->too_big = true;
		return 0;
	}
	buf_add(&r->call->answer, data, n);
	return n;
}

static int set_silence(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	unsigned ms = SILENCE_MS;
	(void)arg;
	(void)purpose;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms); /* best effort */
	return CURL_SOCKOPT_OK;
}

static void set_method(struct ride *r)
{
	const struct call *c = r->call;
	if (c->body != NULL) {
		curl_easy_setopt(r->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, c->body);
		curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_len);
	}
	if (strcmp(c->method, c->body == NULL ? "GET" : "POST") != 0)
		curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, c->method);
}

static bool is_whole_url(const char *path)
{
	return path[0] != '/';
}

static void set_headers(struct curl_transport *ct, struct ride *r)
{
	char type[120];
	r->headers = curl_slist_append(NULL, "Expect:");
	if (ct->authorization != NULL && !is_whole_url(r->call->path))
		r->headers = curl_slist_append(r->headers, ct->authorization);
	if (r->call->body != NULL) {
		snprintf(type, sizeof type, "Content-Type: %s",
			r->call->type == NULL ? "application/json" : r->call->type);
		r->headers = curl_slist_append(r->headers, type);
	}
	curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
	if (r->call->cookie != NULL)
		curl_easy_setopt(r->easy, CURLOPT_COOKIE, r->call->cookie);
}

static void set_bounds(struct ride *r)
{
	curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(r->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(r->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)r->call->timeout_ms);
	curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPIDLE, (long)PROBE_S);
	curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPINTVL, (long)PROBE_S);
	curl_easy_setopt(r->easy, CURLOPT_SOCKOPTFUNCTION, set_silence);
}

static void set_trust(struct curl_transport *ct, struct ride *r)
{
	if (ct->ca_file != NULL)
		curl_easy_setopt(r->easy, CURLOPT_CAINFO, ct->ca_file);
	if (ct->pin == NULL)
		return;
	curl_easy_setopt(r->easy, CURLOPT_PINNEDPUBLICKEY, ct->pin);
	if (ct->ca_file == NULL) { /* the key itself is known: nobody need vouch for it */
		curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void point_at(struct curl_transport *ct, struct ride *r)
{
	const struct backend *b = &ct->backends[r->backend];
	struct buf url = BUF_INIT;
	buf_addf(&url, "%s%s", is_whole_url(r->call->path) ? "" : b->url, r->call->path);
	free(r->url);
	r->url = buf_detach(&url);
	curl_easy_setopt(r->easy, CURLOPT_URL, r->url);
	curl_easy_setopt(r->easy, CURLOPT_ACCEPT_ENCODING, b->local ? NULL : "gzip");
	curl_easy_setopt(r->easy, CURLOPT_PROXY, b->local ? "" : NULL);
}

static void ride_end(struct curl_transport *ct, struct ride *r)
{
	if (r->easy != NULL) {
		curl_multi_remove_handle(ct->multi, r->easy);
		curl_easy_cleanup(r->easy);
	}
	curl_slist_free_all(r->headers);
	free(r->url);
	r->easy = NULL;
	r->headers = NULL;
	r->url = NULL;
}

/* `now`: something that the backend does not hold. */
static bool asked_of(const struct curl_transport *ct, size_t backend, bool now)
{
	for (const struct ride *r = ct->rides; r != NULL; r = r->next)
		if (r->easy != NULL && r->backend == backend && !(now && r->call->held))
			return true;
	return false;
}

static bool holds(const struct curl_transport *ct)
{
	for (const struct ride *r = ct->rides; r != NULL; r = r->next)
		if (r->easy != NULL && r->call->held)
			return true;
	return false;
}

static void transport_start(struct transport *t, struct call *c)
{
	struct curl_transport *ct = own(t);
	struct ride *r = xcalloc(1, sizeof *r);
	*r = (struct ride){
		.next = ct->rides,
		.transport = ct,
		.call = c,
		.easy = curl_easy_init(),
		.backend = ct->current,
		.tried = 1
	};
	if (!asked_of(ct, ct->current, !c->held))
		ct->heard_at = mono();
	if (c->held && !holds(ct))
		ct->spoke_at = mono();
	ct->rides = r;
	c->status = 0;
	c->answer_type[0] = '\0';
	c->retry_after_ms = 0;
	c->error = (struct error){ 0 };
	buf_reset(&c->answer);
	if (r->easy == NULL) {
		error_set(&c->error, ERR_NET, "no call could be started");
		return; /* reported by the next run */
	}
	curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
	curl_easy_setopt(r->easy, CURLOPT_USERAGENT, "regie/" REGIE_VERSION);
	curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
	set_bounds(r);
	set_trust(ct, r);
	set_method(r);
	set_headers(ct, r);
	point_at(ct, r);
	curl_multi_add_handle(ct->multi, r->easy);
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static void note_answer(struct ride *r)
{
	long status = 0;
	const char *type = NULL;
	curl_off_t retry_s = 0;
	curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &retry_s);
	r->call->retry_after_ms = retry_s > 0 && retry_s < 86400 ? (int64_t)retry_s * 1000 : 0;
	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(r->easy, CURLINFO_CONTENT_TYPE, &type);
	r->call->status = (int)status;
	snprintf(r->call->answer_type, sizeof r->call->answer_type, "%.*s", type == NULL ? 0 : (int)strcspn(type, "; "),
		type == NULL ? "" : type);
}

static void use(struct curl_transport *ct, size_t backend)
{
	ct->current = backend;
	ct->heard_at = mono();
	ct->first_due = mono() + ct->again_ms;
}

/* Asks another address in the same call. */
static void ask_again(struct curl_transport *ct, struct ride *r, size_t backend)
{
	curl_multi_remove_handle(ct->multi, r->easy);
	r->backend = backend;
	buf_reset(&r->call->answer);
	point_at(ct, r);
	curl_multi_add_handle(ct->multi, r->easy);
}

static size_t next_of(const struct curl_transport *ct, size_t backend)
{
	return (backend + 1) % ct->n_backends;
}

/* A call failed there: others begin elsewhere from now on. */
static void give_up(struct curl_transport *ct, size_t backend)
{
	if (ct->current == backend)
		use(ct, next_of(ct, backend));
}

static void settle(struct curl_transport *ct, struct ride *r, CURLcode code)
{
	bool may_move = never_connected(code, r->easy) || (code != CURLE_OPERATION_TIMEDOUT && !r->too_big);
	if (code != CURLE_OK && may_move && r->tried < ct->n_backends) {
		size_t from = r->backend;
		give_up(ct, from);
		r->tried++;
		ask_again(ct, r, ct->current == from ? next_of(ct, from) : ct->current);
		return;
	}
	if (code == CURLE_OK) {
		if (r->backend == ct->current)
			ct->heard_at = ct->spoke_at = mono();
		note_answer(r);
	} else {
		fail(ct, r, code);
		if (!r->too_big)
			give_up(ct, r->backend);
	}
	ride_end(ct, r);
}

/* ---- probes ---------------------------------------------------------------------------------------------------- */

static size_t take_nothing(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static void probe_end(struct curl_transport *ct, struct backend *b)
{
	if (b->probe == NULL)
		return;
	curl_multi_remove_handle(ct->multi, b->probe);
	curl_easy_cleanup(b->probe);
	b->probe = NULL;
}

static void probe_start(struct curl_transport *ct, size_t backend)
{
	struct buf url = BUF_INIT;
	struct backend *b = &ct->backends[backend];
	struct call c = { .timeout_ms = PROBE_MS };
	struct ride like = { .call = &c, .easy = curl_easy_init(), .backend = backend };
	b->asked_at = mono();
	if (b->probe != NULL || like.easy == NULL) {
		curl_easy_cleanup(like.easy);
		return;
	}
	buf_addf(&url, "%s/healthz", b->url);
	set_bounds(&like);
	set_trust(ct, &like);
	curl_easy_setopt(like.easy, CURLOPT_CONNECTTIMEOUT_MS, (long)PROBE_MS);
	curl_easy_setopt(like.easy, CURLOPT_URL, url.data);
	curl_easy_setopt(like.easy, CURLOPT_PROXY, b->local ? "" : NULL);
	curl_easy_setopt(like.easy, CURLOPT_WRITEFUNCTION, take_nothing);
	curl_easy_setopt(like.easy, CURLOPT_USERAGENT, "regie/" REGIE_VERSION);
	if (backend != ct->current) /* what it does on an old connection says nothing of new ones */
		curl_easy_setopt(like.easy, CURLOPT_FRESH_CONNECT, 1L);
	b->probe = like.easy;
	buf_release(&url); /* curl keeps copies of strings */
	curl_multi_add_handle(ct->multi, b->probe);
}

/* What was asked elsewhere is asked of the address in use. */
static void bring_all(struct curl_transport *ct, bool afresh)
{
	for (struct ride *r = ct->rides; r != NULL; r = r->next) {
		if (r->easy == NULL || r->backend == ct->current || (afresh && r->call->answer.len > 0))
			continue;
		r->tried = afresh ? 1 : r->tried + 1;
		if (r->tried <= ct->n_backends) {
			ask_again(ct, r, ct->current);
		} else {
			fail(ct, r, CURLE_OPERATION_TIMEDOUT);
			ride_end(ct, r);
		}
	}
}

static void move_to(struct curl_transport *ct, size_t backend)
{
	use(ct, backend);
	bring_all(ct, false);
}

/* The first other one that answered since the current one was heard; n_backends: none. */
static size_t well_since(const struct curl_transport *ct)
{
	for (size_t i = next_of(ct, ct->current); i != ct->current; i = next_of(ct, i))
		if (ct->backends[i].well_at >= ct->heard_at)
			return i;
	return ct->n_backends;
}

static void probe_others(struct curl_transport *ct)
{
	for (size_t i = 0; i < ct->n_backends; i++)
		if (i != ct->current && ct->backends[i].asked_at < ct->heard_at)
			probe_start(ct, i);
}

/* While something is asked of the current address. How long until the next step may be due. */
static int64_t look_at_current(struct curl_transport *ct, int64_t now)
{
	const struct backend *b = &ct->backends[ct->current];
	int64_t patience = asked_of(ct, ct->current, true) ? QUIET_MS : HELD_MS, quiet = now - ct->heard_at;
	if (quiet < patience)
		return patience - quiet;
	if (b->asked_at < ct->heard_at)
		probe_start(ct, ct->current);
	int64_t since = now - b->asked_at;
	size_t other = well_since(ct);
	if (since >= OTHERS_MS)
		probe_others(ct);
	if ((since >= GIVE_UP_MS && other < ct->n_backends) || since >= SILENT_MS) {
		move_to(ct, other < ct->n_backends ? other : next_of(ct, ct->current));
		return QUIET_MS;
	}
	return since < OTHERS_MS ? OTHERS_MS - since : since < GIVE_UP_MS ? GIVE_UP_MS - since : SILENT_MS - since;
}

static void probed(struct curl_transport *ct, size_t backend, CURLcode code)
{
	long status = 0;
	struct backend *b = &ct->backends[backend];
	curl_easy_getinfo(b->probe, CURLINFO_RESPONSE_CODE, &status);
	probe_end(ct, b);
	if (code != CURLE_OK || status != 200)
		return;
	b->well_at = mono();
	if (b->well_at <= b->asked_at) /* in the same millisecond: answered is later than asked all the same */
		b->well_at = b->asked_at + 1;
	if (backend == ct->current) {
		ct->heard_at = ct->spoke_at = b->well_at;
	} else if (backend == 0 && b->asked_at >= ct->first_due) {
		use(ct, 0);
		bring_all(ct, true);
	}
}

/* The only address there is: what it holds is given up when it answers no probe, so that the link is not called up that is
 * not. Calls that it does not hold have their own patience. */
static int64_t look_at_only(struct curl_transport *ct, int64_t now)
{
	const struct backend *b = &ct->backends[0];
	int64_t quiet = now - ct->spoke_at, held = ct->again_ms, silent = ct->again_ms;
	held = held < ONLY_HELD_MS ? held : ONLY_HELD_MS;
	silent = silent < ONLY_SILENT_MS ? silent : ONLY_SILENT_MS;
	if (!holds(ct))
		return INT64_MAX;
	if (quiet < held)
		return held - quiet;
	if (b->asked_at < ct->spoke_at)
		probe_start(ct, 0);
	if (now - b->asked_at < silent)
		return silent - (now - b->asked_at);
	probe_end(ct, &ct->backends[0]);
	for (struct ride *r = ct->rides; r != NULL; r = r->next)
		if (r->easy != NULL && r->call->held) {
			fail(ct, r, CURLE_OPERATION_TIMEDOUT);
			ride_end(ct, r);
		}
	ct->spoke_at = now;
	return 0;
}

/* Starts what is due; how long until something may be. */
static int64_t look_around(struct curl_transport *ct)
{
	int64_t now = mono(), left = AGAIN_MS;
	if (ct->n_backends < 2)
		return look_at_only(ct, now);
	if (ct->current != 0 && now >= ct->first_due && ct->backends[0].asked_at < ct->first_due)
		probe_start(ct, 0);
	if (ct->current != 0 && now >= ct->first_due && ct->backends[0].probe == NULL)
		ct->first_due = now + ct->again_ms; /* it was not answered */
	if (ct->current != 0 && ct->first_due > now)
		left = ct->first_due - now;
	if (asked_of(ct, ct->current, false)) {
		int64_t step = look_at_current(ct, now);
		left = step < left ? step : left;
	}
	return left;
}

/* Reports a call that is over, if there is one; its over() may start and cancel others. */
static bool report_one(struct curl_transport *ct)
{
	for (struct ride **p = &ct->rides; *p != NULL; p = &(*p)->next)
		if ((*p)->easy == NULL) {
			struct ride *r = *p;
			struct call *c = r->call;
			*p = r->next;
			free(r);
			c->over(c);
			return true;
		}
	return false;
}

static size_t probe_of(const struct curl_transport *ct, const CURL *easy)
{
	size_t i = 0;
	while (i < ct->n_backends && ct->backends[i].probe != easy)
		i++;
	return i;
}

static bool proceed(struct curl_transport *ct)
{
	int running, left;
	bool any = false;
	CURLMsg *m;
	curl_multi_perform(ct->multi, &running);
	while ((m = curl_multi_info_read(ct->multi, &left)) != NULL) {
		struct ride *r = NULL;
		CURLcode code = m->data.result;
		size_t of = probe_of(ct, m->easy_handle);
		if (of < ct->n_backends) {
			probed(ct, of, code);
			continue;
		}
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&r);
		settle(ct, r, code);
	}
	while (report_one(ct))
		any = true;
	return any;
}

static void transport_run(struct transport *t, int64_t wait_ms)
{
	struct curl_transport *ct = own(t);
	int ms = wait_ms < 0 ? 0 : wait_ms > 3600000 ? 3600000 : (int)wait_ms;
	int64_t left = look_around(ct);
	if (proceed(ct) || ms == 0)
		return;
	if (left < ms)
		ms = (int)left;
	curl_multi_poll(ct->multi, NULL, 0, ms, NULL);
	proceed(ct);
}

static void transport_wake(struct transport *t)
{
	curl_multi_wakeup(own(t)->multi);
}

static void transport_cancel(struct transport *t, struct call *c)
{
	struct curl_transport *ct = own(t);
	for (struct ride *r = ct->rides; r != NULL; r = r->next)
		if (r->call == c && r->easy != NULL) {
			ride_end(ct, r);
			c->status = 0;
			error_set(&c->error, ERR_NET, "the call was ended");
		}
}

static const char *transport_address(struct transport *t)
{
	struct curl_transport *ct = own(t);
	return ct->backends[ct->current].url;
}

static void transport_free(struct transport *t)
{
	struct curl_transport *ct = own(t);
	for (size_t i = 0; i < ct->n_backends; i++)
		probe_end(ct, &ct->backends[i]);
	for (struct ride *r = ct->rides, *next; r != NULL; r = next) {
		next = r->next;
		ride_end(ct, r);
		free(r);
	}
	if (ct->multi != NULL)
		curl_multi_cleanup(ct->multi);
	for (size_t i = 0; i < ct->n_backends; i++)
		free(ct->backends[i].url);
	free(ct->backends);
	free(ct->authorization);
	free(ct->ca_file);
	free(ct->pin);
	free(ct);
}

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static char *copy_or_null(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

/* A token goes into a header line: nothing in it may end that line. */
static bool token_is_plain(const char *token)
{
	for (const char *p = token == NULL ? "" : token; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return true;
}

struct transport *curl_transport_new(const struct transport_options *o, struct error *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (!curl_load(e))
		return NULL;
	pthread_once(&once, init_curl);
	struct curl_transport *ct = xcalloc(1, sizeof *ct);
	ct->t = (struct transport){ .start = transport_start,
		.run = transport_run,
		.wake = transport_wake,
		.cancel = transport_cancel,
		.address = transport_address,
		.free = transport_free };
	ct->again_ms = o->again_ms > 0 ? o->again_ms : AGAIN_MS;
	ct->multi = curl_multi_init();
	ct->backends = xcalloc(o->n_backends + 1, sizeof *ct->backends);
	ct->ca_file = copy_or_null(o->ca_file);
	ct->pin = copy_or_null(o->pin);
	bool good = ct->multi != NULL || error_set(e, ERR_NET, "no call can be made: curl does not start");
	if (good && !token_is_plain(o->token))
		good = error_set(e, ERR_USAGE, "the token is not one: it holds spaces or control characters");
	if (good && o->n_backends == 0)
		good = error_set(e, ERR_USAGE, "no backend was named; give --backend URL");
	for (size_t i = 0; good && i < o->n_backends; i++)
		good = add_backend(ct, o->backends[i], e);
	if (!good) {
		transport_free(&ct->t);
		return NULL;
	}
	if (o->token != NULL && o->token[0] != '\0') {
		struct buf header = BUF_INIT;
		buf_addf(&header, "Authorization: Bearer %s", o->token);
		ct->authorization = buf_detach(&header);
	}
	long kept = o->connections > 0 ? (long)o->connections : CONNECTIONS_MAX;
	curl_multi_setopt(ct->multi, CURLMOPT_MAXCONNECTS, kept);
	return &ct->t;
}
