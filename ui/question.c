/* question.c: the question pane as a view: rows kept in step, the running time, its place. */
#include "ui/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/wire/wire.h"
#include "ui/intl.h"

enum { COUNT_MS = 5000, ROWS_MS = 1000 /* counts are looked up again */ };

static const char *const *contexts(const struct view *v)
{
	static const char *const list[] = { "question", NULL }, *const editor[] = { "wording", NULL };
	return wording_is_open(question_view_of(v)) ? editor : list;
}

static struct view *make(struct ui *ui)
{
	struct question_view *v = xcalloc(1, sizeof *v);
	v->view.class = &view_question;
	v->ui = ui;
	v->viewers = v->public_people = v->people_aired = -1;
	v->second = v->minute = -1;
	v->wording.save_at = v->wording.back = -1;
	v->counted_at = -COUNT_MS;
	char *typed = desk_get(ui->o.desk, ASK_DRAFT);
	v->typed = xstrdup(typed);
	free(typed);
	v->find = xstrdup("");
	drafts_load(v, ui);
	return &v->view;
}

/* How many wrote by which channel, counted by the worker when messages came. */
struct counting {
	struct job job;
	struct question_view *v; /* NULL: it is gone */
	struct replica_totals totals;
};

static bool count_work(struct job *j, struct replica *r, struct error *e)
{
	return replica_totals(r, &((struct counting *)j)->totals, e);
}

static void count_over(struct job *j, const struct error *failed)
{
	struct counting *c = (struct counting *)j;
	if (failed || !c->v)
		return;
	c->v->public_by[CH_WEB] = c->totals.web;
	c->v->public_by[CH_SMS] = c->totals.sms;
	ui_dirty(c->v->ui);
}

static void count_drop(struct job *j)
{
	struct counting *c = (struct counting *)j;
	if (c->v)
		c->v->counting = NULL;
	free(c);
}

static void count(struct question_view *v, struct ui *ui)
{
	if (!ui->worker || v->counting || !v->rundown.aired || ui->mono - v->counted_at < COUNT_MS)
		return;
	v->counted_at = ui->mono;
	v->counting = xcalloc(1, sizeof *v->counting);
	*v->counting = (struct counting){ .job = { .work = count_work, .over = count_over, .drop = count_drop }, .v = v };
	worker_put(ui->worker, SLOT_TOTALS, &v->counting->job);
}

static void release(struct view *view)
{
	struct question_view *v = question_view_of(view);
	if (v->counting)
		v->counting->v = NULL;
	rundown_release(&v->rundown);
	ids_clear(&v->marked);
	ids_clear(&v->drafts);
	free(v->typed);
	free(v->find);
	editor_free(v->wording.ed);
	free(v->wording.base);
	free(v->wording.beside);
	diff_release(&v->wording.diff);
	reading_release(&v->wording.reading);
	diff_release(&v->diff);
	free(v);
}

int64_t question_air_ms(const struct question_view *v, struct ui *ui)
{
	const struct question *q = v->rundown.air[0] ? world_question(ui_world(ui), v->rundown.air) : NULL;
	if (!q)
		return -1;
	int64_t ms = (ui_now(ui) / 1000 - q->aired_at / 1000) * 1000;
	return ms > 0 ? ms : 0;
}

/* Another row near where the one was, when that left the rundown. */
static void keep_selection(struct question_view *v, size_t was)
{
	if (rundown_find(&v->rundown, v->selected) < v->rundown.n)
		return;
	v->selected[0] = '\0';
	if (v->rundown.n)
		memcpy(v->selected, v->rundown.v[was < v->rundown.n ? was : v->rundown.n - 1].id, sizeof v->selected);
}

static void find_source(struct question_view *v, struct ui *ui)
{
	const struct world *w = ui_world(ui);
	const struct question *q = v->rundown.next[0] ? world_question(w, v->rundown.next) : NULL;
	const struct message *m = q && q->messages.n ? (const void *)world_get(w, K_MESSAGE, q->messages.v[0]) : NULL;
	struct buf b = BUF_INIT;
	if (m && !m->r.gone) {
		buf_addf(&b, "%.*s%s", (int)text_fit(m->name, 30), m->name, m->name[0] ? " · " : "");
		add_hour(&b, m->at, false);
	}
	snprintf(v->source, sizeof v->source, "%s", b.data);
	buf_release(&b);
}

const struct question_row *question_row(const struct question_view *v, const char *id)
{
	size_t i = rundown_find(&v->rundown, id);
	return i < v->rundown.n ? &v->rundown.v[i] : NULL;
}

bool question_changed(const struct view *view, struct ui *ui)
{
	struct question_view *v = question_view_of(view);
	size_t was = rundown_find(&v->rundown, v->selected);
	rundown_build(&v->rundown, ui_world(ui), v->closed, v->gone);
	keep_selection(v, was);
	find_source(v, ui);
	v->built_at = ui->mono;
	v->stale = false;
	return true;
}

static void hear_status(struct question_view *v, struct ui *ui)
{
	char *text = ui->o.link && ui->o.link->status ? ui->o.link->status(ui->o.link->ctx) : NULL;
	struct json *j = text ? json_parse(text, strlen(text), NULL) : NULL;
	if (j) {
		json_int(j, "viewers", &v->viewers);
		json_int(j, "people", &v->public_people);
		json_int(j, "people_aired", &v->people_aired);
		json_free(j);
	}
	free(text);
}

static int64_t question_second(const struct question_view *v, struct ui *ui)
{
	int64_t air = question_air_ms(v, ui);
	return air < 0 ? -1 : air / 1000;
}

static int64_t question_minute(struct ui *ui)
{
	struct to_end end = rundown_to_end(ui_world(ui), ui_now(ui));
	return end.timed ? (end.ms + (end.ms < 0 ? 0 : 59999)) / 60000 : -1;
}

static void clock_drawn(struct question_view *v, struct ui *ui)
{
	v->second = question_second(v, ui);
	v->minute = question_minute(ui);
}

static void changed(struct view *view, struct ui *ui, unsigned what)
{
	struct question_view *v = question_view_of(view);
	v->stale = v->stale || what & VIEW_ROWS;
	if (what & (VIEW_WORLD | VIEW_VERDICTS) || (v->stale && ui->mono - v->built_at >= ROWS_MS))
		question_changed(view, ui);
	if (what & (VIEW_LINK | VIEW_OTHERS))
		hear_status(v, ui);
	if (what & (VIEW_ROWS | VIEW_WORLD))
		count(v, ui);
	wording_changed(v, ui, what);
	clock_drawn(v, ui);
	if (what)
		ui_dirty(ui);
}

/* Its seconds only while something is on the air; its minutes only while the event is open. A second that was drawn with
 * something else's needs no turn of its own. */
static int64_t due(const struct view *view, const struct ui *cui)
{
	struct question_view *v = question_view_of(view);
	struct ui *ui = (struct ui *)(uintptr_t)cui;
	int64_t at = v->wording.save_at, now = ui_now(ui), tick = -1;
	const struct event *ev = world_event(ui_world(ui));
	if (question_second(v, ui) != v->second || question_minute(ui) != v->minute)
		tick = ui->mono;
	else if (v->second >= 0)
		tick = ui->mono + 1000 - now % 1000;
	else if (ev && ev->plan_end && (ev->state == EV_OPEN || ev->state == EV_INTERRUPTED))
		tick = ui->mono + ((ev->plan_end - now) % 60000 + 60000) % 60000 + 1;
	if (v->stale && (at < 0 || v->built_at + ROWS_MS < at))
		at = v->built_at + ROWS_MS;
	return at < 0 || (tick >= 0 && tick < at) ? tick : at;
}

static void title(struct view *view, struct ui *ui, struct buf *left, struct buf *right)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = wording_is_open(v) ? world_question(ui_world(ui), v->wording.id) : NULL;
	buf_adds(left, _("Question"));
	if (q)
		buf_addf(left, " q%lld", (long long)q->number);
	buf_addf(right, P_("%zu in reserve", "%zu in reserve", v->rundown.count[PART_RESERVE]), v->rundown.count[PART_RESERVE]);
	if (v->marked.n)
		buf_addf(right, P_(" · %zu marked", " · %zu marked", v->marked.n), v->marked.n);
}

static void strip(struct view *view, struct ui *ui, struct buf *out)
{
	struct question_view *v = question_view_of(view);
	const struct world *w = ui_world(ui);
	clock_drawn(v, ui);
	const struct question *air = question_row(v, v->rundown.air) ? world_question(w, v->rundown.air) : NULL;
	const struct question *next = question_row(v, v->rundown.next) ? world_question(w, v->rundown.next) : NULL;
	buf_adds(out, _("Question"));
	buf_adds(out, "  ");
	if (air) {
		buf_addf(out, "%s ", ui_sign(SIGN_AIR));
		if (acts_confirmed_air(ui->acts, air->r.id))
			add_span(out, question_air_ms(v, ui));
		else
			buf_adds(out, _("NOT YET ON AIR: sending"));
		buf_adds(out, " ");
		buf_adds(out, question_row(v, air->r.id)->title);
	}
	if (next) {
		buf_addf(out, "%s%s ", air ? " · " : "", ui_sign(SIGN_NEXT));
		buf_adds(out, question_row(v, next->r.id)->title);
	}
	if (!air && !next)
		buf_adds(out, _("nothing next"));
	buf_addf(out, " · ");
	buf_addf(out, P_("%zu in reserve", "%zu in reserve", v->rundown.count[PART_RESERVE]), v->rundown.count[PART_RESERVE]);
}

static void draw(struct view *view, struct ui *ui, struct area a, bool focused)
{
	struct question_view *v = question_view_of(view);
	clock_drawn(v, ui);
	if (wording_is_open(v))
		wording_draw(v, ui, a, focused);
	else
		question_draw(v, ui, a, focused);
}

static bool key(struct view *view, struct ui *ui, const struct key *k)
{
	struct question_view *v = question_view_of(view);
	if (!wording_is_open(v) || !editor_key(v->wording.ed, k))
		return false;
	wording_typed(v, ui);
	return true;
}

static bool typing(const struct view *view)
{
	return wording_is_open(question_view_of(view));
}

static void save(const struct view *view, struct buf *out)
{
	struct question_view *v = question_view_of(view);
	if (v->wording.save_at >= 0)
		wording_keep(v, v->ui);
	buf_addc(out, '{');
	json_member(out, "selected", v->selected);
	json_member(out, "editing", v->wording.id);
	json_member_bool(out, "suggest", v->wording.suggest);
	json_member_bool(out, "closed", v->closed);
	json_member_bool(out, "gone", v->gone);
	buf_addc(out, '}');
}

static void take_id(char out[static ID_MAX], const char *id)
{
	size_t n = id ? strlen(id) : 0;
	if (n && n < ID_MAX)
		memcpy(out, id, n + 1);
}

static void restore(struct view *view, struct ui *ui, const char *saved)
{
	struct question_view *v = question_view_of(view);
	struct json *j = saved && saved[0] ? json_parse(saved, strlen(saved), NULL) : NULL;
	if (!j)
		return;
	take_id(v->selected, json_text(j, "selected"));
	v->closed = json_bool(j, "closed", false);
	v->gone = json_bool(j, "gone", false);
	const char *editing = json_text(j, "editing");
	if (editing && editing[0])
		wording_open(v, ui, editing, json_bool(j, "suggest", false));
	json_free(j);
}

static void claim(const struct view *view, struct buf *out)
{
	const struct question_view *v = question_view_of(view);
	if (wording_is_open(v))
		buf_addf(out, "question:%s", v->wording.id);
}

static bool settled(const struct view *view, const struct ui *ui)
{
	(void)ui;
	return question_view_of(view)->wording.save_at < 0;
}

bool question_open(struct ui *ui, const char *id)
{
	struct question_view *v = question_view_of(ui->views[V_QUESTION]);
	const enum pane from = ui->focus;
	question_changed(&v->view, ui);
	if (!wording_open(v, ui, id, false))
		return false;
	memcpy(v->selected, v->wording.id, sizeof v->selected);
	v->wording.back = from == PANE_QUESTION ? -1 : (int)from;
	ui_focus(ui, PANE_QUESTION);
	return true;
}

const struct view_class view_question = { .name = "question", .contexts = contexts, .make = make, .free = release,
	.changed = changed, .title = title, .strip = strip, .draw = draw, .key = key, .typing = typing, .due = due, .save = save,
	.restore = restore, .claim = claim, .settled = settled };
