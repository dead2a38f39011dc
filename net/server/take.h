/* take.h: one message on its way to disk: what a form, a JSON body and an SMS become once they are read. Private to
 * net/server. */
#ifndef REGIE_NET_SERVER_TAKE_H
#define REGIE_NET_SERVER_TAKE_H

#include "net/server/backend.h"

struct take {
	struct job j;
	struct backend *b;
	struct exchange *x;           /* NULL: nobody waits (parts of a long SMS) */
	struct arrival arrival;       /* its pointers go into the buffers below */
	struct buf text, name, raw;
	char room[ID_MAX], gateway[ID_MAX], gateway_id[130];
	struct receipt receipt;
	bool stored;                  /* taken, taken before, or refused by the intake: `error` says why */
	struct error error;
	void (*answer)(struct take *t, const struct error *failed); /* sets the exchange's response, or settles; no exchange_done */
	void *context;
	struct key128 key;            /* for parts_settle */
};
struct take *take_new(struct backend *b, struct exchange *x, void (*answer)(struct take *t, const struct error *failed));
void take_free(struct take *t);
/* Cleans the text at the door and keeps the raw bytes where cleaning changed them. False with a sentence for the sender. */
bool take_text(struct take *t, const char *text, size_t len, struct error *e);
void take_put(struct take *t);    /* to the writer; answered and freed when it is on disk */

#endif
