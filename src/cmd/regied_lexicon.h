/* regied_lexicon.h: the operator's lexicon, as serve looks for it. */
#ifndef REGIE_CMD_REGIED_LEXICON_H
#define REGIE_CMD_REGIED_LEXICON_H

#include "data/store.h"

/* Takes the event's own file (DIR/lexicon-LANG.tsv) as it stands now, within a batch, and says in the log what came of it;
 * also that nothing did, when somebody asked. A mistake in it changes nothing. */
void lexicon_look(struct store *s, bool asked);

#endif
