/* test_text.c - what the text language refuses and where it says so. */
#include "../base/testing.h"

#include "report/inside.h"

static struct arena arena;

static enum fault parse(const char *text, struct notes *notes, struct report_text *out) {
    notes_init(notes, &arena);
    return report_text_parse(text, strlen(text), &arena, notes, out);
}

#define HEAD "---\ntitle: 甲\nfigure a = duty.days\nfigure b = duty.incidents where network = 0\n"

static void a_text_is_read(void **state) {
    (void)state;
    struct notes notes;
    struct report_text t;
    assert_int_equal(parse(HEAD "# remark\nidentity a = b + b - a\naddressee： 乙\n---\n共{{a}}天{{b 近 1000 汉字}}。\n\n{{table a "
                                "b}}\n\n{{原文 12329热线}}{{a 全部 b}}",
                           &notes, &t),
                     FAULT_NONE);
    assert_string_equal(t.addressee, "乙");
    assert_int_equal(t.figure_count, 2);
    assert_string_equal(t.figures[1].where, "network = 0");
    assert_int_equal(t.identities[0].count, 3);
    assert_true(t.identities[0].minus[2]);
    assert_int_equal(t.body_line, 9);
    static const enum piece_kind kinds[] = {PIECE_PLAIN, PIECE_FIGURE, PIECE_PLAIN, PIECE_FIGURE, PIECE_PLAIN,
                                            PIECE_TABLE, PIECE_PLAIN,  PIECE_FIXED, PIECE_PLAIN,  PIECE_FIGURE};
    size_t k = 0;
    for (size_t i = 0; i < t.count; i++) {
        if (t.pieces[i].kind == PIECE_PLAIN && !t.pieces[i].length) continue;
        assert_int_equal(t.pieces[i].kind, kinds[k == 8 ? 9 : k]);
        if (k == 3) {
            assert_true(t.pieces[i].claimed && t.pieces[i].han && t.pieces[i].claim == 1000 && t.pieces[i].say == SAY_NEAR);
            assert_int_equal(t.pieces[i].line, 9);
        }
        k++;
    }
    assert_int_equal(k, 9);
}

static void mistakes_are_told_with_their_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {{"没有文首", "第 1 行", "第一行应为"},
                 {"---\ntitle: 甲\n没有结束", "第 3 行", "看不懂"},
                 {"---\nfigure a = duty.days\n---\n", "第 1 行", "title"},
                 {HEAD "figure a = duty.days\n---\n", "第 5 行", "用了两次"},
                 {HEAD "figure year = duty.days\n---\n", "第 5 行", "不能用"},
                 {HEAD "figure c = duty\n---\n", "第 5 行", "应写作"},
                 {HEAD "figure c = r_duty'; x.days\n---\n", "第 5 行", "应写作"},
                 {HEAD "identity a = \n---\n", "第 5 行", "identity"},
                 {HEAD "identity a = b * b\n---\n", "第 5 行", "identity"},
                 {HEAD "identity a = z\n---\n", "第 5 行", "没有名为"},
                 {HEAD "---\n{{z}}\n", "第 6 行", "没有名为"},
                 {HEAD "---\n\n{{}}\n", "第 7 行", "空的"},
                 {HEAD "---\n{{a\n}}\n", "第 6 行", "收尾"},
                 {HEAD "---\n甲}}\n", "第 6 行", "多出来"},
                 {HEAD "---\n{{a 大约}}\n", "第 6 行", "看不懂"},
                 {HEAD "---\n{{a 近 x}}\n", "第 6 行", "看不懂"},
                 {HEAD "---\n{{a 全部}}\n", "第 6 行", "哪个数字"},
                 {HEAD "---\n{{a 未发生 b}}\n", "第 6 行", "看不懂"},
                 {HEAD "---\n{{year 2}}\n", "第 6 行", "后面不能"},
                 {HEAD "---\n甲{{table a}}\n", "第 6 行", "单独占一行"},
                 {HEAD "---\n{{table}}\n", "第 6 行", "对照表"},
                 {"---\ntitle: {{a}}\nfigure a = duty.days\n---\n", "第 2 行", "标题里"},
                 {HEAD "---\n\xff\n", "第 1 行", "UTF-8"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct notes notes;
        struct report_text t;
        if (parse(cases[i].text, &notes, &t) != FAULT_INPUT) fail_msg("case %zu should be refused", i);
        bool told = false;
        for (const struct note *n = notes.first; n; n = n->next)
            told |= !strcmp(n->place, cases[i].place) && strstr(n->sentence, cases[i].words);
        if (!told)
            fail_msg("case %zu: %s %s", i, notes.first ? notes.first->place : "",
                     notes.first ? notes.first->sentence : "nothing told");
    }
}

int main(void) {
    arena_init(&arena, 16 << 20);
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_text_is_read), cmocka_unit_test(mistakes_are_told_with_their_line)};
    int failed = RUN_TESTS(tests);
    arena_release(&arena);
    return failed;
}
