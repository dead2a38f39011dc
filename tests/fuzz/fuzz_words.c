/* src/model/op.h, the `:` line: any bytes. What parses is written as a line that parses to the same; what does not says
 * why in a sentence that can be shown; what it names is looked for in an empty world. */
#include "src/model/op.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"

static const struct record *nothing(void *ctx, enum kind kind, const char *id)
{
	(void)ctx, (void)kind, (void)id;
	return NULL;
}

static void nobody(void *ctx, enum kind kind, bool (*visit)(void *arg, const struct record *r), void *arg)
{
	(void)ctx, (void)kind, (void)visit, (void)arg;
}

static void same_again(const struct words *w)
{
	struct words again;
	struct buf line = BUF_INIT;
	words_line(w->op, (const char *const *)w->arg, &line);
	if (!words_parse(line.data, &again, NULL) || again.op != w->op)
		abort();
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		if (!w->arg[i] != !again.arg[i] || (w->arg[i] && strcmp(w->arg[i], again.arg[i]) != 0))
			abort();
	words_release(&again);
	buf_release(&line);
}

static void can_be_shown(const struct error *e)
{
	if (e->code == ERR_NONE || !e->text[0] || !text_is_utf8(e->text, strlen(e->text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct world empty = { .get = nothing, .each = nobody };
	char *line = xstrndup((const char *)data, size), *v[OP_ARGS_MAX];
	struct words w;
	struct error e = { 0 };
	if (words_parse(line, &w, &e)) {
		same_again(&w);
		if (words_resolve(&empty, &w, "1", INT64_C(1088100000000), v, &e))
			for (size_t i = 0; i < OP_ARGS_MAX; i++)
				free(v[i]);
		else
			can_be_shown(&e);
	} else {
		can_be_shown(&e);
	}
	words_release(&w);
	free(line);
	return 0;
}
