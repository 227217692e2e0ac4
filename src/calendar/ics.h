/* ics.h - an iCalendar (RFC 5545) that calendar programs subscribe to. */
#ifndef CALENDAR_ICS_H
#define CALENDAR_ICS_H

#include "base/civil.h"
#include "base/memory.h"

/* One event. Texts are UTF-8 and may hold anything; control characters but line ends are left out. */
struct ics_event {
    const char *uid;                   /* stays the same for the same thing; letters, digits, "-" and "@" */
    const char *summary, *description; /* the latter may be NULL */
    civil_day day;
    bool timed; /* from and to are minutes from the day's midnight in China; otherwise all day */
    int from, to;
};

/* The name is what programs show. `now_ms` stamps the events. */
void ics_begin(struct text *out, const char *name);
void ics_add(struct text *out, const struct ics_event *event, int64_t now_ms);
void ics_end(struct text *out);

#endif
