/* intl.h: the screen's words: French and English by gettext, and what the terminal's locale can show.
 *
 * Source strings are English. `_("…")` translates, `N_("…")` marks a string in a table that is translated where it is
 * drawn. Words of the same English with another meaning take a context: `C_("queue", "open")`.
 */
#ifndef REGIE_UI_INTL_H
#define REGIE_UI_INTL_H

#include <stdbool.h>

/* Sets the language: "fr", "en", or NULL for the locale's. `localedir`: where LC_MESSAGES folders are, tried before the
 * installed one (the build tree); may be NULL. Returns the language chosen, "fr" or "en". */
const char *intl_open(const char *lang, const char *localedir);
bool intl_french(void);

/* True: only ASCII may be drawn (a terminal without UTF-8, `set ascii on`); signs come from ui_sign. */
extern bool ui_ascii;
void intl_ascii(const char *wish);       /* "on", "off" or "auto", from config.h */
void intl_terminal(bool utf8);           /* what "auto" goes by, from term.h; UTF-8 until told */
/* A sign of the screen, by name, as the terminal can show it: rules, ● → · … « », blocks of sparklines. */
enum sign { SIGN_RULE, SIGN_BAR, SIGN_TEE_DOWN, SIGN_TEE_UP, SIGN_CROSS, SIGN_TEE_LEFT, SIGN_TEE_RIGHT, SIGN_AIR, SIGN_NEXT, SIGN_RESERVE, SIGN_MORE, SIGN_DASH, SIGN_ENTER,
	SIGN_OPEN_QUOTE, SIGN_CLOSE_QUOTE, SIGN_ARROW, SIGN_LESS, SIGN_CHECK, SIGN_CARET, SIGN_COUNT };
const char *ui_sign(enum sign s);
/* Level 0 to 8 of a sparkline. */
const char *ui_bar(int level);

const char *intl_text(const char *s) __attribute__((format_arg(1)));
const char *intl_context(const char *context_and_s, const char *s) __attribute__((format_arg(2)));
const char *intl_plural(const char *one, const char *many, unsigned long n) __attribute__((format_arg(1), format_arg(2)));
/* A refusal, or another sentence from below the screen, which is made and kept in English: in the language chosen, found by
 * its template (src/base/phrase.h) among the words of the context "said". Owned by the caller. NULL is "". */
char *intl_said(const char *english);
#define _(s) intl_text(s)
#define N_(s) s
#define C_(c, s) intl_context(c "\004" s, s)
#define NC_(c, s) c "\004" s /* in a table; intl_context(it, s) where it is drawn */
#define P_(one, many, n) intl_plural(one, many, (unsigned long)(n))

#endif
