/* in_process_own.h: what the files of in_process.h share. */
#ifndef REGIE_TESTS_IN_PROCESS_OWN_H
#define REGIE_TESTS_IN_PROCESS_OWN_H

#include "tests/unit/in_process.h"

enum { REPEAT_MS = 30000, LOST_MS = 4000 /* until a lost answer is given up */ };
#define EVENING_MS INT64_C(1088100000000) /* 2004-06-24T18:00:00Z */

bool in_process_died(const struct in_process *p); /* the backend, and it is not yet buried */
void console_step(struct console *c);
void console_backend_gone(struct console *c);
void console_unplug(struct console *c); /* forgets what is on its way */
bool befalls(struct in_process *p, int in_thousand);
void post_step(struct in_process *p, struct post *o);
void post_free(struct post *o);
void viewer_step(struct viewer *v);
void viewer_disconnect(struct viewer *v);
void viewer_free(struct viewer *v);

#endif
