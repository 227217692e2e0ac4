/* layout.c - from a declaration to its tables and the SQL that reads and writes them. */
#include "register/inside.h"

#include <stdio.h>
#include <string.h>

static const struct store_column system_columns[SYSTEM_COLUMNS] = {
    {"tenant", STORE_INT, true},     {"id", STORE_BLOB, true},      {"unit", STORE_BLOB, false}, {"state", STORE_TEXT, false},
    {"effective", STORE_TEXT, true}, {"position", STORE_INT, true}, {"made", STORE_INT, true},   {"entered", STORE_INT, true},
    {"late", STORE_INT, true},       {"withdrawn", STORE_INT, true}};

static const struct store_column version_columns[] = {{"known_from", STORE_INT, true},
                                                      {"known_to", STORE_INT, true},
                                                      {"valid_from", STORE_TEXT, true},
                                                      {"valid_to", STORE_TEXT, true}};

static const struct store_column definition_columns[] = {{"tenant", STORE_INT, true},
                                                         {"hash", STORE_BLOB, true},
                                                         {"register", STORE_TEXT, true},
                                                         {"definition", STORE_TEXT, true},
                                                         {"position", STORE_INT, true}};
const struct store_table definition_table = {
    "definition", TABLE_PROJECTION, definition_columns, COUNT_OF(definition_columns), "tenant, hash", NULL, false};

static enum store_type column_type(enum reg_type type) {
    return type == REG_REF ? STORE_BLOB : value_is_number(type) ? STORE_INT : STORE_TEXT;
}

static const char **make_indexes(struct arena *a, const struct reg *reg) {
    const char **list = arena_array(a, const char *, 2 * reg->field_count + 4);
    size_t n = 0;
    const char *order = reg->date ? arena_format(a, "f_%s, id", reg->date)
                                  : "made"; /* a list narrowed to one value comes in its order */
    list[n++] = arena_format(a, "tenant, %s", order);
    if (reg->date) list[n++] = "tenant, made";
    if (reg->state_count) list[n++] = arena_format(a, "tenant, state, %s", order);
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        if (f->flags & INDEXED || f->type == REG_REF) list[n++] = arena_format(a, "tenant, f_%s, %s", f->key, order);
        else if (f->flags & (KEY | NAME)) list[n++] = arena_format(a, "tenant, f_%s", f->key);
    }
    return list;
}

static void make_tables(struct arena *a, struct layout *l) {
    const struct reg *reg = l->reg;
    size_t fields = reg->field_count, row_count = SYSTEM_COLUMNS + fields, version_count = row_count + COUNT_OF(version_columns);
    struct store_column *columns = arena_array(a, struct store_column, version_count);
    memcpy(columns, system_columns, sizeof system_columns);
    for (size_t i = 0; i < fields; i++)
        columns[SYSTEM_COLUMNS + i] = (struct store_column){arena_format(a, "f_%s", reg->fields[i].key),
                                                            column_type(reg->fields[i].type), false};
    memcpy(columns + row_count, version_columns, sizeof version_columns);
    const char **by_time = arena_array(a, const char *, 2);
    by_time[0] = "tenant, known_to, valid_to";
    l->tables[0] = (struct store_table){
        arena_format(a, "r_%s", reg->key), TABLE_PROJECTION, columns, row_count, "tenant, id", make_indexes(a, reg), false};
    l->tables[1] = (struct store_table){arena_format(a, "h_%s", reg->key),    TABLE_PROJECTION, columns, version_count,
                                        "tenant, id, known_from, valid_from", by_time,          false};
}

static const char *make_insert(struct arena *a, const struct store_table *t) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_format(&sql, "INSERT INTO %s (", t->name); /* columns by name: a table keeps those of fields retired since */
    for (size_t i = 0; i < t->column_count; i++) text_format(&sql, "%s%s", i ? ", " : "", t->columns[i].name);
    text_add(&sql, ") VALUES (");
    for (size_t i = 0; i < t->column_count; i++) text_format(&sql, i ? ", ?%zu" : "?%zu", i + 1);
    text_addc(&sql, ')');
    return arena_copy(a, sql.at);
}

static const char *make_update(struct arena *a, const struct store_table *t) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_format(&sql, "UPDATE %s SET ", t->name);
    for (size_t i = AT_UNIT; i < t->column_count; i++)
        text_format(&sql, "%s%s = ?%zu", i > AT_UNIT ? ", " : "", t->columns[i].name, i + 1);
    text_add(&sql, " WHERE tenant = ?1 AND id = ?2");
    return arena_copy(a, sql.at);
}

/* id, unit … withdrawn, fields, and for each reference the name of the record it points to. */
enum naming { NAMED_NOW, NAMED_THEN, NAMED_THEN_AS_OF };

static const char *make_select(struct arena *a, const struct registers *rs, const struct layout *l, enum naming naming) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    for (size_t i = AT_ID; i < l->tables[0].column_count; i++)
        text_format(&sql, "%st.%s", i > AT_ID ? ", " : "", l->tables[0].columns[i].name);
    for (size_t i = 0; i < l->reg->field_count; i++) {
        const struct reg_field *f = &l->reg->fields[i];
        const struct reg *to = f->type == REG_REF ? register_named(rs, f->to) : NULL;
        if (to && naming != NAMED_NOW)
            text_format(&sql,
                        ", (SELECT n.f_%s FROM h_%s n WHERE n.tenant = t.tenant AND n.id = t.f_%s AND n.known_from <= ?2 AND "
                        "n.known_to > ?2 AND %s)",
                        reg_name_field(to)->key, to->key, f->key,
                        naming == NAMED_THEN ? "n.valid_to = ?3" : "n.valid_from <= ?3 AND n.valid_to > ?3");
        else if (to)
            text_format(&sql, ", (SELECT n.f_%s FROM r_%s n WHERE n.tenant = t.tenant AND n.id = t.f_%s)", reg_name_field(to)->key,
                        to->key, f->key);
    }
    return arena_copy(a, sql.at);
}

void layouts_make(struct registers *rs) {
    struct arena *a = &rs->arena;
    rs->layouts = arena_array(a, struct layout, rs->count);
    for (size_t i = 0; i < rs->count; i++) {
        struct layout *l = &rs->layouts[i];
        l->reg = rs->regs[i];
        _cleanup_(text_release) struct text json;
        text_init(&json, 1 << 20);
        reg_definition(l->reg, &json);
        l->definition = digest_of(json.at, json.length);
        make_tables(a, l);
        l->insert_row = make_insert(a, &l->tables[0]);
        l->update_row = make_update(a, &l->tables[0]);
        l->insert_version = make_insert(a, &l->tables[1]);
        l->close_version = arena_format(
            a, "UPDATE h_%s SET known_to = ?1 WHERE tenant = ?2 AND id = ?3 AND known_to = ?4 AND valid_from = ?5", l->reg->key);
        for (size_t k = 0; k < l->reg->field_count; k++) l->has_several |= l->reg->fields[k].type == REG_REFS;
        l->date_field = l->reg->date ? (int)(reg_field_named(l->reg, l->reg->date) - l->reg->fields) : -1;
    }
    for (size_t i = 0; i < rs->count; i++) {
        struct layout *l = &rs->layouts[i];
        l->select = make_select(a, rs, l, NAMED_NOW);
        l->select_then[0] = make_select(a, rs, l, NAMED_THEN);
        l->select_then[1] = make_select(a, rs, l, NAMED_THEN_AS_OF);
        l->exists = arena_format(a, "SELECT %s FROM r_%s t WHERE t.tenant = ?1 AND t.id = ?2", l->select, l->reg->key);
    }
}

const char *look_select(const struct layout *l, const struct look *look) {
    return look->has_as_of || look->has_known_at ? l->select_then[look->has_as_of] : l->select;
}

const struct layout *layout_of(const struct registers *rs, const char *key) {
    for (size_t i = 0; i < rs->count; i++)
        if (!strcmp(rs->regs[i]->key, key)) return &rs->layouts[i];
    return NULL;
}

void value_bind(struct stmt *stmt, int at, const struct reg_field *field, const struct value *value, struct id *id) {
    if (value->kind == VALUE_INT) {
        stmt_bind_int(stmt, at, value->integer);
    } else if (value->kind == VALUE_NONE) {
        stmt_bind_null(stmt, at);
    } else if (field->type == REG_REF) {
        if (id_parse(value->text, id)) stmt_bind_id(stmt, at, id);
        else stmt_bind_null(stmt, at);
    } else {
        stmt_bind_text(stmt, at, value->text);
    }
}

/* One field of the current row; its text is the statement's until the next step. A reference's id is printed into `id`. */
static struct value value_column(struct stmt *stmt, int at, const struct reg_field *field, char id[ID_TEXT]) {
    static const struct value none = {VALUE_NONE, 0, NULL};
    if (column_type(field->type) == STORE_INT)
        return stmt_null(stmt, at) ? none : (struct value){VALUE_INT, stmt_int(stmt, at), NULL};
    const char *text = NULL;
    struct id other;
    if (field->type != REG_REF) text = stmt_text(stmt, at);
    else if (stmt_id(stmt, at, &other)) id_format(&other, id), text = id;
    return text ? (struct value){VALUE_TEXT, 0, text} : none;
}

void row_init(struct row *row, const struct layout *l, struct arena *arena) {
    size_t n = l->reg->field_count;
    *row = (struct row){l, arena_array(arena, struct value, n), arena_array(arena, const char *, n),
                        arena_alloc_array(arena, ID_TEXT, n)};
}

void record_borrow(struct row *row, struct stmt *s, struct record *out) {
    const struct reg *reg = row->layout->reg;
    *out = (struct record){.state = stmt_text(s, AT_STATE - 1),
                           .position = stmt_int(s, AT_POSITION - 1),
                           .made = stmt_int(s, AT_MADE - 1),
                           .entered_ms = stmt_int(s, AT_ENTERED - 1),
                           .late = stmt_int(s, AT_LATE - 1) != 0,
                           .withdrawn = stmt_int(s, AT_WITHDRAWN - 1) != 0,
                           .values = row->values,
                           .names = row->names};
    (void)stmt_id(s, AT_ID - 1, &out->id);
    (void)stmt_id(s, AT_UNIT - 1, &out->unit);
    const char *effective = stmt_text(s, AT_EFFECTIVE - 1);
    if (effective) (void)civil_parse(effective, &out->effective);
    int name_at = SYSTEM_COLUMNS - 1 + (int)reg->field_count, columns = stmt_columns(s);
    for (size_t i = 0; i < reg->field_count; i++) {
        row->values[i] = value_column(s, SYSTEM_COLUMNS - 1 + (int)i, &reg->fields[i], row->ids[i]);
        if (reg->fields[i].type == REG_REF && name_at < columns) row->names[i] = stmt_text(s, name_at++);
    }
}

void record_from_row(const struct layout *l, struct stmt *s, struct arena *arena, struct record *out) {
    struct row row;
    row_init(&row, l, arena);
    record_borrow(&row, s, out);
    out->state = arena_copy(arena, out->state);
    for (size_t i = 0; i < l->reg->field_count; i++) {
        if (l->reg->fields[i].type != REG_REF) row.values[i].text = arena_copy(arena, row.values[i].text);
        row.names[i] = arena_copy(arena, row.names[i]);
    }
}
