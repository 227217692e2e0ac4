/* civil.h - civil dates and moments; no function here reads the clock except clock_now_ms(), which only main, web and the log call. */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* A civil date is the number of days since 1970-01-01 (may be negative), years 1–9999. Its text form is YYYY-MM-DD. */
typedef int32_t civil_day;

enum { CIVIL_TEXT = 11, MOMENT_TEXT = 20, CHINA_OFFSET_MINUTES = 8 * 60 };

/* Days of a date; the caller gives a valid date (civil_valid). */
civil_day civil_from_ymd(int year, int month, int day);
void civil_to_ymd(civil_day d, int *year, int *month, int *day);
bool civil_valid(int year, int month, int day);
/* Reads exactly YYYY-MM-DD; false (and *out untouched) otherwise. */
bool civil_parse(const char *text, civil_day *out);
void civil_format(civil_day d, char out[CIVIL_TEXT]);
/* Reads H:MM or HH:MM up to 23:59 as minutes of the day; false (and *out untouched) otherwise. */
bool minute_parse(const char *text, int *out);
/* The civil date at a moment (UTC milliseconds) in China, which the institutions' dates are in. */
civil_day civil_at(int64_t utc_ms);
/* "YYYY-MM-DD HH:MM:SS" of a moment in China. */
void moment_format(int64_t utc_ms, char out[MOMENT_TEXT]);

/* The one place that reads the clock: UTC milliseconds since 1970. Rules never call it; it is passed in. */
int64_t clock_now_ms(void);

#endif
