/* vocabulary.h: the words that came, how telling each is, and which clusters have it; private to src/themes.
 *
 * How telling a word is: at first in how few messages it came (IDF); later in how few themes it is really spread, ECF =
 * (sum of its weights over themes)² / sum of their squares. Postings name clusters, ascending; a word's list is bounded: what
 * is small and old leaves it.
 */
#ifndef REGIE_THEMES_VOCABULARY_H
#define REGIE_THEMES_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct posting {
	uint32_t cluster;
	float w;
};
struct word {
	uint64_t key;
	uint32_t messages;   /* different ones that had it */
	float sum, squares;  /* of its weights in themes */
	uint32_t spelling;   /* where in `spellings`; 0: none */
	struct posting *v;
	uint32_t n, cap;
};
struct vocabulary_slot {
	uint32_t half, word; /* the key's upper half; word 0: free */
};
struct vocabulary {
	struct word *v; /* [0] is none */
	size_t n;
	struct vocabulary_slot *slots;
	uint16_t *door; /* what came once, by key */
	char *spellings;
	size_t n_spellings, cap_spellings;
	size_t postings; /* room of all, for vocabulary_memory */
};

uint32_t vocabulary_find(const struct vocabulary *w, uint64_t key); /* 0: never came */
/* The key will be asked for: fetches what that needs from memory meanwhile. */
void vocabulary_expect(const struct vocabulary *w, uint64_t key);
/* Of many words few come twice: beyond VOCABULARY_EASY a word is taken in when it comes again, beyond VOCABULARY_MAX never.
 * 0: not taken in. */
enum { VOCABULARY_EASY = 150000, VOCABULARY_MAX = 480000, VOCABULARY_DOOR = 1 << 19 };
uint32_t vocabulary_make(struct vocabulary *w, uint64_t key);
/* Sets a cluster's weight in a word's list. */
void vocabulary_post(struct vocabulary *w, uint32_t word, uint32_t cluster, float weight);
void vocabulary_unpost(struct vocabulary *w, uint32_t word, uint32_t cluster);
/* How a word is written: as it first came; "" for pairs and matters. Valid until the next vocabulary_spell. */
void vocabulary_spell(struct vocabulary *w, uint32_t word, const char *s, size_t n);
const char *vocabulary_spelling(const struct vocabulary *w, uint32_t word);
void vocabulary_release(struct vocabulary *w);
size_t vocabulary_memory(const struct vocabulary *w);

#endif
