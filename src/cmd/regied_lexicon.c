/* regied_lexicon.c: regied lexicon: the operator's own words beside those that come with Régie.
 *
 * An event has one, lexicon-LANG.tsv in its directory. It is taken into the event's log, so that a restart knows which
 * messages came before it: by this command, at the start of serve, and when serve gets a SIGHUP.
 */
#include "src/cmd/regied_lexicon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regied_admin.h"
#include "src/themes/lexicon.h"

static char *own_path(struct store *s)
{
	char name[24];
	const struct event *ev = world_event(store_world(s));
	snprintf(name, sizeof name, "lexicon-%.8s.tsv", ev ? ev->lang : "fr");
	return path_join(store_dir(s), name);
}

static bool take(struct store *s, const char *path, struct buf *text, bool *changed, struct error *e)
{
	return file_read(path, LEXICON_TEXT_MAX, text, e) &&
		(store_lexicon(s, text->data, text->len, changed, e) || error_context(e, "\"%s\"", path));
}

void lexicon_look(struct store *s, bool asked)
{
	struct error e = { 0 };
	struct buf text = BUF_INIT;
	bool changed = false;
	char *path = own_path(s);
	if (!file_exists(path)) {
		if (asked)
			log_line(LOG_INFO, "there is no \"%s\": words are compared as before", path);
	} else if (!take(s, path, &text, &changed, &e)) {
		log_line(LOG_ERROR, "the lexicon was not taken, words are compared as before: %s", e.text);
	} else if (changed || asked) {
		log_line(LOG_INFO, changed ? "\"%s\" was taken: it counts from the next message on"
					   : "\"%s\" is as it was", path);
	}
	buf_release(&text);
	free(path);
}

static int lexicon_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	struct buf text = BUF_INIT;
	bool changed = false;
	char *own = own_path(s);
	const char *path = c->n_words ? c->words[0] : own;
	bool good = c->n_words <= 1 || error_set(&e, ERR_USAGE, "name one file, or none; see regied lexicon --help");
	if (good && !c->n_words && !file_exists(own))
		good = error_set(&e, ERR_NOT_FOUND, "there is no \"%s\"; write it, or name a file", own);
	good = good && take(s, path, &text, &changed, &e);
	if (good && strcmp(path, own) != 0)
		good = file_replace(own, text.data, text.len, 0600, &e);
	if (good)
		buf_adds(out, changed ? "taken: it counts from the next message on\n" : "it is as it was\n");
	buf_release(&text);
	free(own);
	return good ? EXIT_DONE : admin_fail(err, "lexicon", &e);
}

static const struct cli_option options[] = { { "data", "DIR", "REGIED_DATA", "the event's directory", false },
	{ NULL, NULL, NULL, NULL, false } };
const struct admin admin_lexicon = { "lexicon", "regied lexicon --data DIR [FILE]",
	"Takes FILE as the event's lexicon, the operator's own words beside those that come with Régie, and keeps it as "
	"DIR/lexicon-LANG.tsv; without FILE, that one as it is now. Messages to come are compared by it; those that came stay "
	"where they are.",
	options, lexicon_run };

int cmd_lexicon(int argc, char **argv)
{
	return admin_file_main(&admin_lexicon, argc, argv);
}
