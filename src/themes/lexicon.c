#include "src/themes/lexicon.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const struct {
	const char *name;
	bool valued;
} kinds[LEXICON_KINDS] = {
	[LEXICON_STOP] = { "stop", false },
	[LEXICON_KEEP] = { "keep", false },
	[LEXICON_WEAK] = { "weak", false },
	[LEXICON_CHATTER] = { "chatter", false },
	[LEXICON_ADVERT] = { "advert", false },
	[LEXICON_SPELL] = { "spell", true },
	[LEXICON_SYNONYM] = { "synonym", true },
	[LEXICON_NEAR] = { "near", true },
};

struct lexicon {
	struct lexicon_row *rows;
	size_t n, cap;
	uint32_t *slots; /* row number + 1, open addressing; 0: free */
	size_t n_slots;  /* a power of two, at least twice n */
	size_t bytes;    /* of the strings */
};

struct lexicon *lexicon_new(void)
{
	return xcalloc(1, sizeof(struct lexicon));
}

void lexicon_free(struct lexicon *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free((char *)l->rows[i].form);
		free((char *)l->rows[i].value);
	}
	free(l->rows);
	free(l->slots);
	free(l);
}

const char *lexicon_kind_name(enum lexicon_kind kind)
{
	return kinds[kind].name;
}

static uint64_t hash(enum lexicon_kind kind, const char *form, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)kind;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)form[i]) * 0x100000001b3u;
	return h ^ (h >> 29);
}

/* The slot of a form: its own, or the free one where it would go. */
static uint32_t *slot_of(const struct lexicon *l, enum lexicon_kind kind, const char *form, size_t n)
{
	for (size_t at = (size_t)hash(kind, form, n);; at++) {
		uint32_t *slot = &l->slots[at & (l->n_slots - 1)];
		if (!*slot)
			return slot;
		const struct lexicon_row *row = &l->rows[*slot - 1];
		if (row->kind == kind && !strncmp(row->form, form, n) && !row->form[n])
			return slot;
	}
}

const char *lexicon_get(const struct lexicon *l, enum lexicon_kind kind, const char *form, size_t n)
{
	if (!l->n_slots)
		return NULL;
	uint32_t found = *slot_of(l, kind, form, n);
	return found ? l->rows[found - 1].value : NULL;
}

const struct lexicon_row *lexicon_rows(const struct lexicon *l, size_t *n)
{
	*n = l->n;
	return l->rows;
}

size_t lexicon_memory(const struct lexicon *l)
{
	return sizeof *l + l->cap * sizeof *l->rows + l->n_slots * sizeof *l->slots + l->bytes;
}

static void rehash(struct lexicon *l)
{
	l->n_slots = l->n_slots ? 2 * l->n_slots : 1024;
	free(l->slots);
	l->slots = xcalloc(l->n_slots, sizeof *l->slots);
	for (size_t i = 0; i < l->n; i++)
		*slot_of(l, l->rows[i].kind, l->rows[i].form, strlen(l->rows[i].form)) = (uint32_t)i + 1;
}

/* Takes form and value over. The row it replaces keeps its place in the array, without value. */
static void put(struct lexicon *l, enum lexicon_kind kind, char *form, char *value)
{
	if (2 * (l->n + 1) > l->n_slots)
		rehash(l);
	uint32_t *slot = slot_of(l, kind, form, strlen(form));
	if (*slot) {
		free((char *)l->rows[*slot - 1].value);
		l->rows[*slot - 1].value = NULL;
	}
	grow(&l->rows, &l->cap, l->n + 1, sizeof *l->rows);
	l->rows[l->n++] = (struct lexicon_row){ kind, form, value };
	*slot = (uint32_t)l->n;
	l->bytes += strlen(form) + 1 + (value ? strlen(value) + 1 : 0);
}

static char *lower(const char *s, size_t n)
{
	size_t len = 0;
	uint8_t *made = u8_tolower((const uint8_t *)s, n, NULL, NULL, NULL, &len);
	char *result = made ? xstrndup((const char *)made, len) : xstrndup(s, n);
	free(made);
	return result;
}

static bool kind_of(const char *s, size_t n, enum lexicon_kind *kind)
{
	for (enum lexicon_kind k = 0; k < LEXICON_KINDS; k++)
		if (strlen(kinds[k].name) == n && !memcmp(s, kinds[k].name, n)) {
			*kind = k;
			return true;
		}
	return false;
}

static size_t trimmed(const char *s, size_t n)
{
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	return n;
}

/* One line without its end, not empty and no comment. */
static bool read_row(struct lexicon *l, const char *s, size_t n, size_t line, struct error *e)
{
	const char *tab = memchr(s, '\t', n);
	enum lexicon_kind kind = 0;
	size_t n_kind = tab ? (size_t)(tab - s) : n;
	if (!kind_of(s, n_kind, &kind))
		return error_set(e, ERR_FORMAT,
			"line %zu: \"%.*s\" is no kind of row; there are stop, keep, weak, chatter, advert, spell, synonym and near, then a TAB", line,
			(int)(n_kind > 40 ? 40 : n_kind), s);
	const char *form = tab ? tab + 1 : s + n;
	size_t left = n - (size_t)(form - s);
	const char *next = memchr(form, '\t', left);
	size_t n_form = trimmed(form, next ? (size_t)(next - form) : left);
	const char *value = next ? next + 1 : s + n;
	size_t n_value = n - (size_t)(value - s);
	if (!n_form)
		return error_set(e, ERR_FORMAT, "line %zu: a row \"%s\" wants a word after the first TAB", line, kinds[kind].name);
	if (memchr(value, '\t', n_value))
		return error_set(e, ERR_FORMAT, "line %zu: there are more than three fields", line);
	bool away = n_value == 1 && *value == '-';
	if (kinds[kind].valued && !n_value)
		return error_set(e, ERR_FORMAT, "line %zu: a row \"%s\" wants a value after the second TAB", line, kinds[kind].name);
	if (!kinds[kind].valued && n_value && !away)
		return error_set(e, ERR_FORMAT, "line %zu: a row \"%s\" takes no value but \"-\"", line, kinds[kind].name);
	if (l->n == LEXICON_ROWS_MAX)
		return error_set(e, ERR_TOO_BIG, "line %zu: a lexicon has at most %d rows", line, LEXICON_ROWS_MAX);
	put(l, kind, lower(form, n_form), away ? NULL : xstrndup(value, n_value));
	return true;
}

bool lexicon_read(struct lexicon *l, const char *text, size_t len, struct error *e)
{
	if (len > LEXICON_TEXT_MAX)
		return error_set(e, ERR_TOO_BIG, "a lexicon is at most %d bytes, not %zu", LEXICON_TEXT_MAX, len);
	size_t line = 0;
	for (const char *s = text, *end = text + len; s < end;) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((eol ? eol : end) - s);
		line++;
		if (n > LEXICON_LINE_MAX)
			return error_set(e, ERR_TOO_BIG, "line %zu: a line is at most %d bytes", line, LEXICON_LINE_MAX);
		if (!text_is_utf8(s, n))
			return error_set(e, ERR_FORMAT, "line %zu: this is not UTF-8", line);
		size_t kept = trimmed(s, n);
		if (kept && *s != '#' && !read_row(l, s, kept, line, e))
			return false;
		s = eol ? eol + 1 : end;
	}
	return true;
}
