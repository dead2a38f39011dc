/* src/wire/wire.h: whatever is read from arbitrary bytes writes and reads back the same, by every road. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/wire/wire.h"
#include "src/base/mem.h"

static void expect(bool good, const char *what, const char *seen)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", what, seen);
	abort();
}

static void check_sentence(const struct error *e)
{
	expect(e->code != ERR_NONE && e->text[0] != '\0' && text_is_utf8(e->text, strlen(e->text)), "an odd sentence", e->text);
}

static void same_again(const struct record *r)
{
	struct buf b = BUF_INIT, again = BUF_INIT, masked = BUF_INIT;
	wire_record(&b, r, WIRE_STORE, "fr");
	expect(text_is_utf8(b.data, b.len), "not UTF-8", b.data);
	struct record *read = wire_read_record(b.data, b.len, NULL);
	expect(read != NULL, "what was written is not read", b.data);
	wire_record(&again, read, WIRE_STORE, "fr");
	expect(strcmp(b.data, again.data) == 0, "a record changed", again.data);
	wire_record(&masked, r, WIRE_MASK, "fr");
	struct json *j = json_parse(masked.data, masked.len, NULL);
	expect(j != NULL, "masked, it is no JSON", masked.data);
	json_free(j);
	record_free(read);
	buf_release(&b);
	buf_release(&again);
	buf_release(&masked);
}

/* The road over the bytes and the one by a tree agree. */
static void try_record(const char *text, size_t len)
{
	struct error e = { 0 };
	struct record *r = wire_read_record(text, len, &e);
	struct json *j = json_parse(text, len, NULL);
	struct record *by_tree = j == NULL ? NULL : wire_record_from(j, NULL);
	expect((r == NULL) == (by_tree == NULL), "two roads, two answers", e.text);
	if (r == NULL)
		check_sentence(&e);
	else {
		struct buf a = BUF_INIT, b = BUF_INIT;
		wire_record(&a, r, WIRE_STORE, "fr");
		wire_record(&b, by_tree, WIRE_STORE, "fr");
		expect(strcmp(a.data, b.data) == 0, "two roads, two records", a.data);
		buf_release(&a);
		buf_release(&b);
		same_again(r);
	}
	record_free(by_tree);
	record_free(r);
	json_free(j);
}

static void op_again(const struct wire_op *o)
{
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct wire_op read;
	wire_op(&b, o);
	struct json *j = json_parse(b.data, b.len, NULL);
	expect(j != NULL && wire_read_op(j, &read, NULL), "what was written is not read", b.data);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		expect((o->arg[i] == NULL) == (read.arg[i] == NULL) && (o->arg[i] == NULL || strcmp(o->arg[i], read.arg[i]) == 0),
			"an argument changed", b.data);
	wire_op(&again, &read);
	expect(strcmp(b.data, again.data) == 0, "an operation changed", again.data);
	wire_op_release(&read);
	json_free(j);
	buf_release(&b);
	buf_release(&again);
}

static void try_ops(const char *text, size_t len)
{
	struct error e = { 0 };
	struct wire_ops o;
	if (!wire_read_ops(text, len, &o, &e)) {
		check_sentence(&e);
		return;
	}
	for (size_t i = 0; i < o.n; i++) {
		expect(o.v[i].n == o.v[0].n + (int64_t)i, "numbers do not rise by one", text);
		if (o.bad[i].code == ERR_NONE)
			op_again(&o.v[i]);
		else
			check_sentence(&o.bad[i]);
	}
	wire_ops_release(&o);
}

static void try_others(const char *text, size_t len)
{
	struct json *j = json_parse(text, len, NULL);
	struct wire_verdict v;
	if (j != NULL && wire_read_verdict(j, &v, NULL)) {
		struct buf b = BUF_INIT;
		wire_verdict(&b, &v);
		wire_verdict_release(&v);
		struct json *k = json_parse(b.data, b.len, NULL);
		expect(k != NULL && wire_read_verdict(k, &v, NULL), "a verdict is not read back", b.data);
		wire_verdict_release(&v);
		json_free(k);
		buf_release(&b);
	}
	json_free(j);
	char *z = xstrndup(text, len);
	struct deed d;
	if (wire_read_deed(z, &d, NULL)) {
		struct buf b = BUF_INIT;
		wire_deed(&b, &d);
		deed_release(&d);
		expect(wire_read_deed(b.data, &d, NULL), "a deed is not read back", b.data);
		deed_release(&d);
		buf_release(&b);
	}
	free(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	static const char front[] = "{\"client\":\"01900000-0000-7000-8000-000000000001\",\"ops\":[{\"n\":1,\"at\":1,\"op\":\"";
	struct buf near = BUF_INIT;
	if (data == NULL)
		return 0;
	try_record(text, size);
	try_ops(text, size);
	try_others(text, size);
	/* The same bytes further in, where blind mutation seldom gets. */
	buf_adds(&near, front);
	buf_add(&near, text, size);
	try_ops(near.data, near.len);
	buf_reset(&near);
	buf_adds(&near, "{\"kind\":\"question\",\"id\":\"q\",");
	buf_add(&near, text, size);
	buf_addc(&near, '}');
	try_record(near.data, near.len);
	buf_release(&near);
	return 0;
}
