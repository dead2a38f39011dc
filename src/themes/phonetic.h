/* phonetic.h: how a French word sounds, roughly: what SMS keep of it.
 *
 * Two spellings that sound alike have the same key: "chomaje" and "chômage", "konte" and "compte". Vowels that SMS do not
 * tell apart (é è ai) are one; mute letters are gone; nasal vowels are '@' (an, en), '1' (in, un, ain) and '&' (on).
 */
#ifndef REGIE_THEMES_PHONETIC_H
#define REGIE_THEMES_PHONETIC_H

#include <stddef.h>

enum phonetic_flags {
	PHONETIC_MUTE_ENT = 1,  /* a verb's -ent is not heard: "parlent" sounds as "parle" */
	PHONETIC_FULL_END = 2,  /* the last consonant is heard, as SMS write it: "clas" sounds as "classe" */
	PHONETIC_FULL_E = 4,    /* an e without accent is heard: "metie" sounds as "métier" */
};

enum { PHONETIC_MAX = 64 }; /* bytes of a key with its NUL */

/* Writes the key of a lower-case word (n bytes of UTF-8) to `key` and returns its length: 0 when there is no letter in it.
 * Letters that French has not are left out; a longer key is cut. */
size_t phonetic_key(const char *word, size_t n, int flags, char key[static PHONETIC_MAX]);

#endif
