#include "net/server/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"

struct check_thread {
	pthread_t thread;
	atomic_bool stop;
	bool over; /* joined already */
	struct checking *of;
	struct loop *loop;
	void (*news)(void *ctx);
	void *ctx;
	const char *dir, *vfs;
	/* the thread's, until it posts: */
	struct check_look look;
	enum check verdict;
	int64_t took_ms;
	struct error why;
};

static int64_t mono(void)
{
	return clock_mono(clock_system());
}

/* ---- at a start -------------------------------------------------------------------------------------------------- */

static bool time_is_over(void *end)
{
	return mono() >= *(int64_t *)end;
}

void check_advise(const char *dir, struct error *e)
{
	static const char other[] = "; put back a backup";
	char *last = store_backup_last(dir), why[300];
	const char *end = strstr(e->text, other);
	snprintf(why, sizeof why, "%.*s", end != NULL ? (int)(end - e->text) : 290, e->text);
	error_set(e, ERR_FORMAT, "%s; put back the newest backup: regied restore --data %.100s %.150s", why, dir,
		last != NULL ? last : "FILE");
	free(last);
}

bool check_begin(struct checking *c, const char *dir, const char *vfs, int64_t ms, struct error *e)
{
	int64_t begun = mono(), end = begun + ms;
	*c = (struct checking){ .verdict = CHECK_IN_PART };
	c->verdict = store_check(dir, vfs, &c->look, time_is_over, &end, e);
	c->took_ms = mono() - begun;
	if (c->verdict == CHECK_BAD && e->code == ERR_FORMAT)
		check_advise(dir, e);
	return c->verdict != CHECK_BAD;
}

/* ---- while it is served ------------------------------------------------------------------------------------------ */

static void finish(struct check_thread *t)
{
	if (t->over)
		return;
	pthread_join(t->thread, NULL);
	t->over = true;
}

/* On the loop. */
static void take_verdict(void *arg)
{
	struct check_thread *t = arg;
	struct checking *c = t->of;
	finish(t);
	if (atomic_load(&t->stop) || t->verdict == CHECK_IN_PART)
		return;
	c->verdict = t->verdict;
	c->look = t->look;
	c->took_ms += t->took_ms;
	if (c->verdict == CHECK_BAD) {
		if (t->why.code == ERR_FORMAT)
			check_advise(t->dir, &t->why);
		snprintf(c->why, sizeof c->why, "%.599s", t->why.text);
	}
	t->news(t->ctx);
}

static bool is_to_stop(void *arg)
{
	return atomic_load(&((struct check_thread *)arg)->stop);
}

/* Behind everything else: of the processor, and of the disk where its scheduler knows classes (ioprio_set(2): 1 a thread, 3
 * in the upper bits the idle class). */
static void step_back(void)
{
	enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };
	setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, gettid(), IOPRIO_IDLE);
}

static void *look_on(void *arg)
{
	struct check_thread *t = arg;
	int64_t begun = mono();
	step_back();
	t->verdict = store_check(t->dir, t->vfs, &t->look, is_to_stop, t, &t->why);
	t->took_ms = mono() - begun;
	loop_post(t->loop, take_verdict, t);
	return NULL;
}

bool check_go_on(struct checking *c, const char *dir, const char *vfs, struct loop *l, void (*news)(void *ctx), void *ctx,
	struct error *e)
{
	if (c->verdict != CHECK_IN_PART || c->thread != NULL)
		return true;
	struct check_thread *t = xcalloc(1, sizeof *t);
	*t = (struct check_thread){ .of = c, .loop = l, .news = news, .ctx = ctx, .dir = dir, .vfs = vfs, .look = c->look };
	if (pthread_create(&t->thread, NULL, look_on, t) != 0) {
		free(t);
		return error_set(e, ERR_IO, "no thread can be started to check the event");
	}
	c->thread = t;
	return true;
}

void check_end(struct checking *c)
{
	struct check_thread *t = c->thread;
	if (t == NULL)
		return;
	atomic_store(&t->stop, true);
	finish(t);
	c->thread = NULL;
	free(t);
}

/* ---- saying it --------------------------------------------------------------------------------------------------- */

void check_words(const struct checking *c, struct buf *out)
{
	double s = (double)c->took_ms / 1000;
	if (c->verdict == CHECK_SOUND)
		buf_addf(out, "event checked: sound, %zu tables in %.1f s", c->look.of, s);
	else if (c->verdict == CHECK_BAD)
		buf_addf(out, "event checked: damaged: %s", c->why);
	else
		buf_addf(out, "event checked in part: %zu of %zu tables are sound after %.1f s; the rest is looked at while it is served",
			c->look.done, c->look.of, s);
}

void check_json(const struct checking *c, struct buf *out)
{
	static const char *const words[] = { [CHECK_SOUND] = "sound", [CHECK_IN_PART] = "going on", [CHECK_BAD] = "damaged" };
	buf_adds(out, ",\"check\":{\"verdict\":");
	json_string(out, words[c->verdict]);
	json_member_int(out, "done", (int64_t)c->look.done);
	json_member_int(out, "of", (int64_t)c->look.of);
	if (c->why[0] != '\0')
		json_member(out, "text", c->why);
	buf_addc(out, '}');
}
