/* refill_fact.c - what a form asks about itself: who fills it, when, and for which period. */
#include "report/refill.h"

#include <string.h>

const struct refill_fact refill_facts[] = {
    {"institution", "本单位名称"},
    {"person", "填表人姓名"},
    {"today", "填表日期"},
    {"today_year", "填表日期的年"},
    {"today_month", "填表日期的月"},
    {"today_day", "填表日期的日"},
    {"period", "报告期（文字）"},
    {"period_year", "报告期的年份"},
    {"period_quarter", "第几季度"},
    {"period_month", "报告期的月份"},
    {NULL, NULL},
};

const struct refill_fact *refill_fact_named(const char *key) {
    for (const struct refill_fact *f = refill_facts; f->key; f++)
        if (!strcmp(f->key, key)) return f;
    return NULL;
}

static bool is(const struct refill_fact *fact, const char *key) { return !strcmp(fact->key, key); }

/* Of a period that lies in one year, is a quarter, or is a month; NULL of any other. */
static const char *of_period(const struct refill_fact *fact, struct period period, struct arena *arena) {
    int year, month, day, last;
    char written[PERIOD_TEXT];
    civil_to_ymd(period.end, &last, &month, &day);
    civil_to_ymd(period.start, &year, &month, &day);
    period_format(period, written);
    bool part = strlen(written) == 7;
    if (is(fact, "period_year")) return year == last ? arena_int(arena, year) : NULL;
    if (is(fact, "period_quarter")) return part && written[5] == 'Q' ? arena_int(arena, written[6] - '0') : NULL;
    return part && written[5] <= '9' ? arena_int(arena, month) : NULL;
}

bool refill_fact_value(const struct refill_fact *fact, const struct refill_about *about, struct arena *arena,
                       struct formfile_value *out) {
    int year, month, day;
    char written[CIVIL_TEXT];
    civil_to_ymd(about->today, &year, &month, &day);
    out->kind = SHEET_NUMBER;
    if (is(fact, "institution") || is(fact, "person") || is(fact, "period")) {
        out->kind = SHEET_TEXT;
        out->text = is(fact, "institution") ? about->institution
                  : is(fact, "person")      ? about->person
                                            : period_label(about->period, arena);
    } else if (is(fact, "today")) {
        out->kind = SHEET_DATE;
        civil_format(about->today, written);
        out->text = about->document ? arena_format(arena, "%d年%d月%d日", year, month, day) : arena_copy(arena, written);
    } else if (!strncmp(fact->key, "today_", 6)) {
        out->text = arena_int(arena, is(fact, "today_year") ? year : is(fact, "today_month") ? month : day);
    } else {
        out->text = of_period(fact, about->period, arena);
    }
    return out->text && out->text[0];
}
