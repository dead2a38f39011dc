/* engine.h: which messages ask the same thing. The rest of Régie sees only this.
 *
 * Online, one pass: `engine_place` gives a message its cluster as it arrives, fixed from then on; a new cluster founds the
 * theme of its own number unless the engine puts it into an existing one. Cluster numbers are dense from 1 and the
 * engine's to give; theme numbers share that sequence. Deterministic: the same calls in the same order give the same
 * answers. At a restart the store replays what was stored by engine_restore, which decides nothing. Not thread-safe:
 * the writer owns it.
 */
#ifndef REGIE_THEMES_ENGINE_H
#define REGIE_THEMES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct engine *engine_new(const char *lang);
void engine_free(struct engine *g);

struct placing {
	uint32_t cluster;
	uint32_t theme;       /* the theme that a new cluster begins in (its own number, or an existing one) */
	bool fresh;           /* the cluster was founded by this message */
};
/* `text`: clean (text.h). */
struct placing engine_place(struct engine *g, const char *text, int64_t at_ms);
/* A stored message, in id order, with the cluster it has. */
void engine_restore(struct engine *g, const char *text, int64_t at_ms, uint32_t cluster);
/* A number for a theme or cluster that a person makes (prepare, split), never given to a message by itself. */
uint32_t engine_reserve(struct engine *g);
void engine_reserved(struct engine *g, uint32_t number);  /* at a restart */
size_t engine_memory(const struct engine *g);             /* bytes, for /metrics */

#endif
