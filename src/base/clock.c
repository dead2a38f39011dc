/* clock.c: the real clock and the real randomness, and times as people write them (RFC 3339). */
#include "src/base/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

static const int64_t TIME_FIRST = -62135596800000; /* 0001-01-01T00:00:00Z */
static const int64_t TIME_LAST = 253402300799999;  /* 9999-12-31T23:59:59.999Z */

static int64_t read_clock(clockid_t which)
{
	struct timespec t = { 0 };

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
	static const struct clock system_clock = { .now_ms = system_now, .mono_ms = system_mono };

	return &system_clock;
}

int64_t clock_now(const struct clock *c)
{
	return c->now_ms(c->ctx);
}

int64_t clock_mono(const struct clock *c)
{
	return c->mono_ms(c->ctx);
}

static void system_fill(void *ctx, void *bytes, size_t n)
{
	(void)ctx;
	if (sodium_init() < 0) { /* idempotent and safe from any thread */
		fputs("no source of randomness on this system\n", stderr);
		abort();
	}
	randombytes_buf(bytes, n);
}

const struct randomness *randomness_system(void)
{
	static const struct randomness system_randomness = { .fill = system_fill };

	return &system_randomness;
}

void randomness_fill(const struct randomness *r, void *bytes, size_t n)
{
	r->fill(r->ctx, bytes, n);
}

static char *put_digits(char *to, int64_t n, int width)
{
	for (int i = width - 1; i >= 0; i--, n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + width;
}

static int64_t within_years(int64_t ms)
{
	return ms < TIME_FIRST ? TIME_FIRST : ms > TIME_LAST ? TIME_LAST : ms;
}

/* Seconds and the milliseconds left over, rounded down also before 1970. */
static time_t split_ms(int64_t ms, int64_t *rest)
{
	int64_t s = ms / 1000;

	*rest = ms % 1000;
	if (*rest < 0) {
		*rest += 1000;
		s--;
	}
	return (time_t)s;
}

void time_rfc3339(int64_t ms, char out[static 25])
{
	int64_t rest;
	const time_t s = split_ms(within_years(ms), &rest);
	struct tm t;
	char *p = out;

	gmtime_r(&s, &t);
	p = put_digits(p, t.tm_year + 1900, 4);
	*p++ = '-';
	p = put_digits(p, t.tm_mon + 1, 2);
	*p++ = '-';
	p = put_digits(p, t.tm_mday, 2);
	*p++ = 'T';
	p = put_digits(p, t.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, t.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, t.tm_sec, 2);
	*p++ = '.';
	p = put_digits(p, rest, 3);
	*p++ = 'Z';
	*p = '\0';
}

void time_of_day(int64_t ms, char out[static 9])
{
	int64_t rest;
	const time_t s = split_ms(within_years(ms), &rest);
	struct tm t;
	char *p = out;

	localtime_r(&s, &t);
	p = put_digits(p, t.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, t.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, t.tm_sec, 2);
	*p = '\0';
}

/* Takes exactly `width` digits and then `then` (unless 0) from *s. */
static bool take_number(const char **s, int width, char then, int low, int high, int *out)
{
	int n = 0;

	for (int i = 0; i < width; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return false;
		n = n * 10 + (**s - '0');
	}
	if (then && *(*s)++ != then)
		return false;
	*out = n;
	return n >= low && n <= high;
}

/* ".123456" to milliseconds, further digits dropped; nothing there is 0. */
static bool take_fraction(const char **s, int64_t *ms)
{
	int64_t unit = 100;

	*ms = 0;
	if (**s != '.')
		return true;
	if (!isdigit((unsigned char)*++*s))
		return false;
	for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
		*ms += (**s - '0') * unit;
	return true;
}

/* "Z" or "+02:00" up to the end of the string, in seconds east. */
static bool take_offset(const char *s, int *seconds)
{
	const bool west = *s == '-';
	int hours, minutes;

	*seconds = 0;
	if (*s == 'Z' || *s == 'z')
		return s[1] == '\0';
	if (*s != '+' && *s != '-')
		return false;
	s++;
	if (!take_number(&s, 2, ':', 0, 23, &hours) || !take_number(&s, 2, 0, 0, 59, &minutes) || *s)
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
	return true;
}

int64_t time_parse(const char *s)
{
	struct tm t = { 0 }, check;
	int64_t fraction, ms;
	int year, month, offset;
	time_t seconds;

	if (!s || !take_number(&s, 4, '-', 1, 9999, &year) || !take_number(&s, 2, '-', 1, 12, &month) ||
		!take_number(&s, 2, 0, 1, 31, &t.tm_mday))
		return -1;
	if (*s != 'T' && *s != 't' && *s != ' ')
		return -1;
	s++;
	/* 60 is a leap second: the next minute's first. */
	if (!take_number(&s, 2, ':', 0, 23, &t.tm_hour) || !take_number(&s, 2, ':', 0, 59, &t.tm_min) ||
		!take_number(&s, 2, 0, 0, 60, &t.tm_sec) || !take_fraction(&s, &fraction) || !take_offset(s, &offset))
		return -1;
	t.tm_year = year - 1900;
	t.tm_mon = month - 1;
	check = (struct tm){ .tm_year = t.tm_year, .tm_mon = t.tm_mon, .tm_mday = t.tm_mday };
	timegm(&check); /* 30 February comes back as a day of March */
	if (check.tm_mday != t.tm_mday)
		return -1;
	seconds = timegm(&t);
	ms = ((int64_t)seconds - offset) * 1000 + fraction;
	return ms < 0 ? -1 : ms; /* before 1970 nothing of ours happened, and -1 must stay unambiguous */
}
