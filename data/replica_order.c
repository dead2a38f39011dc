/* replica_order.c: whole orders of themes as numbers alone.
 *
 * Reading every column of 50,000 themes takes half a second. An order reads what it needs to stand in its place; one that is
 * filtered is made of what is kept in memory (replica_titles.h), without a look at the file.
 */
#include <stdlib.h>
#include <string.h>

#include "data/replica_titles.h"
#include "src/base/mem.h"

enum {
	WHOLE_MAX = 150000, /* 5 MB while they are sorted */
};

/* ---- orders ------------------------------------------------------------------------------------------------------ */

struct order_walk {
	struct replica *r;
	const struct theme_query *q;
	bool (*take)(void *arg, const struct theme_brief *t);
	void *arg;
	size_t taken;
	struct placed *sorted; /* takes part in the order once all are here; NULL: given at once */
	size_t n_sorted, cap_sorted;
	bool sorting, over;
};
struct placed {
	struct theme_brief brief;
	int64_t people;
	bool given;
};

static void give(struct order_walk *w, const struct theme_brief *b)
{
	w->over = !w->take(w->arg, b) || ++w->taken == w->q->limit;
}

static void place(struct order_walk *w, const struct theme_brief *b, int64_t people)
{
	grow(&w->sorted, &w->cap_sorted, w->n_sorted + 1, sizeof *w->sorted);
	w->sorted[w->n_sorted++] = (struct placed){ .brief = *b, .people = people };
}

static void offer(struct order_walk *w, sqlite3_stmt *q)
{
	const struct theme_brief b = { .id = col_int(q, 0), .pinned = col_int(q, 1) != 0, .answered = col_int(q, 2) != 0 };
	if (!w->sorting) {
		give(w, &b);
		return;
	}
	bool there = w->q->channel == CH_WEB ? col_int(q, 6) != 0 : w->q->channel == CH_SMS ? col_int(q, 7) != 0 : true;
	if (!there)
		return;
	place(w, &b, col_int(q, w->q->channel == CH_WEB ? 4 : w->q->channel == CH_SMS ? 5 : 3));
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
		struct placed *p = bsearch(&key, w->sorted, w->n_sorted, sizeof key, brief_by_id);
		if (p != NULL) {
			give(w, &p->brief);
			p->given = true;
		}
	}
	free(ids);
	return done;
}

/* What was placed, by its number, in the order that is wanted. By rise those that did not rise are left out, or come last
 * when they were looked for by words. */
static bool give_placed(struct order_walk *w, bool by_words, struct error *e)
{
	if (w->q->order == BY_RISE && !give_rising(w, e))
		return false;
	if (w->q->order == BY_RISE && !by_words)
		return true;
	if ((w->q->order == BY_PEOPLE || w->q->order == BY_RISE) && w->n_sorted > 0)
		qsort(w->sorted, w->n_sorted, sizeof *w->sorted, by_people);
	for (size_t i = 0; !w->over && i < w->n_sorted; i++) {
		const struct placed *p = &w->sorted[w->q->order == BY_ARRIVAL ? w->n_sorted - 1 - i : i];
		if (!p->given)
			give(w, &p->brief);
	}
	return true;
}

/* All of them: the tables are read from end to end, ten times as quick as in the order that is wanted, and sorted here. */
static bool walk_whole(struct order_walk *w, int64_t channel, struct error *e)
{
	w->sorting = true;
	return walk(w, TS_AGE, channel, e) && give_placed(w, false, e);
}

static void place_match(struct order_walk *w, const struct title *x)
{
	const struct theme_brief b = { .id = x->id, .pinned = x->pinned, .answered = x->answered };
	enum channel channel = w->q->channel;
	if (x->gone || (x->dismissed && !w->q->dismissed) || (x->into != 0 && !w->q->merged) ||
		(channel == CH_WEB && !x->web) || (channel == CH_SMS && !x->sms))
		return;
	place(w, &b, channel == CH_WEB ? x->people_web : channel == CH_SMS ? x->people_sms : x->people);
}

static bool walk_words(struct order_walk *w, const struct folded *words, struct error *e)
{
	const struct titles *t = titles_now(w->r, e);
	for (size_t i = 0; t != NULL && i < t->n; i++)
		if (title_holds(t, &t->v[i], words))
			place_match(w, &t->v[i]);
	return t != NULL && give_placed(w, true, e);
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
	if (w->q->order == BY_PEOPLE)
		return walk(w, people[w->q->channel], channel, e) && (w->over || walk(w, TS_REST, channel, e));
	return walk(w, w->q->order == BY_AGE ? TS_AGE : TS_ARRIVAL, channel, e);
}

bool replica_theme_order(struct replica *r, const struct theme_query *q,
	bool (*take)(void *arg, const struct theme_brief *t), void *arg, struct error *e)
{
	struct order_walk w = { .r = r, .q = q, .take = take, .arg = arg };
	struct folded words;
	if (!replica_start(r, e))
		return false;
	folded_words(&words, q->filter);
	bool done = words.n > 0 ? walk_words(&w, &words, e) : walk_all(&w, e);
	folded_release(&words);
	free(w.sorted);
	return done;
}

/* ---- what asks nothing ------------------------------------------------------------------------------------------- */

static const char SQL_ASKS_NOTHING[] =
	"SELECT id FROM theme INDEXED BY theme_asks_nothing WHERE asks_nothing AND NOT gone ORDER BY id LIMIT 1";

bool replica_asks_nothing(struct replica *r, int64_t *theme, struct error *e)
{
	sqlite3_stmt *q = db_query(&r->db, e, SQL_ASKS_NOTHING, "");
	bool failed = q == NULL;
	*theme = 0;
	while (!failed && replica_next(r, q, &failed, e))
		*theme = col_int(q, 0);
	db_end(q);
	return !failed;
}
