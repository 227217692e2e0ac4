/* due_inside.h - what the files of the computation share: its state, the events, the explanation. */
#ifndef CALENDAR_DUE_INSIDE_H
#define CALENDAR_DUE_INSIDE_H

#include "calendar/due.h"

/* No run of days off is longer; so far from the calendar's ends a date may lie. */
enum { ROLL_DAYS_MOST = 400, ROUND_SUSPENSIONS_MAX = 64, ROUND_EXTENSIONS_MAX = 32 };

struct suspension {
    struct instant from, to; /* the days after `from`, up to and with `to`, are not counted */
    const char *reason;
};

/* One computation: the present round and what has happened in it. */
struct due_run {
    const struct due_question *q;
    struct arena *arena;
    struct notes *notes;
    const struct term_event *events[DUE_EVENTS_MAX]; /* in order of time */
    size_t event_count;
    struct instant start;
    int round;
    bool stopped, suspended;
    bool idle; /* a suspension is open that began after the end and changes nothing */
    struct instant stopped_at;
    struct suspension open; /* while suspended */
    struct suspension suspensions[ROUND_SUSPENSIONS_MAX];
    size_t suspension_count;
    struct term_extension extensions[ROUND_EXTENSIONS_MAX];
    size_t extension_count, extensions_named; /* named: how many of the rule's own list are used, for an event without code */
    struct due_step *steps;
    size_t step_count;
};

/* due_events.c */
enum fault events_apply(struct due_run *r);
/* due.c */
struct instant due_end(const struct due_run *r);
bool instant_before(struct instant a, struct instant b);
/* due_steps.c: each tells one thing; called only if the question asks for an explanation. */
void steps_begin(struct due_run *r);
void step_restarted(struct due_run *r, const struct term_event *e);
void step_corrected(struct due_run *r, const struct term_event *e);
void step_counting(struct due_run *r, struct instant end);
void step_open(struct due_run *r, int consumed, int remaining);
void step_custody(struct due_run *r, civil_day last);
void step_rolled(struct due_run *r, civil_day from, civil_day to);
void step_not_in_force(struct due_run *r);
void step_inside(struct due_run *r);
void step_stopped(struct due_run *r);
void step_no_effect(struct due_run *r, const struct term_event *e);

#endif
