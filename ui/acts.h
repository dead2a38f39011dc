/* acts.h: from a decision to the desk, and what is seen of it before the backend has said a word.
 *
 * acts_do resolves, decides with the same pure transition as the backend (op_decide), puts the operation into the desk,
 * on disk, and shows its outcome at once: acts_world is the replica's world with what is not yet in it laid over. A
 * refusal that can be foreseen is said at once and nothing is put. When the verdict comes and the replica holds what it
 * did, the layer goes; a refusal takes it away with the backend's sentence, and the words stay in the log of this seat.
 *
 * Guard (DESIGN.md §11, SCREENS.md): what the public sees is armed by one key and done by a different one; acts_arm binds the
 * operation to its records and their `rev`, not to a row; it lapses after ARM_MS, and when a record it is about moves.
 */
#ifndef REGIE_UI_ACTS_H
#define REGIE_UI_ACTS_H

#include "data/desk.h"
#include "data/replica.h"
#include "src/model/op.h"
#include "ui/link.h"

enum { ARM_MS = 8000, LAPSED_MS = 20000 /* so long it is told that the last one was not done */ };

struct acts;
struct acts_options {
	struct desk *desk;
	struct replica *replica;         /* the interface's own connection */
	const struct link *link;         /* woken after a put; clock offset and pulls are read from it */
	const struct clock *clock;
	const struct randomness *random;
	void *ctx;
	/* A sentence for the message line; `bad`: a refusal, an expiry. Called within acts_do and acts_refresh. */
	void (*say)(void *ctx, const char *sentence, bool bad);
	/* What an operation is called in such a sentence, appended; NULL: its name. Not called within acts_do. */
	void (*call)(void *ctx, const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out);
};
struct acts *acts_new(const struct acts_options *o);
void acts_free(struct acts *a);
void acts_who(struct acts *a, const char *seat, enum role role); /* once the link knows */
int64_t acts_now(const struct acts *a);                /* server time */

/* The event as this seat sees it: the replica and, over it, what this seat has done. Valid until the next call here. */
const struct world *acts_world(struct acts *a);
/* Takes in what changed: the replica (also by another process), verdicts. Bits of what moved. Cheap when nothing did. */
enum { MOVED_WORLD = 1, MOVED_ROWS = 2 /* messages, themes, counts */, MOVED_VERDICTS = 4 };
unsigned acts_refresh(struct acts *a);

/* Does an operation. Arguments in the order of its table, as people type them or plain ids; NULL: absent. `rev`: of the
 * subject as the person saw it, -1: as it stands. The desk's number, 0 when refused (the sentence is in *e; say is not
 * called for it). Undo and redo without an act mean this seat's last. */
int64_t acts_do(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], int64_t rev, struct error *e);
/* The same by name with up to three arguments: acts_go(a, e, "drop", id, "hors sujet", NULL). */
int64_t acts_go(struct acts *a, struct error *e, const char *op, const char *arg1, const char *arg2, const char *arg3);
int64_t acts_line(struct acts *a, const char *line, struct error *e); /* a whole `:` line */
/* When acts_refresh has something to do by itself (an expiry, the guard lapsing): mono ms, or -1. */
int64_t acts_due(struct acts *a);
/* The verdict on a number: V_NONE while there is none; `text` valid until the next call here. */
enum verdict acts_verdict(struct acts *a, int64_t n, const char **text);
int64_t acts_unsettled(struct acts *a);                /* how many have no verdict yet */
/* Whether the backend itself has that question on the air, whatever this seat has sent for. */
bool acts_confirmed_air(struct acts *a, const char *question);
/* This seat's own change of that record has not been confirmed: shown with a sign. */
bool acts_unsent(struct acts *a, enum kind kind, const char *id);

/* ---- the guard ---- */

struct armed {
	const struct op *op;
	char *arg[OP_ARGS_MAX];  /* resolved */
	int64_t rev;
	char subject[ID_MAX];    /* the record it is about, "" the event */
	char *shows;             /* what will be public, for the armed line: several lines */
	int64_t lapses;          /* acts' clock, mono ms */
};
/* Arms; any earlier one lapses. A foreseeable refusal is in *e and arms nothing. */
bool acts_arm(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], const char *shows, struct error *e);
const struct armed *acts_armed(struct acts *a);        /* NULL: none (lapsed ones are none) */
void acts_disarm(struct acts *a);
/* Why what was armed last is not any more, when that was not this seat's own wish: a sentence, until LAPSED_MS are over,
 * another is armed, or acts_disarm. NULL: no such thing. */
const char *acts_lapsed(struct acts *a);
int64_t acts_fire(struct acts *a, struct error *e);    /* does what is armed */

/* The subject as things stand of an operation with those (resolved) arguments: NULL: the event's, none, or not there. */
const struct record *acts_subject(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX]);

/* Foresees without doing: the outcome if the backend agreed. The caller releases `out`. */
bool acts_foresee(struct acts *a, const struct op *op, const char *const arg[OP_ARGS_MAX], struct outcome *out, struct error *e);

#endif
