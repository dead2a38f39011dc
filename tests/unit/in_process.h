/* in_process.h: an evening in one process, on one thread, under one seed: a backend, consoles, people who ask, viewers.
 *
 * Nothing runs by itself: in_process_step moves the clock and gives everybody a turn in a fixed order, so the same seed
 * makes the same evening. Requests are made by the server's own reading of a head (http_parts.h) and handed to
 * backend_handle; an exchange is freed the moment it is done and must be done once, whatever became of who asked. Links
 * lose, delay, repeat and cut as `faults` says; repeated requests may come much later. A kill drops the backend between
 * two steps and goes on from a copy of its files as they were then: what was on disk is there, what was on its way is not.
 *
 * On disks of its own (fault_disk.h) the backend and every console are machines that fail: a process may die at any write,
 * and what it says after that nobody hears; power may go with it. In_process_step buries who died; it stays down until it
 * is started again. Every machine has a clock of its own, which may be set ahead or back.
 *
 * Order of life: in_process_new → in_process_start → … → in_process_free, which frees whatever is left.
 */
#ifndef REGIE_TESTS_IN_PROCESS_H
#define REGIE_TESTS_IN_PROCESS_H

#include "data/desk.h"
#include "data/replica.h"
#include "net/client/sync.h"
#include "net/server/backend.h"
#include "tests/unit/fault_disk.h"

/* Chances in a thousand a request, and the longest delay each way. Zero: a link without faults. */
struct faults {
	int drop_before;   /* it never arrives */
	int drop_after;    /* it arrives, its answer does not */
	int repeat;        /* it arrives once more, up to REPEAT_MS later */
	int cut;           /* the answer ends early: with status 200, as a bad proxy passes it on */
	int delay_ms;
	int viewer_gone;   /* a turn: a viewer's connection breaks */
	int viewer_slow;   /* a send: it takes a few bytes only */
	int lazy;          /* a turn: the backend does only a part of what waits */
	int acked;         /* a yes to what was sent: the backend's machine loses its power in that moment */
	/* Not by chance: the nth request of a console from now on is lost on its way, or (back) its answer is; 0: none. */
	int nth;
	bool back, ever_after;
};

#define DISK_BYTES (INT64_C(100) << 30)

struct in_process {
	char dir[64], event[96];         /* the folder of all of it; the backend's */
	struct store_options store;
	struct backend_options options;  /* for the next start: bounds may be set before */
	struct faults faults;
	uint64_t seed;                   /* of the test's dice, draw() */
	int64_t now;                     /* ms since the beginning, of both clocks; the test may move it */
	struct clock clock;
	struct randomness random;
	struct loop *loop;
	struct backend *backend;         /* NULL: down */
	struct talk *talks;              /* exchanges not yet done */
	struct console *consoles;
	struct viewer *viewers;
	struct post *posts;
	int lives;
	struct disk *disk;               /* the backend's; NULL: the real one */
	int64_t ahead;                   /* ms that its clock is ahead of the world's */
	int64_t befell;                  /* how often a link failed in one of these ways */
	int64_t left;                    /* bytes that its disk says it has left, of DISK_BYTES */
	int64_t heard_at;                /* when it last heard a console that is `listened` for, or had its poll open */
	bool power;                      /* its machine goes down with the backend, which is dead */
	uint64_t trace;                  /* of all answers, since the beginning or in_process_rewind */
};

/* An event "Une heure", French, with room "salle", web and SMS shut; the backend is not yet up. */
void in_process_new(struct in_process *p, uint64_t seed);
void in_process_new_on_disks(struct in_process *p, uint64_t seed);
void in_process_free(struct in_process *p);
/* Ends everything that runs, keeps the files. What people and viewers were told is forgotten. */
void in_process_clear(struct in_process *p);
/* On disks of its own, when cleared: keeps all files in a slot; goes on from there at another time with another seed. */
void in_process_keep(struct in_process *p, int slot);
void in_process_rewind(struct in_process *p, int slot, uint64_t seed, int64_t now);
void in_process_start(struct in_process *p);
bool in_process_try_start(struct in_process *p, struct error *e); /* false: it could not, and is down */
void in_process_stop(struct in_process *p);   /* as SIGTERM: everything is answered */
void in_process_kill(struct in_process *p);   /* as SIGKILL */
void in_process_power_cut(struct in_process *p); /* on a disk of its own: and what was not synced is lost */
/* Of all that was answered, drawn, and written where: the same again when the same was played. `bytes`: and what was written,
 * in which a desk keeps when its file was made, and so is another's in another process. */
uint64_t in_process_trace(const struct in_process *p, bool bytes);
/* Lets ms pass, in one go, and gives everybody a turn. */
void in_process_step(struct in_process *p, int64_t ms);
/* Runs the backend, without time passing, until nothing waits in it. */
void in_process_settle(struct in_process *p);
/* The operator's commands while the backend is down or up, as jobs of the writer: a seat's token, a gateway's key. */
void in_process_seat(struct in_process *p, const char *name, enum role role, char token[static 33]);
void in_process_gateway(struct in_process *p, const char *name, const char *kind, char key[static 33]);
void in_process_admin(struct in_process *p, void (*work)(struct store *s, void *arg), void *arg);

uint64_t draw(struct in_process *p);
bool chance(struct in_process *p, int in_thousand);
size_t draw_below(struct in_process *p, size_t n);

/* ---- one request --------------------------------------------------------------------------------------------------- */

struct request {
	const char *method, *target;     /* "GET", "/v1/changes?since=" */
	const char *body;                /* NULL: none */
	const char *type;                /* NULL: application/json when there is a body */
	const char *token;               /* NULL: none */
	const char *name, *value;        /* one header more; NULL: none */
	unsigned listeners;              /* 0: all three */
	const char *client;              /* NULL: 192.0.2.1 */
};
/* What came of it. `talk` is set while it is under way. */
struct reply {
	struct talk *talk;
	bool over;
	int status;                      /* 0: the backend went before it answered */
	const char *type;
	struct buf body;
	struct { const char *name; char *value; } headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	struct stream *stream;           /* the asker's, who says gone() */
};
void ask_begin(struct in_process *p, const struct request *r, struct reply *a);
/* Settles; the answer must be there, unless it is one that waits. Returns its status, 0 while it waits. */
int ask(struct in_process *p, const struct request *r, struct reply *a);
const char *reply_header(const struct reply *a, const char *name); /* or NULL */
/* Frees; leaves when it is still under way: the exchange is `gone` and must be done all the same. */
void reply_release(struct reply *a);

/* ---- consoles ------------------------------------------------------------------------------------------------------ */

struct console {
	struct console *next;
	struct in_process *p;
	char dir[96], token[33], vfs[24];
	struct disk *disk;               /* NULL: the real one */
	int boots;                       /* of its machine */
	struct clock clock;
	int64_t ahead;
	struct cable *cable;             /* its transport */
	bool off;                        /* the cable is pulled */
	bool listened;
	bool absent;                     /* nobody waits for it to settle */
	struct desk *desk;               /* with replica and sync NULL: the console is not running */
	struct replica *replica;
	struct sync *sync;
};
struct console *console_new(struct in_process *p, const char *token);
void console_reopen(struct console *c); /* another process at the same seat: desk and replica as they are on disk */
void console_end(struct console *c, bool power); /* on a disk of its own: as SIGKILL, or the machine went down */
void console_close(struct console *c);           /* as `:quit` */
bool console_try_open(struct console *c, struct error *e); /* false: it could not, and is down */
void console_free(struct console *c);
/* Puts a `:` line into the desk as `regie do` does. The desk's number, or 0 with the sentence in *e. */
int64_t console_do(struct console *c, const char *line, struct error *e);
/* Steps until every console has sent all and pulled all; false when that takes more than a few minutes. */
bool consoles_settled(struct in_process *p);

/* ---- people who ask, and viewers ------------------------------------------------------------------------------------ */

/* One message that its sender repeats until it is told what became of it. */
struct post {
	struct post *next;
	char *target, *body;
	char type[48];
	struct reply answer;
	int64_t due, lost_at;            /* when it is sent (again), when its answer is given up */
	int64_t late;                    /* 0, or when its gateway, which forgot that it was told, sends it once more */
	int tries, status;               /* status of the last answer */
	bool over;                       /* 202, or refused for good */
	char id[ID_MAX], receipt[65];    /* of a web message that was kept */
};
struct post *post_new(struct in_process *p, const char *target, const char *type, const char *body);

struct heard { int64_t number; char *text; };
struct viewer {
	struct viewer *next;
	struct in_process *p;
	struct sink sink;
	struct reply answer;
	struct buf bytes;                /* not yet a whole event */
	bool connected, waits, closed;
	int64_t due;                     /* when it connects (again) */
	char last[64];                   /* id of the last event, "" none */
	struct heard *heard;             /* in the order they came, of this epoch */
	size_t n, cap;
};
struct viewer *viewer_new(struct in_process *p);

#endif
