/* overlay.h: a world laid over another: the records in it are seen in the place of those beneath.
 *
 * The console lays what this seat has done, and the backend has not yet said back, over its replica.
 */
#ifndef REGIE_MODEL_OVERLAY_H
#define REGIE_MODEL_OVERLAY_H

#include "src/model/op.h"

struct overlay;
struct overlay *overlay_new(void);
void overlay_free(struct overlay *o);                              /* accepts NULL */
/* What lies beneath; `w` must live as long as it is looked at. Keeps what is laid over. */
void overlay_base(struct overlay *o, const struct world *w);
void overlay_clear(struct overlay *o);
bool overlay_empty(const struct overlay *o);
bool overlay_has(const struct overlay *o, enum kind kind, const char *id);
void overlay_put(struct overlay *o, void *record);                 /* takes it; replaces one laid there before */
void overlay_take(struct overlay *o, struct outcome *out);         /* takes the records of an outcome; `out` keeps its `before`s */
const struct world *overlay_world(struct overlay *o);              /* one address for its whole life */

#endif
