/* regied_report.c: regied report: the evening in figures. Reads the file itself: a backend that serves it is not asked. */
#include <stdio.h>
#include <string.h>

#include "src/cmd/cmd.h"
#include "src/cmd/report.h"

static const struct cli_option options[] = {
	{ "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ "format", "text|json|html", NULL, "text when not given; html is one file by itself", false },
	{ NULL, NULL, NULL, NULL, false },
};

static const struct {
	const char *name;
	void (*show)(const struct report *p, struct buf *out);
} formats[] = {
	{ "text", report_text },
	{ "json", report_json },
	{ "html", report_html },
};

static bool report(const char *dir, void (*show)(const struct report *p, struct buf *out), struct error *e)
{
	struct reader *r = reader_open(&(struct store_options){ .dir = dir }, e);
	struct report *p = r ? reader_report(r, e) : NULL;
	struct buf out = BUF_INIT;
	reader_close(r);
	if (!p)
		return false;
	show(p, &out);
	report_free(p);
	bool good = (fwrite(out.data, 1, out.len, stdout) == out.len && !fflush(stdout)) ||
		error_errno(e, ERR_IO, "the report cannot be written");
	buf_release(&out);
	return good;
}

int cmd_report(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	size_t i = 0;
	if (!command_options(&c, "regied report --data DIR [--format text|json|html]",
		    "The evening in figures, in the event's language: what came, what became of it, how long it took, "
		    "who did what. "
		    "Also while the event is served.",
		    options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data"), *format = cli_get(&c, "format");
	while (i < sizeof formats / sizeof *formats && format && strcmp(formats[i].name, format) != 0)
		i++;
	bool good;
	if (!dir)
		good = error_set(&e, ERR_USAGE, "say which event: --data DIR");
	else if (c.n_words)
		good = error_set(&e, ERR_USAGE, "\"%.60s\" is one word too many; see regied report --help", c.words[0]);
	else if (i == sizeof formats / sizeof *formats)
		good = error_set(&e, ERR_USAGE, "--format is text, json or html, not \"%.20s\"", format);
	else
		good = report(dir, formats[i].show, &e);
	if (!good)
		code = command_fail("regied", "report", &e);
	cli_release(&c);
	return code;
}
