/* log.h: what happened, a line each on stderr: RFC 3339 time, level, words. Never a secret, a sender, or a query. */
#ifndef REGIE_BASE_LOG_H
#define REGIE_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level); /* default LOG_INFO */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
