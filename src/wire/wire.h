/* wire.h: records, operations and messages to and from JSON lines. The only layer that knows json-c.
 *
 * Writers append to a `struct buf` by hand-made, table-driven code (fast, no tree); readers take strict JSON (RFC 8259) of
 * bounded depth, without \u0000, and build trees with json-c. null stands for an absent member. Everything read is
 * bounded and validated: a reader returns false with a sentence and leaves nothing half made. Unknown members are ignored,
 * so that older consoles read newer lines.
 */
#ifndef REGIE_WIRE_WIRE_H
#define REGIE_WIRE_WIRE_H

#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/model/op.h"
#include "src/model/record.h"

/* ---- JSON by hand ---------------------------------------------------------------------------------------------- */

void json_string(struct buf *b, const char *s);                  /* "…" quoted and escaped; </ as <\/ */
void json_string_n(struct buf *b, const char *s, size_t n);
/* ,"name":… (the comma only when the last byte is not "{" or "[") */
void json_member(struct buf *b, const char *name, const char *value);
void json_member_int(struct buf *b, const char *name, int64_t value);
void json_member_bool(struct buf *b, const char *name, bool value);

/* A parsed JSON object, for the shapes that have no record behind them. */
struct json;
struct json *json_parse(const char *text, size_t len, struct error *e);  /* must be one object or array, nothing after it; depth ≤ 16 */
void json_free(struct json *j);
const char *json_text(const struct json *j, const char *member);         /* NULL when absent or not a string; valid until json_free */
bool json_has(const struct json *j, const char *member);
bool json_int(const struct json *j, const char *member, int64_t *out);   /* false when absent or no number */
bool json_bool(const struct json *j, const char *member, bool absent);
const struct json *json_get(const struct json *j, const char *member);   /* borrowed; NULL when absent */
size_t json_length(const struct json *array);                            /* 0 when it is no array */
const struct json *json_at(const struct json *array, size_t i);          /* borrowed */
const char *json_as_text(const struct json *j);                          /* a string member itself, or NULL */
bool json_is_object(const struct json *j);

/* ---- records --------------------------------------------------------------------------------------------------- */

enum wire_flags {
	WIRE_MASK = 1,    /* mask numbers and addresses in the public's words (what leaves the backend) */
	WIRE_UNSEAL = 2,  /* the reader may see sealed fields (producer, adviser) */
	WIRE_STORE = 4,   /* for our own disk: everything, nothing masked */
};
/* One JSON object without a line end: {"kind":"question","id":…,"version":…,"rev":…,"by":…,"did":…,"when":…, fields}.
 * Empty texts, zeros, false, empty lists and first enum values are left out ("gone" only when true). `lang` chooses the
 * masks' words. */
void wire_record(struct buf *b, const struct record *r, unsigned flags, const char *lang);
/* A record from such an object; the caller frees it with record_free. A kind that is not known is ERR_NOT_FOUND, so that an
 * older console can pass over it; anything else is ERR_FORMAT. */
struct record *wire_read_record(const char *line, size_t len, struct error *e);
struct record *wire_record_from(const struct json *j, struct error *e);

/* A deed's before-images for the log on disk, and back. */
void wire_deed(struct buf *b, const struct deed *d);
bool wire_read_deed(const char *text, struct deed *out, struct error *e);
void deed_release(struct deed *d);

/* ---- operations ------------------------------------------------------------------------------------------------ */

/* An operation on its way, as a desk keeps it and POST /v1/ops carries it. */
struct wire_op {
	int64_t n;
	const struct op *op;
	int64_t at;              /* when it was decided, server time as the console knew it */
	int64_t rev;             /* -1: not stated */
	int64_t until;           /* 0: none */
	char *arg[OP_ARGS_MAX];  /* owned; NULL = not given; ARG_MANY joined by one space */
};
void wire_op_release(struct wire_op *o);
void wire_op(struct buf *b, const struct wire_op *o);   /* {"n":…,"op":…,"at":…,"rev":…,"until":…,"args":{…}} */
bool wire_read_op(const struct json *j, struct wire_op *out, struct error *e); /* args as strings, numbers, booleans or arrays of them; an unknown op or argument, too many bytes (8,000) or control characters is an error */

enum { WIRE_OPS_MAX = 200, CLIENT_MAX = ID_MAX };
struct wire_ops {
	char client[CLIENT_MAX];
	int64_t epoch;           /* of the event as the desk knows it; 0: not stated */
	struct wire_op *v;
	struct error *bad;       /* one an op: code ERR_NONE, or why that op could not be read */
	size_t n;
};
bool wire_read_ops(const char *body, size_t len, struct wire_ops *out, struct error *e);
void wire_ops_release(struct wire_ops *o);

enum verdict { V_NONE, V_APPLIED, V_REFUSED, V_EXPIRED, V_VOID /* only in a desk: will never be sent */ };
extern const char *const verdict_names[];
struct wire_verdict {
	int64_t n;
	enum verdict verdict;
	bool seen;               /* a repeat: the original verdict again */
	char *text;              /* one sentence; owned */
	char made[ID_MAX];       /* id of the record it made, "" = none */
	char subject[ID_MAX + 12];
	char act[ID_MAX];        /* its number in the log, "" when refused */
	int64_t rev;             /* of the subject, afterwards or as it stands (refusals) */
	int64_t number;          /* question number made or named, 0 = none */
	int64_t at;              /* server time of the verdict */
};
void wire_verdict_release(struct wire_verdict *v);
void wire_verdict(struct buf *b, const struct wire_verdict *v);
bool wire_read_verdict(const struct json *j, struct wire_verdict *out, struct error *e);

/* ---- the public ------------------------------------------------------------------------------------------------ */

/* One event of the live stream: its `data` object. The world gives the records behind the cast. */
void wire_cast(struct buf *b, const struct world *w, const struct cast *c, int64_t now);
/* What stands in its place once it was retracted: {"retracted":true,"segment":ID} or …"question":ID. */
void wire_tombstone(struct buf *b, const struct cast *c);
/* The SSE block around a data object: "id: EPOCH-N\nevent: NAME\ndata: …\n\n". */
void wire_sse(struct buf *b, int64_t epoch, int64_t number, const char *name, const char *data, size_t len);
/* The transcript: {"event":{title,lang,rehearsal,state},"since":"EPOCH-N","questions":[{question,number,wording,credit,
 * channel,state,outcome,aired_at,…}],"answers":[{answer,questions:[…]}],"segments":[{segment,answer,questions,speaker,
 * text,revision,at}],"notices":[…]}: all that was aired, as it stands now, in order. */
void wire_transcript(struct buf *b, const struct world *w, const char *room_name, int64_t epoch, int64_t number);

#endif
