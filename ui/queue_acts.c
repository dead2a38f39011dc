/* queue_acts.c: what the keys of the queues do. Acts are about the marked rows, or else the selected one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/queue.h"

/* ---- targets ----------------------------------------------------------------------------------------------------- */

/* "t12 t13", "m4", or without the letter; false: nothing is selected. */
bool queue_add_targets(struct queue *q, const char *letter, struct buf *out)
{
	const struct queue_rows *r = queue_rows(q);
	int64_t id = queue_selected(q);
	for (size_t i = 0; i < r->n_marks; i++)
		buf_addf(out, "%s%s%lld", i == 0 ? "" : " ", letter, (long long)r->marks[i]);
	if (r->n_marks == 0 && id != 0)
		buf_addf(out, "%s%lld", letter, (long long)id);
	return out->len > 0;
}

bool queue_bind_targets(struct queue *q)
{
	struct buf b = BUF_INIT;
	bool any = queue_add_targets(q, q->level == Q_THEMES ? "t" : "m", &b);
	queue_set(&q->targets, b.data);
	buf_release(&b);
	return any;
}

/* Was done: marks have served; a row that was set aside gives way to the one below. */
void queue_acted(struct queue *q, bool go_on)
{
	struct queue_rows *r = queue_rows(q);
	bool marks = r->n_marks > 0;
	queue_unmark(r);
	q->stale = true;
	queue_overlay(q);
	if (go_on && !marks)
		queue_move(q, 1);
	ui_dirty(q->ui);
}

bool queue_act(struct queue *q, const char *op, const char *arg, bool go_on)
{
	if (q->targets == NULL)
		return false;
	if (ui_do(q->ui, op, q->targets, arg, NULL))
		queue_acted(q, go_on);
	return true;
}

/* ---- accept, dismiss, restore, hold ------------------------------------------------------------------------------ */

/* The question made of a row: of a merged theme, that of the theme it joined. */
static const struct question *made_of(struct queue *q, const struct queue_row *r)
{
	const struct world *w = ui_world(q->ui);
	const struct theme *root = NULL;
	char id[ID_MAX];
	if (q->level == Q_THEMES) {
		snprintf(id, sizeof id, "%lld", (long long)(q->fine ? r->theme : r->id));
		root = theme_root(w, id);
	}
	const char *question = root != NULL && root->question[0] != '\0' ? root->question : r->question;
	return question[0] == '\0' ? NULL : world_question(w, question);
}

/* The question in the rundown that was made of a row; NULL: none. */
static const struct question *standing(struct queue *q, const struct queue_row *r)
{
	const struct question *x = r == NULL ? NULL : made_of(q, r);
	bool stands = x != NULL && (x->state == Q_RESERVE || x->state == Q_NEXT || x->state == Q_AIR || x->state == Q_CLOSED);
	return stands ? x : NULL;
}

static bool in_rundown(struct queue *q)
{
	const struct question *x = queue_rows(q)->n_marks > 0 ? NULL : standing(q, queue_row_of(q));
	struct buf key = BUF_INIT;
	if (x == NULL)
		return false;
	ui_key_of(q->ui, "queue", "accept-again", &key);
	ui_say(q->ui, true, _("accepted already, as q%lld; %s makes another question of it"), (long long)x->number, key.data);
	buf_release(&key);
	return true;
}

/* A cluster is asked in the words of its first message, and its theme is answered with it. */
static bool bind_clusters(struct queue *q)
{
	struct buf b = BUF_INIT, themes = BUF_INIT;
	const struct queue_rows *rows = queue_rows(q);
	for (size_t i = 0; i < rows->n; i++) {
		const struct queue_row *r = &rows->v[i];
		char theme[ID_MAX + 2];
		if (r->first == 0 || !(rows->n_marks > 0 ? queue_marked(rows, r->id) : r->id == queue_selected(q)))
			continue;
		snprintf(theme, sizeof theme, " t%lld", (long long)r->theme);
		buf_addf(&b, "%sm%lld", b.len == 0 ? "" : " ", (long long)r->first);
		if (themes.data == NULL || strstr(themes.data, theme) == NULL)
			buf_adds(&themes, theme);
	}
	if (b.len > 0)
		buf_adds(&b, themes.data);
	queue_set(&q->targets, b.data);
	buf_release(&b);
	buf_release(&themes);
	return q->targets != NULL;
}

static bool accept(struct queue *q)
{
	struct buf b = BUF_INIT;
	if (queue_is_fine(q))
		return bind_clusters(q) && queue_act(q, "accept", NULL, false);
	if (!queue_bind_targets(q))
		return false;
	if (q->level == Q_SAMPLE || q->level == Q_ALL) { /* its words, and the theme is answered with it */
		buf_addf(&b, "%s t%lld", q->targets, (long long)q->open);
		queue_set(&q->targets, b.data);
	}
	buf_release(&b);
	return queue_act(q, "accept", NULL, false);
}

static bool do_accept_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	(void)arg;
	return in_rundown(q) || accept(q);
}

static bool do_accept_again(struct view *v, struct ui *ui, const char *arg)
{
	(void)ui;
	(void)arg;
	return accept(queue_of(v));
}

static bool do_word_row(struct view *v, struct ui *ui, const char *arg)
{
	const struct queue_row *r = queue_row_of(queue_of(v));
	(void)arg;
	if (r == NULL || r->question[0] == '\0' || !question_open(ui, r->question))
		ui_say(ui, true, "%s", _("no question was made of it yet; accept it first"));
	return true;
}

static void reason_typed(void *ctx, const char *text)
{
	if (text != NULL)
		queue_act(ctx, "dismiss", text[0] == '\0' ? NULL : text, true);
}

static void reason_chosen(void *ctx, const char *value)
{
	struct queue *q = ctx;
	if (value == NULL)
		return;
	if (value[0] == '\0')
		ui_ask(q->ui, _("why: "), "", q, NULL, reason_typed);
	else
		queue_act(q, "dismiss", _(value), true);
}

static void ask_reason(struct queue *q)
{
	const struct choice reasons[] = {
		{ "1", _("off topic"), N_("off topic") },
		{ "2", _("asked before"), N_("asked before") },
		{ "3", _("insult"), N_("insult") },
		{ "4", _("advertising"), N_("advertising") },
		{ "5", _("not a question"), N_("not a question") },
		{ "6", _("other…"), "" },
	};
	ui_choose(q->ui, _("Dismiss:"), reasons, COUNT_OF(reasons), q, reason_chosen);
}

static void all_the_same(void *ctx, const char *value)
{
	struct queue *q = ctx;
	if (value != NULL && value[0] != '\0')
		queue_act(q, "dismiss", value, true);
	else if (value != NULL)
		ask_reason(q);
}

/* A question of what is to be dismissed: of the selected row, or of any that is marked. */
static const struct question *dismisses(struct queue *q)
{
	const struct queue_rows *r = queue_rows(q);
	const struct question *x = r->n_marks > 0 ? NULL : standing(q, queue_row_of(q));
	for (size_t i = 0; i < r->n && x == NULL && r->n_marks > 0; i++)
		if (queue_marked(r, r->v[i].id))
			x = standing(q, &r->v[i]);
	return x;
}

/* The question stays in the rundown: that is said before, and takes one key more. */
static bool do_dismiss_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct choice sure[] = { { "y", _("dismiss it all the same"), arg } };
	struct buf label = BUF_INIT;
	if (!queue_bind_targets(q))
		return false;
	const struct question *x = dismisses(q);
	if (x != NULL) {
		buf_addf(&label, _("Accepted as q%lld, which stays in the rundown:"), (long long)x->number);
		ui_choose(ui, label.data, sure, 1, q, all_the_same);
		buf_release(&label);
	} else {
		all_the_same(q, arg);
	}
	return true;
}

static bool do_restore_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	(void)arg;
	return queue_bind_targets(q) && queue_act(q, "restore", NULL, false);
}

static void hold_chosen(void *ctx, const char *value)
{
	if (value != NULL)
		queue_act(ctx, "hold", value, false);
}

static bool do_hold_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct choice whys[] = {
		{ "l", _("legal advice"), "legal" }, { "o", _("a second opinion"), "opinion" }, { "f", _("fact check"), "fact" }
	};
	if (!queue_bind_targets(q))
		return false;
	if (arg[0] != '\0')
		return queue_act(q, "hold", arg, false);
	ui_choose(ui, _("Hold for:"), whys, COUNT_OF(whys), q, hold_chosen);
	return true;
}

/* ---- what is shown ----------------------------------------------------------------------------------------------- */

static bool do_order(struct view *v, struct ui *ui, const char *arg)
{
	static const char *const words[QO_COUNT] = { N_("themes by people, most first"), N_("themes by rise in the last ten minutes"),
		N_("oldest themes first"), N_("newest themes first"), N_("themes never answered, most people first") };
	struct queue *q = queue_of(v);
	if (q->level != Q_THEMES)
		return false;
	enum queue_order order = (enum queue_order)((q->order + 1) % QO_COUNT);
	for (int i = 0; i < QO_COUNT; i++)
		if (strcmp(arg, queue_orders[i]) == 0)
			order = (enum queue_order)i;
	q->order = order;
	free(q->kept.ids); /* that was of the order before */
	bool filtered = queue_has_filter(&q->themes);
	q->kept = (struct queue_order_kept){ 0 };
	if (filtered)
		queue_set(&q->themes.filter, NULL);
	queue_load_themes(q, 0);
	q->moved_at = ui->mono;
	q->previewed = false;
	ui_say(ui, false, "%s", _(words[order]));
	ui_dirty(ui);
	return true;
}

static bool do_fresh(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level == Q_SAMPLE)
		return false;
	if (q->level == Q_THEMES) {
		queue_refresh(q, true);
	} else {
		q->messages.to_top = false;
		q->messages.fresh = 0;
		queue_extend(q);
	}
	ui_dirty(ui);
	return true;
}

static bool do_deal(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level != Q_THEMES && q->level != Q_SAMPLE)
		return false;
	q->seed++;
	if (q->level == Q_THEMES)
		queue_preview(q);
	else
		queue_load_messages(q, false);
	ui_dirty(ui);
	return true;
}

static bool do_all(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (!queue_on_open(v, ui))
		return false;
	if (q->level == Q_SAMPLE)
		queue_open_all(q);
	else
		queue_to_messages(q, Q_SAMPLE);
	return true;
}

static bool do_channel(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	(void)arg;
	if (q->level == Q_CHANNEL)
		queue_to_themes(q);
	else
		queue_to_messages(q, Q_CHANNEL);
	return true;
}

static bool do_fine(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level == Q_CHANNEL)
		return false;
	if (queue_on_open(v, ui)) {
		queue_set(&q->within_title, q->open_title);
		queue_read_finely(q, true, q->open);
	} else {
		queue_read_finely(q, !q->fine, 0);
	}
	ui_say(ui, false, "%s", q->fine ? _("clusters: what asks it in much the same words, the largest first") : _("whole themes"));
	return true;
}

static bool do_show_all(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level != Q_THEMES)
		return false;
	q->everything = !q->everything;
	queue_refresh(q, true);
	ui_say(ui, false, "%s", q->everything ? _("dismissed and merged themes are shown too") : _("only themes that stand are shown"));
	return true;
}

static bool on_whole_themes(const struct view *v, const struct ui *ui)
{
	return queue_on_themes(v, ui) && queue_off_clusters(v, ui);
}

static const struct action queue_actions[] = {
	{ "accept", N_("accept into the rundown, worded as it came"), N_("accept"), ACT_FIRST, do_accept_row, NULL },
	{ "accept-again", N_("accept once more what is in the rundown already"), NULL, 0, do_accept_again, NULL },
	{ "word", N_("edit the wording of the question made of it, with a reading in standard spelling"), N_("word"), 0, do_word_row, NULL },
	{ "dismiss", N_("set aside, with a reason of one key"), N_("dismiss"), ACT_FIRST, do_dismiss_row, queue_off_clusters },
	{ "merge", N_("join the marked themes; without marks: choose which it joins"), N_("merge"), ACT_FIRST, queue_do_merge, queue_on_themes },
	{ "unmerge", N_("let a merged theme stand by itself again"), NULL, 0, queue_do_unmerge, on_whole_themes },
	{ "restore", N_("bring back what was dismissed"), NULL, 0, do_restore_row, queue_off_clusters },
	{ "hold", N_("hold for legal advice, an opinion or a fact check"), N_("hold"), 0, do_hold_row, queue_off_clusters },
	{ "label", N_("name the theme"), NULL, 0, queue_do_label, queue_off_clusters },
	{ "pin", N_("keep the theme at the top, or no more"), NULL, 0, queue_do_pin, queue_off_clusters },
	{ "order", N_("the next order: people, rise, age, arrival, never answered"), N_("order"), ACT_REPEAT, do_order, queue_on_themes },
	{ "fine", N_("read finely: clusters, or themes again"), N_("clusters"), 0, do_fine, NULL },
	{ "refile", N_("clusters: move them to another theme"), N_("move"), 0, queue_do_refile, queue_on_clusters },
	{ "split", N_("clusters: take them out into a theme of their own"), N_("split"), ACT_FIRST, queue_do_split, queue_on_clusters },
	{ "new", N_("show what came since, the selection stays"), N_("new"), 0, do_fresh, NULL },
	{ "deal", N_("draw another message of the theme"), N_("deal"), ACT_REPEAT, do_deal, NULL },
	{ "channel", N_("all messages of the channel, and back"), N_("messages"), 0, do_channel, NULL },
	{ "show-all", N_("dismissed and merged themes too, or no more"), NULL, 0, do_show_all, queue_on_themes },
	{ 0 },
};
const struct action_set actions_queue = { .context = "queue", .title = N_("Queues"), .actions = queue_actions };

static const struct action messages_actions[] = {
	{ "leave", N_("leave the open theme, or the messages, for the themes"), N_("themes"), ACT_FIRST, queue_do_leave, queue_on_messages },
	{ "all", N_("all messages of the theme, or a sample drawn by lot"), N_("all"), ACT_FIRST, do_all, queue_on_open },
	{ "refile", N_("move messages to another theme"), N_("move"), 0, queue_do_refile, queue_on_messages },
	{ "split", N_("take messages out into a theme of their own"), N_("split"), 0, queue_do_split, queue_on_open },
	{ "mute", N_("set the sender's later messages aside (mute off: hear them again)"), NULL, 0, queue_do_mute, queue_on_messages },
	{ "danger", N_("someone may be in danger: tell producer and adviser"), N_("danger"), 0, queue_do_danger, queue_on_messages },
	{ 0 },
};
const struct action_set actions_messages = { .context = "messages", .title = N_("Messages"), .actions = messages_actions };
