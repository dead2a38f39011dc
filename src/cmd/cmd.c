#include "src/cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

int exit_of(const struct error *e)
{
	return e->code == ERR_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}

int command_fail(const char *program, const char *command, const struct error *e)
{
	fflush(stdout);
	fprintf(stderr, "%s%s%s: %s\n", program, *command ? " " : "", command, e->text);
	return exit_of(e);
}

/* The program and, when there is one, its command: "regied serve", "regie-rehearse". */
static int name_length(const char *usage)
{
	size_t program = strcspn(usage, " ");
	size_t command = usage[program] ? strspn(usage + program + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
	return (int)(command && usage[program + 1 + command] == ' ' ? program + 1 + command : program);
}

bool command_options(struct cli *c, const char *usage, const char *about, const struct cli_option *table, int argc,
	char **argv, int *code)
{
	struct error e = { 0 };
	if (!cli_parse(c, table, argc, argv, &e)) {
		fprintf(stderr, "%.*s: %s\n", name_length(usage), usage, e.text);
		*code = EXIT_USAGE;
		return false;
	}
	if (c->help) {
		cli_print_help(usage, about, table);
	} else if (c->version) {
		printf("%.*s %s\n", (int)strcspn(usage, " "), usage, REGIE_VERSION);
	} else {
		return true;
	}
	*code = EXIT_DONE;
	cli_release(c);
	return false;
}

static void list_commands(const char *program, const char *about, const struct command *table)
{
	printf("usage: %s COMMAND [OPTION]… [WORD]…\n\n%s\n\n", program, about);
	for (const struct command *k = table; k->name; k++)
		printf("  %-9s %s\n", k->name, k->summary);
	printf("\n%s COMMAND --help tells a command's options; the whole is in the manual page.\n", program);
}

/* Index of the word that names a command; an option's value before it ("--backend URL") is passed over unless it is
 * itself a command's name that the next words do not follow. */
static int find_command(const struct command *table, int argc, char **argv, const struct command **found)
{
	for (int i = 1; i < argc; i++) {
		bool is_value = i > 1 && !strncmp(argv[i - 1], "--", 2) && !strchr(argv[i - 1], '=');
		for (const struct command *k = table; k->name; k++)
			if (!strcmp(argv[i], k->name) && !is_value) {
				*found = k;
				return i;
			}
		if (argv[i][0] != '-' && !is_value)
			return i;
	}
	return 0;
}

int command_main(const char *program, const char *about, const struct command *table, int argc, char **argv)
{
	const struct command *k = NULL;
	int at = find_command(table, argc, argv, &k);
	if (k) {
		char **words = xcalloc((size_t)argc + 1, sizeof *words);
		int n = 0;
		words[n++] = argv[at];
		for (int i = 1; i < argc; i++)
			if (i != at)
				words[n++] = argv[i];
		int code = k->run(n, words);
		free(words);
		return code;
	}
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--version")) {
			printf("%s %s\n", program, REGIE_VERSION);
			return EXIT_DONE;
		}
		if (!strcmp(argv[i], "--help")) {
			list_commands(program, about, table);
			return EXIT_DONE;
		}
	}
	for (k = table; !at && k->name; k++)
		if (k->by_default)
			return k->run(argc, argv);
	if (at)
		fprintf(stderr, "%s: there is no command \"%s\"; see %s --help\n", program, argv[at], program);
	else
		fprintf(stderr, "%s: name a command; see %s --help\n", program, program);
	return EXIT_USAGE;
}
