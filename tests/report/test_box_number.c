/* test_box_number.c - the order of items' numbers, and names that every system can have for a file. */
#include "report/box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int order(const char *a, const char *b) {
    struct box_number x = box_number_read(a), y = box_number_read(b);
    return box_number_order(&x, &y);
}

static bool below(const char *a, const char *b) {
    struct box_number x = box_number_read(a), y = box_number_read(b);
    return box_number_below(&x, &y);
}

/* Every list is in its order: each entry before all that follow. */
static void holds_order(const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            int got = order(list[i], list[k]), wanted = (i > k) - (i < k);
            if ((got > 0) - (got < 0) != wanted) print_message("# %s, %s: %d\n", list[i], list[k], got);
            assert_int_equal((got > 0) - (got < 0), wanted);
        }
}

static void numbers_come_in_their_order(void **state) {
    (void)state;
    static const char *const plain[] = {"1", "1.1", "1.2", "1.2.1", "1.2.10", "1.3", "1.10",
                                        "2", "10",  "A-1", "A-2",   "A-10",   "B",   ""};
    holds_order(plain, 9);
    holds_order(plain + 9, 5);
    static const char *const han[] = {"一、", "一、（一）", "一、（二）", "一、（十）", "一、（十一）", "二",       "九",      "十",
                                      "十一", "二十",       "二十一",     "九十九",     "一百",         "一百零三", "一百二十"};
    holds_order(han, COUNT_OF(han));
    static const char *const chapters[] = {"第一章", "第一章第2节", "第一章第10节", "第二章", "第十二章", "没有编号"};
    holds_order(chapters, COUNT_OF(chapters));
}

static void writings_of_one_number_are_the_same(void **state) {
    (void)state;
    assert_int_equal(order("1.2", "１．２"), 0);
    assert_int_equal(order("1.2", "1-2"), 0);
    assert_int_equal(order("1.2", "1.2 安全检查三项"), 0); /* the title behind it is none of it */
    assert_int_equal(order("（二）", "二、"), 0);
    assert_int_equal(order("③", "3"), 0);
    assert_int_equal(order("a1", "A1"), 0);
    assert_int_not_equal(order("1", "一"), 0);
    assert_int_equal(order("二〇二七", "二千"), order("二〇二七", "二")); /* digit by digit; 千 is no numeral of an index */
    assert_int_equal(order("", "无"), 0);
}

static void what_stands_below(void **state) {
    (void)state;
    assert_true(below("1.2.3", "1.2"));
    assert_true(below("1.2", "1"));
    assert_true(below("一、（二）", "一"));
    assert_false(below("1.20", "1.2"));
    assert_false(below("1.2", "1.2"));
    assert_false(below("1.2", ""));
    assert_false(below("", ""));
}

static void odd_numbers_do_no_harm(void **state) {
    (void)state;
    struct box_number n = box_number_read("1.2.3.4.5.6.7.8.9.10");
    assert_int_equal(n.count, BOX_PARTS);
    assert_true(order("99999999999999999999999999", "1") > 0);
    assert_true(order("十百十百十百百百百百百百百百百百百百百百", "一") > 0);
    assert_int_equal(box_number_read("\xff\xfe").count, 0);
    assert_int_equal(box_number_read("....").count, 0);
    assert_int_equal(box_number_read("  1").count, 1);
    assert_true(order("zzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "a") > 0);
}

static struct arena arena;

static void names_are_cleaned(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"检查记录.pdf", "检查记录.pdf"},
        {"a/b\\c:d*e?f\"g<h>i|j.txt", "a_b_c_d_e_f_g_h_i_j.txt"},
        {"..", "_"},
        {".", "_"},
        {"", "_"},
        {"  ", "_"},
        {"../../etc/passwd", "_.._etc_passwd"},
        {"name. ", "name"},
        {".hidden", "hidden"},
        {"CON", "_CON"},
        {"con.txt", "_con.txt"},
        {"Com7.log", "_Com7.log"},
        {"LPT", "LPT"},
        {"console", "console"},
        {"line\nbreak", "line break"},
        {"right\xe2\x80\xaeto-left.txt", "right_to-left.txt"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got = box_file_name(&arena, cases[i][0]);
        if (strcmp(got, cases[i][1])) print_message("# %s: %s\n", cases[i][0], got);
        assert_string_equal(got, cases[i][1]);
    }
}

static void long_names_keep_their_ending(void **state) {
    (void)state;
    char name[2000] = "";
    for (size_t i = 0; i < 400; i++) memcpy(name + 3 * i, "长", 3);
    memcpy(name + 1200, ".jpeg", 6);
    const char *got = box_file_name(&arena, name);
    assert_true(strlen(got) <= BOX_NAME_BYTES);
    assert_string_equal(got + strlen(got) - 5, ".jpeg");
    assert_int_equal((strlen(got) - 5) % 3, 0); /* whole characters */
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_int_equal(strlen(box_file_name(&arena, name)), BOX_NAME_BYTES);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    arena_init(&arena, 1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_in_their_order), cmocka_unit_test(writings_of_one_number_are_the_same),
        cmocka_unit_test(what_stands_below),           cmocka_unit_test(odd_numbers_do_no_harm),
        cmocka_unit_test(names_are_cleaned),           cmocka_unit_test(long_names_keep_their_ending),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
