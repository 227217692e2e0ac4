/* postgres.c - the PostgreSQL driver: ?1 parameters renumbered, statements prepared once, the writer's lease, and error mapping. */
#include "store/inside.h"

#include "base/log.h"

#include <assert.h>
#include <ctype.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARAMETERS_MAX = 600, BYTEA = 17, INT_ROOM = 24, LEASE_KEY = 0x7a686e67 };

struct driver_conn {
    PGconn *pg;
    write_guard guard;
    void *context;
    bool writer, leased;
    unsigned names;      /* of prepared statements given out */
    unsigned generation; /* counts reconnections: what was prepared before is gone */
    int64_t epoch;       /* of the writer's lease */
    int64_t limit_ms, limit_set_ms;
};

enum statement_kind { KIND_PLAIN, KIND_PREPARED };

/* One bound parameter. Texts and blobs are the caller's, as the store's interface says. */
struct parameter {
    const char *value;
    int length, binary;
    char digits[INT_ROOM];
};

struct driver_stmt {
    struct driver_conn *conn;
    enum statement_kind kind;
    char *sql; /* as PostgreSQL reads it */
    char name[24];
    bool prepared;
    unsigned generation;
    int count;                  /* parameters of ours */
    short ours[PARAMETERS_MAX]; /* ?N → our number, 0 if the statement has no such parameter */
    struct parameter *parameters;
    PGresult *result;
    int row, rows, columns;
    unsigned char **blobs; /* decoded, by column */
};

static enum fault map_state(const char *state) {
    if (!state) return FAULT_STORE;
    if (!strncmp(state, "23", 2)) return FAULT_CONFLICT;
    if (!strcmp(state, "57014") || !strncmp(state, "40", 2) || !strcmp(state, "55P03")) return FAULT_BUSY;
    if (!strcmp(state, "25006") || !strncmp(state, "42501", 5)) return FAULT_RIGHT;
    if (!strncmp(state, "54", 2) || !strcmp(state, "22001")) return FAULT_LARGE;
    if (!strcmp(state, "53200")) return FAULT_SYSTEM;
    return FAULT_STORE;
}

static const char *pg_error(struct driver_conn *c) { return PQerrorMessage(c->pg); }

static enum fault result_fault(struct driver_conn *c, const PGresult *r, const char *sql) {
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) return FAULT_NONE;
    enum fault f = map_state(PQresultErrorField(r, PG_DIAG_SQLSTATE));
    c->limit_set_ms = -1; /* a limit that was set in what is undone now is no longer set */
    if (f != FAULT_CONFLICT && f != FAULT_BUSY) log_line(LOG_ERROR_, "postgres", "sql", sql, "error", pg_error(c));
    return f;
}

static enum fault plain(struct driver_conn *c, const char *sql) {
    PGresult *r = PQexec(c->pg, sql);
    enum fault f = result_fault(c, r, sql);
    PQclear(r);
    return f;
}

/* ---- connections and the writer's lease ---- */

static void ignore_notice(void *context, const PGresult *r) { (void)context, (void)r; }

/* The lock ends with the connection. */
static enum fault lease_lock(struct driver_conn *c) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT pg_try_advisory_lock(%d, hashtext(current_schema()))", LEASE_KEY);
    PGresult *r = PQexec(c->pg, sql);
    bool locked = PQresultStatus(r) == PGRES_TUPLES_OK && PQgetvalue(r, 0, 0)[0] == 't';
    PQclear(r);
    return locked ? FAULT_NONE : FAULT_BUSY;
}

/* One writer of changes in all: a lock, and a number that each group checks, so that one who lost its connection and the lock with it finds out whether
 * another wrote meanwhile. */
static enum fault pg_lease(struct driver_conn *c, bool *taken) {
    *taken = false;
    if (c->leased) return FAULT_NONE;
    enum fault f = lease_lock(c);
    if (f) return f;
    PGresult *r = PQexec(
        c->pg,
        "INSERT INTO writer_lease VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET epoch = writer_lease.epoch + 1 RETURNING epoch");
    f = result_fault(c, r, "writer_lease");
    if (!f) c->epoch = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    c->leased = *taken = !f;
    PQclear(r);
    return f;
}

static enum fault set_up(struct driver_conn *c) {
    PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
    enum fault f = plain(
        c, "SET client_encoding TO 'UTF8'; SET standard_conforming_strings TO on; SET bytea_output TO 'hex'; SET datestyle TO ISO");
    if (!f && c->writer) f = plain(c, "CREATE TABLE IF NOT EXISTS writer_lease (one bigint PRIMARY KEY, epoch bigint NOT NULL)");
    return !f && c->leased ? lease_lock(c) : f; /* again, after a lost connection */
}

static void pg_close(struct driver_conn *c) {
    if (!c) return;
    PQfinish(c->pg);
    memory_release(&c);
}

static enum fault pg_open(const char *path, bool create, bool writer, write_guard guard, void *context, struct driver_conn **out) {
    struct driver_conn *c = memory_new(sizeof *c);
    c->guard = guard;
    c->context = context;
    c->writer = writer;
    c->pg = PQconnectdb(path);
    enum fault f = PQstatus(c->pg) == CONNECTION_OK ? FAULT_NONE : FAULT_ABSENT;
    if (f) log_line(LOG_ERROR_, "postgres", "error", pg_error(c));
    else f = set_up(c);
    (void)create; /* the database itself is made by its administrator */
    if (f) {
        pg_close(c);
        return f;
    }
    *out = c;
    return FAULT_NONE;
}

static enum fault reconnect(struct driver_conn *c) {
    log_line(LOG_WARN_, "postgres.reconnect", "error", pg_error(c));
    PQreset(c->pg);
    if (PQstatus(c->pg) != CONNECTION_OK) return FAULT_STORE;
    c->generation++;
    c->limit_set_ms = 0;
    return set_up(c);
}

static enum fault pg_run(struct driver_conn *c, const char *sql) {
    if (!c->guard(c->context, "", WRITE_INSERT)) return FAULT_RIGHT;
    return plain(c, sql);
}

/* ---- statements ---- */

/* The word that s begins with, in small letters, and what follows it. */
static const char *word(const char *s, char out[64]) {
    size_t n = 0;
    while (isspace((unsigned char)*s) || *s == '"') s++;
    for (; (isalnum((unsigned char)*s) || *s == '_') && n < 63; s++) out[n++] = (char)tolower((unsigned char)*s);
    out[n] = 0;
    return s;
}

/* What SQLite's authorizer asks, asked here: may the statement write that table now? All else that is not reading is for the schema only. */
static enum fault permit(struct driver_conn *c, const char *sql, enum statement_kind *kind) {
    static const char *const free_words[] = {"begin", "commit", "rollback", "savepoint", "release"};
    char first[64], second[64], table[64];
    const char *rest = word(sql, first);
    *kind = KIND_PREPARED;
    if (!strcmp(first, "select") || !strcmp(first, "with")) return FAULT_NONE;
    bool insert = !strcmp(first, "insert"), deletes = !strcmp(first, "delete"), update = !strcmp(first, "update");
    if (insert || deletes || update) {
        if (!update) rest = word(rest, second);
        (void)word(rest, table);
        return c->guard(c->context, table,
                        insert    ? WRITE_INSERT
                        : deletes ? WRITE_DELETE
                                  : WRITE_UPDATE)
                 ? FAULT_NONE
                 : FAULT_RIGHT;
    }
    *kind = KIND_PLAIN;
    for (size_t i = 0; i < sizeof free_words / sizeof *free_words; i++)
        if (!strcmp(first, free_words[i])) return FAULT_NONE;
    return c->guard(c->context, "", WRITE_INSERT) ? FAULT_NONE : FAULT_RIGHT;
}

/* ?N outside quotes becomes $K, K counting the parameters in the order they come in. */
static enum fault renumber(struct driver_stmt *s, const char *sql) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 1 << 20);
    char quote = 0;
    for (const char *p = sql; *p;) {
        if (quote || *p != '?') {
            if (quote ? *p == quote : *p == '\'' || *p == '"') quote = quote ? 0 : *p;
            text_addc(&out, *p++);
            continue;
        }
        char *end;
        long n = strtol(p + 1, &end, 10);
        if (end == p + 1 || n < 1 || n >= PARAMETERS_MAX) return FAULT_STORE;
        if (!s->ours[n]) s->ours[n] = (short)++s->count;
        text_format(&out, "$%d", s->ours[n]);
        p = end;
    }
    if (out.over) return FAULT_LARGE;
    s->sql = out.at;
    out.at = NULL;
    return FAULT_NONE;
}

static void pg_finalize(struct driver_stmt *s);

static enum fault pg_prepare(struct driver_conn *c, const char *sql, struct driver_stmt **out) {
    enum statement_kind kind;
    enum fault f = permit(c, sql, &kind);
    if (f) return f;
    struct driver_stmt *s = memory_new(sizeof *s);
    s->conn = c;
    s->kind = kind;
    if (!strcmp(sql, "BEGIN IMMEDIATE")) sql = "BEGIN";
    else if (!strcmp(sql, "BEGIN")) sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    snprintf(s->name, sizeof s->name, "s%u", c->names++);
    f = renumber(s, sql);
    if (f) {
        pg_finalize(s);
        return f;
    }
    s->parameters = memory_new((size_t)s->count * sizeof *s->parameters + 1);
    *out = s;
    return FAULT_NONE;
}

static void pg_reset(struct driver_stmt *s) {
    for (int i = 0; s->blobs && i < s->columns; i++) PQfreemem(s->blobs[i]);
    memory_release(&s->blobs);
    PQclear(s->result);
    s->result = NULL;
}

static void pg_finalize(struct driver_stmt *s) {
    if (!s) return;
    pg_reset(s);
    if (s->prepared && s->generation == s->conn->generation && PQtransactionStatus(s->conn->pg) != PQTRANS_INERROR) {
        char sql[40];
        snprintf(sql, sizeof sql, "DEALLOCATE %s", s->name);
        PQclear(PQexec(s->conn->pg, sql));
    }
    memory_release(&s->sql);
    memory_release(&s->parameters);
    memory_release(&s);
}

static struct parameter *parameter_of(struct driver_stmt *s, int at) {
    return at > 0 && at < PARAMETERS_MAX && s->ours[at] ? &s->parameters[s->ours[at] - 1] : NULL;
}

static enum fault pg_bind_int(struct driver_stmt *s, int at, int64_t value) {
    struct parameter *p = parameter_of(s, at);
    if (!p) return FAULT_NONE;
    snprintf(p->digits, sizeof p->digits, "%lld", (long long)value);
    p->value = p->digits;
    p->length = p->binary = 0;
    return FAULT_NONE;
}

static enum fault pg_bind_bytes(struct driver_stmt *s, int at, enum store_type type, const void *value, size_t length) {
    struct parameter *p = parameter_of(s, at);
    if (length > 1 << 30) return FAULT_LARGE;
    if (!p) return FAULT_NONE;
    p->value = value ? value : "";
    p->length = (int)length; /* both go in binary: PostgreSQL's binary form of text is its bytes */
    p->binary = 1;
    (void)type;
    return FAULT_NONE;
}

static enum fault pg_bind_null(struct driver_stmt *s, int at) {
    struct parameter *p = parameter_of(s, at);
    if (p) p->value = NULL;
    return FAULT_NONE;
}

/* The time limit is sent before the next statement, and only where it has changed. */
static enum fault apply_limit(struct driver_conn *c) {
    if (c->limit_ms == c->limit_set_ms) return FAULT_NONE;
    char sql[64];
    snprintf(sql, sizeof sql, "SET statement_timeout TO %lld", (long long)c->limit_ms);
    enum fault f = plain(c, sql);
    if (!f) c->limit_set_ms = c->limit_ms;
    return f;
}

static enum fault execute(struct driver_stmt *s) {
    struct driver_conn *c = s->conn;
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    enum fault f = apply_limit(c);
    if (f) return f;
    if (!s->prepared || s->generation != c->generation) {
        PGresult *r = PQprepare(c->pg, s->name, s->sql, 0, NULL);
        f = result_fault(c, r, s->sql);
        PQclear(r);
        if (f) return f;
        s->prepared = true;
        s->generation = c->generation;
    }
    for (int i = 0; i < s->count; i++) {
        values[i] = s->parameters[i].value;
        lengths[i] = s->parameters[i].length;
        formats[i] = s->parameters[i].binary;
    }
    s->result = PQexecPrepared(c->pg, s->name, s->count, values, lengths, formats, 0);
    return result_fault(c, s->result, s->sql);
}

/* BEGIN of the writer holds its lease for the group; a lost connection is made again before it. */
static enum fault begin(struct driver_stmt *s) {
    struct driver_conn *c = s->conn;
    bool lost = PQstatus(c->pg) != CONNECTION_OK;
    enum fault f = lost ? reconnect(c) : plain(c, s->sql);
    if (!f && lost) f = plain(c, s->sql);
    else if (f && PQstatus(c->pg) != CONNECTION_OK && !reconnect(c)) f = plain(c, s->sql);
    if (f || !c->leased) return f;
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT 1 FROM writer_lease WHERE epoch = %lld FOR UPDATE", (long long)c->epoch);
    PGresult *r = PQexec(c->pg, sql);
    f = result_fault(c, r, sql);
    if (!f && PQntuples(r) != 1) f = FAULT_BUSY; /* another server has written since */
    PQclear(r);
    return f;
}

static enum fault run_plain_statement(struct driver_stmt *s) {
    if (!strncmp(s->sql, "BEGIN", 5)) return begin(s);
    bool commit = !strcmp(s->sql, "COMMIT");
    PGresult *r = PQexec(s->conn->pg, s->sql);
    enum fault f = result_fault(s->conn, r, s->sql);
    if (!f && commit && s->conn->writer && strcmp(PQcmdStatus(r), "COMMIT"))
        f = FAULT_STORE; /* an aborted transaction ends as ROLLBACK */
    PQclear(r);
    return f;
}

static enum fault pg_step(struct driver_stmt *s, bool *row) {
    if (s->kind == KIND_PLAIN) {
        *row = false;
        return run_plain_statement(s);
    }
    if (!s->result) {
        enum fault f = execute(s);
        if (f) {
            pg_reset(s);
            return f;
        }
        s->row = -1;
        s->rows = PQntuples(s->result);
        s->columns = PQnfields(s->result);
        s->blobs = memory_new((size_t)s->columns * sizeof *s->blobs + 1);
    }
    for (int i = 0; i < s->columns; i++) {
        PQfreemem(s->blobs[i]);
        s->blobs[i] = NULL;
    }
    *row = ++s->row < s->rows;
    return FAULT_NONE;
}

/* ---- columns ---- */

static bool pg_null(struct driver_stmt *s, int at) { return PQgetisnull(s->result, s->row, at); }

static int64_t pg_int(struct driver_stmt *s, int at) {
    const char *text = PQgetvalue(s->result, s->row, at);
    if (text[0] == 't' || text[0] == 'f') return text[0] == 't'; /* a condition */
    return strtoll(text, NULL, 10);
}

static const char *pg_text(struct driver_stmt *s, int at) { return pg_null(s, at) ? NULL : PQgetvalue(s->result, s->row, at); }

static const void *pg_blob(struct driver_stmt *s, int at, size_t *length) {
    *length = 0;
    if (pg_null(s, at)) return NULL;
    if (PQftype(s->result, at) != BYTEA) {
        *length = (size_t)PQgetlength(s->result, s->row, at);
        return PQgetvalue(s->result, s->row, at);
    }
    PQfreemem(s->blobs[at]);
    s->blobs[at] = PQunescapeBytea((const unsigned char *)PQgetvalue(s->result, s->row, at), length);
    return s->blobs[at];
}

static int pg_columns(struct driver_stmt *s) { return s->result ? s->columns : 0; }

static void pg_limit(struct driver_conn *c, int64_t limit_ms) { c->limit_ms = limit_ms; }

/* ---- schema ---- */

static const char *type_word(enum store_type type) {
    return type == STORE_INT ? "bigint" : type == STORE_TEXT ? "text COLLATE \"C\"" : "bytea";
}

static void pg_table_ddl(const struct store_table *t, struct text *out) {
    text_format(out, "CREATE TABLE IF NOT EXISTS \"%s\" (", t->name);
    for (size_t i = 0; i < t->column_count; i++)
        text_format(out, "\"%s\" %s%s, ", t->columns[i].name, type_word(t->columns[i].type),
                    t->columns[i].required ? " NOT NULL" : "");
    text_format(out, "PRIMARY KEY (%s));\n", t->key);
    for (size_t i = 0; t->indexes && t->indexes[i]; i++) {
        char name[INDEX_NAME];
        index_name(t, i, name);
        text_format(out, "CREATE INDEX IF NOT EXISTS \"%s\" ON \"%s\" (%s);\n", name, t->name, t->indexes[i]);
    }
}

static void pg_column_ddl(const struct store_table *t, const struct store_column *column, struct text *out) {
    text_format(out, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", t->name, column->name, type_word(column->type));
}

static enum fault pg_has_column(struct driver_conn *c, const char *table, const char *column, bool *out) {
    const char *const values[] = {table, column};
    PGresult *r = PQexecParams(
        c->pg,
        "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2",
        2, NULL, values, NULL, NULL, 0);
    enum fault f = result_fault(c, r, "information_schema.columns");
    if (!f) *out = PQntuples(r) > 0;
    PQclear(r);
    return f;
}

/* The same terms as SQLite's index has, each once; instr() is what the filters call it. */
static const char *const search_ddl[] = {
    "CREATE TABLE IF NOT EXISTS search (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words)",
    "CREATE OR REPLACE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE "
    "AS 'SELECT strpos($1, $2)'",
    NULL};

const struct store_driver postgres_driver = {
    .name = "postgresql",
    .open = pg_open,
    .close = pg_close,
    .error = pg_error,
    .run = pg_run,
    .prepare = pg_prepare,
    .finalize = pg_finalize,
    .reset = pg_reset,
    .bind_int = pg_bind_int,
    .bind_bytes = pg_bind_bytes,
    .bind_null = pg_bind_null,
    .step = pg_step,
    .column_int = pg_int,
    .column_text = pg_text,
    .column_blob = pg_blob,
    .column_null = pg_null,
    .columns = pg_columns,
    .lease = pg_lease,
    .limit = pg_limit,
    .table_ddl = pg_table_ddl,
    .column_ddl = pg_column_ddl,
    .has_column = pg_has_column,
    .search_ddl = search_ddl,
    .search_insert = "INSERT INTO search (rowid, words) VALUES (?1, array_to_tsvector(array_remove(string_to_array(?2, ' '), '')))",
    .search_delete = "DELETE FROM search WHERE rowid = ?1 AND ?2 <> ''",
    .search_clear = "DELETE FROM search",
    .search_match = {"s.words @@ replace(replace(", "::text, '\" \"', '\" & \"'), '\"', '''')::tsquery"},
};
