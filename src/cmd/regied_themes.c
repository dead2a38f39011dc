/* regied_themes.c: regied themes: groups a file, so that quality and speed can be measured on any set. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/prepared_file.h"
#include "src/themes/engine.h"
#include "src/wire/wire.h"

enum { FIELDS = 64, SAMPLES = 3, SHOWN = 60, KEY_WORDS = 6 };

static const struct cli_option options[] = {
	{ "lang", "fr|en", NULL, "the language, or another that Snowball knows (de, es…); fr when not given", false },
	{ "prepared", "FILE", NULL, "prepared themes: lines of key, title, key words (commas), questions, TABs between",
		false },
	{ "format", "text|jsonl|csv", NULL, "text when not given: themes with their samples; else a line a message",
		false },
	{ NULL, NULL, NULL, NULL, false },
};

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* JSON lines when the first thing is "{"; a table (RFC 4180) when the first line names a column "text"; else a text a line. */
enum shape { SHAPE_LINES, SHAPE_JSON, SHAPE_TABLE };
struct source {
	FILE *f;
	enum shape shape;
	char separator;
	int id_column, text_column;
	long line;
	char *bytes; /* getline's */
	size_t cap;
	struct buf id, text;
};

static int field(FILE *f, char separator, struct buf *out)
{
	int c = getc(f);
	bool quoted = c == '"';
	buf_reset(out);
	if (quoted)
		c = getc(f);
	for (; c != EOF; c = getc(f)) {
		if (quoted && c == '"') {
			c = getc(f);
			if (c != '"')
				quoted = false;
			if (c == EOF)
				break;
		}
		if (!quoted && (c == separator || c == '\n'))
			break;
		if (quoted || c != '\r')
			buf_addc(out, (char)c);
	}
	return c;
}

static void read_header(struct source *s, const char *line)
{
	s->separator = strchr(line, '\t') ? '\t' : strchr(line, ';') && !strchr(line, ',') ? ';' : ',';
	s->id_column = s->text_column = -1;
	rewind(s->f);
	struct buf name = BUF_INIT;
	int end = s->separator;
	for (int i = 0; end == s->separator && i < FIELDS; i++) {
		end = field(s->f, s->separator, &name);
		const char *n = name.data + (strncmp(name.data, "\xEF\xBB\xBF", 3) ? 0 : 3);
		if (!strcasecmp(n, "text"))
			s->text_column = i;
		if (!strcasecmp(n, "id"))
			s->id_column = i;
	}
	buf_release(&name);
	s->shape = s->text_column >= 0 ? SHAPE_TABLE : SHAPE_LINES;
}

static bool source_open(struct source *s, const char *path, struct error *e)
{
	*s = (struct source){ .f = fopen(path, "re"), .id = BUF_INIT, .text = BUF_INIT };
	if (!s->f)
		return error_errno(e, ERR_IO, "\"%s\" cannot be read", path);
	ssize_t len = getline(&s->bytes, &s->cap, s->f);
	if (len > 0 && s->bytes[strspn(s->bytes, " \t\r")] == '{')
		s->shape = SHAPE_JSON;
	else if (len > 0)
		read_header(s, s->bytes);
	if (s->shape != SHAPE_TABLE)
		rewind(s->f);
	else
		s->line = 1;
	return true;
}

static void source_close(struct source *s)
{
	if (s->f)
		fclose(s->f);
	free(s->bytes);
	buf_release(&s->id);
	buf_release(&s->text);
}

static bool next_json(struct source *s, size_t len, struct error *e)
{
	struct json *j = json_parse(s->bytes, len, e);
	int64_t number;
	const char *text = j ? json_text(j, "text") : NULL, *id = j ? json_text(j, "id") : NULL;
	if (text)
		buf_adds(&s->text, text);
	if (id)
		buf_adds(&s->id, id);
	else if (j && json_int(j, "id", &number))
		buf_addf(&s->id, "%lld", (long long)number);
	bool good = text || (j && error_set(e, ERR_FORMAT, "it has no \"text\""));
	json_free(j);
	return good || error_context(e, "line %ld", s->line);
}

static bool next_row(struct source *s)
{
	struct buf other = BUF_INIT;
	int end = s->separator;
	for (int i = 0; end == s->separator; i++)
		end = field(s->f, s->separator, i == s->text_column ? &s->text : i == s->id_column ? &s->id : &other);
	bool there = end != EOF || s->text.len || other.len;
	buf_release(&other);
	return there;
}

/* False at the end, and on a mistake (then e->code is set). */
static bool source_next(struct source *s, struct error *e)
{
	buf_reset(&s->id);
	buf_reset(&s->text);
	s->line++;
	if (s->shape == SHAPE_TABLE) {
		if (!next_row(s))
			return false;
	} else {
		ssize_t len;
		do
			len = getline(&s->bytes, &s->cap, s->f);
		while (s->shape == SHAPE_JSON && len > 0 && strspn(s->bytes, " \t\r\n") == (size_t)len && s->line++);
		if (len <= 0)
			return false;
		while (len > 0 && (s->bytes[len - 1] == '\n' || s->bytes[len - 1] == '\r'))
			s->bytes[--len] = '\0';
		if (s->shape == SHAPE_JSON && !next_json(s, (size_t)len, e))
			return false;
		if (s->shape == SHAPE_LINES)
			buf_add(&s->text, s->bytes, (size_t)len);
	}
	if (s->id.len == 0)
		buf_addf(&s->id, "%ld", s->shape == SHAPE_TABLE ? s->line - 1 : s->line);
	return true;
}

/* ---- prepared themes --------------------------------------------------------------------------------------------- */

struct names {
	char **v; /* by theme; NULL: found */
	size_t n, cap;
};

static void name_theme(struct names *names, uint32_t theme, const char *key)
{
	grow(&names->v, &names->cap, (size_t)theme + 1, sizeof *names->v);
	for (; names->n <= theme; names->n++)
		names->v[names->n] = NULL;
	names->v[theme] = xstrdup(key);
}

static bool prepare(struct engine *g, struct names *names, const char *path, struct error *e)
{
	struct prepared_file f;
	bool good = prepared_read(&f, path, e);
	for (size_t i = 0; good && i < f.n; i++) {
		uint32_t theme = engine_reserve(g);
		name_theme(names, theme, f.v[i].name);
		engine_prepare(g, theme, f.v[i].title, f.v[i].words, f.v[i].examples);
	}
	prepared_release(&f);
	return good;
}

/* ---- grouping ---------------------------------------------------------------------------------------------------- */

struct grouped {
	char *id, *text;
	uint32_t cluster, arrival; /* arrival 0: in no theme */
};
struct groups {
	struct grouped *v;
	size_t n, cap;
	struct names names;
	bool texts; /* they are shown, too */
};

static void group_one(struct engine *g, struct groups *all, const struct source *s, struct buf *clean)
{
	bool changed;
	struct grouped m = { .id = xstrdup(s->id.data) };
	if (text_clean(s->text.data, s->text.len, TEXT_MESSAGE_MAX, clean, &changed, NULL)) {
		struct placing p = engine_place(g, clean->data, 0);
		struct merging merging;
		m.cluster = p.cluster;
		m.arrival = p.asks_nothing ? 0 : engine_theme(g, p.cluster);
		if (engine_step(g, &merging))
			engine_merge(g, merging.theme, merging.into, BY_ENGINE);
		if (all->texts)
			m.text = xstrdup(clean->data);
	}
	grow(&all->v, &all->cap, all->n + 1, sizeof *all->v);
	all->v[all->n++] = m;
}

static bool group(struct engine *g, struct groups *all, const char *path, struct error *e)
{
	struct source s;
	struct buf clean = BUF_INIT;
	struct error why = { .code = ERR_NONE };
	bool good = source_open(&s, path, e);
	while (good && source_next(&s, &why))
		group_one(g, all, &s, &clean);
	if (good && why.code != ERR_NONE) {
		*e = why;
		good = false;
	}
	if (good && ferror(s.f))
		good = error_errno(e, ERR_IO, "\"%s\" cannot be read", path);
	source_close(&s);
	buf_release(&clean);
	return good;
}

static void groups_release(struct groups *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].id);
		free(all->v[i].text);
	}
	free(all->v);
	for (size_t i = 0; i < all->names.n; i++)
		free(all->names.v[i]);
	free(all->names.v);
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

static const char *name_of(const struct groups *all, uint32_t theme)
{
	return theme < all->names.n ? all->names.v[theme] : NULL;
}

static uint32_t theme_now(const struct engine *g, const struct grouped *m)
{
	return m->arrival == 0 ? 0 : engine_theme(g, m->cluster);
}

static void put_number(struct buf *b, uint32_t n, const char *none)
{
	if (n)
		buf_addf(b, "%u", n);
	else
		buf_adds(b, none);
}

static void show_jsonl(struct engine *g, const struct groups *all, struct buf *b)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct grouped *m = &all->v[i];
		uint32_t theme = theme_now(g, m);
		buf_adds(b, "{\"id\":");
		json_string(b, m->id);
		buf_adds(b, ",\"arrival\":");
		put_number(b, m->arrival, "null");
		buf_adds(b, ",\"theme\":");
		put_number(b, theme, "null");
		buf_adds(b, ",\"name\":");
		if (name_of(all, theme))
			json_string(b, name_of(all, theme));
		else
			buf_adds(b, "null");
		buf_adds(b, "}\n");
	}
}

static void show_csv(struct engine *g, const struct groups *all, struct buf *b)
{
	buf_adds(b, "id,arrival,theme,name\r\n");
	for (size_t i = 0; i < all->n; i++) {
		const struct grouped *m = &all->v[i];
		uint32_t theme = theme_now(g, m);
		text_csv(m->id, b);
		buf_addc(b, ',');
		put_number(b, m->arrival, "");
		buf_addc(b, ',');
		put_number(b, theme, "");
		buf_addc(b, ',');
		text_csv(name_of(all, theme) ? name_of(all, theme) : "", b);
		buf_adds(b, "\r\n");
	}
}

struct shown {
	uint32_t theme, messages;
	size_t sample[SAMPLES]; /* the most typical ones */
	float likeness[SAMPLES];
	size_t n;
};

static int larger(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return (x->theme > y->theme) - (x->theme < y->theme);
}

static void sample(struct shown *t, size_t message, float likeness)
{
	if (t->n == SAMPLES && likeness <= t->likeness[SAMPLES - 1])
		return;
	size_t at = t->n < SAMPLES ? t->n++ : SAMPLES - 1;
	for (; at > 0 && likeness > t->likeness[at - 1]; at--) {
		t->likeness[at] = t->likeness[at - 1];
		t->sample[at] = t->sample[at - 1];
	}
	t->likeness[at] = likeness;
	t->sample[at] = message;
}

static struct shown *themes_of(struct engine *g, const struct groups *all, size_t *n)
{
	struct shown *v = NULL;
	size_t cap = 0, room = 0;
	uint32_t *at = NULL, last = 0;
	*n = 0;
	for (size_t i = 0; i < all->n; i++)
		last = theme_now(g, &all->v[i]) > last ? theme_now(g, &all->v[i]) : last;
	grow(&at, &room, (size_t)last + 1, sizeof *at);
	memset(at, 0, ((size_t)last + 1) * sizeof *at);
	for (size_t i = 0; i < all->n; i++) {
		uint32_t theme = theme_now(g, &all->v[i]);
		if (theme == 0)
			continue;
		if (at[theme] == 0) {
			grow(&v, &cap, *n + 1, sizeof *v);
			v[(*n)++] = (struct shown){ .theme = theme };
			at[theme] = (uint32_t)*n;
		}
		struct shown *t = &v[at[theme] - 1];
		t->messages++;
		sample(t, i, engine_likeness(g, theme, all->v[i].text));
	}
	free(at);
	if (*n > 1)
		qsort(v, *n, sizeof *v, larger);
	return v;
}

static void show_text(struct engine *g, const struct groups *all, struct buf *b)
{
	size_t n, none = 0;
	struct shown *v = themes_of(g, all, &n);
	for (size_t i = 0; i < n && i < SHOWN; i++) {
		const char *name = name_of(all, v[i].theme);
		buf_addf(b, "%u  %s%s", v[i].messages, name ? name : "", name ? ": " : "");
		engine_words(g, v[i].theme, KEY_WORDS, b);
		buf_addc(b, '\n');
		for (size_t k = 0; k < v[i].n; k++) {
			const char *text = all->v[v[i].sample[k]].text;
			buf_adds(b, "\t");
			text_log(text, strlen(text), b);
			buf_addc(b, '\n');
		}
	}
	for (size_t i = 0; i < all->n; i++)
		none += all->v[i].arrival == 0;
	buf_addf(b, "%zu messages, %zu themes%s, %zu ask nothing\n", all->n, n,
		n > SHOWN ? " (the largest are shown)" : "", none);
	free(v);
}

static const struct {
	const char *name;
	void (*show)(struct engine *g, const struct groups *all, struct buf *b);
} formats[] = {
	{ "text", show_text },
	{ "jsonl", show_jsonl },
	{ "csv", show_csv },
};

static bool themes(const char *lang, const char *prepared, size_t format, const char *path, struct error *e)
{
	struct engine *g = engine_new(lang);
	struct groups all = { .texts = format == 0 };
	struct buf out = BUF_INIT;
	bool good = (!prepared || prepare(g, &all.names, prepared, e)) && group(g, &all, path, e);
	if (good) {
		formats[format].show(g, &all, &out);
		good = (fwrite(out.data, 1, out.len, stdout) == out.len && !fflush(stdout)) ||
			error_errno(e, ERR_IO, "the themes cannot be written");
	}
	buf_release(&out);
	groups_release(&all);
	engine_free(g);
	return good;
}

int cmd_themes(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	size_t i = 0;
	if (!command_options(&c, "regied themes [--lang fr|en] [--prepared FILE] [--format text|jsonl|csv] FILE",
		    "Groups a file of messages by what they ask: JSON lines with id and text, CSV with a column text, "
		    "or a text "
		    "a line. It needs no event.",
		    options, argc, argv, &code))
		return code;
	const char *lang = cli_get(&c, "lang"), *format = cli_get(&c, "format");
	while (i < COUNT_OF(formats) && format && strcmp(formats[i].name, format) != 0)
		i++;
	bool good;
	if (c.n_words != 1)
		good = error_set(&e, ERR_USAGE, "name one file; see regied themes --help");
	else if (i == COUNT_OF(formats))
		good = error_set(&e, ERR_USAGE, "--format is text, jsonl or csv, not \"%.20s\"", format);
	else if (lang && !engine_speaks(lang))
		good = error_set(
			&e, ERR_USAGE, "the language \"%.20s\" is neither fr, en nor one that Snowball knows", lang);
	else
		good = themes(lang ? lang : "fr", cli_get(&c, "prepared"), i, c.words[0], &e);
	if (!good)
		code = command_fail("regied", "themes", &e);
	cli_release(&c);
	return code;
}
