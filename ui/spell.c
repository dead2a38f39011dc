/* spell.c: the thread makes the handle and is then gone; the interface alone asks. */
#include "ui/spell.h"

#include <hunspell/hunspell.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uniconv.h>
#include <unictype.h>
#include <unistr.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"

enum { WORD_MAX = 64, REMEMBERED_MAX = 20000 };

struct spell {
	char *dictionary;
	pthread_t thread;
	atomic_bool loaded;
	bool joined;
	Hunhandle *hun;       /* the thread's until `loaded` */
	char *encoding;       /* NULL: UTF-8 */
	struct strmap known;  /* word to &yes or &no */
};
static const char yes, no;

static const char *const folders[] = { "/usr/share/hunspell", "/usr/local/share/hunspell", "/usr/share/myspell/dicts", "/usr/share/myspell",
	"/Library/Spelling" };

static bool found_at(const char *base, char **aff, char **dic)
{
	struct buf a = BUF_INIT, d = BUF_INIT;
	buf_addf(&a, "%s.aff", base);
	buf_addf(&d, "%s.dic", base);
	bool there = file_exists(a.data) && file_exists(d.data);
	*aff = buf_detach(&a);
	*dic = buf_detach(&d);
	if (!there) {
		free(*aff);
		free(*dic);
	}
	return there;
}

static bool find_dictionary(const char *name, char **aff, char **dic)
{
	static const char *const wider[][2] = { { "en", "en_US" }, { "en", "en_GB" }, { "fr", "fr_FR" } };
	if (strchr(name, '/'))
		return found_at(name, aff, dic);
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		char *base = path_join(folders[i], name);
		bool there = found_at(base, aff, dic);
		free(base);
		if (there)
			return true;
	}
	for (size_t i = 0; i < COUNT_OF(wider); i++)
		if (!strcmp(name, wider[i][0]) && find_dictionary(wider[i][1], aff, dic))
			return true;
	return false;
}

static void *load(void *arg)
{
	struct spell *s = arg;
	char *aff, *dic;
	if (find_dictionary(s->dictionary, &aff, &dic)) {
		s->hun = Hunspell_create(aff, dic);
		free(aff);
		free(dic);
		const char *encoding = s->hun ? Hunspell_get_dic_encoding(s->hun) : NULL;
		if (encoding && strcasecmp(encoding, "UTF-8"))
			s->encoding = xstrdup(encoding);
	}
	atomic_store(&s->loaded, true);
	return NULL;
}

struct spell *spell_new(const char *dictionary)
{
	struct spell *s = xcalloc(1, sizeof *s);
	s->dictionary = xstrdup(dictionary);
	if (pthread_create(&s->thread, NULL, load, s) != 0) {
		s->joined = true;
		atomic_store(&s->loaded, true);
	}
	return s;
}

void spell_free(struct spell *s)
{
	if (!s)
		return;
	if (!s->joined)
		pthread_join(s->thread, NULL);
	if (s->hun)
		Hunspell_destroy(s->hun);
	strmap_release(&s->known);
	free(s->encoding);
	free(s->dictionary);
	free(s);
}

bool spell_loading(const struct spell *s)
{
	return s && !atomic_load(&s->loaded);
}

bool spell_missing(const struct spell *s)
{
	return atomic_load(&s->loaded) && !s->hun;
}

static bool to_be_judged(const char *word, size_t n)
{
	size_t letters = 0, small = 0;
	for (size_t i = 0; i < n;) {
		uint32_t c;
		bool bad = false;
		i += utf8_next(word + i, n - i, &c, &bad);
		if (bad || (c >= '0' && c <= '9') || (c > 0x24F && c < 0x2000)) /* other scripts: other dictionaries */
			return false;
		letters++;
		small += uc_is_lower(c);
	}
	return letters > 1 && letters < WORD_MAX && small > 0;
}

static bool ask(struct spell *s, const char *word)
{
	if (!s->encoding)
		return Hunspell_spell(s->hun, word) != 0;
	char *there = u8_strconv_to_encoding((const uint8_t *)word, s->encoding, iconveh_error);
	bool fine = !there || Hunspell_spell(s->hun, there) != 0;
	free(there);
	return fine;
}

/* "vaut-il", "l'a-t-on": fine when each part is. */
static bool parts_known(struct spell *s, const char *word)
{
	char part[4 * WORD_MAX];
	for (const char *p = word; *p;) {
		size_t n = strcspn(p, "-");
		snprintf(part, sizeof part, "%.*s", (int)n, p);
		if (n > 1 && !ask(s, part))
			return false;
		p += n + (p[n] == '-');
	}
	return strchr(word, '-') != NULL;
}

bool spell_knows(struct spell *s, const char *word, size_t n)
{
	char w[4 * WORD_MAX];
	if (!s || !atomic_load(&s->loaded) || !s->hun || n >= sizeof w || !to_be_judged(word, n))
		return true;
	size_t to = 0;
	for (size_t i = 0; i < n;) { /* the apostrophe of print as the dictionaries have it */
		if (n - i >= 3 && !memcmp(word + i, "\xE2\x80\x99", 3)) {
			w[to++] = '\'';
			i += 3;
		} else {
			w[to++] = word[i++];
		}
	}
	w[to] = 0;
	const char *known = strmap_get(&s->known, w);
	if (!known) {
		known = ask(s, w) || parts_known(s, w) ? &yes : &no;
		if (s->known.n > REMEMBERED_MAX)
			strmap_release(&s->known);
		strmap_put(&s->known, w, (void *)(uintptr_t)known);
	}
	return known == &yes;
}

static bool letter_at(const char *s, size_t len, size_t at, size_t *next)
{
	uint32_t c;
	bool bad = false;
	if (at >= len)
		return false;
	*next = at + utf8_next(s + at, len - at, &c, &bad);
	return utf8_is_word(c);
}

/* The end of the word that begins at `at`: letters, and a hyphen or an apostrophe between two. */
static size_t word_end(const char *s, size_t len, size_t at)
{
	size_t next = at, far;
	while (letter_at(s, len, at, &next) || (at < len && (s[at] == '-' || s[at] == '\'' || !strncmp(s + at, "\xE2\x80\x99", 3)) &&
		letter_at(s, len, next, &far)))
		at = next;
	return at;
}

void spell_check(struct spell *s, const char *text, size_t at, void (*take)(void *arg, size_t from, size_t to), void *arg)
{
	size_t len = strlen(text);
	if (!s || !atomic_load(&s->loaded) || !s->hun)
		return;
	for (size_t i = 0, next = 0; i < len; i = next) {
		if (!letter_at(text, len, i, &next))
			continue;
		next = word_end(text, len, i);
		if (next != at && !spell_knows(s, text + i, next - i))
			take(arg, i, next);
	}
}
