#include "src/themes/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/themes/phonetic.h"

enum { BUCKETS = 1 << 15, CLASSES_MAX = 1000, PERIOD = 0 };
static const float DISCOUNT = .9f, ADDED = .1f, PAIR_SHARE = .75f, UNKNOWN_COST = 15;

struct word {
	const char *text;
	float count;
	uint16_t class;
	uint8_t len;
};

/* Words by a hash of something of theirs: a bucket's first word, each word's next; the longest chains are a few dozen. */
struct chain {
	uint32_t *first; /* BUCKETS of them; word + 1, 0: none */
	uint32_t *next;  /* a word */
	uint32_t *hash;
};

struct class {
	const char *marks; /* "Nms|V3s", or of a class of one word what it is */
	size_t n_marks;
	float count;       /* of its words together */
	uint32_t n_words;
	float follows;     /* the sum of its row of class2 */
};

struct words {
	struct word *list;
	size_t n, cap;
	struct class classes[CLASSES_MAX];
	size_t n_classes;
	struct chain by_text, by_fold, by_sound;
	uint64_t *pairs;   /* last << 17 | word, + 1; open addressing */
	float *pair_counts;
	size_t n_pairs, pair_slots;
	float *two;        /* n_classes squared: how often the second follows the first */
	float *back;       /* n_classes squared: what trios leave to twos after these two */
	uint32_t *trios;   /* key + 1 */
	float *trio_counts;
	size_t n_trios, trio_slots;
	double total;
	uint32_t number;
	bool sounds;
};

static uint32_t hash_of(const char *s, size_t n)
{
	uint32_t h = 2166136261u;
	for (; n >= 4; s += 4, n -= 4) {
		uint32_t four;
		memcpy(&four, s, 4);
		h = (h ^ four) * 0x9e3779b1u;
		h ^= h >> 15;
	}
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h ^ (h >> 13);
}

static uint64_t mixed(uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u;
	return key ^ (key >> 32);
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

/* Latin letters of two bytes, U+00C0 to U+00DE and Œ; what French and English have. */
static size_t lower_of(const char *s, size_t n, char out[static WORD_BYTES_MAX])
{
	if (n > WORD_BYTES_MAX)
		n = WORD_BYTES_MAX;
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)s[i], last = i ? (unsigned char)s[i - 1] : 0;
		bool capital = (b >= 'A' && b <= 'Z') || (last == 0xc3 && b >= 0x80 && b <= 0x9e && b != 0x97);
		out[i] = (char)(capital ? b + 0x20 : last == 0xc5 && b == 0x92 ? 0x93 : b);
	}
	return n;
}

size_t words_fold(const char *lower, size_t n, char out[static WORD_BYTES_MAX])
{
	static const char latin[] = "aaaaaaaceeeeiiiidnooooo.ouuuuypy"; /* U+00E0 to U+00FF; æ is read as a */
	size_t len = 0;
	for (size_t i = 0; i < n && len < WORD_BYTES_MAX - 1; i++) {
		unsigned char b = (unsigned char)lower[i], next = i + 1 < n ? (unsigned char)lower[i + 1] : 0;
		char c = (char)b;
		if (b == 0xc3 && next >= 0xa0 && next <= 0xbf) {
			c = latin[next - 0xa0];
			i++;
		} else if (b == 0xc5 && next == 0x93) {
			out[len++] = 'o';
			c = 'e';
			i++;
		}
		if (!len || out[len - 1] != c || (c >= '0' && c <= '9'))
			out[len++] = c;
	}
	return len;
}

static void chain_init(struct chain *c)
{
	c->first = xcalloc(BUCKETS, sizeof *c->first);
}

static void chain_release(struct chain *c)
{
	free(c->first);
	free(c->next);
	free(c->hash);
}

static void chain_room(struct chain *c, size_t cap)
{
	c->next = xrealloc(c->next, cap, sizeof *c->next);
	c->hash = xrealloc(c->hash, cap, sizeof *c->hash);
}

static void chain_put(struct chain *c, uint32_t word, const char *s, size_t n)
{
	uint32_t h = hash_of(s, n);
	c->hash[word] = h;
	c->next[word] = c->first[h % BUCKETS];
	c->first[h % BUCKETS] = word + 1;
}

/* The first of the words from `at` (word + 1) on that have this hash. */
static uint32_t chain_from(const struct chain *c, uint32_t at, uint32_t h)
{
	while (at && c->hash[at - 1] != h)
		at = c->next[at - 1];
	return at ? at - 1 : WORDS_NONE;
}

const char *words_text(const struct words *w, uint32_t word, size_t *n)
{
	*n = w->list[word].len;
	return w->list[word].text;
}

uint32_t words_find(const struct words *w, const char *lower, size_t n)
{
	uint32_t h = hash_of(lower, n);
	for (uint32_t at = w->by_text.first[h % BUCKETS]; at; at = w->by_text.next[at - 1]) {
		char own[WORD_BYTES_MAX];
		const struct word *word = &w->list[at - 1];
		if (w->by_text.hash[at - 1] == h && word->len == n && (!memcmp(word->text, lower, n) ||
			(lower_of(word->text, n, own) == n && !memcmp(own, lower, n))))
			return at - 1;
	}
	return WORDS_NONE;
}

uint32_t words_alike(const struct words *w, const char *lower, size_t n)
{
	char folded[WORD_BYTES_MAX];
	uint32_t h = hash_of(folded, words_fold(lower, n, folded));
	return chain_from(&w->by_fold, w->by_fold.first[h % BUCKETS], h);
}

uint32_t words_next_alike(const struct words *w, uint32_t word)
{
	return chain_from(&w->by_fold, w->by_fold.next[word], w->by_fold.hash[word]);
}

uint32_t words_sounding(const struct words *w, const char *key, size_t n)
{
	uint32_t h = hash_of(key, n);
	return n ? chain_from(&w->by_sound, w->by_sound.first[h % BUCKETS], h) : WORDS_NONE;
}

uint32_t words_next_sounding(const struct words *w, uint32_t word)
{
	return chain_from(&w->by_sound, w->by_sound.next[word], w->by_sound.hash[word]);
}

uint32_t words_number(const struct words *w)
{
	return w->number;
}

uint32_t words_period(const struct words *w)
{
	(void)w;
	return PERIOD;
}

static bool class_has(const struct class *c, const char *mark)
{
	size_t n = strlen(mark);
	for (size_t i = 0; i + n <= c->n_marks; i++)
		if (!memcmp(c->marks + i, mark, n) && (i == 0 || c->marks[i - 1] == '|') &&
			(i + n == c->n_marks || c->marks[i + n] == '|'))
			return true;
	return false;
}

bool words_has_mark(const struct words *w, uint32_t word, const char *mark)
{
	return class_has(&w->classes[w->list[word].class], mark);
}

float words_rarity(const struct words *w, uint32_t word)
{
	return -logf((float)((w->list[word].count + ADDED) / (w->total + 1)));
}

static uint32_t put_word(struct words *w, const char *text, size_t n, float count, size_t class)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 1 << 15;
		w->list = xrealloc(w->list, w->cap, sizeof *w->list);
		chain_room(&w->by_text, w->cap);
		chain_room(&w->by_fold, w->cap);
		chain_room(&w->by_sound, w->cap);
	}
	uint32_t word = (uint32_t)w->n++;
	struct class *c = &w->classes[class];
	w->list[word] = (struct word){ text, count, (uint16_t)class, (uint8_t)n };
	c->count += count;
	c->n_words++;
	w->total += (double)count;
	char lower[WORD_BYTES_MAX], other[PHONETIC_MAX];
	size_t n_lower = lower_of(text, n, lower);
	chain_put(&w->by_text, word, lower, n_lower);
	chain_put(&w->by_fold, word, other, words_fold(lower, n_lower, other));
	bool mute = n_lower > 4 && !memcmp(lower + n_lower - 3, "ent", 3) && (class_has(c, "V3p") || class_has(c, "S3p"));
	size_t n_key = w->sounds && lower[0] != '-' ? phonetic_key(lower, n_lower, mute ? PHONETIC_MUTE_ENT : 0, other) : 0;
	chain_put(&w->by_sound, word, other, n_key);
	return word;
}

uint32_t words_add(struct words *w, const char *text, size_t n)
{
	char lower[WORD_BYTES_MAX];
	if (!n || n > WORD_BYTES_MAX)
		return WORDS_NONE;
	uint32_t word = words_find(w, lower, lower_of(text, n, lower));
	return word != WORDS_NONE || w->n == WORDS_MAX ? word : put_word(w, text, n, 1, w->n_classes - 1);
}

/* ---- what follows what ----------------------------------------------------------------------------------------------- */

/* The slot of a key, its own or a free one, in an open-addressed table; `keys` hold key + 1. */
static size_t pair_slot(const struct words *w, uint64_t key)
{
	size_t at = (size_t)mixed(key) & (w->pair_slots - 1);
	while (w->pairs[at] && w->pairs[at] != key + 1)
		at = (at + 1) & (w->pair_slots - 1);
	return at;
}

static size_t trio_slot(const struct words *w, uint32_t key)
{
	size_t at = (size_t)mixed(key) & (w->trio_slots - 1);
	while (w->trios[at] && w->trios[at] != key + 1)
		at = (at + 1) & (w->trio_slots - 1);
	return at;
}

static float after_one(const struct words *w, size_t last, size_t class)
{
	const struct class *a = &w->classes[last], *c = &w->classes[class];
	float plain = (c->follows + 1) / (float)(w->total + 1);
	if (a->follows <= 0)
		return plain;
	float n = w->two[last * w->n_classes + class], kept = n > DISCOUNT ? (n - DISCOUNT) / (a->follows + 5) : 0;
	/* what is left for what was never seen; a row of few counts says little */
	return kept + (5 + DISCOUNT * 40) / (a->follows + 5 + DISCOUNT * 40) * plain * .5f;
}

static float after_two(const struct words *w, size_t before, size_t last, size_t class)
{
	float twos = w->two[before * w->n_classes + last];
	if (twos < 2)
		return after_one(w, last, class);
	uint32_t key = (uint32_t)((before * w->n_classes + last) * w->n_classes + class);
	size_t slot = trio_slot(w, key);
	float kept = w->trios[slot] ? (w->trio_counts[slot] - DISCOUNT) / twos : 0;
	return kept + w->back[before * w->n_classes + last] * after_one(w, last, class);
}

float words_cost(const struct words *w, uint32_t before, uint32_t last, uint32_t word)
{
	if (word == WORDS_NONE)
		return UNKNOWN_COST;
	size_t other = w->n_classes - 1;
	size_t a = before == WORDS_NONE ? other : w->list[before].class, b = last == WORDS_NONE ? other : w->list[last].class;
	const struct word *x = &w->list[word];
	const struct class *c = &w->classes[x->class];
	float of_class = c->n_words == 1 ? 1 : (x->count + ADDED) / (c->count + ADDED * (float)c->n_words);
	float p = after_two(w, a, b, x->class) * of_class;
	if (last != WORDS_NONE && w->n_pairs) {
		size_t slot = pair_slot(w, (uint64_t)last << 17 | word);
		if (w->pairs[slot]) {
			float base = w->list[last].count > 0 ? w->list[last].count : w->classes[b].follows;
			float seen = PAIR_SHARE * (w->pair_counts[slot] - DISCOUNT) / (base + 4) + (1 - PAIR_SHARE) * p;
			if (seen > p)
				p = seen;
		}
	}
	return -logf(p + 1e-12f);
}

/* ---- the file -------------------------------------------------------------------------------------------------------- */

struct file {
	const char *at, *end;
	size_t line;
	struct error *e;
};

enum part { NO_PART, CLASS, PAIR, CLASS2, CLASS3 };

static bool wrong(struct file *f, const char *what)
{
	return error_set(f->e, ERR_FORMAT, "line %zu: %s", f->line, what);
}

/* Digits from *s on; stops at anything else. */
static uint32_t digits(const char **s, const char *end)
{
	uint32_t n = 0;
	while (*s < end && **s >= '0' && **s <= '9' && n < 100000000)
		n = n * 10 + (uint32_t)(*(*s)++ - '0');
	return n;
}

static bool blank(const char **s, const char *end)
{
	if (*s == end || (**s != ' ' && **s != '\t'))
		return false;
	++*s;
	return true;
}

static bool new_class(struct words *w, struct file *f, const char *marks, size_t n)
{
	if (w->n_classes == CLASSES_MAX - 1)
		return wrong(f, "there are too many classes");
	w->classes[w->n_classes++] = (struct class){ .marks = marks, .n_marks = n };
	return true;
}

static bool read_word(struct words *w, struct file *f, const char *s, const char *end, bool *grouped)
{
	if (*s == '+') {
		*grouped = true;
		return new_class(w, f, s + 1, (size_t)(end - s - 1));
	}
	const char *space = memchr(s, ' ', (size_t)(end - s)), *rest = space ? space + 1 : end;
	size_t n = (size_t)((space ? space : end) - s);
	if (!n || n > WORD_BYTES_MAX || w->n == WORDS_MAX - 1)
		return wrong(f, "this is no word, or there are too many");
	float count = (float)digits(&rest, end);
	blank(&rest, end);
	if (!*grouped && !new_class(w, f, rest, (size_t)(end - rest)))
		return false;
	put_word(w, s, n, count, w->n_classes - 1);
	return true;
}

static void grow_pairs(struct words *w)
{
	uint64_t *keys = w->pairs;
	float *counts = w->pair_counts;
	size_t n = w->pair_slots;
	w->pair_slots = n ? 2 * n : 1 << 16;
	w->pairs = xcalloc(w->pair_slots, sizeof *w->pairs);
	w->pair_counts = xcalloc(w->pair_slots, sizeof *w->pair_counts);
	for (size_t i = 0; i < n; i++)
		if (keys[i]) {
			size_t slot = pair_slot(w, keys[i] - 1);
			w->pairs[slot] = keys[i];
			w->pair_counts[slot] = counts[i];
		}
	free(keys);
	free(counts);
}

static bool read_pairs(struct words *w, struct file *f, const char *s, const char *end)
{
	const char *tab = memchr(s, '\t', (size_t)(end - s));
	uint32_t last = tab ? words_find(w, s, (size_t)(tab - s)) : WORDS_NONE;
	if (last == WORDS_NONE)
		return wrong(f, "a pair begins with a word of those above and a TAB");
	for (s = tab + 1; s < end; blank(&s, end)) {
		const char *space = memchr(s, ' ', (size_t)(end - s));
		uint32_t word = space ? words_find(w, s, (size_t)(space - s)) : WORDS_NONE;
		if (word == WORDS_NONE)
			return wrong(f, "what follows is a word of those above, a blank and a count");
		s = space + 1;
		if (3 * (w->n_pairs + 1) > 2 * w->pair_slots)
			grow_pairs(w);
		size_t slot = pair_slot(w, (uint64_t)last << 17 | word);
		w->n_pairs += !w->pairs[slot];
		w->pairs[slot] = ((uint64_t)last << 17 | word) + 1;
		w->pair_counts[slot] = (float)digits(&s, end);
		if (s < end && *s != ' ')
			return wrong(f, "what follows is a word of those above, a blank and a count");
	}
	return true;
}

static void put_trio(struct words *w, size_t place, size_t class, float n)
{
	uint32_t key = (uint32_t)(place * w->n_classes + class);
	size_t slot = trio_slot(w, key);
	w->n_trios += !w->trios[slot];
	w->trios[slot] = key + 1;
	w->trio_counts[slot] = n;
	float all = w->two[place];
	if (all >= 2)
		w->back[place] -= (n - DISCOUNT) / all;
}

static bool read_classes(struct words *w, struct file *f, const char *s, const char *end, bool three)
{
	size_t a = digits(&s, end), b = 0;
	if (three && blank(&s, end))
		b = digits(&s, end);
	if (a >= w->n_classes || b >= w->n_classes || s == end || *s++ != '\t')
		return wrong(f, "a row begins with classes' numbers and a TAB");
	while (s < end) {
		size_t class = digits(&s, end);
		if (!blank(&s, end) || class >= w->n_classes)
			return wrong(f, "what follows is a class's number, a blank and a count");
		float n = (float)digits(&s, end);
		if (three && 3 * (w->n_trios + 1) > 2 * w->trio_slots)
			return wrong(f, "there are too many trios");
		if (three) {
			put_trio(w, a * w->n_classes + b, class, n);
		} else {
			w->two[a * w->n_classes + class] = n;
			w->classes[a].follows += n;
		}
		if (s < end && !blank(&s, end))
			return wrong(f, "what follows is a class's number, a blank and a count");
	}
	return true;
}

/* After the last word: the class of those unknown, and the tables by class. */
static bool begin_counts(struct words *w, struct file *f)
{
	if (w->two)
		return true;
	if (!new_class(w, f, "", 0))
		return false;
	size_t n = w->n_classes * w->n_classes;
	w->two = xcalloc(n, sizeof *w->two);
	w->back = xcalloc(n, sizeof *w->back);
	for (size_t i = 0; i < n; i++)
		w->back[i] = 1;
	w->trio_slots = 1 << 17;
	w->trios = xcalloc(w->trio_slots, sizeof *w->trios);
	w->trio_counts = xcalloc(w->trio_slots, sizeof *w->trio_counts);
	return true;
}

static bool read_line(struct words *w, struct file *f, const char *s, const char *end, enum part *part, bool *grouped)
{
	static const struct {
		const char *name;
		enum part part;
	} parts[] = { { "@class", CLASS }, { "@pair", PAIR }, { "@class2", CLASS2 }, { "@class3", CLASS3 } };
	if (*s == '@') {
		for (size_t i = 0; i < COUNT_OF(parts); i++)
			if (strlen(parts[i].name) == (size_t)(end - s) && !memcmp(s, parts[i].name, (size_t)(end - s))) {
				*part = parts[i].part;
				return *part == CLASS ? w->two == NULL || wrong(f, "the words come first") : begin_counts(w, f);
			}
		return wrong(f, "there is no such part");
	}
	switch (*part) {
	case CLASS: return read_word(w, f, s, end, grouped);
	case PAIR: return read_pairs(w, f, s, end);
	case CLASS2: return read_classes(w, f, s, end, false);
	case CLASS3: return read_classes(w, f, s, end, true);
	default: return wrong(f, "it stands in no part");
	}
}

struct words *words_new(const char *text, size_t len, bool sounds, struct error *e)
{
	struct words *w = xcalloc(1, sizeof *w);
	struct file f = { .at = text, .end = text + len, .e = e };
	enum part part = NO_PART;
	bool grouped = false, good = true;
	w->sounds = sounds;
	chain_init(&w->by_text);
	chain_init(&w->by_fold);
	chain_init(&w->by_sound);
	good = new_class(w, &f, "", 0);
	put_word(w, ".", 1, 0, 0);
	while (good && f.at < f.end) {
		const char *eol = memchr(f.at, '\n', (size_t)(f.end - f.at)), *end = eol ? eol : f.end;
		f.line++;
		if (end > f.at && *f.at != '#')
			good = read_line(w, &f, f.at, end, &part, &grouped);
		f.at = eol ? eol + 1 : f.end;
	}
	if (!good || !begin_counts(w, &f)) {
		words_free(w);
		return NULL;
	}
	if (!w->pairs)
		grow_pairs(w);
	w->number = words_find(w, "0", 1);
	if (w->number == WORDS_NONE)
		w->number = put_word(w, "0", 1, 1, w->n_classes - 1);
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	chain_release(&w->by_text);
	chain_release(&w->by_fold);
	chain_release(&w->by_sound);
	free(w->list);
	free(w->pairs);
	free(w->pair_counts);
	free(w->two);
	free(w->back);
	free(w->trios);
	free(w->trio_counts);
	free(w);
}

size_t words_memory(const struct words *w)
{
	return sizeof *w + w->cap * (sizeof *w->list + 6 * sizeof(uint32_t)) + 3 * BUCKETS * sizeof(uint32_t) +
		w->pair_slots * (sizeof *w->pairs + sizeof *w->pair_counts) + 2 * w->n_classes * w->n_classes * sizeof *w->two +
		w->trio_slots * (sizeof *w->trios + sizeof *w->trio_counts);
}
