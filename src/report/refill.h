/* refill.h - a superior's form filled for a period: which figures and lists go into which cells, asked of the registers, and what could not be filled. */
#ifndef REPORT_REFILL_H
#define REPORT_REFILL_H

#include "document/formfile.h"
#include "report/report.h"

enum { REFILL_PLACES = 400, REFILL_COLUMNS = 40, REFILL_ROWS = 5000 };

/* One column of a list: what goes into it. */
struct refill_column {
    uint32_t column;
    const char *key;               /* of the field; "#": the number of the row */
    const struct reg_field *field; /* NULL for "#", and if the register has no such field any more */
};

/* What a form asks about itself: who fills it, when, for which period. */
struct refill_fact {
    const char *key, *label;
};
extern const struct refill_fact refill_facts[];               /* ended by a NULL key */
const struct refill_fact *refill_fact_named(const char *key); /* NULL: there is none */

/* What the answers are taken from. */
struct refill_about {
    const char *institution, *person;
    civil_day today;
    struct period period;
    bool document; /* the form is a DOCX file, in which a date is written out */
};
/* Kind and text of the value; false if there is none: no name, or the period is no quarter or month and the form asks which. */
bool refill_fact_value(const struct refill_fact *fact, const struct refill_about *about, struct arena *arena,
                       struct formfile_value *out);

/* What goes into a cell of a form: a record of register form_place. */
struct refill_place {
    struct id id;
    const char *sheet;
    uint32_t row, column;
    bool list;                      /* rows of a register from this cell downward; else a measure or a fact */
    const struct refill_fact *fact; /* NULL: a measure or a list */
    const char *register_key, *measure_key, *where, *beside;
    const struct reg *reg;             /* NULL: there is no such register any more */
    const struct reg_measure *measure; /* NULL likewise */
    struct refill_column *columns;
    size_t column_count;
};

/* The places of a form, at most REFILL_PLACES; arena. Who may read the form may read them. */
CHECKED enum fault refill_places(const struct registers *registers, struct conn *conn, const struct id *form, struct arena *arena,
                                 struct refill_place **out, size_t *count);
/* Says through the one door what goes into a cell; `place` of no kind (neither fact nor reg): nothing. The form's own text beside the cell is kept
 * with it. FAULT_INPUT with notes (place: register, measure, where, columns), FAULT_RIGHT without form.record or the register's read right. */
CHECKED enum fault refill_place_keep(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct id *form,
                                     const struct refill_place *place, struct arena *arena, struct notes *notes);

/* Does the form still say beside the cell what it said when the place was kept? `now` (may be NULL; arena) is what it says; both as the register keeps
 * texts, without blanks at their ends. */
bool refill_stands(const struct registers *registers, struct conn *conn, const struct refill_place *place,
                   const struct formgrid *grid, struct arena *arena, const char **now);

struct refill_result {
    size_t filled; /* cells */
    unsigned exceptions;
    int64_t position; /* journal size that it rests on */
};
/* Fills the form for a period and appends the file; who fills it is the actor, of the institution. Figures count by the report's scope, as in reports, and are asked of registers that the actor may
 * read; lists hold what the actor may read. What could not be filled is told in `exceptions` (place: "Sheet1!B3"), and the cell left as it was. */
CHECKED enum fault refill(const struct registers *registers, struct conn *conn, const struct actor *actor, struct formfile *form,
                          const struct refill_place *places, size_t count, const char *institution, struct period period,
                          civil_day today, struct arena *arena, struct notes *exceptions, struct text *out,
                          struct refill_result *result);

#endif
