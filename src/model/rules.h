/* rules.h: what the transitions share. Private to src/model.
 *
 * A transition begins with its guards (each `return refuse(why, …)`), then edits or makes records in the outcome, then
 * says what the public is told. op_decide stamps rev, by, did and when afterwards.
 */
#ifndef REGIE_MODEL_RULES_H
#define REGIE_MODEL_RULES_H

#include "src/model/op.h"

enum {
	WEB = 1 << R_WEB, SMS = 1 << R_SMS, HOST = 1 << R_HOST, SCRIBE = 1 << R_SCRIBE, PRODUCER = 1 << R_PRODUCER,
	ADVISER = 1 << R_ADVISER,
	MODERATORS = WEB | SMS | PRODUCER, DESK = HOST | PRODUCER, WRITERS = SCRIBE | PRODUCER,
	WORKING = WEB | SMS | HOST | SCRIBE | PRODUCER | ADVISER,
};

#define TRANSITION(name) bool name(const struct world *w, const struct offer *o, struct outcome *out, struct error *why)

bool refuse(struct error *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A copy of the record to change; the same copy when it was asked for before. NULL when there is none (or it is gone). */
void *edit(const struct world *w, struct outcome *out, enum kind kind, const char *id);
/* The same, and makes it when it is not there (participants, clusters) or brings it back when it is gone. */
void *edit_or_make(const struct world *w, struct outcome *out, enum kind kind, const char *id);
void *make(struct outcome *out, enum kind kind, const char *id);
/* Drops changes that change nothing, and gives the others their rev, by, did and when. */
void outcome_stamp(struct outcome *out, const char *seat, const char *did, int64_t now);
struct cast *cast_add(struct outcome *out, enum cast_type type, enum kind kind, const char *id);
void cast_state(struct outcome *out, const char *word);
/* Whether words that the public has seen may change now: not while an editorial interruption has them looked at. */
bool may_reword(const struct world *w, struct error *why);

/* The id of the record an operation makes: its `id` argument, else the fresh one. False when that id is taken or not a UUID. */
bool new_id(const struct world *w, const struct offer *o, enum kind kind, const char **id, struct error *why);
bool id_is_free(const struct world *w, enum kind kind, const char *id, struct error *why);

/* The next id of a space-separated list into out; returns what follows, NULL at the end. */
const char *next_id(const char *list, char out[static ID_MAX]);

/* An act as its desk names it, "CLIENT:N". */
bool act_name(const char *v, int64_t *n);
/* "theme:12", "message:7", "question:UUID", "segment:UUID" taken apart. */
bool target_parse(const char *target, enum kind *kind, const char **id);

/* What somebody typed, as a sentence may quote it: cleaned, on one line, cut short. */
enum { BRIEF_POINTS = 60 };
struct brief { char s[4 * BRIEF_POINTS + 4]; };
struct brief brief(const char *v);
/* "by Paul (edit) at 19:42:07" for refusals that name the later act; into a static-size buffer. */
struct who { char text[sizeof(struct brief) + 40]; };
struct who last_act(const struct world *w, const struct record *r);
const char *question_is(const struct question *q); /* "in the reserve", "on the air", "closed"… */
const char *hold_is(enum hold h);                  /* "held for legal advice", "blocked"… */

const struct question *question_need(const struct world *w, const char *id, struct error *why);
/* Why this question may not be aired now: its own hold, its theme's, its messages' or their themes', an alert; false with
 * a sentence. */
bool question_clear(const struct world *w, const struct question *q, struct error *why);
/* The question on the air, else the one that left it last and was not struck; NULL: none was aired. */
const struct question *last_aired(const struct world *w);
/* Takes what is on the air off it, as `result`; OUT_NONE: as the outcome it was given on the air, else as answered. The
 * question that left; NULL: the air was free. */
struct question *leave_air(const struct world *w, struct outcome *out, enum result result, int64_t now);
/* Sets when the themes of a question and of its messages were last answered, and those they were merged into, from the
 * outcomes of all questions as they will stand. */
void theme_answered(const struct world *w, struct outcome *out, const struct question *q);
/* The same for a theme, and those above it, that another one leaves. */
void theme_left(const struct world *w, struct outcome *out, const char *from, const char *theme);
bool role_absent(const struct world *w, enum role role);
/* The next position behind all of a kind (questions or segments). */
int64_t position_after_all(const struct world *w, enum kind kind);
bool crew_word(const struct world *w, const char *fr, const char *en, const char **out);

/* How short names are written, Caps Lock or not: digits; "q7" for its letter; a word; "last": 0, "last-2": 2, else -1; UTC
 * milliseconds and no small number. */
bool ref_digits(const char *s);
bool ref_lettered(const char *s, char letter);
bool ref_word(const char *s, const char *word);
long ref_last_but(const char *s);
bool ref_ms(const char *s);

/* the transitions, by file */
TRANSITION(do_dismiss); TRANSITION(do_restore); TRANSITION(do_refile); TRANSITION(do_mute); TRANSITION(do_unmute);
TRANSITION(do_hold); TRANSITION(do_clear); TRANSITION(do_block); TRANSITION(do_alert);
TRANSITION(do_merge); TRANSITION(do_unmerge); TRANSITION(do_split); TRANSITION(do_label); TRANSITION(do_pin); TRANSITION(do_prepare);
TRANSITION(do_accept); TRANSITION(do_compose); TRANSITION(do_edit); TRANSITION(do_credit); TRANSITION(do_suggest);
TRANSITION(do_combine); TRANSITION(do_return); TRANSITION(do_move); TRANSITION(do_next); TRANSITION(do_drop);
TRANSITION(do_air); TRANSITION(do_ask); TRANSITION(do_reword); TRANSITION(do_close); TRANSITION(do_strike); TRANSITION(do_outcome);
TRANSITION(do_publish); TRANSITION(do_speaker); TRANSITION(do_attach); TRANSITION(do_reassign); TRANSITION(do_correct);
TRANSITION(do_retract); TRANSITION(do_release);
TRANSITION(do_collect); TRANSITION(do_open); TRANSITION(do_notice); TRANSITION(do_interrupt); TRANSITION(do_resume);
TRANSITION(do_end); TRANSITION(do_reopen); TRANSITION(do_seal); TRANSITION(do_intake); TRANSITION(do_plan);
TRANSITION(do_say); TRANSITION(do_ack); TRANSITION(do_away); TRANSITION(do_back); TRANSITION(do_baton);
TRANSITION(do_undo); TRANSITION(do_redo);

/* The theme a cluster stands in, whatever that was joined to since, as an id; "" when there is no such cluster. */
void cluster_theme(const struct world *w, const char *cluster, char out[static ID_MAX]);
/* Puts a whole cluster into a theme. False: there is none, or it is the bucket's, which holds what has nothing in common. */
bool cluster_put(const struct world *w, struct outcome *out, const char *cluster, const char *theme, struct error *why);

#endif
