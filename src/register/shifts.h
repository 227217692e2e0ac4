/* shifts.h - rosters on record: read with all that planning needs, planned through the one door, and what shifts, exchanges and absences must obey.
 *
 * Registers `roster`, `shift`, `shift_swap`, `absence` (packs/common/roster.c). Which class a shift is follows from the calendar in force and is not stored. */
#ifndef REGISTER_SHIFTS_H
#define REGISTER_SHIFTS_H

#include "calendar/roster.h"
#include "register/record.h"
#include "register/rules.h"

enum { SHIFT_DAY_FROM = 8 * 60, SHIFT_NIGHT_FROM = 17 * 60 + 30, ROSTER_GAP = 1 };

/* A roster's own record. Texts are the arena's. */
struct roster {
    struct id id, unit;
    const char *name, *kind, *third_name; /* third_name: NULL if none was given */
    bool published, withdrawn, by_week;
    civil_day first, last, counted_from; /* counted_from: DAY_NONE if none was given */
    enum shift_plan workdays, restdays;
    int gap, day_from, night_from;   /* minutes of the day */
    const char *pools[ROSTER_SEATS]; /* ids one a line; NULL */
    bool wanted[ROSTER_SEATS];       /* seats that have a pool */
};

/* One shift on record. */
struct roster_row {
    struct id id;
    const char *state; /* "planned", "handed", "taken" */
    int64_t position;
    bool away[ROSTER_SEATS]; /* whoever sits there is absent that day */
};

/* A roster with its shifts, people and what stands against them; `question.shifts` are those on record, in order of day and part. */
struct roster_table {
    struct roster roster;
    const struct calendar *calendar;
    struct roster_question question;
    struct roster_row *rows; /* beside question.shifts */
    struct id *people;       /* beside question.people: those of the pools, then others who sit in a seat */
    const char **names;
    size_t leave_count;          /* of question.absences, those that are leave; the others are turns in other rosters */
    bool has_seat[ROSTER_SEATS]; /* it is wanted, or somebody sits there */
    int open, away;              /* seats that are wanted and empty; seats whose person is absent */
};

/* FAULT_ABSENT if there is none. The actor's rights are the caller's to ask. */
CHECKED enum fault roster_read(struct conn *conn, const struct id *id, struct arena *arena, struct roster *out);
CHECKED enum fault roster_table_read(struct conn *conn, const struct id *id, struct arena *arena, struct roster_table *out);

/* Plans through the one door, all or nothing. `anew`, of a draft: all its shifts are added, changed and withdrawn as needed; otherwise only seats that are empty or
 * whose person is absent are filled, from today on. FAULT_INPUT with notes, FAULT_STATE (anew, but published), FAULT_RIGHT, FAULT_CONFLICT if somebody changed a shift
 * meanwhile. */
CHECKED enum fault roster_arrange(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct id *id,
                                  bool anew, struct arena *arena, struct notes *notes);

/* Holds a change of one of these registers to the rules (docs/why/0022). FAULT_INPUT with notes at the fields, FAULT_RIGHT for who may not take this step. */
CHECKED enum fault roster_check(const struct rule_case *c);
/* The changes that follow from an accepted one: an approved exchange writes its shifts. Memory is the arena's. */
CHECKED enum fault roster_follow_on(const struct rule_case *c, struct change out[RULE_FOLLOW], size_t *count);

/* One of a person's turns. */
struct turn_row {
    struct id shift, roster;
    const char *label, *roster_name, *kind, *state;
    civil_day day;
    enum shift_part part;
    int seat, day_from, night_from;
    const char *third_name;
    const char *others; /* who sits in the other seats, named with 、 between; "" */
};
typedef enum fault (*turn_visit)(void *context, const struct turn_row *row);
/* A person's turns in published rosters from a day on, in order, at most `limit`. Texts live until `each` returns. */
CHECKED enum fault turns_of_person(struct conn *conn, const struct id *person, civil_day from, int limit, turn_visit each,
                                   void *context);
/* When a shift begins and ends, in minutes from its day's midnight in China. */
void shift_hours(enum shift_part part, int day_from, int night_from, int *from, int *to);
/* "带班领导" …; the third as the roster calls it. */
const char *seat_name(int seat, const char *third_name);
const char *seat_key(int seat); /* "leader", "officer", "third" */
/* Somebody who is away and has named a stand-in. Texts live until `each` returns. */
struct absent_row {
    struct id person;
    const char *name;
};
typedef enum fault (*absent_visit)(void *context, const struct absent_row *row);
/* For whom a person stands in on a day. */
CHECKED enum fault absences_stood_in(struct conn *conn, const struct id *stand_in, civil_day day, absent_visit each, void *context);
/* Who is absent on a day. */
CHECKED enum fault person_absent(struct conn *conn, const struct id *person, civil_day day, bool *absent);

#endif
