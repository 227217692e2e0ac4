/* sqlite.c - the SQLite driver: pragmas, DDL, the authorizer that holds table kinds, and error mapping. */
#include "store/inside.h"

#include "base/log.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct driver_conn {
    sqlite3 *db;
    write_guard guard;
    void *context;
    int64_t until_ms; /* monotonic; 0: no limit */
    sqlite3_stmt *version;
    int64_t version_seen;
};

static sqlite3_stmt *raw(struct driver_stmt *s) { return (sqlite3_stmt *)s; }

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum fault map_error(int code) {
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return FAULT_NONE;
    case SQLITE_CONSTRAINT: return FAULT_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_INTERRUPT: return FAULT_BUSY;
    case SQLITE_TOOBIG: return FAULT_LARGE;
    case SQLITE_CANTOPEN: return FAULT_ABSENT;
    case SQLITE_NOMEM: return FAULT_SYSTEM;
    default: return FAULT_STORE;
    }
}

static int authorize(void *context, int action, const char *a, const char *b, const char *database, const char *trigger) {
    (void)b, (void)trigger;
    struct driver_conn *c = context;
    enum write_verb verb;
    switch (action) {
    case SQLITE_INSERT: verb = WRITE_INSERT; break;
    case SQLITE_UPDATE: verb = WRITE_UPDATE; break;
    case SQLITE_DELETE: verb = WRITE_DELETE; break;
    /* A virtual table (search) declares its columns to the database as "CREATE TABLE x" each time the schema is read. */
    case SQLITE_CREATE_TABLE:
        if (!strcmp(a, "x")) return SQLITE_OK;
        return c->guard(c->context, "", WRITE_INSERT) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA: /* which the search table asks when it is opened */
        if (a && !strcmp(a, "data_version")) return SQLITE_OK;
        return c->guard(c->context, "", WRITE_INSERT) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    default: /* schema statements, pragmas, attach: only while the schema is made */
        return c->guard(c->context, "", WRITE_INSERT) ? SQLITE_OK : SQLITE_DENY;
    }
    if (database && !strcmp(database, "temp")) return SQLITE_OK;
    if (!strcmp(a, "sqlite_master")) return SQLITE_OK; /* belongs to such statements; writing it directly is off (defensive mode) */
    return c->guard(c->context, a, verb) ? SQLITE_OK : SQLITE_DENY;
}

static int progress(void *context) {
    struct driver_conn *c = context;
    return c->until_ms && monotonic_ms() > c->until_ms;
}

static void sqlite_close_(struct driver_conn *c) {
    if (!c) return;
    sqlite3_finalize(c->version);
    sqlite3_close_v2(c->db);
    memory_release(&c);
}

static enum fault sqlite_run(struct driver_conn *c, const char *sql) {
    int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_INTERRUPT)
        log_line(LOG_ERROR_, "sqlite", "sql", sql, "error", sqlite3_errmsg(c->db));
    return map_error(code);
}

/* SQLite's own count of its memory takes one lock for all threads at every allocation, and nothing here asks for it. */
static void memory_uncounted(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

static enum fault sqlite_open_(const char *path, bool create, bool writer, write_guard guard, void *context,
                               struct driver_conn **out) {
    struct driver_conn *c = memory_new(sizeof *c);
    c->guard = guard;
    c->context = context;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, memory_uncounted);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    flags |= writer ? SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) : SQLITE_OPEN_READWRITE;
    int code = sqlite3_open_v2(path, &c->db, flags, NULL);
    if (code != SQLITE_OK) {
        sqlite_close_(c);
        return map_error(code);
    }
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, 10000);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    enum fault f = sqlite_run(c, writer ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                                          "PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY"
                                        : "PRAGMA query_only=ON; PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY");
    if (f) {
        sqlite_close_(c);
        return f;
    }
    if (writer) sqlite3_set_authorizer(c->db, authorize, c);
    sqlite3_progress_handler(c->db, 2000, progress, c);
    *out = c;
    return FAULT_NONE;
}

static bool sqlite_spilled(struct driver_conn *c) {
    int count = 0, most = 0;
    return sqlite3_db_status(c->db, SQLITE_DBSTATUS_CACHE_SPILL, &count, &most, 1) != SQLITE_OK || count > 0;
}

static enum fault sqlite_others_wrote(struct driver_conn *c, bool *out) {
    if (!c->version &&
        sqlite3_prepare_v3(c->db, "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT, &c->version, NULL) != SQLITE_OK)
        return FAULT_STORE;
    bool row = sqlite3_step(c->version) == SQLITE_ROW;
    int64_t now = row ? sqlite3_column_int64(c->version, 0) : 0;
    sqlite3_reset(c->version);
    if (!row) return FAULT_STORE;
    *out = now != c->version_seen;
    c->version_seen = now;
    return FAULT_NONE;
}

static enum fault sqlite_copy(const char *path, const char *to) {
    sqlite3 *from = NULL, *copy = NULL;
    int code = sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(from, 10000);
    sqlite3_backup *run = code == SQLITE_OK ? sqlite3_backup_init(copy, "main", from, "main") : NULL;
    if (run) {
        /* All pages in one step: one snapshot, and a writer never makes it begin again; in WAL mode nobody waits meanwhile. */
        code = sqlite3_backup_step(run, -1);
        int ended = sqlite3_backup_finish(run);
        if (code == SQLITE_DONE) code = ended;
    } else if (code == SQLITE_OK) {
        code = sqlite3_errcode(copy);
    }
    if (code != SQLITE_OK) log_line(LOG_ERROR_, "sqlite.copy", "error", sqlite3_errstr(code));
    sqlite3_close(copy);
    sqlite3_close(from);
    return map_error(code);
}

static const char *sqlite_error(struct driver_conn *c) { return sqlite3_errmsg(c->db); }

static enum fault sqlite_prepare(struct driver_conn *c, const char *sql, struct driver_stmt **out) {
    sqlite3_stmt *s = NULL;
    /* REPLACE deletes rows without asking the authorizer, so it is refused by its words. */
    if (!strncasecmp(sql, "REPLACE", 7) || strcasestr(sql, "OR REPLACE")) return FAULT_RIGHT;
    int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
    if (code != SQLITE_OK) {
        log_line(LOG_ERROR_, "sqlite", "sql", sql, "error", sqlite3_errmsg(c->db));
        return (code & 0xff) == SQLITE_AUTH ? FAULT_RIGHT : map_error(code);
    }
    *out = (struct driver_stmt *)s;
    return FAULT_NONE;
}

static void sqlite_finalize(struct driver_stmt *s) { sqlite3_finalize(raw(s)); }

static void sqlite_reset(struct driver_stmt *s) { sqlite3_reset(raw(s)); }

static enum fault sqlite_bind_int(struct driver_stmt *s, int at, int64_t v) { return map_error(sqlite3_bind_int64(raw(s), at, v)); }

static enum fault sqlite_bind_bytes(struct driver_stmt *s, int at, enum store_type type, const void *value, size_t length) {
    if (length > 1 << 30) return FAULT_LARGE;
    return map_error(type == STORE_BLOB ? sqlite3_bind_blob(raw(s), at, length ? value : "", (int)length, SQLITE_STATIC)
                                        : sqlite3_bind_text(raw(s), at, value, (int)length, SQLITE_STATIC));
}

static enum fault sqlite_bind_null(struct driver_stmt *s, int at) { return map_error(sqlite3_bind_null(raw(s), at)); }

static enum fault sqlite_step(struct driver_stmt *s, bool *row) {
    int code = sqlite3_step(raw(s));
    enum fault f = map_error(code);
    if (f && f != FAULT_CONFLICT && f != FAULT_BUSY)
        log_line(LOG_ERROR_, "sqlite", "sql", sqlite3_sql(raw(s)), "error", sqlite3_errmsg(sqlite3_db_handle(raw(s))));
    if (!f) *row = code == SQLITE_ROW;
    return f;
}

static int64_t sqlite_column_int(struct driver_stmt *s, int at) { return sqlite3_column_int64(raw(s), at); }
static const char *sqlite_column_text(struct driver_stmt *s, int at) { return (const char *)sqlite3_column_text(raw(s), at); }
static const void *sqlite_column_blob(struct driver_stmt *s, int at, size_t *length) {
    const void *p = sqlite3_column_blob(raw(s), at);
    *length = (size_t)sqlite3_column_bytes(raw(s), at);
    return p;
}
static bool sqlite_column_null(struct driver_stmt *s, int at) { return sqlite3_column_type(raw(s), at) == SQLITE_NULL; }
static int sqlite_columns(struct driver_stmt *s) { return sqlite3_column_count(raw(s)); }

static void sqlite_limit(struct driver_conn *c, int64_t limit_ms) { c->until_ms = limit_ms ? monotonic_ms() + limit_ms : 0; }

static const char *type_word(enum store_type type) { return type == STORE_INT ? "INTEGER" : type == STORE_TEXT ? "TEXT" : "BLOB"; }

static void sqlite_table_ddl(const struct store_table *t, struct text *out) {
    text_format(out, "CREATE TABLE IF NOT EXISTS \"%s\" (", t->name);
    for (size_t i = 0; i < t->column_count; i++)
        text_format(out, "\"%s\" %s%s, ", t->columns[i].name, type_word(t->columns[i].type),
                    t->columns[i].required ? " NOT NULL" : "");
    text_format(out, "PRIMARY KEY (%s)) STRICT%s;\n", t->key, t->clustered ? ", WITHOUT ROWID" : "");
    for (size_t i = 0; t->indexes && t->indexes[i]; i++) {
        char name[INDEX_NAME];
        index_name(t, i, name);
        text_format(out, "CREATE INDEX IF NOT EXISTS \"%s\" ON \"%s\" (%s);\n", name, t->name, t->indexes[i]);
    }
}

static void sqlite_column_ddl(const struct store_table *t, const struct store_column *column, struct text *out) {
    text_format(out, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", t->name, column->name, type_word(column->type));
}

static enum fault sqlite_has_column(struct driver_conn *c, const char *table, const char *column, bool *out) {
    int code = sqlite3_table_column_metadata(c->db, "main", table, column, NULL, NULL, NULL, NULL, NULL);
    *out = code == SQLITE_OK;
    return FAULT_NONE;
}

/* Words come already cut into bigrams and separated by spaces (search.c), so that both databases index the same terms. */
static const char *const search_ddl[] = {
    "CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')",
    /* More segments side by side, less merging while clients wait; written once, so that opening changes nothing. */
    "INSERT INTO search(search, rank) SELECT 'automerge', 16 WHERE NOT EXISTS (SELECT 1 FROM search_config WHERE k = 'automerge')",
    NULL};

const struct store_driver sqlite_driver = {
    .name = "sqlite",
    .open = sqlite_open_,
    .close = sqlite_close_,
    .error = sqlite_error,
    .run = sqlite_run,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .reset = sqlite_reset,
    .bind_int = sqlite_bind_int,
    .bind_bytes = sqlite_bind_bytes,
    .bind_null = sqlite_bind_null,
    .step = sqlite_step,
    .column_int = sqlite_column_int,
    .column_text = sqlite_column_text,
    .column_blob = sqlite_column_blob,
    .column_null = sqlite_column_null,
    .columns = sqlite_columns,
    .spilled = sqlite_spilled,
    .others_wrote = sqlite_others_wrote,
    .copy = sqlite_copy,
    .limit = sqlite_limit,
    .table_ddl = sqlite_table_ddl,
    .column_ddl = sqlite_column_ddl,
    .has_column = sqlite_has_column,
    .search_ddl = search_ddl,
    .search_insert = "INSERT INTO search(rowid, words) VALUES (?1, ?2)",
    .search_delete = "INSERT INTO search(search, rowid, words) VALUES ('delete', ?1, ?2)",
    .search_clear = "INSERT INTO search(search) VALUES ('delete-all')",
    .veil = "+",
    .search_match = {"search MATCH ", ""},
};
