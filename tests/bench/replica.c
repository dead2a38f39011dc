/* replica.c: a console's replica of a large evening, to measure the screen on: the same each time, made from the texts of
 * data/evening.jsonl. Messages of a theme vary a line of that theme; a quarter has letters of its own, so that rare words
 * are rare. The search index is filled too.
 *
 * usage: bench-replica EVENING.JSONL DIR [MESSAGES [THEMES]]
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/replica.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/id.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { PAGE = 20000, INDEX_STEP = 20000, ORPHANS_PER_MILLE = 30, KNOWN = 20 /* messages of a theme whose words are known */ };
static const int64_t BEGIN_MS = 1088098200000; /* 24 June 2004, 17:30 UTC */
static const int64_t LONG_MS = 5400000;

static uint64_t state = 2004;

static uint64_t dice(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

struct line {
	char *text, *name, *theme;
	size_t of; /* number of its theme among the evening's; 0: none */
};
struct evening {
	struct line *v;
	size_t n, cap;
	size_t themes;
	size_t *by_theme; /* lines ordered by theme */
	size_t *from;     /* where the lines of a theme begin in it */
};

static void die(const char *what)
{
	fprintf(stderr, "bench-replica: %s\n", what);
	exit(1);
}

static size_t theme_number(struct evening *ev, const char *theme)
{
	if (theme[0] == '\0')
		return 0;
	for (size_t i = 0; i < ev->n; i++)
		if (strcmp(ev->v[i].theme, theme) == 0)
			return ev->v[i].of;
	return ++ev->themes;
}

static void read_line(struct evening *ev, const char *p, size_t len)
{
	struct json *j = json_parse(p, len, NULL);
	if (j == NULL)
		die("the evening is not JSON");
	const char *text = json_text(j, "text"), *name = json_text(j, "name"), *theme = json_text(j, "theme");
	grow(&ev->v, &ev->cap, ev->n + 1, sizeof *ev->v);
	size_t of = theme_number(ev, theme == NULL ? "" : theme);
	ev->v[ev->n++] = (struct line){ .text = xstrdup(text), .name = xstrdup(name), .theme = xstrdup(theme), .of = of };
	json_free(j);
}

static void read_evening(struct evening *ev, const char *path)
{
	struct buf b = BUF_INIT;
	struct error e = { 0 };
	if (!file_read(path, 16 << 20, &b, &e))
		die(e.text);
	for (char *p = b.data, *end; (end = strchr(p, '\n')) != NULL; p = end + 1)
		read_line(ev, p, (size_t)(end - p));
	buf_release(&b);
	ev->by_theme = xcalloc(ev->n, sizeof *ev->by_theme);
	ev->from = xcalloc(ev->themes + 2, sizeof *ev->from);
	size_t n = 0;
	for (size_t t = 0; t <= ev->themes; t++) {
		ev->from[t] = n;
		for (size_t i = 0; i < ev->n; i++)
			if (ev->v[i].of == t)
				ev->by_theme[n++] = i;
	}
	ev->from[ev->themes + 1] = n;
}

/* Theme number t (from 1) of many: the evening's own first, then variants of them, then what asks nothing. */
static size_t evening_theme(const struct evening *ev, int64_t t)
{
	return t % 10 == 0 ? 0 : 1 + (size_t)(t - 1) % ev->themes;
}

static const struct line *pick_line(const struct evening *ev, int64_t t, uint64_t lot)
{
	size_t of = evening_theme(ev, t);
	return &ev->v[ev->by_theme[ev->from[of] + lot % (ev->from[of + 1] - ev->from[of])]];
}

static void add_rare(struct buf *b)
{
	buf_addc(b, ' ');
	for (int i = 0; i < 5; i++)
		buf_addc(b, (char)('a' + dice() % 26));
}

struct tally {
	int64_t web, sms, first, last_at, rise[RISE_BINS];
};
struct plan {
	int64_t messages, themes;
	int32_t *theme; /* of each message */
	struct tally *of;
};

static int64_t time_of(const struct plan *p, int64_t i)
{
	return BEGIN_MS + i * LONG_MS / p->messages;
}

/* A weight of about 1 / rank. */
static int64_t pick_theme(int64_t themes)
{
	double u = (double)(dice() >> 11) / 9007199254740992.0;
	int64_t t = (int64_t)exp(u * log((double)themes + 1));
	return t < 1 ? 1 : t > themes ? themes : t;
}

static enum channel channel_of(int64_t i)
{
	return i % 80 == 7 ? CH_WEB : CH_SMS;
}

static void make_plan(struct plan *p)
{
	p->theme = xcalloc((size_t)p->messages + 1, sizeof *p->theme);
	p->of = xcalloc((size_t)p->themes + 1, sizeof *p->of);
	int64_t last_minute = time_of(p, p->messages) / 60000;
	for (int64_t i = 1; i <= p->messages; i++) {
		bool orphan = dice() % 1000 < ORPHANS_PER_MILLE;
		int64_t t = orphan ? 1 + (int64_t)(dice() % (uint64_t)p->themes) : pick_theme(p->themes);
		struct tally *of = &p->of[t];
		p->theme[i] = (int32_t)t;
		*(channel_of(i) == CH_WEB ? &of->web : &of->sms) += 1;
		of->first = of->first == 0 ? i : of->first;
		of->last_at = time_of(p, i);
		int64_t ago = last_minute - of->last_at / 60000;
		if (ago < RISE_BINS)
			of->rise[RISE_BINS - 1 - ago]++;
	}
}

struct load {
	struct replica *r;
	struct buf page;
	size_t rows;
	int64_t version;
};

static void send(struct load *l, bool last, bool ready)
{
	struct error e = { 0 };
	struct page_info info;
	buf_addf(&l->page,
		"{\"next\":\"c%" PRId64 "\",\"more\":%s,\"time\":%" PRId64
		",\"ready\":%s,\"whole\":%s,\"event\":\"bench\",\"seat\":\"1\"}\n",
		l->version, last ? "false" : "true", BEGIN_MS + LONG_MS, ready ? "true" : "false", last ? "true" : "false");
	if (!replica_apply(l->r, l->page.data, l->page.len, &info, &e))
		die(e.text);
	free(info.presence);
	buf_reset(&l->page);
	l->rows = 0;
}

static void add(struct load *l, struct record *x, bool ready)
{
	x->version = ++l->version;
	wire_record(&l->page, x, 0, "fr");
	buf_addc(&l->page, '\n');
	if (++l->rows == PAGE)
		send(l, false, ready);
	record_clear(x);
}

static void load_room(struct load *l)
{
	static const struct {
		const char *name;
		enum role role;
	} seats[] = { { "Claude", R_PRODUCER }, { "Paul", R_WEB }, { "Claire", R_SMS }, { "Rita", R_HOST }, { "Anne", R_SCRIBE } };
	struct event ev = { 0 };
	record_init(&ev, K_EVENT, "event");
	text_set(&ev.title, "Le chat du Premier ministre");
	text_set(&ev.lang, "fr");
	ev.state = EV_OPEN;
	ev.opened_at = BEGIN_MS + LONG_MS / 3;
	ev.intake_web = ev.intake_sms = true;
	ev.plan_end = BEGIN_MS + LONG_MS + 600000;
	ev.plan_questions = 50;
	add(l, &ev.r, false);
	for (size_t i = 0; i < COUNT_OF(seats); i++) {
		char id[ID_MAX];
		struct seat s = { 0 };
		id_from_number(id, (int64_t)i + 1);
		record_init(&s, K_SEAT, id);
		text_set(&s.name, seats[i].name);
		s.role = seats[i].role;
		add(l, &s.r, false);
	}
}

static void load_count(struct load *l, const char *id, const struct tally *of)
{
	struct buf rise = BUF_INIT;
	struct count c = { 0 };
	record_init(&c, K_COUNT, id);
	c.web = of->web;
	c.sms = of->sms;
	c.people_web = of->web - of->web / 8;
	c.people_sms = of->sms - of->sms / 5;
	c.people = c.people_web + c.people_sms;
	c.last_at = of->last_at;
	for (int i = 0; i < RISE_BINS; i++)
		buf_addf(&rise, "%s%" PRId64, i == 0 ? "" : ",", of->rise[i]);
	text_set(&c.rise, rise.data);
	buf_release(&rise);
	add(l, &c.r, false);
}

/* What the engine would tell of a theme that is not small. */
static void add_key_words(struct theme *t, const char *text)
{
	struct buf words = BUF_INIT;
	text_set(&t->typical, text);
	for (const char *p = text; *p != '\0' && words.len < 40;) {
		size_t n = strcspn(p, " ,.?!'");
		if (n > 4)
			buf_addf(&words, "%s%.*s", words.len == 0 ? "" : ", ", (int)n, p);
		p += n + (p[n] != '\0');
	}
	text_set(&t->key_words, words.data == NULL ? "" : words.data);
	buf_release(&words);
}

static void load_themes(struct load *l, const struct evening *ev, const struct plan *p)
{
	struct buf title = BUF_INIT;
	for (int64_t i = 1; i <= p->themes; i++) {
		const struct tally *of = &p->of[i];
		if (of->first == 0)
			continue;
		char id[ID_MAX];
		id_from_number(id, i);
		struct theme t = { 0 };
		record_init(&t, K_THEME, id);
		buf_reset(&title);
		buf_adds(&title, pick_line(ev, i, (uint64_t)i * 7)->text);
		if (i > (int64_t)ev->themes)
			add_rare(&title);
		text_set(&t.title, title.data);
		if (of->web + of->sms >= KNOWN)
			add_key_words(&t, pick_line(ev, i, (uint64_t)i * 11)->text);
		t.first = of->first;
		t.first_at = time_of(p, of->first);
		add(l, &t.r, false);
		load_count(l, id, of);
	}
	buf_release(&title);
}

static void load_messages(struct load *l, const struct evening *ev, const struct plan *p)
{
	struct buf text = BUF_INIT;
	for (int64_t i = 1; i <= p->messages; i++) {
		char id[ID_MAX];
		id_from_number(id, i);
		struct message m = { 0 };
		record_init(&m, K_MESSAGE, id);
		const struct line *from = pick_line(ev, p->theme[i], dice());
		buf_reset(&text);
		buf_adds(&text, from->text);
		if (dice() % 4 == 0)
			add_rare(&text);
		text_set(&m.text, text.data);
		text_set(&m.name, dice() % 3 == 0 ? "" : from->name);
		m.channel = channel_of(i);
		text_set(&m.gateway, m.channel == CH_SMS ? "kannel" : "");
		m.participant = i - i / 5;
		m.at = time_of(p, i);
		m.cluster = p->theme[i];
		add(l, &m.r, true);
	}
	send(l, true, true);
	buf_release(&text);
}

static void index_all(struct replica *r)
{
	struct error e = { 0 };
	int64_t indexed;
	for (bool done = false; !done;)
		if (!replica_index_step(r, INDEX_STEP, &indexed, &done, &e))
			die(e.text);
}

int main(int argc, char **argv)
{
	struct error e = { 0 };
	if (argc < 3)
		die("usage: bench-replica EVENING.JSONL DIR [MESSAGES [THEMES]]");
	struct evening ev = { 0 };
	struct plan p = { .messages = argc > 3 ? strtoll(argv[3], NULL, 10) : 1300000,
		.themes = argc > 4 ? strtoll(argv[4], NULL, 10) : 50000 };
	read_evening(&ev, argv[1]);
	make_plan(&p);
	struct load l = { .page = BUF_INIT };
	l.r = replica_open(&(struct replica_options){ .dir = argv[2] }, &e);
	if (l.r == NULL)
		die(e.text);
	if (replica_whole(l.r)) {
		printf("\"%s\" holds a replica already\n", argv[2]);
		return 0;
	}
	load_room(&l);
	load_themes(&l, &ev, &p);
	load_messages(&l, &ev, &p);
	index_all(l.r);
	printf("%" PRId64 " messages, %" PRId64 " themes in \"%s\"\n", p.messages, p.themes, argv[2]);
	replica_close(l.r);
	return 0;
}
