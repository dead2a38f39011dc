/* replica.h: a console's local copy of the event. May be deleted without loss.
 *
 * replica.db in the console's data directory: rows as the backend sent them, the cursor saved in the same transaction as
 * the rows it covers. One process writes it (who holds the desk's sender lock), any number read. No foreign keys: a later
 * page repairs an earlier one. `synchronous=OFF` during a first load only; a machine that stopped in the middle of one
 * starts it anew.
 *
 * A `struct replica` is one thread's (but for replica_interrupt); each thread opens its own, and sees what the others
 * wrote at its next call. Queries that were interrupted fail with ERR_BUSY.
 */
#ifndef REGIE_DATA_REPLICA_H
#define REGIE_DATA_REPLICA_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/model/record.h"
#include "src/model/world.h"

struct replica;

struct replica_options {
	const char *dir;
	const char *vfs;
	const char *boot;        /* tells one start of the machine from another; NULL: as the machine does */
	bool read_only;
	int cache_kb;            /* pages kept in memory of its own; 0: 16 MB */
	bool mapped;             /* reads the file through the system's cache of it instead: takes no memory of its own */
};
/* Opens or makes it. A file that is damaged or of an older layout is thrown away and begun anew (it is only a copy);
 * a newer layout is refused. */
struct replica *replica_open(const struct replica_options *o, struct error *e);
void replica_close(struct replica *r);

/* The cursor to ask from; "" = nothing yet. Valid until the next call that writes. */
const char *replica_cursor(struct replica *r);
/* Throws everything away (410: another epoch or event). */
bool replica_restart(struct replica *r, struct error *e);
/* Applies one answer of `changes` whole: rows and cursor in one transaction. Lines of an unknown kind are passed over (a
 * newer backend); lines that are not JSON or break a bound fail it all. Its last line is
 * {"next":CURSOR,"more":bool,"time":MS,"ready":bool,"whole":bool,"event":ID,"epoch":N,"seat":ID,"presence":[…]?,"status":{…}?}. */
struct page_info {
	size_t rows;
	bool more;
	int64_t time_ms;         /* server time */
	bool ready;              /* the small kinds and the largest themes are here: the room can work */
	bool whole;              /* the first load is over */
	char event[ID_MAX];      /* the event's id */
	char seat[ID_MAX];       /* who we are */
	int64_t epoch;           /* 0: not told */
	int64_t disk_left;       /* bytes on the backend's disk when that is little, else -1 */
	bool disk_stopped;       /* so little that nothing more is taken from the public */
	char *presence;          /* the others, a JSON array, or NULL when nothing changed */
	char *status;            /* of the backend, a JSON object, or NULL likewise */
	int64_t status_stamp;    /* to ask with next */
};
void page_info_release(struct page_info *info);
bool replica_apply(struct replica *r, const char *ndjson, size_t len, struct page_info *info, struct error *e);
bool replica_ready(struct replica *r);
bool replica_whole(struct replica *r);

/* The small kinds (event, seats, rooms, gateways, questions, answers, segments, notices, words, acts) as a world, loaded
 * on first use and kept in step with what replica_apply or another process wrote; themes, messages, participants are
 * looked up one by one. Valid until the next replica call. */
const struct world *replica_world(struct replica *r);
int64_t replica_version(struct replica *r); /* the highest of any row it holds */
int64_t replica_stamp(struct replica *r);   /* differs when anything in it changed, whoever wrote it */
int64_t replica_small_stamp(const struct replica *r); /* differs when replica_world found small kinds changed */

/* Themes with their counts as the queues show them. */
struct theme_row {
	struct theme theme;      /* theme.r.id … ; merged-away and dismissed themes only when asked for */
	struct count count;
};
enum theme_order {
	BY_PEOPLE,               /* most first; alike: newest first */
	BY_RISE,                 /* most messages in the last RISE_BINS minutes before the newest message; only those with some */
	BY_AGE,                  /* first come first */
	BY_ARRIVAL,              /* last come first */
};
struct theme_query {
	enum channel channel;    /* CH_WEB or CH_SMS: themes with messages of that channel, ordered by its people; CH_NONE: all */
	enum theme_order order;
	const char *filter;      /* words that its label, title, typical message or key words must hold, folded here; NULL: all */
	bool dismissed, merged;  /* include those */
	int64_t within;          /* clusters only: of that theme; 0: of all */
	size_t limit, offset;    /* 0: no limit */
};
/* `take` sees the row until it returns, and says whether to go on. It must not call this replica. */
bool replica_themes(struct replica *r, const struct theme_query *q, bool (*take)(void *arg, const struct theme_row *row),
	void *arg, struct error *e);
/* The same order, as numbers and what tells them apart: quick for all of them, and for a filter, which looks in key words
 * too, and by rise has those that did not rise last. */
struct theme_brief {
	int64_t id;
	bool pinned;
	bool answered;           /* a question was accepted from it, or answered */
	bool asks_nothing;       /* clusters only: it is in the theme of what asks nothing */
};
bool replica_theme_order(struct replica *r, const struct theme_query *q, bool (*take)(void *arg, const struct theme_brief *t),
	void *arg, struct error *e);
/* Reads what filters of replica_theme_order look in, so that the first letter of one waits for nothing. */
bool replica_theme_words(struct replica *r, struct error *e);
/* The theme of what asks nothing (themes are of questions); 0: there is none yet. */
bool replica_asks_nothing(struct replica *r, int64_t *theme, struct error *e);
/* Clusters in the orders of the queues, as replica_theme_order has themes: by size, that is by messages, where those are
 * ordered by people; a filter looks in the words of their theme and, of those that once were a theme, in their own. Sizes
 * are at most two seconds old. */
bool replica_cluster_order(struct replica *r, const struct theme_query *q, bool (*take)(void *arg, const struct theme_brief *t),
	void *arg, struct error *e);
struct fine_row {
	int64_t id;
	int64_t theme;           /* it counts in, through all merges */
	int64_t messages;        /* of the channel */
	int64_t first;           /* its first message */
	const char *text;        /* of that; "" when it was erased */
	bool counted;            /* `count` is known */
	struct fine_count {
		int64_t people, last_at;  /* of the channel */
		int32_t rise[RISE_BINS];  /* as record.h has it, oldest first */
	} count;
};
/* Some clusters by number, in that order. `count`: counts who wrote them, a look at each of their messages unless that was
 * done, for some 200 ms: call again for those that are not counted then. Otherwise only what is known already is given. */
bool replica_clusters_by(struct replica *r, enum channel channel, const int64_t *ids, size_t n, bool count,
	bool (*take)(void *arg, const struct fine_row *row), void *arg, struct error *e);
/* The highest number of any cluster that has messages of the channel, and how many are higher than `after`, at most `most`. */
bool replica_clusters_since(struct replica *r, enum channel channel, int64_t after, size_t most, int64_t *highest, int64_t *fresh,
	struct error *e);
/* The theme that a cluster counts in, through all merges. Between two queries, not within `take`. */
bool replica_root_of(struct replica *r, int64_t cluster, int64_t *root, struct error *e);
/* The same for some themes by number, in that order, dismissed and merged ones too; unknown ones are passed over. */
bool replica_themes_of(struct replica *r, const int64_t *ids, size_t n, bool (*take)(void *arg, const struct theme_row *row),
	void *arg, struct error *e);

struct message_query {
	enum channel channel;
	int64_t theme;           /* 0: all; merged themes included */
	int64_t cluster;         /* 0: all */
	const char *words;       /* every one of these must be in the text (folded here, parts of words count); NULL: all */
	int state;               /* enum message_state, -1: any */
	int64_t before, after;   /* ids; 0: no bound */
	bool oldest_first;
	size_t limit;            /* 0: no limit */
};
/* By id, newest first unless oldest_first; erased messages (`gone`) are left out. */
bool replica_messages(struct replica *r, const struct message_query *q, bool (*take)(void *arg, const struct message *m),
	void *arg, struct error *e);
/* `limit` true samples of a theme or a cluster (and channel), the same for the same seed; messages that come later rarely
 * change the draw. */
bool replica_sample(struct replica *r, const struct message_query *q, uint64_t seed,
	bool (*take)(void *arg, const struct message *m), void *arg, struct error *e);

struct replica_totals {
	int64_t messages, web, sms;
	int64_t themes;          /* that stand by themselves */
};
bool replica_totals(struct replica *r, struct replica_totals *out, struct error *e);

/* Fills the search index (FTS5 trigram over an accent-folded column) in rowid order, at most `rows` more; *done tells
 * whether it has caught up, *indexed how far it is. Run by the query worker; searches scan the tail meanwhile. */
bool replica_index_step(struct replica *r, size_t rows, int64_t *indexed, bool *done, struct error *e);
/* Ends a step early, from any thread; what was indexed is kept. (Interrupting it would not do: FTS5 of SQLite 3.40 can be
 * left with a statement that never ends.) */
void replica_index_yield(struct replica *r);
/* From here on an interruption holds for every query until the next call of this, so that none is lost that comes just
 * before its query begins. By the thread that queries. */
void replica_listen(struct replica *r);
/* Stops a query of this connection that is under way, from any thread; not for an index step. */
void replica_interrupt(struct replica *r);

#endif
