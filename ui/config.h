/* config.h: regie.conf: keys, colours and settings. The shipped defaults are that file (ui/regie.conf), compiled in and
 * read first by the same reader; then $XDG_CONFIG_HOME/regie/regie.conf.
 *
 *   # comment
 *   bind CONTEXT KEY ACTION [ARGUMENT]      bind list j down; bind transcript "^X s" send; bind queue K none
 *   color ROLE [FG [BG]] [bold] [dim] [reverse] [underline]     names, 0–255 or default; also `mono ROLE …`
 *   set NAME VALUE                           a row of settings[]
 *   NAME = VALUE                             connection settings (backend, token-file, ca, pin, data), read by the commands
 *
 * A mistake in it is one sentence with file and line; the line is left out and the rest holds.
 */
#ifndef REGIE_UI_CONFIG_H
#define REGIE_UI_CONFIG_H

#include "src/base/buf.h"
#include "src/base/error.h"
#include "ui/action.h"
#include "ui/role.h"

#define UI_SETTINGS(X) /* member, type, name, least, most, default, help */ \
	X(hold_s, NUMBER, "hold", 0, 30, "3", "seconds a closed segment waits before it leaves") \
	X(hold_figures_s, NUMBER, "hold-figures", 0, 60, "8", "the same for a segment with figures") \
	X(sentences, BOOL, "sentences", 0, 1, "on", "the end of a sentence closes a segment; off: Enter only") \
	X(preview, BOOL, "preview", 0, 1, "on", "show a message of the selected theme under the queue") \
	X(order, WORD, "order", 0, 0, "people", "how queues open: people, rise, age, arrival, never") \
	X(fine, BOOL, "fine", 0, 1, "off", "queues open with clusters (what asks it in much the same words) instead of themes") \
	X(spelling, BOOL, "spelling", 0, 1, "on", "underline what the dictionary does not know") \
	X(dictionary, WORD, "dictionary", 0, 0, "", "hunspell dictionary, such as fr or en_US; empty: by the event's language") \
	X(glossary, WORD, "glossary", 0, 0, "", "file of short forms, \"pm<TAB>Premier ministre\" a line") \
	X(bell, WORD, "bell", 0, 0, "both", "on alarms: none, sound, flash, both") \
	X(mouse, BOOL, "mouse", 0, 1, "off", "the wheel moves the selection; off leaves the mouse to the terminal") \
	X(ascii, WORD, "ascii", 0, 0, "auto", "draw with ASCII only: on, off, auto") \
	X(colours, NUMBER, "colours", -1, 256, "-1", "at most that many; -1: as the terminal says; NO_COLOR counts as 0") \
	X(lock_min, NUMBER, "lock", 0, 240, "0", "lock the seat after so many minutes without a key; 0: never")

enum setting_type { SETTING_NUMBER, SETTING_BOOL, SETTING_WORD };
#define UI_SETTING_MEMBER_NUMBER(m) int m;
#define UI_SETTING_MEMBER_BOOL(m) int m;
#define UI_SETTING_MEMBER_WORD(m) char m[128];
#define UI_SETTING_MEMBER(m, type, name, least, most, value, help) UI_SETTING_MEMBER_##type(m)

struct config {
	UI_SETTINGS(UI_SETTING_MEMBER)
	struct look colour[UI_ROLE_COUNT], mono[UI_ROLE_COUNT];
	struct keymap *keys;
	char *problems;             /* sentences, a line each; "" none */
};
struct setting_row {
	const char *name, *value, *help; /* value: the default as text */
	enum setting_type type;
	int least, most;
};
extern const struct setting_row settings[];
extern const size_t settings_n;

void config_init(struct config *c);                     /* the shipped defaults; a mistake in them is a bug */
void config_release(struct config *c);
/* Reads a text over what is there; `name` for sentences. Mistakes go to c->problems. */
void config_read(struct config *c, const char *text, const char *name);
bool config_set(struct config *c, const char *name, const char *value, struct error *e); /* `:set` */
extern const char config_shipped[];                     /* ui/regie.conf as text, made by the build */

#endif
