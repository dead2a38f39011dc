/* regied_prepare.c: regied prepare: the themes that the room expects, from a file, before the evening or during it. */
#include <stdio.h>
#include <stdlib.h>

#include "src/cmd/cmd.h"
#include "src/cmd/prepared_file.h"
#include "src/cmd/regied_admin.h"

static int prepare_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	struct prepared_file f = { .text = BUF_INIT };
	size_t as[3] = { 0 };
	bool good = c->n_words == 1 ? prepared_read(&f, c->words[0], &e)
				    : error_set(&e, ERR_USAGE, "name one file; see regied prepare --help");
	if (good && !f.n)
		good = error_set(&e, ERR_FORMAT, "\"%s\" has no theme in it; write one a line", c->words[0]);
	for (size_t i = 0; good && i < f.n; i++) {
		const struct prepared p = {
			.name = f.v[i].name, .title = f.v[i].title, .words = f.v[i].words, .examples = f.v[i].examples
		};
		enum prepared_as was;
		good = store_prepare(s, &p, &was, &e);
		if (good)
			as[was]++;
		else
			error_context(&e, "\"%s\", line %zu", c->words[0], f.v[i].line);
	}
	prepared_release(&f);
	if (!good)
		return admin_fail(err, "prepare", &e);
	buf_addf(out, "%zu prepared, %zu changed, %zu as they were\n", as[PREPARED_NEW], as[PREPARED_ANEW],
		as[PREPARED_BEFORE]);
	return EXIT_DONE;
}

static const struct cli_option options[] = { { "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ NULL, NULL, NULL, NULL, false } };
const struct admin admin_prepare = { "prepare", "regied prepare --data DIR FILE",
	"Prepares the themes that the room expects: a line each, with TABs between key, title, key words (commas) and "
	"questions as examples. A key that was prepared before changes that theme. Before the evening or during it.",
	options, prepare_run };

int cmd_prepare(int argc, char **argv)
{
	return admin_file_main(&admin_prepare, argc, argv);
}
