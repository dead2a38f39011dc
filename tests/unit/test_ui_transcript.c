/* ui/scribe.h, ui/glossary.h, ui/spell.h: segments between a key and a verdict, sentences, figures, short forms, spelling. */
#include "ui/scribe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "ui/glossary.h"
#include "ui/spell.h"

enum { UTC = 1000000 };

static struct piece *closed(struct scribe *s, const char *text, int64_t hold, int64_t mono)
{
	return scribe_close(s, text, hold, UTC + mono, mono, randomness_system());
}

static void segments_leave_in_order(void **state)
{
	(void)state;
	struct scribe s;
	scribe_init(&s);
	assert_int_equal(scribe_due(&s), -1);
	assert_null(closed(&s, " \n ", 3000, 0));
	closed(&s, " quinze cents\nsurveillants ", 8000, 0);
	assert_string_equal(s.v[0].text, "quinze cents surveillants");
	closed(&s, "Et je le dis.", 3000, 1000); /* due before the one before it */
	assert_null(scribe_ready(&s, 7999));
	assert_int_equal(scribe_due(&s), 8000);
	struct piece *p = scribe_ready(&s, 8000);
	assert_ptr_equal(p, &s.v[0]);
	scribe_left(p, 1);
	p = scribe_ready(&s, 8000);
	assert_string_equal(p->text, "Et je le dis.");
	scribe_left(p, 2);
	assert_null(scribe_ready(&s, 8000));
	assert_int_equal(scribe_count(&s, PIECE_LEAVING), 2);
	char id[ID_MAX];
	memcpy(id, s.v[1].id, sizeof id);
	assert_true(id_is_uuid(id));
	scribe_drop(&s, &s.v[0]);
	assert_ptr_equal(scribe_find(&s, id), &s.v[0]);
	scribe_release(&s);
}

static void what_has_not_left_can_be_taken_back(void **state)
{
	(void)state;
	struct scribe s;
	char *speaker;
	scribe_init(&s);
	free(s.speaker);
	s.speaker = xstrdup("L'invité");
	scribe_refuse(closed(&s, "refused", 0, 0), "the event is sealed");
	closed(&s, "first", 3000, 0);
	closed(&s, "second", 3000, 10);
	char *text = scribe_take_back(&s, &speaker);
	assert_string_equal(text, "second");
	assert_string_equal(speaker, "L'invité");
	free(text);
	free(speaker);
	assert_true(scribe_send_now(&s));
	assert_int_equal(scribe_due(&s), 0);
	scribe_left(scribe_ready(&s, 11), 1);
	text = scribe_take_back(&s, &speaker);
	assert_string_equal(text, "refused");
	free(text);
	free(speaker);
	assert_null(scribe_take_back(&s, &speaker));
	assert_false(scribe_send_now(&s));
	scribe_release(&s);
}

static void all_is_found_again(void **state)
{
	(void)state;
	struct scribe s, t;
	struct draft d = { .text = xstrdup("la sanction, ce n'est pas \"l'exclu"), .at = 5, .aside = NULL }, e;
	struct buf b = BUF_INIT;
	char id[ID_MAX];
	scribe_init(&s);
	snprintf(s.choice, sizeof s.choice, "q-1");
	memcpy(id, closed(&s, "Un.", 3000, 100)->id, sizeof id);
	closed(&s, "Deux mille.", 8000, 200);
	scribe_left(&s.v[0], 7);
	scribe_refuse(closed(&s, "Trois.", 3000, 300), "why not");
	scribe_save(&s, &d, UTC + 1000, 1000, &b);

	scribe_init(&t); /* another life: its monotonic clock begins elsewhere, two seconds have passed */
	assert_true(scribe_restore(&t, &e, b.data, 2000, UTC + 3000, 50));
	assert_string_equal(e.text, d.text);
	assert_int_equal(e.at, 5);
	assert_string_equal(t.choice, "q-1");
	assert_int_equal(t.n, 3);
	assert_string_equal(t.v[0].id, id);
	assert_int_equal(t.v[0].is, PIECE_LEAVING);
	assert_int_equal(t.v[0].n, 7);
	assert_int_equal(t.v[1].is, PIECE_HELD);
	assert_int_equal(t.v[1].leaves, 50 + 5200); /* 8200 - 1000 were left, 2000 have passed */
	assert_int_equal(t.v[2].is, PIECE_REFUSED);
	assert_string_equal(t.v[2].why, "why not");
	scribe_release(&t);
	draft_release(&e);

	scribe_init(&t); /* much later: it can still be taken back */
	assert_true(scribe_restore(&t, &e, b.data, 2000, UTC + 300000, 50));
	assert_int_equal(t.v[1].leaves, 2050);
	scribe_release(&t);
	draft_release(&e);

	buf_reset(&b);
	memcpy(d.correcting, id, sizeof id);
	d.rev = 4;
	d.aside = xstrdup("put aside");
	d.aside_at = 3;
	scribe_save(&s, &d, UTC, 0, &b);
	scribe_init(&t);
	assert_true(scribe_restore(&t, &e, b.data, 0, UTC, 0));
	assert_string_equal(e.correcting, id);
	assert_int_equal(e.rev, 4);
	assert_string_equal(e.aside, "put aside");
	assert_int_equal(e.aside_at, 3);
	scribe_release(&t);
	draft_release(&e);

	scribe_init(&t);
	assert_false(scribe_restore(&t, &e, "{\"text\":", 0, UTC, 0));
	assert_string_equal(e.text, "");
	draft_release(&e);
	assert_false(scribe_restore(&t, &e, NULL, 0, UTC, 0) || e.at);
	draft_release(&e);
	scribe_release(&t);
	draft_release(&d);
	buf_release(&b);
	scribe_release(&s);
}

static void sentences(void **state)
{
	(void)state;
	static const char *const end[] = { "C'est une affaire d'autorité. ", "Vous parlez de sanction ? ", "Vous parlez de sanction\u00A0?\u00A0",
		"Non ! ", "Il a dit « non. » ", "C'était en 2004. ", "(Je le dis.) ", "Il a dit \"non.\" ", "Le smic augmente. " };
	static const char *const go_on[] = { "C'est une affaire d'autorité.", "M. ", "avec Mme. ", "p. ", "p. ex. ", "Jacques C. ", "l'U.M.P. ",
		"1.500 ", "Je me demande… ", "Je me demande... ", "Il a dit « non ! ", "il a dit “non. ", "etc. ", "", " ", ". ", "le Dr. ", "rien, " };
	for (size_t i = 0; i < COUNT_OF(end); i++)
		if (!sentence_ends(end[i], strlen(end[i])))
			fail_msg("no end: \"%s\"", end[i]);
	for (size_t i = 0; i < COUNT_OF(go_on); i++)
		if (sentence_ends(go_on[i], strlen(go_on[i])))
			fail_msg("an end: \"%s\"", go_on[i]);
}

static void figures(void **state)
{
	(void)state;
	static const char *const with[] = { "1.500", "mille surveillants", "QUINZE cents", "la moitié", "trente-cinq heures", "à 3 heures", "5 %", "two of them" };
	static const char *const without[] = { "", "un homme et une femme", "milieu scolaire", "une centrale", "often" };
	for (size_t i = 0; i < COUNT_OF(with); i++)
		if (!has_figures(with[i]))
			fail_msg("no figures: \"%s\"", with[i]);
	for (size_t i = 0; i < COUNT_OF(without); i++)
		if (has_figures(without[i]))
			fail_msg("figures: \"%s\"", without[i]);
}

static void words_a_minute(void **state)
{
	(void)state;
	struct pace p = { 0 };
	for (int64_t ms = 100000; ms < 160000; ms += 133) /* 7.5 letters a second: 90 words a minute */
		pace_type(&p, ms, 1);
	assert_in_range((uintmax_t)pace_words(&p, 160000), 85, 95);
	assert_int_equal(pace_words(&p, 400000), 0);
}

static void expands(const struct glossary *g, const char *form, const char *words)
{
	struct buf b = BUF_INIT;
	assert_int_equal(glossary_expand(g, form, strlen(form), &b), words != NULL);
	if (words)
		assert_string_equal(b.data, words);
	buf_release(&b);
}

static void short_forms(void **state)
{
	(void)state;
	struct glossary *g = glossary_new(true);
	struct error e = { 0 };
	struct glossary_hint hints[4];
	expands(g, "pm", "Premier ministre");
	expands(g, "edn", "Éducation nationale");
	expands(g, "Gvt", "Gouvernement");
	expands(g, "pmx", NULL);
	expands(g, "", NULL);
	assert_true(glossary_read(g, "# mine\nzep\tzone d'éducation prioritaire\r\npm\tpost meridiem\nedn\t\n", "mine", &e));
	expands(g, "zep", "zone d'éducation prioritaire");
	expands(g, "pm", "post meridiem");
	expands(g, "edn", NULL);
	assert_false(glossary_read(g, "zz\tfine\nno tab here\n", "mine", &e));
	assert_string_equal(e.text, "line 2 of \"mine\" is no short form: write it, a tab, and what it stands for");
	expands(g, "zz", "fine");
	assert_int_equal(glossary_hints(g, "z", 1, hints, 4), 0);
	assert_int_equal(glossary_hints(g, "ze", 2, hints, 4), 1);
	assert_int_equal(glossary_hints(g, "prob", 4, hints, 4), 2);
	assert_string_equal(hints[0].words, "problème");
	glossary_free(g);
	g = glossary_new(false);
	expands(g, "gvt", "government");
	glossary_free(g);
}

struct wrong { size_t n, from, to; };
static void is_wrong(void *arg, size_t from, size_t to)
{
	struct wrong *w = arg;
	*w = (struct wrong){ w->n + 1, from, to };
}

/* A dictionary of the test's own. */
static void spelling(void **state)
{
	(void)state;
	char base[] = "/tmp/regie-spell-XXXXXX", path[64];
	assert_non_null(mkdtemp(base));
	static const char *const files[][2] = { { "aff", "SET UTF-8\n" }, { "dic", "4\nécole\nsanction\nvaut\nil\n" } };
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/test.%s", base, files[i][0]);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fputs(files[i][1], f);
		fclose(f);
	}
	snprintf(path, sizeof path, "%s/test", base);
	struct spell *s = spell_new(path);
	while (spell_loading(s))
		;
	struct wrong w = { 0 };
	assert_false(spell_missing(s));
	assert_true(spell_knows(s, "école", 6));
	assert_true(spell_knows(s, "vaut-il", 7));
	assert_false(spell_knows(s, "écolle", 7));
	assert_true(spell_knows(s, "UMP", 3) && spell_knows(s, "35h", 3) && spell_knows(s, "漢字", 6));
	spell_check(s, "école sanxion écol", 20, is_wrong, &w); /* the last is being typed */
	assert_int_equal(w.n, 1);
	assert_int_equal(w.from, 7);
	assert_int_equal(w.to, 14);
	spell_free(s);
	s = spell_new("no-such-language");
	while (spell_loading(s))
		;
	assert_true(spell_missing(s));
	assert_true(spell_knows(s, "xx", 2));
	spell_free(s);
	spell_free(NULL);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/test.%s", base, files[i][0]);
		remove(path);
	}
	remove(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_leave_in_order),
		cmocka_unit_test(what_has_not_left_can_be_taken_back),
		cmocka_unit_test(all_is_found_again),
		cmocka_unit_test(sentences),
		cmocka_unit_test(figures),
		cmocka_unit_test(words_a_minute),
		cmocka_unit_test(short_forms),
		cmocka_unit_test(spelling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
