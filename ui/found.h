/* found.h: what a search matched, painted over what is drawn already.
 *
 * It works on cells, so that it need not know how a text was cut or wrapped; a word that a line break parts is not found.
 */
#ifndef REGIE_UI_FOUND_H
#define REGIE_UI_FOUND_H

#include "ui/grid.h"

/* Gives the role UI_FOUND to the cells of a row of the area that hold a word of `words`, with whatever case and accents. */
void found_paint(struct grid *g, struct area a, int row, int col, int cols, const char *words);

#endif
