/* regie_seat.h: what do, show and the screen begin with: where the backend is, who we are, where our files are.
 *
 * Flags come first, then the environment, then $XDG_CONFIG_HOME/regie/regie.conf ("backend = URL" lines).
 */
#ifndef REGIE_CMD_REGIE_SEAT_H
#define REGIE_CMD_REGIE_SEAT_H

#include "net/client/sync.h"
#include "src/base/buf.h"
#include "src/base/cli.h"

#define SEAT_OPTIONS \
	{"backend", "URL", "REGIE_BACKEND", "the backend's address; several are tried in turn", true}, \
	{"token-file", "FILE", "REGIE_TOKEN_FILE", "file that holds the seat's token; else $REGIE_TOKEN, else asked for", false}, \
	{"ca", "FILE", "REGIE_CA", "certificate authority to believe, PEM", false}, \
	{"pin", "HASH", "REGIE_PIN", "sha256//… of the backend's public key", false}, \
	{"data", "DIR", "REGIE_DATA", "where this seat's desk and replica are", false}, \
	{"lang", "fr|en", NULL, "language of the screen; do and show speak English", false}

struct open_seat {
	struct desk *desk;
	struct replica *replica;
	struct transport *transport;
	struct sync *sync;
	char *dir;
	char *token;
	struct buf config;
	const char *backends[8];
	size_t n_backends;
};
/* Opens all of it: finds, then connects as a command does. A token that is nowhere is asked for at the terminal. */
bool seat_open(struct open_seat *s, const struct cli *c, struct error *e);
/* The two halves, for the console: where all is and who we are; then desk, replica, transport and sync, which belong to
 * the calling thread from then on. `once` as in sync.h; a console (false) has its desk's folder watched. */
bool seat_find(struct open_seat *s, const struct cli *c, struct error *e);
bool seat_connect(struct open_seat *s, const struct cli *c, bool once, struct error *e);
/* A setting: the command's option, its environment, else regie.conf's "NAME = VALUE". NULL: none. Valid until seat_close. */
const char *seat_setting(struct open_seat *s, const struct cli *c, const char *name);
/* Path of regie.conf; the caller frees. */
char *seat_config_path(void);
void seat_close(struct open_seat *s);

/* How much of the event must be here: what is put first in a load (the small kinds and the largest themes), that and all
 * else that comes within WHOLE_MS, or all. */
enum need { NEED_READY, NEED_MOST, NEED_WHOLE };
enum { WHOLE_MS = 700 };
/* Pulls until the replica is as far as the backend, or the link is down and `patience_ms` is over. True when it got there
 * (or another process keeps it fresh); else `why` says what is wrong. */
bool seat_pull(struct open_seat *s, enum need need, int64_t patience_ms, struct error *why);
/* Server time, as well as it is known. */
int64_t seat_now(const struct open_seat *s);

#endif
