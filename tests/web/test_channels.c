/* test_channels.c - when people are left alone, and up to when the digest reaches, at any moment of the day in China. */
#include "web/channels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define DAY (24 * 60 * MINUTE)
/* 2026-03-02 00:00 in China. */
#define MIDNIGHT (1772380800000LL)

static int64_t at(int hour, int minute) { return MIDNIGHT + (hour * 60 + minute) * MINUTE; }

static void the_digest_reaches_to_its_last_hour(void **state) {
    (void)state;
    struct channels c = {.digest_at = 8 * 60 + 30};
    assert_true(channels_digest_ms(&c, at(8, 30)) == at(8, 30));
    assert_true(channels_digest_ms(&c, at(8, 30) + 59999) == at(8, 30));
    assert_true(channels_digest_ms(&c, at(8, 30) - 1) == at(8, 30) - DAY);
    assert_true(channels_digest_ms(&c, at(0, 0)) == at(8, 30) - DAY);
    assert_true(channels_digest_ms(&c, at(23, 59)) == at(8, 30));
    c.digest_at = 0;
    assert_true(channels_digest_ms(&c, at(0, 0)) == at(0, 0));
    assert_true(channels_digest_ms(&c, at(0, 0) - 1) == at(0, 0) - DAY);
    c.digest_at = -1;
    assert_true(channels_digest_ms(&c, at(3, 7) + 5) == at(3, 7) + 5);
}

/* In the quiet hours nothing is told; what the digest reached to is still so when they end. */
static void the_digest_within_the_quiet_hours_comes_when_they_end(void **state) {
    (void)state;
    struct channels c = {.digest_at = 6 * 60, .quiet_from = 22 * 60, .quiet_to = 7 * 60};
    assert_true(channels_quiet(&c, at(6, 0)));
    assert_false(channels_quiet(&c, at(7, 0)));
    assert_true(channels_digest_ms(&c, at(7, 0)) == at(6, 0));
    assert_true(channels_quiet(&c, at(22, 0)) && !channels_quiet(&c, at(21, 59)));
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_digest_reaches_to_its_last_hour),
                                       cmocka_unit_test(the_digest_within_the_quiet_hours_comes_when_they_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
