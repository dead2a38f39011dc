#include "net/server/silence.h"

bool silence_concerns(enum role role)
{
	return role == R_HOST || role == R_SCRIBE;
}

static bool may_arm(const struct event *ev)
{
	return ev->state == EV_PREPARING || ev->state == EV_COLLECTING || ev->state == EV_OPEN;
}

void silence_heard(struct silence *s, enum role role, int64_t now)
{
	if (silence_concerns(role))
		s->since = now;
}

void silence_here(struct silence *s, enum role role, const struct event *ev, int64_t now)
{
	silence_heard(s, role, now);
	if (!may_arm(ev))
		return;
	s->host = s->host || role == R_HOST;
	s->scribe = s->scribe || role == R_SCRIBE;
}

bool silence_look(struct silence *s, const struct event *ev, bool held, int64_t now)
{
	bool deaf = now - s->looked > SILENCE_DEAF_MS;
	s->looked = now;
	if (!may_arm(ev))
		s->host = s->scribe = false;
	if (deaf || held || ev->state != EV_OPEN || ev->ending) /* silence counts from the opening on */
		s->since = now;
	return s->host && s->scribe && now - s->since >= SILENCE_MS;
}
