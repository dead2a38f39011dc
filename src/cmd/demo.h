/* demo.h: regie demo: a whole evening that plays itself, with the programs that people use.
 *
 * A backend, the public's traffic and four seats, each act of which is a `regie do` of its own, run as child processes in
 * a fresh directory. One loop waits for all of them with a single poll; the evening's clock is in demo_script.c's table.
 *
 *   demo_script.c   what happens when: the table of the evening, made whole with the questions and answers of data/
 *   demo_voices.c   what the public wrote, and which message the backend keeps it as
 *   demo_child.c    processes: start, read line by line, stop
 *   demo_stage.c    the directory, the event, its crew, the backend
 *   demo_crew.c     the seats: the next cues that may be played, their verdicts
 *   demo_viewers.c  three viewers, and whether each saw all of it
 *   demo_console.c  the producer's console, when there is a terminal to show it on
 *   demo_words.c    what is printed, in French and English
 *   regie_demo.c    the command and its loop
 */
#ifndef REGIE_CMD_DEMO_H
#define REGIE_CMD_DEMO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/client/sse.h"
#include "net/client/transport.h"
#include "src/base/buf.h"
#include "src/base/error.h"
#include "src/base/id.h"
#include "src/base/map.h"
#include "src/wire/wire.h"

enum crew { CLAIRE, PAUL, MARC, ANNE, CREW };
enum {
	EVENING_S = 3600,     /* it lasts an hour … */
	EVENING_AT_S = 68400, /* … from 19:00 … */
	PLAYED_S = 75,        /* … and is played in this, at speed 1 */
	EVENING_SPEED = EVENING_S / PLAYED_S,
};

/* ---- processes --------------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;       /* 0: none */
	int out;         /* its standard output; -1: none */
	struct buf text; /* what it said, as far as no line was taken */
};
/* Starts argv[0] (a path, or a name looked for in PATH), its standard error appended to the file `log`. It is in a
 * process group of its own, so that Ctrl-C is ours to pass on, and ends when we die. */
bool child_start(struct child *c, const char *const argv[], const char *log, struct error *e);
bool child_read(struct child *c);                   /* what is there now; false once it has closed its output */
bool child_line(struct child *c, struct buf *line); /* takes a whole line; false: there is none */
int child_wait(struct child *c);                    /* its exit code, 128 + N after signal N */
int child_stop(struct child *c);                    /* SIGTERM, then waits; SIGKILL after 10 s. 0 for one not started */
/* Runs one to its end; ERR_IO with its last line when it fails. */
bool child_run(const char *const argv[], const char *log, struct buf *out, struct error *e);

/* ---- the public -------------------------------------------------------------------------------------------------- */

struct voice {
	struct json *json;
	const char *id, *channel, *name, *text, *theme;
	int64_t message, group; /* as the backend numbers it and its theme; 0: not seen there yet */
};
struct voices {
	struct voice *v;
	size_t n, cap;
	struct strmap by_words; /* channel, name and text → voice */
};
bool voices_read(struct voices *all, const char *file, struct error *e);
void voices_release(struct voices *all);
void voices_learn(struct voices *all, const char *line); /* a line of `regie show messages --json` */
struct voice *voices_find(const struct voices *all, const char *id);
/* Who may have asked for that theme: by the credit's name, else the first on the credit's channel, among the first
 * `share` (0 … 1) of all; NULL: nobody. */
struct voice *voices_asking(const struct voices *all, const char *theme, const char *credit, double share);

/* ---- the script -------------------------------------------------------------------------------------------------- */

struct cue {
	int at_s; /* of the evening */
	enum crew who;
	char *op;             /* the `:` line, with {…}: see script_line */
	char *about;          /* what is printed of it, "" = nothing */
	int asked;            /* index of the question it is about, -1: none */
	const char *after[2]; /* marks that must be there first */
	const char *mark;     /* set once it was applied */
	int tries;            /* that were refused */
};
struct asked {
	struct json *json; /* of evening-answers.jsonl; NULL: improvised */
	const char *key;   /* "a07" */
	const char *title; /* a few words, for what is printed */
	char id[ID_MAX];
	int64_t number; /* "q7", once accepted */
	struct voice *voice;
	char **sentences;
	char (*segments)[ID_MAX]; /* their ids, one more for what is taken back */
	size_t n;
};
struct script {
	bool english; /* what is printed; the evening itself is French */
	struct voices voices;
	struct asked *asked;
	size_t n_asked;
	struct cue *cues[CREW]; /* each seat's, in order */
	size_t n_cues[CREW], cap_cues[CREW];
	struct strmap marks; /* those that were set */
	char **texts;        /* what cues borrow */
	size_t n_texts, cap_texts;
};
bool script_read(struct script *s, const char *evening, const char *answers, bool english, struct error *e);
void script_release(struct script *s);
void script_mark(struct script *s, const char *mark); /* NULL: nothing */
bool script_marked(const struct script *s, const char *mark);
/* The cue's line with {q KEY} {s KEY N} {m ID} {t ID} {pair PREFIX} {end} filled in; false while a message that it names
 * is not known yet. `end_ms`: when the evening will be over. */
bool script_line(const struct script *s, const struct cue *c, int64_t end_ms, struct buf *out);
/* Whether the evening can do without it when what it names does not come. */
bool script_may_drop(const struct cue *c);
/* A cue applied: notes a question's number. */
void script_applied(struct script *s, const struct cue *c, int64_t number);

/* ---- words ------------------------------------------------------------------------------------------------------- */

struct demo_words {
	const char *crew[CREW];
	const char *begin, *page, *stopped, *left, *kept;
	const char *figures; /* messages, people, themes, viewers */
	const char *refused;
	const char *messages, *people, *themes, *questions, *segments, *viewers, *delay, *acts;
	const char *took, *all_seen;
	struct {
		const char *op, *word;
	} ops[32];
};
const struct demo_words *demo_words(bool english);
/* The word of an operation, by its line. */
const char *demo_word(const struct demo_words *w, const char *op);
/* "19:42:07  who  what  about", aligned; printed at once. */
void demo_say(int64_t evening_ms, const char *who, const char *what, const char *about);

/* ---- the stage --------------------------------------------------------------------------------------------------- */

struct stage {
	char *regie, *regied, *rehearse; /* programs */
	char *evening, *answers;         /* files of data/ */
	char *dir, *data, *log;          /* ours; the event's; what children say on standard error */
	char *token_file[CREW], *desk[CREW], *token;
	char *producer_token_file, *producer_desk; /* of the one who watches; NULL: nobody does */
	char *gateway; /* URL, key included, without the base before it is served */
	char *base;    /* where it is served */
	struct child backend, traffic;
};
extern const char *const stage_rooms[2]; /* slugs */
/* `producer`: with a seat for somebody who watches it all. */
bool stage_build(struct stage *s, bool producer, struct error *e);
bool stage_serve(struct stage *s, struct error *e);
bool stage_traffic(struct stage *s, double speed, struct error *e);
/* Stops what still runs; false when the backend did not end well. */
bool stage_stop(struct stage *s, struct error *e);
void stage_release(struct stage *s, bool keep_dir);

/* ---- viewers ----------------------------------------------------------------------------------------------------- */

enum { VIEWERS = 3 };
struct seen {
	char *id, *name, *data;
};
struct viewer {
	struct sse *stream;
	const char *room;
	struct seen *v;
	size_t n, cap;
	int64_t times, opened_at; /* how often the stream was opened, and when last */
	bool ended;               /* saw the end of the evening */
	bool interrupted;
	int64_t resumed_at; /* what was published before that, interrupted, came later on purpose */
	int64_t *delays_ms; /* of each segment, from its publication */
	size_t n_delays, cap_delays;
};
bool viewers_open(struct viewer *v, const char *base, struct error *e);
void viewers_release(struct viewer *v);
bool viewers_have(const struct viewer *v, const char *since); /* all of them, up to that id */
size_t viewers_count(const struct viewer *v, const char *name,
	const char *word); /* events the first saw; word: in its data, or NULL */
void viewers_delays(const struct viewer *v, int64_t *median, int64_t *max);
/* Everything once, in order, without gap, alike for all, and what it adds up to is each room's transcript. */
bool viewers_check(const struct viewer *v, struct transport *t, struct error *e);

/* ---- the crew ---------------------------------------------------------------------------------------------------- */

struct demo_console {
	pid_t pid;    /* 0: none, or it was left */
	int fd;       /* readable when it ended; -1: none */
	int terminal; /* what was our standard output; -1: it still is */
	int code;     /* its exit code, once it was left */
};
/* Shows the evening on our terminal; what we print goes to the stage's log until demo_console_close. */
bool demo_console_open(struct demo_console *s, const struct stage *stage, bool english, struct error *e);
bool demo_console_left(struct demo_console *s);  /* the person has left it, or it was never opened */
void demo_console_close(struct demo_console *s); /* ends it when it still runs; gives the terminal back */

enum { BATCH_MAX = 12 };
struct demo;
struct player {
	enum crew who;
	struct child child;
	bool looking;                 /* the child is a `regie show messages` */
	size_t next;                  /* cue */
	struct cue *batch[BATCH_MAX]; /* under way */
	size_t n_batch, n_done;
	struct cue *again[BATCH_MAX]; /* refused once: somebody else was faster; looked at again, and tried again */
	size_t n_again;
	int64_t looked_ms;
	int looks;                         /* for what the next cue names, in vain so far */
};
struct demo {
	const struct demo_words *words;
	double speed;
	struct script script;
	struct stage stage;
	struct viewer viewers[VIEWERS];
	struct player players[CREW];
	struct demo_console console;
	bool shown;          /* on a terminal, by a console */
	struct transport *transport;
	struct transport *presence[CREW];
	int64_t presented; /* mono ms; 0: not yet */
	int64_t began_ms;   /* UTC */
	int64_t evening_ms; /* from 19:00 */
	int64_t acts;
	long long blank; /* messages that were refused because they hold nothing */
};
/* Starts what is due; true as long as something is under way or left. */
bool player_left(const struct demo *d, const struct player *p);
bool player_start(struct demo *d, struct player *p, struct error *e);
/* Its child said something. */
bool player_hear(struct demo *d, struct player *p, struct error *e);
/* Says that the crew is here, when it is time: their operations are commands of their own, that come and go. */
void crew_present(struct demo *d);
/* When its next cue is due, in ms of the evening; -1: nothing is left. */
int64_t player_due(const struct demo *d, const struct player *p);

#endif
