/* report.h: the evening's figures as tables in the event's language, and what shows them.
 *
 * report_sheet says everything once; text and html only lay it out. JSON is for programs: figures and names, no sentences.
 */
#ifndef REGIE_CMD_REPORT_H
#define REGIE_CMD_REPORT_H

#include "data/report.h"

enum { SECTION_COLUMNS = 8 };
struct section {
	char *heading;
	size_t columns;      /* 0: the arrivals, as a graph */
	unsigned numbers;    /* bits: columns that stand to the right */
	bool header;         /* the first row names the columns */
	char **cells;        /* row by row; never NULL */
	size_t n, cap;
};
struct sheet {
	char *title, *lang;
	struct section *v;
	size_t n, cap;
};
struct sheet report_sheet(const struct report *p);
void sheet_release(struct sheet *s);

/* Arrivals as columns of one width each over the hours that matter: those around the event; what came before and after is
 * told in words. */
enum { GRAPH_COLUMNS = 72 };
struct graph {
	int64_t from, step;  /* UTC ms; step: a multiple of five minutes */
	size_t n;            /* 0: nothing came */
	int64_t web[GRAPH_COLUMNS], sms[GRAPH_COLUMNS], most; /* most: the fullest column, both together */
	int64_t before, after;
};
struct graph report_graph(const struct report *p);
/* "5 minutes a column, from 20:00 to 23:00; at most 1,200; 16,000 before" in the report's language; appended. */
void graph_legend(const struct report *p, const struct graph *g, struct buf *out);
const char *report_channel_name(const struct report *p, enum channel channel);

void report_text(const struct report *p, struct buf *out);
void report_html(const struct report *p, struct buf *out); /* one file, no script, nothing from elsewhere */
void report_json(const struct report *p, struct buf *out);

#endif
