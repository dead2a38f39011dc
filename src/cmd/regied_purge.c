/* regied_purge.c: regied purge: what must not outlive the evening. */
#include <stdio.h>
#include <string.h>

#include "src/cmd/cmd.h"
#include "src/cmd/regied_admin.h"

static int purge_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	static const char *const names[] = { [PURGE_PEOPLE] = "people", [PURGE_EVENT] = "event" };
	struct error e = { 0 };
	struct purged p;
	int what = PURGE_EVENT;
	while (what > PURGE_NONE && (c->n_words != 1 || strcmp(names[what], c->words[0]) != 0))
		what--;
	if (what == PURGE_NONE) {
		error_set(&e, ERR_USAGE,
			"say what goes: people (the public's words) or event (all words); see regied purge --help");
		return admin_fail(err, "purge", &e);
	}
	if (!store_purge(s, (enum purge)what, &p, &e))
		return admin_fail(err, "purge", &e);
	buf_addf(out, "purged: %lld messages of %lld people, %lld themes, %lld questions\n", (long long)p.messages,
		(long long)p.people, (long long)p.themes, (long long)p.questions);
	buf_adds(err, "what was copied before (regied backup) is not purged: delete those files\n");
	return EXIT_DONE;
}

static const struct cli_option purge_options[] = { { "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ NULL, NULL, NULL, NULL, false } };
const struct admin admin_purge = { "purge", "regied purge --data DIR people|event",
	"Erases for good, once the event has ended: people: the public's texts, names and numbers' traces, and the key "
	"that told "
	"senders apart; event: that and all that the room wrote. Counts stay. There is no way back.",
	purge_options, purge_run };

/* As any operator's command; then a look at what only the end of its batch could do. */
int cmd_purge(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = admin_main(&admin_purge, argc, argv);
	if (code != EXIT_DONE || !cli_parse(&c, purge_options, argc, argv, &e))
		return code;
	if (!c.help && !c.version && store_purge_left(cli_get(&c, "data"), &e))
		code = command_fail("regied", "purge", &e);
	cli_release(&c);
	return code;
}
