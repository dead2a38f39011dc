/* ui_seat.h: a console without a terminal for tests: a real desk and replica in a folder, a room in memory for a backend.
 *
 * Time stands still until a test moves it (`mono`, `room->now`). seat_pull brings all that the room holds into the replica,
 * seat_carry has the room judge what the desk has not sent; both as the link would, which is up unless `link_now` says else.
 */
#ifndef REGIE_TESTS_UI_SEAT_H
#define REGIE_TESTS_UI_SEAT_H

#include "tests/unit/memory_room.h"
#include "ui/ui.h"

struct ui_seat {
	char dir[200];
	struct memory_room *room;
	struct desk *desk;
	struct replica *replica, *writer;
	struct config config;
	struct link link;
	struct link_state link_now;
	struct clock clock;
	char seat[ID_MAX];
	enum role role;
	int64_t mono;
	int woken, shown;        /* calls of link->wake, link->presence */
	char *presence;          /* the last of ours */
	const char *others, *status;
	struct ui *ui;
};

/* A room with Paul (host), Claire (sms), Anne (scribe), Marc (web), Nora (producer); the console is that of `role`. */
void seat_start(struct ui_seat *s, enum role role, int rows, int cols);
void seat_stop(struct ui_seat *s);
void seat_again(struct ui_seat *s);                       /* the console anew, on the same desk and replica */
void seat_pull(struct ui_seat *s);
void seat_carry(struct ui_seat *s);
void seat_do(struct ui_seat *s, const char *name, const char *line); /* somebody's act, at the room */
/* Turns until quiet, the clock moved on by what a turn asks for up to a second. */
void seat_settle(struct ui_seat *s);
void seat_keys(struct ui_seat *s, const char *names);     /* "j j ^F Enter", each a finger of its own */
void seat_type(struct ui_seat *s, const char *text);
char *seat_screen(struct ui_seat *s);                     /* the caller frees */
bool seat_shows(struct ui_seat *s, const char *text);
/* Every cell is a whole grapheme of its width, wide ones are followed by their continuation; else the test fails. */
void seat_grid_holds(const struct ui_seat *s);

#endif
