/* pager.h: lines of text to look through (log, help, seats): a list whose rows only say something. */
#ifndef REGIE_UI_PAGER_H
#define REGIE_UI_PAGER_H

#include "ui/view.h"

struct pager_line {
	char *left, *text;       /* left: in its own column, e.g. a key; "" none */
	enum ui_role role, left_role;
};
struct pager_row {
	size_t line, from, len;  /* bytes of its text; from SIZE_MAX: the left word alone */
};
struct pager {
	struct view view;
	struct pager_line *v;
	size_t n, cap;
	bool wraps;              /* lines that are too long go on in the next row; else they are cut */
	struct pager_row *rows;  /* as they stand at `cols` */
	size_t n_rows, cap_rows, laid; /* laid: lines that are in `rows` */
	int cols;
	size_t at, top;          /* rows: the one with the cursor, the first drawn */
	int page, left_cols;
	struct ui *ui;           /* whom `find` asked */
	char *find;              /* what `find` looks for; "" nothing */
};
void pager_init(struct pager *p, const struct view_class *class, int left_cols);
void pager_release(struct pager *p);                    /* not the struct itself */
void pager_clear(struct pager *p);                      /* no line is left; the cursor stays where it was, if it can */
void pager_add(struct pager *p, enum ui_role left_role, const char *left, enum ui_role role, const char *text);
void pager_addf(struct pager *p, enum ui_role role, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void pager_draw(struct pager *p, struct ui *ui, struct area a, bool focused);
const char *const *pager_contexts(const struct view *v);
static inline struct pager *pager_of(const struct view *v)
{
	return (struct pager *)(uintptr_t)v;
}
extern const struct action_set actions_pager;

#endif
