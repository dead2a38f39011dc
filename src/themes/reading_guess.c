#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/themes/phonetic.h"
#include "src/themes/reading_own.h"

/* What it costs that a word is written so, in -ln: set on the pairs of tests/bench/reading-fr.tsv that are for that. */
static const float SPELL = .4f, SPELL_RANK = .75f, UNLIKE_SPELL = 2.2f, ACCENT = .9f, ACCENT_LOST = 2.6f,
	ALIKE_SOUND = .5f, SOUND = 1.9f, SOUND_END = .4f, SOUND_E = .7f, LETTER = .33f, KNOWN = 1.3f,
	KNOWN_COMMON = 1.2f, BRIGHT = 0, BRIGHT_OTHER = 1.2f, ELIDED = .4f, CUT = 1.2f, FIGURE = .5f, TYPO = 3.2f,
	TAIL = .7f, AS_IT_IS = 3.5f, AS_SHORT = 1, AS_NAMED = -6, AS_LETTERS = -9, SPELLED_KEPT = 7,
	KEPT_STRICT = 5;

struct work {
	const struct reading_model *m;
	const struct token *token;
	struct guesses *out;
	const uint32_t *before; /* words in front of what is looked up */
	size_t n_before, span;
	float cost, strictness;
	float kept;    /* less for a name or an abbreviation as it is */
	bool accented; /* the message has accents: they are not left out */
};

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static float worth(const struct reading_model *m, const struct guess *g)
{
	float rarest = 0;
	for (size_t i = 0; i < g->n; i++) {
		float rarity = g->ids[i] == WORDS_NONE ? 24 : words_rarity(m->words, g->ids[i]);
		rarest = rarity > rarest ? rarity : rarest;
	}
	return g->cost + .5f * rarest;
}

static void put(struct work *k, const uint32_t *ids, size_t n, float cost, bool same)
{
	struct guess g = { .span = (uint8_t)k->span, .same = same, .cost = cost };
	if (!n || k->n_before + n > GUESS_WORDS)
		return;
	if (k->n_before)
		memcpy(g.ids, k->before, k->n_before * sizeof *ids);
	memcpy(g.ids + k->n_before, ids, n * sizeof *ids);
	g.n = (uint8_t)(k->n_before + n);
	struct guesses *out = k->out;
	for (size_t i = 0; i < out->n; i++) {
		struct guess *old = &out->list[i];
		if (old->n == g.n && old->span == g.span && !memcmp(old->ids, g.ids, g.n * sizeof *g.ids)) {
			if (!old->same && g.cost < old->cost)
				*old = g;
			return;
		}
	}
	if (out->n < GUESSES) {
		out->list[out->n++] = g;
		return;
	}
	size_t worst = 0;
	for (size_t i = 1; i < out->n; i++)
		if (!out->list[i].same && worth(k->m, &out->list[i]) > worth(k->m, &out->list[worst]))
			worst = i;
	if (worth(k->m, &g) < worth(k->m, &out->list[worst]))
		out->list[worst] = g;
}

static void put_word(struct work *k, uint32_t word, float cost)
{
	put(k, &word, 1, k->cost + cost, false);
}

/* ---- how far apart two spellings are ----------------------------------------------------------------------------- */

/* Letters to add, take away or change, of folded spellings up to 24 letters; more is far. */
static int distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned char row[26];
	if (n > 24 || m > 24)
		return 24;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned char)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned char left = (unsigned char)i, corner = row[0];
		row[0] = left;
		for (size_t j = 1; j <= m; j++) {
			unsigned char up = row[j], best = (unsigned char)(corner + (a[i - 1] != b[j - 1]));
			if (up + 1 < best)
				best = (unsigned char)(up + 1);
			if (left + 1 < best)
				best = (unsigned char)(left + 1);
			row[j] = left = best;
			corner = up;
		}
	}
	return row[m];
}

static size_t fold_word(const struct reading_model *m, uint32_t word, char out[static WORD_BYTES_MAX])
{
	size_t n, n_low;
	char low[WORD_BYTES_MAX];
	const char *text = words_text(m->words, word, &n);
	n_low = reading_lower(text, n, low);
	return words_fold(low, n_low, out);
}

/* How much less likely a word is because its letters are not those written. What SMS leave out at the end, the marks of
 * number and gender, is cheaper. */
static float letters(const struct reading_model *m, const char *written, size_t n, uint32_t word)
{
	static const char *const marks[] = { "s", "e", "es", "x", "t", "d", "nt", "ent", "r", "z" };
	char a[WORD_BYTES_MAX], b[WORD_BYTES_MAX];
	size_t n_a = words_fold(written, n, a), n_b = fold_word(m, word, b);
	if (n_b > n_a && !memcmp(a, b, n_a))
		for (size_t i = 0; i < COUNT_OF(marks); i++)
			if (strlen(marks[i]) == n_b - n_a && !memcmp(marks[i], b + n_a, n_b - n_a))
				return LETTER;
	return LETTER * (float)distance(a, n_a, b, n_b);
}

/* ---- where words are looked up ----------------------------------------------------------------------------------- */

static bool look_spelling(struct work *k, const char *form, size_t n, float scale)
{
	uint32_t at = reading_spelling(k->m, form, n);
	for (uint32_t i = at; i; i = k->m->spellings[i].next) {
		const struct spelling *s = &k->m->spellings[i];
		put(k, s->ids, s->n, k->cost + (SPELL + SPELL_RANK * s->rank) * scale, false);
	}
	return at != 0;
}

static size_t accents(const char *s, size_t n)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++)
		found += (unsigned char)s[i] >= 0xc3;
	return found;
}

/* Accents are left out by many, and put in by few. */
static void look_alike(struct work *k, const char *form, size_t n, uint32_t exact, float cost)
{
	size_t written = accents(form, n);
	for (uint32_t w = words_alike(k->m->words, form, n); w != WORDS_NONE; w = words_next_alike(k->m->words, w)) {
		size_t len;
		const char *text = words_text(k->m->words, w, &len);
		float lost = accents(text, len) < written ? ACCENT_LOST : 0;
		if (w != exact)
			put_word(k, w, cost + lost);
		if (exact == WORDS_NONE && cost < TYPO && k->m->french)
			for (uint32_t x = words_next_sounding(k->m->words, w); x != WORDS_NONE; x = words_next_sounding(k->m->words, x))
				put_word(k, x, cost + lost + ALIKE_SOUND + letters(k->m, form, n, x));
	}
}

/* How much it is worth that a verb's ending sounds é: written so, any of é, er, ez, ait may be meant; written er or ez, less
 * likely; -1: it does not end so. */
static float bright_end(const char *form, size_t n)
{
	if (n > 3 && (!memcmp(form + n - 2, "\xc3\xa9", 2) || !memcmp(form + n - 2, "\xc3\xa8", 2)))
		return BRIGHT;
	return n > 4 && (!memcmp(form + n - 2, "er", 2) || !memcmp(form + n - 2, "ez", 2)) ? BRIGHT_OTHER : -1;
}

/* Whether two folded spellings differ only in how the verb ends: parle (of parlé), parler, parlez, parlait. */
static bool same_stem(const struct reading_model *m, const char *form, size_t n, uint32_t word)
{
	static const char *const ends[] = { "er", "ez", "ait", "ais", "aient", "ai", "es", "e" };
	char a[WORD_BYTES_MAX], b[WORD_BYTES_MAX];
	size_t n_a = words_fold(form, n, a), n_b = fold_word(m, word, b);
	n_a -= n_a > 2 && (a[n_a - 1] == 'r' || a[n_a - 1] == 'z');
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t end = strlen(ends[i]);
		if (n_b == n_a - 1 + end && !memcmp(a, b, n_a - 1) && !memcmp(b + n_a - 1, ends[i], end))
			return true;
	}
	return false;
}

static void look_sounds(struct work *k, const char *form, size_t n, uint32_t exact)
{
	static const int variants[] = { 0, PHONETIC_FULL_END, PHONETIC_FULL_E, PHONETIC_FULL_END | PHONETIC_FULL_E,
		PHONETIC_MUTE_ENT };
	char keys[COUNT_OF(variants)][PHONETIC_MAX];
	float bright = exact != WORDS_NONE ? bright_end(form, n) : -1;
	float known = exact == WORDS_NONE ? 0 :
		(KNOWN + (words_rarity(k->m->words, exact) < 8.5f ? KNOWN_COMMON : 0)) * k->strictness;
	/* a word that is one is read as it stands, not in other ways too */
	for (size_t v = 0; v < (exact == WORDS_NONE ? COUNT_OF(variants) : 1); v++) {
		size_t n_key = phonetic_key(form, n, variants[v], keys[v]);
		bool seen = n_key < 2 && exact != WORDS_NONE;
		for (size_t i = 0; i < v; i++)
			seen |= !strcmp(keys[i], keys[v]);
		if (seen)
			continue;
		float cost = SOUND + (variants[v] & PHONETIC_FULL_END ? SOUND_END : 0) +
			(variants[v] & PHONETIC_FULL_E ? SOUND_E : 0);
		uint32_t w = words_sounding(k->m->words, keys[v], n_key);
		for (; w != WORDS_NONE; w = words_next_sounding(k->m->words, w)) {
			bool stem = bright >= 0 && same_stem(k->m, form, n, w);
			if (w != exact)
				put_word(k, w, cost + letters(k->m, form, n, w) +
					(stem ? bright + 2 * (k->strictness - 1) - .5f : known));
		}
	}
}

/* Words that stand where `form` is: spelled so, nearly so, or sounding so. */
static void look(struct work *k, const char *form, size_t n)
{
	uint32_t exact = words_find(k->m->words, form, n);
	bool plain = exact != WORDS_NONE || (n == 1 && *form >= '0' && *form <= '9'); /* it stands for itself, too */
	bool spelled = look_spelling(k, form, n, plain ? k->strictness * k->strictness : 1);
	bool whole = !k->n_before && k->token->n_low == n;
	if (exact != WORDS_NONE)
		put(k, &exact, 1, k->cost + k->kept + (spelled ? UNLIKE_SPELL / (k->strictness * k->strictness) : 0),
			whole && !memcmp(form, k->token->low, n));
	float accent = exact == WORDS_NONE ? ACCENT : (ACCENT + (k->accented ? 2 : .8f)) * k->strictness;
	if (n > 1)
		look_alike(k, form, n, exact, accent + (spelled ? UNLIKE_SPELL : 0));
	if (k->m->french && n > 1) {
		k->cost += spelled && exact == WORDS_NONE ? UNLIKE_SPELL / 2 : 0;
		look_sounds(k, form, n, exact);
		k->cost -= spelled && exact == WORDS_NONE ? UNLIKE_SPELL / 2 : 0;
	}
}

/* "cooool" is looked up as "cool" and as "col". */
static void look_repeats(struct work *k)
{
	const char *low = k->token->low;
	for (size_t keep = 1; keep <= 2; keep++) {
		char made[WORD_BYTES_MAX];
		size_t n = 0;
		bool cut = false;
		for (size_t i = 0, same = 0; i < k->token->n_low; i++) {
			same = i && low[i] == low[i - 1] ? same + 1 : 1;
			bool many = same > keep && ((i + 1 < k->token->n_low && low[i + 1] == low[i]) || same > 2);
			cut |= many;
			if (!many)
				made[n++] = low[i];
		}
		if (cut)
			look(k, made, n);
	}
}

/* One letter too many, too few, another, or two changed about. */
static void look_typos(struct work *k)
{
	const char *low = k->token->low;
	size_t n = k->token->n_low;
	char made[WORD_BYTES_MAX];
	if (n < 4 || n > 20)
		return;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && (low[i] & 0x80))
			continue;
		memcpy(made, low, i);
		memcpy(made + i, low + i + 1, i < n ? n - i - 1 : 0);
		if (i < n)
			look_alike(k, made, n - 1, WORDS_NONE, TYPO);
		if (i + 1 < n && low[i] != low[i + 1] && !(low[i + 1] & 0x80)) {
			memcpy(made, low, n);
			made[i] = low[i + 1];
			made[i + 1] = low[i];
			look_alike(k, made, n, WORDS_NONE, TYPO - .8f);
		}
		for (char c = 'a'; c <= 'z'; c++) {
			memcpy(made, low, n);
			made[i] = c;
			if (i < n && i)
				look_alike(k, made, n, WORDS_NONE, TYPO + .5f);
			memcpy(made + i + 1, low + i, n - i);
			look_alike(k, made, n + 1, WORDS_NONE, TYPO);
		}
	}
}

/* ---- glued words ------------------------------------------------------------------------------------------------- */

bool reading_vowel(const char *word, size_t n)
{
	if (!n)
		return false;
	unsigned char b = (unsigned char)word[0], next = n > 1 ? (unsigned char)word[1] : 0;
	if (strchr("aeiouyhAEIOUYH", b))
		return true;
	return (b == 0xc3 && strchr("\xa0\xa2\xa8\xa9\xaa\xab\xae\xaf\xb4\xb9\xbb\x80\x82\x88\x89\x8a\x8e\x94", next)) ||
		(b == 0xc5 && (next == 0x93 || next == 0x92));
}

static bool has_id(const struct reading_model *m, const char *word, uint32_t *id)
{
	*id = words_find(m->words, word, strlen(word));
	return *id != WORDS_NONE;
}

static void look_after(struct work *k, const char *const *words, size_t n_words, size_t taken, float cost)
{
	uint32_t ids[GUESS_WORDS];
	for (size_t i = 0; i < n_words; i++)
		if (!has_id(k->m, words[i], &ids[i]))
			return;
	struct work rest = *k;
	rest.before = ids;
	rest.n_before = n_words;
	rest.cost = k->cost + cost;
	look(&rest, k->token->low + taken, k->token->n_low - taken);
}

static void look_glued(struct work *k)
{
	static const struct {
		const char *written, *elided, *full[2];
	} heads[] = {
		{ "l", "l'", { "le", "la" } }, { "d", "d'", { "de" } }, { "j", "j'", { "je" } }, { "m", "m'", { "me" } },
		{ "t", "t'", { "te" } }, { "s", "s'", { "se" } }, { "n", "n'", { "ne" } }, { "c", "c'", { "ce" } },
		{ "k", "qu'", { "que" } }, { "q", "qu'", { "que" } }, { "qu", "qu'", { NULL } }, { "dl", NULL, { "de" } },
	};
	const char *low = k->token->low;
	size_t n = k->token->n_low;
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		size_t taken = strlen(heads[i].written);
		if (n < taken + 2 || memcmp(low, heads[i].written, taken) || low[taken] == '\'')
			continue;
		if (heads[i].elided && reading_vowel(low + taken, n - taken)) {
			look_after(k, &heads[i].elided, 1, taken, ELIDED);
			continue;
		}
		for (size_t f = 0; f < 2 && heads[i].full[f]; f++)
			look_after(k, &heads[i].full[f], 1, heads[i].elided ? taken : 1, CUT + (f ? .4f : 0));
	}
	if (n > 2 && low[0] == 'y' && low[1] != 'e') {
		look_after(k, (const char *const[]){ "y" }, 1, 1, CUT);
		look_after(k, (const char *const[]){ "il", "y" }, 2, 1, CUT);
	}
}

/* "20euro", "1retrait", "40an"; "35h" and "3e" stay. */
static void look_figures(struct work *k)
{
	static const char *const units[] = { "h", "e", "er", "ère", "ere", "eme", "ème", "nd", "nde", "d", "km", "kg", "m", "m2", "f",
		"k", "g", "th", "st", "rd", "s", "cv", "v", "o", "go", "mo" };
	const char *low = k->token->low;
	size_t n = k->token->n_low, taken = strspn(low, "0123456789");
	const uint32_t number = words_number(k->m->words);
	uint32_t un;
	if (!taken || taken > n)
		return;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (taken + strlen(units[i]) == n && !memcmp(low + taken, units[i], n - taken))
			put(k, &number, 1, 0, true);
	if (n == taken + 1 && low[taken] == 'e' && has_id(k->m, "euros", &un) && k->strictness < 2) /* 20e siècle, or 20 euros */
		put(k, (const uint32_t[]){ number, un }, 2, -7, false);
	if (taken < n && low[taken] == 'h' && low[taken + 1] >= '0' && low[taken + 1] <= '9')
		put(k, &number, 1, 0, true);
	if (n == 1)
		put(k, &number, 1, 2.2f / (k->strictness * k->strictness), true);
	if (n > taken + 1 && taken < 7) {
		struct work rest = *k;
		rest.before = &number;
		rest.n_before = 1;
		rest.cost = k->cost + FIGURE;
		look(&rest, low + taken, n - taken);
	}
	if (taken > 1 || n < 3 || !k->m->french)
		return;
	if (low[0] == '1' && has_id(k->m, "un", &un)) {
		look_after(k, (const char *const[]){ "un" }, 1, 1, FIGURE);
		look_after(k, (const char *const[]){ "une" }, 1, 1, FIGURE);
	} else if (low[0] == '2') {
		look_after(k, (const char *const[]){ "de" }, 1, 1, FIGURE);
	}
}

/* "pourquoipas". */
static void look_two(struct work *k)
{
	const char *low = k->token->low;
	size_t n = k->token->n_low;
	if (n < 6 || n > 30)
		return;
	for (size_t at = 2; at + 3 <= n; at++) {
		uint32_t ids[2] = { words_find(k->m->words, low, at), words_find(k->m->words, low + at, n - at) };
		if (ids[0] == WORDS_NONE || ids[1] == WORDS_NONE || (low[at] & 0xc0) == 0x80)
			continue;
		if (words_rarity(k->m->words, ids[0]) < 9.5f && words_rarity(k->m->words, ids[1]) < 9.5f)
			put(k, ids, 2, 2.5f, false);
	}
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* Every "de" may be a "d'", and every "vous" a "-vous": what stands beside them decides. */
static void add_variants(struct work *k, bool tails)
{
	size_t n = k->out->n;
	for (size_t i = 0; i < n; i++) {
		struct guess g = k->out->list[i];
		uint32_t last = g.ids[g.n - 1];
		k->span = g.span;
		float dear = g.same ? k->strictness : 1;
		for (size_t j = 0; j < k->m->n_elisions; j++)
			if (last == k->m->elisions[j].full) {
				g.ids[g.n - 1] = k->m->elisions[j].elided;
				put(k, g.ids, g.n, g.cost + .1f * dear, false);
			}
		for (size_t j = 0; tails && g.n == 1 && j < k->m->n_tails; j++)
			if (last == k->m->tails[j].full) {
				g.ids[0] = k->m->tails[j].elided;
				put(k, g.ids, 1, g.cost + TAIL * dear * dear, false);
			}
	}
}

/* Spellings of several words: "kon t vou". */
static void look_spans(struct work *k, const struct tokens *t, size_t at)
{
	char form[WORD_BYTES_MAX];
	size_t n = 0;
	for (size_t i = at; i < t->n && i < at + SPAN; i++) {
		const struct token *x = &t->list[i];
		if (x->kind == TOKEN_VERBATIM || (i > at && (x->begins || x->at > x[-1].at + x[-1].len + 1)) ||
			n + x->n_low + 2 > sizeof form)
			return;
		if (i > at)
			form[n++] = ' ';
		memcpy(form + n, x->low, x->n_low);
		n += x->n_low;
		k->span = i - at + 1;
		/* two words that are right as they stand are seldom an SMS spelling of others */
		k->cost = i > at ? -.5f + (x->exact != WORDS_NONE && k->token->exact != WORDS_NONE ? .6f * (k->strictness - 1) : 0) : 0;
		if (i > at)
			look_spelling(k, form, n, 1);
	}
}

/* Whether there is a guess good enough not to look for slips of the finger. */
static bool likely(const struct guesses *out)
{
	for (size_t i = 0; i < out->n; i++)
		if (out->list[i].cost < 2.6f)
			return true;
	return false;
}

void reading_guess(const struct reading_model *m, const struct tokens *t, size_t at, float strictness, struct guesses *out)
{
	const struct token *x = &t->list[at];
	struct work k = { .m = m, .token = x, .out = out, .span = 1, .strictness = strictness, .accented = t->accented };
	uint32_t none = WORDS_NONE;
	out->n = 0;
	if (x->kind == TOKEN_VERBATIM || x->kind == TOKEN_NUMBER) {
		put(&k, x->kind == TOKEN_NUMBER ? &x->exact : &none, 1, 0, true);
		look_spans(&k, t, at);
		return;
	}
	bool named = x->capital && !x->begins && !t->upper, letters_only = x->upper && !t->upper && x->n_low <= 6;
	float keep = letters_only ? AS_LETTERS : named ? AS_NAMED : x->n_low > 3 ? AS_IT_IS : AS_SHORT;
	if (named || letters_only)
		k.strictness = strictness + 1;
	k.kept = letters_only ? -4 : named ? -2 : 0;
	if (x->low[0] == '-') {
		put(&k, &x->exact, 1, 0, true);
		return;
	}
	look(&k, x->low, x->n_low);
	if (x->low[0] == '+' && x->n_low == 1)
		keep = 0;
	bool spelled = reading_spelling(m, x->low, x->n_low) != 0;
	look_figures(&k);
	if (!spelled && !letters_only && (x->exact == WORDS_NONE || words_rarity(m->words, x->exact) > 13)) {
		look_repeats(&k);
		if (m->french)
			look_glued(&k);
	}
	if (x->exact == WORDS_NONE && !likely(out) && strictness < 2) {
		look_two(&k);
		look_typos(&k);
	}
	if (x->exact == WORDS_NONE) {
		put(&k, &none, 1, keep + (spelled ? SPELLED_KEPT : 0) - KEPT_STRICT * (strictness - 1), true);
	}
	look_spans(&k, t, at);
	k.cost = 0;
	if (m->french)
		add_variants(&k, at > 0 && !x->begins && x->at == x[-1].at + x[-1].len + 1);
}
