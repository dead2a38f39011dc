/* queue_rows.c: rows of the queues, and moving among them. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/queue.h"

/* ---- rows -------------------------------------------------------------------------------------------------------- */

void queue_row_release(struct queue_row *r)
{
	free(r->text);
	free(r->name);
	free(r->why);
	free(r->words);
	free(r->typical);
	*r = (struct queue_row){ 0 };
}

void queue_set(char **to, const char *s)
{
	char *copy = s == NULL || s[0] == '\0' ? NULL : xstrdup(s);
	free(*to);
	*to = copy;
}

void queue_row_theme(struct queue_row *out, const struct theme *t)
{
	const char *title = theme_title(t);
	queue_set(&out->text, title);
	queue_set(&out->words, t->key_words != NULL && t->key_words[0] != '\0' ? t->key_words : t->words);
	queue_set(&out->typical, t->typical != NULL && strcmp(t->typical, title) != 0 ? t->typical : NULL);
	queue_row_state(out, t);
}

void queue_row_state(struct queue_row *out, const struct theme *t)
{
	out->dismissed = t->dismissed;
	out->merged = t->into[0] != '\0';
	out->pinned = t->pinned;
	out->hold = t->hold;
	out->answered_at = t->answered_at;
	queue_set(&out->why, t->dismissed ? t->reason : t->hold_why);
	memcpy(out->question, t->question, sizeof out->question);
}

void queue_row_message(struct queue_row *out, const struct message *m)
{
	id_number(m->r.id, &out->id);
	out->loaded = true;
	out->cluster = m->cluster;
	queue_set(&out->text, m->text);
	queue_set(&out->name, m->name);
	out->channel = m->channel;
	out->at = m->at;
	out->dismissed = m->state == MS_DISMISSED;
	out->muted = m->muted;
	out->alert = m->alert;
	out->hold = m->hold;
	queue_set(&out->why, m->state == MS_DISMISSED ? m->reason : m->hold_why);
	memcpy(out->question, m->question, sizeof out->question);
}

struct queue_rows *queue_rows(struct queue *q)
{
	return q->level == Q_THEMES ? &q->themes : &q->messages;
}

const struct queue_rows *queue_rows_now(const struct queue *q)
{
	return q->level == Q_THEMES ? &q->themes : &q->messages;
}

int64_t queue_low(const struct queue_rows *r)
{
	return r->ids != NULL ? 0 : r->first;
}

int64_t queue_high(const struct queue_rows *r)
{
	return r->ids != NULL ? (int64_t)r->n_ids - 1 : r->first + (int64_t)r->n - 1;
}

struct queue_row *queue_row_at(const struct queue_rows *r, int64_t index)
{
	return index < r->first || index >= r->first + (int64_t)r->n ? NULL : &r->v[index - r->first];
}

int64_t queue_id_at(const struct queue_rows *r, int64_t index)
{
	if (index < queue_low(r) || index > queue_high(r))
		return 0;
	return r->ids != NULL ? r->ids[index] : r->v[index - r->first].id;
}

int64_t queue_selected(const struct queue *q)
{
	const struct queue_rows *r = queue_rows_now(q);
	return queue_id_at(r, r->sel);
}

bool queue_marked(const struct queue_rows *r, int64_t id)
{
	for (size_t i = 0; i < r->n_marks; i++)
		if (r->marks[i] == id)
			return true;
	return false;
}

struct queue_row *queue_row_of(struct queue *q)
{
	const struct queue_rows *r = queue_rows(q);
	return queue_row_at(r, r->sel);
}

bool queue_is_fine(const struct queue *q)
{
	return q->level == Q_THEMES && q->fine;
}

bool queue_has_filter(const struct queue_rows *r)
{
	return r->filter != NULL && r->filter[0] != '\0';
}

void queue_unmark(struct queue_rows *r)
{
	free(r->marks);
	r->marks = NULL;
	r->n_marks = 0;
}

void queue_rows_clear(struct queue_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		queue_row_release(&r->v[i]);
	free(r->v);
	r->v = NULL;
	r->n = 0;
	r->first = 0;
}

void queue_rows_release(struct queue_rows *r)
{
	queue_rows_clear(r);
	queue_unmark(r);
	free(r->ids);
	free(r->filter);
	free(r->sought);
	*r = (struct queue_rows){ 0 };
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

/* The selection is on the screen. Beside other panes a terminal cannot scroll, and every row is painted anew: then the
 * window goes on by half of itself, as mutt's does. */
void queue_scroll(struct queue *q)
{
	struct queue_rows *r = queue_rows(q);
	int page = q->l.page > 0 ? q->l.page : 1;
	int64_t low = queue_low(r), high = queue_high(r);
	r->sel = r->sel > high ? high : r->sel;
	r->sel = r->sel < low ? low : r->sel;
	int more = q->narrow ? page / 2 : 0;
	if (r->top > r->sel)
		r->top = r->sel - more;
	if (r->top < r->sel - page + 1)
		r->top = r->sel - page + 1 + more;
	if (r->top > high - page + 1)
		r->top = high - page + 1;
	if (r->top < low)
		r->top = low;
}

void queue_moved(struct queue *q)
{
	queue_scroll(q);
	queue_extend(q);
	queue_scroll(q);
	queue_overlay(q);
	q->moved_at = q->ui->mono;
	q->touched = q->touched || q->has_keys;
	q->previewed = false;
	if (q->claimed)
		ui_presence(q->ui);
	q->claimed = false;
	ui_dirty(q->ui);
}

void queue_select(struct queue *q, int64_t index)
{
	queue_rows(q)->sel = index;
	queue_moved(q);
}
