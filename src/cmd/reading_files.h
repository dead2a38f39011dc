/* reading_files.h: a reading model from the files that come with Régie. */
#ifndef REGIE_CMD_READING_FILES_H
#define REGIE_CMD_READING_FILES_H

#include "src/themes/reading.h"

struct reading_files {
	struct reading_model *model;
	void *map; /* the counts, for as long as the model */
	size_t len;
};

/* Reads lexicon-LANG.tsv and maps words-LANG.tsv (share.h). `more`: an operator's lexicon, read after ours, or NULL. */
bool reading_files_open(const char *lang, const char *more, struct reading_files *out, struct error *e);
void reading_files_close(struct reading_files *f); /* accepts zeroed */

/* For readings_from (ui/question.h): a model that stays, with its files, as long as the process; with the words of one's own
 * ($XDG_CONFIG_HOME/regie/lexicon-LANG.tsv) when they are there and without a mistake. NULL and *e: there is none. */
const struct reading_model *reading_files_keep(const char *lang, struct error *e);
/* Whether one's own words are without a mistake; else where it is. */
bool reading_files_check(struct error *e);

#endif
