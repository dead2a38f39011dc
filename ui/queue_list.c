/* queue_list.c: levels of the queues, the filter, and the keys that every list has. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/queue.h"

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
	q->sampled = false;
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

void queue_to_messages(struct queue *q, enum queue_level level)
{
	clear_messages(q);
	go_level(q, level);
	queue_load_messages(q, false);
}

void queue_to_themes(struct queue *q)
{
	clear_messages(q);
	go_level(q, Q_THEMES);
	q->open = q->open_cluster = 0;
	queue_moved(q);
}

void queue_read_finely(struct queue *q, bool fine, int64_t within)
{
	struct queue_rows *t = &q->themes;
	const struct queue_row *r = queue_row_at(t, t->sel);
	int64_t keep = fine ? 0 : q->within != 0 ? q->within : r != NULL && q->fine ? r->theme : 0;
	if (q->level != Q_THEMES) {
		clear_messages(q);
		go_level(q, Q_THEMES);
		q->open = q->open_cluster = 0;
	}
	q->fine = fine;
	q->within = fine ? within : 0;
	free(q->kept.ids); /* that was of the other reading */
	q->kept = (struct queue_order_kept){ 0 };
	queue_set(&t->filter, NULL);
	queue_unmark(t);
	queue_rows_clear(t);
	t->n_ids = 0;
	t->loaded = false;
	t->sel = t->top = 0;
	queue_load_themes(q, keep);
	q->moved_at = q->ui->mono;
	q->previewed = q->claimed = false;
	ui_presence(q->ui);
	ui_dirty(q->ui);
}

static void open_theme(struct queue *q)
{
	const struct queue_row *r = queue_row_of(q);
	if (r == NULL || r->id == 0)
		return;
	q->open = queue_is_fine(q) ? r->theme : r->id;
	q->open_cluster = queue_is_fine(q) ? r->id : 0;
	q->open_answered = r->answered_at;
	q->open_messages = r->messages;
	queue_set(&q->open_title, r->text);
	queue_set(&q->open_words, q->open_cluster != 0 ? NULL : r->words);
	queue_set(&q->open_typical, r->typical);
	queue_to_messages(q, Q_SAMPLE);
}

/* From a sample to all messages, with the same one selected. */
void queue_open_all(struct queue *q)
{
	int64_t id = queue_selected(q);
	queue_rows_clear(&q->messages);
	go_level(q, Q_ALL);
	q->sampled = false;
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
	queue_set(&t->filter, text);
	if (!queue_has_filter(t)) {
		unkeep_order(q, 0);
		return;
	}
	keep_order(q);
	queue_load_themes(q, 0);
}

/* A sample has nothing to look in: the filter looks in all messages of the theme, and gives way to the sample again. */
static void filter_messages(struct queue *q, const char *text)
{
	queue_set(&q->messages.filter, text);
	bool filtered = queue_has_filter(&q->messages);
	if (q->level == Q_SAMPLE && !filtered)
		return;
	if (q->level == Q_SAMPLE && filtered) {
		go_level(q, Q_ALL);
		q->sampled = true;
	} else if (q->sampled && !filtered) {
		go_level(q, Q_SAMPLE);
		q->sampled = false;
	}
	queue_load_messages(q, false);
}

void queue_filter(struct queue *q, const char *text)
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
	queue_filter(q, text);
	q->typing = false;
}

static void filter_taken(void *ctx, const char *text)
{
	struct queue *q = ctx;
	struct queue_rows *r = queue_rows(q);
	if (text == NULL) {
		queue_filter(q, q->before_filter);
		if ((q->level == Q_ALL || q->level == Q_CHANNEL) && !queue_has_filter(r) && q->before_id != 0)
			queue_load_around(q, q->before_id);
		return;
	}
	if (text[0] != '\0')
		queue_set(&r->sought, text);
	if (strcmp(text, r->filter == NULL ? "" : r->filter) != 0)
		queue_filter(q, text);
}

static bool list_find(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	const struct queue_rows *r = queue_rows(q);
	queue_set(&q->before_filter, r->filter);
	q->before_id = queue_selected(q);
	queue_warm(q);
	ui_ask(ui, q->level == Q_THEMES ? _("theme /") : _("messages /"), r->filter == NULL ? "" : r->filter, q, filter_typed,
		filter_taken);
	return true;
}

static void clear_filter(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	int64_t id = queue_selected(q);
	queue_set(&r->filter, NULL);
	if (q->level == Q_THEMES)
		unkeep_order(q, id);
	else if (q->sampled)
		filter_messages(q, NULL);
	else if (id != 0)
		queue_load_around(q, id);
	else
		queue_load_messages(q, false);
}

/* ---- the list's keys --------------------------------------------------------------------------------------------- */

void queue_move(struct queue *q, int64_t by)
{
	struct queue_rows *r = queue_rows(q);
	int64_t to = r->sel + by;
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

static void list_move(struct list_view *l, struct ui *ui, int64_t by)
{
	(void)ui;
	queue_move((struct queue *)l, by);
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

static bool list_open(struct list_view *l, struct ui *ui)
{
	struct queue *q = (struct queue *)l;
	(void)ui;
	if (q->level == Q_THEMES && q->pick != PICK_NONE)
		return queue_finish_pick(q);
	if (queue_selected(q) == 0)
		return false;
	if (q->level == Q_THEMES)
		open_theme(q);
	else if (q->level == Q_SAMPLE)
		queue_open_all(q);
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
	} else if (queue_has_filter(r)) {
		clear_filter(q);
	} else if (q->level != Q_THEMES) {
		queue_to_themes(q);
	} else if (q->fine && q->within != 0) {
		queue_read_finely(q, false, 0);
	} else {
		return false;
	}
	ui_dirty(ui);
	return true;
}

bool queue_do_leave(struct view *v, struct ui *ui, const char *arg)
{
	struct queue *q = queue_of(v);
	(void)arg;
	if (q->level == Q_THEMES)
		return false;
	q->pick = PICK_NONE;
	queue_to_themes(q);
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
	queue_move(q, 1);
	ui_dirty(ui);
	return true;
}

static bool list_again(struct list_view *l, struct ui *ui, bool back)
{
	struct queue *q = (struct queue *)l;
	struct queue_rows *r = queue_rows(q);
	(void)ui;
	if (!queue_has_filter(r) && r->sought == NULL)
		return false;
	if (queue_has_filter(r)) {
		queue_move(q, back ? -1 : 1);
	} else {
		char *sought = xstrdup(r->sought);
		queue_filter(q, sought);
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
