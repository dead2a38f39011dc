/* transport.c: what every transport shares: reading a failure, and a call that is waited for. */
#include "net/client/transport.h"

#include <string.h>

#include "src/wire/wire.h"

enum { ASK_TIMEOUT_MS = 30000, ASK_ANSWER_MAX = 64 << 20 };

static enum err code_of(int status)
{
	switch (status) {
	case 404:
		return ERR_NOT_FOUND;
	case 410:
		return ERR_GONE;
	case 413:
		return ERR_TOO_BIG;
	default:
		return status < 500 ? ERR_REFUSED : ERR_NET;
	}
}

bool call_answered(const struct call *c, struct error *e)
{
	if (c->status == 0)
		return error_set(e, c->error.code == ERR_NONE ? ERR_NET : c->error.code, "%s",
			c->error.text[0] == '\0' ? "the backend gave no answer" : c->error.text);
	if (c->status < 400)
		return true;
	struct json *j = json_parse(c->answer.data, c->answer.len, NULL);
	const char *detail = j == NULL || !json_is_object(j) ? NULL : json_text(j, "detail");
	if (detail != NULL && detail[0] != '\0')
		error_set(e, code_of(c->status), "%s", detail);
	else
		error_set(e, code_of(c->status), "the backend answered with status %d", c->status);
	json_free(j);
	return false;
}

static void note_over(struct call *c)
{
	*(bool *)c->ctx = true;
}

bool transport_ask(struct transport *t, const char *method, const char *path, const char *body, struct buf *out,
	int *status, struct error *e)
{
	bool over = false;
	struct call c = { .method = method,
		.path = path,
		.body = body,
		.body_len = body == NULL ? 0 : strlen(body),
		.timeout_ms = ASK_TIMEOUT_MS,
		.answer_max = ASK_ANSWER_MAX,
		.over = note_over,
		.ctx = &over };
	buf_init(&c.answer, 0);
	t->start(t, &c);
	while (!over)
		t->run(t, ASK_TIMEOUT_MS);
	if (status != NULL)
		*status = c.status;
	bool answered = call_answered(&c, e);
	buf_reset(out);
	buf_add(out, c.answer.data, c.answer.len);
	buf_release(&c.answer);
	return answered;
}
