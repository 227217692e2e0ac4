/* credential.c - passwords as work rows: set, checked behind the throttle, changed by the one whose it is. */
#include "access/inside.h"
#include "base/log.h"

#include <string.h>

struct credential_job {
    const struct id *person;
    char hash[PASSWORD_HASH];
    int64_t now_ms;
    const struct signin_from *from; /* where the person is that changes it; NULL: somebody else does */
    struct session session;         /* the person's new one */
};

enum fault credential_write(struct conn *conn, const struct id *person, const char *hash, int64_t now_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO credential (tenant, person, hash, set_ms) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (tenant, person) DO UPDATE SET hash = ?3, set_ms = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_text(s, 3, hash);
    stmt_bind_int(s, 4, now_ms);
    return stmt_run(s);
}

/* What was begun with the old password ends, half sign-ins too. */
static enum fault credential_job(struct conn *conn, void *argument) {
    struct credential_job *job = argument;
    enum fault f = credential_write(conn, job->person, job->hash, job->now_ms);
    if (!f) f = sessions_drop(conn, job->person, NULL);
    if (f || !job->from) return f;
    f = session_put(conn, job->person, job->from, job->now_ms, &job->session);
    return f ? f : attempt_put(conn, job->person, ATTEMPT_PASSWORD_CHANGED, job->from, job->now_ms);
}

static enum fault judge_for(struct store *store, const struct id *person, const char *password, const char *institution,
                            struct notes *notes) {
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 1 << 16);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    const char *login;
    enum fault f = store_read_begin(store, &conn);
    if (!f) f = person_login(conn, person, &arena, &login);
    return f ? f : password_judge(password, login, institution, notes);
}

void note_busy(enum fault f, struct notes *notes) {
    if (f == FAULT_BUSY) note_add(notes, NULL, "现在登录的人太多，请稍后再试");
}

static enum fault store_password(struct store *store, const char *password, const char *institution, struct notes *notes,
                                 struct credential_job *job) {
    enum fault f = judge_for(store, job->person, password, institution, notes);
    if (f) return f;
    f = password_hash(password, job->hash); /* here, not in the job: the writer has others waiting */
    note_busy(f, notes);
    return f ? f : store_work(store, credential_job, job);
}

enum fault credential_set(struct store *store, const struct id *person, const char *password, const char *institution,
                          int64_t now_ms, struct notes *notes) {
    struct credential_job job = {.person = person, .now_ms = now_ms};
    return store_password(store, password, institution, notes, &job);
}

enum fault credential_change(struct store *store, const struct id *person, const char *password, const char *institution,
                             const struct signin_from *from, int64_t now_ms, struct notes *notes, struct session *out) {
    struct credential_job job = {.person = person, .now_ms = now_ms, .from = from};
    enum fault f = store_password(store, password, institution, notes, &job);
    if (!f) *out = job.session;
    return f;
}

/* A password that is typed. */

static enum fault read_credential(struct store *store, const char *login, size_t length, struct typed *t) {
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
    t->known = stmt_id(s, 0, &t->person) && hash_length && hash_length < sizeof t->hash;
    if (t->known) memcpy(t->hash, hash, hash_length + 1);
    return FAULT_NONE;
}

enum fault try_note_wait(const struct signin_try *try, const char *place, struct notes *notes) {
    if (!try->wait_ms) return FAULT_NONE;
    _cleanup_(text_release) struct text wait;
    text_init(&wait, 32);
    int64_t seconds = (try->wait_ms + 999) / 1000;
    text_add_int(&wait, seconds < 120 ? seconds : (seconds + 59) / 60);
    note_add(notes, place, seconds < 120 ? "登录失败次数过多，请在 {0} 秒后再试" : "登录失败次数过多，请在 {0} 分钟后再试",
             wait.at);
    log_line(LOG_WARN_, "signin.wait");
    return FAULT_BUSY;
}

struct attempt_job {
    const struct id *person;
    enum attempt_what what;
    const struct signin_from *from;
    int64_t now_ms;
};

static enum fault attempt_job(struct conn *conn, void *argument) {
    const struct attempt_job *job = argument;
    return attempt_put(conn, job->person, job->what, job->from, job->now_ms);
}

enum fault typed_refuse(struct store *store, const struct typed *t, const struct signin_from *from, struct notes *notes) {
    char person[ID_TEXT] = "unknown";
    struct attempt_job job = {t->known ? &t->person : NULL, ATTEMPT_WRONG_PASSWORD, from, t->try.now_ms};
    if (t->known) id_format(&t->person, person);
    log_line(LOG_WARN_, "signin.refused", "person", person);
    enum fault unkept = store_work(store, attempt_job, &job);
    (void)unkept; /* the answer is the same */
    note_add(notes, "login", "登录名或密码不正确，请核对后重新输入");
    return FAULT_SIGNIN;
}

/* The password could not be looked at, which is not the person's failure. */
static enum fault put_off(enum fault f, struct store *store, struct typed *t, struct notes *notes) {
    note_busy(f, notes);
    enum fault uncounted = store_work(store, try_uncount, &t->try);
    (void)uncounted; /* at worst one failure too many is held against them for an hour */
    return f;
}

enum fault typed_check(struct store *store, const char *login, const char *password, const struct signin_from *from, int64_t now_ms,
                       struct notes *notes, struct typed *t) {
    login += strspn(login, " \t\r\n");
    size_t length = strlen(login);
    while (length && strchr(" \t\r\n", login[length - 1])) length--;
    *t = (struct typed){.try = try_make(login, length, from->address, now_ms)};
    enum fault f = store_work(store, try_count, &t->try);
    if (!f) f = try_note_wait(&t->try, "login", notes);
    if (!f) f = read_credential(store, login, length, t);
    if (f) return f;
    bool fits;
    f = password_check(password, t->known ? t->hash : NULL, &fits);
    if (!f && fits && password_outdated(t->hash)) f = password_hash(password, t->hash_now);
    if (f) return put_off(f, store, t, notes);
    return fits ? FAULT_NONE : typed_refuse(store, t, from, notes);
}

enum fault credential_check(struct store *store, const struct actor *actor, const char *password, const struct signin_from *from,
                            int64_t now_ms, struct notes *notes) {
    struct typed t;
    struct notes said;
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 4096);
    notes_init(&said, &arena);
    enum fault f = typed_check(store, actor->login, password, from, now_ms, &said, &t);
    if (f == FAULT_SIGNIN) note_add(notes, "password", "现在的密码不对");
    else if (f && said.first) note_add(notes, "password", said.first->sentence, said.first->args[0] ? said.first->args[0] : "");
    if (f) return f == FAULT_SIGNIN ? FAULT_INPUT : f;
    if (!id_same(&t.person, &actor->person)) return FAULT_SIGNIN;
    return store_work(store, try_uncount, &t.try);
}
