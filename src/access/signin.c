/* signin.c - signing in: login name and password give a session, or half a sign-in that a code completes. */
#include "access/inside.h"
#include "base/log.h"

#include <string.h>

struct signin_job {
    struct typed *typed;
    const struct signin_from *from;
    struct signin out;
};

/* Whether the password is still the one that was checked: it may just have been changed because it was known to others. */
static enum fault password_stands(struct conn *conn, const struct typed *t, bool *stands) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT 1 FROM credential WHERE tenant = ?1 AND person = ?2 AND hash = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &t->person);
    stmt_bind_text(s, 3, t->hash);
    return stmt_step(s, stands);
}

static enum fault half_put(struct conn *conn, const struct id *person, int64_t now_ms, char token[SESSION_TOKEN]) {
    token_make(token);
    struct digest hash = token_hash(token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "INSERT INTO half_signin (tenant, token_hash, person, begun_ms, tries_left) VALUES (?1, ?2, ?3, ?4, ?5)", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    stmt_bind_id(s, 3, person);
    stmt_bind_int(s, 4, now_ms);
    stmt_bind_int(s, 5, HALF_TRIES);
    return stmt_run(s);
}

/* A right password alone forgives nothing where a code is asked for, too: whoever has the password guesses codes. */
static enum fault begin_job(struct conn *conn, void *argument) {
    struct signin_job *job = argument;
    struct typed *t = job->typed;
    struct second second;
    bool stands;
    int64_t now_ms = t->try.now_ms;
    enum fault f = password_stands(conn, t, &stands);
    if (!f && !stands) f = FAULT_SIGNIN;
    if (!f) f = second_find(conn, &t->person, &second);
    if (!f && t->hash_now[0]) f = credential_write(conn, &t->person, t->hash_now, now_ms);
    if (f) return f;
    struct signin out = {.half = second.on};
    f = out.half ? half_put(conn, &t->person, now_ms, out.half_token)
                 : session_put(conn, &t->person, job->from, now_ms, &out.session);
    if (!f) f = out.half ? try_uncount(conn, &t->try) : try_succeeded(conn, &t->try);
    if (!f && !out.half) f = attempt_put(conn, &t->person, ATTEMPT_SIGNED_IN, job->from, now_ms);
    if (!f) job->out = out;
    return f;
}

enum fault session_begin(struct store *store, const char *login, const char *password, const struct signin_from *from,
                         int64_t now_ms, struct notes *notes, struct signin *out) {
    struct typed t;
    enum fault f = typed_check(store, login, password, from, now_ms, notes, &t);
    if (f) return f;
    struct signin_job job = {.typed = &t, .from = from};
    f = store_work(store, begin_job, &job);
    if (f == FAULT_SIGNIN) return typed_refuse(store, &t, from, notes);
    if (!f) *out = job.out;
    return f;
}

/* The second half. */

struct completion {
    const char *token;
    const struct second_key *key;
    const struct second_code *code;
    const struct signin_from *from;
    int64_t now_ms;
    /* What came of it, as far as it must be kept although it failed. */
    enum { HALF_GONE, HALF_WAITS, HALF_WRONG, HALF_DONE } outcome;
    struct signin_try try;
    struct session session;
};

static enum fault half_find(struct conn *conn, const char *token, int64_t now_ms, struct id *person) {
    if (!token || strnlen(token, SESSION_TOKEN) != SESSION_TOKEN - 1) return FAULT_SIGNIN;
    struct digest hash = token_hash(token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT h.person FROM half_signin h JOIN r_person p ON p.tenant = h.tenant AND p.id = h.person "
                             "WHERE h.tenant = ?1 AND h.token_hash = ?2 AND h.begun_ms >= ?3 AND h.tries_left > 0 "
                             "AND p.withdrawn = 0 AND p.state = 'active'",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    stmt_bind_int(s, 3, now_ms - HALF_MS);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    return row && stmt_id(s, 0, person) ? FAULT_NONE : FAULT_SIGNIN;
}

enum fault half_stands(struct conn *conn, const char *token, int64_t now_ms) {
    struct id person;
    return half_find(conn, token, now_ms, &person);
}

static enum fault half_spend(struct conn *conn, const char *token, bool all) {
    struct digest hash = token_hash(token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             all ? "DELETE FROM half_signin WHERE tenant = ?1 AND token_hash = ?2"
                                 : "UPDATE half_signin SET tries_left = tries_left - 1 WHERE tenant = ?1 AND token_hash = ?2",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    return stmt_run(s);
}

/* One writer runs this, so tries made at once are all counted. */
static enum fault complete_job(struct conn *conn, void *argument) {
    struct completion *c = argument;
    struct id person;
    bool fits;
    c->outcome = HALF_GONE;
    enum fault f = half_find(conn, c->token, c->now_ms, &person);
    if (f) return f == FAULT_SIGNIN ? FAULT_NONE : f;
    f = second_try_make(conn, &person, c->from->address, c->now_ms, &c->try);
    if (!f) f = try_count(conn, &c->try);
    if (f) return f;
    if (c->try.wait_ms) {
        c->outcome = HALF_WAITS;
        return FAULT_NONE;
    }
    f = second_spend(conn, c->key, &person, c->code, c->now_ms, &fits);
    if (f == FAULT_ABSENT) return half_spend(conn, c->token, true); /* it was taken away meanwhile: sign in anew */
    if (f) return f;
    c->outcome = fits ? HALF_DONE : HALF_WRONG;
    f = half_spend(conn, c->token, fits);
    if (!f && fits) f = session_put(conn, &person, c->from, c->now_ms, &c->session);
    if (!f && fits) f = try_succeeded(conn, &c->try);
    if (f) return f;
    enum attempt_what what = !fits ? ATTEMPT_WRONG_CODE : c->code->recovery[0] ? ATTEMPT_RECOVERY : ATTEMPT_SIGNED_IN_SECOND;
    return attempt_put(conn, &person, what, c->from, c->now_ms);
}

enum fault session_complete(struct store *store, const struct second_key *key, const char *token, const char *typed,
                            const struct signin_from *from, int64_t now_ms, struct notes *notes, struct session *out) {
    struct second_code code;
    if (!second_code_read(typed, &code)) {
        note_add(notes, "code", "应为 6 位验证码，或 12 位恢复码");
        return FAULT_INPUT;
    }
    struct completion c = {.token = token, .key = key, .code = &code, .from = from, .now_ms = now_ms};
    enum fault f = store_work(store, complete_job, &c);
    if (f == FAULT_FILE) second_note_key(notes);
    if (f) return f;
    switch (c.outcome) {
    case HALF_DONE: *out = c.session; return FAULT_NONE;
    case HALF_WAITS: return try_note_wait(&c.try, "code", notes);
    case HALF_WRONG:
        log_line(LOG_WARN_, "signin.code");
        note_add(notes, "code", "验证码不对，或者已经用过；请等手机上出现下一个再填");
        return FAULT_INPUT;
    default: note_add(notes, NULL, "这次登录已经过期，请重新输入登录名和密码"); return FAULT_SIGNIN;
    }
}
