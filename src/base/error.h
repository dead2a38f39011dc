/* error.h: how a function says why it could not.
 *
 * Functions that can fail return bool (true = done) or a pointer (NULL = failed) and take a `struct error *` as their
 * last parameter. It is left alone on success and filled with one complete sentence on failure: lower case first, no
 * full stop, what failed first, the subject in double quotes, then what the person can do. Library code neither prints
 * nor exits; programs print it. The pointer may be NULL when the caller does not care.
 */
#ifndef REGIE_BASE_ERROR_H
#define REGIE_BASE_ERROR_H

#include <stdbool.h>

/* What kind of failure: callers branch on this, people read the text. */
enum err {
	ERR_NONE = 0,
	ERR_USAGE,     /* the call's or the command's words are off */
	ERR_REFUSED,   /* understood, and not allowed or not possible now */
	ERR_NOT_FOUND, /* the thing named does not exist */
	ERR_FORMAT,    /* outside bytes that are not what they should be */
	ERR_TOO_BIG,   /* over a stated bound */
	ERR_IO,        /* a file, a socket or the disk failed */
	ERR_FULL,      /* the disk is full */
	ERR_BUSY,      /* somebody else has it: a lock, a port */
	ERR_NET,       /* the other side cannot be reached or broke off */
	ERR_GONE,      /* another epoch: start anew */
	ERR_NEWER,     /* a file made by a newer version of the program */
};

struct error {
	enum err code;
	char text[600]; /* one sentence, UTF-8, never NULL-length when code != ERR_NONE */
};

/* Fills `e` (may be NULL) and returns false, so that `return error_set(e, …)` is the whole failing path. */
bool error_set(struct error *e, enum err code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As error_set, and adds ": " and the text of errno as it was at the call; ENOSPC turns the code into ERR_FULL. */
bool error_errno(struct error *e, enum err code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "CONTEXT: " in front of the sentence already there. Returns false. */
bool error_context(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
