/* test_number.c - quantifiers on both sides of each boundary, and Chinese numerals. */
#include "../base/testing.h"

#include "report/inside.h"

struct round_case {
    enum say say;
    int64_t round, value;
    bool holds;
};

static void rounds_hold_at_their_boundaries(void **state) {
    (void)state;
    static const struct round_case cases[] = {
        {SAY_NEAR, 1000, 899, false},  {SAY_NEAR, 1000, 900, true},  {SAY_NEAR, 1000, 999, true},   {SAY_NEAR, 1000, 1000, false},
        {SAY_NEAR, 50, 44, false},     {SAY_NEAR, 50, 45, true},     {SAY_NEAR, 50, 49, true},      {SAY_NEAR, 50, 50, false},
        {SAY_NEAR, 10, 8, false},      {SAY_NEAR, 10, 9, true},      {SAY_NEAR, 10, 10, false},     {SAY_NEAR, 37, 36, false},
        {SAY_NEAR, 0, -1, false},      {SAY_NEAR, 1500, 1350, true}, {SAY_NEAR, 1500, 1349, false}, {SAY_OVER, 10, 10, false},
        {SAY_OVER, 10, 11, true},      {SAY_OVER, 10, 19, true},     {SAY_OVER, 10, 20, false},     {SAY_OVER, 2000, 2000, false},
        {SAY_OVER, 2000, 2001, true},  {SAY_OVER, 2000, 2999, true}, {SAY_OVER, 2000, 3000, false}, {SAY_OVER, 2300, 2399, true},
        {SAY_OVER, 2300, 2400, false}, {SAY_OVER, 15, 16, false},    {SAY_BREAK, 400, 400, false},  {SAY_BREAK, 400, 401, true},
        {SAY_BREAK, 400, 399, false},  {SAY_BREAK, 400, 5000, true}, {SAY_BREAK, 7, 8, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct round_case *c = &cases[i];
        bool holds = c->say == SAY_NEAR ? number_near(c->value, c->round)
                   : c->say == SAY_OVER ? number_over(c->value, c->round)
                                        : number_break(c->value, c->round);
        if (holds != c->holds)
            fail_msg("say %d, round %lld, value %lld: %d", c->say, (long long)c->round, (long long)c->value, holds);
    }
}

static void the_engine_chooses_rounds_that_hold(void **state) {
    (void)state;
    static const struct {
        enum say say;
        int64_t value, round;
    } cases[] = {{SAY_NEAR, 8, 0},    {SAY_NEAR, 9, 10},   {SAY_NEAR, 10, 0},        {SAY_NEAR, 42, 0},    {SAY_NEAR, 45, 50},
                 {SAY_NEAR, 48, 50},  {SAY_NEAR, 95, 100}, {SAY_NEAR, 985, 1000},    {SAY_NEAR, 899, 900}, {SAY_NEAR, 1000, 0},
                 {SAY_NEAR, 0, 0},    {SAY_NEAR, -5, 0},   {SAY_NEAR, INT64_MAX, 0}, {SAY_OVER, 9, 0},     {SAY_OVER, 10, 0},
                 {SAY_OVER, 13, 10},  {SAY_OVER, 20, 0},   {SAY_OVER, 2300, 2000},   {SAY_OVER, 3000, 0},  {SAY_BREAK, 412, 400},
                 {SAY_BREAK, 400, 0}, {SAY_BREAK, 5, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) assert_int_equal(number_round(cases[i].say, cases[i].value), cases[i].round);
    for (int64_t value = 0; value < 30000; value++) {
        int64_t near = number_round(SAY_NEAR, value), over = number_round(SAY_OVER, value), up = number_round(SAY_BREAK, value);
        assert_true(!near || (10 * value >= 9 * near && value < near));
        assert_true(!over || (value > over && number_over(value, over)));
        assert_true(!up || value > up);
    }
}

static void shares_hold_at_their_boundaries(void **state) {
    (void)state;
    static const struct {
        enum say say;
        int64_t value, whole;
        bool holds;
    } cases[] = {{SAY_ALL, 9, 9, true},   {SAY_ALL, 8, 9, false},   {SAY_EACH, 1, 1, true},  {SAY_ALL, 0, 0, false},
                 {SAY_ALL, 10, 9, false}, {SAY_MAIN, 5, 10, false}, {SAY_MAIN, 6, 10, true}, {SAY_MAIN, 5, 9, true},
                 {SAY_MAIN, 0, 0, false}, {SAY_FEW, 0, 10, false},  {SAY_FEW, 1, 10, true},  {SAY_FEW, 2, 19, false},
                 {SAY_FEW, 2, 20, true},  {SAY_FEW, 1, 2, false},   {SAY_FEW, 1, 3, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (number_share(cases[i].say, cases[i].value, cases[i].whole) != cases[i].holds) fail_msg("case %zu", i);
}

static void numerals_are_as_spoken(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        bool bare;
        const char *words;
    } cases[] = {{0, false, "零"},
                 {1, false, "一"},
                 {2, false, "两"},
                 {9, false, "九"},
                 {10, false, "十"},
                 {11, false, "十一"},
                 {12, false, "十二"},
                 {20, false, "二十"},
                 {22, false, "二十二"},
                 {100, false, "一百"},
                 {100, true, "百"},
                 {101, false, "一百零一"},
                 {110, false, "一百一十"},
                 {200, false, "二百"},
                 {222, false, "二百二十二"},
                 {1000, true, "千"},
                 {1000, false, "一千"},
                 {1001, false, "一千零一"},
                 {1010, false, "一千零一十"},
                 {2000, false, "两千"},
                 {2000, true, "两千"},
                 {10000, true, "万"},
                 {10000, false, "一万"},
                 {10001, false, "一万零一"},
                 {20000, false, "两万"},
                 {22000, false, "两万二千"},
                 {100000, false, "十万"},
                 {100000000, false, "一亿"},
                 {100010000, false, "一亿零一万"},
                 {20002, false, "两万零二"},
                 {-3, false, "负三"},
                 {50, true, "五十"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char words[NUMBER_TEXT];
        number_han(cases[i].value, cases[i].bare, words);
        if (strcmp(words, cases[i].words)) fail_msg("%lld: %s, not %s", (long long)cases[i].value, words, cases[i].words);
    }
    char words[NUMBER_TEXT];
    number_han(INT64_MIN, false, words); /* must only not break */
    number_han(INT64_MAX, true, words);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounds_hold_at_their_boundaries),
                                       cmocka_unit_test(the_engine_chooses_rounds_that_hold),
                                       cmocka_unit_test(shares_hold_at_their_boundaries), cmocka_unit_test(numerals_are_as_spoken)};
    return RUN_TESTS(tests);
}
