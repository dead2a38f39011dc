/* carrier.h: the console's sync thread, and what the screen may know of it (ui/link.h).
 *
 * The thread owns a desk, a replica, a transport and a sync of its own, opened by it, so that the first screen waits for
 * none of them. Everything it tells is a copy under one lock; its eventfd is readable whenever a copy changed.
 */
#ifndef REGIE_CMD_CARRIER_H
#define REGIE_CMD_CARRIER_H

#include "src/cmd/regie_seat.h"
#include "ui/link.h"

struct carrier;
/* `seat`: found, not yet connected; the carrier has it until carrier_free. NULL with a sentence when no thread can be
 * had. */
struct carrier *carrier_new(struct open_seat *seat, const struct cli *c, struct error *e);
const struct link *carrier_link(struct carrier *k);
/* Sends what can be sent within `patience_ms`, then ends the thread. Accepts NULL. */
void carrier_free(struct carrier *k, int64_t patience_ms);

#endif
