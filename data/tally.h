/* tally.h: how many messages and people each theme has, exactly, kept in memory. Private to data/'s backend side.
 *
 * A theme's count covers its own clusters and the themes merged into it, a person once. Small sets of people are sorted
 * arrays, large ones CRoaring bitmaps, one or two people cost nothing beside the theme (facts: a bitmap of one is 144
 * bytes). Plain memory: nothing here knows the database; the store loads it at open and writes what became dirty.
 */
#ifndef REGIE_DATA_TALLY_H
#define REGIE_DATA_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/model/record.h"

struct tallies;

struct tallies *tallies_new(void);
void tallies_free(struct tallies *t);
size_t tallies_memory_themes(const struct tallies *t); /* bytes */
size_t tallies_memory_people(const struct tallies *t);

/* People: dense numbers from 1, each with the channel it came by and what people decided about it. */
enum person_flags { PERSON_CHANNEL = 3 /* enum channel */, PERSON_MUTED = 4 };
void tallies_person(struct tallies *t, uint32_t person, enum channel channel);
void tallies_mute(struct tallies *t, uint32_t person, bool muted);
unsigned tallies_person_flags(const struct tallies *t, uint32_t person); /* enum person_flags */

/* Clusters point to themes; without a pointer to the theme of their own number. */
void tallies_point(struct tallies *t, uint32_t cluster, uint32_t theme);
uint32_t tallies_theme(const struct tallies *t, uint32_t cluster);

/* Messages: which cluster each is in, and which others its sender wrote. Numbers ascend. */
void tallies_message(struct tallies *t, uint32_t message, uint32_t person, uint32_t cluster);
void tallies_move(struct tallies *t, uint32_t message, uint32_t cluster);
/* Whether the person has a message in that theme's own clusters. */
bool tallies_writes_in(const struct tallies *t, uint32_t person, uint32_t theme);
/* The last message that arrived in a theme: read, and replaced unless `message` is 0. */
uint32_t tallies_head(struct tallies *t, uint32_t theme, uint32_t message);

struct sighting {
	uint32_t person;
	enum channel channel;
	int64_t at; /* UTC ms */
};
/* A message in a theme's own clusters: counted there and in every theme above it. */
void tallies_add(struct tallies *t, uint32_t theme, struct sighting m);
/* One less. `elsewhere`: the person has another message in the theme's own clusters. False when the counts cannot be known
 * without looking (it was the theme's last one): tallies_forget, then tallies_add what there is. */
bool tallies_remove(struct tallies *t, uint32_t theme, struct sighting m, bool elsewhere);
/* Forgets the theme's own messages (merged themes keep theirs). */
void tallies_forget(struct tallies *t, uint32_t theme);
/* Sets the theme's pointer: 0 lets it stand by itself. A ring is not made. */
void tallies_merge(struct tallies *t, uint32_t theme, uint32_t into);
uint32_t tallies_into(const struct tallies *t, uint32_t theme);

/* How many messages it counts. */
uint32_t tallies_messages(const struct tallies *t, uint32_t theme);
/* The counts as a record's fields (id and version are the caller's); out->rise is replaced. False: no such theme. */
bool tallies_count(const struct tallies *t, uint32_t theme, struct count *out);

/* People who wrote in any of some themes, a person once; themes that were merged count where they went. */
int64_t tallies_people_of(const struct tallies *t, const uint32_t *themes, size_t n);

/* Themes whose counts changed since the last tallies_clean, ascending. Valid until the next change. */
const uint32_t *tallies_dirty(struct tallies *t, size_t *n);
void tallies_clean(struct tallies *t);
/* Whether a row of that theme's counts is on disk: kept here for the store. */
bool tallies_stored(const struct tallies *t, uint32_t theme);
void tallies_set_stored(struct tallies *t, uint32_t theme);

#endif
