/* test_civil.c - civil dates over years 1–9999 against the C library's calendar, and their text form on good and bad input. */
#include "testing.h"

#include "base/civil.h"

#include <time.h>

static void every_day_against_the_c_library(void **state) {
    (void)state;
    int year = 1, month = 1, day = 1;
    struct tm first = {.tm_year = 1 - 1900, .tm_mon = 0, .tm_mday = 1};
    const time_t start = timegm(&first);
    civil_day d = civil_from_ymd(1, 1, 1);
    assert_int_equal((time_t)d * 86400, start);
    for (time_t t = start; year <= 9999; t += 86400, d++) {
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        civil_to_ymd(d, &year, &month, &day);
        if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || day != tm.tm_mday)
            fail_msg("day %d is not %04d-%02d-%02d", d, year, month, day);
        if (year > 9999) break;
        if (civil_from_ymd(year, month, day) != d || !civil_valid(year, month, day)) fail_msg("%04d-%02d-%02d", year, month, day);
        char text[CIVIL_TEXT], expected[40];
        civil_day back = d + 1;
        civil_format(d, text);
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        if (strcmp(text, expected) || !civil_parse(text, &back) || back != d) fail_msg("%s", expected);
    }
    assert_int_equal(year, 10000);
    assert_int_equal(civil_from_ymd(1970, 1, 1), 0);
}

static void valid_days(void **state) {
    (void)state;
    int valid = 0;
    for (int year = -5; year <= 10010; year++)
        for (int month = -1; month <= 14; month++)
            for (int day = -1; day <= 33; day++) valid += civil_valid(year, month, day);
    assert_int_equal(valid, 3652059); /* the days of the years 1 to 9999 */
    assert_true(civil_valid(2000, 2, 29));
    assert_false(civil_valid(1900, 2, 29));
}

static void bad_texts(void **state) {
    (void)state;
    static const char *const bad[] = {"",           "2019",       "2019-1-1",    "2019-02-29",  "2019-13-01",  "2019-00-10",
                                      "2019-01-00", "0000-01-01", "2019-01-01 ", " 2019-01-01", "2019/01/01",  "2019-01-0a",
                                      "2019-01--1", "20190-1-01", "-019-01-01",  "+019-01-01",  "2019-01-01T", "２０１９",
                                      "201９-1-1",  "2019-0101-", "----------"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        civil_day out = 12345;
        if (civil_parse(bad[i], &out)) fail_msg("“%s” was read", bad[i]);
        assert_int_equal(out, 12345); /* untouched */
    }
}

static void moments_in_china(void **state) {
    (void)state;
    char text[MOMENT_TEXT];
    moment_format(0, text);
    assert_string_equal(text, "1970-01-01 08:00:00");
    moment_format(-1, text);
    assert_string_equal(text, "1970-01-01 07:59:59");
    moment_format(1577807999999, text); /* a millisecond before the year's end there */
    assert_string_equal(text, "2019-12-31 23:59:59");
    moment_format(1577808000000, text);
    assert_string_equal(text, "2020-01-01 00:00:00");
    assert_int_equal(civil_at(1577807999999), civil_from_ymd(2019, 12, 31));
    assert_int_equal(civil_at(1577808000000), civil_from_ymd(2020, 1, 1));
    assert_int_equal(civil_at(-28800001), -1);
    assert_int_equal(civil_at(-28800000), 0);
}

static void moments_against_the_c_library(void **state) {
    (void)state;
    int64_t ms = -62135596800000; /* the year 1 */
    for (int i = 0; ms < 253402200000000; i++, ms += 86399000LL * 31 + 977 * i % 1000) {
        time_t t = (time_t)((ms + 28800000) / 1000 - ((ms + 28800000) % 1000 < 0));
        struct tm tm;
        gmtime_r(&t, &tm);
        char text[MOMENT_TEXT], expected[64];
        moment_format(ms, text);
        strftime(expected, sizeof expected, "%m-%d %H:%M:%S", &tm);
        assert_string_equal(text + 5, expected);
    }
}

static void clock_runs(void **state) {
    (void)state;
    assert_true(clock_now_ms() > 1700000000000);
}

static void invalid_date(void) { (void)civil_from_ymd(2019, 2, 29); }
static void invalid_date_aborts(void **state) {
    (void)state;
    assert_true(test_aborts(invalid_date));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_against_the_c_library),
        cmocka_unit_test(valid_days),
        cmocka_unit_test(bad_texts),
        cmocka_unit_test(moments_in_china),
        cmocka_unit_test(moments_against_the_c_library),
        cmocka_unit_test(clock_runs),
        cmocka_unit_test(invalid_date_aborts),
    };
    return RUN_TESTS(tests);
}
