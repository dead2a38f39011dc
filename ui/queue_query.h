/* queue_query.h: what the queues ask of the worker. Seen by queue_jobs.c (asks), queue_work.c (on the worker) and
 * queue_answers.c (back on the interface's thread).
 *
 * A job holds copies of all it was asked for; `work` runs on the worker and touches nothing else, `over` brings the answer
 * into the view. LIST: rows on the screen; ORDER: the rest of an order; COUNT: numbers of the rows shown.
 */
#ifndef REGIE_UI_QUEUE_QUERY_H
#define REGIE_UI_QUEUE_QUERY_H

#include "ui/queue.h"

enum query_what { W_FIRST, W_REST, W_ANEW, W_ROWS, W_NEWEST, W_OLDEST, W_OLDER, W_NEWER, W_AROUND, W_SAMPLE, W_COUNT, W_PREVIEW, W_WORDS };

struct query {
	struct job job;
	struct queue *q; /* the interface's; `work` leaves it alone */
	enum query_what what;
	enum channel channel;
	enum queue_order order;
	bool everything, fine;
	int64_t within;
	char *words;
	int64_t theme, cluster, before, after, id; /* theme, cluster: 0: not of one */
	uint64_t seed;
	size_t limit;
	int64_t *ids;
	size_t n_ids;
	/* the answer */
	struct queue_row *v;
	size_t n, cap;
	int64_t *found, *pinned, *last; /* last: what asks nothing */
	size_t n_found, cap_found, n_pinned, cap_pinned, n_last, cap_last;
	int64_t highest, fresh, open_messages;
	int64_t asks_nothing; /* theme that stands last, whatever its people; 0: none, or looked for by words */
	struct queue_row about; /* the open theme as it is now */
	struct replica_totals totals;
};

void query_forget(struct query *a);                     /* its answer, so that it can begin anew */
void query_drop(struct job *j);
struct queue_row *query_row(struct query *a);           /* a new row of the answer */
/* Rows of clusters; `count`: who wrote them is counted, otherwise only what is known is told (queue_fine.c). */
bool query_clusters(struct query *a, struct replica *r, const int64_t *ids, size_t n, bool count, struct error *e);
/* What the themes of the rows say of them. */
bool query_fill_themes(struct query *a, struct replica *r, struct error *e);
bool query_work(struct job *j, struct replica *r, struct error *e);
void query_over(struct job *j, const struct error *failed);

#endif
