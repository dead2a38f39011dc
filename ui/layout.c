/* layout.c: three trees and one way to cut a screen by them. */
#include "ui/layout.h"

enum { TWO_COLUMNS = 100, SCRIBE_COLUMNS = 160 /* a line being typed wants its width */, THREE_COLUMNS = 180 };

#define LEAF(which, share, rows, cols) \
	{ .split = LAYOUT_LEAF, .pane = PANE_##which, .weight = share, .least_rows = rows, .least_cols = cols }

/* The first node is the root. Kids stand in reading order, which is that of enum pane. */
static const struct layout_node one_column[] = {
	{ .split = LAYOUT_ROWS, .kids = { 1, 2, 3, 4 }, .n_kids = 4 },
	LEAF(WEB, 1, 14, 40),
	LEAF(SMS, 1, 14, 40),
	LEAF(QUESTION, 1, 14, 40),
	LEAF(TRANSCRIPT, 1, 14, 40),
};
static const struct layout_node two_columns[] = {
	{ .split = LAYOUT_ROWS, .kids = { 1, 2 }, .n_kids = 2 },
	{ .split = LAYOUT_COLUMNS, .weight = 1, .kids = { 3, 4 }, .n_kids = 2 },
	{ .split = LAYOUT_COLUMNS, .weight = 1, .kids = { 5, 6 }, .n_kids = 2 },
	LEAF(WEB, 1, 12, 38),
	LEAF(SMS, 1, 12, 38),
	LEAF(QUESTION, 1, 12, 38),
	LEAF(TRANSCRIPT, 1, 12, 38),
};
static const struct layout_node three_columns[] = {
	{ .split = LAYOUT_COLUMNS, .kids = { 1, 4, 5 }, .n_kids = 3 },
	{ .split = LAYOUT_ROWS, .weight = 1, .kids = { 2, 3 }, .n_kids = 2 },
	LEAF(WEB, 1, 10, 54),
	LEAF(SMS, 1, 10, 54),
	LEAF(QUESTION, 1, 10, 54),
	LEAF(TRANSCRIPT, 1, 10, 54),
};

struct cut {
	const struct layout_node *tree;
	struct layout *out;
	enum pane own, focus;
};

static bool holds(const struct cut *c, int node, enum pane p)
{
	const struct layout_node *n = &c->tree[node];

	if (n->split == LAYOUT_LEAF)
		return n->pane == p;
	for (int i = 0; i < n->n_kids; i++)
		if (holds(c, n->kids[i], p))
			return true;
	return false;
}

/* Rows that a node wants open, its rules counted. */
static int least_rows(const struct cut *c, int node)
{
	const struct layout_node *n = &c->tree[node];
	int least = 0;

	if (n->split == LAYOUT_LEAF)
		return 1 + n->least_rows;
	for (int i = 0; i < n->n_kids; i++) {
		const int one = least_rows(c, n->kids[i]);

		least = n->split == LAYOUT_ROWS ? least + one : one > least ? one : least;
	}
	return least;
}

static int least_cols(const struct cut *c, int node)
{
	const struct layout_node *n = &c->tree[node];
	int least = 0;

	if (n->split == LAYOUT_LEAF)
		return n->least_cols;
	for (int i = 0; i < n->n_kids; i++) {
		const int one = least_cols(c, n->kids[i]);

		least = n->split == LAYOUT_COLUMNS ? least + one + (i > 0) : one > least ? one : least;
	}
	return least;
}

/* The seat's own gets half as much again. */
static int weight(const struct cut *c, int node)
{
	return c->tree[node].weight * (holds(c, node, c->own) ? 3 : 2);
}

/* Gives `left` out by weight to the kids marked, on top of size[]; the last one takes what division leaves. */
static void share(const struct cut *c, const struct layout_node *n, const bool *marked, int left, int *size)
{
	int all = 0, last = -1, rest = left;

	for (int i = 0; i < n->n_kids; i++)
		if (marked[i]) {
			all += weight(c, n->kids[i]);
			last = i;
		}
	for (int i = 0; i < n->n_kids && last >= 0; i++)
		if (marked[i]) {
			const int part = i == last ? rest : left * weight(c, n->kids[i]) / all;

			size[i] += part;
			rest -= part;
		}
}

static void place(const struct cut *c, int node, struct area a, bool folded);

/* Which kids are open: the one with the keys, then the seat's own, then in reading order, as long as they have room. */
static void place_rows(const struct cut *c, const struct layout_node *n, struct area a)
{
	bool open[4] = { false };
	int size[4], total = n->n_kids, opened = 0;

	for (int i = 0; i < n->n_kids; i++)
		size[i] = 1;
	for (int turn = 0; turn < 3; turn++)
		for (int i = 0; i < n->n_kids; i++) {
			const int kid = n->kids[i], more = least_rows(c, kid) - 1;

			if (open[i] || (turn == 0 && !holds(c, kid, c->focus)) || (turn == 1 && !holds(c, kid, c->own)))
				continue;
			if (opened > 0 && total + more > a.rows)
				continue;
			open[i] = true;
			total += more;
			opened++;
		}
	/* what is open shares by weight, but has its least when that is to be had */
	int left = a.rows - n->n_kids;
	if (total <= a.rows) {
		int even[4] = { 0 };
		bool fair = true;

		share(c, n, open, left, even);
		for (int i = 0; i < n->n_kids; i++)
			fair = fair && (!open[i] || 1 + even[i] >= least_rows(c, n->kids[i]));
		for (int i = 0; i < n->n_kids && !fair; i++)
			if (open[i]) {
				size[i] = least_rows(c, n->kids[i]);
				left -= size[i] - 1;
			}
	}
	share(c, n, open, left, size);
	for (int i = 0; i < n->n_kids; i++) {
		place(c, n->kids[i], (struct area){ .row = a.row, .col = a.col, .rows = size[i], .cols = a.cols }, !open[i]);
		a.row += size[i];
	}
}

static void place_columns(const struct cut *c, const struct layout_node *n, struct area a, bool folded)
{
	const bool all[4] = { true, true, true, true };
	int size[4] = { 0 }, left = a.cols - (n->n_kids - 1);
	bool fair = true;

	share(c, n, all, left, size);
	for (int i = 0; i < n->n_kids; i++)
		fair = fair && size[i] >= least_cols(c, n->kids[i]);
	if (!fair && least_cols(c, (int)(n - c->tree)) <= a.cols) {
		for (int i = 0; i < n->n_kids; i++) {
			size[i] = least_cols(c, n->kids[i]);
			left -= size[i];
		}
		share(c, n, all, left, size);
	}
	for (int i = 0; i < n->n_kids; i++) {
		place(c, n->kids[i], (struct area){ .row = a.row, .col = a.col, .rows = a.rows, .cols = size[i] }, folded);
		a.col += size[i];
		if (i + 1 == n->n_kids)
			break;
		c->out->bars[c->out->n_bars].row = a.row;
		c->out->bars[c->out->n_bars].col = a.col++;
		c->out->bars[c->out->n_bars++].rows = a.rows;
	}
}

static void place(const struct cut *c, int node, struct area a, bool folded)
{
	const struct layout_node *n = &c->tree[node];

	if (n->split == LAYOUT_ROWS)
		place_rows(c, n, a);
	else if (n->split == LAYOUT_COLUMNS)
		place_columns(c, n, a, folded);
	else
		c->out->pane[n->pane] = (struct placed){
			.rule = { .row = a.row, .col = a.col, .rows = 1, .cols = a.cols },
			.content = { .row = a.row + 1, .col = a.col, .rows = a.rows - 1, .cols = a.cols },
			.folded = folded,
		};
}

void layout_place(struct layout *out, struct area a, enum pane own, enum pane focus, bool zoom)
{
	struct cut c = { .tree = one_column, .out = out, .own = own, .focus = focus };

	*out = (struct layout){ .n_bars = 0 };
	if (a.rows < 1 || a.cols < 1)
		return;
	if (zoom || a.rows < PANES + 1) { /* no room for strips: the one with the keys alone */
		out->pane[focus].rule = (struct area){ .row = a.row, .col = a.col, .rows = 1, .cols = a.cols };
		out->pane[focus].content = (struct area){ .row = a.row + 1, .col = a.col, .rows = a.rows - 1, .cols = a.cols };
		return;
	}
	if (a.cols >= THREE_COLUMNS)
		c.tree = three_columns;
	else if (a.cols >= (own == PANE_TRANSCRIPT ? SCRIBE_COLUMNS : TWO_COLUMNS))
		c.tree = two_columns;
	place(&c, 0, a, false);
}

int layout_next(const struct layout *l, enum pane from, int step)
{
	(void)l; /* all trees have the panes in reading order, and what is folded or not there opens when it gets the keys */
	return step == 0 ? -1 : (((int)from + step) % PANES + PANES) % PANES;
}
