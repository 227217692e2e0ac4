/* registers.c - opening all registers of an installation: lint, tables, and the history of definitions. */
#include "register/clock_inside.h"
#include "register/sending.h"
#include "register/inside.h"

#include <string.h>

enum { REGISTERS_ARENA = 16 << 20, DEFINITION_MAX = 1 << 20 };

struct definitions {
    struct registers *registers;
    int64_t now_ms;
};

static enum fault is_known(struct conn *c, const struct digest *hash, bool *known) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, "SELECT 1 FROM definition WHERE tenant = ?1 AND hash = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash->bytes, DIGEST_BYTES);
    return stmt_step(s, known);
}

/* A definition that the journal has not seen yet becomes an entry of its own before anything is entered under it. */
static enum fault journal_definitions(struct conn *c, void *argument) {
    struct definitions *d = argument;
    for (size_t i = 0; i < d->registers->count; i++) {
        struct layout *l = &d->registers->layouts[i];
        bool known;
        enum fault f = is_known(c, &l->definition, &known);
        if (f) return f;
        if (known) continue;
        _cleanup_(text_release) struct text json;
        text_init(&json, DEFINITION_MAX);
        reg_definition(l->reg, &json);
        struct field field = {"definition", FIELD_TEXT, 0, json.at};
        struct entry e = {.tenant = TENANT,
                          .op = "define",
                          .register_key = l->reg->key,
                          .definition = l->definition,
                          .entered_ms = d->now_ms,
                          .fields = &field,
                          .field_count = 1};
        int64_t position;
        f = journal_append(d->registers->journal, c, &e, &position);
        if (!f) f = project_entry(d->registers, c, c, &e, position);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault any_unknown(struct registers *rs, bool *out) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(rs->store, &c);
    bool known = true;
    for (size_t i = 0; !f && known && i < rs->count; i++) f = is_known(c, &rs->layouts[i].definition, &known);
    *out = !known;
    return f;
}

static bool any_computed(const struct registers *rs) {
    for (size_t i = 0; i < rs->count; i++)
        for (size_t k = 0; k < rs->regs[i]->field_count; k++)
            if (rs->regs[i]->fields[k].compute) return true;
    return false;
}

enum fault registers_declare(struct registers *rs, struct store *store, struct notes *notes) {
    enum fault f = store_declare(store, &definition_table, 1, notes);
    if (!f) f = store_declare(store, &once_table, 1, notes);
    if (!f) f = store_declare(store, &tally_table, 1, notes);
    if (!f) f = store_declare(store, &access_table, 1, notes);
    for (size_t i = 0; !f && i < rs->count; i++) f = store_declare(store, rs->layouts[i].tables, 2, notes);
    return f ? f : search_declare(store, notes);
}

enum fault registers_open(struct store *store, struct journal *journal, const struct reg *const *regs, size_t count, int64_t now_ms,
                          struct notes *notes, struct registers **out) {
    enum fault f = reg_lint(regs, count, notes);
    if (f) return f;
    struct registers *rs = memory_new(sizeof *rs);
    *rs = (struct registers){.store = store, .journal = journal, .regs = regs, .count = count};
    rs->bounds = list_bounds_usual;
    arena_init(&rs->arena, REGISTERS_ARENA);
    layouts_make(rs);
    f = registers_declare(rs, store, notes);
    if (!f) f = store_declare(store, outbox_tables, OUTBOX_TABLES, notes);
    if (!f) f = store_declare(store, clock_tables, CLOCK_TABLES, notes);
    if (!f) f = store_declare(store, sending_tables, SENDING_TABLES, notes);
    bool unknown = false;
    if (!f && now_ms >= 0) f = any_unknown(rs, &unknown);
    struct definitions d = {rs, now_ms};
    if (!f && unknown) f = store_change(store, journal_definitions, &d);
    if (!f && unknown && any_computed(rs))
        f = registers_rebuild(rs, NULL, NULL); /* a new way to compute holds for old records, too */
    if (f) {
        registers_close(rs);
        return f;
    }
    *out = rs;
    return FAULT_NONE;
}

void registers_close(struct registers *rs) {
    if (!rs) return;
    arena_release(&rs->arena);
    memory_release(&rs);
}

const struct reg *register_named(const struct registers *rs, const char *key) {
    for (size_t i = 0; i < rs->count; i++)
        if (!strcmp(rs->regs[i]->key, key)) return rs->regs[i];
    return NULL;
}

size_t register_count(const struct registers *rs) { return rs->count; }
const struct reg *register_at(const struct registers *rs, size_t index) { return rs->regs[index]; }
struct store *registers_store(const struct registers *rs) {
    return rs->store;
}
struct journal *registers_journal(const struct registers *rs) {
    return rs->journal;
}

void registers_limit(struct registers *rs, int64_t limit_ms) { rs->bounds.limit_ms = limit_ms; }

struct digest register_definition_hash(const struct registers *rs, const struct reg *reg) {
    return layout_of(rs, reg->key)->definition;
}
