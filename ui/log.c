/* log.c: what was decided by everybody, and what this seat was told, newest first; what came since it left stands apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/pager.h"
#include "ui/ui_own.h"

enum { ROWS_MAX = 1000 };

struct row {
	int64_t at;
	const struct act *act;   /* or */
	const struct note *note;
};
struct log_view {
	struct pager pager;
	int64_t since;           /* acts after this one are new to this seat; as when the log was opened */
	size_t news;
};

struct rows {
	struct row *v;
	size_t n, cap;
};

static bool add_act(void *arg, const struct record *r)
{
	struct rows *l = arg;
	if (r->gone)
		return true;
	grow(&l->v, &l->cap, l->n + 1, sizeof *l->v);
	l->v[l->n++] = (struct row){ .at = ((const struct act *)r)->at, .act = (const void *)r };
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return x->at < y->at ? 1 : x->at > y->at ? -1 : 0;
}

static void add_row(struct pager *p, struct ui *ui, const struct row *r)
{
	struct buf b = BUF_INIT;
	char at[9];
	time_of_day(r->at, at);
	if (r->note) {
		pager_add(p, UI_DIM, at, r->note->bad ? UI_WARN : UI_SAY, r->note->text);
		return;
	}
	const bool mine = !strcmp(r->act->seat, ui->seat);
	buf_addf(&b, _("%s: "), mine ? _("you") : !strcmp(r->act->seat, "0") ? _("the backend") : ui_name_of(ui, r->act->seat));
	ui_call_act(ui, r->act, &b);
	if (r->act->undone)
		buf_addf(&b, "  (%s)", _("undone"));
	pager_add(p, UI_DIM, at, r->act->undone ? UI_DIM : UI_TEXT, b.data);
	buf_release(&b);
}

static bool is_new(const struct row *r, const struct ui *ui, int64_t since)
{
	int64_t id = 0;
	return r->act && id_number(r->act->r.id, &id) && id > since && strcmp(r->act->seat, ui->seat) != 0;
}

static void fill(struct log_view *v, struct ui *ui)
{
	struct pager *p = &v->pager;
	struct rows l = { 0 };
	size_t news = 0;
	world_each(ui_world(ui), K_ACT, add_act, &l);
	for (size_t i = 0; i < notes_count(ui->notes); i++) {
		grow(&l.v, &l.cap, l.n + 1, sizeof *l.v);
		l.v[l.n++] = (struct row){ .at = notes_at(ui->notes, i)->at, .note = notes_at(ui->notes, i) };
	}
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, newest_first);
	for (size_t i = 0; i < l.n; i++)
		news += v->since > 0 && is_new(&l.v[i], ui, v->since);
	pager_clear(p);
	v->news = news;
	if (news) {
		pager_addf(p, UI_TITLE, P_("Meanwhile: %zu decision", "Meanwhile: %zu decisions", news), news);
		for (size_t i = 0; i < l.n && p->n < ROWS_MAX; i++)
			if (is_new(&l.v[i], ui, v->since))
				add_row(p, ui, &l.v[i]);
		pager_addf(p, UI_TEXT, "%s", "");
		pager_addf(p, UI_TITLE, "%s", _("All"));
	}
	for (size_t i = 0; i < l.n && i < ROWS_MAX; i++)
		add_row(p, ui, &l.v[i]);
	free(l.v);
}

static struct view *make(struct ui *ui)
{
	struct log_view *v = xcalloc(1, sizeof *v);
	pager_init(&v->pager, &view_log, 10);
	v->since = ui->loop->left_act;
	return &v->pager.view;
}

static void release(struct view *v)
{
	pager_release(pager_of(v));
	free(v);
}

static void changed(struct view *view, struct ui *ui, unsigned what)
{
	struct log_view *v = (struct log_view *)view;
	if (what & VIEW_FOCUS)
		v->since = ui->loop->left_act;
	if (what & (VIEW_FOCUS | VIEW_WORLD | VIEW_VERDICTS))
		fill(v, ui);
}

static void title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	const size_t news = ((const struct log_view *)v)->news;
	struct buf key = BUF_INIT;
	buf_adds(left, _("Log"));
	ui_key_for(ui, "close", &key);
	if (news)
		buf_addf(left, P_(" · %zu decision while you were away · %s closes", " · %zu decisions while you were away · %s closes", news),
			news, key.data);
	buf_release(&key);
	add_number(right, (int64_t)pager_of(v)->n);
	buf_addf(right, " %s", P_("line", "lines", pager_of(v)->n));
}

static void draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	pager_draw(pager_of(v), ui, a, focused);
}

const struct view_class view_log = {
	.name = "log", .contexts = pager_contexts, .make = make, .free = release, .changed = changed, .title = title, .draw = draw
};
