/* src/themes/engine.h: who asks the same is together, what people decided stays, and a restart decides nothing anew. */
#include "src/themes/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

static uint32_t cluster_of(struct engine *g, const char *text)
{
	return engine_place(g, text, 0).cluster;
}

static uint32_t theme_of(struct engine *g, const char *text)
{
	return engine_theme(g, cluster_of(g, text));
}

static void the_same_words_are_one_cluster(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	struct placing first = engine_place(g, "Et le Smic ?", 1);
	assert_int_equal(first.cluster, 1);
	assert_int_equal(first.theme, 1);
	assert_true(first.fresh);
	struct placing again = engine_place(g, "ET  LE SMIC!!", 2);
	assert_int_equal(again.cluster, 1);
	assert_int_equal(again.theme, 1);
	assert_false(again.fresh);
	engine_free(g);
	engine_free(NULL);
}

static void spelling_does_not_matter(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{ "Comment réduire le chômage des jeunes ?", "koman réduir le chomaj dé jeune" },
		{ "Le prix de l'essence augmente", "lessence ogmente tro" },
		{ "Que faites-vous contre la violence au collège ?", "vs fete koi contr la violense o kolèj" },
		{ "De combien augmente le Smic ?", "le smik va ogmenté 2 cb" },
	};
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct engine *g = engine_new("fr");
		assert_int_equal(theme_of(g, pairs[i][0]), theme_of(g, pairs[i][1]));
		assert_int_not_equal(theme_of(g, pairs[i][0]), theme_of(g, "Où en est le dossier des intermittents ?"));
		engine_free(g);
	}
}

static void what_asks_nothing_has_a_bucket(void **state)
{
	(void)state;
	static const char *const nothing[] = { "bonjour", "slt tt le monde", "test", "!!!", "\U0001F600", "lol mdr",
		"STOP", "preums" };
	static const char *const something[] = { "smic???", "et mon plein ?", "35h ?", "Bonjour, et les retraites ?" };
	struct engine *g = engine_new("fr");
	for (size_t i = 0; i < COUNT_OF(nothing); i++) {
		struct placing p = engine_place(g, nothing[i], 0);
		assert_true(p.asks_nothing);
		assert_int_equal(p.cluster, engine_bucket(g));
		assert_int_equal(p.theme, engine_bucket(g));
		assert_true(p.fresh == (i == 0));
	}
	for (size_t i = 0; i < COUNT_OF(something); i++)
		assert_false(engine_place(g, something[i], 0).asks_nothing);
	engine_free(g);
}

static void reserved_numbers_are_never_given(void **state)
{
	(void)state;
	struct engine *g = engine_new("en");
	assert_int_equal(cluster_of(g, "pensions"), 1);
	assert_int_equal(engine_reserve(g), 2);
	assert_int_equal(cluster_of(g, "volcanoes"), 3);
	engine_reserved(g, 10);
	engine_reserved(g, 4);
	assert_int_equal(cluster_of(g, "butterflies"), 11);
	engine_free(g);
}

static void a_prepared_theme_takes_what_it_names(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	uint32_t smic = engine_reserve(g), voile = engine_reserve(g);
	engine_prepare(g, smic, "Le Smic est-il assez élevé ?", "smic, salaire minimum, smicard", NULL);
	engine_prepare(g, voile, "Le voile à l'école", "voile, foulard, laïcité", "Pourquoi une loi sur le voile ?\n");
	assert_int_equal(theme_of(g, "le smik c combien"), smic);
	assert_int_equal(theme_of(g, "Pour ou contre le foulard ?"), voile);
	assert_true(theme_of(g, "Quand aura-t-on le haut débit dans mon village ?") > voile);
	engine_prepare(g, voile, "Musique", "musique, chanteur", NULL); /* prepared anew */
	assert_int_equal(theme_of(g, "Quel chanteur, quelle musique écoutez-vous ?"), voile);
	struct buf b = BUF_INIT;
	engine_words(g, smic, 3, &b);
	assert_non_null(strstr(b.data, "smic"));
	buf_release(&b);
	assert_true(engine_likeness(g, smic, "le smic") > engine_likeness(g, smic, "le voile"));
	engine_free(g);
}

static void what_people_merge_stays_and_attracts(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	uint32_t fuel = theme_of(g, "Le gazole est hors de prix"), fish = theme_of(g, "Les pêcheurs bretons souffrent");
	assert_int_not_equal(fuel, fish);
	assert_true(engine_merge(g, fish, fuel, BY_PEOPLE));
	assert_false(engine_merge(g, fuel, fish, BY_PEOPLE));
	assert_int_equal(theme_of(g, "Que ferez-vous pour les pêcheurs bretons ?"), fuel);
	engine_unmerge(g, fish);
	assert_int_equal(theme_of(g, "Et les pêcheurs bretons alors ?"), fish);
	assert_int_equal(theme_of(g, "Le gazole encore hors de prix"), fuel);
	engine_free(g);
}

static void what_people_move_is_followed(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	uint32_t tax = cluster_of(g, "Baisserez-vous la taxe professionnelle ?"),
		 other = cluster_of(g, "Vivent les abeilles sauvages");
	cluster_of(g, "Et la taxe sur les abeilles ?");
	engine_refile(g, "Vivent les abeilles sauvages", other, tax);
	assert_int_equal(cluster_of(g, "VIVENT les abeilles sauvages !"), tax);
	uint32_t made = engine_reserve(g);
	engine_refile(g, "Vivent les abeilles sauvages", tax, made);
	assert_int_equal(theme_of(g, "vivent les abeilles sauvages"), made);
	assert_int_equal(theme_of(g, "Les abeilles sauvages meurent"), made);
	engine_free(g);
}

static void a_cluster_is_moved_whole(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	uint32_t tax = cluster_of(g, "Baisserez-vous la taxe professionnelle ?"),
		 bees = cluster_of(g, "Vivent les abeilles sauvages");
	engine_merge(g, bees, tax, BY_ENGINE);
	assert_int_equal(theme_of(g, "Vivent les abeilles sauvages"), tax);
	uint32_t made = engine_reserve(g);
	engine_point(g, bees, made);
	assert_int_equal(theme_of(g, "Vivent les abeilles sauvages !"), made);
	assert_int_equal(theme_of(g, "Baisserez-vous la taxe professionnelle ?"), tax);
	engine_point(g, bees, tax);
	engine_point(g, bees, tax);
	assert_int_equal(theme_of(g, "Vivent les abeilles sauvages"), tax);
	engine_point(g, engine_reserve(g), tax); /* no cluster: nothing */
	engine_free(g);
}

/* ---- many messages ----------------------------------------------------------------------------------------------- */

struct chance {
	uint64_t x;
};

static uint32_t draw(struct chance *c, uint32_t below)
{
	c->x = c->x * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((c->x >> 33) % below);
}

/* A question of one of 40 matters, with its words and others'. */
static void write_one(struct chance *c, char out[static 120])
{
	static const char *const ends[] = { "ation", "ement", "eur", "ique", "ois" };
	uint32_t matter = draw(c, 40);
	size_t len = 0;
	if (draw(c, 20) == 0) {
		snprintf(out, 120, "bonjour");
		return;
	}
	for (uint32_t i = 0, n = 2 + draw(c, 4); i < n; i++) {
		uint32_t w = draw(c, 4) > 0 ? matter * 7 + draw(c, 7) : draw(c, 400);
		len += (size_t)snprintf(out + len, 120 - len, "%c%c%c%c%s ", 'b' + (char)(w % 13), "aeiou"[w % 5],
			'k' + (char)(w / 13 % 9), "aeiou"[w / 117 % 5], ends[w % 5]);
	}
}

enum told { TOLD_MERGE, TOLD_UNMERGE, TOLD_REFILE, TOLD_PREPARE, TOLD_SETTLE, TOLD_POINT, TOLD_KINDS };
struct lesson {
	uint32_t after;
	enum told told;
	uint32_t a, b;
	char text[120];
};

static void tell(struct engine *g, const struct lesson *l)
{
	switch (l->told) {
	case TOLD_MERGE:
		engine_merge(g, l->a, l->b, l->a % 2 ? BY_PEOPLE : BY_ENGINE);
		break;
	case TOLD_UNMERGE:
		engine_unmerge(g, l->a);
		break;
	case TOLD_REFILE:
		engine_refile(g, l->text, l->a, l->b);
		break;
	case TOLD_PREPARE:
		engine_prepare(g, l->a, l->text, l->text, NULL);
		break;
	case TOLD_POINT:
		engine_point(g, l->a, l->b);
		break;
	default:
		engine_settle(g, l->a, l->b != 0);
	}
}

enum { MANY = 6000, LATER = 1500 };
struct evening {
	char text[MANY + LATER][120];
	struct placing placed[MANY];
	struct lesson lesson[2 * MANY];
	size_t n_lessons;
};

static void note(struct engine *g, struct evening *v, struct lesson l)
{
	tell(g, &l);
	v->lesson[v->n_lessons++] = l;
}

static void people_act(struct engine *g, struct evening *v, struct chance *c, uint32_t i)
{
	struct lesson l = { .after = i, .told = (enum told)draw(c, TOLD_KINDS) };
	uint32_t m = draw(c, i + 1);
	l.a = engine_theme(g, v->placed[m].cluster);
	l.b = engine_theme(g, v->placed[draw(c, i + 1)].cluster);
	if (l.told == TOLD_REFILE || l.told == TOLD_POINT)
		l.a = v->placed[m].cluster;
	if (l.told == TOLD_PREPARE)
		l.a = engine_reserve(g);
	if (l.told == TOLD_UNMERGE)
		l.a = v->placed[m].cluster;
	snprintf(l.text, sizeof l.text, "%s", v->text[m]);
	if (l.a != engine_bucket(g) && l.b != engine_bucket(g))
		note(g, v, l);
}

static void a_restart_goes_on_where_it_was(void **state)
{
	(void)state;
	struct evening *v = xcalloc(1, sizeof *v);
	struct chance c = { .x = 7 };
	for (size_t i = 0; i < MANY + LATER; i++)
		write_one(&c, v->text[i]);
	struct engine *lived = engine_new("fr"), *back = engine_new("fr");
	size_t merges = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		struct merging m;
		v->placed[i] = engine_place(lived, v->text[i], i);
		if (engine_step(lived, &m)) {
			note(lived, v, (struct lesson){ .after = i, .told = TOLD_MERGE, .a = m.theme, .b = m.into });
			merges++;
		}
		if (draw(&c, 50) == 0)
			people_act(lived, v, &c, i);
	}
	assert_true(merges > 10);
	size_t next = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		if (v->placed[i].asks_nothing && v->placed[i].fresh)
			engine_set_bucket(back, v->placed[i].cluster);
		engine_restore(back, v->text[i], i, v->placed[i].cluster, v->placed[i].theme);
		for (; next < v->n_lessons && v->lesson[next].after == i; next++)
			tell(back, &v->lesson[next]);
	}
	for (uint32_t i = MANY; i < MANY + LATER; i++) {
		struct placing a = engine_place(lived, v->text[i], i), b = engine_place(back, v->text[i], i);
		assert_int_equal(a.cluster, b.cluster);
		assert_int_equal(a.theme, b.theme);
		struct merging x, y;
		bool merged = engine_step(lived, &x);
		assert_true(merged == engine_step(back, &y));
		if (merged) {
			assert_int_equal(x.theme, y.theme);
			assert_int_equal(x.into, y.into);
			engine_merge(lived, x.theme, x.into, BY_ENGINE);
			engine_merge(back, y.theme, y.into, BY_ENGINE);
		}
	}
	engine_free(lived);
	engine_free(back);
	free(v);
}

/* What people hold apart is not proposed again, and a settled theme goes nowhere. */
static void people_have_the_last_word(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	struct chance c = { .x = 3 };
	struct merging apart = { 0 }, m;
	uint32_t settled = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		char text[120];
		write_one(&c, text);
		struct placing p = engine_place(g, text, i);
		if (i == 50) {
			settled = engine_theme(g, p.cluster);
			engine_settle(g, settled, true);
		}
		if (!engine_step(g, &m))
			continue;
		assert_int_not_equal(m.theme, settled);
		assert_int_equal(engine_root(g, m.theme), m.theme);
		assert_int_equal(engine_root(g, m.into), m.into);
		assert_true(engine_merge(g, m.theme, m.into, BY_ENGINE));
		if (apart.theme == 0) {
			engine_unmerge(g, m.theme);
			apart = m;
		}
		assert_int_not_equal(engine_root(g, apart.theme), engine_root(g, apart.into));
	}
	assert_int_not_equal(apart.theme, 0);
	engine_free(g);
}

static void memory_is_told(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	size_t empty = engine_memory(g);
	for (int i = 0; i < 3000; i++) {
		char text[40];
		snprintf(text, sizeof text, "numéro %d du lot %d", i, i % 91);
		cluster_of(g, text);
	}
	assert_true(engine_memory(g) > empty);
	engine_free(g);
}

static void an_operator_adds_words(void **state)
{
	(void)state;
	static const char good[] = "synonym\tzblorg\tessence\nchatter\tgnagnagna\n", bad[] = "synonim\ta\tb\n";
	struct engine *g = engine_new("fr");
	struct error e = { .code = ERR_NONE };
	uint32_t fuel = theme_of(g, "Le prix de l'essence ?");
	assert_true(engine_lexicon(g, good, sizeof good - 1, &e));
	assert_int_equal(theme_of(g, "Le prix du zblorg ?"), fuel);
	assert_true(engine_place(g, "gnagnagna", 0).asks_nothing);
	assert_false(engine_lexicon(g, bad, sizeof bad - 1, &e));
	assert_non_null(strstr(e.text, "line 1"));
	assert_true(engine_place(g, "gnagnagna gnagnagna", 0).asks_nothing); /* nothing has changed */
	assert_true(engine_lexicon(g, "", 0, &e)); /* taken away again: what it said is not said any more */
	assert_false(engine_place(g, "gnagnagna ptikoukou", 0).asks_nothing);
	engine_free(g);
}

static void what_is_taken_back_takes_nothing_any_more(void **state)
{
	(void)state;
	struct engine *g = engine_new("fr");
	uint32_t net = engine_reserve(g);
	assert_int_equal(engine_next(g), net + 1);
	engine_prepare(g, net, "Internet au village", "haut débit, ADSL", NULL);
	engine_close(g, net);
	uint32_t found = theme_of(g, "Quand le haut débit, l'ADSL, au village ?");
	assert_int_not_equal(found, net);
	assert_int_equal(theme_of(g, "l'ADSL et le haut débit au village, quand ?"), found);
	/* split off, and undone */
	uint32_t apart = engine_reserve(g);
	engine_refile(g, "Quand le haut débit, l'ADSL, au village ?", found, apart);
	engine_refile(g, "Quand le haut débit, l'ADSL, au village ?", apart, found);
	engine_close(g, apart);
	assert_int_equal(theme_of(g, "Quand le haut débit, l'ADSL, au village ?"), found);
	assert_int_not_equal(theme_of(g, "Quand le haut débit, l'ADSL, à la ville ?"), apart);
	engine_prepare(g, net, "Internet au village", "wifi", NULL); /* and yet again */
	assert_int_equal(theme_of(g, "le wifi"), net);
	engine_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_back_takes_nothing_any_more),
		cmocka_unit_test(the_same_words_are_one_cluster),
		cmocka_unit_test(spelling_does_not_matter),
		cmocka_unit_test(what_asks_nothing_has_a_bucket),
		cmocka_unit_test(reserved_numbers_are_never_given),
		cmocka_unit_test(a_prepared_theme_takes_what_it_names),
		cmocka_unit_test(what_people_merge_stays_and_attracts),
		cmocka_unit_test(what_people_move_is_followed),
		cmocka_unit_test(a_cluster_is_moved_whole),
		cmocka_unit_test(a_restart_goes_on_where_it_was),
		cmocka_unit_test(people_have_the_last_word),
		cmocka_unit_test(memory_is_told),
		cmocka_unit_test(an_operator_adds_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
