/* due.c - the arithmetic of terms: start, extensions, suspensions, rounds, custody, and the last day's roll. */
#include "calendar/due_inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY_MINUTES = 24 * 60, HOUR_MINUTES = 60, HALF_MONTH = 15 /* SPC Interpretation 2021, 202(1) */ };

civil_day months_after(civil_day from, int months, enum month_rule rule) {
    int year, month, day, last_year, last_month, last_day;
    civil_to_ymd(from, &year, &month, &day);
    int at = year * 12 + month - 1 + months;
    civil_day last = civil_from_ymd((at + 1) / 12, (at + 1) % 12 + 1, 1) - 1;
    civil_to_ymd(last, &last_year, &last_month, &last_day);
    int next_day, unused;
    civil_to_ymd(from + 1, &unused, &unused, &next_day);
    bool month_end = next_day == 1;
    if (day > last_day || (month_end && rule == MONTH_CRIMINAL)) return last;
    return civil_from_ymd(last_year, last_month, day);
}

static struct instant after_minutes(struct instant from, int minutes) {
    int64_t at = (int64_t)from.minute + minutes;
    return (struct instant){(civil_day)(from.day + at / DAY_MINUTES), (int)(at % DAY_MINUTES)};
}

static int since(struct instant from, struct instant to) { return (to.day - from.day) * DAY_MINUTES + to.minute - from.minute; }

/* The whole length in its units: months and days stand apart because they add in that order. */
struct length {
    int minutes, days, workdays, months;
};

static void add_span(struct length *l, struct span s) {
    switch (s.unit) {
    case TERM_HOUR: l->minutes += s.n * HOUR_MINUTES; break;
    case TERM_DAY: l->days += s.n; break;
    case TERM_WORKDAY: l->workdays += s.n; break;
    case TERM_MONTH: l->months += s.n; break;
    case TERM_YEAR: l->months += s.n * 12; break;
    }
}

static void add_extension(struct length *l, const struct term_extension *x) {
    add_span(l, x->by);
    if (x->half) l->days += HALF_MONTH;
}

static struct length length_of(const struct due_run *r) {
    struct length l = {0};
    struct term_extension base = {.by = r->q->rule->given ? r->q->given : r->q->rule->length};
    for (size_t i = 0; i < r->extension_count; i++)
        if (r->extensions[i].total) base = r->extensions[i];
    add_extension(&l, &base);
    for (size_t i = 0; i < r->extension_count; i++)
        if (!r->extensions[i].total) add_extension(&l, &r->extensions[i]);
    return l;
}

static bool hours(const struct due_run *r) { return r->q->rule->length.unit == TERM_HOUR; }

/* The next such day of the year after the start. */
static civil_day yearly(const struct due_run *r) {
    int year, month, day;
    civil_to_ymd(r->start.day, &year, &month, &day);
    civil_day due = civil_from_ymd(year, r->q->rule->month, r->q->rule->day);
    return due > r->start.day ? due : civil_from_ymd(year + 1, r->q->rule->month, r->q->rule->day);
}

static struct instant natural_end(const struct due_run *r, const struct length *l) {
    civil_day day = r->q->rule->month ? yearly(r) : months_after(r->start.day, l->months, r->q->rule->month_rule) + l->days;
    for (size_t i = 0; i < r->suspension_count; i++)
        if (r->suspensions[i].from.day < day) day += r->suspensions[i].to.day - r->suspensions[i].from.day;
    return (struct instant){day, MINUTE_NONE};
}

static struct instant workday_end(const struct due_run *r, const struct length *l) {
    civil_day at = r->start.day;
    int left = l->workdays;
    for (size_t i = 0; i < r->suspension_count; i++) {
        int counted = calendar_between(r->q->calendar, at, r->suspensions[i].from.day);
        if (counted >= left) break;
        left -= counted;
        at = r->suspensions[i].to.day;
    }
    return (struct instant){calendar_add(r->q->calendar, at, left), MINUTE_NONE};
}

static struct instant hour_end(const struct due_run *r, const struct length *l) {
    struct instant end = after_minutes(r->start, l->minutes);
    for (size_t i = 0; i < r->suspension_count; i++)
        if (since(r->suspensions[i].from, end) > 0) end = after_minutes(end, since(r->suspensions[i].from, r->suspensions[i].to));
    return end;
}

/* The end before any roll, as it stands with the extensions and closed suspensions so far. */
struct instant due_end(const struct due_run *r) {
    struct length l = length_of(r);
    if (hours(r)) return hour_end(r, &l);
    if (r->q->rule->backwards) return (struct instant){r->start.day - l.days, MINUTE_NONE};
    return l.workdays ? workday_end(r, &l) : natural_end(r, &l);
}

bool instant_before(struct instant a, struct instant b) {
    return a.day != b.day ? a.day < b.day : a.minute != MINUTE_NONE && b.minute != MINUTE_NONE && a.minute < b.minute;
}

/* The state of custody on a day: the last event up to and with it, else as at the start. */
static bool in_custody(const struct due_run *r, civil_day day) {
    if (r->q->rule->custody == CUSTODY_ALWAYS) return true;
    bool custody = r->q->custody;
    for (size_t i = 0; i < r->event_count; i++) {
        const struct term_event *e = r->events[i];
        if (e->at.day > day) break;
        if (e->kind == EVENT_DETAIN) custody = true;
        if (e->kind == EVENT_RELEASE) custody = false;
    }
    return custody;
}

/* A term that was counted over days of which no notice is known yet is provisional. */
static bool unknown_between(const struct calendar *c, civil_day from, civil_day to) {
    return from <= to && (!calendar_known(c, from) || !calendar_known(c, to));
}

static void roll(struct due_run *r, struct due_answer *out) {
    const struct term_rule *rule = r->q->rule;
    const struct calendar *c = r->q->calendar;
    out->custody = in_custody(r, out->base);
    out->due = (struct instant){out->base, MINUTE_NONE};
    if (rule->backwards) out->due.day = calendar_on_or_before(c, out->base);
    else if (rule->roll == ROLL_NEXT && !out->custody) out->due.day = calendar_on_or_after(c, out->base);
    else {
        if (out->custody && !calendar_works(c, out->base) && r->q->explain) step_custody(r, out->base);
        return;
    }
    out->rolled = out->due.day != out->base;
    out->provisional |= rule->backwards ? unknown_between(c, out->due.day, out->base) : unknown_between(c, out->base, out->due.day);
    if (out->rolled && r->q->explain) step_rolled(r, out->base, out->due.day);
}

/* Offices often count custody with its first day, one day earlier than the letter of the law; what is not custody but ends
 * a measure is safe on the day before it was moved. */
static civil_day safe_day(const struct due_run *r, const struct due_answer *out) {
    if (hours(r) || r->q->rule->backwards) return DAY_NONE;
    if (out->custody) return out->due.day - 1;
    return out->rolled ? out->base : DAY_NONE;
}

/* Under criminal procedure the starting hour is not counted (CPL 105); the alarm keeps to the elapsed, earlier moment. */
static struct instant literal_end(const struct due_run *r, struct instant due) {
    bool criminal = r->q->rule->month_rule == MONTH_CRIMINAL;
    int past = r->start.minute % HOUR_MINUTES;
    return criminal && past ? after_minutes(due, HOUR_MINUTES - past) : due;
}

static enum fault outside(const struct due_run *r) {
    note_add(r->notes, r->q->rule->code, "算出的日期不在 1980 至 2149 年之间，请核对起算日");
    return FAULT_INPUT;
}

static enum fault settle_running(struct due_run *r, struct due_answer *out) {
    struct instant end = due_end(r);
    if (!calendar_covers(end.day) || end.day > CALENDAR_LAST - ROLL_DAYS_MOST || end.day < CALENDAR_FIRST + ROLL_DAYS_MOST)
        return outside(r);
    out->has_due = true;
    out->base = end.day;
    out->due = end;
    struct length l = length_of(r);
    if (l.workdays) out->provisional = unknown_between(r->q->calendar, r->start.day, end.day);
    if (r->q->explain) step_counting(r, end);
    if (!hours(r)) roll(r, out);
    else out->custody = in_custody(r, end.day);
    out->literal = hours(r) ? literal_end(r, end) : out->due;
    out->safe_by = safe_day(r, out);
    return FAULT_NONE;
}

/* While it is suspended: what has been used and what is left, in working days, minutes or natural days. */
static void settle_suspended(struct due_run *r, struct due_answer *out) {
    struct length l = length_of(r);
    struct instant end = due_end(r), from = r->open.from;
    if (l.workdays) {
        int32_t used = calendar_between(r->q->calendar, r->start.day, from.day);
        for (size_t i = 0; i < r->suspension_count; i++)
            used -= calendar_between(r->q->calendar, r->suspensions[i].from.day, r->suspensions[i].to.day);
        out->consumed = used;
        out->remaining = l.workdays - used;
    } else {
        out->remaining = hours(r) ? since(from, end) : end.day - from.day;
        out->consumed = hours(r) ? since(r->start, from) : from.day - r->start.day;
        for (size_t i = 0; i < r->suspension_count; i++)
            out->consumed -= hours(r) ? since(r->suspensions[i].from, r->suspensions[i].to)
                                      : r->suspensions[i].to.day - r->suspensions[i].from.day;
    }
    out->running = false;
    if (r->q->explain) step_open(r, out->consumed, out->remaining);
}

static bool in_force(const struct term_rule *rule, civil_day day) {
    return (!rule->valid_from || day >= rule->valid_from) && (!rule->valid_to || day <= rule->valid_to);
}

static enum fault check_question(const struct due_question *q, struct notes *notes) {
    const struct term_rule *rule = q->rule;
    if (!calendar_covers(q->from.day)) note_add(notes, "from", "起算日不在 1980 至 2149 年之间");
    else if (rule->length.unit == TERM_HOUR && !rule->inside && q->from.minute == MINUTE_NONE)
        note_add(notes, "from", "按小时计算的期限须写明时刻，如 {0}", "2024-10-08T14:20");
    else if (rule->given && !q->given.n)
        note_add(notes, rule->code, "这一期限的长度须逐件写明，如 --length {0}", rule->length.unit == TERM_MONTH ? "12mo" : "15d");
    else if (q->given.n && !rule->given) note_add(notes, rule->code, "这一期限的长度是定的，不能另给");
    else if (q->given.n && q->given.unit == TERM_HOUR) note_add(notes, rule->code, "这一期限不按小时计算");
    else if (q->event_count > DUE_EVENTS_MAX) note_add(notes, "events", "事件多于 {0} 个", "200");
    else return FAULT_NONE;
    return FAULT_INPUT;
}

enum fault due_compute(const struct due_question *q, struct arena *arena, struct notes *notes, struct due_answer *out) {
    enum fault f = check_question(q, notes);
    if (f) return f;
    struct due_run r = {.q = q, .arena = arena, .notes = notes, .start = q->from, .round = 1};
    *out = (struct due_answer){
        .running = true, .base = DAY_NONE, .safe_by = DAY_NONE, .due = {DAY_NONE, MINUTE_NONE}, .literal = {DAY_NONE, MINUTE_NONE}};
    if (!hours(&r)) r.start.minute = MINUTE_NONE;
    if (q->explain) steps_begin(&r);
    f = events_apply(&r);
    if (f) return f;
    out->round = r.round;
    out->in_force = in_force(q->rule, r.start.day);
    if (!out->in_force && q->explain) step_not_in_force(&r);
    if (q->rule->inside) {
        out->running = false;
        if (q->explain) step_inside(&r);
    } else if (r.suspended) settle_suspended(&r, out);
    else f = settle_running(&r, out);
    if (!f && r.stopped) {
        out->running = false;
        if (q->explain) step_stopped(&r);
    }
    out->steps = r.steps;
    out->step_count = r.step_count;
    return f;
}
