/* Tests of ui/layout.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/layout.h"

enum { ROWS_MAX = 70, COLS_MAX = 220 };

static bool apart(struct area a, struct area b)
{
	return a.row + a.rows <= b.row || b.row + b.rows <= a.row || a.col + a.cols <= b.col || b.col + b.cols <= a.col;
}

/* Each cell is in one place: the places lie within the area, lie apart, and are together as large as it is. */
static void check(struct area in, enum pane own, enum pane focus, bool zoom)
{
	struct area all[2 * PANES + 4];
	struct layout l;
	int n = 0, cells = 0;

	layout_place(&l, in, own, focus, zoom);
	for (int p = 0; p < PANES; p++) {
		const struct placed *at = &l.pane[p];

		if (!zoom && in.rows > PANES)
			assert_int_equal(at->rule.rows, 1); /* a title or a strip for each */
		if (in.rows > 1)
			assert_int_equal(at->content.rows > 0, at->rule.rows > 0 && !at->folded);
		all[n++] = at->rule;
		all[n++] = at->content;
	}
	for (int i = 0; i < l.n_bars; i++)
		all[n++] = (struct area){ .row = l.bars[i].row, .col = l.bars[i].col, .rows = l.bars[i].rows, .cols = 1 };
	for (int i = 0; i < n; i++) {
		const struct area a = all[i];

		if (a.rows == 0)
			continue;
		assert_true(a.rows > 0 && a.cols > 0 && a.row >= in.row && a.row + a.rows <= in.row + in.rows && a.col >= in.col &&
			a.col + a.cols <= in.col + in.cols);
		for (int k = 0; k < i; k++)
			assert_true(all[k].rows == 0 || apart(a, all[k]));
		cells += a.rows * a.cols;
	}
	if (cells != in.rows * in.cols)
		fail_msg("%dx%d own %d focus %d: %d cells are in no place", in.cols, in.rows, own, focus, in.rows * in.cols - cells);
	assert_false(l.pane[focus].folded);
	if (in.rows >= SCREEN_LEAST_ROWS - 4 && in.cols >= SCREEN_LEAST_COLS) /* enough of it to work in */
		assert_true(l.pane[focus].content.rows >= 5 && l.pane[focus].content.cols >= 38);
}

static void every_cell_is_in_one_place(void **state)
{
	(void)state;
	for (int rows = SCREEN_LEAST_ROWS; rows <= ROWS_MAX; rows++)
		for (int cols = SCREEN_LEAST_COLS; cols <= COLS_MAX; cols++)
			for (int own = 0; own < PANES; own++)
				for (int focus = 0; focus < PANES; focus++) {
					/* all sizes once with the head and foot lines taken off, some also as they are */
					check((struct area){ .row = 1, .col = 0, .rows = rows - 3, .cols = cols }, (enum pane)own, (enum pane)focus, false);
					if ((rows + cols) % 7 == 0) {
						check((struct area){ .rows = rows, .cols = cols }, (enum pane)own, (enum pane)focus, false);
						check((struct area){ .row = 2, .rows = rows - 4, .cols = cols }, (enum pane)own, (enum pane)focus, true);
					}
				}
	for (int rows = 0; rows < 16; rows++) /* and what nobody can work in does no harm */
		for (int cols = 1; cols < 60; cols++)
			check((struct area){ .rows = rows, .cols = cols }, PANE_SMS, PANE_WEB, rows < PANES + 1);
}

static void screens_are_as_drawn(void **state)
{
	struct layout l;

	(void)state;
	layout_place(&l, (struct area){ .row = 1, .rows = 21, .cols = 80 }, PANE_SMS, PANE_SMS, false); /* SMS moderator, 80x24 */
	assert_true(l.pane[PANE_WEB].folded && l.pane[PANE_QUESTION].folded && l.pane[PANE_TRANSCRIPT].folded);
	assert_int_equal(l.pane[PANE_SMS].content.rows, 17);
	assert_int_equal(l.pane[PANE_SMS].rule.row, 2);
	layout_place(&l, (struct area){ .row = 1, .rows = 33, .cols = 120 }, PANE_WEB, PANE_WEB, false); /* all four, 120x36 */
	for (int p = 0; p < PANES; p++)
		assert_false(l.pane[p].folded);
	assert_int_equal(l.pane[PANE_SMS].rule.row, l.pane[PANE_WEB].rule.row);
	assert_true(l.pane[PANE_WEB].content.cols > l.pane[PANE_SMS].content.cols);
	layout_place(&l, (struct area){ .row = 1, .rows = 24, .cols = 120 }, PANE_QUESTION, PANE_QUESTION, false); /* few rows */
	assert_true(l.pane[PANE_WEB].folded && l.pane[PANE_SMS].folded);
	assert_int_equal(l.pane[PANE_QUESTION].content.rows, 22);
	layout_place(&l, (struct area){ .row = 1, .rows = 27, .cols = 100 }, PANE_TRANSCRIPT, PANE_TRANSCRIPT, false); /* scribe */
	assert_int_equal(l.pane[PANE_TRANSCRIPT].content.rows, 23);
	assert_int_equal(l.pane[PANE_TRANSCRIPT].content.cols, 100);
	layout_place(&l, (struct area){ .row = 1, .rows = 57, .cols = 200 }, PANE_WEB, PANE_WEB, false);
	assert_int_equal(l.n_bars, 2);
	assert_int_equal(l.pane[PANE_WEB].content.col, l.pane[PANE_SMS].content.col);
	assert_int_equal(l.pane[PANE_QUESTION].rule.row, l.pane[PANE_TRANSCRIPT].rule.row);
}

static void all_panes_are_reached(void **state)
{
	(void)state;
	for (int zoom = 0; zoom < 2; zoom++)
		for (int step = -1; step <= 1; step += 2) {
			struct layout l;
			unsigned reached = 0;
			int p = PANE_SMS;

			for (int i = 0; i < PANES; i++) {
				layout_place(&l, (struct area){ .rows = 13, .cols = 60 }, PANE_SMS, (enum pane)p, zoom);
				p = layout_next(&l, (enum pane)p, step);
				assert_true(p >= 0 && p < PANES);
				reached |= 1U << p;
			}
			assert_int_equal(reached, (1U << PANES) - 1);
			assert_int_equal(p, PANE_SMS);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_in_one_place),
		cmocka_unit_test(screens_are_as_drawn),
		cmocka_unit_test(all_panes_are_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
