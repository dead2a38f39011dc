/* key.c: names of keys. */
#include "ui/key.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "ui/intl.h"

static const struct name {
	const char *name;
	uint32_t code;
} names[] = { /* the first of a code is the one that is shown */
	{ N_("Space"), ' ' }, { N_("Enter"), UK_ENTER }, { N_("Tab"), UK_TAB }, { N_("BackTab"), UK_BACKTAB },
	{ N_("Esc"), UK_ESC }, { N_("Up"), UK_UP }, { N_("Down"), UK_DOWN }, { N_("Left"), UK_LEFT },
	{ N_("Right"), UK_RIGHT }, { N_("Home"), UK_HOME }, { N_("End"), UK_END }, { N_("PageUp"), UK_PAGE_UP },
	{ N_("PageDown"), UK_PAGE_DOWN }, { N_("Insert"), UK_INSERT }, { N_("Delete"), UK_DELETE }, { N_("Backspace"), UK_BACKSPACE },
	{ N_("Resize"), UK_RESIZE }, { N_("Paste"), UK_PASTE },
};
static const struct name others[] = { /* understood, not shown */
	{ "Less", '<' }, { "Greater", '>' }, { "Hash", '#' }, { "Escape", UK_ESC }, { "Return", UK_ENTER },
	{ "PgUp", UK_PAGE_UP }, { "PgDn", UK_PAGE_DOWN }, { "Ins", UK_INSERT }, { "Del", UK_DELETE },
};

static uint32_t named(const struct name *rows, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, s) == 0)
			return rows[i].code;
	return KEY_NONE;
}

static uint32_t function_key(const char *s)
{
	char *end;

	if (s[0] != 'F' || s[1] < '1' || s[1] > '9')
		return KEY_NONE;
	const unsigned long n = strtoul(s + 1, &end, 10);
	return *end == '\0' && n <= 20 ? (uint32_t)UK_F1 + (uint32_t)n - 1 : KEY_NONE;
}

/* What a terminal cannot tell apart is one key. */
static void settle(struct key *k)
{
	if (!(k->mods & KEY_CTRL))
		return;
	if (k->code >= 'A' && k->code <= 'Z')
		k->code += 'a' - 'A';
	const uint32_t same = k->code == 'i' ? UK_TAB
	                      : k->code == 'm' || k->code == 'j' ? UK_ENTER
	                      : k->code == '[' ? UK_ESC
	                      : k->code == 'h' ? UK_BACKSPACE
	                                       : KEY_NONE;
	if (same) {
		k->code = same;
		k->mods &= (uint8_t)~KEY_CTRL;
	}
}

bool key_parse(const char *name, struct key *out)
{
	struct key k = { .code = KEY_NONE };
	bool bad = false;

	for (;;) {
		if (name[0] == '^' && name[1])
			k.mods |= KEY_CTRL, name++;
		else if (name[0] == 'M' && name[1] == '-' && name[2])
			k.mods |= KEY_ALT, name += 2;
		else if (name[0] == 'S' && name[1] == '-' && name[2])
			k.mods |= KEY_SHIFT, name += 2;
		else
			break;
	}
	const size_t n = strlen(name);
	if (n == 0 || n > 32)
		return false;
	uint32_t point;
	if (utf8_next(name, n, &point, &bad) == n && !bad && !utf8_is_hidden(point))
		k.code = point;
	if (!k.code)
		k.code = named(names, COUNT_OF(names), name);
	if (!k.code)
		k.code = named(others, COUNT_OF(others), name);
	if (!k.code)
		k.code = function_key(name);
	if (!k.code || ((k.mods & KEY_SHIFT) && k.code < KEY_SPECIAL))
		return false;
	settle(&k);
	*out = k;
	return true;
}

static void spell(const struct key *k, const char *(*said)(const char *name), struct buf *out)
{
	if (k->mods & KEY_ALT)
		buf_adds(out, "M-");
	if (k->mods & KEY_SHIFT)
		buf_adds(out, "S-");
	if (k->mods & KEY_CTRL)
		buf_addc(out, '^');
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].code == k->code) {
			buf_adds(out, said(names[i].name));
			return;
		}
	if (k->code >= UK_F1 && k->code <= UK_F20)
		buf_addf(out, "F%u", k->code - (uint32_t)UK_F1 + 1);
	else if (k->code < KEY_SPECIAL && (k->mods & KEY_CTRL) && k->code >= 'a' && k->code <= 'z')
		buf_addc(out, (char)(k->code - 'a' + 'A'));
	else if (k->code > 0 && k->code < KEY_SPECIAL)
		utf8_add(out, k->code);
	else
		buf_addc(out, '?');
}

static const char *as_written(const char *name)
{
	return name;
}

void key_spell(const struct key *k, struct buf *out)
{
	spell(k, as_written, out);
}

void key_show(const struct key *k, struct buf *out)
{
	spell(k, intl_text, out);
}

bool key_same(const struct key *a, const struct key *b)
{
	return a->code == b->code && a->mods == b->mods;
}

bool key_is_text(const struct key *k)
{
	return k->code >= ' ' && k->code != 0x7F && k->code < KEY_SPECIAL && !(k->mods & (KEY_CTRL | KEY_ALT)) &&
	       (!utf8_is_hidden(k->code) || k->code == ' ');
}
