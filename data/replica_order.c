/* replica_order.c: whole orders of themes as numbers alone, and the titles that a filter is looked for in.
 *
 * Reading every column of 50,000 themes takes half a second, folding their titles as long again. An order reads what it
 * needs to stand in its place; titles are folded once and kept, a megabyte or two, until something is filtered again.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/replica_own.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum {
	FEW = 400, /* so few matches are looked up one by one and sorted */
	TITLES_MS = 1000,
	WHOLE_MAX = 150000, /* 5 MB while they are sorted */
};

/* ---- titles ------------------------------------------------------------------------------------------------------ */

struct title {
	int64_t id;
	size_t at; /* in text */
};
struct titles {
	struct buf text; /* NUL after each */
	struct title *v; /* by id */
	size_t n, cap;
	int64_t generation, seq, version;
	bool whole;
	int64_t read_ms;
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

static void put_title(struct titles *t, size_t known, int64_t id, const char *label, const char *title)
{
	struct title key = { .id = id, .at = t->text.len };
	text_fold(label, &t->text);
	if (label[0] != '\0')
		buf_addc(&t->text, ' ');
	text_fold(title, &t->text);
	buf_addc(&t->text, '\0');
	struct title *old = known == 0 ? NULL : bsearch(&key, t->v, known, sizeof *t->v, by_id);
	if (old != NULL) {
		old->at = key.at;
		return;
	}
	grow(&t->v, &t->cap, t->n + 1, sizeof *t->v);
	t->v[t->n++] = key;
}

static const char SQL_TITLES[] = "SELECT id, version, label, title FROM theme WHERE version > ?1 ORDER BY id";

static bool read_titles(struct replica *r, struct titles *t, struct error *e)
{
	bool failed = false;
	size_t known = t->n;
	int64_t version = t->version;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_TITLES, "i", t->version);
	while (q != NULL && replica_next(r, q, &failed, e)) {
		version = col_int(q, 1) > version ? col_int(q, 1) : version;
		put_title(t, known, col_int(q, 0), col_text(q, 2), col_text(q, 3));
	}
	db_end(q);
	if (t->n > known)
		qsort(t->v, t->n, sizeof *t->v, by_id);
	if (q == NULL || failed)
		return false;
	t->version = version;
	t->seq = r->state.seq;
	t->read_ms = mono_ms();
	return true;
}

/* Brings the titles up to date; during a first load they come in any order of versions, and are read anew. */
static struct titles *titles_now(struct replica *r, struct error *e)
{
	struct titles *t = r->titles;
	bool anew = t == NULL || t->generation != r->state.generation || !t->whole;
	if (t != NULL && t->generation == r->state.generation &&
		(t->seq == r->state.seq || mono_ms() - t->read_ms < TITLES_MS))
		return t;
	if (anew) {
		titles_free(t);
		t = r->titles = xcalloc(1, sizeof *t);
		t->text = (struct buf)BUF_INIT;
		t->generation = r->state.generation;
		t->version = -1;
		t->whole = r->state.whole;
	}
	if (read_titles(r, t, e))
		return t;
	titles_free(t); /* half of them would look like all */
	r->titles = NULL;
	return NULL;
}

/* Ids of the themes that hold all words, ascending. */
static bool match_titles(struct replica *r, const struct folded *w, int64_t **out, size_t *n, struct error *e)
{
	const struct titles *t = titles_now(r, e);
	size_t cap = 0;
	for (size_t i = 0; t != NULL && i < t->n; i++) {
		bool match = true;
		for (size_t k = 0; match && k < w->n; k++)
			match = strstr(t->text.data + t->v[i].at, w->v[k]) != NULL;
		if (!match)
			continue;
		grow(out, &cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = t->v[i].id;
	}
	return t != NULL;
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

struct order_walk {
	struct replica *r;
	const struct theme_query *q;
	bool (*take)(void *arg, const struct theme_brief *t);
	void *arg;
	const int64_t *only; /* ascending; NULL: all */
	size_t n_only, taken;
	struct placed *sorted; /* takes part in the order once all are here; NULL: given at once */
	size_t n_sorted, cap_sorted;
	bool sorting, few, over;
};
struct placed {
	struct theme_brief brief;
	int64_t people;
};

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static void give(struct order_walk *w, const struct theme_brief *b)
{
	w->over = !w->take(w->arg, b) || ++w->taken == w->q->limit;
}

static void offer(struct order_walk *w, sqlite3_stmt *q)
{
	const struct theme_brief b = { .id = col_int(q, 0), .pinned = col_int(q, 1) != 0, .answered = col_int(q, 2) != 0 };
	if (!w->few && w->only != NULL && bsearch(&b.id, w->only, w->n_only, sizeof *w->only, compare_ids) == NULL)
		return;
	if (!w->sorting) {
		give(w, &b);
		return;
	}
	bool there = w->q->channel == CH_WEB ? col_int(q, 6) != 0 : w->q->channel == CH_SMS ? col_int(q, 7) != 0 : true;
	if (!there)
		return;
	grow(&w->sorted, &w->cap_sorted, w->n_sorted + 1, sizeof *w->sorted);
	w->sorted[w->n_sorted++] = (struct placed){ .brief = b,
		.people = col_int(q, w->q->channel == CH_WEB ? 4 : w->q->channel == CH_SMS ? 5 : 3) };
}

static bool walk(struct order_walk *w, int source, int64_t third, struct error *e)
{
	sqlite3_stmt *q = db_query(&w->r->db, e, w->r->sql_order[source], "iii", (int64_t)w->q->dismissed,
		(int64_t)w->q->merged, third);
	bool failed = q == NULL;
	while (!failed && !w->over && replica_next(w->r, q, &failed, e))
		offer(w, q);
	db_end(q);
	return !failed;
}

static int by_people(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->people != y->people)
		return x->people > y->people ? -1 : 1;
	return x->brief.id > y->brief.id ? -1 : x->brief.id < y->brief.id;
}

/* Few matches: each is looked up, then they are put in order. */
static bool walk_few(struct order_walk *w, struct error *e)
{
	bool done = true;
	w->sorting = w->few = true;
	for (size_t i = 0; done && i < w->n_only; i++)
		done = walk(w, TS_ONE, w->only[w->q->order == BY_AGE ? i : w->n_only - 1 - i], e);
	if (w->q->order == BY_PEOPLE && w->n_sorted > 0)
		qsort(w->sorted, w->n_sorted, sizeof *w->sorted, by_people);
	for (size_t i = 0; done && !w->over && i < w->n_sorted; i++)
		give(w, &w->sorted[i].brief);
	free(w->sorted);
	return done;
}

static int brief_by_id(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	return x->brief.id < y->brief.id ? -1 : x->brief.id > y->brief.id;
}

static bool give_rising(struct order_walk *w, struct error *e)
{
	int64_t *ids = NULL;
	size_t n = 0;
	bool done = replica_risers(w->r, w->q->channel, &ids, &n, e);
	for (size_t i = 0; done && !w->over && i < n && w->n_sorted > 0; i++) {
		const struct placed key = { .brief.id = ids[i] };
		const struct placed *p = bsearch(&key, w->sorted, w->n_sorted, sizeof key, brief_by_id);
		if (p != NULL)
			give(w, &p->brief);
	}
	free(ids);
	return done;
}

/* All of them: the tables are read from end to end, ten times as quick as in the order that is wanted, and sorted here. */
static bool walk_whole(struct order_walk *w, int64_t channel, struct error *e)
{
	w->sorting = true;
	bool done = walk(w, TS_AGE, channel, e);
	if (w->q->order == BY_PEOPLE && w->n_sorted > 0)
		qsort(w->sorted, w->n_sorted, sizeof *w->sorted, by_people);
	if (done && w->q->order == BY_RISE)
		done = give_rising(w, e);
	else
		for (size_t i = 0; done && !w->over && i < w->n_sorted; i++)
			give(w, &w->sorted[w->q->order == BY_ARRIVAL ? w->n_sorted - 1 - i : i].brief);
	free(w->sorted);
	return done;
}

static bool walk_rising(struct order_walk *w, struct error *e)
{
	int64_t *ids = NULL;
	size_t n = 0;
	bool done = replica_risers(w->r, w->q->channel, &ids, &n, e);
	for (size_t i = 0; done && !w->over && i < n; i++)
		done = walk(w, TS_ONE, ids[i], e);
	free(ids);
	return done;
}

static bool walk_all(struct order_walk *w, struct error *e)
{
	static const int people[CHANNELS] = {
		[CH_NONE] = TS_PEOPLE, [CH_WEB] = TS_PEOPLE_WEB, [CH_SMS] = TS_PEOPLE_SMS, [CH_ROOM] = TS_PEOPLE
	};
	int64_t channel = w->q->channel == CH_ROOM ? CH_NONE : (int64_t)w->q->channel;
	if (w->q->limit == 0 && w->r->state.themes <= WHOLE_MAX)
		return walk_whole(w, channel, e);
	if (w->q->order == BY_RISE)
		return walk_rising(w, e);
	if (w->only != NULL && w->n_only <= FEW)
		return walk_few(w, e);
	if (w->q->order == BY_PEOPLE)
		return walk(w, people[w->q->channel], channel, e) && (w->over || walk(w, TS_REST, channel, e));
	return walk(w, w->q->order == BY_AGE ? TS_AGE : TS_ARRIVAL, channel, e);
}

bool replica_theme_order(struct replica *r, const struct theme_query *q,
	bool (*take)(void *arg, const struct theme_brief *t), void *arg, struct error *e)
{
	struct order_walk w = { .r = r, .q = q, .take = take, .arg = arg };
	struct folded words;
	int64_t *only = NULL;
	if (!replica_start(r, e))
		return false;
	folded_words(&words, q->filter);
	bool done = words.n == 0 || match_titles(r, &words, &only, &w.n_only, e);
	if (words.n > 0 && only == NULL)
		only = xcalloc(1, sizeof *only);
	w.only = only;
	done = done && walk_all(&w, e);
	folded_release(&words);
	free(only);
	return done;
}

/* ---- what asks nothing ------------------------------------------------------------------------------------------- */

/* Somebody greets or tests before long: it is among the first, and where it is not, a look at these is all it costs. */
static const char SQL_ASKS_NOTHING[] = "SELECT id FROM theme WHERE id <= 5000 AND title IN (?1, ?2) ORDER BY id LIMIT 1";

bool replica_asks_nothing(struct replica *r, int64_t *theme, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_ASKS_NOTHING, "ss", theme_asks_nothing[0], theme_asks_nothing[1]);
	bool failed = q == NULL;
	*theme = 0;
	while (!failed && replica_next(r, q, &failed, e))
		*theme = col_int(q, 0);
	db_end(q);
	return !failed;
}
