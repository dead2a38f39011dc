/* op_themes.c: people decide what belongs together; the engine never undoes it. */
#include <string.h>

#include "src/model/rules.h"

static struct theme *theme_edit(const struct world *w, struct outcome *out, const char *id, struct error *why)
{
	struct theme *t = edit(w, out, K_THEME, id);
	if (!t)
		refuse(why, "there is no theme \"%s\"", id);
	return t;
}

TRANSITION(do_merge)
{
	const struct theme *root = theme_root(w, offer_arg(o, "theme"));
	if (!root)
		return refuse(why, "there is no theme \"%s\"", offer_arg(o, "theme"));
	char into[ID_MAX], id[ID_MAX];
	memcpy(into, root->r.id, sizeof into);
	for (const char *p = offer_arg(o, "others"); (p = next_id(p, id));) {
		const struct theme *other = theme_root(w, id);
		if (!other)
			return refuse(why, "there is no theme \"%s\"", id);
		if (!strcmp(other->r.id, into))
			return refuse(why, "theme %s and theme %s are one already", offer_arg(o, "theme"), id);
		if (other->hold != HOLD_NONE && other->hold != root->hold)
			return refuse(why,
				"theme %s is %s and theme %s is not; that must be cleared before they are joined",
				other->r.id, hold_is(other->hold), into);
		char joins[ID_MAX];
		memcpy(joins, other->r.id, sizeof joins);
		int64_t answered = other->answered_at;
		memcpy(theme_edit(w, out, joins, why)->into, into, sizeof into);
		if (answered > root->answered_at) { /* what asks the same is answered with it */
			struct theme *whole = theme_edit(w, out, into, why);
			if (answered > whole->answered_at)
				whole->answered_at = answered;
			root = (const void *)world_get(w, K_THEME, into);
		}
	}
	return true;
}

TRANSITION(do_unmerge)
{
	struct theme *t = theme_edit(w, out, offer_arg(o, "theme"), why);
	if (!t)
		return false;
	if (!t->into[0])
		return refuse(why, "theme %s is not merged into another", t->r.id);
	char from[ID_MAX], left[ID_MAX];
	memcpy(from, t->into, sizeof from);
	memcpy(left, t->r.id, sizeof left);
	t->into[0] = '\0';
	theme_left(w, out, from, left);
	return true;
}

/* A theme's number is the engine's to give: the backend offers it as `fresh`; a console, which cannot know it, shows the
 * new theme only once the verdict names it. */
static bool theme_number(const struct world *w, const struct offer *o, int64_t *number, struct error *why)
{
	return (id_number(o->fresh, number) && !w->get(w->ctx, K_THEME, o->fresh)) ||
		refuse(why, "a new theme gets its number from the backend");
}

TRANSITION(do_split)
{
	int64_t number;
	const struct theme *from = theme_root(w, offer_arg(o, "theme"));
	if (!from)
		return refuse(why, "there is no theme \"%s\"", offer_arg(o, "theme"));
	if (!theme_number(w, o, &number, why))
		return false;
	struct theme *t = make(out, K_THEME, o->fresh);
	char id[ID_MAX];
	for (const char *p = offer_arg(o, "messages"); (p = next_id(p, id));) {
		struct message *m = edit(w, out, K_MESSAGE, id);
		if (!m || m->service != SV_NONE)
			return refuse(why, "there is no message \"%s\" in a theme", id);
		if (m->cluster == number)
			continue; /* named twice */
		const struct theme *its = theme_of(w, m);
		if (!its || strcmp(its->r.id, from->r.id) != 0)
			return refuse(why, "message %s is not in theme %s", id, from->r.id);
		if (!t->first) {
			id_number(m->r.id, &t->first);
			t->first_at = m->at;
			text_set(&t->title, m->text);
		}
		m->cluster = number;
	}
	text_set(&t->label, offer_arg(o, "title"));
	t->hold = from->hold;
	text_set(&t->hold_why, from->hold_why);
	return true;
}

TRANSITION(do_label)
{
	struct theme *t = theme_edit(w, out, offer_arg(o, "theme"), why);
	if (t)
		text_set(&t->label, offer_arg(o, "text"));
	return t != NULL;
}

TRANSITION(do_pin)
{
	struct theme *t = theme_edit(w, out, offer_arg(o, "theme"), why);
	if (t)
		t->pinned = strcmp(offer_arg(o, "state"), "off") != 0;
	return t != NULL;
}

TRANSITION(do_prepare)
{
	int64_t number;
	if (!theme_number(w, o, &number, why))
		return false;
	struct theme *t = make(out, K_THEME, o->fresh);
	text_set(&t->name, offer_arg(o, "name"));
	text_set(&t->title, offer_arg(o, "title"));
	text_set(&t->words, offer_arg(o, "words"));
	t->first_at = o->now;
	return true;
}
