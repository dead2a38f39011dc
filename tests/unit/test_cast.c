/* src/wire/wire.h, the public's part: live events, tombstones and the transcript, as a partner site receives them. */
#include "src/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

/* ---- an evening in memory -------------------------------------------------------------------------------------- */

static const struct record *get(void *ctx, enum kind kind, const char *id)
{
	return memory_world_get(ctx, kind, id);
}

static void each(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	memory_world_each(ctx, kind, visit, arg);
}

struct evening {
	struct memory_world *m;
	struct world w;
	struct event *event;
};

static void *put(struct evening *v, enum kind kind, const char *id)
{
	void *r = record_new(kind, id);
	memory_world_put(v->m, r);
	return r;
}

static struct question *put_question(struct evening *v, const char *id, int64_t number, const char *wording, int64_t aired_at)
{
	struct question *q = put(v, K_QUESTION, id);
	q->number = number;
	q->state = aired_at != 0 ? Q_AIR : Q_RESERVE;
	q->channel = CH_SMS;
	q->aired_at = aired_at;
	text_set(&q->wording, wording);
	text_set(&q->credit, "Momi543, par SMS");
	return q;
}

static struct segment *put_segment(struct evening *v, const char *id, const char *answer, int64_t position, const char *text)
{
	struct segment *s = put(v, K_SEGMENT, id);
	snprintf(s->answer, sizeof s->answer, "%s", answer);
	s->position = position;
	s->revision = 1;
	s->at = 1000 + position;
	text_set(&s->speaker, "L'invité");
	text_set(&s->text, text);
	return s;
}

static int set_up(void **state)
{
	struct evening *v = xcalloc(1, sizeof *v);
	v->m = memory_world_new();
	v->w = (struct world){ .ctx = v->m, .get = get, .each = each };
	v->event = put(v, K_EVENT, "event");
	v->event->state = EV_OPEN;
	text_set(&v->event->title, "Le Premier ministre répond");
	text_set(&v->event->lang, "fr");
	*state = v;
	return 0;
}

static int tear_down(void **state)
{
	struct evening *v = *state;
	memory_world_free(v->m);
	free(v);
	return 0;
}

static void assert_cast(const struct evening *v, enum cast_type type, enum kind kind, const char *id, const char *word,
	const char *want)
{
	struct buf b = BUF_INIT;
	struct cast c = { .type = type, .kind = kind, .word = word };
	snprintf(c.id, sizeof c.id, "%s", id);
	wire_cast(&b, &v->w, &c, 5000);
	assert_string_equal(b.data, want);
	struct json *j = json_parse(b.data, b.len, NULL);
	assert_non_null(j);
	json_free(j);
	buf_release(&b);
}

/* ---- casts ----------------------------------------------------------------------------------------------------- */

static void a_question_is_cast(void **state)
{
	struct evening *v = *state;
	struct question *q = put_question(v, "qa", 7, "Et le Smic ?", 2000);
	q->people = 60000;
	assert_cast(v, CAST_QUESTION, K_QUESTION, "qa", NULL, "{\"question\":\"qa\",\"number\":7,\"wording\":\"Et le Smic ?\","
		"\"credit\":\"Momi543, par SMS\",\"channel\":\"sms\",\"people\":60000,\"at\":2000}");
	q->people = 0;
	q->improvised = true;
	q->channel = CH_ROOM;
	q->aired_at = 0;
	assert_cast(v, CAST_QUESTION, K_QUESTION, "qa", NULL, "{\"question\":\"qa\",\"number\":7,\"wording\":\"Et le Smic ?\","
		"\"credit\":\"Momi543, par SMS\",\"channel\":\"room\",\"improvised\":true,\"at\":5000}");
	text_set(&q->wording, "Appelez-moi au 06 12 34 56 78 </script>");
	text_set(&q->credit, "zoe@example.org");
	assert_cast(v, CAST_REWORD, K_QUESTION, "qa", NULL, "{\"question\":\"qa\",\"number\":7,"
		"\"wording\":\"Appelez-moi au [numéro masqué] <\\/script>\",\"credit\":\"[adresse masquée]\"}");
	text_set(&v->event->lang, "en");
	assert_cast(v, CAST_REWORD, K_QUESTION, "qa", NULL, "{\"question\":\"qa\",\"number\":7,"
		"\"wording\":\"Appelez-moi au [number hidden] <\\/script>\",\"credit\":\"[address hidden]\"}");
}

static void links_and_outcomes_are_cast(void **state)
{
	struct evening *v = *state;
	struct answer *a = put(v, K_ANSWER, "aa");
	struct question *q = put_question(v, "qa", 7, "Et le Smic ?", 2000);
	assert_cast(v, CAST_ANSWER, K_ANSWER, "aa", NULL, "{\"answer\":\"aa\",\"questions\":[]}");
	ids_add(&a->questions, "qa");
	ids_add(&a->questions, "qb");
	assert_cast(v, CAST_ANSWER, K_ANSWER, "aa", NULL, "{\"answer\":\"aa\",\"questions\":[\"qa\",\"qb\"]}");
	q->outcome = OUT_PARTLY;
	assert_cast(v, CAST_ANSWER, K_QUESTION, "qa", NULL,
		"{\"question\":\"qa\",\"number\":7,\"outcome\":\"partly\",\"questions\":[\"qa\"]}");
	q->outcome = OUT_NONE;
	assert_cast(v, CAST_ANSWER, K_QUESTION, "qa", NULL,
		"{\"question\":\"qa\",\"number\":7,\"outcome\":null,\"questions\":[\"qa\"]}");
}

static void segments_are_cast_and_corrected(void **state)
{
	struct evening *v = *state;
	struct segment *s = put_segment(v, "sa", "aa", 3, "Composez le 01 42 75 80 00.");
	assert_cast(v, CAST_SEGMENT, K_SEGMENT, "sa", NULL, "{\"segment\":\"sa\",\"answer\":\"aa\",\"questions\":[],"
		"\"speaker\":\"L'invité\",\"text\":\"Composez le 01 42 75 80 00.\",\"revision\":1,\"at\":1003,\"position\":3}");
	ids_add(&((struct answer *)put(v, K_ANSWER, "aa"))->questions, "qa");
	s->revision = 2;
	text_set(&s->text, "Composez\nle 3939.");
	assert_cast(v, CAST_SEGMENT, K_SEGMENT, "sa", NULL, "{\"segment\":\"sa\",\"answer\":\"aa\",\"questions\":[\"qa\"],"
		"\"speaker\":\"L'invité\",\"text\":\"Composez\\nle 3939.\",\"revision\":2,\"at\":1003,\"position\":3}");
	assert_cast(v, CAST_CORRECTION, K_SEGMENT, "sa", NULL, "{\"segment\":\"sa\",\"answer\":\"aa\",\"revision\":2,"
		"\"speaker\":\"L'invité\",\"text\":\"Composez\\nle 3939.\"}");
}

static void retractions_name_what_goes(void **state)
{
	struct evening *v = *state;
	assert_cast(v, CAST_RETRACTION, K_SEGMENT, "sa", NULL, "{\"segment\":\"sa\"}");
	assert_cast(v, CAST_RETRACTION, K_QUESTION, "qa", NULL, "{\"question\":\"qa\"}");
}

static void what_was_taken_back_goes_out_as_a_tombstone(void **state)
{
	struct evening *v = *state;
	struct segment *s = put_segment(v, "sa", "aa", 1, "secret");
	struct question *q = put_question(v, "qa", 7, "secret", 2000);
	struct notice *n = put(v, K_NOTICE, "na");
	s->state = SG_RETRACTED;
	q->struck = true;
	n->r.gone = true;
	assert_cast(v, CAST_SEGMENT, K_SEGMENT, "sa", NULL, "{\"retracted\":true,\"segment\":\"sa\"}");
	assert_cast(v, CAST_CORRECTION, K_SEGMENT, "sa", NULL, "{\"retracted\":true,\"segment\":\"sa\"}");
	assert_cast(v, CAST_QUESTION, K_QUESTION, "qa", NULL, "{\"retracted\":true,\"question\":\"qa\"}");
	assert_cast(v, CAST_REWORD, K_QUESTION, "qa", NULL, "{\"retracted\":true,\"question\":\"qa\"}");
	assert_cast(v, CAST_ANSWER, K_QUESTION, "qa", NULL, "{\"retracted\":true,\"question\":\"qa\"}");
	assert_cast(v, CAST_NOTICE, K_NOTICE, "na", NULL, "{\"retracted\":true,\"notice\":\"na\"}");
	assert_cast(v, CAST_SEGMENT, K_SEGMENT, "never", NULL, "{\"retracted\":true,\"segment\":\"never\"}");
	assert_cast(v, CAST_SEGMENT, K_QUESTION, "qa", NULL, "{\"retracted\":true,\"question\":\"qa\"}");
}

static void notices_and_states_are_cast(void **state)
{
	struct evening *v = *state;
	struct notice *n = put(v, K_NOTICE, "na");
	text_set(&n->text, "L'émission reprend.");
	n->at = 4000;
	assert_cast(v, CAST_NOTICE, K_NOTICE, "na", NULL, "{\"notice\":\"na\",\"text\":\"L'émission reprend.\",\"at\":4000}");
	assert_cast(v, CAST_STATE, K_EVENT, "event", "opened", "{\"state\":\"opened\",\"at\":5000}");
	v->event->state = EV_INTERRUPTED;
	v->event->interruption = IN_TECHNICAL;
	v->event->rehearsal = true;
	assert_cast(v, CAST_STATE, K_EVENT, "event", "interrupted",
		"{\"state\":\"interrupted\",\"at\":5000,\"kind\":\"technical\",\"rehearsal\":true}");
	v->event->state = EV_OPEN;
	v->event->interruption = IN_EDITORIAL; /* until the reviewed segments are released */
	v->event->rehearsal = false;
	assert_cast(v, CAST_STATE, K_EVENT, "event", "resumed", "{\"state\":\"resumed\",\"at\":5000}");
}

static void tombstones_and_blocks_have_their_shape(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	const struct cast c = { .type = CAST_SEGMENT, .kind = K_SEGMENT, .id = "sa" };
	wire_tombstone(&b, &c);
	assert_string_equal(b.data, "{\"retracted\":true,\"segment\":\"sa\"}");
	buf_reset(&b);
	wire_sse(&b, 3, 1234, "segment", "{\"a\":1}xxx", 7);
	assert_string_equal(b.data, "id: 3-1234\nevent: segment\ndata: {\"a\":1}\n\n");
	buf_release(&b);
}

/* ---- the transcript -------------------------------------------------------------------------------------------- */

static void assert_transcript(const struct evening *v, const char *want)
{
	struct buf b = BUF_INIT;
	wire_transcript(&b, &v->w, "Le Monde", 2, 40);
	assert_string_equal(b.data, want);
	struct json *j = json_parse(b.data, b.len, NULL);
	assert_non_null(j);
	json_free(j);
	buf_release(&b);
}

static void an_evening_not_yet_begun_has_a_transcript(void **state)
{
	struct evening *v = *state;
	v->event->state = EV_COLLECTING;
	v->event->rehearsal = true;
	put_question(v, "qa", 1, "pas encore", 0);
	assert_transcript(v, "{\"event\":{\"title\":\"Le Premier ministre répond\",\"lang\":\"fr\",\"rehearsal\":true,"
		"\"state\":\"collecting\"},\"room\":\"Le Monde\",\"since\":\"2-40\",\"questions\":[],\"answers\":[],\"segments\":[],"
		"\"notices\":[]}");
}

static void the_transcript_has_what_was_aired_in_order(void **state)
{
	struct evening *v = *state;
	struct question *first = put_question(v, "qb", 4, "Et 06 12 34 56 78 ?", 2000);
	struct question *gone = put_question(v, "qd", 9, "secret", 2900);
	put_question(v, "qa", 2, "Ensuite ?", 3000);
	put_question(v, "qc", 3, "jamais", 0);
	put_question(v, "qe", 5, "défaite", 2500)->r.gone = true;
	gone->struck = true;
	first->state = Q_CLOSED;
	first->outcome = OUT_ANSWERED;
	first->closed_at = 2800;
	struct answer *a = put(v, K_ANSWER, "aa");
	ids_add(&a->questions, "qb");
	ids_add(&a->questions, "qa");
	ids_add(&((struct answer *)put(v, K_ANSWER, "ab"))->questions, "qd");
	put_segment(v, "sb", "aa", 1, "Un.");
	put_segment(v, "sa", "aa", 2, "Deux.")->revision = 3;
	put_segment(v, "sc", "ab", 3, "")->state = SG_RETRACTED;
	put_segment(v, "sd", "ab", 4, "relu")->state = SG_REVIEW;
	put_segment(v, "se", "ab", 5, "retenu")->unsent = true;
	put_segment(v, "sf", "aa", 6, "défait")->r.gone = true;
	struct notice *late = put(v, K_NOTICE, "na"), *early = put(v, K_NOTICE, "nb");
	late->at = 9;
	early->at = 8;
	text_set(&late->text, "fin");
	text_set(&early->text, "début");
	assert_transcript(v, "{\"event\":{\"title\":\"Le Premier ministre répond\",\"lang\":\"fr\",\"rehearsal\":false,"
		"\"state\":\"open\"},\"room\":\"Le Monde\",\"since\":\"2-40\",\"questions\":["
		"{\"question\":\"qb\",\"number\":4,\"wording\":\"Et [numéro masqué] ?\",\"credit\":\"Momi543, par SMS\","
		"\"channel\":\"sms\",\"state\":\"closed\",\"outcome\":\"answered\",\"aired_at\":2000,\"closed_at\":2800},"
		"{\"question\":\"qd\",\"number\":9,\"retracted\":true},"
		"{\"question\":\"qa\",\"number\":2,\"wording\":\"Ensuite ?\",\"credit\":\"Momi543, par SMS\",\"channel\":\"sms\","
		"\"state\":\"air\",\"aired_at\":3000}],"
		"\"answers\":[{\"answer\":\"aa\",\"questions\":[\"qb\",\"qa\"]}],"
		"\"segments\":[{\"segment\":\"sb\",\"answer\":\"aa\",\"questions\":[\"qb\",\"qa\"],\"speaker\":\"L'invité\","
		"\"text\":\"Un.\",\"revision\":1,\"at\":1001,\"position\":1},"
		"{\"segment\":\"sa\",\"answer\":\"aa\",\"questions\":[\"qb\",\"qa\"],\"speaker\":\"L'invité\",\"text\":\"Deux.\","
		"\"revision\":3,\"at\":1002,\"position\":2}],"
		"\"notices\":[{\"notice\":\"nb\",\"text\":\"début\",\"at\":8},{\"notice\":\"na\",\"text\":\"fin\",\"at\":9}]}");
}

static void an_interruption_says_its_kind(void **state)
{
	struct evening *v = *state;
	v->event->state = EV_INTERRUPTED;
	v->event->interruption = IN_EDITORIAL;
	struct buf b = BUF_INIT;
	wire_transcript(&b, &v->w, NULL, 1, 0);
	assert_string_equal(b.data, "{\"event\":{\"title\":\"Le Premier ministre répond\",\"lang\":\"fr\",\"rehearsal\":false,"
		"\"state\":\"interrupted\",\"kind\":\"editorial\"},\"since\":\"1-0\",\"questions\":[],\"answers\":[],\"segments\":[],"
		"\"notices\":[]}");
	buf_release(&b);
}

#define IN_AN_EVENING(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_AN_EVENING(a_question_is_cast),
		IN_AN_EVENING(links_and_outcomes_are_cast),
		IN_AN_EVENING(segments_are_cast_and_corrected),
		IN_AN_EVENING(retractions_name_what_goes),
		IN_AN_EVENING(what_was_taken_back_goes_out_as_a_tombstone),
		IN_AN_EVENING(notices_and_states_are_cast),
		cmocka_unit_test(tombstones_and_blocks_have_their_shape),
		IN_AN_EVENING(an_evening_not_yet_begun_has_a_transcript),
		IN_AN_EVENING(the_transcript_has_what_was_aired_in_order),
		IN_AN_EVENING(an_interruption_says_its_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
