/* fixture.h - a scratch store with the projections that access reads, and short ways to fill them. */
#ifndef TESTS_ACCESS_FIXTURE_H
#define TESTS_ACCESS_FIXTURE_H

#include "access/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/postgres/scratch.h"

#define SYSTEM                                                                                                                     \
    {"tenant", STORE_INT, true}, {"id", STORE_BLOB, true}, {"unit", STORE_BLOB, false}, {"state", STORE_TEXT, false},              \
        {"effective", STORE_TEXT, true}, {"position", STORE_INT, true}, {"made", STORE_INT, true}, {"entered", STORE_INT, true},   \
        {"late", STORE_INT, true}, {                                                                                               \
        "withdrawn", STORE_INT, true                                                                                               \
    }
#define TEXT_FIELD(key)                                                                                                            \
    { "f_" key, STORE_TEXT, false }
#define REF_FIELD(key)                                                                                                             \
    { "f_" key, STORE_BLOB, false }

static const struct store_column person_columns[] = {SYSTEM, TEXT_FIELD("name"), TEXT_FIELD("login"), REF_FIELD("unit")};
static const struct store_column unit_columns[] = {SYSTEM, TEXT_FIELD("name"), REF_FIELD("parent")};
static const struct store_column role_columns[] = {
    SYSTEM, TEXT_FIELD("name"), TEXT_FIELD("rights"), {"f_second", STORE_INT, false}};
static const struct store_column reset_columns[] = {SYSTEM, REF_FIELD("person"), TEXT_FIELD("reason")};
static const struct store_column grant_columns[] = {
    SYSTEM, REF_FIELD("person"), REF_FIELD("role"), REF_FIELD("unit"), TEXT_FIELD("since"), TEXT_FIELD("until")};
static const char *const person_indexes[] = {"tenant, f_login", NULL}, *const unit_indexes[] = {"tenant, f_parent", NULL},
                         *const grant_indexes[] = {"tenant, f_person", NULL};
static const struct store_table projections[] = {
    {"r_person", TABLE_PROJECTION, person_columns, COUNT_OF(person_columns), "tenant, id", person_indexes, false},
    {"r_unit", TABLE_PROJECTION, unit_columns, COUNT_OF(unit_columns), "tenant, id", unit_indexes, false},
    {"r_role", TABLE_PROJECTION, role_columns, COUNT_OF(role_columns), "tenant, id", NULL, false},
    {"r_grant", TABLE_PROJECTION, grant_columns, COUNT_OF(grant_columns), "tenant, id", grant_indexes, false},
    {"r_second_reset", TABLE_PROJECTION, reset_columns, COUNT_OF(reset_columns), "tenant, id", NULL, false},
};

/* Ids that tests can write down: all bytes n. 0 is no id. */
static inline struct id id_of(int n) {
    struct id id;
    memset(id.bytes, n, sizeof id.bytes);
    return id;
}

struct fill {
    const char *sql;
    struct id ids[4];     /* ?1 … ?4; zero binds null */
    const char *texts[3]; /* ?5 … ?7 */
};

static enum fault fill_job(struct conn *conn, void *argument) {
    const struct fill *fill = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, fill->sql, &s);
    if (f) return f;
    for (int i = 0; i < 7; i++) {
        char mark[3] = {'?', (char)('1' + i), 0};
        if (!strstr(fill->sql, mark)) continue;
        if (i < 4) stmt_bind_id(s, 1 + i, id_is_zero(&fill->ids[i]) ? NULL : &fill->ids[i]);
        else stmt_bind_text(s, 1 + i, fill->texts[i - 4]);
    }
    return stmt_run(s);
}

static inline void put(struct store *store, struct fill fill) {
    assert_int_equal(store_change(store, fill_job, &fill), FAULT_NONE);
}

#define ROW(table, columns, state, values)                                                                                         \
    "INSERT INTO " table " (tenant, id, state, effective, position, made, entered, late, withdrawn, " columns                      \
    ") VALUES (1, ?1, " state ", '2019-01-01', 0, 0, 0, 0, 0, " values ")"

static inline void put_unit(struct store *store, int id, int parent) {
    put(store, (struct fill){ROW("r_unit", "f_name, f_parent", "'active'", "'unit', ?2"), {id_of(id), id_of(parent)}, {0}});
}
static inline void put_person(struct store *store, int id, int unit, const char *login) {
    put(store,
        (struct fill){ROW("r_person", "f_name, f_unit, f_login", "'active'", "'张三', ?2, ?5"), {id_of(id), id_of(unit)}, {login}});
}
static inline void put_role(struct store *store, int id, const char *rights) {
    put(store, (struct fill){ROW("r_role", "f_name, f_rights", "NULL", "'role', ?5"), {id_of(id)}, {rights}});
}
static inline void put_grant(struct store *store, int id, int person, int role, int unit, const char *since, const char *until) {
    put(store, (struct fill){ROW("r_grant", "f_person, f_role, f_unit, f_since, f_until", "NULL", "?2, ?3, ?4, ?5, ?6"),
                             {id_of(id), id_of(person), id_of(role), id_of(unit)},
                             {since, until}});
}
/* A reset entered at this position of the journal. */
static inline void put_reset(struct store *store, int id, int person, const char *position) {
    char sql[400];
    snprintf(sql, sizeof sql,
             "INSERT INTO r_second_reset (tenant, id, effective, position, made, entered, late, withdrawn, f_person, f_reason) "
             "VALUES (1, ?1, '2019-05-01', %s, %s, 1556668800001, 0, 0, ?2, '手机丢了')",
             position, position);
    put(store, (struct fill){sql, {id_of(id), id_of(person)}, {0}});
}
static enum fault sql_job(struct conn *conn, void *sql) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql, &s);
    return f ? f : stmt_run(s);
}
static inline void run_sql(struct store *store, const char *sql) {
    char text[200];
    snprintf(text, sizeof text, "%s", sql);
    assert_int_equal(store_change(store, sql_job, text), FAULT_NONE);
}

static inline int make_store(void **state) {
    static struct store *store;
    size_t count;
    const struct store_table *tables = access_tables(&count);
    password_set_cost((struct password_cost){crypto_pwhash_OPSLIMIT_MIN, 64 << 10});
    char path[600] = "";
    if (on_postgres()) scratch_path(path, sizeof path);
    assert_int_equal(path[0] ? store_open(path, true, NULL, &store) : store_open_scratch(&store), FAULT_NONE);
    assert_int_equal(store_declare(store, projections, COUNT_OF(projections), NULL), FAULT_NONE);
    assert_int_equal(store_declare(store, tables, count, NULL), FAULT_NONE);
    *state = store;
    return 0;
}

/* Where tests sign in from. */
static const struct signin_from desk = {
    "192.0.2.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"};

static inline int close_store(void **state) {
    store_close(*state);
    return 0;
}

static inline int64_t count_rows(struct store *store, const char *sql) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    int64_t n = -1;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(conn_ask_int(c, sql, TENANT, &n), FAULT_NONE);
    return n;
}

#endif
