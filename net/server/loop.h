/* loop.h: one epoll loop on one thread: descriptors, timers, and work handed over from other threads.
 *
 * Any callback may remove any watch or timer, its own included; frees are deferred to the end of the step. Everything but
 * loop_post and loop_stop must be called on the loop's thread.
 */
#ifndef REGIE_NET_SERVER_LOOP_H
#define REGIE_NET_SERVER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/clock.h"

struct loop;
struct watch;
struct timer;

struct loop *loop_new(const struct clock *clock);
/* Cancels the timers and forgets what was posted. Watches belong to those who made them: remove them before. */
void loop_free(struct loop *l);
const struct clock *loop_clock(const struct loop *l);
int64_t loop_mono(const struct loop *l); /* clock_mono of that clock */

typedef void watch_fn(void *arg, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP */
struct watch *loop_watch(struct loop *l, int fd, uint32_t events, watch_fn *fn, void *arg);
void watch_set(struct watch *w, uint32_t events);
void watch_remove(struct watch **w); /* does not close the descriptor; leaves NULL; accepts NULL inside */

typedef void timer_fn(void *arg);
/* Runs fn once after delay_ms (monotonic), then the timer is gone. `*slot` (may be NULL) holds it until then. */
void loop_after(struct loop *l, int64_t delay_ms, timer_fn *fn, void *arg, struct timer **slot);
void timer_cancel(struct timer **t);

/* From any thread: fn(arg) runs on the loop's thread, in the order posted. Wakes the loop (eventfd, coalesced). */
void loop_post(struct loop *l, void (*fn)(void *arg), void *arg);

/* One wait and one round of callbacks; wait_ms < 0: as long as it takes. Before each wait the `before` hooks run (the
 * HTTP library wants to be driven after resumes). */
void loop_step(struct loop *l, int64_t wait_ms);
void loop_before_wait(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_before_wait_no_more(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* from any thread and from signal handlers */

#endif
