/* clock_inside.h - what the files about clocks share: clocks and events as their rows say, and working one out. */
#ifndef REGISTER_CLOCK_INSIDE_H
#define REGISTER_CLOCK_INSIDE_H

#include "register/clock.h"
#include "store/store.h"

/* A clock's record as far as its due date depends on it. */
struct clock_row {
    struct id id, unit, owner;
    const char *rule, *started, *time, *length;
    bool custody, ended, withdrawn;
};
/* An event's. */
struct event_row {
    struct id clock;
    const char *at, *time, *kind, *reason, *code, *applied, *correct;
};

/* The columns that clock_row_from() reads; texts live as the statement's do. */
#define CLOCK_COLUMNS                                                                                                              \
    "SELECT c.id, c.unit, c.f_owner, c.f_rule, c.f_started, c.f_time, c.f_length, c.f_custody, c.state, c.withdrawn FROM r_clock " \
    "c "
void clock_row_from(struct stmt *s, struct clock_row *out);
CHECKED enum fault clock_read(struct conn *conn, const struct id *id, struct arena *arena, struct clock_row *out);
/* Events of one clock that are not withdrawn, but for `without` (may be NULL), with room for one more. */
CHECKED enum fault clock_events(struct conn *conn, const struct id *clock, const struct id *without, struct arena *arena,
                                struct event_row **out, size_t *count);
CHECKED enum fault clock_work_out(const struct clock_row *row, const struct event_row *events, size_t count,
                                  const struct clock_basis *basis, bool explain, struct arena *arena, struct notes *notes,
                                  struct due_answer *out);
/* The rule that a clock runs under, by its code and first day; NULL if there is none. */
const struct term_rule *clock_rule(const struct clock_row *row, const struct rule_book *rules);

/* The day of the first warning of a due date ("" without one): where planning begins; what was planned is not planned again. */
void clock_fire(const struct term_rule *rule, const char *due, char out[CIVIL_TEXT]);

/* A changed record's value by its field; NULL (of a text: also where it is empty) without one. */
const struct value *clock_value(const struct reg *reg, const struct value *values, const char *key);
const char *clock_text(const struct reg *reg, const struct value *values, const char *key);
/* Holds a record of `term_rule` against what a rule must have, and against the others of its code. */
CHECKED enum fault term_rule_check(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                                   struct arena *arena, struct notes *notes);

enum { CLOCK_TABLES = 4 };
extern const struct store_table clock_tables[CLOCK_TABLES];

#endif
