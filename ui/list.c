/* list.c: the actions of context "list". */
#include "ui/list.h"

#include "ui/intl.h"

static struct list_view *list_of(struct view *v)
{
	return (struct list_view *)v;
}

static bool step(struct view *v, struct ui *ui, int64_t by)
{
	struct list_view *l = list_of(v);
	if (l->list->move == NULL)
		return false;
	l->list->move(l, ui, by);
	return true;
}

static int64_t page_of(const struct view *v)
{
	const struct list_view *l = (const struct list_view *)v;
	return l->page > 2 ? l->page - 1 : 1;
}

static bool do_down(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, 1);
}
static bool do_up(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, -1);
}
static bool do_page_down(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, page_of(v));
}
static bool do_page_up(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, -page_of(v));
}
static bool do_half_down(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, (page_of(v) + 1) / 2);
}
static bool do_half_up(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return step(v, ui, -(page_of(v) + 1) / 2);
}

static bool edge(struct view *v, struct ui *ui, bool last)
{
	struct list_view *l = list_of(v);
	if (l->list->edge == NULL)
		return false;
	l->list->edge(l, ui, last);
	return true;
}
static bool do_first(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return edge(v, ui, false);
}
static bool do_last(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	return edge(v, ui, true);
}

static bool do_open(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->open != NULL && l->list->open(l, ui);
}
static bool do_back(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->back != NULL && l->list->back(l, ui);
}
static bool do_mark(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->mark != NULL && l->list->mark(l, ui);
}
static bool do_find(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->find != NULL && l->list->find(l, ui);
}
static bool do_find_next(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->again != NULL && l->list->again(l, ui, false);
}
static bool do_find_previous(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	struct list_view *l = list_of(v);
	return l->list->again != NULL && l->list->again(l, ui, true);
}

static const struct action actions[] = {
	{ "open", N_("open what is selected"), N_("open"), ACT_FIRST, do_open, NULL },
	{ "back", N_("back to where you were; clears the filter, the marks"), N_("back"), ACT_REPEAT, do_back, NULL },
	{ "down", N_("one line down"), NULL, ACT_REPEAT | ACT_PASTE, do_down, NULL },
	{ "up", N_("one line up"), NULL, ACT_REPEAT | ACT_PASTE, do_up, NULL },
	{ "page-down", N_("one page down"), NULL, ACT_REPEAT | ACT_PASTE, do_page_down, NULL },
	{ "page-up", N_("one page up"), NULL, ACT_REPEAT | ACT_PASTE, do_page_up, NULL },
	{ "half-down", N_("half a page down"), NULL, ACT_REPEAT | ACT_PASTE, do_half_down, NULL },
	{ "half-up", N_("half a page up"), NULL, ACT_REPEAT | ACT_PASTE, do_half_up, NULL },
	{ "first", N_("to the first line"), NULL, ACT_REPEAT | ACT_PASTE, do_first, NULL },
	{ "last", N_("to the last line"), NULL, ACT_REPEAT | ACT_PASTE, do_last, NULL },
	{ "mark", N_("mark, or take the mark away, and go on"), N_("mark"), ACT_REPEAT, do_mark, NULL },
	{ "filter", N_("filter as you type"), N_("find"), ACT_FIRST, do_find, NULL },
	{ "match-next", N_("to the next match"), NULL, ACT_REPEAT, do_find_next, NULL },
	{ "match-prev", N_("to the match before"), NULL, ACT_REPEAT, do_find_previous, NULL },
	{ 0 },
};
const struct action_set actions_list = { .context = "list", .title = N_("Lists"), .actions = actions };
