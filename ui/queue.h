/* queue.h: what the files of the queues share. Seen by ui/queue*.c and their tests only.
 *
 *   themes ──Enter──▶ a true sample ──Enter, t──▶ all of its messages          Esc goes back to the same place
 *    │ │ └────v─────▶ all messages of the channel   │
 *    │ └c┐                                          │
 *   clusters of all themes, or of the open one ◀─c──┘  ──Enter──▶ a true sample of one …
 *
 * Rows have an index that only means something within one list: of themes it counts from the top of an order that was
 * frozen when it was asked for (`ids`); of messages it has no known origin, and only a stretch around the selection is
 * held (`first` is the index of v[0]), which jobs lengthen at either end before the selection gets there.
 */
#ifndef REGIE_UI_QUEUE_H
#define REGIE_UI_QUEUE_H

#include "ui/list.h"
#include "ui/ui.h"

enum queue_level { Q_THEMES, Q_SAMPLE, Q_ALL, Q_CHANNEL };
enum queue_order { QO_PEOPLE, QO_RISE, QO_AGE, QO_ARRIVAL, QO_NEVER, QO_COUNT };
extern const char *const queue_orders[QO_COUNT]; /* "people", … as in regie.conf and as shown */

enum {
	REST_MS = 300,     /* a selection that rests so long is looked at: its preview is fetched */
	CLAIM_MS = 2000,   /* …and claimed */
	COUNT_MS = 500,    /* counts of the rows shown are read anew at most so often */
	FRESHEN_MS = 5000, /* a pane that is only watched shows what is new so often */
	WAIT_MS = 8,       /* a key waits so long for its rows, so that they make the same frame */
	STRETCH = 200,     /* rows of messages fetched at once; themes' rows held on either side */
	STRETCH_MAX = 900, /* rows of messages held */
	NEAR = 80,         /* rows left before an end when more are asked for */
	FIRST_THEMES = 120, FIRST_MATCHES = 40, ORDER_MAX = 200000, NEW_MAX = 999,
};

struct queue_row {
	int64_t id;
	int64_t theme, cluster;  /* of a cluster, a message: where it counts; 0: not asked for */
	int64_t first;           /* of a cluster: its first message */
	bool loaded;
	char *text, *name, *why; /* title or text; who wrote it; reason, or why it is held */
	char *words;             /* themes: key words; clusters, messages: the title of their theme; NULL: none, or the same */
	char *typical;           /* themes that have another title: their most typical message */
	int64_t people, messages, at, answered_at; /* people: -1 not counted yet */
	int32_t rise[RISE_BINS];
	enum channel channel;
	enum hold hold;
	bool dismissed, merged, pinned, muted, alert, unsent;
	char question[ID_MAX];
};
void queue_row_release(struct queue_row *r);
void queue_row_theme(struct queue_row *out, const struct theme *t); /* what operations change; counts stay */
void queue_row_state(struct queue_row *out, const struct theme *t); /* the same without its words */
void queue_row_message(struct queue_row *out, const struct message *m);

struct queue_rows {
	struct queue_row *v;     /* those held, from index `first` on */
	size_t n;
	int64_t first;
	bool to_top, to_end;     /* messages: v begins with the newest, ends with the oldest */
	int64_t *ids;            /* themes: the frozen order */
	size_t n_ids;
	bool whole;              /* ids is all of it */
	int64_t sel, top;        /* indices of the selection and of the first row on the screen */
	int64_t *marks;
	size_t n_marks;
	char *filter;            /* NULL: none */
	char *sought;            /* the last filter, for n and N */
	int64_t seen;            /* themes: the highest id when the order was taken */
	int64_t fresh;           /* that came since */
	bool loaded;             /* the first answer is here */
};

enum queue_pick { PICK_NONE, PICK_MERGE, PICK_REFILE };

struct queue {
	struct list_view l;
	struct ui *ui;
	enum channel channel;
	int index;               /* 0 web, 1 SMS: which slots are its own */
	enum queue_level level;
	enum queue_order order;
	bool everything;         /* dismissed and merged themes too */
	bool fine;               /* level Q_THEMES shows clusters */
	int64_t within;          /* only those of that theme; 0: of all */
	char *within_title;
	struct queue_rows themes, messages;
	int64_t open, open_cluster; /* theme whose messages are shown; of it only that cluster, unless 0 */
	int64_t open_answered;   /* when it was answered; 0: not */
	char *open_title, *open_words, *open_typical;
	int64_t open_messages;
	uint64_t seed;
	int64_t total, total_themes; /* of the channel; -1: not known */
	bool has_keys;           /* as last drawn */
	bool touched;            /* somebody moved in it: from then on it only moves when asked */
	bool narrow;             /* other panes are beside it, as last drawn */
	bool headed;             /* the open theme's title is in the pane, as last drawn: the rule need not say it */
	bool stale;              /* something moved since the counts were read */
	int64_t newest;          /* time of the newest message that a row told of */
	int64_t counted_at, moved_at, freshened_at;
	bool previewed, claimed; /* since it moved */
	struct queue_row preview; /* loaded: a message of theme preview_of */
	int64_t preview_of;
	bool sampled;            /* all messages are shown for a filter: without it there is the sample again */
	enum queue_pick pick;
	char *picked;            /* targets of the pick: "12 13", of clusters "c12 c13" */
	int64_t splits;          /* theme that these leave */
	char *targets;           /* what a question at the foot is about: bound when it was asked */
	bool typing;             /* the filter is being typed */
	char *before_filter;     /* what Esc in the prompt goes back to */
	int64_t before_id;
	struct queue_order_kept { /* the order without a filter, while there is one */
		int64_t *ids;
		size_t n;
		bool there, whole;
		int64_t sel, top;
	} kept;
};

static inline struct queue *queue_of(struct view *v)
{
	return (struct queue *)v;
}
void queue_set(char **to, const char *s);        /* an owned text, NULL for an empty one */
struct queue_rows *queue_rows(struct queue *q);
const struct queue_rows *queue_rows_now(const struct queue *q);
int64_t queue_low(const struct queue_rows *r);   /* lowest index there is */
int64_t queue_high(const struct queue_rows *r);  /* highest; low - 1 when empty */
struct queue_row *queue_row_at(const struct queue_rows *r, int64_t index); /* NULL: not held */
int64_t queue_id_at(const struct queue_rows *r, int64_t index);            /* 0: none */
int64_t queue_selected(const struct queue *q);   /* id; 0: none */
bool queue_marked(const struct queue_rows *r, int64_t id);
void queue_unmark(struct queue_rows *r);
void queue_rows_clear(struct queue_rows *r);     /* rows and order; marks and filter stay */
void queue_rows_release(struct queue_rows *r);
struct queue_row *queue_row_of(struct queue *q); /* the selected one; NULL: none held */
bool queue_is_fine(const struct queue *q);       /* rows are clusters */
bool queue_has_filter(const struct queue_rows *r);
void queue_scroll(struct queue *q);              /* so that the selection is on the screen */
void queue_moved(struct queue *q);               /* the selection moved: more rows, rest anew */
void queue_select(struct queue *q, int64_t index);

/* queue_draw.c */
extern const char *const queue_order_words[QO_COUNT];
void queue_draw(struct view *v, struct ui *ui, struct area a, bool focused);

/* queue_jobs.c: each puts a job whose answer changes the view later; `wait`: at most WAIT_MS for it. */
void queue_load_themes(struct queue *q, int64_t keep);  /* from the top of the order; `keep`: an id to select, 0: the first */
void queue_load_rest(struct queue *q);                  /* of that order */
void queue_warm(struct queue *q);                       /* a filter is about to be typed */
/* The whole order anew; `keep`: the selection, else what is first then. */
void queue_refresh(struct queue *q, bool keep);
void queue_load_messages(struct queue *q, bool oldest); /* from one end */
void queue_load_around(struct queue *q, int64_t id);
void queue_extend(struct queue *q);                     /* what the selection will soon need */
void queue_count(struct queue *q);
void queue_preview(struct queue *q);
void queue_forget_jobs(struct queue *q);
bool queue_settled(const struct queue *q);
void queue_overlay(struct queue *q);                    /* this seat's own acts over the rows shown */

/* queue_list.c */
void queue_move(struct queue *q, int64_t by);    /* rows; stops at the ends */
void queue_read_finely(struct queue *q, bool fine, int64_t within); /* keeps the theme selected, where it can */
void queue_to_messages(struct queue *q, enum queue_level level);
void queue_to_themes(struct queue *q);
void queue_open_all(struct queue *q);            /* from a sample to all messages, with the same one selected */
void queue_filter(struct queue *q, const char *text);

/* queue_acts.c: what they are about is bound before anything is asked at the foot. */
bool queue_add_targets(struct queue *q, const char *letter, struct buf *out); /* "t12 t13", "m4"; false: nothing selected */
bool queue_bind_targets(struct queue *q);
bool queue_act(struct queue *q, const char *op, const char *arg, bool go_on);
void queue_acted(struct queue *q, bool go_on);

/* queue_sort.c: the actions of those names. */
bool queue_on_themes(const struct view *v, const struct ui *ui);
bool queue_on_messages(const struct view *v, const struct ui *ui);
bool queue_on_open(const struct view *v, const struct ui *ui); /* a theme is open */
bool queue_on_clusters(const struct view *v, const struct ui *ui);
bool queue_off_clusters(const struct view *v, const struct ui *ui); /* themes or messages: what clusters have not */
bool queue_do_merge(struct view *v, struct ui *ui, const char *arg);
bool queue_do_unmerge(struct view *v, struct ui *ui, const char *arg);
bool queue_do_label(struct view *v, struct ui *ui, const char *arg);
bool queue_do_pin(struct view *v, struct ui *ui, const char *arg);
bool queue_do_refile(struct view *v, struct ui *ui, const char *arg);
bool queue_do_split(struct view *v, struct ui *ui, const char *arg);
bool queue_do_mute(struct view *v, struct ui *ui, const char *arg);
bool queue_do_danger(struct view *v, struct ui *ui, const char *arg);
bool queue_do_leave(struct view *v, struct ui *ui, const char *arg);  /* queue_list.c */
bool queue_finish_pick(struct queue *q);         /* where it goes was chosen */

extern const struct action_set actions_queue, actions_messages;
extern const struct list_class queue_list;

#endif
