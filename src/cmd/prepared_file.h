/* prepared_file.h: a file of prepared themes, as regied prepare and regied themes --prepared read it.
 *
 * UTF-8, a theme a line, TABs between: key, title, key words (commas between), and questions as examples, each in a field of
 * its own. Empty lines, lines that begin with '#' and a first line of heads ("theme", "key", "name"…) are passed over.
 */
#ifndef REGIE_CMD_PREPARED_FILE_H
#define REGIE_CMD_PREPARED_FILE_H

#include "src/base/buf.h"
#include "src/base/error.h"

struct prepared_theme {
	const char *name, *title, *words;
	const char *examples; /* a question a line; NULL: none */
	size_t line;
};
struct prepared_file {
	struct buf text; /* what the themes point into */
	struct prepared_theme *v;
	size_t n, cap;
};
/* Reads and checks all of it. On a mistake a sentence that names the file, the line and what to do. */
bool prepared_read(struct prepared_file *f, const char *path, struct error *e);
void prepared_release(struct prepared_file *f);

#endif
