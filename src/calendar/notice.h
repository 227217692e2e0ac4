/* notice.h - one published holiday notice: which days of a year are off, which weekend days are worked. */
#ifndef CALENDAR_NOTICE_H
#define CALENDAR_NOTICE_H

#include "base/civil.h"
#include "base/fault.h"
#include "base/notes.h"

enum { NOTICE_DAYS_MAX = 366, NOTICE_BYTES_MAX = 256 * 1024, NOTICE_YEAR_FIRST = 1990, NOTICE_YEAR_LAST = 2140 };

/* What a notice says of a day. Closures and term breaks stand in an institution's or a school's own notices. */
enum notice_kind { NOTICE_WORK, NOTICE_STATUTORY, NOTICE_BRIDGE, NOTICE_CLOSURE, NOTICE_TERM_BREAK, NOTICE_KIND_COUNT };

struct notice_day {
    civil_day day;
    enum notice_kind kind;
    const char *name; /* "春节" */
};

/* A later notice of the same year replaces an earlier one whole. Its days are in order and each stands once; they may lie in the
 * weeks next to the year (the notice of 2023 gives 31 December 2022 off). */
struct notice {
    const char *key;
    int year;
    civil_day published;
    const char *source; /* where it can be read: number or address */
    const struct notice_day *days;
    size_t day_count;
};

/* The State Council's notices of 2007–2026, by year and publication. Dates and days from the data of NateScarlet/holiday-cn (MIT),
 * see NOTICE; statutory days after the 全国年节及纪念日放假办法 in force in the year. */
extern const struct notice notices_shipped[];
extern const size_t notices_shipped_count;

/* The word in files and on the API ("statutory"), and the Chinese name. */
const char *notice_kind_word(enum notice_kind kind);
const char *notice_kind_name(enum notice_kind kind);

/* Reads a notice from its JSON: our own form, or that of the public holiday-cn files ("isOffDay"), where the statutory days cannot be told
 * from the bridging ones and all count as bridging. All memory is the arena's. FAULT_INPUT with notes that name the day or the line;
 * FAULT_LARGE over NOTICE_BYTES_MAX. */
CHECKED enum fault notice_read(const char *json, size_t length, const char *key, struct arena *arena, struct notes *notes,
                               struct notice *out);

#endif
