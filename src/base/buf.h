/* buf.h: a growing string of bytes.
 *
 * `data` is always NUL-terminated once anything was added, and never NULL after buf_init: an empty buffer points to a
 * shared "". Invariants: len < cap when cap > 0; data[len] == 0. `max` bounds what outsiders can make it hold: an
 * addition that would pass it sets `over` and adds nothing, now and ever after, so that one check at the end is enough.
 */
#ifndef REGIE_BASE_BUF_H
#define REGIE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* 0: no bound */
	bool over;  /* an addition was refused */
};

extern char buf_empty[]; /* the shared "" */
#define BUF_INIT { .data = buf_empty }

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees and leaves it as BUF_INIT with the same max; accepts zeroed */
void buf_reset(struct buf *b);   /* empties, keeps the memory */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
char *buf_room(struct buf *b, size_t n);   /* at least n writable bytes at the end; then buf_grown(b, written) */
void buf_grown(struct buf *b, size_t n);
char *buf_detach(struct buf *b);           /* the caller frees; the buffer is empty again */
void buf_drop_front(struct buf *b, size_t n); /* forgets the first n bytes */

#endif
