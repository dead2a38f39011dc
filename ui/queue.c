/* queue.c: the web and the SMS queue as views: their rules, what moved, and what a seat finds again. queue.h has the picture. */
#include "ui/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"
#include "ui/intl.h"

const char *const queue_orders[QO_COUNT] = { "people", "rise", "age", "arrival", "never" };
static const char *const order_words[QO_COUNT] = {
	N_("by people"), N_("by rise"), N_("oldest first"), N_("newest first"), N_("never answered")
};

/* ---- its rule and its strip -------------------------------------------------------------------------------------- */

static const char *channel_word(const struct queue *q)
{
	return q->channel == CH_WEB ? _("Web") : _("SMS");
}

static void add_count(struct buf *b, int64_t n, const char *one, const char *many)
{
	add_number(b, n);
	buf_addf(b, " %s", P_(one, many, n));
}

static void add_fresh(const struct queue_rows *r, struct buf *b)
{
	if (r->fresh <= 0)
		return;
	add_number(b, r->fresh);
	buf_addf(b, "%s %s · ", r->fresh >= NEW_MAX ? "+" : "", P_("new", "new", r->fresh));
}

static void queue_title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	struct queue *q = (struct queue *)v;
	const struct queue_rows *r = queue_rows(q);
	(void)ui;
	buf_adds(left, channel_word(q));
	if (q->level == Q_THEMES && q->order != QO_PEOPLE)
		buf_addf(left, " · %s", _(order_words[q->order]));
	if (q->level == Q_SAMPLE || q->level == Q_ALL)
		buf_addf(left, " · %s", q->level == Q_ALL ? _("all of it") : _("drawn by lot"));
	if (q->level == Q_CHANNEL)
		buf_addf(left, " · %s", _("all messages"));
	if (queue_is_fine(q))
		buf_addf(left, " · %s", _("clusters"));
	if (q->everything && q->level == Q_THEMES)
		buf_addf(left, " · %s", _("dismissed and merged too"));
	if (r->filter != NULL && r->filter[0] != '\0')
		buf_addf(left, " · /%s", r->filter);
	if (queue_is_fine(q) && q->within != 0 && q->within_title != NULL)
		buf_addf(left, " · %s", q->within_title);
	if ((q->level == Q_SAMPLE || q->level == Q_ALL) && !q->headed && q->open_title != NULL)
		buf_addf(left, " · %s", q->open_title);
	if (q->pick != PICK_NONE)
		buf_addf(left, " %s %s", ui_sign(SIGN_ARROW), q->pick == PICK_MERGE ? _("joins which?") : _("moved to which?"));
	add_fresh(r, right);
	if (q->level == Q_SAMPLE || q->level == Q_ALL) {
		add_count(right, q->open_messages, N_("message"), N_("messages"));
		return;
	}
	if (q->total < 0)
		return;
	add_count(right, q->total, N_("message"), N_("messages"));
	if (q->level == Q_THEMES && r->whole) {
		buf_adds(right, " · ");
		add_count(right, (int64_t)r->n_ids, q->fine ? N_("cluster") : N_("theme"), q->fine ? N_("clusters") : N_("themes"));
	}
}

static void queue_strip(struct view *v, struct ui *ui, struct buf *out)
{
	struct queue *q = (struct queue *)v;
	(void)ui;
	buf_addf(out, "%s  ", channel_word(q));
	if (q->total >= 0)
		add_count(out, q->total, N_("message"), N_("messages"));
	if (q->themes.fresh > 0) {
		buf_adds(out, " · ");
		add_count(out, q->themes.fresh, N_("new theme"), N_("new themes"));
	}
}

/* ---- what moved -------------------------------------------------------------------------------------------------- */

/* A message's preview is the message: nothing to fetch. */
static void preview_message(struct queue *q)
{
	const struct queue_row *r = queue_row_at(&q->messages, q->messages.sel);
	queue_row_release(&q->preview);
	q->previewed = true;
	if (r == NULL)
		return;
	q->preview.loaded = true;
	q->preview.id = r->id;
	q->preview.at = r->at;
	queue_set(&q->preview.text, r->text);
	queue_set(&q->preview.name, r->name);
}

static void rest(struct queue *q)
{
	int64_t rested = q->ui->mono - q->moved_at;
	if (!q->previewed && rested >= REST_MS && q->ui->config->preview) {
		if (q->level == Q_THEMES)
			queue_preview(q);
		else
			preview_message(q);
		ui_dirty(q->ui);
	}
	if (!q->claimed && rested >= CLAIM_MS) {
		q->claimed = true;
		ui_presence(q->ui);
	}
}

/* Nobody works in this pane: it has not got the keys, and stands as it opened. What is new comes by itself. */
static bool is_watched_only(const struct queue *q)
{
	const struct queue_rows *t = &q->themes;
	return !q->has_keys && !q->touched && q->level == Q_THEMES && t->loaded && t->fresh > 0 &&
		(t->filter == NULL || t->filter[0] == '\0') && q->ui->mono - q->freshened_at >= FRESHEN_MS;
}

/* So few rows that more cannot move anything: they come by themselves. */
static bool has_room(const struct queue *q)
{
	const struct queue_rows *t = &q->themes;
	return q->level == Q_THEMES && t->loaded && (t->n_ids == 0 || (t->fresh > 0 && (int64_t)t->n_ids < q->l.page)) &&
		(t->filter == NULL || t->filter[0] == '\0');
}

static void queue_changed(struct view *v, struct ui *ui, unsigned what)
{
	struct queue *q = (struct queue *)v;
	struct queue_rows *t = &q->themes;
	if (!t->loaded && !worker_busy(ui->worker, (enum worker_slot)(SLOT_LIST_1 + q->index)) && q->level == Q_THEMES)
		queue_load_themes(q, 0);
	if (what & (VIEW_ROWS | VIEW_WORLD | VIEW_VERDICTS))
		q->stale = true;
	if (what & (VIEW_WORLD | VIEW_ROWS | VIEW_VERDICTS | VIEW_OTHERS)) {
		queue_overlay(q);
		ui_dirty(ui);
	}
	if (q->stale && ui->mono - q->counted_at >= COUNT_MS) {
		if (has_room(q)) {
			queue_refresh(q, q->has_keys || q->touched);
		} else if (is_watched_only(q)) {
			q->freshened_at = ui->mono;
			queue_refresh(q, false);
		}
		queue_count(q);
	}
	if (what & VIEW_SIZE)
		queue_extend(q);
	rest(q);
}

static int64_t queue_due(const struct view *v, const struct ui *ui)
{
	const struct queue *q = (const struct queue *)v;
	int64_t due = -1;
	(void)ui;
	if (q->stale)
		due = q->counted_at + COUNT_MS;
	bool looks = !q->previewed && q->ui->config->preview;
	if (!looks && q->claimed)
		return due;
	int64_t rests = q->moved_at + (looks ? REST_MS : CLAIM_MS);
	rests = rests < 0 ? 0 : rests; /* at once */
	return due < 0 || rests < due ? rests : due;
}

/* ---- its place --------------------------------------------------------------------------------------------------- */

static void queue_save(const struct view *v, struct buf *out)
{
	const struct queue *q = (const struct queue *)v;
	const struct queue_rows *t = &q->themes, *r = queue_rows_now(q);
	buf_addc(out, '{');
	json_member(out, "order", queue_orders[q->order]);
	json_member_int(out, "theme", queue_id_at(t, t->sel));
	if (t->filter != NULL)
		json_member(out, "filter", t->filter);
	json_member_bool(out, "everything", q->everything);
	json_member_bool(out, "fine", q->fine);
	if (q->fine && q->within != 0) {
		json_member_int(out, "within", q->within);
		json_member(out, "of", q->within_title == NULL ? "" : q->within_title);
	}
	json_member_int(out, "level", q->level);
	if (q->level != Q_THEMES) {
		json_member_int(out, "open", q->open);
		json_member_int(out, "cluster", q->open_cluster);
		json_member(out, "title", q->open_title == NULL ? "" : q->open_title);
		json_member_int(out, "message", queue_id_at(r, r->sel));
		json_member_int(out, "seed", (int64_t)(q->seed & 0xffffff));
		if (r->filter != NULL)
			json_member(out, "words", r->filter);
	}
	buf_addc(out, '}');
}

static void restore_messages(struct queue *q, const struct json *j, int64_t level)
{
	int64_t id = 0, seed = 1;
	json_int(j, "open", &q->open);
	json_int(j, "cluster", &q->open_cluster);
	json_int(j, "message", &id);
	json_int(j, "seed", &seed);
	queue_set(&q->open_title, json_text(j, "title"));
	queue_set(&q->messages.filter, json_text(j, "words"));
	q->seed = (uint64_t)seed;
	q->level = (enum queue_level)level;
	if (q->level == Q_SAMPLE || id == 0)
		queue_load_messages(q, false);
	else
		queue_load_around(q, id);
}

static void queue_restore(struct view *v, struct ui *ui, const char *saved)
{
	struct queue *q = (struct queue *)v;
	struct json *j = json_parse(saved, strlen(saved), NULL);
	int64_t theme = 0, level = 0;
	(void)ui;
	if (j == NULL || !json_is_object(j)) {
		json_free(j);
		return;
	}
	const char *order = json_text(j, "order");
	for (int i = 0; order != NULL && i < QO_COUNT; i++)
		if (strcmp(order, queue_orders[i]) == 0)
			q->order = (enum queue_order)i;
	json_int(j, "theme", &theme);
	json_int(j, "level", &level);
	q->everything = json_bool(j, "everything", false);
	q->fine = json_bool(j, "fine", q->fine);
	q->within = 0;
	json_int(j, "within", &q->within);
	queue_set(&q->within_title, json_text(j, "of"));
	queue_set(&q->themes.filter, json_text(j, "filter"));
	q->level = Q_THEMES;
	queue_load_themes(q, theme);
	if (level > Q_THEMES && level <= Q_CHANNEL)
		restore_messages(q, j, level);
	json_free(j);
}

static void queue_claim(const struct view *v, struct buf *out)
{
	const struct queue *q = (const struct queue *)v;
	const struct queue_row *r = queue_row_at(&q->themes, q->themes.sel);
	int64_t id = q->level == Q_SAMPLE || q->level == Q_ALL ? q->open
			: q->level != Q_THEMES || !q->claimed  ? 0
			: !q->fine			       ? queue_selected(q)
			: r != NULL			       ? r->theme
							       : 0;
	if (id != 0)
		buf_addf(out, "theme:%lld", (long long)id);
}

static bool settled(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return queue_settled((const struct queue *)v);
}

/* ---- the class --------------------------------------------------------------------------------------------------- */

static const char *const *queue_contexts(const struct view *v)
{
	static const char *const themes[] = { "queue", "list", NULL }, *const messages[] = { "messages", "queue", "list", NULL };
	return ((const struct queue *)v)->level == Q_THEMES ? themes : messages;
}

static struct view *make_queue(struct ui *ui, enum channel channel)
{
	struct queue *q = xcalloc(1, sizeof *q);
	q->l.view.class = channel == CH_WEB ? &view_web : &view_sms;
	q->l.list = &queue_list;
	q->ui = ui;
	q->channel = channel;
	q->index = channel == CH_WEB ? 0 : 1;
	q->total = q->total_themes = -1;
	q->seed = 1;
	q->fine = ui->config->fine;
	q->counted_at = q->moved_at = -COUNT_MS * 2;
	q->freshened_at = -FRESHEN_MS;
	for (int i = 0; i < QO_COUNT; i++)
		if (strcmp(ui->config->order, queue_orders[i]) == 0)
			q->order = (enum queue_order)i;
	return &q->l.view;
}

static struct view *make_web(struct ui *ui)
{
	return make_queue(ui, CH_WEB);
}

static struct view *make_sms(struct ui *ui)
{
	return make_queue(ui, CH_SMS);
}

static void queue_free(struct view *v)
{
	struct queue *q = (struct queue *)v;
	if (q->ui->worker != NULL)
		queue_forget_jobs(q);
	queue_rows_release(&q->themes);
	queue_rows_release(&q->messages);
	queue_row_release(&q->preview);
	free(q->open_title);
	free(q->open_words);
	free(q->within_title);
	free(q->open_typical);
	free(q->picked);
	free(q->targets);
	free(q->before_filter);
	free(q->kept.ids);
	free(q);
}

#define QUEUE_CLASS(word, maker) \
	{ .name = word, .contexts = queue_contexts, .make = maker, .free = queue_free, .changed = queue_changed, \
		.title = queue_title, .strip = queue_strip, .draw = queue_draw, .due = queue_due, .save = queue_save, \
		.restore = queue_restore, .claim = queue_claim, .settled = settled }
const struct view_class view_web = QUEUE_CLASS("web", make_web);
const struct view_class view_sms = QUEUE_CLASS("sms", make_sms);
