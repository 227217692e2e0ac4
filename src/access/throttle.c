/* throttle.c - how long a try at signing in has to wait after failures, without letting anybody lock out somebody else.
 *
 * The same login name from the same address waits longer and longer: that stops guessing and touches nobody elsewhere. Guessing
 * one name from many addresses, or many names from one address, is slowed to one try in five seconds, but not for a name that has
 * signed in from that address before: whoever keeps to their own desk is not held up by what others do. */
#include "access/inside.h"

#include <arpa/inet.h>
#include <string.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
static const int64_t day_ms = 24 * (int64_t)HOUR_MS, known_ms = 30 * 24 * (int64_t)HOUR_MS;

enum {
    PAIR_FREE = 5,
    PAIR_WAIT_MS = 15 * SECOND_MS,
    PAIR_WAIT_MAX_MS = 5 * MINUTE_MS,
    PAIR_FORGET_MS = HOUR_MS,
    SLOW_WAIT_MS = 5 * SECOND_MS,
    CODE_WAIT_MS = 5 * MINUTE_MS
};

/* Failures within the window before tries of this subject are slowed. An address may be that of a whole school. Who fails at a person's code has the
 * password, and one in 333,000 guesses fits: at one in five minutes a day of guessing from everywhere finds it once in a thousand. */
static const struct {
    int64_t window_ms, free, wait_ms;
} slow[TRY_SUBJECTS] = {
    [TRY_LOGIN] = {HOUR_MS, 50, SLOW_WAIT_MS},
    [TRY_ADDRESS] = {15 * MINUTE_MS, 100, SLOW_WAIT_MS},
    [TRY_PERSON] = {24 * HOUR_MS, 20, CODE_WAIT_MS},
};

struct failure_row {
    int64_t failures, since_ms, last_ms, success_ms;
};

/* An IPv6 host has its whole /64 at hand, so that is the address; IPv4 inside IPv6 is IPv4. Returns its length in `out`. */
static size_t address_key(const char *address, uint8_t out[sizeof(struct in6_addr)]) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct in6_addr six;
    struct in_addr four;
    if (inet_pton(AF_INET, address, &four) == 1) {
        memcpy(out, &four, sizeof four);
        return sizeof four;
    }
    if (inet_pton(AF_INET6, address, &six) != 1) return 0;
    bool is_four = !memcmp(six.s6_addr, mapped, sizeof mapped);
    memcpy(out, six.s6_addr + (is_four ? 12 : 0), is_four ? 4 : 8);
    return is_four ? 4 : 8;
}

struct signin_try try_make(const char *login, size_t login_length, const char *address, int64_t now_ms) {
    uint8_t key[sizeof(struct in6_addr)];
    size_t key_length = address_key(address, key);
    struct digest name = digest_of(login, login_length);
    struct digest place = key_length ? digest_of(key, key_length) : digest_of(address, strlen(address));
    struct digest_piece pair[] = {{"pair", 4}, {name.bytes, DIGEST_BYTES}, {place.bytes, DIGEST_BYTES}};
    struct digest_piece by_login[] = {{"login", 5}, {name.bytes, DIGEST_BYTES}};
    struct digest_piece by_address[] = {{"address", 7}, {place.bytes, DIGEST_BYTES}};
    return (struct signin_try){
        .subjects = {[TRY_PAIR] = digest_of_pieces(pair, 3),
                     [TRY_LOGIN] = digest_of_pieces(by_login, 2),
                     [TRY_ADDRESS] = digest_of_pieces(by_address, 2)},
        .count = TRY_PERSON,
        .now_ms = now_ms,
    };
}

void try_add_person(struct signin_try *try, const struct id *person) {
    struct digest_piece by_person[] = {{"code", 4}, {person->bytes, ID_BYTES}};
    try->subjects[TRY_PERSON] = digest_of_pieces(by_person, 2);
    try->count = TRY_SUBJECTS;
}

static enum fault read_row(struct conn *conn, const struct digest *subject, struct failure_row *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "SELECT failures, since_ms, last_ms, success_ms FROM signin_failure WHERE tenant = ?1 AND subject = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, subject->bytes, DIGEST_BYTES);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    *out = row ? (struct failure_row){stmt_int(s, 0), stmt_int(s, 1), stmt_int(s, 2), stmt_int(s, 3)} : (struct failure_row){0};
    return FAULT_NONE;
}

static enum fault write_row(struct conn *conn, const struct digest *subject, const struct failure_row *row) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "INSERT INTO signin_failure (tenant, subject, failures, since_ms, last_ms, success_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
        "ON CONFLICT (tenant, subject) DO UPDATE SET failures = ?3, since_ms = ?4, last_ms = ?5, success_ms = ?6",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, subject->bytes, DIGEST_BYTES);
    stmt_bind_int(s, 3, row->failures);
    stmt_bind_int(s, 4, row->since_ms);
    stmt_bind_int(s, 5, row->last_ms);
    stmt_bind_int(s, 6, row->success_ms);
    return stmt_run(s);
}

/* Old failures no longer count; a clock that was set back must not make anybody wait until it has caught up. */
static void row_age(struct failure_row *row, enum try_subject subject, int64_t now_ms) {
    if (row->last_ms > now_ms) row->last_ms = now_ms;
    if (row->since_ms > now_ms) row->since_ms = now_ms;
    bool old = subject == TRY_PAIR ? now_ms - row->last_ms > PAIR_FORGET_MS : now_ms - row->since_ms > slow[subject].window_ms;
    if (old) row->failures = 0;
    if (!row->failures) row->since_ms = now_ms;
}

static int64_t row_wait(const struct failure_row *row, enum try_subject subject) {
    if (subject != TRY_PAIR) return row->failures >= slow[subject].free ? slow[subject].wait_ms : 0;
    if (row->failures < PAIR_FREE) return 0;
    int64_t wait_ms = PAIR_WAIT_MS;
    for (int64_t i = PAIR_FREE; i < row->failures && wait_ms < PAIR_WAIT_MAX_MS; i++) wait_ms *= 2;
    return wait_ms < PAIR_WAIT_MAX_MS ? wait_ms : PAIR_WAIT_MAX_MS;
}

enum fault try_count(struct conn *conn, void *signin_try) {
    struct signin_try *try = signin_try;
    struct failure_row rows[TRY_SUBJECTS];
    int64_t wait_ms = 0;
    for (enum try_subject i = 0; (int)i < try->count; i++) {
        enum fault f = read_row(conn, &try->subjects[i], &rows[i]);
        if (f) return f;
        row_age(&rows[i], i, try->now_ms);
        int64_t left_ms = rows[i].last_ms + row_wait(&rows[i], i) - try->now_ms;
        bool known = rows[TRY_PAIR].success_ms && try->now_ms - rows[TRY_PAIR].success_ms <= known_ms;
        if ((i == TRY_PAIR || !known) && left_ms > wait_ms) wait_ms = left_ms;
    }
    try->wait_ms = wait_ms;
    if (wait_ms) return FAULT_NONE; /* not looked at, so not counted: waiting does not grow by trying */
    for (enum try_subject i = 0; (int)i < try->count; i++) {
        rows[i].failures++;
        rows[i].last_ms = try->now_ms;
        enum fault f = write_row(conn, &try->subjects[i], &rows[i]);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault try_lessen(struct conn *conn, const struct signin_try *try, bool succeeded) {
    for (enum try_subject i = 0; (int)i < try->count; i++) {
        struct failure_row row;
        enum fault f = read_row(conn, &try->subjects[i], &row);
        if (f) return f;
        if (row.failures) row.failures--;
        /* Only the pair is forgiven all: a guesser's own account must not wipe out what is held against the address. */
        if (i == TRY_PAIR && succeeded) row.failures = 0, row.success_ms = try->now_ms;
        f = write_row(conn, &try->subjects[i], &row);
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault try_succeeded(struct conn *conn, void *signin_try) { return try_lessen(conn, signin_try, true); }

enum fault try_uncount(struct conn *conn, void *signin_try) { return try_lessen(conn, signin_try, false); }

enum fault try_sweep(struct conn *conn, int64_t now_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM signin_failure WHERE tenant = ?1 AND last_ms < ?2 AND success_ms < ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, now_ms - day_ms);
    stmt_bind_int(s, 3, now_ms - known_ms);
    return stmt_run(s);
}
