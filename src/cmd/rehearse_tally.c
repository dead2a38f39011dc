/* rehearse_tally.c: what became of each message, and the report. */
#include <stdlib.h>
#include <string.h>

#include "src/base/id.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/rehearse.h"

enum { SEEN_MAX = 1 << 28 }; /* ids beyond are not looked at for repeats */

void tally_release(struct tally *t)
{
	free(t->latency_us);
	free(t->seen);
}

/* Whether the backend named this message before: then it is one that it has already. */
static bool seen_before(struct tally *t, int64_t id)
{
	const size_t word = (size_t)id / 64;
	const uint64_t bit = (uint64_t)1 << (id % 64);
	if (id >= SEEN_MAX)
		return false;
	if (word >= t->seen_bits) {
		size_t cap = t->seen_bits;
		grow(&t->seen, &cap, word + 1, sizeof *t->seen);
		memset(t->seen + t->seen_bits, 0, (cap - t->seen_bits) * sizeof *t->seen);
		t->seen_bits = cap;
	}
	bool before = t->seen[word] & bit;
	t->seen[word] |= bit;
	return before;
}

static bool names_repeat(struct tally *t, const struct call *c)
{
	struct json *j = c->answer.len > 0 ? json_parse(c->answer.data, c->answer.len, NULL) : NULL;
	const char *id = j != NULL && json_is_object(j) ? json_text(j, "id") : NULL;
	int64_t number;
	bool repeat = id != NULL && id_number(id, &number) && seen_before(t, number);
	json_free(j);
	return repeat;
}

void tally_accepted(struct tally *t, const struct call *c, int64_t took_us)
{
	grow(&t->latency_us, &t->cap_latency, t->accepted + 1, sizeof *t->latency_us);
	t->latency_us[t->accepted++] = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
	t->repeats += names_repeat(t, c);
}

void tally_refused(struct tally *t, const struct call *c)
{
	size_t i = 0;
	while (i < t->n_refused && t->refused[i].status != c->status)
		i++;
	if (i == REFUSALS_MAX)
		i--; /* the last row takes what is left over */
	if (i == t->n_refused) {
		t->refused[i].status = c->status;
		t->n_refused++;
		call_answered(c, &t->refused[i].first);
	}
	t->refused[i].n++;
}

void tally_lost(struct tally *t, const struct call *c)
{
	if (t->lost++ == 0)
		call_answered(c, &t->lost_why);
}

bool tally_whole(const struct tally *t)
{
	return t->accepted == t->web + t->sms;
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* A sentence of the other side, as data: on one line, whatever is in it. */
static void print_sentence(FILE *out, const struct error *e)
{
	struct buf line = BUF_INIT;
	text_log(e->text, strlen(e->text), &line);
	fprintf(out, ": %s\n", line.data);
	buf_release(&line);
}

static void print_failures(const struct tally *t, FILE *out)
{
	size_t refused = 0;
	for (size_t i = 0; i < t->n_refused; i++)
		refused += t->refused[i].n;
	fprintf(out, "refused     %zu\n", refused);
	for (size_t i = 0; i < t->n_refused; i++) {
		fprintf(out, "  status %d  %zu", t->refused[i].status, t->refused[i].n);
		print_sentence(out, &t->refused[i].first);
	}
	fprintf(out, "unanswered  %zu%s", t->lost, t->lost > 0 ? "" : "\n");
	if (t->lost > 0)
		print_sentence(out, &t->lost_why);
}

static void print_times(struct tally *t, FILE *out)
{
	const double seconds = (double)(t->ended_us - t->began_us) / 1e6;
	const size_t n = t->accepted;
	fprintf(out, "rate        %.1f a second over %.1f s", seconds > 0 ? (double)n / seconds : 0, seconds);
	fprintf(out, t->behind_us > 1000000 ? ", up to %.1f s behind its pace\n" : "\n", (double)t->behind_us / 1e6);
	if (n == 0)
		return;
	qsort(t->latency_us, n, sizeof *t->latency_us, by_value);
	fprintf(out, "latency     p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", t->latency_us[n / 2] / 1e3,
		t->latency_us[n * 99 / 100] / 1e3, t->latency_us[n - 1] / 1e3);
}

void tally_print(struct tally *t, FILE *out)
{
	fprintf(out, "sent        %zu: %zu web, %zu sms\n", t->web + t->sms, t->web, t->sms);
	if (t->skipped > 0)
		fprintf(out, "skipped     %zu sms: there is no --gateway to bring them\n", t->skipped);
	fprintf(out, "accepted    %zu\n", t->accepted);
	fprintf(out, "repeats     %zu\n", t->repeats);
	print_failures(t, out);
	fprintf(out, "retries     %zu\n", t->retries);
	print_times(t, out);
}
