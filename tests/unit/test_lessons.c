/* data/lessons.c, by data/store.h: what the engine was told is in the log at its position: an event that is closed and opened
 * again and again groups what comes as one that never was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/store_bed.h"

enum { TEXTS = 700, TURNS = 60 };

static size_t read_texts(char **texts)
{
	FILE *f = fopen("data/evening.jsonl", "re");
	char *line = NULL;
	size_t room = 0, n = 0;
	assert_non_null(f);
	while (n < TEXTS && getline(&line, &room, f) > 0) {
		struct json *j = json_parse(line, strlen(line), NULL);
		texts[n++] = xstrdup(json_text(j, "text"));
		json_free(j);
	}
	free(line);
	fclose(f);
	return n;
}

static const char *const lexicons[] = {
	"synonym\tferry\tbateau\n",
	"synonym\tferry\tbateau\nchatter\tallez\nnear\tplein\tcarburant\n",
	"",
	"synonym\tcaravane\tbateau\n",
};

/* Both do the same, drawn from what both know; refusals are alike. */
static void act(struct store_bed *b, int turn, int64_t messages)
{
	char args[400];
	int64_t some = messages * 7 / 10, other = messages / 3 + turn % 5 + 1, third = messages / 2 + 1;
	char one[ID_MAX], two[ID_MAX];
	snprintf(one, sizeof one, "%s", store_bed_theme_of(b, some)->r.id);
	snprintf(two, sizeof two, "%s", store_bed_theme_of(b, other)->r.id);
	switch (turn % 10) {
	case 0:
		snprintf(args, sizeof args, "\"name\":\"p%d\",\"title\":\"Le bateau\",\"words\":\"bateau, port\",\"examples\":\"Et le port ? | La mer ?\"", turn % 20);
		store_bed_tries(b, "prepare", args);
		break;
	case 1:
	case 6:
		snprintf(args, sizeof args, "\"theme\":\"%s\",\"others\":[\"%s\"]", one, two);
		store_bed_tries(b, "merge", args);
		break;
	case 2:
		store_bed_lexicon(b, lexicons[turn / 10 % (int)COUNT_OF(lexicons)]);
		break;
	case 3:
		snprintf(args, sizeof args, "\"message\":[\"%lld\"],\"theme\":\"%s\"", (long long)third, one);
		store_bed_tries(b, "refile", args);
		break;
	case 4:
		snprintf(args, sizeof args, "\"theme\":\"%s\",\"messages\":[\"%lld\"],\"title\":\"À part\"", two, (long long)other);
		store_bed_tries(b, "split", args);
		break;
	case 5:
		store_bed_tries(b, "undo", "");
		break;
	case 7:
		snprintf(args, sizeof args, "\"theme\":\"%s\",\"text\":\"Nommé\"", two);
		store_bed_tries(b, "label", args);
		break;
	case 8:
		store_bed_tries(b, "prepare", "\"name\":\"p0\",\"words\":\"bateau, voile, marin\"");
		break;
	default:
		snprintf(args, sizeof args, "\"target\":[\"message:%lld\"]", (long long)store_bed_theme_of(b, some)->typical_id);
		store_bed_tries(b, "dismiss", args);
	}
}

static void are_alike(struct store_bed *a, struct store_bed *b, int64_t messages)
{
	for (int64_t id = 1; id <= messages; id++) {
		assert_int_equal(store_bed_message(a, id)->cluster, store_bed_message(b, id)->cluster);
		const struct theme *x = store_bed_theme_of(a, id), *y = store_bed_theme_of(b, id);
		if (!record_same(x, y))
			fail_msg("message %lld is in theme %s, and in %s in the other", (long long)id, x->r.id, y->r.id);
		assert_string_equal(x->r.id, y->r.id);
		assert_string_equal(x->typical, y->typical);
		assert_int_equal(x->typical_id, y->typical_id);
		assert_string_equal(x->key_words, y->key_words);
	}
}

static void a_restart_decides_nothing_anew(void **state)
{
	(void)state;
	char *texts[TEXTS];
	size_t n = read_texts(texts);
	struct store_bed *a = store_bed_new(), *b = store_bed_new();
	int64_t messages = 0;
	for (size_t i = 0; i < n; i++) {
		messages = store_bed_takes(a, texts[i]);
		assert_int_equal(store_bed_takes(b, texts[i]), messages);
		if (i % (n / TURNS) != 0 || i < 40)
			continue;
		act(a, (int)(i / (n / TURNS)), messages);
		act(b, (int)(i / (n / TURNS)), messages);
		if (i / (n / TURNS) % 3 == 0)
			store_bed_reopen(a);
	}
	store_bed_reopen(a);
	are_alike(a, b, messages);
	store_bed_free(a);
	store_bed_free(b);
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
}

static void a_wrong_lexicon_changes_nothing(void **state)
{
	(void)state;
	struct store_bed *b = store_bed_new();
	struct error e = { 0 };
	bool changed;
	struct committed c;
	assert_true(store_bed_lexicon(b, "synonym\tzblorg\tgazole\n"));
	assert_false(store_bed_lexicon(b, "synonym\tzblorg\tgazole\n"));
	assert_true(store_begin(b->s, &e));
	assert_false(store_lexicon(b->s, "stop\tx\nspel\ty\n", 14, &changed, &e));
	assert_non_null(strstr(e.text, "line 2"));
	assert_false(changed);
	assert_false(store_lexicon(b->s, "stop\tx\0", 8, &changed, &e));
	assert_true(store_commit(b->s, &c, &e));
	int64_t fuel = store_bed_takes(b, "Le prix du gazole va-t-il baisser ?"), m = store_bed_takes(b, "Le prix du zblorg va-t-il baisser ?");
	assert_string_equal(store_bed_theme_of(b, m)->r.id, store_bed_theme_of(b, fuel)->r.id);
	/* a batch that fails takes it back, from the engine too */
	assert_true(store_begin(b->s, &e));
	assert_true(store_lexicon(b->s, "", 0, &changed, &e));
	assert_true(changed);
	store_rollback(b->s);
	m = store_bed_takes(b, "zblorg : baisser le prix ?");
	assert_string_equal(store_bed_theme_of(b, m)->r.id, store_bed_theme_of(b, fuel)->r.id);
	store_bed_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restart_decides_nothing_anew),
		cmocka_unit_test(a_wrong_lexicon_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
