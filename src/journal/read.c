/* read.c - entries and heads read back from their tables, strictly: a row that could not have been written is not read. */
#include "journal/inside.h"

#include <string.h>

void row_room_release(struct row_room *room) {
    memory_release(&room->fields);
    memory_release(&room->memory);
}

/* A text column that is there, holds no NUL and is not empty. */
static const char *word_column(struct stmt *s, int at) {
    size_t length;
    const char *word = stmt_text(s, at);
    stmt_blob(s, at, &length);
    return word && length > 0 && length <= ENTRY_WORD_MAX && strlen(word) == length ? word : NULL;
}

static bool bytes_column(struct stmt *s, int at, void *out, size_t length) {
    size_t got;
    const void *bytes = stmt_blob(s, at, &got);
    if (!bytes || got != length) return false;
    memcpy(out, bytes, length);
    return true;
}

/* An id or null. */
static bool id_column(struct stmt *s, int at, struct id *id, const struct id **out) {
    *out = stmt_null(s, at) ? NULL : id;
    return !*out || stmt_id(s, at, id);
}

static bool effective_column(struct stmt *s, int at, struct entry *entry) {
    entry->has_effective = !stmt_null(s, at);
    if (!entry->has_effective) return true;
    const char *text = word_column(s, at);
    return text && civil_parse(text, &entry->effective);
}

static bool fields_column(struct stmt *s, int at, struct row_room *room, struct entry_row *out) {
    size_t length;
    const char *json = stmt_text(s, at);
    stmt_blob(s, at, &length);
    if (!json) return false;
    if (!room->fields) room->fields = memory_new(sizeof *room->fields * ENTRY_FIELDS_MAX);
    if (room->size < length + 1) {
        room->size = 2 * (length + 1);
        room->memory = memory_resize(room->memory, room->size);
    }
    out->fields_json = json;
    out->entry.fields = room->fields;
    return fields_parse(json, length, room->memory, room->fields, &out->entry.field_count);
}

const char *row_read(struct stmt *s, int64_t tenant, struct row_room *room, struct entry_row *out) {
    struct entry *e = &out->entry;
    *out = (struct entry_row){.position = stmt_int(s, 0)};
    e->tenant = tenant;
    if (out->position < 0) return "position";
    if (!(e->op = word_column(s, 1))) return "op";
    if (!(e->register_key = word_column(s, 2))) return "register";
    if (!stmt_id(s, 3, &e->record)) return "record";
    if (!bytes_column(s, 4, e->definition.bytes, DIGEST_BYTES)) return "definition";
    if (!id_column(s, 5, &out->actor_id, &e->actor)) return "actor";
    if (!id_column(s, 6, &out->unit_id, &e->unit)) return "unit";
    if (!effective_column(s, 7, e)) return "effective";
    e->entered_ms = stmt_int(s, 8);
    if (stmt_null(s, 8) || e->entered_ms < 0) return "entered";
    if (!fields_column(s, 9, room, out)) return "fields";
    if (!bytes_column(s, 10, out->seed.bytes, SEED_BYTES)) return "seed";
    if (!bytes_column(s, 11, out->leaf.bytes, DIGEST_BYTES)) return "leaf";
    return NULL;
}

struct digest row_leaf(const struct entry_row *row, struct digest *leaves, const struct field **order) {
    const struct entry *e = &row->entry;
    for (size_t i = 0; i < e->field_count; i++) order[i] = &e->fields[i];
    struct digest root = commitment_fields_root(&row->seed, order, e->field_count, leaves);
    return commitment_leaf(e, row->position, &root);
}

static void row_keep(struct entry_row *row, struct arena *arena) {
    struct entry *e = &row->entry;
    e->op = arena_copy(arena, e->op);
    e->register_key = arena_copy(arena, e->register_key);
    row->fields_json = arena_copy(arena, row->fields_json);
    struct field *fields = arena_array(arena, struct field, e->field_count + 1);
    for (size_t i = 0; i < e->field_count; i++) {
        fields[i] = e->fields[i];
        fields[i].key = arena_copy(arena, fields[i].key);
        fields[i].text = arena_copy(arena, fields[i].text);
    }
    e->fields = fields;
}

enum fault journal_entry_read(struct conn *conn, int64_t tenant, int64_t position, struct arena *arena, struct entry_row *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    _cleanup_(row_room_release) struct row_room room = {0};
    struct entry_row found;
    bool row;
    enum fault f = stmt_open(conn, "SELECT " ENTRY_COLUMNS " FROM entry WHERE tenant = ?1 AND position = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, position);
    if ((f = stmt_step(s, &row))) return f;
    if (!row) return FAULT_ABSENT;
    if (row_read(s, tenant, &room, &found)) return FAULT_TAMPERED;
    row_keep(&found, arena);
    *out = found;
    if (out->entry.actor) out->entry.actor = &out->actor_id; /* they pointed into the local copy */
    if (out->entry.unit) out->entry.unit = &out->unit_id;
    return FAULT_NONE;
}

static enum fault rows_visit(struct stmt *s, int64_t tenant, entry_visit each, void *context) {
    _cleanup_(row_room_release) struct row_room room = {0};
    struct entry_row found;
    bool row;
    enum fault f;
    while (!(f = stmt_step(s, &row)) && row) {
        if (row_read(s, tenant, &room, &found)) return FAULT_TAMPERED;
        if ((f = each(context, &found))) return f;
    }
    return f;
}

enum fault journal_scan(struct conn *conn, int64_t tenant, int64_t from, int64_t to, entry_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "SELECT " ENTRY_COLUMNS " FROM entry WHERE tenant = ?1 AND position >= ?2 AND position < ?3 ORDER BY position", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, from);
    stmt_bind_int(s, 3, to);
    return rows_visit(s, tenant, each, context);
}

enum fault journal_scan_record(struct conn *conn, int64_t tenant, const struct id *record, entry_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT " ENTRY_COLUMNS " FROM entry WHERE tenant = ?1 AND record = ?2 ORDER BY position", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_id(s, 2, record);
    return rows_visit(s, tenant, each, context);
}

enum fault journal_scan_back(struct conn *conn, int64_t tenant, const char *register_key, int64_t before, int limit,
                             entry_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT " ENTRY_COLUMNS " FROM entry WHERE tenant = ?1 AND position < ?2 AND register = ?3 "
                             "ORDER BY position DESC LIMIT ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, before);
    stmt_bind_text(s, 3, register_key);
    stmt_bind_int(s, 4, limit);
    return rows_visit(s, tenant, each, context);
}

static enum fault entered_at(struct conn *conn, int64_t tenant, int64_t position, int64_t *entered_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT entered FROM entry WHERE tenant = ?1 AND position = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, position);
    if ((f = stmt_step(s, &row))) return f;
    if (!row) return FAULT_TAMPERED;
    *entered_ms = stmt_int(s, 0);
    return FAULT_NONE;
}

enum fault journal_position_at(struct conn *conn, int64_t tenant, int64_t moment_ms, int64_t *position) {
    int64_t low = 0, high, entered_ms = 0; /* all before `low` were entered by then, none from `high` on */
    enum fault f = journal_size(conn, tenant, &high);
    while (!f && low < high) {
        int64_t middle = low + (high - low) / 2;
        f = entered_at(conn, tenant, middle, &entered_ms);
        if (entered_ms <= moment_ms) low = middle + 1;
        else high = middle;
    }
    if (!f) *position = low - 1;
    return f;
}

enum fault journal_size(struct conn *conn, int64_t tenant, int64_t *size) {
    int64_t last = -1;
    enum fault f = conn_ask_int(conn, "SELECT position FROM entry WHERE tenant = ?1 ORDER BY position DESC LIMIT 1", tenant, &last);
    if (!f) *size = last + 1;
    return f;
}

enum fault journal_head_latest(struct conn *conn, int64_t tenant, char note[CHECKPOINT_NOTE_MAX], int64_t *size) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT size, note FROM head WHERE tenant = ?1 ORDER BY size DESC LIMIT 1", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    if ((f = stmt_step(s, &row))) return f;
    if (!row) return FAULT_ABSENT;
    const char *text = stmt_text(s, 1);
    if (!text || strlen(text) >= CHECKPOINT_NOTE_MAX) return FAULT_TAMPERED;
    memcpy(note, text, strlen(text) + 1);
    *size = stmt_int(s, 0);
    return FAULT_NONE;
}

enum fault tenant_next(struct conn *conn, const char *table, int64_t from, int64_t *tenant) {
    static const char *const asks[] = {"SELECT tenant FROM entry WHERE tenant >= ?1 ORDER BY tenant LIMIT 1",
                                       "SELECT tenant FROM head WHERE tenant >= ?1 ORDER BY tenant LIMIT 1",
                                       "SELECT tenant FROM subtree WHERE tenant >= ?1 ORDER BY tenant LIMIT 1"};
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, asks[table[0] == 'e' ? 0 : table[0] == 'h' ? 1 : 2], &s);
    if (f) return f;
    stmt_bind_int(s, 1, from);
    if ((f = stmt_step(s, &row))) return f;
    if (!row) return FAULT_ABSENT;
    *tenant = stmt_int(s, 0);
    return FAULT_NONE;
}
