/* evening_own.h: what the files of evening.h share. */
#ifndef REGIE_TESTS_EVENING_OWN_H
#define REGIE_TESTS_EVENING_OWN_H

#include "tests/unit/evening.h"
#include "tests/unit/in_process.h"

enum { SEATS = 5, VIEWERS = 2, TURNS = 28, POSTS_MAX = 100, PUTS_MAX = 200, DRAFT_ROOM = 64, MARK_ROOM = 16, FLUSHED_MS = 2500, LEAP_MS = 500 };
enum { COLLECTING, OPEN, STATES }; /* what evenings begin with */

/* An operation that the desk took. */
struct put {
	int64_t n;
	char mark[MARK_ROOM]; /* "«12»", which its words hold; "" none */
};
struct seat_at {
	struct console *c;
	struct put puts[PUTS_MAX];
	int n_puts;
	char client[CLIENT_MAX];
	/* Drafts are numbered as they are typed. `kept`: the last that the desk said it has; `safe`: on the platter */
	int typed, kept, safe;
	int64_t calm;                   /* ms that its console ran since then, on a disk that was well; what passed in one leap
	                                 * counts as a short time only, in which the sync loop looks at its clock once */
	bool stormy;                    /* its disk fails now and then */
	int64_t power_cuts;             /* as seen when it was last opened */
	bool cut_in_storm;              /* one of them when what it left could not be looked at */
};
struct evening {
	struct in_process p;
	bool disks, stormy;             /* stormy: the backend's disk */
	int64_t begins[STATES];
	char token[SEATS][33];
	struct seat_at seat[SEATS];
	size_t n_seats;                 /* that are there this evening */
	struct console *fresh[2];       /* the producer's and the host's, with nothing in them; opened at the end */
	char key[33];                   /* of the SMS gateway */
	int marks, posts, kills, clocks, full, hushed, restored, purged;
	char backup[128];               /* the newest good one, "" none */
	bool in_backup[POSTS_MAX];      /* messages that were acknowledged before it; */
	bool gone[POSTS_MAX];           /* those that were so only after it, and before the event was put back */
	struct post *post[POSTS_MAX];
	uint64_t trace[2];
	struct evening_sum sum;
};

struct member {
	const char *name;
	enum role role;
};
extern const struct member crew[SEATS];

/* evening_deeds.c: what people do in a turn. */
void evening_deeds(struct evening *v);

/* evening_mishaps.c: what befalls machines and links in a turn, and what comes back. */
void evening_mishaps(struct evening *v);
void evening_mend(struct evening *v, int in_thousand);
void evening_step(struct evening *v, int64_t ms); /* lets so much time pass */
void evening_jump(struct evening *v, int64_t *ahead); /* of a clock */
void evening_here(struct seat_at *s); /* a host or a scribe says that they are */
void evening_drop_backup(struct evening *v);
/* Steps until everybody has sent and heard all. */
void evening_settle(struct evening *v);

/* evening_judge.c: what must be true when all is well again. */
void evening_judge(struct evening *v, const struct buf *memory);
void evening_replicas(struct evening *v); /* all hold what the fresh ones hold */
void evening_lines(struct replica *r, struct buf *out); /* all that it holds, a line each */
void evening_world(const struct world *w, struct buf *out); /* its small records, a line each */

/* evening_purge.c: after all that, the event is purged, by a backend that dies while it does so. */
void evening_purge(struct evening *v);

#endif
