/* flow.h: the order in which an evening reads: questions with their answers, turn by turn.
 *
 * A turn is what was said in a row within one answer, headed by the questions it answers. What is asked and what is
 * being written down do not coincide: the scribe is behind, so the last words of an answer come after the next question
 * was put on the air, and still belong above it. Hence the order is that of the segments, and questions join the turn
 * that answers them; who goes back to an earlier answer begins another turn, headed "more on question 7". Questions
 * without an answer, and notices, stand where their time puts them. app.js orders in the same way.
 */
#ifndef REGIE_NET_SERVER_FLOW_H
#define REGIE_NET_SERVER_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "src/model/world.h"

struct turn {
	int64_t at;                         /* never less than that of the turn before */
	size_t made;                        /* order among equal times: words, then questions, then notices */
	const struct notice *notice;        /* a notice by itself, or NULL */
	const struct answer *answer;        /* NULL: a question that nobody has answered yet */
	const struct question *const *fresh; /* questions that first show here, in order */
	size_t n_fresh;
	const struct question *again;       /* when none is fresh: the one that it goes on answering, or NULL */
	const struct segment *const *said;
	size_t n_said;
};
struct flow {
	struct turn *v;
	size_t n;
	/* what turns point into; pointers into the world are valid until it changes */
	const struct segment **segments;
	const struct question **questions, **shown;
	const struct notice **notices;
	size_t n_segments, n_questions, n_shown, n_notices, cap, cap_segments, cap_questions, cap_notices;
};

/* Gathers what viewers may see: aired questions (struck ones too), segments that are live and sent, notices. */
void flow_make(struct flow *f, const struct world *w);
void flow_release(struct flow *f);

#endif
