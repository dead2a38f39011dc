/* presence.h: what is true of a seat right now and worth no log: last value wins, expires in 60 s (DESIGN.md §2). */
#ifndef REGIE_NET_SERVER_PRESENCE_H
#define REGIE_NET_SERVER_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/base/id.h"

enum { PRESENCE_MS = 60000, PRESENCE_TEXT_MAX = 600 /* code points of what is being typed */ };

struct presence;
/* `stamp`: where presence_stamp begins; a later life begins higher, so that no cursor of an earlier one is taken for its own. */
struct presence *presence_new(int64_t stamp);
void presence_free(struct presence *p);

/* {"here":bool,"claims":["theme:12",…],"typing":"…","choice":QUESTION,"unsent":N}: bounded and cleaned. now_ms: UTC. */
bool presence_put(struct presence *p, const char *seat, bool scribe, const char *json, size_t len, int64_t now_ms, struct error *e);
/* Drops what has expired; true when something was dropped. */
bool presence_expire(struct presence *p, int64_t now_ms);
/* Rises with every change that others should see. */
int64_t presence_stamp(const struct presence *p);
/* All of it as a JSON array: [{"seat":ID,"at":MS,…}]. */
void presence_json(const struct presence *p, struct buf *out);
/* Whether that seat last said that it is here. */
bool presence_here(const struct presence *p, const char *seat);
/* A scribe is typing or has something unsent. */
bool presence_scribe_busy(const struct presence *p);

#endif
