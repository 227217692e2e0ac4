/* rules.h - a change on its way through the door, as the rules see it that go beyond a register's own declaration (struct reg, .obeys). */
#ifndef REGISTER_RULES_H
#define REGISTER_RULES_H

#include "register/change.h"

/* Changes that may follow from one in the same transaction. */
enum { RULE_FOLLOW = 2 };

struct rule_case {
    const struct registers *registers;
    struct conn *conn;
    const struct reg *reg;
    const struct id *record, *unit; /* unit: the record's, zero for none */
    const struct value *before;     /* NULL: new */
    const struct value *values;
    const char *move;   /* NULL: none */
    const char *reason; /* as given; NULL */
    const struct actor *actor;
    civil_day today, effective; /* effective: when the change was so; known only to what follows from it */
    int64_t now_ms;
    struct arena *arena;
    struct notes *notes;
};

/* A field's value as kept, NULL without one; likewise as id and day (false, DAY_NONE). */
const char *rule_text(const struct rule_case *c, const char *key);
bool rule_id(const struct rule_case *c, const char *key, struct id *out);
civil_day rule_day(const struct rule_case *c, const char *key);
/* What it was before this change; NULL without one. */
const char *rule_text_before(const struct rule_case *c, const char *key);
/* Adds the note and is FAULT_INPUT; `what` fills {0}, NULL: nothing. */
CHECKED enum fault rule_refuse(const struct rule_case *c, const char *place, const char *sentence, const char *what);

#endif
