#include "src/cmd/prepared_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "src/base/text.h"

enum { FILE_BYTES = 4 << 20, NAME_POINTS = 40 };

static bool is_header(const char *line)
{
	static const char *const firsts[] = { "key\t", "theme\t", "name\t", "clé\t", "thème\t", "nom\t" };
	for (size_t i = 0; i < COUNT_OF(firsts); i++)
		if (!strncasecmp(line, firsts[i], strlen(firsts[i])))
			return true;
	return false;
}

/* The field at p without spaces at its ends; *next: the one behind the TAB, NULL: none. */
static char *cut_field(char *p, char **next)
{
	char *tab = strchr(p, '\t');
	*next = tab ? tab + 1 : NULL;
	if (tab)
		*tab = '\0';
	p += strspn(p, " ");
	for (size_t n = strlen(p); n && p[n - 1] == ' ';)
		p[--n] = '\0';
	return p;
}

static bool check_field(const char *what, const char *text, size_t most, struct error *e)
{
	struct buf clean = BUF_INIT;
	bool changed, seen = text_clean(text, strlen(text), most, &clean, &changed, NULL);
	buf_release(&clean);
	if (!seen && text_points(text) > most)
		return error_set(e, ERR_FORMAT, "its %s has more than %zu characters; make it shorter", what, most);
	return seen || error_set(e, ERR_FORMAT, "its %s is empty; write one", what);
}

/* Examples in place: the TABs between them become line ends. */
static const char *join_examples(char *p)
{
	for (char *c = p; *c; c++)
		if (*c == '\t')
			*c = '\n';
	return p[strspn(p, " \n")] ? p : NULL;
}

static bool read_line(struct prepared_file *f, char *line, size_t number, struct error *e)
{
	struct prepared_theme t = { .line = number };
	char *title, *words, *examples = NULL;
	char *name = cut_field(line, &title);
	if (!title || !strchr(title, '\t'))
		return error_set(e, ERR_FORMAT,
			"it has %s field%s; write the key, the title and the key words, with a TAB between each",
			title ? "two" : "one", title ? "s" : "");
	t.title = cut_field(title, &words);
	t.words = cut_field(words, &examples);
	t.name = name;
	t.examples = examples ? join_examples(examples) : NULL;
	if (!check_field("key", t.name, NAME_POINTS, e) || !check_field("title", t.title, TEXT_MESSAGE_MAX, e) ||
		!check_field("list of key words", t.words, TEXT_MESSAGE_MAX, e) ||
		(t.examples && !check_field("list of questions", t.examples, TEXT_MESSAGE_MAX, e)))
		return false;
	grow(&f->v, &f->cap, f->n + 1, sizeof *f->v);
	f->v[f->n++] = t;
	return true;
}

static bool check_names(const struct prepared_file *f, const char *path, struct error *e)
{
	struct strmap names = { 0 };
	bool good = true;
	for (size_t i = 0; good && i < f->n; i++) {
		const struct prepared_theme *before = strmap_get(&names, f->v[i].name);
		if (before)
			good = error_set(e, ERR_FORMAT,
				"\"%s\", line %zu: the key \"%.60s\" is that of line %zu too; give one of them another",
				path, f->v[i].line, f->v[i].name, before->line);
		strmap_put(&names, f->v[i].name, &f->v[i]);
	}
	strmap_release(&names);
	return good;
}

static bool read_lines(struct prepared_file *f, const char *path, struct error *e)
{
	size_t number = 0;
	char *p = f->text.data + (strncmp(f->text.data, "\xEF\xBB\xBF", 3) ? 0 : 3);
	for (char *next; *p; p = next) {
		size_t n = strcspn(p, "\n");
		next = p[n] ? p + n + 1 : p + n;
		p[n] = '\0';
		p[strcspn(p, "\r")] = '\0';
		number++;
		if (!text_is_utf8(p, strlen(p)))
			return error_set(e, ERR_FORMAT, "\"%s\", line %zu: it is not UTF-8; save the file as UTF-8", path,
				number);
		if (p[strspn(p, " \t")] && *p != '#' && !(number == 1 && is_header(p)) && !read_line(f, p, number, e))
			return error_context(e, "\"%s\", line %zu", path, number);
	}
	return true;
}

bool prepared_read(struct prepared_file *f, const char *path, struct error *e)
{
	*f = (struct prepared_file){ .text = BUF_INIT };
	if (!file_read(path, FILE_BYTES, &f->text, e))
		return false;
	if (memchr(f->text.data, '\0', f->text.len))
		return error_set(e, ERR_FORMAT, "\"%s\" is no text file; save it as UTF-8 text with TABs between", path);
	return read_lines(f, path, e) && check_names(f, path, e);
}

void prepared_release(struct prepared_file *f)
{
	free(f->v);
	buf_release(&f->text);
	*f = (struct prepared_file){ .text = BUF_INIT };
}
