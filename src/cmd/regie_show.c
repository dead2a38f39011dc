/* regie_show.c: regie show: what the panes show, as text for people or a JSON object a line for scripts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regie_show.h"

enum { CONNECT_MS = 3000 };

static const struct cli_option options[] = {
	SEAT_OPTIONS,
	{ "json", NULL, NULL, "one JSON object a line", false },
	{ "theme", "N", NULL, "messages: of this theme only", false },
	{ "channel", "web|sms", NULL, "themes, messages: of this channel only", false },
	{ "state", "STATE", NULL,
		"messages: waiting or dismissed; rundown: reserve, next, air, closed, dropped or returned", false },
	{ "order", "people|rise|age|arrival", NULL, "themes: by what they are ordered; people", false },
	{ "all", NULL, NULL, "themes: also dismissed and merged ones", false },
	{ "limit", "N", NULL, "at most so many lines", false },
	{ "index", NULL, NULL, "bring the search index up to date first", false },
	{ NULL, NULL, NULL, NULL, false },
};

/* ---- for the views ------------------------------------------------------------------------------------------------ */

const struct world *show_world(struct showing *s)
{
	return s->world = replica_world(s->seat->replica);
}

void show_line(struct showing *s)
{
	puts(s->line.data);
	buf_reset(&s->line);
	s->shown++;
}

void show_one_line(struct showing *s)
{
	for (char *p = s->line.data; *p; p++)
		if (*p == '\n')
			*p = ' ';
	show_line(s);
}

void show_column(struct buf *out, const char *text, size_t columns)
{
	size_t fit = text_fit(text, columns), width;
	struct buf cut = BUF_INIT;
	buf_add(&cut, text, fit);
	for (char *p = cut.data; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	buf_adds(out, cut.data);
	for (width = text_width(cut.data); width < columns; width++)
		buf_addc(out, ' ');
	buf_release(&cut);
}

bool show_filtered_out(const struct showing *s, const char *text)
{
	if (!s->filter)
		return false;
	struct buf have = BUF_INIT, want = BUF_INIT;
	text_fold(text, &have);
	text_fold(s->filter, &want);
	bool out = !strstr(have.data, want.data);
	buf_release(&have);
	buf_release(&want);
	return out;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*show)(struct showing *s);
	enum need need;
} views[] = {
	{ "themes", show_themes, NEED_MOST },
	{ "messages", show_messages, NEED_WHOLE },
	{ "rundown", show_rundown, NEED_READY },
	{ "transcript", show_transcript, NEED_READY },
	{ "rooms", show_rooms, NEED_READY },
	{ "seats", show_seats, NEED_READY },
	{ "log", show_log, NEED_READY },
	{ "status", show_status, NEED_MOST },
};

/* Brings the search index up to date; without it, searches look through every message. */
static bool index_all(struct open_seat *seat, struct error *e)
{
	int64_t indexed;
	bool done = false;
	while (!done)
		if (!replica_index_step(seat->replica, 20000, &indexed, &done, e))
			return false;
	return true;
}

static int show_view(struct open_seat *seat, const struct cli *c, size_t view)
{
	struct error why = { 0 };
	const char *limit = cli_get(c, "limit");
	int64_t most = 0;
	struct buf filter = BUF_INIT;
	if (limit && !id_number(limit, &most)) {
		error_set(&why, ERR_USAGE, "--limit is a number of lines, not \"%.20s\"", limit);
		return command_fail("regie", "show", &why);
	}
	for (size_t i = 1; i < c->n_words; i++)
		buf_addf(&filter, "%s%s", i > 1 ? " " : "", c->words[i]);
	if (!seat_pull(seat, views[view].need, CONNECT_MS, &why)) {
		if (!replica_ready(seat->replica)) {
			buf_release(&filter);
			error_context(&why, "nothing is known of the event yet");
			return command_fail("regie", "show", &why);
		}
		fprintf(stderr, "regie show: as of the last time the backend answered: %s\n", why.text);
	}
	if (views[view].need == NEED_MOST && !replica_whole(seat->replica))
		fprintf(stderr,
			"regie show: the first load is under way; the largest themes are here, the rest follows\n");
	if (cli_has(c, "index") && !index_all(seat, &why))
		return buf_release(&filter), command_fail("regie", "show", &why);
	struct showing s = { .seat = seat,
		.c = c,
		.json = cli_has(c, "json"),
		.filter = filter.len ? filter.data : NULL,
		.limit = (size_t)most,
		.line = BUF_INIT };
	bool done = views[view].show(&s);
	buf_release(&s.line);
	buf_release(&filter);
	return done ? EXIT_DONE : command_fail("regie", "show", &s.error);
}

int cmd_show(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	size_t view = 0;
	if (!command_options(&c,
		    "regie show themes|messages|rundown|transcript|rooms|seats|log|status [--json] [WORDS]",
		    "Shows what the panes show, from this seat's replica, brought up to date first when the backend "
		    "answers.",
		    options, argc, argv, &code))
		return code;
	while (view < COUNT_OF(views) && (!c.n_words || strcmp(views[view].name, c.words[0]) != 0))
		view++;
	struct open_seat s = { 0 };
	if (view == COUNT_OF(views))
		error_set(
			&e, ERR_USAGE, "say what: themes, messages, rundown, transcript, rooms, seats, log or status");
	if (e.code || !seat_open(&s, &c, &e))
		code = command_fail("regie", "show", &e);
	else
		code = show_view(&s, &c, view);
	seat_close(&s);
	cli_release(&c);
	return code;
}
