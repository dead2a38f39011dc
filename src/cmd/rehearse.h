/* rehearse.h: regie-rehearse: a recorded or projected evening sent to a backend, and a report on what broke. */
#ifndef REGIE_CMD_REHEARSE_H
#define REGIE_CMD_REHEARSE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "net/client/transport.h"
#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/wire/wire.h"

int rehearse_main(int argc, char **argv);

/* ---- the evening (rehearse_evening.c) ---------------------------------------------------------------------------- */

/* One message of the file. Strings are valid until line_release. */
struct line {
	struct json *json;
	const char *id, *name, *from, *text; /* from: the sender, or the id when the file names none */
	bool sms;
};

/* The file, checked line by line before anything is sent. `repeat` copies of each line come from as many people. */
struct evening {
	struct buf text;
	struct {
		size_t start, len;
		int64_t at_ms;
	} * lines; /* at_ms from the first line's; -1: the file does not say */
	size_t n, cap;
	size_t repeat;
	size_t n_web, n_sms; /* in one copy */
};
bool evening_read(struct evening *ev, const char *file, size_t repeat, struct error *e);
void evening_release(struct evening *ev);
size_t evening_count(const struct evening *ev);                          /* messages, copies included */
void evening_line(const struct evening *ev, size_t i, struct line *out); /* the i-th message's line */
void line_release(struct line *l);
/* The i-th message's id, and its sender as a web cookie's value (32 of [a-z0-9]) and as an invented French mobile
 * number: the same for the same sender, whatever the run. */
void evening_id(const struct evening *ev, size_t i, const struct line *l, struct buf *out);
void evening_cookie(const struct evening *ev, size_t i, const struct line *l, char out[static 33]);
void evening_number(const struct evening *ev, size_t i, const struct line *l, char out[static 11]);

/* When message i is due, in microseconds from the start. */
struct pace {
	double speed;   /* 0: everything at once */
	double rate;    /* messages a second, 0: by the file or the curve */
	double minutes; /* of the evening, when the file does not say when its messages came */
	double *curve;  /* pace_init makes it */
};
void pace_init(struct pace *p);
void pace_release(struct pace *p);
int64_t pace_due_us(const struct pace *p, const struct evening *ev, size_t i);

/* ---- what came of it (rehearse_tally.c) -------------------------------------------------------------------------- */

enum { REFUSALS_MAX = 24 };
struct tally {
	size_t web, sms; /* sent */
	size_t accepted, repeats, skipped, retries, lost;
	struct {
		int status;
		size_t n;
		struct error first;
	} refused[REFUSALS_MAX];
	size_t n_refused;
	struct error lost_why; /* of the first that was never answered */
	uint32_t *latency_us;  /* of each accepted one, from its last start to its answer */
	size_t cap_latency;
	int64_t began_us, ended_us, behind_us; /* behind: the most that a message started after it was due */
	uint64_t *seen;                        /* bits: ids of messages that the backend named */
	size_t seen_bits;
};
void tally_release(struct tally *t);
void tally_accepted(struct tally *t, const struct call *c, int64_t took_us);
void tally_refused(struct tally *t, const struct call *c);
void tally_lost(struct tally *t, const struct call *c);
bool tally_whole(const struct tally *t); /* everything that was sent was accepted */
void tally_print(struct tally *t, FILE *out);

#endif
