/* test_roster.c - classes of days, shifts of a period, seats filled, kept, left open with the reason. */
#include "../base/testing.h"

#include "calendar/roster.h"

static struct arena arena;
static const struct calendar *national;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 128 << 20);
    return calendar_national(CALENDAR_LAST, &arena, &national) != FAULT_NONE;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static civil_day on(int year, int month, int day) { return civil_from_ymd(year, month, day); }

static void classes_follow_the_calendar(void **state) {
    (void)state;
    /* National Day of 2026: three statutory days, four that the notice moved, and two Saturdays or Sundays worked for them */
    assert_int_equal(shift_class_of(national, on(2026, 10, 1)), SHIFT_STATUTORY);
    assert_int_equal(shift_class_of(national, on(2026, 10, 6)), SHIFT_REST);
    assert_int_equal(shift_class_of(national, on(2026, 10, 10)), SHIFT_MAKEUP);
    assert_int_equal(shift_class_of(national, on(2026, 10, 11)), SHIFT_REST);
    assert_int_equal(shift_class_of(national, on(2026, 10, 12)), SHIFT_WORKDAY);
}

static void days_have_their_shifts(void **state) {
    (void)state;
    struct roster_shift *shifts;
    size_t n = roster_shifts(national, on(2026, 10, 8), on(2026, 10, 11), PLAN_NIGHT, PLAN_TWO, &arena, &shifts);
    assert_int_equal(n, 5); /* Thursday, Friday and the worked Saturday by night; Sunday twice */
    assert_int_equal(shifts[2].class, SHIFT_MAKEUP);
    assert_int_equal(shifts[2].part, SHIFT_NIGHT);
    assert_int_equal(shifts[3].part, SHIFT_DAY);
    assert_int_equal(shifts[4].part, SHIFT_NIGHT);
    assert_int_equal(roster_shifts(national, on(2026, 1, 1), on(2028, 1, 1), PLAN_WHOLE, PLAN_TWO, &arena, &shifts),
                     ROSTER_DAYS_MAX + (size_t)(ROSTER_DAYS_MAX -
                                                calendar_between(national, on(2025, 12, 31), on(2025, 12, 31) + ROSTER_DAYS_MAX)));
    assert_int_equal(roster_shifts(national, on(2026, 1, 2), on(2026, 1, 1), PLAN_WHOLE, PLAN_TWO, &arena, &shifts), 0);
}

/* October 2026, every day one shift; `people` of seat 0 only. */
static struct roster_question october(struct roster_person *people, size_t count) {
    struct roster_question q = {.people = people, .people_count = count};
    q.shift_count = roster_shifts(national, on(2026, 10, 1), on(2026, 10, 31), PLAN_WHOLE, PLAN_WHOLE, &arena, &q.shifts);
    for (size_t i = 0; i < q.shift_count; i++) q.shifts[i].wanted[1] = q.shifts[i].wanted[2] = false;
    for (size_t i = 0; i < count; i++) {
        people[i].pool[0] = true;
        people[i].last = DAY_NONE;
    }
    return q;
}

static void everybody_has_as_many_of_each_class(void **state) {
    (void)state;
    struct roster_person people[5] = {0};
    struct roster_question q = october(people, 5);
    int open;
    q.gap = 2;
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 0);
    for (int c = 0; c < SHIFT_CLASSES; c++) {
        int least = 99, most = 0;
        for (int p = 0; p < 5; p++) {
            int n = roster_turns(&q, p, 0, (enum shift_class)c);
            least = n < least ? n : least;
            most = n > most ? n : most;
        }
        assert_true(most - least <= 1);
    }
    for (size_t i = 0; i < q.shift_count; i++)
        for (size_t k = i + 1; k < q.shift_count && k <= i + 2; k++)
            assert_int_not_equal(q.shifts[i].seats[0], q.shifts[k].seats[0]);
}

static void what_was_before_counts(void **state) {
    (void)state;
    struct roster_person people[3] = {0};
    struct roster_question q = october(people, 3);
    int open;
    people[0].before[0][SHIFT_STATUTORY] = 3;
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 0);
    assert_int_equal(roster_turns(&q, 0, 0, SHIFT_STATUTORY), 3); /* no more of them */
    assert_true(roster_turns(&q, 1, 0, SHIFT_STATUTORY) >= 1);
}

static void fixed_seats_stay(void **state) {
    (void)state;
    struct roster_person people[4] = {0};
    struct roster_question q = october(people, 4);
    int open;
    q.gap = 1;
    q.shifts[7].seats[0] = 3;
    q.shifts[7].fixed[0] = true;
    roster_fill(&q, &arena, &open);
    assert_int_equal(q.shifts[7].seats[0], 3);
    assert_int_not_equal(q.shifts[6].seats[0], 3);
    assert_int_not_equal(q.shifts[8].seats[0], 3);
    assert_int_equal(open, 0);
}

static void an_open_seat_says_why(void **state) {
    (void)state;
    struct roster_person people[2] = {0};
    struct roster_question q = october(people, 2);
    const struct roster_absence away[] = {{0, on(2026, 10, 1), on(2026, 10, 31)}, {1, on(2026, 10, 20), on(2026, 10, 20)}};
    int open;
    q.absences = away;
    q.absence_count = 2;
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 1);
    assert_int_equal(q.shifts[19].seats[0], SEAT_EMPTY);
    assert_int_equal(q.shifts[19].open[0], OPEN_ABSENT);
    q.absence_count = 0;
    q.gap = 3; /* two people cannot stand every day with three days between */
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 15);
    int said = 0;
    for (size_t i = 0; i < q.shift_count; i++) said += q.shifts[i].open[0] == OPEN_GAP;
    assert_int_equal(said, open);
    struct roster_question none = october(people, 0);
    roster_fill(&none, &arena, &open);
    assert_int_equal(open, 31);
    assert_int_equal(none.shifts[0].open[0], OPEN_NO_POOL);
}

static void weeks_are_taken_whole(void **state) {
    (void)state;
    struct roster_person people[3] = {0};
    struct roster_question q = october(people, 3);
    int open;
    q.by_week = true;
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 0);
    /* 2026-10-05 is a Monday */
    for (size_t i = 5; i < q.shift_count; i++)
        if (civil_weekday(q.shifts[i].day)) assert_int_equal(q.shifts[i].seats[0], q.shifts[i - 1].seats[0]);
}

static void nobody_sits_in_two_seats(void **state) {
    (void)state;
    struct roster_person people[2] = {0};
    struct roster_question q = october(people, 2);
    int open;
    people[0].pool[1] = true;
    for (size_t i = 0; i < q.shift_count; i++) q.shifts[i].wanted[1] = true;
    roster_fill(&q, &arena, &open);
    assert_int_equal(open, 0); /* the second seat can only be the first person's, so the first is always the other's */
    for (size_t i = 0; i < q.shift_count; i++) {
        assert_int_equal(q.shifts[i].seats[0], 1);
        assert_int_equal(q.shifts[i].seats[1], 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(classes_follow_the_calendar, begin, end),
        cmocka_unit_test_setup_teardown(days_have_their_shifts, begin, end),
        cmocka_unit_test_setup_teardown(everybody_has_as_many_of_each_class, begin, end),
        cmocka_unit_test_setup_teardown(what_was_before_counts, begin, end),
        cmocka_unit_test_setup_teardown(fixed_seats_stay, begin, end),
        cmocka_unit_test_setup_teardown(an_open_seat_says_why, begin, end),
        cmocka_unit_test_setup_teardown(weeks_are_taken_whole, begin, end),
        cmocka_unit_test_setup_teardown(nobody_sits_in_two_seats, begin, end),
    };
    return RUN_TESTS(tests);
}
