/* define.c - JSON read into declarations, every part with its type and bounds. */
#include "register/define.h"

#include "register/inside.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 500, STATES_MAX = 16, MOVES_MAX = 32, MEASURES_MAX = 32 };

/* One reading: where we are in the document, for notes. */
struct reading {
    struct arena *arena;
    struct notes *notes;
    char place[120];
    bool failed;
};

static void tell(struct reading *r, const char *key, const char *sentence, const char *about) {
    char place[200];
    snprintf(place, sizeof place, "%s%s%s", r->place, r->place[0] && key[0] ? "." : "", key);
    note_add(r->notes, place, sentence, about ? about : "");
    r->failed = true;
}

/* A text of at most TEXT_MAX bytes; NULL if it is not there. */
static const char *read_word(struct reading *r, const json_t *from, const char *key) {
    const json_t *v = json_object_get(from, key);
    if (!v || json_is_null(v)) return NULL;
    if (!json_is_string(v) || json_string_length(v) > TEXT_MAX || strlen(json_string_value(v)) != json_string_length(v)) {
        tell(r, key, "应为不超过 500 字节的文字", NULL);
        return NULL;
    }
    return json_string_length(v) ? arena_copy(r->arena, json_string_value(v)) : NULL;
}

static int64_t read_number(struct reading *r, const json_t *from, const char *key) {
    const json_t *v = json_object_get(from, key);
    if (!v) return 0;
    if (json_is_boolean(v)) return json_is_true(v);
    if (!json_is_integer(v)) tell(r, key, "应为整数", NULL);
    return json_integer_value(v);
}

static const char *joined(struct reading *r, const char *const *keys) {
    const char *out = keys[0];
    for (size_t i = 1; keys[i]; i++) out = arena_format(r->arena, "%s, %s", out, keys[i]);
    return out;
}

static bool known_keys(struct reading *r, const json_t *from, const char *const *keys) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)from, key, value) {
        bool known = false;
        for (const char *const *k = keys; *k; k++) known |= !strcmp(*k, key);
        if (!known) tell(r, key, "没有这一项；可用的有：{0}", joined(r, keys));
    }
    return !r->failed;
}

/* An object with known keys only; told otherwise. */
static bool is_part(struct reading *r, const json_t *o, const char *const *keys) {
    if (json_is_object(o)) return known_keys(r, o, keys);
    tell(r, "", "应为 {…}", NULL);
    return false;
}

/* The list under a key: an array of at most `most` objects, or none. */
static const json_t *read_list(struct reading *r, const json_t *from, const char *key, size_t most, size_t *count) {
    const json_t *list = json_object_get(from, key);
    *count = 0;
    if (!list) return NULL;
    if (!json_is_array(list) || json_array_size(list) > most) {
        char number[24];
        snprintf(number, sizeof number, "%zu", most);
        tell(r, key, "应为不超过 {0} 项的列表", number);
        return NULL;
    }
    *count = json_array_size(list);
    return list;
}

static void read_choices(struct reading *r, const json_t *from, struct reg_field *out) {
    size_t count;
    const json_t *list = read_list(r, from, "choices", REG_CHOICES, &count);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(list, i), *key = json_array_get(pair, 0), *label = json_array_get(pair, 1);
        if (!json_is_string(key) || !json_is_string(label) || json_array_size(pair) != 2 ||
            json_string_length(key) + json_string_length(label) > TEXT_MAX) {
            tell(r, "choices", "每个选项应为 [键, 名称]", NULL);
            return;
        }
        out->choices[i] = (struct reg_choice){arena_copy(r->arena, json_string_value(key)),
                                              arena_copy(r->arena, json_string_value(label))};
    }
}

static void read_texts(struct reading *r, const json_t *from, const char *key, const char **out, size_t most) {
    size_t count;
    const json_t *list = read_list(r, from, key, most, &count);
    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(list, i);
        if (!json_is_string(text) || json_string_length(text) > TEXT_MAX) tell(r, key, "应为文字的列表", NULL);
        else out[i] = arena_copy(r->arena, json_string_value(text));
    }
}

static void read_columns(struct reading *r, const json_t *from, struct reg_field *out);

static void read_field(struct reading *r, const json_t *from, bool column, struct reg_field *out) {
    static const char *const keys[] = {"key", "label", "type",       "flags",    "choices", "to",      "unit",    "help",
                                       "min", "max",   "not_before", "decimals", "compute", "columns", "retired", NULL};
    *out = (struct reg_field){0};
    if (!json_is_object(from)) {
        tell(r, "", "应为一个栏目", NULL);
        return;
    }
    (void)known_keys(r, from, keys);
    out->key = read_word(r, from, "key");
    out->label = read_word(r, from, "label");
    const char *type = read_word(r, from, "type");
    if (!type || !value_type_named(type, &out->type)) tell(r, "type", "没有这种类型：{0}", type ? type : "");
    int64_t flags = read_number(r, from, "flags");
    if (flags < 0 || flags >= RETIRED) tell(r, "flags", "应为 0 到 255 的整数", NULL);
    else out->flags = (unsigned)flags | (read_number(r, from, "retired") ? RETIRED : 0);
    read_choices(r, from, out);
    out->to = read_word(r, from, "to");
    out->unit = read_word(r, from, "unit");
    out->help = read_word(r, from, "help");
    out->min = read_number(r, from, "min");
    out->max = read_number(r, from, "max");
    out->not_before = read_word(r, from, "not_before");
    int64_t decimals = read_number(r, from, "decimals");
    if (decimals < 0 || decimals > REG_DECIMALS) tell(r, "decimals", "小数位数须是 1 到 6，且只用于小数栏", NULL);
    else out->decimals = (int)decimals;
    out->compute = read_word(r, from, "compute");
    if (!column) read_columns(r, from, out);
    if (!out->key || !out->label) tell(r, "", "栏目须有键和名称", NULL);
}

static void at_place(struct reading *r, const char *list, size_t i) { snprintf(r->place, sizeof r->place, "%s.%zu", list, i + 1); }

static void read_columns(struct reading *r, const json_t *from, struct reg_field *out) {
    size_t count;
    const json_t *list = read_list(r, from, "columns", REG_COLUMNS, &count);
    struct reg_field *columns = arena_array(r->arena, struct reg_field, count + 1);
    for (size_t i = 0; i < count; i++) read_field(r, json_array_get(list, i), true, &columns[i]);
    if (count) out->columns = columns, out->column_count = count;
}

static void read_fields(struct reading *r, const json_t *from, bool with_retired, struct reg *out) {
    size_t count, kept = 0;
    const json_t *list = read_list(r, from, "fields", DEFINED_FIELDS_MAX, &count);
    struct reg_field *fields = arena_array(r->arena, struct reg_field, count + 1);
    for (size_t i = 0; i < count; i++) {
        at_place(r, "fields", i);
        read_field(r, json_array_get(list, i), false, &fields[kept]);
        if (with_retired || !(fields[kept].flags & RETIRED)) kept++;
    }
    r->place[0] = 0;
    out->fields = fields;
    out->field_count = kept;
}

static void read_states(struct reading *r, const json_t *from, struct reg *out) {
    static const char *const keys[] = {"key", "label", "final", NULL};
    size_t count;
    const json_t *list = read_list(r, from, "states", STATES_MAX, &count);
    struct reg_state *states = arena_array(r->arena, struct reg_state, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        at_place(r, "states", i);
        if (!is_part(r, o, keys)) continue;
        states[i] = (struct reg_state){read_word(r, o, "key"), read_word(r, o, "label"), read_number(r, o, "final") != 0};
        if (!states[i].key || !states[i].label) tell(r, "", "状态须有键和名称", NULL);
    }
    r->place[0] = 0;
    out->states = states;
    out->state_count = count;
}

static void read_moves(struct reading *r, const json_t *from, struct reg *out) {
    static const char *const keys[] = {"key", "label", "from", "to", "needs", "may", "not_by", "undo", NULL};
    size_t count;
    const json_t *list = read_list(r, from, "moves", MOVES_MAX, &count);
    struct reg_move *moves = arena_array(r->arena, struct reg_move, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        at_place(r, "moves", i);
        if (!is_part(r, o, keys)) continue;
        moves[i] = (struct reg_move){.key = read_word(r, o, "key"),
                                     .label = read_word(r, o, "label"),
                                     .to = read_word(r, o, "to"),
                                     .may = read_word(r, o, "may"),
                                     .not_by = read_word(r, o, "not_by"),
                                     .undo = read_number(r, o, "undo") != 0};
        read_texts(r, o, "from", moves[i].from, REG_FROM);
        read_texts(r, o, "needs", moves[i].needs, REG_NEEDS);
        if (!moves[i].key || !moves[i].label || !moves[i].to || !moves[i].may || !moves[i].from[0])
            tell(r, "", "步骤须有键、名称、从哪个状态到哪个状态、权限", NULL);
    }
    r->place[0] = 0;
    out->moves = moves;
    out->move_count = count;
}

static void read_measures(struct reading *r, const json_t *from, struct reg *out) {
    static const char *const keys[] = {"key", "label", "kind", "of", "filter", "unit", "date", "at_end", NULL}, *const kinds[] = {
                                                                                                                    "count", "sum",
                                                                                                                    "distinct"};
    size_t count;
    const json_t *list = read_list(r, from, "measures", MEASURES_MAX, &count);
    struct reg_measure *measures = arena_array(r->arena, struct reg_measure, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        at_place(r, "measures", i);
        if (!is_part(r, o, keys)) continue;
        struct reg_measure *m = &measures[i];
        const char *kind = read_word(r, o, "kind");
        *m = (struct reg_measure){.key = read_word(r, o, "key"), .label = read_word(r, o, "label"), .of = read_word(r, o, "of")};
        m->filter = read_word(r, o, "filter");
        m->unit = read_word(r, o, "unit");
        m->date = read_word(r, o, "date");
        m->at_end = read_number(r, o, "at_end") != 0;
        bool known = false;
        for (int k = 0; k < 3 && kind; k++)
            if (!strcmp(kind, kinds[k])) m->kind = (enum reg_measure_kind)k, known = true;
        if (!known || !m->key || !m->label) tell(r, "", "指标须有键、名称和算法（count、sum 或 distinct）", NULL);
    }
    r->place[0] = 0;
    out->measures = measures;
    out->measure_count = count;
}

static void read_register(struct reading *r, const json_t *from, bool with_retired, struct reg *out) {
    static const char *const keys[] = {"key",   "label",    "read",   "record",    "withdraw", "private",
                                       "group", "purpose",  "date",   "late_days", "fields",   "states",
                                       "moves", "measures", "access", "internal",  NULL};
    (void)known_keys(r, from, keys);
    out->key = read_word(r, from, "key");
    out->label = read_word(r, from, "label");
    out->read = read_word(r, from, "read");
    out->record = read_word(r, from, "record");
    out->withdraw = read_word(r, from, "withdraw");
    out->private_ = read_word(r, from, "private");
    out->group = read_word(r, from, "group");
    out->purpose = read_word(r, from, "purpose");
    out->date = read_word(r, from, "date");
    int64_t late = read_number(r, from, "late_days");
    if (late < 0 || late > 100000) tell(r, "late_days", "应在 {0} 到 100000 之间", "0");
    else out->late_days = (int)late;
    out->access = read_number(r, from, "access") != 0;
    out->internal = read_number(r, from, "internal") != 0;
    if (!out->key) tell(r, "key", "必须填写", NULL);
    read_fields(r, from, with_retired, out);
    read_states(r, from, out);
    read_moves(r, from, out);
    read_measures(r, from, out);
}

enum fault define_read(const char *json, size_t length, bool with_retired, struct arena *arena, struct notes *notes,
                       struct reg **out) {
    struct reading r = {.arena = arena, .notes = notes};
    json_error_t error;
    if (length > DEFINITION_MAX_BYTES) return FAULT_LARGE;
    json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    if (!root || !json_is_object(root)) {
        char line[24];
        snprintf(line, sizeof line, "%d", root ? 1 : error.line);
        note_add(notes, "", "不是台账定义：第 {0} 行读不懂", line);
        json_decref(root);
        return FAULT_INPUT;
    }
    struct reg *reg = arena_array(arena, struct reg, 1);
    *reg = (struct reg){0};
    read_register(&r, root, with_retired, reg);
    json_decref(root);
    if (arena_over(arena)) return FAULT_LARGE;
    if (r.failed) return FAULT_INPUT;
    *out = reg;
    return FAULT_NONE;
}

enum fault define_extend(const struct reg *shipped, const struct reg *local, struct arena *arena, struct notes *notes,
                         struct reg **out) {
    size_t count = shipped->field_count + local->field_count;
    struct reg_field *fields = arena_array(arena, struct reg_field, count + 1);
    memcpy(fields, shipped->fields, shipped->field_count * sizeof *fields);
    for (size_t i = 0; i < local->field_count; i++) {
        fields[shipped->field_count + i] = local->fields[i];
        if (!reg_field_named(shipped, local->fields[i].key)) continue;
        note_add(notes, local->fields[i].key, "台账“{0}”已有键为 {1} 的栏目", shipped->label, local->fields[i].key);
        return FAULT_INPUT;
    }
    struct reg *reg = arena_array(arena, struct reg, 1);
    *reg = *shipped;
    reg->fields = fields;
    reg->field_count = count;
    *out = reg;
    return FAULT_NONE;
}

enum fault define_all(const struct reg *const *shipped, const char *const *definitions, size_t count, struct arena *arena,
                      struct notes *notes, const struct reg ***out) {
    size_t n = 0;
    while (shipped[n]) n++;
    const struct reg **all = arena_array(arena, const struct reg *, n + count + 1);
    memcpy(all, shipped, n * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        struct reg *local, *whole;
        enum fault f = define_read(definitions[i], strlen(definitions[i]), false, arena, notes, &local);
        if (f) return f;
        size_t at = 0;
        while (at < n && strcmp(all[at]->key, local->key)) at++;
        if (at == n) {
            all[n++] = local;
            continue;
        }
        f = define_extend(all[at], local, arena, notes, &whole);
        if (f) return f;
        all[at] = whole;
    }
    all[n] = NULL;
    if (arena_over(arena)) return FAULT_LARGE;
    *out = all;
    return reg_lint(all, n, notes);
}

enum fault local_definitions(struct store *store, struct arena *arena, const char *out[LOCAL_MAX], size_t *count) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool there = false;
    *count = 0;
    enum fault f = store_read_begin(store, &conn);
    if (!f) f = conn_has_column(conn, "r_local", "f_definition", &there);
    if (f || !there) return f;
    f = stmt_open(conn, "SELECT f_definition FROM r_local WHERE tenant = ?1 AND withdrawn = 0 ORDER BY f_register", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    for (bool row = true; row && *count < LOCAL_MAX;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (row) out[(*count)++] = arena_copy(arena, stmt_text(s, 0));
    }
    return FAULT_NONE;
}
