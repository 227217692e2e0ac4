/* test_second.c - one-time codes after the RFC and an oracle, half sign-ins, recovery codes, resets, and what guessing costs. */
#include "fixture.h"

#include <pthread.h>

enum { ZHANG = 20, LI };
static const int64_t begin_ms = 1556668800000, step_ms = 30 * 1000, minute_ms = 60 * 1000, hour_ms = 60 * 60 * 1000;
static const char good[] = "春天的第一场雨又下了";
static const struct second_key key = {{1, 2, 3}}, other_key = {{1, 2, 4}};
static const struct signin_from cafe = {"198.51.100.9", NULL};

static int make_people(void **state) {
    make_store(state);
    put_person(*state, ZHANG, 0, "zhangsan");
    put_person(*state, LI, 0, "lisi");
    struct id zhang = id_of(ZHANG), li = id_of(LI);
    assert_int_equal(credential_set(*state, &zhang, good, NULL, begin_ms, NULL), FAULT_NONE);
    assert_int_equal(credential_set(*state, &li, good, NULL, begin_ms, NULL), FAULT_NONE);
    return 0;
}

/* ---- codes ---- */

static void the_codes_are_those_of_the_rfc(void **state) {
    (void)state;
    /* RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
    static const struct {
        int64_t seconds;
        int code;
    } cases[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                 {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    char text[SECOND_SECRET];
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(totp_code(secret, totp_step(cases[i].seconds * 1000)), cases[i].code);
    totp_secret_text(secret, text);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void the_codes_are_those_of_the_oracle(void **state) {
    (void)state;
    const char *oracle = getenv("TOTP_ORACLE");
    if (!oracle) skip();
    enum { CASES = 400 };
    static uint8_t secrets[CASES][SECOND_SECRET_BYTES];
    static int64_t seconds[CASES];
    char in[] = "/tmp/taizhang-totp-XXXXXX", command[400], text[SECOND_SECRET], line[40];
    int fd = mkstemp(in);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    for (int i = 0; i < CASES; i++) {
        random_bytes(secrets[i], SECOND_SECRET_BYTES);
        seconds[i] = 1556668800 + (int64_t)i * 7919 * (i % 3 ? 1 : 4001);
        totp_secret_text(secrets[i], text);
        fprintf(f, "%s %lld\n", text, (long long)seconds[i]);
    }
    fclose(f);
    snprintf(command, sizeof command, "python3 '%s' < %s", oracle, in);
    FILE *answers = popen(command, "r");
    assert_non_null(answers);
    for (int i = 0; i < CASES; i++) {
        assert_non_null(fgets(line, sizeof line, answers));
        assert_int_equal(totp_code(secrets[i], totp_step(seconds[i] * 1000)), strtol(line, NULL, 10));
    }
    assert_int_equal(pclose(answers), 0);
    unlink(in);
}

static void codes_are_read_as_people_type_them(void **state) {
    (void)state;
    struct second_code c;
    static const char *const numbers[] = {"012345", " 012 345 ", "012-345", "０１２３４５", "０１２　３４５", "01２345"};
    static const char *const recoveries[] = {"abcd-efgh-jkm2", "ABCDEFGHJKM2", "abcd efgh jkm2", "ａｂｃｄ－ｅｆｇｈ－ｊｋｍ２"};
    static const char *const neither[] = {
        "",         "12345", "1234567",  "12345a",   "abcd-efgh-jkm", "abcd-efgh-jkm2x", "abcd/efgh/jkm", "一二三四五六",
        "\xef\xbc", "\xef",  "\xe3\x80", "12345\xff"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_true(second_code_read(numbers[i], &c));
        assert_int_equal(c.number, 12345);
        assert_string_equal(c.recovery, "");
    }
    for (size_t i = 0; i < COUNT_OF(recoveries); i++) {
        assert_true(second_code_read(recoveries[i], &c));
        assert_int_equal(c.number, -1);
        assert_string_equal(c.recovery, "abcdefghjkm2");
    }
    for (size_t i = 0; i < COUNT_OF(neither); i++) assert_false(second_code_read(neither[i], &c));
    assert_false(second_code_read(NULL, &c));
}

static void codes_are_read_whatever_comes(void **state) {
    (void)state;
    struct second_code c;
    static const char bytes[] = "09azAZ -\t\xef\xbc\x90\xbd\xe3\x80\xff\x01";
    for (int i = 0; i < 200000; i++) {
        uint8_t random[17];
        char typed[17] = "";
        random_bytes(random, sizeof random);
        for (int k = 0; k < random[16] % 17; k++) typed[k] = bytes[random[k] % (sizeof bytes - 1)];
        if (!second_code_read(typed, &c)) continue;
        assert_true(c.recovery[0] ? c.number == -1 && strlen(c.recovery) == RECOVERY_LENGTH : c.number >= 0 && c.number < 1000000);
    }
}

/* ---- a person with an authenticator ---- */

struct phone {
    uint8_t secret[SECOND_SECRET_BYTES];
    char recovery[RECOVERY_CODES][RECOVERY_TEXT];
    struct session session;
};

static const char *code_at(const struct phone *phone, int64_t now_ms) {
    static char text[16];
    snprintf(text, sizeof text, "%06d", totp_code(phone->secret, totp_step(now_ms)));
    return text;
}

static const char *wrong_at(const struct phone *phone, int64_t now_ms) {
    static char text[16];
    int code = 0;
    for (bool fits = true; fits; code++) {
        fits = false;
        for (int64_t at = totp_step(now_ms) - 2; at <= totp_step(now_ms) + 2; at++) fits |= totp_code(phone->secret, at) == code;
    }
    snprintf(text, sizeof text, "%06d", code - 1);
    return text;
}

static enum fault begin(struct store *s, const char *login, const struct signin_from *from, int64_t now_ms, struct signin *out) {
    return session_begin(s, login, good, from, now_ms, NULL, out);
}

static void read_secret(const char *text, uint8_t out[SECOND_SECRET_BYTES]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    memset(out, 0, SECOND_SECRET_BYTES);
    for (size_t bit = 0; bit < SECOND_SECRET_BYTES * 8; bit++) {
        long value = strchr(digits, text[bit / 5]) - digits;
        if (value >> (4 - bit % 5) & 1) out[bit / 8] |= (uint8_t)(128 >> bit % 8);
    }
}

static enum fault setup_secret(struct store *s, const struct id *person, int64_t now_ms, char text[SECOND_SECRET]) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    return second_setup_secret(conn, &key, person, now_ms, text);
}

static void set_up(struct store *s, int person, int64_t now_ms, struct phone *phone) {
    struct signin in;
    char text[SECOND_SECRET];
    struct id id = id_of(person);
    assert_int_equal(begin(s, person == ZHANG ? "zhangsan" : "lisi", &desk, now_ms, &in), FAULT_NONE);
    assert_false(in.half);
    phone->session = in.session;
    assert_int_equal(second_begin(s, &id, now_ms), FAULT_NONE);
    assert_int_equal(setup_secret(s, &id, now_ms, text), FAULT_NONE);
    read_secret(text, phone->secret);
    assert_int_equal(second_confirm(s, &key, &in.session, code_at(phone, now_ms), 100, &desk, now_ms, NULL, phone->recovery),
                     FAULT_NONE);
}

static enum fault complete(struct store *s, const struct signin *in, const char *code, const struct signin_from *from,
                           int64_t now_ms, struct session *out) {
    return session_complete(s, &key, in->half_token, code, from, now_ms, NULL, out);
}

static enum fault find(struct store *s, const char *token, int64_t now_ms) {
    struct session found;
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    return session_find(conn, token, now_ms, &found);
}

static struct second second_of(struct store *s, int person) {
    struct second second;
    struct id id = id_of(person);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    assert_int_equal(second_find(conn, &id, &second), FAULT_NONE);
    return second;
}

static void setting_up_asks_for_a_right_code_and_ends_other_sessions(void **state) {
    struct signin mine, other;
    struct phone phone;
    char text[SECOND_SECRET], again[SECOND_SECRET];
    struct id zhang = id_of(ZHANG);
    assert_int_equal(begin(*state, "zhangsan", &desk, begin_ms, &mine), FAULT_NONE);
    assert_int_equal(begin(*state, "zhangsan", &cafe, begin_ms, &other), FAULT_NONE);
    assert_int_equal(second_confirm(*state, &key, &mine.session, "123456", 0, &desk, begin_ms, NULL, phone.recovery), FAULT_ABSENT);
    assert_int_equal(second_begin(*state, &zhang, begin_ms), FAULT_NONE);
    assert_int_equal(setup_secret(*state, &zhang, begin_ms, text), FAULT_NONE);
    assert_int_equal(setup_secret(*state, &zhang, begin_ms + 30 * minute_ms + 1, again), FAULT_ABSENT);
    assert_int_equal(second_begin(*state, &zhang, begin_ms), FAULT_NONE);
    assert_int_equal(setup_secret(*state, &zhang, begin_ms, again), FAULT_NONE);
    assert_string_not_equal(text, again); /* another salt, another secret */
    read_secret(again, phone.secret);
    assert_int_equal(
        second_confirm(*state, &key, &mine.session, wrong_at(&phone, begin_ms), 0, &desk, begin_ms, NULL, phone.recovery),
        FAULT_INPUT);
    assert_int_equal(second_confirm(*state, &key, &mine.session, "abcd-efgh-jkm2", 0, &desk, begin_ms, NULL, phone.recovery),
                     FAULT_INPUT);
    assert_false(second_of(*state, ZHANG).on);
    assert_int_equal(find(*state, other.session.token, begin_ms), FAULT_NONE);
    assert_int_equal(
        second_confirm(*state, &key, &mine.session, code_at(&phone, begin_ms), 0, &desk, begin_ms, NULL, phone.recovery),
        FAULT_NONE);
    assert_true(second_of(*state, ZHANG).on);
    assert_int_equal(second_of(*state, ZHANG).codes_left, RECOVERY_CODES);
    assert_false(second_of(*state, LI).on);
    assert_int_equal(find(*state, mine.session.token, begin_ms), FAULT_NONE);
    assert_int_equal(find(*state, other.session.token, begin_ms), FAULT_SIGNIN);
}

static void half_a_sign_in_is_no_session(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    assert_true(half.half);
    assert_int_equal(half.session.token[0], 0);
    assert_int_equal(find(*state, half.half_token, now_ms), FAULT_SIGNIN);
    assert_int_equal(complete(*state, &half, "12345", &desk, now_ms, &session), FAULT_INPUT);
    assert_int_equal(complete(*state, &half, wrong_at(&phone, now_ms), &desk, now_ms, &session), FAULT_INPUT);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session), FAULT_NONE);
    assert_int_equal(find(*state, session.token, now_ms), FAULT_NONE);
    assert_string_not_equal(session.token, half.half_token);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms + minute_ms), &desk, now_ms + minute_ms, &session),
                     FAULT_SIGNIN); /* done */
}

static void a_code_counts_once(void **state) {
    struct phone phone;
    struct signin one, two;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    assert_int_equal(begin(*state, "zhangsan", &desk, begin_ms, &one), FAULT_NONE);
    assert_int_equal(complete(*state, &one, code_at(&phone, begin_ms), &desk, begin_ms, &session),
                     FAULT_INPUT); /* it confirmed the set-up */
    assert_int_equal(complete(*state, &one, code_at(&phone, begin_ms - step_ms), &desk, begin_ms, &session),
                     FAULT_INPUT); /* an older one */
    assert_int_equal(complete(*state, &one, code_at(&phone, begin_ms + step_ms), &desk, begin_ms, &session),
                     FAULT_NONE); /* a clock ahead */
    assert_int_equal(begin(*state, "zhangsan", &cafe, begin_ms, &two), FAULT_NONE);
    assert_int_equal(complete(*state, &two, code_at(&phone, begin_ms + step_ms), &cafe, begin_ms, &session), FAULT_INPUT);
    int64_t later_ms = begin_ms + 3 * step_ms;
    assert_int_equal(complete(*state, &two, code_at(&phone, later_ms + 2 * step_ms), &cafe, later_ms, &session),
                     FAULT_INPUT); /* too far ahead */
    assert_int_equal(complete(*state, &two, code_at(&phone, later_ms - step_ms), &cafe, later_ms, &session),
                     FAULT_NONE); /* a clock behind */
}

static void half_a_sign_in_ends(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    struct id zhang = id_of(ZHANG);
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + hour_ms;
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    int64_t late_ms = now_ms + 5 * minute_ms + 1;
    assert_int_equal(complete(*state, &half, code_at(&phone, late_ms), &desk, late_ms, &session), FAULT_SIGNIN);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    for (int i = 0; i < HALF_TRIES; i++)
        assert_int_equal(complete(*state, &half, wrong_at(&phone, now_ms), &desk, now_ms, &session), FAULT_INPUT);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session), FAULT_SIGNIN);
    assert_int_equal(begin(*state, "zhangsan", &cafe, now_ms, &half), FAULT_NONE);
    assert_int_equal(credential_set(*state, &zhang, "lantern-42-kestrel", NULL, now_ms, NULL), FAULT_NONE);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &cafe, now_ms, &session), FAULT_SIGNIN);
    int64_t swept;
    assert_int_equal(session_sweep(*state, late_ms, &swept), FAULT_NONE);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM half_signin WHERE tenant = ?1"), 0);
}

static void who_has_left_completes_nothing(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    run_sql(*state, "UPDATE r_person SET state = 'left'");
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session), FAULT_SIGNIN);
}

static void a_recovery_code_opens_once(void **state) {
    struct phone phone, other;
    struct signin half;
    struct session session;
    struct id zhang = id_of(ZHANG);
    set_up(*state, ZHANG, begin_ms, &phone);
    set_up(*state, LI, begin_ms, &other);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, other.recovery[0], &desk, now_ms, &session), FAULT_INPUT); /* somebody else's */
    assert_int_equal(complete(*state, &half, phone.recovery[3], &desk, now_ms, &session), FAULT_NONE);
    assert_int_equal(second_of(*state, ZHANG).codes_left, 9);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, phone.recovery[3], &desk, now_ms, &session), FAULT_INPUT);
    char fresh[RECOVERY_CODES][RECOVERY_TEXT];
    assert_int_equal(second_codes(*state, &key, &zhang, &desk, now_ms, fresh), FAULT_NONE);
    assert_int_equal(second_of(*state, ZHANG).codes_left, RECOVERY_CODES);
    assert_int_equal(complete(*state, &half, phone.recovery[4], &desk, now_ms, &session), FAULT_INPUT); /* the old set is gone */
    assert_int_equal(complete(*state, &half, fresh[9], &desk, now_ms, &session), FAULT_NONE);
    assert_int_equal(second_of(*state, LI).codes_left, RECOVERY_CODES);
}

static void another_key_is_told_apart_from_a_wrong_code(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    for (int i = 0; i < 10; i++)
        assert_int_equal(
            session_complete(*state, &other_key, half.half_token, code_at(&phone, now_ms), &desk, now_ms, NULL, &session),
            FAULT_FILE);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session),
                     FAULT_NONE); /* nothing was counted */
}

static void a_reset_takes_away_what_was_set_up_before_it(void **state) {
    struct phone phone;
    struct signin in, half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone); /* the journal had 100 entries */
    int64_t now_ms = begin_ms + minute_ms;
    put_reset(*state, 50, ZHANG, "99");
    put_reset(*state, 51, LI, "100");
    assert_true(second_of(*state, ZHANG).on);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    put_reset(*state, 52, ZHANG, "100");
    assert_false(second_of(*state, ZHANG).on);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session), FAULT_SIGNIN);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &in), FAULT_NONE);
    assert_false(in.half);
    run_sql(*state, "UPDATE r_second_reset SET withdrawn = 1 WHERE made = 100"); /* entered by mistake */
    assert_true(second_of(*state, ZHANG).on);
}

static void switching_off_needs_a_code(void **state) {
    struct phone phone;
    struct signin in;
    struct id zhang = id_of(ZHANG), li = id_of(LI);
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(second_prove(*state, &key, &li, "123456", &desk, now_ms, NULL), FAULT_ABSENT);
    assert_int_equal(second_prove(*state, &key, &zhang, "123", &desk, now_ms, NULL), FAULT_INPUT);
    assert_int_equal(second_prove(*state, &key, &zhang, wrong_at(&phone, now_ms), &desk, now_ms, NULL), FAULT_INPUT);
    assert_int_equal(second_prove(*state, &key, &zhang, code_at(&phone, now_ms), &desk, now_ms, NULL), FAULT_NONE);
    assert_int_equal(second_prove(*state, &key, &zhang, code_at(&phone, now_ms), &desk, now_ms, NULL), FAULT_INPUT); /* used */
    assert_int_equal(second_prove(*state, &key, &zhang, phone.recovery[0], &desk, now_ms, NULL), FAULT_NONE);
    assert_int_equal(second_off(*state, &zhang, &desk, now_ms), FAULT_NONE);
    assert_false(second_of(*state, ZHANG).on);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM second_code WHERE tenant = ?1"), 0);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &in), FAULT_NONE);
    assert_false(in.half);
}

/* Who has the password and tries codes from everywhere is slowed; the person at the own desk is not. */
static void guessing_codes_is_slow_and_locks_nobody_out(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + hour_ms;
    enum fault f = FAULT_NONE;
    int tried = 0;
    for (int i = 0; i < 60; i++) {
        char address[32];
        snprintf(address, sizeof address, "203.0.113.%d", i);
        struct signin_from there = {address, NULL};
        assert_int_equal(begin(*state, "zhangsan", &there, now_ms, &half), FAULT_NONE);
        f = complete(*state, &half, wrong_at(&phone, now_ms), &there, now_ms, &session);
        if (f == FAULT_INPUT) tried++;
        else assert_int_equal(f, FAULT_BUSY);
    }
    assert_int_equal(tried, 20);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms, &session),
                     FAULT_NONE); /* from where he signed in before */
    struct signin_from anew = {"192.0.2.200", NULL};
    assert_int_equal(begin(*state, "zhangsan", &anew, now_ms, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, phone.recovery[0], &anew, now_ms, &session), FAULT_BUSY);
    int64_t later_ms = now_ms + 5 * minute_ms;
    assert_int_equal(begin(*state, "zhangsan", &anew, later_ms, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, phone.recovery[0], &anew, later_ms, &session), FAULT_NONE);
}

/* The password alone forgives nothing: else each fifth try would begin with a clean slate. */
static void a_right_password_does_not_forgive_wrong_codes(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + hour_ms;
    int tried = 0;
    for (int i = 0; i < 10; i++) {
        if (begin(*state, "zhangsan", &cafe, now_ms, &half)) break;
        if (complete(*state, &half, wrong_at(&phone, now_ms), &cafe, now_ms, &session) == FAULT_INPUT) tried++;
    }
    assert_int_equal(tried, 5);
}

struct storm {
    struct store *store;
    const struct phone *phone;
    int64_t now_ms;
    int number, done, other;
    char code[16];
};

static void *complete_once(void *argument) {
    struct storm *s = argument;
    char address[32];
    snprintf(address, sizeof address, "203.0.113.%d", s->number);
    struct signin_from there = {address, NULL};
    struct signin half;
    struct session session;
    if (begin(s->store, "zhangsan", &there, s->now_ms, &half)) return NULL;
    enum fault f = session_complete(s->store, &key, half.half_token, s->code, &there, s->now_ms, NULL, &session);
    if (!f) s->done++;
    else s->other++;
    return NULL;
}

static void of_one_code_sent_at_once_from_many_places_one_counts(void **state) {
    struct phone phone;
    struct storm storms[8];
    pthread_t threads[8];
    set_up(*state, ZHANG, begin_ms, &phone);
    int done = 0, other = 0;
    for (int i = 0; i < 8; i++) {
        storms[i] = (struct storm){*state, &phone, begin_ms + minute_ms, i, 0, 0, ""};
        snprintf(storms[i].code, sizeof storms[i].code, "%s", code_at(&phone, begin_ms + minute_ms));
        assert_int_equal(pthread_create(&threads[i], NULL, complete_once, &storms[i]), 0);
    }
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL), done += storms[i].done, other += storms[i].other;
    assert_int_equal(done, 1);
    assert_int_equal(other, 7);
}

/* ---- what is kept ---- */

static void the_database_does_not_give_the_secret(void **state) {
    struct phone phone;
    set_up(*state, ZHANG, begin_ms, &phone);
    char text[SECOND_SECRET];
    totp_secret_text(phone.secret, text);
    size_t count;
    const struct store_table *tables = access_tables(&count);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(*state, &conn), FAULT_NONE);
    int rows = 0;
    for (size_t t = 0; t < count; t++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", tables[t].name);
        _cleanup_(stmt_done) struct stmt *s = NULL;
        assert_int_equal(stmt_open(conn, sql, &s), FAULT_NONE);
        bool row;
        for (assert_int_equal(stmt_step(s, &row), FAULT_NONE); row; assert_int_equal(stmt_step(s, &row), FAULT_NONE), rows++)
            for (int i = 0; i < stmt_columns(s); i++) {
                size_t length;
                const void *bytes = stmt_blob(s, i, &length);
                if (!bytes) continue;
                assert_null(memmem(bytes, length, phone.secret, 8));
                assert_null(memmem(bytes, length, text, 8));
                for (int c = 0; c < RECOVERY_CODES; c++) assert_null(memmem(bytes, length, phone.recovery[c], 4));
            }
    }
    assert_true(rows > RECOVERY_CODES);
}

struct told {
    int count;
    enum attempt_what what[40];
};
static enum fault tell(void *context, const struct signin_attempt *a) {
    struct told *told = context;
    assert_true(told->count < 40);
    told->what[told->count++] = a->what;
    return FAULT_NONE;
}

static void what_happened_is_kept(void **state) {
    struct phone phone;
    struct signin half;
    struct session session;
    struct told told = {0}, mine = {0};
    struct id zhang = id_of(ZHANG);
    set_up(*state, ZHANG, begin_ms, &phone);
    int64_t now_ms = begin_ms + minute_ms;
    assert_int_equal(session_begin(*state, "zhangsan", "wrong", &desk, now_ms, NULL, &half), FAULT_SIGNIN);
    assert_int_equal(session_begin(*state, "nobody", "wrong", &desk, now_ms + 1, NULL, &half), FAULT_SIGNIN);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms + 2, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, wrong_at(&phone, now_ms), &desk, now_ms + 3, &session), FAULT_INPUT);
    assert_int_equal(complete(*state, &half, phone.recovery[0], &desk, now_ms + 4, &session), FAULT_NONE);
    assert_int_equal(begin(*state, "zhangsan", &desk, now_ms + 5, &half), FAULT_NONE);
    assert_int_equal(complete(*state, &half, code_at(&phone, now_ms), &desk, now_ms + 6, &session), FAULT_NONE);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(*state, &conn), FAULT_NONE);
    assert_int_equal(attempts_list(conn, NULL, NULL, 40, tell, &told), FAULT_NONE);
    static const enum attempt_what wanted[] = {ATTEMPT_SIGNED_IN_SECOND, ATTEMPT_RECOVERY, ATTEMPT_WRONG_CODE,
                                               ATTEMPT_WRONG_PASSWORD, ATTEMPT_WRONG_PASSWORD};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) assert_int_equal(told.what[i], wanted[i]);
    assert_int_equal(told.count, 7); /* and the set-up after its sign-in */
    assert_int_equal(attempts_list(conn, &zhang, NULL, 40, tell, &mine), FAULT_NONE);
    assert_int_equal(mine.count, 6);
}

static void a_role_may_require_it(void **state) {
    struct actor actor;
    struct id zhang = id_of(ZHANG);
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 1 << 16);
    put_role(*state, 30, "a.read");
    put_grant(*state, 31, ZHANG, 30, 0, "2019-01-01", "2019-05-01");
    for (int required = 0; required < 2; required++) {
        _cleanup_(store_read_end) struct conn *conn = NULL;
        if (required) run_sql(*state, "UPDATE r_role SET f_second = 1");
        assert_int_equal(store_read_begin(*state, &conn), FAULT_NONE);
        civil_day last = civil_from_ymd(2019, 5, 1);
        assert_int_equal(actor_read(conn, &zhang, last, &arena, &actor), FAULT_NONE);
        assert_int_equal(actor.second_required, required);
        assert_int_equal(actor_read(conn, &zhang, last + 1, &arena, &actor), FAULT_NONE);
        assert_false(actor.second_required);
    }
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define FRESH(test) cmocka_unit_test_setup_teardown(test, make_people, close_store)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_are_those_of_the_rfc),
        cmocka_unit_test(the_codes_are_those_of_the_oracle),
        cmocka_unit_test(codes_are_read_as_people_type_them),
        cmocka_unit_test(codes_are_read_whatever_comes),
        FRESH(setting_up_asks_for_a_right_code_and_ends_other_sessions),
        FRESH(half_a_sign_in_is_no_session),
        FRESH(a_code_counts_once),
        FRESH(half_a_sign_in_ends),
        FRESH(who_has_left_completes_nothing),
        FRESH(a_recovery_code_opens_once),
        FRESH(another_key_is_told_apart_from_a_wrong_code),
        FRESH(a_reset_takes_away_what_was_set_up_before_it),
        FRESH(switching_off_needs_a_code),
        FRESH(guessing_codes_is_slow_and_locks_nobody_out),
        FRESH(a_right_password_does_not_forgive_wrong_codes),
        FRESH(of_one_code_sent_at_once_from_many_places_one_counts),
        FRESH(the_database_does_not_give_the_secret),
        FRESH(what_happened_is_kept),
        FRESH(a_role_may_require_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
