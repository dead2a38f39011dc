#include "net/server/take.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "src/base/text.h"

struct take *take_new(struct backend *b, struct exchange *x, void (*answer)(struct take *t, const struct error *failed))
{
	struct take *t = xcalloc(1, sizeof *t);
	*t = (struct take){ .b = b, .x = x, .text = BUF_INIT, .name = BUF_INIT, .raw = BUF_INIT, .answer = answer };
	return t;
}

void take_free(struct take *t)
{
	buf_release(&t->text);
	buf_release(&t->name);
	buf_release(&t->raw);
	free(t);
}

bool take_text(struct take *t, const char *text, size_t len, struct error *e)
{
	bool changed = false;
	if (len > TEXT_RAW_MAX)
		return error_set(
			e, ERR_TOO_BIG, "a question is at most %d characters; please shorten it", TEXT_MESSAGE_MAX);
	if (!text_clean(text, len, TEXT_MESSAGE_MAX, &t->text, &changed, e))
		return false;
	if (changed)
		buf_add(&t->raw, text, len);
	return true;
}

static void take_work(struct job *j, struct store *s)
{
	struct take *t = (struct take *)j;
	t->stored = store_append(s, &t->arrival, &t->receipt, &t->error);
}

static void take_over(struct job *j, const struct error *failed)
{
	struct take *t = (struct take *)j;
	if (!t->stored && t->receipt.taken == TAKEN_NOT)
		t->stored = true; /* answered, not kept: `error` says why */
	if (!failed && t->stored) {
		t->b->tally.messages += t->receipt.taken == TAKEN;
		t->b->tally.repeats += t->receipt.taken == TAKEN_BEFORE;
		t->b->tally.not_kept += t->receipt.taken == TAKEN_NOT;
	}
	t->answer(t, failed ? failed : t->stored ? NULL : &t->error);
	if (t->x)
		exchange_done(t->x);
	take_free(t);
}

void take_put(struct take *t)
{
	t->arrival.text = t->text.data;
	t->arrival.name = t->name.data;
	t->arrival.room = t->room;
	t->arrival.gateway = t->gateway;
	t->arrival.gateway_id = t->gateway_id;
	t->arrival.raw = t->raw.len ? t->raw.data : NULL;
	t->arrival.raw_len = t->raw.len;
	t->j = (struct job){ .work = take_work, .over = take_over };
	writer_put(t->b->writer, &t->j);
}
