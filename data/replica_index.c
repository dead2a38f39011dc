/* replica_index.c: filling the search index, in rowid order, so that what lies after `indexed` is its tail. */
#include "data/replica_own.h"
#include "src/base/text.h"

static const char SQL_INDEX[] = "INSERT INTO find(rowid, text) VALUES(?, ?)";
static const char SQL_NEXT[] = "SELECT id, text FROM message WHERE id > ? ORDER BY id LIMIT ?";

/* Two spaces end it, so that its last letters begin trigrams too: words of one or two letters are looked up by those. */
static void fold(const char *text, struct buf *out)
{
	buf_reset(out);
	text_fold(text, out);
	buf_adds(out, "  ");
}

bool replica_index_one(struct replica *r, int64_t id, const char *text, struct error *e)
{
	struct buf folded = BUF_INIT;
	fold(text, &folded);
	bool done = db_do(&r->db, e, SQL_INDEX, "is", id, folded.data);
	buf_release(&folded);
	return done;
}

/* Indexes the next `rows`; *n: how many there were. */
static bool index_rows(struct replica *r, size_t rows, size_t *n, struct error *e)
{
	struct buf folded = BUF_INIT;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_NEXT, "ii", r->state.indexed, (int64_t)rows);
	bool failed = q == NULL;
	while (!failed && !atomic_load(&r->stop) && db_row(&r->db, q, &failed, e)) {
		fold(col_text(q, 1), &folded);
		r->state.indexed = col_int(q, 0);
		failed = !db_do(&r->db, e, SQL_INDEX, "is", r->state.indexed, folded.data);
		(*n)++;
	}
	db_end(q);
	buf_release(&folded);
	return !failed;
}

static const char SQL_INDEXED[] = "SELECT indexed FROM state";
static const char SQL_SAVE_INDEXED[] = "UPDATE state SET indexed = ?";

bool replica_index_step(struct replica *r, size_t rows, int64_t *indexed, bool *done, struct error *e)
{
	size_t n = 0;
	*done = false;
	if (!r->listens)
		atomic_store(&r->stop, false);
	if (!replica_refresh(r, e) || !db_run(&r->db, "BEGIN IMMEDIATE", e))
		return false;
	bool good = db_int(&r->db, e, &r->state.indexed, 0, SQL_INDEXED, "") && index_rows(r, rows, &n, e) &&
		(n == 0 || db_do(&r->db, e, SQL_SAVE_INDEXED, "i", r->state.indexed)) && db_run(&r->db, "COMMIT", e);
	if (!good) {
		replica_failed(r, e);
		db_run(&r->db, "ROLLBACK", NULL);
		r->data_version = 0;
		return false;
	}
	*indexed = r->state.indexed;
	*done = n < rows && !atomic_load(&r->stop);
	return true;
}

void replica_index_yield(struct replica *r)
{
	atomic_store(&r->stop, true);
}
