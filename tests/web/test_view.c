/* test_view.c - values and built-in files: what is set can be found, sentences are filled in the page's language, addresses lead to files. */
#include "web/catalogue.h"
#include "web/static.h"
#include "web/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const char *text_at(const struct view *v, unsigned key) {
    const struct view_value *value = view_find(v, key);
    return value && value->kind == VIEW_TEXT ? value->text : NULL;
}

static void test_values(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct view *v = view_new(&a, LANG_EN);
    char buffer[] = "first";
    view_copy(v, 1, buffer);
    buffer[0] = 'x';
    assert_string_equal(text_at(v, 1), "first");
    view_text(v, 1, "second"); /* the later value holds */
    assert_string_equal(text_at(v, 1), "second");
    view_format(v, 65, "%d of %s", 3, "four"); /* the same bit of the mask as key 1 */
    assert_string_equal(text_at(v, 65), "3 of four");
    assert_null(view_find(v, 129));
    view_date(v, 2, civil_from_ymd(2019, 12, 30));
    assert_string_equal(text_at(v, 2), "2019-12-30");
    view_moment(v, 3, INT64_C(1577672431000));
    assert_string_equal(text_at(v, 3), "2019-12-30 10:20:31");
    view_text(v, 4, NULL);
    assert_int_equal(view_find(v, 4)->kind, VIEW_NULL);
    struct view_list *list = view_list(v, 5);
    assert_ptr_equal(view_find(v, 5)->list, list);
    for (int i = 0; i < 100; i++) view_int(view_item(list), 1, i);
    assert_int_equal(list->count, 100);
    assert_int_equal(view_find(list->last, 1)->number, 99);
    view_item_text(list, "end");
    assert_int_equal(list->last->self.kind, VIEW_TEXT);
}

static void test_sentences(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct view *zh = view_new(&a, LANG_ZH), *en = view_new(&a, LANG_EN);
    view_tr(zh, 1, "首页"), view_tr(en, 1, "首页");
    assert_string_equal(text_at(zh, 1), "首页");
    assert_string_equal(text_at(en, 1), "Home");
    view_sentence(en, 2, "没有“{0}”为“{1}”的记录", "214", "2");
    assert_string_equal(text_at(en, 2), "No record has “214” = “2”.");
    struct note note = {.sentence = "{0} 条", .args = {"7"}};
    view_note(zh, 3, &note);
    assert_string_equal(text_at(zh, 3), "7 条");
    assert_string_equal(lang_tr(LANG_EN, "没有译文的句子"), "没有译文的句子");
}

static void test_static(void **state) {
    (void)state;
    const char *path = static_path("taizhang.css");
    const struct static_file *f = static_find(path);
    assert_non_null(f);
    assert_string_equal(f->type, "text/css; charset=utf-8");
    assert_int_equal(strlen(path), strlen("/static/taizhang.0123456789ab.css"));
    assert_true(f->length > 5000 && f->length < 40000);
    assert_null(static_find("/static/taizhang.css"));
    assert_null(static_find("/static/../taizhang.css"));
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    catalogue_install();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_sentences),
                                       cmocka_unit_test(test_static)};
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
