/* layout.h: panes as a tree; sizes are computed, never edited.
 *
 * A node is a leaf (a pane) or a split (rows or columns) of children with weights and least sizes. layout_place gives
 * each leaf its area and its rule. Children that do not fit at their least size fold to a strip of one line; the leaf that
 * has the keys never folds. Each leaf has one line of rule with its title above it.
 */
#ifndef REGIE_UI_LAYOUT_H
#define REGIE_UI_LAYOUT_H

#include "ui/grid.h"

enum pane { PANE_WEB, PANE_SMS, PANE_QUESTION, PANE_TRANSCRIPT, PANES };
enum layout_split { LAYOUT_LEAF, LAYOUT_ROWS, LAYOUT_COLUMNS };
struct layout_node {
	enum layout_split split;
	enum pane pane;                 /* of a leaf */
	int weight;                     /* share of what is left over */
	int least_rows, least_cols;     /* of its content */
	int kids[4], n_kids;            /* indices in the table */
};
/* The trees, by the width of the screen: one column, two, three; SCREENS.md. Which seat opens what is a weight. */
struct placed {
	struct area content;            /* rows 0: folded, or not there */
	struct area rule;               /* its title's line (also a strip's); rows 0: none */
	bool folded;
};
/* Areas for all panes within `a`. `focus` has the keys and never folds; `zoom`: it alone fills `a`. `own` is the seat's
 * own pane, which gets more. Every cell of `a` belongs to exactly one content, rule or column rule (`bars`). */
struct layout {
	struct placed pane[PANES];
	struct { int row, col, rows; } bars[4]; /* vertical rules between columns, one column wide */
	int n_bars;
};
void layout_place(struct layout *out, struct area a, enum pane own, enum pane focus, bool zoom);
/* The pane `step` further than `from` in reading order, round and round, also one that is folded or not there (it opens
 * when it gets the keys); -1 for a step of 0. */
int layout_next(const struct layout *l, enum pane from, int step);

enum { SCREEN_LEAST_COLS = 60, SCREEN_LEAST_ROWS = 16, PROMPTER_LEAST_COLS = 40, PROMPTER_LEAST_ROWS = 10 };

#endif
