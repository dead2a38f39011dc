/* regie_keys.c: regie keys: what the keys do, the settings and the roles of colour, from the tables the screen runs on.
 *
 * With regie.conf read, so that it shows what this person has. --mdoc prints what the manuals hold between their marks,
 * from the shipped defaults; test_manual.py compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regie_seat.h"
#include "src/cmd/share.h"
#include "ui/config.h"
#include "ui/intl.h"

static const char usage[] = "regie keys [--mdoc keys|settings|roles] [--lang fr|en]";
static const struct cli_option options[] = {
	{ "mdoc", "WHAT", NULL, "print the keys, settings or roles as the manuals hold them, from the shipped defaults",
		false },
	{ "lang", "fr|en", NULL, "language of what is printed", false },
	{ NULL, NULL, NULL, NULL, false },
};

struct walk {
	const struct keymap *keys;
	const char *context;
	const struct action *action; /* whose keys are gathered */
	struct buf names;
	bool mdoc;
};

static void add_keys(const struct binding *b, struct buf *out)
{
	for (int i = 0; i < b->n; i++) {
		if (i)
			buf_addc(out, ' ');
		key_spell(&b->keys[i], out);
	}
}

/* All the keys of one action: "j, Down". */
static bool gather(void *arg, const struct binding *b)
{
	struct walk *w = arg;
	if (b->action == w->action && b->arg[0] == '\0') {
		buf_adds(&w->names, w->names.len ? ", " : "");
		add_keys(b, &w->names);
	}
	return true;
}

/* Text in lines of at most 79 bytes, as mdoc likes it; a backslash there is a command of its own. */
static void print_filled(const char *s)
{
	enum { LINE = 79 };
	size_t used = 0;
	while (*s) {
		const size_t n = strcspn(s, " ");
		if (used && used + 1 + n > LINE) {
			putchar('\n');
			used = 0;
		} else if (used) {
			putchar(' ');
			used++;
		}
		for (size_t i = 0; i < n; i++)
			if (s[i] == '\\')
				fputs("\\e", stdout);
			else
				putchar(s[i]);
		used += n;
		s += n + (s[n] == ' ');
	}
}

static void print_sentence(const char *s)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s.", s);
	print_filled(line.data);
	putchar('\n');
	buf_release(&line);
}

/* Bindings that no row of the table has by itself: `:` lines, and actions with an argument. */
static bool print_line(void *arg, const struct binding *b)
{
	struct walk *w = arg;
	if (b->action && b->arg[0] == '\0')
		return true;
	buf_reset(&w->names);
	add_keys(b, &w->names);
	const char *name = b->action ? b->action->name : ":", *gap = b->action ? " " : "";
	const char *help = b->action ? action_help(w->context, b->action, b->arg) : NULL;
	if (!w->mdoc) {
		printf("  %-22s %s%s%s\n", w->names.data, name, gap, b->arg);
		return true;
	}
	printf(".It Ql %s Pq Ic %s%s%.*s\n", w->names.data, name, gap,
		(int)(strlen(b->arg) - (b->arg[0] && b->arg[strlen(b->arg) - 1] == ' ')), b->arg);
	print_sentence(help && help != b->action->help ? help : "the same, by this line");
	return true;
}

static void print_row(struct walk *w)
{
	const struct action *a = w->action;
	if (!w->mdoc) {
		printf("  %-22s %-16s %s\n", w->names.len ? w->names.data : "-", a->name, _(a->help));
		return;
	}
	printf(".It Ic %s", a->name);
	if (w->names.len) {
		fputs(" Pq Ql \"", stdout);
		print_filled(w->names.data);
		putchar('"');
	}
	putchar('\n');
	print_sentence(a->help);
}

static void print_keys(const struct keymap *keys, bool mdoc)
{
	struct walk w = { .keys = keys, .names = BUF_INIT, .mdoc = mdoc };
	for (size_t i = 0; action_sets[i]; i++) {
		w.context = action_sets[i]->context;
		if (mdoc)
			printf(".Ss %s Pq %s\n.Bl -tag -width Ds -compact\n", action_sets[i]->title, w.context);
		else
			printf("%s%s (%s)\n", i ? "\n" : "", _(action_sets[i]->title), w.context);
		for (const struct action *a = action_sets[i]->actions; a->name; a++) {
			if (a->flags & ACT_QUIET)
				continue;
			w.action = a;
			buf_reset(&w.names);
			keymap_each(keys, w.context, gather, &w);
			print_row(&w);
		}
		keymap_each(keys, w.context, print_line, &w);
		if (mdoc)
			puts(".El");
	}
	buf_release(&w.names);
}

static void print_settings(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (size_t i = 0; i < settings_n; i++) {
		printf(".It Ic set %s %s\n", settings[i].name, *settings[i].value ? settings[i].value : "\\(dq\\(dq");
		print_sentence(settings[i].help);
	}
	puts(".El");
}

static void print_roles(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (size_t i = 0; i < UI_ROLE_COUNT; i++) {
		printf(".It Li %s\n", ui_roles[i].name);
		print_sentence(ui_roles[i].help);
	}
	puts(".El");
}

static bool print_mdoc(const char *what, const struct config *c)
{
	if (!strcmp(what, "keys"))
		print_keys(c->keys, true);
	else if (!strcmp(what, "settings"))
		print_settings();
	else if (!strcmp(what, "roles"))
		print_roles();
	else
		return false;
	return true;
}

static void print_own(struct config *c)
{
	char *path = seat_config_path();
	struct buf text = BUF_INIT;
	if (file_exists(path) && file_read(path, 1 << 18, &text, NULL))
		config_read(c, text.data, path);
	print_keys(c->keys, false);
	if (c->problems && *c->problems)
		fprintf(stderr, "%s\n", c->problems);
	buf_release(&text);
	free(path);
}

int cmd_keys(int argc, char **argv)
{
	struct cli c = { 0 };
	struct config config;
	int code;
	if (!command_options(&c, usage, "Prints what each key of the screen does, with regie.conf read.", options, argc,
		    argv, &code))
		return code;
	char *folder = own_folder(), *locales = path_join(folder, "locale");
	const char *mdoc = cli_get(&c, "mdoc");
	intl_open(mdoc ? "en" : cli_get(&c, "lang"), locales);
	free(locales);
	free(folder);
	config_init(&config);
	code = EXIT_DONE;
	if (!mdoc) {
		print_own(&config);
	} else if (!print_mdoc(mdoc, &config)) {
		struct error e = { 0 };
		error_set(&e, ERR_USAGE, "--mdoc is keys, settings or roles, not \"%.40s\"", mdoc);
		code = command_fail("regie", "keys", &e);
	}
	config_release(&config);
	cli_release(&c);
	return code;
}
