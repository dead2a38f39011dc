/* buf.c: a buffer that holds nothing points to the shared "" and is never written through. */
#include "src/base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

enum { BUF_FIRST = 64 };

char buf_empty[] = "";

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .data = buf_empty, .max = max };
}

void buf_release(struct buf *b)
{
	if (!b)
		return;
	if (b->cap)
		free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->cap)
		b->data[0] = '\0';
	else
		b->data = buf_empty;
}

/* Room for n more bytes and the NUL. */
static void reserve(struct buf *b, size_t n)
{
	size_t want;

	if (__builtin_add_overflow(b->len, n, &want) || want > SIZE_MAX / 4)
		want = SIZE_MAX / 2; /* refused below, by mem */
	if (want < b->cap)
		return;
	if (b->cap == 0)
		b->data = NULL;
	grow(&b->data, &b->cap, want + 1 < BUF_FIRST ? BUF_FIRST : want + 1, 1);
}

/* Whether n more bytes may be added; says so in `over` when they may not. */
static bool admits(struct buf *b, size_t n)
{
	if (b->max && (n > b->max || b->len > b->max - n))
		b->over = true;
	return !b->over;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!admits(b, n))
		return;
	reserve(b, n);
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !admits(b, (size_t)n))
		return;
	reserve(b, (size_t)n);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

char *buf_room(struct buf *b, size_t n)
{
	reserve(b, n);
	b->data[b->len] = '\0';
	return b->data + b->len;
}

void buf_grown(struct buf *b, size_t n)
{
	if (admits(b, n)) {
		assert(b->len + n < b->cap || (n == 0 && b->cap == 0));
		b->len += n;
	}
	if (b->cap)
		b->data[b->len] = '\0';
}

char *buf_detach(struct buf *b)
{
	char *s = b->cap ? b->data : xstrdup("");

	buf_init(b, b->max);
	return s;
}

void buf_drop_front(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}
