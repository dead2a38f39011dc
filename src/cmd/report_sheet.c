/* report_sheet.c: what the report says, in French and English. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"
#include "src/cmd/report.h"

#define WORDS \
	X(REPORT, "Bilan", "Report") \
	X(REHEARSAL, "répétition", "rehearsal") X(STATE, "État", "State") X(PURGED, "Purgé", "Purged") X(OPENED, \
		"Ouverture", "Opened") X(ENDED, "Fin", "Ended") X(LENGTH, "Durée", "Length") X(PLANNED, "Fin prévue", \
		"Planned end") X(WHOLE, "L'ensemble", "The whole") X(MESSAGES, "Messages", "Messages") X(PEOPLE, \
		"Personnes", "People") X(THEMES, "Thèmes", "Themes") X(MERGED, "dont réunis à d'autres", \
		"of them joined to others") X(PREPARED, "dont préparés", "of them prepared") X(STOPS, "STOP", \
		"STOP") X(CONTACTS, "CONTACT", "CONTACT") X(REPEATS, "Répétitions non comptées", \
		"Repeats, not counted") X(NOT_KEPT, "Refusés, réception fermée", "Not kept, intake shut") X(HELD, \
		"Messages encore réservés", "Messages still held") X(ALERTS, "Alertes", "Alerts") X(CHANNELS, \
		"Par canal", "By channel") X(CHANNEL, "Canal", "Channel") X(DISMISSED, "Écartés", \
		"Dismissed") X(MUTED, "D'auteurs écartés", "From muted people") X(WEB, "Internet", "Web") X(SMS, \
		"SMS", "SMS") X(ROOM, "La rédaction", "The room") X(ARRIVALS, "Arrivées", "Arrivals") X(BALANCE, \
		"Équilibre des canaux", "Balance of the channels") X(TRAFFIC, "Part des messages", \
		"Share of messages") X(ACCEPTED, "Retenues", "Accepted") X(AIRED, "Posées", "Aired") X(SHARE_AIRED, \
		"Part des posées", "Share of aired") X(LARGEST, "Les plus grands thèmes", \
		"The largest themes") X(THEME, "Thème", "Theme") X(QUESTION, "Question", "Question") X(BECAME, \
		"Devenir", "What became of it") X(AT, "À", "At") X(QUESTIONS, "Questions", "Questions") X(FROM_PUBLIC, \
		"Retenues du public", "Accepted from the public") X(COMPOSED, "Composées par la rédaction", \
		"Composed by the room") X(IMPROVISED, "Improvisées", "Improvised") X(WAITING, "Restées au conducteur", \
		"Left in the rundown") X(DROPPED, "Abandonnées", "Dropped") X(RETURNED, "Rendues aux modérateurs", \
		"Returned to the moderators") X(STRUCK, "Retirées après diffusion", \
		"Struck after airing") X(PLAN_QUESTIONS, "Prévues", "Planned") X(OUTCOMES, "Issues", \
		"Outcomes") X(ANSWERED, "répondue", "answered") X(PARTLY, "en partie", "partly") X(DECLINED, \
		"déclinée", "declined") X(CUT, "coupée", "cut") X(WRITTEN, "réponse écrite promise", \
		"written reply promised") X(ON_AIR, "à l'antenne", "on the air") X(IN_RUNDOWN, "au conducteur", \
		"in the rundown") X(WAS_DROPPED, "abandonnée", "dropped") X(WAS_RETURNED, "rendue", \
		"returned") X(WAS_STRUCK, "retirée", "struck") X(WAS_DISMISSED, "écarté", "dismissed") X(NOT_TAKEN, \
		"non retenu", "not taken up") X(COVERAGE, "Personnes dont le thème a été posé", \
		"People whose theme was aired") X(DELAYS, "Délais", "Delays") X(DELAY, "De … à …", \
		"From … to …") X(COUNTED, "Mesurés", "Measured") X(MEDIAN, "Médiane", "Median") X(NINTH, \
		"9 sur 10 en moins de", "9 in 10 within") X(LONGEST, "Le plus long", "Longest") X(TO_ACCEPT, \
		"arrivée → retenue", "arrival → accepted") X(TO_AIR, "retenue → posée", "accepted → aired") \
		X(TO_ANSWER, "posée → premier segment", "aired → first segment") X(ANSWERS, "Réponses", "Answers") X( \
			SEGMENTS, "Segments publiés", "Segments published") X(CORRECTED, "Corrections", \
			"Corrections") X(RETRACTED, "Segments retirés", "Segments retracted") X(IN_REVIEW, \
			"Segments en relecture", "Segments in review") X(NOTICES, "Avis", "Notices") X(INTERRUPTIONS, \
			"Interruptions", "Interruptions") X(KIND, "Nature", "Kind") X(TECHNICAL, \
			"technique", "technical") X(EDITORIAL, "éditoriale", "editorial") X(NOT_KNOWN, \
			"non connue", "not known") X(GOES_ON, "en cours", "goes on") X(SEATS, "Postes", \
			"Seats") X(SEAT, "Poste", "Seat") X(ROLE, "Rôle", "Role") X(ACTS, "Actes", "Acts") X(UNDONE, \
			"Annulés", "Undone") X(REMOVED, "supprimé", "removed") \
			X(DECISIONS, "Décisions", "Decisions") X(ALL_ACTS, "Actes au journal", "Acts in the log") X( \
				HOLDS, "Mises en réserve", "Holds") X(REFUSED, "Opérations refusées", \
				"Operations refused") X(EXPIRED, "Opérations échues", "Operations expired") \
				X(PREPARING, "en préparation", "preparing") X(COLLECTING, "en collecte", "collecting") \
					X(OPEN, "ouvert", "open") X(INTERRUPTED, "interrompu", "interrupted") \
						X(IS_ENDED, "terminé", "ended") X(SEALED, "scellé", "sealed") \
							X(NONE, "aucune", "none")

#define X(name, fr, en) W_##name,
enum said { WORDS };
#undef X
#define X(name, fr, en) { fr, en },
static const char *const words[][2] = { WORDS };
#undef X

static bool english(const struct report *p)
{
	return !strcmp(p->lang, "en");
}
static const char *say(const struct report *p, enum said w)
{
	return words[w][english(p)];
}

const char *report_channel_name(const struct report *p, enum channel channel)
{
	return say(p, channel == CH_WEB ? W_WEB : channel == CH_SMS ? W_SMS : W_ROOM);
}

/* ---- figures ----------------------------------------------------------------------------------------------------- */

static void put_number(const struct report *p, struct buf *b, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
	for (int i = 0; i < len; i++) {
		buf_addc(b, digits[i]);
		if (i + 1 < len && (len - i - 1) % 3 == 0 && digits[i] != '-')
			buf_adds(b, english(p) ? "," : "\u202f");
	}
}

static void put_share(const struct report *p, struct buf *b, int64_t part, int64_t whole)
{
	if (!whole) {
		buf_adds(b, "–");
		return;
	}
	int64_t tenths = (part * 2000 + whole) / (2 * whole);
	buf_addf(b, "%lld%c%lld", (long long)(tenths / 10), english(p) ? '.' : ',', (long long)(tenths % 10));
	buf_adds(b, english(p) ? "%" : "\u00a0%");
}

static void put_span(const struct report *p, struct buf *b, int64_t ms)
{
	int64_t s = (ms + 500) / 1000, m = s / 60, h = m / 60, d = h / 24;
	if (ms < 10000)
		buf_addf(b, "%lld%c%lld s", (long long)(ms / 1000), english(p) ? '.' : ',',
			(long long)(ms % 1000 / 100));
	else if (!m)
		buf_addf(b, "%lld s", (long long)s);
	else if (!h)
		buf_addf(b, "%lld min %02lld s", (long long)m, (long long)(s % 60));
	else if (!d)
		buf_addf(b, "%lld h %02lld min", (long long)h, (long long)(m % 60));
	else
		buf_addf(b, "%lld %s %lld h", (long long)d, english(p) ? "d" : "j", (long long)(h % 24));
}

static void put_moment(struct buf *b, int64_t ms, const char *format)
{
	char text[40];
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	localtime_r(&t, &tm);
	if (ms && strftime(text, sizeof text, format, &tm))
		buf_adds(b, text);
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

/* One section under way: what is put becomes the next cell. */
struct making {
	const struct report *p;
	struct sheet sheet;
	struct section *s;
};

static void begin(struct making *k, enum said heading, size_t columns, unsigned numbers)
{
	grow(&k->sheet.v, &k->sheet.cap, k->sheet.n + 1, sizeof *k->sheet.v);
	k->s = &k->sheet.v[k->sheet.n++];
	*k->s = (struct section){ .heading = xstrdup(say(k->p, heading)), .columns = columns, .numbers = numbers };
}

static void cell(struct making *k, const char *text)
{
	grow(&k->s->cells, &k->s->cap, k->s->n + 1, sizeof *k->s->cells);
	k->s->cells[k->s->n++] = xstrdup(text);
}

static void cell_take(struct making *k, struct buf *b)
{
	cell(k, b->data);
	buf_release(b);
}

static void cell_word(struct making *k, enum said w)
{
	cell(k, say(k->p, w));
}

static void cell_number(struct making *k, int64_t n)
{
	struct buf b = BUF_INIT;
	put_number(k->p, &b, n);
	cell_take(k, &b);
}

static void cell_share(struct making *k, int64_t part, int64_t whole)
{
	struct buf b = BUF_INIT;
	put_share(k->p, &b, part, whole);
	cell_take(k, &b);
}

static void cell_span(struct making *k, int64_t ms)
{
	struct buf b = BUF_INIT;
	put_span(k->p, &b, ms);
	cell_take(k, &b);
}

static void cell_moment(struct making *k, int64_t ms, const char *format)
{
	struct buf b = BUF_INIT;
	put_moment(&b, ms, format);
	cell_take(k, &b);
}

static void header(struct making *k, const enum said *w)
{
	for (size_t i = 0; i < k->s->columns; i++)
		cell_word(k, w[i]);
	k->s->header = true;
}

/* A line of name and number; a zero is left out unless `always`. */
static void line(struct making *k, enum said w, int64_t n, bool always)
{
	if (!n && !always)
		return;
	cell_word(k, w);
	cell_number(k, n);
}

static enum said state_word(enum event_state s)
{
	static const enum said of[EV_STATES] = { W_PREPARING, W_COLLECTING, W_OPEN, W_INTERRUPTED, W_IS_ENDED,
		W_SEALED };
	return of[s];
}

static enum said outcome_word(enum result r)
{
	static const enum said of[RESULTS] = { W_NONE, W_ANSWERED, W_PARTLY, W_DECLINED, W_CUT, W_WRITTEN };
	return of[r];
}

static void moment_line(struct making *k, enum said w, int64_t ms)
{
	if (!ms)
		return;
	cell_word(k, w);
	cell_moment(k, ms, "%Y-%m-%d %H:%M");
}

static void whole(struct making *k)
{
	const struct report *p = k->p;
	begin(k, W_WHOLE, 2, 2);
	cell_word(k, W_STATE);
	cell_word(k, state_word(p->state));
	if (p->purged[0]) {
		cell_word(k, W_PURGED);
		cell(k, p->purged);
	}
	moment_line(k, W_OPENED, p->opened_at);
	moment_line(k, W_PLANNED, p->plan_end);
	moment_line(k, W_ENDED, p->ended_at);
	if (p->opened_at && p->ended_at) {
		cell_word(k, W_LENGTH);
		cell_span(k, p->ended_at - p->opened_at);
	}
	line(k, W_MESSAGES, p->messages, true);
	line(k, W_PEOPLE, p->people, true);
	line(k, W_THEMES, p->themes, true);
	line(k, W_MERGED, p->merged, false);
	line(k, W_PREPARED, p->prepared, false);
	line(k, W_REPEATS, p->repeats, false);
	line(k, W_NOT_KEPT, p->not_kept, true);
	line(k, W_STOPS, p->stops, true);
	line(k, W_CONTACTS, p->contacts, false);
	line(k, W_HELD, p->held, false);
	line(k, W_ALERTS, p->alerts, false);
}

static void channels(struct making *k)
{
	const struct report *p = k->p;
	begin(k, W_CHANNELS, 5, 30);
	header(k, (const enum said[]){ W_CHANNEL, W_MESSAGES, W_PEOPLE, W_DISMISSED, W_MUTED });
	for (enum channel c = CH_WEB; c <= CH_SMS; c++) {
		cell(k, report_channel_name(p, c));
		cell_number(k, p->channels[c].messages);
		cell_number(k, p->channels[c].people);
		cell_number(k, p->channels[c].dismissed);
		cell_number(k, p->channels[c].muted);
	}
	begin(k, W_ARRIVALS, 0, 0);
}

/* The public's share by channel; what the room asked by itself stands apart. */
static void balance(struct making *k)
{
	const struct report *p = k->p;
	const struct report_channel *c = p->channels;
	begin(k, W_BALANCE, 5, 30);
	header(k, (const enum said[]){ W_CHANNEL, W_TRAFFIC, W_ACCEPTED, W_AIRED, W_SHARE_AIRED });
	for (enum channel i = CH_WEB; i <= CH_SMS; i++) {
		cell(k, report_channel_name(p, i));
		cell_share(k, c[i].messages, p->messages);
		cell_number(k, c[i].questions);
		cell_number(k, c[i].aired);
		cell_share(k, c[i].aired, c[CH_WEB].aired + c[CH_SMS].aired);
	}
	cell(k, report_channel_name(p, CH_ROOM));
	cell(k, "");
	cell_number(k, c[CH_ROOM].questions);
	cell_number(k, c[CH_ROOM].aired);
	cell(k, "");
}

static enum said fate_of(const struct report_theme *t)
{
	if (!t->question)
		return t->dismissed ? W_WAS_DISMISSED : W_NOT_TAKEN;
	if (t->struck)
		return W_WAS_STRUCK;
	switch (t->state) {
	case Q_AIR:
		return W_ON_AIR;
	case Q_CLOSED:
		return outcome_word(t->outcome);
	case Q_DROPPED:
		return W_WAS_DROPPED;
	case Q_RETURNED:
		return W_WAS_RETURNED;
	default:
		return W_IN_RUNDOWN;
	}
}

static void largest(struct making *k)
{
	begin(k, W_LARGEST, 8, 94);
	header(k, (const enum said[]){ W_THEME, W_PEOPLE, W_MESSAGES, W_WEB, W_SMS, W_BECAME, W_QUESTION, W_AT });
	for (size_t i = 0; i < k->p->n_largest; i++) {
		const struct report_theme *t = &k->p->largest[i];
		struct buf question = BUF_INIT;
		if (t->question)
			buf_addf(&question, "q%lld", (long long)t->question);
		cell(k, t->title);
		cell_number(k, t->people);
		cell_number(k, t->messages);
		cell_number(k, t->web);
		cell_number(k, t->sms);
		cell_word(k, fate_of(t));
		cell_take(k, &question);
		cell_moment(k, t->struck ? 0 : t->closed_at ? t->closed_at : t->aired_at, "%H:%M");
	}
}

static void questions(struct making *k)
{
	const struct report *p = k->p;
	begin(k, W_QUESTIONS, 2, 2);
	line(k, W_PLAN_QUESTIONS, p->plan_questions, false);
	line(k, W_FROM_PUBLIC, p->accepted, true);
	line(k, W_COMPOSED, p->composed, false);
	line(k, W_IMPROVISED, p->improvised, false);
	line(k, W_AIRED, p->aired, true);
	line(k, W_WAITING, p->waiting, true);
	line(k, W_DROPPED, p->dropped, true);
	line(k, W_RETURNED, p->returned, true);
	line(k, W_STRUCK, p->struck, false);
	cell_word(k, W_COVERAGE);
	struct buf b = BUF_INIT;
	put_number(p, &b, p->people_aired);
	buf_adds(&b, " (");
	put_share(p, &b, p->people_aired, p->people);
	buf_addc(&b, ')');
	cell_take(k, &b);
	begin(k, W_OUTCOMES, 2, 2);
	for (enum result r = OUT_ANSWERED; r < RESULTS; r++)
		line(k, outcome_word(r), p->outcomes[r], r == OUT_ANSWERED);
}

static void delay(struct making *k, enum said w, const struct report_spread *s)
{
	cell_word(k, w);
	cell_number(k, s->n);
	const int64_t spans[] = { s->median, s->ninth, s->longest };
	for (size_t i = 0; i < COUNT_OF(spans); i++)
		if (s->n)
			cell_span(k, spans[i]);
		else
			cell(k, "–");
}

static void delays(struct making *k)
{
	begin(k, W_DELAYS, 5, 30);
	header(k, (const enum said[]){ W_DELAY, W_COUNTED, W_MEDIAN, W_NINTH, W_LONGEST });
	delay(k, W_TO_ACCEPT, &k->p->to_accept);
	delay(k, W_TO_AIR, &k->p->to_air);
	delay(k, W_TO_ANSWER, &k->p->to_answer);
}

static void answers(struct making *k)
{
	const struct report *p = k->p;
	begin(k, W_ANSWERS, 2, 2);
	line(k, W_ANSWERS, p->answers, true);
	line(k, W_SEGMENTS, p->segments, true);
	line(k, W_CORRECTED, p->corrected, true);
	line(k, W_RETRACTED, p->retracted, true);
	line(k, W_IN_REVIEW, p->in_review, false);
	line(k, W_NOTICES, p->notices, true);
}

static void interruptions(struct making *k)
{
	begin(k, W_INTERRUPTIONS, 3, 6);
	if (!k->p->n_interruptions) {
		k->s->columns = 1;
		cell_word(k, W_NONE);
		return;
	}
	header(k, (const enum said[]){ W_KIND, W_AT, W_LENGTH });
	for (size_t i = 0; i < k->p->n_interruptions; i++) {
		const struct report_interruption *n = &k->p->interruptions[i];
		cell_word(k,
			n->kind == IN_EDITORIAL           ? W_EDITORIAL
				: n->kind == IN_TECHNICAL ? W_TECHNICAL
							  : W_NOT_KNOWN);
		cell_moment(k, n->at, "%H:%M:%S");
		if (n->until)
			cell_span(k, n->until - n->at);
		else
			cell_word(k, W_GOES_ON);
	}
}

static void crew(struct making *k)
{
	const struct report *p = k->p;
	begin(k, W_SEATS, 4, 12);
	header(k, (const enum said[]){ W_SEAT, W_ROLE, W_ACTS, W_UNDONE });
	for (size_t i = 0; i < p->n_seats; i++) {
		const struct report_seat *s = &p->seats[i];
		struct buf name = BUF_INIT;
		buf_adds(&name, s->name);
		if (s->removed)
			buf_addf(&name, " (%s)", say(p, W_REMOVED));
		cell_take(k, &name);
		cell(k, role_names[s->role]);
		cell_number(k, s->acts);
		cell_number(k, s->undone);
	}
	begin(k, W_DECISIONS, 2, 2);
	line(k, W_ALL_ACTS, p->acts, true);
	line(k, W_UNDONE, p->undone, true);
	line(k, W_HOLDS, p->holds, true);
	line(k, W_REFUSED, p->refused, true);
	line(k, W_EXPIRED, p->expired, true);
}

struct sheet report_sheet(const struct report *p)
{
	struct making k = { .p = p };
	struct buf title = BUF_INIT;
	buf_addf(&title, "%s – %s", say(p, W_REPORT), p->title);
	if (p->rehearsal)
		buf_addf(&title, " (%s)", say(p, W_REHEARSAL));
	k.sheet.title = buf_detach(&title);
	k.sheet.lang = xstrdup(english(p) ? "en" : "fr");
	whole(&k);
	channels(&k);
	balance(&k);
	largest(&k);
	questions(&k);
	delays(&k);
	answers(&k);
	interruptions(&k);
	crew(&k);
	return k.sheet;
}

void sheet_release(struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = 0; j < s->v[i].n; j++)
			free(s->v[i].cells[j]);
		free(s->v[i].cells);
		free(s->v[i].heading);
	}
	free(s->v);
	free(s->title);
	free(s->lang);
	*s = (struct sheet){ 0 };
}

/* ---- arrivals ---------------------------------------------------------------------------------------------------- */

enum { BEFORE_MS = 3 * 3600000, WINDOW_MS = 24 * 3600000 };

/* From three hours before the opening, or the first message after that, up to the last message within a day. */
static void window(const struct report *p, int64_t *from, int64_t *until)
{
	int64_t last = p->arrivals[p->n_arrivals - 1].at + REPORT_BIN_MS;
	int64_t earliest = p->opened_at ? p->opened_at - BEFORE_MS : last - WINDOW_MS;
	size_t i = 0;
	while (i + 1 < p->n_arrivals && p->arrivals[i].at < earliest)
		i++;
	*from = p->arrivals[i].at;
	*until = last < *from + WINDOW_MS ? last : *from + WINDOW_MS;
}

struct graph report_graph(const struct report *p)
{
	struct graph g = { .step = REPORT_BIN_MS };
	int64_t until;
	if (!p->n_arrivals)
		return g;
	window(p, &g.from, &until);
	while ((until - g.from + g.step - 1) / g.step > GRAPH_COLUMNS)
		g.step += REPORT_BIN_MS;
	g.n = (size_t)((until - g.from + g.step - 1) / g.step);
	for (size_t i = 0; i < p->n_arrivals; i++) {
		const struct report_bin *bin = &p->arrivals[i];
		if (bin->at < g.from) {
			g.before += bin->web + bin->sms;
		} else if (bin->at >= until) {
			g.after += bin->web + bin->sms;
		} else {
			size_t column = (size_t)((bin->at - g.from) / g.step);
			g.web[column] += bin->web;
			g.sms[column] += bin->sms;
			if (g.web[column] + g.sms[column] > g.most)
				g.most = g.web[column] + g.sms[column];
		}
	}
	return g;
}

void graph_legend(const struct report *p, const struct graph *g, struct buf *out)
{
	bool en = english(p);
	if (!g->n) {
		buf_adds(out, en ? "Nothing came." : "Rien n'est arrivé.");
		return;
	}
	put_moment(out, g->from, "%H:%M");
	buf_adds(out, " – ");
	put_moment(out, g->from + (int64_t)g->n * g->step, "%H:%M");
	buf_addf(out, en ? "; %lld minutes a column, at most " : " ; %lld minutes par colonne, au plus ",
		(long long)(g->step / 60000));
	put_number(p, out, g->most);
	if (g->before) {
		buf_adds(out, en ? "; before: " : " ; avant : ");
		put_number(p, out, g->before);
	}
	if (g->after) {
		buf_adds(out, en ? "; after: " : " ; après : ");
		put_number(p, out, g->after);
	}
}
