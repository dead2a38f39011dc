/* transcript_menu.c: who speaks, and which question is answered: one key of several. */
#include "ui/transcript_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"

static const char *const digits[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
static const char *const speaker_keys[SPEAKERS_MAX] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f", "g",
	"h", "i", "j", "k" };
static const char new_one[] = "\001new", nobody[] = "\001nobody";

void transcript_menu_release(struct transcript *t)
{
	for (size_t i = 0; i < COUNT_OF(t->menu); i++) {
		free(t->menu_words[i]);
		free(t->menu_values[i]);
		t->menu_words[i] = t->menu_values[i] = NULL;
	}
}

static size_t add(struct transcript *t, size_t n, const char *key, const char *word, const char *value)
{
	t->menu_words[n] = xstrdup(word);
	t->menu_values[n] = xstrdup(value);
	t->menu[n] = (struct choice){ key, t->menu_words[n], t->menu_values[n] };
	return n + 1;
}

/* ---- speakers ---- */

static void speaker_is(struct transcript *t, const char *name)
{
	free(t->s.speaker);
	t->s.speaker = xstrdup(name);
	t->s.speaker_said = true;
	scribe_know(&t->s, name);
	transcript_edited(t);
}

static void speaker_named(void *ctx, const char *text)
{
	if (text)
		speaker_is(ctx, text);
}

static void speaker_chosen(void *ctx, const char *value)
{
	struct transcript *t = ctx;
	if (!value)
		return;
	if (!strcmp(value, new_one))
		ui_ask(t->ui, _("Who speaks:"), "", t, NULL, speaker_named);
	else
		speaker_is(t, strcmp(value, nobody) ? value : "");
}

void transcript_speakers(struct transcript *t)
{
	size_t n = 0;
	transcript_menu_release(t);
	for (size_t i = 0; i < t->n_rows; i++)
		scribe_know(&t->s, t->rows[i].speaker);
	for (size_t i = 0; i < t->s.n; i++)
		scribe_know(&t->s, t->s.v[i].speaker);
	if (t->s.n_known == 0) { /* what an evening begins with */
		scribe_know(&t->s, _("The guest"));
		scribe_know(&t->s, _("The host"));
	}
	for (; n < t->s.n_known; n++)
		add(t, n, speaker_keys[n], t->s.known[n], t->s.known[n]);
	n = add(t, n, "n", _("a new name"), new_one);
	n = add(t, n, "0", _("nobody named"), nobody);
	ui_choose(t->ui, _("Who speaks:"), t->menu, n, t, speaker_chosen);
}

/* ---- questions ---- */

struct candidates {
	const struct question *v[256];
	size_t n;
};
static bool take_candidate(void *arg, const struct record *r)
{
	struct candidates *c = arg;
	const struct question *q = (const void *)r;
	if (!r->gone && !q->struck && (q->state == Q_AIR || q->state == Q_CLOSED || q->state == Q_NEXT) && c->n < COUNT_OF(c->v))
		c->v[c->n++] = q;
	return true;
}

/* On the air, then those that were, newest first, then the next. */
static int by_air(const void *a, const void *b)
{
	const struct question *x = *(const struct question *const *)a, *y = *(const struct question *const *)b;
	int rank[2] = { x->state == Q_AIR ? 0 : x->state == Q_NEXT ? 2 : 1, y->state == Q_AIR ? 0 : y->state == Q_NEXT ? 2 : 1 };
	if (rank[0] != rank[1])
		return rank[0] - rank[1];
	return x->aired_at > y->aired_at ? -1 : x->aired_at < y->aired_at;
}

static void question_chosen(void *ctx, const char *value)
{
	struct transcript *t = ctx;
	if (!value)
		return;
	snprintf(t->s.choice, sizeof t->s.choice, "%s", value);
	ui_show_choice(t->ui, t->s.choice);
	transcript_edited(t);
}

void transcript_choices(struct transcript *t)
{
	struct candidates c = { .n = 0 };
	struct buf word = BUF_INIT;
	size_t n = 0;
	transcript_menu_release(t);
	world_each(ui_world(t->ui), K_QUESTION, take_candidate, &c);
	if (c.n > 1)
		qsort(c.v, c.n, sizeof *c.v, by_air);
	for (size_t i = 0; i < c.n && n < MENU_MAX; i++) {
		const struct question *q = c.v[i];
		if (n == MENU_MAX - 1 && i + 1 < c.n && c.v[c.n - 1]->state == Q_NEXT) /* the next one always has a place */
			q = c.v[c.n - 1];
		buf_reset(&word);
		buf_addf(&word, "%s q%lld ", q->state == Q_AIR ? ui_sign(SIGN_AIR) : q->state == Q_NEXT ? ui_sign(SIGN_NEXT) : ui_sign(SIGN_RESERVE),
			(long long)q->number);
		size_t fit = strlen(q->wording) > 36 ? 36 : strlen(q->wording);
		while (fit && ((uint8_t)q->wording[fit] & 0xC0) == 0x80)
			fit--;
		buf_add(&word, q->wording, fit);
		if (q->wording[fit])
			buf_adds(&word, ui_sign(SIGN_MORE));
		n = add(t, n, digits[n], word.data, q->r.id);
	}
	if (n)
		ui_choose(t->ui, _("The answer is to:"), t->menu, n, t, question_chosen);
	else
		ui_say(t->ui, true, _("no question was aired yet"));
	buf_release(&word);
}
