#include "net/client/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

bool library_load(const char *file, const struct library_name *names, size_t n, struct error *e)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&one_at_a_time);
	void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
	bool good = library || error_set(e, ERR_NOT_FOUND, "\"%s\" cannot be loaded; install it and try again", file);
	for (size_t i = 0; good && i < n; i++) {
		void *f = dlsym(library, names[i].name);
		good = f || error_set(e, ERR_NOT_FOUND, "\"%s\" has no \"%s\"; install a newer one", file, names[i].name);
		memcpy(names[i].pointer, &f, sizeof f);
	}
	pthread_mutex_unlock(&one_at_a_time);
	return good;
}
