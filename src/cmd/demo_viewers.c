/* demo_viewers.c: three viewers of two rooms; one loses its line while the broadcast is interrupted.
 *
 * What they saw is kept event by event. At the end it is played back into what a page would show, and that must be what
 * the backend calls the transcript.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/cmd/demo.h"

/* ---- watching ---------------------------------------------------------------------------------------------------- */

static void note_delay(struct viewer *v, const struct json *data)
{
	int64_t at;
	if (v->interrupted || !json_int(data, "at", &at) || at <= v->resumed_at || at <= v->opened_at)
		return; /* withheld on purpose, or published while this viewer was away */
	grow(&v->delays_ms, &v->cap_delays, v->n_delays + 1, sizeof *v->delays_ms);
	v->delays_ms[v->n_delays++] = clock_now(clock_system()) - at;
}

static void note_state(struct viewer *v, const struct json *data)
{
	const char *state = json_text(data, "state");
	if (state == NULL)
		return;
	v->interrupted = strcmp(state, "interrupted") == 0;
	v->ended = strcmp(state, "ended") == 0;
	if (strcmp(state, "resumed") == 0)
		json_int(data, "at", &v->resumed_at);
}

static void take_event(void *ctx, const struct sse_event *e)
{
	struct viewer *v = ctx;
	if (v->times != sse_times(v->stream)) {
		v->times = sse_times(v->stream);
		v->opened_at = clock_now(clock_system());
	}
	grow(&v->v, &v->cap, v->n + 1, sizeof *v->v);
	v->v[v->n++] = (struct seen){ .id = xstrdup(e->id), .name = xstrdup(e->name), .data = xstrdup(e->data) };
	struct json *data = json_parse(e->data, strlen(e->data), NULL);
	if (data != NULL && strcmp(e->name, "segment") == 0)
		note_delay(v, data);
	else if (data != NULL && strcmp(e->name, "state") == 0)
		note_state(v, data);
	json_free(data);
}

bool viewers_open(struct viewer *v, const char *base, struct error *e)
{
	bool good = true;
	for (size_t i = 0; good && i < VIEWERS; i++) {
		struct buf path = BUF_INIT;
		v[i].room = stage_rooms[i * COUNT_OF(stage_rooms) / VIEWERS];
		buf_addf(&path, "/v1/rooms/%s/live", v[i].room);
		v[i].stream = sse_new(&(struct sse_options){ .base = base,
					      .path = path.data,
					      .clock = clock_system(),
					      .take = take_event,
					      .ctx = &v[i] },
			e);
		good = v[i].stream != NULL;
		buf_release(&path);
	}
	return good;
}

void viewers_release(struct viewer *v)
{
	for (size_t i = 0; i < VIEWERS; i++) {
		sse_free(v[i].stream);
		for (size_t n = 0; n < v[i].n; n++) {
			free(v[i].v[n].id);
			free(v[i].v[n].name);
			free(v[i].v[n].data);
		}
		free(v[i].v);
		free(v[i].delays_ms);
		v[i] = (struct viewer){ 0 };
	}
}

bool viewers_have(const struct viewer *v, const char *since)
{
	for (size_t i = 0; i < VIEWERS; i++)
		if (strcmp(sse_last_id(v[i].stream), since) != 0)
			return false;
	return true;
}

size_t viewers_count(const struct viewer *v, const char *name, const char *word)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n; i++)
		n += strcmp(v->v[i].name, name) == 0 && (word == NULL || strstr(v->v[i].data, word) != NULL);
	return n;
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

void viewers_delays(const struct viewer *v, int64_t *median, int64_t *max)
{
	int64_t *all = NULL;
	size_t n = 0, cap = 0;
	*median = *max = 0;
	for (size_t i = 0; i < VIEWERS; i++)
		for (size_t k = 0; k < v[i].n_delays; k++) {
			grow(&all, &cap, n + 1, sizeof *all);
			all[n++] = v[i].delays_ms[k];
		}
	if (n > 0) {
		qsort(all, n, sizeof *all, by_value);
		*median = all[n / 2];
		*max = all[n - 1];
	}
	free(all);
}

/* ---- what it adds up to ------------------------------------------------------------------------------------------ */

/* A thing on the page: a question (wording, credit, outcome), a segment (text, speaker, revision) or a notice. */
struct thing {
	const char *id, *text, *who, *outcome;
	int64_t revision;
};
struct things {
	struct thing *v;
	size_t n, cap;
};
struct page {
	struct things questions, segments, notices;
	struct json **kept; /* what the texts above lie in */
	size_t n_kept, cap_kept;
};

static struct thing *thing_find(struct things *t, const char *id)
{
	for (size_t i = 0; id != NULL && i < t->n; i++)
		if (strcmp(t->v[i].id, id) == 0)
			return &t->v[i];
	return NULL;
}

static void thing_remove(struct things *t, const char *id)
{
	struct thing *x = thing_find(t, id);
	if (x != NULL) {
		memmove(x, x + 1, (size_t)(t->v + t->n - (x + 1)) * sizeof *x);
		t->n--;
	}
}

static void thing_put(struct things *t, const char *id, const char *text, const char *who, const struct json *j)
{
	int64_t revision = 0;
	json_int(j, "revision", &revision);
	if (id == NULL || text == NULL)
		return;
	grow(&t->v, &t->cap, t->n + 1, sizeof *t->v);
	t->v[t->n++] = (struct thing){ .id = id,
		.text = text,
		.who = who == NULL ? "" : who,
		.outcome = json_text(j, "outcome"),
		.revision = revision };
}

static void thing_change(struct things *t, const char *id, const char *text, const char *who, const struct json *j)
{
	struct thing *x = thing_find(t, id);
	if (x == NULL)
		return;
	x->text = text == NULL ? x->text : text;
	x->who = who == NULL ? x->who : who;
	json_int(j, "revision", &x->revision);
	if (json_has(j, "outcome"))
		x->outcome = json_text(j, "outcome");
}

static void play(struct page *p, const char *name, const struct json *j)
{
	const char *question = json_text(j, "question"), *segment = json_text(j, "segment"),
		   *notice = json_text(j, "notice");
	const char *wording = json_text(j, "wording"), *credit = json_text(j, "credit");
	const char *text = json_text(j, "text"), *speaker = json_text(j, "speaker");
	if (strcmp(name, "retraction") == 0 || json_bool(j, "retracted", false)) {
		thing_remove(&p->segments, segment);
		thing_remove(&p->questions, question);
		thing_remove(&p->notices, notice);
	} else if (strcmp(name, "question") == 0) {
		thing_remove(&p->questions, question); /* put on the air again, it moves */
		thing_put(&p->questions, question, wording, credit, j);
	} else if (strcmp(name, "reword") == 0 || strcmp(name, "answer") == 0) {
		thing_change(&p->questions, question, wording, credit, j);
	} else if (strcmp(name, "segment") == 0) {
		thing_put(&p->segments, segment, text, speaker, j);
	} else if (strcmp(name, "correction") == 0) {
		thing_change(&p->segments, segment, text, speaker, j);
	} else if (strcmp(name, "notice") == 0) {
		thing_put(&p->notices, notice, text, NULL, j);
	}
}

static bool play_all(struct page *p, const struct viewer *v, struct error *e)
{
	for (size_t i = 0; i < v->n; i++) {
		struct json *j = json_parse(v->v[i].data, strlen(v->v[i].data), e);
		if (j == NULL)
			return error_context(e, "event %s", v->v[i].id);
		grow(&p->kept, &p->cap_kept, p->n_kept + 1, sizeof *p->kept);
		p->kept[p->n_kept++] = j;
		play(p, v->v[i].name, j);
	}
	return true;
}

static void page_release(struct page *p)
{
	for (size_t i = 0; i < p->n_kept; i++)
		json_free(p->kept[i]);
	free(p->kept);
	free(p->questions.v);
	free(p->segments.v);
	free(p->notices.v);
}

/* ---- the check --------------------------------------------------------------------------------------------------- */

/* Numbers from 1 without a gap, of one epoch. */
static bool check_numbers(const struct viewer *v, size_t who, struct error *e)
{
	long long epoch = 0, at_epoch, number;
	for (size_t i = 0; i < v->n; i++) {
		if (sscanf(v->v[i].id, "%lld-%lld", &at_epoch, &number) != 2 || number != (long long)i + 1 ||
			(i > 0 && at_epoch != epoch))
			return error_set(e, ERR_FORMAT, "viewer %zu received event %s as its number %zu", who + 1,
				v->v[i].id, i + 1);
		epoch = at_epoch;
	}
	return v->n > 0 || error_set(e, ERR_FORMAT, "viewer %zu received nothing", who + 1);
}

/* Who comes back gets the tombstone of what was taken back meanwhile. */
static bool is_tombstone(const char *data)
{
	return strncmp(data, "{\"retracted\":true,", 18) == 0;
}

static bool check_alike(const struct viewer *a, const struct viewer *b, size_t who, struct error *e)
{
	if (a->n != b->n)
		return error_set(e, ERR_FORMAT, "viewer 1 received %zu events and viewer %zu %zu", a->n, who + 1, b->n);
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].id, b->v[i].id) != 0 || strcmp(a->v[i].name, b->v[i].name) != 0 ||
			(strcmp(a->v[i].data, b->v[i].data) != 0 && !is_tombstone(b->v[i].data)))
			return error_set(
				e, ERR_FORMAT, "viewer 1 and viewer %zu saw event %s differently", who + 1, a->v[i].id);
	return true;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool check_things(const struct things *t, const struct json *list, const char *kind, const char *text,
	const char *who, struct error *e)
{
	size_t at = 0;
	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *j = json_at(list, i);
		const struct thing *x = at < t->n ? &t->v[at] : NULL;
		int64_t revision = 0;
		if (json_bool(j, "retracted", false))
			continue;
		json_int(j, "revision", &revision);
		if (x == NULL || !same(x->id, json_text(j, kind)) || !same(x->text, json_text(j, text)) ||
			(who != NULL && !same(x->who, json_text(j, who))) ||
			!same(x->outcome, json_text(j, "outcome")) || x->revision != revision)
			return error_set(e, ERR_FORMAT, "%s %zu of the transcript, %s, is not what the viewers saw",
				kind, at + 1, json_text(j, kind) == NULL ? "?" : json_text(j, kind));
		at++;
	}
	return at == t->n ||
		error_set(e, ERR_FORMAT, "the viewers saw %zu of kind %s, the transcript has %zu", t->n, kind, at);
}

static bool check_transcript(struct page *p, const struct viewer *v, struct transport *t, struct error *e)
{
	struct buf path = BUF_INIT, answer = BUF_INIT;
	struct json *j = NULL;
	buf_addf(&path, "/v1/rooms/%s/transcript", v->room);
	bool good = transport_ask(t, "GET", path.data, NULL, &answer, NULL, e) &&
		(j = json_parse(answer.data, answer.len, e)) != NULL &&
		check_things(&p->questions, json_get(j, "questions"), "question", "wording", "credit", e) &&
		check_things(&p->segments, json_get(j, "segments"), "segment", "text", "speaker", e) &&
		check_things(&p->notices, json_get(j, "notices"), "notice", "text", NULL, e) &&
		(same(json_text(j, "since"), v->v[v->n - 1].id) ||
			error_set(e, ERR_FORMAT, "the transcript goes to event %s, the viewers to %s",
				json_text(j, "since"), v->v[v->n - 1].id));
	if (!good)
		error_context(e, "room %s", v->room);
	json_free(j);
	buf_release(&path);
	buf_release(&answer);
	return good;
}

bool viewers_check(const struct viewer *v, struct transport *t, struct error *e)
{
	struct page p = { 0 };
	bool good = true;
	for (size_t i = 0; good && i < VIEWERS; i++)
		good = check_numbers(&v[i], i, e) && check_alike(&v[0], &v[i], i, e);
	good = good && play_all(&p, v, e);
	for (size_t i = 0; good && i < VIEWERS; i++)
		good = check_transcript(&p, &v[i], t, e);
	page_release(&p);
	return good;
}
