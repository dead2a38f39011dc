#include "src/cmd/regied_admin.h"

#include <stdio.h>
#include <string.h>

#include "net/server/control.h"
#include "src/cmd/cmd.h"

static const struct admin *const admins[] = { &admin_seat, &admin_room, &admin_gateway, &admin_import, &admin_backup,
	&admin_purge };

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

int admin_main(const struct admin *a, int argc, char **argv)
{
	struct cli c = { 0 };
	int code;
	struct buf out = BUF_INIT, err = BUF_INIT;
	if (!command_options(&c, a->usage, a->about, a->options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data");
	if (dir) {
		code = admin_call(a, dir, argc, argv, &out, &err);
	} else {
		struct error e = { 0 };
		error_set(&e, ERR_USAGE, "say which event: --data DIR");
		code = admin_fail(&err, a->name, &e);
	}
	fputs(out.data, stdout);
	fflush(stdout);
	fputs(err.data, stderr);
	buf_release(&out);
	buf_release(&err);
	cli_release(&c);
	return code;
}
