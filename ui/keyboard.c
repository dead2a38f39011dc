/* keyboard.c: sequences of bytes against what terminfo knows, what ECMA-48 says, and what a character set spells. */
#include "ui/keyboard.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

enum { ESC_MS = 25, SEQUENCE_MS = 200, PASTE_MS = 2000 };

void keyboard_init(struct keyboard *b, bool utf8)
{
	*b = (struct keyboard){ .utf8 = utf8 };
	buf_init(&b->pasted, 0);
	buf_init(&b->paste, 0);
}

void keyboard_release(struct keyboard *b)
{
	for (size_t i = 0; i < b->n_sequences; i++)
		free(b->sequences[i].bytes);
	b->n_sequences = 0;
	buf_release(&b->pasted);
	buf_release(&b->paste);
}

void keyboard_learn(struct keyboard *b, const char *bytes, uint32_t code, uint8_t mods)
{
	if (!*bytes || !bytes[1] || b->n_sequences == COUNT_OF(b->sequences))
		return; /* single bytes are read as such */
	b->sequences[b->n_sequences++] = (struct sequence){ .bytes = xstrdup(bytes), .n = strlen(bytes), .key = { .code = code, .mods = mods } };
}

static int64_t mono_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool keyboard_take(struct keyboard *b, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (b->n_in < KEYBOARD_IN && poll(&p, 1, 0) > 0) {
		const ssize_t n = read(fd, b->in + b->n_in, KEYBOARD_IN - b->n_in);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return true;
		if (n <= 0)
			return false;
		b->n_in += (size_t)n;
		b->in_at = mono_ms();
	}
	return true;
}

static void drop(struct keyboard *b, size_t n)
{
	memmove(b->in, b->in + n, b->n_in - n);
	b->n_in -= n;
}

/* ---- sequences ---- */

/* Reading gives bytes taken: 0 none of it yet, and *k with code KEY_NONE for what is no key. */
static uint8_t modifiers(int m)
{
	const int bits = m > 1 ? m - 1 : 0;

	return (uint8_t)(((bits & 1) ? KEY_SHIFT : 0) | ((bits & 2) ? KEY_ALT : 0) | ((bits & 4) ? KEY_CTRL : 0));
}

static uint32_t by_letter(char c)
{
	switch (c) {
	case 'A': return UK_UP;
	case 'B': return UK_DOWN;
	case 'C': return UK_RIGHT;
	case 'D': return UK_LEFT;
	case 'H': return UK_HOME;
	case 'F': return UK_END;
	case 'Z': return UK_BACKTAB;
	case 'M': return UK_ENTER;
	case 'P': case 'Q': case 'R': case 'S': return (uint32_t)UK_F1 + (uint32_t)(c - 'P');
	default: break;
	}
	if (c >= 'p' && c <= 'y') /* a keypad's digits and signs */
		return (uint32_t)(c - 'p' + '0');
	return c >= 'j' && c <= 'o' ? (uint32_t)"*+,-./"[c - 'j'] : c == 'X' ? '=' : KEY_NONE;
}

static uint32_t by_number(int n)
{
	static const uint32_t keys[] = { [1] = UK_HOME, [2] = UK_INSERT, [3] = UK_DELETE, [4] = UK_END, [5] = UK_PAGE_UP,
		[6] = UK_PAGE_DOWN, [7] = UK_HOME, [8] = UK_END };
	static const signed char functions[] = { 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 0, 11, 12, 13, 14, 0, 15, 16, 0, 17, 18, 19, 20 };

	if (n >= 1 && n <= 8)
		return keys[n];
	if (n >= 11 && n < 11 + (int)COUNT_OF(functions) && functions[n - 11])
		return (uint32_t)UK_F1 + (uint32_t)functions[n - 11] - 1;
	return KEY_NONE;
}

/* A character with modifiers, as newer protocols spell it. */
static struct key by_point(int point, uint8_t mods)
{
	struct key k = { .code = (uint32_t)point, .mods = (uint8_t)(mods & ~KEY_SHIFT) };

	switch (point) {
	case 9: k.code = (mods & KEY_SHIFT) ? UK_BACKTAB : UK_TAB; break;
	case 13: k.code = UK_ENTER; break;
	case 27: k.code = UK_ESC; break;
	case 8: case 127: k.code = UK_BACKSPACE; break;
	default:
		if (point < 32 || point >= 0xD800)
			k.code = KEY_NONE;
	}
	return k;
}

/* CSI: ESC [ numbers final. */
static size_t read_csi(const char *s, size_t n, struct key *k, bool *paste)
{
	int number[3] = { 0, 0, 0 }, at = 0;
	size_t i = 2;
	char mark = 0;

	if (n > 2 && s[2] == '[') { /* the Linux console's F1 to F5 */
		if (n > 3 && s[3] >= 'A' && s[3] <= 'E')
			k->code = (uint32_t)UK_F1 + (uint32_t)(s[3] - 'A');
		return n < 4 ? 0 : 4;
	}
	if (n > 2 && s[2] == 'M') /* a mouse of old: three bytes more */
		return n < 6 ? 0 : 6;
	if (i < n && strchr("<=>?", s[i]) && s[i])
		mark = s[i++];
	for (; i < n && ((unsigned char)s[i] < 0x40); i++) {
		if ((unsigned char)s[i] < 0x20) /* broken off */
			return i;
		if (s[i] >= '0' && s[i] <= '9' && at < 3 && number[at] < 100000000)
			number[at] = number[at] * 10 + (s[i] - '0');
		else if (s[i] == ';')
			at++;
		if (i > 64)
			return i;
	}
	if (i == n)
		return 0;
	const char final = s[i++];
	if (mark == '<' && (final == 'M' || final == 'm')) {
		if (final == 'M' && (number[0] == 64 || number[0] == 65)) /* the wheel */
			k->code = number[0] == 64 ? UK_UP : UK_DOWN;
		return i;
	}
	if (mark)
		return i;
	if (final == '~' && number[0] == 200)
		*paste = true;
	else if (final == '~' && number[0] == 27 && at == 2)
		*k = by_point(number[2], modifiers(number[1]));
	else if (final == 'u')
		*k = by_point(number[0], modifiers(number[1]));
	else {
		k->code = final == '~' ? by_number(number[0]) : strchr("ABCDHFZPQRS", final) ? by_letter(final) : KEY_NONE;
		k->mods = modifiers(number[1]);
		if (k->code == UK_BACKTAB)
			k->mods &= (uint8_t)~KEY_SHIFT;
		if (k->code == UK_TAB && (k->mods & KEY_SHIFT))
			*k = (struct key){ .code = UK_BACKTAB };
	}
	return i;
}

/* A letter in the terminal's character set; where that is only ASCII, what comes is UTF-8 all the same. */
static size_t read_letter(const struct keyboard *b, const char *s, size_t n, uint32_t *point)
{
	const unsigned char c = (unsigned char)s[0];
	bool bad = false;

	*point = KEY_NONE;
	if (!b->utf8 && strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") != 0) {
		mbstate_t state = { 0 };
		wchar_t w;
		const size_t took = mbrtowc(&w, s, n, &state);

		if (took == (size_t)-2)
			return 0;
		if (took != (size_t)-1 && took > 0)
			*point = (uint32_t)w;
		return took == (size_t)-1 || took == 0 ? 1 : took;
	}
	const size_t whole = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
	const size_t took = utf8_next(s, n, point, &bad);
	if (bad) {
		*point = KEY_NONE;
		return took == n && n < whole ? 0 : took;
	}
	return took;
}

static size_t read_plain(const struct keyboard *b, const char *s, size_t n, struct key *k)
{
	const unsigned char c = (unsigned char)s[0];

	if (c >= 0x80)
		return read_letter(b, s, n, &k->code);
	if (c >= 0x20 && c < 0x7F)
		k->code = c;
	else if (c == '\r' || c == '\n')
		k->code = UK_ENTER;
	else if (c == '\t')
		k->code = UK_TAB;
	else if (c == 0x08 || c == 0x7F)
		k->code = UK_BACKSPACE;
	else if (c == 0x1B)
		k->code = UK_ESC;
	else {
		k->code = c == 0 ? ' ' : c <= 26 ? (uint32_t)c - 1 + 'a' : (uint32_t)c + '@';
		k->mods = KEY_CTRL;
	}
	return 1;
}

/* What terminfo knows: bytes taken, 0 none; *part: more may make one. */
static size_t read_known(const struct keyboard *b, const char *s, size_t n, struct key *k, bool *part)
{
	size_t best = 0;

	for (size_t i = 0; i < b->n_sequences; i++) {
		const struct sequence *q = &b->sequences[i];

		if (q->n <= n && q->n > best && memcmp(q->bytes, s, q->n) == 0) {
			best = q->n;
			*k = q->key;
		} else if (q->n > n && memcmp(q->bytes, s, n) == 0)
			*part = true;
	}
	return best;
}

/* One key from what came in; `late`: nothing more will come to what is half there. */
static size_t read_key(const struct keyboard *b, const char *s, size_t n, bool late, struct key *k, bool *paste)
{
	bool part = false;
	size_t took = read_known(b, s, n, k, &part);

	if (took > 0 || (part && !late && s[0] != 0x1B))
		return took;
	*k = (struct key){ .code = KEY_NONE };
	if (s[0] != 0x1B) {
		took = read_plain(b, s, n, k);
		return took == 0 && late ? 1 : took;
	}
	if (n == 1) {
		if (late)
			k->code = UK_ESC;
		return late;
	}
	if (s[1] == '[' && n > 2) {
		took = read_csi(s, n, k, paste);
		return took == 0 && late ? n : took;
	}
	if (s[1] == 'O' && n > 2) {
		size_t i = 2;
		int m = 0;

		while (i < n && s[i] >= '0' && s[i] <= '9' && i < 5)
			m = m * 10 + (s[i++] - '0');
		if (i == n)
			return late ? n : 0;
		k->code = by_letter(s[i]);
		k->mods = modifiers(m);
		return i + 1;
	}
	if ((s[1] == '[' || s[1] == 'O') && !late)
		return 0;
	if (s[1] == 0x1B) { /* Esc, and then another sequence */
		k->code = UK_ESC;
		return 1;
	}
	took = read_plain(b, s + 1, n - 1, k);
	if (took == 0)
		return late ? n : 0;
	k->mods |= KEY_ALT;
	return 1 + took;
}

/* A paste as text: one kind of line end, no controls. */
static void clean_paste(struct keyboard *b)
{
	const char *s = b->pasted.data;
	const size_t n = b->pasted.len;

	buf_reset(&b->paste);
	for (size_t i = 0; i < n;) {
		uint32_t c = (unsigned char)s[i];
		const size_t took = c < 0x80 ? 1 : read_letter(b, s + i, n - i, &c);

		i += took > 0 ? took : 1;
		if (c == '\r') {
			i += i < n && s[i] == '\n';
			c = '\n';
		}
		if (c == '\t')
			c = ' ';
		if (c == '\n' || (c >= 0x20 && c != 0x7F && (c < 0x80 || c >= 0xA0)))
			utf8_add(&b->paste, c);
	}
	buf_reset(&b->pasted);
}

/* Takes what came of a paste; true when it is whole (or given up for whole). */
static bool read_paste(struct keyboard *b, bool late)
{
	static const char end[] = "\033[201~";
	const size_t n_end = sizeof end - 1;
	const char *at = memmem(b->in, b->n_in, end, n_end);
	size_t keep = 0;

	if (!at && !late) /* the end may be half there */
		for (keep = n_end - 1; keep > 0; keep--)
			if (b->n_in >= keep && memcmp(b->in + b->n_in - keep, end, keep) == 0)
				break;
	const size_t n = at ? (size_t)(at - b->in) : b->n_in - keep;
	const size_t room = KEYBOARD_PASTE - b->pasted.len;
	buf_add(&b->pasted, b->in, n < room ? n : room);
	drop(b, at ? n + n_end : n);
	if (!at && !late)
		return false;
	b->pasting = false;
	clean_paste(b);
	return true;
}

/* ---- the next key ---- */

/* Within a paste: true when it is whole; else *again when there may be more to take in. */
static bool next_paste(struct keyboard *b, int64_t waited, struct key *out, bool *again)
{
	const bool full = b->n_in == KEYBOARD_IN;

	*again = false;
	if (read_paste(b, waited >= PASTE_MS)) {
		*out = (struct key){ .code = UK_PASTE, .paste = b->paste.data };
		return true;
	}
	*again = full;
	return false;
}

enum keyboard_got keyboard_next(struct keyboard *b, struct key *out)
{
	while (b->n_in > 0 || b->pasting) {
		const int64_t waited = mono_ms() - b->in_at;

		if (b->pasting) {
			bool again;

			return next_paste(b, waited, out, &again) ? KEYBOARD_KEY : again ? KEYBOARD_MORE : KEYBOARD_HALF;
		}
		bool paste = false;
		struct key k = { .code = KEY_NONE };
		const bool late = waited >= (b->n_in == 1 ? ESC_MS : SEQUENCE_MS) || (b->n_in == 2 && waited >= ESC_MS);
		const size_t took = read_key(b, b->in, b->n_in, late, &k, &paste);

		if (took == 0)
			return KEYBOARD_HALF;
		drop(b, took);
		b->pasting = paste;
		if (paste)
			return KEYBOARD_MORE;
		if (k.code != KEY_NONE) {
			*out = k;
			return KEYBOARD_KEY;
		}
	}
	return KEYBOARD_NONE;
}
