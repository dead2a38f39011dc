/* error.c: sentences are made aside, so that they may quote the error they replace. */
#include "src/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = sizeof((struct error *)0)->text, DRAFT_MAX = 2 * TEXT_MAX + 4 };

/* A sentence that did not fit must not end inside a character. */
static void cut_clean(char *s)
{
	size_t end = strlen(s), start = end;
	unsigned char lead;
	size_t want;

	while (start > 0 && end - start < 4 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;
	lead = (unsigned char)s[start - 1];
	want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (lead >= 0xC0 && end - start + 1 < want)
		s[start - 1] = '\0';
}

static void finish(struct error *e, enum err code, const char *draft)
{
	const char *sentence = draft[0] ? draft : "it failed";
	const size_t len = strnlen(sentence, TEXT_MAX);
	const size_t kept = len < TEXT_MAX ? len : TEXT_MAX - 1;

	e->code = code;
	memcpy(e->text, sentence, kept);
	e->text[kept] = '\0';
	if (kept < len)
		cut_clean(e->text);
}

bool error_set(struct error *e, enum err code, const char *fmt, ...)
{
	char draft[DRAFT_MAX];
	va_list ap;

	if (!e)
		return false;
	va_start(ap, fmt);
	vsnprintf(draft, TEXT_MAX + 1, fmt, ap);
	va_end(ap);
	finish(e, code, draft);
	return false;
}

bool error_errno(struct error *e, enum err code, const char *fmt, ...)
{
	const int saved = errno;
	char draft[DRAFT_MAX], reason[128];
	size_t len;
	va_list ap;

	if (!e)
		return false;
	va_start(ap, fmt);
	vsnprintf(draft, TEXT_MAX + 1, fmt, ap);
	va_end(ap);
	len = strlen(draft);
	snprintf(draft + len, sizeof draft - len, ": %s", strerror_r(saved, reason, sizeof reason));
	finish(e, saved == ENOSPC || saved == EDQUOT ? ERR_FULL : code, draft);
	errno = saved;
	return false;
}

bool error_context(struct error *e, const char *fmt, ...)
{
	char draft[DRAFT_MAX];
	size_t len;
	va_list ap;

	if (!e)
		return false;
	va_start(ap, fmt);
	vsnprintf(draft, TEXT_MAX + 1, fmt, ap);
	va_end(ap);
	len = strlen(draft);
	snprintf(draft + len, sizeof draft - len, ": %s", e->text);
	finish(e, e->code, draft);
	return false;
}
