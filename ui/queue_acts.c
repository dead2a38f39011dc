/* queue_acts.c: what the keys of the queues do. Acts are about the marked rows, or else the selected one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/queue.h"

static struct queue *queue_of(struct view *v)
{
	return (struct queue *)v;
}

static void set(char **to, const char *s)
{
	char *copy = s == NULL || s[0] == '\0' ? NULL : xstrdup(s);
	free(*to);
	*to = copy;
}

static struct queue_row *row_of(struct queue *q)
{
	const struct queue_rows *r = queue_rows(q);
	return queue_row_at(r, r->sel);
}

static bool has_filter(const struct queue_rows *r)
{
	return r->filter != NULL && r->filter[0] != '\0';
}

/* ---- levels ------------------------------------------------------------------------------------------------------ */

static void stop_loading(struct queue *q)
{
	worker_cancel(q->ui->worker, (enum worker_slot)(SLOT_LIST_1 + q->index));
	worker_cancel(q->ui->worker, (enum worker_slot)(SLOT_COUNT_1 + q->index));
	worker_cancel(q->ui->worker, (enum worker_slot)(SLOT_PREVIEW_1 + q->index));
}

static void clear_messages(struct queue *q)
{
	struct queue_rows *m = &q->messages;
	queue_rows_clear(m);
	queue_unmark(m);
	free(m->filter);
	char *sought = m->sought;
	*m = (struct queue_rows){ .sought = sought };
}

/* To another level; what it shows is loaded by the caller. */
static void go_level(struct queue *q, enum queue_level level)
{
	stop_loading(q);
	queue_row_release(&q->preview);
	q->level = level;
	q->stale = true;
	q->previewed = q->claimed = false;
	q->moved_at = q->ui->mono;
	ui_presence(q->ui);
	ui_dirty(q->ui);
}

static void to_messages(struct queue *q, enum queue_level level)
{
	clear_messages(q);
	go_level(q, level);
	queue_load_messages(q, false);
}

static void to_themes(struct queue *q)
{
	clear_messages(q);
	go_level(q, Q_THEMES);
	q->open = 0;
	queue_moved(q);
}

static void open_theme(struct queue *q)
{
	const struct queue_row *r = row_of(q);
	if (r == NULL || r->id == 0)
		return;
	q->open = r->id;
	q->open_messages = r->messages;
	set(&q->open_title, r->text);
	to_messages(q, Q_SAMPLE);
}

/* From a sample to all messages, with the same one selected. */
static void open_all(struct queue *q)
{
	int64_t id = queue_selected(q);
	queue_rows_clear(&q->messages);
	go_level(q, Q_ALL);
	if (id != 0)
		queue_load_around(q, id);
	else
		queue_load_messages(q, false);
}

/* ---- filter ------------------------------------------------------------------------------------------------------ */

static void keep_order(struct queue *q)
{
	struct queue_rows *t = &q->themes;
	if (q->kept.there)
		return;
	q->kept = (struct queue_order_kept){
		.ids = t->ids, .n = t->n_ids, .there = true, .whole = t->whole, .sel = t->sel, .top = t->top
	};
	t->ids = NULL;
	t->n_ids = 0;
}

/* Back to the order as it was, at the place it was, or where `id` is. */
static void unkeep_order(struct queue *q, int64_t id)
{
	struct queue_rows *t = &q->themes;
	if (!q->kept.there)
		return;
	stop_loading(q);
	worker_cancel(q->ui->worker, (enum worker_slot)(SLOT_ORDER_1 + q->index));
	free(t->ids);
	queue_rows_clear(t);
	t->ids = q->kept.ids;
	t->n_ids = q->kept.n;
	t->whole = q->kept.whole;
	t->sel = q->kept.sel;
	t->top = q->kept.top;
	t->loaded = true;
	for (size_t i = 0; id != 0 && i < t->n_ids; i++)
		if (t->ids[i] == id)
			t->sel = (int64_t)i;
	q->kept = (struct queue_order_kept){ 0 };
	queue_moved(q);
}

static void filter_themes(struct queue *q, const char *text)
{
	struct queue_rows *t = &q->themes;
	set(&t->filter, text);
	if (!has_filter(t)) {
		unkeep_order(q, 0);
		return;
	}
	keep_order(q);
	queue_load_themes(q, 0);
}

static void filter_messages(struct queue *q, const char *text)
{
	if (q->level == Q_SAMPLE)
		go_level(q, Q_ALL);
	set(&q->messages.filter, text);
	queue_load_messages(q, false);
}

static void filter(struct queue *q, const char *text)
{
	if (q->level == Q_THEMES)
		filter_themes(q, text);
	else
		filter_messages(q, text);
	q->moved_at = q->ui->mono;
	q->previewed = false;
	ui_dirty(q->ui);
}

static void filter_typed(void *ctx, const char *text)
{
	struct queue *q = ctx;
	q->typing = true;
	filter(q, text);
	q->typing = false;
}

static void filter_taken(void *ctx, const char *text)
{
	struct queue *q = ctx;
	struct queue_rows *r = queue_rows(q);
	if (text == NULL) {
		filter(q, q->before_filter);
		if (q->level != Q_THEMES && !has_filter(r) && q->before_id != 0)
			queue_load_around(q, q->before_id);
		return;
	}
	if (text[0] != '\0')
		set(&r->sought, text);
	if (strcmp(text, r->filter == NULL ? "" : r->filter) != 0)
		filter(q, text);
}

static bool list_find(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	const struct queue_rows *r = queue_rows(q);
	set(&q->before_filter, r->filter);
	q->before_id = queue_selected(q);
	ui_ask(ui, q->level == Q_THEMES ? _("theme /") : _("messages /"), r->filter == NULL ? "" : r->filter, q, filter_typed,
		filter_taken);
	return true;
}

static void clear_filter(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	int64_t id = queue_selected(q);
	set(&r->filter, NULL);
	if (q->level == Q_THEMES)
		unkeep_order(q, id);
	else if (id != 0)
		queue_load_around(q, id);
	else
		queue_load_messages(q, false);
}

/* ---- the list's keys --------------------------------------------------------------------------------------------- */

static void list_move(struct list_view *l, struct ui *ui, int64_t by)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	int64_t to = r->sel + by;
	(void)ui;
	for (int i = 0; i < 3 && to != r->sel; i++) { /* rows may come while it waits */
		int64_t low = queue_low(r), high = queue_high(r);
		int64_t at = to > high ? high : to < low ? low : to;
		if (at == r->sel && (at == to || i > 0))
			break;
		if (by > 1 || by < -1) /* a page: the whole window goes */
			r->top += at - r->sel;
		r->sel = at;
		queue_moved(q);
	}
}

static void list_edge(struct list_view *l, struct ui *ui, bool last)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	(void)ui;
	if (q->level != Q_THEMES && (last ? !r->to_end : !r->to_top))
		queue_load_messages(q, last);
	else if (q->level != Q_THEMES && !last && r->fresh > 0)
		queue_load_messages(q, false);
	if (q->level != Q_THEMES && worker_busy(q->ui->worker, (enum worker_slot)(SLOT_LIST_1 + q->index)))
		return; /* the answer selects the end itself */
	queue_select(q, last ? queue_high(r) : queue_low(r));
}

static bool finish_pick(struct queue *q);

static bool list_open(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	(void)ui;
	if (q->level == Q_THEMES && q->pick != PICK_NONE)
		return finish_pick(q);
	if (queue_selected(q) == 0)
		return false;
	if (q->level == Q_THEMES)
		open_theme(q);
	else if (q->level == Q_SAMPLE)
		open_all(q);
	else
		return false;
	return true;
}

static bool list_back(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	if (q->pick != PICK_NONE) {
		q->pick = PICK_NONE;
		ui_say(ui, false, "%s", _("nothing was moved"));
	} else if (r->n_marks > 0) {
		queue_unmark(r);
	} else if (has_filter(r)) {
		clear_filter(q);
	} else if (q->level != Q_THEMES) {
		to_themes(q);
	} else {
		return false;
	}
	ui_dirty(ui);
	return true;
}

static bool list_mark(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	int64_t id = queue_selected(q);
	size_t cap = r->n_marks, n = 0;
	if (id == 0)
		return false;
	if (queue_marked(r, id)) {
		for (size_t i = 0; i < r->n_marks; i++)
			if (r->marks[i] != id)
				r->marks[n++] = r->marks[i];
		r->n_marks = n;
	} else {
		grow(&r->marks, &cap, r->n_marks + 1, sizeof *r->marks);
		r->marks[r->n_marks++] = id;
	}
	list_move(l, ui, 1);
	ui_dirty(ui);
	return true;
}

static bool list_again(struct list_view *l, struct ui *ui, bool back)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	if (!has_filter(r) && r->sought == NULL)
		return false;
	if (has_filter(r)) {
		list_move(l, ui, back ? -1 : 1);
	} else {
		char *sought = xstrdup(r->sought);
		filter(q, sought);
		free(sought);
	}
	return true;
}

const struct list_class queue_list = { .move = list_move,
	.edge = list_edge,
	.open = list_open,
	.back = list_back,
	.mark = list_mark,
	.find = list_find,
	.again = list_again };

/* ---- targets ----------------------------------------------------------------------------------------------------- */

/* "t12 t13", "m4", or without the letter; false: nothing is selected. */
static bool add_targets(struct queue *q, const char *letter, struct buf *out)
{
	const struct queue_rows *r = queue_rows(q);
	int64_t id = queue_selected(q);
	for (size_t i = 0; i < r->n_marks; i++)
		buf_addf(out, "%s%s%lld", i == 0 ? "" : " ", letter, (long long)r->marks[i]);
	if (r->n_marks == 0 && id != 0)
		buf_addf(out, "%s%lld", letter, (long long)id);
	return out->len > 0;
}

static bool bind_targets(struct queue *q)
{
	struct buf b = BUF_INIT;
	bool any = add_targets(q, q->level == Q_THEMES ? "t" : "m", &b);
	set(&q->targets, b.data);
	buf_release(&b);
	return any;
}

/* Was done: marks have served; a row that was set aside gives way to the one below. */
static void acted(struct queue *q, bool go_on)
{
	struct queue_rows *r = queue_rows(q);
	bool marks = r->n_marks > 0;
	queue_unmark(r);
	q->stale = true;
	queue_overlay(q);
	if (go_on && !marks)
		list_move(&q->l, q->ui, 1);
	ui_dirty(q->ui);
}

static bool act(struct queue *q, const char *op, const char *arg, bool go_on)
{
	if (q->targets == NULL)
		return false;
	if (ui_do(q->ui, op, q->targets, arg, NULL))
		acted(q, go_on);
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
		snprintf(id, sizeof id, "%lld", (long long)r->id);
		root = theme_root(w, id);
	}
	const char *question = root != NULL && root->question[0] != '\0' ? root->question : r->question;
	return question[0] == '\0' ? NULL : world_question(w, question);
}

static bool in_rundown(struct queue *q)
{
	const struct queue_row *r = row_of(q);
	const struct question *x = r == NULL ? NULL : made_of(q, r);
	if (x == NULL || queue_rows(q)->n_marks > 0)
		return false;
	if (x->state != Q_RESERVE && x->state != Q_NEXT && x->state != Q_AIR && x->state != Q_CLOSED)
		return false;
	ui_say(q->ui, true, _("accepted already, as q%lld; accept-again makes another question of it"), (long long)x->number);
	return true;
}

static bool accept(struct queue *q)
{
	struct buf b = BUF_INIT;
	if (!bind_targets(q))
		return false;
	if (q->level == Q_SAMPLE || q->level == Q_ALL) { /* its words, and the theme is answered with it */
		buf_addf(&b, "%s t%lld", q->targets, (long long)q->open);
		set(&q->targets, b.data);
	}
	buf_release(&b);
	return act(q, "accept", NULL, false);
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
	const struct queue_row *r = row_of(queue_of(v));
	(void)arg;
	if (r == NULL || r->question[0] == '\0' || !question_open(ui, r->question))
		ui_say(ui, true, "%s", _("no question was made of it yet; accept it first"));
	return true;
}

static void reason_typed(void *ctx, const char *text)
{
	if (text != NULL)
		act(ctx, "dismiss", text[0] == '\0' ? NULL : text, true);
}

static void reason_chosen(void *ctx, const char *value)
{
	struct queue *q = ctx;
	if (value == NULL)
		return;
	if (value[0] == '\0')
		ui_ask(q->ui, _("why: "), "", q, NULL, reason_typed);
	else
		act(q, "dismiss", _(value), true);
}

static bool do_dismiss_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct choice reasons[] = {
		{ "1", _("off topic"), N_("off topic") },
		{ "2", _("asked before"), N_("asked before") },
		{ "3", _("insult"), N_("insult") },
		{ "4", _("advertising"), N_("advertising") },
		{ "5", _("not a question"), N_("not a question") },
		{ "6", _("other…"), "" },
	};
	if (!bind_targets(q))
		return false;
	if (arg[0] != '\0')
		return act(q, "dismiss", arg, true);
	ui_choose(ui, _("Dismiss:"), reasons, COUNT_OF(reasons), q, reason_chosen);
	return true;
}

static bool do_restore_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	(void)arg;
	return bind_targets(q) && act(q, "restore", NULL, false);
}

static void hold_chosen(void *ctx, const char *value)
{
	if (value != NULL)
		act(ctx, "hold", value, false);
}

static bool do_hold_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct choice whys[] = {
		{ "l", _("legal advice"), "legal" }, { "o", _("a second opinion"), "opinion" }, { "f", _("fact check"), "fact" }
	};
	if (!bind_targets(q))
		return false;
	if (arg[0] != '\0')
		return act(q, "hold", arg, false);
	ui_choose(ui, _("Hold for:"), whys, COUNT_OF(whys), q, hold_chosen);
	return true;
}

/* ---- themes ------------------------------------------------------------------------------------------------------ */

/* The theme that acts on a theme are about: the open one, or the selected one. */
static bool bind_theme(struct queue *q)
{
	char id[ID_MAX];
	int64_t n = q->level == Q_THEMES ? queue_selected(q) : q->level == Q_CHANNEL ? 0 : q->open;
	id_from_number(id, n);
	set(&q->targets, n == 0 ? NULL : id);
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
		acted(q, false);
	buf_release(&b);
	return true;
}

static bool do_merge_rows(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level != Q_THEMES || !bind_theme(q))
		return false;
	if (q->themes.n_marks > 0)
		return merge_marked(q);
	set(&q->picked, q->targets);
	q->pick = PICK_MERGE;
	ui_say(ui, false, "%s", _("into which theme? go there (/ finds) and open it; back leaves"));
	return true;
}

static bool finish_pick(struct queue *q)
{
	char id[ID_MAX];
	enum queue_pick pick = q->pick;
	id_from_number(id, queue_selected(q));
	if (queue_selected(q) == 0)
		return false;
	q->pick = PICK_NONE;
	if (pick == PICK_MERGE && strcmp(id, q->picked) == 0)
		ui_say(q->ui, true, "%s", _("a theme is not merged into itself"));
	else if (pick == PICK_MERGE ? ui_do(q->ui, "merge", id, q->picked, NULL) : ui_do(q->ui, "refile", q->picked, id, NULL))
		acted(q, false);
	return true;
}

static bool do_unmerge_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = row_of(q);
	(void)arg;
	if (q->level != Q_THEMES || !bind_theme(q))
		return false;
	if (r != NULL && !r->merged) {
		ui_say(ui, true, "%s", _("this theme is not merged into another; show-all brings merged ones up"));
		return true;
	}
	return act(q, "unmerge", NULL, false);
}

static void label_taken(void *ctx, const char *text)
{
	if (text != NULL)
		act(ctx, "label", text[0] == '\0' ? NULL : text, false);
}

static bool do_label_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = row_of(q);
	(void)arg;
	if (!bind_theme(q))
		return false;
	const char *title = q->level == Q_THEMES ? (r == NULL ? NULL : r->text) : q->open_title;
	ui_ask(ui, _("name of the theme: "), title == NULL ? "" : title, q, NULL, label_taken);
	return true;
}

static bool do_pin_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	const struct queue_row *r = row_of(q);
	(void)ui;
	(void)arg;
	if (!bind_theme(q))
		return false;
	return act(q, "pin", q->level == Q_THEMES && r != NULL && r->pinned ? "off" : "on", false);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static bool on_messages(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return ((const struct queue *)v)->level != Q_THEMES;
}

static bool on_themes(const struct view *v, const struct ui *ui)
{
	return !on_messages(v, ui);
}

static bool on_open_theme(const struct view *v, const struct ui *ui)
{
	const struct queue *q = (const struct queue *)v;
	(void)ui;
	return q->level == Q_SAMPLE || q->level == Q_ALL;
}

static bool do_refile_rows(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	struct buf b = BUF_INIT;
	(void)arg;
	bool any = q->level != Q_THEMES && add_targets(q, "", &b);
	if (any) {
		set(&q->picked, b.data);
		q->pick = PICK_REFILE;
		to_themes(q);
		ui_say(ui, false, "%s", _("into which theme? go there (/ finds) and open it; back leaves"));
	}
	buf_release(&b);
	return any;
}

static void split_taken(void *ctx, const char *text)
{
	struct queue *q = ctx;
	char id[ID_MAX];
	id_from_number(id, q->open);
	if (text != NULL && q->picked != NULL &&
		ui_do(q->ui, "split", id, q->picked, text[0] == '\0' ? NULL : text))
		acted(q, false);
}

static bool do_split_rows(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	struct buf b = BUF_INIT;
	(void)arg;
	bool any = on_open_theme(v, ui) && add_targets(q, "", &b);
	set(&q->picked, b.data);
	buf_release(&b);
	if (any)
		ui_ask(ui, _("title of the new theme: "), "", q, NULL, split_taken);
	return any;
}

static bool bind_message(struct queue *q, const char *letter)
{
	char id[ID_MAX + 1];
	int64_t n = q->level == Q_THEMES ? 0 : queue_selected(q);
	snprintf(id, sizeof id, "%s%lld", letter, (long long)n);
	set(&q->targets, n == 0 ? NULL : id);
	return n != 0;
}

static bool do_mute_row(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	return bind_message(q, "m") && act(q, strcmp(arg, "off") == 0 ? "unmute" : "mute", NULL, false);
}

static void danger_chosen(void *ctx, const char *value)
{
	if (value != NULL)
		act(ctx, "alert", NULL, false);
}

static bool do_danger_row(struct view *v, struct ui *ui, const char *arg)
{
	static const struct choice keys[] = { { "!", N_("tell the producer and the adviser now"), "yes" } };
	struct queue *q = queue_of(v);
	const struct choice rows[] = { { keys[0].key, _(keys[0].word), keys[0].value } };
	(void)arg;
	if (!bind_message(q, "m"))
		return false;
	ui_choose(ui, _("Is someone in danger?"), rows, 1, q, danger_chosen);
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
	bool filtered = has_filter(&q->themes);
	q->kept = (struct queue_order_kept){ 0 };
	if (filtered)
		set(&q->themes.filter, NULL);
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
	if (!on_open_theme(v, ui))
		return false;
	if (q->level == Q_SAMPLE)
		open_all(q);
	else
		to_messages(q, Q_SAMPLE);
	return true;
}

static bool do_channel(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)ui;
	(void)arg;
	if (q->level == Q_CHANNEL)
		to_themes(q);
	else
		to_messages(q, Q_CHANNEL);
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

static const struct action queue_actions[] = {
	{ "accept", N_("accept into the rundown, worded as it came"), N_("accept"), 0, do_accept_row, NULL },
	{ "accept-again", N_("accept once more what is in the rundown already"), NULL, 0, do_accept_again, NULL },
	{ "word", N_("edit the wording of the question made of it, with a reading in standard spelling"), N_("word"), 0, do_word_row, NULL },
	{ "dismiss", N_("set aside, with a reason of one key"), N_("dismiss"), 0, do_dismiss_row, NULL },
	{ "merge", N_("join the marked themes; without marks: choose which it joins"), N_("merge"), 0, do_merge_rows, on_themes },
	{ "unmerge", N_("let a merged theme stand by itself again"), NULL, 0, do_unmerge_row, on_themes },
	{ "restore", N_("bring back what was dismissed"), NULL, 0, do_restore_row, NULL },
	{ "hold", N_("hold for legal advice, an opinion or a fact check"), N_("hold"), 0, do_hold_row, NULL },
	{ "label", N_("name the theme"), NULL, 0, do_label_row, NULL },
	{ "pin", N_("keep the theme at the top, or no more"), NULL, 0, do_pin_row, NULL },
	{ "order", N_("the next order: people, rise, age, arrival, never answered"), N_("order"), ACT_REPEAT, do_order, on_themes },
	{ "new", N_("show what came since, the selection stays"), N_("new"), 0, do_fresh, NULL },
	{ "deal", N_("draw another message of the theme"), N_("deal"), ACT_REPEAT, do_deal, NULL },
	{ "channel", N_("all messages of the channel, and back"), N_("messages"), 0, do_channel, NULL },
	{ "show-all", N_("dismissed and merged themes too, or no more"), NULL, 0, do_show_all, on_themes },
	{ 0 },
};
const struct action_set actions_queue = { .context = "queue", .title = N_("Queues"), .actions = queue_actions };

static const struct action messages_actions[] = {
	{ "all", N_("all messages of the theme, or a sample drawn by lot"), N_("all"), 0, do_all, on_open_theme },
	{ "refile", N_("move messages to another theme"), N_("move"), 0, do_refile_rows, on_messages },
	{ "split", N_("take messages out into a theme of their own"), N_("split"), 0, do_split_rows, on_open_theme },
	{ "mute", N_("set the sender's later messages aside (mute off: hear them again)"), NULL, 0, do_mute_row, on_messages },
	{ "danger", N_("someone may be in danger: tell producer and adviser"), N_("danger"), 0, do_danger_row, on_messages },
	{ 0 },
};
const struct action_set actions_messages = { .context = "messages", .title = N_("Messages"), .actions = messages_actions };
