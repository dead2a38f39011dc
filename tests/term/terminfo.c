#include "tests/term/terminfo.h"

#include <curses.h>
#include <term.h>

bool terminfo_open(const char *name, int fd)
{
	int found;
	return setupterm(name, fd, &found) == OK;
}

const char *terminfo_text(const char *cap)
{
	const char *s = tigetstr(cap);
	return s && s != (char *)-1 && *s ? s : NULL;
}

void terminfo_close(void)
{
	del_curterm(cur_term);
}
