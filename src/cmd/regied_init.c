/* regied_init.c: regied init: make an event. */
#include <stdio.h>
#include <string.h>

#include "data/store.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"

static const struct cli_option options[] = {
	{ "data", "DIR", "REGIED_DATA", "the directory to make it in", false },
	{ "title", "TITLE", NULL, "what the public sees above everything", false },
	{ "lang", "fr|en", NULL, "language of the room's pages; fr when not given", false },
	{ "rehearsal", NULL, NULL, "a rehearsal, marked as one on every screen and page", false },
	{ NULL, NULL, NULL, NULL, false },
};

int cmd_init(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	if (!command_options(&c, "regied init --data DIR --title TITLE [--lang fr|en] [--rehearsal]",
		    "Makes an event in DIR; refuses an existing one.", options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data"), *title = cli_get(&c, "title"), *lang = cli_get(&c, "lang");
	struct buf clean = BUF_INIT;
	if (title)
		text_clean_line(title, strlen(title), 200, &clean);
	if (!dir || !clean.len)
		error_set(&e, ERR_USAGE, "give --data DIR and --title TITLE");
	else if (lang && strcmp(lang, "fr") != 0 && strcmp(lang, "en") != 0)
		error_set(&e, ERR_USAGE, "--lang is fr or en, not \"%.20s\"", lang);
	else
		store_init(&(struct store_options){ .dir = dir }, clean.data, lang ? lang : "fr",
			cli_has(&c, "rehearsal"), &e);
	if (e.code)
		code = command_fail("regied", "init", &e);
	buf_release(&clean);
	cli_release(&c);
	return code;
}
