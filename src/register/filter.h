/* filter.h - the filter language: typed against a declaration, evaluated in memory or compiled to bound SQL; both give the same answer.
 *
 * A subset of AIP-160: comparisons FIELD OP VALUE with = != < <= > >= and : (text contains), NOT, AND, OR, parentheses (needed where
 * AND meets OR). Two-valued: a missing value equals only null and satisfies no other comparison. Values: "text" or bare word, number,
 * date 2019-01-01, true/false, null, me (the actor), period.start and period.end. Fields: the register's, and state, unit, effective,
 * entered, late, withdrawn. within(unit): unit and all below. */
#ifndef REGISTER_FILTER_H
#define REGISTER_FILTER_H

#include "register/record.h"

struct filter;

/* What names in an expression stand for. */
struct filter_context {
    const struct actor *actor;          /* me; may be NULL: `me` is then an error */
    bool has_period;
    civil_day period_start, period_end; /* both days included */
};

/* Parses and types. FAULT_INPUT with a note whose place is the character's number (from 1) and whose sentence says what was expected.
 * At most 4,000 bytes, 200 comparisons, depth 32. `lang` decides nothing: labels and keys of choices are both accepted as values. */
CHECKED enum fault filter_parse(const struct reg *reg, const char *text, const struct filter_context *context, struct arena *arena,
                                struct notes *notes, struct filter **out);
/* The specification: does the record satisfy it? `units_below` for within() is asked through the callback, NULL: only the unit itself. */
bool filter_matches(const struct filter *filter, const struct reg *reg, const struct record *record);
/* Appends an SQL condition over columns of alias `t` and remembers its parameters, numbered from first_parameter on. */
void filter_sql(const struct filter *filter, const struct reg *reg, int first_parameter, struct text *out);
/* Number of parameters that filter_sql wrote, and binding them. */
int filter_parameter_count(const struct filter *filter);
void filter_bind(const struct filter *filter, struct stmt *stmt, int first_parameter);

#endif
