#include "tests/unit/store_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"

static int64_t bed_now(void *ctx)
{
	return ((struct store_bed *)ctx)->now;
}

static void good(const struct store_bed *b, bool done)
{
	if (!done)
		fail_msg("%s", b->e.text);
}

static void commit(struct store_bed *b)
{
	struct committed c;
	good(b, store_commit(b->s, &c, &b->e));
}

void store_bed_reopen(struct store_bed *b)
{
	store_close(b->s);
	b->s = store_open(&b->o, &b->e);
	good(b, b->s != NULL);
}

struct store_bed *store_bed_new(void)
{
	struct store_bed *b = xcalloc(1, sizeof *b);
	char token[33];
	b->now = 1088100000000;
	b->clock = (struct clock){ .now_ms = bed_now, .mono_ms = bed_now, .ctx = b };
	snprintf(b->dir, sizeof b->dir, "/tmp/regie-bed-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->o = (struct store_options){ .dir = b->dir, .clock = &b->clock };
	good(b, store_init(&b->o, "Une heure", "fr", false, &b->e));
	store_bed_reopen(b);
	good(b, store_begin(b->s, &b->e));
	good(b, store_seat_add(b->s, "Wim", R_WEB, token, &b->e));
	commit(b);
	return b;
}

void store_bed_free(struct store_bed *b)
{
	static const char *const names[] = { "event.db", "event.db-wal", "event.db-shm", "key", "lock" };
	store_close(b->s);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(b->dir, names[i]);
		unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
}

int64_t store_bed_takes(struct store_bed *b, const char *text)
{
	struct receipt r;
	struct arrival a = { .channel = CH_SMS,
		.person = { 7, ++b->people },
		.text = text,
		.name = "",
		.room = "",
		.gateway = "",
		.gateway_id = "",
		.advance = true };
	b->now += 1000;
	good(b, store_begin(b->s, &b->e));
	good(b, store_append(b->s, &a, &r, &b->e));
	commit(b);
	return r.id;
}

bool store_bed_tries(struct store_bed *b, const char *op, const char *args)
{
	struct buf body = BUF_INIT;
	struct wire_ops offered;
	struct wire_verdict v;
	int64_t last;
	buf_addf(&body,
		"{\"client\":\"0189f7e2-0000-7000-8000-000000000001\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}",
		(long long)++b->n, op, (long long)b->now, args);
	good(b, wire_read_ops(body.data, body.len, &offered, &b->e));
	good(b, store_begin(b->s, &b->e));
	good(b, store_apply(b->s, "1", &offered, &v, &last, &b->e));
	commit(b);
	bool applied = v.verdict == V_APPLIED;
	if (!applied)
		error_set(&b->e, ERR_REFUSED, "%s: %s", op, v.text);
	wire_verdict_release(&v);
	wire_ops_release(&offered);
	buf_release(&body);
	return applied;
}

void store_bed_does(struct store_bed *b, const char *op, const char *args)
{
	good(b, store_bed_tries(b, op, args));
}

bool store_bed_lexicon(struct store_bed *b, const char *text)
{
	bool changed;
	good(b, store_begin(b->s, &b->e));
	good(b, store_lexicon(b->s, text, strlen(text), &changed, &b->e));
	commit(b);
	return changed;
}

const struct message *store_bed_message(struct store_bed *b, int64_t id)
{
	char name[ID_MAX];
	id_from_number(name, id);
	const struct message *m = (const struct message *)world_get(store_world(b->s), K_MESSAGE, name);
	assert_non_null(m);
	return m;
}

const struct theme *store_bed_theme_of(struct store_bed *b, int64_t message)
{
	const struct theme *t = theme_of(store_world(b->s), store_bed_message(b, message));
	if (t == NULL)
		fail_msg("message %lld of cluster %lld is in no theme", (long long)message,
			(long long)store_bed_message(b, message)->cluster);
	return t;
}
