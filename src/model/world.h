/* world.h: the state that operations read: a view of records, and a simple world in memory that implements it. */
#ifndef REGIE_MODEL_WORLD_H
#define REGIE_MODEL_WORLD_H

#include "src/model/record.h"

struct deed;

/* A view. Pointers stay valid until the world next changes. */
struct world {
	void *ctx;
	/* The record as it stands, tombstones (`gone`) included; NULL when there never was one. */
	const struct record *(*get)(void *ctx, enum kind kind, const char *id);
	/* Walks all records of a small kind (events, seats, questions, answers, segments, notices, words; never messages,
	 * themes or participants) in ascending id order until visit returns false. */
	void (*each)(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg);
	/* What an act did, for undo; NULL when it is not known or cannot be undone. */
	const struct deed *(*deed)(void *ctx, const char *act_id);
	/* The prepared theme of that name (never a tombstone), or NULL; a view that cannot tell leaves it NULL. */
	const struct theme *(*prepared)(void *ctx, const char *name);
};

const struct record *world_get(const struct world *w, enum kind kind, const char *id); /* NULL also when gone */
const struct event *world_event(const struct world *w);
const struct question *world_question(const struct world *w, const char *id);
const struct theme *world_prepared(const struct world *w, const char *name);
const struct seat *world_seat(const struct world *w, const char *id);
void world_each(const struct world *w, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg);

/* The order in which world_each walks a kind: dense integers by value, others by bytes; as strcmp. */
int record_order(enum kind kind, const char *a, const char *b);

const char *seat_name(const struct world *w, const char *id);          /* "the backend" for "0" */
const struct theme *theme_root(const struct world *w, const char *id); /* follows merges; NULL when there is none */

const struct theme *theme_of(const struct world *w, const struct message *m); /* by its cluster; merges followed */
/* When what it asks was answered: its theme was closed as answered, before the message came or after; 0: not yet. */
int64_t message_answered(const struct world *w, const struct message *m);

/* Records held in memory, by kind and id. Owns them. */
struct memory_world;
struct memory_world *memory_world_new(void);
void memory_world_free(struct memory_world *m);
struct record *memory_world_get(const struct memory_world *m, enum kind kind, const char *id); /* or NULL */
void memory_world_put(struct memory_world *m, void *record); /* takes it; frees what stood under that id */
size_t memory_world_count(const struct memory_world *m, enum kind kind);
/* Walks one kind in ascending id order (numbers by value). visit must not put. */
void memory_world_each(const struct memory_world *m, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg);
void memory_world_clear(struct memory_world *m, enum kind kind);

#endif
