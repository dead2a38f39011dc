#include <stdlib.h>
#include <string.h>
#include <unicase.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/themes/reading_own.h"

size_t reading_lower(const char *s, size_t n, char out[static WORD_BYTES_MAX])
{
	uint8_t made[WORD_BYTES_MAX];
	size_t len = sizeof made - 1;
	if (n >= WORD_BYTES_MAX)
		return 0;
	uint8_t *low = u8_tolower((const uint8_t *)s, n, NULL, NULL, made, &len);
	size_t kept = 0;
	if (low == made)
		for (size_t i = 0; i < len; i++) {
			bool curly = i + 2 < len && made[i] == 0xe2 && made[i + 1] == 0x80 && made[i + 2] == 0x99;
			out[kept++] = curly ? '\'' : (char)made[i];
			i += curly ? 2 : 0;
		}
	else
		free(low);
	return kept;
}

static bool is_letter(uint32_t c)
{
	return utf8_is_word(c) && !(c >= '0' && c <= '9');
}

struct cursor {
	const char *s;
	size_t at, end;
};

static uint32_t peek(const struct cursor *c, size_t at, size_t *next)
{
	bool bad = false;
	uint32_t point = 0;
	*next = at;
	if (at < c->end)
		*next = at + utf8_next(c->s + at, c->end - at, &point, &bad);
	return point;
}

static bool is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019;
}

/* Letters and digits from `at` on; where they end. */
static size_t run(const struct cursor *c, size_t at, bool *letters, bool *digits)
{
	for (size_t next;; at = next) {
		uint32_t point = peek(c, at, &next);
		if (!point || !utf8_is_word(point))
			return at;
		if (is_letter(point))
			*letters = true;
		else
			*digits = true;
	}
}

/* "www.x", "http://x", "a@b": where what is no words ends, or `at`. */
static size_t verbatim(const struct cursor *c, size_t at)
{
	size_t end = at;
	bool odd = false;
	while (end < c->end && !strchr(" \n\t", c->s[end])) {
		odd |= c->s[end] == '@' && end > at && end + 1 < c->end && c->s[end + 1] > ' ';
		odd |= c->end - end > 3 && (!memcmp(c->s + end, "://", 3) || !memcmp(c->s + end, "www.", 4));
		end++;
	}
	return odd ? end : at;
}

static bool elides(const char *low, size_t n)
{
	static const char *const elided[] = { "l", "d", "j", "m", "t", "s", "n", "c", "k", "q", "qu", "jusqu", "lorsqu", "puisqu",
		"quoiqu", "quelqu", "jusk", "lorsk", "puisk" };
	for (size_t i = 0; i < COUNT_OF(elided); i++)
		if (strlen(elided[i]) == n && !memcmp(elided[i], low, n))
			return true;
	return false;
}

/* With an apostrophe at `end`: where the token ends then. */
static size_t apostrophe(const struct reading_model *m, const struct cursor *c, size_t at, size_t end)
{
	size_t after, rest_end;
	bool letters = false, digits = false;
	peek(c, end, &after);
	rest_end = run(c, after, &letters, &digits);
	char low[WORD_BYTES_MAX];
	size_t n = reading_lower(c->s + at, rest_end - at, low);
	if (n && letters && words_find(m->words, low, n) != WORDS_NONE)
		return rest_end; /* aujourd'hui, don't */
	n = reading_lower(c->s + at, end - at, low);
	if (m->french && n && elides(low, n))
		return after;
	return letters && !digits ? rest_end : end;
}

/* With a hyphen at `end`: the longest run of hyphened parts that is a word. */
static size_t hyphens(const struct reading_model *m, const struct cursor *c, size_t at, size_t end)
{
	size_t best = end;
	for (size_t to = end; to < c->end && c->s[to] == '-';) {
		bool letters = false, digits = false;
		char low[WORD_BYTES_MAX];
		size_t from = to + 1;
		to = run(c, from, &letters, &digits);
		if (to == from)
			break;
		size_t n = reading_lower(c->s + at, to - at, low);
		if (n && words_find(m->words, low, n) != WORDS_NONE)
			best = to;
	}
	return best;
}

/* "-vous", "-t-il" at a hyphen: where it ends, or `at`. */
static size_t tail(const struct reading_model *m, const struct cursor *c, size_t at)
{
	size_t best = at;
	for (size_t to = at, parts = 0; to < c->end && c->s[to] == '-' && parts < 2; parts++) {
		bool letters = false, digits = false;
		char low[WORD_BYTES_MAX];
		to = run(c, to + 1, &letters, &digits);
		size_t n = reading_lower(c->s + at, to - at, low);
		if (n > 1 && words_find(m->words, low, n) != WORDS_NONE)
			best = to;
	}
	return best;
}

static size_t number(const struct cursor *c, size_t at)
{
	size_t end = at;
	while (end < c->end) {
		bool digit = c->s[end] >= '0' && c->s[end] <= '9';
		bool joins = strchr(".,", c->s[end]) && end + 1 < c->end && c->s[end + 1] >= '0' && c->s[end + 1] <= '9';
		if (!digit && !joins)
			break;
		end++;
	}
	return end;
}

static void put(const struct reading_model *m, struct cursor *c, struct tokens *t, size_t end, enum token_kind kind,
	bool begins)
{
	grow(&t->list, &t->cap, t->n + 1, sizeof *t->list);
	struct token *k = &t->list[t->n++];
	*k = (struct token){ .at = c->at, .len = end - c->at, .kind = kind, .begins = begins || t->n == 1, .exact = WORDS_NONE };
	k->n_low = reading_lower(c->s + c->at, k->len, k->low);
	if (!k->n_low && kind == TOKEN_WORD)
		k->kind = TOKEN_VERBATIM;
	size_t n_letters = 0, n_upper = 0, next;
	for (size_t i = c->at; i < end; i = next) {
		uint32_t point = peek(c, i, &next);
		if (!is_letter(point))
			continue;
		bool upper = uc_tolower(point) != point;
		k->capital |= upper && !n_letters;
		n_letters++;
		n_upper += upper;
	}
	k->upper = n_upper > 1 && n_upper == n_letters;
	k->titled = k->capital && n_upper == 1 && n_letters > 1;
	if (k->kind == TOKEN_WORD)
		k->exact = words_find(m->words, k->low, k->n_low);
	else if (k->kind == TOKEN_NUMBER)
		k->exact = words_number(m->words);
	c->at = end;
}

/* Whether eyes stand before the cursor: ":p", ";-D". */
static bool smiles(const struct cursor *c)
{
	char last = c->at ? c->s[c->at - 1] : ' ', before = c->at > 1 ? c->s[c->at - 2] : ' ';
	return last == ':' || last == ';' || last == '=' || (last == '-' && (before == ':' || before == ';'));
}

/* A word, figure or address at the cursor, if there is one. */
static bool next_token(const struct reading_model *m, struct cursor *c, struct tokens *t, bool begins)
{
	size_t next, end = verbatim(c, c->at);
	uint32_t point = peek(c, c->at, &next);
	bool letters = false, digits = false, spaced = c->at == 0 || strchr(" \n\t", c->s[c->at - 1]);
	if (end > c->at) {
		put(m, c, t, end, TOKEN_VERBATIM, begins);
		return true;
	}
	if (point == '-' && t->n && m->french) {
		const struct token *last = &t->list[t->n - 1];
		end = last->at + last->len == c->at && last->kind == TOKEN_WORD ? tail(m, c, c->at) : c->at;
		if (end == c->at)
			return false;
		put(m, c, t, end, TOKEN_WORD, false);
		return true;
	}
	if (point == '+' && spaced && (next == c->end || strchr(" \n\t.,;:?!", c->s[next]))) {
		put(m, c, t, next, TOKEN_WORD, begins);
		return true;
	}
	if (!point || !utf8_is_word(point))
		return false;
	end = run(c, c->at, &letters, &digits);
	if (end - c->at == 1 && smiles(c)) {
		put(m, c, t, end, TOKEN_VERBATIM, begins);
		return true;
	}
	if (!letters) {
		size_t to = number(c, c->at);
		end = to > end ? to : end;
		/* a figure alone may be a word, as SMS write de and un */
		bool word = end - c->at == 1 && reading_spelling(m, c->s + c->at, 1);
		put(m, c, t, end, word ? TOKEN_WORD : TOKEN_NUMBER, begins);
		return true;
	}
	if (is_apostrophe(peek(c, end, &next)))
		end = apostrophe(m, c, c->at, end);
	if (end < c->end && c->s[end] == '-')
		end = hyphens(m, c, c->at, end);
	put(m, c, t, end, TOKEN_WORD, begins);
	return true;
}

void reading_tokens(const struct reading_model *m, const char *text, size_t len, struct tokens *out)
{
	struct cursor c = { .s = text, .end = len };
	size_t next, n_upper = 0, n_lower = 0;
	bool begins = true;
	out->n = 0;
	while (c.at < c.end) {
		if (next_token(m, &c, out, begins)) {
			begins = false;
			continue;
		}
		uint32_t point = peek(&c, c.at, &next);
		begins |= point == '?' || point == '!' || point == '.' || point == '\n' || point == 0x2026;
		c.at = next;
	}
	for (size_t i = 0; i + 1 < out->n; i++) /* 2 600, 2 + 2 */
		if (out->list[i].low[0] >= '0' && out->list[i].low[0] <= '9' && out->list[i].n_low == 1 &&
			(out->list[i + 1].kind == TOKEN_NUMBER || out->list[i + 1].low[0] == '+')) {
			out->list[i].kind = TOKEN_NUMBER;
			out->list[i].exact = words_number(m->words);
		}
	if (out->n == 1 && out->list[0].low[0] == '+')
		out->list[0].kind = TOKEN_VERBATIM;
	for (size_t i = 0; i < len; i = next) {
		uint32_t point = peek(&c, i, &next);
		if (is_letter(point)) {
			n_upper += uc_tolower(point) != point;
			n_lower += uc_toupper(point) != point;
		}
	}
	out->upper = n_upper > 3 && n_upper > 3 * n_lower;
	out->accented = false;
	for (size_t i = 0; i < len; i++)
		out->accented |= (unsigned char)text[i] == 0xc3;
}
