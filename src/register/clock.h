/* clock.h - terms that run: what their records must obey, their due dates, and the index of due dates that lists are read from.
 *
 * A due date follows from records of `clock` and `clock_event`, the rule's data and the calendar, and from nothing else (calendar/due.h). The
 * table clock_due is an index of that function: clocks_follow() brings it up to the journal, and works all out anew when a notice of days off
 * has come. It is a work table; a server that loses it makes it again. */
#ifndef REGISTER_CLOCK_H
#define REGISTER_CLOCK_H

#include "calendar/due.h"
#include "register/record.h"

/* Holds a new or changed record of a register that obeys (struct reg, .obeys) against the rule: its values in the order of the
 * declaration. FAULT_INPUT with notes at the fields. */
CHECKED enum fault clock_check(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                               struct arena *arena, struct notes *notes);

/* The calendar in force: the shipped notices and those on record. */
CHECKED enum fault clock_calendar(struct conn *conn, struct arena *arena, const struct calendar **out);
/* The rules on record (register `term_rule`), withdrawn ones left out; an empty book where there is no such register. */
CHECKED enum fault clock_rules(struct conn *conn, struct arena *arena, struct rule_book *out);
/* What due dates follow from besides a clock's own records. */
struct clock_basis {
    const struct calendar *calendar;
    struct rule_book rules;
};
CHECKED enum fault clock_basis_read(struct conn *conn, struct arena *arena, struct clock_basis *out);

/* How register `holiday` keeps a kind of day. */
const char *holiday_choice(enum notice_kind kind);

/* One clock, worked out. */
struct clock {
    struct id id, owner, unit;
    const struct term_rule *rule;
    struct due_question question; /* without its events */
    struct due_answer answer;
};
/* Works out the due date of a clock on record, with the explanation. FAULT_ABSENT if there is none; FAULT_INPUT with notes if its events cannot be (a rule or
 * calendar that has changed since). The actor's rights are the caller's to ask. */
CHECKED enum fault clock_explain(struct conn *conn, const struct id *id, struct arena *arena, struct notes *notes,
                                 struct clock *out);

/* The notice of days off that moved a due date last, of those recorded after the clock was, and the date before it. */
struct clock_moved {
    struct instant before;
    struct id notice; /* in register `holiday` */
    const char *name, *source;
};
/* What moved the clock that clock_explain() worked out: the date is computed again with the calendar as it was before each later notice. *any is false if none
 * moved it; a notice that was withdrawn has not. Texts are the arena's. */
CHECKED enum fault clock_moved(struct conn *conn, const struct clock *clock, struct arena *arena, struct clock_moved *out,
                               bool *any);

/* How a clock stands in the index. */
enum clock_state { CLOCK_RUNNING, CLOCK_SUSPENDED, CLOCK_ENDED, CLOCK_UNKNOWN };

/* Brings the index up to the journal; all of it when a notice of days off was recorded, changed or withdrawn since. *moved (may be NULL) tells how
 * many due dates such a notice moved. Any thread, any server: twice does no harm. */
CHECKED enum fault clocks_follow(struct registers *registers, int64_t *moved);
/* Forgets the index, so that the next clocks_follow() makes it again. */
CHECKED enum fault clocks_forget(struct registers *registers);

/* A row of the index. Texts live until `each` returns. */
struct clock_due {
    struct id clock, owner;
    enum clock_state state;
    const char *due;              /* YYYY-MM-DD[THH:MM]; "" while suspended or unknown */
    const char *safe_by, *before; /* "" if none; before: the date that the last notice of days off moved */
    bool provisional;
    int round;
};
typedef enum fault (*clock_visit)(void *context, const struct clock_due *row);
/* Running and suspended clocks by due date, the suspended last; of one person (NULL: of all), at most `limit`. */
CHECKED enum fault clocks_list(struct conn *conn, const struct id *owner, int limit, clock_visit each, void *context);

/* Plans the warnings whose day has come: each rung of the rule's ladder once for a due date of a round, whoever plans, however often. *planned tells how many rungs were looked
 * at. Any thread, any server. */
CHECKED enum fault clocks_warn(struct registers *registers, int64_t now_ms, int64_t *planned);
/* A warning that a person has not acknowledged, of a clock that still runs to that date. Texts live until `each` returns. */
struct warning {
    struct id clock;
    const char *due, *day; /* day: on which it fell */
    bool escalated;        /* told to a head because the handler has not finished */
};
typedef enum fault (*warning_visit)(void *context, const struct warning *warning);
/* One row a due date, the last rung that came; by due date. */
CHECKED enum fault warnings_list(struct conn *conn, const struct id *person, int limit, warning_visit each, void *context);
/* A warning that was planned: when it fell, whom it told, and when he acknowledged it (0: not yet). */
struct warning_told {
    const char *day, *due;
    const char *role; /* of the ladder: "handler", "department-head" … */
    struct id person;
    int64_t seen_ms, mailed_ms; /* mailed_ms: the message that told it (struct sending, upto_ms); 0: none yet */
};
typedef enum fault (*told_visit)(void *context, const struct warning_told *told);
/* All of a clock, by day. */
CHECKED enum fault warnings_of(struct conn *conn, const struct id *clock, told_visit each, void *context);
/* Acknowledges a person's warnings of a clock (NULL: of all). */
CHECKED enum fault warnings_seen(struct registers *registers, const struct id *person, const struct id *clock, int64_t now_ms);

#endif
