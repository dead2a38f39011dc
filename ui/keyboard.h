/* keyboard.h: the bytes a terminal sends, as keys.
 *
 * Ours, because curses' reading knows neither pastes nor half sequences nor Alt, and cannot be waited for together with
 * other things. Knows no terminal: bytes come from any descriptor, so that tests feed a pipe. What is half there becomes a
 * key (a lone Esc) when nothing more came for a while, so ask again within 25 ms.
 */
#ifndef REGIE_UI_KEYBOARD_H
#define REGIE_UI_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "ui/key.h"

enum { KEYBOARD_IN = 4096, KEYBOARD_PASTE = 64 * 1024 /* a longer one loses its end */, KEYBOARD_SEQUENCES = 96 };

struct sequence { /* what terminfo says that a key sends */
	char *bytes;
	size_t n;
	struct key key;
};
struct keyboard {
	bool utf8;                       /* else letters are of the locale's character set */
	char in[KEYBOARD_IN];
	size_t n_in;
	int64_t in_at;                   /* when the last bytes came, mono ms */
	bool pasting;
	struct buf pasted, paste;        /* as it comes in; the one given out */
	struct sequence sequences[KEYBOARD_SEQUENCES];
	size_t n_sequences;
};
void keyboard_init(struct keyboard *b, bool utf8);
void keyboard_release(struct keyboard *b);
/* A key of this terminal by terminfo; single bytes are passed over. */
void keyboard_learn(struct keyboard *b, const char *bytes, uint32_t code, uint8_t mods);
/* Takes in what is there, without waiting. False: the descriptor has ended. */
bool keyboard_take(struct keyboard *b, int fd);
/* KEYBOARD_MORE: take in again first, there may be more of a paste. A paste comes as one key; its text is valid until the next call. */
enum keyboard_got { KEYBOARD_NONE, KEYBOARD_KEY, KEYBOARD_HALF, KEYBOARD_MORE };
enum keyboard_got keyboard_next(struct keyboard *b, struct key *out);

#endif
