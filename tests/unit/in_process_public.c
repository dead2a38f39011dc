/* in_process_public.c: people who ask, and viewers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/in_process_own.h"

/* ---- people who ask ------------------------------------------------------------------------------------------------ */

struct post *post_new(struct in_process *p, const char *target, const char *type, const char *body)
{
	struct post *o = xcalloc(1, sizeof *o);
	*o = (struct post){.next = p->posts, .target = xstrdup(target), .body = body ? xstrdup(body) : NULL, .answer = {.body = BUF_INIT},
		.due = p->now + (int64_t)draw_below(p, (size_t)p->faults.delay_ms + 1)};
	snprintf(o->type, sizeof o->type, "%s", type ? type : "");
	p->posts = o;
	return o;
}

void post_free(struct post *o)
{
	reply_release(&o->answer);
	free(o->target);
	free(o->body);
	free(o);
}

/* What it was told. Anything but a yes or a no: again. */
static void post_told(struct in_process *p, struct post *o)
{
	struct error e = {0};
	o->status = o->answer.status;
	o->over = o->status == 202 || (o->status >= 400 && o->status < 500 && o->status != 429);
	if (o->status == 202 && o->answer.body.len) {
		struct json *j = json_parse(o->answer.body.data, o->answer.body.len, &e);
		assert_non_null(j);
		snprintf(o->id, sizeof o->id, "%s", json_text(j, "id"));
		snprintf(o->receipt, sizeof o->receipt, "%s", json_text(j, "receipt"));
		json_free(j);
	}
	o->due = p->now + 500 + (int64_t)draw_below(p, 2000);
	if (o->status == 503)
		assert_non_null(reply_header(&o->answer, "Retry-After"));
	if (o->over && befalls(p, p->faults.repeat))
		o->late = p->now + (int64_t)draw_below(p, REPEAT_MS);
}

static struct request request_of(const struct post *o)
{
	return (struct request){.method = o->body ? "POST" : "GET", .target = o->target, .body = o->body, .type = o->type[0] ? o->type : NULL};
}

/* Nobody listens for the answer. */
static void send_blindly(struct in_process *p, const struct request *r)
{
	struct reply lost;
	ask_begin(p, r, &lost);
	reply_release(&lost);
}

static void post_send(struct in_process *p, struct post *o)
{
	struct request r = request_of(o);
	o->tries++;
	o->lost_at = p->now + LOST_MS;
	if (befalls(p, p->faults.drop_before) || !p->backend)
		return;
	if (befalls(p, p->faults.repeat))
		send_blindly(p, &r);
	ask_begin(p, &r, &o->answer);
	if (befalls(p, p->faults.drop_after))
		reply_release(&o->answer);
}

void post_step(struct in_process *p, struct post *o)
{
	if (o->late && p->now >= o->late && p->backend) {
		struct request again = request_of(o);
		o->late = 0;
		send_blindly(p, &again);
	}
	if (o->over)
		return;
	if (o->answer.over) {
		post_told(p, o);
		reply_release(&o->answer);
		o->lost_at = 0;
	} else if (o->lost_at && p->now >= o->lost_at) {
		reply_release(&o->answer);
		o->lost_at = 0;
		o->due = p->now;
	} else if (!o->lost_at && p->now >= o->due) {
		post_send(p, o);
	}
}

/* ---- viewers ------------------------------------------------------------------------------------------------------- */

static struct viewer *of_sink(struct sink *s)
{
	return (struct viewer *)((char *)s - offsetof(struct viewer, sink));
}

static ssize_t viewer_send(struct sink *s, const struct iovec *v, int n)
{
	struct viewer *w = of_sink(s);
	size_t all = 0, taken = 0;
	assert_true(w->connected && !w->closed);
	if (in_process_died(w->p)) { /* these bytes never left it */
		w->waits = true;
		return 0;
	}
	for (int i = 0; i < n; i++)
		all += v[i].iov_len;
	size_t takes = chance(w->p, w->p->faults.viewer_slow) ? draw_below(w->p, all) : all;
	for (int i = 0; i < n && taken < takes; i++) {
		size_t some = v[i].iov_len < takes - taken ? v[i].iov_len : takes - taken;
		buf_add(&w->bytes, v[i].iov_base, some);
		taken += some;
	}
	w->waits = taken < all;
	return (ssize_t)taken;
}

static void viewer_closed(struct sink *s)
{
	of_sink(s)->closed = true;
}

struct viewer *viewer_new(struct in_process *p)
{
	struct viewer *v = xcalloc(1, sizeof *v);
	*v = (struct viewer){.next = p->viewers, .p = p, .sink = {.send = viewer_send, .close = viewer_closed}, .answer = {.body = BUF_INIT},
		.bytes = BUF_INIT, .due = p->now};
	p->viewers = v;
	return v;
}

void viewer_disconnect(struct viewer *v)
{
	reply_release(&v->answer); /* which tells the stream */
	buf_reset(&v->bytes);
	v->connected = v->waits = v->closed = false;
	v->due = v->p->now + 200;
}

void viewer_free(struct viewer *v)
{
	viewer_disconnect(v);
	for (size_t i = 0; i < v->n; i++)
		free(v->heard[i].text);
	free(v->heard);
	buf_release(&v->bytes);
	free(v);
}

static void hear(struct viewer *v, const char *block, size_t len)
{
	const char *id = strncmp(block, "id: ", 4) == 0 ? block + 4 : NULL;
	if (!id)
		return; /* a comment, or "retry" */
	snprintf(v->last, sizeof v->last, "%.*s", (int)strcspn(id, "\n"), id);
	const char *dash = strchr(v->last, '-');
	assert_non_null(dash);
	grow(&v->heard, &v->cap, v->n + 1, sizeof *v->heard);
	v->heard[v->n++] = (struct heard){strtoll(dash + 1, NULL, 10), xstrndup(block, len)};
}

static void read_blocks(struct viewer *v)
{
	for (char *end; (end = strstr(v->bytes.data, "\n\n"));) {
		size_t len = (size_t)(end + 2 - v->bytes.data);
		hear(v, v->bytes.data, len);
		buf_drop_front(&v->bytes, len);
	}
}

static void viewer_forget(struct viewer *v)
{
	while (v->n > 0)
		free(v->heard[--v->n].text);
	v->last[0] = '\0';
}

static void viewer_connect(struct viewer *v)
{
	ask_begin(v->p, &(struct request){.method = "GET", .target = "/v1/rooms/salle/live", .name = v->last[0] ? "Last-Event-ID" : NULL,
		.value = v->last}, &v->answer);
	if (in_process_died(v->p))
		return;
	if (v->answer.status == 410) { /* what it heard was of an epoch before */
		viewer_disconnect(v);
		viewer_forget(v);
		return;
	}
	assert_int_equal(v->answer.status, 200);
	v->connected = true;
	v->answer.stream->ready(v->answer.stream, &v->sink);
}

void viewer_step(struct viewer *v)
{
	if (!v->connected && v->p->backend && v->p->now >= v->due)
		viewer_connect(v);
	if (v->connected && v->waits) {
		v->waits = false;
		v->answer.stream->writable(v->answer.stream);
	}
	read_blocks(v);
	if (v->connected && (v->closed || befalls(v->p, v->p->faults.viewer_gone)))
		viewer_disconnect(v);
}
