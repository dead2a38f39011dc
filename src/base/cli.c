/* cli.c: one walk over argv; the table decides everything. */
#include "src/base/cli.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum { HELP_COLUMN_MAX = 32 };

static size_t table_rows(const struct cli_option *table)
{
	size_t n = 0;

	while (table && table[n].name)
		n++;
	return n;
}

/* The row named by the `len` bytes of name, or -1. */
static int find_row(const struct cli_option *table, const char *name, size_t len)
{
	for (size_t i = 0; table && table[i].name; i++)
		if (strncmp(table[i].name, name, len) == 0 && table[i].name[len] == '\0')
			return (int)i;
	return -1;
}

static bool keep_value(struct cli *c, int row, const char *value, struct error *e)
{
	const struct cli_option *o = &c->options[row];

	if (c->counts[row] && !o->many && o->value)
		return error_set(e, ERR_USAGE, "option \"--%s\" is given twice", o->name);
	if (c->counts[row] == CLI_VALUES_MAX && !o->value)
		return true;
	if (c->counts[row] == CLI_VALUES_MAX)
		return error_set(e, ERR_USAGE, "option \"--%s\" is given more than %d times", o->name, CLI_VALUES_MAX);
	c->values[row][c->counts[row]++] = value;
	return true;
}

/* One "--…" word at argv[*i]; steps *i over its value. */
static bool parse_option(struct cli *c, int argc, char **argv, int *i, struct error *e)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	const size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const int row = find_row(c->options, name, len);
	const struct cli_option *o;

	if (row < 0 && !equals && strcmp(name, "help") == 0) {
		c->help = true;
		return true;
	}
	if (row < 0 && !equals && strcmp(name, "version") == 0) {
		c->version = true;
		return true;
	}
	if (row < 0)
		return error_set(
			e, ERR_USAGE, "unknown option \"--%.*s\": --help lists them", (int)(len < 64 ? len : 64), name);
	o = &c->options[row];
	if (!o->value && equals)
		return error_set(e, ERR_USAGE, "option \"--%s\" takes no value", o->name);
	if (!o->value)
		return keep_value(c, row, "", e);
	if (equals)
		return keep_value(c, row, equals + 1, e);
	if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0)
		return error_set(e, ERR_USAGE, "option \"--%s\" needs a value: --%s %s", o->name, o->name, o->value);
	return keep_value(c, row, argv[++*i], e);
}

bool cli_parse(struct cli *c, const struct cli_option *table, int argc, char **argv, struct error *e)
{
	size_t cap = 0;
	bool only_words = false;

	*c = (struct cli){ .options = table };
	assert(table_rows(table) <= COUNT_OF(c->counts));
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && strncmp(word, "--", 2) == 0) {
			if (!parse_option(c, argc, argv, &i, e))
				goto fail;
		} else if (!only_words && word[0] == '-' && word[1]) {
			error_set(e, ERR_USAGE, "unknown option \"%.64s\": options are long, --help lists them", word);
			goto fail;
		} else {
			grow(&c->words, &cap, c->n_words + 1, sizeof *c->words);
			c->words[c->n_words++] = word;
		}
	}
	return true;
fail:
	cli_release(c);
	return false;
}

static const char *from_environment(const struct cli_option *o)
{
	const char *value = o->env ? getenv(o->env) : NULL;

	return value && *value ? value : NULL;
}

/* The row of a name that the program itself wrote: unknown is a bug of ours. */
static int own_row(const struct cli *c, const char *name)
{
	const int row = find_row(c->options, name, strlen(name));

	assert(row >= 0);
	return row;
}

const char *cli_get(const struct cli *c, const char *name)
{
	const size_t n = cli_count(c, name);

	return n ? cli_nth(c, name, n - 1) : NULL;
}

size_t cli_count(const struct cli *c, const char *name)
{
	const int row = own_row(c, name);

	if (row < 0)
		return 0;
	return c->counts[row] ? c->counts[row] : from_environment(&c->options[row]) != NULL;
}

const char *cli_nth(const struct cli *c, const char *name, size_t i)
{
	const int row = own_row(c, name);

	if (row < 0)
		return NULL;
	if (c->counts[row])
		return i < c->counts[row] ? c->values[row][i] : NULL;
	return i == 0 ? from_environment(&c->options[row]) : NULL;
}

bool cli_has(const struct cli *c, const char *name)
{
	return cli_count(c, name) > 0;
}

void cli_release(struct cli *c)
{
	if (!c)
		return;
	free(c->words);
	c->words = NULL;
	c->n_words = 0;
}

static void put_left(const struct cli_option *o, struct buf *out)
{
	buf_reset(out);
	buf_addf(out, "  --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void print_row(const struct cli_option *o, size_t column, struct buf *left)
{
	size_t width;

	put_left(o, left);
	width = text_width(left->data);
	if (width + 2 > column)
		printf("%s\n%*s", left->data, (int)column, "");
	else
		printf("%s%*s", left->data, (int)(column - width), "");
	printf("%s%s", o->help ? o->help : "", o->many ? " (may be repeated)" : "");
	if (o->env)
		printf(" (or $%s)", o->env);
	putchar('\n');
}

void cli_print_help(const char *usage, const char *about, const struct cli_option *table)
{
	static const struct cli_option own[] = {
		{ .name = "help", .help = "print this and stop" },
		{ .name = "version", .help = "print the version and stop" },
	};
	struct buf left = BUF_INIT;
	size_t column = 0;

	for (size_t i = 0; i < table_rows(table) + COUNT_OF(own); i++) {
		const size_t rows = table_rows(table);
		size_t width;

		put_left(i < rows ? &table[i] : &own[i - rows], &left);
		width = text_width(left.data) + 2;
		if (width > column && width <= HELP_COLUMN_MAX)
			column = width;
	}
	printf("usage: %s\n\n", usage);
	if (about && *about)
		printf("%s\n\n", about);
	printf("options:\n");
	for (size_t i = 0; i < table_rows(table); i++)
		print_row(&table[i], column, &left);
	for (size_t i = 0; i < COUNT_OF(own); i++)
		print_row(&own[i], column, &left);
	buf_release(&left);
}
