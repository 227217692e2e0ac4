/* test_layout.c - numbering, dates, widths, line-break rules, title lines, column widths, the place of the signature. */
#include "document/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void numbers_follow_the_levels(void **state) {
    (void)state;
    static const struct {
        int level;
        const char *chinese, *english;
    } wanted[] = {
        {1, "一、", "1. "},    {2, "（一）", "1.1 "}, {3, "1.", "1.1.1 "}, {4, "（1）", "1.1.1.1 "}, {4, "（2）", "1.1.1.2 "},
        {2, "（二）", "1.2 "}, {3, "1.", "1.2.1 "},   {1, "二、", "2. "},  {2, "（一）", "2.1 "},
    };
    struct doc_numbers zh = {0}, en = {0};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        _cleanup_(text_release) struct text a = {.max = 100}, b = {.max = 100};
        number_next(&zh, LANG_ZH, wanted[i].level, &a);
        number_next(&en, LANG_EN, wanted[i].level, &b);
        assert_string_equal(a.at, wanted[i].chinese);
        assert_string_equal(b.at, wanted[i].english);
    }
}

static void chinese_numbers(void **state) {
    (void)state;
    static const struct {
        unsigned value;
        const char *text;
    } wanted[] = {{1, "一"}, {10, "十"}, {11, "十一"}, {20, "二十"}, {21, "二十一"}, {99, "九十九"}, {100, "100"}};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        _cleanup_(text_release) struct text t = {.max = 100};
        number_chinese(&t, wanted[i].value);
        assert_string_equal(t.at, wanted[i].text);
    }
}

static void dates_have_no_leading_zero(void **state) {
    (void)state;
    _cleanup_(text_release) struct text zh = {.max = 100}, en = {.max = 100};
    date_text(&zh, LANG_ZH, civil_from_ymd(2017, 12, 4));
    date_text(&en, LANG_EN, civil_from_ymd(2017, 12, 4));
    assert_string_equal(zh.at, "2017年12月4日");
    assert_string_equal(en.at, "4 December 2017");
}

static void addressee_gets_one_colon(void **state) {
    (void)state;
    static const struct {
        const char *given, *shown;
    } wanted[] = {{"校办", "校办："}, {"校办：", "校办："}, {"校办:", "校办:"}, {"", "："}};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct doc d = {.addressee = wanted[i].given};
        _cleanup_(text_release) struct text t = {.max = 100};
        addressee_text(&t, &d);
        assert_string_equal(t.at, wanted[i].shown);
    }
}

static void widths_and_breaks(void **state) {
    (void)state;
    assert_int_equal(width_halves("2019年12月"), 10);
    assert_int_equal(width_halves("“安全”"), 8);
    assert_int_equal(width_halves("\xff"), 2);   /* not UTF-8: one replacement character */
    assert_false(break_between(0x4e00, 0xff0c)); /* ， begins no line */
    assert_false(break_between(0x300a, 0x4e00)); /* 《 ends none */
    assert_false(break_between('2', '0'));
    assert_true(break_between('9', 0x5e74));
    assert_false(break_between(0x2026, 0x2026));
    assert_true(break_between(0x4e00, 0x4e01));
    assert_true(break_hangs(0xff0c));
    assert_false(break_hangs(0x201d));
}

static void titles_are_balanced(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    const char *lines[TITLE_LINES_MAX];
    assert_int_equal(title_lines("关于安全工作的报告", &a, lines), 1);
    assert_int_equal(title_lines("示范职业学院关于2019年度校园安全工作情况的报告", &a, lines), 2);
    int difference = (int)width_halves(lines[0]) - (int)width_halves(lines[1]);
    assert_in_range(difference + 8, 0, 16);
    assert_int_equal(title_lines("甲\n乙", &a, lines), 2);
    assert_string_equal(lines[1], "乙");
    assert_int_equal(title_lines(NULL, &a, lines), 0);
    char word[400];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = 0;
    assert_int_equal(title_lines(word, &a, lines), 10); /* a word wider than the line is cut */
}

static void columns_fill_the_width(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    for (unsigned columns = 1; columns <= DOC_COLUMNS_MAX; columns++) {
        struct doc_table *t = doc_table(d, columns);
        unsigned twips[DOC_COLUMNS_MAX], all = 0;
        for (unsigned i = 0; i < columns; i++) doc_column(d, t, i, DOC_LEFT, i ? "名称很长的一列，长到放不下，只好折行" : "序号");
        column_widths(t, twips);
        for (unsigned i = 0; i < columns; i++) all += twips[i];
        assert_int_equal(all, AREA_WIDTH_TWIPS);
        if (columns > 1 && columns < 8) assert_true(twips[0] < twips[1]);
    }
}

static void signature_stands_as_the_standard_says(void **state) {
    (void)state;
    unsigned organ, date;
    signature_place(20, 14, &organ, &date); /* the organ is longer: 2 characters in; the date begins 2 characters right of it */
    assert_int_equal(organ, 4);
    assert_int_equal(date, 6);             /* 20 + 4 - 4 - 14 */
    signature_place(8, 14, &organ, &date); /* the date is longer: 2 characters in */
    assert_int_equal(date, 4);
    assert_int_equal(organ + 8, date + 14 + 4); /* and begins 2 characters right of the organ */
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_levels),  cmocka_unit_test(chinese_numbers),
        cmocka_unit_test(dates_have_no_leading_zero), cmocka_unit_test(addressee_gets_one_colon),
        cmocka_unit_test(widths_and_breaks),          cmocka_unit_test(titles_are_balanced),
        cmocka_unit_test(columns_fill_the_width),     cmocka_unit_test(signature_stands_as_the_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
