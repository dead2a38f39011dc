/* log.c: each line is one write, so that lines of several threads never mix. */
#include "src/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/text.h"

static atomic_int log_top = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&log_top, (int)level);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {
		[LOG_ERROR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	const int saved = errno;
	struct buf words = BUF_INIT, line = BUF_INIT;
	char when[25];
	va_list ap;

	if ((int)level > atomic_load(&log_top))
		return;
	time_rfc3339(clock_now(clock_system()), when);
	va_start(ap, fmt);
	buf_vaddf(&words, fmt, ap);
	va_end(ap);
	buf_addf(&line, "%s %s ", when, names[level]);
	text_log(words.data, words.len, &line);
	buf_addc(&line, '\n');
	while (write(STDERR_FILENO, line.data, line.len) < 0 && errno == EINTR)
		;
	buf_release(&line);
	buf_release(&words);
	errno = saved;
}
