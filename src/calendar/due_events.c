/* due_events.c - the events of a clock applied one after another; what a rule does not allow is refused with its place. */
#include "calendar/due_inside.h"

static const char *place(const struct due_run *r, const struct term_event *e) {
    return arena_format(r->arena, "events[%zu]", (size_t)(e - r->q->events));
}

#define REFUSE(r, e, ...) (note_add((r)->notes, place((r), (e)), __VA_ARGS__), FAULT_INPUT)

static const char *when(const struct due_run *r, struct instant at) { return instant_text(at, r->arena); }

static enum fault suspend(struct due_run *r, const struct term_event *e) {
    const char *reason = rule_reason(r->q->rule, e->reason);
    if (!r->q->rule->suspend[0]) return REFUSE(r, e, "“{0}”这一期限没有可以中止的情形", r->q->rule->name);
    if (!reason) {
        _cleanup_(text_release) struct text list;
        text_init(&list, 1000);
        for (size_t i = 0; i < TERM_REASONS_MAX && r->q->rule->suspend[i]; i++)
            text_format(&list, "%s%s (%s)", i ? ", " : "", r->q->rule->suspend[i], reason_name(r->q->rule->suspend[i]));
        return REFUSE(r, e, "“{0}”不是这一期限可以中止的原因；可以是：{1}", e->reason ? e->reason : "", list.at);
    }
    if (r->suspended || r->idle)
        return REFUSE(r, e, "期限自 {0} 起已经中止，恢复之后才能再次中止", when(r, r->suspended ? r->open.from : e->at));
    if (r->suspension_count == ROUND_SUSPENSIONS_MAX) return REFUSE(r, e, "中止次数过多");
    if (!instant_before(e->at, due_end(r))) {
        if (r->q->explain) step_no_effect(r, e);
        r->idle = true;
        return FAULT_NONE;
    }
    r->suspended = true;
    r->open = (struct suspension){.from = e->at, .reason = reason};
    return FAULT_NONE;
}

static enum fault resume(struct due_run *r, const struct term_event *e) {
    if (!r->suspended) {
        if (!r->idle) return REFUSE(r, e, "期限没有中止，无从恢复");
        r->idle = false;
        return FAULT_NONE;
    }
    r->suspended = false;
    r->open.to = e->at;
    r->suspensions[r->suspension_count++] = r->open;
    return FAULT_NONE;
}

/* Days before the end by which the request must have been made. */
static civil_day request_by(struct instant end, struct span before) {
    return before.unit == TERM_MONTH ? months_after(end.day, -before.n, MONTH_CIVIL) : end.day - before.n;
}

static bool used_already(const struct due_run *r, const struct term_extension *x) {
    for (size_t i = 0; i < r->extension_count; i++)
        if (!strcmp(r->extensions[i].code, x->code)) return true;
    return false;
}

static enum fault extend(struct due_run *r, const struct term_event *e) {
    struct term_extension x = {0};
    enum fault f = rule_extension(r->q->rule, e->code, r->extensions_named, r->arena, r->notes, &x);
    if (f) return f;
    struct instant end = due_end(r);
    if (!r->suspended && instant_before(end, e->at)) return REFUSE(r, e, "期限已于 {0} 届满，不能再延长", when(r, end));
    if (used_already(r, &x) && !r->q->rule->given) return REFUSE(r, e, "延长“{0}”已经用过，只能一次", x.name);
    if (r->extension_count == ROUND_EXTENSIONS_MAX) return REFUSE(r, e, "延长次数过多");
    if (e->applied != DAY_NONE && x.apply_before.n && e->applied > request_by(end, x.apply_before))
        return REFUSE(r, e, "延长须在 {0} 之前提请，{1} 提请已迟",
                      when(r, (struct instant){request_by(end, x.apply_before) + 1, MINUTE_NONE}),
                      when(r, (struct instant){e->applied, MINUTE_NONE}));
    if (r->q->rule->given) x.by.unit = r->q->given.unit;
    r->extensions[r->extension_count++] = x;
    r->extensions_named++;
    return FAULT_NONE;
}

static void begin_round(struct due_run *r, struct instant start) {
    r->start = start;
    if (r->q->rule->length.unit != TERM_HOUR) r->start.minute = MINUTE_NONE;
    r->suspended = r->stopped = r->idle = false;
    r->suspension_count = r->extension_count = r->extensions_named = 0;
}

static enum fault restart(struct due_run *r, const struct term_event *e) {
    const struct term_rule *rule = r->q->rule;
    if (!rule->restart_on) return REFUSE(r, e, "“{0}”这一期限没有重新起算的情形", rule->name);
    if (rule->rounds_most && r->round >= rule->rounds_most)
        return REFUSE(r, e, "“{0}”最多 {1} 次，不能再次起算", rule->name, arena_int(r->arena, rule->rounds_most));
    r->round++;
    begin_round(r, e->at);
    if (r->q->explain) step_restarted(r, e);
    return FAULT_NONE;
}

static enum fault correct(struct due_run *r, const struct term_event *e) {
    if (e->from.day == DAY_NONE) return REFUSE(r, e, "更正须写明正确的起算日 from");
    if (!calendar_covers(e->from.day)) return REFUSE(r, e, "日期不在 1980 至 2149 年之间");
    if (r->q->rule->length.unit == TERM_HOUR && !r->q->rule->inside && e->from.minute == MINUTE_NONE)
        return REFUSE(r, e, "按小时计算的期限，更正后的起算须写明时刻");
    const struct suspension *first = r->suspension_count ? &r->suspensions[0] : r->suspended ? &r->open : NULL;
    if (first && instant_before(first->from, e->from)) return REFUSE(r, e, "更正后的起算日晚于已经登记的中止");
    r->start = e->from;
    if (r->q->rule->length.unit != TERM_HOUR) r->start.minute = MINUTE_NONE;
    if (r->q->explain) step_corrected(r, e);
    return FAULT_NONE;
}

static enum fault stop(struct due_run *r, const struct term_event *e) {
    r->stopped = true;
    r->suspended = false;
    r->stopped_at = e->at;
    return FAULT_NONE;
}

static enum fault apply(struct due_run *r, const struct term_event *e) {
    bool person = e->kind == EVENT_DETAIN || e->kind == EVENT_RELEASE || e->kind == EVENT_CALENDAR;
    if (!calendar_covers(e->at.day)) return REFUSE(r, e, "日期不在 1980 至 2149 年之间");
    if (person) return FAULT_NONE;
    if (r->q->rule->length.unit == TERM_HOUR && !r->q->rule->inside && e->at.minute == MINUTE_NONE && e->kind != EVENT_STOP)
        return REFUSE(r, e, "按小时计算的期限，事件须写明时刻");
    if (r->stopped && e->kind != EVENT_RESTART && e->kind != EVENT_CORRECT)
        return REFUSE(r, e, "期限已于 {0} 终止", when(r, r->stopped_at));
    if (e->kind != EVENT_CORRECT && !r->q->rule->backwards && instant_before(e->at, r->start))
        return REFUSE(r, e, "{0} 早于起算日 {1}", when(r, e->at), when(r, r->start));
    switch (e->kind) {
    case EVENT_SUSPEND: return suspend(r, e);
    case EVENT_RESUME: return resume(r, e);
    case EVENT_EXTEND: return extend(r, e);
    case EVENT_RESTART: return restart(r, e);
    case EVENT_CORRECT: return correct(r, e);
    default: return stop(r, e);
    }
}

/* Few events: sorted by insertion, which keeps the order of those of one moment. */
static void sort(struct due_run *r) {
    for (size_t i = 0; i < r->q->event_count; i++) {
        const struct term_event *e = &r->q->events[i];
        size_t at = r->event_count++;
        for (; at && instant_before(e->at, r->events[at - 1]->at); at--) r->events[at] = r->events[at - 1];
        r->events[at] = e;
    }
}

enum fault events_apply(struct due_run *r) {
    sort(r);
    for (size_t i = 0; i < r->event_count; i++) {
        enum fault f = apply(r, r->events[i]);
        if (f) return f;
    }
    return FAULT_NONE;
}
