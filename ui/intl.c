/* intl.c: catalogues read by ourselves, because gettext speaks English under LANG=C whatever one asks of it. */
#include "ui/intl.h"

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/phrase.h"

bool ui_ascii;
static bool ascii_auto = true, terminal_ascii;

void intl_ascii(const char *wish)
{
	ascii_auto = strcmp(wish, "auto") == 0;
	ui_ascii = ascii_auto ? terminal_ascii : strcmp(wish, "on") == 0;
}

void intl_terminal(bool utf8)
{
	terminal_ascii = !utf8;
	if (ascii_auto)
		ui_ascii = terminal_ascii;
}

/* A .mo file (GNU gettext manual, "The Format of GNU MO Files"): its strings are sorted by what they translate. Words of
 * this machine's order only: the build makes them here. */
enum { MO_MAGIC = (int)0x950412de, MO_HEAD = 20, MO_MAX = 4 << 20 };
static struct {
	struct buf file;
	uint32_t n, from, to; /* tables of {length, offset} */
} mo;
static bool french;
static struct { /* the entries of the context "said" */
	struct phrase *v;
	size_t n, cap;
} said;

static uint32_t word(size_t at)
{
	uint32_t w;

	memcpy(&w, mo.file.data + at, sizeof w);
	return w;
}

/* A string of a table, NULL when the file lies. */
static const char *string(uint32_t table, uint32_t i, uint32_t *len)
{
	const size_t at = (size_t)table + (size_t)i * 8;
	const uint32_t n = word(at), off = word(at + 4);

	if (off >= mo.file.len || n >= mo.file.len - off || mo.file.data[off + n] != '\0')
		return NULL;
	*len = n;
	return mo.file.data + off;
}

static bool sound(void)
{
	uint32_t len;

	if (mo.file.len < MO_HEAD || word(0) != (uint32_t)MO_MAGIC)
		return false;
	mo.n = word(8);
	mo.from = word(12);
	mo.to = word(16);
	if (mo.n > mo.file.len / 16 || mo.from > mo.file.len - (size_t)mo.n * 8 || mo.to > mo.file.len - (size_t)mo.n * 8)
		return false;
	for (uint32_t i = 0; i < mo.n; i++)
		if (!string(mo.from, i, &len) || !string(mo.to, i, &len))
			return false;
	return true;
}

static void load(const char *dir, const char *lang)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s/LC_MESSAGES/regie.mo", dir, lang);
	buf_reset(&mo.file);
	if (!file_read(path.data, MO_MAX, &mo.file, NULL) || !sound())
		mo.n = 0;
	buf_release(&path);
}

static void gather_said(void)
{
	static const char context[] = "said\004";
	uint32_t len;

	said.n = 0;
	for (uint32_t i = 0; i < mo.n; i++) {
		const char *from = string(mo.from, i, &len), *to = string(mo.to, i, &len);

		if (strncmp(from, context, sizeof context - 1) != 0 || !*to)
			continue;
		grow(&said.v, &said.cap, said.n + 1, sizeof *said.v);
		said.v[said.n++] = (struct phrase){ from + sizeof context - 1, to };
	}
}

/* As gettext looks for it; in LANGUAGE the first of the list that we have. */
static const char *wished(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *list = getenv("LANGUAGE");

	for (; list && *list; list += strcspn(list, ":"), list += *list == ':')
		if (strncmp(list, "fr", 2) == 0 || strncmp(list, "en", 2) == 0)
			return *list == 'f' ? "fr" : "en";
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *v = getenv(variables[i]);

		if (v && *v)
			return strncmp(v, "fr", 2) == 0 ? "fr" : "en";
	}
	return "en";
}

const char *intl_open(const char *lang, const char *localedir)
{
	setlocale(LC_CTYPE, ""); /* numbers stay as C writes them: files and the wire are read by machines */
	if (!mo.file.data)
		buf_init(&mo.file, 0);
	lang = strncmp(lang ? lang : wished(), "fr", 2) == 0 ? "fr" : "en";
	french = *lang == 'f';
	mo.n = 0;
	if (french && localedir)
		load(localedir, lang);
	if (french && mo.n == 0)
		load(REGIE_LOCALE, lang);
	gather_said();
	return lang;
}

bool intl_french(void)
{
	return french;
}

/* The translation of `id`, NULL when there is none; `len` its bytes, plural forms after a NUL each. */
static const char *look(const char *id, uint32_t *len)
{
	uint32_t low = 0, high = mo.n, n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int c = strcmp(id, string(mo.from, middle, &n));

		if (c == 0) {
			const char *to = string(mo.to, middle, len);
			return *to ? to : NULL;
		}
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *intl_text(const char *s)
{
	uint32_t len;
	const char *to = mo.n && *s ? look(s, &len) : NULL;

	return to ? to : s;
}

char *intl_said(const char *english)
{
	struct buf b = BUF_INIT;

	phrase_say(said.v, said.n, english ? english : "", &b);
	return buf_detach(&b);
}

const char *intl_context(const char *context_and_s, const char *s)
{
	uint32_t len;
	const char *to = mo.n ? look(context_and_s, &len) : NULL;

	return to ? to : s;
}

const char *intl_plural(const char *one, const char *many, unsigned long n)
{
	uint32_t len;
	const char *to = mo.n ? look(one, &len) : NULL;

	if (!to)
		return n == 1 ? one : many;
	const size_t first = strlen(to);
	if (n < 2) /* in French nothing is one: « 0 question » */
		return to;
	return first < len ? to + first + 1 : intl_text(many); /* words that a table keeps apart are two entries */
}

/* Each one column wide, also in ASCII, so that nothing moves; the key Enter alone is a word there. */
static const char *const signs[SIGN_COUNT][2] = {
	[SIGN_RULE] = { "─", "-" },       [SIGN_BAR] = { "│", "|" },         [SIGN_TEE_DOWN] = { "┬", "+" },
	[SIGN_TEE_UP] = { "┴", "+" },     [SIGN_CROSS] = { "┼", "+" },       [SIGN_TEE_LEFT] = { "┤", "+" },
	[SIGN_TEE_RIGHT] = { "├", "+" },  [SIGN_AIR] = { "●", "*" },         [SIGN_NEXT] = { "→", ">" },
	[SIGN_RESERVE] = { "·", "." },    [SIGN_MORE] = { "…", "~" },        [SIGN_DASH] = { "–", "-" },
	[SIGN_ENTER] = { "⏎", "Enter" },  [SIGN_OPEN_QUOTE] = { "«", "\"" }, [SIGN_CLOSE_QUOTE] = { "»", "\"" },
	[SIGN_ARROW] = { "→", ">" },      [SIGN_LESS] = { "−", "-" },        [SIGN_CHECK] = { "✓", "v" },
	[SIGN_CARET] = { "▌", "_" },
};

const char *ui_sign(enum sign s)
{
	return signs[s][ui_ascii];
}

const char *ui_bar(int level)
{
	static const char *const bars[2][9] = {
		{ " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
		{ " ", "_", ".", ",", "-", "=", "+", "*", "#" },
	};

	return bars[ui_ascii][level < 0 ? 0 : level > 8 ? 8 : level];
}
