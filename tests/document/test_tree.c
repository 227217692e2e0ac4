/* test_tree.c - the document tree: what was added is there in order, and the limits hold. */
#include "document/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void builds_in_order(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    char title[] = "标题";
    doc_set_title(d, title);
    title[0] = 'x';
    assert_string_equal(d->title, "标题"); /* copied */
    struct doc_runs *p = doc_paragraph(d);
    doc_text(d, p, "发现问题");
    doc_figure(d, p, "9", "found", NULL);
    doc_text(d, p, "");
    doc_strong(d, p, "项");
    struct doc_table *t = doc_table(d, 2);
    doc_column(d, t, 1, DOC_RIGHT, "数量");
    doc_row(d, t);
    doc_text(d, doc_cell(d, t, 0), "甲");
    doc_row(d, t);
    doc_text(d, doc_cell(d, t, 1), "2");
    _cleanup_(text_release) struct text out = {.max = 1000};
    doc_runs_text(&out, p);
    assert_string_equal(out.at, "发现问题9项");
    assert_int_equal(d->first->kind, DOC_PARAGRAPH);
    assert_string_equal(p->first->next->key, "found");
    assert_true(p->last->strong);
    assert_int_equal(d->first->next->table.align[1], DOC_RIGHT);
    assert_string_equal(t->first->cells[0].first->text, "甲");
    assert_null(t->first->cells[1].first);
    assert_string_equal(t->last->cells[1].first->text, "2");
    assert_false(d->over);
}

static void too_many_blocks_is_told(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 64 << 20);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    for (int i = 0; i <= DOC_BLOCKS_MAX; i++) doc_text(d, doc_paragraph(d), "x");
    assert_true(d->over);
    unsigned count = 0;
    for (struct doc_block *b = d->first; b; b = b->next) count++;
    assert_int_equal(count, DOC_BLOCKS_MAX);
}

static void full_arena_is_told(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4096);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    struct doc_table *t = doc_table(d, 1);
    for (int i = 0; i < 100000; i++) { /* nothing grows once it is over: else the arena would abort */
        doc_row(d, t);
        doc_figure(d, doc_cell(d, t, 0), "一二三四五六七八九十", "key", "/href");
        struct doc_table *wide = doc_table(d, 16);
        doc_column(d, wide, 15, DOC_LEFT, "x");
        doc_text(d, doc_cell(d, wide, 15), "x");
        doc_add_attachment(d, "x");
    }
    assert_true(d->over);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_in_order),
        cmocka_unit_test(too_many_blocks_is_told),
        cmocka_unit_test(full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
