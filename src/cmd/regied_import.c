/* regied_import.c: regied import: questions left in advance, from a file, in bites that do not hold the writer up. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/store.h"
#include "net/server/control.h"
#include "net/server/sms_fields.h"
#include "src/base/clock.h"
#include "src/base/mem.h"
#include "src/base/phone.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regied_admin.h"
#include "src/wire/wire.h"

enum { LINES_A_BITE = 2000, LINE_MAX_BYTES = 64 * 1024, COLUMNS = 64, COMPLAINTS = 50 };

enum { C_ID, C_TEXT, C_NAME, C_CHANNEL, C_FROM, C_ROOM, C_AT, FIELDS };
static const char *const names[FIELDS] = { "id", "text", "name", "channel", "from", "room", "at" };

enum got { GOT_END, GOT_NOTHING /* an empty line */, GOT_ROW, GOT_BAD /* a sentence says why */ };

/* One question out of the file. */
struct row {
	struct buf v[FIELDS];
};

static void row_reset(struct row *r)
{
	for (size_t i = 0; i < FIELDS; i++)
		buf_reset(&r->v[i]);
}

static bool row_json(struct row *r, const char *line, size_t len, struct error *e)
{
	struct json *j = json_parse(line, len, e);
	if (!j)
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		int64_t n;
		const char *v = json_text(j, names[i]);
		if (v)
			buf_adds(&r->v[i], v);
		else if (json_int(j, names[i], &n))
			buf_addf(&r->v[i], "%lld", (long long)n);
	}
	bool object = json_is_object(j);
	json_free(j);
	return object || error_set(e, ERR_FORMAT, "each line is a JSON object");
}

/* ---- CSV (RFC 4180) ---------------------------------------------------------------------------------------------- */

struct csv {
	int column[COLUMNS];
	size_t n;
	char separator;
};

/* One field from the file; *end tells what stopped it: the separator, '\n', or EOF. */
static bool csv_field(FILE *f, char separator, struct buf *out, int *end)
{
	int c = getc(f);
	bool quoted = c == '"';
	if (quoted)
		c = getc(f);
	for (; c != EOF; c = getc(f)) {
		if (quoted && c == '"') {
			c = getc(f);
			if (c != '"') {
				quoted = false;
				if (c == EOF)
					break;
			}
		}
		if (!quoted && (c == separator || c == '\n'))
			break;
		if (!quoted && c == '\r')
			continue;
		if (out->len < LINE_MAX_BYTES)
			buf_addc(out, (char)c);
	}
	*end = c;
	return !quoted;
}

static bool csv_header(FILE *f, struct csv *csv, struct buf *told, struct error *e)
{
	struct buf name = BUF_INIT;
	int end = ',';
	long at = ftell(f);
	csv_field(f, '\n', &name, &end);
	csv->separator = strchr(name.data, ';') && !strchr(name.data, ',') ? ';' : strchr(name.data, '\t') ? '\t' : ',';
	fseek(f, at, SEEK_SET);
	bool text = false;
	for (end = csv->separator; end == csv->separator && csv->n < COLUMNS;) {
		buf_reset(&name);
		csv_field(f, csv->separator, &name, &end);
		int which = -1;
		const char *s = name.data + (strncmp(name.data, "\xEF\xBB\xBF", 3) ? 0 : 3);
		for (int i = 0; i < FIELDS; i++)
			if (!strcasecmp(s, names[i]))
				which = i;
		text = text || which == C_TEXT;
		if (which < 0 && *s && told)
			buf_addf(told,
				"regied import: the column \"%.40s\" is not known and is passed over; known are id, "
				"text, name, channel, from, room, at\n",
				s);
		csv->column[csv->n++] = which;
	}
	buf_release(&name);
	return text ||
		error_set(e, ERR_FORMAT,
			"the first line of a CSV names its columns: id, text, name, channel, from, room, at; \"text\" "
			"is missing");
}

static enum got row_csv(FILE *f, const struct csv *csv, struct row *r, struct error *e)
{
	struct buf other = BUF_INIT;
	int end = csv->separator;
	size_t n = 0, bytes = 0;
	bool closed = true;
	for (; end == csv->separator; n++) {
		struct buf *field = n < csv->n && csv->column[n] >= 0 ? &r->v[csv->column[n]] : &other;
		buf_reset(&other);
		closed = csv_field(f, csv->separator, field, &end) && closed;
		bytes += field->len;
	}
	buf_release(&other);
	if (!bytes && n == 1)
		return end == EOF ? GOT_END : GOT_NOTHING;
	if (!closed)
		return error_set(e, ERR_FORMAT, "a quote (\") that begins there is not closed before the file ends"),
		       GOT_BAD;
	if (n != csv->n)
		return error_set(e, ERR_FORMAT,
			       "it has %zu fields, the first line names %zu; put a text with a \"%c\" in quotes", n,
			       csv->n, csv->separator),
		       GOT_BAD;
	return GOT_ROW;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

struct file {
	FILE *f;
	bool json;
	struct csv csv;
	char *text; /* getline's */
	size_t cap;
};

static bool file_open(struct file *in, const char *path, struct buf *told, struct error *e)
{
	*in = (struct file){ .f = fopen(path, "re") };
	if (!in->f)
		return error_errno(e, ERR_IO, "\"%s\" cannot be read", path);
	int first = getc(in->f);
	while (first == ' ' || first == '\n' || first == '\r')
		first = getc(in->f);
	in->json = first == '{';
	rewind(in->f);
	return in->json || csv_header(in->f, &in->csv, told, e);
}

static void file_close(struct file *in)
{
	if (in->f)
		fclose(in->f);
	free(in->text);
}

static enum got file_next(struct file *in, struct row *r, struct error *e)
{
	row_reset(r);
	if (!in->json)
		return row_csv(in->f, &in->csv, r, e);
	ssize_t len = getline(&in->text, &in->cap, in->f);
	if (len <= 0)
		return GOT_END;
	if (strspn(in->text, " \r\n") == (size_t)len)
		return GOT_NOTHING;
	if (len > LINE_MAX_BYTES)
		return error_set(e, ERR_TOO_BIG, "it is over %d bytes", LINE_MAX_BYTES), GOT_BAD;
	return row_json(r, in->text, (size_t)len, e) ? GOT_ROW : GOT_BAD;
}

/* ---- what makes a row the same as before ------------------------------------------------------------------------- */

/* A row with an id is known by it. Without one, by its name and words and by how many like it stood before it in the
 * file: two people who wrote the same are two, and the same file again brings nothing new. The counts live from bite to
 * bite of one file; a bite that goes on elsewhere counts the rows before it again. */
static struct {
	char *path;
	long upto; /* bytes of the file that were counted */
	struct map128 counts;
} likes;

static uint32_t like_number(const struct row *r)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s:%s", r->v[C_NAME].data, r->v[C_TEXT].data);
	struct key128 k = key128_of(b.data, b.len);
	buf_release(&b);
	uint32_t n = map128_get(&likes.counts, k) + 1;
	map128_put(&likes.counts, k, n);
	return n;
}

static void likes_begin(struct file *in, const char *path, long at, struct row *r)
{
	struct error ignore = { 0 };
	if (likes.path && !strcmp(likes.path, path) && likes.upto == at && at)
		return;
	map128_release(&likes.counts);
	likes.counts = (struct map128){ 0 };
	free(likes.path);
	likes.path = xstrdup(path);
	long start = ftell(in->f);
	while (at && ftell(in->f) < at) {
		enum got got = file_next(in, r, &ignore);
		if (got == GOT_END)
			break;
		if (got == GOT_ROW && !r->v[C_ID].len)
			like_number(r);
	}
	fseek(in->f, start, SEEK_SET);
}

/* ---- one bite ---------------------------------------------------------------------------------------------------- */

struct tally {
	long taken, before, refused;
};

static struct key128 pseudonym(struct store *s, const char *space, const char *who)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s:%s", space, who);
	struct key128 k = store_pseudonym(s, b.data);
	buf_release(&b);
	return k;
}

static struct key128 source_of(struct store *s, const struct row *r)
{
	struct buf b = BUF_INIT;
	if (r->v[C_ID].len)
		buf_addf(&b, "import:%s", r->v[C_ID].data);
	else
		buf_addf(&b, "import:%u:%s:%s", like_number(r), r->v[C_NAME].data, r->v[C_TEXT].data);
	struct key128 k = pseudonym(s, "source", b.data);
	buf_release(&b);
	return k;
}

/* What spreadsheets of the West write when they do not write UTF-8. */
static void to_utf8(struct row *r)
{
	for (size_t i = 0; i < FIELDS; i++) {
		struct buf utf8 = BUF_INIT;
		if (text_is_utf8(r->v[i].data, r->v[i].len))
			continue;
		sms_decode(SMS_LATIN1, r->v[i].data, r->v[i].len, &utf8);
		buf_reset(&r->v[i]);
		buf_add(&r->v[i], utf8.data, utf8.len);
		buf_release(&utf8);
	}
}

/* The columns beside the text are what they should be; `at` becomes UTC milliseconds. */
static bool check_row(struct store *s, const struct row *r, int64_t *at, struct error *e)
{
	const char *channel = r->v[C_CHANNEL].data, *room = r->v[C_ROOM].data, *when = r->v[C_AT].data;
	if (*channel && strcmp(channel, "web") != 0 && strcmp(channel, "sms") != 0)
		return error_set(e, ERR_FORMAT, "its channel \"%.20s\" is neither web nor sms", channel);
	if (*room && !world_get(store_world(s), K_ROOM, room))
		return error_set(e, ERR_FORMAT, "there is no room \"%.32s\"", id_is_slug(room) ? room : "?");
	*at = !*when ? 0 : strspn(when, "0123456789") == strlen(when) ? strtoll(when, NULL, 10) : time_parse(when);
	if (*at < 0 || (*when && *at < INT64_C(86400000) * 365))
		return error_set(e, ERR_FORMAT,
			"its time \"%.40s\" is neither like 2004-06-24T20:45:00Z nor milliseconds since 1970", when);
	return true;
}

static bool take_row(struct store *s, struct row *r, struct tally *t, struct error *e)
{
	to_utf8(r);
	int64_t at = 0;
	struct buf text = BUF_INIT, name = BUF_INIT;
	struct receipt receipt = { 0 };
	bool changed = false, sms = !strcmp(r->v[C_CHANNEL].data, "sms");
	struct arrival a = { .channel = sms ? CH_SMS : CH_WEB,
		.gateway = "",
		.gateway_id = "",
		.advance = true,
		.source = source_of(s, r),
		.room = r->v[C_ROOM].data };
	bool good = check_row(s, r, &at, e) &&
		(r->v[C_TEXT].len <= TEXT_RAW_MAX ||
			error_set(e, ERR_TOO_BIG, "a question is at most %d characters", TEXT_MESSAGE_MAX));
	good = good && text_clean(r->v[C_TEXT].data, r->v[C_TEXT].len, TEXT_MESSAGE_MAX, &text, &changed, e);
	text_clean_line(r->v[C_NAME].data, r->v[C_NAME].len, TEXT_NAME_MAX, &name);
	a.at = at;
	a.text = text.data;
	a.name = name.data;
	a.raw = changed ? r->v[C_TEXT].data : NULL;
	a.raw_len = a.raw ? r->v[C_TEXT].len : 0;
	char number[PHONE_MAX];
	if (r->v[C_FROM].len && sms && phone_normalise(r->v[C_FROM].data, number))
		a.person = pseudonym(s, "sms", number); /* the same person as by the gateway */
	else if (r->v[C_FROM].len)
		a.person = pseudonym(s, "web", r->v[C_FROM].data);
	good = good && store_append(s, &a, &receipt, e);
	t->taken += good && receipt.taken == TAKEN;
	t->before += good && receipt.taken == TAKEN_BEFORE;
	t->refused += !good;
	buf_release(&text);
	buf_release(&name);
	return good;
}

/* From byte `at`; prints "NEXT LINE TAKEN BEFORE REFUSED" for the next call; NEXT -1: the file is at its end. */
static int bite(
	struct store *s, struct file *in, const char *path, long at, long line, struct buf *out, struct buf *err)
{
	struct tally t = { 0, 0, 0 };
	struct row r;
	enum got got = GOT_NOTHING;
	for (size_t i = 0; i < FIELDS; i++)
		buf_init(&r.v[i], LINE_MAX_BYTES);
	likes_begin(in, path, at, &r);
	if (at)
		fseek(in->f, at, SEEK_SET);
	for (int n = 0; n < LINES_A_BITE && got != GOT_END; n++, line++) {
		struct error e = { 0 };
		got = file_next(in, &r, &e);
		t.refused += got == GOT_BAD;
		if (got == GOT_ROW)
			take_row(s, &r, &t, &e);
		if (e.code && err->len < 4000)
			buf_addf(err, "regied import: line %ld was not taken: %s\n", line + !in->json, e.text);
	}
	likes.upto = ftell(in->f);
	buf_addf(out, "%ld %ld %ld %ld %ld\n", got != GOT_END ? likes.upto : -1, line, t.taken, t.before, t.refused);
	for (size_t i = 0; i < FIELDS; i++)
		buf_release(&r.v[i]);
	return EXIT_DONE;
}

static int import_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	const char *from = cli_get(c, "from-byte"), *line = cli_get(c, "from-line");
	if (c->n_words != 1) {
		error_set(&e, ERR_USAGE, "name one file, CSV or JSONL");
		return admin_fail(err, "import", &e);
	}
	struct file in;
	int code = file_open(&in, c->words[0], from && strcmp(from, "0") != 0 ? NULL : err, &e)
		? bite(s, &in, c->words[0], from ? strtol(from, NULL, 10) : 0, line ? strtol(line, NULL, 10) : 1, out,
			  err)
		: admin_fail(err, "import", &e);
	file_close(&in);
	return code;
}

static const struct cli_option options[] = {
	{ "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ "from-byte", "N", NULL, "go on from there (used between the command and a serving backend)", false },
	{ "from-line", "N", NULL, "which line that is", false },
	{ NULL, NULL, NULL, NULL, false },
};
const struct admin admin_import = { "import", "regied import --data DIR FILE",
	"Takes in questions left in advance: CSV with a header line, or JSONL; columns id, text, name, channel, from, "
	"room, at. "
	"What was taken before is not taken again.",
	options, import_run };

/* Bite after bite, through the backend that serves the directory or on the directory itself. */
static int import_file(const char *dir, char *file, struct tally *sum)
{
	struct error e = { 0 };
	struct store *own = NULL;
	long at = 0, line = 1;
	int code = EXIT_DONE, shown = 0;
	while (at >= 0 && !code) {
		char from[40], from_line[40];
		snprintf(from, sizeof from, "--from-byte=%ld", at);
		snprintf(from_line, sizeof from_line, "--from-line=%ld", line);
		char *words[] = { "import", file, from, from_line };
		struct buf out = BUF_INIT, err = BUF_INIT;
		struct tally t;
		if (own) {
			code = admin_batch(own, 4, words, &out, &err);
		} else if (!control_ask(dir, 4, words, &code, &out, &err, &e)) {
			own = e.code == ERR_NOT_FOUND ? store_open(&(struct store_options){ .dir = dir }, &e) : NULL;
			if (!own)
				code = admin_fail(&err, "import", &e);
		}
		for (char *p = err.data; *p && shown < COMPLAINTS; shown++, p += strcspn(p, "\n"), p += *p == '\n')
			fprintf(stderr, "%.*s\n", (int)strcspn(p, "\n"), p);
		if (!code && sscanf(out.data, "%ld %ld %ld %ld %ld", &at, &line, &t.taken, &t.before, &t.refused) == 5)
			*sum = (struct tally){ sum->taken + t.taken, sum->before + t.before, sum->refused + t.refused };
		buf_release(&out);
		buf_release(&err);
	}
	store_close(own);
	return code;
}

int cmd_import(int argc, char **argv)
{
	struct cli c = { 0 };
	int code;
	if (!command_options(&c, admin_import.usage, admin_import.about, options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data");
	char *file = c.n_words == 1 ? realpath(c.words[0], NULL) : NULL;
	struct error e = { 0 };
	struct tally sum = { 0, 0, 0 };
	if (c.n_words == 1 && !file)
		error_errno(&e, ERR_IO, "\"%s\" cannot be read", c.words[0]);
	else if (!dir || !file)
		error_set(&e, ERR_USAGE, "give --data DIR and one file");
	if (e.code) {
		code = command_fail("regied", "import", &e);
	} else {
		code = import_file(dir, file, &sum);
		if (!code)
			printf("%ld taken, %ld taken before, %ld not taken\n", sum.taken, sum.before, sum.refused);
		code = code ? code : sum.refused ? EXIT_REFUSED : EXIT_DONE;
	}
	free(file);
	cli_release(&c);
	return code;
}
