/* silence.h: when the broadcast is to be taken for interrupted: neither host nor scribe is heard any more.
 *
 * Armed once a host and a scribe have both said that they are here (presence), before or while the event is open: a crew
 * that works without consoles (scripts that only post operations) never arms it, and neither does a crew that lacks one of
 * the two. From then on any request of a host or a scribe is a word of theirs, and so is a poll of theirs that is held
 * open. Whatever takes the event out of "open" disarms it: after `resume` both must say again that they are here.
 *
 * No clock, no I/O: times are monotonic milliseconds from the caller. Zeroed is disarmed.
 */
#ifndef REGIE_NET_SERVER_SILENCE_H
#define REGIE_NET_SERVER_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/model/record.h"

enum {
	SILENCE_MS = 30000,     /* unheard for so long */
	SILENCE_DEAF_MS = 5000, /* looks further apart than that: it was the backend that did not listen */
};

struct silence {
	bool host, scribe; /* has been there */
	int64_t since;     /* when one of them was last heard */
	int64_t looked;    /* 0: never */
};

/* A seat asked for something. */
void silence_heard(struct silence *s, enum role role, int64_t now);
/* A seat said that it is here. */
void silence_here(struct silence *s, enum role role, const struct event *ev, int64_t now);
/* To be called each second. held: a poll of a host or a scribe is held open. True when it is time to interrupt, and again
 * at each call until the event is interrupted. */
bool silence_look(struct silence *s, const struct event *ev, bool held, int64_t now);
/* The roles that are listened for. */
bool silence_concerns(enum role role);

#endif
