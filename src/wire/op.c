/* op.c: operations and verdicts on their way. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/json.h"
#include "src/wire/write.h"

enum { OP_BYTES_MAX = 8000 };                      /* of one argument */
static const int64_t COUNT_MAX = INT64_C(1) << 53; /* what every JSON reader keeps exact */

const char *const verdict_names[] = { "none", "applied", "refused", "expired", "void", NULL };

void wire_op_release(struct wire_op *o)
{
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(o->arg[i]);
	*o = (struct wire_op){ .rev = -1 };
}

/* ---- an operation, written ------------------------------------------------------------------------------------- */

/* "a b c" as ["a","b","c"]. */
static void write_many(struct buf *b, const char *values)
{
	buf_addc(b, '[');
	for (const char *p = values; *p != '\0';) {
		size_t n = strcspn(p, " ");
		if (n > 0) {
			json_comma(b);
			json_string_n(b, p, n);
		}
		p += n + (p[n] == ' ');
	}
	buf_addc(b, ']');
}

void wire_op(struct buf *b, const struct wire_op *o)
{
	buf_addc(b, '{');
	json_member_int(b, "n", o->n);
	json_member(b, "op", o->op->name);
	json_member_int(b, "at", o->at);
	if (o->rev >= 0)
		json_member_int(b, "rev", o->rev);
	if (o->until != 0)
		json_member_int(b, "until", o->until);
	json_name(b, "args");
	buf_addc(b, '{');
	for (size_t i = 0; i < op_arg_count(o->op); i++) {
		if (o->arg[i] == NULL)
			continue;
		json_name(b, o->op->args[i].name);
		if (o->op->args[i].flags & ARG_MANY)
			write_many(b, o->arg[i]);
		else
			json_string(b, o->arg[i]);
	}
	buf_adds(b, "}}");
}

/* ---- its arguments, read --------------------------------------------------------------------------------------- */

/* What a person may have written there: no control characters, save line ends within words. */
static bool has_controls(const char *s, bool lines)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];
		if ((c < 0x20 && !(lines && c == '\n')) || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0))
			return true;
	}
	return false;
}

/* true and false mean "on" and "off" to an argument that has these choices. */
static const char *truth_word(const struct arg *a, bool truth)
{
	for (size_t i = 0; a->choices != NULL && a->choices[i] != NULL; i++)
		if (strcmp(a->choices[i], "on") == 0)
			return truth ? "on" : "off";
	return truth ? "true" : "false";
}

/* Appends one value of an argument as text. */
static bool add_scalar(struct buf *b, const struct arg *a, const struct json *j)
{
	switch (json_shape_of(j)) {
	case JSON_TEXT:
		buf_adds(b, json_as_text(j));
		return true;
	case JSON_INT:
		json_number(b, json_as_int(j));
		return true;
	case JSON_BOOL:
		buf_adds(b, truth_word(a, json_as_bool(j)));
		return true;
	default:
		return false;
	}
}

/* Several values as one text, one space between; within a text spaces and commas separate. */
static bool add_many(struct buf *b, const struct arg *a, const struct json *j)
{
	struct buf one = BUF_INIT;
	size_t n = json_shape_of(j) == JSON_ARRAY ? json_length(j) : 1;
	bool good = true;
	for (size_t i = 0; good && i < n && b->len <= OP_BYTES_MAX; i++) {
		buf_reset(&one);
		good = add_scalar(&one, a, json_shape_of(j) == JSON_ARRAY ? json_at(j, i) : j);
		for (const char *p = one.data; good && *p != '\0';) {
			size_t len = strcspn(p, " ,");
			if (len > 0 && b->len > 0)
				buf_addc(b, ' ');
			buf_add(b, p, len);
			p += len + (p[len] != '\0');
		}
	}
	buf_release(&one);
	return good;
}

struct arguments {
	struct wire_op *op;
	struct error *e;
};

static bool unknown_argument(const struct op *op, const char *name, struct error *e)
{
	struct buf known = BUF_INIT;
	for (size_t i = 0; i < op_arg_count(op); i++)
		buf_addf(&known, "%s\"%s\"", i == 0 ? "" : ", ", op->args[i].name);
	error_set(e, ERR_FORMAT, "\"%s\" has no argument \"%s\", it takes %s", op->name, quoted(name, strlen(name)).s,
		known.len == 0 ? "none" : known.data);
	buf_release(&known);
	return false;
}

static bool read_value(const struct op *op, const struct arg *a, const struct json *j, struct buf *b, struct error *e)
{
	bool good = a->flags & ARG_MANY ? add_many(b, a, j) : add_scalar(b, a, j);
	if (!good)
		return error_set(e, ERR_FORMAT, "argument \"%s\" of \"%s\" is %s, it must be a text%s", a->name,
			op->name,
			json_shape_of(j) == JSON_ARRAY && (a->flags & ARG_MANY) ? "a list of other things"
										: json_shape_names[json_shape_of(j)],
			a->flags & ARG_MANY ? " or a list of texts" : "");
	if (b->len > OP_BYTES_MAX)
		return error_set(e, ERR_TOO_BIG, "argument \"%s\" of \"%s\" is longer than %d bytes", a->name, op->name,
			OP_BYTES_MAX);
	if (has_controls(b->data, a->type == A_TEXT))
		return error_set(
			e, ERR_FORMAT, "argument \"%s\" of \"%s\" has control characters in it", a->name, op->name);
	return true;
}

static bool read_argument(void *arg, const char *name, const struct json *j)
{
	struct arguments *x = arg;
	const struct op *op = x->op->op;
	size_t i = 0, n = op_arg_count(op);
	while (i < n && strcmp(op->args[i].name, name) != 0)
		i++;
	if (i == n)
		return unknown_argument(op, name, x->e);
	if (json_shape_of(j) == JSON_NULL)
		return true;
	struct buf b = BUF_INIT;
	bool good = read_value(op, &op->args[i], j, &b, x->e);
	if (good)
		x->op->arg[i] = buf_detach(&b);
	buf_release(&b);
	return good;
}

/* ---- an operation, read ---------------------------------------------------------------------------------------- */

/* A member that is a whole number from 0; stays as it was when it is absent and may be. */
static bool take_count(const struct json *j, const char *member, bool needed, int64_t *out, struct error *e)
{
	int64_t v;
	if (json_get(j, member) == NULL)
		return !needed || error_set(e, ERR_FORMAT, "an operation has no \"%s\"", member);
	if (!json_int(j, member, &v) || v < 0 || v > COUNT_MAX)
		return error_set(e, ERR_FORMAT, "\"%s\" of an operation is not a whole number from 0 to 2^53", member);
	*out = v;
	return true;
}

static bool read_op(const struct json *j, struct wire_op *o, struct error *e)
{
	if (!json_is_object(j))
		return error_set(e, ERR_FORMAT, "an operation is not a JSON object");
	if (!take_count(j, "n", true, &o->n, e))
		return false;
	if (o->n == 0)
		return error_set(e, ERR_FORMAT, "operations are numbered from 1");
	const char *name = json_text(j, "op");
	if (name == NULL)
		return error_set(e, ERR_FORMAT, "an operation has no \"op\"");
	o->op = op_by_name(name);
	if (o->op == NULL)
		return error_set(e, ERR_NOT_FOUND, "there is no operation \"%s\"", quoted(name, strlen(name)).s);
	if (!take_count(j, "at", true, &o->at, e) || !take_count(j, "rev", false, &o->rev, e) ||
		!take_count(j, "until", false, &o->until, e))
		return false;
	const struct json *args = json_get(j, "args");
	if (args != NULL && !json_is_object(args))
		return error_set(e, ERR_FORMAT, "\"args\" of an operation is not an object");
	return json_each(args, read_argument, &(struct arguments){ o, e });
}

bool wire_read_op(const struct json *j, struct wire_op *out, struct error *e)
{
	*out = (struct wire_op){ .rev = -1 };
	if (read_op(j, out, e))
		return true;
	wire_op_release(out);
	return false;
}

/* ---- a batch --------------------------------------------------------------------------------------------------- */

/* Everything about operation i that makes the batch as a whole unusable. */
static bool check_number(const struct json *j, size_t i, int64_t *before, struct error *e)
{
	int64_t n;
	if (!json_int(j, "n", &n) || n < 1 || n > COUNT_MAX)
		return error_set(e, ERR_FORMAT, "operation %zu of the batch has no number \"n\" from 1", i + 1);
	if (i > 0 && n != *before + 1)
		return error_set(e, ERR_FORMAT, "operation %lld follows operation %lld, where %lld was due",
			(long long)n, (long long)*before, (long long)*before + 1);
	*before = n;
	return true;
}

static bool check_batch(const struct json *j, struct error *e)
{
	const char *client = json_text(j, "client");
	const struct json *list = json_get(j, "ops");
	int64_t before = 0;
	if (!json_is_object(j))
		return error_set(e, ERR_FORMAT, "the body is not a JSON object");
	if (client == NULL || !id_is_uuid(client))
		return error_set(e, ERR_FORMAT, "\"client\" is not a UUID in lower case");
	if (json_shape_of(list) != JSON_ARRAY)
		return error_set(e, ERR_FORMAT, "\"ops\" is not a list of operations");
	if (json_get(j, "epoch") != NULL && (!json_int(j, "epoch", &before) || before < 1))
		return error_set(e, ERR_FORMAT, "\"epoch\" is not the number of an epoch");
	if (json_length(list) > WIRE_OPS_MAX)
		return error_set(e, ERR_TOO_BIG, "\"ops\" has %zu operations, %d at a time are taken",
			json_length(list), (int)WIRE_OPS_MAX);
	for (size_t i = 0; i < json_length(list); i++)
		if (!check_number(json_at(list, i), i, &before, e))
			return false;
	return true;
}

static void read_batch(const struct json *j, struct wire_ops *out)
{
	const struct json *list = json_get(j, "ops");
	strncpy(out->client, json_text(j, "client"), sizeof out->client - 1);
	json_int(j, "epoch", &out->epoch);
	out->n = json_length(list);
	out->v = xcalloc(out->n, sizeof *out->v);
	out->bad = xcalloc(out->n, sizeof *out->bad);
	for (size_t i = 0; i < out->n; i++)
		if (!wire_read_op(json_at(list, i), &out->v[i], &out->bad[i]))
			json_int(json_at(list, i), "n", &out->v[i].n);
}

bool wire_read_ops(const char *body, size_t len, struct wire_ops *out, struct error *e)
{
	struct json *j = json_parse(body, len, e);
	*out = (struct wire_ops){ 0 };
	bool good = j != NULL && check_batch(j, e);
	if (good)
		read_batch(j, out);
	json_free(j);
	return good;
}

void wire_ops_release(struct wire_ops *o)
{
	for (size_t i = 0; i < o->n; i++)
		wire_op_release(&o->v[i]);
	free(o->v);
	free(o->bad);
	*o = (struct wire_ops){ 0 };
}

/* ---- verdicts -------------------------------------------------------------------------------------------------- */

void wire_verdict_release(struct wire_verdict *v)
{
	free(v->text);
	*v = (struct wire_verdict){ 0 };
}

static void member_unless_empty(struct buf *b, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_member(b, name, value);
}

void wire_verdict(struct buf *b, const struct wire_verdict *v)
{
	buf_addc(b, '{');
	json_member_int(b, "n", v->n);
	json_member(b, "verdict", verdict_names[v->verdict]);
	if (v->seen)
		json_member_bool(b, "seen", true);
	json_member(b, "text", v->text == NULL ? "" : v->text);
	member_unless_empty(b, "made", v->made);
	member_unless_empty(b, "subject", v->subject);
	member_unless_empty(b, "act", v->act);
	if (v->rev != 0)
		json_member_int(b, "rev", v->rev);
	if (v->number != 0)
		json_member_int(b, "number", v->number);
	json_member_int(b, "at", v->at);
	buf_addc(b, '}');
}

/* An optional member that names something. */
static bool take_name(const struct json *j, const char *member, char *out, size_t size, struct error *e)
{
	const char *text = json_text(j, member);
	if (json_get(j, member) == NULL)
		return true;
	if (text == NULL || !id_is_valid(text, strlen(text), size - 1))
		return error_set(e, ERR_FORMAT, "\"%s\" of a verdict is not an id", member);
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool take_number(const struct json *j, const char *member, int64_t *out, struct error *e)
{
	return json_get(j, member) == NULL || json_int(j, member, out) ||
		error_set(e, ERR_FORMAT, "\"%s\" of a verdict is not a whole number", member);
}

static bool read_verdict(const struct json *j, struct wire_verdict *v, struct error *e)
{
	const char *name = json_text(j, "verdict"), *text = json_text(j, "text");
	if (!json_int(j, "n", &v->n) || v->n < 1 || v->n > COUNT_MAX)
		return error_set(e, ERR_FORMAT, "a verdict has no number \"n\" from 1");
	for (v->verdict = V_APPLIED; name != NULL && verdict_names[v->verdict] != NULL; v->verdict++)
		if (strcmp(verdict_names[v->verdict], name) == 0)
			break;
	if (name == NULL || verdict_names[v->verdict] == NULL)
		return error_set(e, ERR_FORMAT, "\"verdict\" is not applied, refused, expired or void");
	if (text == NULL && json_get(j, "text") != NULL)
		return error_set(e, ERR_FORMAT, "\"text\" of a verdict is not a text");
	v->seen = json_bool(j, "seen", false);
	v->text = xstrdup(text);
	return take_name(j, "made", v->made, sizeof v->made, e) &&
		take_name(j, "subject", v->subject, sizeof v->subject, e) &&
		take_name(j, "act", v->act, sizeof v->act, e) && take_number(j, "rev", &v->rev, e) &&
		take_number(j, "number", &v->number, e) && take_number(j, "at", &v->at, e);
}

bool wire_read_verdict(const struct json *j, struct wire_verdict *out, struct error *e)
{
	*out = (struct wire_verdict){ 0 };
	if (read_verdict(j, out, e))
		return true;
	wire_verdict_release(out);
	return false;
}
