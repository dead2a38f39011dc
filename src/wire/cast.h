/* cast.h: the members that the live stream and the transcript have in common, for this folder only. */
#ifndef REGIE_WIRE_CAST_H
#define REGIE_WIRE_CAST_H

#include "src/wire/write.h"

const char *public_lang(const struct world *w); /* the event's, for masks */
void json_member_masked(struct buf *b, const char *name, const char *value, const char *lang);

/* Each adds members to an open object. */
void question_words(struct buf *b, const struct question *q, const char *lang);          /* question, number, wording, credit */
void question_source(struct buf *b, const struct question *q);                           /* channel, people?, improvised? */
void segment_members(struct buf *b, const struct world *w, const struct segment *s);
void notice_members(struct buf *b, const struct notice *n);

#endif
