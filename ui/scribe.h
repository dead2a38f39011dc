/* scribe.h: what the scribe's pane holds between a key and a verdict, without a screen: the segments closed and not yet
 * confirmed, the line being typed, the scribe's choice; when a sentence ends, how long a segment is held back, and how all
 * of it is written down and found again.
 *
 * A segment gets the id it will have in the event when it is closed, so that after any crash it can be told whether it
 * was offered already: nothing is lost between closing and publishing, and nothing is published twice. Segments leave in
 * the order they were closed. Times: `mono` is the clock's, for waiting; `utc` is written down.
 */
#ifndef REGIE_UI_SCRIBE_H
#define REGIE_UI_SCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/id.h"

enum piece_is {
	PIECE_HELD,      /* waits for its time; may be taken back */
	PIECE_LEAVING,   /* in the desk; will be sent, and sent again until there is a verdict */
	PIECE_REFUSED    /* the sentence is in `why`; stays until it is taken back or thrown away */
};
struct piece {
	char id[ID_MAX];         /* the segment's */
	char question[ID_MAX];   /* "": as the backend finds (none was chosen yet) */
	char *text, *speaker, *why;
	enum piece_is is;
	int64_t closed_at;       /* UTC */
	int64_t leaves;          /* mono ms; PIECE_HELD */
	int64_t n;               /* the desk's number; PIECE_LEAVING */
};
/* The line being typed, as it is written down. */
struct draft {
	char *text;
	size_t at;
	char correcting[ID_MAX]; /* the segment that is being corrected; "" = none */
	int64_t rev;             /* of it, as it was opened */
	char *aside;             /* what was being typed before the correction; NULL: nothing */
	size_t aside_at;
};
void draft_release(struct draft *d);

enum { SPEAKERS_MAX = 20 };
struct scribe {
	struct piece *v;
	size_t n, cap;
	char choice[ID_MAX];     /* the question that answers go to; "" = not chosen yet */
	char *speaker;           /* of the segments that are closed next; "" = not said */
	bool speaker_said;       /* also "" was said */
	char *known[SPEAKERS_MAX]; /* who spoke or was named, in that order; each keeps its place, and so its key */
	size_t n_known;
};
void scribe_init(struct scribe *s);
void scribe_know(struct scribe *s, const char *speaker); /* adds a name that is new and not "", while there is room */
void scribe_release(struct scribe *s);

/* Closes a segment: `text` as typed (trimmed here, line ends become spaces). NULL: nothing visible in it. */
struct piece *scribe_close(struct scribe *s, const char *text, int64_t hold_ms, int64_t utc, int64_t mono, const struct randomness *r);
/* Takes the newest held segment, else the newest refused one, out again; the caller owns the text. NULL: none. */
char *scribe_take_back(struct scribe *s, char **speaker);
/* All that is held leaves now. False: nothing was. */
bool scribe_send_now(struct scribe *s);
/* The segment whose turn it is to leave, or NULL. Call it again after each. */
struct piece *scribe_ready(struct scribe *s, int64_t mono);
/* When the next one will be ready, mono ms; -1: none is held. */
int64_t scribe_due(const struct scribe *s);
void scribe_left(struct piece *p, int64_t n);
void scribe_refuse(struct piece *p, const char *why);
void scribe_drop(struct scribe *s, struct piece *p);
struct piece *scribe_find(const struct scribe *s, const char *id);
size_t scribe_count(const struct scribe *s, enum piece_is is);

/* Writes all down as one JSON object, and back: with one value nothing can be written by halves. After a restart what was
 * held keeps what was left of its hold, yet at least `least_ms`, so that it can still be taken back. A value that cannot
 * be read leaves everything empty and returns false. */
void scribe_save(const struct scribe *s, const struct draft *d, int64_t utc, int64_t mono, struct buf *out);
bool scribe_restore(struct scribe *s, struct draft *d, const char *saved, int64_t least_ms, int64_t utc, int64_t mono);

/* Whether a sentence ends where `text` does: after its stop and a blank. "M. ", "p. ex. ", "1.500", "U.M.P. ", "… " and an
 * open quotation end none. */
bool sentence_ends(const char *text, size_t len);
/* Digits or number words, which are what goes wrong. French and English. */
bool has_figures(const char *text);

/* Words a minute over the last minute, a word being five letters typed. */
enum { PACE_SECONDS = 60 };
struct pace {
	uint16_t typed[PACE_SECONDS];
	int64_t second, begun; /* the newest one counted; the first */
};
void pace_type(struct pace *p, int64_t mono, unsigned letters);
int pace_words(struct pace *p, int64_t mono);

#endif
