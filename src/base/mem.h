/* mem.h: memory that is there or the program stops.
 *
 * Out of memory is a fatal error by design: one sentence on stderr, exit code 70, and nothing acknowledged is lost
 * because acknowledged means on disk. Sizes that outsiders choose are bounded before they reach these functions.
 */
#ifndef REGIE_BASE_MEM_H
#define REGIE_BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull)); /* zeroed; n * size checked */
void *xrealloc(void *p, size_t n, size_t size);                               /* n * size checked; frees nothing on failure */
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));        /* NULL gives "" */
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));

/* Makes room for `want` members of `size` bytes in the array *p of capacity *cap (doubling; new room is not zeroed). */
void grow(void *p_to_pointer, size_t *cap, size_t want, size_t size);

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

#endif
