/* notes.h: what the line above the foot says, and its log.
 *
 * One sentence at a time, shown for some seconds (refusals longer) or until another comes; all are kept for `g m`.
 */
#ifndef REGIE_UI_NOTES_H
#define REGIE_UI_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOTES_KEPT = 400, NOTE_MS = 8000, NOTE_BAD_MS = 20000 };

struct note {
	int64_t at;          /* UTC ms */
	bool bad;
	char *text;
};
struct notes;
struct notes *notes_new(void);
void notes_free(struct notes *n);
void notes_add(struct notes *n, int64_t mono, int64_t utc, bool bad, const char *text);
const struct note *notes_shown(const struct notes *n, int64_t mono); /* NULL: nothing to say now */
void notes_hush(struct notes *n);                    /* what is shown was read */
int64_t notes_due(const struct notes *n, int64_t mono); /* when the shown one goes, mono ms; -1 */
size_t notes_count(const struct notes *n);
const struct note *notes_at(const struct notes *n, size_t i); /* 0: the newest */

#endif
