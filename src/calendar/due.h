/* due.h - the due date as a pure function of a rule, the events of a clock and a calendar; and why it is that day. */
#ifndef CALENDAR_DUE_H
#define CALENDAR_DUE_H

#include "calendar/calendar.h"
#include "calendar/rule.h"

enum { DUE_EVENTS_MAX = 200, DUE_EVENTS_BYTES_MAX = 256 * 1024, DUE_STEPS_MAX = 4000, MINUTE_NONE = -1 };

/* A civil day in China, and the minute of it where the term is one of hours (else MINUTE_NONE). */
struct instant {
    civil_day day;
    int minute;
};

enum event_kind {
    EVENT_SUSPEND,
    EVENT_RESUME,
    EVENT_EXTEND,
    EVENT_RESTART,
    EVENT_STOP,
    EVENT_CORRECT,
    EVENT_DETAIN,
    EVENT_RELEASE,
    EVENT_CALENDAR,
    EVENT_KIND_COUNT
};

/* What happened to a clock after its start. */
struct term_event {
    enum event_kind kind;
    struct instant at;
    const char *reason;  /* suspend: one that the rule lists; correct: any text */
    const char *code;    /* extend: see rule_extension() */
    civil_day applied;   /* extend: when it was asked for; DAY_NONE: not said */
    struct instant from; /* correct: the right start */
};

/* One line of the explanation. */
enum step_kind {
    STEP_START,
    STEP_COUNTED,
    STEP_SKIPPED,
    STEP_SUSPENDED,
    STEP_ADDED,
    STEP_CUSTODY,
    STEP_ROLLED,
    STEP_STOPPED,
    STEP_REMARK
};
struct due_step {
    enum step_kind kind;
    civil_day day, to;    /* the days it speaks of; to = day for one day, DAY_NONE for none */
    int count;            /* working or natural days counted up to there; 0 where it does not count */
    const char *sentence; /* catalogue sentence with {0}… for the arguments */
    const char *args[NOTE_ARGS];
    const char *citation; /* or NULL */
};

struct due_question {
    const struct term_rule *rule;
    const struct calendar *calendar;
    struct instant from;
    struct span given;               /* the length of a `given` rule; n = 0: not said */
    bool custody;                    /* in custody from the start on */
    const struct term_event *events; /* in any order; of one moment, in the order given */
    size_t event_count;
    bool explain; /* fill in the steps */
};

struct due_answer {
    bool running;           /* neither stopped nor suspended nor inside another term */
    bool has_due;           /* false while suspended and for terms inside another */
    struct instant due;     /* the last day, or the elapsed moment of a term of hours */
    struct instant literal; /* terms of hours under criminal procedure: the starting hour not counted; else as due */
    civil_day base;         /* before it was moved for a holiday; DAY_NONE without a due date */
    civil_day safe_by;      /* where practice counts otherwise, the day by which it is surely in time; DAY_NONE: none */
    bool rolled, provisional, in_force, custody;
    int round;               /* 1, 2, … */
    int consumed, remaining; /* while suspended: days of the term's own kind */
    struct due_step *steps;
    size_t step_count;
};

/* Computes. Pure: no clock, no database; without `explain` it takes no memory from the arena but for sorting more than one event.
 * FAULT_INPUT with notes (place: the event's number) for events that the rule does not allow, a missing time or length, or a
 * date outside 1980–2149. */
CHECKED enum fault due_compute(const struct due_question *q, struct arena *arena, struct notes *notes, struct due_answer *out);

/* Reads events: a JSON array of {"at":"YYYY-MM-DD[THH:MM]","kind":…,"reason"?,"code"?,"applied"?,"from"?}, or an object whose "events" it is.
 * A "start" is taken as `from` if there is none yet, else refused. */
CHECKED enum fault events_read(const char *json, size_t length, struct arena *arena, struct notes *notes,
                               struct term_event **events, size_t *count, struct instant *from);
/* "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM" (a space serves, too). */
bool instant_parse(const char *text, struct instant *out);
const char *instant_text(struct instant at, struct arena *arena);
const char *event_word(enum event_kind kind);
const char *step_word(enum step_kind kind);
/* The date a number of months after another. Months may be more than twelve. */
civil_day months_after(civil_day from, int months, enum month_rule rule);

#endif
