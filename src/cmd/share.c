#include "src/cmd/share.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/mem.h"

char *own_folder(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	const char *started = (const char *)getauxval(AT_EXECFN); /* as it was called, where /proc is not mounted */
	if (n > 0)
		path[n] = '\0';
	else if (started == NULL || realpath(started, path) == NULL)
		return xstrdup(".");
	char *slash = strrchr(path, '/');
	return slash == NULL ? xstrdup(".") : xstrndup(path, (size_t)(slash - path));
}

char *share_file(const char *name, struct error *e)
{
	char *folder = own_folder();
	const struct {
		const char *of, *under;
	} places[] = { { folder, "/../data/" }, { folder, "/../share/regie/" }, { REGIE_SHARE, "/" } };
	char *found = NULL;
	for (size_t i = 0; !found && i < COUNT_OF(places); i++) {
		struct buf path = BUF_INIT;
		buf_addf(&path, "%s%s%s", places[i].of, places[i].under, name);
		if (file_exists(path.data))
			found = buf_detach(&path);
		buf_release(&path);
	}
	if (!found)
		error_set(e, ERR_NOT_FOUND, "\"%s\" is neither in %s/../data nor in %s", name, folder, REGIE_SHARE);
	free(folder);
	return found;
}
