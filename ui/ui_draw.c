/* ui_draw.c: the frame: head line, band, panes with their rules, what is armed, message line, foot line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

static struct area rows_of(const struct ui *ui, int row, int rows)
{
	return (struct area){ .row = row, .col = 0, .rows = rows > 0 ? rows : 0, .cols = ui->grid.cols };
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* "── Web ──────────── 16 214 messages ──" in a rule's area; who does not fit is cut, left before right. */
static void draw_title(struct ui *ui, struct area a, enum ui_role role, const char *left, const char *right)
{
	struct grid *g = &ui->grid;
	grid_fill(g, a, 0, 0, a.cols, UI_RULE, ui_sign(SIGN_RULE));
	if (a.cols < 8)
		return;
	const int most = a.cols - 6, want = (int)text_width(left);
	const int wide = want < most ? want : most;
	grid_text(g, a, 0, 2, 1, UI_RULE, " ");
	grid_cut(g, a, 0, 3, wide, role, left);
	grid_text(g, a, 0, 3 + wide, 1, UI_RULE, " ");
	const int room = a.cols - wide - 10, need = (int)text_width(right);
	if (!need || room < 6)
		return;
	const int cols = need < room ? need : room, end = a.cols - 3;
	grid_text(g, a, 0, end - cols - 1, 1, UI_RULE, " ");
	grid_right(g, a, 0, end, cols, UI_DIM, right);
	grid_text(g, a, 0, end, 1, UI_RULE, " ");
}

static bool is_rule(const struct ui *ui, int row, int col)
{
	if (row < 0 || col < 0 || row >= ui->grid.rows || col >= ui->grid.cols)
		return false;
	const struct cell *c = &ui->grid.cells[(size_t)row * (size_t)ui->grid.cols + (size_t)col];
	return !strcmp(c->text, ui_sign(SIGN_RULE));
}

static void draw_bar(struct ui *ui, int row, int col, int rows)
{
	const struct area all = grid_area(&ui->grid);
	for (int i = 0; i < rows; i++) {
		const bool left = is_rule(ui, row + i, col - 1), right = is_rule(ui, row + i, col + 1);
		const enum sign top = left && right ? SIGN_TEE_DOWN : SIGN_BAR;
		enum sign s = left && right ? SIGN_CROSS : left ? SIGN_TEE_LEFT : right ? SIGN_TEE_RIGHT : SIGN_BAR;
		if (i == 0 && top == SIGN_TEE_DOWN)
			s = top;
		grid_text(&ui->grid, all, row + i, col, 1, UI_RULE, ui_sign(s));
	}
	if (is_rule(ui, row + rows, col))
		grid_text(&ui->grid, all, row + rows, col, 1, UI_RULE, ui_sign(SIGN_TEE_UP));
	if (is_rule(ui, row - 1, col) && !is_rule(ui, row, col - 1) && !is_rule(ui, row, col + 1))
		grid_text(&ui->grid, all, row - 1, col, 1, UI_RULE, ui_sign(SIGN_TEE_DOWN));
}

static void draw_rule(struct ui *ui, struct view *v, const struct placed *p, bool focused)
{
	struct buf left = BUF_INIT, right = BUF_INIT;
	if (p->rule.rows < 1)
		return;
	if (p->folded && v->class->strip)
		v->class->strip(v, ui, &left);
	else
		v->class->title(v, ui, &left, &right);
	draw_title(ui, p->rule, focused ? UI_FOCUS : p->folded ? UI_RULE : UI_TITLE, left.data, right.data);
	buf_release(&left);
	buf_release(&right);
}

/* ---- panes ------------------------------------------------------------------------------------------------------- */

static void draw_panes(struct ui *ui, struct area a)
{
	const bool focusable = ui->over < 0 && !ui->prompt;
	layout_place(&ui->layout, a, ui->own, ui->focus, ui->zoom);
	if (memcmp(&ui->layout, &ui->loop->drawn, sizeof ui->layout) != 0) {
		ui->loop->drawn = ui->layout;
		for (int i = 0; i < PANES; i++) {
			struct view *v = ui_view(ui, (int)ui_view_of(ui, (enum pane)i));
			v->class->changed(v, ui, VIEW_SIZE);
		}
	}
	for (int i = 0; i < PANES; i++) {
		struct view *v = ui_view(ui, (int)ui_view_of(ui, (enum pane)i));
		const struct placed *p = &ui->layout.pane[i];
		const bool focus = ui->focus == (enum pane)i;
		draw_rule(ui, v, p, focus && ui->over < 0);
		if (p->content.rows > 0 && p->content.cols > 0 && !p->folded)
			v->class->draw(v, ui, p->content, focus && focusable);
	}
	for (int i = 0; i < ui->layout.n_bars; i++)
		draw_bar(ui, ui->layout.bars[i].row, ui->layout.bars[i].col, ui->layout.bars[i].rows);
}

static void draw_over(struct ui *ui, struct area a)
{
	struct view *v = ui_view(ui, ui->over);
	struct placed p = { .content = { a.row + 1, a.col, a.rows - 1, a.cols }, .rule = { a.row, a.col, 1, a.cols } };
	draw_rule(ui, v, &p, true);
	if (p.content.rows > 0)
		v->class->draw(v, ui, p.content, !ui->prompt);
}

/* ---- what is armed ----------------------------------------------------------------------------------------------- */

/* Where the guard stands: over the lowest rows of the panes, or the highest while a line is typed, which is low. */
static struct area guard_area(struct ui *ui, struct area panes, int rows)
{
	return (struct area){ ui_typed(ui) ? panes.row : panes.row + panes.rows - rows, panes.col, rows, panes.cols };
}

/* What was armed and went by itself is told where it stood. */
static void draw_lapsed(struct ui *ui, struct area panes)
{
	const char *why = acts_lapsed(ui->acts);
	if (!why || panes.rows < 3)
		return;
	const int rows = text_wrap(why, panes.cols - 2, NULL, NULL) > 1 ? 2 : 1;
	const struct area a = guard_area(ui, panes, rows);
	for (int i = 0; i < rows; i++)
		grid_fill(&ui->grid, a, i, 0, a.cols, UI_BAND, " ");
	grid_wrap(&ui->grid, a, 0, 1, a.cols - 2, rows, UI_BAND, why);
}

/* What the public will see, to how many, and the key that does it. */
static void draw_armed(struct ui *ui, struct area panes)
{
	const struct armed *armed = acts_armed(ui->acts);
	struct buf head = BUF_INIT, key = BUF_INIT;
	if (!armed)
		draw_lapsed(ui, panes);
	if (!armed || panes.rows < 3)
		return;
	int lines = text_wrap(armed->shows, panes.cols - 4, NULL, NULL);
	if (lines > ARMED_LINES)
		lines = ARMED_LINES;
	if (lines > panes.rows - 2)
		lines = panes.rows - 2;
	const struct area a = guard_area(ui, panes, lines + 1);
	ui_key_for(ui, "fire", &key);
	for (int i = 0; i <= lines; i++)
		grid_fill(&ui->grid, a, i, 0, a.cols, i ? UI_STRONG : UI_BAND, " ");
	buf_addf(&head, _(" ARMED: %s"), ui_op_word(armed->op->name));
	if (ui->loop->status.viewers >= 0) {
		buf_adds(&head, " · ");
		add_number(&head, ui->loop->status.viewers);
		buf_addf(&head, " %s", P_("viewer", "viewers", ui->loop->status.viewers));
	}
	buf_addf(&head, _(" · %s does it · Esc lets it be"), key.data);
	grid_cut(&ui->grid, a, 0, 0, a.cols, UI_BAND, head.data);
	grid_wrap(&ui->grid, a, 1, 2, a.cols - 4, lines, UI_STRONG, armed->shows);
	buf_release(&head);
	buf_release(&key);
}

/* ---- the message line -------------------------------------------------------------------------------------------- */

static bool draw_chord(struct ui *ui, struct area line)
{
	struct buf b = BUF_INIT;
	if (!ui->n_chord)
		return false;
	for (int i = 0; i < ui->n_chord; i++) {
		key_show(&ui->chord[i], &b);
		buf_addc(&b, ' ');
	}
	buf_adds(&b, ui_sign(SIGN_MORE));
	grid_cut(&ui->grid, line, 0, 1, line.cols - 1, UI_SAY, b.data);
	buf_release(&b);
	return true;
}

/* The newest word to this seat stays until it is acknowledged; a note of the last seconds stands before it. */
static bool draw_word(struct ui *ui, struct area line)
{
	const struct word *w = (const void *)world_get(ui_world(ui), K_WORD, ui->loop->word);
	struct buf b = BUF_INIT, key = BUF_INIT;
	if (!w)
		return false;
	ui_key_for(ui, "ack", &key);
	if (key.len)
		buf_addf(&b, _("%s read"), key.data);
	if (ui->loop->words > 1)
		buf_addf(&b, _(" · %lld more"), (long long)ui->loop->words - 1);
	const int hint = (int)text_width(b.data);
	grid_right(&ui->grid, line, 0, line.cols - 1, hint, UI_KEY, b.data);
	buf_reset(&b);
	buf_addf(&b, "%s: %s", ui_name_of(ui, w->from), w->text);
	grid_cut(&ui->grid, line, 0, 1, line.cols - hint - 4, UI_WARN, b.data);
	buf_release(&b);
	buf_release(&key);
	return true;
}

/* A sentence that does not fit takes the row above too; that of what was armed has its own place. */
static void draw_note(struct ui *ui, struct area line, const struct note *n)
{
	const bool two = line.row + 2 >= BAND_ROOM && text_wrap(n->text, line.cols - 2, NULL, NULL) > 1;
	const struct area a = { line.row - two, line.col, line.rows + two, line.cols };
	for (int i = 0; i < a.rows; i++)
		grid_fill(&ui->grid, a, i, 0, a.cols, UI_TEXT, " ");
	grid_wrap(&ui->grid, a, 0, 1, a.cols - 2, a.rows, n->bad ? UI_WARN : UI_SAY, n->text);
}

static void draw_message(struct ui *ui, struct area line)
{
	const struct note *n = notes_shown(ui->notes, ui->mono);
	const char *lapsed = acts_lapsed(ui->acts);
	if (draw_chord(ui, line) || (n && lapsed && !strcmp(n->text, lapsed))) /* that one is told where it was armed */
		return;
	if (n)
		draw_note(ui, line, n);
	else
		draw_word(ui, line);
}

/* ---- whole screens ----------------------------------------------------------------------------------------------- */

static void draw_sentence(struct ui *ui, const char *sentence)
{
	const struct area a = grid_area(&ui->grid);
	grid_wrap(&ui->grid, a, 0, 0, a.cols, a.rows, UI_STRONG, sentence);
	grid_cursor(&ui->grid, a, 0, 0, true);
}

static void draw_locked(struct ui *ui)
{
	const struct area a = grid_area(&ui->grid);
	struct buf b = BUF_INIT;
	char at[9];
	status_head(ui, rows_of(ui, 0, 1));
	time_of_day(ui->loop->locked_at, at);
	buf_addf(&b, _("locked since %s: type \"%s\", then Enter"), at, _("unlock"));
	grid_wrap(&ui->grid, a, a.rows / 2, 2, a.cols - 4, 3, UI_STRONG, b.data);
	grid_cursor(&ui->grid, a, a.rows / 2, 2, true);
	buf_release(&b);
}

/* One row, or two when it is long and the screen has them; returns how many. */
static int draw_band(struct ui *ui, int row)
{
	struct buf b = BUF_INIT;
	int rows = 0;
	if (status_band(ui, &b)) {
		rows = ui->grid.rows >= BAND_ROOM && text_wrap(b.data, ui->grid.cols - 2, NULL, NULL) > 1 ? 2 : 1;
		const struct area a = rows_of(ui, row, rows);
		for (int i = 0; i < rows; i++)
			grid_fill(&ui->grid, a, i, 0, a.cols, UI_BAND, " ");
		grid_wrap(&ui->grid, a, 0, 1, a.cols - 2, rows, UI_BAND, b.data);
	}
	buf_release(&b);
	return rows;
}

static void draw_prompter(struct ui *ui)
{
	struct view *v = ui_view(ui, ui->over >= 0 ? ui->over : V_PROMPTER);
	const int band = draw_band(ui, 0);
	const bool line = ui->prompt || ui->n_chord || notes_shown(ui->notes, ui->mono); /* its view shows words */
	const struct area foot = rows_of(ui, ui->grid.rows - 1, 1);
	v->class->draw(v, ui, rows_of(ui, band, ui->grid.rows - band - line), !ui->prompt);
	if (ui->prompt && ui->prompt)
		prompt_draw(ui, foot, rows_of(ui, ui->grid.rows - 2, 1));
	else if (line)
		draw_message(ui, foot);
}

static void draw_all(struct ui *ui)
{
	const int rows = ui->grid.rows;
	status_head(ui, rows_of(ui, 0, 1));
	const int top = 1 + draw_band(ui, 1);
	const struct area panes = rows_of(ui, top, rows - top - 2), line = rows_of(ui, rows - 2, 1), foot = rows_of(ui, rows - 1, 1);
	if (ui->over >= 0)
		draw_over(ui, panes);
	else
		draw_panes(ui, panes);
	draw_armed(ui, panes);
	if (ui->prompt) {
		prompt_draw(ui, line, foot);
		return;
	}
	draw_message(ui, line);
	status_foot(ui, foot);
}

void ui_draw(struct ui *ui)
{
	const bool prompter = ui->role == R_PROMPTER;
	const int least_rows = prompter ? PROMPTER_LEAST_ROWS : SCREEN_LEAST_ROWS;
	const int least_cols = prompter ? PROMPTER_LEAST_COLS : SCREEN_LEAST_COLS;
	grid_clear(&ui->grid);
	ui->loop->small = ui->grid.rows < least_rows || ui->grid.cols < least_cols;
	if (ui->loop->small) {
		struct buf b = BUF_INIT;
		buf_addf(&b, _("Régie needs %d columns by %d rows; this is %d by %d"), least_cols, least_rows, ui->grid.cols,
			ui->grid.rows);
		draw_sentence(ui, b.data);
		buf_release(&b);
	} else if (ui->locked) {
		draw_locked(ui);
	} else if (prompter) {
		draw_prompter(ui);
	} else {
		draw_all(ui);
	}
	if (ui->grid.cursor_row < 0)
		grid_cursor(&ui->grid, grid_area(&ui->grid), ui->grid.rows - 1, 0, false);
}
