/* reader.h: what the files of the readers share. Private to data/'s backend side. */
#ifndef REGIE_DATA_READER_H
#define REGIE_DATA_READER_H

#include "data/store_private.h"

struct reader {
	struct db db;
	char *dir;
	char event[ID_MAX];
	int64_t epoch, version, number;  /* as of the transaction under way */
	char lang[8];
	uint8_t key[STORE_KEY];
	bool has_key;
	char purged[48];                 /* which purge the above knows of */
	struct memory_world *records;    /* the small kinds as of `records_version`, for the transcript */
	int64_t records_version;
	struct world world;
};

/* One short read transaction around what a call does; begin also reads the counters. */
bool reader_begin(struct reader *r, struct error *e);
void reader_end(struct reader *r);

#endif
