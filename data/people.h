/* people.h: an exact set of people, small in memory whatever its size. Private to data/'s backend side. */
#ifndef REGIE_DATA_PEOPLE_H
#define REGIE_DATA_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEOPLE_INLINE = 2, PEOPLE_ARRAY = 64 /* larger sets are bitmaps */ };

/* Zeroed is empty. cap: 0 inline, up to PEOPLE_ARRAY an ascending array of that room, UINT32_MAX a bitmap. */
struct people {
	uint32_t n, cap;
	union {
		uint32_t few[PEOPLE_INLINE];
		uint32_t *v;
		struct roaring_bitmap_s *many;
	} of;
};

bool people_add(struct people *p, uint32_t person);    /* true: was not in it */
bool people_remove(struct people *p, uint32_t person); /* true: was in it */
bool people_have(const struct people *p, uint32_t person);
void people_each(const struct people *p, void (*visit)(void *arg, uint32_t person), void *arg); /* ascending when large */
void people_unite(struct people *into, const struct people *from);
void people_copy(struct people *to, const struct people *from); /* `to` is replaced */
void people_clear(struct people *p);
size_t people_memory(const struct people *p); /* bytes beside the struct */

#endif
