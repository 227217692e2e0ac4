/* project.c - what a journal entry means for the tables: versions on both time axes, the row as it is, and the search index. */
#include "register/compute.h"
#include "register/inside.h"

#include <stdlib.h>
#include <string.h>

/* One entry of a record as the timeline needs it. */
struct delta {
    civil_day effective;
    int64_t position, entered_ms;
    const struct field *fields;
    size_t count;
};

struct timeline {
    const struct layout *layout;
    struct arena *arena;
    struct id id, unit;
    bool has_unit;
    struct delta *deltas;
    size_t count, room;
};

static enum fault collect_delta(void *context, const struct entry_row *row) {
    struct timeline *t = context;
    const struct entry *e = &row->entry;
    if (strcmp(e->register_key, t->layout->reg->key)) return FAULT_NONE;
    if (t->count == t->room) {
        struct delta *more = arena_array(t->arena, struct delta, t->room * 2 + 4);
        if (t->count) memcpy(more, t->deltas, t->count * sizeof *more);
        t->deltas = more;
        t->room = t->room * 2 + 4;
    }
    struct field *fields = arena_array(t->arena, struct field, e->field_count);
    for (size_t i = 0; i < e->field_count; i++) {
        fields[i] = e->fields[i];
        fields[i].key = arena_copy(t->arena, e->fields[i].key);
        fields[i].text = arena_copy(t->arena, e->fields[i].text);
    }
    if (!t->count) {
        t->has_unit = e->unit != NULL;
        if (e->unit) t->unit = *e->unit;
    }
    t->deltas[t->count++] = (struct delta){e->effective, row->position, e->entered_ms, fields, e->field_count};
    return FAULT_NONE;
}

static void apply_fields(const struct layout *l, const struct field *fields, size_t count, struct version *v) {
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &fields[i];
        if (f->key[0] == '_') {
            if (!strcmp(f->key, "_state")) v->state = f->text;
            else if (!strcmp(f->key, "_withdrawn")) v->withdrawn = f->integer != 0;
            else if (!strcmp(f->key, "_late")) v->late = v->late || f->integer;
            continue;
        }
        const struct reg_field *field = reg_field_named(l->reg, f->key);
        if (!field) continue; /* a field that this declaration no longer has: it stays in the journal */
        struct value *value = &v->values[field - l->reg->fields];
        if (f->type == FIELD_NULL) *value = (struct value){VALUE_NONE, 0, NULL};
        else if (f->type == FIELD_INT) *value = (struct value){VALUE_INT, f->integer, NULL};
        else *value = (struct value){VALUE_TEXT, 0, f->text};
    }
}

/* The first day the record is valid: its date field as known by the last of these deltas, or the day it was entered for. */
static civil_day birth_of(const struct timeline *t, size_t count) {
    civil_day birth = t->deltas[0].effective;
    if (!t->layout->reg->date) return birth;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < t->deltas[i].count; k++) {
            const struct field *f = &t->deltas[i].fields[k];
            civil_day day;
            if (!strcmp(f->key, t->layout->reg->date) && f->type == FIELD_TEXT && civil_parse(f->text, &day)) birth = day;
        }
    return birth;
}

static int compare_deltas(const void *a, const void *b) {
    const struct delta *x = a, *y = b;
    if (x->effective != y->effective) return x->effective < y->effective ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* A withdrawn record should never have counted, so its withdrawal holds from its first day. */
static bool withdraws(const struct delta *d) {
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->fields[i].key, "_withdrawn")) return true;
    return false;
}

/* The versions that the first `count` entries make, in order of validity. A value holds from its effective date until a later
 * effective date sets it again; of two entries for one date the one known later wins. */
static size_t timeline_versions(const struct timeline *t, size_t count, struct version **out) {
    const struct reg *reg = t->layout->reg;
    struct delta *sorted = arena_array(t->arena, struct delta, count);
    memcpy(sorted, t->deltas, count * sizeof *sorted);
    civil_day birth = birth_of(t, count);
    sorted[0].effective = birth;
    for (size_t i = 1; i < count; i++)
        if (sorted[i].effective < birth || withdraws(&sorted[i])) sorted[i].effective = birth;
    qsort(sorted, count, sizeof *sorted, compare_deltas);
    struct version *versions = arena_array(t->arena, struct version, count);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool same_day = n && versions[n - 1].from == sorted[i].effective;
        if (!same_day) {
            struct version *v = &versions[n++];
            if (n > 1) {
                *v = versions[n - 2];
                versions[n - 2].to = sorted[i].effective;
                versions[n - 2].to_open = false;
            }
            struct value *values = arena_array(t->arena, struct value, reg->field_count);
            if (n > 1) memcpy(values, v->values, reg->field_count * sizeof *values);
            v->values = values;
            v->from = sorted[i].effective;
            v->to_open = true;
        }
        struct version *v = &versions[n - 1];
        apply_fields(t->layout, sorted[i].fields, sorted[i].count, v);
        if (sorted[i].position > v->position) v->position = sorted[i].position;
    }
    for (size_t i = 0; i < n; i++) {
        versions[i].id = t->id;
        versions[i].unit = t->unit;
        versions[i].has_unit = t->has_unit;
        versions[i].made = t->deltas[0].position;
        versions[i].entered_ms = t->deltas[0].entered_ms;
        compute_fields(reg, versions[i].values);
    }
    *out = versions;
    return n;
}

static void bind_common(struct stmt *s, const struct layout *l, const struct version *v, char effective[CIVIL_TEXT],
                        struct id *ids) {
    civil_format(v->from, effective);
    stmt_bind_int(s, 1 + AT_TENANT, TENANT);
    stmt_bind_id(s, 1 + AT_ID, &v->id);
    stmt_bind_id(s, 1 + AT_UNIT, v->has_unit ? &v->unit : NULL);
    stmt_bind_text(s, 1 + AT_STATE, v->state);
    stmt_bind_text(s, 1 + AT_EFFECTIVE, effective);
    stmt_bind_int(s, 1 + AT_POSITION, v->position);
    stmt_bind_int(s, 1 + AT_MADE, v->made);
    stmt_bind_int(s, 1 + AT_ENTERED, v->entered_ms);
    stmt_bind_int(s, 1 + AT_LATE, v->late);
    stmt_bind_int(s, 1 + AT_WITHDRAWN, v->withdrawn);
    for (size_t i = 0; i < l->reg->field_count; i++)
        value_bind(s, 1 + SYSTEM_COLUMNS + (int)i, &l->reg->fields[i], &v->values[i], &ids[i]);
}

static enum fault write_row(struct conn *c, const struct layout *l, const struct version *v, bool first, struct arena *arena) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, first ? l->insert_row : l->update_row, &s);
    if (f) return f;
    char effective[CIVIL_TEXT];
    bind_common(s, l, v, effective, arena_array(arena, struct id, l->reg->field_count));
    return stmt_run(s);
}

static enum fault write_version(struct conn *c, const struct layout *l, const struct version *v, int64_t known,
                                struct arena *arena) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, l->insert_version, &s);
    if (f) return f;
    char from[CIVIL_TEXT], to[CIVIL_TEXT];
    bind_common(s, l, v, from, arena_array(arena, struct id, l->reg->field_count));
    int at = 1 + SYSTEM_COLUMNS + (int)l->reg->field_count;
    if (!v->to_open) civil_format(v->to, to);
    stmt_bind_int(s, at, known);
    stmt_bind_int(s, at + 1, KNOWN_OPEN);
    stmt_bind_text(s, at + 2, from);
    stmt_bind_text(s, at + 3, v->to_open ? VALID_OPEN : to);
    return stmt_run(s);
}

static enum fault close_version(struct conn *c, const struct layout *l, const struct version *v, int64_t known) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, l->close_version, &s);
    if (f) return f;
    char from[CIVIL_TEXT];
    civil_format(v->from, from);
    stmt_bind_int(s, 1, known);
    stmt_bind_int(s, 2, TENANT);
    stmt_bind_id(s, 3, &v->id);
    stmt_bind_int(s, 4, KNOWN_OPEN);
    stmt_bind_text(s, 5, from);
    return stmt_run(s);
}

static bool text_same(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

static bool version_same(const struct layout *l, const struct version *a, const struct version *b) {
    if (a->from != b->from || a->to_open != b->to_open || (!a->to_open && a->to != b->to) || a->position != b->position ||
        a->late != b->late || a->withdrawn != b->withdrawn || !text_same(a->state, b->state))
        return false;
    for (size_t i = 0; i < l->reg->field_count; i++)
        if (!value_same(&a->values[i], &b->values[i])) return false;
    return true;
}

static bool has_version(const struct layout *l, const struct version *list, size_t count, const struct version *v) {
    for (size_t i = 0; i < count; i++)
        if (version_same(l, &list[i], v)) return true;
    return false;
}

static const char *search_words(const struct layout *l, const struct version *v, struct arena *arena) {
    return v->withdrawn ? "" : record_words(l->reg, v->values, arena);
}

static enum fault project_first(const struct layout *l, struct conn *into, const struct entry *e, int64_t position,
                                struct arena *arena) {
    struct timeline t = {.layout = l, .arena = arena, .id = e->record, .has_unit = e->unit != NULL};
    if (e->unit) t.unit = *e->unit;
    struct delta only = {e->effective, position, e->entered_ms, e->fields, e->field_count};
    t.deltas = &only;
    struct version *v;
    (void)timeline_versions(&t, 1, &v);
    enum fault f = write_row(into, l, v, true, arena);
    if (!f) f = write_version(into, l, v, position, arena);
    if (!f) f = tally_project(into, l->reg, NULL, v);
    if (!f) f = search_put(into, position + 1, l->reg->key, search_words(l, v, arena));
    return f;
}

static enum fault project_next(const struct layout *l, struct conn *from, struct conn *into, const struct entry *e,
                               int64_t position, struct arena *arena) {
    struct timeline t = {.layout = l, .arena = arena, .id = e->record};
    enum fault f = journal_scan_record(from, TENANT, &e->record, collect_delta, &t);
    if (f) return f;
    while (t.count && t.deltas[t.count - 1].position > position) t.count--; /* a rebuild reads a log that goes on */
    if (t.count < 2) return FAULT_TAMPERED;
    struct version *old, *new;
    size_t old_count = timeline_versions(&t, t.count - 1, &old), new_count = timeline_versions(&t, t.count, &new);
    for (size_t i = 0; i < old_count && !f; i++)
        if (!has_version(l, new, new_count, &old[i])) f = close_version(into, l, &old[i], position);
    for (size_t i = 0; i < new_count && !f; i++)
        if (!has_version(l, old, old_count, &new[i])) f = write_version(into, l, &new[i], position, arena);
    if (!f) f = write_row(into, l, &new[new_count - 1], false, arena);
    if (!f) f = tally_project(into, l->reg, &old[old_count - 1], &new[new_count - 1]);
    const char *before = search_words(l, &old[old_count - 1], arena), *after = search_words(l, &new[new_count - 1], arena);
    if (!f && strcmp(before, after)) {
        f = search_drop(into, t.deltas[0].position + 1, l->reg->key, before);
        if (!f) f = search_put(into, t.deltas[0].position + 1, l->reg->key, after);
    }
    return f;
}

static enum fault project_definition(struct conn *into, const struct entry *e, int64_t position) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(into, "INSERT INTO definition VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, e->definition.bytes, DIGEST_BYTES);
    stmt_bind_text(s, 3, e->register_key);
    stmt_bind_text(s, 4, e->field_count == 1 ? e->fields[0].text : "");
    stmt_bind_int(s, 5, position);
    return stmt_run(s);
}

enum fault project_entry(const struct registers *rs, struct conn *from, struct conn *into, const struct entry *e,
                         int64_t position) {
    if (!strcmp(e->op, "define")) return project_definition(into, e, position);
    const struct layout *l = layout_of(rs, e->register_key);
    if (!l) return FAULT_NONE; /* a register that is no longer shipped keeps its entries, but has no tables */
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 64 << 20);
    enum fault f = !strcmp(e->op, "add") ? project_first(l, into, e, position, &arena)
                                         : project_next(l, from, into, e, position, &arena);
    if (!f) f = access_project(into, l->reg, position);
    return f ? f : once_project(into, e, position);
}
