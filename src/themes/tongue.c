/* tongue.c: one table from folded words, and one from stems, to what the lexicon says of them. */
#include "src/themes/tongue.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/themes/sound.h"

enum {
	MATTERS_MAX = 4,
	TOKENS_MAX = 64,
	CACHE = 1 << 13,
	EXACT_MAX = 3 /* words of so many letters are compared as they are */
};

enum trait {
	T_STOP = 1,
	T_WEAK = 2,
	T_CHATTER = 4,
	T_ADVERT = 8,
	T_KEEP = 16,
	T_NAMED = 32, /* the lexicon knows it for what it is, so it is no glued word */
};

/* What the lexicon says of a word, or of two (`two`: key of the second word mixed in). */
struct entry {
	uint64_t same; /* compare it as that; 0: as it is */
	uint64_t matter[MATTERS_MAX];
	uint16_t traits;
};
struct table {
	uint64_t *keys; /* apart from what is said of them: most words are not there */
	struct entry *v;
	size_t n, cap; /* a power of two */
};

/* What was learnt of a lexicon. */
struct lore {
	struct table words; /* by the folded word */
	struct table stems; /* by the key of the stem, and of pairs of stems */
};

struct tongue {
	struct lore *own;        /* NULL: another's */
	const struct lore *lore; /* only read once learnt */
	struct sb_stemmer *stemmer;
	bool french;
	struct known {
		uint64_t key, stem; /* of a word as it is written; 0: free */
		const struct entry *e;
		bool sure; /* e is of this very word */
	} * cache;         /* by key: the last word that fell there */
};

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	return h;
}

static uint64_t key_of(char class, const char *s, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ (uint64_t)(unsigned char)class;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return mix(h) | 1; /* never 0 */
}

static uint64_t key_of_two(uint64_t a, uint64_t b)
{
	return mix((a < b ? a : b) * 3 + (a < b ? b : a)) | 1;
}

/* Where the key is, or would be. */
static size_t slot_of(const struct table *t, uint64_t key)
{
	size_t i = (size_t)key & (t->cap - 1);
	while (t->keys[i] != 0 && t->keys[i] != key)
		i = (i + 1) & (t->cap - 1);
	return i;
}

static struct entry *find(const struct table *t, uint64_t key)
{
	size_t i = t->cap == 0 ? 0 : slot_of(t, key);
	return t->cap == 0 || t->keys[i] == 0 ? NULL : &t->v[i];
}

static void widen(struct table *t)
{
	struct table old = *t;
	t->cap = old.cap == 0 ? 256 : 2 * old.cap;
	t->keys = xcalloc(t->cap, sizeof *t->keys);
	t->v = xcalloc(t->cap, sizeof *t->v);
	for (size_t i = 0; i < old.cap; i++) {
		if (old.keys[i] == 0)
			continue;
		size_t at = slot_of(t, old.keys[i]);
		t->keys[at] = old.keys[i];
		t->v[at] = old.v[i];
	}
	free(old.keys);
	free(old.v);
}

static struct entry *make(struct table *t, uint64_t key)
{
	if (3 * (t->n + 1) > t->cap)
		widen(t);
	size_t i = slot_of(t, key);
	t->n += t->keys[i] == 0;
	t->keys[i] = key;
	return &t->v[i];
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

static bool is_figure(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

static bool is_latin(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < 'a' || s[i] > 'z')
			return false;
	return true;
}

static uint64_t stem_of(const struct tongue *t, const char *s, size_t n)
{
	if (n <= EXACT_MAX || !is_latin(s, n)) {
		if (t->stemmer == NULL || n <= EXACT_MAX)
			return key_of('w', s, n);
	} else if (t->french) {
		char sound[SOUND_MAX];
		size_t len = sound_of(s, n, sound);
		return len == 0 ? key_of('w', s, n) : key_of('s', sound, len);
	}
	if (t->stemmer == NULL)
		return key_of('w', s, n);
	const sb_symbol *stem = sb_stemmer_stem(t->stemmer, (const sb_symbol *)s, (int)n);
	return stem == NULL ? key_of('w', s, n)
			    : key_of('s', (const char *)stem, (size_t)sb_stemmer_length(t->stemmer));
}

/* ---- the lexicon ----------------------------------------------------------------------------------------------- */

static void fold(const char *s, struct buf *out)
{
	buf_reset(out);
	text_fold(s, out);
}

struct parts {
	const char *w[4];
	size_t len[4], n;
};

static struct parts split(const char *s, size_t len)
{
	struct parts p = { .n = 0 };
	for (size_t i = 0; i < len && p.n < COUNT_OF(p.w);) {
		size_t n = 0;
		while (i + n < len && s[i + n] != ' ')
			n++;
		p.w[p.n] = s + i;
		p.len[p.n++] = n;
		i += n + 1;
	}
	return p;
}

static bool is_stop(const struct tongue *t, const char *s, size_t n)
{
	const struct entry *e = find(&t->lore->words, key_of('w', s, n));
	return e != NULL && (e->traits & (T_STOP | T_KEEP)) == T_STOP;
}

/* The key of one word, or of the two that are left of several without function words; 0: neither. *exact: one word only. */
static uint64_t key_of_form(const struct tongue *t, const char *s, size_t len, uint64_t *exact)
{
	struct parts p = split(s, len), kept = { .n = 0 };
	for (size_t i = 0; i < p.n; i++)
		if (p.n == 1 || !is_stop(t, p.w[i], p.len[i])) {
			kept.w[kept.n] = p.w[i];
			kept.len[kept.n++] = p.len[i];
		}
	*exact = p.n == 1 ? key_of('w', p.w[0], p.len[0]) : 0;
	if (kept.n == 1 && p.n == 1)
		return stem_of(t, kept.w[0], kept.len[0]);
	if (kept.n == 2)
		return key_of_two(stem_of(t, kept.w[0], kept.len[0]), stem_of(t, kept.w[1], kept.len[1]));
	return 0;
}

static void add_matters(struct entry *e, const char *names)
{
	for (const char *p = names; *p != '\0';) {
		size_t n = strcspn(p, "|"), at = 0;
		uint64_t key = key_of('m', p, n);
		while (at < MATTERS_MAX && e->matter[at] != 0 && e->matter[at] != key)
			at++;
		if (at < MATTERS_MAX)
			e->matter[at] = key;
		p += n + (p[n] == '|');
	}
}

static uint16_t trait_of(enum lexicon_kind kind)
{
	static const uint16_t traits[LEXICON_KINDS] = { [LEXICON_STOP] = T_STOP,
		[LEXICON_KEEP] = T_KEEP | T_NAMED,
		[LEXICON_WEAK] = T_WEAK,
		[LEXICON_CHATTER] = T_CHATTER,
		[LEXICON_ADVERT] = T_ADVERT,
		[LEXICON_SYNONYM] = T_NAMED,
		[LEXICON_NEAR] = T_NAMED };
	return traits[kind];
}

/* By ear too: what is long enough not to be mistaken. A function word is not found by ear where a content word sounds so. */
static void learn_row(struct tongue *t, const struct lexicon_row *r, struct buf *form, struct buf *value)
{
	uint64_t exact, stem;
	fold(r->form, form);
	stem = key_of_form(t, form->data, form->len, &exact);
	uint64_t same = 0, unused;
	if (r->kind == LEXICON_SYNONYM) {
		char *first = xstrndup(r->value, strcspn(r->value, "|"));
		fold(first, value);
		free(first);
		same = key_of_form(t, value->data, value->len, &unused);
	}
	bool by_ear = stem != 0 && (r->kind == LEXICON_SYNONYM || r->kind == LEXICON_NEAR || form->len > 4);
	struct entry *entries[2] = { NULL, NULL };
	if (exact != 0)
		entries[0] = make(&t->own->words, exact);
	if (by_ear)
		entries[1] = make(&t->own->stems, stem);
	for (int i = 0; i < 2; i++) {
		if (entries[i] == NULL)
			continue;
		entries[i]->traits |= trait_of(r->kind);
		if (r->kind == LEXICON_NEAR)
			add_matters(entries[i], r->value);
		if (same != 0 && entries[i]->same == 0 && same != stem)
			entries[i]->same = same;
	}
}

static void learn(struct tongue *t, const struct lexicon *l)
{
	static const enum lexicon_kind order[] = { LEXICON_STOP, LEXICON_KEEP, LEXICON_WEAK, LEXICON_CHATTER,
		LEXICON_ADVERT, LEXICON_SYNONYM, LEXICON_NEAR };
	struct buf form = BUF_INIT, value = BUF_INIT;
	size_t n;
	const struct lexicon_row *rows = lexicon_rows(l, &n);
	for (size_t k = 0; k < COUNT_OF(order); k++)
		for (size_t i = 0; i < n; i++)
			if (rows[i].value != NULL && rows[i].kind == order[k])
				learn_row(t, &rows[i], &form, &value);
	buf_release(&form);
	buf_release(&value);
}

static const char *snowball_name(const char *lang)
{
	return strcmp(lang, "en") == 0 ? "english" : lang;
}

bool tongue_speaks(const char *lang)
{
	struct sb_stemmer *s = strcmp(lang, "fr") == 0 ? NULL : sb_stemmer_new(snowball_name(lang), NULL);
	bool there = s != NULL || strcmp(lang, "fr") == 0;
	if (s != NULL)
		sb_stemmer_delete(s);
	return there;
}

static struct tongue *begin(const char *lang)
{
	struct tongue *t = xcalloc(1, sizeof *t);
	t->cache = xcalloc(CACHE, sizeof *t->cache);
	t->french = strcmp(lang, "fr") == 0;
	if (!t->french)
		t->stemmer = sb_stemmer_new(snowball_name(lang), NULL);
	return t;
}

struct tongue *tongue_new(const char *lang, const struct lexicon *l)
{
	struct tongue *t = begin(lang);
	t->lore = t->own = xcalloc(1, sizeof *t->own);
	if (l != NULL)
		learn(t, l);
	return t;
}

struct tongue *tongue_like(const struct tongue *of, const char *lang)
{
	struct tongue *t = begin(lang);
	t->lore = of->lore;
	return t;
}

void tongue_free(struct tongue *t)
{
	if (t == NULL)
		return;
	free(t->cache);
	if (t->own != NULL) {
		free(t->own->words.keys);
		free(t->own->words.v);
		free(t->own->stems.keys);
		free(t->own->stems.v);
		free(t->own);
	}
	if (t->stemmer != NULL)
		sb_stemmer_delete(t->stemmer);
	free(t);
}

size_t tongue_memory(const struct tongue *t)
{
	size_t rows = t->lore->words.cap + t->lore->stems.cap;
	return sizeof *t + rows * (sizeof(struct entry) + sizeof(uint64_t)) + CACHE * sizeof *t->cache;
}

/* ---- a message ------------------------------------------------------------------------------------------------- */

struct token {
	const char *w;
	size_t len;
	uint64_t stem;
	const struct entry *e; /* what the lexicon says of it; may be NULL */
	enum sign_kind kind;
};

static void add(struct heard *h, uint64_t key, enum sign_kind kind, size_t at, size_t len)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].key == key) {
			h->v[i].times++;
			return;
		}
	if (h->n < SIGNS_MAX)
		h->v[h->n++] = (struct sign){
			.key = key, .kind = kind, .at = (uint16_t)at, .len = (uint16_t)len, .times = 1 };
}

/* What does not change from one message to the next. */
static const struct known *look_up(const struct tongue *t, const char *w, size_t len)
{
	uint64_t key = key_of('w', w, len);
	struct known *it = &t->cache[key >> 40 & (CACHE - 1)];
	if (it->key == key)
		return it;
	it->key = key;
	it->e = find(&t->lore->words, key);
	it->sure = it->e != NULL;
	it->stem = stem_of(t, w, len);
	if (it->e == NULL && len > EXACT_MAX)
		it->e = find(&t->lore->stems, it->stem);
	return it;
}

/* lessence, dlargent, jespere: an elision that lost its apostrophe, when what follows is better known than the whole. */
static bool unglue(const struct tongue *t, struct token *k, known_fn *known, const void *ctx)
{
	static const char elided[] = "ldjmtsnc";
	size_t off = 1;
	if (k->len > 5 && k->w[0] == 'q' && k->w[1] == 'u')
		off = 2;
	else if (k->w[0] == 'k' && k->len > 4)
		off = 1;
	else if (strchr(elided, k->w[0]) == NULL)
		return false;
	if (k->len < off + 4 || strchr("aeiouh", k->w[off]) == NULL)
		return false;
	const char *rest = k->w + off;
	size_t n = k->len - off;
	const struct known *it = look_up(t, rest, n);
	uint64_t stem = it->stem;
	const struct entry *e = it->e;
	bool named = e != NULL && (e->traits & T_NAMED) != 0;
	uint32_t whole = known == NULL ? 0 : known(ctx, k->stem), part = known == NULL ? 0 : known(ctx, stem);
	if (!(named && whole <= part) && !(part >= 2 && part > 2 * whole))
		return false;
	k->w = rest;
	k->len = n;
	k->stem = stem;
	k->e = e;
	return true;
}

/* One name for one thing: what the lexicon says to compare it as, and so on. */
static uint64_t name_of(const struct tongue *t, const struct entry *e, uint64_t stem)
{
	for (int hops = 0; hops < 3 && e != NULL && e->same != 0 && e->same != stem; hops++) {
		stem = e->same;
		e = find(&t->lore->stems, stem);
	}
	return stem;
}

static struct token token_of(const struct tongue *t, const char *w, size_t len, known_fn *known, const void *ctx)
{
	struct token k = { .w = w, .len = len, .kind = SIGN_WORD };
	const struct known seen = *look_up(t, w, len), *it = &seen; /* its place may be taken below */
	bool sure = it->sure;
	k.e = it->e;
	if (sure && (k.e->traits & (T_STOP | T_KEEP)) == T_STOP) {
		k.kind = SIGN_FUNCTION;
		k.stem = it->key;
		return k;
	}
	k.stem = it->stem;
	if (!sure && is_figure(w, len))
		k.kind = SIGN_FIGURE;
	else if (t->french && (k.e == NULL || !(k.e->traits & T_NAMED)) && !sure)
		unglue(t, &k, known, ctx);
	if (k.e != NULL && k.e->traits & T_STOP && !(k.e->traits & (T_KEEP | T_NAMED)))
		k.kind = SIGN_FUNCTION;
	else if (k.e != NULL && k.e->traits & T_WEAK && !(k.e->traits & T_NAMED))
		k.kind = SIGN_WEAK;
	unsigned char first = (unsigned char)w[0];
	if (first >= 0xF0 || first == 0xE2 ||
		(first < 0x80 && !is_latin(w, 1) && !is_figure(w, 1))) /* a picture, a sign */
		k.kind = SIGN_FUNCTION;
	if (len == 1 && k.kind != SIGN_FUNCTION)
		k.kind = SIGN_FUNCTION;
	if (k.kind != SIGN_FUNCTION)
		k.stem = name_of(t, k.e, k.stem);
	return k;
}

static size_t tokens_of(const struct tongue *t, const struct buf *folded, known_fn *known, const void *ctx,
	struct token *out)
{
	size_t n = 0;
	const char *s = folded->data;
	for (size_t i = 0; i < folded->len && n < TOKENS_MAX;) {
		size_t len = 0;
		while (i + len < folded->len && s[i + len] != ' ')
			len++;
		if (len > 0)
			out[n++] = token_of(t, s + i, len, known, ctx);
		i += len + 1;
	}
	return n;
}

static void add_matters_of(struct heard *h, const struct entry *e)
{
	for (size_t i = 0; e != NULL && i < MATTERS_MAX && e->matter[i] != 0; i++)
		add(h, e->matter[i], SIGN_MATTER, 0, 0);
}

/* Two words that are one name become that name; others are a pair beside the two words. */
static void add_pairs(const struct tongue *t, struct heard *h, struct token *v, size_t n)
{
	struct token *before = NULL;
	for (size_t i = 0; i < n; i++) {
		if (v[i].kind == SIGN_FUNCTION)
			continue;
		if (before != NULL && before->stem != v[i].stem) {
			uint64_t pair = key_of_two(before->stem, v[i].stem);
			const struct entry *e = find(&t->lore->stems, pair);
			if (e != NULL && e->same != 0)
				add(h, name_of(t, e, pair), SIGN_WORD, 0, 0);
			add_matters_of(h, e);
			add(h, pair, SIGN_PAIR, 0, 0);
		}
		before = &v[i];
	}
}

static bool asks_nothing(const struct token *v, size_t n, const struct heard *h, const char *text)
{
	size_t chatter = 0, advert = 0, other = 0, figures = 0;
	(void)h;
	for (size_t i = 0; i < n; i++) {
		unsigned traits = v[i].e == NULL ? 0 : v[i].e->traits;
		if (traits & T_ADVERT)
			advert++;
		if (traits & T_CHATTER)
			chatter++;
		else if (v[i].kind == SIGN_FIGURE)
			figures++;
		else if (v[i].kind != SIGN_FUNCTION && !(traits & T_STOP))
			other += v[i].kind == SIGN_WORD || traits & T_KEEP ? 2 : 1;
	}
	bool question = strchr(text, '?') != NULL;
	if (other == 0 && !(question && figures > 0))
		return true;
	if (advert >= 3 || (advert == 2 && !question))
		return true;
	return chatter >= 1 && other <= (question ? 1u : chatter >= 2 ? 4u : 2u) && n <= 8;
}

void tongue_hear(struct tongue *t, const char *text, const struct buf *folded, known_fn *known, const void *ctx,
	struct heard *h)
{
	struct token v[TOKENS_MAX];
	size_t n = tokens_of(t, folded, known, ctx, v);
	h->n = h->words = 0;
	h->folded = folded->data;
	h->folded_len = folded->len;
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(v[i].w - folded->data);
		h->words += v[i].kind == SIGN_WORD;
		add(h, v[i].stem, v[i].kind, at, v[i].len);
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].kind != SIGN_FUNCTION)
			add_matters_of(h, v[i].e);
	add_pairs(t, h, v, n);
	h->asks_nothing = asks_nothing(v, n, h, text);
}
