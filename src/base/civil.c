/* civil.c - the proleptic Gregorian calendar by counting days; algorithms after H. Hinnant's public description. */
#include "base/civil.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

civil_day civil_from_ymd(int year, int month, int day) {
    assert(civil_valid(year, month, day));
    int y = month <= 2 ? year - 1 : year; /* the year begins in March, so that the leap day comes last */
    int era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void civil_to_ymd(civil_day d, int *year, int *month, int *day) {
    int z = d + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

bool civil_valid(int year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
    bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

bool civil_parse(const char *text, civil_day *out) {
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') return false;
    int part[3] = {0, 0, 0}, at = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '-') at++;
        else if (*p >= '0' && *p <= '9' && at < 3) part[at] = part[at] * 10 + (*p - '0');
        else return false;
    }
    if (at != 2 || !civil_valid(part[0], part[1], part[2])) return false;
    *out = civil_from_ymd(part[0], part[1], part[2]);
    return true;
}

void civil_format(civil_day d, char out[CIVIL_TEXT]) {
    int y, m, day;
    civil_to_ymd(d, &y, &m, &day);
    assert(y >= 1 && y <= 9999);
    char wide[40];
    snprintf(wide, sizeof wide, "%04d-%02d-%02d", y, m, day);
    memcpy(out, wide, CIVIL_TEXT);
}

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

civil_day civil_at(int64_t utc_ms) { return (civil_day)floor_divide(utc_ms + CHINA_OFFSET_MINUTES * 60000LL, 86400000); }

void moment_format(int64_t utc_ms, char out[MOMENT_TEXT]) {
    int64_t local = floor_divide(utc_ms + CHINA_OFFSET_MINUTES * 60000LL, 1000);
    int64_t second = local - floor_divide(local, 86400) * 86400;
    char date[CIVIL_TEXT], wide[64];
    civil_format(civil_at(utc_ms), date);
    snprintf(wide, sizeof wide, "%s %02d:%02d:%02d", date, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    memcpy(out, wide, MOMENT_TEXT);
}

int64_t clock_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool minute_parse(const char *text, int *out) {
    int hour = 0, minute = 0;
    size_t n = text ? strlen(text) : 0;
    if (n < 4 || n > 5 || text[n - 3] != ':') return false;
    for (size_t i = 0; i < n; i++) {
        if (i == n - 3) continue;
        if (text[i] < '0' || text[i] > '9') return false;
        if (i < n - 3) hour = hour * 10 + (text[i] - '0');
        else minute = minute * 10 + (text[i] - '0');
    }
    if (hour > 23 || minute > 59) return false;
    *out = hour * 60 + minute;
    return true;
}
