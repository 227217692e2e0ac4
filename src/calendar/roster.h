/* roster.h - who is on duty when: the shifts of a period, and their seats filled fairly under constraints; pure. */
#ifndef CALENDAR_ROSTER_H
#define CALENDAR_ROSTER_H

#include "calendar/calendar.h"

enum {
    ROSTER_SEATS = 3,
    ROSTER_POOL_MAX = 100,
    ROSTER_PEOPLE_MAX = ROSTER_SEATS * ROSTER_POOL_MAX,
    ROSTER_DAYS_MAX = 370,
    ROSTER_SHIFTS_MAX = 2 * ROSTER_DAYS_MAX
};

/* Which kind of turn a shift is; it follows from the calendar. Days off that a notice moves, and closures, are days of rest. */
enum shift_class { SHIFT_WORKDAY, SHIFT_MAKEUP, SHIFT_REST, SHIFT_STATUTORY, SHIFT_CLASSES };
enum shift_part { SHIFT_DAY, SHIFT_NIGHT, SHIFT_WHOLE, SHIFT_PARTS };
/* The shifts that a day has. */
enum shift_plan { PLAN_NONE, PLAN_DAY, PLAN_NIGHT, PLAN_WHOLE, PLAN_TWO };

/* The day must be covered by the calendar. */
enum shift_class shift_class_of(const struct calendar *calendar, civil_day day);
const char *shift_class_word(enum shift_class class); /* "workday", "makeup", "rest", "statutory" */
const char *shift_class_name(enum shift_class class); /* Chinese */
const char *shift_part_word(enum shift_part part);    /* "day", "night", "whole" */
const char *shift_part_name(enum shift_part part);

enum { SEAT_EMPTY = -1 };
/* Why a seat is open: the commonest obstacle of the people in its pool; OPEN_NOT if it is not, or if somebody could take it. */
enum seat_open { OPEN_NOT, OPEN_NO_POOL, OPEN_ABSENT, OPEN_GAP, OPEN_OTHER_SEAT };

struct roster_shift {
    civil_day day;
    enum shift_part part;
    enum shift_class class;
    int seats[ROSTER_SEATS];  /* index into the people, or SEAT_EMPTY */
    bool fixed[ROSTER_SEATS]; /* not to be touched */
    bool wanted[ROSTER_SEATS];
    enum seat_open open[ROSTER_SEATS];
};

/* Turns had before, by seat and class. */
struct roster_person {
    bool pool[ROSTER_SEATS];
    int before[ROSTER_SEATS][SHIFT_CLASSES];
    civil_day last; /* of his turns before the period; DAY_NONE */
};
struct roster_absence {
    int person;
    civil_day from, to;
};

struct roster_question {
    struct roster_shift *shifts; /* in order of day and part; seats are filled in */
    size_t shift_count;
    const struct roster_person *people;
    size_t people_count;
    const struct roster_absence *absences;
    size_t absence_count;
    int gap;      /* days that must lie between two turns of a person; 0: may stand two days running */
    bool by_week; /* whoever stands on a Monday stands until Sunday */
};

/* The shifts of the days from first to last (at most ROSTER_DAYS_MAX), in order; all seats are wanted and empty. Arena. */
size_t roster_shifts(const struct calendar *calendar, civil_day first, civil_day last, enum shift_plan workdays,
                     enum shift_plan restdays, struct arena *arena, struct roster_shift **out);

/* Fills the seats that are wanted, empty and not fixed. The same question has the same answer. *open is how many seats nobody could take. */
void roster_fill(struct roster_question *q, struct arena *arena, int *open);

/* Only says of the seats that are wanted and empty why they are, as the others stand; all that are taken become fixed. */
void roster_reasons(struct roster_question *q, struct arena *arena);

/* A person's turns in a seat and class, those before among them. */
int roster_turns(const struct roster_question *q, int person, int seat, enum shift_class class);

#endif
