/* acts_own.h: what the files of acts.h share. Seen by them only.
 *
 *   acts.c        entries, verdicts, doing       acts_lay.c    what is laid over the replica, undo foreseen
 *   acts_guard.c  what is armed
 */
#ifndef REGIE_UI_ACTS_OWN_H
#define REGIE_UI_ACTS_OWN_H

#include "src/model/overlay.h"
#include "ui/acts.h"

/* One record an entry changed, as it was before and the rev it had afterwards. */
struct past {
	struct record *before; /* NULL: it was made */
	enum kind kind;
	char id[ID_MAX];
	int64_t rev_after;
};

struct entry {
	struct wire_op op;
	char fresh[ID_MAX], fresh2[ID_MAX];
	enum verdict verdict;
	char *text;            /* the verdict's sentence; "" none */
	char act[ID_MAX];      /* its number in the log */
	int64_t target;        /* undo, redo: the desk's number of what it takes back; 0: not known here */
	bool here;             /* the replica has it: no longer laid over */
	bool foreseen;         /* its outcome is laid over */
	bool lapsed;           /* past its time without a verdict: said, and not shown any more */
	struct past *past;
	size_t n_past;
};

struct acts {
	struct acts_options o;
	char seat[ID_MAX];
	enum role role;
	struct overlay *over;
	const struct world *base;
	int64_t stamp, small;
	unsigned moved;        /* not yet handed out by acts_refresh */
	struct entry *v;
	size_t n, cap;
	bool loaded;
	struct armed armed;
	bool is_armed;
	char *lapsed;          /* why the last guard went; NULL: nothing to tell */
	int64_t lapsed_at;     /* mono */
	char *text;            /* what acts_verdict gave out */
};

struct entry *acts_entry(struct acts *a, int64_t n);   /* NULL: not here */
void acts_entry_release(struct entry *x);
void acts_past_release(struct entry *x);
bool acts_takes_back(const struct op *op);             /* undo, redo */
void acts_say(struct acts *a, bool bad, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void acts_call(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out);
void acts_look(struct acts *a);                        /* takes in what moved; acts_refresh hands it out */
/* An entry decided but not yet put: its outcome in `out`. Both are the caller's to release, also when it is refused. */
bool acts_prepare(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], int64_t rev, struct entry *x,
	struct outcome *out, struct error *e);

bool acts_decide(struct acts *a, struct entry *x, struct outcome *out, struct error *e);
void acts_keep_past(struct entry *x, struct outcome *out); /* what it changed, for an undo */
bool acts_is_laid(const struct entry *x);
void acts_rebuild(struct acts *a);                     /* lays over anew all that is not in the replica */
void acts_watch_guard(struct acts *a);                 /* what is armed lapses, or its record moved */

#endif
