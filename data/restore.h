/* restore.h: an event put back from a backup, in one step; and afterwards, what of the event before it lacks.
 *
 * A directory that is served is refused. What was there is kept beside it (before-DATE/), never deleted. The event that
 * was put back begins a new epoch: consoles load it anew and offer again what its log lacks. What they could not have
 * again (refused, expired, or decided at a console that never came back) is found by comparing both logs, as long as the
 * event before can still be read.
 */
#ifndef REGIE_DATA_RESTORE_H
#define REGIE_DATA_RESTORE_H

#include "data/store.h"

struct restore_options {
	const char *dir;           /* made when missing */
	const char *from;          /* a backup; or a folder, whose newest sound one is taken */
	const char *vfs;           /* NULL: the system's */
	const struct clock *clock; /* NULL: the system's */
	void (*passed_over)(void *ctx, const char *sentence); /* of a folder's backups that are not sound; NULL: not told */
	void *ctx;
};
struct restored {
	char *file;                /* the backup that was taken */
	char *aside;               /* where the event before is now; NULL: there was none */
	bool with_key;             /* the key kept beside the backup (FILE.key) was put in place */
	int64_t epoch, messages, acts; /* of the event as put back */
	bool readable;             /* the event before can be read: what follows is known */
	int64_t messages_since, acts_since; /* it had, that the backup has not */
};
/* Each candidate is copied, and the copy checked whole, before anything is changed. */
bool store_restore(const struct restore_options *o, struct restored *out, struct error *e);
void restored_release(struct restored *r);

struct restore_act {
	int64_t number;            /* in the log that was */
	int64_t at;
	char seat[ID_MAX], name[84];
	char *op, *words;
};
struct restore_lack {
	struct restore_act *v;     /* in order */
	size_t n, cap;
	int64_t messages;          /* of the public that came after the backup */
};
/* What the event before did after the backup and this log has no equal of (same seat, operation and words). ERR_NOT_FOUND
 * when it was not put back, or nothing was before. Any process, also while it is served. */
bool store_lacks(const char *dir, struct restore_lack *out, struct error *e);
void restore_lack_release(struct restore_lack *l);
/* All acts of a log after that number, in order, appended. */
bool restore_acts(struct reader *r, int64_t after, struct restore_lack *out, struct error *e);

#endif
