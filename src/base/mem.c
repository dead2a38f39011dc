/* mem.c: how mem.h does it: every allocation ends in one of two checked calls. */
#include "src/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OUT_OF_MEMORY = 70, GROW_FIRST = 8 };

/* What a program may not handle it need not spell out: no allocation happens on the way out. */
static _Noreturn void die(size_t size)
{
	fprintf(stderr, "out of memory: %zu bytes were refused\n", size);
	exit(EXIT_OUT_OF_MEMORY);
}

static size_t product(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all) || all > PTRDIFF_MAX)
		die(SIZE_MAX);
	return all ? all : 1;
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		die(size);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	const size_t all = product(n, size);
	void *p = calloc(1, all);

	if (!p)
		die(all);
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	const size_t all = product(n, size);
	void *q = realloc(p, all);

	if (!q)
		die(all);
	return q;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, SIZE_MAX) : xstrndup("", 0);
}

char *xstrndup(const char *s, size_t n)
{
	const size_t len = n == SIZE_MAX ? strlen(s) : strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void grow(void *p_to_pointer, size_t *cap, size_t want, size_t size)
{
	void *p;
	size_t room;

	if (want <= *cap)
		return;
	room = *cap > SIZE_MAX / 2 ? want : *cap * 2;
	if (room < GROW_FIRST)
		room = GROW_FIRST;
	if (room < want)
		room = want;
	/* The pointer is read and written as bytes: its own type is the caller's. */
	memcpy(&p, p_to_pointer, sizeof p);
	p = xrealloc(p, room, size);
	memcpy(p_to_pointer, &p, sizeof p);
	*cap = room;
}
