/* regied_reading.c: regied reading: messages in standard spelling, a line a message. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/reading_files.h"

enum { FILE_BYTES_MAX = 256 << 20 };

static const struct cli_option options[] = {
	{ "lang", "fr|en", NULL, "the messages' language; fr when not given", false },
	{ "lexicon", "FILE", NULL, "spellings of your own, read after ours", false },
	{ "times", NULL, NULL, "before each reading, the microseconds it took and a TAB", false },
	{ NULL, NULL, NULL, NULL, false },
};

static long long microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A line that is no clean text is cleaned as at the door; one that cannot be is left empty. */
static void read_line(const struct reading_model *m, const char *s, size_t n, struct buf *clean, struct reading *r)
{
	bool changed = false;
	buf_reset(&r->text);
	if (text_clean(s, n, READING_BYTES_MAX, clean, &changed, NULL))
		reading_of(m, clean->data, r);
	for (size_t i = 0; i < r->text.len; i++)
		if (r->text.data[i] == '\n') /* of a CR within the line */
			r->text.data[i] = ' ';
}

static bool read_lines(const struct reading_model *m, const struct buf *in, bool times, struct error *e)
{
	struct buf clean = BUF_INIT;
	struct reading r = { .text = BUF_INIT };
	for (const char *s = in->data, *end = s + in->len; s < end;) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		long long began = microseconds();
		read_line(m, s, (size_t)((eol ? eol : end) - s), &clean, &r);
		if (times)
			printf("%lld\t", microseconds() - began);
		fwrite(r.text.data, 1, r.text.len, stdout);
		putchar('\n');
		s = eol ? eol + 1 : end;
	}
	buf_release(&clean);
	reading_release(&r);
	return (!fflush(stdout) && !ferror(stdout)) || error_errno(e, ERR_IO, "the readings cannot be written");
}

static bool known(const char *lang)
{
	return !strcmp(lang, "fr") || !strcmp(lang, "en");
}

int cmd_reading(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	struct reading_files files = { 0 };
	struct buf in = BUF_INIT;
	int code = EXIT_DONE;
	if (!command_options(&c, "regied reading [--lang fr|en] [--lexicon FILE] [FILE]",
		    "SMS in standard spelling, as the console offers them to moderators: FILE (standard input without it, or \"-\") has "
		    "a message a line, and so has what is printed.",
		    options, argc, argv, &code))
		return code;
	const char *lang = cli_get(&c, "lang") ? cli_get(&c, "lang") : "fr";
	bool good;
	if (c.n_words > 1)
		good = error_set(&e, ERR_USAGE, "\"%.60s\" is one word too many; see regied reading --help", c.words[1]);
	else if (!known(lang))
		good = error_set(&e, ERR_USAGE, "--lang is fr or en, not \"%.20s\"", lang);
	else
		good = reading_files_open(lang, cli_get(&c, "lexicon"), &files, &e) &&
			file_read(c.n_words ? c.words[0] : "-", FILE_BYTES_MAX, &in, &e) &&
			read_lines(files.model, &in, cli_has(&c, "times"), &e);
	if (!good)
		code = command_fail("regied", "reading", &e);
	reading_files_close(&files);
	buf_release(&in);
	cli_release(&c);
	return code;
}
