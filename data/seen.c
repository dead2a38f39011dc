/* seen.c: what the engine sees in a theme: its most typical message and its key words.
 *
 * A theme is looked at when it has twice the messages it had, at 2, 4, 8, 16…, and when what was shown is no longer in it: a few
 * looks in an evening each, at a few messages each, so that 1.3 million messages cost what they cost before. What is chosen
 * among is the one shown until now, the one at hand and those that came before it: it follows from what is stored, so that a
 * restart in between changes nothing. No act: `rev` stays, and undo leaves it alone.
 */
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum {
	FIRST_LOOK = 2,      /* messages */
	BEFORE = 6,          /* messages before the one at hand that are tried */
	TRIED_MAX = BEFORE + 4,
	WORDS = 5,
	SHORT_POINTS = 20,   /* such a text says too little to stand for others, */
	LONG_POINTS = 140,   /* and such a one too much */
};
static const float STAYS = 1.06f, SHORT = .65f, LONG = .8f; /* times its likeness */

static const char SQL_TRIED[] = "SELECT cluster, prev, text, state=0 AND NOT gone AND NOT muted AND NOT alert AND hold=0"
				" AND service=0 FROM message WHERE id=?";
static const char SQL_SHOWN[] = "SELECT typical_id FROM theme WHERE id=?";
static const char SQL_IS[] = "SELECT typical_id, first, key_words FROM theme WHERE id=?";
static const char SQL_SEEN[] =
	"UPDATE theme SET version=?, touched=1, typical=?, typical_id=?, key_words=? WHERE id=? AND NOT asks_nothing";

struct looking {
	struct store *s;
	uint32_t theme;
	int64_t tried[TRIED_MAX];
	size_t n_tried;
	int64_t shown, stays, best; /* as it was; what to prefer to others as good; as it will be */
	float likeness;
	struct buf text; /* of the best */
};

static uint32_t root_of(const struct tallies *t, uint32_t theme)
{
	for (uint32_t into; (into = tallies_into(t, theme)) != 0; theme = into)
		;
	return theme;
}

static float worth(struct looking *l, int64_t id, const char *text)
{
	size_t points = text_points(text);
	float likeness = engine_likeness(l->s->engine, l->theme, text);
	return likeness * (points < SHORT_POINTS ? SHORT : points > LONG_POINTS ? LONG : 1) * (id == l->stays ? STAYS : 1);
}

/* Tries one message; *prev: the one that arrived before it in the same theme. */
static bool try_one(struct looking *l, int64_t id, int64_t *prev, struct error *e)
{
	*prev = 0;
	for (size_t i = 0; i < l->n_tried; i++)
		if (l->tried[i] == id)
			return true;
	if (id == 0 || l->n_tried == TRIED_MAX)
		return true;
	l->tried[l->n_tried++] = id;
	sqlite3_stmt *q = db_query(&l->s->db, e, SQL_TRIED, "i", id);
	bool failed = q == NULL;
	if (!failed && db_row(&l->s->db, q, &failed, e)) {
		uint32_t cluster = (uint32_t)col_int(q, 0);
		bool inside = cluster != 0 && root_of(l->s->tallies, tallies_theme(l->s->tallies, cluster)) == l->theme;
		*prev = col_int(q, 1);
		float likeness = inside && col_int(q, 3) ? worth(l, id, col_text(q, 2)) : 0;
		if (likeness > l->likeness) {
			l->likeness = likeness;
			l->best = id;
			title_line(col_text(q, 2), &l->text);
		}
	}
	db_end(q);
	return !failed;
}

static bool try_back(struct looking *l, int64_t id, struct error *e)
{
	bool done = true;
	for (int i = 0; done && id != 0 && i < BEFORE; i++)
		done = try_one(l, id, &id, e);
	return done;
}

static bool put_seen(struct looking *l, const char *was, struct error *e)
{
	struct store *s = l->s;
	struct buf words = BUF_INIT;
	bool done = true;
	engine_words(s->engine, l->theme, WORDS, &words);
	if (l->best != l->shown || strcmp(was, words.data) != 0) {
		s->batch.wrote = true;
		done = db_do(&s->db, e, SQL_SEEN, "isisi", ++s->version, l->best == 0 ? "" : l->text.data, l->best, words.data,
			(int64_t)l->theme);
		memory_world_clear(s->scratch, K_THEME);
	}
	buf_release(&words);
	return done;
}

/* Its first message is what a theme shows until it was looked at. */
static bool read_shown(struct looking *l, char **words, struct error *e)
{
	sqlite3_stmt *q = db_query(&l->s->db, e, SQL_IS, "i", (int64_t)l->theme);
	bool failed = q == NULL, found = !failed && db_row(&l->s->db, q, &failed, e);
	*words = xstrdup(found ? col_text(q, 2) : "");
	if (found) {
		l->shown = col_int(q, 0);
		l->stays = l->shown != 0 ? l->shown : col_int(q, 1);
	}
	db_end(q);
	return !failed;
}

/* `hand`: a message to begin from, 0: the last that came. */
static bool look_at(struct store *s, uint32_t theme, int64_t hand, struct error *e)
{
	int64_t before;
	char *words;
	struct looking l = { .s = s, .theme = theme, .text = BUF_INIT };
	bool done = read_shown(&l, &words, e) && try_one(&l, l.stays, &before, e) && try_back(&l, hand, e) &&
		try_back(&l, hand == 0 ? tallies_head(s->tallies, theme, 0) : before, e) && put_seen(&l, words, e);
	free(words);
	buf_release(&l.text);
	return done;
}

/* Whether a power of two lies between: `was` < 2^k <= `is`. */
static bool has_doubled(uint32_t was, uint32_t is)
{
	return is >= FIRST_LOOK && was < is && (was == 0 || __builtin_clz(was) != __builtin_clz(is));
}

bool seen_message(struct store *s, uint32_t theme, int64_t message, struct error *e)
{
	uint32_t root = root_of(s->tallies, theme), n = tallies_messages(s->tallies, root);
	return !has_doubled(n - 1, n) || look_at(s, root, message, e);
}

bool seen_merge(struct store *s, uint32_t theme, uint32_t into, struct error *e)
{
	uint32_t root = root_of(s->tallies, into), n = tallies_messages(s->tallies, root);
	uint32_t joined = tallies_messages(s->tallies, theme);
	int64_t hand = 0;
	if (joined > n || !has_doubled(n - joined, n))
		return true;
	return db_int(&s->db, e, &hand, 0, SQL_SHOWN, "i", (int64_t)theme) &&
		look_at(s, root, hand != 0 ? hand : tallies_head(s->tallies, theme, 0), e);
}

bool seen_again(struct store *s, uint32_t theme, int64_t message, struct error *e)
{
	uint32_t root = root_of(s->tallies, theme);
	int64_t shown;
	if (!db_int(&s->db, e, &shown, 0, SQL_SHOWN, "i", (int64_t)root))
		return false;
	return shown == 0 || (message != 0 && shown != message) || look_at(s, root, 0, e);
}
