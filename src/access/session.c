/* session.c - sessions as work rows: put, find, list, touch, end, sweep; the token of forms. */
#include "access/inside.h"
#include "base/printer.h"

#include <string.h>

enum { TOKEN_BYTES = 32, TOKEN_LENGTH = SESSION_TOKEN - 1 };
_Static_assert(sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == SESSION_TOKEN, "token's text");
_Static_assert((int)CSRF_TOKEN == (int)SESSION_TOKEN && TOKEN_LENGTH <= crypto_generichash_KEYBYTES_MAX, "form token");

/* Kept instead of the token, so that reading the database or a backup gives nobody a session. The token is random: no salt. */
struct digest token_hash(const char *token) {
    return digest_of(token, TOKEN_LENGTH);
}

static void csrf_make(const char *token, char out[CSRF_TOKEN]) {
    static const char purpose[] = "form token 1";
    uint8_t bytes[TOKEN_BYTES];
    crypto_generichash(bytes, sizeof bytes, (const uint8_t *)purpose, sizeof purpose - 1, (const uint8_t *)token, TOKEN_LENGTH);
    sodium_bin2base64(out, CSRF_TOKEN, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool csrf_matches(const struct session *session, const char *token) {
    return token && strnlen(token, CSRF_TOKEN) == CSRF_TOKEN - 1 && !sodium_memcmp(session->csrf, token, CSRF_TOKEN - 1);
}

void token_make(char out[SESSION_TOKEN]) {
    uint8_t bytes[TOKEN_BYTES];
    random_bytes(bytes, sizeof bytes);
    sodium_bin2base64(out, SESSION_TOKEN, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum fault session_put(struct conn *conn, const struct id *person, const struct signin_from *from, int64_t now_ms,
                       struct session *out) {
    struct session fresh = {.person = *person, .begun_ms = now_ms, .seen_ms = now_ms};
    char device[DEVICE_WORDS];
    token_make(fresh.token);
    csrf_make(fresh.token, fresh.csrf);
    device_words(from->agent, device);
    struct digest hash = token_hash(fresh.token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO session (tenant, token_hash, person, begun_ms, seen_ms, address, device) "
                             "VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    stmt_bind_id(s, 3, person);
    stmt_bind_int(s, 4, now_ms);
    stmt_bind_text(s, 5, from->address);
    stmt_bind_text(s, 6, device);
    f = stmt_run(s);
    if (!f) *out = fresh;
    return f;
}

enum fault session_find(struct conn *conn, const char *token, int64_t now_ms, struct session *out) {
    if (!token || strnlen(token, SESSION_TOKEN) != TOKEN_LENGTH) return FAULT_SIGNIN;
    struct digest hash = token_hash(token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT person, begun_ms, seen_ms FROM session WHERE tenant = ?1 AND token_hash = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    struct session found = {0};
    if (!row || !stmt_id(s, 0, &found.person)) return FAULT_SIGNIN;
    found.begun_ms = stmt_int(s, 1);
    found.seen_ms = stmt_int(s, 2);
    if (now_ms - found.begun_ms > LONGEST_MS || now_ms - found.seen_ms > IDLE_MS) return FAULT_SIGNIN;
    memcpy(found.token, token, SESSION_TOKEN);
    csrf_make(token, found.csrf);
    *out = found;
    return FAULT_NONE;
}

struct session_job {
    const char *token;
    int64_t now_ms, count;
};

static enum fault touch_job(struct conn *conn, void *argument) {
    const struct session_job *job = argument;
    struct digest hash = token_hash(job->token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "UPDATE session SET seen_ms = ?3 WHERE tenant = ?1 AND token_hash = ?2 AND seen_ms < ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    stmt_bind_int(s, 3, job->now_ms);
    return stmt_run(s);
}

enum fault session_touch(struct store *store, const struct session *session, int64_t now_ms) {
    if (now_ms - session->seen_ms < TOUCH_MS) return FAULT_NONE;
    struct session_job job = {.token = session->token, .now_ms = now_ms};
    return store_work(store, touch_job, &job);
}

static enum fault end_job(struct conn *conn, void *argument) {
    const struct session_job *job = argument;
    struct digest hash = token_hash(job->token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM session WHERE tenant = ?1 AND token_hash = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    return stmt_run(s);
}

enum fault session_end(struct store *store, const struct session *session) {
    struct session_job job = {.token = session->token};
    return store_work(store, end_job, &job);
}

static struct digest digest_read(const char *hex) {
    struct digest d = {0};
    size_t length;
    bool whole = !sodium_hex2bin(d.bytes, DIGEST_BYTES, hex, strlen(hex), NULL, &length, NULL) && length == DIGEST_BYTES;
    return whole ? d : (struct digest){0};
}

struct others_job {
    const struct id *person;
    const struct digest *one; /* to end this one */
    struct digest kept;       /* else to end all but this one */
};

enum fault sessions_drop(struct conn *conn, const struct id *person, const struct digest *kept) {
    _cleanup_(stmt_done) struct stmt *s = NULL, *half = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM session WHERE tenant = ?1 AND person = ?2 AND token_hash <> ?3", &s);
    if (!f) f = stmt_open(conn, "DELETE FROM half_signin WHERE tenant = ?1 AND person = ?2", &half);
    if (f) return f;
    static const struct digest none;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_blob(s, 3, kept ? kept->bytes : none.bytes, DIGEST_BYTES);
    stmt_bind_int(half, 1, TENANT);
    stmt_bind_id(half, 2, person);
    f = stmt_run(s);
    return f ? f : stmt_run(half);
}

static enum fault others_job(struct conn *conn, void *argument) {
    const struct others_job *job = argument;
    if (!job->one) return sessions_drop(conn, job->person, &job->kept);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM session WHERE tenant = ?1 AND person = ?2 AND token_hash = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    stmt_bind_blob(s, 3, job->one->bytes, DIGEST_BYTES);
    return stmt_run(s);
}

enum fault session_end_named(struct store *store, const struct id *person, const char *key) {
    struct digest one = digest_read(key);
    struct others_job job = {.person = person, .one = &one};
    return store_work(store, others_job, &job);
}

enum fault sessions_end(struct store *store, const struct id *person, const struct session *kept) {
    struct others_job job = {.person = person};
    if (kept) job.kept = token_hash(kept->token);
    return store_work(store, others_job, &job);
}

enum fault sessions_list(struct conn *conn, const struct session *mine, int64_t now_ms, session_visit each, void *context) {
    struct digest this_one = token_hash(mine->token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT token_hash, begun_ms, seen_ms, address, device FROM session WHERE tenant = ?1 AND person = ?2 "
                             "AND begun_ms >= ?3 AND seen_ms >= ?4 ORDER BY seen_ms DESC, token_hash",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &mine->person);
    stmt_bind_int(s, 3, now_ms - LONGEST_MS);
    stmt_bind_int(s, 4, now_ms - IDLE_MS);
    for (bool row = true; !f && row;) {
        f = stmt_step(s, &row);
        if (f || !row) break;
        struct session_row r = {
            .begun_ms = stmt_int(s, 1), .seen_ms = stmt_int(s, 2), .address = stmt_text(s, 3), .device = stmt_text(s, 4)};
        size_t length;
        const void *hash = stmt_blob(s, 0, &length);
        if (length != DIGEST_BYTES) continue;
        hex_format(hash, length, r.key);
        r.mine = !memcmp(hash, this_one.bytes, DIGEST_BYTES);
        f = each(context, &r);
    }
    return f;
}

static enum fault sweep_job(struct conn *conn, void *argument) {
    struct session_job *job = argument;
    _cleanup_(stmt_done) struct stmt *count = NULL, *sweep = NULL;
    enum fault f = stmt_open(conn, "SELECT count(*) FROM session WHERE tenant = ?1 AND (begun_ms < ?2 OR seen_ms < ?3)", &count);
    if (!f) f = stmt_open(conn, "DELETE FROM session WHERE tenant = ?1 AND (begun_ms < ?2 OR seen_ms < ?3)", &sweep);
    if (f) return f;
    for (int i = 0; i < 2; i++) {
        struct stmt *s = i ? sweep : count;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_int(s, 2, job->now_ms - LONGEST_MS);
        stmt_bind_int(s, 3, job->now_ms - IDLE_MS);
    }
    bool row;
    f = stmt_step(count, &row);
    if (f) return f;
    job->count = stmt_int(count, 0);
    f = stmt_run(sweep);
    if (!f) f = second_sweep(conn, job->now_ms);
    return f ? f : try_sweep(conn, job->now_ms);
}

enum fault session_sweep(struct store *store, int64_t now_ms, int64_t *count) {
    struct session_job job = {.now_ms = now_ms};
    enum fault f = store_work(store, sweep_job, &job);
    if (f) return f;
    *count = job.count;
    return FAULT_NONE;
}
