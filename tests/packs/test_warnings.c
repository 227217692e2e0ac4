/* test_warnings.c - warnings planned while the machine's clock jumps back, forward and over a leap day: none is lost, none falls twice. */
#include "fixture.h"
#include "register/clock.h"

#define DAY_MS INT64_C(86400000)

static struct id person;

/* Nine in the morning in China. */
static int64_t morning(int year, int month, int day) { return civil_from_ymd(year, month, day) * DAY_MS + 3600000; }

static void add(const char *key, const struct id *id, const struct change_value *values, size_t count, int64_t now_ms) {
    struct actor actor = actor_system();
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(registers, key),
                       .record = *id,
                       .values = values,
                       .value_count = count,
                       .expected = -1,
                       .reason = "test"};
    enum fault f = change_apply(registers, &actor, now_ms, &c, &notes, NULL);
    show_notes();
    assert_int_equal(f, FAULT_NONE);
}

static int setup(void **state) {
    (void)state;
    person = id_make(1);
    return installation_open(morning(2028, 2, 1)) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    return installation_close() ? 0 : -1;
}

/* All warnings as one text: "day role seen?" by line, in their own order. */
static const char *warnings(int64_t now_ms) {
    struct text out;
    int64_t planned, moved;
    assert_int_equal(clocks_follow(registers, &moved), FAULT_NONE);
    assert_int_equal(clocks_warn(registers, now_ms, &planned), FAULT_NONE);
    _cleanup_(store_read_end) struct conn *c = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(stmt_open(c, "SELECT day, due, rung, planned_ms FROM warning WHERE tenant = ?1 ORDER BY due, rung", &s),
                     FAULT_NONE);
    stmt_bind_int(s, 1, TENANT);
    text_init(&out, 4000);
    for (bool row = true; row;) {
        assert_int_equal(stmt_step(s, &row), FAULT_NONE);
        if (row)
            text_format(&out, "%s %s %d %lld\n", stmt_text(s, 0), stmt_text(s, 1), (int)stmt_int(s, 2), (long long)stmt_int(s, 3));
    }
    return arena_keep(&arena, &out);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

static void jumps_of_the_clock_are_harmless(void **state) {
    (void)state;
    char me[ID_TEXT];
    struct id clock = id_make(2);
    id_format(&person, me);
    const struct change_value who[] = {{"name", "演示·测试", NULL}, {"kind", "staff", NULL}, {"since", "2020-01-01", NULL}};
    const struct change_value term[] = {{"subject", "闰日", NULL},
                                        {"rule", "rectification", NULL},
                                        {"started", "2028-02-19", NULL},
                                        {"length", "10d", NULL},
                                        {"owner", me, NULL}};
    add("person", &person, who, COUNT_OF(who), morning(2028, 2, 1));
    add("clock", &clock, term, COUNT_OF(term), morning(2028, 2, 19));
    const char *first = warnings(morning(2028, 2, 28));
    assert_int_equal(lines(first), 3);                          /* seven, three and one days before */
    assert_non_null(strstr(first, " 2028-02-29 "));             /* it ends on the leap day, a Tuesday */
    assert_string_equal(warnings(morning(2028, 2, 9)), first);  /* back by weeks */
    assert_string_equal(warnings(morning(1970, 1, 2)), first);  /* a machine that lost its clock */
    assert_string_equal(warnings(morning(2028, 2, 28)), first); /* and again where it was */
    const char *second = warnings(morning(2028, 2, 29));
    assert_int_equal(lines(second), 4); /* on the leap day, one more */
    assert_true(!strncmp(second, first, strlen(first)));
    assert_int_equal(strncmp(second + strlen(first), "2028-02-29 2028-02-29 ", 22), 0);
    const char *late = warnings(morning(2028, 3, 20)); /* forward: what fell meanwhile is planned once */
    assert_int_equal(lines(late), 5);
    assert_string_equal(warnings(morning(2028, 2, 28)), late);
    assert_string_equal(warnings(morning(2028, 3, 20)), late);
    assert_string_equal(warnings(morning(2100, 1, 1)), late);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(jumps_of_the_clock_are_harmless)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
