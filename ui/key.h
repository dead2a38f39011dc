/* key.h: a key as it was struck, whatever the terminal sent for it.
 *
 * Names, as in regie.conf; help and foot line say them in the language of the screen: "a", "é", "<" (written Less), "Space",
 * "Enter", "Tab", "BackTab", "Esc", "Up" … "PageDown", "Home", "End", "Insert", "Delete", "Backspace", "F1" … "F20", and
 * with modifiers "^X" for Ctrl and "M-x" for Alt (Escape first, within 25 ms). Two keys in a row ("g m") are a chord, at
 * most CHORD_MAX long.
 */
#ifndef REGIE_UI_KEY_H
#define REGIE_UI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/buf.h"

enum key_code { /* beyond Unicode */
	KEY_NONE = 0, KEY_SPECIAL = 0x110000, UK_ENTER, UK_TAB, UK_BACKTAB, UK_ESC, UK_UP, UK_DOWN, UK_LEFT, UK_RIGHT, UK_HOME,
	UK_END, UK_PAGE_UP, UK_PAGE_DOWN, UK_INSERT, UK_DELETE, UK_BACKSPACE, UK_F1, UK_F20 = UK_F1 + 19,
	UK_RESIZE, UK_PASTE /* a whole paste: `paste` */, UK_CODES
};
enum { KEY_CTRL = 1, KEY_ALT = 2, KEY_SHIFT = 4 /* with special keys only */ };
struct key {
	uint32_t code;      /* a code point, or enum key_code */
	uint8_t mods;       /* KEY_…; Ctrl-A is 'a' with KEY_CTRL */
	const char *paste;  /* UK_PASTE: clean UTF-8, LF line ends; valid until the next key is read */
	bool held;          /* the same key came again so quickly that a finger rests on it (set by ui.c) */
};
enum { CHORD_MAX = 3 };

bool key_parse(const char *name, struct key *out);         /* one key; false: no such name */
void key_spell(const struct key *k, struct buf *out);      /* its name, appended */
void key_show(const struct key *k, struct buf *out);       /* the same as people read it on their keyboard */
bool key_same(const struct key *a, const struct key *b);   /* code and modifiers */
bool key_is_text(const struct key *k);                     /* a letter to insert: printable, no Ctrl or Alt */

#endif
