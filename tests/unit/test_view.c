/* net/server/view.h, flow.h, view_words.h: the public's pages: whole, well-formed, and text in them stays text. */
#include "net/server/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/server/flow.h"
#include "net/server/page.h"
#include "net/server/view_words.h"
#include "src/base/mem.h"

#define HOSTILE "</p></textarea></title><script>alert(\"x'&amp;\")</script>"
#define HOSTILE_HTML "&lt;/p&gt;&lt;/textarea&gt;&lt;/title&gt;&lt;script&gt;alert("

/* ---- a world ----------------------------------------------------------------------------------------------------- */

static const struct record *get(void *m, enum kind kind, const char *id)
{
	return memory_world_get(m, kind, id);
}

static void each(void *m, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(m, kind, visit, arg);
}

static int set_up(void **state)
{
	*state = memory_world_new();
	return 0;
}

static int tear_down(void **state)
{
	memory_world_free(*state);
	return 0;
}

static struct world world_of(struct memory_world *m)
{
	return (struct world){ .ctx = m, .get = get, .each = each };
}

static struct event *add_event(struct memory_world *m, enum event_state s, const char *lang, const char *title)
{
	struct event *ev = record_new(K_EVENT, "event");
	ev->state = s;
	text_set(&ev->lang, lang);
	text_set(&ev->title, title);
	memory_world_put(m, ev);
	return ev;
}

static struct question *add_question(struct memory_world *m, const char *id, int64_t aired_at, const char *wording)
{
	struct question *q = record_new(K_QUESTION, id);
	q->number = (int64_t)memory_world_count(m, K_QUESTION) + 1;
	q->aired_at = aired_at;
	q->state = aired_at ? Q_CLOSED : Q_NEXT;
	text_set(&q->wording, wording);
	text_set(&q->credit, "Momi543, par SMS");
	memory_world_put(m, q);
	return q;
}

static struct answer *add_answer(struct memory_world *m, const char *id, const char *question)
{
	struct answer *a = record_new(K_ANSWER, id);
	ids_add(&a->questions, question);
	memory_world_put(m, a);
	return a;
}

static struct segment *add_segment(struct memory_world *m, const char *id, const char *answer, int64_t at,
	const char *text)
{
	struct segment *s = record_new(K_SEGMENT, id);
	memcpy(s->answer, answer, strlen(answer) + 1);
	s->position = (int64_t)memory_world_count(m, K_SEGMENT) + 1;
	s->at = at;
	s->revision = 1;
	text_set(&s->speaker, "L'invité");
	text_set(&s->text, text);
	memory_world_put(m, s);
	return s;
}

static struct notice *add_notice(struct memory_world *m, const char *id, int64_t at, const char *text)
{
	struct notice *n = record_new(K_NOTICE, id);
	n->at = at;
	text_set(&n->text, text);
	memory_world_put(m, n);
	return n;
}

/* ---- looking at HTML --------------------------------------------------------------------------------------------- */

static bool is_void(const char *name, size_t n)
{
	static const char *const voids[] = { "meta", "link", "input", "!DOCTYPE" };
	for (size_t i = 0; i < COUNT_OF(voids); i++)
		if (strlen(voids[i]) == n && memcmp(voids[i], name, n) == 0)
			return true;
	return false;
}

/* Every tag closes what is open, attributes are quoted, and no script or style has anything inside. */
static void assert_well_formed(const char *html)
{
	const char *names[64];
	size_t lengths[64], depth = 0;
	for (const char *p = strchr(html, '<'); p; p = strchr(p, '<')) {
		const bool closes = p[1] == '/';
		const char *name = p + 1 + closes;
		const size_t n = strcspn(name, " >\n");
		bool quoted = false;
		for (p = name + n; *p && (quoted || *p != '>'); p++) {
			assert_true(*p != '<');
			if (*p == '"') {
				assert_true(quoted || p[-1] == '=');
				quoted = !quoted;
			}
		}
		assert_int_equal(*p, '>');
		if (is_void(name, n))
			continue;
		if (!closes) {
			assert_true(depth < 64);
			names[depth] = name;
			lengths[depth++] = n;
			assert_true(strncmp(name, "style", 5) != 0);
			assert_true(strncmp(name, "script", 6) != 0 || strncmp(p, "></script>", 10) == 0);
			continue;
		}
		assert_true(depth > 0);
		depth--;
		if (lengths[depth] != n || memcmp(names[depth], name, n) != 0)
			fail_msg("</%.*s> closes <%.*s>", (int)n, name, (int)lengths[depth], names[depth]);
	}
	assert_int_equal(depth, 0);
	assert_null(strstr(html, " style=\""));
}

static char *render(struct memory_world *m, const char *receipt, const char *fate)
{
	const struct world w = world_of(m);
	struct buf out = BUF_INIT;
	view_room(&out, &(struct view_room){ .world = &w, .slug = "lille", .name = "de Lille", .epoch = 3, .number = 41,
		.receipt = receipt, .fate = fate, .question = "q1" });
	assert_well_formed(out.data);
	return buf_detach(&out);
}

static size_t count(const char *s, const char *what)
{
	size_t n = 0;
	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

static void assert_has(const char *html, const char *what)
{
	if (!strstr(html, what))
		fail_msg("\"%s\" is not in the page", what);
}

static void assert_lacks(const char *html, const char *what)
{
	if (strstr(html, what))
		fail_msg("\"%s\" is in the page", what);
}

static void assert_order(const char *html, const char *const *parts)
{
	const char *at = html;
	for (; *parts; parts++) {
		at = strstr(at, *parts);
		if (!at)
			fail_msg("\"%s\" is missing or out of order", *parts);
	}
}

/* ---- the room's page --------------------------------------------------------------------------------------------- */

static void says_the_state(void **state)
{
	struct memory_world *m = *state;
	const struct { enum event_state s; const char *name, *word; bool form; } rows[] = {
		{ EV_PREPARING, "preparing", "Bientôt", false }, { EV_COLLECTING, "collecting", "Avant l’ouverture",
			true },
		{ EV_OPEN, "open", "En direct", true }, { EV_INTERRUPTED, "interrupted", "Interrompu", true },
		{ EV_ENDED, "ended", "Terminé", false }, { EV_SEALED, "ended", "Terminé", false },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf body = BUF_INIT, line = BUF_INIT;
		add_event(m, rows[i].s, "fr", "Le chat");
		char *html = render(m, NULL, NULL);
		buf_addf(&body, "<body data-state=\"%s\" data-room=\"lille\" data-since=\"3-41\"", rows[i].name);
		buf_addf(&line, "role=\"status\">%s</p>", rows[i].word);
		assert_has(html, body.data);
		assert_has(html, line.data);
		assert_has(html, rows[i].form ? "<div id=\"ask-open\">" : "<div id=\"ask-open\" hidden>");
		assert_has(html,
			rows[i].s == EV_INTERRUPTED ? "id=\"pause\" role=\"status\">" : "id=\"pause\" role=\"status\" hidden>");
		assert_lacks(html, "class=\"rehearsal\"");
		free(html);
		buf_release(&body);
		buf_release(&line);
	}
}

static void works_without_script(void **state)
{
	struct memory_world *m = *state;
	add_event(m, EV_OPEN, "fr", "Le chat");
	char *html = render(m, NULL, NULL);
	assert_has(html, "<form id=\"ask-form\" method=\"post\" action=\"/v1/messages\"");
	assert_has(html, "<input type=\"hidden\" name=\"room\" value=\"lille\">");
	assert_has(html, "name=\"text\" rows=\"4\" maxlength=\"2000\"");
	assert_has(html, "name=\"name\"");
	assert_has(html, "<form id=\"mine-form\" method=\"get\" action=\"/r/lille#mine\">");
	assert_has(html, "name=\"receipt\"");
	assert_has(html, "<script src=\"/a/app.js\" defer></script>");
	assert_int_equal(count(html, "<script"), 1);
	free(html);
}

static void speaks_its_language(void **state)
{
	struct memory_world *m = *state;
	add_event(m, EV_OPEN, "en", "The chat")->rehearsal = true;
	char *html = render(m, NULL, NULL);
	assert_has(html, "<html lang=\"en\">");
	assert_has(html, ">Live</p>");
	assert_has(html, "<p class=\"rehearsal\"><strong>Rehearsal</strong>");
	assert_has(html, "&quot;below&quot;:&quot;New passages&quot;");
	assert_lacks(html, "question retirée");
	free(html);
	for (int i = 0; i < VIEW_WORDS; i++) {
		assert_true(strlen(view_word("fr", (enum view_word)i)) > 0);
		assert_true(strlen(view_word("en", (enum view_word)i)) > 0);
		assert_int_equal(count(view_word("fr", (enum view_word)i), "%"), count(view_word("en",
			(enum view_word)i), "%"));
	}
	assert_ptr_equal(view_word("de", W_OPEN), view_word("en", W_OPEN));
}

/* Every sentence that app.js asks for by name is given to it. */
static void the_script_finds_its_words(void **state)
{
	(void)state;
	const struct asset *js = page_assets;
	while (js->name && strcmp(js->name, "app.js") != 0)
		js++;
	assert_non_null(js->name);
	struct buf json = BUF_INIT, key = BUF_INIT;
	view_words_json(&json, "fr");
	static const char *const before[] = { "words.", "say('" };
	size_t found = 0;
	for (size_t i = 0; i < COUNT_OF(before); i++)
		for (const char *p = (const char *)js->data; (p = strstr(p, before[i]));) {
			p += strlen(before[i]);
			buf_reset(&key);
			buf_addf(&key, "\"%.*s\":", (int)strspn(p,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), p);
			assert_has(json.data, key.data);
			found++;
		}
	assert_true(found > 20);
	buf_release(&json);
	buf_release(&key);
}

static void an_empty_world_is_a_page(void **state)
{
	char *html = render(*state, NULL, NULL);
	assert_has(html, "data-state=\"preparing\"");
	free(html);
}

static void shows_what_was_aired(void **state)
{
	struct memory_world *m = *state;
	struct event *ev = add_event(m, EV_OPEN, "fr", "Le chat");
	ev->opened_at = 1088099400000;
	add_question(m, "q1", 1088099460000, "Et le Smic ?")->outcome = OUT_PARTLY;
	struct question *air = add_question(m, "q2", 1088099560000, "Et les textos ?");
	air->state = Q_AIR;
	air->people = 22904;
	add_question(m, "q3", 0, "Pas encore posée");
	add_question(m, "q4", 1088099500000, "Mots à effacer")->struck = true;
	add_answer(m, "a1", "q1");
	add_segment(m, "s1", "a1", 1088099470000, "Il monte.");
	add_segment(m, "s2", "a1", 1088099480000, "De cinq pour cent.")->revision = 2;
	add_segment(m, "s3", "a1", 1088099490000, "Retenu.")->unsent = true;
	add_segment(m, "s4", "a1", 1088099490000, "En revue.")->state = SG_REVIEW;
	add_segment(m, "s5", "a1", 1088099490000, "Retiré.")->state = SG_RETRACTED;
	add_segment(m, "s6", "a1", 1088099490000, "Parti.")->r.gone = true;
	add_notice(m, "n1", 1088099590000, "Dix minutes de plus.");
	char *html = render(m, NULL, NULL);
	assert_order(html, (const char *const[]){ "id=\"air\"", "data-live", ">À l’antenne<", "Et les textos ?",
		"<div id=\"flow\">", "Question 1", "Réponse partielle", "Et le Smic ?", "Momi543, par SMS",
		"L&#39;invité",
		">Il monte.</span> ", "data-revision=\"2\" data-mark=\"corrigé\">De cinq pour cent.",
		"(question retirée)",
		"Et les textos ?", "22\u202f904 personnes", "La rédaction", "Dix minutes de plus.", "id=\"newest\"",
		NULL });
	static const char *const hidden[] = { "Pas encore posée", "Mots à effacer", "Retenu.", "En revue.", "Retiré.",
		"Parti." };
	for (size_t i = 0; i < COUNT_OF(hidden); i++)
		assert_lacks(html, hidden[i]);
	free(html);
}

static void text_stays_text(void **state)
{
	struct memory_world *m = *state;
	add_event(m, EV_OPEN, "fr", HOSTILE);
	struct question *q = add_question(m, "q\"><b>", 1000, HOSTILE " 06 12 34 56 78");
	q->state = Q_AIR;
	text_set(&q->credit, HOSTILE " jean@exemple.fr");
	add_answer(m, "a'\"<i>", q->r.id);
	struct segment *s = add_segment(m, "s\"<u>", "a'\"<i>", 2000, HOSTILE);
	text_set(&s->speaker, HOSTILE);
	add_notice(m, "n\"<s>", 3000, HOSTILE);
	const struct world w = world_of(m);
	struct buf out = BUF_INIT;
	view_room(&out, &(struct view_room){ .world = &w, .slug = "\"><x>", .name = HOSTILE, .receipt = HOSTILE,
		.fate = "answered", .question = "\"><x>" });
	assert_well_formed(out.data);
	assert_int_equal(count(out.data, "<script"), 1);
	assert_true(count(out.data, HOSTILE_HTML) >= 9);
	static const char *const tags[] = { "<b>\"", "<i>", "<u>", "<s>", "<x>" };
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		assert_lacks(out.data, tags[i]);
	assert_lacks(out.data, "06 12 34 56 78");
	assert_lacks(out.data, "jean@exemple.fr");
	assert_has(out.data, "[numéro masqué]");
	buf_release(&out);
}

static void tells_a_fate(void **state)
{
	struct memory_world *m = *state;
	add_event(m, EV_OPEN, "fr", "Le chat");
	add_question(m, "q1", 1000, "Et le Smic ?");
	const struct { const char *fate, *words; size_t passed; } rows[] = {
		{ "waiting", "Elle attend d’être lue.", 1 }, { "being read", "comptée", 2 }, { "in the rundown",
			"retenue et", 3 },
		{ "aired", "à l’antenne.", 4 }, { "answered", "L’invité y a répondu.", 5 }, { "not kept",
			"pas été retenue", 0 },
		{ NULL, "Ce reçu n’est pas connu ici.", 0 }, { "odd", "Ce reçu n’est pas connu ici.", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *html = render(m, "R\"4", rows[i].fate);
		const char *told = strstr(html, "id=\"fate\"");
		assert_non_null(told);
		assert_has(told, rows[i].words);
		assert_has(told, "<code>R&quot;4</code>");
		assert_int_equal(count(html, "class=\"passed\""), rows[i].passed);
		assert_int_equal(count(html, "aria-current=\"step\""), rows[i].passed ? 1 : 0);
		free(html);
	}
	char *html = render(m, NULL, NULL);
	assert_lacks(html, "id=\"fate\"");
	free(html);
}

static void gives_a_receipt(void **state)
{
	struct memory_world *m = *state;
	struct event *ev = add_event(m, EV_OPEN, "fr", HOSTILE);
	struct buf out = BUF_INIT;
	view_receipt(&out, &(struct view_receipt){ .event = ev, .slug = "lille", .name = HOSTILE, .receipt = "abc" });
	assert_well_formed(out.data);
	assert_has(out.data, "<code>abc</code>");
	assert_has(out.data, "<a href=\"/r/lille?receipt=abc#mine\">");
	assert_has(out.data, "<a href=\"/r/lille\">");
	assert_lacks(out.data, "<script");
	buf_release(&out);
	view_refusal(&out, &(struct view_receipt){ .slug = "", .name = "", .refusal = HOSTILE, .text = HOSTILE,
		.sender = HOSTILE }, true);
	assert_well_formed(out.data);
	assert_has(out.data, "role=\"alert\">" HOSTILE_HTML);
	assert_has(out.data, "aria-describedby=\"ask-hint\">\n" HOSTILE_HTML);
	assert_lacks(out.data, "href=\"/r/");
	buf_release(&out);
	view_refusal(&out, &(struct view_receipt){ .slug = "", .name = "", .refusal = HOSTILE }, false);
	assert_well_formed(out.data);
	assert_has(out.data, "role=\"alert\">" HOSTILE_HTML);
	assert_lacks(out.data, "<form");
	buf_release(&out);
}

/* ---- flow.h ------------------------------------------------------------------------------------------------------ */

/* Turns as "q1:s1 s2", "~q1:s3" for more on q1, "(n1)" for a notice. */
static char *order_of(struct memory_world *m)
{
	const struct world w = world_of(m);
	struct flow f;
	struct buf b = BUF_INIT;
	flow_make(&f, &w);
	for (size_t i = 0; i < f.n; i++) {
		const struct turn *t = &f.v[i];
		assert_true(i == 0 || t->at >= t[-1].at);
		buf_adds(&b, i ? " | " : "");
		if (t->notice)
			buf_addf(&b, "(%s)", t->notice->r.id);
		for (size_t k = 0; k < t->n_fresh; k++)
			buf_addf(&b, "%s%s", k ? "+" : "", t->fresh[k]->r.id);
		if (t->again)
			buf_addf(&b, "~%s", t->again->r.id);
		for (size_t k = 0; k < t->n_said; k++)
			buf_addf(&b, "%s%s", k ? " " : ":", t->said[k]->r.id);
	}
	flow_release(&f);
	return buf_detach(&b);
}

static void assert_flow(struct memory_world *m, const char *expected)
{
	char *s = order_of(m);
	assert_string_equal(s, expected);
	free(s);
}

static void the_scribe_is_behind(void **state)
{
	struct memory_world *m = *state;
	add_question(m, "q1", 100, "un");
	add_question(m, "q2", 200, "deux");
	add_answer(m, "a1", "q1");
	add_segment(m, "s1", "a1", 150, "x");
	assert_flow(m, "q1:s1 | q2");
	add_segment(m, "s2", "a1", 250, "x"); /* said before, written after the next question was aired */
	assert_flow(m, "q1:s1 s2 | q2");
	add_answer(m, "a2", "q2");
	add_segment(m, "s3", "a2", 260, "x");
	assert_flow(m, "q1:s1 s2 | q2:s3");
	add_segment(m, "s4", "a1", 300, "x"); /* back to the first */
	add_notice(m, "n1", 310, "x");
	add_question(m, "q3", 320, "trois");
	add_question(m, "q4", 330, "quatre");
	assert_flow(m, "q1:s1 s2 | q2:s3 | ~q1:s4 | (n1) | q3 | q4");
}

static void answers_and_questions_are_many_to_many(void **state)
{
	struct memory_world *m = *state;
	add_question(m, "q1", 100, "un");
	add_question(m, "q2", 200, "deux");
	add_question(m, "q3", 0, "trois");
	struct answer *both = add_answer(m, "a1", "q1");
	ids_add(&both->questions, "q3"); /* never aired */
	ids_add(&both->questions, "q2");
	add_segment(m, "s1", "a1", 250, "x");
	assert_flow(m, "q1+q2:s1");
	add_segment(m, "s2", "lost", 260, "x"); /* an answer that is not known, and one to nothing */
	assert_flow(m, "q1+q2:s1 | :s2");
	add_segment(m, "s3", "a1", 270, "x");
	assert_flow(m, "q1+q2:s1 | :s2 | ~q1:s3");
	struct question *again = (struct question *)memory_world_get(m, K_QUESTION, "q1");
	again->aired_at = 400; /* put on the air once more: its words stay where they were said */
	assert_flow(m, "q1+q2:s1 | :s2 | ~q1:s3");
}

static void nothing_to_order(void **state)
{
	assert_flow(*state, "");
}

#define VIEW_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIEW_TEST(says_the_state), VIEW_TEST(works_without_script), VIEW_TEST(speaks_its_language),
		VIEW_TEST(the_script_finds_its_words),
		VIEW_TEST(an_empty_world_is_a_page), VIEW_TEST(shows_what_was_aired), VIEW_TEST(text_stays_text),
		VIEW_TEST(tells_a_fate), VIEW_TEST(gives_a_receipt), VIEW_TEST(the_scribe_is_behind),
		VIEW_TEST(answers_and_questions_are_many_to_many), VIEW_TEST(nothing_to_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
