/* test_actor.c - an actor read from the projections: the person, grants in force on a day, units and all below them. */
#include "fixture.h"

enum { SCHOOL = 1, COLLEGE, CLASS, OTHER, ZHANG = 20, ROLE = 30, GRANT = 40 };

static civil_day day(const char *text) {
    civil_day d = 0;
    assert_true(civil_parse(text, &d));
    return d;
}

/* School above college above class; another unit beside the college. */
static void put_basics(struct store *s) {
    put_unit(s, SCHOOL, 0);
    put_unit(s, COLLEGE, SCHOOL);
    put_unit(s, CLASS, COLLEGE);
    put_unit(s, OTHER, SCHOOL);
    put_person(s, ZHANG, COLLEGE, "zhangsan");
    put_role(s, ROLE, "finding.read finding.*");
}

static enum fault read_at(struct store *s, const char *date, struct arena *arena, struct actor *out) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(s, &conn), FAULT_NONE);
    struct id zhang = id_of(ZHANG);
    arena_init(arena, 1 << 16);
    return actor_read(conn, &zhang, day(date), arena, out);
}

static bool may_on(struct store *s, const char *date, int unit) {
    _cleanup_(arena_release) struct arena arena = {0};
    struct actor actor;
    assert_int_equal(read_at(s, date, &arena, &actor), FAULT_NONE);
    struct id id = id_of(unit);
    return access_may_in(&actor, "finding.read", &id);
}

static void the_person_is_read(void **state) {
    put_basics(*state);
    _cleanup_(arena_release) struct arena arena = {0};
    struct actor actor;
    assert_int_equal(read_at(*state, "2019-05-01", &arena, &actor), FAULT_NONE);
    struct id zhang = id_of(ZHANG), college = id_of(COLLEGE);
    assert_true(id_same(&actor.person, &zhang));
    assert_true(id_same(&actor.unit, &college));
    assert_string_equal(actor.name, "张三");
    assert_string_equal(actor.login, "zhangsan");
    assert_int_equal(actor.lang, LANG_ZH);
    assert_int_equal(actor.grant_count, 0);
    assert_false(actor.system);
    assert_false(access_may(&actor, "finding.read"));
}

static void a_grant_reaches_down_not_up_nor_aside(void **state) {
    put_basics(*state);
    put_grant(*state, GRANT, ZHANG, ROLE, COLLEGE, "2019-01-01", NULL);
    assert_true(may_on(*state, "2019-05-01", COLLEGE));
    assert_true(may_on(*state, "2019-05-01", CLASS));
    assert_false(may_on(*state, "2019-05-01", SCHOOL));
    assert_false(may_on(*state, "2019-05-01", OTHER));
    assert_false(may_on(*state, "2019-05-01", 0));
    run_sql(*state, "UPDATE r_unit SET withdrawn = 1 WHERE f_parent = (SELECT id FROM r_unit WHERE f_parent IS NULL) AND id = "
                    "x'02020202020202020202020202020202'");
    assert_false(may_on(*state, "2019-05-01", COLLEGE));
    assert_false(may_on(*state, "2019-05-01", 0));
}

static void a_grant_without_unit_reaches_all(void **state) {
    put_basics(*state);
    put_grant(*state, GRANT, ZHANG, ROLE, 0, "2019-01-01", NULL);
    assert_true(may_on(*state, "2019-05-01", OTHER));
    assert_true(may_on(*state, "2019-05-01", 0));
}

static void units_in_a_circle_end(void **state) {
    put_basics(*state);
    run_sql(*state,
            "UPDATE r_unit SET f_parent = x'03030303030303030303030303030303' WHERE id = x'02020202020202020202020202020202'");
    put_grant(*state, GRANT, ZHANG, ROLE, COLLEGE, "2019-01-01", NULL);
    assert_true(may_on(*state, "2019-05-01", CLASS));
    assert_true(may_on(*state, "2019-05-01", COLLEGE));
    assert_false(may_on(*state, "2019-05-01", OTHER));
}

static void many_units_are_all_reached(void **state) {
    put_basics(*state);
    for (int i = 100; i < 140; i++) put_unit(*state, i, i == 100 ? COLLEGE : i - 1);
    put_grant(*state, GRANT, ZHANG, ROLE, COLLEGE, "2019-01-01", NULL);
    for (int i = 100; i < 140; i++) assert_true(may_on(*state, "2019-05-01", i));
}

static void a_grant_holds_on_its_days(void **state) {
    put_basics(*state);
    put_grant(*state, GRANT, ZHANG, ROLE, 0, "2019-03-01", "2019-06-30");
    assert_false(may_on(*state, "2019-02-28", COLLEGE));
    assert_true(may_on(*state, "2019-03-01", COLLEGE));
    assert_true(may_on(*state, "2019-06-30", COLLEGE));
    assert_false(may_on(*state, "2019-07-01", COLLEGE));
}

static void what_is_withdrawn_does_not_count(void **state) {
    put_basics(*state);
    put_grant(*state, GRANT, ZHANG, ROLE, 0, "2019-03-01", NULL);
    assert_true(may_on(*state, "2019-05-01", COLLEGE));
    run_sql(*state, "UPDATE r_grant SET withdrawn = 1");
    assert_false(may_on(*state, "2019-05-01", COLLEGE));
    run_sql(*state, "UPDATE r_grant SET withdrawn = 0");
    run_sql(*state, "UPDATE r_role SET withdrawn = 1");
    assert_false(may_on(*state, "2019-05-01", COLLEGE));
}

static void who_left_is_nobody(void **state) {
    static const char *const changes[] = {"UPDATE r_person SET state = 'left'", "UPDATE r_person SET state = NULL",
                                          "UPDATE r_person SET state = 'active', withdrawn = 1"};
    put_basics(*state);
    put_grant(*state, GRANT, ZHANG, ROLE, 0, "2019-03-01", NULL);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        run_sql(*state, changes[i]);
        _cleanup_(arena_release) struct arena arena = {0};
        struct actor actor = {.name = "untouched"};
        assert_int_equal(read_at(*state, "2019-05-01", &arena, &actor), FAULT_ABSENT);
        assert_string_equal(actor.name, "untouched");
    }
}

static void grants_of_others_do_not_count(void **state) {
    put_basics(*state);
    put_person(*state, ZHANG + 1, COLLEGE, "lisi");
    put_grant(*state, GRANT, ZHANG + 1, ROLE, 0, "2019-03-01", NULL);
    assert_false(may_on(*state, "2019-05-01", COLLEGE));
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define FRESH(test) cmocka_unit_test_setup_teardown(test, make_store, close_store)
    const struct CMUnitTest tests[] = {
        FRESH(the_person_is_read),
        FRESH(a_grant_reaches_down_not_up_nor_aside),
        FRESH(a_grant_without_unit_reaches_all),
        FRESH(units_in_a_circle_end),
        FRESH(many_units_are_all_reached),
        FRESH(a_grant_holds_on_its_days),
        FRESH(what_is_withdrawn_does_not_count),
        FRESH(who_left_is_nobody),
        FRESH(grants_of_others_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
