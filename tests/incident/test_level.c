/* test_level.c - the level proposed from facts: every threshold on both sides, the clause beside it, nothing where the rules say nothing. */
#include "incident/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WAN INT64_C(1000000) /* fen */
#define NOT FACT_UNKNOWN

struct vector {
    enum incident_grading grading;
    struct incident_facts facts; /* dead, heavy, loss, leaked */
    enum incident_level level;
    bool unverified, open;
};

static const struct vector vectors[] = {
    {GRADING_PRODUCTION, {0, 0, 0, 0}, LEVEL_NONE, false, false},
    {GRADING_PRODUCTION, {NOT, NOT, NOT, NOT}, LEVEL_NONE, false, true},
    {GRADING_PRODUCTION, {1, 0, 0, 0}, LEVEL_ORDINARY, false, false},
    {GRADING_PRODUCTION, {2, 9, 1000 * WAN - 1, 0}, LEVEL_ORDINARY, false, false},
    {GRADING_PRODUCTION, {3, 0, 0, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {9, 0, 0, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {10, 0, 0, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {29, 0, 0, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {30, 0, 0, 0}, LEVEL_GRAVEST, false, false},
    {GRADING_PRODUCTION, {0, 10, 0, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {0, 49, 0, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {0, 50, 0, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {0, 99, 0, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {0, 100, 0, 0}, LEVEL_GRAVEST, false, false},
    {GRADING_PRODUCTION, {0, 0, 1000 * WAN, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {0, 0, 5000 * WAN - 1, 0}, LEVEL_LARGER, false, false},
    {GRADING_PRODUCTION, {0, 0, 5000 * WAN, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {0, 0, 10000 * WAN - 1, 0}, LEVEL_MAJOR, false, false},
    {GRADING_PRODUCTION, {0, 0, 10000 * WAN, 0}, LEVEL_GRAVEST, false, false},
    {GRADING_PRODUCTION, {1, 0, 10000 * WAN, 0}, LEVEL_GRAVEST, false, false}, /* any one test raises it */
    {GRADING_PRODUCTION, {NOT, 2, NOT, 0}, LEVEL_ORDINARY, false, true},
    {GRADING_PRODUCTION, {30, NOT, NOT, 0}, LEVEL_GRAVEST, false, false}, /* it cannot be higher */
    {GRADING_PRODUCTION, {0, 0, 0, 100000000}, LEVEL_NONE, false, false}, /* no test of that regulation */
    {GRADING_NETWORK, {0, 0, 0, 999999}, LEVEL_NONE, false, false},
    {GRADING_NETWORK, {0, 0, 0, 1000000}, LEVEL_LARGER, true, false},
    {GRADING_NETWORK, {0, 0, 0, 10000000}, LEVEL_MAJOR, true, false},
    {GRADING_NETWORK, {0, 0, 0, 100000000}, LEVEL_GRAVEST, false, false},
    {GRADING_NETWORK, {0, 0, 500 * WAN - 1, 0}, LEVEL_NONE, false, false},
    {GRADING_NETWORK, {0, 0, 500 * WAN, 0}, LEVEL_LARGER, true, false},
    {GRADING_NETWORK, {0, 0, 2000 * WAN, 0}, LEVEL_MAJOR, true, false},
    {GRADING_NETWORK, {0, 0, 10000 * WAN, 0}, LEVEL_GRAVEST, false, false},
    {GRADING_NETWORK, {30, 100, 0, 0}, LEVEL_NONE, false, false},
    {GRADING_NETWORK, {0, 0, NOT, 1000000}, LEVEL_LARGER, true, true},
    {GRADING_NONE, {30, 100, 10000 * WAN, 100000000}, LEVEL_NONE, false, false},
};

static void each_fact_raises_the_level_at_its_threshold(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct level_proposal p;
        level_propose(vectors[i].grading, &vectors[i].facts, &p);
        if (p.level != vectors[i].level || p.unverified != vectors[i].unverified || p.open != vectors[i].open)
            fail_msg("vector %zu: level %d, unverified %d, open %d", i, p.level, p.unverified, p.open);
        assert_int_equal(p.fact != NULL, p.level != LEVEL_NONE);
        assert_int_equal(p.citation != NULL, p.level != LEVEL_NONE);
    }
}

static void gradings_and_levels_have_names(void **state) {
    (void)state;
    assert_int_equal(grading_named("production"), GRADING_PRODUCTION);
    assert_int_equal(grading_named("network"), GRADING_NETWORK);
    assert_int_equal(grading_named("productio"), GRADING_NONE);
    assert_int_equal(grading_named(NULL), GRADING_NONE);
    assert_null(level_key(LEVEL_NONE));
    assert_string_equal(level_key(LEVEL_GRAVEST), "gravest");
    assert_string_equal(level_name(LEVEL_LARGER), "较大");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fact_raises_the_level_at_its_threshold),
                                       cmocka_unit_test(gradings_and_levels_have_names)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
