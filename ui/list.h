/* list.h: the keys that every list has (context "list"): down, up, pages, ends, open, back, mark, find.
 *
 * A view that names "list" among its contexts begins with a `struct list_view`; what its class leaves NULL is not there.
 */
#ifndef REGIE_UI_LIST_H
#define REGIE_UI_LIST_H

#include "ui/view.h"

struct list_view;
struct list_class {
	void (*move)(struct list_view *l, struct ui *ui, int64_t by);    /* rows; down is positive; stops at the ends */
	void (*edge)(struct list_view *l, struct ui *ui, bool last);     /* to the first or the last row */
	bool (*open)(struct list_view *l, struct ui *ui);
	bool (*back)(struct list_view *l, struct ui *ui);                /* false: there is nothing to go back to */
	bool (*mark)(struct list_view *l, struct ui *ui);
	bool (*find)(struct list_view *l, struct ui *ui);
	bool (*again)(struct list_view *l, struct ui *ui, bool back);    /* the next match */
};
struct list_view {
	struct view view;
	const struct list_class *list;
	int page;                                                        /* rows on the screen, as last drawn */
};

extern const struct action_set actions_list;

#endif
