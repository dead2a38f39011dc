/* parked.h: consoles whose `changes` found nothing and wait; and what the shutdown must finish. Private to net/server. */
#ifndef REGIE_NET_SERVER_PARKED_H
#define REGIE_NET_SERVER_PARKED_H

#include "net/server/backend.h"

void parked_wake(struct backend *b);    /* asks again for each */
void parked_expire(struct backend *b);  /* answers those whose time is over with nothing new */
bool parked_holds(const struct backend *b, bool (*concerns)(enum role role)); /* for a seat of such a role still there */
void parked_free(struct backend *b);    /* answers all: the backend is going */
void sms_parts_flush(struct backend *b);/* stores what waits for its other parts */

#endif
