/* sound.h: how a French word sounds, roughly, so that spellings by ear meet the standard ones: smik and smic, chomaje and
 * chômage, ogmanté and augmenter. Endings of verbs, plurals and families of words (-ation, -ement, -eur) are cut off: what is
 * left serves to compare, not to read. */
#ifndef REGIE_THEMES_SOUND_H
#define REGIE_THEMES_SOUND_H

#include <stddef.h>

enum { SOUND_MAX = 8 };

/* `word`: n bytes as text_fold leaves them, lower-case letters a to z. Writes at most SOUND_MAX bytes and no NUL; returns
 * how many, 0 for a word that has no sound of its own. */
size_t sound_of(const char *word, size_t n, char out[static SOUND_MAX]);

#endif
