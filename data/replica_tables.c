/* replica_tables.c: the large kinds' tables, made from kinds[]: their columns are the record's and the kind's fields by name. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "data/replica_own.h"
#include "src/base/mem.h"

/* Beside the tables. Most themes have one person: those are found by their number, and only the others are kept in order. */
static const char SQL_INDEXES[] = "CREATE INDEX message_cluster ON message(cluster);"
				  "CREATE INDEX message_web ON message(cluster) WHERE channel = 1;"
				  "CREATE INDEX theme_into ON theme(\"into\") WHERE \"into\" <> '';"
				  "CREATE INDEX theme_name ON theme(name) WHERE name <> '';"
				  "CREATE INDEX theme_asks_nothing ON theme(id) WHERE asks_nothing;"
				  "CREATE INDEX cluster_theme ON cluster(theme);"
				  "CREATE INDEX count_people ON count(people) WHERE people > 1;"
				  "CREATE INDEX count_people_web ON count(people_web) WHERE people_web > 1;"
				  "CREATE INDEX count_people_sms ON count(people_sms) WHERE people_sms > 1;"
				  "CREATE INDEX count_last ON count(last_at) WHERE people > 1;";

static const char *const record_columns[] = { "id", "version", "rev", "gone", "by", "did", "when" };
enum { RECORD_WIDTH = 7 };
static_assert(COUNT_OF(record_columns) == RECORD_WIDTH, "replica_read and bind_record count on it");

bool kind_has_table(enum kind kind)
{
	static const bool table[KIND_COUNT] = {
		[K_PARTICIPANT] = true, [K_THEME] = true, [K_CLUSTER] = true, [K_COUNT] = true, [K_MESSAGE] = true
	};
	return table[kind];
}

int replica_width(enum kind kind)
{
	return RECORD_WIDTH + (int)kinds[kind].n_fields;
}

static const char *column_name(enum kind kind, int i)
{
	return i < RECORD_WIDTH ? record_columns[i] : kinds[kind].fields[i - RECORD_WIDTH].name;
}

/* Hundreds of names at each start of a console: joined, not formatted. */
static void add_column(struct buf *b, int i, const char *prefix, const char *name)
{
	if (i > 0)
		buf_addc(b, ',');
	buf_adds(b, prefix);
	buf_addc(b, '"');
	buf_adds(b, name);
	buf_addc(b, '"');
}

void replica_columns(struct buf *b, enum kind kind, const char *prefix)
{
	for (int i = 0; i < replica_width(kind); i++)
		add_column(b, i, prefix, column_name(kind, i));
}

/* What the columns of a kind's table are: numbers before texts, so that a query need not read past a long text to find
 * one. An id that names a numbered record is INTEGER, so that it joins; "" stays "" in such a column. */
static bool is_number(const struct field *f)
{
	return f->type != F_TEXT && f->type != F_ID;
}

static bool names_theme(enum kind kind, const struct field *f)
{
	return (kind == K_THEME && strcmp(f->name, "into") == 0) ||
		(kind == K_CLUSTER && strcmp(f->name, "theme") == 0);
}

static void add_table(struct buf *b, enum kind kind)
{
	const struct kind_row *row = &kinds[kind];
	buf_addf(b,
		"CREATE TABLE %s(id INTEGER PRIMARY KEY, version INTEGER NOT NULL, rev INTEGER NOT NULL,"
		" gone INTEGER NOT NULL, \"when\" INTEGER NOT NULL",
		row->name);
	for (int texts = 0; texts < 2; texts++)
		for (size_t i = 0; i < row->n_fields; i++)
			if (is_number(&row->fields[i]) == (texts == 0))
				buf_addf(b, ", \"%s\" %s NOT NULL", row->fields[i].name,
					texts == 0 || names_theme(kind, &row->fields[i]) ? "INTEGER" : "TEXT");
	buf_adds(b, ", \"by\" TEXT NOT NULL, did TEXT NOT NULL);");
}

void replica_add_tables(struct buf *b)
{
	for (size_t k = 0; k < KIND_COUNT; k++)
		if (kind_has_table((enum kind)k))
			add_table(b, (enum kind)k);
	buf_adds(b, SQL_INDEXES);
}

void replica_make_statements(struct replica *r, enum kind kind)
{
	assert(replica_width(kind) < 64); /* row_put.set has a bit a parameter */
	struct buf insert = BUF_INIT, update = BUF_INIT, get = BUF_INIT;
	buf_addf(&insert, "INSERT INTO %s(", kinds[kind].name);
	replica_columns(&insert, kind, "");
	buf_adds(&insert, ")VALUES(");
	buf_addf(&update, "UPDATE %s SET ", kinds[kind].name);
	for (int i = 0; i < replica_width(kind); i++) {
		buf_adds(&insert, i == 0 ? "?" : ",?");
		add_column(&update, i, "", column_name(kind, i));
		buf_adds(&update, "=?");
	}
	buf_adds(&insert, ")ON CONFLICT(id) DO NOTHING");
	buf_adds(&update, " WHERE id=?1 AND version<=?2");
	buf_adds(&get, "SELECT ");
	replica_columns(&get, kind, "");
	buf_addf(&get, " FROM %s WHERE id=?", kinds[kind].name);
	r->sql[kind].insert.sql = buf_detach(&insert);
	r->sql[kind].update.sql = buf_detach(&update);
	r->sql[kind].get = buf_detach(&get);
}

/* Binds one column, unless it is zero or "" and was so before (*set: which columns hold something else). */
static bool bind_int(sqlite3_stmt *q, int i, int64_t value, uint64_t *set)
{
	uint64_t bit = (uint64_t)1 << i;
	if (value == 0 && !(*set & bit))
		return true;
	*set = value == 0 ? *set & ~bit : *set | bit;
	return sqlite3_bind_int64(q, i, value) == SQLITE_OK;
}

static bool bind_text(sqlite3_stmt *q, int i, const char *text, uint64_t *set)
{
	uint64_t bit = (uint64_t)1 << i;
	if (text[0] == '\0' && !(*set & bit))
		return true;
	*set = text[0] == '\0' ? *set & ~bit : *set | bit;
	return sqlite3_bind_text(q, i, text[0] == '\0' ? "" : text, -1, SQLITE_STATIC) == SQLITE_OK;
}

static bool bind_field(sqlite3_stmt *q, int i, const void *p, enum field_type type, uint64_t *set)
{
	switch (type) {
	case F_INT:
	case F_TIME:
		return bind_int(q, i, *(const int64_t *)p, set);
	case F_BOOL:
		return bind_int(q, i, *(const bool *)p, set);
	case F_ENUM:
		return bind_int(q, i, *(const unsigned *)p, set);
	case F_TEXT:
		return bind_text(q, i, *(char *const *)p, set);
	case F_ID:
		return bind_text(q, i, p, set);
	case F_IDS:
		break; /* no kind with a table has one */
	}
	return false;
}

/* Binds a record to its insert or update statement, in the order of replica_columns. Most columns of most rows are zero or
 * "": those stay bound from row to row, so that a first load does not bind twenty million of them. */
bool replica_bind(sqlite3_stmt *q, int64_t id, const struct record *x, uint64_t *set)
{
	const struct kind_row *row = &kinds[x->kind];
	bool done = bind_int(q, 1, id, set) && bind_int(q, 2, x->version, set) && bind_int(q, 3, x->rev, set) &&
		bind_int(q, 4, x->gone, set) && bind_text(q, 5, x->by, set) && bind_text(q, 6, x->did, set) &&
		bind_int(q, 7, x->when, set);
	for (size_t i = 0; done && i < row->n_fields; i++)
		done = bind_field(q, RECORD_WIDTH + 1 + (int)i, (const char *)x + row->fields[i].offset,
			row->fields[i].type, set);
	return done;
}

static void read_field(sqlite3_stmt *q, int c, void *p, enum field_type type)
{
	switch (type) {
	case F_INT:
	case F_TIME:
		*(int64_t *)p = col_int(q, c);
		break;
	case F_BOOL:
		*(bool *)p = col_int(q, c) != 0;
		break;
	case F_ENUM:
		*(unsigned *)p = (unsigned)col_int(q, c);
		break;
	case F_TEXT: /* borrowed: nobody writes through it */
		*(const char **)p = col_text(q, c);
		break;
	case F_ID:
		snprintf(p, ID_MAX, "%s", col_text(q, c));
		break;
	case F_IDS:
		break;
	}
}

void replica_read(sqlite3_stmt *q, int c, enum kind kind, void *record)
{
	const struct kind_row *row = &kinds[kind];
	struct record *x = record;
	memset(record, 0, row->size);
	x->kind = kind;
	id_from_number(x->id, col_int(q, c));
	x->version = col_int(q, c + 1);
	x->rev = col_int(q, c + 2);
	x->gone = col_int(q, c + 3) != 0;
	snprintf(x->by, sizeof x->by, "%s", col_text(q, c + 4));
	snprintf(x->did, sizeof x->did, "%s", col_text(q, c + 5));
	x->when = col_int(q, c + 6);
	for (size_t i = 0; i < row->n_fields; i++)
		read_field(q, c + RECORD_WIDTH + (int)i, (char *)record + row->fields[i].offset, row->fields[i].type);
}
