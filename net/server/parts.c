/* parts.c: long messages by key, in two queues: those that wait, by age, and those that were settled, by age. */
#include "net/server/parts.h"

#include <stdlib.h>
#include <string.h>

#include "net/server/sms_fields.h"
#include "src/base/mem.h"

enum stage { WAITING, STORING, SETTLED };

struct piece {
	bool here;
	struct key128 print; /* of its bytes: what makes it the same part again */
	enum sms_charset charset;
	struct buf raw; /* empty once handed over */
	char id[SMS_ID_MAX];
};

struct group {
	struct key128 key;
	enum stage stage;
	int64_t until_ms; /* waiting: when it is due; settled: when it is forgotten */
	unsigned total, here;
	struct piece *pieces; /* total of them */
	char to[SMS_TO_MAX];
	int64_t at_ms;
	struct key128 person;
	void *context;
	void **waiters;
	size_t n_waiters, cap_waiters;
	struct group *chain;         /* of its bucket */
	struct group *older, *newer; /* in the queue of its stage; none while storing */
};

struct queue {
	struct group *oldest, *newest;
};

enum { BUCKETS = 4096 };
struct parts {
	int64_t hold_ms;
	size_t max, n;
	struct group *buckets[BUCKETS];
	struct queue waiting, settled;
};

struct parts *parts_new(int64_t hold_ms, size_t max)
{
	struct parts *p = xcalloc(1, sizeof *p);
	p->hold_ms = hold_ms;
	p->max = max;
	return p;
}

/* ---- groups and queues ------------------------------------------------------------------------------------------- */

static bool same_key(struct key128 a, struct key128 b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static struct group **bucket_of(struct parts *p, struct key128 key)
{
	return &p->buckets[key.lo % BUCKETS];
}

static struct group *group_find(struct parts *p, struct key128 key)
{
	struct group *g = *bucket_of(p, key);
	while (g && !same_key(g->key, key))
		g = g->chain;
	return g;
}

static struct queue *queue_of(struct parts *p, const struct group *g)
{
	return g->stage == WAITING ? &p->waiting : g->stage == SETTLED ? &p->settled : NULL;
}

static void queue_leave(struct queue *q, struct group *g)
{
	if (!q)
		return;
	*(g->older ? &g->older->newer : &q->oldest) = g->newer;
	*(g->newer ? &g->newer->older : &q->newest) = g->older;
	g->older = g->newer = NULL;
}

static void queue_join(struct queue *q, struct group *g)
{
	g->older = q->newest;
	*(q->newest ? &q->newest->newer : &q->oldest) = g;
	q->newest = g;
}

static void group_drop(struct parts *p, struct group *g)
{
	queue_leave(queue_of(p, g), g);
	struct group **link = bucket_of(p, g->key);
	while (*link != g)
		link = &(*link)->chain;
	*link = g->chain;
	for (unsigned i = 0; i < g->total; i++)
		buf_release(&g->pieces[i].raw);
	free(g->pieces);
	free(g->waiters);
	free(g);
	p->n--;
}

void parts_free(struct parts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (p->buckets[i])
			group_drop(p, p->buckets[i]);
	free(p);
}

static struct group *group_new(struct parts *p, struct key128 key, const struct sms *part, int64_t now_ms)
{
	struct group *g = xcalloc(1, sizeof *g);
	g->key = key;
	g->total = part->total;
	g->pieces = xcalloc(part->total, sizeof *g->pieces);
	for (unsigned i = 0; i < g->total; i++)
		buf_init(&g->pieces[i].raw, 0);
	memcpy(g->to, part->to, sizeof g->to);
	g->until_ms = now_ms + p->hold_ms;
	g->chain = *bucket_of(p, key);
	*bucket_of(p, key) = g;
	queue_join(&p->waiting, g);
	p->n++;
	return g;
}

static void forget_settled(struct parts *p, int64_t now_ms)
{
	while (p->settled.oldest && (p->settled.oldest->until_ms <= now_ms || p->n >= p->max))
		group_drop(p, p->settled.oldest);
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

static struct key128 group_key(const char *gateway, struct key128 person, const struct sms *part)
{
	struct buf b = BUF_INIT;
	buf_add(&b, gateway, strlen(gateway) + 1);
	buf_add(&b, &person, sizeof person);
	buf_add(&b, part->to, strlen(part->to) + 1);
	buf_addf(&b, "%u/%u", part->ref, part->total);
	const struct key128 k = key128_of(b.data, b.len);
	buf_release(&b);
	return k;
}

static void group_wait(struct group *g, void *waiter)
{
	grow(&g->waiters, &g->cap_waiters, g->n_waiters + 1, sizeof *g->waiters);
	g->waiters[g->n_waiters++] = waiter;
}

static void group_add(struct group *g, const struct sms *part, struct key128 print)
{
	struct piece *piece = &g->pieces[part->part - 1];
	piece->here = true;
	piece->print = print;
	piece->charset = part->charset;
	buf_add(&piece->raw, part->raw.data, part->raw.len);
	memcpy(piece->id, part->id, sizeof piece->id);
	g->here++;
	if (part->at_ms && (!g->at_ms || part->at_ms < g->at_ms))
		g->at_ms = part->at_ms;
}

/* Decodes runs of parts with one charset together: a surrogate pair may be cut between two parts. */
static void group_text(const struct group *g, struct buf *raw, struct buf *text)
{
	struct buf run = BUF_INIT;
	for (unsigned i = 0; i < g->total; i++) {
		const struct piece *piece = &g->pieces[i];
		if (!piece->here) {
			if (i == 0 || g->pieces[i - 1].here)
				buf_adds(text, i ? " […]" : "[…]");
			continue;
		}
		if (i > 0 && !g->pieces[i - 1].here)
			buf_addc(text, ' ');
		buf_add(raw, piece->raw.data, piece->raw.len);
		buf_add(&run, piece->raw.data, piece->raw.len);
		if (i + 1 < g->total && g->pieces[i + 1].here && g->pieces[i + 1].charset == piece->charset)
			continue;
		sms_decode(piece->charset, run.data, run.len, text);
		buf_reset(&run);
	}
	buf_release(&run);
}

static struct key128 group_source(const struct group *g)
{
	struct buf b = BUF_INIT;
	bool named = true;
	buf_add(&b, &g->key, sizeof g->key);
	for (unsigned i = 0; i < g->total; i++) {
		const struct piece *piece = &g->pieces[i];
		if (!piece->here)
			continue;
		named = named && piece->id[0];
		buf_addf(&b, "%u=%s", i, piece->id);
		buf_add(&b, &piece->print, sizeof piece->print);
	}
	if (!named)
		buf_addf(&b, "%lld", (long long)g->at_ms);
	const struct key128 k = named || g->at_ms ? key128_of(b.data, b.len) : (struct key128){ 0, 0 };
	buf_release(&b);
	return k;
}

static void group_hand_over(struct parts *p, struct group *g, struct whole *out)
{
	queue_leave(&p->waiting, g);
	g->stage = STORING;
	*out = (struct whole){ .key = g->key,
		.at_ms = g->at_ms,
		.person = g->person,
		.context = g->context,
		.source = group_source(g),
		.complete = g->here == g->total };
	buf_init(&out->text, 0);
	buf_init(&out->raw, 0);
	group_text(g, &out->raw, &out->text);
	memcpy(out->to, g->to, sizeof out->to);
	for (unsigned i = g->total; i-- > 0;)
		if (g->pieces[i].here)
			memcpy(out->id, g->pieces[i].id, sizeof out->id);
	for (unsigned i = 0; i < g->total; i++)
		buf_release(&g->pieces[i].raw);
}

enum parts_fate parts_take(struct parts *p, const char *gateway, struct key128 person, const struct sms *part,
	int64_t now_ms, void *waiter, void *context, struct whole *out)
{
	const struct key128 key = group_key(gateway, person, part);
	const struct key128 print = key128_of(part->raw.data, part->raw.len);
	forget_settled(p, now_ms);
	struct group *g = group_find(p, key);
	if (g && g->pieces[part->part - 1].here) {
		if (!same_key(g->pieces[part->part - 1].print, print)) {
			if (g->stage != SETTLED)
				return PARTS_ALONE;
			group_drop(p, g); /* the telephone counted round: a new message of the same number */
			g = NULL;
		} else if (g->stage == SETTLED) {
			return PARTS_BEFORE;
		} else {
			group_wait(g, waiter);
			return PARTS_WAIT;
		}
	} else if (g && g->stage != WAITING) {
		return PARTS_ALONE; /* too late: the others were stored without it */
	}
	if (!g) {
		if (p->n >= p->max)
			return PARTS_ALONE;
		g = group_new(p, key, part, now_ms);
		g->person = person;
		g->context = context;
	}
	group_wait(g, waiter);
	group_add(g, part, print);
	if (g->here < g->total)
		return PARTS_WAIT;
	group_hand_over(p, g, out);
	return PARTS_WHOLE;
}

bool parts_due(struct parts *p, int64_t now_ms, struct whole *out)
{
	struct group *g = p->waiting.oldest;
	if (!g || g->until_ms > now_ms)
		return false;
	group_hand_over(p, g, out);
	return true;
}

int64_t parts_next(const struct parts *p)
{
	return p->waiting.oldest ? p->waiting.oldest->until_ms : INT64_MAX;
}

void **parts_settle(struct parts *p, struct key128 key, bool stored, int64_t now_ms, size_t *n)
{
	struct group *g = group_find(p, key);
	*n = 0;
	if (!g || g->stage != STORING)
		return NULL;
	void **waiters = g->waiters;
	*n = g->n_waiters;
	g->waiters = NULL;
	g->n_waiters = g->cap_waiters = 0;
	if (!stored) {
		group_drop(p, g);
		return waiters;
	}
	g->stage = SETTLED;
	g->until_ms = now_ms + PARTS_MEMORY_MS;
	queue_join(&p->settled, g);
	return waiters;
}

void whole_release(struct whole *w)
{
	buf_release(&w->text);
	buf_release(&w->raw);
}
