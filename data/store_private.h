/* store_private.h: what the files of the backend's store share. Private to data/'s backend side.
 *
 *   store.c   open, batches, what is held in memory      ingest.c   messages        apply.c   operations
 *   rows.c    records to and from rows                   casts.c    the broadcast   admin.c   seats, rooms, gateways
 *   tally.c, people.c   counts     lessons.c   the engine's log     seen.c   what it sees in a theme     feed.c, feed_public.c   readers   backup.c   purge.c
 */
#ifndef REGIE_DATA_STORE_PRIVATE_H
#define REGIE_DATA_STORE_PRIVATE_H

#include "data/db.h"
#include "data/store.h"
#include "data/tally.h"
#include "src/themes/engine.h"

extern const struct migration store_migrations[];
extern const size_t store_migrations_n;

enum { STORE_KEY = 32, SYNCS_KEPT = 64, AIRED_MS = 3000, TITLE_POINTS = 160 };

/* What is only known while a batch is open. */
struct batch {
	bool open;
	bool wrote;             /* rows changed: a rollback must reload */
	bool purged;            /* store_commit has a purge to finish */
	bool failed;            /* the disk failed: nothing more is done, store_commit says `why` */
	struct error why;
	int64_t begun_version;
	struct live_event *events;
	size_t *offsets;        /* of events[i].sse in bytes */
	size_t n_events, cap_events, cap_offsets;
	struct buf bytes;
};

struct store {
	struct db db;
	char *dir, *path, *vfs;
	const struct clock *clock;
	const struct randomness *random;
	int lock;                       /* descriptor, -1: none */
	uint8_t key[STORE_KEY];
	bool broken;                    /* memory could not be reloaded after a failure: every call says `batch.why` */

	/* as in the table `state` */
	char event[ID_MAX];
	int64_t epoch, version, number, duplicates, not_kept;
	int64_t epoch_begun;            /* when this was put back from a backup; 0: never */

	/* the highest numbers given */
	uint32_t messages, people, acts;
	uint32_t themes;                /* how many */
	uint32_t last_theme, last_cluster; /* the highest with a row: a later lower one is `touched` */
	int64_t casts;
	size_t memory_themes;           /* when it was last measured, */
	uint32_t measure_at;            /* and at how many messages again */

	struct memory_world *records;   /* the small kinds and touched participants, whole */
	struct memory_world *scratch;   /* others, while somebody looks at them: emptied when the world changes */
	struct world world;
	struct deed deed;               /* the one last asked for */
	struct map128 sources;          /* source → message */
	struct map128 pseudonyms;       /* pseudonym and channel → participant */
	struct tallies *tallies;
	struct engine *engine;
	bool stepping;                  /* the engine merges, not people */
	struct lessons *lessons;        /* while the file is being read */
	struct buf json;                /* for one record at a time */

	struct batch batch;
	int64_t stamp;
	struct {
		int64_t people, at; /* when that was counted */
		uint32_t acts, messages;
	} aired;
	int wal_pages, wal_asked;
	int64_t syncs[SYNCS_KEPT];
	size_t n_syncs;
};

/* ---- store.c --------------------------------------------------------------------------------------------------- */

/* Whether a batch is open and whole; otherwise a sentence. */
bool batch_usable(struct store *s, struct error *e);
/* Marks the batch as failed because of `e`; returns false. */
bool batch_fail(struct store *s, const struct error *e);
int64_t store_now(const struct store *s);

char *store_file(const char *dir);                                       /* DIR/event.db; the caller frees */
bool store_reload(struct store *s);                                      /* drops what is in memory and reads the file again */
bool store_read_key(const char *dir, uint8_t key[static STORE_KEY], struct error *e); /* ERR_NOT_FOUND when there is none */

/* ---- rows.c ---------------------------------------------------------------------------------------------------- */

/* A row as a record, on the stack where possible: r is valid until the statement steps or row_release. */
struct row {
	union any_record room;
	struct record *owned;
	const struct record *r;
};
#define THEME_COLUMNS   "t.id, t.version, t.first, t.first_at, t.title, t.body, t.typical, t.typical_id, t.key_words, " \
	"t.asks_nothing"
enum { THEME_WIDTH = 10 };
#define CLUSTER_COLUMNS "id, version, theme, body"
#define TALLY_COLUMNS   "y.id, y.version, y.web, y.sms, y.people_web, y.people_sms, y.last_at, y.rise"
#define MESSAGE_COLUMNS "m.id, m.version, m.channel, m.participant, m.cluster, m.at, m.text, m.name, m.room, m.gateway, " \
	"m.service, m.muted, m.touched, m.state, m.reason, m.hold, m.hold_why, m.hold_for, m.alert, m.question, m.rev, m.gone, " \
	"m.by, m.did, m.done_at"
#define RECORD_COLUMNS  "version, body"
/* Reads the columns above, from column `at` on. RECORD_COLUMNS serve every kind of the table `record`. */
bool row_read(struct row *row, enum kind kind, sqlite3_stmt *q, int at, struct error *e);
void row_release(struct row *row);
bool kind_in_records(enum kind kind); /* kept in the table `record` and in memory */

/* Stores a record as it stands now under the next version, with what follows from the change in memory: pointers, counts.
 * A failure marks the batch. `after->version` is not looked at. */
bool store_put(struct store *s, const struct record *after, struct error *e);
/* The record as the open batch sees it; NULL when there is none (or, *failed, the disk failed). Owned by the store. */
const struct record *store_get(struct store *s, enum kind kind, const char *id, bool *failed, struct error *e);

/* ---- ingest.c -------------------------------------------------------------------------------------------------- */

/* Adds a theme's own messages to its tally, from the disk. */
bool tallies_load(struct store *s, uint32_t theme, struct error *e);
bool counts_write(struct store *s, struct error *e); /* those that changed, once a batch */
struct key128 person_key(struct key128 person, enum channel channel);
bool store_scan(struct store *s, struct error *e);   /* fills what is looked up in memory from all rows */
void title_line(const char *text, struct buf *out);  /* a message on one line, not too long; replaces what is in `out` */
void receipt_make(const uint8_t key[static STORE_KEY], int64_t id, char out[static 33]);
bool receipt_read(const uint8_t key[static STORE_KEY], const char *receipt, int64_t *id);

/* ---- lessons.c ------------------------------------------------------------------------------------------------- */

/* What changed in a record, told to the engine and logged. Within a batch; false: the disk failed. */
bool lesson_merge(struct store *s, uint32_t theme, uint32_t was, uint32_t into, struct error *e); /* its pointer; 0: none */
bool lesson_refile(struct store *s, uint32_t message, uint32_t from, uint32_t to, const char *text, struct error *e);
bool lesson_point(struct store *s, uint32_t cluster, uint32_t from, uint32_t to, struct error *e); /* a whole cluster moved */
bool lesson_theme(struct store *s, uint32_t number, const struct theme *was, const struct theme *is, struct error *e);
bool lesson_bucket(struct store *s, uint32_t number, struct error *e); /* founded by the message at hand */

/* At open: all lessons, then those that came before a message, in order; UINT32_MAX: all that are left. */
struct lessons;
struct lessons *lessons_read(struct store *s, struct error *e);
bool lessons_until(struct store *s, struct lessons *all, uint32_t message, struct error *e);
/* The theme a cluster began in, when it is `theme` now. */
uint32_t lessons_began(const struct lessons *all, uint32_t cluster, uint32_t theme);
void lessons_free(struct lessons *all);

/* ---- seen.c ---------------------------------------------------------------------------------------------------- */

/* Within a batch; false: the disk failed. A message came into a theme; a theme was merged into another (both are so in memory
 * by now); something was taken out of a theme, or is no longer to be shown: `message`, or 0 when it may be any. */
bool seen_message(struct store *s, uint32_t theme, int64_t message, struct error *e);
bool seen_merge(struct store *s, uint32_t theme, uint32_t into, struct error *e);
bool seen_again(struct store *s, uint32_t theme, int64_t message, struct error *e);

/* ---- casts.c --------------------------------------------------------------------------------------------------- */

bool casts_emit(struct store *s, const struct outcome *out, int64_t now, struct error *e);
/* For a purge: all broadcasts of records become tombstones; those of questions get the credit that the question has now. */
bool casts_erase(struct store *s, struct error *e);
bool casts_credit(struct store *s, struct error *e);

/* ---- backup.c ------------------------------------------------------------------------------------------------- */

/* Checks a copy whole and marks it as one. */
bool backup_check(const char *part, const char *vfs, struct error *e);

/* ---- purge.c --------------------------------------------------------------------------------------------------- */

void purge_finish(struct store *s); /* what comes after the commit; says in the log when it could not */
bool purge_pending(struct store *s);

#endif
