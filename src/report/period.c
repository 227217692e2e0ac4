/* period.c - the spans of days that reports are about: reading them, the same span a year before, and how they are said. */
#include "report/inside.h"

#include <stdio.h>
#include <string.h>

static bool digits(const char *text, size_t count, int *out) {
    int n = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        n = n * 10 + (text[i] - '0');
    }
    *out = n;
    return true;
}

static struct period months(int year, int first, int last) {
    civil_day end = last == 12 ? civil_from_ymd(year, 12, 31) : civil_from_ymd(year, last + 1, 1) - 1;
    return (struct period){civil_from_ymd(year, first, 1), end};
}

static bool read_named(const char *text, size_t length, struct period *out) {
    int year, part;
    if (length < 4 || !digits(text, 4, &year) || year < 1) return false;
    if (length == 4) return *out = months(year, 1, 12), true;
    if (text[4] != '-') return false;
    if (length == 7 && text[5] >= '0' && text[5] <= '9' && digits(text + 5, 2, &part) && part >= 1 && part <= 12)
        return *out = months(year, part, part), true;
    if (length != 7 || !digits(text + 6, 1, &part)) return false;
    if (text[5] == 'Q' && part >= 1 && part <= 4) return *out = months(year, part * 3 - 2, part * 3), true;
    if (text[5] == 'H' && part >= 1 && part <= 2) return *out = months(year, part * 6 - 5, part * 6), true;
    return false;
}

enum fault period_parse(const char *text, struct notes *notes, struct period *out) {
    size_t length = text ? strlen(text) : 0;
    struct period period;
    if (length == 22 && !strncmp(text + 10, "..", 2)) {
        char from[CIVIL_TEXT] = {0};
        memcpy(from, text, 10);
        if (civil_parse(from, &period.start) && civil_parse(text + 12, &period.end)) {
            if (period.start <= period.end) return *out = period, FAULT_NONE;
            note_add(notes, "period", "起始日期 {0} 晚于截止日期 {1}，请对调", from, text + 12);
            return FAULT_INPUT;
        }
    } else if (length && read_named(text, length, &period)) {
        return *out = period, FAULT_NONE;
    }
    note_add(notes, "period", "看不懂期间“{0}”；请写作 2019、2019-03、2019-Q1、2019-H1 或 2019-01-01..2019-06-30",
             text ? text : "");
    return FAULT_INPUT;
}

static civil_day year_before(civil_day day) {
    int y, m, d;
    civil_to_ymd(day, &y, &m, &d);
    if (y <= 1) return civil_from_ymd(1, 1, 1);
    return civil_valid(y - 1, m, d) ? civil_from_ymd(y - 1, m, d) : civil_from_ymd(y - 1, m, d - 1);
}

struct period period_before(struct period period) {
    int y, m, d;
    civil_to_ymd(period.end, &y, &m, &d);
    struct period before = {year_before(period.start), year_before(period.end)};
    /* A span that ends with a February ends with February a year before, too. */
    if (m == 2 && d == 28 && !civil_valid(y, 2, 29) && civil_valid(y - 1, 2, 29) && y > 1) before.end++;
    return before;
}

/* 12, 6, 3 or 1 whole months beginning at such a step of the year; 0 otherwise. */
static int whole_months(struct period period, int *year, int *month) {
    static const int spans[] = {12, 6, 3, 1};
    int d;
    civil_to_ymd(period.start, year, month, &d);
    for (size_t i = 0; i < COUNT_OF(spans) && d == 1; i++) {
        if ((*month - 1) % spans[i]) continue;
        struct period whole = months(*year, *month, *month + spans[i] - 1);
        if (whole.end == period.end) return spans[i];
    }
    return 0;
}

void period_format(struct period period, char out[32]) {
    int year, month;
    switch (whole_months(period, &year, &month)) {
    case 12: snprintf(out, 32, "%04d", year); return;
    case 6: snprintf(out, 32, "%04d-H%d", year, (month + 5) / 6); return;
    case 3: snprintf(out, 32, "%04d-Q%d", year, (month + 2) / 3); return;
    case 1: snprintf(out, 32, "%04d-%02d", year, month); return;
    default: break;
    }
    char from[CIVIL_TEXT], to[CIVIL_TEXT];
    civil_format(period.start, from);
    civil_format(period.end, to);
    snprintf(out, 32, "%s..%s", from, to);
}

const char *period_label(struct period period, struct arena *arena) {
    static const char *const quarters[] = {"一", "二", "三", "四"};
    int year, month;
    switch (whole_months(period, &year, &month)) {
    case 12: return arena_format(arena, "%d年", year);
    case 6: return arena_format(arena, "%d年%s半年", year, month == 1 ? "上" : "下");
    case 3: return arena_format(arena, "%d年第%s季度", year, quarters[(month - 1) / 3]);
    case 1: return arena_format(arena, "%d年%d月", year, month);
    default: break;
    }
    int y1, m1, d1, y2, m2, d2;
    civil_to_ymd(period.start, &y1, &m1, &d1);
    civil_to_ymd(period.end, &y2, &m2, &d2);
    if (y1 == y2) return arena_format(arena, "%d年%d月%d日至%d月%d日", y1, m1, d1, m2, d2);
    return arena_format(arena, "%d年%d月%d日至%d年%d月%d日", y1, m1, d1, y2, m2, d2);
}
