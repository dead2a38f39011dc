/* rehearse_evening.c: the file, who sends what, and when. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "src/cmd/rehearse.h"

static const size_t file_max = (size_t)2 << 30;

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static bool read_line(const char *text, size_t len, struct line *l, int64_t *at, struct error *e)
{
	*l = (struct line){ .json = json_parse(text, len, e) };
	if (l->json == NULL)
		return false;
	const char *channel = json_text(l->json, "channel");
	l->id = json_text(l->json, "id");
	l->text = json_text(l->json, "text");
	l->name = json_text(l->json, "name");
	l->from = json_text(l->json, "from");
	if (l->from == NULL)
		l->from = l->id;
	if (l->name == NULL)
		l->name = "";
	l->sms = channel != NULL && strcmp(channel, "sms") == 0;
	*at = -1;
	json_int(l->json, "at", at);
	if (l->id == NULL || l->text == NULL || (!l->sms && (channel == NULL || strcmp(channel, "web") != 0))) {
		line_release(l);
		return error_set(e, ERR_FORMAT, "a line has \"id\", \"text\" and a \"channel\" that is web or sms");
	}
	return true;
}

void line_release(struct line *l)
{
	json_free(l->json);
	*l = (struct line){ 0 };
}

static bool note_line(struct evening *ev, size_t start, size_t len, struct error *e)
{
	struct line l;
	int64_t at;
	if (!read_line(ev->text.data + start, len, &l, &at, e))
		return false;
	*(l.sms ? &ev->n_sms : &ev->n_web) += 1;
	line_release(&l);
	grow(&ev->lines, &ev->cap, ev->n + 1, sizeof *ev->lines);
	ev->lines[ev->n].start = start;
	ev->lines[ev->n].len = len;
	ev->lines[ev->n++].at_ms = at;
	return true;
}

/* Times count from the first line's; one line without a time: none has one. */
static void settle_times(struct evening *ev)
{
	int64_t first = ev->n > 0 ? ev->lines[0].at_ms : -1;
	bool timed = true;
	for (size_t i = 0; i < ev->n; i++)
		timed = timed && ev->lines[i].at_ms >= first && first >= 0;
	for (size_t i = 0; i < ev->n; i++)
		ev->lines[i].at_ms = timed ? ev->lines[i].at_ms - first : -1;
}

bool evening_read(struct evening *ev, const char *file, size_t repeat, struct error *e)
{
	*ev = (struct evening){ .repeat = repeat };
	buf_init(&ev->text, 0);
	if (!file_read(file, file_max, &ev->text, e))
		return false;
	size_t number = 1;
	for (size_t at = 0; at < ev->text.len; number++) {
		const char *start = ev->text.data + at, *end = memchr(start, '\n', ev->text.len - at);
		size_t len = end == NULL ? ev->text.len - at : (size_t)(end - start);
		bool blank = strspn(start, " \t\r") >= len;
		if (!blank && !note_line(ev, at, len, e)) {
			error_context(e, "\"%s\", line %zu", file, number);
			evening_release(ev);
			return false;
		}
		at += len + 1;
	}
	settle_times(ev);
	return true;
}

void evening_release(struct evening *ev)
{
	buf_release(&ev->text);
	free(ev->lines);
	ev->lines = NULL;
	ev->n = ev->cap = 0;
}

size_t evening_count(const struct evening *ev)
{
	return ev->n * ev->repeat;
}

void evening_line(const struct evening *ev, size_t i, struct line *out)
{
	int64_t at;
	size_t k = i / ev->repeat;
	if (!read_line(ev->text.data + ev->lines[k].start, ev->lines[k].len, out, &at, NULL))
		abort(); /* it was read before */
}

/* ---- senders ----------------------------------------------------------------------------------------------------- */

void evening_id(const struct evening *ev, size_t i, const struct line *l, struct buf *out)
{
	buf_adds(out, l->id);
	if (i % ev->repeat != 0)
		buf_addf(out, ".%zu", i % ev->repeat + 1);
}

static struct key128 sender(const struct evening *ev, size_t i, const struct line *l, const char *what)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s %zu %s", what, i % ev->repeat, l->from);
	struct key128 k = key128_of(b.data, b.len);
	buf_release(&b);
	return k;
}

void evening_cookie(const struct evening *ev, size_t i, const struct line *l, char out[static 33])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct key128 k[2] = { sender(ev, i, l, "cookie"), sender(ev, i, l, "cookie's end") };
	const uint64_t bits[] = { k[0].hi, k[0].lo, k[1].hi, k[1].lo };
	for (size_t n = 0; n < 32; n++)
		out[n] = letters[bits[n / 8] >> (n % 8 * 5) & 31];
	out[32] = '\0';
}

void evening_number(const struct evening *ev, size_t i, const struct line *l, char out[static 11])
{
	uint64_t n = sender(ev, i, l, "number").hi;
	out[0] = '0';
	out[1] = '6';
	for (size_t d = 2; d < 10; d++, n /= 10)
		out[d] = (char)('0' + n % 10);
	out[10] = '\0';
}

/* ---- pace -------------------------------------------------------------------------------------------------------- */

enum { CURVE_STEPS = 1000 };

/* How many write at a moment x of the evening, 0 … 1: a rush as it opens, an even middle, a last rush before the end.
 * */
static double density(double x)
{
	double last = (x - 0.93) / 0.05;
	return 0.7 + 1.8 * exp(-x / 0.08) + 0.6 * exp(-last * last);
}

void pace_init(struct pace *p)
{
	p->curve = xcalloc(CURVE_STEPS + 1, sizeof *p->curve);
	for (size_t i = 0; i < CURVE_STEPS; i++)
		p->curve[i + 1] = p->curve[i] + density(((double)i + 0.5) / CURVE_STEPS);
	const double whole = p->curve[CURVE_STEPS];
	for (size_t i = 0; i <= CURVE_STEPS; i++)
		p->curve[i] /= whole;
}

void pace_release(struct pace *p)
{
	free(p->curve);
	p->curve = NULL;
}

/* The moment, 0 … 1, by which the share y of all messages has come. */
static double moment_of(const struct pace *p, double y)
{
	size_t low = 0, high = CURVE_STEPS;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (p->curve[middle] <= y)
			low = middle;
		else
			high = middle;
	}
	double step = p->curve[high] - p->curve[low];
	return ((double)low + (step > 0 ? (y - p->curve[low]) / step : 0)) / CURVE_STEPS;
}

int64_t pace_due_us(const struct pace *p, const struct evening *ev, size_t i)
{
	const double n = (double)evening_count(ev);
	const int64_t at = ev->lines[i / ev->repeat].at_ms;
	if (p->rate > 0)
		return (int64_t)((double)i * 1e6 / p->rate);
	if (p->speed <= 0)
		return 0;
	if (at >= 0)
		return (int64_t)((double)at * 1e3 / p->speed);
	/* not as a clock ticks: each a little early or late within its turn, the same in every run */
	double turn = (double)(key128_of(&i, sizeof i).lo >> 11) / 9007199254740992.0;
	return (int64_t)(moment_of(p, ((double)i + turn) / n) * p->minutes * 60e6 / p->speed);
}
