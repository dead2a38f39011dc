/* memory_link.h: what a console's link does, between a room in memory and the console's desk and replica. */
#ifndef REGIE_TESTS_MEMORY_LINK_H
#define REGIE_TESTS_MEMORY_LINK_H

#include "data/desk.h"
#include "data/replica.h"
#include "tests/unit/memory_room.h"

/* All that the room holds, in one page into the replica, which must be open for writing; the seat is that of the page. */
void link_pull(struct memory_room *room, struct replica *to, const char *seat);
/* The room judges, in their order, what the desk has not sent, and the desk is told each verdict. */
void link_carry(struct memory_room *room, struct desk *desk, const char *seat);

#endif
