/* inside.h - what only the register room's own files see: the tables of each register and the SQL made from them. */
#ifndef REGISTER_INSIDE_H
#define REGISTER_INSIDE_H

#include "register/change.h"
#include "register/record.h"

enum { SYSTEM_COLUMNS = 10, SQL_MAX = 1 << 16 };
#define KNOWN_OPEN INT64_MAX
#define VALID_OPEN "9999-12-31"

/* Columns that every record table has before its fields, in this order; `t.` selects follow it, too. */
enum { AT_TENANT, AT_ID, AT_UNIT, AT_STATE, AT_EFFECTIVE, AT_POSITION, AT_MADE, AT_ENTERED, AT_LATE, AT_WITHDRAWN };

/* The tables r_KEY (records as they are) and h_KEY (every version on both time axes), and the SQL that goes with them. */
struct layout {
    const struct reg *reg;
    struct digest definition;
    struct store_table tables[2];
    const char *insert_row, *update_row, *insert_version, *close_version;
    const char *select; /* column list over alias t: system columns from id on, fields, then reference names */
    const char *exists; /* row of one record, by id: the columns of `select` */
    int date_field;     /* index into fields, or -1 */
    const char *select_then
        [2]; /* the same with references named as they were: [1] as of a date, [0] at the end of time; parameters as look_sql */
    bool has_several; /* a field of several references */
};

/* From which numbers on a list is found in another way, and when it is given up (list.c). */
struct list_bounds {
    int64_t large;               /* records of the register: below, any way will do */
    int64_t many_rows;           /* that satisfy the conditions: walked in the list's order */
    int64_t few_hits, many_hits; /* of words: gathered below, asked row by row above */
    int64_t limit_ms;            /* what takes longer is stopped; 0: nothing is */
};
extern const struct list_bounds list_bounds_usual;

struct registers {
    struct list_bounds bounds;
    struct store *store;
    struct journal *journal;
    const struct reg *const *regs;
    size_t count;
    struct layout *layouts;
    struct arena arena;
};

/* Makes tables and SQL of all registers; memory is registers->arena. */
void layouts_make(struct registers *registers);
const struct layout *layout_of(const struct registers *registers, const char *key);
/* Declares all projection tables and the search index in a store (the live one or a scratch one). */
CHECKED enum fault registers_declare(struct registers *registers, struct store *store, struct notes *notes);
/* The table of definitions. */
extern const struct store_table definition_table;

/* A version of a record while it is being projected. */
struct version {
    struct id id, unit;
    bool has_unit;
    const char *state;
    civil_day from, to; /* validity; to is exclusive; to_open if without end */
    bool to_open;
    int64_t position, made, entered_ms;
    bool late, withdrawn;
    struct value *values;
};

/* Writes what one entry means into the projection tables and the search index. `from` is where the journal is read (the same
 * connection in a change, the live one in a rebuild). */
CHECKED enum fault project_entry(const struct registers *registers, struct conn *from, struct conn *into, const struct entry *entry,
                                 int64_t position);
/* Binds a value to a parameter as its column keeps it; `id` is room for a reference's bytes. */
void value_bind(struct stmt *stmt, int at, const struct reg_field *field, const struct value *value, struct id *id);
/* Room for one row of a `select` list, used again for the next: what a long list reads with. */
struct row {
    const struct layout *layout;
    struct value *values;
    const char **names;
    char (*ids)[ID_TEXT];
};
void row_init(struct row *row, const struct layout *layout, struct arena *arena);
/* Reads the current row; the record and its texts live until the next step. */
void record_borrow(struct row *row, struct stmt *stmt, struct record *out);
/* Reads the current row into a record that the arena keeps. */
void record_from_row(const struct layout *layout, struct stmt *stmt, struct arena *arena, struct record *out);
/* Gives fields of several references their names; does nothing for a register that has none. */
CHECKED enum fault names_find(const struct registers *registers, struct conn *conn, const struct layout *layout,
                              struct arena *arena, struct record *record);
/* The columns that record_from_row() reads, for that look. */
const char *look_select(const struct layout *layout, const struct look *look);
extern const struct store_table once_table, tally_table, access_table;
/* Remembers the position if the register is one that rights follow from. */
CHECKED enum fault access_project(struct conn *into, const struct reg *reg, int64_t position);
/* Counts what one change of a record means; `before` is NULL for a new record. */
CHECKED enum fault tally_project(struct conn *into, const struct reg *reg, const struct version *before,
                                 const struct version *after);
/* Records that are not withdrawn, in these units (NULL: all); `unfinished`: only those in a state that is not final. */
CHECKED enum fault tally_count(struct conn *conn, const struct reg *reg, const struct id *units, size_t unit_count, bool unfinished,
                               int64_t *out);
enum { OUTBOX_TABLES = 4 };
extern const struct store_table outbox_tables[OUTBOX_TABLES];
/* As the entry's field "_once" holds it. */
const char *once_text(const struct once *once, struct arena *arena);
CHECKED enum fault once_project(struct conn *into, const struct entry *entry, int64_t position);
/* Appends FROM and the conditions that choose the time looked at; parameters ?1 tenant, ?2 known at, ?3 as of. */
void look_sql(const struct layout *layout, const struct look *look, struct text *sql);
void look_bind(struct stmt *stmt, const struct look *look, char as_of[CIVIL_TEXT]);

/* The order of a list: a field that was asked for, then the register's date (or the position of entry), then the id. */
struct order {
    const struct layout *layout;
    int field;        /* index of the field asked for, or -1; records without a value come last, in both directions */
    bool by_made;     /* by the position of entry instead of the date */
    const char *made; /* the column that holds the position of entry, plus made_ahead */
    int made_ahead;
    bool ascending; /* otherwise newest and greatest first */
};
/* Where a page ends. */
struct cursor {
    bool valued; /* the field asked for has a value */
    int64_t number;
    const char *text;
    char date[CIVIL_TEXT];
    struct id id;
    int64_t made;
    char kept[VALUE_SORTED_MAX]; /* room for .text */
};
/* Reads "key" or "-key" (descending), NULL and "" as newest first; false if lists cannot be sorted by it. */
bool order_read(const struct layout *layout, const char *asked, struct order *out);
/* A cursor's text; false if it is not one of this order. The texts are the arena's. */
bool cursor_parse(const struct order *order, const char *text, struct arena *arena, struct cursor *out);
void cursor_of(const struct order *order, const struct record *record, struct cursor *out);
void cursor_format(const struct order *order, const struct cursor *cursor, char out[CURSOR_TEXT]);
/* A stretch of the list in one statement: those with a value in the field asked for, or those without. */
struct segment {
    bool without, backwards;
    const struct cursor *from; /* NULL: its beginning */
};
/* Appends the conditions that begin at the cursor, ORDER BY and LIMIT; parameters from *next on, which is moved behind them. */
void order_sql(const struct order *order, const struct segment *segment, int *next, struct text *sql);
void order_bind(const struct order *order, const struct segment *segment, int64_t limit, struct stmt *stmt, int *next);

/* Whether a register keeps records from people by name (struct reg, .barred). The condition that does so, on alias t; its parameter is barred_pattern(). */
bool barred_any(const struct registers *registers, const struct reg *reg);
void barred_sql(const struct registers *registers, const struct reg *reg, int parameter, struct text *sql);
enum { BARRED_PATTERN = ID_TEXT + 2 };
void barred_pattern(const struct actor *actor, char out[BARRED_PATTERN]);
/* Whether this record is kept from the actor. */
CHECKED enum fault record_barred(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                 const struct reg *reg, const struct id *id, bool *out);
/* Clears private fields for those without the register's private right. */
void hide_private(const struct actor *actor, const struct reg *reg, struct record *record);

#endif
