/* record.h - reading records: one, or a page of a list, now, as of an effective date, and as known at a journal position. */
#ifndef REGISTER_RECORD_H
#define REGISTER_RECORD_H

#include "access/access.h"
#include "register/change.h"

/* A record as read. Values stand in the order of the declaration's fields. Memory is the arena's. */
struct record {
    struct id id, unit;
    const char *state;   /* NULL if the register has no states */
    civil_day effective; /* since when this version holds */
    int64_t position;    /* journal position of the last change */
    int64_t made;        /* journal position at which it was entered */
    int64_t entered_ms;  /* when it was entered */
    bool late, withdrawn;
    struct value *values;
    const char **names; /* for references: the name of the record referred to, of several all with 、 between; NULL otherwise */
};

/* When to look. Zero-initialised: now. */
struct look {
    bool has_as_of;
    civil_day as_of; /* effective date */
    bool has_known_at;
    int64_t known_at; /* journal position: only entries at or before it */
};

/* Reads what people ask for: `as_of` a date; `known_at` a journal position, a date (its end) or a moment such as 2026-03-01 14:30. NULL and "" ask nothing.
 * FAULT_INPUT with a note at as_of or known_at. */
CHECKED enum fault look_ask(struct conn *conn, const char *as_of, const char *known_at, struct notes *notes, struct look *out);

/* One record; FAULT_ABSENT if it is not there, not in the actor's units, or not yet known then. Private fields come as VALUE_NONE to
 * those without the right. */
CHECKED enum fault record_read(const struct registers *registers, struct conn *conn, const struct actor *actor,
                               const struct reg *reg, const struct id *id, const struct look *look, struct arena *arena,
                               struct record *out);

struct filter; /* filter.h */

enum { PAGE_ROWS = 50, VALUE_SORTED_MAX = 2048, CURSOR_TEXT = VALUE_SORTED_MAX + 64 };

struct list_query {
    const struct reg *reg;
    const struct filter *filter; /* NULL: all */
    const char *search;          /* words that must occur; NULL or "": any */
    const char *sort;            /* field that offers it, or "entered"; "-" before it: descending; NULL or "": newest first */
    struct look look;
    bool withdrawn;     /* also records that were withdrawn */
    const char *cursor; /* where to go on, from a former answer; NULL: the beginning */
    bool backwards;     /* the page before the cursor */
    int limit;          /* rows; 0: PAGE_ROWS */
};

typedef enum fault (*record_visit)(void *context, const struct record *record);

/* Whether lists can be sorted by a field: the register's date, and those with an index of their own. */
bool order_offers(const struct reg *reg, const struct reg_field *field);
/* Whether values of a type have an order that people read a list by. */
bool order_possible(enum reg_type type);

/* In the order asked; newest first means by the register's date field, then by entry. Calls `each` for up to `limit` rows the actor may read; a row and its
 * texts live until `each` returns. `next` and `before` get the cursors of the neighbouring pages, or "" if there is none.
 * FAULT_INPUT for a malformed cursor or sort, FAULT_BUSY when it takes longer than the limit (change.h, 5 s): the connection may then only be ended. */
CHECKED enum fault record_list(const struct registers *registers, struct conn *conn, const struct actor *actor,
                               const struct list_query *query, record_visit each, void *context, char next[CURSOR_TEXT],
                               char before[CURSOR_TEXT]);
/* How many the whole list has; counting stops at `most` (0: counts all). FAULT_BUSY as above. */
CHECKED enum fault record_count(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                const struct list_query *query, int64_t most, int64_t *out);

/* The same by the units of the records: calls `each` for every unit that has some, in no order; a zero unit for records without one. Of a list longer than `most`
 * only so many are counted, whichever they are; *all is how many that were. */
typedef enum fault (*unit_visit)(void *context, const struct id *unit, int64_t count);
CHECKED enum fault record_count_units(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                      const struct list_query *query, int64_t most, unit_visit each, void *context, int64_t *all);

/* How many are in a state that is not final; 0 for a register in which nothing is to be finished. */
CHECKED enum fault record_unfinished(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                     const struct reg *reg, int64_t *out);

/* One step of a record's history, oldest first. */
struct record_step {
    int64_t position;
    const char *op; /* "add", "edit", "withdraw", or the key of a move */
    const struct id *actor;
    const char *actor_name; /* the name now; NULL for the installation itself */
    civil_day effective;
    int64_t entered_ms;
    const char *reason, *source;
    bool late;
    const struct reg_field **fields; /* what it set, in the order of the declaration */
    struct value *values, *before;
    size_t count;
};
CHECKED enum fault record_history(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                  const struct reg *reg, const struct id *id, struct arena *arena, struct record_step **steps,
                                  size_t *count);
/* The name a record is called by, or its id if it has none; arena. */
CHECKED enum fault record_name(const struct registers *registers, struct conn *conn, const struct reg *reg, const struct id *id,
                               struct arena *arena, const char **out);

/* One line of a register's log of changes. */
struct log_line {
    int64_t position;
    const char *op;
    struct id record;
    const char *record_name; /* as it is called now */
    const struct id *actor;
    const char *actor_name; /* NULL for the installation itself */
    civil_day effective;
    int64_t entered_ms;
    const char *reason, *source;
    bool late;
    size_t field_count;
    const struct reg_field **fields; /* that were set, private ones left out */
};
typedef enum fault (*log_visit)(void *context, const struct log_line *line);
/* The changes of a register before a position (INT64_MAX: from the newest), newest first, at most `limit`; those of records in units that the actor may not
 * read are left out. `next` is the position to go on before, -1 at the end. */
CHECKED enum fault record_log(const struct registers *registers, struct conn *conn, const struct actor *actor,
                              const struct reg *reg, int64_t before, int limit, log_visit each, void *context, int64_t *next);

#endif
