#include "src/base/phrase.h"

#include <ctype.h>
#include <string.h>

enum { ARGS_MAX = 12, DEPTH = 3, TRIES = 20000 /* a sentence that would fit only after so many is left as it is */ };

struct found {
	struct { const char *at; size_t len; } arg[ARGS_MAX];
	size_t n, own; /* arguments; bytes of the template's own words */
	int *tries;
};

/* The length of a directive at `p`, and what it takes: 'd' a number, 'c' a character, 's' anything, '%' itself. */
static size_t directive(const char *p, char *kind)
{
	size_t n = 1 + strspn(p + 1, "-+ 0#123456789.*hlzjt");
	char what = p[n];
	*kind = strchr("diuxX", what) && what ? 'd' : what == 'c' || what == '%' ? what : 's';
	return what ? n + 1 : n;
}

static bool fits(const char *from, const char *s, struct found *f);

static bool fits_argument(const char *from, const char *s, size_t len, struct found *f)
{
	struct found before = *f;
	if (f->n == ARGS_MAX || --*f->tries < 0)
		return false;
	f->arg[f->n].at = s;
	f->arg[f->n++].len = len;
	if (fits(from, s + len, f))
		return true;
	*f = before;
	return false;
}

static size_t digits(const char *s)
{
	size_t sign = *s == '-', n = sign;
	while (isdigit((unsigned char)s[n]))
		n++;
	return n > sign ? n : 0;
}

static bool fits(const char *from, const char *s, struct found *f)
{
	for (char kind; *from; from++, s++, f->own++) {
		if (*from == '%') {
			size_t n = directive(from, &kind), len = kind == 'd' ? digits(s) : *s ? 1 : 0;
			if (kind == '%') {
				from++;
			} else if (kind != 's') {
				return len > 0 && fits_argument(from + n, s, len, f);
			} else {
				for (len = 0; !fits_argument(from + n, s, len, f); len++)
					if (!s[len])
						return false;
				return true;
			}
		}
		if (*from != *s)
			return false;
	}
	return !*s;
}

/* Most templates are told apart by how they begin or end. */
static bool may_fit(const char *from, const char *s)
{
	const char *last = strrchr(from, '%');
	char kind;
	size_t len = strlen(s), begin = strcspn(from, "%");
	if (strncmp(from, s, begin) != 0)
		return false;
	if (!last)
		return from[begin] == s[begin];
	const char *end = last + directive(last, &kind);
	return strlen(end) <= len && strcmp(s + len - strlen(end), end) == 0;
}

static bool say(const struct phrase *table, size_t n, const char *sentence, int depth, struct buf *out);

static void put_argument(const struct phrase *table, size_t n, const struct found *f, size_t i, int depth, struct buf *out)
{
	struct buf word = BUF_INIT;
	buf_add(&word, f->arg[i].at, f->arg[i].len);
	say(table, n, word.data, depth + 1, out);
	buf_release(&word);
}

static bool say(const struct phrase *table, size_t n, const char *sentence, int depth, struct buf *out)
{
	const struct phrase *best = NULL;
	struct found f, most = { .own = 0 };
	char kind;
	for (size_t i = 0; *sentence && depth <= DEPTH && i < n; i++) {
		int tries = TRIES;
		f = (struct found){ .tries = &tries };
		if (may_fit(table[i].from, sentence) && fits(table[i].from, sentence, &f) && f.own > most.own) {
			most = f;
			best = &table[i];
		}
	}
	if (!best) {
		buf_adds(out, sentence);
		return false;
	}
	size_t used = 0;
	for (const char *p = best->to; *p;) {
		size_t len = *p == '%' ? directive(p, &kind) : 1;
		if (*p != '%')
			buf_addc(out, *p);
		else if (kind == '%')
			buf_addc(out, '%');
		else if (used < most.n)
			put_argument(table, n, &most, used++, depth, out);
		p += len;
	}
	return true;
}

bool phrase_say(const struct phrase *table, size_t n, const char *sentence, struct buf *out)
{
	return say(table, n, sentence, 0, out);
}
