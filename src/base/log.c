/* log.c - log lines, each written whole by one write so that threads do not mix. */
#include "base/log.h"

#include "base/civil.h"
#include "base/memory.h"
#include "base/printer.h"

#include <stdarg.h>
#include <unistd.h>

static enum log_level lowest = LOG_INFO_;

void log_set_level(enum log_level level) { lowest = level; }

void log_line_list(enum log_level level, const char *event, ...) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < lowest) return;
    _cleanup_(text_release) struct text line;
    text_init(&line, 8192);
    char now[MOMENT_TEXT];
    moment_format(clock_now_ms(), now);
    text_format(&line, "%s %s %s", now, names[level], event);
    va_list pairs;
    va_start(pairs, event);
    for (const char *key; (key = va_arg(pairs, const char *));) {
        const char *value = va_arg(pairs, const char *);
        text_format(&line, " %s=", key);
        json_text(&line, value ? value : "");
    }
    va_end(pairs);
    line.max++; /* room for the line's end, however long the values were */
    line.over = false;
    text_addc(&line, '\n');
    ssize_t written = write(STDERR_FILENO, line.at, line.length);
    (void)written; /* where standard error is gone there is nowhere left to say it */
}
