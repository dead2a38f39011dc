/* config.c: reads regie.conf line by line; a mistake costs its line and no more. */
#include "ui/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"

enum { PROBLEMS_MAX = 20, WORDS_MAX = 10, WORD_SIZE = 300 };

#define SETTING_ROW(member, kind, word, low, high, preset, use) \
	{ .name = word, .value = preset, .help = N_(use), .type = SETTING_##kind, .least = low, .most = high },
const struct setting_row settings[] = { UI_SETTINGS(SETTING_ROW) };
const size_t settings_n = COUNT_OF(settings);
#define SETTING_PLACE(member, kind, word, low, high, preset, use) offsetof(struct config, member),
static const size_t places[] = { UI_SETTINGS(SETTING_PLACE) };

/* What words a setting may have, where not any. */
static const struct allowed {
	const char *name, *words[6];
} allowed[] = {
	{ "order", { "people", "rise", "age", "arrival", "never" } },
	{ "bell", { "none", "sound", "flash", "both" } },
	{ "ascii", { "on", "off", "auto" } },
};

/* Read by the commands, with the same words as their options. */
static const char *const connection[] = { "backend", "token-file", "ca", "pin", "data" };

static const char *const colours[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };
static const struct attribute {
	const char *name;
	unsigned look;
} attributes[] = {
	{ "bold", LOOK_BOLD },
	{ "dim", LOOK_DIM },
	{ "reverse", LOOK_REVERSE },
	{ "underline", LOOK_UNDERLINE },
};

/* ---- settings ---- */

static bool whole_number(const char *s, int *out)
{
	char *end;
	const long n = strtol(s, &end, 10);

	if (!*s || *end || strchr(" \t+", *s) || n < INT16_MIN || n > INT16_MAX)
		return false;
	*out = (int)n;
	return true;
}

static bool truth(const char *s, int *out)
{
	static const char *const words[][2] = { { "off", "on" }, { "no", "yes" }, { "false", "true" }, { "0", "1" } };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (int k = 0; k < 2; k++)
			if (strcmp(words[i][k], s) == 0) {
				*out = k;
				return true;
			}
	return false;
}

static bool allowed_word(const struct setting_row *row, const char *value, struct error *e)
{
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < COUNT_OF(allowed); i++) {
		if (strcmp(allowed[i].name, row->name) != 0)
			continue;
		for (size_t k = 0; k < COUNT_OF(allowed[i].words) && allowed[i].words[k]; k++) {
			if (strcmp(allowed[i].words[k], value) == 0) {
				buf_release(&list);
				return true;
			}
			buf_addf(&list, "%s%s", k > 0 ? ", " : "", allowed[i].words[k]);
		}
		error_set(e, ERR_FORMAT, _("\"%s\" is one of %s, not \"%.60s\""), row->name, list.data, value);
		buf_release(&list);
		return false;
	}
	return true;
}

static bool set_one(struct config *c, size_t i, const char *value, struct error *e)
{
	const struct setting_row *row = &settings[i];
	char *member = (char *)c + places[i];
	int n;

	switch (row->type) {
	case SETTING_NUMBER:
		if (!whole_number(value, &n) || n < row->least || n > row->most)
			return error_set(e, ERR_FORMAT, _("\"%s\" is a number from %d to %d, not \"%.60s\""), row->name, row->least,
				row->most, value);
		memcpy(member, &n, sizeof n);
		return true;
	case SETTING_BOOL:
		if (!truth(value, &n))
			return error_set(e, ERR_FORMAT, _("\"%s\" is on or off, not \"%.60s\""), row->name, value);
		memcpy(member, &n, sizeof n);
		return true;
	case SETTING_WORD:
		break;
	}
	if (strlen(value) >= sizeof c->order)
		return error_set(e, ERR_TOO_BIG, _("\"%s\" is longer than %d bytes"), row->name, (int)sizeof c->order - 1);
	if (!allowed_word(row, value, e))
		return false;
	memcpy(member, value, strlen(value) + 1);
	if (member == c->ascii)
		intl_ascii(value);
	return true;
}

bool config_set(struct config *c, const char *name, const char *value, struct error *e)
{
	for (size_t i = 0; i < settings_n; i++)
		if (strcmp(settings[i].name, name) == 0)
			return set_one(c, i, value, e);
	return error_set(e, ERR_FORMAT, _("there is no setting \"%.60s\"; `:help set` lists them"), name);
}

/* ---- lines ---- */

struct words {
	char word[WORDS_MAX][WORD_SIZE];
	int n;
};

/* The next word of *s, quotes taken off. False: none. */
static bool next_word(const char **s, char out[WORD_SIZE], bool *bad)
{
	const char *p = *s + strspn(*s, " \t");
	size_t n = 0;

	if (!*p)
		return false;
	if (*p == '"' && p[1]) {
		for (p++; *p && *p != '"'; p++) {
			if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
				p++;
			if (n < WORD_SIZE - 1)
				out[n++] = *p;
		}
		*bad = *bad || *p != '"';
		p += *p == '"';
	} else {
		for (; *p && *p != ' ' && *p != '\t'; p++)
			if (n < WORD_SIZE - 1)
				out[n++] = *p;
	}
	out[n] = '\0';
	*s = p;
	return true;
}

static bool split(const char *s, struct words *w, struct error *e)
{
	bool bad = false;

	w->n = 0;
	while (s[strspn(s, " \t")]) {
		if (w->n == WORDS_MAX)
			return error_set(e, ERR_FORMAT, _("too many words"));
		next_word(&s, w->word[w->n++], &bad);
	}
	return !bad || error_set(e, ERR_FORMAT, _("a \" is not closed"));
}

static bool read_bind(struct config *c, const char *s, bool shipped, struct error *e)
{
	char context[WORD_SIZE], keys[WORD_SIZE], action[WORD_SIZE];
	bool bad = false;

	if (!next_word(&s, context, &bad) || !next_word(&s, keys, &bad))
		return error_set(e, ERR_FORMAT, _("say `bind CONTEXT KEY ACTION`"));
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n == 0)
		return error_set(e, ERR_FORMAT, bad ? _("a \" is not closed") : _("say `bind CONTEXT KEY ACTION`"));
	if (*s == '"' && n > 1)
		next_word(&s, action, &bad);
	else if (n >= sizeof action)
		return error_set(e, ERR_TOO_BIG, _("an action has at most %d bytes"), WORD_SIZE - 1);
	else {
		memcpy(action, s, n);
		action[n] = '\0';
	}
	if (bad)
		return error_set(e, ERR_FORMAT, _("a \" is not closed"));
	if (shipped)
		keymap_context(c->keys, context);
	return keymap_bind(c->keys, context, keys, action, e);
}

static bool colour_of(const char *s, int *out)
{
	for (size_t i = 0; i < COUNT_OF(colours); i++) {
		if (strcmp(colours[i], s) == 0) {
			*out = (int)i;
			return true;
		}
		if (strncmp(s, "bright-", 7) == 0 && strcmp(colours[i], s + 7) == 0) {
			*out = (int)i + 8;
			return true;
		}
	}
	if (strcmp(s, "default") == 0) {
		*out = -1;
		return true;
	}
	return whole_number(s, out) && *out >= 0 && *out <= 255;
}

static bool attribute_of(const char *s, unsigned *look)
{
	for (size_t i = 0; i < COUNT_OF(attributes); i++)
		if (strcmp(attributes[i].name, s) == 0) {
			*look |= attributes[i].look;
			return true;
		}
	return false;
}

static bool read_look(struct config *c, const char *s, bool mono, struct error *e)
{
	struct words w;
	struct look look = { .fg = -1, .bg = -1 };
	int seen = 0, role = -1;

	if (!split(s, &w, e))
		return false;
	for (int i = 0; i < UI_ROLE_COUNT && w.n > 0; i++)
		if (strcmp(ui_roles[i].name, w.word[0]) == 0)
			role = i;
	if (role < 0)
		return error_set(e, ERR_FORMAT, _("there is no role \"%.60s\" to colour"), w.n > 0 ? w.word[0] : "");
	for (int i = 1; i < w.n; i++) {
		int colour;

		if (attribute_of(w.word[i], &look.look))
			continue;
		if (mono || seen == 2 || !colour_of(w.word[i], &colour))
			return error_set(e, ERR_FORMAT,
				mono ? _("\"%.60s\" is none of bold, dim, reverse, underline")
				     : _("\"%.60s\" is no colour (a name, 0 to 255 or default) and none of bold, dim, reverse, underline"),
				w.word[i]);
		*(seen++ == 0 ? &look.fg : &look.bg) = colour;
	}
	*(mono ? &c->mono[role] : &c->colour[role]) = look;
	return true;
}

static bool read_set(struct config *c, const char *s, struct error *e)
{
	struct words w;

	if (!split(s, &w, e))
		return false;
	if (w.n != 2)
		return error_set(e, ERR_FORMAT, _("say `set NAME VALUE`"));
	return config_set(c, w.word[0], w.word[1], e);
}

static bool read_line(struct config *c, const char *line, bool shipped, struct error *e)
{
	const char *s = line + strspn(line, " \t");
	char verb[WORD_SIZE];
	bool bad = false;

	if (!*s || *s == '#')
		return true;
	if (!text_is_utf8(s, strlen(s)))
		return error_set(e, ERR_FORMAT, _("this is not UTF-8"));
	const size_t name = strcspn(s, " \t=");
	if (s[name + strspn(s + name, " \t")] == '=' && name > 0) {
		for (size_t i = 0; i < COUNT_OF(connection); i++)
			if (strlen(connection[i]) == name && strncmp(connection[i], s, name) == 0)
				return true;
		return error_set(e, ERR_FORMAT, _("nothing is called \"%.*s\" here; settings of the screen are written `set NAME VALUE`"),
			(int)(name < 60 ? name : 60), s);
	}
	next_word(&s, verb, &bad);
	if (strcmp(verb, "bind") == 0)
		return read_bind(c, s, shipped, e);
	if (strcmp(verb, "color") == 0 || strcmp(verb, "colour") == 0)
		return read_look(c, s, false, e);
	if (strcmp(verb, "mono") == 0)
		return read_look(c, s, true, e);
	if (strcmp(verb, "set") == 0)
		return read_set(c, s, e);
	return error_set(e, ERR_FORMAT, _("a line begins with bind, color, mono or set, not with \"%.60s\""), verb);
}

static void read_all(struct config *c, const char *text, const char *name, bool shipped)
{
	struct buf problems = BUF_INIT, line = BUF_INIT;
	int mistakes = 0;

	buf_adds(&problems, c->problems ? c->problems : "");
	for (int number = 1; *text; number++) {
		struct error e = { .code = ERR_NONE };
		size_t n = strcspn(text, "\n");

		buf_reset(&line);
		buf_add(&line, text, n > 0 && text[n - 1] == '\r' ? n - 1 : n);
		text += n + (text[n] == '\n');
		if (read_line(c, line.data, shipped, &e) || (shipped && e.code == ERR_NOT_FOUND) || ++mistakes > PROBLEMS_MAX)
			continue;
		buf_addf(&problems, "%s:%d: ", name, number);
		text_log(e.text, strlen(e.text), &problems);
		buf_addc(&problems, '\n');
	}
	if (mistakes > PROBLEMS_MAX) {
		buf_addf(&problems, "%s: ", name);
		buf_addf(&problems, P_("%d more mistake", "%d more mistakes", mistakes - PROBLEMS_MAX), mistakes - PROBLEMS_MAX);
		buf_addc(&problems, '\n');
	}
	free(c->problems);
	c->problems = buf_detach(&problems);
	if (!c->problems)
		c->problems = xstrdup("");
	buf_release(&line);
}

void config_read(struct config *c, const char *text, const char *name)
{
	read_all(c, text, name, false);
}

void config_init(struct config *c)
{
	*c = (struct config){ .keys = keymap_new() };
	for (int i = 0; i < UI_ROLE_COUNT; i++) {
		c->colour[i] = ui_roles[i].colour;
		c->mono[i] = ui_roles[i].mono;
	}
	for (size_t i = 0; i < settings_n; i++)
		set_one(c, i, settings[i].value, NULL);
	read_all(c, config_shipped, "regie.conf", true);
}

void config_release(struct config *c)
{
	keymap_free(c->keys);
	free(c->problems);
	*c = (struct config){ .keys = NULL };
}
