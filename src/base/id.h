/* id.h: names for things.
 *
 * What consoles make (questions, answers, segments, notices, words) is named by a UUIDv7 (RFC 9562 §5.7), so that it can
 * be named while the backend is away. What the backend counts (messages, participants, clusters, themes, log entries)
 * is a dense integer from 1, written in decimal. Rooms and gateways are named by their slug, seats by a dense integer.
 */
#ifndef REGIE_BASE_ID_H
#define REGIE_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/clock.h"

#define ID_MAX 40 /* bytes of any record's id, NUL included */

void id_uuid7(char out[static ID_MAX], int64_t now_ms, const struct randomness *r);
bool id_is_uuid(const char *s);                       /* 36 characters, lower-case hex and hyphens in their places */
bool id_is_slug(const char *s);                       /* [a-z0-9][a-z0-9-]{0,31} */
bool id_number(const char *s, int64_t *out);          /* decimal, 1 … 2^53, no sign, no leading zero */
void id_from_number(char out[static ID_MAX], int64_t n);

/* A secret of 160 random bits as 32 characters of base32 without look-alikes, NUL-terminated into out[33]. */
void id_token(char out[static 33], const struct randomness *r);
/* What is kept of a secret: 32 hex characters of its keyless BLAKE2b-128; comparisons are made on this, in constant time. */
void id_token_hash(char out[static 33], const char *token);
bool id_same_secret(const char *a, const char *b);

#endif
