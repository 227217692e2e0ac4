/* rules.c - what the rules of all registers ask of a change on its way through the door. */
#include "register/rules.h"

#include "base/civil.h"
#include "calendar/calendar.h"

static const char *kept(const struct rule_case *c, const struct value *values, const char *key) {
    const struct value *v = &values[reg_field_named(c->reg, key) - c->reg->fields];
    return v->kind == VALUE_TEXT ? v->text : NULL;
}

const char *rule_text(const struct rule_case *c, const char *key) { return kept(c, c->values, key); }

const char *rule_text_before(const struct rule_case *c, const char *key) { return c->before ? kept(c, c->before, key) : NULL; }

bool rule_id(const struct rule_case *c, const char *key, struct id *out) {
    const char *text = rule_text(c, key);
    return text && id_parse(text, out);
}

civil_day rule_day(const struct rule_case *c, const char *key) {
    civil_day d;
    const char *text = rule_text(c, key);
    return text && civil_parse(text, &d) ? d : DAY_NONE;
}

enum fault rule_refuse(const struct rule_case *c, const char *place, const char *sentence, const char *what) {
    note_add(c->notes, place, sentence, what ? what : "");
    return FAULT_INPUT;
}
