/* queue_sort.c: keys that say what belongs together: merge, refile, split, name, pin; and those about one message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/intl.h"
#include "ui/queue.h"

/* The rule of the pane goes on saying it; this tells how. */
static void say_pick(struct queue *q)
{
	struct buf find = BUF_INIT, open = BUF_INIT, back = BUF_INIT;
	ui_key_of(q->ui, "list", "filter", &find);
	ui_key_of(q->ui, "list", "open", &open);
	ui_key_of(q->ui, "list", "back", &back);
	ui_say(q->ui, false, _("into which theme? go there (%s finds), %s joins it there, %s leaves all as it was"), find.data, open.data, back.data);
	buf_release(&find);
	buf_release(&open);
	buf_release(&back);
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

/* The theme that acts on a theme are about: the open one, or the selected one. */
static bool bind_theme(struct queue *q)
{
	char id[ID_MAX];
	int64_t n = q->level == Q_THEMES ? queue_selected(q) : q->level == Q_CHANNEL ? 0 : q->open;
	id_from_number(id, n);
	queue_set(&q->targets, n == 0 ? NULL : id);
	return n != 0;
}

static int64_t people_of(const struct queue_rows *r, int64_t id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].id == id)
			return r->v[i].people;
	return -1;
}

/* The marked themes, with a single mark the selected one too, into the one with most people. */
static bool merge_marked(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	const bool with_selected = r->n_marks < 2 || queue_marked(r, queue_selected(q));
	int64_t stays = with_selected ? queue_selected(q) : r->marks[0];
	char id[ID_MAX];
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < r->n_marks; i++)
		if (people_of(r, r->marks[i]) > people_of(r, stays))
			stays = r->marks[i];
	if (with_selected && !queue_marked(r, queue_selected(q)) && queue_selected(q) != stays)
		buf_addf(&b, "%lld", (long long)queue_selected(q));
	for (size_t i = 0; i < r->n_marks; i++)
		if (r->marks[i] != stays)
			buf_addf(&b, "%s%lld", b.len == 0 ? "" : " ", (long long)r->marks[i]);
	id_from_number(id, stays);
	if (b.len > 0 && ui_do(q->ui, "merge", id, b.data, NULL))
		queue_acted(q, false);
	buf_release(&b);
	return true;
}

bool queue_do_merge(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	if (queue_is_fine(q))
		return queue_do_refile(v, ui, arg);
	if (q->level != Q_THEMES || !bind_theme(q))
		return false;
	if (q->themes.n_marks > 0)
		return merge_marked(q);
	queue_set(&q->picked, q->targets);
	q->pick = PICK_MERGE;
	say_pick(q);
	return true;
}

bool queue_finish_pick(struct queue *q)
{
	char id[ID_MAX];
	enum queue_pick pick = q->pick;
	const struct queue_row *r = queue_row_of(q);
	if (r == NULL || queue_selected(q) == 0)
		return false;
	id_from_number(id, queue_is_fine(q) ? r->theme : r->id);
	q->pick = PICK_NONE;
	if (pick == PICK_MERGE && strcmp(id, q->picked) == 0)
		ui_say(q->ui, true, "%s", _("a theme is not merged into itself"));
	else if (pick == PICK_MERGE ? ui_do(q->ui, "merge", id, q->picked, NULL) : ui_do(q->ui, "refile", q->picked, id, NULL))
		queue_acted(q, false);
	return true;
}

bool queue_do_unmerge(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = queue_row_of(q);
	(void)arg;
	if (q->level != Q_THEMES || !bind_theme(q))
		return false;
	if (r != NULL && !r->merged) {
		ui_say(ui, true, "%s", _("this theme is not merged into another; show-all brings merged ones up"));
		return true;
	}
	return queue_act(q, "unmerge", NULL, false);
}

static void label_taken(void *ctx, const char *text)
{
	if (text != NULL)
		queue_act(ctx, "label", text[0] == '\0' ? NULL : text, false);
}

bool queue_do_label(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = queue_row_of(q);
	(void)arg;
	if (!bind_theme(q))
		return false;
	const char *title = q->level == Q_THEMES ? (r == NULL ? NULL : r->text) : q->open_title;
	ui_ask(ui, _("name of the theme: "), title == NULL ? "" : title, q, NULL, label_taken);
	return true;
}

bool queue_do_pin(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = queue_row_of(q);
	(void)ui;
	(void)arg;
	if (!bind_theme(q))
		return false;
	return queue_act(q, "pin", q->level == Q_THEMES && r != NULL && r->pinned ? "off" : "on", false);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

bool queue_on_messages(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return ((const struct queue *)v)->level != Q_THEMES;
}

bool queue_on_themes(const struct view *v, const struct ui *ui)
{
	return !queue_on_messages(v, ui);
}

bool queue_on_clusters(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return queue_is_fine((const struct queue *)v);
}

bool queue_off_clusters(const struct view *v, const struct ui *ui)
{
	return !queue_on_clusters(v, ui);
}

bool queue_on_open(const struct view *v, const struct ui *ui)
{
	const struct queue *q = (const struct queue *)v;
	(void)ui;
	return q->level == Q_SAMPLE || q->level == Q_ALL;
}

bool queue_do_refile(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	struct buf b = BUF_INIT;
	(void)ui;
	(void)arg;
	bool fine = queue_is_fine(q), any = (fine || q->level != Q_THEMES) && queue_add_targets(q, fine ? "c" : "", &b);
	if (any) {
		queue_set(&q->picked, b.data);
		q->pick = PICK_REFILE;
		if (!fine)
			queue_to_themes(q);
		say_pick(q);
	}
	buf_release(&b);
	return any;
}

static void split_taken(void *ctx, const char *text)
{
	struct queue *q = ctx;
	char id[ID_MAX];
	id_from_number(id, q->splits);
	if (text != NULL && q->picked != NULL &&
		ui_do(q->ui, "split", id, q->picked, text[0] == '\0' ? NULL : text))
		queue_acted(q, false);
}

bool queue_do_split(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	struct buf b = BUF_INIT;
	(void)arg;
	bool fine = queue_is_fine(q);
	bool any = (fine || queue_on_open(v, ui)) && queue_add_targets(q, fine ? "c" : "", &b);
	const struct queue_row *r = queue_row_of(q);
	queue_set(&q->picked, b.data);
	buf_release(&b);
	if (!any || (fine && r == NULL))
		return false;
	q->splits = fine ? r->theme : q->open;
	ui_ask(ui, _("title of the new theme: "), fine && r->text != NULL ? r->text : "", q, NULL, split_taken);
	return true;
}

static bool bind_message(struct queue *q, const char *letter)
{
	char id[ID_MAX + 1];
	int64_t n = q->level == Q_THEMES ? 0 : queue_selected(q);
	snprintf(id, sizeof id, "%s%lld", letter, (long long)n);
	queue_set(&q->targets, n == 0 ? NULL : id);
	return n != 0;
}

bool queue_do_mute(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	return bind_message(q, "m") && queue_act(q, strcmp(arg, "off") == 0 ? "unmute" : "mute", NULL, false);
}

static void danger_chosen(void *ctx, const char *value)
{
	if (value != NULL && strcmp(value, "yes") == 0)
		queue_act(ctx, "alert", NULL, false);
}

bool queue_do_danger(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct choice rows[] = { { "y", _("yes: tell the producer and the adviser now"), "yes" }, { "n", _("no"), "no" } };
	(void)arg;
	if (!bind_message(q, "m"))
		return false;
	ui_choose(ui, _("Is someone in danger?"), rows, sizeof rows / sizeof *rows, q, danger_chosen);
	return true;
}
