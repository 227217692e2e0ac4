/* test_calendar.c - net working days of each year, rank and select against counting, layers, second notices, the horizon. */
#include "../base/testing.h"

#include "calendar/calendar.h"

static struct arena arena;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 64 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct calendar *known_on(civil_day as_of) {
    const struct calendar *c;
    assert_int_equal(calendar_national(as_of, &arena, &c), FAULT_NONE);
    return c;
}

static int working_days(const struct calendar *c, int year) {
    return calendar_between(c, civil_from_ymd(year - 1, 12, 31), civil_from_ymd(year, 12, 31));
}

static void net_working_days(void **state) {
    (void)state;
    /* the sums of the fact sheet, and of the published files for 2007 to 2014: a day wrong in the data changes one */
    static const int sums[] = {249, 251, 250, 250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248};
    const struct calendar *c = known_on(CALENDAR_LAST);
    for (int i = 0; i < (int)COUNT_OF(sums); i++)
        if (working_days(c, 2007 + i) != sums[i]) fail_msg("%d: %d", 2007 + i, working_days(c, 2007 + i));
    assert_int_equal(c->known_from, civil_from_ymd(2007, 1, 1));
    assert_int_equal(c->known_through, civil_from_ymd(2026, 12, 31));
}

static void ranked_as_counted(void **state) {
    (void)state;
    const struct calendar *c = known_on(CALENDAR_LAST);
    int32_t count = 0;
    civil_day last = CALENDAR_FIRST - 1;
    for (civil_day d = CALENDAR_FIRST; d <= CALENDAR_LAST; d++) {
        count += calendar_works(c, d);
        if (calendar_works(c, d)) last = d;
        assert_int_equal(c->worked[d + 1 - CALENDAR_FIRST], count);
        assert_int_equal(calendar_on_or_before(c, d), last);
    }
    civil_day from = civil_from_ymd(2024, 2, 8), at = from;
    for (int n = 1; n < 600; n++) {
        do at++;
        while (!calendar_works(c, at));
        assert_int_equal(calendar_add(c, from, n), at);
        assert_int_equal(calendar_between(c, from, at), n);
        assert_int_equal(calendar_between(c, at, from), -n);
    }
    assert_int_equal(calendar_add(c, CALENDAR_LAST, 1), CALENDAR_LAST + 1);
    assert_int_equal(calendar_add(c, CALENDAR_FIRST, -1000), CALENDAR_FIRST - 1);
}

static void a_second_notice_replaces_the_first(void **state) {
    (void)state;
    civil_day victory = civil_from_ymd(2015, 9, 3), may = civil_from_ymd(2019, 5, 2), february = civil_from_ymd(2020, 1, 31);
    const struct calendar *now = known_on(CALENDAR_LAST), *then;
    assert_false(calendar_works(now, victory) || calendar_works(now, may) || calendar_works(now, february));
    then = known_on(civil_from_ymd(2015, 5, 12));
    assert_true(calendar_works(then, victory));
    assert_int_equal(then->known_through, civil_from_ymd(2015, 12, 31));
    assert_false(calendar_works(known_on(civil_from_ymd(2015, 5, 13)), victory));
    then = known_on(civil_from_ymd(2019, 3, 21));
    assert_true(calendar_works(then, may) && !calendar_works(then, civil_from_ymd(2019, 4, 28)));
    then = known_on(civil_from_ymd(2020, 1, 26));
    assert_true(calendar_works(then, february) && calendar_works(then, civil_from_ymd(2020, 2, 1)));
    assert_int_equal(working_days(then, 2020), 251);
}

static void layers_and_kinds(void **state) {
    (void)state;
    static const struct notice_day own[] = {{19800, NOTICE_CLOSURE, "校庆"}, {19801, NOTICE_WORK, "补课"}};
    civil_day anniversary = 19800; /* 2024-03-18, a Monday */
    const struct notice *national[512], *school[2], mine = {"school", 2024, 19700, "校发〔2024〕1号", own, 2};
    for (size_t i = 0; i < notices_shipped_count; i++) national[i] = &notices_shipped[i];
    school[0] = &mine;
    const struct calendar_layer layers[] = {{"全国", national, notices_shipped_count, true}, {"本校", school, 1, false}};
    const struct calendar *c;
    const struct notice_day more[] = {{19802, NOTICE_CLOSURE, "停水"}};
    const struct notice second = {"more", 2024, 19701, "校发〔2024〕2号", more, 1};
    assert_int_equal(calendar_build(layers, 2, CALENDAR_LAST, &arena, &c), FAULT_NONE);
    assert_int_equal(calendar_kind(c, anniversary), DAY_CLOSURE);
    assert_int_equal(calendar_kind(c, anniversary + 1), DAY_WORK);
    assert_int_equal(working_days(c, 2024), 250);
    school[1] = &second; /* adds to the first, in another build */
    const struct calendar_layer both[] = {layers[0], {"本校", school, 2, false}};
    const struct calendar *added;
    assert_int_equal(calendar_build(both, 2, CALENDAR_LAST, &arena, &added), FAULT_NONE);
    assert_int_equal(working_days(added, 2024), 249);
    const struct notice_day *day;
    assert_ptr_equal(calendar_notice_of(c, anniversary, &day), &mine);
    assert_null(calendar_notice_of(c, anniversary + 3, &day));
    assert_int_equal(calendar_kind(c, civil_from_ymd(2024, 2, 10)), DAY_STATUTORY);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2024, 2, 16)), DAY_BRIDGE);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2024, 2, 18)), DAY_MAKEUP);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2024, 2, 24)), DAY_WEEKEND);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2030, 10, 3)), DAY_STATUTORY);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2030, 5, 2)), DAY_STATUTORY);
    assert_int_equal(calendar_kind(c, civil_from_ymd(2006, 5, 2)), DAY_WORK);
    assert_int_equal(civil_weekday(civil_from_ymd(2024, 3, 18)), 0);
    assert_int_equal(civil_weekday(civil_from_ymd(1969, 12, 28)), 6);
}

/* A school's term lies over the nation's days: its break is off and says so, and a day that the institution works in it is worked. */
static void breaks_between_terms(void **state) {
    (void)state;
    civil_day first = civil_from_ymd(2024, 7, 15), worked = civil_from_ymd(2024, 7, 17);
    struct notice_day days[28], day = {worked, NOTICE_WORK, "招生值班"};
    for (size_t i = 0; i < COUNT_OF(days); i++) days[i] = (struct notice_day){first + (civil_day)i, NOTICE_TERM_BREAK, "暑假"};
    const struct notice summer = {"term", 2024, 19800, "校历", days, COUNT_OF(days)},
                        own = {"own", 2024, 19810, "校发〔2024〕5号", &day, 1};
    const struct notice *national[512], *terms[] = {&summer}, *school[] = {&own};
    for (size_t i = 0; i < notices_shipped_count; i++) national[i] = &notices_shipped[i];
    const struct calendar_layer layers[] = {
        {"全国", national, notices_shipped_count, true}, {"校历", terms, 1, false}, {"本校", school, 1, false}};
    const struct calendar *c, *plain = known_on(CALENDAR_LAST);
    assert_int_equal(calendar_build(layers, COUNT_OF(layers), CALENDAR_LAST, &arena, &c), FAULT_NONE);
    assert_int_equal(calendar_kind(c, first), DAY_TERM_BREAK);
    assert_string_equal(day_kind_word(calendar_kind(c, first)), "term-break");
    assert_int_equal(calendar_kind(c, first + 5), DAY_TERM_BREAK); /* a Saturday of the break is of the break */
    assert_int_equal(calendar_kind(c, worked), DAY_WORK);
    assert_int_equal(working_days(c, 2024), working_days(plain, 2024) - 20 + 1);
    assert_int_equal(calendar_add(c, first - 3, 1), worked); /* Friday the 12th: the next day worked is the 17th */
    assert_int_equal(calendar_add(c, first - 3, 2), first + 28);
    const struct notice_day *said;
    assert_ptr_equal(calendar_notice_of(c, first + 1, &said), &summer);
    assert_ptr_equal(calendar_notice_of(c, worked, &said), &own);
}

static void statutory_days_by_year(void **state) {
    (void)state;
    const struct calendar *c = known_on(CALENDAR_LAST);
    /* 13 from 2025 on (the revised 放假办法); 11 from 2008 on, but 10 when two feasts fall on one day (2009, 2020) and 12 with the parade of 2015 */
    for (int year = 2008; year <= 2026; year++) {
        int count = 0, expected = year >= 2025 ? 13 : year == 2009 || year == 2020 ? 10 : year == 2015 ? 12 : 11;
        for (civil_day d = civil_from_ymd(year, 1, 1); d <= civil_from_ymd(year, 12, 31); d++)
            count += calendar_kind(c, d) == DAY_STATUTORY;
        if (count != expected) fail_msg("%d: %d", year, count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(net_working_days, begin, end),
        cmocka_unit_test_setup_teardown(ranked_as_counted, begin, end),
        cmocka_unit_test_setup_teardown(a_second_notice_replaces_the_first, begin, end),
        cmocka_unit_test_setup_teardown(layers_and_kinds, begin, end),
        cmocka_unit_test_setup_teardown(breaks_between_terms, begin, end),
        cmocka_unit_test_setup_teardown(statutory_days_by_year, begin, end),
    };
    return RUN_TESTS(tests);
}
