/* evening.h: random evenings through the whole of it, in_process.h, and what must be true when they are over.
 *
 * Consoles act through net/client/sync.h and data/desk.h, people ask, viewers come and go, and links, disks, clocks and
 * processes fail, as a seed draws it. Then everything is healed, and at the end the backend's machine loses its power once
 * more. It must hold:
 *
 *   - what was acknowledged is there, once, and what was refused is not
 *   - every operation that a desk took is in that desk, word for word, and was applied once, or its author was told why not
 *   - what expires was not applied after its time
 *   - a draft is in the desk as it was last kept: after the death of its process, and when it was flushed, of its machine
 *   - every replica holds what a fresh one holds, and that what the backend held in memory
 *   - every viewer heard the broadcast in order, from the first event to the last, without gap or repeat
 *   - what was retracted is in no replay
 *   - of two who changed one text as they saw it, one was told who was first
 *   - the event was interrupted when neither host nor scribe was heard for 30 seconds, and not before
 *   - nobody had to take a new client id, and no epoch began: both mean that the backend forgot something; unless the
 *     operator put it back from a backup: then what was acknowledged before that is there, and of what came after, each
 *     operation is applied again, once, or its author was told why not
 *
 * Then some events are purged, by a backend that dies while it does so: afterwards no word of the public's, or none at all,
 * may be in a file of the backend's, in a replica or in what viewers hear.
 *
 * What does not hold fails a cmocka test.
 */
#ifndef REGIE_TESTS_EVENING_H
#define REGIE_TESTS_EVENING_H

#include <stdbool.h>
#include <stdint.h>

struct evening;
/* `disks`: in memory, where they can fail, and prepared once for all that are played; else real files, made anew each
 * time, kills of the backend the worst that happens. */
struct evening *evening_new(bool disks);
void evening_play(struct evening *v, uint64_t seed);
void evening_free(struct evening *v);
/* Of the last one: the same again when the same seed is played; with `bytes`, in the same process only. */
uint64_t evening_trace(const struct evening *v, bool bytes);
const char *evening_dir(const struct evening *v); /* what a process that fails leaves behind */

/* Of all that were played. */
struct evening_sum {
	int64_t played, applied, refused, messages, told;
	int64_t links, kills, power_cuts, disks, clocks;   /* faults: disks: calls that failed, and writes that were lost */
	int64_t full, hushed, restored, purged;            /* disks nearly full; cards put up because nobody was heard; backups put
	                                                    * back; events purged at the end */
	int64_t kinds_least;                               /* of those kinds in the evening that had fewest */
};
struct evening_sum evening_sum(const struct evening *v);

#endif
