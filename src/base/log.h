/* log.h - one line per event on standard error: time, level, event, key=value pairs; values are quoted, never trusted. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };

/* Lines below this level are not written. Default: LOG_INFO_. */
void log_set_level(enum log_level level);
/* Writes one line. Pairs are (const char *key, const char *value), ended by NULL: log_line(LOG_INFO_, "listen", "at", address).
 * Nothing secret or personal belongs in a value; record ids do. */
void log_line_list(enum log_level level, const char *event, ...) __attribute__((sentinel));
#define log_line(level, ...) log_line_list((level), __VA_ARGS__, (const char *)0)

#endif
