/* demo_crew.c: the seats. Each plays its own cues in order, through `regie do`; what is due together goes in one call.
 * */
#include <stdlib.h>
#include <string.h>

#include "src/base/cli.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/demo.h"

enum { LOOK_AGAIN_MS = 250, LOOKS_MAX = 8 };

static int64_t evening_end(const struct demo *d)
{
	return d->began_ms + (int64_t)(PLAYED_S * 1000 / d->speed);
}

static struct cue *cue_at(const struct demo *d, const struct player *p, size_t i)
{
	return i < d->script.n_cues[p->who] ? &d->script.cues[p->who][i] : NULL;
}

bool player_left(const struct demo *d, const struct player *p)
{
	return p->child.pid > 0 || p->n_again > 0 || cue_at(d, p, p->next) != NULL;
}

int64_t player_due(const struct demo *d, const struct player *p)
{
	const struct cue *c = cue_at(d, p, p->next);
	return c == NULL ? -1 : (int64_t)c->at_s * 1000;
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

/* The host has the producer's part in lifting a hold only while there is no producer, and with a console there is one. */
static bool is_producers(const struct demo *d, const struct cue *c)
{
	return d->shown && strncmp(c->op, "clear ", 6) == 0;
}

static bool start(
	struct demo *d, struct player *p, const char *const *words, size_t n, bool as_producer, struct error *e)
{
	const struct stage *s = &d->stage;
	const char *argv[8 + BATCH_MAX + 1] = { s->regie, words[0], "--backend", s->base, "--token-file",
		as_producer ? s->producer_token_file : s->token_file[p->who], "--data",
		as_producer ? s->producer_desk : s->desk[p->who] };
	for (size_t i = 1; i < n; i++)
		argv[7 + i] = words[i];
	return child_start(&p->child, argv, s->log, e);
}

/* A message that is to be named may be in by now. */
static bool look(struct demo *d, struct player *p, struct error *e)
{
	static const char *const words[] = { "show", "messages", "--json" };
	const int64_t now = clock_mono(clock_system());
	if (p->looked_ms != 0 && now - p->looked_ms < LOOK_AGAIN_MS)
		return true;
	p->looked_ms = now;
	if (++p->looks > LOOKS_MAX && p->n_again == 0 && script_may_drop(cue_at(d, p, p->next))) {
		p->looks = 0;
		p->next++;
		return true;
	}
	p->looking = true;
	return start(d, p, words, COUNT_OF(words), false, e);
}

/* Whether the mark is one that this batch will set. */
static bool marks_itself(const struct player *p, const char *mark)
{
	for (size_t i = 0; i < p->n_batch; i++)
		if (p->batch[i]->mark != NULL && strcmp(p->batch[i]->mark, mark) == 0)
			return true;
	return false;
}

static bool may_follow(const struct demo *d, const struct player *p, const struct cue *c)
{
	for (size_t i = 0; i < COUNT_OF(c->after); i++)
		if (c->after[i] != NULL && !marks_itself(p, c->after[i]) && !script_marked(&d->script, c->after[i]))
			return false;
	return true;
}

/* The i-th cue of the next call: what was refused comes first, alone; NULL: no more for now. */
static struct cue *cue_of_call(const struct demo *d, const struct player *p, size_t i)
{
	struct cue *c = p->n_again > 0 ? NULL : cue_at(d, p, p->next + i);
	if (p->n_again > 0)
		return i < p->n_again ? p->again[i] : NULL;
	return c != NULL && i < BATCH_MAX && (int64_t)c->at_s * 1000 <= d->evening_ms && may_follow(d, p, c) ? c : NULL;
}

/* The same, but what is the producer's to do is a call of its own. */
static struct cue *next_cue(const struct demo *d, const struct player *p, size_t i)
{
	struct cue *c = cue_of_call(d, p, i);
	return c != NULL && i > 0 && (is_producers(d, c) || is_producers(d, p->batch[0])) ? NULL : c;
}

/* Puts the call's lines together; false when one cannot be said yet and stands first. */
static bool fill_batch(struct demo *d, struct player *p, struct buf lines[static BATCH_MAX])
{
	struct cue *c;
	bool known = true;
	p->n_batch = p->n_done = 0;
	while (known && (c = next_cue(d, p, p->n_batch)) != NULL) {
		buf_init(&lines[p->n_batch], 0);
		known = script_line(&d->script, c, evening_end(d), &lines[p->n_batch]);
		if (known)
			p->batch[p->n_batch++] = c;
		else
			buf_release(&lines[p->n_batch]);
	}
	return known || p->n_batch > 0;
}

bool player_start(struct demo *d, struct player *p, struct error *e)
{
	struct buf lines[BATCH_MAX];
	const char *words[BATCH_MAX + 1] = { "do" };
	bool good = true;
	if (p->child.pid > 0)
		return true;
	if (!fill_batch(d, p, lines))
		return look(d, p, e);
	for (size_t i = 0; i < p->n_batch; i++)
		words[1 + i] = lines[i].data;
	if (p->n_batch > 0) {
		p->looking = false;
		p->looks = 0;
		if (p->n_again > 0)
			memmove(p->again, p->again + p->n_batch, (p->n_again -= p->n_batch) * sizeof *p->again);
		else
			p->next += p->n_batch;
		good = start(d, p, words, 1 + p->n_batch, is_producers(d, p->batch[0]), e);
	}
	for (size_t i = 0; i < p->n_batch; i++)
		buf_release(&lines[i]);
	return good;
}

/* ---- hearing ----------------------------------------------------------------------------------------------------- */

static void say(struct demo *d, const struct player *p, const struct cue *c, const char *refusal)
{
	struct buf about = BUF_INIT;
	const int64_t number = c->asked < 0 ? 0 : d->script.asked[c->asked].number;
	if (number > 0)
		buf_addf(&about, "q%-3lld ", (long long)number);
	buf_adds(&about, refusal != NULL ? refusal : c->about);
	demo_say(d->evening_ms, d->words->crew[p->who],
		refusal != NULL ? d->words->refused : demo_word(d->words, c->op), about.data);
	buf_release(&about);
}

static bool take_verdict(struct demo *d, struct player *p, const char *line, struct error *e)
{
	struct json *j = json_parse(line, strlen(line), e);
	struct cue *c = p->n_done < p->n_batch ? p->batch[p->n_done] : NULL;
	const char *verdict = j == NULL ? NULL : json_text(j, "verdict");
	const char *why = j == NULL ? NULL : json_text(j, "text");
	int64_t number = 0;
	bool good = verdict != NULL && c != NULL;
	if (!good) {
		error_set(e, ERR_FORMAT, "regie do said what is no verdict: %.200s", line);
	} else if (strcmp(verdict, "applied") != 0) {
		say(d, p, c, why == NULL ? verdict : why);
		p->again[p->n_again++] = c;
		good = c->tries++ == 0 || error_set(e, ERR_REFUSED, "%.60s: %s", c->op, why == NULL ? verdict : why);
	} else {
		json_int(j, "number", &number);
		script_applied(&d->script, c, number);
		say(d, p, c, NULL);
		d->acts++;
	}
	p->n_done++;
	json_free(j);
	return good;
}

bool player_hear(struct demo *d, struct player *p, struct error *e)
{
	struct buf line = BUF_INIT;
	const bool more = child_read(&p->child);
	bool good = true;
	while (good && child_line(&p->child, &line)) {
		if (p->looking)
			voices_learn(&d->script.voices, line.data);
		else
			good = take_verdict(d, p, line.data, e);
	}
	buf_release(&line);
	if (!good || more)
		return good;
	const int code = child_wait(&p->child);
	if (p->looking ? code == 0 : p->n_done == p->n_batch && code == (p->n_again > 0 ? EXIT_REFUSED : EXIT_DONE))
		return true;
	return error_set(e, ERR_IO, "\"regie %s\" ended with code %d; \"%s\" says why", p->looking ? "show" : "do",
		code, d->stage.log);
}

enum { PRESENCE_EVERY_MS = 15000 };

static struct transport *open_presence(const struct stage *s, enum crew who)
{
	struct buf token = BUF_INIT;
	const char *base = s->base;
	struct transport *t = NULL;
	if (file_read(s->token_file[who], 4096, &token, NULL)) {
		token.data[strcspn(token.data, "\r\n")] = '\0';
		t = curl_transport_new(
			&(struct transport_options){ .backends = &base, .n_backends = 1, .token = token.data }, NULL);
	}
	buf_release(&token);
	return t;
}

void crew_present(struct demo *d)
{
	const int64_t now = clock_mono(clock_system());
	if (d->presented && now - d->presented < PRESENCE_EVERY_MS)
		return;
	d->presented = now;
	for (int i = 0; i < CREW; i++) {
		struct buf answer = BUF_INIT;
		if (!d->presence[i])
			d->presence[i] = open_presence(&d->stage, (enum crew)i);
		if (d->presence[i])
			transport_ask(d->presence[i], "PUT", "/v1/presence", "{\"here\":true}", &answer, NULL, NULL);
		buf_release(&answer);
	}
}
