/* session.c - sessions as work rows: begin, find, touch, end, sweep; passwords set; the token of forms. */
#include "access/inside.h"
#include "base/log.h"

#include <string.h>

enum { TOKEN_BYTES = 32, TOKEN_LENGTH = SESSION_TOKEN - 1 };
_Static_assert(sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == SESSION_TOKEN, "token's text");
_Static_assert((int)CSRF_TOKEN == (int)SESSION_TOKEN && TOKEN_LENGTH <= crypto_generichash_KEYBYTES_MAX, "form token");

/* Kept instead of the token, so that reading the database or a backup gives nobody a session. The token is random: no salt. */
static struct digest token_hash(const char *token) { return digest_of(token, TOKEN_LENGTH); }

static void csrf_make(const char *token, char out[CSRF_TOKEN]) {
    static const char purpose[] = "form token 1";
    uint8_t bytes[TOKEN_BYTES];
    crypto_generichash(bytes, sizeof bytes, (const uint8_t *)purpose, sizeof purpose - 1, (const uint8_t *)token, TOKEN_LENGTH);
    sodium_bin2base64(out, CSRF_TOKEN, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool csrf_matches(const struct session *session, const char *token) {
    return token && strnlen(token, CSRF_TOKEN) == CSRF_TOKEN - 1 && !sodium_memcmp(session->csrf, token, CSRF_TOKEN - 1);
}

/* Passwords. */

struct credential_job {
    const struct id *person;
    char hash[PASSWORD_HASH];
    int64_t now_ms;
};

static enum fault credential_write(struct conn *conn, const struct credential_job *job) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO credential (tenant, person, hash, set_ms) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (tenant, person) DO UPDATE SET hash = ?3, set_ms = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    stmt_bind_text(s, 3, job->hash);
    stmt_bind_int(s, 4, job->now_ms);
    return stmt_run(s);
}

static enum fault credential_job(struct conn *conn, void *argument) {
    const struct credential_job *job = argument;
    enum fault f = credential_write(conn, job);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn, "DELETE FROM session WHERE tenant = ?1 AND person = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    return stmt_run(s);
}

static enum fault judge_for(struct store *store, const struct id *person, const char *password, struct notes *notes) {
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 1 << 16);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    const char *login;
    enum fault f = store_read_begin(store, &conn);
    if (!f) f = person_login(conn, person, &arena, &login);
    return f ? f : password_judge(password, login, notes);
}

static void note_busy(enum fault f, struct notes *notes) {
    if (f == FAULT_BUSY) note_add(notes, NULL, "现在登录的人太多，请稍后再试");
}

enum fault credential_set(struct store *store, const struct id *person, const char *password, int64_t now_ms, struct notes *notes) {
    struct credential_job job = {.person = person, .now_ms = now_ms};
    enum fault f = judge_for(store, person, password, notes);
    if (f) return f;
    f = password_hash(password, job.hash); /* here, not in the job: the writer has others waiting */
    note_busy(f, notes);
    return f ? f : store_work(store, credential_job, &job);
}

/* Signing in. */

struct signin {
    struct signin_try try;
    bool known; /* a person in office has this login name and a password */
    struct id person;
    char hash[PASSWORD_HASH];
    char hash_now[PASSWORD_HASH]; /* at the present cost, if `hash` was made at another; else "" */
    struct session session;
};

static enum fault read_credential(struct store *store, const char *login, size_t length, struct signin *in) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(store, &conn);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn,
                  "SELECT p.id, c.hash FROM r_person p JOIN credential c ON c.tenant = p.tenant AND c.person = p.id "
                  "WHERE p.tenant = ?1 AND p.f_login = ?2 AND p.withdrawn = 0 AND p.state = 'active'",
                  &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_textn(s, 2, login, length);
    bool row;
    f = stmt_step(s, &row);
    if (f || !row) return f;
    const char *hash = stmt_text(s, 1);
    size_t hash_length = hash ? strlen(hash) : 0;
    in->known = stmt_id(s, 0, &in->person) && hash_length && hash_length < sizeof in->hash;
    if (in->known) memcpy(in->hash, hash, hash_length + 1);
    return FAULT_NONE;
}

/* Inserts only while the password is still the one that was checked: it may just have been changed because it was known to others. */
static enum fault insert_session(struct conn *conn, const struct signin *in) {
    struct digest hash = token_hash(in->session.token);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "INSERT INTO session (tenant, token_hash, person, begun_ms, seen_ms) SELECT ?1, ?2, person, ?4, ?4 FROM credential "
        "WHERE tenant = ?1 AND person = ?3 AND hash = ?5",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, hash.bytes, DIGEST_BYTES);
    stmt_bind_id(s, 3, &in->person);
    stmt_bind_int(s, 4, in->session.begun_ms);
    stmt_bind_text(s, 5, in->hash);
    return stmt_run(s);
}

static enum fault signin_job(struct conn *conn, void *argument) {
    struct signin *in = argument;
    struct session there;
    enum fault f = insert_session(conn, in);
    if (!f) f = session_find(conn, in->session.token, in->session.begun_ms, &there);
    if (f) return f;
    if (in->hash_now[0]) {
        struct credential_job job = {.person = &in->person, .now_ms = in->session.begun_ms};
        memcpy(job.hash, in->hash_now, sizeof job.hash);
        f = credential_write(conn, &job);
        if (f) return f;
    }
    return try_succeeded(conn, &in->try);
}

static enum fault signin_count(struct store *store, struct signin *in, struct notes *notes) {
    enum fault f = store_work(store, try_count, &in->try);
    if (f || !in->try.wait_ms) return f;
    _cleanup_(text_release) struct text wait;
    text_init(&wait, 32);
    int64_t seconds = (in->try.wait_ms + 999) / 1000;
    text_add_int(&wait, seconds < 120 ? seconds : (seconds + 59) / 60);
    note_add(notes, "login", seconds < 120 ? "登录失败次数过多，请在 {0} 秒后再试" : "登录失败次数过多，请在 {0} 分钟后再试",
             wait.at);
    log_line(LOG_WARN_, "signin.wait");
    return FAULT_BUSY;
}

static enum fault signin_refuse(const struct signin *in, struct notes *notes) {
    char person[ID_TEXT] = "unknown";
    if (in->known) id_format(&in->person, person);
    log_line(LOG_WARN_, "signin.refused", "person", person);
    note_add(notes, "login", "登录名或密码不正确，请核对后重新输入");
    return FAULT_SIGNIN;
}

/* The password could not be looked at, which is not the person's failure. */
static enum fault signin_put_off(enum fault f, struct store *store, struct signin *in, struct notes *notes) {
    note_busy(f, notes);
    enum fault uncounted = store_work(store, try_uncount, &in->try);
    (void)uncounted; /* at worst one failure too many is held against them for an hour */
    return f;
}

enum fault session_begin(struct store *store, const char *login, const char *password, const char *address, int64_t now_ms,
                         struct notes *notes, struct session *out) {
    struct signin in = {0};
    login += strspn(login, " \t\r\n");
    size_t length = strlen(login);
    while (length && strchr(" \t\r\n", login[length - 1])) length--;
    in.try = try_make(login, length, address ? address : "", now_ms);
    enum fault f = signin_count(store, &in, notes);
    if (!f) f = read_credential(store, login, length, &in);
    if (f) return f;
    bool fits;
    f = password_check(password, in.known ? in.hash : NULL, &fits);
    if (!f && fits && password_outdated(in.hash)) f = password_hash(password, in.hash_now);
    if (f) return signin_put_off(f, store, &in, notes);
    if (!fits) return signin_refuse(&in, notes);
    uint8_t token[TOKEN_BYTES];
    random_bytes(token, sizeof token);
    in.session = (struct session){.person = in.person, .begun_ms = now_ms, .seen_ms = now_ms};
    sodium_bin2base64(in.session.token, SESSION_TOKEN, token, sizeof token, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    csrf_make(in.session.token, in.session.csrf);
    f = store_work(store, signin_job, &in);
    if (f == FAULT_SIGNIN) return signin_refuse(&in, notes);
    if (f) return f;
    *out = in.session;
    return FAULT_NONE;
}

/* Sessions that run. */

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
    return f ? f : try_sweep(conn, job->now_ms);
}

enum fault session_sweep(struct store *store, int64_t now_ms, int64_t *count) {
    struct session_job job = {.now_ms = now_ms};
    enum fault f = store_work(store, sweep_job, &job);
    if (f) return f;
    *count = job.count;
    return FAULT_NONE;
}
