/* conn.c - connections and their cached statements, and the guard that holds table kinds. */
#include "store/inside.h"

#include <assert.h>
#include <string.h>

const char *table_kind_word(enum table_kind kind) {
    static const char *const words[] = {"journal", "projection", "work"};
    return words[kind];
}

static const struct store_table *table_named(const struct store *store, const char *name) {
    for (size_t i = 0; i < store->table_count; i++)
        if (!strcmp(store->tables[i]->name, name)) return store->tables[i];
    return NULL;
}

/* The one rule of table kinds. A journal table only grows; a projection is written with a change; work at any time. */
static bool guard_write(void *context, const char *table, enum write_verb verb) {
    struct conn *c = context;
    if (c->mode == WRITE_SCHEMA) return true;
    if (!strncmp(table, "search_", 7)) return true; /* the index's own pages, which it flushes at savepoints and commits */
    if (c->mode == WRITE_NOTHING) return false;
    if (!strcmp(table, "search")) return true; /* a work table */
    const struct store_table *t = table_named(c->store, table);
    if (!t) return false;
    switch (t->kind) {
    case TABLE_JOURNAL: return c->mode == WRITE_CHANGE && verb == WRITE_INSERT;
    case TABLE_PROJECTION: return c->mode == WRITE_CHANGE;
    case TABLE_WORK: return true;
    }
    return false;
}

enum fault conn_open(struct store *store, bool create, bool writer, struct conn **out) {
    struct conn *c = memory_new(sizeof *c);
    c->store = store;
    c->writer = writer;
    c->mode = WRITE_SCHEMA; /* the driver's own pragmas */
    enum fault f = store->driver->open(store->path, create, writer, guard_write, c, &c->driver);
    if (f) {
        memory_release(&c);
        return f;
    }
    c->mode = WRITE_NOTHING;
    *out = c;
    return FAULT_NONE;
}

static void stmt_free(struct stmt *s) {
    s->conn->store->driver->finalize(s->driver);
    memory_release(&s->sql);
    memory_release(&s);
}

void conn_close(struct conn *c) {
    if (!c) return;
    for (size_t i = 0; i < STMT_CACHE; i++)
        if (c->cache[i]) stmt_free(c->cache[i]);
    c->store->driver->close(c->driver);
    memory_release(&c);
}

static uint32_t hash_sql(const char *sql, enum write_mode mode) {
    uint32_t h = 2166136261u ^ (uint32_t)mode;
    for (; *sql; sql++) h = (h ^ (unsigned char)*sql) * 16777619u;
    return h;
}

enum fault stmt_open(struct conn *c, const char *sql, struct stmt **out) {
    uint32_t hash = hash_sql(sql, c->mode);
    struct stmt **slot = &c->cache[hash % STMT_CACHE];
    struct stmt *s = *slot;
    if (s && !s->in_use && s->hash == hash && s->mode == c->mode && !strcmp(s->sql, sql)) {
        s->in_use = true;
        s->bind_fault = FAULT_NONE;
        *out = s;
        return FAULT_NONE;
    }
    struct driver_stmt *driver;
    enum fault f = c->store->driver->prepare(c->driver, sql, &driver);
    if (f) return f;
    bool keep = !s || !s->in_use;
    if (s && keep) stmt_free(s);
    s = memory_new(sizeof *s);
    *s = (struct stmt){.conn = c, .driver = driver, .hash = hash, .mode = c->mode, .in_use = true, .cached = keep};
    s->sql = memory_new(strlen(sql) + 1);
    memcpy(s->sql, sql, strlen(sql));
    if (keep) *slot = s;
    *out = s;
    return FAULT_NONE;
}

void stmt_done(struct stmt **stmt) {
    struct stmt *s = *stmt;
    if (!s) return;
    *stmt = NULL;
    s->conn->store->driver->reset(s->driver);
    s->in_use = false;
    if (!s->cached) stmt_free(s);
}

static void keep_fault(struct stmt *s, enum fault f) {
    if (f && !s->bind_fault) s->bind_fault = f;
}

void stmt_bind_int(struct stmt *s, int at, int64_t v) { keep_fault(s, s->conn->store->driver->bind_int(s->driver, at, v)); }

void stmt_bind_textn(struct stmt *s, int at, const char *v, size_t length) {
    keep_fault(s, s->conn->store->driver->bind_bytes(s->driver, at, STORE_TEXT, v, length));
}

void stmt_bind_text(struct stmt *s, int at, const char *v) {
    if (v) stmt_bind_textn(s, at, v, strlen(v));
    else stmt_bind_null(s, at);
}

void stmt_bind_blob(struct stmt *s, int at, const void *v, size_t length) {
    keep_fault(s, s->conn->store->driver->bind_bytes(s->driver, at, STORE_BLOB, v, length));
}

void stmt_bind_id(struct stmt *s, int at, const struct id *v) {
    if (v) stmt_bind_blob(s, at, v->bytes, ID_BYTES);
    else stmt_bind_null(s, at);
}

void stmt_bind_null(struct stmt *s, int at) { keep_fault(s, s->conn->store->driver->bind_null(s->driver, at)); }

enum fault stmt_step(struct stmt *s, bool *row) {
    if (s->bind_fault) return s->bind_fault;
    assert(s->mode == s->conn->mode); /* a statement permitted under one mode never runs under another */
    return s->conn->store->driver->step(s->driver, row);
}

enum fault stmt_run(struct stmt *s) {
    bool row = true;
    while (row) {
        enum fault f = stmt_step(s, &row);
        if (f) return f;
    }
    s->conn->store->driver->reset(s->driver);
    return FAULT_NONE;
}

void stmt_reset(struct stmt *s) { s->conn->store->driver->reset(s->driver); }
int64_t stmt_int(struct stmt *s, int at) { return s->conn->store->driver->column_int(s->driver, at); }
const char *stmt_text(struct stmt *s, int at) { return s->conn->store->driver->column_text(s->driver, at); }
const void *stmt_blob(struct stmt *s, int at, size_t *length) { return s->conn->store->driver->column_blob(s->driver, at, length); }
bool stmt_null(struct stmt *s, int at) { return s->conn->store->driver->column_null(s->driver, at); }
int stmt_columns(struct stmt *s) { return s->conn->store->driver->columns(s->driver); }

bool stmt_id(struct stmt *s, int at, struct id *out) {
    size_t length;
    const void *bytes = stmt_blob(s, at, &length);
    if (!bytes || length != ID_BYTES) return false;
    memcpy(out->bytes, bytes, ID_BYTES);
    return true;
}

enum fault conn_has_column(struct conn *c, const char *table, const char *column, bool *out) {
    return c->store->driver->has_column(c->driver, table, column, out);
}

enum fault conn_run(struct conn *c, const char *sql) { return c->store->driver->run(c->driver, sql); }

enum fault conn_ask_int(struct conn *c, const char *sql, int64_t argument, int64_t *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, argument);
    bool row;
    f = stmt_step(s, &row);
    if (!f && row) *out = stmt_int(s, 0);
    return f;
}

void conn_limit_ms(struct conn *c, int64_t limit_ms) { c->store->driver->limit(c->driver, limit_ms); }
