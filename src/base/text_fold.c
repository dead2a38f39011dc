/* text_fold.c: what two people wrote alike.
 *
 * Latin letters lose case and marks by a table that is computed once from libunistring. Other scripts keep their marks,
 * which are letters and vowels there, and lose only case and compatibility forms (ﬁ, ①, full width).
 */
#include "src/base/text.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "src/base/utf8.h"

enum {
	ROWS_LOW = 0x370 - 0x80,     /* U+0080 to U+036F: Latin and its marks */
	ROWS_HIGH = 0x1F00 - 0x1E00, /* U+1E00 to U+1EFF: more Latin */
	EXPANSION_MAX = 32,          /* code points that one can become (U+FDFA: 18) */
	ROW_BYTES = 14,
};

/* What a code point folds to: a word part, a space when len is 0, or nothing at all for a mark. */
struct row {
	uint8_t len;
	bool is_mark;
	char bytes[ROW_BYTES];
};

static struct row rows[ROWS_LOW + ROWS_HIGH];
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;

/* Letters that Unicode does not take apart, and people do. */
static const char *unligated(uint32_t c)
{
	static const struct {
		uint32_t letter;
		const char *ascii;
	} letters[] = {
		{ 0x00E6, "ae" },
		{ 0x00F0, "d" },
		{ 0x00F8, "o" },
		{ 0x00FE, "th" },
		{ 0x0111, "d" },
		{ 0x0127, "h" },
		{ 0x0131, "i" },
		{ 0x0138, "k" },
		{ 0x0142, "l" },
		{ 0x014B, "n" },
		{ 0x0153, "oe" },
		{ 0x0167, "t" },
	};

	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i].letter == c)
			return letters[i].ascii;
	return NULL;
}

static bool is_letter_mark(uint32_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M);
}

static bool is_letter_or_number(uint32_t c)
{
	if (c >= 0x2B9 && c <= 0x2FF) /* apostrophes and tones that count as letters */
		return false;
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

static void add_to_row(struct row *row, const char *bytes, size_t n)
{
	if (row->len + n <= ROW_BYTES) {
		memcpy(row->bytes + row->len, bytes, n);
		row->len = (uint8_t)(row->len + n);
	}
}

/* Compatibility decomposition without marks, then case folding, then the same again: folding may bring marks back. */
static size_t strip(uint32_t c, uint32_t points[static EXPANSION_MAX])
{
	size_t n = 1;

	points[0] = c;
	for (int round = 0; round < 2; round++) {
		uint32_t apart[EXPANSION_MAX];
		size_t len = EXPANSION_MAX, kept = 0;

		if (u32_normalize(UNINORM_NFKD, points, n, apart, &len) != apart)
			return 0;
		for (size_t i = 0; i < len; i++)
			if (!is_letter_mark(apart[i]))
				apart[kept++] = apart[i];
		if (kept == 0)
			return 0;
		n = EXPANSION_MAX;
		if (u32_casefold(apart, kept, NULL, NULL, points, &n) != points)
			return 0;
	}
	return n;
}

static void compute_row(uint32_t c, struct row *row)
{
	uint32_t points[EXPANSION_MAX];
	size_t n;

	row->is_mark = is_letter_mark(c);
	if (c == 0x13F || c == 0x140) { /* Catalan's l with a dot: not two words */
		add_to_row(row, "l", 1);
		return;
	}
	n = strip(c, points);
	for (size_t i = 0; i < n; i++) {
		const char *ascii = unligated(points[i]);
		char bytes[4];

		if (ascii)
			add_to_row(row, ascii, strlen(ascii));
		else if (is_letter_or_number(points[i]))
			add_to_row(row, bytes, utf8_write(bytes, points[i]));
		else if (row->len && i + 1 < n)
			add_to_row(row, " ", 1); /* ½ is 1 and 2 */
	}
}

static void compute_rows(void)
{
	for (uint32_t i = 0; i < ROWS_LOW; i++)
		compute_row(0x80 + i, &rows[i]);
	for (uint32_t i = 0; i < ROWS_HIGH; i++)
		compute_row(0x1E00 + i, &rows[ROWS_LOW + i]);
}

static const struct row *row_of(uint32_t c)
{
	if (c >= 0x80 && c < 0x80 + ROWS_LOW)
		return &rows[c - 0x80];
	if (c >= 0x1E00 && c < 0x1E00 + ROWS_HIGH)
		return &rows[ROWS_LOW + c - 0x1E00];
	return NULL;
}

struct folder {
	struct buf *out;
	size_t start;     /* where our part of `out` begins */
	bool gap;         /* something stood between the last word and what comes */
	bool marks_count; /* the last letter belongs to a script whose marks are kept */
};

static void put(struct folder *f, const char *bytes, size_t n)
{
	if (f->gap && f->out->len > f->start)
		buf_addc(f->out, ' ');
	f->gap = false;
	buf_add(f->out, bytes, n);
}

static void fold_point(struct folder *f, uint32_t c);

/* What is in no table. */
static void fold_other(struct folder *f, uint32_t c)
{
	uint32_t apart[UC_DECOMPOSITION_MAX_LENGTH];
	int tag = UC_DECOMP_CANONICAL;
	const int n = uc_decomposition(c, &tag, apart);
	const int digit = uc_decimal_value(c);
	char bytes[4];

	if (n > 0 && tag != UC_DECOMP_CANONICAL) {
		for (int i = 0; i < n; i++)
			fold_point(f, apart[i]);
	} else if (is_letter_or_number(c)) {
		f->marks_count = digit < 0;
		put(f, bytes, utf8_write(bytes, digit >= 0 ? '0' + (uint32_t)digit : uc_tolower(c)));
	} else {
		f->gap = true;
	}
}

static void fold_mark(struct folder *f, uint32_t c)
{
	char bytes[4];

	if (!f->gap && f->marks_count && !utf8_is_hidden(c))
		put(f, bytes, utf8_write(bytes, c));
}

static void fold_point(struct folder *f, uint32_t c)
{
	const struct row *row = row_of(c);

	if (c < 0x80) {
		const char low = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);

		if ((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9')) {
			f->marks_count = false;
			put(f, &low, 1);
		} else {
			f->gap = true;
		}
	} else if (row && row->len) {
		f->marks_count = false;
		put(f, row->bytes, row->len);
	} else if (row ? row->is_mark : is_letter_mark(c)) {
		fold_mark(f, c);
	} else if (!row) {
		fold_other(f, c);
	} else {
		f->gap = true;
	}
}

/* A run of ASCII letters and digits at s, put at once; its length. */
static size_t fold_run(struct folder *f, const char *s)
{
	size_t n = 0;
	char *to;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9'))
		n++;
	if (n == 0)
		return 0;
	put(f, s, n);
	to = f->out->data + f->out->len - n;
	for (size_t i = 0; !f->out->over && i < n; i++)
		to[i] = (char)(to[i] >= 'A' && to[i] <= 'Z' ? to[i] + 32 : to[i]);
	f->marks_count = false;
	return n;
}

void text_fold(const char *s, struct buf *out)
{
	struct folder f = { .out = out, .start = out->len };
	const size_t len = strlen(s);

	pthread_once(&rows_once, compute_rows);
	for (size_t i = 0; i < len;) {
		uint32_t c;
		bool bad = false;
		const size_t run = fold_run(&f, s + i);

		i += run;
		if (run == 0) {
			i += utf8_next(s + i, len - i, &c, &bad);
			fold_point(&f, c);
		}
	}
	if (out->len == f.start) /* no letter and no digit: emoji, "?!" */
		buf_add(out, s, len);
}
