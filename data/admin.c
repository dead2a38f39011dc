/* admin.c: seats, rooms and gateways, as the operator makes them; and the directory that request handlers read. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_private.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const char SQL_SECRET_SET[] = "INSERT INTO secret(kind, id, hash) VALUES(?, ?, ?)"
				     " ON CONFLICT DO UPDATE SET hash=excluded.hash";
static const char SQL_SECRET_DROP[] = "DELETE FROM secret WHERE kind=? AND id=?";
static const char SQL_SECRET[] = "SELECT hash FROM secret WHERE kind=? AND id=?";

enum { NAME_BYTES = 83, TYPE_BYTES = 15, ORIGINS_BYTES = 2000 };

/* ---- shared ---------------------------------------------------------------------------------------------------- */

static bool put_by_operator(struct store *s, struct record *r, const char *did, struct error *e)
{
	r->rev++;
	snprintf(r->by, sizeof r->by, "0");
	snprintf(r->did, sizeof r->did, "%s", did);
	r->when = store_now(s);
	bool done = store_put(s, r, e);
	record_free(r);
	return done;
}

static bool new_secret(struct store *s, enum kind kind, const char *id, char token[static 33], struct error *e)
{
	char hash[33];
	struct error why = { .code = ERR_NONE };
	id_token(token, s->random);
	id_token_hash(hash, token);
	s->batch.wrote = true;
	if (db_do(&s->db, &why, SQL_SECRET_SET, "iss", (int64_t)kind, id, hash))
		return true;
	if (e != NULL)
		*e = why;
	return batch_fail(s, &why);
}

static bool remove_record(struct store *s, const struct record *r, struct error *e)
{
	struct error why = { .code = ERR_NONE };
	struct record *gone = record_copy(r);
	gone->gone = true;
	s->batch.wrote = true;
	if (!db_do(&s->db, &why, SQL_SECRET_DROP, "is", (int64_t)gone->kind, gone->id)) {
		record_free(gone);
		if (e != NULL)
			*e = why;
		return batch_fail(s, &why);
	}
	s->stamp++;
	return put_by_operator(s, gone, "remove", e);
}

static bool check_name(const char *what, const char *name, struct error *e)
{
	struct buf clean = BUF_INIT;
	text_clean_line(name, strlen(name), TEXT_NAME_MAX, &clean);
	bool good = name[0] != '\0' && strlen(name) <= NAME_BYTES && strcmp(clean.data, name) == 0;
	buf_release(&clean);
	return good ||
		error_set(e, ERR_USAGE, "a %s's name is 1 to %d bytes on one line, without spaces at its ends", what,
			NAME_BYTES);
}

/* ---- seats ----------------------------------------------------------------------------------------------------- */

struct search {
	const char *name;
	const struct seat *found;
	int64_t last;
};

static bool look_for(void *arg, const struct record *r)
{
	struct search *x = arg;
	const struct seat *seat = (const struct seat *)r;
	id_number(r->id, &x->last);
	if (!r->gone && strcmp(seat->name, x->name) == 0)
		x->found = seat;
	return true;
}

static const struct seat *seat_named(struct store *s, const char *name, int64_t *last, struct error *e)
{
	struct search x = { .name = name };
	memory_world_each(s->records, K_SEAT, look_for, &x);
	if (last != NULL)
		*last = x.last;
	else if (x.found == NULL)
		error_set(e, ERR_NOT_FOUND, "there is no seat \"%s\"", name);
	return x.found;
}

bool store_seat_add(struct store *s, const char *name, enum role role, char token[static 33], struct error *e)
{
	int64_t last = 0;
	char id[ID_MAX];
	if (!batch_usable(s, e) || !check_name("seat", name, e))
		return false;
	if (role <= R_NONE || role >= R_BACKEND)
		return error_set(e, ERR_USAGE,
			"a seat's role is web, sms, host, scribe, producer, adviser, observer or prompter");
	if (seat_named(s, name, &last, e) != NULL)
		return error_set(
			e, ERR_REFUSED, "there is a seat \"%s\" already; choose another name or renew its token", name);
	id_from_number(id, last + 1);
	struct seat *seat = record_new(K_SEAT, id);
	text_set(&seat->name, name);
	seat->role = role;
	return put_by_operator(s, &seat->r, "add", e) && new_secret(s, K_SEAT, id, token, e);
}

bool store_seat_renew(struct store *s, const char *name, char token[static 33], struct error *e)
{
	const struct seat *seat = batch_usable(s, e) ? seat_named(s, name, NULL, e) : NULL;
	if (seat == NULL)
		return false;
	s->stamp++;
	return new_secret(s, K_SEAT, seat->r.id, token, e);
}

bool store_seat_remove(struct store *s, const char *name, struct error *e)
{
	const struct seat *seat = batch_usable(s, e) ? seat_named(s, name, NULL, e) : NULL;
	return seat != NULL && remove_record(s, &seat->r, e);
}

/* ---- rooms ----------------------------------------------------------------------------------------------------- */

static bool check_slug(const char *what, const char *slug, struct error *e)
{
	return id_is_slug(slug) ||
		error_set(e, ERR_USAGE,
			"\"%s\" cannot name a %s; use up to 32 of a-z, 0-9 and -, beginning with a letter or digit",
			slug, what);
}

/* A fresh record under that name, or the one that was removed; NULL when it is taken. */
static struct record *named_anew(struct store *s, enum kind kind, const char *slug, struct error *e)
{
	const struct record *was = memory_world_get(s->records, kind, slug);
	if (was != NULL && !was->gone) {
		error_set(e, ERR_REFUSED, "there is a %s \"%s\" already; choose another name or remove it first",
			kinds[kind].name, slug);
		return NULL;
	}
	struct record *r = was == NULL ? record_new(kind, slug) : record_copy(was);
	r->gone = false;
	return r;
}

static bool remove_named(struct store *s, enum kind kind, const char *slug, struct error *e)
{
	if (!batch_usable(s, e))
		return false;
	const struct record *r = world_get(&s->world, kind, slug);
	return r != NULL ? remove_record(s, r, e)
			 : error_set(e, ERR_NOT_FOUND, "there is no %s \"%s\"", kinds[kind].name, slug);
}

bool store_room_add(struct store *s, const char *slug, const char *name, const char *origins, struct error *e)
{
	if (!batch_usable(s, e) || !check_slug("room", slug, e) || !check_name("room", name, e))
		return false;
	if (strlen(origins) > ORIGINS_BYTES || !text_is_utf8(origins, strlen(origins)) ||
		strpbrk(origins, "\r\n\t;,'\"") != NULL)
		return error_set(e, ERR_USAGE, "origins are given like https://example.org, at most %d bytes of them",
			ORIGINS_BYTES);
	struct room *room = (struct room *)named_anew(s, K_ROOM, slug, e);
	if (room == NULL)
		return false;
	text_set(&room->name, name);
	text_set(&room->origins, origins);
	return put_by_operator(s, &room->r, "add", e);
}

bool store_room_remove(struct store *s, const char *slug, struct error *e)
{
	return remove_named(s, K_ROOM, slug, e);
}

/* ---- gateways -------------------------------------------------------------------------------------------------- */

bool store_gateway_add(struct store *s, const char *name, const char *type, char key[static 33], struct error *e)
{
	if (!batch_usable(s, e) || !check_slug("gateway", name, e))
		return false;
	if (!id_is_slug(type) || strlen(type) > TYPE_BYTES)
		return error_set(e, ERR_USAGE, "\"%s\" is no kind of gateway", type);
	struct gateway *gateway = (struct gateway *)named_anew(s, K_GATEWAY, name, e);
	if (gateway == NULL)
		return false;
	text_set(&gateway->type, type);
	return put_by_operator(s, &gateway->r, "add", e) && new_secret(s, K_GATEWAY, name, key, e);
}

bool store_gateway_renew(struct store *s, const char *name, char key[static 33], struct error *e)
{
	if (!batch_usable(s, e))
		return false;
	if (world_get(&s->world, K_GATEWAY, name) == NULL)
		return error_set(e, ERR_NOT_FOUND, "there is no gateway \"%s\"", name);
	s->stamp++;
	return new_secret(s, K_GATEWAY, name, key, e);
}

bool store_gateway_remove(struct store *s, const char *name, struct error *e)
{
	return remove_named(s, K_GATEWAY, name, e);
}

/* ---- the directory --------------------------------------------------------------------------------------------- */

struct listing {
	struct store *s;
	struct directory *d;
	struct error *e;
	bool failed;
};

static void hash_of(struct listing *l, const struct record *r, char out[static 33])
{
	char *hash = NULL;
	if (!l->failed)
		l->failed = !db_text(&l->s->db, l->e, &hash, SQL_SECRET, "is", (int64_t)r->kind, r->id);
	snprintf(out, 33, "%s", hash == NULL ? "" : hash); /* no token hashes to nothing */
	free(hash);
}

static bool list_seat(void *arg, const struct record *r)
{
	struct listing *l = arg;
	struct directory *d = l->d;
	if (r->gone)
		return true;
	d->seats = xrealloc(d->seats, d->n_seats + 1, sizeof *d->seats);
	memset(&d->seats[d->n_seats], 0, sizeof *d->seats);
	snprintf(d->seats[d->n_seats].id, sizeof d->seats->id, "%s", r->id);
	snprintf(d->seats[d->n_seats].name, sizeof d->seats->name, "%s", ((const struct seat *)r)->name);
	d->seats[d->n_seats].role = ((const struct seat *)r)->role;
	hash_of(l, r, d->seats[d->n_seats++].hash);
	return true;
}

static bool list_room(void *arg, const struct record *r)
{
	struct directory *d = ((struct listing *)arg)->d;
	if (r->gone)
		return true;
	d->rooms = xrealloc(d->rooms, d->n_rooms + 1, sizeof *d->rooms);
	memset(&d->rooms[d->n_rooms], 0, sizeof *d->rooms);
	snprintf(d->rooms[d->n_rooms].slug, sizeof d->rooms->slug, "%s", r->id);
	d->rooms[d->n_rooms].name = xstrdup(((const struct room *)r)->name);
	d->rooms[d->n_rooms++].origins = xstrdup(((const struct room *)r)->origins);
	return true;
}

static bool list_gateway(void *arg, const struct record *r)
{
	struct listing *l = arg;
	struct directory *d = l->d;
	if (r->gone)
		return true;
	d->gateways = xrealloc(d->gateways, d->n_gateways + 1, sizeof *d->gateways);
	memset(&d->gateways[d->n_gateways], 0, sizeof *d->gateways);
	snprintf(d->gateways[d->n_gateways].name, sizeof d->gateways->name, "%s", r->id);
	snprintf(d->gateways[d->n_gateways].type, sizeof d->gateways->type, "%s", ((const struct gateway *)r)->type);
	hash_of(l, r, d->gateways[d->n_gateways++].hash);
	return true;
}

struct directory *store_directory(struct store *s, struct error *e)
{
	if (s->broken) { /* after a purge whose end the disk did not let it read */
		*e = s->batch.why;
		return NULL;
	}
	struct directory *d = xcalloc(1, sizeof *d);
	struct listing l = { .s = s, .d = d, .e = e };
	memory_world_each(s->records, K_SEAT, list_seat, &l);
	memory_world_each(s->records, K_ROOM, list_room, &l);
	memory_world_each(s->records, K_GATEWAY, list_gateway, &l);
	struct event *ev = record_copy(memory_world_get(s->records, K_EVENT, "event"));
	d->event = *ev; /* with what it owns */
	free(ev);
	d->epoch = s->epoch;
	if (!l.failed)
		return d;
	directory_free(d);
	return NULL;
}

void directory_free(struct directory *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_rooms; i++) {
		free(d->rooms[i].name);
		free(d->rooms[i].origins);
	}
	free(d->seats);
	free(d->rooms);
	free(d->gateways);
	record_clear(&d->event);
	free(d);
}

int64_t store_directory_stamp(const struct store *s)
{
	return s->stamp;
}
