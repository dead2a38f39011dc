/* lessons.c: what the theme engine was told beside the messages, in the log at its position.
 *
 * The engine is rebuilt by making the same calls in the same order (engine.h). Messages are a row each; everything else that it
 * was told (its own merges as they were carried out, and what people decided) is a row of `lesson`, with the number of
 * messages that had come before. A lesson is drawn from what changed in a record, so that undo and redo teach, too.
 */
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/themes/lexicon.h"

/* Kept in the database: append only. */
enum lesson {
	L_MERGE = 1,
	L_UNMERGE,
	L_REFILE,
	L_PREPARE,
	L_SETTLE,
	L_BUCKET,
	L_JOIN,    /* L_MERGE by people */
	L_LEXICON, /* the operator's, whole; purge.c knows it by its number, 8 */
	L_CLOSE,
	L_POINT,   /* a whole cluster was moved */
};

static const char SQL_LESSON[] = "INSERT INTO lesson(after, what, a, b, c, text) VALUES(?, ?, ?, ?, ?, ?)";
static const char SQL_LESSONS[] = "SELECT after, what, a, b, c FROM lesson ORDER BY n";
static const char SQL_LESSON_TEXT[] = "SELECT text FROM lesson WHERE n=?";
static const char SQL_LEXICON[] = "SELECT text FROM lesson WHERE what=? ORDER BY n DESC LIMIT 1";
static const char SQL_MESSAGE_TEXT[] = "SELECT text FROM message WHERE id=?";

struct row_of_lesson {
	uint32_t after, what, a, b, c;
};
struct lessons {
	struct row_of_lesson *v;
	size_t n, cap, next;
	struct pointed {
		uint32_t cluster, began;
	} *pointed; /* clusters that were moved as a whole, by number */
	size_t n_pointed, cap_pointed;
};

/* Title, words and examples of a prepared theme: two lines, then a line each. */
static void tell_prepared(struct engine *g, uint32_t theme, const char *text)
{
	char *title = xstrndup(text, strcspn(text, "\n"));
	const char *rest = text + strlen(title) + (text[strlen(title)] == '\n');
	char *words = xstrndup(rest, strcspn(rest, "\n"));
	rest += strlen(words);
	engine_prepare(g, theme, title, words, *rest == '\n' ? rest + 1 : NULL);
	free(title);
	free(words);
}

/* It was without a mistake when it was taken in; a later version may read it more strictly. */
static void tell_lexicon(struct engine *g, const char *text)
{
	struct error why = { .code = ERR_NONE };
	if (!engine_lexicon(g, text, strlen(text), &why))
		log_line(LOG_WARNING, "the event's lexicon is not one to this version, and is passed over: %s", why.text);
}

/* `text`: of the message moved, what was prepared, or the lexicon. */
static void tell(struct store *s, const struct row_of_lesson *l, const char *text)
{
	switch ((enum lesson)l->what) {
	case L_MERGE:
	case L_JOIN:
		engine_merge(s->engine, l->a, l->b, l->what == L_JOIN ? BY_PEOPLE : BY_ENGINE);
		break;
	case L_UNMERGE:
		engine_unmerge(s->engine, l->a);
		break;
	case L_REFILE:
		if (text[0] != '\0') /* purged */
			engine_refile(s->engine, text, l->b, l->c);
		break;
	case L_PREPARE:
		tell_prepared(s->engine, l->a, text);
		break;
	case L_SETTLE:
		engine_settle(s->engine, l->a, l->b != 0);
		break;
	case L_BUCKET:
		engine_set_bucket(s->engine, l->a);
		break;
	case L_LEXICON:
		tell_lexicon(s->engine, text);
		break;
	case L_CLOSE:
		engine_close(s->engine, l->a);
		break;
	case L_POINT:
		engine_point(s->engine, l->a, l->c);
		break;
	}
}

static bool log_lesson(struct store *s, const struct row_of_lesson *l, const char *text, struct error *e)
{
	return db_do(&s->db, e, SQL_LESSON, "iiiiis", (int64_t)l->after, (int64_t)l->what, (int64_t)l->a, (int64_t)l->b,
		(int64_t)l->c, text);
}

static bool teach(
	struct store *s, enum lesson what, uint32_t a, uint32_t b, uint32_t c, const char *text, struct error *e)
{
	struct row_of_lesson l = { .after = s->messages, .what = what, .a = a, .b = b, .c = c };
	tell(s, &l, text);
	return log_lesson(s, &l, what == L_PREPARE ? text : "", e);
}

/* ---- as it happens --------------------------------------------------------------------------------------------- */

bool lesson_merge(struct store *s, uint32_t theme, uint32_t was, uint32_t into, struct error *e)
{
	if (was == into)
		return true;
	return (was == 0 || teach(s, L_UNMERGE, theme, 0, 0, "", e)) &&
		(into == 0 || teach(s, s->stepping ? L_MERGE : L_JOIN, theme, into, 0, "", e));
}

bool lesson_refile(struct store *s, uint32_t message, uint32_t from, uint32_t to, const char *text, struct error *e)
{
	return from == to || teach(s, L_REFILE, message, from, to, text, e);
}

bool lesson_point(struct store *s, uint32_t cluster, uint32_t from, uint32_t to, struct error *e)
{
	return teach(s, L_POINT, cluster, from, to, "", e);
}

static bool is_settled(const struct theme *t)
{
	return !t->r.gone &&
		(t->pinned || t->dismissed || t->label[0] != '\0' || t->question[0] != '\0' || t->hold != HOLD_NONE);
}

static bool same_words(const struct theme *a, const struct theme *b)
{
	return strcmp(a->words, b->words) == 0 && strcmp(a->title, b->title) == 0 &&
		strcmp(a->examples, b->examples) == 0 && a->r.gone == b->r.gone;
}

bool lesson_theme(struct store *s, uint32_t number, const struct theme *was, const struct theme *is, struct error *e)
{
	if ((was != NULL && is_settled(was)) != is_settled(is) && !teach(s, L_SETTLE, number, is_settled(is), 0, "", e))
		return false;
	if (is->r.gone)
		return was == NULL || was->r.gone || teach(s, L_CLOSE, number, 0, 0, "", e);
	if (is->name[0] == '\0' || (was != NULL && same_words(was, is)))
		return true;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s\n%s%s%s", is->title, is->words, is->examples[0] != '\0' ? "\n" : "", is->examples);
	bool done = teach(s, L_PREPARE, number, 0, 0, b.data, e);
	buf_release(&b);
	return done;
}

/* The engine has it already. */
bool lesson_bucket(struct store *s, uint32_t number, struct error *e)
{
	struct row_of_lesson l = { .after = s->messages - 1, .what = L_BUCKET, .a = number };
	return log_lesson(s, &l, "", e);
}

bool store_lexicon(struct store *s, const char *text, size_t len, bool *changed, struct error *e)
{
	struct row_of_lesson l = { .after = s->messages, .what = L_LEXICON };
	struct error why = { .code = ERR_NONE };
	char *was = NULL;
	*changed = false;
	if (!batch_usable(s, e))
		return false;
	if (memchr(text, '\0', len) != NULL || len > LEXICON_TEXT_MAX)
		return error_set(e, ERR_FORMAT, "it is no lexicon; see regied(8), lexicon, for what one is");
	if (!db_text(&s->db, &why, &was, SQL_LEXICON, "i", (int64_t)L_LEXICON)) {
		if (e != NULL)
			*e = why;
		return batch_fail(s, &why);
	}
	bool same = strcmp(was == NULL ? "" : was, text) == 0, done = same || engine_lexicon(s->engine, text, len, e);
	free(was);
	if (same || !done)
		return done;
	*changed = s->batch.wrote = true; /* a batch that fails reloads, and the engine with it */
	if (log_lesson(s, &l, text, &why))
		return true;
	if (e != NULL)
		*e = why;
	return batch_fail(s, &why);
}

/* ---- at open --------------------------------------------------------------------------------------------------- */

static void note_pointed(struct lessons *all);

struct lessons *lessons_read(struct store *s, struct error *e)
{
	struct lessons *all = xcalloc(1, sizeof *all);
	sqlite3_stmt *q = db_query(&s->db, e, SQL_LESSONS, "");
	bool failed = q == NULL;
	while (q != NULL && db_row(&s->db, q, &failed, e)) {
		grow(&all->v, &all->cap, all->n + 1, sizeof *all->v);
		all->v[all->n++] = (struct row_of_lesson){ .after = (uint32_t)col_int(q, 0),
			.what = (uint32_t)col_int(q, 1),
			.a = (uint32_t)col_int(q, 2),
			.b = (uint32_t)col_int(q, 3),
			.c = (uint32_t)col_int(q, 4) };
	}
	db_end(q);
	note_pointed(all);
	if (!failed)
		return all;
	lessons_free(all);
	return NULL;
}

static int by_cluster(const void *a, const void *b)
{
	uint32_t x = ((const struct pointed *)a)->cluster, y = ((const struct pointed *)b)->cluster;
	return (x > y) - (x < y);
}

uint32_t lessons_began(const struct lessons *all, uint32_t cluster, uint32_t theme)
{
	const struct pointed key = { .cluster = cluster };
	const struct pointed *p =
		all->n_pointed == 0 ? NULL : bsearch(&key, all->pointed, all->n_pointed, sizeof key, by_cluster);
	return p == NULL ? theme : p->began;
}

/* Where each that was moved had been before the first time. */
static void note_pointed(struct lessons *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct row_of_lesson *l = &all->v[i];
		if (l->what != L_POINT || lessons_began(all, l->a, 0) != 0)
			continue;
		grow(&all->pointed, &all->cap_pointed, all->n_pointed + 1, sizeof *all->pointed);
		all->pointed[all->n_pointed++] = (struct pointed){ .cluster = l->a, .began = l->b };
		qsort(all->pointed, all->n_pointed, sizeof *all->pointed, by_cluster);
	}
}

void lessons_free(struct lessons *all)
{
	if (all != NULL) {
		free(all->v);
		free(all->pointed);
	}
	free(all);
}

bool lessons_until(struct store *s, struct lessons *all, uint32_t message, struct error *e)
{
	for (; all->next < all->n && all->v[all->next].after < message; all->next++) {
		const struct row_of_lesson *l = &all->v[all->next];
		char *text = NULL;
		bool by_text = l->what == L_REFILE || l->what == L_PREPARE || l->what == L_LEXICON;
		const char *sql = l->what == L_REFILE ? SQL_MESSAGE_TEXT : SQL_LESSON_TEXT;
		int64_t id = l->what == L_REFILE ? (int64_t)l->a : (int64_t)all->next + 1;
		if (by_text && !db_text(&s->db, e, &text, sql, "i", id))
			return false;
		tell(s, l, text == NULL ? "" : text);
		free(text);
	}
	return true;
}
