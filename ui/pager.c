/* pager.c: rows of text, a cursor that walks them, a search. */
#include "ui/pager.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

void pager_init(struct pager *p, const struct view_class *class, int left_cols)
{
	*p = (struct pager){ .view = { .class = class }, .left_cols = left_cols, .page = 10, .find = xstrdup("") };
}

void pager_clear(struct pager *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].left);
		free(p->v[i].text);
	}
	p->n = p->n_rows = p->laid = 0;
}

void pager_release(struct pager *p)
{
	pager_clear(p);
	free(p->v);
	free(p->rows);
	free(p->find);
}

void pager_add(struct pager *p, enum ui_role left_role, const char *left, enum ui_role role, const char *text)
{
	grow(&p->v, &p->cap, p->n + 1, sizeof *p->v);
	p->v[p->n++] = (struct pager_line){ .left = xstrdup(left), .text = xstrdup(text), .role = role, .left_role = left_role };
}

void pager_addf(struct pager *p, enum ui_role role, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	pager_add(p, UI_DIM, "", role, b.data);
	buf_release(&b);
}

const char *const *pager_contexts(const struct view *v)
{
	static const char *const contexts[] = { "pager", NULL };
	(void)v;
	return contexts;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int left_of(const struct pager *p)
{
	return p->left_cols < p->cols / 2 ? p->left_cols : p->cols / 2;
}

/* What went wrong is read whole. */
static bool goes_on(const struct pager *p, const struct pager_line *l)
{
	return p->wraps || l->role == UI_WARN;
}

static void add_row(struct pager *p, size_t line, size_t from, size_t len)
{
	grow(&p->rows, &p->cap_rows, p->n_rows + 1, sizeof *p->rows);
	p->rows[p->n_rows++] = (struct pager_row){ line, from, len };
}

static bool take_row(void *arg, size_t from, size_t len)
{
	struct pager *p = arg;
	add_row(p, p->laid, from, len);
	return true;
}

/* Lines that came since are laid out. */
static void lay(struct pager *p)
{
	for (; p->laid < p->n; p->laid++) {
		const struct pager_line *l = &p->v[p->laid];
		const int wide = *l->left ? text_columns(l->left, strlen(l->left)) : 0, left = *l->left ? left_of(p) : 0;
		if (!goes_on(p, l) || p->cols < 20) {
			add_row(p, p->laid, 0, strlen(l->text));
			continue;
		}
		if (wide >= left && wide)
			add_row(p, p->laid, SIZE_MAX, 0);
		text_wrap(l->text, p->cols - left - 2, take_row, p);
	}
}

/* Another width: the line with the cursor keeps it. */
static void lay_again(struct pager *p, int cols)
{
	const size_t line = p->at < p->n_rows ? p->rows[p->at].line : 0;
	if (cols == p->cols) {
		lay(p);
		return;
	}
	p->cols = cols;
	p->n_rows = p->laid = 0;
	lay(p);
	for (p->at = 0; p->at + 1 < p->n_rows && p->rows[p->at].line < line;)
		p->at++;
}

static void keep_in_sight(struct pager *p, int rows)
{
	if (p->at >= p->n_rows)
		p->at = p->n_rows ? p->n_rows - 1 : 0;
	if (p->at < p->top)
		p->top = p->at;
	if (p->at >= p->top + (size_t)rows)
		p->top = p->at - (size_t)rows + 1;
	if (p->top + (size_t)rows > p->n_rows)
		p->top = p->n_rows > (size_t)rows ? p->n_rows - (size_t)rows : 0;
}

static void draw_one(const struct pager *p, struct grid *g, struct area a, int row, const struct pager_row *r)
{
	const struct pager_line *l = &p->v[r->line];
	const bool first = r->from == 0 || r->from == SIZE_MAX, follows = r->line && r > p->rows && r[-1].line == r->line;
	int col = 1;
	if (*l->left) {
		const int left = left_of(p), took = first && !follows ? grid_cut(g, a, row, col, a.cols - col, l->left_role, l->left) : 0;
		col += took >= left ? took + 1 : left;
	}
	if (r->from == SIZE_MAX)
		return;
	if (!goes_on(p, l))
		grid_cut(g, a, row, col, a.cols - col, l->role, l->text);
	else
		grid_textn(g, a, row, col, a.cols - col, l->role, l->text + r->from, r->len);
}

void pager_draw(struct pager *p, struct ui *ui, struct area a, bool focused)
{
	struct grid *g = &ui->grid;
	p->page = a.rows > 1 ? a.rows - 1 : 1;
	lay_again(p, a.cols);
	keep_in_sight(p, a.rows);
	for (int i = 0; i < a.rows && p->top + (size_t)i < p->n_rows; i++)
		draw_one(p, g, a, i, &p->rows[p->top + (size_t)i]);
	if (focused && p->n_rows)
		grid_cursor(g, a, (int)(p->at - p->top), 0, true);
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static bool go(struct view *v, struct ui *ui, int64_t to)
{
	struct pager *p = pager_of(v);
	lay(p);
	p->at = to < 0 || !p->n_rows ? 0 : to >= (int64_t)p->n_rows ? p->n_rows - 1 : (size_t)to;
	ui_dirty(ui);
	return true;
}

/* A line or a page moves the text, not only the cursor: down, the last row in sight goes; up, the first. */
static bool by(struct view *v, struct ui *ui, int64_t rows)
{
	struct pager *p = pager_of(v);
	const int64_t edge = rows > 0 ? (int64_t)p->top + p->page : (int64_t)p->top;
	return go(v, ui, edge + rows);
}

#define MOVE(name, expression) \
	static bool name(struct view *v, struct ui *ui, const char *arg) \
	{ \
		(void)arg; \
		return expression; \
	}
MOVE(down, by(v, ui, 1))
MOVE(up, by(v, ui, -1))
MOVE(page_down, by(v, ui, pager_of(v)->page))
MOVE(page_up, by(v, ui, -pager_of(v)->page))
MOVE(first, go(v, ui, 0))
MOVE(last, go(v, ui, INT32_MAX))

static bool holds(const struct pager_line *l, const char *folded)
{
	struct buf b = BUF_INIT;
	text_fold(l->left, &b);
	buf_addc(&b, ' ');
	text_fold(l->text, &b);
	const bool found = strstr(b.data, folded) != NULL;
	buf_release(&b);
	return found;
}

static int64_t row_of(const struct pager *p, size_t line)
{
	size_t row = 0;
	while (row + 1 < p->n_rows && p->rows[row].line < line)
		row++;
	return (int64_t)row;
}

static bool again(struct view *v, struct ui *ui, int step)
{
	struct pager *p = pager_of(v);
	struct buf folded = BUF_INIT;
	bool found = false;
	text_fold(p->find, &folded);
	lay(p);
	const size_t here = p->at < p->n_rows ? p->rows[p->at].line : 0;
	for (size_t i = 1; *p->find && i <= p->n && !found; i++) {
		const size_t line = (here + (step > 0 ? i : p->n - i)) % p->n;
		if ((found = holds(&p->v[line], folded.data)))
			go(v, ui, row_of(p, line));
	}
	if (*p->find && !found)
		ui_say(ui, true, _("\"%s\" is not here"), p->find);
	buf_release(&folded);
	return true;
}

MOVE(find_next, again(v, ui, 1))
MOVE(find_before, again(v, ui, -1))

static void find_taken(void *ctx, const char *text)
{
	struct pager *p = ctx;
	if (!text || p->ui->over < 0)
		return;
	text_set(&p->find, text);
	again(&p->view, p->ui, 1);
}

static bool find(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	pager_of(v)->ui = ui;
	ui_ask(ui, "/", "", pager_of(v), NULL, find_taken);
	return true;
}

static const struct action actions[] = {
	{ "down", N_("one line down"), NULL, ACT_REPEAT | ACT_PASTE, down, NULL },
	{ "up", N_("one line up"), NULL, ACT_REPEAT | ACT_PASTE, up, NULL },
	{ "page-down", N_("one screen down"), N_("down"), ACT_REPEAT | ACT_PASTE, page_down, NULL },
	{ "page-up", N_("one screen up"), N_("up"), ACT_REPEAT | ACT_PASTE, page_up, NULL },
	{ "first", N_("the first line"), NULL, ACT_PASTE, first, NULL },
	{ "last", N_("the last line"), NULL, ACT_PASTE, last, NULL },
	{ "find", N_("look for words"), N_("find"), 0, find, NULL },
	{ "find-next", N_("the next line with them"), NULL, ACT_REPEAT, find_next, NULL },
	{ "find-before", N_("the line before with them"), NULL, ACT_REPEAT, find_before, NULL },
	{ .name = NULL },
};
const struct action_set actions_pager = { "pager", N_("Log, help, seats"), actions };
