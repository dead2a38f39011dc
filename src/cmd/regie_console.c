/* regie_console.c: regie without a command: the console of one seat.
 *
 * Opens what the first screen needs (the interface's desk and replica), starts the carrier, and runs the screen. With
 * --script the same console runs without a terminal: keys from a file, screens to standard output.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/carrier.h"
#include "src/cmd/cmd.h"
#include "src/cmd/reading_files.h"
#include "src/cmd/share.h"
#include "ui/config.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/term.h"
#include "ui/ui.h"

enum { LEAVE_MS = 1500, SCRIPT_BYTES = 1 << 20, CONFIG_BYTES = 1 << 18 };

static const char usage[] = "regie [console] [OPTION]…";
static const struct cli_option options[] = {
	SEAT_OPTIONS,
	{ "script", "FILE", NULL, "play keys from FILE without a terminal and print the screens it asks for", false },
	{ "size", "COLSxROWS", NULL, "size of the screen for --script; 120x36 when not given", false },
	{ NULL, NULL, NULL, NULL, false },
};

struct console {
	struct open_seat seat; /* the carrier's, once it is there */
	struct desk *desk;     /* the interface's own */
	struct replica *replica;
	struct carrier *carrier;
	struct config config;
	struct term *term;
	struct ui *ui;
	struct buf script;
	int rows, cols;
};

/* Where no locale is named at all, the terminal is taken for one of today's. */
static void take_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	bool named = false;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		named = named || (getenv(names[i]) && *getenv(names[i]));
	if (!setlocale(LC_ALL, "") || !named)
		setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

static void take_words(struct console *k, const struct cli *c)
{
	char *folder = own_folder(), *locales = path_join(folder, "locale");
	intl_open(seat_setting(&k->seat, c, "lang"), locales);
	free(locales);
	free(folder);
}

static void read_config(struct console *k)
{
	char *path = seat_config_path();
	struct buf text = BUF_INIT;
	struct error e = { 0 };
	config_init(&k->config);
	if (file_exists(path) && file_read(path, CONFIG_BYTES, &text, &e))
		config_read(&k->config, text.data, path);
	buf_release(&text);
	free(path);
}

static bool open_files(struct console *k, struct error *e)
{
	k->desk = desk_open(&(struct desk_options){ .dir = k->seat.dir, .quick = true }, e);
	if (!k->desk)
		return false;
	const struct replica_options o = { .dir = k->seat.dir, .read_only = true, .cache_kb = 1024, .mapped = true };
	k->replica = replica_open(&o, NULL);
	if (k->replica)
		return true;
	/* none yet, or of an older layout: made here, so that the first screen has one to look at */
	struct replica *fresh = replica_open(&(struct replica_options){ .dir = k->seat.dir }, e);
	if (!fresh)
		return false;
	replica_close(fresh);
	return (k->replica = replica_open(&o, e)) != NULL;
}

static bool open_screen(struct console *k, const struct cli *c, struct error *e)
{
	struct ui_options o = { .dir = k->seat.dir,
		.desk = k->desk,
		.replica = k->replica,
		.clock = clock_system(),
		.random = randomness_system(),
		.config = &k->config,
		.rows = k->rows,
		.cols = k->cols };
	if (!k->script.len) {
		const struct term_options t = {
			.colours = k->config.colours, .looks = k->config.colour, .mouse = k->config.mouse
		};
		if (!(k->term = term_open(&t, e)))
			return false;
		if (term_mono(k->term))
			term_looks(k->term, k->config.mono);
		o.term = k->term;
	}
	if (!(k->carrier = carrier_new(&k->seat, c, e)))
		return false;
	o.link = carrier_link(k->carrier);
	return (k->ui = ui_new(&o, e)) != NULL;
}

static void close_all(struct console *k)
{
	if (k->ui)
		ui_free(k->ui);
	carrier_free(k->carrier, LEAVE_MS);
	term_close(k->term);
	config_release(&k->config);
	if (k->replica)
		replica_close(k->replica);
	if (k->desk)
		desk_close(k->desk);
	seat_close(&k->seat);
	buf_release(&k->script);
}

static int play_script(struct console *k, struct error *e)
{
	struct buf out = BUF_INIT;
	const bool good = ui_script(k->ui, k->script.data, &out, e);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static bool read_size(const char *size, struct console *k, struct error *e)
{
	char *end = NULL;
	k->cols = 120;
	k->rows = 36;
	if (!size)
		return true;
	k->cols = (int)strtol(size, &end, 10);
	k->rows = *end == 'x' ? (int)strtol(end + 1, &end, 10) : 0;
	return (*end == '\0' && k->cols >= 10 && k->cols <= 1000 && k->rows >= 4 && k->rows <= 500) ||
		error_set(e, ERR_USAGE, "--size is COLSxROWS such as 80x24, not \"%.40s\"", size);
}

static bool read_script(const char *path, struct console *k, struct error *e)
{
	if (path)
		return file_read(path, SCRIPT_BYTES, &k->script, e) &&
			(k->script.len || error_set(e, ERR_USAGE, "the script \"%s\" is empty", path));
	return (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) ||
		error_set(e, ERR_USAGE,
			"the console needs a terminal; without one use regie do, regie show or regie --script");
}

static int run(struct console *k, const struct cli *c, struct error *e)
{
	int code = EXIT_REFUSED;
	if (c->n_words > 0) {
		error_set(e, ERR_USAGE, "there is no command \"%.60s\"; see regie --help", c->words[0]);
		return EXIT_USAGE;
	}
	if (!read_size(cli_get(c, "size"), k, e) || !read_script(cli_get(c, "script"), k, e) ||
		!seat_find(&k->seat, c, e))
		return exit_of(e);
	take_words(k, c);
	read_config(k);
	readings_from(reading_files_keep);
	struct error own = { 0 };
	if (!reading_files_check(&own))
		fprintf(stderr, "regie: readings are made without your own words: %s\n", own.text);
	if (open_files(k, e) && open_screen(k, c, e))
		code = k->script.len ? play_script(k, e) : ui_run(k->ui);
	return code;
}

int cmd_console(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	struct console k = { .script = BUF_INIT, .config = { 0 } };
	int code;
	take_locale();
	if (!command_options(&c, usage,
		    "The console of one seat: its screen. What its keys do is in the manual page and under \"?\".",
		    options, argc, argv, &code))
		return code;
	code = run(&k, &c, &e);
	close_all(&k);
	if (e.code != ERR_NONE)
		code = command_fail("regie", "", &e);
	cli_release(&c);
	return code;
}
