/* phone.h: a sender's number, in every way it is written, to one form.
 *
 * The result is only ever fed to the keyed pseudonym; it is never stored, logged or shown. Source: ARCEP numbering plan
 * and shared facts: national 0X… with X≠0 is +33, overseas prefixes keep their own code (0692, 0693 → 262; 0639 → 262;
 * 0690, 0691 → 590; 0694 → 594; 0696, 0697 → 596).
 */
#ifndef REGIE_BASE_PHONE_H
#define REGIE_BASE_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#define PHONE_MAX 64 /* bytes of a normal form, NUL included */

/* Any sender as a gateway gives it ("06 12 34 56 78", "+33 (0)6…", "0033…", "33…", "tel:+33…", "81001", "ORANGE") to its
 * normal form: E.164 digits without "+", or, for short codes and alphanumeric senders, the trimmed text in lower case.
 * Returns false only for an empty or over-long sender. */
bool phone_normalise(const char *in, char out[static PHONE_MAX]);

#endif
