/* test_right.c - right patterns, and the units that grants reach. */
#include "fixture.h"

static bool one_may(const char *rights, const char *right) {
    struct actor_grant grant = {.rights = rights};
    struct actor actor = {.grants = &grant, .grant_count = 1};
    return access_may(&actor, right);
}

static void patterns_cover_what_they_say(void **state) {
    (void)state;
    assert_true(one_may("finding.read", "finding.read"));
    assert_true(one_may("finding.*", "finding.read"));
    assert_true(one_may("*", "system.admin"));
    assert_true(one_may("talk.read\n  finding.read\ttalk.record", "finding.read"));
    assert_true(one_may("talk.read\xe3\x80\x80"
                        "finding.read",
                        "finding.read"));
    assert_true(one_may("\r\nfinding.read\r\n", "finding.read"));
}

static void patterns_cover_no_more(void **state) {
    (void)state;
    assert_false(one_may("", "finding.read"));
    assert_false(one_may("   ", "finding.read"));
    assert_false(one_may("finding.rea", "finding.read"));
    assert_false(one_may("finding.reader", "finding.read"));
    assert_false(one_may("finding.read", "finding.reader"));
    assert_false(one_may("finding.*", "findings.read"));
    assert_false(one_may("finding.*", "finding"));
    assert_false(one_may("finding.*", "finding."));
    assert_false(one_may("find*", "finding.read"));
    assert_false(one_may("*.read", "finding.read"));
    assert_false(one_may("**", "finding.read"));
    assert_false(one_may(".*", "finding.read"));
    assert_false(one_may("finding read", "finding.read"));
    assert_false(one_may("Finding.read", "finding.read"));
}

static void a_grant_reaches_its_units_only(void **state) {
    (void)state;
    struct id units[] = {id_of(1), id_of(2)}, zero = id_of(0), one = id_of(1), three = id_of(3);
    struct actor_grant grants[] = {{"finding.read", units, 2}, {"talk.read", NULL, 0}};
    struct actor actor = {.grants = grants, .grant_count = 2};
    assert_true(access_may(&actor, "finding.read"));
    assert_true(access_may_in(&actor, "finding.read", &one));
    assert_false(access_may_in(&actor, "finding.read", &three));
    assert_false(access_may_in(&actor, "finding.read", NULL));
    assert_false(access_may_in(&actor, "finding.read", &zero));
    assert_false(access_may_in(&actor, "finding.record", &one));
    assert_true(access_may_in(&actor, "talk.read", &three));
    assert_true(access_may_in(&actor, "talk.read", NULL));
    assert_true(access_may_in(&actor, "talk.read", &zero));
}

static void a_grant_of_no_unit_left_gives_nothing(void **state) {
    (void)state;
    struct id none = id_of(0), one = id_of(1);
    struct actor_grant grant = {"*", &none, 0};
    struct actor actor = {.grants = &grant, .grant_count = 1};
    assert_false(access_may(&actor, "finding.read"));
    assert_false(access_may_in(&actor, "finding.read", &one));
    assert_false(access_may_in(&actor, "finding.read", NULL));
}

static void units_are_listed_once(void **state) {
    (void)state;
    struct id first[] = {id_of(2), id_of(1)}, second[] = {id_of(3), id_of(2)}, other[] = {id_of(9)};
    struct actor_grant grants[] = {{"finding.*", first, 2}, {"finding.read", second, 2}, {"talk.*", other, 1}};
    struct actor actor = {.grants = grants, .grant_count = 3};
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 4096);
    bool all = true;
    const struct id *units;
    size_t count;
    access_units(&actor, "finding.read", &arena, &all, &units, &count);
    assert_false(all);
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++) {
        struct id expected = id_of(i + 1);
        assert_true(id_same(&units[i], &expected));
    }
    access_units(&actor, "person.read", &arena, &all, &units, &count);
    assert_false(all);
    assert_int_equal(count, 0);
    grants[2] = (struct actor_grant){"finding.read", NULL, 0};
    access_units(&actor, "finding.read", &arena, &all, &units, &count);
    assert_true(all);
}

/* A right that ends in ".inside" stays in the unit that its holder works in, whatever a grant says. */
static void a_right_inside_goes_no_further(void **state) {
    (void)state;
    struct id own = id_of(1), other = id_of(2);
    struct id both[] = {own, other};
    struct actor_grant grants[] = {{"*", NULL, 0}, {"self_check.*", both, 2}};
    struct actor actor = {.grants = grants, .grant_count = 2, .unit = own};
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 4096);
    bool all = true;
    const struct id *units;
    size_t count;
    access_units(&actor, "self_check.inside", &arena, &all, &units, &count);
    assert_false(all);
    assert_int_equal(count, 1);
    assert_true(id_same(&units[0], &own));
    assert_true(access_may(&actor, "self_check.inside"));
    assert_true(access_may_in(&actor, "self_check.inside", &own));
    assert_false(access_may_in(&actor, "self_check.inside", &other));
    assert_false(access_may_in(&actor, "self_check.inside", NULL));
    assert_true(access_may_in(&actor, "self_check.insider", &other));
    actor.unit = (struct id){0};
    assert_false(access_may(&actor, "self_check.inside"));
    assert_false(access_may_in(&actor, "self_check.inside", &actor.unit));
    access_units(&actor, "self_check.inside", &arena, &all, &units, &count);
    assert_true(!all && !count);
    grants[1].units = &other, grants[1].unit_count = 1;
    actor.unit = own, actor.grants = &grants[1], actor.grant_count = 1;
    assert_false(access_may(&actor, "self_check.inside")); /* works here, but has the right elsewhere only */
}

static void the_installation_may_everything(void **state) {
    (void)state;
    struct actor actor = actor_system();
    struct id one = id_of(1);
    _cleanup_(arena_release) struct arena arena = {0};
    arena_init(&arena, 4096);
    bool all = false;
    const struct id *units;
    size_t count;
    access_units(&actor, "finding.read", &arena, &all, &units, &count);
    assert_true(all);
    assert_true(access_may(&actor, "finding.read"));
    assert_true(access_may_in(&actor, "finding.read", &one));
    assert_true(id_is_zero(&actor.person));
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_cover_what_they_say),   cmocka_unit_test(patterns_cover_no_more),
        cmocka_unit_test(a_grant_reaches_its_units_only), cmocka_unit_test(a_grant_of_no_unit_left_gives_nothing),
        cmocka_unit_test(units_are_listed_once),          cmocka_unit_test(the_installation_may_everything),
        cmocka_unit_test(a_right_inside_goes_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
