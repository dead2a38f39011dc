/* demo_script.c: the evening, cue by cue.
 *
 * `programme` is what is asked, in order, with how it ends; each row becomes the usual cues of a question: accepted and
 * edited by a moderator, credited, made next and aired by the host, its answer published sentence by sentence by the
 * scribe, closed by the host. `life` is everything else. Times are seconds of the evening; a seat plays its cues in their
 * order, each once its time has come and the marks it names in `after` are set: other seats' acts that it waits for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/demo.h"

enum { FILE_MAX = 1 << 20, FIRST_AIR_S = 300, TURN_S = 160, PREPARED_S = 400 };

static const struct item {
	const char *answer;  /* key in evening-answers.jsonl */
	const char *fr, *en; /* a few words, for what is printed */
	const char *outcome; /* NULL: left to the next question put on the air */
} programme[] = {
	{ "a07", "Le statut des TOS", "Status of school staff", "answered" },
	{ "a18", "Le prix du SMS", "The price of a text message", "answered" },
	{ "a09", "Le mariage homosexuel", "Gay marriage", "partly" },
	{ "a11", "Violence au collège", "Violence at school", "answered" },
	{ "a12", "Le statut d'EDF", "Status of EDF", "answered" },
	{ "a15", "Les intermittents", "Show-business workers", "partly" },
	{ "a05", "Le chômage des jeunes diplômés", "Jobless graduates", "answered" },
	{ "a08", "Le foulard à l'école", "Headscarves at school", NULL },
	{ "a03", "Un euro la consultation", "One euro a consultation", "answered" },
	{ "a04", "Le trou de la Sécu", "The health deficit", "partly" },
	{ "a13", "Les 35 heures", "The 35-hour week", "answered" },
	{ "a14", "La retraite à 60 ans", "Retiring at 60", "answered" },
	{ "a01", "Le niveau du Smic", "The minimum wage", "partly" },
	{ "a02", "Embaucher un jeune au Smic", "Hiring the young", "answered" },
	{ "a16", "La Turquie en Europe", "Turkey in Europe", "answered" },
	{ "a17", "Téléchargement et prison", "Downloads and jail", "answered" },
	{ "a10", "Le cannabis", "Cannabis", "declined" },
	{ "a19", "Le lundi de Pentecôte", "Whit Monday", "answered" },
	{ "a06", "L'emploi des seniors", "Work after 55", "answered" },
	{ "a20", "Des SMS au Conseil", "Texting in cabinet", "answered" },
};

/* What the scribe wrote down wrong at first: a part of a sentence, and what came out. */
static const struct {
	const char *answer, *said, *written;
} slips[] = {
	{ "a04", "vingt-trois mille euros", "vingt-trois millions d'euros" },
};

/* {q KEY}: a question. {s KEY N}: its N-th segment from 1; N = 0: one that is taken back. {m ID}, {t ID}: a message of
 * the evening, and its theme. {pair PREFIX}: two groups that ask for themes of that prefix; without them the cue is left
 * out. {end}: when the evening will be over.
 * Marks: "accepted KEY", "edited KEY", "aired KEY", "said KEY", "said KEY N", "closed KEY" by the questions' own cues;
 * "traffic" once the public has sent everything, "ended" once the viewers saw the end. */
static const struct {
	int at_s;
	enum crew who;
	const char *op;
	const char *key; /* the question it is about, or NULL */
	const char *after[2];
	const char *mark;
	const char *fr, *en;
} life[] = {
	{ 0, MARC, "plan end={end} questions=20", NULL, { NULL }, NULL, "20 questions, fin à 20:00",
		"20 questions, end at 20:00" },
	{ 4, MARC, "collect", NULL, { NULL }, "collecting", "web et SMS", "web and SMS" },
	{ 20, ANNE, "speaker l'invité", NULL, { NULL }, NULL, "l'invité", "the guest" },
	{ 60, CLAIRE, "dismiss {m e0003} pas une question", NULL, { "collecting" }, NULL,
		"« première ! », pas une question", "« première ! », no question" },
	{ 100, PAUL, "dismiss {m e0001} pas une question", NULL, { "collecting" }, NULL, "« slt mr le ministre sava? »",
		"« slt mr le ministre sava? »" },
	{ 105, PAUL, "undo", NULL, { NULL }, NULL, "c'est une politesse, on la garde", "it is a courtesy, it stays" },
	{ 120, CLAIRE, "label {t e0027} Le statut des agents techniques des lycées", NULL, { "collecting" }, NULL,
		"« Le statut des agents techniques des lycées »", "« Le statut des agents techniques des lycées »" },
	{ 150, PAUL, "merge {pair smic-}", NULL, { "collecting" }, NULL, "deux thèmes sur le Smic",
		"two themes on the minimum wage" },
	{ 180, MARC, "say scribe les chiffres tels que dits, on corrigera ensuite", NULL, { NULL }, "said to scribe",
		"la scripte : les chiffres tels que dits", "the scribe: figures as spoken" },
	{ 200, ANNE, "ack", NULL, { "said to scribe" }, NULL, "le mot de l'animateur", "the host's word" },
	{ 240, MARC, "open", NULL, { "collecting" }, "open", "le chat commence", "the chat begins" },
	{ 245, MARC, "notice Bienvenue ! Une heure de questions, par Internet et par SMS.", NULL, { NULL }, NULL,
		"Bienvenue ! Une heure de questions, par Internet et par SMS.",
		"Bienvenue ! Une heure de questions, par Internet et par SMS." },
	/* an improvised question; it takes the headscarves off the air */
	{ 1540, MARC, "ask id={q ask} Et si la famille refuse le dialogue ?", "ask", { "said a08" }, "aired ask",
		"« Et si la famille refuse le dialogue ? »", "« Et si la famille refuse le dialogue ? »" },
	{ 1555, ANNE,
		"publish {q ask} id={s ask 1} speaker=\"l'invité\" On ne renonce jamais : il y a un médiateur, et puis "
		"le juge.",
		"ask", { "aired ask" }, "said ask", "On ne renonce jamais : il y a un médiateur…",
		"On ne renonce jamais : il y a un médiateur…" },
	{ 1572, MARC, "close {q ask} answered", "ask", { "said ask" }, NULL, "répondue", "answered" },
	/* the guest answers two questions at once */
	{ 1775, ANNE, "attach {q a03} {q a04}", "a04", { "aired a04", "said a03" }, NULL,
		"la réponse vaut aussi pour celle-ci", "the answer is one to this question too" },
	{ 1860, ANNE, "correct {s a04 1} {right a04 1}", "a04", { "said a04 1" }, NULL,
		"vingt-trois mille, non millions", "thousands, not millions" },
	/* the line breaks */
	{ 1932, ANNE, "interrupt technical", NULL, { "aired a13" }, "cut", "la liaison est coupée",
		"the line is down" },
	{ 1940, MARC, "notice La liaison est coupée, nous revenons dans un instant.", NULL, { "cut" }, NULL,
		"La liaison est coupée, nous revenons dans un instant.",
		"La liaison est coupée, nous revenons dans un instant." },
	{ 1985, MARC, "resume", NULL, { "cut", "said a13 2" }, "resumed", "la liaison est rétablie",
		"the line is back" },
	/* a word that was not meant for the public */
	{ 2190, ANNE, "publish {q a14} id={s a14 0} speaker=\"l'invité\" On coupe le micro, là ? Bon.", "a14",
		{ "aired a14" }, "aside a14", "On coupe le micro, là ? Bon.", "On coupe le micro, là ? Bon." },
	{ 2196, ANNE, "retract {s a14 0}", "a14", { "aside a14" }, NULL, "ce n'était pas pour le public",
		"it was not for the public" },
	/* a question that wants a lawyer */
	{ 2330, CLAIRE, "hold {q a17} legal host note=\"affaire en cours\"", "a17", { "accepted a17" }, "held",
		"avis juridique : affaire en cours", "legal advice: a case is pending" },
	{ 2500, MARC, "clear {q a17}", "a17", { "held" }, NULL, "avis reçu, on peut la poser",
		"advice came, it can be asked" },
	{ 2600, MARC,
		"reword {q a02} Quand allégera-t-on les charges d'un artisan qui veut embaucher un jeune au Smic ?",
		"a02", { "aired a02" }, NULL, "une préposition", "a preposition" },
	{ 2900, MARC, "intake all off", NULL, { "traffic" }, NULL, "plus de messages pour les dernières questions",
		"no more messages for the last questions" },
	{ 3450, MARC, "outcome {q a10} partly", "a10", { NULL }, NULL, "finalement, en partie",
		"partly, on reflection" },
	{ 3520, MARC, "notice Merci à tous. La transcription reste en ligne.", NULL, { NULL }, NULL,
		"Merci à tous. La transcription reste en ligne.", "Merci à tous. La transcription reste en ligne." },
	{ 3530, MARC, "end", NULL, { "traffic", "said a20" }, NULL, "l'heure est passée", "the hour is over" },
	{ 3580, MARC, "seal", NULL, { "ended" }, NULL, "", "" },
};

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* A text that cues borrow, owned by the script. */
__attribute__((format(printf, 2, 3))) static char *keep(struct script *s, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	grow(&s->texts, &s->cap_texts, s->n_texts + 1, sizeof *s->texts);
	return s->texts[s->n_texts++] = buf_detach(&b);
}

static struct cue *add_cue(struct script *s, int at_s, enum crew who, char *op, char *about)
{
	grow(&s->cues[who], &s->cap_cues[who], s->n_cues[who] + 1, sizeof **s->cues);
	struct cue *c = &s->cues[who][s->n_cues[who]++];
	*c = (struct cue){ .at_s = at_s, .who = who, .op = op, .about = about, .asked = -1 };
	return c;
}

static int find_asked(const struct script *s, const char *key, size_t len)
{
	for (size_t i = 0; i < s->n_asked; i++)
		if (strlen(s->asked[i].key) == len && memcmp(s->asked[i].key, key, len) == 0)
			return (int)i;
	return -1;
}

/* A sentence ends with its mark and a space; one of a few words goes on with the next. */
static void split(struct asked *a, const char *text)
{
	enum { SHORT = 24 };
	size_t cap = 0;
	for (const char *p = text; *p != '\0';) {
		size_t len = 0;
		while (p[len] != '\0' && !(len >= SHORT && p[len] == ' ' && strchr(".!?", p[len - 1]) != NULL))
			len++;
		grow(&a->sentences, &cap, a->n + 1, sizeof *a->sentences);
		a->sentences[a->n++] = xstrndup(p, len);
		p += len + strspn(p + len, " ");
	}
}

static void name_asked(struct asked *a)
{
	const int64_t now = clock_now(clock_system());
	id_uuid7(a->id, now, randomness_system());
	a->segments = xcalloc(a->n + 1, sizeof *a->segments);
	for (size_t i = 0; i <= a->n; i++)
		id_uuid7(a->segments[i], now, randomness_system());
}

/* What the scribe publishes of a sentence at first. */
static char *as_written(struct script *s, const char *key, const char *sentence)
{
	for (size_t i = 0; i < COUNT_OF(slips); i++) {
		const char *at = strcmp(slips[i].answer, key) == 0 ? strstr(sentence, slips[i].said) : NULL;
		if (at != NULL)
			return keep(s, "%.*s%s%s", (int)(at - sentence), sentence, slips[i].written,
				at + strlen(slips[i].said));
	}
	return keep(s, "%s", sentence);
}

/* ---- a question's own cues --------------------------------------------------------------------------------------- */

static void accept_cues(struct script *s, int i, int air_s)
{
	struct asked *a = &s->asked[i];
	const int at = air_s - PREPARED_S > 40 ? air_s - PREPARED_S : 40 + 30 * i;
	enum crew who = strstr(json_text(a->json, "credit"), "SMS") != NULL ? PAUL : CLAIRE;
	struct cue *c =
		add_cue(s, at, who, keep(s, "accept {m %s} id=%s", a->voice->id, a->id), keep(s, "%s", a->title));
	c->asked = i;
	c->mark = keep(s, "accepted %s", a->key);
	c->after[0] = "collecting";
	c = add_cue(s, at + 10, who, keep(s, "edit %s %s", a->id, json_text(a->json, "question")),
		keep(s, "%s", json_text(a->json, "question")));
	c->asked = i;
	c->mark = keep(s, "edited %s", a->key);
}

static const char *outcome_word(const struct script *s, const char *outcome)
{
	static const struct {
		const char *outcome, *fr;
	} words[] = {
		{ "answered", "répondue" },
		{ "partly", "en partie" },
		{ "declined", "refusée" },
		{ "cut", "coupée" },
		{ "written", "réponse écrite promise" },
	};
	for (size_t i = 0; !s->english && i < COUNT_OF(words); i++)
		if (strcmp(words[i].outcome, outcome) == 0)
			return words[i].fr;
	return outcome;
}

static void air_cues(struct script *s, int i, int air_s, const char *outcome)
{
	struct asked *a = &s->asked[i];
	const char *credit = json_text(a->json, "credit");
	struct cue *c = add_cue(s, air_s - 60, MARC, keep(s, "credit %s %s", a->id, credit), keep(s, "%s", credit));
	c->asked = i;
	c->after[0] = keep(s, "edited %s", a->key);
	c = add_cue(s, air_s - 40, MARC, keep(s, "next %s", a->id), keep(s, "%s", a->title));
	c->asked = i;
	c = add_cue(s, air_s, MARC, keep(s, "air %s", a->id), keep(s, "%s", a->title));
	c->asked = i;
	c->after[0] = "open";
	c->mark = keep(s, "aired %s", a->key);
	if (outcome == NULL)
		return;
	c = add_cue(
		s, air_s + 145, MARC, keep(s, "close %s %s", a->id, outcome), keep(s, "%s", outcome_word(s, outcome)));
	c->asked = i;
	/* the scribe is a sentence behind */
	c->after[0] = a->n > 1 ? keep(s, "said %s %zu", a->key, a->n - 1) : c->after[0];
	c->after[1] = strcmp(a->key, "a13") == 0 ? "resumed" : NULL;
	c->mark = keep(s, "closed %s", a->key);
}

static void answer_cues(struct script *s, int i, int air_s, bool closed)
{
	struct asked *a = &s->asked[i];
	const int first = air_s + 18, room = closed ? 136 : 80;
	for (size_t n = 0; n < a->n; n++) {
		char *text = as_written(s, a->key, a->sentences[n]);
		struct cue *c = add_cue(s, first + room * (int)n / (int)a->n, ANNE,
			keep(s, "publish %s id=%s speaker=\"%s\" %s", a->id, a->segments[n + 1],
				json_text(a->json, "speaker"), text),
			text);
		c->asked = i;
		c->after[0] = keep(s, "aired %s", a->key);
		c->mark = n + 1 < a->n ? keep(s, "said %s %zu", a->key, n + 1) : keep(s, "said %s", a->key);
	}
}

static void question_cues(struct script *s, int i)
{
	const int air_s = FIRST_AIR_S + TURN_S * i;
	accept_cues(s, i, air_s);
	air_cues(s, i, air_s, programme[i].outcome);
	answer_cues(s, i, air_s, programme[i].outcome != NULL);
}

static void life_cues(struct script *s)
{
	for (size_t i = 0; i < COUNT_OF(life); i++) {
		struct cue *c = add_cue(s, life[i].at_s, life[i].who, keep(s, "%s", life[i].op),
			keep(s, "%s", s->english ? life[i].en : life[i].fr));
		c->after[0] = life[i].after[0];
		c->after[1] = life[i].after[1];
		c->mark = life[i].mark;
		c->asked = life[i].key == NULL ? -1 : find_asked(s, life[i].key, strlen(life[i].key));
	}
}

/* By time; what is at the same time stays as it was put. */
static void sort_cues(struct cue *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct cue c = v[i];
		size_t j = i;
		for (; j > 0 && v[j - 1].at_s > c.at_s; j--)
			v[j] = v[j - 1];
		v[j] = c;
	}
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool read_answer(struct script *s, const char *line, size_t len, struct error *e)
{
	struct json *j = json_parse(line, len, e);
	const char *id = j == NULL ? NULL : json_text(j, "id");
	for (size_t i = 0; id != NULL && i < COUNT_OF(programme); i++)
		if (strcmp(programme[i].answer, id) == 0 && s->asked[i].json == NULL) {
			const struct item *item = &programme[i];
			s->asked[i] = (struct asked){
				.json = j, .key = item->answer, .title = s->english ? item->en : item->fr
			};
			if (json_text(j, "answer") == NULL || json_text(j, "question") == NULL ||
				json_text(j, "credit") == NULL || json_text(j, "speaker") == NULL ||
				json_text(j, "theme") == NULL)
				return error_set(e, ERR_FORMAT,
					"answer \"%s\" lacks theme, question, credit, speaker or answer", id);
			split(&s->asked[i], json_text(j, "answer"));
			return true;
		}
	json_free(j);
	return j != NULL;
}

static bool read_answers(struct script *s, const char *file, struct error *e)
{
	struct buf text = BUF_INIT;
	bool good = file_read(file, FILE_MAX, &text, e);
	for (const char *p = text.data, *end = text.data + text.len; good && p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = stop == NULL ? (size_t)(end - p) : (size_t)(stop - p);
		good = len == 0 || read_answer(s, p, len, e) || error_context(e, "\"%s\"", file);
		p += len + 1;
	}
	buf_release(&text);
	for (size_t i = 0; good && i < COUNT_OF(programme); i++)
		if (s->asked[i].json == NULL)
			good = error_set(e, ERR_FORMAT, "\"%s\" has no answer \"%s\"", file, programme[i].answer);
	return good;
}

/* Finds each question somebody who asked it, early enough to be accepted before it is aired. */
static bool cast_voices(struct script *s, struct error *e)
{
	for (size_t i = 0; i < COUNT_OF(programme); i++) {
		struct asked *a = &s->asked[i];
		double share = 0.2 + 1.3 * (double)i / COUNT_OF(programme);
		a->voice = voices_asking(&s->voices, json_text(a->json, "theme"), json_text(a->json, "credit"), share);
		if (a->voice == NULL)
			return error_set(e, ERR_FORMAT, "nobody asks for \"%s\" in the evening's messages",
				json_text(a->json, "theme"));
	}
	return true;
}

bool script_read(struct script *s, const char *evening, const char *answers, bool english, struct error *e)
{
	*s = (struct script){ .english = english, .n_asked = COUNT_OF(programme) + 1 };
	s->asked = xcalloc(s->n_asked, sizeof *s->asked);
	s->asked[COUNT_OF(programme)] = (struct asked){ .key = "ask", .title = "" };
	if (!voices_read(&s->voices, evening, e) || !read_answers(s, answers, e) || !cast_voices(s, e))
		return false;
	s->asked[COUNT_OF(programme)].n = 1;
	for (size_t i = 0; i < s->n_asked; i++)
		name_asked(&s->asked[i]);
	for (size_t i = 0; i < COUNT_OF(programme); i++)
		question_cues(s, (int)i);
	life_cues(s);
	for (int who = 0; who < CREW; who++)
		sort_cues(s->cues[who], s->n_cues[who]);
	return true;
}

void script_release(struct script *s)
{
	for (size_t i = 0; i < s->n_asked; i++) {
		struct asked *a = &s->asked[i];
		for (size_t n = 0; a->sentences != NULL && n < a->n; n++)
			free(a->sentences[n]);
		free(a->sentences);
		free(a->segments);
		json_free(a->json);
	}
	free(s->asked);
	for (int who = 0; who < CREW; who++)
		free(s->cues[who]);
	for (size_t i = 0; i < s->n_texts; i++)
		free(s->texts[i]);
	free(s->texts);
	strmap_release(&s->marks);
	voices_release(&s->voices);
	*s = (struct script){ 0 };
}

/* ---- playing ----------------------------------------------------------------------------------------------------- */

void script_mark(struct script *s, const char *mark)
{
	if (mark != NULL)
		strmap_put(&s->marks, mark, s);
}

bool script_marked(const struct script *s, const char *mark)
{
	return strmap_get(&s->marks, mark) != NULL;
}

/* The groups of two messages that the engine did not put together, both there. */
static bool put_pair(const struct script *s, const char *prefix, struct buf *out)
{
	const struct voice *first = NULL;
	for (size_t i = 0; i < s->voices.n; i++) {
		const struct voice *v = &s->voices.v[i];
		if (strncmp(v->theme, prefix, strlen(prefix)) != 0 || v->group == 0 ||
			(first != NULL && v->group == first->group))
			continue;
		if (first != NULL) {
			buf_addf(out, "t%lld t%lld", (long long)first->group, (long long)v->group);
			return true;
		}
		first = v;
	}
	return false;
}

static bool put_segment(const struct script *s, const char *rest, bool words, struct buf *out)
{
	char *end;
	const size_t len = strcspn(rest, " ");
	const int i = find_asked(s, rest, len);
	const long n = strtol(rest + len, &end, 10);
	if (i < 0 || n < 0 || (size_t)n > s->asked[i].n)
		return false;
	buf_adds(out, words ? s->asked[i].sentences[n - 1] : s->asked[i].segments[n]);
	return true;
}

/* One {…}, without its braces. */
static bool put_name(const struct script *s, const char *name, int64_t end_ms, struct buf *out)
{
	const char *rest = name + strcspn(name, " ");
	rest += strspn(rest, " ");
	if (strcmp(name, "end") == 0) {
		buf_addf(out, "%lld", (long long)end_ms);
		return true;
	}
	if (strncmp(name, "pair ", 5) == 0)
		return put_pair(s, rest, out);
	if (strncmp(name, "s ", 2) == 0 || strncmp(name, "right ", 6) == 0)
		return put_segment(s, rest, name[0] == 'r', out);
	if (strncmp(name, "q ", 2) == 0) {
		const int i = find_asked(s, rest, strlen(rest));
		buf_adds(out, i < 0 ? "" : s->asked[i].id);
		return i >= 0;
	}
	const struct voice *v = voices_find(&s->voices, rest);
	const int64_t number = v == NULL ? 0 : name[0] == 't' ? v->group : v->message;
	buf_addf(out, "%c%lld", name[0], (long long)number);
	return number > 0;
}

bool script_may_drop(const struct cue *c)
{
	return strstr(c->op, "{pair ") != NULL;
}

bool script_line(const struct script *s, const struct cue *c, int64_t end_ms, struct buf *out)
{
	bool known = true;
	buf_reset(out);
	for (const char *p = c->op; *p != '\0' && known;) {
		size_t plain = strcspn(p, "{");
		buf_add(out, p, plain);
		p += plain;
		if (*p == '{') {
			size_t len = strcspn(p, "}");
			char *name = xstrndup(p + 1, len - 1);
			known = put_name(s, name, end_ms, out);
			free(name);
			p += len + 1;
		}
	}
	return known;
}

void script_applied(struct script *s, const struct cue *c, int64_t number)
{
	if (c->asked >= 0 && number > 0)
		s->asked[c->asked].number = number;
	script_mark(s, c->mark);
}
