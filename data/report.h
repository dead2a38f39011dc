/* report.h: the evening in figures, counted from what is on disk.
 *
 * Read through a reader: nobody waits, served or not. Counts are exact; what was purged counts on (its words are gone).
 * Times are UTC ms, 0: never; spans are ms. A question belongs to the theme that its theme was merged into.
 */
#ifndef REGIE_DATA_REPORT_H
#define REGIE_DATA_REPORT_H

#include "data/store.h"

enum { REPORT_BIN_MS = 300000, REPORT_THEMES = 20 };

struct report_channel {           /* of web and sms; room: only questions */
	int64_t messages, people;
	int64_t dismissed, muted;     /* messages */
	int64_t questions, aired;     /* made of its messages; put on the air and not struck */
};
struct report_bin { int64_t at, web, sms; };
struct report_theme {
	int64_t id;
	char *title;                  /* as people named it, else as found; masked */
	int64_t people, messages, web, sms;
	bool dismissed;
	int64_t question;             /* number of what was made of it: the one aired last, else the last accepted; 0: none */
	enum question_state state;
	enum result outcome;
	bool struck;
	int64_t aired_at, closed_at;
};
struct report_spread { int64_t n, median, ninth, longest; }; /* ninth: nine of ten took no longer */
struct report_interruption { enum interruption kind; int64_t at, until; /* until 0: it goes on; kind none: purged */ };
struct report_seat { char id[ID_MAX]; char *name; enum role role; bool removed; int64_t acts, undone; };
struct report_op { char name[16]; int64_t acts, undone; };

struct report {
	char *title;
	char lang[8], purged[48];     /* purged: "people 2004-06-25T…" or "" */
	bool rehearsal;
	enum event_state state;
	int64_t opened_at, ended_at, plan_end, plan_questions;

	struct report_channel channels[CHANNELS];
	int64_t messages, people, stops, contacts, held, alerts, repeats, not_kept;
	int64_t themes, merged, prepared;
	struct report_bin *arrivals;  /* REPORT_BIN_MS each, ascending, those with messages */
	size_t n_arrivals, cap_arrivals;
	struct report_theme largest[REPORT_THEMES];
	size_t n_largest;

	int64_t accepted, composed, improvised;   /* where questions came from: the public, the room, the moment */
	int64_t aired, waiting, dropped, returned, struck;
	int64_t outcomes[RESULTS];                /* of those that were closed and not struck */
	int64_t people_aired;                     /* who asked what was aired, each once */

	struct report_spread to_accept;  /* from the first source's arrival to the question */
	struct report_spread to_air;     /* from there to the air */
	struct report_spread to_answer;  /* from there to the first segment of its answer */

	int64_t segments, corrected, retracted, in_review, answers, notices;
	struct report_interruption *interruptions;
	size_t n_interruptions, cap_interruptions;
	struct report_seat *seats;
	size_t n_seats, cap_seats;
	struct report_op *ops;           /* by name */
	size_t n_ops, cap_ops;
	int64_t acts, undone, holds, refused, expired;
};

/* The caller frees. NULL with a sentence. */
struct report *reader_report(struct reader *r, struct error *e);
void report_free(struct report *p); /* accepts NULL */

#endif
