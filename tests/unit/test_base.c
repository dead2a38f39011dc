/* The small modules of src/base: error.h, mem.h, buf.h, clock.h, id.h, file.h, log.h, cli.h. */
#include "src/base/buf.h"
#include "src/base/cli.h"
#include "src/base/clock.h"
#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/id.h"
#include "src/base/log.h"
#include "src/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- error ------------------------------------------------------------------------------------------------------- */

static void test_error_says_one_sentence(void **state)
{
	struct error e = { 0 };

	(void)state;
	assert_false(error_set(&e, ERR_NOT_FOUND, "there is no room \"%s\"", "paris"));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "there is no room \"paris\"");
	assert_false(error_context(&e, "line %d", 7));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "line 7: there is no room \"paris\"");
	assert_false(error_set(&e, ERR_IO, "again, %s", e.text));
	assert_string_equal(e.text, "again, line 7: there is no room \"paris\"");
	assert_false(error_set(&e, ERR_IO, "%s", ""));
	assert_true(e.text[0] != '\0');
	assert_false(error_set(NULL, ERR_IO, "nobody cares"));
	assert_false(error_context(NULL, "nobody cares"));
	assert_false(error_errno(NULL, ERR_IO, "nobody cares"));
}

static void test_error_takes_errno_along(void **state)
{
	struct error e = { 0 };

	(void)state;
	errno = EACCES;
	assert_false(error_errno(&e, ERR_IO, "cannot open \"x\""));
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.text, "cannot open \"x\": Permission denied");
	assert_int_equal(errno, EACCES);
	errno = ENOSPC;
	assert_false(error_errno(&e, ERR_IO, "cannot write \"x\""));
	assert_int_equal(e.code, ERR_FULL);
}

static void test_error_ends_between_characters(void **state)
{
	struct error e = { 0 };
	struct buf long_text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 400; i++)
		buf_adds(&long_text, "é");
	error_set(&e, ERR_IO, "%s", long_text.data);
	assert_int_equal(strlen(e.text), 598);
	error_set(&e, ERR_IO, "a%s", long_text.data);
	assert_int_equal(strlen(e.text), 599);
	error_context(&e, "b");
	assert_int_equal(strlen(e.text), 598);
	assert_memory_equal(e.text, "b: aé", 6);
	buf_release(&long_text);
}

/* ---- mem --------------------------------------------------------------------------------------------------------- */

static void test_grow_doubles(void **state)
{
	int *numbers = NULL;
	size_t cap = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		grow(&numbers, &cap, i + 1, sizeof *numbers);
		assert_true(cap > i);
		numbers[i] = (int)i;
	}
	assert_int_equal(numbers[999], 999);
	assert_int_equal(cap, 1024);
	free(numbers);
}

static void test_strings_are_copied(void **state)
{
	char *a = xstrdup("abc"), *b = xstrdup(NULL), *c = xstrndup("abc", 2), *d = xstrndup("ab", 9);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "");
	assert_string_equal(c, "ab");
	assert_string_equal(d, "ab");
	free(a);
	free(b);
	free(c);
	free(d);
}

/* A child runs `act`; its exit status, and what it said on stderr in `said`. */
static int in_child(void (*act)(void), struct buf *said)
{
	int pipe_ends[2], status = -1;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(pipe_ends), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(pipe_ends[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	close(pipe_ends[1]);
	while ((n = read(pipe_ends[0], buf_room(said, 512), 512)) > 0)
		buf_grown(said, (size_t)n);
	close(pipe_ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for_too_much(void)
{
	free(xcalloc(SIZE_MAX / 2, 4));
}

static void test_out_of_memory_ends_with_70(void **state)
{
	struct buf said = BUF_INIT;

	(void)state;
	assert_int_equal(in_child(ask_for_too_much, &said), 70);
	assert_memory_equal(said.data, "out of memory", 13);
	buf_release(&said);
}

/* ---- buf --------------------------------------------------------------------------------------------------------- */

static void test_buf_grows_and_forgets(void **state)
{
	struct buf b = BUF_INIT, zeroed = { 0 };
	char *s;

	(void)state;
	assert_string_equal(b.data, "");
	buf_adds(&b, "abc");
	buf_addc(&b, 'd');
	buf_add(&b, "e\0f", 3);
	buf_addf(&b, "%03d", 7);
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.data, "abcde\0f007", 11);
	buf_drop_front(&b, 7);
	assert_string_equal(b.data, "007");
	buf_drop_front(&b, 99);
	assert_string_equal(b.data, "");
	memcpy(buf_room(&b, 3), "xyz", 3);
	buf_grown(&b, 3);
	assert_string_equal(b.data, "xyz");
	s = buf_detach(&b);
	assert_string_equal(s, "xyz");
	free(s);
	assert_string_equal(b.data, "");
	s = buf_detach(&b);
	assert_string_equal(s, "");
	free(s);
	buf_reset(&b);
	buf_drop_front(&b, 1);
	buf_release(&b);
	buf_release(&zeroed);
	buf_release(NULL);
	assert_string_equal(zeroed.data, "");
	assert_string_equal(buf_empty, "");
}

static void test_buf_refuses_past_its_bound(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_adds(&b, "abcde");
	assert_false(b.over);
	buf_addc(&b, 'f');
	assert_true(b.over);
	assert_string_equal(b.data, "abcde");
	buf_drop_front(&b, 3);
	buf_addc(&b, 'f');
	buf_addf(&b, "%d", 1);
	assert_string_equal(b.data, "de");
	buf_reset(&b);
	assert_false(b.over);
	buf_addf(&b, "%s", "123456");
	assert_true(b.over);
	assert_string_equal(b.data, "");
	buf_reset(&b);
	memcpy(buf_room(&b, 8), "12345678", 8);
	buf_grown(&b, 8);
	assert_true(b.over);
	assert_string_equal(b.data, "");
	buf_release(&b);
	assert_int_equal(b.max, 5);
}

/* ---- clock ------------------------------------------------------------------------------------------------------- */

static void test_times_are_written(void **state)
{
	char when[25], day[9];

	(void)state;
	time_rfc3339(INT64_C(1088106127123), when);
	assert_string_equal(when, "2004-06-24T19:42:07.123Z");
	time_rfc3339(-1, when);
	assert_string_equal(when, "1969-12-31T23:59:59.999Z");
	time_rfc3339(INT64_MAX, when);
	assert_string_equal(when, "9999-12-31T23:59:59.999Z");
	time_rfc3339(INT64_MIN, when);
	assert_string_equal(when, "0001-01-01T00:00:00.000Z");
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1); /* Paris, without a zone database */
	tzset();
	time_of_day(INT64_C(1088106127123), day);
	assert_string_equal(day, "21:42:07");
}

static void test_times_are_read(void **state)
{
	static const struct {
		const char *s;
		int64_t ms;
	} rows[] = {
		{ "2004-06-24T19:42:07.123Z", 1088106127123 },
		{ "2004-06-24T21:42:07.123+02:00", 1088106127123 },
		{ "2004-06-24T14:12:07.1239-05:30", 1088106127123 },
		{ "2004-06-24t19:42:07z", 1088106127000 },
		{ "2004-06-24 19:42:07Z", 1088106127000 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2004-02-29T00:00:00Z", 1078012800000 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
		{ "2003-02-29T00:00:00Z", -1 },
		{ "2004-06-24T19:42:07", -1 },
		{ "2004-06-24T19:42Z", -1 },
		{ "2004-06-24T24:00:00Z", -1 },
		{ "2004-13-24T19:42:07Z", -1 },
		{ "2004-06-24T19:42:07.Z", -1 },
		{ "2004-06-24T19:42:07Z ", -1 },
		{ "2004-06-24T19:42:07+0200", -1 },
		{ "04-06-24T19:42:07Z", -1 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "", -1 },
	};

	(void)state;
	assert_int_equal(time_parse(NULL), -1);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (time_parse(rows[i].s) != rows[i].ms)
			fail_msg("\"%s\" is read as %lld", rows[i].s, (long long)time_parse(rows[i].s));
}

static void test_clocks_go_forward(void **state)
{
	const struct clock *c = clock_system();
	const int64_t mono = clock_mono(c);

	(void)state;
	assert_true(clock_now(c) > INT64_C(1600000000000));
	assert_true(clock_mono(c) >= mono);
}

/* ---- id ---------------------------------------------------------------------------------------------------------- */

/* Bytes that count up: ctx is the next one. */
static void fill_counting(void *ctx, void *bytes, size_t n)
{
	uint8_t *next = ctx, *to = bytes;

	for (size_t i = 0; i < n; i++)
		to[i] = (*next)++;
}

static void test_uuids(void **state)
{
	uint8_t next = 0xF0;
	const struct randomness r = { .fill = fill_counting, .ctx = &next };
	char id[ID_MAX], later[ID_MAX];

	(void)state;
	id_uuid7(id, INT64_C(0x0123456789AB), &r);
	assert_string_equal(id, "01234567-89ab-70f1-b2f3-f4f5f6f7f8f9");
	assert_true(id_is_uuid(id));
	id_uuid7(id, 1088106127123, randomness_system());
	id_uuid7(later, 1088106127124, randomness_system());
	assert_true(id_is_uuid(id) && strcmp(id, later) < 0);
	assert_false(id_is_uuid("01234567-89AB-70f1-b2f3-f4f5f6f7f8f9"));
	assert_false(id_is_uuid("01234567-89ab-70f1-b2f3-f4f5f6f7f8f"));
	assert_false(id_is_uuid("01234567-89ab-70f1-b2f3-f4f5f6f7f8f99"));
	assert_false(id_is_uuid("01234567089ab070f10b2f30f4f5f6f7f8f9"));
	assert_false(id_is_uuid(""));
	assert_false(id_is_uuid(NULL));
}

static void test_slugs(void **state)
{
	(void)state;
	assert_true(id_is_slug("paris-7"));
	assert_true(id_is_slug("7"));
	assert_true(id_is_slug("abcdefghijklmnopqrstuvwxyz012345"));
	assert_false(id_is_slug("abcdefghijklmnopqrstuvwxyz0123456"));
	assert_false(id_is_slug("-a"));
	assert_false(id_is_slug("Paris"));
	assert_false(id_is_slug("a b"));
	assert_false(id_is_slug("é"));
	assert_false(id_is_slug(""));
	assert_false(id_is_slug(NULL));
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = { "", "0", "01", "-1", "+1", "1 ", "1a", "9007199254740993",
		"99999999999999999999" };
	char id[ID_MAX];
	int64_t n = 0;

	(void)state;
	assert_true(id_number("9007199254740992", &n));
	assert_int_equal(n, INT64_C(9007199254740992));
	id_from_number(id, n);
	assert_string_equal(id, "9007199254740992");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(id_number(wrong[i], &n));
	assert_false(id_number(NULL, &n));
	id_from_number(id, 1);
	assert_string_equal(id, "1");
	id_from_number(id, INT64_MIN);
	assert_string_equal(id, "-9223372036854775808");
}

static void test_tokens(void **state)
{
	uint8_t next = 0;
	const struct randomness r = { .fill = fill_counting, .ctx = &next };
	char a[33], b[33], hash[33];

	(void)state;
	id_token(a, &r); /* the bits of 00 01 02 … 13, five at a time */
	assert_string_equal(a, "222i62s62n52g42b3a7is5ag3wa346im");
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "23456789abcdefghijkmnpqrstuvwxyz"), 32);
	id_token(a, randomness_system());
	id_token(b, randomness_system());
	assert_string_not_equal(a, b);
	id_token_hash(hash, "abc"); /* as in test_map.c */
	assert_string_equal(hash, "cf4ab791c62b8d2b2109c90275287816");
	assert_true(id_same_secret(a, a));
	assert_false(id_same_secret(a, b));
	assert_false(id_same_secret(a, ""));
	assert_true(id_same_secret("", ""));
	assert_false(id_same_secret(NULL, NULL));
}

/* ---- file -------------------------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/regie-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "file", "lock", "a/b/c", "a/b", "a", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_join(folder, names[i]);

		remove(path);
		free(path);
	}
	return access(folder, F_OK) == 0 ? -1 : 0; /* nothing else was left behind */
}

static void test_paths_are_joined(void **state)
{
	static const char *const rows[][3] = {
		{ "a", "b", "a/b" },
		{ "a/", "b", "a/b" },
		{ "/", "b", "/b" },
		{ "", "b", "b" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *path = path_join(rows[i][0], rows[i][1]);

		assert_string_equal(path, rows[i][2]);
		free(path);
	}
}

static void test_files_are_replaced_and_read(void **state)
{
	char *path = path_join(folder, "file");
	struct buf in = BUF_INIT;
	struct error e = { 0 };
	struct stat st;

	(void)state;
	assert_false(file_exists(path));
	assert_false(file_read(path, 10, &in, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_true(file_replace(path, "un\0deux", 7, 0600, &e));
	assert_true(file_exists(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(file_read(path, 7, &in, &e));
	assert_int_equal(in.len, 7);
	assert_memory_equal(in.data, "un\0deux", 8);
	assert_false(file_read(path, 6, &in, &e));
	assert_int_equal(e.code, ERR_TOO_BIG);
	assert_int_equal(in.len, 0);
	assert_true(file_replace(path, NULL, 0, 0640, &e));
	assert_true(file_read(path, 0, &in, &e));
	assert_int_equal(in.len, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	buf_release(&in);
	free(path);
}

static void test_long_files_are_read(void **state)
{
	char *path = path_join(folder, "file");
	struct buf made = BUF_INIT, in = BUF_INIT;

	(void)state;
	for (int i = 0; i < 50000; i++)
		buf_addf(&made, "%06d", i);
	assert_true(file_replace(path, made.data, made.len, 0600, NULL));
	assert_true(file_read(path, SIZE_MAX, &in, NULL));
	assert_int_equal(in.len, made.len);
	assert_memory_equal(in.data, made.data, made.len);
	assert_true(file_read(path, made.len, &in, NULL));
	assert_false(file_read(path, made.len - 1, &in, NULL));
	buf_release(&made);
	buf_release(&in);
	free(path);
}

static void test_failures_name_the_file(void **state)
{
	struct buf in = BUF_INIT;
	struct error e = { 0 };
	int fd;

	(void)state;
	assert_false(file_replace("/nowhere/at/all", "x", 1, 0600, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.text, "cannot make a file beside \"/nowhere/at/all\": No such file or directory");
	assert_false(file_read(folder, 10, &in, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_false(file_lock("/nowhere/lock", &fd, &e));
	assert_int_equal(fd, -1);
	assert_false(file_replace(folder, "x", 1, 0600, &e)); /* a folder is not replaced, and no temp file stays */
	assert_false(file_make_dirs("/dev/null/x", 0700, &e));
	buf_release(&in);
}

static void test_folders_are_made(void **state)
{
	char *path = path_join(folder, "a//b/c/"), *file = path_join(folder, "file");
	struct error e = { 0 };
	struct stat st;

	(void)state;
	assert_true(file_make_dirs(path, 0700, &e));
	assert_true(file_make_dirs(path, 0700, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
	assert_true(file_replace(file, "", 0, 0600, &e));
	assert_false(file_make_dirs(file, 0700, &e));
	assert_non_null(strstr(e.text, "is not a folder"));
	free(path);
	free(file);
}

static void test_one_holds_the_lock(void **state)
{
	char *path = path_join(folder, "lock");
	struct error e = { 0 };
	int first, second;

	(void)state;
	assert_true(file_lock(path, &first, &e));
	assert_false(file_lock(path, &second, &e));
	assert_int_equal(e.code, ERR_BUSY);
	assert_int_equal(second, -1);
	file_unlock(&first);
	assert_int_equal(first, -1);
	assert_true(file_lock(path, &second, &e));
	file_unlock(&second);
	file_unlock(&second);
	free(path);
}

/* ---- log --------------------------------------------------------------------------------------------------------- */

static void say_things(void)
{
	log_line(LOG_INFO, "room \"%s\" é", "paris");
	log_line(LOG_DEBUG, "not said");
	log_set_level(LOG_ERROR);
	log_line(LOG_WARNING, "not said");
	log_line(LOG_ERROR, "two\nlines \x1B[31m");
}

static void test_log_lines(void **state)
{
	struct buf said = BUF_INIT;
	const char *second;
	char when[25] = "";

	(void)state;
	assert_int_equal(in_child(say_things, &said), 0);
	second = strchr(said.data, '\n');
	assert_non_null(second);
	memcpy(when, said.data, 24);
	assert_true(time_parse(when) > 0);
	assert_memory_equal(said.data + 24, " info room \"paris\" é\n", 22);
	assert_string_equal(second + 1 + 24, " error two\\nlines \\x1B[31m\n");
	buf_release(&said);
}

/* ---- cli --------------------------------------------------------------------------------------------------------- */

static const struct cli_option table[] = {
	{ .name = "data", .value = "DIR", .env = "REGIE_TEST_DATA", .help = "the event's folder" },
	{ .name = "room", .value = "NAME", .help = "a room", .many = true },
	{ .name = "quiet", .help = "say less" },
	{ .name = NULL },
};

static int count_words(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static void test_cli_parses(void **state)
{
	char *argv[] = { "regie", "show", "--data", "d", "--room=a", "themes", "--quiet", "--room", "b=c", "-", "--",
		"--x", NULL };
	struct error e = { 0 };
	struct cli c;

	(void)state;
	unsetenv("REGIE_TEST_DATA");
	assert_true(cli_parse(&c, table, count_words(argv), argv, &e));
	assert_int_equal(c.n_words, 4);
	assert_string_equal(c.words[0], "show");
	assert_string_equal(c.words[1], "themes");
	assert_string_equal(c.words[2], "-");
	assert_string_equal(c.words[3], "--x");
	assert_string_equal(cli_get(&c, "data"), "d");
	assert_int_equal(cli_count(&c, "room"), 2);
	assert_string_equal(cli_nth(&c, "room", 0), "a");
	assert_string_equal(cli_get(&c, "room"), "b=c");
	assert_null(cli_nth(&c, "room", 2));
	assert_true(cli_has(&c, "quiet"));
	assert_false(c.help || c.version);
	cli_release(&c);
}

static void test_cli_asks_the_environment(void **state)
{
	char *none[] = { "regie", "--help", "--version", NULL }, *given[] = { "regie", "--data", "d", NULL };
	struct cli c;

	(void)state;
	setenv("REGIE_TEST_DATA", "from-env", 1);
	assert_true(cli_parse(&c, table, count_words(none), none, NULL));
	assert_true(c.help && c.version);
	assert_string_equal(cli_get(&c, "data"), "from-env");
	assert_int_equal(cli_count(&c, "data"), 1);
	assert_string_equal(cli_nth(&c, "data", 0), "from-env");
	assert_null(cli_get(&c, "room"));
	assert_false(cli_has(&c, "quiet"));
	cli_release(&c);
	assert_true(cli_parse(&c, table, count_words(given), given, NULL));
	assert_string_equal(cli_get(&c, "data"), "d");
	cli_release(&c);
	setenv("REGIE_TEST_DATA", "", 1);
	assert_true(cli_parse(&c, table, 1, none, NULL));
	assert_false(cli_has(&c, "data"));
	cli_release(&c);
}

static void test_cli_refuses_with_a_sentence(void **state)
{
	static const struct {
		const char *words[4];
		const char *text;
	} rows[] = {
		{ { "--nope" }, "unknown option \"--nope\": --help lists them" },
		{ { "--dat" }, "unknown option \"--dat\": --help lists them" },
		{ { "-q" }, "unknown option \"-q\": options are long, --help lists them" },
		{ { "word", "--data" }, "option \"--data\" needs a value: --data DIR" },
		{ { "--data", "--quiet" }, "option \"--data\" needs a value: --data DIR" },
		{ { "--quiet=yes" }, "option \"--quiet\" takes no value" },
		{ { "--data=a", "--data=b" }, "option \"--data\" is given twice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *argv[6] = { "regie" };
		struct error e = { 0 };
		struct cli c;

		for (size_t k = 0; k < 4 && rows[i].words[k]; k++)
			argv[k + 1] = (char *)(uintptr_t)rows[i].words[k];
		assert_false(cli_parse(&c, table, count_words(argv), argv, &e));
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.text, rows[i].text);
		cli_release(&c);
	}
}

static void test_cli_bounds_what_is_repeated(void **state)
{
	char *argv[CLI_VALUES_MAX + 3] = { "regie" };
	struct error e = { 0 };
	struct cli c;

	(void)state;
	for (int i = 1; i <= CLI_VALUES_MAX + 1; i++)
		argv[i] = "--room=a";
	assert_true(cli_parse(&c, table, CLI_VALUES_MAX + 1, argv, &e));
	assert_int_equal(cli_count(&c, "room"), CLI_VALUES_MAX);
	cli_release(&c);
	assert_false(cli_parse(&c, table, CLI_VALUES_MAX + 2, argv, &e));
	assert_string_equal(e.text, "option \"--room\" is given more than 16 times");
}

static void print_help(void)
{
	dup2(STDERR_FILENO, STDOUT_FILENO);
	cli_print_help("regie show [options]", "Shows what there is.", table);
	fflush(stdout);
}

static void test_cli_prints_help(void **state)
{
	struct buf said = BUF_INIT;

	(void)state;
	assert_int_equal(in_child(print_help, &said), 0);
	assert_string_equal(said.data,
		"usage: regie show [options]\n"
		"\n"
		"Shows what there is.\n"
		"\n"
		"options:\n"
		"  --data DIR   the event's folder (or $REGIE_TEST_DATA)\n"
		"  --room NAME  a room (may be repeated)\n"
		"  --quiet      say less\n"
		"  --help       print this and stop\n"
		"  --version    print the version and stop\n");
	buf_release(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_says_one_sentence),
		cmocka_unit_test(test_error_takes_errno_along),
		cmocka_unit_test(test_error_ends_between_characters),
		cmocka_unit_test(test_grow_doubles),
		cmocka_unit_test(test_strings_are_copied),
		cmocka_unit_test(test_out_of_memory_ends_with_70),
		cmocka_unit_test(test_buf_grows_and_forgets),
		cmocka_unit_test(test_buf_refuses_past_its_bound),
		cmocka_unit_test(test_times_are_written),
		cmocka_unit_test(test_times_are_read),
		cmocka_unit_test(test_clocks_go_forward),
		cmocka_unit_test(test_uuids),
		cmocka_unit_test(test_slugs),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_paths_are_joined),
		cmocka_unit_test(test_files_are_replaced_and_read),
		cmocka_unit_test(test_long_files_are_read),
		cmocka_unit_test(test_failures_name_the_file),
		cmocka_unit_test(test_folders_are_made),
		cmocka_unit_test(test_one_holds_the_lock),
		cmocka_unit_test(test_log_lines),
		cmocka_unit_test(test_cli_parses),
		cmocka_unit_test(test_cli_asks_the_environment),
		cmocka_unit_test(test_cli_refuses_with_a_sentence),
		cmocka_unit_test(test_cli_bounds_what_is_repeated),
		cmocka_unit_test(test_cli_prints_help),
	};

	return cmocka_run_group_tests_name("base", tests, make_folder, remove_folder);
}
