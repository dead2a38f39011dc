/* sms_length.h: how long a text is as SMS (3GPP TS 23.038 §6.2.1 and TS 23.040 §9.2.3.24.1).
 *
 * In the GSM 7-bit default alphabet a message takes 160 septets, or 153 a part when it needs several; a character of the
 * extension table takes two, which are never parted. One character outside both makes it all UCS-2: 70 units, 67 a part;
 * what lies beyond U+FFFF takes two, never parted either.
 */
#ifndef REGIE_UI_SMS_LENGTH_H
#define REGIE_UI_SMS_LENGTH_H

#include <stdbool.h>
#include <stddef.h>

struct sms_length {
	int units;      /* septets or UCS-2 units of the whole text */
	int room;       /* what as many parts could hold at most: 160, 306, …; 70, 134, … */
	int parts;      /* SMS it takes; 0 for "" */
	bool ucs2;
	size_t forced;  /* ucs2: byte offset of the first character that makes it so */
};
struct sms_length sms_length_of(const char *utf8);

#endif
