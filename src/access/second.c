/* second.c - the second step: set up with an authenticator, asked for once per code, recovery codes, and taken away by a record that says so.
 *
 * The secret is not kept. It follows from a random salt, which the database has, and from keys/signin.key, which it has not. A record of the
 * register second_reset entered after the set-up takes it away: what the administrator did is then in the journal, or it was not done. */
#include "access/inside.h"
#include "base/keyfile.h"

#include <string.h>

enum { SALT_BYTES = 16, MARK_BYTES = 8, WINDOW = 1, SETUP_MS = 30 * 60 * 1000 };

/* A reset counts against what was set up before it. */
#define NOT_RESET                                                                                                                  \
    "NOT EXISTS (SELECT 1 FROM r_second_reset z WHERE z.tenant = s.tenant AND z.f_person = s.person AND z.withdrawn = 0 "          \
    "AND z.made >= s.journal)"

enum fault second_key_read(const char *path, struct second_key *out) {
    enum fault f = keyfile_read(path, out->bytes, sizeof out->bytes);
    return f == FAULT_ABSENT ? FAULT_FILE : f;
}

enum fault second_key_make(const char *path, struct second_key *out) { return keyfile_make(path, out->bytes, sizeof out->bytes); }

void second_note_key(struct notes *notes) {
    note_add(notes, NULL, "密钥文件 keys/signin.key 不是设置两步验证时的那一个；请管理员从备份取回，或重置两步验证");
}

static struct digest derive(const struct second_key *key, const char *purpose, const void *a, size_t a_length, const void *b,
                            size_t b_length) {
    const struct digest_piece pieces[] = {{purpose, strlen(purpose) + 1}, {a, a_length}, {b, b_length}};
    return digest_hmac(key->bytes, sizeof key->bytes, pieces, COUNT_OF(pieces));
}

/* By which a key is known again, so that a lost key is not taken for wrong codes. */
static struct digest mark_of(const struct second_key *key) { return derive(key, "mark 1", "", 0, "", 0); }

static void secret_of(const struct second_key *key, const struct id *person, const uint8_t salt[SALT_BYTES],
                      uint8_t out[SECOND_SECRET_BYTES]) {
    struct digest d = derive(key, "one-time codes 1", person->bytes, ID_BYTES, salt, SALT_BYTES);
    memcpy(out, d.bytes, SECOND_SECRET_BYTES);
}

static struct digest recovery_hash(const struct second_key *key, const struct id *person, const char *code) {
    return derive(key, "recovery code 1", person->bytes, ID_BYTES, code, strlen(code));
}

/* ---- what is typed ---- */

/* Chinese input methods give full-width digits and letters; what groups them is skipped. */
static int next_character(const char **at) {
    const unsigned char *c = (const unsigned char *)*at;
    if (c[0] == 0xef && c[1] == 0xbc && c[2] >= 0x81 && c[2] <= 0xbf) return *at += 3, c[2] - 0x81 + '!';
    if (c[0] == 0xef && c[1] == 0xbd && c[2] >= 0x80 && c[2] <= 0x9e) return *at += 3, c[2] - 0x80 + '`';
    if (c[0] == 0xe3 && c[1] == 0x80 && c[2] == 0x80) return *at += 3, ' ';
    return *at += 1, c[0];
}

bool second_code_read(const char *typed, struct second_code *out) {
    char plain[RECOVERY_LENGTH + 1] = "";
    size_t n = 0, digits = 0;
    while (typed && *typed) {
        int c = next_character(&typed);
        if (c == ' ' || c == '-' || c == '\t') continue;
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
        bool digit = c >= '0' && c <= '9';
        if ((!digit && !(c >= 'a' && c <= 'z')) || n == RECOVERY_LENGTH) return false;
        digits += digit;
        plain[n++] = (char)c;
    }
    *out = (struct second_code){.number = -1};
    if (n == CODE_DIGITS && digits == n) {
        out->number = 0;
        for (size_t i = 0; i < n; i++) out->number = out->number * 10 + plain[i] - '0';
    } else if (n == RECOVERY_LENGTH) {
        memcpy(out->recovery, plain, sizeof plain);
    } else {
        return false;
    }
    return true;
}

/* ---- what is kept ---- */

enum fault second_find(struct conn *conn, const struct id *person, struct second *out) {
    struct second found = {0};
    _cleanup_(stmt_done) struct stmt *s = NULL, *count = NULL;
    enum fault f = stmt_open(conn, "SELECT since_ms FROM second s WHERE s.tenant = ?1 AND s.person = ?2 AND " NOT_RESET, &s);
    if (!f) f = stmt_open(conn, "SELECT count(*) FROM second_code WHERE tenant = ?1 AND person = ?2", &count);
    if (f) return f;
    for (int i = 0; i < 2; i++) {
        stmt_bind_int(i ? count : s, 1, TENANT);
        stmt_bind_id(i ? count : s, 2, person);
    }
    bool row;
    f = stmt_step(s, &found.on);
    if (!f && found.on) found.since_ms = stmt_int(s, 0);
    if (!f && found.on) f = stmt_step(count, &row);
    if (!f && found.on) found.codes_left = (int)stmt_int(count, 0);
    if (!f) *out = found;
    return f;
}

enum fault second_try_make(struct conn *conn, const struct id *person, const char *address, int64_t now_ms,
                           struct signin_try *out) {
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 1 << 16);
    const char *login;
    enum fault f = person_login(conn, person, &arena, &login);
    if (f) return f;
    *out = try_make(login ? login : "", login ? strlen(login) : 0, address, now_ms);
    try_add_person(out, person);
    return FAULT_NONE;
}

/* Marks the step as used, unless it or a later one was: a code counts once, whoever else saw it. */
static enum fault spend_step(struct conn *conn, const struct id *person, int64_t step, bool *fresh) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "UPDATE second SET last_step = ?3 WHERE tenant = ?1 AND person = ?2 AND last_step < ?3 RETURNING last_step", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_int(s, 3, step);
    return stmt_step(s, fresh);
}

static enum fault spend_recovery(struct conn *conn, const struct second_key *key, const struct id *person, const char *code,
                                 bool *fits) {
    struct digest hash = recovery_hash(key, person, code);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM second_code WHERE tenant = ?1 AND person = ?2 AND hash = ?3 RETURNING person", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_blob(s, 3, hash.bytes, DIGEST_BYTES);
    return stmt_step(s, fits);
}

static bool step_of(const uint8_t secret[SECOND_SECRET_BYTES], int number, int64_t now_ms, int64_t *step) {
    bool found = false;
    for (int64_t at = totp_step(now_ms) - WINDOW; at <= totp_step(now_ms) + WINDOW; at++)
        if (totp_code(secret, at) == number) *step = at, found = true;
    return found;
}

static bool salt_of(struct stmt *s, int column, uint8_t salt[SALT_BYTES]) {
    size_t length;
    const void *bytes = stmt_blob(s, column, &length);
    bool whole = bytes && length == SALT_BYTES;
    if (whole) memcpy(salt, bytes, SALT_BYTES);
    return whole;
}

enum fault second_spend(struct conn *conn, const struct second_key *key, const struct id *person, const struct second_code *code,
                        int64_t now_ms, bool *fits) {
    uint8_t salt[SALT_BYTES], secret[SECOND_SECRET_BYTES];
    {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        bool row;
        enum fault f = stmt_open(conn, "SELECT salt, mark FROM second s WHERE s.tenant = ?1 AND s.person = ?2 AND " NOT_RESET, &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_id(s, 2, person);
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row || !salt_of(s, 0, salt)) return FAULT_ABSENT;
        struct digest mark = mark_of(key);
        size_t length;
        const void *kept = stmt_blob(s, 1, &length);
        if (!kept || length != MARK_BYTES || memcmp(kept, mark.bytes, MARK_BYTES) != 0) return FAULT_FILE;
    }
    if (code->recovery[0]) return spend_recovery(conn, key, person, code->recovery, fits);
    int64_t step = 0;
    secret_of(key, person, salt, secret);
    bool found = step_of(secret, code->number, now_ms, &step);
    explicit_bzero(secret, sizeof secret);
    *fits = false;
    return found ? spend_step(conn, person, step, fits) : FAULT_NONE;
}

/* ---- setting up ---- */

struct setup_job {
    const struct id *person;
    uint8_t salt[SALT_BYTES];
    int64_t now_ms;
};

static enum fault setup_job(struct conn *conn, void *argument) {
    const struct setup_job *job = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO second_setup (tenant, person, salt, made_ms) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (tenant, person) DO UPDATE SET salt = ?3, made_ms = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    stmt_bind_blob(s, 3, job->salt, SALT_BYTES);
    stmt_bind_int(s, 4, job->now_ms);
    return stmt_run(s);
}

enum fault second_begin(struct store *store, const struct id *person, int64_t now_ms) {
    struct setup_job job = {.person = person, .now_ms = now_ms};
    random_bytes(job.salt, sizeof job.salt);
    return store_work(store, setup_job, &job);
}

static enum fault setup_find(struct conn *conn, const struct id *person, int64_t now_ms, uint8_t salt[SALT_BYTES]) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT salt FROM second_setup WHERE tenant = ?1 AND person = ?2 AND made_ms >= ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_int(s, 3, now_ms - SETUP_MS);
    f = stmt_step(s, &row);
    if (f) return f;
    return row && salt_of(s, 0, salt) ? FAULT_NONE : FAULT_ABSENT;
}

enum fault second_setup_secret(struct conn *conn, const struct second_key *key, const struct id *person, int64_t now_ms,
                               char out[SECOND_SECRET]) {
    uint8_t salt[SALT_BYTES], secret[SECOND_SECRET_BYTES];
    enum fault f = setup_find(conn, person, now_ms, salt);
    if (f) return f;
    secret_of(key, person, salt, secret);
    totp_secret_text(secret, out);
    explicit_bzero(secret, sizeof secret);
    return FAULT_NONE;
}

static enum fault run_for(struct conn *conn, const char *sql, const struct id *person) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    return stmt_run(s);
}

static enum fault give_up_job(struct conn *conn, void *argument) {
    const struct setup_job *job = argument;
    return run_for(conn, "DELETE FROM second_setup WHERE tenant = ?1 AND person = ?2", job->person);
}

enum fault second_give_up(struct store *store, const struct id *person) {
    struct setup_job job = {.person = person};
    return store_work(store, give_up_job, &job);
}

/* Twelve letters and digits without the ones that are easily mixed up: 59 bits. */
static void recovery_make(char out[RECOVERY_LENGTH + 1]) {
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";
    for (size_t i = 0; i < RECOVERY_LENGTH; i++) out[i] = alphabet[randombytes_uniform(sizeof alphabet - 1)];
    out[RECOVERY_LENGTH] = 0;
}

static enum fault codes_put(struct conn *conn, const struct second_key *key, const struct id *person,
                            char codes[RECOVERY_CODES][RECOVERY_LENGTH + 1]) {
    enum fault f = run_for(conn, "DELETE FROM second_code WHERE tenant = ?1 AND person = ?2", person);
    for (int i = 0; !f && i < RECOVERY_CODES; i++) {
        struct digest hash = recovery_hash(key, person, codes[i]);
        _cleanup_(stmt_done) struct stmt *s = NULL;
        f = stmt_open(conn, "INSERT INTO second_code (tenant, person, hash) VALUES (?1, ?2, ?3)", &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_id(s, 2, person);
        stmt_bind_blob(s, 3, hash.bytes, DIGEST_BYTES);
        f = stmt_run(s);
    }
    return f;
}

struct change_job {
    const struct second_key *key;
    const struct id *person;
    const struct signin_from *from;
    int64_t now_ms, journal;
    const struct session *kept;
    const struct second_code *code;
    char codes[RECOVERY_CODES][RECOVERY_LENGTH + 1];
    bool wrong;
    struct signin_try try;
};

static enum fault second_put(struct conn *conn, const struct change_job *job, const uint8_t salt[SALT_BYTES], int64_t step) {
    struct digest mark = mark_of(job->key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "INSERT INTO second (tenant, person, salt, mark, last_step, since_ms, journal) VALUES (?1, ?2, ?3, ?4, "
        "?5, ?6, ?7) ON CONFLICT (tenant, person) DO UPDATE SET salt = ?3, mark = ?4, last_step = ?5, "
        "since_ms = ?6, journal = ?7",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, job->person);
    stmt_bind_blob(s, 3, salt, SALT_BYTES);
    stmt_bind_blob(s, 4, mark.bytes, MARK_BYTES);
    stmt_bind_int(s, 5, step);
    stmt_bind_int(s, 6, job->now_ms);
    stmt_bind_int(s, 7, job->journal);
    return stmt_run(s);
}

/* The first code proves that the authenticator has the secret; it is thereby used. Sessions that began without a second step end. */
static enum fault confirm_job(struct conn *conn, void *argument) {
    struct change_job *job = argument;
    uint8_t salt[SALT_BYTES], secret[SECOND_SECRET_BYTES];
    int64_t step = 0;
    enum fault f = setup_find(conn, job->person, job->now_ms, salt);
    if (f) return f;
    secret_of(job->key, job->person, salt, secret);
    job->wrong = !step_of(secret, job->code->number, job->now_ms, &step);
    explicit_bzero(secret, sizeof secret);
    if (job->wrong) return FAULT_NONE;
    struct digest kept = token_hash(job->kept->token);
    f = second_put(conn, job, salt, step);
    if (!f) f = run_for(conn, "DELETE FROM second_setup WHERE tenant = ?1 AND person = ?2", job->person);
    if (!f) f = codes_put(conn, job->key, job->person, job->codes);
    if (!f) f = sessions_drop(conn, job->person, &kept);
    return f ? f : attempt_put(conn, job->person, ATTEMPT_SECOND_ON, job->from, job->now_ms);
}

static void codes_make(struct change_job *job) {
    for (int i = 0; i < RECOVERY_CODES; i++) recovery_make(job->codes[i]);
}

/* In groups of four, as they are shown and printed. */
static void codes_show(const struct change_job *job, char out[RECOVERY_CODES][RECOVERY_TEXT]) {
    for (int i = 0; i < RECOVERY_CODES; i++) {
        size_t n = 0;
        for (size_t k = 0; k < RECOVERY_LENGTH; k++) {
            if (k && k % 4 == 0) out[i][n++] = '-';
            out[i][n++] = job->codes[i][k];
        }
        out[i][n] = 0;
    }
}

enum fault second_confirm(struct store *store, const struct second_key *key, const struct session *session, const char *typed,
                          int64_t journal, const struct signin_from *from, int64_t now_ms, struct notes *notes,
                          char out[RECOVERY_CODES][RECOVERY_TEXT]) {
    struct second_code code;
    bool read = second_code_read(typed, &code) && !code.recovery[0];
    if (!read) {
        note_add(notes, "code", "应为手机上显示的 6 位数字");
        return FAULT_INPUT;
    }
    struct change_job job = {
        .key = key, .person = &session->person, .from = from, .now_ms = now_ms, .journal = journal, .kept = session, .code = &code};
    codes_make(&job);
    enum fault f = store_work(store, confirm_job, &job);
    if (!f && job.wrong) {
        note_add(notes, "code", "验证码不对；请核对手机的时间是否准确，等下一个验证码再填");
        f = FAULT_INPUT;
    }
    if (!f) codes_show(&job, out);
    explicit_bzero(&job, sizeof job);
    return f;
}

/* ---- one who has it, and changes it ---- */

/* The same counting as for signing in, so that a session left open is no place to guess codes at. */
static enum fault prove_job(struct conn *conn, void *argument) {
    struct change_job *job = argument;
    bool fits;
    enum fault f = second_try_make(conn, job->person, job->from->address, job->now_ms, &job->try);
    if (!f) f = try_count(conn, &job->try);
    if (f || job->try.wait_ms) return f;
    f = second_spend(conn, job->key, job->person, job->code, job->now_ms, &fits);
    if (f) return f;
    job->wrong = !fits;
    return fits ? try_uncount(conn, &job->try) : attempt_put(conn, job->person, ATTEMPT_WRONG_CODE, job->from, job->now_ms);
}

enum fault second_prove(struct store *store, const struct second_key *key, const struct id *person, const char *typed,
                        const struct signin_from *from, int64_t now_ms, struct notes *notes) {
    struct second_code code;
    if (!second_code_read(typed, &code)) {
        note_add(notes, "code", "应为 6 位验证码，或 12 位恢复码");
        return FAULT_INPUT;
    }
    struct change_job job = {.key = key, .person = person, .from = from, .now_ms = now_ms, .code = &code};
    enum fault f = store_work(store, prove_job, &job);
    if (f == FAULT_FILE) second_note_key(notes);
    if (!f) f = try_note_wait(&job.try, "code", notes);
    if (!f && job.wrong) {
        note_add(notes, "code", "验证码不对，或者已经用过；请等手机上出现下一个再填");
        f = FAULT_INPUT;
    }
    return f;
}

static enum fault off_job(struct conn *conn, void *argument) {
    const struct change_job *job = argument;
    enum fault f = run_for(conn, "DELETE FROM second WHERE tenant = ?1 AND person = ?2", job->person);
    if (!f) f = run_for(conn, "DELETE FROM second_code WHERE tenant = ?1 AND person = ?2", job->person);
    return f ? f : attempt_put(conn, job->person, ATTEMPT_SECOND_OFF, job->from, job->now_ms);
}

enum fault second_off(struct store *store, const struct id *person, const struct signin_from *from, int64_t now_ms) {
    struct change_job job = {.person = person, .from = from, .now_ms = now_ms};
    return store_work(store, off_job, &job);
}

static enum fault codes_job(struct conn *conn, void *argument) {
    struct change_job *job = argument;
    enum fault f = codes_put(conn, job->key, job->person, job->codes);
    return f ? f : attempt_put(conn, job->person, ATTEMPT_SECOND_CODES, job->from, job->now_ms);
}

enum fault second_codes(struct store *store, const struct second_key *key, const struct id *person, const struct signin_from *from,
                        int64_t now_ms, char out[RECOVERY_CODES][RECOVERY_TEXT]) {
    struct change_job job = {.key = key, .person = person, .from = from, .now_ms = now_ms};
    codes_make(&job);
    enum fault f = store_work(store, codes_job, &job);
    if (!f) codes_show(&job, out);
    explicit_bzero(&job, sizeof job);
    return f;
}

/* ---- what an administrator sees and does ---- */

static enum fault reset_job(struct conn *conn, void *argument) {
    const struct change_job *job = argument;
    enum fault f = sessions_drop(conn, job->person, NULL);
    return f ? f : attempt_put(conn, job->person, ATTEMPT_SECOND_RESET, job->from, job->now_ms);
}

enum fault second_was_reset(struct store *store, const struct id *person, const struct signin_from *from, int64_t now_ms) {
    struct change_job job = {.person = person, .from = from, .now_ms = now_ms};
    return store_work(store, reset_job, &job);
}

enum fault second_reset_told(struct conn *conn, const struct id *person, int64_t since_ms, struct arena *arena,
                             struct second_reset *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn,
                             "SELECT z.entered, z.f_reason FROM r_second_reset z WHERE z.tenant = ?1 AND z.f_person = ?2 AND "
                             "z.withdrawn = 0 AND z.entered >= ?3 ORDER BY z.made DESC LIMIT 1",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_int(s, 3, since_ms);
    f = stmt_step(s, &row);
    if (!f) *out = row ? (struct second_reset){stmt_int(s, 0), arena_copy(arena, stmt_text(s, 1))} : (struct second_reset){0};
    return f;
}

enum fault seconds_list(struct conn *conn, civil_day today, const char *after, int limit, second_visit each, void *context) {
    char day[CIVIL_TEXT];
    civil_format(today, day);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT p.id, p.f_name, p.f_login, coalesce(s.since_ms, 0), "
        "(SELECT count(*) FROM second_code c WHERE c.tenant = ?1 AND c.person = s.person), "
        "(SELECT count(*) FROM r_grant g JOIN r_role r ON r.tenant = ?1 AND r.id = g.f_role AND r.withdrawn = 0 AND r.f_second = 1 "
        "WHERE g.tenant = ?1 AND g.f_person = p.id AND g.withdrawn = 0 AND g.f_since <= ?2 AND (g.f_until IS NULL OR g.f_until >= "
        "?2)), p.f_unit "
        "FROM r_person p LEFT JOIN second s ON s.tenant = ?1 AND s.person = p.id AND " NOT_RESET
        " WHERE p.tenant = ?1 AND p.withdrawn = 0 AND p.state = 'active' AND p.f_login > ?3 ORDER BY p.f_login LIMIT ?4",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, day);
    stmt_bind_text(s, 3, after);
    stmt_bind_int(s, 4, limit);
    for (bool row = true; !f && row;) {
        f = stmt_step(s, &row);
        if (f || !row) break;
        struct second_person p = {.name = stmt_text(s, 1),
                                  .login = stmt_text(s, 2),
                                  .since_ms = stmt_int(s, 3),
                                  .codes_left = (int)stmt_int(s, 4),
                                  .required = stmt_int(s, 5) > 0};
        (void)stmt_id(s, 6, &p.unit); /* stays zero if there is none */
        if (stmt_id(s, 0, &p.person)) f = each(context, &p);
    }
    return f;
}

enum fault second_sweep(struct conn *conn, int64_t now_ms) {
    _cleanup_(stmt_done) struct stmt *half = NULL, *setup = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM half_signin WHERE tenant = ?1 AND begun_ms < ?2", &half);
    if (!f) f = stmt_open(conn, "DELETE FROM second_setup WHERE tenant = ?1 AND made_ms < ?2", &setup);
    if (f) return f;
    stmt_bind_int(half, 1, TENANT);
    stmt_bind_int(half, 2, now_ms - HALF_MS);
    stmt_bind_int(setup, 1, TENANT);
    stmt_bind_int(setup, 2, now_ms - SETUP_MS);
    f = stmt_run(half);
    if (!f) f = stmt_run(setup);
    return f ? f : attempts_sweep(conn);
}
