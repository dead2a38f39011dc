/* deed.c: what an act did, for the log on disk. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/json.h"
#include "src/wire/write.h"

void wire_deed(struct buf *b, const struct deed *d)
{
	buf_addc(b, '{');
	json_member(b, "act", d->act);
	json_member(b, "seat", d->seat);
	json_member(b, "op", d->op->name);
	if (d->undone)
		json_member_bool(b, "undone", true);
	json_name(b, "changes");
	buf_addc(b, '[');
	for (size_t i = 0; i < d->n; i++) {
		json_comma(b);
		buf_addc(b, '{');
		json_member(b, "kind", kinds[d->v[i].kind].name);
		json_member(b, "id", d->v[i].id);
		json_member_int(b, "rev_after", d->v[i].rev_after);
		if (d->v[i].before != NULL) {
			json_name(b, "before");
			wire_record(b, d->v[i].before, WIRE_STORE, "");
		}
		buf_addc(b, '}');
	}
	buf_adds(b, "]}");
}

/* A member that must be an id and there. */
static bool take_id(const struct json *j, const char *member, char out[static ID_MAX])
{
	const char *text = json_text(j, member);
	if (text == NULL || text[0] == '\0' || !id_is_valid(text, strlen(text), ID_MAX - 1))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool read_change(const struct json *j, struct deed *d, size_t i, struct error *e)
{
	const char *kind = json_text(j, "kind");
	if (kind == NULL || !kind_by_name(kind, &d->v[i].kind) || !take_id(j, "id", d->v[i].id) ||
		!json_int(j, "rev_after", &d->v[i].rev_after))
		return error_set(
			e, ERR_FORMAT, "change %zu of deed %s has no kind, id and \"rev_after\"", i + 1, d->act);
	if (json_get(j, "before") == NULL)
		return true;
	struct record *r = wire_record_from(json_get(j, "before"), e);
	d->v[i].before = r;
	if (r == NULL)
		return error_context(e, "change %zu of deed %s", i + 1, d->act);
	return (r->kind == d->v[i].kind && strcmp(r->id, d->v[i].id) == 0) ||
		error_set(e, ERR_FORMAT, "change %zu of deed %s holds another record", i + 1, d->act);
}

static bool read_deed(const struct json *j, struct deed *d, struct error *e)
{
	const char *op = json_text(j, "op");
	const struct json *changes = json_get(j, "changes");
	if (!take_id(j, "act", d->act) || !take_id(j, "seat", d->seat) || op == NULL ||
		json_shape_of(changes) != JSON_ARRAY)
		return error_set(e, ERR_FORMAT, "a deed has no act, seat, op and changes");
	d->op = op_by_name(op);
	if (d->op == NULL)
		return error_set(e, ERR_NOT_FOUND, "deed %s is of an unknown operation \"%s\"", d->act,
			quoted(op, strlen(op)).s);
	d->undone = json_bool(j, "undone", false);
	d->n = json_length(changes);
	d->v = d->n == 0 ? NULL : xcalloc(d->n, sizeof *d->v);
	for (size_t i = 0; i < d->n; i++)
		if (!read_change(json_at(changes, i), d, i, e))
			return false;
	return true;
}

bool wire_read_deed(const char *text, struct deed *out, struct error *e)
{
	struct json *j = json_parse(text, strlen(text), e);
	*out = (struct deed){ 0 };
	bool good = j != NULL && read_deed(j, out, e);
	if (!good)
		deed_release(out);
	json_free(j);
	return good;
}

void deed_release(struct deed *d)
{
	for (size_t i = 0; i < d->n; i++)
		record_free(d->v[i].before);
	free(d->v);
	*d = (struct deed){ 0 };
}
