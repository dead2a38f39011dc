/* sound.c: letters to sounds, left to right, then the endings off.
 *
 * Sounds are letters; A an, I in, O on, U ou, W oi, E eu, S ch. Voiced and voiceless s are one.
 */
#include "src/themes/sound.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 40 };

struct ear {
	const char *w; /* ended by NUL */
	size_t n, i;
	char out[2 * WORD_MAX];
	size_t len;
};

static bool is_vowel(char c)
{
	return c != '\0' && strchr("aeiouy", c) != NULL;
}

static char ahead(const struct ear *e, size_t by)
{
	return e->i + by < e->n ? e->w[e->i + by] : '\0';
}

static bool comes(const struct ear *e, const char *what)
{
	return strncmp(e->w + e->i, what, strlen(what)) == 0;
}

static void say(struct ear *e, char sound, size_t letters)
{
	if (e->len == 0 || e->out[e->len - 1] != sound)
		e->out[e->len++] = sound;
	e->i += letters;
}

/* A nasal vowel: the letters, then n or m, then no vowel and no further n or m. */
static bool nasal(const struct ear *e, size_t letters)
{
	char m = ahead(e, letters), next = ahead(e, letters + 1);
	return (m == 'n' || m == 'm') && !is_vowel(next) && next != 'n' && next != 'm' && next != 'h';
}

static bool vowels(struct ear *e)
{
	if (!is_vowel(e->w[e->i]) && e->w[e->i] != 'w')
		return false;
	static const struct {
		const char *letters;
		char sound, through_nose; /* 0: not with this n */
	} groups[] = {
		{ "eau", 'o', 0 },
		{ "oeu", 'E', 0 },
		{ "oua", 'W', 0 },
		{ "aou", 'U', 0 },
		{ "au", 'o', 0 },
		{ "ou", 'U', 0 },
		{ "oi", 'W', 'W' },
		{ "oy", 'W', 0 },
		{ "wa", 'W', 0 },
		{ "ai", 'e', 'I' },
		{ "ei", 'e', 'I' },
		{ "ay", 'e', 0 },
		{ "ey", 'e', 0 },
		{ "eu", 'E', 'I' },
		{ "a", 'a', 'A' },
		{ "e", 'e', 'A' },
		{ "i", 'i', 'I' },
		{ "y", 'i', 'I' },
		{ "o", 'o', 'O' },
		{ "u", 'u', 'I' },
	};
	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		if (groups[g].letters[0] != e->w[e->i] || !comes(e, groups[g].letters))
			continue;
		size_t n = strlen(groups[g].letters);
		if (groups[g].through_nose != 0 && nasal(e, n)) {
			bool ien = groups[g].letters[0] == 'e' && n == 1 && e->i > 0 && e->w[e->i - 1] == 'i';
			say(e, ien ? 'I' : groups[g].through_nose, n + 1);
		} else {
			say(e, groups[g].sound, n);
		}
		return true;
	}
	return false;
}

static void soft_or_hard(struct ear *e, char soft, char hard)
{
	char next = ahead(e, 1);
	say(e, next == 'e' || next == 'i' || next == 'y' ? soft : hard, 1);
}

static void consonant(struct ear *e)
{
	char c = e->w[e->i], next = ahead(e, 1), before = e->i > 0 ? e->w[e->i - 1] : '\0';
	if (c == next && c != 'c') {
		if (c == 'l' && before == 'i')
			say(e, 'i', 2); /* famille */
		else
			e->i++;
		return;
	}
	switch (c) {
	case 'p':
		say(e, next == 'h' ? 'f' : 'p', next == 'h' ? 2 : 1);
		break;
	case 'c':
		if (next == 'h')
			say(e, 'S', 2);
		else if (next == 'k' || next == 'q')
			say(e, 'k', 2);
		else
			soft_or_hard(e, 's', 'k');
		break;
	case 's':
		say(e, next == 'h' ? 'S' : 's', next == 'h' ? 2 : 1);
		break;
	case 'z':
		say(e, 's', 1);
		break;
	case 'q':
		say(e, 'k', next == 'u' ? 2 : 1);
		break;
	case 'x':
		say(e, 'k', 0);
		say(e, 's', 1);
		break;
	case 'g':
		if (next == 'n')
			say(e, 'n', 2);
		else if (next == 'u' && (ahead(e, 2) == 'e' || ahead(e, 2) == 'i'))
			say(e, 'g', 2);
		else if (next == 'e' && (ahead(e, 2) == 'a' || ahead(e, 2) == 'o'))
			say(e, 'j', 2);
		else
			soft_or_hard(e, 'j', 'g');
		break;
	case 't':
		if (comes(e, "tion") && before != 's' && e->i > 0)
			say(e, 's', 1);
		else
			say(e, 't', next == 'h' ? 2 : 1);
		break;
	case 'h':
		e->i++;
		break;
	case 'w':
		say(e, 'v', 1);
		break;
	default:
		say(e, c, 1);
	}
}

static bool ends(const struct ear *e, const char *what)
{
	size_t n = strlen(what);
	return e->len >= n && memcmp(e->out + e->len - n, what, n) == 0;
}

/* What a word of that family may end in; each needs as many sounds before it. */
static void families_off(struct ear *e)
{
	static const struct {
		const char *end;
		size_t before;
	} endings[] = { { "isasiO", 3 }, { "asiO", 3 }, { "isiO", 3 }, { "usiO", 4 }, { "siO", 4 }, { "emA", 3 },
		{ "mA", 4 }, { "atEr", 3 }, { "Er", 3 }, { "Es", 4 }, { "is", 4 }, { "aj", 4 }, { "ist", 3 },
		{ "ism", 3 }, { "ite", 3 }, { "abl", 3 }, { "ibl", 3 }, { "el", 4 }, { "if", 4 }, { "iv", 4 },
		{ "ier", 3 }, { "ie", 3 }, { "A", 4 }, { "e", 3 }, { "i", 4 }, { "er", 3 }, { "re", 4 } };
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		if (e->len == 0 || endings[i].end[strlen(endings[i].end) - 1] != e->out[e->len - 1])
			continue;
		size_t n = strlen(endings[i].end);
		if (e->len >= endings[i].before + n && ends(e, endings[i].end)) {
			e->len -= n;
			return;
		}
	}
}

size_t sound_of(const char *word, size_t n, char out[static SOUND_MAX])
{
	char copy[WORD_MAX + 1];
	if (n > WORD_MAX)
		n = WORD_MAX;
	memcpy(copy, word, n);
	while (n > 2 && strchr("sxz", copy[n - 1]) != NULL)
		n--;
	if (n > 4 && memcmp(copy + n - 2, "er", 2) == 0)
		n--; /* -er sounds as é */
	copy[n] = '\0';
	struct ear e = { .w = copy, .n = n };
	while (e.i < e.n)
		if (!vowels(&e))
			consonant(&e);
	if (e.len > 3 && e.out[e.len - 1] == 'e')
		e.len--;
	families_off(&e);
	while (e.len > 3 && strchr("tds", e.out[e.len - 1]) != NULL)
		e.len--; /* often silent */
	if (e.len > 3 && e.out[e.len - 1] == 'e')
		e.len--;
	size_t len = e.len < SOUND_MAX ? e.len : SOUND_MAX;
	memcpy(out, e.out, len);
	return len;
}
