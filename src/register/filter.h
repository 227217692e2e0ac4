/* filter.h - the filter language: typed against a declaration, evaluated in memory or compiled to bound SQL; both give the same answer.
 *
 * A subset of AIP-160: comparisons FIELD OP VALUE joined by NOT, AND, OR and parentheses, which are needed where AND meets OR.
 *
 *   state = open AND found >= 2019-01-01 AND NOT (title : "消防" OR owner = me)
 *
 * FIELD  a field of the register by its key, else state, unit, effective (date), entered (date of entry, in China), late, withdrawn.
 * OP     text                           =  !=  <  <=  >  >=  :     (: contains, letter for letter; order is that of the characters' numbers)
 *        whole number, money, date      =  !=  <  <=  >  >=
 *        choice, state, yes/no, record  =  !=
 *        code (mail, MAC, plate …)      =  !=  :
 *        IP address or network          =  !=  :           (: lies within the network)
 *        several choices or records     :                  (: has this one among them)
 *        moment                         =  !=  <  <=  >  >=      with whole days
 *        file, place, table             =  !=  with null only
 *        any                            in ("a", "b")      (one of these)
 * within("unit")   the record's unit is this one or below it
 * ~ "words"        full text: the words occur in the record as it is now; not in rights, guards and measures
 * VALUE  "text" (\" \\ \n inside) or a bare word; a whole number; money in yuan; a date 2019-01-01, today, today-30d, period.start, period.end;
 *        a choice or state by key or by label in any language; true, false; a record by its id, key or name, or me where people are meant; null.
 * Full-width brackets, quotes and signs are read as the plain ones. Keywords may be in small letters. A blank filter is true.
 *
 * Logic is two-valued: nothing is unknown. The truth of one comparison, for a value v that is there, and for a missing one:
 *
 *                  OP literal                    = null    != null    < <= > >= : null
 *     v there      v OP literal                  false     true       refused when parsed
 *     v missing    false, but != gives true      true      false      refused when parsed
 *
 * so that != is always exactly NOT =, and NOT turns every answer round. */
#ifndef REGISTER_FILTER_H
#define REGISTER_FILTER_H

#include "register/record.h"

struct filter;

/* What names in an expression stand for. */
struct filter_context {
    const struct actor *actor; /* me; may be NULL: `me` is then an error */
    const struct registers
        *registers; /* with conn: records may be named, within() and ~ are understood; NULL: only ids, and neither */
    struct conn *conn;
    bool has_today;
    civil_day today; /* today, today+7d, today-30d */
    bool has_period;
    civil_day period_start, period_end; /* both days included */
    bool declared; /* the text is a declaration's own (a measure), not a reader's: PRIVATE fields may be named */
};

enum { FILTER_BYTES = 4000, FILTER_COMPARISONS = 200, FILTER_DEPTH = 32 };

/* Parses and types. FAULT_INPUT with a note whose place is the character's number (from 1) and whose sentence says what was expected.
 * At most FILTER_BYTES, FILTER_COMPARISONS, and FILTER_DEPTH of brackets and NOTs. A PRIVATE field named by an actor without the
 * register's private right is refused, too: comparing would tell what it holds. `context` may be NULL. The filter is the arena's. */
CHECKED enum fault filter_parse(const struct reg *reg, const char *text, const struct filter_context *context, struct arena *arena,
                                struct notes *notes, struct filter **out);
/* One condition as a form can ask it. */
struct filter_ask {
    const struct reg_field *field; /* NULL: the state */
    const char *sign;              /* "=", ">=", "<=", ":" … */
    const char
        *value; /* as a form has it: a choice or state by its key, true or false, a day as YYYY-MM-DD, else as it was typed */
    const struct filter_ask *next;
};
/* Conditions that hold together. */
struct filter_group {
    const struct filter_ask *asks; /* in the order of the text */
};
enum { FILTER_GROUPS = 6, FILTER_ASKS = 60 };
/* Takes a filter apart into groups of which one must hold. False if that does not say the same for everybody on every day: it has NOT, null, me, today,
 * within() or ~, compares anything but a field or the state, or needs more than FILTER_GROUPS groups or FILTER_ASKS conditions in one. A blank one has no groups. */
CHECKED bool filter_groups(const struct filter *filter, const struct reg *reg, struct arena *arena,
                           struct filter_group out[FILTER_GROUPS], size_t *count);
/* The specification: does the record satisfy it? `reg` is the one it was parsed for. */
bool filter_matches(const struct filter *filter, const struct reg *reg, const struct record *record);
/* Appends an SQL condition over columns of alias `t`, whose parameters are numbered from first_parameter on. Keys of the declaration
 * stand in it and nothing else that was given; it is always true or false, never null. */
struct filter_walk;
void filter_sql(const struct filter *filter, const struct reg *reg, int first_parameter, const struct filter_walk *walk,
                struct text *out);
/* How a list that many rows satisfy is to be found: by walking it in its order, not by sorting all that lie in a range. `veil` is put before the columns of
 * ranges of other fields than `field`, so that no index of theirs is chosen; NULL instead of this: the database chooses. */
struct filter_walk {
    const char *field, *veil;
};
/* Does it have a range (<, <=, >, >=) of another column than the field? */
bool filter_has_range(const struct filter *filter, const struct reg *reg, const char *field);
/* Number of parameters that filter_sql writes, and binding them; what is bound lives as long as the filter. */
int filter_parameter_count(const struct filter *filter);
void filter_bind(const struct filter *filter, struct stmt *stmt, int first_parameter);

#endif
