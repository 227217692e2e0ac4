/* tally.c - how many records each register has, by unit and state, so that a million are counted as fast as ten; and the last change of who may do
 * what. */
#include "register/inside.h"

#include <string.h>

static const struct store_column tally_columns[] = {{"tenant", STORE_INT, true},
                                                    {"register", STORE_TEXT, true},
                                                    {"unit", STORE_BLOB, true}, /* no bytes: of no unit */
                                                    {"state", STORE_TEXT, true},
                                                    {"records", STORE_INT, true}};
const struct store_table tally_table = {
    "tally", TABLE_PROJECTION, tally_columns, COUNT_OF(tally_columns), "tenant, register, unit, state", NULL, true};

static const struct store_column access_columns[] = {{"tenant", STORE_INT, true}, {"position", STORE_INT, true}};
const struct store_table access_table = {
    "access_change", TABLE_PROJECTION, access_columns, COUNT_OF(access_columns), "tenant", NULL, true};

enum fault access_project(struct conn *into, const struct reg *reg, int64_t position) {
    if (!reg->access) return FAULT_NONE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(into, "INSERT INTO access_change VALUES (?1, ?2) ON CONFLICT (tenant) DO UPDATE SET position = ?2",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, position);
    return stmt_run(s);
}

enum fault registers_access_position(struct conn *conn, int64_t *out) {
    *out = -1;
    return conn_ask_int(conn, "SELECT position FROM access_change WHERE tenant = ?1", TENANT, out);
}

static enum fault tally_add(struct conn *into, const struct reg *reg, const struct version *v, int by) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(into,
                             "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant, register, unit, state) "
                             "DO UPDATE SET records = tally.records + ?5",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, reg->key);
    stmt_bind_blob(s, 3, v->unit.bytes, v->has_unit ? ID_BYTES : 0);
    stmt_bind_text(s, 4, v->state ? v->state : "");
    stmt_bind_int(s, 5, by);
    return stmt_run(s);
}

enum fault tally_project(struct conn *into, const struct reg *reg, const struct version *before, const struct version *after) {
    bool was = before && !before->withdrawn, is = !after->withdrawn;
    const char *old = before && before->state ? before->state : "", *new = after->state ? after->state : "";
    if (was && is && !strcmp(old, new)) return FAULT_NONE;
    enum fault f = was ? tally_add(into, reg, before, -1) : FAULT_NONE;
    return f || !is ? f : tally_add(into, reg, after, 1);
}

enum fault tally_count(struct conn *conn, const struct reg *reg, const struct id *units, size_t unit_count, bool unfinished,
                       int64_t *out) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = 3;
    text_add(&sql, "SELECT sum(records) FROM tally WHERE tenant = ?1 AND register = ?2");
    if (units) text_add(&sql, " AND unit IN (");
    for (size_t i = 0; units && i < unit_count; i++) text_format(&sql, i ? ", ?%d" : "?%d", next++);
    if (units) text_addc(&sql, ')');
    int states = next;
    if (unfinished) text_add(&sql, " AND state IN (");
    for (size_t i = 0; unfinished && i < reg->state_count; i++)
        if (!reg->states[i].final) text_format(&sql, next > states ? ", ?%d" : "?%d", next), next++;
    if (unfinished) text_add(&sql, next > states ? ")" : "NULL)");
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, reg->key);
    for (size_t i = 0; units && i < unit_count; i++) stmt_bind_id(s, 3 + (int)i, &units[i]);
    for (size_t i = 0; unfinished && i < reg->state_count; i++)
        if (!reg->states[i].final) stmt_bind_text(s, states++, reg->states[i].key);
    bool row;
    f = stmt_step(s, &row);
    if (!f) *out = row ? stmt_int(s, 0) : 0;
    return f;
}
