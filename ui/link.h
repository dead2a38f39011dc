/* link.h: what the screen may know of the link to the backend: a struct that src/cmd fills from net/client.
 *
 * `ui` never talks to `net` (DESIGN.md §4): decisions go into the desk, the event comes out of the replica; only these few
 * words about the carrier itself pass here. Every function may be called from the interface thread at any time and
 * returns at once.
 */
#ifndef REGIE_UI_LINK_H
#define REGIE_UI_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/id.h"

enum link_is { LINK_IS_TRYING, LINK_IS_UP, LINK_IS_DOWN, LINK_IS_REFUSED };
struct link_state {
	enum link_is is;
	char why[256];            /* a sentence when down or refused */
	int64_t since;            /* when it became so, UTC ms */
	int64_t lag_ms;           /* how old the replica may be; -1: nothing was heard yet */
	int64_t unsent;
	int64_t clock_offset_ms;  /* server time less ours */
	bool ready, whole;        /* of the replica: the room can work; the first load is over */
	bool by_other;            /* another process of this seat carries */
	int64_t begun, answered;  /* pulls, as sync.h counts them */
	bool caught_up;
	char seat[ID_MAX], seat_name[84], role[16]; /* who we are, once known; "" before */
	char backend[128];        /* address in use; "" when none is known */
	int way, ways;            /* which of how many addresses that is, from 1; ways 1: there is no other */
	int64_t disk_left;        /* bytes on the backend's disk when that is little, and every seat is to know; else -1 or 0 */
	bool disk_stopped;        /* so little that nothing more is taken from the public */
};
enum { DISK_STEP = 50 << 20 /* bytes: so much less is worth drawing anew */ };

struct link {
	void *ctx;
	int fd;                   /* readable when something changed: the link, the replica, the others. `heard` empties it */
	void (*heard)(void *ctx);
	void (*state)(void *ctx, struct link_state *out);
	void (*wake)(void *ctx);                        /* an operation was put into the desk; or: try now */
	void (*presence)(void *ctx, const char *json);  /* {"here":…,"claims":[…],"typing":…,"choice":…,"unsent":…}; kept, sent when it changed */
	char *(*others)(void *ctx);                     /* the others' presence, a JSON array; owned by the caller */
	char *(*status)(void *ctx);                     /* the backend's word on itself and the rooms (net/server/status.h), or NULL; owned by the caller */
};

#endif
