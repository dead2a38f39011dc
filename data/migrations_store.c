/* migrations_store.c: the schema of event.db, as its history. Append only.
 *
 * Times are UTC milliseconds; `version` is the event-wide counter's value at the row's last change. Where a table has
 * `touched`, rows that are not touched ascend in version with their id, so that what is new is found by id alone and only
 * touched rows need an index. A message costs no index entry: an index by cluster halved what could be taken in, since each
 * batch wrote to pages all over it. The messages of a theme are those of its chain (tally.head, message.prev) that were
 * not moved, and those moved into it.
 */
#include "data/store_private.h"
#include "src/base/mem.h"

static const char SQL_FIRST[] =
	/* one row: the counters of the event */
	"CREATE TABLE state("
	" one INTEGER PRIMARY KEY CHECK(one = 1),"
	" event TEXT NOT NULL," /* random: tells one event from another */
	" epoch INTEGER NOT NULL,"
	" version INTEGER NOT NULL,"
	" number INTEGER NOT NULL," /* last number of the broadcast in this epoch */
	" duplicates INTEGER NOT NULL DEFAULT 0,"
	" not_kept INTEGER NOT NULL DEFAULT 0,"
	" restored INTEGER NOT NULL DEFAULT 0 CHECK(restored IN (0, 1)));" /* a backup: the next open begins an epoch */

	"CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

	/* records of the small kinds, whole as JSON */
	"CREATE TABLE record("
	" kind INTEGER NOT NULL,"
	" id TEXT NOT NULL,"
	" version INTEGER NOT NULL,"
	" body TEXT NOT NULL,"
	" PRIMARY KEY(kind, id)) WITHOUT ROWID;"
	"CREATE INDEX record_version ON record(version);"

	/* what is kept of tokens and keys */
	"CREATE TABLE secret("
	" kind INTEGER NOT NULL,"
	" id TEXT NOT NULL,"
	" hash TEXT NOT NULL,"
	" PRIMARY KEY(kind, id)) WITHOUT ROWID;"

	/* participants with a pseudonym; those without are numbered alike and have no row */
	"CREATE TABLE person("
	" id INTEGER PRIMARY KEY,"
	" hi INTEGER NOT NULL,"
	" lo INTEGER NOT NULL);"

	/* `body`: the whole record as JSON once people changed it, '' before */
	"CREATE TABLE theme("
	" id INTEGER PRIMARY KEY,"
	" version INTEGER NOT NULL,"
	" touched INTEGER NOT NULL DEFAULT 0,"
	" merged INTEGER NOT NULL DEFAULT 0," /* into that theme */
	" first INTEGER NOT NULL,"
	" first_at INTEGER NOT NULL,"
	" title TEXT NOT NULL,"
	" body TEXT NOT NULL DEFAULT '');"
	"CREATE INDEX theme_version ON theme(version) WHERE touched;"
	"CREATE INDEX theme_merged ON theme(merged) WHERE merged;"

	/* only clusters not in the theme of their own number, now or once */
	"CREATE TABLE cluster("
	" id INTEGER PRIMARY KEY,"
	" version INTEGER NOT NULL,"
	" touched INTEGER NOT NULL DEFAULT 0,"
	" theme INTEGER NOT NULL,"
	" body TEXT NOT NULL DEFAULT '');"
	"CREATE INDEX cluster_version ON cluster(version) WHERE touched;"
	"CREATE INDEX cluster_theme ON cluster(theme);"

	"CREATE TABLE tally("
	" id INTEGER PRIMARY KEY," /* the theme's */
	" version INTEGER NOT NULL,"
	" head INTEGER NOT NULL," /* the last message that arrived in it: message.prev goes on from there */
	" web INTEGER NOT NULL,"
	" sms INTEGER NOT NULL,"
	" people_web INTEGER NOT NULL,"
	" people_sms INTEGER NOT NULL,"
	" last_at INTEGER NOT NULL,"
	" rise TEXT NOT NULL);"
	/* which counts changed when, instead of an index on tally.version: an index would be written all over in every batch */
	"CREATE TABLE tally_log(version INTEGER PRIMARY KEY, id INTEGER NOT NULL);"

	"CREATE TABLE message("
	" id INTEGER PRIMARY KEY,"
	" version INTEGER NOT NULL,"
	" touched INTEGER NOT NULL DEFAULT 0,"
	" channel INTEGER NOT NULL,"
	" participant INTEGER NOT NULL,"
	" cluster INTEGER NOT NULL," /* 0: in no theme */
	" prev INTEGER NOT NULL,"    /* the message before it that arrived in the same theme, 0: none */
	" at INTEGER NOT NULL,"
	" text TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" room TEXT NOT NULL,"
	" gateway TEXT NOT NULL,"
	" service INTEGER NOT NULL,"
	" muted INTEGER NOT NULL,"
	" source_hi INTEGER NOT NULL," /* 0, 0: the source gave no id */
	" source_lo INTEGER NOT NULL,"
	" gateway_id TEXT NOT NULL,"
	" raw BLOB,"                          /* the bytes as they came, where cleaning changed them */
	" placed INTEGER NOT NULL DEFAULT 0," /* the cluster it had at arrival, once it was moved */
	" state INTEGER NOT NULL DEFAULT 0,"
	" reason TEXT NOT NULL DEFAULT '',"
	" hold INTEGER NOT NULL DEFAULT 0,"
	" hold_why TEXT NOT NULL DEFAULT '',"
	" hold_for TEXT NOT NULL DEFAULT '',"
	" alert INTEGER NOT NULL DEFAULT 0,"
	" question TEXT NOT NULL DEFAULT '',"
	" rev INTEGER NOT NULL DEFAULT 0,"
	" gone INTEGER NOT NULL DEFAULT 0,"
	" by TEXT NOT NULL DEFAULT '',"
	" did TEXT NOT NULL DEFAULT '',"
	" done_at INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX message_version ON message(version) WHERE touched;"
	"CREATE INDEX message_moved ON message(cluster) WHERE placed;"

	/* what was offered, and what came of it */
	"CREATE TABLE desk(client TEXT PRIMARY KEY, seat TEXT NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE verdict("
	" client TEXT NOT NULL,"
	" n INTEGER NOT NULL,"
	" hi INTEGER NOT NULL," /* hash of the operation's content */
	" lo INTEGER NOT NULL,"
	" subject TEXT NOT NULL,"
	" body TEXT NOT NULL,"
	" PRIMARY KEY(client, n)) WITHOUT ROWID;"

	/* what each act changed: for undo, and as evidence; leaves this table for nobody */
	"CREATE TABLE deed(act INTEGER PRIMARY KEY, body TEXT NOT NULL);"

	/* the broadcast: number NULL while an interruption withholds it, payload '' until it is numbered */
	"CREATE TABLE live("
	" seq INTEGER PRIMARY KEY,"
	" epoch INTEGER NOT NULL,"
	" number INTEGER,"
	" type INTEGER NOT NULL,"
	" kind INTEGER NOT NULL,"
	" id TEXT NOT NULL,"
	" word TEXT NOT NULL,"
	" erased INTEGER NOT NULL DEFAULT 0,"
	" payload TEXT NOT NULL);"
	"CREATE UNIQUE INDEX live_number ON live(epoch, number) WHERE number IS NOT NULL;"
	"CREATE INDEX live_record ON live(kind, id);";

/* what the theme engine was told beside the messages, in order: see lessons.c */
static const char SQL_LESSONS[] =
	"CREATE TABLE lesson("
	" n INTEGER PRIMARY KEY,"
	" after INTEGER NOT NULL," /* how many messages there were */
	" what INTEGER NOT NULL,"
	" a INTEGER NOT NULL,"
	" b INTEGER NOT NULL,"
	" c INTEGER NOT NULL,"
	" text TEXT NOT NULL);";

/* What the engine sees in a theme, in columns of its own: it changes without an act, whether people touched the theme or not.
 * The bucket was known by its lesson (what = 6) before. */
static const char SQL_SEEN[] =
	"ALTER TABLE theme ADD COLUMN typical TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE theme ADD COLUMN typical_id INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE theme ADD COLUMN key_words TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE theme ADD COLUMN asks_nothing INTEGER NOT NULL DEFAULT 0;"
	"UPDATE theme SET asks_nothing=1 WHERE id IN (SELECT a FROM lesson WHERE what=6);"
	/* of a prepared theme that stands: what finds it again */
	"ALTER TABLE theme ADD COLUMN name TEXT NOT NULL DEFAULT '';"
	"UPDATE theme SET name=coalesce(json_extract(body, '$.name'), '') WHERE body<>'' AND NOT coalesce(json_extract(body,"
	" '$.gone'), 0);"
	"CREATE INDEX theme_name ON theme(name) WHERE name<>'';";

const struct migration store_migrations[] = {
	{ .version = 1, .name = "the first schema", .sql = SQL_FIRST },
	{ .version = 2, .name = "what the theme engine learnt", .sql = SQL_LESSONS },
	{ .version = 3, .name = "what the theme engine sees in a theme", .sql = SQL_SEEN },
};
const size_t store_migrations_n = COUNT_OF(store_migrations);
