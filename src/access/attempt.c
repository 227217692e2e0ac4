/* attempt.c - what came of tries to sign in, and of changes to how one signs in: kept for the person and the audit, newest first, bounded. */
#include "access/inside.h"

#include <string.h>

static const char *const words[] = {
    [ATTEMPT_SIGNED_IN] = "signed_in",       [ATTEMPT_SIGNED_IN_SECOND] = "signed_in_second",
    [ATTEMPT_RECOVERY] = "recovery",         [ATTEMPT_WRONG_PASSWORD] = "wrong_password",
    [ATTEMPT_WRONG_CODE] = "wrong_code",     [ATTEMPT_PASSWORD_CHANGED] = "password_changed",
    [ATTEMPT_SECOND_ON] = "second_on",       [ATTEMPT_SECOND_OFF] = "second_off",
    [ATTEMPT_SECOND_CODES] = "second_codes", [ATTEMPT_SECOND_RESET] = "second_reset",
};
_Static_assert(COUNT_OF(words) == ATTEMPT_WHATS, "each has its word");

enum fault attempt_put(struct conn *conn, const struct id *person, enum attempt_what what, const struct signin_from *from,
                       int64_t now_ms) {
    struct id id = id_make(now_ms);
    char device[DEVICE_WORDS];
    device_words(from->agent, device);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "INSERT INTO attempt (tenant, id, at_ms, person, what, address, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &id);
    stmt_bind_int(s, 3, now_ms);
    stmt_bind_id(s, 4, person);
    stmt_bind_text(s, 5, words[what]);
    stmt_bind_text(s, 6, from->address);
    stmt_bind_text(s, 7, device);
    return stmt_run(s);
}

static bool what_of(const char *word, enum attempt_what *out) {
    for (size_t i = 0; word && i < COUNT_OF(words); i++) {
        if (strcmp(words[i], word)) continue;
        *out = (enum attempt_what)i;
        return true;
    }
    return false;
}

enum fault attempts_list(struct conn *conn, const struct id *person, const struct id *before, int limit, attempt_visit each,
                         void *context) {
    struct id last;
    memset(last.bytes, 0xff, sizeof last.bytes);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             person ? "SELECT id, at_ms, person, what, address, device FROM attempt WHERE tenant = ?1 AND id < ?2 "
                                      "AND person = ?4 ORDER BY id DESC LIMIT ?3"
                                    : "SELECT id, at_ms, person, what, address, device FROM attempt WHERE tenant = ?1 AND id < ?2 "
                                      "ORDER BY id DESC LIMIT ?3",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, before ? before : &last);
    stmt_bind_int(s, 3, limit);
    if (person) stmt_bind_id(s, 4, person);
    for (bool row = true; !f && row;) {
        f = stmt_step(s, &row);
        if (f || !row) break;
        struct signin_attempt a = {.at_ms = stmt_int(s, 1), .address = stmt_text(s, 4), .device = stmt_text(s, 5)};
        if (!stmt_id(s, 0, &a.id) || !what_of(stmt_text(s, 3), &a.what)) continue;
        (void)stmt_id(s, 2, &a.person);
        f = each(context, &a);
    }
    return f;
}

enum fault attempts_sweep(struct conn *conn) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "DELETE FROM attempt WHERE tenant = ?1 AND id < (SELECT id FROM attempt WHERE tenant = ?1 ORDER BY id "
                             "DESC LIMIT 1 OFFSET ?2)",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, ATTEMPTS_KEPT);
    return stmt_run(s);
}
