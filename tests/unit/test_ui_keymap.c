/* Tests of ui/key.h, ui/action.h and the reader of ui/config.h, with actions of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "ui/config.h"
#include "ui/intl.h"

static const struct action list_actions[] = { { .name = "down" }, { .name = "up" }, { .name = "first" }, { .name = NULL } };
static const struct action queue_actions[] = { { .name = "accept" }, { .name = "drop" }, { .name = NULL } };
static const struct action global_actions[] = { { .name = "undo" }, { .name = "log" }, { .name = NULL } };
static const struct action_set list_set = { .context = "list", .actions = list_actions };
static const struct action_set queue_set = { .context = "queue", .actions = queue_actions };
static const struct action_set global_set = { .context = "global", .actions = global_actions };
const struct action_set *const action_sets[] = { &list_set, &queue_set, &global_set, NULL };

static struct key key(const char *name)
{
	struct key k;

	assert_true(key_parse(name, &k));
	return k;
}

static void names_go_there_and_back(void **state)
{
	static const char *const same[] = { "a", "É", "<", "Space", "Enter", "Tab", "BackTab", "Esc", "Up", "PageDown", "F1", "F20", "^X",
		"M-x", "M-^X", "^Left", "S-F3", "M-S-Up", "^", "^_", "-", "M-Enter", "^Space", "\"", "M--" };
	static const char *const not[] = { "", "F0", "F21", "F1x", "Foo", "ab", "M-", "^^^^", "\033", "\xFF", "S-a", "\u200B" };
	static const char *const alias[][2] = { { "Less", "<" }, { "^I", "Tab" }, { "^M", "Enter" }, { "^[", "Esc" }, { "^x", "^X" },
		{ "^H", "Backspace" }, { "Hash", "#" }, { "PgDn", "PageDown" } };
	struct buf b = BUF_INIT;
	struct key k;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		k = key(same[i]);
		buf_reset(&b);
		key_spell(&k, &b);
		assert_string_equal(b.data, same[i]);
	}
	for (size_t i = 0; i < COUNT_OF(alias); i++) {
		k = key(alias[i][0]);
		buf_reset(&b);
		key_spell(&k, &b);
		assert_string_equal(b.data, alias[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(not); i++)
		if (key_parse(not[i], &k) && strcmp(not[i], "^^^^") != 0)
			fail_msg("\"%s\" is a key", not[i]);
	assert_true(key_is_text(&(struct key){ .code = 0xE9 }));
	assert_true(key_is_text(&(struct key){ .code = ' ' }));
	assert_false(key_is_text(&(struct key){ .code = 'a', .mods = KEY_CTRL }));
	assert_false(key_is_text(&(struct key){ .code = UK_UP }));
	assert_false(key_is_text(&(struct key){ .code = 0x200B }));
	buf_release(&b);
}

/* The actions that keys find, "-" nothing, "…" a chord begun. */
static void assert_finds(const struct keymap *m, const char *const *contexts, const char *names, const char *want)
{
	struct key keys[CHORD_MAX];
	const struct binding *out[8];
	struct buf got = BUF_INIT;
	char copy[64];
	char *rest = copy;
	int n_keys = 0, n = 0;

	strncpy(copy, names, sizeof copy - 1);
	copy[sizeof copy - 1] = '\0';
	for (char *name; (name = strsep(&rest, " "));)
		keys[n_keys++] = key(name);
	const enum key_match match = keymap_find(m, contexts, keys, n_keys, out, (int)COUNT_OF(out), &n);
	if (match == MATCH_NONE)
		buf_adds(&got, "-");
	else if (match == MATCH_PART)
		buf_adds(&got, "…");
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(&got, ", ");
		buf_addf(&got, "%s %s", out[i]->context, out[i]->action ? out[i]->action->name : ":");
		if (*out[i]->arg)
			buf_addf(&got, "(%s)", out[i]->arg);
	}
	assert_string_equal(got.data, want);
	buf_release(&got);
}

static const char *const in_queue[] = { "queue", "list", NULL };
static const char *const in_list[] = { "list", NULL };

static void finds_nearest_first(void **state)
{
	struct keymap *m = keymap_new();
	struct error e;

	(void)state;
	assert_true(keymap_bind(m, "list", "j", "down", &e));
	assert_true(keymap_bind(m, "queue", "j", "drop  hors sujet", &e));
	assert_true(keymap_bind(m, "global", "j", "undo", &e));
	assert_true(keymap_bind(m, "list", "g g", "first", &e));
	assert_true(keymap_bind(m, "global", "g m", "log", &e));
	assert_true(keymap_bind(m, "queue", "K", ":drop ", &e));
	assert_finds(m, in_queue, "j", "queue drop(hors sujet), list down, global undo");
	assert_finds(m, in_list, "j", "list down, global undo");
	assert_finds(m, NULL, "j", "global undo");
	assert_finds(m, in_queue, "g", "…");
	assert_finds(m, in_queue, "g g", "list first");
	assert_finds(m, in_queue, "g m", "global log");
	assert_finds(m, in_queue, "g x", "-");
	assert_finds(m, in_queue, "K", "queue :(drop )");
	assert_finds(m, in_queue, "k", "-");
	assert_true(keymap_bind(m, "queue", "j", "none", &e));
	assert_finds(m, in_queue, "j", "list down, global undo");
	assert_true(keymap_bind(m, "list", "j", "up", &e));
	assert_finds(m, in_queue, "j", "list up, global undo");
	/* one key cannot both act and wait */
	assert_true(keymap_bind(m, "list", "g", "first", &e));
	assert_finds(m, in_list, "g", "list first");
	assert_finds(m, in_list, "g g", "-");
	assert_true(keymap_bind(m, "list", "g g", "first", &e));
	assert_finds(m, in_list, "g", "…");
	/* what is global may be bound nearer */
	assert_true(keymap_bind(m, "list", "x", "undo", &e));
	assert_finds(m, in_list, "x", "list undo");
	keymap_free(m);
}

static bool add_binding(void *arg, const struct binding *b)
{
	struct buf *out = arg;

	buf_addf(out, "%s ", b->action ? b->action->name : b->arg);
	return true;
}

static void tells_keys(void **state)
{
	struct keymap *m = keymap_new();
	struct buf b = BUF_INIT;

	(void)state;
	keymap_bind(m, "list", "x", ":open", NULL);
	keymap_bind(m, "list", "u", "undo", NULL);
	keymap_bind(m, "list", "k", "up", NULL);
	keymap_bind(m, "list", "Down", "down", NULL);
	keymap_bind(m, "list", "^N", "down", NULL);
	keymap_bind(m, "list", "g g", "first", NULL);
	keymap_each(m, "list", add_binding, &b);
	assert_string_equal(b.data, "down down up first open undo ");
	buf_reset(&b);
	keymap_key_of(m, "list", "down", &b);
	buf_addc(&b, ' ');
	keymap_key_of(m, "list", "first", &b);
	keymap_key_of(m, "queue", "first", &b);
	keymap_key_of(m, "list", "drop", &b);
	assert_string_equal(b.data, "Down g g");
	buf_release(&b);
	keymap_free(m);
}

static struct config fresh(void)
{
	struct config c;

	config_init(&c); /* its keys are for other actions than ours: see test_ui_config */
	free(c.problems);
	c.problems = NULL;
	keymap_free(c.keys);
	c.keys = keymap_new();
	return c;
}

static void reads_what_is_well_written(void **state)
{
	struct config c = fresh();

	(void)state;
	config_read(&c, "# keys\n\n  bind list j down\r\nbind queue \"^X d\" \"drop hors sujet\"\nbind queue K \":drop \"\n"
		"bind list \\ first\nbind list \"\\\"\" first\nbind list # up\n"
		"backend = https://regie.example/ \ntoken-file=/x\n"
		"color air red default bold underline\ncolor mark 200\ncolour dim dim\nmono air reverse\n"
		"set hold 5\nset sentences off\nset order rise\nset glossary \"/home/a b/g.tsv\"\nset dictionary \"\"", "a.conf");
	assert_string_equal(c.problems, "");
	assert_finds(c.keys, in_queue, "j", "list down");
	assert_finds(c.keys, in_queue, "^X d", "queue drop(hors sujet)");
	assert_finds(c.keys, in_queue, "K", "queue :(drop )");
	assert_finds(c.keys, in_queue, "\\", "list first");
	assert_finds(c.keys, in_queue, "\"", "list first");
	assert_finds(c.keys, in_queue, "#", "list up");
	assert_int_equal(c.hold_s, 5);
	assert_int_equal(c.sentences, 0);
	assert_string_equal(c.order, "rise");
	assert_string_equal(c.glossary, "/home/a b/g.tsv");
	assert_int_equal(c.colour[UI_AIR].fg, 1);
	assert_int_equal(c.colour[UI_AIR].bg, -1);
	assert_int_equal(c.colour[UI_AIR].look, LOOK_BOLD | LOOK_UNDERLINE);
	assert_int_equal(c.colour[UI_MARK].fg, 200);
	assert_int_equal(c.colour[UI_DIM].look, LOOK_DIM);
	assert_int_equal(c.mono[UI_AIR].look, LOOK_REVERSE);
	assert_false(ui_ascii);
	assert_true(config_set(&c, "ascii", "on", NULL));
	assert_true(ui_ascii);
	assert_true(config_set(&c, "ascii", "auto", NULL));
	assert_false(ui_ascii);
	assert_int_equal(c.hold_figures_s, 8);
	assert_int_equal(c.lock_min, 0);
	config_release(&c);
}

static void says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "bind list j dwon", "there is no action \"dwon\" in \"list\"; the nearest is \"down\"" },
		{ "bind list j", "say `bind CONTEXT KEY ACTION`" },
		{ "bind lsit j down", "no keys are known for \"lsit\"; the nearest is \"list\"" },
		{ "bind list PageDwon down", "there is no key \"PageDwon\"" },
		{ "bind list \"a b c d\" down", "a chord has at most 3 keys" },
		{ "bind list \"a b down", "a \" is not closed" },
		{ "bind list j accept", "there is no action \"accept\" in \"list\"" },
		{ "bind list j :", "a line is missing" },
		{ "color sky blue", "there is no role \"sky\"" },
		{ "color air puce", "\"puce\" is no colour" },
		{ "color air 256", "\"256\" is no colour" },
		{ "mono air red", "\"red\" is none of bold" },
		{ "set hold 31", "\"hold\" is a number from 0 to 30, not \"31\"" },
		{ "set hold 3x", "\"hold\" is a number" },
		{ "set preview maybe", "\"preview\" is on or off" },
		{ "set order size", "\"order\" is one of people, rise, age, arrival" },
		{ "set colour 8", "there is no setting \"colour\"" },
		{ "set hold", "say `set NAME VALUE`" },
		{ "hold = 3", "nothing is called \"hold\" here" },
		{ "bnid list j down", "a line begins with bind" },
		{ "bind list \xFF down", "this is not UTF-8" },
		{ "set order \033[31m", "\\x1B[31m" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct config c = fresh();
		struct buf text = BUF_INIT;

		buf_addf(&text, "# first\n%s\nbind list k up\n", rows[i].line);
		config_read(&c, text.data, "my.conf");
		if (strncmp(c.problems, "my.conf:2: ", 11) != 0 || !strstr(c.problems, rows[i].says) ||
			strchr(c.problems, '\n') != c.problems + strlen(c.problems) - 1)
			fail_msg("%s: \"%s\"", rows[i].line, c.problems);
		assert_finds(c.keys, in_list, "k", "list up");
		buf_release(&text);
		config_release(&c);
	}
}

static void bounds_what_it_says(void **state)
{
	struct config c = fresh();
	struct buf text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "nonsense\n");
	config_read(&c, text.data, "x");
	assert_true(strlen(c.problems) < 4000);
	assert_non_null(strstr(c.problems, "4980 more mistakes"));
	config_read(&c, "x", "y");
	assert_non_null(strstr(c.problems, "\ny:1: "));
	buf_reset(&text);
	for (int i = 0; i < 100000; i++)
		buf_addc(&text, 'a');
	config_read(&c, text.data, "long");
	buf_release(&text);
	config_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_there_and_back),
		cmocka_unit_test(finds_nearest_first),
		cmocka_unit_test(tells_keys),
		cmocka_unit_test(reads_what_is_well_written),
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(bounds_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
