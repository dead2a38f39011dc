/* cmd.h: the programs are tables of commands; each command is one file.
 *
 * Recipe: to add a command: a file src/cmd/PROGRAM_NAME.c with its options table and its function, its row in the table of
 * src/PROGRAM.c, its section in the manual.
 */
#ifndef REGIE_CMD_CMD_H
#define REGIE_CMD_CMD_H

#include "src/base/buf.h"
#include "src/base/cli.h"
#include "src/base/error.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
	const char *summary;               /* one line */
	bool by_default;                   /* run when no command is named */
};

/* Finds the command among the words (options may stand before it) and runs it; --help and --version by itself. Ends the
 * table with name NULL. `about`: one line. */
int command_main(const char *program, const char *about, const struct command *table, int argc, char **argv);

/* Parses a command's options; on --help or a mistake prints and sets *code; false then. */
bool command_options(struct cli *c, const char *usage, const char *about, const struct cli_option *table, int argc, char **argv,
	int *code);
/* Prints one sentence on stderr: "regied seat: …". Returns the exit code for that error. */
int command_fail(const char *program, const char *command, const struct error *e);
int exit_of(const struct error *e);

int cmd_init(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_seat(int argc, char **argv);
int cmd_room(int argc, char **argv);
int cmd_gateway(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_lexicon(int argc, char **argv);
int cmd_prepare(int argc, char **argv);
int cmd_themes(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_purge(int argc, char **argv);
int cmd_reading(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_do(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_demo(int argc, char **argv);

#endif
