/* regie_show.h: what the files of `regie show` share: a view writes lines into a showing.
 *
 * A view takes the world once, in show_world, and keeps it: asking again would free what it holds when another process, a
 * console at the same seat, has written to the replica meanwhile.
 */
#ifndef REGIE_CMD_REGIE_SHOW_H
#define REGIE_CMD_REGIE_SHOW_H

#include "src/cmd/regie_seat.h"
#include "src/wire/wire.h"

struct showing {
	struct open_seat *seat;
	const struct cli *c;
	bool json;
	const char *filter;      /* words, or NULL */
	size_t limit, shown;
	const struct world *world;
	struct buf line;
	struct error error;
};

const struct world *show_world(struct showing *s);
void show_line(struct showing *s);                /* puts the line out and empties it */
void show_one_line(struct showing *s);            /* the same; line ends inside are shown as spaces */
/* One line of a column of text: line ends shown as spaces, cut to `columns`. */
void show_column(struct buf *out, const char *text, size_t columns);
bool show_filtered_out(const struct showing *s, const char *text);

/* Views. False: `error` says why. */
bool show_themes(struct showing *s);
bool show_messages(struct showing *s);
bool show_rundown(struct showing *s);
bool show_transcript(struct showing *s);
bool show_rooms(struct showing *s);
bool show_seats(struct showing *s);
bool show_log(struct showing *s);
bool show_status(struct showing *s);

#endif
