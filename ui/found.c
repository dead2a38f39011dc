/* found.c: each cell is folded by itself; `at` tells of each folded byte which column it came from. */
#include "ui/found.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"

enum { BYTES_MAX = 2048, CELL_FOLDED_MAX = 64 /* bytes that one cell can fold to, and more */ };

struct folded_row {
	struct buf text;
	int at[BYTES_MAX + CELL_FOLDED_MAX];
};

static void fold_cells(const struct grid *g, struct area a, int row, int col, int cols, struct folded_row *out)
{
	for (int c = col; c < col + cols && c < a.cols && out->text.len < BYTES_MAX; c++) {
		const struct cell *cell = &g->cells[(a.row + row) * g->cols + a.col + c];
		size_t from = out->text.len;
		if (cell->wide == 0)
			continue;
		if (cell->text[0] == ' ')
			buf_addc(&out->text, ' ');
		else
			text_fold(cell->text, &out->text);
		for (size_t i = from; i < out->text.len && i < COUNT_OF(out->at); i++)
			out->at[i] = c;
	}
}

static void paint_word(struct grid *g, struct area a, int row, const struct folded_row *r, const char *word, size_t n)
{
	for (const char *p = r->text.data; (p = memmem(p, r->text.len - (size_t)(p - r->text.data), word, n)) != NULL; p += n) {
		size_t from = (size_t)(p - r->text.data);
		int last = r->at[from + n - 1];
		grid_paint(g, a, row, r->at[from], last - r->at[from] + 1, UI_FOUND);
	}
}

void found_paint(struct grid *g, struct area a, int row, int col, int cols, const char *words)
{
	struct folded_row r = { .text = BUF_INIT };
	struct buf w = BUF_INIT;
	if (row < 0 || row >= a.rows || a.row + row >= g->rows || col < 0 || words == NULL || words[0] == '\0')
		return;
	text_fold(words, &w);
	fold_cells(g, a, row, col, cols, &r);
	for (const char *p = w.data; r.text.len > 0 && *p != '\0';) {
		size_t n = strcspn(p, " ");
		if (n > 0)
			paint_word(g, a, row, &r, p, n);
		p += n + (p[n] == ' ');
	}
	buf_release(&w);
	buf_release(&r.text);
}
