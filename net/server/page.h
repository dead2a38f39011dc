/* page.h: the viewer's page and its files, carried inside the program.
 *
 * Every file in net/server/page/ becomes one row; net/server/embed.sh writes the table (build/gen/page.c) when the
 * program is built. Rows are sorted by name (strcmp order).
 */
#ifndef REGIE_NET_SERVER_PAGE_H
#define REGIE_NET_SERVER_PAGE_H

#include <stddef.h>

struct asset {
	const char *name;          /* "page.css": the file's name, without folders */
	const char *type;          /* its media type, with the charset where it is text */
	const unsigned char *data; /* len bytes, then a 0 that is not counted */
	size_t len;
};

extern const struct asset page_assets[]; /* page_assets_n rows, then one whose name is NULL */
extern const size_t page_assets_n;

#endif
