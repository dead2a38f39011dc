/* scribe.c: a short list of segments on their way out; JSON by wire.h. */
#include "ui/scribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"
#include "src/wire/wire.h"

static void piece_release(struct piece *p)
{
	free(p->text);
	free(p->speaker);
	free(p->why);
}

void draft_release(struct draft *d)
{
	free(d->text);
	free(d->aside);
	*d = (struct draft){ 0 };
}

void scribe_init(struct scribe *s)
{
	*s = (struct scribe){ .speaker = xstrdup("") };
}

void scribe_know(struct scribe *s, const char *speaker)
{
	for (size_t i = 0; i < s->n_known; i++)
		if (!strcmp(s->known[i], speaker))
			return;
	if (*speaker && s->n_known < SPEAKERS_MAX)
		s->known[s->n_known++] = xstrdup(speaker);
}

void scribe_release(struct scribe *s)
{
	for (size_t i = 0; i < s->n; i++)
		piece_release(&s->v[i]);
	free(s->v);
	free(s->speaker);
	for (size_t i = 0; i < s->n_known; i++)
		free(s->known[i]);
	*s = (struct scribe){ 0 };
}

static bool blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/* One line, trimmed, runs of blanks that hold a line end as one space. */
static char *one_line(const char *text)
{
	struct buf b = BUF_INIT;
	while (blank(*text))
		text++;
	for (; *text; text++)
		buf_addc(&b, *text == '\n' || *text == '\t' ? ' ' : *text);
	while (b.len && b.data[b.len - 1] == ' ')
		b.data[--b.len] = 0;
	return buf_detach(&b);
}

static bool visible(const char *s)
{
	size_t len = strlen(s);
	for (size_t i = 0; i < len;) {
		uint32_t c;
		bool bad = false;
		i += utf8_next(s + i, len - i, &c, &bad);
		if (!utf8_is_blank(c) && !utf8_is_hidden(c))
			return true;
	}
	return false;
}

static struct piece *add(struct scribe *s)
{
	grow(&s->v, &s->cap, s->n + 1, sizeof *s->v);
	s->v[s->n] = (struct piece){ 0 };
	return &s->v[s->n++];
}

struct piece *scribe_close(struct scribe *s, const char *text, int64_t hold_ms, int64_t utc, int64_t mono, const struct randomness *r)
{
	char *line = one_line(text);
	if (!visible(line)) {
		free(line);
		return NULL;
	}
	struct piece *p = add(s);
	id_uuid7(p->id, utc, r);
	snprintf(p->question, sizeof p->question, "%s", s->choice);
	p->text = line;
	p->speaker = xstrdup(s->speaker);
	p->why = xstrdup("");
	p->closed_at = utc;
	p->leaves = mono + hold_ms;
	return p;
}

char *scribe_take_back(struct scribe *s, char **speaker)
{
	struct piece *best = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct piece *p = &s->v[i];
		if (p->is == PIECE_HELD || (p->is == PIECE_REFUSED && (!best || best->is == PIECE_REFUSED)))
			best = p;
	}
	if (!best)
		return NULL;
	char *text = best->text;
	*speaker = best->speaker;
	best->text = best->speaker = NULL;
	scribe_drop(s, best);
	return text;
}

bool scribe_send_now(struct scribe *s)
{
	bool any = false;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].is == PIECE_HELD) {
			s->v[i].leaves = 0; /* long ago on any clock that only goes forward */
			any = true;
		}
	return any;
}

static struct piece *first_held(const struct scribe *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].is == PIECE_HELD)
			return &s->v[i];
	return NULL;
}

struct piece *scribe_ready(struct scribe *s, int64_t mono)
{
	struct piece *p = first_held(s);
	return p && p->leaves <= mono ? p : NULL;
}

int64_t scribe_due(const struct scribe *s)
{
	const struct piece *p = first_held(s);
	return p ? p->leaves : -1;
}

void scribe_left(struct piece *p, int64_t n)
{
	p->is = PIECE_LEAVING;
	p->n = n;
}

void scribe_refuse(struct piece *p, const char *why)
{
	p->is = PIECE_REFUSED;
	free(p->why);
	p->why = xstrdup(why);
}

void scribe_drop(struct scribe *s, struct piece *p)
{
	size_t i = (size_t)(p - s->v);
	piece_release(p);
	memmove(s->v + i, s->v + i + 1, (s->n - i - 1) * sizeof *s->v);
	s->n--;
}

struct piece *scribe_find(const struct scribe *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].id, id))
			return &s->v[i];
	return NULL;
}

size_t scribe_count(const struct scribe *s, enum piece_is is)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].is == is;
	return n;
}

/* ---- on paper ---------------------------------------------------------------------------------------------------- */

static const char *const is_names[] = { "held", "leaving", "refused" };

static void save_piece(const struct piece *p, int64_t utc, int64_t mono, struct buf *out)
{
	int64_t left = p->leaves > mono ? p->leaves - mono : 0;
	buf_adds(out, "{");
	json_member(out, "id", p->id);
	json_member(out, "is", is_names[p->is]);
	json_member(out, "question", p->question);
	json_member(out, "speaker", p->speaker);
	json_member(out, "text", p->text);
	json_member(out, "why", p->why);
	json_member_int(out, "closed", p->closed_at);
	json_member_int(out, "leaves", utc + left);
	json_member_int(out, "n", p->n);
	buf_adds(out, "}");
}

void scribe_save(const struct scribe *s, const struct draft *d, int64_t utc, int64_t mono, struct buf *out)
{
	buf_adds(out, "{");
	json_member(out, "text", d->text ? d->text : "");
	json_member_int(out, "at", (int64_t)d->at);
	if (*d->correcting) {
		json_member(out, "correcting", d->correcting);
		json_member_int(out, "rev", d->rev);
		json_member(out, "aside", d->aside ? d->aside : "");
		json_member_int(out, "aside_at", (int64_t)d->aside_at);
	}
	json_member(out, "choice", s->choice);
	json_member(out, "speaker", s->speaker);
	json_member_bool(out, "said", s->speaker_said);
	struct buf known = BUF_INIT;
	for (size_t i = 0; i < s->n_known; i++)
		buf_addf(&known, "%s\n", s->known[i]);
	json_member(out, "known", known.data);
	buf_release(&known);
	buf_adds(out, ",\"pieces\":[");
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			buf_adds(out, ",");
		save_piece(&s->v[i], utc, mono, out);
	}
	buf_adds(out, "]}");
}

static char *text_of(const struct json *j, const char *name)
{
	const char *s = json_text(j, name);
	return xstrdup(s ? s : "");
}

static int64_t int_of(const struct json *j, const char *name)
{
	int64_t n = 0;
	return json_int(j, name, &n) ? n : 0;
}

static void id_of(const struct json *j, const char *name, char out[static ID_MAX])
{
	const char *s = json_text(j, name);
	snprintf(out, ID_MAX, "%s", s ? s : "");
}

static void restore_piece(struct scribe *s, const struct json *j, int64_t least_ms, int64_t utc, int64_t mono)
{
	const char *is = json_text(j, "is");
	struct piece *p = add(s);
	id_of(j, "id", p->id);
	id_of(j, "question", p->question);
	p->text = text_of(j, "text");
	p->speaker = text_of(j, "speaker");
	p->why = text_of(j, "why");
	p->closed_at = int_of(j, "closed");
	p->n = int_of(j, "n");
	for (size_t i = 0; is && i < COUNT_OF(is_names); i++)
		if (!strcmp(is, is_names[i]))
			p->is = (enum piece_is)i;
	int64_t left = int_of(j, "leaves") - utc;
	if (left > 60000) /* the clock was put back */
		left = 60000;
	p->leaves = mono + (left > least_ms ? left : least_ms);
}

static void restore_known(struct scribe *s, const char *names)
{
	for (const char *p = names; p && *p;) {
		const size_t n = strcspn(p, "\n");
		char *one = xstrndup(p, n);
		scribe_know(s, one);
		free(one);
		p += n + (p[n] != '\0');
	}
}

bool scribe_restore(struct scribe *s, struct draft *d, const char *saved, int64_t least_ms, int64_t utc, int64_t mono)
{
	*d = (struct draft){ 0 };
	struct json *j = saved ? json_parse(saved, strlen(saved), NULL) : NULL;
	if (!j || !json_is_object(j)) {
		json_free(j);
		d->text = xstrdup("");
		return false;
	}
	d->text = text_of(j, "text");
	d->at = (size_t)int_of(j, "at");
	id_of(j, "correcting", d->correcting);
	d->rev = int_of(j, "rev");
	d->aside = *d->correcting ? text_of(j, "aside") : NULL;
	d->aside_at = (size_t)int_of(j, "aside_at");
	id_of(j, "choice", s->choice);
	free(s->speaker);
	s->speaker = text_of(j, "speaker");
	s->speaker_said = json_bool(j, "said", false);
	restore_known(s, json_text(j, "known"));
	const struct json *pieces = json_get(j, "pieces");
	for (size_t i = 0; i < json_length(pieces); i++)
		restore_piece(s, json_at(pieces, i), least_ms, utc, mono);
	json_free(j);
	return true;
}

/* ---- sentences and figures --------------------------------------------------------------------------------------- */

static uint32_t last_point(const char *s, size_t *len)
{
	uint32_t c = 0;
	bool bad = false;
	if (*len == 0)
		return 0;
	size_t from = utf8_before(s, *len);
	utf8_next(s + from, *len - from, &c, &bad);
	*len = from;
	return c;
}

static bool closes_quote(uint32_t c)
{
	return c == 0xBB || c == '"' || c == ')' || c == 0x201D || c == 0x2019 || c == ']';
}

/* A quotation that is open at the end: its sentences belong to the one around it. */
static bool in_quotes(const char *s, size_t len)
{
	int open = 0;
	for (size_t i = 0; i < len;) {
		uint32_t c;
		bool bad = false;
		i += utf8_next(s + i, len - i, &c, &bad);
		open += c == 0xAB || c == 0x201C;
		if ((c == 0xBB || c == 0x201D) && open > 0)
			open--;
	}
	return open > 0;
}

/* Words that take a stop and go on. Folded; single letters do so too ("M.", "J. Chirac", "p. ex."). */
static const char *const shortened[] = { "mm", "mme", "mmes", "mlle", "mlles", "dr", "drs", "pr", "st", "ste", "me", "mgr", "ex",
	"cf", "etc", "art", "av", "bd", "env", "fig", "hab", "max", "min", "no", "op", "tel", "vol", "mr", "mrs", "ms", "prof", "vs",
	"eg", "ie", "jr", "sr", "sen", "gov", "gen", "adj", "chap", "ed", "apr", "boul", "dept", "col", NULL };

static bool is_shortened(const char *s, size_t len)
{
	size_t from = len, letters = 0;
	while (from > 0) {
		size_t at = from;
		if (!utf8_is_word(last_point(s, &at)))
			break;
		from = at;
		letters++;
	}
	if (letters == 1 && !(s[from] >= '0' && s[from] <= '9'))
		return true;
	if (letters == 0 || letters > 6)
		return letters == 0;
	char word[32];
	struct buf folded = BUF_INIT;
	bool found = false;
	snprintf(word, sizeof word, "%.*s", (int)(len - from), s + from);
	text_fold(word, &folded);
	for (size_t i = 0; shortened[i] && !found; i++)
		found = !strcmp(shortened[i], folded.data);
	buf_release(&folded);
	return found;
}

bool sentence_ends(const char *text, size_t len)
{
	size_t all = len;
	uint32_t c = last_point(text, &len);
	if (!utf8_is_blank(c))
		return false;
	bool quoted = false;
	for (c = last_point(text, &len); closes_quote(c) || (quoted && utf8_is_blank(c)); c = last_point(text, &len))
		quoted = true;
	if (in_quotes(text, all))
		return false;
	if (c == '?' || c == '!')
		return true;
	return c == '.' && !is_shortened(text, len);
}

static const char *const number_words[] = { "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
	"douze", "treize", "quatorze", "quinze", "seize", "vingt", "vingts", "trente", "quarante", "cinquante", "soixante",
	"septante", "octante", "nonante", "cent", "cents", "mille", "million", "millions", "milliard", "milliards", "douzaine",
	"douzaines", "dizaine", "dizaines", "centaine", "centaines", "millier", "milliers", "moitie", "tiers", "quart", "pourcent",
	"two", "three", "four", "five", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
	"sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty",
	"ninety", "hundred", "hundreds", "thousand", "thousands", "billion", "billions", "dozen", "percent", "half", NULL };

static bool is_number_word(const char *s, size_t n)
{
	for (size_t i = 0; number_words[i]; i++)
		if (strlen(number_words[i]) == n && !memcmp(number_words[i], s, n))
			return true;
	return false;
}

bool has_figures(const char *text)
{
	if (text[strcspn(text, "0123456789")])
		return true;
	struct buf b = BUF_INIT;
	bool found = strchr(text, '%') != NULL;
	text_fold(text, &b);
	for (const char *p = b.data; *p && !found;) {
		size_t n = strcspn(p, " ");
		found = is_number_word(p, n);
		p += n + (p[n] == ' ');
	}
	buf_release(&b);
	return found;
}

/* ---- pace -------------------------------------------------------------------------------------------------------- */

static void pace_to(struct pace *p, int64_t second)
{
	if (second - p->second >= PACE_SECONDS)
		*p = (struct pace){ .second = second, .begun = second };
	while (p->second < second)
		p->typed[++p->second % PACE_SECONDS] = 0;
}

void pace_type(struct pace *p, int64_t mono, unsigned letters)
{
	pace_to(p, mono / 1000);
	p->typed[p->second % PACE_SECONDS] = (uint16_t)(p->typed[p->second % PACE_SECONDS] + letters);
}

int pace_words(struct pace *p, int64_t mono)
{
	unsigned sum = 0;
	pace_to(p, mono / 1000);
	for (size_t i = 0; i < PACE_SECONDS; i++)
		sum += p->typed[i];
	int64_t span = p->second - p->begun + 1;
	span = span > PACE_SECONDS ? PACE_SECONDS : span < 5 ? 5 : span;
	return (int)(sum * 60 / 5 / (unsigned)span);
}
