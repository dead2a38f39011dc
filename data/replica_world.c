/* replica_world.c: the small records as a world, kept in step; those of the large kinds looked up one by one. */
#include "data/replica_own.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

static const char SQL_SMALL_SINCE[] = "SELECT body FROM record WHERE seq > ?";

static void read_small(struct replica *r)
{
	if (r->small_generation != r->state.generation) {
		for (size_t k = 0; k < KIND_COUNT; k++)
			memory_world_clear(r->small, (enum kind)k);
		r->small_stamp++;
		r->small_generation = r->state.generation;
		r->small_seq = -1;
	}
	if (r->small_seq == r->state.seq)
		return;
	sqlite3_stmt *q = db_query(&r->db, NULL, SQL_SMALL_SINCE, "i", r->small_seq);
	bool failed = q == NULL;
	while (q != NULL && db_row(&r->db, q, &failed, NULL)) {
		const char *body = col_text(q, 0);
		struct record *x = wire_read_record(body, col_bytes(q, 0), NULL);
		if (x != NULL)
			memory_world_put(r->small, x);
		r->small_stamp++;
	}
	db_end(q);
	if (!failed) /* what could not be read is read the next time */
		r->small_seq = r->state.seq;
}

static struct record *look_up(struct replica *r, enum kind kind, const char *id)
{
	int64_t number;
	bool failed;
	struct record *found = NULL;
	union any_record row;
	if (!id_number(id, &number))
		return NULL;
	sqlite3_stmt *q = db_query(&r->db, NULL, r->sql[kind].get, "i", number);
	if (q != NULL && db_row(&r->db, q, &failed, NULL)) {
		replica_read(q, 0, kind, &row);
		found = record_copy(&row);
	}
	db_end(q);
	return found;
}

static const struct record *world_look(void *ctx, enum kind kind, const char *id)
{
	struct replica *r = ctx;
	if (!kind_has_table(kind))
		return memory_world_get(r->small, kind, id);
	struct record *x = memory_world_get(r->looked, kind, id);
	if (x == NULL && (x = look_up(r, kind, id)) != NULL)
		memory_world_put(r->looked, x);
	return x;
}

static const char SQL_PREPARED[] = "SELECT id FROM theme WHERE name = ?1 AND name <> '' AND NOT gone ORDER BY id LIMIT 1";

static const struct theme *world_named(void *ctx, const char *name)
{
	struct replica *r = ctx;
	char id[ID_MAX];
	int64_t number;
	if (!db_int(&r->db, NULL, &number, 0, SQL_PREPARED, "s", name) || number == 0)
		return NULL;
	id_from_number(id, number);
	return (const struct theme *)world_look(ctx, K_THEME, id);
}

static void world_walk(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	struct replica *r = ctx;
	memory_world_each(r->small, kind, visit, arg);
}

static const struct deed *world_no_deed(void *ctx, const char *act_id)
{
	(void)ctx;
	(void)act_id;
	return NULL; /* only the backend keeps what an act changed */
}

const struct world *replica_world(struct replica *r)
{
	if (r->small == NULL) {
		r->small = memory_world_new();
		r->looked = memory_world_new();
		r->small_generation = -1;
		r->world = (struct world){ .ctx = r,
			.get = world_look,
			.each = world_walk,
			.deed = world_no_deed,
			.prepared = world_named };
	}
	if (replica_refresh(r, NULL)) /* else `state` may be that of a page that was taken back */
		read_small(r);
	for (size_t k = 0; k < KIND_COUNT; k++)
		memory_world_clear(r->looked, (enum kind)k);
	return &r->world;
}

int64_t replica_small_stamp(const struct replica *r)
{
	return r->small_stamp;
}
