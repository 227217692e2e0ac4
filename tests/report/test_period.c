/* test_period.c - the written forms of periods, the year before, and how they are said. */
#include "../base/testing.h"

#include "report/inside.h"

static struct arena arena;

static void forms_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *text, *start, *end, *before_start, *before_end, *label;
    } cases[] = {{"2019", "2019-01-01", "2019-12-31", "2018-01-01", "2018-12-31", "2019年"},
                 {"2020-02", "2020-02-01", "2020-02-29", "2019-02-01", "2019-02-28", "2020年2月"},
                 {"2021-02", "2021-02-01", "2021-02-28", "2020-02-01", "2020-02-29", "2021年2月"},
                 {"2019-Q1", "2019-01-01", "2019-03-31", "2018-01-01", "2018-03-31", "2019年第一季度"},
                 {"2019-Q4", "2019-10-01", "2019-12-31", "2018-10-01", "2018-12-31", "2019年第四季度"},
                 {"2019-H2", "2019-07-01", "2019-12-31", "2018-07-01", "2018-12-31", "2019年下半年"},
                 {"2019-01-15..2019-06-20", "2019-01-15", "2019-06-20", "2018-01-15", "2018-06-20", "2019年1月15日至6月20日"},
                 {"2018-09-01..2019-08-30", "2018-09-01", "2019-08-30", "2017-09-01", "2018-08-30", "2018年9月1日至2019年8月30日"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct period p;
        char start[CIVIL_TEXT], end[CIVIL_TEXT], back[PERIOD_TEXT];
        assert_int_equal(period_parse(cases[i].text, NULL, &p), FAULT_NONE);
        civil_format(p.start, start), civil_format(p.end, end);
        assert_string_equal(start, cases[i].start);
        assert_string_equal(end, cases[i].end);
        period_format(p, back);
        assert_string_equal(back, cases[i].text);
        assert_string_equal(period_label(p, &arena), cases[i].label);
        p = period_before(p);
        civil_format(p.start, start), civil_format(p.end, end);
        assert_string_equal(start, cases[i].before_start);
        assert_string_equal(end, cases[i].before_end);
    }
}

static void other_forms_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "19",
                                      "2019-13",
                                      "2019-00",
                                      "2019-Q5",
                                      "2019-Q0",
                                      "2019-H3",
                                      "2019年",
                                      "0000",
                                      "2019-1",
                                      "2019-06-30..2019-01-01",
                                      "2019-02-30..2019-03-01",
                                      "2019-01-01..2019-06-31x",
                                      "2019 "};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct notes notes;
        struct period p = {1, 2};
        notes_init(&notes, &arena);
        if (period_parse(bad[i], &notes, &p) != FAULT_INPUT) fail_msg("“%s” should be refused", bad[i]);
        assert_int_equal(notes.count, 1);
        assert_int_equal(p.start, 1);
    }
    struct period p;
    assert_int_equal(period_parse(NULL, NULL, &p), FAULT_INPUT);
}

int main(void) {
    arena_init(&arena, 1 << 20);
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_are_read_and_written), cmocka_unit_test(other_forms_are_refused)};
    int failed = RUN_TESTS(tests);
    arena_release(&arena);
    return failed;
}
