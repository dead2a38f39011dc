/* A noisy channel: each token may stand for some guesses (reading_guess.c), each written so with some likelihood; the
 * words after each other are likely as the counts say (words.h). The likeliest path is found by beam search over the
 * tokens: a state is the last two words. */
#include "src/themes/reading.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/themes/reading_own.h"

enum { BEAM = 18 };
static const float STRICT = 4, STRICTISH = 2.3f, HIATUS = 5, NO_HIATUS = 9, FOLLOWING = .88f;

/* ---- the model --------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h ^ (h >> 29);
}

static uint32_t *slot_of(const struct reading_model *m, const char *form, size_t n)
{
	for (size_t at = (size_t)hash_of(form, n);; at++) {
		uint32_t *slot = &m->slots[at & (m->n_slots - 1)];
		const char *own = m->spellings[*slot].form;
		if (!*slot || (!memcmp(own, form, n) && !own[n]))
			return slot;
	}
}

uint32_t reading_spelling(const struct reading_model *m, const char *form, size_t n)
{
	return n < WORD_BYTES_MAX ? *slot_of(m, form, n) : 0;
}

/* The words of a value: "est-ce qu'" is est, -ce, qu'. What the counts have not is added to them. */
static size_t words_of(struct reading_model *m, const char *value, size_t n, uint32_t ids[static GUESS_WORDS])
{
	struct tokens t = { 0 };
	size_t found = 0;
	if (n && value[0] == '-') { /* -t-il */
		ids[0] = words_add(m->words, value, n);
		return ids[0] != WORDS_NONE;
	}
	reading_tokens(m, value, n, &t);
	for (size_t i = 0; i < t.n && found < GUESS_WORDS; i++) {
		const struct token *x = &t.list[i];
		bool figure = x->kind == TOKEN_NUMBER || (x->low[0] >= '0' && x->low[0] <= '9');
		uint32_t id = figure ? words_number(m->words) : words_add(m->words, value + x->at, x->len);
		if (x->kind != TOKEN_VERBATIM && id != WORDS_NONE)
			ids[found++] = id;
	}
	free(t.list);
	return found;
}

static void add_spelling(struct reading_model *m, const char *form, const char *value, size_t n, uint8_t rank,
	uint32_t *last)
{
	struct spelling s = { .rank = rank };
	size_t n_form = strlen(form);
	if (n_form >= sizeof s.form)
		return;
	memcpy(s.form, form, n_form + 1);
	s.n = (uint8_t)words_of(m, value, n, s.ids);
	if (!s.n)
		return;
	grow(&m->spellings, &m->cap_spellings, m->n_spellings + 1, sizeof s);
	m->spellings[m->n_spellings] = s;
	if (*last)
		m->spellings[*last].next = (uint32_t)m->n_spellings;
	else
		*slot_of(m, form, n_form) = (uint32_t)m->n_spellings;
	*last = (uint32_t)m->n_spellings++;
}

static void add_spellings(struct reading_model *m, const struct lexicon *l)
{
	size_t n = 0, bytes = 0;
	const struct lexicon_row *rows = lexicon_rows(l, &n);
	for (size_t i = 0; i < n; i++)
		bytes += rows[i].value && rows[i].kind == LEXICON_SPELL ? strlen(rows[i].value) + 1 : 0;
	m->n_slots = 1024;
	while (m->n_slots < 4 * n)
		m->n_slots *= 2;
	m->slots = xcalloc(m->n_slots, sizeof *m->slots);
	grow(&m->spellings, &m->cap_spellings, 1, sizeof *m->spellings);
	memset(m->spellings, 0, sizeof *m->spellings);
	m->n_spellings = 1;
	char *value = m->values = xmalloc(bytes + 1); /* kept: words_add keeps pointers into it */
	for (size_t i = 0; i < n; i++) {
		if (rows[i].kind != LEXICON_SPELL || !rows[i].value)
			continue;
		uint32_t last = 0;
		uint8_t rank = 0;
		memcpy(value, rows[i].value, strlen(rows[i].value) + 1);
		for (char *s = value, *end; *s; s = *end ? end + 1 : end) {
			end = s + strcspn(s, "|");
			add_spelling(m, rows[i].form, s, (size_t)(end - s), rank++, &last);
		}
		value += strlen(value) + 1;
	}
}

static size_t find_pairs(const struct words *w, const char *const list[][2], size_t n, struct elision *out)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t a = words_find(w, list[i][0], strlen(list[i][0])), b = words_find(w, list[i][1], strlen(list[i][1]));
		if (a != WORDS_NONE && b != WORDS_NONE)
			out[found++] = (struct elision){ a, b };
	}
	return found;
}

struct reading_model *reading_model_new(const char *lang, const struct lexicon *l, const char *counts, size_t len,
	struct error *e)
{
	static const char *const elisions[][2] = { { "le", "l'" }, { "la", "l'" }, { "de", "d'" }, { "je", "j'" }, { "me", "m'" },
		{ "te", "t'" }, { "se", "s'" }, { "ne", "n'" }, { "que", "qu'" }, { "ce", "c'" }, { "jusque", "jusqu'" },
		{ "lorsque", "lorsqu'" }, { "puisque", "puisqu'" } };
	static const char *const tails[][2] = { { "vous", "-vous" }, { "tu", "-tu" }, { "il", "-il" }, { "elle", "-elle" },
		{ "on", "-on" }, { "nous", "-nous" }, { "ils", "-ils" }, { "elles", "-elles" }, { "je", "-je" }, { "ce", "-ce" },
		{ "moi", "-moi" }, { "là", "-là" } };
	struct reading_model *m = xcalloc(1, sizeof *m);
	m->french = !strcmp(lang, "fr");
	m->words = words_new(counts, len, m->french, e);
	if (!m->words) {
		reading_model_free(m);
		return NULL;
	}
	add_spellings(m, l);
	if (m->french) {
		m->n_elisions = find_pairs(m->words, elisions, COUNT_OF(elisions), m->elisions);
		m->n_tails = find_pairs(m->words, tails, COUNT_OF(tails), m->tails);
	}
	return m;
}

void reading_model_free(struct reading_model *m)
{
	if (!m)
		return;
	words_free(m->words);
	free(m->spellings);
	free(m->slots);
	free(m->values);
	free(m);
}

size_t reading_model_memory(const struct reading_model *m)
{
	return sizeof *m + words_memory(m->words) + m->cap_spellings * sizeof *m->spellings + m->n_slots * sizeof *m->slots;
}

/* ---- the likeliest path ------------------------------------------------------------------------------------------ */

struct state {
	uint32_t before, last; /* words */
	float cost;
	int32_t from;          /* state that this came from, or -1 */
	uint8_t guess;         /* of the token where that one stood */
};

struct search {
	const struct reading_model *m;
	const struct tokens *t;
	struct guesses *guesses; /* a token */
	struct state *states;    /* BEAM a place; place t->n is the end */
	uint8_t *n_states;
};

/* What stands badly before a vowel, or only before one. */
static float hiatus(const struct reading_model *m, uint32_t last, uint32_t word, const struct token *token)
{
	size_t n = token ? token->n_low : 0, n_last = 0;
	if (last == WORDS_NONE || (word == WORDS_NONE && !token) || !m->french)
		return 0;
	const char *a = words_text(m->words, last, &n_last);
	const char *b = word == WORDS_NONE ? token->low : words_text(m->words, word, &n);
	bool vowel = reading_vowel(b, n);
	if (a[n_last - 1] == '\'')
		return vowel && b[0] != '-' ? 0 : word == words_number(m->words) ? HIATUS : NO_HIATUS;
	if (!vowel || b[0] == 'h' || b[0] == 'y' || b[0] == 'H')
		return 0;
	for (size_t i = 0; i < m->n_elisions; i++)
		if (m->elisions[i].full == last)
			return HIATUS;
	return 0;
}

static void offer(struct search *s, size_t place, const struct state *x)
{
	struct state *list = s->states + place * BEAM;
	size_t n = s->n_states[place], worst = 0;
	for (size_t i = 0; i < n; i++) {
		if (list[i].last == x->last && list[i].before == x->before) {
			if (x->cost < list[i].cost)
				list[i] = *x;
			return;
		}
		if (list[i].cost > list[worst].cost)
			worst = i;
	}
	if (n < BEAM)
		list[s->n_states[place]++] = *x;
	else if (x->cost < list[worst].cost)
		list[worst] = *x;
}

static float step(const struct search *s, struct state *x, uint32_t word, const struct token *token)
{
	float cost = FOLLOWING * words_cost(s->m->words, x->before, x->last, word) + hiatus(s->m, x->last, word, token);
	x->before = x->last;
	x->last = word;
	return cost;
}

static void follow(struct search *s, size_t place, size_t from, float bound)
{
	const struct state old = s->states[place * BEAM + from];
	const struct guesses *guesses = &s->guesses[place];
	struct state start = old;
	if (s->t->list[place].begins) {
		if (place)
			start.cost += step(s, &start, words_period(s->m->words), NULL);
		start.before = WORDS_NONE;
		start.last = words_period(s->m->words);
	}
	for (size_t i = 0; i < guesses->n; i++) {
		const struct guess *g = &guesses->list[i];
		struct state x = start;
		x.cost += g->cost;
		x.from = (int32_t)(place * BEAM + from);
		x.guess = (uint8_t)i;
		for (size_t k = 0; k < g->n && x.cost < bound; k++)
			x.cost += step(s, &x, g->ids[k], &s->t->list[place]);
		if (x.cost < bound)
			offer(s, place + g->span, &x);
	}
}

/* How much of the message is in standard spelling already. */
static float strictness_of(const struct reading_model *m, const struct tokens *t)
{
	size_t words = 0, odd = 0, accents = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct token *x = &t->list[i];
		if (x->kind != TOKEN_WORD)
			continue;
		words++;
		odd += x->exact == WORDS_NONE && !(x->capital && !x->begins && !t->upper);
		for (size_t k = 0; k < x->n_low; k++)
			accents += x->low[k] == '\'' || x->low[k] == '-' || (unsigned char)x->low[k] == 0xc3;
	}
	(void)m;
	if (odd == 0)
		return accents || words < 8 ? STRICT : STRICTISH;
	return odd * 8 <= words && accents ? STRICTISH : odd * 12 <= words ? STRICTISH : 1;
}

/* The guesses of the likeliest path, by token; a token passed over by a longer guess has none (NULL). */
static void search(struct search *s, const struct guess **chosen)
{
	size_t n = s->t->n;
	float strictness = strictness_of(s->m, s->t);
	s->n_states[0] = 1;
	s->states[0] = (struct state){ .before = WORDS_NONE, .last = words_period(s->m->words), .from = -1 };
	for (size_t place = 0; place < n; place++) {
		if (!s->n_states[place])
			continue;
		reading_guess(s->m, s->t, place, strictness, &s->guesses[place]);
		float best = s->states[place * BEAM].cost;
		for (size_t i = 1; i < s->n_states[place]; i++)
			if (s->states[place * BEAM + i].cost < best)
				best = s->states[place * BEAM + i].cost;
		for (size_t i = 0; i < s->n_states[place]; i++)
			if (s->states[place * BEAM + i].cost < best + 16)
				follow(s, place, i, best + 1000);
	}
	size_t best = n * BEAM;
	float least = 0;
	for (size_t i = 0; i < s->n_states[n]; i++) {
		struct state x = s->states[n * BEAM + i];
		float cost = x.cost + step(s, &x, words_period(s->m->words), NULL);
		if (i == 0 || cost < least) {
			least = cost;
			best = n * BEAM + i;
		}
	}
	for (int32_t at = (int32_t)best; s->states[at].from >= 0; at = s->states[at].from) {
		size_t place = (size_t)s->states[at].from / BEAM;
		chosen[place] = &s->guesses[place].list[s->states[at].guess];
	}
}

/* ---- the sentence ------------------------------------------------------------------------------------------------ */

struct writer {
	const struct reading_model *m;
	const char *text;
	size_t len;
	const struct tokens *t;
	struct reading *out;
	bool begins;  /* a sentence: the next word has a capital */
	bool glued;   /* the next word stands at the one before */
	bool changed; /* any word */
};

static void add_word(struct writer *w, const char *s, size_t n, bool changed, bool glue)
{
	struct reading *out = w->out;
	struct buf *b = &out->text;
	if (glue && out->n) {
		struct reading_word *last = &out->words[out->n - 1];
		buf_add(b, s, n);
		last->len = b->len - last->at;
		last->changed |= changed;
	} else {
		grow(&out->words, &out->cap, out->n + 1, sizeof *out->words);
		out->words[out->n++] = (struct reading_word){ .at = b->len, .len = n, .changed = changed };
		buf_add(b, s, n);
	}
	w->changed |= changed;
}

static void capitalise(struct buf *b, size_t at)
{
	bool bad = false;
	uint32_t point = 0;
	char upper[4];
	size_t n = utf8_next(b->data + at, b->len - at, &point, &bad);
	ucs4_t big = uc_toupper(point);
	if (big != point && utf8_write(upper, big) == n)
		memcpy(b->data + at, upper, n);
}

/* One word of a guess: as it is known, or as it was written. */
static void write_word(struct writer *w, const struct token *x, const struct guess *g, size_t k)
{
	const char *s = w->text + x->at;
	size_t n = x->len;
	uint32_t id = g->ids[k];
	char low[WORD_BYTES_MAX];
	bool changed = !g->same;
	if (id == words_number(w->m->words)) {
		n = x->kind == TOKEN_NUMBER || g->same ? n : strspn(s, "0123456789");
		changed = n != x->len;
	} else if (id != WORDS_NONE && (!g->same || w->t->upper)) {
		s = words_text(w->m->words, id, &n);
		changed = reading_lower(s, n, low) != x->n_low || memcmp(low, x->low, x->n_low) != 0;
	} else if (id == WORDS_NONE) {
		changed = false;
	}
	if (!w->m->french && g->same && n == 1 && s[0] == 'i') {
		s = "I";
		changed = true;
	}
	bool glue = w->glued || s[0] == '-';
	bool capital = w->begins;
	w->begins = false;
	if (k && !glue)
		buf_addc(&w->out->text, ' ');
	size_t at = w->out->text.len;
	add_word(w, s, n, changed, glue);
	if ((capital || (k == 0 && x->titled && !w->t->upper && changed)) && x->kind == TOKEN_WORD)
		capitalise(&w->out->text, at);
	w->glued = n && (s[n - 1] == '\'' || (n > 2 && !memcmp(s + n - 3, "\xe2\x80\x99", 3)));
}

static void write_marks(struct writer *w, const char *s, size_t n, bool *space)
{
	struct buf *b = &w->out->text;
	bool asks = memchr(s, '?', n) != NULL, calls = memchr(s, '!', n) != NULL;
	if (w->m->french && b->len)
		buf_addc(b, ' ');
	buf_adds(b, asks && calls ? "?!" : asks ? "?" : "!");
	w->begins = *space = true;
}

/* What stands between two words: blanks become one, "???" one "?", and a sentence has its blanks where they belong. */
static void write_gap(struct writer *w, const char *s, size_t n, bool last)
{
	struct buf *b = &w->out->text;
	bool space = false, line = false, made = false; /* a blank is due; a line's end is; nobody wrote the blank */
	for (size_t i = 0; i < n;) {
		size_t same = i;
		if (strchr(" \t\n", s[i]) && s[i]) {
			space = true;
			made = false;
			line |= s[i++] == '\n';
			continue;
		}
		while (same < n && (s[same] == '?' || s[same] == '!'))
			same++;
		if (same > i) {
			write_marks(w, s + i, same - i, &space);
			i = same;
			line = false;
			made = true;
			continue;
		}
		bool stop = s[i] == '.', comma = s[i] == ',';
		while (same < n && s[same] == s[i] && (stop || comma))
			same++;
		if (same > i && b->len) {
			buf_adds(b, comma ? "," : same - i > 1 ? "..." : ".");
			w->begins |= stop;
			space = made = true;
			i = same;
			continue;
		}
		if (space && b->len && !(made && strchr(")]\"", s[i])))
			buf_addc(b, line ? '\n' : ' ');
		w->begins |= line;
		space = line = false;
		buf_addc(b, s[i++]);
	}
	w->begins |= line;
	if (space && b->len && !last)
		buf_addc(b, line ? '\n' : ' ');
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

/* Whether the words of the last sentence ask: it begins with one that does, turns verb and subject about, or asks as people
 * speak: "c'est quand". */
static bool asks(const struct writer *w, size_t first)
{
	static const char *const openers[] = { "pourquoi", "comment", "combien", "quand", "où", "qui", "que", "quel", "quelle",
		"quels", "quelles", "est-ce", "qu'est-ce", "lequel", "laquelle", "what", "why", "how", "when", "where", "who", "which",
		"is", "are", "do", "does", "did", "can", "could", "will", "would", "should", "have", "has" };
	static const char *const inside[] = { "-vous", "-tu", "-il", "-elle", "-on", "-nous", "-ils", "-elles", "-je", "est-ce" };
	static const char *const asked[] = { "quoi", "quand", "qui", "où", "combien" };
	static const char *const closers[] = { "quoi", "quand", "combien", "où", "comment", "pourquoi", "qui", "non" };
	char low[WORD_BYTES_MAX], before[WORD_BYTES_MAX] = "";
	const struct reading *out = w->out;
	for (size_t i = first; i < out->n; i++) {
		size_t n = reading_lower(out->text.data + out->words[i].at, out->words[i].len, low);
		low[n < sizeof low ? n : 0] = '\0';
		if (i == first && (is_one_of(low, openers, COUNT_OF(openers)) || (w->m->french && !strncmp(low, "qu'", 3))))
			return true;
		for (size_t k = 0; w->m->french && k < COUNT_OF(inside); k++)
			if (strstr(low, inside[k]))
				return true;
		if (w->m->french && i + 1 == out->n && is_one_of(low, closers, COUNT_OF(closers)))
			return true;
		if (w->m->french && !strcmp(before, "c'est") && is_one_of(low, asked, COUNT_OF(asked)))
			return true;
		if (w->m->french && !strcmp(low, "quoi") && strcmp(before, "de") != 0 && strcmp(before, "n'importe") != 0)
			return true;
		memcpy(before, low, sizeof before);
	}
	return false;
}

/* A sentence that ends without a mark gets one. */
static void close_sentence(struct writer *w, size_t first)
{
	struct buf *b = &w->out->text;
	if (!w->out->n || w->out->n <= first)
		return;
	const struct reading_word *last = &w->out->words[w->out->n - 1];
	bool asked = asks(w, first);
	if (last->at + last->len == b->len && (asked || w->out->n > first + 1))
		buf_adds(b, !asked ? "." : w->m->french ? " ?" : "?");
}

static void write_all(struct writer *w, const struct guess *const *chosen)
{
	size_t end = 0, first = 0;
	for (size_t i = 0; i < w->t->n; i++) {
		const struct guess *g = chosen[i];
		const struct token *x = &w->t->list[i];
		if (!g)
			continue;
		if (x->begins)
			first = w->out->n;
		size_t n = 0;
		const char *spelled = g->same || g->ids[0] == WORDS_NONE ? w->text + x->at : words_text(w->m->words, g->ids[0], &n);
		bool blank = x->at > end && strspn(w->text + end, " ") >= x->at - end;
		bool hides = blank && (w->glued || spelled[0] == '-');
		if (!hides) {
			if (x->at > end)
				w->glued = false;
			write_gap(w, w->text + end, x->at - end, false);
		}
		/* "c'koi": what the apostrophe held together may be two words now */
		if (x->at == end && end && !w->glued && spelled[0] != '-' && (w->text[end - 1] == '\'' || w->text[end - 1] == '\x99'))
			buf_addc(&w->out->text, ' ');
		for (size_t k = 0; k < g->n; k++)
			write_word(w, x, g, k);
		const struct token *last = &w->t->list[i + g->span - 1];
		end = last->at + last->len;
	}
	w->glued = false;
	write_gap(w, w->text + end, w->len - end, true);
	if (w->t->n)
		close_sentence(w, first);
}

/* The message as it is, with its words told. */
static void write_same(struct writer *w)
{
	struct reading *out = w->out;
	buf_reset(&out->text);
	buf_add(&out->text, w->text, w->len);
	out->n = 0;
	for (size_t i = 0; i < w->t->n; i++) {
		const struct token *x = &w->t->list[i];
		if (out->n && out->words[out->n - 1].at + out->words[out->n - 1].len == x->at) {
			out->words[out->n - 1].len += x->len;
			continue;
		}
		grow(&out->words, &out->cap, out->n + 1, sizeof *out->words);
		out->words[out->n++] = (struct reading_word){ .at = x->at, .len = x->len };
	}
}

/* ---- a message --------------------------------------------------------------------------------------------------- */

void reading_release(struct reading *r)
{
	buf_release(&r->text);
	free(r->words);
	*r = (struct reading){ 0 };
}

bool reading_of(const struct reading_model *m, const char *text, struct reading *out)
{
	size_t len = strlen(text), read = len;
	struct tokens t = { 0 };
	if (read > READING_BYTES_MAX) {
		read = READING_BYTES_MAX;
		while (read && ((unsigned char)text[read] & 0xc0) == 0x80)
			read--;
	}
	if (!out->text.data)
		buf_init(&out->text, 0);
	buf_reset(&out->text);
	out->n = 0;
	reading_tokens(m, text, read, &t);
	struct search s = { .m = m, .t = &t, .guesses = xcalloc(t.n + 1, sizeof *s.guesses) };
	const struct guess **chosen = xcalloc(t.n + 1, sizeof *chosen);
	s.states = xcalloc((t.n + SPAN + 1) * BEAM, sizeof *s.states);
	s.n_states = xcalloc(t.n + SPAN + 1, sizeof *s.n_states);
	search(&s, chosen);
	struct writer w = { .m = m, .text = text, .len = len, .t = &t, .out = out, .begins = true };
	write_all(&w, chosen);
	if (!w.changed)
		write_same(&w);
	free(t.list);
	free(s.guesses);
	free(s.states);
	free(s.n_states);
	free(chosen);
	return w.changed;
}
