/* src/model/record.h: the tables list every member, and what walks them copies, compares and releases all of it. */
#include "src/model/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

/* ---- the tables ------------------------------------------------------------------------------------------------ */

static size_t size_of(const struct field *f)
{
	static const size_t sizes[] = { [F_INT] = sizeof(int64_t), [F_TIME] = sizeof(int64_t), [F_BOOL] = sizeof(bool),
		[F_ENUM] = sizeof(unsigned), [F_TEXT] = sizeof(char *), [F_ID] = ID_MAX, [F_IDS] = sizeof(struct ids) };
	return sizes[f->type];
}

/* Marks the bytes that fields cover; what is left may only be padding, which is narrower than a pointer. */
static void every_member_has_a_row(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++) {
		unsigned char *seen = xcalloc(1, kinds[k].size);
		memset(seen, 1, sizeof(struct record));
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			const struct field *f = &kinds[k].fields[i];
			assert_true(f->offset + size_of(f) <= kinds[k].size);
			for (size_t b = 0; b < size_of(f); b++) {
				assert_int_equal(seen[f->offset + b], 0);
				seen[f->offset + b] = 1;
			}
		}
		for (size_t b = 0, gap = 0; b < kinds[k].size; b++) {
			gap = seen[b] ? 0 : gap + 1;
			if (gap >= sizeof(void *))
				fail_msg("a member of struct %s near byte %zu is in no table", kinds[k].name, b);
		}
		free(seen);
	}
}

static void names_are_unique_and_apart_from_the_common_ones(void **state)
{
	(void)state;
	static const char *const taken[] = { "kind", "id", "version", "rev", "gone", "by", "did", "when" };
	for (size_t k = 0; k < KIND_COUNT; k++)
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			for (size_t t = 0; t < COUNT_OF(taken); t++)
				assert_string_not_equal(kinds[k].fields[i].name, taken[t]);
			for (size_t j = 0; j < i; j++)
				assert_string_not_equal(kinds[k].fields[i].name, kinds[k].fields[j].name);
			assert_int_equal(kinds[k].fields[i].type == F_ENUM, kinds[k].fields[i].names != NULL);
		}
}

static void kinds_are_found_by_name(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++) {
		enum kind kind;
		assert_true(kind_by_name(kinds[k].name, &kind));
		assert_int_equal(kind, k);
	}
	enum kind kept = K_ROOM;
	assert_false(kind_by_name("", &kept));
	assert_false(kind_by_name("questions", &kept));
	assert_int_equal(kept, K_ROOM);
}

static void enums_are_named(void **state)
{
	(void)state;
	assert_string_equal(event_state_names[EV_INTERRUPTED], "interrupted");
	assert_string_equal(interruption_names[IN_EDITORIAL], "editorial");
	assert_string_equal(role_names[R_BACKEND], "backend");
	assert_string_equal(channel_names[CH_ROOM], "room");
	assert_string_equal(message_state_names[MS_DISMISSED], "dismissed");
	assert_string_equal(service_names[SV_CONTACT], "contact");
	assert_string_equal(question_state_names[Q_RETURNED], "returned");
	assert_string_equal(result_names[OUT_WRITTEN], "written");
	assert_string_equal(segment_state_names[SG_RETRACTED], "retracted");
	assert_string_equal(hold_names[HOLD_BLOCKED], "blocked");
	assert_null(hold_names[HOLDS]);
	assert_null(role_names[ROLES]);
}

static void flags_stand_where_they_should(void **state)
{
	(void)state;
	static const struct { enum kind kind; const char *name; unsigned flags; } flagged[] = {
		{ K_MESSAGE, "text", FIELD_PUBLIC_TEXT }, { K_MESSAGE, "name", FIELD_PUBLIC_TEXT },
		{ K_QUESTION, "original", FIELD_PUBLIC_TEXT }, { K_QUESTION, "wording", FIELD_PUBLIC_TEXT },
		{ K_QUESTION, "credit", FIELD_PUBLIC_TEXT }, { K_QUESTION, "suggestion", FIELD_PUBLIC_TEXT },
		{ K_THEME, "title", FIELD_PUBLIC_TEXT }, { K_ACT, "words", FIELD_SEALED | FIELD_PUBLIC_TEXT },
		{ K_THEME, "first_at", FIELD_LIVE }, { K_THEME, "first", FIELD_LIVE }, { K_PARTICIPANT, "stopped", FIELD_LIVE },
		{ K_SEGMENT, "unsent", FIELD_LIVE }, { K_THEME, "typical", FIELD_PUBLIC_TEXT | FIELD_LIVE },
		{ K_THEME, "typical_id", FIELD_LIVE }, { K_THEME, "key_words", FIELD_PUBLIC_TEXT | FIELD_LIVE },
		{ K_THEME, "asks_nothing", FIELD_LIVE },
	};
	for (size_t k = 0; k < KIND_COUNT; k++)
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			unsigned flags = k == K_COUNT ? FIELD_LIVE : 0;
			for (size_t x = 0; x < COUNT_OF(flagged); x++)
				if (flagged[x].kind == k && strcmp(flagged[x].name, kinds[k].fields[i].name) == 0)
					flags = flagged[x].flags;
			if (kinds[k].fields[i].flags != flags)
				fail_msg("%s.%s has flags %u", kinds[k].name, kinds[k].fields[i].name, kinds[k].fields[i].flags);
		}
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* Gives field `f` of the record a value that `salt` decides. */
static void set_some(void *record, const struct field *f, unsigned salt)
{
	char text[32];
	void *p = (char *)record + f->offset;
	snprintf(text, sizeof text, "%s-%u", f->name, salt);
	switch (f->type) {
	case F_INT:
	case F_TIME: *(int64_t *)p = 1000 + salt; break;
	case F_BOOL: *(bool *)p = salt % 2 != 0; break;
	case F_ENUM: *(unsigned *)p = salt % 2; break;
	case F_TEXT: text_set(p, text); break;
	case F_ID:   snprintf(p, ID_MAX, "%s", text); break;
	case F_IDS:  ids_add(p, text); break;
	}
}

static void *filled(enum kind kind, unsigned salt)
{
	void *r = record_new(kind, "1");
	for (size_t i = 0; i < kinds[kind].n_fields; i++)
		set_some(r, &kinds[kind].fields[i], salt);
	return r;
}

static void fresh_records_are_empty(void **state)
{
	(void)state;
	struct question *q = record_new(K_QUESTION, "018f-q");
	assert_int_equal(q->r.kind, K_QUESTION);
	assert_string_equal(q->r.id, "018f-q");
	assert_string_equal(q->wording, "");
	assert_string_equal(q->reason, "");
	assert_int_equal(q->number, 0);
	assert_int_equal(q->messages.n, 0);
	record_free(q);
	record_free(NULL);
}

static void an_overlong_id_is_cut(void **state)
{
	(void)state;
	struct room *r = record_new(K_ROOM, "0123456789012345678901234567890123456789too-long");
	assert_string_equal(r->r.id, "012345678901234567890123456789012345678");
	record_free(r);
}

static void records_live_on_the_stack_too(void **state)
{
	(void)state;
	struct message m = { 0 };
	record_init(&m, K_MESSAGE, "12");
	assert_string_equal(m.text, "");
	text_set(&m.text, "bonjour");
	record_init(&m, K_MESSAGE, m.r.id); /* again: what it owned is released */
	assert_string_equal(m.text, "");
	assert_string_equal(m.r.id, "12");
	record_clear(&m);
	assert_null(m.text);
	record_clear(&m);
}

static void copies_are_alike_and_apart(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++) {
		void *a = filled((enum kind)k, 1), *b = record_copy(a);
		assert_true(record_same(a, b));
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			const struct field *f = &kinds[k].fields[i];
			if (f->type == F_TEXT)
				assert_ptr_not_equal(*(char **)((char *)a + f->offset), *(char **)((char *)b + f->offset));
		}
		record_free(a); /* the sanitizers see it if b held anything of a */
		void *c = filled((enum kind)k, 1);
		assert_true(record_same(b, c));
		record_free(b);
		record_free(c);
	}
}

static void each_field_counts_in_comparison_save_live_ones(void **state)
{
	(void)state;
	for (size_t k = 0; k < KIND_COUNT; k++)
		for (size_t i = 0; i < kinds[k].n_fields; i++) {
			const struct field *f = &kinds[k].fields[i];
			void *a = filled((enum kind)k, 1), *b = filled((enum kind)k, 1);
			set_some(b, f, 2);
			assert_int_equal(record_same(a, b), (f->flags & FIELD_LIVE) != 0);
			record_restore(b, a);
			assert_true(record_same(a, b));
			record_free(a);
			record_free(b);
		}
}

static void counters_do_not_count_but_gone_does(void **state)
{
	(void)state;
	struct record *a = filled(K_THEME, 1), *b = filled(K_THEME, 1);
	b->version = 9, b->rev = 9, b->when = 9;
	snprintf(b->by, sizeof b->by, "4");
	snprintf(b->did, sizeof b->did, "label");
	assert_true(record_same(a, b));
	b->gone = true;
	assert_false(record_same(a, b));
	struct record *other = record_new(K_CLUSTER, "1");
	assert_false(record_same(a, other));
	record_free(a);
	record_free(b);
	record_free(other);
}

static void restoring_keeps_ids_counters_and_live_fields(void **state)
{
	(void)state;
	struct theme *now = filled(K_THEME, 2), *before = filled(K_THEME, 1);
	now->r.rev = 7, now->r.version = 70;
	before->r.gone = true;
	record_restore(now, before);
	assert_string_equal(now->title, "title-1");
	assert_string_equal(now->into, "into-1");
	assert_true(now->r.gone);
	assert_int_equal(now->r.rev, 7);
	assert_int_equal(now->r.version, 70);
	assert_int_equal(now->first_at, 1002);
	record_free(now);
	record_free(before);
}

static void stop_survives_the_undo_of_a_mute(void **state)
{
	(void)state;
	struct participant *now = record_new(K_PARTICIPANT, "5"), *before = record_new(K_PARTICIPANT, "5");
	now->muted = now->stopped = true;
	record_restore(now, before);
	assert_false(now->muted);
	assert_true(now->stopped);
	record_free(now);
	record_free(before);
}

/* ---- texts and lists ------------------------------------------------------------------------------------------- */

static void texts_are_replaced(void **state)
{
	(void)state;
	char *t = xstrdup("un deux");
	text_set(&t, t + 3); /* from within itself */
	assert_string_equal(t, "deux");
	text_set(&t, NULL);
	assert_string_equal(t, "");
	free(t);
}

static void lists_keep_order_and_hold_each_once(void **state)
{
	(void)state;
	struct ids l = { 0 }, m = { 0 };
	char id[ID_MAX];
	for (int i = 0; i < 9; i++) {
		snprintf(id, sizeof id, "%d", i);
		ids_add(&l, id);
		ids_add(&l, "0");
	}
	assert_int_equal(l.n, 9);
	ids_remove(&l, "0");
	ids_remove(&l, "4");
	ids_remove(&l, "8");
	ids_remove(&l, "none");
	assert_int_equal(l.n, 6);
	assert_string_equal(l.v[0], "1");
	assert_string_equal(l.v[3], "5");
	assert_true(ids_have(&l, "7"));
	assert_false(ids_have(&l, "4"));
	ids_set(&m, &l);
	ids_set(&m, &m);
	ids_clear(&l);
	assert_int_equal(m.n, 6);
	assert_null(l.v);
	ids_set(&m, &l);
	assert_int_equal(m.n, 0);
	ids_add(&m, "one");
	ids_remove(&m, "one");
	assert_null(m.v);
}

static void a_theme_is_shown_by_its_label(void **state)
{
	(void)state;
	struct theme *t = record_new(K_THEME, "3");
	text_set(&t->title, "et le smic ?");
	assert_string_equal(theme_title(t), "et le smic ?");
	text_set(&t->typical, "De combien augmente le Smic ?");
	assert_string_equal(theme_title(t), "De combien augmente le Smic ?");
	text_set(&t->label, "Smic");
	assert_string_equal(theme_title(t), "Smic");
	assert_string_equal(theme_asks(t), "De combien augmente le Smic ?");
	text_set(&t->label, "");
	text_set(&t->name, "smic");
	assert_string_equal(theme_title(t), "et le smic ?"); /* as the room prepared it */
	text_set(&t->name, "");
	t->asks_nothing = true;
	assert_string_equal(theme_title(t), "et le smic ?");
	record_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_has_a_row),
		cmocka_unit_test(names_are_unique_and_apart_from_the_common_ones),
		cmocka_unit_test(kinds_are_found_by_name),
		cmocka_unit_test(enums_are_named),
		cmocka_unit_test(flags_stand_where_they_should),
		cmocka_unit_test(fresh_records_are_empty),
		cmocka_unit_test(an_overlong_id_is_cut),
		cmocka_unit_test(records_live_on_the_stack_too),
		cmocka_unit_test(copies_are_alike_and_apart),
		cmocka_unit_test(each_field_counts_in_comparison_save_live_ones),
		cmocka_unit_test(counters_do_not_count_but_gone_does),
		cmocka_unit_test(restoring_keeps_ids_counters_and_live_fields),
		cmocka_unit_test(stop_survives_the_undo_of_a_mute),
		cmocka_unit_test(texts_are_replaced),
		cmocka_unit_test(lists_keep_order_and_hold_each_once),
		cmocka_unit_test(a_theme_is_shown_by_its_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
