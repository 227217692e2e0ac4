/* value_time.c - moments (to the minute, as clocks in China show them) and durations. */
#include "register/value_inside.h"

#include "base/civil.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_MINUTES = 24 * 60, DURATION_MAX = 100 * 366 * DAY_MINUTES };
#define MINUTE_MS INT64_C(60000)

static const char *blanks(const char *s) { return s + strspn(s, " "); }

/* Up to two digits; -1 if there are none. */
static int two_digits(const char **at) {
    const char *p = blanks(*at);
    size_t n = strspn(p, "0123456789");
    if (!n || n > 2) return -1;
    *at = p + n;
    return n == 1 ? p[0] - '0' : (p[0] - '0') * 10 + p[1] - '0';
}

static bool skip(const char **at, const char *const words[]) {
    const char *p = blanks(*at);
    size_t n = word_at(p, words);
    if (n) *at = p + n;
    return n > 0;
}

/* "14:30", "14:30:00", "14时30分", "14点", "下午2:30"; nothing means that a time is missing. */
static bool time_parts(const char *s, int *hour, int *minute) {
    bool afternoon = skip(&s, words_afternoon);
    if (!afternoon) (void)skip(&s, words_morning);
    *minute = 0;
    *hour = two_digits(&s);
    if (*hour < 0) return false;
    bool colon = *blanks(s) == ':';
    if (!skip(&s, words_o_clock)) return false;
    if (colon) {
        *minute = two_digits(&s);
        if (*blanks(s) == ':' && (s = blanks(s) + 1, two_digits(&s) < 0)) return false;
        if (*s == '.') s += 1 + strspn(s + 1, "0");
    } else if (skip(&s, words_half)) {
        *minute = 30;
    } else if (*blanks(s)) {
        *minute = two_digits(&s);
        (void)skip(&s, words_clock_minute);
    }
    if (afternoon && *hour < 12) *hour += 12;
    return !*blanks(s) && *hour <= 23 && *minute >= 0 && *minute <= 59;
}

enum fault read_moment(const struct reading *r, const char *s, struct value *out) {
    int part[3], hour, minute;
    const char *rest;
    if (!date_parts(s, part, &rest)) return REFUSE(r, "应为日期和时间，如 {0}；现为“{1}”", "2019-03-01 14:30", quoted(r, s));
    if (!civil_valid(part[0], part[1], part[2]))
        return REFUSE(r, "没有“{0}”这一天；应为日期和时间，如 {1}", quoted(r, s), "2019-03-01 14:30");
    if (*rest == 'T') rest++;
    if (!time_parts(rest, &hour, &minute)) return REFUSE(r, "还缺时间，应如 {0}；现为“{1}”", "2019-03-01 14:30", quoted(r, s));
    int64_t day = civil_from_ymd(part[0], part[1], part[2]);
    *out = value_of_int((day * DAY_MINUTES + hour * 60 + minute - CHINA_OFFSET_MINUTES) * MINUTE_MS);
    return FAULT_NONE;
}

const char *show_moment(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)lang;
    char day[CIVIL_TEXT];
    civil_format(civil_at(value->integer), day);
    int64_t minutes = value->integer / MINUTE_MS + CHINA_OFFSET_MINUTES, of_day = minutes % DAY_MINUTES;
    if (of_day < 0) of_day += DAY_MINUTES;
    return arena_format(arena, "%s %02d:%02d", day, (int)(of_day / 60), (int)(of_day % 60));
}

/* Reads a number before one of the words, if it stands there. */
static bool amount(const char **at, const char *const words[], int64_t minutes_each, int64_t *sum) {
    const char *p = blanks(*at);
    size_t n = strspn(p, "0123456789");
    if (!n || n > 9) return false;
    int64_t number = strtoll(p, NULL, 10);
    const char *after = p + n;
    if (!skip(&after, words)) return false;
    *sum += number * minutes_each; /* nine digits of days are far from an overflow */
    *at = after;
    return true;
}

/* "3天2小时30分钟", "2:30", "90分"; a bare number would leave open of what. */
enum fault read_duration(const struct reading *r, const char *s, struct value *out) {
    int64_t sum = 0;
    const char *at = s;
    bool any = amount(&at, words_day, DAY_MINUTES, &sum);
    any |= amount(&at, words_hour, 60, &sum);
    any |= amount(&at, words_minute, 1, &sum);
    if (!any) {
        size_t n = strspn(at, "0123456789");
        const char *colon = at + n;
        int rest = -1;
        if (n && n <= 6 && *colon == ':') {
            const char *p = colon + 1;
            rest = two_digits(&p);
            any = rest >= 0 && rest <= 59 && p - colon == 3;
            sum = strtoll(at, NULL, 10) * 60 + rest;
            at = p;
        }
    }
    if (!any || *blanks(at)) return REFUSE(r, "应为时长，如 {0}；现为“{1}”", "2小时30分", quoted(r, s));
    if (sum > DURATION_MAX) return REFUSE(r, "时长“{0}”太长；应如 {1}", quoted(r, s), "2小时30分");
    *out = value_of_int(sum);
    return FAULT_NONE;
}

const char *show_duration(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field;
    int64_t minutes = value->integer, days = minutes / DAY_MINUTES, hours = minutes % DAY_MINUTES / 60, rest = minutes % 60;
    _cleanup_(text_release) struct text out;
    text_init(&out, 200);
    const struct {
        int64_t amount;
        const char *english;
    } parts[] = {{days, " d "}, {hours, " h "}, {rest, " min"}};
    for (int i = 0; i < 3; i++) {
        if (!parts[i].amount && !(i == 2 && !minutes)) continue;
        text_add_int(&out, parts[i].amount);
        text_add(&out, lang == LANG_ZH ? words_duration_shown[i] : parts[i].english);
    }
    if (out.length && out.at[out.length - 1] == ' ') out.at[--out.length] = 0;
    return arena_copyn(arena, out.at, out.length);
}
