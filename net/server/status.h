/* status.h: what consoles are told of the backend itself, beside the event's rows: rooms and what they last received, viewers,
 * people who wrote and those whom the aired questions stand for, trouble, the check of the event's file.
 *
 * It comes with the last line of `changes`, and wakes a console that waits, when it differs from what was told: at once when
 * something is wrong or right again, each STATUS_SEND_MS while rooms lag behind or catch up, each STATUS_COUNT_MS when only
 * viewers or people came or went. So a console asks for nothing, and nobody is woken while nothing happens.
 */
#ifndef REGIE_NET_SERVER_STATUS_H
#define REGIE_NET_SERVER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/buf.h"

enum { STATUS_SEND_MS = 2000, STATUS_COUNT_MS = 5000, STATUS_QUIET_MS = 15000 /* how exactly silence is told */ };

struct backend;
struct status {
	struct buf text;           /* as told: a JSON object */
	struct buf sends, wrongs;  /* of it, what matters sooner */
	int64_t stamp;             /* rises when it is told anew; a later life begins higher */
	int64_t told_at;           /* mono */
};

void status_begin(struct status *s, int64_t stamp);
void status_end(struct status *s);
/* Each second: true when consoles are to be told. */
bool status_look(struct backend *b);
/* Members "broadcast", "viewers", "trouble", "check", "rooms" of a JSON object, appended, as it is now. */
void status_members(struct backend *b, struct buf *out);

#endif
