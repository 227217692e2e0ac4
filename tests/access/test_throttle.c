/* test_throttle.c - failures make the same name from the same address wait, and lock out nobody else. */
#include "fixture.h"

static const int64_t begin_ms = 1556668800000, second_ms = 1000, minute_ms = 60 * 1000, hour_ms = 60 * 60 * 1000;

/* Counts a try; returns the wait in ms. */
static int64_t attempt(struct store *store, const char *login, const char *address, int64_t now_ms) {
    struct signin_try try = try_make(login, strlen(login), address, now_ms);
    assert_int_equal(store_work(store, try_count, &try), FAULT_NONE);
    return try.wait_ms;
}

static void succeed(struct store *store, const char *login, const char *address, int64_t now_ms) {
    assert_int_equal(attempt(store, login, address, now_ms), 0);
    struct signin_try try = try_make(login, strlen(login), address, now_ms);
    assert_int_equal(store_work(store, try_succeeded, &try), FAULT_NONE);
}

static void a_pair_waits_longer_and_longer(void **state) {
    static const int64_t waits_s[] = {15, 30, 60, 120, 240, 300, 300};
    int64_t now_ms = begin_ms;
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", now_ms), 0);
    for (size_t i = 0; i < COUNT_OF(waits_s); i++) {
        assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", now_ms), waits_s[i] * second_ms);
        assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", now_ms + second_ms), (waits_s[i] - 1) * second_ms);
        assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", now_ms + waits_s[i] * second_ms - 1), 1);
        now_ms += waits_s[i] * second_ms;
        assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", now_ms), 0);
    }
}

static void others_do_not_wait(void **state) {
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    assert_true(attempt(*state, "zhangsan", "192.0.2.7", begin_ms) > 0);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.8", begin_ms), 0); /* the same person elsewhere */
    assert_int_equal(attempt(*state, "lisi", "192.0.2.7", begin_ms), 0);     /* another person there */
}

static void failures_are_forgotten(void **state) {
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    int64_t later_ms = begin_ms + hour_ms + 1;
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", later_ms), 0);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", later_ms), 15 * second_ms);
}

static void success_forgives_the_pair(void **state) {
    for (int i = 0; i < 4; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    succeed(*state, "zhangsan", "192.0.2.7", begin_ms);
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    assert_true(attempt(*state, "zhangsan", "192.0.2.7", begin_ms) > 0);
}

static void guessing_from_many_places_is_slowed_but_not_the_own_desk(void **state) {
    succeed(*state, "zhangsan", "192.0.2.7", begin_ms);
    for (int i = 0; i < 50; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.51.100.%d", i);
        assert_int_equal(attempt(*state, "zhangsan", address, begin_ms), 0);
    }
    assert_int_equal(attempt(*state, "zhangsan", "203.0.113.1", begin_ms), 5 * second_ms);
    assert_int_equal(attempt(*state, "zhangsan", "203.0.113.1", begin_ms + 5 * second_ms), 0);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    assert_int_equal(attempt(*state, "lisi", "203.0.113.1", begin_ms), 0);
    int64_t month_later_ms = begin_ms + 31 * 24 * hour_ms;
    assert_int_equal(attempt(*state, "zhangsan", "203.0.113.1", month_later_ms), 0); /* the guessing has ended */
}

static void guessing_many_names_is_slowed_but_not_who_is_known_there(void **state) {
    succeed(*state, "zhangsan", "192.0.2.7", begin_ms);
    for (int i = 0; i < 100; i++) {
        char login[32];
        snprintf(login, sizeof login, "guess%d", i);
        assert_int_equal(attempt(*state, login, "192.0.2.7", begin_ms), 0);
    }
    assert_int_equal(attempt(*state, "lisi", "192.0.2.7", begin_ms), 5 * second_ms);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    assert_int_equal(attempt(*state, "lisi", "192.0.2.8", begin_ms), 0);
    assert_int_equal(attempt(*state, "lisi", "192.0.2.7", begin_ms + 15 * minute_ms + 1), 0);
}

static void own_success_does_not_wipe_out_guessing(void **state) {
    for (int i = 0; i < 100; i++) {
        char login[32];
        snprintf(login, sizeof login, "guess%d", i);
        assert_int_equal(attempt(*state, login, "192.0.2.7", begin_ms), 0);
    }
    succeed(*state, "mallory", "192.0.2.7", begin_ms + 5 * second_ms);
    assert_int_equal(attempt(*state, "lisi", "192.0.2.7", begin_ms + 5 * second_ms), 5 * second_ms);
}

static void one_network_is_one_address(void **state) {
    for (int i = 0; i < 5; i++) {
        char address[40];
        snprintf(address, sizeof address, "2001:db8:1:2::%d", i);
        assert_int_equal(attempt(*state, "zhangsan", address, begin_ms), 0);
    }
    assert_true(attempt(*state, "zhangsan", "2001:0db8:1:2:ffff::1", begin_ms) > 0);
    assert_int_equal(attempt(*state, "zhangsan", "2001:db8:1:3::1", begin_ms), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(attempt(*state, "zhangsan", i % 2 ? "192.0.2.7" : "::ffff:192.0.2.7", begin_ms), 0);
    assert_true(attempt(*state, "zhangsan", "192.0.2.7", begin_ms) > 0);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.8", begin_ms), 0);
    assert_int_equal(attempt(*state, "zhangsan", "unix", begin_ms), 0);
}

static void a_clock_set_back_makes_nobody_wait_for_it(void **state) {
    for (int i = 0; i < 5; i++) assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms), 0);
    assert_int_equal(attempt(*state, "zhangsan", "192.0.2.7", begin_ms - 48 * hour_ms), 15 * second_ms);
}

/* Through the front door: the right password waits as well, the sentence names the wait, and the wait does not grow by trying. */
static void signing_in_waits(void **state) {
    static const struct signin_from other = {"192.0.2.8", NULL};
    put_person(*state, 20, 0, "zhangsan");
    struct id zhang = id_of(20);
    assert_int_equal(credential_set(*state, &zhang, "the right word", NULL, begin_ms, NULL), FAULT_NONE);
    struct signin s;
    for (int i = 0; i < 5; i++)
        assert_int_equal(session_begin(*state, "zhangsan", "a wrong word", &desk, begin_ms, NULL, &s), FAULT_SIGNIN);
    _cleanup_(arena_release) struct arena arena = {0};
    struct notes notes;
    arena_init(&arena, 4096);
    notes_init(&notes, &arena);
    for (int i = 0; i < 3; i++)
        assert_int_equal(session_begin(*state, "zhangsan", "the right word", &desk, begin_ms, i ? NULL : &notes, &s), FAULT_BUSY);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first->args[0], "15");
    assert_int_equal(session_begin(*state, "zhangsan", "the right word", &other, begin_ms, NULL, &s), FAULT_NONE);
    assert_int_equal(session_begin(*state, "zhangsan", "the right word", &desk, begin_ms + 15 * second_ms, NULL, &s), FAULT_NONE);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define FRESH(test) cmocka_unit_test_setup_teardown(test, make_store, close_store)
    const struct CMUnitTest tests[] = {
        FRESH(a_pair_waits_longer_and_longer),
        FRESH(others_do_not_wait),
        FRESH(failures_are_forgotten),
        FRESH(success_forgives_the_pair),
        FRESH(guessing_from_many_places_is_slowed_but_not_the_own_desk),
        FRESH(guessing_many_names_is_slowed_but_not_who_is_known_there),
        FRESH(own_success_does_not_wipe_out_guessing),
        FRESH(one_network_is_one_address),
        FRESH(a_clock_set_back_makes_nobody_wait_for_it),
        FRESH(signing_in_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
