/* refusal.c - what was refused to whom: kept for the audit, newest first, bounded in number. */
#include "access/inside.h"

#include "base/id.h"

static enum fault run_note(struct conn *conn, void *argument) {
    const struct refusal *r = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    struct id id = id_make(r->at_ms);
    enum fault f = stmt_open(
        conn,
        "INSERT INTO refusal (tenant, id, at_ms, person, address, method, path, what) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &id);
    stmt_bind_int(s, 3, r->at_ms);
    stmt_bind_id(s, 4, id_is_zero(&r->person) ? NULL : &r->person);
    stmt_bind_text(s, 5, r->address);
    stmt_bind_text(s, 6, r->method);
    stmt_bind_text(s, 7, r->path);
    stmt_bind_text(s, 8, r->what);
    return stmt_run(s);
}

enum fault refusal_note(struct store *store, const struct refusal *refusal) {
    struct refusal copy = *refusal;
    return store_work(store, run_note, &copy);
}

enum fault refusals_list(struct conn *conn, const struct id *before, int limit, refusal_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        before ? "SELECT id, at_ms, person, address, method, path, what FROM refusal WHERE tenant = ?1 AND id < ?3 ORDER BY id "
                 "DESC LIMIT ?2"
               : "SELECT id, at_ms, person, address, method, path, what FROM refusal WHERE tenant = ?1 ORDER BY id DESC LIMIT ?2",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, limit);
    if (before) stmt_bind_id(s, 3, before);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct refusal r = {.at_ms = stmt_int(s, 1),
                            .address = stmt_text(s, 3),
                            .method = stmt_text(s, 4),
                            .path = stmt_text(s, 5),
                            .what = stmt_text(s, 6)};
        (void)stmt_id(s, 0, &r.id);
        (void)stmt_id(s, 2, &r.person);
        f = each(context, &r);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* All but the newest REFUSALS_KEPT. */
static enum fault run_sweep(struct conn *conn, void *argument) {
    (void)argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "DELETE FROM refusal WHERE tenant = ?1 AND id < (SELECT id FROM refusal WHERE tenant = ?1 ORDER BY id "
                             "DESC LIMIT 1 OFFSET ?2)",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, REFUSALS_KEPT);
    return stmt_run(s);
}

enum fault refusals_sweep(struct store *store) { return store_work(store, run_sweep, NULL); }
