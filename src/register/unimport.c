/* unimport.c - a whole import taken back in one transaction, unless somebody has built on it since. */
#include "register/import.h"
#include "register/inside.h"

#include <stdlib.h>
#include <string.h>

enum { CHANGES_MAX = 2000000, VALUES_ARENA = 1 << 20 };

/* What the import did to one record: its first and its last entry. */
struct touched {
    struct id id;
    int64_t first, last;
    civil_day effective;
    bool added, moved;
};

struct undoing {
    struct registers *rs;
    const struct reg *reg, *log;
    const struct id *import;
    const char *reason, *hash;
    struct conn *conn;
    struct arena *arena, values;
    struct touched *touched;
    size_t count, room, at;
    bool marked;
    const char *name; /* of the record in hand */
    struct notes *notes;
    struct import_undoing *out;
    enum fault fault;
};

static const char *source_of(const struct entry *e) {
    for (size_t i = 0; i < e->field_count; i++)
        if (!strcmp(e->fields[i].key, "_source")) return e->fields[i].text;
    return NULL;
}

static enum fault take_entry(void *context, const struct entry_row *row) {
    struct undoing *u = context;
    const struct entry *e = &row->entry;
    const char *source = source_of(e), *mark = source ? strstr(source, " sha256:") : NULL;
    if (strcmp(e->register_key, u->reg->key) || !mark || strncmp(mark + 8, u->hash, 16)) return FAULT_NONE;
    if (u->count == u->room) {
        if (u->room >= CHANGES_MAX) return FAULT_LARGE;
        u->room = u->room ? u->room * 2 : 1024;
        u->touched = memory_resize(u->touched, u->room * sizeof *u->touched);
    }
    bool edit = !strcmp(e->op, "edit"), add = !strcmp(e->op, "add");
    u->touched[u->count++] = (struct touched){e->record, row->position, row->position, e->effective, add, !edit && !add};
    return FAULT_NONE;
}

static int by_record(const void *a, const void *b) {
    const struct touched *x = a, *y = b;
    int order = memcmp(x->id.bytes, y->id.bytes, ID_BYTES);
    return order ? order : x->first < y->first ? -1 : x->first > y->first;
}

/* One for each record. */
static void join_records(struct undoing *u) {
    size_t n = 0;
    if (u->count) qsort(u->touched, u->count, sizeof *u->touched, by_record);
    for (size_t i = 0; i < u->count; i++) {
        struct touched *last = n ? &u->touched[n - 1] : NULL;
        if (last && id_same(&last->id, &u->touched[i].id)) {
            last->last = u->touched[i].last;
            last->moved |= u->touched[i].moved;
        } else {
            u->touched[n++] = u->touched[i];
        }
    }
    u->count = n;
}

static enum fault read_import(struct undoing *u, int64_t *made, int64_t *rows) {
    struct actor system = actor_system();
    struct record r;
    enum fault f = record_read(u->rs, u->conn, &system, u->log, u->import, NULL, u->arena, &r);
    if (f) return f;
    if (strcmp(r.state, "kept")) return FAULT_STATE;
    const struct value *values = r.values;
    for (size_t i = 0; i < u->log->field_count; i++) {
        const char *key = u->log->fields[i].key;
        if (!strcmp(key, "register")) u->reg = register_named(u->rs, values[i].text);
        else if (!strcmp(key, "hash")) u->hash = values[i].text;
        else if (!strcmp(key, "rows")) *rows = values[i].integer;
    }
    *made = r.made;
    return u->reg ? FAULT_NONE : FAULT_ABSENT;
}

static enum fault gather(struct undoing *u) {
    int64_t made, rows;
    enum fault f = read_import(u, &made, &rows);
    if (!f) f = journal_scan(u->conn, TENANT, made > rows ? made - rows : 0, made, take_entry, u);
    if (!f) join_records(u);
    return f;
}

/* The values that the record had before the import, as if typed. */
static enum fault former_values(struct undoing *u, const struct touched *t, struct change *c) {
    struct actor system = actor_system();
    struct record r;
    struct look then = {.has_known_at = true, .known_at = t->first - 1};
    enum fault f = record_read(u->rs, u->conn, &system, u->reg, &t->id, &then, &u->values, &r);
    if (f) return f;
    struct change_value *values = arena_array(&u->values, struct change_value, u->reg->field_count);
    size_t n = 0;
    for (size_t i = 0; i < u->reg->field_count; i++) {
        const struct reg_field *field = &u->reg->fields[i];
        bool kept = field->type == REG_REF || field->type == REG_REFS || field->type == REG_FILE;
        if (field->compute) continue;
        const char *typed = kept ? r.values[i].text : value_show(field, &r.values[i], LANG_ZH, &u->values);
        values[n++] = (struct change_value){field->key, typed ? typed : "", NULL};
    }
    c->values = values;
    c->value_count = n;
    return FAULT_NONE;
}

static void name_record(struct undoing *u, const struct touched *t) {
    if (record_name(u->rs, u->conn, u->reg, &t->id, u->arena, &u->name)) u->name = "…";
}

static bool mark_import(struct undoing *u, struct change *out) {
    if (u->marked || u->notes->count) return false;
    u->marked = true;
    *out = (struct change){
        .kind = CHANGE_MOVE, .reg = u->log, .record = *u->import, .move = "undo", .reason = u->reason, .expected = -1};
    return true;
}

static bool next_undo(void *context, struct change *out) {
    struct undoing *u = context;
    arena_release(&u->values);
    arena_init(&u->values, VALUES_ARENA);
    while (u->at < u->count) {
        const struct touched *t = &u->touched[u->at++];
        if (u->notes->count >= NOTES_MAX) return false;
        name_record(u, t);
        if (t->moved) {
            note_add(u->notes, u->name, "这次导入办理过它的步骤，步骤不能整体撤回；请逐条处理");
            continue;
        }
        *out = (struct change){.kind = t->added ? CHANGE_WITHDRAW : CHANGE_EDIT,
                               .reg = u->reg,
                               .record = t->id,
                               .has_effective = !t->added,
                               .effective = t->effective,
                               .reason = u->reason,
                               .expected = t->last};
        if (!t->added && (u->fault = former_values(u, t, out))) return false;
        t->added ? u->out->withdrawn++ : u->out->restored++;
        return true;
    }
    return mark_import(u, out);
}

static const char *undo_place(void *context, const char *key) {
    const struct undoing *u = context;
    (void)key;
    return u->name ? u->name : "";
}

static void undoing_release(struct undoing *u) {
    memory_release(&u->touched);
    arena_release(&u->values);
    store_read_end(&u->conn);
}

enum fault import_undo(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct id *import, const char *reason,
                       bool dry_run, struct arena *arena, struct notes *notes, struct import_undoing *out) {
    *out = (struct import_undoing){0};
    _cleanup_(undoing_release) struct undoing u = {.rs = rs,
                                                   .log = register_named(rs, "import"),
                                                   .import = import,
                                                   .reason = reason,
                                                   .arena = arena,
                                                   .notes = notes,
                                                   .out = out};
    arena_init(&u.values, VALUES_ARENA);
    if (!u.log) return FAULT_ABSENT;
    enum fault f = store_read_begin(rs->store, &u.conn);
    if (!f) f = gather(&u);
    if (f) return f;
    if (!actor->system && !access_may(actor, u.reg->record)) return FAULT_RIGHT;
    struct actor marking = actor_with(actor, "import.record", arena);
    struct change_source changes = {&u, next_undo, undo_place};
    struct batch_result result = {0};
    f = change_batch(rs, &marking, now_ms, &changes, dry_run, notes, &result);
    return u.fault ? u.fault : f;
}
