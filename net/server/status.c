#include "net/server/status.h"

#include <string.h>

#include "net/server/backend.h"
#include "net/server/viewers.h"
#include "src/wire/wire.h"

enum what { SENDS, ALL, EXACT };

void status_begin(struct status *s, int64_t stamp)
{
	*s = (struct status){ .text = BUF_INIT, .sends = BUF_INIT, .wrongs = BUF_INIT, .stamp = stamp };
}

void status_end(struct status *s)
{
	buf_release(&s->text);
	buf_release(&s->sends);
	buf_release(&s->wrongs);
}

static void room_members(struct backend *b, size_t i, enum what what, struct buf *out)
{
	struct hub_room r = hub_room(b->hub, viewers_room(b, b->directory->rooms[i].slug));
	int64_t age = r.last_ms ? clock_mono(b->clock) - r.last_ms : -1;
	if (what != EXACT && age >= 0) /* told without its last digits, or each second would be news */
		age -= age % STATUS_QUIET_MS;
	if (what == ALL && !r.viewers) /* it rises for ever where nobody looks */
		age = -1;
	json_member(out, "room", b->directory->rooms[i].slug);
	json_member(out, "name", b->directory->rooms[i].name);
	if (what >= ALL)
		json_member_int(out, "viewers", (int64_t)r.viewers);
	json_member_int(out, "sent", (int64_t)r.sent);
	json_member_int(out, "delivered", (int64_t)r.delivered);
	if (what >= ALL)
		json_member_int(out, "last_ago_ms", age);
}

static void wrong_members(const struct backend *b, struct buf *out)
{
	const char *damage = b->check && b->check->verdict == CHECK_BAD ? b->check->why : "";
	json_member(out, "trouble", b->trouble.code ? b->trouble.text : damage);
	if (b->check)
		check_json(b->check, out);
}

static void members(struct backend *b, enum what what, struct buf *out)
{
	json_member_int(out, "broadcast", (int64_t)hub_last(b->hub));
	if (what >= ALL)
		json_member_int(out, "viewers", (int64_t)hub_viewers(b->hub));
	if (what == ALL) { /* GET /v1/status has them among its figures */
		json_member_int(out, "people", b->figures.people);
		json_member_int(out, "people_aired", b->figures.people_aired);
	}
	if (what != SENDS)
		wrong_members(b, out);
	buf_adds(out, ",\"rooms\":[");
	for (size_t i = 0; i < b->directory->n_rooms; i++) {
		buf_adds(out, i ? ",{" : "{");
		room_members(b, i, what, out);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void status_members(struct backend *b, struct buf *out)
{
	members(b, EXACT, out);
}

static bool differs(struct buf *was, struct buf *is)
{
	bool same = was->len == is->len && !memcmp(was->data, is->data, is->len);
	if (!same) {
		struct buf swap = *was;
		*was = *is;
		*is = swap;
	}
	return !same;
}

bool status_look(struct backend *b)
{
	struct status *s = &b->status;
	struct buf wrongs = BUF_INIT, sends = BUF_INIT, all = BUF_INIT;
	int64_t now = clock_mono(b->clock), since = now - s->told_at;
	wrong_members(b, &wrongs);
	members(b, SENDS, &sends);
	bool wrong = s->wrongs.len != wrongs.len || memcmp(s->wrongs.data, wrongs.data, wrongs.len);
	bool send = since >= STATUS_SEND_MS && (s->sends.len != sends.len || memcmp(s->sends.data, sends.data, sends.len));
	bool news = wrong || send || since >= STATUS_COUNT_MS || !s->text.len;
	if (news) {
		buf_addc(&all, '{');
		members(b, ALL, &all);
		buf_addc(&all, '}');
		news = differs(&s->text, &all);
		differs(&s->sends, &sends);
		differs(&s->wrongs, &wrongs);
	}
	if (news) {
		s->stamp++;
		s->told_at = now;
	}
	buf_release(&wrongs);
	buf_release(&sends);
	buf_release(&all);
	return news;
}
