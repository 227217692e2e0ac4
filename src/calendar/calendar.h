/* calendar.h - which days are worked: layered notices, and the n-th working day in nanoseconds. */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include "calendar/notice.h"

/* No day. */
#define DAY_NONE INT32_MIN
/* The days that a calendar answers for. */
#define CALENDAR_FIRST 3652 /* 1980-01-01 */
#define CALENDAR_LAST 65743 /* 2149-12-31 */
enum { CALENDAR_DAYS = CALENDAR_LAST - CALENDAR_FIRST + 1, CALENDAR_LAYERS_MAX = 4 };

/* What a day is. Makeup: a Saturday or Sunday that is worked. */
enum day_kind { DAY_WORK, DAY_MAKEUP, DAY_WEEKEND, DAY_STATUTORY, DAY_BRIDGE, DAY_CLOSURE, DAY_TERM_BREAK };

/* The notices of one layer: the nation's, the institution's, a school's terms. A later layer has the last word on a day. */
struct calendar_layer {
    const char *name;
    const struct notice *const *notices;
    size_t count;
    bool
        national; /* a later notice of a year replaces an earlier one, and its years are the known horizon; others' notices add up */
};

/* Immutable once built; any number of threads may read it. Notices must outlive it. */
struct calendar {
    civil_day known_from, known_through; /* outside, only weekends and the fixed statutory days are known: dates are provisional */
    civil_day newest;                    /* publication of the newest notice in it */
    const struct notice *chosen[512];
    size_t chosen_count;
    uint8_t kind[CALENDAR_DAYS];
    int32_t worked[CALENDAR_DAYS + 1]; /* rank: working days before this day */
    int32_t nth[CALENDAR_DAYS];        /* select: the day (from CALENDAR_FIRST) of the n-th working day */
};

/* Builds from the layers' notices published on or before `as_of`, of a year's national ones the newest; an institution's must stand in order of publication. The arena keeps it (0.6 MB).
 * FAULT_LARGE if there are more notices than it can hold. */
CHECKED enum fault calendar_build(const struct calendar_layer *layers, size_t count, civil_day as_of, struct arena *arena,
                                  const struct calendar **out);
/* The shipped national notices alone, as known on `as_of`. */
CHECKED enum fault calendar_national(civil_day as_of, struct arena *arena, const struct calendar **out);

static inline bool calendar_covers(civil_day d) { return d >= CALENDAR_FIRST && d <= CALENDAR_LAST; }
/* All days given must be covered. */
static inline enum day_kind calendar_kind(const struct calendar *c, civil_day d) {
    return (enum day_kind)c->kind[d - CALENDAR_FIRST];
}
static inline bool calendar_works(const struct calendar *c, civil_day d) { return c->kind[d - CALENDAR_FIRST] <= DAY_MAKEUP; }
/* Working days after `from`, up to and with `to`; negative if `to` lies before. */
static inline int32_t calendar_between(const struct calendar *c, civil_day from, civil_day to) {
    return c->worked[to + 1 - CALENDAR_FIRST] - c->worked[from + 1 - CALENDAR_FIRST];
}
/* The n-th working day after `from`; n = 0: the last working day up to and with `from`; n < 0 goes back from that one.
 * A day past the end of the calendar comes out as CALENDAR_LAST + 1, before its beginning as CALENDAR_FIRST − 1. */
static inline civil_day calendar_add(const struct calendar *c, civil_day from, int32_t n) {
    int32_t at = c->worked[from + 1 - CALENDAR_FIRST] + n - 1;
    if (at < 0) return CALENDAR_FIRST - 1;
    return at < c->worked[CALENDAR_DAYS] ? c->nth[at] + CALENDAR_FIRST : CALENDAR_LAST + 1;
}
/* This day if it is worked, else the next that is. */
static inline civil_day calendar_on_or_after(const struct calendar *c, civil_day d) {
    return calendar_works(c, d) ? d : calendar_add(c, d, 1);
}
static inline civil_day calendar_on_or_before(const struct calendar *c, civil_day d) { return calendar_add(c, d, 0); }
static inline bool calendar_known(const struct calendar *c, civil_day d) { return d >= c->known_from && d <= c->known_through; }

/* The notice that settled a day, and what it says; NULL where no notice speaks of it. */
const struct notice *calendar_notice_of(const struct calendar *c, civil_day d, const struct notice_day **day);
const char *weekday_name(civil_day d); /* Chinese */
/* "statutory", "makeup", …, and the Chinese name. */
const char *day_kind_word(enum day_kind kind);
const char *day_kind_name(enum day_kind kind);

/* 0 Monday … 6 Sunday. */
static inline int civil_weekday(civil_day d) { return (int)(((int64_t)d + 3) % 7 + 7) % 7; }

#endif
