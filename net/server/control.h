/* control.h: the operator's commands reach a backend that serves by a socket in its directory (0600).
 *
 * One request a connection: the command's words as a JSON line, {"argv":["seat","add","--name",…]}; one answer:
 * {"exit":N,"out":"…","err":"…"}. The command runs on the writer's thread inside a batch, as any change does; one that
 * changes nothing runs apart, on a reader's thread, and holds nobody up.
 */
#ifndef REGIE_NET_SERVER_CONTROL_H
#define REGIE_NET_SERVER_CONTROL_H

#include "net/server/backend.h"

/* Runs a command on the open store: fills out and err, returns the exit code. Given by src/cmd. */
typedef int control_run(struct store *s, int argc, char **argv, struct buf *out, struct buf *err);

struct control;
/* `apart`: whether a command of that name calls only what store.h lets any thread call; NULL: none does. */
struct control *control_listen(struct backend *b, const char *dir, control_run *run, bool (*apart)(const char *name), struct error *e);
void control_close(struct control *c); /* removes the socket; accepts NULL */

/* The other end, for a command that finds the directory served: false when nobody listens there (then the directory may
 * be opened directly). */
bool control_ask(const char *dir, int argc, char **argv, int *exit_code, struct buf *out, struct buf *err, struct error *e);

#endif
