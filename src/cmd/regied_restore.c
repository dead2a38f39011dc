/* regied_restore.c: regied restore: the event put back from a backup, and what could not be had again. */
#include <stdio.h>
#include <stdlib.h>

#include "data/restore.h"
#include "src/base/clock.h"
#include "src/cmd/cmd.h"

static const struct cli_option options[] = {
	{ "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ "newest", "FOLDER", NULL, "take the newest sound backup of that folder", false },
	{ "missing", NULL, NULL, "list what the event before had and this one lacks", false },
	{ NULL, NULL, NULL, NULL, false },
};

static void passed_over(void *ctx, const char *sentence)
{
	(void)ctx;
	fprintf(stderr, "regied restore: %s\n", sentence);
}

static void say(const struct restored *r, const char *dir)
{
	printf("put back: %s\n", r->file);
	printf("it holds %lld messages and %lld acts; epoch %lld begins\n", (long long)r->messages, (long long)r->acts,
		(long long)r->epoch);
	if (r->with_key)
		printf("the key kept with it was put in place\n");
	if (r->aside)
		printf("the event before is kept: %s\n", r->aside);
	if (r->aside && r->readable)
		printf("it had %lld messages and %lld acts since; consoles offer their acts again when they are back, "
		       "and \"regied restore --data %s --missing\" lists what could not be had again\n",
			(long long)r->messages_since, (long long)r->acts_since, dir);
	else if (r->aside)
		printf("it cannot be read: what came since the backup is known to the consoles only\n");
	printf("go on: regied serve --data %s\n", dir);
}

static bool put_back(const char *dir, const char *from, struct error *e)
{
	struct restored r;
	bool done = store_restore(
		&(struct restore_options){ .dir = dir, .from = from, .passed_over = passed_over }, &r, e);
	if (done)
		say(&r, dir);
	else if (r.aside)
		fprintf(stderr, "regied restore: the event before is kept: %s\n", r.aside);
	restored_release(&r);
	return done;
}

static bool list_missing(const char *dir, struct error *e)
{
	struct restore_lack l;
	if (!store_lacks(dir, &l, e))
		return false;
	for (size_t i = 0; i < l.n; i++) {
		char at[25];
		time_rfc3339(l.v[i].at, at);
		printf("%s %s: %s%s%s\n", at, l.v[i].name, l.v[i].op, l.v[i].words[0] ? " " : "", l.v[i].words);
	}
	printf("%zu acts were not had again; %lld messages came after the backup\n", l.n, (long long)l.messages);
	restore_lack_release(&l);
	return true;
}

int cmd_restore(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	if (!command_options(&c, "regied restore --data DIR FILE | --newest FOLDER | --missing",
		    "Puts an event back from a backup, as a new epoch. What was in DIR is kept beside it. Refused while it is "
		    "served.",
		    options, argc, argv, &code))
		return code;
	const char *dir = cli_get(&c, "data"), *folder = cli_get(&c, "newest");
	bool missing = cli_has(&c, "missing");
	if (!dir)
		error_set(&e, ERR_USAGE, "say which event: --data DIR");
	else if ((int)c.n_words + (folder != NULL) + missing != 1)
		error_set(&e, ERR_USAGE, "name one backup, or --newest FOLDER, or --missing");
	else if (missing)
		list_missing(dir, &e);
	else
		put_back(dir, folder ? folder : c.words[0], &e);
	if (e.code)
		code = command_fail("regied", "restore", &e);
	cli_release(&c);
	return code;
}
