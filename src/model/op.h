/* op.h: the grammar of the control room: one table, from which console and backend both run.
 *
 * An operation is one deliberate act of a seat. `ops[]` gives for each: its name (as on the `:` line, in the API, the
 * manual and the log), its arguments, who may do it, what becomes public, whether it expires, how it is taken back, and
 * its transition: a pure function from the world and the operation to changed records or a refusal. The console runs it
 * to show what will be, the backend to decide what is.
 */
#ifndef REGIE_MODEL_OP_H
#define REGIE_MODEL_OP_H

#include "src/base/error.h"
#include "src/model/record.h"
#include "src/model/world.h"

enum arg_type {
	A_QUESTION,  /* a question: its id, "q7", "next" or "air" */
	A_THEME,     /* "t12" or 12 */
	A_MESSAGE,   /* "m12" or 12 */
	A_PART,      /* of a theme: a message, "m12" or 12, or a whole cluster, "c12" */
	A_PERSON,    /* a participant: "p12" or 12 */
	A_TARGET,    /* "theme:12", "t12", "message:12", "m12", or a question */
	A_SEGMENT,   /* its id, or "last": the newest that this seat published and that stands; "last-1": the one before */
	A_ANSWER,    /* its id, or a question: the answer begun for it */
	A_SEAT,      /* a seat's id or name */
	A_WORD,      /* one word */
	A_CHOICE,    /* one of `choices` */
	A_NUMBER,
	A_TIME,      /* RFC 3339, "HH:MM" (today, the console's zone) or UTC ms */
	A_ID,        /* the new record's id; made by the console when absent */
	A_TEXT,      /* words; on the `:` line the rest of the line */
	A_ACT,       /* an act of the log: its number, or "CLIENT:N" */
};
enum arg_flags {
	ARG_OPTIONAL = 1,
	ARG_MANY = 2,  /* several, separated by spaces or commas; a JSON array */
	ARG_NAMED = 4, /* on the `:` line only as NAME=VALUE */
};

struct arg {
	const char *name;
	enum arg_type type;
	unsigned flags;
	const char *const *choices;
	const char *help;
};
#define OP_ARGS_MAX 7

enum op_flags {
	OP_PUBLIC = 1,   /* the public sees it: guarded at the console */
	OP_EXPIRES = 2,  /* carries `until`, refused past it */
	OP_UNDO = 4,     /* has an inverse: `undo` restores what it changed */
	OP_SEND = 8,     /* logged, not undoable (`say`) */
	OP_TAKES = 16,   /* takes something away from the public: passes an interruption at once */
	OP_EDIT = 32,    /* changes words, or must not be done twice: consoles state the `rev` it was made on */
};

enum { OP_UNTIL_MS = 10000 }; /* what a console gives an expiring operation */

/* An operation as decided and offered. Arguments are strings in the order of the op's table, plain ids or what
 * arg_resolve takes for them; NULL or "" = not given; ARG_MANY values are separated by one space. */
struct offer {
	const struct op *op;
	char seat[ID_MAX];
	enum role role;
	int64_t now;               /* server time at which it is decided now */
	int64_t rev;               /* of the subject it was decided on; -1: not stated, no compare-and-set */
	int64_t until;             /* server time; 0: none */
	const char *arg[OP_ARGS_MAX];
	char fresh[ID_MAX];        /* id for the record it makes when its A_ID argument is absent */
	char fresh2[ID_MAX];       /* and for a second one (an answer with its first segment) */
};

/* What the public is told. */
enum cast_type { CAST_QUESTION, CAST_REWORD, CAST_ANSWER, CAST_SEGMENT, CAST_CORRECTION, CAST_RETRACTION, CAST_NOTICE,
	CAST_STATE, CAST_TYPES };
extern const char *const cast_names[]; /* "question", "reword", … ended by NULL */
struct cast {
	enum cast_type type;
	enum kind kind;        /* of the record it speaks of */
	char id[ID_MAX];
	const char *word;      /* CAST_STATE: "collecting", "opened", "interrupted", "resumed", "ended"; static */
	bool at_once;          /* passes an interruption */
	bool erase;            /* every earlier cast of that record becomes a tombstone */
};

struct change {
	struct record *before; /* NULL: it is new. Owned */
	struct record *after;  /* owned */
};

/* What an operation does: filled by op_decide on success. */
struct outcome {
	struct change *changes;
	size_t n, cap;
	struct cast *casts;
	size_t n_casts, cap_casts;
	/* What an interruption withheld goes out now, oldest first, as it stands now: before this operation's casts, but after
	 * "resumed". What speaks of a segment that waits for review stays. A segment that goes out so loses its `unsent`, which
	 * is no act: its `rev` stays. */
	bool flush;
	char undo_of[ID_MAX];  /* for undo: the act that was undone */
	char seals[ID_MAX];    /* a record whose log entries are sealed from now on (retraction) */
	char subject[ID_MAX + 12]; /* "question:ID" */
	char made[ID_MAX];     /* id of the record it made, "" = none */
};
void outcome_release(struct outcome *o);

/* What an act did, kept with the log so that it can be undone. */
struct deed {
	char act[ID_MAX];
	char seat[ID_MAX];
	const struct op *op;
	bool undone;
	struct { struct record *before; enum kind kind; char id[ID_MAX]; int64_t rev_after; } *v; /* before NULL: it made it */
	size_t n;
};

struct op {
	const char *name;
	unsigned roles;            /* bits 1 << R_… */
	unsigned flags;
	enum kind subject;         /* the kind whose `rev` is compared; KIND_COUNT: none */
	int subject_arg;           /* index of the argument that names it; -1: the event */
	struct arg args[OP_ARGS_MAX];
	const char *back;          /* the operation that takes it back when it has no inverse, or NULL */
	const char *help;          /* one line, English; the gettext key */
	bool (*apply)(const struct world *w, const struct offer *o, struct outcome *out, struct error *why);
};
extern const struct op ops[];
extern const size_t ops_n;
const struct op *op_by_name(const char *name);     /* exact; NULL when there is none */
size_t op_arg_count(const struct op *op);
const char *offer_arg(const struct offer *o, const char *name); /* "" when absent; the name must exist in the table */

/* Decides. On success fills `out` (the caller releases) and returns ERR_NONE; else ERR_REFUSED, or ERR_GONE when it has
 * expired, or ERR_USAGE when its arguments are off, with a sentence in `why`. Changes nothing. Checks, in this order: the
 * event is there and not sealed, seat and role, baton, arguments, expiry, rev, the operation's own guard. Every `after`
 * record has rev + 1 and its by, did, when set. */
enum err op_decide(const struct world *w, const struct offer *o, struct outcome *out, struct error *why);

/* May that role do it in this crew? (Without a producer seat the host stands in for the producer.) */
bool op_allowed(const struct world *w, const struct op *op, enum role role);

/* The backend's own acts, not on the `:` line: ends an event whose `end` was given, once the scribe has nothing left. */
void event_finish(const struct world *w, int64_t now, struct outcome *out);
/* Interrupts an event that is open and not ending (technical); only `resume` goes on. */
void event_interrupt(const struct world *w, int64_t now, struct outcome *out);

/* ---- the `:` line ---------------------------------------------------------------------------------------------- */

struct words {
	const struct op *op;
	char *arg[OP_ARGS_MAX];   /* owned; NULL = not given; not yet resolved */
};
void words_release(struct words *w);
/* "air q3", "accept t12", "publish question=q3 speaker=\"L'invité\" Nous mettons mille cinq cents…": positional
 * arguments in the table's order, NAME=VALUE anywhere before the text, A_TEXT takes the rest of the line. An unknown or
 * ambiguous name, a missing or surplus argument: ERR_USAGE with a sentence that shows the usage. Unambiguous prefixes of
 * operation names are taken. */
bool words_parse(const char *line, struct words *out, struct error *e);
/* "air QUESTION" … as the manual and errors show it; appended. */
struct buf;
void op_usage(const struct op *op, struct buf *out);
/* Resolves what people type for one argument (q7, next, air, t12, last, a seat's name, 20:45, several where ARG_MANY) to
 * plain ids. Returns a fresh string, owned by the caller, or NULL with a sentence. A plain id comes back as it is, whether
 * or not it exists: that is the transition's to judge. */
char *arg_resolve(const struct world *w, const struct arg *a, const char *v, const char *seat, int64_t now, struct error *e);
/* The same for a parsed line, as a console does when a decision is taken: v[] is owned by the caller (NULL = not given). An
 * absent question of air, close, outcome and publish is bound to the one it means now. */
bool words_resolve(const struct world *w, const struct words *in, const char *seat, int64_t now, char *v[OP_ARGS_MAX],
	struct error *e);
/* The operation as a `:` line again, for the log: "edit QUESTION Le texte", optional arguments as NAME=VALUE; appended. */
void words_line(const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out);

#endif
