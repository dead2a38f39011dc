/* status.h: the frame's words: the head line, the band of what is abnormal, the foot line of keys.
 *
 * `status_take` reads the backend's own view of itself (GET /v1/status, through link->status): viewers, rooms, trouble.
 */
#ifndef REGIE_UI_STATUS_H
#define REGIE_UI_STATUS_H

#include "ui/ui.h"

enum { LINK_DOWN_MS = 2000 /* a link that is down longer is abnormal */, ROOM_QUIET_MS = 45000, ROOM_STUCK_MS = 4000,
	SCRIBE_MS = 25000 /* presence is told anew every 20 s, also after the backend was away */, ROOMS_MAX = 64 };

struct room_state {
	char slug[ID_MAX];
	char name[84];
	int64_t viewers, sent, delivered, quiet_ms; /* quiet: since any viewer took bytes; -1 never */
	int64_t stuck_since;       /* mono of the first reading that showed it behind at this `sent`; 0: it is not */
};
struct status {
	bool known;
	char *json;
	int64_t viewers, broadcast, messages, people, people_aired;
	char trouble[300];
	struct room_state room[ROOMS_MAX];
	size_t rooms;
	char alert[84];            /* the message with an alert that concerns this seat, "message:12"; "" none */
	char alert_note[160];
	int64_t no_scribe;         /* mono, since when none was seen while the event is open; 0: one is here, or away says it */
};
void status_release(struct status *s);
bool status_take(struct status *s, const char *json, int64_t mono); /* true: something changed */
void status_world(struct ui *ui, struct status *s);  /* finds alerts again, after the world moved */

void status_head(struct ui *ui, struct area a);
bool status_band(struct ui *ui, struct buf *out);    /* its words; false: nothing is abnormal */
void status_foot(struct ui *ui, struct area a);
/* "synced 0.2 s", "offline since 19:42:07, 12 kept here"; appended. True: as it should be. */
bool status_link(struct ui *ui, struct buf *out);
void status_way(struct ui *ui, const char *before, struct buf *out); /* "second address", where there are several; appended */
void status_role(const struct ui *ui, struct buf *out); /* "SMS: Claire" */
const char *role_word(enum role r);                  /* translated */
const char *state_word(const struct event *ev);      /* translated */
/* When something here changes by itself, mono, or -1. */
int64_t status_due(struct ui *ui);

#endif
