/* cli.h: command lines by table: the same rows parse, print --help and feed the manual.
 *
 * Options are long ("--data DIR" or "--data=DIR"), may stand before or after other words, and "--" ends them.
 * Every command has --help and --version by itself.
 */
#ifndef REGIE_BASE_CLI_H
#define REGIE_BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/error.h"

#define REGIE_VERSION "0.1.0"
enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct cli_option {
	const char *name;  /* "data" */
	const char *value; /* "DIR", or NULL for a switch */
	const char *env;   /* environment variable that stands in for it, or NULL */
	const char *help;  /* one line */
	bool many;         /* may be given several times */
};

#define CLI_VALUES_MAX 16
struct cli {
	const struct cli_option *options; /* the table, ended by a row with name NULL */
	const char *values[24][CLI_VALUES_MAX]; /* per table row, in order given; a switch that was given has "" */
	size_t counts[24];
	const char **words; /* what was not an option, in order */
	size_t n_words;
	bool help, version;
};

/* Parses argv[1..]; ERR_USAGE with a sentence. Strings point into argv and the environment. */
bool cli_parse(struct cli *c, const struct cli_option *table, int argc, char **argv, struct error *e);
const char *cli_get(const struct cli *c, const char *name); /* the last value, or the environment's, or NULL */
size_t cli_count(const struct cli *c, const char *name);
const char *cli_nth(const struct cli *c, const char *name, size_t i);
bool cli_has(const struct cli *c, const char *name);
void cli_release(struct cli *c);

/* Prints "usage: …", a description and the options of the table, aligned, to stdout. */
void cli_print_help(const char *usage, const char *about, const struct cli_option *table);

#endif
