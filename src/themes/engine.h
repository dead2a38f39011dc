/* engine.h: which messages ask the same thing. The rest of Régie sees only this.
 *
 * Online, one pass: `engine_place` gives a message its cluster as it arrives, fixed from then on; a new cluster founds the
 * theme of its own number unless the engine puts it into an existing one. `engine_step` then looks whether two themes belong
 * together, and merges them: a pointer from one to the other. Cluster numbers are dense from 1 and the engine's to give;
 * theme numbers share that sequence. Pure and deterministic: no clock, no chance, no I/O; the same calls in the same order
 * give the same answers. Not thread-safe: the writer owns it.
 *
 * Work is bounded: a call takes microseconds, and never a millisecond, however large the evening.
 *
 * At a restart the store makes the same calls in the same order, with engine_restore for engine_place and without engine_step:
 * nothing is decided anew, and later messages fall as they would have fallen.
 */
#ifndef REGIE_THEMES_ENGINE_H
#define REGIE_THEMES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/error.h"

struct engine;
/* `lang`: "fr" or "en", whose lexicons are compiled in, or another that Snowball knows. */
struct engine *engine_new(const char *lang);
void engine_free(struct engine *g);
bool engine_speaks(const char *lang);
/* The operator's lexicon (lexicon.h), read after ours and in the place of the operator's before ("": none): counts from the
 * next message on. False: a mistake in it; nothing has changed. */
bool engine_lexicon(struct engine *g, const char *text, size_t len, struct error *e);

/* ---- messages ---------------------------------------------------------------------------------------------------- */

struct placing {
	uint32_t cluster;
	uint32_t theme;       /* the theme that a new cluster begins in (its own number, or an existing one) */
	bool fresh;           /* the cluster was founded by this message */
	bool asks_nothing;    /* it is in the bucket: the one cluster, and theme, of what asks nothing */
};
/* `text`: clean (text.h). */
struct placing engine_place(struct engine *g, const char *text, int64_t at_ms);
/* A stored message, in id order, with the cluster it was given at arrival and the theme that cluster began in. */
void engine_restore(struct engine *g, const char *text, int64_t at_ms, uint32_t cluster, uint32_t theme);
/* Which number the bucket has (0: none yet); told at a restart before the first message. */
uint32_t engine_bucket(const struct engine *g);
void engine_set_bucket(struct engine *g, uint32_t number);

/* A number for a theme or cluster that a person makes (prepare, split), never given to a message by itself. */
uint32_t engine_reserve(struct engine *g);
uint32_t engine_next(const struct engine *g); /* which one that would be */
void engine_reserved(struct engine *g, uint32_t number);  /* at a restart */

/* ---- merges ------------------------------------------------------------------------------------------------------ */

struct merging {
	uint32_t theme, into;
};
/* Looks at the theme of the last message placed, and at one other: true when two belong together. Ask once a message, and
 * answer with engine_merge, or not at all: nothing has changed yet. */
bool engine_step(struct engine *g, struct merging *out);
/* A theme counts in another from now on, and attracts what is like it for it; more so when people merged them. False: they are
 * one already. */
enum by { BY_ENGINE, BY_PEOPLE };
bool engine_merge(struct engine *g, uint32_t theme, uint32_t into, enum by by);
/* The theme that the cluster's messages count in now. */
uint32_t engine_theme(const struct engine *g, uint32_t cluster);
/* The same for a theme: itself, or what it was merged into. */
uint32_t engine_root(const struct engine *g, uint32_t theme);

/* ---- people decide, and the engine never undoes it ---------------------------------------------------------------- */

/* The theme stands by itself again, and the engine never merges it with the other. */
void engine_unmerge(struct engine *g, uint32_t theme);
/* A message is moved to a theme's own cluster (`to`: the theme's number): what is like it follows. */
void engine_refile(struct engine *g, const char *text, uint32_t from, uint32_t to);
/* A whole cluster is put into another theme (`theme` may be of engine_reserve): its later messages count there, and the two
 * themes are held apart. */
void engine_point(struct engine *g, uint32_t cluster, uint32_t theme);
/* A theme that people made under a number of engine_reserve: by split (no words) or prepare. `words`: key words separated
 * by commas; `examples`: a question a line; either may be NULL. Called again, it replaces what was prepared. */
void engine_prepare(struct engine *g, uint32_t theme, const char *title, const char *words, const char *examples);
/* A theme that people made is taken back (undo), once its messages are moved elsewhere: nothing falls into it any more, until
 * it is prepared or refiled to again. */
void engine_close(struct engine *g, uint32_t theme);
/* A theme that people pinned, named, held or took a question from: the engine never merges it into another. */
void engine_settle(struct engine *g, uint32_t theme, bool settled);

/* ---- what a theme is about ---------------------------------------------------------------------------------------- */

/* At most `most` key words of a theme, as people wrote them, with ", " between; appended. */
void engine_words(const struct engine *g, uint32_t theme, size_t most, struct buf *out);
/* How like the theme's other messages a text is, 0 to 1: the highest is its most typical one. */
float engine_likeness(struct engine *g, uint32_t theme, const char *text);

size_t engine_memory(const struct engine *g);             /* bytes, for /metrics */

#endif
