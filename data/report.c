/* report.c: counts in SQL over messages, in memory over the small kinds; the latter first, since a reader's world may not
 * outlive the next transaction.
 */
#include "data/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/reader.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const char SQL_CHANNELS[] =
	"SELECT channel, count(*), count(DISTINCT participant), sum(state=1), sum(muted<>0), sum(service=1),"
	" sum(service=2), sum(hold<>0), sum(alert<>0) FROM message GROUP BY channel";
static const char SQL_ARRIVALS[] = "SELECT at/?1*?1, sum(channel=1), sum(channel=2) FROM message GROUP BY 1 ORDER BY 1";
static const char SQL_COUNTERS[] =
	"SELECT duplicates, not_kept, (SELECT value FROM meta WHERE name='purged') FROM state";
static const char SQL_THEMES[] = "SELECT count(*), sum(merged<>0),"
				 " coalesce(sum(json_extract(nullif(body, ''), '$.name') IS NOT NULL), 0) FROM theme";
static const char SQL_LARGEST[] =
	"SELECT " THEME_COLUMNS ", " TALLY_COLUMNS " FROM tally y JOIN theme t ON t.id=y.id"
	" WHERE NOT t.merged ORDER BY y.people_web + y.people_sms DESC, y.web + y.sms DESC, y.id";
static const char SQL_MERGED[] = "SELECT merged FROM theme WHERE id=?";
static const char SQL_AT[] = "SELECT at FROM message WHERE id=?";
static const char SQL_VERDICTS[] = "SELECT json_extract(body, '$.verdict'), count(*) FROM verdict GROUP BY 1";
/* ?1: a JSON list of themes. Who wrote in their clusters, and in those of all that was merged into them. */
static const char SQL_PEOPLE_OF[] =
	"WITH RECURSIVE under(id) AS (SELECT value FROM json_each(?1)"
	" UNION SELECT t.id FROM theme t JOIN under u ON t.merged=u.id AND t.merged),"
	" clusters(id) AS (SELECT u.id FROM under u WHERE NOT EXISTS(SELECT 1 FROM cluster c WHERE c.id=u.id AND"
	" c.theme<>u.id) UNION SELECT c.id FROM cluster c JOIN under u ON c.theme=u.id)"
	" SELECT count(DISTINCT participant) FROM message WHERE cluster<>0 AND cluster IN clusters";
_Static_assert(
	CH_WEB == 1 && CH_SMS == 2 && SV_STOP == 1 && SV_CONTACT == 2 && MS_DISMISSED == 1, "SQL names them by number");

enum { MERGES_MAX = 64 };

/* What is needed of a question once the reader's world is gone. */
struct asked {
	struct question q; /* texts are not ours */
	char id[ID_MAX];
	int64_t theme, root; /* 0: none */
	struct ids sources;
	int64_t answered_at; /* its first segment; 0: none */
};

struct counting {
	struct report *p;
	const struct world *w;
	struct asked *asked;
	size_t n_asked, cap_asked;
};

/* What was undone does not count; what was purged does. */
static bool is_counted(const struct record *r)
{
	return !r->gone || strcmp(r->did, "purge") == 0;
}

/* ---- the small kinds --------------------------------------------------------------------------------------------- */

static void count_question(struct report *p, const struct question *q)
{
	bool on_air = q->aired_at != 0 && !q->struck;
	p->accepted += q->channel != CH_ROOM;
	p->composed += q->channel == CH_ROOM && !q->improvised;
	p->improvised += q->improvised;
	p->aired += on_air;
	p->struck += q->struck;
	p->waiting += q->state == Q_RESERVE || q->state == Q_NEXT;
	p->dropped += q->state == Q_DROPPED;
	p->returned += q->state == Q_RETURNED;
	if (on_air && q->state == Q_CLOSED)
		p->outcomes[q->outcome]++;
	p->channels[q->channel].questions++;
	p->channels[q->channel].aired += on_air;
}

static bool each_question(void *arg, const struct record *r)
{
	struct counting *c = arg;
	const struct question *q = (const struct question *)r;
	if (!is_counted(r))
		return true;
	count_question(c->p, q);
	grow(&c->asked, &c->cap_asked, c->n_asked + 1, sizeof *c->asked);
	struct asked *a = &c->asked[c->n_asked++];
	*a = (struct asked){ .q = *q };
	a->q.wording = a->q.credit = a->q.original = a->q.suggestion = a->q.hold_why = a->q.hold_for = a->q.reason =
		NULL;
	a->q.messages = (struct ids){ 0 };
	memcpy(a->id, r->id, sizeof a->id);
	ids_set(&a->sources, &q->messages);
	if (q->theme[0] != '\0')
		id_number(q->theme, &a->theme);
	return true;
}

static void answer_began(struct counting *c, const struct answer *to, int64_t at)
{
	for (size_t i = 0; i < c->n_asked; i++) {
		struct asked *a = &c->asked[i];
		if (ids_have(&to->questions, a->id) && at >= a->q.aired_at &&
			(a->answered_at == 0 || at < a->answered_at))
			a->answered_at = at;
	}
}

static bool each_segment(void *arg, const struct record *r)
{
	struct counting *c = arg;
	const struct segment *g = (const struct segment *)r;
	if (!is_counted(r))
		return true;
	c->p->segments += g->state == SG_LIVE;
	c->p->in_review += g->state == SG_REVIEW;
	c->p->retracted += g->state == SG_RETRACTED;
	const struct record *to = c->w->get(c->w->ctx, K_ANSWER, g->answer);
	if (to != NULL)
		answer_began(c, (const struct answer *)to, g->at);
	return true;
}

static bool each_other(void *arg, const struct record *r)
{
	struct counting *c = arg;
	c->p->answers += r->kind == K_ANSWER && is_counted(r);
	c->p->notices += r->kind == K_NOTICE && is_counted(r);
	return true;
}

static bool each_seat(void *arg, const struct record *r)
{
	struct report *p = ((struct counting *)arg)->p;
	grow(&p->seats, &p->cap_seats, p->n_seats + 1, sizeof *p->seats);
	struct report_seat *s = &p->seats[p->n_seats++];
	*s = (struct report_seat){ .name = xstrdup(((const struct seat *)r)->name),
		.role = ((const struct seat *)r)->role,
		.removed = r->gone };
	memcpy(s->id, r->id, sizeof s->id);
	return true;
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

static struct report_op *op_of(struct report *p, const char *name)
{
	size_t i = 0;
	while (i < p->n_ops && strcmp(p->ops[i].name, name) < 0)
		i++;
	if (i < p->n_ops && strcmp(p->ops[i].name, name) == 0)
		return &p->ops[i];
	grow(&p->ops, &p->cap_ops, p->n_ops + 1, sizeof *p->ops);
	memmove(p->ops + i + 1, p->ops + i, (p->n_ops - i) * sizeof *p->ops);
	p->n_ops++;
	p->ops[i] = (struct report_op){ .acts = 0 };
	snprintf(p->ops[i].name, sizeof p->ops[i].name, "%s", name);
	return &p->ops[i];
}

static struct report_interruption *last_interruption(struct report *p)
{
	struct report_interruption *i = p->n_interruptions == 0 ? NULL : &p->interruptions[p->n_interruptions - 1];
	return i != NULL && i->until == 0 ? i : NULL;
}

/* An interruption lasts until resume, another one, or the end. */
static void note_interruption(struct report *p, const struct act *a)
{
	bool begins = strcmp(a->op, "interrupt") == 0 || strcmp(a->op, "interrupted") == 0;
	if (!begins && strcmp(a->op, "resume") != 0 && strcmp(a->op, "ended") != 0)
		return;
	struct report_interruption *i = last_interruption(p);
	if (i != NULL)
		i->until = a->at;
	if (!begins)
		return;
	grow(&p->interruptions, &p->cap_interruptions, p->n_interruptions + 1, sizeof *p->interruptions);
	p->interruptions[p->n_interruptions++] = (struct report_interruption){ .at = a->at,
		.kind = a->r.gone                               ? IN_NONE
			: strstr(a->words, "editorial") != NULL ? IN_EDITORIAL
								: IN_TECHNICAL };
}

static bool each_act(void *arg, const struct record *r)
{
	struct report *p = ((struct counting *)arg)->p;
	const struct act *a = (const struct act *)r;
	struct report_op *op = op_of(p, a->op);
	p->acts++;
	p->undone += a->undone;
	op->acts++;
	op->undone += a->undone;
	for (size_t i = 0; i < p->n_seats; i++)
		if (strcmp(p->seats[i].id, a->seat) == 0) {
			p->seats[i].acts++;
			p->seats[i].undone += a->undone;
		}
	p->corrected += strcmp(a->op, "correct") == 0;
	p->holds += strcmp(a->op, "hold") == 0 && !a->undone;
	note_interruption(p, a);
	return true;
}

static bool count_world(struct reader *r, struct counting *c, struct error *e)
{
	struct report *p = c->p;
	int64_t epoch, number;
	c->w = reader_world(r, &epoch, &number, e);
	const struct event *ev = c->w == NULL ? NULL : world_event(c->w);
	if (ev == NULL)
		return c->w != NULL && error_set(e, ERR_NOT_FOUND, "\"%s\" holds no event; make one with init", r->dir);
	p->title = xstrdup(ev->title);
	snprintf(p->lang, sizeof p->lang, "%s", ev->lang);
	p->rehearsal = ev->rehearsal;
	p->state = ev->state;
	p->opened_at = ev->opened_at;
	p->ended_at = ev->ended_at;
	p->plan_end = ev->plan_end;
	p->plan_questions = ev->plan_questions;
	world_each(c->w, K_QUESTION, each_question, c);
	world_each(c->w, K_SEGMENT, each_segment, c);
	world_each(c->w, K_ANSWER, each_other, c);
	world_each(c->w, K_NOTICE, each_other, c);
	world_each(c->w, K_SEAT, each_seat, c);
	world_each(c->w, K_ACT, each_act, c);
	c->w = NULL;
	return true;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/* Runs a query and hands over its rows. */
static bool rows(struct reader *r, sqlite3_stmt *q, void (*take)(struct report *p, sqlite3_stmt *q), struct report *p,
	struct error *e)
{
	bool failed = q == NULL;
	while (q != NULL && db_row(&r->db, q, &failed, e))
		take(p, q);
	db_end(q);
	return !failed;
}

static void take_channel(struct report *p, sqlite3_stmt *q)
{
	int64_t channel = col_int(q, 0);
	if (channel <= CH_NONE || channel >= CHANNELS)
		return;
	struct report_channel *c = &p->channels[channel];
	c->messages = col_int(q, 1);
	c->people = col_int(q, 2);
	c->dismissed = col_int(q, 3);
	c->muted = col_int(q, 4);
	p->messages += c->messages;
	p->people += c->people;
	p->stops += col_int(q, 5);
	p->contacts += col_int(q, 6);
	p->held += col_int(q, 7);
	p->alerts += col_int(q, 8);
}

static void take_bin(struct report *p, sqlite3_stmt *q)
{
	grow(&p->arrivals, &p->cap_arrivals, p->n_arrivals + 1, sizeof *p->arrivals);
	p->arrivals[p->n_arrivals++] =
		(struct report_bin){ .at = col_int(q, 0), .web = col_int(q, 1), .sms = col_int(q, 2) };
}

static void take_counters(struct report *p, sqlite3_stmt *q)
{
	p->repeats = col_int(q, 0);
	p->not_kept = col_int(q, 1);
	snprintf(p->purged, sizeof p->purged, "%s", col_text(q, 2));
}

static void take_themes(struct report *p, sqlite3_stmt *q)
{
	p->themes = col_int(q, 0);
	p->merged = col_int(q, 1);
	p->prepared = col_int(q, 2);
}

static void take_verdicts(struct report *p, sqlite3_stmt *q)
{
	const char *verdict = col_text(q, 0);
	if (strcmp(verdict, verdict_names[V_REFUSED]) == 0)
		p->refused = col_int(q, 1);
	else if (strcmp(verdict, verdict_names[V_EXPIRED]) == 0)
		p->expired = col_int(q, 1);
}

static bool count_messages(struct reader *r, struct report *p, struct error *e)
{
	struct db *d = &r->db;
	return rows(r, db_query(d, e, SQL_CHANNELS, ""), take_channel, p, e) &&
		rows(r, db_query(d, e, SQL_ARRIVALS, "i", (int64_t)REPORT_BIN_MS), take_bin, p, e) &&
		rows(r, db_query(d, e, SQL_COUNTERS, ""), take_counters, p, e) &&
		rows(r, db_query(d, e, SQL_THEMES, ""), take_themes, p, e) &&
		rows(r, db_query(d, e, SQL_VERDICTS, ""), take_verdicts, p, e);
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

static bool find_roots(struct reader *r, struct counting *c, struct error *e)
{
	for (size_t i = 0; i < c->n_asked; i++) {
		int64_t at = c->asked[i].theme, into = at;
		for (int steps = 0; into != 0 && steps < MERGES_MAX; steps++) {
			at = into;
			if (!db_int(&r->db, e, &into, 0, SQL_MERGED, "i", at))
				return false;
		}
		c->asked[i].root = at;
	}
	return true;
}

/* Whether b says more of what became of a theme than a. */
static bool says_more(const struct question *a, const struct question *b)
{
	bool a_aired = a->aired_at != 0 && !a->struck, b_aired = b->aired_at != 0 && !b->struck;
	if (a_aired != b_aired)
		return b_aired;
	return a_aired ? b->aired_at >= a->aired_at : b->accepted_at >= a->accepted_at;
}

static void what_became(const struct counting *c, struct report_theme *t)
{
	const struct question *best = NULL;
	for (size_t i = 0; i < c->n_asked; i++)
		if (c->asked[i].root == t->id && (best == NULL || says_more(best, &c->asked[i].q)))
			best = &c->asked[i].q;
	if (best == NULL)
		return;
	t->question = best->number;
	t->state = best->state;
	t->outcome = best->outcome;
	t->struck = best->struck;
	t->aired_at = best->aired_at;
	t->closed_at = best->closed_at;
}

static void take_theme(struct counting *c, const struct theme *t, sqlite3_stmt *q)
{
	struct report_theme *out = &c->p->largest[c->p->n_largest++];
	struct buf title = BUF_INIT, line = BUF_INIT;
	text_mask(theme_title(t), c->p->lang, &title);
	text_clean_line(title.data, title.len, title.len, &line);
	*out = (struct report_theme){ .id = col_int(q, 0),
		.title = xstrdup(line.data),
		.web = col_int(q, THEME_WIDTH + 2),
		.sms = col_int(q, THEME_WIDTH + 3),
		.people = col_int(q, THEME_WIDTH + 4) + col_int(q, THEME_WIDTH + 5),
		.dismissed = t->dismissed };
	out->messages = out->web + out->sms;
	what_became(c, out);
	buf_release(&title);
	buf_release(&line);
}

static bool count_largest(struct reader *r, struct counting *c, struct error *e)
{
	struct row row;
	sqlite3_stmt *q = db_query(&r->db, e, SQL_LARGEST, "");
	bool failed = q == NULL, done = q != NULL;
	while (done && c->p->n_largest < REPORT_THEMES && db_row(&r->db, q, &failed, e)) {
		done = row_read(&row, K_THEME, q, 0, e);
		if (done && !row.r->gone)
			take_theme(c, (const struct theme *)row.r, q);
		if (done)
			row_release(&row);
	}
	db_end(q);
	return done && !failed;
}

static bool count_coverage(struct reader *r, struct counting *c, struct error *e)
{
	struct buf themes = BUF_INIT;
	buf_addc(&themes, '[');
	for (size_t i = 0; i < c->n_asked; i++)
		if (c->asked[i].root != 0 && c->asked[i].q.aired_at != 0 && !c->asked[i].q.struck)
			buf_addf(&themes, themes.len > 1 ? ",%lld" : "%lld", (long long)c->asked[i].root);
	buf_addc(&themes, ']');
	bool done = db_int(&r->db, e, &c->p->people_aired, 0, SQL_PEOPLE_OF, "s", themes.data);
	buf_release(&themes);
	return done;
}

/* ---- delays ------------------------------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static struct report_spread spread_of(int64_t *v, size_t n)
{
	if (n == 0)
		return (struct report_spread){ .n = 0 };
	qsort(v, n, sizeof *v, ascending);
	return (struct report_spread){
		.n = (int64_t)n, .median = v[(n - 1) / 2], .ninth = v[(n * 9 + 9) / 10 - 1], .longest = v[n - 1]
	};
}

/* When the first of a question's messages came; 0: it was made of none. */
static bool arrived_at(struct reader *r, const struct asked *a, int64_t *at, struct error *e)
{
	*at = 0;
	for (size_t i = 0; i < a->sources.n; i++) {
		int64_t id, came = 0;
		if (!id_number(a->sources.v[i], &id) || !db_int(&r->db, e, &came, 0, SQL_AT, "i", id))
			return false;
		if (came != 0 && (*at == 0 || came < *at))
			*at = came;
	}
	return true;
}

static bool count_delays(struct reader *r, struct counting *c, struct error *e)
{
	int64_t *v[3], at;
	size_t n[3] = { 0 };
	bool done = true;
	for (size_t i = 0; i < COUNT_OF(v); i++)
		v[i] = xcalloc(c->n_asked + 1, sizeof *v[i]);
	for (size_t i = 0; i < c->n_asked && done; i++) {
		const struct asked *a = &c->asked[i];
		done = arrived_at(r, a, &at, e);
		if (done && at != 0 && a->q.accepted_at >= at)
			v[0][n[0]++] = a->q.accepted_at - at;
		if (a->q.aired_at != 0 && !a->q.improvised && a->q.aired_at >= a->q.accepted_at)
			v[1][n[1]++] = a->q.aired_at - a->q.accepted_at;
		if (a->answered_at != 0 && a->q.aired_at != 0)
			v[2][n[2]++] = a->answered_at - a->q.aired_at;
	}
	c->p->to_accept = spread_of(v[0], n[0]);
	c->p->to_air = spread_of(v[1], n[1]);
	c->p->to_answer = spread_of(v[2], n[2]);
	for (size_t i = 0; i < COUNT_OF(v); i++)
		free(v[i]);
	return done;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

struct report *reader_report(struct reader *r, struct error *e)
{
	struct report *p = xcalloc(1, sizeof *p);
	struct counting c = { .p = p };
	bool done = count_world(r, &c, e) && reader_begin(r, e);
	if (done) {
		done = count_messages(r, p, e) && find_roots(r, &c, e) && count_largest(r, &c, e) &&
			count_coverage(r, &c, e) && count_delays(r, &c, e);
		reader_end(r);
	}
	for (size_t i = 0; i < c.n_asked; i++)
		ids_clear(&c.asked[i].sources);
	free(c.asked);
	if (done)
		return p;
	report_free(p);
	return NULL;
}

void report_free(struct report *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_largest; i++)
		free(p->largest[i].title);
	for (size_t i = 0; i < p->n_seats; i++)
		free(p->seats[i].name);
	free(p->title);
	free(p->arrivals);
	free(p->interruptions);
	free(p->seats);
	free(p->ops);
	free(p);
}
