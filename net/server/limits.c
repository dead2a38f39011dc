#include "net/server/limits.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/map.h"
#include "src/base/mem.h"

/* A fixed table of buckets, each found by a hash of the address, so that an outsider with many addresses costs no memory.
 * Two addresses may share a bucket when over TABLE of them are active at once; they are then limited together. */
enum { TABLE = 1 << 16 };
struct bucket {
	double tokens;
	int64_t at;
	uint32_t check;
	uint32_t held;
};
struct limits {
	double rate, burst;
	struct bucket *table;
};

struct limits *limits_new(double per_minute, double burst)
{
	struct limits *l = xcalloc(1, sizeof *l);
	*l = (struct limits){ .rate = per_minute / 60000, .burst = burst };
	if (burst > 0)
		l->table = xcalloc(TABLE, sizeof *l->table);
	return l;
}

void limits_free(struct limits *l)
{
	if (l)
		free(l->table);
	free(l);
}

static struct bucket *bucket_of(struct limits *l, const char *address)
{
	struct key128 k = key128_of(address, strlen(address));
	struct bucket *b = &l->table[k.hi % TABLE];
	uint32_t check = (uint32_t)k.lo | 1;
	if (b->check != check && !b->held) { /* somebody else's, idle: begin anew only when it is full again */
		b->check = check;
		if (!b->at)
			b->tokens = l->burst;
	}
	return b;
}

bool limits_take(struct limits *l, const char *address, int64_t now_ms, int *wait_s)
{
	if (!l->table)
		return true;
	struct bucket *b = bucket_of(l, address);
	if (b->at) {
		b->tokens += (double)(now_ms - b->at) * l->rate;
		if (b->tokens > l->burst)
			b->tokens = l->burst;
	} else {
		b->tokens = l->burst;
	}
	b->at = now_ms ? now_ms : 1;
	if (b->tokens >= 1) {
		b->tokens -= 1;
		return true;
	}
	*wait_s = l->rate > 0 ? 1 + (int)((1 - b->tokens) / l->rate / 1000) : 60;
	return false;
}

bool limits_hold(struct limits *l, const char *address)
{
	if (!l->table)
		return true;
	struct bucket *b = bucket_of(l, address);
	if (b->held >= (uint32_t)l->burst)
		return false;
	b->held++;
	return true;
}

void limits_let_go(struct limits *l, const char *address)
{
	if (!l->table)
		return;
	struct bucket *b = bucket_of(l, address);
	if (b->held)
		b->held--;
}
