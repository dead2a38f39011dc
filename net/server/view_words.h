/* view_words.h: the sentences of the public's pages, in the languages an event can have.
 *
 * One row a sentence; "%" stands for a number or a word. Rows whose name begins with a lower-case letter are also what
 * app.js says: it gets them, under that name, from the page.
 */
#ifndef REGIE_NET_SERVER_VIEW_WORDS_H
#define REGIE_NET_SERVER_VIEW_WORDS_H

#include "src/base/buf.h"

enum view_word {
	W_PREPARING, W_COLLECTING, W_OPEN, W_INTERRUPTED, W_ENDED,
	W_LEAD_PREPARING, W_LEAD_COLLECTING, W_LEAD_OPEN, W_LEAD_INTERRUPTED, W_LEAD_ENDED,
	W_REHEARSAL, W_REHEARSAL_MORE, W_PAUSE, W_PAUSE_MORE,
	W_AIR, W_AIR_LAST, W_QUESTION, W_AGAIN, W_STRUCK, W_PEOPLE,
	W_PARTLY, W_DECLINED, W_CUT, W_WRITTEN,
	W_FLOW, W_EMPTY, W_EMPTY_OPEN, W_CORRECTED, W_NOTICE, W_ROOM,
	W_ASK, W_ASK_LINK, W_ASK_LABEL, W_ASK_HINT, W_NAME_LABEL, W_OPTIONAL, W_SEND, W_SENDING, W_SENT, W_SEND_FAILED,
	W_SEND_EMPTY, W_ASK_SOON, W_ASK_CLOSED,
	W_MINE, W_MINE_HINT, W_MINE_SHOW, W_RECEIPT, W_UNKNOWN, W_SEE_ANSWER, W_KEEP, W_FOLLOW, W_BACK, W_NOT_SENT, W_NOT_SHOWN,
		W_FORGET,
	W_FATE_WAITING, W_FATE_READ, W_FATE_RUNDOWN, W_FATE_AIRED, W_FATE_ANSWERED, W_FATE_NOT_KEPT,
	W_STEPS, W_STEP_WAITING, W_STEP_READ, W_STEP_RUNDOWN, W_STEP_AIRED, W_STEP_ANSWERED,
	W_LINK_UP, W_LINK_LOST, W_NEWS_NOW, W_NEWS_AGO, W_BELOW, W_NEWEST, W_NO_SCRIPT, W_RELOAD,
	W_SAY_QUESTION, W_SAY_MORE, W_FOOT,
	VIEW_WORDS
};

/* The sentence in "fr" or "en"; any other language gives English. Static. */
const char *view_word(const char *lang, enum view_word w);
/* Appends it with `value` in the place of "%". Nothing is escaped. */
void view_say(struct buf *out, const char *lang, enum view_word w, const char *value);
/* Appends {"name":"sentence",…}: the rows for app.js, as JSON. */
void view_words_json(struct buf *out, const char *lang);

#endif
