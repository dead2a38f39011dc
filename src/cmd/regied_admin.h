/* regied_admin.h: the operator's commands on an event, whether it is served or not.
 *
 * A command's words go to the backend that serves the directory (net/server/control.h), or, when nobody does, run here on
 * the directory itself: the same function either way, inside one batch of the store.
 */
#ifndef REGIE_CMD_REGIED_ADMIN_H
#define REGIE_CMD_REGIED_ADMIN_H

#include "data/store.h"
#include "src/base/cli.h"

struct admin {
	const char *name;     /* "seat" */
	const char *usage, *about;
	const struct cli_option *options;
	/* In an open batch, but for backup, which is apart; says what it has to say in out and err; returns the exit code. */
	int (*run)(struct store *s, const struct cli *c, struct buf *out, struct buf *err);
};
extern const struct admin admin_seat, admin_room, admin_gateway, admin_import, admin_backup, admin_purge,
	admin_prepare, admin_lexicon;

/* The main of such a command. */
int admin_main(const struct admin *a, int argc, char **argv);
/* The same for one whose only word, when it has one, names a file: who serves the directory may stand elsewhere. */
int admin_file_main(const struct admin *a, int argc, char **argv);
/* One call of it, by socket or directly; what it said is in out and err. */
int admin_call(const struct admin *a, const char *dir, int argc, char **argv, struct buf *out, struct buf *err);
/* One call of it on a store that is open here, in a batch of its own. */
int admin_batch(struct store *s, int argc, char **argv, struct buf *out, struct buf *err);
/* control_run for a serving backend: the caller's batch is open. */
int admin_run(struct store *s, int argc, char **argv, struct buf *out, struct buf *err);
/* Whether a command of that name changes nothing and calls only what store.h lets any thread call. */
bool admin_apart(const char *name);
/* A failure as such a command says it; returns the exit code. */
int admin_fail(struct buf *err, const char *name, const struct error *e);

#endif
