/* store.h: the backend's event: the verbs that anything above knows, SQLite below.
 *
 * One data directory holds one event: event.db (WAL, synchronous=FULL), `key` (0600: 32 random bytes that make
 * pseudonyms), `lock` (held by whoever writes), `control` (the socket of a serving backend). One `struct store` is the
 * one writer: plain sequential code, owned by the writer's thread. A `struct reader` is a connection of its own for one
 * reading thread. Nothing here knows HTTP.
 *
 * A batch: store_begin, then any number of store_append / store_apply / store_admin calls, then store_commit, which makes
 * all of it durable at once (fdatasync) and tells what is new. What fails inside is a verdict on one item; when the disk
 * fails, store_commit returns false, the whole batch is rolled back (memory included) and nothing was acknowledged.
 */
#ifndef REGIE_DATA_STORE_H
#define REGIE_DATA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/error.h"
#include "src/base/map.h"
#include "src/model/op.h"
#include "src/model/record.h"
#include "src/wire/wire.h"

struct store;

struct store_options {
	const char *dir;
	const char *vfs;                  /* SQLite VFS by name; NULL: the system's */
	const struct clock *clock;        /* NULL: the system's */
	const struct randomness *random;  /* NULL: the system's */
	bool no_lock;                     /* tests that open a directory twice on purpose */
};

/* Makes an event in `dir` (made when missing), with a fresh key. ERR_REFUSED when there already is one, ERR_BUSY when
 * another process writes there. A fresh event is preparing, with both intakes shut; `collect` opens them. */
bool store_init(const struct store_options *o, const char *title, const char *lang, bool rehearsal, struct error *e);
/* Opens, migrates, loads what is looked up in memory. ERR_NOT_FOUND: no event there; ERR_BUSY: another process writes;
 * ERR_NEWER: made by a newer version. */
struct store *store_open(const struct store_options *o, struct error *e);
void store_close(struct store *s);   /* checkpoints; accepts NULL */
const char *store_dir(const struct store *s);
const struct world *store_world(struct store *s); /* the state including what the open batch has changed */
int64_t store_epoch(const struct store *s);
const char *store_event_id(const struct store *s); /* random, made by init: tells one event from another */

bool store_begin(struct store *s, struct error *e);
struct committed {
	int64_t version;                  /* of the event, afterwards */
	bool changed;                     /* anything a console would pull */
	struct live_event *events;        /* broadcast, in order; valid until the next store_begin */
	size_t n_events;
	bool purged;                      /* a purge was in it: whoever keeps something of the event drops it */
};
/* One entry of the broadcast as it goes to viewers. */
struct live_event {
	int64_t number;                   /* in this epoch, gap-free from 1 */
	bool tombstone;                   /* an old number whose bytes are replaced, not a new one */
	const char *sse;                  /* the whole SSE block */
	size_t len;
};
bool store_commit(struct store *s, struct committed *out, struct error *e);
void store_rollback(struct store *s);

/* The writer never checkpoints (it would stall for 50-137 ms). After a commit the writer's thread asks whether one is due
 * (true once per some thousand pages of log), and has another thread run store_checkpoint, which opens a connection of its
 * own: most of the work holds nobody up; a log beyond 64 MB is finished while writers wait for its last pages. */
bool store_checkpoint_due(struct store *s);
bool store_checkpoint(const char *dir, const char *vfs, struct error *e);

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/* A message at the door: bounded, not yet cleaned. Pointers stay the caller's. */
struct arrival {
	enum channel channel;
	struct key128 person;             /* pseudonym of the sender; {0,0}: none, counts as a person of its own */
	struct key128 source;             /* hash of (source, the source's message id); {0,0}: none, never a repeat */
	const char *text;                 /* cleaned by text_clean */
	const char *name;                 /* cleaned, or "" */
	const char *room;                 /* slug or "" */
	const char *gateway;              /* name or "" */
	const char *gateway_id;           /* the gateway's own message id, or ""; kept for a carrier lawfully asked */
	const void *raw;                  /* bytes as they came, when cleaning changed anything; else NULL */
	size_t raw_len;
	enum service service;
	int64_t at;                       /* 0: now */
	bool advance;                     /* imported questions: taken in any state but sealed, whatever the intake says */
};
enum taken { TAKEN, TAKEN_BEFORE /* a repeat of a source id */, TAKEN_NOT /* the intake is shut: a sentence in e */ };
struct receipt {
	enum taken taken;
	int64_t id;                       /* message id */
	char receipt[33];                 /* what the sender may ask about; the same for a repeat */
};
/* True: taken, now or before. False: not kept; ERR_REFUSED with a sentence for the sender when the intake is shut, else
 * the batch has failed. STOP is taken whatever the intake says, until the event is sealed. Messages to the service
 * (a->service) belong to no theme. */
bool store_append(struct store *s, const struct arrival *a, struct receipt *out, struct error *e);

/* The pseudonym of a sender: "sms:336…" or "web:COOKIE" keyed with this event's key. Any thread. */
struct key128 store_pseudonym(const struct store *s, const char *sender);

/* ---- operations -------------------------------------------------------------------------------------------------- */

/* Applies a console's offered operations, in order, each at most once. Returns false with ERR_USAGE and *last set when the
 * batch does not start at last + 1 or within what is known, or leaves a number out (409); with ERR_REFUSED when the desk
 * belongs to another seat; otherwise the batch has failed. Verdicts: one an op, owned by the caller, zeroed by the call. */
bool store_apply(struct store *s, const char *seat, const struct wire_ops *offered, struct wire_verdict *verdicts,
	int64_t *last, struct error *e);
/* The backend's own acts, within a batch: ends the event when `end` waits and `scribe_busy` is false. Returns whether it
 * did anything. */
bool store_finish(struct store *s, bool scribe_busy);
/* A theme that the room expects, by the operator; the one of that name changes when it was prepared before. `words` and
 * `examples` (lines) that are NULL or "" stay as they are. Refused as the operation is. */
struct prepared {
	const char *name, *title, *words, *examples;
};
enum prepared_as { PREPARED_NEW, PREPARED_ANEW /* it was known and changed */, PREPARED_BEFORE /* all of it was so */ };
bool store_prepare(struct store *s, const struct prepared *p, enum prepared_as *as, struct error *e);
/* Puts up the interruption card (technical) when the event is open and not ending. Returns whether it did. */
bool store_interrupt(struct store *s);

/* The operator's lexicon (src/themes/lexicon.h), in the place of the one before: it counts from the next message on, and is in
 * the event with its position. `text` ends with a NUL. *changed: it was another one. ERR_FORMAT, with the line that is wrong:
 * nothing has changed. Within a batch. */
bool store_lexicon(struct store *s, const char *text, size_t len, bool *changed, struct error *e);

/* ---- seats, rooms, gateways: the operator's, within a batch ------------------------------------------------------- */

/* Tokens and keys are returned once and kept hashed. */
bool store_seat_add(struct store *s, const char *name, enum role role, char token[static 33], struct error *e);
bool store_seat_renew(struct store *s, const char *name, char token[static 33], struct error *e);
bool store_seat_remove(struct store *s, const char *name, struct error *e);
bool store_room_add(struct store *s, const char *slug, const char *name, const char *origins, struct error *e);
bool store_room_remove(struct store *s, const char *slug, struct error *e);
bool store_gateway_add(struct store *s, const char *name, const char *type, char key[static 33], struct error *e);
bool store_gateway_renew(struct store *s, const char *name, char key[static 33], struct error *e);
bool store_gateway_remove(struct store *s, const char *name, struct error *e);

/* What a request handler needs at once, on the loop's thread: a copy-on-change table, refreshed by the server after a
 * commit that touched it. */
struct directory {
	struct { char id[ID_MAX], name[84], hash[33]; enum role role; } *seats;
	size_t n_seats;
	struct { char slug[ID_MAX]; char *name, *origins; } *rooms;
	size_t n_rooms;
	struct { char name[ID_MAX], type[16], hash[33]; } *gateways;
	size_t n_gateways;
	struct event event;               /* title, lang, state, intake… */
	int64_t epoch;
};
struct directory *store_directory(struct store *s, struct error *e); /* NULL: the disk failed */
void directory_free(struct directory *d);
/* Counts when seats, rooms, gateways or the event record changed: refresh when it differs. */
int64_t store_directory_stamp(const struct store *s);

/* Figures for /metrics and the status line. */
struct store_figures {
	int64_t messages, people, themes, duplicates, not_kept, version, acts, casts;
	int64_t sync_us_last, sync_us_median;   /* fdatasync as measured at commits */
	size_t memory_themes, memory_people;
	int64_t people_aired;                   /* who wrote in the theme of a question that was aired: a person once; seconds old */
};
void store_figures(struct store *s, struct store_figures *out);

/* A value kept with the event under a name, for the operator's commands (last listening URL…). */
bool store_meta_set(struct store *s, const char *name, const char *value, struct error *e);
char *store_meta_get(struct store *s, const char *name); /* owned by the caller, or NULL */

/* `VACUUM INTO` a temporary file, integrity check, fsync, rename to `file` (refuses an existing one). On a connection of
 * its own: any thread may run it while the store lives, and nobody waits; an open batch is not in it. An event put back
 * from it begins a new epoch when it is opened. The key is not in it. */
bool store_backup(struct store *s, const char *file, struct error *e);
/* The key beside it, as FILE.key (0600): whoever has both can test a number that they suspect. */
bool store_backup_key(struct store *s, const char *file, struct error *e);
/* Notes which backup is the newest, and says it (owned by the caller; NULL: none, or it is gone). Any thread. */
void store_backup_note(struct store *s, const char *file);
char *store_backup_last(const char *dir);

/* Reads the whole database and judges its form, a table at a time, the messages last; goes on after the `done` tables that
 * were judged before. CHECK_IN_PART when stop(), asked every few tens of ms, said so (NULL: never). CHECK_BAD with a sentence.
 * Any thread, also while the store lives: nobody waits for it. */
enum check { CHECK_SOUND, CHECK_IN_PART, CHECK_BAD };
struct check_look {
	size_t done, of;           /* tables */
};
enum check store_check(const char *dir, const char *vfs, struct check_look *l, bool (*stop)(void *ctx), void *ctx,
	struct error *e);

/* ---- purging: what must not outlive the evening ------------------------------------------------------------------- */

enum purge { PURGE_NONE, PURGE_PEOPLE, PURGE_EVENT };
struct purged {
	int64_t messages, people, themes, questions; /* that there are; purged now or before */
};
/* Within a batch of an event that is ended or sealed (ERR_REFUSED before): puts tombstones in the place of words.
 *
 * PURGE_PEOPLE: what came from the public: messages (text, name, raw bytes, the gateway's and the source's id, notes on
 * them), themes' titles made of them, pseudonyms, credits, originals and suggestions, wordings that were never aired or
 * that were struck; and what may quote it: words between seats, words of the log but those of what the room itself
 * published, refusals, and all that undo would put back. What stays: numbers, times, states; the aired wording, which is
 * what the room published (masked, as it went out); what the room composed, answered and named.
 * PURGE_EVENT: that, and all that the room wrote: questions, answers, segments, notices, labels, the log; they stay as
 * tombstones without words. Viewers hear a retraction of each. Seats, rooms, gateways and the event's own record stay.
 *
 * Once the batch is durable, store_commit does the rest before it returns: a fresh key over the old one, so that no receipt
 * and no sender is known again; a database made anew (VACUUM) and an empty log, so that no byte is left; memory read anew.
 * When that fails (a disk, a reader that does not let go) it is logged, done again at the next store_open or purge, and
 * store_purge_left says so. */
bool store_purge(struct store *s, enum purge what, struct purged *out, struct error *e);
/* Whether bytes of what was purged may still be in the directory's files; with a sentence then. Any process. */
bool store_purge_left(const char *dir, struct error *e);

/* ---- readers ----------------------------------------------------------------------------------------------------- */

struct reader;
struct reader *reader_open(const struct store_options *o, struct error *e);
void reader_close(struct reader *r);
void reader_forget(struct reader *r); /* drops what it keeps between calls: after a purge */

enum { CURSOR_MAX = 160 };
struct changes_page {
	size_t rows;             /* lines written */
	bool more;               /* ask again at once with `next` */
	char next[CURSOR_MAX];   /* opaque; printable ASCII without quotes */
	bool ready;              /* the small kinds and the largest themes have been sent: the room can work */
	bool whole;              /* the first load is over: from here on only what changes */
};
/* Rows changed after `cursor` ("" = from nothing) as NDJSON (wire_record with WIRE_MASK), at most `limit` of them and
 * about 4 MB; the caller adds the last line. ERR_GONE for a cursor of another epoch or event, ERR_FORMAT for one that is
 * none. A first load sends, as of one version, everything but messages (small kinds, then the 500 largest themes with
 * their counts, then all), then messages by ascending id, then goes on from that version. `unsealed`: producer or adviser.
 * Every page is one short read transaction. */
bool reader_changes(struct reader *r, const char *cursor, size_t limit, bool unsealed, struct buf *out,
	struct changes_page *page, struct error *e);

/* Messages for a partial replica, newest first, before id `before` (0: from the end): of one theme (merged ones
 * included) or containing every word of `q` (folded); NDJSON without a last line. */
bool reader_messages(struct reader *r, int64_t theme, const char *q, int64_t before, size_t limit, struct buf *out, struct error *e);
/* `n` true samples of a theme, drawn with that seed; NDJSON. */
bool reader_sample(struct reader *r, int64_t theme, uint64_t seed, size_t n, struct buf *out, struct error *e);

/* The sender's own question: "waiting", "being read", "in the rundown", "aired", "answered", "not kept". NULL: no such
 * receipt. Static string; the question aired from it goes into `question` ("" = none). */
const char *reader_fate(struct reader *r, const char *receipt, char question[static ID_MAX], struct error *e);

/* The small kinds (event, seats, rooms, questions, answers, segments, notices) as a world as they stand, with the broadcast
 * number they go up to, from one read transaction; kept and refreshed only when the database changed. Valid until the
 * next call on this reader. NULL with a sentence. */
const struct world *reader_world(struct reader *r, int64_t *epoch, int64_t *number, struct error *e);

/* The transcript as JSON (wire_transcript of reader_world) and the number it goes up to. */
bool reader_transcript(struct reader *r, const char *room_name, struct buf *out, int64_t *epoch, int64_t *number, struct error *e);
/* All live events of this epoch, in order, for the hub at a start. */
bool reader_live(struct reader *r, bool (*take)(void *arg, const struct live_event *ev), void *arg, struct error *e);

#endif
