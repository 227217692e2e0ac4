/* test_plan.c - whom a plan calls: exactly the matrix, each person once, the substitute of whoever cannot be reached, never the accused. */
#include "incident/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { HEAD, MATE, RESCUER, SECOND, LEFT, MUTE, PEOPLE };

static struct arena arena;
static struct plan_person people[PEOPLE];
static struct plan_unit units[] = {
    {.name = "治保室", .head = HEAD}, {.name = "总务处", .head = MATE}, {.name = "空处", .head = PLAN_NONE}};
static struct plan_team teams[] = {{.name = "抢救组"}, {.name = "后勤组"}};
static struct plan_post posts[] = {{.name = "抢救组组长", .team = 0, .holder = RESCUER, .substitute = SECOND},
                                   {.name = "抢救组组员", .team = 0, .holder = HEAD, .substitute = SECOND},
                                   {.name = "后勤组组长", .team = 1, .holder = MUTE, .substitute = LEFT}};
static int cooperating[] = {1, 2}, called_teams[] = {0};
static struct plan_category category = {
    .name = "火灾", .handling = 0, .cooperating = cooperating, .cooperating_count = 2, .teams = called_teams, .team_count = 1};
static const struct plan plan = {.people = people,
                                 .units = units,
                                 .teams = teams,
                                 .posts = posts,
                                 .people_count = PEOPLE,
                                 .unit_count = COUNT_OF(units),
                                 .team_count = COUNT_OF(teams),
                                 .post_count = COUNT_OF(posts)};

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < PEOPLE; i++) {
        people[i] = (struct plan_person){.name = "x", .phone = "13900000000", .reach = REACH_OK};
        people[i].id.bytes[15] = (uint8_t)(i + 1);
    }
    people[LEFT].reach = REACH_LEFT;
    people[MUTE].reach = REACH_NO_PHONE;
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static const char *ids_of(int a, int b) {
    char first[ID_TEXT], second[ID_TEXT];
    id_format(&people[a].id, first);
    id_format(&people[b].id, second);
    return arena_format(&arena, "%s\n%s", first, second);
}

static void exactly_the_matrix_is_called_and_each_person_once(void **state) {
    (void)state;
    struct callee *list;
    assert_int_equal(plan_callees(&plan, &category, NULL, &arena, &list), 3);
    assert_int_equal(list[0].person, HEAD);
    assert_string_equal(list[0].reason, "治保室负责人（处置）、抢救组组员");
    assert_int_equal(list[1].person, MATE);
    assert_string_equal(list[1].reason, "总务处负责人（配合）");
    assert_int_equal(list[2].person, RESCUER);
    for (int i = 0; i < 3; i++) assert_int_equal(list[i].instead, PLAN_NONE);
}

static void a_post_falls_to_whoever_can_be_reached(void **state) {
    (void)state;
    assert_int_equal(post_called(&plan, &posts[0], NULL), RESCUER);
    for (enum reach r = REACH_NO_PHONE; r <= REACH_LEFT; r++) {
        people[RESCUER].reach = r;
        assert_int_equal(post_called(&plan, &posts[0], NULL), SECOND);
    }
    people[RESCUER].reach = REACH_ABSENT;
    people[SECOND].reach = REACH_NO_PHONE;
    assert_int_equal(post_called(&plan, &posts[0], NULL), RESCUER); /* neither can: who is still in office is called on his page */
    assert_int_equal(post_called(&plan, &posts[2], NULL), MUTE);
    people[MUTE].reach = REACH_LEFT;
    assert_int_equal(post_called(&plan, &posts[2], NULL), PLAN_NONE);
}

static void the_accused_is_called_neither_for_himself_nor_as_substitute(void **state) {
    (void)state;
    struct callee *list;
    const char *barred = ids_of(HEAD, SECOND);
    assert_int_equal(plan_callees(&plan, &category, barred, &arena, &list), 2);
    assert_int_equal(list[0].person, MATE);
    assert_int_equal(list[1].person, RESCUER);
    assert_int_equal(plan_substitutes(&plan, &category, RESCUER, barred, &arena, &list), 0);
    people[RESCUER].reach = REACH_ABSENT;
    assert_int_equal(post_called(&plan, &posts[0], barred), RESCUER);
}

static void substitutes_are_those_of_the_posts_that_were_called(void **state) {
    (void)state;
    struct callee *list;
    assert_int_equal(plan_substitutes(&plan, &category, RESCUER, NULL, &arena, &list), 1);
    assert_int_equal(list[0].person, SECOND);
    assert_int_equal(list[0].instead, RESCUER);
    assert_int_equal(plan_substitutes(&plan, &category, MATE, NULL, &arena, &list), 0); /* heads of units have none */
    assert_int_equal(plan_substitutes(&plan, &category, MUTE, NULL, &arena, &list), 0); /* a team that was not called */
    people[SECOND].reach = REACH_LEFT;
    assert_int_equal(plan_substitutes(&plan, &category, RESCUER, NULL, &arena, &list), 0);
}

static void a_category_without_units_and_teams_calls_nobody(void **state) {
    (void)state;
    struct callee *list;
    struct plan_category bare = {.name = "x", .handling = PLAN_NONE};
    assert_int_equal(plan_callees(&plan, &bare, NULL, &arena, &list), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exactly_the_matrix_is_called_and_each_person_once, begin, end),
        cmocka_unit_test_setup_teardown(a_post_falls_to_whoever_can_be_reached, begin, end),
        cmocka_unit_test_setup_teardown(the_accused_is_called_neither_for_himself_nor_as_substitute, begin, end),
        cmocka_unit_test_setup_teardown(substitutes_are_those_of_the_posts_that_were_called, begin, end),
        cmocka_unit_test_setup_teardown(a_category_without_units_and_teams_calls_nobody, begin, end)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
