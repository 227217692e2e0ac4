/* test_lang.c - the sentence catalogue and the choice of a language. */
#include "testing.h"

#include "base/lang.h"

static void looking_up(void **state) {
    (void)state;
    static const struct lang_pair pairs[] = {{"保存", "Save"}, {"删除", ""}, {"登录", "Sign in"}}; /* sorted by their bytes */
    for (int i = 1; i < 3; i++) assert_true(strcmp(pairs[i - 1].source, pairs[i].source) < 0);
    assert_string_equal(lang_tr(LANG_EN, "登录"), "登录"); /* no table yet */
    lang_set_table(LANG_EN, (struct lang_table){pairs, 3});
    assert_string_equal(lang_tr(LANG_EN, "登录"), "Sign in");
    assert_string_equal(lang_tr(LANG_EN, "保存"), "Save");
    assert_string_equal(lang_tr(LANG_EN, "删除"), "删除"); /* not translated yet */
    assert_string_equal(lang_tr(LANG_EN, "别的"), "别的");
    assert_string_equal(lang_tr(LANG_ZH, "登录"), "登录");
    assert_null(lang_tr(LANG_EN, NULL));
    lang_set_table(LANG_EN, (struct lang_table){NULL, 0});
}

static void choosing(void **state) {
    (void)state;
    static const struct {
        const char *accept;
        enum lang expected;
    } cases[] = {
        {NULL, LANG_ZH},
        {"", LANG_ZH},
        {"en", LANG_EN},
        {"EN-gb", LANG_EN},
        {"zh-CN,zh;q=0.9,en;q=0.8", LANG_ZH},
        {"en-US,en;q=0.9,zh-CN;q=0.8", LANG_EN},
        {"zh;q=0.3, en;q=0.7", LANG_EN},
        {"en;q=0, zh", LANG_ZH},
        {"en;q=0", LANG_ZH},
        {"en;q=0.05,zh;q=0.049", LANG_EN},
        {"de, fr;q=0.9, en;q=0.1", LANG_EN},
        {"de", LANG_ZH},
        {"enx, zhx", LANG_ZH},
        {"de, ,,en", LANG_EN},
        {"en ;q=1", LANG_EN},
        {"*", LANG_ZH},
        {"en;q=", LANG_EN},
        {";;;,=,en;q=0.", LANG_ZH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (lang_choose(cases[i].accept) != cases[i].expected) fail_msg("Accept-Language: %s", cases[i].accept);
    assert_string_equal(lang_tag(LANG_ZH), "zh-CN");
    assert_string_equal(lang_tag(LANG_EN), "en");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(looking_up), cmocka_unit_test(choosing)};
    return RUN_TESTS(tests);
}
