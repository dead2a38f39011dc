/* clock.h: time and randomness come in from outside, so that tests and the simulation can set them. */
#ifndef REGIE_BASE_CLOCK_H
#define REGIE_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* now_ms: UTC milliseconds since 1970. mono_ms: milliseconds that only go forward, for timers. Both may be called from
 * any thread. */
struct clock {
	int64_t (*now_ms)(void *ctx);
	int64_t (*mono_ms)(void *ctx);
	void *ctx;
};
const struct clock *clock_system(void);
int64_t clock_now(const struct clock *c);
int64_t clock_mono(const struct clock *c);

/* fill: n unpredictable bytes (libsodium in the programs, a seeded generator in tests). */
struct randomness {
	void (*fill)(void *ctx, void *bytes, size_t n);
	void *ctx;
};
const struct randomness *randomness_system(void);
void randomness_fill(const struct randomness *r, void *bytes, size_t n);

/* "2004-06-24T19:42:07.123Z" (RFC 3339) into out[25]; "19:42:07" local time into out[9]. */
void time_rfc3339(int64_t ms, char out[static 25]);
void time_of_day(int64_t ms, char out[static 9]);
/* Parses RFC 3339 with Z or an offset; returns -1 when it is not one. */
int64_t time_parse(const char *s);

#endif
