/* tally.c: a node a theme, indexed by its number; a family beside it once another theme was merged into it.
 *
 * Invariants: node.sum = the theme's own messages and those of every theme under it. node.family is there exactly when the
 * theme ever had a theme under it; then family.own = its own messages alone, and family.under lists the themes whose
 * pointer names it. sum.bins is NULL while there is at most one message.
 */
#include "data/tally.h"

#include <stdlib.h>
#include <string.h>

#include "data/people.h"
#include "src/base/mem.h"

enum { MINUTE_MS = 60000 };

struct tally {
	uint32_t web, sms, people_web, people_sms;
	int64_t last_at;
	uint32_t *bins; /* RISE_BINS minutes up to last_at's, oldest first */
	struct people people;
};

struct family {
	struct tally own;
	uint32_t *under;
	size_t n, cap;
};

struct node {
	struct tally sum;
	struct family *family;
	uint32_t into, head;
	bool there, dirty, stored;
};

struct tallies {
	struct node *nodes; /* [theme] */
	size_t n_nodes, cap_nodes;
	uint32_t *themes; /* [cluster], 0: the theme of its own number */
	size_t n_themes, cap_themes;
	uint8_t *people; /* [person], enum person_flags */
	size_t n_people, cap_people;
	uint32_t *latest; /* [person]: their last message */
	size_t n_latest, cap_latest;
	struct note {
		uint32_t cluster, before; /* before: the same person's message before it */
	} * messages;                     /* [message] */
	size_t n_messages, cap_messages;
	uint32_t *dirty;
	size_t n_dirty, cap_dirty;
};

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static void tally_clear(struct tally *y)
{
	people_clear(&y->people);
	free(y->bins);
	*y = (struct tally){ 0 };
}

static void family_free(struct family *f)
{
	if (f == NULL)
		return;
	tally_clear(&f->own);
	free(f->under);
	free(f);
}

struct tallies *tallies_new(void)
{
	return xcalloc(1, sizeof(struct tallies));
}

void tallies_free(struct tallies *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_nodes; i++) {
		tally_clear(&t->nodes[i].sum);
		family_free(t->nodes[i].family);
	}
	free(t->nodes);
	free(t->themes);
	free(t->people);
	free(t->latest);
	free(t->messages);
	free(t->dirty);
	free(t);
}

static size_t tally_memory(const struct tally *y)
{
	return people_memory(&y->people) + (y->bins == NULL ? 0 : RISE_BINS * sizeof *y->bins);
}

size_t tallies_memory_themes(const struct tallies *t)
{
	size_t bytes = t->cap_nodes * sizeof *t->nodes + t->cap_themes * sizeof *t->themes;
	for (size_t i = 0; i < t->n_nodes; i++) {
		const struct family *f = t->nodes[i].family;
		bytes += tally_memory(&t->nodes[i].sum);
		if (f != NULL)
			bytes += sizeof *f + tally_memory(&f->own) + f->cap * sizeof *f->under;
	}
	return bytes;
}

size_t tallies_memory_people(const struct tallies *t)
{
	return t->cap_people + t->cap_latest * sizeof *t->latest + t->cap_messages * sizeof *t->messages;
}

/* Makes array[i] exist, zeroed from where it ended. */
#define REACH(array, n, cap, i) \
	do { \
		if ((size_t)(i) >= (n)) { \
			grow(&(array), &(cap), (size_t)(i) + 1, sizeof *(array)); \
			memset((array) + (n), 0, ((size_t)(i) + 1 - (n)) * sizeof *(array)); \
			(n) = (size_t)(i) + 1; \
		} \
	} while (0)

/* ---- people and clusters --------------------------------------------------------------------------------------- */

void tallies_person(struct tallies *t, uint32_t person, enum channel channel)
{
	REACH(t->people, t->n_people, t->cap_people, person);
	t->people[person] = (uint8_t)((t->people[person] & ~(unsigned)PERSON_CHANNEL) | (unsigned)channel);
}

void tallies_mute(struct tallies *t, uint32_t person, bool muted)
{
	REACH(t->people, t->n_people, t->cap_people, person);
	t->people[person] = (uint8_t)((t->people[person] & ~(unsigned)PERSON_MUTED) | (muted ? PERSON_MUTED : 0u));
}

unsigned tallies_person_flags(const struct tallies *t, uint32_t person)
{
	return person < t->n_people ? t->people[person] : 0;
}

void tallies_point(struct tallies *t, uint32_t cluster, uint32_t theme)
{
	REACH(t->themes, t->n_themes, t->cap_themes, cluster);
	t->themes[cluster] = theme == cluster ? 0 : theme;
}

uint32_t tallies_theme(const struct tallies *t, uint32_t cluster)
{
	uint32_t theme = cluster < t->n_themes ? t->themes[cluster] : 0;
	return theme == 0 ? cluster : theme;
}

void tallies_message(struct tallies *t, uint32_t message, uint32_t person, uint32_t cluster)
{
	REACH(t->latest, t->n_latest, t->cap_latest, person);
	REACH(t->messages, t->n_messages, t->cap_messages, message);
	t->messages[message] = (struct note){ .cluster = cluster, .before = t->latest[person] };
	t->latest[person] = message;
}

void tallies_move(struct tallies *t, uint32_t message, uint32_t cluster)
{
	t->messages[message].cluster = cluster;
}

bool tallies_writes_in(const struct tallies *t, uint32_t person, uint32_t theme)
{
	for (uint32_t m = t->latest[person]; m != 0; m = t->messages[m].before)
		if (t->messages[m].cluster != 0 && tallies_theme(t, t->messages[m].cluster) == theme)
			return true;
	return false;
}

/* ---- one tally ------------------------------------------------------------------------------------------------- */

static int64_t minute_of(int64_t at)
{
	return at / MINUTE_MS;
}

/* The bins moved on so that the last one is that of `at`. */
static void bins_reach(struct tally *y, int64_t at)
{
	int64_t by = minute_of(at) - minute_of(y->last_at);
	if (by <= 0)
		return;
	size_t lost = by < RISE_BINS ? (size_t)by : RISE_BINS;
	memmove(y->bins, y->bins + lost, (RISE_BINS - lost) * sizeof *y->bins);
	memset(y->bins + RISE_BINS - lost, 0, lost * sizeof *y->bins);
}

static void bins_count(struct tally *y, int64_t at, int by)
{
	int64_t back = minute_of(y->last_at) - minute_of(at);
	if (back >= 0 && back < RISE_BINS)
		y->bins[RISE_BINS - 1 - back] += (uint32_t)by;
}

static void bins_begin(struct tally *y)
{
	if (y->bins != NULL)
		return;
	y->bins = xcalloc(RISE_BINS, sizeof *y->bins);
	if (y->web + y->sms > 0)
		y->bins[RISE_BINS - 1] = y->web + y->sms; /* the single message so far */
}

static void count_person(struct tally *y, enum channel channel, int by)
{
	uint32_t *n = channel == CH_WEB ? &y->people_web : &y->people_sms;
	*n += (uint32_t)by;
}

static void count_message(struct tally *y, enum channel channel, int by)
{
	uint32_t *n = channel == CH_WEB ? &y->web : &y->sms;
	*n += (uint32_t)by;
}

static void tally_add(struct tally *y, struct sighting m)
{
	if (y->web + y->sms > 0) {
		bins_begin(y);
		bins_reach(y, m.at);
		if (m.at > y->last_at)
			y->last_at = m.at;
		bins_count(y, m.at, 1);
	} else {
		y->last_at = m.at;
		if (y->bins != NULL) {
			memset(y->bins, 0, RISE_BINS * sizeof *y->bins);
			bins_count(y, m.at, 1);
		}
	}
	count_message(y, m.channel, 1);
	if (people_add(&y->people, m.person))
		count_person(y, m.channel, 1);
}

struct union_of {
	const struct tallies *t;
	struct tally *into;
};

static void unite_one(void *arg, uint32_t person)
{
	struct union_of *u = arg;
	if (people_add(&u->into->people, person))
		count_person(u->into, tallies_person_flags(u->t, person) & PERSON_CHANNEL, 1);
}

static void bins_unite(struct tally *into, const struct tally *y)
{
	if (y->bins == NULL) {
		if (y->web + y->sms > 0)
			bins_count(into, y->last_at, 1);
		return;
	}
	for (int i = 0; i < RISE_BINS; i++) {
		int64_t minute = minute_of(y->last_at) - (RISE_BINS - 1 - i);
		int64_t back = minute_of(into->last_at) - minute;
		if (back >= 0 && back < RISE_BINS)
			into->bins[RISE_BINS - 1 - back] += y->bins[i];
	}
}

/* Messages and minutes of `y` on top of those of `into`; people are the caller's. */
static void unite_messages(struct tally *into, const struct tally *y)
{
	if (y->web + y->sms == 0)
		return;
	bool first = into->web + into->sms == 0;
	bins_begin(into);
	if (first)
		memset(into->bins, 0, RISE_BINS * sizeof *into->bins);
	else
		bins_reach(into, y->last_at);
	if (first || y->last_at > into->last_at)
		into->last_at = y->last_at;
	bins_unite(into, y);
	into->web += y->web;
	into->sms += y->sms;
}

static void unite(const struct tallies *t, struct tally *into, const struct tally *y)
{
	unite_messages(into, y);
	people_each(&y->people, unite_one, &(struct union_of){ .t = t, .into = into });
}

static void tally_copy(struct tally *to, const struct tally *from)
{
	tally_clear(to);
	*to = *from;
	to->people = (struct people){ 0 };
	people_copy(&to->people, &from->people);
	if (from->bins != NULL) {
		to->bins = xcalloc(RISE_BINS, sizeof *to->bins);
		memcpy(to->bins, from->bins, RISE_BINS * sizeof *to->bins);
	}
}

/* ---- themes ---------------------------------------------------------------------------------------------------- */

static struct node *node_of(struct tallies *t, uint32_t theme)
{
	REACH(t->nodes, t->n_nodes, t->cap_nodes, theme);
	return &t->nodes[theme];
}

uint32_t tallies_head(struct tallies *t, uint32_t theme, uint32_t message)
{
	struct node *n = node_of(t, theme);
	uint32_t head = n->head;
	if (message != 0)
		n->head = message;
	return head;
}

static void soil(struct tallies *t, uint32_t theme)
{
	struct node *n = node_of(t, theme);
	n->there = true;
	if (n->dirty)
		return;
	n->dirty = true;
	grow(&t->dirty, &t->cap_dirty, t->n_dirty + 1, sizeof *t->dirty);
	t->dirty[t->n_dirty++] = theme;
}

static struct tally *own_of(struct node *n)
{
	return n->family == NULL ? &n->sum : &n->family->own;
}

void tallies_add(struct tallies *t, uint32_t theme, struct sighting m)
{
	struct node *n = node_of(t, theme);
	if (n->family != NULL)
		tally_add(&n->family->own, m);
	for (; theme != 0; theme = t->nodes[theme].into) {
		tally_add(&node_of(t, theme)->sum, m);
		soil(t, theme);
	}
}

/* Messages and minutes of the sum, anew from its parts. */
static void resum_messages(struct tallies *t, struct node *n)
{
	if (n->family == NULL)
		return;
	struct tally *sum = &n->sum;
	sum->web = sum->sms = 0;
	sum->last_at = 0;
	if (sum->bins != NULL)
		memset(sum->bins, 0, RISE_BINS * sizeof *sum->bins);
	unite_messages(sum, &n->family->own);
	for (size_t i = 0; i < n->family->n; i++)
		unite_messages(sum, &t->nodes[n->family->under[i]].sum);
}

/* Everything of the sum, anew from its parts, here and in the themes above. */
static void resum(struct tallies *t, uint32_t theme)
{
	for (; theme != 0; theme = t->nodes[theme].into) {
		struct node *n = &t->nodes[theme];
		soil(t, theme);
		if (n->family == NULL)
			continue;
		tally_copy(&n->sum, &n->family->own);
		for (size_t i = 0; i < n->family->n; i++)
			unite(t, &n->sum, &t->nodes[n->family->under[i]].sum);
	}
}

static bool in_a_part(const struct tallies *t, const struct node *n, uint32_t person)
{
	if (people_have(&n->family->own.people, person))
		return true;
	for (size_t i = 0; i < n->family->n; i++)
		if (people_have(&t->nodes[n->family->under[i]].sum.people, person))
			return true;
	return false;
}

bool tallies_remove(struct tallies *t, uint32_t theme, struct sighting m, bool elsewhere)
{
	struct tally *own = own_of(node_of(t, theme));
	if (own->web + own->sms <= 1 || m.at >= own->last_at)
		return false;
	bins_begin(own);
	bins_count(own, m.at, -1);
	count_message(own, m.channel, -1);
	if (!elsewhere && people_remove(&own->people, m.person))
		count_person(own, m.channel, -1);
	for (; theme != 0; theme = t->nodes[theme].into) {
		struct node *n = &t->nodes[theme];
		soil(t, theme);
		if (n->family == NULL)
			continue;
		resum_messages(t, n);
		if (!in_a_part(t, n, m.person) && people_remove(&n->sum.people, m.person))
			count_person(&n->sum, m.channel, -1);
	}
	return true;
}

void tallies_forget(struct tallies *t, uint32_t theme)
{
	tally_clear(own_of(node_of(t, theme)));
	resum(t, theme);
}

static bool above(const struct tallies *t, uint32_t theme, uint32_t of)
{
	for (; of != 0; of = of < t->n_nodes ? t->nodes[of].into : 0)
		if (of == theme)
			return true;
	return false;
}

static void leave_family(struct tallies *t, uint32_t theme)
{
	uint32_t from = t->nodes[theme].into;
	struct family *f = t->nodes[from].family;
	t->nodes[theme].into = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->under[i] == theme) {
			f->under[i] = f->under[--f->n];
			break;
		}
	resum(t, from);
}

static void join_family(struct tallies *t, uint32_t theme, uint32_t into)
{
	struct node *to = node_of(t, into);
	if (to->family == NULL) {
		to->family = xcalloc(1, sizeof *to->family);
		tally_copy(&to->family->own, &to->sum);
	}
	struct family *f = to->family;
	grow(&f->under, &f->cap, f->n + 1, sizeof *f->under);
	f->under[f->n++] = theme;
	t->nodes[theme].into = into;
	for (; into != 0; into = t->nodes[into].into) {
		unite(t, &t->nodes[into].sum, &t->nodes[theme].sum);
		soil(t, into);
	}
}

void tallies_merge(struct tallies *t, uint32_t theme, uint32_t into)
{
	node_of(t, theme > into ? theme : into); /* so that no pointer moves below */
	if (t->nodes[theme].into == into || (into != 0 && above(t, theme, into)))
		return;
	if (t->nodes[theme].into != 0)
		leave_family(t, theme);
	if (into != 0)
		join_family(t, theme, into);
}

uint32_t tallies_into(const struct tallies *t, uint32_t theme)
{
	return theme < t->n_nodes ? t->nodes[theme].into : 0;
}

uint32_t tallies_messages(const struct tallies *t, uint32_t theme)
{
	return theme < t->n_nodes ? t->nodes[theme].sum.web + t->nodes[theme].sum.sms : 0;
}

/* ---- out ------------------------------------------------------------------------------------------------------- */

static char *put_decimal(char *to, uint32_t v)
{
	char digits[10];
	int n = 0;
	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

/* Written for every changed count of every batch: by hand. */
static void rise_text(const struct tally *y, char out[static RISE_BINS * 11 + 1])
{
	char *to = out;
	for (int i = 0; i < RISE_BINS; i++) {
		if (i > 0)
			*to++ = ',';
		to = put_decimal(to, y->bins != NULL ? y->bins[i] : i == RISE_BINS - 1 ? y->web + y->sms : 0);
	}
	*to = '\0';
}

int64_t tallies_people_of(const struct tallies *t, const uint32_t *themes, size_t n)
{
	struct people all = { 0 };
	for (size_t i = 0; i < n; i++) {
		uint32_t root = themes[i];
		while (tallies_into(t, root) != 0)
			root = tallies_into(t, root);
		if (root < t->n_nodes && t->nodes[root].there)
			people_unite(&all, &t->nodes[root].sum.people);
	}
	int64_t people = all.n;
	people_clear(&all);
	return people;
}

bool tallies_count(const struct tallies *t, uint32_t theme, struct count *out)
{
	if (theme >= t->n_nodes || !t->nodes[theme].there)
		return false;
	const struct tally *y = &t->nodes[theme].sum;
	char rise[RISE_BINS * 11 + 1];
	rise_text(y, rise);
	out->web = y->web;
	out->sms = y->sms;
	out->people_web = y->people_web;
	out->people_sms = y->people_sms;
	out->people = (int64_t)y->people_web + y->people_sms;
	out->last_at = y->web + y->sms == 0 ? 0 : y->last_at;
	text_set(&out->rise, rise);
	return true;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

const uint32_t *tallies_dirty(struct tallies *t, size_t *n)
{
	if (t->n_dirty > 1)
		qsort(t->dirty, t->n_dirty, sizeof *t->dirty, ascending);
	*n = t->n_dirty;
	return t->dirty;
}

void tallies_clean(struct tallies *t)
{
	for (size_t i = 0; i < t->n_dirty; i++)
		t->nodes[t->dirty[i]].dirty = false;
	t->n_dirty = 0;
}

bool tallies_stored(const struct tallies *t, uint32_t theme)
{
	return theme < t->n_nodes && t->nodes[theme].stored;
}

void tallies_set_stored(struct tallies *t, uint32_t theme)
{
	node_of(t, theme)->stored = true;
}
