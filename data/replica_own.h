/* replica_own.h: what the files of the replica share. Seen by data/replica*.c only.
 *
 *   replica.c         open, close, the state row       replica_tables.c   tables made from kinds[]
 *   replica_apply.c   pages into the file              replica_world.c    small records as a world
 *   replica_query.c   queues                          replica_order.c    whole orders, filters
 *   replica_messages.c   messages, samples
 *   replica_clusters.c   what a theme is made of       replica_index.c    the search index
 */
#ifndef REGIE_DATA_REPLICA_OWN_H
#define REGIE_DATA_REPLICA_OWN_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "data/db.h"
#include "data/replica.h"

enum { REPLICA_CURSOR_MAX = 512 };

/* The one row of table `state`, as last read or written. */
struct replica_state {
	char cursor[REPLICA_CURSOR_MAX];
	int64_t generation;      /* one more each time everything was thrown away */
	int64_t seq;             /* pages applied; rises also with a restart */
	int64_t version;
	int64_t messages, web, sms, themes;
	int64_t indexed;         /* messages up to this id are in `find` */
	bool ready, whole;
	bool synced;             /* the first load is on the platter */
	char boot[40];           /* the machine's start during which the first load ran */
};

/* Where rows of themes come from. */
enum theme_source { TS_PEOPLE, TS_PEOPLE_WEB, TS_PEOPLE_SMS, TS_REST, TS_AGE, TS_ARRIVAL, TS_ONE, TS_COUNT };
struct titles;
struct fine;

struct replica {
	struct db db;
	char boot[40]; /* of this start of the machine */
	char *path, *vfs;
	bool read_only, mapped;
	int cache_kb;            /* 0: CACHE_KB */
	ino_t inode;             /* of the file that is open: another process may have begun a new one */
	struct replica_state state;
	int64_t data_version;    /* SQLite's, at which `state` was read */
	bool loading;            /* the connection is set for a first load */
	struct memory_world *small;  /* NULL: not asked for yet */
	struct memory_world *looked; /* themes, messages… looked up one by one since the last refresh */
	int64_t small_seq, small_generation;
	int64_t small_stamp;         /* one more each time read_small put or cleared any */
	struct world world;
	pthread_mutex_t gate;    /* held while the connection is opened, closed or interrupted */
	atomic_bool stop;        /* replica_interrupt was called during this query */
	struct {
		struct row_put {
			char *sql;
			uint64_t set;    /* parameters (bit 1 << number) that are not bound to zero or "" */
		} insert, update;
		char *get;
	} sql[KIND_COUNT];       /* of the kinds with a table of their own; made from kinds[] */
	char *sql_themes[TS_COUNT]; /* all columns of rows */
	char *sql_order[TS_COUNT];  /* what puts them in order: replica_order.c */
	struct titles *titles;      /* NULL: none were looked for yet */
	struct fine *fine;          /* the same for clusters (replica_fine.c) */
	bool listens;               /* replica_listen was called */
	char *sql_scan[2];       /* newest first, oldest first */
};

/* Before the first query of a call; false when it was interrupted already. */
bool replica_start(struct replica *r, struct error *e);
/* A row of a query of ours: as db_row, and an interruption is said as such. */
bool replica_next(struct replica *r, sqlite3_stmt *q, bool *failed, struct error *e);
/* Themes by rise, most first; the caller frees. */
bool replica_risers(struct replica *r, enum channel channel, int64_t **ids, size_t *n, struct error *e);
void titles_free(struct titles *t); /* accepts NULL */
void fine_free(struct fine *f);     /* accepts NULL */
extern const char replica_pragmas[]; /* of a connection that is not loading */
bool replica_set_memory(struct replica *r, struct error *e);
bool replica_read_state(struct replica *r, struct error *e);
/* Commits when `done`, else rolls back. Returns whether it was committed. */
bool replica_finish(struct replica *r, bool done, struct error *e);
/* Throws the file away and opens an empty one: it is only a copy. */
void replica_begin_anew(struct replica *r);
bool kind_has_table(enum kind kind);
/* The tables of the large kinds with their indexes, as statements; appended. */
void replica_add_tables(struct buf *b);
void replica_make_statements(struct replica *r, enum kind kind);
/* Binds a record to its insert or update statement (*set: row_put.set). */
bool replica_bind(sqlite3_stmt *q, int64_t id, const struct record *x, uint64_t *set);
/* "m.\"id\",m.\"version\",…": every column of a kind in the order that replica_read expects; appended. */
void replica_columns(struct buf *b, enum kind kind, const char *prefix);
/* How many columns that is. */
int replica_width(enum kind kind);
/* Fills a record of that kind from columns c…; its texts are the statement's, until the next step. */
void replica_read(sqlite3_stmt *q, int c, enum kind kind, void *record);
/* Sees what others wrote: `state` is up to date afterwards. */
bool replica_refresh(struct replica *r, struct error *e);
/* The state row, inside the caller's transaction. */
bool replica_save_state(struct replica *r, struct error *e);
/* Ends a statement that failed or was interrupted, and says which; returns false. */
bool replica_failed(struct replica *r, struct error *e);
/* The statements that queries need, made at open (replica_query.c). */
void replica_make_queries(struct replica *r);
/* Puts one message into the search index, inside the caller's transaction (replica_index.c). */
bool replica_index_one(struct replica *r, int64_t id, const char *text, struct error *e);
struct numbers {
	int64_t *v;
	size_t n, cap;
};
void numbers_add(struct numbers *l, int64_t x);
/* The clusters of a theme and of all that were merged into it, ascending; appended (replica_messages.c). */
bool replica_clusters_of(struct replica *r, int64_t theme, struct numbers *out, struct error *e);
/* The folded words of a query; words_free releases. */
struct folded {
	struct buf text;         /* the words, NUL between them */
	const char **v;
	size_t n;
};
void folded_words(struct folded *w, const char *query);
void folded_release(struct folded *w);
/* Whether `text`, once folded into `scratch`, holds all words. */
bool folded_match(const struct folded *w, const char *text, struct buf *scratch);
/* The MATCH expression for these words: a superset of what holds them all. false: no word is long enough. */
bool folded_expression(const struct folded *w, struct buf *out);

#endif
