/* hub.h: the broadcast: every viewer's stream from one shared list of ready-made pieces.
 *
 * The whole evening's broadcast is a few thousand events, so it is kept in memory: event i of this epoch is
 * number i (from 1), gap-free. A viewer is a cursor into that list. An event's bytes are made once and shared; a
 * retraction replaces them by a tombstone for everybody who has not sent them yet, and for every replay.
 * Viewers who take nothing for `lag_ms` or have left are closed. Knows no HTTP library: it writes to sinks (http.h).
 */
#ifndef REGIE_NET_SERVER_HUB_H
#define REGIE_NET_SERVER_HUB_H

#include <stdint.h>

#include "net/server/http.h"
#include "net/server/loop.h"

struct hub;
struct hub *hub_new(struct loop *l, int ping_ms, int64_t lag_ms); /* ping: a comment when nothing was sent for so long */
void hub_free(struct hub *h);

/* Appends one event: `text` is the SSE block ("id: …\nevent: …\ndata: …\n\n", copied). Returns its number. Nothing is
 * sent until hub_flush, so that a batch goes out in one system call a viewer. */
uint64_t hub_append(struct hub *h, const char *text, size_t len);
/* Replaces the bytes of event `number` (tombstone); those in the middle of sending the old bytes finish them. */
void hub_replace(struct hub *h, uint64_t number, const char *text, size_t len);
void hub_flush(struct hub *h);
uint64_t hub_last(const struct hub *h);

/* A new viewer of `room` (index chosen by the caller, dense from 0; the hub grows to it) that has everything up to and
 * including number `since`. The stream frees itself. `prelude` (may be NULL) is sent first: "retry: …\n\n". */
struct stream *hub_viewer(struct hub *h, unsigned room, uint64_t since, const char *prelude);

/* What a room last received: the highest event every present viewer has taken whole, and how many viewers there are. */
struct hub_room {
	uint64_t viewers;
	uint64_t delivered; /* lowest cursor among its viewers; hub_last when it has none */
	uint64_t sent;      /* highest number any viewer of it has taken whole, ever */
	int64_t last_ms;    /* clock_mono of the last bytes any of its viewers took; 0: never */
};
struct hub_room hub_room(const struct hub *h, unsigned room);
uint64_t hub_viewers(const struct hub *h);

#endif
