/* src/wire/wire.h: records, operations and verdicts to JSON and back, whatever stands in them, and what is refused. */
#include "src/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

#define DESK "01900000-0000-7000-8000-000000000001"

/* Readers get their bytes where memory ends, so that the sanitizers see a step past it. */
static char *exactly(const char *s, size_t n)
{
	char *copy = xmalloc(n == 0 ? 1 : n);
	memcpy(copy, s, n);
	return copy;
}

static struct json *parsed(const char *text)
{
	struct error e = { 0 };
	char *copy = exactly(text, strlen(text));
	struct json *j = json_parse(copy, strlen(text), &e);
	free(copy);
	if (j == NULL)
		fail_msg("%s: %s", text, e.text);
	return j;
}

/* ---- JSON by hand ---------------------------------------------------------------------------------------------- */

static void strings_are_escaped(void **state)
{
	(void)state;
	static const struct { const char *in, *out; } rows[] = {
		{ "", "\"\"" },
		{ "où ? 🤷", "\"où ? 🤷\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\r\t\b\f", "\"\\n\\r\\t\\b\\f\"" },
		{ "\x01\x1b[31m\x7f", "\"\\u0001\\u001b[31m\\u007f\"" },
		{ "</script><!--", "\"<\\/script><!--\"" },
		{ "a<b<", "\"a<b<\"" },
		{ "un\u2028deux\u2029trois", "\"un\\u2028deux\\u2029trois\"" },
		{ "l\u2019\u20ac\u2027\u202a", "\"l\u2019\u20ac\u2027\u202a\"" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf b = BUF_INIT;
		json_string(&b, rows[i].in);
		assert_string_equal(b.data, rows[i].out);
		buf_release(&b);
	}
}

static void cut_strings_do_not_read_on(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	char *s = exactly("a<", 2), *t = exactly("\xE2\x80", 2);
	json_string_n(&b, s, 2);
	json_string_n(&b, t, 2);
	assert_string_equal(b.data, "\"a<\"\"\xE2\x80\"");
	free(s);
	free(t);
	buf_release(&b);
}

static void members_set_their_commas(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_addc(&b, '{');
	json_member(&b, "a\"", "{");
	json_member_int(&b, "min", INT64_MIN);
	json_member_int(&b, "zero", 0);
	json_member_int(&b, "max", INT64_MAX);
	json_member_bool(&b, "yes", true);
	json_member_bool(&b, "no", false);
	buf_addc(&b, '}');
	assert_string_equal(b.data, "{\"a\\\"\":\"{\",\"min\":-9223372036854775808,\"zero\":0,\"max\":9223372036854775807,"
		"\"yes\":true,\"no\":false}");
	buf_release(&b);
}

/* ---- JSON parsed ----------------------------------------------------------------------------------------------- */

static void broken_json_is_refused_with_the_place(void **state)
{
	(void)state;
	static const struct { const char *text, *why; } rows[] = {
		{ "", "the JSON ends too early, after byte 0" },
		{ "  ", "the JSON ends too early, after byte 2" },
		{ "{", "the JSON ends too early, after byte 1" },
		{ "{\"a\":", "the JSON ends too early, after byte 5" },
		{ "{\"a\":\"b", "the JSON ends too early, after byte 7" },
		{ "{\"a\":tru", "the JSON ends too early, after byte 8" },
		{ "[\"\\ud83d", "the JSON ends too early, after byte 8" },
		{ "[1", "the JSON ends too early, after byte 2" },
		{ "12", "the JSON is broken at byte 1: an object or a list was expected" },
		{ "\"a\"", "the JSON is broken at byte 1: an object or a list was expected" },
		{ "null", "the JSON is broken at byte 1: an object or a list was expected" },
		{ "{} x", "the JSON is broken at byte 4: something follows the end" },
		{ "{}{}", "the JSON is broken at byte 3: something follows the end" },
		{ "{a:1}", "the JSON is broken at byte 2: a string was expected" },
		{ "{'a':1}", "the JSON is broken at byte 2: a string was expected" },
		{ "{\"a\" 1}", "the JSON is broken at byte 6: \":\" was expected" },
		{ "{\"a\":1 \"b\":2}", "the JSON is broken at byte 8: \",\" or \"}\" was expected" },
		{ "[1 2]", "the JSON is broken at byte 4: \",\" or \"]\" was expected" },
		{ "{\"a\":1,}", "the JSON is broken at byte 8: a comma stands before the end of a list" },
		{ "[1,]", "the JSON is broken at byte 4: a comma stands before the end of a list" },
		{ "[,1]", "the JSON is broken at byte 2: a value was expected" },
		{ "[+1]", "the JSON is broken at byte 2: a value was expected" },
		{ "[.5]", "the JSON is broken at byte 2: a value was expected" },
		{ "[TRUE]", "the JSON is broken at byte 2: a value was expected" },
		{ "[NaN]", "the JSON is broken at byte 2: a value was expected" },
		{ "[nul]", "the JSON is broken at byte 5: a value was expected" },
		{ "[-Infinity]", "the JSON is broken at byte 3: a digit was expected" },
		{ "[1.]", "the JSON is broken at byte 4: a digit was expected" },
		{ "[1e]", "the JSON is broken at byte 4: a digit was expected" },
		{ "[-]", "the JSON is broken at byte 3: a digit was expected" },
		{ "[01]", "the JSON is broken at byte 2: a number may not begin with 0" },
		{ "[-01]", "the JSON is broken at byte 3: a number may not begin with 0" },
		{ "/*x*/{}", "the JSON is broken at byte 1: an object or a list was expected" },
		{ "[\"\t\"]", "the JSON is broken at byte 3: a control character must be escaped" },
		{ "[\"a\nb\"]", "the JSON is broken at byte 4: a control character must be escaped" },
		{ "[\"\\x\"]", "the JSON is broken at byte 4: no such escape" },
		{ "[\"\\u00g0\"]", "the JSON is broken at byte 7: \\u needs four hexadecimal digits" },
		{ "[\"\\u0000\"]", "the JSON is broken at byte 9: \\u0000 may not stand in a string" },
		{ "{\"a\\u0000b\":1}", "the JSON is broken at byte 10: \\u0000 may not stand in a string" },
		{ "[\"\\ud800\"]", "the JSON is broken at byte 9: half a surrogate pair is no character" },
		{ "[\"\\udc00x\"]", "the JSON is broken at byte 9: half a surrogate pair is no character" },
		{ "[\"\\ud800\\u0041\"]", "the JSON is broken at byte 15: half a surrogate pair is no character" },
		{ "[\"\xff\"]", "the JSON is not valid UTF-8" },
		{ "[\"\xed\xa0\x80\"]", "the JSON is not valid UTF-8" },
		{ "\xef\xbb\xbf{}", "the JSON is broken at byte 1: an object or a list was expected" },
		{ "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "the JSON is broken at byte 17: it is nested too deeply" },
		{ "[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]", "the JSON is broken at byte 17: it is nested too deeply" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error e = { 0 };
		char *copy = exactly(rows[i].text, strlen(rows[i].text));
		struct json *j = json_parse(copy, strlen(rows[i].text), &e);
		free(copy);
		if (j != NULL)
			fail_msg("%s was taken", rows[i].text);
		assert_string_equal(e.text, rows[i].why);
		assert_int_equal(e.code, ERR_FORMAT);
	}
	struct error e = { 0 };
	assert_null(json_parse("{\0}", 3, &e));
	assert_string_equal(e.text, "the JSON is not valid UTF-8");
	assert_null(json_parse("[", 1, NULL));
}

static void sixteen_levels_are_taken(void **state)
{
	(void)state;
	json_free(parsed("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"));
	json_free(parsed("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		"{\"a\":1}}}}}}}}}}}}}}}}"));
	json_free(NULL);
}

static void members_are_read_by_type(void **state)
{
	(void)state;
	struct json *j = parsed(" { \"t\" : \"\\u00e9\\ud83d\\ude00\\/\\n\", \"n\":-12, \"max\":9223372036854775807, "
		"\"big\":9223372036854775808, \"small\":-9223372036854775808, \"huge\":99999999999999999999999, \"f\":1.0, \"e\":1e3, "
		"\"y\":true, \"x\":null, \"l\":[\"a\",2,null], \"o\":{\"k\":\"v\"}, \"n2\":1, \"n2\":2, \"\":3 } \r\n");
	int64_t v = 77;
	assert_string_equal(json_text(j, "t"), "é😀/\n");
	assert_null(json_text(j, "n"));
	assert_null(json_text(j, "x"));
	assert_null(json_text(j, "none"));
	assert_true(json_has(j, "x"));
	assert_false(json_has(j, "none"));
	assert_true(json_int(j, "n", &v) && v == -12);
	assert_true(json_int(j, "max", &v) && v == INT64_MAX);
	static const char *const none[] = { "big", "small", "huge", "f", "e", "t", "y", "x", "none", "l" };
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(json_int(j, none[i], &v));
	assert_true(v == INT64_MAX);
	assert_true(json_int(j, "n2", &v) && v == 2);
	assert_true(json_int(j, "", &v) && v == 3);
	assert_true(json_bool(j, "y", false));
	assert_true(json_bool(j, "none", true));
	assert_false(json_bool(j, "n", false));
	const struct json *l = json_get(j, "l");
	assert_int_equal(json_length(l), 3);
	assert_string_equal(json_as_text(json_at(l, 0)), "a");
	assert_null(json_as_text(json_at(l, 1)));
	assert_null(json_at(l, 2));
	assert_null(json_at(l, 3));
	assert_int_equal(json_length(j), 0);
	assert_int_equal(json_length(NULL), 0);
	assert_true(json_is_object(json_get(j, "o")));
	assert_false(json_is_object(l));
	assert_false(json_is_object(NULL));
	assert_null(json_get(l, "a"));
	json_free(j);
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static const char hostile[] = "\"}\\\n</script>\t\x01\x1b[2J\u2028\u2029 é🤷🏽 06 12 34 56 78 %s {[null";

/* Every field with something in it that is hard to carry. */
static void *filled(enum kind kind)
{
	struct record *r = record_new(kind, "id-!\"\\</~");
	r->version = INT64_MAX;
	r->rev = 3;
	r->gone = true;
	snprintf(r->by, sizeof r->by, "0123456789012345678901234567890123456\"\\");
	snprintf(r->did, sizeof r->did, "12345678901234\\");
	r->when = 1088100000000;
	for (size_t i = 0; i < kinds[kind].n_fields; i++) {
		const struct field *f = &kinds[kind].fields[i];
		void *p = (char *)r + f->offset;
		switch (f->type) {
		case F_INT:  *(int64_t *)p = -INT64_MAX; break;
		case F_TIME: *(int64_t *)p = (int64_t)i; break;
		case F_BOOL: *(bool *)p = true; break;
		case F_ENUM: *(unsigned *)p = 1; break;
		case F_TEXT: text_set(p, hostile); break;
		case F_ID:   snprintf(p, ID_MAX, "%s\"", f->name); break;
		case F_IDS:
			ids_add(p, "one\"");
			ids_add(p, "two\\");
			break;
		}
	}
	return r;
}

static void assert_same_record(const struct record *a, const struct record *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->id, b->id);
	assert_true(a->version == b->version && a->rev == b->rev && a->when == b->when && a->gone == b->gone);
	assert_string_equal(a->by, b->by);
	assert_string_equal(a->did, b->did);
	assert_true(record_same(a, b));
}

static void assert_round_trip(const struct record *r)
{
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct error e = { 0 };
	wire_record(&b, r, WIRE_STORE, "fr");
	assert_null(strchr(b.data, '\n'));
	char *line = exactly(b.data, b.len);
	struct record *read = wire_read_record(line, b.len, &e);
	free(line);
	if (read == NULL)
		fail_msg("%s: %s", e.text, b.data);
	assert_same_record(r, read);
	wire_record(&again, read, WIRE_STORE, "fr");
	assert_string_equal(again.data, b.data);
	record_free(read);
	struct json *j = parsed(b.data);
	read = wire_record_from(j, &e);
	assert_non_null(read);
	assert_same_record(r, read);
	record_free(read);
	json_free(j);
	buf_release(&b);
	buf_release(&again);
}

static void every_kind_comes_back_whole(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++) {
		void *full = filled((enum kind)k), *empty = record_new((enum kind)k, "1");
		assert_round_trip(full);
		assert_round_trip(empty);
		record_free(full);
		record_free(empty);
	}
}

static void every_enum_value_comes_back(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++)
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			const struct field *f = &kinds[k].fields[i];
			for (unsigned v = 0; f->type == F_ENUM && f->names[v] != NULL; v++) {
				void *r = record_new((enum kind)k, "1");
				*(unsigned *)((char *)r + f->offset) = v;
				assert_round_trip(r);
				record_free(r);
			}
		}
}

static void assert_written(const void *record, unsigned flags, const char *lang, const char *want)
{
	struct buf b = BUF_INIT;
	wire_record(&b, record, flags, lang);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void what_is_empty_is_left_out(void **state)
{
	(void)state;
	struct message *m = record_new(K_MESSAGE, "12");
	assert_written(m, 0, "fr", "{\"kind\":\"message\",\"id\":\"12\"}");
	m->r.version = 40;
	m->channel = CH_SMS;
	m->participant = 7;
	text_set(&m->text, "et le smic ?");
	m->at = 1088100000000;
	m->cluster = 3;
	assert_written(m, 0, "fr", "{\"kind\":\"message\",\"id\":\"12\",\"version\":40,\"channel\":\"sms\",\"participant\":7,"
		"\"text\":\"et le smic ?\",\"at\":1088100000000,\"cluster\":3}");
	m->r.gone = true;
	m->r.rev = 2;
	snprintf(m->r.by, sizeof m->r.by, "3");
	snprintf(m->r.did, sizeof m->r.did, "dismiss");
	m->r.when = 5;
	text_set(&m->text, "");
	assert_written(m, 0, "fr", "{\"kind\":\"message\",\"id\":\"12\",\"version\":40,\"rev\":2,\"gone\":true,\"by\":\"3\","
		"\"did\":\"dismiss\",\"when\":5,\"channel\":\"sms\",\"participant\":7,\"at\":1088100000000,\"cluster\":3}");
	record_free(m);
}

static void the_publics_words_are_masked_on_the_way_out(void **state)
{
	(void)state;
	struct message *m = record_new(K_MESSAGE, "1");
	text_set(&m->name, "Zoé 06 12 34 56 78");
	text_set(&m->text, "ecrivez a zoe@example.org");
	text_set(&m->reason, "numero 06 12 34 56 78");
	assert_written(m, WIRE_MASK, "fr", "{\"kind\":\"message\",\"id\":\"1\",\"name\":\"Zoé [numéro masqué]\","
		"\"text\":\"ecrivez a [adresse masquée]\",\"reason\":\"numero 06 12 34 56 78\"}");
	assert_written(m, WIRE_MASK, "en", "{\"kind\":\"message\",\"id\":\"1\",\"name\":\"Zoé [number hidden]\","
		"\"text\":\"ecrivez a [address hidden]\",\"reason\":\"numero 06 12 34 56 78\"}");
	assert_written(m, WIRE_STORE | WIRE_MASK, "fr", "{\"kind\":\"message\",\"id\":\"1\",\"name\":\"Zoé 06 12 34 56 78\","
		"\"text\":\"ecrivez a zoe@example.org\",\"reason\":\"numero 06 12 34 56 78\"}");
	record_free(m);
}

static void sealed_words_are_for_producer_and_adviser(void **state)
{
	(void)state;
	struct act *a = record_new(K_ACT, "9");
	text_set(&a->op, "publish");
	text_set(&a->words, "ce que l'on retire");
	const char *open = "{\"kind\":\"act\",\"id\":\"9\",\"op\":\"publish\",\"words\":\"ce que l'on retire\"}";
	assert_written(a, WIRE_MASK, "fr", open);
	a->sealed = true;
	assert_written(a, WIRE_MASK, "fr", "{\"kind\":\"act\",\"id\":\"9\",\"op\":\"publish\",\"sealed\":true}");
	const char *unsealed = "{\"kind\":\"act\",\"id\":\"9\",\"op\":\"publish\",\"words\":\"ce que l'on retire\",\"sealed\":true}";
	assert_written(a, WIRE_MASK | WIRE_UNSEAL, "fr", unsealed);
	assert_written(a, WIRE_STORE, "fr", unsealed);
	record_free(a);
}

/* Reads a line by both roads, which must agree. */
static struct record *read_line(const char *line, struct error *e)
{
	char *copy = exactly(line, strlen(line));
	struct record *r = wire_read_record(copy, strlen(line), e);
	free(copy);
	struct json *j = json_parse(line, strlen(line), NULL);
	struct record *s = j == NULL ? NULL : wire_record_from(j, NULL);
	assert_int_equal(r == NULL, s == NULL);
	if (r != NULL)
		assert_same_record(r, s);
	record_free(s);
	json_free(j);
	return r;
}

static void lines_of_others_are_understood(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"{\"kind\":\"seat\",\"id\":\"3\",\"name\":\"Zoé\",\"role\":\"scribe\",\"away\":true}",
		" { \"away\" : true , \"role\" : \"scribe\", \"name\":\"Zo\\u00e9\", \"id\":\"3\", \"kind\":\"seat\" } ",
		"{\"kind\":\"seat\",\"future\":{\"a\":[1.5,\"x\",{}]},\"id\":\"3\",\"name\":\"Zoé\",\"more\":null,\"role\":\"scribe\","
			"\"away\":true,\"yet\":[],\"n\":1e5}",
		"{\"kind\":\"seat\",\"id\":\"4\",\"id\":\"3\",\"name\":7,\"name\":\"Zoé\",\"role\":\"scribe\",\"away\":true,\"rev\":9,"
			"\"rev\":null}",
		"{\"kind\":\"seat\",\"id\":\"3\",\"name\":\"Zoé\",\"role\":\"scribe\",\"away\":true,\"by\":null,\"gone\":false,\"when\":-0}",
		"{\"kind\":\"room\",\"id\":\"3\",\"name\":\"Zoé\",\"role\":\"scribe\",\"away\":true,\"kind\":\"seat\"}",
	};
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct error e = { 0 };
		struct seat *s = (struct seat *)read_line(lines[i], &e);
		if (s == NULL)
			fail_msg("%s: %s", lines[i], e.text);
		assert_int_equal(s->r.kind, K_SEAT);
		assert_string_equal(s->r.id, "3");
		assert_string_equal(s->name, "Zoé");
		assert_int_equal(s->role, R_SCRIBE);
		assert_true(s->away);
		assert_int_equal(s->r.rev, 0);
		record_free(s);
	}
}

static void a_thousand_sources_are_read(void **state)
{
	(void)state;
	struct question *q = record_new(K_QUESTION, "q");
	char id[ID_MAX];
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof id, "%d", i);
		ids_add(&q->messages, id);
	}
	assert_round_trip(&q->r);
	record_free(q);
}

#define ID40 "0123456789012345678901234567890123456789"
static void wrong_records_are_refused(void **state)
{
	(void)state;
	static const struct { const char *line, *why; } rows[] = {
		{ "", "the JSON ends too early, after byte 0" },
		{ "{\"kind\":\"seat\",\"id\":\"3\"", "the JSON ends too early, after byte 23" },
		{ "{\"kind\":\"seat\",\"id\":\"3\"}x", "the JSON is broken at byte 25: something follows the end" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",}", "the JSON is broken at byte 25: a comma stands before the end of a list" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"x\":[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]}",
			"the JSON is broken at byte 44: it is nested too deeply" },
		{ "{\"kind\":\"seat\",\"id\":\"\xff\"}", "a record is not valid UTF-8" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"name\":\"a\\u0000b\"}",
			"the JSON is broken at byte 40: \\u0000 may not stand in a string" },
		{ "[]", "a record is not a JSON object" },
		{ "{}", "a record has no \"kind\"" },
		{ "{\"kind\":7,\"id\":\"3\"}", "a record has no \"kind\"" },
		{ "{\"kind\":\"sofa\\u001b\",\"id\":\"3\"}", "there is no kind of record named \"sofa\\x1B\"" },
		{ "{\"kind\":\"seat\"}", "a record of kind \"seat\" has no id" },
		{ "{\"kind\":\"seat\",\"id\":\"\"}", "a record of kind \"seat\" has no id" },
		{ "{\"kind\":\"seat\",\"id\":null}", "a record of kind \"seat\" has no id" },
		{ "{\"kind\":\"seat\",\"id\":3}", "\"id\" of seat \"\" is not an id" },
		{ "{\"kind\":\"seat\",\"id\":\"a b\"}", "\"id\" of seat \"\" is not an id" },
		{ "{\"kind\":\"seat\",\"id\":\"é\"}", "\"id\" of seat \"\" is not an id" },
		{ "{\"kind\":\"seat\",\"id\":\"" ID40 "\"}", "\"id\" of seat \"\" is not an id" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"did\":\"0123456789012345\"}", "\"did\" of seat \"3\" is not an id" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"rev\":\"1\"}", "\"rev\" of seat \"3\" is not a whole number" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"rev\":1.0}", "\"rev\" of seat \"3\" is not a whole number" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"rev\":9223372036854775808}", "\"rev\" of seat \"3\" is not a whole number" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"when\":-9223372036854775808}", "\"when\" of seat \"3\" is not a whole number" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"gone\":1}", "\"gone\" of seat \"3\" is not a boolean" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"away\":\"true\"}", "\"away\" of seat \"3\" is not a boolean" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"role\":\"king\"}", "\"role\" of seat \"3\" is not one of its names" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"role\":\"\"}", "\"role\" of seat \"3\" is not one of its names" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"role\":\"hos\"}", "\"role\" of seat \"3\" is not one of its names" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"role\":4}", "\"role\" of seat \"3\" is not one of its names" },
		{ "{\"kind\":\"seat\",\"id\":\"3\",\"name\":[]}", "\"name\" of seat \"3\" is not a text" },
		{ "{\"kind\":\"answer\",\"id\":\"a\",\"questions\":\"q\"}", "\"questions\" of answer \"a\" is not a list of ids" },
		{ "{\"kind\":\"answer\",\"id\":\"a\",\"questions\":[1]}", "\"questions\" of answer \"a\" is not a list of ids" },
		{ "{\"kind\":\"answer\",\"id\":\"a\",\"questions\":[\"q\",\"\"]}", "\"questions\" of answer \"a\" is not a list of ids" },
		{ "{\"kind\":\"answer\",\"id\":\"a\",\"questions\":[\"q\",null]}", "\"questions\" of answer \"a\" is not a list of ids" },
		{ "{\"kind\":\"answer\",\"id\":\"a\",\"questions\":{\"q\":1}}", "\"questions\" of answer \"a\" is not a list of ids" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error e = { 0 };
		if (read_line(rows[i].line, &e) != NULL)
			fail_msg("%s was taken", rows[i].line);
		assert_string_equal(e.text, rows[i].why);
		assert_int_equal(e.code, strstr(rows[i].why, "no kind of record") ? ERR_NOT_FOUND : ERR_FORMAT);
	}
}

static void no_cut_line_is_taken(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	void *full = filled(K_QUESTION);
	wire_record(&b, full, WIRE_STORE, "fr");
	for (size_t n = 0; n < b.len; n++) {
		char *part = exactly(b.data, n);
		assert_null(wire_read_record(part, n, NULL));
		free(part);
	}
	record_free(full);
	buf_release(&b);
}

/* ---- deeds ----------------------------------------------------------------------------------------------------- */

static void deeds_come_back(void **state)
{
	(void)state;
	struct deed d = { .act = "17", .seat = "2", .op = op_by_name("edit"), .undone = true, .n = 2 }, read;
	struct buf b = BUF_INIT;
	struct error e = { 0 };
	d.v = xcalloc(2, sizeof *d.v);
	d.v[0].kind = K_QUESTION;
	snprintf(d.v[0].id, ID_MAX, "made");
	d.v[0].rev_after = 1;
	d.v[1].before = filled(K_ACT); /* sealed words must survive */
	d.v[1].kind = K_ACT;
	snprintf(d.v[1].id, ID_MAX, "%s", d.v[1].before->id);
	d.v[1].rev_after = 5;
	wire_deed(&b, &d);
	if (!wire_read_deed(b.data, &read, &e))
		fail_msg("%s", e.text);
	assert_string_equal(read.act, "17");
	assert_string_equal(read.seat, "2");
	assert_ptr_equal(read.op, d.op);
	assert_true(read.undone);
	assert_int_equal(read.n, 2);
	assert_null(read.v[0].before);
	assert_int_equal(read.v[0].kind, K_QUESTION);
	assert_string_equal(read.v[0].id, "made");
	assert_int_equal(read.v[1].rev_after, 5);
	assert_same_record(read.v[1].before, d.v[1].before);
	deed_release(&read);
	deed_release(&read);
	deed_release(&d);
	buf_release(&b);
}

static void broken_deeds_are_refused(void **state)
{
	(void)state;
	static const struct { const char *text, *why; } rows[] = {
		{ "{", "the JSON ends too early, after byte 1" },
		{ "[]", "a deed has no act, seat, op and changes" },
		{ "{\"act\":\"1\",\"seat\":\"2\",\"op\":\"edit\"}", "a deed has no act, seat, op and changes" },
		{ "{\"act\":\"1\",\"seat\":\"2\",\"op\":\"edot\",\"changes\":[]}", "deed 1 is of an unknown operation \"edot\"" },
		{ "{\"act\":\"1\",\"seat\":\"2\",\"op\":\"edit\",\"changes\":[{\"kind\":\"seat\",\"id\":\"1\"}]}",
			"change 1 of deed 1 has no kind, id and \"rev_after\"" },
		{ "{\"act\":\"1\",\"seat\":\"2\",\"op\":\"edit\",\"changes\":[{\"kind\":\"seat\",\"id\":\"1\",\"rev_after\":1,"
			"\"before\":{\"kind\":\"seat\"}}]}", "change 1 of deed 1: a record of kind \"seat\" has no id" },
		{ "{\"act\":\"1\",\"seat\":\"2\",\"op\":\"edit\",\"changes\":[{\"kind\":\"seat\",\"id\":\"1\",\"rev_after\":1,"
			"\"before\":{\"kind\":\"seat\",\"id\":\"2\"}}]}", "change 1 of deed 1 holds another record" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error e = { 0 };
		struct deed d;
		assert_false(wire_read_deed(rows[i].text, &d, &e));
		assert_string_equal(e.text, rows[i].why);
		assert_int_equal(d.n, 0);
	}
}

/* ---- operations ------------------------------------------------------------------------------------------------ */

static void set_arg(struct wire_op *o, const char *name, const char *value)
{
	for (size_t i = 0; i < op_arg_count(o->op); i++)
		if (strcmp(o->op->args[i].name, name) == 0) {
			o->arg[i] = xstrdup(value);
			return;
		}
	fail_msg("\"%s\" has no argument \"%s\"", o->op->name, name);
}

static const char *arg_of(const struct wire_op *o, const char *name)
{
	for (size_t i = 0; i < op_arg_count(o->op); i++)
		if (strcmp(o->op->args[i].name, name) == 0)
			return o->arg[i];
	fail_msg("\"%s\" has no argument \"%s\"", o->op->name, name);
	return NULL;
}

static void operations_are_written(void **state)
{
	(void)state;
	struct wire_op o = { .n = 7, .op = op_by_name("accept"), .at = 1088100000000, .rev = 0, .until = 1088100010000 };
	struct buf b = BUF_INIT;
	set_arg(&o, "source", "theme:12 message:3");
	set_arg(&o, "text", "Et le \"Smic\" ?\nOui ?");
	wire_op(&b, &o);
	assert_string_equal(b.data, "{\"n\":7,\"op\":\"accept\",\"at\":1088100000000,\"rev\":0,\"until\":1088100010000,"
		"\"args\":{\"source\":[\"theme:12\",\"message:3\"],\"text\":\"Et le \\\"Smic\\\" ?\\nOui ?\"}}");
	struct json *j = parsed(b.data);
	struct wire_op read;
	struct error e = { 0 };
	if (!wire_read_op(j, &read, &e))
		fail_msg("%s", e.text);
	assert_int_equal(read.n, 7);
	assert_ptr_equal(read.op, o.op);
	assert_int_equal(read.rev, 0);
	assert_true(read.at == o.at && read.until == o.until);
	assert_string_equal(arg_of(&read, "source"), "theme:12 message:3");
	assert_string_equal(arg_of(&read, "text"), "Et le \"Smic\" ?\nOui ?");
	assert_null(arg_of(&read, "credit"));
	json_free(j);
	wire_op_release(&read);
	wire_op_release(&read);
	wire_op_release(&o);
	buf_reset(&b);
	o = (struct wire_op){ .n = 8, .op = op_by_name("collect"), .at = 5, .rev = -1 };
	wire_op(&b, &o);
	assert_string_equal(b.data, "{\"n\":8,\"op\":\"collect\",\"at\":5,\"args\":{}}");
	buf_release(&b);
}

static void arguments_come_in_several_shapes(void **state)
{
	(void)state;
	static const struct { const char *json, *name, *value; } rows[] = {
		{ "{\"n\":1,\"op\":\"collect\",\"at\":0}", NULL, NULL },
		{ "{\"n\":1,\"op\":\"collect\",\"at\":0,\"args\":null,\"rev\":null,\"until\":null,\"later\":[{}]}", NULL, NULL },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"theme\":12,\"others\":[3,\"4\"]}}", "theme", "12" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"theme\":12,\"others\":[3,\"4\"]}}", "others", "3 4" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"others\":\"3, 4,,5 \"}}", "others", "3 4 5" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"others\":[]}}", "others", "" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"others\":9}}", "others", "9" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":0,\"args\":{\"others\":null}}", "others", NULL },
		{ "{\"n\":1,\"op\":\"intake\",\"at\":0,\"args\":{\"channel\":\"web\",\"state\":true}}", "state", "on" },
		{ "{\"n\":1,\"op\":\"intake\",\"at\":0,\"args\":{\"channel\":\"web\",\"state\":false}}", "state", "off" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":0,\"args\":{\"to\":\"all\",\"text\":\"a\\nb, c\"}}", "text", "a\nb, c" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":0,\"args\":{\"text\":true}}", "text", "true" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":0,\"args\":{\"text\":\"x\",\"text\":\"\"}}", "text", "" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct json *j = parsed(rows[i].json);
		struct wire_op o;
		struct error e = { 0 };
		if (!wire_read_op(j, &o, &e))
			fail_msg("%s: %s", rows[i].json, e.text);
		assert_int_equal(o.rev, -1);
		assert_int_equal(o.until, 0);
		if (rows[i].name != NULL && rows[i].value == NULL)
			assert_null(arg_of(&o, rows[i].name));
		else if (rows[i].name != NULL)
			assert_string_equal(arg_of(&o, rows[i].name), rows[i].value);
		wire_op_release(&o);
		json_free(j);
	}
}

static void wrong_operations_are_refused(void **state)
{
	(void)state;
	static const struct { const char *json, *why; } rows[] = {
		{ "[]", "an operation is not a JSON object" },
		{ "{}", "an operation has no \"n\"" },
		{ "{\"n\":\"1\"}", "\"n\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":9007199254740993}", "\"n\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":0,\"op\":\"air\",\"at\":0}", "operations are numbered from 1" },
		{ "{\"n\":1}", "an operation has no \"op\"" },
		{ "{\"n\":1,\"op\":2}", "an operation has no \"op\"" },
		{ "{\"n\":1,\"op\":\"a\\u009bir\"}", "there is no operation \"a\\xC2\\x9Bir\"" },
		{ "{\"n\":1,\"op\":\"air\"}", "an operation has no \"at\"" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":-1}", "\"at\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"rev\":-1}", "\"rev\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"rev\":1.5}", "\"rev\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"until\":\"later\"}",
			"\"until\" of an operation is not a whole number from 0 to 2^53" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"args\":[\"q7\"]}", "\"args\" of an operation is not an object" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":1,\"args\":{\"thème\":1}}",
			"\"merge\" has no argument \"thème\", it takes \"theme\", \"others\"" },
		{ "{\"n\":1,\"op\":\"collect\",\"at\":1,\"args\":{\"x\":1}}", "\"collect\" has no argument \"x\", it takes none" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"args\":{\"question\":[\"q7\"]}}",
			"argument \"question\" of \"air\" is a list, it must be a text" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"args\":{\"question\":{}}}",
			"argument \"question\" of \"air\" is an object, it must be a text" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"args\":{\"question\":1.5}}",
			"argument \"question\" of \"air\" is no whole number, it must be a text" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":1,\"args\":{\"others\":[[1]]}}",
			"argument \"others\" of \"merge\" is a list of other things, it must be a text or a list of texts" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":1,\"args\":{\"others\":[null]}}",
			"argument \"others\" of \"merge\" is a list of other things, it must be a text or a list of texts" },
		{ "{\"n\":1,\"op\":\"merge\",\"at\":1,\"args\":{\"others\":{}}}",
			"argument \"others\" of \"merge\" is an object, it must be a text or a list of texts" },
		{ "{\"n\":1,\"op\":\"air\",\"at\":1,\"args\":{\"question\":\"q7\\n\"}}",
			"argument \"question\" of \"air\" has control characters in it" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":1,\"args\":{\"text\":\"a\\u001b[2J\"}}",
			"argument \"text\" of \"say\" has control characters in it" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":1,\"args\":{\"text\":\"a\\u009b2J\"}}",
			"argument \"text\" of \"say\" has control characters in it" },
		{ "{\"n\":1,\"op\":\"say\",\"at\":1,\"args\":{\"text\":\"a\\r\\n\"}}",
			"argument \"text\" of \"say\" has control characters in it" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct json *j = parsed(rows[i].json);
		struct wire_op o;
		struct error e = { 0 };
		if (wire_read_op(j, &o, &e))
			fail_msg("%s was taken", rows[i].json);
		assert_string_equal(e.text, rows[i].why);
		assert_null(o.op);
		json_free(j);
	}
}

static void an_argument_has_a_bound(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct buf b = BUF_INIT;
		struct wire_op o;
		struct error e = { 0 };
		buf_adds(&b, "{\"n\":1,\"op\":\"say\",\"at\":1,\"args\":{\"text\":\"");
		for (size_t i = 0; i < 8000 + over; i++)
			buf_addc(&b, 'x');
		buf_adds(&b, "\"}}");
		struct json *j = parsed(b.data);
		assert_int_equal(wire_read_op(j, &o, &e), over == 0);
		assert_string_equal(e.text, over ? "argument \"text\" of \"say\" is longer than 8000 bytes" : "");
		wire_op_release(&o);
		json_free(j);
		buf_release(&b);
	}
}

static void a_batch_reports_each_bad_operation(void **state)
{
	(void)state;
	static const char body[] = "{\"client\":\"" DESK "\",\"ops\":["
		"{\"n\":5,\"op\":\"air\",\"at\":1,\"args\":{\"question\":\"q1\"}},"
		"{\"n\":6,\"op\":\"fly\",\"at\":1},"
		"{\"n\":7,\"op\":\"air\",\"at\":1,\"args\":{\"question\":\"q1\",\"loud\":true}},"
		"{\"n\":8,\"op\":\"close\",\"at\":1,\"args\":{}}]}";
	struct wire_ops o;
	struct error e = { 0 };
	char *copy = exactly(body, sizeof body - 1);
	if (!wire_read_ops(copy, sizeof body - 1, &o, &e))
		fail_msg("%s", e.text);
	free(copy);
	assert_string_equal(o.client, DESK);
	assert_int_equal(o.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(o.v[i].n, 5 + i);
	assert_int_equal(o.bad[0].code, ERR_NONE);
	assert_int_equal(o.bad[1].code, ERR_NOT_FOUND);
	assert_string_equal(o.bad[1].text, "there is no operation \"fly\"");
	assert_string_equal(o.bad[2].text, "\"air\" has no argument \"loud\", it takes \"question\"");
	assert_int_equal(o.bad[3].code, ERR_NONE);
	assert_string_equal(arg_of(&o.v[0], "question"), "q1");
	assert_null(o.v[1].op);
	assert_null(o.v[2].arg[0]);
	wire_ops_release(&o);
	wire_ops_release(&o);
}

static void broken_batches_are_refused_whole(void **state)
{
	(void)state;
	static const struct { const char *body, *why; } rows[] = {
		{ "", "the JSON ends too early, after byte 0" },
		{ "{\"client\":\"" DESK "\",\"ops\":[}", "the JSON is broken at byte 57: a value was expected" },
		{ "[]", "the body is not a JSON object" },
		{ "{\"ops\":[]}", "\"client\" is not a UUID in lower case" },
		{ "{\"client\":\"me\",\"ops\":[]}", "\"client\" is not a UUID in lower case" },
		{ "{\"client\":1,\"ops\":[]}", "\"client\" is not a UUID in lower case" },
		{ "{\"client\":\"" DESK "\"}", "\"ops\" is not a list of operations" },
		{ "{\"client\":\"" DESK "\",\"ops\":{}}", "\"ops\" is not a list of operations" },
		{ "{\"client\":\"" DESK "\",\"ops\":[3]}", "operation 1 of the batch has no number \"n\" from 1" },
		{ "{\"client\":\"" DESK "\",\"ops\":[{\"n\":0}]}", "operation 1 of the batch has no number \"n\" from 1" },
		{ "{\"client\":\"" DESK "\",\"ops\":[{\"n\":1},{\"n\":\"2\"}]}", "operation 2 of the batch has no number \"n\" from 1" },
		{ "{\"client\":\"" DESK "\",\"ops\":[{\"n\":3},{\"n\":5}]}", "operation 5 follows operation 3, where 4 was due" },
		{ "{\"client\":\"" DESK "\",\"ops\":[{\"n\":3},{\"n\":3}]}", "operation 3 follows operation 3, where 4 was due" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wire_ops o;
		struct error e = { 0 };
		char *copy = exactly(rows[i].body, strlen(rows[i].body));
		if (wire_read_ops(copy, strlen(rows[i].body), &o, &e))
			fail_msg("%s was taken", rows[i].body);
		free(copy);
		assert_string_equal(e.text, rows[i].why);
		assert_int_equal(o.n, 0);
	}
}

static void a_batch_has_a_bound(void **state)
{
	(void)state;
	for (int n = WIRE_OPS_MAX; n <= WIRE_OPS_MAX + 1; n++) {
		struct buf b = BUF_INIT;
		struct wire_ops o;
		struct error e = { 0 };
		buf_adds(&b, "{\"client\":\"" DESK "\",\"ops\":[");
		for (int i = 1; i <= n; i++)
			buf_addf(&b, "%s{\"n\":%d,\"op\":\"collect\",\"at\":1}", i == 1 ? "" : ",", i);
		buf_adds(&b, "]}");
		assert_int_equal(wire_read_ops(b.data, b.len, &o, &e), n == WIRE_OPS_MAX);
		assert_string_equal(e.text, n == WIRE_OPS_MAX ? "" : "\"ops\" has 201 operations, 200 at a time are taken");
		assert_int_equal(e.code, n == WIRE_OPS_MAX ? ERR_NONE : ERR_TOO_BIG);
		wire_ops_release(&o);
		buf_release(&b);
	}
}

/* ---- verdicts -------------------------------------------------------------------------------------------------- */

static void verdicts_come_back(void **state)
{
	(void)state;
	struct wire_verdict v = { .n = 7, .verdict = V_APPLIED, .text = xstrdup("q7 is on the air"), .at = 9 }, read;
	struct buf b = BUF_INIT;
	struct error e = { 0 };
	wire_verdict(&b, &v);
	assert_string_equal(b.data, "{\"n\":7,\"verdict\":\"applied\",\"text\":\"q7 is on the air\",\"at\":9}");
	buf_reset(&b);
	v.verdict = V_REFUSED;
	v.seen = true;
	snprintf(v.made, sizeof v.made, DESK);
	snprintf(v.subject, sizeof v.subject, "question:" DESK);
	snprintf(v.act, sizeof v.act, "31");
	v.rev = 4;
	v.number = 7;
	wire_verdict(&b, &v);
	assert_string_equal(b.data, "{\"n\":7,\"verdict\":\"refused\",\"seen\":true,\"text\":\"q7 is on the air\",\"made\":\"" DESK
		"\",\"subject\":\"question:" DESK "\",\"act\":\"31\",\"rev\":4,\"number\":7,\"at\":9}");
	struct json *j = parsed(b.data);
	if (!wire_read_verdict(j, &read, &e))
		fail_msg("%s", e.text);
	assert_int_equal(read.n, 7);
	assert_int_equal(read.verdict, V_REFUSED);
	assert_true(read.seen);
	assert_string_equal(read.text, v.text);
	assert_string_equal(read.made, v.made);
	assert_string_equal(read.subject, v.subject);
	assert_string_equal(read.act, v.act);
	assert_true(read.rev == 4 && read.number == 7 && read.at == 9);
	json_free(j);
	wire_verdict_release(&read);
	wire_verdict_release(&read);
	wire_verdict_release(&v);
	buf_release(&b);
}

static void wrong_verdicts_are_refused(void **state)
{
	(void)state;
	static const struct { const char *json, *why; } rows[] = {
		{ "{}", "a verdict has no number \"n\" from 1" },
		{ "[]", "a verdict has no number \"n\" from 1" },
		{ "{\"n\":1}", "\"verdict\" is not applied, refused, expired or void" },
		{ "{\"n\":1,\"verdict\":\"none\"}", "\"verdict\" is not applied, refused, expired or void" },
		{ "{\"n\":1,\"verdict\":\"maybe\"}", "\"verdict\" is not applied, refused, expired or void" },
		{ "{\"n\":1,\"verdict\":\"applied\",\"text\":3}", "\"text\" of a verdict is not a text" },
		{ "{\"n\":1,\"verdict\":\"applied\",\"made\":\"a b\"}", "\"made\" of a verdict is not an id" },
		{ "{\"n\":1,\"verdict\":\"applied\",\"made\":\"" ID40 "\"}", "\"made\" of a verdict is not an id" },
		{ "{\"n\":1,\"verdict\":\"applied\",\"act\":7}", "\"act\" of a verdict is not an id" },
		{ "{\"n\":1,\"verdict\":\"applied\",\"rev\":\"7\"}", "\"rev\" of a verdict is not a whole number" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct json *j = parsed(rows[i].json);
		struct wire_verdict v;
		struct error e = { 0 };
		if (wire_read_verdict(j, &v, &e))
			fail_msg("%s was taken", rows[i].json);
		assert_string_equal(e.text, rows[i].why);
		assert_null(v.text);
		json_free(j);
	}
	for (enum verdict v = V_APPLIED; v <= V_VOID; v++) {
		struct buf b = BUF_INIT;
		struct wire_verdict one = { .n = 1, .verdict = v }, read;
		wire_verdict(&b, &one);
		struct json *j = parsed(b.data);
		assert_true(wire_read_verdict(j, &read, NULL));
		assert_int_equal(read.verdict, v);
		assert_string_equal(read.text, "");
		wire_verdict_release(&read);
		json_free(j);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(cut_strings_do_not_read_on),
		cmocka_unit_test(members_set_their_commas),
		cmocka_unit_test(broken_json_is_refused_with_the_place),
		cmocka_unit_test(sixteen_levels_are_taken),
		cmocka_unit_test(members_are_read_by_type),
		cmocka_unit_test(every_kind_comes_back_whole),
		cmocka_unit_test(every_enum_value_comes_back),
		cmocka_unit_test(what_is_empty_is_left_out),
		cmocka_unit_test(the_publics_words_are_masked_on_the_way_out),
		cmocka_unit_test(sealed_words_are_for_producer_and_adviser),
		cmocka_unit_test(lines_of_others_are_understood),
		cmocka_unit_test(a_thousand_sources_are_read),
		cmocka_unit_test(wrong_records_are_refused),
		cmocka_unit_test(no_cut_line_is_taken),
		cmocka_unit_test(deeds_come_back),
		cmocka_unit_test(broken_deeds_are_refused),
		cmocka_unit_test(operations_are_written),
		cmocka_unit_test(arguments_come_in_several_shapes),
		cmocka_unit_test(wrong_operations_are_refused),
		cmocka_unit_test(an_argument_has_a_bound),
		cmocka_unit_test(a_batch_reports_each_bad_operation),
		cmocka_unit_test(broken_batches_are_refused_whole),
		cmocka_unit_test(a_batch_has_a_bound),
		cmocka_unit_test(verdicts_come_back),
		cmocka_unit_test(wrong_verdicts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
