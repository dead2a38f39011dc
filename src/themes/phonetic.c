#include "src/themes/phonetic.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The word as bytes: letters without accents but these. */
enum { E_ACUTE = 1, E_GRAVE, C_CEDILLA, O_E, I_DIAERESIS };

struct scan {
	unsigned char s[PHONETIC_MAX]; /* the letters, perhaps a mute e, then zeros */
	size_t n, i;                   /* letters that are heard; where we are */
	int flags;
	char *key;
	size_t len;
};

static unsigned char letter_of(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return (unsigned char)c;
	switch (c) {
	case 0xe0: case 0xe1: case 0xe2: case 0xe3: case 0xe4: return 'a';
	case 0xe7: return C_CEDILLA;
	case 0xe9: return E_ACUTE;
	case 0xe8: case 0xea: case 0xeb: return E_GRAVE;
	case 0xec: case 0xed: case 0xee: return 'i';
	case 0xef: return I_DIAERESIS;
	case 0xf1: return 'n';
	case 0xf2: case 0xf3: case 0xf4: case 0xf5: case 0xf6: return 'o';
	case 0xf9: case 0xfa: case 0xfb: case 0xfc: return 'u';
	case 0xff: return 'y';
	case 0x153: return O_E;
	default: return 0;
	}
}

static void read_letters(struct scan *k, const char *word, size_t n)
{
	for (size_t i = 0; i < n && k->n < PHONETIC_MAX - 6;) {
		unsigned char b = (unsigned char)word[i];
		uint32_t c = b;
		if (b >= 'a' && b <= 'z') {
			k->s[k->n++] = b;
			i++;
			continue;
		}
		size_t more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
		if (more == 1 && i + 1 < n)
			c = ((b & 0x1fu) << 6) | ((unsigned char)word[i + 1] & 0x3fu);
		i += more + 1;
		unsigned char letter = letter_of(c);
		if (letter)
			k->s[k->n++] = letter;
	}
}

enum { VOWEL = 1, FRONT = 2, MUTE_LAST = 4, BRIGHT_LAST = 8 }; /* FRONT: softens c and g */
static const unsigned char traits[256] = {
	[E_ACUTE] = VOWEL | FRONT, [E_GRAVE] = VOWEL | FRONT, [O_E] = VOWEL | FRONT, [I_DIAERESIS] = VOWEL,
	['a'] = VOWEL, ['e'] = VOWEL | FRONT, ['i'] = VOWEL | FRONT | BRIGHT_LAST, ['o'] = VOWEL, ['u'] = VOWEL,
	['y'] = VOWEL | FRONT,
	['s'] = MUTE_LAST | BRIGHT_LAST, ['t'] = MUTE_LAST | BRIGHT_LAST, ['d'] = MUTE_LAST, ['x'] = MUTE_LAST,
	['z'] = MUTE_LAST | BRIGHT_LAST, ['p'] = MUTE_LAST, ['r'] = BRIGHT_LAST,
};

static bool is_vowel(unsigned char c)
{
	return traits[c] & VOWEL;
}

static bool is_front(unsigned char c)
{
	return traits[c] & FRONT;
}

static unsigned char at(const struct scan *k, size_t ahead)
{
	return k->s[k->i + ahead];
}

static bool ends(const struct scan *k, const char *with)
{
	size_t n = strlen(with);
	return k->n >= n && !memcmp(k->s + k->n - n, with, n);
}

static void cut(struct scan *k, size_t n)
{
	k->n -= n;
	memset(k->s + k->n, 0, n);
}

/* Mute letters at the end go; an ending that sounds é becomes E_ACUTE. */
static void read_end(struct scan *k)
{
	static const struct {
		char end[6];
		size_t n;
	} bright[] = { { "aient", 5 }, { "ais", 3 }, { "ait", 3 }, { "ai", 2 }, { "er", 2 }, { "ez", 2 }, { "et", 2 }, { "ets", 3 },
		{ "ers", 3 } };
	if ((k->flags & PHONETIC_MUTE_ENT) && k->n > 4 && ends(k, "ent") && !ends(k, "aient"))
		cut(k, 2);
	bool may = traits[k->s[k->n - 1]] & BRIGHT_LAST;
	for (size_t i = 0; may && i < sizeof bright / sizeof *bright; i++)
		if (k->n > bright[i].n && k->s[k->n - bright[i].n] == (unsigned char)bright[i].end[0] &&
			!((k->flags & PHONETIC_FULL_END) && bright[i].end[0] == 'e') &&
			!memcmp(k->s + k->n - bright[i].n, bright[i].end, bright[i].n)) {
			cut(k, bright[i].n);
			k->s[k->n++] = E_ACUTE;
			return;
		}
	if (k->n == 3 && ends(k, "es")) {
		cut(k, 2);
		k->s[k->n++] = E_ACUTE;
		return;
	}
	bool full = k->flags & PHONETIC_FULL_END;
	while (!full && k->n > 2 && (traits[k->s[k->n - 1]] & MUTE_LAST))
		cut(k, 1);
	if (!full && k->n > 3 && k->s[k->n - 1] == 'g' && k->s[k->n - 2] == 'n')
		cut(k, 1);
	if (!full && k->n > 3 && k->s[k->n - 1] == 'b' && k->s[k->n - 2] == 'm')
		cut(k, 1);
	if (full && k->n > 3 && ends(k, "es"))
		cut(k, 1);
	if (k->n > 2 && k->s[k->n - 1] == 'e')
		k->n--; /* not heard, and still there to soften what is before it */
}

static void put(struct scan *k, const char *sounds, size_t taken)
{
	for (; *sounds; sounds++)
		if (k->len < PHONETIC_MAX - 1 && (!k->len || k->key[k->len - 1] != *sounds || traits[(unsigned char)*sounds] & VOWEL))
			k->key[k->len++] = *sounds;
	k->i += taken;
}

/* A vowel of `taken` letters before n or m makes a nasal: not before a vowel, nor before another n or m. */
static bool nasal(struct scan *k, size_t taken, const char *sounds)
{
	unsigned char c = at(k, taken), next = c ? at(k, taken + 1) : 0;
	if (c != 'n' && c != 'm')
		return false;
	if (is_vowel(next) || next == 'n' || next == 'm' || (next == 'h' && is_vowel(at(k, taken + 2))))
		return false;
	if (c == 'm' && next && next != 'p' && next != 'b')
		return false;
	put(k, sounds, taken + 1);
	return true;
}

/* ail, eil, euil: `taken` letters, then il or ill. */
static bool yod(struct scan *k, size_t taken, const char *sounds)
{
	if (at(k, taken) != 'i' || at(k, taken + 1) != 'l')
		return false;
	if (at(k, taken + 2) && at(k, taken + 2) != 'l')
		return false;
	put(k, sounds, taken + (at(k, taken + 2) ? 3 : 2));
	return true;
}

static void read_a(struct scan *k)
{
	unsigned char next = at(k, 1);
	if (next == 'i' && (nasal(k, 2, "1") || yod(k, 1, "aY")))
		return;
	if (next == 'i')
		put(k, "E", 2);
	else if (next == 'y')
		put(k, is_vowel(at(k, 2)) ? "EY" : at(k, 2) ? "Ei" : "aY", 2);
	else if (next == 'u')
		put(k, "o", 2);
	else if (!nasal(k, 1, "@"))
		put(k, "a", 1);
}

/* Whether an e without accent is heard as è: before two consonants that part, or before the last one. */
static bool closed(const struct scan *k)
{
	unsigned char c = at(k, 1), next = c ? at(k, 2) : 0;
	if (!c || is_vowel(c))
		return false;
	if (!next)
		return !!strchr("clrfktdspxz", c) || (k->flags & PHONETIC_FULL_END);
	if (is_vowel(next))
		return c == 'x';
	if (next == 'h' || ((next == 'r' || next == 'l') && c != next))
		return false;
	return true;
}

static void read_e(struct scan *k)
{
	unsigned char next = at(k, 1);
	bool after_i = k->i && (k->s[k->i - 1] == 'i' || k->s[k->i - 1] == E_ACUTE);
	if (next == 'a' && at(k, 2) == 'u')
		put(k, "o", 3);
	else if (next == 'u' && yod(k, 2, "2Y"))
		return;
	else if (next == 'u')
		put(k, "2", 2);
	else if (next == 'i' && (nasal(k, 2, "1") || yod(k, 1, "EY")))
		return;
	else if (next == 'i')
		put(k, "E", 2);
	else if (next == 'y')
		put(k, is_vowel(at(k, 2)) ? "EY" : "E", 2);
	else if (nasal(k, 1, after_i ? "1" : "@"))
		return;
	else if (!k->i || closed(k) || (k->flags & PHONETIC_FULL_E))
		put(k, "E", 1);
	else
		k->i++;
}

static void read_i(struct scan *k)
{
	bool after_consonant = k->i && !is_vowel(k->s[k->i - 1]);
	if (nasal(k, 1, "1"))
		return;
	if (after_consonant && at(k, 1) == 'l' && at(k, 2) == 'l')
		put(k, "iY", 3);
	else
		put(k, "i", 1);
}

static void read_o(struct scan *k)
{
	unsigned char next = at(k, 1);
	if (next == 'i' && nasal(k, 2, "w1"))
		return;
	if (next == 'i')
		put(k, "wa", 2);
	else if (next == 'y')
		put(k, "waY", 2);
	else if (next == 'u' && yod(k, 2, "uY"))
		return;
	else if (next == 'u')
		put(k, "u", 2);
	else if (next == 'e' && at(k, 2) == 'u')
		put(k, "2", 3);
	else if (next == 'a' && !at(k, 2))
		put(k, "wa", 2);
	else if (!nasal(k, 1, "&"))
		put(k, "o", 1);
}

static void read_vowel(struct scan *k)
{
	switch (k->s[k->i]) {
	case 'a': read_a(k); return;
	case 'e': read_e(k); return;
	case 'i': case 'y': read_i(k); return;
	case 'o': read_o(k); return;
	case 'u':
		if (!nasal(k, 1, "1"))
			put(k, "y", 1);
		return;
	case O_E: put(k, at(k, 1) == 'u' ? "2" : "E", at(k, 1) == 'u' ? 2 : 1); return;
	case I_DIAERESIS: put(k, "i", 1); return;
	default:
		if (!(k->s[k->i] == E_ACUTE && nasal(k, 1, "E1")))
			put(k, "E", 1);
	}
}

static void read_consonant(struct scan *k)
{
	unsigned char c = k->s[k->i], next = at(k, 1), before = k->i ? k->s[k->i - 1] : 0;
	size_t both = next == c ? 2 : 1;
	char same[2] = { (char)c, 0 };
	switch (c) {
	case 'h': k->i++; return;
	case C_CEDILLA: put(k, "s", 1); return;
	case 'c':
		if (next == 'h')
			put(k, "S", 2);
		else if (next == 'c' && is_front(at(k, 2)))
			put(k, "ks", 2);
		else if (is_front(next))
			put(k, "s", 1);
		else
			put(k, "k", next == 'k' || next == 'q' || next == 'c' ? 2 : 1);
		return;
	case 'q': put(k, "k", next == 'u' ? 2 : 1); return;
	case 'k': put(k, "k", both); return;
	case 'g':
		if (next == 'n')
			put(k, "N", 2);
		else if (next == 'e' && at(k, 2) && strchr("aou", at(k, 2)))
			put(k, "j", 2);
		else if (is_front(next))
			put(k, "j", 1);
		else
			put(k, "g", next == 'u' && is_front(at(k, 2)) ? 2 : both);
		return;
	case 's':
		if (next == 'c' && at(k, 2) == 'h')
			put(k, "S", 3);
		else if (next == 'h')
			put(k, "S", 2);
		else if (next == 'c' && is_front(at(k, 2)))
			put(k, "s", 2);
		else
			put(k, "s", both);
		return;
	case 'z': put(k, "s", both); return; /* SMS write s for both */
	case 'x': put(k, "ks", 1); return;
	case 'p':
		if (before == 'm' && next == 't')
			k->i++; /* compte */
		else
			put(k, next == 'h' ? "f" : "p", next == 'h' ? 2 : both);
		return;
	case 't':
		if (next == 'i' && at(k, 2) == 'o' && at(k, 3) == 'n' && before && before != 's' && before != 'x')
			put(k, "s", 1);
		else
			put(k, "t", next == 'h' ? 2 : both);
		return;
	case '1': put(k, "1", 1); return;
	case '2': put(k, "d", 1); return;
	case '8': put(k, "yi", 1); return;
	default: put(k, same, both);
	}
}

size_t phonetic_key(const char *word, size_t n, int flags, char key[static PHONETIC_MAX])
{
	struct scan k = { .flags = flags, .key = key };
	read_letters(&k, word, n);
	if (k.n > 1)
		read_end(&k);
	while (k.i < k.n)
		if (is_vowel(k.s[k.i]))
			read_vowel(&k);
		else
			read_consonant(&k);
	key[k.len] = '\0';
	return k.len;
}
