/* reg.c - looking things up in a declaration, and writing it as canonical JSON. */
#include "base/printer.h"
#include "register/value.h"

#include <string.h>

enum { LATE_DAYS = 7 };

const struct reg_field *reg_field_named(const struct reg *reg, const char *key) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (!strcmp(reg->fields[i].key, key)) return &reg->fields[i];
    return NULL;
}

const struct reg_state *reg_state_named(const struct reg *reg, const char *key) {
    for (size_t i = 0; i < reg->state_count; i++)
        if (!strcmp(reg->states[i].key, key)) return &reg->states[i];
    return NULL;
}

const struct reg_move *reg_move_named(const struct reg *reg, const char *key) {
    for (size_t i = 0; i < reg->move_count; i++)
        if (!strcmp(reg->moves[i].key, key)) return &reg->moves[i];
    return NULL;
}

const struct reg_measure *reg_measure_named(const struct reg *reg, const char *key) {
    for (size_t i = 0; i < reg->measure_count; i++)
        if (!strcmp(reg->measures[i].key, key)) return &reg->measures[i];
    return NULL;
}

const char *reg_choice_label(const struct reg_field *field, const char *key) {
    for (size_t i = 0; i < REG_CHOICES && field->choices[i].key; i++)
        if (!strcmp(field->choices[i].key, key)) return field->choices[i].label;
    return key;
}

const struct reg_field *reg_name_field(const struct reg *reg) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (reg->fields[i].flags & NAME) return &reg->fields[i];
    for (size_t i = 0; i < reg->field_count; i++)
        if (reg->fields[i].type == REG_TEXT) return &reg->fields[i];
    return &reg->fields[0];
}

int reg_late_days(const struct reg *reg) { return reg->late_days ? reg->late_days : LATE_DAYS; }

static void add_pair(struct text *out, const char *key, const char *value) {
    if (!value) return;
    text_format(out, ",\"%s\":", key);
    json_text(out, value);
}

static void add_number(struct text *out, const char *key, int64_t value) {
    if (value) text_format(out, ",\"%s\":%lld", key, (long long)value);
}

static void add_list(struct text *out, const char *key, const char *const *items, size_t most) {
    if (!items[0]) return;
    text_format(out, ",\"%s\":[", key);
    for (size_t i = 0; i < most && items[i]; i++) {
        if (i) text_addc(out, ',');
        json_text(out, items[i]);
    }
    text_addc(out, ']');
}

static void define_field(struct text *out, const struct reg_field *f) {
    text_add(out, "{\"key\":");
    json_text(out, f->key);
    add_pair(out, "label", f->label);
    add_pair(out, "type", value_type(f->type)->key);
    add_number(out, "flags", f->flags & ~(unsigned)RETIRED);
    add_number(out, "retired", (f->flags & RETIRED) != 0);
    if (f->choices[0].key) {
        text_add(out, ",\"choices\":[");
        for (size_t i = 0; i < REG_CHOICES && f->choices[i].key; i++) {
            text_add(out, i ? ",[" : "[");
            json_text(out, f->choices[i].key);
            text_addc(out, ',');
            json_text(out, f->choices[i].label);
            text_addc(out, ']');
        }
        text_addc(out, ']');
    }
    add_pair(out, "to", f->to);
    add_pair(out, "unit", f->unit);
    add_pair(out, "help", f->help);
    add_number(out, "min", f->min);
    add_number(out, "max", f->max);
    add_pair(out, "not_before", f->not_before);
    add_number(out, "decimals", f->decimals);
    add_pair(out, "compute", f->compute);
    if (f->column_count) {
        text_add(out, ",\"columns\":[");
        for (size_t i = 0; i < f->column_count; i++) {
            if (i) text_addc(out, ',');
            define_field(out, &f->columns[i]);
        }
        text_addc(out, ']');
    }
    text_addc(out, '}');
}

static void define_move(struct text *out, const struct reg_move *m) {
    text_add(out, "{\"key\":");
    json_text(out, m->key);
    add_pair(out, "label", m->label);
    add_list(out, "from", m->from, REG_FROM);
    add_pair(out, "to", m->to);
    add_list(out, "needs", m->needs, REG_NEEDS);
    add_pair(out, "may", m->may);
    add_pair(out, "not_by", m->not_by);
    add_number(out, "undo", m->undo);
    text_addc(out, '}');
}

static void define_measure(struct text *out, const struct reg_measure *m) {
    static const char *const kinds[] = {"count", "sum", "distinct"};
    text_add(out, "{\"key\":");
    json_text(out, m->key);
    add_pair(out, "label", m->label);
    add_pair(out, "kind", kinds[m->kind]);
    add_pair(out, "of", m->of);
    add_pair(out, "filter", m->filter);
    add_pair(out, "unit", m->unit);
    add_pair(out, "date", m->date);
    add_number(out, "at_end", m->at_end);
    text_addc(out, '}');
}

void reg_definition(const struct reg *r, struct text *out) {
    text_add(out, "{\"key\":");
    json_text(out, r->key);
    add_pair(out, "label", r->label);
    add_pair(out, "read", r->read);
    add_pair(out, "record", r->record);
    add_pair(out, "withdraw", r->withdraw);
    add_pair(out, "private", r->private_);
    add_pair(out, "group", r->group);
    add_pair(out, "purpose", r->purpose);
    add_pair(out, "date", r->date);
    add_pair(out, "barred", r->barred);
    add_number(out, "late_days", r->late_days);
    add_number(out, "access", r->access);
    add_number(out, "internal", r->internal);
    text_add(out, ",\"fields\":[");
    for (size_t i = 0; i < r->field_count; i++) {
        if (i) text_addc(out, ',');
        define_field(out, &r->fields[i]);
    }
    text_add(out, "],\"states\":[");
    for (size_t i = 0; i < r->state_count; i++) {
        text_add(out, i ? ",{\"key\":" : "{\"key\":");
        json_text(out, r->states[i].key);
        add_pair(out, "label", r->states[i].label);
        add_number(out, "final", r->states[i].final);
        text_addc(out, '}');
    }
    text_add(out, "],\"moves\":[");
    for (size_t i = 0; i < r->move_count; i++) {
        if (i) text_addc(out, ',');
        define_move(out, &r->moves[i]);
    }
    text_add(out, "],\"measures\":[");
    for (size_t i = 0; i < r->measure_count; i++) {
        if (i) text_addc(out, ',');
        define_measure(out, &r->measures[i]);
    }
    text_add(out, "]}");
}
