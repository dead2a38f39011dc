/* limits.h: how much one client address may do: a token bucket each, forgotten when it is full again. */
#ifndef REGIE_NET_SERVER_LIMITS_H
#define REGIE_NET_SERVER_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits;
/* `burst` at once, then `per_minute`. 0: no bound, everything is allowed. */
struct limits *limits_new(double per_minute, double burst);
void limits_free(struct limits *l);
/* Takes one; false when the bucket is empty, and *wait_s says when to come again. now_ms: monotonic. */
bool limits_take(struct limits *l, const char *address, int64_t now_ms, int *wait_s);
/* Counted things (streams) instead of rates: +1 or -1; false when that would pass the burst. */
bool limits_hold(struct limits *l, const char *address);
void limits_let_go(struct limits *l, const char *address);

#endif
