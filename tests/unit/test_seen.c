/* data/seen.c, by data/store.h: what the engine sees in a theme is in its record, and follows what is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/store.h"
#include "src/base/file.h"
#include "src/base/mem.h"

enum { WEB = 1 };

struct bed {
	char dir[40];
	struct store *s;
	struct store_options o;
	struct clock clock;
	int64_t now, n;
	uint64_t people;
	struct error e;
};

static int64_t bed_now(void *ctx)
{
	return ((struct bed *)ctx)->now;
}

static void good(const struct bed *b, bool done)
{
	if (!done)
		fail_msg("%s", b->e.text);
}

static void commit(struct bed *b)
{
	struct committed c;
	good(b, store_commit(b->s, &c, &b->e));
}

static void reopen(struct bed *b)
{
	store_close(b->s);
	b->s = store_open(&b->o, &b->e);
	good(b, b->s != NULL);
}

static int64_t takes(struct bed *b, const char *text)
{
	struct receipt r;
	struct arrival a = { .channel = CH_SMS, .person = { 7, ++b->people }, .text = text, .name = "", .room = "",
		.gateway = "", .gateway_id = "", .advance = true };
	b->now += 1000;
	good(b, store_begin(b->s, &b->e));
	good(b, store_append(b->s, &a, &r, &b->e));
	commit(b);
	return r.id;
}

static void does(struct bed *b, const char *op, const char *args)
{
	struct buf body = BUF_INIT;
	struct wire_ops offered;
	struct wire_verdict v;
	int64_t last;
	buf_addf(&body, "{\"client\":\"0189f7e2-0000-7000-8000-000000000001\",\"ops\":[{\"n\":%lld,\"op\":\"%s\",\"at\":%lld,\"args\":{%s}}]}",
		(long long)++b->n, op, (long long)b->now, args);
	good(b, wire_read_ops(body.data, body.len, &offered, &b->e));
	good(b, store_begin(b->s, &b->e));
	good(b, store_apply(b->s, "1", &offered, &v, &last, &b->e));
	commit(b);
	if (v.verdict != V_APPLIED)
		fail_msg("%s: %s", op, v.text);
	wire_verdict_release(&v);
	wire_ops_release(&offered);
	buf_release(&body);
}

/* Where a message is now. */
static const struct theme *theme_of_message(struct bed *b, int64_t message)
{
	char id[ID_MAX];
	id_from_number(id, message);
	const struct world *w = store_world(b->s);
	const struct message *m = (const struct message *)world_get(w, K_MESSAGE, id);
	id_from_number(id, m->cluster);
	const struct cluster *c = (const struct cluster *)world_get(w, K_CLUSTER, id);
	const struct theme *t = theme_root(w, c == NULL ? id : c->theme);
	assert_non_null(t);
	return t;
}

static int set_up(void **state)
{
	struct bed *b = xcalloc(1, sizeof *b);
	char token[33];
	b->now = 1088100000000;
	b->clock = (struct clock){ .now_ms = bed_now, .mono_ms = bed_now, .ctx = b };
	snprintf(b->dir, sizeof b->dir, "/tmp/regie-seen-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->o = (struct store_options){ .dir = b->dir, .clock = &b->clock };
	good(b, store_init(&b->o, "Une heure", "fr", false, &b->e));
	reopen(b);
	good(b, store_begin(b->s, &b->e));
	good(b, store_seat_add(b->s, "Wim", R_WEB, token, &b->e));
	commit(b);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;
	static const char *const names[] = { "event.db", "event.db-wal", "event.db-shm", "key", "lock" };
	store_close(b->s);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(b->dir, names[i]);
		unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
	return 0;
}

static const char *const smic[] = {
	"smic", "De combien le Smic va-t-il augmenter en juillet ?", "le smic va augmenter de combien en juillet svp",
	"Le Smic augmente en juillet, mais de combien ?", "smic ?",
};

static int64_t smic_comes(struct bed *b)
{
	int64_t first = takes(b, smic[0]);
	for (size_t i = 1; i < COUNT_OF(smic); i++) {
		takes(b, smic[i]);
		takes(b, "Quand aura-t-on le haut débit au village ?");
	}
	return first;
}

static void a_theme_shows_its_most_typical_message(void **state)
{
	struct bed *b = *state;
	int64_t first = smic_comes(b);
	const struct theme *t = theme_of_message(b, first);
	assert_string_equal(t->title, "smic");
	assert_non_null(strstr(t->typical, "juillet"));
	assert_string_equal(theme_title(t), t->typical);
	assert_non_null(strstr(t->key_words, "smic"));
	assert_int_equal(t->r.rev, 0); /* no act: it makes nobody's decision stale */
	char typical[200], words[200];
	snprintf(typical, sizeof typical, "%s", t->typical);
	snprintf(words, sizeof words, "%s", t->key_words);
	reopen(b);
	t = theme_of_message(b, first);
	assert_string_equal(t->typical, typical);
	assert_string_equal(t->key_words, words);
	assert_true(t->typical_id > first);
}

static void what_is_set_aside_is_not_shown(void **state)
{
	struct bed *b = *state;
	int64_t first = smic_comes(b), shown = theme_of_message(b, first)->typical_id;
	char args[80];
	snprintf(args, sizeof args, "\"target\":[\"message:%lld\"]", (long long)shown);
	does(b, "dismiss", args);
	const struct theme *t = theme_of_message(b, first);
	assert_int_not_equal(t->typical_id, shown);
	assert_int_not_equal(t->typical_id, 0);
	for (int64_t id = 1; id <= 9; id++) { /* all of them: nothing is left to be shown */
		snprintf(args, sizeof args, "\"target\":[\"message:%lld\"]", (long long)id);
		if (id != shown)
			does(b, "dismiss", args);
	}
	t = theme_of_message(b, first);
	assert_int_equal(t->typical_id, 0);
	assert_string_equal(theme_title(t), "smic");
}

static void people_have_the_last_word(void **state)
{
	struct bed *b = *state;
	int64_t first = smic_comes(b);
	char args[80];
	snprintf(args, sizeof args, "\"theme\":\"%s\",\"text\":\"Le Smic\"", theme_of_message(b, first)->r.id);
	does(b, "label", args);
	const struct theme *t = theme_of_message(b, first);
	assert_string_equal(theme_title(t), "Le Smic");
	assert_non_null(strstr(theme_asks(t), "juillet"));
	does(b, "prepare", "\"name\":\"net\",\"title\":\"Et le haut débit ?\",\"words\":\"haut débit, ADSL\"");
	for (int i = 0; i < 4; i++)
		takes(b, i % 2 ? "le haut débit ADSL chez nous" : "ADSL haut débit en zone blanche");
	t = world_prepared(store_world(b->s), "net");
	assert_string_equal(theme_title(t), "Et le haut débit ?");
	assert_string_not_equal(t->typical, "");
	assert_true(t->typical_id > 0);
}

static void a_merged_theme_shows_for_both(void **state)
{
	struct bed *b = *state;
	int64_t a = takes(b, "retraites"), other = takes(b, "pensions");
	char args[40 + 2 * ID_MAX];
	for (int i = 0; i < 3; i++)
		takes(b, "À quel âge pourra-t-on toucher sa pension complète ?");
	int64_t pension = theme_of_message(b, other + 1)->first;
	char root[ID_MAX];
	snprintf(root, sizeof root, "%s", theme_of_message(b, a)->r.id);
	snprintf(args, sizeof args, "\"theme\":\"%s\",\"others\":[\"%s\"]", root, theme_of_message(b, pension)->r.id);
	does(b, "merge", args);
	const struct theme *t = theme_of_message(b, a);
	assert_string_equal(t->r.id, root);
	assert_string_equal(t->typical, "À quel âge pourra-t-on toucher sa pension complète ?");
	assert_true(t->typical_id > 0);
}

static void what_asks_nothing_has_a_mark(void **state)
{
	struct bed *b = *state;
	int64_t first = takes(b, "bonjour");
	takes(b, "salut");
	takes(b, "coucou");
	takes(b, "bonsoir");
	const struct theme *t = theme_of_message(b, first);
	assert_true(t->asks_nothing);
	assert_string_equal(t->typical, "");
	assert_string_equal(theme_title(t), theme_asks_nothing[0]);
	reopen(b);
	assert_true(theme_of_message(b, first)->asks_nothing);
	assert_false(theme_of_message(b, takes(b, "De combien augmente le Smic ?"))->asks_nothing);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_theme_shows_its_most_typical_message), WITH(what_is_set_aside_is_not_shown),
		WITH(people_have_the_last_word), WITH(a_merged_theme_shows_for_both), WITH(what_asks_nothing_has_a_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
