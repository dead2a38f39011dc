/* crew.c: presence in and out. */
#include "ui/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"

struct crew {
	char *heard;           /* the JSON as it came, NULL before */
	struct mate *v;
	size_t n, cap;
	char *mine;            /* as last sent; "" never */
	int64_t sent_at;
};

struct crew *crew_new(void)
{
	struct crew *c = xcalloc(1, sizeof *c);
	c->mine = xstrdup("");
	c->sent_at = -PRESENCE_MS;
	return c;
}

static void forget(struct crew *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].claims);
		free(c->v[i].typing);
	}
	c->n = 0;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	forget(c);
	free(c->v);
	free(c->heard);
	free(c->mine);
	free(c);
}

static void read_mate(struct crew *c, const struct json *j)
{
	const struct json *claims = json_get(j, "claims");
	const char *seat = json_text(j, "seat"), *typing = json_text(j, "typing"), *choice = json_text(j, "choice");
	struct buf all = BUF_INIT;
	if (!seat)
		return;
	grow(&c->v, &c->cap, c->n + 1, sizeof *c->v);
	struct mate *m = &c->v[c->n++];
	*m = (struct mate){ .here = json_bool(j, "here", true) };
	snprintf(m->seat, sizeof m->seat, "%s", seat);
	snprintf(m->choice, sizeof m->choice, "%s", choice ? choice : "");
	m->typing = xstrdup(typing ? typing : "");
	json_int(j, "unsent", &m->unsent);
	json_int(j, "at", &m->at);
	for (size_t i = 0; i < json_length(claims); i++) {
		const char *one = json_as_text(json_at(claims, i));
		if (one)
			buf_addf(&all, "%s%s", all.len ? " " : "", one);
	}
	m->claims = xstrdup(all.data);
	buf_release(&all);
}

bool crew_take(struct crew *c, const char *json)
{
	if (!json || (c->heard && !strcmp(c->heard, json)))
		return false;
	free(c->heard);
	c->heard = xstrdup(json);
	forget(c);
	struct json *j = json_parse(json, strlen(json), NULL);
	for (size_t i = 0; i < json_length(j); i++)
		read_mate(c, json_at(j, i));
	json_free(j);
	return true;
}

bool crew_known(const struct crew *c)
{
	return c->heard != NULL;
}

size_t crew_count(const struct crew *c)
{
	return c->n;
}

const struct mate *crew_at(const struct crew *c, size_t i)
{
	return i < c->n ? &c->v[i] : NULL;
}

const struct mate *crew_mate(const struct crew *c, const char *seat)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].seat, seat))
			return &c->v[i];
	return NULL;
}

static bool has_word(const char *list, const char *word)
{
	const size_t n = strlen(word);
	for (const char *p = list; n && (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

const struct mate *crew_claims(const struct crew *c, const char *what, const char *but)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].here && strcmp(c->v[i].seat, but) != 0 && has_word(c->v[i].claims, what))
			return &c->v[i];
	return NULL;
}

bool crew_put(struct crew *c, const struct mine *m, int64_t mono, int64_t *due)
{
	struct buf b = BUF_INIT;
	*due = -1;
	buf_addc(&b, '{');
	json_member_bool(&b, "here", m->here);
	buf_adds(&b, ",\"claims\":[");
	for (size_t i = 0, put = 0; m->claims && m->claims[i]; i++)
		if (*m->claims[i]) {
			buf_adds(&b, put++ ? "," : "");
			json_string(&b, m->claims[i]);
		}
	buf_addc(&b, ']');
	json_member(&b, "typing", m->typing);
	json_member(&b, "choice", m->choice);
	json_member_int(&b, "unsent", m->unsent);
	buf_addc(&b, '}');
	bool changed = strcmp(b.data, c->mine) != 0;
	if (changed && mono - c->sent_at < PRESENCE_MS) {
		*due = c->sent_at + PRESENCE_MS;
		changed = false;
	}
	if (changed) {
		free(c->mine);
		c->mine = xstrdup(b.data);
		c->sent_at = mono;
	}
	buf_release(&b);
	return changed;
}

const char *crew_mine(const struct crew *c)
{
	return c->mine;
}
