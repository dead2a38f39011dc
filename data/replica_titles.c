/* replica_titles.c: reading them, first all, then what has another version. */
#include "data/replica_titles.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"
#include "src/base/text.h"

enum {
	TITLES_MS = 1000,
	SLACK = 1 << 20,  /* words of before stay in the text: when they are more than this and half of it, it is read anew */
	CHAIN_MAX = 1000, /* merges of merges; a ring is not made, but may be met half read */
};

void titles_free(struct titles *t)
{
	if (t == NULL)
		return;
	buf_release(&t->text);
	free(t->v);
	free(t);
}

static int64_t mono_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int by_id(const void *a, const void *b)
{
	const struct title *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct title *title_of(const struct titles *t, size_t known, int64_t id)
{
	const struct title key = { .id = id };
	return known == 0 ? NULL : bsearch(&key, t->v, known, sizeof *t->v, by_id);
}

/* Its words are folded once; those of a theme known before are added anew. */
static void put_title(struct titles *t, size_t known, sqlite3_stmt *q)
{
	struct title *x = title_of(t, known, col_int(q, 0));
	if (x == NULL) {
		grow(&t->v, &t->cap, t->n + 1, sizeof *t->v);
		x = &t->v[t->n++];
		*x = (struct title){ .id = col_int(q, 0) };
	}
	x->at = t->text.len;
	x->pinned = col_int(q, 2) != 0;
	x->answered = col_int(q, 3) != 0;
	x->dismissed = col_int(q, 4) != 0;
	x->into = col_int(q, 5);
	x->gone = col_int(q, 6) != 0;
	x->asks_nothing = col_int(q, 7) != 0;
	for (int i = 8; i < 13; i++) { /* all that a theme may be known by */
		if (col_text(q, i)[0] == '\0')
			continue;
		if (t->text.len > x->at)
			buf_addc(&t->text, ' ');
		text_fold(col_text(q, i), &t->text);
	}
	buf_addc(&t->text, '\0');
}

static const char SQL_TITLES[] = "SELECT id, version, pinned, answered_at <> 0 OR question <> '', dismissed,"
				 " \"into\", gone, asks_nothing, label, title, typical, words, key_words FROM theme WHERE version > ?1 ORDER BY id";

static bool read_titles(struct replica *r, struct titles *t, struct error *e)
{
	bool failed = false;
	size_t known = t->n;
	int64_t version = t->version;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_TITLES, "i", t->version);
	while (q != NULL && replica_next(r, q, &failed, e)) {
		version = col_int(q, 1) > version ? col_int(q, 1) : version;
		put_title(t, known, q);
	}
	db_end(q);
	if (t->n > known)
		qsort(t->v, t->n, sizeof *t->v, by_id);
	t->version = version;
	return q != NULL && !failed;
}

static const char SQL_COUNTS[] =
	"SELECT id, version, people, people_web, people_sms, web > 0, sms > 0 FROM count WHERE version > ?1 ORDER BY id";

static bool read_counts(struct replica *r, struct titles *t, struct error *e)
{
	bool failed = false;
	int64_t counted = t->counted;
	size_t i = 0;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_COUNTS, "i", t->counted);
	while (q != NULL && replica_next(r, q, &failed, e)) {
		counted = col_int(q, 1) > counted ? col_int(q, 1) : counted;
		while (i < t->n && t->v[i].id < col_int(q, 0))
			i++;
		if (i == t->n || t->v[i].id != col_int(q, 0))
			continue;
		t->v[i].people = col_int(q, 2);
		t->v[i].people_web = col_int(q, 3);
		t->v[i].people_sms = col_int(q, 4);
		t->v[i].web = col_int(q, 5) != 0;
		t->v[i].sms = col_int(q, 6) != 0;
	}
	db_end(q);
	t->counted = counted;
	return q != NULL && !failed;
}

const struct title *title_find(const struct titles *t, int64_t id)
{
	return title_of(t, t->n, id);
}

const struct title *title_root(const struct titles *t, int64_t id)
{
	const struct title *x = title_find(t, id);
	for (int up = 0; x != NULL && x->into != 0 && up < CHAIN_MAX; up++)
		x = title_find(t, x->into);
	return x;
}

bool title_holds(const struct titles *t, const struct title *x, const struct folded *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (strstr(t->text.data + x->at, words->v[i]) == NULL)
			return false;
	return true;
}

/* Brings them up to date; during a first load they come in any order of versions, and are read anew. */
const struct titles *titles_now(struct replica *r, struct error *e)
{
	struct titles *t = r->titles;
	bool anew = t == NULL || t->generation != r->state.generation || !t->whole || t->text.len > 2 * t->fresh + SLACK;
	if (t != NULL && t->generation == r->state.generation &&
		(t->seq == r->state.seq || mono_ms() - t->read_ms < TITLES_MS))
		return t;
	if (anew) {
		titles_free(t);
		t = r->titles = xcalloc(1, sizeof *t);
		t->text = (struct buf)BUF_INIT;
		t->generation = r->state.generation;
		t->version = t->counted = -1;
		t->whole = r->state.whole;
	}
	if (read_titles(r, t, e) && read_counts(r, t, e)) {
		t->seq = r->state.seq;
		t->read_ms = mono_ms();
		t->fresh = anew ? t->text.len : t->fresh;
		return t;
	}
	titles_free(t); /* half of them would look like all */
	r->titles = NULL;
	return NULL;
}

bool replica_theme_words(struct replica *r, struct error *e)
{
	return replica_start(r, e) && titles_now(r, e) != NULL;
}
