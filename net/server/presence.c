#include "net/server/presence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"

struct seat_presence {
	char seat[ID_MAX];
	int64_t at;
	bool here, scribe;
	char *typing;
	int64_t unsent;
	struct buf json; /* the object as others get it, without "at" */
};

struct presence {
	struct seat_presence *v;
	size_t n, cap;
	int64_t stamp;
};

struct presence *presence_new(int64_t stamp)
{
	struct presence *p = xcalloc(1, sizeof *p);
	p->stamp = stamp;
	return p;
}

static void drop(struct presence *p, size_t i)
{
	free(p->v[i].typing);
	buf_release(&p->v[i].json);
	p->v[i] = p->v[--p->n];
	p->stamp++;
}

void presence_free(struct presence *p)
{
	while (p && p->n)
		drop(p, p->n - 1);
	if (p)
		free(p->v);
	free(p);
}

static struct seat_presence *of_seat(struct presence *p, const char *seat)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].seat, seat))
			return &p->v[i];
	grow(&p->v, &p->cap, p->n + 1, sizeof *p->v);
	struct seat_presence *s = &p->v[p->n++];
	*s = (struct seat_presence){ .json = BUF_INIT };
	snprintf(s->seat, sizeof s->seat, "%s", seat);
	return s;
}

/* A record's name, perhaps with its kind before it; what is no such name is left out. */
static bool is_name(const char *s)
{
	return *s && strlen(s) <= ID_MAX + 12 &&
		s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.")] == '\0';
}

static void claims_json(struct buf *out, const struct json *claims)
{
	buf_adds(out, ",\"claims\":[");
	size_t n = json_length(claims), put = 0;
	for (size_t i = 0; i < n && put < 50; i++) {
		const char *id = json_as_text(json_at(claims, i));
		if (!id || !is_name(id))
			continue;
		if (put++)
			buf_addc(out, ',');
		json_string(out, id);
	}
	buf_addc(out, ']');
}

bool presence_put(struct presence *p, const char *seat, bool scribe, const char *body, size_t len, int64_t now_ms,
	struct error *e)
{
	struct json *j = json_parse(body, len, e);
	if (!j)
		return false;
	if (!json_is_object(j)) {
		json_free(j);
		return error_set(e, ERR_FORMAT, "presence is a JSON object");
	}
	struct seat_presence *s = of_seat(p, seat);
	const char *typing = json_text(j, "typing"), *choice = json_text(j, "choice");
	struct buf clean = BUF_INIT, now = BUF_INIT;
	if (typing)
		text_clean_line(typing, strlen(typing) < TEXT_RAW_MAX ? strlen(typing) : TEXT_RAW_MAX,
			PRESENCE_TEXT_MAX, &clean);
	s->unsent = 0;
	json_int(j, "unsent", &s->unsent);
	s->here = json_bool(j, "here", true);
	s->scribe = scribe;
	buf_addc(&now, '{');
	json_member(&now, "seat", seat);
	json_member_bool(&now, "here", s->here);
	claims_json(&now, json_get(j, "claims"));
	json_member(&now, "typing", clean.data);
	if (choice && is_name(choice) && strlen(choice) < ID_MAX)
		json_member(&now, "choice", choice);
	json_member_int(&now, "unsent", s->unsent);
	json_free(j);
	if (!s->at || strcmp(now.data, s->json.data) != 0)
		p->stamp++;
	s->at = now_ms;
	free(s->typing);
	s->typing = buf_detach(&clean);
	buf_release(&s->json);
	s->json = now;
	return true;
}

bool presence_expire(struct presence *p, int64_t now_ms)
{
	int64_t before = p->stamp;
	for (size_t i = p->n; i-- > 0;)
		if (now_ms - p->v[i].at >= PRESENCE_MS)
			drop(p, i);
	return p->stamp != before;
}

int64_t presence_stamp(const struct presence *p)
{
	return p->stamp;
}

void presence_json(const struct presence *p, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < p->n; i++) {
		if (i)
			buf_addc(out, ',');
		buf_adds(out, p->v[i].json.data);
		json_member_int(out, "at", p->v[i].at);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

bool presence_here(const struct presence *p, const char *seat)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].seat, seat))
			return p->v[i].here;
	return false;
}

bool presence_scribe_busy(const struct presence *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].scribe && p->v[i].here && (*p->v[i].typing || p->v[i].unsent > 0))
			return true;
	return false;
}
