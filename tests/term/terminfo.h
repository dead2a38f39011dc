/* terminfo.h: what a terminal's description says; apart, because curses' macros take common words. */
#ifndef REGIE_TESTS_TERMINFO_H
#define REGIE_TESTS_TERMINFO_H

#include <stdbool.h>

bool terminfo_open(const char *name, int fd);  /* one at a time */
const char *terminfo_text(const char *cap);    /* NULL: it has none; valid until terminfo_close */
void terminfo_close(void);

#endif
