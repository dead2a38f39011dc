/* op_themes.c: people decide what belongs together; the engine never undoes it. */
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
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

/* A cluster leaves whole; the new theme is shown as the cluster was, where that is known. */
static bool split_cluster(const struct world *w, struct outcome *out, const struct theme *from, struct theme *to, const char *cluster,
	struct error *why)
{
	char now[ID_MAX];
	cluster_theme(w, cluster, now);
	const struct theme *its = now[0] ? theme_root(w, now) : NULL, *own = (const void *)world_get(w, K_THEME, cluster);
	if (!its || strcmp(its->r.id, from->r.id) != 0)
		return refuse(why, "cluster %s is not in theme %s", cluster, from->r.id);
	if (!to->first && own && own->first) {
		to->first = own->first;
		to->first_at = own->first_at;
		text_set(&to->title, own->title);
	}
	return cluster_put(w, out, cluster, to->r.id, why);
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
		if (id[0] == 'c') {
			if (!split_cluster(w, out, from, t, id + 1, why))
				return false;
			continue;
		}
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

/* "Une ? | Deux ?" as lines; nothing empty. */
static void set_examples(char **to, const char *given)
{
	struct buf lines = BUF_INIT, one = BUF_INIT;
	for (const char *p = given; *p; p += p[0] == '|' || p[0] == '\n') {
		size_t n = strcspn(p, "|\n");
		text_clean_line(p, n, TEXT_MESSAGE_MAX, &one);
		if (one.len)
			buf_addf(&lines, "%s%s", lines.len ? "\n" : "", one.data);
		p += n;
	}
	text_set(to, lines.data);
	buf_release(&lines);
	buf_release(&one);
}

/* Names it again what it was named before: the theme of that name changes, and keeps its messages. */
TRANSITION(do_prepare)
{
	int64_t number;
	const char *title = offer_arg(o, "title"), *words = offer_arg(o, "words"), *examples = offer_arg(o, "examples");
	const struct theme *was = world_prepared(w, offer_arg(o, "name"));
	if (!was && !*title)
		return refuse(why, "there is no prepared theme \"%s\" yet; give a new one its title",
			brief(offer_arg(o, "name")).s);
	if (!was && !theme_number(w, o, &number, why))
		return false;
	struct theme *t = was ? edit(w, out, K_THEME, was->r.id) : make(out, K_THEME, o->fresh);
	if (!was) {
		text_set(&t->name, offer_arg(o, "name"));
		t->first_at = o->now;
	}
	if (*title) {
		struct buf line = BUF_INIT;
		text_clean_line(title, strlen(title), TEXT_MESSAGE_MAX, &line);
		text_set(&t->title, line.data);
		buf_release(&line);
	}
	if (*words)
		text_set(&t->words, words);
	if (*examples)
		set_examples(&t->examples, examples);
	return true;
}
