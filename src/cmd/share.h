/* share.h: where our programs and the files they come with are: in the checkout that built them, or installed. */
#ifndef REGIE_CMD_SHARE_H
#define REGIE_CMD_SHARE_H

#include "src/base/error.h"

/* The folder that the running program lies in; the caller frees. */
char *own_folder(void);

/* The path of a file that comes with Régie ("lexicon-fr.tsv", "evening.jsonl"): in data/ of the checkout that we were built
 * in, else where we were installed. The caller frees; NULL: it is in neither (ERR_NOT_FOUND). */
char *share_file(const char *name, struct error *e);

#endif
