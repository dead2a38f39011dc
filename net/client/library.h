/* library.h: a shared library that is looked up when it is first needed, not when the program starts. */
#ifndef REGIE_NET_CLIENT_LIBRARY_H
#define REGIE_NET_CLIENT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/error.h"

struct library_name {
	const char *name;
	void *pointer;    /* to a pointer to a function of that name's type */
};
/* Loads it for as long as the process and finds all names; any thread, again and again. ERR_NOT_FOUND: a sentence that names
 * what is missing. */
bool library_load(const char *file, const struct library_name *names, size_t n, struct error *e);

#endif
