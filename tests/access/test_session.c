/* test_session.c - signing in, the ends of a session, what the database keeps of it, and the token of forms. */
#include "fixture.h"

#include <pthread.h>

enum { ZHANG = 20, LI, WANG };
static const int64_t begin_ms = 1556668800000, minute_ms = 60 * 1000, hour_ms = 60 * 60 * 1000;
static const char good[] = "春天的第一场雨又下了";

static int make_people(void **state) {
    make_store(state);
    put_person(*state, ZHANG, 0, "zhangsan");
    put_person(*state, LI, 0, "lisi");
    put_person(*state, WANG, 0, NULL);
    struct id zhang = id_of(ZHANG);
    assert_int_equal(credential_set(*state, &zhang, good, NULL, begin_ms, NULL), FAULT_NONE);
    return 0;
}

static enum fault sign_in(struct store *s, const char *login, const char *password, int64_t now_ms, struct session *out) {
    struct signin in;
    enum fault f = session_begin(s, login, password, &desk, now_ms, NULL, &in);
    if (f) return f;
    assert_false(in.half);
    *out = in.session;
    return FAULT_NONE;
}

static enum fault find(struct store *s, const char *token, int64_t now_ms, struct session *out) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    return session_find(conn, token, now_ms, out);
}

static void a_session_begins_and_is_found(void **state) {
    struct session begun, found;
    struct id zhang = id_of(ZHANG);
    assert_int_equal(sign_in(*state, " zhangsan ", good, begin_ms, &begun), FAULT_NONE);
    assert_int_equal(strlen(begun.token), SESSION_TOKEN - 1);
    assert_int_equal(strspn(begun.token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), SESSION_TOKEN - 1);
    assert_int_equal(find(*state, begun.token, begin_ms, &found), FAULT_NONE);
    assert_true(id_same(&found.person, &zhang));
    assert_string_equal(found.token, begun.token);
    assert_string_equal(found.csrf, begun.csrf);
    assert_int_equal(found.begun_ms, begin_ms);
    struct session second;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &second), FAULT_NONE);
    assert_string_not_equal(second.token, begun.token);
    assert_string_not_equal(second.csrf, begun.csrf);
}

static void signing_in_rightly_never_waits(void **state) {
    struct session s;
    for (int i = 0; i < 8; i++) assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
}

static void what_does_not_fit_is_refused(void **state) {
    struct session s = {.begun_ms = 77};
    assert_int_equal(sign_in(*state, "zhangsan", "春天的第一场雨下", begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(sign_in(*state, "zhangsan", "", begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(sign_in(*state, "zhangsa", good, begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(sign_in(*state, "lisi", good, begin_ms, &s), FAULT_SIGNIN); /* has no password yet */
    assert_int_equal(sign_in(*state, "", good, begin_ms, &s), FAULT_SIGNIN);     /* Wang has no login name */
    run_sql(*state, "UPDATE r_person SET state = 'left'");
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_SIGNIN);
    run_sql(*state, "UPDATE r_person SET state = 'active', withdrawn = 1");
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(s.begun_ms, 77);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM session WHERE tenant = ?1"), 0);
}

static void the_refusal_tells_one_sentence(void **state) {
    const char *sentences[2];
    for (int i = 0; i < 2; i++) {
        _cleanup_(arena_release) struct arena arena = {0};
        struct notes notes;
        struct signin s;
        arena_init(&arena, 4096);
        notes_init(&notes, &arena);
        assert_int_equal(session_begin(*state, i ? "nobody" : "zhangsan", "wrong-word", &desk, begin_ms, &notes, &s), FAULT_SIGNIN);
        assert_int_equal(notes.count, 1);
        sentences[i] = notes.first->sentence;
    }
    assert_string_equal(sentences[0], sentences[1]);
}

static void tokens_that_are_none_are_refused(void **state) {
    struct session s, found;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(find(*state, NULL, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, "", begin_ms, &found), FAULT_SIGNIN);
    char other[SESSION_TOKEN + 1];
    memcpy(other, s.token, SESSION_TOKEN);
    other[SESSION_TOKEN - 2] = 0; /* one shorter */
    assert_int_equal(find(*state, other, begin_ms, &found), FAULT_SIGNIN);
    memcpy(other, s.token, SESSION_TOKEN - 1);
    other[SESSION_TOKEN - 1] = 'A', other[SESSION_TOKEN] = 0; /* one longer */
    assert_int_equal(find(*state, other, begin_ms, &found), FAULT_SIGNIN);
    memcpy(other, s.token, SESSION_TOKEN);
    other[0] = other[0] == 'A' ? 'B' : 'A';
    assert_int_equal(find(*state, other, begin_ms, &found), FAULT_SIGNIN);
}

static void an_unused_session_ends(void **state) {
    struct session s, found;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms + 2 * hour_ms, &found), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms + 2 * hour_ms + 1, &found), FAULT_SIGNIN);
}

static void a_used_session_ends_after_twelve_hours(void **state) {
    struct session s, found;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    for (int hour = 1; hour <= 12; hour++) {
        assert_int_equal(find(*state, s.token, begin_ms + hour * hour_ms, &found), FAULT_NONE);
        assert_int_equal(session_touch(*state, &found, begin_ms + hour * hour_ms), FAULT_NONE);
    }
    assert_int_equal(find(*state, s.token, begin_ms + 12 * hour_ms + 1, &found), FAULT_SIGNIN);
}

static void touching_writes_once_a_minute(void **state) {
    struct session s, found;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(session_touch(*state, &s, begin_ms + minute_ms - 1), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms + minute_ms, &found), FAULT_NONE);
    assert_int_equal(found.seen_ms, begin_ms);
    assert_int_equal(session_touch(*state, &found, begin_ms + minute_ms), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms + minute_ms, &found), FAULT_NONE);
    assert_int_equal(found.seen_ms, begin_ms + minute_ms);
    assert_int_equal(session_touch(*state, &found, begin_ms + 3 * minute_ms), FAULT_NONE);
    assert_int_equal(session_touch(*state, &s, begin_ms + 2 * minute_ms), FAULT_NONE); /* a slower request: never back */
    assert_int_equal(find(*state, s.token, begin_ms + minute_ms, &found), FAULT_NONE);
    assert_int_equal(found.seen_ms, begin_ms + 3 * minute_ms);
}

static void an_ended_session_is_gone(void **state) {
    struct session s, other, found;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_NONE);
    assert_int_equal(session_end(*state, &s), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, other.token, begin_ms, &found), FAULT_NONE);
}

static void a_new_password_ends_sessions_and_the_old_one(void **state) {
    struct session s, other, found;
    struct id zhang = id_of(ZHANG), li = id_of(LI);
    assert_int_equal(credential_set(*state, &li, "another-word", NULL, begin_ms, NULL), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(sign_in(*state, "lisi", "another-word", begin_ms, &other), FAULT_NONE);
    assert_int_equal(credential_set(*state, &zhang, "a newer word", NULL, begin_ms, NULL), FAULT_NONE);
    assert_int_equal(find(*state, s.token, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, other.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(sign_in(*state, "zhangsan", "a newer word", begin_ms, &s), FAULT_NONE);
}

static void the_database_keeps_no_secret(void **state) {
    struct session s;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    uint8_t raw[32];
    assert_int_equal(
        sodium_base642bin(raw, sizeof raw, s.token, strlen(s.token), NULL, NULL, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
        0);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(*state, &conn), FAULT_NONE);
    size_t count;
    int rows = 0;
    const struct store_table *tables = access_tables(&count);
    for (size_t t = 0; t < count; t++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", tables[t].name);
        _cleanup_(stmt_done) struct stmt *stmt = NULL;
        assert_int_equal(stmt_open(conn, sql, &stmt), FAULT_NONE);
        bool row;
        for (assert_int_equal(stmt_step(stmt, &row), FAULT_NONE); row;
             assert_int_equal(stmt_step(stmt, &row), FAULT_NONE), rows++) {
            for (int i = 0; i < stmt_columns(stmt); i++) {
                size_t length;
                const void *bytes = stmt_blob(stmt, i, &length);
                if (!bytes) continue;
                assert_null(memmem(bytes, length, s.token, 16));
                assert_null(memmem(bytes, length, raw, 16));
                assert_null(memmem(bytes, length, s.csrf, 16));
                assert_null(memmem(bytes, length, good, strlen(good)));
                assert_null(memmem(bytes, length, "zhangsan", 8));
                assert_null(memmem(bytes, length, "Mozilla", 7));
            }
        }
    }
    assert_int_equal(rows, 6); /* a session, a credential, three subjects of the throttle, an attempt */
}

struct seen {
    int count, mine;
    char key[SESSION_KEY];
    const char *device;
};
static enum fault look(void *context, const struct session_row *row) {
    struct seen *seen = context;
    seen->count++;
    seen->mine += row->mine;
    assert_string_equal(row->address, "192.0.2.7");
    assert_string_equal(row->device, "Chrome, Windows");
    if (!row->mine) memcpy(seen->key, row->key, sizeof seen->key);
    return FAULT_NONE;
}

static struct seen list(struct store *s, const struct session *mine, int64_t now_ms) {
    struct seen seen = {0};
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    assert_int_equal(sessions_list(conn, mine, now_ms, look, &seen), FAULT_NONE);
    return seen;
}

static void ones_own_sessions_are_seen_and_ended(void **state) {
    struct session mine, other, third, found, li;
    struct id zhang = id_of(ZHANG), lisi = id_of(LI);
    assert_int_equal(credential_set(*state, &lisi, "another-word", NULL, begin_ms, NULL), FAULT_NONE);
    assert_int_equal(sign_in(*state, "lisi", "another-word", begin_ms, &li), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &mine), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_NONE);
    struct seen seen = list(*state, &mine, begin_ms);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.mine, 1);
    assert_int_equal(session_end_named(*state, &lisi, seen.key), FAULT_NONE); /* not his: nothing happens */
    assert_int_equal(session_end_named(*state, &zhang, "zz"), FAULT_NONE);
    assert_int_equal(session_end_named(*state, &zhang, ""), FAULT_NONE);
    assert_int_equal(list(*state, &mine, begin_ms).count, 2);
    assert_int_equal(session_end_named(*state, &zhang, seen.key), FAULT_NONE);
    assert_int_equal(find(*state, other.token, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, mine.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &third), FAULT_NONE);
    assert_int_equal(sessions_end(*state, &zhang, &mine), FAULT_NONE);
    assert_int_equal(list(*state, &mine, begin_ms).count, 1);
    assert_int_equal(find(*state, mine.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(find(*state, li.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(list(*state, &mine, begin_ms + 3 * hour_ms).count, 0); /* ended, though not swept */
}

static void changing_ones_password_leaves_one_new_session(void **state) {
    struct session mine, other, fresh, found;
    struct id zhang = id_of(ZHANG);
    struct actor actor = {.person = zhang, .login = "zhangsan"};
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &mine), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_NONE);
    assert_int_equal(credential_check(*state, &actor, "wrong-word", &desk, begin_ms, NULL), FAULT_INPUT);
    assert_int_equal(credential_check(*state, &actor, good, &desk, begin_ms, NULL), FAULT_NONE);
    actor.person = id_of(LI); /* whose password it is not */
    assert_int_equal(credential_check(*state, &actor, good, &desk, begin_ms, NULL), FAULT_SIGNIN);
    assert_int_equal(credential_change(*state, &zhang, "short", NULL, &desk, begin_ms, NULL, &fresh), FAULT_INPUT);
    assert_int_equal(find(*state, other.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(credential_change(*state, &zhang, "a newer word", NULL, &desk, begin_ms, NULL, &fresh), FAULT_NONE);
    assert_int_equal(find(*state, mine.token, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, other.token, begin_ms, &found), FAULT_SIGNIN);
    assert_int_equal(find(*state, fresh.token, begin_ms, &found), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_SIGNIN);
    assert_int_equal(sign_in(*state, "zhangsan", "a newer word", begin_ms, &other), FAULT_NONE);
}

static void guessing_at_a_session_left_open_waits_too(void **state) {
    struct actor actor = {.person = id_of(ZHANG), .login = "zhangsan"};
    for (int i = 0; i < 5; i++)
        assert_int_equal(credential_check(*state, &actor, "wrong-word", &desk, begin_ms, NULL), FAULT_INPUT);
    assert_int_equal(credential_check(*state, &actor, good, &desk, begin_ms, NULL), FAULT_BUSY);
}

static void a_device_is_known_by_its_browser_and_system(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.42", "WeChat, iPhone"},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"},
        {"Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"},
        {"Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"},
        {"curl/8.0", "curl"},
        {"<script>\xff\x01", ""},
        {"", ""},
        {NULL, ""}};
    char out[DEVICE_WORDS];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        device_words(cases[i][0], out);
        assert_string_equal(out, cases[i][1]);
    }
}

static void a_form_needs_its_own_token(void **state) {
    struct session s, other;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &other), FAULT_NONE);
    assert_int_equal(strlen(s.csrf), CSRF_TOKEN - 1);
    assert_true(csrf_matches(&s, s.csrf));
    assert_false(csrf_matches(&s, other.csrf));
    assert_false(csrf_matches(&s, s.token));
    assert_false(csrf_matches(&s, NULL));
    assert_false(csrf_matches(&s, ""));
    char shorter[CSRF_TOKEN], longer[CSRF_TOKEN + 1];
    memcpy(shorter, s.csrf, CSRF_TOKEN);
    shorter[CSRF_TOKEN - 2] = 0;
    assert_false(csrf_matches(&s, shorter));
    snprintf(longer, sizeof longer, "%sA", s.csrf);
    assert_false(csrf_matches(&s, longer));
}

static void sweeping_removes_what_has_ended(void **state) {
    struct session idle, running, found;
    int64_t count = -1, later_ms = begin_ms + 2 * hour_ms + 1;
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &idle), FAULT_NONE);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms + minute_ms, &running), FAULT_NONE);
    assert_int_equal(session_sweep(*state, begin_ms + hour_ms, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_int_equal(session_sweep(*state, later_ms, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_int_equal(find(*state, running.token, later_ms, &found), FAULT_NONE);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM session WHERE tenant = ?1"), 1);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM signin_failure WHERE tenant = ?1"), 3);
    assert_int_equal(session_sweep(*state, begin_ms + 31 * 24 * hour_ms, &count), FAULT_NONE);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM signin_failure WHERE tenant = ?1"), 0);
}

static void an_older_hash_is_made_anew(void **state) {
    struct session s;
    password_set_cost((struct password_cost){2, 128 << 10});
    assert_int_equal(sign_in(*state, "zhangsan", "wrong-word", begin_ms, &s), FAULT_SIGNIN);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM credential WHERE tenant = ?1 AND hash LIKE '%m=128,t=2%'"), 0);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM credential WHERE tenant = ?1 AND hash LIKE '%m=128,t=2%'"), 1);
    assert_int_equal(sign_in(*state, "zhangsan", good, begin_ms, &s), FAULT_NONE);
}

struct storm {
    struct store *store;
    int begun, busy, other;
};

static void *sign_in_often(void *argument) {
    struct storm *storm = argument;
    for (int i = 0; i < 5; i++) {
        struct session s;
        enum fault f = sign_in(storm->store, "zhangsan", good, begin_ms, &s);
        int *count = !f ? &storm->begun : f == FAULT_BUSY ? &storm->busy : &storm->other;
        __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* Tries are counted before they are looked at, so many at once by a rightful person may be told to wait, but nothing else. */
static void many_sign_in_at_once(void **state) {
    struct storm storm = {.store = *state};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) assert_int_equal(pthread_create(&threads[i], NULL, sign_in_often, &storm), 0);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
    assert_int_equal(storm.other, 0);
    assert_true(storm.begun > 0);
    assert_int_equal(storm.begun + storm.busy, 30);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM session WHERE tenant = ?1"), storm.begun);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define FRESH(test) cmocka_unit_test_setup_teardown(test, make_people, close_store)
    const struct CMUnitTest tests[] = {
        FRESH(a_session_begins_and_is_found),
        FRESH(signing_in_rightly_never_waits),
        FRESH(what_does_not_fit_is_refused),
        FRESH(the_refusal_tells_one_sentence),
        FRESH(tokens_that_are_none_are_refused),
        FRESH(an_unused_session_ends),
        FRESH(a_used_session_ends_after_twelve_hours),
        FRESH(touching_writes_once_a_minute),
        FRESH(an_ended_session_is_gone),
        FRESH(a_new_password_ends_sessions_and_the_old_one),
        FRESH(the_database_keeps_no_secret),
        FRESH(ones_own_sessions_are_seen_and_ended),
        FRESH(changing_ones_password_leaves_one_new_session),
        FRESH(guessing_at_a_session_left_open_waits_too),
        cmocka_unit_test(a_device_is_known_by_its_browser_and_system),
        FRESH(a_form_needs_its_own_token),
        FRESH(sweeping_removes_what_has_ended),
        FRESH(an_older_hash_is_made_anew),
        FRESH(many_sign_in_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
