/* record.c: records to JSON lines and back, by the tables of model/record.h.
 *
 * Two roads lead in: wire_read_record goes over the bytes once, without a tree, because a first load has 1.3 million of
 * them; wire_record_from takes a tree, for records within something else. Both turn a member into a `struct value` and
 * hand it to try_field, so that they cannot differ in what they accept.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/json.h"
#include "src/wire/scan.h"
#include "src/wire/write.h"

#define COMMON(member, field_type) \
	{ \
		.name = #member, .type = (field_type), .offset = offsetof(struct record, member) \
	}
static const struct field common_fields[] = {
	COMMON(id, F_ID),
	COMMON(version, F_INT),
	COMMON(rev, F_INT),
	COMMON(gone, F_BOOL),
	COMMON(by, F_ID),
	COMMON(did, F_ID),
	COMMON(when, F_TIME),
};

/* ---- writing --------------------------------------------------------------------------------------------------- */

struct writer {
	struct buf *b;
	unsigned flags;
	const char *lang;
	bool sealed; /* sealed fields are left out */
};

/* ,"name": in one piece; our own names need no escaping. */
static void put_name(struct buf *b, const char *name)
{
	char piece[48] = ",\"";
	size_t n = strlen(name);
	memcpy(piece + 2, name, n);
	memcpy(piece + 2 + n, "\":", 2);
	buf_add(b, piece, n + 4);
}

static void put_int(struct buf *b, const char *name, int64_t value)
{
	if (value == 0)
		return;
	put_name(b, name);
	json_number(b, value);
}

static void put_text(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	put_name(b, name);
	json_string(b, value);
}

static void put_masked(struct buf *b, const char *name, const char *value, const char *lang)
{
	if (value == NULL || value[0] == '\0')
		return;
	struct buf masked = BUF_INIT;
	text_mask(value, lang, &masked);
	put_name(b, name);
	json_string_n(b, masked.data, masked.len);
	buf_release(&masked);
}

static void put_bool(struct buf *b, const char *name, bool value)
{
	if (!value)
		return;
	put_name(b, name);
	buf_add(b, "true", 4);
}

static void put_field(const struct writer *w, const void *record, const struct field *f)
{
	const void *p = (const char *)record + f->offset;
	if (w->sealed && (f->flags & FIELD_SEALED))
		return;
	switch (f->type) {
	case F_INT:
	case F_TIME:
		put_int(w->b, f->name, *(const int64_t *)p);
		break;
	case F_BOOL:
		put_bool(w->b, f->name, *(const bool *)p);
		break;
	case F_ENUM:
		put_text(w->b, f->name, *(const unsigned *)p == 0 ? "" : f->names[*(const unsigned *)p]);
		break;
	case F_TEXT:
		if ((w->flags & WIRE_MASK) && !(w->flags & WIRE_STORE) && (f->flags & FIELD_PUBLIC_TEXT))
			put_masked(w->b, f->name, *(char *const *)p, w->lang);
		else
			put_text(w->b, f->name, *(char *const *)p);
		break;
	case F_ID:
		put_text(w->b, f->name, p);
		break;
	case F_IDS:
		if (((const struct ids *)p)->n > 0)
			json_member_ids(w->b, f->name, p);
		break;
	}
}

static bool is_sealed(const struct record *r)
{
	return r->kind == K_ACT && ((const struct act *)r)->sealed;
}

void wire_record(struct buf *b, const struct record *r, unsigned flags, const char *lang)
{
	const struct kind_row *row = &kinds[r->kind];
	const struct writer w = { b, flags, lang, is_sealed(r) && !(flags & (WIRE_UNSEAL | WIRE_STORE)) };
	buf_add(b, "{\"kind\":\"", 9);
	buf_adds(b, row->name);
	buf_addc(b, '"');
	for (size_t i = 0; i < COUNT_OF(common_fields); i++)
		put_field(&w, r, &common_fields[i]);
	for (size_t i = 0; i < row->n_fields; i++)
		put_field(&w, r, &row->fields[i]);
	buf_addc(b, '}');
}

/* ---- one member into one field --------------------------------------------------------------------------------- */

struct value {
	enum json_shape type;
	bool truth;        /* JSON_BOOL */
	int64_t number;    /* JSON_INT */
	struct slice text; /* JSON_TEXT */
	struct ids *list;  /* JSON_ARRAY whose members are all valid ids, read for an F_IDS field; else NULL */
};

static size_t id_max(const struct field *f)
{
	return f == &common_fields[5] ? sizeof((struct record *)0)->did - 1 : ID_MAX - 1;
}

static const char *wanted(const struct field *f)
{
	static const char *const words[] = { [F_INT] = "a whole number",
		[F_TIME] = "a whole number",
		[F_BOOL] = "a boolean",
		[F_ENUM] = "one of its names",
		[F_TEXT] = "a text",
		[F_ID] = "an id",
		[F_IDS] = "a list of ids" };
	return words[f->type];
}

static bool set_id(char *to, size_t max, const struct slice *text)
{
	if (!id_is_valid(text->s, text->n, max))
		return false;
	memset(to, 0, max + 1);
	memcpy(to, text->s, text->n);
	return true;
}

static bool set_enum(unsigned *to, const struct field *f, const struct slice *text)
{
	for (unsigned i = 0; f->names[i] != NULL; i++)
		if (strncmp(f->names[i], text->s, text->n) == 0 && f->names[i][text->n] == '\0') {
			*to = i;
			return true;
		}
	return false;
}

static bool set_text(char **to, const struct slice *text)
{
	free(*to);
	*to = xstrndup(text->s, text->n);
	return true;
}

/* Takes the ids out of the list. */
static bool set_ids(struct ids *to, struct ids *list)
{
	if (list == NULL)
		return false;
	ids_clear(to);
	*to = *list;
	*list = (struct ids){ 0 };
	return true;
}

static bool try_field(void *record, const struct field *f, const struct value *v)
{
	void *p = (char *)record + f->offset;
	switch (f->type) {
	case F_INT:
	case F_TIME:
		if (v->type == JSON_INT)
			*(int64_t *)p = v->number;
		return v->type == JSON_INT;
	case F_BOOL:
		if (v->type == JSON_BOOL)
			*(bool *)p = v->truth;
		return v->type == JSON_BOOL;
	case F_ENUM:
		return v->type == JSON_TEXT && set_enum(p, f, &v->text);
	case F_TEXT:
		return v->type == JSON_TEXT && set_text(p, &v->text);
	case F_ID:
		return v->type == JSON_TEXT && set_id(p, id_max(f), &v->text);
	case F_IDS:
		return v->type == JSON_ARRAY && set_ids(p, v->list);
	}
	return false;
}

/* null stands for an absent member. */
static bool set_field(void *record, const struct field *f, const struct value *v, struct error *e)
{
	if (v->type == JSON_NULL || try_field(record, f, v))
		return true;
	return error_set(e, ERR_FORMAT, "\"%s\" of %s \"%s\" is not %s", f->name,
		kinds[((struct record *)record)->kind].name, ((struct record *)record)->id, wanted(f));
}

/* Every record's fields in one row: the common ones first, then those of its kind. */
static const struct field *nth_field(const struct kind_row *row, size_t i)
{
	return i < COUNT_OF(common_fields) ? &common_fields[i] : &row->fields[i - COUNT_OF(common_fields)];
}

/* The field of that name; *at is where the search begins, and afterwards the one behind the found: lines that come in the
 * table's order, as ours do, find each at once. NULL when there is none. */
static const struct field *find_field(const struct kind_row *row, const struct slice *name, size_t *at)
{
	size_t n = COUNT_OF(common_fields) + row->n_fields;
	for (size_t k = 0, i = *at; k < n; k++, i++) {
		if (i >= n)
			i = 0;
		const struct field *f = nth_field(row, i);
		if (strncmp(f->name, name->s, name->n) == 0 && f->name[name->n] == '\0') {
			*at = i + 1;
			return f;
		}
	}
	return NULL;
}

static bool begin(const struct slice *kind_name, struct record **out, struct error *e)
{
	char name[16] = "";
	enum kind kind;
	if (kind_name->n < sizeof name)
		memcpy(name, kind_name->s, kind_name->n);
	if (!kind_by_name(name, &kind))
		return error_set(e, ERR_NOT_FOUND, "there is no kind of record named \"%s\"",
			quoted(kind_name->s, kind_name->n).s);
	*out = record_new(kind, "");
	return true;
}

/* Gives the record, or frees it and NULL. */
static struct record *finish(struct record *r, bool good, struct error *e)
{
	if (good && r->id[0] == '\0')
		good = error_set(e, ERR_FORMAT, "a record of kind \"%s\" has no id", kinds[r->kind].name);
	if (good)
		return r;
	record_free(r);
	return NULL;
}

/* ---- from a tree ----------------------------------------------------------------------------------------------- */

struct reading {
	struct record *r;
	size_t at;
	struct error *e;
};

/* The list's members when they all are ids. */
static bool ids_from(const struct json *array, struct ids *out)
{
	size_t n = json_length(array);
	if (n == 0)
		return true;
	out->v = xcalloc(n, sizeof *out->v);
	for (; out->n < n; out->n++) {
		const char *text = json_as_text(json_at(array, out->n));
		struct slice s = { text, text == NULL ? 0 : strlen(text) };
		if (s.n == 0 || !set_id(out->v[out->n], ID_MAX - 1, &s))
			return false;
	}
	return true;
}

static bool read_member(void *arg, const char *name, const struct json *j)
{
	struct reading *d = arg;
	struct slice s = { name, strlen(name) };
	const struct field *f = find_field(&kinds[d->r->kind], &s, &d->at);
	if (f == NULL)
		return true;
	struct value v = { .type = json_shape_of(j) };
	struct ids list = { 0 };
	if (v.type == JSON_BOOL)
		v.truth = json_as_bool(j);
	else if (v.type == JSON_INT)
		v.number = json_as_int(j);
	else if (v.type == JSON_TEXT)
		v.text = (struct slice){ json_as_text(j), strlen(json_as_text(j)) };
	else if (v.type == JSON_ARRAY && f->type == F_IDS && ids_from(j, &list))
		v.list = &list;
	bool good = set_field(d->r, f, &v, d->e);
	ids_clear(&list);
	return good;
}

struct record *wire_record_from(const struct json *j, struct error *e)
{
	struct reading d = { .e = e };
	const char *kind = json_text(j, "kind");
	if (!json_is_object(j) || kind == NULL) {
		error_set(e, ERR_FORMAT, "%s",
			json_is_object(j) ? "a record has no \"kind\"" : "a record is not a JSON object");
		return NULL;
	}
	if (!begin(&(struct slice){ kind, strlen(kind) }, &d.r, e))
		return NULL;
	return finish(d.r, json_each(j, read_member, &d), e);
}

static struct record *read_by_tree(const char *line, size_t len, struct error *e)
{
	struct json *j = json_parse(line, len, e);
	struct record *r = j == NULL ? NULL : wire_record_from(j, e);
	json_free(j);
	return r;
}

/* ---- from the bytes -------------------------------------------------------------------------------------------- */

/* Nothing here makes a sentence: a line that this road cannot take (broken, wrong, or merely unusual: "kind" not in front,
 * a null) is read again by a tree, which decides. */

/* The array at hand, all of whose members must be ids. */
static bool scan_ids(struct scan *s, struct ids *out)
{
	bool first = true, more;
	size_t cap = 0;
	struct slice text;
	if (!scan_take(s, '['))
		return false;
	while (scan_next(s, ']', &first, &more)) {
		if (!more)
			return true;
		grow(&out->v, &cap, out->n + 1, sizeof *out->v);
		if (!scan_string(s, &text) || text.n == 0 || !set_id(out->v[out->n], ID_MAX - 1, &text))
			return false;
		out->n++;
	}
	return false;
}

static bool scan_value(struct scan *s, const struct field *f, struct value *v)
{
	bool whole = false;
	char c = scan_peek(s);
	if (c == '"') {
		v->type = JSON_TEXT;
		return scan_string(s, &v->text);
	}
	if (c == 't' || c == 'f') {
		v->type = JSON_BOOL;
		v->truth = c == 't';
		return scan_literal(s, c == 't' ? "true" : "false");
	}
	v->type = JSON_INT;
	if (f->type != F_IDS)
		return scan_number(s, &whole, &v->number) && whole;
	v->type = JSON_ARRAY;
	return scan_ids(s, v->list);
}

/* Reads one member's value into the record, or passes over it when there is no such field. */
static bool scan_member(struct scan *s, const struct slice *name, struct record *r, size_t *at)
{
	struct ids list = { 0 };
	struct value v = { .list = &list };
	const struct field *f = find_field(&kinds[r->kind], name, at);
	if (f == NULL)
		return scan_skip(s, 1);
	bool good = scan_value(s, f, &v) && try_field(r, f, &v);
	ids_clear(&list);
	return good;
}

static bool is_kind(const struct slice *name)
{
	return name->n == 4 && memcmp(name->s, "kind", 4) == 0;
}

static bool scan_record(struct scan *s, struct record **out)
{
	bool first = false, more;
	struct slice name, kind;
	size_t at = 0;
	if (!scan_take(s, '{') || !scan_string(s, &name) || !is_kind(&name) || !scan_take(s, ':') ||
		!scan_string(s, &kind) || !begin(&kind, out, NULL))
		return false;
	while (scan_next(s, '}', &first, &more)) {
		if (!more)
			return scan_end(s) && (*out)->id[0] != '\0';
		if (!scan_string(s, &name) || is_kind(&name) || !scan_take(s, ':') || !scan_member(s, &name, *out, &at))
			return false;
	}
	return false;
}

struct record *wire_read_record(const char *line, size_t len, struct error *e)
{
	struct record *r = NULL;
	struct scan s;
	if (!text_is_utf8(line, len)) {
		error_set(e, ERR_FORMAT, "a record is not valid UTF-8");
		return NULL;
	}
	scan_init(&s, line, len);
	bool good = scan_record(&s, &r);
	scan_release(&s);
	if (good)
		return r;
	record_free(r);
	return read_by_tree(line, len, e);
}
