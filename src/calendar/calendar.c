/* calendar.c - layers laid over the week, ranked and selected. */
#include "calendar/calendar.h"

static const struct {
    const char *word, *name;
} kinds[] = {
    [DAY_WORK] = {"work", "工作日"},           [DAY_MAKEUP] = {"makeup", "调休上班日"},
    [DAY_WEEKEND] = {"weekend", "周末"},       [DAY_STATUTORY] = {"statutory", "法定节假日"},
    [DAY_BRIDGE] = {"bridge", "调休放假"},     [DAY_CLOSURE] = {"closure", "停办"},
    [DAY_TERM_BREAK] = {"term-break", "假期"},
};

const char *day_kind_word(enum day_kind kind) { return kinds[kind].word; }
const char *day_kind_name(enum day_kind kind) { return kinds[kind].name; }

/* Statutory days with the same date every year (全国年节及纪念日放假办法, art. 2): they hold where no notice is known. */
static bool fixed_statutory(civil_day d) {
    int year, month, day;
    civil_to_ymd(d, &year, &month, &day);
    if (month == 1) return day == 1;
    if (month == 5) return day == 1 || (day == 2 && year >= 2025);
    return month == 10 && day <= 3;
}

/* The newest notice of a layer for a year that was out by `as_of`; of two of one day, the later in the list. */
static const struct notice *newest(const struct calendar_layer *layer, int year, civil_day as_of) {
    const struct notice *found = NULL;
    for (size_t i = 0; i < layer->count; i++) {
        const struct notice *n = layer->notices[i];
        if (n->year == year && n->published <= as_of && (!found || n->published >= found->published)) found = n;
    }
    return found;
}

static enum day_kind kind_of(enum notice_kind kind, civil_day d) {
    switch (kind) {
    case NOTICE_WORK: return civil_weekday(d) >= 5 ? DAY_MAKEUP : DAY_WORK;
    case NOTICE_STATUTORY: return DAY_STATUTORY;
    case NOTICE_BRIDGE: return DAY_BRIDGE;
    case NOTICE_CLOSURE: return DAY_CLOSURE;
    default: return DAY_TERM_BREAK;
    }
}

static void lay(struct calendar *c, const struct notice *n) {
    for (size_t i = 0; i < n->day_count; i++)
        if (calendar_covers(n->days[i].day))
            c->kind[n->days[i].day - CALENDAR_FIRST] = (uint8_t)kind_of(n->days[i].kind, n->days[i].day);
}

static void widen_horizon(struct calendar *c, int year) {
    civil_day first = civil_from_ymd(year, 1, 1), last = civil_from_ymd(year, 12, 31);
    if (c->known_through < c->known_from) c->known_from = first, c->known_through = last;
    else if (first == c->known_through + 1) c->known_through = last;
}

static enum fault choose(struct calendar *c, const struct notice *n) {
    if (c->chosen_count == COUNT_OF(c->chosen)) return FAULT_LARGE;
    c->chosen[c->chosen_count++] = n;
    if (n->published > c->newest) c->newest = n->published;
    lay(c, n);
    return FAULT_NONE;
}

/* An institution's notices add up, in the order in which they are given. */
static enum fault lay_own(struct calendar *c, const struct calendar_layer *layer, civil_day as_of) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; !f && i < layer->count; i++)
        if (layer->notices[i]->published <= as_of) f = choose(c, layer->notices[i]);
    return f;
}

static enum fault lay_layer(struct calendar *c, const struct calendar_layer *layer, civil_day as_of) {
    if (!layer->national) return lay_own(c, layer, as_of);
    for (int year = NOTICE_YEAR_FIRST; year <= NOTICE_YEAR_LAST; year++) {
        const struct notice *n = newest(layer, year, as_of);
        if (!n) continue;
        enum fault f = choose(c, n);
        if (f) return f;
        widen_horizon(c, year);
    }
    return FAULT_NONE;
}

static void lay_week(struct calendar *c) {
    for (civil_day d = CALENDAR_FIRST; d <= CALENDAR_LAST; d++)
        c->kind[d - CALENDAR_FIRST] = (uint8_t)(fixed_statutory(d)      ? DAY_STATUTORY
                                                : civil_weekday(d) >= 5 ? DAY_WEEKEND
                                                                        : DAY_WORK);
}

static void rank(struct calendar *c) {
    int32_t count = 0;
    for (int32_t i = 0; i < CALENDAR_DAYS; i++) {
        c->worked[i] = count;
        if (c->kind[i] <= DAY_MAKEUP) c->nth[count++] = i;
    }
    c->worked[CALENDAR_DAYS] = count;
}

enum fault calendar_build(const struct calendar_layer *layers, size_t count, civil_day as_of, struct arena *arena,
                          const struct calendar **out) {
    struct calendar *c = arena_new(arena, struct calendar);
    c->known_from = 0;
    c->known_through = -1;
    lay_week(c);
    for (size_t i = 0; i < count; i++) {
        enum fault f = lay_layer(c, &layers[i], as_of);
        if (f) return f;
    }
    rank(c);
    *out = c;
    return FAULT_NONE;
}

enum fault calendar_national(civil_day as_of, struct arena *arena, const struct calendar **out) {
    const struct notice **notices = arena_array(arena, const struct notice *, notices_shipped_count);
    for (size_t i = 0; i < notices_shipped_count; i++) notices[i] = &notices_shipped[i];
    struct calendar_layer layer = {.name = "全国", .notices = notices, .count = notices_shipped_count, .national = true};
    return calendar_build(&layer, 1, as_of, arena, out);
}

const struct notice *calendar_notice_of(const struct calendar *c, civil_day d, const struct notice_day **day) {
    for (size_t i = c->chosen_count; i-- > 0;) {
        const struct notice *n = c->chosen[i];
        for (size_t at = 0; at < n->day_count; at++)
            if (n->days[at].day == d) {
                *day = &n->days[at];
                return n;
            }
    }
    return NULL;
}

const char *weekday_name(civil_day d) {
    static const char *const names[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};
    return names[civil_weekday(d)];
}
