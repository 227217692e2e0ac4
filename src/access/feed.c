/* feed.c - the secret address of a person's calendar: made, found by its hash, stopped. It shows what is the person's own and signs nobody in. */
#include "access/inside.h"

#include <string.h>

enum { FEED_BYTES = 18 };
_Static_assert(sodium_base64_ENCODED_LEN(FEED_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == FEED_KEY, "feed key's text");

static struct digest key_hash(const char *key) { return digest_of(key, FEED_KEY - 1); }

struct feed_job {
    const struct id *person;
    struct digest hash;
    int64_t now_ms;
};

static enum fault drop_job(struct conn *conn, void *argument) {
    const struct feed_job *job = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM feed WHERE tenant = ?1 AND person = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    return stmt_run(s);
}

static enum fault make_job(struct conn *conn, void *argument) {
    const struct feed_job *job = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO feed (tenant, person, key_hash, made_ms) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (tenant, person) DO UPDATE SET key_hash = ?3, made_ms = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    stmt_bind_blob(s, 3, job->hash.bytes, DIGEST_BYTES);
    stmt_bind_int(s, 4, job->now_ms);
    return stmt_run(s);
}

enum fault feed_make(struct store *store, const struct id *person, int64_t now_ms, char out[FEED_KEY]) {
    uint8_t bytes[FEED_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out, FEED_KEY, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    struct feed_job job = {person, key_hash(out), now_ms};
    return store_work(store, make_job, &job);
}

enum fault feed_drop(struct store *store, const struct id *person) {
    struct feed_job job = {.person = person};
    return store_work(store, drop_job, &job);
}

enum fault feed_find(struct conn *conn, const char *key, struct id *person) {
    if (strnlen(key, FEED_KEY) != FEED_KEY - 1) return FAULT_ABSENT;
    struct digest hash = key_hash(key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT person FROM feed WHERE tenant = ?1 AND key_hash = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    f = stmt_step(s, &row);
    if (f) return f;
    return row && stmt_id(s, 0, person) ? FAULT_NONE : FAULT_ABSENT;
}

enum fault feed_made(struct conn *conn, const struct id *person, int64_t *made_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT made_ms FROM feed WHERE tenant = ?1 AND person = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    f = stmt_step(s, &row);
    if (!f) *made_ms = row ? stmt_int(s, 0) : 0;
    return f;
}
