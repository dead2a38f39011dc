#include "src/cmd/regied_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/server/control.h"
#include "src/cmd/cmd.h"

static const struct admin *const admins[] = { &admin_seat, &admin_room, &admin_gateway, &admin_import, &admin_backup,
	&admin_purge, &admin_prepare, &admin_lexicon };

int admin_fail(struct buf *err, const char *name, const struct error *e)
{
	buf_addf(err, "regied %s: %s\n", name, e->text);
	return exit_of(e);
}

int admin_run(struct store *s, int argc, char **argv, struct buf *out, struct buf *err)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	for (size_t i = 0; i < sizeof admins / sizeof *admins; i++) {
		if (strcmp(admins[i]->name, argv[0]) != 0)
			continue;
		if (!cli_parse(&c, admins[i]->options, argc, argv, &e))
			return admin_fail(err, argv[0], &e);
		int code = admins[i]->run(s, &c, out, err);
		cli_release(&c);
		return code;
	}
	error_set(&e, ERR_USAGE, "this backend knows no command \"%s\"; use a regied of its version", argv[0]);
	return admin_fail(err, argv[0], &e);
}

bool admin_apart(const char *name)
{
	return !strcmp(name, admin_backup.name);
}

int admin_batch(struct store *s, int argc, char **argv, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	struct committed done;
	if (!store_begin(s, &e))
		return admin_fail(err, argv[0], &e);
	int code = admin_run(s, argc, argv, out, err);
	if (store_commit(s, &done, &e))
		return code;
	buf_reset(out);
	return admin_fail(err, argv[0], &e);
}

int admin_call(const struct admin *a, const char *dir, int argc, char **argv, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	int code;
	if (control_ask(dir, argc, argv, &code, out, err, &e))
		return code;
	if (e.code != ERR_NOT_FOUND)
		return admin_fail(err, a->name, &e);
	struct store *s = store_open(&(struct store_options){ .dir = dir }, &e);
	if (!s)
		return admin_fail(err, a->name, &e);
	code = admin_batch(s, argc, argv, out, err);
	store_close(s);
	return code;
}

/* The word that names a file, by its whole path. NULL: it is not there. */
static char *whole_path(const struct cli *c, int argc, char **argv, int *at)
{
	for (*at = argc - 1; *at > 0 && strcmp(argv[*at], c->words[0]) != 0;)
		--*at;
	return *at > 0 ? realpath(argv[*at], NULL) : NULL;
}

static int call_with(const struct admin *a, bool file, int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code, at = 0;
	struct buf out = BUF_INIT, err = BUF_INIT;
	if (!command_options(&c, a->usage, a->about, a->options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data");
	char *path = file && c.n_words == 1 ? whole_path(&c, argc, argv, &at) : NULL;
	char *was = path ? argv[at] : NULL;
	if (!dir)
		error_set(&e, ERR_USAGE, "say which event: --data DIR");
	else if (file && c.n_words == 1 && !path)
		error_errno(&e, ERR_IO, "\"%s\" cannot be read", c.words[0]);
	if (path)
		argv[at] = path;
	code = e.code ? admin_fail(&err, a->name, &e) : admin_call(a, dir, argc, argv, &out, &err);
	if (path)
		argv[at] = was;
	free(path);
	fputs(out.data, stdout);
	fflush(stdout);
	fputs(err.data, stderr);
	buf_release(&out);
	buf_release(&err);
	cli_release(&c);
	return code;
}

int admin_main(const struct admin *a, int argc, char **argv)
{
	return call_with(a, false, argc, argv);
}

int admin_file_main(const struct admin *a, int argc, char **argv)
{
	return call_with(a, true, argc, argv);
}
