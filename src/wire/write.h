/* write.h: the smaller pieces of wire.h's writers, for this folder only. */
#ifndef REGIE_WIRE_WRITE_H
#define REGIE_WIRE_WRITE_H

#include "src/wire/wire.h"

void json_comma(struct buf *b);                   /* unless the last byte is "{" or "[" */
void json_name(struct buf *b, const char *name);  /* ,"name": */
void json_number(struct buf *b, int64_t value);
void json_member_ids(struct buf *b, const char *name, const struct ids *list);

#endif
