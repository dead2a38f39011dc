/* record.h: what an event is made of, as tables of fields.
 *
 * Every kind of record is a plain struct that begins with `struct record` and a row in `kinds[]` that lists its fields.
 * Everything that must treat all records alike (JSON, storage, copies, comparison, undo) walks these tables, so that a
 * new field is one member here and one row in record.c.
 *
 * Ownership: text fields (F_TEXT) are owned by the record and never NULL once record_new or record_copy made it; ids are
 * inline. Records are values: nothing in one points to another record, they name each other by id ("" = none).
 *
 * Two counters (DESIGN.md §6): `version` rises with any change and drives sync; `rev` rises only by operations. `by`,
 * `did` and `when` name the last operation, so that a refusal can say who did what and when.
 */
#ifndef REGIE_MODEL_RECORD_H
#define REGIE_MODEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/id.h"

/* The kinds, in the order in which a first load sends them (messages last). */
enum kind {
	K_EVENT,       /* the evening: one record, id "event" */
	K_SEAT,        /* id: dense integer */
	K_ROOM,        /* id: slug */
	K_GATEWAY,     /* id: its name, a slug */
	K_QUESTION,    /* id: UUIDv7 */
	K_ANSWER,      /* id: UUIDv7 */
	K_SEGMENT,     /* id: UUIDv7 */
	K_NOTICE,      /* id: UUIDv7 */
	K_WORD,        /* `say`: id UUIDv7 */
	K_ACT,         /* the log: an operation that was applied; id: dense integer */
	K_PARTICIPANT, /* only those a person touched are kept as records; id: dense integer */
	K_THEME,       /* id: dense integer */
	K_CLUSTER,     /* only those not in the theme of their own number; id: dense integer */
	K_COUNT,       /* the counts of a theme; id: the theme's */
	K_MESSAGE,     /* id: dense integer */
	KIND_COUNT
};

struct record {
	enum kind kind;
	char id[ID_MAX];
	int64_t version;  /* of the last change of any sort; 0: never stored */
	int64_t rev;      /* of the last operation; 0: none yet */
	bool gone;        /* undone creation, removed seat or room, purged: kept as a tombstone, shown nowhere */
	char by[ID_MAX];  /* seat of the last operation, "" = none, "0" = the backend itself */
	char did[16];     /* name of the last operation */
	int64_t when;     /* its time, UTC ms */
};

/* An ordered list of ids. */
struct ids {
	char (*v)[ID_MAX];
	size_t n;
};

enum event_state { EV_PREPARING, EV_COLLECTING, EV_OPEN, EV_INTERRUPTED, EV_ENDED, EV_SEALED, EV_STATES };
enum interruption { IN_NONE, IN_TECHNICAL, IN_EDITORIAL, IN_KINDS };
enum role { R_NONE, R_WEB, R_SMS, R_HOST, R_SCRIBE, R_PRODUCER, R_ADVISER, R_OBSERVER, R_PROMPTER, R_BACKEND, ROLES };
enum channel { CH_NONE, CH_WEB, CH_SMS, CH_ROOM /* composed by the room itself */, CHANNELS };
enum message_state { MS_WAITING, MS_DISMISSED, MS_STATES };
enum service { SV_NONE, SV_STOP, SV_CONTACT, SERVICES }; /* an SMS that speaks to the service, not to the guest */
enum question_state { Q_RESERVE, Q_NEXT, Q_AIR, Q_CLOSED, Q_DROPPED, Q_RETURNED, Q_STATES };
enum result { OUT_NONE, OUT_ANSWERED, OUT_PARTLY, OUT_DECLINED, OUT_CUT, OUT_WRITTEN, RESULTS }; /* an outcome */
enum segment_state { SG_LIVE, SG_REVIEW /* published during an editorial interruption, not released */, SG_RETRACTED, SG_STATES };
enum hold { HOLD_NONE, HOLD_LEGAL, HOLD_OPINION, HOLD_FACT, HOLD_BLOCKED, HOLDS };

extern const char *const event_state_names[], *const interruption_names[], *const role_names[], *const channel_names[],
	*const message_state_names[], *const service_names[], *const question_state_names[], *const result_names[],
	*const segment_state_names[], *const hold_names[]; /* each ended by NULL; index = the enum's value */

struct event {
	struct record r;
	char *title;
	char *lang;            /* "fr" or "en" */
	bool rehearsal;
	enum event_state state;
	bool ending;           /* `end` was given, the scribe is being waited for */
	enum interruption interruption; /* while interrupted */
	int64_t opened_at, interrupted_at, ended_at; /* 0: not yet */
	bool intake_web, intake_sms;
	int64_t plan_end;      /* planned end, UTC ms; 0: none */
	int64_t plan_questions;
	char baton[ID_MAX];    /* the only seat that may air; "" = host and producer alike */
	char air[ID_MAX];      /* question on the air, "" = none */
	int64_t aired;         /* questions that were put on the air */
};

struct seat {
	struct record r;
	char *name;
	enum role role;
	bool away;
	char *speaker; /* who is speaking, for the segments this seat publishes next; "" = not said */
};

struct room {
	struct record r;
	char *name;
	char *origins; /* allowed Origins, space-separated */
};

struct gateway {
	struct record r;
	char *type;    /* "kannel", "generic" */
};

struct participant {
	struct record r;
	bool muted;    /* a moderator set their later messages aside */
	bool stopped;  /* sent STOP */
};

struct theme {
	struct record r;
	char *title;         /* what it is shown as until people label it: its first message, cleaned */
	char *label;         /* people's name for it, "" = none */
	char *name;          /* prepared theme's key, "" = found by the engine */
	char *words;         /* a prepared theme's key words, comma-separated */
	char *examples;      /* and its example questions, a line each */
	char into[ID_MAX];   /* merged into that theme; "" = stands by itself */
	bool pinned;
	bool dismissed;
	char *reason;        /* of the dismissal */
	char question[ID_MAX]; /* the last question accepted from it, "" = none */
	int64_t answered_at; /* when a question of it was closed as answered; 0: not */
	int64_t first_at;    /* time of its first message */
	int64_t first;       /* id of its first message; 0: none yet */
	enum hold hold;      /* theme held as a whole (legal, …) */
	char *hold_why;
	/* what the engine sees in it now; "" and 0 while it is small (its title says it all) */
	char *typical;       /* its most typical message, on one line */
	int64_t typical_id;  /* that message */
	char *key_words;     /* what it is about, most telling first: "smic, juillet, augmentation" */
	bool asks_nothing;   /* the one bucket of what asks nothing: greetings, tests, adverts */
};

struct cluster {
	struct record r;
	char theme[ID_MAX];
};

enum { RISE_BINS = 10 }; /* minutes that a theme's rise looks back */
struct count {
	struct record r;
	int64_t web, sms;               /* messages by channel, merged themes included */
	int64_t people_web, people_sms; /* exact, a person once */
	int64_t people;                 /* either channel; a person who used both counts once a channel pseudonym */
	int64_t last_at;                /* time of its last message */
	char *rise;                     /* messages of the RISE_BINS minutes up to last_at's, oldest first: "0,2,5,…" */
};

struct message {
	struct record r;
	enum channel channel;
	int64_t participant;
	char *name;            /* as given, cleaned; "" = none */
	char *text;
	char *room;            /* slug it was sent from, "" = none or SMS */
	char *gateway;         /* gateway name for SMS */
	int64_t at;
	int64_t cluster;       /* fixed at arrival; only `refile` and `split` move it */
	enum service service;
	enum message_state state;
	bool muted;            /* came from a muted participant */
	char *reason;          /* of the dismissal */
	enum hold hold;
	char *hold_why;
	char *hold_for;        /* whom it was held for: a seat's id, a role or free words */
	bool alert;            /* someone in danger */
	char question[ID_MAX]; /* the last question accepted from it */
};

struct question {
	struct record r;
	int64_t number;        /* from 1, in order of acceptance: "q7" */
	enum question_state state;
	enum result outcome;
	char *wording;
	char *credit;          /* "Momi543, par SMS"; the room's own: "La rédaction" */
	enum channel channel;  /* CH_ROOM: composed by the room, never credited to the public */
	char theme[ID_MAX];
	struct ids messages;   /* sources */
	char *original;        /* the source's text as it came, masked nowhere: shown beside the wording */
	int64_t position;      /* order in the rundown, ascending; gaps of POSITION_STEP */
	char *suggestion;      /* a wording another seat proposes, "" = none */
	char suggested_by[ID_MAX];
	enum hold hold;
	char *hold_why;
	char *hold_for;
	int64_t accepted_at, aired_at, closed_at;
	int64_t times;         /* how often it was put on the air */
	bool improvised;       /* came by `ask` */
	bool struck;           /* taken back after airing: its words are erased for the public */
	char *reason;          /* why dropped or returned */
	int64_t people;        /* people of its theme when it was last put on the air, for "credit" lines; 0: none */
};
#define POSITION_STEP ((int64_t)1 << 32)

struct answer {
	struct record r;
	struct ids questions;  /* linked questions, the first is the one it was begun for */
	int64_t begun_at;
};

struct segment {
	struct record r;
	char answer[ID_MAX];
	int64_t position;      /* order within the event, ascending */
	char *speaker;
	char *text;            /* "" once retracted */
	int64_t revision;      /* 1, then one more a correction */
	enum segment_state state;
	bool unsent;           /* withheld by an interruption, not yet broadcast */
	int64_t at;            /* published */
	char *suggestion;      /* a correction another seat proposes */
	char suggested_by[ID_MAX];
};

struct notice {
	struct record r;
	char *text;
	int64_t at;
};

struct word {
	struct record r;
	char from[ID_MAX];
	char *to;              /* seat id, role name, or "all" */
	char *text;
	int64_t at;
	struct ids acks;       /* seats that acknowledged */
};

struct act {               /* the log, one line an applied operation */
	struct record r;
	char seat[ID_MAX];
	char *op;              /* its name */
	char *words;           /* its arguments as on the `:` line; "" for others than producer and adviser once sealed */
	char *subject;         /* "question:ID" … of the first record it changed */
	int64_t at;
	char client[ID_MAX];   /* the desk and number that sent it */
	int64_t n;
	char undo_of[ID_MAX];  /* the act that this one undid */
	bool undone;
	bool sealed;           /* a retraction sealed it */
};

union any_record {         /* room for any kind */
	struct record r;
	struct event event; struct seat seat; struct room room; struct gateway gateway; struct participant participant;
	struct theme theme; struct cluster cluster; struct count count; struct message message; struct question question;
	struct answer answer; struct segment segment; struct notice notice; struct word word; struct act act;
};

enum field_type { F_INT, F_TIME, F_BOOL, F_ENUM, F_TEXT, F_ID, F_IDS };
enum field_flags {
	FIELD_PUBLIC_TEXT = 1, /* words of the public: masked wherever shown or exported */
	FIELD_SEALED = 2,      /* only producer and adviser see it once the record is sealed */
	FIELD_LIVE = 4,        /* changes by traffic, not by operations: left out of undo and comparison */
};
struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	const char *const *names; /* F_ENUM */
	unsigned flags;
};
struct kind_row {
	const char *name;      /* "question" */
	size_t size;           /* of its struct */
	const struct field *fields;
	size_t n_fields;
};
extern const struct kind_row kinds[KIND_COUNT];

bool kind_by_name(const char *name, enum kind *out);

/* A fresh record with all texts "" and numbers 0; the caller frees with record_free. */
void *record_new(enum kind kind, const char *id);
void *record_copy(const void *record);
void record_free(void *record);                      /* accepts NULL */
/* Makes `record` (a zeroed or initialised struct of that kind) usable on the stack; record_clear releases what it owns. */
void record_init(void *record, enum kind kind, const char *id);
void record_clear(void *record);
/* Content alike: every field but version, rev, by, did, when and FIELD_LIVE ones (`gone` counts). */
bool record_same(const void *a, const void *b);
/* Copies the content fields (as record_same has them) of `from` into `to`; ids, counters and live fields stay. */
void record_restore(void *to, const void *from);

void text_set(char **field, const char *s);          /* replaces an owned text; s may be NULL */
void ids_add(struct ids *l, const char *id);         /* at the end, unless it is there */
bool ids_have(const struct ids *l, const char *id);
void ids_remove(struct ids *l, const char *id);
void ids_set(struct ids *l, const struct ids *from);
void ids_clear(struct ids *l);

/* Titles of the theme of what asks nothing, in French and in English; `asks_nothing` tells which theme it is. */
extern const char *const theme_asks_nothing[2];

/* The title people see: what they named it, else the title they prepared, else its most typical message, else its first. */
const char *theme_title(const struct theme *t);
/* The same without the name: the words of a question that asks what the theme asks. */
const char *theme_asks(const struct theme *t);

#endif
